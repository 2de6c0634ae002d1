/* Accuracy, special values and shape of wick's own scalar functions. */
#include "base/special.h"

#include <check.h>
#include <float.h>
#include <stdlib.h>

#include "../data/special.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* |got - (want + rest)| in units of the last place of want */
static double ulps(double got, double want, double rest)
{
    int exponent;

    frexp(want, &exponent);
    return fabs((got - want) - rest) / ldexp(1.0, (exponent < -1021 ? -1021 : exponent) - 53);
}

static double lgamma_any(double x)
{
    return wicki_lgamma(x);
}

static double digamma_any(double x)
{
    return wicki_digamma(x);
}

static double trigamma_any(double x)
{
    return wicki_trigamma(x);
}

/* Function, its tolerance in ulp, and a tolerance relative to 1 + |value| that also will do (for
 * arguments left of 0, where reflection subtracts numbers of similar size). */
#define ROW(f, table, ulp, loose)              \
    {                                          \
#f, f, table, COUNT(table), ulp, loose \
    }

static const struct {
    const char *name;
    double (*f)(double);
    const double (*table)[3];
    int n;
    double ulp, loose;
} FUNCTIONS[] = {
    ROW(wicki_exp, EXP_TABLE, 1, 0),
    ROW(wicki_log, LOG_TABLE, 1, 0),
    ROW(wicki_log1p, LOG1P_TABLE, 2, 0),
    ROW(wicki_expm1, EXPM1_TABLE, 2, 0),
    ROW(wicki_sigmoid, SIGMOID_TABLE, 3, 0),
    ROW(wicki_log_sigmoid, LOG_SIGMOID_TABLE, 3, 0),
    ROW(wicki_softplus, SOFTPLUS_TABLE, 3, 0),
    ROW(wicki_tanh, TANH_TABLE, 3, 0),
    ROW(wicki_erf, ERF_TABLE, 3, 0),
    ROW(wicki_erfc, ERFC_TABLE, 4, 0),
    ROW(wicki_lgamma_positive, LGAMMA_TABLE, 8, 0),
    ROW(lgamma_any, LGAMMA_TABLE, 8, 0),
    ROW(lgamma_any, LGAMMA_NEGATIVE_TABLE, 8, 1e-15),
    ROW(wicki_digamma_positive, DIGAMMA_TABLE, 8, 0),
    ROW(digamma_any, DIGAMMA_TABLE, 8, 0),
    ROW(digamma_any, DIGAMMA_NEGATIVE_TABLE, 8, 2e-15),
    ROW(wicki_trigamma_positive, TRIGAMMA_TABLE, 8, 0),
    ROW(trigamma_any, TRIGAMMA_TABLE, 8, 0),
    ROW(trigamma_any, TRIGAMMA_NEGATIVE_TABLE, 12, 0),
    ROW(wicki_normal_quantile, NORMAL_QUANTILE_TABLE, 8, 0),
};

START_TEST(every_function_is_within_its_tolerance_of_mpmath)
{
    double (*const f)(double) = FUNCTIONS[_i].f;

    for (int i = 0; i < FUNCTIONS[_i].n; i++) {
        const double *row = FUNCTIONS[_i].table[i];
        const double got = f(row[0]), off = ulps(got, row[1], row[2]);
        const int near = fabs((got - row[1]) - row[2]) <= FUNCTIONS[_i].loose * (1 + fabs(row[1]));

        ck_assert_msg(off <= FUNCTIONS[_i].ulp || near, "%s(%a) is %a, not %a: %.2f ulp",
            FUNCTIONS[_i].name, row[0], got, row[1], off);
    }
}
END_TEST

START_TEST(pow_is_within_2_ulp_of_mpmath)
{
    for (int i = 0; i < COUNT(POW_TABLE); i++) {
        const double *row = POW_TABLE[i];
        const double got = wicki_pow(row[0], row[1]), off = ulps(got, row[2], row[3]);

        ck_assert_msg(off <= 2, "pow(%a, %a) is %a: %.2f ulp", row[0], row[1], got, off);
    }
}
END_TEST

#define VALUE(f, x, want)         \
    {                             \
#f "(" #x ")", f, x, want \
    }

/* Limits at the ends of each domain, and the arguments that fixed formulas get wrong. */
static const struct {
    const char *name;
    double (*f)(double);
    double x, want;
} VALUES[] = {
    VALUE(wicki_exp, -INFINITY, 0.0),
    VALUE(wicki_exp, INFINITY, INFINITY),
    VALUE(wicki_exp, 709.79, INFINITY),
    VALUE(wicki_exp, 1e300, INFINITY),
    VALUE(wicki_exp, -708.0000000000001, 0.0),
    VALUE(wicki_exp, -1e300, 0.0),
    VALUE(wicki_exp, -0.0, 1.0),
    VALUE(wicki_exp, 4e-320, 1.0),
    VALUE(wicki_log, 0.0, -INFINITY),
    VALUE(wicki_log, -0.0, -INFINITY),
    VALUE(wicki_log, INFINITY, INFINITY),
    VALUE(wicki_log, -INFINITY, NAN),
    VALUE(wicki_log, -4e-320, NAN),
    VALUE(wicki_log, 1.0, 0.0),
    VALUE(wicki_log1p, -0.0, -0.0),
    VALUE(wicki_log1p, 4e-320, 4e-320),
    VALUE(wicki_log1p, -1.0, -INFINITY),
    VALUE(wicki_log1p, -1.0000000000000002, NAN),
    VALUE(wicki_log1p, INFINITY, INFINITY),
    VALUE(wicki_log1p, -INFINITY, NAN),
    VALUE(wicki_expm1, -0.0, -0.0),
    VALUE(wicki_expm1, -4e-320, -4e-320),
    VALUE(wicki_expm1, -INFINITY, -1.0),
    VALUE(wicki_expm1, INFINITY, INFINITY),
    VALUE(wicki_expm1, 709.79, INFINITY),
    VALUE(wicki_sigmoid, -INFINITY, 0.0),
    VALUE(wicki_sigmoid, INFINITY, 1.0),
    VALUE(wicki_sigmoid, -0.0, 0.5),
    VALUE(wicki_sigmoid, -709.0, 0.0),
    VALUE(wicki_log_sigmoid, -INFINITY, -INFINITY),
    VALUE(wicki_log_sigmoid, INFINITY, 0.0),
    VALUE(wicki_log_sigmoid, -1e6, -1e6),
    VALUE(wicki_softplus, -INFINITY, 0.0),
    VALUE(wicki_softplus, INFINITY, INFINITY),
    VALUE(wicki_softplus, 1e6, 1e6),
    VALUE(wicki_tanh, -0.0, -0.0),
    VALUE(wicki_tanh, -4e-320, -4e-320),
    VALUE(wicki_tanh, -INFINITY, -1.0),
    VALUE(wicki_tanh, INFINITY, 1.0),
    VALUE(wicki_tanh, 400.0, 1.0),
    VALUE(wicki_erf, -0.0, -0.0),
    VALUE(wicki_erf, -INFINITY, -1.0),
    VALUE(wicki_erf, INFINITY, 1.0),
    VALUE(wicki_erf, 1e200, 1.0),
    VALUE(wicki_erfc, -0.0, 1.0),
    VALUE(wicki_erfc, -INFINITY, 2.0),
    VALUE(wicki_erfc, INFINITY, 0.0),
    VALUE(wicki_erfc, 26.61, 0.0),
    VALUE(wicki_erfc, 4e-320, 1.0),
    VALUE(lgamma_any, 0.0, INFINITY),
    VALUE(lgamma_any, -0.0, INFINITY),
    VALUE(lgamma_any, -17.0, INFINITY),
    VALUE(lgamma_any, -9007199254740993e3, INFINITY),
    VALUE(lgamma_any, INFINITY, INFINITY),
    VALUE(lgamma_any, -INFINITY, INFINITY),
    VALUE(lgamma_any, 2.6e305, INFINITY),
    VALUE(lgamma_any, 1.0, 0.0),
    VALUE(lgamma_any, 2.0, 0.0),
    VALUE(wicki_lgamma_positive, -0.0, INFINITY),
    VALUE(wicki_lgamma_positive, -3.5, NAN),
    VALUE(digamma_any, 0.0, NAN),
    VALUE(digamma_any, -0.0, NAN),
    VALUE(digamma_any, -17.0, NAN),
    VALUE(digamma_any, -4503599627370497.0, NAN),
    VALUE(digamma_any, INFINITY, INFINITY),
    VALUE(digamma_any, -INFINITY, NAN),
    VALUE(digamma_any, 4e-320, -INFINITY),
    VALUE(wicki_digamma_positive, -3.5, NAN),
    VALUE(trigamma_any, 0.0, INFINITY),
    VALUE(trigamma_any, -0.0, INFINITY),
    VALUE(trigamma_any, -17.0, INFINITY),
    VALUE(trigamma_any, INFINITY, 0.0),
    VALUE(trigamma_any, -INFINITY, NAN),
    VALUE(trigamma_any, 4e-320, INFINITY),
    VALUE(wicki_trigamma_positive, -3.5, NAN),
    VALUE(wicki_normal_quantile, 0.0, -INFINITY),
    VALUE(wicki_normal_quantile, -0.0, -INFINITY),
    VALUE(wicki_normal_quantile, 1.0, INFINITY),
    VALUE(wicki_normal_quantile, 0.5, 0.0),
    VALUE(wicki_normal_quantile, -4e-320, NAN),
    VALUE(wicki_normal_quantile, 1.0000000000000002, NAN),
    VALUE(wicki_normal_quantile, INFINITY, NAN),
};

static int same(double a, double b)
{
    return isnan(b) ? isnan(a) : a == b && !signbit(a) == !signbit(b);
}

START_TEST(limits_and_signed_zeros_are_exact)
{
    for (int i = 0; i < COUNT(VALUES); i++) {
        const volatile double x = VALUES[i].x; /* at run time, not by the compiler */
        const double got = VALUES[i].f(x);

        ck_assert_msg(same(got, VALUES[i].want), "%s is %a", VALUES[i].name, got);
    }
}
END_TEST

START_TEST(nan_comes_out_where_nan_went_in)
{
    const volatile double nan = NAN;

    ck_assert_double_nan(FUNCTIONS[_i].f(nan));
    ck_assert_double_nan(FUNCTIONS[_i].f(-nan));
}
END_TEST

/* C11 F.10.4.4, and |x|^y below e^-708 */
static const double POWERS[][3] = {
    { NAN, 0.0, 1.0 },
    { INFINITY, -0.0, 1.0 },
    { 1.0, NAN, 1.0 },
    { 1.0, INFINITY, 1.0 },
    { NAN, 0.7, NAN },
    { 0.7, NAN, NAN },
    { -1.0, INFINITY, 1.0 },
    { -1.0, -INFINITY, 1.0 },
    { 0.0, -3.0, INFINITY },
    { -0.0, -3.0, -INFINITY },
    { -0.0, -4.0, INFINITY },
    { -0.0, -0.3, INFINITY },
    { 0.0, -INFINITY, INFINITY },
    { -0.0, -INFINITY, INFINITY },
    { -0.0, 3.0, -0.0 },
    { -0.0, 0.3, 0.0 },
    { 0.0, INFINITY, 0.0 },
    { -8.0, 1.0 / 3, NAN },
    { 0.3, -INFINITY, INFINITY },
    { -0.3, INFINITY, 0.0 },
    { 3.0, -INFINITY, 0.0 },
    { -3.0, INFINITY, INFINITY },
    { -INFINITY, -3.0, -0.0 },
    { -INFINITY, -2.5, 0.0 },
    { -INFINITY, 3.0, -INFINITY },
    { -INFINITY, 2.5, INFINITY },
    { INFINITY, -0.1, 0.0 },
    { INFINITY, 0.1, INFINITY },
    { -3.0, 3.0, -27.0 },
    { -3.0, 4.0, 81.0 },
    { 10.0, 309.0, INFINITY },
    { -10.0, 309.0, -INFINITY },
    { 10.0, -308.0, 0.0 },
    { -10.0, -309.0, -0.0 },
    { 1.5, 1e308, INFINITY },
    { 1.5, -1e308, 0.0 },
    { 0.5, -1e308, INFINITY },
    { 5e-324, 5e-324, 1.0 },
    { 1.7e308, 1.7e308, INFINITY },
    { -3.0, 9007199254740993e3, INFINITY },
};

START_TEST(pow_has_the_special_values_of_c)
{
    for (int i = 0; i < COUNT(POWERS); i++) {
        const double *row = POWERS[i], got = wicki_pow(row[0], row[1]);

        ck_assert_msg(same(got, row[2]), "pow(%g, %g) is %a", row[0], row[1], got);
    }
}
END_TEST

START_TEST(max_and_min_give_the_second_argument_unless_the_comparison_holds)
{
    ck_assert_double_eq(wicki_max(-3.5, 7.25), 7.25);
    ck_assert_double_eq(wicki_max(7.25, -3.5), 7.25);
    ck_assert_double_eq(wicki_min(-3.5, 7.25), -3.5);
    ck_assert_double_eq(wicki_min(7.25, -3.5), -3.5);
    ck_assert_double_nan(wicki_max(7.25, NAN));
    ck_assert_double_nan(wicki_min(7.25, NAN));
    ck_assert_double_eq(wicki_max(NAN, 7.25), 7.25);
    ck_assert(signbit(wicki_max(0.0, -0.0)) && !signbit(wicki_max(-0.0, 0.0)));
}
END_TEST

START_TEST(increasing_functions_never_step_back)
{
    static double (*const increasing[])(double) = { wicki_exp, wicki_expm1, wicki_tanh, wicki_erf,
        wicki_sigmoid, wicki_log_sigmoid, wicki_softplus };
    static double (*const on_positive[])(double) = { wicki_log, wicki_log1p, digamma_any };

    for (double x = -40; x < 40; x += 0x1p-9) {
        const double y = x + 0x1p-9;

        for (int i = 0; i < COUNT(increasing); i++)
            ck_assert_msg(increasing[i](x) <= increasing[i](y), "function %d at %a", i, x);
        for (int i = 0; x > 0 && i < COUNT(on_positive); i++)
            ck_assert_msg(on_positive[i](x) < on_positive[i](y), "function %d at %a", i, x);
        if (x > 0)
            ck_assert_msg(trigamma_any(x) > trigamma_any(y), "trigamma at %a", x);
    }
    for (double p = 0x1p-13; p < 1 - 0x1p-13; p += 0x1p-13)
        ck_assert_double_lt(wicki_normal_quantile(p), wicki_normal_quantile(p + 0x1p-13));
}
END_TEST

START_TEST(odd_functions_are_odd_to_the_last_bit)
{
    for (double x = 0x1p-30; x < 50; x *= 1.0137) {
        ck_assert_double_eq(wicki_tanh(-x), -wicki_tanh(x));
        ck_assert_double_eq(wicki_erf(-x), -wicki_erf(x));
        ck_assert_double_eq(wicki_log_sigmoid(-x), -wicki_softplus(x));
    }
    for (double p = 0x1p-50; p < 0.5; p += 0x1.01p-9) /* 1 - p is exact */
        ck_assert_double_eq(wicki_normal_quantile(1 - p), -wicki_normal_quantile(p));
}
END_TEST

/* A relative error of e in p = Phi(z) moves z by e / |z| in the tail, and rounding z / sqrt(2) is
 * an error of z^2 ulp in p. */
START_TEST(quantile_of_the_normal_cdf_returns_its_argument)
{
    for (double z = -37; z < 0; z += 0.0137) {
        const double p = 0.5 * wicki_erfc(z * -0.70710678118654752);
        const double got = wicki_normal_quantile(p);

        ck_assert_msg(
            fabs(got - z) <= 8 * DBL_EPSILON * (1 - z), "%.17g came back as %.17g", z, got);
    }
}
END_TEST

START_TEST(recurrences_hold_where_the_ranges_of_the_formulas_meet)
{
    for (double x = -9.97; x < 12; x += 0.0173) {
        const double size = 1 + fabs(wicki_lgamma(x)) + fabs(1 / x);

        ck_assert_double_eq_tol(
            wicki_lgamma(x + 1), wicki_lgamma(x) + wicki_log(fabs(x)), 1e-14 * size);
        ck_assert_double_eq_tol(wicki_digamma(x + 1), wicki_digamma(x) + 1 / x,
            1e-14 * (size + wicki_trigamma(x) + wicki_trigamma(x + 1)));
    }
}
END_TEST

/* long double of x86 has 11 more bits, so the C library's functions on it serve as a reference. */
#if LDBL_MANT_DIG >= 64
#define SWEEP(f, reference, low, high, ulp) \
    {                                       \
#f, f, reference, low, high, ulp    \
    }

static const struct {
    const char *name;
    double (*f)(double);
    long double (*reference)(long double);
    double low, high, ulp;
} SWEEPS[] = {
    SWEEP(wicki_exp, expl, -708, 709.7, 1),
    SWEEP(wicki_exp, expl, -1, 1, 1),
    SWEEP(wicki_log, logl, 0, 1e-307, 1),
    SWEEP(wicki_log, logl, 0.4, 2.1, 1),
    SWEEP(wicki_log, logl, 0, 1e9, 1),
    SWEEP(wicki_log1p, log1pl, -1, 2, 2),
    SWEEP(wicki_log1p, log1pl, -1e-3, 1e-3, 2),
    SWEEP(wicki_expm1, expm1l, -1, 1, 2),
    SWEEP(wicki_expm1, expm1l, -40, 709.7, 2),
    SWEEP(wicki_tanh, tanhl, -1, 1, 3),
    SWEEP(wicki_tanh, tanhl, -21, 21, 3),
    SWEEP(wicki_erf, erfl, -1, 1, 3),
    SWEEP(wicki_erf, erfl, -6, 6, 3),
    SWEEP(wicki_erfc, erfcl, -1, 1, 4),
    SWEEP(wicki_erfc, erfcl, -6, 26, 4),
    SWEEP(wicki_lgamma_positive, lgammal, 0, 1.25, 8),
    SWEEP(wicki_lgamma_positive, lgammal, 1.25, 3, 8),
    SWEEP(wicki_lgamma_positive, lgammal, 3, 20, 8),
    SWEEP(wicki_lgamma_positive, lgammal, 0, 1e8, 8),
};

START_TEST(no_argument_of_a_random_sweep_exceeds_the_tolerance)
{
    const double low = SWEEPS[_i].low, width = SWEEPS[_i].high - low;
    uint64_t state = 20110811u + (uint64_t)_i;

    for (int i = 0; i < 200000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const double x = low + width * ((double)(state >> 11) * 0x1p-53);
        const long double exact = SWEEPS[_i].reference(x);
        const double want = (double)exact, got = SWEEPS[_i].f(x);
        const double off = ulps(got, want, (double)(exact - (long double)want));

        ck_assert_msg(off <= SWEEPS[_i].ulp, "%s(%a) is %a, not %a: %.2f ulp", SWEEPS[_i].name, x,
            got, want, off);
    }
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("special");
    TCase *accuracy = tcase_create("accuracy"), *shape = tcase_create("shape");

    tcase_add_loop_test(
        accuracy, every_function_is_within_its_tolerance_of_mpmath, 0, COUNT(FUNCTIONS));
    tcase_add_test(accuracy, pow_is_within_2_ulp_of_mpmath);
    tcase_add_loop_test(accuracy, nan_comes_out_where_nan_went_in, 0, COUNT(FUNCTIONS));
    tcase_add_test(accuracy, limits_and_signed_zeros_are_exact);
    tcase_add_test(accuracy, pow_has_the_special_values_of_c);
    tcase_add_test(shape, max_and_min_give_the_second_argument_unless_the_comparison_holds);
    tcase_add_test(shape, increasing_functions_never_step_back);
    tcase_add_test(shape, odd_functions_are_odd_to_the_last_bit);
    tcase_add_test(shape, quantile_of_the_normal_cdf_returns_its_argument);
    tcase_add_test(shape, recurrences_hold_where_the_ranges_of_the_formulas_meet);
#if LDBL_MANT_DIG >= 64
    tcase_add_loop_test(
        accuracy, no_argument_of_a_random_sweep_exceeds_the_tolerance, 0, COUNT(SWEEPS));
#endif
    suite_add_tcase(suite, accuracy);
    suite_add_tcase(suite, shape);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
