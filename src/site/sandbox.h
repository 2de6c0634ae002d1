/**
 * Running programs aside: on a tape of their own, above what is on the arena, without handlers.
 * What the caller has on its tape stays alive.
 */
#ifndef WICKI_SITE_SANDBOX_H
#define WICKI_SITE_SANDBOX_H

#include "site/stack.h"
#include "site/store.h"

typedef struct wicki_sandbox {
    wicki_mark mark;
    wicki_tape tape;
    wicki_scope scope;
    uint32_t serial;
    const char *site;
    struct wicki_kept_leaf *leaves; /**< leaves of parameters on the caller's tape */
    size_t n_leaves;
} wicki_sandbox;

/** Returns false after an error; then there is nothing to close. */
bool wicki_sandbox_open(wick *w, wicki_sandbox *sandbox);
void wicki_sandbox_close(wick *w, const wicki_sandbox *sandbox);

#endif
