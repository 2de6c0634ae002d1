#include "dist/transform.h"

#include "dist/maps.h"

#include <math.h>

static const wicki_maps *const MAPS[] = {
    [WICK_REAL] = &wicki_maps_real,
    [WICK_POSITIVE] = &wicki_maps_positive,
    [WICK_NONNEGATIVE] = &wicki_maps_positive,
    [WICK_UNIT_INTERVAL] = &wicki_maps_unit_interval,
    [WICK_INTERVAL] = &wicki_maps_interval,
    [WICK_GREATER_THAN] = &wicki_maps_greater_than,
    [WICK_LESS_THAN] = &wicki_maps_less_than,
    [WICK_SOFTPLUS_POSITIVE] = &wicki_maps_softplus_positive,
    [WICK_SIMPLEX] = &wicki_maps_simplex,
    [WICK_ORDERED] = &wicki_maps_ordered,
    [WICK_POSITIVE_ORDERED] = &wicki_maps_positive_ordered,
    [WICK_SUM_TO_ZERO] = &wicki_maps_sum_to_zero,
    [WICK_LOWER_CHOLESKY] = &wicki_maps_lower_cholesky,
    [WICK_CORR_CHOLESKY] = &wicki_maps_corr_cholesky,
    [WICK_POSITIVE_DEFINITE] = &wicki_maps_positive_definite,
    [WICK_BOOLEAN] = NULL,
    [WICK_INTEGER_INTERVAL] = NULL,
    [WICK_ONE_HOT] = NULL,
    [WICK_MULTINOMIAL] = NULL,
};

/* --- log-determinants ------------------------------------------------------------------------- */

wick_var wicki_sum_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_sum_event(x);
}

wick_var wicki_weighted_log_det(wick_var x, double (*weight)(size_t k, size_t n))
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
        constant->value[e] = weight(e % sizes[node->rank - 1], sizes[node->rank - 1]);
    return wick_sum_event(wick_mul(x, weights));
}

/* --- on the tape ------------------------------------------------------------------------------ */

/* A bound that is a var has no number where it differs from place to place. */
static bool bounds_are_usable(wick_constraint c)
{
    const double width = c.upper - c.lower;

    if (c.kind == WICK_INTERVAL)
        return isnan(width) ? wicki_constraint_has_vars(c) : width > 0.0 && width < INFINITY;
    if (c.kind == WICK_GREATER_THAN)
        return isnan(c.lower) ? wicki_constraint_has_vars(c) : fabs(c.lower) < INFINITY;
    if (c.kind == WICK_LESS_THAN)
        return isnan(c.upper) ? wicki_constraint_has_vars(c) : fabs(c.upper) < INFINITY;
    return true;
}

bool wicki_has_transform(wick_constraint c)
{
    return MAPS[c.kind] && bounds_are_usable(c);
}

bool wicki_need_transform(wick *w, const char *function, wick_constraint c)
{
    if (!wicki_ok(w))
        return false;
    if (wicki_has_transform(c))
        return true;
    if (!MAPS[c.kind])
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: %s is discrete and has no transform; need the constraint of a continuous set",
            function, wick_constraint_name(c));
    else if (c.kind == WICK_INTERVAL)
        wick_fail(w, WICK_ERR_DOMAIN,
            "%s: interval from %g to %g, need finite bounds, lower < upper", function, c.lower,
            c.upper);
    else
        wick_fail(w, WICK_ERR_DOMAIN, "%s: %s %g, need a finite bound", function,
            wick_constraint_name(c), c.kind == WICK_LESS_THAN ? c.upper : c.lower);
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
    return MAPS[c.kind]->to(c, x);
}

wick_var wick_biject_to(wick_constraint c, wick_var x)
{
    if (!wicki_need_transform(x.w, "wick_biject_to", c) ||
        !has_axes(x, "wick_biject_to", c, wicki_constraint_rank(c) > 0))
        return WICK_VAR_NONE;
    return MAPS[c.kind]->biject(c, x);
}

wick_var wick_biject_log_det(wick_constraint c, wick_var x)
{
    if (!wicki_need_transform(x.w, "wick_biject_log_det", c) ||
        !has_axes(x, "wick_biject_log_det", c, wicki_constraint_rank(c) > 0))
        return WICK_VAR_NONE;
    return MAPS[c.kind]->log_det(c, x);
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
        MAPS[c.kind]->forward(
            c, r.n, unconstrained + i * r.size * stride, out + i * r.size * stride, stride);
}

void wicki_transform_inverse(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, double *out, size_t stride)
{
    const rows r = rows_of(c, rank, sizes);

    for (size_t i = 0; i < r.count; i++)
        MAPS[c.kind]->inverse(
            c, r.n, values + i * r.size * stride, out + i * r.size * stride, stride);
}

size_t wicki_biject_size(wick_constraint c, size_t rank, const size_t *sizes, size_t *reduced)
{
    const size_t last = rank ? sizes[rank - 1] : 1;

    for (size_t i = 0; i < rank; i++)
        reduced[i] = sizes[i];
    if (c.kind == WICK_SIMPLEX || c.kind == WICK_SUM_TO_ZERO)
        reduced[rank - 1]--;
    if (wicki_constraint_rank(c) < 2)
        return rank;
    reduced[rank - 2] =
        c.kind == WICK_CORR_CHOLESKY ? last * (last - 1) / 2 : last * (last + 1) / 2;
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
        MAPS[c.kind]->biject_inverse(c, r.n, values + i * r.size * stride,
            out + i * (coordinates / r.count) * stride, stride);
    return coordinates;
}
