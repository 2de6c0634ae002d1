/* The handle's public face: what lives in it, and how it is reset. */
#include "base/allocator.h"
#include "kernel/kernels.h"
#include "site/stack.h"
#include "site/store.h"

/* The handle and what each layer keeps in it, in one piece. */
typedef struct whole {
    wick handle;
    wicki_tape tape;
    wicki_stack stack;
    wicki_store store;
} whole;

static void describe(const wick *w, wicki_text *text)
{
    const uint32_t open = w->tape->open;

    if (!w->site && !open)
        return;
    wicki_text_add(text, " (");
    if (w->site)
        wicki_text_add(text, "at site '%s'%s", w->site, open ? ", " : "");
    if (open) {
        wicki_text_add(text, "in plates ");
        wicki_text_add_set(text, w, open);
    }
    wicki_text_add(text, ")");
}

wick *wick_new(const wick_options *options)
{
    wick_allocator allocator = wicki_default_allocator;

    if (options && (options->allocator.allocate || options->allocator.release))
        allocator = options->allocator;
    if (!allocator.allocate || !allocator.release)
        return NULL;
    whole *all = allocator.allocate(sizeof *all, allocator.arg);
    if (!all)
        return NULL;
    *all = (whole){ .handle.status = WICK_OK };
    wick *w = &all->handle;
    w->allocator = allocator;
    w->serial = w->last_serial = 1;
    w->seed = options ? options->seed : 0;
    w->kernels = wicki_kernels_for(options ? options->math : WICK_MATH_FAST);
    w->describe = describe;
    w->tape = &all->tape;
    w->dims = &all->tape.dims;
    w->stack = &all->stack;
    w->store = &all->store;
    wicki_arena_init(&w->arena, &w->allocator);
    wicki_names_init(&w->names, &w->allocator);
    return w;
}

void wick_free(wick *w)
{
    if (!w)
        return;
    wicki_store_truncate(w, 0);
    wicki_release(w, w->store->entry);
    wicki_names_free(&w->names);
    wicki_arena_free(&w->arena);
    const wick_allocator allocator = w->allocator;
    allocator.release(w, allocator.arg);
}

void wicki_reset(wick *w)
{
    for (wick_handler *h = w->stack->top; h; h = h->outer)
        h->open = false;
    wicki_arena_reset(&w->arena);
    wicki_tape_reset(w->tape);
    *w->stack = (wicki_stack){ .top = NULL };
    w->site = NULL;
    wicki_new_serial(w);
}

void wick_reset(wick *w)
{
    if (!w)
        return;
    wicki_reset(w);
    w->step++;
}

void wick_clear(wick *w)
{
    if (!w)
        return;
    w->status = WICK_OK;
    wicki_reset(w);
}
