/**
 * The limit for workload W1, a mixture of five points: by hand, for this model alone.
 *
 *     weights ~ Dirichlet(0.5, 0.5), scale ~ LogNormal(0, 2), loc_k ~ Normal(0, 10), k = 0, 1
 *     y_n ~ sum_k weights_k Normal(loc_k, scale), y = 0, 1, 10, 11, 12
 *
 * The objective is the MAP estimate in the constrained space (no Jacobian), as an AutoDelta guide
 * has it. A processor with AVX2 and FMA gets code for them, whatever the rest was built for.
 */
#ifndef BENCH_W1_LIMIT_H
#define BENCH_W1_LIMIT_H

/** Unconstrained coordinates: weights = softmax of two logits, log scale, two locs. */
enum { W1_LOGIT, W1_LOG_SCALE = 2, W1_LOC = 3, W1_PARAMS = 5 };

/** Minus the log joint density at u; its gradient goes to g. */
double w1_limit_gradient(const double u[W1_PARAMS], double g[W1_PARAMS]);

/** The same with the logarithms of the Jacobians, weights = (1 / (1 + e^-u), 1 / (1 + e^u)) of
 * u = u[0] - u[1]: what a sampler needs. */
double w1_limit_potential(const double u[W1_PARAMS], double g[W1_PARAMS]);

/** A fit by Adam under way. */
typedef struct w1_fit {
    double u[W1_PARAMS], m[W1_PARAMS], v[W1_PARAMS];
    double power1, power2; /**< beta1^t, beta2^t */
} w1_fit;

/** The tutorial's best start: weights 1/2, scale sqrt(var / 2), locs 1 and 10. */
w1_fit w1_limit_start(void);

/** Gradient, then one step of Adam (rate 0.1, betas 0.8 and 0.99). The loss before it. */
double w1_limit_step(w1_fit *fit);

#endif
