/* Runs: when they stop, what they keep, what they say. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

/* --- a loss without draws ---------------------------------------------------------------------- */

/* 3 (x - 1)^2 / 2 + 5, from x = 4; NaN at a step of choice */
typedef struct bowl {
    int broken_at, runs;
} bowl;

static wick_var bowl_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    bowl *b = (bowl *)options;
    const wick_var x = wick_param(w, "x", wick_init_num(4.0), wick_real());
    const double broken = b->broken_at && ++b->runs == b->broken_at ? NAN : 5.0;

    (void)m;
    (void)g;
    return wick_add(wick_mul(wick_square(wick_sub(x, 1.0)), 1.5), broken);
}

static wick_svi *bowl_svi(wick *w, bowl *b, wick_svi_options o)
{
    o.loss = bowl_loss;
    o.loss_options = b;
    return wick_svi_new(w, NOTHING, NOTHING, &o);
}

#define run(svi, ...) wick_svi_run(svi, &(wick_svi_run_options){ __VA_ARGS__ })

static void assert_says(const wick_svi_result *r, wick_stop stop, const char *words)
{
    ck_assert_msg(r->stop == stop, "stopped for reason %d: %s", (int)r->stop, r->verdict);
    ck_assert_msg(strstr(r->verdict, words), "no '%s' in \"%s\"", words, r->verdict);
    ck_assert_int_eq(r->converged, stop == WICK_STOP_CONVERGED);
    ck_assert_uint_lt(strlen(r->verdict), sizeof r->verdict - 1); /* it is not cut off */
}

START_TEST(an_exact_loss_stops_where_it_and_its_gradient_are_level)
{
    const wick_optim OPTIMS[] = { wick_lbfgs(), wick_sgd(.lr = 0.1), wick_adam(.lr = 0.01) };
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi =
        bowl_svi(w, &b, (wick_svi_options){ .optim = OPTIMS[_i / 2], .compile = _i % 2 });
    const wick_svi_result r = run(svi, .steps = 20000);

    assert_ok(w);
    assert_says(&r, WICK_STOP_CONVERGED, "the norm of the gradient is");
    ck_assert(!r.noisy);
    ck_assert_uint_lt(r.steps, _i / 2 == 2 ? 5000 : 100);
    ck_assert_uint_eq(wick_svi_steps(svi), r.steps);
    assert_close(get1(w, "x"), 1.0, 5e-6 / 3.0); /* gradient 3 (x - 1) at most 5e-6 */
    assert_close(r.loss, 5.0, 1e-10);
    assert_close(r.best, 5.0, 1e-10);
    ck_assert_double_le(r.gradient_norm, 5e-6);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_run_that_is_too_short_says_so)
{
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi = bowl_svi(w, &b, (wick_svi_options){ .optim = wick_sgd(.lr = 0.01) });
    double losses[5] = { 0.0, 0.0, 0.0, 0.0, -1.0 };
    wick_svi_result r = run(svi, .steps = 10, .losses = losses, .n_losses = 4);

    assert_ok(w);
    assert_says(&r, WICK_STOP_STEPS, "not converged: all 10 steps");
    ck_assert_uint_eq(r.steps, 10);
    for (int i = 0; i < 4; i++) /* x - 1 shrinks by 1 - 0.03 in each step */
        assert_close(losses[i], 5.0 + 1.5 * 9.0 * pow(0.97, 2 * i), 1e-13);
    ck_assert_double_eq(losses[4], -1.0); /* no room for it */
    assert_close(r.loss, 5.0 + 1.5 * 9.0 * pow(0.97, 20), 1e-13);
    ck_assert_double_eq(r.best, r.loss);
    ck_assert_uint_eq(r.best_step, 10);

    r = run(svi, .steps = 30, .rule = WICK_RULE_NONE); /* it goes on */
    assert_says(&r, WICK_STOP_STEPS, "all 30 steps");
    ck_assert_uint_eq(wick_svi_steps(svi), 40);
    assert_close(get1(w, "x"), 1.0 + 3.0 * pow(0.97, 40), 1e-13);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_loss_that_cannot_move_has_stalled)
{
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi = bowl_svi(w, &b, (wick_svi_options){ .optim = wick_sgd(.lr = WICK_ZERO) });
    const wick_svi_result r = wick_svi_run(svi, NULL);

    assert_ok(w);
    assert_says(&r, WICK_STOP_STALLED, "gradient is 9");
    ck_assert_uint_eq(r.steps, 4);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- the best parameters ----------------------------------------------------------------------- */

/* Small steps, then steps that are too long by far: x - 1 grows by the factor 2. */
static double go_wild(uint64_t t, void *arg)
{
    (void)arg;
    return t < 20 ? 0.05 : 1.0;
}

START_TEST(the_best_parameters_are_put_back)
{
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi = bowl_svi(w, &b,
        (wick_svi_options){
            .optim = wick_sgd(.lr = 1.0), .schedule = { .function = go_wild }, .compile = _i });
    const wick_svi_result r = run(svi, .steps = 60);

    assert_ok(w);
    ck_assert_uint_eq(r.best_step, 20);
    assert_close(get1(w, "x"), 1.0 + 3.0 * pow(0.85, 20), 1e-12);
    assert_close(r.best, 5.0 + 13.5 * pow(0.85, 40), 1e-12);
    ck_assert_double_eq(wick_svi_evaluate(svi), r.best);
    ck_assert_double_gt(r.loss, 1e20);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(the_last_parameters_are_those_of_as_many_steps)
{
    wick *w[2] = { wick_new(NULL), wick_new(NULL) };
    bowl b = { 0, 0 };
    const wick_svi_options o = {
        .optim = wick_sgd(.lr = 1.0), .schedule = { .function = go_wild }, .compile = _i
    };
    wick_svi *svi[2] = { bowl_svi(w[0], &b, o), bowl_svi(w[1], &b, o) };
    const wick_svi_result r = run(svi[0], .steps = 33, .keep = WICK_KEEP_LAST);

    for (int i = 0; i < 33; i++)
        wick_svi_step(svi[1]);
    ck_assert_double_eq(get1(w[0], "x"), get1(w[1], "x"));
    ck_assert_double_eq(r.loss, wick_svi_evaluate(svi[1]));
    for (int i = 0; i < 2; i++) {
        assert_ok(w[i]);
        wick_svi_free(svi[i]);
        wick_free(w[i]);
    }
}
END_TEST

/* Adds up the positions after step arg[1] and later. */
typedef struct watch {
    wick *w;
    uint64_t from;
    double sum;
    int n;
} watch;

static bool look(uint64_t steps, double loss, void *arg)
{
    watch *s = arg;

    (void)loss;
    if (steps > s->from) {
        s->sum += get1(s->w, "x");
        s->n++;
    }
    return true;
}

START_TEST(the_average_is_that_of_the_last_half_or_a_little_more)
{
    static const struct {
        uint64_t steps, from;
    } CASES[] = { { 1, 0 }, { 2, 1 }, { 3, 1 }, { 16, 8 }, { 31, 8 }, { 32, 16 }, { 45, 16 } };

    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        wick *w = wick_new(NULL);
        bowl b = { 0, 0 };
        wick_svi *svi = bowl_svi(w, &b, (wick_svi_options){ .optim = wick_sgd(.lr = 0.6) });
        watch s = { w, CASES[c].from, 0.0, 0 };
        run(svi, .steps = CASES[c].steps, .rule = WICK_RULE_NONE, .keep = WICK_KEEP_AVERAGE,
            .callback = look, .callback_arg = &s);
        assert_ok(w);
        ck_assert_uint_eq((uint64_t)s.n, CASES[c].steps - CASES[c].from);
        assert_close(get1(w, "x"), s.sum / s.n, 1e-14);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

/* --- callbacks and errors ---------------------------------------------------------------------- */

static bool until_seven(uint64_t steps, double loss, void *arg)
{
    double *last = arg;

    *last = loss;
    return steps < 7;
}

START_TEST(a_callback_sees_each_step_and_may_end_the_run)
{
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi = bowl_svi(w, &b, (wick_svi_options){ .optim = wick_sgd(.lr = 0.01) });
    double last = NAN;
    const wick_svi_result r = run(svi, .callback = until_seven, .callback_arg = &last);

    assert_ok(w);
    assert_says(&r, WICK_STOP_CALLBACK, "stopped by the callback at step 7");
    ck_assert_uint_eq(r.steps, 7);
    assert_close(last, 5.0 + 13.5 * pow(0.97, 12), 1e-13);
    assert_close(get1(w, "x"), 1.0 + 3.0 * pow(0.97, 7), 1e-13); /* the last is the best */
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_step_that_fails_ends_the_run_at_its_best)
{
    wick *w = wick_new(NULL);
    bowl b = { .broken_at = 25 }; /* the evaluation before the steps is the first */
    wick_svi *svi = bowl_svi(w, &b,
        (wick_svi_options){ .optim = wick_sgd(.lr = 1.0), .schedule = { .function = go_wild } });
    const wick_svi_result r = run(svi, .steps = 60);

    assert_says(&r, WICK_STOP_ERROR, "step 23 failed: ");
    ck_assert_ptr_nonnull(strstr(r.verdict, "the loss at step 23"));
    assert_error(w, WICK_ERR_NONFINITE, "step 23");
    ck_assert_uint_eq(r.steps, 23);
    ck_assert_uint_eq(wick_svi_steps(svi), 23);
    assert_close(get1(w, "x"), 1.0 + 3.0 * pow(0.85, 20), 1e-12);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* sqrt(x): one step of 3 leads from 1 to a negative number, where it is NaN. */
static wick_var root_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    (void)m;
    (void)g;
    (void)options;
    return wick_sqrt(wick_param(w, "x", wick_init_num(1.0), wick_real()));
}

START_TEST(a_last_step_into_the_void_is_taken_back)
{
    wick *w = wick_new(NULL);
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = root_loss, .optim = wick_sgd(.lr = 3.0), .compile = _i });
    const wick_svi_result r = run(svi, .steps = 1);

    assert_ok(w);
    assert_says(&r, WICK_STOP_STEPS, "not converged");
    ck_assert_double_eq(r.loss, INFINITY);
    ck_assert_double_eq(r.best, 1.0);
    ck_assert_uint_eq(r.best_step, 0);
    ck_assert_double_eq(get1(w, "x"), 1.0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_run_that_cannot_begin_says_why)
{
    wick *w = wick_new(NULL);
    bowl b = { 0, 0 };
    wick_svi *svi = bowl_svi(w, &b, (wick_svi_options){ .loss = NULL });
    wick_svi_result r = run(svi, .loss_tolerance = -1.0);

    assert_says(&r, WICK_STOP_ERROR, "not started");
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_run", "loss_tolerance is -1");
    run(svi, .gradient_tolerance = NAN);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_run", "gradient_tolerance is nan");
    WICK_PLATE (w, "rows", 3)
        r = wick_svi_run(svi, NULL);
    assert_says(&r, WICK_STOP_ERROR, "not started");
    assert_error(w, WICK_ERR_STATE, "wick_svi_run", "'rows'");
    ck_assert_uint_eq(wick_param_count(w), 0);
    r = wick_svi_run(NULL, NULL);
    assert_says(&r, WICK_STOP_ERROR, "not started");
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- noisy losses ------------------------------------------------------------------------------ */

enum { ROWS = 60, SEEDS = 20 };

static double Y[ROWS];

static void make_data(void)
{
    wick *w = wick_new(&(wick_options){ .seed = 77 });

    for (int i = 0; i < ROWS; i++)
        Y[i] = 1.5 + wick_draw_normal(w);
    wick_free(w);
}

/* mu ~ N(0, 10^2), y ~ N(mu, 1) by minibatches of so many */
static void mean_model(wick *w, void *arg)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 10.0));

    WICK_PLATE (w, "rows", ROWS, .subsample = *(const size_t *)arg)
        wick_observe(w, "y", wick_normal(mu, 1.0), wick_data(w, Y, ROWS));
}

static void mean_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "mu",
        wick_normal(wick_param(w, "m", wick_init_num(5.0), wick_real()),
            wick_param(w, "s", wick_init_num(1.0), wick_positive())));
}

static wick_svi *mean_svi(wick *w, size_t *batch, double lr, bool compile)
{
    return wick_svi_new(w, (wick_program){ mean_model, batch }, (wick_program){ mean_guide, NULL },
        &(wick_svi_options){ .optim = wick_adam(.lr = lr), .compile = compile });
}

/* KL from the guide to the posterior, in closed form: how much the bound could still gain. */
static double gap(wick *w)
{
    const double precision = 0.01 + ROWS, s = get1(w, "s"), m = get1(w, "m");
    double sum = 0.0;

    for (int i = 0; i < ROWS; i++)
        sum += Y[i];
    const double off = m - sum / precision;
    return 0.5 * (precision * (s * s + off * off) - 1.0 - log(precision * s * s));
}

START_TEST(what_is_noisy_is_found_out)
{
    size_t all = 0, some = 6;

    make_data();
    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(NULL);
        wick_svi *drawn = mean_svi(w, &all, 0.03, compile);
        wick_svi_result r = run(drawn, .steps = 5);
        ck_assert(r.noisy);
        assert_says(&r, WICK_STOP_STEPS, "too few to tell");
        ck_assert(isnan(r.best)); /* not one window */
        ck_assert(isfinite(r.loss));
        wick_svi_free(drawn);

        const wick_program model[] = { { mean_model, &some }, { mean_model, &all } };
        wick_guide
            *guide[2]; /* of AutoDelta: what they draw is where they start, before the steps */
        wick_svi *svi[2];
        for (int i = 0; i < 2; i++) {
            wick_params_clear(w);
            guide[i] = wick_auto_delta_new(w, model[i], NULL);
            svi[i] = wick_svi_new(w, model[i], wick_guide_program(guide[i]),
                &(wick_svi_options){ .compile = compile });
            ck_assert_int_eq(run(svi[i], .steps = 5).noisy, i == 0);
        }
        ck_assert(!run(svi[0], .steps = 5, .rule = WICK_RULE_EXACT).noisy);
        ck_assert(run(svi[1], .steps = 5, .rule = WICK_RULE_NOISY).noisy);
        for (int i = 0; i < 2; i++) {
            wick_svi_free(svi[i]);
            wick_guide_free(guide[i]);
        }
        assert_ok(w);
        wick_free(w);
    }
}
END_TEST

/* L-BFGS holds the draws fixed: what it minimises is exact, and so is the rule. */
START_TEST(draws_that_stay_the_same_are_no_noise)
{
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    size_t all = 0;
    const wick_elbo_options draws = { .num_particles = 30 };

    make_data();
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ mean_model, &all }, (wick_program){ mean_guide, NULL },
            &(wick_svi_options){ .optim = wick_lbfgs(), .loss_options = &draws, .compile = _i });
    const wick_svi_result r = wick_svi_run(svi, NULL);
    assert_ok(w);
    ck_assert(!r.noisy);
    assert_says(&r, WICK_STOP_CONVERGED, "the norm of the gradient is");
    ck_assert_uint_lt(r.steps, 60);
    ck_assert_double_lt(gap(w), 0.2);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* The gap when it stops is no more than noise hides: losses scatter by 20, so that means over quarters
 * of the run have standard errors about 1. And it stops soon after nothing happens any more: Adam
 * comes down in about 10 / lr steps. */
START_TEST(a_noisy_loss_stops_soon_after_it_has_come_down)
{
    static const double LR[] = { 0.03, 0.01, 0.003 };
    size_t batch = 6;
    int false_stops = 0, late_stops = 0;

    make_data();
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        wick_svi *svi = mean_svi(w, &batch, LR[_i], true);
        const wick_svi_result r = run(svi, .steps = 50000);
        assert_ok(w);
        assert_says(&r, WICK_STOP_CONVERGED, "the mean loss fell by");
        false_stops += gap(w) > 1.5;
        late_stops += r.steps > 2048 && (double)r.steps > 40.0 / LR[_i];
        wick_svi_free(svi);
        wick_free(w);
    }
    ck_assert_int_le(false_stops, 1);
    ck_assert_int_le(late_stops, 3);
}
END_TEST

/* Given losses, one after the other. */
typedef struct given {
    double (*mean)(double t);
    double sd;
    wick *draws;
    double t;
} given;

static wick_var given_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    given *s = (given *)options;
    const wick_var x = wick_param(w, "x", wick_init_num(1.0), wick_real());

    (void)m;
    (void)g;
    const double loss = s->mean(s->t) + s->sd * wick_draw_normal(s->draws);
    s->t += 1.0;
    return wick_add(wick_mul(x, 0.0), loss);
}

static double level(double t)
{
    (void)t;
    return -20.0;
}

static double falling(double t) /* for ever */
{
    return 50.0 - 0.02 * t;
}

static double decaying(double t)
{
    return 100.0 * exp(-t / 500.0);
}

static double rising(double t)
{
    return 0.01 * t;
}

/* Where a run of given losses stops: median and largest over some seeds; limit: did not stop. */
static void stops_at(
    double (*mean)(double), double sd, uint64_t limit, double *median, double *most)
{
    double at[SEEDS];

    for (int k = 0; k < SEEDS; k++) {
        given s = { mean, sd, wick_new(&(wick_options){ .seed = 100 + (uint64_t)k }), 0.0 };
        wick *w = wick_new(NULL);
        wick_svi *svi = wick_svi_new(
            w, NOTHING, NOTHING, &(wick_svi_options){ .loss = given_loss, .loss_options = &s });
        at[k] = (double)run(svi, .steps = limit, .rule = WICK_RULE_NOISY).steps;
        assert_ok(w);
        wick_svi_free(svi);
        wick_free(w);
        wick_free(s.draws);
        for (int i = k; i > 0 && at[i] < at[i - 1]; i--) {
            const double swap = at[i];
            at[i] = at[i - 1];
            at[i - 1] = swap;
        }
    }
    *median = at[SEEDS / 2];
    *most = at[SEEDS - 1];
}

START_TEST(the_rule_for_noisy_losses_errs_as_its_documentation_says)
{
    double median, most;

    stops_at(level, 3.0, 20000, &median, &most); /* checks at 1024, 1280, 1536, 1792, 2048, 2560 */
    ck_assert_double_ge(median, 1280.0);
    ck_assert_double_le(median, 1792.0);
    ck_assert_double_le(most, 10240.0);
    stops_at(level, 0.0, 20000, &median, &most); /* no noise at all: the second check */
    ck_assert_double_eq(most, 1280.0);
    stops_at(rising, 3.0, 20000, &median, &most); /* a fit that gets worse is stopped too */
    ck_assert_double_le(most, 2560.0);

    /* false stops: falling by 5 in 256 steps, 0.3 standard deviations of a loss, never stops */
    stops_at(falling, 16.0, 8000, &median, &most);
    ck_assert_double_eq(median, 8000.0);

    /* after 5000 steps 0.005 is left of 100; noise of 3 hides the rest from about there on */
    stops_at(decaying, 3.0, 40000, &median, &most);
    ck_assert_double_ge(median, 4096.0);
    ck_assert_double_le(median, 14336.0);
}
END_TEST

static double dip(double t) /* falls until 270 steps, then rises */
{
    return 40.0 + fabs(t - 269.5) / 10.0;
}

/* Its x is the step, by an optimiser that counts. */
static void count(const wick_optim *self, const wick_update *u)
{
    (void)self;
    u->value[0] = (double)u->step;
}

static wick_svi_result run_given(double (*mean)(double), double sd, uint64_t steps, double *x)
{
    given s = { mean, sd, wick_new(NULL), 0.0 };
    wick *w = wick_new(NULL);
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = given_loss,
            .loss_options = &s,
            .optim = { .name = "count", .update = count } });
    const wick_svi_result r = run(svi, .steps = steps, .rule = WICK_RULE_NOISY, .window = 60);

    assert_ok(w);
    *x = get1(w, "x");
    wick_svi_free(svi);
    wick_free(w);
    wick_free(s.draws);
    return r;
}

START_TEST(of_a_noisy_loss_the_best_window_is_kept)
{
    double x;
    const wick_svi_result r = run_given(dip, 1.0, 730, &x); /* 12 windows and 10 steps */

    ck_assert_uint_eq(
        r.best_step, 300); /* of steps 241 to 300 the mean is 41.5, of others 46 or more;
                                            the evaluation before the steps took the first loss */
    ck_assert_double_eq(x, 300.0);
    ck_assert_double_eq_tol(r.best, 41.5, 0.6);
    ck_assert_double_eq_tol(r.loss, 40.0 + (690.5 - 269.5) / 10.0, 0.6); /* steps 661 to 720 */
}
END_TEST

START_TEST(among_windows_that_noise_may_have_ordered_the_last_is_kept)
{
    double x;
    wick_svi_result r = run_given(level, 0.0, 600, &x);

    ck_assert_uint_eq(r.best_step, 600);
    ck_assert_double_eq(x, 600.0);
    r = run_given(level, 5.0, 60 * 40, &x);
    ck_assert_uint_ge(r.best_step, 1200); /* any of the best few, but for chance an old one */
    ck_assert_double_eq(x, (double)r.best_step);
    r = run_given(rising, 0.1, 60 * 40, &x); /* by 0.6 in a window: from the first on it is worse */
    ck_assert_uint_eq(r.best_step, 60);
    ck_assert_double_eq(x, 60.0);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

START_TEST(a_run_allocates_as_often_whatever_its_steps)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *w = wick_new(&options);
    size_t batch = 6, calls[2];

    make_data();
    wick_svi *svi = mean_svi(w, &batch, 0.01, false);
    run(svi, .steps = 5);
    for (int k = 0; k < 2; k++) {
        const size_t before = m.calls, blocks = m.blocks;
        run(svi, .steps = k ? 2000 : 200, .rule = WICK_RULE_NONE, .keep = (wick_keep)_i);
        calls[k] = m.calls - before;
        ck_assert_uint_eq(m.blocks, blocks);
    }
    assert_ok(w);
    ck_assert_uint_eq(calls[0], calls[1]);
    ck_assert_uint_le(calls[0], 2);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(runs_that_fail_for_want_of_memory_leave_a_fit_that_goes_on)
{
    double want = 0.0;
    size_t calls = 1;

    make_data();
    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 3);
        wick *w = wick_new(&options);
        size_t batch = 6;
        wick_svi *svi = mean_svi(w, &batch, 0.03, _i);
        wick_svi_result r = run(svi, .steps = 12, .keep = WICK_KEEP_LAST);
        if (wick_status(w) != WICK_OK) {
            const uint64_t left = 12 - r.steps;
            ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
            ck_assert_int_eq(r.stop, WICK_STOP_ERROR);
            m.fail_at = 0;
            wick_clear(w);
            if (!w)
                w = wick_new(&options);
            if (!svi)
                svi = mean_svi(w, &batch, 0.03, _i);
            r = run(svi, .steps = left, .keep = WICK_KEEP_LAST);
        }
        assert_ok(w);
        if (n == 0) {
            calls = m.calls;
            want = get1(w, "m");
        }
        ck_assert_double_eq(get1(w, "m"), want);
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fit");
    TCase *exact = new_case(suite, "exact"), *noisy = new_case(suite, "noisy"),
          *costs = new_case(suite, "costs");

    tcase_add_loop_test(exact, an_exact_loss_stops_where_it_and_its_gradient_are_level, 0, 6);
    tcase_add_test(exact, a_run_that_is_too_short_says_so);
    tcase_add_test(exact, a_loss_that_cannot_move_has_stalled);
    tcase_add_loop_test(exact, the_best_parameters_are_put_back, 0, 2);
    tcase_add_loop_test(exact, the_last_parameters_are_those_of_as_many_steps, 0, 2);
    tcase_add_test(exact, the_average_is_that_of_the_last_half_or_a_little_more);
    tcase_add_test(exact, a_callback_sees_each_step_and_may_end_the_run);
    tcase_add_test(exact, a_step_that_fails_ends_the_run_at_its_best);
    tcase_add_loop_test(exact, a_last_step_into_the_void_is_taken_back, 0, 2);
    tcase_add_test(exact, a_run_that_cannot_begin_says_why);
    tcase_add_test(noisy, what_is_noisy_is_found_out);
    tcase_add_loop_test(noisy, draws_that_stay_the_same_are_no_noise, 0, 2);
    tcase_add_loop_test(noisy, a_noisy_loss_stops_soon_after_it_has_come_down, 0, 3);
    tcase_add_test(noisy, the_rule_for_noisy_losses_errs_as_its_documentation_says);
    tcase_add_test(noisy, of_a_noisy_loss_the_best_window_is_kept);
    tcase_add_test(noisy, among_windows_that_noise_may_have_ordered_the_last_is_kept);
    tcase_add_loop_test(costs, a_run_allocates_as_often_whatever_its_steps, 0, 3);
    tcase_add_loop_test(costs, runs_that_fail_for_want_of_memory_leave_a_fit_that_goes_on, 0, 2);
    return run_suite(suite);
}
