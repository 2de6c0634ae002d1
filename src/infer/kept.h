/**
 * Copies of all parameters of a handle, in unconstrained coordinates.
 */
#ifndef WICKI_INFER_KEPT_H
#define WICKI_INFER_KEPT_H

#include "site/store.h"

/** Two copies, or two sums. */
typedef struct wicki_kept {
    size_t n;         /**< doubles of all parameters */
    size_t count;     /**< entries of the store, and ... */
    uint64_t changes; /**< ... its generation, when n was counted */
    double *best, *other;
    uint64_t n_best, n_other; /**< copies in each; terms of the sums */
} wicki_kept;

/** Is there room for the parameters that the store has now? */
static inline bool wicki_kept_is_current(const wicki_kept *k, const wicki_store *store)
{
    return k->best && k->count == store->count && k->changes == store->generation;
}

/** Makes that room, empty; false after an error. */
bool wicki_kept_room(wick *w, wicki_kept *k);
void wicki_kept_free(wick *w, wicki_kept *k);

/** The parameters, to an array or back. */
void wicki_kept_copy_out(const wicki_store *store, double *to);
void wicki_kept_copy_in(const wicki_store *store, const double *from);

/** What was other is the best. */
void wicki_kept_swap(wicki_kept *k);

/** Adds the parameters to the sum `other`; if it is complete it becomes `best`, and a new one begins. */
void wicki_kept_add(wicki_kept *k, const wicki_store *store, bool complete);

/** Sets the parameters to the mean of all terms of both sums, if there are any. */
void wicki_kept_average(wicki_kept *k, const wicki_store *store);

#endif
