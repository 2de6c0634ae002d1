/**
 * What the tests of normal guides share: the ELBO by a cubature rule, and a linear regression whose
 * posterior and evidence are known.
 */
#ifndef TESTS_SUPPORT_NORMAL_ELBO_H
#define TESTS_SUPPORT_NORMAL_ELBO_H

#include "tests/support/fit.h"

/* --- the loss -------------------------------------------------------------------------------- */

/** A site of a guide that is loc + scale z for standard normals z; scale is [n], [n][n] or scalar. */
typedef struct normal_block {
    const char *site, *loc, *scale;
} normal_block;

typedef struct normal_blocks {
    size_t n;
    normal_block block[4];
} normal_blocks;

/** The value of a block where its k-th z is r; all others are 0. k beyond the end: all. */
static inline wick_var block_at(wick *w, const normal_block *b, size_t k, double r)
{
    const wick_var loc = wick_param_read(w, b->loc), scale = wick_param_read(w, b->scale);
    double z[16] = { 0.0 };

    if (k < 16)
        z[k] = r;
    const size_t n = wick_size(loc);
    const wick_var at = wick_rank(loc) ? wick_const(w, z, n) : wick_num(w, z[0]);
    if (wick_rank(scale) == 2)
        return wick_add(loc, wick_matvec(scale, at));
    return wick_add(loc, wick_mul(scale, at));
}

static inline wick_var sum_of_costs(wick *w, const wick_trace *trace)
{
    wick_var sum = wick_num(w, 0.0);

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        if (s->type == WICK_SAMPLE)
            sum = wick_add(sum, wick_total(wick_site_cost(w, s)));
    return sum;
}

/** log q - log p with the guide's draws given. */
static inline wick_var cost_at(
    wick *w, wick_program model, wick_program guide, size_t n, const wick_binding *draws)
{
    const wick_trace *q = wick_trace_run(w, wick_wrap(w, guide, wick_substitute(w, n, draws)));
    const wick_trace *p = wick_trace_run(w, wick_wrap(w, model, wick_replay(w, q)));

    return wick_sub(sum_of_costs(w, q), sum_of_costs(w, p));
}

/**
 * Minus the ELBO, where log p - log q is a polynomial of degree 3 at most in z, exactly: the mean
 * over the 2 D points that have z = sqrt(D) or -sqrt(D) in one coordinate (Stroud 1957).
 */
static inline wick_var cubature_elbo(
    wick *w, wick_program model, wick_program guide, const void *options)
{
    const normal_blocks *blocks = options;
    wick_binding draws[4];
    size_t first[5] = { 0 };
    wick_var sum = wick_num(w, 0.0);

    wick_trace_run(w, guide); /* makes the parameters */
    for (size_t b = 0; b < blocks->n; b++)
        first[b + 1] = first[b] + wick_size(wick_param_read(w, blocks->block[b].loc));
    const size_t d = first[blocks->n];
    for (size_t i = 0; i < 2 * d; i++) {
        const double r = i % 2 ? -sqrt((double)d) : sqrt((double)d);
        for (size_t b = 0; b < blocks->n; b++)
            draws[b] = (wick_binding){ blocks->block[b].site,
                block_at(w, &blocks->block[b],
                    i / 2 >= first[b] && i / 2 < first[b + 1] ? i / 2 - first[b] : 16, r) };
        sum = wick_add(sum, cost_at(w, model, guide, blocks->n, draws));
    }
    return wick_div(sum, (double)(2 * d));
}

/** Minimises it by Adam with smaller and smaller steps, from wherever the parameters are. */
static inline void fit_normal(
    wick *w, wick_program model, wick_program guide, const normal_blocks *blocks, int steps)
{
    static const double RATES[] = { 0.05, 0.01, 1e-3, 1e-4, 1e-5 };

    for (int r = 0; r < 5; r++) {
        wick_svi *svi = wick_svi_new(w, model, guide,
            &(wick_svi_options){ .loss = cubature_elbo,
                .loss_options = blocks,
                .optim = wick_adam(.lr = RATES[r], .beta1 = 0.8, .beta2 = 0.99) });
        for (int i = 0; i < steps; i++)
            wick_svi_step(svi);
        assert_ok(w);
        wick_svi_free(svi);
    }
}

/* --- a linear regression --------------------------------------------------------------------- */

enum { N_ROWS = 5, N_WEIGHTS = 3 };

static const double REGRESSORS[N_ROWS][2] = { { 0.5, -1.25 }, { 1.5, 0.75 }, { -0.5, 1.0 },
    { 2.25, -0.5 }, { -1.75, -0.25 } };
static const double RESPONSES[N_ROWS] = { 2.5, 1.25, -0.75, 3.5, 0.5 };

/** intercept ~ N(0.5, 1.5), slopes [2] ~ N(0, 1), y = intercept + x slopes + N(0, 0.75). */
static inline void regression(wick *w, void *arg)
{
    (void)arg;
    const wick_var intercept = wick_sample(w, "intercept", wick_normal(0.5, 1.5));
    const wick_var slopes = wick_sample(w, "slopes", wick_iid(wick_normal(0.0, 1.0), 2));

    WICK_PLATE (w, "rows", N_ROWS) {
        const wick_var x = wick_data(w, REGRESSORS[0], 2 * N_ROWS, 2);
        const wick_var mean = wick_add(intercept, wick_dot(x, slopes));
        wick_observe(w, "y", wick_normal(mean, 0.75), wick_data(w, RESPONSES, N_ROWS));
    }
}

typedef struct gaussian {
    double mean[N_WEIGHTS], precision[N_WEIGHTS][N_WEIGHTS], covariance[N_WEIGHTS][N_WEIGHTS];
    double evidence;
} gaussian;

/** a becomes its inverse, by Gauss-Jordan; returns the determinant. */
static inline double invert_3(double a[N_WEIGHTS][N_WEIGHTS])
{
    double det = 1.0;

    for (int p = 0; p < N_WEIGHTS; p++) {
        const double pivot = a[p][p];
        det *= pivot;
        a[p][p] = 1.0;
        for (int j = 0; j < N_WEIGHTS; j++)
            a[p][j] /= pivot;
        for (int i = 0; i < N_WEIGHTS; i++) {
            const double factor = a[i][p];
            if (i == p)
                continue;
            a[i][p] = 0.0;
            for (int j = 0; j < N_WEIGHTS; j++)
                a[i][j] -= factor * a[p][j];
        }
    }
    return det;
}

/** The posterior by the normal equations, and log p(y) = log p(y, mean) - log q(mean). */
static inline gaussian regression_posterior(void)
{
    static const double LOC[N_WEIGHTS] = { 0.5, 0.0, 0.0 }, SCALE[N_WEIGHTS] = { 1.5, 1.0, 1.0 };
    double right[N_WEIGHTS];
    gaussian g = { .evidence = 0.0 };

    for (int i = 0; i < N_WEIGHTS; i++) {
        g.precision[i][i] = 1.0 / (SCALE[i] * SCALE[i]);
        right[i] = LOC[i] * g.precision[i][i];
    }
    for (int n = 0; n < N_ROWS; n++) {
        const double x[N_WEIGHTS] = { 1.0, REGRESSORS[n][0], REGRESSORS[n][1] };
        for (int i = 0; i < N_WEIGHTS; i++) {
            right[i] += x[i] * RESPONSES[n] / (0.75 * 0.75);
            for (int j = 0; j < N_WEIGHTS; j++)
                g.precision[i][j] += x[i] * x[j] / (0.75 * 0.75);
        }
    }
    memcpy(g.covariance, g.precision, sizeof g.covariance);
    const double det = invert_3(g.covariance);
    for (int i = 0; i < N_WEIGHTS; i++)
        for (int j = 0; j < N_WEIGHTS; j++)
            g.mean[i] += g.covariance[i][j] * right[j];
    for (int i = 0; i < N_WEIGHTS; i++)
        g.evidence += log_normal(g.mean[i], LOC[i], SCALE[i]) + 0.91893853320467274178;
    g.evidence -= 0.5 * log(det);
    for (int n = 0; n < N_ROWS; n++)
        g.evidence += log_normal(RESPONSES[n],
            g.mean[0] + REGRESSORS[n][0] * g.mean[1] + REGRESSORS[n][1] * g.mean[2], 0.75);
    return g;
}

/* --- a lognormal ----------------------------------------------------------------------------- */

/** The target of Pyro's test_auto_transform. */
static inline void lognormal(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_lognormal(0.2, 0.7));
}

#endif
