/* What is found wrong with made chains, of which it is known. */
#include "tests/support/findings.h"
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- made chains ------------------------------------------------------------------------------ */

/* 8 half chains of 100 draws: R-hat > 1.01 needs F(7, 792) > 3.0, a chance of 0.004 for a
 * quantity, 0.03 for all 3 and two kinds of ranks: one in 20. */
START_TEST(independent_draws_are_seldom_blamed)
{
    size_t blamed = 0;

    for (int i = 0; i < 20; i++) {
        const sampled s = made_chains(w, 2, 4, 200);
        const wick_findings *f = diagnose(s);
        assert_nothing_but(f, WICK_FINDING_RHAT);
        blamed += f->n > 0;
        free_sampled(s);
    }
    ck_assert_uint_le(blamed, 4);
}
END_TEST

START_TEST(what_was_looked_at_is_said)
{
    const sampled s = made_chains(w, 2, 4, 600);
    const wick_findings *f = diagnose(s);

    ck_assert_uint_eq(f->n, 0);
    ck_assert_ptr_nonnull(
        strstr(f->text, "nothing wrong was found: 4 chains of 600 draws, none divergent"));
    ck_assert_ptr_nonnull(strstr(f->text, "3 quantities"));
    for (const char *line = f->text; *line; line += strcspn(line, "\n") + 1)
        ck_assert_uint_le(strcspn(line, "\n"), 100);
    ck_assert_double_lt(f->rhat, 1.01);
    ck_assert_double_gt(f->ess_tail, 400.0);
    ck_assert_double_lt(f->ess_tail, f->ess_bulk);
    free_sampled(s);
}
END_TEST

START_TEST(chains_that_never_moved_are_named)
{
    const sampled s = made_chains(w, 2, 4, 100);

    for (size_t d = 0; d < 100; d++)
        for (size_t i = 0; i < 2; i++)
            *coordinate(s, 2, d, i) = 0.25;
    const wick_finding *f = need(diagnose(s), WICK_FINDING_STUCK, "never moved: 2;");
    ck_assert(f->count == 1 && f->chain == 2 && f->share == 0.25);
    ck_assert_ptr_null(find(diagnose(s), WICK_FINDING_MODES));
    free_sampled(s);
}
END_TEST

START_TEST(draws_that_are_not_finite_are_counted)
{
    const sampled s = made_chains(w, 3, 2, 400);

    *coordinate(s, 0, 3, 1) = INFINITY;
    *coordinate(s, 1, 7, 1) = NAN;
    *coordinate(s, 1, 9, 2) = -INFINITY;
    const wick_finding *f =
        need(diagnose(s), WICK_FINDING_NOT_FINITE, "2 of 800 draws of q[1] are not finite");
    ck_assert_ptr_nonnull(strstr(f->text, "1 other"));
    ck_assert(f->count == 2 && f->element == 1 && strcmp(f->site, "q") == 0);
    free_sampled(s);
}
END_TEST

START_TEST(too_few_draws_say_nothing)
{
    const sampled s = made_chains(w, 2, 3, 11);
    const wick_findings *f = diagnose(s);

    ck_assert_uint_eq(need(f, WICK_FINDING_TOO_FEW, "11 draws")->count, 3);
    ck_assert_ptr_null(find(f, WICK_FINDING_RHAT));
    free_sampled(s);
}
END_TEST

/* Energies that move by a small part of their range. */
START_TEST(energies_that_crawl_are_found)
{
    const sampled s = made_chains(w, 2, 4, 400);

    for (size_t c = 1; c < 4; c += 2)
        for (size_t d = 1; d < 400; d++)
            *statistic(s, c, d, WICK_ENERGY) =
                0.99 * *statistic(s, c, d - 1, WICK_ENERGY) + (double)c * wick_draw_normal(w);
    const wick_finding *f = need(diagnose(s), WICK_FINDING_EBFMI, "2 of 4 chains");
    const wick_chains e = wick_mcmc_statistic(s.chains, WICK_ENERGY);
    const double one = wick_ebfmi(w, 400, e.draws + 400),
                 three = wick_ebfmi(w, 400, e.draws + 1200);
    ck_assert(f->count == 2 && f->chain == (one < three ? 1 : 3));
    ck_assert_double_eq(f->value, fmin(one, three));
    free_sampled(s);
}
END_TEST

/* Chains that depend on themselves: rho = 0.98 leaves about a hundredth of the draws. */
START_TEST(slow_chains_have_a_low_sample_size)
{
    const sampled s = made_chains(w, 2, 4, 1000);

    for (size_t c = 0; c < 4; c++)
        for (size_t d = 1; d < 1000; d++)
            *coordinate(s, c, d, 1) += 0.98 * *coordinate(s, c, d - 1, 1);
    const wick_findings *f = diagnose(s);
    const wick_finding *bulk =
        need(f, WICK_FINDING_ESS_BULK, "is below 400 for 1 of 3 quantities: q[1] ");
    ck_assert(bulk->count == 1 && bulk->element == 1 && bulk->limit == 400.0);
    assert_close(bulk->value, wick_ess_bulk(w, wick_mcmc_draws(s.chains, "q", 1)), 1e-9);
    ck_assert_ptr_nonnull(find(f, WICK_FINDING_ESS_TAIL));
    const wick_findings *less =
        wick_diagnose(s.chains, &(wick_diagnose_options){ .ess = 1.0, .rhat = 2.0, .ebfmi = 0.01 });
    ck_assert_uint_eq(less->n, 0);
    free_sampled(s);
}
END_TEST

START_TEST(a_quantity_whose_chains_differ_is_named_first)
{
    const sampled s = made_chains(w, 4, 4, 300);

    for (size_t d = 0; d < 300; d++) {
        *coordinate(s, 1, d, 3) += 0.6;
        *coordinate(s, 0, d, 2) += 2.0;
    }
    const wick_finding *f = need(diagnose(s), WICK_FINDING_RHAT, "for 2 of 5 quantities: q[2] 1.");
    ck_assert(f->count == 2 && f->element == 2);
    assert_close(f->value, wick_rhat(w, wick_mcmc_draws(s.chains, "q", 2)), 1e-12);
    ck_assert_ptr_null(find(diagnose(s), WICK_FINDING_MODES));
    free_sampled(s);
}
END_TEST

START_TEST(chains_that_stay_apart_are_named)
{
    const sampled s = made_chains(w, 2, 4, 200);

    for (size_t d = 0; d < 200; d++) {
        *coordinate(s, 1, d, 1) += 8.0;
        *coordinate(s, 3, d, 1) += 6.0;
        *coordinate(s, 3, d, 0) += 4.0;
    }
    const wick_finding *f = need(diagnose(s), WICK_FINDING_MODES, "q[1]");
    ck_assert(f->count == 2 && f->element == 1 && f->share == 0.5);
    ck_assert(f->value > 2.0 && f->value < 5.0);
    free_sampled(s);
}
END_TEST

/* --- where trajectories diverge --------------------------------------------------------------- */

enum { N = 300 };

/* Four chains of two slow quantities, the second apart by itself. */
static sampled slow_chains(void)
{
    const sampled s = made_chains(w, 2, 4, N);

    for (size_t c = 0; c < 4; c++)
        for (size_t d = 1; d < N; d++)
            for (size_t i = 0; i < 2; i++)
                *coordinate(s, c, d, i) += 0.7 * *coordinate(s, c, d - 1, i);
    return s;
}

static bool is_placed(sampled s)
{
    const wick_findings *all = diagnose(s);
    const wick_finding *f = find(all, WICK_FINDING_DIVERGENT_AT);

    ck_assert_ptr_nonnull(find(all, WICK_FINDING_DIVERGENT));
    return f && f->element == 0 && f->value < f->limit;
}

/* Bursts of five in a row, wherever: a place is told by chance in 1 of 100 runs (7 of 500 that were
 * counted), and more often than in 4 of 30 with probability 1e-5 (2e-3 if the rate were 0.03). */
START_TEST(divergences_that_are_anywhere_have_no_place)
{
    size_t placed = 0;

    for (int i = 0; i < 30; i++) {
        const sampled s = slow_chains();
        for (int k = 0; k < 8; k++) {
            const size_t first = wick_draw_below(w, N - 5);
            for (size_t d = first; d < first + 5; d++)
                *statistic(s, (size_t)k % 4, d, WICK_DIVERGENT) = 1.0;
        }
        placed += find(diagnose(s), WICK_FINDING_DIVERGENT_AT) != NULL;
        free_sampled(s);
    }
    ck_assert_uint_le(placed, 4);
}
END_TEST

/* Half of the draws below -1.8: there are 10 % of them, since the deviation is 1.4. */
START_TEST(divergences_at_one_end_are_placed)
{
    size_t placed = 0;

    for (int i = 0; i < 10; i++) {
        const sampled s = slow_chains();
        for (size_t c = 0; c < 4; c++)
            for (size_t d = 0; d < N; d++)
                if (*coordinate(s, c, d, 0) < -1.8 && wick_draw_uniform(w) < 0.5)
                    *statistic(s, c, d, WICK_DIVERGENT) = 1.0;
        placed += is_placed(s);
        free_sampled(s);
    }
    ck_assert_uint_ge(placed, 9);
}
END_TEST

/* --- labels ----------------------------------------------------------------------------------- */

/* Components at -4 and 4 of two chains are the other way round in the third, and change places once in
 * the fourth: the density of standard normals does not mind. */
START_TEST(labels_that_switch_are_found)
{
    const sampled s = made_chains(w, 2, 4, 300);

    for (size_t c = 0; c < 4; c++)
        for (size_t d = 0; d < 300; d++)
            for (size_t i = 0; i < 2; i++)
                *coordinate(s, c, d, i) += (i == 0) == (c == 2 || (c == 3 && d > 99)) ? 4.0 : -4.0;
    const wick_findings *f = diagnose(s);
    const wick_finding *labels = need(f, WICK_FINDING_LABELS, "500 of 1200 draws");
    ck_assert(labels->count == 500 && strcmp(labels->site, "q") == 0);
    ck_assert_double_gt(labels->value, 1.5);
    ck_assert_double_lt(labels->limit, 1.02);
    ck_assert_double_lt(f->rhat, 1.02);
    assert_nothing_but(f, WICK_FINDING_LABELS, WICK_FINDING_RHAT);
    ck_assert_ptr_null(find(f, WICK_FINDING_MODES));
    free_sampled(s);
}
END_TEST

/* --- mistakes --------------------------------------------------------------------------------- */

START_TEST(mistakes_are_named)
{
    wick_potential *p = wick_potential_of_density(w, standard_normal, NULL, 2, NULL);
    wick_mcmc *m = wick_mcmc_new(p, NULL);

    ck_assert_ptr_null(wick_diagnose(NULL, NULL));
    ck_assert_ptr_null(wick_diagnose(m, NULL));
    assert_error(w, WICK_ERR_STATE, "wick_mcmc_run");
    ck_assert(wick_mcmc_run(m));
    ck_assert_ptr_null(wick_diagnose(m, &(wick_diagnose_options){ .rhat = 0.9 }));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_diagnose: .rhat is 0.9");
    ck_assert_ptr_null(wick_diagnose(m, &(wick_diagnose_options){ .ess = -1.0 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".ess -1");
    ck_assert_str_eq(wick_finding_name(WICK_FINDING_DIVERGENT_AT), "divergent_at");
    ck_assert_str_eq(wick_finding_name((wick_finding_kind)99), "unknown");
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *h = wick_new(&options);
    five_point five = { FIVE_POINTS, NULL, 0.0 };
    wick_potential *p = wick_potential_new(h, (wick_program){ five_point_model, &five }, NULL);
    wick_mcmc *c =
        wick_mcmc_new(p, &(wick_mcmc_options){ .chains = 2, .warmup = 60, .samples = 30 });
    const wick_findings *f = NULL;
    size_t n = 0;

    ck_assert(wick_mcmc_run(c));
    for (; !f; n++) {
        m.fail_at = m.calls + 1 + n;
        f = wick_diagnose(c, NULL);
        if (!f)
            assert_error(h, WICK_ERR_MEMORY, "memory");
    }
    ck_assert_uint_ge(n, 4);
    wick_mcmc_free(c);
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnose");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, independent_draws_are_seldom_blamed);
    tcase_add_test(all, what_was_looked_at_is_said);
    tcase_add_test(all, chains_that_never_moved_are_named);
    tcase_add_test(all, draws_that_are_not_finite_are_counted);
    tcase_add_test(all, too_few_draws_say_nothing);
    tcase_add_test(all, energies_that_crawl_are_found);
    tcase_add_test(all, slow_chains_have_a_low_sample_size);
    tcase_add_test(all, a_quantity_whose_chains_differ_is_named_first);
    tcase_add_test(all, chains_that_stay_apart_are_named);
    tcase_add_test(all, divergences_that_are_anywhere_have_no_place);
    tcase_add_test(all, divergences_at_one_end_are_placed);
    tcase_add_test(all, labels_that_switch_are_found);
    tcase_add_test(all, mistakes_are_named);
    tcase_add_test(all, each_allocation_may_fail);
    return run_suite(suite);
}
