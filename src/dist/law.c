#include "dist/law.h"

wick_var wicki_standardised(const wick_dist *dist, wick_var x)
{
    return wick_div(wick_sub(x, dist->parameter[0].var), dist->parameter[1].var);
}

wick_var wicki_located(const wick_dist *dist, wick_var z)
{
    return wick_add(dist->parameter[0].var, wick_mul(dist->parameter[1].var, z));
}

wick_var wicki_located_draw(wick *w, const wick_dist *dist, const wicki_draw_kind *noise)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, noise, p);

    return (wick_add)(p[0], wick_operand_var((wick_mul)(p[1], wick_operand_var(z))));
}

wick_var wicki_probability(wick_var p)
{
    return wick_where(wick_equal(p, wick_clamp(p, 0.0, 1.0)), p, NAN);
}

/* --- supports that end at parameters ---------------------------------------------------------- */

/* Element e of the event of input j, for the member that an element of the node is made from. */
static double element_of(const wick_node *node, uint32_t j, size_t element, size_t e)
{
    return wicki_input_at(node, j, element)[node->in[j]->rank ? e * node->in[j]->members : 0];
}

void wicki_explain_bounds(
    const wick_node *node, size_t element, uint32_t low, uint32_t high, wicki_text *text)
{
    const wicki_density *d = node->data;
    const char *const *names = d->type->parameter_names;

    for (size_t e = 0; text->length == 0 && e < d->batch; e++) {
        const double x = element_of(node, 0, element, e);
        const double lower = low ? element_of(node, low, element, e) : -INFINITY;
        const double upper = high ? element_of(node, high, element, e) : INFINITY;
        if (high && !(lower < upper))
            wicki_text_add(text, "%s is %g, must be less than %s, which is %g", names[low - 1],
                lower, names[high - 1], upper);
        else if (isnan(x))
            wicki_text_add(text, "value is nan");
        else if (x == INFINITY || !(lower <= x && x <= upper)) {
            wicki_text_add(text, "value %g is outside the support (", x);
            wicki_constraint_condition(
                high ? wick_interval(lower, upper) : wick_greater_than(lower), text);
            wicki_text_add(text, ")");
        }
    }
}
