/**
 * Several doubles at once, for the limits: operators work lane by lane.
 *
 * Where the compiler has vector types there are 8 lanes, whatever the processor; elsewhere there is
 * one, and a vec is a double. Only what needs an instruction of its own differs with AVX-512.
 */
#ifndef BENCH_VECTOR_H
#define BENCH_VECTOR_H

#include "base/special.h"

#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#ifdef __GNUC__
enum { LANES = 8 };
typedef double vec __attribute__((vector_size(64)));
typedef uint64_t bits __attribute__((vector_size(64)));
#else
enum { LANES = 1 };
typedef double vec;
typedef uint64_t bits;
#endif

WICKI_INLINE vec vec_load(const double *from)
{
    vec x;

    memcpy(&x, from, sizeof x);
    return x;
}

WICKI_INLINE void vec_store(double *to, vec x)
{
    memcpy(to, &x, sizeof x);
}

/** It will be read soon; beyond the end of an array it does no harm. */
WICKI_INLINE void vec_prefetch(const double *from)
{
#ifdef __GNUC__
    __builtin_prefetch(from);
#else
    (void)from;
#endif
}

/** x in all lanes. */
WICKI_INLINE vec vec_of(double x)
{
#ifdef __GNUC__
    return (vec){ x, x, x, x, x, x, x, x };
#else
    return x;
#endif
}

WICKI_INLINE bits vec_to_bits(vec x)
{
    bits b;

    memcpy(&b, &x, sizeof b);
    return b;
}

WICKI_INLINE vec vec_from_bits(bits b)
{
    vec x;

    memcpy(&x, &b, sizeof x);
    return x;
}

#ifdef __AVX512F__

WICKI_INLINE vec vec_max(vec a, vec b)
{
    return _mm512_max_pd(a, b);
}

/** The sum of the lanes. */
WICKI_INLINE double vec_sum(vec x)
{
    return _mm512_reduce_add_pd(x);
}

/** table[the lane's low four bits] */
WICKI_INLINE bits vec_look_up(const uint64_t table[16], bits at)
{
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 8);

    return (bits)_mm512_permutex2var_epi64(low, (__m512i)at, high);
}

/** Lane i of row j becomes lane j of row i. */
WICKI_INLINE void vec_transpose(vec row[LANES])
{
    vec pair[LANES], quad[LANES];

    for (int i = 0; i < LANES; i += 2) {
        pair[i] = _mm512_unpacklo_pd(row[i], row[i + 1]);
        pair[i + 1] = _mm512_unpackhi_pd(row[i], row[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            quad[i + j] = _mm512_shuffle_f64x2(pair[i + j], pair[i + j + 2], 0x88);
            quad[i + j + 2] = _mm512_shuffle_f64x2(pair[i + j], pair[i + j + 2], 0xdd);
        }
    for (int j = 0; j < 4; j++) {
        row[j] = _mm512_shuffle_f64x2(quad[j], quad[j + 4], 0x88);
        row[j + 4] = _mm512_shuffle_f64x2(quad[j], quad[j + 4], 0xdd);
    }
}

#else

WICKI_INLINE vec vec_max(vec a, vec b)
{
    double x[LANES], y[LANES];

    vec_store(x, a);
    vec_store(y, b);
    for (int i = 0; i < LANES; i++)
        x[i] = wicki_max(x[i], y[i]);
    return vec_load(x);
}

WICKI_INLINE double vec_sum(vec v)
{
    double x[LANES], sum = 0.0;

    vec_store(x, v);
    for (int i = 0; i < LANES; i++)
        sum += x[i];
    return sum;
}

WICKI_INLINE bits vec_look_up(const uint64_t table[16], bits at)
{
    uint64_t index[LANES];
    bits found;

    memcpy(index, &at, sizeof at);
    for (int i = 0; i < LANES; i++)
        index[i] = table[index[i] & 15];
    memcpy(&found, index, sizeof found);
    return found;
}

WICKI_INLINE void vec_transpose(vec row[LANES])
{
    double x[LANES][LANES], y[LANES][LANES];

    memcpy(x, row, sizeof x);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < LANES; j++)
            y[i][j] = x[j][i];
    memcpy(row, y, sizeof y);
}

#endif

/**
 * e^x for x <= 0, to 4 ulp; e^-708 below -708.
 *
 * With k the integer nearest to 16 x / ln 2, e^x = 2^(k/16) e^r and |r| < 0.022. The table holds
 * the bits of 2^(j/16) less j in the exponent's sixteenths, so that adding k there gives 2^(k/16).
 */
WICKI_INLINE vec vec_exp(vec x)
{
    static const uint64_t ROOTS[16] = { 0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b,
        0x3fef387a6e756238, 0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27,
        0x3feeab07dd485429, 0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db,
        0x3feec49182a3f090, 0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487,
        0x3fefa4afa2a490da };
    const vec low = vec_max(vec_of(-708.0), x), shift = vec_of(0x1.8p52);
    const vec shifted = low * vec_of(16 * 1.4426950408889634) + shift, k = shifted - shift;
    const vec near = low - k * vec_of(WICKI_LN2_HIGH / 16);
    const vec r = near - k * vec_of(WICKI_LN2_LOW / 16);
    const bits root = vec_look_up(ROOTS, vec_to_bits(shifted)) + (vec_to_bits(shifted) << 48);
    vec tail = r * vec_of(1.0 / 720) + vec_of(1.0 / 120);

    tail = tail * r + vec_of(1.0 / 24);
    tail = tail * r + vec_of(1.0 / 6);
    tail = tail * r + vec_of(0.5);
    tail = tail * r + vec_of(1.0);
    tail = tail * r + vec_of(1.0);
    return vec_from_bits(root) * tail;
}

/** The sum of the logarithms of the lanes, which are positive. */
WICKI_INLINE double vec_sum_log(vec v)
{
    double x[LANES];

    vec_store(x, v);
    for (int i = 0; i < LANES; i++)
        x[i] = wicki_log(x[i]);
    return vec_sum(vec_load(x));
}

#endif
