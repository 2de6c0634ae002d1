/* The evidence lower bounds: -E_q[log p - log q]. */
#include "dist/dist.h"
#include "infer/contract.h"
#include "infer/elbo.h"
#include "site/site.h"

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

/* A site that is summed out enters with its whole probability; the others with their masks. */
static void add_sites(wicki_contraction *c, wick *w, const wick_trace *trace, double weight)
{
    for (const wick_site *s = wick_trace_first(trace); s && wicki_ok(w); s = wick_site_next(s)) {
        if (s->type != WICK_SAMPLE || is_point(s))
            continue;
        wicki_contraction_add(c,
            &(wicki_factor){ .density = wicki_site_density(w, s, !s->enumerated),
                .plates = plates_of(w, s),
                .scale = s->scale,
                .weight = weight,
                .site = s->name });
    }
}

/* One draw of the guide, and the model under it. */
typedef struct pair {
    const wick_trace *guide, *model;
} pair;

static pair run_pair(
    wick *w, const char *loss, wick_program model, wick_program guide, bool enumerate)
{
    pair p = { .guide = wick_trace_run(w, guide) };
    wick_program replayed = wick_wrap(w, model, wick_replay(w, p.guide));

    if (enumerate)
        replayed = wick_wrap(w, replayed, wicki_enumerate_all(w));
    p.model = wick_trace_run(w, replayed);
    if (wicki_ok(w) && sites_match(w, loss, p.model, p.guide))
        guide_is_usable(w, loss, p.guide);
    return p;
}

/* The mean over the draws of log q - log p: one node sums all terms of all draws. */
static wick_var elbo(wick *w, const char *loss, wick_program model, wick_program guide,
    const wick_elbo_options *options, bool enumerate)
{
    const size_t n = options && options->num_particles ? options->num_particles : 1;
    pair *pairs = wicki_ok(w) ? wick_alloc(w, n * sizeof *pairs) : NULL;

    for (size_t i = 0; i < n && wicki_ok(w); i++)
        pairs[i] = run_pair(w, loss, model, guide, enumerate);
    wicki_contraction *c = wicki_contraction_new(w, WICKI_SUM, true);
    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        add_sites(c, w, pairs[i].guide, 1.0 / (double)n);
        add_sites(c, w, pairs[i].model, -1.0 / (double)n);
    }
    return wicki_var_of(w, wicki_contract(c));
}

wick_var wick_trace_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, "wick_trace_elbo", model, guide, options, false);
}

wick_var wick_trace_enum_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, "wick_trace_enum_elbo", model, guide, options, true);
}
