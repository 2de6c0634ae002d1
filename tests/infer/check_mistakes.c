/* Mistakes with parameters, traces, autoguides and enumerated values: their words, and no harm. */
#include "tests/support/fit.h"

#include "base/arena.h"

#include <wick/discrete.h>

#include <sys/mman.h>
#include <unistd.h>

/* --- parameters --------------------------------------------------------------------------------- */

typedef struct param {
    wick_constraint constraint;
} param;

static void one_param(wick *w, void *arg)
{
    wick_param(w, "p", wick_init_num(1.0), ((const param *)arg)->constraint);
}

START_TEST(a_param_needs_a_constraint_that_has_a_transform)
{
    wick *w = wick_new(NULL);
    const wick_dist three = wick_categorical(wick_fill(w, 0.4, 3));
    const struct {
        wick_constraint constraint;
        wick_code code;
        const char *words[4];
    } bad[] = {
        { wick_support(wick_bernoulli(0.4)), WICK_ERR_ARGUMENT,
            { "wick_param: boolean is discrete", "need the constraint of a continuous", "'p'" } },
        { wick_support(three), WICK_ERR_ARGUMENT, { "wick_param: integer_interval is discrete" } },
        { wick_support(wick_poisson(1.5)), WICK_ERR_ARGUMENT, { "wick_param: integer_interval" } },
        { wick_interval(2.5, 0.5), WICK_ERR_DOMAIN, { "interval from 2.5 to 0.5", "'p'" } },
        { wick_interval(0.5, INFINITY), WICK_ERR_DOMAIN, { "need finite bounds" } },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        param p = { bad[i].constraint };
        ck_assert_ptr_null(wick_trace_run(w, (wick_program){ one_param, &p }));
        assert_fails(w, bad[i].code, bad[i].words);
        wick_clear(w);
        ck_assert_uint_eq(wick_param_count(w), 0);
    }
    param good = { wick_interval(0.5, 2.5) };
    ck_assert_ptr_nonnull(wick_trace_run(w, (wick_program){ one_param, &good }));
    assert_close(get1(w, "p"), 1.0, 1e-12);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- traces ------------------------------------------------------------------------------------- */

static void one_site(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(0.3, 1.2));
}

/* Memory of the first step is given back when the chunks are merged: a page that cannot be read. */
START_TEST(a_trace_that_is_gone_is_refused_without_a_look_at_it)
{
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = NULL;
    wick *w = wick_new(NULL);

    ck_assert_int_eq(posix_memalign(&page, size, size), 0);
    ck_assert_int_eq(mprotect(page, size, PROT_NONE), 0);
    ck_assert_ptr_null(wick_replay(w, page));
    ck_assert_int_eq(mprotect(page, size, PROT_READ | PROT_WRITE), 0);
    free(page);
    assert_error(w, WICK_ERR_STATE, "wick_replay", "earlier step", "wick_condition");
    wick_free(w);
}
END_TEST

START_TEST(a_trace_of_an_earlier_step_is_refused_where_its_memory_is_in_use_again)
{
    wick *w = wick_new(NULL);

    for (size_t n = 0; n < 200; n += 7) {
        const wick_trace *stale = wick_trace_run(w, (wick_program){ one_site, NULL });
        for (int i = 0; i < 40; i++)
            wick_alloc(w, 900);
        wick_reset(w);
        for (size_t i = 0; i < n; i++)
            memset(wick_alloc(w, 48), 1, 48);
        ck_assert_ptr_null(wick_replay(w, stale));
        assert_error(w, WICK_ERR_STATE, "wick_replay");
    }
    const wick_trace *trace = wick_trace_run(w, (wick_program){ one_site, NULL });
    ck_assert_ptr_nonnull(wick_replay(w, trace));
    wick *other = wick_new(NULL);
    ck_assert_ptr_null(wick_replay(other, trace));
    assert_error(other, WICK_ERR_STATE, "another handle");
    ck_assert_ptr_null(wick_replay(w, NULL));
    assert_error(w, WICK_ERR_STATE, "NULL");
    wick_free(other);
    wick_free(w);
}
END_TEST

static void *allocate(size_t size, void *arg)
{
    (void)arg;
    return malloc(size);
}

static void release(void *memory, void *arg)
{
    (void)arg;
    free(memory);
}

START_TEST(an_arena_knows_what_it_has_given_out)
{
    const wick_allocator allocator = { .allocate = allocate, .release = release };
    wicki_arena arena;
    char *block[30], outside[64];

    wicki_arena_init(&arena, &allocator);
    ck_assert(!wicki_arena_holds(&arena, outside, 1));
    for (int i = 0; i < 30; i++)
        block[i] = wicki_arena_alloc(&arena, 3000); /* several chunks */
    const wicki_mark mark = wicki_arena_mark(&arena);
    char *last = wicki_arena_alloc(&arena, 40);
    for (int i = 0; i < 30; i++)
        ck_assert(wicki_arena_holds(&arena, block[i], 3000));
    ck_assert(wicki_arena_holds(&arena, last, 40));
    ck_assert(!wicki_arena_holds(&arena, last, 41));
    ck_assert(!wicki_arena_holds(&arena, last + 40, 1));
    ck_assert(!wicki_arena_holds(&arena, outside, sizeof outside));
    wicki_arena_release(&arena, mark);
    ck_assert(!wicki_arena_holds(&arena, last, 40));
    ck_assert(wicki_arena_holds(&arena, block[29], 3000));
    wicki_arena_reset(&arena);
    ck_assert(!wicki_arena_holds(&arena, arena.next, 1));
    wicki_arena_free(&arena);
    ck_assert(!wicki_arena_holds(&arena, last, 1));
}
END_TEST

/* --- autoguides --------------------------------------------------------------------------------- */

static void with_copies(wick *w, void *arg)
{
    one_site(w, arg);
    wick_sample(w, "z", wick_iid(wick_bernoulli(0.3), 4));
}

static void with_rows(wick *w, void *arg)
{
    one_site(w, arg);
    wick_sample(w, "z", wick_categorical(wick_fill(w, 0.3, 2, 3)));
}

static void with_counts(wick *w, void *arg)
{
    one_site(w, arg);
    wick_sample(w, "n", wick_poisson(1.5));
}

static void with_bernoulli(wick *w, void *arg)
{
    one_site(w, arg);
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
    wick_observe(w, "y", wick_normal(z, 1.1), wick_num(w, 0.4));
}

static const struct {
    void (*model)(wick *w, void *arg);
    const char *words[4];
} DISCRETE[] = {
    { with_copies,
        { "wick_auto_delta_new: site 'z' is discrete (bernoulli)", "its event is [4]",
            "put it into a plate instead of wick_iid", ".expose" } },
    { with_rows, { "site 'z' is discrete (categorical)", "its event is [2]", "a plate instead" } },
    { with_counts,
        { "site 'n' is discrete (poisson)", "poisson has no finite set of values",
            "in a guide of your own" } },
};

START_TEST(point_estimates_of_discrete_sites_are_refused_and_can_be_left_out)
{
    static const char *const ONLY_X[] = { "x", NULL };
    wick *w = wick_new(NULL);
    const wick_program model = { DISCRETE[_i].model, NULL };
    const char *words[5] = { NULL };

    memcpy(words, DISCRETE[_i].words, sizeof DISCRETE[_i].words);
    ck_assert_ptr_null(wick_auto_delta_new(w, model, NULL));
    assert_fails(w, WICK_ERR_ARGUMENT, words);
    wick_clear(w);
    wick_guide *guide = wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = ONLY_X });
    assert_ok(w);
    wick_trace_run(w, wick_guide_program(guide));
    ck_assert_uint_eq(wick_param_count(w), 1);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(names_to_expose_must_be_those_of_latent_sites)
{
    static const char *const TYPO[] = { "x", "nope", NULL }, *const OBSERVED[] = { "y", NULL },
                             *const DISCRETE_TOO[] = { "x", "z", NULL };
    wick *w = wick_new(NULL);
    const wick_program model = { with_bernoulli, NULL };

    ck_assert_ptr_null(wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = TYPO }));
    assert_error(w, WICK_ERR_NAME, "wick_auto_delta_new: .expose has 'nope'",
        "no latent site of the model", "it has 'x', 'z'");
    ck_assert_ptr_null(wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = OBSERVED }));
    assert_error(w, WICK_ERR_NAME, ".expose has 'y'");
    ck_assert_ptr_null(wick_auto_delta_new(w, NOTHING, &(wick_auto_options){ .expose = TYPO }));
    assert_error(w, WICK_ERR_NAME, ".expose has 'x'", "it has none");
    wick_guide *guide =
        wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = DISCRETE_TOO });
    const problem p = { w, model, wick_guide_program(guide), wick_trace_enum_elbo, NULL };
    ck_assert(isfinite(loss_of(&p))); /* z is summed out, as ever */
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void some_rows(wick *w, void *arg)
{
    WICK_PLATE (w, "rows", *(const size_t *)arg)
        wick_sample(w, "x", wick_normal(0.3, 1.2));
}

START_TEST(an_autoguide_of_a_model_that_grew_says_that_it_must_be_made_anew)
{
    wick *w = wick_new(NULL);
    size_t n = 5;
    wick_guide *guide = wick_auto_delta_new(w, (wick_program){ some_rows, &n }, NULL);
    const problem p = { w, { some_rows, &n }, wick_guide_program(guide), NULL, NULL };

    ck_assert(isfinite(loss_of(&p)));
    n = 6;
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows' has 6 members here, but it had 5",
        "if it is an autoguide's, make the guide anew");
    n = 5;
    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- enumerated values -------------------------------------------------------------------------- */

static void looks_at_the_value(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));

    (void)arg;
    WICK_PLATE (w, "rows", 3)
        wick_factor(w, "f", wick_mul(wick_index(w, "rows"), wick_value(wick_mul(z, 2.0))));
}

static void z_one_by_one(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_enumerate_sequential(wick_bernoulli(0.3)));
}

START_TEST(the_value_of_an_enumerated_site_is_not_one_number)
{
    wick *w = wick_new(NULL);
    problem p = { w, { looks_at_the_value, NULL }, NOTHING, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "wick_value: 'z' is enumerated", "all its 2 values at once",
        "wick_where", "wick_enumerate_sequential in the guide", "'rows'");
    p.guide.fn = z_one_by_one;
    assert_close(loss_of(&p), -0.3 * 2.0 * (0.0 + 1.0 + 2.0), 1e-12);
    assert_ok(w);
    WICK_PLATE (w, "rows", 3)
        wick_value(wick_index(w, "rows")); /* what is not enumerated has the words it had */
    assert_error(w, WICK_ERR_SHAPE, "got 3 elements, need one; use wick_get");
    wick_free(w);
}
END_TEST

static const struct {
    void (*model)(wick *w, void *arg);
    const char *words[4];
} NOT_INFERRED[] = {
    { with_copies,
        { "wick_iid of bernoulli cannot be enumerated: its event is [4]", "put it into a plate",
            "'z'" } },
    { with_rows, { "categorical cannot be enumerated: its event is [2], and only scalar", "'z'" } },
    { with_counts, { "poisson cannot be enumerated: poisson has no finite set", "'n'" } },
    { one_site, { "normal cannot be enumerated; replay a guide's trace", "'x'" } },
};

START_TEST(inference_says_why_a_discrete_site_cannot_be_enumerated)
{
    wick *w = wick_new(NULL);
    const wick_binding x = { "x", wick_num(w, 0.7) };
    const bool given = NOT_INFERRED[_i].model != one_site;
    const wick_program model = { NOT_INFERRED[_i].model, NULL };
    const char *words[5] = { NULL };

    memcpy(words, NOT_INFERRED[_i].words, sizeof NOT_INFERRED[_i].words);
    WICK_WITH (w, wick_condition(w, given, &x))
        ck_assert_ptr_null(wick_infer_discrete(w, model, WICK_MODE));
    assert_fails(w, WICK_ERR_ARGUMENT, words);
    wick_clear(w);
    wick_reset(w);
    const wick_binding again = { "x", wick_num(w, 0.7) };
    WICK_WITH (w, wick_condition(w, 1, &again))
        ck_assert_ptr_nonnull(
            wick_infer_discrete(w, (wick_program){ with_bernoulli, NULL }, WICK_MODE));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Three values, and two places for them. */
static void short_axis(wick *w, void *arg)
{
    const wick_var locs = wick_param(w, "locs", wick_init_fill(0.3, 2), wick_real());
    const wick_var z = wick_sample(w, "z", wick_categorical(wick_fill(w, 0.3, 3)));
    const wick_var at = *(const bool *)arg ? wick_sub(z, 1.0) : z;

    wick_observe(w, "y", wick_normal(wick_at(locs, at), 1.0), wick_num(w, 0.2));
}

START_TEST(an_index_that_is_enumerated_needs_a_place_for_each_of_its_values)
{
    wick *w = wick_new(NULL);
    bool shifted = false;
    problem p = { w, { short_axis, &shifted }, NOTHING, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_DOMAIN, "wick_take: the index 2 is not one of 0 to 1",
        "'z' is enumerated with 3 values, the axis has the size 2", "a place for each value");
    shifted = true;
    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_DOMAIN, "wick_take: the index -1 is not one of 0 to 1",
        "it depends on 'z', which is enumerated: all its 3 values", "wick_clamp");
    ck_assert_uint_eq(wick_param_count(w), 0);
    p.model.fn = with_bernoulli;
    p.guide.fn = one_site;
    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

enum { WIDE = 10 };

/* As many of ten values as arg says, added up. */
static void sum_of_sites(wick *w, void *arg)
{
    wick_var sum = wick_num(w, 0.0);

    for (int i = 0; i < *(const int *)arg; i++)
        sum = wick_add(sum,
            wick_sample(w, wick_name(w, "z_%d", i), wick_categorical(wick_fill(w, 0.4, WIDE))));
    wick_observe(w, "y", wick_normal(sum, 1.5), wick_num(w, 4.2));
}

START_TEST(a_value_over_too_many_cases_is_refused_before_memory_is_asked_for)
{
    wick *w = wick_new(NULL);
    int n = 10;
    const problem p = { w, { sum_of_sites, &n }, NOTHING, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_LIMIT, "wick_add", "a table of 1000000000 numbers",
        "'z_0' (10), 'z_1' (10)", "'z_8' (10)", "sample some of these variables in the guide",
        "put independent ones into a plate");
    n = 3;
    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void global_over_a_minibatch(wick *w, void *arg)
{
    static const double X[64] = { 0.5 };
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));

    (void)arg;
    WICK_PLATE (w, "rows", 64, .subsample = 8)
        wick_observe(w, "y", wick_normal(z, 1.1), wick_data(w, X, 64));
}

START_TEST(a_global_variable_over_a_minibatch_needs_a_value_from_elsewhere)
{
    wick *w = wick_new(NULL);
    const problem p = { w, { global_over_a_minibatch, NULL }, NOTHING, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows' is subsampled, and 'z'", "use the whole plate",
        "give 'z' a value from elsewhere");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mistakes");
    TCase *tests = new_case(suite, "mistakes");

    tcase_add_test(tests, a_param_needs_a_constraint_that_has_a_transform);
    tcase_add_test(tests, a_trace_that_is_gone_is_refused_without_a_look_at_it);
    tcase_add_test(tests, a_trace_of_an_earlier_step_is_refused_where_its_memory_is_in_use_again);
    tcase_add_test(tests, an_arena_knows_what_it_has_given_out);
    tcase_add_loop_test(tests, point_estimates_of_discrete_sites_are_refused_and_can_be_left_out, 0,
        sizeof DISCRETE / sizeof *DISCRETE);
    tcase_add_test(tests, names_to_expose_must_be_those_of_latent_sites);
    tcase_add_test(tests, an_autoguide_of_a_model_that_grew_says_that_it_must_be_made_anew);
    tcase_add_test(tests, the_value_of_an_enumerated_site_is_not_one_number);
    tcase_add_loop_test(tests, inference_says_why_a_discrete_site_cannot_be_enumerated, 0,
        sizeof NOT_INFERRED / sizeof *NOT_INFERRED);
    tcase_add_test(tests, an_index_that_is_enumerated_needs_a_place_for_each_of_its_values);
    tcase_add_test(tests, a_value_over_too_many_cases_is_refused_before_memory_is_asked_for);
    tcase_add_test(tests, a_global_variable_over_a_minibatch_needs_a_value_from_elsewhere);
    return run_suite(suite);
}
