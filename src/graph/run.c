/* Running a graph: the frame, and between its parts the tiles, block by block. */
#include "graph/graph.h"

#include "site/plate.h"
#include "tape/draw.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

static void add_to(size_t n, double *sum, const double *x)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* --- a tile ---------------------------------------------------------------------------------- */

static size_t doubles_of_sums(const wicki_tile *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_sums; i++)
        n += t->sum[i].n;
    return n;
}

static void add_values(wicki_tile *t, uint32_t pass)
{
    double *sum = t->sums;

    for (size_t i = 0; i < t->n_values; sum += t->sum[i++].n)
        if (t->sum[i].pass == pass)
            add_to(t->sum[i].n, sum, t->sum[i].node->value);
}

static void run_tile(wicki_tile *t, uint32_t pass, size_t first, bool gradients)
{
    t->dim->first = first;
    wicki_list_run(&t->pass[pass].forward);
    add_values(t, pass);
    if (!gradients)
        return;
    memset(t->adjoints, 0, t->n_adjoints * sizeof *t->adjoints);
    wicki_list_run(&t->pass[pass].reverse);
}

/* The members first .. end - 1, which are whole tiles; the sums go to where those of a block go. */
static void run_block(
    wicki_tile *t, uint32_t pass, size_t first, size_t end, bool gradients, double *sums)
{
    const size_t n = doubles_of_sums(t);

    memset(t->sums, 0, n * sizeof *t->sums);
    for (; first < end; first += t->dim->size)
        run_tile(t, pass, first, gradients);
    if (gradients)
        wicki_list_run(&t->finish);
    memcpy(sums, t->sums, n * sizeof *sums);
}

/* --- all tiles ------------------------------------------------------------------------------- */

typedef struct sweep {
    wick_graph *g;
    uint32_t pass;
    bool gradients;
} sweep;

static void run_one_block(void *arg, size_t block, size_t worker)
{
    const sweep *s = arg;
    wick_graph *g = s->g;
    const size_t end = g->n_blocks * g->block < g->rest ? g->n_blocks * g->block : g->rest;
    const size_t first = block * g->block, next = first + g->block;

    run_block(&g->tiles[worker], s->pass, first, next < end ? next : end, s->gradients,
        g->block_sums + block * doubles_of_sums(&g->tiles[0]));
}

/* The members after the last whole tile are a block of their own, in the last of the tiles. */
static void run_rest(const sweep *s)
{
    wick_graph *g = s->g;
    wicki_tile *t = &g->tiles[g->n_threads];

    if (t->recording)
        run_block(t, s->pass, g->rest, g->rest + t->dim->size, s->gradients,
            g->block_sums + g->n_blocks * doubles_of_sums(&g->tiles[0]));
}

/* The first block is copied, so that a single one keeps its bits. */
static void add_blocks(wick_graph *g)
{
    const size_t n = doubles_of_sums(&g->tiles[0]);
    const size_t blocks = g->n_blocks + (g->tiles[g->n_threads].recording != NULL);

    memcpy(g->total, g->block_sums, n * sizeof *g->total);
    for (size_t b = 1; b < blocks; b++)
        add_to(n, g->total, g->block_sums + b * n);
    if (g->options.reduce)
        g->options.reduce(g->total, n, g->options.reduce_arg);
}

/* Values become those of the frame's sums; adjoints are added to the frame's. */
static void give_sums(wick_graph *g, uint32_t pass, bool gradients)
{
    const wicki_tile *t = &g->tiles[0];
    const double *sum = g->total;

    for (size_t i = 0; i < t->n_sums; sum += t->sum[i++].n) {
        wick_node *node = g->frame->tape.node[t->sum[i].id];
        if (i < t->n_values && t->sum[i].pass == pass)
            memcpy(node->value, sum, t->sum[i].n * sizeof *sum);
        else if (i >= t->n_values && gradients)
            add_to(t->sum[i].n, node->adjoint, sum);
    }
}

static void run_pass(wick_graph *g, uint32_t pass, bool gradients)
{
    sweep s = { g, pass, gradients };

    if (g->threaded)
        wicki_pool_run(g->pool, g->n_blocks, run_one_block, &s);
    else
        for (size_t b = 0; b < g->n_blocks; b++)
            run_one_block(&s, b, 0);
    run_rest(&s);
    add_blocks(g);
    give_sums(g, pass, gradients);
}

/* --- everything ------------------------------------------------------------------------------ */

/* Draws of this step in all recordings; the minibatches are chosen once. */
static void renew(wick_graph *g, wicki_recording *r)
{
    for (uint32_t i = 0; i < r->tape.n_nodes; i++)
        if (g->section[i].live && r->tape.node[i]->op == &wicki_op_draw)
            wicki_draw_set_step(r->tape.node[i], g->step);
}

static void choose_members(wick_graph *g)
{
    const wicki_dims *dims = &g->frame->tape.dims;

    if (!g->has_minibatches)
        return;
    g->frame->handle.step = g->step;
    for (uint32_t i = 1; i < dims->n_dims; i++)
        wicki_plate_choose_members(&g->frame->handle, &dims->dim[i]);
}

/* All tiles' constants, before any thread runs: they may depend on the sums of earlier passes. */
static void prepare_tiles(wick_graph *g)
{
    for (size_t i = 0; i <= g->n_threads; i++)
        if (g->tiles[i].recording)
            wicki_list_run(&g->tiles[i].prepare);
}

void wicki_graph_place_gradients(const wick_graph *g)
{
    for (size_t i = 0; i < g->frame->outcome.n_params; i++)
        if (g->frame->outcome.param[i].gradient)
            g->frame->outcome.param[i].entry->gradient = g->frame->outcome.param[i].gradient;
}

static void begin(wick_graph *g)
{
    wicki_graph_place_gradients(g);
    choose_members(g);
    if (!g->has_draws)
        return;
    renew(g, g->frame);
    for (size_t i = 0; i <= g->n_threads && g->n_passes > 0; i++)
        if (g->tiles[i].recording)
            renew(g, g->tiles[i].recording);
}

/* From the last pass to the first; the adjoints of its sums must be known. */
static void run_reverse(wick_graph *g, bool last_is_done)
{
    for (uint32_t p = g->n_passes; p-- > 0;) {
        if (last_is_done && p + 1 == g->n_passes)
            continue;
        wicki_list_run(&g->after_reverse[p]);
        run_pass(g, p, true);
    }
    wicki_list_run(&g->before_reverse);
}

void wicki_graph_execute(wick_graph *g, bool gradients)
{
    const wick_node *result = g->frame->outcome.result;
    const bool at_once = gradients && g->linear && g->n_passes > 0;

    begin(g);
    g->value = NAN;
    if (!wicki_ok(&g->frame->handle)) /* indices out of range */
        return;
    wicki_list_run(&g->before);
    if (gradients)
        memset(g->adjoints, 0, g->n_adjoints * sizeof *g->adjoints);
    if (gradients && result->adjoint)
        *result->adjoint = 1.0;
    for (uint32_t p = 0; p < g->n_passes; p++) {
        const bool reversed = at_once && p + 1 == g->n_passes;
        if (reversed)
            wicki_list_run(&g->after_reverse[p]);
        prepare_tiles(g);
        run_pass(g, p, reversed);
        wicki_list_run(&g->after[p]);
    }
    g->value = *result->value;
    if (gradients && isfinite(g->value))
        run_reverse(g, at_once);
}

const double *wicki_graph_gradient(const wick_graph *g, size_t i)
{
    const wicki_graph_param *p = &g->frame->outcome.param[i];

    return p->gradient ? p->gradient : p->leaf->adjoint;
}

/* --- a value that is not finite -------------------------------------------------------------- */

static bool is_bad(const wick_node *node)
{
    for (size_t i = 0; i < node->members * node->elements; i++)
        if (!isfinite(node->value[i]))
            return true;
    return false;
}

static void take_error(wick_graph *g, const wick *from)
{
    if (wicki_ok(g->w) && from->status != WICK_OK)
        wick_fail(g->w, from->status, "%s", from->message);
}

/* Runs a pass of a tile and says where in it a sum went wrong; false if none did. */
static bool fail_in_tile(
    wick_graph *g, wicki_tile *t, uint32_t pass, size_t first, const char *what)
{
    wicki_list_run(&t->prepare);
    run_tile(t, pass, first, false);
    for (size_t i = 0; i < t->n_values; i++) {
        if (t->sum[i].pass != pass || !is_bad(t->sum[i].node))
            continue;
        wicki_fail_nonfinite(&t->recording->handle, what, t->sum[i].node);
        take_error(g, &t->recording->handle);
        return true;
    }
    return false;
}

/* The first tile that does. */
static bool fail_in_pass(wick_graph *g, uint32_t pass, const char *what)
{
    wicki_tile *whole = &g->tiles[0], *rest = &g->tiles[g->n_threads];

    for (size_t first = 0; first < g->rest; first += whole->dim->size)
        if (fail_in_tile(g, whole, pass, first, what))
            return true;
    return rest->recording && fail_in_tile(g, rest, pass, g->rest, what);
}

static bool sums_are_bad(const wick_graph *g)
{
    for (size_t i = 0; g->n_passes > 0 && i < g->tiles[0].n_values; i++)
        if (is_bad(g->frame->tape.node[g->tiles[0].sum[i].id]))
            return true;
    return false;
}

void wicki_graph_fail_nonfinite(wick_graph *g, const char *what)
{
    for (uint32_t p = 0; p < g->n_passes && sums_are_bad(g); p++)
        if (fail_in_pass(g, p, what))
            return;
    wicki_fail_nonfinite(&g->frame->handle, what, g->frame->outcome.result);
    take_error(g, &g->frame->handle);
}
