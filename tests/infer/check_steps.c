/* What SVI does to a step beside the optimiser: an optimiser for each parameter, clipping, schedules. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

/* --- a loss with a given gradient -------------------------------------------------------------- */

enum { SIZE = 3 };

/* loss = sum of slope_a a + sum of slope_b b: gradients are the slopes */
typedef struct plane {
    double a[SIZE], b[SIZE];
} plane;

static wick_var plane_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    const plane *p = options;
    const wick_var a = wick_param(w, "a", wick_init_fill(0.5, SIZE), wick_real());
    const wick_var b = wick_param(w, "b", wick_init_fill(-0.25, SIZE), wick_real());

    (void)m;
    (void)g;
    return wick_add(wick_sum_event(wick_mul(a, wick_const(w, p->a, SIZE))),
        wick_sum_event(wick_mul(b, wick_const(w, p->b, SIZE))));
}

static wick_svi *plane_svi(wick *w, const plane *p, wick_svi_options o)
{
    o.loss = plane_loss;
    o.loss_options = p;
    return wick_svi_new(w, NOTHING, NOTHING, &o);
}

static const plane SLOPES = { { 3.0, 0.0, -0.5 }, { -4.0, 0.125, 2.0 } };

static double norm_of(const plane *p)
{
    double sum = 0.0;

    for (int i = 0; i < SIZE; i++)
        sum += p->a[i] * p->a[i] + p->b[i] * p->b[i];
    return sqrt(sum);
}

/* a and b after one step of gradient descent with rate 0.1 */
static void assert_moved(wick *w, const plane *gradient, double start_a, double start_b)
{
    double a[SIZE], b[SIZE];

    wick_param_get(w, "a", a, SIZE);
    wick_param_get(w, "b", b, SIZE);
    for (int i = 0; i < SIZE; i++) {
        assert_close(a[i], start_a - 0.1 * gradient->a[i], 1e-15);
        assert_close(b[i], start_b - 0.1 * gradient->b[i], 1e-15);
    }
}

/* --- clipping ---------------------------------------------------------------------------------- */

START_TEST(the_norm_of_all_gradients_together_is_clipped)
{
    const double norm = norm_of(&SLOPES), clip_norm[] = { 2.0, norm * 1.001 };

    for (int c = 0; c < 2; c++) {
        wick *w = wick_new(NULL);
        wick_svi *svi = plane_svi(w, &SLOPES,
            (wick_svi_options){
                .optim = wick_sgd(.lr = 0.1), .clip_norm = clip_norm[c], .compile = _i });
        const double factor = c == 0 ? 2.0 / norm : 1.0;
        plane want = SLOPES;
        for (int i = 0; i < SIZE; i++) {
            want.a[i] *= factor;
            want.b[i] *= factor;
        }
        wick_svi_step(svi);
        assert_ok(w);
        assert_moved(w, &want, 0.5, -0.25);
        assert_close(wick_svi_gradient_norm(svi, NULL), norm, 1e-15); /* before clipping */
        assert_close(wick_svi_gradient_norm(svi, "a"), sqrt(9.25), 1e-15);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

START_TEST(each_number_of_a_gradient_is_clipped)
{
    wick *w = wick_new(NULL);
    wick_svi *svi = plane_svi(w, &SLOPES,
        (wick_svi_options){ .optim = wick_sgd(.lr = 0.1), .clip_value = 1.0, .compile = _i });

    wick_svi_step(svi);
    assert_ok(w);
    assert_moved(w, &(plane){ { 1.0, 0.0, -0.5 }, { -1.0, 0.125, 1.0 } }, 0.5, -0.25);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(the_norm_is_clipped_first)
{
    wick *w = wick_new(NULL);
    const double factor = 2.0 / norm_of(&SLOPES);
    wick_svi *svi = plane_svi(w, &SLOPES,
        (wick_svi_options){
            .optim = wick_sgd(.lr = 0.1), .clip_norm = 2.0, .clip_value = 1.0, .compile = _i });

    wick_svi_step(svi);
    assert_ok(w);
    assert_moved(w,
        &(plane){ { fmin(1.0, 3.0 * factor), 0.0, -0.5 * factor },
            { -1.0, 0.125 * factor, 2.0 * factor } },
        0.5, -0.25);
    ck_assert_double_gt(4.0 * factor, 1.0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_norm_whose_square_overflows_is_clipped_too)
{
    wick *w = wick_new(NULL);
    const plane p = { { 3e200, 0.0, 0.0 }, { 0.0, -4e200, 0.0 } };
    wick_svi *svi =
        plane_svi(w, &p, (wick_svi_options){ .optim = wick_sgd(.lr = 0.1), .clip_norm = 10.0 });

    wick_svi_step(svi);
    assert_ok(w);
    assert_moved(w, &(plane){ { 6.0, 0.0, 0.0 }, { 0.0, -8.0, 0.0 } }, 0.5, -0.25);
    assert_close(wick_svi_gradient_norm(svi, NULL) / 5e200, 1.0, 1e-15);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(bounds_and_schedules_out_of_range_are_refused)
{
    static const struct {
        wick_svi_options o;
        const char *words[4];
    } BAD[] = {
        { { .clip_norm = -1.0 }, { "wick_svi_new", "clip_norm is -1" } },
        { { .clip_value = NAN }, { "wick_svi_new", "clip_value is nan" } },
        { { .clip_value = INFINITY }, { "clip_value is inf" } },
        { { .schedule = { .decay = WICK_DECAY_COSINE } },
            { "wick_svi_new", "schedule.steps is 0" } },
        { { .schedule = { .decay = WICK_DECAY_LINEAR, .steps = 9, .factor = -0.5 } },
            { "schedule.factor is -0.5", "0 or more" } },
        { { .schedule = { .decay = WICK_DECAY_STAIRS, .steps = 9 } },
            { "schedule.factor is 0", "more than 0" } },
        { { .schedule = { .decay = WICK_DECAY_EXPONENTIAL, .steps = 9, .factor = NAN } },
            { "schedule.factor is nan" } },
        { { .schedule = { .decay = (wick_decay)77, .steps = 9 } }, { "schedule.decay is 77" } },
    };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        ck_assert_ptr_null(wick_svi_new(w, NOTHING, NOTHING, &BAD[i].o));
        assert_fails(w, WICK_ERR_ARGUMENT, BAD[i].words);
        wick_clear(w);
    }
    wick_free(w);
}
END_TEST

/* --- schedules --------------------------------------------------------------------------------- */

static double own(uint64_t t, void *arg)
{
    return *(const double *)arg / (1.0 + (double)t);
}

START_TEST(schedules_follow_their_formulas)
{
    const double pi = 3.14159265358979323846;
    double two = 2.0;
    const wick_schedule none = { .decay = WICK_DECAY_NONE }, warm = { .warmup = 4 },
                        exponential = { WICK_DECAY_EXPONENTIAL, .steps = 30, .factor = 0.1 },
                        stairs = { WICK_DECAY_STAIRS, .steps = 30, .factor = 0.5 },
                        linear = { WICK_DECAY_LINEAR, .steps = 50, .factor = 0.2 },
                        cosine = { WICK_DECAY_COSINE, .steps = 80, .factor = 0.01, .warmup = 10 },
                        function = { .function = own, .arg = &two };

    for (uint64_t t = 0; t < 200; t++) {
        const double s = (double)t;
        ck_assert_double_eq(wick_schedule_factor(&none, t), 1.0);
        assert_close(wick_schedule_factor(&warm, t), fmin(1.0, 0.2 * (s + 1.0)), 1e-15);
        assert_close(wick_schedule_factor(&exponential, t), pow(0.1, s / 30.0), 1e-14);
        assert_close(wick_schedule_factor(&stairs, t), pow(0.5, floor(s / 30.0)), 1e-14);
        assert_close(wick_schedule_factor(&linear, t), t < 50 ? 1.0 - 0.8 * s / 50.0 : 0.2, 1e-15);
        assert_close(wick_schedule_factor(&cosine, t),
            t < 10        ? (s + 1.0) / 11.0
                : t >= 90 ? 0.01
                          : 0.01 + 0.99 * 0.5 * (1.0 + cos(pi * (s - 10.0) / 80.0)),
            1e-14);
        ck_assert_double_eq(wick_schedule_factor(&function, t), 2.0 / (1.0 + s));
    }
    ck_assert_double_eq(wick_schedule_factor(&exponential, 0), 1.0);
    ck_assert_double_eq(wick_schedule_factor(&cosine, 10), 1.0);
    ck_assert_double_eq(wick_schedule_factor(NULL, 10), 1.0);
}
END_TEST

START_TEST(a_schedule_multiplies_the_rate_of_every_optimiser)
{
    const wick_optim PAIRS[][2] = {
        { wick_sgd(.lr = 0.2), wick_sgd(.lr = 0.05) },
        { wick_sgd(.lr = 0.2, .momentum = 0.5), wick_sgd(.lr = 0.05, .momentum = 0.5) },
        { wick_adam(.lr = 0.2), wick_adam(.lr = 0.05) },
        { wick_adamw(.lr = 0.2, .weight_decay = 0.5), wick_adamw(.lr = 0.05, .weight_decay = 0.5) },
        { wick_clipped_adam(.lr = 0.2), wick_clipped_adam(.lr = 0.05) },
        { wick_rmsprop(.lr = 0.2), wick_rmsprop(.lr = 0.05) },
        { wick_rmsprop(.lr = 0.2, .centered = true), wick_rmsprop(.lr = 0.05, .centered = true) },
        { wick_adagrad(.lr = 0.2), wick_adagrad(.lr = 0.05) },
        { wick_lbfgs(.lr = 0.2), wick_lbfgs(.lr = 0.05) },
    };

    for (size_t c = 0; c < sizeof PAIRS / sizeof *PAIRS; c++) {
        double a[2][SIZE], quarter = 0.25;
        for (int k = 0; k < 2; k++) {
            wick *w = wick_new(NULL);
            wick_svi_options o = { .optim = PAIRS[c][k], .compile = _i };
            if (k == 0)
                o.schedule = (wick_schedule){ .function = own, .arg = &quarter };
            wick_svi *svi = plane_svi(w, &SLOPES, o);
            wick_svi_step(svi);
            assert_ok(w);
            wick_param_get(w, "a", a[k], SIZE);
            wick_svi_free(svi);
            wick_free(w);
        }
        for (int i = 0; i < SIZE; i++)
            assert_close(a[0][i], a[1][i], 1e-15);
    }
}
END_TEST

static double gone(uint64_t t, void *arg)
{
    (void)arg;
    return t < 2 ? 1.0 : NAN;
}

START_TEST(a_schedule_that_gives_no_number_is_an_error_and_nothing_moves)
{
    wick *w = wick_new(NULL);
    wick_svi *svi = plane_svi(w, &SLOPES,
        (wick_svi_options){
            .optim = wick_sgd(.lr = 0.1), .schedule = { .function = gone }, .compile = _i });

    wick_svi_step(svi);
    wick_svi_step(svi);
    const double a = get1(w, "a");
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_step", "the schedule gives nan", "step 2");
    ck_assert_double_eq(get1(w, "a"), a);
    ck_assert_uint_eq(wick_svi_steps(svi), 2);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- an optimiser for each parameter ----------------------------------------------------------- */

typedef struct choices {
    wick_optim a, b;
    int asked;
} choices;

static wick_optim choose(const char *param, void *arg)
{
    choices *c = arg;

    c->asked++;
    return strcmp(param, "a") == 0 ? c->a : c->b;
}

/* Bowls around 1 for a and around 2 for b; b is met first in every other step. */
static wick_var bowls(wick *w, wick_program m, wick_program g, const void *options)
{
    int *runs = (int *)options;
    const bool b_first = runs && ++*runs % 2 == 0;
    const wick_var first = wick_param(w, b_first ? "b" : "a", wick_init_num(0.25), wick_real());
    const wick_var second = wick_param(w, b_first ? "a" : "b", wick_init_num(0.25), wick_real());

    (void)m;
    (void)g;
    return wick_add(wick_square(wick_sub(first, b_first ? 2.0 : 1.0)),
        wick_square(wick_sub(second, b_first ? 1.0 : 2.0)));
}

START_TEST(each_parameter_has_the_optimiser_that_was_chosen_for_it)
{
    wick *w = wick_new(NULL);
    int runs = 0;
    choices c = { wick_sgd(.lr = 0.1), wick_adagrad(.lr = 0.3), 0 };
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = bowls,
            .loss_options = _i ? NULL : &runs,
            .optim_for = choose,
            .optim_arg = &c,
            .compile = _i });
    double a = 0.25, b = 0.25, sum = 0.0;

    for (int t = 1; t <= 20; t++) {
        wick_svi_step(svi);
        const double g = 2.0 * (b - 2.0);
        sum += g * g;
        b -= 0.3 * g / (sqrt(sum) + 1e-10);
        a -= 0.1 * 2.0 * (a - 1.0);
        assert_close(get1(w, "a"), a, 1e-14);
        assert_close(get1(w, "b"), b, 1e-14);
    }
    assert_ok(w);
    ck_assert_int_eq(c.asked, 2); /* once for each */
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* Pyro's TestFixedModelGuide: what has a rate of zero is the same to the last bit. */
START_TEST(a_rate_of_zero_keeps_a_parameter_and_all_zero_is_the_common_optimiser)
{
    wick *w = wick_new(NULL);
    choices c = { wick_adam(.lr = WICK_ZERO), { .name = NULL }, 0 };
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = bowls,
            .optim = wick_sgd(.lr = 0.1),
            .optim_for = choose,
            .optim_arg = &c,
            .compile = _i });

    for (int t = 0; t < 30; t++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_double_eq(get1(w, "a"), 0.25);
    assert_close(get1(w, "b"), 2.0 - 1.75 * pow(0.8, 30), 1e-14);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_choice_out_of_range_is_an_error_of_the_step_that_names_the_parameter)
{
    wick *w = wick_new(NULL);
    choices c = { wick_sgd(.lr = 0.1), wick_adam(.beta1 = 1.5), 0 };
    wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
        &(wick_svi_options){ .loss = bowls, .optim_for = choose, .optim_arg = &c, .compile = _i });

    wick_svi_evaluate(svi);
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_svi_step", "parameter 'b'", "wick_adam: beta1 is 1.5");
    ck_assert_double_eq(get1(w, "a"), 0.25);
    c.b = wick_lbfgs();
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_ARGUMENT, "parameter 'b'", "moves all parameters together");
    ck_assert_double_eq(get1(w, "a"), 0.25);
    ck_assert_uint_eq(wick_svi_steps(svi), 0);
    c.b = wick_sgd(.lr = 0.1);
    wick_svi_step(svi);
    assert_ok(w);
    assert_close(get1(w, "a"), 0.4, 1e-15);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

/* --- what is remembered ------------------------------------------------------------------------ */

static wick_svi *bowls_svi(wick *w, wick_optim optim)
{
    return wick_svi_new(w, NOTHING, NOTHING, &(wick_svi_options){ .loss = bowls, .optim = optim });
}

START_TEST(the_next_optimiser_of_the_same_name_goes_on_and_another_starts_afresh)
{
    wick *w = wick_new(NULL);
    double a[2][2];

    for (int other = 0; other < 2; other++) {
        wick_params_clear(w);
        wick_svi *first = bowls_svi(w, wick_sgd(.lr = 0.05, .momentum = 0.9));
        for (int t = 0; t < 4; t++)
            wick_svi_step(first);
        wick_svi_free(first);
        a[other][0] = get1(w, "a");
        /* both keep one array */
        wick_svi *second =
            bowls_svi(w, other ? wick_adagrad(.lr = 0.05) : wick_sgd(.lr = 0.05, .momentum = 0.9));
        wick_svi_step(second);
        wick_svi_free(second);
        a[other][1] = get1(w, "a");
    }
    /* momentum by hand */
    double x = 0.25, b = 0.0;
    for (int t = 0; t < 5; t++) {
        b = 0.9 * b + 2.0 * (x - 1.0);
        x -= 0.05 * b;
    }
    assert_ok(w);
    assert_close(a[0][1], x, 1e-14);
    /* a first step of Adagrad moves by its rate, towards 1 */
    assert_close(a[1][1], a[1][0] - copysign(0.05, a[1][0] - 1.0), 1e-9);
    wick_free(w);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

START_TEST(warm_steps_with_all_of_it_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);
    choices c = { wick_rmsprop(.momentum = 0.5, .centered = true), wick_clipped_adam(), 0 };
    wick_svi *svi = plane_svi(w, &SLOPES,
        (wick_svi_options){ .optim_for = choose,
            .optim_arg = &c,
            .clip_norm = 1.0,
            .clip_value = 0.5,
            .schedule = { WICK_DECAY_COSINE, .steps = 100, .warmup = 10 } });

    for (int t = 0; t < 3; t++)
        wick_svi_step(svi);
    const memory warm = m;
    for (int t = 0; t < 300; t++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_uint_eq(m.calls, warm.calls);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(steps_that_fail_for_want_of_memory_change_nothing)
{
    double want = NAN;
    size_t calls = 1;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 1);
        wick *w = wick_new(&options);
        choices c = { wick_adam(.lr = 0.1), wick_sgd(.lr = 0.1, .momentum = 0.5), 0 };
        const wick_svi_options o = {
            .optim_for = choose, .optim_arg = &c, .clip_norm = 1.0, .compile = _i
        };
        wick_svi *svi = plane_svi(w, &SLOPES, o);
        for (int t = 0; w && t < 5; t++) {
            wick_svi_step(svi);
            if (wick_status(w) == WICK_OK)
                continue;
            ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
            ck_assert_uint_eq(wick_svi_steps(svi), (uint64_t)t);
            m.fail_at = 0;
            wick_clear(w);
            if (!svi)
                svi = plane_svi(w, &SLOPES, o);
            t--;
        }
        if (n == 0) {
            calls = m.calls;
            want = get1(w, "b");
        }
        ck_assert(!w || get1(w, "b") == want);
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steps");
    TCase *clipping = new_case(suite, "clipping"), *schedules = new_case(suite, "schedules"),
          *each = new_case(suite, "each"), *costs = new_case(suite, "costs");

    tcase_add_loop_test(clipping, the_norm_of_all_gradients_together_is_clipped, 0, 2);
    tcase_add_loop_test(clipping, each_number_of_a_gradient_is_clipped, 0, 2);
    tcase_add_loop_test(clipping, the_norm_is_clipped_first, 0, 2);
    tcase_add_test(clipping, a_norm_whose_square_overflows_is_clipped_too);
    tcase_add_test(clipping, bounds_and_schedules_out_of_range_are_refused);
    tcase_add_test(schedules, schedules_follow_their_formulas);
    tcase_add_loop_test(schedules, a_schedule_multiplies_the_rate_of_every_optimiser, 0, 2);
    tcase_add_loop_test(
        schedules, a_schedule_that_gives_no_number_is_an_error_and_nothing_moves, 0, 2);
    tcase_add_loop_test(each, each_parameter_has_the_optimiser_that_was_chosen_for_it, 0, 2);
    tcase_add_loop_test(
        each, a_rate_of_zero_keeps_a_parameter_and_all_zero_is_the_common_optimiser, 0, 2);
    tcase_add_loop_test(
        each, a_choice_out_of_range_is_an_error_of_the_step_that_names_the_parameter, 0, 2);
    tcase_add_test(each, the_next_optimiser_of_the_same_name_goes_on_and_another_starts_afresh);
    tcase_add_test(costs, warm_steps_with_all_of_it_allocate_nothing);
    tcase_add_loop_test(costs, steps_that_fail_for_want_of_memory_change_nothing, 0, 2);
    return run_suite(suite);
}
