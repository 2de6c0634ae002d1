/*
 * Gradients through draws that are made of gammas: their derivatives against mpmath, and their
 * means against the derivatives of expectations that are known in closed form. Entropies and
 * divergences.
 */
#include "base/incomplete.h"
#include "base/special.h"
#include "dist/dist.h"

#include <wick/wick.h>

#include "../data/incomplete.h"
#include "../support/suite.h"
#include "cases.h"

enum { N = 100000, SLOPE_ROWS = sizeof SLOPES / sizeof *SLOPES };

static const double Z_LIMIT = 4.5; /* two-sided p = 7e-6 */

static wick *w;
static uint32_t draws;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20181031 });
    ck_assert_ptr_nonnull(w);
    w->random_key = 0x243f6a8885a308d3u;
    draws = plate(w, "draws", N);
}

static void teardown(void)
{
    wick_free(w);
}

/* A parameter that is another variable for each draw, of the same value. */
static wick_node *each(size_t n, const double *value)
{
    wick_node *x = wicki_leaf(w, NULL, n > 0, &n, draws, true);

    for (size_t e = 0; e < x->elements; e++)
        for (size_t i = 0; i < N; i++)
            x->value[e * N + i] = value[e];
    return x;
}

static wick_node *each_number(double value)
{
    return each(0, &value);
}

/* --- derivatives ----------------------------------------------------------------------------- */

START_TEST(the_derivative_of_a_gamma_draw_matches_mpmath)
{
    for (int i = 0; i < SLOPE_ROWS; i++) {
        const double a = SLOPES[i][0], log_x = SLOPES[i][1], want = SLOPES[i][2];
        const double got = wicki_log_gamma_slope(a, log_x);
        ck_assert_msg(fabs(got / want - 1) <= 1e-11, "a = %g, log x = %.17g: %.17g, not %.17g", a,
            log_x, got, want);
    }
}
END_TEST

START_TEST(every_draw_has_the_derivative_at_its_value)
{
    static const double concentrations[] = { 0.03, 0.7, 2.41, 31.0, 1e5 };

    for (int k = 0; k < 5; k++) {
        const double a = concentrations[k];
        wick_node *p[] = { each_number(a), each_number(1.37) };
        const wick_dist dist = dist_of(w, &wicki_dist_gamma, p);
        const wick_node *x = wicki_dist_draw(w, &dist);
        wick_backward(wick_total(wicki_var_of(w, x)));
        assert_ok(w);
        for (size_t i = 0; i < 1000; i++) {
            if (x->value[i] <= DBL_MIN)
                continue;
            const double slope = wicki_log_gamma_slope(a, log(1.37 * x->value[i]));
            assert_close(p[0]->adjoint[i] / x->value[i], slope, 1e-9);
            assert_close(p[1]->adjoint[i], -x->value[i] / 1.37, 1e-14);
        }
        wick_reset(w);
        draws = plate(w, "draws", N);
    }
}
END_TEST

/* Draws below the smallest normal number are held there, and have no derivative. */
START_TEST(draws_of_tiny_concentrations_are_positive_with_finite_derivatives)
{
    wick_node *p[] = { each_number(1e-3), each_number(1e-3) };
    const wick_dist gamma = { .type = &wicki_dist_gamma,
        .parameter = { { .var = wicki_var_of(w, p[0]) }, wick_operand_number(3.7) } };
    const wick_dist beta = dist_of(w, &wicki_dist_beta, p);
    const wick_node *x = wicki_dist_draw(w, &gamma), *y = wicki_dist_draw(w, &beta);
    const wick_var logs = wick_log(wicki_var_of(w, x)), log_y = wick_log(wicki_var_of(w, y));

    wick_backward(wick_total(wick_add(logs, log_y)));
    assert_ok(w);
    size_t held = 0;
    for (size_t i = 0; i < N; i++) {
        if (!(x->value[i] >= DBL_MIN && y->value[i] >= DBL_MIN && y->value[i] < 1))
            ck_abort_msg("draw %zu: %g, %g", i, x->value[i], y->value[i]);
        if (!isfinite(p[0]->adjoint[i]) || !isfinite(p[1]->adjoint[i]))
            ck_abort_msg("draw %zu: %g, %g", i, p[0]->adjoint[i], p[1]->adjoint[i]);
        held += x->value[i] == DBL_MIN;
    }
    ck_assert_double_eq_tol((double)held / N, 0.4923, 0.01); /* P(0.001, 3.7 DBL_MIN) */
}
END_TEST

/* The parts of a draw have random numbers of their own: no correlation of the two gammas. */
START_TEST(the_two_gammas_of_a_beta_are_independent)
{
    const wick_dist beta = wick_beta(wicki_var_of(w, each_number(2.0)), 2.0);
    const wick_node *x = wicki_dist_draw(w, &beta);
    double squares = 0;

    for (size_t i = 0; i < N; i++)
        squares += (x->value[i] - 0.5) * (x->value[i] - 0.5);
    /* variance 1/20, of the square 1/560 - 1/400 + ... = E (x - 1/2)^4 - 1/400 = 3/560 - 1/400 */
    ck_assert_double_lt(fabs(squares / N - 0.05), Z_LIMIT * sqrt((3.0 / 560 - 1.0 / 400) / N));
}
END_TEST

/* --- means ----------------------------------------------------------------------------------- */

/* Is the mean derivative of f(x) by element e of a parameter what it should be? */
static void check_mean(const char *what, const wick_node *p, size_t e, double want)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < N; i++) {
        const double d = p->adjoint[e * N + i] - want;
        sum += d;
        squares += d * d;
    }
    const double z = sum / N / sqrt(squares / N / N);
    ck_assert_msg(fabs(z) < Z_LIMIT, "%s, element %zu: %.9g, not %.9g (z = %.2f)", what, e,
        want + sum / N, want, z);
    ck_assert_msg(fabs(want) * 0.05 > sqrt(squares / N / N), "%s: the test is blind", what);
}

static wick_var drawn(const wick_dist_type *type, wick_node *const *p)
{
    const wick_dist dist = dist_of(w, type, p);

    return wicki_var_of(w, wicki_dist_draw(w, &dist));
}

static void differentiate(wick_var f)
{
    wick_backward(wick_total(f));
    assert_ok(w);
}

static double psi_1(double a)
{
    return wicki_trigamma(a);
}

/* E log x = psi(a) - log rate, E x = a / rate */
START_TEST(means_of_gamma_derivatives_are_derivatives_of_means)
{
    static const double concentrations[] = { 0.05, 0.8, 2.41, 57.0 };
    const double a = concentrations[_i], rate = 1.37;
    wick_node *p[] = { each_number(a), each_number(rate) };

    differentiate(wick_log(drawn(&wicki_dist_gamma, p)));
    check_mean("E log x by a", p[0], 0, psi_1(a));
    differentiate(drawn(&wicki_dist_gamma, p));
    check_mean("E x by a", p[0], 0, 1 / rate);
    check_mean("E x by rate", p[1], 0, -a / (rate * rate));
}
END_TEST

/* E log x = psi(a) - psi(a + b), E x = a / (a + b) */
START_TEST(means_of_beta_derivatives_are_derivatives_of_means)
{
    static const double parameters[][2] = { { 0.21, 0.13 }, { 2.41, 0.87 }, { 43.0, 17.0 } };
    const double a = parameters[_i][0], b = parameters[_i][1], s = a + b;
    wick_node *p[] = { each_number(a), each_number(b) };

    differentiate(wick_log(drawn(&wicki_dist_beta, p)));
    check_mean("E log x by a", p[0], 0, psi_1(a) - psi_1(s));
    check_mean("E log x by b", p[1], 0, -psi_1(s));
    differentiate(drawn(&wicki_dist_beta, p));
    check_mean("E x by a", p[0], 0, b / (s * s));
    check_mean("E x by b", p[1], 0, -a / (s * s));
}
END_TEST

/* E sum_k c_k log x_k = sum_k c_k (psi(a_k) - psi(s)), E sum_k c_k x_k = sum_k c_k a_k / s */
START_TEST(means_of_dirichlet_derivatives_are_derivatives_of_means)
{
    const double a[] = { 0.31, 2.41, 31.7 }, c[] = { 0.7, -1.1, 2.3 };
    const double s = a[0] + a[1] + a[2], sum = c[0] + c[1] + c[2];
    const double mean = (c[0] * a[0] + c[1] * a[1] + c[2] * a[2]) / s;
    wick_node *p[] = { each(3, a) };
    const wick_var weights = wick_const(w, c, 3);

    differentiate(wick_dot(wick_log(drawn(&wicki_dist_dirichlet, p)), weights));
    for (size_t k = 0; k < 3; k++)
        check_mean("E log x", p[0], k, c[k] * psi_1(a[k]) - sum * psi_1(s));
    differentiate(wick_dot(drawn(&wicki_dist_dirichlet, p), weights));
    for (size_t k = 0; k < 3; k++)
        check_mean("E x", p[0], k, (c[k] - mean) / s);
}
END_TEST

/* E log z^2 = psi(1/2) - psi(df / 2) + log df with z = (x - loc) / scale; E z^2 = df / (df - 2) */
START_TEST(means_of_student_t_derivatives_are_derivatives_of_means)
{
    static const double freedoms[] = { 0.7, 3.1, 19.0 };
    const double df = freedoms[_i], loc = 0.4, scale = 1.7;
    wick_node *p[] = { each_number(df), each_number(loc), each_number(scale) };

    differentiate(wick_log(wick_square(wick_sub(drawn(&wicki_dist_student_t, p), loc))));
    check_mean("E log z^2 by df", p[0], 0, 1 / df - 0.5 * psi_1(0.5 * df));
    if (df < 10)
        return;
    differentiate(wick_square(drawn(&wicki_dist_student_t, p)));
    check_mean("E x^2 by df", p[0], 0, -2 * scale * scale / ((df - 2) * (df - 2)));
    check_mean("E x^2 by loc", p[1], 0, 2 * loc);
    check_mean("E x^2 by scale", p[2], 0, 2 * scale * df / (df - 2));
}
END_TEST

/* E log x = log rate - psi(a), E x = rate / (a - 1); E log x = psi(df / 2) + log 2, E x = df */
START_TEST(means_of_inverse_gamma_and_chi2_derivatives_are_derivatives_of_means)
{
    const double a = 7.3, rate = 1.37, df = 3.7;
    wick_node *p[] = { each_number(a), each_number(rate) }, *q[] = { each_number(df) };

    differentiate(wick_log(drawn(&wicki_dist_inverse_gamma, p)));
    check_mean("E log x by a", p[0], 0, -psi_1(a));
    differentiate(drawn(&wicki_dist_inverse_gamma, p));
    check_mean("E x by a", p[0], 0, -rate / ((a - 1) * (a - 1)));
    check_mean("E x by rate", p[1], 0, 1 / (a - 1));
    differentiate(wick_log(drawn(&wicki_dist_chi2, q)));
    check_mean("E log x by df", q[0], 0, 0.5 * psi_1(0.5 * df));
    differentiate(drawn(&wicki_dist_chi2, q));
    check_mean("E x by df", q[0], 0, 1);
}
END_TEST

/* --- what is known in closed form ------------------------------------------------------------- */

static double entropy(wick_dist dist)
{
    return wick_value(wick_dist_entropy(w, dist));
}

static double kl(wick_dist p, wick_dist q)
{
    return wick_value(wick_kl_divergence(w, p, q));
}

/* By mpmath with 60 digits, from the textbook formulas, whose terms are 1e9 here. */
START_TEST(entropies_and_divergences_of_large_concentrations_keep_their_digits)
{
    assert_close(entropy(wick_gamma(1e8, 1.37)), 10.314468162007488, 1e-14);
    assert_close(entropy(wick_gamma(0.03, 1.0)), -29.32641574455779, 1e-14);
    assert_close(entropy(wick_beta(1e7, 3e7)), -8.17024471323138, 1e-13);
    assert_close(entropy(wick_student_t(1e12, 0.3, 1.0)), 1.4189385332056728, 1e-14);
    assert_close(kl(wick_gamma(1.0001e8, 1.5), wick_gamma(1e8, 1.5)), 0.4999666716661334, 1e-10);
    assert_close(kl(wick_gamma(1e-3, 1.5), wick_gamma(2.7, 0.4)), 2697.6491177468465, 1e-13);
    assert_close(kl(wick_beta(1e7, 3e7), wick_beta(1.0001e7, 3e7)), 0.037498439925612304, 1e-10);
    assert_ok(w);
}
END_TEST

START_TEST(a_dirichlet_has_its_moments_entropy_and_divergence)
{
    const double a[] = { 0.31, 2.41, 31.7 }, b[] = { 1.2, 0.4, 29.0 };
    const double mean[] = { 0.009006391632771645, 0.07001743172574085, 0.9209761766414875 };
    const double variance[] = { 2.519840921097907e-4, 1.838367898934841e-3, 2.0547447402686366e-3 };
    const wick_dist p = wick_dirichlet(wick_const(w, a, 3));
    double m[3], v[3];

    ck_assert_uint_eq(wick_get(wick_dist_mean(w, p), m, 3), 3);
    ck_assert_uint_eq(wick_get(wick_dist_variance(w, p), v, 3), 3);
    for (int k = 0; k < 3; k++) {
        assert_close(m[k], mean[k], 1e-15);
        assert_close(v[k] / variance[k], 1, 1e-13);
    }
    assert_close(entropy(p), -6.347898286502608, 1e-13);
    assert_close(kl(p, wick_dirichlet(wick_const(w, b, 3))), 3.6573770339199165, 1e-13);
    assert_close(entropy(wick_iid(p, 2)), -12.695796573005216, 1e-13);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("implicit gradients");
    TCase *each_draw = new_case(suite, "derivatives"), *means = new_case(suite, "means"),
          *known = new_case(suite, "known");

    tcase_add_checked_fixture(each_draw, setup, teardown);
    tcase_add_checked_fixture(means, setup, teardown);
    tcase_add_test(each_draw, the_derivative_of_a_gamma_draw_matches_mpmath);
    tcase_add_test(each_draw, every_draw_has_the_derivative_at_its_value);
    tcase_add_test(each_draw, draws_of_tiny_concentrations_are_positive_with_finite_derivatives);
    tcase_add_test(each_draw, the_two_gammas_of_a_beta_are_independent);
    tcase_add_loop_test(means, means_of_gamma_derivatives_are_derivatives_of_means, 0, 4);
    tcase_add_loop_test(means, means_of_beta_derivatives_are_derivatives_of_means, 0, 3);
    tcase_add_test(means, means_of_dirichlet_derivatives_are_derivatives_of_means);
    tcase_add_loop_test(means, means_of_student_t_derivatives_are_derivatives_of_means, 0, 3);
    tcase_add_test(means, means_of_inverse_gamma_and_chi2_derivatives_are_derivatives_of_means);
    tcase_add_checked_fixture(known, setup, teardown);
    tcase_add_test(known, entropies_and_divergences_of_large_concentrations_keep_their_digits);
    tcase_add_test(known, a_dirichlet_has_its_moments_entropy_and_divergence);
    return run_suite(suite);
}
