/* The evidence lower bounds: -E_q[log p - log q]. */
#include "dist/dist.h"
#include "infer/elbo.h"
#include "site/site.h"

/* --- model and guide must fit ------------------------------------------------------------------ */

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

/* Adds the names of latent sites of one trace that the other one lacks; returns how many. Those that
 * the model alone enumerates are summed out. */
static size_t add_missing(
    wicki_text *text, const wick_trace *from, const wick_trace *in, bool model)
{
    size_t n = 0;

    for (const wick_site *s = wick_trace_first(from); s; s = wick_site_next(s)) {
        if (!is_latent(s))
            continue;
        const wick_site *other = wicki_trace_find(in, s->name);
        if ((!other || !is_latent(other)) && !(model && s->enumerated))
            wicki_text_add(text, "%s'%s'", n++ ? ", " : "", s->name);
    }
    return n;
}

static bool sites_match(wick *w, const char *loss, const wick_trace *model, const wick_trace *guide)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (add_missing(&text, model, guide, true) > 0) {
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the model but not in the guide: %s; add them to the guide, "
            "observe them%s",
            loss, buffer, ", or sum discrete ones out with wick_trace_enum_elbo");
        return false;
    }
    if (add_missing(&text, guide, model, false) > 0) {
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the guide but not in the model: %s; add them to the model or "
            "take them out of the guide",
            loss, buffer);
        return false;
    }
    return wicki_ok(w);
}

/* Values that the guide enumerates and the model does not have would have the density -inf. */
static bool cases_match(wick *w, const char *loss, const wick_site *model, const wick_site *guide)
{
    const size_t n = wicki_dist_cardinality(w, &guide->dist);
    const size_t known = wicki_dist_cardinality(w, &model->dist);

    if (known == 0 || n <= known)
        return wicki_ok(w);
    wick_fail(w, WICK_ERR_SHAPE,
        "%s: site '%s' has %zu values in the guide and %zu in the model; enumerate those of the "
        "model",
        loss, guide->name, n, known);
    return false;
}

static bool enumerated_sites_match(
    wick *w, const char *loss, const wick_trace *model, const wick_trace *guide, bool enumerate)
{
    for (const wick_site *s = wick_trace_first(guide); s && wicki_ok(w); s = wick_site_next(s)) {
        if (!is_latent(s) || !s->enumerate)
            continue;
        if (!enumerate)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: site '%s' is marked for enumeration in the guide, but this loss draws its "
                "sites; use wick_trace_enum_elbo, or take the mark away",
                loss, s->name);
        else
            cases_match(w, loss, wicki_trace_find(model, s->name), s);
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

/* One run of the guide, and the model under it. */
typedef struct pair {
    const wick_trace *guide, *model;
    wicki_choices *choices;
    struct pair *next;
} pair;

static void add_site(
    wicki_contraction *c, wick *w, const wick_site *s, wick_node *density, double weight)
{
    wicki_contraction_add(c,
        &(wicki_factor){ .density = density,
            .plates = plates_of(w, s),
            .scale = s->scale,
            .weight = weight,
            .site = s->name });
}

static bool has_density(const wick_site *s)
{
    return s->type == WICK_SAMPLE && !is_point(s);
}

static void add_guide(wicki_contraction *c, wick *w, const pair *p, double weight)
{
    size_t next = 0;

    for (const wick_site *s = wick_trace_first(p->guide); s && wicki_ok(w); s = wick_site_next(s)) {
        if (!has_density(s))
            continue;
        wick_node *known = wicki_choice_log_q(p->choices, &next, s);
        const bool serves = known && !s->mask.w;
        add_site(c, w, s, serves ? known : wicki_site_density(w, s, true), weight);
    }
}

/* A site that is summed out enters with its whole probability; the others with their masks. */
static void add_model(wicki_contraction *c, wick *w, const pair *p, double weight)
{
    for (const wick_site *s = wick_trace_first(p->model); s && wicki_ok(w); s = wick_site_next(s)) {
        const bool summed = s->enumerated && !wicki_trace_find(p->guide, s->name);
        if (has_density(s))
            add_site(c, w, s, wicki_site_density(w, s, !summed), weight);
    }
}

static void add_pair(wicki_contraction *c, wick *w, const pair *p, double weight)
{
    wicki_choices_hold(c, p->choices);
    add_guide(c, w, p, weight);
    add_model(c, w, p, -weight);
    if (p->choices && wicki_ok(w))
        wicki_expect(w, c, p->choices);
}

/* --- the losses -------------------------------------------------------------------------------- */

/* Each path is a run of the guide and the model. */
enum { MOST_PATHS = 1 << 16 };

/* What a loss is made of. */
typedef struct evidence_bound {
    const char *loss;
    wick_program model, guide;
    bool enumerate;
} evidence_bound;

static pair *run_pair(wick *w, const evidence_bound *b, wicki_path *path)
{
    pair *p = wicki_alloc_zero(w, sizeof *p);
    wick_program guide = b->guide;

    if (!p)
        return NULL;
    if (b->enumerate)
        guide = wick_wrap(w, guide, wicki_enumerate_marked(w, path));
    p->guide = wick_trace_run(w, guide);
    wick_program replayed = wick_wrap(w, b->model, wick_replay(w, p->guide));
    if (b->enumerate)
        replayed = wick_wrap(w, replayed, wicki_enumerate_all(w));
    p->model = wick_trace_run(w, replayed);
    if (!wicki_ok(w) || !sites_match(w, b->loss, p->model, p->guide) ||
        !enumerated_sites_match(w, b->loss, p->model, p->guide, b->enumerate))
        return NULL;
    p->choices = wicki_choices_of(w, p->guide);
    return wicki_ok(w) ? p : NULL;
}

/* So many paths would there be if all had the sites of this one. */
static double joint_values(const wicki_path *path)
{
    double n = 1.0;

    for (size_t i = 0; i < path->n; i++)
        n *= (double)path->step[i].n;
    return n;
}

/* One draw of the guide: a run for each path of the sites enumerated one value at a time. */
static pair **run_draw(wick *w, const evidence_bound *b, pair **last)
{
    wicki_path path = { .n = 0 };
    size_t n = 0;

    do {
        *last = run_pair(w, b, &path);
        if (!*last)
            return NULL;
        last = &(*last)->next;
        if (++n > MOST_PATHS || (n == 1 && joint_values(&path) > MOST_PATHS)) {
            wick_fail(w, WICK_ERR_LIMIT,
                "%s: the sites that the guide enumerates one value at a time have more than %d "
                "joint values; enumerate some in parallel (wick_enumerate), or sample them",
                b->loss, (int)MOST_PATHS);
            return NULL;
        }
    } while (wicki_path_next(&path));
    return last;
}

/* The mean over the draws of log q - log p: one node sums all terms of all draws. */
static wick_var elbo(wick *w, const evidence_bound *b, const wick_elbo_options *options)
{
    const size_t n = options && options->num_particles ? options->num_particles : 1;
    pair *first = NULL, **last = &first;

    for (size_t i = 0; i < n && last; i++)
        last = wicki_ok(w) ? run_draw(w, b, last) : NULL;
    wicki_contraction *c = last ? wicki_contraction_new(w, WICKI_SUM, true) : NULL;
    for (const pair *p = first; p && wicki_ok(w); p = p->next)
        add_pair(c, w, p, 1.0 / (double)n);
    return wicki_var_of(w, wicki_contract(c));
}

wick_var wick_trace_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, &(evidence_bound){ "wick_trace_elbo", model, guide, false }, options);
}

wick_var wick_trace_enum_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    return elbo(w, &(evidence_bound){ "wick_trace_enum_elbo", model, guide, true }, options);
}
