/* Draws without a gradient: whose costs enter into the gradient of which, and baselines. */
#include "tests/support/estimator.h"
#include "tests/support/memory.h"

enum { N = 4 };
static const double PHI[] = { 0.4, -0.9, 1.3, 0.2 }, Y[] = { 1.3, -0.4, 2.2, 0.7 };
static const double ALL[] = { 0.4, -0.9, 1.3, 0.2, -0.3, 0.8, -1.1, 0.6 },
                    Y_ALL[] = { 1.3, -0.4, 2.2, 0.7, 0.1, -1.6, 0.9, 0.5 };

/* z_i ~ bernoulli(0.3), y_i ~ normal(1.5 z_i, 0.8), and perhaps more; q(z_i) = sigmoid(phi_i). */
typedef struct coins {
    size_t n, present;     /* present: members of a minibatch, or 0 */
    const size_t *indices; /* of them */
    const double *phi, *y;
    double together; /* a term together * (sum z)^2 */
    double constant; /* a term of each member */
    wick_var (*baseline)(wick *w, size_t n);
} coins;

static wick_plate_options rows(const coins *c)
{
    return (wick_plate_options){ "rows", c->n, c->present, c->indices };
}

static void coins_model(wick *w, void *arg)
{
    const coins *c = arg;
    const wick_plate_options plate = rows(c);
    wick_var z = WICK_VAR_NONE;

    wick_plate_enter(w, &plate);
    z = wick_sample(w, "z", wick_bernoulli(0.3));
    wick_observe(w, "y", wick_normal(wick_mul(z, 1.5), 0.8), wick_data(w, c->y, c->n));
    if (c->constant != 0.0)
        wick_factor(w, "constant", wick_mul(wick_add(wick_mul(z, 0.0), 1.0), c->constant));
    wick_exit(w);
    if (c->together != 0.0)
        wick_factor(w, "together", wick_mul(wick_square(wick_sum(z, "rows")), c->together));
}

static void coins_guide(wick *w, void *arg)
{
    const coins *c = arg;
    const wick_plate_options plate = rows(c);
    const wick_var phi = wick_param(w, "phi", wick_init_values(c->phi, c->n), wick_real());

    wick_plate_enter(w, &plate);
    wick_dist q = wick_bernoulli_logits(wick_at(phi, wick_index(w, "rows")));
    if (c->baseline)
        q = wick_baseline(q, c->baseline(w, c->n));
    wick_sample(w, "z", q);
    wick_exit(w);
}

static problem coins_problem(wick *w, coins *c, const wick_elbo_options *options)
{
    return (problem){ w, { coins_model, c }, { coins_guide, c }, wick_trace_elbo, options };
}

/* The cost of z in member i: log q - log p. */
static double cost(const coins *c, size_t i, double z)
{
    return log_bernoulli(z, sigmoid(c->phi[i])) - log_bernoulli(z, 0.3) -
        log_normal(c->y[i], 1.5 * z, 0.8) - c->constant;
}

/* --- whose costs ------------------------------------------------------------------------------ */

START_TEST(the_gradient_of_a_member_has_its_own_cost_and_no_other)
{
    coins c = { .n = N, .phi = PHI, .y = Y };

    for (uint64_t seed = 0; seed < 30; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = coins_problem(w, &c, NULL);
        double z[N], gradient[N];
        gradient_in(&p, "phi", gradient);
        draws_in(&p, seed, "z", z, N);
        for (size_t i = 0; i < N; i++)
            assert_close(gradient[i], (z[i] - sigmoid(PHI[i])) * cost(&c, i, z[i]), 1e-12);
        wick_free(w);
    }
}
END_TEST

START_TEST(a_cost_of_all_members_enters_into_the_gradient_of_each)
{
    coins c = { .n = N, .phi = PHI, .y = Y, .together = 0.45 };

    for (uint64_t seed = 0; seed < 30; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = coins_problem(w, &c, NULL);
        double z[N], gradient[N], sum = 0.0;
        gradient_in(&p, "phi", gradient);
        draws_in(&p, seed, "z", z, N);
        for (size_t i = 0; i < N; i++)
            sum += z[i];
        for (size_t i = 0; i < N; i++)
            assert_close(gradient[i],
                (z[i] - sigmoid(PHI[i])) * (cost(&c, i, z[i]) - 0.45 * sum * sum), 1e-12);
        wick_free(w);
    }
}
END_TEST

/* a, then in a plate b given a, then in two plates y given b; and u apart from all. */
static void steps_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.4));
    const wick_var u = wick_sample(w, "u", wick_bernoulli(0.7));

    wick_observe(w, "x", wick_normal(wick_mul(u, 2.0), 1.1), wick_num(w, 0.6));
    WICK_PLATE (w, "outer", 2) {
        const wick_var b = wick_sample(w, "b", wick_bernoulli(wick_add(wick_mul(a, 0.5), 0.2)));
        WICK_PLATE (w, "inner", 2)
            wick_observe(w, "y", wick_normal(b, 0.9), wick_data(w, Y, 4));
    }
}

static void steps_guide(wick *w, void *arg)
{
    const wick_var logit = wick_param(w, "logit", wick_init_values(PHI, 4), wick_real());

    (void)arg;
    const wick_var a = wick_sample(w, "a", wick_bernoulli_logits(wick_pick(logit, 0)));
    wick_sample(w, "u", wick_bernoulli_logits(wick_pick(logit, 1)));
    WICK_PLATE (w, "outer", 2)
        wick_sample(w, "b",
            wick_bernoulli_logits(wick_add(wick_mul(a, wick_pick(logit, 2)), wick_pick(logit, 3))));
}

START_TEST(costs_from_before_a_draw_and_beside_it_do_not_enter)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = { w, { steps_model, NULL }, { steps_guide, NULL }, wick_trace_elbo,
            NULL };
        double gradient[4], a, u, b[2];
        gradient_in(&p, "logit", gradient);
        draws_in(&p, seed, "a", &a, 1);
        draws_in(&p, seed, "u", &u, 1);
        draws_in(&p, seed, "b", b, 2);
        const double cost_u = log_bernoulli(u, sigmoid(PHI[1])) - log_bernoulli(u, 0.7) -
            log_normal(0.6, 2.0 * u, 1.1);
        double cost_a = log_bernoulli(a, sigmoid(PHI[0])) - log_bernoulli(a, 0.4);
        double want[4] = { 0.0, (u - sigmoid(PHI[1])) * cost_u, 0.0, 0.0 };
        for (int m = 0; m < 2; m++) {
            const double q = sigmoid(a * PHI[2] + PHI[3]);
            double own = log_bernoulli(b[m], q) - log_bernoulli(b[m], 0.2 + 0.5 * a);
            for (int k = 0; k < 2; k++)
                own -= log_normal(Y[2 * m + k], b[m], 0.9);
            want[2] += a * (b[m] - q) * own;
            want[3] += (b[m] - q) * own;
            cost_a += own;
        }
        want[0] = (a - sigmoid(PHI[0])) * cost_a;
        for (int i = 0; i < 4; i++)
            assert_close(gradient[i], want[i], 1e-12);
        wick_free(w);
    }
}
END_TEST

/* --- means and variances ---------------------------------------------------------------------- */

/* Of the gradient of member i, by both values of z; b is its baseline. */
static void exact(const coins *c, size_t i, double b, double *mean, double *variance)
{
    const double q = sigmoid(c->phi[i]);
    double square = 0.0;

    *mean = 0.0;
    for (int z = 0; z < 2; z++) {
        const double g = (z - q) * (cost(c, i, z) - b), p = z ? q : 1.0 - q;
        *mean += p * g;
        square += p * g * g;
    }
    *variance = square - *mean * *mean;
}

static void assert_moments(const sampled *s, const coins *c, double b)
{
    for (size_t i = 0; i < c->n && i + 1 < MOST_NUMBERS; i++) {
        double mean, variance;
        exact(c, i, b, &mean, &variance);
        assert_sampled(s, i + 1, mean);
        /* two values: the variance's own error is below this times 4.5 */
        assert_close(s->variance[i + 1] / variance, 1.0, 0.06);
    }
}

START_TEST(score_gradients_are_unbiased_and_as_noisy_as_one_member_is)
{
    coins c = { .n = 8, .phi = ALL, .y = Y_ALL };
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    problem p = coins_problem(w, &c, NULL);
    const sampled s = sample_gradient(&p, "phi", 100000);

    assert_moments(&s, &c, 0.0);
    wick_free(w);
}
END_TEST

static double mean_cost(const coins *c, size_t i)
{
    const double q = sigmoid(c->phi[i]);

    return q * cost(c, i, 1.0) + (1.0 - q) * cost(c, i, 0.0);
}

START_TEST(a_baseline_leaves_the_mean_and_takes_the_noise_of_a_common_cost)
{
    static const double B[] = { 30.3, 30.3, 30.3, 30.3 };
    const wick_elbo_options options = { .baseline = 0.9 };
    coins c = { .n = N, .phi = PHI, .y = Y, .constant = -30.0 };
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    problem plain = coins_problem(w, &c, NULL), compared = coins_problem(w, &c, &options);
    const sampled without = sample_gradient(&plain, "phi", 100000);

    assert_moments(&without, &c, 0.0);
    loss_of(&compared); /* makes the baseline */
    wick_param_set(w, "baseline.z", B, N);
    const sampled with = sample_gradient(&compared, "phi", 100000);
    for (size_t i = 0; i < N; i++) {
        double mean, before, after;
        exact(&c, i, 0.0, &mean, &before);
        assert_sampled(&without, i + 1, mean);
        exact(&c, i, B[i], &mean, &after);
        assert_sampled(&with, i + 1, mean);
        assert_close(with.variance[i + 1], after, 0.05);
        ck_assert_double_gt(without.variance[i + 1], 50.0 * with.variance[i + 1]);
    }
    wick_free(w);
}
END_TEST

/* --- moving averages -------------------------------------------------------------------------- */

/* An optimiser that moves nothing. */
static void stay(const wick_optim *self, const wick_update *u)
{
    (void)self;
    (void)u;
}

static wick_svi *still(const problem *p, bool compile)
{
    return wick_svi_new(p->w, p->model, p->guide,
        &(wick_svi_options){ .loss = p->loss,
            .loss_options = p->options,
            .compile = compile,
            .optim = { .update = stay } });
}

/* What the guide draws in each step: a program of its own, with the same random numbers. */
typedef struct drawn {
    problem p;
    double *z;
    size_t n;
} drawn;

static wick_var note_draws(wick *w, wick_program model, wick_program guide, const void *options)
{
    const drawn *d = options;

    (void)model;
    wick_trace_get(wick_trace_run(w, guide), "z", d->z, d->n);
    return wick_num(w, 0.0);
}

static void averages_follow(bool compile)
{
    const wick_elbo_options options = { .baseline = 0.8 };
    coins c = { .n = N, .phi = PHI, .y = Y };
    wick *w = wick_new(&(wick_options){ .seed = 8 }),
         *twin = wick_new(&(wick_options){ .seed = 8 });
    const problem p = coins_problem(w, &c, &options);
    double z[N], want[N] = { 0.0 }, got[N];
    const drawn d = { .p = p, .z = z, .n = N };
    const problem noted = { twin, p.model, p.guide, note_draws, &d };
    wick_svi *svi = still(&p, compile), *draws = still(&noted, false);

    for (int step = 0; step < 40; step++) {
        wick_svi_step(svi);
        wick_svi_step(draws);
        assert_ok(w);
        assert_ok(twin);
        wick_param_get(w, "baseline.z", got, N);
        for (size_t i = 0; i < N; i++) {
            want[i] = 0.8 * want[i] + 0.2 * cost(&c, i, z[i]);
            assert_close(got[i], want[i], 1e-12);
        }
    }
    wick_params_clear(w);
    ck_assert(!wick_param_exists(w, "baseline.z"));
    wick_svi_free(svi);
    wick_svi_free(draws);
    wick_free(w);
    wick_free(twin);
}

START_TEST(a_moving_average_follows_the_cost_of_each_member)
{
    averages_follow(false);
    averages_follow(true);
}
END_TEST

START_TEST(a_minibatch_moves_the_averages_of_its_members_only)
{
    static const size_t INDICES[] = { 6, 1, 3 };
    static const double START[] = { 1.5, -0.5, 2.0, 0.25, 3.0, -1.0, 0.75, 4.0 };
    const wick_elbo_options options = { .baseline = 0.75 };
    coins c = { .n = 8, .present = 3, .indices = INDICES, .phi = ALL, .y = Y_ALL };

    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(&(wick_options){ .seed = 4 });
        const problem p = coins_problem(w, &c, &options);
        wick_svi *svi = still(&p, compile);
        double z[3], got[8], want[8];
        wick_svi_evaluate(svi);
        wick_param_set(w, "baseline.z", START, 8);
        wick_svi_step(svi);
        wick_param_get(w, "baseline.z", got, 8);
        draws_in(&p, 4, "z", z, 3);
        memcpy(want, START, sizeof want);
        for (size_t i = 0; i < 3; i++)
            want[INDICES[i]] = 0.75 * START[INDICES[i]] + 0.25 * cost(&c, INDICES[i], z[i]);
        for (size_t i = 0; i < 8; i++)
            assert_close(got[i], want[i], 1e-12);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

START_TEST(particles_move_an_average_by_the_mean_of_their_costs)
{
    coins c = { .n = N, .phi = PHI, .y = Y };

    for (int vectorize = 0; vectorize < 2; vectorize++) {
        const wick_elbo_options options = {
            .baseline = 0.5, .num_particles = 4000, .vectorize_particles = vectorize
        };
        wick *w = wick_new(&(wick_options){ .seed = 12 });
        const problem p = coins_problem(w, &c, &options);
        wick_svi *svi = still(&p, false);
        double got[N];
        wick_svi_step(svi);
        assert_ok(w);
        wick_param_get(w, "baseline.z", got, N);
        for (size_t i = 0; i < N; i++) {
            const double q = sigmoid(PHI[i]);
            const double spread = fabs(cost(&c, i, 1.0) - cost(&c, i, 0.0)) * sqrt(q * (1.0 - q));
            ck_assert_double_lt(
                fabs(2.0 * got[i] - mean_cost(&c, i)), Z_LIMIT * spread / sqrt(4000.0));
        }
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

START_TEST(a_failed_step_leaves_the_average_as_it_was)
{
    double y[N];
    const wick_elbo_options options = { .baseline = 0.9 };
    coins c = { .n = N, .phi = PHI, .y = y };

    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(&(wick_options){ .seed = 3 });
        const problem p = coins_problem(w, &c, &options);
        wick_svi *svi = still(&p, compile);
        double before[N], after[N];
        memcpy(y, Y, sizeof Y);
        for (int i = 0; i < 5; i++)
            wick_svi_step(svi);
        wick_param_get(w, "baseline.z", before, N);
        y[2] = NAN;
        wick_svi_step(svi);
        assert_error(w, WICK_ERR_NONFINITE, "'y'");
        wick_param_get(w, "baseline.z", after, N);
        assert_same_bits(before, after, N);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

START_TEST(a_step_that_fails_at_first_makes_no_average)
{
    static const double BAD[] = { NAN, 0.0, 0.0, 0.0 };
    const wick_elbo_options options = { .baseline = 0.9 };
    coins c = { .n = N, .phi = PHI, .y = BAD };
    wick *w = wick_new(NULL);
    const problem p = coins_problem(w, &c, &options);
    wick_svi *svi = still(&p, false);

    wick_svi_step(svi);
    assert_error(w, WICK_ERR_NONFINITE, "'y'");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- a plate in tiles ------------------------------------------------------------------------- */

enum { LARGE = 3000 };

START_TEST(tiles_and_threads_give_what_an_eager_step_gives)
{
    static double phi[LARGE], y[LARGE], got[LARGE], want[LARGE];
    const wick_elbo_options options = { .baseline = 0.9 };
    coins c = { .n = LARGE, .phi = phi, .y = y };

    for (int i = 0; i < LARGE; i++) {
        phi[i] = sin(1.7 * i);
        y[i] = 2.0 * cos(2.3 * i);
    }
    for (int how = 0; how < 3; how++) {
        wick *w = wick_new(&(wick_options){ .seed = 3 });
        const problem p = coins_problem(w, &c, &options);
        wick_svi *svi = wick_svi_new(w, p.model, p.guide,
            &(wick_svi_options){ .loss = p.loss,
                .loss_options = &options,
                .compile = how > 0,
                .threads = how > 1 ? 3 : 1,
                .optim = { .update = stay } });
        for (int i = 0; i < 6; i++)
            wick_svi_step(svi);
        assert_ok(w);
        wick_param_get(w, "baseline.z", how ? got : want, LARGE);
        for (int i = 0; how && i < LARGE; i++)
            assert_close(got[i], want[i], 1e-12);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

/* --- a baseline of one's own ------------------------------------------------------------------ */

/* With a slope for each member: it is called in the plate. */
static wick_var line_in_y(wick *w, size_t n)
{
    const wick_var slope = wick_param(w, "slope", wick_init_num(0.3), wick_real());

    return wick_add(wick_mul(slope, wick_data(w, Y, n)), 1.25);
}

static wick_var line_as_it_is(wick *w, size_t n)
{
    return wick_detach(line_in_y(w, n));
}

START_TEST(a_baseline_of_ones_own_is_compared_with_and_fitted_by_least_squares)
{
    coins c = { .n = N, .phi = PHI, .y = Y };

    for (int fitted = 0; fitted < 2; fitted++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            wick *w = wick_new(&(wick_options){ .seed = seed });
            c.baseline = fitted ? line_in_y : line_as_it_is;
            const problem p = coins_problem(w, &c, &(wick_elbo_options){ .baseline = 0.9 });
            double z[N], gradient[N], slope[N];
            gradient_in(&p, "phi", gradient);
            gradient_in(&p, "slope", slope);
            ck_assert(!wick_param_exists(w, "baseline.z")); /* the site has one of its own */
            draws_in(&p, seed, "z", z, N);
            for (size_t i = 0; i < N; i++) {
                const double r = cost(&c, i, z[i]), b = 0.3 * Y[i] + 1.25;
                assert_close(gradient[i], (z[i] - sigmoid(PHI[i])) * (r - b), 1e-12);
                assert_close(slope[i], fitted ? (b - r) * Y[i] : 0.0, 1e-12);
            }
            wick_free(w);
        }
}
END_TEST

START_TEST(a_baseline_of_ones_own_leaves_the_gradient_unbiased)
{
    coins c = { .n = N, .phi = PHI, .y = Y, .together = 0.3, .baseline = line_in_y };
    coins none = c;
    wick *w = wick_new(&(wick_options){ .seed = 17 });
    problem p = coins_problem(w, &c, NULL);
    double mean[N] = { 0.0 };

    none.baseline = NULL;
    for (int state = 0; state < 1 << N; state++) { /* every joint value */
        double probability = 1.0, all = 0.0, sum = 0.0;
        for (int i = 0; i < N; i++) {
            const double z = state >> i & 1;
            probability *= exp(log_bernoulli(z, sigmoid(PHI[i])));
            all += cost(&none, (size_t)i, z);
            sum += z;
        }
        for (int i = 0; i < N; i++)
            mean[i] += probability * ((state >> i & 1) - sigmoid(PHI[i])) * (all - 0.3 * sum * sum);
    }
    const sampled s = sample_gradient(&p, "phi", 100000);
    for (size_t i = 0; i < N; i++)
        assert_sampled(&s, i + 1, mean[i]);
    wick_free(w);
}
END_TEST

/* A draw given an enumerated one: its baseline counts with the probabilities of that. */
static void mixed_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.35));
    const wick_var b = wick_sample(w, "b", wick_bernoulli(wick_add(wick_mul(a, 0.5), 0.2)));

    wick_observe(w, "y", wick_normal(wick_add(a, wick_mul(b, 2.0)), 0.7), wick_num(w, 1.4));
}

static void mixed_guide(wick *w, void *arg)
{
    const int how = *(const int *)arg;
    const wick_var logit = wick_param(w, "logit", wick_init_values(PHI, 3), wick_real());
    const wick_dist q = wick_bernoulli_logits(wick_pick(logit, 0));
    const wick_var a = wick_sample(w, "a", how ? wick_enumerate(q) : wick_enumerate_sequential(q));

    wick_sample(w, "b",
        wick_bernoulli_logits(wick_add(wick_mul(a, wick_pick(logit, 1)), wick_pick(logit, 2))));
}

START_TEST(with_enumerated_sites_around_it_a_baseline_leaves_the_gradient_unbiased)
{
    static const double B = 1.7;
    double mean[3] = { 0.0 };

    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            const double qa = sigmoid(PHI[0]), qb = sigmoid(a * PHI[1] + PHI[2]);
            const double r = log_bernoulli(a, qa) + log_bernoulli(b, qb) - log_bernoulli(a, 0.35) -
                log_bernoulli(b, 0.2 + 0.5 * a) - log_normal(1.4, a + 2.0 * b, 0.7);
            const double q = exp(log_bernoulli(a, qa) + log_bernoulli(b, qb));
            mean[0] += q * r * (a - qa);
            mean[1] += q * r * (b - qb) * a;
            mean[2] += q * r * (b - qb);
        }
    for (int how = 0; how < 2; how++) {
        wick *w = wick_new(&(wick_options){ .seed = 23 });
        const wick_elbo_options options = { .baseline = 0.9 };
        problem p = { w, { mixed_model, NULL }, { mixed_guide, &how }, wick_trace_enum_elbo,
            &options };
        loss_of(&p);
        wick_param_set(w, "baseline.b", &B, 1);
        const sampled s = sample_gradient(&p, "logit", 50000);
        for (size_t i = 0; i < 3; i++)
            assert_sampled(&s, i + 1, mean[i]);
        wick_free(w);
    }
}
END_TEST

/* --- what it refuses -------------------------------------------------------------------------- */

static wick_var vector_baseline(wick *w, size_t n)
{
    return wick_fill(w, 1.0, n);
}

static wick_var elsewhere(wick *w, size_t n)
{
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "columns", n + 1)
        x = wick_index(w, "columns");
    return x;
}

START_TEST(baselines_that_do_not_fit_are_refused)
{
    coins c = { .n = N, .phi = PHI, .y = Y, .baseline = vector_baseline };
    wick *w = wick_new(NULL);
    problem p = coins_problem(w, &c, NULL);
    const double decays[] = { -0.5, 1.0, 1.5, NAN };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "wick_baseline", "[4]", "'z'");
    c.baseline = elsewhere;
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "wick_baseline", "'columns'", "'z'");
    c.baseline = NULL;
    for (int i = 0; i < 4; i++) {
        const wick_elbo_options options = { .baseline = decays[i] };
        p.options = &options;
        ck_assert_double_nan(loss_of(&p));
        assert_error(w, WICK_ERR_DOMAIN, "wick_trace_elbo", "decay", "between 0 and 1");
    }
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}
END_TEST

START_TEST(warm_steps_with_baselines_allocate_nothing)
{
    const wick_elbo_options options = { .baseline = 0.9, .num_particles = 2 };
    coins c = { .n = N, .phi = PHI, .y = Y };

    for (int compile = 0; compile < 2; compile++) {
        memory m = { 0 };
        const wick_options handle = memory_options(&m, 5);
        wick *w = wick_new(&handle);
        const problem p = coins_problem(w, &c, &options);
        wick_svi *svi = wick_svi_new(w, p.model, p.guide,
            &(wick_svi_options){ .loss = p.loss, .loss_options = &options, .compile = compile });
        for (int i = 0; i < 5; i++)
            wick_svi_step(svi);
        const size_t calls = m.calls;
        for (int i = 0; i < 500; i++)
            wick_svi_step(svi);
        assert_ok(w);
        if (!compile)
            ck_assert_uint_eq(m.calls, calls);
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("baselines");
    TCase *costs = new_case(suite, "costs"), *noise = new_case(suite, "noise");
    TCase *averages = new_case(suite, "averages"), *own = new_case(suite, "own");

    tcase_add_test(costs, the_gradient_of_a_member_has_its_own_cost_and_no_other);
    tcase_add_test(costs, a_cost_of_all_members_enters_into_the_gradient_of_each);
    tcase_add_test(costs, costs_from_before_a_draw_and_beside_it_do_not_enter);
    tcase_add_test(noise, score_gradients_are_unbiased_and_as_noisy_as_one_member_is);
    tcase_add_test(noise, a_baseline_leaves_the_mean_and_takes_the_noise_of_a_common_cost);
    tcase_add_test(averages, a_moving_average_follows_the_cost_of_each_member);
    tcase_add_test(averages, a_minibatch_moves_the_averages_of_its_members_only);
    tcase_add_test(averages, particles_move_an_average_by_the_mean_of_their_costs);
    tcase_add_test(averages, a_failed_step_leaves_the_average_as_it_was);
    tcase_add_test(averages, a_step_that_fails_at_first_makes_no_average);
    tcase_add_test(averages, tiles_and_threads_give_what_an_eager_step_gives);
    tcase_add_test(averages, warm_steps_with_baselines_allocate_nothing);
    tcase_add_test(own, a_baseline_of_ones_own_is_compared_with_and_fitted_by_least_squares);
    tcase_add_test(own, a_baseline_of_ones_own_leaves_the_gradient_unbiased);
    tcase_add_test(own, with_enumerated_sites_around_it_a_baseline_leaves_the_gradient_unbiased);
    tcase_add_test(own, baselines_that_do_not_fit_are_refused);
    return run_suite(suite);
}
