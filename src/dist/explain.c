/* Which element of a value or parameter is to blame. */
#include "dist/density.h"
#include "dist/sample.h"
#include "tape/take.h"

/* --- one event ------------------------------------------------------------------------------- */

/* Of a parameter nothing above a diagonal is read. */
static bool event_violation(
    const wick_node *x, size_t offset, wick_constraint c, bool is_value, wicki_violation *v)
{
    size_t sizes[WICK_MAX_RANK];

    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = x->event[i];
    return wicki_constraint_violation(
        c, !is_value, x->rank, sizes, x->value + offset, x->members, v);
}

/* "scale at [2] is -1, must be positive" */
static void add_violation(
    wicki_text *text, const char *name, const wick_node *x, const wicki_violation *v)
{
    size_t sizes[WICK_MAX_RANK];

    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = x->event[i];
    wicki_text_add(text, "%s", name);
    if (!v->sum || x->rank > 1)
        wicki_text_add_index(text, x->rank, sizes, v->element);
    wicki_text_add(text, " %s %g, must be %s", v->sum ? v->sum : "is", v->value, v->must);
}

/* --- densities ------------------------------------------------------------------------------- */

/* Offset in x of the member that a member of the node is made from. */
static size_t member_of(const wick_node *node, const wick_node *x, size_t element)
{
    const wicki_set *dims = wicki_set_at(node->w, node->dims);
    size_t m = element % node->members, offset = 0;

    for (uint32_t i = dims->n; i-- > 0;) {
        const size_t size = wicki_dim_at(node->w, dims->dim[i])->size;
        offset += m % size * wicki_dim_stride(x, dims->dim[i]);
        m /= size;
    }
    return offset;
}

const double *wicki_input_at(const wick_node *node, uint32_t j, size_t element)
{
    return node->in[j]->value + member_of(node, node->in[j], element);
}

bool wicki_explain_parameters(const wick_node *node, size_t element, wicki_text *text)
{
    const wick_dist_type *type = ((const wicki_density *)node->data)->type;
    wicki_violation v;

    for (uint32_t j = 0; j < type->n_parameters; j++) {
        const wick_node *x = node->in[j + 1];
        if (!event_violation(x, member_of(node, x, element), type->parameter_domain[j], false, &v))
            continue;
        add_violation(text, type->parameter_names[j], x, &v);
        return true;
    }
    return false;
}

static bool explain_nan(const wick_node *x, size_t offset, wicki_text *text)
{
    size_t sizes[WICK_MAX_RANK];

    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = x->event[i];
    for (size_t e = 0; e < x->elements; e++)
        if (isnan(x->value[offset + e * x->members])) {
            wicki_text_add(text, "value");
            wicki_text_add_index(text, x->rank, sizes, e);
            wicki_text_add(text, " is nan");
            return true;
        }
    return false;
}

bool wicki_explain_value(
    const wick_node *node, size_t element, wick_constraint support, wicki_text *text)
{
    const wick_node *x = node->in[0];
    const size_t offset = member_of(node, x, element);
    size_t sizes[WICK_MAX_RANK];
    wicki_violation v;

    if (explain_nan(x, offset, text))
        return true;
    if (!event_violation(x, offset, support, true, &v))
        return false;
    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = x->event[i];
    wicki_text_add(text, "value %s%s%g", v.sum ? v.sum : "", v.sum ? " " : "", v.value);
    if (!v.sum)
        wicki_text_add_index(text, x->rank, sizes, v.element);
    wicki_text_add(text, v.sum ? ", outside the support (" : " is outside the support (");
    wicki_constraint_condition(support, text);
    wicki_text_add(text, ")");
    return true;
}

void wicki_density_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    const wick_dist_type *type = ((const wicki_density *)node->data)->type;
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        wicki_explain_value(node, element, type->support, &text);
}

/* --- draws ----------------------------------------------------------------------------------- */

/* " at 'data' 17, 'topic' 2" */
static void add_member(wicki_text *text, const wick_node *x, size_t m)
{
    const wicki_set *dims = wicki_set_at(x->w, x->dims);

    for (uint32_t i = 0; i < dims->n; i++) {
        const wicki_dim *dim = wicki_dim_at(x->w, dims->dim[i]);
        const size_t local = m / wicki_dim_stride(x, dims->dim[i]) % dim->size;
        wicki_text_add(
            text, "%s'%s' %zu", i ? ", " : " (at ", dim->name, wicki_dim_member(dim, local));
    }
    if (dims->n > 0)
        wicki_text_add(text, ")");
}

bool wicki_check_domain(
    wick *w, const char *function, const char *name, const wick_node *x, wick_constraint c)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_violation v;

    if (!wicki_ok(w))
        return false;
    for (size_t m = 0; m < x->members; m++) {
        if (!event_violation(x, m, c, false, &v))
            continue;
        add_violation(&text, name, x, &v);
        add_member(&text, x, m);
        wick_fail(w, WICK_ERR_DOMAIN, "%s: %s", function, buffer);
        return false;
    }
    return true;
}
