/* Handlers: what each does to the messages that pass it. */
#include "tests/site/program.h"

/* --- block ------------------------------------------------------------------------------------ */

/* Names that get through a block, in one string. */
static const char *through(wick *w, wick_handler *block)
{
    const wick_trace *trace = trace_under(w, block);
    const char *names = wick_name(w, "%s", "-");

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        names = wick_name(w, "%s%s-", names, s->name);
    return names;
}

static bool is_short_latent(const wick_site *site, void *arg)
{
    return site->type == WICK_SAMPLE && !site->observed && strlen(site->name) == *(size_t *)arg;
}

START_TEST(block_hides_what_its_options_say)
{
    static const char *const NAMES[] = { "z", "y", "nowhere", NULL };
    static const char *const NONE[] = { NULL };
    size_t length = 1;
    wick *w = wick_new(NULL);

    ck_assert_str_eq(through(w, wick_block_with(w, NULL)), "-");
    ck_assert_str_eq(through(w, wick_block(w)), "-");
    ck_assert_str_eq(through(w, wick_block(w, .hide = NAMES)), "-loc-x-m-f-");
    ck_assert_str_eq(through(w, wick_block(w, .hide = NONE)), "-loc-x-z-m-y-f-");
    ck_assert_str_eq(through(w, wick_block(w, .expose = NAMES)), "-z-y-");
    ck_assert_str_eq(through(w, wick_block(w, .expose = NONE)), "-");
    ck_assert_str_eq(through(w, wick_block(w, .hide_types = WICK_PARAM)), "-x-z-m-y-f-");
    ck_assert_str_eq(
        through(w, wick_block(w, .hide_types = WICK_SAMPLE | WICK_DETERMINISTIC)), "-loc-");
    ck_assert_str_eq(
        through(w, wick_block(w, .hide_site = is_short_latent, .arg = &length)), "-loc-m-y-f-");
    ck_assert_str_eq(through(w, wick_block(w, .hide = NAMES, .hide_types = WICK_PARAM)), "-x-m-f-");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(handlers_inside_a_block_still_see_what_it_hides)
{
    wick *w = wick_new(NULL);
    wick_trace *inside, *outside;

    WICK_WITH (w, wick_record_trace(w, &outside))
        WICK_WITH (w, wick_block(w))
            WICK_WITH (w, wick_record_trace(w, &inside))
                wick_call(w, MODEL);
    ck_assert_ptr_nonnull(wick_trace_find(inside, "x"));
    ck_assert_ptr_null(wick_trace_first(outside));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* (slope - 2.5)^2 without telling anyone */
static wick_var hidden_square(wick *w, wick_program m, wick_program g, const void *options)
{
    wick_var loss = WICK_VAR_NONE;

    (void)m;
    (void)g;
    WICK_WITH (w, options ? wick_freeze(w) : wick_block(w))
        loss = wick_square(wick_sub(wick_param(w, "slope", wick_init_num(1.0), wick_real()), 2.5));
    return loss;
}

START_TEST(a_block_does_not_cut_gradients_and_a_freeze_does)
{
    const double want[2] = { 2.0 * (1.0 - 2.5), 0.0 };

    for (int frozen = 0; frozen < 2; frozen++) {
        wick *w = wick_new(NULL);
        const int yes = 1;
        wick_var slope, seen;
        double gradient, there;

        WICK_WITH (w, frozen ? wick_freeze(w) : wick_block(w)) {
            seen = wick_param(w, "slope", wick_init_num(1.0), wick_real());
        }
        slope = wick_param_read(w, "slope");
        ck_assert_double_eq(wick_value(seen), 1.0);
        wick_backward(wick_add(wick_square(wick_sub(seen, 2.5)), wick_mul(slope, 0.0)));
        wick_get_gradient(slope, &gradient, 1);
        ck_assert_double_eq(gradient, want[frozen]);

        /* neither is updated: an optimiser sees the messages that get out, and are not frozen */
        wick_svi *svi = wick_svi_new(w, NOTHING, NOTHING,
            &(wick_svi_options){ .loss = hidden_square, .loss_options = frozen ? &yes : NULL });
        assert_close(wick_svi_step(svi), 2.25, 1e-15);
        wick_param_get(w, "slope", &there, 1);
        ck_assert_double_eq(there, 1.0);
        ck_assert_double_eq(wick_svi_gradient_norm(svi, "slope"), 0.0);
        assert_ok(w);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

/* --- condition and substitute ----------------------------------------------------------------- */

START_TEST(conditioned_sites_are_observed_with_the_value_given)
{
    wick *w = wick_new(NULL);
    char name[] = "x"; /* copied: the buffer may change */
    wick_binding given[] = { { name, wick_num(w, -0.8) }, { "loc", wick_num(w, 5.5) },
        { "y", wick_num(w, 5.5) }, { "m", wick_num(w, 5.5) }, { "nowhere", wick_num(w, 5.5) } };
    wick_handler *condition = wick_condition(w, sizeof given / sizeof *given, given);

    name[0] = 'q';
    given[0].value = wick_num(w, 99.0);
    const wick_trace *trace = trace_under(w, condition);
    ck_assert_double_eq(value_at(trace, "x"), -0.8);
    ck_assert(wick_trace_find(trace, "x")->observed);
    ck_assert_double_eq(value_at(trace, "loc"), 0.3);
    ck_assert_double_eq(value_at(trace, "y"), LEVEL);
    ck_assert_double_ne(value_at(trace, "m"), 5.5);
    ck_assert(!wick_trace_find(trace, "z")->observed);
    assert_close(log_prob_at(w, trace, "x"), log_normal(-0.8, 0.3, 1.2), 1e-14);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(substituted_sites_stay_latent_and_params_take_values_too)
{
    wick *w = wick_new(NULL);
    const wick_binding given[] = { { "x", wick_num(w, -0.8) }, { "loc", wick_num(w, 0.9) },
        { "y", wick_num(w, 5.5) } };
    const wick_trace *trace = trace_under(w, wick_substitute(w, 3, given));

    ck_assert_double_eq(value_at(trace, "x"), -0.8);
    ck_assert(!wick_trace_find(trace, "x")->observed);
    ck_assert_double_eq(value_at(trace, "loc"), 0.9);
    ck_assert_double_eq(value_at(trace, "y"), LEVEL);
    assert_close(log_prob_at(w, trace, "x"), log_normal(-0.8, 0.9, 1.2), 1e-14);
    ck_assert(!wick_param_exists(w, "loc")); /* it was not needed */
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(of_nested_handlers_that_give_values_the_innermost_decides)
{
    wick *w = wick_new(NULL);
    wick_trace *recorded, *trace;
    const wick_binding two = { "x", wick_num(w, 2.25) }, three = { "x", wick_num(w, 3.25) };

    WICK_WITH (w, wick_record_trace(w, &recorded))
        wick_sample(w, "x", wick_normal(100.0, 1e-3));

    WICK_WITH (w, wick_condition(w, 1, &two))
        trace = trace_under(w, wick_condition(w, 1, &three));
    ck_assert_double_eq(value_at(trace, "x"), 3.25);

    WICK_WITH (w, wick_substitute(w, 1, &two))
        trace = trace_under(w, wick_substitute(w, 1, &three));
    ck_assert_double_eq(value_at(trace, "x"), 3.25);
    ck_assert(!wick_trace_find(trace, "x")->observed);

    WICK_WITH (w, wick_substitute(w, 1, &two))
        trace = trace_under(w, wick_condition(w, 1, &three));
    ck_assert_double_eq(value_at(trace, "x"), 3.25);
    ck_assert(wick_trace_find(trace, "x")->observed);

    WICK_WITH (w, wick_replay(w, recorded))
        trace = trace_under(w, wick_substitute(w, 1, &three));
    ck_assert_double_eq(value_at(trace, "x"), 3.25);

    WICK_WITH (w, wick_substitute(w, 1, &three))
        trace = trace_under(w, wick_replay(w, recorded));
    ck_assert_double_gt(value_at(trace, "x"), 99.0);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_binding_needs_a_name_and_a_living_value)
{
    wick *w = wick_new(NULL);
    wick_var old = wick_num(w, 1.5);

    wick_reset(w);
    ck_assert_ptr_null(wick_condition(w, 1, &(wick_binding){ "x", old }));
    assert_error(w, WICK_ERR_STATE, "wick_condition", "earlier step");
    ck_assert_ptr_null(wick_substitute(w, 1, &(wick_binding){ "x", WICK_VAR_NONE }));
    assert_error(w, WICK_ERR_STATE, "wick_substitute", "never set");
    ck_assert_ptr_null(wick_condition(w, 1, &(wick_binding){ NULL, wick_num(w, 1.5) }));
    assert_error(w, WICK_ERR_NAME, "wick_condition", "NULL");
    wick_free(w);
}
END_TEST

/* --- scale and mask --------------------------------------------------------------------------- */

START_TEST(nested_scales_multiply_the_costs_and_not_the_log_probs)
{
    wick *w = wick_new(NULL);
    wick_trace *trace;

    WICK_WITH (w, wick_scale(w, 2.5))
        trace = trace_under(w, wick_scale(w, 0.3));
    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s)) {
        if (s->type != WICK_SAMPLE)
            continue;
        const double log_prob = wick_value(wick_site_log_prob(w, s));
        assert_close(s->scale, 0.75, 1e-15);
        assert_close(wick_value(wick_site_cost(w, s)), 0.75 * log_prob, 1e-15);
    }
    const double m = value_at(trace, "m");
    assert_close(log_prob_at(w, trace, "y"), log_normal(LEVEL, m, 0.7), 1e-14);
    assert_close(log_prob_at(w, trace, "f"), -0.25 * value_at(trace, "x"), 1e-15);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_scale_must_be_positive_and_finite)
{
    static const struct {
        double factor;
        const char *text;
    } BAD[] = { { 0.0, "0" }, { -3.5, "-3.5" }, { INFINITY, "inf" }, { NAN, "nan" } };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        ck_assert_ptr_null(wick_scale(w, BAD[i].factor));
        assert_error(w, WICK_ERR_DOMAIN, "wick_scale", BAD[i].text, "positive");
    }
    wick_free(w);
}
END_TEST

/* Rows that are there; the others are NaN. Two masks, the outer one off at row 3. */
static void rows_with_gaps(wick *w, void *arg)
{
    static const double PRESENT[] = { 1.0, 0.0, 1.0, 1.0 }, INNER[] = { 1.0, 1.0, 1.0, 0.0 };
    static const double Y[] = { 0.7, NAN, -1.1, 3.3 };

    (void)arg;
    wick_var loc = wick_param(w, "loc", wick_init_num(0.4), wick_real());
    WICK_PLATE (w, "rows", 4)
        WICK_WITH (w, wick_mask(w, wick_data(w, PRESENT, 4)))
            WICK_WITH (w, wick_mask(w, wick_data(w, INNER, 4)))
                wick_observe(w, "y", wick_normal(loc, 1.5), wick_data(w, Y, 4));
}

START_TEST(where_a_mask_is_off_the_density_is_not_evaluated)
{
    wick *w = wick_new(NULL);
    const problem p = { .w = w, .model = { rows_with_gaps, NULL }, .guide = NOTHING };
    double gradient, cost[4], log_prob[4];
    const double loss = gradient_of(&p, &gradient);

    assert_close(-loss, log_normal(0.7, 0.4, 1.5) + log_normal(-1.1, 0.4, 1.5), 1e-14);
    assert_close(gradient, -((0.7 - 0.4) + (-1.1 - 0.4)) / (1.5 * 1.5), 1e-14);

    wick_reset(w);
    const wick_trace *trace = wick_trace_run(w, p.model);
    const wick_site *y = wick_trace_find(trace, "y");
    wick_get(wick_site_cost(w, y), cost, 4);
    wick_get(wick_site_log_prob(w, y), log_prob, 4);
    ck_assert_double_eq(cost[1], 0.0);
    ck_assert_double_eq(cost[3], 0.0);
    assert_close(cost[2], log_normal(-1.1, 0.4, 1.5), 1e-14);
    assert_close(log_prob[3], log_normal(3.3, 0.4, 1.5), 1e-14); /* unmasked */
    ck_assert_double_nan(log_prob[1]);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_mask_is_a_scalar_per_member)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_mask(w, wick_fill(w, 1.0, 3)));
    assert_error(w, WICK_ERR_SHAPE, "wick_mask", "scalar");
    ck_assert_ptr_null(wick_mask(w, WICK_VAR_NONE));
    assert_error(w, WICK_ERR_STATE, "wick_mask", "never set");
    wick_free(w);
}
END_TEST

/* --- seeds, enumeration ----------------------------------------------------------------------- */

START_TEST(draws_under_a_seed_do_not_depend_on_the_seed_of_the_handle)
{
    double x[3];

    for (uint64_t seed = 0; seed < 3; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const uint64_t own = seed == 2 ? 12 : 11;
        wick_trace *trace;

        WICK_WITH (w, wick_reseed(w, 40 + seed)) /* the inner one decides */
            trace = trace_under(w, wick_reseed(w, own));
        x[seed] = value_at(trace, "x");
        assert_ok(w);
        wick_free(w);
    }
    ck_assert_double_eq(x[0], x[1]);
    ck_assert_double_ne(x[0], x[2]);
}
END_TEST

START_TEST(config_enumerate_marks_latent_sites_of_finite_support)
{
    wick *w = wick_new(NULL);
    wick_trace *trace;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_WITH (w, wick_config_enumerate(w)) {
            wick_call(w, MODEL);
            wick_sample(w, "k", wick_categorical(wick_fill(w, 0.2, 5)));
            wick_observe(w, "seen", wick_bernoulli(0.4), wick_num(w, 1.0));
        }
    ck_assert(wick_trace_find(trace, "z")->enumerate);
    ck_assert(wick_trace_find(trace, "k")->enumerate);
    ck_assert(!wick_trace_find(trace, "x")->enumerate);
    ck_assert(!wick_trace_find(trace, "seen")->enumerate);
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handlers");
    TCase *handlers = new_case(suite, "handlers");

    tcase_add_test(handlers, block_hides_what_its_options_say);
    tcase_add_test(handlers, handlers_inside_a_block_still_see_what_it_hides);
    tcase_add_test(handlers, a_block_does_not_cut_gradients_and_a_freeze_does);
    tcase_add_test(handlers, conditioned_sites_are_observed_with_the_value_given);
    tcase_add_test(handlers, substituted_sites_stay_latent_and_params_take_values_too);
    tcase_add_test(handlers, of_nested_handlers_that_give_values_the_innermost_decides);
    tcase_add_test(handlers, a_binding_needs_a_name_and_a_living_value);
    tcase_add_test(handlers, nested_scales_multiply_the_costs_and_not_the_log_probs);
    tcase_add_test(handlers, a_scale_must_be_positive_and_finite);
    tcase_add_test(handlers, where_a_mask_is_off_the_density_is_not_evaluated);
    tcase_add_test(handlers, a_mask_is_a_scalar_per_member);
    tcase_add_test(handlers, draws_under_a_seed_do_not_depend_on_the_seed_of_the_handle);
    tcase_add_test(handlers, config_enumerate_marks_latent_sites_of_finite_support);
    return run_suite(suite);
}
