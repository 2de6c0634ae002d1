/* Parameters as sites. */
#include "site/param.h"

#include "base/philox.h"
#include "dist/transform.h"
#include "site/stack.h"
#include "tape/take.h"

#include <string.h>

/* --- initial values ---------------------------------------------------------------------------- */

static wick_init init_of(size_t rank, const size_t *sizes)
{
    wick_init init = { .rank = rank };

    for (size_t i = 0; i < rank && i < WICK_MAX_RANK; i++)
        init.sizes[i] = sizes[i];
    return init;
}

wick_init wick_init_fill_array(double x, size_t rank, const size_t *sizes)
{
    wick_init init = init_of(rank, sizes);

    init.kind = WICK_INIT_NUMBER;
    init.number = x;
    return init;
}

wick_init wick_init_num(double x)
{
    return wick_init_fill_array(x, 0, NULL);
}

wick_init wick_init_values_array(const double *values, size_t rank, const size_t *sizes)
{
    wick_init init = init_of(rank, sizes);

    init.kind = WICK_INIT_VALUES;
    init.values = values;
    return init;
}

wick_init wick_init_randn_array(size_t rank, const size_t *sizes)
{
    wick_init init = init_of(rank, sizes);

    init.kind = WICK_INIT_RANDN;
    return init;
}

wick_init wick_init_sparse(wick_init init)
{
    init.sparse = true;
    return init;
}

wick_init wick_init_eye(size_t n)
{
    wick_init init = init_of(2, (size_t[]){ n, n });

    init.kind = WICK_INIT_EYE;
    return init;
}

wick_init wick_init_var(wick_var x)
{
    return (wick_init){ .kind = WICK_INIT_VAR, .var = x };
}

/* --- making an entry --------------------------------------------------------------------------- */

static uint32_t plates_of(wick *w, const wick_site *site)
{
    return wicki_set_of_kind(w, site->plates, WICKI_PLATE);
}

/* Plates of the store are ordered by their full sizes, those of the tape by the members present. */
static void set_plates(const wick *w, wicki_entry *entry, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);

    entry->members = 1;
    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        size_t at = entry->n_plates++;
        for (; at > 0 &&
             (entry->plate_sizes[at - 1] > dim->full ||
                 (entry->plate_sizes[at - 1] == dim->full &&
                     strcmp(entry->plates[at - 1], dim->name) > 0));
             at--) {
            entry->plates[at] = entry->plates[at - 1];
            entry->plate_sizes[at] = entry->plate_sizes[at - 1];
        }
        entry->plates[at] = dim->name;
        entry->plate_sizes[at] = dim->full;
        entry->members *= dim->full;
    }
}

bool wicki_init_shape(wick *w, const wick_init *init, wick_node *shape)
{
    if (init->kind != WICK_INIT_VAR)
        return wick_node_event(w, shape, init->rank, init->sizes);
    const wick_node *node = wicki_node_of(w, "wick_param", init->var);
    return node && wicki_node_event_of(w, shape, node);
}

static double initial_value(
    const wicki_entry *entry, const wick_init *init, size_t e, wicki_stream *stream)
{
    switch (init->kind) {
    case WICK_INIT_VALUES:
        return init->values[e];
    case WICK_INIT_RANDN:
        return wicki_normal(stream);
    case WICK_INIT_EYE:
        return e / entry->sizes[1] == e % entry->sizes[1] ? 1.0 : 0.0;
    case WICK_INIT_NUMBER:
    case WICK_INIT_VAR:
        break;
    }
    return init->number;
}

/* Does a value depend on members of a plate of which there is only a tile? */
static bool depends_on_tile(wick *w, const wick_node *node)
{
    bool *needed = w->tape->tiled ? wicki_alloc_zero(w, (node->id + 1) * sizeof *needed) : NULL;

    if (needed)
        needed[node->id] = true;
    for (uint32_t i = node->id + 1; needed && i-- > 0;) {
        const wick_node *user = w->tape->node[i];
        const wicki_set *set = wicki_set_at(w, user->dims);
        for (uint32_t j = 0; needed[i] && j < set->n; j++)
            if (wicki_dim_is_tiled(wicki_dim_at(w, set->dim[j])))
                return true;
        for (uint32_t j = 0; needed[i] && j < user->n_in; j++)
            if (w->tape->node[user->in[j]->id] == user->in[j])
                needed[user->in[j]->id] = true;
    }
    return false;
}

/* The value of a var, spread over the plates: NULL after an error. */
static const double *values_of_var(wick *w, const wicki_entry *entry, wick_var x, uint32_t plates)
{
    wick_node *node = wicki_node_of(w, "wick_param", x);

    if (node && !wicki_set_within(w, node->dims, plates))
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_param: the initial value varies over plates that are "
            "not open");
    else if (node && node->dims && !wicki_plates_are_whole(w, plates))
        wick_fail(w, WICK_ERR_STATE,
            "wick_param: the initial value varies over a minibatch; the "
            "parameter needs one member's value, or the full plate's");
    if (!wicki_ok(w))
        return NULL;
    w->tape->read |= depends_on_tile(w, node);
    if (node->dims) {
        node = wicki_expand(w, node, plates);
        return node ? node->value : NULL;
    }
    double *values = wicki_alloc_doubles(w, wicki_entry_size(entry));
    for (size_t i = 0; values && i < wicki_entry_size(entry); i++)
        values[i] = node->value[i / entry->members];
    return values;
}

static const double *initial_values(
    wick *w, const wicki_entry *entry, const wick_init *init, const wick_site *site)
{
    const wicki_random random = { w->seed, 0, wicki_name_of(site->name)->hash };
    const uint64_t key = wicki_random_key(&random, 0);

    if (init->kind == WICK_INIT_VAR)
        return values_of_var(w, entry, init->var, plates_of(w, site));
    if (init->kind == WICK_INIT_VALUES && !init->values)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_param: the initial values are NULL");
    double *values = wicki_ok(w) ? wicki_alloc_doubles(w, wicki_entry_size(entry)) : NULL;
    for (size_t m = 0; values && m < entry->members; m++) {
        wicki_stream stream = wicki_stream_new(key, m, 0);
        for (size_t e = 0; e < entry->elements; e++)
            values[e * entry->members + m] = initial_value(entry, init, e, &stream);
    }
    return values;
}

/* What the coordinates of a parameter mean must not change from step to step. */
static bool has_fixed_bounds(wick *w, const wicki_param_site *p)
{
    if (!p->init || !wicki_constraint_has_vars(p->constraint))
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_param: the bounds of %s are vars, but a parameter needs numbers; make it real and "
        "pass it to wick_biject_to with this constraint",
        wick_constraint_name(p->constraint));
    return false;
}

static wicki_entry *new_entry(wick *w, const wicki_param_site *p)
{
    wicki_entry prototype = {
        .name = p->site.name, .constraint = p->constraint, .sparse = p->init->sparse
    };

    wick_node shape = { .w = w, .elements = 1 };

    if (!wicki_need_transform(w, "wick_param", p->constraint))
        return NULL;
    set_plates(w, &prototype, plates_of(w, &p->site));
    if (!wicki_init_shape(w, p->init, &shape))
        return NULL;
    prototype.rank = shape.rank;
    prototype.elements = shape.elements;
    for (size_t i = 0; i < shape.rank; i++)
        prototype.sizes[i] = shape.event[i];
    const double *values = initial_values(w, &prototype, p->init, &p->site);
    wicki_entry *entry = values ? wicki_store_add(w, &prototype) : NULL;
    if (entry && !wicki_entry_set(w, "wick_param", entry, values)) {
        wicki_store_truncate(w, w->store->count - 1);
        return NULL;
    }
    return entry;
}

/* --- meeting one ------------------------------------------------------------------------------- */

static bool has_plate(const wicki_entry *entry, const wicki_dim *dim)
{
    for (size_t i = 0; i < entry->n_plates; i++)
        if (entry->plates[i] == dim->name)
            return entry->plate_sizes[i] == dim->full;
    return false;
}

static bool same_plates(const wick *w, const wicki_entry *entry, const wicki_set *set)
{
    for (uint32_t i = 0; i < set->n; i++)
        if (!has_plate(entry, wicki_dim_at(w, set->dim[i])))
            return false;
    return entry->n_plates == set->n;
}

static void add_plates(wicki_text *text, const wicki_entry *entry)
{
    for (size_t i = 0; i < entry->n_plates; i++)
        wicki_text_add(
            text, "%s'%s' (%zu)", i ? ", " : "", entry->plates[i], entry->plate_sizes[i]);
    if (entry->n_plates == 0)
        wicki_text_add(text, "no plate");
}

static bool stands_in_its_plates(wick *w, const wicki_entry *entry, const wick_site *site)
{
    const uint32_t plates = plates_of(w, site);
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (same_plates(w, entry, wicki_set_at(w, plates)))
        return true;
    wicki_entry here = { .name = site->name };
    set_plates(w, &here, plates);
    wicki_text_add(&text, "made in ");
    add_plates(&text, entry);
    wicki_text_add(&text, ", met in ");
    add_plates(&text, &here);
    wick_fail(w, WICK_ERR_SHAPE,
        "wick_param: '%s' was %s; open the same plates, or clear the parameters", site->name,
        buffer);
    return false;
}

static bool same_constraint(wick_constraint a, wick_constraint b)
{
    return a.kind == b.kind && a.lower == b.lower && a.upper == b.upper;
}

/* A second definition must agree; its values are not looked at. */
static bool agrees(wick *w, const wicki_entry *entry, const wicki_param_site *p)
{
    wick_node here = { .w = w, .elements = 1 };
    bool same = true;

    if (!p->init)
        return true;
    if (!same_constraint(entry->constraint, p->constraint)) {
        wick_fail(w, WICK_ERR_NAME, "wick_param: '%s' exists with the constraint %s, asked for %s",
            entry->name, wick_constraint_name(entry->constraint),
            wick_constraint_name(p->constraint));
        return false;
    }
    if (!wicki_init_shape(w, p->init, &here))
        return false;
    for (size_t i = 0; i < here.rank; i++)
        same &= i < entry->rank && here.event[i] == entry->sizes[i];
    if (same && here.rank == entry->rank)
        return true;
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wick_node kept = { .w = w, .elements = 1 };
    wick_node_event(w, &kept, entry->rank, entry->sizes);
    wicki_text_add_event(&text, &kept);
    wicki_text_add(&text, ", asked for ");
    wicki_text_add_event(&text, &here);
    wick_fail(w, WICK_ERR_SHAPE, "wick_param: '%s' exists as %s; clear the parameters or rename it",
        entry->name, buffer);
    return false;
}

static void read_entry(wick *w, wick_site *site)
{
    const wicki_param_site *p = (const wicki_param_site *)site;
    wicki_entry *entry = wicki_name_of(site->name)->entry;

    if (site->value.w || !has_fixed_bounds(w, p))
        return;
    if (!entry)
        entry = p->init ? new_entry(w, p) : wicki_store_need(w, "wick_param_read", site->name);
    else if (!agrees(w, entry, p))
        return;
    if (!entry || !stands_in_its_plates(w, entry, site))
        return;
    if (entry->serial != w->serial) {
        entry->leaf = wicki_entry_leaf(w, entry, plates_of(w, site));
        entry->constrained = wick_transform_to(entry->constraint, wicki_var_of(w, entry->leaf));
        if (!wicki_ok(w))
            return;
        entry->serial = w->serial;
    }
    site->entry = entry;
    site->unconstrained = wicki_var_of(w, entry->leaf);
    site->value = site->frozen ? wick_detach(entry->constrained) : entry->constrained;
}

static wick_var send_param(wick *w, const char *function, const char *name, const wick_init *init,
    wick_constraint constraint)
{
    wick_site *site = wicki_site_new(w, function, WICK_PARAM, name, sizeof(wicki_param_site));
    wicki_param_site *p = (wicki_param_site *)site;

    if (!site)
        return WICK_VAR_NONE;
    p->init = init;
    p->constraint = constraint;
    wicki_send(w, site, read_entry);
    return wicki_ok(w) ? site->value : WICK_VAR_NONE;
}

wick_var wick_param(wick *w, const char *name, wick_init init, wick_constraint constraint)
{
    return send_param(w, "wick_param", name, &init, constraint);
}

wick_var wick_param_read(wick *w, const char *name)
{
    return send_param(w, "wick_param_read", name, NULL, wick_real());
}
