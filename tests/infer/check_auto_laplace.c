/* The Laplace approximation. */
#include "tests/support/memory.h"
#include "tests/support/normal_elbo.h"

/* Fits a guide of points by Adam with smaller and smaller steps. */
static void fit_point(wick *w, wick_program model, wick_guide *guide, wick_loss loss)
{
    static const double RATES[] = { 0.1, 0.01, 1e-3, 1e-4 };

    for (int r = 0; r < 4; r++) {
        wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
            &(wick_svi_options){
                .loss = loss, .optim = wick_adam(.lr = RATES[r], .beta1 = 0.8, .beta2 = 0.99) });
        for (int i = 0; i < 300; i++)
            wick_svi_step(svi);
        assert_ok(w);
        wick_svi_free(svi);
    }
}

static wick_guide *approximation(wick *w, wick_program model, wick_loss loss)
{
    wick_guide *guide = wick_auto_laplace_new(w, model, NULL);

    fit_point(w, model, guide, loss);
    wick_guide *result = wick_laplace_approximation(guide, &(wick_laplace_options){ .loss = loss });
    assert_ok(w);
    wick_guide_free(guide);
    return result;
}

START_TEST(of_a_gaussian_it_is_exact)
{
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *guide = approximation(w, model, NULL);
    const gaussian want = regression_posterior();
    double loc[3], l[9];

    wick_param_get(w, "AutoLaplace.loc", loc, 3);
    wick_param_get(w, "AutoLaplace.scale_tril", l, 9);
    for (int i = 0; i < 3; i++) {
        assert_close(loc[i], want.mean[i], 1e-5);
        for (int j = 0; j < 3; j++) {
            double c = 0.0;
            for (int k = 0; k < 3; k++)
                c += l[3 * i + k] * l[3 * j + k];
            assert_close(c, want.covariance[i][j], 1e-11);
        }
    }
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    assert_close(wick_svi_evaluate(svi), -want.evidence, 1e-4);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* Gamma(a, b) of u = log x: a u - b e^u, so the mode is at e^u = a / b and the curvature a. */
/* Beta(a, b) of u = logit x: a log x + b log(1 - x), the mode at x = a / (a + b), the curvature
 * (a + b) x (1 - x). */
static void gamma_and_beta(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "g", wick_gamma(3.5, 1.25));
    wick_sample(w, "b", wick_beta(2.5, 4.0));
}

START_TEST(of_a_gamma_and_a_beta_it_has_the_curvature_in_closed_form)
{
    wick *w = wick_new(NULL);
    const wick_program model = { gamma_and_beta, NULL };
    wick_guide *guide = approximation(w, model, wick_trace_elbo);
    const double b = 2.5 / 6.5;
    double loc[2], l[4], x;

    wick_param_get(w, "AutoLaplace.loc", loc, 2);
    wick_param_get(w, "AutoLaplace.scale_tril", l, 4);
    assert_close(loc[0], log(3.5 / 1.25), 1e-4);
    assert_close(loc[1], log(b / (1.0 - b)), 1e-4);
    assert_close(1.0 / (l[0] * l[0]), 1.25 * exp(loc[0]), 1e-9); /* at loc, as it is */
    const double p = 1.0 / (1.0 + exp(-loc[1]));
    assert_close(1.0 / (l[3] * l[3]), 6.5 * p * (1.0 - p), 1e-9);
    assert_close(l[2], 0.0, 1e-12);
    wick_guide_median(guide, "g", &x, 1);
    assert_close(x, 3.5 / 1.25, 1e-3);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void curved(wick *w, void *arg)
{
    (void)arg;
    const wick_var top = wick_sample(w, "top", wick_normal(0.5, 1.0));
    WICK_PLATE (w, "rows", 2) {
        const wick_var x = wick_sample(w, "x", wick_lognormal(top, 0.5));
        wick_observe(w, "y", wick_exponential(x), wick_add(wick_index(w, "rows"), 0.75));
    }
}

/* With u = log x: -log p = (t - .5)^2 / 2 + sum (u - t)^2 / (2 .25) - u + y e^u. */
START_TEST(sites_in_plates_enter_with_their_covariances)
{
    wick *w = wick_new(NULL);
    const wick_program model = { curved, NULL };
    wick_guide *guide = approximation(w, model, NULL);
    double u[3], l[9];

    wick_param_get(w, "AutoLaplace.loc", u, 3);
    wick_param_get(w, "AutoLaplace.scale_tril", l, 9);
    const double h[3][3] = { { 9.0, -4.0, -4.0 }, { -4.0, 4.0 + 0.75 * exp(u[1]), 0.0 },
        { -4.0, 0.0, 4.0 + 1.75 * exp(u[2]) } };
    for (int i = 0; i < 3; i++) /* H L L' = 1 */
        for (int j = 0; j < 3; j++) {
            double x = 0.0;
            for (int k = 0; k < 3; k++)
                for (int m = 0; m < 3; m++)
                    x += h[i][k] * l[3 * k + m] * l[3 * j + m];
            assert_close(x, i == j ? 1.0 : 0.0, 1e-9);
        }
    assert_close(9.0 * u[0] - 4.0 * u[1] - 4.0 * u[2], 0.5, 1e-3); /* d/dt = 0 */
    ck_assert_ptr_nonnull(strstr(wick_guide_describe(guide), "Laplace approximation"));
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* Scales from 1e-5 to 1e4 in one model. */
static void of_all_sizes(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++) {
        const wick_var x =
            wick_sample(w, wick_name(w, "x_%d", i), wick_normal(0.5 * i, pow(1000.0, i) * 1e-5));
        wick_factor(w, wick_name(w, "f_%d", i), wick_mul(wick_square(wick_sub(x, 0.5 * i)), -0.5));
    }
}

START_TEST(the_steps_follow_the_scale_of_the_loss)
{
    wick *w = wick_new(NULL);
    const wick_program model = { of_all_sizes, NULL };
    wick_guide *guide = wick_auto_laplace_new(w, model, NULL);
    const double at[] = { 0.0, 0.5, 1.0, 1.5 };
    double l[16];

    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoLaplace.loc", at, 4);
    wick_guide *normal = wick_laplace_approximation(guide, NULL);
    assert_ok(w);
    wick_param_get(w, "AutoLaplace.scale_tril", l, 16);
    for (int i = 0; i < 4; i++) {
        const double scale = pow(1000.0, i) * 1e-5;
        const double want = 1.0 / sqrt(1.0 + 1.0 / (scale * scale));
        ck_assert_double_eq_tol(l[5 * i] / want, 1.0, 1e-7);
    }
    wick_guide_free(normal);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- what has no approximation ----------------------------------------------------------------- */

/* Only the sum of a and b[1] is known. */
static void undetermined(wick *w, void *arg)
{
    const double *weight = arg;
    const wick_var a = wick_sample(w, "a", wick_normal(0.5, 1e9));
    const wick_var b = wick_sample(w, "b", wick_iid(wick_normal(0.5, 1e9), 2));

    wick_observe(w, "y", wick_normal(wick_add(a, wick_pick(b, 1)), 1.0), wick_num(w, 1.0));
    wick_factor(w, "f", wick_mul(wick_square(wick_pick(b, 0)), *weight));
}

static wick_guide *at_points(wick *w, wick_program model, const double *at, size_t n)
{
    wick_guide *guide = wick_auto_laplace_new(w, model, NULL);

    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoLaplace.loc", at, n);
    wick_reset(w);
    assert_ok(w);
    return guide;
}

START_TEST(a_flat_or_falling_direction_is_named)
{
    const double at[] = { 0.5, 0.0, 0.5 };
    wick *w = wick_new(NULL);
    double weight = -0.5;
    const wick_program model = { undetermined, &weight };
    wick_guide *guide = at_points(w, model, at, 3);

    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_NUMERIC, "wick_laplace_approximation: the Hessian is not positive",
        "site 'a' and, of opposite sign, site 'b', coordinate [1]");
    weight = 0.5;
    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(
        w, WICK_ERR_NUMERIC, "scaled, is -1", "in the direction of site 'b', coordinate [0]");
    ck_assert(!wick_param_exists(w, "AutoLaplace.scale_tril"));
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(a_fit_that_has_not_ended_is_refused)
{
    const double at[] = { 1.0, 0.25, 0.75 };
    wick *w = wick_new(NULL);
    wick_guide *guide = at_points(w, (wick_program){ regression, NULL }, at, 3);

    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(
        w, WICK_ERR_NUMERIC, "not ended at a minimum", "a Newton step would lower", "site '");
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* The gradient of |x| jumps. */
static void kink(wick *w, void *arg)
{
    (void)arg;
    const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
    wick_factor(w, "f", wick_neg(wick_abs(x)));
}

static void minibatch(wick *w, void *arg)
{
    (void)arg;
    const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
    WICK_PLATE (w, "rows", 8, .subsample = 2)
        wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.5));
}

static void off_the_path(wick *w, void *arg)
{
    (void)arg;
    const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
    wick_observe(w, "y", wick_normal(0.0, wick_sub(x, 2.0)), wick_num(w, 0.5));
}

START_TEST(what_has_no_second_derivatives_is_refused)
{
    const double zero[] = { 0.0 };
    wick *w = wick_new(NULL);
    wick_guide *guide = at_points(w, (wick_program){ kink, NULL }, zero, 1);

    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_NUMERIC, "no derivative along site 'x'");
    wick_guide_free(guide);
    guide = at_points(w, (wick_program){ minibatch, NULL }, zero, 1);
    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_STATE, "plate 'rows' has 2 of 8 members");
    wick_guide_free(guide);
    guide = at_points(w, (wick_program){ off_the_path, NULL }, zero, 1);
    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_NONFINITE, "not finite where the fit ended");
    wick_guide_free(guide);
    guide = wick_auto_laplace_new(w, (wick_program){ kink, NULL }, NULL);
    wick_params_clear(w);
    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_STATE, "no parameter 'AutoLaplace.loc' yet");
    wick_guide_free(guide);
    guide = wick_auto_normal_new(w, (wick_program){ kink, NULL }, NULL);
    ck_assert_ptr_null(wick_laplace_approximation(guide, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "the guide is AutoNormal", "wick_auto_laplace_new");
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(any_optimiser_serves)
{
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *guide = wick_auto_laplace_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .optim = wick_lbfgs() });
    const gaussian want = regression_posterior();
    double x[2];

    for (int i = 0; i < 40; i++)
        wick_svi_step(svi);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide *normal = wick_laplace_approximation(guide, NULL);
    assert_ok(w);
    wick_guide_get(normal, "slopes", x, 2);
    assert_close(x[0], want.mean[1], 1e-6);
    assert_close(x[1], want.mean[2], 1e-6);
    wick_guide_free(normal);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* A mixture: the assignments are summed out, as the default loss does it. */
static void two_modes(wick *w, void *arg)
{
    static const double Y[4] = { -1.5, 2.25, 2.75, -0.75 };

    (void)arg;
    const wick_var loc = wick_sample(w, "loc", wick_iid(wick_normal(0.0, 3.0), 2));
    WICK_PLATE (w, "rows", 4) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));
        wick_observe(w, "y", wick_normal(wick_at(loc, z), 1.0), wick_data(w, Y, 4));
    }
}

START_TEST(discrete_sites_are_summed_out)
{
    static const double Y[4] = { -1.5, 2.25, 2.75, -0.75 };
    wick *w = wick_new(NULL);
    const wick_program model = { two_modes, NULL };
    wick_guide *guide = wick_auto_laplace_new(w, model, NULL);
    const double start[] = { -1.0, 2.5 };
    double at[2], l[4], h[2][2] = { { 1.0 / 9.0, 0.0 }, { 0.0, 1.0 / 9.0 } };

    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoLaplace.loc", start, 2);
    fit_point(w, model, guide, wick_trace_enum_elbo);
    wick_guide *normal = wick_laplace_approximation(guide, NULL);
    assert_ok(w);
    wick_guide_get(guide, "loc", at, 2);
    wick_param_get(w, "AutoLaplace.scale_tril", l, 4);
    for (int i = 0; i < 4;
         i++) { /* Louis (1982): responsibilities less the variance of the score */
        const double a = 0.6 * exp(log_normal(Y[i], at[0], 1.0));
        const double b = 0.4 * exp(log_normal(Y[i], at[1], 1.0)), r = b / (a + b);
        const double s[2] = { Y[i] - at[0], Y[i] - at[1] };
        h[0][0] += 1.0 - r - r * (1.0 - r) * s[0] * s[0];
        h[1][1] += r - r * (1.0 - r) * s[1] * s[1];
        h[0][1] += r * (1.0 - r) * s[0] * s[1];
    }
    const double det = h[0][0] * h[1][1] - h[0][1] * h[0][1];
    assert_close(l[0] * l[0], h[1][1] / det, 1e-9);
    assert_close(l[0] * l[2], -h[0][1] / det, 1e-9);
    assert_close(l[2] * l[2] + l[3] * l[3], h[0][0] / det, 1e-9);
    wick_guide_free(normal);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

/* At the posterior mean; returns whether all went well. */
static bool approximate(memory *m)
{
    const wick_options options = memory_options(m, 1);
    wick *w = wick_new(&options);
    const gaussian want = regression_posterior();
    wick_guide *guide = wick_auto_laplace_new(w, (wick_program){ regression, NULL }, NULL);

    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoLaplace.loc", want.mean, 3);
    wick_guide *normal = wick_laplace_approximation(guide, NULL);
    const bool ok = w && wick_status(w) == WICK_OK;
    ck_assert(ok == (normal != NULL));
    ck_assert_msg(ok || !w || wick_status(w) == WICK_ERR_MEMORY, "%s", wick_message(w));
    wick_guide_free(normal);
    wick_guide_free(guide);
    wick_free(w);
    ck_assert_uint_eq(m->blocks, 0);
    return ok;
}

START_TEST(any_allocation_may_fail_and_all_memory_is_given_back)
{
    memory m = { 0 };
    int failed = 0;

    ck_assert(approximate(&m));
    const size_t calls = m.calls;
    for (size_t n = 1; n <= calls; n++) {
        m = (memory){ .fail_at = n };
        failed += !approximate(&m);
    }
    ck_assert_int_ge(failed, (int)calls - 4); /* some are for speed only */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auto_laplace");
    TCase *laplace = new_case(suite, "laplace");

    tcase_add_test(laplace, of_a_gaussian_it_is_exact);
    tcase_add_test(laplace, of_a_gamma_and_a_beta_it_has_the_curvature_in_closed_form);
    tcase_add_test(laplace, sites_in_plates_enter_with_their_covariances);
    tcase_add_test(laplace, the_steps_follow_the_scale_of_the_loss);
    tcase_add_test(laplace, any_optimiser_serves);
    tcase_add_test(laplace, discrete_sites_are_summed_out);
    tcase_add_test(laplace, a_flat_or_falling_direction_is_named);
    tcase_add_test(laplace, a_fit_that_has_not_ended_is_refused);
    tcase_add_test(laplace, what_has_no_second_derivatives_is_refused);
    tcase_add_test(laplace, any_allocation_may_fail_and_all_memory_is_given_back);
    return run_suite(suite);
}
