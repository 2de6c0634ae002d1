/**
 * What distributions of counts share: densities that do not cancel, and samplers.
 *
 * The densities are written about their modes, after Loader (2000), Fast and accurate computation of
 * binomial probabilities: deviances by wicki_log_minus, which are small where the density is large,
 * and what Stirling's formula lacks. So counts of 1e9 keep their precision as counts of 3 do.
 */
#ifndef WICKI_DIST_COUNTS_H
#define WICKI_DIST_COUNTS_H

#include "base/philox.h"
#include "base/stirling.h"
#include "dist/dist.h"

#include <math.h>

/** Is x one of ..., -1, 0, 1, ...? Adding 2^52 rounds, as floor does not without a call. */
WICKI_INLINE bool wicki_is_integer(double x)
{
    const double a = fabs(x), whole = a < 0x1p52 ? (a + 0x1p52) - 0x1p52 : a;

    return a == whole && a < INFINITY;
}

/** Is x one of 0, 1, 2, ...? */
WICKI_INLINE bool wicki_is_count(double x)
{
    return x >= 0.0 && wicki_is_integer(x);
}

/* --- pieces ---------------------------------------------------------------------------------- */

/** log r from r and u = r - 1, both accurate. */
WICKI_INLINE double wicki_log_near(double r, double u)
{
    return fabs(u) < 0.3 ? wicki_log1p(u) : wicki_log(r);
}

/** log x - psi(x), which is about 1 / (2 x); DLMF 5.11.2. */
WICKI_INLINE double wicki_digamma_error(double x)
{
    const double v = 1.0 / x, u = v * v;
    const double p = wicki_horner4(
        1.0 / 132 - u * (691.0 / 32760), u, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12);
    const double far = v * (0.5 + v * p);

    return x < 10.0 ? wicki_log(x) - wicki_digamma_positive(x) : far;
}

/** log x! - (x log x - x), 0 for 0. */
WICKI_INLINE double wicki_factorial_rest(double x)
{
    const double rest = wicki_stirling_error(x) + 0.5 * wicki_log(x) + WICKI_HALF_LOG_2PI;

    return x > 0.0 ? rest : 0.0;
}

/** (x + y) p - x, the sum and the product as if they were not rounded: after Dekker (1971). */
WICKI_INLINE double wicki_excess_of(double x, double y, double p)
{
    const double n = x + y, part = n - x, lost = (x - (n - part)) + (y - part);
    const double n_head = wicki_head(n), p_head = wicki_head(p), n_tail = n - n_head;

    return ((n_head * p_head - x) + (n_head * (p - p_head) + n_tail * p_head)) +
        (n_tail * (p - p_head) + lost * p);
}

/** n p - x, of x and y = n - x among n with probabilities p and q = 1 - p, the smaller accurate. */
WICKI_INLINE double wicki_excess(double x, double y, double p, double q)
{
    return p <= 0.5 ? wicki_excess_of(x, y, p) : -wicki_excess_of(y, x, q);
}

/* --- densities ------------------------------------------------------------------------------- */

/**
 * x log(rate) - rate - log x!, x >= 0 an integer.
 */
WICKI_INLINE double wicki_poisson_log(double x, double rate)
{
    const double above = x * wicki_log_minus(rate / x, (rate - x) / x) - 0.5 * wicki_log(x) -
        WICKI_HALF_LOG_2PI - wicki_stirling_error(x);

    return x > 0.0 ? above : -rate;
}

/**
 * log(n! / (x! y!) p^x q^y), y = n - x:
 *
 *     x D(n p / x) + y D(n q / y) + log(n / (2 pi x y)) / 2 + e(n) - e(x) - e(y)
 *
 * with D(r) = log r - (r - 1) and Stirling's errors e.
 */
WICKI_INLINE double wicki_binomial_log(
    double x, double n, double p, double q, double log_p, double log_q)
{
    const double y = n - x, d = wicki_excess(x, y, p, q);
    const double inner = x * wicki_log_minus(n * p / x, d / x) +
        y * wicki_log_minus(n * q / y, -d / y) + 0.5 * wicki_log(n / x / y) - WICKI_HALF_LOG_2PI +
        (wicki_stirling_error(n) - wicki_stirling_error(x) - wicki_stirling_error(y));
    const double none = n > 0.0 ? n * log_q : 0.0;

    return x == 0.0 ? none : y == 0.0 ? n * log_p : inner;
}

/** Its derivative by p where q = 1 - p: x / p - y / q = (x - n p) / (p q). */
WICKI_INLINE double wicki_binomial_by_p(double x, double n, double p)
{
    const double y = n - x, q = 1.0 - p, d = wicki_excess(x, y, p, q);
    const double none = n > 0.0 ? -n / q : 0.0;

    return x == 0.0 ? none : y == 0.0 ? n / p : -d / (p * q);
}

/**
 * log(Gamma(r + x) / (Gamma(r) x!) p^x q^r), which is that of x among r + x, times r / (r + x).
 *
 * @param d  (r + x) p - x
 */
WICKI_INLINE double wicki_negative_binomial_log(
    double x, double r, double p, double q, double d, double log_q)
{
    const double n = r + x;
    const double above = x * wicki_log_minus(n * p / x, d / x) +
        r * wicki_log_minus(n * q / r, -d / r) + 0.5 * wicki_log(r / n / x) - WICKI_HALF_LOG_2PI +
        (wicki_stirling_error(n) - wicki_stirling_error(r) - wicki_stirling_error(x));

    return x > 0.0 ? above : r * log_q;
}

/** Its derivative by r: psi(r + x) - psi(r) + log q. */
WICKI_INLINE double wicki_negative_binomial_by_r(double x, double r, double q, double d)
{
    const double n = r + x;

    return wicki_log_near(n * q / r, -d / r) + (wicki_digamma_error(r) - wicki_digamma_error(n));
}

/**
 * One of the counts x_k of a dirichlet_multinomial with concentration a of s in all, x of n:
 * log(Gamma(a + x) / (Gamma(a) x!)), less its part in (s + n) log(s + n) - s log s - n log n.
 */
WICKI_INLINE double wicki_dirichlet_count_log(double x, double a, double s, double n)
{
    const double t = s + n, more = a + x, e = (x * s - a * n) / t;
    const double counted = x * wicki_log_minus(more * n / (x * t), -e / x);

    return a * wicki_log_minus(more * s / (a * t), e / a) + (x > 0.0 ? counted : e) +
        0.5 * wicki_log(a / more) + (wicki_stirling_error(more) - wicki_stirling_error(a)) -
        wicki_factorial_rest(x);
}

/** What all counts share: log(n! Gamma(s) / Gamma(s + n)), less the same. */
WICKI_INLINE double wicki_dirichlet_total_log(double s, double n)
{
    return wicki_factorial_rest(n) + 0.5 * wicki_log1p(n / s) +
        (wicki_stirling_error(s) - wicki_stirling_error(s + n));
}

/** The derivative by a: psi(a + x) - psi(a) + psi(s) - psi(s + n). */
WICKI_INLINE double wicki_dirichlet_count_by_a(double x, double a, double s, double n)
{
    const double t = s + n, more = a + x, e = (x * s - a * n) / t;

    return wicki_log_near(more * s / (a * t), e / a) +
        ((wicki_digamma_error(a) - wicki_digamma_error(more)) +
            (wicki_digamma_error(t) - wicki_digamma_error(s)));
}

/* --- draws ----------------------------------------------------------------------------------- */

/** A poisson of a finite rate >= 0. */
double wicki_poisson_draw(wicki_stream *stream, double rate);

/** Successes among n trials with probability p of success and q = 1 - p; n an integer >= 0. */
double wicki_binomial_draw(wicki_stream *stream, double n, double p, double q);

/** The same where p is itself a draw of a beta. */
double wicki_beta_binomial_draw(
    wicki_stream *stream, double concentration1, double concentration0, double n);

/* --- parameters ------------------------------------------------------------------------------ */

/** The sets of integers >= 0, and of all integers. */
#define WICKI_COUNTS                                                   \
    {                                                                  \
        .kind = WICK_INTEGER_INTERVAL, .lower = 0.0, .upper = INFINITY \
    }
#define WICKI_INTEGERS                                                       \
    {                                                                        \
        .kind = WICK_INTEGER_INTERVAL, .lower = -INFINITY, .upper = INFINITY \
    }

/** The number that a parameter is for all members present; NaN if it is not the same for all. */
double wicki_same_everywhere(wick_operand parameter);

/** Its greatest element; NaN if one is NaN. Members are looked at: see tape.h on `read`. */
double wicki_greatest(wick *w, wick_operand parameter);

/** Values 0 .. n of counts up to n, the greatest there is; 0 if that is no count. */
size_t wicki_count_cardinality(wick *w, wick_operand total_count);

/** Are two parameters the same var, or the same constants? Then they are so in every step. */
bool wicki_same_total(wick *w, wick_operand a, wick_operand b);

/** n x, 0 where n is 0 even if x is infinite. */
wick_var wicki_times_count(wick_var n, wick_var x);

/** x with one more axis at the end, of n elements that are all the same; scalars stay. */
wick_var wicki_repeat_last(wick *w, wick_var x, size_t n);

#endif
