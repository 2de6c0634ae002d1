/* Handlers that change what a site is: uncondition, do, infer config. */
#include "tests/site/program.h"

/* --- uncondition ------------------------------------------------------------------------------ */

START_TEST(an_unconditioned_site_is_latent_and_is_drawn)
{
    double sum = 0.0, squares = 0.0;
    enum { N = 4000 };
    wick *w = wick_new(&(wick_options){ .seed = 5 });

    for (int i = 0; i < N; i++) {
        const wick_trace *trace = trace_under(w, wick_uncondition(w));
        const wick_site *y = wick_trace_find(trace, "y");
        ck_assert(!y->observed);
        const double z = (value_at(trace, "y") - value_at(trace, "m")) / 0.7;
        sum += z;
        squares += z * z;
        assert_close(log_prob_at(w, trace, "y"),
            -0.5 * z * z - log(0.7) - 0.5 * log(2.0 * acos(-1.0)), 1e-12);
        wick_reset(w);
    }
    ck_assert_double_lt(fabs(sum / N), 5.0 / sqrt(N)); /* a standard normal: 5 sigma */
    ck_assert_double_lt(fabs(squares / N - 1.0), 5.0 * sqrt(2.0 / N));
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(an_unconditioned_factor_stays_a_term_of_the_density)
{
    wick *w = wick_new(NULL);
    const wick_trace *trace = trace_under(w, wick_uncondition(w));

    ck_assert_str_eq(sites_of(w, trace), "loc= x~ z~ m: y~ f~! ");
    assert_close(log_prob_at(w, trace, "f"), -0.25 * value_at(trace, "x"), 1e-15);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* What it observes comes back, on two plates, with an event. */
static void observes_rows(wick *w, void *arg)
{
    static const double Y[6] = { 0.1, -0.4, 2.2, 3.1, -1.7, 0.9 };

    WICK_PLATE (w, "rows", 3)
        *(wick_var *)arg =
            wick_observe(w, "y", wick_iid(wick_normal(7.5, 0.01), 2), wick_data(w, Y, 6, 2));
}

START_TEST(what_observe_returns_is_the_draw_over_the_plates_and_the_event)
{
    wick *w = wick_new(NULL);
    wick_var seen;
    double y[6];
    const wick_program program = { observes_rows, &seen };
    const wick_trace *trace = wick_trace_run(w, wick_wrap(w, program, wick_uncondition(w)));

    wick_get(seen, y, 6);
    assert_ok(w);
    for (int i = 0; i < 6; i++) {
        assert_close(y[i], 7.5, 0.01);
        for (int j = 0; j < i; j++)
            ck_assert_double_ne(y[i], y[j]);
    }
    ck_assert_uint_eq(seen.node, wick_trace_find(trace, "y")->value.node);
    wick_free(w);
}
END_TEST

START_TEST(a_condition_outside_an_uncondition_holds_and_one_inside_is_undone)
{
    wick *w = wick_new(NULL);
    const wick_binding y = { "y", wick_num(w, -0.6) };
    wick_trace *trace;

    WICK_WITH (w, wick_condition(w, 1, &y))
        trace = trace_under(w, wick_uncondition(w));
    ck_assert_double_eq(value_at(trace, "y"), -0.6);
    ck_assert(wick_trace_find(trace, "y")->observed);

    const wick_binding x = { "x", wick_num(w, 3.5) };
    WICK_WITH (w, wick_uncondition(w))
        trace = trace_under(w, wick_condition(w, 1, &x));
    ck_assert_double_ne(value_at(trace, "x"), 3.5);
    ck_assert(!wick_trace_find(trace, "x")->observed);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void sees_a_face(wick *w, void *arg)
{
    (void)arg;
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
    wick_observe(w, "k", wick_bernoulli(wick_add(wick_mul(z, 0.5), 0.2)), wick_num(w, 1.0));
}

static void forgets_a_face(wick *w, void *arg)
{
    WICK_WITH (w, wick_uncondition(w))
        sees_a_face(w, arg);
}

START_TEST(an_unconditioned_discrete_site_is_summed_out_to_1)
{
    assert_close(loss_alone(sees_a_face, NULL), -log(0.35 * 0.7 + 0.65 * 0.2), 1e-14);
    assert_close(loss_alone(forgets_a_face, NULL), 0.0, 1e-14);
}
END_TEST

/* --- do --------------------------------------------------------------------------------------- */

START_TEST(the_program_goes_on_with_the_intervened_value_and_the_site_with_its_own)
{
    wick *w = wick_new(NULL);
    const wick_binding x = { "x", wick_num(w, -0.8) };
    wick_trace *inside, *outside;

    WICK_WITH (w, wick_record_trace(w, &outside))
        WICK_WITH (w, wick_do(w, 1, &x))
            WICK_WITH (w, wick_record_trace(w, &inside))
                wick_call(w, MODEL);
    ck_assert_str_eq(sites_of(w, outside), "loc= x~ z~ m: y~! f~! ");
    ck_assert_str_eq(sites_of(w, inside), "loc= x: z~ m: y~! f~! ");
    ck_assert_double_eq(value_at(inside, "x"), -0.8);
    ck_assert_double_ne(value_at(outside, "x"), -0.8);
    assert_close(value_at(outside, "m"), 2.0 * -0.8 + value_at(outside, "z"), 1e-15);
    assert_close(log_prob_at(w, outside, "x"), log_normal(value_at(outside, "x"), 0.3, 1.2), 1e-14);
    assert_close(log_prob_at(w, outside, "f"), -0.25 * -0.8, 1e-15);

    wick_trace *plain;
    wick_reset(w);
    wick_set_seed(w, 0);
    plain = wick_trace_run(w, MODEL);
    ck_assert(!wick_trace_find(plain, "x")->observed);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_split_site_keeps_scale_mask_seed_and_marks_of_the_handlers_inside)
{
    wick *w = wick_new(NULL);
    const wick_binding z = { "z", wick_num(w, 1.0) };
    wick_trace *trace;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_WITH (w, wick_do(w, 1, &z))
            WICK_WITH (w, wick_scale(w, 2.5))
                WICK_WITH (w, wick_mask(w, wick_num(w, 0.0)))
                    WICK_WITH (w, wick_reseed(w, 77))
                        WICK_WITH (w, wick_config_enumerate(w))
                            wick_call(w, MODEL);
    const wick_site *own = wick_trace_find(trace, "z");
    ck_assert_double_eq(own->scale, 2.5);
    ck_assert_uint_eq(own->seed, 77);
    ck_assert_int_eq(own->enumerate, WICK_PARALLEL);
    ck_assert_double_eq(wick_value(wick_site_cost(w, own)), 0.0);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Three faces: c -> t, and both -> y. What is wanted is the effect of t on y. */
static const double C[2] = { 0.3, 0.7 }, T_IF[2] = { 0.9, 0.2 };
static const double Y_IF[2][2] = { { 0.15, 0.4 }, { 0.55, 0.85 } }; /* by c, then t */

static wick_var table(wick *w)
{
    return wick_const(w, &Y_IF[0][0], 2, 2);
}

static void confounded(wick *w, void *arg)
{
    (void)arg;
    const wick_var c = wick_sample(w, "c", wick_bernoulli(C[1]));
    const wick_var t = wick_sample(w, "t", wick_bernoulli(wick_at(wick_const(w, T_IF, 2), c)));
    wick_observe(w, "y", wick_bernoulli(wick_at(wick_at(table(w), c), t)), wick_num(w, 1.0));
}

static void treated(wick *w, void *arg)
{
    const wick_binding t = { "t", wick_num(w, *(const double *)arg) };

    WICK_WITH (w, wick_do(w, 1, &t))
        confounded(w, NULL);
}

static void was_treated(wick *w, void *arg)
{
    const wick_binding t = { "t", wick_num(w, *(const double *)arg) };

    WICK_WITH (w, wick_condition(w, 1, &t))
        confounded(w, NULL);
}

START_TEST(intervening_is_not_conditioning)
{
    for (int t = 0; t < 2; t++) {
        const double at = t;
        double done = 0.0, seen = 0.0;
        for (int c = 0; c < 2; c++) {
            done += C[c] * Y_IF[c][t]; /* the adjustment formula */
            seen += C[c] * (t ? T_IF[c] : 1.0 - T_IF[c]) * Y_IF[c][t];
        }
        assert_close(loss_alone(treated, (void *)&at), -log(done), 1e-13);
        assert_close(loss_alone(was_treated, (void *)&at), -log(seen), 1e-13);
    }
}
END_TEST

/* y had t been 1, of those who had t = 0, with the condition inside or outside. */
static void counterfactual(wick *w, void *arg)
{
    const wick_binding was = { "t", wick_num(w, 0.0) }, had = { "t", wick_num(w, 1.0) };
    const bool inside = *(const bool *)arg;

    WICK_WITH (w, inside ? wick_do(w, 1, &had) : wick_condition(w, 1, &was))
        WICK_WITH (w, inside ? wick_condition(w, 1, &was) : wick_do(w, 1, &had))
            confounded(w, NULL);
}

START_TEST(a_condition_on_an_intervened_site_gives_a_counterfactual_from_either_side)
{
    double want = 0.0;

    for (int c = 0; c < 2; c++)
        want += C[c] * (1.0 - T_IF[c]) * Y_IF[c][1];
    for (int inside = 0; inside < 2; inside++) {
        bool flag = inside;
        assert_close(loss_alone(counterfactual, &flag), -log(want), 1e-13);
    }
}
END_TEST

static void nested(wick *w, void *arg)
{
    const wick_binding two = { "x", wick_num(w, 2.25) }, three = { "x", wick_num(w, 3.25) };
    wick_var *seen = arg;

    WICK_WITH (w, wick_do(w, 1, &two))
        WICK_WITH (w, wick_do(w, 1, &three))
            *seen = wick_sample(w, "x", wick_normal(0.3, 1.2));
}

START_TEST(of_nested_interventions_the_innermost_decides)
{
    wick *w = wick_new(NULL);
    wick_var seen;
    const wick_trace *trace = wick_trace_run(w, (wick_program){ nested, &seen });

    ck_assert_double_eq(wick_value(seen), 3.25);
    ck_assert_str_eq(sites_of(w, trace), "x~ ");
    ck_assert_double_ne(value_at(trace, "x"), 3.25);
    ck_assert_double_ne(value_at(trace, "x"), 2.25);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* An observed site too: what is observed stays, what comes back is the value given. */
START_TEST(an_observed_site_is_split_and_stays_observed)
{
    wick *w = wick_new(NULL);
    const wick_binding y = { "y", wick_num(w, 0.4) };
    wick_trace *trace;
    wick_var seen = WICK_VAR_NONE;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_WITH (w, wick_do(w, 1, &y))
            seen = wick_observe(w, "y", wick_normal(0.3, 1.2), wick_num(w, 1.7));
    ck_assert_double_eq(wick_value(seen), 0.4);
    ck_assert_double_eq(value_at(trace, "y"), 1.7);
    ck_assert_str_eq(sites_of(w, trace), "y~! ");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(params_and_deterministic_sites_are_not_intervened_on)
{
    wick *w = wick_new(NULL);
    const wick_binding given[] = { { "loc", wick_num(w, 5.5) }, { "m", wick_num(w, 5.5) } };
    const wick_trace *trace = trace_under(w, wick_do(w, 2, given));

    ck_assert_double_eq(value_at(trace, "loc"), 0.3);
    assert_close(value_at(trace, "m"), 2.0 * value_at(trace, "x") + value_at(trace, "z"), 1e-15);
    ck_assert_ptr_null(wick_do(w, 1, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_do", "NULL");
    ck_assert_ptr_null(wick_do(w, 1, &(wick_binding){ "x", WICK_VAR_NONE }));
    assert_error(w, WICK_ERR_STATE, "wick_do", "never set");
    wick_free(w);
}
END_TEST

/* --- infer config ----------------------------------------------------------------------------- */

static wick_enumeration by_name(const wick_site *site, void *arg)
{
    const char **only = arg;

    ck_assert_int_eq(site->type, WICK_SAMPLE);
    ck_assert(!site->observed);
    return strcmp(site->name, *only) == 0 ? WICK_SEQUENTIAL : site->enumerate;
}

START_TEST(infer_config_marks_latent_sites_as_its_function_says)
{
    wick *w = wick_new(NULL);
    const char *only = "z";
    wick_trace *trace;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_WITH (w, wick_infer_config(w, by_name, &only)) {
            wick_call(w, MODEL);
            wick_sample(w, "marked", wick_enumerate(wick_bernoulli(0.4)));
            wick_sample(w, "plain", wick_bernoulli(0.4));
            wick_observe(w, "seen", wick_bernoulli(0.4), wick_num(w, 1.0));
        }
    assert_ok(w);
    ck_assert_int_eq(wick_trace_find(trace, "z")->enumerate, WICK_SEQUENTIAL);
    ck_assert_int_eq(wick_trace_find(trace, "marked")->enumerate, WICK_PARALLEL);
    ck_assert_int_eq(wick_trace_find(trace, "plain")->enumerate, WICK_NOT_ENUMERATED);
    ck_assert_int_eq(wick_trace_find(trace, "x")->enumerate, WICK_NOT_ENUMERATED);
    ck_assert_ptr_null(wick_infer_config(w, NULL, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_infer_config", "NULL");
    wick_free(w);
}
END_TEST

static wick_enumeration never(const wick_site *site, void *arg)
{
    (void)site;
    (void)arg;
    return WICK_NOT_ENUMERATED;
}

START_TEST(of_nested_configs_the_outer_one_sees_the_marks_of_the_inner_one)
{
    wick *w = wick_new(NULL);
    const char *z = "z", *other = "other";
    wick_trace *trace;

    WICK_WITH (w, wick_infer_config(w, by_name, &other))
        trace = trace_under(w, wick_infer_config(w, by_name, &z));
    ck_assert_int_eq(wick_trace_find(trace, "z")->enumerate, WICK_SEQUENTIAL);
    WICK_WITH (w, wick_infer_config(w, never, NULL))
        trace = trace_under(w, wick_config_enumerate(w));
    ck_assert_int_eq(wick_trace_find(trace, "z")->enumerate, WICK_NOT_ENUMERATED);
    WICK_WITH (w, wick_config_enumerate(w))
        trace = trace_under(w, wick_infer_config(w, by_name, &z));
    ck_assert_int_eq(wick_trace_find(trace, "z")->enumerate, WICK_SEQUENTIAL);
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("more_handlers");
    TCase *uncondition = new_case(suite, "uncondition"), *intervene = new_case(suite, "do");
    TCase *config = new_case(suite, "infer_config");

    tcase_add_test(uncondition, an_unconditioned_site_is_latent_and_is_drawn);
    tcase_add_test(uncondition, an_unconditioned_factor_stays_a_term_of_the_density);
    tcase_add_test(uncondition, what_observe_returns_is_the_draw_over_the_plates_and_the_event);
    tcase_add_test(uncondition, a_condition_outside_an_uncondition_holds_and_one_inside_is_undone);
    tcase_add_test(uncondition, an_unconditioned_discrete_site_is_summed_out_to_1);
    tcase_add_test(
        intervene, the_program_goes_on_with_the_intervened_value_and_the_site_with_its_own);
    tcase_add_test(intervene, a_split_site_keeps_scale_mask_seed_and_marks_of_the_handlers_inside);
    tcase_add_test(intervene, intervening_is_not_conditioning);
    tcase_add_test(
        intervene, a_condition_on_an_intervened_site_gives_a_counterfactual_from_either_side);
    tcase_add_test(intervene, of_nested_interventions_the_innermost_decides);
    tcase_add_test(intervene, an_observed_site_is_split_and_stays_observed);
    tcase_add_test(intervene, params_and_deterministic_sites_are_not_intervened_on);
    tcase_add_test(config, infer_config_marks_latent_sites_as_its_function_says);
    tcase_add_test(config, of_nested_configs_the_outer_one_sees_the_marks_of_the_inner_one);
    return run_suite(suite);
}
