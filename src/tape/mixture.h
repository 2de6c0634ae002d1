/**
 * Sums over an enumerated variable, in logs: what a mixture and every step of an elimination is.
 */
#ifndef WICKI_TAPE_MIXTURE_H
#define WICKI_TAPE_MIXTURE_H

#include "tape/tape.h"

/**
 * log sum over `dim` of exp(sum of the factors), over all that the factors vary over but `dim`.
 *
 * @param factors  scalar events, over any dimensions each
 * @return         NULL after an error
 */
wick_node *wicki_mixture(wick *w, size_t n, wick_node *const *factors, uint32_t dim);

/** The sum of its members, times a number, as one scalar. */
wick_node *wicki_mixture_total(
    wick *w, size_t n, wick_node *const *factors, uint32_t dim, double scale);

#endif
