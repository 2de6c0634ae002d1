/**
 * Densities of a category that are looked up: the log probabilities are taken once for many values.
 */
#ifndef WICKI_DIST_LOOKUP_H
#define WICKI_DIST_LOOKUP_H

#include "dist/density.h"

/** A row of n entries of a parameter, stride apart. */
typedef struct wicki_row_kind {
    /** The log probability of each entry; NaN for all if the row is bad. */
    void (*logs)(size_t n, const double *p, size_t stride, double *log);

    /** Adds to the adjoints, which are stride apart too, what comes back: g[k] is the sum of the
     * adjoints of the values that are k. Nothing comes from a value that is impossible. */
    void (*back)(size_t n, const double *p, size_t stride, const double *log, const double *g,
        double *adjoint);
} wicki_row_kind;

/**
 * Decides whether a density is looked up, after wicki_density_shape, and makes room: where the
 * value is the index along the innermost dimension, and where the parameter does not vary over it.
 */
bool wicki_lookup_shape(wick *w, wick_node *node, const wicki_row_kind *kind);

/* Hooks of the op. Forward and reverse return false if the density is not looked up. */
void wicki_lookup_prepare(wick_node *node);
bool wicki_lookup_forward(wick_node *node);
bool wicki_lookup_reverse(wick_node *node);
void wicki_lookup_finish(wick_node *node);

#endif
