#include "tests/long/posteriordb_models.h"

#include <string.h>

#include "tests/long/data/posteriordb.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Data over the open plate, which has as many members. */
#define DATA(w, array) wick_data(w, array, LENGTH(array))

/* A vector on an ordered set whose elements are normal but for that. */
static wick_var ordered_normal(
    wick *w, const char *name, wick_constraint set, wick_var loc, double scale)
{
    const wick_var x = wick_sample(w, name, wick_improper_uniform(set, wick_event_size(loc, 0)));

    wick_factor(w, wick_name(w, "prior of %s", name), wick_log_prob(w, wick_normal(loc, scale), x));
    return x;
}

/* --- a mixture of two normals ------------------------------------------------------------------ */

static void low_dim_gauss_mix(wick *w, void *arg)
{
    const wick_var mu = ordered_normal(w, "mu", wick_ordered(), wick_fill(w, 0.0, 2), 2.0);
    const wick_var sigma = wick_sample(w, "sigma", wick_iid(wick_half_normal(2.0), 2));
    const wick_var theta = wick_sample(w, "theta", wick_beta(5.0, 5.0));
    const wick_var weights = wick_stack(w, 2, (wick_var[]){ theta, wick_sub(1.0, theta) });

    (void)arg;
    WICK_PLATE (w, "data", LENGTH(LOW_DIM_GAUSS_MIX_Y)) {
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(
            w, "y", wick_normal(wick_at(mu, z), wick_at(sigma, z)), DATA(w, LOW_DIM_GAUSS_MIX_Y));
    }
}

/* --- a hidden Markov model --------------------------------------------------------------------- */

/* Stan's has no term for the first state: that is even probabilities, but for a constant. */
static void hmm_example(wick *w, void *arg)
{
    static const double PRIOR_MEANS[] = { 3.0, 10.0 };
    const wick_var flat = wick_fill(w, 1.0, 2);
    const wick_var theta1 = wick_sample(w, "theta1", wick_dirichlet(flat));
    const wick_var theta2 = wick_sample(w, "theta2", wick_dirichlet(flat));
    const wick_var transition = wick_stack(w, 2, (wick_var[]){ theta1, theta2 });
    const wick_var mu =
        ordered_normal(w, "mu", wick_positive_ordered(), wick_const(w, PRIOR_MEANS, 2), 1.0);
    wick_var next = flat;

    (void)arg;
    for (size_t t = 0; t < LENGTH(HMM_EXAMPLE_Y); t++) {
        const wick_var z = wick_sample(w, wick_name(w, "z_%zu", t), wick_categorical(next));
        wick_observe(w, wick_name(w, "y_%zu", t), wick_normal(wick_at(mu, z), 1.0),
            wick_data(w, HMM_EXAMPLE_Y + t, 1));
        next = wick_at(transition, z);
    }
}

/* --- eight schools ----------------------------------------------------------------------------- */

static void eight_schools(wick *w, void *arg)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_cauchy(5.0));

    (void)arg;
    WICK_PLATE (w, "schools", LENGTH(EIGHT_SCHOOLS_Y)) {
        const wick_var theta_trans = wick_sample(w, "theta_trans", wick_normal(0.0, 1.0));
        const wick_var theta = wick_add(mu, wick_mul(tau, theta_trans));
        wick_observe(
            w, "y", wick_normal(theta, DATA(w, EIGHT_SCHOOLS_SIGMA)), DATA(w, EIGHT_SCHOOLS_Y));
    }
}

static double theta_of(const wick_mcmc *m, const char *parameter, size_t element, size_t i)
{
    if (strcmp(parameter, "theta") != 0)
        return wick_mcmc_draws(m, parameter, element).draws[i];
    return wick_mcmc_draws(m, "mu", 0).draws[i] +
        wick_mcmc_draws(m, "tau", 0).draws[i] * wick_mcmc_draws(m, "theta_trans", element).draws[i];
}

/* --- an autoregression ------------------------------------------------------------------------- */

static void ark(wick *w, void *arg)
{
    enum { K = 5, T = LENGTH(ARK_Y) - K };
    const wick_var alpha = wick_sample(w, "alpha", wick_normal(0.0, 10.0));
    const wick_var beta = wick_sample(w, "beta", wick_iid(wick_normal(0.0, 10.0), K));
    const wick_var sigma = wick_sample(w, "sigma", wick_half_cauchy(2.5));

    (void)arg;
    WICK_PLATE (w, "time", T) {
        wick_var mean = alpha;
        for (size_t k = 1; k <= K; k++) { /* y_(t-k), t = K + 1, ... */
            const wick_var lagged = wick_data(w, ARK_Y + K - k, T);
            mean = wick_add(mean, wick_mul(wick_pick(beta, k - 1), lagged));
        }
        wick_observe(w, "y", wick_normal(mean, sigma), wick_data(w, ARK_Y + K, T));
    }
}

/* --- linear regressions ------------------------------------------------------------------------ */

static void kilpisjarvi(wick *w, void *arg)
{
    const wick_var alpha =
        wick_sample(w, "alpha", wick_normal(KILPISJARVI_MOD_PMUALPHA, KILPISJARVI_MOD_PSALPHA));
    const wick_var beta =
        wick_sample(w, "beta", wick_normal(KILPISJARVI_MOD_PMUBETA, KILPISJARVI_MOD_PSBETA));
    const wick_var sigma = wick_sample(w, "sigma", wick_improper_uniform(wick_positive()));

    (void)arg;
    WICK_PLATE (w, "years", LENGTH(KILPISJARVI_MOD_Y)) {
        const wick_var mean = wick_add(alpha, wick_mul(beta, DATA(w, KILPISJARVI_MOD_X)));
        wick_observe(w, "y", wick_normal(mean, sigma), DATA(w, KILPISJARVI_MOD_Y));
    }
}

static void mesquite(wick *w, void *arg)
{
    const wick_var beta = wick_sample(w, "beta", wick_improper_uniform(wick_real(), 2));
    const wick_var sigma = wick_sample(w, "sigma", wick_improper_uniform(wick_positive()));

    (void)arg;
    WICK_PLATE (w, "bushes", LENGTH(MESQUITE_WEIGHT)) {
        const wick_var area = wick_mul(DATA(w, MESQUITE_DIAM1), DATA(w, MESQUITE_DIAM2));
        const wick_var log_volume = wick_log(wick_mul(area, DATA(w, MESQUITE_CANOPY_HEIGHT)));
        const wick_var mean =
            wick_add(wick_pick(beta, 0), wick_mul(wick_pick(beta, 1), log_volume));
        wick_observe(w, "log_weight", wick_normal(mean, sigma), wick_log(DATA(w, MESQUITE_WEIGHT)));
    }
}

static void sblri(wick *w, void *arg)
{
    enum { N = LENGTH(SBLRI_Y), D = LENGTH(SBLRI_X) / N };
    const wick_var beta = wick_sample(w, "beta", wick_iid(wick_normal(0.0, 10.0), D));
    const wick_var sigma = wick_sample(w, "sigma", wick_half_normal(10.0));

    (void)arg;
    WICK_PLATE (w, "rows", N) {
        const wick_var mean = wick_dot(wick_data(w, SBLRI_X, N * D, D), beta);
        wick_observe(w, "y", wick_normal(mean, sigma), DATA(w, SBLRI_Y));
    }
}

/* --- a Gaussian process ------------------------------------------------------------------------ */

static void gp_regr(wick *w, void *arg)
{
    enum { N = LENGTH(GP_POIS_REGR_Y) };
    double square[N * N];
    const wick_var rho = wick_sample(w, "rho", wick_gamma(25.0, 4.0));
    const wick_var alpha = wick_sample(w, "alpha", wick_half_normal(2.0));
    const wick_var sigma = wick_sample(w, "sigma", wick_half_normal(1.0)); /* a variance */

    (void)arg;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const double distance = GP_POIS_REGR_X[i] - GP_POIS_REGR_X[j];
            square[i * N + j] = distance * distance;
        }
    const wick_var decay = wick_div(-0.5, wick_square(rho));
    const wick_var shape = wick_exp(wick_mul(wick_const(w, square, N, N), decay));
    const wick_var covariance =
        wick_add(wick_mul(wick_square(alpha), shape), wick_mul(sigma, wick_eye(w, N)));
    wick_observe(w, "y", wick_multivariate_normal_covariance(wick_fill(w, 0.0, N), covariance),
        wick_const(w, GP_POIS_REGR_Y, N));
}

const posteriordb posteriordb_models[POSTERIORDB_MODELS] = {
    { "low_dim_gauss_mix-low_dim_gauss_mix", low_dim_gauss_mix, NULL },
    { "hmm_example-hmm_example", hmm_example, NULL },
    { "eight_schools-eight_schools_noncentered", eight_schools, theta_of },
    { "arK-arK", ark, NULL },
    { "kilpisjarvi_mod-kilpisjarvi", kilpisjarvi, NULL },
    { "mesquite-logmesquite_logvolume", mesquite, NULL },
    { "sblri-blr", sblri, NULL },
    { "gp_pois_regr-gp_regr", gp_regr, NULL },
};
