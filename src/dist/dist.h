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
    X(student_t) X(inverse_gamma) X(chi2) \
    X(cauchy) X(half_cauchy) X(laplace) X(logistic) X(gumbel) X(weibull) X(pareto) X(kumaraswamy) \
    X(von_mises) X(truncated_normal) \
    X(multivariate_normal) X(low_rank_multivariate_normal) X(multivariate_student_t) \
    X(lkj_cholesky) X(wishart) X(delta) X(bernoulli) X(bernoulli_logits) X(categorical) \
    X(categorical_logits) X(poisson) X(binomial) X(binomial_logits) X(beta_binomial) \
    X(geometric) X(geometric_logits) X(negative_binomial) X(negative_binomial_logits) \
    X(gamma_poisson) X(discrete_uniform) \
    X(one_hot_categorical) X(one_hot_categorical_logits) X(multinomial) X(multinomial_logits) \
    X(dirichlet_multinomial) X(unit)
/* clang-format on */

#define WICKI_DIST_EXTERN(name) extern const wick_dist_type wicki_dist_##name;
WICKI_DIST_LIST(WICKI_DIST_EXTERN)
#undef WICKI_DIST_EXTERN

/** A point mass with a density of its own: not on the list, since it has no density to tabulate. */
extern const wick_dist_type wicki_dist_delta_density;

/** Is all mass at one value? */
static inline bool wicki_is_delta(const wick_dist *dist)
{
    return dist->type == &wicki_dist_delta || dist->type == &wicki_dist_delta_density;
}

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

/** The sizes of the axes of one draw; false if they cannot be told, and after an error. */
bool wicki_dist_own_event(
    wick *w, const wick_dist *dist, wick_node *const *parameter, size_t *sizes);

/** KL(p || q) as wick_kl_divergence has it; NULL, without an error, if it is not known. */
wick_node *wicki_kl(wick *w, const wick_dist *p, const wick_dist *q);

/** How many values a single draw has, if its support is finite; 0 if it cannot be enumerated. */
size_t wicki_dist_cardinality(wick *w, const wick_dist *dist);

/** The value of each number, 0 .. n-1. The numbers are often the values: then the same var. */
wick_var wicki_dist_value(wick *w, const wick_dist *dist, wick_var number);

#endif
