/**
 * A Bayesian mixture of Gaussians with diagonal covariances, and its mean-field posterior.
 *
 *     weights ~ dirichlet(weight_concentration, ...)
 *     loc_kd ~ normal(0, loc_scale)       precision_kd ~ gamma(concentration, rate)
 *     assignment_i ~ categorical(weights)
 *     x_id ~ normal(loc_kd, 1 / sqrt(precision_kd)),  k = assignment_i
 *
 * The guide has a dirichlet for the weights, a normal for each loc and a gamma for each precision;
 * the assignments are summed out. Sites: "weights" [K], and over the plate "components" "loc" [D]
 * and "precision" [D]; "assignment" and "x" over the plate "data". Parameters:
 * "weights.concentration", and over the components "loc.loc", "loc.scale", "precision.concentration",
 * "precision.rate".
 *
 * Source: ProbFlow's example "Gaussian Mixture Model", whose parameters have these priors and
 * posteriors (Parameter, ScaleParameter, DirichletParameter).
 */
#ifndef MODELS_BAYES_GMM_H
#define MODELS_BAYES_GMM_H

#include <wick/wick.h>

/** Data and priors. It must outlive the programs made from it. */
typedef struct bayes_gmm {
    size_t components;           /**< K, at least 1 */
    size_t dimensions;           /**< D, at least 1 */
    size_t n;                    /**< observations */
    const double *x;             /**< n rows of D numbers */
    size_t batch;                /**< observations in a step; 0: all */
    const size_t *indices;       /**< which ones, batch of them; NULL: drawn anew in each step */
    double weight_concentration; /**< 0: 1 */
    double loc_scale;            /**< 0: 1 */
    double concentration, rate;  /**< 0: 5 and 1 */
} bayes_gmm;

/** The model. Errors: WICK_ERR_ARGUMENT for a struct without components, dimensions or data. */
wick_program bayes_gmm_model(const bayes_gmm *m);

/**
 * The guide. Its locs start at K of the data that lie apart (k-means++, Arthur & Vassilvitskii 2007)
 * by the handle's seed.
 */
wick_program bayes_gmm_guide(const bayes_gmm *m);

/** Gives the components the order of their first loc: after a fit, as what an optimiser remembers
 * stays where it was. */
void bayes_gmm_sort(wick *w, const bayes_gmm *m);

/** Means and standard deviations of the posterior. */
typedef struct bayes_gmm_posterior {
    double *weight_mean, *weight_sd; /**< K numbers */
    double *loc_mean, *loc_sd;       /**< K rows of D */
    double *scale_mean, *scale_sd;   /**< of 1 / sqrt(precision), K rows of D */
} bayes_gmm_posterior;

/** Fills in the arrays that are there. False after an error. */
bool bayes_gmm_get(wick *w, const bayes_gmm *m, const bayes_gmm_posterior *posterior);

/**
 * The density of the mixture at n points (rows of D), with weights, locs and precisions at their
 * posterior means: what ProbFlow's model.prob gives. Resets the tape. False after an error.
 */
bool bayes_gmm_density(wick *w, const bayes_gmm *m, size_t n, const double *points, double *out);

#endif
