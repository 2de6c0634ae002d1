/**
 * Time that passes.
 */
#ifndef WICKI_BASE_CLOCK_H
#define WICKI_BASE_CLOCK_H

#include <time.h>

/** Seconds since some moment in the past; 0 where there is no such clock. */
static inline double wicki_seconds(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0.0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
