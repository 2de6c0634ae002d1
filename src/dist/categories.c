#include "dist/categories.h"

#include "tape/op_list.h"

/* --- rows ------------------------------------------------------------------------------------ */

/* Probs that sum to 0, logits that are all -inf. */
static bool is_impossible(const double *p, size_t stride, size_t n, bool logits)
{
    for (size_t k = 0; k < n; k++)
        if (p[k * stride] > (logits ? -INFINITY : 0.0))
            return false;
    return true;
}

static const char *impossible_text(bool logits)
{
    return logits ? "logits are all -inf" : "probs sum to 0";
}

size_t wicki_category_count(wick *w, const wick_dist *dist)
{
    const wick_node *p = wicki_node_of(w, dist->type->log_prob->name, dist->parameter[0].var);

    return p && p->rank > 0 ? p->event[p->rank - 1] : 0;
}

void wicki_categories_explain(const wick_node *node, size_t element, wicki_categories c,
    wick_constraint support, wicki_text *text)
{
    const wicki_density *d = node->data;
    const wick_node *p = node->in[c.j];
    const double *at = wicki_input_at(node, c.j, element);

    if (wicki_explain_parameters(node, element, text))
        return;
    for (size_t b = 0; b < (d->step[c.j] ? d->batch : 1); b++)
        if (is_impossible(at + b * d->step[c.j] * p->members, p->members, d->n, c.logits)) {
            wicki_text_add(text, "%s", impossible_text(c.logits));
            return;
        }
    if (!wicki_explain_value(node, element, support, text))
        wicki_text_add(text, "the value is one of probability 0");
}

bool wicki_categories_sampling(
    wick *w, const wick_dist *dist, wicki_categories c, wicki_sampling *s)
{
    if (!wicki_sampling_of(w, dist, s))
        return false;
    const wick_node *x = s->parameter[c.j - 1];
    const size_t n = x->event[x->rank - 1];
    for (size_t b = 0; b < x->elements; b += n)
        for (size_t m = 0; m < x->members; m++)
            if (is_impossible(x->value + b * x->members + m, x->members, n, c.logits)) {
                wick_fail(w, WICK_ERR_DOMAIN, "%s: %s", dist->type->log_prob->name,
                    impossible_text(c.logits));
                return false;
            }
    return true;
}

/* --- hooks ----------------------------------------------------------------------------------- */

wick_var wicki_category_logs(wick_var parameter, bool logits)
{
    return wick_log_softmax(logits ? parameter : wick_log(parameter));
}

static wick_var sum_last(wick_var x)
{
    return wick_sum_axis(x, wick_rank(x) - 1);
}

wick_var wicki_category_mean(wick *w, wick_var log_p, wick_var x)
{
    wick_node *weight = wicki_node_of(w, "wick_dist_mean", log_p);
    wick_node *value = wicki_node_of(w, "wick_dist_mean", x);

    if (!weight || !value)
        return WICK_VAR_NONE;
    return sum_last(wicki_var_of(w, wicki_weigh(w, weight, value)));
}

wick_var wicki_spread_as(wick *w, wick_var x, wick_var other)
{
    wick_node *node = wicki_node_of(w, "wick_kl_divergence", x);
    const wick_node *longer = wicki_node_of(w, "wick_kl_divergence", other);
    wicki_sampling s = { .rank = 0 };

    if (!node || !longer || longer->rank <= node->rank)
        return x;
    s.rank = longer->rank;
    for (size_t i = 0; i < s.rank; i++)
        s.sizes[i] = longer->event[i];
    return wicki_var_of(w, wicki_sampling_spread(w, &s, node));
}

wick_var wicki_categories_kl(wick *w, wick_var log_p, wick_var log_q)
{
    return sum_last(wicki_divergence_terms(
        w, wicki_spread_as(w, log_p, log_q), wicki_spread_as(w, log_q, log_p)));
}

/* --- of categories as numbers and as vectors --------------------------------------------------- */

wick_var wicki_category_logs_of(const wick_dist *dist)
{
    return wicki_category_logs(dist->parameter[0].var,
        dist->type == &wicki_dist_categorical_logits ||
            dist->type == &wicki_dist_one_hot_categorical_logits);
}

wick_var wicki_category_entropy(wick *w, const wick_dist *dist)
{
    const wick_var log_p = wicki_category_logs_of(dist);

    return wicki_category_mean(w, log_p, wick_neg(log_p));
}

static bool has_categories(const wick_dist *dist)
{
    const wick_dist_type *type = dist->type;

    return type == &wicki_dist_categorical || type == &wicki_dist_categorical_logits ||
        type == &wicki_dist_one_hot_categorical || type == &wicki_dist_one_hot_categorical_logits;
}

wick_var wicki_category_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (!has_categories(q) || p->type->event_rank != q->type->event_rank)
        return WICK_VAR_NONE;
    return wicki_categories_kl(w, wicki_category_logs_of(p), wicki_category_logs_of(q));
}

/* --- divergences ----------------------------------------------------------------------------- */

/* With t = log q - log p it is p (e^t - 1 - t). */
WICKI_INLINE double divergence_term(double log_p, double log_q)
{
    const double p = wicki_exp(log_p), q = wicki_exp(log_q), t = log_q - log_p;
    const double near = p * wicki_exp_tail(t), far = (q - p) - p * t;

    return p > 0.0 ? (fabs(t) < 0.3 ? near : far) : q;
}

static void divergence_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = divergence_term(in[0][i], in[1][i]);
}

/* By log p it is -p t, by log q it is q - p. */
static void divergence_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double p = wicki_exp(in[0][i]), q = wicki_exp(in[1][i]), t = in[1][i] - in[0][i];
        if (partial[0])
            partial[0][i] = p > 0.0 ? -p * t : 0.0;
        if (partial[1])
            partial[1][i] = p > 0.0 && fabs(t) < 0.3 ? p * wicki_expm1(t) : q - p;
    }
}

static const wick_op divergence_op = {
    .name = "wick_kl_divergence", .value = divergence_value, .partials = divergence_partials
};

wick_var wicki_divergence_terms(wick *w, wick_var log_p, wick_var log_q)
{
    const wick_argument in[] = { { .var = log_p }, { .var = log_q } };

    return wick_record(w, &divergence_op, 2, in, NULL, 0);
}

/* --- pairs of outcomes ----------------------------------------------------------------------- */

wicki_outcomes wicki_outcomes_of(wick_var x, bool logits)
{
    if (logits)
        return (wicki_outcomes){ .one = wick_neg(wick_softplus(wick_neg(x))),
            .zero = wick_neg(wick_softplus(x)) };
    return (wicki_outcomes){ .one = wick_log(x), .zero = wick_log1p(wick_neg(x)) };
}

wick_var wicki_outcomes_kl(wick *w, wicki_outcomes p, wicki_outcomes q)
{
    return wick_add(
        wicki_divergence_terms(w, p.one, q.one), wicki_divergence_terms(w, p.zero, q.zero));
}

wick_var wicki_weighed(wick *w, wick_var log_weight, wick_var x)
{
    wick_node *weight = wicki_node_of(w, "wick_kl_divergence", log_weight);
    wick_node *node = wicki_node_of(w, "wick_kl_divergence", x);

    return weight && node ? wicki_var_of(w, wicki_weigh(w, weight, node)) : WICK_VAR_NONE;
}

wick_var wicki_outcomes_entropy(wick *w, wicki_outcomes p)
{
    return wick_neg(wick_add(wicki_weighed(w, p.one, p.one), wicki_weighed(w, p.zero, p.zero)));
}
