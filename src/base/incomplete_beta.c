#include "base/incomplete.h"
#include "base/quadrature.h"
#include "base/stirling.h"

#include <stdbool.h>

/* From here on Gauss's rule, below it a series. */
static const double MOST_OF_SERIES = 30.0;

/*
 * One side of the distribution of t as it is seen from x: mass is I or 1 - I over K = x^a (1-x)^b
 * / B(a, b), and by_a and by_b are its derivatives over K: integrals of log t - psi(a) + psi(a +
 * b) and log(1 - t) - psi(b) + psi(a + b).
 */
typedef struct side {
    bool lower;
    double mass, by_a, by_b;
} side;

/* A point: x + y = 1, neither from the other; s = a + b. */
typedef struct point {
    double a, b, s, x, y, log_x, log_y;
} point;

static bool is_parameter(double a)
{
    return a > 0.0 && a < INFINITY;
}

static point point_at(double a, double b, double x, double y)
{
    const double log_x = x < 0.5 ? wicki_log(x) : wicki_log1p(-y);
    const double log_y = x < 0.5 ? wicki_log1p(-x) : wicki_log(y);

    return (point){ a, b, a + b, x, y, log_x, log_y };
}

static point swapped(const point *p)
{
    return (point){ p->b, p->a, p->s, p->y, p->x, p->log_y, p->log_x };
}

/* log K, about the mean (see wicki_log_minus) unless a parameter is small */
static double log_weight(const point *p)
{
    const double d = p->x * p->b - p->y * p->a;
    const double first = p->a * wicki_log_minus(p->x * p->s / p->a, d / p->a);
    const double second = p->b * wicki_log_minus(p->y * p->s / p->b, -d / p->b);
    const double errors =
        wicki_stirling_error(p->s) - (wicki_stirling_error(p->a) + wicki_stirling_error(p->b));

    return (first + second) + errors + 0.5 * wicki_log(p->a * (p->b / p->s)) - WICKI_HALF_LOG_2PI;
}

/* psi(s) - psi(b), s = a + b, which is small where b is large beside a: from there on by the
 * differences of the terms of DLMF 5.11.2. */
static double psi_above(double a, double b, double s)
{
    const double u = 1.0 / b, v = 1.0 / s, difference = a * u * v;
    const double squares = difference * (u + v);

    if (b < 1000.0)
        return wicki_digamma_positive(s) - wicki_digamma_positive(b);
    return wicki_log1p(a / b) + 0.5 * difference + squares / 12.0 -
        squares * (u * u + v * v) / 120.0;
}

/* I = K / a sum_n (s)_n / (a + 1)_n x^n (DLMF 8.17.8), all terms positive; the derivative of the
 * log of term n of I is log x - psi(a + 1 + n) + psi(s + n) by a, log(1 - x) - psi(b) + psi(s + n)
 * by b. */
static side by_series(const point *p)
{
    double term = 1.0 / p->a, above = p->a + 1.0, top = p->s;
    double by_a = p->log_x - wicki_digamma_positive(above) + wicki_digamma_positive(top);
    double by_b = p->log_y + psi_above(p->a, p->b, p->s);
    side r = { true, term, term * by_a, term * by_b };

    while (term > 0x1p-58 * r.mass) {
        term *= top / above * p->x;
        by_a += 1.0 / top - 1.0 / above;
        by_b += 1.0 / top;
        r.mass += term;
        r.by_a += term * by_a;
        r.by_b += term * by_b;
        above += 1.0;
        top += 1.0;
    }
    return r;
}

/*
 * At logit t = logit x + z the weight t^a (1 - t)^b is that of x times e^-g, where, with
 * v = x (e^z - 1),
 *
 *     log(t / x) = z - log(1 + v)    log((1 - t) / (1 - x)) = -log(1 + v)
 *     g = (s x - a) z + s (log(1 + v) - x z)
 *     log(1 + v) - x z = [log(1 + v) - v] + x (e^z - 1 - z)
 */
typedef struct ratio {
    double g, slope, log_w; /* slope of g by z, log(1 + v) */
} ratio;

static ratio ratio_at(const point *p, double gap, double z)
{
    const double e = wicki_expm1(z), v = p->x * e, bend = wicki_log_minus(1.0 + v, v);
    const double rest = fabs(z) < 0.34 ? wicki_exp_tail(z) : e - z;

    return (ratio){ gap * z + p->s * (bend + p->x * rest), gap + p->s * p->x * p->y * e / (1.0 + v),
        bend + v };
}

/* The distance where g, which is convex, comes to WICKI_REACH. */
static double reach_of(const point *p, double gap, double sign)
{
    double s = wicki_parabola_reach(sign * gap, 0.5 * p->s * p->x * p->y);

    for (int i = 0; i < 4; i++) {
        const ratio r = ratio_at(p, gap, sign * s);
        s -= (r.g - WICKI_REACH) / (sign * r.slope);
    }
    return s;
}

static side by_quadrature(const point *p, bool lower)
{
    const double gap = p->s * p->x - p->a, sign = lower ? -1.0 : 1.0;
    const double reach = reach_of(p, gap, sign);
    const double from_a = p->log_x + psi_above(p->b, p->a, p->s);
    const double from_b = p->log_y + psi_above(p->a, p->b, p->s);
    side r = { lower, 0.0, 0.0, 0.0 };

    for (int i = 0; i < WICKI_GAUSS; i++) {
        const double z = sign * reach * wicki_gauss_point[i];
        const ratio at = ratio_at(p, gap, z);
        const double e = reach * wicki_gauss_weight[i] * wicki_exp(-at.g);
        r.mass += e;
        r.by_a += e * (from_a + (z - at.log_w));
        r.by_b += e * (from_b - at.log_w);
    }
    return r;
}

/* For x <= 1/2. */
static side side_of(const point *p)
{
    const bool lower = p->x * (p->s + 2.0) < p->a + 1.0;

    if (lower)
        return p->a < MOST_OF_SERIES ? by_series(p) : by_quadrature(p, true);
    if (p->b >= MOST_OF_SERIES)
        return by_quadrature(p, false);
    const point q = swapped(p);
    const side r = by_series(&q);
    return (side){ false, r.mass, r.by_b, r.by_a };
}

/* --- both sides ------------------------------------------------------------------------------- */

typedef struct answer {
    double lower, upper, log_lower, log_upper, by_a, by_b;
} answer;

static answer turned(answer r)
{
    return (answer){ r.upper, r.lower, r.log_upper, r.log_lower, -r.by_b, -r.by_a };
}

/* For x <= 1/2. */
static answer distribution(const point *p)
{
    const side s = side_of(p);
    const double log_k = log_weight(p), log_tail = wicki_min(0.0, log_k + wicki_log(s.mass));
    const double k = wicki_exp(log_k), tail = wicki_exp(log_tail), rest = 1.0 - tail;
    const double log_rest = wicki_log1p(-tail);

    if (s.lower)
        return (answer){ tail, rest, log_tail, log_rest, k * s.by_a, k * s.by_b };
    return (answer){ rest, tail, log_rest, log_tail, -k * s.by_a, -k * s.by_b };
}

static answer distribution_at(double a, double b, double x, double y)
{
    if (!is_parameter(a) || !is_parameter(b) || x != x || y != y)
        return (answer){ NAN, NAN, NAN, NAN, NAN, NAN };
    if (x <= 0.0)
        return (answer){ 0.0, 1.0, -INFINITY, 0.0, 0.0, 0.0 };
    if (y <= 0.0)
        return (answer){ 1.0, 0.0, 0.0, -INFINITY, 0.0, 0.0 };
    const point p = point_at(a, b, x, y), q = swapped(&p);
    return x <= y ? distribution(&p) : turned(distribution(&q));
}

double wicki_beta_i(double a, double b, double x)
{
    return distribution_at(a, b, x, 1.0 - x).lower;
}

double wicki_beta_i_upper(double a, double b, double x)
{
    return distribution_at(a, b, x, 1.0 - x).upper;
}

double wicki_beta_i_between(double a, double b, double x, double y)
{
    return distribution_at(a, b, x, y).lower;
}

void wicki_beta_i_slopes(double a, double b, double x, double y, double *by_a, double *by_b)
{
    const answer r = distribution_at(a, b, x, y);

    *by_a = r.by_a;
    *by_b = r.by_b;
}

/* x^a (1-x)^b / B(a, b) */
static double log_weight_at(double a, double b, double x, double y)
{
    const point p = point_at(a, b, x, y);

    return log_weight(&p);
}

double wicki_beta_density(double a, double b, double x)
{
    if (!is_parameter(a) || !is_parameter(b) || !(x >= 0.0 && x <= 1.0))
        return NAN;
    if (x == 0.0)
        return a < 1.0 ? INFINITY : a == 1.0 ? b : 0.0;
    if (x == 1.0)
        return b < 1.0 ? INFINITY : b == 1.0 ? a : 0.0;
    return wicki_exp(log_weight_at(a, b, x, 1.0 - x) - wicki_log(x) - wicki_log1p(-x));
}

/* --- quantiles -------------------------------------------------------------------------------- */

/* Newton's method squares its error: what a step this small leaves is below rounding. */
static const double LAST_STEP = 1e-11;

/*
 * The smaller one of log I and log(1 - I) as a function of the logit, which is concave: Newton's
 * method comes to the root from one side, from wherever it starts.
 */
double wicki_beta_logit_quantile(double a, double b, double p, double q)
{
    if (!is_parameter(a) || !is_parameter(b) || !(p >= 0.0 && q >= 0.0))
        return NAN;
    if (p == 0.0 || q == 0.0)
        return p == 0.0 ? -INFINITY : INFINITY;

    const bool lower = p < q;
    const double want = wicki_log(lower ? p : q);
    double z = wicki_log(a) - wicki_log(b);

    for (int i = 0; i < 100; i++) {
        const double x = wicki_sigmoid(z), y = wicki_sigmoid(-z);
        const answer r = distribution_at(a, b, x, y);
        const double now = lower ? r.log_lower : r.log_upper;
        const double slope = wicki_exp(log_weight_at(a, b, x, y) - now);
        const double step = (lower ? want - now : now - want) / slope;
        z = wicki_max(-708.0, wicki_min(708.0, z + step));
        if (!(fabs(step) > LAST_STEP * wicki_max(1.0, fabs(z))))
            break;
    }
    return z;
}

double wicki_beta_quantile(double a, double b, double p, double q)
{
    return wicki_sigmoid(wicki_beta_logit_quantile(a, b, p, q));
}
