/**
 * Random numbers for data: the same on every machine.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include "base/special.h"

/**
 * Uniform on (0, 1).
 *
 * Source: SplitMix64, Steele, Lea & Flood (2014), OOPSLA.
 */
static inline double random_uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52;
}

/** Standard normal. */
static inline double random_normal(uint64_t *state)
{
    return wicki_normal_quantile(random_uniform(state));
}

#endif
