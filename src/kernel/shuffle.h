/**
 * Keyed permutations of 0 .. size - 1, of which any part can be had without the rest.
 *
 * An element is a place in a table of left x right cells, at least size of them. In each round the
 * row moves by a hash of the column and a key, or the column by a hash of the row: a generalised
 * Feistel network. Places outside go through it again. Source: Black and Rogaway (2002), Ciphers
 * with Arbitrary Finite Domains, sections 4 and 5. Up to 512 elements are shuffled one by one.
 */
#ifndef WICKI_KERNEL_SHUFFLE_H
#define WICKI_KERNEL_SHUFFLE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { WICKI_SHUFFLE_ROUNDS = 6 };

typedef struct wicki_shuffle {
    uint64_t size;        /**< at most 2^32 */
    uint32_t left, right; /**< left * right >= size */
    uint32_t key[WICKI_SHUFFLE_ROUNDS];
} wicki_shuffle;

/** Of size elements, keys still to be set: the smallest table that is about square. */
static inline wicki_shuffle wicki_shuffle_of(uint64_t size)
{
    uint64_t root = (uint64_t)sqrt((double)size);

    while (root * root < size)
        root++;
    return (wicki_shuffle){
        .size = size, .left = (uint32_t)root, .right = (uint32_t)((size + root - 1) / root)
    };
}

typedef struct wicki_shuffle_kernels {
    /** out[i] = where the permutation takes i, for i < n <= size. */
    void (*take)(const wicki_shuffle *s, size_t n, size_t *out);
} wicki_shuffle_kernels;

#endif
