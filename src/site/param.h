/**
 * The message of a parameter, for handlers that ask what it must be.
 */
#ifndef WICKI_SITE_PARAM_H
#define WICKI_SITE_PARAM_H

#include "site/store.h"

typedef struct wicki_param_site {
    wick_site site;
    const wick_init *init; /**< NULL: it must exist */
    wick_constraint constraint;
} wicki_param_site;

/** Sets the event of a node to that of an initial value; false after an error. */
bool wicki_init_shape(wick *w, const wick_init *init, wick_node *shape);

#endif
