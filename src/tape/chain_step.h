/**
 * What the files of chains share: op_chain.c is the op, chain_logs.c what it does where sums are
 * too small, op_exp_table.c the tables; chain.c decides which steps are made so.
 */
#ifndef WICKI_TAPE_CHAIN_STEP_H
#define WICKI_TAPE_CHAIN_STEP_H

#include "kernel/chain.h"
#include "tape/chain.h"

/* --- tables ----------------------------------------------------------------------------------- */

/** The parts of the event of an exp_table. */
enum { TABLE, TURNED, SHIFT, PARTS };

/** Steps that are a vector times the table: their adjoints are added up together. */
typedef struct wicki_chain_pairs {
    wicki_chain_pair *pair; /* h is NULL until the reverse of the step has run */
    size_t n, capacity;
    wicki_chain_pair *live; /* room for as many */
} wicki_chain_pairs;

bool wicki_chain_room_for_pair(wick *w, wicki_chain_pairs *p);

/* --- which products --------------------------------------------------------------------------- */

/** What becomes of a dimension: where the result, the weights and the table have it. */
typedef struct wicki_chain_axis {
    size_t size, out, weights, table; /* steps; 0: it has not */
} wicki_chain_axis;

typedef struct wicki_chain_plan {
    uint32_t dim;          /* the variable */
    uint32_t all, weights; /* dimensions of all factors, of all but the table */
    wicki_chain_axis summed, axis[WICK_MAX_DIMS];
    size_t n_axes;      /* enumerated, of the result */
    size_t lanes, rows; /* which of them: n_axes for the members of plates, or for none */
    bool plates;
    size_t members;
} wicki_chain_plan;

/** False if the op cannot make such products; `table` and `weights` are what these vary over. */
bool wicki_chain_plan_of(
    wick *w, wicki_chain_plan *p, uint32_t dim, uint32_t table, uint32_t weights);

/* --- a step ----------------------------------------------------------------------------------- */

/** Inputs: the table in logs and its exponentials, then a message or logs or both. */
enum { LOG_TABLE, EXP_TABLE, FIRST, MOST_IN = FIRST + 2 };

/* As in the kernel: less than this may have lost something. */
static const double SAFE = 1e-240;

/* A step that is a vector times the table, in the order of the chain. */
typedef struct wicki_chain_station {
    wick_node *node;
    size_t pair;   /* which of the table's */
    bool deferred; /* its last forward was left to the next */
    bool together; /* its last forward was that of a run of steps */
} wicki_chain_station;

/* What steps of the same shape by the same table share. */
typedef struct wicki_chain_form {
    wicki_chain_step step;    /* its places in memory are those of the step that runs */
    double *h, *du;           /* room of the reverse */
    wicki_chain_pairs *pairs; /* of the table, if the step is a vector times it */
    wicki_chain_station *station;
    wicki_chain_link *link; /* of each station */
    size_t n, capacity;
} wicki_chain_form;

typedef struct wicki_chain_data {
    uint32_t dim, weights;
    bool message; /* the first of the weights' factors is the result of another step */

    /* A step takes it as a message: unless other nodes read it, its values are not wanted. */
    bool carried;
    bool followed; /* that step has the same form, and is the next station */
    wicki_chain_form *form;
    double *room; /* offset, scale, unsafe [members]; p [results][members]; u [states][members] */
    double *sums; /* [table][8], or NULL */
    size_t index; /* of its station */
} wicki_chain_data;

static inline size_t wicki_chain_padded(size_t n)
{
    return (n + 7) / 8 * 8;
}

enum { OFFSET, SCALE, UNSAFE, HEAD };

static inline double *wicki_chain_part(const wicki_chain_data *c, int part)
{
    return c->room + (size_t)part * c->form->step.members;
}

static inline wicki_chain_message wicki_chain_message_in(double *room, size_t members)
{
    return (wicki_chain_message){ room + wicki_chain_padded(HEAD * members), room,
        room + SCALE * members };
}

/* The step with its own places in memory. */
static inline wicki_chain_step *wicki_chain_step_at(const wicki_chain_data *c)
{
    wicki_chain_step *s = &c->form->step;

    s->out = wicki_chain_message_in(c->room, s->members);
    s->u = s->out.p + wicki_chain_padded(s->results * s->members);
    return s;
}

static inline const wick_node *wicki_chain_log(const wick_node *node)
{
    const uint32_t j = FIRST + (uint32_t)((const wicki_chain_data *)node->data)->message;

    return j < node->n_in ? node->in[j] : NULL;
}

static inline bool wicki_chain_is_quiet(const wick_node *node)
{
    return ((const wicki_chain_data *)node->data)->carried && node->uses == 1;
}

/* --- in logs ---------------------------------------------------------------------------------- */

/** A member that the kernel found unsafe: if something may be lost, all its results in logs. */
void wicki_chain_forward_in_logs(wick_node *node, size_t member);
void wicki_chain_reverse_in_logs(wick_node *node, size_t member);

#endif
