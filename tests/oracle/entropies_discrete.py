#!/usr/bin/env python3
"""Entropies of counts for tests/dist/check_counts.c, by sums with 40 digits.

    python3 tests/oracle/entropies_discrete.py > tests/data/entropies_discrete.h        needs mpmath
"""
from mpmath import exp, floor, log, log1p, loggamma, mp, mpf, sqrt

mp.dps = 40


def poisson(x, rate):
    return x * log(rate) - rate - loggamma(x + 1)


def binomial(x, n, p):
    return loggamma(n + 1) - loggamma(x + 1) - loggamma(n - x + 1) + x * log(p) + (n - x) * log1p(-p)


def geometric(x, p):
    return x * log1p(-p) + log(p)


def entropy(f, mean, deviation, most, *parameters):
    """The sum of -p log p from 14 deviations below the mean to as many, and 80 counts, above."""
    first = max(0, int(floor(mean - 14 * deviation)))
    last = min(most, int(mean + 14 * deviation) + 80)
    logs = [f(mpf(x), *[mpf(v) for v in parameters]) for x in range(first, last + 1)]
    return -sum(exp(v) * v for v in logs)


def show(name, value):
    print(f"static const double {name} = {float(value).hex()};")


def main():
    print("/* Made by tests/oracle/entropies_discrete.py (mpmath, 40 digits). */")
    for name, rate in [("0_37", 0.37), ("87_6", 87.6), ("9999", 9999.0), ("10001", 10001.0)]:
        show("POISSON_" + name, entropy(poisson, rate, sqrt(rate), 10**9, rate))
    show("BINOMIAL_14", entropy(binomial, 7, 2, 14, 14, 0.37))
    show("BINOMIAL_1E6", entropy(binomial, 2000, sqrt(2000), 10**6, 10**6, 0.002))
    show("BINOMIAL_SERIES", entropy(binomial, 370000, sqrt(233100), 10**6, 10**6, 0.37))
    show("GEOMETRIC_0_43", entropy(geometric, 1, 10, 10**9, 0.43))


main()
