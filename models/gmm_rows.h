/**
 * The rows of a data set by which of their columns were seen: what a Gaussian density is asked for.
 */
#ifndef MODELS_GMM_ROWS_H
#define MODELS_GMM_ROWS_H

#include <wick/wick.h>

/** Rows in which the same columns were seen. */
typedef struct gmm_pattern {
    size_t n_columns;          /**< that were seen; 0: nothing was */
    size_t *columns;           /**< which; NULL: all */
    size_t n;                  /**< rows */
    size_t *rows;              /**< which rows of the data, ascending; NULL: all, in their order */
    const double *x;           /**< n rows of n_columns numbers */
    const double *row_weights; /**< n numbers; NULL: 1 each */
    double *copied, *copied_weights; /**< where x and row_weights are not those of the data */
} gmm_pattern;

typedef struct gmm_rows {
    size_t n_patterns; /**< complete rows first, then by the columns that were seen */
    gmm_pattern *patterns;
    size_t dimensions;
    size_t n;            /**< rows of which anything was seen */
    double total_weight; /**< of these */
} gmm_rows;

/**
 * Looks at every number once. Data without a NaN, and without a weight of 0, are one pattern that
 * points to them; else the rows are copied. Rows of weight 0 are left out.
 *
 * @return  to be given to gmm_rows_free; NULL after an error
 * Errors: WICK_ERR_ARGUMENT for a number that is infinite or beyond 1e150, whose square a double
 * cannot hold, with its row and column; for a weight that is negative or not finite.
 */
gmm_rows *gmm_rows_new(wick *w, const char *function, size_t n, size_t dimensions, const double *x,
    const double *row_weights);
void gmm_rows_free(gmm_rows *rows);

#endif
