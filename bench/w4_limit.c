#include "bench/w4_sums.h"

#include "base/special.h"

#include <string.h>

enum { D = W4_D, K = W4_K };

static const double LOG_ROOT_2_PI = 0.91893853320467274;

static void find_centre(size_t n, const double *x, double centre[D])
{
    const size_t some = n < 1000 ? n : 1000;

    for (int d = 0; d < D; d++) {
        centre[d] = 0.0;
        for (size_t i = 0; i < some; i++)
            centre[d] += x[i * D + (size_t)d] / (double)some;
    }
}

static void set_weights(w4_mixture *m, const double logit[K])
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
static double close_weights(const w4_mixture *m, size_t n, const w4_sums *s, double g[K])
{
    for (int k = 0; k < K; k++)
        g[k] = (double)n * m->weight[k] - s->responsibility[k];
    return -s->log_likelihood;
}

/* --- diagonal ----------------------------------------------------------------------------------- */

static void set_diagonal(w4_mixture *m, const double *loc, const double *log_scale)
{
    for (int k = 0; k < K; k++)
        for (int d = 0; d < D; d++) {
            const double precision = wicki_exp(-2.0 * log_scale[k * D + d]);
            const double shifted = loc[k * D + d] - m->centre[d];
            m->factor[d][k] = precision * shifted;
            m->factor[D + d][k] = -0.5 * precision;
            m->constant[k] -= 0.5 * precision * shifted * shifted + log_scale[k * D + d];
        }
}

double w4_limit_diagonal(size_t n, const double *x, const double *u, double *g)
{
    const double *loc = u + W4_LOC;
    w4_mixture m;
    w4_sums s;

    find_centre(n, x, m.centre);
    set_weights(&m, u + W4_LOGIT);
    set_diagonal(&m, loc, u + W4_SCALE);
    w4_sum_diagonal(&m, n, x, &s);
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

static void set_component(w4_mixture *m, int k, const double *loc, triangle *t)
{
    double precision[D][D];

    multiply_transposed(t->inverse, t->inverse, precision);
    m->constant[k] -= t->log_det;
    for (int a = 0; a < D; a++) {
        m->factor[a][k] = 0.0;
        for (int b = 0; b < D; b++) {
            const double other = loc[b] - m->centre[b];
            m->factor[a][k] += precision[a][b] * other;
            m->factor[w4_feature_of(a, b)][k] = (a == b ? -0.5 : -1.0) * precision[a][b];
            m->constant[k] -= 0.5 * (loc[a] - m->centre[a]) * precision[a][b] * other;
        }
    }
}

/* c = a b' */
static void multiply(double (*a)[D], double (*b)[D], double (*c)[D])
{
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            c[i][j] = 0.0;
            for (int e = 0; e < D; e++)
                c[i][j] += a[i][e] * b[j][e];
        }
}

/* The sums of r (x - loc), and of r (x - loc) (x - loc)'. */
static void find_moments(const w4_mixture *m, const w4_sums *s, int k, const double *loc,
    double first[D], double (*second)[D])
{
    const double *feature = s->feature[k];

    for (int a = 0; a < D; a++)
        first[a] = feature[a] - s->responsibility[k] * (loc[a] - m->centre[a]);
    for (int a = 0; a < D; a++)
        for (int b = 0; b < D; b++)
            second[a][b] = feature[w4_feature_of(a, b)] - (loc[a] - m->centre[a]) * feature[b] -
                (loc[b] - m->centre[b]) * first[a];
}

/* With z = L^-1 (x - loc): d/d loc = L^-T sum r z, d/d L = L^-T (sum r z z' - r 1). */
static void close_component(const w4_mixture *m, const w4_sums *s, int k, const double *loc,
    triangle *t, double *g_loc, double *g_scale)
{
    double first[D], second[D][D], half[D][D], product[D][D], precision[D][D];

    find_moments(m, s, k, loc, first, second);
    multiply(t->inverse, second, half);
    multiply(t->inverse, half, product); /* the second moments of z */
    for (int a = 0; a < D; a++)
        product[a][a] -= s->responsibility[k];
    multiply_transposed(t->inverse, product, half);
    multiply_transposed(t->inverse, t->inverse, precision);
    for (int a = 0; a < D; a++) {
        g_loc[a] = 0.0;
        for (int b = 0; b < D; b++) {
            g_loc[a] -= precision[a][b] * first[b];
            g_scale[a * D + b] = b > a ? 0.0 : -half[a][b] * (a == b ? t->scale[a][a] : 1.0);
        }
    }
}

double w4_limit_full(size_t n, const double *x, const double *u, double *g)
{
    const double *loc = u + W4_LOC;
    triangle t[K];
    w4_mixture m;
    w4_sums s;

    find_centre(n, x, m.centre);
    set_weights(&m, u + W4_LOGIT);
    for (int k = 0; k < K; k++) {
        read_triangle(u + W4_SCALE + k * D * D, &t[k]);
        set_component(&m, k, loc + k * D, &t[k]);
    }
    w4_sum_full(&m, n, x, &s);
    for (int k = 0; k < K; k++)
        close_component(
            &m, &s, k, loc + k * D, &t[k], g + W4_LOC + k * D, g + W4_SCALE + k * D * D);
    return close_weights(&m, n, &s, g + W4_LOGIT);
}
