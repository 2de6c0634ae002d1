#!/usr/bin/env python3
"""Reference values for tests/base/check_incomplete.c and tests/dist/check_implicit.c.

    python3 tests/oracle/incomplete.py > tests/data/incomplete.h         needs mpmath and scipy

Incomplete gamma functions are sums of the series of DLMF 8.7.1, or integrals of the density where that
is long; incomplete beta functions are integrals of the density over the logit; all with 40 digits. The
derivatives by parameters are sums and integrals of the derivatives. Points are quantiles by scipy.
"""
import math
import random
import sys

import mpmath as mp
import scipy.special as sc
from mpmath import mpf

mp.mp.dps = 40


def number(v):
    v = float(v)
    return "NAN" if v != v else ("-INFINITY" if v < 0 else "INFINITY") if math.isinf(v) else v.hex()


def row(*values):
    print("    { " + ", ".join(number(v) for v in values) + " },")


def table(declaration, rows):
    print("\nstatic const double %s = {" % declaration)
    for r in rows:
        row(*r)
    print("};")


# --- gamma ----------------------------------------------------------------------------------------


def series(a, log_x):
    """P / (x p(x)), and d log x / da at fixed P: with it the derivative of P"""
    x, term, psi, n = mp.exp(log_x), 1 / a, mp.psi(0, a + 1), 0
    mass, slope = mpf(0), mpf(0)
    while True:
        mass += term
        slope += term * (psi - log_x)
        n += 1
        term *= x / (a + n)
        psi += 1 / (a + n)
        if n > x and term * (1 + abs(psi - log_x)) < mpf(10) ** -38 * mass:
            return mass, slope


def integral(a, log_x):
    """the same of P or Q, whichever is smaller, over the logarithm"""
    x = mp.exp(log_x)
    side = 1 if x > a else -1
    gap = side * (x - a)
    reach = 400 / (gap + mp.sqrt(gap * gap + 400 * x))
    points = [reach * k / 12 for k in range(13)]

    def ratio(s):
        return mp.exp(side * a * s - x * mp.expm1(side * s))

    mass = mp.quad(ratio, points)
    return mass, mp.quad(lambda s: s * ratio(s), points) + side * (log_x - mp.psi(0, a)) * mass


def gamma(a, log_x):
    """P, Q, dP/da, d log x / da"""
    a, log_x = mpf(a), mpf(log_x)
    x = mp.exp(log_x)
    weight = mp.exp(a * log_x - x - mp.loggamma(a))
    if x < a + 50 and a < 3000:
        mass, slope = series(a, log_x)
        p = weight * mass
        if 1 - p > mpf(10) ** -12:
            return p, 1 - p, -weight * slope, slope
    mass, slope = integral(a, log_x)
    tail = weight * mass
    return (1 - tail, tail, -weight * slope, slope) if x > a else (tail, 1 - tail, -weight * slope, slope)


CONCENTRATIONS = [1e-3, 0.013, 0.31, 0.9, 1.0, 1.7, 4.2, 17.0, 29.9, 30.1, 131.0, 1234.5, 3.3e4, 1e6]
LEVELS = [1e-200, 1e-30, 1e-9, 0.013, 0.31, 0.5, 0.73, 0.991, 1 - 1e-9]


def quantiles(a):
    found = [sc.gammaincinv(a, p) for p in LEVELS] + [sc.gammainccinv(a, q) for q in (1e-30, 1e-200)]
    return [x for x in found if x > 1e-300]


def gamma_rows():
    for a in CONCENTRATIONS:
        for x in quantiles(a):
            p, q, by_a, _ = gamma(a, mp.log(mpf(float(x))))
            yield a, x, p, q, mp.log(p), mp.log(q), by_a


def slope_rows():
    for a in CONCENTRATIONS:
        for log_x in [math.log(x) for x in quantiles(a)] + ([-699.0, -300.3] if a < 4 else []):
            yield a, log_x, gamma(a, log_x)[3]
    for a, log_x in [(1e-3, -12345.6), (0.05, -5000.1), (1e-6, -3e6)]:  # the asymptote
        yield a, log_x, (mp.psi(0, mpf(a) + 1) - mpf(log_x)) / mpf(a)


# --- beta -----------------------------------------------------------------------------------------


def beta(a, b, x):
    """I, 1 - I, dI/da, dI/db"""
    a, b, x = mpf(a), mpf(b), mpf(x)
    z, mode = mp.log(x) - mp.log(1 - x), mp.log(a / b)
    sign = -1 if z < mode else 1
    log_b = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)

    def log_t(u):
        return -mp.log1p(mp.exp(-u)) if u > 0 else u - mp.log1p(mp.exp(u))

    def height(u):
        return a * log_t(u) + b * log_t(-u)

    top = height(z)
    low, high = mpf(0), mpf(1)
    while height(z + sign * high) > top - 100:
        low, high = high, 2 * high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if height(z + sign * middle) > top - 100 else (low, middle)
    inside = [-sign * z] if 0 < -sign * z < high else []
    points = sorted({mpf(0), high, *[high / 2 ** k for k in range(1, 10)],
                     *[high * k / 8 for k in range(1, 8)], *inside})
    psi_a, psi_b, psi_s = mp.psi(0, a), mp.psi(0, b), mp.psi(0, a + b)

    def ratio(s):
        return mp.exp(height(z + sign * s) - top)

    scale = mp.exp(top - log_b)
    tail = scale * mp.quad(ratio, points)
    by_a = scale * mp.quad(lambda s: ratio(s) * (log_t(z + sign * s) - psi_a + psi_s), points)
    by_b = scale * mp.quad(lambda s: ratio(s) * (log_t(-z - sign * s) - psi_b + psi_s), points)
    return (tail, 1 - tail, by_a, by_b) if sign < 0 else (1 - tail, tail, -by_a, -by_b)


def beta_rows():
    for a, b in [(1e-3, 1.7), (0.21, 0.37), (0.5, 1e6), (2.3, 3.1), (0.9, 29.0), (17.0, 31.0),
                 (131.0, 0.4), (34.5, 41.0), (1e6, 1e6), (1e4, 2.7)]:
        for p in [1e-60, 1e-9, 0.013, 0.31, 0.73, 0.991, 1 - 1e-9]:
            x = float(sc.betaincinv(a, b, p))
            if 1e-300 < x < 1 - 2.0 ** -20:
                yield (a, b, x) + beta(a, b, x)


# --- one and two arguments ------------------------------------------------------------------------


def cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def log_cdf(x):
    return mp.log(cdf(x)) if x < 0 else mp.log1p(-cdf(-x))


def mills(x):
    return density(x) / cdf(x)


def ratio(x):
    return mp.besseli(1, x) / mp.besseli(0, x)


def ratio_slope(x):
    return 1 - ratio(x) / x - ratio(x) ** 2


def log_i0(x):
    with mp.workdps(80):
        return mp.log(mp.besseli(0, x))


def log1mexp(x):
    with mp.workdps(400):
        return mp.log1p(-mp.exp(-x)) if x > 1 else mp.log(-mp.expm1(-x))


def spread(low, high, n=12):
    return [random.uniform(low, high) for _ in range(n)]


def wide(low, high, n=12):
    return [random.choice([-1, 1]) * 10 ** random.uniform(low, high) for _ in range(n)]


def unary(name, f, points):
    table(name + "[][2]", [(x, f(mpf(x))) for x in points])


def unaries():
    multiples = [k * math.pi / 2 for k in (1, 2, 3, 17, 355, 10 ** 6 + 3)]
    angles = wide(-6, 1) + wide(1, 6) + wide(6, 12) + spread(-4, 4) + multiples
    for name, f in [("SIN", mp.sin), ("COS", mp.cos), ("TAN", mp.tan)]:
        unary(name, f, angles)
    unary("ATAN", mp.atan, wide(-8, 0) + wide(0, 8) + spread(-3, 3))
    unary("NORMAL_CDF", cdf, spread(-37, -5) + spread(-5, 8))
    unary("NORMAL_DENSITY", density, spread(-37, 37))
    unary("LOG_NORMAL_CDF", log_cdf, spread(-37, 9) + [-36.01, -35.99, -130.3, -1e5, -1e60, 37.3])
    unary("MILLS", mills, spread(-37, 9) + [-36.01, -35.99, -130.3, -3e3])
    unary("LOG1MEXP", log1mexp, [abs(v) for v in wide(-12, 2.7, 20)] + [0.693, 0.694])
    unary("LOG_BESSEL_I0", log_i0, wide(-6, 2.7) + spread(0, 60) + [29.99, 30.01])
    unary("BESSEL_RATIO", ratio, wide(-6, 3) + spread(0, 60) + [29.99, 30.01])
    unary("BESSEL_RATIO_SLOPE", ratio_slope, wide(-2, 3) + spread(0, 60) + [29.99, 30.01])
    unary("TETRAGAMMA", lambda x: mp.psi(2, x), spread(0, 20) + [1e-3, 14.99, 15.01, 1e5, -0.37, -4.81])


def interval(a, b):
    with mp.workdps(700):
        return mp.log((mp.erfc(a / mp.sqrt(2)) - mp.erfc(b / mp.sqrt(2))) / 2)


def interval_rows():
    cases = [(-1.3, 0.4), (-0.01, 0.02), (-9.0, 9.5), (3.1, 3.1000001), (-3.1000001, -3.1), (12.0, 14.0),
             (36.5, 37.5), (-39.0, -38.9), (5.0, 1e6), (-1e6, -0.2), (0.0, 2.2), (-2.2, 0.0), (1e-9, 3e-9)]
    for a, b in cases:
        p = mp.exp(interval(mpf(a), mpf(b)))
        yield a, b, interval(mpf(a), mpf(b)), -density(mpf(a)) / p, density(mpf(b)) / p


def main():
    random.seed(20181031)
    print("/* Made by tests/oracle/incomplete.py (mpmath, 40 digits). */")
    print("\n/* a, x, P, Q, log P, log Q, dP/da */", end="")
    table("GAMMA[][7]", gamma_rows())
    print("\n/* a, log x, d log x / da of a gamma draw x */", end="")
    table("SLOPES[][3]", slope_rows())
    print("\n/* a, b, x, I, 1 - I, dI/da, dI/db */", end="")
    table("BETA[][7]", beta_rows())
    print("\n/* a, b, log(Phi(b) - Phi(a)), its derivatives */", end="")
    table("INTERVALS[][5]", interval_rows())
    unaries()
    table("ATAN2[][3]", [(y, x, mp.atan2(mpf(y), mpf(x)))
                         for y, x in zip(wide(-3, 3, 20), wide(-3, 3, 20))])


if __name__ == "__main__":
    sys.exit(main())
