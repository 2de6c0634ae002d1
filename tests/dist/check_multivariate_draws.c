/* Draws of vectors and matrices against laws of what is made from them. */
#include "sample_tests.h"

#include "cases.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20110811 });
    ck_assert_ptr_nonnull(w);
    w->random_key = 0x243f6a8885a308d3u;
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

static const wick_node *draws_of(wick_dist dist)
{
    return draw_many(w, dist);
}

static double *room(void)
{
    double *x = calloc(N, sizeof *x);

    ck_assert_ptr_nonnull(x);
    return x;
}

/* --- distribution functions ------------------------------------------------------------------ */

/* P(a, x / 2) of a chi-squared of 2 a degrees: series up to a + 1, then DLMF 8.9.2 */
static double chi_squared_cdf(double x, double df, double unused)
{
    const double a = 0.5 * df, y = 0.5 * x, front = exp(a * log(y) - y - lgamma(a));
    double fraction = y + 801 - a, term = 1 / a, sum = term;

    (void)unused;
    for (int k = 1; y < a + 1 && term > DBL_EPSILON * sum; k++)
        sum += term *= y / (a + k);
    if (y < a + 1)
        return front * sum;
    for (int k = 400; k > 0; k--)
        fraction = y + 2 * k - 1 - a - k * (k - a) / fraction;
    return 1 - front / fraction;
}

/* --- tests of a sample ----------------------------------------------------------------------- */

/* Largest z of mean and variance of each element, as the hooks have them; a draw is `scale` too
 * large. */
static double moment_deviate(wick_dist dist, const wick_node *x, double scale)
{
    const wick_node *mean = node_of(wick_dist_mean(w, dist));
    const wick_node *variance = node_of(wick_dist_variance(w, dist));
    double *one = room(), worst = 0;

    assert_ok(w);
    for (size_t e = 0; e < x->elements; e++) {
        if (variance->value[e] < 1e-20)
            continue; /* a constant */
        for (int i = 0; i < N; i++)
            one[i] = scale * x->value[e * N + (size_t)i];
        worst = fmax(worst, mean_deviate(one, mean->value[e]));
        for (int i = 0; i < N; i++)
            one[i] = (one[i] - mean->value[e]) * (one[i] - mean->value[e]);
        worst = fmax(worst, mean_deviate(one, variance->value[e]));
    }
    free(one);
    return worst;
}

/* The mean of -log p is the entropy. */
static double entropy_deviate(wick_dist dist, const wick_node *x)
{
    const wick_var log_p = wick_log_prob(w, dist, wicki_var_of(w, x));
    const double want = wick_value(wick_dist_entropy(w, dist));

    assert_ok(w);
    return mean_deviate(node_of(wick_neg(log_p))->value, want);
}

static void check_moments(wick_dist dist, const wick_node *x)
{
    ck_assert_double_lt(moment_deviate(dist, x, 1), Z_LIMIT);
    ck_assert_double_gt(moment_deviate(dist, x, 1.02), Z_LIMIT);
    ck_assert_double_lt(entropy_deviate(dist, x), Z_LIMIT);
}

/* --- normals --------------------------------------------------------------------------------- */

/* (x - loc)' C^-1 (x - loc) of each draw, from log p of the normal of that covariance. */
static double *mahalanobis(wick_dist normal, const wick_node *x)
{
    const wick_node *log_p = node_of(wick_log_prob(w, normal, wicki_var_of(w, x)));
    double *square = room(), at_mean;

    at_mean = wick_value(wick_log_prob(w, normal, wick_dist_mean(w, normal)));
    assert_ok(w);
    for (int i = 0; i < N; i++)
        square[i] = 2 * (at_mean - log_p->value[i]);
    return square;
}

/* The largest z of the products of centred elements, whose mean is the covariance. */
static double covariance_deviate(const wick_node *x, const double *loc, const double *c, size_t d)
{
    double *product = room(), worst = 0;

    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            for (size_t m = 0; m < N; m++)
                product[m] = (x->value[i * N + m] - loc[i]) * (x->value[j * N + m] - loc[j]);
            worst = fmax(worst, mean_deviate(product, c[i * d + j]));
        }
    free(product);
    return worst;
}

static const double LOC[] = { -0.4, 0.3, 1.7, 0.9 };

START_TEST(draws_by_a_low_rank_factor_have_its_covariance)
{
    enum { D = 4, R = 2 };
    const double factor[] = { 0.7, -0.2, 1.1, 0.4, -0.3, 0.9, 0.2, 1.3 },
                 diagonal[] = { 0.4, 1.7, 0.2, 2.3 };
    double c[D * D];
    const wick_dist dist = wick_low_rank_multivariate_normal(
        wick_const(w, LOC, D), wick_const(w, factor, D, R), wick_const(w, diagonal, D));
    const wick_node *x = draws_of(dist);

    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            c[i * D + j] = factor[2 * i] * factor[2 * j] + factor[2 * i + 1] * factor[2 * j + 1] +
                (i == j ? diagonal[i] : 0);
    ck_assert_double_lt(covariance_deviate(x, LOC, c, D), Z_LIMIT);
    double *square = mahalanobis(
        wick_multivariate_normal_covariance(wick_const(w, LOC, D), wick_const(w, c, D, D)), x);
    ck_assert_double_lt(ks_distance(square, 1, chi_squared_cdf, D, 0), KS_LIMIT);
    ck_assert_double_gt(ks_distance(square, 1.02 * 1.02, chi_squared_cdf, D, 0), KS_LIMIT);
    free(square);
    check_moments(dist, x);
}
END_TEST

START_TEST(draws_by_covariance_and_precision_have_it)
{
    const double c[] = { 2.1, -0.7, 0.4, -0.7, 1.9, 0.3, 0.4, 0.3, 3.3 };
    const wick_var loc = wick_const(w, LOC, 3), covariance = wick_const(w, c, 3, 3);
    const wick_var half = wick_solve_triangular(wick_cholesky(covariance), wick_eye(w, 3));
    const wick_dist forms[] = { wick_multivariate_normal_covariance(loc, covariance),
        wick_multivariate_normal_precision(loc, wick_matmul(wick_transpose(half), half)) };

    for (int i = 0; i < 2; i++) {
        const wick_node *x = draws_of(forms[i]);
        ck_assert_double_lt(covariance_deviate(x, LOC, c, 3), Z_LIMIT);
        check_moments(forms[i], x);
    }
}
END_TEST

/* With q = t't the share q / (q + df) is beta(D / 2, df / 2). */
START_TEST(squares_of_a_student_t_follow_an_f_distribution)
{
    const double tril[] = { 1.3, NAN, NAN, -0.6, 0.9, NAN, 0.4, 1.1, 2.2 }, df = 6.3;
    const wick_var loc = wick_const(w, LOC, 3), l = wick_const(w, tril, 3, 3);
    const wick_dist dist = wick_multivariate_student_t(df, loc, l);
    const wick_node *x = draws_of(dist);
    double *share = mahalanobis(wick_multivariate_normal(loc, l), x), *wide = room();

    for (int i = 0; i < N; i++) {
        const double q = share[i];
        share[i] = q / (q + df);
        wide[i] = 1.0404 * q / (1.0404 * q + df);
    }
    ck_assert_double_lt(ks_distance(share, 1, beta_cdf, 1.5, 0.5 * df), KS_LIMIT);
    ck_assert_double_gt(ks_distance(wide, 1, beta_cdf, 1.5, 0.5 * df), 0.75 * KS_LIMIT);
    free(share);
    free(wide);
    ck_assert_double_lt(moment_deviate(dist, x, 1), Z_LIMIT);
    ck_assert_double_lt(entropy_deviate(dist, x), Z_LIMIT);
    ck_assert_double_gt(moment_deviate(dist, x, 1.02), Z_LIMIT);
}
END_TEST

/* --- factors of correlations ----------------------------------------------------------------- */

/* (1 + r) / 2 of a correlation of K variables is beta(a, a), a = concentration - 1 + K / 2. */
START_TEST(correlations_of_lkj_draws_are_beta)
{
    static const struct {
        size_t k;
        double eta;
    } CASES[] = { { 2, 0.6 }, { 3, 1 }, { 4, 2.7 }, { 3, 0.05 } };
    const size_t k = CASES[_i].k;
    const double eta = CASES[_i].eta, a = eta - 1 + 0.5 * (double)k;
    const wick_dist dist = wick_lkj_cholesky(k, eta);
    const wick_node *x = draws_of(dist);
    double *share = room(), *square = room();

    for (size_t i = 1; i < k; i++)
        for (size_t j = 0; j < i; j++) {
            for (size_t m = 0; m < N; m++) {
                double r = 0;
                for (size_t c = 0; c <= j; c++)
                    r += x->value[(i * k + c) * N + m] * x->value[(j * k + c) * N + m];
                share[m] = 0.5 * (1 + r);
                square[m] = r * r;
            }
            ck_assert_double_lt(ks_distance(share, 1, beta_cdf, a, a), KS_LIMIT);
            ck_assert_double_lt(mean_deviate(square, 1 / (2 * a + 1)), Z_LIMIT);
        }
    for (size_t m = 0; m < N; m++)
        square[m] *= 1.02 * 1.02;
    ck_assert_double_gt(mean_deviate(square, 1 / (2 * a + 1)), Z_LIMIT);
    free(share);
    free(square);
    ck_assert_double_lt(moment_deviate(dist, x, 1), Z_LIMIT);
    ck_assert_double_lt(entropy_deviate(dist, x), Z_LIMIT);
}
END_TEST

/* --- Wishart --------------------------------------------------------------------------------- */

/* x_ii / V_ii is chi-squared; |x| / |V| is a product of chi-squareds of df, df - 1, ... degrees. */
START_TEST(wishart_draws_have_chi_squared_diagonals_and_determinants)
{
    enum { D = 3 };
    const double tril[] = { 1.3, NAN, NAN, -0.6, 0.9, NAN, 0.4, 1.1, 2.2 }, df = _i ? 3.3 : 7.6;
    const wick_dist dist = wick_wishart(df, wick_const(w, tril, D, D));
    const wick_node *x = draws_of(dist), *mean = node_of(wick_dist_mean(w, dist));
    double *one = room(), want = 2 * log(1.3 * 0.9 * 2.2) + D * log(2.0);

    for (size_t i = 0; i < D; i++) {
        for (size_t m = 0; m < N; m++)
            one[m] = x->value[(i * D + i) * N + m] / (mean->value[i * D + i] / df);
        ck_assert_double_lt(ks_distance(one, 1, chi_squared_cdf, df, 0), KS_LIMIT);
        ck_assert_double_lt(mean_deviate(one, df), Z_LIMIT);
    }
    for (size_t m = 0; m < N; m++) {
        const double *v = x->value + m, first = v[0], f = v[3 * N] / first, g = v[6 * N] / first;
        const double second = v[4 * N] - f * v[N], h = (v[7 * N] - g * v[N]) / second;
        const double third = v[8 * N] - g * v[2 * N] - h * (v[5 * N] - f * v[2 * N]);
        one[m] = log(first) + log(second) + log(third);
    }
    for (int i = 0; i < D; i++)
        want += wick_value(wick_digamma(wick_num(w, 0.5 * (df - i))));
    ck_assert_double_lt(mean_deviate(one, want), Z_LIMIT);
    ck_assert_double_gt(mean_deviate(one, want + D * log(1.02)), Z_LIMIT);
    free(one);
    check_moments(dist, x);
}
END_TEST

/* --- gradients in the degrees of freedom ----------------------------------------------------- */

static wick_node *degrees(uint32_t dims, double df)
{
    wick_node *x = wicki_leaf(w, NULL, 0, NULL, dims, true);

    for (size_t i = 0; i < N; i++)
        x->value[i] = df;
    return x;
}

/* E tr x = df tr V, so the mean of d tr(x) / d df is tr V. */
START_TEST(gradients_through_wishart_draws_are_unbiased)
{
    const double tril[] = { 1.3, 0, -0.6, 0.9 }, trace = 1.69 + 0.36 + 0.81;

    wick_plate_enter(w, &(wick_plate_options){ .name = "draws", .size = N });
    wick_node *df = degrees(w->tape->open, 3.4);
    const wick_dist dist = wick_wishart(wicki_var_of(w, df), wick_const(w, tril, 2, 2));
    const wick_var x = wicki_var_of(w, wicki_dist_draw(w, &dist));
    wick_exit(w);
    wick_backward(wick_total(wick_diagonal(x)));
    assert_ok(w);
    ck_assert_double_lt(mean_deviate(df->adjoint, trace), Z_LIMIT);
    ck_assert_double_gt(mean_deviate(df->adjoint, 1.02 * trace), Z_LIMIT);
}
END_TEST

/* E q = D df / (df - 2), whose derivative is -2 D / (df - 2)^2. */
START_TEST(gradients_through_student_t_draws_are_unbiased)
{
    const double want = -2 * 3.0 / (13.0 * 13.0);

    wick_plate_enter(w, &(wick_plate_options){ .name = "draws", .size = N });
    wick_node *df = degrees(w->tape->open, 15);
    const wick_dist dist =
        wick_multivariate_student_t(wicki_var_of(w, df), wick_fill(w, 0, 3), wick_eye(w, 3));
    const wick_var x = wicki_var_of(w, wicki_dist_draw(w, &dist));
    wick_exit(w);
    wick_backward(wick_total(wick_square(x)));
    assert_ok(w);
    ck_assert_double_lt(mean_deviate(df->adjoint, want), Z_LIMIT);
    ck_assert_double_gt(mean_deviate(df->adjoint, 1.1 * want), Z_LIMIT);
}
END_TEST

/* --- errors ---------------------------------------------------------------------------------- */

static void draw_fails(wick_dist dist, wick_code code, const char *words)
{
    ck_assert_ptr_null(wicki_dist_draw(w, &dist));
    assert_error(w, code, words);
}

START_TEST(bad_parameters_are_named_before_a_draw)
{
    draw_fails(wick_lkj_cholesky(1, 2), WICK_ERR_SHAPE,
        "wick_lkj_cholesky: dim is 1, need an integer from 2 on");
    draw_fails(wick_lkj_cholesky(3, 0), WICK_ERR_DOMAIN,
        "wick_lkj_cholesky: concentration is 0, must be positive");
    draw_fails(wick_wishart(1.5, wick_eye(w, 3)), WICK_ERR_DOMAIN,
        "wick_wishart: df less the row at [2] is -0.5");
    draw_fails(wick_wishart(wick_fill(w, 4, 2), wick_eye(w, 3)), WICK_ERR_SHAPE,
        "wick_wishart: a draw with df of rank 1, need a scalar; use a plate");
    draw_fails(wick_multivariate_student_t(0, wick_fill(w, 0, 2), wick_eye(w, 2)), WICK_ERR_DOMAIN,
        "wick_multivariate_student_t: df is 0, must be positive");
    draw_fails(
        wick_low_rank_multivariate_normal(wick_fill(w, 0, 2), wick_eye(w, 2), wick_fill(w, -1, 2)),
        WICK_ERR_DOMAIN,
        "wick_low_rank_multivariate_normal: cov_diag at [0] is -1, must be positive");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multivariate draws");
    TCase *laws = new_case(suite, "laws"), *slopes = new_case(suite, "gradients"),
          *errors = new_case(suite, "errors");

    tcase_add_checked_fixture(laws, setup, teardown);
    tcase_add_checked_fixture(slopes, setup, teardown);
    tcase_add_checked_fixture(errors, setup, teardown);
    tcase_add_test(laws, draws_by_a_low_rank_factor_have_its_covariance);
    tcase_add_test(laws, draws_by_covariance_and_precision_have_it);
    tcase_add_test(laws, squares_of_a_student_t_follow_an_f_distribution);
    tcase_add_loop_test(laws, correlations_of_lkj_draws_are_beta, 0, 4);
    tcase_add_loop_test(laws, wishart_draws_have_chi_squared_diagonals_and_determinants, 0, 2);
    tcase_add_test(slopes, gradients_through_wishart_draws_are_unbiased);
    tcase_add_test(slopes, gradients_through_student_t_draws_are_unbiased);
    tcase_add_test(errors, bad_parameters_are_named_before_a_draw);
    return run_suite(suite);
}
