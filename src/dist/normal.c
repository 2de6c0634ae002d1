/* The normal and what is made from it by exp and by the absolute value. */
#include "dist/density.h"
#include "dist/sample.h"

WICKI_DENSITY_2(normal, loc, scale, z, (x - loc) / scale, scale > 0.0, true,
    -0.5 * z * z - wicki_log(scale) - WICKI_HALF_LOG_2PI, /* log density */
    -z / scale,                                           /* d / dx */
    z / scale,                                            /* d / dloc */
    (-1.0 + z * z) / scale)                               /* d / dscale */

WICKI_DENSITY_2(lognormal, loc, scale, z, (wicki_log(x) - loc) / scale, scale > 0.0, x > 0.0,
    -0.5 * z * z - wicki_log(scale) - WICKI_HALF_LOG_2PI - wicki_log(x), /* log density */
    -(1.0 + z / scale) / x,                                              /* d / dx */
    z / scale,                                                           /* d / dloc */
    (-1.0 + z * z) / scale)                                              /* d / dscale */

static const double HALF_LOG_2_OVER_PI = -0.22579135264472744;

WICKI_DENSITY_1(half_normal, scale, z, x / scale, scale > 0.0, x >= 0.0,
    -0.5 * z * z - wicki_log(scale) + HALF_LOG_2_OVER_PI, /* log density */
    -z / scale,                                           /* d / dx */
    (-1.0 + z * z) / scale)                               /* d / dscale */

WICKI_DENSITY_OP(normal, wicki_density_explain);
WICKI_DENSITY_OP(lognormal, wicki_density_explain);
WICKI_DENSITY_OP(half_normal, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* loc + scale z */
static wick_var normal_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, &wicki_draw_normal, p);

    return (wick_add)(p[0], wick_operand_var((wick_mul)(p[1], wick_operand_var(z))));
}

static wick_var lognormal_sample(wick *w, const wick_dist *dist)
{
    return wick_exp(normal_sample(w, dist));
}

/* scale |z| */
static wick_var half_normal_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, &wicki_draw_normal, p);

    return (wick_mul)(p[0], wick_operand_var(wick_abs(z)));
}

/* --- types ----------------------------------------------------------------------------------- */

const wick_dist_type wicki_dist_normal = { .name = "normal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &normal_density,
    .sample = normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL } };

const wick_dist_type wicki_dist_lognormal = { .name = "lognormal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &lognormal_density,
    .sample = lognormal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE } };

const wick_dist_type wicki_dist_half_normal = { .name = "half_normal",
    .n_parameters = 1,
    .parameter_names = { "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &half_normal_density,
    .sample = half_normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_NONNEGATIVE } };

wick_dist(wick_normal)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_normal, .parameter = { loc, scale } };
}

wick_dist(wick_lognormal)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_lognormal, .parameter = { loc, scale } };
}

wick_dist(wick_half_normal)(wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_half_normal, .parameter = { scale } };
}
