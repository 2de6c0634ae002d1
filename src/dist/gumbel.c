#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

/* An infinite value would make infinity less infinity of z and e^-z. */
WICKI_DENSITY_2(gumbel, loc, scale, z, (x - loc) / scale, scale > 0.0, fabs(x) < INFINITY,
    -(z + wicki_exp(-z)) - wicki_log(scale), /* log density */
    wicki_expm1(-z) / scale,                 /* d / dx */
    -wicki_expm1(-z) / scale,                /* d / dloc */
    (-1.0 - z * wicki_expm1(-z)) / scale)    /* d / dscale */

WICKI_DENSITY_OP(gumbel, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* By inversion: -log u is exponential. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = -wicki_log(wicki_exponential(stream));
}

static const wicki_draw_kind STANDARD = { .name = "wick_gumbel", .draw = draw };

static wick_var gumbel_sample(wick *w, const wick_dist *dist)
{
    return wicki_located_draw(w, dist, &STANDARD);
}

/* --- moments --------------------------------------------------------------------------------- */

static const double PI_SQUARED_BY_6 = 1.6449340668482264;

static wick_var gumbel_mean(wick *w, const wick_dist *dist)
{
    return wicki_located(dist, wick_num(w, WICKI_EULER_GAMMA));
}

static wick_var gumbel_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(PI_SQUARED_BY_6, wick_square(dist->parameter[1].var));
}

static wick_var gumbel_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(1.0 + WICKI_EULER_GAMMA, wick_log(dist->parameter[1].var));
}

/* exp(-e^-z) */
static wick_var gumbel_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_exp(wick_neg(wick_exp(wick_neg(wicki_standardised(dist, x)))));
}

/* -log(-log p) */
static wick_var gumbel_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wicki_located(dist, wick_neg(wick_log(wick_neg(wick_log(p)))));
}

/* With r = scale_p / scale_q, t = (loc_p - loc_q) / scale_q: gamma (r - 1) - log r + t +
 * Gamma(1 + r) e^-t - 1. */
static wick_var gumbel_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_gumbel)
        return wicki_kl_across(w, p, q);
    const wick_var ratio = wick_div(p->parameter[1].var, q->parameter[1].var);
    const wick_var t =
        wick_div(wick_sub(p->parameter[0].var, q->parameter[0].var), q->parameter[1].var);
    const wick_var decay = wick_expm1(wick_sub(wick_lgamma(wick_add(1.0, ratio)), t));
    const wick_var linear = wick_add(t, wick_mul(WICKI_EULER_GAMMA, wick_sub(ratio, 1.0)));
    return wick_add(wick_sub(linear, wick_log(ratio)), decay);
}

const wick_dist_type wicki_dist_gumbel = { .name = "gumbel",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &gumbel_density,
    .sample = gumbel_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = gumbel_mean,
    .variance = gumbel_variance,
    .entropy = gumbel_entropy,
    .cdf = gumbel_cdf,
    .quantile = gumbel_quantile,
    .kl = gumbel_kl };

wick_dist(wick_gumbel)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_gumbel, .parameter = { loc, scale } };
}
