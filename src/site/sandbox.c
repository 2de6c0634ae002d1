#include "site/sandbox.h"

struct wicki_kept_leaf {
    uint32_t serial;
    wick_node *leaf;
    wick_var constrained;
};

bool wicki_sandbox_open(wick *w, wicki_sandbox *s)
{
    const size_t n = w->store->count;

    if (!wicki_ok(w))
        return false;
    s->mark = wicki_arena_mark(&w->arena);
    s->n_leaves = n;
    s->leaves = n ? wick_alloc(w, n * sizeof *s->leaves) : NULL;
    if (n && !s->leaves)
        return false;
    for (size_t i = 0; i < n; i++) {
        const wicki_entry *e = w->store->entry[i];
        s->leaves[i] = (struct wicki_kept_leaf){ e->serial, e->leaf, e->constrained };
    }
    s->scope = wicki_scope_aside(w);
    s->tape = *w->tape;
    s->tape.open = s->scope.open;
    s->tape.n_open = s->scope.n_open;
    s->serial = w->serial;
    s->site = w->site;
    wicki_tape_reset(w->tape);
    wicki_new_serial(w);
    w->site = NULL;
    return true;
}

/* Names point at the plates of the tape in use. */
static void point_names(wick *w)
{
    const wicki_dims *dims = w->dims;

    for (uint32_t i = 1; i < dims->n_dims; i++)
        if (dims->dim[i].kind == WICKI_PLATE) {
            wicki_name *name = wicki_name_of(dims->dim[i].name);
            name->plate = i;
            name->plate_serial = w->serial;
        }
}

void wicki_sandbox_close(wick *w, const wicki_sandbox *s)
{
    *w->tape = s->tape;
    w->serial = s->serial;
    w->site = s->site;
    wicki_scope_restore(w, &s->scope);
    point_names(w);
    for (size_t i = 0; i < s->n_leaves && i < w->store->count; i++) {
        wicki_entry *e = w->store->entry[i];
        e->serial = s->leaves[i].serial;
        e->leaf = s->leaves[i].leaf;
        e->constrained = s->leaves[i].constrained;
    }
    wicki_arena_release(&w->arena, s->mark);
}
