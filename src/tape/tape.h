/**
 * The tape: nodes in the order they were recorded, and the dimensions they vary over.
 */
#ifndef WICKI_TAPE_TAPE_H
#define WICKI_TAPE_TAPE_H

#include "tape/dims.h"

typedef struct wicki_tape {
    wick_node **node;
    uint32_t n_nodes, capacity;
    wicki_dims dims;
    uint32_t open; /**< the set of plates and ambient dimensions that are open */
    uint32_t plate_order[WICK_MAX_DIMS]; /**< the open plates, outermost first */
    uint32_t n_open;
    uint32_t runs;    /**< programs run so far */
    bool all_members; /**< plates are opened whole, whatever subsample says */

    /* A recording for a graph may hold a part of one plate only, of the largest. */
    bool tiling;        /**< one plate is to be recorded in part */
    size_t tile, first; /**< so many members, from this one on */
    const char *tiled;  /**< interned name of that plate; NULL until it is met */
    bool choose;        /**< it is the largest plate, of more than `whole` members */
    size_t whole;
    bool read;  /**< values were looked at from outside: they must be those of all members */
    bool again; /**< repeats an earlier recording: gradients go where they went then */

    struct wicki_twins *twins; /**< values under other names, or NULL (tape/twin.h) */
} wicki_tape;

/** A table over enumerated variables of more doubles than this is not what a user meant. */
enum { WICKI_LARGEST_TABLE = 1 << 27 };

/** Forgets nodes and dimensions; their memory is the arena's. */
void wicki_tape_reset(wicki_tape *tape);

/** Says what is wrong with a var: stale, foreign or never set. Returns NULL. */
wick_node *wicki_fail_operand(wick *w, const char *function, wick_var x);

/** The node of a var; NULL after raising an error if it is stale, foreign or was never set. */
static inline wick_node *wicki_node_of(wick *w, const char *function, wick_var x)
{
    if (!wicki_ok(w))
        return NULL;
    if (x.w == w && x.serial == w->serial && x.node < w->tape->n_nodes)
        return w->tape->node[x.node];
    return wicki_fail_operand(w, function, x);
}

/** The same for a var or a number, which becomes a node of its own outside the tape. */
wick_node *wicki_operand_node(wick *w, const char *function, wick_operand x);

static inline wick_var wicki_var_of(wick *w, const wick_node *node)
{
    return node ? (wick_var){ w, node->id, w->serial } : WICK_VAR_NONE;
}

/** The var at the root of an op on vars: the handle of the first that has one, or NULL. */
wick *wicki_handle_of(size_t n, const wick_var *vars);

/** Records an op on nodes and runs it; NULL after an error. data is copied. */
wick_node *wicki_record(wick *w, const wick_op *op, size_t n_in, wick_node *const *in,
    const void *data, size_t data_size);

/**
 * A node without op: a constant, data, or a parameter.
 *
 * @param value  in wick's memory order, to be kept until the tape is reset; NULL: allocated here
 */
wick_node *wicki_leaf(
    wick *w, double *value, size_t rank, const size_t *sizes, uint32_t dims, bool differentiable);

/**
 * A leaf that an op reads from outside the tape: data, an index, the members of a parameter that
 * are present. The op's data are copied, then it runs.
 */
wick_node *wicki_source(wick *w, const wick_op *op, size_t rank, const size_t *sizes, uint32_t dims,
    bool differentiable, const void *data, size_t data_size);

extern const wick_op wicki_op_data, wicki_op_data_in_place, wicki_op_coordinate;

/** Is it on the tape? Numbers as operands are not. */
static inline bool wicki_on_tape(const wick_node *node)
{
    const wicki_tape *tape = node->w->tape;

    return node->id < tape->n_nodes && tape->node[node->id] == node;
}

/** A scalar constant outside the tape: what a number is as an input. */
wick_node *wicki_number(wick *w, double x);

/** Sets event, dims and the counts of members and elements. */
bool wicki_node_shape(wick *w, wick_node *node, size_t rank, const size_t *sizes, uint32_t dims);

/** Copies the event shape of one node to another. */
bool wicki_node_event_of(wick *w, wick_node *node, const wick_node *from);

/** The sum of weights[j] nodes[j], elementwise, as one node; NULL for weights of 1. */
wick_node *wicki_weighted_sum(wick *w, size_t n, wick_node *const *nodes, const double *weights);

/** exp(log_weight) x, elementwise; 0 where the weight is 0, even if x is infinite or NaN. */
wick_node *wicki_weigh(wick *w, wick_node *log_weight, wick_node *x);

/** The index along a dimension as a value of its own: 0, 1, 2, ... */
wick_node *wicki_coordinate(wick *w, uint32_t dim);

/** Zeroes adjoints and runs the reverse of every node that leads to the loss. */
void wicki_backward(wick *w, wick_node *loss);

/** Raises WICK_ERR_NONFINITE with the first op whose value is not finite on the way to a node. */
void wicki_fail_nonfinite(wick *w, const char *what, const wick_node *node);

/** Adds "[2][3]" to a text; "a scalar" for rank 0. */
void wicki_text_add_event(wicki_text *text, const wick_node *node);

/** Adds " at 'data' 17, 'docs' 3" to a text: the member of an element, in memory order. */
void wicki_text_add_member(wicki_text *text, const wick_node *node, size_t at);

#endif
