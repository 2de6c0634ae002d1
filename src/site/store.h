/**
 * The parameter store: entries by name, in unconstrained coordinates.
 */
#ifndef WICKI_SITE_STORE_H
#define WICKI_SITE_STORE_H

#include "tape/tape.h"

#include <wick/params.h>

/** A parameter. Its values lie as on the tape: [event][members], members over the full plates. */
typedef struct wicki_entry {
    const char *name; /**< interned */
    wick_constraint constraint;
    size_t rank, sizes[WICK_MAX_RANK];
    size_t n_plates, plate_sizes[WICK_MAX_DIMS];
    const char *plates[WICK_MAX_DIMS]; /**< from the smallest to the largest, equal ones by name */
    size_t elements, members;
    double *value;

    double *state; /**< of the optimiser: n_state arrays, or NULL */
    size_t n_state;
    const char *optim;    /**< the optimiser's name, interned, or NULL */
    uint64_t steps;       /**< updates so far */
    double decay;         /**< not 0: a moving average, no parameter of an optimiser */
    bool sparse;          /**< a step moves the members present only */
    double gradient_norm; /**< in the last step */

    uint32_t met;    /**< serial of the tape on which an optimiser's step met it */
    uint32_t serial; /**< of the tape on which leaf and constrained were made */
    wick_node *leaf;
    double *gradient; /**< over the full plates, of a leaf that has a part of the members only */
    wick_var constrained;
} wicki_entry;

typedef struct wicki_store {
    wicki_entry **entry; /**< in the order they were made */
    size_t count, capacity;
    uint64_t generation; /**< how often entries were forgotten */
} wicki_store;

/** The entry of that name, or NULL. */
wicki_entry *wicki_store_find(const wick *w, const char *name);

/** The same, raising WICK_ERR_NAME with the names there are. */
wicki_entry *wicki_store_need(wick *w, const char *function, const char *name);

/** A new entry with zeros, of the shape given in prototype; NULL after an error. */
wicki_entry *wicki_store_add(wick *w, const wicki_entry *prototype);

/** Forgets the entries from that number on. */
void wicki_store_truncate(wick *w, size_t count);

/** Room for n_state arrays of the state of an optimiser, zeroed unless they are there. The name is
 * interned, or NULL. */
bool wicki_entry_state(wick *w, wicki_entry *entry, const char *optim, size_t n_state);

/** Number of doubles of an entry. */
static inline size_t wicki_entry_size(const wicki_entry *entry)
{
    return entry->elements * entry->members;
}

/** Sets the entry from constrained values in memory order; false after raising an error. */
bool wicki_entry_set(wick *w, const char *function, wicki_entry *entry, const double *constrained);

/** Are all members of the plates there, in their order: no minibatch, no indices given? */
bool wicki_plates_are_whole(const wick *w, uint32_t plates);

/** The parameter as a leaf of the tape: in place, or the members of the minibatch. */
wick_node *wicki_entry_leaf(wick *w, wicki_entry *entry, uint32_t dims);

/** How many members of a parameter are present in this step; where they stand among all goes to
 * place, if it is not NULL. */
size_t wicki_entry_present(const wick *w, const wicki_entry *entry, size_t *place);

/** The gradient that the last wicki_backward left, over the full plates: NULL after an error. */
const double *wicki_entry_gradient(wick *w, const wicki_entry *entry);

#endif
