/* Diagnostics of chains against the R package posterior, closed forms, and what cannot be said. */
#include <wick/mcmc.h>

#include "tests/data/diagnostics.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

enum { CASES = sizeof DIAGNOSED / sizeof *DIAGNOSED };

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 8 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static void same(const char *of, const char *what, double got, double want)
{
    assert_ok(w);
    ck_assert_msg(isnan(want) ? isnan(got) : fabs(got - want) <= 1e-9 * fabs(want),
        "%s of %s: %.15g, want %.15g", what, of, got, want);
}

START_TEST(they_are_those_of_posterior)
{
    const struct diagnosed *d = &DIAGNOSED[_i];
    const wick_chains x = d->draws;

    same(d->name, "R-hat", wick_rhat(w, x), d->rhat);
    same(d->name, "bulk ESS", wick_ess_bulk(w, x), d->ess_bulk);
    same(d->name, "tail ESS", wick_ess_tail(w, x), d->ess_tail);
    same(d->name, "ESS of the mean", wick_ess_mean(w, x), d->ess_mean);
    same(d->name, "ESS of a quantile", wick_ess_quantile(w, x, 0.2), d->ess_q20);
    same(d->name, "error of the mean", wick_mcse_mean(w, x), d->mcse_mean);
    same(d->name, "error of the deviation", wick_mcse_sd(w, x), d->mcse_sd);
    same(d->name, "error of a quantile", wick_mcse_quantile(w, x, 0.2), d->mcse_q20);
    same(d->name, "quantile", wick_sample_quantile(w, x.chains * x.n, x.draws, 0.2), d->q20);
}
END_TEST

/* Ranks do not change under a map that keeps the order. */
START_TEST(ranks_are_all_that_counts)
{
    const wick_chains x = DIAGNOSED[0].draws;
    double *moved = malloc(x.chains * x.n * sizeof *moved);
    const wick_chains y = { x.chains, x.n, moved };

    for (size_t i = 0; i < x.chains * x.n; i++)
        moved[i] = 3.0 + x.draws[i] * x.draws[i] * x.draws[i];
    ck_assert_double_eq(wick_ess_bulk(w, y), wick_ess_bulk(w, x));
    ck_assert_double_eq(wick_ess_tail(w, y), wick_ess_tail(w, x));
    free(moved);
}
END_TEST

/* Differences 1, 1, -3, 2: squares sum to 15; about the mean 1.2 the numbers have 6.8. */
START_TEST(energies_that_are_followed_badly_have_a_low_bfmi)
{
    const double energies[] = { 0, 1, 2, -1, 1 };
    double slow[200];

    ck_assert_double_eq_tol(wick_ebfmi(w, 5, energies), (15.0 / 5) / (5.2 / 4), 1e-14);
    for (int i = 0; i < 200; i++)
        slow[i] = i;
    ck_assert_double_lt(wick_ebfmi(w, 200, slow), 0.3);
    ck_assert(isnan(wick_ebfmi(w, 5, (const double[]){ 2, 2, 2, 2, 2 })));
    assert_ok(w);
}
END_TEST

START_TEST(where_nothing_can_be_said_they_are_nan)
{
    double draws[40];
    const wick_chains x = { 2, 20, draws };

    for (int i = 0; i < 40; i++)
        draws[i] = 7.0;
    ck_assert(isnan(wick_rhat(w, x)) && isnan(wick_ess_tail(w, x)));
    for (int i = 0; i < 40; i++)
        draws[i] = i * i % 7;
    draws[17] = NAN;
    ck_assert(isnan(wick_rhat(w, x)) && isnan(wick_mcse_sd(w, x)) && isnan(wick_ess_mean(w, x)));
    draws[17] = -INFINITY;
    ck_assert(isnan(wick_ess_bulk(w, x)) && isnan(wick_mcse_quantile(w, x, 0.5)));
    draws[17] = 1.0;
    ck_assert(isnan(wick_rhat(w, (wick_chains){ 4, 10, draws })));
    assert_ok(w);
    ck_assert(isfinite(wick_rhat(w, (wick_chains){ 1, 40, draws })));
}
END_TEST

/* The step sizes of chains: nothing varies within, where posterior has what rounding leaves. */
START_TEST(chains_that_stand_apart_without_moving_never_agree)
{
    double draws[3 * 20];

    for (size_t i = 0; i < 3 * 20; i++)
        draws[i] = 0.3 + 0.07 * (double)(i / 20);
    ck_assert_double_eq(wick_rhat(w, (wick_chains){ 3, 20, draws }), INFINITY);
    assert_ok(w);
}
END_TEST

START_TEST(mistakes_are_named)
{
    const wick_chains x = DIAGNOSED[0].draws;

    ck_assert(isnan(wick_rhat(w, (wick_chains){ 0, 20, x.draws })));
    assert_error(
        w, WICK_ERR_ARGUMENT, "wick_rhat: got 0 chains of 20 draws, need at least one each");
    ck_assert(isnan(wick_ess_bulk(w, (wick_chains){ 2, 20, NULL })));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_ess_bulk: got 2 chains of 20 draws at NULL");
    ck_assert(isnan(wick_ess_quantile(w, x, 1.0)));
    assert_error(w, WICK_ERR_DOMAIN, "wick_ess_quantile: prob is 1, need a number between 0 and 1");
    ck_assert(isnan(wick_sample_quantile(w, 3, x.draws, -0.1)));
    assert_error(w, WICK_ERR_DOMAIN, "wick_sample_quantile: prob is -0.1");
}
END_TEST

START_TEST(no_memory_is_an_error)
{
    memory counts = { 0 };
    const wick_options options = memory_options(&counts, 3);
    wick *h = wick_new(&options);
    const wick_chains x = DIAGNOSED[0].draws;

    for (size_t i = 1; i <= 3; i++) {
        counts.fail_at = counts.calls + i;
        ck_assert(isnan(wick_rhat(h, x)));
        assert_error(h, WICK_ERR_MEMORY, "out of memory");
    }
    counts.fail_at = counts.calls + 1;
    ck_assert(isnan(wick_mcse_sd(h, x)));
    wick_free(h);
    ck_assert_uint_eq(counts.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, they_are_those_of_posterior, 0, CASES);
    tcase_add_test(all, ranks_are_all_that_counts);
    tcase_add_test(all, energies_that_are_followed_badly_have_a_low_bfmi);
    tcase_add_test(all, where_nothing_can_be_said_they_are_nan);
    tcase_add_test(all, chains_that_stand_apart_without_moving_never_agree);
    tcase_add_test(all, mistakes_are_named);
    tcase_add_test(all, no_memory_is_an_error);
    return run_suite(suite);
}
