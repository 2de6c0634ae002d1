#include "dist/density.h"
#include "dist/log_gamma.h"

#include <float.h>
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
WICKI_INLINE double shape_of(double x, double a, double s)
{
    return a * wicki_log_minus(x * s / a, (x * s - a) / a);
}

WICKI_INLINE double term(double x, double a, double s)
{
    return shape_of(x, a, s) + 0.5 * wicki_log(a) - wicki_stirling_error(a) - wicki_log(x);
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

/* --- concentrations that stay the same ------------------------------------------------------- */

/*
 * Of a constant concentration, one for all members, what does not depend on the weights is kept for
 * as long as it has the same values. Where the sum is small enough for the simple formula to keep
 * its precision, that is all but sum_k (a_k - 1) log x_k.
 */
typedef struct kept {
    double *a; /* what the rest belongs to */
    double sum, constant;
    bool known, simple;
    bool single;  /* one member: nothing to walk */
    double valid; /* 1; NaN if a concentration is bad */
} kept;

static const double SIMPLE_SUM = 32.0;

static bool dirichlet_shape(wick *w, wick_node *node)
{
    wicki_density *d = node->data;

    if (!wicki_density_shape(w, node))
        return false;
    if (node->in[1]->differentiable || node->in[1]->members > 1 || d->step[1] > 0)
        return true;
    kept *t = wicki_alloc_zero(w, sizeof *t);
    double *a = wicki_alloc_doubles(w, d->n);
    if (!t || !a)
        return false;
    t->a = a;
    t->single = node->members == 1 && d->batch == 1 && !node->masked;
    d->plan = t;
    return true;
}

static void keep(kept *t, size_t n, const double *a)
{
    t->known = true;
    memcpy(t->a, a, n * sizeof *a);
    t->sum = 0.0;
    t->valid = 1.0;
    for (size_t k = 0; k < n; k++) {
        t->sum += a[k];
        t->valid = a[k] > 0.0 && a[k] < INFINITY ? t->valid : (double)NAN;
    }
    t->simple = t->sum <= SIMPLE_SUM;
    t->constant = t->simple ? wicki_lgamma_positive(t->sum)
                            : wicki_stirling_error(t->sum) - 0.5 * wicki_log(t->sum) -
            ((double)n - 1.0) * WICKI_HALF_LOG_2PI;
    for (size_t k = 0; k < n; k++)
        t->constant -= t->simple ? wicki_lgamma_positive(a[k])
                                 : wicki_stirling_error(a[k]) - 0.5 * wicki_log(a[k]);
}

static void dirichlet_prepare(wick_node *node)
{
    const wicki_density *d = node->data;
    kept *t = d->plan;

    if (t && !(t->known && memcmp(t->a, node->in[1]->value, d->n * sizeof *t->a) == 0))
        keep(t, d->n, node->in[1]->value);
}

/* All but the constant, of weights stride apart. */
WICKI_INLINE double kept_terms(const kept *t, size_t n, const double *x, size_t stride)
{
    double density = 0.0, whole = 0.0;

    if (t->simple) {
        for (size_t k = 0; k < n; k++)
            density += (t->a[k] - 1.0) * wicki_log(x[k * stride] == 0.0 ? 1.0 : x[k * stride]);
        return density;
    }
    for (size_t k = 0; k < n; k++) {
        const double counted = x[k * stride] == 0.0 ? 1.0 : x[k * stride];
        density += shape_of(counted, t->a[k], t->sum) - wicki_log(counted);
        whole += counted;
    }
    return density + t->sum * (whole - 1.0);
}

static void add_kept_density(const columns *c, const kept *t, double *out)
{
    for (size_t i = 0; i < c->n; i++) {
        const double inside = t->constant + kept_terms(t, c->k, c->x + i * c->x_step, c->x_stride);
        out[i] += c->good[i] == 1.0 ? inside : c->good[i] == 0.0 ? -INFINITY : (double)NAN;
    }
}

/* As `good` of columns, for one member. */
static double single_good(const kept *t, size_t n, const double *x)
{
    double whole = 0.0, good = t->valid;

    for (size_t k = 0; k < n; k++) {
        whole += x[k];
        good *= x[k] > 0.0 || (x[k] == 0.0 && t->a[k] == 1.0) ? 1.0 : 0.0;
    }
    const double off = fabs(whole - 1.0);
    return good * (off <= 1e-8 * (double)n ? 1.0 : off == off ? 0.0 : (double)NAN);
}

static void single_forward(wick_node *node, const kept *t, size_t n)
{
    const double *x = node->in[0]->value, good = single_good(t, n, x);

    *node->value = good == 1.0 ? t->constant + kept_terms(t, n, x, 1)
        : good == 0.0          ? -INFINITY
                               : (double)NAN;
}

static void single_reverse(wick_node *node, const kept *t, size_t n)
{
    const double *x = node->in[0]->value, g = *node->adjoint;
    double *adjoint = node->in[0]->adjoint;

    if (!adjoint || g == 0.0 || single_good(t, n, x) != 1.0)
        return;
    for (size_t k = 0; k < n; k++)
        adjoint[k] += t->a[k] == 1.0 ? 0.0 : g * ((t->a[k] - 1.0) / x[k]);
}

/* --- runs ------------------------------------------------------------------------------------ */

static void dirichlet_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t i = 0; i < run->n; i += COLUMNS) {
            columns c;
            set_columns(&c, node, &part, i);
            sum_up(&c);
            if (d->plan)
                add_kept_density(&c, d->plan, run->out + i);
            else
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

static void dirichlet_forward(wick_node *node)
{
    const wicki_density *d = node->data;
    const kept *t = d->plan;

    if (t && t->single) {
        single_forward(node, t, d->n);
        return;
    }
    memset(node->value, 0, node->members * sizeof *node->value);
    wick_for_runs(node, dirichlet_forward_run);
}

static void dirichlet_reverse(wick_node *node)
{
    const wicki_density *d = node->data;
    const kept *t = d->plan;

    if (t && t->single)
        single_reverse(node, t, d->n);
    else
        wick_for_runs(node, dirichlet_reverse_run);
}

static const wick_op dirichlet_density = { .name = "wick_dirichlet",
    .shape = dirichlet_shape,
    .prepare = dirichlet_prepare,
    .forward = dirichlet_forward,
    .reverse = dirichlet_reverse,
    .explain = wicki_density_explain };

/* --- draws ----------------------------------------------------------------------------------- */

/* Gammas over their sum, from their logarithms: none is lost if all are tiny. Not 0, where most
 * densities are -inf. */
static wick_var dirichlet_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;
    const wick_var g = wicki_log_gamma_of(w, dist, &s);

    return wicki_ok(w) ? wick_maximum(wick_softmax(g), DBL_MIN) : WICK_VAR_NONE;
}

/* --- moments --------------------------------------------------------------------------------- */

/* The sum of the last axis. */
static wick_var sum_of(wick_var x)
{
    return wick_sum_axis(x, wick_rank(x) - 1);
}

/* a / sum a */
static wick_var dirichlet_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_softmax(wick_log(dist->parameter[0].var));
}

/* m (1 - m) / (s + 1), where the sum s is a / m in each element */
static wick_var dirichlet_variance(wick *w, const wick_dist *dist)
{
    const wick_var m = dirichlet_mean(w, dist), s = wick_div(dist->parameter[0].var, m);

    return wick_div(wick_mul(m, wick_sub(1.0, m)), wick_add(s, 1.0));
}

/* sum_k h(a_k) - h(s) - (K - 1) psi(s), see log_gamma.h */
static wick_var dirichlet_entropy(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, s = sum_of(a), all = sum_of(wicki_gamma_entropy(a));
    const double others = (double)wick_event_size(a, wick_rank(a) - 1) - 1.0;

    (void)w;
    return wick_sub(wick_sub(all, wicki_gamma_entropy(s)), wick_mul(others, wick_digamma(s)));
}

/* As of beta. */
static wick_var dirichlet_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_dirichlet)
        return WICK_VAR_NONE;
    const wick_var none = wick_num(w, 0.0);
    const wick_var a = p->parameter[0].var, b = q->parameter[0].var;
    return wick_sub(sum_of(wicki_gamma_kl(a, b, none)), wicki_gamma_kl(sum_of(a), sum_of(b), none));
}

const wick_dist_type wicki_dist_dirichlet = { .name = "dirichlet",
    .n_parameters = 1,
    .parameter_names = { "concentration" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .parameter_rank = { 1 },
    .event_rank = 1,
    .log_prob = &dirichlet_density,
    .sample = dirichlet_sample,
    .reparameterised = true,
    .support = { .kind = WICK_SIMPLEX },
    .mean = dirichlet_mean,
    .variance = dirichlet_variance,
    .entropy = dirichlet_entropy,
    .kl = dirichlet_kl };

wick_dist wick_dirichlet(wick_var concentration)
{
    return (wick_dist){ .type = &wicki_dist_dirichlet, .parameter = { { .var = concentration } } };
}
