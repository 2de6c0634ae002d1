/* Constants, data, and the index of a dimension: values that come from outside the tape. */
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
typedef struct member_axes {
    uint32_t n;
    const wicki_dim *dim[WICK_MAX_DIMS];
    size_t user[WICK_MAX_DIMS], own[WICK_MAX_DIMS]; /* strides */
} member_axes;

static member_axes axes_of(const wick *w, const wick_node *node, size_t elements)
{
    const wicki_tape *tape = w->tape;
    member_axes a = { .n = tape->n_open };
    size_t user = elements;

    for (uint32_t i = tape->n_open; i-- > 0;) {
        a.dim[i] = wicki_dim_at(w, tape->plate_order[i]);
        a.user[i] = user;
        a.own[i] = wicki_dim_stride(node, tape->plate_order[i]);
        user *= a.dim[i]->full;
    }
    return a;
}

/* The user's array as it is: nothing to pick, and the same order. */
static bool in_place(const member_axes *a, size_t elements)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (a->dim[i]->index || a->user[i] != a->own[i] * elements)
            return false;
    return elements == 1 || a->n == 0;
}

static void copy_rows(const member_axes *a, wick_node *node, const double *values)
{
    size_t index[WICK_MAX_DIMS] = { 0 };

    for (size_t m = 0; m < node->members; m++) {
        size_t user = 0, own = 0;
        for (uint32_t i = 0; i < a->n; i++) {
            user += a->user[i] * (a->dim[i]->index ? a->dim[i]->index[index[i]] : index[i]);
            own += a->own[i] * index[i];
        }
        for (size_t e = 0; e < node->elements; e++)
            node->value[e * node->members + own] = values[user + e];
        for (uint32_t i = a->n; i-- > 0; index[i] = 0)
            if (++index[i] < a->dim[i]->size)
                break;
    }
}

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
    const member_axes a = axes_of(w, &shape, shape.elements);
    const bool direct = in_place(&a, shape.elements);
    /* a leaf is never written to */
    double *memory = direct ? (double *)(uintptr_t)values : NULL;
    wick_node *node = wicki_leaf(w, memory, rank, sizes, shape.dims, false);
    if (node && !direct)
        copy_rows(&a, node, values);
    return wicki_var_of(w, node);
}

/* --- the index of a dimension ------------------------------------------------------------------ */

wick_node *wicki_coordinate(wick *w, uint32_t dim)
{
    wick_node *node = wicki_leaf(w, NULL, 0, NULL, wicki_set_with(w, 0, dim), false);

    if (!node)
        return NULL;
    const size_t *index = wicki_dim_at(w, dim)->index;
    for (size_t i = 0; i < node->members; i++)
        node->value[i] = (double)(index ? index[i] : i);
    node->coordinate = dim;
    return node;
}

wick_var wick_index(wick *w, const char *name)
{
    const uint32_t plate = wicki_plate_named(w, "wick_index", name);

    return plate ? wicki_var_of(w, wicki_coordinate(w, plate)) : WICK_VAR_NONE;
}
