/* Discrete sites in the guide: what is refused, with which words; failing allocations; warm steps. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

/* --- what is refused ---------------------------------------------------------------------------- */

static void normal_model(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(0.0, 1.0));
}

static void marked_normal(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x",
        wick_enumerate(wick_normal(wick_param(w, "loc", wick_init_num(0.3), wick_real()), 1.0)));
}

static void counts_model(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "n", wick_poisson(2.5));
}

static void marked_counts(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "n", wick_enumerate_sequential(wick_poisson(3.5)));
}

/* A categorical of as many values as asked for, with 0.3, 0.6, ... as weights. */
static wick_dist values(wick *w, size_t n)
{
    return wick_categorical(wick_cumsum(wick_fill(w, 0.3, n), 0));
}

static void two_values(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", values(w, 2));
}

static void three_values(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_enumerate(values(w, 3)));
}

static void three_values_one_by_one(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_enumerate_sequential(values(w, 3)));
}

/* Pyro's test_elbo_enumerate_plate_5: a of the model outside couples the members of b. */
static void global_model(wick *w, void *arg)
{
    static const double Y[] = { 1.0, 2.0 };
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.55));

    (void)arg;
    WICK_PLATE (w, "rows", 2) {
        const wick_var b = wick_sample(w, "b", wick_bernoulli(0.4));
        wick_observe(w, "c", wick_normal(wick_add(a, b), 1.0), wick_data(w, Y, 2));
    }
}

static void local_guide(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 2)
        wick_sample(w, "b", wick_enumerate(wick_bernoulli(0.2)));
}

static void local_guide_one_by_one(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 2)
        wick_sample(w, "b", wick_enumerate_sequential(wick_bernoulli(0.2)));
}

/* What is summed over the members is one value more, which is no member's. */
static void summed_model(wick *w, void *arg)
{
    wick_var b;

    (void)arg;
    WICK_PLATE (w, "rows", 2)
        b = wick_sample(w, "b", wick_bernoulli(0.4));
    wick_observe(w, "total", wick_normal(wick_sum(b, "rows"), 1.0), wick_num(w, 1.3));
}

/* The same, handed back to the members. */
static void returned_model(wick *w, void *arg)
{
    static const double Y[] = { 0.7, -0.4 };
    wick_var b;

    (void)arg;
    WICK_PLATE (w, "rows", 2)
        b = wick_sample(w, "b", wick_bernoulli(0.4));
    const wick_var total = wick_sum(b, "rows");
    WICK_PLATE (w, "rows", 2)
        wick_observe(w, "y", wick_normal(total, 1.0), wick_data(w, Y, 2));
}

/* Costs of (first, last) and of neighbours: to average over the last takes three at once. */
enum { WIDE = 600 };

static void wide_model(wick *w, void *arg)
{
    static const char *const NAME[] = { "first", "between", "last" };
    wick_var z[3];

    (void)arg;
    for (int i = 0; i < 3; i++)
        z[i] = wick_sample(w, NAME[i], values(w, WIDE));
    wick_factor(w, "far", wick_mul(wick_sub(z[2], z[0]), 1e-3));
}

static void wide_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "first", wick_enumerate(values(w, WIDE)));
    const wick_var between = wick_sample(w, "between", wick_enumerate(values(w, WIDE)));
    wick_sample(
        w, "last", wick_enumerate(wick_categorical(wick_add(wick_fill(w, 0.5, WIDE), between))));
}

enum { MANY = 17 };

static void many_model(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < MANY; i++)
        wick_sample(w, wick_name(w, "z_%d", i), wick_bernoulli(0.3));
}

static void many_guide(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < MANY; i++)
        wick_sample(w, wick_name(w, "z_%d", i), wick_enumerate_sequential(wick_bernoulli(0.6)));
}

typedef struct refusal {
    void (*model)(wick *w, void *arg), (*guide)(wick *w, void *arg);
    wick_loss loss;
    wick_code code;
    const char *words[8];
} refusal;

static const refusal REFUSALS[] = {
    { normal_model, marked_normal, wick_trace_enum_elbo, WICK_ERR_ARGUMENT,
        { "site 'x'", "marked for enumeration", "normal has no finite set of values",
            "leave the mark out" } },
    { counts_model, marked_counts, wick_trace_enum_elbo, WICK_ERR_ARGUMENT,
        { "site 'n'", "poisson has no finite set of values", "leave the mark out" } },
    { two_values, three_values, wick_trace_elbo, WICK_ERR_ARGUMENT,
        { "wick_trace_elbo: site 'z' is marked for enumeration", "use wick_trace_enum_elbo",
            "take the mark away" } },
    { two_values, three_values_one_by_one, wick_trace_elbo, WICK_ERR_ARGUMENT,
        { "wick_trace_elbo: site 'z' is marked for enumeration", "use wick_trace_enum_elbo" } },
    { two_values, three_values, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "site 'z' has 3 values in the guide and 2 in the model",
            "enumerate those of the model" } },
    { two_values, three_values_one_by_one, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "site 'z' has 3 values in the guide and 2 in the model" } },
    { global_model, local_guide, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "not a tree of plates", "site 'c' couples 'b', enumerated in plate 'rows', with 'a'" } },
    { global_model, local_guide_one_by_one, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "site 'b' is enumerated one value at a time", "all members of 'rows' (2)",
            "outside depends", "loop over the members", "or sample it" } },
    { summed_model, local_guide, wick_trace_enum_elbo, WICK_ERR_SHAPE, { "'b'", "rows" } },
    { summed_model, local_guide_one_by_one, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "site 'b' is enumerated one value at a time", "'total' outside depends" } },
    { returned_model, local_guide, wick_trace_enum_elbo, WICK_ERR_SHAPE, { "'b'", "rows" } },
    { returned_model, local_guide_one_by_one, wick_trace_enum_elbo, WICK_ERR_SHAPE,
        { "site 'b' is enumerated one value at a time", "'y' outside depends" } },
    { wide_model, wide_guide, wick_trace_enum_elbo, WICK_ERR_LIMIT,
        { "averaging over 'last' needs a table of 216000000 numbers", "first", "between", "last",
            "do not enumerate all of these in the guide" } },
    { many_model, many_guide, wick_trace_enum_elbo, WICK_ERR_LIMIT,
        { "one value at a time", "more than 65536 joint values", "wick_enumerate",
            "sample them" } },
};

static double fine_loss(wick *w)
{
    const problem p = { w, { two_values, NULL }, { two_values, NULL }, wick_trace_enum_elbo, NULL };

    return loss_of(&p);
}

/* Eager and compiled; the handle is of use afterwards, and has no parameters of what failed. */
START_TEST(what_cannot_be_enumerated_is_refused_with_a_remedy)
{
    const refusal *r = &REFUSALS[_i];
    wick *fresh = wick_new(NULL);
    const double fine = fine_loss(fresh);

    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(NULL);
        wick_svi *svi =
            wick_svi_new(w, (wick_program){ r->model, NULL }, (wick_program){ r->guide, NULL },
                &(wick_svi_options){ .loss = r->loss, .compile = compile });
        for (int again = 0; again < 2; again++) {
            ck_assert_double_nan(wick_svi_step(svi));
            assert_fails(w, r->code, r->words);
            ck_assert_uint_eq(wick_svi_steps(svi), 0);
            ck_assert_uint_eq(wick_param_count(w), 0);
            wick_clear(w);
        }
        wick_svi_free(svi);
        ck_assert_double_eq(fine_loss(w), fine);
        assert_ok(w);
        wick_free(w);
    }
    assert_ok(fresh);
    wick_free(fresh);
}
END_TEST

/* The remedies of the two refusals in plates: a name for each member, or draws. */
static void looped_model(wick *w, void *arg)
{
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.55));

    (void)arg;
    for (int i = 0; i < 2; i++) {
        const wick_var b = wick_sample(w, wick_name(w, "b_%d", i), wick_bernoulli(0.4));
        wick_observe(
            w, wick_name(w, "c_%d", i), wick_normal(wick_add(a, b), 1.0), wick_num(w, 1.0 + i));
    }
}

static void looped_guide(wick *w, void *arg)
{
    for (int i = 0; i < 2; i++) {
        const wick_dist b = wick_bernoulli(0.2);
        wick_sample(w, wick_name(w, "b_%d", i),
            *(bool *)arg ? wick_enumerate_sequential(b) : wick_enumerate(b));
    }
}

START_TEST(a_name_for_each_member_is_a_remedy_for_what_couples_them)
{
    wick *w = wick_new(NULL);
    bool sequential = _i;
    const problem p = { w, { looped_model, NULL }, { looped_guide, &sequential },
        wick_trace_enum_elbo, NULL };
    double want = 2.0 * (0.2 * log(0.2 / 0.4) + 0.8 * log(0.8 / 0.6));

    for (int b = 0; b < 4; b++) {
        double sum = 0.0;
        for (int a = 0; a < 2; a++)
            sum += (a ? 0.55 : 0.45) * exp(log_normal(1.0, a + b % 2, 1.0)) *
                exp(log_normal(2.0, a + b / 2, 1.0));
        want -= (b % 2 ? 0.2 : 0.8) * (b / 2 ? 0.2 : 0.8) * log(sum);
    }
    assert_close(loss_of(&p), want, 1e-13);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void fewer_values(wick *w, void *arg)
{
    wick_sample(w, "z",
        *(bool *)arg ? wick_enumerate_sequential(values(w, 2)) : wick_enumerate(values(w, 2)));
}

/* (1, 2) / 3 against (1, 2, 3) / 6: log 2. */
START_TEST(fewer_values_in_the_guide_than_in_the_model_are_fine)
{
    wick *w = wick_new(NULL);
    bool sequential = _i;
    const problem p = { w, { three_values, NULL }, { fewer_values, &sequential },
        wick_trace_enum_elbo, NULL };

    assert_close(loss_of(&p), log(2.0), 1e-14);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------- */

/* A site of each kind, in and out of a plate, two particles, a variable of the model. */
static void all_kinds_model(wick *w, void *arg)
{
    static const double Y[] = { 0.4, 1.7, -0.6 };
    const wick_var a = wick_sample(w, "a", values(w, 3)), b = wick_sample(w, "b", values(w, 2));

    (void)arg;
    WICK_PLATE (w, "rows", 3) {
        const wick_var c = wick_sample(w, "c", wick_bernoulli(wick_add(wick_mul(a, 0.2), 0.3)));
        const wick_var d = wick_sample(w, "d", wick_bernoulli(wick_add(wick_mul(b, 0.4), 0.3)));
        const wick_var e = wick_sample(w, "e", wick_bernoulli(0.4));
        const wick_var m = wick_sample(w, "m", wick_bernoulli(0.3));
        wick_observe(w, "y",
            wick_normal(wick_add(wick_add(a, c), wick_add(d, wick_add(e, m))), 1.0),
            wick_data(w, Y, 3));
    }
}

static void all_kinds_guide(wick *w, void *arg)
{
    const wick_var t = wick_param(w, "t", wick_init_num(0.4), wick_unit_interval());
    const wick_var u = wick_param(w, "u", wick_init_fill(1.0 / 3.0, 3), wick_simplex());

    (void)arg;
    const wick_var a = wick_sample(w, "a", wick_enumerate(wick_categorical(u)));
    const wick_var b = wick_sample(w, "b", wick_enumerate_sequential(wick_bernoulli(t)));
    WICK_PLATE (w, "rows", 3) {
        const wick_var c =
            wick_sample(w, "c", wick_bernoulli(wick_add(wick_mul(a, 0.1), wick_mul(t, 0.7))));
        wick_sample(w, "d", wick_enumerate(wick_bernoulli(wick_mul(wick_add(c, 1.0), 0.3))));
        wick_sample(
            w, "e", wick_enumerate_sequential(wick_bernoulli(wick_mul(wick_add(b, 1.0), t))));
    }
}

static wick_svi *all_kinds(wick *w, bool compile)
{
    static const wick_elbo_options TWO = { .num_particles = 2 };

    return wick_svi_new(w, (wick_program){ all_kinds_model, NULL },
        (wick_program){ all_kinds_guide, NULL },
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .loss_options = &TWO,
            .compile = compile,
            .optim = wick_adam(.lr = 0.01) });
}

enum { STEPS = 4 };

/* Steps that fail for want of memory are done again. The last loss. */
static double steps_with(memory *m, bool compile, int *failures)
{
    const wick_options options = memory_options(m, 7);
    wick *w = NULL;
    wick_svi *svi = NULL;
    double loss = NAN;

    *failures = 0;
    for (int again = 0; again < 2 && !svi; again++) {
        w = w ? w : wick_new(&options);
        svi = all_kinds(w, compile);
        if (!svi) {
            ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
            ++*failures;
            m->fail_at = 0;
            wick_clear(w);
        }
    }
    for (int i = 0; i < STEPS;) {
        loss = wick_svi_step(svi);
        i += wick_status(w) == WICK_OK;
        if (wick_status(w) == WICK_OK)
            continue;
        ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
        ck_assert_uint_eq(wick_svi_steps(svi), (size_t)i);
        ++*failures;
        m->fail_at = 0;
        wick_clear(w);
    }
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m->blocks, 0);
    ck_assert_uint_eq(m->bytes, 0);
    return loss;
}

START_TEST(steps_with_all_kinds_survive_the_failure_of_each_allocation)
{
    const bool compile = _i & 1, sticky = _i & 2;
    memory m = { 0 };
    int failures, failed = 0;
    const double want = steps_with(&m, compile, &failures);
    const size_t calls = m.calls;

    ck_assert_int_eq(failures, 0);
    ck_assert(isfinite(want));
    for (size_t n = 1; n <= calls; n++) {
        m = (memory){ .fail_at = n, .sticky = sticky };
        ck_assert_double_eq(steps_with(&m, compile, &failures), want);
        ck_assert_int_le(failures, 1);
        failed += failures;
    }
    /* an allocation that is only for speed (one chunk for several) may fail unnoticed */
    ck_assert_int_gt(failed, (int)calls / 2);
}
END_TEST

START_TEST(warm_steps_with_all_kinds_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 7);
    wick *w = wick_new(&options);
    wick_svi *svi = all_kinds(w, _i);

    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    assert_ok(w);
    const memory warm = m;
    for (int i = 0; i < 1000; i++)
        wick_svi_step(svi);
    assert_ok(w);
    if (!_i) /* a compiled step's checks, after 1, 2, 4, ... steps, make a recording and give it back */
        ck_assert_uint_eq(m.calls, warm.calls);
    ck_assert_uint_eq(m.blocks, warm.blocks);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guide_errors");
    TCase *refused = new_case(suite, "refused"), *failing = new_case(suite, "memory");

    tcase_add_loop_test(refused, what_cannot_be_enumerated_is_refused_with_a_remedy, 0,
        sizeof REFUSALS / sizeof *REFUSALS);
    tcase_add_loop_test(refused, a_name_for_each_member_is_a_remedy_for_what_couples_them, 0, 2);
    tcase_add_loop_test(refused, fewer_values_in_the_guide_than_in_the_model_are_fine, 0, 2);
    tcase_add_loop_test(failing, steps_with_all_kinds_survive_the_failure_of_each_allocation, 0, 4);
    tcase_add_loop_test(failing, warm_steps_with_all_kinds_allocate_nothing, 0, 2);
    return run_suite(suite);
}
