/* Pieces of gamma functions that do not cancel when arguments are large and almost equal. */
#ifndef WICKI_STIRLING_H
#define WICKI_STIRLING_H

#include "base/special.h"

#define WICKI_HALF_LOG_2PI 0.9189385332046727

/**
 * log r - (r - 1), at most 0, from r and u = r - 1, both accurate.
 *
 * With s = u / (2 + u), log(1 + u) = 2 (s + s^3/3 + s^5/5 + ...) and 2 s = u - u s.
 */
WICKI_INLINE double wicki_log_minus(double r, double u)
{
    const double s = u / (2.0 + u), q = s * s;
    const double p = wicki_horner4(
        (q / 21.0 + 1.0 / 19) * q + 1.0 / 17, q, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9);
    const double near = 2.0 * s * q * ((((p * q + 1.0 / 7) * q + 1.0 / 5) * q) + 1.0 / 3) - u * s;
    const double far = u < INFINITY ? wicki_log(r) - u : -INFINITY;

    return fabs(u) < 0.3 ? near : far;
}

/**
 * What Stirling's formula lacks: log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), x > 0.
 *
 * Densities with gamma functions of large and almost equal arguments are sums of these and of
 * wicki_log_minus, without cancellation. Source: Loader (2000), Fast and accurate computation of
 * binomial probabilities; the series is DLMF 5.11.1.
 */
WICKI_INLINE double wicki_stirling_error(double x)
{
    const double v = 1.0 / x, u = v * v;
    const double p = wicki_horner4((u / 156.0 - 691.0 / 360360) * u + 1.0 / 1188, u, -1.0 / 1680,
        1.0 / 1260, -1.0 / 360, 1.0 / 12);
    const double near =
        wicki_lgamma_positive(x) - ((x - 0.5) * wicki_log(x) - x + WICKI_HALF_LOG_2PI);

    return x < 10.0 ? near : v * p;
}

/** log Gamma(x + more) - log Gamma(x), x > 0, more >= 0, also where both are large. */
WICKI_INLINE double wicki_log_gamma_ratio(double x, double more)
{
    const double end = x + more;

    return (x - 0.5) * wicki_log1p(more / x) + more * (wicki_log(end) - 1.0) +
        wicki_stirling_error(end) - wicki_stirling_error(x);
}

/**
 * a log y - y - log Gamma(a), a, y > 0: log(y p(y)) of a gamma p with rate 1, about the mode of the
 * logarithm, y = a, so that it keeps its precision when a is large.
 */
WICKI_INLINE double wicki_gamma_form(double y, double a)
{
    return a * wicki_log_minus(y / a, (y - a) / a) + 0.5 * wicki_log(a) - WICKI_HALF_LOG_2PI -
        wicki_stirling_error(a);
}

#endif
