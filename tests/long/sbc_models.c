/* Five small models with proper priors, and their likelihoods in plain C. */
#include "tests/long/sbc_models.h"

#include <math.h>

#include <wick/extend.h>

static double log_normal(double x, double loc, double scale)
{
    const double z = (x - loc) / scale;

    return -0.5 * z * z - log(scale) - 0.91893853320467274178; /* log(2 pi) / 2 */
}

static double log_sum(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

/* --- two locations in order -------------------------------------------------------------------- */

/* Two draws from normal(0, scale), the smaller one first: the density is twice that of both. */
static wick_var ordered_density(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var each = wick_log_prob(w, wick_normal(0.0, dist->parameter[0].var), x);

    return wick_add(each, 0.69314718055994530942);
}

static wick_var ordered_sample(wick *w, const wick_dist *dist)
{
    const wick_var x = wick_draw(w, "both", wick_normal(0.0, dist->parameter[0].var));
    const wick_var a = wick_pick(x, 0), b = wick_pick(x, 1);

    return wick_stack(w, 2, (wick_var[]){ wick_minimum(a, b), wick_maximum(a, b) });
}

static bool ordered_event(wick *w, const wick_dist *dist, size_t *sizes)
{
    (void)w;
    (void)dist;
    sizes[0] = 2;
    return true;
}

static const wick_op ORDERED_NAME = { .name = "ordered_normal" };

static const wick_dist_type ORDERED = { .name = "ordered_normal",
    .n_parameters = 1,
    .parameter_names = { "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .parameter_rank = { 1 },
    .event_rank = 1,
    .event = ordered_event,
    .log_prob = &ORDERED_NAME,
    .density = ordered_density,
    .sample = ordered_sample,
    .support = { .kind = WICK_ORDERED } };

static wick_dist ordered_pair(wick *w, double scale)
{
    return (wick_dist){ .type = &ORDERED, .parameter = { { .var = wick_fill(w, scale, 2) } } };
}

/* --- a normal ---------------------------------------------------------------------------------- */

enum { NORMAL_N = 10 };

static void normal_program(wick *w, void *data)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 2.0));
    const wick_var sigma = wick_sample(w, "sigma", wick_lognormal(0.0, 0.5));

    WICK_PLATE (w, "data", NORMAL_N)
        wick_observe(w, "x", wick_normal(mu, sigma), wick_data(w, data, NORMAL_N));
}

static double normal_likelihood(const double *p, const double *x)
{
    double sum = 0.0;

    for (int i = 0; i < NORMAL_N; i++)
        sum += log_normal(x[i], p[0], p[1]);
    return sum;
}

/* --- a regression ------------------------------------------------------------------------------ */

enum { ROWS = 20, COEFFICIENTS = 3 };

/* An intercept, a trend, and 0 or 1. */
static double covariate(size_t row, size_t k)
{
    return k == 0 ? 1.0 : k == 1 ? ((double)row - 9.5) / 6.0 : row % 3 == 0;
}

static void regression_program(wick *w, void *data)
{
    double x[ROWS * COEFFICIENTS];

    for (size_t i = 0; i < ROWS * COEFFICIENTS; i++)
        x[i] = covariate(i / COEFFICIENTS, i % COEFFICIENTS);
    const wick_var beta = wick_sample(w, "beta", wick_iid(wick_normal(0.0, 1.5), COEFFICIENTS));
    const wick_var sigma = wick_sample(w, "sigma", wick_gamma(3.0, 2.0));
    const wick_var mean = wick_matvec(wick_const(w, x, ROWS, COEFFICIENTS), beta);
    WICK_PLATE (w, "data", ROWS)
        wick_observe(
            w, "y", wick_normal(wick_split(mean, "data"), sigma), wick_data(w, data, ROWS));
}

static double regression_likelihood(const double *p, const double *y)
{
    double sum = 0.0;

    for (size_t i = 0; i < ROWS; i++) {
        double mean = 0.0;
        for (size_t k = 0; k < COEFFICIENTS; k++)
            mean += p[k] * covariate(i, k);
        sum += log_normal(y[i], mean, p[COEFFICIENTS]);
    }
    return sum;
}

/* --- groups of counts -------------------------------------------------------------------------- */

enum { GROUPS = 5 };

static void counts_program(wick *w, void *data)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(1.0, 1.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_normal(1.0));

    WICK_PLATE (w, "groups", GROUPS) {
        const wick_var z = wick_sample(w, "z", wick_normal(0.0, 1.0));
        const wick_var rate = wick_exp(wick_add(mu, wick_mul(tau, z)));
        wick_observe(w, "y", wick_poisson(rate), wick_data(w, data, GROUPS));
    }
}

static double counts_likelihood(const double *p, const double *y)
{
    double sum = 0.0;

    for (int j = 0; j < GROUPS; j++) {
        const double log_rate = p[0] + p[1] * p[2 + j];
        sum += y[j] * log_rate - exp(log_rate) - lgamma(y[j] + 1.0);
    }
    return sum;
}

/* --- a mixture --------------------------------------------------------------------------------- */

enum { MIXED = 20 };

static void mixture_program(wick *w, void *data)
{
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 3.0, 2)));
    const wick_var locs = wick_sample(w, "locs", ordered_pair(w, 2.0));
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(-0.5, 0.4));

    WICK_PLATE (w, "data", MIXED) {
        const wick_var k = wick_sample(w, "component", wick_categorical(weights));
        wick_observe(w, "x", wick_normal(wick_at(locs, k), scale), wick_data(w, data, MIXED));
    }
}

static double mixture_likelihood(const double *p, const double *x)
{
    double sum = 0.0;

    for (int i = 0; i < MIXED; i++)
        sum += log_sum(
            log(p[0]) + log_normal(x[i], p[2], p[4]), log(p[1]) + log_normal(x[i], p[3], p[4]));
    return sum;
}

/* --- a hidden Markov model --------------------------------------------------------------------- */

enum { TIMES = 20 };

static void chain_program(wick *w, void *data)
{
    static const double STAY[] = { 4.0, 2.0, 2.0, 4.0 };
    const double *x = data;
    const wick_var locs = wick_sample(w, "locs", ordered_pair(w, 2.0));
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(-0.5, 0.4));
    wick_var rows = WICK_VAR_NONE, state = WICK_VAR_NONE;

    WICK_PLATE (w, "states", 2)
        rows =
            wick_sample(w, "rows", wick_dirichlet(wick_split(wick_const(w, STAY, 2, 2), "states")));
    rows = wick_join(rows, "states");
    for (int t = 0; t < TIMES; t++) {
        const wick_var probs = t == 0 ? wick_fill(w, 0.5, 2) : wick_at(rows, state);
        state = wick_sample(w, wick_name(w, "state_%d", t), wick_categorical(probs));
        wick_observe(w, wick_name(w, "x_%d", t), wick_normal(wick_at(locs, state), scale),
            wick_data(w, x + t, 1));
    }
}

/* The forward algorithm, in logarithms. */
static double chain_likelihood(const double *p, const double *x)
{
    const double *locs = p, *rows = p + 3;
    double log_forward[2] = { log(0.5), log(0.5) };

    for (int t = 0; t < TIMES; t++) {
        double next[2];
        for (int k = 0; k < 2; k++) {
            next[k] = log_sum(log_forward[0] + log(rows[k]), log_forward[1] + log(rows[2 + k]));
            next[k] = (t == 0 ? log_forward[k] : next[k]) + log_normal(x[t], locs[k], p[2]);
        }
        log_forward[0] = next[0];
        log_forward[1] = next[1];
    }
    return log_sum(log_forward[0], log_forward[1]);
}

/* --- all of them ------------------------------------------------------------------------------- */

const sbc_model SBC_MODEL[SBC_MODELS] = {
    { .key = "normal",
        .name = "Normal, n = 10",
        .program = normal_program,
        .site = { { "mu", 1, false, false }, { "sigma", 1, true, false } },
        .n_sites = 2,
        .data = "x",
        .n_data = NORMAL_N,
        .thin = 4,
        .target_accept = 0.8,
        .log_likelihood = normal_likelihood },
    { .key = "regression",
        .name = "Regression, n = 20",
        .program = regression_program,
        .site = { { "beta", COEFFICIENTS, false, false }, { "sigma", 1, true, false } },
        .n_sites = 2,
        .data = "y",
        .n_data = ROWS,
        .thin = 4,
        .target_accept = 0.8,
        .log_likelihood = regression_likelihood },
    { .key = "poisson",
        .name = "Hierarchical Poisson, J = 5",
        .program = counts_program,
        .site = { { "mu", 1, false, false }, { "tau", 1, true, false },
            { "z", GROUPS, false, false } },
        .n_sites = 3,
        .data = "y",
        .n_data = GROUPS,
        .thin = 8,
        .target_accept = 0.9,
        .log_likelihood = counts_likelihood },
    { .key = "mixture",
        .name = "Mixture of two normals, n = 20",
        .program = mixture_program,
        .site = { { "weights", 2, false, true }, { "locs", 2, false, false },
            { "scale", 1, true, false } },
        .n_sites = 3,
        .data = "x",
        .n_data = MIXED,
        .thin = 16,
        .target_accept = 0.9,
        .log_likelihood = mixture_likelihood },
    { .key = "hmm",
        .name = "Hidden Markov model, K = 2, T = 20",
        .program = chain_program,
        .site = { { "locs", 2, false, false }, { "scale", 1, true, false },
            { "rows", 4, false, true } },
        .n_sites = 3,
        .data = "x_%d",
        .series = true,
        .n_data = TIMES,
        .thin = 10,
        .target_accept = 0.9,
        .log_likelihood = chain_likelihood },
};
