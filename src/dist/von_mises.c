#include "base/bessel.h"
#include "base/trigonometry.h"
#include "dist/density.h"
#include "dist/law.h"

/* 2 sin^2(d / 2) = 1 - cos d, without cancellation */
WICKI_INLINE double versine(double d)
{
    const double s = wicki_sin(0.5 * d);

    return 2.0 * s * s;
}

/*
 * kappa (cos d - 1) - log(2 pi I_0(kappa) e^-kappa) with d = x - loc. Angles that differ by turns are
 * the same.
 */
WICKI_DENSITY_2(von_mises, loc, kappa, d, x - loc, kappa > 0.0, fabs(x) < INFINITY,
    -kappa *versine(d) - (WICKI_LOG_2 + WICKI_LOG_PI + wicki_log_bessel_i0_scaled(kappa)),
    -kappa *wicki_sin(d),                           /* d / dx */
    kappa *wicki_sin(d),                            /* d / dloc */
    (1.0 - wicki_bessel_ratio(kappa)) - versine(d)) /* d / dkappa */

WICKI_DENSITY_OP(von_mises, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* The angle from -pi to pi that is y and some turns. */
static double wrapped(double y)
{
    const double turn = 2.0 * WICKI_PI, z = y - turn * floor(y / turn + 0.5);

    return fabs(y) <= WICKI_PI ? y : wicki_max(-WICKI_PI, wicki_min(WICKI_PI, z));
}

/*
 * Best & Fisher (1979), Efficient simulation of the von Mises distribution, Applied Statistics 28:
 * a wrapped Cauchy is accepted with probability c e^(1 - c), c = kappa (r - cos y). Here it is
 * y = 2 atan(t), t = g tan(pi v / 2) of a uniform v on (-1, 1), with g^2 = (r - 1) / (r + 1) = 1 / m,
 * m = 2 kappa + (1 + 4 kappa^2)^(1/2), kappa (r - 1) = (1 + 1 / m) / 2, and cos y - 1 = -2 t^2 / (1 +
 * t^2): nothing cancels for any kappa.
 */
static double around_zero(wicki_stream *stream, double kappa)
{
    const double twice = 2.0 * kappa, m = twice + sqrt(1.0 + twice * twice);

    if (!(kappa >= 0.0 && kappa < INFINITY))
        return NAN;
    for (;;) {
        const double t = wicki_tan(WICKI_PI * (wicki_uniform(stream) - 0.5)) / sqrt(m);
        const double c = 0.5 * (1.0 + 1.0 / m) + twice * (t * t / (1.0 + t * t));

        if (wicki_exponential(stream) >= c - 1.0 - wicki_log(c))
            return 2.0 * wicki_atan(t);
    }
}

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wrapped(*d->in[0] + around_zero(stream, *d->in[1]));
}

static const wicki_draw_kind KIND = { .name = "wick_von_mises", .draw = draw };

static wick_var von_mises_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

/* --- moments --------------------------------------------------------------------------------- */

/* The direction of E[(cos x, sin x)], and what its length lacks of 1. */
static wick_var von_mises_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var von_mises_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_sub(1.0, wick_bessel_ratio(dist->parameter[1].var));
}

/* log(2 pi I_0(kappa)) - kappa I_1(kappa) / I_0(kappa) */
static wick_var von_mises_entropy(wick *w, const wick_dist *dist)
{
    const wick_var kappa = dist->parameter[1].var;
    const wick_var pull = wick_mul(kappa, wick_bessel_ratio(kappa));

    (void)w;
    return wick_add(WICKI_LOG_2 + WICKI_LOG_PI, wick_sub(wick_log_bessel_i0(kappa), pull));
}

/* log(I_0(kappa_q) / I_0(kappa_p)) + A (kappa_p - kappa_q cos(loc_p - loc_q)), A the mean length of p */
static wick_var von_mises_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    const wick_var kappa = p->parameter[1].var, other = q->parameter[1].var;

    (void)w;
    if (q->type != &wicki_dist_von_mises)
        return WICK_VAR_NONE;
    const wick_var cosine = wick_cos(wick_sub(p->parameter[0].var, q->parameter[0].var));
    const wick_var pull = wick_sub(kappa, wick_mul(other, cosine));
    const wick_var norms = wick_sub(wick_log_bessel_i0(other), wick_log_bessel_i0(kappa));
    return wick_add(norms, wick_mul(wick_bessel_ratio(kappa), pull));
}

const wick_dist_type wicki_dist_von_mises = { .name = "von_mises",
    .n_parameters = 2,
    .parameter_names = { "loc", "concentration" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &von_mises_density,
    .sample = von_mises_sample,
    .support = { .kind = WICK_INTERVAL, .lower = -WICKI_PI, .upper = WICKI_PI },
    .mean = von_mises_mean,
    .variance = von_mises_variance,
    .entropy = von_mises_entropy,
    .kl = von_mises_kl };

wick_dist(wick_von_mises)(wick_operand loc, wick_operand concentration)
{
    return (wick_dist){ .type = &wicki_dist_von_mises, .parameter = { loc, concentration } };
}
