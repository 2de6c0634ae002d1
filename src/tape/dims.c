#include "tape/dims.h"

#include <string.h>

/* --- growing arrays in the arena --------------------------------------------------------------- */

static void *grown(wick *w, const void *old, uint32_t n, uint32_t *capacity, size_t size)
{
    const uint32_t more = *capacity ? 2 * *capacity : 32;
    void *array = wick_alloc(w, more * size);

    if (!array)
        return NULL;
    if (n > 0)
        memcpy(array, old, n * size);
    *capacity = more;
    return array;
}

static bool room_for_dim(wick *w, wicki_dims *d)
{
    if (d->n_dims < d->dim_capacity)
        return true;
    wicki_dim *dim = grown(w, d->dim, d->n_dims, &d->dim_capacity, sizeof *dim);
    if (!dim)
        return false;
    d->dim = dim;
    if (d->n_dims == 0)
        d->dim[d->n_dims++] = (wicki_dim){ .name = "" };
    return true;
}

static uint32_t *slot_of(
    uint32_t *table, uint32_t capacity, const wicki_set *sets, const wicki_set *wanted)
{
    uint32_t i = (uint32_t)wanted->hash & (capacity - 1);

    for (; table[i]; i = (i + 1) & (capacity - 1)) {
        const wicki_set *s = &sets[table[i]];
        if (s->hash == wanted->hash && s->n == wanted->n &&
            memcmp(s->dim, wanted->dim, s->n * sizeof *s->dim) == 0)
            break;
    }
    return &table[i];
}

static bool room_for_set(wick *w, wicki_dims *d)
{
    if (d->n_sets < d->set_capacity)
        return true;
    wicki_set *set = grown(w, d->set, d->n_sets, &d->set_capacity, sizeof *set);
    uint32_t *table = wicki_alloc_zero(w, 2 * (size_t)d->set_capacity * sizeof *table);
    if (!set || !table)
        return false;
    d->set = set;
    d->table = table;
    d->table_capacity = 2 * d->set_capacity;
    if (d->n_sets == 0)
        d->set[d->n_sets++] = (wicki_set){ .members = 1 };
    for (uint32_t i = 1; i < d->n_sets; i++)
        *slot_of(table, d->table_capacity, d->set, &d->set[i]) = i;
    return true;
}

/* --- dimensions -------------------------------------------------------------------------------- */

uint32_t wicki_plate_named(wick *w, const char *function, const char *plate)
{
    const wicki_name *name = wicki_intern(w, function, plate);

    if (!name)
        return 0;
    if (name->plate_serial == w->serial)
        return name->plate;
    wick_fail(w, WICK_ERR_NAME, "%s: no plate '%s' was opened in this step", function, plate);
    return 0;
}

/* --- sets -------------------------------------------------------------------------------------- */

const wicki_set wicki_empty_set = { .members = 1 };

/* Memory order: by kind, plates from small to large and by name, others as they were made. */
static bool before(const wick *w, uint32_t a, uint32_t b)
{
    const wicki_dim *x = wicki_dim_at(w, a), *y = wicki_dim_at(w, b);

    if (x->kind != y->kind)
        return x->kind < y->kind;
    if (x->kind != WICKI_PLATE)
        return a < b;
    if (x->present != y->present)
        return x->present < y->present;
    return strcmp(x->name, y->name) < 0;
}

static uint32_t intern(wick *w, wicki_set *set);

/* The plates that a value of this set varies over: its own, and the owners of its variables. */
static uint32_t plates_of(wick *w, const wicki_set *set)
{
    wicki_set own = { .n = 0 };
    uint32_t plates = 0;

    for (uint32_t i = 0; i < set->n; i++)
        if (wicki_dim_at(w, set->dim[i])->kind == WICKI_PLATE)
            own.dim[own.n++] = set->dim[i];
    if (own.n > 0)
        plates = intern(w, &own);
    for (uint32_t i = 0; i < set->n; i++)
        plates = wicki_set_union(w, plates, wicki_dim_at(w, set->dim[i])->owners);
    return plates;
}

static uint64_t hash_of(const wicki_set *set)
{
    uint64_t h = set->n;

    for (uint32_t i = 0; i < set->n; i++)
        h = (h ^ set->dim[i]) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

static bool count_members(wick *w, wicki_set *set)
{
    set->members = 1;
    for (uint32_t i = 0; i < set->n; i++) {
        const size_t size = wicki_dim_at(w, set->dim[i])->size;
        if (size > SIZE_MAX / sizeof(double) / set->members) {
            wick_fail(
                w, WICK_ERR_LIMIT, "a value over %u dimensions does not fit into memory", set->n);
            return false;
        }
        set->members *= size;
    }
    return true;
}

static bool all_plates(const wick *w, const wicki_set *set)
{
    return set->n == 0 || wicki_dim_at(w, set->dim[0])->kind == WICKI_PLATE;
}

/* The number of a set whose dims are given in memory order. */
static uint32_t intern(wick *w, wicki_set *set)
{
    wicki_dims *d = w->dims;

    if (set->n == 0)
        return 0;
    set->hash = hash_of(set);
    const uint32_t known = *slot_of(d->table, d->table_capacity, d->set, set);
    if (known)
        return known;
    const bool plates_only = all_plates(w, set);
    set->plates = plates_only ? 0 : plates_of(w, set);
    if (!wicki_ok(w) || !count_members(w, set) || !room_for_set(w, d))
        return 0;
    const uint32_t id = d->n_sets++;
    if (plates_only)
        set->plates = id;
    d->set[id] = *set;
    *slot_of(d->table, d->table_capacity, d->set, set) = id;
    return id;
}

uint32_t wicki_dim_new(wick *w, const wicki_dim *dim)
{
    wicki_dims *d = w->dims;

    if (!wicki_ok(w) || !room_for_dim(w, d) || !room_for_set(w, d))
        return 0;
    const uint32_t id = d->n_dims++;
    d->dim[id] = *dim;
    if (dim->present == 0)
        d->dim[id].present = dim->size;
    d->dim[id].alone = intern(w, &(wicki_set){ .n = 1, .dim = { id } });
    return wicki_ok(w) ? id : 0;
}

static void fail_too_many(wick *w, uint32_t a, uint32_t b)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_set(&text, w, a);
    wicki_text_add(&text, " and ");
    wicki_text_add_set(&text, w, b);
    wick_fail(w, WICK_ERR_LIMIT, "a value varies over more than %d dimensions: %s", WICK_MAX_DIMS,
        buffer);
}

static uint32_t merge(wick *w, uint32_t a, uint32_t b)
{
    const wicki_set *x = wicki_set_at(w, a), *y = wicki_set_at(w, b);
    wicki_set result = { .n = 0 };
    uint32_t i = 0, j = 0;

    while (i < x->n || j < y->n) {
        if (result.n == WICK_MAX_DIMS) {
            fail_too_many(w, a, b);
            return 0;
        }
        if (j == y->n || (i < x->n && before(w, x->dim[i], y->dim[j]))) {
            result.dim[result.n++] = x->dim[i++];
        } else {
            i += i < x->n && x->dim[i] == y->dim[j];
            result.dim[result.n++] = y->dim[j++];
        }
    }
    return intern(w, &result);
}

uint32_t wicki_set_merge(wick *w, uint32_t a, uint32_t b)
{
    const uint32_t i = (a * 31 + b) % WICKI_UNION_CACHE;
    wicki_dims *d = w->dims;
    if (d->cache[i].a != a || d->cache[i].b != b) {
        const uint32_t result = merge(w, a, b);
        if (!wicki_ok(w))
            return 0;
        d->cache[i].a = a;
        d->cache[i].b = b;
        d->cache[i].result = result;
    }
    return d->cache[i].result;
}

uint32_t wicki_set_with(wick *w, uint32_t set, uint32_t dim)
{
    return wicki_ok(w) ? wicki_set_union(w, set, wicki_dim_at(w, dim)->alone) : 0;
}

static uint32_t keep(wick *w, uint32_t set, const bool *kept)
{
    const wicki_set *s = wicki_set_at(w, set);
    wicki_set result = { .n = 0 };

    for (uint32_t i = 0; i < s->n; i++)
        if (kept[i])
            result.dim[result.n++] = s->dim[i];
    if (result.n == s->n)
        return set;
    return wicki_ok(w) ? intern(w, &result) : 0;
}

uint32_t wicki_set_without(wick *w, uint32_t set, uint32_t dim)
{
    const wicki_set *s = wicki_set_at(w, set);
    bool kept[WICK_MAX_DIMS];

    for (uint32_t i = 0; i < s->n; i++)
        kept[i] = s->dim[i] != dim;
    return keep(w, set, kept);
}

uint32_t wicki_set_minus(wick *w, uint32_t a, uint32_t b)
{
    const wicki_set *s = wicki_set_at(w, a);
    bool kept[WICK_MAX_DIMS];

    if (a == b)
        return 0;
    if (b == 0)
        return a;
    for (uint32_t i = 0; i < s->n; i++)
        kept[i] = !wicki_set_has(w, b, s->dim[i]);
    return keep(w, a, kept);
}

uint32_t wicki_set_of_kind(wick *w, uint32_t set, wicki_dim_kind kind)
{
    const wicki_set *s = wicki_set_at(w, set);
    bool kept[WICK_MAX_DIMS];

    if (kind == WICKI_PLATE && s->plates == set)
        return set;
    for (uint32_t i = 0; i < s->n; i++)
        kept[i] = wicki_dim_at(w, s->dim[i])->kind == kind;
    return keep(w, set, kept);
}

const wicki_dim *wicki_set_variable(const wick *w, uint32_t set)
{
    const wicki_set *s = wicki_set_at(w, set);

    for (uint32_t i = 0; i < s->n; i++)
        if (wicki_dim_at(w, s->dim[i])->kind == WICKI_ENUMERATED)
            return wicki_dim_at(w, s->dim[i]);
    return NULL;
}

bool wicki_set_within(const wick *w, uint32_t part, uint32_t whole)
{
    const wicki_set *s = wicki_set_at(w, part);

    if (part == whole)
        return true;
    for (uint32_t i = 0; i < s->n; i++)
        if (!wicki_set_has(w, whole, s->dim[i]))
            return false;
    return true;
}

void wicki_text_add_set(wicki_text *text, const wick *w, uint32_t set)
{
    const wicki_set *s = wicki_set_at(w, set);

    for (uint32_t i = 0; i < s->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, s->dim[i]);
        wicki_text_add(text, "%s'%s' (%zu)", i ? ", " : "", dim->name, dim->size);
    }
}
