/* Summaries against the R package posterior, and their table. */
#include <wick/diagnose.h>

#include <stdio.h>

#include "tests/data/diagnostics.h"
#include "tests/support/chains.h"
#include "tests/support/memory.h"

enum { CASES = sizeof DIAGNOSED / sizeof *DIAGNOSED };

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 36, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static void same(const char *of, const char *what, double got, double want)
{
    ck_assert_msg(isnan(want) ? isnan(got) : fabs(got - want) <= 1e-9 * fabs(want),
        "%s of %s: %.15g, want %.15g", what, of, got, want);
}

/* --- numbers ---------------------------------------------------------------------------------- */

START_TEST(numbers_are_those_of_posterior)
{
    const struct diagnosed *d = &DIAGNOSED[_i];
    const wick_chains_summary s = wick_summarize(w, d->draws);

    assert_ok(w);
    same(d->name, "mean", s.mean, d->mean);
    same(d->name, "error", s.mcse, d->mcse_mean);
    same(d->name, "deviation", s.sd, d->sd);
    same(d->name, "mad", s.mad, d->mad);
    same(d->name, "q5", s.q5, d->q5);
    same(d->name, "q50", s.q50, d->q50);
    same(d->name, "q95", s.q95, d->q95);
    same(d->name, "bulk ESS", s.ess_bulk, d->ess_bulk);
    same(d->name, "tail ESS", s.ess_tail, d->ess_tail);
    same(d->name, "R-hat", s.rhat, d->rhat);
}
END_TEST

/* Two ways to the same: all measures by two sorts, and each by itself. */
START_TEST(numbers_are_those_of_the_functions)
{
    const wick_chains x = DIAGNOSED[_i].draws;
    const wick_chains_summary s = wick_summarize(w, x);

    same("summary", "error", s.mcse, wick_mcse_mean(w, x));
    same("summary", "q5", s.q5, wick_sample_quantile(w, x.chains * x.n, x.draws, 0.05));
    same("summary", "bulk ESS", s.ess_bulk, wick_ess_bulk(w, x));
    same("summary", "tail ESS", s.ess_tail, wick_ess_tail(w, x));
    same("summary", "R-hat", s.rhat, wick_rhat(w, x));
}
END_TEST

START_TEST(what_cannot_be_said_is_nan)
{
    double draws[30];
    const wick_chains x = { 2, 15, draws };

    for (int i = 0; i < 30; i++)
        draws[i] = 7.5;
    wick_chains_summary s = wick_summarize(w, x);
    ck_assert(s.mean == 7.5 && s.sd == 0.0 && s.mad == 0.0 && s.q5 == 7.5 && s.q95 == 7.5);
    ck_assert(isnan(s.mcse) && isnan(s.rhat) && isnan(s.ess_bulk) && isnan(s.ess_tail));
    for (int i = 0; i < 30; i++)
        draws[i] = i * i % 11;
    draws[4] = INFINITY;
    s = wick_summarize(w, x);
    ck_assert(isinf(s.mean) && isnan(s.sd) && s.q50 == 4.0 && s.q5 == 0.0 && isnan(s.rhat));
    draws[4] = NAN;
    s = wick_summarize(w, x);
    ck_assert(isnan(s.mean) && isnan(s.q50) && isnan(s.mad) && isnan(s.ess_tail));
    s = wick_summarize(w, (wick_chains){ 1, 3, draws });
    ck_assert(s.mean == 5.0 / 3.0 && s.q50 == 1.0 && isnan(s.rhat) && isnan(s.mcse));
    assert_ok(w);
}
END_TEST

/* --- the table -------------------------------------------------------------------------------- */

static void model(wick *h, void *arg)
{
    (void)arg;
    wick_sample(h, "mu", wick_normal(-3.0, 2.0));
    WICK_PLATE (h, "groups", 2)
        wick_sample(h, "x", wick_iid(wick_normal(1000.0, 0.01), 3));
}

static const wick_mcmc_options SHORT = { .chains = 2, .warmup = 100, .samples = 50 };

START_TEST(elements_have_names)
{
    const sampled s = sample_model(w, model, NULL, &SHORT);

    ck_assert_str_eq(wick_element_name(s.chains, "mu", 0), "mu");
    ck_assert_str_eq(wick_element_name(s.chains, "x", 0), "x[0,0]");
    ck_assert_str_eq(wick_element_name(s.chains, "x", 5), "x[1,2]");
    ck_assert_str_eq(wick_element_name(s.chains, "x", 6), "");
    assert_error(w, WICK_ERR_SHAPE, "element 6", "'x'");
    ck_assert_str_eq(wick_element_name(s.chains, "y", 0), "");
    assert_error(w, WICK_ERR_NAME, "'y'");
    free_sampled(s);
}
END_TEST

/* Half a unit of the last digit shown. */
static double unit(const char *cell)
{
    const char *point = strchr(cell, '.');

    return 0.5 * pow(10.0, point ? -(double)(strlen(point) - 1) : 0.0);
}

/* The line has the name, and these numbers as far as they are shown. */
static void assert_line(const char *line, const char *name, wick_chains x)
{
    const wick_chains_summary s = wick_summarize(w, x);
    const double want[] = { s.mean, s.mcse, s.sd, s.mad, s.q5, s.q50, s.q95, s.ess_bulk, s.ess_tail,
        s.rhat };
    char got[32], cell[10][32];

    ck_assert_int_eq(
        sscanf(line, "%31s %31s %31s %31s %31s %31s %31s %31s %31s %31s %31s", got, cell[0],
            cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7], cell[8], cell[9]),
        11);
    ck_assert_str_eq(got, name);
    for (int i = 0; i < 10; i++)
        if (isnan(want[i]))
            ck_assert_str_eq(cell[i], "nan");
        else
            ck_assert_msg(fabs(atof(cell[i]) - want[i]) <= 1.000001 * unit(cell[i]),
                "%s, column %d: %s, want %.9g", name, i, cell[i], want[i]);
    const size_t zeros = strspn(cell[1], "0.");
    if (isfinite(s.mcse) && s.mcse < 1.0)
        ck_assert_msg(strlen(cell[1] + zeros) == 2 ||
                (strlen(cell[1] + zeros) == 3 && strcmp(cell[1] + zeros, "100") == 0),
            "%s: two digits of the error are shown, not %s", name, cell[1]);
}

static char *next_line(void)
{
    return strtok(NULL, "\n");
}

START_TEST(a_table_has_a_line_for_each_quantity)
{
    static const char *const NAMES[] = { "lp__", "accept_stat__", "stepsize__", "treedepth__",
        "n_leapfrog__", "divergent__", "energy__" };
    const sampled s = sample_model(w, model, NULL, &SHORT);
    char *text = strdup(wick_format_chains(s.chains, NULL));

    ck_assert_str_eq(
        strtok(text, "\n"), "2 chains of NUTS: 100 transitions of warm-up, 50 draws each");
    const char *head = next_line();
    ck_assert_ptr_nonnull(strstr(head, "R_hat"));
    for (int i = 0; i < 7; i++) {
        const wick_chains x = wick_mcmc_statistic(s.chains, (wick_statistic)i);
        const char *line = next_line();
        if (i != WICK_STEP_SIZE) /* R-hat of what is constant in each chain is rounding */
            assert_line(line, NAMES[i], x);
        ck_assert_uint_eq(strlen(line), strlen(head));
    }
    assert_line(next_line(), "mu", wick_mcmc_draws(s.chains, "mu", 0));
    for (size_t e = 0; e < 6; e++) {
        char name[8];
        snprintf(name, sizeof name, "x[%zu,%zu]", e / 3, e % 3);
        assert_line(next_line(), name, wick_mcmc_draws(s.chains, "x", e));
    }
    ck_assert_ptr_null(next_line());
    free(text);
    free_sampled(s);
}
END_TEST

START_TEST(a_table_may_be_of_some_sites)
{
    const sampled s = sample_model(w, model, NULL, &SHORT);
    const char *const sites[] = { "mu", NULL }, *const none[] = { "mu", "nu", NULL };
    const char *text = wick_format_chains(s.chains, sites);

    ck_assert(strstr(text, "\nmu ") && strstr(text, "\nlp__ ") && !strstr(text, "x["));
    ck_assert_str_eq(wick_format_chains(s.chains, none), "");
    assert_error(w, WICK_ERR_NAME, "'nu'");
    free_sampled(s);
}
END_TEST

/* --- mistakes --------------------------------------------------------------------------------- */

START_TEST(mistakes_are_named)
{
    const wick_chains x = DIAGNOSED[0].draws;
    wick_potential *p = wick_potential_new(w, (wick_program){ model, NULL }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &SHORT);

    ck_assert(isnan(wick_summarize(w, (wick_chains){ 0, 20, x.draws }).mean));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_summarize: got 0 chains of 20 draws");
    ck_assert(isnan(wick_summarize(w, (wick_chains){ 2, 20, NULL }).sd));
    assert_error(w, WICK_ERR_ARGUMENT, "2 chains of 20 draws at NULL");
    ck_assert_str_eq(wick_format_chains(m, NULL), "");
    assert_error(w, WICK_ERR_STATE, "wick_mcmc_run");
    ck_assert_str_eq(wick_format_chains(NULL, NULL), "");
    ck_assert_str_eq(wick_element_name(NULL, "mu", 0), "");
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

START_TEST(no_memory_is_an_error)
{
    memory counts = { 0 };
    const wick_options options = memory_options(&counts, 3);
    wick *h = wick_new(&options);

    for (size_t i = 1; i <= 2; i++) {
        counts.fail_at = counts.calls + i;
        ck_assert(isnan(wick_summarize(h, DIAGNOSED[0].draws).mean));
        assert_error(h, WICK_ERR_MEMORY, "out of memory");
    }
    ck_assert(isfinite(wick_summarize(h, DIAGNOSED[0].draws).rhat));
    wick_free(h);
    ck_assert_uint_eq(counts.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, numbers_are_those_of_posterior, 0, CASES);
    tcase_add_loop_test(all, numbers_are_those_of_the_functions, 0, CASES);
    tcase_add_test(all, what_cannot_be_said_is_nan);
    tcase_add_test(all, elements_have_names);
    tcase_add_test(all, a_table_has_a_line_for_each_quantity);
    tcase_add_test(all, a_table_may_be_of_some_sites);
    tcase_add_test(all, mistakes_are_named);
    tcase_add_test(all, no_memory_is_an_error);
    return run_suite(suite);
}
