/* The maps behind constraints: their images, their inverses, and the stick's log-determinant. */
#include "tests/tape/fixture.h"

#include "tape/triangle.h"

static wick *w;

static void start(void)
{
    w = wick_new(NULL);
}

static void finish(void)
{
    wick_free(w);
}

/* --- simplex ----------------------------------------------------------------------------------- */

/* For K = 2 .. 64, coordinates in [-30, 30] and, now and then, at +-700. */
static wick_var coordinates(size_t n, uint64_t seed)
{
    const wick_var x = leaf(w, 1, &n, 0);

    for (size_t i = 0; i < n; i++) {
        const double extreme = pseudo_random(seed + 1000, i);
        node_of(x)->value[i] = extreme < 0.02 ? -700.0
            : extreme < 0.04                  ? 700.0
                                              : between(-30.0, 30.0, seed, i);
    }
    return x;
}

START_TEST(a_broken_stick_is_a_point_of_the_simplex)
{
    for (size_t k = 2; k <= 64; k++) {
        wick_reset(w);
        const wick_node *y = node_of(wicki_stick_breaking(coordinates(k - 1, k)));
        double sum = 0.0, least = 0.0;
        for (size_t i = 0; i < k; i++) {
            sum += y->value[i];
            least = fmin(least, y->value[i]);
        }
        ck_assert_uint_eq(y->elements, k);
        ck_assert_double_eq_tol(sum, 1.0, 4 * 2.3e-16);
        ck_assert_double_eq(least, 0.0);
    }
}
END_TEST

START_TEST(zero_coordinates_are_the_centre_of_the_simplex)
{
    for (size_t k = 2; k <= 9; k++) {
        const wick_var x = wick_fill(w, 0.0, k - 1);
        const wick_node *y = node_of(wicki_stick_breaking(x));
        for (size_t i = 0; i < k; i++)
            ck_assert_double_eq_tol(y->value[i], 1.0 / (double)k, 4 * 2.3e-16);
    }
}
END_TEST

/* The inverse: z_k = y_k / rest, x_k = log(z_k / (1 - z_k)) + log(K - k). */
START_TEST(a_broken_stick_can_be_put_together_again)
{
    enum { K = 6 };
    const double x[K - 1] = { 0.3, -2.0, 1.7, 0.0, -0.4 };
    const wick_node *y = node_of(wicki_stick_breaking(vector(w, K - 1, x)));
    double rest = 1.0;

    for (size_t i = 0; i + 1 < K; i++) {
        const double z = y->value[i] / rest;
        ck_assert_double_eq_tol(log(z / (1.0 - z)) + log((double)(K - 1 - i)), x[i], 1e-13);
        rest -= y->value[i];
    }
}
END_TEST

/*
 * By mpmath: sum_k -x'_k + log sigmoid(x'_k) + log y_k with x'_k = x_k - log(K - k).
 * The first is the density of the centre of 2 elements, log(1/4).
 */
static const struct {
    size_t n;
    double x[4], log_det;
} STICKS[] = {
#include "tests/data/sticks.h"
};
enum { N_STICKS = sizeof STICKS / sizeof *STICKS };

START_TEST(the_log_determinant_of_a_stick_is_that_of_mpmath)
{
    const wick_var x = vector(w, STICKS[_i].n, STICKS[_i].x);
    const double got = wick_value(wicki_stick_breaking_log_det(x));

    ck_assert_double_eq_tol(got, STICKS[_i].log_det, 1e-14 * fmax(1.0, fabs(got)));
}
END_TEST

/* By Gauss elimination; the matrix is destroyed. */
static double log_abs_det(size_t n, double *a)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++) {
        sum += log(fabs(a[k * n + k]));
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = n; j-- > k;)
                a[i * n + j] -= a[i * n + k] / a[k * n + k] * a[k * n + j];
    }
    return sum;
}

static void stick_at(size_t n, const double *x, double *y)
{
    wick_reset(w);
    memcpy(y, node_of(wicki_stick_breaking(vector(w, n, x)))->value, n * sizeof *y);
}

START_TEST(the_log_determinant_of_a_stick_is_that_of_its_jacobian)
{
    enum { N = 5 };
    const double h = 1e-3;
    double x[N] = { 0.2, -1.1, 0.9, 0.05, 1.4 }, jacobian[N * N] = { 0 }, y[N];
    static const double STENCIL[] = { -1, 9, -45, 0, 45, -9, 1 };

    for (size_t j = 0; j < N; j++)
        for (int k = -3; k <= 3; k++) {
            const double kept = x[j];
            x[j] += k * h;
            stick_at(N, x, y);
            x[j] = kept;
            for (size_t i = 0; i < N; i++)
                jacobian[i * N + j] += STENCIL[k + 3] * y[i] / (60.0 * h);
        }
    wick_reset(w);
    ck_assert_double_eq_tol(
        wick_value(wicki_stick_breaking_log_det(vector(w, N, x))), log_abs_det(N, jacobian), 1e-9);
}
END_TEST

START_TEST(a_simplex_of_one_element_is_said_to_have_no_coordinates)
{
    wicki_stick_breaking(wick_num(w, 0.5));
    ck_assert_int_eq(wick_status(w), WICK_ERR_SHAPE);
    ck_assert_msg(strstr(wick_message(w), "K = 1 has no coordinate"), "%s", wick_message(w));
}
END_TEST

/* --- ordered ----------------------------------------------------------------------------------- */

START_TEST(ordered_values_start_at_the_first_and_grow_by_exponentials)
{
    const dims d = dims_with(w, 130);
    const wick_var x = random_leaf(w, 2, (size_t[]){ 2, 4 }, set_of(w, &d, A), 5);
    const wick_node *in = node_of(x), *out = node_of(wicki_ordered(x));

    for (size_t e = 0; e < 8; e++)
        for (size_t m = 0; m < 130; m++) {
            const double before = e % 4 ? out->value[(e - 1) * 130 + m] : 0.0;
            const double by = in->value[e * 130 + m];
            ck_assert_double_eq_tol(
                out->value[e * 130 + m] - before, e % 4 ? exp(by) : by, 1e-14 * 16);
        }
}
END_TEST

/* --- triangles --------------------------------------------------------------------------------- */

START_TEST(a_vector_fills_the_lower_triangle_row_by_row)
{
    const double x[] = { 1.5, 2.5, 3.5, 4.5, 5.5, 6.5 };
    const double want[] = { 1.5, 0, 0, 2.5, 3.5, 0, 4.5, 5.5, 6.5 };
    const wick_node *y = node_of(wicki_unpack_lower(vector(w, 6, x)));

    ck_assert_uint_eq(y->rank, 2);
    ck_assert_uint_eq(y->event[0], 3);
    ck_assert_uint_eq(y->event[1], 3);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq(y->value[i], want[i]);
}
END_TEST

START_TEST(a_factor_has_a_positive_diagonal_and_nothing_above)
{
    const double x[] = { -700.0, NAN, INFINITY, 0.25, 0.0, NAN, -3.0, 2.0, 1.0 };
    const wick_var of = wick_reshape(vector(w, 9, x), 3, 3);
    const wick_node *y = node_of(wicki_lower_cholesky(of));
    const double want[] = { exp(-700.0), 0, 0, 0.25, 1.0, 0, -3.0, 2.0, exp(1.0) };

    for (size_t i = 0; i < 9; i++)
        ck_assert_double_le(fabs(y->value[i] - want[i]), 1e-15 * fabs(want[i]));
}
END_TEST

START_TEST(nothing_above_the_diagonal_gets_a_gradient)
{
    const wick_var x = random_leaf(w, 2, (size_t[]){ 3, 3 }, 0, 6);

    wick_backward(wick_sum_event(wick_mul(2.0, wicki_lower_cholesky(x))));
    for (size_t i = 0; i < 9; i++) {
        const double g = node_of(x)->adjoint[i];
        const double want = i % 3 > i / 3 ? 0.0 : i % 4 ? 2.0 : 2.0 * exp(node_of(x)->value[i]);
        ck_assert_double_eq_tol(g, want, 1e-14);
    }
}
END_TEST

static const struct {
    wick_var (*call)(wick_var x);
    size_t rank, sizes[4];
    const char *message;
} ERRORS[] = {
    { wicki_ordered, 0, { 0 }, "ordered: got a scalar, need a vector" },
    { wicki_stick_breaking_log_det, 0, { 0 }, "stick_breaking_log_det: got a scalar" },
    { wicki_unpack_lower, 1, { 4 }, "unpack_lower: got [4], need a vector of n (n + 1) / 2" },
    { wicki_unpack_lower, 0, { 0 }, "unpack_lower: got a scalar" },
    { wicki_unpack_lower, 4, { 1, 1, 1, 3 }, "unpack_lower: got [1][1][1][3]" },
    { wicki_unpack_strictly_lower, 1, { 4 }, "need a vector of n (n - 1) / 2 elements, n 2 at" },
    { wicki_centre, 0, { 0 }, "wick_centre: axis 0 of an event of rank 0" },
    { wicki_zero_sum, 0, { 0 }, "zero_sum: got a scalar, need the K - 1 coordinates" },
    { wicki_corr_cholesky, 2, { 2, 3 }, "corr_cholesky: got [2][3], need a square matrix" },
    { wicki_gram, 1, { 4 }, "gram: got [4], need a square matrix" },
    { wicki_lower_cholesky, 1, { 4 }, "lower_cholesky: got [4], need a square matrix" },
    { wicki_lower_cholesky, 2, { 2, 3 }, "lower_cholesky: got [2][3], need a square matrix" },
};
enum { N_ERRORS = sizeof ERRORS / sizeof *ERRORS };

START_TEST(a_product_of_triangles_needs_square_matrices)
{
    const size_t wide[] = { 2, 3 };

    wicki_tril_product(leaf(w, 2, wide, 0), leaf(w, 2, wide, 0));
    ck_assert_int_eq(wick_status(w), WICK_ERR_SHAPE);
    ck_assert_ptr_nonnull(
        strstr(wick_message(w), "tril_product: got [2][3] and [2][3], need square"));
}
END_TEST

START_TEST(an_event_that_does_not_fit_is_an_error)
{
    ERRORS[_i].call(leaf(w, ERRORS[_i].rank, ERRORS[_i].sizes, 0));
    ck_assert_int_eq(wick_status(w), WICK_ERR_SHAPE);
    ck_assert_msg(strstr(wick_message(w), ERRORS[_i].message), "%s", wick_message(w));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("triangle");
    TCase *maps = tcase_create("maps");

    tcase_add_checked_fixture(maps, start, finish);
    tcase_add_test(maps, a_broken_stick_is_a_point_of_the_simplex);
    tcase_add_test(maps, zero_coordinates_are_the_centre_of_the_simplex);
    tcase_add_test(maps, a_broken_stick_can_be_put_together_again);
    tcase_add_test(maps, a_product_of_triangles_needs_square_matrices);
    tcase_add_loop_test(maps, the_log_determinant_of_a_stick_is_that_of_mpmath, 0, N_STICKS);
    tcase_add_test(maps, the_log_determinant_of_a_stick_is_that_of_its_jacobian);
    tcase_add_test(maps, a_simplex_of_one_element_is_said_to_have_no_coordinates);
    tcase_add_test(maps, ordered_values_start_at_the_first_and_grow_by_exponentials);
    tcase_add_test(maps, a_vector_fills_the_lower_triangle_row_by_row);
    tcase_add_test(maps, a_factor_has_a_positive_diagonal_and_nothing_above);
    tcase_add_test(maps, nothing_above_the_diagonal_gets_a_gradient);
    tcase_add_loop_test(maps, an_event_that_does_not_fit_is_an_error, 0, N_ERRORS);
    suite_add_tcase(suite, maps);
    return run_suite(suite);
}
