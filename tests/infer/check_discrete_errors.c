/* What cannot be inferred, and memory. */
#include "tests/support/discrete.h"
#include "tests/support/memory.h"

/* --- what cannot be --------------------------------------------------------------------------- */

static void continuous(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 2) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
        wick_sample(w, "height", wick_normal(z, 1.0));
    }
}

static void copies(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "coins", wick_iid(wick_bernoulli(0.3), 4));
}

START_TEST(a_continuous_site_without_a_value_is_refused_by_name)
{
    wick *w = wick_new(NULL);
    const wick_program model = { continuous, NULL };

    ck_assert_ptr_null(wick_infer_discrete(w, model, WICK_MODE));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_infer_discrete", "'height'", "'rows'", "normal",
        "no value", "replay", "condition");
    ck_assert_ptr_null(wick_infer_marginals(w, model));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_infer_marginals", "'height'");
    ck_assert_ptr_null(wick_infer_discrete(w, (wick_program){ copies, NULL }, WICK_MODE));
    assert_error(w, WICK_ERR_ARGUMENT, "'coins'", "wick_iid of bernoulli");
    const wick_binding height = { "height", wick_num(w, 0.4) };
    WICK_WITH (w, wick_condition(w, 1, &height))
        ck_assert_ptr_nonnull(wick_infer_discrete(w, model, WICK_MODE));
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void impossible_row(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 3) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
        const wick_var gone = wick_equal(wick_index(w, "rows"), 2.0);
        wick_factor(w, "wall", wick_where(gone, -INFINITY, z));
    }
}

/* Each site allows something, but nothing all of them together. */
static void contradiction(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));

    (void)arg;
    wick_factor(w, "one", wick_where(wick_equal(z, 1.0), 0.0, -INFINITY));
    wick_factor(w, "zero", wick_where(wick_equal(z, 0.0), 0.0, -INFINITY));
}

static void not_a_number(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));

    (void)arg;
    wick_observe(w, "y", wick_normal(z, wick_sub(z, 0.5)), wick_num(w, 1.0));
}

START_TEST(data_that_no_assignment_allows_are_an_error)
{
    wick *w = wick_new(NULL);

    for (int which = WICK_MODE; which <= WICK_DRAW; which++) {
        ck_assert_ptr_null(
            wick_infer_discrete(w, (wick_program){ impossible_row, NULL }, (wick_assignment)which));
        assert_error(
            w, WICK_ERR_NONFINITE, "wick_infer_discrete", "no assignment", "'wall'", "at 'rows' 2");
        ck_assert_ptr_null(
            wick_infer_discrete(w, (wick_program){ contradiction, NULL }, (wick_assignment)which));
        assert_error(w, WICK_ERR_NONFINITE, "no assignment", "each site allows");
        ck_assert_ptr_null(
            wick_infer_discrete(w, (wick_program){ not_a_number, NULL }, (wick_assignment)which));
        assert_error(w, WICK_ERR_NONFINITE, "wick_infer_discrete", "nan", "'y'", "scale is -0.5");
    }
    ck_assert_ptr_null(wick_infer_marginals(w, (wick_program){ impossible_row, NULL }));
    assert_error(w, WICK_ERR_NONFINITE, "wick_infer_marginals", "'wall'");
    wick_free(w);
}
END_TEST

static void global_and_minibatch(wick *w, void *arg)
{
    const wick_var s = wick_sample(w, "s", wick_bernoulli(0.45));

    (void)arg;
    WICK_PLATE (w, "rows", 6, .subsample = 2)
        wick_observe(w, "y", wick_normal(s, 1.0), wick_data(w, Y, 6));
}

static void leaves_open(wick *w, void *arg)
{
    (void)arg;
    wick_plate_enter(w, &(wick_plate_options){ .name = "rows", .size = 3 });
    wick_sample(w, "z", wick_bernoulli(0.5));
}

START_TEST(errors_name_the_call_and_leave_the_handle_usable)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(
        wick_infer_discrete(w, (wick_program){ global_and_minibatch, NULL }, WICK_MODE));
    assert_error(w, WICK_ERR_SHAPE, "'rows'", "'s'", "subsampled");
    ck_assert_ptr_null(wick_infer_discrete(w, (wick_program){ leaves_open, NULL }, WICK_MODE));
    assert_error(w, WICK_ERR_STATE, "wick_infer_discrete", "'rows'");
    ck_assert_double_eq(wick_marginals_log_evidence(wick_infer_marginals(w, NOTHING)), 0.0);
    assert_ok(w);
    ck_assert_ptr_null(wick_infer_discrete(w, (wick_program){ NULL, NULL }, WICK_MODE));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_infer_discrete", "no function");
    ck_assert_ptr_null(wick_infer_discrete(NULL, NOTHING, WICK_MODE));
    ck_assert_ptr_null(wick_infer_marginals(NULL, NOTHING));
    ck_assert_double_nan(wick_marginals_log_evidence(NULL));
    ck_assert_ptr_null(wick_marginal(NULL, "z").w);
    ck_assert_ptr_null(wick_marginal_pair(NULL, "z", "y").w);
    ck_assert_ptr_nonnull(wick_infer_discrete(w, (wick_program){ hmm, NULL }, WICK_MODE));
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(pairs_are_of_two_sites_that_meet_somewhere)
{
    wick *w = wick_new(NULL);
    const wick_program model = { hmm, NULL };

    wick_marginal_pair(wick_infer_marginals(w, model), "x_1", "x_3");
    assert_error(w, WICK_ERR_ARGUMENT, "wick_marginal_pair", "'x_1'", "'x_3'");
    wick_marginal_pair(wick_infer_marginals(w, model), "x_1", "x_1");
    assert_error(w, WICK_ERR_ARGUMENT, "wick_marginal_pair", "'x_1'");
    wick_marginal_pair(wick_infer_marginals(w, model), "x_1", "y_1");
    assert_error(w, WICK_ERR_NAME, "wick_marginal_pair", "'y_1'", "'x_0'");
    wick_marginal(wick_infer_marginals(w, model), "x_6");
    assert_error(w, WICK_ERR_NAME, "wick_marginal", "'x_6'", "'x_5'");
    wick_free(w);
}
END_TEST

/* --- memory ----------------------------------------------------------------------------------- */

static void infer_everything(wick *w, int i)
{
    const wick_program model = { i % 2 ? hmm : nested, NULL };

    wick_infer_discrete(w, model, WICK_MODE);
    wick_infer_discrete(w, model, WICK_DRAW);
    const wick_marginals *m = wick_infer_marginals(w, model);
    if (i % 2)
        wick_marginal_pair(m, "x_1", "x_2");
    else
        wick_marginal_pair(m, "c", "g");
    wick_marginal(m, i % 2 ? "x_0" : "g");
}

START_TEST(warm_calls_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);

    for (int i = 0; i < 6; i++) {
        infer_everything(w, i);
        wick_reset(w);
    }
    assert_ok(w);
    const memory warm = m;
    for (int i = 0; i < 300; i++) {
        infer_everything(w, i);
        wick_reset(w);
    }
    assert_ok(w);
    ck_assert_uint_eq(m.calls, warm.calls);
    ck_assert_uint_eq(m.bytes, warm.bytes);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(calls_survive_the_failure_of_each_of_their_allocations)
{
    size_t calls = 1, failed = 0;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n, .sticky = _i };
        const wick_options options = memory_options(&m, 3);
        wick *w = wick_new(&options);
        for (int i = 0; w && i < 2; i++)
            infer_everything(w, i);
        calls = n == 0 ? m.calls : calls;
        failed += wick_status(w) == WICK_ERR_MEMORY;
        ck_assert(wick_status(w) == WICK_OK || wick_status(w) == WICK_ERR_MEMORY);
        m.fail_at = 0;
        wick_clear(w);
        if (w) {
            infer_everything(w, 0);
            assert_ok(w);
        }
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(failed, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discrete errors");
    TCase *tests = new_case(suite, "discrete errors");

    tcase_add_test(tests, a_continuous_site_without_a_value_is_refused_by_name);
    tcase_add_test(tests, data_that_no_assignment_allows_are_an_error);
    tcase_add_test(tests, errors_name_the_call_and_leave_the_handle_usable);
    tcase_add_test(tests, pairs_are_of_two_sites_that_meet_somewhere);
    tcase_add_test(tests, warm_calls_allocate_nothing);
    tcase_add_loop_test(tests, calls_survive_the_failure_of_each_of_their_allocations, 0, 2);
    return run_suite(suite);
}
