/* L x = b and L' x = b for lower-triangular L, one system per member. */
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/product.h"

#include <string.h>

enum { MOST_LANES = 256, WORKSPACE = 16384 };

typedef struct system {
    size_t n, columns;
    bool transposed;
    size_t lanes;  /* members worked on at a time in reverse */
    double *share; /* [n][lanes]: the adjoint of b */
} system;

static bool solve_shape(wick *w, wick_node *node)
{
    system *s = node->data;

    s->lanes = WORKSPACE / s->n;
    if (s->lanes > MOST_LANES)
        s->lanes = MOST_LANES;
    if (s->lanes < 8)
        s->lanes = 8;
    s->share = node->differentiable ? wicki_alloc_doubles(w, s->n * s->lanes) : NULL;
    return wicki_ok(w) && wicki_node_event_of(w, node, node->in[1]);
}

/* Some right-hand sides side by side, and the factor that they share or each has one of. */
typedef struct block {
    size_t n, lanes;
    const double *l;
    size_t stride, step; /* of l, as in a run */
} block;

static const double *entry(const block *k, size_t i, size_t j)
{
    return k->l + (i * k->n + j) * k->stride;
}

static void subtract(const block *k, double *out, const double *l, const double *x)
{
    if (k->step == 0) {
        wicki_subtract_scaled(k->lanes, 1, out, l, x);
        return;
    }
    for (size_t i = 0; i < k->lanes; i++)
        out[i] -= l[i] * x[i];
}

static void divide(const block *k, double *out, const double *l)
{
    for (size_t i = 0; i < k->lanes; i++)
        out[i] /= l[i * k->step];
}

/* In place, rows x_stride apart:  x_i = (b_i - sum_j<i L_ij x_j) / L_ii */
static void solve_down(const block *k, double *x, size_t x_stride)
{
    for (size_t i = 0; i < k->n; i++) {
        for (size_t j = 0; j < i; j++)
            subtract(k, x + i * x_stride, entry(k, i, j), x + j * x_stride);
        divide(k, x + i * x_stride, entry(k, i, i));
    }
}

/* x_i = (b_i - sum_j>i L_ji x_j) / L_ii, each x_i taken off the rows above once it is known */
static void solve_up(const block *k, double *x, size_t x_stride)
{
    for (size_t i = k->n; i-- > 0;) {
        divide(k, x + i * x_stride, entry(k, i, i));
        for (size_t j = 0; j < i; j++)
            subtract(k, x + j * x_stride, entry(k, i, j), x + i * x_stride);
    }
}

/* One vector: the loops run along the rows of L. */
static void solve_vector(const block *k, bool transposed, double *x)
{
    for (size_t i = 0; !transposed && i < k->n; i++)
        x[i] = (x[i] - wicki_dot(i, entry(k, i, 0), x)) / *entry(k, i, i);
    for (size_t i = transposed ? k->n : 0; i-- > 0;) {
        x[i] /= *entry(k, i, i);
        wicki_subtract_scaled(i, 1, x, x + i, entry(k, i, 0));
    }
}

static void solve(const block *k, bool transposed, double *x, size_t x_stride)
{
    if (k->lanes == 1 && k->stride == 1 && x_stride == 1)
        solve_vector(k, transposed, x);
    else if (transposed)
        solve_up(k, x, x_stride);
    else
        solve_down(k, x, x_stride);
}

/* Columns lie side by side as members do: where all see one L they are further members. */
static wick_run widened(const wick_run *r, size_t *columns)
{
    wick_run wide = *r;

    if (r->in_step[0] == 0 && (r->in_step[1] == 1 || r->n == 1) && r->out_stride == r->n &&
        r->in_stride[1] == r->n) {
        wide.n *= *columns;
        wide.out_stride = wide.in_stride[1] = wide.n;
        wide.in_step[1] = 1;
        *columns = 1;
    }
    return wide;
}

static block block_of(const system *s, const wick_run *r, size_t first)
{
    const size_t left = r->n - first;

    return (block){ .n = s->n,
        .lanes = left < s->lanes ? left : s->lanes,
        .l = r->in[0] + first * r->in_step[0],
        .stride = r->in_stride[0],
        .step = r->in_step[0] };
}

/* --- value ------------------------------------------------------------------------------------- */

static void copy(size_t n, double *out, const double *in, size_t in_step)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i * in_step];
}

static void forward_run(wick_node *node, const wick_run *run)
{
    const system *s = node->data;
    size_t columns = s->columns;
    const wick_run r = widened(run, &columns);

    for (size_t m = 0; m < r.n; m += s->lanes) {
        const block k = block_of(s, &r, m);
        for (size_t c = 0; c < columns; c++) {
            double *x = r.out + c * r.out_stride + m;
            const double *b = r.in[1] + c * r.in_stride[1] + m * r.in_step[1];
            for (size_t i = 0; i < s->n; i++)
                copy(k.lanes, x + i * columns * r.out_stride, b + i * columns * r.in_stride[1],
                    r.in_step[1]);
            solve(&k, s->transposed, x, columns * r.out_stride);
        }
    }
}

static void solve_forward(wick_node *node)
{
    wick_for_runs(node, forward_run);
}

/* --- adjoint: b' = L^-T g, L' = - lower triangle of b' x^T ------------------------------------- */

/* A member without an adjoint keeps none, even if its L is singular. */
static void share_of_b(
    const block *k, bool transposed, double *share, const double *g, size_t g_stride)
{
    for (size_t i = 0; i < k->n; i++)
        memcpy(share + i * k->lanes, g + i * g_stride, k->lanes * sizeof *share);
    solve(k, !transposed, share, k->lanes);
    for (size_t l = 0; l < k->lanes; l++) {
        bool any = false;
        for (size_t i = 0; i < k->n; i++)
            any |= g[i * g_stride + l] != 0.0;
        for (size_t i = 0; !any && i < k->n; i++)
            share[i * k->lanes + l] = 0.0;
    }
}

static void add_to_l(const block *k, bool transposed, double *adjoint, double *share,
    const double *x, size_t x_stride)
{
    for (size_t i = 0; i < k->n * k->lanes; i++)
        share[i] = -share[i];
    for (size_t i = 0; i < k->n; i++)
        for (size_t j = 0; j <= i; j++) {
            const size_t of_b = transposed ? j : i, of_x = transposed ? i : j;
            wicki_add_weighted(k->lanes, adjoint + (i * k->n + j) * k->stride, k->step,
                share + of_b * k->lanes, 1, x + of_x * x_stride, 1);
        }
}

/* For one vector: along the rows of L. */
static void add_to_l_vector(
    const block *k, bool transposed, double *adjoint, double *share, const double *x)
{
    for (size_t i = 0; i < k->n; i++)
        share[i] = -share[i];
    for (size_t i = 0; i < k->n; i++) {
        if (transposed)
            wicki_add_weighted(i + 1, adjoint + i * k->n, 1, share, 1, x + i, 0);
        else
            wicki_add_weighted(i + 1, adjoint + i * k->n, 1, share + i, 0, x, 1);
    }
}

static void reverse_run(wick_node *node, const wick_run *run)
{
    const system *s = node->data;
    size_t columns = s->columns;
    const wick_run r = widened(run, &columns);

    for (size_t m = 0; m < r.n; m += s->lanes) {
        const block k = block_of(s, &r, m);
        for (size_t c = 0; c < columns; c++) {
            const double *x = r.out + c * r.out_stride + m;
            const size_t stride = columns * r.out_stride;
            share_of_b(&k, s->transposed, s->share, r.out_adjoint + c * r.out_stride + m, stride);
            for (size_t i = 0; r.in_adjoint[1] && i < s->n; i++) {
                double *b = r.in_adjoint[1] + (i * columns + c) * r.in_stride[1];
                wicki_add_weighted(k.lanes, b + m * r.in_step[1], r.in_step[1],
                    s->share + i * k.lanes, 1, (double[]){ 1.0 }, 0);
            }
            if (!r.in_adjoint[0])
                continue;
            double *l = r.in_adjoint[0] + m * r.in_step[0];
            if (k.lanes == 1 && k.stride == 1 && stride == 1)
                add_to_l_vector(&k, s->transposed, l, s->share, x);
            else
                add_to_l(&k, s->transposed, l, s->share, x, stride);
        }
    }
}

static void solve_reverse(wick_node *node)
{
    wick_for_runs(node, reverse_run);
}

const wick_op wicki_op_solve_triangular = { .name = "wick_solve_triangular",
    .shape = solve_shape,
    .forward = solve_forward,
    .reverse = solve_reverse };

/* --- constructors ------------------------------------------------------------------------------ */

static wick_var solve_triangular(wick_var l, wick_var b, const char *function, bool transposed)
{
    wick *w = wicki_handle_of(2, (wick_var[]){ l, b });
    wick_node *in[2] = { wicki_node_of(w, function, l), wicki_node_of(w, function, b) };

    if (!in[0] || !in[1])
        return WICK_VAR_NONE;
    if (in[0]->rank != 2 || in[0]->event[0] != in[0]->event[1] || in[1]->rank < 1 ||
        in[1]->rank > 2 || in[1]->event[0] != in[0]->event[0]) {
        char buffer[128];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, in[0]);
        wicki_text_add(&text, " and ");
        wicki_text_add_event(&text, in[1]);
        wick_fail(w, WICK_ERR_SHAPE, "%s: got %s, need [n][n] and [n] or [n][m]", function, buffer);
        return WICK_VAR_NONE;
    }
    const system s = { .n = in[0]->event[0],
        .columns = in[1]->rank == 2 ? in[1]->event[1] : 1,
        .transposed = transposed };
    return wicki_var_of(w, wicki_record(w, &wicki_op_solve_triangular, 2, in, &s, sizeof s));
}

wick_var wick_solve_triangular(wick_var l, wick_var b)
{
    return solve_triangular(l, b, "wick_solve_triangular", false);
}

wick_var wick_solve_triangular_transposed(wick_var l, wick_var b)
{
    return solve_triangular(l, b, "wick_solve_triangular_transposed", true);
}
