#include "infer/contract.h"

#include "tape/axis.h"
#include "tape/op_list.h"

#include <string.h>

/* A factor that is not eliminated yet. */
typedef struct factor {
    wicki_factor is;
    bool gone;
} factor;

typedef struct link {
    factor *factor;
    struct link *next;
} link;

/* An enumerated variable that is still to be summed out. */
typedef struct variable {
    uint32_t dim, owners; /* owners: how many */
    uint32_t dims;        /* what its factors vary over together */
    size_t table;         /* doubles of that */
    double extent;        /* the same for whole plates, whatever the tiles of a run are */
    uint32_t place;       /* in the heap */
    link *factors;
} variable;

struct wicki_contraction {
    wick *w;
    wicki_elimination how;
    bool scaled, hold, by_draw;
    variable **heap;   /* the variables that are left; none comes before its parent, (i - 1) / 2 */
    variable **of_dim; /* the variable of each dimension, or NULL */
    bool *kept;        /* dimensions that are not summed out */
    uint32_t n_left;
    wick_node **terms; /* what has no variable left: added up in the end, by weight */
    double *weights;
    size_t n_terms, capacity;
    wicki_factor *held;
    size_t n_held, held_capacity;
};

wicki_contraction *wicki_contraction_new(wick *w, wicki_elimination how, bool scaled)
{
    const uint32_t n_dims = wicki_ok(w) ? w->dims->n_dims : 0;
    wicki_contraction *c = wicki_alloc_zero(w, sizeof *c);

    if (!c)
        return NULL;
    c->w = w;
    c->how = how;
    c->scaled = scaled;
    if (n_dims > 0) {
        c->heap = wick_alloc(w, n_dims * sizeof *c->heap);
        c->of_dim = wicki_alloc_zero(w, n_dims * sizeof *c->of_dim);
        c->kept = wicki_alloc_zero(w, n_dims * sizeof *c->kept);
    }
    return wicki_ok(w) ? c : NULL;
}

void wicki_contraction_keep(wicki_contraction *c, uint32_t dim)
{
    if (c)
        c->kept[dim] = true;
}

void wicki_contraction_by_draw(wicki_contraction *c)
{
    if (c)
        c->by_draw = true;
}

void wicki_contraction_hold(wicki_contraction *c, bool hold)
{
    if (c)
        c->hold = hold;
}

/* Is the dimension to be summed out? */
static bool is_variable(const wicki_contraction *c, uint32_t dim)
{
    return wicki_dim_at(c->w, dim)->kind == WICKI_ENUMERATED && !c->kept[dim];
}

/* --- the order of elimination ------------------------------------------------------------------ */

/* Most owner plates first, among equals the smallest table, among those the oldest. */
static bool comes_before(const variable *a, const variable *b)
{
    if (a->owners != b->owners)
        return a->owners > b->owners;
    return a->extent != b->extent ? a->extent < b->extent : a->dim < b->dim;
}

static void put(wicki_contraction *c, uint32_t place, variable *v)
{
    c->heap[place] = v;
    v->place = place;
}

/* Moves a variable up or down to where its table belongs. */
static void restore_order(wicki_contraction *c, variable *v)
{
    uint32_t i = v->place;

    for (; i > 0 && comes_before(v, c->heap[(i - 1) / 2]); i = (i - 1) / 2)
        put(c, i, c->heap[(i - 1) / 2]);
    for (uint32_t child; (child = 2 * i + 1) < c->n_left; i = child) {
        if (child + 1 < c->n_left && comes_before(c->heap[child + 1], c->heap[child]))
            child++;
        if (!comes_before(c->heap[child], v))
            break;
        put(c, i, c->heap[child]);
    }
    put(c, i, v);
}

static variable *take_first(wicki_contraction *c)
{
    if (c->n_left == 0)
        return NULL;
    variable *first = c->heap[0], *last = c->heap[--c->n_left];
    if (first != last) {
        last->place = 0;
        restore_order(c, last);
    }
    return first;
}

static variable *variable_of(wicki_contraction *c, uint32_t dim)
{
    const uint32_t owners = wicki_dim_at(c->w, dim)->owners;
    variable *v = c->of_dim[dim];

    if (v || !(v = wick_alloc(c->w, sizeof *v)))
        return v;
    *v = (variable){ .dim = dim, .owners = wicki_set_at(c->w, owners)->n };
    c->of_dim[dim] = v;
    put(c, c->n_left++, v);
    return v;
}

/* Runs of one program must all sum out in the same order, also where their tiles have other sizes. */
static double extent_of(wick *w, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(w, dims);
    double extent = 1.0;

    for (uint32_t i = 0; i < set->n; i++)
        extent *= (double)wicki_dim_at(w, set->dim[i])->present;
    return extent;
}

static void set_dims(wicki_contraction *c, variable *v, uint32_t dims)
{
    v->dims = dims;
    v->table = wicki_set_at(c->w, dims)->members;
    v->extent = extent_of(c->w, dims);
    restore_order(c, v);
}

/* What the factors that are left to a variable vary over. */
static void measure(wicki_contraction *c, variable *v)
{
    uint32_t dims = 0;

    for (const link *l = v->factors; l; l = l->next)
        if (!l->factor->gone)
            dims = wicki_set_union(c->w, dims, l->factor->is.density->dims);
    set_dims(c, v, dims);
}

/* --- terms ------------------------------------------------------------------------------------- */

/* A larger array with the same beginning; NULL after an error. */
static void *grown(wick *w, const void *array, size_t n, size_t capacity, size_t size)
{
    void *larger = wick_alloc(w, capacity * size);

    if (larger && n > 0)
        memcpy(larger, array, n * size);
    return larger;
}

static bool room_for_term(wicki_contraction *c)
{
    if (c->n_terms < c->capacity)
        return true;
    const size_t capacity = c->capacity ? 2 * c->capacity : 8;
    c->terms = grown(c->w, c->terms, c->n_terms, capacity, sizeof *c->terms);
    c->weights = grown(c->w, c->weights, c->n_terms, capacity, sizeof *c->weights);
    c->capacity = capacity;
    return wicki_ok(c->w);
}

static bool room_for_held(wicki_contraction *c)
{
    if (c->n_held < c->held_capacity)
        return true;
    c->held_capacity = c->held_capacity ? 2 * c->held_capacity : 8;
    c->held = grown(c->w, c->held, c->n_held, c->held_capacity, sizeof *c->held);
    return c->held;
}

/* The members of a plate that a term does not vary over: it counts once for each. */
static double multiplicity(const wicki_contraction *c, uint32_t dims, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(c->w, plates);
    double n = 1.0;

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *plate = wicki_dim_at(c->w, set->dim[i]);
        if (!wicki_set_has(c->w, dims, set->dim[i]))
            n *= (double)(c->scaled ? plate->full : plate->present);
    }
    return n;
}

/* What a sum over the members present is multiplied by: terms are summed over the full plates and
 * averaged over ambient dimensions that do not stay. */
static double sum_scale(const wicki_contraction *c, uint32_t dims)
{
    const wick *w = c->w;
    const wicki_set *set = wicki_set_at(w, dims);
    double scale = 1.0;

    for (uint32_t i = 0; i < set->n && c->scaled; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (dim->kind == WICKI_PLATE)
            scale *= wicki_plate_scale(w, set->dim[i]);
        else if (dim->kind == WICKI_AMBIENT && !c->by_draw)
            scale /= (double)dim->size;
    }
    return scale;
}

/* A scalar, which stands for a factor that varies over dims. */
static void add_term(wicki_contraction *c, const wicki_factor *f, wick_node *sum, uint32_t dims)
{
    if (!sum || !room_for_term(c))
        return;
    c->weights[c->n_terms] = f->weight * f->scale * multiplicity(c, dims, f->plates);
    c->terms[c->n_terms++] = sum;
}

void wicki_contraction_add_up(wicki_contraction *c, const wicki_factor *f)
{
    if (!c || !wicki_ok(c->w))
        return;
    const uint32_t dims = f->density->dims;
    const uint32_t left = c->by_draw ? wicki_set_of_kind(c->w, dims, WICKI_AMBIENT) : 0;
    const size_t draws = wicki_set_at(c->w, left)->members;
    const wicki_axis all = { .outer = draws, /* ambient dimensions come first */
        .n = f->density->members / draws,
        .inner = 1,
        .scale = sum_scale(c, dims),
        .dims = left };

    add_term(c, f,
        dims != left ? wicki_reduce_axis(c->w, &wicki_op_sum, f->density, &all) : f->density, dims);
}

/* --- factors ----------------------------------------------------------------------------------- */

/* A factor without variables. */
static void add_done(wicki_contraction *c, const wicki_factor *f)
{
    if (!c->hold)
        wicki_contraction_add_up(c, f);
    else if (room_for_held(c))
        c->held[c->n_held++] = *f;
}

static void link_to(wicki_contraction *c, variable *v, factor *f)
{
    link *l = v ? wick_alloc(c->w, sizeof *l) : NULL;

    if (!l)
        return;
    *l = (link){ f, v->factors };
    v->factors = l;
    set_dims(c, v, wicki_set_union(c->w, v->dims, f->is.density->dims));
}

void wicki_contraction_add(wicki_contraction *c, const wicki_factor *added)
{
    factor *f = NULL;

    if (!c || !added->density || !wicki_ok(c->w))
        return;
    const wicki_set *set = wicki_set_at(c->w, added->density->dims);
    for (uint32_t i = 0; i < set->n; i++) {
        if (!is_variable(c, set->dim[i]))
            continue;
        if (!f && !(f = wick_alloc(c->w, sizeof *f)))
            return;
        *f = (factor){ .is = *added };
        link_to(c, variable_of(c, set->dim[i]), f);
    }
    if (!f)
        add_done(c, added);
}

/* --- eliminating ------------------------------------------------------------------------------- */

static void fail_biased(wicki_contraction *c, const wicki_dim *plate, const wicki_dim *dim)
{
    wick_fail(c->w, WICK_ERR_SHAPE,
        "plate '%s' is subsampled, and '%s' outside of it is summed over: the estimate would be "
        "biased; use the whole plate, or give '%s' a value from elsewhere, such as a draw of a "
        "guide",
        plate->name, dim->name, dim->name);
}

/* Another variable of the factor that belongs to a plate beyond the owners of the one in hand. */
static void fail_if_coupled(
    wicki_contraction *c, const wicki_factor *f, uint32_t plate, const wicki_dim *dim)
{
    const wicki_set *set = wicki_set_at(c->w, f->density->dims);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *other = wicki_dim_at(c->w, set->dim[i]);
        if (wicki_set_has(c->w, other->owners, plate))
            wick_fail(c->w, WICK_ERR_SHAPE,
                "not a tree of plates: site '%s' couples '%s', enumerated in plate '%s', with '%s' "
                "outside of it, so that nothing can be summed out alone",
                f->site, other->name, wicki_dim_at(c->w, plate)->name, dim->name);
    }
}

/* The factor summed over the plates beyond the owners of the variable. */
static wick_node *within_owners(wicki_contraction *c, const wicki_factor *f, const variable *v)
{
    const wicki_dim *dim = wicki_dim_at(c->w, v->dim);
    const wicki_set *beyond = wicki_set_at(c->w, wicki_set_minus(c->w, f->plates, dim->owners));
    wick_node *x = f->density;

    for (uint32_t p = 0; p < beyond->n; p++) {
        const wicki_dim *plate = wicki_dim_at(c->w, beyond->dim[p]);
        if (plate->index)
            fail_biased(c, plate, dim);
        fail_if_coupled(c, f, beyond->dim[p], dim);
        x = wicki_sum_plate(c->w, x, beyond->dim[p]);
    }
    return x;
}

static bool same_scale(wicki_contraction *c, const wicki_factor *a, const wicki_factor *b)
{
    if (a->scale == b->scale)
        return true;
    wick_fail(c->w, WICK_ERR_ARGUMENT,
        "sites '%s' and '%s' have the scales %g and %g, but share a variable that is summed out; "
        "put both under the same wick_scale",
        a->site, b->site, a->scale, b->scale);
    return false;
}

static bool table_fits(wicki_contraction *c, const variable *v)
{
    if (v->table <= WICKI_LARGEST_TABLE)
        return wicki_ok(c->w);
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_set(&text, c->w, v->dims);
    wick_fail(c->w, WICK_ERR_LIMIT,
        "summing out '%s' needs a table of %zu numbers, over %s; sample one of these variables in "
        "the guide, or put independent ones into a plate",
        wicki_dim_at(c->w, v->dim)->name, v->table, buffer);
    return false;
}

static size_t count(const variable *v)
{
    size_t n = 0;

    for (const link *l = v->factors; l; l = l->next)
        n += !l->factor->gone;
    return n;
}

/* The factors that contain the variable; false after an error. */
static bool take_factors(wicki_contraction *c, variable *v, wick_node **nodes, wicki_factor *result)
{
    const wicki_factor *first = NULL;
    size_t n = 0;

    for (link *l = v->factors; l; l = l->next) {
        if (l->factor->gone)
            continue;
        first = first ? first : &l->factor->is;
        if (!same_scale(c, first, &l->factor->is))
            return false;
        nodes[n++] = within_owners(c, &l->factor->is, v);
        l->factor->gone = true;
    }
    if (!wicki_ok(c->w))
        return false;
    *result = *first;
    result->plates = wicki_dim_at(c->w, v->dim)->owners;
    return true;
}

/* What is left when the variable is summed out of the product of some factors. */
static uint32_t dims_left(wicki_contraction *c, const variable *v, size_t n, wick_node **nodes)
{
    uint32_t dims = 0;

    for (size_t i = 0; i < n; i++)
        dims = wicki_set_union(c->w, dims, nodes[i]->dims);
    return wicki_set_without(c->w, dims, v->dim);
}

static bool has_variable(const wicki_contraction *c, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(c->w, dims);

    for (uint32_t i = 0; i < set->n; i++)
        if (is_variable(c, set->dim[i]))
            return true;
    return false;
}

/* Draws of a variable are those of its site in a run of their own. */
static void draw_as(wick *w, const wicki_dim *dim)
{
    const wicki_random random = { dim->seed, w->tape->runs, wicki_name_of(dim->name)->hash };

    wicki_random_begin(w, &random, w->step);
}

static void eliminate(wicki_contraction *c, variable *v)
{
    const size_t n = table_fits(c, v) ? count(v) : 0;
    wick_node **nodes = n > 0 ? wick_alloc(c->w, n * sizeof *nodes) : NULL;
    wicki_factor rest;

    if (!nodes || !take_factors(c, v, nodes, &rest))
        return;
    const uint32_t dims = dims_left(c, v, n, nodes);
    if (c->how == WICKI_DRAW)
        draw_as(c->w, wicki_dim_at(c->w, v->dim));
    if (!c->hold && !c->by_draw && !has_variable(c, dims)) {
        const double scale = sum_scale(c, dims);
        add_term(c, &rest, wicki_mixture_total(c->w, c->how, n, nodes, v->dim, scale), dims);
        return;
    }
    rest.density = wicki_mixture(c->w, c->how, n, nodes, v->dim);
    wicki_contraction_add(c, &rest);
    if (!wicki_ok(c->w))
        return;
    const wicki_set *set = wicki_set_at(c->w, dims);
    for (uint32_t i = 0; i < set->n; i++)
        if (is_variable(c, set->dim[i]))
            measure(c, c->of_dim[set->dim[i]]);
}

static void eliminate_all(wicki_contraction *c)
{
    variable *v;

    while (wicki_ok(c->w) && (v = take_first(c)))
        eliminate(c, v);
}

size_t wicki_contraction_take(wicki_contraction *c, wicki_factor **held)
{
    if (!c)
        return 0;
    eliminate_all(c);
    const size_t n = c->n_held;
    *held = c->held;
    c->held = NULL;
    c->n_held = c->held_capacity = 0;
    return n;
}

wick_node *wicki_contract(wicki_contraction *c)
{
    if (!c)
        return NULL;
    eliminate_all(c);
    if (c->n_terms == 0)
        return wicki_node_of(c->w, "contraction", wick_num(c->w, 0.0));
    return wicki_weighted_sum(c->w, c->n_terms, c->terms, c->weights);
}
