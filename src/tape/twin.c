#include "tape/twin.h"

#include "tape/op_list.h"

#include <string.h>

/* --- renaming --------------------------------------------------------------------------------- */

static bool rename_shape(wick *w, wick_node *node)
{
    const wick_node *x = node->in[0];
    const uint32_t dims = *(const uint32_t *)node->data;

    node->alias = true;
    node->dims = dims;
    node->members = wicki_set_at(w, dims)->members;
    return wicki_node_event_of(w, node, x);
}

/* An alias is not run: its name and dimensions are all there is to it. */
const wick_op wicki_op_rename = { .name = "rename", .shape = rename_shape, .linear = true };

wick_node *wicki_rename(wick *w, wick_node *x, uint32_t dims)
{
    if (!x || x->dims == dims)
        return x;
    return wicki_record(w, &wicki_op_rename, 1, &x, &dims, sizeof dims);
}

wick_node *wicki_twin_first(wick_node *x)
{
    return x->op == &wicki_op_rename ? x->in[0] : x;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Which of the dimensions of a set a part of it has. */
static uint32_t places_of(const wick *w, uint32_t part, uint32_t dims)
{
    const wicki_set *some = wicki_set_at(w, part), *all = wicki_set_at(w, dims);
    uint32_t places = 0;

    for (uint32_t i = 0, k = 0; i < all->n && k < some->n; i++)
        if (some->dim[k] == all->dim[i]) {
            places |= 1u << i;
            k++;
        }
    return places;
}

static bool is_enumerated(const wick *w, uint32_t dim)
{
    return dim && wicki_dim_at(w, dim)->kind == WICKI_ENUMERATED;
}

/* The coordinates of enumerated variables of the same size are the same. */
static bool add_source(const wick *w, wicki_twin_key *key, size_t j, wick_node *x)
{
    const bool coordinate = is_enumerated(w, x->coordinate);
    const wick_node *first = wicki_twin_first(x);

    key->source[j] = coordinate ? UINT32_MAX - (uint32_t)x->members : first->id;
    return coordinate || wicki_on_tape(first);
}

bool wicki_twin_key_of(wick *w, const wick_op *op, size_t n_in, wick_node *const *in, uint32_t more,
    wicki_twin_key *key)
{
    memset(key, 0, sizeof *key); /* keys are compared byte by byte */
    key->op = op;
    key->n_in = (uint32_t)n_in;
    key->more = more;
    for (size_t j = 0; j < n_in; j++) {
        if (!in[j] || !add_source(w, key, j, in[j]))
            return false;
        key->dims = wicki_set_union(w, key->dims, in[j]->dims);
    }
    for (size_t j = 0; j < n_in; j++)
        key->places[j] = places_of(w, in[j]->dims, key->dims);
    return wicki_ok(w);
}

/* --- the table -------------------------------------------------------------------------------- */

/* A key is looked for in a few places from that of its hash on. */
enum { PLACES = 16, TRIES = 4 };

struct wicki_twins {
    struct {
        wicki_twin_key key;
        wick_node *first;
    } at[PLACES + TRIES];
};

/* The dimensions are the names, in which twins differ. */
static bool same_key(const wicki_twin_key *a, const wicki_twin_key *b)
{
    return memcmp(a, b, offsetof(wicki_twin_key, dims)) == 0;
}

/* FNV-1a, by words. */
static uint32_t place_of(const wicki_twin_key *key)
{
    uint32_t hash = 2166136261u;

    for (uint32_t j = 0; j < key->n_in; j++)
        hash = ((hash ^ key->source[j]) * 16777619u ^ key->places[j]) * 16777619u;
    return (hash ^ hash >> 16 ^ key->more) % PLACES;
}

static wick_node *find(const wick *w, const wicki_twin_key *key)
{
    const struct wicki_twins *twins = w->tape->twins;
    const uint32_t place = place_of(key);

    for (uint32_t i = place; twins && i < place + TRIES; i++)
        if (twins->at[i].first && same_key(&twins->at[i].key, key))
            return twins->at[i].first;
    return NULL;
}

const wick_node *wicki_twin_kept(const wick *w, const wicki_twin_key *key)
{
    return find(w, key);
}

wick_node *wicki_twin(wick *w, const wicki_twin_key *key, uint32_t dims)
{
    wick_node *first = find(w, key);

    if (!first)
        return NULL;
    first->shared = true;
    return wicki_rename(w, first, dims);
}

wick_node *wicki_twin_keep(wick *w, const wicki_twin_key *key, wick_node *node)
{
    if (!w->tape->twins)
        w->tape->twins = wicki_alloc_zero(w, sizeof *w->tape->twins);
    struct wicki_twins *twins = w->tape->twins;
    if (!node || !twins)
        return NULL;
    uint32_t i = place_of(key), last = i + TRIES - 1;
    while (i < last && twins->at[i].first)
        i++;
    twins->at[i].key = *key;
    twins->at[i].first = node;
    return node;
}
