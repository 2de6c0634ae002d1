/* Variational posteriors of Gaussian mixtures, where the posterior is known. */
#include "models/gmm_fit.h"

#include "tests/support/gmm_plain.h"

enum { D = 3, N = 60 };

static wick *w;
static double x[N * D];
static const double LOC[] = { 9.0, 7.5, 11.0 }, VARIANCE[] = { 2.0, 5.0, 11.0 };

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

/* --- the variational posterior ----------------------------------------------------------------- */

/*
 * One component in one column is conjugate: kappa' = kappa + n, df' = df + n, B as above,
 *     loc ~ student_t(df', m', (B / (kappa' df'))^(1/2)),  variance ~ inverse_gamma(df' / 2, B / 2),
 *     evidence = pi^(-n/2) (kappa / kappa')^(1/2) Gamma(df'/2) / Gamma(df/2) (r v)^(df/2) / B^(df'/2).
 */
START_TEST(the_posterior_of_one_component_is_found)
{
    const gmm m = {
        .components = 1, .dimensions = 1, .covariance = (gmm_covariance)(_i / 2), .n = 40, .x = x
    };
    const double loc = 8.0, v = 9.0, df = 3.0, kappa = 0.01, n = 40;
    const gmm_prior prior = { .loc = &loc, .variance = &v };
    gmm_mixture *mean = gmm_mixture_new(w, 1, 1, m.covariance), *sd = gmm_mixture_copy(w, mean);
    gmm_fit_result r;
    double average = 0, b = v;

    for (int i = 0; i < 40; i++)
        average += x[i] / n;
    for (int i = 0; i < 40; i++)
        b += (x[i] - average) * (x[i] - average);
    b += kappa * n / (kappa + n) * (average - loc) * (average - loc);
    ck_assert(gmm_vb_fit(
        w, &m, &prior, &(gmm_fit_options){ .full_rank = _i % 2, .draws = 4000 }, mean, sd, &r));
    assert_ok(w);
    const double a = 0.5 * (df + n), scale = sqrt(0.5 * b) * exp(lgamma(a - 0.5) - lgamma(a)),
                 scale_sd = sqrt(0.5 * b / (a - 1) - scale * scale),
                 loc_sd = sqrt(b / ((kappa + n) * (df + n - 2))),
                 evidence = -0.5 * n * log(acos(-1)) + 0.5 * log(kappa / (kappa + n)) + lgamma(a) -
        lgamma(0.5 * df) + 0.5 * df * log(v) - a * log(b);
    ck_assert_double_eq_tol(mean->loc[0], (kappa * loc + n * average) / (kappa + n), 0.1 * loc_sd);
    ck_assert_double_eq_tol(mean->scale[0], scale, 0.1 * scale_sd);
    ck_assert_double_eq_tol(sd->loc[0], loc_sd, 0.08 * loc_sd);
    ck_assert_double_eq_tol(sd->scale[0], scale_sd, 0.08 * scale_sd);
    ck_assert_double_eq_tol(r.elbo, evidence, 0.05);
    ck_assert_double_lt(r.elbo, evidence + 3 * r.elbo_se);
    ck_assert(!isnan(r.k));
    ck_assert_double_eq_tol(r.log_likelihood, plain_log_likelihood(mean, &m), 1e-9);
    gmm_mixture_free(mean);
    gmm_mixture_free(sd);
}
END_TEST

/* Which of two rows is in the component that lies far away: a third of them. */
static bool is_far(size_t row)
{
    return row % 3 == 0;
}

static double count_of(bool far)
{
    return far ? N / 3 : N * 2 / 3;
}

static double mean_of(bool far, size_t j)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++)
        sum += is_far(i) == far ? x[i * D + j] : 0;
    return sum / count_of(far);
}

static const double FAR_KAPPA = 0.01;

static double posterior_loc(bool far, size_t j)
{
    const double n = count_of(far);

    return (FAR_KAPPA * LOC[j] + n * mean_of(far, j)) / (FAR_KAPPA + n);
}

/* B of a component and column. */
static double squares_of(bool far, size_t j, double prior)
{
    const double mean = mean_of(far, j), n = count_of(far);

    for (size_t i = 0; i < N; i++)
        prior += is_far(i) == far ? (x[i * D + j] - mean) * (x[i * D + j] - mean) : 0;
    return prior + FAR_KAPPA * n / (FAR_KAPPA + n) * (mean - LOC[j]) * (mean - LOC[j]);
}

/* The standard deviation of a loc: a student_t's, with the covariances integrated out. */
static double loc_deviation(gmm_covariance form, bool far, size_t j)
{
    const double n = count_of(far), r = pow(2, -2.0 / D);
    double all = 0;

    switch (form) {
    case GMM_FULL:
        return sqrt(squares_of(far, j, r * VARIANCE[j]) / n / (D + 2 + n - D - 1));
    case GMM_TIED:
        all = squares_of(far, j, r * VARIANCE[j]) + squares_of(!far, j, 0);
        return sqrt(all / n / (D + 2 + N - D - 1));
    case GMM_DIAGONAL:
        return sqrt(squares_of(far, j, r * VARIANCE[j]) / n / (3 + n - 2));
    default:
        for (size_t i = 0; i < D; i++)
            all += squares_of(far, i, r * VARIANCE[i] / D);
        return sqrt(all / n / (3 + n * D - 2));
    }
}

/* Components far apart: each has the posterior of its own rows, and weights are dirichlet(1 + n_k). */
START_TEST(components_far_apart_have_the_posteriors_of_their_rows)
{
    gmm m = data_of(2, (gmm_covariance)(_i / 2));
    const gmm_prior prior = { .loc = LOC, .variance = VARIANCE };
    const bool full_rank = _i % 2;
    gmm_mixture *mean = gmm_mixture_new(w, 2, D, m.covariance), *sd = gmm_mixture_copy(w, mean);
    gmm_fit_result r;

    for (size_t i = 0; i < N * D; i++)
        x[i] += is_far(i / D) ? 60.0 : 0.0;
    m.batch = m.covariance == GMM_DIAGONAL ? 30 : 0;
    ck_assert(
        gmm_vb_fit(w, &m, &prior, &(gmm_fit_options){ .full_rank = full_rank }, mean, sd, &r));
    const size_t far = mean->loc[0] < mean->loc[D];
    const double p = 21.0 / 62;
    ck_assert_double_eq_tol(mean->weights[far], p, 0.012);
    ck_assert_double_eq_tol(sd->weights[far], sqrt(p * (1 - p) / 63), 0.009);
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < D; j++) {
            const double deviation = loc_deviation(m.covariance, k == far, j);
            /* the mean field is too narrow where columns are correlated */
            const double least = full_rank || m.covariance >= GMM_DIAGONAL ? 0.8 : 0.5;
            ck_assert_double_eq_tol(
                mean->loc[k * D + j], posterior_loc(k == far, j), 0.3 * deviation);
            ck_assert_double_gt(sd->loc[k * D + j], least * deviation);
            ck_assert_double_lt(sd->loc[k * D + j], 1.2 * deviation);
        }
    gmm_mixture_free(mean);
    gmm_mixture_free(sd);
}
END_TEST

/* --- moments of a guide ------------------------------------------------------------------------ */

/* The number of column j in the scale of component k: on the diagonal of a matrix. */
static size_t place_of(gmm_covariance form, size_t k, size_t j)
{
    switch (form) {
    case GMM_FULL:
        return k * D * D + j * D + j;
    case GMM_TIED:
        return j * D + j;
    case GMM_DIAGONAL:
        return k * D + j;
    default:
        return k;
    }
}

/*
 * Of a guide that was not fitted: a loc is normal(loc, 0.05), the first entry of a scale the square root
 * of a variance that is the square of exp of a normal, or exp of one: log-normal, with mean and
 * standard deviation s exp(t^2 / 2) and that times (exp(t^2) - 1)^(1/2), t = 0.05 or half of it.
 */
START_TEST(moments_are_those_of_the_guide)
{
    enum { DRAWS = 4000 };
    const gmm m = data_of(2, (gmm_covariance)_i);
    const gmm_bayes b = { &m, { .variance = VARIANCE } };
    gmm_mixture *at = some_mixture(w, 2, D, m.covariance), *mean = gmm_mixture_copy(w, at),
                *sd = gmm_mixture_copy(w, at);
    gmm_bayes_start *start = gmm_bayes_start_new(w, at);
    wick_guide *guide = wick_auto_normal_new(w, gmm_bayes_model(&b),
        &(wick_auto_options){ .init = wick_init_to_value,
            .init_arg = gmm_bayes_init_arg(start),
            .init_scale = 0.05 });
    const double t = _i == GMM_FULL || _i == GMM_TIED ? 0.05 : 0.025;

    wick_reset(w);
    wick_call(w, wick_guide_program(guide)); /* makes the parameters */
    ck_assert(gmm_bayes_moments(w, guide, DRAWS, mean, sd));
    assert_ok(w);
    for (size_t i = 0; i < 2 * D; i++) {
        ck_assert_double_eq_tol(mean->loc[i], at->loc[i], 4 * 0.05 / sqrt(DRAWS));
        ck_assert_double_eq_tol(sd->loc[i], 0.05, 4 * 0.05 / sqrt(2.0 * DRAWS));
    }
    for (size_t k = 0; k < 2; k++) {
        const size_t i = place_of(m.covariance, k, 0);
        const double want = at->scale[i] * exp(0.5 * t * t), want_sd = want * sqrt(expm1(t * t));
        ck_assert_double_eq_tol(mean->scale[i], want, 4 * want_sd / sqrt(DRAWS));
        ck_assert_double_eq_tol(sd->scale[i], want_sd, 5 * want_sd / sqrt(2.0 * DRAWS));
    }
    ck_assert_double_eq_tol(mean->weights[0] + mean->weights[1], 1.0, 1e-12);
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    gmm_mixture_free(at);
    gmm_mixture_free(mean);
    gmm_mixture_free(sd);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

START_TEST(a_flat_prior_has_no_variational_posterior)
{
    const gmm m = data_of(2, GMM_FULL);
    gmm_mixture *out = gmm_mixture_new(w, 2, D, GMM_FULL),
                *other = gmm_mixture_new(w, 3, D, GMM_FULL);
    const gmm_prior priors[] = { { .flat = true }, { .shrinkage = WICK_ZERO } };
    gmm_fit_result r;

    for (int i = 0; i < 2; i++) {
        ck_assert(!gmm_vb_fit(w, &m, &priors[i], NULL, out, NULL, &r));
        assert_error(w, WICK_ERR_ARGUMENT, "gmm_vb_fit: a flat prior");
        ck_assert(isnan(r.elbo));
    }
    ck_assert(!gmm_vb_fit(w, &m, NULL, NULL, out, other, &r));
    assert_error(w, WICK_ERR_SHAPE, "gmm_vb_fit: the mixture has 3 components");
    ck_assert(!gmm_bayes_moments(w, NULL, 1, out, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_bayes_moments: got 1 draws");
    ck_assert(!gmm_bayes_moments(w, NULL, 9, out, other));
    assert_error(w, WICK_ERR_SHAPE, "gmm_bayes_moments: mean and sd have different sizes");
    gmm_mixture_free(out);
    gmm_mixture_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_vb");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, the_posterior_of_one_component_is_found, 0, 8);
    tcase_add_loop_test(all, components_far_apart_have_the_posteriors_of_their_rows, 0, 8);
    tcase_add_loop_test(all, moments_are_those_of_the_guide, 0, 4);
    tcase_add_test(all, a_flat_prior_has_no_variational_posterior);
    return run_suite(suite);
}
