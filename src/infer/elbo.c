/*
 * The evidence lower bounds: -E_q[log p - log q]; and the runs of guide and model for all losses.
 */
#include "infer/elbo.h"

#include "dist/dist.h"
#include "infer/match.h"
#include "site/site.h"

#include <math.h>

/* --- options ---------------------------------------------------------------------------------- */

static bool fail_option(wick *w, const wicki_bound *b, const char *what)
{
    wick_fail(w, WICK_ERR_ARGUMENT, "%s: %s", b->loss, what);
    return false;
}

/* An option that another loss has would be passed over in silence. */
static bool options_fit(wick *w, const wicki_bound *b)
{
    const wick_elbo_options *o = &b->options;

    if ((o->alpha != 0.0 || signbit(o->alpha)) && !b->renyi)
        return fail_option(w, b, "the option alpha is of wick_renyi_elbo");
    if ((o->insomnia != 0.0 || signbit(o->insomnia)) && !b->wake)
        return fail_option(w, b, "the option insomnia is of wick_reweighted_wake_sleep");
    if (o->baseline != 0.0 && (b->renyi || b->wake))
        return fail_option(w, b,
            "the option baseline is of the evidence lower bounds; here the other particles are the "
            "baseline");
    if (o->baseline != 0.0 && !(o->baseline > 0.0 && o->baseline < 1.0)) {
        wick_fail(w, WICK_ERR_DOMAIN,
            "%s: the decay of baselines is %g, need a number between 0 and 1, such as 0.9", b->loss,
            o->baseline);
        return false;
    }
    if (o->kl_weight && !(*o->kl_weight >= 0.0 && isfinite(*o->kl_weight))) {
        wick_fail(w, WICK_ERR_DOMAIN, "%s: *kl_weight is %g, need a number that is not negative",
            b->loss, *o->kl_weight);
        return false;
    }
    return true;
}

static bool take_options(wick *w, wicki_bound *b, const wick_elbo_options *options)
{
    b->options = options ? *options : (wick_elbo_options){ 0 };
    if (b->options.num_particles == 0)
        b->options.num_particles = b->renyi || b->wake ? 2 : 1;
    if (!wicki_ok(w) || !options_fit(w, b))
        return false;
    if (b->options.kl_weight)
        b->kl_weight = wick_data_array(w, b->options.kl_weight, 1, 0, NULL);
    return wicki_ok(w);
}

/* --- runs ------------------------------------------------------------------------------------- */

/* Each path is a run of the guide and the model. */
enum { MOST_PATHS = 1 << 16 };

static const wick_trace *trace_under(wick *w, wick_program program, wick_handler *outer)
{
    const wick_trace *trace = NULL;

    if (!outer)
        return wick_trace_run(w, program);
    WICK_WITH (w, outer)
        trace = wick_trace_run(w, program);
    return trace;
}

const wick_trace *wicki_bound_trace(
    wick *w, const wicki_bound *b, wick_program program, wick_handler *outer)
{
    const wick_trace *trace = NULL;

    if (!b->options.vectorize_particles)
        return trace_under(w, program, outer);
    WICK_AMBIENT (w, "particles", b->options.num_particles)
        trace = trace_under(w, program, outer);
    return trace;
}

static wicki_pair *run_pair(wick *w, const wicki_bound *b, wicki_path *path)
{
    wicki_pair *p = wicki_alloc_zero(w, sizeof *p);
    wick_program guide = b->guide;

    if (!p)
        return NULL;
    if (b->sum_guide)
        guide = wick_wrap(w, guide, wicki_enumerate_marked(w, path));
    p->guide = wicki_bound_trace(w, b, guide, b->cut ? wicki_cut_draws(w) : NULL);
    wick_program replayed = wick_wrap(w, b->model, wick_replay(w, p->guide));
    if (b->sum_model)
        replayed = wick_wrap(w, replayed, wicki_enumerate_all(w));
    p->model = wicki_bound_trace(w, b, replayed, NULL);
    const wicki_match match = { b->loss, p->model, p->guide, b->sum_model, b->sum_guide };
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
static wicki_pair **run_draw(wick *w, const wicki_bound *b, wicki_pair **last)
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

/* How often the programs are run for their draws. */
static size_t runs_of(const wicki_bound *b)
{
    return b->options.vectorize_particles ? 1 : b->options.num_particles;
}

wicki_pair *wicki_bound_run(wick *w, wicki_bound *b, const wick_elbo_options *options)
{
    wicki_pair *first = NULL, **last = take_options(w, b, options) ? &first : NULL;

    for (size_t i = 0; last && i < runs_of(b); i++)
        last = wicki_ok(w) ? run_draw(w, b, last) : NULL;
    return last ? first : NULL;
}

/* --- terms ------------------------------------------------------------------------------------ */

static bool is_latent(const wick_site *s)
{
    return s->type == WICK_SAMPLE && !s->observed;
}

/* A term of a site: its density, unscaled. The weight of the KL is of latent sites. */
static void add_term(wick *w, const wicki_bound *b, wicki_contraction *c, const wick_site *s,
    wick_node *density, bool latent, double weight)
{
    if (density && latent && b->kl_weight.w)
        density = wicki_node_of(w, b->loss, wick_mul(wicki_var_of(w, density), b->kl_weight));
    wicki_contraction_add(c,
        &(wicki_factor){ .density = density,
            .plates = wicki_set_of_kind(w, s->plates, WICKI_PLATE),
            .scale = s->scale,
            .weight = weight,
            .site = s->name });
}

/*
 * Of a draw with a score: E[grad log q] is 0, so that its own cost log q counts as a number. In a
 * bound of several particles it does not, since their shares depend on the draw.
 */
static wick_node *as_number(wick *w, const wicki_bound *b, const wick_site *s, wick_node *density)
{
    const bool has_score = !s->observed && !s->enumerate && !s->dist.type->reparameterised;

    if (!density || !has_score || b->renyi || b->wake)
        return density;
    return wicki_node_of(w, b->loss, wick_detach(wicki_var_of(w, density)));
}

static void add_guide_site(wick *w, const wicki_bound *b, wicki_contraction *c, const wick_site *s,
    wick_node *log_q, double weight)
{
    wick_node *density = log_q && !s->mask.w ? log_q : wicki_site_density(w, s, true);

    add_term(w, b, c, s, as_number(w, b, s, density), !s->observed, weight);
}

/* A site that is summed out enters with its whole probability; the others with their masks. */
static void add_model_site(wick *w, const wicki_bound *b, const wicki_pair *p, wicki_contraction *c,
    const wick_site *s, double weight)
{
    const bool summed = s->enumerated && !wicki_trace_find(p->guide, s->name);

    add_term(w, b, c, s, wicki_site_density(w, s, !summed), !s->observed && !summed, weight);
}

void wicki_add_guide(
    wick *w, const wicki_bound *b, const wicki_pair *p, wicki_contraction *c, double weight)
{
    size_t next = 0;

    for (const wick_site *s = wick_trace_first(p->guide); s && wicki_ok(w); s = wick_site_next(s))
        if (wicki_site_counts(s))
            add_guide_site(w, b, c, s, wicki_choice_log_q(p->choices, &next, s), weight);
}

void wicki_add_model(
    wick *w, const wicki_bound *b, const wicki_pair *p, wicki_contraction *c, double weight)
{
    for (const wick_site *s = wick_trace_first(p->model); s && wicki_ok(w); s = wick_site_next(s))
        if (wicki_site_counts(s))
            add_model_site(w, b, p, c, s, weight);
}

/* --- divergences in closed form --------------------------------------------------------------- */

/*
 * E_q[log q(z) - log p(z)] given what was drawn besides is KL(q || p), if neither distribution
 * depends on z. The search goes back from their parameters, to what was recorded after z only.
 */
typedef struct search {
    uint32_t *seen; /* by node: the number of the last search that met it */
    wick_node **left;
    uint32_t n_nodes, number;
    uint32_t before; /* the enumerated variables of the guide before the site */
    bool on_path;    /* a site of the guide is enumerated one value at a time */
} search;

static bool search_begin(wick *w, search *s, const wick_trace *guide)
{
    *s = (search){ .n_nodes = w->tape->n_nodes };
    s->seen = wicki_alloc_zero(w, s->n_nodes * sizeof *s->seen);
    s->left = wick_alloc(w, s->n_nodes * sizeof *s->left);
    for (const wick_site *g = wick_trace_first(guide); g; g = wick_site_next(g))
        if (g->type == WICK_SAMPLE && g->enumerate == WICK_SEQUENTIAL)
            s->on_path = true;
    return wicki_ok(w);
}

static size_t push(search *s, size_t n, wick_node *node, uint32_t after)
{
    if (!wicki_on_tape(node) || node->id < after || node->id >= s->n_nodes ||
        s->seen[node->id] == s->number)
        return n;
    s->seen[node->id] = s->number;
    s->left[n] = node;
    return n + 1;
}

/* Was a node made from the value? */
static bool leads_to(search *s, wick_node *from, uint32_t value)
{
    size_t n = push(s, 0, from, value);

    while (n > 0) {
        const wick_node *node = s->left[--n];
        if (node->id == value)
            return true;
        for (uint32_t j = 0; j < node->n_in; j++)
            n = push(s, n, node->in[j], value);
    }
    return false;
}

/* The values of a variable that is enumerated later have probabilities that may depend on z. */
static bool varies_over_later(wick *w, const search *s, const wick_node *node)
{
    const uint32_t all = wicki_set_of_kind(w, node->dims, WICKI_ENUMERATED);

    return !wicki_set_within(w, all, s->before);
}

static bool is_given(wick *w, search *s, const wick_dist *dist, uint32_t value)
{
    for (size_t i = 0; i < dist->n_bases; i++)
        if (!is_given(w, s, &dist->base[i], value))
            return false;
    for (size_t i = 0; i < dist->type->n_parameters; i++) {
        const wick_var x = dist->parameter[i].var;
        wick_node *node = x.w ? w->tape->node[x.node] : NULL;
        if (node && (varies_over_later(w, s, node) || leads_to(s, node, value)))
            return false;
    }
    return true;
}

/* What C code read, and values that are on a path, may have gone anywhere. */
static bool is_closed(wick *w, search *s, const wick_site *q, const wick_site *p)
{
    if (!p || q->enumerate || w->tape->read || s->on_path || p->value.node != q->value.node)
        return false;
    s->number++;
    return is_given(w, s, &q->dist, q->value.node) && is_given(w, s, &p->dist, q->value.node);
}

static wick_node *masked(wick *w, const char *function, wick_node *x, wick_var mask)
{
    return x && mask.w ? wicki_node_of(w, function, wick_where(mask, wicki_var_of(w, x), 0.0)) : x;
}

static bool has_event(wick *w, wick_var mask)
{
    return mask.w && w->tape->node[mask.node]->rank > 0;
}

/*
 * log p counts by the model's mask and scale, log q by the guide's. Where they differ, what is left
 * of log q is taken at the draw.
 */
static bool add_closed(wick *w, const wicki_bound *b, wicki_contraction *c, const wick_site *q,
    const wick_site *p, double weight)
{
    const char *outer = w->site;

    w->site = q->name;
    wick_node *kl = has_event(w, p->mask) ? NULL : wicki_kl(w, &q->dist, &p->dist);
    w->site = outer;
    if (!kl)
        return false;
    add_term(w, b, c, p, masked(w, b->loss, kl, p->mask), true, weight);
    if (p->scale == q->scale && p->mask.w == q->mask.w && p->mask.node == q->mask.node)
        return true;
    wick_site as_model = *q;
    as_model.mask = p->mask;
    as_model.scale = p->scale;
    add_guide_site(w, b, c, q, NULL, weight);
    add_guide_site(w, b, c, &as_model, NULL, -weight);
    return true;
}

/* A site of the guide, with that of the model if it is there. */
static void add_site_of_both(wick *w, const wicki_bound *b, const wicki_pair *p,
    wicki_contraction *c, search *found, const wick_site *s, wick_node *log_q, double weight)
{
    const wick_site *other = is_latent(s) ? wicki_trace_find(p->model, s->name) : NULL;
    const bool counts = wicki_site_counts(s);

    if (counts && is_closed(w, found, s, other) && add_closed(w, b, c, s, other, weight))
        return;
    if (counts)
        add_guide_site(w, b, c, s, log_q, weight);
    if (other && wicki_site_counts(other))
        add_model_site(w, b, p, c, other, -weight);
}

static void add_closed_or_drawn(
    wick *w, const wicki_bound *b, const wicki_pair *p, wicki_contraction *c, double weight)
{
    search found;
    size_t next = 0;

    if (!search_begin(w, &found, p->guide))
        return;
    for (const wick_site *s = wick_trace_first(p->guide); s && wicki_ok(w); s = wick_site_next(s)) {
        wick_node *log_q = wicki_choice_log_q(p->choices, &next, s);
        add_site_of_both(w, b, p, c, &found, s, log_q, weight);
        if (s->enumerated)
            found.before = wicki_set_with(w, found.before, s->enumerated);
    }
    for (const wick_site *s = wick_trace_first(p->model); s && wicki_ok(w); s = wick_site_next(s)) {
        const wick_site *other = wicki_trace_find(p->guide, s->name);
        if (wicki_site_counts(s) && !(other && is_latent(other)))
            add_model_site(w, b, p, c, s, -weight);
    }
}

/* --- the losses ------------------------------------------------------------------------------- */

static void add_pair(wick *w, const wicki_bound *b, wicki_contraction *c, const wicki_pair *p)
{
    const double weight = 1.0 / (double)runs_of(b);

    wicki_choices_hold(w, c, p->choices);
    if (b->closed_kl) {
        add_closed_or_drawn(w, b, p, c, weight);
    } else {
        wicki_add_guide(w, b, p, c, weight);
        wicki_add_model(w, b, p, c, -weight);
    }
    if (p->choices && wicki_ok(w))
        wicki_expect(w, c, p->choices, weight, b->options.baseline);
}

/* The mean over the draws of log q - log p: one node sums all terms of all draws. */
static wick_var elbo(wick *w, wicki_bound b, const wick_elbo_options *options)
{
    const wicki_pair *first = wicki_bound_run(w, &b, options);
    wicki_contraction *c = first ? wicki_contraction_new(w, WICKI_SUM, true) : NULL;

    for (const wicki_pair *p = first; p && wicki_ok(w); p = p->next)
        add_pair(w, &b, c, p);
    return wicki_var_of(w, wicki_contract(c));
}

wick_var wick_trace_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    const wicki_bound b = { .loss = "wick_trace_elbo", .model = model, .guide = guide };

    return elbo(w, b, options);
}

wick_var wick_trace_enum_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    const wicki_bound b = { .loss = "wick_trace_enum_elbo",
        .model = model,
        .guide = guide,
        .sum_model = true,
        .sum_guide = true };

    return elbo(w, b, options);
}

wick_var wick_trace_mean_field_elbo(
    wick *w, wick_program model, wick_program guide, const void *options)
{
    const wicki_bound b = { .loss = "wick_trace_mean_field_elbo",
        .model = model,
        .guide = guide,
        .sum_model = true,
        .sum_guide = true,
        .closed_kl = true };

    return elbo(w, b, options);
}
