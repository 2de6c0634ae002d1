/* Pyro's five points by NUTS, from starts in both modes: figures that do not depend on the order of the
 * components, and the components in one order. */
#include <wick/diagnose.h>

#include "tests/support/five_point.h"

enum { CHAINS = 4, DRAWS = 5000, ALL = CHAINS * DRAWS, FIGURES = 4 };

/* tests/oracle/five_point_posterior.py: the sum over 32 assignments, quadrature over the scale. */
static const struct {
    const char *name;
    double value;
} EXACT[FIGURES] = { { "larger loc", 10.6225 }, { "smaller loc", 0.4228 }, { "scale", 1.8226 },
    { "split", 0.88377 } };

static wick *w;
static wick_potential *p;
static wick_mcmc *m;

/* Chains start with the locs of a fit, one way round or the other: each draws which. */
static wick_var start(wick *h, const wick_site *site, void *arg)
{
    double locs[2] = { 0.5, 11.0 };

    (void)arg;
    if (strcmp(site->name, "weights") == 0)
        return wick_fill(h, 0.5, 2);
    if (strcmp(site->name, "scale") == 0)
        return wick_num(h, 0.7);
    if (wick_draw_below(h, 2)) {
        locs[0] = 11.0;
        locs[1] = 0.5;
    }
    return wick_split(wick_const(h, locs, 2), "components");
}

static void setup(void)
{
    static five_point f = { FIVE_POINTS, NULL, 0.0 };

    w = wick_new(&(wick_options){ .seed = 12, .math = WICK_MATH_PORTABLE });
    p = wick_potential_new(
        w, (wick_program){ five_point_model, &f }, &(wick_potential_options){ .init = start });
    m = wick_mcmc_new(
        p, &(wick_mcmc_options){ .chains = CHAINS, .samples = DRAWS, .target_accept = 0.9 });
    ck_assert_msg(wick_mcmc_run(m), "%s", wick_message(w));
}

static void teardown(void)
{
    wick_mcmc_free(m);
    wick_potential_free(p);
    wick_free(w);
}

/* --- figures ---------------------------------------------------------------------------------- */

/* Given a draw the assignments are independent: the probability that 0 and 1 are in one component, and
 * 10, 11 and 12 in the other. */
static double split_probability(const double *weights, const double *locs, double scale)
{
    double both = 0.0;

    for (int low = 0; low < 2; low++) {
        double prob = 1.0;
        for (int i = 0; i < FIVE; i++) {
            const int own = FIVE_POINTS[i] < 5.0 ? low : 1 - low;
            const double mine = log(weights[own]) + log_normal(FIVE_POINTS[i], locs[own], scale);
            const double other =
                log(weights[1 - own]) + log_normal(FIVE_POINTS[i], locs[1 - own], scale);
            prob /= 1.0 + exp(other - mine);
        }
        both += prob;
    }
    return both;
}

static double figure(int which, size_t i)
{
    double weights[2], locs[2];

    for (size_t k = 0; k < 2; k++) {
        weights[k] = wick_mcmc_draws(m, "weights", k).draws[i];
        locs[k] = wick_mcmc_draws(m, "locs", k).draws[i];
    }
    const double scale = wick_mcmc_draws(m, "scale", 0).draws[i];
    return which == 0 ? fmax(locs[0], locs[1])
        : which == 1  ? fmin(locs[0], locs[1])
        : which == 2  ? scale
                      : split_probability(weights, locs, scale);
}

/* Standard errors are by the bulk effective sample sizes of the figures themselves. */
static void check_figures(void)
{
    static double x[ALL];

    for (int k = 0; k < FIGURES; k++) {
        for (size_t i = 0; i < ALL; i++)
            x[i] = figure(k, i);
        const wick_chains_summary s = wick_summarize(w, (wick_chains){ CHAINS, DRAWS, x });
        const double error = s.sd / sqrt(s.ess_bulk);
        ck_assert_double_gt(s.ess_bulk, 400.0);
        ck_assert_msg(fabs(s.mean - EXACT[k].value) <= 4.5 * error,
            "%s: %g, want %g, standard error %g", EXACT[k].name, s.mean, EXACT[k].value, error);
    }
}

/* --- labels ----------------------------------------------------------------------------------- */

/* Some chains begin one way round, some the other. */
static void check_starts(void)
{
    size_t upright = 0;

    for (size_t c = 0; c < CHAINS; c++) {
        double q[8], locs[2];
        ck_assert(wick_potential_start(p, c, q));
        ck_assert_uint_eq(wick_potential_constrain(p, "locs", q, locs, 2), 2);
        upright += locs[0] < locs[1];
    }
    ck_assert(upright > 0 && upright < CHAINS);
}

static void check_labels(void)
{
    const wick_findings *f = wick_diagnose(m, NULL);
    const wick_finding *labels = NULL;

    ck_assert_ptr_nonnull(f);
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].kind == WICK_FINDING_LABELS)
            labels = &f->list[i];
    ck_assert_msg(labels != NULL, "no labels: %s", f->text);
    ck_assert_ptr_nonnull(strstr(labels->text, "weights and locs (plate 'components')"));
    ck_assert_double_gt(labels->value, 1.01);
    ck_assert_double_le(labels->limit, 1.01);
}

static void check_relabelled(void)
{
    const char *const sites[] = { "locs", "weights", NULL };
    wick_relabel *r = wick_relabel_new(m, &(wick_relabel_options){ .sites = sites });

    assert_ok(w);
    for (size_t k = 0; k < 2; k++) {
        ck_assert_double_gt(wick_rhat(w, wick_mcmc_draws(m, "locs", k)), 1.01);
        ck_assert_double_le(wick_rhat(w, wick_relabel_draws(r, "locs", k)), 1.01);
        ck_assert_double_le(wick_rhat(w, wick_relabel_draws(r, "weights", k)), 1.01);
    }
    ck_assert_double_lt(wick_summarize(w, wick_relabel_draws(r, "locs", 0)).q95, 5.0);
    ck_assert_double_gt(wick_summarize(w, wick_relabel_draws(r, "locs", 1)).q5, 5.0);
    ck_assert_uint_gt(wick_relabel_changed(r), ALL / 10);
    wick_relabel_free(r);
}

START_TEST(five_points_are_those_of_the_exact_posterior)
{
    check_starts();
    check_figures();
    check_labels();
    check_relabelled();
    assert_ok(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("five point chains");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, five_points_are_those_of_the_exact_posterior);
    return run_suite(suite);
}
