/**
 * Shares of an elimination that give all to one value: the best one, or one that is drawn.
 *
 * They take the place of the probabilities that the kernels of a mixture leave in the shares of a
 * block, and are laid out alike: zeros up to the next multiple of 8.
 */
#ifndef WICKI_TAPE_CHOICE_H
#define WICKI_TAPE_CHOICE_H

#include "kernel/mixture.h"

/**
 * The greatest v[k] of each member, v[k] = w[k] + x[k]. The first k that has it gets the share 1,
 * all others 0; none gets any where all are -inf. A NaN goes on to the value.
 */
void wicki_choose_best(const wicki_mixture_block *m, double *value);

/**
 * Turns shares that are probabilities into choices: of each member the first k at which their
 * running sum exceeds u times the whole, u[i] in (0, 1). A k of probability 0 is never chosen;
 * where all are 0 none is.
 */
void wicki_choose_drawn(const wicki_mixture_block *m, const double *u);

#endif
