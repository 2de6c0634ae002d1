/* The ops behind constraints: triangular maps of the last axis, or the last two. */
#include "tape/triangle.h"

#include "base/special.h"
#include "tape/axis.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

/* Columns, of one event axis, that a kernel works on at a time. */
enum { LANES = 128 };

static size_t at_most(size_t n)
{
    return n < LANES ? n : LANES;
}

/* Calls kernel(a, offset in the source, offset in the result, columns) until all is done. */
typedef void column_kernel(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n);

static void for_columns(wick_node *node, size_t n_out, column_kernel *kernel)
{
    const wicki_axis *a = node->data;

    for (size_t o = 0; o < a->outer; o++)
        for (size_t i = 0; i < a->inner; i += LANES)
            kernel(
                node, a, o * a->n * a->inner + i, o * n_out * a->inner + i, at_most(a->inner - i));
}

static bool same_shape(wick *w, wick_node *node)
{
    return wicki_node_event_of(w, node, node->in[0]);
}

/* --- ordered ----------------------------------------------------------------------------------- */

static void ordered_columns(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in;
    double *y = node->value + out;

    memcpy(y, x, n * sizeof *y);
    for (size_t k = 1; k < a->n; k++) {
        x += a->inner;
        y += a->inner;
        for (size_t i = 0; i < n; i++)
            y[i] = (y - a->inner)[i] + wicki_exp(x[i]);
    }
}

static void ordered_forward(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n, ordered_columns);
}

/* d/dx_k = e^(x_k) sum_j>=k g_j */
static void ordered_adjoint(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in, *g = node->adjoint + out;
    double *adjoint = node->in[0]->adjoint + in;
    double sum[LANES] = { 0 };

    for (size_t k = a->n; k-- > 0;)
        for (size_t i = 0; i < n; i++) {
            sum[i] += g[k * a->inner + i];
            const double slope = k > 0 ? wicki_exp(x[k * a->inner + i]) : 1.0;
            adjoint[k * a->inner + i] += sum[i] == 0.0 ? 0.0 : slope * sum[i];
        }
}

static void ordered_reverse(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n, ordered_adjoint);
}

const wick_op wicki_op_ordered = {
    .name = "ordered", .shape = same_shape, .forward = ordered_forward, .reverse = ordered_reverse
};

/* --- stick breaking ---------------------------------------------------------------------------- */

/* x'_k = x_k - log(K - k) for k = 1 .. K-1; here k counts from 0, and a->n is K - 1. */
static double shift(const wicki_axis *a, size_t k)
{
    return a->n - k == 1 ? 0.0 : wicki_log((double)(a->n - k));
}

static bool stick_breaking_shape(wick *w, wick_node *node)
{
    const wick_node *x = node->in[0];
    size_t sizes[WICK_MAX_RANK];

    for (uint32_t i = 0; i < x->rank; i++)
        sizes[i] = x->event[i];
    sizes[x->rank - 1]++;
    return wick_node_event(w, node, x->rank, sizes);
}

static void break_columns(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in;
    double *y = node->value + out;
    double rest[LANES];

    for (size_t i = 0; i < n; i++)
        rest[i] = 1.0;
    for (size_t k = 0; k < a->n; k++, x += a->inner, y += a->inner) {
        const double by = shift(a, k);
        for (size_t i = 0; i < n; i++) {
            const double moved = x[i] - by;
            y[i] = rest[i] * wicki_sigmoid(moved);
            rest[i] *= wicki_sigmoid(-moved);
        }
    }
    memcpy(y, rest, n * sizeof *y);
}

static void stick_breaking_forward(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n + 1, break_columns);
}

/* r_K = g_K, then for k = K-1 .. 1:  d/dx_k = y_k (1 - z_k) (g_k - r),  r = z_k g_k + (1 - z_k) r */
static void break_adjoint(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in, *y = node->value + out, *g = node->adjoint + out;
    double *adjoint = node->in[0]->adjoint + in;
    double r[LANES];

    memcpy(r, g + a->n * a->inner, n * sizeof *r);
    for (size_t k = a->n; k-- > 0;) {
        const double by = shift(a, k);
        for (size_t i = 0; i < n; i++) {
            const size_t at = k * a->inner + i;
            const double moved = x[at] - by, difference = g[at] - r[i];
            const double z = wicki_sigmoid(moved), left = wicki_sigmoid(-moved);
            adjoint[at] += difference == 0.0 ? 0.0 : y[at] * left * difference;
            r[i] = g[at] == 0.0 && r[i] == 0.0 ? 0.0 : z * g[at] + left * r[i];
        }
    }
}

static void stick_breaking_reverse(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n + 1, break_adjoint);
}

const wick_op wicki_op_stick_breaking = { .name = "stick_breaking",
    .shape = stick_breaking_shape,
    .forward = stick_breaking_forward,
    .reverse = stick_breaking_reverse };

/* --- its log-determinant ----------------------------------------------------------------------- */

static bool log_det_shape(wick *w, wick_node *node)
{
    const wicki_axis *a = node->data;

    return wicki_node_shape(w, node, a->rank, a->sizes, a->dims);
}

/* Since log y_k = log z_k + sum_j<k log(1 - z_j):  - sum_k softplus(-x'_k) + (K - k) softplus(x'_k) */
static void log_det_columns(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in;
    double *y = node->value + out;

    memset(y, 0, n * sizeof *y);
    for (size_t k = 0; k < a->n; k++, x += a->inner) {
        const double by = shift(a, k), times = (double)(a->n - k);
        for (size_t i = 0; i < n; i++) {
            const double moved = x[i] - by;
            y[i] -= wicki_softplus(-moved) + times * wicki_softplus(moved);
        }
    }
}

static void stick_breaking_log_det_forward(wick_node *node)
{
    for_columns(node, 1, log_det_columns);
}

static void log_det_adjoint(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in, *g = node->adjoint + out;
    double *adjoint = node->in[0]->adjoint + in;

    for (size_t k = 0; k < a->n; k++, x += a->inner, adjoint += a->inner) {
        const double by = shift(a, k), times = (double)(a->n - k);
        for (size_t i = 0; i < n; i++) {
            const double moved = x[i] - by;
            const double slope = wicki_sigmoid(-moved) - times * wicki_sigmoid(moved);
            adjoint[i] += g[i] == 0.0 ? 0.0 : g[i] * slope;
        }
    }
}

static void stick_breaking_log_det_reverse(wick_node *node)
{
    for_columns(node, 1, log_det_adjoint);
}

const wick_op wicki_op_stick_breaking_log_det = { .name = "stick_breaking_log_det",
    .shape = log_det_shape,
    .forward = stick_breaking_log_det_forward,
    .reverse = stick_breaking_log_det_reverse };

/* --- elements that sum to 0 -------------------------------------------------------------------- */

/* 1 / (i (i + 1))^(1/2), i from 1 */
static double ratio(size_t i)
{
    return 1.0 / sqrt((double)i * ((double)i + 1.0));
}

static void zero_sum_columns(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *x = node->in[0]->value + in;
    double *y = node->value + out;
    double sum[LANES] = { 0 };

    memset(y + a->n * a->inner, 0, n * sizeof *y);
    for (size_t i = a->n; i > 0; i--) {
        double *here = y + (i - 1) * a->inner, *next = y + i * a->inner;
        for (size_t l = 0; l < n; l++) {
            const double w = x[(i - 1) * a->inner + l] * ratio(i);
            here[l] = sum[l] += w;
            next[l] -= w * (double)i;
        }
    }
}

static void zero_sum_forward(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n + 1, zero_sum_columns);
}

/* d/dx_i = (g_1 + ... + g_i - i g_(i+1)) / (i (i + 1))^(1/2) */
static void zero_sum_adjoint(wick_node *node, const wicki_axis *a, size_t in, size_t out, size_t n)
{
    const double *g = node->adjoint + out;
    double *adjoint = node->in[0]->adjoint + in;
    double sum[LANES] = { 0 };

    for (size_t i = 1; i <= a->n; i++)
        for (size_t l = 0; l < n; l++) {
            sum[l] += g[(i - 1) * a->inner + l];
            adjoint[(i - 1) * a->inner + l] +=
                (sum[l] - (double)i * g[i * a->inner + l]) * ratio(i);
        }
}

static void zero_sum_reverse(wick_node *node)
{
    for_columns(node, ((const wicki_axis *)node->data)->n + 1, zero_sum_adjoint);
}

const wick_op wicki_op_zero_sum = { .name = "zero_sum",
    .shape = stick_breaking_shape,
    .forward = zero_sum_forward,
    .reverse = zero_sum_reverse };

/* --- matrices ---------------------------------------------------------------------------------- */

/* outer matrices of n by n elements, each of `members` doubles; of a row `skip` less are free than its
 * lower triangle has */
typedef struct matrices {
    size_t outer, n, skip;
} matrices;

static bool unpack_shape(wick *w, wick_node *node)
{
    const wick_node *x = node->in[0];
    const matrices *a = node->data;
    size_t sizes[WICK_MAX_RANK + 1];

    for (uint32_t i = 0; i + 1 < x->rank; i++)
        sizes[i] = x->event[i];
    sizes[x->rank - 1] = sizes[x->rank] = a->n;
    return wick_node_event(w, node, x->rank + 1u, sizes);
}

static void unpack_lower_forward(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, row = node->members;
    const double *x = node->in[0]->value;
    double *y = node->value;

    memset(y, 0, node->elements * row * sizeof *y);
    for (size_t i = 0; i < a->outer * n; i++, y += n * row) {
        const size_t length = (i % n + 1 - a->skip) * row;
        memcpy(y, x, length * sizeof *y);
        x += length;
    }
}

static void unpack_lower_reverse(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, row = node->members;
    const double *g = node->adjoint;
    double *adjoint = node->in[0]->adjoint;

    for (size_t i = 0; i < a->outer * n; i++, g += n * row)
        for (size_t e = 0; e < (i % n + 1 - a->skip) * row; e++)
            *adjoint++ += g[e];
}

const wick_op wicki_op_unpack_lower = { .name = "unpack_lower",
    .shape = unpack_shape,
    .forward = unpack_lower_forward,
    .reverse = unpack_lower_reverse };

static void lower_cholesky_forward(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, row = node->members;
    const double *x = node->in[0]->value;
    double *y = node->value;

    memset(y, 0, node->elements * row * sizeof *y);
    for (size_t i = 0; i < a->outer * n; i++, x += n * row, y += n * row) {
        const size_t diagonal = i % n * row;
        memcpy(y, x, diagonal * sizeof *y);
        for (size_t e = diagonal; e < diagonal + row; e++)
            y[e] = wicki_exp(x[e]);
    }
}

static void lower_cholesky_reverse(wick_node *node)
{
    const matrices *a = node->data;
    const size_t n = a->n, row = node->members;
    const double *y = node->value, *g = node->adjoint;
    double *adjoint = node->in[0]->adjoint;

    for (size_t i = 0; i < a->outer * n; i++, y += n * row, g += n * row, adjoint += n * row) {
        const size_t diagonal = i % n * row;
        for (size_t e = 0; e < diagonal; e++)
            adjoint[e] += g[e];
        for (size_t e = diagonal; e < diagonal + row; e++)
            adjoint[e] += g[e] == 0.0 ? 0.0 : g[e] * y[e];
    }
}

const wick_op wicki_op_lower_cholesky = { .name = "lower_cholesky",
    .shape = same_shape,
    .forward = lower_cholesky_forward,
    .reverse = lower_cholesky_reverse };

/* --- constructors ------------------------------------------------------------------------------ */

static void fail_shape(wick *w, const char *function, const wick_node *x, const char *need)
{
    char buffer[64];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_event(&text, x);
    wick_fail(w, WICK_ERR_SHAPE, "%s: got %s, need %s", function, buffer, need);
}

static wick_var along_last(wick_var x, const wick_op *op, const char *need)
{
    wick_node *node = wicki_node_of(x.w, op->name, x);

    if (!node)
        return WICK_VAR_NONE;
    if (node->rank == 0) {
        fail_shape(x.w, op->name, node, need);
        return WICK_VAR_NONE;
    }
    const wicki_axis a = wicki_event_axis(node, node->rank - 1u);
    return wicki_var_of(x.w, wicki_record(x.w, op, 1, &node, &a, sizeof a));
}

static const char STICK[] = "the K - 1 coordinates of a simplex; K is 2 at least, because the one "
                            "point of K = 1 has no coordinate and no event is of size 0";

wick_var wicki_ordered(wick_var x)
{
    return along_last(x, &wicki_op_ordered, "a vector");
}

wick_var wicki_stick_breaking(wick_var x)
{
    return along_last(x, &wicki_op_stick_breaking, STICK);
}

wick_var wicki_stick_breaking_log_det(wick_var x)
{
    return along_last(x, &wicki_op_stick_breaking_log_det, STICK);
}

wick_var wicki_zero_sum(wick_var x)
{
    return along_last(x, &wicki_op_zero_sum, "the K - 1 coordinates of K elements");
}

static wick_var record_matrices(
    wick *w, const wick_op *op, wick_node *x, size_t outer, size_t n, size_t skip)
{
    const matrices a = { outer, n, skip };

    return wicki_var_of(w, wicki_record(w, op, 1, &x, &a, sizeof a));
}

static wick_var unpack(wick_var x, size_t skip, const char *need)
{
    wick_node *node = wicki_node_of(x.w, "unpack_lower", x);
    size_t n = 1 + skip;

    if (!node)
        return WICK_VAR_NONE;
    const size_t length = node->rank > 0 ? node->event[node->rank - 1] : 0;
    while (n * (n + 1) / 2 - skip * n < length)
        n++;
    if (n * (n + 1) / 2 - skip * n != length || node->rank == WICK_MAX_RANK) {
        fail_shape(x.w, "unpack_lower", node, need);
        return WICK_VAR_NONE;
    }
    return record_matrices(x.w, &wicki_op_unpack_lower, node, node->elements / length, n, skip);
}

wick_var wicki_unpack_lower(wick_var x)
{
    return unpack(x, 0, "a vector of n (n + 1) / 2 elements");
}

wick_var wicki_unpack_strictly_lower(wick_var x)
{
    return unpack(x, 1, "a vector of n (n - 1) / 2 elements, n 2 at least");
}

wick_var wicki_lower_cholesky(wick_var x)
{
    wick_node *node = wicki_node_of(x.w, "lower_cholesky", x);

    if (!node)
        return WICK_VAR_NONE;
    const size_t n = node->rank >= 2 ? node->event[node->rank - 1] : 0;
    if (n == 0 || node->event[node->rank - 2] != n) {
        fail_shape(x.w, "lower_cholesky", node, "a square matrix");
        return WICK_VAR_NONE;
    }
    return record_matrices(x.w, &wicki_op_lower_cholesky, node, node->elements / (n * n), n, 0);
}
