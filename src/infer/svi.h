/**
 * The state of a fit.
 */
#ifndef WICKI_INFER_SVI_H
#define WICKI_INFER_SVI_H

#include "graph/graph.h"

#include <wick/infer.h>

/** The optimiser of a parameter. */
typedef struct wicki_choice {
    const char *param; /**< interned */
    wick_optim optim;
} wicki_choice;

/** A parameter that the last evaluation met. */
typedef struct wicki_moved {
    wicki_entry *entry;
    double norm;   /**< of its gradient where the step began */
    size_t choice; /**< number of its optimiser, if they differ */
} wicki_moved;

struct wick_svi {
    wick *w;
    wick_program model, guide;
    wick_svi_options options;
    wicki_recorder loss;
    uint64_t steps;
    wick_graph *graph; /**< of the loss, if steps are compiled */

    wicki_moved *moved;
    wick_update *update; /**< of the same parameters */
    size_t n_params, moved_capacity, update_capacity;
    bool searching; /**< a whole step evaluates again: it must meet the same parameters */

    wicki_choice *choice;
    size_t n_choices, choice_capacity;
    double *scratch; /**< a clipped gradient, and the members of a sparse parameter; the values at
                          which a whole step began */
    size_t *place;   /**< where these members stand */
    size_t scratch_capacity, place_capacity;
};

/** The step of the random numbers. */
static inline uint64_t wicki_svi_key(const wick_svi *svi)
{
    return svi->options.optim.whole ? 0 : svi->steps;
}

/** May a step begin: is there no error, and nothing open that the reset would close? */
bool wicki_svi_ready(const wick_svi *svi, const char *function);

/** Runs the loss on the handle's tape; false after an error. */
bool wicki_svi_loss(wick_svi *svi, wicki_outcome *loss);

/** One step, without a look at what is open. */
double wicki_svi_step(wick_svi *svi);

/** Room for n elements; NULL after an error, and then the old ones are still there. */
void *wicki_grown(wick *w, void *old, size_t *capacity, size_t n, size_t size);

/**
 * Of a sparse parameter of which not all members are present: the room in doubles that moving these by
 * themselves needs. 0: it is moved as a whole.
 */
size_t wicki_sparse_room(const wick *w, const wicki_entry *entry, const wick_optim *optim);

/** Moves them; place has room for the members present. */
void wicki_sparse_update(const wick *w, const wicki_entry *entry, const wick_optim *optim,
    const wick_update *u, double *scratch, size_t *place);

/** Raises WICK_ERR_ARGUMENT for a schedule that is out of range. */
bool wicki_schedule_check(wick *w, const wick_schedule *schedule);

#endif
