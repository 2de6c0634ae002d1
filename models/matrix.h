/**
 * Small dense matrices as plain arrays of rows, for models that compute outside the tape. They use
 * + - * / and sqrt only, so that the bits are the same on every machine.
 */
#ifndef MODELS_MATRIX_H
#define MODELS_MATRIX_H

#include <wick/wick.h>

/** n doubles, all zero, to be given to free; NULL, and WICK_ERR_MEMORY, where there is no memory. */
double *matrix_doubles(wick *w, size_t n);

/** The lower factor of a = l l', both d rows of d; only the lower triangle of a is read, and l may be
 * a. False if a is not positive definite: then l is of no use. */
bool matrix_cholesky(size_t d, const double *a, double *l);

/** The inverse of a lower triangle with a diagonal that is not 0. */
void matrix_invert_lower(size_t d, const double *l, double *out);

/** out = l m l' for a lower triangle l and a symmetric m; scratch has d d doubles. */
void matrix_sandwich(size_t d, const double *l, const double *m, double *scratch, double *out);

/**
 * Eigenvalues, in no order, and vectors of a symmetric a, which is destroyed; the columns of vectors
 * go with values.
 *
 * Source: Jacobi's method by cyclic sweeps; Golub & Van Loan (2013), section 8.5.
 */
void matrix_eigen(size_t d, double *a, double *values, double *vectors);

#endif
