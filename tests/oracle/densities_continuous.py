#!/usr/bin/env python3
"""Reference values for tests/dist/check_densities.c: cauchy to truncated_normal, with 50 digits.

    python3 tests/oracle/densities_continuous.py > tests/data/densities_continuous.h

needs mpmath and scipy. As in densities.py the formulas are the textbook ones.
"""
import sys

from mpmath import besseli, cos, erfc, exp, inf, isinf, log, mp, mpf, nan, pi, sqrt
from scipy import stats

from densities import header, points, row

NAN, INF = float("nan"), float("inf")


def cauchy(x, loc, scale):
    if not scale > 0:
        return nan
    return -inf if isinf(x) else -log(pi * scale * (1 + ((x - loc) / scale) ** 2))


def half_cauchy(x, scale):
    if not scale > 0:
        return nan
    return -inf if x < 0 else cauchy(x, mpf(0), scale) + log(2)


def laplace(x, loc, scale):
    if not scale > 0:
        return nan
    return -abs(x - loc) / scale - log(2 * scale)


def logistic(x, loc, scale):
    if not scale > 0:
        return nan
    if isinf(x):
        return -inf
    z = (x - loc) / scale
    return -z - log(scale) - 2 * log(1 + exp(-z))


def gumbel(x, loc, scale):
    if not scale > 0:
        return nan
    if isinf(x):
        return -inf
    z = (x - loc) / scale
    return -(z + exp(-z)) - log(scale)


def weibull(x, scale, k):
    if not (scale > 0 and k > 0):
        return nan
    if not 0 < x < inf:
        return -inf
    return log(k / scale) + (k - 1) * log(x / scale) - (x / scale) ** k


def pareto(x, scale, alpha):
    if not (scale > 0 and alpha > 0):
        return nan
    if not scale <= x < inf:
        return -inf
    return log(alpha) + alpha * log(scale) - (alpha + 1) * log(x)


def kumaraswamy(x, a, b):
    if not (a > 0 and b > 0):
        return nan
    if not 0 < x < 1:
        return -inf
    return log(a * b) + (a - 1) * log(x) + (b - 1) * log(1 - x ** a)


def von_mises(x, loc, kappa):
    if not kappa > 0:
        return nan
    return -inf if isinf(x) else kappa * cos(x - loc) - log(2 * pi * besseli(0, kappa))


def mass(a, b):
    with mp.workdps(80):  # a difference of two tails
        if a < 0 < b:
            return 1 - (erfc(-a / sqrt(2)) + erfc(b / sqrt(2))) / 2
        return abs(erfc(abs(a) / sqrt(2)) - erfc(abs(b) / sqrt(2))) / 2


def truncated_normal(x, loc, scale, low, high):
    if not (scale > 0 and low < high):
        return nan
    if isinf(x) or not low <= x <= high:
        return -inf
    a, b, z = ((v - loc) / scale for v in (low, high, x))
    return -z * z / 2 - log(scale) - log(2 * pi) / 2 - log(mass(a, b))


class Kumaraswamy:
    def __init__(self, a, b):
        self.a, self.b = mpf(a), mpf(b)

    def isf(self, q):
        return (1 - mpf(q) ** (1 / self.b)) ** (1 / self.a)

    def ppf(self, p):
        return [self.ppf(v) for v in p] if isinstance(p, list) else self.isf(1 - mpf(p))


def location_and_scale():
    families = [(cauchy, stats.cauchy), (laplace, stats.laplace), (logistic, stats.logistic),
                (gumbel, stats.gumbel_r)]
    for f, law in families:
        for loc, scale in [(0.37, 1.83), (-1523.5, 0.0021), (7.1e5, 913.0), (0.0, 1.0)]:
            for x in points(law(loc, scale), loc, loc + 40 * scale, loc - 4 * scale, -0.0, 1e300):
                row(f, x, loc, scale)
        for scale in [-1.3, 0.0, -0.0, NAN, -INF]:
            row(f, 0.7, 0.3, scale)
        row(f, 0.7, NAN, 1.3)
    row(cauchy, 1e300, 0.0, 1e-300)
    row(cauchy, 1e-300, 0.0, 1e300)


def ratios_beyond_the_range_of_doubles():
    for x, scale in [(1e300, 1e-300), (1e-300, 1e300)]:
        row(weibull, x, scale, 1e-3)
        row(weibull, x, scale, 1.3)
        row(pareto, x, scale, 0.7)


def positive():
    for scale in [0.83, 0.0021, 913.0]:
        for x in points(stats.halfcauchy(scale=scale), 0.0, -0.0, -0.7, -5e-324, 40 * scale, 1e300):
            row(half_cauchy, x, scale)
    for scale, k in [(0.83, 1.7), (7.1e5, 0.21), (0.0021, 12.3), (1.3, 1.0), (0.7, 0.05)]:
        for x in points(stats.weibull_min(k, scale=scale), 0.0, -0.0, -0.7, scale, 5e-324):
            row(weibull, x, scale, k)
    for scale, alpha in [(0.83, 1.7), (7.1e5, 0.21), (0.0021, 12.3), (1.0, 1e4)]:
        below = float(mpf(scale) * (1 - mpf(2) ** -52))
        for x in points(stats.pareto(alpha, scale=scale), scale, below, 0.0, -0.7, 40 * scale, 1e300):
            row(pareto, x, scale, alpha)
    for a, b in [(0.83, 1.7), (2.4, 0.37), (1.0, 1.0), (12.3, 913.0), (0.01, 0.02), (9.9, 10.1)]:
        for x in points(Kumaraswamy(a, b), 0.0, 1.0, -0.7, 1.0000000000000002, 1 - 2.0 ** -53, 1e-300):
            row(kumaraswamy, max(x, 1e-300) if 0 < x else x, a, b)
    for bad in [-1.3, 0.0, -0.0, NAN, -INF]:
        row(half_cauchy, 0.7, bad)
        for f in (weibull, pareto, kumaraswamy):
            row(f, 0.7, bad, 1.3)
            row(f, 0.7, 0.3, bad)


def angles():
    for loc, kappa in [(0.37, 1.83), (-3.0, 0.0021), (2.9, 913.0), (0.0, 1e-300), (1.1, 1e6),
                       (-0.7, 31.0), (0.7, 29.0), (50.3, 4.1)]:
        for x in points(stats.vonmises(min(kappa, 50.0), loc), loc, -3.141592653589793,
                        3.141592653589793, 0.0, 4.4, -17.0, loc + 1e-3):
            row(von_mises, x, loc, kappa)
    for bad in [-1.3, 0.0, -0.0, NAN, -INF]:
        row(von_mises, 0.7, 0.3, bad)
    row(von_mises, 0.7, NAN, 1.3)


def truncated():
    for loc, scale, low, high in [
            (0.37, 1.83, -0.7, 2.9), (0.37, 1.83, -INF, INF), (0.37, 1.83, 1.1, INF),
            (0.37, 1.83, -INF, 0.21), (0.0, 1.0, 40.0, INF), (0.0, 1.0, -INF, -40.0),
            (0.0, 1.0, 40.0, 40.001), (3.0, 0.5, 23.0, 29.0), (0.37, 1.83, 0.5, 0.5000001),
            (0.0, 1.0, 37.5, 38.5), (-1523.5, 0.0021, -1523.6, -1523.5), (2.0, 1e-3, -5.0, 1.0),
            (0.0, 1.0, -0.3, 1e5), (7.1e5, 913.0, 0.0, 1e8)]:
        law = stats.truncnorm((low - loc) / scale, (high - loc) / scale, loc, scale)
        ends = [v for v in (low, high) if abs(v) < INF]
        within = [v for v in points(law)[:7] if low < v < high]
        middle = [min(max(loc, low) + 0.013 * scale, high), max(min(loc, high) - 0.4 * scale, low)]
        beyond = [low - abs(low) * 1e-7 - 0.1, high + abs(high) * 1e-7 + 0.1, INF, -INF, NAN]
        for x in within + ends + middle + beyond:
            row(truncated_normal, x, loc, scale, low, high)
    for scale in [-1.3, 0.0, NAN]:
        row(truncated_normal, 0.7, 0.3, scale, -1.0, 2.0)
    for low, high in [(0.7, 0.7), (1.7, 0.3), (NAN, 3.0), (0.1, NAN), (INF, INF)]:
        row(truncated_normal, 0.7, 0.3, 1.3, low, high)
    row(truncated_normal, 0.7, NAN, 1.3, -1.0, 2.0)


def main():
    header("densities_continuous.py")
    location_and_scale()
    positive()
    ratios_beyond_the_range_of_doubles()
    angles()
    truncated()


if __name__ == "__main__":
    sys.exit(main())
