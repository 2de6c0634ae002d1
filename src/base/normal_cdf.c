#include "base/normal_cdf.h"

#include "base/quadrature.h"

static const double LOG_ROOT_2PI = 0.9189385332046727;
static const double ROOT_HALF = 0.7071067811865476, ROOT_HALF_LOST = -4.833646656726457e-17;
static const double ONE_OVER_ROOT_PI = 0.5641895835477563;

/* Below this, asymptotic series: erfc is near its underflow. */
static const double FAR = -36.0;

/* a b - p, where p is the rounded product */
static double lost_of_product(double a, double b, double p)
{
    const double a_head = wicki_head(a), a_rest = a - a_head;
    const double b_head = wicki_head(b), b_rest = b - b_head;

    return ((a_head * b_head - p) + a_head * b_rest + a_rest * b_head) + a_rest * b_rest;
}

/* erfc(-x / sqrt 2) / 2, where what rounding the argument lost comes back by the derivative. */
double wicki_normal_cdf(double x)
{
    if (!(x > -40.0 && x < 40.0))
        return x != x ? x : x > 0.0 ? 1.0 : 0.0;
    const double a = wicki_pinned(x * ROOT_HALF);
    const double lost = lost_of_product(x, ROOT_HALF, a) + x * ROOT_HALF_LOST;

    return 0.5 * wicki_erfc(-a) + lost * ONE_OVER_ROOT_PI * wicki_exp(-a * a);
}

double wicki_normal_density(double x)
{
    const double bound = wicki_min(40.0, fabs(x)), square = wicki_pinned(bound * bound);
    const double lost = lost_of_product(bound, bound, square);

    return wicki_exp_sum(-0.5 * square, -0.5 * lost) * (ONE_OVER_ROOT_PI * ROOT_HALF);
}

/* -x Phi(x) / density = 1 - 1/x^2 + 3/x^4 - ... (DLMF 7.12.1), less 1 */
static double mills_rest(double x)
{
    const double u = 1.0 / (x * x);

    return u * (-1.0 + u * (3.0 + u * (-15.0 + u * (105.0 + u * (-945.0 + u * 10395.0)))));
}

double wicki_log_normal_cdf(double x)
{
    if (x > 0.0)
        return wicki_log1p(-wicki_normal_cdf(-x));
    if (!(x < FAR))
        return wicki_log(wicki_normal_cdf(x));
    return -0.5 * x * x - LOG_ROOT_2PI - wicki_log(-x) + wicki_log1p(mills_rest(x));
}

double wicki_log_normal_cdf_slope(double x)
{
    if (x < FAR)
        return -x / (1.0 + mills_rest(x));
    return wicki_normal_density(x) / wicki_normal_cdf(x);
}

double wicki_log1mexp(double x)
{
    const double half = 0.6931471805599453;

    if (!(x >= 0.0))
        return NAN;
    return x < half ? wicki_log(-wicki_expm1(-x)) : wicki_log1p(-wicki_exp(-x));
}

/* --- intervals -------------------------------------------------------------------------------- */

/* log of the integral of density(a + s) / density(a) over 0 < s < width, for a >= 0 */
static double log_ratio_beyond(double a, double width)
{
    const double reach = wicki_min(width, wicki_parabola_reach(a, 0.5));
    double sum = 0.0;

    for (int i = 0; i < WICKI_GAUSS; i++) {
        const double s = reach * wicki_gauss_point[i];
        sum += wicki_gauss_weight[i] * wicki_exp(-s * (a + 0.5 * s));
    }
    return wicki_log(reach) + wicki_log(sum);
}

/* The interval turned to the upper side, or with 0 in it. */
double wicki_log_normal_interval(double a, double b)
{
    if (!(a <= b))
        return NAN;
    if (a == b)
        return -INFINITY;
    if (a >= 0.0 && a < INFINITY)
        return -0.5 * a * a - LOG_ROOT_2PI + log_ratio_beyond(a, b - a);
    if (b <= 0.0 && b > -INFINITY)
        return -0.5 * b * b - LOG_ROOT_2PI + log_ratio_beyond(-b, b - a);
    if (a < -1.0 && b > 1.0)
        return wicki_log1p(-(wicki_normal_cdf(a) + wicki_normal_cdf(-b)));
    return wicki_log(0.5 * (wicki_erf(b * ROOT_HALF) - wicki_erf(a * ROOT_HALF)));
}

/* density(x) / probability, where a <= x is the end of the interval that is nearer to 0: its square
 * cancels that in the logarithm. */
static double share(double x, double nearest, double log_probability)
{
    const double square = 0.5 * (nearest - x) * (nearest + x);

    return wicki_exp(square - LOG_ROOT_2PI - (log_probability + 0.5 * nearest * nearest));
}

void wicki_log_normal_interval_slopes(double a, double b, double *by_a, double *by_b)
{
    const double nearest = a >= 0.0 ? a : b <= 0.0 ? b : 0.0;
    const double log_probability = wicki_log_normal_interval(a, b);

    *by_a = a == -INFINITY ? 0.0 : -share(a, nearest, log_probability);
    *by_b = b == INFINITY ? 0.0 : share(b, nearest, log_probability);
}
