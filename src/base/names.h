/**
 * Interned names: the same text is the same pointer, as long as the handle lives.
 */
#ifndef WICKI_BASE_NAMES_H
#define WICKI_BASE_NAMES_H

#include "base/arena.h"

/** What is known of a name. The slots let the layers above find a plate or parameter at once. */
typedef struct wicki_name {
    uint64_t hash;         /**< of the text alone: the same in every run and on every machine */
    uint32_t plate;        /**< dimension of the plate of this name ... */
    uint32_t plate_serial; /**< ... on the tape of this serial */
    void *entry;           /**< entry of the parameter store */
    char text[];
} wicki_name;

enum { WICKI_NAME_CACHE = 64 };

typedef struct wicki_names {
    wicki_arena arena;
    const wick_allocator *allocator;
    wicki_name **table; /**< open addressing; capacity is a power of two */
    size_t capacity, count;
    struct {
        const char *text; /**< where the caller's text stood, to find a literal without hashing */
        wicki_name *name;
    } cache[WICKI_NAME_CACHE];
} wicki_names;

void wicki_names_init(wicki_names *names, const wick_allocator *allocator);
void wicki_names_free(wicki_names *names);

/** The name of this text; NULL when memory ran out. */
wicki_name *wicki_names_intern(wicki_names *names, const char *text);

/** What is known of a text that wicki_names_intern returned. */
static inline wicki_name *wicki_name_of(const char *interned)
{
    return (wicki_name *)(uintptr_t)(interned - offsetof(wicki_name, text));
}

#endif
