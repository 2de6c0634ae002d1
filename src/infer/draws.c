#include "infer/draws.h"

#include <string.h>

static double *rows_of(const wick_draws *d)
{
    return (double *)(uintptr_t)d->values;
}

static void set_shape(wick_draws *d, const wick_node *x)
{
    const wicki_set *set = wicki_set_at(x->w, x->dims);

    d->size = x->members * x->elements;
    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(x->w, set->dim[i]);
        d->plates[d->n_plates] = dim->name;
        d->plate_sizes[d->n_plates++] = dim->size;
    }
    d->rank = x->rank;
    for (uint32_t i = 0; i < x->rank; i++)
        d->sizes[i] = x->event[i];
}

bool wicki_draws_init(wick_draws *d, wick *w, const char *name, size_t draws, const wick_node *x)
{
    *d = (wick_draws){ .name = name, .draws = draws, .w = d->w };
    set_shape(d, x);
    if (d->size > SIZE_MAX / sizeof(double) / draws) {
        wick_fail(w, WICK_ERR_LIMIT, "%zu draws of %zu doubles of '%s' do not fit into memory",
            draws, d->size, name);
        return false;
    }
    d->values = wicki_allocate(w, draws * d->size * sizeof *d->values);
    return d->values;
}

/* Memory has the event first, a row has the members first. */
void wicki_draws_set(const wick_draws *d, size_t i, const wick_node *x)
{
    double *row = rows_of(d) + i * d->size;

    for (size_t m = 0; m < x->members; m++)
        for (size_t e = 0; e < x->elements; e++)
            *row++ = x->value[e * x->members + m];
}

void wick_draws_free(wick_draws *d)
{
    if (!d || !d->w)
        return;
    wicki_release(d->w, rows_of(d));
    wicki_release(d->w, d);
}
