/* Where a value that is not finite began. */
#include "tape/loop.h"
#include "tape/tape.h"

#include <math.h>

static bool first_bad(const wick_node *node, bool nan_only, size_t *at)
{
    const size_t n = node->members * node->elements;

    for (size_t i = 0; i < n; i++) {
        if (isnan(node->value[i]) || (!nan_only && isinf(node->value[i]))) {
            *at = i;
            return true;
        }
    }
    return false;
}

/* Constants, data and parameters are looked at by the op that reads them. */
static bool inputs_good(const wick_node *node, bool nan_only)
{
    size_t at;

    for (uint32_t j = 0; j < node->n_in; j++)
        if (node->in[j]->op && !node->in[j]->op->source && first_bad(node->in[j], nan_only, &at))
            return false;
    return true;
}

/* The first op on the way to the loss that made the value from inputs that had none. */
static const wick_node *origin(const wick *w, const wick_node *loss, bool nan_only, size_t *at)
{
    for (uint32_t i = 0; i <= loss->id; i++) {
        const wick_node *node = w->tape->node[i];
        if (node->op && !node->op->source && !node->alias && first_bad(node, nan_only, at) &&
            inputs_good(node, nan_only))
            return node;
    }
    return loss;
}

static const char *name_of(double x)
{
    return isnan(x) ? "nan" : x > 0.0 ? "inf" : "-inf";
}

void wicki_text_add_member(wicki_text *text, const wick_node *node, size_t at)
{
    const wick *w = node->w;
    const wicki_set *dims = wicki_set_at(w, node->dims);
    size_t m = at % node->members;
    size_t index[WICK_MAX_DIMS];

    for (uint32_t i = dims->n; i-- > 0;) {
        const wicki_dim *dim = wicki_dim_at(w, dims->dim[i]);
        const size_t local = m % dim->size;
        index[i] = wicki_dim_member(dim, local);
        m /= dim->size;
    }
    for (uint32_t i = 0; i < dims->n; i++)
        wicki_text_add(
            text, "%s'%s' %zu", i ? ", " : " at ", wicki_dim_at(w, dims->dim[i])->name, index[i]);
}

static void add_inputs(wicki_text *text, const wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++)
        if (node->in[j]->members * node->in[j]->elements == 1)
            wicki_text_add(text, "%s%g", j ? ", " : " of ", *node->in[j]->value);
}

void wicki_fail_nonfinite(wick *w, const char *what, const wick_node *loss)
{
    char buffer[WICKI_MESSAGE_SIZE], reason[256] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };
    size_t at = 0;
    const bool is_nan = first_bad(loss, true, &at);
    const double value = is_nan ? NAN : *loss->value;
    const wick_node *node = origin(w, loss, is_nan, &at);

    wicki_text_add(&text, "%s is %s", what, name_of(value));
    wicki_text_add(&text, "; it began in %s", node->op ? node->op->name : "a constant or data");
    if (node->site)
        wicki_text_add(&text, " at site '%s'", node->site);
    wicki_text_add_member(&text, node, at);
    if (node->op && node->op->explain)
        node->op->explain(node, at, reason, sizeof reason);
    if (reason[0])
        wicki_text_add(&text, ": %s", reason);
    else if (node->op)
        add_inputs(&text, node);
    wick_fail(w, WICK_ERR_NONFINITE, "%s", buffer);
}
