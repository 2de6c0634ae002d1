#include "base/arena.h"

enum { FIRST_CHUNK = 16384 };

struct wicki_chunk {
    wicki_chunk *next;
    size_t size;
    char *end;
};

static char *start_of(wicki_chunk *chunk)
{
    return (char *)(chunk + 1);
}

static void make_current(wicki_arena *arena, wicki_chunk *chunk, char *next)
{
    arena->current = chunk;
    arena->next = next;
    arena->end = chunk ? chunk->end : NULL;
}

static wicki_chunk *new_chunk(const wicki_arena *arena, size_t size)
{
    wicki_chunk *chunk = NULL;

    if (size <= SIZE_MAX - sizeof *chunk)
        chunk = arena->allocator->allocate(sizeof *chunk + size, arena->allocator->arg);
    if (!chunk)
        return NULL;
    chunk->next = NULL;
    chunk->size = size;
    chunk->end = start_of(chunk) + size;
    return chunk;
}

static void free_chunks(wicki_arena *arena, wicki_chunk *chunk)
{
    while (chunk) {
        wicki_chunk *next = chunk->next;
        arena->allocator->release(chunk, arena->allocator->arg);
        chunk = next;
    }
}

void wicki_arena_init(wicki_arena *arena, const wick_allocator *allocator)
{
    *arena = (wicki_arena){ .allocator = allocator };
}

void wicki_arena_free(wicki_arena *arena)
{
    free_chunks(arena, arena->first);
    wicki_arena_init(arena, arena->allocator);
}

/* The next chunk in the list if it is large enough, else a new one. */
void *wicki_arena_extend(wicki_arena *arena, size_t size)
{
    wicki_chunk **link = arena->current ? &arena->current->next : &arena->first;

    if (size > SIZE_MAX / 4)
        return NULL;
    const size_t need = size + WICKI_BIG_ALIGN;
    while (*link && (*link)->size < need) {
        wicki_chunk *too_small = *link;
        *link = too_small->next;
        too_small->next = NULL;
        free_chunks(arena, too_small);
    }
    if (!*link) {
        const size_t last = arena->current ? arena->current->size : FIRST_CHUNK / 2;
        *link = new_chunk(arena, need > 2 * last ? need : 2 * last);
    }
    if (!*link)
        return NULL;
    make_current(arena, *link, start_of(*link));
    return wicki_arena_alloc(arena, size);
}

wicki_mark wicki_arena_mark(const wicki_arena *arena)
{
    return (wicki_mark){ arena->current, arena->next };
}

void wicki_arena_release(wicki_arena *arena, wicki_mark mark)
{
    if (mark.chunk)
        make_current(arena, mark.chunk, mark.next);
    else
        make_current(arena, arena->first, arena->first ? start_of(arena->first) : NULL);
}

void wicki_arena_reset(wicki_arena *arena)
{
    wicki_chunk *first = arena->first;

    if (first && first->next && arena->current != first) {
        wicki_chunk *whole = new_chunk(arena, wicki_arena_capacity(arena));
        if (whole) {
            free_chunks(arena, first);
            arena->first = first = whole;
        }
    }
    make_current(arena, first, first ? start_of(first) : NULL);
}

/* Where the current chunk ends what was given out; the ones before it are full. */
bool wicki_arena_holds(const wicki_arena *arena, const void *bytes, size_t size)
{
    const uintptr_t begin = (uintptr_t)bytes;

    for (wicki_chunk *chunk = arena->first; chunk; chunk = chunk->next) {
        const char *end = chunk == arena->current ? arena->next : chunk->end;
        if (begin >= (uintptr_t)start_of(chunk) && begin < (uintptr_t)end &&
            size <= (uintptr_t)end - begin)
            return true;
        if (chunk == arena->current)
            break;
    }
    return false;
}

size_t wicki_arena_used(const wicki_arena *arena)
{
    size_t size = 0;

    for (wicki_chunk *chunk = arena->first; chunk && chunk != arena->current; chunk = chunk->next)
        size += chunk->size;
    return arena->current ? size + (size_t)(arena->next - start_of(arena->current)) : size;
}

size_t wicki_arena_capacity(const wicki_arena *arena)
{
    size_t size = 0;

    for (const wicki_chunk *chunk = arena->first; chunk; chunk = chunk->next)
        size += chunk->size;
    return size;
}
