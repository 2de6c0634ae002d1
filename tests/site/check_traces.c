/* Traces: what they record, and how they are played back. */
#include "tests/site/program.h"

/* --- traces ----------------------------------------------------------------------------------- */

START_TEST(a_trace_holds_every_site_once_in_the_order_they_were_met)
{
    static const struct {
        const char *name;
        wick_site_type type;
        bool observed;
    } WANT[] = { { "loc", WICK_PARAM, false }, { "x", WICK_SAMPLE, false },
        { "z", WICK_SAMPLE, false }, { "m", WICK_DETERMINISTIC, false }, { "y", WICK_SAMPLE, true },
        { "f", WICK_SAMPLE, true } };
    wick *w = wick_new(NULL);
    const wick_trace *trace = wick_trace_run(w, MODEL);
    const wick_site *s = wick_trace_first(trace);

    for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++, s = wick_site_next(s)) {
        ck_assert_ptr_nonnull(s);
        ck_assert_str_eq(s->name, WANT[i].name);
        ck_assert_ptr_eq(s->name, wick_name(w, "%s", WANT[i].name));
        ck_assert_int_eq(s->type, WANT[i].type);
        ck_assert(s->observed == WANT[i].observed);
        ck_assert_ptr_eq(wick_trace_find(trace, WANT[i].name), s);
    }
    ck_assert_ptr_null(s);
    ck_assert_ptr_null(wick_trace_find(trace, "nowhere"));
    ck_assert_double_eq(value_at(trace, "m"), 2.0 * value_at(trace, "x") + value_at(trace, "z"));
    ck_assert_double_eq(value_at(trace, "loc"), 0.3);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(asking_a_trace_for_an_unknown_site_lists_those_it_has)
{
    wick *w = wick_new(NULL);
    const wick_trace *trace = wick_trace_run(w, MODEL);
    double x;

    ck_assert_uint_eq(wick_trace_get(trace, "locs", &x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_trace_get", "'locs'", "'loc', 'x', 'z', 'm', 'y', 'f'");
    wick_free(w);
}
END_TEST

START_TEST(a_recorded_trace_is_the_same_as_one_that_is_run)
{
    wick *w = wick_new(NULL);
    wick_trace *recorded;
    double x;

    WICK_WITH (w, wick_record_trace(w, &recorded)) {
        wick_call(w, MODEL);
        x = value_at(recorded, "x"); /* at once, while it is open */
    }
    size_t n = 0;
    for (const wick_site *s = wick_trace_first(recorded); s; s = wick_site_next(s))
        n++;
    ck_assert_uint_eq(n, 6);
    ck_assert_double_eq(value_at(recorded, "x"), x);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void many_sites(wick *w, void *arg)
{
    const int n = *(int *)arg;

    for (int i = 0; i < n; i++)
        wick_sample(w, wick_name(w, "x_%d", i), wick_normal((double)i, 1e-9));
}

START_TEST(a_trace_finds_each_of_a_thousand_sites)
{
    wick *w = wick_new(NULL);
    int n = 1000;
    const wick_trace *trace = wick_trace_run(w, (wick_program){ many_sites, &n });

    for (int i = 0; i < n; i++)
        assert_close(value_at(trace, wick_name(w, "x_%d", i)), i, 1e-7);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void same_name_twice(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "twin", wick_normal(0.0, 1.0));
    wick_observe(w, "twin", wick_normal(0.0, 1.0), wick_num(w, 0.4));
}

static void sample_and_param(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "both", wick_normal(0.0, 1.0));
    wick_param(w, "both", wick_init_num(0.4), wick_real());
}

static void param_twice(wick *w, void *arg)
{
    (void)arg;
    wick_param(w, "again", wick_init_num(0.4), wick_real());
    wick_param(w, "again", wick_init_num(0.4), wick_real());
}

START_TEST(one_name_is_one_site_but_a_param_may_be_met_again)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ same_name_twice, NULL }));
    assert_error(w, WICK_ERR_NAME, "two sites are named 'twin'", "wick_name");
    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ sample_and_param, NULL }));
    assert_error(w, WICK_ERR_NAME, "two sites are named 'both'", "different types");
    ck_assert_ptr_nonnull(wick_trace_run(w, (wick_program){ param_twice, NULL }));
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(two_runs_draw_differently_and_two_handles_of_one_seed_alike)
{
    wick *w[2] = { wick_new(&(wick_options){ .seed = 5 }), wick_new(&(wick_options){ .seed = 5 }) };
    double x[2][2];

    for (int i = 0; i < 2; i++)
        for (int run = 0; run < 2; run++)
            x[i][run] = value_at(wick_trace_run(w[i], MODEL), "x");
    ck_assert_double_ne(x[0][0], x[0][1]);
    ck_assert_double_eq(x[0][0], x[1][0]);
    ck_assert_double_eq(x[0][1], x[1][1]);
    wick_free(w[0]);
    wick_free(w[1]);
}
END_TEST

/* --- replay ----------------------------------------------------------------------------------- */

START_TEST(replayed_sites_take_the_recorded_values_and_the_others_are_drawn)
{
    wick *w = wick_new(NULL);
    wick_trace *first;

    WICK_WITH (w, wick_record_trace(w, &first)) {
        wick_sample(w, "x", wick_normal(7.5, 0.1));
        wick_sample(w, "elsewhere", wick_normal(7.5, 0.1));
        wick_observe(w, "z", wick_bernoulli(0.5), wick_num(w, 0.75)); /* observed: not replayed */
        wick_sample(w, "y", wick_normal(0.0, 1.0)); /* observed in the model: not replayed */
        wick_deterministic(w, "f", wick_num(w, 3.5));
    }
    const wick_trace *second = trace_under(w, wick_replay(w, first));
    assert_ok(w);
    ck_assert_double_eq(value_at(second, "x"), value_at(first, "x"));
    ck_assert_double_ne(value_at(second, "z"), 0.75);
    ck_assert_double_eq(value_at(second, "y"), LEVEL);
    ck_assert(!wick_trace_find(second, "x")->observed);
    ck_assert_ptr_null(wick_trace_find(second, "elsewhere"));
    assert_close(log_prob_at(w, second, "x"), log_normal(value_at(first, "x"), 0.3, 1.2), 1e-14);
    wick_free(w);
}
END_TEST

START_TEST(a_trace_of_an_earlier_step_is_refused)
{
    wick *w = wick_new(NULL);
    wick_trace *trace = wick_trace_run(w, MODEL);

    wick_reset(w);
    ck_assert_ptr_null(wick_trace_first(trace));
    ck_assert_ptr_null(wick_replay(w, trace));
    assert_error(w, WICK_ERR_STATE, "wick_replay", "earlier step", "wick_condition");
    ck_assert_ptr_null(wick_replay(w, NULL));
    assert_error(w, WICK_ERR_STATE, "wick_replay");
    wick *other = wick_new(NULL);
    ck_assert_ptr_null(wick_replay(w, wick_trace_run(other, MODEL)));
    assert_error(w, WICK_ERR_STATE, "another handle");
    wick_free(other);
    wick_free(w);
}
END_TEST

START_TEST(a_site_is_replayed_in_the_plates_it_was_recorded_in_only)
{
    wick *w = wick_new(NULL);
    wick_trace *trace;

    WICK_WITH (w, wick_record_trace(w, &trace))
        wick_sample(w, "x", wick_normal(0.0, 1.0));
    WICK_WITH (w, wick_replay(w, trace))
        WICK_PLATE (w, "rows", 3)
            wick_sample(w, "x", wick_normal(0.0, 1.0));
    assert_error(w, WICK_ERR_SHAPE, "wick_replay", "'rows' (3)", "'x'");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traces");
    TCase *traces = new_case(suite, "traces");

    tcase_add_test(traces, a_trace_holds_every_site_once_in_the_order_they_were_met);
    tcase_add_test(traces, asking_a_trace_for_an_unknown_site_lists_those_it_has);
    tcase_add_test(traces, a_recorded_trace_is_the_same_as_one_that_is_run);
    tcase_add_test(traces, a_trace_finds_each_of_a_thousand_sites);
    tcase_add_test(traces, one_name_is_one_site_but_a_param_may_be_met_again);
    tcase_add_test(traces, two_runs_draw_differently_and_two_handles_of_one_seed_alike);
    tcase_add_test(traces, replayed_sites_take_the_recorded_values_and_the_others_are_drawn);
    tcase_add_test(traces, a_trace_of_an_earlier_step_is_refused);
    tcase_add_test(traces, a_site_is_replayed_in_the_plates_it_was_recorded_in_only);
    return run_suite(suite);
}
