#!/usr/bin/env python3
"""Writes tests/data/ops.h: value and derivative of the elementwise ops by mpmath, at 50 digits.

    python3 tests/oracle/ops.py > tests/data/ops.h
"""
import mpmath as mp

mp.mp.dps = 50

WIDE = [-30.5, -3.25, -1.0, -0.7, -1e-8, 1e-8, 0.3, 1.0, 2.5, 17.0]
POSITIVE = [1e-300, 1e-8, 0.3, 0.9375, 1.0625, 2.5, 17.0, 1e8, 1e300]

OPS = {
    "neg": (lambda x: -x, WIDE),
    "abs": (abs, WIDE),
    "square": (lambda x: x * x, WIDE + [1e8, -1e8]),
    "sqrt": (mp.sqrt, POSITIVE),
    "exp": (mp.exp, WIDE + [-700.0, 700.0]),
    "expm1": (mp.expm1, WIDE + [-1e-20, 700.0]),
    "log": (mp.log, POSITIVE),
    "log1p": (mp.log1p, [-0.99999999, -0.7, -1e-8, -1e-20, 1e-20, 1e-8, 0.3, 2.5, 1e8]),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), WIDE + [-700.0]),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), WIDE + [-700.0, 700.0]),
    "tanh": (mp.tanh, WIDE),
    "lgamma": (lambda x: mp.log(abs(mp.gamma(x))), [1e-8, 0.3, 0.75, 1.3, 2.5, 6.5, 17.0, 1e8]),
    "digamma": (mp.digamma, [1e-8, 0.3, 0.75, 1.3, 2.5, 6.5, 17.0, 1e8]),
    "erf": (mp.erf, [-5.5, -1.0, -0.3, -1e-8, 1e-8, 0.7, 2.5, 5.5]),
}

DERIVATIVES = {
    "neg": lambda x: -1,
    "abs": mp.sign,
    "square": lambda x: 2 * x,
    "sqrt": lambda x: 1 / (2 * mp.sqrt(x)),
    "exp": mp.exp,
    "expm1": mp.exp,
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "sigmoid": lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2,
    "softplus": lambda x: 1 / (1 + mp.exp(-x)),
    "tanh": lambda x: mp.sech(x) ** 2,
    "lgamma": mp.digamma,
    "digamma": lambda x: mp.psi(1, x),
    "erf": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
}

PAIRS = [(0.3, 2.5), (2.5, -1.75), (17.0, 0.5), (1e-8, 1.5), (1.0, -3.0), (1e8, -2.0)]

BINARY = {
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "sub": (lambda a, b: a - b, lambda a, b: (1, -1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
    "div": (lambda a, b: a / b, lambda a, b: (1 / b, -a / b**2)),
    "pow": (lambda a, b: a**b, lambda a, b: (b * a ** (b - 1), a**b * mp.log(a))),
    "minimum": (min, lambda a, b: (int(a < b), int(a >= b))),
    "maximum": (max, lambda a, b: (int(a > b), int(a <= b))),
}


def text(x):
    return mp.nstr(mp.mpf(x), 20)


print("/* Made by tests/oracle/ops.py: by mpmath, to 20 digits. */")
print("#ifdef UNARY_ROW /* op, x, value, derivative */")
for name, (function, points) in OPS.items():
    for x in points:
        exact = mp.mpf(x)
        print("UNARY_ROW(%s, %r, %s, %s)" % (name, x, text(function(exact)), text(DERIVATIVES[name](exact))))
print("#endif")
print("#ifdef BINARY_ROW /* op, a, b, value, derivatives */")
for name, (function, derivatives) in BINARY.items():
    for a, b in PAIRS:
        exact = (mp.mpf(a), mp.mpf(b))
        by_a, by_b = derivatives(*exact)
        print("BINARY_ROW(%s, %r, %r, %s, %s, %s)" % (name, a, b, text(function(*exact)), text(by_a), text(by_b)))
print("#endif")
