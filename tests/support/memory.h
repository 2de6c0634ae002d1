/**
 * An allocator that counts, and fails when told to.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>

#include <wick/base.h>

typedef struct memory {
    size_t calls, blocks; /**< allocations so far; blocks not yet released */
    size_t bytes;         /**< in those blocks */
    size_t most;          /**< bytes ever held at once */
    size_t fail_at;       /**< the number of the call that fails, from 1; 0: none */
    bool sticky;          /**< and all after it */
} memory;

/* In front of each block: its size. Keeps the alignment that malloc gives. */
typedef union memory_head {
    size_t size;
    max_align_t align;
} memory_head;

static inline void *memory_allocate(size_t size, void *arg)
{
    memory *m = arg;

    m->calls++;
    if (m->fail_at && (m->calls == m->fail_at || (m->sticky && m->calls > m->fail_at)))
        return NULL;
    memory_head *head = malloc(sizeof *head + size);
    if (!head)
        return NULL;
    head->size = size;
    m->blocks++;
    m->bytes += size;
    if (m->bytes > m->most)
        m->most = m->bytes;
    return head + 1;
}

static inline void memory_release(void *block, void *arg)
{
    memory *m = arg;
    memory_head *head = (memory_head *)block - 1;

    m->blocks--;
    m->bytes -= head->size;
    free(head);
}

/** Options of a handle that uses it. */
static inline wick_options memory_options(memory *m, uint64_t seed)
{
    return (wick_options){ .seed = seed, .allocator = { memory_allocate, memory_release, m } };
}

#endif
