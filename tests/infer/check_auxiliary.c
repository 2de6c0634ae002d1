/* Point masses with a density, and auxiliary sites. */
#include "tests/support/fit.h"

START_TEST(a_delta_with_a_density_has_it_at_its_value_once_and_passes_gradients)
{
    wick *w = wick_new(NULL);
    const double at[] = { 0.5, -1.25 }, off[] = { 0.5, -1.0 }, gap[] = { NAN, -1.25 };
    const wick_var v = wick_param(w, "v", wick_init_values(at, 2), wick_real());
    const wick_var d = wick_param(w, "d", wick_init_num(-2.75), wick_real());
    const wick_dist dist = wick_delta_density(v, d);
    double gradient;

    ck_assert_double_eq(wick_value(wick_log_prob(w, dist, v)), -2.75);
    ck_assert_double_eq(wick_value(wick_log_prob(w, dist, wick_const(w, at, 2))), -2.75);
    ck_assert_double_eq(wick_value(wick_log_prob(w, dist, wick_const(w, off, 2))), -INFINITY);
    ck_assert_double_eq(wick_value(wick_log_prob(w, dist, wick_const(w, gap, 2))), -INFINITY);
    const wick_dist numbers = wick_delta_density(0.5, -1.5);
    ck_assert_double_eq(wick_value(wick_log_prob(w, numbers, wick_num(w, 0.5))), -1.5);
    const wick_var twice = wick_mul(wick_log_prob(w, dist, wick_const(w, at, 2)), 3.0);
    wick_backward(wick_add(twice, wick_mul(wick_log_prob(w, dist, v), 0.5)));
    wick_get_gradient(d, &gradient, 1);
    ck_assert_double_eq(gradient, 3.5);
    wick_log_prob(w, wick_delta_density(v, v), v);
    assert_error(w, WICK_ERR_SHAPE, "wick_delta_density: log_density is [2], need a scalar");
    wick_free(w);
}
END_TEST

static void masked(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        const wick_var i = wick_index(w, "rows");
        const wick_var d = wick_param(w, "d", wick_init_num(-0.5), wick_real());
        WICK_WITH (w, wick_mask(w, wick_less(i, 2.5)))
            wick_sample(w, "x", wick_delta_density(i, d));
    }
}

START_TEST(a_mask_takes_the_density_of_a_delta_and_its_gradient_away)
{
    wick *w = wick_new(NULL);
    const wick_trace *trace = wick_trace_run(w, (wick_program){ masked, NULL });
    const wick_var cost = wick_total(wick_site_cost(w, wick_trace_find(trace, "x")));
    const double want[] = { 1.0, 1.0, 1.0, 0.0 };
    double gradient[4];

    ck_assert_double_eq(wick_value(cost), -1.5);
    wick_backward(cost);
    wick_get_gradient(wick_trace_find(trace, "d")->unconstrained, gradient, 4);
    assert_same_bits(gradient, want, 4);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void one_latent(wick *w, void *arg)
{
    (void)arg;
    const wick_var x = wick_sample(w, "x", wick_exponential(1.5));
    wick_observe(w, "y", wick_normal(x, 0.5), wick_num(w, 1.25));
}

/* x = e^u; by arg the draw u is marked or not. */
static void from_another_draw(wick *w, void *arg)
{
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    wick_dist normal = wick_normal(loc, 0.5);

    if (*(const bool *)arg)
        normal = wick_auxiliary(normal);
    const wick_var u = wick_sample(w, "u", normal);
    wick_sample(w, "x", wick_delta_density(wick_exp(u), wick_neg(u)));
}

static void lognormal_guide(wick *w, void *arg)
{
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());

    (void)arg;
    wick_sample(w, "x", wick_lognormal(loc, 0.5));
}

START_TEST(an_auxiliary_site_counts_and_needs_no_counterpart)
{
    wick *w = wick_new(NULL);
    bool marked = true;
    const wick_program guide = { from_another_draw, &marked }, model = { one_latent, NULL };
    const problem p = { w, model, guide, wick_trace_elbo, NULL };
    double got[2], want[2] = { 0.0, 0.0 }, gradient[2];
    const wick_elbo_options many = { .num_particles = 4000 };
    problem a = p, b = p;

    a.options = b.options = &many;
    b.guide = (wick_program){ lognormal_guide, NULL };
    got[0] = gradient_of(&a, gradient);
    got[1] = gradient[0];
    want[0] = gradient_of(&b, gradient);
    want[1] = gradient[0];
    assert_ok(w);
    /* other streams: 4000 draws of a cost whose deviation is about 1 */
    assert_close(got[0], want[0], 0.1);
    assert_close(got[1], want[1], 0.1);
    assert_gradient(&p, 1e-8);
    marked = false;
    loss_of(&p);
    assert_error(w, WICK_ERR_NAME, "in the guide but not in the model: 'u'", "wick_auxiliary");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auxiliary");
    TCase *densities = new_case(suite, "densities");

    tcase_add_test(densities, a_delta_with_a_density_has_it_at_its_value_once_and_passes_gradients);
    tcase_add_test(densities, a_mask_takes_the_density_of_a_delta_and_its_gradient_away);
    tcase_add_test(densities, an_auxiliary_site_counts_and_needs_no_counterpart);
    return run_suite(suite);
}
