/**
 * Fits of Gaussian mixtures other than EM, each in one call: maximum likelihood by gradients, the mode
 * of the posterior, and a variational posterior.
 *
 * A fit is made in a handle of its own, from the given mixture or from starts drawn by the handle's
 * seed, on columns that are centred and scaled first (a spherical mixture's all alike), which
 * changes no result but makes gradients of one size. The handle's parameters are left alone. All rows
 * count in each step; gmm.batch is for the steps of the variational fit.
 */
#ifndef MODELS_GMM_FIT_H
#define MODELS_GMM_FIT_H

#include "models/gmm_bayes.h"

/** Zero is the default. */
typedef struct gmm_fit_options {
    const gmm_mixture *given; /**< where to start; NULL: k-means++ (gmm_em.h) */
    size_t restarts;          /**< starts; the best one's fit is kept; 0: 10 (a given start: 1) */
    uint64_t steps;           /**< of L-BFGS for one start, at most; 0: 1000 */
    /** Of the norm of the gradient, as a part of the larger of 1 and |loss|; 0: 1e-9. */
    double gradient_tolerance;
    size_t threads; /**< 0 or 1: the caller's; WICK_ALL_THREADS. Any number gives the same bits */
    /** After each step of each start, and of the variational fit, whose start is counted as one more:
     * false ends that fit. NULL: none. */
    bool (*callback)(size_t start, uint64_t step, double loss, void *arg);
    void *callback_arg;

    /* the variational fit, which begins at the mode */
    bool full_rank;    /**< one multivariate normal instead of independent normals */
    uint64_t vb_steps; /**< of Adam; 0: 3000 */
    size_t draws;      /**< for means, deviations, ELBO and k; at least 25; 0: 1000 */
} gmm_fit_options;

/** What came of a fit. */
typedef struct gmm_fit_result {
    double log_likelihood; /**< of the mixture that is returned; NaN after an error */
    /** Log-likelihood and log-density of the prior, at the mode; NaN if there was no prior. */
    double log_posterior;
    uint64_t steps; /**< of the best start; vb: of Adam */
    bool
        converged; /**< by the tolerance, or because no step lowers the loss any more; vb: the mode */
    size_t starts;     /**< that were made */
    size_t best_start; /**< 0, 1, ... */
    size_t best_found; /**< starts within 1e-3 per row of the best; 0 if it collapsed */
    size_t degenerate; /**< starts that failed, or ended with a variance (given the columns before)
                            below 1e-6 of its column's, to which it is raised */
    bool collapsed;    /**< so did all of them, and this one too: its likelihood has no maximum;
                            fewer components, or a prior, help */
    /** vb, else NaN: evidence lower bound, over all draws, and its standard error; and how far to trust
     * the posterior (wick_check_guide). Variances have longer tails than normals: with few rows k is
     * above 0.7 even where the bound is close. */
    double elbo, elbo_se, k;
    char verdict[240]; /**< how the best start ended, in words */
} gmm_fit_result;

/**
 * Maximum likelihood: gmm_model by L-BFGS on the exact likelihood.
 *
 * @param out  of the sizes and form of m; unchanged after an error
 * Errors: those of gmm_model, of the start, and of the fit if all starts failed; WICK_ERR_ARGUMENT for
 * options out of range. A collapse is no error: see the result.
 */
bool gmm_gradient_fit(wick *w, const gmm *m, const gmm_fit_options *options, gmm_mixture *out,
    gmm_fit_result *result);

/**
 * The mode of the posterior, of weights, locs and covariances (variances), without Jacobian: L-BFGS on
 * gmm_bayes_model. With prior.flat it is maximum likelihood.
 *
 * @param prior  NULL for the defaults
 * Errors: as above, and those of gmm_bayes_model.
 */
bool gmm_map_fit(wick *w, const gmm *m, const gmm_prior *prior, const gmm_fit_options *options,
    gmm_mixture *out, gmm_fit_result *result);

/**
 * A variational posterior around the mode that gmm_map_fit finds: normals in unconstrained
 * coordinates, by Adam. It is about one labelling of the components.
 *
 * @param mean  posterior means of weights, locs and scales
 * @param sd    their standard deviations, number by number; NULL: not wanted
 * Errors: as above; WICK_ERR_ARGUMENT for a prior that is flat or has shrinkage WICK_ZERO: then there is
 * no posterior.
 */
bool gmm_vb_fit(wick *w, const gmm *m, const gmm_prior *prior, const gmm_fit_options *options,
    gmm_mixture *mean, gmm_mixture *sd, gmm_fit_result *result);

#endif
