#include "dist/categories.h"
#include "dist/counts.h"
#include "dist/lookup.h"
#include "tape/loop.h"

#include <float.h>
#include <string.h>

enum { COLUMNS = 64 };

/*
 * Up to COLUMNS members of a draw of the event. `total` is what the chosen entry is compared with:
 * the sum of the probs, or log sum exp of the logits. It is NaN where an entry is bad.
 */
typedef struct columns {
    size_t n, k;
    const double *x, *p;
    size_t x_step, p_stride, p_step;
    double total[COLUMNS];
} columns;

static void set_columns(columns *c, const wick_node *node, const wick_run *part, size_t first)
{
    c->n = part->n - first < COLUMNS ? part->n - first : COLUMNS;
    c->k = ((const wicki_density *)node->data)->n;
    c->x = part->in[0] + first * part->in_step[0];
    c->p = part->in[1] + first * part->in_step[1];
    c->x_step = part->in_step[0];
    c->p_stride = part->in_stride[1];
    c->p_step = part->in_step[1];
}

WICKI_INLINE double entry(const columns *c, size_t k, size_t i)
{
    return c->p[k * c->p_stride + i * c->p_step];
}

/* The entry that is chosen; false if the value is no index. */
static bool chosen(const columns *c, size_t i, size_t *k)
{
    const double x = c->x[i * c->x_step];

    if (!(x >= 0.0 && x < (double)c->k))
        return false;
    *k = (size_t)x;
    return (double)*k == x;
}

static double no_index(double x)
{
    return isnan(x) ? x : -INFINITY;
}

/* --- probs ----------------------------------------------------------------------------------- */

static void sum_probs(columns *c)
{
    const size_t width = c->p_step ? c->n : 1;

    for (size_t i = 0; i < width; i++)
        c->total[i] = 0.0;
    for (size_t k = 0; k < c->k; k++)
        for (size_t i = 0; i < width; i++) {
            const double p = entry(c, k, i);
            c->total[i] += p >= 0.0 ? p : (double)NAN;
        }
    for (size_t i = 0; i < width; i++)
        c->total[i] = c->total[i] > 0.0 ? c->total[i] : (double)NAN;
    for (size_t i = width; i < c->n; i++)
        c->total[i] = c->total[0];
}

static void probs_density(columns *c, double *out)
{
    sum_probs(c);
    for (size_t i = 0; i < c->n; i++) {
        size_t k;
        if (isnan(c->total[i]))
            out[i] = NAN;
        else
            out[i] += chosen(c, i, &k) ? wicki_log(entry(c, k, i) / c->total[i])
                                       : no_index(c->x[i * c->x_step]);
    }
}

/* d/dp_k = [k chosen] / p_k - 1 / sum; nothing where the chosen p_k is 0 */
static void probs_gradient(columns *c, const double *g, double *adjoint)
{
    double share[COLUMNS];

    sum_probs(c);
    for (size_t i = 0; i < c->n; i++) {
        size_t k;
        share[i] = 0.0;
        if (g[i] == 0.0 || !chosen(c, i, &k) || !(entry(c, k, i) > 0.0))
            continue;
        share[i] = g[i] / c->total[i];
        adjoint[k * c->p_stride + i * c->p_step] += g[i] / entry(c, k, i);
    }
    const double all = wicki_sum(c->n, share);
    for (size_t k = 0; k < c->k; k++) {
        double *row = adjoint + k * c->p_stride;
        if (c->p_step == 0)
            *row -= all;
        else
            for (size_t i = 0; i < c->n; i++)
                row[i] -= share[i];
    }
}

/* --- logits ---------------------------------------------------------------------------------- */

/* total = max, and scale = sum exp(logits - max) */
static void sum_logits(columns *c, double *scale)
{
    const size_t width = c->p_step ? c->n : 1;

    for (size_t i = 0; i < width; i++) {
        c->total[i] = -INFINITY;
        scale[i] = 0.0;
    }
    for (size_t k = 0; k < c->k; k++)
        for (size_t i = 0; i < width; i++)
            c->total[i] = wicki_max(c->total[i], entry(c, k, i));
    for (size_t k = 0; k < c->k; k++)
        for (size_t i = 0; i < width; i++)
            scale[i] += wicki_exp(entry(c, k, i) - c->total[i]);
    for (size_t i = width; i < c->n; i++) {
        c->total[i] = c->total[0];
        scale[i] = scale[0];
    }
}

static void logits_density(columns *c, double *out)
{
    double scale[COLUMNS];

    sum_logits(c, scale);
    for (size_t i = 0; i < c->n; i++) {
        size_t k;
        if (isnan(scale[i]))
            out[i] = NAN;
        else
            out[i] += chosen(c, i, &k) ? (entry(c, k, i) - c->total[i]) - wicki_log(scale[i])
                                       : no_index(c->x[i * c->x_step]);
    }
}

/* d/dl_k = [k chosen] - softmax_k; nothing where the chosen one is impossible */
static void logits_gradient(columns *c, const double *g, double *adjoint)
{
    double scale[COLUMNS], share[COLUMNS], part[COLUMNS];

    sum_logits(c, scale);
    for (size_t i = 0; i < c->n; i++) {
        size_t k;
        share[i] = 0.0;
        if (g[i] == 0.0 || !chosen(c, i, &k) || !(entry(c, k, i) > -INFINITY))
            continue;
        share[i] = g[i];
        adjoint[k * c->p_stride + i * c->p_step] += g[i];
    }
    for (size_t k = 0; k < c->k; k++) {
        double *row = adjoint + k * c->p_stride;
        for (size_t i = 0; i < c->n; i++) {
            const double softmax = wicki_exp(entry(c, k, i) - c->total[i]) / scale[i];
            part[i] = share[i] == 0.0 ? 0.0 : share[i] * softmax;
        }
        if (c->p_step == 0)
            *row -= wicki_sum(c->n, part);
        else
            for (size_t i = 0; i < c->n; i++)
                row[i] -= part[i];
    }
}

/* --- rows -------------------------------------------------------------------------------------- */

/* The log probabilities of a row of n entries, stride apart. */
static void probs_logs(size_t n, const double *p, size_t stride, double *log)
{
    double total = 0.0;

    for (size_t k = 0; k < n; k++)
        total += p[k * stride] >= 0.0 ? p[k * stride] : (double)NAN;
    total = total > 0.0 ? total : (double)NAN;
    for (size_t k = 0; k < n; k++)
        log[k] = wicki_log(p[k * stride] / total);
}

static void logits_logs(size_t n, const double *l, size_t stride, double *log)
{
    double max = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < n; k++)
        max = wicki_max(max, l[k * stride]);
    for (size_t k = 0; k < n; k++)
        sum += wicki_exp(l[k * stride] - max);
    const double log_sum = isnan(sum) ? sum : wicki_log(sum);
    for (size_t k = 0; k < n; k++)
        log[k] = (l[k * stride] - max) - log_sum;
}

/* To a row, from the sum of the adjoints of the values that chose each entry; none where it is
 * impossible. d/dp_j log(p_k / sum) = [j = k] / p_k - 1 / sum */
static void probs_back(
    size_t n, const double *p, size_t stride, const double *log, const double *g, double *adjoint)
{
    double total = 0.0, all = 0.0;

    (void)log;
    for (size_t k = 0; k < n; k++) {
        total += p[k * stride];
        if (g[k] == 0.0 || !(p[k * stride] > 0.0))
            continue;
        all += g[k];
        adjoint[k * stride] += g[k] / p[k * stride];
    }
    for (size_t k = 0; k < n && all != 0.0; k++)
        adjoint[k * stride] -= all / total;
}

/* d/dl_j log softmax_k = [j = k] - softmax_j */
static void logits_back(
    size_t n, const double *l, size_t stride, const double *log, const double *g, double *adjoint)
{
    double all = 0.0;

    for (size_t k = 0; k < n; k++) {
        if (g[k] == 0.0 || !(l[k * stride] > -INFINITY))
            continue;
        all += g[k];
        adjoint[k * stride] += g[k];
    }
    for (size_t k = 0; k < n && all != 0.0; k++)
        adjoint[k * stride] -= all * wicki_exp(log[k]);
}

static const wicki_row_kind PROBS_ROW = { probs_logs, probs_back };
static const wicki_row_kind LOGITS_ROW = { logits_logs, logits_back };

/* --- runs ------------------------------------------------------------------------------------ */

#define CATEGORICAL(name, kind, row)                                                          \
    static void name##_forward_run(wick_node *node, const wick_run *run)                      \
    {                                                                                         \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {             \
            const wick_run part = wicki_batch_run(node, run, b);                              \
            for (size_t i = 0; i < run->n; i += COLUMNS) {                                    \
                columns c;                                                                    \
                set_columns(&c, node, &part, i);                                              \
                kind##_density(&c, run->out + i);                                             \
            }                                                                                 \
        }                                                                                     \
    }                                                                                         \
    static void name##_reverse_run(wick_node *node, const wick_run *run)                      \
    {                                                                                         \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {             \
            const wick_run part = wicki_batch_run(node, run, b);                              \
            for (size_t i = 0; part.in_adjoint[1] && i < run->n; i += COLUMNS) {              \
                columns c;                                                                    \
                set_columns(&c, node, &part, i);                                              \
                kind##_gradient(&c, run->out_adjoint + i, part.in_adjoint[1] + i * c.p_step); \
            }                                                                                 \
        }                                                                                     \
    }                                                                                         \
    static bool name##_shape(wick *w, wick_node *node)                                        \
    {                                                                                         \
        return wicki_density_shape(w, node) && wicki_lookup_shape(w, node, &row);             \
    }                                                                                         \
    static void name##_forward(wick_node *node)                                               \
    {                                                                                         \
        if (wicki_lookup_forward(node))                                                       \
            return;                                                                           \
        memset(node->value, 0, node->members * sizeof *node->value);                          \
        wick_for_runs(node, name##_forward_run);                                              \
    }                                                                                         \
    static void name##_reverse(wick_node *node)                                               \
    {                                                                                         \
        if (!wicki_lookup_reverse(node))                                                      \
            wick_for_runs(node, name##_reverse_run);                                          \
    }

CATEGORICAL(categorical, probs, PROBS_ROW)
CATEGORICAL(categorical_logits, logits, LOGITS_ROW)

/* --- explanations ---------------------------------------------------------------------------- */

static const wicki_categories PROBS = { .j = 1, .logits = false };
static const wicki_categories LOGITS = { .j = 1, .logits = true };

static void explain(const wick_node *node, size_t element, wicki_categories c, wicki_text *text)
{
    const wick_constraint support = { .kind = WICK_INTEGER_INTERVAL,
        .lower = 0.0,
        .upper = (double)((const wicki_density *)node->data)->n - 1.0 };

    wicki_categories_explain(node, element, c, support, text);
}

static void explain_probs(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    explain(node, element, PROBS, &text);
}

static void explain_logits(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    explain(node, element, LOGITS, &text);
}

#define OP(which, explanation)                                       \
    static const wick_op which##_density = { .name = "wick_" #which, \
        .shape = which##_shape,                                      \
        .prepare = wicki_lookup_prepare,                             \
        .forward = which##_forward,                                  \
        .reverse = which##_reverse,                                  \
        .finish = wicki_lookup_finish,                               \
        .explain = explanation }

OP(categorical, explain_probs);
OP(categorical_logits, explain_logits);

/* --- draws ----------------------------------------------------------------------------------- */

/* NaN where nothing can be drawn. */
static void draw_probs(wicki_stream *stream, const wicki_drawing *d)
{
    const size_t n = d->in_size[0], k = wicki_categorical(stream, n, d->in[0], d->in_stride[0]);

    *d->out = k < n ? (double)k : NAN;
}

/* The first whose running sum of exp(logits - max) passes a uniform share of the whole. */
static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    const double *l = d->in[0];
    const size_t n = d->in_size[0], stride = d->in_stride[0];
    double max = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < n; k++)
        max = wicki_max(max, l[k * stride]);
    for (size_t k = 0; k < n; k++)
        sum += wicki_exp(l[k * stride] - max);
    double left = wicki_uniform(stream) * sum;
    size_t last = 0;
    for (size_t k = 0; k < n && left >= 0.0; k++) {
        const double weight = wicki_exp(l[k * stride] - max);
        last = weight > 0.0 ? k : last;
        left -= weight;
    }
    *d->out = isnan(sum) ? NAN : (double)last;
}

static const wicki_draw_kind PROBS_DRAW = {
    .name = "wick_categorical", .draw = draw_probs, .in_rank = { 1 }
};

static const wicki_draw_kind LOGITS_DRAW = {
    .name = "wick_categorical_logits", .draw = draw_logits, .in_rank = { 1 }
};

static wick_var sample(
    wick *w, const wick_dist *dist, wicki_categories c, const wicki_draw_kind *kind)
{
    wicki_sampling s;

    if (!wicki_categories_sampling(w, dist, c, &s))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_draw_record(w, kind, 1, s.parameter, s.rank, s.sizes, s.dims));
}

static wick_var categorical_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, PROBS, &PROBS_DRAW);
}

static wick_var categorical_logits_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, LOGITS, &LOGITS_DRAW);
}

/* --- moments --------------------------------------------------------------------------------- */

/* (k - centre)^power for k = 0 .. K-1, with the event of x, whose last axis K is. */
static wick_var places(wick *w, wick_var x, double centre, int power)
{
    const wick_node *node = wicki_node_of(w, "wick_dist_mean", x);
    size_t sizes[WICK_MAX_RANK];

    if (!node)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < node->rank; i++)
        sizes[i] = node->event[i];
    wick_node *k = wicki_leaf(w, NULL, node->rank, sizes, 0, false);
    for (size_t i = 0; k && i < k->elements; i++) {
        const double off = (double)(i % sizes[node->rank - 1]) - centre;
        k->value[i] = power == 2 ? off * off : off;
    }
    return wicki_var_of(w, k);
}

/* sum k p_k */
static wick_var categorical_mean(wick *w, const wick_dist *dist)
{
    const wick_var log_p = wicki_category_logs_of(dist);

    return wicki_category_mean(w, log_p, places(w, log_p, 0.0, 1));
}

/* E[(k - c)^2] - (E[k] - c)^2, c in the middle */
static wick_var categorical_variance(wick *w, const wick_dist *dist)
{
    const wick_var log_p = wicki_category_logs_of(dist);
    const double c = 0.5 * ((double)wicki_category_count(w, dist) - 1.0);

    return wick_sub(wicki_category_mean(w, log_p, places(w, log_p, c, 2)),
        wick_square(wicki_category_mean(w, log_p, places(w, log_p, c, 1))));
}

/* The sum of the probabilities up to x: of those that x is not less than. */
static wick_var categorical_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var each = wick_exp(wicki_category_logs_of(dist));
    const wick_var at = wicki_repeat_last(w, x, wicki_category_count(w, dist));
    const wick_var p = wicki_spread_as(w, each, at), k = places(w, p, 0.0, 1);
    const wick_var beyond = wick_less(wick_rank(at) > 0 ? wicki_spread_as(w, at, p) : at, k);
    const wick_var sum = wick_sum_axis(wick_where(beyond, 0.0, p), wick_rank(p) - 1);

    return wick_where(wick_equal(x, x), sum, NAN);
}

/* --- types ----------------------------------------------------------------------------------- */

static wick_constraint categorical_support(const wick_dist *dist)
{
    const size_t n = wicki_category_count(dist->parameter[0].var.w, dist);

    return (
        wick_constraint){ .kind = WICK_INTEGER_INTERVAL, .lower = 0.0, .upper = (double)n - 1.0 };
}

const wick_dist_type wicki_dist_categorical = { .name = "categorical",
    .n_parameters = 1,
    .parameter_names = { "probs" },
    .parameter_domain = { { .kind = WICK_NONNEGATIVE } },
    .parameter_rank = { 1 },
    .log_prob = &categorical_density,
    .sample = categorical_sample,
    .support = { .kind = WICK_INTEGER_INTERVAL },
    .support_of = categorical_support,
    .cardinality = wicki_category_count,
    .mean = categorical_mean,
    .variance = categorical_variance,
    .entropy = wicki_category_entropy,
    .cdf = categorical_cdf,
    .kl = wicki_category_kl };

/* -inf is a logit like any other. */
const wick_dist_type wicki_dist_categorical_logits = { .name = "categorical_logits",
    .n_parameters = 1,
    .parameter_names = { "logits" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = DBL_MAX } },
    .parameter_rank = { 1 },
    .log_prob = &categorical_logits_density,
    .sample = categorical_logits_sample,
    .support = { .kind = WICK_INTEGER_INTERVAL },
    .support_of = categorical_support,
    .cardinality = wicki_category_count,
    .mean = categorical_mean,
    .variance = categorical_variance,
    .entropy = wicki_category_entropy,
    .cdf = categorical_cdf,
    .kl = wicki_category_kl };

wick_dist wick_categorical(wick_var probs)
{
    return (wick_dist){ .type = &wicki_dist_categorical, .parameter = { { .var = probs } } };
}

wick_dist wick_categorical_logits(wick_var logits)
{
    return (
        wick_dist){ .type = &wicki_dist_categorical_logits, .parameter = { { .var = logits } } };
}
