/**
 * Ops along one axis, and the plates among the axes.
 *
 * Values are contiguous, so any axis, of the event or a named dimension, splits a value into
 * [outer][n][inner]. Several neighbouring axes do too.
 */
#ifndef WICKI_TAPE_AXIS_H
#define WICKI_TAPE_AXIS_H

#include "tape/tape.h"

typedef struct wicki_axis {
    size_t outer, n, inner;
    double scale;  /**< of a sum */
    uint32_t dims; /**< of the result of a reduction */
    uint32_t rank; /**< ... and its event */
    size_t sizes[WICK_MAX_RANK];
} wicki_axis;

/**
 * Do nodes of two recordings step by the same? Steps, and lengths of axes that a tiled plate is part
 * of, grow with the members, of which one recording may have more than the other.
 */
bool wicki_same_step(const wick_node *a, const wick_node *b, size_t x, size_t y);

/** Are their axes, which are their data, the same? */
bool wicki_same_axis(const wick_node *a, const wick_node *b);

/** The axis to reduce over: one of the event, or the whole event. */
wicki_axis wicki_event_axis(const wick_node *x, size_t axis);
wicki_axis wicki_whole_event(const wick_node *x);

/** The same for a named dimension that x varies over. */
wicki_axis wicki_dim_axis(wick *w, const wick_node *x, uint32_t dim);

/** Reduces over an axis: op is wicki_op_sum, _max or _logsumexp. */
wick_node *wicki_reduce_axis(wick *w, const wick_op *op, wick_node *x, const wicki_axis *axis);

/**
 * The sum over the full plate: scaled by N/B under subsampling, N times what does not vary.
 * Raises an error if x varies over a variable that was enumerated within the plate.
 */
wick_node *wicki_sum_plate(wick *w, wick_node *x, uint32_t plate);

/** Raises WICK_ERR_SHAPE if x varies over a variable that was enumerated within the plate. */
bool wicki_plate_is_free(wick *w, const char *function, const wick_node *x, uint32_t plate);

/** Members of the full plate over members present. */
double wicki_plate_scale(const wick *w, uint32_t plate);

#endif
