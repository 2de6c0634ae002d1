/**
 * What inference needs of sites and traces beyond the public face.
 */
#ifndef WICKI_SITE_SITE_H
#define WICKI_SITE_SITE_H

#include "tape/tape.h"

/**
 * The log-density of a site as it is, not expanded to the plates; with the mask inside if masked.
 * NULL after an error.
 */
wick_node *wicki_site_density(wick *w, const wick_site *site, bool masked);

/**
 * Sends a sample message to the handlers outside this one; its value, which is drawn if none of
 * them gives one.
 */
wick_var wicki_sample_outside(wick *w, const wick_handler *handler, wick_site *site);

/**
 * Has it a density that is to be counted? That of a delta whose value is its own parameter is 0 by
 * construction.
 */
bool wicki_site_counts(const wick_site *site);

/** The site of an interned name, or NULL. */
const wick_site *wicki_trace_find(const wick_trace *trace, const char *interned);

#endif
