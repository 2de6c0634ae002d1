#include "base/allocator.h"

#include <stdlib.h>

static void *allocate(size_t size, void *arg)
{
    (void)arg;
    return malloc(size);
}

static void release(void *memory, void *arg)
{
    (void)arg;
    free(memory);
}

const wick_allocator wicki_default_allocator = { allocate, release, NULL };
