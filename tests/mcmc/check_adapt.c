/* Windows, dual averaging and the metric of the warm-up. */
#include "mcmc/adapt.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 3 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- windows ----------------------------------------------------------------------------------- */

/* Those of Pyro's tests for 18 to 280; the others follow the rule of the Stan manual by hand: in
 * 1000 the windows of 25, 50, 100, 200 end at 449, and 400 more would end at 849, leaving too
 * little. */
static const struct {
    size_t warmup, n;
    wicki_window at[8];
} WINDOWS[] = { { 18, 1, { { 0, 17 } } }, { 20, 3, { { 0, 2 }, { 3, 17 }, { 18, 19 } } },
    { 50, 3, { { 0, 6 }, { 7, 44 }, { 45, 49 } } },
    { 150, 3, { { 0, 74 }, { 75, 99 }, { 100, 149 } } },
    { 160, 4, { { 0, 74 }, { 75, 99 }, { 100, 109 }, { 110, 159 } } },
    { 200, 4, { { 0, 74 }, { 75, 99 }, { 100, 149 }, { 150, 199 } } },
    { 280, 4, { { 0, 74 }, { 75, 99 }, { 100, 229 }, { 230, 279 } } },
    { 1000, 7,
        { { 0, 74 }, { 75, 99 }, { 100, 149 }, { 150, 249 }, { 250, 449 }, { 450, 949 },
            { 950, 999 } } } };

START_TEST(windows_are_those_of_stan)
{
    const wicki_windows got = wicki_windows_of(WINDOWS[_i].warmup);

    ck_assert_uint_eq(got.n, WINDOWS[_i].n);
    for (size_t i = 0; i < got.n; i++) {
        ck_assert_uint_eq(got.at[i].first, WINDOWS[_i].at[i].first);
        ck_assert_uint_eq(got.at[i].last, WINDOWS[_i].at[i].last);
    }
}
END_TEST

START_TEST(windows_follow_one_another)
{
    ck_assert_uint_eq(wicki_windows_of(0).n, 0);
    for (size_t warmup = 1; warmup < 100000; warmup += 1 + warmup / 40) {
        const wicki_windows got = wicki_windows_of(warmup);
        size_t next = 0;
        for (size_t i = 0; i < got.n; i++) {
            ck_assert_uint_eq(got.at[i].first, next);
            ck_assert_uint_ge(got.at[i].last, next);
            next = got.at[i].last + 1;
        }
        ck_assert_uint_eq(next, warmup);
    }
}
END_TEST

/* --- dual averaging ---------------------------------------------------------------------------- */

/* Two steps of Hoffman & Gelman's algorithm 5 by hand, from step 0.5 and target 0.8, after the
 * statistics 0.3 and 1: H1 = 0.5 / 11, H2 = (11 H1 - 0.2) / 12, log step = log 5 - 20 sqrt(m) H_m,
 * mean_2 = 2^-0.75 log step_2 + (1 - 2^-0.75) log step_1. */
START_TEST(averaging_follows_the_paper)
{
    wicki_averaging a = { .target = 0.8 };
    const double first = log(5.0) - 20.0 * 0.5 / 11.0;
    const double second = log(5.0) - 20.0 * sqrt(2.0) * 0.3 / 12.0;
    const double share = pow(2.0, -0.75);

    wicki_averaging_begin(&a, 0.5);
    assert_close(log(wicki_averaging_next(&a, 0.3)), first, 1e-14);
    assert_close(log(wicki_averaging_next(&a, 1.0)), second, 1e-14);
    assert_close(log(wicki_averaging_end(&a)), share * second + (1.0 - share) * first, 1e-14);
}
END_TEST

/* Of a statistic exp(-3 step) the target is met at the step log(1 / 0.8) / 3. */
START_TEST(averaging_finds_the_step_that_meets_the_target)
{
    wicki_averaging a = { .target = 0.8 };
    double step = 0.9;

    wicki_averaging_begin(&a, step);
    for (int i = 0; i < 4000; i++)
        step = wicki_averaging_next(&a, exp(-3.0 * step));
    assert_close(wicki_averaging_end(&a), log(1.25) / 3.0, 2e-3);
}
END_TEST

/* --- the step size that it starts from --------------------------------------------------------- */

/* A normal of this standard deviation in each of n coordinates. */
typedef struct round_normal {
    size_t n;
    double scale;
} round_normal;

static double round_value(void *arg, const double *q, double *gradient)
{
    const round_normal *r = arg;
    double sum = 0.0;

    for (size_t i = 0; i < r->n; i++) {
        gradient[i] = q[i] / (r->scale * r->scale);
        sum += 0.5 * q[i] * gradient[i];
    }
    return sum;
}

static wicki_hmc *sampler(wick *h, round_normal *r, wick_metric kind)
{
    const wicki_target target = { r->n, round_value, r };
    double q[4];

    for (size_t i = 0; i < r->n; i++)
        q[i] = r->scale * (0.3 + 0.2 * (double)i);
    wicki_hmc *s = wicki_hmc_new(h, &target, kind, 10);
    if (s)
        ck_assert(wicki_hmc_start(s, q));
    return s;
}

START_TEST(the_first_step_has_the_scale_of_the_density)
{
    static const double SCALES[] = { 1e-4, 0.03, 1.0, 50.0, 1e5 };

    for (int i = 0; i < 5; i++) {
        round_normal r = { 4, SCALES[i] };
        wicki_hmc *s = sampler(w, &r, WICK_METRIC_UNIT);
        wicki_stream stream = wicki_stream_new(77, (uint64_t)i, 0);
        ck_assert(wicki_find_step(s, &stream));
        ck_assert_double_gt(s->step, 0.2 * SCALES[i]);
        ck_assert_double_lt(s->step, 8.0 * SCALES[i]);
        wicki_hmc_free(s);
    }
}
END_TEST

static double flat_value(void *arg, const double *q, double *gradient)
{
    (void)arg;
    (void)q;
    gradient[0] = 0.0;
    return 0.0;
}

static double jump_value(void *arg, const double *q, double *gradient)
{
    (void)arg;
    gradient[0] = 0.0;
    return q[0] == 0.0 ? 0.0 : 100.0;
}

START_TEST(without_a_step_there_is_an_error)
{
    const double q[] = { 0.0 };
    wicki_stream stream = wicki_stream_new(5, 0, 0);
    wicki_hmc *flat = wicki_hmc_new(w, &(wicki_target){ 1, flat_value, NULL }, WICK_METRIC_UNIT, 5);
    wicki_hmc *jump = wicki_hmc_new(w, &(wicki_target){ 1, jump_value, NULL }, WICK_METRIC_UNIT, 5);

    ck_assert(wicki_hmc_start(flat, q) && wicki_hmc_start(jump, q));
    ck_assert(!wicki_find_step(flat, &stream));
    assert_error(w, WICK_ERR_NUMERIC, "improper");
    ck_assert(!wicki_find_step(jump, &stream));
    assert_error(w, WICK_ERR_NUMERIC, "not smooth");
    wicki_hmc_free(flat);
    wicki_hmc_free(jump);
}
END_TEST

/* --- the metric -------------------------------------------------------------------------------- */

static const double ROWS[6][2] = { { 1.0, 2.0 }, { 0.5, -1.0 }, { 2.5, 0.0 }, { -1.0, 1.5 },
    { 0.0, 0.5 }, { 3.0, -2.0 } };

/* As if each row were a draw; the window is of 15 transitions, 3 to 17 of 20. */
static wicki_hmc *after_a_window(wick_metric kind, round_normal *r)
{
    wicki_hmc *s = sampler(w, r, kind);
    wicki_adaptation *a = wicki_adaptation_new(s, 20, 0.8);
    wicki_stream stream = wicki_stream_new(9, 0, 0);

    ck_assert(wicki_adaptation_begin(a, &stream));
    for (size_t i = 0; i < 18; i++) {
        ck_assert(wicki_hmc_start(s, ROWS[i % 6]));
        ck_assert(wicki_adaptation_learn(a, 0.8, &stream));
    }
    wicki_adaptation_free(a);
    return s;
}

/* The covariance of the 15 rows from the definition, times 15/20, and 1e-3 5/20 on the diagonal. */
static double regularised(int i, int j)
{
    double mean[2] = { 0.0, 0.0 }, sum = 0.0;

    for (int t = 3; t < 18; t++)
        for (int k = 0; k < 2; k++)
            mean[k] += ROWS[t % 6][k] / 15.0;
    for (int t = 3; t < 18; t++)
        sum += (ROWS[t % 6][i] - mean[i]) * (ROWS[t % 6][j] - mean[j]);
    return 0.75 * sum / 14.0 + (i == j ? 0.25e-3 : 0.0);
}

START_TEST(the_metric_is_a_regularised_covariance)
{
    round_normal r = { 2, 1.0 };
    wicki_hmc *diagonal = after_a_window(WICK_METRIC_DIAGONAL, &r);
    wicki_hmc *dense = after_a_window(WICK_METRIC_DENSE, &r);

    for (int i = 0; i < 2; i++) {
        assert_close(diagonal->metric.inverse[i], regularised(i, i), 1e-13);
        for (int j = 0; j < 2; j++)
            assert_close(dense->metric.inverse[2 * i + j], regularised(i, j), 1e-13);
    }
    wicki_hmc_free(diagonal);
    wicki_hmc_free(dense);
}
END_TEST

/* All of a warm-up, on a normal with standard deviations 100 and 100: learned to a factor of 1.5
 * (the variance of 500 correlated draws has an error of some 10 %), with an acceptance near the
 * target. */
START_TEST(a_warm_up_learns_scale_and_step)
{
    round_normal r = { 2, 100.0 };
    wicki_hmc *s = sampler(w, &r, WICK_METRIC_DIAGONAL);
    wicki_adaptation *a = wicki_adaptation_new(s, 1000, 0.8);
    wicki_stream stream = wicki_stream_new(31, 0, 0);
    double accept = 0.0;

    ck_assert(wicki_adaptation_begin(a, &stream));
    for (size_t i = 0; i < 1000; i++) {
        const wicki_transition t = wicki_hmc_nuts(s, &stream);
        ck_assert(wicki_adaptation_learn(a, t.accept, &stream));
    }
    for (int i = 0; i < 2; i++)
        ck_assert_double_le(fabs(log(s->metric.inverse[i] / 1e4)), log(1.5));
    for (size_t i = 0; i < 500; i++)
        accept += wicki_hmc_nuts(s, &stream).accept / 500.0;
    ck_assert_double_gt(accept, 0.75);
    ck_assert_double_lt(accept, 0.93);
    wicki_adaptation_free(a);
    wicki_hmc_free(s);
}
END_TEST

START_TEST(a_covariance_that_is_none_is_an_error)
{
    round_normal r = { 2, 1.0 };
    wicki_hmc *s = sampler(w, &r, WICK_METRIC_DENSE);
    wicki_adaptation *a = wicki_adaptation_new(s, 20, 0.8);
    wicki_stream stream = wicki_stream_new(9, 0, 0);
    bool learned = true;

    for (size_t i = 0; i < 18; i++) {
        s->now.q[0] = i % 2 ? 1e200 : -1e200;
        learned = wicki_adaptation_learn(a, 0.8, &stream);
    }
    ck_assert(!learned);
    assert_error(w, WICK_ERR_NUMERIC, "covariance of 15 draws");
    wicki_adaptation_free(a);
    wicki_hmc_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("adapt");
    TCase *tests = new_case(suite, "adapt");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, windows_are_those_of_stan, 0, (int)(sizeof WINDOWS / sizeof *WINDOWS));
    tcase_add_test(tests, windows_follow_one_another);
    tcase_add_test(tests, averaging_follows_the_paper);
    tcase_add_test(tests, averaging_finds_the_step_that_meets_the_target);
    tcase_add_test(tests, the_first_step_has_the_scale_of_the_density);
    tcase_add_test(tests, without_a_step_there_is_an_error);
    tcase_add_test(tests, the_metric_is_a_regularised_covariance);
    tcase_add_test(tests, a_warm_up_learns_scale_and_step);
    tcase_add_test(tests, a_covariance_that_is_none_is_an_error);
    return run_suite(suite);
}
