/* Handlers: what each does to the messages that pass it, and in which order they see them. */
#include "tests/support/fit.h"

#include <stdio.h>

static const double LEVEL = 1.9; /* what the model below observes */

/* Sites of every type: param, latent, deterministic, observed, factor. */
static void model(wick *w, void *arg)
{
    (void)arg;
    wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    wick_var x = wick_sample(w, "x", wick_normal(loc, 1.2));
    wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
    wick_var m = wick_deterministic(w, "m", wick_add(wick_mul(x, 2.0), z));

    wick_observe(w, "y", wick_normal(m, 0.7), wick_num(w, LEVEL));
    wick_factor(w, "f", wick_mul(x, -0.25));
}

static const wick_program MODEL = { model, NULL };

static double value_at(const wick_trace *trace, const char *name)
{
    double x = NAN;

    wick_trace_get(trace, name, &x, 1);
    return x;
}

static double log_prob_at(wick *w, const wick_trace *trace, const char *name)
{
    return wick_value(wick_site_log_prob(w, wick_trace_find(trace, name)));
}

/* A trace of the model under one handler. */
static wick_trace *trace_under(wick *w, wick_handler *handler)
{
    return wick_trace_run(w, wick_wrap(w, MODEL, handler));
}

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

/* --- a user's own ----------------------------------------------------------------------------- */

/* Writes what it sees into a log, and may stop a site. */
typedef struct logger {
    wick_handler handler;
    char *log;
    char letter;
    const char *stops;
} logger;

static void log_out(wick *w, wick_handler *self, wick_site *site)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), "%c%s%s ", l->letter, site->name, site->value.w ? "!" : "");
    if (l->stops && strcmp(l->stops, site->name) == 0)
        site->stop = true;
}

static void log_back(wick *w, wick_handler *self, wick_site *site)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), "%s%s%c ", site->name, site->value.w ? "!" : "", l->letter);
}

static void log_exit(wick *w, wick_handler *self)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), ".%c ", l->letter);
}

static logger new_logger(char *log, char letter, const char *stops)
{
    return (logger){ { .process = log_out, .postprocess = log_back, .exit = log_exit }, log, letter,
        stops };
}

START_TEST(messages_go_out_from_the_innermost_and_come_back_from_the_outermost)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', NULL),
           c = new_logger(log, 'c', NULL);

    WICK_WITH (w, &a.handler)
        WICK_WITH (w, &b.handler)
            WICK_WITH (w, &c.handler)
                wick_sample(w, "x", wick_normal(0.0, 1.0));
    ck_assert_str_eq(log, "cx bx ax x!a x!b x!c .c .b .a ");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_stopped_message_turns_back_before_the_handlers_outside)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', "x"),
           c = new_logger(log, 'c', NULL);
    wick_var x;

    WICK_WITH (w, &a.handler)
        WICK_WITH (w, &b.handler)
            WICK_WITH (w, &c.handler) {
                x = wick_sample(w, "x", wick_normal(0.0, 1.0));
                wick_deterministic(w, "y", x);
            }
    ck_assert_str_eq(log, "cx bx x!b x!c cy! by! ay! y!a y!b y!c .c .b .a ");
    ck_assert(isfinite(wick_value(x)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Gives latent sites the value 4.5, and keeps what came out of params. */
typedef struct giver {
    wick_handler handler;
    double param;
} giver;

static void give(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    if (site->type == WICK_SAMPLE && !site->observed)
        site->value = wick_num(w, 4.5);
}

static void look(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    if (site->type == WICK_PARAM)
        ((giver *)self)->param = wick_value(site->value);
}

START_TEST(a_handler_of_the_user_may_give_values_and_look_at_them)
{
    wick *w = wick_new(NULL);
    giver own = { .handler = { .process = give, .postprocess = look } };

    for (int i = 0; i < 2; i++) { /* it may be used again, also in a later step */
        const wick_trace *trace = trace_under(w, &own.handler);
        assert_ok(w);
        ck_assert_double_eq(value_at(trace, "x"), 4.5);
        ck_assert_double_eq(value_at(trace, "m"), 13.5);
        ck_assert_double_eq(value_at(trace, "y"), LEVEL);
        ck_assert_double_eq(own.param, 0.3);
        assert_close(log_prob_at(w, trace, "x"), log_normal(4.5, 0.3, 1.2), 1e-14);
        own.param = 0.0;
        wick_reset(w);
    }
    wick_free(w);
}
END_TEST

static void fail_on_way_out(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    wick_fail(w, WICK_ERR_DOMAIN, "the handler does not like '%s'", site->name);
}

START_TEST(an_error_of_a_handler_keeps_the_message_from_those_outside)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger outer = new_logger(log, 'a', NULL);
    wick_handler own = { .process = fail_on_way_out };

    WICK_WITH (w, &outer.handler)
        WICK_WITH (w, &own)
            ck_assert_ptr_null(wick_sample(w, "x", wick_normal(0.0, 1.0)).w);
    ck_assert_str_eq(log, ".a ");
    assert_error(w, WICK_ERR_DOMAIN, "does not like 'x'", "at site 'x'");
    wick_free(w);
}
END_TEST

/* --- programs and scopes ---------------------------------------------------------------------- */

static void calls_the_model(wick *w, void *arg)
{
    WICK_PLATE (w, "rows", 2)
        wick_call(w, *(wick_program *)arg);
}

static void one_latent(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(0.5, 1.5));
}

START_TEST(a_called_program_runs_under_the_same_handlers_and_plates)
{
    wick *w = wick_new(NULL);
    wick_program inner = { one_latent, NULL };
    const wick_trace *trace = wick_trace_run(
        w, wick_wrap(w, (wick_program){ calls_the_model, &inner }, wick_scale(w, 3.0)));
    const wick_site *x = wick_trace_find(trace, "x");

    assert_ok(w);
    ck_assert_uint_eq(wick_members(x->value), 2);
    ck_assert_double_eq(x->scale, 3.0);
    wick_free(w);
}
END_TEST

START_TEST(the_program_wrapped_last_has_the_outermost_handler)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', NULL);
    const wick_program once = wick_wrap(w, (wick_program){ one_latent, NULL }, &a.handler);

    wick_call(w, wick_wrap(w, once, &b.handler));
    ck_assert_str_eq(log, "ax bx x!b x!a .a .b ");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_handler_is_open_once_at_a_time_and_in_one_step)
{
    wick *w = wick_new(NULL);
    wick_handler *scale = wick_scale(w, 2.0);
    int bodies = 0;

    WICK_WITH (w, scale)
        bodies++;
    WICK_WITH (w, scale) /* again, one after the other */
        bodies++;
    assert_ok(w);
    WICK_WITH (w, scale)
        WICK_WITH (w, scale)
            bodies++;
    ck_assert_int_eq(bodies, 3); /* a body runs once, also after an error */
    assert_error(w, WICK_ERR_STATE, "wick_enter", "open already");

    scale = wick_scale(w, 2.0);
    wick_reset(w);
    WICK_WITH (w, scale)
        bodies++;
    ck_assert_int_eq(bodies, 4);
    assert_error(w, WICK_ERR_STATE, "wick_enter", "earlier step");
    WICK_WITH (w, NULL)
        bodies++;
    assert_error(w, WICK_ERR_ARGUMENT, "wick_enter", "NULL");
    wick_free(w);
}
END_TEST

static void returns_from_handlers(wick *w, void *arg)
{
    WICK_WITH (w, arg)
        WICK_WITH (w, wick_scale(w, 2.0))
            return;
}

START_TEST(handlers_left_by_return_are_closed_and_reported)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger own = new_logger(log, 'a', NULL);

    wick_call(w, (wick_program){ returns_from_handlers, &own.handler });
    ck_assert_str_eq(log, ".a ");
    ck_assert(!own.handler.open);
    assert_error(w, WICK_ERR_STATE, "wick_call", "a handler", "return");

    wick_sample(w, "x", wick_normal(0.0, 1.0));
    ck_assert_str_eq(log, ".a "); /* it is really gone */
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_program_without_a_function_is_an_error)
{
    wick *w = wick_new(NULL);

    wick_call(w, (wick_program){ NULL, NULL });
    assert_error(w, WICK_ERR_ARGUMENT, "wick_call", "no function");
    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ NULL, NULL }));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_trace_run", "no function");
    wick_free(w);
}
END_TEST

static void counts_calls(wick *w, void *arg)
{
    (void)w;
    ++*(int *)arg;
}

START_TEST(no_program_runs_after_an_error)
{
    wick *w = wick_new(NULL);
    int calls = 0;

    wick_fail(w, WICK_ERR_DOMAIN, "an error of the test");
    wick_call(w, (wick_program){ counts_calls, &calls });
    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ counts_calls, &calls }));
    ck_assert_int_eq(calls, 0);
    ck_assert_str_eq(wick_message(w), "an error of the test");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handlers");
    TCase *traces = new_case(suite, "traces"), *handlers = new_case(suite, "handlers"),
          *own = new_case(suite, "own"), *scopes = new_case(suite, "scopes");

    tcase_add_test(traces, a_trace_holds_every_site_once_in_the_order_they_were_met);
    tcase_add_test(traces, asking_a_trace_for_an_unknown_site_lists_those_it_has);
    tcase_add_test(traces, a_recorded_trace_is_the_same_as_one_that_is_run);
    tcase_add_test(traces, a_trace_finds_each_of_a_thousand_sites);
    tcase_add_test(traces, one_name_is_one_site_but_a_param_may_be_met_again);
    tcase_add_test(traces, two_runs_draw_differently_and_two_handles_of_one_seed_alike);
    tcase_add_test(traces, replayed_sites_take_the_recorded_values_and_the_others_are_drawn);
    tcase_add_test(traces, a_trace_of_an_earlier_step_is_refused);
    tcase_add_test(traces, a_site_is_replayed_in_the_plates_it_was_recorded_in_only);
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
    tcase_add_test(own, messages_go_out_from_the_innermost_and_come_back_from_the_outermost);
    tcase_add_test(own, a_stopped_message_turns_back_before_the_handlers_outside);
    tcase_add_test(own, a_handler_of_the_user_may_give_values_and_look_at_them);
    tcase_add_test(own, an_error_of_a_handler_keeps_the_message_from_those_outside);
    tcase_add_test(scopes, a_called_program_runs_under_the_same_handlers_and_plates);
    tcase_add_test(scopes, the_program_wrapped_last_has_the_outermost_handler);
    tcase_add_test(scopes, a_handler_is_open_once_at_a_time_and_in_one_step);
    tcase_add_test(scopes, handlers_left_by_return_are_closed_and_reported);
    tcase_add_test(scopes, a_program_without_a_function_is_an_error);
    tcase_add_test(scopes, no_program_runs_after_an_error);
    return run_suite(suite);
}
