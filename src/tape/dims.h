/**
 * Named dimensions and sets of them.
 *
 * A dimension is a plate, an enumerated variable or an ambient one; it lives until the tape is
 * reset. Sets are interned: a node holds the number of a set, equal sets have equal numbers, and
 * the union of two sets is one look into a small cache. 0 is no dimension, and the empty set.
 */
#ifndef WICKI_TAPE_DIMS_H
#define WICKI_TAPE_DIMS_H

#include "base/handle.h"

typedef enum wicki_dim_kind { WICKI_AMBIENT, WICKI_ENUMERATED, WICKI_PLATE } wicki_dim_kind;

typedef struct wicki_dim {
    wicki_dim_kind kind;
    const char *name;    /**< interned: of the plate, or of the site that was enumerated */
    size_t size;         /**< members in memory: those present, or one tile of them */
    size_t first;        /**< the first of them among those present */
    size_t present;      /**< members in this step: of a subsampled plate, the minibatch */
    size_t full;         /**< members of the whole plate */
    bool tiled;          /**< those in memory are one tile */
    const size_t *index; /**< global index of each member present; NULL: 0, 1, 2, ... */
    const size_t *given; /**< where the user's own indices stand, or NULL */
    struct wicki_minibatch *minibatch; /**< where the indices are drawn or copied to, or NULL */
    uint32_t owners; /**< of an enumerated variable: the set of plates open at its site */
    uint64_t seed;   /**< of an enumerated variable: that a draw of it would have */
    uint32_t alone;  /**< the set of this dimension only; made by wicki_dim_new */
} wicki_dim;

/** In memory order: ambient, enumerated, plates; the largest plate last. */
typedef struct wicki_set {
    uint64_t hash;
    size_t members;  /**< product of the sizes */
    uint32_t plates; /**< the set of plates varied over: those in it, and owners of those in it */
    uint32_t n;
    uint32_t dim[WICK_MAX_DIMS];
} wicki_set;

enum { WICKI_UNION_CACHE = 64 };

/** The part of the tape that knows dimensions. */
typedef struct wicki_dims {
    wicki_dim *dim;
    wicki_set *set;
    uint32_t *table; /**< interned sets, open addressing */
    uint32_t n_dims, dim_capacity, n_sets, set_capacity, table_capacity;
    struct {
        uint32_t a, b, result;
    } cache[WICKI_UNION_CACHE];
} wicki_dims;

/** A new dimension; 0 after an error. All its members are present if it does not say how many. */
uint32_t wicki_dim_new(wick *w, const wicki_dim *dim);

static inline const wicki_dim *wicki_dim_at(const wick *w, uint32_t dim)
{
    return &w->dims->dim[dim];
}

/** The global index of the i-th member in memory. */
static inline size_t wicki_dim_member(const wicki_dim *dim, size_t i)
{
    return dim->index ? dim->index[dim->first + i] : dim->first + i;
}

/** Are the members in memory a tile, which is moved along the plate? It may be as large as that. */
static inline bool wicki_dim_is_tiled(const wicki_dim *dim)
{
    return dim->tiled;
}

/** The plate of that name in this step; raises an error if there is none. */
uint32_t wicki_plate_named(wick *w, const char *function, const char *name);

extern const wicki_set wicki_empty_set;

static inline const wicki_set *wicki_set_at(const wick *w, uint32_t set)
{
    return set ? &w->dims->set[set] : &wicki_empty_set;
}

/* Each returns a set; the empty one after an error (over WICK_MAX_DIMS dimensions, no memory). */
uint32_t wicki_set_merge(wick *w, uint32_t a, uint32_t b); /**< the union of two that differ */

static inline uint32_t wicki_set_union(wick *w, uint32_t a, uint32_t b)
{
    if (a == b || b == 0)
        return a;
    return a == 0 ? b : wicki_set_merge(w, a, b);
}

uint32_t wicki_set_with(wick *w, uint32_t set, uint32_t dim);
uint32_t wicki_set_without(wick *w, uint32_t set, uint32_t dim);
uint32_t wicki_set_minus(wick *w, uint32_t a, uint32_t b);

static inline bool wicki_set_has(const wick *w, uint32_t set, uint32_t dim)
{
    const wicki_set *s = wicki_set_at(w, set);

    for (uint32_t i = 0; i < s->n; i++)
        if (s->dim[i] == dim)
            return true;
    return false;
}

/** The first enumerated variable in it, or NULL. */
const wicki_dim *wicki_set_variable(const wick *w, uint32_t set);

bool wicki_set_within(const wick *w, uint32_t part, uint32_t whole);

/** The dimensions of a kind. */
uint32_t wicki_set_of_kind(wick *w, uint32_t set, wicki_dim_kind kind);

/** Adds "'data' (5), 'assignment' (2)" to a text. */
void wicki_text_add_set(wicki_text *text, const wick *w, uint32_t set);

#endif
