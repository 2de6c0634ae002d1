/**
 * Triangles solved for many members side by side: what densities of a location and a scale_tril
 * share.
 *
 * With L = scale_tril: L t = x - loc, and L' s = t. t[i * WICKI_COLUMNS + m] is component i of
 * member m. Of L the lower triangle only is read.
 */
#ifndef WICKI_DIST_MVN_COLUMNS_H
#define WICKI_DIST_MVN_COLUMNS_H

#include "dist/density.h"

/** Members at a time; sizes D up to which t and s have room on the stack. */
enum { WICKI_COLUMNS = 32, WICKI_SMALL_COLUMNS = 32 };

/** Up to WICKI_COLUMNS members. A step is 0 where loc or L is the same for all of them. */
typedef struct wicki_columns {
    size_t n, d;
    const double *x, *loc, *l;
    size_t x_stride, loc_stride, l_stride;
    size_t x_step, loc_step, l_step;
    double *t, *s;
} wicki_columns;

/**
 * Members of part of a run from `first` on; input `at` of the density is loc, the next one L.
 *
 * @param room  2 D WICKI_COLUMNS doubles for t and s
 */
wicki_columns wicki_columns_of(
    const wick_node *node, const wick_run *part, size_t first, uint32_t at, double *room);

/** L t = x - loc */
void wicki_columns_solve(const wicki_columns *c);

/** L' s = t, after that */
void wicki_columns_solve_transposed(const wicki_columns *c);

/** t't of each member, added up in square */
void wicki_columns_squares(const wicki_columns *c, double *square);

/** sum_i log L_ii of a member; NaN if one of them is not positive. */
double wicki_columns_log_determinant(const wicki_columns *c, size_t m);

/**
 * The density of a member whose t't is NaN: -inf for a value at infinity, whichever way the
 * elimination went.
 */
double wicki_columns_at_infinity(const wicki_columns *c, size_t m, double density);

/** Adjoints; NULL where none is wanted. */
typedef struct wicki_column_adjoints {
    const double *density; /**< of the density */
    const double *slope;   /**< of -t't / 2 */
    double *x, *loc, *l;
} wicki_column_adjoints;

/**
 * Adds slope times the derivatives of -t't / 2, and density times those of -sum_i log L_ii. s is
 * lost.
 */
void wicki_columns_gradient(const wicki_columns *c, const wicki_column_adjoints *a);

/** Room for t and s of a density: none if D is small enough for the stack. */
bool wicki_columns_room(wick *w, wick_node *node);

#endif
