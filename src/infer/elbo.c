/* The evidence lower bounds: -E_q[log p - log q]. */
#include "dist/dist.h"
#include "infer/contract.h"
#include "infer/elbo.h"
#include "site/site.h"
#include "tape/axis.h"
#include "tape/op_list.h"

/* --- model and guide must fit ------------------------------------------------------------------ */

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

/* Adds the names of latent sites of one trace that the other one lacks; returns how many. */
static size_t add_missing(wicki_text *text, const wick_trace *from, const wick_trace *in)
{
    size_t n = 0;

    for (const wick_site *s = wick_trace_first(from); s; s = wick_site_next(s)) {
        if (!is_latent(s) || s->enumerated)
            continue;
        const wick_site *other = wicki_trace_find(in, s->name);
        if (!other || !is_latent(other))
            wicki_text_add(text, "%s'%s'", n++ ? ", " : "", s->name);
    }
    return n;
}

static bool sites_match(wick *w, const char *loss, const wick_trace *model, const wick_trace *guide)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (add_missing(&text, model, guide) > 0) {
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the model but not in the guide: %s; add them to the guide, "
            "observe them%s",
            loss, buffer, ", or sum discrete ones out with wick_trace_enum_elbo");
        return false;
    }
    if (add_missing(&text, guide, model) > 0) {
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the guide but not in the model: %s; add them to the model or "
            "take them out of the guide",
            loss, buffer);
        return false;
    }
    return wicki_ok(w);
}

static bool guide_is_usable(wick *w, const char *loss, const wick_trace *guide)
{
    for (const wick_site *s = wick_trace_first(guide); s; s = wick_site_next(s)) {
        if (!is_latent(s))
            continue;
        if (s->enumerate)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: site '%s' is marked for enumeration in the guide, which this loss cannot sum; "
                "leave it out of the guide, wick_trace_enum_elbo sums it in the model",
                loss, s->name);
        else if (!s->dist.type->reparameterised)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: site '%s' of the guide is %s, whose draws pass no gradient; use a "
                "reparameterised distribution%s",
                loss, s->name, s->dist.type->name,
                wicki_dist_cardinality(w, &s->dist)
                    ? ", or leave it out of the guide under wick_trace_enum_elbo"
                    : "");
    }
    return wicki_ok(w);
}

/* --- terms ------------------------------------------------------------------------------------- */

static uint32_t plates_of(wick *w, const wick_site *site)
{
    return wicki_set_of_kind(w, site->plates, WICKI_PLATE);
}

/* The value of a delta is its own parameter: its density is 0 by construction. */
static bool is_point(const wick_site *site)
{
    return site->dist.type == &wicki_dist_delta && site->dist.parameter[0].var.w == site->value.w &&
        site->dist.parameter[0].var.node == site->value.node;
}

/*
 * A site that is summed out enters with its whole probability; the others with their masks. NULL if
 * there is no density, or after an error.
 */
static wick_node *sum_of_sites(wick *w, const wick_trace *trace)
{
    wicki_contraction *c = wicki_contraction_new(w);

    for (const wick_site *s = wick_trace_first(trace); s && wicki_ok(w); s = wick_site_next(s))
        if (s->type == WICK_SAMPLE && !is_point(s))
            wicki_contraction_add(
                c, wicki_site_density(w, s, !s->enumerated), plates_of(w, s), s->scale, s->name);
    return wicki_contract(c);
}

/* Draws along an ambient dimension are averaged. */
static wick_node *mean_of_draws(wick *w, wick_node *node)
{
    while (node && node->dims) {
        const wicki_set *set = wicki_set_at(w, node->dims);
        if (wicki_dim_at(w, set->dim[0])->kind != WICKI_AMBIENT)
            break;
        wicki_axis axis = wicki_dim_axis(w, node, set->dim[0]);
        axis.scale = 1.0 / (double)axis.n;
        node = wicki_reduce_axis(w, &wicki_op_sum, node, &axis);
    }
    return node;
}

/* log q - log p for one draw of the guide */
static wick_var log_ratio(
    wick *w, const char *loss, wick_program model, wick_program guide, bool enumerate)
{
    const wick_trace *q = wick_trace_run(w, guide);
    wick_program replayed = wick_wrap(w, model, wick_replay(w, q));

    if (enumerate)
        replayed = wick_wrap(w, replayed, wicki_enumerate_all(w));
    const wick_trace *p = wick_trace_run(w, replayed);
    if (!wicki_ok(w) || !sites_match(w, loss, p, q) || !guide_is_usable(w, loss, q))
        return WICK_VAR_NONE;
    const wick_var log_p = wicki_var_of(w, mean_of_draws(w, sum_of_sites(w, p)));
    wick_node *log_q = mean_of_draws(w, sum_of_sites(w, q));
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    return log_q ? wick_sub(wicki_var_of(w, log_q), log_p) : wick_neg(log_p);
}

static wick_var elbo(wick *w, const char *loss, wick_program model, wick_program guide,
    const wick_elbo_options *options, bool enumerate)
{
    const size_t n = options && options->num_particles ? options->num_particles : 1;
    wick_var *ratios = wicki_ok(w) ? wick_alloc(w, n * sizeof *ratios) : NULL;

    if (!ratios)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < n && wicki_ok(w); i++)
        ratios[i] = log_ratio(w, loss, model, guide, enumerate);
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    return n == 1 ? ratios[0] : wick_mul(wick_sum_of(w, n, ratios), 1.0 / (double)n);
}

wick_var wick_trace_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, "wick_trace_elbo", model, guide, options, false);
}

wick_var wick_trace_enum_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, "wick_trace_enum_elbo", model, guide, options, true);
}
