#include "dist/density.h"
#include "dist/sample.h"

WICKI_DENSITY_1(exponential, rate, mean, 1.0 / rate, rate > 0.0, x >= 0.0,
    wicki_log(rate) - rate * x, /* log density */
    -rate,                      /* d / dx */
    mean - x)                   /* d / drate */

WICKI_DENSITY_OP(exponential, wicki_density_explain);

/* e / rate */
static wick_var exponential_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var e = wicki_sample_noise(w, dist, &wicki_draw_exponential, p);

    return (wick_div)(wick_operand_var(e), p[0]);
}

const wick_dist_type wicki_dist_exponential = { .name = "exponential",
    .n_parameters = 1,
    .parameter_names = { "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &exponential_density,
    .sample = exponential_sample,
    .reparameterised = true,
    .support = { .kind = WICK_NONNEGATIVE } };

wick_dist(wick_exponential)(wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_exponential, .parameter = { rate } };
}
