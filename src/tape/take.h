/**
 * Renaming axes and taking along them: views where memory order stays, copies where it does not.
 */
#ifndef WICKI_TAPE_TAKE_H
#define WICKI_TAPE_TAKE_H

#include "tape/tape.h"

/**
 * A value seen with other axes. Each axis of the result has a stride in the source: event axes
 * as given, a dimension its own in the source (0 if absent), `dim` an extra stride on top.
 */
typedef struct wicki_view {
    size_t rank, sizes[WICK_MAX_RANK], strides[WICK_MAX_RANK];
    uint32_t dims;
    uint32_t dim; /**< the dimension that an axis became, or 0 */
    size_t dim_stride;
    size_t offset;
} wicki_view;

/** The view that changes nothing. */
wicki_view wicki_view_of(const wick_node *x);

/** Records it: an alias if the elements follow each other in the source as they do in the result. */
wick_node *wicki_rearrange(wick *w, wick_node *x, const wicki_view *view);

/** Stride of a dimension in a value's memory; 0 if it does not vary over it. */
size_t wicki_dim_stride(const wick_node *x, uint32_t dim);

/** x spread over further dimensions. */
wick_node *wicki_expand(wick *w, wick_node *x, uint32_t dims);

#endif
