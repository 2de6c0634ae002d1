/* Fitting: Adam, steps and failed steps, restarts, losses and optimisers of the user, AutoDelta. */
#include "tests/support/fit.h"

#include <stdio.h>

/* --- Adam ------------------------------------------------------------------------------------- */

enum { STEPS = 50 };

static double slope(int t, int i)
{
    return (t % 7 == 3 ? 0.0 : 1.0) * (sin(1.3 * t + i) + 0.25 * i) * pow(10.0, -i);
}

/* The position after n gradients by algorithm 1 of Kingma & Ba, each moment as a sum. */
static double adam_position(double start, int n, double (*gradient)(int t, int i), int i, double lr,
    double beta1, double beta2, double eps)
{
    double x = start;

    for (int t = 1; t <= n; t++) {
        double m = 0.0, v = 0.0;
        for (int s = 1; s <= t; s++) {
            const double g = gradient(s, i);
            m += (1.0 - beta1) * pow(beta1, t - s) * g;
            v += (1.0 - beta2) * pow(beta2, t - s) * g * g;
        }
        const double m_hat = m / (1.0 - pow(beta1, t)), v_hat = v / (1.0 - pow(beta2, t));
        x -= lr * m_hat / (sqrt(v_hat) + eps);
    }
    return x;
}

START_TEST(adam_follows_its_formulas)
{
    static const struct {
        wick_adam_options options;
        double lr, beta1, beta2, eps;
    } CASES[] = {
        { { 0 }, 1e-3, 0.9, 0.999, 1e-8 },
        { { .lr = 0.1, .beta1 = 0.8, .beta2 = 0.99 }, 0.1, 0.8, 0.99, 1e-8 },
        { { .lr = 0.25, .beta1 = WICK_ZERO, .beta2 = 0.5, .eps = 0.125 }, 0.25, 0.0, 0.5, 0.125 },
        { { .lr = 0.25, .beta1 = 0.5, .beta2 = WICK_ZERO }, 0.25, 0.5, 0.0, 1e-8 },
    };
    const wick_optim adam = wick_adam_with(CASES[_i].options);
    double x[3] = { 0.3, -0.2, 0.7 }, g[3], state[6] = { 0.0 };

    ck_assert_uint_eq(adam.n_state, 2);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < 3; i++)
            g[i] = slope(t, i);
        adam.update(&adam,
            &(wick_update){
                .n = 3, .value = x, .gradient = g, .state = state, .step = (uint64_t)t });
        for (int i = 0; i < 3; i++) {
            const double start[3] = { 0.3, -0.2, 0.7 };
            assert_close(x[i],
                adam_position(start[i], t, slope, i, CASES[_i].lr, CASES[_i].beta1, CASES[_i].beta2,
                    CASES[_i].eps),
                2e-15);
        }
    }
}
END_TEST

START_TEST(without_options_adam_has_the_defaults)
{
    const wick_optim a = wick_adam(), b = wick_adam_with(wick_adam_options_default()),
                     c = wick_adam(.lr = 1e-3);

    assert_same_bits(a.option, b.option, 8);
    assert_same_bits(a.option, c.option, 8);
}
END_TEST

START_TEST(options_of_adam_out_of_range_are_refused)
{
    static const struct {
        wick_adam_options options;
        const char *words[4];
    } BAD[] = {
        { { .lr = -0.5 }, { "wick_adam", "lr is -0.5" } },
        { { .lr = NAN }, { "lr is nan" } },
        { { .lr = INFINITY }, { "lr is inf" } },
        { { .beta1 = 1.0 }, { "beta1 is 1", "beta < 1" } },
        { { .beta1 = -0.25 }, { "beta1 is -0.25" } },
        { { .beta2 = 1.5 }, { "beta2 is 1.5" } },
        { { .beta2 = NAN }, { "beta2 is nan" } },
        { { .eps = -1e-8 }, { "eps is -1e-08" } },
    };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        ck_assert_ptr_null(wick_svi_new(
            w, NOTHING, NOTHING, &(wick_svi_options){ .optim = wick_adam_with(BAD[i].options) }));
        assert_fails(w, WICK_ERR_ARGUMENT, BAD[i].words);
        wick_clear(w);
    }
    wick_free(w);
}
END_TEST

/* --- steps ------------------------------------------------------------------------------------ */

/* A bowl around (1, -2) for parameters a and b; b is met in some steps only. */
typedef struct bowl {
    bool with_a, with_b, freeze_b;
} bowl;

static wick_var bowl_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    const bowl *o = options;
    wick_var loss = wick_num(w, 0.0);

    (void)m;
    (void)g;
    if (o->with_a)
        loss = wick_add(
            loss, wick_square(wick_sub(wick_param(w, "a", wick_init_num(0.25), wick_real()), 1.0)));
    if (o->with_b)
        WICK_WITH (w, o->freeze_b ? wick_freeze(w) : wick_scale(w, 1.0))
            loss = wick_add(loss,
                wick_sum_event(wick_square(
                    wick_sub(wick_param(w, "b", wick_init_fill(0.75, 2), wick_real()), -2.0))));
    return loss;
}

static wick_svi *bowl_svi(wick *w, const bowl *o, wick_optim optim)
{
    return wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = bowl_loss, .loss_options = o, .optim = optim });
}

static double get1(wick *w, const char *name)
{
    double x[2] = { NAN, NAN };

    wick_param_get(w, name, x, wick_param_size(w, name));
    return x[0];
}

START_TEST(only_parameters_met_in_a_step_are_updated_and_count_it)
{
    wick *w = wick_new(NULL);
    bowl o = { true, true, false };
    wick_svi *svi = bowl_svi(w, &o, wick_adam(.lr = 0.1));
    double b[STEPS + 1] = { 0.75 }; /* positions of b after its own updates */
    int met = 0;

    for (int i = 0; i < STEPS; i++) {
        o.with_b = i % 3 == 0;
        const double before = i ? get1(w, "b") : 0.75;
        wick_svi_step(svi);
        if (o.with_b) {
            b[++met] = get1(w, "b");
            ck_assert_double_ne(b[met], before);
            assert_close(
                wick_svi_gradient_norm(svi, "b"), sqrt(2.0) * fabs(2.0 * (before + 2.0)), 1e-15);
        } else {
            ck_assert_double_eq(get1(w, "b"), before);
            ck_assert_double_eq(wick_svi_gradient_norm(svi, "b"), 0.0);
        }
    }
    assert_ok(w);

    /* Adam by its formulas, on b's own gradients and its own count of steps */
    double m = 0.0, v = 0.0, x = 0.75;
    for (int t = 1; t <= met; t++) {
        const double g = 2.0 * (x + 2.0);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        x -= 0.1 * (m / (1.0 - pow(0.9, t))) / (sqrt(v / (1.0 - pow(0.999, t))) + 1e-8);
        assert_close(b[t], x, 1e-13);
    }
    ck_assert_int_eq(met, 17);
    ck_assert_uint_eq(wick_svi_steps(svi), STEPS);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(frozen_parameters_do_not_move_and_a_rate_of_zero_moves_nothing)
{
    wick *w = wick_new(NULL);
    bowl o = { true, true, true };
    wick_svi *svi = bowl_svi(w, &o, wick_adam(.lr = 0.1)), *still;

    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    ck_assert_double_eq(get1(w, "b"), 0.75);
    ck_assert_double_ne(get1(w, "a"), 0.25);
    wick_svi_free(svi);

    o.freeze_b = false;
    still = bowl_svi(w, &o, wick_adam(.lr = WICK_ZERO));
    const double a = get1(w, "a");
    for (int i = 0; i < 5; i++)
        wick_svi_step(still);
    ck_assert_double_eq(get1(w, "a"), a);
    ck_assert_double_eq(get1(w, "b"), 0.75);
    ck_assert_double_gt(wick_svi_gradient_norm(still, "b"), 1.0);
    assert_ok(w);
    wick_svi_free(still);
    wick_free(w);
}
END_TEST

START_TEST(evaluating_makes_parameters_and_updates_nothing)
{
    wick *w = wick_new(NULL);
    const bowl o = { true, true, false };
    wick_svi *svi = bowl_svi(w, &o, wick_adam(.lr = 0.1));
    const double want = 0.75 * 0.75 + 2.0 * 2.75 * 2.75;

    for (int i = 0; i < 3; i++)
        assert_close(wick_svi_evaluate(svi), want, 1e-15);
    ck_assert_uint_eq(wick_param_count(w), 2);
    ck_assert_double_eq(get1(w, "a"), 0.25);
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    assert_close(wick_svi_step(svi), want, 1e-15); /* the loss before the update */
    ck_assert_uint_eq(wick_svi_steps(svi), 1);
    ck_assert_double_lt(wick_svi_evaluate(svi), want);
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(the_norm_of_an_unknown_parameter_is_an_error)
{
    wick *w = wick_new(NULL);
    const bowl o = { true, false, false };
    wick_svi *svi = bowl_svi(w, &o, wick_adam());

    wick_svi_step(svi);
    ck_assert(!(wick_svi_gradient_norm(svi, "b") > 0.0));
    assert_error(w, WICK_ERR_NAME, "wick_svi_gradient_norm", "'b'", "'a'");
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- steps that fail -------------------------------------------------------------------------- */

enum { ROWS = 6 };

static void regression(wick *w, void *arg)
{
    const double *y = arg;
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 1.0));
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 2.0, 3)));

    WICK_PLATE (w, "rows", ROWS)
        wick_observe(w, "y", wick_normal(wick_pick(weights, 1), scale), wick_data(w, y, ROWS));
}

static void state_of(wick *w, double *x)
{
    wick_param_get_unconstrained(w, "AutoDelta.scale", x, 1);
    wick_param_get_unconstrained(w, "AutoDelta.weights", x + 1, 3);
}

/* 12 steps of a fit; at step 5 the data may turn NaN for one failing step. */
static void fit_with_accident(bool accident, double *losses, double *end)
{
    double y[ROWS] = { 0.3, 0.9, -0.4, 1.2, 0.1, 0.6 };
    wick *w = wick_new(&(wick_options){ .seed = 15 });
    const wick_program model = { regression, y };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .optim = wick_adam(.lr = 0.05) });
    double before[4], after[4];

    for (int i = 0; i < 12; i++) {
        if (accident && i == 5) {
            y[3] = NAN;
            state_of(w, before);
            ck_assert_double_nan(wick_svi_step(svi));
            ck_assert_double_nan(wick_svi_step(svi)); /* inert */
            assert_error(w, WICK_ERR_NONFINITE, "step 5", "'y'", "'rows' 3", "nan");
            ck_assert_uint_eq(wick_svi_steps(svi), 5);
            state_of(w, after);
            assert_same_bits(before, after, 4);
            y[3] = 1.2;
        }
        losses[i] = wick_svi_step(svi);
    }
    assert_ok(w);
    ck_assert_uint_eq(wick_svi_steps(svi), 12);
    state_of(w, end);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}

START_TEST(after_a_failed_step_the_fit_goes_on_as_if_it_had_not_been)
{
    double losses[2][12], end[2][4];

    for (int accident = 0; accident < 2; accident++)
        fit_with_accident(accident, losses[accident], end[accident]);
    assert_same_bits(losses[0], losses[1], 12); /* parameters, moments and counts are the same */
    assert_same_bits(end[0], end[1], 4);
}
END_TEST

/* Finite, with an infinite derivative at its start. */
static wick_var corner(wick *w, wick_program m, wick_program g, const void *options)
{
    const wick_var x = wick_param(w, "x", wick_init_num(0.0), wick_real());
    const wick_var y = wick_param(w, "y", wick_init_num(0.5), wick_real());

    (void)m;
    (void)g;
    (void)options;
    return wick_add(wick_square(y), wick_sqrt(x));
}

START_TEST(an_infinite_gradient_updates_no_parameter)
{
    wick *w = wick_new(NULL);
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING, &(wick_svi_options){ .loss = corner });

    ck_assert_double_eq(wick_svi_evaluate(svi), 0.25);
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NONFINITE, "wick_svi_step", "gradient of parameter 'x'", "inf");
    ck_assert_double_eq(get1(w, "y"), 0.5);
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_first_step_that_fails_makes_no_parameters)
{
    wick *w = wick_new(NULL);
    double y[ROWS] = { 0.3, NAN, -0.4, 1.2, 0.1, 0.6 };
    const wick_program model = { regression, y };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);

    assert_ok(w);
    ck_assert_double_nan(wick_svi_evaluate(svi));
    assert_error(w, WICK_ERR_NONFINITE, "'y'", "'rows' 1");
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NONFINITE, "'y'", "'rows' 1");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static wick_var odd_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    wick_var x = WICK_VAR_NONE;

    (void)m;
    (void)g;
    switch (*(const int *)options) {
    case 0:
        return wick_fill(w, 0.5, 3);
    case 1:
        WICK_PLATE (w, "rows", 3)
            x = wick_index(w, "rows");
        return x;
    case 2:
        return x;
    case 3:
        WICK_PLATE (w, "rows", 3)
            return wick_num(w, 0.5);
        break;
    case 4:
        x = wick_num(w, 0.5);
        wick_reset(w);
        return x;
    default:
        break;
    }
    return wick_num(w, -INFINITY);
}

START_TEST(a_loss_must_be_a_finite_scalar)
{
    static const wick_code WANT[] = { WICK_ERR_SHAPE, WICK_ERR_SHAPE, WICK_ERR_STATE,
        WICK_ERR_STATE, WICK_ERR_STATE, WICK_ERR_NONFINITE };
    wick *w = wick_new(NULL);

    for (int i = 0; i < 6; i++) {
        wick_svi *svi = wick_svi_new(
            w, NOTHING, NOTHING, &(wick_svi_options){ .loss = odd_loss, .loss_options = &i });
        ck_assert_double_nan(wick_svi_step(svi));
        assert_error(w, WANT[i], "loss");
        ck_assert_double_nan(wick_svi_evaluate(svi));
        assert_error(w, WANT[i], "loss");
        wick_svi_free(svi);
    }
    ck_assert_ptr_null(wick_svi_new(w, (wick_program){ NULL, NULL }, NOTHING, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_new", "model");
    ck_assert_ptr_null(wick_svi_new(w, NOTHING, (wick_program){ NULL, NULL }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_new", "guide");
    wick_free(w);
}
END_TEST

/* --- restarts --------------------------------------------------------------------------------- */

/* A loss for each seed. */
static wick_var loss_of_seed(wick *w, wick_program m, wick_program g, const void *options)
{
    const double *table = options;
    const wick_var x = wick_param(w, "x", wick_init_num((double)wick_seed(w)), wick_real());

    (void)m;
    (void)g;
    return wick_add(wick_mul(x, 0.0), table[wick_seed(w)]);
}

START_TEST(of_several_starts_the_best_wins_ties_the_lowest_seed_and_nan_never)
{
    static const double TABLES[][6] = {
        { 5.5, NAN, 3.5, 4.5, INFINITY, 7.5 },
        { NAN, 3.5 + 5e-10, 3.5, 3.5 + 5e-9, 3.5 - 4e-10, NAN },
        { 2.5, 3.5, NAN, 2.5, 2.5 - 2e-9, 2.5 },
    };
    static const uint64_t BEST[] = { 2, 1, 4 };
    wick *w = wick_new(&(wick_options){ .seed = 99 });
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = loss_of_seed, .loss_options = TABLES[_i] });
    double losses[6];

    ck_assert_uint_eq(wick_multistart(svi, 6, losses), BEST[_i]);
    for (int i = 0; i < 6; i++)
        if (isfinite(TABLES[_i][i]))
            ck_assert_double_eq(losses[i], TABLES[_i][i]);
        else
            ck_assert_double_nan(losses[i]);
    ck_assert_uint_eq(wick_seed(w), BEST[_i]);
    ck_assert_double_eq(get1(w, "x"), (double)BEST[_i]); /* it starts again there */
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(without_a_finite_start_the_restarts_fail)
{
    static const double TABLE[] = { NAN, INFINITY, NAN };
    wick *w = wick_new(NULL);
    int vector = 0;
    wick_svi *svi = wick_svi_new(
        w, NOTHING, NOTHING, &(wick_svi_options){ .loss = loss_of_seed, .loss_options = TABLE });

    wick_multistart(svi, 3, NULL);
    assert_error(w, WICK_ERR_NONFINITE, "wick_multistart", "3 starts");
    wick_multistart(svi, 0, NULL);
    assert_error(w, WICK_ERR_NONFINITE, "wick_multistart", "0 starts");
    wick_svi_free(svi);

    svi = wick_svi_new(
        w, NOTHING, NOTHING, &(wick_svi_options){ .loss = odd_loss, .loss_options = &vector });
    ck_assert_uint_eq(wick_multistart(svi, 3, NULL), 0); /* any other error ends them */
    assert_error(w, WICK_ERR_SHAPE, "loss");
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_restart_forgets_the_moments_of_the_optimiser)
{
    wick *w = wick_new(NULL);
    const bowl o = { true, true, false };
    wick_svi *svi = bowl_svi(w, &o, wick_adam(.lr = 0.1));
    double first[4], second[4];

    for (int i = 0; i < 4; i++)
        first[i] = wick_svi_step(svi);
    wick_multistart(svi, 2, NULL);
    for (int i = 0; i < 4; i++)
        second[i] = wick_svi_step(svi);
    assert_same_bits(first, second, 4);
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- losses and optimisers of the user -------------------------------------------------------- */

/* The M step of EM by gradients: complete-data likelihood at assignments drawn from the guide. */
static wick_var em_m_step(wick *w, wick_program model, wick_program guide, const void *options)
{
    wick_trace *m = NULL, *g = wick_trace_run(w, guide);
    wick_var loss = wick_num(w, 0.0);

    (void)options;
    WICK_WITH (w, wick_replay(w, g))
        m = wick_trace_run(w, model);
    for (const wick_site *s = wick_trace_first(m); s; s = wick_site_next(s))
        if (s->type == WICK_SAMPLE)
            loss = wick_sub(loss, wick_total(wick_site_log_prob(w, s)));
    return loss;
}

enum { POINTS = 3, D = 2, K = 2 };
static const double CLOUD[POINTS * D] = { 0.4, 1.0, 2.6, 2.9, 1.7, 0.2 };

/* Defined in the guide, read in the model; arg: assignments to substitute, or NULL. */
static void cloud_params(wick *w, wick_var *weights, wick_var *means, wick_var *tril, bool define)
{
    static const double WEIGHTS[K] = { 0.35, 0.65 }, MEANS[K * D] = { 0.5, 1.2, 2.0, 2.0 },
                        CHOL[D * D] = { 1.1, 0.4, 0.3, 0.9 };

    *weights = define ? wick_param(w, "weights", wick_init_values(WEIGHTS, K), wick_simplex())
                      : wick_param_read(w, "weights");
    WICK_PLATE (w, "components", K) {
        if (define) {
            wick_param(w, "means", wick_init_var(wick_data(w, MEANS, K * D, D)), wick_real());
            wick_param(w, "chol", wick_init_values(CHOL, D, D), wick_real());
        }
        *means = wick_param_read(w, "means");
        *tril = wick_param_read(w, "chol");
    }
}

static void cloud_model(wick *w, void *arg)
{
    wick_var weights, means, tril;

    (void)arg;
    cloud_params(w, &weights, &means, &tril, false);
    WICK_PLATE (w, "data", POINTS) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_multivariate_normal(wick_take(means, z), wick_take(tril, z)),
            wick_data(w, CLOUD, POINTS * D, D));
    }
}

static void cloud_guide(wick *w, void *arg)
{
    wick_var weights, means, tril, given = WICK_VAR_NONE;

    cloud_params(w, &weights, &means, &tril, true);
    WICK_PLATE (w, "data", POINTS) {
        if (arg)
            given = wick_data(w, arg, POINTS);
        const wick_binding binding = { "assignment", given };
        const wick_var lp = wick_join(wick_log_prob(w, wick_multivariate_normal(means, tril),
                                          wick_data(w, CLOUD, POINTS * D, D)),
            "components");
        WICK_WITH (w, wick_substitute(w, arg ? 1 : 0, &binding))
            wick_sample(w, "assignment", wick_categorical_logits(wick_add(lp, wick_log(weights))));
    }
}

/* Runs the guide, so that its parameters exist, and the enumerated loss of the model. */
static wick_var exact_loss(wick *w, wick_program model, wick_program guide, const void *options)
{
    (void)options;
    wick_call(w, guide);
    return wick_trace_enum_elbo(w, model, NOTHING, NULL);
}

enum { VALUES = K + K * D + K * D * D };

START_TEST(the_expected_gradient_of_an_em_step_is_that_of_the_likelihood)
{
    wick *w = wick_new(NULL);
    double z[POINTS], exact[VALUES], mean[VALUES] = { 0.0 }, g[VALUES], total = 0.0;
    const problem likelihood = { w, { cloud_model, NULL }, { cloud_guide, NULL }, exact_loss,
        NULL };
    const double evidence = exp(-gradient_of(&likelihood, exact));

    assert_ok(w);
    for (int path = 0; path < 1 << POINTS; path++) {
        for (int i = 0; i < POINTS; i++)
            z[i] = path >> i & 1;
        const problem em = { w, { cloud_model, NULL }, { cloud_guide, z }, em_m_step, NULL };
        const double weight = exp(-gradient_of(&em, g)) / evidence; /* p(z | x) */
        assert_ok(w);
        total += weight;
        for (int i = 0; i < VALUES; i++)
            mean[i] += weight * g[i];
    }
    assert_close(total, 1.0, 1e-13);
    for (int i = 0; i < VALUES; i++)
        assert_close(mean[i], exact[i], 1e-12);
    for (int k = 0; k < K; k++) /* [0][1] of each triangle */
        ck_assert_double_eq(exact[K + K * D + k * D * D + 1], 0.0);
    wick_free(w);
}
END_TEST

START_TEST(an_em_fit_with_drawn_assignments_gets_better)
{
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ cloud_model, NULL }, (wick_program){ cloud_guide, NULL },
            &(wick_svi_options){ .loss = em_m_step, .optim = wick_adam(.lr = 0.02) });
    double first = 0.0, last = 0.0;

    for (int i = 0; i < 60; i++) { /* not for long: three points let a component collapse */
        const double loss = wick_svi_step(svi);
        first += i < 20 ? loss : 0.0;
        last += i >= 40 ? loss : 0.0;
    }
    assert_ok(w);
    ck_assert_double_lt(last / 20, first / 20 - 1.0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* Heavy ball: option[0] is the rate, option[1] the friction. */
static void heavy_ball(const wick_optim *self, const wick_update *u)
{
    for (size_t i = 0; i < u->n; i++) {
        u->state[i] = self->option[1] * u->state[i] + u->gradient[i];
        u->value[i] -= self->option[0] * u->state[i];
    }
    ck_assert_uint_gt(u->step, 0);
}

static bool refuses(wick *w, const wick_optim *self)
{
    wick_fail(w, WICK_ERR_ARGUMENT, "heavy_ball: friction %g", self->option[1]);
    return false;
}

START_TEST(an_optimiser_of_the_user_keeps_its_state)
{
    wick *w = wick_new(NULL);
    const bowl o = { true, true, false };
    wick_optim optim = { .update = heavy_ball, .n_state = 1, .option = { 0.05, 0.7 } };
    wick_svi *svi = bowl_svi(w, &o, optim);
    double x = 0.25, v = 0.0;

    for (int i = 0; i < 30; i++) {
        wick_svi_step(svi);
        v = 0.7 * v + 2.0 * (x - 1.0);
        x -= 0.05 * v;
        assert_close(get1(w, "a"), x, 1e-14);
    }
    assert_ok(w);
    wick_svi_free(svi);
    optim.check = refuses;
    ck_assert_ptr_null(bowl_svi(w, &o, optim));
    assert_error(w, WICK_ERR_ARGUMENT, "heavy_ball: friction 0.7");
    wick_free(w);
}
END_TEST

/* --- guides ----------------------------------------------------------------------------------- */

static void gauss_model(wick *w, void *arg)
{
    static const double Y[] = { 1.3, -0.4, 2.2, 0.7 };

    (void)arg;
    WICK_AMBIENT (w, "draws", 200) {
        const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 1.0));
        WICK_PLATE (w, "rows", 4)
            wick_observe(w, "y", wick_normal(mu, 0.8), wick_data(w, Y, 4));
    }
}

static void gauss_guide(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 200)
        wick_sample(w, "mu",
            wick_normal(wick_param(w, "m", wick_init_num(0.0), wick_real()),
                wick_param(w, "s", wick_init_num(1.0), wick_positive())));
}

START_TEST(a_guide_with_parameters_finds_a_conjugate_posterior)
{
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    wick_svi *svi = wick_svi_new(w, (wick_program){ gauss_model, NULL },
        (wick_program){ gauss_guide, NULL }, &(wick_svi_options){ .optim = wick_adam(.lr = 0.05) });
    const double precision = 1.0 + 4.0 / 0.64, mean = (1.3 - 0.4 + 2.2 + 0.7) / 0.64 / precision;
    double m = 0.0, s = 0.0;

    for (int i = 0; i < 600; i++) {
        wick_svi_step(svi);
        m += i >= 400 ? get1(w, "m") / 200.0 : 0.0;
        s += i >= 400 ? get1(w, "s") / 200.0 : 0.0;
    }
    assert_ok(w);
    assert_close(m, mean, 0.01);
    ck_assert_double_eq_tol(s * sqrt(precision), 1.0, 0.02);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* Latent sites of every sort: a scalar, a simplex, one per member, a discrete one. */
static void sites(wick *w, void *arg)
{
    const size_t *subsample = arg;
    const wick_var loc = wick_sample(w, "loc", wick_normal(2.0, 3.0));
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 1.5, 3)));

    WICK_PLATE (w, "rows", 8, .subsample = *subsample) {
        const wick_var scale = wick_sample(w, "scale", wick_gamma(2.0, 1.5));
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "y", wick_normal(wick_add(loc, z), scale), wick_num(w, 2.5));
    }
}

/* Writes down what it is asked for, and answers for some sites. */
static wick_var start(wick *w, const wick_site *site, void *arg)
{
    char *log = arg;

    sprintf(log + strlen(log), "%s ", site->name);
    if (strcmp(site->name, "loc") == 0)
        return wick_num(w, -1.25);
    if (strcmp(site->name, "scale") == 0)
        return wick_add(wick_mul(wick_index(w, "rows"), 0.5), 0.25); /* the plate is open */
    return WICK_VAR_NONE;
}

START_TEST(an_init_function_is_asked_once_for_each_continuous_site)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    char log[100] = "";
    const wick_program model = { sites, &whole };
    wick_guide *guide =
        wick_auto_delta_new(w, model, &(wick_auto_options){ .init = start, .init_arg = log });
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .loss = wick_trace_enum_elbo });
    double x[8];

    for (int i = 0; i < 3; i++)
        wick_svi_evaluate(svi);
    assert_ok(w);
    ck_assert_str_eq(log, "loc weights scale ");
    ck_assert_uint_eq(wick_param_count(w), 3);
    ck_assert_str_eq(wick_param_name(w, 1), "AutoDelta.weights");
    ck_assert_int_eq(wick_param_constraint(w, "AutoDelta.weights").kind, WICK_SIMPLEX);
    wick_guide_get(guide, "loc", x, 1);
    ck_assert_double_eq(x[0], -1.25);
    wick_guide_get(guide, "weights", x, 3);
    assert_close(x[0] + x[1] + x[2], 1.0, 1e-14);
    wick_guide_get(guide, "scale", x, 8);
    for (int i = 0; i < 8; i++)
        assert_close(x[i], 0.5 * i + 0.25, 1e-14);
    ck_assert_uint_eq(wick_guide_get(guide, "z", x, 8), 0);
    assert_error(w, WICK_ERR_NAME, "'AutoDelta.z'", "'AutoDelta.scale'");
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void many_locs(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 1000)
        wick_sample(w, "loc", wick_normal(2.0, 3.0));
}

START_TEST(the_default_start_is_the_median_of_fifteen_draws)
{
    wick *w = wick_new(&(wick_options){ .seed = 12 });
    const wick_program model = { many_locs, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double x[1000], mean = 0.0, square = 0.0;
    /* variance of the median of 15 standard normals, by quadrature of its density
     * 15! / (7! 7!) Phi^7 (1 - Phi)^7 phi */
    const double variance = 0.10169465;

    wick_svi_evaluate(svi);
    ck_assert_uint_eq(wick_guide_get(guide, "loc", x, 1000), 1000);
    for (int i = 0; i < 1000; i++) {
        mean += (x[i] - 2.0) / 3.0 / 1000.0;
        square += pow((x[i] - 2.0) / 3.0, 2) / 1000.0;
    }
    ck_assert_double_lt(fabs(mean), 4.5 * sqrt(variance / 1000.0));
    ck_assert_double_lt(fabs(square / variance - 1.0), 4.5 * sqrt(2.0 / 1000.0));
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(default_starts_depend_on_the_seed)
{
    wick *w = wick_new(&(wick_options){ .seed = 12 });
    const wick_program model = { many_locs, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double x[3][1000];
    const uint64_t seeds[] = { 12, 13, 12 };

    for (int i = 0; i < 3; i++) {
        wick_set_seed(w, seeds[i]);
        wick_params_clear(w);
        wick_svi_evaluate(svi);
        wick_guide_get(guide, "loc", x[i], 1000);
    }
    assert_same_bits(x[0], x[2], 1000);
    ck_assert_double_ne(x[0][0], x[1][0]);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(only_exposed_sites_get_point_estimates)
{
    static const char *const EXPOSE[] = { "weights", "loc", NULL };
    wick *w = wick_new(NULL);
    size_t whole = 0;
    const wick_program model = { sites, &whole };
    wick_guide *guide = wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = EXPOSE });
    const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));

    assert_ok(w);
    ck_assert_ptr_nonnull(wick_trace_find(trace, "loc"));
    ck_assert_ptr_nonnull(wick_trace_find(trace, "weights"));
    ck_assert_ptr_null(wick_trace_find(trace, "scale"));
    ck_assert_uint_eq(wick_param_count(w), 2);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(local_estimates_are_kept_for_the_whole_plate_and_the_minibatch_moves)
{
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    size_t subsample = 3;
    const wick_program model = { sites, &subsample };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = wick_adam(.lr = 0.1) });
    double before[8], after[8];
    int moved = 0;

    wick_svi_evaluate(svi);
    ck_assert_uint_eq(wick_param_size(w, "AutoDelta.scale"), 8);
    wick_guide_get(guide, "scale", before, 8);
    wick_svi_step(svi);
    wick_guide_get(guide, "scale", after, 8);
    for (int i = 0; i < 8; i++)
        moved += before[i] != after[i];
    ck_assert_int_eq(moved, 3);
    for (int i = 0; i < 60; i++)
        wick_svi_step(svi);
    wick_guide_get(guide, "scale", after, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_double_ne(before[i], after[i]);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(making_a_guide_leaves_the_callers_vars_plates_and_handlers_alone)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    wick_trace *trace;
    wick_var x, p;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_PLATE (w, "cols", 3) {
            x = wick_sample(w, "x", wick_normal(0.0, 1.0));
            p = wick_param(w, "p", wick_init_num(0.625), wick_positive());
            wick_guide *guide = wick_auto_delta_new(w, (wick_program){ sites, &whole }, NULL);
            ck_assert_ptr_nonnull(guide);
            x = wick_add(x, wick_mul(p, wick_index(w, "cols"))); /* still alive */
            wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.5));
            wick_guide_free(guide);
        }
    assert_ok(w);
    ck_assert_ptr_null(wick_trace_find(trace, "loc"));
    ck_assert_ptr_nonnull(wick_trace_find(trace, "y"));
    ck_assert_uint_eq(wick_members(x), 3);
    ck_assert_uint_eq(wick_param_count(w), 1);
    WICK_PLATE (w, "rows", 5) { /* the model's plate of 8 is not of this tape */
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void broken(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(WICK_VAR_NONE, 1.0));
}

START_TEST(a_guide_of_a_model_with_an_error_is_not_made)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_auto_delta_new(w, (wick_program){ broken, NULL }, NULL));
    assert_error(w, WICK_ERR_STATE, "'x'", "never set");
    ck_assert_ptr_null(wick_auto_delta_new(w, (wick_program){ NULL, NULL }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "no function");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svi");
    TCase *adam = new_case(suite, "adam"), *steps = new_case(suite, "steps"),
          *starts = new_case(suite, "starts"), *own = new_case(suite, "own"),
          *guides = new_case(suite, "guides");

    tcase_add_loop_test(adam, adam_follows_its_formulas, 0, 4);
    tcase_add_test(adam, without_options_adam_has_the_defaults);
    tcase_add_test(adam, options_of_adam_out_of_range_are_refused);
    tcase_add_test(steps, only_parameters_met_in_a_step_are_updated_and_count_it);
    tcase_add_test(steps, frozen_parameters_do_not_move_and_a_rate_of_zero_moves_nothing);
    tcase_add_test(steps, evaluating_makes_parameters_and_updates_nothing);
    tcase_add_test(steps, the_norm_of_an_unknown_parameter_is_an_error);
    tcase_add_test(steps, after_a_failed_step_the_fit_goes_on_as_if_it_had_not_been);
    tcase_add_test(steps, an_infinite_gradient_updates_no_parameter);
    tcase_add_test(steps, a_first_step_that_fails_makes_no_parameters);
    tcase_add_test(steps, a_loss_must_be_a_finite_scalar);
    tcase_add_loop_test(
        starts, of_several_starts_the_best_wins_ties_the_lowest_seed_and_nan_never, 0, 3);
    tcase_add_test(starts, without_a_finite_start_the_restarts_fail);
    tcase_add_test(starts, a_restart_forgets_the_moments_of_the_optimiser);
    tcase_add_test(own, the_expected_gradient_of_an_em_step_is_that_of_the_likelihood);
    tcase_add_test(own, an_em_fit_with_drawn_assignments_gets_better);
    tcase_add_test(own, an_optimiser_of_the_user_keeps_its_state);
    tcase_add_test(guides, a_guide_with_parameters_finds_a_conjugate_posterior);
    tcase_add_test(guides, an_init_function_is_asked_once_for_each_continuous_site);
    tcase_add_test(guides, the_default_start_is_the_median_of_fifteen_draws);
    tcase_add_test(guides, default_starts_depend_on_the_seed);
    tcase_add_test(guides, only_exposed_sites_get_point_estimates);
    tcase_add_test(guides, local_estimates_are_kept_for_the_whole_plate_and_the_minibatch_moves);
    tcase_add_test(guides, making_a_guide_leaves_the_callers_vars_plates_and_handlers_alone);
    tcase_add_test(guides, a_guide_of_a_model_with_an_error_is_not_made);
    return run_suite(suite);
}
