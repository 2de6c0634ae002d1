/* Pareto smoothed importance sampling against the R package loo, and closed forms. */
#include "tests/support/suite.h"

#include <wick/predict.h>

#include "tests/data/psis.h"

/* --- the inputs of tests/oracle/psis.R -------------------------------------------------------- */

/* i times the golden ratio, modulo 1: fills (0, 1) evenly. */
static double even(size_t i)
{
    return fmod((double)(i + 1) * 0.6180339887498949, 1.0);
}

static double pareto(double u, double a)
{
    return -a * log1p(-u);
}

static double gumbel(double u, double a)
{
    return -a * log(-log(u));
}

static double bounded(double u, double a)
{
    return a * u;
}

static double squared(double u, double a)
{
    return a * pow(log(u) - log1p(-u), 2.0);
}

typedef struct row {
    double (*ratio)(double u, double a);
    double a;
    size_t n;
    double k, log_mean, effective, top[5];
} row;

#define ROW(ratio, a, n, k, log_mean, effective, ...) \
    { ratio, a, n, k, log_mean, effective, { __VA_ARGS__ } },
static const row ROWS[] = { PSIS_ROWS };
enum { N_ROWS = sizeof ROWS / sizeof *ROWS, MOST = 10000 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double effective_draws(size_t n, const double *log_weights)
{
    double squares = 0.0;

    for (size_t i = 0; i < n; i++)
        squares += exp(2.0 * log_weights[i]);
    return 1.0 / squares;
}

static const size_t FROM_TOP[] = { 10, 5, 3, 2, 1 };

START_TEST(k_and_weights_are_those_of_the_r_package_loo)
{
    static double x[MOST];
    const row *r = &ROWS[_i];
    wick *w = wick_new(NULL);
    double k;

    for (size_t i = 0; i < r->n; i++)
        x[i] = r->ratio(even(i), r->a);
    assert_close(wick_psis(w, x, r->n, x, &k), r->log_mean, 1e-10);
    assert_ok(w);
    if (isfinite(r->k))
        assert_close(k, r->k, 1e-9);
    else
        ck_assert_double_eq(k, r->k);
    assert_close(effective_draws(r->n, x), r->effective, 1e-9);
    qsort(x, r->n, sizeof *x, compare);
    for (size_t j = 0; j < 5; j++)
        assert_close(x[r->n - FROM_TOP[j]], r->top[j], 1e-9);
    wick_free(w);
}
END_TEST

/* --- laws ------------------------------------------------------------------------------------- */

START_TEST(a_constant_added_to_the_ratios_and_their_order_change_nothing)
{
    double x[500], y[500], a[500], b[500], k, k2;
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 500; i++) {
        x[i] = gumbel(even(i), 0.8);
        y[499 - i] = x[i] - 12345.0;
    }
    const double mean = wick_psis(w, x, 500, a, &k), mean2 = wick_psis(w, y, 500, b, &k2);
    assert_ok(w);
    assert_close(k2, k, 1e-9);
    assert_close(mean2 + 12345.0, mean, 1e-9);
    for (size_t i = 0; i < 500; i++)
        assert_close(b[499 - i], a[i], 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(weights_sum_to_1_keep_their_order_and_none_is_larger_than_the_largest_was)
{
    double x[800], y[800], k, sum = 0.0, most = -INFINITY, after = -INFINITY;
    size_t swapped = 0;
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 800; i++) {
        x[i] = squared(even(i), 0.3);
        most = fmax(most, x[i]);
    }
    const double log_mean = wick_psis(w, x, 800, y, &k);
    for (size_t i = 0; i < 800; i++) {
        sum += exp(y[i]);
        after = fmax(after, y[i]);
        for (size_t j = 0; j < 800; j++)
            swapped += x[i] < x[j] && y[i] > y[j];
    }
    ck_assert_uint_eq(swapped, 0);
    assert_close(sum, 1.0, 1e-12);
    ck_assert_double_le(after + log_mean + log(800.0), most + 1e-12);
    ck_assert_double_gt(k, 0.7);
    wick_free(w);
}
END_TEST

START_TEST(equal_weights_have_no_tail_and_stay_as_they_are)
{
    double x[300], y[300], k = 0.0;
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 300; i++)
        x[i] = -77.25 + 1e-13 * (double)(i % 7);
    assert_close(wick_psis(w, x, 300, y, &k), -77.25, 1e-13);
    ck_assert_double_eq(k, -INFINITY);
    for (size_t i = 0; i < 300; i++)
        assert_close(y[i], -log(300.0), 1e-13);
    for (size_t i = 0; i < 150; i++) /* half of them are 0: bounded, so no tail either */
        x[2 * i] = -INFINITY;
    assert_close(wick_psis(w, x, 300, y, &k), -77.25 - log(2.0), 1e-13);
    ck_assert_double_eq(k, -INFINITY);
    ck_assert_double_eq(y[4], -INFINITY);
    wick_free(w);
}
END_TEST

START_TEST(where_a_tail_cannot_be_fitted_k_is_infinite_and_weights_are_not_smoothed)
{
    double x[100], y[100], k = 0.0;
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 20; i++) /* too few draws */
        x[i] = gumbel(even(i), 0.8);
    wick_psis(w, x, 20, y, &k);
    ck_assert_double_eq(k, INFINITY);
    for (size_t i = 1; i < 20; i++)
        assert_close(y[i] - y[0], x[i] - x[0], 1e-13);
    for (size_t i = 0; i < 100; i++) /* two that stand out of a sea of equal ones */
        x[i] = i < 2 ? 5.0 + (double)i : 0.25;
    wick_psis(w, x, 100, y, &k);
    ck_assert_double_eq(k, INFINITY);
    assert_close(y[1] - y[0], 1.0, 1e-13);
    for (size_t i = 0; i < 100; i++) /* one that outweighs the others by more than a double holds */
        x[i] = i == 31 ? 2000.0 : (double)i;
    assert_close(wick_psis(w, x, 100, y, &k), 2000.0 - log(100.0), 1e-13);
    ck_assert_double_eq(k, INFINITY);
    ck_assert_double_eq(y[31], 0.0);
    for (size_t i = 0; i < 100; i++) /* differences too small to divide by */
        x[i] = i == 31 ? 708.0 : 1e-3 * (double)i;
    wick_psis(w, x, 100, y, &k);
    ck_assert_double_eq(k, INFINITY);
    ck_assert_double_eq(y[31], 0.0);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(k_is_the_shape_that_the_weights_have)
{
    enum { N = 4000, TIMES = 40 };
    static const double SHAPES[] = { 0.15, 0.5, 0.8, 1.2 };
    static double x[N];
    wick *w = wick_new(&(wick_options){ .seed = 12 });

    for (size_t j = 0; j < 4; j++) {
        double mean = 0.0, k;
        for (size_t t = 0; t < TIMES; t++) {
            for (size_t i = 0; i < N; i++)
                x[i] = pareto(wick_draw_uniform(w), SHAPES[j]);
            wick_psis(w, x, N, NULL, &k);
            mean += k / TIMES;
        }
        /* of m = 190 values a fit has the standard error (1 + k) / sqrt(m), and is drawn to 0.5 by
         * 5 %; 40 fits, 4.5 standard errors: false alarms 1 in 1e5 */
        const double want = (190.0 * SHAPES[j] + 5.0) / 200.0;
        ck_assert_double_le(
            fabs(mean - want), 4.5 * (1.0 + SHAPES[j]) / sqrt(190.0 * TIMES) + 0.01);
    }
    wick_free(w);
}
END_TEST

START_TEST(the_threshold_grows_with_the_draws_up_to_0_7)
{
    ck_assert_double_eq(wick_psis_threshold(100), 0.5);
    assert_close(wick_psis_threshold(1000), 2.0 / 3.0, 1e-15);
    assert_close(wick_psis_threshold(2000), 1.0 - 1.0 / log10(2000.0), 1e-15);
    ck_assert_double_eq(wick_psis_threshold(2200), 0.7);
    ck_assert_double_eq(wick_psis_threshold(1000000), 0.7);
    ck_assert_double_eq(wick_psis_threshold(1), -INFINITY);
    ck_assert_double_eq(wick_psis_threshold(0), -INFINITY);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_weighed_is_refused)
{
    double x[30], y[30], k = 3.0;
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 30; i++)
        x[i] = (double)i;
    ck_assert_double_nan(wick_psis(w, x, 0, y, &k));
    ck_assert_double_nan(k);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_psis", "no draws");
    ck_assert_double_nan(wick_psis(w, NULL, 30, y, &k));
    assert_error(w, WICK_ERR_ARGUMENT, "NULL");
    x[17] = NAN;
    ck_assert_double_nan(wick_psis(w, x, 30, y, NULL));
    assert_error(w, WICK_ERR_NONFINITE, "draw 17", "nan");
    x[17] = INFINITY;
    ck_assert_double_nan(wick_psis(w, x, 30, y, NULL));
    assert_error(w, WICK_ERR_NONFINITE, "draw 17", "inf");
    for (size_t i = 0; i < 30; i++)
        x[i] = -INFINITY;
    ck_assert_double_nan(wick_psis(w, x, 30, y, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "all 30", "-inf");
    ck_assert_double_nan(wick_psis(NULL, x, 30, y, &k));
    wick_fail(w, WICK_ERR_DOMAIN, "earlier");
    x[3] = 0.5;
    ck_assert_double_nan(wick_psis(w, x, 30, y, &k));
    ck_assert_int_eq(wick_status(w), WICK_ERR_DOMAIN);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psis");
    TCase *reference = new_case(suite, "reference"), *laws = new_case(suite, "laws");
    TCase *misuse = new_case(suite, "misuse");

    tcase_add_loop_test(reference, k_and_weights_are_those_of_the_r_package_loo, 0, N_ROWS);
    tcase_add_test(laws, a_constant_added_to_the_ratios_and_their_order_change_nothing);
    tcase_add_test(laws, weights_sum_to_1_keep_their_order_and_none_is_larger_than_the_largest_was);
    tcase_add_test(laws, equal_weights_have_no_tail_and_stay_as_they_are);
    tcase_add_test(laws, where_a_tail_cannot_be_fitted_k_is_infinite_and_weights_are_not_smoothed);
    tcase_add_test(laws, k_is_the_shape_that_the_weights_have);
    tcase_add_test(laws, the_threshold_grows_with_the_draws_up_to_0_7);
    tcase_add_test(misuse, what_cannot_be_weighed_is_refused);
    return run_suite(suite);
}
