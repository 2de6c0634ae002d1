/* Random numbers: Philox 4x32-10, a generator without state between draws.
 *
 * A stream belongs to one random element (one component of one member of a site). Its key is a hash
 * of seed, step and name, its address the member and the element, so that a draw is the same
 * however the work around it is cut up, and streams with different addresses never overlap.
 *
 * Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC'11.
 * Every result is the same on every IEEE machine (see base/special.h about contraction).
 */
#ifndef WICKI_PHILOX_H
#define WICKI_PHILOX_H

#include <stddef.h>
#include <stdint.h>

/** One block: 128 random bits from a 64-bit key and a 128-bit counter. */
void wicki_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

/**
 * The draws of one random element. A plain value: copy it to draw the same again.
 *
 * counter[0] is the number of the next block, the other words are the address. A block holds two
 * draws; after 2^33 of them a stream starts again.
 */
typedef struct wicki_stream {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    unsigned used; /* words of block already given out */
} wicki_stream;

/** A stream at its beginning: counter = { 0, element, low half of member, high half of member }. */
wicki_stream wicki_stream_new(uint64_t key, uint64_t member, uint32_t element);

/**
 * Mixes b into a, for keys from seeds, steps and hashes of names: about half of the 64 bits change
 * with any bit of either. Not symmetric; one-to-one in b for any a, and in a for any b.
 *
 * Source: the finaliser of SplitMix64, Steele, Lea & Flood (2014), OOPSLA, as varied by Stafford.
 */
uint64_t wicki_hash(uint64_t a, uint64_t b);

/**
 * Uniform on (0, 1): (k + 1/2) 2^-52 with 52 random bits k. Never 0 or 1; 1 - u is exact and as
 * likely as u. With 53 bits, the largest k + 1/2 would round up and give 1.
 */
double wicki_uniform(wicki_stream *s);

/** Standard normal, from one uniform by inversion (wicki_normal_quantile); |z| < 8.3. */
double wicki_normal(wicki_stream *s);

/** Standard exponential, from one uniform by inversion; positive. */
double wicki_exponential(wicki_stream *s);

/**
 * Gamma with rate 1.
 *
 * @param concentration  positive; otherwise NaN (inf gives inf)
 * @return               a draw; 0 where it underflows, as it often does for concentrations
 *                       under 0.001: take wicki_log_gamma_draw there
 *
 * Source: Marsaglia & Tsang (2000), ACM TOMS 26; below 1, the draw for concentration + 1 times
 * U^(1/concentration), as they propose. Takes a varying number of uniforms.
 */
double wicki_gamma(wicki_stream *s, double concentration);

/** Log of the draw that wicki_gamma would make, finite for concentrations down to 1e-300. */
double wicki_log_gamma_draw(wicki_stream *s, double concentration);

/**
 * An index with probability proportional to its entry; takes one uniform.
 *
 * @param n       number of entries
 * @param probs   probs[0], probs[stride], ...: each >= 0, with a finite positive sum, which need
 *                not be 1
 * @param stride  distance from one entry to the next
 * @return        0 to n - 1, never one whose entry is 0; n if no entry is positive, or one is NaN
 */
size_t wicki_categorical(wicki_stream *s, size_t n, const double *probs, size_t stride);

/** An integer in 0 to n - 1, each equally likely, by rejection; 0 for n = 0. */
size_t wicki_below(wicki_stream *s, size_t n);

#endif
