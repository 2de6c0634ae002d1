#include "base/trigonometry.h"

#include "base/special.h"

static const double TWO_OVER_PI = 0.6366197723675814;

/* pi / 2 in three parts, the first two of 33 bits: 20-bit multiples of them are exact. */
static const double FIRST = 0x1.921fb544p+0, SECOND = 0x1.0b4611a6p-34;
static const double THIRD = 0x1.3198a2e037073p-69;

static const double HALF_PI = 1.5707963267948966, HALF_PI_LOST = 6.123233995736766e-17;

/* An angle |x| = quadrant pi / 2 + r + lost, |r| at most about pi / 4. */
typedef struct angle {
    double r, lost;
    unsigned quadrant;
} angle;

/* Cody & Waite (1980), chapter 8, with multiples of up to 40 bits in two halves. */
static angle reduce(double signed_x)
{
    const double x = fabs(signed_x);

    if (!(x <= 0x1p40))
        return (angle){ NAN, 0.0, 0 };
    const double k = floor(x * TWO_OVER_PI + 0.5), high = floor(k * 0x1p-20) * 0x1p20;
    const double low = k - high;
    const double rest = ((x - high * FIRST) - low * FIRST) - high * SECOND;
    const double second = low * SECOND, third = k * THIRD;
    const double near = rest - second, r = near - third;

    return (angle){ r, ((rest - near) - second) + ((near - r) - third), (unsigned)(int64_t)k & 3u };
}

static double sine_of(const angle *a)
{
    const double r = a->r, w = r * r;
    const double p = wicki_horner4(1.0 / 355687428096000.0, w, -1.0 / 1307674368000.0,
        1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0);
    const double tail = ((p * w - 1.0 / 5040.0) * w + 1.0 / 120.0) * w - 1.0 / 6.0;

    return r + (r * (w * tail) + a->lost * (1.0 - 0.5 * w));
}

static double cosine_of(const angle *a)
{
    const double r = a->r, w = r * r, half = 0.5 * w, head = 1.0 - half;
    const double p = wicki_horner4(1.0 / 20922789888000.0, w, -1.0 / 87178291200.0,
        1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0);
    const double tail = ((p * w - 1.0 / 720.0) * w + 1.0 / 24.0) * w * w;

    return head + (((1.0 - head) - half) + (tail - r * a->lost));
}

double wicki_sin(double x)
{
    const angle a = reduce(x);
    const double y = a.quadrant & 1u ? cosine_of(&a) : sine_of(&a);

    return copysign(1.0, x) * (a.quadrant & 2u ? -y : y);
}

double wicki_cos(double x)
{
    const angle a = reduce(x);
    const double y = a.quadrant & 1u ? sine_of(&a) : cosine_of(&a);

    return a.quadrant == 1 || a.quadrant == 2 ? -y : y;
}

double wicki_tan(double x)
{
    const angle a = reduce(x);
    const double sine = sine_of(&a), cosine = cosine_of(&a);

    const double y = a.quadrant & 1u ? -cosine / sine : sine / cosine;

    return copysign(1.0, x) * y;
}

/* atan(u) for |u| <= tan(pi / 8): u times a polynomial in u^2 that interpolates atan(u) / u, from
 * tests/oracle/special_coefficients.py */
static double arc_inner(double u)
{
    const double w = u * u;
    double p = -0.01780477396050943 * w + 0.03796469507021349;

    p = wicki_horner4(
        p, w, -0.05035080589113427, 0.05846873503411509, -0.06662951162727927, 0.07692045274291998);
    p = wicki_horner4(
        p, w, -0.09090896805912162, 0.11111110744810647, -0.14285714279248055, 0.19999999999940868);
    return u + u * (w * (p * w - 0.3333333333333312));
}

/* atan(a) for 0 <= a <= 1; above tan(pi / 8) it is pi / 4 + atan((a - 1) / (a + 1)). */
static double arc(double a)
{
    if (a <= 0.41421356237309503)
        return arc_inner(a);
    return 0.5 * HALF_PI + (0.5 * HALF_PI_LOST + arc_inner((a - 1.0) / (a + 1.0)));
}

double wicki_atan(double x)
{
    const double a = fabs(x);
    const double y = a > 1.0 ? HALF_PI - (arc(1.0 / a) - HALF_PI_LOST) : arc(a);

    return x != x ? x : copysign(y, x);
}

double wicki_atan2(double y, double x)
{
    if (x != x || y != y)
        return NAN;
    const int both = fabs(x) == INFINITY && fabs(y) == INFINITY;
    const double a = both ? 1.0 : fabs(y), b = both ? 1.0 : fabs(x);

    if (a == 0.0 && b == 0.0)
        return copysign(0.0, y);
    const double acute = a <= b ? arc(a / b) : HALF_PI - (arc(b / a) - HALF_PI_LOST);
    const double turned = x < 0.0 ? 2.0 * HALF_PI - (acute - 2.0 * HALF_PI_LOST) : acute;
    return copysign(turned, y);
}
