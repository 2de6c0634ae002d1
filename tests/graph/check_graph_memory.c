/* Memory of compiled fits: every allocation fails in turn, warm steps allocate nothing, the size of
 * the plate does not matter. */
#include "tests/graph/zoo.h"
#include "tests/support/memory.h"

/* --- failing ---------------------------------------------------------------------------------- */

enum { FIT_STEPS = 6 };

static void note_failure(wick *w, memory *m, int *failures)
{
    ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
    ++*failures;
    m->fail_at = 0;
    wick_clear(w);
}

/* A step, and the same step once more after a failure, which changed nothing. */
static double step_or_again(wick *w, wick_svi *svi, memory *m, int *failures)
{
    const uint64_t steps = wick_svi_steps(svi);
    const size_t n = count_values(w);
    double *before = calloc(n + 1, sizeof *before), *after = calloc(n + 1, sizeof *after);

    get_all(w, before);
    double loss = wick_svi_step(svi);
    if (wick_status(w) != WICK_OK) {
        ck_assert_double_nan(loss);
        ck_assert_uint_eq(wick_svi_steps(svi), steps);
        note_failure(w, m, failures);
        ck_assert_uint_eq(count_values(w), n);
        get_all(w, after);
        assert_same_bits(before, after, n);
        loss = wick_svi_step(svi);
    }
    free(before);
    free(after);
    return loss;
}

/* A fit of a few steps; a call that fails is made once more. Returns the last loss. */
static double whole_fit(
    const zoo_model *z, zoo_data *d, wick_svi_options o, memory *m, int *failures)
{
    const wick_options options = memory_options(m, 11);
    double loss = NAN;
    wick *w = wick_new(&options);

    *failures = 0;
    if (!w) {
        note_failure(w, m, failures);
        w = wick_new(&options);
    }
    wick_svi *svi = zoo_svi(w, z, d, o);
    if (!svi) {
        note_failure(w, m, failures);
        svi = zoo_svi(w, z, d, o);
    }
    for (int i = 0; i < FIT_STEPS; i++)
        loss = step_or_again(w, svi, m, failures);
    ck_assert_msg(wick_status(w) == WICK_OK, "%s: %s", z->name, wick_message(w));
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m->blocks, 0);
    ck_assert_uint_eq(m->bytes, 0);
    return loss;
}

static const char *const FAILING[] = { "mixture", "drawn", "drawn minibatch", "standardised",
    "two large", "take over" };
enum { N_FAILING = sizeof FAILING / sizeof *FAILING };

static void fail_each(const char *model, size_t n, wick_svi_options o, bool sticky)
{
    const zoo_model *z = zoo_named(model);
    zoo_data d = zoo_data_new(n);
    memory m = { 0 };
    int failures, failed = 0;
    const double want = whole_fit(z, &d, o, &m, &failures);
    const size_t calls = m.calls;

    ck_assert_int_eq(failures, 0);
    ck_assert_uint_gt(calls, 8);
    for (size_t i = 1; i <= calls; i++) {
        m = (memory){ .fail_at = i, .sticky = sticky };
        const double got = whole_fit(z, &d, o, &m, &failures);
        ck_assert_msg(got == want, "%s, allocation %zu: %.17g, want %.17g", model, i, got, want);
        ck_assert_int_le(failures, 1);
        failed += failures;
    }
    /* an allocation that is only for speed may fail unnoticed */
    ck_assert_int_ge(failed, (int)calls / 2);
    zoo_data_free(d);
}

START_TEST(a_compiled_fit_survives_the_failure_of_each_of_its_allocations)
{
    const wick_svi_options o = { .compile = true };

    fail_each(FAILING[_i / 2], 40, o, _i % 2);
}
END_TEST

START_TEST(so_does_one_in_tiles_on_two_threads)
{
    const wick_svi_options o = { .compile = true, .threads = 2, .graph = { .tile = 24 } };

    fail_each(FAILING[_i / 2], 2100, o, _i % 2);
}
END_TEST

/* --- warm steps ------------------------------------------------------------------------------- */

static void assert_warm(const char *model, size_t n, wick_svi_options o)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *w = wick_new(&options);
    zoo_data d = zoo_data_new(n);
    wick_svi *svi = zoo_svi(w, zoo_named(model), &d, o);

    for (int i = 0; i < 6; i++)
        wick_svi_step(svi);
    assert_ok(w);
    const memory warm = m;
    for (int i = 0; i < 1000; i++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_msg(
        m.calls == warm.calls, "%s: %zu allocations in warm steps", model, m.calls - warm.calls);
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
    zoo_data_free(d);
}

static const char *const WARM[] = { "mixture", "drawn", "drawn minibatch", "minibatch of draws",
    "standardised" };
enum { N_WARM = sizeof WARM / sizeof *WARM };

START_TEST(a_thousand_warm_compiled_steps_allocate_nothing)
{
    assert_warm(WARM[_i], 40, (wick_svi_options){ .compile = true });
    assert_warm(WARM[_i], 1100, (wick_svi_options){ .compile = true });
    assert_warm(WARM[_i], 2100, (wick_svi_options){ .compile = true, .threads = 2 });
}
END_TEST

START_TEST(warm_steps_that_check_each_time_allocate_nothing)
{
    assert_warm(
        WARM[_i], 1100, (wick_svi_options){ .compile = true, .graph = { .check_every = 1 } });
}
END_TEST

START_TEST(failed_compiled_steps_and_restarts_leave_memory_flat)
{
    memory m = { 0 }, warm = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *w = wick_new(&options);
    zoo_data d = zoo_data_new(1100);
    wick_svi *svi = zoo_svi(w, zoo_named("mixture"), &d,
        (wick_svi_options){ .compile = true, .threads = 2, .graph = { .tile = 64 } });

    for (int i = 0; i < 30; i++) {
        wick_multistart(svi, 2, NULL);
        wick_svi_step(svi);
        d.x[1099] = NAN;
        wick_svi_step(svi);
        ck_assert_int_eq(wick_status(w), WICK_ERR_NONFINITE);
        wick_clear(w);
        d.x[1099] = 0.4;
        wick_svi_step(svi);
        if (i == 3)
            warm = m;
    }
    assert_ok(w);
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
    zoo_data_free(d);
}
END_TEST

/* --- the size of the plate -------------------------------------------------------------------- */

typedef struct peak {
    memory m;
    size_t most;
} peak;

static void *peak_allocate(size_t size, void *arg)
{
    peak *p = arg;
    void *block = memory_allocate(size, &p->m);

    p->most = p->m.bytes > p->most ? p->m.bytes : p->most;
    return block;
}

static void peak_release(void *block, void *arg)
{
    memory_release(block, &((peak *)arg)->m);
}

/* Most bytes at a time in a fit of a mixture whose data are cycled through. */
static size_t peak_of(const char *model, size_t n, size_t threads)
{
    peak p = { .most = 0 };
    const wick_options options = { .allocator = { peak_allocate, peak_release, &p } };
    zoo_data d = { .n = n, .x = malloc(n * sizeof(double)), .y = malloc(n * sizeof(double)) };
    wick *w = wick_new(&options);

    for (size_t i = 0; i < n; i++)
        d.x[i] = d.y[i] = (double)(i % 17) / 8.0 - 1.0;
    wick_svi *svi =
        zoo_svi(w, zoo_named(model), &d, (wick_svi_options){ .compile = true, .threads = threads });
    for (int i = 0; i < 3; i++)
        ck_assert(isfinite(wick_svi_step(svi)));
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(p.m.blocks, 0);
    free(d.x);
    free(d.y);
    return p.most;
}

START_TEST(a_hundred_times_the_data_need_no_more_memory)
{
    static const char *const MODEL[] = { "mixture", "mean" };

    for (int i = 0; i < 2; i++)
        for (size_t threads = 1; threads < 3; threads++) {
            const size_t small = peak_of(MODEL[i], 10007, threads);
            const size_t large = peak_of(MODEL[i], 1000003, threads);
            ck_assert_msg((double)large < 1.05 * (double)small, "%s: %zu bytes, then %zu", MODEL[i],
                small, large);
            ck_assert_uint_lt(large, (size_t)1 << 20);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_memory");
    TCase *failing = new_case(suite, "failing"), *warm = new_case(suite, "warm"),
          *size = new_case(suite, "size");

    tcase_add_loop_test(
        failing, a_compiled_fit_survives_the_failure_of_each_of_its_allocations, 0, 2 * N_FAILING);
    tcase_add_loop_test(failing, so_does_one_in_tiles_on_two_threads, 0, 2 * N_FAILING);
    tcase_add_loop_test(warm, a_thousand_warm_compiled_steps_allocate_nothing, 0, N_WARM);
    tcase_add_loop_test(warm, warm_steps_that_check_each_time_allocate_nothing, 0, N_WARM);
    tcase_add_test(warm, failed_compiled_steps_and_restarts_leave_memory_flat);
    tcase_add_test(size, a_hundred_times_the_data_need_no_more_memory);
    return run_suite(suite);
}
