/**
 * The limit for workload W2, a mixture of three Gaussians in the plane: by hand.
 *
 *     x_n ~ sum_k weights_k Normal(mean_k, scale_tril = chol_k diag(scale_k)), n < 1000
 *
 * Loss is minus the log-likelihood.
 */
#ifndef BENCH_W2_LIMIT_H
#define BENCH_W2_LIMIT_H

enum { W2_N = 1000, W2_D = 2, W2_K = 3 };

/** Unconstrained coordinates: weights = softmax of logits, means [K][D], log scales [K][D], and
 * chol [K][D][D], whose upper corner is not read. */
enum {
    W2_LOGIT,
    W2_MEAN = W2_K,
    W2_LOG_SCALE = W2_MEAN + W2_K * W2_D,
    W2_CHOL = W2_LOG_SCALE + W2_K * W2_D,
    W2_PARAMS = W2_CHOL + W2_K * W2_D * W2_D
};

/** Coordinates apart, so that neighbours are of neighbouring points. */
typedef struct w2_points {
    double x[W2_N], y[W2_N];
} w2_points;

/** The loss at u; its gradient goes to g. */
double w2_limit_gradient(const w2_points *points, const double *u, double *g);

#endif
