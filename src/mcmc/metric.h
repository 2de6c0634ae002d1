/**
 * The metric of the momentum: a normal whose precision is an estimate of the posterior's
 * covariance.
 */
#ifndef WICKI_MCMC_METRIC_H
#define WICKI_MCMC_METRIC_H

#include "base/handle.h"
#include "base/philox.h"

#include <wick/mcmc.h>

typedef struct wicki_metric {
    wick_metric kind;
    size_t n;
    double *inverse; /**< the covariance of positions: [n], or [n][n] if it is dense */
    double
        *factor;   /**< dense: lower triangular, factor factor' = inverse; else 1 / sqrt(inverse) */
    double *spare; /**< as factor */
} wicki_metric;

/** Numbers in `inverse`: 0, n or n * n. */
size_t wicki_metric_size(wick_metric kind, size_t n);

/** A unit metric of this kind, its arrays in `memory`, of three times its size. */
wicki_metric wicki_metric_in(wick_metric kind, size_t n, double *memory);

/** Takes a covariance; false, and nothing is changed, if it is not finite and positive definite. */
bool wicki_metric_set(wicki_metric *m, const double *inverse);

/** out = inverse p, the velocity of a momentum. */
void wicki_metric_velocity(const wicki_metric *m, const double *p, double *out);

/** A momentum: normal with mean 0 and covariance inverse^-1. */
void wicki_metric_draw(const wicki_metric *m, wicki_stream *stream, double *p);

#endif
