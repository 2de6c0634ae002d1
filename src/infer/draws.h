/**
 * Draws that outlive the tape.
 */
#ifndef WICKI_INFER_DRAWS_H
#define WICKI_INFER_DRAWS_H

#include "tape/tape.h"

#include <wick/predict.h>

/**
 * Room for so many rows of the shape of a value; false after an error.
 *
 * @param d     gets name, shape and values, which are to be given to wicki_release
 * @param name  interned
 */
bool wicki_draws_init(wick_draws *d, wick *w, const char *name, size_t draws, const wick_node *x);

/** Row i, of a value of that shape. */
void wicki_draws_set(const wick_draws *d, size_t i, const wick_node *x);

#endif
