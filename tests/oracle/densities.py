#!/usr/bin/env python3
"""Reference values for tests/dist/check_densities.c, computed with 50 digits.

    python3 tests/oracle/densities.py > tests/data/densities_core.h         needs mpmath and scipy

Each row is a distribution, the size of its event, the value, the parameters, and the log-density
rounded to double. The points are quantiles (from scipy, to any accuracy), the tails at 1e-10, the ends
of the support and what lies beyond. Formulas are the textbook ones, not those of the library.
"""
import sys

from mpmath import exp, inf, isinf, isnan, log, loggamma, matrix, mp, mpf, nan, pi, re
from scipy import stats

mp.dps = 50
QUANTILES = [0.0137, 0.21, 0.43, 0.77, 0.981]
ODD = [float("inf"), float("-inf"), float("nan")]


def normal(x, loc, scale):
    if not scale > 0:
        return nan
    return -((x - loc) / scale) ** 2 / 2 - log(scale) - log(2 * pi) / 2


def lognormal(x, loc, scale):
    if not scale > 0:
        return nan
    return -inf if x <= 0 or isinf(x) else normal(log(x), loc, scale) - log(x)


def half_normal(x, scale):
    if not scale > 0:
        return nan
    return -inf if x < 0 else normal(x, mpf(0), scale) + log(2)


def uniform(x, low, high):
    if not low < high:
        return nan
    return -log(high - low) if low <= x <= high else -inf


def exponential(x, rate):
    if not rate > 0:
        return nan
    return log(rate) - rate * x if x >= 0 else -inf


def log_gamma(x):
    return re(loggamma(x))


def gamma(x, a, rate):
    if not (a > 0 and rate > 0):
        return nan
    if not 0 < x < inf:
        return -inf
    return a * log(rate) + (a - 1) * log(x) - rate * x - log_gamma(a)


def beta(x, a, b):
    if not (a > 0 and b > 0):
        return nan
    if not 0 < x < 1:
        return -inf
    return (a - 1) * log(x) + (b - 1) * log(1 - x) + log_gamma(a + b) - log_gamma(a) - log_gamma(b)


def bernoulli(x, p):
    if not 0 <= p <= 1:
        return nan
    chance = {1: p, 0: 1 - p}.get(x, 0)
    return log(chance) if chance > 0 else -inf


def bernoulli_logits(x, logits):
    if x not in (0, 1):
        return -inf
    return -log(1 + exp(-logits if x == 1 else logits))


def delta(x, value):
    return mpf(0) if x == value else -inf


def unit(x, log_factor):
    return log_factor


def dirichlet(x, a):
    if not all(v > 0 for v in a):
        return nan
    if abs(sum(x) - 1) > mpf("1e-8") * len(x) or any(v < 0 for v in x):
        return -inf
    total = log_gamma(sum(a)) - sum(log_gamma(v) for v in a)
    for v, c in zip(x, a):
        if v == 0 and c != 1:
            return -inf
        total += (c - 1) * log(v) if v else 0
    return total


def multivariate_normal(x, loc, tril):
    d = len(x)
    if any(isinf(v) for v in x):
        return -inf
    lower = matrix(d, d)
    for i in range(d):
        for j in range(i + 1):
            lower[i, j] = tril[i * d + j]
        if not lower[i, i] > 0:
            return nan
    t = mp.lu_solve(lower, matrix([v - m for v, m in zip(x, loc)]))
    logs = sum(log(lower[i, i]) for i in range(d))
    return -sum(v * v for v in t) / 2 - logs - d * log(2 * pi) / 2


def categorical(x, probs):
    if not all(p >= 0 for p in probs) or not sum(probs) > 0:
        return nan
    if isinf(x) or x != int(x) or not 0 <= x < len(probs) or probs[int(x)] == 0:
        return -inf
    return log(probs[int(x)] / sum(probs))


def categorical_logits(x, logits):
    if isinf(x) or x != int(x) or not 0 <= x < len(logits) or logits[int(x)] == -inf:
        return -inf
    return logits[int(x)] - log(sum(exp(v) for v in logits))


def poisson(x, rate):
    if not 0 <= rate < inf:
        return nan
    if isinf(x) or x != int(x) or x < 0 or (rate == 0 and x > 0):
        return -inf
    return (x * log(rate) if x else 0) - rate - log_gamma(x + 1)


def number(v):
    v = float(v)
    return "NAN" if v != v else ("-INFINITY" if v < 0 else "INFINITY") if isinf(v) else v.hex()


def cells(v):
    return "{ " + ", ".join(number(u) for u in (v if isinstance(v, list) else [v])) + " }"


def exact(v):
    return [mpf(u) for u in v] if isinstance(v, list) else mpf(v)


def has_nan(v):
    return any(isnan(u) for u in (v if isinstance(v, list) else [v]))


def row(f, x, *parameters):
    if f is not unit and has_nan(x) or any(has_nan(p) for p in parameters):
        want = nan
    else:
        want = f(exact(x), *[exact(p) for p in parameters])
    n = next((len(p) for p in parameters if isinstance(p, list)), 0)
    print(f'    {{ "{f.__name__}", {n}, {cells(x)}, {{ ' + ", ".join(cells(p) for p in parameters)
          + f" }}, {number(want)} }},")


def points(law, *extra):
    tails = [law.ppf(1e-10), law.isf(1e-10)]
    return [float(v) for v in list(law.ppf(QUANTILES)) + tails] + list(extra) + ODD


def univariate():
    for loc, scale in [(0.37, 1.83), (-1523.5, 0.0021), (7.1e5, 913.0), (0.0, 1.0)]:
        for x in points(stats.norm(loc, scale), loc, loc + 40 * scale, loc - 40 * scale):
            row(normal, x, loc, scale)
    for loc, scale in [(0.37, 0.83), (-3.7, 0.021), (2.9, 3.3)]:
        law = stats.lognorm(scale, scale=float(mp.exp(loc)))
        for x in points(law, 0.0, -0.0, 5e-324, -0.7, 1e300):
            row(lognormal, x, loc, scale)
    for scale in [0.83, 0.0021, 913.0]:
        for x in points(stats.halfnorm(scale=scale), 0.0, -0.7, 40 * scale):
            row(half_normal, x, scale)
    for low, high in [(0.37, 1.83), (-1523.5, 7.1e5), (-1e-9, 3e-9)]:
        for x in points(stats.uniform(low, high - low), low, high, low - 1.0, high * 1.0000001):
            row(uniform, x, low, high)
    for rate in [0.83, 0.0021, 913.0]:
        for x in points(stats.expon(scale=1 / rate), 0.0, -0.7, 700 / rate):
            row(exponential, x, rate)
    for a, rate in [(0.83, 1.7), (1e-3, 0.4), (12.3, 0.0021), (1.0, 3.3), (1e6, 0.7), (9.99, 1.0),
                    (10.01, 1.0), (3.4e4, 1e5), (0.05, 20.0)]:
        for x in points(stats.gamma(a, scale=1 / rate), 0.0, -0.7, a / rate, 3.7 * a / rate):
            row(gamma, max(x, 1e-300) if 0 < x else x, a, rate)
    for a, b in [(0.83, 1.7), (1e-3, 2.4), (12.3, 0.21), (1.0, 1.0), (1e6, 1e6), (0.5, 1e6),
                 (9.99, 10.01), (3.4e4, 17.0), (0.01, 0.02)]:
        for x in points(stats.beta(a, b), 0.0, 1.0, -0.7, 1.0000000000000002, a / (a + b), 0.9999):
            row(beta, max(x, 1e-300) if 0 < x else x, a, b)
    for bad in [-1.3, 0.0, -0.0, float("nan"), float("-inf")]:
        row(normal, 0.7, 0.3, bad)
        row(lognormal, 0.7, 0.3, bad)
        row(half_normal, 0.7, bad)
        row(exponential, 0.7, bad)
        row(gamma, 0.7, bad, 1.3)
        row(gamma, 0.7, 1.3, bad)
        row(beta, 0.7, bad, 1.3)
        row(beta, 0.7, 1.3, bad)
    for low, high in [(0.7, 0.7), (1.7, 0.3), (float("nan"), 3.0), (0.1, float("nan"))]:
        row(uniform, 0.7, low, high)
    for f in (normal, lognormal):
        row(f, 0.7, float("nan"), 1.3)


def discrete():
    outcomes = [0.0, 1.0, 0.5, -1.0, 2.0] + ODD
    for p in [0.37, 1e-10, 1 - 1e-10, 0.0, 1.0, 0.5, -0.1, 1.1, float("nan")]:
        for x in outcomes:
            row(bernoulli, x, p)
    for logits in [0.37, -23.0, 23.0, 800.0, -800.0, 0.0, 1e-10, float("nan")]:
        for x in outcomes:
            row(bernoulli_logits, x, logits)
    for probs in [[0.2, 0.5, 0.3], [3.3, 0.0, 1e-10, 12.0, 700.1], [1e-300, 3e-300], [0.7],
                  [0.0, 0.0, 0.0], [0.4, -0.1, 0.7], [0.4, float("nan"), 0.7]]:
        for x in [float(k) for k in range(len(probs))] + [0.5, -1.0, float(len(probs))] + ODD:
            row(categorical, x, probs)
    for logits in [[0.2, -1.5, 3.3], [700.0, -700.0, 0.37, 699.5], [-1000.0, -1001.3], [0.7],
                   [0.3, float("-inf"), 1.2], [0.4, float("nan"), 0.7]]:
        for x in [float(k) for k in range(len(logits))] + [0.5, -1.0, float(len(logits))] + ODD:
            row(categorical_logits, x, logits)
    for rate in [0.83, 0.0021, 9.7, 34.56, 913.0, 1e6, 3.4e11]:
        for x in points(stats.poisson(rate), 0.0, -0.0, 1.0, 0.5, 17.0000001, -1.0, -0.25, 131.0):
            row(poisson, x, rate)
    for x in [1e15 + 4e7, 1e15 - 1.0, 2.0 ** 60, 3.0, 4503599627370495.5]:
        row(poisson, x, 1e15)
    for rate in [0.0, -0.0, -0.7, 1e-290, float("nan"), float("inf"), float("-inf")]:
        for x in [0.0, 3.0, 0.5] + ODD:
            row(poisson, x, rate)
    for value in [0.37, -1523.5, 0.0]:
        for x in [value, value + 1e-10, value - 1e-10, -1e300, 0.7] + ODD:
            row(delta, x, value)
    row(delta, 0.7, float("nan"))
    for log_factor in [0.37, -1523.5, 1e-10, float("-inf"), float("nan")]:
        for x in [0.0, 0.7] + ODD:
            row(unit, x, log_factor)


def multivariate():
    # dyadic weights have the sum 1 exactly
    weights = [[0.25, 0.625, 0.125], [0.5, 0.5 - 2.0 ** -33, 2.0 ** -33], [2.0 ** -34, 2.0 ** -35,
               1 - 2.0 ** -34 - 2.0 ** -35], [0.0, 0.75, 0.25], [1.0, 0.0, 0.0],
               [-0.25, 1.0, 0.25], [0.25, 0.5, 0.125], [0.375, 0.375, 0.25]]
    weights += [[v, 0.25, 0.25] for v in ODD]
    for a in [[0.83, 1.7, 4.4], [1e-2, 1e-2, 1e-2], [1e6, 2e6, 1e6], [1.0, 1.0, 1.0], [1e-3, 1e4, 9.0],
              [1.0, 2.3, 12.0], [0.4, -1.3, 2.0], [0.4, 0.0, 2.0], [0.4, float("nan"), 2.0]]:
        for x in weights:
            row(dirichlet, x, a)
    row(dirichlet, [1.0], [0.7])
    row(dirichlet, [0.25, 0.125, 0.5, 0.0625, 0.0625], [0.7, 33.0, 1.0, 120.5, 9.0])
    plain = [1.3, 0.0, 0.0, -0.7, 0.4, 0.0, 2.2, 0.9, 3.1]
    wide = [90.0, 0.0, 0.0, 3.0, 0.9, 0.0, -17.0, 0.3, 2.0]
    tiny = [1e-5, 0.0, 0.0, 3e-6, 1e-5, 0.0, -2e-6, 0.0, 2e-4]
    for loc, tril, size in [([0.3, -1.7, 2.4], plain, 1.0), ([33.0, 0.0, -1.0], wide, 10.0),
                            ([1e-5, 2e-5, -3e-5], tiny, 1e-5)]:
        for step in [[0.0, 0.0, 0.0], [0.4, -0.3, 1.2], [-2.2, 0.9, 0.1], [30.0, -20.0, 41.0],
                     [6.4, -6.4, 6.4], [-1.3, 2.6, -0.4], [0.01, 0.02, -0.03]]:
            row(multivariate_normal, [m + size * s for m, s in zip(loc, step)], loc, tril)
        for v in ODD:
            row(multivariate_normal, [loc[0], v, loc[2]], loc, tril)
    row(multivariate_normal, [0.7], [0.2], [1.3])
    for bad in [0.0, -0.4, float("nan")]:
        row(multivariate_normal, [0.3, 0.1, 0.2], [0.3, -1.7, 2.4], plain[:4] + [bad] + plain[5:])


def header(script):
    print(f"/* Made by tests/oracle/{script} (mpmath, 50 digits): distribution, event size, value, parameters,\n"
          " * log-density. */")


def main():
    header("densities.py")
    univariate()
    discrete()
    multivariate()


if __name__ == "__main__":
    sys.exit(main())
