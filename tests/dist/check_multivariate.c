/*
 * Distributions of vectors and matrices: forms of a normal against each other; integrals, moments,
 * entropies and divergences against sums over a grid of unconstrained coordinates; what they say of
 * bad numbers. Their draws are in check_multivariate_draws.c.
 */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"

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

static const wick_node *node_of(wick_var x)
{
    assert_ok(w);
    return w->tape->node[x.node];
}

/* --- forms of a multivariate normal ---------------------------------------------------------- */

static const double LOC[] = { -0.4, 0.3, 1.7 }, X[] = { 0.73, -1.1, 2.3 },
                    TRIL[] = { 1.3, 0, 0, -0.6, 0.9, 0, 0.4, 1.1, 2.2 };

static double density_at(wick_dist dist, const double *x, size_t n)
{
    return wick_value(wick_log_prob(w, dist, wick_const(w, x, n)));
}

START_TEST(all_forms_of_a_covariance_give_one_density)
{
    const wick_var loc = wick_const(w, LOC, 3), l = wick_const(w, TRIL, 3, 3);
    const wick_var covariance = wick_matmul(l, wick_transpose(l));
    const wick_var inverse = wick_solve_triangular(l, wick_eye(w, 3));
    const wick_var precision = wick_matmul(wick_transpose(inverse), inverse);
    const double want = density_at(wick_multivariate_normal(loc, l), X, 3);
    const double scale[] = { 0.4, 2.1, 0.9 };
    double independent = 0;

    assert_close(
        density_at(wick_multivariate_normal_covariance(loc, covariance), X, 3), want, 1e-13);
    assert_close(density_at(wick_multivariate_normal_precision(loc, precision), X, 3), want, 1e-13);
    for (int i = 0; i < 3; i++)
        independent += log_normal(X[i], LOC[i], scale[i]);
    const wick_dist diagonal = wick_multivariate_normal_diagonal(loc, wick_const(w, scale, 3));
    assert_close(density_at(diagonal, X, 3), independent, 1e-14);
}
END_TEST

static wick_var density_of_form(int form, const double *matrix, wick_node **m)
{
    static const size_t sizes[] = { 3, 3 };
    const wick_var loc = wick_const(w, LOC, 3);

    *m = wicki_leaf(w, NULL, 2, sizes, 0, true);
    memcpy((*m)->value, matrix, 9 * sizeof *matrix);
    const wick_var v = wicki_var_of(w, *m);
    return wick_log_prob(w,
        form ? wick_multivariate_normal_precision(loc, v)
             : wick_multivariate_normal_covariance(loc, v),
        wick_const(w, X, 3));
}

/* An entry and the one across the diagonal, moved together. */
START_TEST(gradients_flow_to_covariance_and_precision)
{
    const double a[] = { 2.1, -0.7, 0.4, -0.7, 1.9, 0.3, 0.4, 0.3, 3.3 }, h = 1e-3;
    wick_node *m, *moved_m;
    double f[7];

    for (int form = 0; form < 2; form++) {
        wick_backward(density_of_form(form, a, &m));
        assert_ok(w);
        double slope[9];
        memcpy(slope, m->adjoint, sizeof slope);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j <= i; j++) {
                for (int s = -3; s <= 3; s++) {
                    double b[9];
                    memcpy(b, a, sizeof b);
                    b[3 * i + j] = b[3 * j + i] = a[3 * i + j] + s * h;
                    f[s + 3] = wick_value(density_of_form(form, b, &moved_m));
                }
                const double want =
                    (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
                assert_close(slope[3 * i + j] + (i == j ? 0 : slope[3 * j + i]), want, 1e-9);
            }
    }
}
END_TEST

START_TEST(a_matrix_that_is_no_covariance_is_an_error)
{
    const double skew[] = { 3, -0.3, -2, 9 }, indefinite[] = { 1, 2, 2, 1 };
    const wick_var loc = wick_fill(w, 0.3, 2);

    wick_multivariate_normal_covariance(loc, wick_const(w, skew, 2, 2));
    assert_error(w, WICK_ERR_DOMAIN, "wick_cholesky", "not symmetric");
    wick_multivariate_normal_precision(wick_fill(w, 0.3, 2), wick_const(w, indefinite, 2, 2));
    assert_error(w, WICK_ERR_NUMERIC, "not positive definite");
}
END_TEST

/* --- low rank -------------------------------------------------------------------------------- */

enum { D = 5, R = 2 };

static const double FACTOR[D * R] = { 0.7, -0.2, 1.1, 0.4, -0.3, 0.9, 0.2, 1.3, -1.2, 0.1 },
                               DIAGONAL[D] = { 0.4, 1.7, 0.09, 2.3, 0.6 },
                               CENTRE[D] = { 0.3, -1.2, 0.8, 2.1, -0.5 },
                               OTHER[D] = { 0.1, 0.7, -0.4, 1.9, 0.6 };

static wick_dist low_rank(void)
{
    return wick_low_rank_multivariate_normal(
        wick_const(w, CENTRE, D), wick_const(w, FACTOR, D, R), wick_const(w, DIAGONAL, D));
}

/* F F' + diag(d) as it stands */
static wick_dist dense(void)
{
    const wick_var f = wick_const(w, FACTOR, D, R);
    const wick_var c = wick_add(
        wick_matmul(f, wick_transpose(f)), wick_diagonal_matrix(wick_const(w, DIAGONAL, D)));

    return wick_multivariate_normal_covariance(wick_const(w, CENTRE, D), c);
}

START_TEST(a_low_rank_normal_is_the_one_of_its_covariance)
{
    const wick_dist low = low_rank(), full = dense();
    const wick_node *v = node_of(wick_dist_variance(w, low)),
                    *u = node_of(wick_dist_variance(w, full));

    assert_close(density_at(low, OTHER, D), density_at(full, OTHER, D), 1e-13);
    assert_close(
        wick_value(wick_dist_entropy(w, low)), wick_value(wick_dist_entropy(w, full)), 1e-13);
    for (int i = 0; i < D; i++) {
        assert_close(v->value[i], u->value[i], 1e-14);
        ck_assert_double_eq(node_of(wick_dist_mean(w, low))->value[i], CENTRE[i]);
    }
}
END_TEST

/* The derivatives of the same density by other ops: in factor, diagonal and mean. */
START_TEST(gradients_of_a_low_rank_normal_are_those_of_its_covariance)
{
    double slope[2][D * R + 2 * D];

    for (int form = 0; form < 2; form++) {
        wick_node *f = wicki_leaf(w, NULL, 2, (size_t[]){ D, R }, 0, true);
        wick_node *d = wicki_leaf(w, NULL, 1, (size_t[]){ D }, 0, true);
        wick_node *m = wicki_leaf(w, NULL, 1, (size_t[]){ D }, 0, true);
        memcpy(f->value, FACTOR, sizeof FACTOR);
        memcpy(d->value, DIAGONAL, sizeof DIAGONAL);
        memcpy(m->value, CENTRE, sizeof CENTRE);
        const wick_var a = wicki_var_of(w, f), v = wicki_var_of(w, d), loc = wicki_var_of(w, m);
        const wick_var c = wick_add(wick_matmul(a, wick_transpose(a)), wick_diagonal_matrix(v));
        const wick_dist dist = form ? wick_multivariate_normal_covariance(loc, c)
                                    : wick_low_rank_multivariate_normal(loc, a, v);
        wick_backward(wick_log_prob(w, dist, wick_const(w, OTHER, D)));
        assert_ok(w);
        memcpy(slope[form], f->adjoint, sizeof FACTOR);
        memcpy(slope[form] + D * R, d->adjoint, sizeof DIAGONAL);
        memcpy(slope[form] + D * R + D, m->adjoint, sizeof CENTRE);
    }
    for (size_t i = 0; i < D * R + 2 * D; i++)
        assert_close(slope[0][i], slope[1][i], 1e-12);
}
END_TEST

/* All four pairs of the forms of two normals have one divergence. */
START_TEST(divergences_do_not_depend_on_the_form)
{
    const double factor[D * 3] = { 0.1, 0.3, -0.2, 0.9, 0.4, 0.1, -0.6, 0.2, 0.8, 1.1, -0.3, 0.5,
        0.2, 0.7, -0.9 };
    const double diagonal[D] = { 1.3, 0.7, 0.4, 0.9, 2.1 };
    const wick_var f = wick_const(w, factor, D, 3), d = wick_const(w, diagonal, D),
                   loc = wick_const(w, OTHER, D);
    const wick_dist low = wick_low_rank_multivariate_normal(loc, f, d);
    const wick_dist full = wick_multivariate_normal_covariance(
        loc, wick_add(wick_matmul(f, wick_transpose(f)), wick_diagonal_matrix(d)));
    const wick_dist p[] = { low_rank(), dense() }, q[] = { low, full };
    const double want = wick_value(wick_kl_divergence(w, p[1], q[1]));

    ck_assert_double_gt(want, 1);
    for (int i = 0; i < 4; i++)
        assert_close(wick_value(wick_kl_divergence(w, p[i / 2], q[i % 2])), want, 1e-12);
    assert_close(wick_value(wick_kl_divergence(w, p[0], p[1])), 0, 1e-13);
}
END_TEST

/* --- sums over a grid ------------------------------------------------------------------------ */

enum { MOST_CELLS = 400000, MOST_DRAW = 9 };

/*
 * Trapezoidal sums over unconstrained coordinates, which integrate to about 1e-10 what decays in
 * all directions: exp(log density + log-determinant) at the points where biject_to leads.
 */
struct grid {
    size_t n; /* points */
    const wick_node *x;
    const double *log_p;
    double *mass;
};

static struct grid grid_of(
    wick_dist dist, size_t coordinates, const size_t *counts, const double *from, const double *to)
{
    static double mass[MOST_CELLS];
    const wick_constraint support = wick_support(dist);
    struct grid g = { .n = 1, .mass = mass };
    double cell = 1;

    for (size_t k = 0; k < coordinates; k++) {
        g.n *= counts[k];
        cell *= (to[k] - from[k]) / (double)(counts[k] - 1);
    }
    ck_assert_uint_le(g.n, MOST_CELLS);
    wick_node *u = wicki_leaf(w, NULL, 1, &coordinates, plate(w, "grid", g.n), false);
    for (size_t i = 0; i < g.n; i++)
        for (size_t k = 0, rest = i; k < coordinates; rest /= counts[k++])
            u->value[k * g.n + i] =
                from[k] + (to[k] - from[k]) * (double)(rest % counts[k]) / (double)(counts[k] - 1);
    const wick_var at = wicki_var_of(w, u), x = wick_biject_to(support, at);
    g.x = node_of(x);
    g.log_p = node_of(wick_log_prob(w, dist, x))->value;
    const wick_node *log_det = node_of(wick_biject_log_det(support, at));
    for (size_t i = 0; i < g.n; i++)
        mass[i] = cell * exp(g.log_p[i] + log_det->value[log_det->members == 1 ? 0 : i]);
    return g;
}

static double expected(const struct grid *g, const double *f)
{
    double sum = 0;

    for (size_t i = 0; i < g->n; i++)
        sum += g->mass[i] > 0 ? g->mass[i] * (f ? f[i] : 1) : 0;
    return sum;
}

/* Mean and variance of each element, entropy, and the divergence from q. */
static void check_against(const struct grid *g, wick_dist p, wick_dist q, double tolerance)
{
    const wick_node *mean = node_of(wick_dist_mean(w, p)),
                    *variance = node_of(wick_dist_variance(w, p));
    const double *log_q = node_of(wick_log_prob(w, q, wicki_var_of(w, g->x)))->value;
    double entropy = 0, divergence = 0;

    assert_close(expected(g, NULL), 1, tolerance);
    for (size_t e = 0; e < g->x->elements; e++) {
        const double first = expected(g, g->x->value + e * g->n);
        double second = 0;
        for (size_t i = 0; i < g->n; i++) {
            const double off = g->x->value[e * g->n + i] - first;
            second += g->mass[i] > 0 ? g->mass[i] * off * off : 0;
        }
        assert_close(mean->value[e], first, tolerance);
        assert_close(variance->value[e], second, tolerance);
    }
    for (size_t i = 0; i < g->n; i++) {
        entropy -= g->mass[i] > 0 ? g->mass[i] * g->log_p[i] : 0;
        divergence += g->mass[i] > 0 ? g->mass[i] * (g->log_p[i] - log_q[i]) : 0;
    }
    assert_close(wick_value(wick_dist_entropy(w, p)), entropy, tolerance);
    if (p.type->kl)
        assert_close(wick_value(wick_kl_divergence(w, p, q)), divergence, tolerance);
}

START_TEST(multivariate_normals_in_the_plane)
{
    const double loc[] = { 0.3, -0.8 }, tril[] = { 1.3, 0, -0.6, 0.7 },
                 other[] = { 0.9, 0, 0.4, 1.1 };
    const double from[] = { -12, -10 }, to[] = { 12, 9 };
    const wick_dist p = wick_multivariate_normal(wick_const(w, loc, 2), wick_const(w, tril, 2, 2));
    const wick_dist q = wick_multivariate_normal(wick_fill(w, 0.2, 2), wick_const(w, other, 2, 2));
    const struct grid g = grid_of(p, 2, (size_t[]){ 161, 161 }, from, to);

    check_against(&g, p, q, 1e-9);
}
END_TEST

START_TEST(lkj_factors_of_two_rows)
{
    const double from = -30, to = 30;
    const wick_dist p = wick_lkj_cholesky(2, 0.7), q = wick_lkj_cholesky(2, 3.1);
    const struct grid g = grid_of(p, 1, (size_t[]){ 401 }, &from, &to);

    check_against(&g, p, q, 1e-9);
}
END_TEST

START_TEST(lkj_factors_of_three_rows)
{
    const double from[] = { -10, -10, -12 }, to[] = { 10, 10, 12 };
    const wick_dist p = wick_lkj_cholesky(3, 1.3), q = wick_lkj_cholesky(3, 0.4);
    const struct grid g = grid_of(p, 3, (size_t[]){ 67, 67, 81 }, from, to);

    check_against(&g, p, q, 1e-8);
}
END_TEST

/* Coordinates: log L_11, L_21, log L_22 of the factor of the value. */
START_TEST(wishart_matrices_of_two_rows)
{
    const double tril[] = { 0.8, 0, -0.3, 0.6 }, other[] = { 1.1, 0, 0.2, 0.7 };
    const double from[] = { -6, -7, -7 }, to[] = { 2.2, 5.5, 1.9 };
    const wick_dist p = wick_wishart(4.7, wick_const(w, tril, 2, 2));
    const wick_dist q = wick_wishart(6.2, wick_const(w, other, 2, 2));
    const struct grid g = grid_of(p, 3, (size_t[]){ 61, 91, 61 }, from, to);

    check_against(&g, p, q, 1e-7);
}
END_TEST

/* Of one row: x = s^2 c, c chi-squared, is a gamma(df / 2, 1 / (2 s^2)). */
START_TEST(a_wishart_of_one_row_is_a_gamma)
{
    const wick_dist p = wick_wishart(2.6, wick_fill(w, 1.3, 1, 1)), q = wick_gamma(1.3, 0.5 / 1.69);

    assert_close(wick_value(wick_log_prob(w, p, wick_fill(w, 0.9, 1, 1))),
        wick_value(wick_log_prob(w, q, wick_num(w, 0.9))), 1e-14);
    assert_close(node_of(wick_dist_mean(w, p))->value[0], 1.3 / (0.5 / 1.69), 1e-14);
    assert_close(node_of(wick_dist_variance(w, p))->value[0], 1.3 / (0.25 / 1.69 / 1.69), 1e-14);
}
END_TEST

/* Entropy: E log(1 + q / df) with q / df of an F distribution is psi((df + D) / 2) - psi(df / 2);
 * here by the grid of one dimension, t = sinh u to reach the tails. */
START_TEST(a_student_t_of_one_dimension_has_its_entropy_and_moments)
{
    const double df = 5.5, scale = 1.3, h = 0.02;
    const wick_dist p =
        wick_multivariate_student_t(df, wick_fill(w, -0.4, 1), wick_fill(w, scale, 1, 1));
    double entropy = 0, mass = 0, second = 0;

    enum { NODES = 2001 };
    wick_node *x = wicki_leaf(w, NULL, 1, (size_t[]){ 1 }, plate(w, "grid", NODES), false);
    for (int i = 0; i < NODES; i++)
        x->value[i] = -0.4 + sinh(h * (i - NODES / 2));
    const double *log_p = node_of(wick_log_prob(w, p, wicki_var_of(w, x)))->value;
    for (int i = 0; i < NODES; i++) {
        const double t = h * (i - NODES / 2), share = h * cosh(t) * exp(log_p[i]);
        mass += share;
        second += share * sinh(t) * sinh(t);
        entropy -= share * log_p[i];
    }
    assert_close(mass, 1, 1e-12);
    assert_close(wick_value(wick_dist_entropy(w, p)), entropy, 1e-11);
    assert_close(node_of(wick_dist_variance(w, p))->value[0], second, 1e-10);
    ck_assert_double_eq(node_of(wick_dist_mean(w, p))->value[0], -0.4);
}
END_TEST

START_TEST(moments_of_a_student_t_exist_for_enough_degrees_only)
{
    const wick_var loc = wick_fill(w, 0.3, 2), l = wick_eye(w, 2);

    ck_assert(isnan(node_of(wick_dist_mean(w, wick_multivariate_student_t(1, loc, l)))->value[1]));
    ck_assert(
        isnan(node_of(wick_dist_variance(w, wick_multivariate_student_t(0.9, loc, l)))->value[0]));
    ck_assert_double_eq(
        node_of(wick_dist_variance(w, wick_multivariate_student_t(1.5, loc, l)))->value[0],
        INFINITY);
    assert_close(
        node_of(wick_dist_variance(w, wick_multivariate_student_t(4, loc, l)))->value[0], 2, 1e-15);
}
END_TEST

/*
 * More components than the stack holds. With a unit lower bidiagonal L (L_ii = 1, L_i,i-1 = -1) t is
 * the running sum of x, and s with L' s = t is summed from the end: d/dx_i = -w s_i.
 */
START_TEST(a_large_student_t_solves_its_triangle)
{
    enum { LARGE = 40 };
    static double tril[LARGE * LARGE];
    const size_t n = LARGE;
    const double df = 3.7;
    double t[LARGE], s = 0, q = 0;
    wick_node *x = wicki_leaf(w, NULL, 1, &n, 0, true);

    for (size_t i = 0; i < n; i++) {
        tril[i * n + i] = 1;
        if (i > 0)
            tril[i * n + i - 1] = -1;
        x->value[i] = scatter(i);
        t[i] = x->value[i] + (i > 0 ? t[i - 1] : 0);
        q += t[i] * t[i];
    }
    const wick_var density = wick_log_prob(w,
        wick_multivariate_student_t(df, wick_fill(w, 0, n), wick_const(w, tril, n, n)),
        wicki_var_of(w, x));
    assert_close(wick_value(density),
        lgamma(0.5 * (df + LARGE)) - lgamma(0.5 * df) - 0.5 * LARGE * log(acos(-1) * df) -
            0.5 * (df + LARGE) * log1p(q / df),
        1e-13);
    wick_backward(density);
    for (size_t i = n; i-- > 0;) {
        s += t[i];
        assert_close(x->adjoint[i], -(df + LARGE) / (df + q) * s, 1e-12);
    }
}
END_TEST

/* The entropy of a normal of a triangle that is read in its lower half only. */
START_TEST(moments_do_not_read_above_the_diagonal)
{
    const double tril[] = { 1.3, 1e9, -0.6, 0.7 };
    const wick_var loc = wick_fill(w, 0.3, 2), l = wick_const(w, tril, 2, 2);
    const wick_dist p = wick_multivariate_normal(loc, l), q = wick_wishart(4.5, l);

    assert_close(node_of(wick_dist_variance(w, p))->value[1], 0.36 + 0.49, 1e-14);
    assert_close(
        wick_value(wick_dist_entropy(w, p)), 1 + log(2 * acos(-1)) + log(1.3 * 0.7), 1e-14);
    assert_close(wick_value(wick_kl_divergence(w, p, p)), 0, 1e-15);
    assert_close(node_of(wick_dist_mean(w, q))->value[3], 4.5 * (0.36 + 0.49), 1e-14);
    assert_close(wick_value(wick_kl_divergence(w, q, q)), 0, 1e-14);
}
END_TEST

START_TEST(copies_repeat_what_is_known)
{
    const wick_dist one = wick_wishart(4.5, wick_eye(w, 2)), copies = wick_iid(one, 3);
    const wick_node *mean = node_of(wick_dist_mean(w, copies));

    ck_assert_uint_eq(mean->rank, 3);
    ck_assert_uint_eq(mean->event[0], 3);
    assert_close(mean->value[8], 4.5, 0);
    assert_close(
        wick_value(wick_dist_entropy(w, copies)), 3 * wick_value(wick_dist_entropy(w, one)), 1e-14);
    const wick_dist vectors = wick_iid(low_rank(), 2);
    assert_close(wick_value(wick_kl_divergence(w, vectors, wick_iid(dense(), 2))), 0, 1e-12);
}
END_TEST

/* --- gradients of what is on a surface ------------------------------------------------------- */

static wick_var lkj_density(const double *coordinates, wick_node **x)
{
    *x = wicki_leaf(w, NULL, 1, (size_t[]){ 6 }, 0, true);
    memcpy((*x)->value, coordinates, 6 * sizeof *coordinates);
    return wick_log_prob(
        w, wick_lkj_cholesky(4, 2.7), wick_biject_to(wick_corr_cholesky(), wicki_var_of(w, *x)));
}

/* By its free coordinates: rows keep their length. */
START_TEST(gradients_of_an_lkj_density_match_differences)
{
    const double at[] = { 0.3, -0.8, 1.1, 0.2, -0.4, 0.6 }, h = 1e-2;
    wick_node *x, *unused;

    wick_backward(lkj_density(at, &x));
    assert_ok(w);
    for (size_t k = 0; k < 6; k++) {
        double f[7];
        for (int s = -3; s <= 3; s++) {
            double near[6];
            memcpy(near, at, sizeof near);
            near[k] += s * h;
            f[s + 3] = wick_value(lkj_density(near, &unused));
        }
        assert_close(x->adjoint[k],
            (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h), 1e-9);
    }
}
END_TEST

/* --- what they say of bad numbers ------------------------------------------------------------ */

static void explained(wick_dist dist, wick_var x, const char *want)
{
    const wick_node *node = wicki_log_prob(w, &dist, w->tape->node[x.node], NULL);
    char text[256] = "";

    assert_ok(w);
    ck_assert(!isfinite(node->value[0]));
    node->op->explain(node, 0, text, sizeof text);
    ck_assert_str_eq(text, want);
}

START_TEST(what_is_not_finite_is_explained)
{
    const double skew[] = { 3, -0.3, -2, 9 }, indefinite[] = { 1, 2, 2, 1 },
                 factor[] = { 1, 0, -0.4, 0.6 };
    const wick_var eye = wick_eye(w, 2), loc = wick_fill(w, 0.3, 2);

    explained(wick_wishart(1, eye), eye, "df is 1, must be more than 1, the rows less 1");
    explained(wick_wishart(-1, eye), eye, "df is -1, must be positive");
    explained(wick_wishart(3, wick_const(w, factor, 2, 2)), wick_const(w, skew, 2, 2),
        "value -0.3 at [0][1] is outside the support (symmetric and positive definite)");
    explained(wick_wishart(3, eye), wick_const(w, indefinite, 2, 2),
        "value has the pivot -3, outside the support (symmetric and positive definite)");
    explained(wick_lkj_cholesky(2, 0), eye, "concentration is 0, must be positive");
    explained(wick_lkj_cholesky(2, 1), wick_const(w, factor, 2, 2),
        "value has squares that sum to 0.52, outside the support (lower-triangular with a positive "
        "diagonal and rows of length 1)");
    explained(wick_multivariate_student_t(0, loc, eye), loc, "df is 0, must be positive");
    explained(wick_low_rank_multivariate_normal(loc, eye, wick_fill(w, -0.5, 2)), loc,
        "cov_diag at [0] is -0.5, must be positive");
}
END_TEST

START_TEST(shapes_that_do_not_fit_are_named)
{
    const wick_var loc = wick_fill(w, 0.3, 4), d = wick_fill(w, 0.4, 4);

    wick_log_prob(w, wick_low_rank_multivariate_normal(loc, wick_fill(w, 0.1, 3, 2), d), loc);
    assert_error(w, WICK_ERR_SHAPE,
        "wick_low_rank_multivariate_normal: cov_factor is [3][2], need a "
        "matrix with a first axis of size 4");
    wick_log_prob(w, wick_lkj_cholesky(4, 1), wick_eye(w, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_lkj_cholesky: value has 3 rows, need as many as dim, 4");
    wick_log_prob(w, wick_wishart(4, wick_fill(w, 0.1, 3, 2)), wick_eye(w, 3));
    assert_error(w, WICK_ERR_SHAPE, "wick_wishart: scale_tril is [3][2], need a square matrix");
    wick_kl_divergence(w, wick_lkj_cholesky(3, 1), wick_lkj_cholesky(4, 1));
    assert_error(w, WICK_ERR_SHAPE, "different events");
    wick_kl_divergence(w, wick_multivariate_student_t(3, wick_fill(w, 0.3, 2), wick_eye(w, 2)),
        wick_multivariate_normal(wick_fill(w, 0.3, 2), wick_eye(w, 2)));
    assert_error(w, WICK_ERR_ARGUMENT, "not known in closed form");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multivariate");
    TCase *forms = new_case(suite, "forms"), *sums = new_case(suite, "sums"),
          *errors = new_case(suite, "errors");

    tcase_add_checked_fixture(forms, setup, teardown);
    tcase_add_checked_fixture(sums, setup, teardown);
    tcase_add_checked_fixture(errors, setup, teardown);
    tcase_add_test(forms, all_forms_of_a_covariance_give_one_density);
    tcase_add_test(forms, gradients_flow_to_covariance_and_precision);
    tcase_add_test(forms, a_matrix_that_is_no_covariance_is_an_error);
    tcase_add_test(forms, a_low_rank_normal_is_the_one_of_its_covariance);
    tcase_add_test(forms, gradients_of_a_low_rank_normal_are_those_of_its_covariance);
    tcase_add_test(forms, divergences_do_not_depend_on_the_form);
    tcase_add_test(sums, multivariate_normals_in_the_plane);
    tcase_add_test(sums, lkj_factors_of_two_rows);
    tcase_add_test(sums, lkj_factors_of_three_rows);
    tcase_add_test(sums, wishart_matrices_of_two_rows);
    tcase_add_test(sums, a_wishart_of_one_row_is_a_gamma);
    tcase_add_test(sums, a_student_t_of_one_dimension_has_its_entropy_and_moments);
    tcase_add_test(sums, moments_of_a_student_t_exist_for_enough_degrees_only);
    tcase_add_test(forms, a_large_student_t_solves_its_triangle);
    tcase_add_test(sums, moments_do_not_read_above_the_diagonal);
    tcase_add_test(sums, copies_repeat_what_is_known);
    tcase_add_test(forms, gradients_of_an_lkj_density_match_differences);
    tcase_add_test(errors, what_is_not_finite_is_explained);
    tcase_add_test(errors, shapes_that_do_not_fit_are_named);
    return run_suite(suite);
}
