/* Values seen with other axes: renamed, split, joined, transposed, sliced, spread. */
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <string.h>

enum { MAX_AXES = WICK_MAX_DIMS + WICK_MAX_RANK };

/* The axes of a result, outermost first, with their strides in the source. */
typedef struct axes {
    size_t n, size[MAX_AXES], stride[MAX_AXES];
    size_t offset;
    wicki_view view;
} axes;

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

static void add_axis(axes *a, size_t size, size_t stride)
{
    if (size == 1)
        return;
    if (a->n > 0 && a->stride[a->n - 1] == stride * size) {
        a->size[a->n - 1] *= size;
        a->stride[a->n - 1] = stride;
        return;
    }
    a->size[a->n] = size;
    a->stride[a->n++] = stride;
}

static axes axes_of(wick *w, const wick_node *x, const wicki_view *view)
{
    const wicki_set *set = wicki_set_at(w, view->dims);
    axes a = { .offset = view->offset, .view = *view };

    for (size_t i = 0; i < view->rank; i++)
        add_axis(&a, view->sizes[i], view->strides[i]);
    for (uint32_t i = 0; i < set->n; i++) {
        const size_t extra = set->dim[i] == view->dim ? view->dim_stride : 0;
        add_axis(&a, wicki_dim_at(w, set->dim[i])->size, wicki_dim_stride(x, set->dim[i]) + extra);
    }
    return a;
}

/* The offset in the source of the next innermost row; false when all are done. */
static bool next_row(const axes *a, size_t *index, size_t *offset)
{
    for (size_t i = a->n; i-- > 1;) {
        const size_t axis = i - 1;
        *offset += a->stride[axis];
        if (++index[axis] < a->size[axis])
            return true;
        *offset -= a->stride[axis] * a->size[axis];
        index[axis] = 0;
    }
    return false;
}

static bool rearrange_shape(wick *w, wick_node *node)
{
    const axes *a = node->data;
    const size_t whole = node->in[0]->members * node->in[0]->elements;

    if (!wicki_node_shape(w, node, a->view.rank, a->view.sizes, a->view.dims))
        return false;
    node->alias = a->offset == 0 && node->members * node->elements == whole &&
        (a->n == 0 || (a->n == 1 && a->stride[0] == 1));
    return true;
}

static void rearrange_forward(wick_node *node)
{
    const axes *a = node->data;
    const size_t n = a->n ? a->size[a->n - 1] : 1, stride = a->n ? a->stride[a->n - 1] : 0;
    size_t index[MAX_AXES] = { 0 }, offset = a->offset;
    double *out = node->value;

    do {
        const double *x = node->in[0]->value + offset;
        for (size_t i = 0; i < n; i++)
            out[i] = x[i * stride];
        out += n;
    } while (next_row(a, index, &offset));
}

static void rearrange_reverse(wick_node *node)
{
    const axes *a = node->data;
    const size_t n = a->n ? a->size[a->n - 1] : 1, stride = a->n ? a->stride[a->n - 1] : 0;
    size_t index[MAX_AXES] = { 0 }, offset = a->offset;
    const double *g = node->adjoint;

    do {
        double *adjoint = node->in[0]->adjoint + offset;
        if (stride == 0)
            *adjoint += wicki_sum(n, g);
        else
            for (size_t i = 0; i < n; i++)
                adjoint[i * stride] += g[i];
        g += n;
    } while (next_row(a, index, &offset));
}

const wick_op wicki_op_rearrange = { .name = "rearrange",
    .shape = rearrange_shape,
    .forward = rearrange_forward,
    .reverse = rearrange_reverse };

wick_node *wicki_rearrange(wick *w, wick_node *x, const wicki_view *view)
{
    if (!wicki_ok(w) || !x)
        return NULL;
    const axes a = axes_of(w, x, view);
    return wicki_record(w, &wicki_op_rearrange, 1, &x, &a, sizeof a);
}

wick_node *wicki_rename(wick *w, wick_node *x, uint32_t from, uint32_t to)
{
    wicki_view view = wicki_view_of(x);

    view.dims = wicki_set_with(w, wicki_set_without(w, x->dims, from), to);
    view.dim = to;
    view.dim_stride = wicki_dim_stride(x, from);
    return wicki_rearrange(w, x, &view);
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
