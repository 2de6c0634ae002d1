/* Along an event axis, keeping it: [outer][n][inner] to the same. */
#include "base/special.h"
#include "tape/axis.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

static bool same_shape(wick *w, wick_node *node)
{
    return wicki_node_event_of(w, node, node->in[0]);
}

static double max_of(const wicki_axis *a, const double *x)
{
    double max = x[0];

    for (size_t k = 1; k < a->n; k++)
        max = wicki_max(max, x[k * a->inner]);
    return max;
}

/* x - log sum exp x, for each column of n elements inner apart */
static void log_softmax_column(const wicki_axis *a, const double *x, double *out)
{
    const double max = max_of(a, x);
    double sum = 0.0;

    for (size_t k = 0; k < a->n; k++)
        sum += wicki_exp(x[k * a->inner] - max);
    const double log_sum = max + wicki_log(sum);
    for (size_t k = 0; k < a->n; k++)
        out[k * a->inner] = x[k * a->inner] - log_sum;
}

static void softmax_column(const wicki_axis *a, const double *x, double *out)
{
    const double max = max_of(a, x);
    double sum = 0.0;

    for (size_t k = 0; k < a->n; k++)
        sum += out[k * a->inner] = wicki_exp(x[k * a->inner] - max);
    for (size_t k = 0; k < a->n; k++)
        out[k * a->inner] /= sum;
}

static void cumsum_column(const wicki_axis *a, const double *x, double *out)
{
    double sum = 0.0;

    for (size_t k = 0; k < a->n; k++)
        out[k * a->inner] = sum += x[k * a->inner];
}

/* A zero adjoint stays zero, whatever the values are. */
static bool all_zero(const wicki_axis *a, const double *g)
{
    for (size_t k = 0; k < a->n; k++)
        if (g[k * a->inner] != 0.0)
            return false;
    return true;
}

/* d/dx_k = y_k (g_k - sum_j g_j y_j) */
static void softmax_adjoint(const wicki_axis *a, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    if (all_zero(a, g))
        return;
    for (size_t k = 0; k < a->n; k++)
        sum += g[k * a->inner] * y[k * a->inner];
    for (size_t k = 0; k < a->n; k++)
        adjoint[k * a->inner] += y[k * a->inner] * (g[k * a->inner] - sum);
}

/* d/dx_k = g_k - exp(y_k) sum_j g_j */
static void log_softmax_adjoint(
    const wicki_axis *a, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    if (all_zero(a, g))
        return;
    for (size_t k = 0; k < a->n; k++)
        sum += g[k * a->inner];
    for (size_t k = 0; k < a->n; k++)
        adjoint[k * a->inner] += g[k * a->inner] - wicki_exp(y[k * a->inner]) * sum;
}

static void cumsum_adjoint(const wicki_axis *a, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    (void)y;
    for (size_t k = a->n; k-- > 0;)
        adjoint[k * a->inner] += sum += g[k * a->inner];
}

/* Where column i of the first element begins. */
static size_t column(const wicki_axis *a, size_t i)
{
    return i / a->inner * a->n * a->inner + i % a->inner;
}

#define ALONG_AXIS(op)                                                                             \
    static void op##_forward(wick_node *node)                                                      \
    {                                                                                              \
        const wicki_axis *a = node->data;                                                          \
        for (size_t i = 0; i < a->outer * a->inner; i++)                                           \
            op##_column(a, node->in[0]->value + column(a, i), node->value + column(a, i));         \
    }                                                                                              \
    static void op##_reverse(wick_node *node)                                                      \
    {                                                                                              \
        const wicki_axis *a = node->data;                                                          \
        for (size_t i = 0; i < a->outer * a->inner; i++)                                           \
            op##_adjoint(a, node->value + column(a, i), node->adjoint + column(a, i),              \
                node->in[0]->adjoint + column(a, i));                                              \
    }                                                                                              \
    const wick_op wicki_op_##op = {                                                                \
        .name = "wick_" #op, .shape = same_shape, .forward = op##_forward, .reverse = op##_reverse \
    };

ALONG_AXIS(softmax)
ALONG_AXIS(log_softmax)
ALONG_AXIS(cumsum)

static wick_var along(wick_var x, const wick_op *op, bool last, size_t axis)
{
    wick_node *node = wicki_node_of(x.w, op->name, x);

    if (!node)
        return WICK_VAR_NONE;
    if (last && node->rank > 0)
        axis = node->rank - 1u;
    if (axis >= node->rank) {
        wick_fail(
            x.w, WICK_ERR_SHAPE, "%s: axis %zu of an event of rank %u", op->name, axis, node->rank);
        return WICK_VAR_NONE;
    }
    const wicki_axis a = wicki_event_axis(node, axis);
    return wicki_var_of(x.w, wicki_record(x.w, op, 1, &node, &a, sizeof a));
}

wick_var wick_softmax(wick_var x)
{
    return along(x, &wicki_op_softmax, true, 0);
}

wick_var wick_log_softmax(wick_var x)
{
    return along(x, &wicki_op_log_softmax, true, 0);
}

wick_var wick_cumsum(wick_var x, size_t axis)
{
    return along(x, &wicki_op_cumsum, false, axis);
}
