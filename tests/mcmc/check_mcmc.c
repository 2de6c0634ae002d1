/* Chains on models whose posterior is known. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 2024, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* A model's chains. */
typedef struct sampled {
    wick_potential *potential;
    wick_mcmc *chains;
} sampled;

static sampled sample(
    void (*model)(wick *h, void *arg), void *arg, const wick_mcmc_options *options)
{
    sampled s;

    s.potential = wick_potential_new(w, (wick_program){ model, arg }, NULL);
    s.chains = wick_mcmc_new(s.potential, options);
    ck_assert_msg(wick_mcmc_run(s.chains), "%s", wick_message(w));
    assert_ok(w);
    return s;
}

static void free_sampled(sampled s)
{
    wick_mcmc_free(s.chains);
    wick_potential_free(s.potential);
}

static double mean_of(wick_chains x)
{
    double sum = 0.0;

    for (size_t i = 0; i < x.chains * x.n; i++)
        sum += x.draws[i];
    return sum / (double)(x.chains * x.n);
}

/* The mean is `want`, which has a standard error itself, within 4.5 of both together. */
static void assert_mean(const char *name, wick_chains x, double want, double want_error)
{
    const double error = wick_mcse_mean(w, x), both = sqrt(error * error + want_error * want_error);
    const double mean = mean_of(x);

    assert_ok(w);
    ck_assert(isfinite(error));
    ck_assert_msg(fabs(mean - want) <= 4.5 * both, "%s: mean %g, want %g, standard error %g", name,
        mean, want, both);
}

/* --- known posteriors -------------------------------------------------------------------------- */

static const double EFFECT[] = { 28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0 };
static const double ERROR[] = { 15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0 };

static void eight_schools(wick *h, void *arg)
{
    const wick_var mu = wick_sample(h, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(h, "tau", wick_half_cauchy(5.0));

    (void)arg;
    WICK_PLATE (h, "schools", 8) {
        const wick_var z = wick_sample(h, "z", wick_normal(0.0, 1.0));
        const wick_var theta = wick_add(mu, wick_mul(tau, z));
        wick_observe(
            h, "effect", wick_normal(theta, wick_data(h, ERROR, 8)), wick_data(h, EFFECT, 8));
    }
}

/* Means of mu, tau and the eight theta, and their standard errors, of 10,000 reference draws:
 * stan-dev/posteriordb, eight_schools-eight_schools_noncentered. 30 means: false alarms in 2e-4
 * of seeds. */
static const struct {
    double mean, error;
} REFERENCE[] = { { 4.41051834, 0.0331 }, { 3.60205952, 0.032 }, { 6.15050229, 0.0562 },
    { 4.93958114, 0.0465 }, { 3.90590609, 0.0538 }, { 4.79601675, 0.0477 }, { 3.61443632, 0.0461 },
    { 4.05114758, 0.048 }, { 6.31716976, 0.05 }, { 4.88399694, 0.0532 } };

START_TEST(eight_schools_are_those_of_posteriordb)
{
    const wick_mcmc_options options = { .metric = (wick_metric)_i };
    const sampled s = sample(eight_schools, NULL, &options);
    const wick_chains mu = wick_mcmc_draws(s.chains, "mu", 0);
    const wick_chains tau = wick_mcmc_draws(s.chains, "tau", 0);
    const wick_chains divergent = wick_mcmc_statistic(s.chains, WICK_DIVERGENT);

    ck_assert_uint_eq(mu.chains, 4);
    ck_assert_uint_eq(mu.n, 1000);
    assert_mean("mu", mu, REFERENCE[0].mean, REFERENCE[0].error);
    assert_mean("tau", tau, REFERENCE[1].mean, REFERENCE[1].error);
    for (size_t i = 0; i < 8; i++) {
        static double theta[4000];
        const wick_chains z = wick_mcmc_draws(s.chains, "z", i);
        for (size_t k = 0; k < 4000; k++)
            theta[k] = mu.draws[k] + tau.draws[k] * z.draws[k];
        assert_mean("theta", (wick_chains){ 4, 1000, theta }, REFERENCE[2 + i].mean,
            REFERENCE[2 + i].error);
    }
    ck_assert_double_lt(wick_rhat(w, mu), 1.01);
    ck_assert_double_lt(wick_rhat(w, tau), 1.01);
    ck_assert_double_gt(wick_ess_bulk(w, mu), options.metric == WICK_METRIC_UNIT ? 400.0 : 1000.0);
    ck_assert_double_le(mean_of(divergent), 0.01);
    free_sampled(s);
}
END_TEST

/* The greater and the smaller location and the scale of the tutorial's five points, by
 * quadrature. */
START_TEST(five_points_are_those_of_quadrature)
{
    enum { CHAINS = 4, DRAWS = 2000, ALL = CHAINS * DRAWS };
    static double most[ALL], least[ALL];
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    const wick_mcmc_options options = { .chains = CHAINS, .samples = DRAWS };
    const sampled s = sample(five_point_model, &f, &options);
    const wick_chains a = wick_mcmc_draws(s.chains, "locs", 0);
    const wick_chains b = wick_mcmc_draws(s.chains, "locs", 1);

    for (size_t i = 0; i < ALL; i++) {
        most[i] = fmax(a.draws[i], b.draws[i]);
        least[i] = fmin(a.draws[i], b.draws[i]);
    }
    assert_mean("max", (wick_chains){ CHAINS, DRAWS, most }, 10.6225, 0.0);
    assert_mean("min", (wick_chains){ CHAINS, DRAWS, least }, 0.4228, 0.0);
    assert_mean("scale", wick_mcmc_draws(s.chains, "scale", 0), 1.8226, 0.0);
    free_sampled(s);
}
END_TEST

static const double X[] = { 1.3, -0.4, 2.2, 0.7 };

/* mu ~ normal(0, 2), four x ~ normal(mu, 1.5): a posterior of precision 1/4 + 4/2.25. */
static void conjugate(wick *h, void *arg)
{
    const wick_var mu = wick_sample(h, "mu", wick_normal(0.0, 2.0));

    (void)arg;
    WICK_PLATE (h, "data", 4)
        wick_observe(h, "x", wick_normal(mu, 1.5), wick_data(h, X, 4));
}

/* Both samplers, all metrics: mean, variance, and the kinetic energy, half of a squared normal. */
START_TEST(a_conjugate_posterior_is_met)
{
    static double square[4000], kinetic[4000];
    const wick_mcmc_options options = {
        .sampler = (wick_sampler)(_i % 2), .metric = (wick_metric)(_i / 2), .time = 1.1
    };
    const sampled s = sample(conjugate, NULL, &options);
    const wick_chains mu = wick_mcmc_draws(s.chains, "mu", 0);
    const wick_chains lp = wick_mcmc_statistic(s.chains, WICK_LP);
    const wick_chains energy = wick_mcmc_statistic(s.chains, WICK_ENERGY);
    const double precision = 0.25 + 4.0 / 2.25, mean = 3.8 / 2.25 / precision;

    for (size_t i = 0; i < 4000; i++) {
        square[i] = (mu.draws[i] - mean) * (mu.draws[i] - mean);
        kinetic[i] = energy.draws[i] + lp.draws[i];
        double want = log_normal(mu.draws[i], 0.0, 2.0);
        for (int k = 0; k < 4; k++)
            want += log_normal(X[k], mu.draws[i], 1.5);
        assert_close(lp.draws[i], want, 1e-13);
        ck_assert_double_ge(kinetic[i], -1e-12);
    }
    assert_mean("mu", mu, mean, 0.0);
    assert_mean("square", (wick_chains){ 4, 1000, square }, 1.0 / precision, 0.0);
    assert_mean("kinetic", (wick_chains){ 4, 1000, kinetic }, 0.5, 0.0);
    free_sampled(s);
}
END_TEST

/* --- chains ------------------------------------------------------------------------------------ */

START_TEST(a_chain_is_the_same_whatever_else_is_run)
{
    const wick_mcmc_options two = { .chains = 2, .warmup = 60, .samples = 40 };
    const wick_mcmc_options three = { .chains = 3, .warmup = 60, .samples = 40 };
    const sampled a = sample(eight_schools, NULL, &two);
    const sampled b = sample(eight_schools, NULL, &three);
    const wick_chains x = wick_mcmc_draws(a.chains, "tau", 0);
    const wick_chains y = wick_mcmc_draws(b.chains, "tau", 0);

    assert_same_bits(x.draws, y.draws, 80);
    ck_assert(x.draws[0] != x.draws[40] && y.draws[40] != y.draws[80]);
    ck_assert(wick_mcmc_run(b.chains));
    assert_same_bits(x.draws, wick_mcmc_draws(b.chains, "tau", 0).draws, 80);
    free_sampled(a);
    free_sampled(b);
}
END_TEST

START_TEST(statistics_say_how_it_was_done)
{
    const wick_mcmc_options options = {
        .chains = 2, .warmup = 100, .samples = 200, .max_depth = 3, .target_accept = 0.95
    };
    const sampled s = sample(eight_schools, NULL, &options);
    const wick_chains depth = wick_mcmc_statistic(s.chains, WICK_TREE_DEPTH);
    const wick_chains leapfrogs = wick_mcmc_statistic(s.chains, WICK_N_LEAPFROG);
    const wick_chains accept = wick_mcmc_statistic(s.chains, WICK_ACCEPT_STAT);
    const wick_chains step = wick_mcmc_statistic(s.chains, WICK_STEP_SIZE);

    for (size_t i = 0; i < 400; i++) {
        ck_assert(depth.draws[i] >= 0.0 && depth.draws[i] <= 3.0);
        ck_assert(leapfrogs.draws[i] >= 1.0 && leapfrogs.draws[i] <= 7.0);
        ck_assert(accept.draws[i] > 0.0 && accept.draws[i] <= 1.0);
        ck_assert_double_eq(step.draws[i], step.draws[i / 200 * 200]);
    }
    ck_assert_double_gt(mean_of(depth), 2.0);
    ck_assert_double_gt(mean_of(accept), 0.9);
    ck_assert(step.draws[0] != step.draws[200]);
    free_sampled(s);
}
END_TEST

/* 1.1 is 1.6 standard deviations: accepted less often than a warm-up would have it. */
START_TEST(without_warm_up_the_step_size_is_the_one_given)
{
    const wick_mcmc_options options = {
        .warmup = WICK_NO_WARMUP, .step_size = 1.1, .samples = 200
    };
    const sampled s = sample(conjugate, NULL, &options);
    const wick_chains step = wick_mcmc_statistic(s.chains, WICK_STEP_SIZE);

    for (size_t i = 0; i < 800; i++)
        ck_assert_double_eq(step.draws[i], 1.1);
    ck_assert_double_lt(mean_of(wick_mcmc_statistic(s.chains, WICK_ACCEPT_STAT)), 0.9);
    free_sampled(s);
}
END_TEST

static void centred(wick *h, void *arg)
{
    const wick_var v = wick_sample(h, "v", wick_normal(0.0, 3.0));

    (void)arg;
    WICK_PLATE (h, "members", 9)
        wick_sample(h, "x", wick_normal(0.0, wick_exp(wick_mul(v, 0.5))));
}

/* 4000 draws had 0 to 135 divergences over 24 seeds, 23 in the mean. */
START_TEST(a_funnel_diverges)
{
    double count = 0.0;

    for (uint64_t seed = 0; seed < 6; seed++) {
        wick_set_seed(w, seed);
        const sampled s = sample(centred, NULL, NULL);
        count += mean_of(wick_mcmc_statistic(s.chains, WICK_DIVERGENT)) * 4000.0;
        free_sampled(s);
    }
    ck_assert_double_ge(count, 20.0);
}
END_TEST

/* --- mistakes ---------------------------------------------------------------------------------- */

static wick_var improper(wick *h, wick_var q, void *arg)
{
    (void)h;
    (void)arg;
    return wick_mul(wick_sum_axis(q, 0), 0.0);
}

START_TEST(mistakes_are_explained)
{
    wick_potential *p = wick_potential_new(w, (wick_program){ conjugate, NULL }, NULL);
    wick_potential *flat = wick_potential_of_density(w, improper, NULL, 2, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &(wick_mcmc_options){ .warmup = 30, .samples = 20 });

    ck_assert_uint_eq(wick_mcmc_draws(m, "mu", 0).n, 0);
    assert_error(w, WICK_ERR_STATE, "wick_mcmc_draws", "wick_mcmc_run");
    ck_assert(wick_mcmc_run(m));
    ck_assert_uint_eq(wick_mcmc_draws(m, "nu", 0).n, 0);
    assert_error(w, WICK_ERR_NAME, "wick_mcmc_draws", "'nu'");
    ck_assert_uint_eq(wick_mcmc_draws(m, "mu", 1).n, 0);
    assert_error(w, WICK_ERR_SHAPE, "element 1", "'mu'");
    ck_assert_uint_eq(wick_mcmc_statistic(m, (wick_statistic)7).n, 0);
    assert_error(w, WICK_ERR_ARGUMENT, "statistic 7");
    wick_mcmc_free(m);
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .target_accept = 1.0 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".target_accept is 1");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .max_depth = 21 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".max_depth is 21");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .step_size = -0.5 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".step_size is -0.5");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .time = INFINITY }));
    assert_error(w, WICK_ERR_ARGUMENT, ".time is inf");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .metric = (wick_metric)3 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".metric is 3");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .sampler = (wick_sampler)2 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".sampler is 2");
    ck_assert_ptr_null(wick_mcmc_new(p, &(wick_mcmc_options){ .samples = SIZE_MAX / 64 }));
    assert_error(w, WICK_ERR_LIMIT, "do not fit");
    m = wick_mcmc_new(flat, NULL);
    ck_assert(!wick_mcmc_run(m));
    assert_error(w, WICK_ERR_NUMERIC, "wick_mcmc_run: chain 0, transition 0", "improper");
    wick_mcmc_free(m);
    wick_mcmc_free(NULL);
    ck_assert_ptr_null(wick_mcmc_new(NULL, NULL));
    ck_assert(!wick_mcmc_run(NULL));
    ck_assert_ptr_null(wick_mcmc_draws(NULL, "mu", 0).draws);
    ck_assert_ptr_null(wick_mcmc_statistic(NULL, WICK_LP).draws);
    wick_potential_free(flat);
    wick_potential_free(p);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

START_TEST(transitions_allocate_nothing)
{
    size_t calls[2];

    for (int i = 0; i < 2; i++) {
        memory m = { 0 };
        const wick_options options = memory_options(&m, 5);
        wick *h = wick_new(&options);
        wick_potential *p = wick_potential_new(h, (wick_program){ eight_schools, NULL }, NULL);
        wick_mcmc *c = wick_mcmc_new(
            p, &(wick_mcmc_options){ .chains = 1, .warmup = 150, .samples = i ? 900 : 30 });
        ck_assert(wick_mcmc_run(c));
        calls[i] = m.calls;
        wick_mcmc_free(c);
        wick_potential_free(p);
        wick_free(h);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_eq(calls[0], calls[1]);
}
END_TEST

static bool with_a_failure(size_t n)
{
    memory m = { .fail_at = n };
    const wick_options options = memory_options(&m, 5);
    wick *h = wick_new(&options);
    wick_potential *p = wick_potential_new(h, (wick_program){ conjugate, NULL }, NULL);
    wick_mcmc *c =
        wick_mcmc_new(p, &(wick_mcmc_options){ .chains = 2, .warmup = 20, .samples = 5 });
    const bool failed = !wick_mcmc_run(c);

    ck_assert_int_eq(failed, !h || wick_status(h) != WICK_OK);
    if (h && failed) {
        ck_assert_int_eq(wick_status(h), WICK_ERR_MEMORY);
        wick_clear(h);
        if (c)
            ck_assert(wick_mcmc_run(c));
    }
    wick_mcmc_free(c);
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
    return failed;
}

START_TEST(each_allocation_may_fail)
{
    size_t n = 1;

    while (with_a_failure(n))
        n++;
    ck_assert_uint_gt(n, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mcmc");
    TCase *tests = new_case(suite, "mcmc");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, eight_schools_are_those_of_posteriordb, 0, 3);
    tcase_add_test(tests, five_points_are_those_of_quadrature);
    tcase_add_loop_test(tests, a_conjugate_posterior_is_met, 0, 6);
    tcase_add_test(tests, a_chain_is_the_same_whatever_else_is_run);
    tcase_add_test(tests, statistics_say_how_it_was_done);
    tcase_add_test(tests, without_warm_up_the_step_size_is_the_one_given);
    tcase_add_test(tests, a_funnel_diverges);
    tcase_add_test(tests, mistakes_are_explained);
    tcase_add_test(tests, transitions_allocate_nothing);
    tcase_add_test(tests, each_allocation_may_fail);
    return run_suite(suite);
}
