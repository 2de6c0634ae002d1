#include "infer/contract.h"

#include "tape/axis.h"
#include "tape/op_list.h"

/* A table of more doubles than this is not what a user meant. */
static const size_t LARGEST_TABLE = (size_t)1 << 27;

typedef struct factor {
    wick_node *node;
    uint32_t plates;
    double scale;
    const char *site;
    bool gone;
} factor;

typedef struct link {
    factor *factor;
    struct link *next;
} link;

/* An enumerated variable that is still to be summed out. */
typedef struct variable {
    uint32_t dim, owners; /* owners: how many */
    link *factors;
    size_t table; /* of the factor that eliminating it would leave; 0: to be computed */
} variable;

struct wicki_contraction {
    wick *w;
    variable **left;   /* the variables that are still to be summed out */
    variable **of_dim; /* the variable of each dimension, or NULL */
    uint32_t n_left;
    wick_var *terms; /* what has no variable left: added up in the end */
    size_t n_terms, capacity;
};

wicki_contraction *wicki_contraction_new(wick *w)
{
    const uint32_t n_dims = wicki_ok(w) ? w->dims->n_dims : 0;
    wicki_contraction *c = wicki_alloc_zero(w, sizeof *c);

    if (!c)
        return NULL;
    c->w = w;
    if (n_dims > 0) {
        c->left = wick_alloc(w, n_dims * sizeof *c->left);
        c->of_dim = wicki_alloc_zero(w, n_dims * sizeof *c->of_dim);
    }
    return wicki_ok(w) ? c : NULL;
}

static bool is_enumerated(const wick *w, uint32_t dim)
{
    return wicki_dim_at(w, dim)->kind == WICKI_ENUMERATED;
}

static variable *variable_of(wicki_contraction *c, uint32_t dim)
{
    const uint32_t owners = wicki_dim_at(c->w, dim)->owners;
    variable *v = c->of_dim[dim];

    if (v || !(v = wick_alloc(c->w, sizeof *v)))
        return v;
    *v = (variable){ .dim = dim, .owners = wicki_set_at(c->w, owners)->n };
    c->of_dim[dim] = c->left[c->n_left++] = v;
    return v;
}

/* --- sums over plates -------------------------------------------------------------------------- */

static wick_node *times(wick *w, wick_node *x, double by)
{
    if (by == 1.0 || !x)
        return x;
    return wicki_record(w, &wicki_op_mul, 2, (wick_node *[]){ x, wicki_number(w, by) }, NULL, 0);
}

/* Everything x varies over is a plate to be summed: one node for all of them. */
static wick_node *sum_all(wick *w, wick_node *x)
{
    const wicki_set *set = wicki_set_at(w, x->dims);
    wicki_axis a = { .outer = 1, .n = x->members, .inner = 1, .scale = 1.0 };

    for (uint32_t i = 0; i < set->n; i++)
        a.scale *= wicki_plate_scale(w, set->dim[i]);
    return set->n ? wicki_reduce_axis(w, &wicki_op_sum, x, &a) : x;
}

wick_node *wicki_sum_plates(wick *w, wick_node *x, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);
    double constant = 1.0;

    if (!x || !wicki_ok(w))
        return NULL;
    const bool whole = wicki_set_within(w, x->dims, plates);
    for (uint32_t i = 0; i < set->n && x; i++) {
        if (!wicki_set_has(w, x->dims, set->dim[i]))
            constant *= (double)wicki_dim_at(w, set->dim[i])->full;
        else if (!whole)
            x = wicki_sum_plate(w, x, set->dim[i]);
    }
    return times(w, whole && x ? sum_all(w, x) : x, constant);
}

/* --- factors ----------------------------------------------------------------------------------- */

static void add_term(wicki_contraction *c, wick_node *term)
{
    if (!term || !wicki_ok(c->w))
        return;
    if (c->n_terms == c->capacity) {
        const size_t capacity = c->capacity ? 2 * c->capacity : 8;
        wick_var *terms = wick_alloc(c->w, capacity * sizeof *terms);
        if (!terms)
            return;
        for (size_t i = 0; i < c->n_terms; i++)
            terms[i] = c->terms[i];
        c->terms = terms;
        c->capacity = capacity;
    }
    c->terms[c->n_terms++] = wicki_var_of(c->w, term);
}

static void link_to(wicki_contraction *c, variable *v, factor *f)
{
    link *l = v ? wick_alloc(c->w, sizeof *l) : NULL;

    if (!l)
        return;
    *l = (link){ f, v->factors };
    v->factors = l;
    v->table = 0;
}

void wicki_contraction_add(
    wicki_contraction *c, wick_node *density, uint32_t plates, double scale, const char *site)
{
    factor *f = NULL;

    if (!c || !density || !wicki_ok(c->w))
        return;
    const wicki_set *set = wicki_set_at(c->w, density->dims);
    for (uint32_t i = 0; i < set->n; i++) {
        if (!is_enumerated(c->w, set->dim[i]))
            continue;
        if (!f && !(f = wick_alloc(c->w, sizeof *f)))
            return;
        *f = (factor){ density, plates, scale, site, false };
        link_to(c, variable_of(c, set->dim[i]), f);
    }
    if (!f)
        add_term(c, times(c->w, wicki_sum_plates(c->w, density, plates), scale));
}

/* --- eliminating ------------------------------------------------------------------------------- */

/* Doubles of the table that is left when v is summed out. */
static size_t table_of(wicki_contraction *c, variable *v)
{
    uint32_t dims = 0;

    if (v->table)
        return v->table;
    for (const link *l = v->factors; l; l = l->next)
        if (!l->factor->gone)
            dims = wicki_set_union(c->w, dims, l->factor->node->dims);
    v->table = wicki_set_at(c->w, dims)->members;
    return v->table;
}

/*
 * The variable with most owner plates; among equals the one that leaves the smallest table. It is
 * taken off the list.
 */
static variable *next_variable(wicki_contraction *c)
{
    uint32_t best = 0;

    if (c->n_left == 0)
        return NULL;
    for (uint32_t i = 1; i < c->n_left && wicki_ok(c->w); i++) {
        variable *v = c->left[i], *b = c->left[best];
        if (v->owners > b->owners || (v->owners == b->owners && table_of(c, v) < table_of(c, b)))
            best = i;
    }
    variable *v = c->left[best];
    c->left[best] = c->left[--c->n_left];
    return v;
}

/* The factor summed over the plates beyond the owners of the variable. */
static wick_node *within_owners(wicki_contraction *c, const factor *f, const variable *v)
{
    const wicki_dim *dim = wicki_dim_at(c->w, v->dim);
    const uint32_t beyond = wicki_set_minus(c->w, f->plates, dim->owners);
    const wicki_set *plates = wicki_set_at(c->w, beyond);
    const wicki_set *set = wicki_set_at(c->w, f->node->dims);

    for (uint32_t p = 0; p < plates->n; p++) {
        const wicki_dim *plate = wicki_dim_at(c->w, plates->dim[p]);
        if (plate->index)
            wick_fail(c->w, WICK_ERR_SHAPE,
                "plate '%s' is subsampled, and '%s' outside of it is summed over: the estimate "
                "would be biased; use the whole plate, or sample '%s' in the guide",
                plate->name, dim->name, dim->name);
        for (uint32_t i = 0; i < set->n; i++)
            if (wicki_set_has(c->w, wicki_dim_at(c->w, set->dim[i])->owners, plates->dim[p]))
                wick_fail(c->w, WICK_ERR_SHAPE,
                    "not a tree of plates: site '%s' couples '%s', enumerated in plate '%s', with "
                    "'%s' outside of it, so that nothing can be summed out alone",
                    f->site, wicki_dim_at(c->w, set->dim[i])->name, plate->name, dim->name);
    }
    return wicki_sum_plates(c->w, f->node, beyond);
}

static bool same_scale(wicki_contraction *c, const factor *a, const factor *b)
{
    if (a->scale == b->scale)
        return true;
    wick_fail(c->w, WICK_ERR_ARGUMENT,
        "sites '%s' and '%s' have the scales %g and %g, but share a variable that is summed out; "
        "put both under the same wick_scale",
        a->site, b->site, a->scale, b->scale);
    return false;
}

static bool table_fits(wicki_contraction *c, variable *v)
{
    const size_t table = table_of(c, v);

    if (table <= LARGEST_TABLE)
        return wicki_ok(c->w);
    wick_fail(c->w, WICK_ERR_LIMIT,
        "summing out '%s' needs a table of %zu numbers; sample one of the variables it meets in "
        "the guide, or put independent ones into a plate",
        wicki_dim_at(c->w, v->dim)->name, table);
    return false;
}

static void eliminate(wicki_contraction *c, variable *v)
{
    wick *w = c->w;
    const factor *first = NULL;
    wick_var *nodes;
    size_t n = 0;

    if (!table_fits(c, v))
        return;
    for (const link *l = v->factors; l; l = l->next)
        n += !l->factor->gone;
    if (!(nodes = wick_alloc(w, n * sizeof *nodes)))
        return;
    n = 0;
    for (const link *l = v->factors; l; l = l->next) {
        if (l->factor->gone)
            continue;
        first = first ? first : l->factor;
        if (!same_scale(c, first, l->factor))
            return;
        nodes[n++] = wicki_var_of(w, within_owners(c, l->factor, v));
        l->factor->gone = true;
    }
    const wick_var product = n == 1 ? nodes[0] : wick_sum_of(w, n, nodes);
    wick_node *node = wicki_ok(w) ? wicki_node_of(w, "contraction", product) : NULL;
    if (!node)
        return;
    const wicki_axis axis = wicki_dim_axis(w, node, v->dim);
    wicki_contraction_add(c, wicki_reduce_axis(w, &wicki_op_logsumexp, node, &axis),
        wicki_dim_at(w, v->dim)->owners, first->scale, first->site);
}

wick_node *wicki_contract(wicki_contraction *c)
{
    variable *v;

    if (!c)
        return NULL;
    while (wicki_ok(c->w) && (v = next_variable(c)))
        eliminate(c, v);
    if (!wicki_ok(c->w) || c->n_terms == 0)
        return NULL;
    if (c->n_terms == 1)
        return wicki_node_of(c->w, "contraction", c->terms[0]);
    return wicki_node_of(c->w, "contraction", wick_sum_of(c->w, c->n_terms, c->terms));
}
