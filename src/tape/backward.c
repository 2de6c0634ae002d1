#include "tape/loop.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

static size_t doubles_of(const wick_node *node)
{
    return node->members * node->elements;
}

/* Gives a node its adjoint, zeros; an alias has a part of that of its input. */
static bool want_adjoint(wick *w, wick_node *node)
{
    if (node->adjoint)
        return true;
    if (node->alias) {
        if (!want_adjoint(w, node->in[0]))
            return false;
        node->adjoint = node->in[0]->adjoint + node->offset;
        return true;
    }
    const size_t n = doubles_of(node);
    node->adjoint = wicki_alloc_doubles(w, n);
    for (size_t i = 0; node->adjoint && i < n; i++)
        node->adjoint[i] = 0.0;
    return node->adjoint != NULL;
}

static bool want_inputs(wick *w, const wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++)
        if (node->in[j]->differentiable && !want_adjoint(w, node->in[j]))
            return false;
    return true;
}

static void run_reverse(wick_node *node)
{
    if (node->op->reverse)
        node->op->reverse(node);
    else
        wicki_map_reverse(node);
    if (node->op->finish)
        node->op->finish(node);
}

/* What has an adjoint when its turn comes is on the way from the loss to what is differentiable. */
void wicki_backward(wick *w, wick_node *loss)
{
    if (!wicki_ok(w) || !loss->differentiable)
        return;
    for (uint32_t i = 0; i < w->tape->n_nodes; i++)
        w->tape->node[i]->adjoint = NULL;
    if (!want_adjoint(w, loss))
        return;
    *loss->adjoint = 1.0;
    for (uint32_t i = loss->id + 1; i-- > 0;) {
        wick_node *node = w->tape->node[i];
        if (!node->adjoint || !node->op || node->alias)
            continue;
        if (!want_inputs(w, node))
            return;
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
