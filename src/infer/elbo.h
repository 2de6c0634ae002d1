/**
 * What the losses share: runs of guide and model, their terms, discrete variables, draws.
 */
#ifndef WICKI_INFER_ELBO_H
#define WICKI_INFER_ELBO_H

#include "infer/contract.h"

/* --- runs ------------------------------------------------------------------------------------- */

/** A loss: what it runs, and how it takes the sites. */
typedef struct wicki_bound {
    const char *loss; /**< in whose name errors are raised */
    wick_program model, guide;
    bool sum_model;   /**< discrete sites of the model that the guide lacks are summed out */
    bool sum_guide;   /**< averages over the sites of the guide that are marked for enumeration */
    bool closed_kl;   /**< divergences in closed form where that is known, and right */
    bool cut;         /**< no gradient flows through draws */
    bool renyi, wake; /**< particles are put together: alpha, or insomnia, is an option */

    wick_elbo_options options; /**< set by wicki_bound_run, as what follows */
    wick_var kl_weight;        /**< or WICK_VAR_NONE */
} wicki_bound;

typedef struct wicki_choices wicki_choices;

/** A run of the guide, and of the model under it. */
typedef struct wicki_pair {
    const wick_trace *guide, *model;
    wicki_choices *choices;
    struct wicki_pair *next;
} wicki_pair;

/**
 * Checks the options and makes all runs: for each particle, and for each path of sites enumerated
 * one value at a time. NULL after an error.
 */
wicki_pair *wicki_bound_run(wick *w, wicki_bound *bound, const wick_elbo_options *options);

/**
 * A program in the ambient dimension of the particles, if there is one, under a handler or NULL.
 */
const wick_trace *wicki_bound_trace(
    wick *w, const wicki_bound *bound, wick_program program, wick_handler *outer);

/** Adds the log-densities of a trace to a contraction; of the model's those of enumerated sites
 * too. */
void wicki_add_guide(
    wick *w, const wicki_bound *bound, const wicki_pair *pair, wicki_contraction *c, double weight);
void wicki_add_model(
    wick *w, const wicki_bound *bound, const wicki_pair *pair, wicki_contraction *c, double weight);

/** A handler, outside of a trace, after which no gradient flows through draws. */
wick_handler *wicki_cut_draws(wick *w);

/**
 * Minus the bound of all particles together, log(mean exp((1 - alpha) l)) / (1 - alpha) with l =
 * log p - log q. Of a bound of the kind `wake` the gradient is another one: of sum (shares log p), and
 * of insomnia sum (shares log q), with the shares of the particles as they are.
 */
wick_var wicki_particle_bound(wick *w, const wicki_bound *bound, const wicki_pair *first);

/* --- discrete variables ----------------------------------------------------------------------- */

/** A handler that gives every latent discrete site without a value a dimension of its own. */
wick_handler *wicki_enumerate_all(wick *w);

/** The values of the sites that are enumerated one value at a time, in the order they are met. */
typedef struct wicki_step {
    size_t value, n;
} wicki_step;

typedef struct wicki_path {
    wicki_step *step;
    size_t n, capacity;
} wicki_path;

/**
 * A handler for a guide: sites marked parallel get a dimension, those marked sequential their value
 * of the path, which grows by those that are new.
 */
wick_handler *wicki_enumerate_marked(wick *w, wicki_path *path);

/** The next path, in lexicographic order; false after the last. What follows may differ by path. */
bool wicki_path_next(wicki_path *path);

/* --- choices: the discrete sites of one run of a guide, over which costs are averaged --------- */

/**
 * The sites of the guide that a plain average over draws would not serve: enumerated ones, and
 * draws that pass no gradient. NULL if there are none, or after an error.
 */
wicki_choices *wicki_choices_of(wick *w, const wick_trace *guide);

/** Before factors are added: their variables are kept. NULL: nothing is held back. */
void wicki_choices_hold(wick *w, wicki_contraction *c, wicki_choices *choices);

/**
 * The log-probability of a site, unmasked, unscaled; NULL if it is no choice. Asked in the order of
 * the trace; next is 0 at first.
 */
wick_node *wicki_choice_log_q(const wicki_choices *choices, size_t *next, const wick_site *site);

/**
 * Sums out what was added to a contraction since its factors are held back, takes the expectation
 * of what is left over the choices, and adds it up. Factors are costs: each counts with the
 * probabilities of the enumerated values it varies over, and of the path; what depends on a draw
 * also has the score of the draw, so that gradients are unbiased.
 *
 * @param weight  of the run, for baselines
 * @param decay   of moving averages as baselines; 0: none
 */
void wicki_expect(
    wick *w, wicki_contraction *c, wicki_choices *choices, double weight, double decay);

/** The score of all draws together, by ambient dimension; NULL if there are none. */
wick_node *wicki_choices_score(wick *w, const wicki_choices *choices);

/**
 * Compares the cost of a draw with a baseline: that of its distribution, or else its moving
 * average. Returns a further cost of the draw, of value 0, and changes its score; NULL if there is
 * no baseline.
 */
wick_node *wicki_compare_draw(wick *w, const wick_site *site, double decay, wick_node **score);

#endif
