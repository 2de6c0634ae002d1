/* Distributions that draw nothing: a point mass, and a term of the log-density. */
#include "dist/density.h"
#include "dist/sample.h"

WICKI_DENSITY_1(delta, value, gap, x == value ? 0.0 : 1.0, value == value, gap == 0.0,
    0.0, /* log density */
    0.0, /* d / dx */
    0.0) /* d / dvalue */

WICKI_DENSITY_1(unit, log_factor, y, log_factor, true, true, y, /* log density */
    0.0,                                                        /* d / dx */
    1.0)                                                        /* d / dlog_factor */

static void delta_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text) &&
        !wicki_explain_value(node, element, wick_real(), &text))
        wicki_text_add(&text, "the value is not that of the point mass");
}

WICKI_DENSITY_OP(delta, delta_explain);
WICKI_DENSITY_OP(unit, wicki_density_explain);

/* The value itself, whether it varies over the open plates or not. */
static wick_var delta_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (dist->parameter[0].var.w && dist->iid_rank == 0)
        return dist->parameter[0].var;
    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    if (!dist->parameter[0].var.w)
        return wick_fill_array(w, dist->parameter[0].number, s.rank, s.sizes);
    return wicki_var_of(w, wicki_sampling_spread(w, &s, s.parameter[0]));
}

static wick_var unit_sample(wick *w, const wick_dist *dist)
{
    return wick_fill_array(w, 0.0, dist->iid_rank, dist->iid_sizes);
}

const wick_dist_type wicki_dist_delta = { .name = "delta",
    .n_parameters = 1,
    .parameter_names = { "value" },
    .parameter_domain = { { .kind = WICK_REAL } },
    .log_prob = &delta_density,
    .sample = delta_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL } };

const wick_dist_type wicki_dist_unit = { .name = "unit",
    .n_parameters = 1,
    .parameter_names = { "log_factor" },
    .parameter_domain = { { .kind = WICK_REAL } },
    .log_prob = &unit_density,
    .sample = unit_sample,
    .support = { .kind = WICK_REAL } };

wick_dist(wick_delta)(wick_operand value)
{
    return (wick_dist){ .type = &wicki_dist_delta, .parameter = { value } };
}

wick_dist(wick_unit)(wick_operand log_factor)
{
    return (wick_dist){ .type = &wicki_dist_unit, .parameter = { log_factor } };
}
