/* Guides with one normal over all sites. */
#include "tests/support/memory.h"
#include "tests/support/normal_elbo.h"

static const normal_blocks FULL = { 1,
    { { "AutoMultivariateNormal.latent", "AutoMultivariateNormal.loc",
        "AutoMultivariateNormal.scale_tril" } } };

START_TEST(a_multivariate_normal_recovers_a_gaussian_posterior_exactly)
{
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *guide = wick_auto_multivariate_normal_new(w, model, NULL);
    const gaussian want = regression_posterior();
    double loc[3], l[9];

    fit_normal(w, model, wick_guide_program(guide), &FULL, 400);
    wick_param_get(w, "AutoMultivariateNormal.loc", loc, 3);
    wick_param_get(w, "AutoMultivariateNormal.scale_tril", l, 9);
    for (int i = 0; i < 3; i++) {
        assert_close(loc[i], want.mean[i], 1e-5);
        for (int j = 0; j < 3; j++) {
            double c = 0.0;
            for (int k = 0; k < 3; k++)
                c += l[3 * i + k] * l[3 * j + k];
            assert_close(c, want.covariance[i][j], 1e-5);
        }
    }
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL); /* any draw will do */
    assert_close(wick_svi_evaluate(svi), -want.evidence, 1e-6);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* With the posterior as q every draw has log p - log q = log p(y), whichever way draws are weighed. */
START_TEST(every_loss_is_the_evidence_at_the_posterior)
{
    static const wick_loss LOSSES[] = { wick_trace_elbo, wick_trace_enum_elbo,
        wick_trace_mean_field_elbo, wick_renyi_elbo, wick_reweighted_wake_sleep };
    const wick_loss loss = LOSSES[_i / 2];
    const wick_elbo_options o = { .num_particles = 5,
        .vectorize_particles = _i % 2,
        .insomnia = loss == wick_reweighted_wake_sleep ? 1.0 : 0.0 };
    wick *w = wick_new(&(wick_options){ .seed = 8 });
    const wick_program model = { regression, NULL };
    wick_guide *guide = wick_auto_multivariate_normal_new(w, model, NULL);
    const gaussian want = regression_posterior();
    double l[9] = { 0.0 };

    for (int i = 0; i < 3; i++) /* Cholesky, row by row */
        for (int j = 0; j <= i; j++) {
            double x = want.covariance[i][j];
            for (int k = 0; k < j; k++)
                x -= l[3 * i + k] * l[3 * j + k];
            l[3 * i + j] = i == j ? sqrt(x) : x / l[4 * j];
        }
    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoMultivariateNormal.loc", want.mean, 3);
    wick_param_set(w, "AutoMultivariateNormal.scale_tril", l, 9);
    const problem p = { w, model, wick_guide_program(guide), loss, &o };
    assert_close(loss_of(&p), -want.evidence, 1e-12);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- sites in plates --------------------------------------------------------------------------- */

enum { N_A = 2, N_B = 3 };

/* A scalar, one value for each b, a vector for each a and b: 1 + 3 + 2 * 2 * 3 coordinates. */
static void plated(wick *w, void *arg)
{
    (void)arg;
    const wick_var top = wick_sample(w, "top", wick_normal(0.5, 2.0));
    WICK_PLATE (w, "b", N_B) {
        const wick_var shift = wick_mul(wick_index(w, "b"), 0.25);
        const wick_var x = wick_sample(w, "x", wick_lognormal(shift, 0.5));
        WICK_PLATE (w, "a", N_A) {
            const wick_var loc = wick_add(wick_index(w, "a"), wick_mul(top, x));
            wick_sample(w, "y", wick_iid(wick_normal(loc, 1.5), 2));
        }
    }
}

/* After top and x come the members of a, then of b, then the elements of y. */
START_TEST(a_joint_vector_has_members_first_and_its_log_q_is_the_change_of_variables)
{
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    const wick_program model = { plated, NULL };
    wick_guide *guide = wick_auto_multivariate_normal_new(w, model, NULL);
    double u[16], z[16], l[256], loc[16], x[3], y[12], log_q = 0.0;

    ck_assert_uint_eq(wick_guide_size(guide, NULL), 16);
    wick_trace_run(w, wick_guide_program(guide)); /* makes the parameters */
    for (int i = 0; i < 256; i++)
        l[i] = i / 16 == i % 16 ? 0.5 + 0.05 * (i % 16) : i / 16 > i % 16 ? 0.1 * sin(i) : 0.0;
    for (int i = 0; i < 16; i++)
        loc[i] = cos(2.5 * i);
    wick_param_set(w, "AutoMultivariateNormal.loc", loc, 16);
    wick_param_set(w, "AutoMultivariateNormal.scale_tril", l, 256);
    wick_reset(w);
    const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));
    const wick_var sum = sum_of_costs(w, trace);
    wick_trace_get(trace, "AutoMultivariateNormal.latent", u, 16);
    wick_trace_get(trace, "x", x, 3);
    wick_trace_get(trace, "y", y, 12);
    assert_ok(w);
    for (int b = 0; b < 3; b++)
        assert_close(x[b], exp(u[1 + b]), 1e-14);
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq(y[i], u[4 + i]);
    for (int i = 0; i < 16; i++) { /* forward substitution: z = L^-1 (u - loc) */
        z[i] = u[i] - loc[i];
        for (int j = 0; j < i; j++)
            z[i] -= l[16 * i + j] * z[j];
        z[i] /= l[17 * i];
        log_q += log_normal(z[i], 0.0, 1.0) - log(l[17 * i]);
    }
    for (int b = 0; b < 3; b++)
        log_q -= u[1 + b]; /* log dx/du */
    assert_close(wick_value(sum), log_q, 1e-12);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST
/* --- low rank ---------------------------------------------------------------------------------- */

/* As cubature_elbo, with the noise of the factor and of the diagonal. */
static wick_var low_rank_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    const size_t n = *(const size_t *)options;
    wick_var sum = wick_num(w, 0.0);

    wick_trace_run(w, guide);
    const wick_var loc = wick_param_read(w, "AutoLowRank.loc");
    const wick_var scale = wick_param_read(w, "AutoLowRank.scale");
    const wick_var factor = wick_param_read(w, "AutoLowRank.cov_factor");
    const size_t rank = wick_event_size(factor, 1), all = n + rank;
    for (size_t i = 0; i < 2 * all; i++) {
        double z[32] = { 0.0 };
        z[i / 2] = i % 2 ? -sqrt((double)all) : sqrt((double)all);
        const wick_var noise =
            wick_add(wick_matvec(factor, wick_const(w, z, rank)), wick_const(w, z + rank, n));
        const wick_binding draw = { "AutoLowRank.latent", wick_add(loc, wick_mul(scale, noise)) };
        sum = wick_add(sum, cost_at(w, model, guide, 1, &draw));
    }
    return wick_div(sum, (double)(2 * all));
}

static void fit_low_rank(wick *w, wick_program model, wick_program guide, size_t n)
{
    static const double RATES[] = { 0.05, 0.01, 1e-3, 1e-4, 1e-5 };

    for (int r = 0; r < 5; r++) {
        wick_svi *svi = wick_svi_new(w, model, guide,
            &(wick_svi_options){ .loss = low_rank_elbo,
                .loss_options = &n,
                .optim = wick_adam(.lr = RATES[r], .beta1 = 0.8, .beta2 = 0.99) });
        for (int i = 0; i < 400; i++)
            wick_svi_step(svi);
        assert_ok(w);
        wick_svi_free(svi);
    }
}

/* Rank 2 and a diagonal can be any covariance of 3 numbers. */
START_TEST(a_low_rank_guide_recovers_a_gaussian_posterior_that_it_contains)
{
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *guide = wick_auto_low_rank_new(w, model, NULL);
    const gaussian want = regression_posterior();
    double loc[3], scale[3], factor[6], x[2];

    fit_low_rank(w, model, wick_guide_program(guide), 3);
    wick_param_get(w, "AutoLowRank.loc", loc, 3);
    wick_param_get(w, "AutoLowRank.scale", scale, 3);
    ck_assert_uint_eq(wick_param_get(w, "AutoLowRank.cov_factor", factor, 6), 6);
    for (int i = 0; i < 3; i++) {
        assert_close(loc[i], want.mean[i], 1e-4);
        for (int j = 0; j < 3; j++) {
            const double c = scale[i] * scale[j] *
                (factor[2 * i] * factor[2 * j] + factor[2 * i + 1] * factor[2 * j + 1] + (i == j));
            assert_close(c, want.covariance[i][j], 1e-3);
        }
    }
    ck_assert_uint_eq(wick_guide_quantile(guide, "slopes", 0.975, x, 2), 2);
    for (int i = 0; i < 2; i++)
        assert_close(x[i],
            want.mean[1 + i] + 1.9599639845400545 * sqrt(want.covariance[1 + i][1 + i]), 1e-3);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(a_low_rank_guide_starts_at_the_scale_asked_for_and_with_a_rank_of_the_root)
{
    wick *w = wick_new(NULL);
    const wick_program model = { plated, NULL };
    wick_guide *guide = wick_auto_low_rank_new(w, model, &(wick_auto_options){ .init_scale = 0.3 });
    double scale[16], factor[64], sum = 0.0;

    wick_trace_run(w, wick_guide_program(guide));
    ck_assert_uint_eq(wick_param_get(w, "AutoLowRank.scale", scale, 16), 16);
    ck_assert_uint_eq(wick_param_get(w, "AutoLowRank.cov_factor", factor, 64), 64); /* sqrt(16) */
    for (int i = 0; i < 64; i++)
        sum +=
            factor[i] * factor[i] / 16.0; /* of a row: 1 on average, deviation sqrt(2 / 4 / 16) */
    for (int i = 0; i < 16; i++)
        assert_close(scale[i], 0.3 * sqrt(0.5), 1e-14);
    ck_assert_double_lt(fabs(sum - 1.0), 4.5 * sqrt(0.5 / 16.0));
    wick_guide_free(guide);
    ck_assert_ptr_null(wick_auto_low_rank_new(w, model, &(wick_auto_options){ .rank = 17 }));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_auto_low_rank_new: .rank is 17, need at most 16");
    wick_free(w);
}
END_TEST

/* --- a lognormal by all of them ---------------------------------------------------------------- */

/* A normal is its own family: loc, and the deviation between the quantiles. */
START_TEST(a_lognormal_is_recovered_by_every_joint_guide)
{
    static const size_t ONE = 1;
    wick *w = wick_new(NULL);
    const wick_program model = { lognormal, NULL };
    wick_guide *guide = _i == 0 ? wick_auto_multivariate_normal_new(w, model, NULL)
        : _i == 1               ? wick_auto_low_rank_new(w, model, NULL)
                                : wick_auto_laplace_new(w, model, NULL);
    double low, high, median;

    if (_i == 0)
        fit_normal(w, model, wick_guide_program(guide), &FULL, 200);
    else if (_i == 1)
        fit_low_rank(w, model, wick_guide_program(guide), ONE);
    else
        for (int r = 0; r < 4; r++) {
            wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
                &(wick_svi_options){ .optim = wick_adam(.lr = pow(0.1, r + 1)) });
            for (int i = 0; i < 200; i++)
                wick_svi_step(svi);
            wick_svi_free(svi);
        }
    wick_guide *normal = _i == 2 ? wick_laplace_approximation(guide, NULL) : NULL;
    const wick_guide *fitted = _i == 2 ? normal : guide;
    wick_guide_quantile(fitted, "x", 0.05, &low, 1);
    wick_guide_quantile(fitted, "x", 0.95, &high, 1);
    wick_guide_median(fitted, "x", &median, 1);
    assert_ok(w);
    assert_close(log(median), 0.2, 1e-3);
    assert_close((log(high) - log(low)) / (2.0 * 1.6448536269514722), 0.7, 1e-3);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(fitted), NULL);
    assert_close(wick_svi_evaluate(svi), 0.0, 2e-3);
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(normal);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- compiled steps, memory -------------------------------------------------------------------- */

typedef wick_guide *maker(wick *w, wick_program model, const wick_auto_options *options);
static maker *const MAKERS[] = { wick_auto_multivariate_normal_new, wick_auto_low_rank_new,
    wick_auto_laplace_new };

enum { N_LARGE = 1500 };

/* A plate that is run in tiles, its sites a part of the vector if so wanted. */
static void large(wick *w, void *arg)
{
    const bool local = *(const bool *)arg;
    const wick_var centre = wick_sample(w, "centre", wick_normal(0.0, 2.0));
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 0.5));

    WICK_PLATE (w, "rows", N_LARGE) {
        const wick_var y = wick_mul(wick_sub(wick_index(w, "rows"), 700.0), 1e-3);
        const wick_var part =
            local ? wick_sample(w, "part", wick_lognormal(-1.0, 0.5)) : wick_num(w, 0.5);
        wick_observe(w, "y", wick_normal(wick_add(centre, part), scale), y);
    }
}

static double fit_large(maker *make, bool local, bool compile, double *out)
{
    wick *w = wick_new(&(wick_options){ .seed = 3, .math = WICK_MATH_PORTABLE });
    const wick_program model = { large, &local };
    wick_guide *guide = make(w, model, &(wick_auto_options){ .prefix = "p" });
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .optim = wick_adam(.lr = 0.05), .compile = compile });
    double loss = 0.0;

    for (int i = 0; i < 6; i++)
        loss = wick_svi_step(svi);
    assert_ok(w);
    wick_param_get(w, "p.loc", out, wick_param_size(w, "p.loc"));
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    return loss;
}

START_TEST(compiled_steps_in_tiles_do_as_eager_ones)
{
    static double eager[N_LARGE + 2], compiled[N_LARGE + 2];
    const bool local = _i >= 3;
    const size_t n = local ? N_LARGE + 2 : 2;

    if (_i == 3)
        return; /* a full covariance of 1502 coordinates */
    const double want = fit_large(MAKERS[_i % 3], local, false, eager);
    assert_close(fit_large(MAKERS[_i % 3], local, true, compiled), want, 1e-11);
    for (size_t i = 0; i < n; i++)
        assert_close(compiled[i], eager[i], 1e-9);
}
END_TEST

START_TEST(warm_steps_allocate_nothing_and_all_memory_is_given_back)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);
    const wick_program model = { plated, NULL };
    wick_guide *guide = MAKERS[_i](w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);

    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    const size_t calls = m.calls;
    for (int i = 0; i < 100; i++)
        wick_svi_step(svi);
    assert_ok(w);
    ck_assert_uint_eq(m.calls, calls);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auto_joint");
    TCase *guides = new_case(suite, "guides"), *steps = new_case(suite, "steps");

    tcase_add_test(guides, a_multivariate_normal_recovers_a_gaussian_posterior_exactly);
    tcase_add_loop_test(guides, every_loss_is_the_evidence_at_the_posterior, 0, 10);
    tcase_add_test(
        guides, a_joint_vector_has_members_first_and_its_log_q_is_the_change_of_variables);
    tcase_add_test(guides, a_low_rank_guide_recovers_a_gaussian_posterior_that_it_contains);
    tcase_add_test(
        guides, a_low_rank_guide_starts_at_the_scale_asked_for_and_with_a_rank_of_the_root);
    tcase_add_loop_test(guides, a_lognormal_is_recovered_by_every_joint_guide, 0, 3);
    tcase_add_loop_test(steps, compiled_steps_in_tiles_do_as_eager_ones, 0, 6);
    tcase_add_loop_test(steps, warm_steps_allocate_nothing_and_all_memory_is_given_back, 0, 3);
    return run_suite(suite);
}
