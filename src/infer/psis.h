/**
 * Pareto smoothed importance sampling on arrays, for those who do it many times.
 */
#ifndef WICKI_INFER_PSIS_H
#define WICKI_INFER_PSIS_H

#include "base/handle.h"

#include <wick/predict.h>

/** Memory for n draws, of the arena. */
typedef struct wicki_psis {
    size_t n;
    size_t *order; /**< a heap of the draws; in the end the largest ones are sorted */
    double *tail;  /**< how far they are beyond the cutoff */
} wicki_psis;

/** False after an error. */
bool wicki_psis_init(wicki_psis *p, wick *w, size_t n);

/**
 * Smooths log-weights in place, which have no NaN and no inf, and are not all -inf. They are as the
 * ratios were, not yet made to sum to 1. Returns k.
 */
double wicki_psis_smooth(const wicki_psis *p, double *log_weights);

/** Raises an error, and returns false, for NaN, inf, no draws, or all -inf. */
bool wicki_ratios_are_usable(wick *w, const char *function, const double *log_ratios, size_t n);

/** log sum exp; not all are -inf. */
double wicki_log_sum_exp(size_t n, const double *x);

/** Makes log-weights sum to 1; returns the log of the sum that they had. */
double wicki_normalise(size_t n, double *log_weights);

/** 1 / (sum of squares) of log-weights that sum to 1. */
double wicki_effective_draws(size_t n, const double *log_weights);

#endif
