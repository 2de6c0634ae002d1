/**
 * Eliminating an enumerated variable, in logs: what a mixture and every step of a contraction is.
 */
#ifndef WICKI_TAPE_MIXTURE_H
#define WICKI_TAPE_MIXTURE_H

#include "tape/tape.h"

/**
 * What is done with the variable. The reverse hands the adjoint down in shares, one for each value
 * of the variable, that add up to 1.
 */
typedef enum wicki_elimination {
    WICKI_SUM, /**< log-sum-exp; shares are the probabilities of the values (responsibilities) */
    WICKI_MAX, /**< maximum; all goes to the first value that has it */
    WICKI_DRAW /**< log-sum-exp; all goes to one value, drawn by these probabilities */
} wicki_elimination;

/**
 * log sum (or the maximum) over `dim` of exp(sum of the factors), over all that the factors vary
 * over but `dim`. A draw is made with the handle's random key.
 *
 * @param factors  scalar events, over any dimensions each
 * @return         NULL after an error
 */
wick_node *wicki_mixture(
    wick *w, wicki_elimination how, size_t n, wick_node *const *factors, uint32_t dim);

/** The sum of its members, times a number, as one scalar. */
wick_node *wicki_mixture_total(wick *w, wicki_elimination how, size_t n, wick_node *const *factors,
    uint32_t dim, double scale);

#endif
