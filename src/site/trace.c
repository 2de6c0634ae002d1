/* Recording the sites of a run, and playing them back. */
#include "site/site.h"
#include "site/stack.h"

struct wick_trace {
    wick_handler handler;
    wick *w;
    uint32_t serial;
    wick_site *first, *last;
    size_t count, capacity;
    wick_site **table; /* open addressing by the address of the name */
};

/* --- recording --------------------------------------------------------------------------------- */

static wick_site **slot_of(wick_site **table, size_t capacity, const char *name)
{
    size_t i = (size_t)(wicki_name_of(name)->hash & (capacity - 1));

    while (table[i] && table[i]->name != name)
        i = (i + 1) & (capacity - 1);
    return &table[i];
}

static bool grow(wick *w, wick_trace *trace)
{
    const size_t capacity = trace->capacity ? 2 * trace->capacity : 16;
    wick_site **table = wicki_alloc_zero(w, capacity * sizeof *table);

    if (!table)
        return false;
    for (wick_site *s = trace->first; s; s = s->next)
        *slot_of(table, capacity, s->name) = s;
    trace->table = table;
    trace->capacity = capacity;
    return true;
}

/* A parameter may be met again; any other name only once. */
static void fail_if_clash(wick *w, const wick_site *met, const wick_site *site)
{
    if (met->type == WICK_PARAM && site->type == WICK_PARAM)
        return;
    wick_fail(w, WICK_ERR_NAME,
        "two sites are named '%s'%s; give each its own name, in loops with "
        "wick_name(w, \"%s_%%d\", i)",
        site->name, met->type != site->type ? ", of different types" : "", site->name);
}

/* The first trace that meets a message keeps it; others keep copies. NULL after an error. */
static wick_site *kept_by_a_trace(wick *w, wick_site *site)
{
    wick_site *kept = site->recorded ? wicki_alloc(w, sizeof *kept) : site;

    if (!kept)
        return NULL;
    if (kept != site)
        *kept = *site;
    kept->recorded = true;
    kept->next = NULL;
    return kept;
}

static void record(wick *w, wick_handler *self, wick_site *site)
{
    wick_trace *trace = (wick_trace *)self;

    if (2 * (trace->count + 1) > trace->capacity && !grow(w, trace))
        return;
    wick_site **slot = slot_of(trace->table, trace->capacity, site->name);
    if (*slot) {
        fail_if_clash(w, *slot, site);
        return;
    }
    wick_site *kept = kept_by_a_trace(w, site);
    if (!kept)
        return;
    *slot = kept;
    if (trace->last)
        trace->last->next = kept;
    else
        trace->first = kept;
    trace->last = kept;
    trace->count++;
}

static wick_trace *new_trace(wick *w)
{
    wick_trace *trace = wick_alloc(w, sizeof *trace);

    if (trace)
        *trace = (wick_trace){
            .handler = { .postprocess = record, .serial = w->serial }, .w = w, .serial = w->serial
        };
    return trace;
}

wick_handler *wick_record_trace(wick *w, wick_trace **trace)
{
    *trace = new_trace(w);
    return *trace ? &(*trace)->handler : NULL;
}

wick_trace *wick_trace_run(wick *w, wick_program program)
{
    wick_trace *trace = new_trace(w);

    if (!trace)
        return NULL;
    w->tape->runs++;
    WICK_WITH (w, &trace->handler)
        wicki_run(w, "wick_trace_run", program);
    return wicki_ok(w) ? trace : NULL;
}

/* --- looking ----------------------------------------------------------------------------------- */

static bool alive(const wick_trace *trace)
{
    return trace && wicki_ok(trace->w) && trace->serial == trace->w->serial;
}

const wick_site *wick_trace_first(const wick_trace *trace)
{
    return alive(trace) ? trace->first : NULL;
}

const wick_site *wick_site_next(const wick_site *site)
{
    return site ? site->next : NULL;
}

const wick_site *wicki_trace_find(const wick_trace *trace, const char *interned)
{
    return trace->capacity ? *slot_of(trace->table, trace->capacity, interned) : NULL;
}

const wick_site *wick_trace_find(const wick_trace *trace, const char *text)
{
    const wicki_name *name = alive(trace) ? wicki_intern(trace->w, "wick_trace_find", text) : NULL;

    return name ? wicki_trace_find(trace, name->text) : NULL;
}

size_t wick_trace_get(const wick_trace *trace, const char *name, double *out, size_t count)
{
    const wick_site *site = wick_trace_find(trace, name);

    if (site)
        return wick_get(site->value, out, count);
    if (!alive(trace))
        return 0;
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    for (const wick_site *s = trace->first; s; s = s->next)
        wicki_text_add(&text, "%s'%s'", s == trace->first ? "" : ", ", s->name);
    wick_fail(trace->w, WICK_ERR_NAME, "wick_trace_get: the trace has no site '%s'; it has %s",
        name, trace->first ? buffer : "none");
    return 0;
}

/* --- replaying --------------------------------------------------------------------------------- */

typedef struct replay {
    wick_handler handler;
    const wick_trace *trace;
} replay;

static void take_recorded(wick *w, wick_handler *self, wick_site *site)
{
    const replay *r = (const replay *)self;
    const wick_site *met =
        site->type == WICK_SAMPLE ? wicki_trace_find(r->trace, site->name) : NULL;

    if (!met || met->type != WICK_SAMPLE || met->observed || site->observed || site->value.w)
        return;
    if (met->plates != site->plates) {
        char buffer[256];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add(&text, "the replayed site stands in plates (");
        wicki_text_add_set(&text, w, met->plates);
        wicki_text_add(&text, "), this one in (");
        wicki_text_add_set(&text, w, site->plates);
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_replay: %s); open the same plates around it in the guide and in the model",
            buffer);
        return;
    }
    site->value = met->value;
    site->enumerated = met->enumerated;
}

/* A trace of an earlier step may be gone: it is not looked at unless its memory is in use. */
static bool is_of_this_tape(const wick *w, const wick_trace *trace)
{
    return (uintptr_t)trace % WICKI_SMALL_ALIGN == 0 &&
        wicki_arena_holds(&w->arena, trace, sizeof *trace) && trace->w == w &&
        trace->serial == w->serial && trace->handler.postprocess == record;
}

wick_handler *wick_replay(wick *w, const wick_trace *trace)
{
    replay *r = wick_alloc(w, sizeof *r);

    if (!r)
        return NULL;
    if (!is_of_this_tape(w, trace)) {
        wick_fail(w, WICK_ERR_STATE,
            "wick_replay: the trace is NULL, from another handle or from an earlier step; across "
            "steps use wick_condition with copied values");
        return NULL;
    }
    *r = (replay){ .handler = { .process = take_recorded, .serial = w->serial }, .trace = trace };
    return &r->handler;
}
