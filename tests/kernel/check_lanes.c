/* The lane type, compiled once for each instruction set. */
#include "kernel/kernels.h"
#include "kernel/lanes.h"

#include "../support/suite.h"

/* A sum, a product and a quotient of these depend on rounding; 8 numbers and their neighbours. */
static const double A[] = { 0.1, -2.7, 1e16, 3.3e-5, -7.0 / 3, 1 + 0x1p-30, 5e300, -0.0, 11.1 };
static const double B[] = { 0.7, 1.9, -1.0, 4.4e7, 2.0 / 7, 1 - 0x1p-30, -2.5, 3.0, -0.3 };
static const double C[] = { -0.07, 5.13, 1e16, -1452.0, 0.9, -1.0, 1.25e301, 0.25, 8.0 };

/* Each lane of got is what the scalar expression gives, for the arrays from A + at on. */
#define assert_lanes(got, expression)                                          \
    do {                                                                       \
        double lanes_got[LANES];                                               \
                                                                               \
        lanes_store(lanes_got, got);                                           \
        for (int i = 0; i < LANES; i++) {                                      \
            const volatile double a = A[i + at], b = B[i + at], c = C[i + at]; \
            const double want = (expression);                                  \
                                                                               \
            (void)a, (void)b, (void)c;                                         \
            ck_assert_msg(memcmp(&lanes_got[i], &want, sizeof want) == 0,      \
                "lane %d of %s is %a, not %a", i, #got, lanes_got[i], want);   \
        }                                                                      \
    } while (0)

START_TEST(every_lane_is_computed_as_a_double_is)
{
    for (int at = 0; at < 2; at++) { /* also from an address that no register's size divides */
        const lanes x = lanes_load(A + at), y = lanes_load(B + at), z = lanes_load(C + at);

        assert_lanes(lanes_add(x, y), a + b);
        assert_lanes(lanes_sub(x, y), a - b);
        assert_lanes(lanes_mul(x, y), a * b);
        assert_lanes(lanes_div(x, y), a / b);
        assert_lanes(lanes_negate(x), -a);
        assert_lanes(lanes_abs(x), fabs(a));
        assert_lanes(lanes_sqrt(lanes_abs(x)), sqrt(fabs(a)));
        assert_lanes(lanes_copysign(x, y), copysign(a, b));
        assert_lanes(lanes_max(x, y), a > b ? a : b);
        assert_lanes(lanes_min(x, y), a < b ? a : b);
        assert_lanes(lanes_select_less(x, y, y, z), a < b ? b : c);
        assert_lanes(lanes_select_equal(x, lanes_fill(0.1), y, z), a == 0.1 ? b : c);
        assert_lanes(lanes_fill(0.3), 0.3);
    }
}
END_TEST

START_TEST(a_product_and_a_sum_round_once_in_a_fast_build_and_twice_otherwise)
{
    const int at = 0;
    const lanes x = lanes_load(A), y = lanes_load(B), z = lanes_load(C);
    const double once = 0x1p-60; /* of 1 - (1 + 2^-30) (1 - 2^-30) */

    ck_assert_int_eq(LANES_FMA, EXPECTED_FMA);
    if (LANES_FMA) {
        assert_lanes(lanes_muladd(x, y, z), fma(a, b, c));
        assert_lanes(lanes_mulsub(x, y, z), fma(a, b, -c));
        assert_lanes(lanes_submul(z, x, y), fma(-a, b, c));
    } else {
        assert_lanes(lanes_muladd(x, y, z), a * b + c);
        assert_lanes(lanes_mulsub(x, y, z), a * b - c);
        assert_lanes(lanes_submul(z, x, y), c - a * b);
    }
    double s[LANES];
    lanes_store(s, lanes_submul(lanes_fill(1.0), lanes_fill(A[5]), lanes_fill(B[5])));
    ck_assert_double_eq(s[3], LANES_FMA ? once : 0.0);
}
END_TEST

START_TEST(comparisons_with_nan_and_between_zeros_give_the_second_choice)
{
    const double left[LANES] = { NAN, 0.5, NAN, 0.0, -0.0, INFINITY, -INFINITY, 0.5 };
    const double right[LANES] = { 0.5, NAN, NAN, -0.0, 0.0, INFINITY, INFINITY, 0.25 };
    const lanes x = lanes_load(left), y = lanes_load(right);
    double larger[LANES], smaller[LANES], less[LANES], equal[LANES];

    lanes_store(larger, lanes_max(x, y));
    lanes_store(smaller, lanes_min(x, y));
    lanes_store(less, lanes_select_less(x, y, lanes_fill(7.0), lanes_fill(9.0)));
    lanes_store(equal, lanes_select_equal(x, y, lanes_fill(7.0), lanes_fill(9.0)));
    for (int i = 0; i < 5; i++) {
        assert_same_bits(&larger[i], &right[i], 1);
        assert_same_bits(&smaller[i], &right[i], 1);
    }
    ck_assert_double_eq(larger[7], 0.5);
    ck_assert_double_eq(smaller[6], -INFINITY);
    assert_same_bits(less, ((double[]){ 9, 9, 9, 9, 9, 9, 7, 9 }), LANES);
    assert_same_bits(equal, ((double[]){ 9, 9, 9, 7, 7, 7, 9, 9 }), LANES);
}
END_TEST

/* Memory of exactly n numbers, so that a sanitizer sees what is touched beyond. */
START_TEST(a_part_of_the_lanes_is_loaded_and_stored_alone)
{
    for (size_t n = 1; n <= LANES; n++) {
        double *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
        double s[LANES], kept[LANES], whole[LANES + 1];

        memcpy(in, A, n * sizeof *in);
        lanes_store(s, lanes_load_part(in, n, -3.5));
        lanes_store(kept, lanes_first(n, lanes_load(A), lanes_load(B)));
        lanes_store_part(out, lanes_load(A), n);
        memcpy(whole, B, sizeof whole);
        lanes_store_part(whole, lanes_load(A), n);
        assert_same_bits(s, A, n);
        assert_same_bits(kept, A, n);
        assert_same_bits(out, A, n);
        assert_same_bits(whole, A, n);
        assert_same_bits(whole + n, B + n, LANES + 1 - n);
        assert_same_bits(kept + n, B + n, LANES - n);
        for (size_t i = n; i < LANES; i++)
            ck_assert_double_eq(s[i], -3.5);
        free(in);
        free(out);
    }
}
END_TEST

START_TEST(no_lanes_at_all_are_a_part_too)
{
    double s[LANES] = { 0.25 };

    lanes_store_part(s, lanes_load(A), 0);
    ck_assert_double_eq(s[0], 0.25);
    lanes_store(s, lanes_load_part(s, 0, 1.5));
    ck_assert_double_eq(s[0], 1.5);
    lanes_store(s, lanes_first(0, lanes_load(A), lanes_load(B)));
    assert_same_bits(s, B, LANES);
}
END_TEST

START_TEST(lanes_are_added_by_one_fixed_tree)
{
    uint64_t state = 20110811;

    for (int round = 0; round < 100; round++) {
        double s[LANES];

        for (int i = 0; i < LANES; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            s[i] = (double)(state >> 11) * 0x1p-53 - 0.5;
        }
        const volatile double t0 = s[0] + s[4], t1 = s[1] + s[5], t2 = s[2] + s[6];
        const volatile double t3 = s[3] + s[7], even = t0 + t2, odd = t1 + t3, want = even + odd;

        ck_assert_double_eq(lanes_tree(s), want);
        ck_assert_double_eq(lanes_sum(lanes_load(s)), want);
    }
}
END_TEST

int main(void)
{
    const wicki_kernels here = { .level = EXPECTED_LEVEL };

    if (!wicki_kernels_usable(&here))
        return 77;
    Suite *suite = suite_create("lanes");
    TCase *tests = new_case(suite, "lanes");

    tcase_add_test(tests, every_lane_is_computed_as_a_double_is);
    tcase_add_test(tests, a_product_and_a_sum_round_once_in_a_fast_build_and_twice_otherwise);
    tcase_add_test(tests, comparisons_with_nan_and_between_zeros_give_the_second_choice);
    tcase_add_test(tests, a_part_of_the_lanes_is_loaded_and_stored_alone);
    tcase_add_test(tests, no_lanes_at_all_are_a_part_too);
    tcase_add_test(tests, lanes_are_added_by_one_fixed_tree);
    return run_suite(suite);
}
