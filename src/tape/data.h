/**
 * Data of the user over plates, read anew in each run: for the minibatch and the tile at hand.
 */
#ifndef WICKI_TAPE_DATA_H
#define WICKI_TAPE_DATA_H

#include "tape/tape.h"

/** Where a member of the plates stands in the user's array, and in wick's memory. */
typedef struct wicki_reading {
    const void *values;
    wick_element element;
    bool by_place; /**< the array has the members present only, one after the other */
    uint32_t n, dim[WICK_MAX_DIMS];
    size_t user[WICK_MAX_DIMS], own[WICK_MAX_DIMS]; /**< strides */
    size_t event_step;                              /**< from element to element of an event */
} wicki_reading;

/** Sets the strides of an array whose rows are the plates of r->dim in their order, then the event. */
void wicki_reading_steps(const wick_node *node, wicki_reading *r);

/** Raises WICK_ERR_SHAPE if the array has another number of elements than its plates and event. */
bool wicki_count_fits(
    wick *w, const char *function, size_t count, size_t elements, const wicki_reading *r);

/** The data: in place if nothing is to be picked, converted or moved. */
wick_var wicki_read_data(
    wick *w, const wicki_reading *r, size_t rank, const size_t *sizes, uint32_t dims);

/** Bytes of an element. */
size_t wicki_element_size(wick_element element);

/** n elements that lie one after the other, to doubles that are step apart. */
void wicki_convert(wick_element element, size_t n, const void *from, double *out, size_t step);

#endif
