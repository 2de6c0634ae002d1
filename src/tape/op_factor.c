/* Factors of matrices: the one of a correlation matrix from free coordinates, and L times L'. */
#include "base/special.h"
#include "tape/op_list.h"
#include "tape/product.h"
#include "tape/triangle.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Members that a row is worked on for at a time. */
enum { LANES = 64 };

/* outer matrices of n by n elements, each of `members` doubles */
typedef struct matrices {
    size_t outer, n;
    bool batched; /* the factor of a product has `outer` matrices too */
    double *rest; /* [n][LANES]: what rows have left */
} matrices;

/* 1 / cosh x: (1 - tanh^2 x)^(1/2) without cancellation */
WICKI_INLINE double sech(double x)
{
    const double e = wicki_exp(-fabs(x));

    return 2.0 * e / (1.0 + e * e);
}

double wicki_sech(double x)
{
    return sech(x);
}

/* --- factors of correlation matrices ---------------------------------------------------------- */

/*
 * Row i: y_j = z_j r_j with z_j = tanh x_j, and what is left of the row's length 1 after it is
 * r_(j+1) = r_j (1 - z_j^2)^(1/2) = r_j sech x_j, with r_0 = 1; on the diagonal stands r_i.
 */
static bool corr_cholesky_shape(wick *w, wick_node *node)
{
    matrices *a = node->data;

    a->rest = node->differentiable ? wicki_alloc_doubles(w, a->n * LANES) : NULL;
    return wicki_ok(w) && wicki_node_event_of(w, node, node->in[0]);
}

static void corr_row(size_t i, size_t n, size_t stride, const double *x, double *y)
{
    double rest[LANES];

    for (size_t l = 0; l < n; l++)
        rest[l] = 1.0;
    for (size_t j = 0; j < i; j++, x += stride, y += stride)
        for (size_t l = 0; l < n; l++) {
            y[l] = wicki_tanh(x[l]) * rest[l];
            rest[l] *= sech(x[l]);
        }
    for (size_t l = 0; l < n; l++)
        y[l] = wicki_max(DBL_MIN, rest[l]);
}

static void corr_cholesky_forward(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, members = node->members;
    const double *x = node->in[0]->value;
    double *y = node->value;

    memset(y, 0, node->elements * members * sizeof *y);
    for (size_t i = 0; i < a->outer * n; i++, x += n * members, y += n * members)
        for (size_t m = 0; m < members; m += LANES)
            corr_row(i % n, members - m < LANES ? members - m : LANES, members, x + m, y + m);
}

/*
 * From the end, with q the adjoint of r_(j+1): that of x_j is r_(j+1) (g_j sech x_j - q z_j), and
 * that of r_j is g_j z_j + q sech x_j.
 */
static void corr_row_adjoint(const matrices *a, size_t i, size_t n, size_t stride, const double *x,
    const double *g, double *adjoint)
{
    double q[LANES];

    for (size_t j = 0; j < i; j++)
        for (size_t l = 0; l < n; l++)
            a->rest[j * LANES + l] =
                (j > 0 ? a->rest[(j - 1) * LANES + l] : 1.0) * sech(x[j * stride + l]);
    memcpy(q, g + i * stride, n * sizeof *q);
    for (size_t j = i; j-- > 0;)
        for (size_t l = 0; l < n; l++) {
            const double z = wicki_tanh(x[j * stride + l]), s = sech(x[j * stride + l]);
            const double by_y = g[j * stride + l];
            adjoint[j * stride + l] +=
                by_y == 0.0 && q[l] == 0.0 ? 0.0 : a->rest[j * LANES + l] * (by_y * s - q[l] * z);
            q[l] = by_y == 0.0 && q[l] == 0.0 ? 0.0 : by_y * z + q[l] * s;
        }
}

static void corr_cholesky_reverse(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, members = node->members, row = n * members;

    for (size_t i = 0; i < a->outer * n; i++)
        for (size_t m = 0; m < members; m += LANES)
            corr_row_adjoint(a, i % n, members - m < LANES ? members - m : LANES, members,
                node->in[0]->value + i * row + m, node->adjoint + i * row + m,
                node->in[0]->adjoint + i * row + m);
}

const wick_op wicki_op_corr_cholesky = { .name = "corr_cholesky",
    .shape = corr_cholesky_shape,
    .forward = corr_cholesky_forward,
    .reverse = corr_cholesky_reverse };

/* --- L L' ------------------------------------------------------------------------------------- */

static bool gram_shape(wick *w, wick_node *node)
{
    return wicki_node_event_of(w, node, node->in[0]);
}

/* a_ij = a_ji = sum_k<=j L_ik L_jk for j <= i */
static void gram_forward(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, members = node->members, row = n * members;
    const double *l = node->in[0]->value;
    double *y = node->value;

    memset(y, 0, node->elements * members * sizeof *y);
    for (size_t o = 0; o < a->outer; o++, l += n * row, y += n * row)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                double *out = y + i * row + j * members;
                for (size_t k = 0; k <= j; k++)
                    wicki_add_product(
                        members, out, l + i * row + k * members, 1, l + j * row + k * members, 1);
                if (j < i)
                    memcpy(y + j * row + i * members, out, members * sizeof *out);
            }
}

/* d/dL_ik = sum_j>=k (g_ij + g_ji) L_jk for k <= i */
static void gram_reverse(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, members = node->members, row = n * members;
    const double *l = node->in[0]->value, *g = node->adjoint;
    double *adjoint = node->in[0]->adjoint;

    for (size_t o = 0; o < a->outer; o++, l += n * row, g += n * row, adjoint += n * row)
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k <= i; k++)
                for (size_t j = k; j < n; j++) {
                    double *out = adjoint + i * row + k * members;
                    const double *x = l + j * row + k * members;
                    wicki_add_weighted(members, out, 1, g + i * row + j * members, 1, x, 1);
                    wicki_add_weighted(members, out, 1, g + j * row + i * members, 1, x, 1);
                }
}

const wick_op wicki_op_gram = {
    .name = "gram", .shape = gram_shape, .forward = gram_forward, .reverse = gram_reverse
};

/* --- L a -------------------------------------------------------------------------------------- */

/* The first input may lack the axes before the last two. */
static bool tril_product_shape(wick *w, wick_node *node)
{
    return wicki_node_event_of(w, node, node->in[1]);
}

/* Calls body for each element (i, k) of L and (k, j) of a that goes into (i, j), j <= k <= i. */
typedef void product_body(const wick_run *run, size_t out, size_t l, size_t a);

static void for_products(const matrices *s, const wick_run *run, product_body *body)
{
    const size_t n = s->n;

    for (size_t o = 0; o < s->outer; o++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                for (size_t k = j; k <= i; k++)
                    body(run, (o * n + i) * n + j, (s->batched ? o * n * n : 0) + i * n + k,
                        (o * n + k) * n + j);
}

static void add_part(const wick_run *r, size_t out, size_t l, size_t a)
{
    wicki_add_product(r->n, r->out + out * r->out_stride, r->in[0] + l * r->in_stride[0],
        r->in_step[0], r->in[1] + a * r->in_stride[1], r->in_step[1]);
}

static void tril_product_run(wick_node *node, const wick_run *run)
{
    for_products(node->data, run, add_part);
}

static void tril_product_forward(wick_node *node)
{
    memset(node->value, 0, node->elements * node->members * sizeof *node->value);
    wick_for_runs(node, tril_product_run);
}

static void add_part_back(const wick_run *r, size_t out, size_t l, size_t a)
{
    const double *g = r->out_adjoint + out * r->out_stride;

    if (r->in_adjoint[0])
        wicki_add_weighted(r->n, r->in_adjoint[0] + l * r->in_stride[0], r->in_step[0], g, 1,
            r->in[1] + a * r->in_stride[1], r->in_step[1]);
    if (r->in_adjoint[1])
        wicki_add_weighted(r->n, r->in_adjoint[1] + a * r->in_stride[1], r->in_step[1], g, 1,
            r->in[0] + l * r->in_stride[0], r->in_step[0]);
}

static void tril_product_run_back(wick_node *node, const wick_run *run)
{
    for_products(node->data, run, add_part_back);
}

static void tril_product_reverse(wick_node *node)
{
    wick_for_runs(node, tril_product_run_back);
}

const wick_op wicki_op_tril_product = { .name = "tril_product",
    .shape = tril_product_shape,
    .forward = tril_product_forward,
    .reverse = tril_product_reverse };

/* --- constructors ----------------------------------------------------------------------------- */

static wick_var of_square(wick_var x, const wick_op *op)
{
    wick_node *node = wicki_node_of(x.w, op->name, x);

    if (!node)
        return WICK_VAR_NONE;
    const size_t n = node->rank >= 2 ? node->event[node->rank - 1] : 0;
    if (n == 0 || node->event[node->rank - 2] != n) {
        char buffer[64];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, node);
        wick_fail(x.w, WICK_ERR_SHAPE, "%s: got %s, need a square matrix", op->name, buffer);
        return WICK_VAR_NONE;
    }
    const matrices a = { .outer = node->elements / (n * n), .n = n };
    return wicki_var_of(x.w, wicki_record(x.w, op, 1, &node, &a, sizeof a));
}

wick_var wicki_corr_cholesky(wick_var x)
{
    return of_square(x, &wicki_op_corr_cholesky);
}

wick_var wicki_gram(wick_var l)
{
    return of_square(l, &wicki_op_gram);
}

wick_var wicki_tril_product(wick_var l, wick_var a)
{
    wick *w = wicki_handle_of(2, (wick_var[]){ l, a });
    const char *name = wicki_op_tril_product.name;
    wick_node *in[2] = { wicki_node_of(w, name, l), wicki_node_of(w, name, a) };

    if (!in[0] || !in[1])
        return WICK_VAR_NONE;
    const size_t n = in[0]->rank >= 2 ? in[0]->event[in[0]->rank - 1] : 0;
    const bool square = n > 0 && in[0]->event[in[0]->rank - 2] == n && in[1]->rank >= 2 &&
        in[1]->event[in[1]->rank - 1] == n && in[1]->event[in[1]->rank - 2] == n;
    if (!square || (in[0]->rank > 2 && in[0]->elements != in[1]->elements)) {
        char buffer[128];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, in[0]);
        wicki_text_add(&text, " and ");
        wicki_text_add_event(&text, in[1]);
        wick_fail(w, WICK_ERR_SHAPE, "%s: got %s, need square matrices", name, buffer);
        return WICK_VAR_NONE;
    }
    const matrices s = { in[1]->elements / (n * n), n, in[0]->rank > 2, NULL };
    return wicki_var_of(w, wicki_record(w, &wicki_op_tril_product, 2, in, &s, sizeof s));
}
