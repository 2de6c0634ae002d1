/* Maps to matrices. */
#include "dist/maps.h"
#include "tape/triangle.h"

#include <math.h>

/* --- lower_cholesky -------------------------------------------------------------------------- */

static wick_var cholesky_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_lower_cholesky(x);
}

static wick_var cholesky_biject(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_lower_cholesky(wicki_unpack_lower(x));
}

static void cholesky_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t at = (i * n + j) * stride;
            y[at] = j > i ? 0.0 : j == i ? wicki_exp(x[at]) : x[at];
        }
}

static void cholesky_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t at = (i * n + j) * stride;
            x[at] = j > i ? 0.0 : j == i ? wicki_log(wicki_at_least_tiny(y[at])) : y[at];
        }
}

static void cholesky_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++, x += stride) {
            const double entry = y[(i * n + j) * stride];
            *x = j == i ? wicki_log(wicki_at_least_tiny(entry)) : entry;
        }
}

/* Row and column of coordinate k of those that go row by row, `skip` less in each than i + 1. */
typedef struct place {
    size_t i, j;
} place;

static place place_of(size_t k, size_t skip)
{
    place p = { skip, k };

    for (; p.j > p.i - skip; p.i++)
        p.j -= p.i - skip + 1;
    return p;
}

static double on_diagonal(size_t k, size_t n)
{
    const place p = place_of(k, 0);

    (void)n;
    return p.i == p.j ? 1.0 : 0.0;
}

static wick_var cholesky_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_weighted_log_det(x, on_diagonal);
}

const wicki_maps wicki_maps_lower_cholesky = { cholesky_to, cholesky_biject, cholesky_log_det,
    cholesky_forward, cholesky_inverse, cholesky_biject_inverse };

/* --- corr_cholesky --------------------------------------------------------------------------- */

static wick_var corr_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_corr_cholesky(x);
}

static wick_var corr_biject(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_corr_cholesky(wicki_unpack_strictly_lower(x));
}

/* As the op does it. */
static void corr_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        double rest = 1.0;
        for (size_t j = 0; j < n; j++) {
            const size_t at = (i * n + j) * stride;
            y[at] = j > i ? 0.0 : j == i ? wicki_at_least_tiny(rest) : wicki_tanh(x[at]) * rest;
            rest *= j < i ? wicki_sech(x[at]) : 1.0;
        }
    }
}

/* log(t + (t^2 + 1)^(1/2)) */
static double asinh_of(double t)
{
    const double a = fabs(t);
    const double y = a > 1e8 ? wicki_log(a) + wicki_log(2.0)
                             : wicki_log1p(a + a * a / (1.0 + sqrt(1.0 + a * a)));

    return copysign(y, t);
}

/* (a^2 + b^2)^(1/2), where a square may underflow */
static double length_of(double a, double b)
{
    const double large = wicki_max(fabs(a), fabs(b)), small = wicki_min(fabs(a), fabs(b));
    const double ratio = small / large;

    return large * sqrt(1.0 + ratio * ratio);
}

/* x_j = atanh(L_j / r_j) = asinh(L_j / r_(j+1)) with r_j^2 = sum_k>=j L_k^2, from the end of row i
 * */
static void corr_row_inverse(size_t i, const double *y, double *x, size_t stride)
{
    double rest = wicki_at_least_tiny(y[i * stride]);

    for (size_t j = i; j-- > 0;) {
        const double entry = y[j * stride];
        x[j * stride] = asinh_of(entry / rest);
        rest = length_of(rest, entry);
    }
}

static void corr_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        corr_row_inverse(i, y + i * n * stride, x + i * n * stride, stride);
        for (size_t j = i; j < n; j++)
            x[(i * n + j) * stride] = 0.0;
    }
}

static void corr_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t i = 1; i < n; x += i * stride, i++)
        corr_row_inverse(i, y + i * n * stride, x, stride);
}

/* dL_ij / dx_ij = sech^2 x_ij prod_k<j sech x_ik, so sech x_ij counts i - j + 1 times. */
static double corr_weight(size_t k, size_t n)
{
    const place p = place_of(k, 1);

    (void)n;
    return (double)(p.i - p.j + 1);
}

static wick_var corr_log_det(wick_constraint c, wick_var x)
{
    const wick_var log_cosh =
        wick_sub(wick_softplus(wick_mul(2.0, x)), wick_add(x, wicki_log(2.0)));

    (void)c;
    return wick_neg(wicki_weighted_log_det(log_cosh, corr_weight));
}

const wicki_maps wicki_maps_corr_cholesky = { corr_to, corr_biject, corr_log_det, corr_forward,
    corr_inverse, corr_biject_inverse };

/* --- positive_definite ----------------------------------------------------------------------- */

static wick_var definite_to(wick_constraint c, wick_var x)
{
    return wicki_gram(cholesky_to(c, x));
}

static wick_var definite_biject(wick_constraint c, wick_var x)
{
    return wicki_gram(cholesky_biject(c, x));
}

/* Element (i, k) of the factor: e^x on the diagonal, x below it. */
static double factor_at(size_t n, const double *x, size_t stride, size_t i, size_t k)
{
    const double entry = x[(i * n + k) * stride];

    return i == k ? wicki_exp(entry) : entry;
}

static void definite_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (size_t k = 0; k <= j; k++)
                sum += factor_at(n, x, stride, i, k) * factor_at(n, x, stride, j, k);
            y[(i * n + j) * stride] = y[(j * n + i) * stride] = sum;
        }
}

/* The Cholesky factor of y, its row i at x + row(i), with logarithms on the diagonal: NaN where y
 * is not positive definite. */
static void factor(
    size_t n, const double *y, double *x, size_t stride, size_t (*row)(size_t n, size_t i))
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *left = x + row(n, i) * stride, *right = x + row(n, j) * stride;
            double sum = y[(i * n + j) * stride];
            for (size_t k = 0; k < j; k++)
                sum -= left[k * stride] * right[k * stride];
            x[(row(n, i) + j) * stride] = j < i ? sum / right[j * stride]
                : sum > 0.0                     ? sqrt(sum)
                                                : (double)NAN;
        }
    for (size_t i = 0; i < n; i++) {
        double *diagonal = x + (row(n, i) + i) * stride;
        *diagonal = wicki_log(*diagonal);
    }
}

static size_t row_of_square(size_t n, size_t i)
{
    return i * n;
}

static size_t row_of_triangle(size_t n, size_t i)
{
    (void)n;
    return i * (i + 1) / 2;
}

static void definite_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    factor(n, y, x, stride, row_of_square);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            x[(i * n + j) * stride] = 0.0;
}

static void definite_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    factor(n, y, x, stride, row_of_triangle);
}

/* dA = 2^n prod_i L_ii^(n-i) dL, i from 0, and dL_ii = L_ii dx_ii */
static double definite_weight(size_t k, size_t n)
{
    const place p = place_of(k, 0), last = place_of(n - 1, 0);

    return p.i == p.j ? (double)(last.i + 2 - p.i) : 0.0;
}

static wick_var definite_log_det(wick_constraint c, wick_var x)
{
    const wick_node *node = wicki_node_of(x.w, "wick_biject_log_det", x);

    (void)c;
    if (!node)
        return WICK_VAR_NONE;
    const size_t length = node->event[node->rank - 1], n = place_of(length - 1, 0).i + 1;
    const double twos = (double)(n * (node->elements / length)) * wicki_log(2.0);
    return wick_add(wicki_weighted_log_det(x, definite_weight), twos);
}

const wicki_maps wicki_maps_positive_definite = { definite_to, definite_biject, definite_log_det,
    definite_forward, definite_inverse, definite_biject_inverse };
