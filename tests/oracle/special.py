#!/usr/bin/env python3
"""Reference values for tests/base/check_special.c and tests/kernel/check_kernel_math.c.

    python3 tests/oracle/special.py > tests/data/special.h          needs mpmath

Computed with 60 digits. Each row is the argument, the value rounded to double, and what the
rounding lost, so that errors of a fraction of an ulp can be seen.
"""
import random
import sys

from mpmath import (digamma, erf, erfc, exp, expm1, findroot, log, log1p, loggamma, mp, mpf, npdf,
                    psi, re, sqrt, tanh)

mp.dps = 60
rng = random.Random(20110811)
DIGAMMA_ZERO = float(findroot(lambda x: psi(0, x), mpf("1.4616")))


def uniform(low, high, n):
    return [rng.uniform(low, high) for _ in range(n)]


def spread(low, high, n):
    """Points whose logarithm is uniform."""
    return [float(mpf(low) * (mpf(high) / mpf(low)) ** rng.random()) for _ in range(n)]


def both(xs):
    return [x if i % 2 else -x for i, x in enumerate(xs)]


def softplus(x):
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def log_gamma(x):
    return re(loggamma(x))


def quantile(p):
    """Newton steps on the logarithm of the lower tail, mirrored for p > 1/2."""
    if p == 0.5:
        return mpf(0)
    if p > 0.5:
        return -quantile(1 - p)
    z = -sqrt(-2 * log(p)) if p < 0.1 else mpf(0)
    for _ in range(200):
        tail = erfc(-z / sqrt(mpf(2))) / 2
        step = (log(tail) - log(p)) * tail / npdf(z)
        z -= step
        if abs(step) < mpf(10) ** -50:
            return z
    raise ArithmeticError(p)


# name, function, arguments
TABLES = [
    ("exp", exp, uniform(-708, 709.5, 25) + uniform(-2, 2, 15) + both(spread(1e-300, 0.3, 16))
     + [-708.0, 709.78, 0.34657359027997264, -0.34657359027997270]),
    ("log", log, spread(1e-307, 1e308, 20) + spread(5e-324, 2e-308, 6) + uniform(0.5, 2, 16)
     + [1 + d for d in both(spread(1e-15, 0.1, 14))]
     + [1.4142135623730949, 1.4142135623730951, 5e-324, 1.7976931348623157e308]),
    ("log1p", log1p, both(spread(1e-300, 0.5, 30)) + uniform(-0.999, 2, 20)
     + spread(3, 1e300, 8) + [-0.9999999999999999, 0.41421356237309515]),
    ("expm1", expm1, both(spread(1e-300, 0.5, 30)) + uniform(-36, 36, 15) + uniform(40, 709, 10)
     + [0.34657359027997264, 0.34657359027997270, -0.35, -37.5, 709.78]),
    ("sigmoid", lambda x: 1 / (1 + exp(-x)), uniform(-700, -40, 10) + uniform(-40, 40, 25)
     + uniform(-2, 2, 12) + both(spread(1e-300, 0.1, 12)) + [-707.99]),
    ("log_sigmoid", lambda x: -softplus(-x), uniform(-700, 700, 16) + uniform(-40, 40, 16)
     + uniform(-2, 2, 14) + both(spread(1e-300, 0.1, 12)) + [707.99, -1e300]),
    ("softplus", softplus, uniform(-700, 700, 16) + uniform(-40, 40, 16)
     + uniform(-2, 2, 14) + both(spread(1e-300, 0.1, 12)) + [-707.99, 1e300]),
    ("tanh", tanh, both(spread(1e-300, 0.5, 25)) + uniform(-3, 3, 25) + uniform(-19, 19, 9)
     + [21.5]),
    ("lgamma", log_gamma, spread(1e-300, 0.9, 10) + uniform(0.01, 3, 15) + uniform(3, 8, 10)
     + spread(8, 2.5e305, 15)
     + [0.9999999999999999, 1.0000000000000002, 1.9999999999999998, 2.0000000000000004, 1.0003,
        0.9997, 2.0003, 1.9997, 1.25, 1.4616321449683622, 2.9999999999999996, 5.999999999999999]),
    ("lgamma_negative", log_gamma, [-x for x in spread(1e-300, 0.9, 10)] + uniform(-5, 0, 20)
     + uniform(-170, -5, 10) + [-1.0000000000000002, -2.4570247382208006, -3.9999999999999996,
                                -1e6 - 0.25, -1e12 - 0.375]),
    ("digamma", digamma, spread(1e-300, 0.9, 12) + uniform(0.01, 3, 18) + uniform(3, 8, 10)
     + spread(8, 1e300, 12) + [DIGAMMA_ZERO, 1.4616321449683625, 1.4616, 1.4617, 1.46, 1.47,
                               0.9999999999999999, 2.9999999999999996]),
    ("digamma_negative", digamma, [-x for x in spread(1e-300, 0.9, 10)] + uniform(-5, 0, 20)
     + uniform(-170, -5, 10) + [-1.0000000000000002, -2.6107208684441447, -1e6 - 0.25]),
    ("trigamma", lambda x: psi(1, x), spread(1e-153, 0.9, 14) + uniform(0.01, 3, 18)
     + uniform(3, 8, 12) + spread(8, 1e300, 16)),
    ("trigamma_negative", lambda x: psi(1, x), [-x for x in spread(1e-150, 0.9, 10)]
     + uniform(-5, 0, 20) + uniform(-170, -5, 10) + [-1.0000000000000002, -1e6 - 0.25]),
    ("erf", erf, both(spread(1e-300, 0.5, 22)) + uniform(-2, 2, 24) + uniform(-6, 6, 12)
     + [0.49999999999999994, 0.5]),
    ("erfc", erfc, both(spread(1e-300, 0.5, 12)) + uniform(-6, 2, 14) + uniform(0.4, 6, 16)
     + uniform(6, 26, 16) + [0.49999999999999994, 0.5]),
    ("normal_quantile", quantile, uniform(0.075, 0.925, 20) + spread(1e-11, 0.075, 12)
     + spread(1e-307, 1e-11, 12) + [1 - p for p in spread(1e-15, 0.075, 10)]
     + [0.5 + d for d in both(spread(1e-15, 1e-3, 4))] + [5e-324, 0.9999999999999999]),
    ("sqrt", sqrt, [3.0, 2.718281828459045 * 2.0 ** 1001, 0.1 * 2.0 ** -1040, 1 / 3]),
]


def powers():
    pairs = [(x, float(rng.uniform(-700, 700) / log(mpf(x)))) for x in spread(1e-300, 1e300, 30)]
    pairs += [(x, float(rng.uniform(-700, 700) / log(mpf(x)))) for x in uniform(0.6, 1.6, 20)]
    pairs += [(-x, float(n)) for x, n in zip(uniform(0.3, 3, 6), (3, -7, 12, 101, -64, 2))]
    pairs += [(1.0000000000000002, 1e18), (0.9999999999999999, -3e17), (5e-324, 0.37),
              (3.0, 1e-300)]
    return pairs


def number(v):
    return float(v).hex()


def row(arguments, exact):
    rounded = float(exact)
    cells = [number(a) for a in arguments] + [number(rounded), f"{float(exact - mpf(rounded)):.4g}"]
    return "    { " + ", ".join(cells) + " },"


def main():
    out = sys.stdout
    out.write("/* Made by tests/oracle/special.py (mpmath, 60 digits). */\n")
    out.write("/* x, value, value - its rounding */\n")
    for name, f, xs in TABLES:
        out.write(f"static const double {name.upper()}_TABLE[][3] = {{\n")
        for x in xs:
            out.write(row([x], f(mpf(x))) + "\n")
        out.write("};\n\n")
    out.write("/* x, y, x^y, x^y - its rounding */\nstatic const double POW_TABLE[][4] = {\n")
    for x, y in powers():
        out.write(row([x, y], re(mpf(x) ** mpf(y))) + "\n")
    out.write("};\n")


if __name__ == "__main__":
    main()
