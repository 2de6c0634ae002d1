#include "bench/w4_sums.h"

#include "bench/vector.h"

enum { D = W4_D, K = W4_K, BLOCK = 64 };
enum { DIAGONAL_TERMS = 16, FULL_TERMS = 44, TILE = 8, MAX_WIDTH = 24 };

/* The log-likelihood so far: sum of the largest logits, and log of the product of what is left of
 * the log-sum-exps, so that one logarithm serves a whole block. */
typedef struct likelihood {
    vec top, rest;
} likelihood;

typedef struct block {
    size_t left;                        /* points; those beyond have no responsibility */
    double phi[BLOCK][D + W4_FEATURES]; /* in front a copy of x: a rotation is a load */
    double logit[K][BLOCK];             /* then responsibilities */
} block;

/* --- one block of points ------------------------------------------------------------------------ */

WICKI_INLINE void centre_points(const w4_mixture *m, const double *x, block *b)
{
    for (size_t i = 0; i < BLOCK; i++)
        for (int d = 0; d < D; d += LANES) {
            const size_t here = i < b->left ? i : 0, next = i + BLOCK < b->left ? i + BLOCK : 0;
            const vec centred = vec_load(x + here * D + d) - vec_load(m->centre + d);
            vec_prefetch(x + next * D + d);
            vec_store(b->phi[i] + d, centred);
            vec_store(b->phi[i] + D + d, centred);
        }
}

WICKI_INLINE void multiply_coordinates(block *b, int features)
{
    for (size_t i = 0; i < BLOCK; i++)
        for (int d = 0; d < D; d += LANES) {
            double *x = b->phi[i] + D + d;
            for (int j = 0; j < features / D - 1; j++)
                vec_store(x + D + j * D, vec_load(x) * vec_load(x - j));
        }
}

/* For as many points as there are lanes; made with the components in the lanes, then turned. */
WICKI_INLINE void find_logits(const w4_mixture *m, block *b, size_t first, int terms)
{
    for (int k = 0; k < K; k += 2 * LANES) {
        vec low[LANES], high[LANES];

        for (int i = 0; i < LANES; i++) {
            low[i] = vec_load(m->constant + k);
            high[i] = vec_load(m->constant + k + LANES);
        }
        for (int f = 0; f < terms; f++) {
            const vec p = vec_load(m->factor[f] + k), q = vec_load(m->factor[f] + k + LANES);
            for (int i = 0; i < LANES; i++) {
                const vec phi = vec_of(b->phi[first + (size_t)i][D + f]);
                low[i] += p * phi;
                high[i] += q * phi;
            }
        }
        vec_transpose(low);
        vec_transpose(high);
        for (int i = 0; i < LANES; i++) {
            vec_store(b->logit[k + i] + first, low[i]);
            vec_store(b->logit[k + LANES + i] + first, high[i]);
        }
    }
}

/* The first n lanes of x, then y. */
static vec first_lanes(size_t n, vec x, double y)
{
    double lane[LANES];

    vec_store(lane, x);
    for (size_t i = n; i < LANES; i++)
        lane[i] = y;
    return vec_load(lane);
}

/* In fours: two short chains of waiting instead of a long one. */
WICKI_INLINE vec largest(const vec x[K])
{
    vec max = vec_of(-INFINITY);

    for (int k = 0; k < K; k += 4)
        max = vec_max(max, vec_max(vec_max(x[k], x[k + 1]), vec_max(x[k + 2], x[k + 3])));
    return max;
}

WICKI_INLINE vec total(const vec x[K])
{
    vec sum = vec_of(0.0);

    for (int k = 0; k < K; k += 4)
        sum += (x[k] + x[k + 1]) + (x[k + 2] + x[k + 3]);
    return sum;
}

WICKI_INLINE void find_responsibilities(block *b, size_t first, likelihood *l)
{
    const size_t n = first < b->left ? b->left - first : 0;
    vec p[K];

    for (int k = 0; k < K; k++)
        p[k] = vec_load(b->logit[k] + first);
    const vec max = largest(p);
    for (int k = 0; k < K; k++)
        p[k] = vec_exp(p[k] - max);
    const vec sum = total(p), inverse = vec_of(1.0) / sum;
    l->top += n < LANES ? first_lanes(n, max, 0.0) : max;
    l->rest *= n < LANES ? first_lanes(n, sum, 1.0) : sum;
    for (int k = 0; k < K; k++)
        vec_store(
            b->logit[k] + first, n < LANES ? first_lanes(n, p[k] * inverse, 0.0) : p[k] * inverse);
}

/* Adds sum_n r_nk phi_nf for a tile of components and features that fits the registers. */
WICKI_INLINE void add_features(const block *b, int k, int first, int width, w4_sums *s)
{
    vec sum[TILE][MAX_WIDTH / LANES];

    for (int i = 0; i < TILE; i++)
        for (int f = 0; f < width; f += LANES)
            sum[i][f / LANES] = vec_load(s->feature[k + i] + first + f);
    for (size_t n = 0; n < BLOCK; n++) {
        vec phi[MAX_WIDTH / LANES];
        for (int f = 0; f < width; f += LANES)
            phi[f / LANES] = vec_load(b->phi[n] + D + first + f);
        for (int i = 0; i < TILE; i++) {
            const vec r = vec_of(b->logit[k + i][n]);
            for (int f = 0; f < width / LANES; f++)
                sum[i][f] += r * phi[f];
        }
    }
    for (int i = 0; i < TILE; i++)
        for (int f = 0; f < width; f += LANES)
            vec_store(s->feature[k + i] + first + f, sum[i][f / LANES]);
}

static void add_responsibilities(const block *b, w4_sums *s)
{
    for (int k = 0; k < K; k++) {
        vec sum = vec_of(0.0);
        for (int n = 0; n < BLOCK; n += LANES)
            sum += vec_load(b->logit[k] + n);
        s->responsibility[k] += vec_sum(sum);
    }
}

/* --- all points --------------------------------------------------------------------------------- */

WICKI_INLINE void sum_up(const w4_mixture *m, size_t n, const double *x, int terms, w4_sums *s)
{
    const int features = (terms + D - 1) / D * D, width = features % MAX_WIDTH ? 2 * D : MAX_WIDTH;
    block b;

    memset(s, 0, sizeof *s);
    for (size_t at = 0; at < n; at += BLOCK) {
        likelihood l = { vec_of(0.0), vec_of(1.0) };

        b.left = n - at;
        centre_points(m, x + at * D, &b);
        multiply_coordinates(&b, features);
        for (size_t i = 0; i < BLOCK; i += LANES) {
            find_logits(m, &b, i, terms);
            find_responsibilities(&b, i, &l);
        }
        s->log_likelihood += vec_sum(l.top) + vec_sum_log(l.rest);
        add_responsibilities(&b, s);
        for (int k = 0; k < K; k += TILE)
            for (int f = 0; f < features; f += width)
                add_features(&b, k, f, width, s);
    }
}

void w4_sum_diagonal(const w4_mixture *m, size_t n, const double *x, w4_sums *s)
{
    sum_up(m, n, x, DIAGONAL_TERMS, s);
}

void w4_sum_full(const w4_mixture *m, size_t n, const double *x, w4_sums *s)
{
    sum_up(m, n, x, FULL_TERMS, s);
}
