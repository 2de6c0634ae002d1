/* Maps to vectors whose elements are tied together. */
#include "dist/maps.h"
#include "tape/triangle.h"

#include <math.h>

/* --- simplex --------------------------------------------------------------------------------- */

static wick_var simplex_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_softmax(x);
}

/* As the op does it. */
static void simplex_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    double max = x[0], sum = 0.0;

    (void)c;
    for (size_t k = 1; k < n; k++)
        max = wicki_max(max, x[k * stride]);
    for (size_t k = 0; k < n; k++)
        sum += y[k * stride] = wicki_exp(x[k * stride] - max);
    for (size_t k = 0; k < n; k++)
        y[k * stride] /= sum;
}

static void simplex_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t k = 0; k < n; k++)
        x[k * stride] = wicki_log(wicki_at_least_tiny(y[k * stride]));
}

static wick_var simplex_biject(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_stick_breaking(x);
}

static wick_var simplex_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_sum_event(wicki_stick_breaking_log_det(x));
}

/* x_k = log y_k - log(y_(k+1) + ... + y_K) + log(K - k), from the end: n is K */
static void simplex_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    double rest = wicki_at_least_tiny(y[(n - 1) * stride]);

    (void)c;
    for (size_t k = n - 1; k-- > 0;) {
        const double here = wicki_at_least_tiny(y[k * stride]);
        x[k * stride] = wicki_log(here) - wicki_log(rest) + wicki_log((double)(n - 1 - k));
        rest += here;
    }
}

const wicki_maps wicki_maps_simplex = { simplex_to, simplex_biject, simplex_log_det,
    simplex_forward, simplex_inverse, simplex_biject_inverse };

/* --- ordered --------------------------------------------------------------------------------- */

static wick_var ordered_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_ordered(x);
}

static void ordered_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    y[0] = x[0];
    for (size_t k = 1; k < n; k++)
        y[k * stride] = y[(k - 1) * stride] + wicki_exp(x[k * stride]);
}

static void ordered_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t k = n; k-- > 1;)
        x[k * stride] = wicki_log(wicki_at_least_tiny(y[k * stride] - y[(k - 1) * stride]));
    x[0] = y[0];
}

static double all_but_first(size_t k, size_t n)
{
    (void)n;
    return k > 0 ? 1.0 : 0.0;
}

static wick_var ordered_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_weighted_log_det(x, all_but_first);
}

const wicki_maps wicki_maps_ordered = { ordered_to, ordered_to, ordered_log_det, ordered_forward,
    ordered_inverse, ordered_inverse };

/* --- positive and ordered -------------------------------------------------------------------- */

static wick_var positive_ordered_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_cumsum(wick_exp(x), wick_rank(x) - 1);
}

static void positive_ordered_forward(
    wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    double sum = 0.0;

    (void)c;
    for (size_t k = 0; k < n; k++)
        y[k * stride] = sum += wicki_exp(x[k * stride]);
}

static void positive_ordered_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t k = n; k-- > 0;) {
        const double before = k > 0 ? y[(k - 1) * stride] : 0.0;
        x[k * stride] = wicki_log(wicki_at_least_tiny(y[k * stride] - before));
    }
}

const wicki_maps wicki_maps_positive_ordered = { positive_ordered_to, positive_ordered_to,
    wicki_sum_log_det, positive_ordered_forward, positive_ordered_inverse,
    positive_ordered_inverse };

/* --- sum to zero ----------------------------------------------------------------------------- */

static wick_var sum_to_zero_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_centre(x);
}

static wick_var sum_to_zero_biject(wick_constraint c, wick_var x)
{
    (void)c;
    return wicki_zero_sum(x);
}

static wick_var sum_to_zero_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_num(x.w, 0.0);
}

static void sum_to_zero_forward(
    wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    double sum = 0.0;

    (void)c;
    for (size_t k = 0; k < n; k++)
        sum += x[k * stride];
    for (size_t k = 0; k < n; k++)
        y[k * stride] = x[k * stride] - sum / (double)n;
}

static void sum_to_zero_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t k = 0; k < n; k++)
        x[k * stride] = y[k * stride];
}

/* x_i = (y_1 + ... + y_i - i y_(i+1)) / (i (i + 1))^(1/2), i from 1 */
static void sum_to_zero_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    double sum = 0.0;

    (void)c;
    for (size_t k = 1; k < n; k++) {
        const double i = (double)k;
        sum += y[(k - 1) * stride];
        x[(k - 1) * stride] = (sum - i * y[k * stride]) / sqrt(i * (i + 1.0));
    }
}

const wicki_maps wicki_maps_sum_to_zero = { sum_to_zero_to, sum_to_zero_biject, sum_to_zero_log_det,
    sum_to_zero_forward, sum_to_zero_inverse, sum_to_zero_biject_inverse };
