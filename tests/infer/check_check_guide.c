/* wick_check_guide against conjugate models, whose posteriors and evidences are known. */
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/predict.h>

/* --- a conjugate model ------------------------------------------------------------------------ */

enum { N = 7 };
static const double X[N] = { 1.3, -0.4, 2.2, 0.9, 1.7, 0.35, 1.15 };

/* theta ~ normal(0.5, 1.5), x_i ~ normal(theta, 0.8). */
static void model(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_PLATE (w, "data", N)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, N));
}

static double sum(const double *x, size_t n)
{
    double s = 0.0;

    for (size_t i = 0; i < n; i++)
        s += x[i];
    return s;
}

/* Precisions add up. */
static void posterior(double *loc, double *scale)
{
    const double precision = 1.0 / (1.5 * 1.5) + N / (0.8 * 0.8);

    *loc = (0.5 / (1.5 * 1.5) + sum(X, N) / (0.8 * 0.8)) / precision;
    *scale = 1.0 / sqrt(precision);
}

/* log p(x) = log p(x, theta) - log p(theta | x), at any theta. */
static double log_evidence(void)
{
    const double theta = -0.3;
    double loc, scale, log_p = log_normal(theta, 0.5, 1.5);

    posterior(&loc, &scale);
    for (size_t i = 0; i < N; i++)
        log_p += log_normal(X[i], theta, 0.8);
    return log_p - log_normal(theta, loc, scale);
}

/* The posterior, moved and stretched. */
typedef struct bend {
    double shift, factor;
} bend;

static void guide(wick *w, void *arg)
{
    const bend *b = arg;
    double loc, scale;

    posterior(&loc, &scale);
    wick_sample(w, "theta", wick_normal(loc + b->shift * scale, b->factor * scale));
}

static wick_program bent(bend *b)
{
    return (wick_program){ guide, b };
}

static const wick_program MODEL = { model, NULL };

/* --- what it says ----------------------------------------------------------------------------- */

START_TEST(the_posterior_itself_is_good_and_gives_the_evidence_to_1e_12)
{
    bend exact = { 0.0, 1.0 };
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    const wick_guide_check c = wick_check_guide(w, MODEL, bent(&exact), NULL);

    assert_ok(w);
    ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
    ck_assert_double_lt(c.k, 0.2);
    ck_assert_uint_eq(c.draws, 4000);
    assert_close(c.log_evidence, log_evidence(), 1e-12);
    assert_close(c.elbo, log_evidence(), 1e-12);
    ck_assert_double_lt(c.log_evidence_se, 1e-8);
    ck_assert_double_lt(c.elbo_se, 1e-12);
    assert_close(c.effective_draws, 4000.0, 1e-9);
    ck_assert_double_eq(c.threshold, 0.7);
    ck_assert_ptr_nonnull(strstr(wick_format_guide_check(w, &c), "good"));
    wick_free(w);
}
END_TEST

/* KL(q || p) of normals: log(1/f) + (f^2 + shift^2 - 1) / 2. */
static double kl(const bend *b)
{
    return -log(b->factor) + 0.5 * (b->factor * b->factor + b->shift * b->shift - 1.0);
}

START_TEST(elbo_and_evidence_agree_with_closed_forms_within_their_standard_errors)
{
    static const bend BENDS[] = { { 0.0, 1.2 }, { 0.3, 1.0 }, { -0.4, 1.3 }, { 0.2, 0.9 } };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 4; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            bend b = BENDS[i];
            const wick_guide_check c = wick_check_guide(
                w, MODEL, bent(&b), &(wick_check_options){ .draws = 2500, .seed = seed });
            assert_ok(w);
            ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
            /* 4.5 standard errors, 32 comparisons: false alarms 2 in 10000 */
            ck_assert_double_le(fabs(c.elbo - log_evidence() + kl(&b)), 4.5 * c.elbo_se);
            ck_assert_double_le(fabs(c.log_evidence - log_evidence()), 4.5 * c.log_evidence_se);
            ck_assert_double_gt(c.elbo_se, 0.0);
            ck_assert(c.effective_draws < 2500.0 && c.effective_draws > 1000.0);
        }
    wick_free(w);
}
END_TEST

/* --- many dimensions -------------------------------------------------------------------------- */

enum { D = 12 };

static void wide_model(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_iid(wick_normal(0.0, 1.0), D));
}

static void narrow_guide(wick *w, void *arg)
{
    wick_sample(w, "x", wick_iid(wick_normal(0.0, *(const double *)arg), D));
}

static wick_guide_check check_wide(wick *w, double scale, size_t draws)
{
    return wick_check_guide(w, (wick_program){ wide_model, NULL },
        (wick_program){ narrow_guide, &scale }, &(wick_check_options){ .draws = draws });
}

/* p/q has the tail of exp(3/2 x^2) with x ~ normal(0, 1/2): k = 3/4 in the limit, and more before:
 * 1.06 with 4000 draws, with a standard deviation of 0.14. Of 400 seeds 99.5 % say so. */
START_TEST(a_guide_of_half_the_width_is_not_to_be_trusted)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });

    for (uint64_t seed = 0; seed < 5; seed++) {
        wick_set_seed(w, seed);
        const wick_guide_check c = check_wide(w, 0.5, 0);
        assert_ok(w);
        ck_assert_int_eq(c.verdict, WICK_GUIDE_BAD);
        ck_assert_double_gt(c.k, 0.7);
        const char *text = wick_format_guide_check(w, &c);
        ck_assert_ptr_nonnull(strstr(text, "do not trust"));
        ck_assert_ptr_nonnull(strstr(text, "Fit longer"));
    }
    wick_free(w);
}
END_TEST

/* k = -0.16 and 0.12, with standard deviations of 0.06 and 0.08; all of 400 seeds say so. */
START_TEST(a_wider_guide_and_a_slightly_narrower_one_can_be_used)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });

    for (uint64_t seed = 0; seed < 5; seed++) {
        wick_set_seed(w, seed);
        ck_assert_int_eq(check_wide(w, 1.1, 0).verdict, WICK_GUIDE_GOOD);
        const wick_guide_check c = check_wide(w, 0.95, 0); /* k = 1 - 0.95^2 = 0.1 in the limit */
        ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
        assert_ok(w);
    }
    wick_free(w);
}
END_TEST

/* A target of heavier tails than the guide has, and the other way round. */
static void heavy(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_iid(wick_cauchy(0.0, 1.0), 2));
}

static void light(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_iid(wick_normal(0.0, 1.0), 2));
}

/* p/q grows like exp(x^2/2): k = 1 in the limit. The other way round it is bounded: k < 0. */
START_TEST(a_guide_needs_tails_as_heavy_as_those_of_the_posterior)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    const wick_program p = { heavy, NULL }, q = { light, NULL };

    for (uint64_t seed = 0; seed < 5; seed++) {
        const wick_check_options o = { .seed = seed };
        const wick_guide_check bad = wick_check_guide(w, p, q, &o);
        const wick_guide_check good = wick_check_guide(w, q, p, &o);
        assert_ok(w);
        ck_assert_int_eq(bad.verdict, WICK_GUIDE_BAD);
        ck_assert_int_eq(good.verdict, WICK_GUIDE_GOOD);
        ck_assert_double_lt(good.k, 0.2);
        ck_assert_double_le(fabs(good.log_evidence), 4.5 * good.log_evidence_se);
    }
    wick_free(w);
}
END_TEST

START_TEST(the_text_says_what_to_do)
{
    wick *w = wick_new(NULL);
    wick_guide_check c = { WICK_GUIDE_USABLE, 1000, 0.55, 2.0 / 3.0, -10.25, 0.015, -10.0, 0.02,
        400.0 };

    const char *text = wick_format_guide_check(w, &c);
    ck_assert_ptr_nonnull(strstr(text, "guide            usable with importance weights\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "k-hat            0.55 (weights of 1000 draws can be trusted up to 0.67)\n"));
    ck_assert_ptr_nonnull(strstr(text, "ELBO             -10.25 +- 0.015\n"));
    ck_assert_ptr_nonnull(strstr(text, "log evidence     -10 +- 0.02"));
    ck_assert_ptr_nonnull(strstr(text, "effective draws  400 of 1000\n"));
    ck_assert_ptr_nonnull(strstr(text, "log_weights"));
    c = (wick_guide_check){ WICK_GUIDE_DRAW_MORE, 100, 0.6, 0.5, -10.25, 0.1, -10.0, 0.2, 40.0 };
    ck_assert_ptr_nonnull(
        strstr(wick_format_guide_check(w, &c), "at least 318 draws")); /* 10^2.5 */
    c.verdict = WICK_GUIDE_BAD;
    c.effective_draws = 80.0;
    ck_assert_ptr_nonnull(strstr(wick_format_guide_check(w, &c), "look again with 1000 draws"));
    c.effective_draws = 40.0;
    c.k = INFINITY;
    ck_assert_ptr_nonnull(
        strstr(wick_format_guide_check(w, &c), "a few draws have all the weight"));
    ck_assert_str_eq(wick_format_guide_check(w, NULL), "");
    ck_assert_str_eq(wick_format_guide_check(NULL, &c), "");
    wick_free(w);
}
END_TEST

/* --- discrete sites --------------------------------------------------------------------------- */

/* A mixture: theta ~ normal(0.5, 1.5), z_i ~ bernoulli(0.35), x_i ~ normal(theta + 2 z_i, 0.8). */
static void mixture(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_PLATE (w, "data", N) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        wick_observe(
            w, "x", wick_normal(wick_add(theta, wick_mul(z, 2.0)), 0.8), wick_data(w, X, N));
    }
}

static double log_mixture(double theta)
{
    double log_p = log_normal(theta, 0.5, 1.5);

    for (size_t i = 0; i < N; i++)
        log_p += log(0.65 * exp(log_normal(X[i], theta, 0.8)) +
            0.35 * exp(log_normal(X[i], theta + 2.0, 0.8)));
    return log_p;
}

/* The evidence by the trapezoidal rule, which is exact to rounding for a smooth bump. */
static double log_mixture_evidence(void)
{
    double s = 0.0;

    for (int i = -8000; i <= 8000; i++)
        s += exp(log_mixture(0.5 + i * 1e-3)) * 1e-3;
    return log(s);
}

static void mixture_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(0.4, 0.6));
}

/* The same with z too, each at its prior: drawn, whether it is marked or not. */
static void mixture_guide_all(wick *w, void *arg)
{
    const wick_dist z = wick_bernoulli(0.4);

    wick_sample(w, "theta", wick_normal(0.4, 0.6));
    WICK_PLATE (w, "data", N)
        wick_sample(w, "z", arg ? wick_enumerate(z) : z);
}

START_TEST(discrete_sites_of_the_model_are_summed_out)
{
    wick *w = wick_new(NULL);
    const wick_guide_check c = wick_check_guide(w, (wick_program){ mixture, NULL },
        (wick_program){ mixture_guide, NULL }, &(wick_check_options){ .draws = 4000 });

    assert_ok(w);
    ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
    ck_assert_double_lt(c.log_evidence_se, 0.02);
    ck_assert_double_le(fabs(c.log_evidence - log_mixture_evidence()), 4.5 * c.log_evidence_se);
    wick_free(w);
}
END_TEST

START_TEST(discrete_sites_of_the_guide_are_drawn_whether_marked_or_not)
{
    wick *w = wick_new(NULL);
    wick_program guides[2] = { { mixture_guide_all, NULL }, { mixture_guide_all, w } };
    wick_guide_check c[2];

    for (int i = 0; i < 2; i++)
        c[i] = wick_check_guide(
            w, (wick_program){ mixture, NULL }, guides[i], &(wick_check_options){ .draws = 5000 });
    assert_ok(w);
    ck_assert_double_eq(c[0].k, c[1].k);
    ck_assert_double_eq(c[0].elbo, c[1].elbo);
    ck_assert_double_le(
        fabs(c[0].log_evidence - log_mixture_evidence()), 4.5 * c[0].log_evidence_se);
    wick_free(w);
}
END_TEST

static void discrete_only(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));

    (void)arg;
    wick_observe(w, "x", wick_normal(z, 0.8), wick_num(w, 0.7));
}

static const double SHOWN[N] = { 1, 0, 1, 1, 0, 1, 0 };

/* Masks hide members, with their discrete sites. */
static void masked_members(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "data", N)
        WICK_WITH (w, wick_mask(w, wick_data(w, SHOWN, N))) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
            wick_observe(w, "x", wick_normal(wick_mul(z, 2.0), 0.8), wick_data(w, X, N));
        }
}

START_TEST(what_is_masked_counts_for_nothing)
{
    wick *w = wick_new(NULL);
    double want = 0.0;
    const wick_guide_check c =
        wick_check_guide(w, (wick_program){ masked_members, NULL }, NOTHING, NULL);

    assert_ok(w);
    for (int i = 0; i < N; i++)
        if (SHOWN[i] > 0.0)
            want += log(
                0.65 * exp(log_normal(X[i], 0.0, 0.8)) + 0.35 * exp(log_normal(X[i], 2.0, 0.8)));
    assert_close(c.log_evidence, want, 1e-13);
    wick_free(w);
}
END_TEST

START_TEST(a_model_that_is_summed_out_altogether_has_an_exact_evidence)
{
    wick *w = wick_new(NULL);
    const wick_guide_check c =
        wick_check_guide(w, (wick_program){ discrete_only, NULL }, NOTHING, NULL);

    assert_ok(w);
    assert_close(c.log_evidence,
        log(0.65 * exp(log_normal(0.7, 0.0, 0.8)) + 0.35 * exp(log_normal(0.7, 1.0, 0.8))), 1e-14);
    ck_assert_double_eq(c.k, -INFINITY);
    ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
    wick_free(w);
}
END_TEST

/* --- minibatches, scales ---------------------------------------------------------------------- */

static void in_minibatches(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));
    static const size_t FIRST[2] = { 5, 1 };

    WICK_PLATE (w, "data", N, .subsample = arg ? 2 : 3, .indices = arg ? FIRST : NULL)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, N));
}

START_TEST(a_program_of_minibatches_is_checked_on_all_members)
{
    bend b = { 0.0, 1.0 };
    wick *w = wick_new(NULL);

    for (int i = 0; i < 2; i++) {
        const wick_guide_check c =
            wick_check_guide(w, (wick_program){ in_minibatches, i ? w : NULL }, bent(&b), NULL);
        assert_ok(w);
        assert_close(c.log_evidence, log_evidence(), 1e-12);
        ck_assert_double_lt(c.k, 0.2);
    }
    wick_free(w);
}
END_TEST

/* --- autoguides ------------------------------------------------------------------------------- */

/* sigma ~ lognormal(0.3, 0.5), x_i ~ normal(0.9, sigma) if there are data. */
static void positive_model(wick *w, void *arg)
{
    const wick_var sigma = wick_sample(w, "sigma", wick_lognormal(0.3, 0.5));

    if (!arg)
        return;
    WICK_PLATE (w, "data", N, .subsample = 3)
        wick_observe(w, "x", wick_normal(0.9, sigma), wick_data(w, X, N));
}

START_TEST(an_autoguide_that_is_the_posterior_is_found_to_be_exact)
{
    static const double LOC = 0.3, SCALE = 0.5;
    wick *w = wick_new(NULL);
    const wick_program program = { positive_model, NULL };
    wick_guide *normal = wick_auto_normal_new(w, program, NULL);

    wick_check_guide(w, program, wick_guide_program(normal), &(wick_check_options){ .draws = 25 });
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_trace_run(w, wick_guide_program(normal)); /* makes the parameters */
    wick_param_set(w, "AutoNormal.locs.sigma", &LOC, 1);
    wick_param_set(w, "AutoNormal.scales.sigma", &SCALE, 1);
    const wick_guide_check c = wick_check_guide(w, program, wick_guide_program(normal), NULL);
    assert_ok(w);
    ck_assert_double_lt(c.k, 0.2);
    ck_assert_double_lt(fabs(c.log_evidence), 1e-12);
    ck_assert_double_lt(fabs(c.elbo), 1e-12);
    wick_guide_free(normal);
    wick_free(w);
}
END_TEST

/* b_i ~ normal(0, 1), x_i ~ normal(b_i, 0.8): each b_i has a posterior of its own. */
static void local_model(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "data", N, .subsample = 3) {
        const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.0));
        wick_observe(w, "x", wick_normal(b, 0.8), wick_data(w, X, N));
    }
}

START_TEST(local_sites_of_a_model_of_minibatches_are_all_checked)
{
    double loc[N], scale[N], evidence = 0.0;
    wick *w = wick_new(NULL);
    const wick_program program = { local_model, NULL };
    wick_guide *normal = wick_auto_normal_new(w, program, NULL);

    for (int i = 0; i < N; i++) {
        loc[i] = X[i] / (1.0 + 0.64);
        scale[i] = 1.0 / sqrt(1.0 + 1.0 / 0.64);
        evidence += log_normal(X[i], 0.0, sqrt(1.0 + 0.64));
    }
    wick_trace_run(w, wick_guide_program(normal));
    wick_param_set(w, "AutoNormal.locs.b", loc, N);
    wick_param_set(w, "AutoNormal.scales.b", scale, N);
    wick_reset(w);
    const wick_guide_check c = wick_check_guide(w, program, wick_guide_program(normal), NULL);
    assert_ok(w);
    assert_close(c.log_evidence, evidence, 1e-12);
    ck_assert_double_lt(c.k, 0.2);
    wick_guide_free(normal);
    wick_free(w);
}
END_TEST

/* The evidence by the trapezoidal rule in log sigma. */
static double log_positive_evidence(void)
{
    double s = 0.0;

    for (int i = -5000; i <= 5000; i++) {
        const double u = i * 1e-3;
        double log_p = log_normal(u, 0.3, 0.5);
        for (size_t j = 0; j < N; j++)
            log_p += log_normal(X[j], 0.9, exp(u));
        s += exp(log_p) * 1e-3;
    }
    return log(s);
}

START_TEST(a_fitted_autoguide_is_good_and_a_point_estimate_is_refused)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    const wick_program program = { positive_model, w };
    wick_guide *normal = wick_auto_normal_new(w, program, NULL);
    wick_guide *delta = wick_auto_delta_new(w, program, NULL);
    wick_guide *unconstrained = wick_auto_delta_new(
        w, program, &(wick_auto_options){ .space = WICK_MAP_UNCONSTRAINED, .prefix = "Mode" });
    wick_svi *svi = wick_svi_new(w, program, wick_guide_program(normal),
        &(wick_svi_options){ .optim = wick_adam(.lr = 0.02) });

    for (int i = 0; i < 500; i++)
        wick_svi_step(svi);
    const wick_guide_check c = wick_check_guide(w, program, wick_guide_program(normal), NULL);
    assert_ok(w);
    ck_assert_int_eq(c.verdict, WICK_GUIDE_GOOD);
    ck_assert_double_le(fabs(c.log_evidence - log_positive_evidence()), 4.5 * c.log_evidence_se);
    ck_assert_double_lt(c.elbo, c.log_evidence);
    wick_check_guide(w, program, wick_guide_program(delta), NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "'sigma'", "point");
    wick_check_guide(w, program, wick_guide_program(unconstrained), NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "'sigma'", "point");
    wick_svi_free(svi);
    wick_guide_free(normal);
    wick_guide_free(delta);
    wick_guide_free(unconstrained);
    wick_free(w);
}
END_TEST

/* --- what it leaves behind -------------------------------------------------------------------- */

static void learned_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta",
        wick_normal(wick_param(w, "loc", wick_init_num(0.9), wick_real()),
            wick_param(w, "scale", wick_init_num(0.4), wick_positive())));
}

static const wick_program LEARNED = { learned_guide, NULL };

/* The losses of some steps, with a check after each of them or none. */
static void fit(bool checked, bool compile, double *losses, double *loc)
{
    wick *w = wick_new(&(wick_options){ .seed = 8 });
    wick_svi *svi = wick_svi_new(w, MODEL, LEARNED, &(wick_svi_options){ .compile = compile });

    for (int i = 0; i < 20; i++) {
        losses[i] = wick_svi_step(svi) + wick_draw_normal(w);
        if (checked)
            wick_check_guide(w, MODEL, LEARNED, &(wick_check_options){ .draws = 30 });
    }
    assert_ok(w);
    wick_param_get(w, "loc", loc, 1);
    wick_svi_free(svi);
    wick_free(w);
}

START_TEST(a_fit_goes_on_as_if_it_had_not_been_checked)
{
    double a[20], b[20], loc[2];

    fit(false, _i, a, &loc[0]);
    fit(true, _i, b, &loc[1]);
    assert_same_bits(a, b, 20);
    assert_same_bits(&loc[0], &loc[1], 1);
}
END_TEST

START_TEST(vars_open_plates_and_the_parameters_there_were_are_as_before)
{
    wick *w = wick_new(NULL);

    const wick_var kept = wick_param(w, "kept", wick_init_num(0.7), wick_positive());
    WICK_PLATE (w, "rows", 3) {
        const wick_var x = wick_mul(kept, wick_index(w, "rows"));
        const wick_guide_check c =
            wick_check_guide(w, MODEL, LEARNED, &(wick_check_options){ .draws = 50 });
        double got[3];
        assert_ok(w);
        ck_assert_double_gt(c.effective_draws, 1.0);
        const wick_var y = wick_sample(w, "y", wick_delta(wick_add(x, kept)));
        ck_assert_uint_eq(wick_get(y, got, 3), 3);
        for (int i = 0; i < 3; i++)
            assert_close(got[i], 0.7 * (i + 1), 1e-15);
    }
    ck_assert_uint_eq(wick_param_count(w), 1); /* those that the guide made are gone again */
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(the_same_call_gives_the_same_numbers_and_another_seed_others)
{
    double a[100], b[100], c[100];
    bend t = { 0.3, 1.2 };
    wick *w = wick_new(&(wick_options){ .seed = 9 });
    wick_check_options o = { .draws = 100, .log_weights = a };

    const wick_guide_check first = wick_check_guide(w, MODEL, bent(&t), &o);
    wick_reset(w);
    o.log_weights = b;
    const wick_guide_check second = wick_check_guide(w, MODEL, bent(&t), &o);
    o.log_weights = c;
    o.seed = 1;
    const wick_guide_check third = wick_check_guide(w, MODEL, bent(&t), &o);
    assert_ok(w);
    ck_assert_double_eq(first.k, second.k);
    assert_same_bits(a, b, 100);
    ck_assert_double_ne(first.elbo, third.elbo);
    double total = 0.0;
    for (int i = 0; i < 100; i++)
        total += exp(a[i]);
    assert_close(total, 1.0, 1e-12);
    assert_close(1.0 / exp(log(first.effective_draws)), 1.0 / second.effective_draws, 1e-12);
    wick_free(w);
}
END_TEST

START_TEST(memory_does_not_grow_with_draws_or_calls)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);
    size_t bytes = 0, calls = 0;

    wick_svi *svi = wick_svi_new(w, MODEL, LEARNED, NULL);
    for (int i = 0; i < 4; i++)
        wick_svi_step(svi);
    for (int i = 0; i < 12; i++) {
        wick_check_guide(w, MODEL, LEARNED, &(wick_check_options){ .draws = i < 6 ? 1000 : 3000 });
        if (i % 6 == 1) {
            bytes = m.bytes;
            calls = m.calls;
        }
        if (i % 6 > 1) {
            ck_assert_uint_eq(m.calls, calls);
            ck_assert_uint_eq(m.bytes, bytes);
        }
    }
    assert_ok(w);
    ck_assert_uint_le(bytes, 400000); /* 3000 doubles, and a small tape */
    wick_svi_free(svi);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(it_survives_the_failure_of_each_of_its_allocations)
{
    size_t calls = 1;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 2);
        wick *w = wick_new(&options);
        const wick_guide_check c =
            wick_check_guide(w, MODEL, LEARNED, &(wick_check_options){ .draws = 2000 });
        if (n == 0)
            calls = m.calls;
        ck_assert_int_eq(wick_status(w), n ? WICK_ERR_MEMORY : WICK_OK);
        ck_assert(n == 0 || isnan(c.k));
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 3);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------- */

static void misnamed(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "thetta", wick_normal(0.4, 0.6));
}

static void point(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_delta(wick_param(w, "at", wick_init_num(0.4), wick_real())));
}

/* A delta of a draw is no point. */
static void moved(wick *w, void *arg)
{
    (void)arg;
    const wick_var u = wick_sample(w, "theta", wick_normal(0.4, 0.6));
    wick_sample(w, "twice", wick_delta(wick_mul(u, 2.0)));
}

static void moved_model(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(0.5, 1.5));
    wick_sample(w, "twice", wick_normal(0.0, 3.0));
}

static void ambient_guide(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 5)
        wick_sample(w, "theta", wick_normal(0.4, 0.6));
}

static void bad_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(wick_num(w, 0.4), wick_num(w, -0.6)));
}

/* NaN where theta is negative. */
static void bad_model(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    wick_observe(w, "x", wick_normal(0.0, wick_sqrt(theta)), wick_num(w, 0.3));
}

static void impossible(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(0.5, 1.5));
    wick_observe(w, "x", wick_bernoulli(0.0), wick_num(w, 1.0));
}

static void given_minibatches(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_PLATE (w, "data", N, .subsample = 2)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data_minibatch(w, X, 2));
}

START_TEST(misuse_is_refused_with_the_site_and_what_to_do)
{
    bend b = { 0.0, 1.0 };
    wick *w = wick_new(NULL);

    const wick_guide_check c = wick_check_guide(w, MODEL, (wick_program){ misnamed, NULL }, NULL);
    ck_assert(isnan(c.k) && isnan(c.elbo) && isnan(c.log_evidence) && c.verdict == WICK_GUIDE_BAD);
    ck_assert_str_eq(wick_format_guide_check(w, &c), "");
    assert_error(w, WICK_ERR_NAME, "wick_check_guide", "'theta'", "guide");
    wick_check_guide(w, MODEL, (wick_program){ point, NULL }, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_check_guide", "'theta'", "point", "density");
    wick_check_guide(w, (wick_program){ moved_model, NULL }, (wick_program){ moved, NULL }, NULL);
    assert_ok(w);
    wick_check_guide(w, MODEL, (wick_program){ ambient_guide, NULL }, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_check_guide", "'draws'", "ambient");
    wick_check_guide(w, MODEL, (wick_program){ bad_guide, NULL }, NULL);
    assert_error(w, WICK_ERR_DOMAIN, "scale", "'theta'");
    bend wide = { -40.0, 4.0 };
    wick_check_guide(w, (wick_program){ bad_model, NULL }, bent(&wide), NULL);
    assert_error(w, WICK_ERR_NONFINITE, "wick_check_guide", "log p - log q of draw", "wick_sqrt");
    wick_check_guide(w, (wick_program){ impossible, NULL }, bent(&b), NULL);
    assert_error(
        w, WICK_ERR_NONFINITE, "wick_check_guide", "density of the model is 0", "4000 draws");
    wick_check_guide(w, (wick_program){ given_minibatches, NULL }, bent(&b), NULL);
    assert_error(w, WICK_ERR_SHAPE, "got 2 numbers, need 7", "all members", "not a minibatch");
    wick_check_guide(w, MODEL, bent(&b), &(wick_check_options){ .draws = 24 });
    assert_error(w, WICK_ERR_ARGUMENT, "24 draws", "at least 25");
    wick_check_guide(w, MODEL, (wick_program){ NULL, NULL }, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "the guide has no function");
    wick_check_guide(w, (wick_program){ NULL, NULL }, MODEL, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "the model has no function");
    wick_check_guide(NULL, MODEL, bent(&b), NULL);
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_guide");
    TCase *says = new_case(suite, "says"), *discrete = new_case(suite, "discrete");
    TCase *autoguides = new_case(suite, "autoguides");
    TCase *leaves = new_case(suite, "leaves"), *misuse = new_case(suite, "misuse");

    tcase_add_test(says, the_posterior_itself_is_good_and_gives_the_evidence_to_1e_12);
    tcase_add_test(says, elbo_and_evidence_agree_with_closed_forms_within_their_standard_errors);
    tcase_add_test(says, a_guide_of_half_the_width_is_not_to_be_trusted);
    tcase_add_test(says, a_wider_guide_and_a_slightly_narrower_one_can_be_used);
    tcase_add_test(says, a_guide_needs_tails_as_heavy_as_those_of_the_posterior);
    tcase_add_test(says, the_text_says_what_to_do);
    tcase_add_test(says, a_program_of_minibatches_is_checked_on_all_members);
    tcase_add_test(autoguides, an_autoguide_that_is_the_posterior_is_found_to_be_exact);
    tcase_add_test(autoguides, local_sites_of_a_model_of_minibatches_are_all_checked);
    tcase_add_test(autoguides, a_fitted_autoguide_is_good_and_a_point_estimate_is_refused);
    tcase_add_test(discrete, discrete_sites_of_the_model_are_summed_out);
    tcase_add_test(discrete, discrete_sites_of_the_guide_are_drawn_whether_marked_or_not);
    tcase_add_test(discrete, what_is_masked_counts_for_nothing);
    tcase_add_test(discrete, a_model_that_is_summed_out_altogether_has_an_exact_evidence);
    tcase_add_loop_test(leaves, a_fit_goes_on_as_if_it_had_not_been_checked, 0, 2); /* compiled */
    tcase_add_test(leaves, vars_open_plates_and_the_parameters_there_were_are_as_before);
    tcase_add_test(leaves, the_same_call_gives_the_same_numbers_and_another_seed_others);
    tcase_add_test(leaves, memory_does_not_grow_with_draws_or_calls);
    tcase_add_test(leaves, it_survives_the_failure_of_each_of_its_allocations);
    tcase_add_test(misuse, misuse_is_refused_with_the_site_and_what_to_do);
    return run_suite(suite);
}
