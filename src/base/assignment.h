/**
 * Optimal assignment again and again, in memory that is taken once.
 */
#ifndef WICKI_BASE_ASSIGNMENT_H
#define WICKI_BASE_ASSIGNMENT_H

#include "base/handle.h"

/** What a path is searched with. Column `columns` stands for the row that has none yet. */
typedef struct wicki_assignment {
    size_t rows, columns;
    const double *cost;
    double *row_price, *column_price; /**< cost - row_price - column_price is nowhere below 0 */
    double *distance;                 /**< of the shortest path to a column */
    size_t *row_of;                   /**< of a column; rows: none */
    size_t *before;                   /**< the column before, on that path */
    bool *reached;
} wicki_assignment;

/** Takes memory of the tape; false after an error. */
bool wicki_assignment_open(wick *w, wicki_assignment *a, size_t rows, size_t columns);

/** As wick_solve_assignment, of finite costs. */
double wicki_assignment_solve(wicki_assignment *a, const double *cost, size_t *assigned);

#endif
