/* Gaussian mixtures with priors: the density, the mode, mistakes. */
#include "models/gmm_fit.h"
#include "models/inverse_wishart.h"

#include "tests/data/gmm.h"
#include "tests/support/fit.h"
#include "tests/support/gmm_plain.h"

enum { D = 3, N = 60 };

static wick *w;
static double x[N * D];

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 2007 });
    ck_assert_ptr_nonnull(w);
    draw_rows(w, 2, N, D, x);
}

static void teardown(void)
{
    wick_free(w);
}

static gmm data_of(size_t k, gmm_covariance form)
{
    return (gmm){ .components = k, .dimensions = D, .covariance = form, .n = N, .x = x };
}

/* --- the inverse Wishart ----------------------------------------------------------------------- */

static const double SCALE[] = { 0.8, 2.5, 1.2 };

/* scipy.stats.invwishart.logpdf(X, df, diag(SCALE)), SciPy 1.17.1 */
START_TEST(the_inverse_wishart_has_scipys_density)
{
    static const double X[] = { 1.3, 0.4, -0.2, 0.4, 2.1, 0.3, -0.2, 0.3, 0.9 };
    static const struct {
        double df, log_density;
    } cases[] = { { 3.5, -8.34235816665786 }, { 5.0, -9.932114794465477 },
        { 11.0, -25.143674486272666 } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const wick_dist dist = inverse_wishart(w, cases[i].df, wick_const(w, SCALE, 3));
        assert_close(wick_value(wick_log_prob(w, dist, wick_const(w, X, 3, 3))),
            cases[i].log_density, 1e-13);
    }
}
END_TEST

/* Mean diag(SCALE) / (df - D - 1); with df 12 the variance of an element of the diagonal is
 * 2 mean^2 / (df - D - 3). */
START_TEST(draws_of_the_inverse_wishart_have_its_mean)
{
    enum { DRAWS = 20000 };
    double *draws = calloc(DRAWS * 9, sizeof *draws), mean[9] = { 0 };
    wick_var x_var = WICK_VAR_NONE;

    WICK_PLATE (w, "draws", DRAWS)
        x_var = wick_draw(w, "x", inverse_wishart(w, 12.0, wick_const(w, SCALE, 3)));
    ck_assert_uint_eq(wick_get(x_var, draws, DRAWS * 9), DRAWS * 9);
    for (size_t i = 0; i < DRAWS * 9; i++)
        mean[i % 9] += draws[i] / DRAWS;
    for (int i = 0; i < 9; i++) {
        const double want = i % 4 ? 0.0 : SCALE[i / 4] / 8,
                     largest = SCALE[1] / 8 * sqrt(2.0 / 6 / DRAWS);
        ck_assert_double_eq_tol(mean[i], want, 4 * largest);
    }
    free(draws);
}
END_TEST

/* --- the density of the model -------------------------------------------------------------------- */

static double log_inverse_gamma(double v, double a, double rate)
{
    return a * log(rate) - lgamma(a) - (a + 1) * log(v) - rate / v;
}

/* Of the diagonal of the precision and its logs: see models/inverse_wishart.h. */
static double log_inverse_wishart(
    size_t d, const double *covariance, double df, const double *scale)
{
    double value = 0, a[GMM_MOST][GMM_MOST];

    for (size_t i = 0; i < d; i++)
        value += 0.5 * df * log(0.5 * scale[i]) - lgamma(0.5 * (df - (double)i)) -
            0.5 * (double)i * log(acos(-1));
    for (size_t j = 0; j < d; j++) { /* (x^-1)_jj by elimination of [x | e_j] */
        double b[GMM_MOST] = { 0 }, pivots = 0;
        b[j] = 1;
        for (size_t i = 0; i < d * d; i++)
            a[i / d][i % d] = covariance[i];
        for (size_t p = 0; p < d; p++) {
            pivots += log(a[p][p]);
            for (size_t i = p + 1; i < d; i++) {
                const double f = a[i][p] / a[p][p];
                b[i] -= f * b[p];
                for (size_t c = p; c < d; c++)
                    a[i][c] -= f * a[p][c];
            }
        }
        for (size_t i = d; i-- > j;) {
            for (size_t c = i + 1; c < d; c++)
                b[i] -= a[i][c] * b[c];
            b[i] /= a[i][i];
        }
        value -= 0.5 * scale[j] * b[j];
        if (j == 0)
            value -= 0.5 * (df + (double)d + 1) * pivots;
    }
    return value;
}

static const double LOC[] = { 9.0, 7.5, 11.0 }, VARIANCE[] = { 2.0, 5.0, 11.0 };
enum { CONCENTRATION = 4, DF = 6 };
static const double SHRINKAGE = 0.3, RATE = 0.7;

static gmm_prior all_given(void)
{
    return (gmm_prior){ .weight_concentration = CONCENTRATION,
        .shrinkage = SHRINKAGE,
        .df = DF,
        .scale = RATE,
        .loc = LOC,
        .variance = VARIANCE };
}

static double log_covariance_prior(const gmm_mixture *at, size_t k)
{
    double covariance[D * D], scale[D], value = 0, mean = 0;

    gmm_mixture_covariance(at, k, covariance);
    for (int j = 0; j < D; j++) {
        scale[j] = RATE * VARIANCE[j];
        mean += scale[j] / D;
    }
    if (at->covariance == GMM_SPHERICAL)
        return log_inverse_gamma(covariance[0], 0.5 * DF, 0.5 * mean);
    if (at->covariance != GMM_DIAGONAL)
        return log_inverse_wishart(D, covariance, DF, scale);
    for (int j = 0; j < D; j++)
        value += log_inverse_gamma(covariance[j * D + j], 0.5 * DF, 0.5 * scale[j]);
    return value;
}

static double log_loc_prior(const gmm_mixture *at, size_t k)
{
    double covariance[D * D], off[D], a[D][GMM_MOST];

    gmm_mixture_covariance(at, k, covariance);
    for (int i = 0; i < D; i++) {
        off[i] = at->loc[k * D + (size_t)i] - LOC[i];
        for (int j = 0; j < D; j++)
            a[i][j] = covariance[i * D + j] / SHRINKAGE;
    }
    return log_density_of(D, off, a);
}

/* Two components; dirichlet: Gamma(2 c) / Gamma(c)^2 (w1 w2)^(c - 1) */
static double log_prior(const gmm_mixture *at)
{
    double value = lgamma(2.0 * CONCENTRATION) - 2 * lgamma(CONCENTRATION) +
        (CONCENTRATION - 1) * log(at->weights[0] * at->weights[1]);

    for (size_t k = 0; k < 2; k++) {
        value += log_loc_prior(at, k);
        if (k == 0 || at->covariance != GMM_TIED)
            value += log_covariance_prior(at, k);
    }
    return value;
}

static double loss_of_point(const gmm_bayes *b, gmm_mixture *at)
{
    gmm_bayes_start *start = gmm_bayes_start_new(w, at);
    wick_guide *guide = wick_auto_delta_new(w, gmm_bayes_model(b),
        &(wick_auto_options){ .init = wick_init_to_value, .init_arg = gmm_bayes_init_arg(start) });
    const problem p = { w, gmm_bayes_model(b), wick_guide_program(guide), wick_trace_enum_elbo,
        NULL };
    const double loss = loss_of(&p);

    assert_ok(w);
    ck_assert(gmm_bayes_point(w, guide, at));
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    return loss;
}

START_TEST(the_loss_is_minus_the_log_of_likelihood_and_prior)
{
    const gmm m = data_of(2, (gmm_covariance)_i);
    const gmm_bayes b = { &m, all_given() }, flat = { &m, { .flat = true } };
    gmm_mixture *at = some_mixture(w, 2, D, m.covariance), *copy = gmm_mixture_copy(w, at);
    const double log_likelihood = plain_log_likelihood(at, &m);

    assert_close(loss_of_point(&b, copy), -log_likelihood - log_prior(at), 1e-12);
    for (size_t i = 0; i < gmm_scale_size(2, D, m.covariance); i++)
        assert_close(copy->scale[i], at->scale[i], 1e-13); /* there and back */
    wick_params_clear(w);
    assert_close(loss_of_point(&flat, copy), -log_likelihood, 1e-12);
    gmm_mixture_free(at);
    gmm_mixture_free(copy);
}
END_TEST

START_TEST(gradients_of_the_model_are_those_of_differences)
{
    gmm m = data_of(2, (gmm_covariance)_i);
    m.n = 12;
    const gmm_bayes b = { &m, all_given() };
    gmm_mixture *at = some_mixture(w, 2, D, m.covariance);
    gmm_bayes_start *start = gmm_bayes_start_new(w, at);
    wick_guide *guide = wick_auto_delta_new(w, gmm_bayes_model(&b),
        &(wick_auto_options){ .init = wick_init_to_value, .init_arg = gmm_bayes_init_arg(start) });
    const problem p = { w, gmm_bayes_model(&b), wick_guide_program(guide), wick_trace_enum_elbo,
        NULL };

    assert_gradient(&p, 1e-7);
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    gmm_mixture_free(at);
}
END_TEST

/* Of 2, 4, 4, 4, 9 in a column the quartiles are the same: the variance. Of 0, 1, 2, 3, 1000 they are
 * 1 and 3. A third column has no spread. */
START_TEST(columns_are_measured_so_that_outliers_do_not_count)
{
    static const double rows[] = { 2, 0, 7, 4, 1, 7, 4, 2, 7, 4, 3, 7, 9, 1000, 7 };
    const gmm m = { .components = 1, .dimensions = 3, .n = 5, .x = rows };
    double loc[3], variance[3];

    ck_assert(gmm_columns(w, &m, loc, variance));
    ck_assert_double_eq(loc[0], 4.0);
    ck_assert_double_eq(loc[1], 2.0);
    ck_assert_double_eq_tol(variance[0], (2.6 * 2.6 + 3 * 0.6 * 0.6 + 4.4 * 4.4) / 5, 1e-13);
    ck_assert_double_eq_tol(variance[1], 4 / 1.349 / 1.349, 1e-13);
    ck_assert_double_eq(loc[2], 7.0);
    ck_assert_double_eq(variance[2], 1.0);
}
END_TEST

/* --- the mode -------------------------------------------------------------------------------- */

/* Sums of squares and products about the mean; the mean. */
static void scatter(double *mean, double (*s)[D])
{
    for (int i = 0; i < D; i++) {
        mean[i] = 0;
        for (int n = 0; n < N; n++)
            mean[i] += x[n * D + i] / N;
    }
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            s[i][j] = 0;
            for (int n = 0; n < N; n++)
                s[i][j] += (x[n * D + i] - mean[i]) * (x[n * D + j] - mean[j]);
        }
}

/*
 * One component: loc = (kappa m + n mean) / (kappa + n), and with B = r v + S + kappa n / (kappa + n)
 * (mean - m)(mean - m)' the covariance is B / (df + n + D + 2), a variance B / (df + n + 3), that of
 * all columns sum of B / (df + 2 + D + n D), where the prior has the mean of r v once.
 */
START_TEST(the_mode_of_one_component_is_that_of_the_conjugate_posterior)
{
    const gmm m = data_of(1, (gmm_covariance)_i);
    const gmm_prior prior = all_given();
    gmm_mixture *out = gmm_mixture_new(w, 1, D, m.covariance);
    gmm_fit_result r;
    double mean[D], s[D][D], got[D * D], b[D][D], all = 0;

    scatter(mean, s);
    ck_assert(gmm_map_fit(w, &m, &prior, NULL, out, &r));
    gmm_mixture_covariance(out, 0, got);
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            b[i][j] = (i == j) * RATE * VARIANCE[i] + s[i][j] +
                SHRINKAGE * N / (SHRINKAGE + N) * (mean[i] - LOC[i]) * (mean[j] - LOC[j]);
    for (int i = 0; i < D; i++)
        all += b[i][i] - RATE * VARIANCE[i] * (D - 1) / D;
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            ck_assert_double_eq_tol(got[i * D + j],
                _i == GMM_FULL || _i == GMM_TIED ? b[i][j] / (DF + N + D + 2)
                    : i != j                     ? 0.0
                    : _i == GMM_DIAGONAL         ? b[i][i] / (DF + N + 3)
                                                 : all / (DF + 2 + D + N * D),
                1e-7);
    for (int i = 0; i < D; i++)
        ck_assert_double_eq_tol(
            out->loc[i], (SHRINKAGE * LOC[i] + N * mean[i]) / (SHRINKAGE + N), 1e-7);
    ck_assert_double_eq(out->weights[0], 1.0);
    ck_assert_double_eq_tol(r.log_likelihood, plain_log_likelihood(out, &m), 1e-9);
    gmm_mixture_free(out);
}
END_TEST

/* No neighbour is higher: the mode of two components, by the density in plain C. */
START_TEST(the_mode_of_two_components_is_one)
{
    const gmm m = data_of(2, (gmm_covariance)_i);
    const gmm_prior prior = all_given();
    gmm_mixture *out = gmm_mixture_new(w, 2, D, m.covariance);
    gmm_fit_result r;

    ck_assert(gmm_map_fit(w, &m, &prior, NULL, out, &r));
    const double best = plain_log_likelihood(out, &m) + log_prior(out);
    ck_assert_double_eq_tol(r.log_posterior, best, 1e-8);
    ck_assert(r.converged && !r.collapsed);
    for (size_t i = 0; i < gmm_scale_size(2, D, m.covariance) + 2 * D; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double *at = i < 2 * D ? &out->loc[i] : &out->scale[i - 2 * D], kept = *at;
            *at += sign * 1e-3 * (*at != 0.0); /* not above the diagonal */
            ck_assert_double_lt(
                plain_log_likelihood(out, &m) + log_prior(out), best + (*at == kept ? 1e-9 : 0));
            *at = kept;
        }
    gmm_mixture_free(out);
}
END_TEST

/*
 * mclust 6.0.0, by tests/oracle/gmm_prior.R: weights, means, covariances of Old Faithful.
 */
START_TEST(the_mode_is_that_of_mclust)
{
    static const double faithful[] = { GMM_FAITHFUL }, loc[] = { 3, 75 };
    static const struct {
        gmm_covariance covariance;
        double variance[2], weight, loc[4], covariances[8];
    } cases[] = {
        { GMM_FULL, { 0.5, 90 }, 0.356111638703,
            { 2.03945153409, 54.5371868103, 4.28833560505, 79.9672384367 },
            { 0.0712947069467, 0.453444413091, 0.453444413091, 33.0164116082, 0.166923004231,
                0.900352357115, 0.900352357115, 34.9074011884 } },
        { GMM_TIED, { 0.5, 90 }, 0.359267300503,
            { 2.04869843065, 54.6491809447, 4.29420500479, 80.029437086 },
            { 0.132616475782, 0.750524803481, 0.750524803481, 34.7548060796, 0.132616475782,
                0.750524803481, 0.750524803481, 34.7548060796 } },
        { GMM_DIAGONAL, { 3, 3 }, 0.356772991137,
            { 2.04111466879, 54.5542779788, 4.28972102796, 79.9838571044 },
            { 0.0973054589199, 0, 0, 32.6004908751, 0.179929335091, 0, 0, 34.3891566497 } },
        { GMM_SPHERICAL, { 3, 3 }, 0.36752780975,
            { 2.10110090926, 54.8093823286, 4.29300747586, 80.2672492111 },
            { 17.2660885125, 0, 0, 17.2660885125, 15.6105706491, 0, 0, 15.6105706491 } },
    };
    const gmm m = { .components = 2,
        .dimensions = 2,
        .covariance = cases[_i].covariance,
        .n = sizeof faithful / sizeof *faithful / 2,
        .x = faithful };
    const gmm_prior prior = {
        .shrinkage = 0.25, .df = 4, .scale = 1, .loc = loc, .variance = cases[_i].variance
    };
    gmm_mixture *out = gmm_mixture_new(w, 2, 2, m.covariance);
    gmm_fit_result r;

    ck_assert(gmm_map_fit(w, &m, &prior, NULL, out, &r));
    const size_t first = out->loc[0] > out->loc[2];
    assert_close(out->weights[first], cases[_i].weight, 1e-7);
    for (size_t k = 0; k < 2; k++) {
        double covariance[4];
        gmm_mixture_covariance(out, first ? 1 - k : k, covariance);
        for (size_t i = 0; i < 2; i++)
            assert_close(out->loc[2 * (first ? 1 - k : k) + i], cases[_i].loc[2 * k + i], 1e-7);
        for (size_t i = 0; i < 4; i++)
            assert_close(covariance[i], cases[_i].covariances[4 * k + i], 1e-6);
    }
    gmm_mixture_free(out);
}
END_TEST

/* Eight copies of a row, on which a component can sit: likelihood fails, the mode does not. */
START_TEST(the_default_prior_keeps_components_from_collapsing)
{
    const gmm m = data_of(3, (gmm_covariance)_i);
    gmm_mixture *start = some_mixture(w, 3, D, m.covariance), *out = gmm_mixture_copy(w, start);
    const size_t n = gmm_scale_size(3, D, m.covariance);
    const gmm_fit_options from = { .given = start };
    gmm_fit_result r;

    for (size_t i = 1; i < 8; i++)
        memcpy(x + i * D, x, D * sizeof *x);
    memcpy(start->loc, x, D * sizeof *x);
    for (size_t i = 0; i < n / (m.covariance == GMM_TIED ? 1 : 3); i++)
        start->scale[i] *= m.covariance == GMM_TIED ? 1.0 : 0.02;
    ck_assert(gmm_gradient_fit(w, &m, &from, out, &r));
    ck_assert_int_eq(r.collapsed, m.covariance != GMM_TIED); /* tied: all rows share one */
    ck_assert(gmm_map_fit(w, &m, NULL, &from, out, &r));
    ck_assert(r.converged && !r.collapsed);
    ck_assert_uint_eq(r.degenerate, 0);
    ck_assert(isfinite(r.log_posterior));
    gmm_mixture_free(start);
    gmm_mixture_free(out);
}
END_TEST

/* With numbers missing and weights: a row of weight 2 is two rows. */
START_TEST(weights_count_rows_for_the_mode_too)
{
    gmm m = data_of(2, GMM_FULL);
    double twice[2 * N * D], weights[N];
    gmm_mixture *out[2] = { gmm_mixture_new(w, 2, D, GMM_FULL),
        gmm_mixture_new(w, 2, D, GMM_FULL) };
    const gmm_prior prior = all_given();
    gmm_mixture *start = some_mixture(w, 2, D, GMM_FULL);
    gmm_fit_result r[2];

    take_away(w, 0.1, N, D, x);
    memcpy(twice, x, sizeof x);
    memcpy(twice + N * D, x, sizeof x);
    for (int i = 0; i < N; i++)
        weights[i] = 2.0;
    m.row_weights = weights;
    ck_assert(gmm_map_fit(w, &m, &prior, &(gmm_fit_options){ .given = start }, out[0], &r[0]));
    m = (gmm){ .components = 2, .dimensions = D, .covariance = GMM_FULL, .n = 2 * N, .x = twice };
    ck_assert(gmm_map_fit(w, &m, &prior, &(gmm_fit_options){ .given = start }, out[1], &r[1]));
    ck_assert_double_eq_tol(r[0].log_posterior, r[1].log_posterior, 1e-8);
    for (int i = 0; i < 2 * D; i++)
        ck_assert_double_eq_tol(out[0]->loc[i], out[1]->loc[i], 1e-5);
    gmm_mixture_free(start);
    gmm_mixture_free(out[0]);
    gmm_mixture_free(out[1]);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

START_TEST(a_prior_that_does_not_hold_is_refused)
{
    const gmm m = data_of(2, GMM_FULL);
    const double bad[] = { 1.0, 0.0, NAN };
    gmm_mixture *out = gmm_mixture_new(w, 2, D, GMM_FULL);
    gmm_fit_result r;
    const struct {
        gmm_prior prior;
        const char *words;
    } cases[] = {
        { { .weight_concentration = -1 },
            "gmm_bayes_model: prior.weight_concentration is -1, need a number above 0" },
        { { .shrinkage = NAN }, "gmm_bayes_model: prior.shrinkage is nan, need a number above 0" },
        { { .df = 2.0 }, "gmm_bayes_model: prior.df is 2, need a number above 2" },
        { { .scale = INFINITY }, "gmm_bayes_model: prior.scale is inf, need a number above 0" },
        { { .variance = bad }, "gmm_bayes_model: prior.variance[1] is 0, need a number above 0" },
        { { .loc = bad }, "gmm_bayes_model: prior.loc[2] is nan, need a number" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gmm_bayes b = { &m, cases[i].prior };
        wick_call(w, gmm_bayes_model(&b));
        assert_error(w, WICK_ERR_DOMAIN, cases[i].words);
        ck_assert(!gmm_map_fit(w, &m, &cases[i].prior, NULL, out, &r));
        assert_error(w, WICK_ERR_DOMAIN, "gmm_map_fit: gmm_bayes_model: prior.");
        ck_assert(isnan(r.log_posterior));
    }
    wick_call(w, gmm_bayes_model(NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_bayes_model: need components");
    gmm_mixture_free(out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_bayes");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, the_inverse_wishart_has_scipys_density);
    tcase_add_test(all, draws_of_the_inverse_wishart_have_its_mean);
    tcase_add_loop_test(all, the_loss_is_minus_the_log_of_likelihood_and_prior, 0, 4);
    tcase_add_loop_test(all, gradients_of_the_model_are_those_of_differences, 0, 4);
    tcase_add_test(all, columns_are_measured_so_that_outliers_do_not_count);
    tcase_add_loop_test(all, the_mode_of_one_component_is_that_of_the_conjugate_posterior, 0, 4);
    tcase_add_loop_test(all, the_mode_of_two_components_is_one, 0, 4);
    tcase_add_loop_test(all, the_mode_is_that_of_mclust, 0, 4);
    tcase_add_loop_test(all, the_default_prior_keeps_components_from_collapsing, 0, 4);
    tcase_add_test(all, weights_count_rows_for_the_mode_too);
    tcase_add_test(all, a_prior_that_does_not_hold_is_refused);
    return run_suite(suite);
}
