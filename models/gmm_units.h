/**
 * Data in units of their columns, centred: fits by gradient need numbers of one size.
 */
#ifndef MODELS_GMM_UNITS_H
#define MODELS_GMM_UNITS_H

#include "models/gmm_bayes.h"
#include "models/gmm_start.h"

typedef struct gmm_units {
    const gmm *given;
    gmm_prior given_prior;
    gmm m;                   /**< the data in these units, and not in minibatches */
    gmm_prior prior;         /**< likewise */
    gmm_sample *sample;      /**< for starts, in the data's units */
    double *columns;         /**< variances of the columns, in the data's units: gmm_columns */
    double *centre, *spread; /**< standard deviations; of spherical mixtures one for all columns */
    double *x, *loc, *variance;
} gmm_units;

/** Copies the data. To be given to gmm_units_free; NULL after an error: those of gmm_rows_new and
 * gmm_sample_new. */
gmm_units *gmm_units_new(wick *w, const char *function, const gmm *m, const gmm_prior *prior);
void gmm_units_free(gmm_units *u);

/** Multiplies the spreads, D numbers; of a spherical mixture they must be one. */
void gmm_units_rescale(gmm_units *u, const double *factor);

/** A mixture in units of the data into these units, and back; back without the centre are deviations. */
void gmm_units_enter(const gmm_units *u, gmm_mixture *mixture);
void gmm_units_leave(const gmm_units *u, gmm_mixture *mixture, bool centred);

#endif
