#include "tape/chain.h"

#include "tape/chain_step.h"
#include "tape/op_list.h"
#include "tape/take.h"
#include "tape/twin.h"

/* --- which products --------------------------------------------------------------------------- */

static size_t step_of(const wick *w, uint32_t dims, uint32_t dim)
{
    const wicki_set *set = wicki_set_at(w, dims);
    size_t step = 1;

    for (uint32_t i = set->n; i-- > 0; step *= wicki_dim_at(w, set->dim[i])->size)
        if (set->dim[i] == dim)
            return step;
    return 0;
}

/* The last axis that is the weights' only, or the table's only; n_axes: none. */
static size_t last_of(const wicki_chain_plan *p, bool of_weights)
{
    for (size_t i = p->n_axes; i-- > 0;)
        if (i != p->lanes && (of_weights ? p->axis[i].table : p->axis[i].weights) == 0)
            return i;
    return p->n_axes;
}

/* Neighbours must be side by side in the result and in one of the two, and not in the other. */
static bool choose_axes(wicki_chain_plan *p)
{
    p->rows = p->lanes = p->n_axes;
    if (!p->plates) {
        if (p->n_axes == 0)
            return false;
        p->lanes = p->n_axes - 1;
        if (p->axis[p->lanes].weights + p->axis[p->lanes].table != 1)
            return false;
    }
    p->rows = last_of(p, p->lanes < p->n_axes && p->axis[p->lanes].table == 1);
    return true;
}

bool wicki_chain_plan_of(
    wick *w, wicki_chain_plan *p, uint32_t dim, uint32_t table, uint32_t weights)
{
    *p = (wicki_chain_plan){
        .dim = dim, .all = wicki_set_union(w, table, weights), .weights = weights
    };
    const uint32_t left = wicki_set_without(w, p->all, dim);
    const wicki_set *set = wicki_set_at(w, p->all);

    p->members = 1;
    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *d = wicki_dim_at(w, set->dim[i]);
        const wicki_chain_axis a = { d->size, step_of(w, left, set->dim[i]),
            step_of(w, weights, set->dim[i]), step_of(w, table, set->dim[i]) };
        if (d->kind == WICKI_AMBIENT || (d->kind == WICKI_PLATE && a.table > 0))
            return false;
        if (d->kind == WICKI_PLATE) {
            p->plates = true;
            p->members *= a.size;
        } else if (set->dim[i] == dim) {
            p->summed = a;
        } else {
            p->axis[p->n_axes++] = a;
        }
    }
    return wicki_ok(w) && choose_axes(p);
}

/* --- which steps ------------------------------------------------------------------------------ */

static size_t members_of(const wick *w, uint32_t dims)
{
    return wicki_set_at(w, dims)->members;
}

static uint32_t dims_without(wick *w, size_t n, wick_node *const *factors, size_t left_out)
{
    uint32_t dims = 0;

    for (size_t i = 0; i < n; i++)
        if (i != left_out)
            dims = wicki_set_union(w, dims, factors[i]->dims);
    return dims;
}

/* The table is shared, or smaller than the product; without it there is less to exponentiate. */
static bool pays(wick *w, const wick_node *table, const wicki_chain_plan *p)
{
    const bool whole = table->dims == p->all;

    if (whole && !table->shared && table->op != &wicki_op_rename)
        return false;
    return members_of(w, p->weights) < members_of(w, p->all);
}

/* The table that leaves the fewest weights; n: there is none. */
static size_t find_table(
    wick *w, size_t n, wick_node *const *factors, uint32_t dim, wicki_chain_plan *best)
{
    size_t found = n, fewest = SIZE_MAX;

    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        const uint32_t weights = dims_without(w, n, factors, i);
        wicki_chain_plan p;
        if (!wicki_set_has(w, weights, dim) || !wicki_set_has(w, factors[i]->dims, dim) ||
            members_of(w, weights) >= fewest ||
            !wicki_chain_plan_of(w, &p, dim, factors[i]->dims, weights) || !pays(w, factors[i], &p))
            continue;
        found = i;
        fewest = members_of(w, weights);
        *best = p;
    }
    return found;
}

static bool is_message(const wick_node *x, uint32_t weights)
{
    return x->op == &wicki_op_chain && x->dims == weights;
}

/* The factors of the weights: a message, if there is one, and the sum of all others. */
static size_t gather_weights(
    wick *w, size_t n, wick_node *const *factors, size_t table, uint32_t weights, wick_node **in)
{
    wick_node **others = wick_alloc(w, n * sizeof *others), *message = NULL, *sum = NULL;
    size_t n_others = 0, n_in = 0;

    for (size_t i = 0; others && i < n; i++) {
        if (i == table)
            continue;
        if (!message && is_message(factors[i], weights))
            message = factors[i];
        else
            others[n_others++] = factors[i];
    }
    if (message)
        in[n_in++] = message;
    if (n_others == 0)
        return n_in;
    sum = n_others == 1 ? others[0] : wicki_weighted_sum(w, n_others, others, NULL);
    in[n_in++] = sum ? wicki_expand(w, sum, weights) : NULL;
    return n_in;
}

/* A step takes the result of another. */
static void hand_on(wicki_chain_data *from, const wicki_chain_data *to)
{
    from->carried = true;
    from->followed = to->form == from->form && to->form->pairs && to->index == from->index + 1;
}

wick_node *wicki_chain(wick *w, size_t n, wick_node *const *factors, uint32_t dim)
{
    wick_node *in[MOST_IN];
    wicki_chain_plan p = { .dim = dim };

    for (size_t i = 0; i < n; i++)
        if (!factors[i])
            return NULL;
    const size_t table = find_table(w, n, factors, dim, &p);
    if (table == n || !wicki_ok(w))
        return NULL;
    in[LOG_TABLE] = factors[table];
    in[EXP_TABLE] = wicki_exp_table(w, factors[table]);
    const size_t n_in = FIRST + gather_weights(w, n, factors, table, p.weights, in + FIRST);
    const wicki_chain_data data = {
        .dim = dim, .weights = p.weights, .message = wicki_ok(w) && is_message(in[FIRST], p.weights)
    };
    wick_node *node = wicki_record(w, &wicki_op_chain, n_in, in, &data, sizeof data);
    if (node && data.message)
        hand_on(in[FIRST]->data, node->data);
    return node;
}
