/* Counts until something happens: geometric, negative binomial, and the latter by its gamma. */
#include "dist/categories.h"
#include "dist/count_laws.h"
#include "dist/counts.h"
#include "dist/density.h"
#include "dist/sample.h"

#include <float.h>

/* --- geometric ------------------------------------------------------------------------------- */

WICKI_DENSITY_1(geometric, p, q, 1.0 - p, p > 0.0 && p <= 1.0,
    wicki_is_count(x) && (x == 0.0 || p < 1.0),
    (x > 0.0 ? x * wicki_log1p(-p) : 0.0) + wicki_log(p), /* log density */
    0.0,                                                  /* d / dx */
    1.0 / p - (x > 0.0 ? x / q : 0.0))                    /* d / dp */

WICKI_DENSITY_1(geometric_logits, l, p, wicki_sigmoid(l), l > -INFINITY,
    wicki_is_count(x) && (x == 0.0 || l < INFINITY),
    (x > 0.0 ? x * wicki_log_sigmoid(-l) : 0.0) + wicki_log_sigmoid(l), /* log density */
    0.0,                                                                /* d / dx */
    wicki_sigmoid(-l) - x * p)                                          /* d / dl */

/* --- negative binomial ----------------------------------------------------------------------- */

/* t is the excess (r + x) p - x. */
WICKI_DENSITY_2(negative_binomial, r, p, t, wicki_excess(x, r, p, 1.0 - p),
    r > 0.0 && r < INFINITY && p >= 0.0 && p < 1.0, wicki_is_count(x) && (x == 0.0 || p > 0.0),
    wicki_negative_binomial_log(x, r, p, 1.0 - p, t, wicki_log1p(-p)), /* log density */
    0.0,                                                               /* d / dx */
    wicki_negative_binomial_by_r(x, r, 1.0 - p, t),                    /* d / dr */
    (x > 0.0 ? -t / (p * (1.0 - p)) : -r / (1.0 - p)))                 /* d / dp */

WICKI_DENSITY_2(negative_binomial_logits, r, l, t,
    wicki_excess(x, r, wicki_sigmoid(l), wicki_sigmoid(-l)),
    r > 0.0 && r < INFINITY && l < INFINITY, wicki_is_count(x) && (x == 0.0 || l > -INFINITY),
    wicki_negative_binomial_log(
        x, r, wicki_sigmoid(l), wicki_sigmoid(-l), t, wicki_log_sigmoid(-l)), /* log density */
    0.0,                                                                      /* d / dx */
    wicki_negative_binomial_by_r(x, r, wicki_sigmoid(-l), t),                 /* d / dr */
    -t)                                                                       /* d / dl */

/* p = 1 / (1 + rate): d/drate = -p^2 d/dp */
WICKI_DENSITY_2(gamma_poisson, a, rate, t,
    wicki_excess(x, a, 1.0 / (1.0 + rate), rate / (1.0 + rate)),
    a > 0.0 && a < INFINITY && rate > 0.0 && rate < INFINITY, wicki_is_count(x),
    wicki_negative_binomial_log(x, a, 1.0 / (1.0 + rate), rate / (1.0 + rate), t,
        -wicki_log1p(1.0 / rate)),                              /* log density */
    0.0,                                                        /* d / dx */
    wicki_negative_binomial_by_r(x, a, rate / (1.0 + rate), t), /* d / da */
    t / rate)                                                   /* d / drate */

WICKI_DENSITY_OP(geometric, wicki_density_explain);
WICKI_DENSITY_OP(geometric_logits, wicki_density_explain);
WICKI_DENSITY_OP(negative_binomial, wicki_density_explain);
WICKI_DENSITY_OP(negative_binomial_logits, wicki_density_explain);
WICKI_DENSITY_OP(gamma_poisson, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* P(X >= k) = q^k: the k with q^(k+1) < u <= q^k. */
static void draw_geometric(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = floor(wicki_log(wicki_uniform(stream)) / wicki_log1p(-*d->in[0]));
}

static void draw_geometric_logits(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = floor(wicki_log(wicki_uniform(stream)) / wicki_log_sigmoid(-*d->in[0]));
}

/* A poisson whose rate is a gamma of that shape, times a scale. */
static double draw_mixed(wicki_stream *stream, double shape, double scale)
{
    const double rate = wicki_gamma(stream, shape) * scale;

    return wicki_poisson_draw(stream, wicki_min(rate, DBL_MAX));
}

static void draw_probs(wicki_stream *stream, const wicki_drawing *d)
{
    const double p = *d->in[1];

    *d->out = draw_mixed(stream, *d->in[0], p / (1.0 - p));
}

static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = draw_mixed(stream, *d->in[0], wicki_exp(*d->in[1]));
}

static void draw_rate(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = draw_mixed(stream, *d->in[0], 1.0 / *d->in[1]);
}

#define SAMPLE(dist, function)                                                              \
    static const wicki_draw_kind dist##_draw = { .name = "wick_" #dist, .draw = function }; \
    static wick_var dist##_sample(wick *w, const wick_dist *d)                              \
    {                                                                                       \
        return wicki_sample_draw(w, d, &dist##_draw);                                       \
    }

SAMPLE(geometric, draw_geometric)
SAMPLE(geometric_logits, draw_geometric_logits)
SAMPLE(negative_binomial, draw_probs)
SAMPLE(negative_binomial_logits, draw_logits)
SAMPLE(gamma_poisson, draw_rate)

/* --- moments --------------------------------------------------------------------------------- */

static wick_var odds_against(const wick_dist *dist)
{
    const wick_var p = dist->parameter[0].var;

    return wick_div(wick_sub(1.0, p), p);
}

/* q / p */
static wick_var geometric_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return odds_against(dist);
}

/* q / p^2 */
static wick_var geometric_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(odds_against(dist), dist->parameter[0].var);
}

static wick_var geometric_logits_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_exp(wick_neg(dist->parameter[0].var));
}

/* m (1 + m) with the mean m = q / p */
static wick_var geometric_logits_variance(wick *w, const wick_dist *dist)
{
    const wick_var m = geometric_logits_mean(w, dist);

    return wick_mul(m, wick_add(1.0, m));
}

/* r p / q */
static wick_var negative_binomial_mean(wick *w, const wick_dist *dist)
{
    const wick_var p = dist->parameter[1].var;

    (void)w;
    return wick_mul(dist->parameter[0].var, wick_div(p, wick_sub(1.0, p)));
}

/* r p / q^2 */
static wick_var negative_binomial_variance(wick *w, const wick_dist *dist)
{
    return wick_div(negative_binomial_mean(w, dist), wick_sub(1.0, dist->parameter[1].var));
}

static wick_var negative_binomial_logits_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(dist->parameter[0].var, wick_exp(dist->parameter[1].var));
}

/* r e^l (1 + e^l) */
static wick_var negative_binomial_logits_variance(wick *w, const wick_dist *dist)
{
    return wick_mul(
        negative_binomial_logits_mean(w, dist), wick_add(1.0, wick_exp(dist->parameter[1].var)));
}

static wick_var gamma_poisson_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(dist->parameter[0].var, dist->parameter[1].var);
}

/* a / rate (1 + 1 / rate) */
static wick_var gamma_poisson_variance(wick *w, const wick_dist *dist)
{
    return wick_mul(
        gamma_poisson_mean(w, dist), wick_add(1.0, wick_div(1.0, dist->parameter[1].var)));
}

/* --- other laws ------------------------------------------------------------------------------ */

static bool is_geometric(const wick_dist *dist)
{
    return dist->type == &wicki_dist_geometric || dist->type == &wicki_dist_geometric_logits;
}

static wicki_outcomes geometric_outcomes(const wick_dist *dist)
{
    return wicki_outcomes_of(dist->parameter[0].var, dist->type == &wicki_dist_geometric_logits);
}

/* There are 1 / p trials on average: so much for each of them. */
static wick_var for_all_trials(wicki_outcomes p, wick_var each)
{
    return wick_mul(each, wick_exp(wick_neg(p.one)));
}

static wick_var geometric_entropy(wick *w, const wick_dist *dist)
{
    const wicki_outcomes p = geometric_outcomes(dist);

    return for_all_trials(p, wicki_outcomes_entropy(w, p));
}

static wick_var geometric_probs(const wick_dist *dist)
{
    const wick_var p = dist->parameter[0].var;

    return dist->type == &wicki_dist_geometric_logits ? wick_sigmoid(p) : p;
}

static wick_var geometric_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return wicki_geometric_cdf(w, x, geometric_probs(dist));
}

static wick_var geometric_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    return wicki_geometric_quantile(w, level, geometric_probs(dist));
}

static wick_var geometric_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (!is_geometric(q))
        return WICK_VAR_NONE;
    const wicki_outcomes a = geometric_outcomes(p);
    return for_all_trials(a, wicki_outcomes_kl(w, a, geometric_outcomes(q)));
}

static bool is_negative_binomial(const wick_dist *dist)
{
    return dist->type == &wicki_dist_negative_binomial ||
        dist->type == &wicki_dist_negative_binomial_logits;
}

static wicki_outcomes success_of(const wick_dist *dist)
{
    return wicki_outcomes_of(
        dist->parameter[1].var, dist->type == &wicki_dist_negative_binomial_logits);
}

/* The probabilities of success and failure. */
static void probs_of(const wick_dist *dist, wick_var *p, wick_var *q)
{
    const wick_var x = dist->parameter[1].var;

    if (dist->type == &wicki_dist_negative_binomial_logits) {
        *p = wick_sigmoid(x);
        *q = wick_sigmoid(wick_neg(x));
    } else if (dist->type == &wicki_dist_gamma_poisson) {
        *p = wick_div(1.0, wick_add(1.0, x));
        *q = wick_div(x, wick_add(1.0, x));
    } else {
        *p = x;
        *q = wick_sub(1.0, x);
    }
}

static wick_var negative_binomial_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    wick_var p, q;

    probs_of(dist, &p, &q);
    return wicki_negative_binomial_cdf(w, x, dist->parameter[0].var, p, q);
}

static wick_var negative_binomial_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    wick_var p, q;

    probs_of(dist, &p, &q);
    return wicki_negative_binomial_quantile(w, level, dist->parameter[0].var, p, q);
}

/* There are r / q trials on average. Known for the same total_count. */
static wick_var negative_binomial_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (!is_negative_binomial(q) || !wicki_same_total(w, p->parameter[0], q->parameter[0]))
        return WICK_VAR_NONE;
    const wicki_outcomes a = success_of(p);
    const wick_var trials = wick_mul(p->parameter[0].var, wick_exp(wick_neg(a.zero)));
    return wick_mul(trials, wicki_outcomes_kl(w, a, success_of(q)));
}

/* --- types ----------------------------------------------------------------------------------- */

/* Probability 0 never ends. */
const wick_dist_type wicki_dist_geometric = { .name = "geometric",
    .n_parameters = 1,
    .parameter_names = { "probs" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = DBL_MIN, .upper = 1.0 } },
    .log_prob = &geometric_density,
    .sample = geometric_sample,
    .support = WICKI_COUNTS,
    .mean = geometric_mean,
    .variance = geometric_variance,
    .entropy = geometric_entropy,
    .cdf = geometric_cdf,
    .quantile = geometric_quantile,
    .kl = geometric_kl };

const wick_dist_type wicki_dist_geometric_logits = { .name = "geometric_logits",
    .n_parameters = 1,
    .parameter_names = { "logits" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = -DBL_MAX, .upper = INFINITY } },
    .log_prob = &geometric_logits_density,
    .sample = geometric_logits_sample,
    .support = WICKI_COUNTS,
    .mean = geometric_logits_mean,
    .variance = geometric_logits_variance,
    .entropy = geometric_entropy,
    .cdf = geometric_cdf,
    .quantile = geometric_quantile,
    .kl = geometric_kl };

/* The largest double below 1 */
#define BELOW_1 (1.0 - DBL_EPSILON / 2.0)

const wick_dist_type wicki_dist_negative_binomial = { .name = "negative_binomial",
    .n_parameters = 2,
    .parameter_names = { "total_count", "probs" },
    .parameter_domain = { { .kind = WICK_POSITIVE },
        { .kind = WICK_INTERVAL, .lower = 0.0, .upper = BELOW_1 } },
    .log_prob = &negative_binomial_density,
    .sample = negative_binomial_sample,
    .support = WICKI_COUNTS,
    .mean = negative_binomial_mean,
    .variance = negative_binomial_variance,
    .cdf = negative_binomial_cdf,
    .quantile = negative_binomial_quantile,
    .kl = negative_binomial_kl };

const wick_dist_type wicki_dist_negative_binomial_logits = { .name = "negative_binomial_logits",
    .n_parameters = 2,
    .parameter_names = { "total_count", "logits" },
    .parameter_domain = { { .kind = WICK_POSITIVE },
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = DBL_MAX } },
    .log_prob = &negative_binomial_logits_density,
    .sample = negative_binomial_logits_sample,
    .support = WICKI_COUNTS,
    .mean = negative_binomial_logits_mean,
    .variance = negative_binomial_logits_variance,
    .cdf = negative_binomial_cdf,
    .quantile = negative_binomial_quantile,
    .kl = negative_binomial_kl };

const wick_dist_type wicki_dist_gamma_poisson = { .name = "gamma_poisson",
    .n_parameters = 2,
    .parameter_names = { "concentration", "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &gamma_poisson_density,
    .sample = gamma_poisson_sample,
    .support = WICKI_COUNTS,
    .mean = gamma_poisson_mean,
    .variance = gamma_poisson_variance,
    .cdf = negative_binomial_cdf,
    .quantile = negative_binomial_quantile };

wick_dist(wick_geometric)(wick_operand probs)
{
    return (wick_dist){ .type = &wicki_dist_geometric, .parameter = { probs } };
}

wick_dist(wick_geometric_logits)(wick_operand logits)
{
    return (wick_dist){ .type = &wicki_dist_geometric_logits, .parameter = { logits } };
}

wick_dist(wick_negative_binomial)(wick_operand total_count, wick_operand probs)
{
    return (
        wick_dist){ .type = &wicki_dist_negative_binomial, .parameter = { total_count, probs } };
}

wick_dist(wick_negative_binomial_logits)(wick_operand total_count, wick_operand logits)
{
    return (wick_dist){ .type = &wicki_dist_negative_binomial_logits,
        .parameter = { total_count, logits } };
}

wick_dist(wick_gamma_poisson)(wick_operand concentration, wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_gamma_poisson, .parameter = { concentration, rate } };
}
