#include "base/names.h"

#include <string.h>

void wicki_names_init(wicki_names *names, const wick_allocator *allocator)
{
    *names = (wicki_names){ .allocator = allocator };
    wicki_arena_init(&names->arena, allocator);
}

void wicki_names_free(wicki_names *names)
{
    if (names->table)
        names->allocator->release(names->table, names->allocator->arg);
    wicki_arena_free(&names->arena);
    wicki_names_init(names, names->allocator);
}

/* FNV-1a */
static uint64_t hash_of(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

static wicki_name **slot_of(wicki_name **table, size_t capacity, uint64_t hash, const char *text)
{
    size_t i = (size_t)hash & (capacity - 1);

    while (table[i] && (table[i]->hash != hash || strcmp(table[i]->text, text) != 0))
        i = (i + 1) & (capacity - 1);
    return &table[i];
}

static bool grow(wicki_names *names)
{
    const size_t capacity = names->capacity ? 2 * names->capacity : 64;
    wicki_name **table =
        names->allocator->allocate(capacity * sizeof *table, names->allocator->arg);

    if (!table)
        return false;
    memset(table, 0, capacity * sizeof *table);
    for (size_t i = 0; i < names->capacity; i++)
        if (names->table[i])
            *slot_of(table, capacity, names->table[i]->hash, names->table[i]->text) =
                names->table[i];
    if (names->table)
        names->allocator->release(names->table, names->allocator->arg);
    names->table = table;
    names->capacity = capacity;
    return true;
}

static wicki_name *find_or_add(wicki_names *names, const char *text)
{
    const uint64_t hash = hash_of(text);

    if (2 * (names->count + 1) > names->capacity && !grow(names))
        return NULL;
    wicki_name **slot = slot_of(names->table, names->capacity, hash, text);
    if (!*slot) {
        const size_t length = strlen(text) + 1;
        wicki_name *name = wicki_arena_alloc(&names->arena, sizeof *name + length);
        if (!name)
            return NULL;
        *name = (wicki_name){ .hash = hash };
        memcpy(name->text, text, length);
        *slot = name;
        names->count++;
    }
    return *slot;
}

wicki_name *wicki_names_intern(wicki_names *names, const char *text)
{
    const size_t i = ((uintptr_t)text ^ (uintptr_t)text >> 7) % WICKI_NAME_CACHE;

    /* a buffer may hold another text by now: compare before trusting the pointer */
    if (names->cache[i].text == text &&
        (names->cache[i].name->text == text || strcmp(names->cache[i].name->text, text) == 0))
        return names->cache[i].name;
    wicki_name *name = find_or_add(names, text);
    if (name) {
        names->cache[i].text = text;
        names->cache[i].name = name;
    }
    return name;
}
