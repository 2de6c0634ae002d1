/* Values seen with other axes: renamed, split, joined, transposed, sliced, spread. */
#include "tape/axis.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <string.h>

size_t wicki_dim_stride(const wick_node *x, uint32_t dim)
{
    const wicki_set *set = wicki_set_at(x->w, x->dims);
    size_t stride = 1;

    for (uint32_t i = set->n; i-- > 0;) {
        if (set->dim[i] == dim)
            return stride;
        stride *= wicki_dim_at(x->w, set->dim[i])->size;
    }
    return 0;
}

wicki_view wicki_view_of(const wick_node *x)
{
    wicki_view view = { .rank = x->rank, .dims = x->dims };
    size_t stride = x->members;

    for (size_t i = x->rank; i-- > 0;) {
        view.sizes[i] = x->event[i];
        view.strides[i] = stride;
        stride *= x->event[i];
    }
    return view;
}

/* Operand 0 is the result, which is contiguous, operand 1 the source. */
static void loop_of(wicki_loop *loop, const wick_node *node)
{
    const wicki_view *view = node->data;
    const wick_node *x = node->in[0];
    const wicki_set *set = wicki_set_at(node->w, view->dims);
    size_t contiguous = 1;

    loop->n_levels = 0;
    loop->n_operands = 2;
    for (uint32_t i = set->n; i-- > 0;) {
        const size_t size = wicki_dim_at(node->w, set->dim[i])->size;
        const size_t extra = set->dim[i] == view->dim ? view->dim_stride : 0;
        const size_t own = wicki_dim_stride(x, set->dim[i]) + extra;
        wicki_loop_add(loop, size, (size_t[]){ contiguous, own });
        contiguous *= size;
    }
    for (size_t i = view->rank; i-- > 0; contiguous *= view->sizes[i])
        wicki_loop_add(loop, view->sizes[i], (size_t[]){ contiguous, view->strides[i] });
}

static bool is_tiled(const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    for (uint32_t i = 0; i < set->n; i++)
        if (wicki_dim_is_tiled(wicki_dim_at(node->w, set->dim[i])))
            return true;
    return false;
}

/*
 * Elements that follow each other in the source: a part of it, under other axes. Where a plate is
 * run in tiles only the whole, since a part may lie elsewhere in another tile.
 */
static bool in_order(const wick_node *node)
{
    const wicki_view *view = node->data;
    const wick_node *x = node->in[0];
    wicki_loop loop;

    const size_t own = node->members * node->elements, all = x->members * x->elements;
    if (own > all || ((own < all || view->offset != 0) && is_tiled(node)))
        return false;
    loop_of(&loop, node);
    return loop.n_levels == 0 || (loop.n_levels == 1 && loop.step[0][1] == 1);
}

static bool rearrange_shape(wick *w, wick_node *node)
{
    const wicki_view *view = node->data;

    if (!wicki_node_shape(w, node, view->rank, view->sizes, view->dims))
        return false;
    node->alias = in_order(node);
    node->offset = node->alias ? view->offset : 0;
    return true;
}

static void rearrange_forward(wick_node *node)
{
    const wicki_view *view = node->data;
    wicki_place place = { .index = { 0 } };
    wicki_loop loop;

    loop_of(&loop, node);
    const size_t n = wicki_loop_run(&loop), stride = loop.n_levels ? loop.step[0][1] : 0;
    do {
        double *out = node->value + place.offset[0];
        const double *x = node->in[0]->value + view->offset + place.offset[1];
        for (size_t i = 0; i < n; i++)
            out[i] = x[i * stride];
    } while (wicki_loop_next(&loop, &place));
}

static void rearrange_reverse(wick_node *node)
{
    const wicki_view *view = node->data;
    wicki_place place = { .index = { 0 } };
    wicki_loop loop;

    loop_of(&loop, node);
    const size_t n = wicki_loop_run(&loop), stride = loop.n_levels ? loop.step[0][1] : 0;
    do {
        const double *g = node->adjoint + place.offset[0];
        double *adjoint = node->in[0]->adjoint + view->offset + place.offset[1];
        if (stride == 0)
            *adjoint += wicki_sum(n, g);
        else
            for (size_t i = 0; i < n; i++)
                adjoint[i * stride] += g[i];
    } while (wicki_loop_next(&loop, &place));
}

static bool same_place(const wick_node *a, const wick_node *b)
{
    const wicki_view *x = a->data, *y = b->data;

    for (size_t i = 0; i < x->rank; i++)
        if (!wicki_same_step(a, b, x->strides[i], y->strides[i]))
            return false;
    return x->dim == y->dim && wicki_same_step(a, b, x->offset, y->offset) &&
        wicki_same_step(a, b, x->dim_stride, y->dim_stride);
}

const wick_op wicki_op_rearrange = { .name = "rearrange",
    .shape = rearrange_shape,
    .forward = rearrange_forward,
    .reverse = rearrange_reverse,
    .linear = true,
    .same = same_place };

wick_node *wicki_rearrange(wick *w, wick_node *x, const wicki_view *view)
{
    if (!wicki_ok(w) || !x)
        return NULL;
    return wicki_record(w, &wicki_op_rearrange, 1, &x, view, sizeof *view);
}

wick_node *wicki_expand(wick *w, wick_node *x, uint32_t dims)
{
    wicki_view view = wicki_view_of(x);

    view.dims = wicki_set_union(w, x->dims, dims);
    return view.dims == x->dims ? x : wicki_rearrange(w, x, &view);
}

/* --- views of the event ------------------------------------------------------------------------ */

static void drop_axis(wicki_view *view, size_t axis)
{
    for (size_t i = axis + 1; i < view->rank; i++) {
        view->sizes[i - 1] = view->sizes[i];
        view->strides[i - 1] = view->strides[i];
    }
    view->rank--;
}

/* The node of x if it has the axis and the index is within it. */
static wick_node *indexable(wick_var x, const char *function, size_t axis, size_t index)
{
    wick_node *node = wicki_node_of(x.w, function, x);

    if (!node)
        return NULL;
    if (axis >= node->rank)
        wick_fail(
            x.w, WICK_ERR_SHAPE, "%s: axis %zu of an event of rank %u", function, axis, node->rank);
    else if (index >= node->event[axis])
        wick_fail(x.w, WICK_ERR_DOMAIN, "%s: index %zu along an axis of %u elements, need 0 to %u",
            function, index, node->event[axis], node->event[axis] - 1);
    return wicki_ok(x.w) ? node : NULL;
}

static wick_var select_axis(wick_var x, const char *function, size_t axis, size_t index)
{
    wick_node *node = indexable(x, function, axis, index);

    if (!node)
        return WICK_VAR_NONE;
    wicki_view view = wicki_view_of(node);
    view.offset = index * view.strides[axis];
    drop_axis(&view, axis);
    return wicki_var_of(x.w, wicki_rearrange(x.w, node, &view));
}

wick_var wick_select(wick_var x, size_t axis, size_t index)
{
    return select_axis(x, "wick_select", axis, index);
}

wick_var wick_pick(wick_var x, size_t index)
{
    return select_axis(x, "wick_pick", 0, index);
}

wick_var wick_slice(wick_var x, size_t axis, size_t first, size_t count)
{
    wick_node *node = indexable(x, "wick_slice", axis, first);

    if (!node)
        return WICK_VAR_NONE;
    if (count == 0 || count > node->event[axis] - first) {
        wick_fail(x.w, WICK_ERR_DOMAIN, "wick_slice: %zu elements from %zu on, the axis has %u",
            count, first, node->event[axis]);
        return WICK_VAR_NONE;
    }
    wicki_view view = wicki_view_of(node);
    view.offset = first * view.strides[axis];
    view.sizes[axis] = count;
    return wicki_var_of(x.w, wicki_rearrange(x.w, node, &view));
}

wick_var wick_reshape_array(wick_var x, size_t rank, const size_t *sizes)
{
    wick_node *node = wicki_node_of(x.w, "wick_reshape", x);
    size_t elements = 1;

    if (!node)
        return WICK_VAR_NONE;
    wicki_view view = wicki_view_of(node);
    for (size_t i = 0; i < rank && i < WICK_MAX_RANK; i++)
        elements *= view.sizes[i] = sizes[i];
    if (rank > WICK_MAX_RANK || elements != node->elements) {
        wick_fail(x.w, WICK_ERR_SHAPE, "wick_reshape: %zu elements in %zu axes, the event has %zu",
            elements, rank, node->elements);
        return WICK_VAR_NONE;
    }
    view.rank = rank;
    for (size_t i = rank, stride = node->members; i-- > 0; stride *= sizes[i])
        view.strides[i] = stride;
    return wicki_var_of(x.w, wicki_rearrange(x.w, node, &view));
}

/* The node of a matrix. */
static wick_node *matrix(wick_var x, const char *function, bool square)
{
    wick_node *node = wicki_node_of(x.w, function, x);

    if (node && (node->rank != 2 || (square && node->event[0] != node->event[1]))) {
        char buffer[64];
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_text_add_event(&text, node);
        wick_fail(x.w, WICK_ERR_SHAPE, "%s: got %s, need a %smatrix", function, buffer,
            square ? "square " : "");
        return NULL;
    }
    return node;
}

wick_var wick_transpose(wick_var a)
{
    wick_node *node = matrix(a, "wick_transpose", false);

    if (!node)
        return WICK_VAR_NONE;
    wicki_view view = wicki_view_of(node);
    const wicki_view as_it_is = view;
    for (size_t i = 0; i < 2; i++) {
        view.sizes[i] = as_it_is.sizes[1 - i];
        view.strides[i] = as_it_is.strides[1 - i];
    }
    return wicki_var_of(a.w, wicki_rearrange(a.w, node, &view));
}

wick_var wick_diagonal(wick_var a)
{
    wick_node *node = matrix(a, "wick_diagonal", true);

    if (!node)
        return WICK_VAR_NONE;
    wicki_view view = wicki_view_of(node);
    view.rank = 1;
    view.strides[0] += view.strides[1];
    return wicki_var_of(a.w, wicki_rearrange(a.w, node, &view));
}
