/* Calls without a handle, and after an error, do nothing. */
#include "tests/support/fit.h"

/* --- no handle -------------------------------------------------------------------------------- */

static bool no_var(wick_var x)
{
    return !x.w;
}

START_TEST(vars_and_values_without_a_handle_are_harmless)
{
    static const size_t SIZES[] = { 2, 3 };
    const double x[6] = { 0.5 };
    const wick_var none = WICK_VAR_NONE;
    double out[2] = { 7.5, 7.5 };
    size_t chosen[2] = { 3, 4 };

    ck_assert_int_eq(wick_status(NULL), WICK_ERR_MEMORY);
    ck_assert_ptr_nonnull(strstr(wick_message(NULL), "no handle"));
    wick_clear(NULL);
    wick_reset(NULL);
    wick_set_seed(NULL, 3);
    wick_fail(NULL, WICK_ERR_DOMAIN, "nobody hears");
    ck_assert_uint_eq(wick_seed(NULL), 0);
    ck_assert_double_eq(wick_draw_uniform(NULL), 0.5);
    ck_assert_double_eq(wick_draw_normal(NULL), 0.0);
    ck_assert_uint_eq(wick_draw_below(NULL, 9), 0);
    wick_draw_choice(NULL, 9, 2, chosen);
    ck_assert_ptr_null(wick_name(NULL, "z_%d", 3));
    ck_assert_ptr_null(wick_alloc(NULL, 64));

    ck_assert(no_var(wick_num(NULL, 0.5)) && no_var(wick_eye(NULL, 3)));
    ck_assert(no_var(wick_fill_array(NULL, 0.5, 2, SIZES)));
    ck_assert(no_var(wick_const_array(NULL, x, 2, SIZES)));
    ck_assert(no_var(wick_data(NULL, x, 6)) && no_var(wick_index(NULL, "rows")));
    ck_assert(no_var(wick_stack(NULL, 1, &none)) && no_var(wick_sum_of(NULL, 1, &none)));
    ck_assert(no_var(wick_add(none, 0.5)) && no_var(wick_exp(none)) && no_var(wick_total(none)));
    ck_assert(no_var(wick_take(none, none)) && no_var(wick_sum(none, "rows")));
    ck_assert(no_var(wick_split(none, "rows")) && no_var(wick_join(none, "rows")));
    ck_assert(no_var(wick_sum_into(none, "rows", none, "cols")));
    ck_assert(no_var(wick_log_prob(NULL, wick_normal(0.5, 1.5), none)));
    ck_assert(no_var(wick_transform_to(wick_simplex(), none)));
    ck_assert_double_nan(wick_value(none));
    ck_assert_uint_eq(wick_get(none, out, 2), 0);
    ck_assert_uint_eq(wick_get_gradient(none, out, 2), 0);
    ck_assert_double_eq(out[0], 7.5);
    ck_assert_uint_eq(wick_size(none) + wick_members(none) + wick_rank(none), 0);
    ck_assert_uint_eq(wick_event_size(none, 1), 0);
    ck_assert_ptr_nonnull(wick_format_var(none));
    wick_backward(none);
}
END_TEST

START_TEST(sites_and_handlers_without_a_handle_are_harmless)
{
    const wick_var none = WICK_VAR_NONE;
    const wick_dist normal = wick_normal(0.5, 1.5);
    const wick_binding binding = { "x", none };
    wick_trace *trace = NULL;
    double out[2] = { 7.5, 7.5 };
    int bodies = 0;

    ck_assert(no_var(wick_sample(NULL, "x", normal)) && no_var(wick_draw(NULL, "x", normal)));
    ck_assert(no_var(wick_observe(NULL, "x", normal, none)));
    ck_assert(no_var(wick_deterministic(NULL, "x", none)));
    wick_factor(NULL, "x", none);
    WICK_PLATE (NULL, "rows", 3)
        WICK_AMBIENT (NULL, "draws", 3)
            WICK_WITH (NULL, wick_scale(NULL, 2.0))
                bodies++;
    ck_assert_int_eq(bodies, 1);
    wick_call(NULL, NOTHING);
    ck_assert_ptr_null(wick_trace_run(NULL, NOTHING));
    ck_assert(!wick_wrap(NULL, NOTHING, NULL).fn);
    ck_assert_ptr_null(wick_record_trace(NULL, &trace));
    ck_assert_ptr_null(wick_trace_first(NULL));
    ck_assert_ptr_null(wick_site_next(NULL));
    ck_assert_ptr_null(wick_trace_find(NULL, "x"));
    ck_assert_uint_eq(wick_trace_get(NULL, "x", out, 2), 0);
    ck_assert(no_var(wick_site_log_prob(NULL, NULL)) && no_var(wick_site_cost(NULL, NULL)));
    ck_assert_ptr_null(wick_replay(NULL, NULL));
    ck_assert_ptr_null(wick_block(NULL));
    ck_assert_ptr_null(wick_condition(NULL, 1, &binding));
    ck_assert_ptr_null(wick_substitute(NULL, 1, &binding));
    ck_assert_ptr_null(wick_scale(NULL, -1.0));
    ck_assert_ptr_null(wick_mask(NULL, none));
    ck_assert_ptr_null(wick_reseed(NULL, 3));
    ck_assert_ptr_null(wick_config_enumerate(NULL));
    ck_assert_ptr_null(wick_freeze(NULL));
    ck_assert_ptr_null(wick_uncondition(NULL));
    ck_assert_ptr_null(wick_do(NULL, 0, NULL));
    ck_assert_ptr_null(wick_lift(NULL, 0, NULL));
    ck_assert_ptr_null(wick_infer_config(NULL, NULL, NULL));
}
END_TEST

START_TEST(parameters_and_fits_without_a_handle_are_harmless)
{
    double out[2] = { 7.5, 7.5 };
    const wick_init init = wick_init_num(0.5);

    ck_assert(no_var(wick_param(NULL, "x", init, wick_real())));
    ck_assert(no_var(wick_param_read(NULL, "x")));
    ck_assert_uint_eq(wick_param_count(NULL), 0);
    ck_assert_ptr_null(wick_param_name(NULL, 0));
    ck_assert(!wick_param_exists(NULL, "x"));
    ck_assert_uint_eq(wick_param_size(NULL, "x"), 0);
    ck_assert_int_eq(wick_param_constraint(NULL, "x").kind, WICK_REAL);
    ck_assert_uint_eq(wick_param_get(NULL, "x", out, 2), 0);
    ck_assert_uint_eq(wick_param_set(NULL, "x", out, 2), 0);
    ck_assert_uint_eq(wick_param_get_unconstrained(NULL, "x", out, 2), 0);
    ck_assert_uint_eq(wick_param_set_unconstrained(NULL, "x", out, 2), 0);
    wick_params_clear(NULL);
    ck_assert(no_var(wick_trace_elbo(NULL, NOTHING, NOTHING, NULL)));
    ck_assert(no_var(wick_trace_enum_elbo(NULL, NOTHING, NOTHING, NULL)));
    ck_assert_ptr_null(wick_svi_new(NULL, NOTHING, NOTHING, NULL));
    ck_assert_double_nan(wick_svi_step(NULL));
    ck_assert_double_nan(wick_svi_evaluate(NULL));
    ck_assert_uint_eq(wick_svi_steps(NULL), 0);
    ck_assert(!(wick_svi_gradient_norm(NULL, "x") > 0.0));
    ck_assert_uint_eq(wick_multistart(NULL, 3, out), 0);
    ck_assert_ptr_null(wick_auto_delta_new(NULL, NOTHING, NULL));
    ck_assert(!wick_guide_program(NULL).fn);
    ck_assert_uint_eq(wick_guide_get(NULL, "x", out, 2), 0);
    ck_assert_double_eq(out[0], 7.5);
    wick_svi_free(NULL);
    wick_guide_free(NULL);
    wick_free(NULL);
}
END_TEST

/* --- after an error --------------------------------------------------------------------------- */

START_TEST(after_an_error_calls_do_nothing_and_the_first_message_stays)
{
    wick *w = wick_new(NULL);
    double out[2] = { 7.5, 7.5 };
    const wick_var x = wick_num(w, 0.5), y = wick_fill(w, 0.5, 2);

    wick_param(w, "p", wick_init_num(0.5), wick_real());
    const wick_trace *trace = wick_trace_run(w, NOTHING);
    wick_fail(w, WICK_ERR_DOMAIN, "the first of the test");
    ck_assert(no_var(wick_add(x, 1.0)) && no_var(wick_add(x, WICK_VAR_NONE)));
    ck_assert(no_var(wick_sample(w, "x", wick_normal(x, -1.0))));
    ck_assert(no_var(wick_param(w, "q", wick_init_num(0.5), wick_real())));
    ck_assert(no_var(wick_param_read(w, "nowhere")));
    ck_assert_double_nan(wick_value(x));
    ck_assert_uint_eq(wick_get(y, out, 2), 0);
    ck_assert_uint_eq(wick_param_get(w, "p", out, 1), 0);
    ck_assert_uint_eq(wick_param_set(w, "p", out, 1), 0);
    ck_assert_ptr_null(wick_trace_first(trace));
    ck_assert_ptr_null(wick_svi_new(w, NOTHING, NOTHING, NULL));
    ck_assert_ptr_null(wick_auto_delta_new(w, NOTHING, NULL));
    ck_assert_ptr_null(wick_scale(w, 2.0));
    ck_assert_ptr_null(wick_name(w, "z_%d", 3));
    ck_assert_double_eq(wick_draw_uniform(w), 0.5);
    ck_assert_double_eq(out[0], 7.5);
    ck_assert_uint_eq(wick_param_count(w), 1);
    ck_assert_str_eq(wick_message(w), "the first of the test");
    assert_error(w, WICK_ERR_DOMAIN, "the first of the test");
    ck_assert_double_nan(wick_value(x)); /* the tape was reset */
    assert_error(w, WICK_ERR_STATE, "earlier step");
    ck_assert_uint_eq(wick_param_get(w, "p", out, 1), 1);
    ck_assert_double_eq(out[0], 0.5);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("no_handle");
    TCase *none = new_case(suite, "no handle"), *matrix = new_case(suite, "matrix");

    tcase_add_test(none, vars_and_values_without_a_handle_are_harmless);
    tcase_add_test(none, sites_and_handlers_without_a_handle_are_harmless);
    tcase_add_test(none, parameters_and_fits_without_a_handle_are_harmless);
    tcase_add_test(matrix, after_an_error_calls_do_nothing_and_the_first_message_stays);
    return run_suite(suite);
}
