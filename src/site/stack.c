#include "site/stack.h"

#include <string.h>

wicki_scope wicki_scope_now(const wick *w)
{
    return (wicki_scope){ *w->stack, w->tape->open, w->tape->n_open };
}

wicki_scope wicki_scope_aside(wick *w)
{
    const wicki_scope scope = wicki_scope_now(w);

    *w->stack = (wicki_stack){ .top = NULL };
    w->tape->open = 0;
    w->tape->n_open = 0;
    return scope;
}

void wicki_scope_restore(wick *w, const wicki_scope *scope)
{
    *w->stack = scope->stack;
    w->tape->open = scope->open;
    w->tape->n_open = scope->n_open;
}

/* --- entering and exiting ---------------------------------------------------------------------- */

void wick_enter(wick *w, wick_handler *handler)
{
    if (!w)
        return;
    if (wicki_ok(w) && !handler)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_enter: the handler is NULL");
    else if (wicki_ok(w) && handler->serial && handler->serial != w->serial)
        wick_fail(w, WICK_ERR_STATE,
            "wick_enter: the handler is from an earlier step; make it anew in each step");
    else if (wicki_ok(w) && handler->open)
        wick_fail(w, WICK_ERR_STATE,
            "wick_enter: the handler is open already, or was left by break or return");
    if (!wicki_ok(w)) {
        w->stack->dead++;
        return;
    }
    handler->outer = w->stack->top;
    handler->open = true;
    w->stack->top = handler;
}

static void pop(wick *w)
{
    wick_handler *handler = w->stack->top;

    handler->open = false;
    w->stack->top = handler->outer;
    if (handler->exit)
        handler->exit(w, handler);
}

void wick_exit(wick *w)
{
    if (!w)
        return;
    if (w->stack->dead > 0)
        w->stack->dead--;
    else if (w->stack->top)
        pop(w);
}

const char *wicki_scope_return(wick *w, const wicki_scope *scope)
{
    const uint32_t first = scope->n_open;
    const char *left = NULL;

    if (w->stack->top != scope->stack.top)
        left = w->tape->n_open > first ? wicki_dim_at(w, w->tape->plate_order[first])->name
                                       : "a handler";
    while (w->stack->top && w->stack->top != scope->stack.top)
        pop(w);
    wicki_scope_restore(w, scope);
    return left;
}

/* --- programs ---------------------------------------------------------------------------------- */

void wicki_run(wick *w, const char *function, wick_program program)
{
    if (!wicki_ok(w))
        return;
    if (!program.fn) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the program has no function", function);
        return;
    }
    const wicki_scope scope = wicki_scope_now(w);
    program.fn(w, program.arg);
    const char *left = wicki_scope_return(w, &scope);
    if (left)
        wick_fail(w, WICK_ERR_STATE,
            "%s: the program ended with '%s' still open; do not leave WICK_PLATE or WICK_WITH by "
            "break, return or goto",
            function, left);
}

void wick_call(wick *w, wick_program program)
{
    wicki_run(w, "wick_call", program);
}

typedef struct wrapped {
    wick_program program;
    wick_handler *handler;
} wrapped;

static void run_wrapped(wick *w, void *arg)
{
    const wrapped *inner = arg;

    WICK_WITH (w, inner->handler)
        wick_call(w, inner->program);
}

wick_program wick_wrap(wick *w, wick_program program, wick_handler *handler)
{
    wrapped *inner = wick_alloc(w, sizeof *inner);

    if (!inner)
        return (wick_program){ .fn = NULL };
    *inner = (wrapped){ program, handler };
    return (wick_program){ run_wrapped, inner };
}

/* --- messages ---------------------------------------------------------------------------------- */

wick_site *wicki_site_new(
    wick *w, const char *function, wick_site_type type, const char *text, size_t size)
{
    const wicki_name *name = wicki_intern(w, function, text);
    wick_site *site = name ? wicki_alloc(w, size) : NULL;

    if (!site)
        return NULL;
    memset(site, 0, size);
    site->type = type;
    site->name = name->text;
    site->scale = 1.0;
    site->seed = w->seed;
    site->plates = w->tape->open;
    return site;
}

/* Inner handlers first on the way out; the recursion gives the reverse order on the way back. */
static void pass(
    wick *w, wick_handler *handler, wick_site *site, void (*give_value)(wick *w, wick_site *site))
{
    if (!wicki_ok(w))
        return;
    if (!handler) {
        give_value(w, site);
        return;
    }
    if (handler->process)
        handler->process(w, handler, site);
    pass(w, site->stop ? NULL : handler->outer, site, give_value);
    if (handler->postprocess && wicki_ok(w))
        handler->postprocess(w, handler, site);
}

static void send(
    wick *w, wick_handler *first, wick_site *site, void (*give_value)(wick *w, wick_site *site))
{
    const char *outer = w->site;

    w->site = site->name;
    pass(w, first, site, give_value);
    w->site = outer;
}

void wicki_send(wick *w, wick_site *site, void (*give_value)(wick *w, wick_site *site))
{
    send(w, w->stack->top, site, give_value);
}

void wicki_send_outside(wick *w, const wick_handler *handler, wick_site *site,
    void (*give_value)(wick *w, wick_site *site))
{
    send(w, handler->outer, site, give_value);
}
