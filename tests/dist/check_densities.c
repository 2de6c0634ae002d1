/* Densities against mpmath, their integrals against 1, and what they say of bad numbers. */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"
#include "quadrature.h"
#include "rows.h"

static wick *w;

static void setup(void)
{
    w = wick_new(NULL);
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- values ---------------------------------------------------------------------------------- */

static wick_var constant(const double *values, size_t n, size_t axes)
{
    return wick_const_array(w, values, axes, (size_t[]){ n, n });
}

static bool same(double got, double want, double tolerance)
{
    if (isnan(want) || isinf(want))
        return isnan(want) ? isnan(got) : got == want;
    return fabs(got - want) <= tolerance * DBL_EPSILON * fmax(1, fabs(want));
}

START_TEST(densities_match_mpmath)
{
    const wick_dist_type *type = wicki_dists[_i];
    size_t rows = 0;

    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(DENSITIES[i].name, type->name) != 0)
            continue;
        wick_dist dist = { .type = type };
        for (size_t j = 0; j < type->n_parameters; j++)
            dist.parameter[j].var =
                constant(DENSITIES[i].parameter[j], DENSITIES[i].n, type->parameter_rank[j]);
        const wick_var x = constant(DENSITIES[i].x, DENSITIES[i].n, type->event_rank);
        const double got = wick_value(wick_log_prob(w, dist, x));
        assert_ok(w);
        ck_assert_msg(same(got, DENSITIES[i].want, point_of(type)->accuracy),
            "row %zu, %s at %a with %a, %a: %.17g, not %.17g", i, type->name, DENSITIES[i].x[0],
            DENSITIES[i].parameter[0][0], DENSITIES[i].parameter[1][0], got, DENSITIES[i].want);
        wick_reset(w);
        rows++;
    }
    ck_assert_msg(rows >= 20, "%s has %zu rows of reference values", type->name, rows);
}
END_TEST

START_TEST(constructors_set_type_and_parameters_in_order)
{
    const wick_var v = wick_fill(w, 0.5, 3), m = wick_eye(w, 3);
    const wick_dist made[] = { wick_normal(0.1, 0.2), wick_lognormal(0.1, 0.2),
        wick_half_normal(0.1), wick_uniform(0.1, 0.2), wick_exponential(0.1), wick_gamma(0.1, 0.2),
        wick_beta(0.1, 0.2), wick_dirichlet(v), wick_multivariate_normal(v, m), wick_delta(0.1),
        wick_bernoulli(0.1), wick_bernoulli_logits(0.1), wick_categorical(v), wick_cauchy(0.1, 0.2),
        wick_half_cauchy(0.1), wick_laplace(0.1, 0.2), wick_logistic(0.1, 0.2),
        wick_gumbel(0.1, 0.2), wick_weibull(0.1, 0.2), wick_pareto(0.1, 0.2),
        wick_kumaraswamy(0.1, 0.2), wick_von_mises(0.1, 0.2),
        wick_truncated_normal(0.1, 0.2, 0.3, 0.4), wick_student_t(0.1, 0.2, 0.3),
        wick_inverse_gamma(0.1, 0.2), wick_chi2(0.1), wick_categorical_logits(v), wick_poisson(0.1),
        wick_binomial(0.1, 0.2), wick_binomial_logits(0.1, 0.2), wick_beta_binomial(0.1, 0.2, 0.3),
        wick_geometric(0.1), wick_geometric_logits(0.1), wick_negative_binomial(0.1, 0.2),
        wick_negative_binomial_logits(0.1, 0.2), wick_gamma_poisson(0.1, 0.2),
        wick_discrete_uniform(0.1, 0.2), wick_one_hot_categorical(v),
        wick_one_hot_categorical_logits(v), wick_multinomial(0.1, v),
        wick_multinomial_logits(0.1, v), wick_dirichlet_multinomial(v, 0.2),
        wick_low_rank_multivariate_normal(v, m, v), wick_multivariate_student_t(0.1, v, m),
        wick_lkj_cholesky(3, 0.2), wick_wishart(0.1, m), wick_unit(0.1) };
    size_t found = 0;

    for (size_t t = 0; t < wicki_n_dists; t++)
        for (size_t i = 0; i < sizeof made / sizeof *made; i++)
            found += made[i].type == wicki_dists[t];
    ck_assert_uint_eq(found, wicki_n_dists);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        for (size_t j = 0; j < made[i].type->n_parameters; j++) {
            const wick_argument *p = &made[i].parameter[j];
            const uint8_t rank = made[i].type->parameter_rank[j];
            if (rank > 0)
                ck_assert_uint_eq(p->var.node, (rank == 2 ? m : v).node);
            else
                ck_assert_double_eq_tol(p->number,
                    is_named(made[i].type, "lkj_cholesky") && j == 0 ? 3 : 0.1 * (double)(j + 1),
                    1e-15);
        }
}
END_TEST

/* --- copies ---------------------------------------------------------------------------------- */

START_TEST(independent_copies_add_up)
{
    const wick_dist_type *type = wicki_dists[_i];
    const size_t n = point_of(type)->n, own = power(n, type->event_rank);
    wick_node *parameter[WICK_MAX_PARAMETERS];
    wick_node *x = wicki_leaf(w, NULL, 2 + type->event_rank, (size_t[]){ 2, 3, n, n }, 0, false);
    double sum = 0, scalar[MOST];

    for (size_t j = 0; j < type->n_parameters; j++)
        parameter[j] = input(w, type, j + 1, 0, 0);
    const wick_dist dist = dist_of(w, type, parameter);
    for (size_t i = 0; i < 6; i++) {
        for (size_t e = 0; e < own; e++)
            x->value[i * own + e] = scalar[e] = type->event_rank == 2 ? point_of(type)->x[e]
                : type->support.kind == WICK_SIMPLEX ? point_of(type)->x[(e + i) % own]
                : is_named(type, "delta")            ? parameter[0]->value[0]
                                                     : moved(type, 0, e, i);
        sum += wick_value(wick_log_prob(w, dist, constant(scalar, n, type->event_rank)));
    }
    const wick_var v = wicki_var_of(w, x);
    const wick_dist nested = wick_iid(wick_iid(dist, 3), 2);
    const double all = wick_value(wick_log_prob(w, wick_iid(dist, 2, 3), v));
    assert_ok(w);
    ck_assert_double_eq_tol(all, sum, 1e-13 * (1 + fabs(sum)));
    ck_assert_double_eq(wick_value(wick_log_prob(w, nested, v)), all);
    wick_log_prob(w, wick_iid(dist, 3, 2), v);
    ck_assert_int_eq(wick_status(w), WICK_ERR_SHAPE);
}
END_TEST

/* Parameters with an event of their own: two copies of normal((-0.3, 1.7), (0.4, 2.1)). */
START_TEST(copies_of_a_distribution_with_an_event_repeat_its_parameters)
{
    const double loc[] = { -0.3, 1.7 }, scale[] = { 0.4, 2.1 }, x[] = { 0.1, 1.3, -0.9, 5.2 };
    const wick_dist dist = wick_normal(wick_const(w, loc, 2), wick_const(w, scale, 2));
    const wick_var got = wick_log_prob(w, wick_iid(dist, 2), wick_const(w, x, 2, 2));
    double want = 0;

    for (int i = 0; i < 4; i++) {
        const double z = (x[i] - loc[i % 2]) / scale[i % 2];
        want -= 0.5 * z * z + log(scale[i % 2]) + 0.5 * log(2 * acos(-1));
    }
    ck_assert_double_eq_tol(wick_value(got), want, 1e-13);
}
END_TEST

START_TEST(a_point_mass_at_its_own_value_has_density_0_even_if_it_is_nan)
{
    wick_node *x = over(w, plate(w, "a", 5), weight);

    x->value[3] = NAN;
    const wick_dist dist = wick_delta(wicki_var_of(w, x));
    const wick_node *density = wicki_log_prob(w, &dist, x, NULL);
    assert_ok(w);
    ck_assert_uint_eq(density->members, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq(density->value[i], 0);
}
END_TEST

/* --- shapes that do not fit ------------------------------------------------------------------ */

START_TEST(shapes_that_do_not_fit_are_named)
{
    wick_log_prob(w, wick_normal(wick_fill(w, 0.3, 4), 1.3), wick_fill(w, 0.3, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_normal: value is [3], loc is [4]");
    wick_log_prob(w, wick_dirichlet(wick_num(w, 0.3)), wick_fill(w, 0.3, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_dirichlet: concentration is a scalar, need a vector");
    wick_log_prob(w, wick_dirichlet(wick_fill(w, 0.3, 4)), wick_fill(w, 0.3, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_dirichlet: value is [3], need a last axis of size 4");
    wick_log_prob(w, wick_multivariate_normal(wick_fill(w, 0.3, 4), wick_fill(w, 0.3, 3, 4)),
        wick_fill(w, 0.3, 4));
    assert_error(w, WICK_ERR_SHAPE, "scale_tril is [3][4], need a square matrix");
    wick_log_prob(w, wick_iid(wick_normal(0.3, 1.3), 5), wick_fill(w, 0.3, 3));
    assert_error(w, WICK_ERR_SHAPE, "value is [3], need [5]");
    wick_log_prob(w, wick_iid(wick_iid(wick_normal(0.3, 1.3), 5, 2), 2, 2, 3), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_SHAPE, "more than 4 event axes");
    wick_log_prob(w, (wick_dist){ .type = NULL }, wick_num(w, 0.3));
    assert_error(w, WICK_ERR_STATE, "never set");
}
END_TEST

/* --- explanations ---------------------------------------------------------------------------- */

static void explained(wick_dist dist, wick_var x, size_t element, const char *want)
{
    const wick_node *node = wicki_log_prob(w, &dist, w->tape->node[x.node], NULL);
    char text[256] = "";

    assert_ok(w);
    ck_assert(!isfinite(node->value[element]));
    node->op->explain(node, element, text, sizeof text);
    ck_assert_str_eq(text, want);
}

START_TEST(what_is_not_finite_is_explained)
{
    const double bad[] = { 0.7, 0.3, -1, 2.1 }, nan[] = { 0.7, 0.3, 0.4, NAN };
    const double tril[] = { 1.3, 7, -0.4, -0.6 }, none[] = { 0, 0, 0 };
    const wick_var v = wick_const(w, bad, 4), one = wick_num(w, 0.7), outside = wick_num(w, -1);

    explained(wick_normal(0.3, v), one, 0, "scale at [2] is -1, must be positive");
    explained(wick_normal(0.3, -1), one, 0, "scale is -1, must be positive");
    explained(wick_normal(0.3, 1.3), wick_const(w, nan, 4), 0, "value at [3] is nan");
    explained(wick_exponential(1.3), outside, 0, "value -1 is outside the support (x >= 0)");
    explained(wick_gamma(1.3, 0.4), v, 0, "value -1 at [2] is outside the support (x > 0)");
    explained(wick_beta(1.3, 0.4), outside, 0, "value -1 is outside the support (0 < x < 1)");
    explained(
        wick_uniform(0.25, 1.5), outside, 0, "value -1 is outside the support (0.25 <= x <= 1.5)");
    explained(
        wick_uniform(0.25, -1.5), one, 0, "low is 0.25, must be less than high, which is -1.5");
    explained(wick_bernoulli(1.25), one, 0, "probs is 1.25, must be from 0 to 1");
    explained(wick_bernoulli(0.25), one, 0, "value 0.7 is outside the support (0 or 1)");
    explained(wick_categorical(v), one, 0, "probs at [2] is -1, must be nonnegative");
    explained(wick_categorical(wick_const(w, none, 3)), one, 0, "probs sum to 0");
    explained(wick_categorical_logits(v), wick_num(w, 4), 0,
        "value 4 is outside the support (0 <= x <= 3, an integer)");
    explained(wick_poisson(-0.25), one, 0, "rate is -0.25, must be nonnegative");
    explained(wick_poisson(INFINITY), one, 0, "rate is inf, must be finite");
    explained(wick_poisson(2.5), one, 0, "value 0.7 is outside the support (x >= 0, an integer)");
    explained(wick_multivariate_normal(wick_fill(w, 0.3, 2), wick_const(w, tril, 2, 2)),
        wick_fill(w, 0.3, 2), 0, "scale_tril at [1][1] is -0.6, must be positive on the diagonal");
    explained(wick_dirichlet(wick_fill(w, 0.3, 4)), wick_fill(w, 0.375, 4), 0,
        "value sums to 1.5, outside the support (x >= 0, sum 1)");
    explained(wick_pareto(1.25, 0.4), one, 0, "value 0.7 is outside the support (1.25 <= x)");
    explained(wick_truncated_normal(0.3, 0.4, 1.5, INFINITY), one, 0,
        "value 0.7 is outside the support (1.5 <= x <= inf)");
    explained(wick_truncated_normal(0.3, 0.4, 1.5, 0.5), one, 0,
        "low is 1.5, must be less than high, which is 0.5");
    explained(wick_half_cauchy(-0.25), one, 0, "scale is -0.25, must be positive");
    explained(wick_von_mises(0.3, 0), one, 0, "concentration is 0, must be positive");
    explained(wick_unit(wick_num(w, -INFINITY)), one, 0, "log_factor is -inf, must be finite");
}
END_TEST

START_TEST(the_member_to_blame_is_found_over_plates)
{
    const uint32_t a = plate(w, "a", 7), b = plate(w, "b", 3);
    wick_node *x = over(w, a, weight), *scale = over(w, wicki_set_union(w, a, b), weight);

    scale->value[7 + 4] = -0.5;
    explained(wick_normal(0.3, wicki_var_of(w, scale)), wicki_var_of(w, x), 7 + 4,
        "scale is -0.5, must be positive");
    x->value[4] = NAN;
    explained(wick_normal(0.3, wicki_var_of(w, scale)), wicki_var_of(w, x), 4, "value is nan");
}
END_TEST

/* --- integrals ------------------------------------------------------------------------------- */

/* Nodes and weights of double-exponential rules, t from -4 to 4 (Takahasi & Mori 1974). */
enum { NODES = 401 };

static void rule(wick_constraint c, double *x, double *dx)
{
    const double h = 8.0 / (NODES - 1), half_pi = acos(0);

    for (int i = 0; i < NODES; i++) {
        const double t = -4 + h * i, s = half_pi * sinh(t), ds = half_pi * cosh(t) * h;
        const bool unit = c.kind == WICK_UNIT_INTERVAL;
        x[i] = unit ? 1 / (1 + exp(-2 * s)) : sinh(s);
        dx[i] = unit ? ds / (2 * cosh(s) * cosh(s)) : cosh(s) * ds;
    }
}

static double integral_1(wick_dist dist)
{
    const struct nodes nodes = nodes_of(w, dist, NAN);
    double *density = values_at(w, nodes.n, nodes.x, dist, wick_log_prob), sum = 0;

    assert_ok(w);
    for (size_t i = 0; i < nodes.n; i++)
        sum += nodes.weight[i] > 0 ? exp(density[i]) * nodes.weight[i] : 0;
    free(density);
    return sum;
}

/* Over the plane, or over the triangle x_1 = u, x_2 = (1 - u) v. */
static double integral_2(wick_dist dist, bool triangle)
{
    double at[NODES], weights[NODES], sum = 0;
    const size_t sizes[] = { triangle ? 3 : 2 }, n = (size_t)NODES * NODES;
    wick_node *x = wicki_leaf(w, NULL, 1, sizes, plate(w, "nodes", n), false);

    rule(triangle ? wick_unit_interval() : wick_real(), at, weights);
    for (size_t i = 0; i < n; i++) {
        const double u = at[i / NODES], v = at[i % NODES];
        x->value[i] = u;
        x->value[n + i] = triangle ? (1 - u) * v : v;
        if (triangle)
            x->value[2 * n + i] = (1 - u) * (1 - v);
    }
    const wick_node *density = wicki_log_prob(w, &dist, x, NULL);
    assert_ok(w);
    for (size_t i = 0; i < n; i++) {
        const double area =
            weights[i / NODES] * weights[i % NODES] * (triangle ? 1 - at[i / NODES] : 1);
        sum += area > 0 ? exp(density->value[i]) * area : 0;
    }
    return sum;
}

/* Of the infinite supports the first 60 values, which is all for the parameters here. */
static double sum_of(wick_dist dist)
{
    const wick_constraint support = wick_support(dist);
    const bool finite = support.upper < INFINITY;
    const size_t n = finite ? wicki_dist_cardinality(w, &dist) : 60;
    double sum = 0;

    ck_assert_uint_gt(n, 1);
    for (size_t k = 0; k < n; k++)
        sum += exp(wick_value(wick_log_prob(w, dist, wick_num(w, support.lower + (double)k))));
    return sum;
}

START_TEST(densities_integrate_to_1)
{
    const wick_dist_type *type = wicki_dists[_i];
    wick_node *parameter[WICK_MAX_PARAMETERS];

    if (is_named(type, "delta") || is_named(type, "unit"))
        return; /* no density on the line */
    if ((type->event_rank > 0 && is_discrete(type)) || type->event_rank == 2)
        return; /* see check_counts.c and check_multivariate.c */
    for (size_t j = 0; j < type->n_parameters; j++)
        parameter[j] = input(w, type, j + 1, 0, 0);
    const wick_dist dist = dist_of(w, type, parameter);
    if (type->event_rank == 1 && type->support.kind == WICK_REAL) {
        const double loc[] = { 0.3, -0.8 }, tril[] = { 1.3, 0, -0.6, 0.7 };
        const wick_var m = wick_const(w, loc, 2), l = wick_const(w, tril, 2, 2);
        const wick_dist plane = is_named(type, "multivariate_normal")
            ? wick_multivariate_normal(m, l)
            : is_named(type, "multivariate_student_t")
            ? wick_multivariate_student_t(3.7, m, l)
            : wick_low_rank_multivariate_normal(m, l, wick_fill(w, 0.3, 2));
        ck_assert_ptr_eq(plane.type, type);
        ck_assert_double_eq_tol(integral_2(plane, false), 1, 1e-8);
    } else if (is_named(type, "dirichlet")) {
        ck_assert_double_eq_tol(integral_2(dist, true), 1, 1e-8);
    } else {
        ck_assert_double_eq_tol(is_discrete(type) ? sum_of(dist) : integral_1(dist), 1,
            is_discrete(type) ? 1e-12 : 1e-8);
    }
}
END_TEST

/* --- larger matrices ------------------------------------------------------------------------- */

/* D = 40 is more than the stack holds. With a unit lower bidiagonal L (L_ii = 1, L_i,i-1 = -1),
 * t is the running sum of x. */
START_TEST(a_large_multivariate_normal_solves_its_triangle)
{
    enum { D = 40 };
    static double tril[D * D], x[D];
    double t = 0, want = -0.5 * D * log(2 * acos(-1));

    for (size_t i = 0; i < D; i++) {
        tril[i * D + i] = 1;
        if (i > 0)
            tril[i * D + i - 1] = -1;
        x[i] = scatter(i);
        t += x[i];
        want -= 0.5 * t * t;
    }
    const wick_dist dist = wick_multivariate_normal(wick_fill(w, 0, D), wick_const(w, tril, D, D));
    ck_assert_double_eq_tol(wick_value(wick_log_prob(w, dist, wick_const(w, x, D))), want, 1e-12);
}
END_TEST

START_TEST(supports_and_cardinalities_are_known)
{
    const wick_dist c = wick_categorical(wick_fill(w, 0.3, 5)), b = wick_bernoulli(0.3);
    const wick_dist u = wick_uniform(-0.3, 1.7), n = wick_normal(0, 1), p = wick_poisson(2.5);
    const wick_dist many = wick_iid(b, 3), rows = wick_categorical(wick_fill(w, 0.3, 2, 5));

    ck_assert_uint_eq(wicki_dist_cardinality(w, &c), 5);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &b), 2);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &n), 0);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &p), 0);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &many), 0);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &rows), 0);
    ck_assert_double_eq(wick_support(c).upper, 4);
    ck_assert_double_eq(wick_support(u).lower, -0.3);
    ck_assert_double_eq(wick_support(u).upper, 1.7);
    ck_assert_str_eq(wick_constraint_name(wick_support(wick_beta(0.3, 0.4))), "unit_interval");
    ck_assert(wick_enumerate(b).enumerate && !b.enumerate);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("densities");
    TCase *values = new_case(suite, "values");

    tcase_add_checked_fixture(values, setup, teardown);
    tcase_add_loop_test(values, densities_match_mpmath, 0, TYPES);
    tcase_add_test(values, constructors_set_type_and_parameters_in_order);
    tcase_add_loop_test(values, densities_integrate_to_1, 0, TYPES);
    tcase_add_loop_test(values, independent_copies_add_up, 0, TYPES);
    tcase_add_test(values, copies_of_a_distribution_with_an_event_repeat_its_parameters);
    tcase_add_test(values, a_point_mass_at_its_own_value_has_density_0_even_if_it_is_nan);
    tcase_add_test(values, a_large_multivariate_normal_solves_its_triangle);
    tcase_add_test(values, supports_and_cardinalities_are_known);
    tcase_add_test(values, shapes_that_do_not_fit_are_named);
    tcase_add_test(values, what_is_not_finite_is_explained);
    tcase_add_test(values, the_member_to_blame_is_found_over_plates);
    return run_suite(suite);
}
