/* Products of vectors and matrices, and what is made of them. */
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/product.h"
#include "tape/take.h"

#include <string.h>

/* Members that a kernel works on at a time. */
enum { LANES = 128 };

static size_t at_most(size_t n)
{
    return n < LANES ? n : LANES;
}

/* [rows][inner] times [inner][columns]; a vector is one row, or one column. */
typedef struct product {
    size_t rows, inner, columns;
    size_t rank, sizes[2]; /* of the result */
} product;

static bool product_shape(wick *w, wick_node *node)
{
    const product *d = node->data;

    return wick_node_event(w, node, d->rank, d->sizes);
}

/* --- values ------------------------------------------------------------------------------------ */

/* Element e of input j, from the i-th member on. */
static const double *in_at(const wick_run *r, size_t j, size_t e, size_t i)
{
    return r->in[j] + e * r->in_stride[j] + i * r->in_step[j];
}

static double *adjoint_at(const wick_run *r, size_t j, size_t e, size_t i)
{
    return r->in_adjoint[j] + e * r->in_stride[j] + i * r->in_step[j];
}

static void multiply_lanes(wick_node *node, const wick_run *r, size_t first, size_t n)
{
    const product *d = node->data;

    for (size_t i = 0; i < d->rows; i++)
        for (size_t j = 0; j < d->columns; j++) {
            double *out = r->out + (i * d->columns + j) * r->out_stride + first;
            memset(out, 0, n * sizeof *out);
            for (size_t k = 0; k < d->inner; k++)
                wicki_add_product(n, out, in_at(r, 0, i * d->inner + k, first), r->in_step[0],
                    in_at(r, 1, k * d->columns + j, first), r->in_step[1]);
        }
}

static void multiply_run(wick_node *node, const wick_run *r)
{
    for (size_t i = 0; i < r->n; i += LANES)
        multiply_lanes(node, r, i, at_most(r->n - i));
}

/* A single member: the loops run along rows. */
static void multiply_rows(const product *d, const double *a, const double *b, double *out)
{
    memset(out, 0, d->rows * d->columns * sizeof *out);
    for (size_t i = 0; i < d->rows; i++, a += d->inner, out += d->columns) {
        if (d->columns == 1)
            *out = wicki_dot(d->inner, a, b);
        else
            for (size_t k = 0; k < d->inner; k++)
                wicki_add_product(d->columns, out, b + k * d->columns, 1, a + k, 0);
    }
}

static void product_forward(wick_node *node)
{
    if (node->members == 1)
        multiply_rows(node->data, node->in[0]->value, node->in[1]->value, node->value);
    else
        wick_for_runs(node, multiply_run);
}

/* --- adjoints: A' = G B^T, B' = A^T G ---------------------------------------------------------- */

static void adjoint_lanes(wick_node *node, const wick_run *r, size_t first, size_t n)
{
    const product *d = node->data;

    for (size_t e = 0; e < d->rows * d->columns; e++) {
        const size_t i = e / d->columns, j = e % d->columns;
        const double *g = r->out_adjoint + e * r->out_stride + first;
        for (size_t k = 0; k < d->inner; k++) {
            const size_t left = i * d->inner + k, right = k * d->columns + j;
            if (r->in_adjoint[0])
                wicki_add_weighted(n, adjoint_at(r, 0, left, first), r->in_step[0], g, 1,
                    in_at(r, 1, right, first), r->in_step[1]);
            if (r->in_adjoint[1])
                wicki_add_weighted(n, adjoint_at(r, 1, right, first), r->in_step[1], g, 1,
                    in_at(r, 0, left, first), r->in_step[0]);
        }
    }
}

static void adjoint_run(wick_node *node, const wick_run *r)
{
    for (size_t i = 0; i < r->n; i += LANES)
        adjoint_lanes(node, r, i, at_most(r->n - i));
}

static void adjoint_of_left(const product *d, const double *g, const double *b, double *adjoint)
{
    for (size_t i = 0; i < d->rows; i++, g += d->columns, adjoint += d->inner) {
        if (d->columns == 1)
            wicki_add_weighted(d->inner, adjoint, 1, g, 0, b, 1);
        else
            for (size_t k = 0; k < d->inner; k++)
                wicki_add_weighted(d->columns, adjoint + k, 0, g, 1, b + k * d->columns, 1);
    }
}

static void adjoint_of_right(const product *d, const double *g, const double *a, double *adjoint)
{
    for (size_t i = 0; i < d->rows; i++, g += d->columns, a += d->inner) {
        if (d->columns == 1)
            wicki_add_weighted(d->inner, adjoint, 1, g, 0, a, 1);
        else
            for (size_t k = 0; k < d->inner; k++)
                wicki_add_weighted(d->columns, adjoint + k * d->columns, 1, g, 1, a + k, 0);
    }
}

static void product_reverse(wick_node *node)
{
    wick_node *a = node->in[0], *b = node->in[1];

    if (node->members > 1) {
        wick_for_runs(node, adjoint_run);
        return;
    }
    if (a->adjoint)
        adjoint_of_left(node->data, node->adjoint, b->value, a->adjoint);
    if (b->adjoint)
        adjoint_of_right(node->data, node->adjoint, a->value, b->adjoint);
}

#define PRODUCT(op)                                      \
    const wick_op wicki_op_##op = { .name = "wick_" #op, \
        .shape = product_shape,                          \
        .forward = product_forward,                      \
        .reverse = product_reverse };

PRODUCT(dot)
PRODUCT(outer)
PRODUCT(matvec)
PRODUCT(matmul)

/* --- constructors ------------------------------------------------------------------------------ */

typedef struct operands {
    wick *w;
    wick_node *in[2];
} operands;

static void fail_shapes(const operands *x, const char *function, const char *need)
{
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_event(&text, x->in[0]);
    wicki_text_add(&text, " and ");
    wicki_text_add_event(&text, x->in[1]);
    wick_fail(x->w, WICK_ERR_SHAPE, "%s: got %s, need %s", function, buffer, need);
}

/* The nodes of two vars of the given ranks; false after an error. */
static bool operands_of(operands *x, const char *function, wick_var a, wick_var b, size_t rank_a,
    size_t rank_b, const char *need)
{
    x->w = wicki_handle_of(2, (wick_var[]){ a, b });
    x->in[0] = wicki_node_of(x->w, function, a);
    x->in[1] = wicki_node_of(x->w, function, b);
    if (!wicki_ok(x->w))
        return false;
    if (x->in[0]->rank == rank_a && x->in[1]->rank == rank_b)
        return true;
    fail_shapes(x, function, need);
    return false;
}

static wick_var record_product(const operands *x, const wick_op *op, const product *d)
{
    return wicki_var_of(x->w, wicki_record(x->w, op, 2, x->in, d, sizeof *d));
}

wick_var wick_dot(wick_var a, wick_var b)
{
    static const char NEED[] = "two vectors [n] of one size";
    operands x;

    if (!operands_of(&x, "wick_dot", a, b, 1, 1, NEED))
        return WICK_VAR_NONE;
    if (x.in[0]->event[0] != x.in[1]->event[0]) {
        fail_shapes(&x, "wick_dot", NEED);
        return WICK_VAR_NONE;
    }
    const product d = { .rows = 1, .inner = x.in[0]->event[0], .columns = 1 };
    return record_product(&x, &wicki_op_dot, &d);
}

wick_var wick_outer(wick_var a, wick_var b)
{
    operands x;

    if (!operands_of(&x, "wick_outer", a, b, 1, 1, "two vectors"))
        return WICK_VAR_NONE;
    const size_t m = x.in[0]->event[0], n = x.in[1]->event[0];
    const product d = { .rows = m, .inner = 1, .columns = n, .rank = 2, .sizes = { m, n } };
    return record_product(&x, &wicki_op_outer, &d);
}

wick_var wick_matvec(wick_var a, wick_var v)
{
    static const char NEED[] = "[m][n] and [n]";
    operands x;

    if (!operands_of(&x, "wick_matvec", a, v, 2, 1, NEED))
        return WICK_VAR_NONE;
    const size_t m = x.in[0]->event[0], n = x.in[0]->event[1];
    if (n != x.in[1]->event[0]) {
        fail_shapes(&x, "wick_matvec", NEED);
        return WICK_VAR_NONE;
    }
    const product d = { .rows = m, .inner = n, .columns = 1, .rank = 1, .sizes = { m } };
    return record_product(&x, &wicki_op_matvec, &d);
}

wick_var wick_matmul(wick_var a, wick_var b)
{
    static const char NEED[] = "[m][n] and [n][p]";
    operands x;

    if (!operands_of(&x, "wick_matmul", a, b, 2, 2, NEED))
        return WICK_VAR_NONE;
    const size_t m = x.in[0]->event[0], n = x.in[0]->event[1], p = x.in[1]->event[1];
    if (n != x.in[1]->event[0]) {
        fail_shapes(&x, "wick_matmul", NEED);
        return WICK_VAR_NONE;
    }
    const product d = { .rows = m, .inner = n, .columns = p, .rank = 2, .sizes = { m, p } };
    return record_product(&x, &wicki_op_matmul, &d);
}

/* --- made of elementwise ops ------------------------------------------------------------------- */

/* [n] repeated as the rows of [m][n]. */
static wick_var rows_of(wick *w, wick_node *x, size_t m)
{
    wicki_view view = wicki_view_of(x);

    view.rank = 2;
    view.sizes[1] = view.sizes[0];
    view.strides[1] = view.strides[0];
    view.sizes[0] = m;
    view.strides[0] = 0;
    return wicki_var_of(w, wicki_rearrange(w, x, &view));
}

/* Off the diagonal x is not looked at: an infinite element leaves the zeros zero. */
wick_var wick_diagonal_matrix(wick_var x)
{
    wick_node *node = wicki_node_of(x.w, "wick_diagonal_matrix", x);

    if (!node)
        return WICK_VAR_NONE;
    if (node->rank != 1) {
        char buffer[64];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, node);
        wick_fail(x.w, WICK_ERR_SHAPE, "wick_diagonal_matrix: got %s, need a vector", buffer);
        return WICK_VAR_NONE;
    }
    const size_t n = node->event[0];
    const wick_var rows = rows_of(x.w, node, n);
    return wick_where(wick_eye(x.w, n), rows, 0.0);
}

wick_var wick_scale_columns(wick_var a, wick_var s)
{
    static const char NEED[] = "[m][n] and [n]";
    operands x;

    if (!operands_of(&x, "wick_scale_columns", a, s, 2, 1, NEED))
        return WICK_VAR_NONE;
    if (x.in[0]->event[1] != x.in[1]->event[0]) {
        fail_shapes(&x, "wick_scale_columns", NEED);
        return WICK_VAR_NONE;
    }
    return wick_mul(a, rows_of(x.w, x.in[1], x.in[0]->event[0]));
}
