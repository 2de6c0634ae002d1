/**
 * The limit for workload W3, a Bayesian mixture of three Gaussians in the plane, fitted by
 * minibatches: by hand.
 *
 *     mu_kd ~ Normal(0, 1), sigma_kd ~ LogNormal(0, 1), logits_k ~ Normal(0, 1)
 *     x_n ~ sum_k softmax(logits)_k Normal(mu_k, sigma_k), n < 3072, 1024 of them in each step
 *
 * The guide is independent: normal for mu and logits, lognormal for sigma. Loss is minus the ELBO
 * of one draw.
 */
#ifndef BENCH_W3_LIMIT_H
#define BENCH_W3_LIMIT_H

#include <stdint.h>

enum { W3_N = 3072, W3_BATCH = 1024, W3_D = 2, W3_K = 3 };

/** Latent variables: mu [K][D], log sigma [K][D], logits. Coordinates: their locs, then their log
 * scales. */
enum {
    W3_MU,
    W3_SIGMA = W3_K * W3_D,
    W3_LOGIT = W3_SIGMA + W3_K * W3_D,
    W3_LATENT = W3_LOGIT + W3_K,
    W3_PARAMS = 2 * W3_LATENT
};

/** A minibatch, coordinates apart. */
typedef struct w3_batch {
    double x[W3_BATCH], y[W3_BATCH];
} w3_batch;

/** The loss at u for standard normal draws; its gradient goes to g. */
double w3_limit_gradient(const w3_batch *batch, const double *u, const double *draws, double *g);

/** A fit by Adam under way. */
typedef struct w3_fit {
    double u[W3_PARAMS], m[W3_PARAMS], v[W3_PARAMS];
    double power1, power2; /**< beta1^t, beta2^t */
    uint64_t state;        /**< of the generator */
    uint16_t order[W3_N];  /**< the points' numbers, shuffled a little more in each step */
} w3_fit;

/** Where fits begin: narrow guides around plausible values. */
void w3_limit_start(w3_fit *fit);

/** A minibatch without replacement, draws, gradient, a step of Adam (rate 0.03). The loss. */
double w3_limit_step(w3_fit *fit, const double (*points)[W3_D]);

#endif
