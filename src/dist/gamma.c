#include "dist/density.h"
#include "dist/sample.h"

#include <float.h>

/*
 * a log y - y - log Gamma(a) - log x with y = rate x, written about the mode y = a so that it keeps
 * its precision when a is large (see wicki_stirling_error).
 */
WICKI_INLINE double gamma_log_density(double x, double a, double rate)
{
    const double y = rate * x;

    return a * wicki_log_minus(y / a, (y - a) / a) - wicki_log(x) + 0.5 * wicki_log(a) -
        WICKI_HALF_LOG_2PI - wicki_stirling_error(a);
}

WICKI_DENSITY_2(gamma, a, rate, y, rate *x, a > 0.0 && rate > 0.0, x > 0.0 && x < INFINITY,
    gamma_log_density(x, a, rate),            /* log density */
    (a - 1.0) / x - rate,                     /* d / dx */
    wicki_log(y) - wicki_digamma_positive(a), /* d / da */
    a / rate - x)                             /* d / drate */

WICKI_DENSITY_OP(gamma, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* Not 0, which is outside the support, where it underflows. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const double x = wicki_gamma(stream, *d->in[0]) / *d->in[1];

    *d->out = x < DBL_MIN ? DBL_MIN : x;
}

static const wicki_draw_kind KIND = { .name = "wick_gamma", .draw = draw };

static wick_var gamma_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

const wick_dist_type wicki_dist_gamma = { .name = "gamma",
    .n_parameters = 2,
    .parameter_names = { "concentration", "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &gamma_density,
    .sample = gamma_sample,
    .support = { .kind = WICK_POSITIVE } };

wick_dist(wick_gamma)(wick_operand concentration, wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_gamma, .parameter = { concentration, rate } };
}
