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

/**
 * The same below the diagonal, which is 0.
 *
 * @param x  [n (n - 1) / 2]; so n is 2 at least
 * @return   [n][n]
 */
wick_var wicki_unpack_strictly_lower(wick_var x);

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

/** x less its mean. */
wick_var wicki_centre(wick_var x);

/**
 * Elements that sum to 0, by a map that keeps lengths and angles:
 * y_k = sum_i>=k w_i - (k - 1) w_(k-1) with w_i = x_i / (i (i + 1))^(1/2), counted from 1.
 *
 * @param x  [K - 1]; so K is 2 at least
 * @return   [K]
 *
 * Source: Stan Reference Manual, "Sum-to-zero transforms" (the isometric log-ratio's basis).
 */
wick_var wicki_zero_sum(wick_var x);

/**
 * The Cholesky factor of a correlation matrix: with z = tanh x of what stands below the diagonal,
 * L_ij = z_ij prod_k<j (1 - z_ik^2)^(1/2), z_ii = 1; 0 above, where no gradient comes from. The
 * diagonal is DBL_MIN at least.
 *
 * @param x  [n][n]
 *
 * Source: Lewandowski, Kurowicka & Joe (2009); Stan Reference Manual, "Cholesky factors of
 * correlation matrices".
 */
wick_var wicki_corr_cholesky(wick_var x);

/** L L', [n][n]; of L only the lower triangle is read. */
wick_var wicki_gram(wick_var l);

/**
 * L a, lower triangles of which nothing above the diagonal is read.
 *
 * @param l  [n][n], or with the axes of a
 * @param a  [..][n][n]
 */
wick_var wicki_tril_product(wick_var l, wick_var a);

/** 1 / cosh x without cancellation; 0 beyond |x| = 708. */
double wicki_sech(double x);

#endif
