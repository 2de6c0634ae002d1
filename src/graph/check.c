/* Does a program still record what it recorded before? */
#include "graph/graph.h"

#include "tape/op_list.h"

#include <string.h>

static bool same_bits(size_t n, const double *a, const double *b)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static bool same_dim(const wicki_dim *a, const wicki_dim *b)
{
    return a->kind == b->kind && a->name == b->name && a->present == b->present &&
        a->full == b->full && a->given == b->given;
}

static bool same_dims(const wick_node *a, const wick_node *b)
{
    const wicki_set *x = wicki_set_at(a->w, a->dims), *y = wicki_set_at(b->w, b->dims);

    if (x->n != y->n)
        return false;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->dim[i] != y->dim[i] ||
            !same_dim(wicki_dim_at(a->w, x->dim[i]), wicki_dim_at(b->w, y->dim[i])))
            return false;
    return true;
}

static bool same_input(const wick_node *a, const wick_node *b)
{
    if (wicki_on_tape(a) || wicki_on_tape(b))
        return wicki_on_tape(a) && wicki_on_tape(b) && a->id == b->id;
    return same_bits(1, a->value, b->value);
}

static bool same_shape(const wick_node *a, const wick_node *b)
{
    return a->rank == b->rank && memcmp(a->event, b->event, a->rank * sizeof *a->event) == 0 &&
        same_dims(a, b);
}

/* What is wrong, in words; NULL if nothing is. */
static const char *difference(const wick_node *a, const wick_node *b)
{
    if (a->op != b->op || a->n_in != b->n_in || a->site != b->site)
        return "another operation stands there";
    for (uint32_t j = 0; j < a->n_in; j++)
        if (!same_input(a->in[j], b->in[j]))
            return wicki_on_tape(a->in[j]) || wicki_on_tape(b->in[j]) ? "it is made of other values"
                                                                      : "a number has changed";
    if (!same_shape(a, b))
        return "its shape or a plate's size has changed";
    if (a->differentiable != b->differentiable || a->alias != b->alias || a->masked != b->masked ||
        a->coordinate != b->coordinate)
        return "it is used in another way";
    if (!a->op && a->differentiable && a->value != b->value)
        return "it is another parameter";
    if (a->op && a->op->same && !a->op->same(a, b))
        return a->differentiable && a->op->source ? "it is another parameter"
            : a->op->source                       ? "the data stand elsewhere in memory"
                                                  : "a constant has changed";
    if (a->op == &wicki_op_data_in_place && a->value != b->value)
        return "the data stand elsewhere in memory";
    if (!a->op && a->value != b->value && !same_bits(a->members * a->elements, a->value, b->value))
        return "a constant has changed";
    return NULL;
}

/* The site a node was made under, or the first that uses it. */
static const char *site_of(wick *w, const wick_node *node)
{
    const wicki_tape *tape = node->w->tape;
    bool *uses = wicki_alloc_zero(w, tape->n_nodes * sizeof *uses);

    for (uint32_t i = node->id; uses && i < tape->n_nodes; i++) {
        const wick_node *user = tape->node[i];
        uses[i] = user == node;
        for (uint32_t j = 0; j < user->n_in; j++)
            uses[i] |= wicki_on_tape(user->in[j]) && uses[user->in[j]->id];
        if (uses[i] && user->site)
            return user->site;
    }
    return NULL;
}

/* Of a sum: the term whose weight has changed. */
static const wick_node *term_of(const wick_node *a, const wick_node *b)
{
    const double *x = a->data, *y = b->data;

    uint32_t j = 0;

    if (a->op != &wicki_op_sum_of || b->op != a->op || !x || !y || a->n_in != b->n_in)
        return b;
    while (j < a->n_in && x[j] == y[j])
        j++;
    if (j < a->n_in)
        for (b = b->in[j]; !b->site && b->n_in > 0;)
            b = b->in[0];
    return b;
}

static void fail(wick *w, const wick_node *a, const wick_node *b, const char *why)
{
    const char *was = a->op ? a->op->name : "a constant", *is = b->op ? b->op->name : "a constant";
    const char *old = site_of(w, a), *now = site_of(w, term_of(a, b)), *site = now ? now : old;
    char where[160] = "";
    wicki_text text = { where, sizeof where, 0 };

    if (site)
        wicki_text_add(&text, " at site '%s'", site);
    if (old && now && old != now)
        wicki_text_add(&text, " (where '%s' was)", old);
    wick_fail(w, WICK_ERR_STATE,
        "a compiled program must record the same tape in each step, but%s in %s%s%s%s: %s; what C "
        "computes is frozen: read data with wick_data, use ops instead of C's control flow, or do "
        "not compile",
        where, is, was != is ? " (it was " : "", was != is ? was : "", was != is ? ")" : "", why);
}

bool wicki_recordings_agree(wick *w, const wicki_recording *a, const wicki_recording *b)
{
    const uint32_t n = a->tape.n_nodes < b->tape.n_nodes ? a->tape.n_nodes : b->tape.n_nodes;

    for (uint32_t i = 0; i < n; i++) {
        const char *why = difference(a->tape.node[i], b->tape.node[i]);
        if (!why)
            continue;
        fail(w, a->tape.node[i], b->tape.node[i], why);
        return false;
    }
    if (a->tape.n_nodes == b->tape.n_nodes)
        return true;
    const wicki_recording *longer = a->tape.n_nodes > n ? a : b;
    const wick_node *extra = longer->tape.node[n];
    fail(w, extra, extra, longer == a ? "it is missing now" : "it is new");
    return false;
}
