/* Values side by side along a new leading axis. */
#include "tape/loop.h"
#include "tape/op_list.h"

#include <string.h>

static bool stack_shape(wick *w, wick_node *node)
{
    const wick_node *first = node->in[0];
    size_t sizes[WICK_MAX_RANK + 1] = { node->n_in };

    for (uint32_t i = 0; i < first->rank; i++)
        sizes[i + 1] = first->event[i];
    return wick_node_event(w, node, first->rank + 1u, sizes);
}

/* The part of a node that input j fills. */
static wick_node part_of(const wick_node *node, uint32_t j)
{
    const wick_node *in = node->in[j];
    wick_node part = { .w = node->w, .dims = node->dims, .members = node->members };
    const size_t offset = j * in->elements * node->members;

    part.rank = in->rank;
    part.elements = in->elements;
    memcpy(part.event, in->event, sizeof part.event);
    part.value = node->value + offset;
    part.adjoint = node->adjoint ? node->adjoint + offset : NULL;
    return part;
}

static void copy_stretch(const wicki_stretch *s, void *unused)
{
    double *out = s->operand[0]->value + s->offset[0];
    const double *in = s->operand[1]->value + s->offset[1];

    (void)unused;
    for (size_t i = 0; i < s->n; i++)
        out[i] = in[i * s->step[1]];
}

static void stack_forward(wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++) {
        wick_node part = part_of(node, j);
        wicki_for_stretches(2, (wick_node *[]){ &part, node->in[j] }, true, copy_stretch, NULL);
    }
}

static void add_stretch(const wicki_stretch *s, void *unused)
{
    const double *g = s->operand[0]->adjoint + s->offset[0];
    double *adjoint = s->operand[1]->adjoint + s->offset[1];

    (void)unused;
    if (s->step[1] == 0)
        *adjoint += wicki_sum(s->n, g);
    else
        for (size_t i = 0; i < s->n; i++)
            adjoint[i] += g[i];
}

static void stack_reverse(wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++) {
        wick_node part = part_of(node, j);
        if (node->in[j]->adjoint)
            wicki_for_stretches(2, (wick_node *[]){ &part, node->in[j] }, true, add_stretch, NULL);
    }
}

const wick_op wicki_op_stack = {
    .name = "wick_stack", .shape = stack_shape, .forward = stack_forward, .reverse = stack_reverse
};

/* Do the inputs have one event shape, with room for one more axis? */
static bool stackable(wick *w, size_t n, wick_node *const *node)
{
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (size_t i = 1; i < n; i++) {
        if (node[i]->rank == node[0]->rank &&
            memcmp(node[i]->event, node[0]->event, node[0]->rank * sizeof *node[0]->event) == 0)
            continue;
        wicki_text_add_event(&text, node[0]);
        wicki_text_add(&text, " and, at %zu, ", i);
        wicki_text_add_event(&text, node[i]);
        wick_fail(w, WICK_ERR_SHAPE, "wick_stack: got %s, need one event shape", buffer);
        return false;
    }
    if (node[0]->rank < WICK_MAX_RANK)
        return true;
    wick_fail(w, WICK_ERR_SHAPE, "wick_stack: the events have %d axes already", WICK_MAX_RANK);
    return false;
}

wick_var wick_stack(wick *w, size_t n, const wick_var *vars)
{
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    if (n == 0 || n > UINT32_MAX) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_stack: got %zu vars, need at least one", n);
        return WICK_VAR_NONE;
    }
    wick_node **node = wick_alloc(w, n * sizeof *node);
    for (size_t i = 0; node && i < n; i++)
        node[i] = wicki_node_of(w, "wick_stack", vars[i]);
    if (!wicki_ok(w) || !stackable(w, n, node))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_record(w, &wicki_op_stack, n, node, NULL, 0));
}
