/* Successes among trials, of a probability that is given, or a draw of a beta. */
#include "dist/categories.h"
#include "dist/count_laws.h"
#include "dist/counts.h"
#include "dist/density.h"
#include "dist/sample.h"

/* An outcome of probability 0 is outside the support. */
WICKI_DENSITY_2(binomial, total, p, y, total - x, wicki_is_count(total) && p >= 0.0 && p <= 1.0,
    wicki_is_count(x) && y >= 0.0 && (x == 0.0 || p > 0.0) && (y == 0.0 || p < 1.0),
    wicki_binomial_log(x, total, p, 1.0 - p, wicki_log(p), wicki_log1p(-p)), /* log density */
    0.0,                                                                     /* d / dx */
    0.0,                                                                     /* d / dtotal */
    wicki_binomial_by_p(x, total, p))                                        /* d / dp */

WICKI_DENSITY_2(binomial_logits, total, l, y, total - x, wicki_is_count(total) && l == l,
    wicki_is_count(x) && y >= 0.0 && (x == 0.0 || l > -INFINITY) && (y == 0.0 || l < INFINITY),
    wicki_binomial_log(x, total, wicki_sigmoid(l), wicki_sigmoid(-l), wicki_log_sigmoid(l),
        wicki_log_sigmoid(-l)),                               /* log density */
    0.0,                                                      /* d / dx */
    0.0,                                                      /* d / dtotal */
    -wicki_excess(x, y, wicki_sigmoid(l), wicki_sigmoid(-l))) /* d / dl */

/* Nothing else than the counts x and y of a dirichlet_multinomial. */
WICKI_DENSITY_3(beta_binomial, a, b, total, y, total - x,
    a > 0.0 && a < INFINITY && b > 0.0 && b < INFINITY && wicki_is_count(total),
    wicki_is_count(x) && y >= 0.0,
    wicki_dirichlet_count_log(x, a, a + b, total) + wicki_dirichlet_count_log(y, b, a + b, total) +
        wicki_dirichlet_total_log(a + b, total),    /* log density */
    0.0,                                            /* d / dx */
    wicki_dirichlet_count_by_a(x, a, a + b, total), /* d / da */
    wicki_dirichlet_count_by_a(y, b, a + b, total), /* d / db */
    0.0)                                            /* d / dtotal */

/* --- what is outside the support --------------------------------------------------------------- */

/* The support of a draw of the event ends at its own total count, input j. */
static void explain(const wick_node *node, size_t element, wicki_text *text, uint32_t j)
{
    const wicki_density *d = node->data;
    const wick_node *x = node->in[0], *total = node->in[j];

    for (size_t b = 0; b < d->batch && text->length == 0; b++) {
        const double value = wicki_input_at(node, 0, element)[x->rank ? b * x->members : 0];
        const double n = wicki_input_at(node, j, element)[total->rank ? b * total->members : 0];
        if (isnan(value))
            wicki_text_add(text, "value is nan");
        else if (!wicki_is_count(value) || value > n)
            wicki_text_add(
                text, "value %g is outside the support (0 <= x <= %g, an integer)", value, n);
    }
    if (text->length == 0)
        wicki_text_add(text, "the value is one of probability 0");
}

static void explain_total_first(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        explain(node, element, &text, 1);
}

static void explain_total_last(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        explain(node, element, &text, 3);
}

WICKI_DENSITY_OP(binomial, explain_total_first);
WICKI_DENSITY_OP(binomial_logits, explain_total_first);
WICKI_DENSITY_OP(beta_binomial, explain_total_last);

/* --- draws ----------------------------------------------------------------------------------- */

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double p = *d->in[1];

    *d->out = wicki_binomial_draw(stream, *d->in[0], p, 1.0 - p);
}

static void draw_logits(wicki_stream *stream, const wicki_drawing *d)
{
    const double l = *d->in[1];

    *d->out = wicki_binomial_draw(stream, *d->in[0], wicki_sigmoid(l), wicki_sigmoid(-l));
}

static void draw_beta(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_beta_binomial_draw(stream, *d->in[0], *d->in[1], *d->in[2]);
}

static const wicki_draw_kind PROBS = { .name = "wick_binomial", .draw = draw };
static const wicki_draw_kind LOGITS = { .name = "wick_binomial_logits", .draw = draw_logits };
static const wicki_draw_kind BETA = { .name = "wick_beta_binomial", .draw = draw_beta };

static wick_var binomial_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &PROBS);
}

static wick_var binomial_logits_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &LOGITS);
}

static wick_var beta_binomial_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &BETA);
}

/* --- supports -------------------------------------------------------------------------------- */

static wick_constraint up_to(wick_operand total_count)
{
    return (wick_constraint){
        .kind = WICK_INTEGER_INTERVAL, .lower = 0.0, .upper = wicki_same_everywhere(total_count)
    };
}

static wick_constraint binomial_support(const wick_dist *dist)
{
    return up_to(dist->parameter[0]);
}

static wick_constraint beta_binomial_support(const wick_dist *dist)
{
    return up_to(dist->parameter[2]);
}

static size_t binomial_cardinality(wick *w, const wick_dist *dist)
{
    return wicki_count_cardinality(w, dist->parameter[0]);
}

static size_t beta_binomial_cardinality(wick *w, const wick_dist *dist)
{
    return wicki_count_cardinality(w, dist->parameter[2]);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var binomial_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(dist->parameter[0].var, dist->parameter[1].var);
}

/* n p (1 - p) */
static wick_var binomial_variance(wick *w, const wick_dist *dist)
{
    return wick_mul(binomial_mean(w, dist), wick_sub(1.0, dist->parameter[1].var));
}

static wick_var binomial_logits_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(dist->parameter[0].var, wick_sigmoid(dist->parameter[1].var));
}

static wick_var binomial_logits_variance(wick *w, const wick_dist *dist)
{
    return wick_mul(binomial_logits_mean(w, dist), wick_sigmoid(wick_neg(dist->parameter[1].var)));
}

/* n a / (a + b) */
static wick_var beta_binomial_mean(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, s = wick_add(a, dist->parameter[1].var);

    (void)w;
    return wick_mul(dist->parameter[2].var, wick_div(a, s));
}

/* n a b (a + b + n) / ((a + b)^2 (a + b + 1)) */
static wick_var beta_binomial_variance(wick *w, const wick_dist *dist)
{
    const wick_var b = dist->parameter[1].var, n = dist->parameter[2].var;
    const wick_var s = wick_add(dist->parameter[0].var, b);

    return wick_mul(wick_mul(beta_binomial_mean(w, dist), wick_div(b, s)),
        wick_div(wick_add(s, n), wick_add(s, 1.0)));
}

static bool is_binomial(const wick_dist *dist)
{
    return dist->type == &wicki_dist_binomial || dist->type == &wicki_dist_binomial_logits;
}

/* The probabilities of success and failure. */
static void probs_of(const wick_dist *dist, wick_var *p, wick_var *q)
{
    const wick_var x = dist->parameter[1].var;
    const bool logits = dist->type == &wicki_dist_binomial_logits;

    *p = logits ? wick_sigmoid(x) : x;
    *q = logits ? wick_sigmoid(wick_neg(x)) : wick_sub(1.0, x);
}

static wick_var binomial_entropy(wick *w, const wick_dist *dist)
{
    wick_var p, q;

    probs_of(dist, &p, &q);
    return wicki_binomial_entropy(w, dist->parameter[0].var, p, q);
}

static wick_var binomial_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    wick_var p, q;

    probs_of(dist, &p, &q);
    return wicki_binomial_cdf(w, x, dist->parameter[0].var, p, q);
}

static wick_var binomial_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    wick_var p, q;

    probs_of(dist, &p, &q);
    return wicki_binomial_quantile(w, level, dist->parameter[0].var, p, q);
}

static wick_var beta_binomial_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return wicki_beta_binomial_cdf(
        w, x, dist->parameter[0].var, dist->parameter[1].var, dist->parameter[2].var);
}

static wick_var beta_binomial_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    return wicki_beta_binomial_quantile(
        w, level, dist->parameter[0].var, dist->parameter[1].var, dist->parameter[2].var);
}

/* --- divergence ------------------------------------------------------------------------------ */

static wicki_outcomes outcomes_of(const wick_dist *dist)
{
    return wicki_outcomes_of(dist->parameter[1].var, dist->type == &wicki_dist_binomial_logits);
}

/*
 * n times that of one trial if both have n trials. Where p has more trials than q it is inf, but for
 * probability 0; where it has fewer it is not known.
 */
static wick_var binomial_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (!is_binomial(q))
        return WICK_VAR_NONE;
    const wicki_outcomes a = outcomes_of(p), b = outcomes_of(q);
    const wick_var n = p->parameter[0].var, m = q->parameter[0].var;
    const wick_var same = wicki_times_count(n, wicki_outcomes_kl(w, a, b));
    if (wicki_same_total(w, p->parameter[0], q->parameter[0]))
        return same;
    if (!(wicki_greatest(w, wick_operand_var(wick_less(n, m))) == 0.0))
        return WICK_VAR_NONE;
    const wick_var more =
        wick_where(wick_less(-INFINITY, a.one), INFINITY, wicki_times_count(m, wick_neg(b.zero)));
    return wick_where(wick_equal(n, m), same, more);
}

/* --- types ----------------------------------------------------------------------------------- */

const wick_dist_type wicki_dist_binomial = { .name = "binomial",
    .n_parameters = 2,
    .parameter_names = { "total_count", "probs" },
    .parameter_domain = { WICKI_COUNTS, { .kind = WICK_INTERVAL, .lower = 0.0, .upper = 1.0 } },
    .log_prob = &binomial_density,
    .sample = binomial_sample,
    .support = WICKI_COUNTS,
    .support_of = binomial_support,
    .cardinality = binomial_cardinality,
    .mean = binomial_mean,
    .variance = binomial_variance,
    .entropy = binomial_entropy,
    .cdf = binomial_cdf,
    .quantile = binomial_quantile,
    .kl = binomial_kl };

const wick_dist_type wicki_dist_binomial_logits = { .name = "binomial_logits",
    .n_parameters = 2,
    .parameter_names = { "total_count", "logits" },
    .parameter_domain = { WICKI_COUNTS,
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY } },
    .log_prob = &binomial_logits_density,
    .sample = binomial_logits_sample,
    .support = WICKI_COUNTS,
    .support_of = binomial_support,
    .cardinality = binomial_cardinality,
    .mean = binomial_logits_mean,
    .variance = binomial_logits_variance,
    .entropy = binomial_entropy,
    .cdf = binomial_cdf,
    .quantile = binomial_quantile,
    .kl = binomial_kl };

const wick_dist_type wicki_dist_beta_binomial = { .name = "beta_binomial",
    .n_parameters = 3,
    .parameter_names = { "concentration1", "concentration0", "total_count" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE }, WICKI_COUNTS },
    .log_prob = &beta_binomial_density,
    .sample = beta_binomial_sample,
    .support = WICKI_COUNTS,
    .support_of = beta_binomial_support,
    .cardinality = beta_binomial_cardinality,
    .mean = beta_binomial_mean,
    .variance = beta_binomial_variance,
    .cdf = beta_binomial_cdf,
    .quantile = beta_binomial_quantile };

wick_dist(wick_binomial)(wick_operand total_count, wick_operand probs)
{
    return (wick_dist){ .type = &wicki_dist_binomial, .parameter = { total_count, probs } };
}

wick_dist(wick_binomial_logits)(wick_operand total_count, wick_operand logits)
{
    return (wick_dist){ .type = &wicki_dist_binomial_logits, .parameter = { total_count, logits } };
}

wick_dist(wick_beta_binomial)(
    wick_operand concentration1, wick_operand concentration0, wick_operand total_count)
{
    return (wick_dist){ .type = &wicki_dist_beta_binomial,
        .parameter = { concentration1, concentration0, total_count } };
}
