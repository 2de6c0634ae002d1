/* The Cauchy and the absolute value of one. */
#include "base/trigonometry.h"
#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

/*
 * Of a distance d >= 0 from the location: scale / (scale^2 + d^2) in logs, by the ratio of the
 * smaller of the two to the larger one, which does not overflow.
 */
WICKI_INLINE double log_kernel(double d, double scale)
{
    const double large = wicki_max(scale, d), ratio = wicki_min(scale, d) / large;

    return (wicki_log(scale) - wicki_log(large)) - wicki_log(large) - wicki_log1p(ratio * ratio);
}

/* scale d / (scale^2 + d^2) */
WICKI_INLINE double product(double d, double scale)
{
    const double a = fabs(d), ratio = a < scale ? d / scale : scale / d;

    return ratio / (1.0 + ratio * ratio);
}

/* (d^2 - scale^2) / (d^2 + scale^2) */
WICKI_INLINE double difference(double d, double scale)
{
    const double a = fabs(d), ratio = a < scale ? d / scale : scale / d, square = ratio * ratio;

    return (a < scale ? square - 1.0 : 1.0 - square) / (1.0 + square);
}

WICKI_DENSITY_2(cauchy, loc, scale, d, x - loc, scale > 0.0, true,
    log_kernel(fabs(d), scale) - WICKI_LOG_PI, /* log density */
    -2.0 * product(d, scale) / scale,          /* d / dx */
    2.0 * product(d, scale) / scale,           /* d / dloc */
    difference(d, scale) / scale)              /* d / dscale */

static const double LOG_2_OVER_PI = -0.45158270528945486;

WICKI_DENSITY_1(half_cauchy, scale, d, x, scale > 0.0, x >= 0.0,
    log_kernel(d, scale) + LOG_2_OVER_PI, /* log density */
    -2.0 * product(d, scale) / scale,     /* d / dx */
    difference(d, scale) / scale)         /* d / dscale */

WICKI_DENSITY_OP(cauchy, wicki_density_explain);
WICKI_DENSITY_OP(half_cauchy, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* By inversion, from the nearer end: the quantile is -cot(pi u). */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double u = wicki_uniform(stream);

    *d->out = u < 0.5 ? -1.0 / wicki_tan(WICKI_PI * u) : 1.0 / wicki_tan(WICKI_PI * (1.0 - u));
}

/* tan(pi u / 2) */
static void draw_half(wicki_stream *stream, const wicki_drawing *d)
{
    const double u = wicki_uniform(stream);

    *d->out = u < 0.5 ? wicki_tan(0.5 * WICKI_PI * u) : 1.0 / wicki_tan(0.5 * WICKI_PI * (1.0 - u));
}

static const wicki_draw_kind STANDARD = { .name = "wick_cauchy", .draw = draw };
static const wicki_draw_kind STANDARD_HALF = { .name = "wick_half_cauchy", .draw = draw_half };

static wick_var cauchy_sample(wick *w, const wick_dist *dist)
{
    return wicki_located_draw(w, dist, &STANDARD);
}

static wick_var half_cauchy_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, &STANDARD_HALF, p);

    return (wick_mul)(p[0], wick_operand_var(z));
}

/* --- moments --------------------------------------------------------------------------------- */

/* There is none. */
static wick_var none(wick *w, const wick_dist *dist)
{
    (void)dist;
    return wick_num(w, NAN);
}

static wick_var infinite(wick *w, const wick_dist *dist)
{
    (void)dist;
    return wick_num(w, INFINITY);
}

/* log(4 pi scale) */
static wick_var cauchy_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(2.0 * WICKI_LOG_2 + WICKI_LOG_PI, wick_log(dist->parameter[1].var));
}

/* log(2 pi scale) */
static wick_var half_cauchy_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(WICKI_LOG_2 + WICKI_LOG_PI, wick_log(dist->parameter[0].var));
}

/* 1/2 + atan(z) / pi; far below, where that loses its digits, -atan(1 / z) / pi */
static wick_var cauchy_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var z = wicki_standardised(dist, x);
    const wick_var near = wick_add(0.5, wick_mul(1.0 / WICKI_PI, wick_atan(z)));
    const wick_var far = wick_mul(-1.0 / WICKI_PI, wick_atan(wick_div(1.0, z)));

    (void)w;
    return wick_where(wick_less(z, -1.0), far, near);
}

/* -cot(pi p), the sine from the nearer end */
static wick_var cauchy_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var in = wicki_probability(p);
    const wick_var end = wick_minimum(wick_sub(1.0, in), in);
    const wick_var cosine = wick_cos(wick_mul(WICKI_PI, in));

    (void)w;
    return wicki_located(dist, wick_neg(wick_div(cosine, wick_sin(wick_mul(WICKI_PI, end)))));
}

/* 2 atan(z) / pi */
static wick_var half_cauchy_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var z = wick_div(wick_maximum(0.0, x), dist->parameter[0].var);

    (void)w;
    return wick_mul(2.0 / WICKI_PI, wick_atan(z));
}

/* tan(pi p / 2), the cosine as a sine from the other end */
static wick_var half_cauchy_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var in = wicki_probability(p);
    const wick_var sine = wick_sin(wick_mul(0.5 * WICKI_PI, in));
    const wick_var cosine = wick_sin(wick_mul(0.5 * WICKI_PI, wick_sub(1.0, in)));

    (void)w;
    return wick_mul(dist->parameter[0].var, wick_div(sine, cosine));
}

/* --- types ----------------------------------------------------------------------------------- */

/*
 * log(((scale_p + scale_q)^2 + (loc_p - loc_q)^2) / (4 scale_p scale_q)), of which the ratio less 1 is
 * ((scale_p - scale_q)^2 + (loc_p - loc_q)^2) / (4 scale_p scale_q). Chyzak & Nielsen (2019),
 * arXiv:1905.10965.
 */
static wick_var kl_of_scales(wick_var p, wick_var q, wick_var apart)
{
    const wick_var squares = wick_add(wick_square(wick_sub(p, q)), wick_square(apart));

    return wick_log1p(wick_div(wick_mul(0.25, squares), wick_mul(p, q)));
}

static wick_var cauchy_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_cauchy)
        return wicki_kl_across(w, p, q);
    const wick_var apart = wick_sub(p->parameter[0].var, q->parameter[0].var);
    return kl_of_scales(p->parameter[1].var, q->parameter[1].var, apart);
}

/* that of the cauchys around 0 that they are halves of */
static wick_var half_cauchy_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_half_cauchy)
        return wicki_kl_across(w, p, q);
    return kl_of_scales(p->parameter[0].var, q->parameter[0].var, wick_num(w, 0.0));
}

const wick_dist_type wicki_dist_cauchy = { .name = "cauchy",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &cauchy_density,
    .sample = cauchy_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = none,
    .variance = none,
    .entropy = cauchy_entropy,
    .cdf = cauchy_cdf,
    .quantile = cauchy_quantile,
    .kl = cauchy_kl };

const wick_dist_type wicki_dist_half_cauchy = { .name = "half_cauchy",
    .n_parameters = 1,
    .parameter_names = { "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &half_cauchy_density,
    .sample = half_cauchy_sample,
    .reparameterised = true,
    .support = { .kind = WICK_NONNEGATIVE },
    .mean = infinite,
    .variance = infinite,
    .entropy = half_cauchy_entropy,
    .cdf = half_cauchy_cdf,
    .quantile = half_cauchy_quantile,
    .kl = half_cauchy_kl };

wick_dist(wick_cauchy)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_cauchy, .parameter = { loc, scale } };
}

wick_dist(wick_half_cauchy)(wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_half_cauchy, .parameter = { scale } };
}
