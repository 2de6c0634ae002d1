/**
 * Posteriors of discrete sites, as adjoints of the log-evidence.
 *
 * The adjoint of the log-evidence by a log-factor is the marginal of the factor's variables: one
 * sweep forward and back gives all of them (on a chain, the forward and the backward algorithm).
 * With maxima instead of sums the adjoints are 1 at the mode and 0 elsewhere (Viterbi), with draws
 * they are at an exact draw (backward sampling).
 */
#ifndef WICKI_INFER_POSTERIOR_H
#define WICKI_INFER_POSTERIOR_H

#include "tape/mixture.h"

#include <wick/discrete.h>

/** A factor whose adjoint is wanted. */
typedef struct wicki_watched {
    wick_node *node;
    const double *adjoint;
    struct wicki_watched *next;
} wicki_watched;

typedef struct wicki_watched_link {
    const wicki_watched *factor;
    struct wicki_watched_link *next;
} wicki_watched_link;

/** A site that is inferred. */
typedef struct wicki_inferred {
    const wick_site *site;
    const wicki_watched *own;   /**< its density */
    wicki_watched_link *shared; /**< densities that depend on other such sites too */
    size_t n_shared;
    wick_var number; /**< of its value in the second run */
} wicki_inferred;

/** What is public as wick_marginals; itself the handler of both runs. */
typedef struct wick_marginals {
    wick_handler handler;
    wick_handler *enumerate;
    wick *w;
    uint32_t serial;
    const char *function;    /**< that was called */
    wick_trace *trace;       /**< of the first run, discrete sites enumerated */
    wicki_inferred **of_dim; /**< the site of each dimension, or NULL */
    wicki_watched *watched;
    uint32_t n_dims, runs; /**< dimensions in all; runs of the tape before the first */
    size_t n_inferred;
    double log_evidence;
} wicki_posterior;

/**
 * Finds the adjoints of densities in the trace: of the inferred sites, and of all that depend on
 * several of them if pairs are wanted. False after an error.
 */
bool wicki_posterior_solve(wicki_posterior *p, wicki_elimination how, bool pairs);

/**
 * The adjoint of a factor, summed over all variables but those of n dimensions (1 or 2), which
 * become axes of the event. Over other dimensions that are not in `over` all members are alike.
 */
wick_node *wicki_posterior_table(
    wick *w, const wicki_watched *f, size_t n, const uint32_t *dim, uint32_t over);

/** The probabilities of the values of a site, over its plates. */
wick_node *wicki_posterior_marginal(wick *w, const wicki_inferred *v);

#endif
