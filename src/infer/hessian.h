/**
 * Second derivatives as differences of exact gradients.
 */
#ifndef WICKI_INFER_HESSIAN_H
#define WICKI_INFER_HESSIAN_H

#include <stdbool.h>
#include <stddef.h>

/** A gradient as a function of n numbers; false where it is not finite, or after an error. */
typedef struct wicki_gradient {
    bool (*at)(void *arg, const double *x, double *gradient);
    void *arg;
    size_t n;
} wicki_gradient;

/** Doubles of work that wicki_hessian_column needs. */
size_t wicki_hessian_work(size_t n);

/**
 * The derivative of the gradient along coordinate j of x.
 *
 * Central differences, whose steps are in proportion to 1 / sqrt(second derivative), extrapolated to
 * step 0.
 *
 * @param column  n numbers
 * @return        the estimated error, relative to the largest of them; infinity if no step has
 *                finite gradients
 *
 * Source: Ridders (1982), "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
 * Software 4; the table is Neville's.
 */
double wicki_hessian_column(
    const wicki_gradient *f, const double *x, size_t j, double *column, double *work);

#endif
