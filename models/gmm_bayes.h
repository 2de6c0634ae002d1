/**
 * Gaussian mixtures with priors: for MAP, variational fits and sampling.
 *
 *     weights ~ dirichlet(c, ..., c)
 *     full, tied:  covariance ~ inverse_wishart(df, diag(r v)),   loc_k ~ normal(m, covariance / kappa)
 *     diagonal:    variance_j ~ inverse_gamma(df / 2, r v_j / 2), loc_kj ~ normal(m_j, variance_j / kappa)
 *     spherical:   the same with one variance of a component, and the mean of the v_j
 *
 * with m_j and v_j the place and the variance of column j (gmm_columns). A component cannot collapse:
 * the density of the prior goes to 0 faster than the likelihood grows.
 *
 * Source: Fraley & Raftery (2007), "Bayesian regularization for normal mixture estimation and model-based
 * clustering", Journal of Classification 24, and the R package mclust, whose modes these are. The
 * defaults are theirs, but that columns are measured so that outliers do not count, each for itself
 * (mclust has the covariance matrix of the data, or the mean variance), and that df of variances is
 * such that a variance has the same prior in all forms.
 *
 * Sites: "weights" [K], unless K is 1; over the plate "components" "covariance" [D][D], "variance" [D]
 * or "variance", and "loc" [D]; tied "covariance" outside of it; and those of the rows as in gmm.h.
 */
#ifndef MODELS_GMM_BAYES_H
#define MODELS_GMM_BAYES_H

#include "models/gmm.h"

/** Priors. Zero is the default. */
typedef struct gmm_prior {
    bool flat; /**< no prior at all, all else is not looked at: MAP is maximum likelihood */
    double weight_concentration; /**< c above; 0: 1, the uniform distribution */
    double shrinkage;       /**< kappa: rows that the prior of a loc is worth; 0: 0.01; WICK_ZERO:
                                      none, any loc is as good as any other */
    double df;              /**< of covariances, above D - 1: 0: D + 2; of variances: 0: 3 */
    double scale;           /**< r above; 0: K^(-2 / D), for K parts of the data's volume */
    const double *loc;      /**< m above, D numbers; NULL: of gmm_columns */
    const double *variance; /**< v above, D numbers above 0; NULL: of gmm_columns */
} gmm_prior;

/** Data and priors. It must outlive the programs made from it. */
typedef struct gmm_bayes {
    const gmm *m;
    gmm_prior prior;
} gmm_bayes;

/**
 * The model, for the autoguides of wick/guide.h under wick_trace_enum_elbo.
 *
 * Errors: those of gmm_model; WICK_ERR_DOMAIN for a number of the prior that is out of range, with its
 * name.
 */
wick_program gmm_bayes_model(const gmm_bayes *b);

/**
 * What m and v are where the prior does not say: the median of each column, and the smaller of its
 * variance and (interquartile range / 1.349)^2, so that outliers count for little; of a column without
 * any spread 1. D numbers each. Of more than 32768 rows it looks at that many at most, evenly apart.
 *
 * False after an error: those of gmm_em_fit for data.
 */
bool gmm_columns(wick *w, const gmm *m, double *loc, double *variance);

/* --- guides ---------------------------------------------------------------------------------- */

/** Where an autoguide of the model starts: the numbers of a mixture. */
typedef struct gmm_bayes_start gmm_bayes_start;

/** To be given to gmm_bayes_start_free, not before the guide has run; NULL after an error. */
gmm_bayes_start *gmm_bayes_start_new(wick *w, const gmm_mixture *mixture);
void gmm_bayes_start_free(gmm_bayes_start *start);

/** The argument of wick_init_to_value: wick_auto_options.init_arg. */
void *gmm_bayes_init_arg(gmm_bayes_start *start);

/** The point estimate of a guide as a mixture: of a normal guide its median. False after an error. */
bool gmm_bayes_point(wick *w, const wick_guide *guide, gmm_mixture *out);

/**
 * Means and standard deviations of each number of a mixture over draws of a guide; either may be NULL.
 * The mean of lower triangles is one too, that of weights sums to 1. False after an error.
 */
bool gmm_bayes_moments(
    wick *w, const wick_guide *guide, size_t draws, gmm_mixture *mean, gmm_mixture *sd);

#endif
