/* Steps of a fit, steps that fail, and restarts. */
#include "tests/support/fit.h"

enum { STEPS = 50 };

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

START_TEST(a_handler_around_a_step_is_an_error_and_nothing_moves)
{
    wick *w = wick_new(NULL);
    const bowl o = { true, false, false };
    wick_svi *svi = bowl_svi(w, &o, wick_adam(.lr = 0.1));

    wick_svi_step(svi);
    const double a = get1(w, "a");
    WICK_WITH (w, wick_scale(w, 2.0))
        ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_STATE, "wick_svi_step", "open around it");
    WICK_PLATE (w, "rows", 3)
        ck_assert_double_nan(wick_svi_evaluate(svi));
    assert_error(w, WICK_ERR_STATE, "wick_svi_evaluate", "'rows'");
    WICK_PLATE (w, "rows", 3)
        wick_multistart(svi, 2, NULL);
    assert_error(w, WICK_ERR_STATE, "wick_multistart");
    ck_assert_double_eq(get1(w, "a"), a);
    ck_assert_uint_eq(wick_svi_steps(svi), 1);
    wick_svi_step(svi);
    assert_ok(w);
    ck_assert_double_ne(get1(w, "a"), a);
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
        { 3.5 + 1.5e-9, 3.5 + 8e-10, 3.5, 7.5, NAN, 7.5 },
    };
    static const uint64_t BEST[] = { 2, 1, 4, 1 };
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

/* --- an optimiser of the user ------------------------------------------------------------------ */

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

/* --- a guide with parameters ----------------------------------------------------------------------------------- */

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

int main(void)
{
    Suite *suite = suite_create("svi");
    TCase *steps = new_case(suite, "steps"), *starts = new_case(suite, "starts"),
          *own = new_case(suite, "own"), *guides = new_case(suite, "guides");

    tcase_add_test(steps, only_parameters_met_in_a_step_are_updated_and_count_it);
    tcase_add_test(steps, frozen_parameters_do_not_move_and_a_rate_of_zero_moves_nothing);
    tcase_add_test(steps, evaluating_makes_parameters_and_updates_nothing);
    tcase_add_test(steps, the_norm_of_an_unknown_parameter_is_an_error);
    tcase_add_test(steps, a_handler_around_a_step_is_an_error_and_nothing_moves);
    tcase_add_test(steps, after_a_failed_step_the_fit_goes_on_as_if_it_had_not_been);
    tcase_add_test(steps, an_infinite_gradient_updates_no_parameter);
    tcase_add_test(steps, a_first_step_that_fails_makes_no_parameters);
    tcase_add_test(steps, a_loss_must_be_a_finite_scalar);
    tcase_add_loop_test(
        starts, of_several_starts_the_best_wins_ties_the_lowest_seed_and_nan_never, 0, 4);
    tcase_add_test(starts, without_a_finite_start_the_restarts_fail);
    tcase_add_test(starts, a_restart_forgets_the_moments_of_the_optimiser);
    tcase_add_test(own, an_optimiser_of_the_user_keeps_its_state);
    tcase_add_test(guides, a_guide_with_parameters_finds_a_conjugate_posterior);
    return run_suite(suite);
}
