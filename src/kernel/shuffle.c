/* Integers only: plain loops, which the compiler vectorises, have the same bits in every build. */
#include "kernel/shuffle.h"

#include "kernel/kernels.h"

enum { CHUNK = 256 };

/* Source of the constants: Wellons, hash-prospector (lowbias32). */
static inline uint32_t mixed(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

/* Both less than modulus, which is less than 2^31. */
static inline uint32_t sum_modulo(uint32_t a, uint32_t b, uint32_t modulus)
{
    const uint32_t sum = a + b;

    return sum < modulus ? sum : sum - modulus;
}

static inline uint32_t moved(uint32_t x, uint32_t by, uint32_t key, uint32_t modulus)
{
    const uint32_t step = (uint32_t)((uint64_t)mixed(by ^ key) * modulus >> 32);

    return sum_modulo(x, step, modulus);
}

static void run_rounds(const wicki_shuffle *s, size_t n, uint32_t *row, uint32_t *column)
{
    for (int round = 0; round < WICKI_SHUFFLE_ROUNDS; round += 2) {
        const uint32_t first = s->key[round], second = s->key[round + 1];
        for (size_t i = 0; i < n; i++) {
            row[i] = moved(row[i], column[i], first, s->left);
            column[i] = moved(column[i], row[i], second, s->right);
        }
    }
}

static uint64_t place_of(const wicki_shuffle *s, uint32_t row, uint32_t column)
{
    return (uint64_t)row * s->right + column;
}

/* Through the rounds until it is a place inside. */
static uint64_t walked(const wicki_shuffle *s, uint32_t row, uint32_t column)
{
    while (place_of(s, row, column) >= s->size)
        run_rounds(s, 1, &row, &column);
    return place_of(s, row, column);
}

static void take(const wicki_shuffle *s, size_t n, size_t *out)
{
    uint32_t row[CHUNK], column[CHUNK], next_row = 0, next_column = 0;

    for (size_t done = 0; done < n; done += CHUNK) {
        const size_t m = n - done < CHUNK ? n - done : CHUNK;
        for (size_t i = 0; i < m; i++) {
            row[i] = next_row;
            column[i] = next_column;
            next_column = next_column + 1 < s->right ? next_column + 1 : 0;
            next_row += next_column == 0;
        }
        run_rounds(s, m, row, column);
        for (size_t i = 0; i < m; i++)
            out[done + i] = (size_t)walked(s, row[i], column[i]);
    }
}

const wicki_shuffle_kernels WICKI_KERNEL(wicki_shuffle_kernels) = { .take = take };
