/* What autoguides share: making and copying one, its program, values from coordinates. */
#include "infer/auto.h"

#include <math.h>

/* --- making one -------------------------------------------------------------------------------- */

static const double INIT_SCALE = 0.1;

static void check_options(wick *w, const wicki_auto_kind *kind, const wick_auto_options *o)
{
    if (o->space != WICK_MAP_CONSTRAINED && !(kind->point && o->space == WICK_MAP_UNCONSTRAINED))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .space is %d, %s", kind->function, (int)o->space,
            kind->point ? "need WICK_MAP_CONSTRAINED or WICK_MAP_UNCONSTRAINED"
                        : "which is an option of wick_auto_delta_new");
    else if (o->init_scale != 0.0 && !kind->scaled)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .init_scale is %g, but a point estimate has no scale",
            kind->function, o->init_scale);
    else if (!(o->init_scale >= 0.0 && o->init_scale < INFINITY))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .init_scale is %g, need a positive finite number",
            kind->function, o->init_scale);
    else if (o->rank > 0 && !kind->ranked)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: .rank is %zu, which is an option of wick_auto_low_rank_new", kind->function,
            o->rank);
}

static wick_guide *new_guide(wick *w, wick_program model, const wicki_auto_kind *kind)
{
    wick_guide *guide = wicki_ok(w) ? wicki_allocate(w, sizeof *guide) : NULL;

    if (guide)
        *guide = (wick_guide){ .w = w, .kind = kind, .model = model };
    return guide;
}

static wick_guide *or_free(wick_guide *guide)
{
    if (wicki_ok(guide->w))
        return guide;
    wick_guide_free(guide);
    return NULL;
}

/* The lists of names are the caller's: they are not looked at again. */
static void keep_options(wick *w, wick_guide *guide)
{
    wick_auto_options *o = &guide->options;

    o->expose = o->hide = NULL;
    o->prefix = wick_name(w, "%s", o->prefix ? o->prefix : guide->kind->name);
    if (!o->init)
        o->init = wick_init_to_median;
    if (o->init_scale == 0.0)
        o->init_scale = INIT_SCALE;
}

wick_guide *wicki_auto_new(
    wick *w, wick_program model, const wick_auto_options *options, const wicki_auto_kind *kind)
{
    wicki_sandbox sandbox;
    wick_guide *guide = new_guide(w, model, kind);

    if (!guide)
        return NULL;
    if (options)
        guide->options = *options;
    check_options(w, kind, &guide->options);
    const size_t known = w->store->count;
    if (wicki_sandbox_open(w, &sandbox)) {
        wicki_auto_find_sites(w, guide);
        wicki_sandbox_close(w, &sandbox);
        wicki_store_truncate(w, known);
    }
    keep_options(w, guide);
    if (wicki_ok(w) && kind->prepare)
        kind->prepare(w, guide);
    return or_free(guide);
}

wick_guide *wicki_auto_copy(const wick_guide *from, const wicki_auto_kind *kind)
{
    wick *w = from->w;
    wick_guide *guide = new_guide(w, from->model, kind);

    if (!guide)
        return NULL;
    guide->options = from->options;
    for (const wicki_auto_site *s = from->sites; s && wicki_ok(w); s = s->next) {
        wicki_auto_site *own = wicki_allocate(w, sizeof *own);
        if (!own)
            break;
        *own = *s;
        own->next = NULL;
        wicki_auto_append(guide, own);
    }
    if (wicki_ok(w) && kind->prepare)
        kind->prepare(w, guide);
    return or_free(guide);
}

void wick_guide_free(wick_guide *guide)
{
    wicki_auto_site *s = guide ? guide->sites : NULL;

    while (s) {
        wicki_auto_site *next = s->next;
        wicki_release(guide->w, s);
        s = next;
    }
    if (!guide)
        return;
    wicki_release(guide->w, guide->parts);
    wicki_release(guide->w, guide);
}

/* --- running it -------------------------------------------------------------------------------- */

static void run_guide(wick *w, void *arg)
{
    wick_guide *guide = arg;

    wicki_auto_start(w, guide);
    if (wicki_ok(w))
        guide->kind->run(w, guide);
}

wick_program wick_guide_program(const wick_guide *guide)
{
    return (wick_program){ guide ? run_guide : NULL, (void *)(uintptr_t)guide };
}

void wicki_auto_enter(wick *w, const wick_guide *guide, const wicki_auto_site *site)
{
    for (size_t i = 0; i < site->n_plates; i++) {
        wick_plate_options plate = site->plates[i];
        if (guide->reading)
            plate = (wick_plate_options){ .name = plate.name, .size = plate.size };
        wick_plate_enter(w, &plate);
    }
}

void wicki_auto_exit(wick *w, const wicki_auto_site *site)
{
    for (size_t i = 0; i < site->n_plates; i++)
        wick_exit(w);
}

wick_var wicki_auto_coordinates(wick *w, const wicki_auto_site *site)
{
    return wick_param(w, site->param[0],
        wick_init_fill_array(0.0, site->coordinate_rank, site->coordinate_sizes), wick_real());
}

wick_var wicki_auto_value(const wicki_auto_site *site, wick_var coordinates)
{
    return wick_biject_to(site->support, coordinates);
}

void wicki_auto_sample(wick *w, const wicki_auto_site *site, wick_var coordinates)
{
    const wick_var value = wicki_auto_value(site, coordinates);

    if (site->support.kind == WICK_REAL)
        wick_sample(w, site->name, wick_delta(value));
    else
        wick_sample(w, site->name,
            wick_delta_density(value, wick_neg(wick_biject_log_det(site->support, coordinates))));
}

/* --- joint vectors ----------------------------------------------------------------------------- */

/* Members first: one plate after the other comes off the front. */
wick_var wicki_auto_take(const wicki_auto_site *site, wick_var joint)
{
    size_t rest = site->coordinates * site->members;
    wick_var x = wick_slice(joint, 0, site->first, rest);

    for (size_t i = 0; i < site->n_plates; i++) {
        const size_t n = site->plates[i].size;
        rest /= n;
        x = wick_split(wick_reshape(x, n, rest), site->plates[i].name);
    }
    return wick_reshape_array(x, site->coordinate_rank, site->coordinate_sizes);
}

void wicki_auto_add_place(wicki_text *text, const wick_guide *guide, size_t place)
{
    const wicki_auto_site *s = guide->sites;

    while (s->next && place >= s->next->first)
        s = s->next;
    wicki_text_add(text, "site '%s'", s->name);
    if (s->members > 1)
        wicki_text_add(text, ", member %zu", (place - s->first) / s->coordinates);
    if (s->coordinates > 1)
        wicki_text_add(text, ", coordinate [%zu]", (place - s->first) % s->coordinates);
}
