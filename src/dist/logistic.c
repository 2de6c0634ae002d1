#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

/* The density is even in z: e^-|z| / (1 + e^-|z|)^2. */
WICKI_DENSITY_2(logistic, loc, scale, z, (x - loc) / scale, scale > 0.0, true,
    -fabs(z) - 2.0 * wicki_log1p_exp(z) - wicki_log(scale), /* log density */
    -wicki_tanh(0.5 * z) / scale,                           /* d / dx */
    wicki_tanh(0.5 * z) / scale,                            /* d / dloc */
    (-1.0 + z * wicki_tanh(0.5 * z)) / scale)               /* d / dscale */

WICKI_DENSITY_OP(logistic, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* By inversion. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double u = wicki_uniform(stream);

    *d->out = wicki_log(u / (1.0 - u));
}

static const wicki_draw_kind STANDARD = { .name = "wick_logistic", .draw = draw };

static wick_var logistic_sample(wick *w, const wick_dist *dist)
{
    return wicki_located_draw(w, dist, &STANDARD);
}

/* --- moments --------------------------------------------------------------------------------- */

static const double PI_SQUARED_BY_3 = 3.2898681336964529;

static wick_var logistic_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var logistic_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(PI_SQUARED_BY_3, wick_square(dist->parameter[1].var));
}

static wick_var logistic_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(2.0, wick_log(dist->parameter[1].var));
}

static wick_var logistic_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_sigmoid(wicki_standardised(dist, x));
}

/* log(p / (1 - p)) */
static wick_var logistic_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wicki_located(dist, wick_sub(wick_log(p), wick_log1p(wick_neg(p))));
}

const wick_dist_type wicki_dist_logistic = { .name = "logistic",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &logistic_density,
    .sample = logistic_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = logistic_mean,
    .variance = logistic_variance,
    .entropy = logistic_entropy,
    .cdf = logistic_cdf,
    .quantile = logistic_quantile,
    .kl = wicki_kl_across };

wick_dist(wick_logistic)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_logistic, .parameter = { loc, scale } };
}
