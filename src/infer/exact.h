/**
 * The states of a model that was enumerated: what wick_exact_new leaves behind.
 */
#ifndef WICKI_INFER_EXACT_H
#define WICKI_INFER_EXACT_H

#include "base/handle.h"

#include <wick/discrete.h>

/** An array that grows. */
typedef struct wicki_list {
    void *item;
    size_t n, capacity;
} wicki_list;

/** A site among the values of a state: its members one after the other. */
typedef struct wicki_place {
    const char *name; /**< interned */
    size_t k, members, first;
    size_t elements; /**< of the event, where values are not their numbers: kept besides; else 0 */
    size_t shown;    /**< where they are */
} wicki_place;

/** The sites that were met on some path of the program. */
typedef struct wicki_layout {
    wicki_place *place;
    size_t n;
} wicki_layout;

typedef struct wicki_state {
    double log_joint;
    size_t first; /**< of the numbers of its values */
    size_t shown; /**< of values that are kept besides */
    size_t layout;
} wicki_state;

struct wick_exact {
    wick *w;
    wicki_list states, values, layouts; /**< of wicki_state, uint32_t, wicki_layout */
    wicki_list shown;                   /**< of double */
    double log_evidence;
};

static inline wicki_state *wicki_state_at(const wick_exact *e, size_t i)
{
    return (wicki_state *)e->states.item + i;
}

static inline const wicki_layout *wicki_layout_at(const wick_exact *e, size_t i)
{
    return (const wicki_layout *)e->layouts.item + i;
}

/** The site of an interned name in a layout, or NULL. */
static inline const wicki_place *wicki_place_in(const wicki_layout *l, const char *interned)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->place[i].name == interned)
            return &l->place[i];
    return NULL;
}

#endif
