#include "bench/w2_limit.h"

#include "bench/vector.h"

enum { D = W2_D, K = W2_K };

static const double LOG_2_PI = 1.8378770664093455;

/* L = (a 0; b c): with z = L^-1 (x - mean), log weight + log density = constant - |z|^2 / 2. */
typedef struct component {
    double weight, constant, a, b, c;
} component;

/* Sums over the points of the responsibility times 1, z and the products of z. */
typedef struct moments {
    vec one, x, y, xx, xy, yy;
} moments;

static void read_components(const double *u, component c[K])
{
    double sum = 0.0, max = u[W2_LOGIT];

    for (int k = 1; k < K; k++)
        max = wicki_max(max, u[W2_LOGIT + k]);
    for (int k = 0; k < K; k++)
        sum += c[k].weight = wicki_exp(u[W2_LOGIT + k] - max);
    const double log_sum = max + wicki_log(sum);
    for (int k = 0; k < K; k++) {
        const double *log_scale = u + W2_LOG_SCALE + k * D, *chol = u + W2_CHOL + k * D * D;
        const double first = wicki_exp(log_scale[0]);
        c[k].weight /= sum;
        c[k].a = chol[0] * first;
        c[k].b = chol[2] * first;
        c[k].c = chol[3] * wicki_exp(log_scale[1]);
        c[k].constant = u[W2_LOGIT + k] - log_sum - wicki_log(c[k].a * c[k].c) - LOG_2_PI;
    }
}

WICKI_INLINE void add_moments(vec r, vec zx, vec zy, moments *m)
{
    const vec rx = r * zx, ry = r * zy;

    m->one += r;
    m->x += rx;
    m->y += ry;
    m->xx += rx * zx;
    m->xy += rx * zy;
    m->yy += ry * zy;
}

/* The log-likelihood. The log-sum-exps are the largest logits and the log of what is left, a factor
 * from 1 to K; one logarithm serves many points. */
WICKI_INLINE double sum_up(
    const w2_points *p, const double *mean, const component c[K], moments m[K])
{
    enum { MANY = 64 * LANES };
    vec top = vec_of(0.0), rest = vec_of(1.0);
    double logs = 0.0;

    for (int n = 0; n < W2_N; n += LANES) {
        const vec x = vec_load(p->x + n), y = vec_load(p->y + n);
        vec zx[K], zy[K], logit[K];

        for (int k = 0; k < K; k++) {
            zx[k] = (x - vec_of(mean[k * D])) * vec_of(1.0 / c[k].a);
            zy[k] = (y - vec_of(mean[k * D + 1]) - vec_of(c[k].b) * zx[k]) * vec_of(1.0 / c[k].c);
            logit[k] = vec_of(c[k].constant) - vec_of(0.5) * (zx[k] * zx[k] + zy[k] * zy[k]);
        }
        const vec max = vec_max(vec_max(logit[0], logit[1]), logit[2]);
        const vec e0 = vec_exp(logit[0] - max), e1 = vec_exp(logit[1] - max);
        const vec e2 = vec_exp(logit[2] - max);
        const vec sum = e0 + e1 + e2, inverse = vec_of(1.0) / sum;
        top += max;
        rest *= sum;
        add_moments(e0 * inverse, zx[0], zy[0], &m[0]);
        add_moments(e1 * inverse, zx[1], zy[1], &m[1]);
        add_moments(e2 * inverse, zx[2], zy[2], &m[2]);
        if (n % MANY == MANY - LANES) {
            logs += vec_sum_log(rest);
            rest = vec_of(1.0);
        }
    }
    return logs + vec_sum_log(rest) + vec_sum(top);
}

/* The gradient of minus the log-likelihood: of z = L^-1 (x - mean), then of L = chol diag(scale). */
static void close_component(const component *c, const moments *m, int k, const double *u, double *g)
{
    const double *log_scale = u + W2_LOG_SCALE + k * D, *chol = u + W2_CHOL + k * D * D;
    const double r = vec_sum(m->one), x = vec_sum(m->x), y = vec_sum(m->y);
    const double xx = vec_sum(m->xx), xy = vec_sum(m->xy), yy = vec_sum(m->yy);
    const double slope = c->b / c->c, first = wicki_exp(log_scale[0]);
    const double ga = (r - xx + slope * xy) / c->a, gb = -xy / c->c, gc = (r - yy) / c->c;

    g[W2_LOGIT + k] = W2_N * c->weight - r;
    g[W2_MEAN + k * D] = (slope * y - x) / c->a;
    g[W2_MEAN + k * D + 1] = -y / c->c;
    g[W2_CHOL + k * D * D] = ga * first;
    g[W2_CHOL + k * D * D + 1] = 0.0;
    g[W2_CHOL + k * D * D + 2] = gb * first;
    g[W2_CHOL + k * D * D + 3] = gc * wicki_exp(log_scale[1]);
    g[W2_LOG_SCALE + k * D] = (ga * chol[0] + gb * chol[2]) * first;
    g[W2_LOG_SCALE + k * D + 1] = gc * c->c;
}

double w2_limit_gradient(const w2_points *points, const double *u, double *g)
{
    const vec zero = vec_of(0.0);
    moments m[K];
    component c[K];

    for (int k = 0; k < K; k++)
        m[k] = (moments){ zero, zero, zero, zero, zero, zero };
    read_components(u, c);
    const double log_likelihood = sum_up(points, u + W2_MEAN, c, m);
    for (int k = 0; k < K; k++)
        close_component(&c[k], &m[k], k, u, g);
    return -log_likelihood;
}
