#include "dist/categories.h"
#include "dist/count_laws.h"
#include "dist/density.h"
#include "dist/sample.h"

/* An outcome of probability 0 is outside the support. */
WICKI_DENSITY_1(bernoulli, p, rest, 1.0 - p, p >= 0.0 && p <= 1.0,
    (x == 1.0 && p > 0.0) || (x == 0.0 && p < 1.0),
    x == 1.0 ? wicki_log(p) : wicki_log1p(-p), /* log density */
    0.0,                                       /* d / dx */
    x == 1.0 ? 1.0 / p : -1.0 / rest)          /* d / dp */

WICKI_DENSITY_1(bernoulli_logits, logits, toward, x == 1.0 ? logits : -logits, logits == logits,
    x == 1.0 || x == 0.0, wicki_log_sigmoid(toward),            /* log density */
    0.0,                                                        /* d / dx */
    x == 1.0 ? wicki_sigmoid(-logits) : -wicki_sigmoid(logits)) /* d / dlogits */

WICKI_DENSITY_OP(bernoulli, wicki_density_explain);
WICKI_DENSITY_OP(bernoulli_logits, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_uniform(stream) < *d->in[0] ? 1.0 : 0.0;
}

static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_uniform(stream) < wicki_sigmoid(*d->in[0]) ? 1.0 : 0.0;
}

static const wicki_draw_kind PROBS = { .name = "wick_bernoulli", .draw = draw };
static const wicki_draw_kind LOGITS = { .name = "wick_bernoulli_logits", .draw = draw_logits };

static wick_var bernoulli_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &PROBS);
}

static wick_var bernoulli_logits_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &LOGITS);
}

/* --- moments --------------------------------------------------------------------------------- */

static bool is_bernoulli(const wick_dist *dist)
{
    return dist->type == &wicki_dist_bernoulli || dist->type == &wicki_dist_bernoulli_logits;
}

static wicki_outcomes outcomes_of(const wick_dist *dist)
{
    return wicki_outcomes_of(dist->parameter[0].var, dist->type == &wicki_dist_bernoulli_logits);
}

static wick_var bernoulli_mean(wick *w, const wick_dist *dist)
{
    const wick_var x = dist->parameter[0].var;

    (void)w;
    return dist->type == &wicki_dist_bernoulli_logits ? wick_sigmoid(x) : x;
}

/* The probability of 0. */
static wick_var failure(wick *w, const wick_dist *dist)
{
    const bool logits = dist->type == &wicki_dist_bernoulli_logits;

    return logits ? wick_sigmoid(wick_neg(dist->parameter[0].var))
                  : wick_sub(1.0, bernoulli_mean(w, dist));
}

/* p (1 - p) */
static wick_var bernoulli_variance(wick *w, const wick_dist *dist)
{
    return wick_mul(bernoulli_mean(w, dist), failure(w, dist));
}

static wick_var bernoulli_entropy(wick *w, const wick_dist *dist)
{
    return wicki_outcomes_entropy(w, outcomes_of(dist));
}

/* As a binomial of one trial. */
static wick_var bernoulli_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return wicki_binomial_cdf(w, x, wick_num(w, 1.0), bernoulli_mean(w, dist), failure(w, dist));
}

static wick_var bernoulli_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    return wicki_binomial_quantile(
        w, level, wick_num(w, 1.0), bernoulli_mean(w, dist), failure(w, dist));
}

/* With log x! = 0 for both outcomes: p log(p / rate) + (1 - p) log(1 - p) + rate */
static wick_var kl_from_poisson(wick *w, wicki_outcomes p, wick_var rate)
{
    const wick_var one = wicki_weighed(w, p.one, wick_sub(p.one, wick_log(rate)));

    return wick_add(wick_add(one, wicki_weighed(w, p.zero, p.zero)), rate);
}

static wick_var bernoulli_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (is_bernoulli(q))
        return wicki_outcomes_kl(w, outcomes_of(p), outcomes_of(q));
    if (q->type == &wicki_dist_poisson)
        return kl_from_poisson(w, outcomes_of(p), q->parameter[0].var);
    return WICK_VAR_NONE;
}

/* --- types ----------------------------------------------------------------------------------- */

static size_t two(wick *w, const wick_dist *dist)
{
    (void)w;
    (void)dist;
    return 2;
}

const wick_dist_type wicki_dist_bernoulli = { .name = "bernoulli",
    .n_parameters = 1,
    .parameter_names = { "probs" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = 0.0, .upper = 1.0 } },
    .log_prob = &bernoulli_density,
    .sample = bernoulli_sample,
    .support = { .kind = WICK_BOOLEAN },
    .cardinality = two,
    .mean = bernoulli_mean,
    .variance = bernoulli_variance,
    .entropy = bernoulli_entropy,
    .cdf = bernoulli_cdf,
    .quantile = bernoulli_quantile,
    .kl = bernoulli_kl };

const wick_dist_type wicki_dist_bernoulli_logits = { .name = "bernoulli_logits",
    .n_parameters = 1,
    .parameter_names = { "logits" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY } },
    .log_prob = &bernoulli_logits_density,
    .sample = bernoulli_logits_sample,
    .support = { .kind = WICK_BOOLEAN },
    .cardinality = two,
    .mean = bernoulli_mean,
    .variance = bernoulli_variance,
    .entropy = bernoulli_entropy,
    .cdf = bernoulli_cdf,
    .quantile = bernoulli_quantile,
    .kl = bernoulli_kl };

wick_dist(wick_bernoulli)(wick_operand probs)
{
    return (wick_dist){ .type = &wicki_dist_bernoulli, .parameter = { probs } };
}

wick_dist(wick_bernoulli_logits)(wick_operand logits)
{
    return (wick_dist){ .type = &wicki_dist_bernoulli_logits, .parameter = { logits } };
}
