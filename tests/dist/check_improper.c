/* Flat densities on sets. */
#include "dist/constraint.h"
#include "dist/transform.h"
#include "sample_tests.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20241122, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
    wicki_random_begin(w, &(wicki_random){ 1, 0, 0x9e3779b97f4a7c15u }, 0);
}

static void teardown(void)
{
    wick_free(w);
}

/* Every continuous set, with an event, and values that are outside. */
static const struct set {
    wick_constraint constraint;
    size_t rank, sizes[3];
    double outside[4];
    const char *why;
} SETS[] = {
    { { .kind = WICK_REAL }, 0, { 0 }, { INFINITY }, "value inf" },
    { { .kind = WICK_POSITIVE }, 0, { 0 }, { -0.3 }, "value -0.3 is outside the support (x > 0)" },
    { { .kind = WICK_NONNEGATIVE }, 0, { 0 }, { -0.3 }, "(x >= 0)" },
    { { .kind = WICK_SOFTPLUS_POSITIVE }, 0, { 0 }, { 0.0 }, "(x > 0)" },
    { { .kind = WICK_UNIT_INTERVAL }, 0, { 0 }, { 1.2 }, "(0 < x < 1)" },
    { { .kind = WICK_INTERVAL, .lower = -1.5, .upper = 2.5 }, 0, { 0 }, { 2.6 },
        "value 2.6 is outside the support (-1.5 <= x <= 2.5)" },
    { { .kind = WICK_GREATER_THAN, .lower = 3.0, .upper = INFINITY }, 0, { 0 }, { 2.9 },
        "value 2.9 is outside the support (3 <= x)" },
    { { .kind = WICK_LESS_THAN, .lower = -INFINITY, .upper = 3.0 }, 0, { 0 }, { 3.1 },
        "value 3.1 is outside the support (x <= 3)" },
    { { .kind = WICK_POSITIVE }, 2, { 2, 2 }, { 0.4, 1.5, 0.7, -2.0 }, "value -2 at [1][1]" },
    { { .kind = WICK_ORDERED }, 1, { 3 }, { -0.4, 1.5, 1.5 }, "(x_1 < x_2 < ...)" },
    { { .kind = WICK_POSITIVE_ORDERED }, 1, { 2 }, { -0.4, 1.5 }, "value -0.4 at [0]" },
    { { .kind = WICK_SIMPLEX }, 1, { 3 }, { 0.2, 0.3, 0.6 }, "value sums to 1.1" },
    { { .kind = WICK_SIMPLEX }, 2, { 2, 2 }, { 0.2, 0.8, 0.5, 0.6 }, "value sums to 1.1" },
    { { .kind = WICK_SUM_TO_ZERO }, 1, { 3 }, { 0.2, 0.3, -0.6 }, "value sums to -0.1" },
    { { .kind = WICK_LOWER_CHOLESKY }, 2, { 2, 2 }, { 1.2, 0.0, 0.3, -0.6 },
        "value -0.6 at [1][1]" },
    { { .kind = WICK_CORR_CHOLESKY }, 2, { 2, 2 }, { 1.0, 0.0, 0.3, 0.6 },
        "value has squares that sum to 0.45" },
    { { .kind = WICK_POSITIVE_DEFINITE }, 2, { 2, 2 }, { 1.0, 2.0, 2.0, 1.0 },
        "value has the pivot -3" },
};

enum { N_SETS = sizeof SETS / sizeof *SETS, SOME = 1000 };

static wick_dist flat_on(const struct set *s)
{
    return wick_improper_uniform_array(s->constraint, s->rank, s->sizes);
}

static const wick_node *density_at(wick_dist dist, wick_var x)
{
    const wick_node *node = wicki_node_of(w, "test", wick_log_prob(w, dist, x));

    assert_ok(w);
    ck_assert_ptr_nonnull(node);
    return node;
}

/* --- in the set and outside -------------------------------------------------------------------- */

static const wick_node *some_draws(wick_dist dist)
{
    const wick_node *x = NULL;

    WICK_PLATE (w, "draws", SOME)
        x = wicki_dist_draw(w, &dist);
    assert_ok(w);
    return x;
}

static void assert_inside(const struct set *s, const wick_node *x)
{
    double *q = calloc(SOME * x->elements, sizeof *q);
    char reason[160] = "";

    for (size_t m = 0; m < SOME; m++) {
        ck_assert_msg(wicki_constraint_holds(s->constraint, s->rank, s->sizes, x->value + m, SOME,
                          reason, sizeof reason),
            "%s", reason);
        const size_t n =
            wicki_biject_inverse(s->constraint, s->rank, s->sizes, x->value + m, q + m, SOME);
        ck_assert_uint_gt(n, 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_lt(fabs(q[i * SOME + m]), 2.0 + 1e-9);
    }
    free(q);
}

START_TEST(draws_lie_in_the_set_at_coordinates_between_minus_2_and_2)
{
    const struct set *s = &SETS[_i];
    const wick_node *x = some_draws(flat_on(s));
    const wick_node *density = density_at(flat_on(s), wicki_var_of(w, x));

    ck_assert_uint_eq(x->rank, s->rank);
    for (size_t i = 0; i < s->rank; i++)
        ck_assert_uint_eq(x->event[i], s->sizes[i]);
    assert_inside(s, x);
    ck_assert_uint_eq(density->members, SOME);
    for (size_t m = 0; m < SOME; m++)
        ck_assert_double_eq(density->value[m], 0.0);
}
END_TEST

START_TEST(coordinates_of_draws_are_uniform)
{
    const double moments[] = { 0.0, 4.0 / 3.0, 0.0, 1.8 };
    const wick_node *x = draw_many(w, wick_improper_uniform(wick_real(), 2));

    ck_assert_double_lt(four_moments_deviate(x->value, moments), Z_LIMIT);
    ck_assert_double_lt(four_moments_deviate(x->value + N, moments), Z_LIMIT);
}
END_TEST

START_TEST(outside_the_density_is_0_and_says_why)
{
    const struct set *s = &SETS[_i];
    const wick_var x = wick_const_array(w, s->outside, s->rank, s->sizes);
    const wick_node *density = density_at(flat_on(s), x);
    char text[256] = "";

    ck_assert_double_eq(density->value[0], -INFINITY);
    density->op->explain(density, 0, text, sizeof text);
    ck_assert_msg(strstr(text, s->why), "no '%s' in \"%s\"", s->why, text);
}
END_TEST

START_TEST(a_nan_stays_one)
{
    const double pair[] = { 0.4, NAN };

    ck_assert_double_nan(
        density_at(wick_improper_uniform(wick_positive()), wick_num(w, NAN))->value[0]);
    ck_assert_double_nan(
        density_at(wick_improper_uniform(wick_ordered(), 2), wick_const(w, pair, 2))->value[0]);
}
END_TEST

START_TEST(members_and_copies_count_for_themselves)
{
    const double bounds[] = { 0.3, -0.2, 0.5 };
    const double rows[] = { 0.2, 0.8, -0.1, 0.4, 1.5, 1.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2 };
    const wick_dist pairs = wick_improper_uniform(wick_ordered(), 2, 2);

    WICK_PLATE (w, "rows", 3) {
        const wick_node *one = density_at(pairs, wick_data(w, rows, 12, 2, 2));
        ck_assert_double_eq(one->value[0], 0.0);
        ck_assert_double_eq(one->value[1], -INFINITY);
        ck_assert_double_eq(one->value[2], 0.0);
        const wick_var lower = wick_data(w, bounds, 3);
        const wick_node *above =
            density_at(wick_improper_uniform(wick_greater_than(lower)), wick_num(w, 0.4));
        ck_assert_double_eq(above->value[1], 0.0);
        ck_assert_double_eq(above->value[2], -INFINITY);
    }
    const wick_dist iid = wick_iid(wick_improper_uniform(wick_simplex(), 2), 3);
    const wick_node *x = some_draws(iid);
    ck_assert_uint_eq(x->rank, 2);
    ck_assert_uint_eq(x->event[0], 3);
    ck_assert_uint_eq(x->event[1], 2);
}
END_TEST

START_TEST(what_the_mask_hides_is_not_looked_at)
{
    const double x[] = { 0.4, -1.0, 2.0 }, mask[] = { 1.0, 0.0, 1.0 };
    const wick_dist positive = wick_improper_uniform(wick_positive());

    ck_assert_double_eq(
        density_at(wick_masked(w, positive, wick_const(w, mask, 3)), wick_const(w, x, 3))->value[0],
        0.0);
}
END_TEST

/* --- in a model -------------------------------------------------------------------------------- */

/* A density on ordered pairs by a factor: standard normals, given the order. */
static void ordered_pair(wick *h, void *arg)
{
    const wick_var x = wick_sample(h, "x", wick_improper_uniform(wick_ordered(), 2));

    (void)arg;
    wick_factor(h, "prior of x", wick_log_prob(h, wick_normal(0.0, 1.0), x));
}

/* The larger of two standard normals has the mean 1 / sqrt(pi). */
START_TEST(with_a_factor_it_is_a_distribution_on_the_set)
{
    wick_potential *p = wick_potential_new(w, (wick_program){ ordered_pair, NULL }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &(wick_mcmc_options){ .samples = 4000 });

    ck_assert_msg(wick_mcmc_run(m), "%s", wick_message(w));
    for (size_t e = 0; e < 2; e++) {
        const wick_chains x = wick_mcmc_draws(m, "x", e);
        double mean = 0.0;
        for (size_t i = 0; i < x.chains * x.n; i++)
            mean += x.draws[i] / (double)(x.chains * x.n);
        const double error = wick_mcse_mean(w, x), want = e ? 1.0 : -1.0;
        ck_assert_double_lt(error, 0.02);
        ck_assert_double_lt(fabs(mean - want / sqrt(acos(-1.0))), Z_LIMIT * error);
    }
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

static const double SEEN[] = { 1.3, -0.4, 2.2, 0.7 };

static void flat_mean(wick *h, void *arg)
{
    const wick_var mu = wick_sample(h, "mu", wick_improper_uniform(wick_real()));

    (void)arg;
    WICK_PLATE (h, "data", 4)
        wick_observe(h, "x", wick_normal(mu, 1.5), wick_data(h, SEEN, 4));
}

/* The posterior is normal: the mean of the data, and 1.5 / sqrt(4). */
START_TEST(an_autoguide_covers_it)
{
    const wick_program model = { flat_mean, NULL };
    wick_guide *point = wick_auto_laplace_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(point), &(wick_svi_options){ .optim = wick_lbfgs() });
    double loc, scale;

    for (int i = 0; i < 20; i++)
        wick_svi_step(svi);
    wick_guide *guide = wick_laplace_approximation(point, NULL);
    assert_ok(w);
    wick_param_get(w, "AutoLaplace.loc", &loc, 1);
    wick_param_get(w, "AutoLaplace.scale_tril", &scale, 1);
    assert_close(loc, 0.95, 1e-9);
    assert_close(scale, 0.75, 1e-9);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_guide_free(point);
}
END_TEST

/* --- mistakes ---------------------------------------------------------------------------------- */

static void use(wick_dist dist)
{
    wicki_dist_draw(w, &dist);
}

START_TEST(mistakes_are_explained)
{
    const wick_constraint discrete = wick_support(wick_bernoulli(0.3));

    use(wick_improper_uniform(discrete));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_improper_uniform: boolean is discrete");
    wick_log_prob(w, wick_improper_uniform(discrete), wick_num(w, 1.0));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_improper_uniform: boolean is discrete");
    use(wick_improper_uniform(wick_ordered()));
    assert_error(w, WICK_ERR_SHAPE, "wick_improper_uniform: got no size for ordered", ": n after");
    wick_log_prob(w, wick_improper_uniform(wick_ordered()), wick_fill(w, 0.5, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_improper_uniform: got no size for ordered");
    use(wick_improper_uniform(wick_positive_definite(), 2, 3));
    assert_error(w, WICK_ERR_SHAPE, "got no size for positive_definite", "equal: n, n after");
    wick_log_prob(w, wick_improper_uniform(wick_ordered(), 2), wick_fill(w, 0.5, 3));
    assert_error(w, WICK_ERR_SHAPE, "the last axis of the value has size 3, need 2");
    wick_log_prob(w, wick_improper_uniform(wick_positive(), 2), wick_fill(w, 0.5, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_improper_uniform", "[3]", "[2]");
    use(wick_improper_uniform(wick_real(), 2, 1, 2, 1, 2));
    assert_error(w, WICK_ERR_SHAPE, "more than 4 event axes");
    use(wick_improper_uniform(wick_interval(2.0, 1.0)));
    assert_error(w, WICK_ERR_DOMAIN, "wick_improper_uniform: interval from 2 to 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("improper");
    TCase *tests = new_case(suite, "improper");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, draws_lie_in_the_set_at_coordinates_between_minus_2_and_2, 0, N_SETS);
    tcase_add_test(tests, coordinates_of_draws_are_uniform);
    tcase_add_loop_test(tests, outside_the_density_is_0_and_says_why, 0, N_SETS);
    tcase_add_test(tests, a_nan_stays_one);
    tcase_add_test(tests, members_and_copies_count_for_themselves);
    tcase_add_test(tests, what_the_mask_hides_is_not_looked_at);
    tcase_add_test(tests, with_a_factor_it_is_a_distribution_on_the_set);
    tcase_add_test(tests, an_autoguide_covers_it);
    tcase_add_test(tests, mistakes_are_explained);
    return run_suite(suite);
}
