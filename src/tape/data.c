/* Constants, data, and the index of a dimension: values that come from outside the tape. */
#include "base/special.h"
#include "tape/axis.h"
#include "tape/take.h"
#include "tape/tape.h"

#include <string.h>

wick_var wick_num(wick *w, double x)
{
    wick_node *node = wicki_ok(w) ? wicki_leaf(w, NULL, 0, NULL, 0, false) : NULL;

    if (node)
        *node->value = x;
    return wicki_var_of(w, node);
}

wick_var wick_fill_array(wick *w, double x, size_t rank, const size_t *sizes)
{
    wick_node *node = wicki_ok(w) ? wicki_leaf(w, NULL, rank, sizes, 0, false) : NULL;

    for (size_t i = 0; node && i < node->elements; i++)
        node->value[i] = x;
    return wicki_var_of(w, node);
}

wick_var wick_eye(wick *w, size_t n)
{
    const wick_var eye = wick_fill_array(w, 0.0, 2, (size_t[]){ n, n });

    for (size_t i = 0; wicki_ok(w) && i < n; i++)
        w->tape->node[eye.node]->value[i * n + i] = 1.0;
    return eye;
}

wick_var wick_const_array(wick *w, const double *values, size_t rank, const size_t *sizes)
{
    wick_node *node = wicki_ok(w) ? wicki_leaf(w, NULL, rank, sizes, 0, false) : NULL;

    if (node && !values) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_const: the array is NULL");
        return WICK_VAR_NONE;
    }
    if (node)
        memcpy(node->value, values, node->elements * sizeof *values);
    return wicki_var_of(w, node);
}

/* --- data over the open plates ----------------------------------------------------------------- */

static bool count_fits(wick *w, size_t count, size_t elements)
{
    const wicki_tape *tape = w->tape;
    size_t need = elements;
    char buffer[256] = "no open plate";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (uint32_t i = 0; i < tape->n_open; i++)
        need *= wicki_dim_at(w, tape->plate_order[i])->full;
    if (count == need)
        return true;
    for (uint32_t i = 0; i < tape->n_open; i++) {
        const wicki_dim *dim = wicki_dim_at(w, tape->plate_order[i]);
        wicki_text_add(&text, "%splate '%s' %zu", i ? " x " : "", dim->name, dim->full);
    }
    wick_fail(w, WICK_ERR_SHAPE, "wick_data: got %zu doubles, need %zu (%s, event of %zu)", count,
        need, buffer, elements);
    return false;
}

/* Where a member of the open plates stands in the user's array, and in wick's memory. */
typedef struct reading {
    const double *values;
    uint32_t n, dim[WICK_MAX_DIMS];
    size_t user[WICK_MAX_DIMS], own[WICK_MAX_DIMS]; /* strides */
} reading;

static reading reading_of(const wick_node *node, const double *values)
{
    const wick *w = node->w;
    const wicki_tape *tape = w->tape;
    reading r = { .values = values, .n = tape->n_open };
    size_t user = node->elements;

    for (uint32_t i = tape->n_open; i-- > 0;) {
        r.dim[i] = tape->plate_order[i];
        r.user[i] = user;
        r.own[i] = wicki_dim_stride(node, r.dim[i]);
        user *= wicki_dim_at(w, r.dim[i])->full;
    }
    return r;
}

/* The user's array as it is: nothing to pick, and the same order. */
static bool in_place(const wick *w, const reading *r, size_t elements)
{
    for (uint32_t i = 0; i < r->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, r->dim[i]);
        if (dim->index || wicki_dim_is_tiled(dim) || r->user[i] != r->own[i] * elements)
            return false;
    }
    return elements == 1 || r->n == 0;
}

/* The axis whose members lie side by side in wick's memory; n if there is none. */
static uint32_t inner_axis(const wick *w, const reading *r)
{
    uint32_t inner = r->n;

    for (uint32_t i = 0; i < r->n; i++)
        if (r->own[i] == 1 && (inner == r->n || wicki_dim_at(w, r->dim[i])->size > 1))
            inner = i;
    return inner;
}

#ifdef __GNUC__
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) (void)(address)
#endif

enum { AHEAD = 32 };

/* With the number of elements a constant the inner loops are unrolled. */
WICKI_INLINE void copy_rows(const wick_node *node, const wicki_dim *dim, size_t stride,
    size_t elements, const double *from, double *out)
{
    const size_t n = dim->size, members = node->members;

    if (!dim->index) {
        for (size_t i = 0; i < n; i++)
            for (size_t e = 0; e < elements; e++)
                out[e * members + i] = from[stride * i + e];
        return;
    }
    const size_t *index = dim->index + dim->first;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            PREFETCH(from + stride * index[i + AHEAD]);
        for (size_t e = 0; e < elements; e++)
            out[e * members + i] = from[stride * index[i] + e];
    }
}

/* The members of one axis: rows of the user's array to columns of the value. */
static void copy_members(
    const wick_node *node, const wicki_dim *dim, size_t stride, const double *from, double *out)
{
    const size_t n = dim->size, elements = node->elements;

    if (!dim->index)
        from += stride * dim->first;
    if (!dim->index && elements == 1 && stride == 1) {
        memcpy(out, from, n * sizeof *out);
        return;
    }
    switch (elements) {
    case 1:
        copy_rows(node, dim, stride, 1, from, out);
        break;
    case 2:
        copy_rows(node, dim, stride, 2, from, out);
        break;
    case 3:
        copy_rows(node, dim, stride, 3, from, out);
        break;
    case 4:
        copy_rows(node, dim, stride, 4, from, out);
        break;
    case 8:
        copy_rows(node, dim, stride, 8, from, out);
        break;
    default:
        copy_rows(node, dim, stride, elements, from, out);
    }
}

/* Reads the user's array again, for the minibatch and tile at hand. */
static void data_forward(wick_node *node)
{
    static const wicki_dim single = { .size = 1, .present = 1, .full = 1 };
    const reading *r = node->data;
    const uint32_t inner = inner_axis(node->w, r);
    const wicki_dim *last = inner < r->n ? wicki_dim_at(node->w, r->dim[inner]) : &single;
    size_t at[WICK_MAX_DIMS] = { 0 };
    uint32_t i;

    do {
        const double *from = r->values;
        double *out = node->value;
        for (i = 0; i < r->n; i++) {
            if (i == inner)
                continue;
            from += r->user[i] * wicki_dim_member(wicki_dim_at(node->w, r->dim[i]), at[i]);
            out += r->own[i] * at[i];
        }
        copy_members(node, last, inner < r->n ? r->user[inner] : 0, from, out);
        for (i = r->n; i-- > 0; at[i] = 0)
            if (i != inner && ++at[i] < wicki_dim_at(node->w, r->dim[i])->size)
                break;
    } while (i < r->n);
}

/* What is in place is as new as the user's array. */
static void look_in_place(wick_node *node)
{
    (void)node;
}

const wick_op wicki_op_data_in_place = {
    .name = "wick_data", .forward = look_in_place, .source = true
};

static bool same_array(const wick_node *a, const wick_node *b)
{
    return ((const reading *)a->data)->values == ((const reading *)b->data)->values;
}

const wick_op wicki_op_data = {
    .name = "wick_data", .forward = data_forward, .source = true, .same = same_array
};

static uint32_t open_plates(wick *w)
{
    return wicki_set_of_kind(w, w->tape->open, WICKI_PLATE);
}

wick_var wick_data_array(
    wick *w, const double *values, size_t count, size_t rank, const size_t *sizes)
{
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    if (!values) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_data: the array is NULL");
        return WICK_VAR_NONE;
    }
    wick_node shape = { .w = w };
    if (!wicki_node_shape(w, &shape, rank, sizes, open_plates(w)) ||
        !count_fits(w, count, shape.elements))
        return WICK_VAR_NONE;
    const reading r = reading_of(&shape, values);
    if (in_place(w, &r, shape.elements)) { /* a leaf is never written to */
        wick_node *node =
            wicki_leaf(w, (double *)(uintptr_t)values, rank, sizes, shape.dims, false);
        if (node)
            node->op = &wicki_op_data_in_place;
        return wicki_var_of(w, node);
    }
    return wicki_var_of(
        w, wicki_source(w, &wicki_op_data, rank, sizes, shape.dims, false, &r, sizeof r));
}

/* --- the index of a dimension ------------------------------------------------------------------ */

static void coordinate_forward(wick_node *node)
{
    const wicki_dim *dim = wicki_dim_at(node->w, *(const uint32_t *)node->data);

    for (size_t i = 0; i < node->members; i++)
        node->value[i] = (double)wicki_dim_member(dim, i);
}

const wick_op wicki_op_coordinate = {
    .name = "wick_index", .forward = coordinate_forward, .source = true
};

wick_node *wicki_coordinate(wick *w, uint32_t dim)
{
    const uint32_t dims = wicki_set_with(w, 0, dim);
    wick_node *node = wicki_source(w, &wicki_op_coordinate, 0, NULL, dims, false, &dim, sizeof dim);

    if (node)
        node->coordinate = dim;
    return node;
}

wick_var wick_index(wick *w, const char *name)
{
    const uint32_t plate = wicki_plate_named(w, "wick_index", name);

    return plate ? wicki_var_of(w, wicki_coordinate(w, plate)) : WICK_VAR_NONE;
}
