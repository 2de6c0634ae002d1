/* Sorting the nodes of a program: before, inside and after the tiled plate. */
#include "graph/graph.h"

#include "tape/op_list.h"

static bool varies(const wick_graph *g, const wick_node *node)
{
    return g->dim && wicki_set_has(node->w, node->dims, g->dim);
}

/* What is known of an input: a number, which is not on the tape, is fixed. */
static const wicki_section *section_of(const wick_graph *g, const wick_node *node)
{
    static const wicki_section number = { .live = true, .fixed = true };

    return wicki_on_tape(node) ? &g->section[node->id] : &number;
}

static void mark_live(wick_graph *g)
{
    const wicki_tape *tape = &g->frame->tape;

    g->section[g->frame->outcome.result->id].live = true;
    for (uint32_t i = g->frame->outcome.result->id + 1; i-- > 0;) {
        const wick_node *node = tape->node[i];
        for (uint32_t j = 0; g->section[i].live && j < node->n_in; j++)
            if (wicki_on_tape(node->in[j]))
                g->section[node->in[j]->id].live = true;
    }
}

/* As wicki_backward finds them: from the result to what is differentiable. */
static void mark_gradients(wick_graph *g)
{
    const wick_node *result = g->frame->outcome.result;

    g->section[result->id].gradient = result->differentiable;
    for (uint32_t i = result->id + 1; i-- > 0;) {
        const wick_node *node = g->frame->tape.node[i];
        for (uint32_t j = 0; g->section[i].gradient && j < node->n_in; j++) {
            wicki_section *in = &g->section[node->in[j]->id];
            if (!node->in[j]->differentiable)
                continue;
            in->gradient = true;
            in->stored = in->uses++ == 0 && !node->in[j]->alias && node->op->stores &&
                node->op->stores(node, j); /* what an alias shares others may add to */
        }
    }
    for (uint32_t i = 0; i <= result->id; i++) /* a sum of tiles' adjoints is not set at once */
        g->section[i].stored &= g->section[i].inside || !g->section[i].read;
}

/* A source is read again, a draw drawn again, a parameter is new in each run. */
static bool is_fixed(const wick_graph *g, const wick_node *node)
{
    if (node->differentiable || (node->op && (node->op->source || node->op == &wicki_op_draw)))
        return false;
    for (uint32_t j = 0; j < node->n_in; j++)
        if (!section_of(g, node->in[j])->fixed)
            return false;
    return true;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* False if it takes all members of the plate at once, but is not a sum over them. */
static bool place(wick_graph *g, const wick_node *node)
{
    wicki_section *s = &g->section[node->id];
    uint32_t outside = 0, inside = 0;
    bool reads_inside = false;

    s->fixed = is_fixed(g, node);
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wicki_section *in = section_of(g, node->in[j]);
        if (in->inside)
            inside = larger(inside, in->stage);
        else
            outside = larger(outside, in->stage + in->boundary);
        reads_inside |= in->inside;
    }
    s->inside = varies(g, node);
    s->boundary = reads_inside && !s->inside;
    s->stage = larger(outside, inside);
    if (s->boundary && s->live)
        g->n_passes = larger(g->n_passes, s->stage + 1);
    for (uint32_t j = 0; j < node->n_in && s->live; j++)
        if ((s->inside || s->boundary) && wicki_on_tape(node->in[j]) &&
            !section_of(g, node->in[j])->inside)
            g->section[node->in[j]->id].read = true;
    return !s->live || !s->boundary || (node->op->additive && !node->alias);
}

/* How many of the inputs depend on the last sums. */
static uint32_t late_inputs(const wick_graph *g, const wick_node *node)
{
    uint32_t n = 0;

    for (uint32_t j = 0; j < node->n_in; j++) {
        const wicki_section *in = section_of(g, node->in[j]);
        n += in->stage + in->boundary >= g->n_passes;
    }
    return n;
}

/* Does its reverse need no value that depends on the last sums? */
static bool reverse_is_early(const wick_graph *g, const wick_node *node)
{
    if (node->op == &wicki_op_mul)
        return late_inputs(g, node) == 1;
    return node->op->linear || node->op == &wicki_op_add || node->op == &wicki_op_sub ||
        node->op == &wicki_op_neg;
}

/* Are the adjoints of the last sums known without their values? */
static bool is_linear(const wick_graph *g)
{
    for (uint32_t i = 0; i < g->frame->tape.n_nodes; i++) {
        const wick_node *node = g->frame->tape.node[i];
        const wicki_section *s = &g->section[i];
        if (!s->gradient || !s->live || s->inside || s->boundary || node->alias ||
            s->stage < g->n_passes)
            continue;
        if (!reverse_is_early(g, node))
            return false;
    }
    return true;
}

bool wicki_graph_divide(wick_graph *g)
{
    const wicki_tape *tape = &g->frame->tape;

    g->section = wicki_alloc_zero(&g->frame->handle, tape->n_nodes * sizeof *g->section);
    if (!g->section)
        return false;
    g->n_passes = 0;
    mark_live(g);
    for (uint32_t i = 0; i < tape->n_nodes; i++)
        if (!place(g, tape->node[i]))
            return false;
    mark_gradients(g);
    g->linear = g->n_passes > 0 && is_linear(g);
    return true;
}

size_t wicki_graph_doubles_per_member(const wick_graph *g)
{
    const size_t members = wicki_dim_at(&g->frame->handle, g->dim)->size;
    size_t n = 0;

    for (uint32_t i = 0; i < g->frame->tape.n_nodes; i++) {
        const wick_node *node = g->frame->tape.node[i];
        const wicki_section *s = &g->section[i];
        if (s->live && s->inside && !node->alias)
            n += (1 + (size_t)s->gradient) * node->elements * (node->members / members);
    }
    return n;
}
