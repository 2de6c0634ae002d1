/**
 * Walking over values whose layouts differ only in which axes they have.
 *
 * All values are contiguous in one memory order, so an operand's step along an axis is the product
 * of its later axes, or 0 if it does not have the axis; in the innermost loop it is 1 or 0.
 */
#ifndef WICKI_TAPE_LOOP_H
#define WICKI_TAPE_LOOP_H

#include "tape/tape.h"

/** The result and the inputs. */
enum { WICKI_LOOP_OPERANDS = 1 + WICK_MAX_INPUTS };

typedef struct wicki_loop {
    size_t n_levels; /**< nested loops, the innermost first; 0 for a single element */
    size_t size[WICK_MAX_DIMS + WICK_MAX_RANK];
    size_t step[WICK_MAX_DIMS + WICK_MAX_RANK][WICKI_LOOP_OPERANDS];
    size_t n_operands;
} wicki_loop;

/**
 * The loop over the members of operand 0, and over the event that the operands agree on if
 * with_event. Operand 0 varies over all that the others do. Neighbouring axes are merged.
 */
void wicki_loop_of(wicki_loop *loop, size_t n_operands, wick_node *const *operand, bool with_event);

/** Adds an axis outside those that are there; one that continues the last is merged with it. */
void wicki_loop_add(wicki_loop *loop, size_t size, const size_t *step);

/** Where each operand stands at the start of an innermost run. All zero: at the first. */
typedef struct wicki_place {
    size_t index[WICK_MAX_DIMS + WICK_MAX_RANK];
    size_t offset[WICKI_LOOP_OPERANDS];
} wicki_place;

/** Moves to the next innermost run; false when all are done. */
bool wicki_loop_next(const wicki_loop *loop, wicki_place *place);

/** Elements of the innermost run. */
static inline size_t wicki_loop_run(const wicki_loop *loop)
{
    return loop->n_levels ? loop->size[0] : 1;
}

/** An innermost run of the loop: n elements of operand k from offset[k] on, step[k] (0 or 1) apart. */
typedef struct wicki_stretch {
    wick_node *const *operand;
    size_t n;
    size_t step[WICKI_LOOP_OPERANDS], offset[WICKI_LOOP_OPERANDS];
} wicki_stretch;

typedef void wicki_stretch_body(const wicki_stretch *stretch, void *arg);

/** Calls body for each run in turn. */
void wicki_for_stretches(size_t n_operands, wick_node *const *operand, bool with_event,
    wicki_stretch_body *body, void *arg);

/** The same for a node and its inputs; where a mask is 0 the members are left out. */
void wicki_for_node(wick_node *node, bool with_event, wicki_stretch_body *body, void *arg);

/**
 * Lays out the loops of a node that will run many times. Nothing is done for a masked one, whose
 * loops depend on values, and for one of many runs, where it would not matter.
 */
bool wicki_lay_out_walk(wick *w, wick_node *node);

/** The only run of a node whose loops are laid out; NULL if it has more, or is not laid out. */
const wicki_stretch *wicki_only_stretch(const wick_node *node);

/**
 * What runs a node, laid out or not, forward and back: the op's own function, or one of those for
 * elementwise ops. NULL: none.
 */
void (*wicki_forward_of(const wick_node *node))(wick_node *node);
void (*wicki_reverse_of(const wick_node *node))(wick_node *node);

/**
 * The one run of a node that is laid out and has a kernel (kernel/map.h), which then does all there
 * is to do; NULL: there is no such kernel or run, or no memory.
 */
struct wicki_map_run *wicki_kernel_run(wick *w, const wick_node *node);

/** Value and adjoint of an elementwise op, from its value and partials. */
void wicki_map_forward(wick_node *node);
void wicki_map_reverse(wick_node *node);

/**
 * Sum of n numbers in 8 lanes (lane = index mod 8) that are added by one fixed tree: the same bits
 * whatever the vector width.
 */
double wicki_sum(size_t n, const double *x);
double wicki_dot(size_t n, const double *x, const double *y);

#endif
