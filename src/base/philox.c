#include "base/philox.h"

#include <math.h>
#include <string.h>

#include "base/special.h"

enum { ROUNDS = 10, WORDS = 4 };

/* one round: two 32 x 32 bit products, their halves crossed over and mixed with the key */
static void mix_round(uint32_t x[4], const uint32_t key[2])
{
    const uint64_t first = (uint64_t)0xd2511f53u * x[0], second = (uint64_t)0xcd9e8d57u * x[2];

    x[0] = (uint32_t)(second >> 32) ^ x[1] ^ key[0];
    x[2] = (uint32_t)(first >> 32) ^ x[3] ^ key[1];
    x[1] = (uint32_t)second;
    x[3] = (uint32_t)first;
}

void wicki_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t x[4] = { counter[0], counter[1], counter[2], counter[3] };
    uint32_t k[2] = { key[0], key[1] };

    for (int i = 0; i < ROUNDS; i++) {
        mix_round(x, k);
        k[0] += 0x9e3779b9u; /* golden ratio */
        k[1] += 0xbb67ae85u; /* sqrt(3) - 1 */
    }
    memcpy(out, x, sizeof x);
}

wicki_stream wicki_stream_new(uint64_t key, uint64_t member, uint32_t element)
{
    return (wicki_stream){
        .key = { (uint32_t)key, (uint32_t)(key >> 32) },
        .counter = { 0, element, (uint32_t)member, (uint32_t)(member >> 32) },
        .used = WORDS,
    };
}

/* one-to-one; multipliers and shifts are Stafford's variant 13 */
static uint64_t scramble(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t wicki_hash(uint64_t a, uint64_t b)
{
    const uint64_t golden = 0x9e3779b97f4a7c15u;

    return scramble(scramble(a + golden) + golden + b);
}

static uint64_t next_bits(wicki_stream *s)
{
    if (s->used == WORDS) {
        wicki_philox(s->key, s->counter, s->block);
        s->counter[0]++;
        s->used = 0;
    }

    const uint64_t low = s->block[s->used], high = s->block[s->used + 1];

    s->used += 2;
    return high << 32 | low;
}

double wicki_uniform(wicki_stream *s)
{
    return ((double)(int64_t)(next_bits(s) >> 12) + 0.5) * 0x1p-52;
}

double wicki_normal(wicki_stream *s)
{
    return wicki_normal_quantile(wicki_uniform(s));
}

double wicki_exponential(wicki_stream *s)
{
    return -wicki_log(wicki_uniform(s));
}

/* concentration >= 1: d v with v = (1 + c z)^3, accepted by a squeeze or by the exact ratio */
static double marsaglia_tsang(wicki_stream *s, double concentration)
{
    const double d = concentration - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);

    for (;;) {
        const double z = wicki_normal(s), root = 1.0 + c * z, v = root * root * root;

        if (root <= 0.0)
            continue;

        const double u = wicki_uniform(s), square = z * z;

        if (u < 1.0 - 0.0331 * square * square)
            return d * v;
        if (wicki_log(u) < 0.5 * square + d * (1.0 - v + wicki_log(v)))
            return d * v;
    }
}

static int is_concentration(double a)
{
    return a > 0.0 && a < INFINITY;
}

double wicki_gamma(wicki_stream *s, double concentration)
{
    if (!is_concentration(concentration))
        return concentration > 0.0 ? INFINITY : NAN;
    if (concentration >= 1.0)
        return marsaglia_tsang(s, concentration);
    return wicki_exp(wicki_log_gamma_draw(s, concentration));
}

double wicki_log_gamma_draw(wicki_stream *s, double concentration)
{
    if (!is_concentration(concentration))
        return concentration > 0.0 ? INFINITY : NAN;
    if (concentration >= 1.0)
        return wicki_log(marsaglia_tsang(s, concentration));

    const double above = wicki_log(marsaglia_tsang(s, concentration + 1.0));

    return above - wicki_exponential(s) / concentration;
}

size_t wicki_categorical(wicki_stream *s, size_t n, const double *probs, size_t stride)
{
    double total = 0.0;

    for (size_t i = 0; i < n; i++)
        total += probs[i * stride];
    if (isnan(total))
        return n;

    double left = wicki_uniform(s) * total;
    size_t last = n; /* rounding may leave a little at the end */

    for (size_t i = 0; i < n; i++) {
        const double p = probs[i * stride];

        if (!(p > 0.0))
            continue;
        if (left < p)
            return i;
        left -= p;
        last = i;
    }
    return last;
}

size_t wicki_below(wicki_stream *s, size_t n)
{
    if (n == 0)
        return 0;

    const uint64_t size = n, surplus = (UINT64_MAX - size + 1) % size; /* 2^64 mod n */
    uint64_t bits = next_bits(s);

    while (bits < surplus)
        bits = next_bits(s);
    return (size_t)(bits % size);
}
