#include "base/bessel.h"

#include "base/special.h"

static const double LOG_2PI = 1.8378770664093454836;

/* From here on the asymptotic series. */
static const double LARGE = 30.0;

/* I_0(x) - 1 and I_1(x) / (x / 2) by their power series (DLMF 10.25.2), all terms positive. */
static void power_series(double x, double *i0_rest, double *i1)
{
    const double u = 0.25 * x * x;
    double term = 1.0, rest = 0.0, odd = 1.0;

    for (double k = 1.0; term > 0x1p-60 * odd; k += 1.0) {
        term *= u / (k * k);
        rest += term;
        odd += term / (k + 1.0);
    }
    *i0_rest = rest;
    *i1 = odd;
}

/* sqrt(2 pi x) e^-x I_0(x) - 1 and sqrt(2 pi x) e^-x I_1(x) (DLMF 10.40.1); the terms no
 * longer matter before they grow. */
static void asymptotic_series(double x, double *i0_rest, double *i1)
{
    const double u = 0.125 / x;
    double even = 1.0, odd = 1.0, rest = 0.0, sum = 1.0;

    for (double k = 1.0; even > 0x1p-60; k += 1.0) {
        const double m = 2.0 * k - 1.0;
        even *= u * m * m / k;
        odd *= -u * (4.0 - m * m) / k;
        rest += even;
        sum += odd;
    }
    *i0_rest = rest;
    *i1 = sum;
}

double wicki_log_bessel_i0_scaled(double x)
{
    double rest, i1;

    if (!(x < INFINITY))
        return x > 0.0 ? -INFINITY : x;
    if (x < LARGE) {
        power_series(x, &rest, &i1);
        return wicki_log1p(rest) - x;
    }
    asymptotic_series(x, &rest, &i1);
    return wicki_log1p(rest) - 0.5 * (LOG_2PI + wicki_log(x));
}

double wicki_log_bessel_i0(double x)
{
    const double a = fabs(x);
    double rest, i1;

    if (!(a < INFINITY))
        return a;
    if (a >= LARGE)
        return a + wicki_log_bessel_i0_scaled(a);
    power_series(a, &rest, &i1);
    return wicki_log1p(rest);
}

double wicki_bessel_ratio(double x)
{
    const double a = fabs(x);
    double rest, i1;

    if (!(a < INFINITY))
        return a > 0.0 ? copysign(1.0, x) : x;
    if (a < LARGE)
        power_series(a, &rest, &i1);
    else
        asymptotic_series(a, &rest, &i1);
    return copysign((a < LARGE ? 0.5 * a : 1.0) * i1 / (1.0 + rest), x);
}

/* The asymptotic series of the ratio, by long division of those above, differentiated; in v =
 * 1/x. */
static double slope_series(double v)
{
    double p = 54465300743287.0 / 16777216;

    p = wicki_horner4(
        p, v, 945920833.0 / 2048, 74139092727.0 / 1048576, 23985071.0 / 2048, 276923875.0 / 131072);
    p = wicki_horner4(p, v, 214173.0 / 512, 375733.0 / 4096, 721.0 / 32, 3219.0 / 512);
    p = wicki_horner4(p, v, 65.0 / 32, 25.0 / 32, 0.375, 0.25);
    return v * v * (0.5 + v * p);
}

double wicki_bessel_ratio_slope(double x)
{
    const double a = fabs(x), ratio = wicki_bessel_ratio(a);

    if (a >= LARGE)
        return slope_series(1.0 / a);
    return a < 1e-8 ? 0.5 : 1.0 - ratio / a - ratio * ratio;
}
