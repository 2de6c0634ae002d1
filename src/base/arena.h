/**
 * Memory that is given back all at once: a stack of chunks with marks.
 *
 * The only callers of the user's allocator are this file and the _new functions. After a reset
 * the chunks of a step are merged into one, so that later steps of the same size allocate nothing.
 */
#ifndef WICKI_BASE_ARENA_H
#define WICKI_BASE_ARENA_H

#include <wick/base.h>

typedef struct wicki_chunk wicki_chunk;

typedef struct wicki_arena {
    const wick_allocator *allocator;
    wicki_chunk *first, *current;
    char *next, *end;
} wicki_arena;

/** A point to go back to. */
typedef struct wicki_mark {
    wicki_chunk *chunk;
    char *next;
} wicki_mark;

void wicki_arena_init(wicki_arena *arena, const wick_allocator *allocator);
void wicki_arena_free(wicki_arena *arena);

enum { WICKI_SMALL_ALIGN = 16, WICKI_BIG_ALIGN = 64, WICKI_BIG = 256 };

/** The same from another chunk, which becomes the current one. */
void *wicki_arena_extend(wicki_arena *arena, size_t size);

/** size bytes, aligned to 16, from 256 bytes on to 64; NULL when memory ran out. */
static inline void *wicki_arena_alloc(wicki_arena *arena, size_t size)
{
    const uintptr_t align = size < WICKI_BIG ? WICKI_SMALL_ALIGN : WICKI_BIG_ALIGN;
    const uintptr_t begin = ((uintptr_t)arena->next + align - 1) & ~(align - 1);

    if (begin > (uintptr_t)arena->end || size > (uintptr_t)arena->end - begin)
        return wicki_arena_extend(arena, size);
    arena->next = (char *)begin + size;
    return (char *)begin;
}

wicki_mark wicki_arena_mark(const wicki_arena *arena);

/** Gives back all that was allocated since the mark. */
void wicki_arena_release(wicki_arena *arena, wicki_mark mark);

/** Gives back everything, and merges the chunks. */
void wicki_arena_reset(wicki_arena *arena);

/** Are these bytes among those given out since the last reset? */
bool wicki_arena_holds(const wicki_arena *arena, const void *bytes, size_t size);

/** Bytes given out since the last reset, with what was left over at the ends of chunks. */
size_t wicki_arena_used(const wicki_arena *arena);

/** Bytes held from the allocator. */
size_t wicki_arena_capacity(const wicki_arena *arena);

#endif
