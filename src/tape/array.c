/* Arrays that are declared once, with their plates by name. */
#include "tape/data.h"

#include <string.h>

struct wick_array {
    wick *w;
    wick_array_options of; /* names are interned */
    const char *plate[WICK_MAX_DIMS];
    uint32_t n_plates;
    double *copy; /* in wick's order, once it is made */
};

static bool is_usable(wick *w, const wick_array_options *o)
{
    if (!o || !o->values || o->count == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_array_new: no values, need an array and its count");
    else if ((unsigned)o->element > WICK_UINT64)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_array_new: element is %d, need a wick_element",
            (int)o->element);
    else if (o->rank > WICK_MAX_RANK)
        wick_fail(w, WICK_ERR_SHAPE, "wick_array_new: an event of %zu axes, at most %d are allowed",
            o->rank, WICK_MAX_RANK);
    return wicki_ok(w);
}

wick_array *wick_array_new(wick *w, const wick_array_options *options)
{
    if (!wicki_ok(w) || !is_usable(w, options))
        return NULL;
    wick_array *a = wicki_allocate(w, sizeof *a);
    if (!a)
        return NULL;
    *a = (wick_array){ .w = w, .of = *options };
    for (const char *const *name = options->plates; name && *name && wicki_ok(w); name++) {
        if (a->n_plates == WICK_MAX_DIMS)
            wick_fail(w, WICK_ERR_LIMIT, "wick_array_new: more than %d plates", (int)WICK_MAX_DIMS);
        else
            a->plate[a->n_plates++] = wick_name(w, "%s", *name);
    }
    a->of.plates = NULL;
    if (wicki_ok(w))
        return a;
    wick_array_free(a);
    return NULL;
}

void wick_array_free(wick_array *a)
{
    if (!a)
        return;
    wicki_release(a->w, a->copy);
    wicki_release(a->w, a);
}

/* --- reading ----------------------------------------------------------------------------------- */

static bool find_plates(const wick_array *a, wicki_reading *r, uint32_t *dims)
{
    wick *w = a->w;

    *r = (wicki_reading){ .values = a->of.values, .element = a->of.element, .n = a->n_plates };
    *dims = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        r->dim[i] = wicki_plate_named(w, "wick_array_var", a->plate[i]);
        if (!r->dim[i])
            return false;
        if (wicki_set_has(w, *dims, r->dim[i])) {
            wick_fail(w, WICK_ERR_ARGUMENT, "wick_array_var: plate '%s' twice", a->plate[i]);
            return false;
        }
        *dims = wicki_set_with(w, *dims, r->dim[i]);
    }
    return wicki_ok(w);
}

/* As in a value of all members: the larger plate within the smaller one, of equal ones by name. */
static bool is_within(const wicki_dim *dim, const wicki_dim *other)
{
    return dim->full != other->full ? dim->full > other->full : strcmp(dim->name, other->name) > 0;
}

/* The steps of such an array: plates below the event. */
static wicki_reading copied(const wick *w, const wicki_reading *r)
{
    wicki_reading own = *r;

    own.element = WICK_DOUBLE;
    own.event_step = 1;
    for (uint32_t i = 0; i < r->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, r->dim[i]);
        own.event_step *= dim->full;
        own.user[i] = 1;
        for (uint32_t j = 0; j < r->n; j++) {
            const wicki_dim *other = wicki_dim_at(w, r->dim[j]);
            own.user[i] *= j != i && is_within(other, dim) ? other->full : 1;
        }
    }
    return own;
}

/* One row of the user's array after the other. */
static void convert(
    const wick_array *a, const wicki_reading *r, const wicki_reading *own, size_t elements)
{
    const size_t size = wicki_element_size(r->element);
    size_t at[WICK_MAX_DIMS] = { 0 };

    for (size_t i = 0; i < a->of.count; i += elements) {
        size_t place = 0;
        for (uint32_t k = 0; k < r->n; k++)
            place += own->user[k] * at[k];
        wicki_convert(r->element, elements, (const char *)r->values + i * size, a->copy + place,
            own->event_step);
        for (uint32_t k = r->n; k-- > 0; at[k] = 0)
            if (++at[k] < wicki_dim_at(a->w, r->dim[k])->full)
                break;
    }
}

wick_var wick_array_var(wick_array *a)
{
    wicki_reading r;
    uint32_t dims;

    if (!a || !wicki_ok(a->w) || !find_plates(a, &r, &dims))
        return WICK_VAR_NONE;
    wick *w = a->w;
    wick_node shape = { .w = w };
    if (!wicki_node_shape(w, &shape, a->of.rank, a->of.sizes, dims) ||
        !wicki_count_fits(w, "wick_array_var", a->of.count, shape.elements, &r))
        return WICK_VAR_NONE;
    wicki_reading_steps(&shape, &r);
    if (!a->of.copy)
        return wicki_read_data(w, &r, a->of.rank, a->of.sizes, dims);
    wicki_reading own = copied(w, &r);
    if (!a->copy) {
        a->copy = wicki_allocate(w, a->of.count * sizeof *a->copy);
        if (!a->copy)
            return WICK_VAR_NONE;
        convert(a, &r, &own, shape.elements);
    }
    own.values = a->copy;
    return wicki_read_data(w, &own, a->of.rank, a->of.sizes, dims);
}
