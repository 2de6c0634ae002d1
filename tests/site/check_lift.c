/* Params that become sample sites. */
#include "tests/site/program.h"

/* --- lift ------------------------------------------------------------------------------------- */

START_TEST(a_lifted_param_is_a_latent_site_outside_and_a_param_inside)
{
    wick *w = wick_new(NULL);
    const wick_prior prior = { "loc", wick_normal(-4.0, 0.5) };
    wick_trace *inside, *outside;

    WICK_WITH (w, wick_record_trace(w, &outside))
        WICK_WITH (w, wick_lift(w, 1, &prior))
            WICK_WITH (w, wick_record_trace(w, &inside))
                wick_call(w, MODEL);
    ck_assert_str_eq(sites_of(w, outside), "loc~ x~ z~ m: y~! f~! ");
    ck_assert_str_eq(sites_of(w, inside), "loc= x~ z~ m: y~! f~! ");
    const double loc = value_at(outside, "loc");
    ck_assert_double_eq(value_at(inside, "loc"), loc);
    ck_assert_double_lt(fabs(loc + 4.0), 6.0 * 0.5);
    assert_close(log_prob_at(w, outside, "loc"), log_normal(loc, -4.0, 0.5), 1e-14);
    assert_close(log_prob_at(w, outside, "x"), log_normal(value_at(outside, "x"), loc, 1.2), 1e-14);
    ck_assert(!wick_param_exists(w, "loc"));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* A param of each shape and place, some met twice. */
static void many_params(wick *w, void *arg)
{
    wick_var *seen = arg;

    seen[0] = wick_param(w, "rate", wick_init_num(0.7), wick_positive());
    seen[1] = wick_param_read(w, "rate");
    seen[2] = wick_param(w, "slope", wick_init_fill(0.1, 3), wick_real());
    WICK_PLATE (w, "groups", 4)
        seen[3] = wick_param(w, "level", wick_init_num(0.0), wick_real());
    WICK_PLATE (w, "groups", 4)
        seen[4] = wick_param_read(w, "level");
    seen[5] = wick_param(w, "free", wick_init_num(0.25), wick_unit_interval());
}

START_TEST(a_param_met_twice_is_one_site_and_params_that_are_not_named_stay)
{
    wick *w = wick_new(NULL);
    wick_var seen[6];
    double level[4];
    const wick_prior priors[] = { { "rate", wick_gamma(2.0, 3.0) },
        { "slope", wick_iid(wick_normal(0.0, 0.3), 3) }, { "level", wick_normal(1.0, 2.0) },
        { "nowhere", wick_normal(0.0, 1.0) } };
    const wick_program program =
        wick_wrap(w, (wick_program){ many_params, seen }, wick_lift(w, 4, priors));
    const wick_trace *trace = wick_trace_run(w, program);

    assert_ok(w);
    ck_assert_str_eq(sites_of(w, trace), "rate~ slope~ level~ free= ");
    ck_assert_uint_eq(seen[0].node, seen[1].node);
    ck_assert_uint_eq(seen[3].node, seen[4].node);
    ck_assert_uint_eq(wick_event_size(seen[2], 0), 3);
    ck_assert_uint_eq(wick_get(seen[3], level, 4), 4);
    for (int i = 1; i < 4; i++)
        ck_assert_double_ne(level[i], level[0]);
    ck_assert_uint_eq(wick_param_count(w), 1);

    const double first = wick_value(seen[0]); /* a second run draws anew */
    wick_trace_run(w, program);
    ck_assert_double_ne(wick_value(seen[0]), first);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_lifted_param_takes_the_value_of_a_substitute_or_condition)
{
    wick *w = wick_new(NULL);
    const wick_binding given = { "loc", wick_num(w, 2.75) };
    const wick_prior prior = { "loc", wick_normal(0.0, 2.0) };
    wick_trace *trace;

    for (int i = 0; i < 3; i++) {
        wick_handler *lift = wick_lift(w, 1, &prior);
        wick_handler *give = i == 2 ? wick_condition(w, 1, &given) : wick_substitute(w, 1, &given);
        WICK_WITH (w, wick_record_trace(w, &trace))
            WICK_WITH (w, i == 0 ? lift : give)
                WICK_WITH (w, i == 0 ? give : lift)
                    wick_call(w, MODEL);
        ck_assert_double_eq(value_at(trace, "loc"), 2.75);
        ck_assert(wick_trace_find(trace, "loc")->observed == (i == 2));
        assert_close(log_prob_at(w, trace, "loc"), log_normal(2.75, 0.0, 2.0), 1e-14);
        assert_close(
            log_prob_at(w, trace, "x"), log_normal(value_at(trace, "x"), 2.75, 1.2), 1e-14);
        assert_ok(w);
    }
    wick_free(w);
}
END_TEST

/* A normal mean as a param, lifted; the guide is exact, so that the loss is the evidence. */
static void mean_is_a_param(wick *w, void *arg)
{
    (void)arg;
    const wick_var mean = wick_param(w, "mean", wick_init_num(0.0), wick_real());
    wick_observe(w, "y", wick_normal(mean, 0.8), wick_num(w, 1.9));
}

static void mean_is_lifted(wick *w, void *arg)
{
    const wick_prior prior = { "mean", wick_normal(0.5, 1.5) };

    WICK_WITH (w, wick_lift(w, 1, &prior))
        mean_is_a_param(w, arg);
}

static void exact_guide(wick *w, void *arg)
{
    const double precision = 1.0 / (1.5 * 1.5) + 1.0 / (0.8 * 0.8);

    (void)arg;
    wick_sample(w, "mean",
        wick_normal((0.5 / (1.5 * 1.5) + 1.9 / (0.8 * 0.8)) / precision, 1.0 / sqrt(precision)));
}

START_TEST(a_lifted_model_is_fitted_as_one_with_a_latent_site)
{
    wick *w = wick_new(NULL);
    const problem p = { .w = w, .model = { mean_is_lifted, NULL }, .guide = { exact_guide, NULL } };

    for (uint64_t seed = 0; seed < 5; seed++) {
        wick_set_seed(w, seed);
        assert_close(-loss_of(&p), log_normal(1.9, 0.5, sqrt(1.5 * 1.5 + 0.8 * 0.8)), 1e-13);
    }
    ck_assert_uint_eq(wick_param_count(w), 0);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void one_param(wick *w, void *arg)
{
    static const double VALUES[] = { 0.2, 0.3, 0.5 };
    const wick_constraint c = *(const wick_constraint *)arg;

    wick_param(w, "p",
        c.kind == WICK_SIMPLEX || c.kind == WICK_ORDERED ? wick_init_values(VALUES, 3)
                                                         : wick_init_num(0.5),
        c);
}

/* Lifts a param of this constraint; the status. */
static wick_code lifted(wick *w, wick_constraint c, wick_dist prior)
{
    wick_trace_run(w,
        wick_wrap(
            w, (wick_program){ one_param, &c }, wick_lift(w, 1, &(wick_prior){ "p", prior })));
    return wick_status(w);
}

START_TEST(a_prior_must_lie_within_the_constraint_of_the_param)
{
    wick *w = wick_new(NULL);

    ck_assert_int_eq(lifted(w, wick_real(), wick_lognormal(0.1, 1.0)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_positive(), wick_half_normal(1.5)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_positive(), wick_uniform(0.0, 3.0)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_nonnegative(), wick_beta(2.0, 3.0)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_unit_interval(), wick_uniform(0.25, 0.75)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_interval(-1.0, 2.0), wick_beta(2.0, 3.0)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_positive(), wick_delta(0.8)), WICK_OK);
    ck_assert_int_eq(lifted(w, wick_simplex(), wick_dirichlet(wick_fill(w, 1.5, 3))), WICK_OK);

    lifted(w, wick_positive(), wick_normal(0.0, 1.0));
    assert_error(w, WICK_ERR_DOMAIN, "wick_lift", "'p'", "normal", "real", "positive");
    lifted(w, wick_unit_interval(), wick_uniform(0.0, 3.0));
    assert_error(w, WICK_ERR_DOMAIN, "uniform", "interval", "unit_interval");
    lifted(w, wick_interval(0.1, 2.0), wick_beta(2.0, 3.0));
    assert_error(w, WICK_ERR_DOMAIN, "beta", "unit_interval", "interval");
    lifted(w, wick_ordered(), wick_iid(wick_normal(0.0, 1.0), 3));
    assert_error(w, WICK_ERR_DOMAIN, "normal", "ordered");
    lifted(w, wick_simplex(), wick_iid(wick_beta(2.0, 3.0), 3));
    assert_error(w, WICK_ERR_DOMAIN, "beta", "simplex");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}
END_TEST

static void two_places(wick *w, void *arg)
{
    (void)arg;
    wick_param(w, "p", wick_init_num(0.5), wick_real());
    WICK_PLATE (w, "rows", 3)
        wick_param(w, "p", wick_init_num(0.5), wick_real());
}

START_TEST(a_prior_must_have_the_shape_of_the_param_and_stand_in_its_plates)
{
    wick *w = wick_new(NULL);
    const wick_prior vague = { "p", wick_normal(0.0, 1.0) };

    lifted(w, wick_real(), wick_iid(wick_normal(0.0, 1.0), 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_lift", "'p'", "[3]", "scalar", "wick_iid");
    wick_trace_run(w, wick_wrap(w, (wick_program){ two_places, NULL }, wick_lift(w, 1, &vague)));
    assert_error(w, WICK_ERR_SHAPE, "wick_lift", "'p'", "other plates");

    wick_var by_row = WICK_VAR_NONE;
    WICK_PLATE (w, "rows", 3)
        by_row = wick_index(w, "rows");
    lifted(w, wick_real(), wick_normal(by_row, 1.0));
    assert_error(w, WICK_ERR_SHAPE, "loc varies over 'rows'", "site 'p'");

    ck_assert_ptr_null(wick_lift(w, 2, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_lift", "NULL");
    ck_assert_ptr_null(wick_lift(w, 1, &(wick_prior){ NULL, wick_normal(0.0, 1.0) }));
    assert_error(w, WICK_ERR_NAME, "wick_lift", "NULL");
    lifted(w, wick_real(), (wick_dist){ .type = NULL });
    assert_error(w, WICK_ERR_ARGUMENT, "never set", "site 'p'");
    wick_free(w);
}
END_TEST

/* --- compiled --------------------------------------------------------------------------------- */

enum { ROWS = 3000 };

/* A param lifted, a latent site intervened on and hidden, rows enough for tiles. */
static void many_rows(wick *w, void *arg)
{
    const wick_prior prior = { "mean", wick_normal(0.5, 1.5) };
    const wick_binding x = { "x", wick_num(w, 0.25) };
    static const char *const HIDDEN[] = { "x", NULL };

    WICK_WITH (w, wick_lift(w, 1, &prior))
        WICK_WITH (w, wick_block(w, .hide = HIDDEN))
            WICK_WITH (w, wick_do(w, 1, &x)) {
                const wick_var mean = wick_param(w, "mean", wick_init_num(0.0), wick_real());
                WICK_PLATE (w, "rows", ROWS) {
                    const wick_var at = wick_sample(w, "x", wick_normal(mean, 2.0));
                    wick_observe(
                        w, "y", wick_normal(wick_add(at, mean), 0.8), wick_data(w, arg, ROWS));
                }
            }
}

static void normal_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "mean",
        wick_normal(wick_param(w, "loc", wick_init_num(0.3), wick_real()),
            wick_param(w, "scale", wick_init_num(0.4), wick_positive())));
}

START_TEST(a_compiled_step_takes_lifted_params_and_interventions)
{
    double y[ROWS], loss[2][6];

    for (int i = 0; i < ROWS; i++)
        y[i] = 1.0 + 0.001 * (i % 97) - 0.002 * (i % 31);
    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(&(wick_options){ .seed = 8 });
        wick_svi *svi =
            wick_svi_new(w, (wick_program){ many_rows, y }, (wick_program){ normal_guide, NULL },
                &(wick_svi_options){ .compile = compile, .optim = wick_adam(.lr = 0.05) });
        for (int step = 0; step < 6; step++)
            loss[compile][step] = wick_svi_step(svi);
        assert_ok(w);
        ck_assert_uint_eq(wick_param_count(w), 2);
        wick_svi_free(svi);
        wick_free(w);
    }
    for (int step = 0; step < 6; step++)
        assert_close(loss[1][step], loss[0][step], 1e-12);
    ck_assert_double_ne(loss[0][0], loss[0][5]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lift");
    TCase *lift = new_case(suite, "lift"), *errors = new_case(suite, "errors");

    tcase_add_test(lift, a_lifted_param_is_a_latent_site_outside_and_a_param_inside);
    tcase_add_test(lift, a_param_met_twice_is_one_site_and_params_that_are_not_named_stay);
    tcase_add_test(lift, a_lifted_param_takes_the_value_of_a_substitute_or_condition);
    tcase_add_test(lift, a_lifted_model_is_fitted_as_one_with_a_latent_site);
    tcase_add_test(lift, a_compiled_step_takes_lifted_params_and_interventions);
    tcase_add_test(errors, a_prior_must_lie_within_the_constraint_of_the_param);
    tcase_add_test(errors, a_prior_must_have_the_shape_of_the_param_and_stand_in_its_plates);
    return run_suite(suite);
}
