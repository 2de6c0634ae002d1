/**
 * Sums over enumerated variables, on factors that know which dimensions they vary over.
 *
 * A factor is a log-density with the plates of its site. The product of all factors, summed over
 * every enumerated variable and multiplied over the plates, is found by eliminating one variable
 * after the other. Only the factors that contain it are touched, so a chain takes time in proportion
 * to its length, but for the logarithm in a heap of the variables that are left.
 *
 * Variables that are kept are not summed out: the result has a case for each of their values. Its
 * parts can be held back, not yet added up, for those who have more to do with them.
 */
#ifndef WICKI_INFER_CONTRACT_H
#define WICKI_INFER_CONTRACT_H

#include "tape/mixture.h"

typedef struct wicki_factor {
    wick_node *density; /**< in logs, not expanded, unscaled */
    uint32_t plates;    /**< of its site, without ambient dimensions: it counts once per member */
    double scale;       /**< equal on all factors summed together; it stands outside the log */
    double weight;      /**< of its term in the result: of the draw it belongs to, with a sign */
    const char *site;   /**< for error messages */
} wicki_factor;

typedef struct wicki_contraction wicki_contraction;

/**
 * NULL after an error. The dimensions of all factors to come must be there.
 *
 * @param how     what is done with a variable
 * @param scaled  the result is an estimate: terms count for the full plates, and are averaged over
 *                ambient dimensions. Otherwise it is for its adjoints, which are probabilities
 */
wicki_contraction *wicki_contraction_new(wick *w, wicki_elimination how, bool scaled);

/** A variable that is not to be summed out. Before any factor with it is added. */
void wicki_contraction_keep(wicki_contraction *c, uint32_t dim);

/** Ambient dimensions stay: the result has a case for each draw. Before any factor is added. */
void wicki_contraction_by_draw(wicki_contraction *c);

/** Whether factors in which nothing is left to sum out are held back from now on. */
void wicki_contraction_hold(wicki_contraction *c, bool hold);

/** Adds a factor; one without a density (after an error) is left out. */
void wicki_contraction_add(wicki_contraction *c, const wicki_factor *factor);

/** Sums out what there is, and hands over what is held back; returns how many. */
size_t wicki_contraction_take(wicki_contraction *c, wicki_factor **held);

/** Adds a factor in which nothing is left to sum out, whether factors are held back or not. */
void wicki_contraction_add_up(wicki_contraction *c, const wicki_factor *factor);

/**
 * The weighted sum of the logs of the sums of products: one node for all terms, averaged over ambient
 * dimensions, a scalar, unless they stay. NULL after an error.
 */
wick_node *wicki_contract(wicki_contraction *c);

#endif
