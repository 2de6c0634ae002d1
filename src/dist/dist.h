/**
 * Distributions as the layers above see them: density, draw, support, and the list of all types.
 */
#ifndef WICKI_DIST_DIST_H
#define WICKI_DIST_DIST_H

#include "tape/tape.h"

/*
 * The list of all types of distributions. The table and the tests come from it: a type without rows
 * of reference values, a gradient check and a check of its draws fails the suite.
 */
/* clang-format off */
#define WICKI_DIST_LIST(X) \
    X(normal) X(lognormal) X(half_normal) X(uniform) X(exponential) X(gamma) X(beta) X(dirichlet) \
    X(multivariate_normal) X(delta) X(bernoulli) X(bernoulli_logits) X(categorical) \
    X(categorical_logits) X(poisson) X(unit)
/* clang-format on */

#define WICKI_DIST_EXTERN(name) extern const wick_dist_type wicki_dist_##name;
WICKI_DIST_LIST(WICKI_DIST_EXTERN)
#undef WICKI_DIST_EXTERN

extern const wick_dist_type *const wicki_dists[];
extern const size_t wicki_n_dists;

/**
 * The density, a scalar per member.
 *
 * @param mask  NULL, or a node: what it is 0 for is not evaluated, has density and gradient
 *              0. With an event only for elementwise distributions
 * @return      NULL after an error
 */
wick_node *wicki_log_prob(wick *w, const wick_dist *dist, wick_node *value, wick_node *mask);

/**
 * A draw along the open plates and ambient dimensions, and what the parameters vary over, by the
 * handle's random key. A draw of wick_delta is its value.
 *
 * Errors: WICK_ERR_DOMAIN with the parameter and its element; WICK_ERR_STATE if the type has no
 * sampler.
 */
wick_node *wicki_dist_draw(wick *w, const wick_dist *dist);

/**
 * The event of a draw, without making one; sizes has room for WICK_MAX_RANK. False if it cannot be
 * told (of a type of one's own, where it is not that of its first parameter), and after an error.
 */
bool wicki_dist_event(wick *w, const wick_dist *dist, size_t *rank, size_t *sizes);

/** Values 0 .. n-1 of a scalar event with finite support; 0 if it cannot be enumerated. */
size_t wicki_dist_cardinality(wick *w, const wick_dist *dist);

#endif
