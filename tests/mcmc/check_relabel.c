/* Components in one order: against all permutations, and where the answer is known. */
#include <wick/diagnose.h>

#include "tests/support/chains.h"
#include "tests/support/memory.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 2005, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- all permutations ------------------------------------------------------------------------- */

enum { MOST = 5, FEATURES = 3, DRAWS = 60, CHAINS = 2, ALL = CHAINS * DRAWS };

/* Components have three numbers: one of each in x, and two in y. */
static void components(wick *h, void *arg)
{
    const size_t *k = arg;

    WICK_PLATE (h, "components", *k) {
        wick_sample(h, "x", wick_normal(0.0, 1.0));
        wick_sample(h, "y", wick_iid(wick_normal(0.0, 1.0), 2));
    }
}

/* Numbers of component k of a draw: x[k], y[k][0], y[k][1]. */
static void read_draw(const wick_relabel *r, const wick_mcmc *m, size_t k, size_t draw, double *out)
{
    for (size_t i = 0; i < k; i++)
        for (size_t f = 0; f < FEATURES; f++) {
            const char *site = f == 0 ? "x" : "y";
            const size_t element = f == 0 ? i : 2 * i + f - 1;
            const wick_chains x =
                r ? wick_relabel_draws(r, site, element) : wick_mcmc_draws(m, site, element);
            out[i * FEATURES + f] = x.draws[draw];
        }
}

static double cost(
    size_t k, const double *x, const double *reference, const double *variance, const size_t *order)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++)
        for (size_t f = 0; f < FEATURES; f++) {
            const double off = x[order[i] * FEATURES + f] - reference[i * FEATURES + f];
            sum += off * off / variance[f];
        }
    return sum;
}

/* The least cost of all orders that begin with the first `fixed` of this one. */
static double least(size_t k, size_t fixed, const double *x, const double *reference,
    const double *variance, size_t *order)
{
    double best = fixed == k ? cost(k, x, reference, variance, order) : INFINITY;

    for (size_t i = fixed; i < k; i++) {
        const size_t a = order[fixed], b = order[i];
        order[fixed] = b;
        order[i] = a;
        best = fmin(best, least(k, fixed + 1, x, reference, variance, order));
        order[fixed] = a;
        order[i] = b;
    }
    return best;
}

/* The variance of a feature within components. */
static double pooled_variance(size_t k, const double *x, const double *reference, size_t f)
{
    double squares = 0.0;

    for (size_t i = f; i < ALL * k * FEATURES; i += FEATURES) {
        const double off = x[i] - reference[i % (k * FEATURES)];
        squares += off * off;
    }
    return squares / (double)(ALL * k);
}

/* Each draw has the order that is nearest, of all, to the means of all draws. */
START_TEST(no_permutation_is_nearer_to_the_means)
{
    static double raw[ALL * MOST * FEATURES], put[ALL * MOST * FEATURES];
    size_t k = (size_t)_i;
    double reference[MOST * FEATURES] = { 0.0 }, variance[FEATURES];
    const sampled s = sample_model(w, components, &k,
        &(wick_mcmc_options){ .chains = CHAINS, .samples = DRAWS, .warmup = 50 });
    wick_relabel *r = wick_relabel_new(s.chains, NULL);
    const size_t size = k * FEATURES;

    assert_ok(w);
    ck_assert_uint_eq(wick_relabel_components(r), k);
    for (size_t d = 0; d < ALL; d++) {
        read_draw(NULL, s.chains, k, d, raw + d * size);
        read_draw(r, NULL, k, d, put + d * size);
        for (size_t i = 0; i < size; i++)
            reference[i] += put[d * size + i] / ALL;
    }
    for (size_t f = 0; f < FEATURES; f++)
        variance[f] = pooled_variance(k, put, reference, f);
    for (size_t d = 0; d < ALL; d++) {
        const size_t *order = wick_relabel_order(r, d / DRAWS, d % DRAWS);
        size_t any[MOST] = { 0, 1, 2, 3, 4 };
        for (size_t i = 0; i < size; i++)
            ck_assert_double_eq(
                put[d * size + i], raw[d * size + order[i / FEATURES] * FEATURES + i % FEATURES]);
        const double got = cost(k, raw + d * size, reference, variance, order);
        assert_close(got, least(k, 0, raw + d * size, reference, variance, any), 1e-9);
    }
    for (size_t i = 1; i < k; i++)
        ck_assert_double_lt(reference[(i - 1) * FEATURES], reference[i * FEATURES]);
    wick_relabel_free(r);
    free_sampled(s);
}
END_TEST

/* --- known answers ---------------------------------------------------------------------------- */

/* Three clusters at 5, -7 and 1 in a random order, one order more often than the others. */
START_TEST(clusters_are_found)
{
    static const double AT[] = { -7.0, 1.0, 5.0 };
    const char *const sites[] = { "q", NULL };
    const sampled s = made_chains(w, 3, 2, 200);
    size_t changed = 0;
    size_t orders[400][3];

    for (size_t d = 0; d < 400; d++) {
        wick_draw_choice(w, 3, 3, orders[d]);
        if (d % 3)
            memcpy(orders[d], (const size_t[]){ 2, 0, 1 }, sizeof orders[d]);
        changed += orders[d][0] != 2 || orders[d][1] != 0;
        for (size_t i = 0; i < 3; i++)
            *coordinate(s, d / 200, d % 200, orders[d][i]) = AT[i] + 0.5 * wick_draw_normal(w);
    }
    wick_relabel *r = wick_relabel_new(s.chains, &(wick_relabel_options){ .sites = sites });
    assert_ok(w);
    ck_assert_uint_eq(wick_relabel_changed(r), changed);
    for (size_t i = 0; i < 3; i++) {
        const wick_chains x = wick_relabel_draws(r, "q", i);
        ck_assert(x.chains == 2 && x.n == 200);
        ck_assert_double_lt(fabs(wick_summarize(w, x).mean - AT[i]), 0.2);
        ck_assert_double_lt(wick_rhat(w, x), 1.05);
        for (size_t d = 0; d < 400; d++)
            ck_assert_uint_eq(wick_relabel_order(r, d / 200, d % 200)[i], orders[d][i]);
    }
    ck_assert(strstr(wick_relabel_format(r), "3 components in one order") &&
        strstr(wick_relabel_format(r), "\nq[2] "));
    wick_relabel_free(r);
    free_sampled(s);
}
END_TEST

/* What is not finite stays, and harms no other draw. */
START_TEST(a_draw_that_is_not_finite_stays)
{
    const char *const sites[] = { "q", NULL };
    const sampled s = made_chains(w, 2, 2, 50);

    for (size_t d = 0; d < 100; d++)
        for (size_t i = 0; i < 2; i++)
            *coordinate(s, d / 50, d % 50, i) = (i == d % 2 ? 10.0 : -10.0) + (double)d * 0.01;
    *coordinate(s, 1, 7, 0) = INFINITY;
    wick_relabel *r = wick_relabel_new(s.chains, &(wick_relabel_options){ .sites = sites });
    for (size_t d = 0; d < 100; d++)
        if (d == 57)
            ck_assert(isinf(wick_relabel_draws(r, "q", 0).draws[d]));
        else
            ck_assert_double_lt(wick_relabel_draws(r, "q", 0).draws[d], 0.0);
    wick_relabel_free(r);
    free_sampled(s);
}
END_TEST

/* A site in two plates, of which the second has the components, another with them as its leading axis. */
static void two_plates(wick *h, void *arg)
{
    (void)arg;
    wick_sample(h, "weights", wick_dirichlet(wick_fill(h, 3.0, 3)));
    WICK_PLATE (h, "components", 3)
        WICK_PLATE (h, "columns", 2)
            wick_sample(h, "locs", wick_normal(0.0, 1.0));
    wick_sample(h, "other", wick_normal(0.0, 1.0));
}

START_TEST(components_need_not_be_the_first_axis)
{
    const wick_mcmc_options options = { .chains = 1, .warmup = 50, .samples = 40 };
    const char *const sites[] = { "locs", "weights", NULL };
    const sampled s = sample_model(w, two_plates, NULL, &options);
    wick_relabel *r = wick_relabel_new(
        s.chains, &(wick_relabel_options){ .plate = "components", .sites = sites });

    assert_ok(w);
    ck_assert_uint_eq(wick_relabel_components(r), 3);
    ck_assert_str_eq(wick_relabel_site(r, 1), "weights");
    ck_assert_ptr_null(wick_relabel_site(r, 2));
    for (size_t d = 0; d < 40; d++) {
        const size_t *order = wick_relabel_order(r, 0, d);
        for (size_t i = 0; i < 6; i++) /* locs[column, component] */
            ck_assert_double_eq(wick_relabel_draws(r, "locs", i).draws[d],
                wick_mcmc_draws(s.chains, "locs", i / 3 * 3 + order[i % 3]).draws[d]);
        for (size_t i = 0; i < 3; i++)
            ck_assert_double_eq(wick_relabel_draws(r, "weights", i).draws[d],
                wick_mcmc_draws(s.chains, "weights", order[i]).draws[d]);
    }
    wick_relabel_free(r);
    free_sampled(s);
}
END_TEST

/* Weights belong to the components, since the density changes if they stay where they are; a vector
 * of the same length that has nothing to do with them does not. */
static void mixture(wick *h, void *arg)
{
    static const double x[] = { 0.3, 1.2, 9.7, 0.8 }, at[] = { 1.0, 4.0 };
    const wick_var weights = wick_sample(h, "weights", wick_dirichlet(wick_fill(h, 0.5, 2)));
    wick_var locs = WICK_VAR_NONE;

    (void)arg;
    wick_sample(h, "beta", wick_normal(wick_const(h, at, 2), 1.0));
    WICK_PLATE (h, "components", 2)
        locs = wick_sample(h, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (h, "data", 4) {
        const wick_var z = wick_sample(h, "z", wick_categorical(weights));
        wick_observe(h, "obs", wick_normal(wick_take(locs, z), 1.0), wick_data(h, x, 4));
    }
}

START_TEST(what_must_go_along_does)
{
    const sampled s = sample_model(
        w, mixture, NULL, &(wick_mcmc_options){ .chains = 2, .warmup = 100, .samples = 60 });
    wick_relabel *r = wick_relabel_new(s.chains, NULL);

    assert_ok(w);
    ck_assert_str_eq(wick_relabel_site(r, 0), "weights");
    ck_assert_str_eq(wick_relabel_site(r, 1), "locs");
    ck_assert_ptr_null(wick_relabel_site(r, 2));
    for (size_t d = 0; d < 120; d++) { /* ascending in the weights: the one of one number first */
        ck_assert_double_gt(wick_relabel_draws(r, "locs", 0).draws[d], 5.0);
        ck_assert_double_lt(wick_relabel_draws(r, "locs", 1).draws[d], 5.0);
    }
    wick_relabel_free(r);
    free_sampled(s);
}
END_TEST

/* --- mistakes --------------------------------------------------------------------------------- */

static void ordered_groups(wick *h, void *arg)
{
    static const double x[] = { 0.1, 0.9, 2.2 };

    (void)arg;
    wick_sample(h, "pair", wick_iid(wick_normal(0.0, 1.0), 2));
    WICK_PLATE (h, "groups", 3)
        wick_sample(h, "theta", wick_normal(wick_data(h, x, 3), 1.0));
}

static void assert_refused(const wick_mcmc *m, wick_relabel_options options, wick_code code,
    const char *words, const char *more)
{
    ck_assert_ptr_null(wick_relabel_new(m, &options));
    assert_error(w, code, "wick_relabel_new", words, more);
}

START_TEST(mistakes_are_explained)
{
    const wick_mcmc_options options = { .chains = 1, .warmup = 30, .samples = 20 };
    const sampled a = sample_model(w, ordered_groups, NULL, &options);
    const sampled b = sample_model(w, two_plates, NULL, &options), q = made_chains(w, 3, 1, 20);
    const char *const wrong[] = { "theta", "pair", NULL }, *const unknown[] = { "gamma", NULL };
    const char *const scalar[] = { "other", NULL }, *const none[] = { NULL };
    const char *const theta[] = { "theta", NULL };

    assert_refused(a.chains, (wick_relabel_options){ .plate = NULL }, WICK_ERR_ARGUMENT, "'groups'",
        "name the sites in .sites");
    assert_refused(a.chains, (wick_relabel_options){ .plate = "schools" }, WICK_ERR_NAME,
        "'schools'", "no site");
    assert_refused(a.chains, (wick_relabel_options){ .sites = wrong }, WICK_ERR_SHAPE,
        "the leading axis of site 'pair' has 2 members", "there are 3 components");
    assert_refused(
        a.chains, (wick_relabel_options){ .sites = unknown }, WICK_ERR_NAME, "'gamma'", "no site");
    assert_refused(
        a.chains, (wick_relabel_options){ .sites = none }, WICK_ERR_ARGUMENT, ".sites", "empty");
    assert_refused(b.chains, (wick_relabel_options){ .plate = NULL }, WICK_ERR_ARGUMENT,
        "'components'", "'columns'");
    assert_refused(b.chains, (wick_relabel_options){ .sites = scalar }, WICK_ERR_ARGUMENT,
        "'other' has one component", "at least two");
    assert_refused(q.chains, (wick_relabel_options){ .plate = NULL }, WICK_ERR_ARGUMENT,
        "no site stands in a plate", ".sites");
    wick_relabel *r =
        wick_relabel_new(a.chains, &(wick_relabel_options){ .sites = theta, .plate = "groups" });
    assert_ok(w);
    ck_assert_ptr_null(wick_relabel_draws(r, "pair", 0).draws);
    assert_error(w, WICK_ERR_NAME, "wick_relabel_draws", "'pair'");
    ck_assert_ptr_null(wick_relabel_draws(r, "theta", 3).draws);
    assert_error(w, WICK_ERR_SHAPE, "element 3", "'theta'");
    ck_assert_ptr_null(wick_relabel_order(r, 1, 0));
    wick_relabel_free(r);
    wick_relabel_free(NULL);
    ck_assert_ptr_null(wick_relabel_new(NULL, NULL));
    ck_assert_uint_eq(wick_relabel_changed(NULL), 0);
    ck_assert_str_eq(wick_relabel_format(NULL), "");
    free_sampled(a);
    free_sampled(b);
    free_sampled(q);
}
END_TEST

/* Without memory it is an error, and nothing is left behind. */
START_TEST(each_allocation_may_fail)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    wick *h = wick_new(&options);
    wick_potential *p = wick_potential_new(h, (wick_program){ mixture, NULL }, NULL);
    wick_mcmc *c =
        wick_mcmc_new(p, &(wick_mcmc_options){ .chains = 2, .warmup = 20, .samples = 30 });
    wick_relabel *r = NULL;
    size_t n = 0;

    ck_assert(wick_mcmc_run(c));
    for (; !r; n++) {
        m.fail_at = m.calls + 1 + n;
        r = wick_relabel_new(c, NULL);
        if (!r)
            assert_error(h, WICK_ERR_MEMORY, "memory");
    }
    ck_assert_uint_ge(n, 4);
    m.fail_at = 0;
    wick_relabel_free(r);
    wick_mcmc_free(c);
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relabel");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, no_permutation_is_nearer_to_the_means, 2, MOST + 1);
    tcase_add_test(all, clusters_are_found);
    tcase_add_test(all, a_draw_that_is_not_finite_stays);
    tcase_add_test(all, components_need_not_be_the_first_axis);
    tcase_add_test(all, what_must_go_along_does);
    tcase_add_test(all, mistakes_are_explained);
    tcase_add_test(all, each_allocation_may_fail);
    return run_suite(suite);
}
