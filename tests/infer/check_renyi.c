/*
 * Renyi's bounds and the importance weighted one: values, gradients, particles, what they refuse.
 */
#include "tests/support/estimator.h"

enum { N = 3, K = 3 };
static const double Y[N] = { 1.3, -0.4, 2.2 };

/* mu ~ normal(0, 1); z ~ bernoulli(0.3); y_i ~ normal(mu + 1.5 z, 0.8) */
typedef struct both {
    bool discrete, sum_out; /* with z, which the guide may leave out */
    bool marked;
    bool alone; /* no continuous site */
    double m, s, logit;
} both;

static void model(wick *w, void *arg)
{
    const both *b = arg;
    wick_var loc = wick_num(w, 0.2);

    if (!b->alone)
        loc = wick_sample(w, "mu", wick_normal(0.0, 1.0));
    if (b->discrete)
        loc = wick_add(loc, wick_mul(wick_sample(w, "z", wick_bernoulli(0.3)), 1.5));
    WICK_PLATE (w, "rows", N)
        wick_observe(w, "y", wick_normal(loc, 0.8), wick_data(w, Y, N));
}

static void guide(wick *w, void *arg)
{
    const both *b = arg;
    const wick_var m = wick_param(w, "m", wick_init_num(b->m), wick_real());
    const wick_var s = wick_param(w, "s", wick_init_num(b->s), wick_positive());

    if (!b->alone)
        wick_sample(w, "mu", wick_normal(m, s));
    if (b->discrete && !b->sum_out) {
        const wick_dist q =
            wick_bernoulli_logits(wick_param(w, "logit", wick_init_num(b->logit), wick_real()));
        wick_sample(w, "z", b->marked ? wick_enumerate(q) : q);
    }
}

static problem renyi(wick *w, both *b, const wick_elbo_options *options)
{
    return (problem){ w, { model, b }, { guide, b }, wick_renyi_elbo, options };
}

static double log_likelihood(double loc)
{
    double sum = 0.0;

    for (int i = 0; i < N; i++)
        sum += log_normal(Y[i], loc, 0.8);
    return sum;
}

/* log p - log q of a particle with the continuous site only. */
static double log_weight(const both *b, double mu)
{
    return log_normal(mu, 0.0, 1.0) + log_likelihood(mu) - log_normal(mu, b->m, b->s);
}

static double bound_of(size_t n, const double *l, double alpha)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < n; k++)
        top = fmax(top, (1.0 - alpha) * l[k]);
    for (size_t k = 0; k < n; k++)
        sum += exp((1.0 - alpha) * l[k] - top) / (double)n;
    return (top + log(sum)) / (1.0 - alpha);
}

/* --- values ----------------------------------------------------------------------------------- */

static const double ALPHAS[] = { 0.0, 0.5, -1.0, 2.0, 0.999999 };
enum { N_ALPHAS = sizeof ALPHAS / sizeof *ALPHAS };

/* A loss that keeps what the guide draws in its runs 1, 3, 5, ... */
typedef struct keeper {
    size_t n;
    double *x;
} keeper;

static wick_var keep_draws(wick *w, wick_program m, wick_program g, const void *options)
{
    const keeper *k = options;

    for (size_t i = 0; i < k->n; i++) {
        const wick_trace *trace = wick_trace_run(w, g);
        wick_trace_get(trace, "mu", &k->x[i], 1);
        wick_trace_run(w, wick_wrap(w, m, wick_replay(w, trace)));
    }
    return wick_num(w, 0.0);
}

START_TEST(the_value_is_the_bound_of_the_particles)
{
    both b = { .m = 0.4, .s = 0.7 };
    double mu[K], l[K];
    const keeper kept = { K, mu };

    for (int i = 0; i < N_ALPHAS; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 21 });
        const wick_elbo_options options = { .num_particles = K, .alpha = ALPHAS[i] };
        const problem p = renyi(w, &b, &options);
        problem draws = p;
        draws.loss = keep_draws;
        draws.options = &kept;
        loss_of(&draws);
        for (int k = 0; k < K; k++)
            l[k] = log_weight(&b, mu[k]);
        assert_close(loss_of(&p), -bound_of(K, l, ALPHAS[i]), 1e-9);
        assert_gradient(&p, i == N_ALPHAS - 1 ? 1e-6 : 1e-8);
        assert_ok(w);
        wick_free(w);
    }
}
END_TEST

START_TEST(particles_in_one_run_have_the_bound_of_their_draws)
{
    both b = { .m = 0.4, .s = 0.7 };

    for (int i = 0; i < N_ALPHAS; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 21 });
        const wick_elbo_options options = {
            .num_particles = 50, .vectorize_particles = true, .alpha = ALPHAS[i]
        };
        const problem p = renyi(w, &b, &options);
        double mu[50], l[50];
        loss_of(&p);
        wick_reset(w);
        wick_set_seed(w, 21);
        WICK_AMBIENT (w, "particles", 50)
            wick_trace_get(wick_trace_run(w, p.guide), "mu", mu, 50);
        for (int k = 0; k < 50; k++)
            l[k] = log_weight(&b, mu[k]);
        assert_close(loss_of(&p), -bound_of(50, l, ALPHAS[i]), 1e-9);
        assert_gradient(&p, i == N_ALPHAS - 1 ? 1e-6 : 1e-8);
        wick_free(w);
    }
}
END_TEST

static double log_evidence(void)
{
    double mean = 0.0, variance = 1.0, log_p = 0.0;

    for (int i = 0; i < N; i++) {
        log_p += log_normal(Y[i], mean, sqrt(variance + 0.64));
        const double gain = variance / (variance + 0.64);
        mean += gain * (Y[i] - mean);
        variance *= 1.0 - gain;
    }
    return log_p;
}

START_TEST(with_the_posterior_as_guide_every_bound_is_the_evidence)
{
    const double precision = 1.0 + N / 0.64;
    both b = { .m = (1.3 - 0.4 + 2.2) / 0.64 / precision, .s = 1.0 / sqrt(precision) };

    for (int i = 0; i < N_ALPHAS - 1; i++)
        for (int vectorize = 0; vectorize < 2; vectorize++) {
            wick *w = wick_new(&(wick_options){ .seed = 2 });
            const wick_elbo_options options = {
                .num_particles = 4, .vectorize_particles = vectorize, .alpha = ALPHAS[i]
            };
            const problem p = renyi(w, &b, &options);
            assert_close(loss_of(&p), -log_evidence(), 1e-12);
            wick_free(w);
        }
}
END_TEST

START_TEST(more_particles_bring_the_bound_of_importance_weights_to_the_evidence)
{
    both b = { .m = 0.4, .s = 0.7 };
    const wick_elbo_options options = { .num_particles = 200000, .vectorize_particles = true };
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    const problem p = renyi(w, &b, &options);

    ck_assert_double_lt(fabs(loss_of(&p) + log_evidence()), 0.005);
    wick_free(w);
}
END_TEST

START_TEST(discrete_sites_that_the_guide_lacks_are_summed_out_in_each_particle)
{
    both b = { .m = 0.4, .s = 0.7, .discrete = true, .sum_out = true };
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    const wick_elbo_options options = { .num_particles = 6, .vectorize_particles = true };
    const problem p = renyi(w, &b, &options);
    double mu[6], l[6];

    loss_of(&p);
    wick_reset(w);
    wick_set_seed(w, 21);
    WICK_AMBIENT (w, "particles", 6)
        wick_trace_get(wick_trace_run(w, p.guide), "mu", mu, 6);
    for (int k = 0; k < 6; k++)
        l[k] = log_normal(mu[k], 0.0, 1.0) - log_normal(mu[k], b.m, b.s) +
            log(0.7 * exp(log_likelihood(mu[k])) + 0.3 * exp(log_likelihood(mu[k] + 1.5)));
    assert_close(loss_of(&p), -bound_of(6, l, 0.0), 1e-12);
    assert_gradient(&p, 1e-8);
    wick_free(w);
}
END_TEST

/* --- gradients: against the mean over all draws ----------------------------------------------- */

/* The bound of K bernoulli particles, summed over all 2^K draws; x: logit. */
static double alpha_now;

static double discrete_bound(double logit)
{
    const double q = sigmoid(logit);
    double sum = 0.0;

    for (int state = 0; state < 1 << K; state++) {
        double l[K], probability = 1.0;
        for (int k = 0; k < K; k++) {
            const double z = state >> k & 1;
            l[k] = log_bernoulli(z, 0.3) + log_likelihood(0.2 + 1.5 * z) - log_bernoulli(z, q);
            probability *= z > 0.5 ? q : 1.0 - q;
        }
        sum += probability * bound_of(K, l, alpha_now);
    }
    return sum;
}

START_TEST(the_score_gradient_is_unbiased_for_the_bound)
{
    both b = { .logit = -0.4, .discrete = true, .alone = true, .m = 0.1, .s = 1.0 };
    static const double H = 1e-4;

    for (int i = 0; i < 3; i++)
        for (int vectorize = 0; vectorize < 2; vectorize++) {
            wick *w = wick_new(&(wick_options){ .seed = 14 });
            const wick_elbo_options options = {
                .num_particles = K, .alpha = ALPHAS[i], .vectorize_particles = vectorize
            };
            problem p = renyi(w, &b, &options);
            const sampled s = sample_gradient(&p, "logit", i + vectorize == 0 ? 100000 : 20000);
            alpha_now = ALPHAS[i];
            assert_sampled(&s, 0, -discrete_bound(-0.4));
            assert_sampled(&s, 1,
                -(8.0 * (discrete_bound(-0.4 + H) - discrete_bound(-0.4 - H)) -
                    (discrete_bound(-0.4 + 2 * H) - discrete_bound(-0.4 - 2 * H))) /
                    (12.0 * H));
            wick_free(w);
        }
}
END_TEST

/* The bound of 2 normal particles, by a rule of trapezoids in both (which is exact to rounding). */
static double normal_bound(double m, double s)
{
    enum { POINTS = 241 };
    const both b = { .m = m, .s = s };
    double l[POINTS], q[POINTS], sum = 0.0;

    for (int i = 0; i < POINTS; i++) {
        const double e = -9.0 + 18.0 * i / (POINTS - 1);
        l[i] = log_weight(&b, m + s * e);
        q[i] = exp(log_normal(e, 0.0, 1.0)) * 18.0 / (POINTS - 1);
    }
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < POINTS; j++)
            sum += q[i] * q[j] * bound_of(2, (double[]){ l[i], l[j] }, alpha_now);
    return sum;
}

START_TEST(the_gradient_through_draws_is_unbiased_for_the_bound)
{
    both b = { .m = 0.4, .s = 0.7 };
    static const double H = 1e-3;

    for (int i = 0; i < 2; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 14 });
        const wick_elbo_options options = { .alpha = ALPHAS[i] }; /* two particles */
        problem p = renyi(w, &b, &options);
        const sampled by_m = sample_gradient(&p, "m", 50000);
        const sampled by_s = sample_gradient(&p, "s", 50000);
        alpha_now = ALPHAS[i];
        assert_sampled(&by_m, 0, -normal_bound(0.4, 0.7));
        assert_sampled(
            &by_m, 1, -(normal_bound(0.4 + H, 0.7) - normal_bound(0.4 - H, 0.7)) / (2.0 * H));
        assert_sampled(&by_s, 1,
            -(normal_bound(0.4, 0.7 * exp(H)) - normal_bound(0.4, 0.7 * exp(-H))) / (2.0 * H));
        wick_free(w);
    }
}
END_TEST

START_TEST(the_other_particles_are_a_baseline_that_takes_a_common_cost_away)
{
    both b = { .logit = -0.4, .discrete = true, .alone = true, .m = 0.1, .s = 1.0 };
    wick *w = wick_new(&(wick_options){ .seed = 14 });
    const wick_elbo_options options = { .num_particles = K };
    problem p = renyi(w, &b, &options);
    const sampled s = sample_gradient(&p, "logit", 20000);
    const double q = sigmoid(-0.4);
    /* without it the bound itself, about -5, would multiply K scores of variance q (1 - q) */
    const double without = pow(discrete_bound(-0.4), 2) * K * q * (1.0 - q);

    ck_assert_double_lt(s.variance[1], 0.2 * without);
    wick_free(w);
}
END_TEST

/* --- what it refuses -------------------------------------------------------------------------- */

START_TEST(what_is_no_renyi_bound_is_refused)
{
    both plain = { .m = 0.4, .s = 0.7 };
    both marked = { .m = 0.4, .s = 0.7, .discrete = true, .marked = true };
    wick *w = wick_new(NULL);
    wick_elbo_options o = { .alpha = 1.0 };
    problem p = renyi(w, &plain, &o);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_renyi_elbo", "alpha 1", "use wick_trace_elbo");
    o = (wick_elbo_options){ .alpha = NAN };
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_DOMAIN, "wick_renyi_elbo", "alpha is nan");
    for (int vectorize = 0; vectorize < 2; vectorize++) {
        o = (wick_elbo_options){ .num_particles = 1, .vectorize_particles = vectorize };
        ck_assert_double_nan(loss_of(&p));
        assert_error(w, WICK_ERR_ARGUMENT, "wick_renyi_elbo", "one particle", "num_particles");
    }
    o = (wick_elbo_options){ .baseline = 0.9 };
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_renyi_elbo", "baseline");
    o = (wick_elbo_options){ .insomnia = 0.5 };
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_renyi_elbo", "insomnia", "wick_reweighted_wake_sleep");
    o = (wick_elbo_options){ .num_particles = 3 };
    p = renyi(w, &marked, &o);
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_renyi_elbo", "'z'", "marked");
    p = renyi(w, &plain, &o);
    p.loss = wick_trace_elbo;
    o = (wick_elbo_options){ .alpha = 0.5 };
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_trace_elbo", "alpha", "wick_renyi_elbo");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}
END_TEST

/* A discrete site without a finite set of values cannot be summed out. */
static void counting_model(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "n", wick_poisson(2.0));
}

START_TEST(a_discrete_site_that_cannot_be_summed_out_is_named)
{
    wick *w = wick_new(NULL);
    const problem p = { w, { counting_model, NULL }, NOTHING, wick_renyi_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_NAME, "wick_renyi_elbo", "'n'", "no finite set of values");
    wick_free(w);
}
END_TEST

/* --- draws along the programs' own ambient dimension ------------------------------------------ */

static void drawn_model(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", 25)
        model(w, arg);
}

static void drawn_guide(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", 25)
        guide(w, arg);
}

START_TEST(draws_along_ambient_dimensions_are_particles_too)
{
    both b = { .m = 0.4, .s = 0.7 };
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    const wick_elbo_options options = { .num_particles = 1 };
    const problem p = { w, { drawn_model, &b }, { drawn_guide, &b }, wick_renyi_elbo, &options };
    double mu[25], l[25];

    loss_of(&p);
    draws_in(&p, 21, "mu", mu, 25);
    for (int k = 0; k < 25; k++)
        l[k] = log_weight(&b, mu[k]);
    assert_close(loss_of(&p), -bound_of(25, l, 0.0), 1e-12);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("renyi");
    TCase *values = new_case(suite, "values"), *gradients = new_case(suite, "gradients");
    TCase *errors = new_case(suite, "errors");

    tcase_add_test(values, the_value_is_the_bound_of_the_particles);
    tcase_add_test(values, particles_in_one_run_have_the_bound_of_their_draws);
    tcase_add_test(values, with_the_posterior_as_guide_every_bound_is_the_evidence);
    tcase_add_test(values, more_particles_bring_the_bound_of_importance_weights_to_the_evidence);
    tcase_add_test(values, discrete_sites_that_the_guide_lacks_are_summed_out_in_each_particle);
    tcase_add_test(values, draws_along_ambient_dimensions_are_particles_too);
    tcase_add_test(gradients, the_score_gradient_is_unbiased_for_the_bound);
    tcase_add_test(gradients, the_gradient_through_draws_is_unbiased_for_the_bound);
    tcase_add_test(gradients, the_other_particles_are_a_baseline_that_takes_a_common_cost_away);
    tcase_add_test(errors, what_is_no_renyi_bound_is_refused);
    tcase_add_test(errors, a_discrete_site_that_cannot_be_summed_out_is_named);
    return run_suite(suite);
}
