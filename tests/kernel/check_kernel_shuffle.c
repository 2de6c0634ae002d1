/* Keyed permutations, every build that this machine can run. */
#include "kernel/kernels.h"
#include "kernel/shuffle.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain; /* for tests only */

static const wicki_kernels *build(size_t i)
{
    if (i-- == 0)
        return &wicki_kernels_plain;
    for (size_t k = 0; k < wicki_n_kernel_tables; k++)
        if (wicki_kernels_usable(wicki_kernel_tables[k]) && i-- == 0)
            return wicki_kernel_tables[k];
    return NULL;
}

/* Numerical Recipes' generator, by its high half. */
static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

static wicki_shuffle shuffle_of(uint64_t size, uint64_t *state)
{
    wicki_shuffle s = wicki_shuffle_of(size);

    for (int i = 0; i < WICKI_SHUFFLE_ROUNDS; i++)
        s.key[i] = next(state);
    return s;
}

static const size_t SIZES[] = { 1, 2, 3, 5, 7, 16, 17, 100, 255, 256, 257, 3072, 70001 };
enum { N_SIZES = sizeof SIZES / sizeof *SIZES, LARGEST = 70001 };

START_TEST(every_element_is_taken_to_once)
{
    static size_t out[LARGEST];
    static unsigned char seen[LARGEST];
    const size_t size = SIZES[_i];
    uint64_t state = 11;

    for (size_t b = 0; build(b); b++) {
        const wicki_shuffle s = shuffle_of(size, &state);
        build(b)->shuffle->take(&s, size, out);
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < size; i++) {
            ck_assert_uint_lt(out[i], size);
            ck_assert_msg(!seen[out[i]]++, "%s: %zu twice", build(b)->name, out[i]);
        }
    }
}
END_TEST

START_TEST(a_part_is_the_beginning_of_the_whole_in_every_build)
{
    static size_t whole[LARGEST], part[LARGEST];
    const size_t size = SIZES[_i];
    uint64_t state = 12;
    const wicki_shuffle s = shuffle_of(size, &state);

    wicki_kernels_plain.shuffle->take(&s, size, whole);
    for (size_t b = 0; build(b); b++)
        for (size_t n = 1; n <= size; n = 2 * n + 1) {
            build(b)->shuffle->take(&s, n, part);
            ck_assert_mem_eq(part, whole, n * sizeof *part);
        }
}
END_TEST

START_TEST(a_part_of_the_most_elements_there_may_be_has_no_element_twice)
{
    enum { PART = 400 };
    static size_t out[PART];
    const uint64_t size = (uint64_t)1 << 32;
    uint64_t state = 13;
    double sum = 0.0;

    if (sizeof(size_t) < 8)
        return;
    for (size_t b = 0; build(b); b++) {
        const wicki_shuffle s = shuffle_of(size, &state);
        build(b)->shuffle->take(&s, PART, out);
        sum = 0.0;
        for (size_t i = 0; i < PART; i++) {
            ck_assert_uint_lt(out[i], size);
            sum += (double)out[i] / (double)size;
            for (size_t j = 0; j < i; j++)
                ck_assert_uint_ne(out[i], out[j]);
        }
        /* the mean of uniform numbers: standard error 0.0144; 4.5 of them, one false alarm in 1e5 */
        ck_assert_double_lt(fabs(sum / PART - 0.5), 4.5 * 0.0144);
    }
}
END_TEST

/* Seven elements, shuffled one by one, and 700, of a table of 27 x 26, by hundreds. The number of
 * ordered pairs that come first, of 42 or 49 kinds: chi-squared passes 100 less than once in 1e5. */
START_TEST(the_first_two_are_any_pair_equally_often)
{
    enum { KINDS = 7, TIMES = 84000 };
    const size_t size = _i ? 700 : 7, width = size / KINDS;
    size_t count[KINDS][KINDS] = { { 0 } }, out[2];
    uint64_t state = 14;
    double chi = 0.0;

    for (int i = 0; i < TIMES; i++) {
        const wicki_shuffle s = shuffle_of(size, &state);
        wicki_kernels_plain.shuffle->take(&s, 2, out);
        count[out[0] / width][out[1] / width]++;
    }
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < KINDS; j++) {
            const double same = (double)width * (double)(width - 1);
            const double pairs = i == j ? same : (double)width * (double)width;
            const double expected = TIMES * pairs / ((double)size * (double)(size - 1));
            const double off = (double)count[i][j] - expected;
            chi += expected > 0.0 ? off * off / expected : off;
        }
    ck_assert_double_lt(chi, 100.0);
}
END_TEST

/* Two elements of 3072 that stand together, and two in one column of the table: how far apart are
 * they taken? In 8 classes of the distance around the circle; chi-squared with 7 degrees of freedom
 * passes 36 less than once in 1e5. */
START_TEST(neighbours_of_a_row_or_a_column_do_not_stay_together)
{
    enum { SIZE = 3072, CLASSES = 8, TIMES = 20000 };
    const size_t other = _i ? 55 : 1;
    size_t count[CLASSES] = { 0 }, out[56];
    uint64_t state = 15;
    double chi = 0.0;

    for (int i = 0; i < TIMES; i++) {
        const wicki_shuffle s = shuffle_of(SIZE, &state);
        wicki_kernels_plain.shuffle->take(&s, 56, out);
        count[(out[other] + SIZE - out[0]) % SIZE * CLASSES / SIZE]++;
    }
    for (size_t i = 0; i < CLASSES; i++) {
        const double expected = TIMES * (SIZE / (double)CLASSES - (i == 0)) / (SIZE - 1);
        chi += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
    }
    ck_assert_double_lt(chi, 36.0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_shuffle");
    TCase *permutations = new_case(suite, "permutations");

    tcase_add_loop_test(permutations, every_element_is_taken_to_once, 0, N_SIZES);
    tcase_add_loop_test(
        permutations, a_part_is_the_beginning_of_the_whole_in_every_build, 0, N_SIZES);
    tcase_add_test(permutations, a_part_of_the_most_elements_there_may_be_has_no_element_twice);
    tcase_add_loop_test(permutations, the_first_two_are_any_pair_equally_often, 0, 2);
    tcase_add_loop_test(permutations, neighbours_of_a_row_or_a_column_do_not_stay_together, 0, 2);
    return run_suite(suite);
}
