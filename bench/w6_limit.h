/**
 * The limit for workload W6, a hidden Markov model of 16 states with Gaussian emissions: by hand.
 *
 *     z_0 ~ initial, z_t ~ transition[z_(t-1)], y_t ~ Normal(loc[z_t], scale), t < 1000
 *
 * Loss is minus the log-likelihood: forward and backward in scaled probabilities.
 */
#ifndef BENCH_W6_LIMIT_H
#define BENCH_W6_LIMIT_H

enum { W6_T = 1000, W6_K = 16 };

/** Unconstrained coordinates: initial and transition[i] = softmax of logits, locs, log scale. */
enum {
    W6_INITIAL,
    W6_TRANSITION = W6_K,
    W6_LOC = W6_TRANSITION + W6_K * W6_K,
    W6_LOG_SCALE = W6_LOC + W6_K,
    W6_PARAMS
};

/** The loss at u for W6_T observations; its gradient goes to g. */
double w6_limit_gradient(const double *y, const double *u, double *g);

#endif
