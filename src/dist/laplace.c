#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

WICKI_DENSITY_2(laplace, loc, scale, z, (x - loc) / scale, scale > 0.0, true,
    -fabs(z) - wicki_log(scale) - WICKI_LOG_2,   /* log density */
    (z<0.0 ? 1.0 : z> 0.0 ? -1.0 : 0.0) / scale, /* d / dx */
    (z > 0.0          ? 1.0
            : z < 0.0 ? -1.0
                      : 0.0) /
        scale,                /* d / dloc */
    (-1.0 + fabs(z)) / scale) /* d / dscale */

WICKI_DENSITY_OP(laplace, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* By inversion, from the nearer end. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double u = wicki_uniform(stream);

    *d->out = u < 0.5 ? wicki_log(2.0 * u) : -wicki_log(2.0 * (1.0 - u));
}

static const wicki_draw_kind STANDARD = { .name = "wick_laplace", .draw = draw };

static wick_var laplace_sample(wick *w, const wick_dist *dist)
{
    return wicki_located_draw(w, dist, &STANDARD);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var laplace_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var laplace_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(2.0, wick_square(dist->parameter[1].var));
}

static wick_var laplace_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(1.0 + WICKI_LOG_2, wick_log(dist->parameter[1].var));
}

/* e^z / 2 below the location, 1 - e^-z / 2 above */
static wick_var laplace_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var z = wicki_standardised(dist, x);
    const wick_var below = wick_mul(0.5, wick_exp(z));
    const wick_var above = wick_sub(1.0, wick_mul(0.5, wick_exp(wick_neg(z))));

    (void)w;
    return wick_where(wick_less(z, 0.0), below, above);
}

static wick_var laplace_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var lower = wick_log(wick_mul(2.0, p));
    const wick_var upper = wick_neg(wick_log(wick_mul(2.0, wick_sub(1.0, p))));

    (void)w;
    return wicki_located(dist, wick_where(wick_less(p, 0.5), lower, upper));
}

/* r e^(-d / scale_p) + d / scale_q - log r - 1 with r = scale_p / scale_q, d = |loc_p - loc_q| */
static wick_var laplace_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_laplace)
        return wicki_kl_across(w, p, q);
    const wick_var d = wick_abs(wick_sub(p->parameter[0].var, q->parameter[0].var));
    const wick_var ratio = wick_div(p->parameter[1].var, q->parameter[1].var);
    const wick_var fall = wick_expm1(wick_neg(wick_div(d, p->parameter[1].var)));
    const wick_var apart = wick_add(wick_div(d, q->parameter[1].var), wick_mul(ratio, fall));
    return wick_add(apart, wick_sub(wick_sub(ratio, 1.0), wick_log(ratio)));
}

const wick_dist_type wicki_dist_laplace = { .name = "laplace",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &laplace_density,
    .sample = laplace_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = laplace_mean,
    .variance = laplace_variance,
    .entropy = laplace_entropy,
    .cdf = laplace_cdf,
    .quantile = laplace_quantile,
    .kl = laplace_kl };

wick_dist(wick_laplace)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_laplace, .parameter = { loc, scale } };
}
