/**
 * Does a value lie in a constraint, and if not, why.
 */
#ifndef WICKI_DIST_CONSTRAINT_H
#define WICKI_DIST_CONSTRAINT_H

#include "tape/tape.h"

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
    const char *sum; /**< value is not the element but of its row: "sums to"; else NULL */
    char must[64];   /**< "positive", "1" */
    char range[64];  /**< "> 0", "1" */
} wicki_violation;

/**
 * Finds it; false if there is none. With lower_only nothing above a diagonal is looked at. Of a
 * positive definite matrix with more than 48 rows only symmetry and diagonal are looked at.
 */
bool wicki_constraint_violation(wick_constraint c, bool lower_only, size_t rank,
    const size_t *sizes, const double *values, size_t stride, wicki_violation *v);

/** The reals, or what one or two bounds leave of them: an infinite number is no bound. */
wick_constraint wicki_constraint_between(wick_operand lower, wick_operand upper);

/** What two bounds leave of a set of numbers that is continuous. */
wick_constraint wicki_constraint_cut(wick_constraint set, wick_operand lower, wick_operand upper);

/** Is a bound a var? */
bool wicki_constraint_has_vars(wick_constraint c);

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
