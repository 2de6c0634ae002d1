/**
 * Numbers of 128 bits, and powers of ten with as many: between decimal and binary.
 */
#ifndef WICKI_IO_WIDE_H
#define WICKI_IO_WIDE_H

#include <stdint.h>

typedef struct wicki_wide {
    uint64_t high, low;
} wicki_wide;

static inline wicki_wide wicki_wide_product(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32);
    const uint64_t other = a0 * b1 + (uint32_t)middle;

    return (wicki_wide){ a1 * b1 + (middle >> 32) + (other >> 32), other << 32 | (uint32_t)low };
}

static inline wicki_wide wicki_wide_add(wicki_wide a, wicki_wide b)
{
    const uint64_t low = a.low + b.low;

    return (wicki_wide){ a.high + b.high + (low < a.low), low };
}

/** a * b / 2^64, rounded down. */
static inline wicki_wide wicki_wide_scale(wicki_wide a, uint64_t b)
{
    return wicki_wide_add(
        wicki_wide_product(a.high, b), (wicki_wide){ 0, wicki_wide_product(a.low, b).high });
}

/** Makes the highest bit 1 where one of the highest two is. Returns by how many bits it shifts. */
static inline int wicki_wide_normalise(wicki_wide *a)
{
    if (a->high >> 63)
        return 0;
    *a = (wicki_wide){ a->high << 1 | a->low >> 63, a->low << 1 };
    return 1;
}

/** Bits above the highest one; w is not 0. */
static inline int wicki_leading_zeros(uint64_t w)
{
    int n = 0;

    for (int step = 32; step > 0; step /= 2)
        if (w >> (64 - step) == 0) {
            w <<= step;
            n += step;
        }
    return n;
}

/** Exponents of wicki_power_of_ten; the largest for which it is exact. */
enum { WICKI_MIN_TEN = -342, WICKI_MAX_TEN = 340, WICKI_EXACT_TEN = 27 };

/**
 * 10^ten = p * 2^(two - 127), the highest bit of p being 1. p is short by less than 4 units, but
 * exact for ten = 0 ... WICKI_EXACT_TEN.
 */
wicki_wide wicki_power_of_ten(int ten, int *two);

#endif
