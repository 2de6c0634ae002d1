/* Looking at values from outside the tape. */
#include "tape/tape.h"

#include <math.h>
#include <string.h>

void wicki_text_add_event(wicki_text *text, const wick_node *node)
{
    if (node->rank == 0)
        wicki_text_add(text, "a scalar");
    for (uint32_t i = 0; i < node->rank; i++)
        wicki_text_add(text, "[%u]", node->event[i]);
}

/* The node of a var that is looked at: a graph must then have all its members at once. */
static wick_node *seen(const char *function, wick_var x)
{
    wick_node *node = wicki_node_of(x.w, function, x);

    if (node)
        x.w->tape->read = true;
    return node;
}

double wick_value(wick_var x)
{
    const wick_node *node = seen("wick_value", x);

    if (!node)
        return NAN;
    if (node->members * node->elements != 1) {
        const wicki_dim *dim = wicki_set_variable(x.w, node->dims);
        if (dim)
            wick_fail(x.w, WICK_ERR_SHAPE,
                "wick_value: '%s' is enumerated: C code sees all its %zu values at once; choose "
                "by wick_where, or give it one value at a time: wick_enumerate_sequential in the "
                "guide",
                dim->name, dim->size);
        wick_fail(x.w, WICK_ERR_SHAPE, "wick_value: got %zu elements, need one; use wick_get",
            node->members * node->elements);
        return NAN;
    }
    return *node->value;
}

/* Memory has the event first; a reader wants the members first. */
static size_t copy_out(const wick_node *node, const double *from, double *out)
{
    for (size_t m = 0; m < node->members; m++)
        for (size_t e = 0; e < node->elements; e++)
            *out++ = from ? from[e * node->members + m] : 0.0;
    return node->members * node->elements;
}

static const wick_node *readable(wick_var x, const char *function, size_t count)
{
    const wick_node *node = seen(function, x);

    if (node && count != node->members * node->elements) {
        wick_fail(x.w, WICK_ERR_SHAPE, "%s: room for %zu doubles was given, the value has %zu",
            function, count, node->members * node->elements);
        return NULL;
    }
    return node;
}

size_t wick_get(wick_var x, double *out, size_t count)
{
    const wick_node *node = readable(x, "wick_get", count);

    return node ? copy_out(node, node->value, out) : 0;
}

size_t wick_get_gradient(wick_var x, double *out, size_t count)
{
    const wick_node *node = readable(x, "wick_get_gradient", count);

    return node ? copy_out(node, node->adjoint, out) : 0;
}

size_t wick_size(wick_var x)
{
    const wick_node *node = seen("wick_size", x);

    return node ? node->members * node->elements : 0;
}

size_t wick_members(wick_var x)
{
    const wick_node *node = seen("wick_members", x);

    return node ? node->members : 0;
}

size_t wick_rank(wick_var x)
{
    const wick_node *node = wicki_node_of(x.w, "wick_rank", x);

    return node ? node->rank : 0;
}

size_t wick_event_size(wick_var x, size_t axis)
{
    const wick_node *node = wicki_node_of(x.w, "wick_event_size", x);

    return node && axis < node->rank ? node->event[axis] : 0;
}

const char *wick_format_var(wick_var x)
{
    const wick_node *node = wicki_node_of(x.w, "wick_format_var", x);
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (!node)
        return "no value";
    wicki_text_add_event(&text, node);
    if (node->dims) {
        wicki_text_add(&text, " over ");
        wicki_text_add_set(&text, x.w, node->dims);
    }
    return wick_name(x.w, "%s", buffer);
}
