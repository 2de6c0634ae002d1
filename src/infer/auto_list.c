/* Lists of guides, for some of the sites of a model each. */
#include "infer/auto.h"

#include "infer/match.h"

#include <string.h>

static const char FUNCTION[] = "wick_auto_list_new";

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

/* --- running it -------------------------------------------------------------------------------- */

static void run(wick *w, wick_guide *guide)
{
    for (size_t i = 0; i < guide->n_parts && wicki_ok(w); i++) {
        const wick_guide_part *part = &guide->parts[i];
        if (part->guide)
            part->guide->reading = guide->reading;
        wick_call(w, part->guide ? wick_guide_program(part->guide) : part->program);
        if (part->guide)
            part->guide->reading = false;
    }
}

const wicki_auto_kind wicki_auto_list = {
    .name = "AutoGuideList", .function = FUNCTION, .what = "parts one after the other", .run = run
};

/* --- who has which site ------------------------------------------------------------------------ */

/* In one run of the model: traces of the parts that are programs, NULL for guides. */
typedef struct cast {
    const wick_trace *model;
    const wick_trace **part;
} cast;

static bool part_has(const wick_guide *list, const cast *c, size_t i, const char *name)
{
    if (list->parts[i].guide)
        return wicki_auto_find(list->parts[i].guide, name);
    const wick_site *site = wick_trace_find(c->part[i], name);
    return site && is_latent(site);
}

static void run_programs(wick *w, const wick_guide *list, cast *c)
{
    c->part = wicki_alloc_zero(w, list->n_parts * sizeof *c->part);
    for (size_t i = 0; i < list->n_parts && wicki_ok(w); i++)
        if (!list->parts[i].guide)
            c->part[i] = wick_trace_run(w, list->parts[i].program);
}

static void fail_unknown(wick *w, size_t part, const char *name)
{
    wick_fail(w, WICK_ERR_NAME,
        "%s: part %zu has a site '%s' that is no latent site of the model; take it out, or mark it "
        "by wick_auxiliary",
        FUNCTION, part, name);
}

static bool in_model(const cast *c, const char *name)
{
    const wick_site *site = wick_trace_find(c->model, name);

    return site && is_latent(site);
}

static void check_part(wick *w, const wick_guide *list, const cast *c, size_t i)
{
    const wick_guide *guide = list->parts[i].guide;

    for (const wicki_auto_site *s = guide ? guide->sites : NULL; s && wicki_ok(w); s = s->next)
        if (!in_model(c, s->name))
            fail_unknown(w, i, s->name);
    for (const wick_site *s = guide ? NULL : wick_trace_first(c->part[i]); s && wicki_ok(w);
         s = wick_site_next(s))
        if (is_latent(s) && !s->dist.auxiliary && !in_model(c, s->name))
            fail_unknown(w, i, s->name);
}

/* The part that has a site; n_parts if none has, which only sites that are summed out may be. */
static size_t owner(wick *w, const wick_guide *list, const cast *c, const wick_site *site)
{
    size_t part = list->n_parts;

    for (size_t i = 0; i < list->n_parts; i++) {
        if (!part_has(list, c, i, site->name))
            continue;
        if (part < list->n_parts)
            wick_fail(w, WICK_ERR_NAME,
                "%s: parts %zu and %zu both have the site '%s'; name it in .hide of one of them",
                FUNCTION, part, i, site->name);
        part = i;
    }
    if (part == list->n_parts && !wicki_auto_is_summed(w, site))
        wick_fail(w, WICK_ERR_NAME,
            "%s: no part has the site '%s'; add it to .expose of one of them, or a part of its own",
            FUNCTION, site->name);
    return part;
}

static void find_sites(wick *w, wick_guide *list)
{
    cast c = { .model = wick_trace_run(w, list->model) };

    run_programs(w, list, &c);
    for (const wick_site *s = wick_trace_first(c.model); s && wicki_ok(w); s = wick_site_next(s)) {
        const size_t part = is_latent(s) ? owner(w, list, &c, s) : list->n_parts;
        wicki_auto_site *added =
            part < list->n_parts && wicki_ok(w) ? wicki_auto_add(w, list, s) : NULL;
        if (added)
            added->part = part;
    }
    for (size_t i = 0; i < list->n_parts && wicki_ok(w); i++)
        check_part(w, list, &c, i);
}

/* --- making one -------------------------------------------------------------------------------- */

static void check_options(wick *w, size_t n, const wick_guide_part *parts)
{
    if (n == 0 || !parts)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: there are no parts; need at least one", FUNCTION);
    for (size_t i = 0; i < n && wicki_ok(w); i++)
        if (!parts[i].guide == !parts[i].program.fn)
            wick_fail(w, WICK_ERR_ARGUMENT, "%s: part %zu has %s; need a guide or a program",
                FUNCTION, i,
                parts[i].guide ? "a guide and a program" : "neither a guide nor a program");
        else if (parts[i].guide && parts[i].guide->w != w)
            wick_fail(w, WICK_ERR_STATE, "%s: part %zu belongs to another handle", FUNCTION, i);
}

wick_guide *wick_auto_list_new(wick *w, wick_program model, size_t n, const wick_guide_part *parts)
{
    wicki_sandbox sandbox;

    if (!wicki_ok(w))
        return NULL;
    check_options(w, n, parts);
    wick_guide *list = wicki_ok(w) ? wicki_allocate(w, sizeof *list) : NULL;
    if (!list)
        return NULL;
    *list = (wick_guide){ .w = w, .kind = &wicki_auto_list, .model = model, .n_parts = n };
    list->parts = wicki_allocate(w, n * sizeof *parts);
    if (list->parts)
        memcpy(list->parts, parts, n * sizeof *parts);
    const size_t known = w->store->count;
    if (wicki_sandbox_open(w, &sandbox)) {
        find_sites(w, list);
        wicki_sandbox_close(w, &sandbox);
        wicki_store_truncate(w, known);
    }
    if (wicki_ok(w))
        return list;
    wick_guide_free(list);
    return NULL;
}
