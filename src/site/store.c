#include "site/store.h"

#include "dist/transform.h"

#include <math.h>
#include <string.h>

/* --- entries ----------------------------------------------------------------------------------- */

wicki_entry *wicki_store_find(const wick *w, const char *text)
{
    for (size_t i = 0; w && text && i < w->store->count; i++)
        if (strcmp(w->store->entry[i]->name, text) == 0)
            return w->store->entry[i];
    return NULL;
}

wicki_entry *wicki_store_need(wick *w, const char *function, const char *text)
{
    const wicki_name *name = wicki_intern(w, function, text);
    char buffer[256];
    wicki_text list = { buffer, sizeof buffer, 0 };

    if (!name)
        return NULL;
    if (name->entry)
        return name->entry;
    for (size_t i = 0; i < w->store->count; i++)
        wicki_text_add(&list, "%s'%s'", i ? ", " : "", w->store->entry[i]->name);
    wick_fail(w, WICK_ERR_NAME, "%s: no parameter '%s'; there are %s", function, text,
        w->store->count ? buffer : "none");
    return NULL;
}

static bool room_for_entry(wick *w, wicki_store *store)
{
    if (store->count < store->capacity)
        return true;
    const size_t capacity = store->capacity ? 2 * store->capacity : 16;
    wicki_entry **list = wicki_allocate(w, capacity * sizeof *list);
    if (!list)
        return false;
    if (store->count > 0)
        memcpy(list, store->entry, store->count * sizeof *list);
    wicki_release(w, store->entry);
    store->entry = list;
    store->capacity = capacity;
    return true;
}

/* Entry and values in one piece; the values begin at a multiple of 64 bytes. */
wicki_entry *wicki_store_add(wick *w, const wicki_entry *prototype)
{
    const size_t head = (sizeof(wicki_entry) + 127) / 64 * 64;
    const size_t n = wicki_entry_size(prototype);

    if (!wicki_ok(w) || !room_for_entry(w, w->store))
        return NULL;
    wicki_entry *entry = wicki_allocate(w, head + n * sizeof(double));
    if (!entry)
        return NULL;
    *entry = *prototype;
    entry->value = (double *)(((uintptr_t)(entry + 1) + 63) / 64 * 64);
    wicki_name_of(entry->name)->entry = entry;
    w->store->entry[w->store->count++] = entry;
    return entry;
}

void wicki_store_truncate(wick *w, size_t count)
{
    wicki_store *store = w->store;

    while (store->count > count) {
        wicki_entry *entry = store->entry[--store->count];
        wicki_name_of(entry->name)->entry = NULL;
        store->generation++;
        wicki_release(w, entry->state);
        wicki_release(w, entry);
    }
}

bool wicki_entry_state(wick *w, wicki_entry *entry, const char *optim, size_t n_state)
{
    if (entry->optim == optim && entry->n_state == n_state)
        return true;
    double *state =
        n_state ? wicki_allocate(w, n_state * wicki_entry_size(entry) * sizeof *state) : NULL;
    if (n_state && !state)
        return false;
    wicki_release(w, entry->state);
    entry->state = state;
    entry->n_state = n_state;
    entry->optim = optim;
    entry->steps = 0;
    return true;
}

/* --- values ------------------------------------------------------------------------------------ */

static bool fail_value(
    wick *w, const char *function, const wicki_entry *entry, size_t member, const char *reason)
{
    wick_fail(w, WICK_ERR_DOMAIN, "%s: parameter '%s', member %zu: %s", function, entry->name,
        member, reason);
    return false;
}

bool wicki_entry_set(wick *w, const char *function, wicki_entry *entry, const double *constrained)
{
    const size_t size = wicki_entry_size(entry);
    double *unconstrained = wicki_alloc_doubles(w, size);
    char reason[160];

    if (!unconstrained)
        return false;
    for (size_t m = 0; m < entry->members; m++) {
        if (!wicki_constraint_holds(entry->constraint, entry->rank, entry->sizes, constrained + m,
                entry->members, reason, sizeof reason))
            return fail_value(w, function, entry, m, reason);
        wicki_transform_inverse(entry->constraint, entry->rank, entry->sizes, constrained + m,
            unconstrained + m, entry->members);
    }
    for (size_t i = 0; i < size; i++) /* a large matrix: its pivots are seen here only */
        if (isnan(unconstrained[i]))
            return fail_value(w, function, entry, i % entry->members, "not positive definite");
    memcpy(entry->value, unconstrained, size * sizeof *unconstrained);
    return true;
}

/* The members that a step, or a tile of it, has of those of the full plates: where each stands. */
static size_t full_member(const wick_node *leaf, const wicki_entry *entry, size_t m)
{
    const wick *w = leaf->w;
    const wicki_set *set = wicki_set_at(w, leaf->dims);
    size_t full = 0, stride = 1, local[WICK_MAX_DIMS];

    for (uint32_t i = set->n; i-- > 0;) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        local[i] = wicki_dim_member(dim, m % dim->size);
        m /= dim->size;
    }
    for (size_t p = entry->n_plates; p-- > 0; stride *= entry->plate_sizes[p])
        for (uint32_t i = 0; i < set->n; i++)
            if (wicki_dim_at(w, set->dim[i])->name == entry->plates[p])
                full += stride * local[i];
    return full;
}

static wicki_entry *entry_of(const wick_node *leaf)
{
    return *(wicki_entry *const *)leaf->data;
}

static void clear_gradient(wick_node *leaf)
{
    const wicki_entry *entry = entry_of(leaf);

    memset(entry->gradient, 0, wicki_entry_size(entry) * sizeof *entry->gradient);
}

static void read_members(wick_node *leaf)
{
    const wicki_entry *entry = entry_of(leaf);

    for (size_t m = 0; m < leaf->members; m++) {
        const size_t full = full_member(leaf, entry, m);
        for (size_t e = 0; e < entry->elements; e++)
            leaf->value[e * leaf->members + m] = entry->value[e * entry->members + full];
    }
}

static void scatter_gradient(wick_node *leaf)
{
    const wicki_entry *entry = entry_of(leaf);

    for (size_t m = 0; m < leaf->members; m++) {
        const size_t full = full_member(leaf, entry, m);
        for (size_t e = 0; e < entry->elements; e++)
            entry->gradient[e * entry->members + full] += leaf->adjoint[e * leaf->members + m];
    }
}

static bool same_entry(const wick_node *a, const wick_node *b)
{
    return entry_of(a) == entry_of(b);
}

static const wick_op param_op = { .name = "wick_param",
    .prepare = clear_gradient,
    .forward = read_members,
    .reverse = scatter_gradient,
    .source = true,
    .same = same_entry };

const double *wicki_entry_gradient(wick *w, const wicki_entry *entry)
{
    const wick_node *leaf = entry->leaf;

    if (!leaf->adjoint)
        return wicki_alloc_zero(w, wicki_entry_size(entry) * sizeof(double));
    return leaf->op ? entry->gradient : leaf->adjoint;
}

bool wicki_plates_are_whole(const wick *w, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);

    for (uint32_t i = 0; i < set->n; i++)
        if (wicki_dim_at(w, set->dim[i])->index || wicki_dim_is_tiled(wicki_dim_at(w, set->dim[i])))
            return false;
    return true;
}

wick_node *wicki_entry_leaf(wick *w, wicki_entry *entry, uint32_t dims)
{
    if (wicki_plates_are_whole(w, dims))
        return wicki_leaf(w, entry->value, entry->rank, entry->sizes, dims, true);
    if (!w->tape->again)
        entry->gradient = wicki_alloc_doubles(w, wicki_entry_size(entry));
    if (!wicki_ok(w))
        return NULL;
    return wicki_source(w, &param_op, entry->rank, entry->sizes, dims, true, &entry, sizeof entry);
}

/* The plate of that name in this step; NULL if it was not opened. */
static const wicki_dim *plate_named(const wick *w, const char *name)
{
    for (uint32_t i = 1; i < w->dims->n_dims; i++)
        if (w->dims->dim[i].kind == WICKI_PLATE && w->dims->dim[i].name == name)
            return &w->dims->dim[i];
    return NULL;
}

size_t wicki_entry_present(const wick *w, const wicki_entry *entry, size_t *place)
{
    const wicki_dim *plate[WICK_MAX_DIMS];
    size_t n = 1;

    for (size_t p = 0; p < entry->n_plates; p++) {
        plate[p] = plate_named(w, entry->plates[p]);
        n *= plate[p] ? plate[p]->present : entry->plate_sizes[p];
    }
    for (size_t i = 0; place && i < n; i++) {
        size_t rest = i, stride = 1;
        place[i] = 0;
        for (size_t p = entry->n_plates; p-- > 0; stride *= entry->plate_sizes[p]) {
            const size_t present = plate[p] ? plate[p]->present : entry->plate_sizes[p];
            const size_t at = rest % present;
            place[i] += stride * (plate[p] && plate[p]->index ? plate[p]->index[at] : at);
            rest /= present;
        }
    }
    return n;
}

/* --- the public face --------------------------------------------------------------------------- */

size_t wick_param_count(const wick *w)
{
    return w ? w->store->count : 0;
}

const char *wick_param_name(const wick *w, size_t index)
{
    return w && index < w->store->count ? w->store->entry[index]->name : NULL;
}

bool wick_param_exists(const wick *w, const char *name)
{
    return wicki_store_find(w, name) != NULL;
}

size_t wick_param_size(const wick *w, const char *name)
{
    const wicki_entry *entry = wicki_store_find(w, name);

    return entry ? wicki_entry_size(entry) : 0;
}

wick_constraint wick_param_constraint(const wick *w, const char *name)
{
    const wicki_entry *entry = wicki_store_find(w, name);

    return entry ? entry->constraint : wick_real();
}

void wick_params_clear(wick *w)
{
    if (!w)
        return;
    wicki_store_truncate(w, 0);
    wick_reset(w);
}

void wick_param_remove(wick *w, const char *name)
{
    wicki_entry *entry = wicki_store_need(w, "wick_param_remove", name);

    if (!entry)
        return;
    wicki_store *store = w->store;
    size_t i = 0;
    while (store->entry[i] != entry)
        i++;
    for (; i + 1 < store->count; i++)
        store->entry[i] = store->entry[i + 1];
    store->entry[i] = entry;
    wicki_store_truncate(w, i);
    wick_reset(w);
}

static wicki_entry *sized(wick *w, const char *function, const char *name, size_t count)
{
    wicki_entry *entry = wicki_store_need(w, function, name);

    if (entry && count != wicki_entry_size(entry)) {
        wick_fail(w, WICK_ERR_SHAPE, "%s: %zu doubles were given, parameter '%s' has %zu", function,
            count, entry->name, wicki_entry_size(entry));
        return NULL;
    }
    return entry;
}

/* Between the user's order, members first, and memory, events first. */
static void to_user(const wicki_entry *entry, const double *memory, double *user)
{
    for (size_t m = 0; m < entry->members; m++)
        for (size_t e = 0; e < entry->elements; e++)
            *user++ = memory[e * entry->members + m];
}

static void to_memory(const wicki_entry *entry, const double *user, double *memory)
{
    for (size_t m = 0; m < entry->members; m++)
        for (size_t e = 0; e < entry->elements; e++)
            memory[e * entry->members + m] = *user++;
}

size_t wick_param_get_unconstrained(wick *w, const char *name, double *out, size_t count)
{
    const wicki_entry *entry = sized(w, "wick_param_get_unconstrained", name, count);

    if (!entry)
        return 0;
    to_user(entry, entry->value, out);
    return count;
}

size_t wick_param_get(wick *w, const char *name, double *out, size_t count)
{
    const wicki_entry *entry = sized(w, "wick_param_get", name, count);

    if (!entry)
        return 0;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *constrained = wicki_alloc_doubles(w, count);
    if (!constrained)
        return 0;
    for (size_t m = 0; m < entry->members; m++)
        wicki_transform_forward(entry->constraint, entry->rank, entry->sizes, entry->value + m,
            constrained + m, entry->members);
    to_user(entry, constrained, out);
    wicki_arena_release(&w->arena, mark);
    return count;
}

/* What is on the tape was computed from the old values: a later use reads the new ones. */
static void changed(wicki_entry *entry)
{
    entry->serial = 0;
}

size_t wick_param_set(wick *w, const char *name, const double *values, size_t count)
{
    wicki_entry *entry = sized(w, "wick_param_set", name, count);

    if (!entry)
        return 0;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *constrained = wicki_alloc_doubles(w, count);
    if (!constrained)
        return 0;
    to_memory(entry, values, constrained);
    const bool done = wicki_entry_set(w, "wick_param_set", entry, constrained);
    wicki_arena_release(&w->arena, mark);
    changed(entry);
    return done ? count : 0;
}

size_t wick_param_set_unconstrained(wick *w, const char *name, const double *values, size_t count)
{
    wicki_entry *entry = sized(w, "wick_param_set_unconstrained", name, count);

    if (!entry)
        return 0;
    to_memory(entry, values, entry->value);
    changed(entry);
    return count;
}
