#!/usr/bin/env python3
"""Reference values of the counts and categories, as densities.py has them.

    python3 tests/oracle/densities_discrete.py > tests/data/densities_discrete.h

Small counts, those of 1e9 and more at the mode, a few standard deviations from it and far out, laws
close to a poisson, certain outcomes, and what is outside of support and domain.
"""
import sys

from mpmath import exp, inf, isinf, log, log1p, mpf, nan

from densities import ODD, header, log_gamma, row


def is_integer(x):
    return not isinf(x) and x == int(x)


def is_count(x):
    return is_integer(x) and x >= 0


def times_log(x, p):
    """x log p, 0 for x = 0"""
    return x * log(p) if x else mpf(0)


def log_choose(n, x):
    return log_gamma(n + 1) - log_gamma(x + 1) - log_gamma(n - x + 1)


def log_beta(a, b):
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def sigmoid(x):
    return mpf(1) if x == inf else 1 / (1 + exp(-x))


def binomial_of(x, n, p, q):
    if not is_count(n) or not 0 <= p <= 1:
        return nan
    if not is_count(x) or x > n or (x > 0 and p == 0) or (x < n and q == 0):
        return -inf
    return log_choose(n, x) + times_log(x, p) + times_log(n - x, q)


def binomial(x, n, p):
    return binomial_of(x, n, p, 1 - p)


def binomial_logits(x, n, logits):
    return binomial_of(x, n, sigmoid(logits), sigmoid(-logits))


def beta_binomial(x, a, b, n):
    if not (a > 0 and b > 0 and is_count(n)):
        return nan
    if not is_count(x) or x > n:
        return -inf
    return log_choose(n, x) + log_beta(x + a, n - x + b) - log_beta(a, b)


def geometric_of(x, p, q):
    if not 0 < p <= 1:
        return nan
    return times_log(x, q) + log(p) if is_count(x) and (x == 0 or q > 0) else -inf


def geometric(x, p):
    return geometric_of(x, p, 1 - p)


def geometric_logits(x, logits):
    return geometric_of(x, sigmoid(logits), sigmoid(-logits))


def negative_binomial_of(x, r, p, q):
    if not (r > 0 and 0 <= p <= 1 and q > 0):
        return nan
    if not is_count(x) or (x > 0 and p == 0):
        return -inf
    return log_gamma(x + r) - log_gamma(x + 1) - log_gamma(r) + r * log(q) + times_log(x, p)


def negative_binomial(x, r, p):
    return negative_binomial_of(x, r, p, 1 - p)


def negative_binomial_logits(x, r, logits):
    return negative_binomial_of(x, r, sigmoid(logits), sigmoid(-logits))


def gamma_poisson(x, a, rate):
    if not (a > 0 and rate > 0):
        return nan
    return negative_binomial_of(x, a, 1 / (1 + rate), rate / (1 + rate))


def discrete_uniform(x, low, high):
    if not (is_integer(low) and is_integer(high) and low <= high):
        return nan
    return -log(high - low + 1) if is_integer(x) and low <= x <= high else -inf


def one_hot_of(x, p):
    if any(v < 0 for v in p) or not sum(p) > 0:
        return nan
    if any(v not in (0, 1) for v in x) or sum(x) != 1:
        return -inf
    chance = p[x.index(1)] / sum(p)
    return log(chance) if chance > 0 else -inf


def one_hot_categorical(x, probs):
    return one_hot_of(x, probs)


def one_hot_categorical_logits(x, logits):
    return one_hot_of(x, [exp(v) for v in logits])


def multinomial_of(x, n, p):
    if not is_count(n) or any(v < 0 for v in p) or not sum(p) > 0:
        return nan
    if not all(is_count(v) for v in x) or sum(x) != n:
        return -inf
    if any(v > 0 and q == 0 for v, q in zip(x, p)):
        return -inf
    logs = sum(times_log(v, q / sum(p)) - log_gamma(v + 1) for v, q in zip(x, p))
    return log_gamma(n + 1) + logs


def multinomial(x, n, probs):
    return multinomial_of(x, n, probs)


def multinomial_logits(x, n, logits):
    return multinomial_of(x, n, [exp(v) for v in logits])


def dirichlet_multinomial(x, a, n):
    if not is_count(n) or not all(v > 0 for v in a):
        return nan
    if not all(is_count(v) for v in x) or sum(x) != n:
        return -inf
    counts = sum(log_gamma(v + c) - log_gamma(c) - log_gamma(v + 1) for v, c in zip(x, a))
    return log_gamma(n + 1) + log_gamma(sum(a)) - log_gamma(n + sum(a)) + counts


NOT_COUNTS = [-1.0, 0.5, -0.7, 1e15 + 0.5] + ODD
NAN = float("nan")


def around(mean, deviation, most=float("inf")):
    """Counts at the mean, up to ten standard deviations from it, and at the ends."""
    points = {0.0, 1.0, 7.0}
    for z in [-10, -3, -0.6, 0, 0.8, 4, 10]:
        points.add(float(max(0, round(mean + z * deviation))))
    points.add(most if most < float("inf") else float(round(30 * mean + 50)))
    return sorted(x for x in points if x <= most)


def successes():
    for n, p in [(7.0, 0.31), (143.0, 0.87), (1e9, 1e-9), (1e9, 0.37), (1e15, 0.5), (41.0, 1e-300),
                 (3e6, 1 - 2**-30)]:
        for x in around(n * p, (n * p * (1 - p)) ** 0.5, n):
            row(binomial, x, n, p)
    for n, logits in [(7.0, -0.8), (143.0, 1.9), (1e9, -20.7), (1e9, 0.4), (41.0, -690.0), (3e6, 38.0)]:
        p = float(sigmoid(mpf(logits)))
        for x in around(n * p, (n * p * (1 - p)) ** 0.5, n):
            row(binomial_logits, x, n, logits)
    for n, p in [(5.0, 0.0), (5.0, 1.0), (0.0, 0.3), (0.0, 0.0), (0.0, 1.0)]:
        logits = {0.0: float("-inf"), 1.0: float("inf")}.get(p, p)
        for x in [0.0, 1.0, 5.0, 6.0]:
            row(binomial, x, n, p)
            row(binomial_logits, x, n, logits)
    for x in NOT_COUNTS + [8.0]:
        row(binomial, x, 7.0, 0.31)
        row(binomial_logits, x, 7.0, 0.31)
        row(beta_binomial, x, 0.8, 2.3, 7.0)
    for n in [-1.0, 2.5, float("inf"), NAN]:
        row(binomial, 1.0, n, 0.31)
        row(binomial_logits, 1.0, n, 0.31)
        row(beta_binomial, 1.0, 0.8, 2.3, n)
    for p in [-0.1, 1.0000000000000002, NAN]:
        row(binomial, 1.0, 7.0, p)
        row(beta_binomial, 1.0, min(p, 0.0), 0.3, 7.0)
        row(beta_binomial, 1.0, 0.3, min(p, 0.0), 7.0)
    row(binomial_logits, 1.0, 7.0, NAN)
    for a, b, n in [(0.8, 2.3, 7.0), (1e-3, 0.02, 12.0), (1.0, 1.0, 143.0), (3e6, 5e6, 1e9),
                    (1e12, 3e12, 97.0), (2e7, 0.4, 1e4), (5.0, 1e9, 1e8), (12.0, 9.0, 0.0)]:
        p = a / (a + b)
        for x in around(n * p, (n * p * (1 - p)) ** 0.5, n):
            row(beta_binomial, x, a, b, n)


def waiting():
    for p in [0.31, 1e-9, 1 - 2**-40, 1.0, 1e-300]:
        for x in [0.0, 1.0, 3.0, 17.0, 1e3, 7e8]:
            row(geometric, x, p)
    for logits in [-0.8, 20.5, -31.0, 700.0, float("inf")]:
        for x in [0.0, 1.0, 3.0, 17.0, 1e3, 7e8]:
            row(geometric_logits, x, logits)
    for x in NOT_COUNTS:
        row(geometric, x, 0.31)
        row(geometric_logits, x, 0.31)
        row(negative_binomial, x, 2.4, 0.31)
        row(negative_binomial_logits, x, 2.4, 0.31)
        row(gamma_poisson, x, 2.4, 0.31)
    for bad in [0.0, -0.1, 1.5, NAN]:
        row(geometric, 1.0, bad)
        row(negative_binomial, 1.0, min(bad, 0.0), 0.31)
        row(negative_binomial_logits, 1.0, min(bad, 0.0), 0.31)
        row(gamma_poisson, 1.0, min(bad, 0.0), 0.31)
        row(gamma_poisson, 1.0, 0.31, min(bad, 0.0))
    row(geometric_logits, 1.0, NAN)
    for p in [-0.1, 1.0, 1.5, NAN]:
        row(negative_binomial, 1.0, 2.4, p)
    for r, mean in [(2.4, 1.1), (0.01, 3.0), (1e-8, 0.4), (30.0, 1e9), (1e12, 3.0), (1e12, 1e9),
                    (7e5, 0.2), (1e18, 41.0)]:
        p = mean / (mean + r)
        for x in around(mean, (mean * (1 + mean / r)) ** 0.5):
            row(negative_binomial, x, r, p)
            if r < 1e12 or mean < 1e9:  # else what a sigmoid rounds off is seen
                row(negative_binomial_logits, x, r, float(log(mean / r)))
            row(gamma_poisson, x, r, r / mean)
    for x in [0.0, 1.0]:
        row(negative_binomial, x, 2.4, 0.0)
        row(negative_binomial_logits, x, 2.4, float("-inf"))


def uniforms():
    for low, high in [(-3.0, 14.0), (0.0, 1.0), (5.0, 5.0), (-1e9, 1e9), (4e15, 4.1e15)]:
        middle = float(round((low + high) / 2))
        for x in [low, high, middle, low - 1, high + 1, middle + 0.5, NAN]:
            row(discrete_uniform, x, low, high)
    for low, high in [(3.0, 2.0), (0.5, 4.0), (0.0, 4.5), (float("-inf"), 2.0), (0.0, float("inf")),
                      (NAN, 2.0)]:
        row(discrete_uniform, 1.0, low, high)


def one_hots():
    probs = [0.37, 2.1, 0.0, 0.3, 1e-9]
    logits = [0.37, -2.1, float("-inf"), 0.3, -700.0]
    for k in range(5):
        x = [1.0 if i == k else 0.0 for i in range(5)]
        for scale in [1.0, 1e-9, 1e6]:
            row(one_hot_categorical, x, [scale * p for p in probs])
        for shift in [0.0, 300.0, -20.0]:
            row(one_hot_categorical_logits, x, [shift + v for v in logits])
    bad = [[0.0] * 5, [1.0, 1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0, 0.0], [2.0, -1.0, 0.0, 0.0, 0.0],
           [0.0, NAN, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, float("inf"), 0.0]]
    for x in bad:
        row(one_hot_categorical, x, probs)
        row(one_hot_categorical_logits, x, logits)
    row(one_hot_categorical, [1.0, 0.0], [0.0, 0.0])
    row(one_hot_categorical, [1.0, 0.0], [0.5, -0.1])
    row(one_hot_categorical, [1.0, 0.0], [0.5, NAN])
    row(one_hot_categorical_logits, [1.0, 0.0], [0.5, NAN])
    row(one_hot_categorical, [1.0], [0.5])


def multinomials():
    probs = [0.2, 0.5, 0.05, 0.25]
    counts = [[2.0, 4.0, 0.0, 1.0], [0.0, 0.0, 7.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0] * 4,
              [21.0, 47.0, 6.0, 26.0], [2e8, 5e8, 5e7, 2.5e8], [200010021.0, 499990023.0, 5e7, 249999956.0],
              [1e9, 0.0, 0.0, 3.0]]
    for x in counts:
        row(multinomial, x, sum(x), probs)
        row(multinomial, x, sum(x), [1e-6, 3e-6, 0.0021, 0.7])
        row(multinomial, x, sum(x), [7.7, 120.5, 1.1, 0.0])
        row(multinomial_logits, x, sum(x), [0.2, 0.5, -0.05, 1.25])
        row(multinomial_logits, x, sum(x), [-700.0, 3.0, 1.0, -2.0])
        row(multinomial_logits, x, sum(x), [-7.0, 300.0, 290.0, float("-inf")])
        row(dirichlet_multinomial, x, [0.7, 3.1, 1.0, 0.02], sum(x))
        row(dirichlet_multinomial, x, [1e9, 2.5e9, 2.5e8, 1.25e9], sum(x))
        row(dirichlet_multinomial, x, [1e-4, 33.0, 2e6, 1.0], sum(x))
    bad = [[2.0, 4.0, 0.0, 2.0], [2.0, 4.0, -1.0, 2.0], [2.5, 3.5, 0.0, 1.0], [NAN, 4.0, 0.0, 1.0],
           [float("inf"), 4.0, 0.0, 1.0]]
    for x in bad:
        row(multinomial, x, 7.0, probs)
        row(multinomial_logits, x, 7.0, probs)
        row(dirichlet_multinomial, x, probs, 7.0)
    for n in [-1.0, 6.5, float("inf"), NAN]:
        row(multinomial, counts[0], n, probs)
        row(multinomial_logits, counts[0], n, probs)
        row(dirichlet_multinomial, counts[0], probs, n)
    for p in [[0.0] * 4, [0.2, -0.1, 0.3, 0.4], [0.2, NAN, 0.3, 0.4]]:
        row(multinomial, counts[0], 7.0, p)
        row(dirichlet_multinomial, counts[0], p, 7.0)
    row(multinomial_logits, counts[0], 7.0, [0.2, NAN, 0.3, 0.4])
    row(multinomial, [5.0], 5.0, [0.3])
    row(dirichlet_multinomial, [5.0], [0.3], 5.0)


def main():
    header("densities_discrete.py")
    successes()
    waiting()
    uniforms()
    one_hots()
    multinomials()


if __name__ == "__main__":
    sys.exit(main())
