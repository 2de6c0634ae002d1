#ifndef WICKI_BASE_ALLOCATOR_H
#define WICKI_BASE_ALLOCATOR_H

#include <wick/base.h>

/** malloc and free. */
extern const wick_allocator wicki_default_allocator;

#endif
