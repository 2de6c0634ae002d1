/* Leave-one-out and WAIC against the R package loo, and a model where both are known. */
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/predict.h>

#include "tests/data/psis.h"

/* --- the log-likelihood of tests/oracle/psis.R ------------------------------------------------ */

enum { DRAWS = 500, N = 12 };
static const double Y[N] = { -1.3, -0.9, -0.55, -0.2, 0.05, 0.1, 0.45, 0.8, 1.15, 1.6, 2.4, 5.5 };

static double even(size_t i, double step)
{
    return fmod((double)(i + 1) * step, 1.0);
}

static void fill(double *ll)
{
    for (size_t s = 0; s < DRAWS; s++) {
        const double loc = 0.25 - 0.35 * log(-log(even(s, 0.6180339887498949)));
        const double scale = exp(0.3 * (even(s, 0.4142135623730951) - 0.4));
        for (size_t i = 0; i < N; i++)
            ll[s * N + i] = log_normal(Y[i], loc, scale);
    }
}

/* elpd, p and ic, each with its standard error. */
static void assert_estimates(const wick_elpd *e, const double *want)
{
    const double got[6] = { e->elpd, e->elpd_se, e->p, e->p_se, e->ic, e->ic_se };

    for (int i = 0; i < 6; i++)
        assert_close(got[i], want[i], 1e-9);
    ck_assert(e->members == N && e->draws == DRAWS);
}

static void assert_members(const double *got, const double *want)
{
    for (int i = 0; i < N; i++)
        assert_close(got[i], want[i], 1e-9);
}

START_TEST(loo_is_that_of_the_r_package)
{
    static const double ESTIMATES[] = LOO_ESTIMATES, POINTWISE[] = LOO_POINTWISE;
    static const double DIAGNOSTIC[] = LOO_DIAGNOSTIC;
    static double ll[DRAWS * N];
    wick *w = wick_new(NULL);
    size_t n_bad = 0;

    fill(ll);
    wick_elpd *e = wick_loo(w, &(wick_draws){ .draws = DRAWS, .size = N, .values = ll }, NULL);
    assert_ok(w);
    assert_estimates(e, ESTIMATES);
    assert_members(e->pointwise, POINTWISE);
    assert_members(e->diagnostic, DIAGNOSTIC);
    for (int i = 0; i < N; i++)
        n_bad += DIAGNOSTIC[i] > 1.0 - 1.0 / log10(500.0);
    ck_assert_uint_eq(e->n_bad, n_bad);
    ck_assert_uint_gt(n_bad, 1);
    const char *text = wick_format_elpd(w, e);
    ck_assert_ptr_nonnull(strstr(text, "500 draws, 12 members\nelpd_loo       -36.94 +- 15.66\n"));
    ck_assert_ptr_nonnull(strstr(text, "p_loo           10.88 +- 7.20\n"));
    ck_assert_ptr_nonnull(strstr(text, "looic           73.89 +- 31.32\n"));
    ck_assert_ptr_nonnull(strstr(text, "of 12 members have a k-hat over 0.63"));
    ck_assert_ptr_nonnull(strstr(text, "Fit again without"));
    wick_elpd_free(e);
    wick_free(w);
}
END_TEST

START_TEST(waic_is_that_of_the_r_package)
{
    static const double ESTIMATES[] = WAIC_ESTIMATES, POINTWISE[] = WAIC_POINTWISE;
    static const double DIAGNOSTIC[] = WAIC_DIAGNOSTIC;
    static double ll[DRAWS * N];
    wick *w = wick_new(NULL);

    fill(ll);
    wick_elpd *e = wick_waic(w, &(wick_draws){ .draws = DRAWS, .size = N, .values = ll });
    assert_ok(w);
    assert_estimates(e, ESTIMATES);
    assert_members(e->pointwise, POINTWISE);
    assert_members(e->diagnostic, DIAGNOSTIC);
    ck_assert_double_eq(e->threshold, 0.4);
    const char *text = wick_format_elpd(w, e);
    ck_assert_ptr_nonnull(strstr(text, "elpd_waic"));
    ck_assert_ptr_nonnull(strstr(text, "take wick_loo"));
    wick_elpd_free(e);
    wick_free(w);
}
END_TEST

START_TEST(loo_from_draws_of_a_guide_is_that_of_the_r_package)
{
    static const double POINTWISE[] = APPROXIMATE_POINTWISE, DIAGNOSTIC[] = APPROXIMATE_DIAGNOSTIC;
    static double ll[DRAWS * N], ratios[DRAWS], weights[DRAWS];
    const wick_draws d = { .draws = DRAWS, .size = N, .values = ll };
    wick *w = wick_new(NULL);

    fill(ll);
    for (size_t s = 0; s < DRAWS; s++)
        ratios[s] = -0.45 * log(-log(even(s, 0.7320508075688772)));
    wick_elpd *e = wick_loo(w, &d, &(wick_loo_options){ .log_ratios = ratios });
    assert_ok(w);
    assert_members(e->pointwise, POINTWISE);
    assert_members(e->diagnostic, DIAGNOSTIC);
    wick_psis(w, ratios, DRAWS, weights, NULL);
    double p = -e->elpd;
    for (size_t i = 0; i < N; i++) {
        double mean = 0.0;
        for (size_t s = 0; s < DRAWS; s++)
            mean += exp(weights[s] + ll[s * N + i]);
        p += log(mean);
    }
    assert_close(e->p, p, 1e-12);
    wick_elpd_free(e);
    wick_free(w);
}
END_TEST

/* --- a conjugate model ------------------------------------------------------------------------ */

/* theta ~ normal(0, 2), x_i ~ normal(theta, 1): the posterior without some members is known. */
enum { M = 20 };

typedef struct data {
    double x[M];
} data;

static void model(wick *w, void *arg)
{
    const data *d = arg;
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.0, 2.0));

    WICK_PLATE (w, "data", M)
        wick_observe(w, "x", wick_normal(theta, 1.0), wick_data(w, d->x, M));
}

/* Of all members but one; without < 0: of all. */
static void posterior(const data *d, int without, double *loc, double *variance)
{
    double sum = 0.0, precision = 0.25;

    for (int i = 0; i < M; i++)
        if (i != without) {
            sum += d->x[i];
            precision += 1.0;
        }
    *loc = sum / precision;
    *variance = 1.0 / precision;
}

static void guide(wick *w, void *arg)
{
    double loc, variance;

    posterior(arg, -1, &loc, &variance);
    wick_sample(w, "theta", wick_normal(loc, sqrt(variance)));
}

static data some_data(wick *w)
{
    data d;

    for (int i = 0; i < M; i++)
        d.x[i] = 0.7 + wick_draw_normal(w);
    return d;
}

/* The ratio of the posterior without a member to that with it is lognormal with a variance of about
 * 1/M: the standard error of log of its mean over S draws is about sqrt((e^(2/M) - 1) / S). */
START_TEST(loo_is_the_density_under_the_posterior_of_the_others)
{
    enum { S = 4000 };
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    data d = some_data(w);
    const wick_posterior from = { .guide = { guide, &d }, .draws = S };
    wick_draws *ll = wick_log_likelihood_new(w, (wick_program){ model, &d }, &from, "x");
    wick_elpd *loo = wick_loo(w, ll, NULL), *waic = wick_waic(w, ll);
    double loc, variance, total = 0.0, lpd = 0.0;

    assert_ok(w);
    for (int i = 0; i < M; i++) {
        posterior(&d, i, &loc, &variance);
        const double want = log_normal(d.x[i], loc, sqrt(1.0 + variance));
        const double surprise = 1.0 + pow(d.x[i] - loc, 2.0);
        assert_close(loo->pointwise[i], want, 6.0 * sqrt((exp(2.0 * surprise / M) - 1.0) / S));
        total += want;
        posterior(&d, -1, &loc, &variance);
        lpd += log_normal(d.x[i], loc, sqrt(1.0 + variance));
    }
    assert_close(loo->elpd, total, 0.002);
    assert_close(loo->p, lpd - total, 0.03);
    assert_close(waic->elpd, total, 0.01);
    ck_assert_uint_eq(loo->n_bad, 0);
    ck_assert_double_lt(loo->worst, 0.5);
    ck_assert_ptr_nonnull(
        strstr(wick_format_elpd(w, loo), "Reliable: no k-hat of a member is over 0.70"));
    wick_elpd_free(loo);
    wick_elpd_free(waic);
    wick_draws_free(ll);
    wick_free(w);
}
END_TEST

static void bent_guide(wick *w, void *arg)
{
    double loc, variance;

    posterior(arg, -1, &loc, &variance);
    wick_sample(w, "theta", wick_normal(loc + 0.5 * sqrt(variance), 1.3 * sqrt(variance)));
}

START_TEST(draws_of_a_guide_are_mended_by_the_ratios_of_its_check)
{
    enum { S = 8000 };
    static double ratios[S];
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    data d = some_data(w);
    const wick_program program = { model, &d }, bent = { bent_guide, &d };
    const wick_posterior from = { .guide = bent, .draws = S };
    double total = 0.0, lpd = 0.0, loc, variance;

    wick_check_guide(w, program, bent, &(wick_check_options){ .draws = S, .log_ratios = ratios });
    wick_draws *ll = wick_log_likelihood_new(w, program, &from, "x");
    wick_elpd *raw = wick_loo(w, ll, NULL);
    wick_elpd *mended = wick_loo(w, ll, &(wick_loo_options){ .log_ratios = ratios });
    assert_ok(w);
    for (int i = 0; i < M; i++) {
        posterior(&d, i, &loc, &variance);
        total += log_normal(d.x[i], loc, sqrt(1.0 + variance));
        posterior(&d, -1, &loc, &variance);
        lpd += log_normal(d.x[i], loc, sqrt(1.0 + variance));
    }
    ck_assert_double_gt(fabs(raw->elpd - total), 0.2);
    ck_assert_double_lt(fabs(mended->elpd - total), 0.05);
    ck_assert_double_lt(fabs(mended->p - (lpd - total)), 0.05);
    ck_assert_double_lt(mended->worst, 0.7);
    wick_elpd_free(raw);
    wick_elpd_free(mended);
    wick_draws_free(ll);
    wick_free(w);
}
END_TEST

START_TEST(a_member_far_from_the_others_is_reported)
{
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    data d = some_data(w);

    d.x[7] = 16.0;
    const wick_posterior from = { .guide = { guide, &d } };
    wick_draws *ll = wick_log_likelihood_new(w, (wick_program){ model, &d }, &from, "x");
    wick_elpd *loo = wick_loo(w, ll, NULL);
    assert_ok(w);
    ck_assert_uint_eq(loo->draws, 1000);
    ck_assert_uint_ge(loo->n_bad, 1);
    ck_assert_double_eq(loo->worst, loo->diagnostic[7]);
    ck_assert_double_gt(loo->worst, loo->threshold);
    wick_elpd_free(loo);
    wick_draws_free(ll);
    wick_free(w);
}
END_TEST

START_TEST(members_that_no_draw_tells_apart_cost_nothing)
{
    const double ll[3 * 4] = { -1.25, -2.5, -0.5, -1.25, -2.5, -0.5, -1.25, -2.5, -0.5, -1.25, -2.5,
        -0.5 };
    wick *w = wick_new(NULL);
    wick_elpd *loo = wick_loo(w, &(wick_draws){ .draws = 4, .size = 3, .values = ll }, NULL);

    assert_ok(w);
    assert_close(loo->elpd, -4.25, 1e-15);
    assert_close(loo->p, 0.0, 1e-15);
    for (int i = 0; i < 3; i++)
        assert_close(loo->pointwise[i], ll[i], 1e-15);
    wick_elpd_free(loo);
    wick_free(w);
}
END_TEST

START_TEST(memory_does_not_grow_and_a_failed_allocation_is_survived)
{
    static double ll[DRAWS * N];
    const wick_draws d = { .draws = DRAWS, .size = N, .values = ll };

    fill(ll);
    for (size_t n = 0; n <= 3; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 2);
        wick *w = wick_new(&options);
        for (int i = 0; i < 3 && wick_status(w) == WICK_OK; i++) {
            wick_elpd_free(_i ? wick_waic(w, &d) : wick_loo(w, &d, NULL));
            wick_elpd_free(_i ? wick_loo(w, &d, NULL) : wick_waic(w, &d));
        }
        ck_assert_int_eq(wick_status(w), n ? WICK_ERR_MEMORY : WICK_OK);
        if (n == 0)
            ck_assert_uint_le(
                m.calls, 9); /* the handle, a tape in one or two pieces, six results */
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
}
END_TEST

START_TEST(misuse_is_refused)
{
    double ll[6] = { -0.5, -1.5, -2.5, -0.5, -1.5, -2.5 };
    wick_draws d = { .draws = 1, .size = 3, .values = ll };
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_loo(w, &d, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_loo", "1 draws", "at least 2");
    d.draws = 2;
    ll[4] = -INFINITY;
    ck_assert_ptr_null(wick_waic(w, &d));
    assert_error(w, WICK_ERR_NONFINITE, "wick_waic", "member 1 in draw 1", "-inf");
    ll[4] = -1.5;
    const double ratios[2] = { 0.5, NAN };
    ck_assert_ptr_null(wick_loo(w, &d, &(wick_loo_options){ .log_ratios = ratios }));
    assert_error(w, WICK_ERR_NONFINITE, "wick_loo", "log-ratio of draw 1");
    d.values = NULL;
    ck_assert_ptr_null(wick_loo(w, &d, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "no values");
    ck_assert_ptr_null(wick_loo(w, NULL, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "NULL");
    ck_assert_ptr_null(wick_loo(NULL, &d, NULL));
    wick_elpd_free(NULL);
    ck_assert_str_eq(wick_format_elpd(w, NULL), "");
    ck_assert_str_eq(wick_format_elpd(NULL, NULL), "");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loo");
    TCase *reference = new_case(suite, "reference"), *exact = new_case(suite, "exact");
    TCase *misuse = new_case(suite, "misuse");

    tcase_add_test(reference, loo_is_that_of_the_r_package);
    tcase_add_test(reference, loo_from_draws_of_a_guide_is_that_of_the_r_package);
    tcase_add_test(reference, waic_is_that_of_the_r_package);
    tcase_add_test(exact, loo_is_the_density_under_the_posterior_of_the_others);
    tcase_add_test(exact, draws_of_a_guide_are_mended_by_the_ratios_of_its_check);
    tcase_add_test(exact, a_member_far_from_the_others_is_reported);
    tcase_add_test(exact, members_that_no_draw_tells_apart_cost_nothing);
    tcase_add_loop_test(misuse, memory_does_not_grow_and_a_failed_allocation_is_survived, 0, 2);
    tcase_add_test(misuse, misuse_is_refused);
    return run_suite(suite);
}
