/**
 * Symmetric matrices that may be positive definite: [n][n], row by row.
 */
#ifndef WICKI_INFER_DEFINITE_H
#define WICKI_INFER_DEFINITE_H

#include <stdbool.h>
#include <stddef.h>

/** scale[i] = 1 / sqrt(|a_ii|), or 1: diag(scale) a diag(scale) has 1 or -1 on its diagonal, or 0. */
void wicki_unit_scale(size_t n, const double *a, double *scale);

/**
 * The lower triangular L with L L' = a^-1.
 *
 * @param least  pivot of the scaled matrix up to which it does not count as positive
 * @param l      L, with zeros above the diagonal
 * @param work   n * n numbers
 * @return       false if a is not positive definite
 */
bool wicki_inverse_cholesky(
    size_t n, const double *a, const double *scale, double least, double *l, double *work);

/**
 * The least eigenvalue of diag(scale) a diag(scale), by Jacobi's method, and its eigenvector.
 *
 * @param work  2 n * n numbers
 */
double wicki_least_eigenvector(
    size_t n, const double *a, const double *scale, double *vector, double *work);

#endif
