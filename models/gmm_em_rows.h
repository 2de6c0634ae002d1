/**
 * E steps of rows that are looked at once and pushed often.
 */
#ifndef MODELS_GMM_EM_ROWS_H
#define MODELS_GMM_EM_ROWS_H

#include "models/gmm_em.h"
#include "models/gmm_rows.h"

/**
 * gmm_em_push of rows that were grouped. As long as they are the ones of the last push the compiled
 * gradient of then is run again; so they must live until the em has gone, or others were pushed.
 */
bool gmm_em_push_rows(gmm_em *em, const gmm_rows *rows);

/** The log-likelihood of what was pushed since the last update. */
double gmm_em_pushed(const gmm_em *em);

/** The same, with its numbers open to changes between an update and the next push. */
gmm_mixture *gmm_em_open(gmm_em *em);

#endif
