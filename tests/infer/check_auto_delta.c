/* The guide of point estimates: how it starts, what it covers, what it leaves alone. */
#include "tests/support/fit.h"

#include <stdio.h>

/* Latent sites of every sort: a scalar, a simplex, one per member, a discrete one. */
static void sites(wick *w, void *arg)
{
    const size_t *subsample = arg;
    const wick_var loc = wick_sample(w, "loc", wick_normal(2.0, 3.0));
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 1.5, 3)));

    WICK_PLATE (w, "rows", 8, .subsample = *subsample) {
        const wick_var scale = wick_sample(w, "scale", wick_gamma(2.0, 1.5));
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "y", wick_normal(wick_add(loc, z), scale), wick_num(w, 2.5));
    }
}

/* Writes down what it is asked for, and answers for some sites. */
static wick_var start(wick *w, const wick_site *site, void *arg)
{
    char *log = arg;

    sprintf(log + strlen(log), "%s ", site->name);
    if (strcmp(site->name, "loc") == 0)
        return wick_num(w, -1.25);
    if (strcmp(site->name, "scale") == 0)
        return wick_add(wick_mul(wick_index(w, "rows"), 0.5), 0.25); /* the plate is open */
    return WICK_VAR_NONE;
}

START_TEST(an_init_function_is_asked_once_for_each_continuous_site)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    char log[100] = "";
    const wick_program model = { sites, &whole };
    wick_guide *guide =
        wick_auto_delta_new(w, model, &(wick_auto_options){ .init = start, .init_arg = log });
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .loss = wick_trace_enum_elbo });
    double x[8];

    for (int i = 0; i < 3; i++)
        wick_svi_evaluate(svi);
    assert_ok(w);
    ck_assert_str_eq(log, "loc weights scale ");
    ck_assert_uint_eq(wick_param_count(w), 3);
    ck_assert_str_eq(wick_param_name(w, 1), "AutoDelta.weights");
    ck_assert_int_eq(wick_param_constraint(w, "AutoDelta.weights").kind, WICK_SIMPLEX);
    wick_guide_get(guide, "loc", x, 1);
    ck_assert_double_eq(x[0], -1.25);
    wick_guide_get(guide, "weights", x, 3);
    assert_close(x[0] + x[1] + x[2], 1.0, 1e-14);
    wick_guide_get(guide, "scale", x, 8);
    for (int i = 0; i < 8; i++)
        assert_close(x[i], 0.5 * i + 0.25, 1e-14);
    ck_assert_uint_eq(wick_guide_get(guide, "z", x, 8), 0);
    assert_error(
        w, WICK_ERR_NAME, "wick_guide_get: the guide has no site 'z'", "'weights', 'scale'");
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void many_locs(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 1000)
        wick_sample(w, "loc", wick_normal(2.0, 3.0));
}

START_TEST(the_default_start_is_the_median_of_fifteen_draws)
{
    wick *w = wick_new(&(wick_options){ .seed = 12 });
    const wick_program model = { many_locs, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double x[1000], mean = 0.0, square = 0.0;
    /* variance of the median of 15 standard normals, by quadrature of its density
     * 15! / (7! 7!) Phi^7 (1 - Phi)^7 phi */
    const double variance = 0.10169465;

    wick_svi_evaluate(svi);
    ck_assert_uint_eq(wick_guide_get(guide, "loc", x, 1000), 1000);
    for (int i = 0; i < 1000; i++) {
        mean += (x[i] - 2.0) / 3.0 / 1000.0;
        square += pow((x[i] - 2.0) / 3.0, 2) / 1000.0;
    }
    ck_assert_double_lt(fabs(mean), 4.5 * sqrt(variance / 1000.0));
    ck_assert_double_lt(fabs(square / variance - 1.0), 4.5 * sqrt(2.0 / 1000.0));
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* Weights for each member, and a value in two plates. */
static void in_plates(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 1.5, 3)));
        WICK_PLATE (w, "cols", 2)
            wick_sample(w, "x", wick_normal(wick_index(w, "rows"), 1e-6));
    }
}

START_TEST(default_starts_in_plates_differ_by_member_and_keep_the_constraint)
{
    wick *w = wick_new(NULL);
    const wick_program model = { in_plates, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double weights[12], x[8];

    wick_svi_evaluate(svi);
    assert_ok(w);
    ck_assert_uint_eq(wick_guide_get(guide, "weights", weights, 12), 12);
    for (int m = 0; m < 4; m++) {
        assert_close(weights[3 * m] + weights[3 * m + 1] + weights[3 * m + 2], 1.0, 1e-14);
        ck_assert(m == 0 || fabs(weights[3 * m] - weights[3 * m - 3]) > 1e-6);
    }
    ck_assert_uint_eq(wick_guide_get(guide, "x", x, 8), 8);
    for (int i = 0; i < 8; i++) /* cols (2) before rows (4) */
        assert_close(x[i], i % 4, 1e-5);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(default_starts_depend_on_the_seed)
{
    wick *w = wick_new(&(wick_options){ .seed = 12 });
    const wick_program model = { many_locs, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double x[3][1000];
    const uint64_t seeds[] = { 12, 13, 12 };

    for (int i = 0; i < 3; i++) {
        wick_set_seed(w, seeds[i]);
        wick_params_clear(w);
        wick_svi_evaluate(svi);
        wick_guide_get(guide, "loc", x[i], 1000);
    }
    assert_same_bits(x[0], x[2], 1000);
    ck_assert_double_ne(x[0][0], x[1][0]);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(only_exposed_sites_get_point_estimates)
{
    static const char *const EXPOSE[] = { "weights", "loc", NULL };
    wick *w = wick_new(NULL);
    size_t whole = 0;
    const wick_program model = { sites, &whole };
    wick_guide *guide = wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = EXPOSE });
    const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));

    assert_ok(w);
    ck_assert_ptr_nonnull(wick_trace_find(trace, "loc"));
    ck_assert_ptr_nonnull(wick_trace_find(trace, "weights"));
    ck_assert_ptr_null(wick_trace_find(trace, "scale"));
    ck_assert_uint_eq(wick_param_count(w), 2);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(local_estimates_are_kept_for_the_whole_plate_and_the_minibatch_moves)
{
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    size_t subsample = 3;
    const wick_program model = { sites, &subsample };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = wick_adam(.lr = 0.1) });
    double before[8], after[8];
    int moved = 0;

    wick_svi_evaluate(svi);
    ck_assert_uint_eq(wick_param_size(w, "AutoDelta.scale"), 8);
    wick_guide_get(guide, "scale", before, 8);
    wick_svi_step(svi);
    wick_guide_get(guide, "scale", after, 8);
    for (int i = 0; i < 8; i++)
        moved += before[i] != after[i];
    ck_assert_int_eq(moved, 3);
    for (int i = 0; i < 60; i++)
        wick_svi_step(svi);
    wick_guide_get(guide, "scale", after, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_double_ne(before[i], after[i]);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* Local means of a minibatch whose indices the user chooses anew in each step. */
static void chosen_rows(wick *w, void *arg)
{
    const size_t *rows = arg;
    const double y[5] = { -1.5, 0.25, 3.5, 1.75, -2.25 };

    WICK_PLATE (w, "rows", 5, .subsample = 2, .indices = rows) {
        const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
        wick_observe(w, "y", wick_normal(x, 1.0), wick_data(w, y, 5));
    }
}

/* The mode of N(0, 1) N(y | x, 1) is y / 2; a row that is never chosen stays where it was. */
START_TEST(a_guide_follows_the_indices_that_the_model_is_given)
{
    wick *w = wick_new(NULL);
    size_t rows[2] = { 0 };
    const wick_program model = { chosen_rows, rows };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .optim = wick_adam(.lr = 0.05) });
    double before[5], after[5];

    wick_svi_evaluate(svi);
    wick_guide_get(guide, "x", before, 5);
    for (int i = 0; i < 800; i++) {
        rows[0] = i % 2 ? 4 : 1;
        rows[1] = i % 2 ? 1 : 3;
        wick_svi_step(svi);
    }
    wick_guide_get(guide, "x", after, 5);
    assert_ok(w);
    ck_assert_double_eq(after[0], before[0]);
    ck_assert_double_eq(after[2], before[2]);
    assert_close(after[1], 0.125, 0.02);
    assert_close(after[3], 0.875, 0.02);
    assert_close(after[4], -1.125, 0.02);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(making_a_guide_leaves_the_callers_vars_plates_and_handlers_alone)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    wick_trace *trace;
    wick_var x, p;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_PLATE (w, "cols", 3) {
            x = wick_sample(w, "x", wick_normal(0.0, 1.0));
            p = wick_param(w, "p", wick_init_num(0.625), wick_positive());
            wick_guide *guide = wick_auto_delta_new(w, (wick_program){ sites, &whole }, NULL);
            ck_assert_ptr_nonnull(guide);
            x = wick_add(x, wick_mul(p, wick_index(w, "cols"))); /* still alive */
            wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.5));
            wick_guide_free(guide);
        }
    assert_ok(w);
    ck_assert_ptr_null(wick_trace_find(trace, "loc"));
    ck_assert_ptr_nonnull(wick_trace_find(trace, "y"));
    ck_assert_uint_eq(wick_members(x), 3);
    ck_assert_uint_eq(wick_param_count(w), 1);
    WICK_PLATE (w, "rows", 5) { /* the model's plate of 8 is not of this tape */
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void broken(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(WICK_VAR_NONE, 1.0));
}

START_TEST(a_guide_of_a_model_with_an_error_is_not_made)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_auto_delta_new(w, (wick_program){ broken, NULL }, NULL));
    assert_error(w, WICK_ERR_STATE, "'x'", "never set");
    ck_assert_ptr_null(wick_auto_delta_new(w, (wick_program){ NULL, NULL }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "no function");
    wick_free(w);
}
END_TEST

static void lognormal_pair(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_iid(wick_lognormal(0.2, 0.7), 2));
}

/* --- the unconstrained space ------------------------------------------------------------------- */

/* A site of each sort whose two modes are known. */
static void modes(wick *w, void *arg)
{
    const double concentration[] = { 1.5, 2.5, 4.0 };

    (void)arg;
    wick_sample(w, "g", wick_gamma(3.5, 1.25));
    wick_sample(w, "x", wick_lognormal(0.2, 0.7));
    wick_sample(w, "b", wick_beta(2.5, 4.0));
    wick_sample(w, "weights", wick_dirichlet(wick_const(w, concentration, 3)));
    WICK_PLATE (w, "rows", 2)
        wick_sample(w, "y", wick_normal(wick_index(w, "rows"), 1.0));
}

static void fit_modes(wick *w, wick_program model, wick_guide *guide, bool compile)
{
    static const double RATES[] = { 0.05, 0.01, 1e-3, 1e-4 };

    for (int r = 0; r < 4; r++) {
        wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
            &(wick_svi_options){
                .optim = wick_adam(.lr = RATES[r], .beta2 = 0.99), .compile = compile });
        for (int i = 0; i < 300; i++)
            wick_svi_step(svi);
        assert_ok(w);
        wick_svi_free(svi);
    }
}

/* With Jacobian Gamma(a, b) has its mode at a / b, a lognormal at e^loc, Beta(a, b) at a / (a + b),
 * Dirichlet(a) at a / sum; without at (a - 1) / b, e^(loc - scale^2), (a - 1) / (a + b - 2),
 * (a - 1) / (sum - 3). */
START_TEST(the_two_spaces_have_their_own_modes)
{
    static const double WANT[2][6] = { { 2.5 / 1.25, 0.0, 1.5 / 4.5, 0.5 / 5.0, 1.5 / 5.0, 0.6 },
        { 3.5 / 1.25, 0.0, 2.5 / 6.5, 1.5 / 8.0, 2.5 / 8.0, 0.5 } };
    const bool unconstrained = _i % 2, compile = _i / 2;
    wick *w = wick_new(NULL);
    const wick_program model = { modes, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model,
        &(wick_auto_options){
            .space = unconstrained ? WICK_MAP_UNCONSTRAINED : WICK_MAP_CONSTRAINED });
    double x[6], y[2];

    fit_modes(w, model, guide, compile);
    wick_guide_get(guide, "g", &x[0], 1);
    wick_guide_get(guide, "x", &x[1], 1);
    wick_guide_get(guide, "b", &x[2], 1);
    wick_guide_get(guide, "weights", x + 3, 3);
    wick_guide_quantile(guide, "y", 0.75, y, 2);
    assert_ok(w);
    for (int i = 0; i < 6; i++)
        if (i != 1)
            assert_close(x[i], WANT[unconstrained][i], 1e-4);
    assert_close(x[1], unconstrained ? exp(0.2) : exp(0.2 - 0.49), 1e-4);
    assert_close(y[0], 0.0, 1e-4);
    assert_close(y[1], 1.0, 1e-4);
    ck_assert(wick_param_exists(w, "AutoDelta.g_unconstrained") == unconstrained);
    ck_assert_ptr_nonnull(
        strstr(wick_guide_describe(guide), unconstrained ? "with Jacobian" : "no Jacobian"));
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* log q = -log |det dx/du|, so that the loss is that of the density of u. */
START_TEST(the_loss_in_the_unconstrained_space_has_the_jacobian)
{
    wick *w = wick_new(NULL);
    const wick_program model = { lognormal_pair, NULL };
    wick_guide *guide = wick_auto_delta_new(
        w, model, &(wick_auto_options){ .space = WICK_MAP_UNCONSTRAINED, .prefix = "map" });
    const double u[] = { -0.5, 1.25 };
    const problem p = { w, model, wick_guide_program(guide), wick_trace_elbo, NULL };

    loss_of(&p);
    ck_assert_uint_eq(wick_param_set(w, "map.x_unconstrained", u, 2), 2);
    const double want = -log_normal(u[0], 0.2, 0.7) - log_normal(u[1], 0.2, 0.7);
    assert_close(loss_of(&p), want, 1e-14);
    assert_gradient(&p, 1e-9);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auto_delta");
    TCase *guides = new_case(suite, "guides");

    tcase_add_test(guides, an_init_function_is_asked_once_for_each_continuous_site);
    tcase_add_test(guides, the_default_start_is_the_median_of_fifteen_draws);
    tcase_add_test(guides, default_starts_in_plates_differ_by_member_and_keep_the_constraint);
    tcase_add_test(guides, default_starts_depend_on_the_seed);
    tcase_add_test(guides, only_exposed_sites_get_point_estimates);
    tcase_add_test(guides, a_guide_follows_the_indices_that_the_model_is_given);
    tcase_add_test(guides, local_estimates_are_kept_for_the_whole_plate_and_the_minibatch_moves);
    tcase_add_test(guides, making_a_guide_leaves_the_callers_vars_plates_and_handlers_alone);
    tcase_add_test(guides, a_guide_of_a_model_with_an_error_is_not_made);
    tcase_add_loop_test(guides, the_two_spaces_have_their_own_modes, 0, 4);
    tcase_add_test(guides, the_loss_in_the_unconstrained_space_has_the_jacobian);
    return run_suite(suite);
}
