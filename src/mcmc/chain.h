/**
 * One chain: where it is, what it has learned, what it has drawn. It makes its transitions on any
 * thread; its random numbers depend on its key and on the number of the transition.
 */
#ifndef WICKI_MCMC_CHAIN_H
#define WICKI_MCMC_CHAIN_H

#include "mcmc/adapt.h"
#include "mcmc/potential.h"

#include <math.h>

enum { WICKI_STATISTICS = WICK_ENERGY + 1 };

/** What is counted of the warm-up, and of the transitions after it. */
typedef struct wicki_phase {
    size_t leapfrogs, divergent;
    double seconds;
} wicki_phase;

typedef struct wicki_chain {
    wick handle;                      /**< for errors of its own */
    const wick_mcmc_options *options; /**< with defaults filled in */
    uint64_t key;
    wick_potential *potential; /**< of the thread that it runs on */
    wicki_hmc *hmc;            /**< NULL: it has not begun */
    wicki_adaptation *adaptation;
    size_t done; /**< transitions, those of the warm-up first */
    wicki_phase phase[2];
    double *q, *statistics; /**< [kept][dimension], [kept][WICKI_STATISTICS] */
} wicki_chain;

/** Transitions that are kept, of `samples` draws. */
static inline size_t wicki_chain_kept(const wick_mcmc_options *o, size_t samples)
{
    return (o->keep_warmup ? o->warmup : 0) + samples;
}

/** Makes sampler and adaptation; false after an error in the chain's handle. */
bool wicki_chain_open(wicki_chain *c, size_t dimension);

/** Frees them, and forgets what was done. */
void wicki_chain_close(wicki_chain *c);

/** Begins at q; false if the potential or its gradient is not finite there. */
bool wicki_chain_start(wicki_chain *c, wick_potential *p, const double *q);

static inline bool wicki_chain_is_over(const wicki_chain *c)
{
    return c->done == c->options->warmup + c->options->samples;
}

/** Makes transitions for so many seconds, at least one if it is not over, or until an error. */
void wicki_chain_run(wicki_chain *c, wick_potential *p, double seconds);

/** Is a number of a state a count, at most so much? */
static inline bool wicki_is_count(double x, double most)
{
    return x >= 0.0 && x <= most && x == floor(x);
}

/* --- its state ------------------------------------------------------------------------------- */

/** Doubles of the state of a chain, without its draws. */
size_t wicki_chain_state_size(const wick_mcmc_options *o, size_t dimension);

/** All that the next transition depends on, and what was counted. Zeros if it has not begun. */
void wicki_chain_pack(const wicki_chain *c, size_t dimension, double *out);

/** Puts that into an open chain, or closes it if it had not begun. False, and the chain is closed, for numbers that no chain has. */
bool wicki_chain_unpack(wicki_chain *c, size_t dimension, const double *in);

#endif
