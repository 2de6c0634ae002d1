/* The sites that an autoguide covers, and what is known of them. */
#include "infer/auto.h"

#include "dist/transform.h"
#include "infer/match.h"

#include <string.h>

/* --- which sites are covered ------------------------------------------------------------------- */

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

static bool is_listed(const char *const *names, const char *name)
{
    while (names && *names && strcmp(*names, name) != 0)
        names++;
    return names && *names;
}

bool wicki_auto_is_summed(wick *w, const wick_site *site)
{
    return wicki_dist_cardinality(w, &site->dist) > 0;
}

/* There is no parameter that could be moved, nor can it be left to be summed out. */
static void fail_discrete(wick *w, const char *function, const wick_site *site)
{
    char buffer[192];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_why_not_enumerated(&text, w, &site->dist);
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: site '%s' is discrete (%s), so that it has no point estimate, and it "
        "cannot be summed out: %s%s in a guide of your own, and name the other sites in .expose",
        function, site->name, site->dist.type->name, buffer,
        site->dist.type->cardinality ? " instead of wick_iid or rows of parameters, or sample it"
                                     : "; sample it");
}

static bool is_covered(wick *w, const wick_guide *guide, const wick_site *site)
{
    const wick_auto_options *o = &guide->options;

    if (!is_latent(site) || (o->expose && !is_listed(o->expose, site->name)) ||
        is_listed(o->hide, site->name) || wicki_auto_is_summed(w, site))
        return false;
    if (!wicki_is_discrete(&site->dist))
        return true;
    fail_discrete(w, guide->kind->function, site);
    return false;
}

/* A name in a list that is not that of a latent site. */
static void fail_named(
    wick *w, const char *function, const char *option, const wick_trace *trace, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        if (is_latent(s))
            wicki_text_add(&text, "%s'%s'", text.length > 0 ? ", " : "", s->name);
    wick_fail(w, WICK_ERR_NAME, "%s: %s has '%s', which is no latent site of the model; it has %s",
        function, option, name, buffer);
}

static void check_named(wick *w, const char *function, const char *option, const char *const *names,
    const wick_trace *trace)
{
    for (; names && *names && wicki_ok(w); names++) {
        const wick_site *site = wick_trace_find(trace, *names);
        if (wicki_ok(w) && !(site && is_latent(site)))
            fail_named(w, function, option, trace, *names);
    }
}

/* --- what is known of a site ------------------------------------------------------------------- */

static bool comes_before(const wick_plate_options *a, const wick_plate_options *b)
{
    return a->size != b->size ? a->size < b->size : strcmp(a->name, b->name) < 0;
}

static void add_plate(wicki_auto_site *s, const wicki_dim *dim)
{
    const wick_plate_options plate = { .name = dim->name,
        .size = dim->full,
        .subsample = dim->index ? dim->present : 0,
        .indices = dim->given };
    size_t at = s->n_plates++;

    for (; at > 0 && comes_before(&plate, &s->plates[at - 1]); at--)
        s->plates[at] = s->plates[at - 1];
    s->plates[at] = plate;
    s->members *= dim->full;
    s->whole &= !dim->index;
}

static void set_plates(wick *w, wicki_auto_site *s, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);

    s->members = 1;
    s->whole = true;
    for (uint32_t i = 0; i < set->n; i++)
        if (wicki_dim_at(w, set->dim[i])->kind == WICKI_PLATE)
            add_plate(s, wicki_dim_at(w, set->dim[i]));
}

static void set_coordinates(wicki_auto_site *s)
{
    s->coordinate_rank = wicki_biject_size(s->support, s->rank, s->sizes, s->coordinate_sizes);
    s->coordinates = 1;
    for (size_t i = 0; i < s->coordinate_rank; i++)
        s->coordinates *= s->coordinate_sizes[i];
}

void wicki_auto_append(wick_guide *guide, wicki_auto_site *s)
{
    wicki_auto_site **last = &guide->sites;

    while (*last)
        last = &(*last)->next;
    *last = s;
    s->first = guide->dimension;
    guide->dimension += s->coordinates * s->members;
    guide->n_sites++;
}

wicki_auto_site *wicki_auto_add(wick *w, wick_guide *guide, const wick_site *site)
{
    const wick_node *node = wicki_node_of(w, guide->kind->function, site->value);
    wicki_auto_site *s = node ? wicki_allocate(w, sizeof *s) : NULL;

    if (!s)
        return NULL;
    *s = (wicki_auto_site){ .name = site->name,
        .support = wick_support(site->dist),
        .rank = node->rank,
        .elements = node->elements };
    for (size_t i = 0; i < node->rank; i++)
        s->sizes[i] = node->event[i];
    set_plates(w, s, site->plates);
    if (wicki_has_transform(s->support))
        set_coordinates(s);
    wicki_auto_append(guide, s);
    return s;
}

/* Does a bound of a support depend on other sites, so that it is another one in each run? */
static bool depends_on_sites(wick *w, const wick_trace *trace, wick_var bound)
{
    const wick_node *node = wicki_node_of(w, "wick_support", bound);
    bool *needed = node ? wicki_alloc_zero(w, node->id + 1) : NULL;

    if (!needed)
        return false;
    needed[node->id] = true;
    for (uint32_t i = node->id + 1; i-- > 0;)
        for (uint32_t j = 0; needed[i] && j < w->tape->node[i]->n_in; j++)
            if (wicki_on_tape(w->tape->node[i]->in[j]))
                needed[w->tape->node[i]->in[j]->id] = true;
    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        if ((is_latent(s) || s->type == WICK_PARAM) && s->value.node <= node->id &&
            needed[s->value.node])
            return true;
    return false;
}

/* Bounds are numbers from now on: vars are of the prototype's tape. */
static void fix_bounds(
    wick *w, const wick_guide *guide, wicki_auto_site *s, const wick_trace *trace)
{
    wick_constraint *c = &s->support;

    if ((c->lower_var.w && depends_on_sites(w, trace, c->lower_var)) ||
        (c->upper_var.w && depends_on_sites(w, trace, c->upper_var)))
        wick_fail(w, WICK_ERR_DOMAIN,
            "%s: a bound of its support depends on other sites, so that it is another one in each "
            "step; sample a number of fixed support, such as a uniform one between 0 and 1, and "
            "compute the value from it",
            guide->kind->function);
    c->lower_var = c->upper_var = WICK_VAR_NONE;
}

/* Can it be moved by coordinates, and have a part of a joint vector? */
static void check_site(
    wick *w, const wick_guide *guide, wicki_auto_site *s, const wick_trace *trace)
{
    const char *function = guide->kind->function;
    const bool moves = !(guide->kind->point && guide->options.space == WICK_MAP_CONSTRAINED);

    w->site = s->name;
    fix_bounds(w, guide, s, trace);
    if (wicki_need_transform(w, function, s->support) && moves && s->coordinates == 0)
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: %s of one element has no coordinate that could vary; leave it out of the model",
            function, wick_constraint_name(s->support));
    else if (wicki_ok(w) && guide->kind->joint && !s->whole)
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the site is in a subsampled plate, but the guide is joint over all members; take "
            "all members, or cover it by wick_auto_normal_new or wick_auto_delta_new in a "
            "wick_auto_list_new",
            function);
    w->site = NULL;
}

void wicki_auto_find_sites(wick *w, wick_guide *guide)
{
    const wick_trace *trace = wick_trace_run(w, guide->model);

    check_named(w, guide->kind->function, ".expose", guide->options.expose, trace);
    check_named(w, guide->kind->function, ".hide", guide->options.hide, trace);
    for (const wick_site *s = wick_trace_first(trace); s && wicki_ok(w); s = wick_site_next(s)) {
        wicki_auto_site *added = is_covered(w, guide, s) ? wicki_auto_add(w, guide, s) : NULL;
        if (added)
            check_site(w, guide, added, trace);
    }
    if (wicki_ok(w) && guide->kind->joint && guide->dimension == 0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: there is no continuous latent site for it; it needs at least one",
            guide->kind->function);
}
