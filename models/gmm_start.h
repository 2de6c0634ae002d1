/**
 * Where fits of a Gaussian mixture begin, and how widely its data are spread.
 */
#ifndef MODELS_GMM_START_H
#define MODELS_GMM_START_H

#include "models/gmm_em.h"
#include "models/gmm_rows.h"

/** Some rows of the data, all if they are few, and what they say of each column. */
typedef struct gmm_sample {
    size_t n, dimensions;
    double *x;           /**< n rows; what was not seen is the column's mean */
    double *row_weights; /**< n numbers */
    double *center;      /**< weighted mean of each column */
    double *variance;    /**< about it */
    double *spread;  /**< robust: the smaller of the variance and (interquartile range / 1.349)^2,
                               the variance if that range is 0, 1 if both are */
    size_t constant; /**< columns, or directions, in which there is no spread */
} gmm_sample;

/**
 * @param most  rows that are taken, drawn by the handle's seed where there are more
 * @return      to be given to gmm_sample_free; NULL after an error
 * Errors: WICK_ERR_ARGUMENT if no row has a weight and a number, or a column was never seen.
 */
gmm_sample *gmm_sample_new(wick *w, const char *function, const gmm_rows *rows, size_t most);
void gmm_sample_free(gmm_sample *sample);

/**
 * Puts K locs at rows of the sample, by the handle's draws; weights are equal, and scales those of the
 * rows about their nearest loc, the same for all components.
 *
 * GMM_START_KMEANS_PLUS_PLUS draws each next row by its squared distance to the nearest so far, in
 * units of `spread`, and at most 25 in a column, so that an outlier is hardly more likely than any row
 * far from the others; of 2 + log2 K rows so drawn it takes the one that leaves the smallest distances
 * (the greedy variant that Arthur & Vassilvitskii mention).
 */
bool gmm_start_mixture(wick *w, const gmm_sample *sample, gmm_start start, gmm_mixture *out);

/** Puts one component at another row, drawn by the distance to the locs of the others. */
bool gmm_start_component(wick *w, const gmm_sample *sample, size_t component, gmm_mixture *mixture);

#endif
