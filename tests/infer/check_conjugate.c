/* Conjugate posteriors: every loss has the evidence there, and finds it. */
#include "tests/support/estimator.h"

/* --- four models ------------------------------------------------------------------------------ */

static const double X[] = { 1.3, -0.4, 2.2, 0.7 }, COUNTS[] = { 31.0, 38.0 },
                    COINS[] = { 1, 0, 1, 1, 0, 1, 1, 1, 0, 1 },
                    FACES[] = { 0, 1, 0, 2, 0, 1, 2, 0, 1, 0 };
static const double PRIOR[] = { 1.5, 2.0, 1.0 };

typedef enum family { NORMAL, GAMMA, BETA, DIRICHLET, N_FAMILIES } family;

/* How a guide draws: with gradients through draws, or by their score. */
typedef struct conjugate {
    family family;
    bool scored;
    wick_dist_type type; /* the family's, without gradients through draws */
    const double *start;
} conjugate;

static void normal_model(wick *w)
{
    const wick_var mu = wick_sample(w, "z", wick_normal(0.5, 1.0));

    WICK_PLATE (w, "rows", 4)
        wick_observe(w, "x", wick_normal(mu, 0.4), wick_data(w, X, 4));
}

static void gamma_model(wick *w)
{
    const wick_var rate = wick_sample(w, "z", wick_gamma(2.0, 10.0));

    WICK_PLATE (w, "rows", 2)
        wick_observe(w, "x", wick_poisson(wick_mul(rate, 100.0)), wick_data(w, COUNTS, 2));
}

static void beta_model(wick *w)
{
    const wick_var p = wick_sample(w, "z", wick_beta(2.0, 1.5));

    WICK_PLATE (w, "rows", 10)
        wick_observe(w, "x", wick_bernoulli(p), wick_data(w, COINS, 10));
}

static void dirichlet_model(wick *w)
{
    const wick_var p = wick_sample(w, "z", wick_dirichlet(wick_const(w, PRIOR, 3)));

    WICK_PLATE (w, "rows", 10)
        wick_observe(w, "x", wick_categorical(p), wick_data(w, FACES, 10));
}

static void model(wick *w, void *arg)
{
    static void (*const MODELS[])(
        wick * w) = { normal_model, gamma_model, beta_model, dirichlet_model };

    MODELS[((const conjugate *)arg)->family](w);
}

/* Parameters of the posteriors; the first of a normal is its loc, all others are positive. */
static const size_t N_PARAMETERS[] = { 2, 2, 2, 3 };
static const double START[][3] = { { 0.5, 0.4 }, { 60.0, 185.0 }, { 6.0, 7.0 }, { 5.0, 6.5, 4.0 } };

static void posterior(family f, double *p)
{
    static const double COUNTED[][3] = { { 0 }, { 2.0 + 69.0, 10.0 + 200.0 }, { 9.0, 4.5 },
        { 1.5 + 5.0, 2.0 + 3.0, 1.0 + 2.0 } };
    const double precision = 1.0 + 4.0 / 0.16;

    memcpy(p, COUNTED[f], sizeof COUNTED[f]);
    if (f == NORMAL) {
        p[0] = (0.5 + 3.8 / 0.16) / precision;
        p[1] = 1.0 / sqrt(precision);
    }
}

/* log B(a): of a Dirichlet. */
static double log_beta(size_t n, const double *a)
{
    double sum = 0.0, log_b = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += a[i];
        log_b += lgamma(a[i]);
    }
    return log_b - lgamma(sum);
}

static double log_evidence(family f)
{
    double p[3], mean = 0.5, variance = 1.0, log_p = 0.0;

    posterior(f, p);
    switch (f) {
    case NORMAL: /* one after the other: the posterior is the next prior */
        for (int i = 0; i < 4; i++) {
            const double gain = variance / (variance + 0.16);
            log_p += log_normal(X[i], mean, sqrt(variance + 0.16));
            mean += gain * (X[i] - mean);
            variance *= 1.0 - gain;
        }
        return log_p;
    case GAMMA:
        return 69.0 * log(100.0) - lgamma(32.0) - lgamma(39.0) + 2.0 * log(10.0) - lgamma(2.0) +
            lgamma(p[0]) - p[0] * log(p[1]);
    case BETA:
        return log_beta(2, p) - log_beta(2, (const double[]){ 2.0, 1.5 });
    default:
        return log_beta(3, p) - log_beta(3, PRIOR);
    }
}

/* --- guides ----------------------------------------------------------------------------------- */

static wick_var cut_sample(wick *w, const wick_dist *dist)
{
    static wick_dist (*const FAMILIES[])(
        wick_operand, wick_operand) = { (wick_normal), (wick_gamma), (wick_beta) };

    for (int i = 0; i < 3; i++) {
        const wick_dist_type *type =
            FAMILIES[i](wick_operand_number(1.0), wick_operand_number(1.0)).type;
        if (type->log_prob == dist->type->log_prob)
            return wick_detach(type->sample(w, dist));
    }
    return wick_detach(wick_dirichlet(wick_fill(w, 1.0, 2)).type->sample(w, dist));
}

static wick_dist family_dist(family f, wick_var first, wick_var second)
{
    switch (f) {
    case NORMAL:
        return wick_normal(first, second);
    case GAMMA:
        return wick_gamma(first, second);
    case BETA:
        return wick_beta(first, second);
    default:
        return wick_dirichlet(first);
    }
}

static void guide(wick *w, void *arg)
{
    conjugate *c = arg;
    wick_var first, second = WICK_VAR_NONE;

    if (c->family == DIRICHLET) {
        first = wick_param(w, "a", wick_init_values(c->start, 3), wick_positive());
    } else {
        first = wick_param(w, "a", wick_init_num(c->start[0]),
            c->family == NORMAL ? wick_real() : wick_positive());
        second = wick_param(w, "b", wick_init_num(c->start[1]), wick_positive());
    }
    wick_dist q = family_dist(c->family, first, second);
    if (c->scored) {
        c->type = *q.type;
        c->type.reparameterised = false;
        c->type.sample = cut_sample;
        q.type = &c->type;
    }
    wick_sample(w, "z", q);
}

static const struct {
    wick_loss loss;
    double alpha, baseline;
    bool scored;
    enum { ENDS, STAYS, HIDES } noise; /* of the gradient, at the posterior */
} LOSSES[] = {
    { wick_trace_elbo, 0.0, 0.0, false, STAYS },
    { wick_trace_elbo, 0.0, 0.9, true, ENDS },
    { wick_trace_enum_elbo, 0.0, 0.9, true, ENDS },
    { wick_trace_mean_field_elbo, 0.0, 0.0, false, STAYS },
    { wick_renyi_elbo, 0.0, 0.0, true, ENDS },
    { wick_renyi_elbo, 0.5, 0.0, true, ENDS },
    { wick_renyi_elbo, 0.0, 0.0, false, HIDES },
    { wick_reweighted_wake_sleep, 0.0, 0.0, true, ENDS },
    { wick_reweighted_wake_sleep, 0.0, 0.0, false, ENDS },
};
enum { N_LOSSES = sizeof LOSSES / sizeof *LOSSES };

static wick_elbo_options options_of(int i, size_t particles)
{
    return (wick_elbo_options){ .num_particles = particles,
        .vectorize_particles = true,
        .alpha = LOSSES[i].alpha,
        .baseline = LOSSES[i].baseline };
}

/* --- at the posterior ------------------------------------------------------------------------- */

START_TEST(at_the_posterior_every_loss_has_the_evidence)
{
    double p[3];

    for (int f = 0; f < N_FAMILIES; f++) {
        posterior((family)f, p);
        conjugate c = { .family = (family)f, .scored = LOSSES[_i].scored, .start = p };
        const bool closed = LOSSES[_i].loss == wick_trace_mean_field_elbo;
        const wick_elbo_options options = options_of(_i, closed ? 40000 : 20);
        wick *w = wick_new(&(wick_options){ .seed = 5 });
        const problem at = { w, { model, &c }, { guide, &c }, LOSSES[_i].loss, &options };
        /* with the divergence in closed form the likelihood is still drawn; its sd is below 1 */
        ck_assert_double_lt(
            fabs(loss_of(&at) + log_evidence((family)f)), closed ? Z_LIMIT / 200.0 : 1e-10);
        assert_ok(w);
        wick_free(w);
    }
}
END_TEST

START_TEST(at_the_posterior_gradients_by_the_score_have_no_noise)
{
    double p[3], gradient[4];

    for (int f = 0; f < N_FAMILIES && LOSSES[_i].scored; f++) {
        posterior((family)f, p);
        conjugate c = { .family = (family)f, .scored = true, .start = p };
        const wick_elbo_options options = options_of(_i, 20);
        wick *w = wick_new(&(wick_options){ .seed = 5 });
        const problem at = { w, { model, &c }, { guide, &c }, LOSSES[_i].loss, &options };
        loss_of(&at);
        const double cost = -log_evidence((family)f);
        if (options.baseline > 0.0)
            wick_param_set(w, "baseline.z", &cost, 1);
        gradient_in(&at, "a", gradient);
        if (f != DIRICHLET)
            gradient_in(&at, "b", gradient + 1);
        for (size_t i = 0; i < N_PARAMETERS[f]; i++)
            assert_close(gradient[i], 0.0, 1e-9);
        wick_free(w);
    }
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

typedef struct fitted {
    double p[3], loss;
} fitted;

/* The parameters in the mean over the last steps, and the last loss. */
static fitted fit(conjugate *c, int i, size_t particles, int steps, int last, double factor)
{
    const wick_elbo_options options = options_of(i, particles);
    wick *w = wick_new(&(wick_options){ .seed = 9 });
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, c }, (wick_program){ guide, c },
        &(wick_svi_options){ .loss = LOSSES[i].loss,
            .loss_options = &options,
            .compile = true,
            .optim = wick_adam(.lr = 0.05),
            .schedule = {
                .decay = WICK_DECAY_EXPONENTIAL, .steps = (uint64_t)steps, .factor = factor } });
    fitted result = { .loss = NAN };
    double p[3];

    for (int step = 0; step < steps; step++) {
        result.loss = wick_svi_step(svi);
        wick_param_get(w, "a", p, c->family == DIRICHLET ? 3 : 1);
        if (c->family != DIRICHLET)
            wick_param_get(w, "b", p + 1, 1);
        for (size_t k = 0; step >= steps - last && k < N_PARAMETERS[c->family]; k++)
            result.p[k] += p[k] / last;
    }
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
    return result;
}

START_TEST(losses_whose_noise_ends_find_posterior_and_evidence)
{
    double want[3];

    for (int f = 0; f < N_FAMILIES && LOSSES[_i].noise == ENDS; f++) {
        conjugate c = { .family = (family)f, .scored = LOSSES[_i].scored, .start = START[f] };
        const fitted got = fit(&c, _i, 10, 4000, 1, 0.1);
        posterior((family)f, want);
        for (size_t k = 0; k < N_PARAMETERS[f]; k++)
            assert_close(got.p[k] / want[k], 1.0, 1e-3);
        ck_assert_double_lt(fabs(got.loss + log_evidence((family)f)), 1e-6);
    }
}
END_TEST

static void moments(family f, const double *p, double *mean, double *sd)
{
    const double a = p[0], all = p[0] + p[1] + (f == DIRICHLET ? p[2] : 0.0);

    *mean = f == NORMAL ? a : f == GAMMA ? a / p[1] : a / all;
    *sd = f == NORMAL ? p[1]
        : f == GAMMA  ? sqrt(a) / p[1]
                      : sqrt(*mean * (1.0 - *mean) / (all + 1.0));
}

/* Near the posterior the bound is below the evidence by the square of the distance only. */
START_TEST(losses_whose_noise_stays_find_the_posterior_in_the_mean_of_many_steps)
{
    double want[3], mean[2], sd[2];

    for (int f = 0; f < N_FAMILIES && LOSSES[_i].noise == STAYS; f++) {
        conjugate c = { .family = (family)f, .start = START[f] };
        fitted got = fit(&c, _i, 250, 1200, 900, 0.01);
        posterior((family)f, want);
        moments((family)f, got.p, &mean[0], &sd[0]);
        moments((family)f, want, &mean[1], &sd[1]);
        ck_assert_double_lt(fabs(mean[0] - mean[1]), 1e-3);
        ck_assert_double_lt(fabs(sd[0] - sd[1]), 1e-3);
        const wick_elbo_options many = { .num_particles = 20000, .vectorize_particles = true };
        wick *w = wick_new(&(wick_options){ .seed = 3 });
        c.start = got.p;
        const problem at = { w, { model, &c }, { guide, &c }, wick_trace_elbo, &many };
        ck_assert_double_lt(fabs(loss_of(&at) + log_evidence((family)f)), 2e-4);
        wick_free(w);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conjugate");
    TCase *there = new_case(suite, "there"), *fits = new_case(suite, "fits");

    tcase_add_loop_test(there, at_the_posterior_every_loss_has_the_evidence, 0, N_LOSSES);
    tcase_add_loop_test(there, at_the_posterior_gradients_by_the_score_have_no_noise, 0, N_LOSSES);
    tcase_add_loop_test(fits, losses_whose_noise_ends_find_posterior_and_evidence, 0, N_LOSSES);
    tcase_add_loop_test(
        fits, losses_whose_noise_stays_find_the_posterior_in_the_mean_of_many_steps, 0, N_LOSSES);
    tcase_set_timeout(fits, 60);
    return run_suite(suite);
}
