/* What is known of distributions in closed form: the hooks of their types, spread to the draw. */
#include "dist/sample.h"
#include "tape/take.h"

#include <string.h>

typedef wick_var (*moment)(wick *w, const wick_dist *dist);

static bool is_set(wick *w, const wick_dist *dist, const char *function)
{
    if (wicki_ok(w) && !dist->type)
        wick_fail(w, WICK_ERR_STATE, "%s: a distribution was never set", function);
    return wicki_ok(w);
}

static void fail_unknown(wick *w, const wick_dist *dist, const char *function, const char *what)
{
    wick_fail(w, WICK_ERR_ARGUMENT, "%s: the %s of %s is not known in closed form", function, what,
        dist->type->name);
}

/* Its parameters as vars, spread over the axes of independent copies. */
static bool with_vars(wick *w, const wick_dist *dist, wick_dist *out)
{
    wick_node *parameter[WICK_MAX_PARAMETERS];

    *out = *dist;
    for (size_t j = 0; j < dist->type->n_parameters; j++)
        if (!out->parameter[j].var.w && out->parameter[j].var.node == WICK_NODE_NUMBER)
            out->parameter[j] = (wick_argument){ .var = wick_num(w, dist->parameter[j].number) };
    if (!wicki_dist_parameters(w, out, parameter))
        return false;
    for (size_t j = 0; j < dist->type->n_parameters; j++)
        out->parameter[j].var = wicki_var_of(w, parameter[j]);
    return wicki_ok(w);
}

/* The event of a draw without its last axes. */
static bool event_of(wick *w, const wick_dist *dist, size_t last, wicki_sampling *s)
{
    if (!wicki_dist_event(w, dist, &s->rank, s->sizes)) {
        if (wicki_ok(w))
            wick_fail(w, WICK_ERR_SHAPE, "%s: its parameters do not tell the event of a draw",
                dist->type->log_prob->name);
        return false;
    }
    s->rank -= last;
    return true;
}

static wick_node *spread(
    wick *w, const wick_dist *dist, size_t last, const char *function, wick_var x)
{
    wicki_sampling s = { .rank = 0 };
    wick_node *node = wicki_ok(w) ? wicki_node_of(w, function, x) : NULL;

    return node && event_of(w, dist, last, &s) ? wicki_sampling_spread(w, &s, node) : NULL;
}

static wick_var moment_of(
    wick *w, const wick_dist *dist, const char *function, const char *what, moment hook)
{
    wick_dist d;

    if (!hook)
        fail_unknown(w, dist, function, what);
    if (!hook || !with_vars(w, dist, &d))
        return WICK_VAR_NONE;
    return wicki_var_of(w, spread(w, dist, 0, function, hook(w, &d)));
}

wick_var wick_dist_mean(wick *w, wick_dist dist)
{
    if (!is_set(w, &dist, "wick_dist_mean"))
        return WICK_VAR_NONE;
    return moment_of(w, &dist, "wick_dist_mean", "mean", dist.type->mean);
}

wick_var wick_dist_variance(wick *w, wick_dist dist)
{
    if (!is_set(w, &dist, "wick_dist_variance"))
        return WICK_VAR_NONE;
    return moment_of(w, &dist, "wick_dist_variance", "variance", dist.type->variance);
}

/* One number for each draw of the event: repeated for copies, and summed. */
static wick_var sum_over_draws(wick *w, const wick_dist *dist, const char *function, wick_var x)
{
    const wick_node *each = spread(w, dist, dist->type->event_rank, function, x);

    return each ? wick_sum_event(wicki_var_of(w, each)) : WICK_VAR_NONE;
}

wick_var wick_dist_entropy(wick *w, wick_dist dist)
{
    wick_dist d;

    if (!is_set(w, &dist, "wick_dist_entropy"))
        return WICK_VAR_NONE;
    if (!dist.type->entropy)
        fail_unknown(w, &dist, "wick_dist_entropy", "entropy");
    if (!wicki_ok(w) || !with_vars(w, &dist, &d))
        return WICK_VAR_NONE;
    return sum_over_draws(w, &dist, "wick_dist_entropy", dist.type->entropy(w, &d));
}

/* --- distribution functions ------------------------------------------------------------------ */

typedef wick_var (*function_of)(wick *w, const wick_dist *dist, wick_var x);

static wick_var function_at(wick *w, const wick_dist *dist, const char *function, const char *what,
    function_of hook, wick_var x)
{
    wick_dist d;

    if (!hook)
        fail_unknown(w, dist, function, what);
    if (!hook || !with_vars(w, dist, &d))
        return WICK_VAR_NONE;
    return hook(w, &d, x);
}

wick_var wick_dist_cdf(wick *w, wick_dist dist, wick_var x)
{
    if (!is_set(w, &dist, "wick_dist_cdf"))
        return WICK_VAR_NONE;
    return function_at(w, &dist, "wick_dist_cdf", "distribution function", dist.type->cdf, x);
}

wick_var wick_dist_quantile(wick *w, wick_dist dist, wick_var p)
{
    if (!is_set(w, &dist, "wick_dist_quantile"))
        return WICK_VAR_NONE;
    return function_at(w, &dist, "wick_dist_quantile", "quantile", dist.type->quantile, p);
}

/* --- divergence ------------------------------------------------------------------------------ */

static bool same_event(wick *w, const wick_dist *p, const wick_dist *q)
{
    size_t rank_p, rank_q, sizes_p[WICK_MAX_RANK], sizes_q[WICK_MAX_RANK];

    return wicki_dist_event(w, p, &rank_p, sizes_p) && wicki_dist_event(w, q, &rank_q, sizes_q) &&
        rank_p == rank_q && memcmp(sizes_p, sizes_q, rank_p * sizeof *sizes_p) == 0;
}

wick_node *wicki_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    wick_dist p_vars, q_vars;

    if (!p->type->kl || !same_event(w, p, q) || !with_vars(w, p, &p_vars) ||
        !with_vars(w, q, &q_vars))
        return NULL;
    const wick_var each = p->type->kl(w, &p_vars, &q_vars);
    const char *function = "wick_kl_divergence";
    return each.w ? wicki_node_of(w, function, sum_over_draws(w, p, function, each)) : NULL;
}

wick_var wick_kl_divergence(wick *w, wick_dist p, wick_dist q)
{
    if (!is_set(w, &p, "wick_kl_divergence") || !is_set(w, &q, "wick_kl_divergence"))
        return WICK_VAR_NONE;
    wick_node *kl = wicki_kl(w, &p, &q);
    if (kl || !wicki_ok(w))
        return wicki_var_of(w, kl);
    if (p.type->kl && !same_event(w, &p, &q))
        wick_fail(w, WICK_ERR_SHAPE, "wick_kl_divergence: draws of %s and %s have different events",
            p.type->name, q.type->name);
    else
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_kl_divergence: the divergence of %s from %s is not known in closed form",
            p.type->name, q.type->name);
    return WICK_VAR_NONE;
}
