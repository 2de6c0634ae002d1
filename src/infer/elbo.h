/**
 * What the losses share: discrete variables of model and guide.
 */
#ifndef WICKI_INFER_ELBO_H
#define WICKI_INFER_ELBO_H

#include "infer/contract.h"

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

/** The discrete sites of one run of a guide, over which costs are averaged. */
typedef struct wicki_choices wicki_choices;

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
 * Sums out what was added to a contraction since its factors are held back, takes the expectation of
 * what is left over the choices, and adds it up. Factors are costs: each counts with the
 * probabilities of the enumerated values it varies over, and of the path; what depends on a draw
 * also has the score of the draw, so that gradients are unbiased.
 */
void wicki_expect(wick *w, wicki_contraction *c, wicki_choices *choices);

#endif
