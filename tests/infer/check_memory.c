/* Memory: every allocation of a fit fails in turn, warm steps allocate nothing, nothing is left. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

enum { STARTS = 3, STEPS = 20 };

/* --- failing ---------------------------------------------------------------------------------- */

/* How often something failed, and was done again; a failure is for want of memory. */
static void note_failure(wick *w, memory *m, int *failures)
{
    ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
    ck_assert_ptr_nonnull(strstr(wick_message(w), w ? "out of memory" : "no handle"));
    ++*failures;
    m->fail_at = 0;
    wick_clear(w);
}

static void estimates(wick *w, double *x)
{
    for (size_t i = 0; i < wick_param_count(w); i++) {
        const char *name = wick_param_name(w, i);
        x += wick_param_get_unconstrained(w, name, x, wick_param_size(w, name));
    }
}

static double step_or_again(const five_point_fit *fit, memory *m, int *failures)
{
    double before[5], after[5];
    const uint64_t steps = wick_svi_steps(fit->svi);

    estimates(fit->w, before);
    const double loss = wick_svi_step(fit->svi);
    if (wick_status(fit->w) == WICK_OK)
        return loss;
    ck_assert_double_nan(loss);
    ck_assert_uint_eq(wick_svi_steps(fit->svi), steps);
    note_failure(fit->w, m, failures);
    estimates(fit->w, after);
    assert_same_bits(before, after, 5);
    return wick_svi_step(fit->svi);
}

static void make_or_again(
    const wick_options *options, five_point *f, five_point_fit *fit, memory *m, int *failures)
{
    *fit = five_point_new(options, f);
    if (fit->svi)
        return;
    note_failure(fit->w, m, failures);
    five_point_free(*fit);
    ck_assert_uint_eq(m->blocks, 0);
    *fit = five_point_new(options, f);
}

/* The whole fit; a call that fails is made once more. Returns the last loss. */
static double whole_fit(memory *m, int *failures)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    const wick_options options = memory_options(m, 11);
    double losses[STARTS], loss = NAN;
    five_point_fit fit;

    *failures = 0;
    make_or_again(&options, &f, &fit, m, failures);
    wick_multistart(fit.svi, STARTS, losses);
    if (wick_status(fit.w) != WICK_OK) {
        note_failure(fit.w, m, failures);
        wick_multistart(fit.svi, STARTS, losses);
    }
    for (int i = 0; i < STEPS; i++)
        loss = step_or_again(&fit, m, failures);
    assert_ok(fit.w);
    five_point_free(fit);
    ck_assert_uint_eq(m->blocks, 0);
    ck_assert_uint_eq(m->bytes, 0);
    return loss;
}

START_TEST(a_fit_survives_the_failure_of_each_of_its_allocations)
{
    memory m = { 0 };
    int failures, failed = 0;
    const double want = whole_fit(&m, &failures);
    const size_t calls = m.calls;

    ck_assert_int_eq(failures, 0);
    ck_assert_uint_gt(calls, 5);
    for (size_t n = 1; n <= calls; n++) {
        m = (memory){ .fail_at = n, .sticky = _i };
        ck_assert_double_eq(whole_fit(&m, &failures), want);
        ck_assert_int_le(failures, 1);
        failed += failures;
    }
    /* an allocation that is only for speed (one chunk for several) may fail unnoticed */
    ck_assert_int_ge(failed, (int)calls - 6);
}
END_TEST

/* A store, names and a tape that outgrow what they begin with. */
static void grow(wick *w, void *arg)
{
    wick_var sum = wick_num(w, 0.0);

    (void)arg;
    for (int i = 0; i < 60; i++) {
        const wick_var x =
            wick_param(w, wick_name(w, "x_%d", i), wick_init_fill(0.5, 9), wick_positive());
        WICK_PLATE (w, wick_name(w, "plate_%d", i % 7), 40, .subsample = 30)
            sum = wick_add(sum,
                wick_sum(wick_sample(w, wick_name(w, "z_%d", i), wick_normal(wick_pick(x, 3), 1.0)),
                    wick_name(w, "plate_%d", i % 7)));
    }
    wick_deterministic(w, "sum", sum);
}

START_TEST(a_large_program_survives_the_failure_of_each_of_its_allocations)
{
    size_t calls = 1;
    double want = NAN;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n, .sticky = _i };
        const wick_options options = memory_options(&m, 3);
        wick *w = wick_new(&options);
        double sum = NAN;
        const wick_trace *trace = wick_trace_run(w, (wick_program){ grow, NULL });
        if (n == 0)
            calls = m.calls;
        if (!trace) {
            ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
            m.fail_at = 0;
            wick_clear(w);
            if (!w)
                w = wick_new(&options);
            trace = wick_trace_run(w, (wick_program){ grow, NULL });
        }
        assert_ok(w);
        wick_trace_get(trace, "sum", &sum, 1);
        ck_assert(n == 0 || sum == want);
        want = sum;
        ck_assert_uint_eq(wick_param_count(w), 60);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 60);
}
END_TEST

START_TEST(half_an_allocator_makes_no_handle)
{
    wick_options options = { .allocator = { .allocate = memory_allocate } };

    ck_assert_ptr_null(wick_new(&options));
    options = (wick_options){ .allocator = { .release = memory_release } };
    ck_assert_ptr_null(wick_new(&options));
    ck_assert_int_eq(wick_status(NULL), WICK_ERR_MEMORY);
}
END_TEST

/* --- warm steps ------------------------------------------------------------------------------- */

START_TEST(ten_thousand_warm_steps_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 11);
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    five_point_fit fit = five_point_new(&options, &f);

    for (int i = 0; i < 3; i++)
        wick_svi_step(fit.svi);
    const memory warm = m;
    for (int i = 0; i < 10000; i++)
        wick_svi_step(fit.svi);
    assert_ok(fit.w);
    ck_assert_uint_eq(m.calls, warm.calls);
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    five_point_free(fit);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

/* Local parameters in a drawn minibatch, names made in a loop, an ambient dimension, enumeration. */
static void everything(wick *w, void *arg)
{
    const wick_var m = wick_sample(w, "m", wick_normal(0.0, 1.0));

    (void)arg;
    WICK_PLATE (w, "rows", 50, .subsample = 20) {
        const wick_var local = wick_param(w, "local", wick_init_num(0.1), wick_positive());
        for (int i = 0; i < 5; i++) {
            const wick_var z = wick_sample(w, wick_name(w, "z_%d", i), wick_bernoulli(0.3));
            wick_observe(w, wick_name(w, "y_%d", i), wick_normal(wick_add(z, m), local),
                wick_num(w, 0.4 * i));
        }
    }
}

static void everything_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "m", wick_normal(wick_param(w, "loc", wick_init_num(0.2), wick_real()), 0.3));
}

static void everything_drawn(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", 4)
        everything(w, arg);
}

static void everything_guide_drawn(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", 4)
        everything_guide(w, arg);
}

START_TEST(warm_steps_with_minibatches_and_draws_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *w = wick_new(&options);
    wick_svi *svi = wick_svi_new(w, (wick_program){ everything_drawn, NULL },
        (wick_program){ everything_guide_drawn, NULL },
        &(wick_svi_options){ .loss = wick_trace_enum_elbo });

    for (int i = 0; i < 3; i++)
        wick_svi_step(svi);
    assert_ok(w);
    const memory warm = m;
    for (int i = 0; i < 1000; i++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_uint_eq(m.calls, warm.calls);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(failed_steps_and_restarts_leave_memory_flat)
{
    memory m = { 0 }, warm = { 0 };
    const wick_options options = memory_options(&m, 11);
    double x[FIVE] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
    five_point f = { x, NULL, 0.0 };
    five_point_fit fit = five_point_new(&options, &f);

    for (int i = 0; i < 300; i++) {
        wick_multistart(fit.svi, 2, NULL);
        wick_svi_step(fit.svi);
        x[2] = NAN;
        wick_svi_step(fit.svi);
        ck_assert_int_eq(wick_status(fit.w), WICK_ERR_NONFINITE);
        wick_clear(fit.w);
        x[2] = 10.0;
        if (i == 3)
            warm = m;
    }
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    five_point_free(fit);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(a_tape_that_has_grown_is_one_block_from_then_on)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);
    size_t grown = 0;

    for (int step = 0; step < 6; step++) {
        wick_var x = wick_fill(w, 0.5, 1000);
        for (int i = 0; i < 500; i++)
            x = wick_add(wick_mul(x, 0.99), 0.01);
        const size_t calls = m.calls;
        wick_backward(wick_sum_event(x));
        assert_ok(w);
        if (step == 0)
            grown = m.bytes;
        if (step > 1)
            ck_assert_uint_eq(m.calls, calls);
        wick_reset(w);
        if (step > 0)
            ck_assert_uint_le(m.bytes, 2 * grown);
    }
    ck_assert_uint_le(m.blocks, 4); /* the handle, the tape, and what names need */
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *failing = new_case(suite, "failing"), *warm = new_case(suite, "warm");

    tcase_add_loop_test(failing, a_fit_survives_the_failure_of_each_of_its_allocations, 0, 2);
    tcase_add_loop_test(
        failing, a_large_program_survives_the_failure_of_each_of_its_allocations, 0, 2);
    tcase_add_test(failing, half_an_allocator_makes_no_handle);
    tcase_add_test(warm, ten_thousand_warm_steps_allocate_nothing);
    tcase_add_test(warm, warm_steps_with_minibatches_and_draws_allocate_nothing);
    tcase_add_test(warm, failed_steps_and_restarts_leave_memory_flat);
    tcase_add_test(warm, a_tape_that_has_grown_is_one_block_from_then_on);
    return run_suite(suite);
}
