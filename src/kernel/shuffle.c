/* Integers only: the same bits in every build. */
#include "kernel/shuffle.h"

#include "base/special.h"
#include "kernel/kernels.h"

#include <string.h>

enum { CHUNK = 256, FEW = 512 };

/* Several rows or columns at once; where the compiler has no vectors, one. */
#ifdef __GNUC__
enum { WIDTH = 16 };
typedef uint32_t cells __attribute__((vector_size(4 * WIDTH)));
#else
enum { WIDTH = 1 };
typedef uint32_t cells;
#endif

/* Functions have pointers to them: how a vector is passed depends on the instruction set. */

/* Source of the constants: Wellons, hash-prospector (lowbias32). */
WICKI_INLINE void mix(cells *x)
{
    *x = (*x ^ *x >> 16) * 0x7feb352du;
    *x = (*x ^ *x >> 15) * 0x846ca68bu;
    *x ^= *x >> 16;
}

/* x moves by a hash of `by`. modulus is at most 2^16: so the product fits, and the high bit of a sum
 * less modulus tells that it is negative. */
WICKI_INLINE void move(cells *x, const cells *by, uint32_t key, uint32_t modulus)
{
    cells step = *by ^ key;

    mix(&step);
    const cells over = *x + ((step >> 16) * modulus >> 16) - modulus;
    *x = over + ((0 - (over >> 31)) & modulus);
}

WICKI_INLINE void run_rounds(const wicki_shuffle *s, cells *row, cells *column)
{
    for (int round = 0; round < WICKI_SHUFFLE_ROUNDS; round += 2) {
        move(row, column, s->key[round], s->left);
        move(column, row, s->key[round + 1], s->right);
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

static size_t place_of(const wicki_shuffle *s, uint32_t row, uint32_t column)
{
    return (size_t)((uint64_t)row * s->right + column);
}

static uint32_t first_of(const cells *x)
{
    uint32_t first;

    memcpy(&first, x, sizeof first);
    return first;
}

/* Places outside go through the rounds again. */
static size_t walked(const wicki_shuffle *s, size_t place)
{
    while (place >= s->size) {
        cells row = (cells){ 0 } + (uint32_t)(place / s->right);
        cells column = (cells){ 0 } + (uint32_t)(place % s->right);
        run_rounds(s, &row, &column);
        place = place_of(s, first_of(&row), first_of(&column));
    }
    return place;
}

static void take_cells(const wicki_shuffle *s, size_t n, size_t *out)
{
    const uint64_t right = s->right, size = s->size;
    uint32_t row[CHUNK], column[CHUNK];

    for (size_t done = 0; done < n; done += CHUNK) {
        const size_t m = n - done < CHUNK ? n - done : CHUNK;
        fill_cells(s, done, CHUNK, row, column);
        for (size_t i = 0; i < m; i += WIDTH) {
            cells y, x;
            memcpy(&y, row + i, sizeof y);
            memcpy(&x, column + i, sizeof x);
            run_rounds(s, &y, &x);
            memcpy(row + i, &y, sizeof y);
            memcpy(column + i, &x, sizeof x);
        }
        for (size_t i = 0; i < m; i++)
            out[done + i] = (size_t)(row[i] * right + column[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (out[i] >= size)
            out[i] = walked(s, out[i]);
}

/* A few elements are shuffled one by one (Durstenfeld 1964): small tables leave traces of their
 * rows and columns. */
static void take_few(const wicki_shuffle *s, size_t n, size_t *out)
{
    uint32_t left[FEW];

    for (uint32_t i = 0; i < s->size; i++)
        left[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t rest = s->size - i;
        cells random = ((cells){ 0 } + i) ^ s->key[0];
        mix(&random);
        random ^= s->key[1];
        mix(&random);
        const uint32_t j = i + (uint32_t)(first_of(&random) * rest >> 32);
        out[i] = left[j];
        left[j] = left[i];
    }
}

static void take(const wicki_shuffle *s, size_t n, size_t *out)
{
    if (s->size <= FEW)
        take_few(s, n, out);
    else
        take_cells(s, n, out);
}

const wicki_shuffle_kernels WICKI_KERNEL(wicki_shuffle_kernels) = { .take = take };
