/**
 * Warm-up: the step size by dual averaging, the metric from windows of draws.
 *
 * Source: Hoffman & Gelman (2014), "The No-U-Turn Sampler", JMLR 15, algorithms 4 and 5; windows
 * and regularisation are those of the Stan Reference Manual, "HMC algorithm parameters".
 */
#ifndef WICKI_MCMC_ADAPT_H
#define WICKI_MCMC_ADAPT_H

#include "mcmc/hmc.h"

/* --- windows --------------------------------------------------------------------------------- */

enum { WICKI_MOST_WINDOWS = 64 };

/** The transitions first .. last. */
typedef struct wicki_window {
    size_t first, last;
} wicki_window;

/** The first and the last adapt the step size alone, those between the metric too. */
typedef struct wicki_windows {
    size_t n;
    wicki_window at[WICKI_MOST_WINDOWS];
} wicki_windows;

/**
 * 75 transitions, windows of 25, 50, 100, ..., the last of them as long as it must be, and 50; 15
 * %, 75 % and 10 % if there are fewer than 150; below 20 one window. None for 0.
 */
wicki_windows wicki_windows_of(size_t warmup);

/* --- the step size --------------------------------------------------------------------------- */

/** Dual averaging of the logarithm of the step size. */
typedef struct wicki_averaging {
    double target; /**< of the acceptance statistic */
    double centre; /**< what the logarithm is drawn to */
    double error;  /**< mean of target - statistic, later ones count more */
    double mean;   /**< of the logarithm, likewise */
    size_t count;
} wicki_averaging;

/** Begins anew around a step size: drawn to ten times of it. */
void wicki_averaging_begin(wicki_averaging *a, double step);

/** Takes the statistic of a transition; the step size for the next. */
double wicki_averaging_next(wicki_averaging *a, double accept);

/** The step size to stay with. */
double wicki_averaging_end(const wicki_averaging *a);

/**
 * The step size, by factors of 2, at which the acceptance of one leapfrog crosses 0.8; it starts
 * from h->step and sets it. False after WICK_ERR_NUMERIC: there is none.
 */
bool wicki_find_step(wicki_hmc *h, wicki_stream *stream);

/* --- all of it ------------------------------------------------------------------------------- */

typedef struct wicki_adaptation {
    wicki_hmc *h;
    wicki_windows windows;
    size_t done, window; /**< transitions, and windows that are over */
    wicki_averaging averaging;
    size_t count; /**< draws of this window: */
    double *mean, *square, *work;
} wicki_adaptation;

/** For a sampler at its start; NULL after an error. target: 0 to 1, of the acceptance statistic. */
wicki_adaptation *wicki_adaptation_new(wicki_hmc *h, size_t warmup, double target);
void wicki_adaptation_free(wicki_adaptation *a);

/** Finds the first step size; false after an error. */
bool wicki_adaptation_begin(wicki_adaptation *a, wicki_stream *stream);

/** After each transition of the warm-up: the next step size, the metric at the end of a window,
 * and what stays at the end of the last. False after an error. */
bool wicki_adaptation_learn(wicki_adaptation *a, double accept, wicki_stream *stream);

/** Goes on after so many transitions. */
void wicki_adaptation_place(wicki_adaptation *a, size_t done);

#endif
