/**
 * Inside chains.
 */
#ifndef WICKI_MCMC_MCMC_H
#define WICKI_MCMC_MCMC_H

#include "base/pool.h"
#include "mcmc/chain.h"

/** Draws as they are read: [size + WICKI_STATISTICS][chains][n]. */
typedef struct wicki_drawn {
    double *numbers; /**< NULL: not put together yet */
    size_t n;
} wicki_drawn;

/** What is put together when it is asked for: the warm-up, and the draws. */
typedef struct wicki_reading {
    wicki_drawn part[2];
} wicki_reading;

struct wick_mcmc {
    wick *w;
    wick_mcmc_options options; /**< with defaults filled in */
    size_t dimension, size;    /**< numbers of a point, and of its values */
    wicki_chain *chain;
    wick_potential **potential; /**< of each thread; the first is the caller's */
    size_t threads;
    wicki_pool *pool;
    bool ended; /**< the next run begins anew */
    wicki_reading *reading;
};

/** Forgets what was put together for reading. */
void wicki_mcmc_forget_reading(const wick_mcmc *m);

/** Transitions, warm ones or not, that all chains have made. */
size_t wicki_mcmc_common(const wick_mcmc *m, bool warm);

#endif
