/**
 * Compiled steps: a recorded tape that is run again, the largest plate tile by tile.
 *
 * The *frame* is a recording of the whole program in which the tiled plate has a few members only.
 * It holds all values that do not vary over that plate. Those that do live in *tiles*: recordings of
 * their own, of as many members as fit into the cache, one for each thread and one for the rest
 * of the plate. What a tile adds up is added in an order that depends on the plate's size alone.
 */
#ifndef WICKI_GRAPH_GRAPH_H
#define WICKI_GRAPH_GRAPH_H

#include "base/pool.h"
#include "kernel/map.h"
#include "site/store.h"

/* --- recordings ------------------------------------------------------------------------------ */

/** A parameter that the program met. */
typedef struct wicki_graph_param {
    wicki_entry *entry;
    wick_node *leaf;
    double *gradient; /**< where a leaf with a part of the members puts it; NULL: leaf->adjoint */
} wicki_graph_param;

/** What is recorded: a function that returns a scalar. */
typedef struct wicki_recorder {
    wick_var (*function)(wick *w, void *arg);
    void *arg;
    const char *name; /**< in errors: "the loss" */
} wicki_recorder;

/** What a run of it gave: its value, and the parameters met that were neither hidden nor frozen. */
typedef struct wicki_outcome {
    wick_node *result;
    wicki_graph_param *param;
    size_t n_params, capacity;
} wicki_outcome;

/** Runs the function on the handle's tape. Returns false after an error. */
bool wicki_recorder_run(wick *w, const wicki_recorder *what, wicki_outcome *outcome);

typedef struct wicki_recording {
    wick handle; /**< what its nodes see: tape, arena and errors of their own */
    wicki_tape tape;
    wicki_outcome outcome;
    bool passing;
} wicki_recording;

/** How: whole, or one plate in part. */
typedef struct wicki_tiling {
    const char *plate;  /**< interned name, or NULL */
    size_t tile, first; /**< the members that are recorded */
    bool choose; /**< the largest plate of more than `whole` members, plate if none is larger */
    size_t whole;
    bool again;   /**< not the first recording of this program */
    bool passing; /**< lives in the handle's own arena, until its next reset */
} wicki_tiling;

/**
 * Runs the function on a tape of its own; the handle's tape is reset. tiling NULL: all plates
 * whole. Returns NULL after an error.
 */
wicki_recording *wicki_recording_new(
    wick *w, const wicki_recorder *what, const wicki_tiling *tiling, const char **tiled);
void wicki_recording_free(wicki_recording *recording);

/** Raises WICK_ERR_STATE naming the first site at which two recordings differ. */
bool wicki_recordings_agree(wick *w, const wicki_recording *a, const wicki_recording *b);

/* --- lists ----------------------------------------------------------------------------------- */

/** A node that is run by one of its functions, or, if members is not NULL, by a kernel of them. */
typedef struct wicki_instruction {
    void (*run)(wick_node *node);
    wick_node *node;
    void (*kernel)(const wicki_map_run *members);
    const wicki_map_run *members;
} wicki_instruction;

typedef struct wicki_list {
    wicki_instruction *at;
    size_t n;
} wicki_list;

static inline void wicki_list_run(const wicki_list *list)
{
    const wicki_instruction *end = list->at + list->n;

    for (const wicki_instruction *i = list->at; i < end; i++)
        if (i->members)
            i->kernel(i->members);
        else
            i->run(i->node);
}

/**
 * Sums over the tiled plate are finished in passes. The nodes of pass p depend on sums of the passes
 * before it.
 */
typedef struct wicki_pass {
    wicki_list forward, reverse;
} wicki_pass;

/** A recording of some members of the tiled plate, ready to run for any of them. */
typedef struct wicki_tile {
    wicki_recording *recording;
    wicki_dim *dim; /**< of the tiled plate */
    wicki_list prepare, finish;
    wicki_pass *pass;
    double *adjoints; /**< of what varies over the plate */
    size_t n_adjoints;
    double *sums; /**< of what is summed over it: values first, then adjoints */
    struct wicki_share *sum;
    size_t n_values, n_sums;
    wick_node **read; /**< by number: the node that others read */
} wicki_tile;

/** A value, or the adjoint of one, that tiles add up. */
typedef struct wicki_share {
    wick_node *node; /**< of the tile */
    uint32_t id, pass;
    size_t n;
} wicki_share;

/** How the nodes of a program depend on the tiled plate; by their number on the tape. */
typedef struct wicki_section {
    bool live;      /**< on the way to the result */
    bool gradient;  /**< has an adjoint */
    bool fixed;     /**< depends on nothing that changes */
    bool inside;    /**< varies over the tiled plate */
    bool boundary;  /**< a sum over it */
    bool read;      /**< outside, and read by a node inside */
    bool stored;    /**< its adjoint is set in one go, by the only node that has one for it */
    uint32_t uses;  /**< nodes that have one for it */
    uint32_t stage; /**< inside and boundary: its pass; else how many passes come before it */
} wicki_section;

struct wick_graph {
    wick *w;
    wicki_recorder what;
    wick_graph_options options;
    uint64_t seed, step;  /**< of the random numbers */
    uint64_t generation;  /**< of the parameter store */
    uint64_t until_check; /**< runs before the program is recorded again */
    uint64_t runs;

    wicki_recording *frame;
    wicki_section *section;
    wicki_list before, before_reverse;
    wicki_list *after, *after_reverse; /**< by pass */
    double *adjoints;
    size_t n_adjoints;
    double value;

    const char *plate; /**< that is tiled, or NULL */
    uint32_t dim, n_passes;
    bool linear; /**< the adjoints of the last pass's sums are known before it */
    size_t tile, block, n_blocks, rest;
    wicki_tile *tiles; /**< one for each thread, then the rest */
    size_t n_threads;
    double *block_sums; /**< [n_blocks + 1][n_sums] */
    double *total;
    wicki_pool *pool;
    bool threaded, has_draws, has_minibatches;
    bool tolerant; /**< values that are not finite, and factors that do not exist, are no errors */
};

/** A graph of a function; it is recorded by the first run. options are copied, NULL: defaults. */
wick_graph *wicki_graph_new(wick *w, const wicki_recorder *what, const wick_graph_options *options);

/**
 * The value at a step of the random numbers, and the gradients if wanted; NaN after an error. Of a
 * tolerant graph also what is not finite, without gradients.
 */
double wicki_graph_run(wick_graph *g, uint64_t step, bool gradients);

/**
 * The same of a graph that was run since parameters or data last changed, without any check: it
 * touches nothing but the graph, so that graphs of one handle may be repeated on several threads.
 * Errors stay in the graph until wicki_graph_raise.
 */
double wicki_graph_repeat(wick_graph *g, bool gradients);

/** A handle that has the error of a repeat; NULL if there is none. */
const wick *wicki_graph_error(const wick_graph *g);

/** Raises the error of a repeat in the handle; the graph is recorded anew by the next run. */
bool wicki_graph_raise(wick_graph *g);

/** Sorts the nodes; false if a plate cannot be tiled. */
bool wicki_graph_divide(wick_graph *g);

/** Lists of the frame, and of a tile; false after an error. */
bool wicki_graph_plan_frame(wick_graph *g);
bool wicki_graph_plan_tile(wick_graph *g, wicki_tile *tile);

/** Doubles that live at a time for one member of the tiled plate. */
size_t wicki_graph_doubles_per_member(const wick_graph *g);

/** Runs everything: the value, and the gradients if wanted. */
void wicki_graph_execute(wick_graph *g, bool gradients);

/** Raises WICK_ERR_NONFINITE with where it began. */
void wicki_graph_fail_nonfinite(wick_graph *g, const char *what);

/** Points entries to the frame's gradients: another graph, or an eager step, may have moved them. */
void wicki_graph_place_gradients(const wick_graph *g);

/** The gradient of the i-th parameter of the frame, over its full plates. */
const double *wicki_graph_gradient(const wick_graph *g, size_t i);

#endif
