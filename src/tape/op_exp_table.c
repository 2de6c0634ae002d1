/* The exponentials of the table of a chain, once for all its steps. */
#include "base/special.h"
#include "kernel/kernels.h"
#include "kernel/math.h"
#include "tape/chain_step.h"
#include "tape/op_list.h"
#include "tape/twin.h"

#include <math.h>
#include <string.h>

/*
 * An event of three: exp(x - shift); the same with rows and columns exchanged, if x has two
 * dimensions; and the shift, a constant, which is 0 unless that would be too far from the numbers.
 */
static const double NEAR = 16.0;

bool wicki_chain_room_for_pair(wick *w, wicki_chain_pairs *p)
{
    if (p->n < p->capacity)
        return true;
    const size_t capacity = p->capacity ? 2 * p->capacity : 16;
    wicki_chain_pair *pair = wick_alloc(w, 2 * capacity * sizeof *pair);
    if (!pair)
        return false;
    if (p->n > 0)
        memcpy(pair, p->pair, p->n * sizeof *pair);
    *p = (wicki_chain_pairs){ pair, p->n, capacity, pair + capacity };
    return true;
}

static bool exp_table_shape(wick *w, wick_node *node)
{
    return wick_node_event(w, node, 1, (size_t[]){ PARTS });
}

static double shift_of(size_t n, const double *x)
{
    double top = -INFINITY;

    for (size_t i = 0; i < n; i++)
        top = wicki_max(top, x[i]);
    return fabs(top) <= NEAR || !(fabs(top) < INFINITY) ? 0.0 : top;
}

static size_t columns_of(const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    return set->n == 2 ? wicki_dim_at(node->w, set->dim[1])->size : 0;
}

static void exp_table_forward(wick_node *node)
{
    const size_t n = node->members, columns = columns_of(node), rows = columns ? n / columns : 0;
    const double *x = node->in[0]->value, shift = shift_of(n, x);
    double *table = node->value, *turned = node->value + TURNED * n;

    for (size_t i = 0; i < n; i++) {
        table[i] = x[i] - shift;
        turned[i] = 0.0;
        node->value[SHIFT * n + i] = shift;
    }
    node->w->kernels->math->exp(n, table, table);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            turned[c * rows + r] = table[r * columns + c];
}

static void add_pairs(wick_node *node, size_t rows, size_t columns)
{
    wicki_chain_pairs *p = node->data;
    size_t n = 0;

    for (size_t i = p->n; i-- > 0;)
        if (p->pair[i].h) {
            p->live[n++] = p->pair[i];
            p->pair[i].h = NULL;
        }
    if (n > 0)
        node->w->kernels->chain->outer(n, p->live, rows, columns, node->adjoint);
}

static void exp_table_reverse(wick_node *node)
{
    const size_t n = node->members, columns = columns_of(node), rows = columns ? n / columns : 0;
    const double *g = node->adjoint, *turned = node->adjoint + TURNED * n;
    double *adjoint = node->in[0]->adjoint;

    add_pairs(node, rows, columns);
    for (size_t i = 0; i < n; i++) {
        const double all = g[i] + (columns ? turned[i % columns * rows + i / columns] : 0.0);
        if (all != 0.0)
            adjoint[i] += all * node->value[i];
    }
}

const wick_op wicki_op_exp_table = { .name = "exp_table",
    .shape = exp_table_shape,
    .forward = exp_table_forward,
    .reverse = exp_table_reverse };

wick_node *wicki_exp_table(wick *w, wick_node *x)
{
    wicki_twin_key key;

    if (!wicki_twin_key_of(w, &wicki_op_exp_table, 1, &x, 0, &key))
        return NULL;
    wick_node *table = wicki_twin(w, &key, x->dims);
    if (table || !wicki_ok(w))
        return table;
    const wicki_chain_pairs none = { .n = 0 };
    table = wicki_record(w, &wicki_op_exp_table, 1, &x, &none, sizeof none);
    return wicki_twin_keep(w, &key, table);
}
