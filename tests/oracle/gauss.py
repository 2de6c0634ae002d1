#!/usr/bin/env python3
"""Points and weights of Gauss-Legendre on (0, 1), as in src/base/quadrature.c (DLMF 3.5(v)).

    python3 tests/oracle/gauss.py            needs mpmath
"""
from mpmath import cos, findroot, legendre, mp, mpf, pi

N = 24
mp.dps = 60


def rule(n):
    for i in range(1, n + 1):
        start = cos(pi * (i - mpf(1) / 4) / (n + mpf(1) / 2))
        x = findroot(lambda t: legendre(n, t), (start, start + mpf(10) ** -9), verify=False)
        slope = n * (x * legendre(n, x) - legendre(n - 1, x)) / (x * x - 1)
        yield (1 - x) / 2, 1 / ((1 - x * x) * slope ** 2)


def table(name, values):
    print("const double %s[WICKI_GAUSS] = {" % name)
    for i in range(0, len(values), 4):
        print("    " + " ".join(repr(float(v)) + "," for v in values[i:i + 4]))
    print("};")


points, weights = zip(*rule(N))
assert abs(sum(weights) - 1) < mpf(10) ** -40
assert abs(sum(w * x ** 47 for x, w in zip(points, weights)) - mpf(1) / 48) < mpf(10) ** -40
table("wicki_gauss_point", points)
print()
table("wicki_gauss_weight", weights)
