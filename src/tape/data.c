/* Constants, data, and the index of a dimension: values that come from outside the tape. */
#include "tape/data.h"

#include "base/special.h"
#include "tape/axis.h"
#include "tape/take.h"

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

/* --- data over plates -------------------------------------------------------------------------- */

static double members_of(const wicki_reading *r, const wicki_dim *dim)
{
    return (double)(r->by_place ? dim->present : dim->full);
}

bool wicki_count_fits(
    wick *w, const char *function, size_t count, size_t elements, const wicki_reading *r)
{
    double need = (double)elements;
    char buffer[256] = "no open plate";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (uint32_t i = 0; i < r->n; i++)
        need *= members_of(r, wicki_dim_at(w, r->dim[i]));
    if ((double)count == need)
        return true;
    for (uint32_t i = 0; i < r->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, r->dim[i]);
        wicki_text_add(&text, "%splate '%s' %.0f", i ? " x " : "", dim->name, members_of(r, dim));
    }
    wick_fail(w, WICK_ERR_SHAPE, "%s: got %zu numbers, need %.0f (%s, event of %zu)%s", function,
        count, need, buffer, elements,
        r->by_place && w->tape->all_members
            ? "; all members are looked at here, not a minibatch: give a program that has the data "
              "of all"
            : "");
    return false;
}

void wicki_reading_steps(const wick_node *node, wicki_reading *r)
{
    size_t user = node->elements;

    r->event_step = 1;
    for (uint32_t i = r->n; i-- > 0;) {
        const wicki_dim *dim = wicki_dim_at(node->w, r->dim[i]);
        r->user[i] = user;
        r->own[i] = wicki_dim_stride(node, r->dim[i]);
        user *= r->by_place ? dim->present : dim->full;
    }
}

/* The user's array as it is: nothing to pick, and the same order. */
static bool in_place(const wick_node *node, const wicki_reading *r)
{
    if (r->element != WICK_DOUBLE)
        return false;
    for (uint32_t i = 0; i < r->n; i++) {
        const wicki_dim *dim = wicki_dim_at(node->w, r->dim[i]);
        if ((dim->index && !r->by_place) || wicki_dim_is_tiled(dim))
            return false;
        if (r->own[i] * (r->event_step == 1 ? node->elements : 1) != r->user[i])
            return false;
    }
    return node->elements == 1 || r->n == 0 || r->event_step == node->members;
}

/* The axis whose members lie side by side in wick's memory; n if there is none. */
static uint32_t inner_axis(const wick *w, const wicki_reading *r)
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

/* The members of one axis: rows of the user's array to columns of the value. */
typedef struct column {
    const void *from;
    double *out;
    const size_t *index; /* NULL: one after the other */
    size_t n, members;
    size_t stride, elements,
        step; /* from member to member; of the event, from element to element */
} column;

/* With the number of elements a constant the inner loops are unrolled. */
WICKI_INLINE void copy_rows(const column *c, size_t elements)
{
    const double *from = c->from;

    if (!c->index) {
        for (size_t i = 0; i < c->n; i++)
            for (size_t e = 0; e < elements; e++)
                c->out[e * c->members + i] = from[c->stride * i + e];
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (i + AHEAD < c->n)
            PREFETCH(from + c->stride * c->index[i + AHEAD]);
        for (size_t e = 0; e < elements; e++)
            c->out[e * c->members + i] = from[c->stride * c->index[i] + e];
    }
}

static void copy_vectors(const column *c)
{
    switch (c->elements) {
    case 1:
        copy_rows(c, 1);
        break;
    case 2:
        copy_rows(c, 2);
        break;
    case 3:
        copy_rows(c, 3);
        break;
    case 4:
        copy_rows(c, 4);
        break;
    case 8:
        copy_rows(c, 8);
        break;
    default:
        copy_rows(c, c->elements);
    }
}

/* Any type of element, any order. */
#define COPY(upper, lower, type)                                                          \
    static void copy_##lower(const column *c)                                             \
    {                                                                                     \
        const type *from = c->from;                                                       \
        for (size_t e = 0; e < c->elements; e++)                                          \
            for (size_t i = 0; i < c->n; i++)                                             \
                c->out[e * c->members + i] =                                              \
                    (double)from[c->stride * (c->index ? c->index[i] : i) + e * c->step]; \
    }
WICK_ELEMENT_LIST(COPY)
#undef COPY

/* What each type is copied by, and its size. */
static const struct {
    void (*copy)(const column *c);
    size_t size;
} ELEMENTS[] = {
#define ENTRY(upper, lower, type) { copy_##lower, sizeof(type) },
    WICK_ELEMENT_LIST(ENTRY)
#undef ENTRY
};

static void copy_column(const column *c, wick_element element)
{
    if (element != WICK_DOUBLE || c->step != 1)
        ELEMENTS[element].copy(c);
    else if (!c->index && c->elements == 1 && c->stride == 1)
        memcpy(c->out, c->from, c->n * sizeof *c->out);
    else
        copy_vectors(c);
}

size_t wicki_element_size(wick_element element)
{
    return ELEMENTS[element].size;
}

void wicki_convert(wick_element element, size_t n, const void *from, double *out, size_t step)
{
    const column c = {
        .from = from, .out = out, .n = 1, .members = step, .elements = n, .step = 1
    };

    ELEMENTS[element].copy(&c);
}

static size_t place_in(const wicki_reading *r, const wicki_dim *dim, size_t i)
{
    return r->by_place ? dim->first + i : wicki_dim_member(dim, i);
}

/* Reads the user's array again, for the minibatch and tile at hand. */
static void data_forward(wick_node *node)
{
    static const wicki_dim single = { .size = 1, .present = 1, .full = 1 };
    const wicki_reading *r = node->data;
    const uint32_t inner = inner_axis(node->w, r);
    const wicki_dim *last = inner < r->n ? wicki_dim_at(node->w, r->dim[inner]) : &single;
    const bool picks = last->index && !r->by_place;
    column c = { .index = picks ? last->index + last->first : NULL,
        .n = last->size,
        .members = node->members,
        .stride = inner < r->n ? r->user[inner] : 0,
        .elements = node->elements,
        .step = r->event_step };
    size_t at[WICK_MAX_DIMS] = { 0 };
    uint32_t i;

    do {
        size_t from = picks ? 0 : c.stride * last->first;
        c.out = node->value;
        for (i = 0; i < r->n; i++) {
            if (i == inner)
                continue;
            from += r->user[i] * place_in(r, wicki_dim_at(node->w, r->dim[i]), at[i]);
            c.out += r->own[i] * at[i];
        }
        c.from = (const char *)r->values + from * ELEMENTS[r->element].size;
        copy_column(&c, r->element);
        for (i = r->n; i-- > 0; at[i] = 0)
            if (i != inner && ++at[i] < wicki_dim_at(node->w, r->dim[i])->size)
                break;
    } while (i < r->n);
}

/* What is in place is as new as the user's array: nothing has to be run. */
const wick_op wicki_op_data_in_place = { .name = "wick_data", .source = true };

static bool same_array(const wick_node *a, const wick_node *b)
{
    return ((const wicki_reading *)a->data)->values == ((const wicki_reading *)b->data)->values;
}

const wick_op wicki_op_data = {
    .name = "wick_data", .forward = data_forward, .source = true, .same = same_array
};

wick_var wicki_read_data(
    wick *w, const wicki_reading *r, size_t rank, const size_t *sizes, uint32_t dims)
{
    wick_node shape = { .w = w };

    if (!wicki_node_shape(w, &shape, rank, sizes, dims))
        return WICK_VAR_NONE;
    if (!in_place(&shape, r))
        return wicki_var_of(
            w, wicki_source(w, &wicki_op_data, rank, sizes, dims, false, r, sizeof *r));
    /* a leaf is never written to */
    wick_node *node = wicki_leaf(w, (double *)(uintptr_t)r->values, rank, sizes, dims, false);
    if (node)
        node->op = &wicki_op_data_in_place;
    return wicki_var_of(w, node);
}

/* Over the open plates, from the outermost to the innermost. */
static wick_var over_open_plates(
    wick *w, const char *function, wicki_reading *r, size_t count, size_t rank, const size_t *sizes)
{
    wick_node shape = { .w = w };

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    if (!r->values) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the array is NULL", function);
        return WICK_VAR_NONE;
    }
    const wicki_tape *tape = w->tape;
    const uint32_t dims = wicki_set_of_kind(w, tape->open, WICKI_PLATE);
    r->n = tape->n_open;
    for (uint32_t i = 0; i < r->n; i++)
        r->dim[i] = tape->plate_order[i];
    if (!wicki_node_shape(w, &shape, rank, sizes, dims) ||
        !wicki_count_fits(w, function, count, shape.elements, r))
        return WICK_VAR_NONE;
    wicki_reading_steps(&shape, r);
    return wicki_read_data(w, r, rank, sizes, dims);
}

wick_var wick_data_array(
    wick *w, const double *values, size_t count, size_t rank, const size_t *sizes)
{
    wicki_reading r = { .values = values };

    return over_open_plates(w, "wick_data", &r, count, rank, sizes);
}

wick_var wick_data_minibatch_array(
    wick *w, const double *values, size_t count, size_t rank, const size_t *sizes)
{
    wicki_reading r = { .values = values, .by_place = true };

    return over_open_plates(w, "wick_data_minibatch", &r, count, rank, sizes);
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
