/* Taking along an axis by an index that is itself a value; group sums are the adjoint. */
#include "tape/axis.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"
#include "tape/twin.h"

#include <math.h>
#include <string.h>

/*
 * One value has an axis, of n elements `stride` apart, that the other lacks; the index tells where
 * along it. Taking reads that value, summing into adds to it.
 */
typedef struct taking {
    wicki_view view; /* shape of the result, and strides of the event in the source */
    uint32_t walked; /* dimensions: all but those of the axis */
    uint32_t plate;  /* that the axis of the source is, or 0 */
    size_t n, stride;
    double scale;
} taking;

/* Operand 0 is the result, 1 the source, 2 the index; none moves along the axis. */
static void loop_of(wicki_loop *loop, const wick_node *node)
{
    const taking *t = node->data;
    const wick_node *x = node->in[0], *i = node->in[1];
    const wicki_set *set = wicki_set_at(node->w, t->walked);
    size_t event = node->members;

    loop->n_levels = 0;
    loop->n_operands = 3;
    for (uint32_t k = set->n; k-- > 0;) {
        const uint32_t dim = set->dim[k];
        wicki_loop_add(loop, wicki_dim_at(node->w, dim)->size,
            (size_t[]){ wicki_dim_stride(node, dim), dim == t->plate ? 0 : wicki_dim_stride(x, dim),
                wicki_dim_stride(i, dim) });
    }
    for (size_t k = t->view.rank; k-- > 0; event *= t->view.sizes[k])
        wicki_loop_add(loop, t->view.sizes[k], (size_t[]){ event, t->view.strides[k], 0 });
}

static bool result_shape(wick *w, wick_node *node)
{
    const taking *t = node->data;

    return wicki_node_shape(w, node, t->view.rank, t->view.sizes, t->view.dims);
}

static void fail_index(const wick_node *node, double index)
{
    const taking *t = node->data;
    const wick_node *by = node->in[1];
    const wicki_dim *variable = wicki_set_variable(node->w, by->dims);
    char buffer[256] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (isnan(index) && by->op && !by->op->source) {
        wicki_text_add(&text, "%s: the index", node->op->name);
        wicki_fail_nonfinite(node->w, buffer, by);
        return;
    }
    if (variable && by->coordinate)
        wicki_text_add(&text,
            "; '%s' is enumerated with %zu values, the axis has the size %zu: it needs a place for "
            "each value",
            variable->name, variable->size, t->n);
    else if (variable)
        wicki_text_add(&text,
            "; it depends on '%s', which is enumerated: all its %zu values are computed with, and "
            "all must give an index in range (see wick_clamp)",
            variable->name, variable->size);
    wick_fail(node->w, WICK_ERR_DOMAIN, "%s: the index %g is not one of 0 to %zu%s", node->op->name,
        index, t->n - 1, buffer);
}

/* Where along the axis; SIZE_MAX after raising an error. */
static size_t place_of(const wick_node *node, double index)
{
    const taking *t = node->data;

    if (index >= 0.0 && index < (double)t->n && index == floor(index))
        return t->stride * (size_t)index;
    fail_index(node, index);
    return SIZE_MAX;
}

/* What to do with one element: result and source as they stand, and the place along the axis. */
typedef void element(wick_node *node, size_t result, size_t source, size_t along);

static void for_elements(wick_node *node, element *body)
{
    const double *index = node->in[1]->value;
    wicki_place p = { .index = { 0 } };
    wicki_loop loop;

    loop_of(&loop, node);
    const size_t n = wicki_loop_run(&loop);
    const size_t still[3] = { 0 }, *step = loop.n_levels ? loop.step[0] : still;
    do {
        for (size_t i = 0; i < n; i++) {
            const size_t along = place_of(node, index[p.offset[2] + i * step[2]]);
            if (along == SIZE_MAX)
                return;
            body(node, p.offset[0] + i * step[0], p.offset[1] + i * step[1], along);
        }
    } while (wicki_loop_next(&loop, &p));
}

/* --- gather ------------------------------------------------------------------------------------ */

static void gather_element(wick_node *node, size_t result, size_t source, size_t along)
{
    node->value[result] = node->in[0]->value[source + along];
}

static void gather_adjoint(wick_node *node, size_t result, size_t source, size_t along)
{
    node->in[0]->adjoint[source + along] += node->adjoint[result];
}

static void gather_forward(wick_node *node)
{
    for_elements(node, gather_element);
}

static void gather_reverse(wick_node *node)
{
    if (node->in[0]->adjoint)
        for_elements(node, gather_adjoint);
}

const wick_op wicki_op_gather = {
    .name = "wick_take", .shape = result_shape, .forward = gather_forward, .reverse = gather_reverse
};

/* --- sum_into ---------------------------------------------------------------------------------- */

static void sum_into_element(wick_node *node, size_t result, size_t source, size_t along)
{
    node->value[result + along] += ((const taking *)node->data)->scale * node->in[0]->value[source];
}

static void sum_into_adjoint(wick_node *node, size_t result, size_t source, size_t along)
{
    node->in[0]->adjoint[source] +=
        ((const taking *)node->data)->scale * node->adjoint[result + along];
}

static void sum_into_forward(wick_node *node)
{
    memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    for_elements(node, sum_into_element);
}

static void sum_into_reverse(wick_node *node)
{
    if (node->in[0]->adjoint)
        for_elements(node, sum_into_adjoint);
}

const wick_op wicki_op_sum_into = { .name = "wick_sum_into",
    .shape = result_shape,
    .forward = sum_into_forward,
    .reverse = sum_into_reverse,
    .additive = true };

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
    const taking data = {
        .view = *view, .walked = view->dims, .plate = t->plate, .n = t->n, .stride = t->stride
    };

    return wicki_record(w, &wicki_op_gather, 2, (wick_node *[]){ t->x, i }, &data, sizeof data);
}

static bool is_whole_axis(const wicki_dim *dim, size_t n)
{
    return dim->present == n && !dim->index && !wicki_dim_is_tiled(dim);
}

/* An axis gets the name of a dimension, once for all enumerated variables. */
static wick_node *name_axis(wick *w, const target *t, wick_node *i, wicki_view *view)
{
    wick_node *const in[] = { t->x, i };
    wick_node *named = NULL;
    wicki_twin_key key;

    const bool twins = wicki_dim_at(w, i->coordinate)->kind == WICKI_ENUMERATED &&
        wicki_dim_stride(t->x, i->coordinate) == 0 &&
        wicki_twin_key_of(w, &wicki_op_rearrange, 2, in, t->plate, &key);
    if (twins)
        named = wicki_twin(w, &key, view->dims);
    if (named || !wicki_ok(w))
        return named;
    view->dim = i->coordinate;
    view->dim_stride = t->stride;
    named = wicki_rearrange(w, t->x, view);
    return twins ? wicki_twin_keep(w, &key, named) : named;
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
    if (!dim || !is_whole_axis(wicki_dim_at(w, dim), t->n))
        return gather(w, t, i, &view);
    return name_axis(w, t, i, &view);
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
            name, wicki_dim_at(w, plate)->present, wicki_dim_at(w, plate)->full);
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
    else if (g->from == g->to)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_sum_into: from plate '%s' into itself; need another plate of %zu members",
            wicki_dim_at(w, g->to)->name, wicki_dim_at(w, g->to)->full);
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

    const wick_node result = { .w = w, .dims = view.dims }; /* for the stride of its axis */
    const taking data = { .view = view,
        .walked = walked,
        .n = wicki_dim_at(w, g.to)->size,
        .stride = wicki_dim_stride(&result, g.to),
        .scale = wicki_plate_scale(w, g.from) };
    return wicki_var_of(
        w, wicki_record(w, &wicki_op_sum_into, 2, (wick_node *[]){ g.x, g.i }, &data, sizeof data));
}
