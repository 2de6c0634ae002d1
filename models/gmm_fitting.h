/**
 * What the fits of gmm_fit.h share: data in units of their columns, a handle of their own, starts.
 */
#ifndef MODELS_GMM_FITTING_H
#define MODELS_GMM_FITTING_H

#include "models/gmm_fit.h"
#include "models/gmm_units.h"

/** A fit on its way: function, w, m and options are given, the rest begins at zero. */
typedef struct gmm_fitting {
    const char *function;
    wick *w, *own; /**< the caller's handle, and the one that fits */
    const gmm *m;
    const gmm_fit_options *options;
    bool priors; /**< the mode is asked for, not the maximum likelihood */
    gmm_units *units;
    gmm_bayes bayes;                 /**< the data in these units, with priors */
    gmm_mixture *start, *now, *best; /**< in these units */
    gmm_fit_result result;
    double loss;  /**< of the best */
    size_t calls; /**< of the callback: the start at hand */
} gmm_fitting;

/** Checks what was given and makes room; false after an error. gmm_fitting_end in any case. */
bool gmm_fitting_begin(gmm_fitting *f, const gmm_prior *prior, const gmm_mixture *out);

/** Goes from each start to an optimum; the best one is f->best. False after an error. */
bool gmm_fitting_starts(gmm_fitting *f);

/** What went wrong in the handle of the fit goes wrong in the caller's. False if something did. */
bool gmm_fitting_pass_on(gmm_fitting *f);

/** Hands out f->best, if all is ok, and the result, and frees everything. */
bool gmm_fitting_end(gmm_fitting *f, bool ok, gmm_mixture *out, gmm_fit_result *result);

/** Minus the loss of programs, of a mixture's likelihood given all rows of m; NaN after an error. */
double gmm_fitting_evaluate(const gmm_fitting *f, wick_program model, wick_program guide);
double gmm_fitting_log_likelihood(const gmm_fitting *f, const gmm *m, const gmm_mixture *at);

/** A callback of wick_svi_run, with the gmm_fitting as its argument. */
bool gmm_fitting_step(uint64_t step, double loss, void *arg);

#endif
