/* Optimal assignment against all permutations, and mistakes. */
#include "tests/support/memory.h"
#include "tests/support/suite.h"

enum { MOST = 7 };

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1955 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* The least sum over all ways to give rows i, i+1, ... columns that are not taken. */
static double least(size_t i, size_t rows, size_t columns, const double *cost, bool *taken)
{
    double best = i == rows ? 0.0 : INFINITY;

    for (size_t j = 0; i < rows && j < columns; j++) {
        if (taken[j])
            continue;
        taken[j] = true;
        best = fmin(best, cost[i * columns + j] + least(i + 1, rows, columns, cost, taken));
        taken[j] = false;
    }
    return best;
}

/* The sum is the least, and that of an assignment. */
static void assert_optimal(size_t rows, size_t columns, const double *cost, double tolerance)
{
    bool taken[MOST] = { false }, seen[MOST] = { false };
    size_t assigned[MOST];
    const double got = wick_solve_assignment(w, rows, columns, cost, assigned);
    double sum = 0.0;

    assert_ok(w);
    for (size_t i = 0; i < rows; i++) {
        ck_assert_uint_lt(assigned[i], columns);
        ck_assert(!seen[assigned[i]]);
        seen[assigned[i]] = true;
        sum += cost[i * columns + assigned[i]];
    }
    ck_assert_double_eq(sum, got);
    ck_assert_double_le(fabs(got - least(0, rows, columns, cost, taken)), tolerance);
}

static double uniform(size_t i, size_t j)
{
    (void)i;
    (void)j;
    return wick_draw_uniform(w);
}

static double either_sign(size_t i, size_t j)
{
    (void)i;
    (void)j;
    return 100.0 * wick_draw_normal(w);
}

/* Few different costs: many assignments are optimal. */
static double tied(size_t i, size_t j)
{
    (void)i;
    (void)j;
    return (double)wick_draw_below(w, 3);
}

static double all_equal(size_t i, size_t j)
{
    (void)i;
    (void)j;
    return 7.25;
}

/* Sums of a number of the row and one of the column: each assignment is optimal. */
static double separable(size_t i, size_t j)
{
    return (double)i * 3.5 - (double)j * 1.25;
}

/* Some pairs are out of the question. */
static double wide(size_t i, size_t j)
{
    (void)i;
    (void)j;
    return wick_draw_uniform(w) < 0.4 ? 1e9 : wick_draw_uniform(w);
}

static double (*const KINDS[])(
    size_t i, size_t j) = { uniform, either_sign, tied, all_equal, separable, wide };

START_TEST(the_sum_is_the_least_of_all_permutations)
{
    double cost[MOST * MOST];

    for (size_t columns = 1; columns <= MOST; columns++)
        for (size_t rows = 1; rows <= columns; rows++)
            for (int again = 0; again < (columns < MOST ? 20 : 3); again++) {
                for (size_t i = 0; i < rows * columns; i++)
                    cost[i] = KINDS[_i](i / columns, i % columns);
                /* sums of integers and of quarters are exact; prices of 1e9 round to 1e-7 */
                assert_optimal(rows, columns, cost,
                    _i == 2 || _i == 3 || _i == 4 ? 0.0
                        : _i == 5                 ? 1e-5
                                                  : 1e-11);
            }
}
END_TEST

/* A permutation hidden among larger costs is found, at a size that nobody enumerates. */
START_TEST(a_hidden_permutation_is_found)
{
    enum { N = 120 };
    static double cost[N * N];
    size_t hidden[N], assigned[N];

    wick_draw_choice(w, N, N, hidden);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            cost[i * N + j] = j == hidden[i] ? -0.5 - wick_draw_uniform(w) : wick_draw_uniform(w);
    wick_solve_assignment(w, N, N, cost, assigned);
    assert_ok(w);
    ck_assert_mem_eq(assigned, hidden, sizeof hidden);
}
END_TEST

START_TEST(mistakes_are_refused)
{
    const double cost[] = { 1.5, NAN, 2.5, 0.25, INFINITY, 3.0 };
    size_t assigned[3];

    ck_assert_double_nan(wick_solve_assignment(w, 3, 2, cost, assigned));
    assert_error(
        w, WICK_ERR_ARGUMENT, "wick_solve_assignment: got 3 rows and 2 columns, need 1 to 2");
    ck_assert_double_nan(wick_solve_assignment(w, 0, 2, cost, assigned));
    assert_error(w, WICK_ERR_ARGUMENT, "got 0 rows and 2 columns");
    ck_assert_double_nan(wick_solve_assignment(w, 1, 2, NULL, assigned));
    assert_error(w, WICK_ERR_ARGUMENT, "got 1 rows and 2 columns and NULL");
    ck_assert_double_nan(wick_solve_assignment(w, 2, 3, cost, assigned));
    assert_error(w, WICK_ERR_ARGUMENT, "the cost of row 0 and column 1 is nan, need a number");
    ck_assert_double_nan(wick_solve_assignment(w, 1, 3, cost + 3, assigned));
    assert_error(w, WICK_ERR_ARGUMENT, "the cost of row 0 and column 1 is inf, need a number");
}
END_TEST

START_TEST(out_of_memory_is_an_error)
{
    static const double cost[64 * 64] = { 0.0 };
    size_t assigned[64], failed = 0;

    for (size_t at = 1; at < 20; at++) {
        memory m = { .fail_at = at, .sticky = true };
        const wick_options options = memory_options(&m, 3);
        wick *small = wick_new(&options);
        if (small && isnan(wick_solve_assignment(small, 64, 64, cost, assigned))) {
            ck_assert_int_eq(wick_status(small), WICK_ERR_MEMORY);
            failed++;
        }
        wick_free(small);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(failed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assignment");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(
        all, the_sum_is_the_least_of_all_permutations, 0, sizeof KINDS / sizeof *KINDS);
    tcase_add_test(all, a_hidden_permutation_is_found);
    tcase_add_test(all, mistakes_are_refused);
    tcase_add_test(all, out_of_memory_is_an_error);
    return run_suite(suite);
}
