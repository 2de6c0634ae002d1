/* Taking along an axis by an index that is itself a value; group sums are the adjoint. */
#include "tape/axis.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <math.h>
#include <string.h>

enum { MAX_AXES = WICK_MAX_DIMS + WICK_MAX_RANK };

/*
 * The smaller value is walked axis by axis; the larger one has one axis more, of n elements
 * `stride` apart, whose place the index tells. Taking reads the larger one, summing into adds to it.
 */
typedef struct walk {
    size_t axes, size[MAX_AXES];
    size_t large[MAX_AXES], small[MAX_AXES], index[MAX_AXES]; /* strides */
    size_t n, stride;
    double scale;
    wicki_view view; /* shape of the result */
} walk;

static void add_axis(walk *a, size_t size, size_t large, size_t small, size_t index)
{
    a->size[a->axes] = size;
    a->large[a->axes] = large;
    a->small[a->axes] = small;
    a->index[a->axes++] = index;
}

typedef struct offsets {
    size_t at[MAX_AXES];
    size_t large, small, index;
} offsets;

static bool next(const walk *a, offsets *o)
{
    for (size_t i = a->axes; i-- > 0;) {
        o->large += a->large[i];
        o->small += a->small[i];
        o->index += a->index[i];
        if (++o->at[i] < a->size[i])
            return true;
        o->large -= a->large[i] * a->size[i];
        o->small -= a->small[i] * a->size[i];
        o->index -= a->index[i] * a->size[i];
        o->at[i] = 0;
    }
    return false;
}

static bool result_shape(wick *w, wick_node *node)
{
    const walk *a = node->data;

    return wicki_node_shape(w, node, a->view.rank, a->view.sizes, a->view.dims);
}

/* Where along the axis; SIZE_MAX after raising an error. */
static size_t place(wick_node *node, const walk *a, double index)
{
    if (index >= 0.0 && index < (double)a->n && index == floor(index))
        return a->stride * (size_t)index;
    wick_fail(node->w, WICK_ERR_DOMAIN, "%s: the index %g is not one of 0 to %zu", node->op->name,
        index, a->n - 1);
    return SIZE_MAX;
}

/* --- gather ------------------------------------------------------------------------------------ */

static void gather_forward(wick_node *node)
{
    const walk *a = node->data;
    const double *x = node->in[0]->value, *index = node->in[1]->value;
    offsets o = { .large = 0 };

    do {
        const size_t at = place(node, a, index[o.index]);
        if (at == SIZE_MAX)
            return;
        node->value[o.small] = x[o.large + at];
    } while (next(a, &o));
}

static void gather_reverse(wick_node *node)
{
    const walk *a = node->data;
    const double *index = node->in[1]->value;
    double *adjoint = node->in[0]->adjoint;
    offsets o = { .large = 0 };

    if (!adjoint)
        return;
    do
        adjoint[o.large + a->stride * (size_t)index[o.index]] += node->adjoint[o.small];
    while (next(a, &o));
}

const wick_op wicki_op_gather = {
    .name = "wick_take", .shape = result_shape, .forward = gather_forward, .reverse = gather_reverse
};

/* --- sum_into ---------------------------------------------------------------------------------- */

static void sum_into_forward(wick_node *node)
{
    const walk *a = node->data;
    const double *x = node->in[0]->value, *index = node->in[1]->value;
    offsets o = { .large = 0 };

    memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    do {
        const size_t at = place(node, a, index[o.index]);
        if (at == SIZE_MAX)
            return;
        node->value[o.large + at] += a->scale * x[o.small];
    } while (next(a, &o));
}

static void sum_into_reverse(wick_node *node)
{
    const walk *a = node->data;
    const double *index = node->in[1]->value;
    double *adjoint = node->in[0]->adjoint;
    offsets o = { .large = 0 };

    if (!adjoint)
        return;
    do
        adjoint[o.small] += a->scale * node->adjoint[o.large + a->stride * (size_t)index[o.index]];
    while (next(a, &o));
}

const wick_op wicki_op_sum_into = { .name = "wick_sum_into",
    .shape = result_shape,
    .forward = sum_into_forward,
    .reverse = sum_into_reverse };

/* --- taking ------------------------------------------------------------------------------------ */

/* The axis that is indexed: the leading one of the event, or a plate. */
typedef struct target {
    wick_node *x;
    uint32_t plate; /* 0: the event */
    size_t n, stride;
} target;

/* The result's axes: x without the target, then the dimensions of the index. */
static wicki_view taken_view(wick *w, const target *t, const wick_node *i)
{
    wicki_view view = wicki_view_of(t->x);
    uint32_t dims = t->x->dims;

    if (t->plate) {
        dims = wicki_set_without(w, dims, t->plate);
    } else {
        view.rank--;
        for (size_t k = 0; k < view.rank; k++) {
            view.sizes[k] = view.sizes[k + 1];
            view.strides[k] = view.strides[k + 1];
        }
    }
    view.dims = wicki_set_union(w, dims, i->dims);
    return view;
}

static wick_node *gather(wick *w, const target *t, wick_node *i, const wicki_view *view)
{
    walk a = { .n = t->n, .stride = t->stride, .view = *view };
    const wicki_set *set = wicki_set_at(w, view->dims);
    size_t small = set->members, event[WICK_MAX_RANK];

    for (size_t k = view->rank; k-- > 0; small *= view->sizes[k])
        event[k] = small;
    for (size_t k = 0; k < view->rank; k++)
        add_axis(&a, view->sizes[k], view->strides[k], event[k], 0);
    small = set->members;
    for (uint32_t k = 0; k < set->n; k++) {
        const uint32_t dim = set->dim[k];
        const size_t size = wicki_dim_at(w, dim)->size;
        small /= size;
        add_axis(&a, size, dim == t->plate ? 0 : wicki_dim_stride(t->x, dim), small,
            wicki_dim_stride(i, dim));
    }
    return wicki_record(w, &wicki_op_gather, 2, (wick_node *[]){ t->x, i }, &a, sizeof a);
}

/* An index that is the coordinate of a dimension only gives the axis that dimension's name. */
static wick_node *take(wick *w, const target *t, wick_node *i)
{
    const uint32_t dim = i->coordinate;

    if (i->rank > 0) {
        wick_fail(w, WICK_ERR_SHAPE, "wick_take: the index has an event of rank %u, need a scalar",
            i->rank);
        return NULL;
    }
    if (t->plate && wicki_dim_at(w, t->plate)->index && dim != t->plate) {
        wick_fail(w, WICK_ERR_STATE,
            "wick_take: plate '%s' is subsampled; only its own wick_index can index it",
            wicki_dim_at(w, t->plate)->name);
        return NULL;
    }
    if (t->plate && dim == t->plate)
        return t->x;
    wicki_view view = taken_view(w, t, i);
    if (!wicki_ok(w))
        return NULL;
    if (!dim || wicki_dim_at(w, dim)->size != t->n || wicki_dim_at(w, dim)->index)
        return gather(w, t, i, &view);
    view.dim = dim;
    view.dim_stride = t->stride;
    return wicki_rearrange(w, t->x, &view);
}

static target event_target(wick_node *x)
{
    return (target){ x, 0, x->event[0], x->members * (x->elements / x->event[0]) };
}

static target plate_target(wick *w, wick_node *x, uint32_t plate)
{
    return (target){ x, plate, wicki_dim_at(w, plate)->size, wicki_dim_stride(x, plate) };
}

wick_var wick_at(wick_var x, wick_var i)
{
    wick_node *node = wicki_node_of(x.w, "wick_at", x);
    wick_node *index = wicki_node_of(x.w, "wick_at", i);

    if (!node || !index)
        return WICK_VAR_NONE;
    if (node->rank == 0) {
        wick_fail(x.w, WICK_ERR_SHAPE, "wick_at: the event is a scalar, there is no axis to index");
        return WICK_VAR_NONE;
    }
    const target t = event_target(node);
    return wicki_var_of(x.w, take(x.w, &t, index));
}

wick_var wick_take_over(wick_var x, const char *name, wick_var i)
{
    wick *w = x.w;
    wick_node *node = wicki_node_of(w, "wick_take_over", x);
    wick_node *index = wicki_node_of(w, "wick_take_over", i);
    const uint32_t plate = index ? wicki_plate_named(w, "wick_take_over", name) : 0;

    if (!plate || !wicki_plate_is_free(w, "wick_take_over", node, plate))
        return WICK_VAR_NONE;
    if (!wicki_set_has(w, node->dims, plate)) {
        wick_fail(
            w, WICK_ERR_SHAPE, "wick_take_over: the value does not vary over plate '%s'", name);
        return WICK_VAR_NONE;
    }
    const target t = plate_target(w, node, plate);
    return wicki_var_of(w, take(w, &t, index));
}

/* The closed plates that x varies over. */
static uint32_t closed_plates(wick *w, const wick_node *x)
{
    return wicki_set_minus(w, wicki_set_of_kind(w, x->dims, WICKI_PLATE), w->tape->open);
}

wick_var wick_take(wick_var x, wick_var i)
{
    wick *w = x.w;
    wick_node *node = wicki_node_of(w, "wick_take", x);
    wick_node *index = wicki_node_of(w, "wick_take", i);

    if (!node || !index)
        return WICK_VAR_NONE;
    const wicki_set *closed = wicki_set_at(w, closed_plates(w, node));
    if (closed->n > 1) {
        char buffer[256];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_set(&text, w, closed_plates(w, node));
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_take: the value varies over several closed plates: %s; say which with "
            "wick_take_over, or wick_at for the event",
            buffer);
        return WICK_VAR_NONE;
    }
    if (closed->n == 0)
        return wick_at(x, i);
    const uint32_t plate = closed->dim[0];
    if (!wicki_plate_is_free(w, "wick_take", node, plate))
        return WICK_VAR_NONE;
    const target t = plate_target(w, node, plate);
    return wicki_var_of(w, take(w, &t, index));
}

/* --- splitting and joining --------------------------------------------------------------------- */

wick_var wick_split(wick_var x, const char *plate)
{
    return wick_at(x, wick_index(x.w, plate));
}

wick_var wick_join(wick_var x, const char *name)
{
    wick *w = x.w;
    wick_node *node = wicki_node_of(w, "wick_join", x);
    const uint32_t plate = node ? wicki_plate_named(w, "wick_join", name) : 0;

    if (!plate || !wicki_plate_is_free(w, "wick_join", node, plate))
        return WICK_VAR_NONE;
    if (wicki_dim_at(w, plate)->index) {
        wick_fail(w, WICK_ERR_STATE, "wick_join: plate '%s' is subsampled (%zu of %zu members)",
            name, wicki_dim_at(w, plate)->size, wicki_dim_at(w, plate)->full);
        return WICK_VAR_NONE;
    }
    if (node->rank == WICK_MAX_RANK) {
        wick_fail(w, WICK_ERR_SHAPE, "wick_join: the event has %d axes already", WICK_MAX_RANK);
        return WICK_VAR_NONE;
    }
    wicki_view view = wicki_view_of(node);
    for (size_t i = view.rank++; i > 0; i--) {
        view.sizes[i] = view.sizes[i - 1];
        view.strides[i] = view.strides[i - 1];
    }
    view.sizes[0] = wicki_dim_at(w, plate)->size;
    view.strides[0] = wicki_dim_stride(node, plate);
    view.dims = wicki_set_without(w, node->dims, plate);
    return wicki_var_of(w, wicki_rearrange(w, node, &view));
}

/* --- group sums -------------------------------------------------------------------------------- */

/* The plates of a group sum, once they are known to fit. */
typedef struct groups {
    wick_node *x, *i;
    uint32_t from, to;
} groups;

static bool groups_fit(wick *w, const groups *g)
{
    if (!wicki_plate_is_free(w, "wick_sum_into", g->x, g->from) ||
        !wicki_plate_is_free(w, "wick_sum_into", g->i, g->from))
        return false;
    if (g->i->rank > 0)
        wick_fail(w, WICK_ERR_SHAPE, "wick_sum_into: the index has an event, need a scalar");
    else if (wicki_dim_at(w, g->to)->index)
        wick_fail(w, WICK_ERR_STATE, "wick_sum_into: plate '%s' is subsampled",
            wicki_dim_at(w, g->to)->name);
    else if (wicki_set_has(w, g->x->dims, g->to) || wicki_set_has(w, g->i->dims, g->to))
        wick_fail(w, WICK_ERR_SHAPE, "wick_sum_into: an operand varies over '%s' already",
            wicki_dim_at(w, g->to)->name);
    return wicki_ok(w);
}

wick_var wick_sum_into(wick_var x, const char *from, wick_var i, const char *to)
{
    wick *w = x.w;
    groups g = { wicki_node_of(w, "wick_sum_into", x), wicki_node_of(w, "wick_sum_into", i), 0, 0 };

    g.from = wicki_plate_named(w, "wick_sum_into", from);
    g.to = wicki_plate_named(w, "wick_sum_into", to);
    if (!wicki_ok(w) || !groups_fit(w, &g))
        return WICK_VAR_NONE;
    const uint32_t walked = wicki_set_with(w, wicki_set_union(w, g.x->dims, g.i->dims), g.from);
    wicki_view view = wicki_view_of(g.x);
    view.dims = wicki_set_with(w, wicki_set_without(w, walked, g.from), g.to);
    if (!wicki_ok(w))
        return WICK_VAR_NONE;

    /* strides of the result, which is laid out as a node of the view would be */
    const wick_node result = { .w = w, .dims = view.dims };
    const size_t members = wicki_set_at(w, view.dims)->members;
    walk a = { .n = wicki_dim_at(w, g.to)->size,
        .stride = wicki_dim_stride(&result, g.to),
        .scale = wicki_plate_scale(w, g.from),
        .view = view };
    for (size_t k = 0; k < view.rank; k++)
        add_axis(&a, view.sizes[k], view.strides[k] / g.x->members * members, view.strides[k], 0);
    const wicki_set *set = wicki_set_at(w, walked);
    for (uint32_t k = 0; k < set->n; k++)
        add_axis(&a, wicki_dim_at(w, set->dim[k])->size, wicki_dim_stride(&result, set->dim[k]),
            wicki_dim_stride(g.x, set->dim[k]), wicki_dim_stride(g.i, set->dim[k]));
    return wicki_var_of(
        w, wicki_record(w, &wicki_op_sum_into, 2, (wick_node *[]){ g.x, g.i }, &a, sizeof a));
}
