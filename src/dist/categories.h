/**
 * What distributions of categories share: [K] probs that need not sum to 1, or logits.
 */
#ifndef WICKI_DIST_CATEGORIES_H
#define WICKI_DIST_CATEGORIES_H

#include "dist/density.h"
#include "dist/sample.h"

/** A parameter [K] of a density: input j of its node. */
typedef struct wicki_categories {
    uint32_t j;
    bool logits;
} wicki_categories;

/** The number of categories: K of the parameter; 0 after an error. */
size_t wicki_category_count(wick *w, const wick_dist *dist);

/**
 * Says what is not finite: a bad parameter, a row without a positive probability, a value outside
 * the support, or one of probability 0.
 */
void wicki_categories_explain(const wick_node *node, size_t element, wicki_categories c,
    wick_constraint support, wicki_text *text);

/** wicki_sampling_of, and every row of the parameter has an entry that is possible. */
bool wicki_categories_sampling(
    wick *w, const wick_dist *dist, wicki_categories c, wicki_sampling *s);

/* --- hooks ----------------------------------------------------------------------------------- */

/** The log probabilities of a parameter, along its last axis. */
wick_var wicki_category_logs(wick_var parameter, bool logits);

/** The sum over the last axis of exp(log_p) x; 0 where p is 0. */
wick_var wicki_category_mean(wick *w, wick_var log_p, wick_var x);

/** x with the event of the other, where that has more axes. */
wick_var wicki_spread_as(wick *w, wick_var x, wick_var other);

/** sum p (log p - log q) along the last axis; inf where q is 0 and p is not. */
wick_var wicki_categories_kl(wick *w, wick_var log_p, wick_var log_q);

/* Of wick_categorical and wick_one_hot_categorical, probs and logits alike. */
wick_var wicki_category_logs_of(const wick_dist *dist);
wick_var wicki_category_entropy(wick *w, const wick_dist *dist);
wick_var wicki_category_kl(wick *w, const wick_dist *p, const wick_dist *q);

/**
 * p (log p - log q) - p + q, elementwise, which is >= 0 and does not cancel where p and q are close;
 * its sum over all outcomes is the divergence.
 */
wick_var wicki_divergence_terms(wick *w, wick_var log_p, wick_var log_q);

/* --- pairs of outcomes ----------------------------------------------------------------------- */

/** The logarithms of a probability and of that of the other outcome. */
typedef struct wicki_outcomes {
    wick_var one, zero;
} wicki_outcomes;

/** Of a parameter that is a probability, or its logit. */
wicki_outcomes wicki_outcomes_of(wick_var parameter, bool logits);

/** KL of one trial. */
wick_var wicki_outcomes_kl(wick *w, wicki_outcomes p, wicki_outcomes q);
wick_var wicki_outcomes_entropy(wick *w, wicki_outcomes p);

/** exp(log_weight) x; 0 where the weight is 0, whatever x is. */
wick_var wicki_weighed(wick *w, wick_var log_weight, wick_var x);

#endif
