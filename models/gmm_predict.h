/**
 * What a Gaussian mixture says of rows: densities, components, draws, and criteria to choose a
 * mixture by.
 *
 * NaN in a row is a number that was not seen: it is integrated out. Rows are looked at in blocks, so
 * that memory does not grow with their number. Errors of every function here: those of
 * gmm_mixture_check; WICK_ERR_ARGUMENT for n = 0 (but for gmm_draw), for x = NULL, and for a number
 * that is infinite or beyond 1e150, with its row and column; WICK_ERR_MEMORY. What was to be filled in
 * is then of no use. Functions that say so reset the tape.
 */
#ifndef MODELS_GMM_PREDICT_H
#define MODELS_GMM_PREDICT_H

#include "models/gmm.h"

/* --- rows ------------------------------------------------------------------------------------- */

/** What is said of rows; NULL: it is not asked for. */
typedef struct gmm_prediction {
    double *log_density; /**< n numbers: log p(x_i) of what was seen; 0 where nothing was */
    size_t *labels;      /**< n: the component of the largest responsibility; ties: the first */
    /** n rows of K, each of which sums to 1: P(assignment_i = k | x_i), worked out from logarithms, so
     * that they hold however far out the row is. Where nothing was seen they are the weights, and so
     * they are where the density is 0 even as a logarithm: beyond 1e154 standard deviations. */
    double *responsibilities;
} gmm_prediction;

/** Fills in the arrays that are there. Resets the tape. False after an error. */
bool gmm_predict(wick *w, const gmm_mixture *mixture, size_t n, const double *x,
    const gmm_prediction *prediction);

/** A row, as gmm_predict_each shows it. */
typedef struct gmm_row {
    size_t row;                     /**< its number */
    bool seen;                      /**< was any number of it? */
    double log_density;             /**< log p(x) */
    double log_joint;               /**< the largest log of weight_k p(x | k), over k */
    const double *responsibilities; /**< K numbers, good for this call */
} gmm_row;

/**
 * Shows the rows one by one, for what need not be kept for all of them. They come block by block,
 * within a block those first that were seen in the same columns. Resets the tape. False after an error.
 */
bool gmm_predict_each(wick *w, const gmm_mixture *mixture, size_t n, const double *x,
    void (*show)(const gmm_row *row, void *arg), void *arg);

/**
 * Fills in what was not seen with its mean given what was: E[x_missing | x_seen], the means by
 * component weighted by the responsibilities. Draws from the posterior of missing values would be
 * spread around it. Resets the tape.
 *
 * @param out  room for n rows of D, or x itself
 * Errors: WICK_ERR_NUMERIC if the covariance of columns that were seen is singular.
 */
bool gmm_complete(wick *w, const gmm_mixture *mixture, size_t n, const double *x, double *out);

/**
 * New rows from the mixture, by the handle's generator (wick_draw_normal).
 *
 * @param x       room for n rows of D
 * @param labels  their components, n; NULL: not asked for
 */
bool gmm_draw(wick *w, const gmm_mixture *mixture, size_t n, double *x, size_t *labels);

/* --- the whole -------------------------------------------------------------------------------- */

/**
 * The numbers that are free: K - 1 weights, K D locs, and of covariances K D (D + 1) / 2 (full),
 * D (D + 1) / 2 (tied), K D (diagonal) or K (spherical).
 */
size_t gmm_parameter_count(size_t components, size_t dimensions, gmm_covariance covariance);

/**
 * How well a mixture fits, and what that cost. With the log-likelihood log L = sum_i v_i log p(x_i),
 * v_i the weights of rows, nu parameters and n = sum_i v_i:
 *
 *     aic = -2 log L + 2 nu                                     Akaike (1974)
 *     bic = -2 log L + nu log n                                 Schwarz (1978)
 *     icl = -2 sum_i v_i log(weight_k p(x_i | k)) + nu log n    Biernacki, Celeux & Govaert (2000)
 *           with k the label of row i;  icl >= bic
 *
 * Of all three the smallest is best, as in scikit-learn; those that the R package mclust gives are the
 * negatives of bic and icl. bic asks for the density, icl for clusters that lie apart.
 */
typedef struct gmm_evaluation {
    double log_likelihood; /**< NaN after an error */
    double n;              /**< sum of the weights of rows of which anything was seen */
    size_t parameters;     /**< nu */
    double aic, bic, icl;
} gmm_evaluation;

/** Of the data's struct only the rows and their weights are looked at, and that its dimensions are
 * those of the mixture. Resets the tape. Errors: WICK_ERR_ARGUMENT for other dimensions, and for
 * weights of rows that are negative, not finite or all 0. */
gmm_evaluation gmm_evaluate(wick *w, const gmm_mixture *mixture, const gmm *data);

/** Check what a function was given, and raise the errors of gmm_predict and gmm_evaluate in its name. */
bool gmm_predict_check(
    wick *w, const char *function, const gmm_mixture *mixture, size_t n, const double *x);
bool gmm_data_check(wick *w, const char *function, const gmm_mixture *mixture, const gmm *data);

#endif
