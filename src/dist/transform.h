/**
 * Transforms on plain arrays, for the parameter store and for initial values: one event at a time.
 *
 * All take a constraint that has a transform (see wicki_has_transform) and an event that fits it.
 * Arrays are row-major; element i is at [i * stride] on both sides.
 */
#ifndef WICKI_DIST_TRANSFORM_H
#define WICKI_DIST_TRANSFORM_H

#include "dist/constraint.h"

/**
 * Is there a transform? Not for discrete sets, nor for an interval that is empty or unbounded.
 * Those on arrays do not know bounds that are vars.
 */
bool wicki_has_transform(wick_constraint c);

/** The same; if there is none raises WICK_ERR_DOMAIN (an interval) or WICK_ERR_ARGUMENT. */
bool wicki_need_transform(wick *w, const char *function, wick_constraint c);

/** transform_to, with the bits of the tape's op. */
void wicki_transform_forward(wick_constraint c, size_t rank, const size_t *sizes,
    const double *unconstrained, double *out, size_t stride);

/**
 * Coordinates that transform_to maps to the values: log p for the simplex. Values on the boundary,
 * which have none, get finite ones whose image is as near as doubles allow; what is not positive
 * definite gets NaN.
 */
void wicki_transform_inverse(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, double *out, size_t stride);

/** The same for biject_to; returns the number of coordinates, those of wicki_biject_size. */
size_t wicki_biject_inverse(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, double *out, size_t stride);

/**
 * The event of the coordinates of biject_to.
 *
 * @param rank, sizes  of the value
 * @param reduced       their sizes; room for WICK_MAX_RANK
 * @return             their rank. A size is 0 for what has one member only: simplex and sum_to_zero of
 *                     one element, corr_cholesky of one row.
 */
size_t wicki_biject_size(wick_constraint c, size_t rank, const size_t *sizes, size_t *reduced);

#endif
