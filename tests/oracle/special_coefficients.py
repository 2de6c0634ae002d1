#!/usr/bin/env python3
"""Coefficients of the approximations in src/base/special.h, special.c and trigonometry.c.

Every fit is the interpolant at Chebyshev nodes, computed with 50 digits: a polynomial, or a
rational function with denominator 1 + d1 y + ... found from p(y_i) = f(y_i) q(y_i). That is within
a small factor of minimax, and each degree is the first whose error is far below 2^-53. Prints name,
the largest relative error on a grid, and the coefficients, highest power first.

    python3 tests/oracle/special_coefficients.py            needs mpmath
"""
from mpmath import (atan, cos, erf, erfc, exp, expm1, findroot, log, loggamma, lu_solve, matrix, mp,
                    mpf, nstr, pi, polyval, psi, sqrt)

mp.dps = 50
NUDGE = mpf(10) ** -20  # steps off a removable singularity


def interpolate(f, low, high, degree, denominator=0):
    n = degree + denominator + 1
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    nodes = [middle + half * cos(pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    rows = matrix(n, n)
    for i, y in enumerate(nodes):
        for j in range(degree + 1):
            rows[i, j] = y ** j
        for j in range(1, denominator + 1):
            rows[i, degree + j] = -f(y) * y ** j
    c = list(lu_solve(rows, matrix([f(y) for y in nodes])))
    return c[degree::-1], (c[degree + 1:][::-1] + [mpf(1)])


def largest_error(f, p, q, low, high, points=400):
    grid = [mpf(low) + (mpf(high) - mpf(low)) * i / points for i in range(points + 1)]
    return max(abs(polyval(p, y) / polyval(q, y) / f(y) - 1) for y in grid)


def exp_tail(r):
    """(e^r - 1 - r) / r^2"""
    r = r if abs(r) > NUDGE else NUDGE
    return (expm1(r) - r) / r ** 2


def log_tail(w):
    """(log((1 + s) / (1 - s)) / s - 2) / w with w = s^2: 2/3 + 2 w/5 + ..."""
    return sum(2 * w ** j / (2 * j + 3) for j in range(60))


def log_tail_from_fifth(w):
    """log((1 + s) / (1 - s)) / (2 s) = 1 + w/3 + w^2 T(w); this is T: 1/5 + w/7 + ..."""
    return sum(w ** j / (2 * j + 5) for j in range(60))


def lgamma_base(y):
    """log Gamma(1 + a) / (a (a - 1)) with a = y + 1/2: both zeros taken out"""
    a = y + mpf(1) / 2
    if min(abs(a), abs(a - 1)) < NUDGE:
        a += NUDGE
    return loggamma(1 + a) / (a * (a - 1))


DIGAMMA_ZERO = findroot(lambda x: psi(0, x), mpf("1.4616")) - 1


def digamma_base(y):
    """psi(1 + y) / (y - zero)"""
    return psi(0, 1 + y) / (y - DIGAMMA_ZERO)


# What the asymptotic series sum to (DLMF 5.11.1, 5.11.2, 5.15.8), as functions of u = 1/x^2.
def lgamma_tail(u):
    x = 1 / sqrt(u)
    return (loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2) * x


def digamma_tail(u):
    x = 1 / sqrt(u)
    return (log(x) - 1 / (2 * x) - psi(0, x)) * x ** 2


def trigamma_tail(u):
    x = 1 / sqrt(u)
    return (psi(1, x) - 1 / x - 1 / (2 * x ** 2)) * x ** 3


def erf_over_x(w):
    x = sqrt(max(w, NUDGE))
    return erf(x) / x


def erfcx_scaled(t):
    """(1 + 2x) e^(x^2) erfc(x), t = (x - 3) / (x + 3); the form of Shepherd & Laframboise (1981)"""
    x = 3 * (1 + t) / (1 - t)
    return (1 + 2 * x) * exp(x * x) * erfc(x)


def atan_over_x(w):
    x = sqrt(max(w, NUDGE))
    return atan(x) / x


def main():
    r = mpf("0.347")       # a little over log(2) / 2
    w = mpf("0.029438")    # ((sqrt(2) - 1) / (sqrt(2) + 1))^2
    u = mpf(1) / 36        # series from x = 6
    zero = mpf(10) ** -8   # the tails lose all digits at u = 0 itself
    fits = [
        ("exp_tail", exp_tail, -r, r, 10, 0),
        ("log_tail", log_tail, 0, w, 7, 0),
        ("log_tail_from_fifth", log_tail_from_fifth, 0, w, 7, 0),
        ("lgamma_base", lgamma_base, mpf(-1) / 2, mpf(3) / 2, 8, 8),
        ("lgamma_tail", lgamma_tail, zero, u, 6, 0),
        ("digamma_base", digamma_base, 0, 2, 7, 6),
        ("digamma_tail", digamma_tail, zero, u, 7, 0),
        ("trigamma_tail", trigamma_tail, zero, u, 7, 0),
        ("erf_over_x", erf_over_x, 0, mpf("0.25"), 8, 0),
        ("atan_over_x", atan_over_x, 0, mpf("0.17158"), 11, 0),   # up to tan(pi / 8)^2
        ("erfcx_scaled", erfcx_scaled, mpf(-5) / 7, mpf(9) / 11, 21, 0),
    ]
    for name, f, low, high, degree, denominator in fits:
        p, q = interpolate(f, low, high, degree, denominator)
        print(f"{name}  # {nstr(largest_error(f, p, q, low, high), 2)}")
        print("    numerator  ", ", ".join(repr(float(c)) for c in p))
        if denominator:
            print("    denominator", ", ".join(repr(float(c)) for c in q))

    ln2 = log(mpf(2))
    ln2_high = mp.floor(ln2 * mpf(2) ** 42) / mpf(2) ** 42   # k ln2_high is exact for |k| < 2^11
    print("ln 2 =", repr(float(ln2_high)), "+", repr(float(ln2 - ln2_high)))
    print("1 / ln 2 =", repr(float(1 / ln2)))
    high = mpf(float(DIGAMMA_ZERO))
    print("zero of digamma = 1 +", repr(float(high)), "+", repr(float(DIGAMMA_ZERO - high)))
    print("(log(2 pi) - 1) / 2 =", repr(float((log(2 * pi) - 1) / 2)))


if __name__ == "__main__":
    main()
