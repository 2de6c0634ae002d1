#include "dist/count_laws.h"
#include "dist/counts.h"
#include "dist/density.h"
#include "dist/sample.h"
#include "tape/op_list.h"

/* All integers from low to high. */
WICKI_DENSITY_2(discrete_uniform, low, high, size, high - low + 1.0,
    wicki_is_integer(low) && wicki_is_integer(high) && low <= high,
    wicki_is_integer(x) && low <= x && x <= high, -wicki_log(size), /* log density */
    0.0,                                                            /* d / dx */
    0.0,                                                            /* d / dlow */
    0.0)                                                            /* d / dhigh */

static double element_of(const wick_node *node, uint32_t j, size_t element, size_t e)
{
    return wicki_input_at(node, j, element)[node->in[j]->rank ? e * node->in[j]->members : 0];
}

static void discrete_uniform_explain(
    const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (wicki_explain_parameters(node, element, &text))
        return;
    for (size_t e = 0; e < ((const wicki_density *)node->data)->batch && text.length == 0; e++) {
        const double low = element_of(node, 1, element, e), high = element_of(node, 2, element, e);
        const double x = element_of(node, 0, element, e);
        if (!(low <= high))
            wicki_text_add(&text, "low is %g, must not be more than high, which is %g", low, high);
        else if (isnan(x))
            wicki_text_add(&text, "value is nan");
        else if (!(wicki_is_integer(x) && low <= x && x <= high))
            wicki_text_add(
                &text, "value %g is outside the support (%g <= x <= %g, an integer)", x, low, high);
    }
}

WICKI_DENSITY_OP(discrete_uniform, discrete_uniform_explain);

/* --- draws ----------------------------------------------------------------------------------- */

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double low = *d->in[0], n = *d->in[1] - low + 1.0;

    *d->out = low + (double)wicki_below(stream, (size_t)n);
}

static const wicki_draw_kind KIND = { .name = "wick_discrete_uniform", .draw = draw };

/* high - low; NULL after an error. */
static wick_node *width_of(wick *w, const wick_dist *dist)
{
    const char *function = "wick_discrete_uniform";
    wick_node *ends[] = { wicki_operand_node(w, function, dist->parameter[1]),
        wicki_operand_node(w, function, dist->parameter[0]) };

    return wicki_ok(w) ? wicki_record(w, &wicki_op_sub, 2, ends, NULL, 0) : NULL;
}

static wick_var discrete_uniform_sample(wick *w, const wick_dist *dist)
{
    const wick_constraint counts = { .kind = WICK_INTEGER_INTERVAL, .lower = 0.0, .upper = 0x1p52 };
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    const wick_node *width = width_of(w, dist);
    if (!width || !wicki_check_domain(w, "wick_discrete_uniform", "high - low", width, counts))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_draw_record(w, &KIND, 2, s.parameter, s.rank, s.sizes, s.dims));
}

/* --- its values ------------------------------------------------------------------------------ */

static wick_constraint discrete_uniform_support(const wick_dist *dist)
{
    return (wick_constraint){ .kind = WICK_INTEGER_INTERVAL,
        .lower = wicki_same_everywhere(dist->parameter[0]),
        .upper = wicki_same_everywhere(dist->parameter[1]) };
}

/* NaN for a var. */
static double number_of(wick_operand x)
{
    return x.var.w ? (double)NAN : x.number;
}

/* As many as the widest member has; what goes beyond high has the density -inf. */
static size_t discrete_uniform_cardinality(wick *w, const wick_dist *dist)
{
    const double low = number_of(dist->parameter[0]), high = number_of(dist->parameter[1]);

    if (low <= high)
        return wicki_count_cardinality(w, wick_operand_number(high - low));
    const wick_node *width = width_of(w, dist);
    return width ? wicki_count_cardinality(w, wick_operand_var(wicki_var_of(w, width))) : 0;
}

static wick_var value_of(wick *w, const wick_dist *dist, wick_var number)
{
    const wick_operand low = dist->parameter[0];

    (void)w;
    if (low.var.w)
        return wick_add(wick_detach(low.var), number);
    return low.number == 0.0 ? number : wick_add(low.number, number);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var discrete_uniform_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(0.5, wick_add(dist->parameter[0].var, dist->parameter[1].var));
}

static wick_var size_of(const wick_dist *dist)
{
    return wick_add(wick_sub(dist->parameter[1].var, dist->parameter[0].var), 1.0);
}

/* (n^2 - 1) / 12 */
static wick_var discrete_uniform_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(wick_sub(wick_square(size_of(dist)), 1.0), 12.0);
}

static wick_var discrete_uniform_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_log(size_of(dist));
}

static wick_var discrete_uniform_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return wicki_discrete_uniform_cdf(w, x, dist->parameter[0].var, dist->parameter[1].var);
}

static wick_var discrete_uniform_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    return wicki_discrete_uniform_quantile(
        w, level, dist->parameter[0].var, dist->parameter[1].var);
}

/* log of the ratio of sizes if q has all of p, else inf */
static wick_var discrete_uniform_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    (void)w;
    if (q->type != p->type)
        return WICK_VAR_NONE;
    const wick_var below = wick_less(p->parameter[0].var, q->parameter[0].var);
    const wick_var beyond = wick_less(q->parameter[1].var, p->parameter[1].var);
    return wick_where(
        wick_maximum(below, beyond), INFINITY, wick_log(wick_div(size_of(q), size_of(p))));
}

/* --- type ------------------------------------------------------------------------------------ */

const wick_dist_type wicki_dist_discrete_uniform = { .name = "discrete_uniform",
    .n_parameters = 2,
    .parameter_names = { "low", "high" },
    .parameter_domain = { WICKI_INTEGERS, WICKI_INTEGERS },
    .log_prob = &discrete_uniform_density,
    .sample = discrete_uniform_sample,
    .support = WICKI_INTEGERS,
    .support_of = discrete_uniform_support,
    .cardinality = discrete_uniform_cardinality,
    .support_value = value_of,
    .mean = discrete_uniform_mean,
    .variance = discrete_uniform_variance,
    .entropy = discrete_uniform_entropy,
    .cdf = discrete_uniform_cdf,
    .quantile = discrete_uniform_quantile,
    .kl = discrete_uniform_kl };

wick_dist(wick_discrete_uniform)(wick_operand low, wick_operand high)
{
    return (wick_dist){ .type = &wicki_dist_discrete_uniform, .parameter = { low, high } };
}
