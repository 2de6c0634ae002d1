#include "tape/tape.h"

#include "tape/loop.h"

#include <string.h>

void wicki_tape_reset(wicki_tape *tape)
{
    *tape = (wicki_tape){ .open = 0 };
}

/* --- operands ---------------------------------------------------------------------------------- */

wick_node *wicki_fail_operand(wick *w, const char *function, wick_var x)
{
    if (!x.w)
        wick_fail(
            w, WICK_ERR_STATE, "%s: an operand was never set (it is WICK_VAR_NONE)", function);
    else if (x.w != w)
        wick_fail(w, WICK_ERR_STATE, "%s: an operand belongs to another handle", function);
    else
        wick_fail(w, WICK_ERR_STATE,
            "%s: an operand is from an earlier step; vars live until the tape is reset, copy "
            "results out with wick_get",
            function);
    return NULL;
}

wick_node *wicki_operand_node(wick *w, const char *function, wick_operand x)
{
    if (!x.var.w && x.var.node == WICK_NODE_NUMBER)
        return wicki_number(w, x.number);
    return wicki_node_of(w, function, x.var);
}

wick *wicki_handle_of(size_t n, const wick_var *vars)
{
    for (size_t i = 0; i < n; i++)
        if (vars[i].w)
            return vars[i].w;
    return NULL;
}

/* --- nodes ------------------------------------------------------------------------------------- */

static wick_node *new_node(wick *w, const wick_op *op, size_t n_in, size_t data_size)
{
    const size_t inputs = (n_in * sizeof(wick_node *) + 15) / 16 * 16;
    wick_node *node = wicki_alloc(w, sizeof *node + inputs + data_size);

    if (!node)
        return NULL;
    *node = (wick_node){ .w = w, .op = op, .site = w->site, .n_in = (uint32_t)n_in };
    node->members = node->elements = 1;
    node->in = (wick_node **)(node + 1);
    node->data = data_size ? (char *)(node + 1) + inputs : NULL;
    return node;
}

static bool push(wick *w, wick_node *node)
{
    wicki_tape *tape = w->tape;

    if (tape->n_nodes == tape->capacity) {
        const uint32_t capacity = tape->capacity ? 2 * tape->capacity : 64;
        wick_node **list = wick_alloc(w, capacity * sizeof *list);
        if (!list)
            return false;
        if (tape->n_nodes > 0)
            memcpy(list, tape->node, tape->n_nodes * sizeof *list);
        tape->node = list;
        tape->capacity = capacity;
    }
    node->id = tape->n_nodes;
    tape->node[tape->n_nodes++] = node;
    return true;
}

bool wicki_node_shape(wick *w, wick_node *node, size_t rank, const size_t *sizes, uint32_t dims)
{
    node->dims = dims;
    node->members = wicki_set_at(w, dims)->members;
    return wick_node_event(w, node, rank, sizes);
}

bool wick_node_event(wick *w, wick_node *node, size_t rank, const size_t *sizes)
{
    if (rank > WICK_MAX_RANK) {
        wick_fail(w, WICK_ERR_SHAPE, "%s: an event of %zu axes, at most %d are allowed",
            node->op ? node->op->name : "wick", rank, WICK_MAX_RANK);
        return false;
    }
    node->rank = (uint8_t)rank;
    node->elements = 1;
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] == 0 || sizes[i] > UINT32_MAX / node->elements) {
            wick_fail(w, WICK_ERR_SHAPE, "%s: event axis %zu has the size %zu",
                node->op ? node->op->name : "wick", i, sizes[i]);
            return false;
        }
        node->event[i] = (uint32_t)sizes[i];
        node->elements *= sizes[i];
    }
    return true;
}

bool wicki_node_event_of(wick *w, wick_node *node, const wick_node *from)
{
    (void)w;
    node->rank = from->rank;
    node->elements = from->elements;
    memcpy(node->event, from->event, sizeof node->event);
    return true;
}

static void fail_table(wick *w, const wick_node *node)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_set(&text, w, node->dims);
    wick_fail(w, WICK_ERR_LIMIT,
        "%s: a value for all cases of what is enumerated needs a table of %zu numbers, over %s; "
        "sample some of these variables in the guide, put independent ones into a plate, or let "
        "fewer of them meet in one value",
        node->op ? node->op->name : "wick", node->members, buffer);
}

static bool fits_into_memory(wick *w, const wick_node *node)
{
    if (node->members > WICKI_LARGEST_TABLE && wicki_set_variable(w, node->dims))
        fail_table(w, node);
    else if (node->members > SIZE_MAX / sizeof(double) / node->elements)
        wick_fail(w, WICK_ERR_LIMIT, "%zu members of %zu elements do not fit into memory",
            node->members, node->elements);
    return wicki_ok(w);
}

static bool allocate_value(wick *w, wick_node *node)
{
    const size_t plenty = WICKI_LARGEST_TABLE; /* two below it cannot overflow: no division */

    if ((node->members > plenty || node->elements > plenty) && !fits_into_memory(w, node))
        return false;
    node->value = wicki_alloc_doubles(w, node->members * node->elements);
    return node->value != NULL;
}

static void run_forward(wick_node *node)
{
    if (node->alias)
        return;
    if (node->op->prepare)
        node->op->prepare(node);
    if (node->op->forward)
        node->op->forward(node);
    else
        wicki_map_forward(node);
}

wick_node *wicki_leaf(
    wick *w, double *value, size_t rank, const size_t *sizes, uint32_t dims, bool differentiable)
{
    wick_node *node = wicki_ok(w) ? new_node(w, NULL, 0, 0) : NULL;

    if (!node || !wicki_node_shape(w, node, rank, sizes, dims))
        return NULL;
    node->differentiable = differentiable;
    node->value = value;
    if (!value && !allocate_value(w, node))
        return NULL;
    return push(w, node) ? node : NULL;
}

wick_node *wicki_source(wick *w, const wick_op *op, size_t rank, const size_t *sizes, uint32_t dims,
    bool differentiable, const void *data, size_t data_size)
{
    wick_node *node = wicki_ok(w) ? new_node(w, op, 0, data_size) : NULL;

    if (!node || !wicki_node_shape(w, node, rank, sizes, dims) || !allocate_value(w, node) ||
        !push(w, node))
        return NULL;
    node->differentiable = differentiable;
    memcpy(node->data, data, data_size);
    run_forward(node);
    return wicki_ok(w) ? node : NULL;
}

wick_node *wicki_number(wick *w, double x)
{
    wick_node *node = new_node(w, NULL, 0, sizeof x);

    if (!node)
        return NULL;
    node->value = node->data;
    *node->value = x;
    return node;
}

/* --- recording --------------------------------------------------------------------------------- */

static void fail_events(wick *w, const char *name, const wick_node *a, const wick_node *b)
{
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_event(&text, a);
    wicki_text_add(&text, " and ");
    wicki_text_add_event(&text, b);
    wick_fail(w, WICK_ERR_SHAPE, "%s: event shapes %s do not agree; only scalars go with any shape",
        name, buffer);
}

static bool same_event(const wick_node *a, const wick_node *b)
{
    return a->rank == b->rank && memcmp(a->event, b->event, a->rank * sizeof *a->event) == 0;
}

/* The event shape that the inputs of an elementwise op agree on. */
static const wick_node *agreed(wick *w, const wick_node *node)
{
    const wick_node *shaped = node->in[0];

    for (uint32_t i = 1; i < node->n_in; i++) {
        if (shaped->rank == 0) {
            shaped = node->in[i];
        } else if (node->in[i]->rank > 0 && !same_event(shaped, node->in[i])) {
            fail_events(w, node->op->name, shaped, node->in[i]);
            return NULL;
        }
    }
    return shaped;
}

static bool elementwise_shape(wick *w, wick_node *node)
{
    const wick_node *event = agreed(w, node);

    if (!event)
        return false;
    return node->op->sum_event || wicki_node_event_of(w, node, event);
}

static bool lay_out(wick *w, wick_node *node)
{
    uint32_t dims = 0;

    for (uint32_t i = 0; i < node->n_in; i++) {
        dims = wicki_set_union(w, dims, node->in[i]->dims);
        node->differentiable |= node->in[i]->differentiable;
    }
    if (!wicki_ok(w))
        return false;
    node->dims = dims;
    node->members = wicki_set_at(w, dims)->members;
    if (!(node->op->shape ? node->op->shape(w, node) : elementwise_shape(w, node)))
        return false;
    if (node->alias) {
        node->value = node->in[0]->value + node->offset;
        return true;
    }
    return allocate_value(w, node);
}

wick_node *wicki_record(wick *w, const wick_op *op, size_t n_in, wick_node *const *in,
    const void *data, size_t data_size)
{
    if (!wicki_ok(w))
        return NULL;
    for (size_t i = 0; i < n_in; i++)
        if (!in[i])
            return NULL;
    wick_node *node = new_node(w, op, n_in, data_size);
    if (!node)
        return NULL;
    memcpy(node->in, in, n_in * sizeof *in);
    for (size_t i = 0; i < n_in; i++)
        in[i]->uses = (uint8_t)(in[i]->uses + (in[i]->uses < UINT8_MAX));
    if (data_size)
        memcpy(node->data, data, data_size);
    if (!lay_out(w, node) || !push(w, node))
        return NULL;
    run_forward(node);
    return wicki_ok(w) ? node : NULL;
}

wick_var wick_record(wick *w, const wick_op *op, size_t n_in, const wick_argument *in,
    const void *data, size_t data_size)
{
    wick_node *node[WICK_MAX_INPUTS];

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    if (n_in == 0 && !op->shape) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: an op without inputs needs a shape rule", op->name);
        return WICK_VAR_NONE;
    }
    if (n_in > WICK_MAX_INPUTS) {
        wick_fail(w, WICK_ERR_LIMIT, "%s: %zu inputs, at most %d are allowed", op->name, n_in,
            WICK_MAX_INPUTS);
        return WICK_VAR_NONE;
    }
    for (size_t i = 0; i < n_in; i++)
        node[i] = wicki_operand_node(w, op->name, in[i]);
    return wicki_var_of(w, wicki_record(w, op, n_in, node, data, data_size));
}
