#include "tape/loop.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

static size_t doubles_of(const wick_node *node)
{
    return node->members * node->elements;
}

/* Nodes that a gradient passes on its way from the loss to what is differentiable. */
static bool *reached_from(wick *w, const wick_node *loss)
{
    bool *reached = wicki_alloc_zero(w, (size_t)loss->id + 1);

    if (!reached)
        return NULL;
    reached[loss->id] = true;
    for (uint32_t i = loss->id + 1; i-- > 0;) {
        const wick_node *node = w->tape->node[i];
        for (uint32_t j = 0; reached[i] && j < node->n_in; j++)
            if (node->in[j]->differentiable)
                reached[node->in[j]->id] = true;
    }
    return reached;
}

/* One block for all adjoints; an alias shares that of its input, which comes before it. */
static bool allocate_adjoints(wick *w, const wick_node *loss, const bool *reached)
{
    size_t total = 0;

    for (uint32_t i = 0; i <= loss->id; i++)
        if (reached[i] && !w->tape->node[i]->alias)
            total += doubles_of(w->tape->node[i]);
    double *adjoint = wicki_alloc_doubles(w, total);
    if (!adjoint)
        return false;
    memset(adjoint, 0, total * sizeof *adjoint);
    for (uint32_t i = 0; i < w->tape->n_nodes; i++) {
        wick_node *node = w->tape->node[i];
        node->adjoint = NULL;
        if (i > loss->id || !reached[i])
            continue;
        if (node->alias) {
            node->adjoint = node->in[0]->adjoint;
        } else {
            node->adjoint = adjoint;
            adjoint += doubles_of(node);
        }
    }
    return true;
}

static void run_reverse(wick_node *node)
{
    if (node->op->value)
        wicki_map_reverse(node);
    else
        node->op->reverse(node);
    if (node->op->finish)
        node->op->finish(node);
}

void wicki_backward(wick *w, wick_node *loss)
{
    if (!wicki_ok(w) || !loss->differentiable)
        return;
    const bool *reached = reached_from(w, loss);
    if (!reached || !allocate_adjoints(w, loss, reached))
        return;
    *loss->adjoint = 1.0;
    for (uint32_t i = loss->id + 1; i-- > 0;) {
        wick_node *node = w->tape->node[i];
        if (reached[i] && node->op && !node->alias)
            run_reverse(node);
    }
}

void wick_backward(wick_var x)
{
    wick *w = x.w;
    wick_node *loss = wicki_node_of(w, "wick_backward", x);

    if (!loss)
        return;
    if (loss->members != 1 || loss->elements != 1)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_backward: the loss has %zu elements, need a scalar; sum it first",
            doubles_of(loss));
    else if (!isfinite(*loss->value))
        wicki_fail_nonfinite(w, "wick_backward: the loss", loss);
    else
        wicki_backward(w, loss);
}
