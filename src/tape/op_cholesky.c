/* The Cholesky factor of one matrix per member. */
#include "tape/op_list.h"
#include "tape/product.h"

#include <math.h>
#include <string.h>

enum { MOST_LANES = 64, WORKSPACE = 65536 };

/* Members are worked on `lanes` at a time, in copies laid out [n][n][lanes]. */
typedef struct workspace {
    size_t n, lanes;
    double *factor, *adjoint;
} workspace;

/* Few large matrices are best taken one by one: then the inner loops run along their rows. */
static size_t lanes_for(size_t n, size_t members)
{
    size_t lanes = WORKSPACE / n / n;

    if (lanes > MOST_LANES)
        lanes = MOST_LANES;
    if (lanes > members)
        lanes = members;
    return lanes < 4 ? 1 : lanes;
}

static bool cholesky_shape(wick *w, wick_node *node)
{
    const wick_node *a = node->in[0];
    workspace *work = node->data;

    work->n = a->event[0];
    work->lanes = lanes_for(work->n, node->members);
    const size_t size = work->n * work->n * work->lanes;
    work->factor = wicki_alloc_doubles(w, size);
    work->adjoint = node->differentiable ? wicki_alloc_doubles(w, size) : NULL;
    return wicki_ok(w) && wicki_node_event_of(w, node, a);
}

/* --- checks ------------------------------------------------------------------------------------ */

static const double ASYMMETRY = 1e-8; /* relative to the largest entry */

static void fail_symmetry(wick_node *node, size_t i, size_t j, size_t m)
{
    const wick_node *a = node->in[0];
    const size_t n = a->event[0];
    char buffer[128] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_member(&text, node, m);
    wick_fail(node->w, WICK_ERR_DOMAIN,
        "wick_cholesky: the matrix%s is not symmetric (a[%zu,%zu] = %.6g, a[%zu,%zu] = %.6g); "
        "symmetrise it, or pass a triangular factor",
        buffer, i, j, a->value[(i * n + j) * a->members + m], j, i,
        a->value[(j * n + i) * a->members + m]);
}

static bool is_symmetric(wick_node *node, size_t m)
{
    const wick_node *a = node->in[0];
    const size_t n = a->event[0], stride = a->members;
    const double *x = a->value + m;
    double scale = 0.0;

    for (size_t e = 0; e < n * n; e++)
        scale = fmax(scale, fabs(x[e * stride]));
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (fabs(x[(i * n + j) * stride] - x[(j * n + i) * stride]) > ASYMMETRY * scale) {
                fail_symmetry(node, i, j, m);
                return false;
            }
    return true;
}

static void fail_pivot(wick_node *node, size_t i, size_t m, double pivot)
{
    char buffer[128] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_member(&text, node, m);
    wick_fail(node->w, WICK_ERR_NUMERIC,
        "wick_cholesky: the matrix%s is not positive definite (pivot %zu is %.6g, need > 0); add a "
        "small number to its diagonal",
        buffer, i, pivot);
}

/* --- value ------------------------------------------------------------------------------------- */

/* The lower triangle of some members, transposed: the rows of a factor L' are worked on. */
static void pack_transposed(const workspace *k, const wick_node *a, size_t first, size_t lanes)
{
    const size_t n = k->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            memcpy(k->factor + (i * n + j) * lanes, a->value + (j * n + i) * a->members + first,
                lanes * sizeof(double));
}

/* Square roots of the pivots; false if one is not positive. */
static bool roots(wick_node *node, size_t i, size_t first, size_t lanes, double *pivot)
{
    for (size_t l = 0; l < lanes; l++) {
        if (!(pivot[l] > 0.0 && pivot[l] < INFINITY)) {
            fail_pivot(node, i, first + l, pivot[l]);
            return false;
        }
        pivot[l] = sqrt(pivot[l]);
    }
    return true;
}

static void divide(size_t n, size_t lanes, double *row, const double *by)
{
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < lanes; l++)
            row[j * lanes + l] /= by[l];
}

/* Row i of U = L':  U_ij = (a_ij - sum_k<i U_ki U_kj) / U_ii  for j >= i */
static bool factor(wick_node *node, const workspace *k, size_t first, size_t lanes)
{
    const size_t n = k->n;
    double *u = k->factor;

    for (size_t i = 0; i < n; i++) {
        double *pivot = u + (i * n + i) * lanes;
        for (size_t r = 0; r < i; r++) {
            const double *above = u + (r * n + i) * lanes;
            wicki_subtract_scaled(n - i, lanes, pivot, above, above);
        }
        if (!roots(node, i, first, lanes, pivot))
            return false;
        divide(n - i - 1, lanes, pivot + lanes, pivot);
    }
    return true;
}

static void unpack_transposed(const workspace *k, wick_node *node, size_t first, size_t lanes)
{
    const size_t n = k->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *out = node->value + (i * n + j) * node->members + first;
            if (j <= i)
                memcpy(out, k->factor + (j * n + i) * lanes, lanes * sizeof *out);
            else
                memset(out, 0, lanes * sizeof *out);
        }
}

static void cholesky_forward(wick_node *node)
{
    const workspace *k = node->data;

    for (size_t m = 0; m < node->members; m++)
        if (!is_symmetric(node, m))
            return;
    for (size_t m = 0; m < node->members; m += k->lanes) {
        const size_t left = node->members - m, lanes = left < k->lanes ? left : k->lanes;
        pack_transposed(k, node->in[0], m, lanes);
        if (!factor(node, k, m, lanes))
            return;
        unpack_transposed(k, node, m, lanes);
    }
}

/* --- adjoint ----------------------------------------------------------------------------------- */

static void pack_lower(
    const workspace *k, double *to, const double *from, const wick_node *node, size_t lanes)
{
    for (size_t i = 0; i < k->n; i++)
        for (size_t j = 0; j <= i; j++)
            memcpy(to + (i * k->n + j) * lanes, from + (i * k->n + j) * node->members,
                lanes * sizeof *to);
}

/*
 * Murray (2016), the unblocked adjoint, row by row from the last: what later rows send to row i,
 * then its own. g is the adjoint of L and turns into that of the lower triangle of a.
 */
static void adjoin_row(const workspace *k, size_t i, size_t lanes)
{
    const size_t n = k->n;
    double *row = k->adjoint + i * n * lanes;
    const double *l = k->factor;

    for (size_t later = i + 1; later < n; later++)
        wicki_subtract_scaled(
            i + 1, lanes, row, k->adjoint + (later * n + i) * lanes, l + later * n * lanes);
    divide(1, lanes, row + i * lanes, l + (i * n + i) * lanes);
    wicki_subtract_scaled(i, lanes, row, row + i * lanes, l + i * n * lanes);
    for (size_t j = i; j-- > 0;) {
        divide(1, lanes, row + j * lanes, l + (j * n + j) * lanes);
        wicki_subtract_scaled(j, lanes, row, row + j * lanes, l + j * n * lanes);
    }
}

/* Half of it to each of the two entries that are equal; the diagonal was counted twice. */
static void add_symmetrised(const workspace *k, wick_node *a, size_t first, size_t lanes)
{
    const size_t n = k->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *g = k->adjoint + (i * n + j) * lanes;
            double *lower = a->adjoint + (i * n + j) * a->members + first;
            double *upper = a->adjoint + (j * n + i) * a->members + first;
            for (size_t l = 0; l < lanes; l++) {
                lower[l] += 0.5 * g[l];
                upper[l] += i == j ? 0.0 : 0.5 * g[l];
            }
        }
}

static void cholesky_reverse(wick_node *node)
{
    const workspace *k = node->data;

    for (size_t m = 0; m < node->members; m += k->lanes) {
        const size_t left = node->members - m, lanes = left < k->lanes ? left : k->lanes;
        pack_lower(k, k->factor, node->value + m, node, lanes);
        pack_lower(k, k->adjoint, node->adjoint + m, node, lanes);
        for (size_t i = k->n; i-- > 0;)
            adjoin_row(k, i, lanes);
        add_symmetrised(k, node->in[0], m, lanes);
    }
}

const wick_op wicki_op_cholesky = { .name = "wick_cholesky",
    .shape = cholesky_shape,
    .forward = cholesky_forward,
    .reverse = cholesky_reverse };

/* --- constructors ------------------------------------------------------------------------------ */

static wick_var cholesky(wick_var a, const char *function)
{
    wick_node *node = wicki_node_of(a.w, function, a);

    if (!node)
        return WICK_VAR_NONE;
    if (node->rank != 2 || node->event[0] != node->event[1]) {
        char buffer[64];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, node);
        wick_fail(a.w, WICK_ERR_SHAPE, "%s: got %s, need a square matrix", function, buffer);
        return WICK_VAR_NONE;
    }
    const workspace work = { .n = 0 };
    return wicki_var_of(a.w, wicki_record(a.w, &wicki_op_cholesky, 1, &node, &work, sizeof work));
}

wick_var wick_cholesky(wick_var a)
{
    return cholesky(a, "wick_cholesky");
}

/* log det a = 2 sum log L_ii */
wick_var wick_logdet(wick_var a)
{
    const wick_var logs = wick_log(wick_diagonal(cholesky(a, "wick_logdet")));

    return wick_mul(2.0, wick_sum_event(logs));
}
