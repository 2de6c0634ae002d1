#include "dist/categories.h"
#include "dist/count_rows.h"

#include <float.h>

/* The probabilities are p / sum, or exp(p - max) / sum for logits; the sum is NaN where one is bad. */
typedef struct weights {
    bool logits;
    double max, sum;
} weights;

static double weight_of(const wicki_count_row *r, const weights *u, size_t k)
{
    const double p = r->p[k * r->p_stride];

    return u->logits ? wicki_exp(p - u->max) : p >= 0.0 ? p : (double)NAN;
}

static weights weights_of(const wicki_count_row *r, bool logits)
{
    weights u = { .logits = logits, .max = -INFINITY };

    for (size_t k = 0; k < r->k; k++)
        u.max = wicki_max(u.max, r->p[k * r->p_stride]);
    for (size_t k = 0; k < r->k; k++)
        u.sum += weight_of(r, &u, k);
    u.sum = u.sum > 0.0 && u.sum < INFINITY ? u.sum : (double)NAN;
    return u;
}

/* --- density --------------------------------------------------------------------------------- */

/*
 * x D(n p / x) with D(r) = log r - (r - 1), less log x! - (x log x - x). The sum of n p - x is 0, so that
 * the sum of the terms keeps its precision when n is large, even if the probs do not quite sum to 1.
 */
WICKI_INLINE double term(double x, double n, double p)
{
    const double counted = x * wicki_log_minus(n * p / x, (n * p - x) / x);

    return (x > 0.0 ? counted : -n * p) - wicki_factorial_rest(x);
}

/* The same where p is too small for a double. */
static double far_term(const wicki_count_row *r, const weights *u, size_t k)
{
    const double x = r->x[k * r->x_stride];
    const double log_p = (r->p[k * r->p_stride] - u->max) - wicki_log(u->sum);

    return x * (log_p + wicki_log(r->n / x) + 1.0) - wicki_factorial_rest(x);
}

static double density(const wicki_count_row *r, const weights *u)
{
    const double outside = wicki_count_row_check(r);
    double sum = wicki_factorial_rest(r->n);

    if (isnan(u->sum) || outside != 0.0)
        return isnan(u->sum) ? u->sum : outside;
    for (size_t k = 0; k < r->k; k++) {
        const double x = r->x[k * r->x_stride], p = weight_of(r, u, k) / u->sum;
        if (p > 0.0 || x == 0.0)
            sum += term(x, r->n, p);
        else
            sum += u->logits ? far_term(r, u, k) : -INFINITY;
    }
    return sum;
}

static double probs_density(const wicki_count_row *r)
{
    const weights u = weights_of(r, false);

    return density(r, &u);
}

static double logits_density(const wicki_count_row *r)
{
    const weights u = weights_of(r, true);

    return density(r, &u);
}

/* d/dp_k = x_k / p_k - n / sum; none where the counts are impossible */
static void probs_gradient(const wicki_count_row *r, double g, double *adjoint)
{
    const weights u = weights_of(r, false);
    const bool possible = density(r, &u) > -INFINITY;

    for (size_t k = 0; possible && k < r->k; k++) {
        const double x = r->x[k * r->x_stride], p = r->p[k * r->p_stride];
        adjoint[k * r->p_stride] += g * (x > 0.0 ? (x - r->n * (p / u.sum)) / p : -r->n / u.sum);
    }
}

/* d/dl_k = x_k - n softmax_k */
static void logits_gradient(const wicki_count_row *r, double g, double *adjoint)
{
    const weights u = weights_of(r, true);
    const bool possible = density(r, &u) > -INFINITY;

    for (size_t k = 0; possible && k < r->k; k++)
        adjoint[k * r->p_stride] +=
            g * (r->x[k * r->x_stride] - r->n * (weight_of(r, &u, k) / u.sum));
}

WICKI_COUNT_RUNS(multinomial, probs, 1, 2)
WICKI_COUNT_RUNS(multinomial_logits, logits, 1, 2)

static const wicki_categories PROBS = { .j = 2, .logits = false };
static const wicki_categories LOGITS = { .j = 2, .logits = true };

static void explain_probs(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    wicki_categories_explain(node, element, PROBS, wicki_counts_of(node, element, 1), &text);
}

static void explain_logits(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    wicki_categories_explain(node, element, LOGITS, wicki_counts_of(node, element, 1), &text);
}

WICKI_DENSITY_RUNS(multinomial, wicki_density_shape, explain_probs);
WICKI_DENSITY_RUNS(multinomial_logits, wicki_density_shape, explain_logits);

/* --- draws ----------------------------------------------------------------------------------- */

/* Of a category: its probability, or exp(logit - max). */
static double drawn_weight(const wicki_drawing *d, size_t k, bool logits, double max)
{
    const double x = d->in[1][k * d->in_stride[1]];

    return logits ? wicki_exp(x - max) : x;
}

/* Given the counts before it, each is a binomial among those that are left. */
static void draw_counts(wicki_stream *stream, const wicki_drawing *d, bool logits)
{
    double max = -INFINITY, n = *d->in[0];

    for (size_t k = 0; k < d->out_size; k++)
        max = wicki_max(max, d->in[1][k * d->in_stride[1]]);
    for (size_t k = 0; k < d->out_size; k++)
        d->out[k * d->out_stride] = drawn_weight(d, k, logits, max);
    wicki_sum_from_the_end(d);
    for (size_t k = 0; k < d->out_size; k++) {
        double *out = d->out + k * d->out_stride;
        const double rest = k + 1 < d->out_size ? out[d->out_stride] : 0.0;
        const double p = drawn_weight(d, k, logits, max) / *out, q = rest / *out;
        *out = n == 0.0 ? 0.0 : rest > 0.0 ? wicki_binomial_draw(stream, n, p, q) : n;
        n -= *out;
    }
}

static void draw_probs(wicki_stream *stream, const wicki_drawing *d)
{
    draw_counts(stream, d, false);
}

static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    draw_counts(stream, d, true);
}

static const wicki_draw_kind PROBS_DRAW = {
    .name = "wick_multinomial", .draw = draw_probs, .rank = 1, .in_rank = { 0, 1 }
};

static const wicki_draw_kind LOGITS_DRAW = {
    .name = "wick_multinomial_logits", .draw = draw_logits, .rank = 1, .in_rank = { 0, 1 }
};

static wick_var sample(
    wick *w, const wick_dist *dist, wicki_categories c, const wicki_draw_kind *kind)
{
    wicki_sampling s;

    if (!wicki_categories_sampling(w, dist, c, &s))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_draw_record(w, kind, 2, s.parameter, s.rank, s.sizes, s.dims));
}

static wick_var multinomial_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, PROBS, &PROBS_DRAW);
}

static wick_var multinomial_logits_sample(wick *w, const wick_dist *dist)
{
    return sample(w, dist, LOGITS, &LOGITS_DRAW);
}

/* --- hooks ----------------------------------------------------------------------------------- */

static wick_constraint multinomial_support(const wick_dist *dist)
{
    return (wick_constraint){ .kind = WICK_MULTINOMIAL,
        .upper = wicki_same_everywhere(dist->parameter[0]) };
}

static wick_var logs_of(const wick_dist *dist)
{
    return wicki_category_logs(
        dist->parameter[1].var, dist->type == &wicki_dist_multinomial_logits);
}

static wick_var probs_of(const wick_dist *dist)
{
    return wick_exp(logs_of(dist));
}

static wick_var total_of(wick *w, const wick_dist *dist, wick_var p)
{
    return wicki_repeat_last(w, dist->parameter[0].var, wick_event_size(p, wick_rank(p) - 1));
}

/* n p */
static wick_var multinomial_mean(wick *w, const wick_dist *dist)
{
    const wick_var p = probs_of(dist);

    return wick_mul(total_of(w, dist, p), p);
}

/* n p (1 - p) */
static wick_var multinomial_variance(wick *w, const wick_dist *dist)
{
    const wick_var p = probs_of(dist);

    return wick_mul(total_of(w, dist, p), wick_mul(p, wick_sub(1.0, p)));
}

/* n times that of the categories, for the same n */
static wick_var multinomial_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    const bool known =
        q->type == &wicki_dist_multinomial || q->type == &wicki_dist_multinomial_logits;

    if (!known || !wicki_same_total(w, p->parameter[0], q->parameter[0]))
        return WICK_VAR_NONE;
    return wicki_times_count(p->parameter[0].var, wicki_categories_kl(w, logs_of(p), logs_of(q)));
}

/* --- types ----------------------------------------------------------------------------------- */

const wick_dist_type wicki_dist_multinomial = { .name = "multinomial",
    .n_parameters = 2,
    .parameter_names = { "total_count", "probs" },
    .parameter_domain = { WICKI_COUNTS, { .kind = WICK_NONNEGATIVE } },
    .parameter_rank = { 0, 1 },
    .event_rank = 1,
    .log_prob = &multinomial_density,
    .sample = multinomial_sample,
    .support = { .kind = WICK_MULTINOMIAL, .upper = NAN },
    .support_of = multinomial_support,
    .mean = multinomial_mean,
    .variance = multinomial_variance,
    .kl = multinomial_kl };

const wick_dist_type wicki_dist_multinomial_logits = { .name = "multinomial_logits",
    .n_parameters = 2,
    .parameter_names = { "total_count", "logits" },
    .parameter_domain = { WICKI_COUNTS,
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = DBL_MAX } },
    .parameter_rank = { 0, 1 },
    .event_rank = 1,
    .log_prob = &multinomial_logits_density,
    .sample = multinomial_logits_sample,
    .support = { .kind = WICK_MULTINOMIAL, .upper = NAN },
    .support_of = multinomial_support,
    .mean = multinomial_mean,
    .variance = multinomial_variance,
    .kl = multinomial_kl };

wick_dist(wick_multinomial)(wick_operand total_count, wick_var probs)
{
    return (wick_dist){ .type = &wicki_dist_multinomial,
        .parameter = { total_count, { .var = probs } } };
}

wick_dist(wick_multinomial_logits)(wick_operand total_count, wick_var logits)
{
    return (wick_dist){ .type = &wicki_dist_multinomial_logits,
        .parameter = { total_count, { .var = logits } } };
}
