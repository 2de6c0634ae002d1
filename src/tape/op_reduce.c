/* Reductions over an axis: [outer][n][inner] to [outer][inner]. */
#include "base/special.h"
#include "tape/axis.h"
#include "tape/loop.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

/* --- axes -------------------------------------------------------------------------------------- */

wicki_axis wicki_event_axis(const wick_node *x, size_t axis)
{
    wicki_axis a = { .n = x->event[axis], .scale = 1.0, .dims = x->dims, .outer = 1 };

    a.inner = x->members;
    for (size_t i = 0; i < x->rank; i++) {
        a.outer *= i < axis ? x->event[i] : 1;
        a.inner *= i > axis ? x->event[i] : 1;
        if (i != axis)
            a.sizes[a.rank++] = x->event[i];
    }
    return a;
}

wicki_axis wicki_whole_event(const wick_node *x)
{
    return (wicki_axis){
        .outer = 1, .n = x->elements, .inner = x->members, .scale = 1.0, .dims = x->dims
    };
}

wicki_axis wicki_dim_axis(wick *w, const wick_node *x, uint32_t dim)
{
    const wicki_set *set = wicki_set_at(w, x->dims);
    wicki_axis a = { .outer = x->elements, .inner = 1, .scale = 1.0, .rank = x->rank };
    bool seen = false;

    for (uint32_t i = 0; i < set->n; i++) {
        const size_t size = wicki_dim_at(w, set->dim[i])->size;
        if (set->dim[i] == dim)
            a.n = size;
        else if (seen)
            a.inner *= size;
        else
            a.outer *= size;
        seen |= set->dim[i] == dim;
    }
    for (size_t i = 0; i < x->rank; i++)
        a.sizes[i] = x->event[i];
    a.dims = wicki_set_without(w, x->dims, dim);
    return a;
}

bool wicki_same_step(const wick_node *a, const wick_node *b, size_t x, size_t y)
{
    return x == y || x * b->in[0]->members == y * a->in[0]->members;
}

bool wicki_same_axis(const wick_node *a, const wick_node *b)
{
    const wicki_axis *x = a->data, *y = b->data;

    return x->scale == y->scale && wicki_same_step(a, b, x->n, y->n) &&
        wicki_same_step(a, b, x->inner, y->inner);
}

static bool reduced_shape(wick *w, wick_node *node)
{
    const wicki_axis *a = node->data;

    return wicki_node_shape(w, node, a->rank, a->sizes, a->dims);
}

wick_node *wicki_reduce_axis(wick *w, const wick_op *op, wick_node *x, const wicki_axis *axis)
{
    return wicki_record(w, op, 1, &x, axis, sizeof *axis);
}

/* --- sum --------------------------------------------------------------------------------------- */

static void sum_forward(wick_node *node)
{
    const wicki_axis *a = node->data;
    const double *x = node->in[0]->value;
    double *out = node->value;

    for (size_t o = 0; o < a->outer; o++, out += a->inner) {
        if (a->inner == 1) {
            *out = a->scale * wicki_sum(a->n, x);
            x += a->n;
            continue;
        }
        memset(out, 0, a->inner * sizeof *out);
        for (size_t k = 0; k < a->n; k++, x += a->inner)
            for (size_t i = 0; i < a->inner; i++)
                out[i] += x[i];
        if (a->scale != 1.0)
            for (size_t i = 0; i < a->inner; i++)
                out[i] *= a->scale;
    }
}

static void sum_reverse(wick_node *node)
{
    const wicki_axis *a = node->data;
    const double *g = node->adjoint;
    double *adjoint = node->in[0]->adjoint;

    for (size_t o = 0; a->inner == 1 && o < a->outer; o++, adjoint += a->n) {
        const double each = a->scale * g[o];
        for (size_t k = 0; k < a->n; k++)
            adjoint[k] += each;
    }
    for (size_t o = 0; a->inner > 1 && o < a->outer; o++, g += a->inner)
        for (size_t k = 0; k < a->n; k++, adjoint += a->inner)
            for (size_t i = 0; i < a->inner; i++)
                adjoint[i] += a->scale * g[i];
}

const wick_op wicki_op_sum = { .name = "wick_sum",
    .shape = reduced_shape,
    .forward = sum_forward,
    .reverse = sum_reverse,
    .additive = true,
    .linear = true,
    .same = wicki_same_axis };

/* --- max --------------------------------------------------------------------------------------- */

/* The largest of n rows, inner apart, in each of the first width columns. */
static void max_into(const wicki_axis *a, size_t width, const double *x, double *out)
{
    memcpy(out, x, width * sizeof *out);
    for (size_t k = 1; k < a->n; k++)
        for (size_t i = 0; i < width; i++) {
            const double other = x[k * a->inner + i];
            out[i] = out[i] < other || isnan(other) ? other : out[i];
        }
}

static void max_forward(wick_node *node)
{
    const wicki_axis *a = node->data;

    for (size_t o = 0; o < a->outer; o++)
        max_into(a, a->inner, node->in[0]->value + o * a->n * a->inner, node->value + o * a->inner);
}

static void max_reverse(wick_node *node)
{
    const wicki_axis *a = node->data;
    const double *x = node->in[0]->value;
    double *adjoint = node->in[0]->adjoint;

    for (size_t o = 0; o < a->outer; o++)
        for (size_t i = 0; i < a->inner; i++) {
            const double max = node->value[o * a->inner + i];
            size_t at = o * a->n * a->inner + i;
            for (size_t k = 1; k < a->n && x[at] != max; k++)
                at += a->inner;
            adjoint[at] += node->adjoint[o * a->inner + i];
        }
}

const wick_op wicki_op_max = { .name = "wick_max",
    .shape = reduced_shape,
    .forward = max_forward,
    .reverse = max_reverse,
    .same = wicki_same_axis };

/* --- log-sum-exp ------------------------------------------------------------------------------- */

enum { COLUMNS = 128 };

/* log sum exp x = max + log sum exp(x - max); -inf where all are: exp(-inf - 0) = 0, log 0 = -inf */
static void logsumexp_columns(const wicki_axis *a, size_t width, const double *x, double *out)
{
    double sum[COLUMNS];

    max_into(a, width, x, out);
    for (size_t i = 0; i < width; i++) {
        out[i] = out[i] == -INFINITY ? 0.0 : out[i];
        sum[i] = 0.0;
    }
    for (size_t k = 0; k < a->n; k++)
        for (size_t i = 0; i < width; i++)
            sum[i] += wicki_exp(x[k * a->inner + i] - out[i]);
    for (size_t i = 0; i < width; i++)
        out[i] = out[i] == INFINITY ? INFINITY : out[i] + wicki_log(sum[i]);
}

static void logsumexp_forward(wick_node *node)
{
    const wicki_axis *a = node->data;

    for (size_t o = 0; o < a->outer; o++)
        for (size_t i = 0; i < a->inner; i += COLUMNS)
            logsumexp_columns(a, a->inner - i < COLUMNS ? a->inner - i : COLUMNS,
                node->in[0]->value + o * a->n * a->inner + i, node->value + o * a->inner + i);
}

static void logsumexp_reverse(wick_node *node)
{
    const wicki_axis *a = node->data;
    const double *x = node->in[0]->value;
    double *adjoint = node->in[0]->adjoint;

    for (size_t o = 0; o < a->outer; o++) {
        const double *g = node->adjoint + o * a->inner, *y = node->value + o * a->inner;
        for (size_t k = 0; k < a->n; k++, x += a->inner, adjoint += a->inner)
            for (size_t i = 0; i < a->inner; i++) {
                const double weight = wicki_exp(x[i] - y[i]);
                adjoint[i] += g[i] == 0.0 || y[i] == -INFINITY ? 0.0 : g[i] * weight;
            }
    }
}

const wick_op wicki_op_logsumexp = { .name = "wick_logsumexp",
    .shape = reduced_shape,
    .forward = logsumexp_forward,
    .reverse = logsumexp_reverse,
    .same = wicki_same_axis };

/* --- over event axes --------------------------------------------------------------------------- */

static wick_var over_axis(
    wick_var x, const wick_op *op, bool mean, const char *function, size_t axis)
{
    wick_node *node = wicki_node_of(x.w, function, x);

    if (!node)
        return WICK_VAR_NONE;
    if (axis >= node->rank) {
        wick_fail(
            x.w, WICK_ERR_SHAPE, "%s: axis %zu of an event of rank %u", function, axis, node->rank);
        return WICK_VAR_NONE;
    }
    wicki_axis a = wicki_event_axis(node, axis);
    a.scale = mean ? 1.0 / (double)a.n : 1.0;
    return wicki_var_of(x.w, wicki_reduce_axis(x.w, op, node, &a));
}

static wick_var over_event(wick_var x, const wick_op *op, bool mean, const char *function)
{
    wick_node *node = wicki_node_of(x.w, function, x);

    if (!node || node->rank == 0)
        return node ? x : WICK_VAR_NONE;
    wicki_axis a = wicki_whole_event(node);
    a.scale = mean ? 1.0 / (double)a.n : 1.0;
    return wicki_var_of(x.w, wicki_reduce_axis(x.w, op, node, &a));
}

/* --- over plates ------------------------------------------------------------------------------- */

double wicki_plate_scale(const wick *w, uint32_t plate)
{
    const wicki_dim *dim = wicki_dim_at(w, plate);

    return (double)dim->full / (double)dim->present;
}

bool wicki_plate_is_free(wick *w, const char *function, const wick_node *x, uint32_t plate)
{
    const wicki_set *set = wicki_set_at(w, x->dims);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (!wicki_set_has(w, dim->owners, plate))
            continue;
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the value varies over '%s', which is enumerated in plate '%s': over the plate "
            "there would be %zu^%zu cases; use it inside the plate only",
            function, dim->name, wicki_dim_at(w, plate)->name, dim->size,
            wicki_dim_at(w, plate)->full);
        return false;
    }
    return true;
}

static wick_node *over_plate(wick *w, const wick_op *op, wick_node *x, uint32_t plate, double scale)
{
    wicki_axis a = wicki_dim_axis(w, x, plate);

    a.scale = scale;
    return wicki_reduce_axis(w, op, x, &a);
}

wick_node *wicki_sum_plate(wick *w, wick_node *x, uint32_t plate)
{
    if (!x || !wicki_plate_is_free(w, "wick_sum", x, plate))
        return NULL;
    if (wicki_set_has(w, x->dims, plate))
        return over_plate(w, &wicki_op_sum, x, plate, wicki_plate_scale(w, plate));
    wick_node *n = wicki_number(w, (double)wicki_dim_at(w, plate)->full);
    return wicki_record(w, &wicki_op_mul, 2, (wick_node *[]){ x, n }, NULL, 0);
}

typedef struct plate_operand {
    wick_node *x;
    uint32_t plate;
    bool varies;
} plate_operand;

static bool plate_operand_of(plate_operand *p, const char *function, wick_var x, const char *plate)
{
    p->x = wicki_node_of(x.w, function, x);
    p->plate = p->x ? wicki_plate_named(x.w, function, plate) : 0;
    if (!p->plate || !wicki_plate_is_free(x.w, function, p->x, p->plate))
        return false;
    p->varies = wicki_set_has(x.w, p->x->dims, p->plate);
    return true;
}

wick_var wick_sum(wick_var x, const char *plate)
{
    plate_operand p;

    if (!plate_operand_of(&p, "wick_sum", x, plate))
        return WICK_VAR_NONE;
    return wicki_var_of(x.w, wicki_sum_plate(x.w, p.x, p.plate));
}

wick_var wick_mean(wick_var x, const char *plate)
{
    plate_operand p;

    if (!plate_operand_of(&p, "wick_mean", x, plate) || !p.varies)
        return wicki_ok(x.w) ? x : WICK_VAR_NONE;
    const double n = (double)wicki_dim_at(x.w, p.plate)->present;
    return wicki_var_of(x.w, over_plate(x.w, &wicki_op_sum, p.x, p.plate, 1.0 / n));
}

wick_var wick_max(wick_var x, const char *plate)
{
    plate_operand p;

    if (!plate_operand_of(&p, "wick_max", x, plate) || !p.varies)
        return wicki_ok(x.w) ? x : WICK_VAR_NONE;
    return wicki_var_of(x.w, over_plate(x.w, &wicki_op_max, p.x, p.plate, 1.0));
}

wick_var wick_logsumexp(wick_var x, const char *plate)
{
    plate_operand p;

    if (!plate_operand_of(&p, "wick_logsumexp", x, plate))
        return WICK_VAR_NONE;
    const wicki_dim *dim = wicki_dim_at(x.w, p.plate);
    const double missing = p.varies ? wicki_plate_scale(x.w, p.plate) : (double)dim->full;
    const wick_var sum =
        p.varies ? wicki_var_of(x.w, over_plate(x.w, &wicki_op_logsumexp, p.x, p.plate, 1.0)) : x;
    return missing == 1.0 ? sum : wick_add(sum, wicki_log(missing));
}

wick_var wick_total(wick_var x)
{
    wick *w = x.w;
    wick_node *node = wicki_node_of(w, "wick_total", x);

    if (!node)
        return WICK_VAR_NONE;
    const wicki_set *set = wicki_set_at(w, node->dims);
    wicki_axis a = { .outer = 1, .n = node->members * node->elements, .inner = 1, .scale = 1.0 };
    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (dim->kind == WICKI_PLATE) {
            a.scale *= wicki_plate_scale(w, set->dim[i]);
            continue;
        }
        wick_fail(w, WICK_ERR_SHAPE, "wick_total: the value varies over '%s', which is %s; %s",
            dim->name, dim->kind == WICKI_ENUMERATED ? "enumerated" : "an ambient dimension",
            dim->kind == WICKI_ENUMERATED ? "let a loss that sums it out see it"
                                          : "average over it with the loss");
        return WICK_VAR_NONE;
    }
    if (a.n == 1 && a.scale == 1.0)
        return x;
    return wicki_var_of(w, wicki_reduce_axis(w, &wicki_op_sum, node, &a));
}

/* --- the functions over event axes ------------------------------------------------------------- */

#define OVER_EVENT(name, op, mean)                                              \
    wick_var wick_##name##_axis(wick_var x, size_t axis)                        \
    {                                                                           \
        return over_axis(x, &wicki_op_##op, mean, "wick_" #name "_axis", axis); \
    }                                                                           \
    wick_var wick_##name##_event(wick_var x)                                    \
    {                                                                           \
        return over_event(x, &wicki_op_##op, mean, "wick_" #name "_event");     \
    }

OVER_EVENT(sum, sum, false)
OVER_EVENT(mean, sum, true)
OVER_EVENT(max, max, false)
OVER_EVENT(logsumexp, logsumexp, false)
