/**
 * The stack of what is open: handlers, plates, ambient dimensions.
 */
#ifndef WICKI_SITE_STACK_H
#define WICKI_SITE_STACK_H

#include "tape/tape.h"

typedef struct wicki_stack {
    wick_handler *top;
    uint32_t dead; /**< scopes entered after an error: on no list, but to be exited */
} wicki_stack;

/** What is open at the moment, to come back to. */
typedef struct wicki_scope {
    wicki_stack stack;
    uint32_t open, n_open;
} wicki_scope;

wicki_scope wicki_scope_now(const wick *w);

/** Closes what was opened since; returns the name of the first thing found open, or NULL. */
const char *wicki_scope_return(wick *w, const wicki_scope *scope);

/** Sets handlers and plates aside, to be given back by wicki_scope_restore. */
wicki_scope wicki_scope_aside(wick *w);
void wicki_scope_restore(wick *w, const wicki_scope *scope);

/** Runs a program and checks that it closed what it opened. */
void wicki_run(wick *w, const char *function, wick_program program);

/** Sends a message through the handlers; the last receiver gives it a value if it has none. */
void wicki_send(wick *w, wick_site *site, void (*give_value)(wick *w, wick_site *site));

/** The same, to the handlers outside this one only. */
void wicki_send_outside(wick *w, const wick_handler *handler, wick_site *site,
    void (*give_value)(wick *w, wick_site *site));

/**
 * A new message; NULL after an error.
 *
 * @param size  of the struct that begins with the wick_site; the rest of it is zero
 */
wick_site *wicki_site_new(
    wick *w, const char *function, wick_site_type type, const char *name, size_t size);

#endif
