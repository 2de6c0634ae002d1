#!/usr/bin/env python3
"""Reference values for tests/dist/check_densities.c: student_t, inverse_gamma, chi2, with 50 digits.

    python3 tests/oracle/densities_gamma.py > tests/data/densities_gamma.h

needs mpmath and scipy. As in densities.py the formulas are the textbook ones.
"""
import sys

from mpmath import inf, isinf, log, mp, mpf, nan, pi
from scipy import stats

from densities import gamma, header, log_gamma, points, row

NAN, INF = float("nan"), float("inf")


def student_t(x, df, loc, scale):
    if not (df > 0 and scale > 0):
        return nan
    if isinf(x):
        return -inf
    z = (x - loc) / scale
    return (log_gamma((df + 1) / 2) - log_gamma(df / 2) - log(pi * df) / 2 - log(scale)
            - (df + 1) / 2 * log(1 + z * z / df))


def inverse_gamma(x, a, rate):
    if not (a > 0 and rate > 0):
        return nan
    if not 0 < x < inf:
        return -inf
    return a * log(rate) - (a + 1) * log(x) - rate / x - log_gamma(a)


def chi2(x, df):
    return gamma(x, df / 2, mpf(1) / 2)


def student_ts():
    for df, loc, scale in [(5.3, -0.41, 1.37), (1.0, 0.37, 0.83), (0.3, -1523.5, 0.0021),
                           (19.9, 0.0, 1.0), (20.1, 0.0, 1.0), (1e3, 7.1e5, 913.0), (1e10, 0.3, 1.7),
                           (1e-3, 0.3, 1.7), (2.0, 0.0, 1e-9)]:
        extra = [loc, loc + 1e-3 * scale, loc - 40 * scale, loc + 1e5 * scale, -1e150, 1e290]
        for x in points(stats.t(max(df, 0.3), loc, scale), *extra):
            row(student_t, x, df, loc, scale)
    row(student_t, 1e300, 0.7, 0.3, 1e-3)
    for bad in [-1.3, 0.0, -0.0, NAN, -INF]:
        row(student_t, 0.7, bad, 0.3, 1.3)
        row(student_t, 0.7, 1.3, 0.3, bad)
    row(student_t, 0.7, 1.3, NAN, 1.3)


def positive():
    for a, rate in [(4.41, 1.37), (0.83, 1.7), (1e-3, 0.4), (12.3, 0.0021), (1.0, 3.3), (1e6, 0.7),
                    (9.99, 1.0), (10.01, 1.0), (3.4e4, 1e5)]:
        for x in points(stats.invgamma(a, scale=rate), 0.0, -0.7, rate / a, 3.7 * rate / a, 1e300):
            row(inverse_gamma, min(x, 1e300) if x < INF else x, a, rate)
    for df in [3.41, 0.83, 1e-3, 2.0, 1e6, 19.9, 20.1, 3.4e4]:
        for x in points(stats.chi2(df), 0.0, -0.7, df, 3.7 * df):
            row(chi2, max(x, 1e-300) if 0 < x else x, df)
    for bad in [-1.3, 0.0, -0.0, NAN, -INF]:
        row(inverse_gamma, 0.7, bad, 1.3)
        row(inverse_gamma, 0.7, 1.3, bad)
        row(chi2, 0.7, bad)


def main():
    mp.dps = 50
    header("densities_gamma.py")
    student_ts()
    positive()


if __name__ == "__main__":
    sys.exit(main())
