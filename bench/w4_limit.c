#include "bench/w4_limit.h"

#include "bench/vector.h"

enum { D = W4_D, K = W4_K, BLOCK = 64, MAX_FEATURES = 48 };
enum { DIAGONAL_TERMS = 16, FULL_TERMS = 44, TILE = 8, MAX_WIDTH = 24 };

static const double LOG_ROOT_2_PI = 0.91893853320467274;

/* log weight_k + log Normal_k(x) = constant_k + sum_f factor_fk phi_f(x - centre). The features phi
 * are x and products x_d x_(d-j), indices mod 8: j = 0 for the diagonal mixture, j = 0 .. 4 for the
 * full one. The second half of j = 4 repeats the first: no terms of the sum, but a full vector. */
typedef struct mixture {
    double centre[D], weight[K], constant[K], factor[MAX_FEATURES][K];
} mixture;

/* What is left of the data: the log-likelihood, and sum_n r_nk times 1 and the features. */
typedef struct sums {
    double log_likelihood, responsibility[K], feature[K][MAX_FEATURES];
} sums;

/* The log-likelihood so far: sum of the largest logits, and log of the product of what is left of
 * the log-sum-exps, so that one logarithm serves a whole block. */
typedef struct likelihood {
    vec top, rest;
} likelihood;

typedef struct block {
    size_t left;                         /* points; those beyond have no responsibility */
    double phi[BLOCK][D + MAX_FEATURES]; /* in front a copy of x: a rotation is a load */
    double logit[K][BLOCK];              /* then responsibilities */
} block;

/* --- one block of points ------------------------------------------------------------------------ */

WICKI_INLINE void centre_points(const mixture *m, const double *x, block *b)
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
WICKI_INLINE void find_logits(const mixture *m, block *b, size_t first, int terms)
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
WICKI_INLINE void add_features(const block *b, int k, int first, int width, sums *s)
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

static void add_responsibilities(const block *b, sums *s)
{
    for (int k = 0; k < K; k++) {
        vec sum = vec_of(0.0);
        for (int n = 0; n < BLOCK; n += LANES)
            sum += vec_load(b->logit[k] + n);
        s->responsibility[k] += vec_sum(sum);
    }
}

/* --- all points --------------------------------------------------------------------------------- */

WICKI_INLINE void sum_up(const mixture *m, size_t n, const double *x, int terms, sums *s)
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

static void find_centre(size_t n, const double *x, double centre[D])
{
    const size_t some = n < 1000 ? n : 1000;

    for (int d = 0; d < D; d++) {
        centre[d] = 0.0;
        for (size_t i = 0; i < some; i++)
            centre[d] += x[i * D + (size_t)d] / (double)some;
    }
}

static void set_weights(mixture *m, const double logit[K])
{
    double max = logit[0], sum = 0.0;

    for (int k = 1; k < K; k++)
        max = wicki_max(max, logit[k]);
    for (int k = 0; k < K; k++)
        sum += m->weight[k] = wicki_exp(logit[k] - max);
    for (int k = 0; k < K; k++) {
        m->weight[k] /= sum;
        m->constant[k] = logit[k] - max - wicki_log(sum) - D * LOG_ROOT_2_PI;
    }
}

/* The loss, and the gradient of the logits. */
static double close_weights(const mixture *m, size_t n, const sums *s, double g[K])
{
    for (int k = 0; k < K; k++)
        g[k] = (double)n * m->weight[k] - s->responsibility[k];
    return -s->log_likelihood;
}

/* --- diagonal ----------------------------------------------------------------------------------- */

double w4_limit_diagonal(size_t n, const double *x, const double *u, double *g)
{
    const double *loc = u + W4_LOC, *log_scale = u + W4_SCALE;
    mixture m;
    sums s;

    find_centre(n, x, m.centre);
    set_weights(&m, u + W4_LOGIT);
    for (int k = 0; k < K; k++)
        for (int d = 0; d < D; d++) {
            const double precision = wicki_exp(-2.0 * log_scale[k * D + d]);
            const double shifted = loc[k * D + d] - m.centre[d];
            m.factor[d][k] = precision * shifted;
            m.factor[D + d][k] = -0.5 * precision;
            m.constant[k] -= 0.5 * precision * shifted * shifted + log_scale[k * D + d];
        }
    sum_up(&m, n, x, DIAGONAL_TERMS, &s);
    for (int k = 0; k < K; k++)
        for (int d = 0; d < D; d++) {
            const double precision = -2.0 * m.factor[D + d][k], r = s.responsibility[k];
            const double shifted = loc[k * D + d] - m.centre[d], first = s.feature[k][d];
            const double squares = s.feature[k][D + d] - shifted * (2.0 * first - r * shifted);
            g[W4_LOC + k * D + d] = -precision * (first - r * shifted);
            g[W4_SCALE + k * D + d] = r - precision * squares;
        }
    return close_weights(&m, n, &s, g + W4_LOGIT);
}

/* --- full --------------------------------------------------------------------------------------- */

/* The scale of one component and its inverse, lower triangles. */
typedef struct triangle {
    double scale[D][D], inverse[D][D], log_det;
} triangle;

static void read_triangle(const double *u, triangle *t)
{
    memset(t, 0, sizeof *t);
    for (int i = 0; i < D; i++) {
        t->log_det += u[i * D + i];
        t->scale[i][i] = wicki_exp(u[i * D + i]);
        t->inverse[i][i] = 1.0 / t->scale[i][i];
        for (int j = 0; j < i; j++)
            t->scale[i][j] = u[i * D + j];
    }
    for (int j = 0; j < D; j++)
        for (int i = j + 1; i < D; i++) {
            double sum = 0.0;
            for (int e = j; e < i; e++)
                sum += t->scale[i][e] * t->inverse[e][j];
            t->inverse[i][j] = -sum * t->inverse[i][i];
        }
}

/* Where the product of coordinates a and b is among the features. */
static int feature_of(int a, int b)
{
    const int j = (a - b + D) % D;

    return j < D / 2 || (j == D / 2 && a < b) ? D + D * j + a : D + D * (D - j) % (D * D) + b;
}

/* c = a' b */
static void multiply_transposed(double (*a)[D], double (*b)[D], double (*c)[D])
{
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            c[i][j] = 0.0;
            for (int e = 0; e < D; e++)
                c[i][j] += a[e][i] * b[e][j];
        }
}

static void set_component(mixture *m, int k, const double *loc, triangle *t)
{
    double precision[D][D];

    multiply_transposed(t->inverse, t->inverse, precision);
    m->constant[k] -= t->log_det;
    for (int a = 0; a < D; a++) {
        m->factor[a][k] = 0.0;
        for (int b = 0; b < D; b++) {
            const double other = loc[b] - m->centre[b];
            m->factor[a][k] += precision[a][b] * other;
            m->factor[feature_of(a, b)][k] = (a == b ? -0.5 : -1.0) * precision[a][b];
            m->constant[k] -= 0.5 * (loc[a] - m->centre[a]) * precision[a][b] * other;
        }
    }
}

/* With z = L^-1 (x - loc): d/d loc = L^-T sum r z, d/d L = L^-T (sum r z z' - r 1). */
static void close_component(const mixture *m, int k, const double *loc, triangle *t, const sums *s,
    double *g_loc, double *g_scale)
{
    const double r = s->responsibility[k], *feature = s->feature[k];
    double first[D], second[D][D], half[D][D], turned[D][D], product[D][D];

    for (int a = 0; a < D; a++)
        first[a] = feature[a] - r * (loc[a] - m->centre[a]);
    for (int a = 0; a < D; a++)
        for (int b = 0; b < D; b++) {
            const double at = loc[a] - m->centre[a], bt = loc[b] - m->centre[b];
            second[a][b] = feature[feature_of(a, b)] - at * feature[b] - bt * first[a];
            turned[a][b] = t->inverse[b][a];
        }
    multiply_transposed(second, turned, half);  /* A L^-T, A symmetric */
    multiply_transposed(turned, half, product); /* L^-1 A L^-T */
    for (int a = 0; a < D; a++)
        product[a][a] -= r;
    multiply_transposed(t->inverse, product, half);
    for (int a = 0; a < D; a++) {
        g_loc[a] = 0.0;
        for (int b = 0; b < D; b++) {
            double precision = 0.0;
            for (int e = 0; e < D; e++)
                precision += t->inverse[e][a] * t->inverse[e][b];
            g_loc[a] -= precision * first[b];
            g_scale[a * D + b] = b > a ? 0.0 : -half[a][b] * (a == b ? t->scale[a][a] : 1.0);
        }
    }
}

double w4_limit_full(size_t n, const double *x, const double *u, double *g)
{
    const double *loc = u + W4_LOC;
    triangle t[K];
    mixture m;
    sums s;

    find_centre(n, x, m.centre);
    set_weights(&m, u + W4_LOGIT);
    for (int k = 0; k < K; k++) {
        read_triangle(u + W4_SCALE + k * D * D, &t[k]);
        set_component(&m, k, loc + k * D, &t[k]);
    }
    sum_up(&m, n, x, FULL_TERMS, &s);
    for (int k = 0; k < K; k++)
        close_component(
            &m, k, loc + k * D, &t[k], &s, g + W4_LOC + k * D, g + W4_SCALE + k * D * D);
    return close_weights(&m, n, &s, g + W4_LOGIT);
}
