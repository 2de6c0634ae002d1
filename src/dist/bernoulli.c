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
    .parameter_domain = { { WICK_INTERVAL, 0.0, 1.0 } },
    .log_prob = &bernoulli_density,
    .sample = bernoulli_sample,
    .support = { .kind = WICK_BOOLEAN },
    .cardinality = two };

const wick_dist_type wicki_dist_bernoulli_logits = { .name = "bernoulli_logits",
    .n_parameters = 1,
    .parameter_names = { "logits" },
    .parameter_domain = { { WICK_INTERVAL, -INFINITY, INFINITY } },
    .log_prob = &bernoulli_logits_density,
    .sample = bernoulli_logits_sample,
    .support = { .kind = WICK_BOOLEAN },
    .cardinality = two };

wick_dist(wick_bernoulli)(wick_operand probs)
{
    return (wick_dist){ .type = &wicki_dist_bernoulli, .parameter = { probs } };
}

wick_dist(wick_bernoulli_logits)(wick_operand logits)
{
    return (wick_dist){ .type = &wicki_dist_bernoulli_logits, .parameter = { logits } };
}
