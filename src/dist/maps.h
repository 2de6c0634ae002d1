/**
 * The maps of each constraint: on the tape, and on arrays.
 *
 * Of an array they take one row of n elements, or one matrix of n rows: element i at [i * stride].
 */
#ifndef WICKI_DIST_MAPS_H
#define WICKI_DIST_MAPS_H

#include "base/special.h"
#include "dist/constraint.h"

#include <float.h>

typedef void wicki_row_map(
    wick_constraint c, size_t n, const double *in, double *out, size_t stride);

typedef struct wicki_maps {
    wick_var (*to)(wick_constraint c, wick_var x);
    wick_var (*biject)(wick_constraint c, wick_var x);
    wick_var (*log_det)(wick_constraint c, wick_var x);
    wicki_row_map *forward, *inverse, *biject_inverse;
} wicki_maps;

/* Those of the table; discrete sets have none. */
extern const wicki_maps wicki_maps_real, wicki_maps_positive, wicki_maps_softplus_positive,
    wicki_maps_unit_interval, wicki_maps_interval, wicki_maps_greater_than, wicki_maps_less_than;
extern const wicki_maps wicki_maps_simplex, wicki_maps_ordered, wicki_maps_positive_ordered,
    wicki_maps_sum_to_zero;
extern const wicki_maps wicki_maps_lower_cholesky, wicki_maps_corr_cholesky,
    wicki_maps_positive_definite;

/** A number that has a logarithm. */
static inline double wicki_at_least_tiny(double x)
{
    return wicki_max(DBL_MIN, x);
}

/** The sum over the event of x, for log-determinants. */
wick_var wicki_sum_log_det(wick_constraint c, wick_var x);

/**
 * The sum over the event of x times a weight that depends on the place along the last axis, of size
 * n.
 */
wick_var wicki_weighted_log_det(wick_var x, double (*weight)(size_t k, size_t n));

#endif
