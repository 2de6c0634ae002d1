/* Along an event axis, keeping it: [outer][n][inner] to the same. */
#include "base/special.h"
#include "tape/axis.h"
#include "tape/op_list.h"
#include "tape/triangle.h"

#include <math.h>
#include <string.h>

static bool same_shape(wick *w, wick_node *node)
{
    return wicki_node_event_of(w, node, node->in[0]);
}

/* A column of n elements, stride apart. */
WICKI_INLINE double max_of(size_t n, size_t stride, const double *x)
{
    double max = x[0];

    for (size_t k = 1; k < n; k++)
        max = wicki_max(max, x[k * stride]);
    return max;
}

/* x - log sum exp x */
WICKI_INLINE void log_softmax_column(size_t n, size_t stride, const double *x, double *out)
{
    const double max = max_of(n, stride, x);
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += wicki_exp(x[k * stride] - max);
    const double log_sum = max + wicki_log(sum);
    for (size_t k = 0; k < n; k++)
        out[k * stride] = x[k * stride] - log_sum;
}

WICKI_INLINE void softmax_column(size_t n, size_t stride, const double *x, double *out)
{
    const double max = max_of(n, stride, x);
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += out[k * stride] = wicki_exp(x[k * stride] - max);
    for (size_t k = 0; k < n; k++)
        out[k * stride] /= sum;
}

WICKI_INLINE void cumsum_column(size_t n, size_t stride, const double *x, double *out)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        out[k * stride] = sum += x[k * stride];
}

/* x less its mean */
WICKI_INLINE void centre_column(size_t n, size_t stride, const double *x, double *out)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += x[k * stride];
    for (size_t k = 0; k < n; k++)
        out[k * stride] = x[k * stride] - sum / (double)n;
}

/* A zero adjoint stays zero, whatever the values are. */
WICKI_INLINE bool all_zero(size_t n, size_t stride, const double *g)
{
    for (size_t k = 0; k < n; k++)
        if (g[k * stride] != 0.0)
            return false;
    return true;
}

/* d/dx_k = y_k (g_k - sum_j g_j y_j) */
WICKI_INLINE void softmax_adjoint(
    size_t n, size_t stride, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    if (all_zero(n, stride, g))
        return;
    for (size_t k = 0; k < n; k++)
        sum += g[k * stride] * y[k * stride];
    for (size_t k = 0; k < n; k++)
        adjoint[k * stride] += y[k * stride] * (g[k * stride] - sum);
}

/* d/dx_k = g_k - exp(y_k) sum_j g_j */
WICKI_INLINE void log_softmax_adjoint(
    size_t n, size_t stride, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    if (all_zero(n, stride, g))
        return;
    for (size_t k = 0; k < n; k++)
        sum += g[k * stride];
    for (size_t k = 0; k < n; k++)
        adjoint[k * stride] += g[k * stride] - wicki_exp(y[k * stride]) * sum;
}

WICKI_INLINE void cumsum_adjoint(
    size_t n, size_t stride, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    (void)y;
    for (size_t k = n; k-- > 0;)
        adjoint[k * stride] += sum += g[k * stride];
}

WICKI_INLINE void centre_adjoint(
    size_t n, size_t stride, const double *y, const double *g, double *adjoint)
{
    double sum = 0.0;

    (void)y;
    for (size_t k = 0; k < n; k++)
        sum += g[k * stride];
    for (size_t k = 0; k < n; k++)
        adjoint[k * stride] += g[k * stride] - sum / (double)n;
}

/* Columns of neighbouring elements have code of their own: a vector of one member is one. */
#define ALONG_AXIS(op)                                                                      \
    static void op##_forward(wick_node *node)                                               \
    {                                                                                       \
        const wicki_axis *a = node->data;                                                   \
        const double *x = node->in[0]->value;                                               \
        double *out = node->value;                                                          \
        for (size_t o = 0; o < a->outer; o++, x += a->n * a->inner, out += a->n * a->inner) \
            if (a->inner == 1)                                                              \
                op##_column(a->n, 1, x, out);                                               \
            else                                                                            \
                for (size_t i = 0; i < a->inner; i++)                                       \
                    op##_column(a->n, a->inner, x + i, out + i);                            \
    }                                                                                       \
    static void op##_reverse(wick_node *node)                                               \
    {                                                                                       \
        const wicki_axis *a = node->data;                                                   \
        const size_t step = a->n * a->inner;                                                \
        const double *y = node->value, *g = node->adjoint;                                  \
        double *adjoint = node->in[0]->adjoint;                                             \
        for (size_t o = 0; o < a->outer; o++, y += step, g += step, adjoint += step)        \
            if (a->inner == 1)                                                              \
                op##_adjoint(a->n, 1, y, g, adjoint);                                       \
            else                                                                            \
                for (size_t i = 0; i < a->inner; i++)                                       \
                    op##_adjoint(a->n, a->inner, y + i, g + i, adjoint + i);                \
    }                                                                                       \
    const wick_op wicki_op_##op = { .name = "wick_" #op,                                    \
        .shape = same_shape,                                                                \
        .forward = op##_forward,                                                            \
        .reverse = op##_reverse,                                                            \
        .same = wicki_same_axis };

ALONG_AXIS(softmax)
ALONG_AXIS(log_softmax)
ALONG_AXIS(cumsum)
ALONG_AXIS(centre)

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

wick_var wicki_centre(wick_var x)
{
    return along(x, &wicki_op_centre, true, 0);
}
