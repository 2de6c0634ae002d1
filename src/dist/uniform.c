#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "tape/op_list.h"

WICKI_DENSITY_2(uniform, low, high, width, high - low, low < high, low <= x && x <= high,
    -wicki_log(width), /* log density */
    0.0,               /* d / dx */
    1.0 / width,       /* d / dlow */
    -1.0 / width)      /* d / dhigh */

static wick_constraint uniform_support(const wick_dist *dist)
{
    return (wick_interval)(dist->parameter[0], dist->parameter[1]);
}

static double element_of(const wick_node *node, uint32_t j, size_t element, size_t e)
{
    return wicki_input_at(node, j, element)[node->in[j]->rank ? e * node->in[j]->members : 0];
}

static void uniform_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (wicki_explain_parameters(node, element, &text))
        return;
    for (size_t e = 0; e < ((const wicki_density *)node->data)->batch; e++) {
        const double low = element_of(node, 1, element, e), high = element_of(node, 2, element, e);
        const double x = element_of(node, 0, element, e);
        if (!(low < high))
            wicki_text_add(&text, "low is %g, must be less than high, which is %g", low, high);
        else if (!(low <= x && x <= high))
            wicki_text_add(&text,
                isnan(x) ? "value is nan" : "value %g is outside the support (%g <= x <= %g)", x,
                low, high);
        if (text.length > 0)
            return;
    }
}

WICKI_DENSITY_OP(uniform, uniform_explain);

/* low + (high - low) u */
static wick_var uniform_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var u = wicki_sample_noise(w, dist, &wicki_draw_uniform, p);
    wick_node *ends[] = { wicki_operand_node(w, "wick_uniform", p[1]),
        wicki_operand_node(w, "wick_uniform", p[0]) };
    wick_node *width = wicki_ok(w) ? wicki_record(w, &wicki_op_sub, 2, ends, NULL, 0) : NULL;

    if (!width || !wicki_check_domain(w, "wick_uniform", "high - low", width, wick_positive()))
        return WICK_VAR_NONE;
    return (wick_add)(p[0], wick_operand_var(wick_mul(wicki_var_of(w, width), u)));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var width_of(const wick_dist *dist)
{
    return wick_sub(dist->parameter[1].var, dist->parameter[0].var);
}

static wick_var uniform_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(dist->parameter[0].var, wick_mul(0.5, width_of(dist)));
}

static wick_var uniform_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(wick_square(width_of(dist)), 12.0);
}

static wick_var uniform_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_log(width_of(dist));
}

static wick_var uniform_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_clamp(wick_div(wick_sub(x, dist->parameter[0].var), width_of(dist)), 0.0, 1.0);
}

static wick_var uniform_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wick_add(dist->parameter[0].var, wick_mul(width_of(dist), wicki_probability(p)));
}

const wick_dist_type wicki_dist_uniform = { .name = "uniform",
    .n_parameters = 2,
    .parameter_names = { "low", "high" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_REAL } },
    .log_prob = &uniform_density,
    .sample = uniform_sample,
    .reparameterised = true,
    .support = { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY },
    .support_of = uniform_support,
    .mean = uniform_mean,
    .variance = uniform_variance,
    .entropy = uniform_entropy,
    .cdf = uniform_cdf,
    .quantile = uniform_quantile,
    .kl = wicki_kl_across };

wick_dist(wick_uniform)(wick_operand low, wick_operand high)
{
    return (wick_dist){ .type = &wicki_dist_uniform, .parameter = { low, high } };
}
