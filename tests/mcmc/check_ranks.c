/* The tests of ranks that tests/long/sbc rests on, and a calibration of NUTS that takes no time. */
#include "tests/long/ranks.h"
#include "tests/support/suite.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 11, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

START_TEST(a_rank_counts_the_draws_below)
{
    sbc_ranks r = { .n = 0 };
    double draws[SBC_DRAWS];

    for (int i = 0; i < SBC_DRAWS; i++)
        draws[i] = (i * 37) % SBC_DRAWS; /* 0 .. 126 in another order */
    sbc_ranks_add(&r, -3.0, draws);
    sbc_ranks_add(&r, 41.5, draws);
    sbc_ranks_add(&r, 500.0, draws);
    sbc_ranks_add(&r, 500.0, draws);
    ck_assert_uint_eq(r.n, 4);
    ck_assert_uint_eq(r.count[0], 1);
    ck_assert_uint_eq(r.count[42], 1);
    ck_assert_uint_eq(r.count[127], 2);
}
END_TEST

/* Counts that are nearly even, that lean to the left, that have tails. The figures are those of
 * scipy 1.17: chi2.sf(x, 7), and norm.ppf((rank + 0.5) / 128) for the scores. */
static size_t even(size_t i)
{
    return 3 + i * 7 % 11;
}

static size_t leaning(size_t i)
{
    return (i < 64 ? 6u : 4u) + (i % 5 == 0);
}

static size_t with_tails(size_t i)
{
    return 8 - (i < 64 ? i : 127 - i) / 16;
}

static const struct {
    size_t (*count)(size_t i);
    double p, mean_z, variance_z;
} COUNTS[] = { { even, 0.9964767982326174, 0.4139752068772522, 0.09372046200582508 },
    { leaning, 0.0008864002451507917, -4.021340493293898, 0.0801901276463429 },
    { with_tails, 0.0008875674126606613, 0.0, 3.709182675157384 } };

START_TEST(figures_are_those_of_scipy)
{
    sbc_ranks r = { .n = 0 };

    for (size_t i = 0; i < SBC_RANKS; i++)
        r.n += r.count[i] = COUNTS[_i].count(i);
    ck_assert_double_le(fabs(sbc_chi_squared(&r) / COUNTS[_i].p - 1.0), 1e-11);
    ck_assert_double_le(fabs(sbc_mean_z(&r) - COUNTS[_i].mean_z), 1e-11);
    ck_assert_double_le(fabs(sbc_variance_z(&r) - COUNTS[_i].variance_z), 1e-11);
    ck_assert(sbc_uniform(&r));
    for (size_t i = 0; i < SBC_RANKS; i++)
        r.count[i] *= 2;
    r.n *= 2; /* of twice as many such ranks only even ones pass */
    ck_assert_int_eq(sbc_uniform(&r), _i == 0);
}
END_TEST

/* --- calibrations ------------------------------------------------------------------------------ */

enum { REPLICATES = 500, POINTS = 4, THIN = 3 };

static double x[POINTS];

/* mu ~ normal(0, 2), four x ~ normal(mu, 1.5): normal, of the precision 1/4 + 4/2.25. */
static void conjugate(wick *h, void *arg)
{
    const wick_var mu = wick_sample(h, "mu", wick_normal(0.0, 2.0));

    (void)arg;
    WICK_PLATE (h, "data", POINTS)
        wick_observe(h, "x", wick_normal(mu, 1.5), wick_data(h, x, POINTS));
}

/* mu, and x given it. */
static double simulate(void)
{
    const double mu = 2.0 * wick_draw_normal(w);

    for (int i = 0; i < POINTS; i++)
        x[i] = mu + 1.5 * wick_draw_normal(w);
    return mu;
}

/* Draws from the exact posterior, moved by a part of its standard deviation, and made narrower. */
static void draw_exactly(double shift, double factor, double *draws)
{
    const double precision = 0.25 + POINTS / 2.25;
    double mean = 0.0;

    for (int i = 0; i < POINTS; i++)
        mean += x[i] / 2.25 / precision;
    for (int k = 0; k < SBC_DRAWS; k++)
        draws[k] = mean + (shift + factor * wick_draw_normal(w)) / sqrt(precision);
}

static const struct {
    double shift, factor;
} DRAWN[] = { { 0.0, 1.0 }, { 0.0, 0.8 }, { 0.0, 1.35 }, { 0.3, 1.0 } };

START_TEST(exact_draws_pass_and_others_are_found)
{
    sbc_ranks r = { .n = 0 };

    for (int i = 0; i < REPLICATES; i++) {
        double draws[SBC_DRAWS];
        const double mu = simulate();
        draw_exactly(DRAWN[_i].shift, DRAWN[_i].factor, draws);
        sbc_ranks_add(&r, mu, draws);
    }
    ck_assert_int_eq(sbc_uniform(&r), _i == 0);
    if (_i > 0)
        ck_assert_double_gt(fabs(_i == 3 ? sbc_mean_z(&r) : sbc_variance_z(&r)), SBC_MOST_Z);
}
END_TEST

/* One potential for all data: they are written over. Narrower draws are found here too. */
START_TEST(nuts_is_calibrated)
{
    wick_potential *p = wick_potential_new(w, (wick_program){ conjugate, NULL }, NULL);
    wick_mcmc *m = wick_mcmc_new(
        p, &(wick_mcmc_options){ .chains = 1, .warmup = 100, .samples = THIN * SBC_DRAWS });
    sbc_ranks r = { .n = 0 }, narrow = { .n = 0 };

    for (uint64_t i = 0; i < REPLICATES; i++) {
        double draws[SBC_DRAWS], mean = 0.0;
        wick_set_seed(w, 100 + i);
        const double mu = simulate();
        ck_assert(wick_mcmc_run(m));
        const wick_chains all = wick_mcmc_draws(m, "mu", 0);
        for (int k = 0; k < SBC_DRAWS; k++)
            mean += (draws[k] = all.draws[THIN * k + THIN - 1]) / SBC_DRAWS;
        sbc_ranks_add(&r, mu, draws);
        for (int k = 0; k < SBC_DRAWS; k++)
            draws[k] = mean + 0.8 * (draws[k] - mean);
        sbc_ranks_add(&narrow, mu, draws);
    }
    assert_ok(w);
    ck_assert(sbc_uniform(&r));
    ck_assert(!sbc_uniform(&narrow));
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ranks");
    TCase *tests = new_case(suite, "ranks");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_rank_counts_the_draws_below);
    tcase_add_loop_test(
        tests, figures_are_those_of_scipy, 0, (int)(sizeof COUNTS / sizeof *COUNTS));
    tcase_add_loop_test(
        tests, exact_draws_pass_and_others_are_found, 0, (int)(sizeof DRAWN / sizeof *DRAWN));
    tcase_add_test(tests, nuts_is_calibrated);
    return run_suite(suite);
}
