/* The guide of point estimates. */
#include "dist/dist.h"
#include "infer/match.h"
#include "site/sandbox.h"

#include <stdlib.h>
#include <string.h>

enum { DRAWS = 15 };

/* A latent site of the model, as the prototype run showed it. */
typedef struct point {
    const char *name, *param; /* interned */
    wick_constraint constraint;
    size_t rank, sizes[WICK_MAX_RANK], elements;
    size_t n_plates, members; /* members: present in the prototype run */
    wick_plate_options plates[WICK_MAX_DIMS];
    double *start; /* default initial value, in memory order */
    struct point *next;
} point;

struct wick_guide {
    wick *w;
    wick_program model;
    wick_auto_options options;
    point *points;
    uint64_t start_seed; /* of the default initial values, plus 1; 0: there are none */
};

/* --- the prototype run ------------------------------------------------------------------------- */

static bool exposed(const wick_auto_options *o, const char *name)
{
    const char *const *e = o->expose;

    if (!e)
        return true;
    while (*e && strcmp(*e, name) != 0)
        e++;
    return *e != NULL;
}

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

/* There is no parameter that could be moved, nor can it be left to be summed out. */
static void fail_discrete(wick *w, const wick_site *site)
{
    char buffer[192];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_why_not_enumerated(&text, w, &site->dist);
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_auto_delta_new: site '%s' is discrete (%s), so that it has no point estimate, and it "
        "cannot be summed out: %s%s in a guide of your own, and name the other sites in .expose",
        site->name, site->dist.type->name, buffer,
        site->dist.type->cardinality ? " instead of wick_iid or rows of parameters, or sample it"
                                     : "; sample it");
}

static bool is_point(wick *w, const wick_auto_options *o, const wick_site *site)
{
    if (!is_latent(site) || !exposed(o, site->name) || wicki_dist_cardinality(w, &site->dist) > 0)
        return false;
    if (!wicki_is_discrete(&site->dist))
        return true;
    fail_discrete(w, site);
    return false;
}

/* A name in .expose that is not that of a latent site. */
static void fail_exposed(wick *w, const wick_trace *trace, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        if (is_latent(s))
            wicki_text_add(&text, "%s'%s'", text.length > 0 ? ", " : "", s->name);
    wick_fail(w, WICK_ERR_NAME,
        "wick_auto_delta_new: .expose has '%s', which is no latent site of the model; it has %s",
        name, buffer);
}

static void check_exposed(wick *w, const wick_auto_options *o, const wick_trace *trace)
{
    for (const char *const *e = o->expose; e && *e && wicki_ok(w); e++) {
        const wick_site *site = wick_trace_find(trace, *e);
        if (wicki_ok(w) && !(site && is_latent(site)))
            fail_exposed(w, trace, *e);
    }
}

static void set_plates(wick *w, point *p, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (dim->kind == WICKI_PLATE)
            p->plates[p->n_plates++] = (wick_plate_options){ .name = dim->name,
                .size = dim->full,
                .subsample = dim->index ? dim->present : 0,
                .indices = dim->given };
    }
}

static point *new_point(wick *w, const wick_site *site)
{
    const wick_node *node = wicki_node_of(w, "wick_auto_delta_new", site->value);
    const char *param = wick_name(w, "AutoDelta.%s", site->name);

    if (!node || !param)
        return NULL;
    const size_t members = wicki_set_at(w, site->plates)->members;
    point *p = wicki_allocate(w, sizeof *p + members * node->elements * sizeof(double));
    if (!p)
        return NULL;
    *p = (point){ .name = site->name,
        .param = param,
        .constraint = wick_support(site->dist),
        .rank = node->rank,
        .elements = node->elements,
        .members = members,
        .start = (double *)(p + 1) };
    for (size_t i = 0; i < node->rank; i++)
        p->sizes[i] = node->event[i];
    set_plates(w, p, site->plates);
    return p;
}

static void find_points(wick_guide *guide)
{
    wick *w = guide->w;
    point **last = &guide->points;
    const wick_trace *trace = wick_trace_run(w, guide->model);

    check_exposed(w, &guide->options, trace);
    for (const wick_site *s = wick_trace_first(trace); s && wicki_ok(w); s = wick_site_next(s)) {
        if (!is_point(w, &guide->options, s))
            continue;
        *last = new_point(w, s);
        if (*last)
            last = &(*last)->next;
    }
}

wick_guide *wick_auto_delta_new(wick *w, wick_program model, const wick_auto_options *options)
{
    wicki_sandbox sandbox;
    wick_guide *guide = wicki_ok(w) ? wicki_allocate(w, sizeof *guide) : NULL;

    if (!guide)
        return NULL;
    *guide = (wick_guide){ .w = w, .model = model };
    if (options)
        guide->options = *options;
    if (wicki_sandbox_open(w, &sandbox)) {
        find_points(guide);
        wicki_sandbox_close(w, &sandbox);
    }
    if (wicki_ok(w))
        return guide;
    wick_guide_free(guide);
    return NULL;
}

void wick_guide_free(wick_guide *guide)
{
    point *p = guide ? guide->points : NULL;

    while (p) {
        point *next = p->next;
        wicki_release(guide->w, p);
        p = next;
    }
    if (guide)
        wicki_release(guide->w, guide);
}

/* --- default initial values: the median of draws from the prior -------------------------------- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Medians of weights that sum to 1 need not: they are scaled to. */
static void rescale(const point *p)
{
    for (size_t m = 0; p->constraint.kind == WICK_SIMPLEX && m < p->members; m++) {
        double sum = 0.0;
        for (size_t e = 0; e < p->elements; e++)
            sum += p->start[e * p->members + m];
        for (size_t e = 0; e < p->elements; e++)
            p->start[e * p->members + m] /= sum;
    }
}

static void draw_start(wick *w, point *p, const wick_site *site)
{
    const uint32_t open = w->tape->open;
    const wick_node *draw[DRAWS];
    double sorted[DRAWS];

    w->tape->open = site->plates;
    for (uint32_t i = 0; i < DRAWS; i++) {
        w->random = (wicki_random){ w->seed, 0, wicki_name_of(p->param)->hash };
        w->random_key = wicki_random_key(&w->random, i);
        draw[i] = wicki_dist_draw(w, &site->dist);
    }
    w->tape->open = open;
    for (size_t i = 0; wicki_ok(w) && i < p->members * p->elements; i++) {
        for (size_t k = 0; k < DRAWS; k++)
            sorted[k] = draw[k]->value[i];
        qsort(sorted, DRAWS, sizeof *sorted, compare);
        p->start[i] = sorted[DRAWS / 2];
    }
    if (wicki_ok(w))
        rescale(p);
}

static void draw_starts(wick_guide *guide)
{
    wick *w = guide->w;
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(w, &sandbox))
        return;
    const wick_trace *trace = wick_trace_run(w, guide->model);
    for (point *p = guide->points; p && wicki_ok(w); p = p->next) {
        const wick_site *site = wick_trace_find(trace, p->name);
        if (site)
            draw_start(w, p, site);
    }
    wicki_sandbox_close(w, &sandbox);
    if (wicki_ok(w))
        guide->start_seed = w->seed + 1;
}

/* --- the program ------------------------------------------------------------------------------- */

/* Of the site only what an init function may look at. */
static wick_var users_start(const wick_guide *guide, const point *p)
{
    const wick_site site = { .type = WICK_SAMPLE, .name = p->name, .plates = guide->w->tape->open };

    if (!guide->options.init)
        return WICK_VAR_NONE;
    return guide->options.init(guide->w, &site, guide->options.init_arg);
}

/* The default, for all members of the plates: those of a minibatch stand for the others. */
static wick_init default_start(wick_guide *guide, const point *p)
{
    wick *w = guide->w;
    size_t full = 1;

    if (guide->start_seed != w->seed + 1)
        draw_starts(guide);
    for (size_t i = 0; i < p->n_plates; i++)
        full *= p->plates[i].size;
    if (full == p->members) {
        const uint32_t dims = wicki_set_of_kind(w, w->tape->open, WICKI_PLATE);
        return wick_init_var(
            wicki_var_of(w, wicki_leaf(w, p->start, p->rank, p->sizes, dims, false)));
    }
    double *first = wicki_alloc_doubles(w, p->elements);
    for (size_t e = 0; first && e < p->elements; e++)
        first[e] = p->start[e * p->members];
    return wick_init_values_array(first, p->rank, p->sizes);
}

static wick_var point_estimate(wick_guide *guide, const point *p)
{
    wick *w = guide->w;
    wick_init init = wick_init_fill_array(0.0, p->rank, p->sizes);

    if (!wicki_name_of(p->param)->entry) {
        const wick_var start = users_start(guide, p);
        init = start.w ? wick_init_var(start) : default_start(guide, p);
    }
    return wicki_ok(w) ? wick_param(w, p->param, init, p->constraint) : WICK_VAR_NONE;
}

static void run_guide(wick *w, void *arg)
{
    wick_guide *guide = arg;

    for (const point *p = guide->points; p && wicki_ok(w); p = p->next) {
        for (size_t i = 0; i < p->n_plates; i++)
            wick_plate_enter(w, &p->plates[i]);
        wick_sample(w, p->name, wick_delta(point_estimate(guide, p)));
        for (size_t i = 0; i < p->n_plates; i++)
            wick_exit(w);
    }
}

wick_program wick_guide_program(const wick_guide *guide)
{
    return (wick_program){ guide ? run_guide : NULL, (void *)(uintptr_t)guide };
}

size_t wick_guide_get(const wick_guide *guide, const char *site, double *out, size_t count)
{
    if (!guide || !wicki_ok(guide->w))
        return 0;
    return wick_param_get(guide->w, wick_name(guide->w, "AutoDelta.%s", site), out, count);
}
