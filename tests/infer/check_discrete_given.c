/* What discrete sites are conditioned on, and what is left alone by inferring them. */
#include "tests/support/discrete.h"
#include "tests/support/five_point.h"

/* --- what is given ---------------------------------------------------------------------------- */

/* The tutorial's model after some steps, its continuous sites from the guide. */
static five_point_fit fitted(five_point *f, int steps)
{
    five_point_fit fit = five_point_new(&(wick_options){ .seed = 3 }, f);

    for (int i = 0; i < steps; i++)
        wick_svi_step(fit.svi);
    wick_reset(fit.w);
    return fit;
}

/* p(assignment of x = k) at the guide's point */
static void five_point_responsibilities(const five_point_fit *fit, double x, double *r)
{
    double weights[2], locs[2], scale;

    wick_guide_get(fit->guide, "weights", weights, 2);
    wick_guide_get(fit->guide, "locs", locs, 2);
    wick_guide_get(fit->guide, "scale", &scale, 1);
    for (int k = 0; k < 2; k++)
        r[k] = weights[k] * exp(log_normal(x, locs[k], scale));
    const double sum = r[0] + r[1];
    r[0] /= sum;
    r[1] /= sum;
}

START_TEST(a_guides_trace_gives_the_continuous_sites_by_either_spelling)
{
    const double start[2] = { 2.0, 9.0 };
    five_point f = { FIVE_POINTS, start, 0.0 };
    const five_point_fit fit = fitted(&f, 12);
    wick *w = fit.w;
    const wick_program model = { five_point_model, &f };
    const wick_trace *guide = wick_trace_run(w, wick_guide_program(fit.guide));
    const wick_program replayed = wick_wrap(w, model, wick_replay(w, guide));
    const wick_trace *mode = wick_infer_discrete(w, replayed, WICK_MODE), *other = NULL;
    double p[FIVE * 2], r[2], z[FIVE], again[FIVE], scale[2];

    WICK_WITH (w, wick_replay(w, guide))
        other = wick_infer_discrete(w, model, WICK_MODE);
    wick_get(wick_marginal(wick_infer_marginals(w, replayed), "assignment"), p, FIVE * 2);
    wick_trace_get(mode, "assignment", z, FIVE);
    wick_trace_get(other, "assignment", again, FIVE);
    assert_ok(w);
    for (int i = 0; i < FIVE; i++) {
        five_point_responsibilities(&fit, FIVE_POINTS[i], r);
        assert_close(p[2 * i], r[0], 1e-12);
        ck_assert_double_eq(z[i], r[1] > r[0]);
    }
    assert_same_bits(z, again, FIVE);
    wick_trace_get(
        mode, "scale", &scale[0], 1); /* the returned trace is under the guide's values */
    wick_trace_get(guide, "scale", &scale[1], 1);
    ck_assert_double_eq(scale[0], scale[1]);
    five_point_free(fit);
}
END_TEST

START_TEST(a_fit_goes_on_as_if_nothing_had_been_inferred)
{
    const double start[2] = { 2.0, 9.0 };
    five_point f = { FIVE_POINTS, start, 0.0 };
    const five_point_fit a = fitted(&f, 6), b = fitted(&f, 6);
    const wick_program model = { five_point_model, &f };
    double x[5], y[5];

    for (int i = 0; i < 10; i++) {
        const wick_trace *guide = wick_trace_run(a.w, wick_guide_program(a.guide));
        const wick_program replayed = wick_wrap(a.w, model, wick_replay(a.w, guide));
        wick_infer_discrete(a.w, replayed, i % 2 ? WICK_DRAW : WICK_MODE);
        wick_infer_marginals(a.w, replayed);
        assert_ok(a.w);
        ck_assert_double_eq(wick_svi_step(a.svi), wick_svi_step(b.svi));
    }
    ck_assert_uint_eq(wick_param_count(a.w), wick_param_count(b.w));
    for (size_t i = 0; i < wick_param_count(a.w); i++) {
        const char *name = wick_param_name(a.w, i);
        const size_t n = wick_param_get_unconstrained(a.w, name, x, wick_param_size(a.w, name));
        wick_param_get_unconstrained(b.w, name, y, n);
        assert_same_bits(x, y, n);
    }
    five_point_free(a);
    five_point_free(b);
}
END_TEST

static void with_parameter(wick *w, void *arg)
{
    const wick_var p = wick_param(w, "p", wick_init_num(0.3), wick_unit_interval());
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.8), wick_real());

    (void)arg;
    WICK_PLATE (w, "rows", 5) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(p));
        wick_observe(w, "y", wick_normal(wick_mul(loc, z), 0.6), wick_data(w, Y, 5));
    }
}

/* The values found are constants; gradients of the returned trace go to the parameters as ever, and
 * those that were there before are left alone. */
START_TEST(gradients_pass_through_the_returned_trace_only)
{
    wick *w = wick_new(NULL);
    const wick_program model = { with_parameter, NULL };
    const wick_trace *first = wick_trace_run(w, model);
    const wick_var p = wick_trace_find(first, "p")->unconstrained;
    double z[5], before, after, want = 0.0;

    wick_backward(wick_mul(wick_square(p), 1.5));
    wick_get_gradient(p, &before, 1);
    const wick_trace *trace = wick_infer_discrete(w, model, WICK_MODE);
    wick_infer_marginals(w, model);
    wick_get_gradient(p, &after, 1);
    ck_assert_double_eq(after, before);
    assert_close(before, 3.0 * log(0.3 / 0.7), 1e-15);
    wick_trace_get(trace, "z", z, 5);
    const wick_site *y = wick_trace_find(trace, "y");
    wick_backward(wick_sum(wick_site_cost(w, y), "rows"));
    wick_get_gradient(wick_trace_find(trace, "loc")->unconstrained, &after, 1);
    assert_ok(w);
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq(
            z[i], log(0.3) + log_normal(Y[i], 0.8, 0.6) > log(0.7) + log_normal(Y[i], 0.0, 0.6));
        want += z[i] * (Y[i] - 0.8 * z[i]) / 0.36;
    }
    assert_close(after, want, 1e-13);
    ck_assert_uint_eq(wick_trace_find(trace, "z")->enumerated, 0);
    ck_assert(!wick_trace_find(trace, "z")->observed);
    wick_free(w);
}
END_TEST

/* Its mean along an ambient dimension: each draw has a posterior of its own. */
static void given_mean(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 3) {
        const wick_var loc = wick_sample(w, "loc", wick_normal(0.0, 1.0));
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));
        wick_observe(w, "y", wick_normal(wick_add(loc, z), 0.5), wick_num(w, 0.9));
    }
}

static void mean_guide(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 3)
        wick_sample(w, "loc", wick_normal(0.3, 1.0));
}

START_TEST(draws_of_what_is_given_have_posteriors_of_their_own)
{
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    const wick_trace *guide = wick_trace_run(w, (wick_program){ mean_guide, NULL });
    const wick_program model =
        wick_wrap(w, (wick_program){ given_mean, NULL }, wick_replay(w, guide));
    const wick_marginals *m = wick_infer_marginals(w, model);
    const wick_trace *mode = wick_infer_discrete(w, model, WICK_MODE);
    double loc[3], p[6], z[3];

    wick_trace_get(guide, "loc", loc, 3);
    wick_get(wick_marginal(m, "z"), p, 6);
    wick_trace_get(mode, "z", z, 3);
    assert_ok(w);
    for (int i = 0; i < 3; i++) {
        const double a = 0.6 * exp(log_normal(0.9, loc[i], 0.5));
        const double b = 0.4 * exp(log_normal(0.9, loc[i] + 1.0, 0.5));
        assert_close(p[2 * i + 1], b / (a + b), 1e-13);
        ck_assert_double_eq(z[i], b > a);
    }
    wick_free(w);
}
END_TEST

/* One site is given by a condition, a delta needs no value. */
START_TEST(conditions_around_the_call_are_kept)
{
    wick *w = wick_new(NULL);
    const wick_program model = { hmm, NULL };
    const wick_binding binding = { "x_2", wick_num(w, 0.0) };
    const wick_trace *mode = NULL;
    const wick_marginals *m = NULL;
    exact e = { .n = 6, .k = { 3, 3, 3, 3, 3, 3 }, .log_joint = log_hmm };
    double x, p[3];

    enumerate(&e);
    WICK_WITH (w, wick_condition(w, 1, &binding)) {
        mode = wick_infer_discrete(w, model, WICK_MODE);
        m = wick_infer_marginals(w, model);
    }
    wick_trace_get(mode, "x_2", &x, 1);
    wick_get(wick_marginal(m, "x_3"), p, 3);
    assert_ok(w);
    ck_assert_double_eq(x, 0.0);
    ck_assert_int_ne(e.mode[2], 0);
    for (int k = 0; k < 3; k++)
        assert_close(p[k], probability(&e, 3, k, 2, 0) / probability(&e, 2, 0, 2, 0), 1e-12);
    wick_marginal(m, "x_2");
    assert_error(w, WICK_ERR_NAME, "wick_marginal", "'x_2'", "'x_3'");
    free(e.p);
    wick_free(w);
}
END_TEST

static void nothing_discrete(wick *w, void *arg)
{
    const wick_var x = wick_sample(w, "x", wick_delta(wick_num(w, 0.7)));

    (void)arg;
    wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 1.9));
}

START_TEST(a_model_without_discrete_sites_is_run_and_returned)
{
    wick *w = wick_new(NULL);
    const wick_program model = { nothing_discrete, NULL };
    const wick_trace *trace = wick_infer_discrete(w, model, WICK_DRAW);
    const wick_marginals *m = wick_infer_marginals(w, model);
    double x;

    wick_trace_get(trace, "x", &x, 1);
    assert_ok(w);
    ck_assert_double_eq(x, 0.7);
    assert_close(wick_marginals_log_evidence(m), log_normal(1.9, 0.7, 1.0), 1e-14);
    wick_marginal(m, "x");
    assert_error(w, WICK_ERR_NAME, "wick_marginal", "'x'", "none");
    wick_free(w);
}
END_TEST

/* A site that is blocked is drawn out of sight: what is inferred must know what it was. */
static void out_of_sight(wick *w, void *arg)
{
    wick_var u = WICK_VAR_NONE;

    (void)arg;
    WICK_WITH (w, wick_block(w))
        u = wick_sample(w, "u", wick_normal(0.0, 1.0));
    const wick_var positive = wick_less(0.0, u);
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.5));
    wick_factor(w, "agree", wick_where(wick_equal(z, positive), 0.0, -5.0));
    wick_deterministic(w, "positive", positive);
}

START_TEST(what_is_blocked_is_the_same_in_both_runs)
{
    wick *w = wick_new(&(wick_options){ .seed = 1 });
    int ones = 0;

    for (int i = 0; i < 40; i++) {
        const wick_trace *t =
            wick_infer_discrete(w, (wick_program){ out_of_sight, NULL }, WICK_MODE);
        double z, positive;
        wick_trace_get(t, "z", &z, 1);
        wick_trace_get(t, "positive", &positive, 1);
        assert_ok(w);
        ck_assert_double_eq(z, positive);
        ones += z == 1.0;
        wick_reset(w);
    }
    ck_assert_int_gt(ones, 5);
    ck_assert_int_lt(ones, 35);
    wick_free(w);
}
END_TEST

START_TEST(a_draw_is_decided_by_seed_step_and_names)
{
    double x[4][6];

    for (int i = 0; i < 4; i++) {
        wick *w = wick_new(&(wick_options){ .seed = i < 3 ? 5 : 6 });
        if (i == 2)
            wick_reset(w); /* a later step */
        for (int repeat = 0; repeat < 2; repeat++) {
            const wick_trace *t = wick_infer_discrete(w, (wick_program){ hmm, NULL }, WICK_DRAW);
            for (int v = 0; v < 6 && repeat == 0; v++)
                wick_trace_get(t, wick_name(w, "x_%d", v), &x[i][v], 1);
        }
        assert_ok(w);
        wick_free(w);
    }
    assert_same_bits(x[0], x[1], 6);
    ck_assert_mem_ne(x[0], x[2], sizeof x[0]);
    ck_assert_mem_ne(x[0], x[3], sizeof x[0]);
}
END_TEST

/* Like those of wick_sample: the handle's seed does not matter, that of the handler does. */
START_TEST(a_reseed_around_the_model_seeds_the_draws)
{
    double x[3][6];

    for (int i = 0; i < 3; i++) {
        wick *w = wick_new(&(wick_options){ .seed = i == 0 ? 5 : 6 });
        wick_handler *reseed = wick_reseed(w, i < 2 ? 77 : 78);
        const wick_trace *t =
            wick_infer_discrete(w, wick_wrap(w, (wick_program){ hmm, NULL }, reseed), WICK_DRAW);
        for (int v = 0; v < 6; v++)
            wick_trace_get(t, wick_name(w, "x_%d", v), &x[i][v], 1);
        assert_ok(w);
        wick_free(w);
    }
    assert_same_bits(x[0], x[1], 6);
    ck_assert_mem_ne(x[0], x[2], sizeof x[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discrete given");
    TCase *tests = new_case(suite, "discrete given");

    tcase_add_test(tests, a_guides_trace_gives_the_continuous_sites_by_either_spelling);
    tcase_add_test(tests, a_fit_goes_on_as_if_nothing_had_been_inferred);
    tcase_add_test(tests, gradients_pass_through_the_returned_trace_only);
    tcase_add_test(tests, draws_of_what_is_given_have_posteriors_of_their_own);
    tcase_add_test(tests, conditions_around_the_call_are_kept);
    tcase_add_test(tests, a_model_without_discrete_sites_is_run_and_returned);
    tcase_add_test(tests, what_is_blocked_is_the_same_in_both_runs);
    tcase_add_test(tests, a_draw_is_decided_by_seed_step_and_names);
    tcase_add_test(tests, a_reseed_around_the_model_seeds_the_draws);
    return run_suite(suite);
}
