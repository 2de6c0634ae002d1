#include "bench/w3_limit.h"

#include "bench/random.h"
#include "bench/vector.h"

enum { N = W3_N, BATCH = W3_BATCH, D = W3_D, K = W3_K };

static const double LOG_2_PI = 1.8378770664093455;

/* --- the data's part of the gradient ------------------------------------------------------------ */

/* With z = (x - mu) / sigma, log weight + log density = constant - |z|^2 / 2. */
typedef struct component {
    double weight, constant, mu[D], inverse[D];
} component;

/* Sums over the minibatch of the responsibility times 1, z and z^2. */
typedef struct moments {
    vec one, x, y, xx, yy;
} moments;

static void read_components(const double z[W3_LATENT], component c[K])
{
    const double *logit = z + W3_LOGIT;
    double sum = 0.0;

    const double max = wicki_max(wicki_max(logit[0], logit[1]), logit[2]);
    for (int k = 0; k < K; k++)
        sum += c[k].weight = wicki_exp(logit[k] - max);
    const double log_sum = max + wicki_log(sum) + LOG_2_PI;
    for (int k = 0; k < K; k++) {
        c[k].weight /= sum;
        c[k].constant = logit[k] - log_sum;
        for (int d = 0; d < D; d++) {
            c[k].mu[d] = z[W3_MU + k * D + d];
            c[k].inverse[d] = wicki_exp(-z[W3_SIGMA + k * D + d]);
            c[k].constant -= z[W3_SIGMA + k * D + d];
        }
    }
}

WICKI_INLINE void add_moments(vec r, vec zx, vec zy, moments *m)
{
    const vec rx = r * zx, ry = r * zy;

    m->one += r;
    m->x += rx;
    m->y += ry;
    m->xx += rx * zx;
    m->yy += ry * zy;
}

/* The log-likelihood: sum of the largest logits, and the log of the product of the rest, factors
 * from 1 to K, so that one logarithm serves all points. */
WICKI_INLINE double sum_up(const w3_batch *batch, const component c[K], moments m[K])
{
    vec top = vec_of(0.0), rest = vec_of(1.0);

    for (int n = 0; n < BATCH; n += LANES) {
        const vec x = vec_load(batch->x + n), y = vec_load(batch->y + n);
        vec zx[K], zy[K], logit[K];

        for (int k = 0; k < K; k++) {
            zx[k] = (x - vec_of(c[k].mu[0])) * vec_of(c[k].inverse[0]);
            zy[k] = (y - vec_of(c[k].mu[1])) * vec_of(c[k].inverse[1]);
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
        if (LANES == 1 && n % 512 == 511) { /* 3^1024 is too large for a double */
            top += vec_of(vec_sum_log(rest));
            rest = vec_of(1.0);
        }
    }
    return vec_sum(top) + vec_sum_log(rest);
}

/* The log-likelihood of the minibatch at the latent z, its gradient to g. */
static double likelihood(const w3_batch *batch, const double z[W3_LATENT], double g[W3_LATENT])
{
    const vec zero = vec_of(0.0);
    component c[K];
    moments m[K];

    for (int k = 0; k < K; k++)
        m[k] = (moments){ zero, zero, zero, zero, zero };
    read_components(z, c);
    const double sum = sum_up(batch, c, m);
    for (int k = 0; k < K; k++) {
        const double r = vec_sum(m[k].one);
        g[W3_MU + k * D] = vec_sum(m[k].x) * c[k].inverse[0];
        g[W3_MU + k * D + 1] = vec_sum(m[k].y) * c[k].inverse[1];
        g[W3_SIGMA + k * D] = vec_sum(m[k].xx) - r;
        g[W3_SIGMA + k * D + 1] = vec_sum(m[k].yy) - r;
        g[W3_LOGIT + k] = r - BATCH * c[k].weight;
    }
    return sum;
}

/* --- the ELBO ----------------------------------------------------------------------------------- */

/* z = loc + scale draw, ELBO = N/B log-likelihood + sum (draw^2 - z^2) / 2 + log scale. */
double w3_limit_gradient(const w3_batch *batch, const double *u, const double *draws, double *g)
{
    const double *loc = u, *log_scale = u + W3_LATENT, scale_up = (double)N / BATCH;
    double z[W3_LATENT], spread[W3_LATENT], slope[W3_LATENT];

    for (int i = 0; i < W3_LATENT; i++) {
        spread[i] = wicki_exp(log_scale[i]) * draws[i];
        z[i] = loc[i] + spread[i];
    }
    double elbo = scale_up * likelihood(batch, z, slope);
    for (int i = 0; i < W3_LATENT; i++) {
        elbo += 0.5 * (draws[i] * draws[i] - z[i] * z[i]) + log_scale[i];
        g[i] = z[i] - scale_up * slope[i];
        g[W3_LATENT + i] = g[i] * spread[i] - 1.0;
    }
    return -elbo;
}

/* --- a step ------------------------------------------------------------------------------------- */

void w3_limit_start(w3_fit *fit)
{
    static const double LOC[W3_LATENT] = { 2.0, 0.0, -2.0, -4.0, -2.0, 4.0 };

    *fit = (w3_fit){ .power1 = 1.0, .power2 = 1.0, .state = 5 };
    for (int i = 0; i < W3_LATENT; i++) {
        fit->u[i] = LOC[i];
        fit->u[W3_LATENT + i] = -3.0;
    }
    for (int i = 0; i < N; i++)
        fit->order[i] = (uint16_t)i;
}

/* Wellons's lowbias32: each bit of z moves about half of the result's. */
WICKI_INLINE uint32_t scramble(uint32_t z)
{
    z = (z ^ (z >> 16)) * 0x7feb352du;
    z = (z ^ (z >> 15)) * 0x846ca68bu;
    return z ^ (z >> 16);
}

/* The beginning of a shuffle; whatever the order was before, all minibatches are equally likely. */
static void choose_batch(w3_fit *fit, const double (*points)[D], w3_batch *batch)
{
    uint16_t with[BATCH];
    const uint32_t counter = (uint32_t)(fit->state += BATCH);

    for (uint32_t i = 0; i < BATCH; i++)
        with[i] = (uint16_t)(i + ((uint64_t)scramble(counter + i) * (N - i) >> 32));
    for (int i = 0; i < BATCH; i++) {
        const uint16_t chosen = fit->order[with[i]];
        fit->order[with[i]] = fit->order[i];
        fit->order[i] = chosen;
        batch->x[i] = points[chosen][0];
        batch->y[i] = points[chosen][1];
    }
}

static void draw(w3_fit *fit, double draws[W3_LATENT + 1])
{
    for (int i = 0; i < W3_LATENT + 1; i++) /* whole vectors */
        draws[i] = random_uniform(&fit->state);
    for (int i = 0; i < W3_LATENT + 1; i++)
        draws[i] = wicki_normal_quantile(draws[i]);
}

static void adam(w3_fit *fit, const double g[W3_PARAMS])
{
    const double rate = 0.03, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;

    fit->power1 *= beta1;
    fit->power2 *= beta2;
    const double ahead = rate / (1.0 - fit->power1), root = 1.0 / sqrt(1.0 - fit->power2);
    for (int i = 0; i < W3_PARAMS; i++) {
        fit->m[i] = beta1 * fit->m[i] + (1.0 - beta1) * g[i];
        fit->v[i] = beta2 * fit->v[i] + (1.0 - beta2) * g[i] * g[i];
        fit->u[i] -= ahead * fit->m[i] / (sqrt(fit->v[i]) * root + eps);
    }
}

double w3_limit_step(w3_fit *fit, const double (*points)[D])
{
    double draws[W3_LATENT + 1], g[W3_PARAMS];
    w3_batch batch;

    choose_batch(fit, points, &batch);
    draw(fit, draws);
    const double loss = w3_limit_gradient(&batch, fit->u, draws, g);
    adam(fit, g);
    return loss;
}
