/**
 * Optimal assignment: one column for each row, no column twice, the sum of their costs the least.
 */
#ifndef MODELS_ASSIGNMENT_H
#define MODELS_ASSIGNMENT_H

#include <wick/wick.h>

/**
 * Solves it by shortest augmenting paths, one for each row, in rows^2 columns steps.
 *
 * @param rows      1 .. columns
 * @param cost      rows of columns numbers, of either sign
 * @param assigned  room for rows: the column of each. Of several optima it is always the same one
 * @return          the sum of the costs; NaN after an error
 * Errors: WICK_ERR_ARGUMENT for more rows than columns (exchange them), for none, and for a cost that
 * is infinite or NaN; WICK_ERR_MEMORY. What it works in is memory of the tape.
 *
 * Sources: Kuhn (1955), "The Hungarian method for the assignment problem"; Jonker & Volgenant (1987),
 * "A shortest augmenting path algorithm for dense and sparse linear assignment problems".
 */
double assignment_solve(wick *w, size_t rows, size_t columns, const double *cost, size_t *assigned);

#endif
