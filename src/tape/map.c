/* Elementwise ops: value and partials on contiguous pieces, expanded over broadcast operands. */
#include "kernel/map.h"
#include "tape/loop.h"

#include <string.h>

enum { PIECE = 128 };

/* Inputs that do not vary along the run are spread over a piece, once for all its pieces. */
typedef struct pieces {
    double spread[WICK_MAX_INPUTS][PIECE];
    const double *in[WICK_MAX_INPUTS];
} pieces;

static size_t at_most(size_t n)
{
    return n < PIECE ? n : PIECE;
}

/* Inputs of the kernel: all but the mask. */
static uint32_t kernel_inputs(const wick_node *node)
{
    return node->n_in - node->masked;
}

static void spread_inputs(pieces *p, const wicki_stretch *s)
{
    const size_t n = at_most(s->n);

    for (uint32_t j = 0; j < kernel_inputs(s->operand[0]); j++) {
        const double *in = s->operand[j + 1]->value + s->offset[j + 1];
        p->in[j] = in;
        if (s->step[j + 1] == 1 || n == 1)
            continue;
        for (size_t i = 0; i < n; i++)
            p->spread[j][i] = *in;
        p->in[j] = p->spread[j];
    }
}

static void advance(pieces *p, const wicki_stretch *s, size_t n)
{
    for (uint32_t j = 0; j < kernel_inputs(s->operand[0]); j++)
        p->in[j] += s->step[j + 1] * n;
}

static void find_values(const wick_node *node, size_t n, double *out, const double *const *in)
{
    if (node->op->vector)
        node->op->vector(node, n, out, in[0]);
    else
        node->op->value(n, out, in);
}

static void forward_stretch(const wicki_stretch *s, void *unused)
{
    double *out = s->operand[0]->value + s->offset[0];
    double sum[PIECE];
    pieces p;

    (void)unused;
    spread_inputs(&p, s);
    for (size_t i = 0; i < s->n; i += PIECE) {
        const size_t n = at_most(s->n - i);
        if (!s->operand[0]->op->sum_event) {
            find_values(s->operand[0], n, out + i, p.in);
        } else {
            find_values(s->operand[0], n, sum, p.in);
            if (s->step[0] == 0)
                *out += wicki_sum(n, sum);
            else
                for (size_t l = 0; l < n; l++)
                    out[i + l] += sum[l];
        }
        advance(&p, s, n);
    }
}

/* g p, but a zero adjoint stays zero whatever the partial. */
static void weigh(size_t n, double *partial, const double *g, size_t g_step)
{
    if (g_step == 0) {
        const double same = *g;
        for (size_t i = 0; i < n; i++)
            partial[i] = same == 0.0 ? 0.0 : same * partial[i];
    } else {
        for (size_t i = 0; i < n; i++)
            partial[i] = g[i] == 0.0 ? 0.0 : g[i] * partial[i];
    }
}

/* To the adjoint of input j, of n elements from the i-th on. */
static void add_weighed(const wicki_stretch *s, uint32_t j, size_t i, size_t n, double *partial)
{
    const wick_node *node = s->operand[0];
    double *adjoint = node->in[j]->adjoint + s->offset[j + 1] + s->step[j + 1] * i;

    weigh(n, partial, node->adjoint + s->offset[0] + s->step[0] * i, s->step[0]);
    if (s->step[j + 1] == 0)
        *adjoint += wicki_sum(n, partial);
    else
        for (size_t l = 0; l < n; l++)
            adjoint[l] += partial[l];
}

static void reverse_stretch(const wicki_stretch *s, void *unused)
{
    const wick_node *node = s->operand[0];
    const double *y = node->value + s->offset[0];
    double buffer[WICK_MAX_INPUTS][PIECE];
    double *partial[WICK_MAX_INPUTS];
    pieces p;

    (void)unused;
    spread_inputs(&p, s);
    for (uint32_t j = 0; j < kernel_inputs(s->operand[0]); j++)
        partial[j] = node->in[j]->adjoint ? buffer[j] : NULL;
    for (size_t i = 0; i < s->n; i += PIECE) {
        const size_t n = at_most(s->n - i);
        node->op->partials(n, partial, y + s->step[0] * i, p.in);
        for (uint32_t j = 0; j < kernel_inputs(node); j++)
            if (partial[j])
                add_weighed(s, j, i, n, partial[j]);
        advance(&p, s, n);
    }
}

/* A node of one element whose inputs have one element: no pieces, no spreading. */
static bool is_single(const wick_node *node)
{
    bool single = node->members == 1 && node->elements == 1 && !node->masked;

    for (uint32_t j = 0; single && j < node->n_in; j++)
        single = node->in[j]->members == 1 && node->in[j]->elements == 1;
    return single;
}

static void point_to_inputs(const wick_node *node, const double **in)
{
    for (uint32_t j = 0; j < node->n_in; j++)
        in[j] = node->in[j]->value;
}

static void reverse_single(wick_node *node)
{
    double buffer[WICK_MAX_INPUTS], *partial[WICK_MAX_INPUTS];
    const double *in[WICK_MAX_INPUTS], g = *node->adjoint;

    point_to_inputs(node, in);
    for (uint32_t j = 0; j < node->n_in; j++)
        partial[j] = node->in[j]->adjoint ? buffer + j : NULL;
    node->op->partials(1, partial, node->value, in);
    for (uint32_t j = 0; j < node->n_in; j++)
        if (partial[j] && g != 0.0)
            *node->in[j]->adjoint += g * buffer[j];
}

static void forward_single(wick_node *node)
{
    const double *in[WICK_MAX_INPUTS];

    point_to_inputs(node, in);
    node->op->value(1, node->value, in);
}

/* --- one short run, laid out ------------------------------------------------------------------- */

static const wicki_stretch *short_run(const wick_node *node)
{
    const wicki_stretch *s = wicki_only_stretch(node);

    return s && s->n <= PIECE ? s : NULL;
}

/* Sums begin with 0.0, so that none is -0.0. */
static void forward_short(wick_node *node)
{
    const wicki_stretch *s = short_run(node);
    pieces p;

    spread_inputs(&p, s);
    if (!node->op->sum_event) {
        find_values(node, s->n, node->value, p.in);
        return;
    }
    double value[PIECE];
    find_values(node, s->n, value, p.in);
    if (s->step[0] == 0)
        *node->value = 0.0 + wicki_sum(s->n, value);
    else
        for (size_t i = 0; i < s->n; i++)
            node->value[i] = 0.0 + value[i];
}

static void reverse_short(wick_node *node)
{
    const wicki_stretch *s = short_run(node);
    double buffer[WICK_MAX_INPUTS][PIECE], *partial[WICK_MAX_INPUTS];
    pieces p;

    spread_inputs(&p, s);
    for (uint32_t j = 0; j < node->n_in; j++)
        partial[j] = node->in[j]->adjoint ? buffer[j] : NULL;
    node->op->partials(s->n, partial, node->value, p.in);
    for (uint32_t j = 0; j < node->n_in; j++)
        if (partial[j])
            add_weighed(s, j, 0, s->n, partial[j]);
}

/* --- by a kernel ------------------------------------------------------------------------------- */

static const wicki_map_kernel *kernel_of(const wick_node *node)
{
    return node->op->kernel ? node->op->kernel(node) : NULL;
}

static wicki_map_run run_of(const wicki_stretch *s)
{
    const wick_node *node = s->operand[0];
    wicki_map_run run = { .n = s->n, .out = node->value + s->offset[0] };

    run.out_adjoint = node->adjoint ? node->adjoint + s->offset[0] : NULL;
    for (uint32_t j = 0; j < kernel_inputs(node); j++) {
        const wick_node *in = node->in[j];
        run.in[j] = in->value + s->offset[j + 1];
        run.in_adjoint[j] = in->adjoint ? in->adjoint + s->offset[j + 1] : NULL;
        run.in_step[j] = s->step[j + 1];
    }
    return run;
}

wicki_map_run *wicki_kernel_run(wick *w, const wick_node *node)
{
    const wicki_stretch *s = wicki_only_stretch(node);

    if (!s || is_single(node) || !kernel_of(node))
        return NULL;
    wicki_map_run *run = wick_alloc(w, sizeof *run);
    if (run)
        *run = run_of(s);
    return run;
}

static void kernel_forward(const wicki_stretch *s, void *kernel)
{
    const wicki_map_run run = run_of(s);

    ((const wicki_map_kernel *)kernel)->forward(&run);
}

static void kernel_reverse(const wicki_stretch *s, void *kernel)
{
    const wicki_map_run run = run_of(s);

    ((const wicki_map_kernel *)kernel)->reverse(&run);
}

/* --- any node ---------------------------------------------------------------------------------- */

void wicki_map_forward(wick_node *node)
{
    if (is_single(node)) {
        forward_single(node);
        return;
    }
    const wicki_map_kernel *kernel = kernel_of(node);
    if (node->masked || (node->op->sum_event && !kernel))
        memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    wicki_for_node(
        node, true, kernel ? kernel_forward : forward_stretch, (void *)(uintptr_t)kernel);
}

void wicki_map_reverse(wick_node *node)
{
    if (is_single(node)) {
        reverse_single(node);
        return;
    }
    const wicki_map_kernel *kernel = kernel_of(node);
    wicki_for_node(
        node, true, kernel ? kernel_reverse : reverse_stretch, (void *)(uintptr_t)kernel);
}

/* What needs neither prepare nor finish. */
static bool runs_as_single(const wick_node *node)
{
    return node->op->value && (!node->op->prepare || kernel_of(node)) && is_single(node);
}

void (*wicki_forward_of(const wick_node *node))(wick_node *node)
{
    if (runs_as_single(node))
        return forward_single;
    if (node->op->forward || !node->op->value)
        return node->op->forward;
    return short_run(node) && !kernel_of(node) ? forward_short : wicki_map_forward;
}

void (*wicki_reverse_of(const wick_node *node))(wick_node *node)
{
    if (runs_as_single(node))
        return reverse_single;
    if (node->op->reverse || !node->op->value)
        return node->op->reverse;
    return short_run(node) && !kernel_of(node) ? reverse_short : wicki_map_reverse;
}
