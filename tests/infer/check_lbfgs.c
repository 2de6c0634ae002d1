/* L-BFGS: what it finds, what it costs, and how it fails. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

/* --- functions --------------------------------------------------------------------------------- */

/* A loss of parameters x (n numbers from start) and, if split, of y, one number. */
typedef struct function {
    wick_var (*value)(wick *w, const struct function *f, wick_var x);
    size_t n;
    double start;
    int evaluations; /* so far; of a compiled loss, recordings */
} function;

static wick_var function_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    function *f = (function *)options;

    (void)m;
    (void)g;
    f->evaluations++;
    return f->value(w, f, wick_param(w, "x", wick_init_fill(f->start, f->n), wick_real()));
}

static wick_svi *svi_for(wick *w, function *f, wick_optim optim, bool compile)
{
    return wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){
            .loss = function_loss, .loss_options = f, .optim = optim, .compile = compile });
}

/* 100 (y - x^2)^2 + (1 - x)^2; least at (1, 1) */
static wick_var rosenbrock(wick *w, const function *f, wick_var x)
{
    const wick_var a = wick_pick(x, 0), b = wick_pick(x, 1);

    (void)w;
    (void)f;
    return wick_add(
        wick_mul(wick_square(wick_sub(b, wick_square(a))), 100.0), wick_square(wick_sub(1.0, a)));
}

/* sum of c_i (x_i - i)^2 / 2 with c from 1e-3 to 1e3 */
static wick_var valley(wick *w, const function *f, wick_var x)
{
    double c[32], at[32];

    for (size_t i = 0; i < f->n; i++) {
        c[i] = pow(10.0, -3.0 + 6.0 * (double)i / (double)(f->n - 1));
        at[i] = (double)i;
    }
    return wick_mul(wick_sum_event(wick_mul(
                        wick_const(w, c, f->n), wick_square(wick_sub(x, wick_const(w, at, f->n))))),
        0.5);
}

START_TEST(the_valley_of_rosenbrock_is_followed_to_its_end)
{
    wick *w = wick_new(NULL);
    function f = { rosenbrock, 2, -1.2, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);
    double x[2], loss = INFINITY;

    for (int i = 0; i < 60; i++) {
        const double now = wick_svi_step(svi);
        ck_assert_double_le(now, loss);
        loss = now;
    }
    assert_ok(w);
    wick_param_get(w, "x", x, 2);
    assert_close(x[0], 1.0, 1e-9);
    assert_close(x[1], 1.0, 1e-9);
    ck_assert_double_lt(wick_svi_gradient_norm(svi, NULL), 1e-7);
    ck_assert_uint_eq(wick_svi_steps(svi), 60);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_step_costs_about_two_evaluations)
{
    wick *w = wick_new(NULL);
    function f = { rosenbrock, 2, -1.2, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), false);
    int steps = 0;

    while (wick_svi_step(svi) > 1e-12)
        steps++;
    assert_ok(w);
    ck_assert_int_le(steps, 45);
    ck_assert_int_le(f.evaluations, 3 * steps);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_condition_number_of_a_million_is_no_hindrance)
{
    wick *w = wick_new(NULL);
    function f = { valley, 12, 3.3, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(.history = 20), _i);
    double x[12];

    for (int i = 0; i < 150; i++)
        wick_svi_step(svi);
    assert_ok(w);
    wick_param_get(w, "x", x, 12);
    for (int i = 0; i < 12; i++)
        assert_close(x[i], i, 1e-6);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(at_the_minimum_a_step_moves_nothing_and_is_no_error)
{
    wick *w = wick_new(NULL);
    function f = { valley, 3, 1.0, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), false);
    double x[3], before[3];

    for (int i = 0; i < 60; i++)
        wick_svi_step(svi);
    wick_param_get(w, "x", before, 3);
    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    wick_param_get(w, "x", x, 3);
    assert_ok(w);
    for (int i = 0; i < 3; i++)
        assert_close(x[i], before[i], 1e-9);
    ck_assert_uint_eq(wick_svi_steps(svi), 65);
    wick_param_set(w, "x", (const double[]){ 0.0, 1.0, 2.0 }, 3); /* a gradient of exactly 0 */
    ck_assert_double_eq(wick_svi_step(svi), 0.0);
    wick_param_get(w, "x", x, 3);
    assert_ok(w);
    assert_same_bits(x, ((const double[]){ 0.0, 1.0, 2.0 }), 3);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* Both strong Wolfe conditions, from what SVI tells about each step. */
START_TEST(each_step_meets_the_wolfe_conditions)
{
    wick *w = wick_new(NULL);
    function f = { rosenbrock, 2, -1.2, 0 };
    const double c1 = 0.01, c2 = 0.4;
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(.armijo = c1, .curvature = c2), false);
    const problem p = { w, NOTHING, NOTHING, function_loss, &f };
    double x[2], g[2], next[2], g_next[2];

    wick_svi_evaluate(svi);
    for (int i = 0; i < 25; i++) {
        wick_param_get(w, "x", x, 2);
        const double loss = wick_svi_step(svi);
        if (loss < 1e-10)
            break;
        wick_param_get(w, "x", next, 2);
        /* by hand: d/dx and d/dy */
        g[0] = -400.0 * x[0] * (x[1] - x[0] * x[0]) - 2.0 * (1.0 - x[0]);
        g[1] = 200.0 * (x[1] - x[0] * x[0]);
        g_next[0] = -400.0 * next[0] * (next[1] - next[0] * next[0]) - 2.0 * (1.0 - next[0]);
        g_next[1] = 200.0 * (next[1] - next[0] * next[0]);
        const double move[2] = { next[0] - x[0], next[1] - x[1] };
        const double slope = g[0] * move[0] + g[1] * move[1];
        const double slope_next = g_next[0] * move[0] + g_next[1] * move[1];
        ck_assert_double_lt(slope, 0.0);
        ck_assert_double_le(loss_of(&p), loss + c1 * slope + 1e-12);
        ck_assert_double_le(fabs(slope_next), -c2 * slope + 1e-12);
    }
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- a model ----------------------------------------------------------------------------------- */

enum { ROWS = 8 };

static const double INPUT[ROWS] = { -1.0, -0.4, 0.1, 0.35, 0.8, 1.3, 1.9, 2.2 };
static const double OUTPUT[ROWS] = { 0.3, 0.1, 1.2, 0.9, 1.8, 2.2, 2.3, 3.4 };

/* y = a + b x + noise of sd 1/2; a, b ~ N(0, 2^2): the posterior is normal. */
static void line_model(wick *w, void *arg)
{
    const wick_var a = wick_sample(w, "a", wick_normal(0.0, 2.0));
    const wick_var b = wick_sample(w, "b", wick_normal(0.0, 2.0));

    WICK_PLATE (w, "rows", ROWS, .subsample = *(const size_t *)arg)
        wick_observe(w, "y", wick_normal(wick_add(a, wick_mul(b, wick_data(w, INPUT, ROWS))), 0.5),
            wick_data(w, OUTPUT, ROWS));
}

/* (X'X / 0.25 + I / 4)^-1 X'y / 0.25, 2 x 2 */
static void line_mode(double *mean)
{
    double p[3] = { 0.25, 0.0, 0.25 }, r[2] = { 0.0, 0.0 };

    for (int i = 0; i < ROWS; i++) {
        p[0] += 4.0;
        p[1] += 4.0 * INPUT[i];
        p[2] += 4.0 * INPUT[i] * INPUT[i];
        r[0] += 4.0 * OUTPUT[i];
        r[1] += 4.0 * INPUT[i] * OUTPUT[i];
    }
    const double determinant = p[0] * p[2] - p[1] * p[1];
    mean[0] = (p[2] * r[0] - p[1] * r[1]) / determinant;
    mean[1] = (p[0] * r[1] - p[1] * r[0]) / determinant;
}

START_TEST(a_map_estimate_is_the_closed_form_after_a_few_steps)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    size_t all = 0;
    const wick_program model = { line_model, &all };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .optim = wick_lbfgs(), .compile = _i });
    double want[2];

    for (int i = 0; i < 12; i++)
        wick_svi_step(svi);
    assert_ok(w);
    line_mode(want);
    assert_close(get1(w, "AutoDelta.a"), want[0], 1e-10);
    assert_close(get1(w, "AutoDelta.b"), want[1], 1e-10);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(a_subsampled_plate_is_an_error_and_nothing_moves)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    size_t some = 5;
    const wick_program model = { line_model, &some };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .optim = wick_lbfgs(), .compile = _i });

    wick_svi_evaluate(svi);
    const double a = get1(w, "AutoDelta.a");
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_STATE, "wick_svi_step", "'lbfgs'", "'rows'", "subsampled");
    ck_assert_double_eq(get1(w, "AutoDelta.a"), a);
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- draws ------------------------------------------------------------------------------------- */

enum { DRAWS = 64 };

static void drawn_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "a",
        wick_normal(wick_param(w, "a.loc", wick_init_num(0.0), wick_real()),
            wick_param(w, "a.scale", wick_init_num(1.0), wick_positive())));
    wick_sample(w, "b",
        wick_normal(wick_param(w, "b.loc", wick_init_num(0.0), wick_real()),
            wick_param(w, "b.scale", wick_init_num(1.0), wick_positive())));
}

/* The minimum of the mean over the draws is a point where its gradient is 0, so it is found to all
 * digits; the location is then that of the posterior to what 64 draws can tell. */
START_TEST(a_loss_that_draws_is_minimised_over_the_draws_of_the_first_step)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    size_t all = 0;
    const wick_elbo_options draws = { .num_particles = DRAWS };
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ line_model, &all }, (wick_program){ drawn_guide, NULL },
            &(wick_svi_options){ .optim = wick_lbfgs(), .loss_options = &draws, .compile = _i });
    double want[2], loss = INFINITY;

    for (int i = 0; i < 60; i++) {
        const double now = wick_svi_step(svi);
        ck_assert_double_le(now, loss + 1e-12 * fabs(loss));
        loss = now;
    }
    assert_ok(w);
    ck_assert_double_eq(wick_svi_evaluate(svi), loss); /* the same draws */
    ck_assert_double_lt(wick_svi_gradient_norm(svi, NULL), 1e-5);
    line_mode(want);
    ck_assert_double_eq_tol(get1(w, "a.loc"), want[0], 0.15);
    ck_assert_double_eq_tol(get1(w, "b.loc"), want[1], 0.15);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- losses with edges ------------------------------------------------------------------------- */

/* x - log x, one number, from 10: the first length leads to negative numbers, where log is NaN. */
static wick_var barrier(wick *w, const function *f, wick_var x)
{
    (void)w;
    (void)f;
    return wick_sum_event(wick_sub(wick_mul(x, 20.0), wick_mul(wick_log(x), 2.0)));
}

START_TEST(points_where_the_loss_is_not_finite_are_stepped_back_from)
{
    wick *w = wick_new(NULL);
    function f = { barrier, 1, 0.5, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);

    for (int i = 0; i < 15; i++)
        wick_svi_step(svi);
    assert_ok(w);
    assert_close(get1(w, "x"), 0.1, 1e-9);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* E (s z - 3)^2 / 2 - log s by draws of N(0, s^2): where s < 0 the sampler refuses. */
static wick_var draws_only(wick *w, wick_program m, wick_program g, const void *options)
{
    const wick_var s = wick_param(w, "s", wick_init_num(0.3), wick_real());

    (void)m;
    (void)g;
    (void)options;
    const wick_var z = wick_sample(w, "z", wick_normal(0.0, s));
    return wick_sub(wick_mul(wick_square(z), 25.0), wick_mul(wick_log(s), 50.0));
}

START_TEST(points_outside_a_domain_are_stepped_back_from)
{
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = draws_only, .optim = wick_lbfgs(.lr = 4.0), .compile = _i });

    wick_svi_evaluate(svi);
    for (int i = 0; i < 20; i++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_double_lt(wick_svi_gradient_norm(svi, NULL), 1e-6);
    ck_assert_double_gt(get1(w, "s"), 0.0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- threads and processes --------------------------------------------------------------------- */

enum { MANY = 5000 };

static double MANY_Y[MANY];

/* A location for each row around a common one; or only the latter. */
static void rows_model(wick *w, void *arg)
{
    const wick_var loc = wick_sample(w, "loc", wick_normal(0.0, 3.0));

    WICK_PLATE (w, "rows", MANY) {
        const wick_var own = arg ? wick_sample(w, "own", wick_normal(loc, 1.0)) : loc;
        wick_observe(w, "y", wick_normal(own, 0.5), wick_data(w, MANY_Y, MANY));
    }
}

static void rows_guide(wick *w, void *arg)
{
    wick_sample(w, "loc", wick_delta(wick_param(w, "at", wick_init_num(0.2), wick_real())));
    if (arg)
        WICK_PLATE (w, "rows", MANY)
            wick_sample(
                w, "own", wick_delta(wick_param(w, "own_at", wick_init_num(0.4), wick_real())));
}

static void make_rows(void)
{
    wick *w = wick_new(&(wick_options){ .seed = 8 });

    for (int i = 0; i < MANY; i++)
        MANY_Y[i] = 1.0 + wick_draw_normal(w);
    wick_free(w);
}

START_TEST(threads_do_not_change_a_bit)
{
    double loss[2][12];

    make_rows();
    for (int k = 0; k < 2; k++) {
        wick *w = wick_new(&(wick_options){ .seed = 5 });
        void *own = _i ? MANY_Y : NULL;
        wick_svi *svi = wick_svi_new(w, (wick_program){ rows_model, own },
            (wick_program){ rows_guide, own },
            &(wick_svi_options){
                .optim = wick_lbfgs(), .compile = true, .threads = k ? 2 : 1, .graph.tile = 128 });
        for (int i = 0; i < 12; i++)
            loss[k][i] = wick_svi_step(svi);
        assert_ok(w);
        ck_assert_double_lt(loss[k][11], loss[k][0]);
        wick_svi_free(svi);
        wick_free(w);
    }
    assert_same_bits(loss[0], loss[1], 12);
}
END_TEST

static void alone(double *sums, size_t n, void *arg)
{
    (void)sums;
    (void)n;
    (void)arg;
}

START_TEST(parameters_spread_over_processes_are_an_error)
{
    const wick_svi_options OPTIONS[] = { { .optim = wick_lbfgs() }, { .clip_norm = 1.0 } };

    make_rows();
    for (int local = 0; local < 2; local++) {
        wick *w = wick_new(&(wick_options){ .seed = 5 });
        void *own = local ? MANY_Y : NULL;
        wick_svi_options o = OPTIONS[_i];
        o.compile = true;
        o.graph.reduce = alone;
        wick_svi *svi = wick_svi_new(
            w, (wick_program){ rows_model, own }, (wick_program){ rows_guide, own }, &o);
        wick_svi_step(svi);
        if (local)
            assert_error(w, WICK_ERR_STATE, "wick_svi_step", "'own_at'", "plate 'rows'",
                _i ? "clip_norm" : "this optimiser");
        assert_ok(w);
        ck_assert_uint_eq(wick_svi_steps(svi), local ? 0 : 1);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

/* At 0.75 the gradient is 1.5e200 in each of two directions, and its square 4.5e400. */
static wick_var steep(wick *w, const function *f, wick_var x)
{
    (void)w;
    (void)f;
    return wick_mul(wick_sum_event(wick_square(x)), 1e200);
}

START_TEST(a_gradient_whose_square_is_too_large_is_an_error_that_says_so)
{
    wick *w = wick_new(NULL);
    function f = { steep, 2, 0.75, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);

    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NUMERIC, "wick_lbfgs: the loss is 1.125e+200",
        "give the data or the parameters another scale");
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* The gradient that is reported is minus the true one. */
static wick_var liar(wick *w, const function *f, wick_var x)
{
    const wick_var truth = wick_sum_event(wick_square(x));

    (void)w;
    (void)f;
    return wick_sub(wick_mul(wick_detach(truth), 2.0), truth);
}

START_TEST(a_gradient_that_is_not_that_of_the_loss_is_an_error_and_nothing_moves)
{
    wick *w = wick_new(NULL);
    function f = { liar, 2, 0.75, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);
    double x[2];

    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NUMERIC, "wick_lbfgs", "no lower loss along the gradient",
        "30 evaluations", "1.125", "slope -4.5", "smooth");
    ck_assert_double_nan(wick_svi_step(svi));
    wick_clear(w);
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    wick_svi_evaluate(svi);
    wick_param_get(w, "x", x, 2);
    assert_same_bits(x, ((const double[]){ 0.75, 0.75 }), 2);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* Another parameter for negative x. */
static wick_var forked(wick *w, const function *f, wick_var x)
{
    (void)f;
    if (wick_value(wick_pick(x, 0)) < 0.5)
        wick_param(w, "other", wick_init_num(1.0), wick_real());
    return wick_sum_event(wick_square(x));
}

START_TEST(another_set_of_parameters_along_the_line_is_an_error)
{
    wick *w = wick_new(NULL);
    function f = { forked, 1, 0.75, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), false);

    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_STATE, "wick_svi_step", "other parameters", "'lbfgs'");
    ck_assert_uint_eq(wick_param_count(w), 0); /* the first step failed: it made none */
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- what does not go together ----------------------------------------------------------------- */

static wick_optim none(const char *param, void *arg)
{
    (void)param;
    (void)arg;
    return (wick_optim){ .name = NULL };
}

START_TEST(clipping_and_an_optimiser_for_each_parameter_are_refused)
{
    wick *w = wick_new(NULL);
    const wick_svi_options BAD[] = { { .optim = wick_lbfgs(), .clip_norm = 1.0 },
        { .optim = wick_lbfgs(), .clip_value = 1.0 },
        { .optim = wick_lbfgs(), .optim_for = none } };

    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_null(wick_svi_new(w, NOTHING, NOTHING, &BAD[i]));
        assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_new", "'lbfgs'", "moves all parameters",
            i < 2 ? "clipping" : "optim_for");
    }
    wick_free(w);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

START_TEST(steps_that_fail_for_want_of_memory_change_nothing)
{
    double want = 0.0, got = 0.0;
    size_t calls = 1;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 3);
        wick *w = wick_new(&options);
        function f = { rosenbrock, 2, -1.2, 0 };
        wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);
        for (int i = 0; w && i < 12; i++) {
            got = wick_svi_step(svi);
            if (wick_status(w) == WICK_OK)
                continue;
            ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
            m.fail_at = 0;
            wick_clear(w);
            if (!svi)
                svi = svi_for(w, &f, wick_lbfgs(), _i);
            i--;
        }
        if (n == 0) {
            calls = m.calls;
            want = got;
        }
        ck_assert(!w || got == want);
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 8);
}
END_TEST

START_TEST(warm_steps_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 3);
    wick *w = wick_new(&options);
    function f = { valley, 20, 3.3, 0 };
    wick_svi *svi = svi_for(w, &f, wick_lbfgs(), _i);

    for (int i = 0; i < 4; i++)
        wick_svi_step(svi);
    const memory warm = m;
    for (int i = 0; i < 60; i++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert(_i || m.calls == warm.calls); /* checks of a compiled step record it again */
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lbfgs");
    TCase *finds = new_case(suite, "finds"), *fails = new_case(suite, "fails");

    tcase_add_loop_test(finds, the_valley_of_rosenbrock_is_followed_to_its_end, 0, 2);
    tcase_add_test(finds, a_step_costs_about_two_evaluations);
    tcase_add_loop_test(finds, a_condition_number_of_a_million_is_no_hindrance, 0, 2);
    tcase_add_test(finds, at_the_minimum_a_step_moves_nothing_and_is_no_error);
    tcase_add_test(finds, each_step_meets_the_wolfe_conditions);
    tcase_add_loop_test(finds, a_map_estimate_is_the_closed_form_after_a_few_steps, 0, 2);
    tcase_add_loop_test(
        finds, a_loss_that_draws_is_minimised_over_the_draws_of_the_first_step, 0, 2);
    tcase_add_loop_test(finds, points_where_the_loss_is_not_finite_are_stepped_back_from, 0, 2);
    tcase_add_loop_test(finds, points_outside_a_domain_are_stepped_back_from, 0, 2);
    tcase_add_loop_test(finds, threads_do_not_change_a_bit, 0, 2);
    tcase_add_loop_test(fails, parameters_spread_over_processes_are_an_error, 0, 2);
    tcase_add_loop_test(fails, a_subsampled_plate_is_an_error_and_nothing_moves, 0, 2);
    tcase_add_loop_test(
        fails, a_gradient_that_is_not_that_of_the_loss_is_an_error_and_nothing_moves, 0, 2);
    tcase_add_loop_test(fails, a_gradient_whose_square_is_too_large_is_an_error_that_says_so, 0, 2);
    tcase_add_test(fails, another_set_of_parameters_along_the_line_is_an_error);
    tcase_add_test(fails, clipping_and_an_optimiser_for_each_parameter_are_refused);
    tcase_add_loop_test(fails, steps_that_fail_for_want_of_memory_change_nothing, 0, 2);
    tcase_add_loop_test(fails, warm_steps_allocate_nothing, 0, 2);
    return run_suite(suite);
}
