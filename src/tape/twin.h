/**
 * Twins: values that differ only in the names of enumerated variables.
 *
 * The steps of a chain look up the same table by one variable after the other, and take the same
 * densities. Such a value is made once in a tape; the next one is an alias of the first, under
 * other dimensions, so that it costs nothing and gradients add up in one place.
 */
#ifndef WICKI_TAPE_TWIN_H
#define WICKI_TAPE_TWIN_H

#include "tape/tape.h"

/** What a value is made of, but for those names. */
typedef struct wicki_twin_key {
    const wick_op *op;
    uint32_t n_in, more;
    uint32_t source[WICK_MAX_INPUTS]; /**< the first of the input's twins; sizes of coordinates */
    uint32_t places[WICK_MAX_INPUTS]; /**< bits: where its dimensions are among those of all */
    uint32_t dims;                    /**< of all inputs */
} wicki_twin_key;

/**
 * Makes a key of an op and its inputs.
 *
 * @param more  what else tells values of this op apart
 * @return      false if the value cannot have twins, or after an error
 */
bool wicki_twin_key_of(wick *w, const wick_op *op, size_t n_in, wick_node *const *in, uint32_t more,
    wicki_twin_key *key);

/** The first value of that key, under the names of these dimensions; NULL: there is none. */
wick_node *wicki_twin(wick *w, const wicki_twin_key *key, uint32_t dims);

/** The same without renaming it: for what nodes of one key have in common. */
const wick_node *wicki_twin_kept(const wick *w, const wicki_twin_key *key);

/** Keeps the first; some are forgotten where there are many. Returns the node. */
wick_node *wicki_twin_keep(wick *w, const wicki_twin_key *key, wick_node *node);

/** The first of a value's twins; itself if it is that, or has none. */
wick_node *wicki_twin_first(wick_node *x);

/** The same numbers in the same order under other dimensions of the same sizes: an alias. */
wick_node *wicki_rename(wick *w, wick_node *x, uint32_t dims);

#endif
