/**
 * Runs of a model aside, one for each draw of its latent sites.
 */
#ifndef WICKI_INFER_RUNS_H
#define WICKI_INFER_RUNS_H

#include "site/sandbox.h"

#include <wick/predict.h>

typedef struct wicki_runs {
    wick *w;
    const char *function; /**< in whose name errors are raised */
    wick_posterior from;
    size_t n;                     /**< draws */
    size_t at;                    /**< the draw in hand */
    size_t known;                 /**< parameters before the first run */
    bool met;                     /**< one of the arrays' sites was */
    uint64_t seed, step, outside; /**< of the handle, while a run is open */
    wicki_sandbox sandbox;
} wicki_runs;

/**
 * @param from  NULL: the prior
 * @param n     draws, if there is neither a guide nor an array, and no number
 * @return      false after an error; then there is nothing to finish
 */
bool wicki_runs_init(
    wicki_runs *r, wick *w, const char *function, const wick_posterior *from, size_t n);

/** Opens a tape for a draw, with its random numbers; false after an error: then nothing is open. */
bool wicki_runs_open(wicki_runs *r, size_t draw);
void wicki_runs_close(wicki_runs *r);

/** The guide's run; discrete sites are drawn, also marked ones. NULL after an error. */
wick_trace *wicki_runs_guide(wicki_runs *r);

/** The model with the values of this draw: of a run of the guide, if there is one. */
wick_program wicki_runs_model(wicki_runs *r, wick_program model);

/** Puts things back; false after an error, which it may find: arrays of which none was met. */
bool wicki_runs_finish(wicki_runs *r);

#endif
