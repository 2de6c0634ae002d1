/* Recording a program on a tape of its own. */
#include "graph/graph.h"

#include "site/stack.h"

#include <string.h>

/* --- running it ------------------------------------------------------------------------------ */

/* The outermost handler: what is blocked inside does not reach it. */
typedef struct collector {
    wick_handler handler;
    wicki_outcome *outcome;
} collector;

static bool room_for_param(wick *w, wicki_outcome *o)
{
    if (o->n_params < o->capacity)
        return true;
    const size_t capacity = o->capacity ? 2 * o->capacity : 16;
    wicki_graph_param *list = wick_alloc(w, capacity * sizeof *list);
    if (!list)
        return false;
    if (o->n_params > 0)
        memcpy(list, o->param, o->n_params * sizeof *list);
    o->param = list;
    o->capacity = capacity;
    return true;
}

static void collect(wick *w, wick_handler *self, wick_site *site)
{
    wicki_outcome *o = ((collector *)self)->outcome;
    wicki_entry *entry = site->entry;

    if (site->type != WICK_PARAM || !entry || site->frozen || entry->met == w->serial ||
        !room_for_param(w, o))
        return;
    entry->met = w->serial;
    o->param[o->n_params++] = (wicki_graph_param){
        .entry = entry, .leaf = entry->leaf, .gradient = entry->leaf->op ? entry->gradient : NULL
    };
}

bool wicki_recorder_run(wick *w, const wicki_recorder *what, wicki_outcome *outcome)
{
    collector c = { .handler.postprocess = collect, .outcome = outcome };
    wick_var x = WICK_VAR_NONE;

    *outcome = (wicki_outcome){ .result = NULL };
    WICK_WITH (w, &c.handler) {
        const wicki_scope scope = wicki_scope_now(w);
        const uint32_t serial = w->serial;
        x = what->function(w, what->arg);
        const char *left = wicki_scope_return(w, &scope); /* the collector is not the function's */
        if (left && w->serial == serial)
            wick_fail(w, WICK_ERR_STATE,
                "%s ended with '%s' still open; do not leave WICK_PLATE or WICK_WITH by break, "
                "return or goto",
                what->name, left);
    }
    wick_node *result = wicki_node_of(w, what->name, x);
    if (result && (result->members != 1 || result->elements != 1))
        wick_fail(w, WICK_ERR_SHAPE, "%s is %s, need a scalar; sum it first", what->name,
            wick_format_var(x));
    outcome->result = wicki_ok(w) ? result : NULL;
    return outcome->result;
}

/* --- keeping it ------------------------------------------------------------------------------ */

/* Nodes see the recording's handle instead of the user's. */
static void take_over(wicki_recording *r)
{
    for (uint32_t i = 0; i < r->tape.n_nodes; i++) {
        wick_node *node = r->tape.node[i];
        node->w = &r->handle;
        for (uint32_t j = 0; j < node->n_in; j++)
            node->in[j]->w = &r->handle;
    }
}

static void begin(wick *w, const wicki_tiling *tiling)
{
    wicki_tape_reset(w->tape);
    *w->stack = (wicki_stack){ .top = NULL };
    wicki_new_serial(w);
    w->site = NULL;
    if (!tiling)
        return;
    w->tape->tiling = true;
    w->tape->tiled = tiling->plate;
    w->tape->tile = tiling->tile;
    w->tape->first = tiling->first;
    w->tape->choose = tiling->choose;
    w->tape->whole = tiling->whole;
    w->tape->again = tiling->again;
}

static void keep_tape(wicki_recording *r, const wick *w)
{
    r->handle = *w;
    r->tape = *w->tape;
    r->handle.tape = &r->tape;
    r->handle.dims = &r->tape.dims;
    take_over(r);
}

static wicki_recording *new_recording(wick *w, bool passing)
{
    wicki_reset(w);
    wicki_recording *r = passing ? wicki_alloc_zero(w, sizeof *r) : wicki_allocate(w, sizeof *r);
    if (r)
        r->passing = passing;
    return r;
}

wicki_recording *wicki_recording_new(
    wick *w, const wicki_recorder *what, const wicki_tiling *tiling, const char **tiled)
{
    const bool passing = tiling && tiling->passing;
    wicki_recording *r = wicki_ok(w) ? new_recording(w, passing) : NULL;

    if (!r)
        return NULL;
    const wicki_arena arena = w->arena;
    if (!passing)
        wicki_arena_init(&w->arena, &w->allocator);
    begin(w, tiling);
    wicki_recorder_run(w, what, &r->outcome);
    keep_tape(r, w);
    if (tiled)
        *tiled = r->tape.tiled;
    if (!passing)
        w->arena = arena;
    begin(w, NULL);
    if (r->outcome.result)
        return r;
    wicki_recording_free(r);
    return NULL;
}

void wicki_recording_free(wicki_recording *r)
{
    if (!r || r->passing)
        return;
    const wick_allocator allocator = r->handle.allocator;
    wicki_arena_free(&r->handle.arena);
    allocator.release(r, allocator.arg);
}
