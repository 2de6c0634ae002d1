/* Integers only: plain loops, which the compiler vectorises, have the same bits in every build. */
#include "kernel/shuffle.h"

#include "kernel/kernels.h"

enum { CHUNK = 256, SMALL = 1 << 16, FEW = 512 };

/* Source of the constants: Wellons, hash-prospector (lowbias32). */
static inline uint32_t mixed(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

/* A number below modulus from 32 random bits; a small modulus is less than 2^16. */
static inline uint32_t below(uint32_t random, uint32_t modulus, bool small)
{
    return small ? (random >> 16) * modulus >> 16 : (uint32_t)((uint64_t)random * modulus >> 32);
}

static inline uint32_t moved(uint32_t x, uint32_t by, uint32_t key, uint32_t modulus, bool small)
{
    const uint32_t sum = x + below(mixed(by ^ key), modulus, small);

    return sum < modulus ? sum : sum - modulus;
}

static inline void run_rounds(
    const wicki_shuffle *s, size_t n, uint32_t *row, uint32_t *column, const bool small)
{
    for (int round = 0; round < WICKI_SHUFFLE_ROUNDS; round += 2) {
        const uint32_t first = s->key[round], second = s->key[round + 1];
        for (size_t i = 0; i < n; i++) {
            row[i] = moved(row[i], column[i], first, s->left, small);
            column[i] = moved(column[i], row[i], second, s->right, small);
        }
    }
}

/* The cells from place on, row by row. */
static void fill_cells(
    const wicki_shuffle *s, uint64_t place, size_t n, uint32_t *row, uint32_t *column)
{
    for (size_t i = 0; i < n;) {
        const uint32_t y = (uint32_t)(place / s->right), x = (uint32_t)(place % s->right);
        const size_t left = n - i < s->right - x ? n - i : s->right - x;
        for (size_t j = 0; j < left; j++) {
            row[i + j] = y;
            column[i + j] = x + (uint32_t)j;
        }
        i += left;
        place += left;
    }
}

static inline size_t place_of(const wicki_shuffle *s, uint32_t row, uint32_t column)
{
    return (size_t)((uint64_t)row * s->right + column);
}

/* Places outside go through the rounds again. */
static void walk(const wicki_shuffle *s, size_t n, size_t *out)
{
    const uint64_t size = s->size;

    for (size_t i = 0; i < n; i++)
        while (out[i] >= size) {
            uint32_t row = (uint32_t)(out[i] / s->right), column = (uint32_t)(out[i] % s->right);
            run_rounds(s, 1, &row, &column, s->left < SMALL);
            out[i] = place_of(s, row, column);
        }
}

static inline void take_all(const wicki_shuffle *shuffle, size_t n, size_t *out, const bool small)
{
    const wicki_shuffle copy = *shuffle, *s = &copy; /* which out does not overlap */
    uint32_t row[CHUNK], column[CHUNK];

    for (size_t done = 0; done < n; done += CHUNK) {
        const size_t m = n - done < CHUNK ? n - done : CHUNK;
        fill_cells(s, done, m, row, column);
        run_rounds(s, m, row, column, small);
        for (size_t i = 0; i < m; i++)
            out[done + i] = place_of(s, row[i], column[i]);
    }
    walk(shuffle, n, out);
}

/* A few elements are shuffled one by one (Durstenfeld 1964): small tables leave traces of their
 * rows and columns. */
static void take_few(const wicki_shuffle *s, size_t n, size_t *out)
{
    uint32_t left[FEW];

    for (uint32_t i = 0; i < s->size; i++)
        left[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t random = mixed(mixed(i ^ s->key[0]) ^ s->key[1]);
        const uint32_t j = i + below(random, (uint32_t)s->size - i, false);
        out[i] = left[j];
        left[j] = left[i];
    }
}

/* A table of up to 2^32 cells needs no products of 64 bits; right is at most left. */
static void take(const wicki_shuffle *s, size_t n, size_t *out)
{
    if (s->size <= FEW)
        take_few(s, n, out);
    else if (s->left < SMALL)
        take_all(s, n, out, true);
    else
        take_all(s, n, out, false);
}

const wicki_shuffle_kernels WICKI_KERNEL(wicki_shuffle_kernels) = { .take = take };
