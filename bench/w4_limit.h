/**
 * The limit for workload W4, a large Gaussian mixture: by hand, for 16 components of 8 dimensions.
 *
 *     x_n ~ sum_k weights_k Normal(loc_k, scale_k), scale_k a vector or a lower triangle
 *
 * Loss is minus the log-likelihood. The data are read once, a block at a time; what is kept of them
 * are, for each component, the sums of its responsibilities times 1, x, and the products of x.
 */
#ifndef BENCH_W4_LIMIT_H
#define BENCH_W4_LIMIT_H

#include <stddef.h>

enum { W4_D = 8, W4_K = 16 };

/** Unconstrained coordinates: weights = softmax of logits, locs, then log scales or triangles whose
 * diagonal is in logarithms. */
enum {
    W4_LOGIT,
    W4_LOC = W4_K,
    W4_SCALE = W4_LOC + W4_K * W4_D,
    W4_DIAGONAL_PARAMS = W4_SCALE + W4_K * W4_D,
    W4_FULL_PARAMS = W4_SCALE + W4_K * W4_D * W4_D
};

/** The loss of n points x [n][D] at u; its gradient goes to g. */
double w4_limit_diagonal(size_t n, const double *x, const double *u, double *g);
double w4_limit_full(size_t n, const double *x, const double *u, double *g);

#endif
