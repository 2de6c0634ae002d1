/* Where the parameters of an autoguide start: values of init functions become parameters. */
#include "infer/auto.h"

#include "dist/transform.h"
#include "tape/take.h"

#include <string.h>

static bool is_missing(const char *param)
{
    return param && !wicki_name_of(param)->entry;
}

static bool has_missing(const wick_guide *guide)
{
    bool missing = is_missing(guide->param[0]);

    for (const wicki_auto_site *s = guide->sites; s && !missing; s = s->next)
        missing = is_missing(s->param[0]);
    return missing;
}

/* --- one site's value -------------------------------------------------------------------------- */

static bool has_the_event(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const wick_node *x)
{
    bool same = x->rank == s->rank;
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (size_t i = 0; same && i < s->rank; i++)
        same = x->event[i] == s->sizes[i];
    if (same)
        return true;
    wicki_text_add_event(&text, x);
    wicki_text_add(&text, ", a draw of it is ");
    if (s->rank == 0)
        wicki_text_add(&text, "a scalar");
    for (size_t i = 0; i < s->rank; i++)
        wicki_text_add(&text, "[%zu]", s->sizes[i]);
    wick_fail(w, WICK_ERR_SHAPE, "%s: the initial value of '%s' is %s", guide->kind->function,
        s->name, buffer);
    return false;
}

/* Ready functions draw for each member by itself, so that one of them stands for all. */
static bool is_drawn(wick_init_function init)
{
    return init == wick_init_to_median || init == wick_init_to_mean ||
        init == wick_init_to_sample || init == wick_init_to_uniform ||
        init == wick_init_to_feasible;
}

/* Does it vary over the open plates only, and over whole ones unless it was drawn? */
static bool stands_in(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const wick_node *x, bool drawn)
{
    if (!wicki_set_within(w, x->dims, w->tape->open))
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the initial value of '%s' varies over plates that are not open",
            guide->kind->function, s->name);
    else if (x->dims && !s->whole && !drawn)
        wick_fail(w, WICK_ERR_STATE,
            "%s: the initial value of '%s' varies over a minibatch; return one member's value, and "
            "set the parameter '%s' by wick_param_set afterwards",
            guide->kind->function, s->name, s->param[0]);
    return wicki_ok(w);
}

/* Its values for all members, [elements][members]. */
static double *spread(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, wick_node *x, bool drawn)
{
    if (!has_the_event(w, guide, s, x) || !stands_in(w, guide, s, x, drawn))
        return NULL;
    if (s->whole && x->dims)
        x = wicki_expand(w, x, w->tape->open);
    double *values = x ? wicki_alloc_doubles(w, s->elements * s->members) : NULL;
    for (size_t e = 0; values && e < s->elements; e++)
        for (size_t m = 0; m < s->members; m++)
            values[e * s->members + m] = x->value[e * x->members + (s->whole && x->dims ? m : 0)];
    return values;
}

static bool all_hold(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const double *values)
{
    char reason[160];

    for (size_t m = 0; m < s->members; m++)
        if (!wicki_constraint_holds(
                s->support, s->rank, s->sizes, values + m, s->members, reason, sizeof reason)) {
            wick_fail(w, WICK_ERR_DOMAIN, "%s: the initial value of '%s', member %zu: %s",
                guide->kind->function, s->name, m, reason);
            return false;
        }
    return true;
}

static double *ask(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const wick_site *site)
{
    const wick_auto_options *o = &guide->options;
    wick_var x = o->init(w, site, o->init_arg);
    const bool left = wicki_ok(w) && !x.w;

    if (left)
        x = wick_init_to_median(w, site, NULL);
    wick_node *node = wicki_node_of(w, guide->kind->function, x);
    double *values = node ? spread(w, guide, s, node, left || is_drawn(o->init)) : NULL;
    return values && all_hold(w, guide, s, values) ? values : NULL;
}

/* A model may have changed since the guide was made. */
static double *start_of(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const wick_trace *trace)
{
    const wick_site *site = wick_trace_find(trace, s->name);

    if (!wicki_ok(w))
        return NULL;
    if (!site) {
        wick_fail(w, WICK_ERR_NAME,
            "%s: the model had a site '%s' when the guide was made, and has none now; make the "
            "guide anew",
            guide->kind->function, s->name);
        return NULL;
    }
    w->site = s->name;
    wicki_auto_enter(w, guide, s);
    double *values = ask(w, guide, s, site);
    wicki_auto_exit(w, s);
    w->site = NULL;
    return wicki_ok(w) ? values : NULL;
}

static double *coordinates_of(wick *w, const wicki_auto_site *s, const double *values)
{
    double *out = values ? wicki_alloc_doubles(w, s->coordinates * s->members) : NULL;

    for (size_t m = 0; out && m < s->members; m++)
        wicki_biject_inverse(s->support, s->rank, s->sizes, values + m, out + m, s->members);
    return out;
}

/* --- parameters -------------------------------------------------------------------------------- */

static void add_entry(wick *w, wicki_entry *prototype, const double *values)
{
    wicki_entry *entry = wicki_ok(w) ? wicki_store_add(w, prototype) : NULL;

    if (entry && !wicki_entry_set(w, "wick_param", entry, values))
        wicki_store_truncate(w, w->store->count - 1);
}

/* One value for each member, kept for the whole plates. */
static void add_local(
    wick *w, const wick_guide *guide, const wicki_auto_site *s, const double *values)
{
    const bool same = guide->kind->point && guide->options.space == WICK_MAP_CONSTRAINED;
    const double *x = same ? values : coordinates_of(w, s, values);
    wicki_entry entry = { .name = s->param[0],
        .constraint = same ? s->support : wick_real(),
        .rank = same ? s->rank : s->coordinate_rank,
        .elements = same ? s->elements : s->coordinates,
        .n_plates = s->n_plates,
        .members = s->members };

    memcpy(entry.sizes, same ? s->sizes : s->coordinate_sizes, sizeof entry.sizes);
    for (size_t i = 0; i < s->n_plates; i++) {
        entry.plates[i] = s->plates[i].name;
        entry.plate_sizes[i] = s->plates[i].size;
    }
    if (x)
        add_entry(w, &entry, x);
}

static void put(const wicki_auto_site *s, const double *coordinates, double *joint)
{
    for (size_t m = 0; m < s->members; m++)
        for (size_t e = 0; e < s->coordinates; e++)
            joint[s->first + m * s->coordinates + e] = coordinates[e * s->members + m];
}

static void find_joint(wick *w, const wick_guide *guide, const wick_trace *trace, double *joint)
{
    for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next) {
        const double *x = coordinates_of(w, s, start_of(w, guide, s, trace));
        if (x)
            put(s, x, joint);
    }
}

static void add_joint(wick *w, const wick_guide *guide, const wick_trace *trace)
{
    const size_t n = guide->dimension;
    double *joint = wicki_alloc_doubles(w, n);
    wicki_entry entry = { .name = guide->param[0],
        .constraint = wick_real(),
        .rank = 1,
        .sizes = { n },
        .elements = n,
        .members = 1 };

    if (joint)
        find_joint(w, guide, trace, joint);
    if (wicki_ok(w))
        add_entry(w, &entry, joint);
}

bool wicki_auto_start_joint(wick *w, const wick_guide *guide, double *joint)
{
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(w, &sandbox))
        return false;
    const wick_trace *trace = wick_trace_run(w, guide->model);
    if (trace)
        find_joint(w, guide, trace, joint);
    wicki_sandbox_close(w, &sandbox);
    return wicki_ok(w);
}

void wicki_auto_start(wick *w, wick_guide *guide)
{
    wicki_sandbox sandbox;

    if (!wicki_ok(w) || !has_missing(guide) || !wicki_sandbox_open(w, &sandbox))
        return;
    const wick_trace *trace = wick_trace_run(w, guide->model);
    if (trace && is_missing(guide->param[0]))
        add_joint(w, guide, trace);
    for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next) {
        const double *values = is_missing(s->param[0]) ? start_of(w, guide, s, trace) : NULL;
        if (values)
            add_local(w, guide, s, values);
    }
    wicki_sandbox_close(w, &sandbox);
}
