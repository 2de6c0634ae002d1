#!/usr/bin/env python3
"""Writes tests/data/sticks.h: log-determinants of stick breaking by mpmath.

    python3 tests/oracle/sticks.py > tests/data/sticks.h
"""
from mpmath import exp, log, log1p, mp, mpf

mp.dps = 400  # at +-700 one minus a sigmoid loses 300 digits

POINTS = [
    [0.0],
    [0.75],
    [-1.5, 0.25],
    [0.3, -2.0, 1.75],
    [0.5, -0.5, 3.0, -4.0],
    [700.0],
    [-700.0],
    [700.0, -700.0, 700.0],
    [-700.0, -700.0, 0.125, 700.0],
    [30.0, -30.0, 30.0, -30.0],
    [1e-8, -1e-8],
]


def log_det(x):
    size, total, log_rest = len(x) + 1, mpf(0), mpf(0)
    for k, value in enumerate(x, start=1):
        shifted = mpf(value) - log(mpf(size - k))
        log_z, log_left = -log1p(exp(-shifted)), -log1p(exp(shifted))
        total += -shifted + log_z + log_z + log_rest
        log_rest += log_left
    return total


print("/* Made by tests/oracle/sticks.py: coordinates, and the log-determinant by mpmath. */")
for x in POINTS:
    numbers = ", ".join(repr(v) for v in x)
    print("{ %d, { %s }, %s }," % (len(x), numbers, mp.nstr(log_det(x), 20)))
