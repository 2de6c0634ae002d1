/* Lists of instructions: for the frame, and for a tile. */
#include "graph/graph.h"

#include "tape/loop.h"

#include <string.h>

static size_t doubles_of(const wick_node *node)
{
    return node->members * node->elements;
}

/* --- lists ----------------------------------------------------------------------------------- */

static bool new_list(wick *w, wicki_list *list, size_t most)
{
    list->n = 0;
    list->at = wick_alloc(w, (most + 1) * sizeof *list->at);
    return list->at;
}

static void add(wicki_list *list, void (*run)(wick_node *node), wick_node *node)
{
    if (run)
        list->at[list->n++] = (wicki_instruction){ .run = run, .node = node };
}

/* Where values and adjoints are does not change any more. */
static void add_forward(wicki_list *list, wick_node *node)
{
    wicki_lay_out_walk(node->w, node);
    const wicki_map_run *members = wicki_kernel_run(node->w, node);
    if (members)
        list->at[list->n++] =
            (wicki_instruction){ .kernel = node->op->kernel(node)->forward, .members = members };
    else
        add(list, wicki_forward_of(node), node);
}

static void add_reverse(wicki_list *list, wick_node *node)
{
    const wicki_map_run *members = wicki_kernel_run(node->w, node);

    if (members)
        list->at[list->n++] =
            (wicki_instruction){ .kernel = node->op->kernel(node)->reverse, .members = members };
    else
        add(list, wicki_reverse_of(node), node);
}

/* What prepare reads, the inputs without the node's last dimension, may be the same in each run. */
static bool stays_prepared(const wick_graph *g, const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    if (node->op->source || set->n == 0)
        return false;
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        const bool number = !in->op && !wicki_on_tape(in);
        const bool read = !wicki_set_has(node->w, in->dims, set->dim[set->n - 1]);
        if (read && !number && !(wicki_on_tape(in) && g->section[in->id].fixed))
            return false;
    }
    return true;
}

static bool has_kernel(const wick_node *node)
{
    return node->op->kernel && node->op->kernel(node);
}

static void add_prepare(const wick_graph *g, wicki_list *list, wick_node *node)
{
    if (!has_kernel(node) && !stays_prepared(g, node))
        add(list, node->op->prepare, node);
}

static void add_finish(wicki_list *list, wick_node *node)
{
    if (!has_kernel(node))
        add(list, node->op->finish, node);
}

/* Is there something to run for it? */
static bool runs(const wick_node *node)
{
    return node->op && !node->alias;
}

/* --- the frame ------------------------------------------------------------------------------- */

static size_t doubles_of_adjoints(
    const wick_graph *g, const wicki_tape *tape, bool inside, bool stored)
{
    size_t n = 0;

    for (uint32_t i = 0; i < tape->n_nodes; i++) {
        const wicki_section *s = &g->section[i];
        if (s->gradient && s->inside == inside && s->stored == stored && !tape->node[i]->alias)
            n += doubles_of(tape->node[i]);
    }
    return n;
}

/* Which of its inputs' adjoints a node sets instead of adding to them. */
static void find_fresh(const wick_graph *g, wick_node *node, bool inside)
{
    node->fresh = 0;
    for (uint32_t j = 0; node->op && node->op->stores && j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        const wicki_section *s = wicki_on_tape(in) ? &g->section[in->id] : NULL;
        if (s && s->stored && s->inside == inside)
            node->fresh |= (uint8_t)(1u << j);
    }
}

/*
 * Adjoints of the nodes inside or outside, in one piece, of which one memset clears the first `clear`.
 * What is set in one go comes last. An alias has a part of the adjoint of its source.
 */
static double *place_adjoints(wick_graph *g, wicki_recording *r, bool inside, size_t *clear)
{
    const wicki_tape *tape = &r->tape;
    size_t added = 0, stored = doubles_of_adjoints(g, tape, inside, false);

    *clear = stored;
    double *adjoints =
        wicki_alloc_doubles(&r->handle, stored + doubles_of_adjoints(g, tape, inside, true) + 1);
    for (uint32_t i = 0; adjoints && i < tape->n_nodes; i++) {
        wick_node *node = tape->node[i];
        const wicki_section *s = &g->section[i];
        size_t *n = s->stored ? &stored : &added;
        find_fresh(g, node, inside);
        if (!s->gradient || s->inside != inside)
            continue;
        node->adjoint = node->alias ? node->in[0]->adjoint + node->offset : adjoints + *n;
        *n += node->alias ? 0 : doubles_of(node);
    }
    return adjoints;
}

static bool new_frame_lists(wick_graph *g)
{
    wick *w = &g->frame->handle;
    const size_t most = g->frame->tape.n_nodes * 2;

    g->after = wicki_alloc_zero(w, (g->n_passes + 1) * sizeof *g->after);
    g->after_reverse = wicki_alloc_zero(w, (g->n_passes + 1) * sizeof *g->after_reverse);
    if (!g->after || !g->after_reverse || !new_list(w, &g->before, most) ||
        !new_list(w, &g->before_reverse, most))
        return false;
    for (uint32_t p = 0; p < g->n_passes; p++)
        if (!new_list(w, &g->after[p], most) || !new_list(w, &g->after_reverse[p], most))
            return false;
    return true;
}

/* A parameter that the result does not depend on has a gradient of zeros. */
static bool find_gradients(wick_graph *g)
{
    for (size_t i = 0; i < g->frame->outcome.n_params; i++) {
        wicki_graph_param *p = &g->frame->outcome.param[i];
        if (!g->section[p->leaf->id].gradient)
            p->gradient = wicki_alloc_zero(
                &g->frame->handle, wicki_entry_size(p->entry) * sizeof *p->gradient);
        if (!p->gradient && !p->leaf->adjoint)
            return false;
    }
    return true;
}

bool wicki_graph_plan_frame(wick_graph *g)
{
    const wicki_tape *tape = &g->frame->tape;

    g->adjoints = place_adjoints(g, g->frame, false, &g->n_adjoints);
    if (!g->adjoints || !new_frame_lists(g))
        return false;
    for (uint32_t i = 0; i < tape->n_nodes; i++) {
        const wicki_section *s = &g->section[i];
        wicki_list *list = s->stage ? &g->after[s->stage - 1] : &g->before;
        if (!s->live || s->fixed || s->inside || s->boundary || !runs(tape->node[i]))
            continue;
        add_prepare(g, list, tape->node[i]);
        add_forward(list, tape->node[i]);
    }
    for (uint32_t i = tape->n_nodes; i-- > 0;) {
        const wicki_section *s = &g->section[i];
        wicki_list *list = s->stage ? &g->after_reverse[s->stage - 1] : &g->before_reverse;
        if (!s->gradient || s->inside || s->boundary || !runs(tape->node[i]))
            continue;
        add_reverse(list, tape->node[i]);
        add_finish(list, tape->node[i]);
    }
    return find_gradients(g);
}

/* --- a tile ---------------------------------------------------------------------------------- */

/*
 * Inside a tile a sum over the plate is two things: what this tile adds to it, and what nodes of later
 * passes read, which is the frame's. The second gets a node of its own.
 */
static bool split_sums(wick_graph *g, wicki_tile *t)
{
    const wicki_tape *own = &t->recording->tape;

    t->read = wick_alloc(&t->recording->handle, own->n_nodes * sizeof *t->read);
    for (uint32_t i = 0; t->read && i < own->n_nodes; i++) {
        wick_node *node = own->node[i];
        t->read[i] = node;
        if (g->section[i].boundary && g->section[i].read) {
            t->read[i] = wick_alloc(&t->recording->handle, sizeof *node);
            if (!t->read[i])
                return false;
            *t->read[i] = *node;
            t->read[i]->value = g->frame->tape.node[i]->value;
        }
        for (uint32_t j = 0; j < node->n_in; j++)
            if (wicki_on_tape(node->in[j]))
                node->in[j] = t->read[node->in[j]->id];
    }
    return t->read;
}

/* Nodes outside have the frame's values; what varies over the plate has adjoints of its own. */
static bool connect(wick_graph *g, wicki_tile *t)
{
    const wicki_tape *own = &t->recording->tape, *frame = &g->frame->tape;

    for (uint32_t i = 0; i < own->n_nodes; i++) {
        const wicki_section *s = &g->section[i];
        if (!s->inside && !s->boundary && own->node[i]->value != frame->node[i]->value)
            own->node[i]->value = frame->node[i]->value;
        if (s->boundary)
            own->node[i]->adjoint = frame->node[i]->adjoint;
    }
    t->adjoints = place_adjoints(g, t->recording, true, &t->n_adjoints);
    return t->adjoints;
}

/* What tiles add up: first values, then adjoints of nodes outside. */
static bool place_sums(wick_graph *g, wicki_tile *t)
{
    const wicki_tape *own = &t->recording->tape;
    wick *w = &t->recording->handle;
    size_t n = 0;

    t->sum = wick_alloc(w, 2 * own->n_nodes * sizeof *t->sum);
    if (!t->sum)
        return false;
    t->n_values = t->n_sums = 0;
    for (uint32_t i = 0; i < own->n_nodes; i++)
        if (g->section[i].live && g->section[i].boundary)
            t->sum[t->n_values++] =
                (wicki_share){ own->node[i], i, g->section[i].stage, doubles_of(own->node[i]) };
    t->n_sums = t->n_values;
    for (uint32_t i = 0; i < own->n_nodes; i++)
        if (g->section[i].read && g->section[i].gradient)
            t->sum[t->n_sums++] = (wicki_share){ t->read[i], i, 0, doubles_of(own->node[i]) };
    for (size_t i = 0; i < t->n_sums; i++)
        n += t->sum[i].n;
    t->sums = wicki_alloc_zero(w, (n + 1) * sizeof *t->sums);
    n = 0;
    for (size_t i = 0; t->sums && i < t->n_sums; n += t->sum[i++].n)
        if (i >= t->n_values)
            t->sum[i].node->adjoint = t->sums + n;
    return t->sums;
}

/* The nodes that the sums of a pass need. */
static bool *needed_in(wick_graph *g, wicki_tile *t, uint32_t pass)
{
    const wicki_tape *own = &t->recording->tape;
    bool *needed = wicki_alloc_zero(&t->recording->handle, own->n_nodes * sizeof *needed);

    for (uint32_t i = own->n_nodes; needed && i-- > 0;) {
        const wicki_section *s = &g->section[i];
        needed[i] |= s->live && s->boundary && s->stage == pass;
        for (uint32_t j = 0; needed[i] && j < own->node[i]->n_in; j++) {
            const wick_node *in = own->node[i]->in[j];
            if (wicki_on_tape(in) && g->section[in->id].inside)
                needed[in->id] = true;
        }
    }
    return needed;
}

static bool tiled_innermost(const wick_graph *g, const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    return set->n > 0 && set->dim[set->n - 1] == g->dim;
}

/*
 * Between prepare and finish an op keeps what belongs to inputs that do not vary over its innermost
 * dimension. If that is another plate, inside the tiled one, they may be members of the tile.
 */
static bool keeps_over_tiles(const wick_graph *g, const wick_node *node)
{
    if (node->op->source || tiled_innermost(g, node))
        return true;
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        if (wicki_on_tape(in) && g->section[in->id].inside && !tiled_innermost(g, in))
            return false;
    }
    return g->section[node->id].boundary;
}

static bool plan_pass(wick_graph *g, wicki_tile *t, uint32_t pass)
{
    const wicki_tape *own = &t->recording->tape;
    wicki_pass *p = &t->pass[pass];
    const bool *needed = needed_in(g, t, pass);

    if (!needed || !new_list(&t->recording->handle, &p->forward, 2 * (size_t)own->n_nodes) ||
        !new_list(&t->recording->handle, &p->reverse, 2 * (size_t)own->n_nodes))
        return false;
    for (uint32_t i = 0; i < own->n_nodes; i++) {
        if (!needed[i] || !runs(own->node[i]))
            continue;
        if (!keeps_over_tiles(g, own->node[i]))
            add(&p->forward, own->node[i]->op->prepare, own->node[i]);
        add_forward(&p->forward, own->node[i]);
    }
    for (uint32_t i = own->n_nodes; i-- > 0;) {
        if (!needed[i] || !runs(own->node[i]) || !g->section[i].gradient)
            continue;
        add_reverse(&p->reverse, own->node[i]);
        if (!keeps_over_tiles(g, own->node[i]))
            add_finish(&p->reverse, own->node[i]);
    }
    return true;
}

bool wicki_graph_plan_tile(wick_graph *g, wicki_tile *t)
{
    const wicki_tape *own = &t->recording->tape;
    wick *w = &t->recording->handle;

    t->dim = &t->recording->tape.dims.dim[g->dim];
    t->pass = wicki_alloc_zero(w, g->n_passes * sizeof *t->pass);
    if (!t->pass || !split_sums(g, t) || !connect(g, t) || !place_sums(g, t) ||
        !new_list(w, &t->prepare, own->n_nodes) || !new_list(w, &t->finish, own->n_nodes))
        return false;
    for (uint32_t i = 0; i < own->n_nodes; i++) {
        const wicki_section *s = &g->section[i];
        if (!s->live || !(s->inside || s->boundary) || !runs(own->node[i]) ||
            !keeps_over_tiles(g, own->node[i]))
            continue;
        if (!own->node[i]->op->source || t == g->tiles) /* gradients are cleared once */
            add_prepare(g, &t->prepare, own->node[i]);
        if (s->gradient)
            add_finish(&t->finish, own->node[i]);
    }
    for (uint32_t p = 0; p < g->n_passes; p++)
        if (!plan_pass(g, t, p))
            return false;
    return true;
}
