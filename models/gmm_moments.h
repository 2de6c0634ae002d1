/**
 * Expected counts, sums and products of the components of a Gaussian mixture: what an E step finds
 * and an M step needs.
 *
 * All are about the locs of the mixture that they were expected under: sum_i r_ik (x_i - loc_k) and
 * sum_i r_ik (x_i - loc_k)(x_i - loc_k)', r_ik times the weight of row i. So nothing cancels near the
 * maximum, whatever the offset of the data, and what batches add is simply added.
 */
#ifndef MODELS_GMM_MOMENTS_H
#define MODELS_GMM_MOMENTS_H

#include "models/gmm.h"

typedef struct gmm_moments {
    size_t components, dimensions;
    gmm_covariance covariance;
    double *count;    /**< K */
    double *sum;      /**< K rows of D */
    double *products; /**< as gmm_mixture.scale; of all components if tied, of all columns if
                           spherical */
    double *batch;    /**< K: counts of what is being added */
    double *scratch;
} gmm_moments;

/** Zeros, for mixtures of this shape; to be given to gmm_moments_free. NULL after an error. */
gmm_moments *gmm_moments_new(wick *w, const gmm_mixture *shape);
void gmm_moments_free(gmm_moments *m);

/**
 * Adds the moments of rows that weigh `total` together, from the gradient of their log-likelihood by
 * the logits of the weights, locs and scales (the lower triangle of a matrix). With L the scale of a
 * component, S1 and S2 its sum and products:
 *
 *     logits: count - total weight,   loc: L^-T L^-1 S1,
 *     scale: tril(L^-T L^-1 S2 L^-T) - count diag(1 / L_ii)
 */
void gmm_moments_add(gmm_moments *m, const gmm_mixture *at, double total, const double *logits,
    const double *loc, const double *scale);

/**
 * The M step: the mixture that maximises the expected log-likelihood among those whose variances are
 * at least the floor. A covariance is kept above diag(floor) in every direction by raising the small
 * eigenvalues in coordinates in which the floor is 1: that is the constrained maximum.
 *
 * A component with less than 1e-10 of the weight, or, without a floor, with a singular covariance,
 * keeps its scale.
 *
 * @param floor    a variance for each column, D numbers, 0: none
 * @param mixture  the one that the moments are of; becomes the new one
 * @param floored  K numbers: directions, or columns, of each component that are at the floor (without a
 *                 floor 1 if it is singular)
 */
void gmm_moments_maximise(
    const gmm_moments *m, const double *floor, gmm_mixture *mixture, size_t *floored);

/** All zero again. */
void gmm_moments_clear(gmm_moments *m);

/**
 * Makes the moments those about the locs of `mixture`, into which gmm_moments_maximise turned `before`,
 * and multiplies them by decay.
 */
void gmm_moments_decay(
    gmm_moments *m, const gmm_mixture *before, const gmm_mixture *mixture, double decay);

#endif
