/**
 * The ops behind constraints: elementary maps from free coordinates, which know no distribution.
 *
 * They work on the last axis of the event (on the last two for matrices); axes before it and
 * members are side by side. Errors: WICK_ERR_SHAPE if the event does not have those axes.
 */
#ifndef WICKI_TAPE_TRIANGLE_H
#define WICKI_TAPE_TRIANGLE_H

#include "tape/tape.h"

/**
 * A vector as the lower triangle of a matrix, row by row; zeros above.
 *
 * @param x  [n (n + 1) / 2]
 * @return   [n][n]
 */
wick_var wicki_unpack_lower(wick_var x);

/** [n][n]: e^x on the diagonal, x below it, 0 above, where no gradient goes. */
wick_var wicki_lower_cholesky(wick_var x);

/** Increasing: y_1 = x_1, y_k = y_(k-1) + e^(x_k). */
wick_var wicki_ordered(wick_var x);

/**
 * A point of the simplex, by breaking a stick: z_k = sigmoid(x_k - log(K - k)) of what is left is
 * y_k, and y_K the rest. x = 0 is the centre.
 *
 * @param x  [K - 1]; so K is 2 at least
 * @return   [K]
 *
 * Source: Stan Reference Manual, "Unit simplex transform".
 */
wick_var wicki_stick_breaking(wick_var x);

/**
 * log |d(y_1 .. y_(K-1)) / dx| of the same: a scalar for a vector. Stable for any x.
 */
wick_var wicki_stick_breaking_log_det(wick_var x);

#endif
