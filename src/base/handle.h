/**
 * The handle as the layers see it: status, memory, names, generator, and a place for each layer.
 */
#ifndef WICKI_BASE_HANDLE_H
#define WICKI_BASE_HANDLE_H

#include "base/arena.h"
#include "base/names.h"

#include <wick/extend.h>

enum { WICKI_MESSAGE_SIZE = 512 };

/**
 * Text built piece by piece in a buffer of fixed size; what does not fit ends in "...".
 */
typedef struct wicki_text {
    char *buffer;
    size_t size, length;
} wicki_text;

/** What the random numbers of a site depend on, beside the step. */
typedef struct wicki_random {
    uint64_t seed, run, name;
} wicki_random;

struct wick {
    wick_code status;
    char message[WICKI_MESSAGE_SIZE];
    wick_allocator allocator;
    wicki_arena arena; /**< all that lives until the tape is reset */
    wicki_names names;

    uint32_t serial, last_serial; /**< of the tape, never 0; the last one given out */
    uint64_t seed, step, draws;
    uint64_t random_key;  /**< of the site that is being drawn ... */
    wicki_random random;  /**< ... what it was made from, */
    uint64_t random_step; /**< and for which step */
    const char *site;     /**< interned name of the site at hand, or NULL */
    void (*describe)(
        const wick *w, struct wicki_text *text); /**< adds site and plates to an error */

    const struct wicki_kernels *kernels; /**< the inner loops for this machine */

    struct wicki_tape *tape;
    struct wicki_dims *dims; /**< the tape's */
    struct wicki_stack *stack;
    struct wicki_store *store;
};

/** Is there a handle, and no error in it? */
static inline bool wicki_ok(const wick *w)
{
    return w && w->status == WICK_OK;
}

/** A serial for a new tape. After 2^32 of them they begin anew. */
static inline void wicki_new_serial(wick *w)
{
    w->last_serial += w->last_serial == UINT32_MAX ? 2 : 1;
    w->serial = w->last_serial;
}

/** As wick_reset, within the same step of the generator. */
void wicki_reset(wick *w);

/** Raises WICK_ERR_MEMORY. */
void wicki_fail_memory(wick *w, size_t size);

/** As wick_alloc, without a call. */
static inline void *wicki_alloc(wick *w, size_t size)
{
    void *memory = wicki_ok(w) ? wicki_arena_alloc(&w->arena, size) : NULL;

    if (!memory)
        wicki_fail_memory(w, size);
    return memory;
}

/** As wick_alloc, zeroed. */
void *wicki_alloc_zero(wick *w, size_t size);

/** Raises WICK_ERR_LIMIT for a value of so many doubles. Returns NULL. */
double *wicki_fail_doubles(wick *w, size_t n);

/** n doubles; sizes that overflow are an error. */
static inline double *wicki_alloc_doubles(wick *w, size_t n)
{
    if (n > SIZE_MAX / sizeof(double))
        return wicki_fail_doubles(w, n);
    return (double *)wicki_alloc(w, n * sizeof(double));
}

/** Memory that outlives the tape, zeroed, to be given to wicki_release; NULL after an error. */
void *wicki_allocate(wick *w, size_t size);
void wicki_release(wick *w, void *memory);

/** The interned name of a text; NULL after an error, also for a NULL or empty text. */
wicki_name *wicki_intern(wick *w, const char *function, const char *text);

/** Key of the random numbers of a site: a hash of seed, step, run and the site's name. */
uint64_t wicki_random_key(const wicki_random *random, uint64_t step);

/** The draws that follow are those of this site. */
void wicki_random_begin(wick *w, const wicki_random *random, uint64_t step);

void wicki_text_add(wicki_text *text, const char *format, ...) WICK_PRINTF(2, 3);

#endif
