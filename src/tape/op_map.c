/* Elementwise ops: each line gives the value and the derivatives (see elementwise.h). */
#include "base/special.h"
#include "kernel/kernels.h"
#include "kernel/math.h"
#include "tape/elementwise.h"
#include "tape/loop.h"

#include <math.h>
#include <string.h>

/* --- one operand ------------------------------------------------------------------------------- */

#define UNARY(op, formula, derivative) WICKI_MAP_1(op, NULL, formula, derivative)

/* With an inner loop of the vector maths. */
#define VECTOR(op, formula, derivative)                                                     \
    static void op##_vector(const wick_node *node, size_t n, double *out, const double *in) \
    {                                                                                       \
        node->w->kernels->math->op(n, in, out);                                             \
    }                                                                                       \
    WICKI_MAP_1(op, op##_vector, formula, derivative)

static const double TWO_OVER_ROOT_PI = 1.1283791670955125739;

UNARY(neg, -x, -1.0)
UNARY(abs, fabs(x), x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0)
UNARY(square, x *x, 2.0 * x)
VECTOR(sqrt, sqrt(x), 0.5 / y)
VECTOR(exp, wicki_exp(x), y)
VECTOR(expm1, wicki_expm1(x), wicki_exp(x))
VECTOR(log, wicki_log(x), 1.0 / x)
VECTOR(log1p, wicki_log1p(x), 1.0 / (1.0 + x))
VECTOR(sigmoid, wicki_sigmoid(x), y *wicki_sigmoid(-x))
VECTOR(softplus, wicki_softplus(x), wicki_sigmoid(x))
VECTOR(tanh, wicki_tanh(x), 1.0 - y * y)
UNARY(lgamma, wicki_lgamma(x), wicki_digamma(x))
UNARY(digamma, wicki_digamma(x), wicki_trigamma(x))
VECTOR(erf, wicki_erf(x), TWO_OVER_ROOT_PI *wicki_exp(-x *x))

/* --- two operands ------------------------------------------------------------------------------ */

#define BINARY(op, formula, by_a, by_b) WICKI_MAP_2(op, formula, by_a, by_b)

WICKI_KERNEL_2(add, a + b, 1.0, 1.0)
WICKI_KERNEL_2(sub, a - b, 1.0, -1.0)
WICKI_KERNEL_2(mul, a *b, b, a)
WICKI_KERNEL_2(div, a / b, 1.0 / b, -y / b)
BINARY(pow, wicki_pow(a, b), b *wicki_pow(a, b - 1.0), a == 0.0 ? 0.0 : y * wicki_log(a))
BINARY(minimum, wicki_min(a, b), a < b ? 1.0 : 0.0, a < b ? 0.0 : 1.0)
BINARY(maximum, wicki_max(a, b), a > b ? 1.0 : 0.0, a > b ? 0.0 : 1.0)
BINARY(equal, a == b ? 1.0 : 0.0, 0.0, 0.0)
BINARY(less, a < b ? 1.0 : 0.0, 0.0, 0.0)

/* --- three operands ---------------------------------------------------------------------------- */

/* Bounds first: a NaN in x stays. */
static void clamp_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wicki_min(in[2][i], wicki_max(in[1][i], in[0][i]));
}

/* The bound in force takes the derivative. */
static void clamp_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const bool below = in[0][i]<in[1][i], above = in[0][i]> in[2][i];
        if (partial[0])
            partial[0][i] = below || above ? 0.0 : 1.0;
        if (partial[1])
            partial[1][i] = below ? 1.0 : 0.0;
        if (partial[2])
            partial[2][i] = above ? 1.0 : 0.0;
    }
}

const wick_op wicki_op_clamp = {
    .name = "wick_clamp", .value = clamp_value, .partials = clamp_partials
};

wick_var(wick_clamp)(wick_var x, wick_operand lower, wick_operand upper)
{
    return wick_record(
        x.w, &wicki_op_clamp, 3, (wick_argument[]){ { .var = x }, lower, upper }, NULL, 0);
}

static void where_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[0][i] != 0.0 ? in[1][i] : in[2][i];
}

static void where_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const bool first = in[0][i] != 0.0;
        if (partial[0])
            partial[0][i] = 0.0;
        if (partial[1])
            partial[1][i] = first ? 1.0 : 0.0;
        if (partial[2])
            partial[2][i] = first ? 0.0 : 1.0;
    }
}

const wick_op wicki_op_where = {
    .name = "wick_where", .value = where_value, .partials = where_partials
};

wick_var(wick_where)(wick_var condition, wick_operand a, wick_operand b)
{
    return wick_record(
        condition.w, &wicki_op_where, 3, (wick_argument[]){ { .var = condition }, a, b }, NULL, 0);
}

/* --- weights ----------------------------------------------------------------------------------- */

/* exp(a) b, where nothing of weight 0 counts, however infinite it is. */
static void weigh_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double weight = wicki_exp(in[0][i]);
        out[i] = weight == 0.0 ? 0.0 : weight * in[1][i];
    }
}

static void weigh_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    if (partial[0])
        memcpy(partial[0], out, n * sizeof *out);
    for (size_t i = 0; partial[1] && i < n; i++)
        partial[1][i] = wicki_exp(in[0][i]);
}

const wick_op wicki_op_weigh = {
    .name = "weigh", .value = weigh_value, .partials = weigh_partials
};

wick_node *wicki_weigh(wick *w, wick_node *log_weight, wick_node *x)
{
    return wicki_record(w, &wicki_op_weigh, 2, (wick_node *[]){ log_weight, x }, NULL, 0);
}

/* --- n operands: one loop per operand ---------------------------------------------------------- */

/* The weight of input j: the op's data, or 1 if there is none. */
static double weight_of(const wick_node *node, uint32_t j)
{
    return node->data ? ((const double *)node->data)[j] : 1.0;
}

static void add_stretch(const wicki_stretch *s, void *arg)
{
    const double weight = *(const double *)arg;
    double *out = s->operand[0]->value + s->offset[0];
    const double *in = s->operand[1]->value + s->offset[1];

    for (size_t i = 0; i < s->n; i++)
        out[i] += weight * in[i * s->step[1]];
}

/* Of numbers: no loops to set up. */
static bool is_number(const wick_node *node)
{
    return node->members == 1 && node->elements == 1;
}

static void sum_of_forward(wick_node *node)
{
    if (is_number(node)) {
        double sum = 0.0;
        for (uint32_t j = 0; j < node->n_in; j++)
            sum += weight_of(node, j) * *node->in[j]->value;
        *node->value = sum;
        return;
    }
    memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    for (uint32_t j = 0; j < node->n_in; j++) {
        double weight = weight_of(node, j);
        wicki_for_stretches(2, (wick_node *[]){ node, node->in[j] }, true, add_stretch, &weight);
    }
}

static void pass_stretch(const wicki_stretch *s, void *arg)
{
    const double weight = *(const double *)arg;
    const double *g = s->operand[0]->adjoint + s->offset[0];
    double *adjoint = s->operand[1]->adjoint + s->offset[1];

    if (s->step[1] == 0)
        *adjoint += weight * wicki_sum(s->n, g);
    else
        for (size_t i = 0; i < s->n; i++)
            adjoint[i] += weight * g[i];
}

static void pass_number(const wick_node *node)
{
    const double g = *node->adjoint;

    for (uint32_t j = 0; j < node->n_in; j++) {
        double *adjoint = node->in[j]->adjoint;
        if (adjoint)
            *adjoint += weight_of(node, j) * g;
    }
}

static void sum_of_reverse(wick_node *node)
{
    if (is_number(node)) {
        pass_number(node);
        return;
    }
    for (uint32_t j = 0; j < node->n_in; j++) {
        double weight = weight_of(node, j);
        if (node->in[j]->adjoint)
            wicki_for_stretches(
                2, (wick_node *[]){ node, node->in[j] }, true, pass_stretch, &weight);
    }
}

static bool same_weights(const wick_node *a, const wick_node *b)
{
    for (uint32_t j = 0; j < a->n_in; j++)
        if (weight_of(a, j) != weight_of(b, j))
            return false;
    return true;
}

const wick_op wicki_op_sum_of = { .name = "wick_sum_of",
    .forward = sum_of_forward,
    .reverse = sum_of_reverse,
    .linear = true,
    .same = same_weights };

wick_node *wicki_weighted_sum(wick *w, size_t n, wick_node *const *nodes, const double *weights)
{
    return wicki_record(w, &wicki_op_sum_of, n, nodes, weights, weights ? n * sizeof *weights : 0);
}

wick_var wick_sum_of(wick *w, size_t n, const wick_var *vars)
{
    if (n == 0)
        return wick_num(w, 0.0);
    wick_node **node = wicki_ok(w) ? wick_alloc(w, n * sizeof *node) : NULL;
    if (!node)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < n; i++)
        node[i] = wicki_node_of(w, "wick_sum_of", vars[i]);
    return wicki_var_of(w, wicki_weighted_sum(w, n, node, NULL));
}

/* --- no gradient ------------------------------------------------------------------------------- */

static bool detach_shape(wick *w, wick_node *node)
{
    node->alias = true;
    node->differentiable = false;
    return wicki_node_event_of(w, node, node->in[0]);
}

const wick_op wicki_op_detach = { .name = "wick_detach", .shape = detach_shape };

wick_var wick_detach(wick_var x)
{
    return wick_record(x.w, &wicki_op_detach, 1, &(wick_argument){ .var = x }, NULL, 0);
}
