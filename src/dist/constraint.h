/**
 * Does a value lie in a constraint, and if not, why.
 */
#ifndef WICKI_DIST_CONSTRAINT_H
#define WICKI_DIST_CONSTRAINT_H

#include "base/handle.h"

/**
 * Does an event of n values lie in the constraint? If not, says why in reason, such as
 * "positive: -1 at [2], must be > 0".
 *
 * @param values  row-major, values[i * stride]
 * @param reason  room for size bytes
 */
bool wicki_constraint_holds(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, size_t stride, char *reason, size_t size);

/** The first element that is outside, and what it must be. */
typedef struct wicki_violation {
    size_t element;
    double value;
    bool sum;       /**< value is the sum of a row */
    char must[48];  /**< "positive", "1" */
    char range[48]; /**< "> 0", "1" */
} wicki_violation;

/** Finds it; false if there is none. With lower_only nothing above a diagonal is looked at. */
bool wicki_constraint_violation(wick_constraint c, bool lower_only, size_t rank,
    const size_t *sizes, const double *values, size_t stride, wicki_violation *v);

/** The condition in x, such as "x > 0". */
void wicki_constraint_condition(wick_constraint c, wicki_text *text);

/** Is it a set of isolated points? */
bool wicki_constraint_is_discrete(wick_constraint c);

/**
 * Is every member of one set in the other one? The ends of intervals do not count, nor bounds that
 * are NaN, of which nothing is known.
 */
bool wicki_constraint_within(wick_constraint part, wick_constraint whole);

/** Axes of the event that it ties together. */
size_t wicki_constraint_rank(wick_constraint c);

/** Adds " at [1][2]", the place of an element of an event; nothing for a scalar. */
void wicki_text_add_index(wicki_text *text, size_t rank, const size_t *sizes, size_t element);

#endif
