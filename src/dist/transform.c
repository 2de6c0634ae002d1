#include "dist/transform.h"

#include "base/special.h"
#include "tape/op_list.h"
#include "tape/triangle.h"

#include <float.h>
#include <math.h>

/* The largest double below 1: sigmoid rounds to 1, which is outside, from 37 on. */
static const double BELOW_1 = 1.0 - 0.5 * DBL_EPSILON;

/* One constraint: on the tape, and on a row of n elements (a matrix of n rows). */
typedef struct transform {
    wick_var (*to)(wick_constraint c, wick_var x);
    wick_var (*biject)(wick_constraint c, wick_var x);
    wick_var (*log_det)(wick_constraint c, wick_var x);
    void (*forward)(wick_constraint c, size_t n, const double *x, double *y, size_t stride);
    void (*inverse)(wick_constraint c, size_t n, const double *y, double *x, size_t stride);
    void (*biject_inverse)(wick_constraint c, size_t n, const double *y, double *x, size_t stride);
} transform;

/* --- pieces ---------------------------------------------------------------------------------- */

/* A number that has a logarithm. */
static double at_least_tiny(double x)
{
    return wicki_max(DBL_MIN, x);
}

static wick_var same(wick_constraint c, wick_var x)
{
    (void)c;
    return x;
}

/* The sum over the event of x times a weight that depends on the place along the last axis. */
static wick_var weighted_sum(wick_var x, double (*weight)(size_t k))
{
    const wick_node *node = wicki_node_of(x.w, "wick_biject_log_det", x);
    size_t sizes[WICK_MAX_RANK];

    if (!node)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < node->rank; i++)
        sizes[i] = node->event[i];
    const wick_var weights = wick_fill_array(x.w, 0.0, node->rank, sizes);
    const wick_node *constant = wicki_node_of(x.w, "wick_biject_log_det", weights);
    for (size_t e = 0; constant && e < constant->elements; e++)
        constant->value[e] = weight(e % sizes[node->rank - 1]);
    return wick_sum_event(wick_mul(x, weights));
}

/* --- real, positive -------------------------------------------------------------------------- */

static void real_row(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    (void)n;
    (void)stride;
    *y = *x;
}

static wick_var real_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_num(x.w, 0.0);
}

static wick_var positive_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_exp(x);
}

static void positive_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    (void)c;
    (void)n;
    (void)stride;
    *y = wicki_exp(*x);
}

static void positive_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    (void)n;
    (void)stride;
    *x = wicki_log(at_least_tiny(*y));
}

static wick_var positive_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_sum_event(x);
}

/* --- intervals ------------------------------------------------------------------------------- */

static wick_constraint bounds_of(wick_constraint c)
{
    return c.kind == WICK_UNIT_INTERVAL ? wick_interval(0.0, 1.0) : c;
}

/* lower + (upper - lower) sigmoid(x), held within the bounds, which the unit interval leaves out */
static wick_var interval_to(wick_constraint c, wick_var x)
{
    if (c.kind == WICK_UNIT_INTERVAL)
        return wick_clamp(wick_sigmoid(x), DBL_MIN, BELOW_1);
    const wick_var part = wick_mul(wick_sigmoid(x), c.upper - c.lower);
    return wick_clamp(wick_add(c.lower, part), c.lower, c.upper);
}

static void interval_forward(wick_constraint c, size_t n, const double *x, double *y, size_t stride)
{
    const double share = wicki_sigmoid(*x);

    (void)n;
    (void)stride;
    if (c.kind == WICK_UNIT_INTERVAL)
        *y = wicki_min(BELOW_1, wicki_max(DBL_MIN, share));
    else
        *y = wicki_min(c.upper, wicki_max(c.lower, c.lower + share * (c.upper - c.lower)));
}

static void interval_inverse(wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    const wick_constraint b = bounds_of(c);
    const double least = 0.5 * DBL_EPSILON * (b.upper - b.lower);
    const double above = *y - b.lower, below = b.upper - *y;

    (void)n;
    (void)stride;
    if (c.kind == WICK_UNIT_INTERVAL)
        *x = wicki_log(at_least_tiny(*y)) - wicki_log1p(-wicki_min(BELOW_1, *y));
    else
        *x = wicki_log(wicki_max(least, above) / wicki_max(least, below));
}

/* log(upper - lower) - softplus(x) - softplus(-x), for each element */
static wick_var interval_log_det(wick_constraint c, wick_var x)
{
    const wick_constraint b = bounds_of(c);
    const wick_var both = wick_add(wick_softplus(x), wick_softplus(wick_neg(x)));

    return wick_sum_event(wick_sub(wicki_log(b.upper - b.lower), both));
}

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
        x[k * stride] = wicki_log(at_least_tiny(y[k * stride]));
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
    double rest = at_least_tiny(y[(n - 1) * stride]);

    (void)c;
    for (size_t k = n - 1; k-- > 0;) {
        const double here = at_least_tiny(y[k * stride]);
        x[k * stride] = wicki_log(here) - wicki_log(rest) + wicki_log((double)(n - 1 - k));
        rest += here;
    }
}

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
        x[k * stride] = wicki_log(at_least_tiny(y[k * stride] - y[(k - 1) * stride]));
    x[0] = y[0];
}

static double all_but_first(size_t k)
{
    return k > 0 ? 1.0 : 0.0;
}

static wick_var ordered_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return weighted_sum(x, all_but_first);
}

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
            x[at] = j > i ? 0.0 : j == i ? wicki_log(at_least_tiny(y[at])) : y[at];
        }
}

static void cholesky_biject_inverse(
    wick_constraint c, size_t n, const double *y, double *x, size_t stride)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++, x += stride) {
            const double entry = y[(i * n + j) * stride];
            *x = j == i ? wicki_log(at_least_tiny(entry)) : entry;
        }
}

/* The coordinates i (i + 3) / 2 are on the diagonal. */
static double on_diagonal(size_t k)
{
    size_t i = 0;

    while (i * (i + 3) / 2 < k)
        i++;
    return i * (i + 3) / 2 == k ? 1.0 : 0.0;
}

static wick_var cholesky_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return weighted_sum(x, on_diagonal);
}

/* --- the table ------------------------------------------------------------------------------- */

/* clang-format off */
static const transform TRANSFORMS[] = {
    [WICK_REAL] = { same, same, real_log_det, real_row, real_row, real_row },
    [WICK_POSITIVE] = { positive_to, positive_to, positive_log_det,
        positive_forward, positive_inverse, positive_inverse },
    [WICK_NONNEGATIVE] = { positive_to, positive_to, positive_log_det,
        positive_forward, positive_inverse, positive_inverse },
    [WICK_UNIT_INTERVAL] = { interval_to, interval_to, interval_log_det,
        interval_forward, interval_inverse, interval_inverse },
    [WICK_INTERVAL] = { interval_to, interval_to, interval_log_det,
        interval_forward, interval_inverse, interval_inverse },
    [WICK_SIMPLEX] = { simplex_to, simplex_biject, simplex_log_det,
        simplex_forward, simplex_inverse, simplex_biject_inverse },
    [WICK_ORDERED] = { ordered_to, ordered_to, ordered_log_det,
        ordered_forward, ordered_inverse, ordered_inverse },
    [WICK_LOWER_CHOLESKY] = { cholesky_to, cholesky_biject, cholesky_log_det,
        cholesky_forward, cholesky_inverse, cholesky_biject_inverse },
    [WICK_BOOLEAN] = { .to = NULL },
    [WICK_INTEGER_INTERVAL] = { .to = NULL },
};
/* clang-format on */

bool wicki_has_transform(wick_constraint c)
{
    if (c.kind == WICK_INTERVAL)
        return c.upper - c.lower > 0.0 && c.upper - c.lower < INFINITY;
    return TRANSFORMS[c.kind].to != NULL;
}

bool wicki_need_transform(wick *w, const char *function, wick_constraint c)
{
    if (!wicki_ok(w))
        return false;
    if (wicki_has_transform(c))
        return true;
    if (c.kind == WICK_INTERVAL)
        wick_fail(w, WICK_ERR_DOMAIN,
            "%s: interval from %g to %g, need finite bounds, lower < upper", function, c.lower,
            c.upper);
    else
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: %s is discrete and has no transform; need the constraint of a continuous set",
            function, wick_constraint_name(c));
    return false;
}

/* The event has an axis, if the constraint ties elements together. */
static bool has_axes(wick_var x, const char *function, wick_constraint c, size_t rank)
{
    const wick_node *node = wicki_node_of(x.w, function, x);

    if (node && node->rank < rank) {
        wick_fail(x.w, WICK_ERR_SHAPE, "%s: %s needs an event of rank %zu at least, got a scalar",
            function, wick_constraint_name(c), rank);
        return false;
    }
    return node;
}

wick_var wick_transform_to(wick_constraint c, wick_var x)
{
    if (!wicki_need_transform(x.w, "wick_transform_to", c) ||
        !has_axes(x, "wick_transform_to", c, wicki_constraint_rank(c) > 0))
        return WICK_VAR_NONE;
    return TRANSFORMS[c.kind].to(c, x);
}

wick_var wick_biject_to(wick_constraint c, wick_var x)
{
    if (!wicki_need_transform(x.w, "wick_biject_to", c) ||
        !has_axes(x, "wick_biject_to", c, wicki_constraint_rank(c) > 0))
        return WICK_VAR_NONE;
    return TRANSFORMS[c.kind].biject(c, x);
}

wick_var wick_biject_log_det(wick_constraint c, wick_var x)
{
    if (!wicki_need_transform(x.w, "wick_biject_log_det", c) ||
        !has_axes(x, "wick_biject_log_det", c, wicki_constraint_rank(c) > 0))
        return WICK_VAR_NONE;
    return TRANSFORMS[c.kind].log_det(c, x);
}

/* --- arrays ---------------------------------------------------------------------------------- */

/* What a constraint ties together: n along an axis, `size` elements, `count` times. */
typedef struct rows {
    size_t n, size, count;
} rows;

static rows rows_of(wick_constraint c, size_t rank, const size_t *sizes)
{
    const size_t own = wicki_constraint_rank(c);
    rows r = { 1, 1, 1 };

    for (size_t i = 0; i < rank; i++)
        *(i + own < rank ? &r.count : &r.size) *= sizes[i];
    r.n = own ? sizes[rank - 1] : 1;
    return r;
}

void wicki_transform_forward(wick_constraint c, size_t rank, const size_t *sizes,
    const double *unconstrained, double *out, size_t stride)
{
    const rows r = rows_of(c, rank, sizes);

    for (size_t i = 0; i < r.count; i++)
        TRANSFORMS[c.kind].forward(
            c, r.n, unconstrained + i * r.size * stride, out + i * r.size * stride, stride);
}

void wicki_transform_inverse(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, double *out, size_t stride)
{
    const rows r = rows_of(c, rank, sizes);

    for (size_t i = 0; i < r.count; i++)
        TRANSFORMS[c.kind].inverse(
            c, r.n, values + i * r.size * stride, out + i * r.size * stride, stride);
}

size_t wicki_biject_size(wick_constraint c, size_t rank, const size_t *sizes, size_t *reduced)
{
    const size_t last = rank ? sizes[rank - 1] : 1;

    for (size_t i = 0; i < rank; i++)
        reduced[i] = sizes[i];
    if (c.kind == WICK_SIMPLEX)
        reduced[rank - 1]--;
    if (c.kind != WICK_LOWER_CHOLESKY)
        return rank;
    reduced[rank - 2] = last * (last + 1) / 2;
    return rank - 1;
}

size_t wicki_biject_inverse(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, double *out, size_t stride)
{
    const rows r = rows_of(c, rank, sizes);
    size_t reduced[WICK_MAX_RANK], coordinates = 1;
    const size_t left = wicki_biject_size(c, rank, sizes, reduced);

    for (size_t i = 0; i < left; i++)
        coordinates *= reduced[i];
    for (size_t i = 0; i < r.count; i++)
        TRANSFORMS[c.kind].biject_inverse(c, r.n, values + i * r.size * stride,
            out + i * (coordinates / r.count) * stride, stride);
    return coordinates;
}
