/**
 * Sums over enumerated variables, on factors that know which dimensions they vary over.
 *
 * A factor is a log-density with the plates of its site; the product of all factors, summed over
 * every enumerated variable and multiplied over the plates, is found by eliminating one variable
 * after the other. Only the factors that contain it are touched; the choice of the next one looks at
 * all that are left.
 */
#ifndef WICKI_INFER_CONTRACT_H
#define WICKI_INFER_CONTRACT_H

#include "tape/tape.h"

typedef struct wicki_contraction wicki_contraction;

wicki_contraction *wicki_contraction_new(wick *w);

/**
 * Adds a factor.
 *
 * @param density  in logs, not expanded, unscaled
 * @param plates   of its site, without ambient dimensions: it counts once per member of them
 * @param scale    equal on all factors that are summed together; it stands outside the log
 * @param site     for error messages
 */
void wicki_contraction_add(
    wicki_contraction *c, wick_node *density, uint32_t plates, double scale, const char *site);

/** The log of the sum of products, a scalar but for ambient dimensions; NULL without factors, and
 * after an error. */
wick_node *wicki_contract(wicki_contraction *c);

/** x summed over the plates: over those it varies over, times the size of the others. */
wick_node *wicki_sum_plates(wick *w, wick_node *x, uint32_t plates);

#endif
