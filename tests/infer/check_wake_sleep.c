/* Reweighted wake-sleep: a loss whose value and gradient are different things. */
#include "tests/support/estimator.h"

enum { N = 4, K = 6 };
static const double X[N] = { 1.3, -0.4, 2.2, 0.1 };
static const double DISTANCE = 1.5, WIDTH = 0.9;

/* z_i ~ bernoulli(sigmoid(prior)), x_i ~ normal(1.5 z_i, 0.9); q(z_i) = sigmoid(a + b x_i) */
typedef struct names {
    bool named, elsewhere; /* the guide passes its data through a site, in other plates */
    bool mark, left_out;   /* of z */
    bool auxiliary;        /* with a site u of the guide alone */
    size_t present;
} names;

static wick_plate_options rows(const names *n)
{
    return (wick_plate_options){ "rows", N, .subsample = n->present };
}

static void model(wick *w, void *arg)
{
    const wick_plate_options plate = rows(arg);
    const wick_var prior = wick_param(w, "prior", wick_init_num(-0.6), wick_real());

    wick_plate_enter(w, &plate);
    const wick_var z = wick_sample(w, "z", wick_bernoulli_logits(prior));
    wick_observe(w, "x", wick_normal(wick_mul(z, DISTANCE), WIDTH), wick_data(w, X, N));
    wick_exit(w);
}

static void guide(wick *w, void *arg)
{
    const names *n = arg;
    const wick_plate_options plate = rows(arg);
    const wick_var a = wick_param(w, "a", wick_init_num(0.2), wick_real());
    const wick_var b = wick_param(w, "b", wick_init_num(0.5), wick_real());

    if (n->left_out)
        return;
    if (n->elsewhere)
        wick_deterministic(w, "x", wick_num(w, 0.5));
    if (n->auxiliary)
        wick_sample(w, "u",
            wick_auxiliary(wick_normal(wick_param(w, "c", wick_init_num(0.7), wick_real()), 1.0)));
    wick_plate_enter(w, &plate);
    wick_var x = wick_data(w, X, N);
    if (n->named && !n->elsewhere)
        x = wick_deterministic(w, "x", x);
    const wick_dist q = wick_bernoulli_logits(wick_add(a, wick_mul(b, x)));
    wick_sample(w, "z", n->mark ? wick_enumerate(q) : q);
    wick_exit(w);
}

static problem awake(wick *w, names *n, const wick_elbo_options *options)
{
    return (problem){ w, { model, n }, { guide, n }, wick_reweighted_wake_sleep, options };
}

/* What the guide draws in the first run, [K][N]. */
static void particles(const problem *p, uint64_t seed, double *z)
{
    wick_reset(p->w);
    wick_set_seed(p->w, seed);
    WICK_AMBIENT (p->w, "particles", K)
        wick_trace_get(wick_trace_run(p->w, p->guide), "z", z, K * N);
    assert_ok(p->w);
}

static double log_q(double z, double x)
{
    return log_bernoulli(z, sigmoid(0.2 + 0.5 * x));
}

/* The value, and the gradients of the wake phase, by the particles at hand. */
static void wake(const double *z, double *value, double *by_prior, double by_guide[2])
{
    double l[K], top = -INFINITY, sum = 0.0;

    *by_prior = by_guide[0] = by_guide[1] = 0.0;
    for (int k = 0; k < K; k++) {
        l[k] = 0.0;
        for (int i = 0; i < N; i++) {
            const double value_of = z[k * N + i];
            l[k] += log_bernoulli(value_of, sigmoid(-0.6)) +
                log_normal(X[i], DISTANCE * value_of, WIDTH) - log_q(value_of, X[i]);
        }
        top = fmax(top, l[k]);
    }
    for (int k = 0; k < K; k++)
        sum += exp(l[k] - top);
    *value = -(top + log(sum / K));
    for (int k = 0; k < K; k++)
        for (int i = 0; i < N; i++) {
            const double share = exp(l[k] - top) / sum, value_of = z[k * N + i];
            const double slope = value_of - sigmoid(0.2 + 0.5 * X[i]);
            *by_prior -= share * (value_of - sigmoid(-0.6));
            by_guide[0] -= (share - 1.0 / K) * slope;
            by_guide[1] -= (share - 1.0 / K) * slope * X[i];
        }
}

START_TEST(the_value_is_the_bound_and_the_gradients_are_weighed_log_densities)
{
    names n = { .named = false };
    const wick_elbo_options options = { .num_particles = K, .vectorize_particles = true };

    for (uint64_t seed = 0; seed < 10; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = awake(w, &n, &options);
        double z[K * N], value, prior, by_prior, got[2], want[2];
        loss_of(&p);
        const double loss = gradient_in(&p, "prior", &prior);
        gradient_in(&p, "a", &got[0]);
        gradient_in(&p, "b", &got[1]);
        particles(&p, seed, z);
        wake(z, &value, &by_prior, want);
        assert_close(loss, value, 1e-12);
        assert_close(prior, by_prior, 1e-12);
        assert_close(got[0], want[0], 1e-12);
        assert_close(got[1], want[1], 1e-12);
        wick_free(w);
    }
}
END_TEST

/* The third run is the dream: the guide and the model ran before. */
static void dream(const problem *p, uint64_t seed, double *z, double *x)
{
    wick *w = p->w;

    wick_reset(w);
    wick_set_seed(w, seed);
    WICK_AMBIENT (w, "particles", K) {
        const wick_trace *first = wick_trace_run(w, p->guide);
        wick_trace_run(w, wick_wrap(w, p->model, wick_replay(w, first)));
        const wick_trace *trace = wick_trace_run(w, wick_wrap(w, p->model, wick_uncondition(w)));
        wick_trace_get(trace, "z", z, K * N);
        wick_trace_get(trace, "x", x, K * N);
    }
    assert_ok(w);
}

START_TEST(asleep_the_guide_follows_what_the_model_dreams)
{
    static const double INSOMNIA[] = { 0.25, 1.0, WICK_ZERO };
    names n = { .named = true };

    for (int i = 0; i < 3; i++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            wick *w = wick_new(&(wick_options){ .seed = seed });
            const wick_elbo_options options = {
                .num_particles = K, .vectorize_particles = true, .insomnia = INSOMNIA[i]
            };
            const problem p = awake(w, &n, &options);
            double z[K * N], x[K * N], value, by_prior, prior, want[2], got[2];
            loss_of(&p);
            const double loss = gradient_in(&p, "prior", &prior);
            gradient_in(&p, "a", &got[0]);
            gradient_in(&p, "b", &got[1]);
            particles(&p, seed, z);
            wake(z, &value, &by_prior, want);
            want[0] *= INSOMNIA[i];
            want[1] *= INSOMNIA[i];
            dream(&p, seed, z, x);
            for (int j = 0; j < K * N; j++) {
                const double slope = (z[j] - sigmoid(0.2 + 0.5 * x[j])) * (1.0 - INSOMNIA[i]) / K;
                want[0] -= slope;
                want[1] -= slope * x[j];
            }
            assert_close(loss, value, 1e-12);
            assert_close(prior, by_prior, 1e-12); /* the dream does not move the model */
            assert_close(got[0], want[0], 1e-12);
            assert_close(got[1], want[1], 1e-12);
            wick_free(w);
        }
}
END_TEST

START_TEST(asleep_no_gradient_goes_through_draws_of_the_guide_either)
{
    names n = { .named = true, .auxiliary = true };
    const wick_elbo_options options = {
        .num_particles = K, .vectorize_particles = true, .insomnia = WICK_ZERO
    };
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    const problem p = awake(w, &n, &options);
    double u[K], got, want = 0.0;

    loss_of(&p);
    gradient_in(&p, "c", &got);
    wick_reset(w);
    wick_set_seed(w, 5);
    WICK_AMBIENT (w, "particles", K) {
        for (int run = 0; run < 3; run++)
            wick_trace_run(w, p.guide);
        wick_trace_get(wick_trace_run(w, p.guide), "u", u, K); /* the guide's on the dream */
    }
    assert_ok(w);
    for (int k = 0; k < K; k++)
        want -= (u[k] - 0.7) / K;
    assert_close(got, want, 1e-12);
    wick_free(w);
}
END_TEST

START_TEST(compiled_steps_and_runs_for_each_particle_do_the_same)
{
    names n = { .named = true };

    for (int vectorize = 0; vectorize < 2; vectorize++) {
        double got[2][3], loss[2];
        for (int compile = 0; compile < 2; compile++) {
            wick *w = wick_new(&(wick_options){ .seed = 3 });
            const wick_elbo_options options = {
                .num_particles = 5, .vectorize_particles = vectorize, .insomnia = 0.5
            };
            wick_svi *svi =
                wick_svi_new(w, (wick_program){ model, &n }, (wick_program){ guide, &n },
                    &(wick_svi_options){ .loss = wick_reweighted_wake_sleep,
                        .loss_options = &options,
                        .compile = compile });
            for (int step = 0; step < 20; step++)
                loss[compile] = wick_svi_step(svi);
            assert_ok(w);
            ck_assert_uint_eq(count_values(w), 3);
            get_all(w, got[compile]);
            wick_svi_free(svi);
            wick_free(w);
        }
        ck_assert_double_eq(loss[0], loss[1]);
        assert_same_bits(got[0], got[1], 3);
    }
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

/* p(z = 1 | x) is sigmoid(a + b x) with these. */
static double a_of_posterior(double prior)
{
    return prior - 0.5 * DISTANCE * DISTANCE / (WIDTH * WIDTH);
}

static double b_of_posterior(void)
{
    return DISTANCE / (WIDTH * WIDTH);
}

START_TEST(sleep_fits_the_guide_to_the_posterior_of_any_data)
{
    names n = { .named = true };
    const wick_elbo_options options = {
        .num_particles = 64, .vectorize_particles = true, .insomnia = WICK_ZERO
    };
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    const wick_program frozen = { model, &n };
    wick_svi *svi = wick_svi_new(w, frozen, (wick_program){ guide, &n },
        &(wick_svi_options){ .loss = wick_reweighted_wake_sleep,
            .loss_options = &options,
            .compile = true,
            .optim = wick_adam(.lr = 0.01) });
    const double prior = -0.6;
    double a = 0.0, b = 0.0;

    for (int step = 0; step < 6000; step++) {
        wick_svi_step(svi);
        wick_param_set(w, "prior", &prior, 1); /* the model stays */
        a += step < 3000 ? 0.0 : get1(w, "a") / 3000.0;
        b += step < 3000 ? 0.0 : get1(w, "b") / 3000.0;
    }
    assert_ok(w);
    assert_close(a, a_of_posterior(prior), 0.03);
    assert_close(b, b_of_posterior(), 0.03);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- what it refuses -------------------------------------------------------------------------- */

static void assert_refused(names n, wick_elbo_options options, wick_code code, const char *word)
{
    wick *w = wick_new(NULL);
    const problem p = awake(w, &n, &options);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, code, "wick_reweighted_wake_sleep", word);
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}

START_TEST(what_cannot_wake_or_sleep_is_refused)
{
    const names named = { .named = true }, unnamed = { .named = false };

    assert_refused(
        named, (wick_elbo_options){ .insomnia = 1.5 }, WICK_ERR_DOMAIN, "insomnia is 1.5");
    assert_refused(named, (wick_elbo_options){ .insomnia = -0.5 }, WICK_ERR_DOMAIN, "insomnia");
    assert_refused(
        unnamed, (wick_elbo_options){ .insomnia = 0.5 }, WICK_ERR_NAME, "wick_deterministic");
    assert_refused((names){ .named = true, .elsewhere = true },
        (wick_elbo_options){ .insomnia = 0.5 }, WICK_ERR_SHAPE, "other plates");
    assert_refused(
        named, (wick_elbo_options){ .num_particles = 1 }, WICK_ERR_ARGUMENT, "one particle");
    assert_refused((names){ .mark = true }, (wick_elbo_options){ .num_particles = 3 },
        WICK_ERR_ARGUMENT, "marked");
    assert_refused(named, (wick_elbo_options){ .baseline = 0.9 }, WICK_ERR_ARGUMENT, "baseline");
    assert_refused(named, (wick_elbo_options){ .alpha = 0.5 }, WICK_ERR_ARGUMENT, "alpha");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wake_sleep");
    TCase *gradients = new_case(suite, "gradients"), *fits = new_case(suite, "fits");
    TCase *errors = new_case(suite, "errors");

    tcase_add_test(gradients, the_value_is_the_bound_and_the_gradients_are_weighed_log_densities);
    tcase_add_test(gradients, asleep_the_guide_follows_what_the_model_dreams);
    tcase_add_test(gradients, asleep_no_gradient_goes_through_draws_of_the_guide_either);
    tcase_add_test(gradients, compiled_steps_and_runs_for_each_particle_do_the_same);
    tcase_add_test(fits, sleep_fits_the_guide_to_the_posterior_of_any_data);
    tcase_add_test(errors, what_cannot_wake_or_sleep_is_refused);
    return run_suite(suite);
}
