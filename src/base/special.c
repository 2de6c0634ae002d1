#include "base/special.h"

static const double PI = 3.141592653589793;

/* x - n for the nearest integer n: exact */
static double from_nearest(double x)
{
    const double below = floor(x);

    return x - (x - below > 0.5 ? below + 1.0 : below);
}

/* sin(pi r) for |r| <= 0.25, Taylor */
static double sine_inner(double r)
{
    const double z = PI * r, w = z * z;
    const double p = wicki_horner4(1.0 / 355687428096000.0, w, -1.0 / 1307674368000.0,
        1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0);

    return z + z * (w * (((p * w - 1.0 / 5040.0) * w + 1.0 / 120.0) * w - 1.0 / 6.0));
}

/* cos(pi r) for |r| <= 0.25, Taylor */
static double cosine_inner(double r)
{
    const double z = PI * r, w = z * z;
    const double p = wicki_horner4(1.0 / 20922789888000.0, w, -1.0 / 87178291200.0,
        1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0);

    return 1.0 + w * (((p * w - 1.0 / 720.0) * w + 1.0 / 24.0) * w - 0.5);
}

/* |sin(pi r)| for |r| <= 0.5 */
static double sine(double r)
{
    const double a = fabs(r);

    return a > 0.25 ? cosine_inner(0.5 - a) : sine_inner(a);
}

/* |cos(pi r)| for |r| <= 0.5 */
static double cosine(double r)
{
    const double a = fabs(r);

    return a > 0.25 ? sine_inner(0.5 - a) : cosine_inner(a);
}

/* Gamma(x) Gamma(-x) = -pi / (x sin(pi x)); the product x sin(pi x) would underflow near 0. */
double wicki_lgamma_reflected(double x)
{
    const double r = from_nearest(x);

    if (r == 0.0 || x == -INFINITY)
        return INFINITY;
    return -wicki_log(sine(r) / PI) - wicki_log(-x) - wicki_lgamma_positive(-x);
}

/* psi(x) = psi(1 - x) - pi cot(pi x) */
double wicki_digamma_reflected(double x)
{
    const double r = from_nearest(x);

    if (r == 0.0)
        return NAN;
    return wicki_digamma_positive(1.0 - x) - copysign(PI * cosine(r) / sine(r), r);
}

/* psi'(x) = pi^2 / sin(pi x)^2 - psi'(1 - x) */
double wicki_trigamma_reflected(double x)
{
    const double r = from_nearest(x), ratio = PI / sine(r);

    return ratio * ratio - wicki_trigamma_positive(1.0 - x);
}

/* An unevaluated sum; high is the sum rounded, or its head. */
typedef struct pair {
    double high, low;
} pair;

/* atanh(s)/s - 1 = s^2/3 + s^4/5 + ... for s = head + rest, |s| < 0.172; the first term takes twice
 * the working precision, the others are below 2^-12. */
static pair atanh_terms(double head, double rest)
{
    const double third_head = 0x1.555555p-2, third_rest = 0x1.5555555555555p-28;
    const double square = head * head, more = rest * (2.0 * head + rest), w = square + more;
    const double w_head = wicki_head(w), w_rest = (square - w_head) + more;
    double p = (0.05861541735342276 * w + 0.058531227193470314) * w + 0.06667402177031725;

    p = p * w + 0.07692297484382873;
    p = wicki_horner4(p, w, 0.09090909167667167, 0.11111111110828072, 0.14285714285714682, 0.2);
    const double leading = w_head * third_head;
    const double others = w_head * third_rest + (w_rest * (1.0 / 3.0) + w * w * p);
    const double high = wicki_head(leading + others);

    return (pair){ high, (leading - high) + others };
}

/* log(x) for positive finite x, to about 2^-66: log(2^k m) = k ln 2 + 2 atanh(s), s = f / (2 + f)
 * with f = m - 1 as in wicki_log. Heads have 26 bits, so their products are exact. */
static pair log_pair(double x)
{
    const int subnormal = x < 0x1p-1022;
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u;
    const uint64_t bits = wicki_to_bits(subnormal ? x * 0x1p54 : x) + (one - sqrt_half);
    const double m = wicki_from_bits((bits & 0x000fffffffffffffu) + sqrt_half);
    const double k = (double)(int)(bits >> 52) - (subnormal ? 1023.0 + 54.0 : 1023.0);

    const double f = m - 1.0, g = 2.0 + f, g_lost = f - (g - 2.0), g_head = wicki_head(g);
    const double s = wicki_head(f / g);
    const double rest = (((f - s * g_head) - s * (g - g_head)) - s * g_lost) / g;
    const pair terms = atanh_terms(s, rest);

    /* three parts, each below the one before: k ln 2, 2 s, 2 s terms.high; sums without loss */
    const double first = k * WICKI_LN2_HIGH, second = 2.0 * s, third = second * terms.high;
    const double partial = first + second, high = partial + third;
    const double lost = (second - (partial - first)) + (third - (high - partial));
    const double small = 2.0 * (rest + (rest * (terms.high + terms.low) + s * terms.low));
    const double low = (lost + k * WICKI_LN2_LOW) + small, sum = high + low;

    return (pair){ sum, low - (sum - high) };
}

/* e^(y log x) for positive finite x and finite y */
static double positive_power(double x, double y)
{
    const double bound = 0x1p66; /* beyond, every x but 1 gives 0 or inf */
    const double z = wicki_max(wicki_min(bound, y), -bound), z_head = wicki_head(z);
    const pair l = log_pair(x);
    const double l_head = wicki_head(l.high), l_rest = l.high - l_head, z_rest = z - z_head;
    const double product = wicki_pinned(z * l.high);
    const double lost = (((z_head * l_head - product) + z_head * l_rest) + z_rest * l_head) +
        (z_rest * l_rest + z * l.low);

    return wicki_exp_sum(product, fabs(product) < 720.0 ? lost : 0.0);
}

static int is_odd(double y)
{
    return fabs(y) < 0x1p53 && y == floor(y) && 0.5 * y != floor(0.5 * y);
}

/* |x|^y where |x| or y is 0 or infinite */
static double edge_power(double x, double y)
{
    if (x == 1.0)
        return 1.0;
    return (x > 1.0) == (y > 0.0) ? INFINITY : 0.0;
}

double wicki_pow(double x, double y)
{
    const double a = fabs(x), sign = signbit(x) && is_odd(y) ? -1.0 : 1.0;

    if (y == 0.0 || x == 1.0)
        return 1.0;
    if (isnan(x) || isnan(y))
        return NAN;
    if (a == 0.0 || isinf(a) || isinf(y))
        return sign * edge_power(a, y);
    if (x < 0.0 && y != floor(y))
        return NAN;
    return sign * positive_power(a, y);
}
