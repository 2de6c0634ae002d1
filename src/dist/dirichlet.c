#include "dist/density.h"
#include "dist/sample.h"

#include <string.h>

enum { COLUMNS = 64 };

/*
 * log Gamma(s) - sum_k log Gamma(a_k) + sum_k (a_k - 1) log x_k, s = sum_k a_k, about the mean
 * a / s, so that it keeps its precision when the concentrations are large:
 *
 *     sum_k (a_k (log r_k - (r_k - 1)) + log a_k / 2 - stirling_error(a_k) - log x_k)
 *         + stirling_error(s) - log s / 2 - (K - 1) log(2 pi) / 2 + s (sum_k x_k - 1)
 *
 * with r_k = x_k s / a_k. A weight x_k of 0 counts nothing if a_k is 1.
 */
WICKI_INLINE double term(double x, double a, double s)
{
    const double r = x * s / a;

    return a * wicki_log_minus(r, (x * s - a) / a) + 0.5 * wicki_log(a) - wicki_stirling_error(a) -
        wicki_log(x);
}

/* Up to COLUMNS members of a draw of the event: what all passes over its K weights need. */
typedef struct columns {
    size_t n, k;
    size_t x_stride, a_stride, x_step, a_step;
    const double *x, *a;
    double sum[COLUMNS];   /* of the concentrations */
    double whole[COLUMNS]; /* of the weights */
    double good[COLUMNS];  /* 1; 0 outside the support; NaN if a concentration is bad */
} columns;

static void sum_up(columns *c)
{
    for (size_t i = 0; i < c->n; i++) {
        c->sum[i] = c->whole[i] = 0.0;
        c->good[i] = 1.0;
    }
    for (size_t k = 0; k < c->k; k++)
        for (size_t i = 0; i < c->n; i++) {
            const double x = c->x[k * c->x_stride + i * c->x_step];
            const double a = c->a[k * c->a_stride + i * c->a_step];
            const double inside = x > 0.0 || (x == 0.0 && a == 1.0) ? 1.0 : 0.0;
            c->sum[i] += a;
            c->whole[i] += x;
            c->good[i] *= a > 0.0 && a < INFINITY ? inside : (double)NAN;
        }
    for (size_t i = 0; i < c->n; i++) {
        const double off = fabs(c->whole[i] - 1.0);
        c->good[i] *= off <= 1e-8 * (double)c->k ? 1.0 : off == off ? 0.0 : (double)NAN;
    }
}

static void add_density(columns *c, double *out)
{
    double density[COLUMNS];

    for (size_t i = 0; i < c->n; i++)
        density[i] = wicki_stirling_error(c->sum[i]) - 0.5 * wicki_log(c->sum[i]) -
            ((double)c->k - 1.0) * WICKI_HALF_LOG_2PI;
    for (size_t k = 0; k < c->k; k++)
        for (size_t i = 0; i < c->n; i++) {
            const double x = c->x[k * c->x_stride + i * c->x_step];
            const double a = c->a[k * c->a_stride + i * c->a_step];
            const double counted = x == 0.0 ? 1.0 : x;
            density[i] += term(counted, a, c->sum[i]);
            c->whole[i] += counted - x;
        }
    for (size_t i = 0; i < c->n; i++) {
        const double inside = density[i] + c->sum[i] * (c->whole[i] - 1.0);
        out[i] += c->good[i] == 1.0 ? inside : c->good[i] == 0.0 ? -INFINITY : (double)NAN;
    }
}

/* (a - 1) / x and log x - psi(a) + psi(s), times the adjoint of the density */
static void add_gradient(
    const columns *c, const double *adjoint, double *x_adjoint, double *a_adjoint)
{
    double g[COLUMNS], psi[COLUMNS];

    for (size_t i = 0; i < c->n; i++)
        g[i] = c->good[i] == 1.0 ? adjoint[i] : 0.0;
    for (size_t k = 0; k < c->k && x_adjoint; k++)
        for (size_t i = 0; i < c->n; i++) {
            const double x = c->x[k * c->x_stride + i * c->x_step];
            const double a = c->a[k * c->a_stride + i * c->a_step];
            const double by_x = a == 1.0 ? 0.0 : (a - 1.0) / x;
            x_adjoint[k * c->x_stride + i * c->x_step] += g[i] == 0.0 ? 0.0 : g[i] * by_x;
        }
    for (size_t i = 0; i < c->n && a_adjoint; i++)
        psi[i] = wicki_digamma_positive(c->sum[i]);
    for (size_t k = 0; k < c->k && a_adjoint; k++)
        for (size_t i = 0; i < c->n; i++) {
            const double x = c->x[k * c->x_stride + i * c->x_step];
            const double a = c->a[k * c->a_stride + i * c->a_step];
            const double by_a = wicki_log(x == 0.0 ? 1.0 : x) - wicki_digamma_positive(a) + psi[i];
            a_adjoint[k * c->a_stride + i * c->a_step] += g[i] == 0.0 ? 0.0 : g[i] * by_a;
        }
}

static void set_columns(columns *c, const wick_node *node, const wick_run *part, size_t first)
{
    c->n = part->n - first < COLUMNS ? part->n - first : COLUMNS;
    c->k = ((const wicki_density *)node->data)->n;
    c->x_stride = part->in_stride[0];
    c->a_stride = part->in_stride[1];
    c->x_step = part->in_step[0];
    c->a_step = part->in_step[1];
    c->x = part->in[0] + first * part->in_step[0];
    c->a = part->in[1] + first * part->in_step[1];
}

static void dirichlet_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t i = 0; i < run->n; i += COLUMNS) {
            columns c;
            set_columns(&c, node, &part, i);
            sum_up(&c);
            add_density(&c, run->out + i);
        }
    }
}

static void dirichlet_reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t i = 0; i < run->n; i += COLUMNS) {
            columns c;
            set_columns(&c, node, &part, i);
            sum_up(&c);
            add_gradient(&c, run->out_adjoint + i,
                part.in_adjoint[0] ? part.in_adjoint[0] + i * part.in_step[0] : NULL,
                part.in_adjoint[1] ? part.in_adjoint[1] + i * part.in_step[1] : NULL);
        }
    }
}

WICKI_DENSITY_RUNS(dirichlet, wicki_density_shape, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* Gammas over their sum, from their logarithms: none is lost if all are tiny. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    double max = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < d->out_size; k++) {
        double *out = d->out + k * d->out_stride;
        *out = wicki_log_gamma_draw(stream, d->in[0][k * d->in_stride[0]]);
        max = wicki_max(max, *out);
    }
    for (size_t k = 0; k < d->out_size; k++)
        sum += d->out[k * d->out_stride] = wicki_exp(d->out[k * d->out_stride] - max);
    for (size_t k = 0; k < d->out_size; k++)
        d->out[k * d->out_stride] /= sum;
}

static const wicki_draw_kind KIND = {
    .name = "wick_dirichlet", .draw = draw, .rank = 1, .in_rank = { 1 }
};

static wick_var dirichlet_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

const wick_dist_type wicki_dist_dirichlet = { .name = "dirichlet",
    .n_parameters = 1,
    .parameter_names = { "concentration" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .parameter_rank = { 1 },
    .event_rank = 1,
    .log_prob = &dirichlet_density,
    .sample = dirichlet_sample,
    .support = { .kind = WICK_SIMPLEX } };

wick_dist wick_dirichlet(wick_var concentration)
{
    return (wick_dist){ .type = &wicki_dist_dirichlet, .parameter = { { .var = concentration } } };
}
