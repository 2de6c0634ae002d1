/* Elementwise ops: value and partials on contiguous pieces, expanded over broadcast operands. */
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

static void reverse_stretch(const wicki_stretch *s, void *unused)
{
    const wick_node *node = s->operand[0];
    const double *g = node->adjoint + s->offset[0], *y = node->value + s->offset[0];
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
        for (uint32_t j = 0; j < kernel_inputs(s->operand[0]); j++) {
            if (!partial[j])
                continue;
            weigh(n, partial[j], g + s->step[0] * i, s->step[0]);
            double *adjoint = node->in[j]->adjoint + s->offset[j + 1];
            if (s->step[j + 1] == 0)
                *adjoint += wicki_sum(n, partial[j]);
            else
                for (size_t l = 0; l < n; l++)
                    adjoint[i + l] += partial[j][l];
        }
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

static void reverse_single(const wick_node *node)
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

void wicki_map_forward(wick_node *node)
{
    if (is_single(node)) {
        const double *in[WICK_MAX_INPUTS];
        point_to_inputs(node, in);
        node->op->value(1, node->value, in);
        return;
    }
    if (node->op->sum_event || node->masked)
        memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    wicki_for_node(node, true, forward_stretch, NULL);
}

void wicki_map_reverse(wick_node *node)
{
    if (is_single(node))
        reverse_single(node);
    else
        wicki_for_node(node, true, reverse_stretch, NULL);
}

void (*wicki_forward_of(const wick_node *node))(wick_node *node)
{
    return node->op->forward || !node->op->value ? node->op->forward : wicki_map_forward;
}

void (*wicki_reverse_of(const wick_node *node))(wick_node *node)
{
    return node->op->reverse || !node->op->value ? node->op->reverse : wicki_map_reverse;
}
