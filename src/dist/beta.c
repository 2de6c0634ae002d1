#include "dist/density.h"
#include "dist/sample.h"

#include <float.h>

/*
 * (a - 1) log x + (b - 1) log(1 - x) - log B(a, b), written about the mean a / (a + b) so that it
 * keeps its precision when a and b are large: with d = x b - (1 - x) a, x s / a = 1 + d / a and
 * (1 - x) s / b = 1 - d / b.
 */
WICKI_INLINE double beta_log_density(double x, double a, double b)
{
    const double s = a + b, rest = 1.0 - x, d = x * b - rest * a;
    const double first = a * wicki_log_minus(x * s / a, d / a);
    const double second = b * wicki_log_minus(rest * s / b, -d / b);
    const double errors =
        wicki_stirling_error(s) - (wicki_stirling_error(a) + wicki_stirling_error(b));

    return (first + second) + errors + 0.5 * wicki_log(a * (b / s)) - wicki_log(x) -
        wicki_log1p(-x) - WICKI_HALF_LOG_2PI;
}

WICKI_DENSITY_2(beta, a, b, s, a + b, a > 0.0 && b > 0.0, x > 0.0 && x < 1.0,
    beta_log_density(x, a, b),                                               /* log density */
    (a - 1.0) / x - (b - 1.0) / (1.0 - x),                                   /* d / dx */
    wicki_log(x) - wicki_digamma_positive(a) + wicki_digamma_positive(s),    /* d / da */
    wicki_log1p(-x) - wicki_digamma_positive(b) + wicki_digamma_positive(s)) /* d / db */

WICKI_DENSITY_OP(beta, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* G / (G + H) of two gammas, from their logarithms: neither is lost if both are tiny. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double g = wicki_log_gamma_draw(stream, *d->in[0]);
    const double h = wicki_log_gamma_draw(stream, *d->in[1]);

    *d->out = wicki_min(1.0 - 0.5 * DBL_EPSILON, wicki_max(DBL_MIN, wicki_sigmoid(g - h)));
}

static const wicki_draw_kind KIND = { .name = "wick_beta", .draw = draw };

static wick_var beta_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

const wick_dist_type wicki_dist_beta = { .name = "beta",
    .n_parameters = 2,
    .parameter_names = { "concentration1", "concentration0" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &beta_density,
    .sample = beta_sample,
    .support = { .kind = WICK_UNIT_INTERVAL } };

wick_dist(wick_beta)(wick_operand concentration1, wick_operand concentration0)
{
    return (wick_dist){ .type = &wicki_dist_beta, .parameter = { concentration1, concentration0 } };
}
