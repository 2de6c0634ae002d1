/* The evidence lower bounds: -E_q[log p - log q]. */
#include "dist/dist.h"
#include "infer/elbo.h"
#include "infer/match.h"
#include "site/site.h"

/* --- terms ------------------------------------------------------------------------------------- */

static uint32_t plates_of(wick *w, const wick_site *site)
{
    return wicki_set_of_kind(w, site->plates, WICKI_PLATE);
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

static void add_guide(wicki_contraction *c, wick *w, const pair *p, double weight)
{
    size_t next = 0;

    for (const wick_site *s = wick_trace_first(p->guide); s && wicki_ok(w); s = wick_site_next(s)) {
        if (!wicki_site_counts(s))
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
        if (wicki_site_counts(s))
            add_site(c, w, s, wicki_site_density(w, s, !summed), weight);
    }
}

static void add_pair(wicki_contraction *c, wick *w, const pair *p, double weight)
{
    wicki_choices_hold(w, c, p->choices);
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
    const wicki_match match = { b->loss, p->model, p->guide, b->enumerate };
    if (!wicki_ok(w) || !wicki_programs_match(w, &match))
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
