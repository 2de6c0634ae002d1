/**
 * What multivariate normals of all forms share: draws of vectors, entropies, divergences.
 *
 * Their types are multivariate_normal and low_rank_multivariate_normal. Parameters of a dist are
 * vars here.
 */
#ifndef WICKI_DIST_GAUSSIAN_H
#define WICKI_DIST_GAUSSIAN_H

#include "dist/sample.h"

/** Raises WICK_ERR_SHAPE if parameter j, whose node is x, has axes before those of one draw. */
bool wicki_need_own_axes(wick *w, const wick_dist *dist, size_t j, const wick_node *x);

/** A square matrix with 0 above its diagonal, which is not read. */
wick_var wicki_lower_triangle(wick_var a);

/** a z for each vector z of an event [..][n], a [m][n]: [..][m]. */
wick_var wicki_each_vector(wick_var a, wick_var z);

/** The sum of squares of each row of a matrix. */
wick_var wicki_row_squares(wick_var a);

/** D (1 + log(2 pi)) / 2 + log det(C) / 2 */
wick_var wicki_gaussian_entropy(wick *w, const wick_dist *dist);

/**
 * (tr(C_q^-1 C_p) + e' C_q^-1 e - D + log det C_q - log det C_p) / 2, e = loc_p - loc_q, of any two
 * of the types.
 */
wick_var wicki_gaussian_kl(wick *w, const wick_dist *p, const wick_dist *q);

#endif
