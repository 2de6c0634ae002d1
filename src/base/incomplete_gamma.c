#include "base/incomplete.h"
#include "base/quadrature.h"
#include "base/stirling.h"

#include <stdbool.h>

/* From here on Gauss's rule, below it the series of the lower side. */
static const double MOST_OF_SERIES = 30.0;

/*
 * One side of the distribution as it is seen from x: with p the density, mass is P or Q over x
 * p(x), and slope is d log x / d a = -(dP/da) / (x p(x)).
 */
typedef struct side {
    bool lower;
    double mass, slope;
} side;

static bool is_parameter(double a)
{
    return a > 0.0 && a < INFINITY;
}

/* P = x p(x) sum_n x^n / (a (a + 1) ... (a + n)) (DLMF 8.7.1); the derivative of term n by a is the
 * term times log x - psi(a + n + 1). */
static side by_series(double a, double x, double log_x)
{
    double term = 1.0 / a, psi = wicki_digamma_positive(a + 1.0);
    side s = { true, term, term * (psi - log_x) };

    for (double n = a + 1.0; term > 0x1p-56 * s.mass; n += 1.0) {
        term *= x / n;
        psi += 1.0 / n;
        s.mass += term;
        s.slope += term * (psi - log_x);
    }
    return s;
}

/* Where gap s + x (e^(sign s) - 1 - sign s), which is convex, comes to WICKI_REACH: from the point
 * of its parabola by Newton's method, which never ends below it. */
static double reach_of(double x, double gap, double sign)
{
    double s = wicki_parabola_reach(gap, 0.5 * x);

    for (int i = 0; i < 3; i++) {
        const double above = gap * s + x * wicki_exp_rest(sign * s) - WICKI_REACH;
        s -= above / (gap + x * sign * wicki_expm1(sign * s));
    }
    return s;
}

/*
 * With t = x e^(sign s), t p(t) / (x p(x)) = exp(-gap s - x (e^(sign s) - 1 - sign s)), and the
 * side is its integral over s > 0; for the slope times sign (log t - psi(a)) = sign (log x -
 * psi(a)) + s.
 */
static side by_quadrature(double a, double x, double log_x)
{
    const bool lower = x < a + 0.5;
    const double sign = lower ? -1.0 : 1.0, gap = sign * (x - a), reach = reach_of(x, gap, sign);
    double e[WICKI_GAUSS], mass = 0.0, moment = 0.0;

    for (int i = 0; i < WICKI_GAUSS; i++) {
        const double s = reach * wicki_gauss_point[i];
        e[i] = wicki_gauss_weight[i] * wicki_exp(-(gap * s + x * wicki_exp_rest(sign * s)));
    }
    for (int i = 0; i < WICKI_GAUSS; i++) {
        mass += e[i];
        moment += e[i] * (reach * wicki_gauss_point[i]);
    }
    const double from = sign * (log_x - wicki_digamma_positive(a));
    return (side){ lower, reach * mass, reach * (moment + from * mass) };
}

static side side_of(double a, double x, double log_x)
{
    return x < a + 0.5 && a < MOST_OF_SERIES ? by_series(a, x, log_x) : by_quadrature(a, x, log_x);
}

/* log Gamma(1 + a) for small a > 0, relative: what 1 + a loses of a comes back to first order. */
static double log_gamma_1p(double a)
{
    const double u = 1.0 + a, lost = a - (u - 1.0);

    return wicki_lgamma_positive(u) + lost * wicki_digamma_positive(u);
}

/* log(x p(x)) = a log x - x - log Gamma(a), also where x underflows */
static double log_weight(double a, double x, double log_x)
{
    if (a < 1.0)
        return a * log_x - x - log_gamma_1p(a) + wicki_log(a);
    return wicki_gamma_form(x, a);
}

/* Q for a < 1 and small x, 1 - (1 + sum_(n>0) a (-x)^n / ((a + n) n!)) x^a / Gamma(1 + a), DLMF
 * 8.7.3, where 1 - P would lose what is left. */
static double small_q(double a, double x, double log_x)
{
    const double log_power = a * log_x - log_gamma_1p(a);
    double term = a, sum = 0.0;

    for (double n = 1.0; fabs(term) > 0x1p-60 * a; n += 1.0) {
        term *= -x / n;
        sum += term / (a + n);
    }
    return -wicki_expm1(log_power) - wicki_exp(log_power) * sum;
}

/* --- both sides ------------------------------------------------------------------------------- */

/* P and Q, and their logarithms: of each pair the one that is asked for. */
typedef struct answer {
    double p, q, log_p, log_q;
} answer;

static answer end(bool upper)
{
    return upper ? (answer){ 1.0, 0.0, 0.0, -INFINITY } : (answer){ 0.0, 1.0, -INFINITY, 0.0 };
}

static answer distribution(double a, double x, double log_x)
{
    if (!is_parameter(a) || x != x)
        return (answer){ NAN, NAN, NAN, NAN };
    if (x == INFINITY || log_x == -INFINITY)
        return end(x > 0.0);

    const side s = side_of(a, x, log_x);
    const double log_mass = log_weight(a, x, log_x) + wicki_log(s.mass);
    const double log_tail = wicki_min(0.0, log_mass), tail = wicki_exp(log_tail);

    if (!s.lower)
        return (answer){ 1.0 - tail, tail, wicki_log1p(-tail), log_tail };
    const double q = a < 1.0 ? small_q(a, x, log_x) : 1.0 - tail;
    return (answer){ tail, q, log_tail, tail < 0.5 ? wicki_log1p(-tail) : wicki_log(q) };
}

static answer distribution_at(double a, double x)
{
    return distribution(a, wicki_max(0.0, x), x > 0.0 ? wicki_log(x) : x != x ? x : -INFINITY);
}

double wicki_gamma_p(double a, double x)
{
    return distribution_at(a, x).p;
}

double wicki_gamma_q(double a, double x)
{
    return distribution_at(a, x).q;
}

double wicki_log_gamma_p(double a, double x)
{
    return distribution_at(a, x).log_p;
}

double wicki_log_gamma_q(double a, double x)
{
    return distribution_at(a, x).log_q;
}

double wicki_gamma_density(double a, double x)
{
    if (!is_parameter(a) || !(x >= 0.0))
        return NAN;
    if (x == 0.0)
        return a < 1.0 ? INFINITY : a == 1.0 ? 1.0 : 0.0;
    return wicki_exp(log_weight(a, x, wicki_log(x)) - wicki_log(x));
}

double wicki_log_gamma_slope(double a, double log_x)
{
    if (!is_parameter(a) || log_x != log_x)
        return NAN;
    return side_of(a, wicki_exp(log_x), log_x).slope;
}

double wicki_gamma_p_by_a(double a, double x)
{
    if (!is_parameter(a) || x != x)
        return NAN;
    if (x <= 0.0 || x == INFINITY)
        return 0.0;
    const double log_x = wicki_log(x);
    return -wicki_exp(log_weight(a, x, log_x)) * side_of(a, x, log_x).slope;
}

/* --- quantiles -------------------------------------------------------------------------------- */

/* Newton's method squares its error: what a step this small leaves is below rounding. */
static const double LAST_STEP = 1e-11;

/* log P as a function of log x, and log Q as one of x for a >= 1, are concave: Newton's method
 * comes to the root from one side. log Q is convex in x for a < 1, where it starts below the
 * root. */
static double newton_lower(double a, double log_p, double y)
{
    for (int i = 0; i < 64; i++) {
        const double x = wicki_exp(y);
        const side s = side_of(a, x, y);
        const double log_mass =
            s.lower ? log_weight(a, x, y) + wicki_log(s.mass) : distribution(a, x, y).log_p;
        const double slope = wicki_exp(log_weight(a, x, y) - log_mass);
        const double step = (log_p - log_mass) / slope;
        y += step;
        if (!(fabs(step) > LAST_STEP * wicki_max(1.0, fabs(y))))
            break;
    }
    return y;
}

static double newton_upper(double a, double log_q, double x)
{
    for (int i = 0; i < 64; i++) {
        const double y = wicki_log(x), now = distribution(a, x, y).log_q;
        const double step = (now - log_q) * wicki_exp(now + y - log_weight(a, x, y));
        x = wicki_max(0.5 * x, x + step);
        if (!(fabs(step) > LAST_STEP * x))
            break;
    }
    return wicki_log(x);
}

/* Wilson & Hilferty (1931): the cube root of x / a is nearly normal. In logarithms; -inf where the
 * approximation is not positive. */
static double first_guess(double a, double p, double q)
{
    const double z = p < q ? wicki_normal_quantile(p) : -wicki_normal_quantile(q);
    const double root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a));

    return root > 0.0 ? wicki_log(a) + 3.0 * wicki_log(root) : -INFINITY;
}

double wicki_log_gamma_quantile(double a, double p, double q)
{
    if (!is_parameter(a) || !(p >= 0.0 && q >= 0.0))
        return NAN;
    if (p == 0.0 || q == 0.0)
        return p == 0.0 ? -INFINITY : INFINITY;

    /* P < x^a / Gamma(a + 1) */
    const double log_p = p < q ? wicki_log(p) : wicki_log1p(-q);
    const double least = (log_p + log_gamma_1p(a)) / a;
    const double guess = a < 1.0 ? least : wicki_max(least, first_guess(a, p, q));

    if (p < q || guess < -1.0)
        return newton_lower(a, log_p, guess);
    return newton_upper(a, wicki_log(q), wicki_exp(guess));
}
