/* Categories as vectors of zeros and a one. */
#include "dist/categories.h"
#include "tape/loop.h"

#include <float.h>
#include <string.h>

/* A draw of the event and its parameter, for one member. `total` is what the chosen entry is compared
 * with: the sum of the probs, or log sum exp of the logits; NaN where an entry is bad. */
typedef struct row {
    size_t n, x_stride, p_stride;
    const double *x, *p;
    double total, max; /* of the logits; total is that of logits - max */
} row;

static row row_of(const wick_node *node, const wick_run *part, size_t i)
{
    return (row){ .n = ((const wicki_density *)node->data)->n,
        .x_stride = part->in_stride[0],
        .p_stride = part->in_stride[1],
        .x = part->in[0] + i * part->in_step[0],
        .p = part->in[1] + i * part->in_step[1] };
}

/* What is added to the density: 0, or NaN or -inf if the value is not one-hot. */
static double find_one(const row *r, size_t *k)
{
    double sum = 0.0, off = 0.0;

    *k = 0;
    for (size_t i = 0; i < r->n; i++) {
        const double x = r->x[i * r->x_stride];
        off += x == 0.0 || x == 1.0 ? 0.0 : x != x ? x : 1.0;
        sum += x;
        *k = x == 1.0 ? i : *k;
    }
    if (isnan(off))
        return off;
    return off == 0.0 && sum == 1.0 ? 0.0 : -INFINITY;
}

/* --- probs ----------------------------------------------------------------------------------- */

static void sum_probs(row *r)
{
    double total = 0.0;

    for (size_t k = 0; k < r->n; k++)
        total += r->p[k * r->p_stride] >= 0.0 ? r->p[k * r->p_stride] : (double)NAN;
    r->total = total > 0.0 ? total : (double)NAN;
}

static double probs_density(row *r)
{
    size_t k;
    const double outside = find_one(r, &k);

    sum_probs(r);
    return isnan(r->total) ? r->total
        : outside != 0.0   ? outside
                           : wicki_log(r->p[k * r->p_stride] / r->total);
}

/* d/dp_k = [k chosen] / p_k - 1 / sum; nothing where the chosen p_k is 0 */
static void probs_gradient(row *r, double g, double *adjoint)
{
    size_t k;

    sum_probs(r);
    if (isnan(r->total) || find_one(r, &k) != 0.0 || !(r->p[k * r->p_stride] > 0.0))
        return;
    adjoint[k * r->p_stride] += g / r->p[k * r->p_stride];
    for (size_t i = 0; i < r->n; i++)
        adjoint[i * r->p_stride] -= g / r->total;
}

/* --- logits ---------------------------------------------------------------------------------- */

static void sum_logits(row *r)
{
    double max = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < r->n; k++)
        max = wicki_max(max, r->p[k * r->p_stride]);
    for (size_t k = 0; k < r->n; k++)
        sum += wicki_exp(r->p[k * r->p_stride] - max);
    r->max = max;
    r->total = isnan(sum) ? sum : wicki_log(sum);
}

static double logits_density(row *r)
{
    size_t k;
    const double outside = find_one(r, &k);

    sum_logits(r);
    return isnan(r->total) ? r->total
        : outside != 0.0   ? outside
                           : (r->p[k * r->p_stride] - r->max) - r->total;
}

/* d/dl_k = [k chosen] - softmax_k; nothing where the chosen one is impossible */
static void logits_gradient(row *r, double g, double *adjoint)
{
    size_t k;

    sum_logits(r);
    if (isnan(r->total) || find_one(r, &k) != 0.0 || !(r->p[k * r->p_stride] > -INFINITY))
        return;
    adjoint[k * r->p_stride] += g;
    for (size_t i = 0; i < r->n; i++)
        adjoint[i * r->p_stride] -= g * wicki_exp((r->p[i * r->p_stride] - r->max) - r->total);
}

/* --- ops ------------------------------------------------------------------------------------- */

#define RUNS(name, kind)                                                                    \
    static void name##_forward_run(wick_node *node, const wick_run *run)                    \
    {                                                                                       \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {           \
            const wick_run part = wicki_batch_run(node, run, b);                            \
            for (size_t i = 0; i < run->n; i++) {                                           \
                row r = row_of(node, &part, i);                                             \
                run->out[i] += kind##_density(&r);                                          \
            }                                                                               \
        }                                                                                   \
    }                                                                                       \
    static void name##_reverse_run(wick_node *node, const wick_run *run)                    \
    {                                                                                       \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {           \
            const wick_run part = wicki_batch_run(node, run, b);                            \
            for (size_t i = 0; part.in_adjoint[1] && i < run->n; i++) {                     \
                row r = row_of(node, &part, i);                                             \
                if (run->out_adjoint[i] != 0.0)                                             \
                    kind##_gradient(                                                        \
                        &r, run->out_adjoint[i], part.in_adjoint[1] + i * part.in_step[1]); \
            }                                                                               \
        }                                                                                   \
    }

RUNS(one_hot_categorical, probs)
RUNS(one_hot_categorical_logits, logits)

static const wicki_categories PROBS = { .j = 1, .logits = false };
static const wicki_categories LOGITS = { .j = 1, .logits = true };

static void explain_probs(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    wicki_categories_explain(
        node, element, PROBS, (wick_constraint){ .kind = WICK_ONE_HOT }, &text);
}

static void explain_logits(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    wicki_categories_explain(
        node, element, LOGITS, (wick_constraint){ .kind = WICK_ONE_HOT }, &text);
}

WICKI_DENSITY_RUNS(one_hot_categorical, wicki_density_shape, explain_probs);
WICKI_DENSITY_RUNS(one_hot_categorical_logits, wicki_density_shape, explain_logits);

/* --- draws ----------------------------------------------------------------------------------- */

/* NaN where nothing can be drawn. */
static void set_one(const wicki_drawing *d, size_t k)
{
    for (size_t i = 0; i < d->out_size; i++)
        d->out[i * d->out_stride] = k == d->out_size ? NAN : i == k ? 1.0 : 0.0;
}

static void draw_probs(wicki_stream *stream, const wicki_drawing *d)
{
    set_one(d, wicki_categorical(stream, d->in_size[0], d->in[0], d->in_stride[0]));
}

/* The weights exp(logits - max) are where the draw will be. */
static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    double max = -INFINITY;

    for (size_t k = 0; k < d->out_size; k++)
        max = wicki_max(max, d->in[0][k * d->in_stride[0]]);
    for (size_t k = 0; k < d->out_size; k++)
        d->out[k * d->out_stride] = wicki_exp(d->in[0][k * d->in_stride[0]] - max);
    set_one(d, wicki_categorical(stream, d->out_size, d->out, d->out_stride));
}

static const wicki_draw_kind PROBS_DRAW = {
    .name = "wick_one_hot_categorical", .draw = draw_probs, .rank = 1, .in_rank = { 1 }
};

static const wicki_draw_kind LOGITS_DRAW = {
    .name = "wick_one_hot_categorical_logits", .draw = draw_logits, .rank = 1, .in_rank = { 1 }
};

static wick_var sample(
    wick *w, const wick_dist *dist, wicki_categories c, const wicki_draw_kind *kind)
{
    wicki_sampling s;

    if (!wicki_categories_sampling(w, dist, c, &s))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_draw_record(w, kind, 1, s.parameter, s.rank, s.sizes, s.dims));
}

static wick_var one_hot_categorical_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, PROBS, &PROBS_DRAW);
}

static wick_var one_hot_categorical_logits_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, LOGITS, &LOGITS_DRAW);
}

/* --- its values ------------------------------------------------------------------------------ */

/* [k = number] */
static wick_var one_hot_value(wick *w, const wick_dist *dist, wick_var number)
{
    const size_t n = wicki_category_count(w, dist);
    double *places = wicki_ok(w) ? wicki_alloc_doubles(w, n) : NULL;

    if (!places)
        return WICK_VAR_NONE;
    for (size_t k = 0; k < n; k++)
        places[k] = (double)k;
    return wick_equal(number, wick_const(w, places, n));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var one_hot_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_exp(wicki_category_logs_of(dist));
}

/* p (1 - p) */
static wick_var one_hot_variance(wick *w, const wick_dist *dist)
{
    const wick_var p = one_hot_mean(w, dist);

    return wick_mul(p, wick_sub(1.0, p));
}

/* --- types ----------------------------------------------------------------------------------- */

const wick_dist_type wicki_dist_one_hot_categorical = { .name = "one_hot_categorical",
    .n_parameters = 1,
    .parameter_names = { "probs" },
    .parameter_domain = { { .kind = WICK_NONNEGATIVE } },
    .parameter_rank = { 1 },
    .event_rank = 1,
    .log_prob = &one_hot_categorical_density,
    .sample = one_hot_categorical_sample,
    .support = { .kind = WICK_ONE_HOT },
    .cardinality = wicki_category_count,
    .support_value = one_hot_value,
    .mean = one_hot_mean,
    .variance = one_hot_variance,
    .entropy = wicki_category_entropy,
    .kl = wicki_category_kl };

/* -inf is a logit like any other. */
const wick_dist_type wicki_dist_one_hot_categorical_logits = { .name = "one_hot_categorical_logits",
    .n_parameters = 1,
    .parameter_names = { "logits" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = DBL_MAX } },
    .parameter_rank = { 1 },
    .event_rank = 1,
    .log_prob = &one_hot_categorical_logits_density,
    .sample = one_hot_categorical_logits_sample,
    .support = { .kind = WICK_ONE_HOT },
    .cardinality = wicki_category_count,
    .support_value = one_hot_value,
    .mean = one_hot_mean,
    .variance = one_hot_variance,
    .entropy = wicki_category_entropy,
    .kl = wicki_category_kl };

wick_dist wick_one_hot_categorical(wick_var probs)
{
    return (
        wick_dist){ .type = &wicki_dist_one_hot_categorical, .parameter = { { .var = probs } } };
}

wick_dist wick_one_hot_categorical_logits(wick_var logits)
{
    return (wick_dist){ .type = &wicki_dist_one_hot_categorical_logits,
        .parameter = { { .var = logits } } };
}
