/* Does a program still record what it recorded before? */
#include "graph/graph.h"

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

static bool on_tape(const wick_node *node)
{
    const wicki_tape *tape = node->w->tape;

    return node->id < tape->n_nodes && tape->node[node->id] == node;
}

static bool same_input(const wick_node *a, const wick_node *b)
{
    if (on_tape(a) || on_tape(b))
        return on_tape(a) && on_tape(b) && a->id == b->id;
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
            return on_tape(a->in[j]) || on_tape(b->in[j]) ? "it is made of other values"
                                                          : "a number has changed";
    if (!same_shape(a, b))
        return "its shape or a plate's size has changed";
    if (a->differentiable != b->differentiable || a->alias != b->alias || a->masked != b->masked ||
        a->coordinate != b->coordinate)
        return "it is used in another way";
    if (a->op && a->op->same && !a->op->same(a, b))
        return a->op->source ? "the data stand elsewhere in memory" : "a constant has changed";
    if (a->op == &wicki_op_data_in_place && a->value != b->value)
        return "the data stand elsewhere in memory";
    if (!a->op && a->value != b->value && !same_bits(a->members * a->elements, a->value, b->value))
        return "a constant has changed";
    return NULL;
}

static void fail(wick *w, const wick_node *a, const wick_node *b, const char *why)
{
    const char *was = a->op ? a->op->name : "a constant", *is = b->op ? b->op->name : "a constant";
    const char *site = b->site ? b->site : a->site;
    char where[160] = "";
    wicki_text text = { where, sizeof where, 0 };

    if (site)
        wicki_text_add(&text, " at site '%s'", site);
    if (b->site && a->site && a->site != b->site)
        wicki_text_add(&text, " (where '%s' was)", a->site);
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
