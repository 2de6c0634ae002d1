/* Incomplete gamma and beta, normal tails, Bessel and trigonometric functions against mpmath. */
#include "base/bessel.h"
#include "base/incomplete.h"
#include "base/normal_cdf.h"
#include "base/polygamma.h"
#include "base/special.h"
#include "base/trigonometry.h"

#include <check.h>
#include <float.h>
#include <stdlib.h>

#include "../data/incomplete.h"

#define COUNT(array) (int)(sizeof array / sizeof *array)

/* Relative to what is wanted, of which 1 is enough for a logarithm. */
static void near(
    double got, double want, double tolerance, double least, const char *what, const double *at)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fmax(fabs(want), least),
        "%s at %.17g, %.17g, %.17g: %.17g, not %.17g (%.2g)", what, at[0], at[1], at[2], got, want,
        fabs(got - want) / fmax(fabs(want), least));
}

/* The logarithm of a probability, -k, costs k times the precision in the probability. */
static double of_tail(double p)
{
    return 1e-13 + 4 * DBL_EPSILON * fabs(log(p));
}

START_TEST(incomplete_gamma_functions_match_mpmath)
{
    for (int i = 0; i < COUNT(GAMMA); i++) {
        const double *r = GAMMA[i], a = r[0], x = r[1];
        const double large = 4e-16 * sqrt(a); /* x away from a, in deviations, times its rounding */
        near(wicki_gamma_p(a, x), r[2], of_tail(r[2]) + large, 0, "P", r);
        near(wicki_gamma_q(a, x), r[3], of_tail(r[3]) + large, 0, "Q", r);
        near(wicki_log_gamma_p(a, x), r[4], 1e-13 + large, 1e-3, "log P", r);
        near(wicki_log_gamma_q(a, x), r[5], 1e-13 + large, 1e-3, "log Q", r);
        near(wicki_gamma_p_by_a(a, x), r[6], 4e-12, 0, "dP/da", r);
    }
}
END_TEST

START_TEST(incomplete_beta_functions_match_mpmath)
{
    for (int i = 0; i < COUNT(BETA); i++) {
        const double *r = BETA[i], a = r[0], b = r[1], x = r[2];
        const double left = DBL_EPSILON / fmin(r[3], r[4]) * (a < 1 || b < 1 ? 1 : 0);
        const double rest = left + 4e-18 * (a + b); /* 1 - x is rounded */
        double by_a, by_b;
        near(wicki_beta_i(a, b, x), r[3], 1e-12 + rest, 0, "I", r);
        near(wicki_beta_i_upper(a, b, x), r[4], 1e-12 + rest, 0, "1 - I", r);
        near(wicki_beta_i_between(b, a, 1 - x, x), r[4], 1e-12 + rest, 0, "I of the other side", r);
        wicki_beta_i_slopes(a, b, x, 1 - x, &by_a, &by_b);
        near(by_a, r[5], 1e-11, 0, "dI/da", r);
        near(by_b, r[6], 1e-11, 0, "dI/db", r);
    }
}
END_TEST

/* Of the probability, in x: its error over x p(x). */
START_TEST(gamma_quantiles_have_their_probability)
{
    static const double A[] = { 1e-3, 0.07, 0.9, 1, 3.7, 29, 31, 1e3, 1e6 };
    static const double P[] = { 1e-300, 1e-100, 1e-9, 0.013, 0.31, 0.5, 0.77, 0.991 };

    for (int i = 0; i < COUNT(A); i++)
        for (int j = 0; j < COUNT(P); j++)
            for (int upper = 0; upper < 2; upper++) {
                const double p = upper ? 1 - P[j] : P[j], q = upper ? P[j] : 1 - P[j];
                const double y = wicki_log_gamma_quantile(A[i], p, q), x = exp(y);
                if (y < -700)
                    continue;
                const double off = upper ? wicki_gamma_q(A[i], x) - q : wicki_gamma_p(A[i], x) - p;
                ck_assert_msg(fabs(off) <= (1e-13 + 1e-15 * fabs(y)) *
                                fmax(x * wicki_gamma_density(A[i], x), 1e-3 * P[j]) +
                            1e-14 * P[j] * fabs(log(P[j])) + 2 * DBL_EPSILON * P[j],
                    "a = %g, p = %g, upper %d: x = %.17g, off by %g", A[i], P[j], upper, x, off);
            }
}
END_TEST

START_TEST(small_gamma_quantiles_are_known_by_their_logarithm)
{
    /* P = x^a / Gamma(a + 1) */
    ck_assert_double_eq_tol(
        wicki_log_gamma_quantile(1e-3, 0.25, 0.75), (log(0.25) + lgamma(1.001)) / 1e-3, 1e-10);
    ck_assert_double_eq_tol(
        wicki_log_gamma_quantile(2.5, 1e-300, 1), (log(1e-300) + lgamma(3.5)) / 2.5, 1e-12);
}
END_TEST

START_TEST(beta_quantiles_have_their_probability)
{
    static const double A[][2] = { { 1e-3, 1.7 }, { 0.2, 0.3 }, { 2.3, 3.1 }, { 0.5, 1e6 },
        { 40, 0.7 }, { 1e6, 1e6 }, { 17, 31 }, { 5e9, 0.5 } };
    static const double P[] = { 1e-100, 1e-9, 0.013, 0.31, 0.5, 0.77, 0.991 };

    for (int i = 0; i < COUNT(A); i++)
        for (int j = 0; j < COUNT(P); j++)
            for (int upper = 0; upper < 2; upper++) {
                const double a = A[i][0], b = A[i][1];
                const double p = upper ? 1 - P[j] : P[j], q = upper ? P[j] : 1 - P[j];
                const double z = wicki_beta_logit_quantile(a, b, p, q);
                const double x = wicki_sigmoid(z), y = wicki_sigmoid(-z);
                const double got =
                    upper ? wicki_beta_i_between(b, a, y, x) : wicki_beta_i_between(a, b, x, y);
                if (fabs(z) > 700)
                    continue;
                ck_assert_msg(fabs(got - P[j]) <= 3e-12 * P[j],
                    "a = %g, b = %g, p = %g, upper %d: %.17g", a, b, P[j], upper, got);
                ck_assert_double_eq(wicki_beta_quantile(a, b, p, q), x);
            }
}
END_TEST

START_TEST(densities_have_their_closed_forms)
{
    const double beta = tgamma(2.3) * tgamma(1.7) / tgamma(4.0);

    for (double x = 0.013; x < 1; x += 0.0371) {
        const double f = pow(x, 1.3) * pow(1 - x, 0.7) / beta;
        ck_assert_double_eq_tol(wicki_beta_density(2.3, 1.7, x), f, 1e-13 * f);
        ck_assert_double_eq_tol(wicki_gamma_density(1, 9 * x), exp(-9 * x), 1e-14 * exp(-9 * x));
        const double g = pow(9 * x, -0.7) * exp(-9 * x) / tgamma(0.3);
        ck_assert_double_eq_tol(wicki_gamma_density(0.3, 9 * x), g, 1e-13 * g);
    }
}
END_TEST

START_TEST(ends_and_what_lies_beyond_them)
{
    ck_assert_double_eq(wicki_gamma_p(2.3, 0), 0);
    ck_assert_double_eq(wicki_gamma_p(2.3, -1), 0);
    ck_assert_double_eq(wicki_gamma_q(2.3, INFINITY), 0);
    ck_assert_double_eq(wicki_log_gamma_q(2.3, INFINITY), -INFINITY);
    ck_assert_double_eq(wicki_log_gamma_p(2.3, 0), -INFINITY);
    ck_assert_double_eq(wicki_gamma_p_by_a(2.3, 0), 0);
    ck_assert_double_eq(wicki_gamma_density(0.3, 0), INFINITY);
    ck_assert_double_eq(wicki_gamma_density(1, 0), 1);
    ck_assert_double_eq(wicki_gamma_density(2.3, 0), 0);
    ck_assert_double_eq(wicki_log_gamma_quantile(2.3, 0, 1), -INFINITY);
    ck_assert_double_eq(wicki_log_gamma_quantile(2.3, 1, 0), INFINITY);
    ck_assert_double_eq(wicki_beta_i(2.3, 0.7, -0.1), 0);
    ck_assert_double_eq(wicki_beta_i(2.3, 0.7, 1), 1);
    ck_assert_double_eq(wicki_beta_i_upper(2.3, 0.7, 1), 0);
    ck_assert_double_eq(wicki_beta_density(2.3, 1, 1), 2.3);
    ck_assert_double_eq(wicki_beta_density(1, 0.7, 0), 0.7);
    ck_assert_double_eq(wicki_beta_density(0.3, 0.7, 0), INFINITY);
    ck_assert_double_eq(wicki_beta_quantile(2.3, 0.7, 0, 1), 0);
    ck_assert_double_eq(wicki_beta_quantile(2.3, 0.7, 1, 0), 1);
    ck_assert_double_eq(wicki_normal_cdf(-INFINITY), 0);
    ck_assert_double_eq(wicki_normal_cdf(INFINITY), 1);
    ck_assert_double_eq(wicki_normal_cdf(-38), 0);
    ck_assert_double_eq(wicki_log_normal_cdf(-INFINITY), -INFINITY);
    ck_assert_double_eq(wicki_log_normal_cdf(INFINITY), 0);
    ck_assert_double_eq(wicki_log_normal_cdf_slope(INFINITY), 0);
    ck_assert_double_eq(wicki_log_normal_interval(-INFINITY, INFINITY), 0);
    ck_assert_double_eq(wicki_log_normal_interval(1.3, 1.3), -INFINITY);
    ck_assert_double_eq(wicki_log1mexp(0), -INFINITY);
    ck_assert_double_eq(wicki_log1mexp(INFINITY), 0);
    ck_assert_double_eq(wicki_log_bessel_i0(0), 0);
    ck_assert_double_eq(wicki_log_bessel_i0(-INFINITY), INFINITY);
    ck_assert_double_eq(wicki_log_bessel_i0_scaled(INFINITY), -INFINITY);
    /* mpmath: log(besseli(0, 10000)) - 10000 */
    ck_assert_double_eq_tol(wicki_log_bessel_i0_scaled(1e4), -5.5240962185676980, 4e-15);
    ck_assert_double_eq(wicki_bessel_ratio(-INFINITY), -1);
    ck_assert_double_eq(wicki_bessel_ratio_slope(0), 0.5);
    ck_assert_double_eq(wicki_atan(INFINITY), 1.5707963267948966);
    ck_assert(wicki_sin(-0.0) == 0 && signbit(wicki_sin(-0.0)) && signbit(wicki_atan(-0.0)));
    ck_assert_double_eq(wicki_atan2(0.0, -2.3), 3.141592653589793);
    ck_assert_double_eq(wicki_atan2(-0.0, -2.3), -3.141592653589793);
    ck_assert_double_eq(wicki_atan2(2.3, 0), 1.5707963267948966);
    ck_assert_double_eq(wicki_atan2(0, 0), 0);
    ck_assert_double_eq(wicki_atan2(INFINITY, -INFINITY), 2.356194490192345);
}
END_TEST

START_TEST(nan_comes_out_where_nan_went_in_or_the_domain_is_left)
{
    static double (*const one[])(double) = { wicki_sin, wicki_cos, wicki_tan, wicki_atan,
        wicki_normal_cdf, wicki_normal_density, wicki_log_normal_cdf, wicki_log_normal_cdf_slope,
        wicki_log1mexp, wicki_log_bessel_i0, wicki_log_bessel_i0_scaled, wicki_bessel_ratio,
        wicki_bessel_ratio_slope, wicki_tetragamma };
    static double (*const two[])(double, double) = { wicki_gamma_p, wicki_gamma_q,
        wicki_log_gamma_p, wicki_log_gamma_q, wicki_gamma_p_by_a, wicki_gamma_density,
        wicki_log_gamma_slope };

    for (int i = 0; i < COUNT(one); i++)
        ck_assert_msg(isnan(one[i](NAN)), "function %d", i);
    for (int i = 0; i < COUNT(two); i++) {
        ck_assert_msg(isnan(two[i](NAN, 1.3)) && isnan(two[i](1.3, NAN)), "function %d", i);
        ck_assert_msg(isnan(two[i](-0.3, 1.3)) && isnan(two[i](0, 1.3)), "function %d", i);
    }
    ck_assert_double_nan(wicki_sin(INFINITY));
    ck_assert_double_nan(wicki_cos(2e12));
    ck_assert_double_nan(wicki_log1mexp(-0.1));
    ck_assert_double_nan(wicki_log_normal_interval(1.3, 1.2));
    ck_assert_double_nan(wicki_log_normal_interval(NAN, 1.2));
    ck_assert_double_nan(wicki_tetragamma(-3));
    ck_assert_double_nan(wicki_tetragamma(0));
    ck_assert_double_nan(wicki_atan2(NAN, 1.3));
    ck_assert_double_nan(wicki_atan2(1.3, NAN));
    ck_assert_double_nan(wicki_beta_i(0, 1.3, 0.4));
    ck_assert_double_nan(wicki_beta_i(1.3, -1, 0.4));
    ck_assert_double_nan(wicki_beta_i(1.3, 0.7, NAN));
    ck_assert_double_nan(wicki_beta_density(1.3, 0.7, 1.1));
    ck_assert_double_nan(wicki_beta_quantile(1.3, 0.7, 1.1, -0.1));
    ck_assert_double_nan(wicki_log_gamma_quantile(1.3, 1.1, -0.1));
    ck_assert_double_nan(wicki_log_gamma_quantile(-1.3, 0.1, 0.9));
}
END_TEST

START_TEST(probabilities_of_normal_intervals_match_mpmath)
{
    for (int i = 0; i < COUNT(INTERVALS); i++) {
        const double *r = INTERVALS[i], size = fmax(fabs(r[0]), fabs(r[1]));
        const double relative = 1e-14 + 4e-16 * fmin(size, 40) * fmin(size, 40);
        double by_a, by_b;
        near(wicki_log_normal_interval(r[0], r[1]), r[2], 1e-15, 1, "log of the interval", r);
        wicki_log_normal_interval_slopes(r[0], r[1], &by_a, &by_b);
        near(by_a, r[3], relative, DBL_MIN, "its derivative by a", r);
        near(by_b, r[4], relative, DBL_MIN, "its derivative by b", r);
    }
}
END_TEST

/* --- one argument ---------------------------------------------------------------------------- */

#define ROWS(table, f, ulp)                 \
    {                                       \
#table, table, COUNT(table), f, ulp \
    }

/* In units of the last place. */
static const struct {
    const char *name;
    const double (*rows)[2];
    int n;
    double (*f)(double);
    double ulp;
} FUNCTIONS[] = {
    ROWS(SIN, wicki_sin, 2),
    ROWS(COS, wicki_cos, 2),
    ROWS(TAN, wicki_tan, 4),
    ROWS(ATAN, wicki_atan, 2),
    ROWS(NORMAL_CDF, wicki_normal_cdf, 6),
    ROWS(NORMAL_DENSITY, wicki_normal_density, 4),
    ROWS(LOG_NORMAL_CDF, wicki_log_normal_cdf, 6),
    ROWS(MILLS, wicki_log_normal_cdf_slope, 12),
    ROWS(LOG1MEXP, wicki_log1mexp, 4),
    ROWS(LOG_BESSEL_I0, wicki_log_bessel_i0, 6),
    ROWS(BESSEL_RATIO, wicki_bessel_ratio, 8),
    ROWS(BESSEL_RATIO_SLOPE, wicki_bessel_ratio_slope, 40000),
    ROWS(TETRAGAMMA, wicki_tetragamma, 12),
};

START_TEST(a_function_of_one_argument_is_within_its_tolerance_of_mpmath)
{
    for (int i = 0; i < FUNCTIONS[_i].n; i++) {
        const double x = FUNCTIONS[_i].rows[i][0], want = FUNCTIONS[_i].rows[i][1];
        const double got = FUNCTIONS[_i].f(x), ulp = nextafter(fabs(want), INFINITY) - fabs(want);

        ck_assert_msg(fabs(got - want) <= FUNCTIONS[_i].ulp * ulp, "%s(%a) is %a, not %a: %.1f ulp",
            FUNCTIONS[_i].name, x, got, want, fabs(got - want) / ulp);
    }
}
END_TEST

START_TEST(angles_of_points_match_mpmath)
{
    for (int i = 0; i < COUNT(ATAN2); i++)
        near(wicki_atan2(ATAN2[i][0], ATAN2[i][1]), ATAN2[i][2], 3 * DBL_EPSILON, 0, "atan2",
            ATAN2[i]);
}
END_TEST

START_TEST(distribution_functions_never_step_back)
{
    static const double A[] = { 0.3, 1, 2.7, 29.9, 30.1, 1e4 };

    for (int i = 0; i < COUNT(A); i++)
        for (double t = 0.6; t < 1.6; t += 0.00137) {
            const double x = t * A[i], y = x + 0.00137 * A[i];
            ck_assert_msg(wicki_gamma_p(A[i], x) <= wicki_gamma_p(A[i], y) &&
                    wicki_gamma_q(A[i], x) >= wicki_gamma_q(A[i], y),
                "a = %g, x = %g", A[i], x);
            const double u = 0.5 * t - 0.25, v = 0.5 * t - 0.25 + 0.000685;
            ck_assert_msg(wicki_beta_i(A[i], 1.7, u) <= wicki_beta_i(A[i], 1.7, v),
                "a = %g, x = %g", A[i], u);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("incomplete");
    TCase *accuracy = tcase_create("accuracy"), *shape = tcase_create("shape");

    tcase_add_test(accuracy, incomplete_gamma_functions_match_mpmath);
    tcase_add_test(accuracy, incomplete_beta_functions_match_mpmath);
    tcase_add_test(accuracy, gamma_quantiles_have_their_probability);
    tcase_add_test(accuracy, small_gamma_quantiles_are_known_by_their_logarithm);
    tcase_add_test(accuracy, beta_quantiles_have_their_probability);
    tcase_add_test(accuracy, probabilities_of_normal_intervals_match_mpmath);
    tcase_add_loop_test(accuracy, a_function_of_one_argument_is_within_its_tolerance_of_mpmath, 0,
        COUNT(FUNCTIONS));
    tcase_add_test(accuracy, angles_of_points_match_mpmath);
    tcase_add_test(accuracy, densities_have_their_closed_forms);
    tcase_add_test(shape, ends_and_what_lies_beyond_them);
    tcase_add_test(shape, nan_comes_out_where_nan_went_in_or_the_domain_is_left);
    tcase_add_test(shape, distribution_functions_never_step_back);
    suite_add_tcase(suite, accuracy);
    suite_add_tcase(suite, shape);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
