#include "dist/density.h"
#include "dist/sample.h"

/*
 * x log rate - rate - log x!, written about the mode x = rate so that it keeps its precision when
 * both are large (see wicki_stirling_error).
 */
WICKI_INLINE double poisson_log_density(double x, double rate)
{
    const double above = x * wicki_log_minus(rate / x, (rate - x) / x) - 0.5 * wicki_log(x) -
        WICKI_HALF_LOG_2PI - wicki_stirling_error(x);

    return x > 0.0 ? above : -rate;
}

/* Adding 2^52 rounds to an integer, as floor does not without a call. At rate 0 there is only 0. */
WICKI_DENSITY_1(poisson, rate, whole, x < 0x1p52 ? (x + 0x1p52) - 0x1p52 : x,
    rate >= 0.0 && rate < INFINITY,
    x >= 0.0 && x < INFINITY && x == whole && (rate > 0.0 || x == 0.0),
    poisson_log_density(x, rate),     /* log density */
    0.0,                              /* d / dx */
    (x > 0.0 ? x / rate : 0.0) - 1.0) /* d / drate */

WICKI_DENSITY_OP(poisson, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* From this rate on by rejection: the transformed density is made for rates of at least 10. */
static const double REJECTION_FROM = 10.0;

/*
 * The least k with P(X <= k) > u. Beyond the last bits of u, where the sum of the probabilities may
 * stay below u by rounding, it stops: they are less than 2^-60 there and falling.
 */
static double invert(wicki_stream *stream, double rate)
{
    double left = wicki_uniform(stream), p = wicki_exp(-rate), k = 0.0;

    while (left >= p && (p > 0x1p-60 || k < rate)) {
        left -= p;
        k += 1.0;
        p *= rate / k;
    }
    return k;
}

/*
 * Hoermann (1993), The transformed rejection method for generating Poisson random variables,
 * Insurance: Mathematics and Economics 12, algorithm PTRS: k = floor(G(u)) of a uniform u on
 * (-1/2, 1/2), whose density is under a table mountain with a squeeze.
 */
static double reject(wicki_stream *stream, double rate)
{
    const double b = 0.931 + 2.53 * sqrt(rate), a = -0.059 + 0.02483 * b;
    const double area = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2.0);

    for (;;) {
        const double u = wicki_uniform(stream) - 0.5, v = wicki_uniform(stream);
        const double edge = 0.5 - fabs(u);
        const double k = floor((2.0 * a / edge + b) * u + rate + 0.43);

        if (edge >= 0.07 && v <= squeeze)
            return k;
        if (k < 0.0 || (edge < 0.013 && v > edge))
            continue;
        if (wicki_log(v * area / (a / (edge * edge) + b)) <= poisson_log_density(k, rate))
            return k;
    }
}

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double rate = *d->in[0];

    *d->out = rate < REJECTION_FROM ? invert(stream, rate) : reject(stream, rate);
}

static const wicki_draw_kind KIND = { .name = "wick_poisson", .draw = draw };

static wick_var poisson_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

const wick_dist_type wicki_dist_poisson = { .name = "poisson",
    .n_parameters = 1,
    .parameter_names = { "rate" },
    .parameter_domain = { { .kind = WICK_NONNEGATIVE } },
    .log_prob = &poisson_density,
    .sample = poisson_sample,
    .support = { WICK_INTEGER_INTERVAL, 0.0, INFINITY } };

wick_dist(wick_poisson)(wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_poisson, .parameter = { rate } };
}
