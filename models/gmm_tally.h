/**
 * What the rows are like in each column, and how much of them belongs to each component.
 */
#ifndef MODELS_GMM_TALLY_H
#define MODELS_GMM_TALLY_H

#include "models/gmm.h"

enum { GMM_TALLY_ROWS = 4 };

typedef struct gmm_column {
    double n;               /**< rows in which it was seen, by their weights v_i */
    double mean, deviation; /**< of these; NaN where there are none */
    bool constant;          /**< it has no two different numbers */
    double number;          /**< the smallest; NaN */
} gmm_column;

typedef struct gmm_load {
    double points;               /**< expected rows: sum_i v_i r_i, r_i the responsibility */
    double squares;              /**< sum_i v_i r_i^2 */
    size_t n;                    /**< the rows that have most of it, GMM_TALLY_ROWS or fewer: */
    size_t rows[GMM_TALLY_ROWS]; /**< first the most; of equal ones the first */
    double most[GMM_TALLY_ROWS]; /**< v_i r_i of these */
} gmm_load;

typedef struct gmm_tally {
    gmm_column *columns; /**< D */
    gmm_load *loads;     /**< K */
} gmm_tally;

/**
 * Rows of which nothing was seen, or that do not count, are left out. Resets the tape.
 *
 * @param data  checked already (gmm_data_check)
 * @return      to be given to gmm_tally_free; NULL after an error
 */
gmm_tally *gmm_tally_new(wick *w, const gmm_mixture *mixture, const gmm *data);
void gmm_tally_free(gmm_tally *tally);

/** What row i counts. */
double gmm_row_weight(const gmm *data, size_t i);

/** Does it count, and was anything of it seen? */
bool gmm_row_counts(const gmm *data, size_t i);

/**
 * The number of distinct rows among those that count, or `enough` if there are more.
 *
 * @param found  room for `enough`: where they are
 */
size_t gmm_distinct_rows(const gmm *data, size_t enough, size_t *found);

#endif
