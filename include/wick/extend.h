/**
 * For those who add ops, distributions or handlers. What is built in uses the same structs.
 *
 * This header promises less than the others: fields may be added between minor versions.
 */
#ifndef WICK_EXTEND_H
#define WICK_EXTEND_H

#include <wick/infer.h>

WICK_BEGIN

/* --- errors and memory ----------------------------------------------------------------------- */

/**
 * Raises an error: kept if it is the first. Say function, what was got, what was needed, what to
 * do; no full stop. Site and plates of the moment are added.
 */
WICK_API void wick_fail(wick *w, wick_code code, const char *format, ...) WICK_PRINTF(3, 4);

/** Memory that lives until the tape is reset, aligned for doubles; NULL after an error. */
WICK_API void *wick_alloc(wick *w, size_t size);

/* --- assignment ------------------------------------------------------------------------------ */

/**
 * Optimal assignment: one column for each row, no column twice, the sum of their costs the least.
 * By shortest augmenting paths, one for each row, in rows^2 columns steps.
 *
 * @param rows      1 .. columns
 * @param cost      rows of columns numbers, of either sign
 * @param assigned  room for rows: the column of each. Of several optima it is always the same one
 * @return          the sum of the costs; NaN after an error
 * Errors: WICK_ERR_ARGUMENT for more rows than columns (exchange them), for none, and for a cost
 * that is infinite or NaN; WICK_ERR_MEMORY. What it works in is memory of the tape.
 *
 * Sources: Kuhn (1955), "The Hungarian method for the assignment problem"; Jonker & Volgenant
 * (1987), "A shortest augmenting path algorithm for dense and sparse linear assignment problems".
 */
WICK_API double wick_solve_assignment(
    wick *w, size_t rows, size_t columns, const double *cost, size_t *assigned);

/* --- ops ------------------------------------------------------------------------------------- */

/**
 * How values lie in memory: [event][members], contiguous, row-major. Members run over the named
 * dimensions: ambient ones first, then enumerated ones, then plates from the smallest to the
 * largest. So the inner loop of a kernel runs over the members of the largest plate.
 */
typedef struct wick_node wick_node;

/** Most inputs of an op that is not n-ary: a value, its parameters, a mask, and one to spare. */
enum { WICK_MAX_INPUTS = 6 };

/** Members side by side: what a kernel works on. Event element e of out is out[e * out_stride + i]. */
typedef struct wick_run {
    size_t n;
    double *out;
    const double *out_adjoint;
    size_t out_stride;
    const double *in[WICK_MAX_INPUTS];
    double *in_adjoint[WICK_MAX_INPUTS]; /**< NULL where no gradient is wanted; add to it */
    size_t in_stride[WICK_MAX_INPUTS];
    size_t in_step[WICK_MAX_INPUTS]; /**< 1: one value per member, 0: the same for all */
} wick_run;

/**
 * An op: shape rule, value, adjoint. An elementwise op gives value and partials and nothing else.
 *
 * A recorded node can be run again: forward and reverse find everything laid out in the node.
 */
typedef struct wick_op {
    const char *name;

    /** Sets the node's event (wick_node_event) and, if they are not the union of the inputs',
     * its dimensions; NULL: event shapes of the inputs agree, scalars go with any. Returns false
     * after wick_fail. */
    bool (*shape)(wick *w, wick_node *node);

    /** Before the forwards of a run, perhaps more than once: makes constants from the inputs that lack
     * the node's last dimension, and clears what reverse gathers. */
    void (*prepare)(wick_node *node);
    void (*forward)(wick_node *node);
    void (*reverse)(wick_node *node); /**< adds to the adjoints of the inputs that have one */
    /** After the reverses of a block of members: what they gathered is added to adjoints, and cleared. */
    void (*finish)(wick_node *node);

    /** Elementwise: n contiguous values. */
    void (*value)(size_t n, double *out, const double *const *in);
    /** The same for one input, by the handle's vector maths; NULL: value does it all. */
    void (*vector)(const wick_node *node, size_t n, double *out, const double *in);
    /** d out / d in[j] into partial[j], where that is not NULL. */
    void (*partials)(size_t n, double *const *partial, const double *out, const double *const *in);

    /** The kernel that does both for members side by side, as those of wick's own ops; such a node
     * needs neither prepare nor finish. NULL: there is none, or none for this node. */
    const struct wicki_map_kernel *(*kernel)(const wick_node *node);

    bool sum_event; /**< elementwise value, summed over the event: a density */
    bool source;    /**< no inputs: reads from outside the tape, again in each run */
    bool additive;  /**< summing over a plate: the value is the sum of those of the plate's parts */
    bool linear;    /**< reverse reads no values, neither of inputs nor its own */

    /** Says in a few words why an element of the value is not finite; NULL: the inputs are shown.
     * `element` counts in memory order. */
    void (*explain)(const wick_node *node, size_t element, char *buffer, size_t size);

    /** Can reverse set the adjoint of input j in one go, where node->fresh says that it holds
     * nothing yet? NULL: it always adds. */
    bool (*stores)(const wick_node *node, uint32_t j);

    /** Do two nodes of this op have the same constants in their data? NULL: it has none that could
     * differ between two recordings of one program. */
    bool (*same)(const wick_node *a, const wick_node *b);
} wick_op;

/** A value on the tape. Read what you need; write through the functions below. */
struct wick_node {
    wick *w;
    const wick_op *op; /**< NULL for constants, data and parameters */
    double *value;
    double *adjoint; /**< NULL before wick_backward and where no gradient is needed */
    wick_node **in;
    void *data;                    /**< the op's own constants */
    const struct wicki_walk *walk; /**< its loops, laid out once; NULL: found when it runs */
    const char *site;              /**< the site it was made under, or NULL */
    size_t members;                /**< product of the named dimensions */
    size_t elements;               /**< product of the event shape */
    size_t offset;                 /**< of an alias: where in in[0] it begins */
    uint32_t event[WICK_MAX_RANK];
    uint32_t id;
    uint32_t dims;       /**< the set of dimensions */
    uint32_t coordinate; /**< the dimension whose index this is, or 0 */
    uint32_t n_in;
    uint8_t rank;
    bool differentiable; /**< a gradient is wanted here */
    bool alias;          /**< its value and adjoint are a part of those of in[0], or all */
    bool masked;         /**< the last input is a mask */
    bool shared;         /**< others are aliases of it under other names */
    uint8_t uses;        /**< nodes that read it; 255: or more */
    uint8_t
        fresh; /**< bit j: the adjoint of input j holds nothing yet, store it instead of adding */
};

/** Sets the event shape of a node in a shape rule. */
WICK_API bool wick_node_event(wick *w, wick_node *node, size_t rank, const size_t *sizes);

/**
 * Records an op and runs it.
 *
 * @param in    its inputs, vars or numbers
 * @param data  constants of the op, data_size bytes, copied; NULL for none
 */
WICK_API wick_var wick_record(wick *w, const wick_op *op, size_t n_in, const wick_argument *in,
    const void *data, size_t data_size);

/** Calls body for run after run of members that lie side by side, until all are done. */
WICK_API void wick_for_runs(wick_node *node, void (*body)(wick_node *node, const wick_run *run));

/* --- distributions --------------------------------------------------------------------------- */

/** A type of distribution. Make one, and a constructor that returns a wick_dist of this type. */
struct wick_dist_type {
    const char *name;
    size_t n_parameters;
    const char *parameter_names[WICK_MAX_PARAMETERS];
    wick_constraint parameter_domain[WICK_MAX_PARAMETERS];
    uint8_t parameter_rank[WICK_MAX_PARAMETERS]; /**< axes of the event that one draw needs */
    bool rectangular; /**< a matrix among them has any number of columns; else all axes are equal */
    uint8_t event_rank; /**< axes of one draw */
    /** The sizes of these axes; NULL: all as the last axis of the first parameter that has one. False
     * if they cannot be told. */
    bool (*event)(wick *w, const wick_dist *dist, size_t *sizes);

    /** The density: inputs are the value, then the parameters, then a mask if there is one. */
    const wick_op *log_prob;

    /** Instead of that op, of which only the name is used then: the density of one draw, made of
     * other ops. Axes of the event before those of one draw are dimensions here: all have the event
     * of one draw. NULL: the op. */
    wick_var (*density)(wick *w, const wick_dist *dist, wick_var x);

    /** One draw for each member and event element; NULL if there is no sampler. */
    wick_var (*sample)(wick *w, const wick_dist *dist);
    bool reparameterised; /**< gradients flow through sample to the parameters */

    wick_constraint support; /**< the bounds of an interval may be set by support_of instead */
    wick_constraint (*support_of)(const wick_dist *dist);

    /** Size n of a finite support; 0 if it is not finite. NULL: not finite. Where it is not the same
     * for all members it is the largest, and what a member lacks has the density -inf. */
    size_t (*cardinality)(wick *w, const wick_dist *dist);
    /** The value with a number of 0 .. n-1, a var over any dimensions, as a draw is: with the event of
     * one draw. No gradient goes through it. NULL: the number is the value, of a scalar event. */
    wick_var (*support_value)(wick *w, const wick_dist *dist, wick_var number);

    /*
     * What is known in closed form; NULL: nothing. All parameters of dist are vars here. What is
     * returned has the event of the parameters before the axes of one draw, or less of it, then that
     * of one draw (mean, variance), or none (entropy, kl). It is repeated for independent copies.
     */
    wick_var (*mean)(wick *w, const wick_dist *dist);
    wick_var (*variance)(wick *w, const wick_dist *dist);
    wick_var (*entropy)(wick *w, const wick_dist *dist);
    wick_var (*cdf)(wick *w, const wick_dist *dist, wick_var x);
    wick_var (*quantile)(wick *w, const wick_dist *dist, wick_var p);
    /** KL(p || q), p of this type; WICK_VAR_NONE, without an error, if q is not of a known type. */
    wick_var (*kl)(wick *w, const wick_dist *p, const wick_dist *q);
};

/* --- handlers -------------------------------------------------------------------------------- */

/**
 * A handler: begin your own struct with it, fill in one or both callbacks, wick_enter it. The
 * memory is yours and must live until wick_exit.
 */
struct wick_handler {
    /** On the way out, innermost first: may change the site, or set site->stop. */
    void (*process)(wick *w, wick_handler *self, wick_site *site);
    /** On the way back, outermost first: the site is final. */
    void (*postprocess)(wick *w, wick_handler *self, wick_site *site);
    /** Called by wick_exit, and when a program left the handler open. */
    void (*exit)(wick *w, wick_handler *self);
    wick_handler *outer; /**< set by wick_enter */
    bool open;           /**< set by wick_enter and wick_exit */
    uint32_t serial;     /**< of the tape it belongs to; 0: of none */
};

/** The value a distribution draws at this point, along the open plates; what wick_sample does. */
WICK_API wick_var wick_draw(wick *w, const char *name, wick_dist dist);

WICK_END

#endif
