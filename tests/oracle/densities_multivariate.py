#!/usr/bin/env python3
"""Reference values for tests/dist/check_densities.c of distributions of vectors and matrices.

    python3 tests/oracle/densities_multivariate.py > tests/data/densities_multivariate.h

Needs mpmath and scipy; 50 digits. Formulas are the textbook ones: covariances are inverted as they
stand, the integral of the LKJ density is that of Lewandowski, Kurowicka & Joe (2009), equation (16),
which is one over correlation matrices.
"""
import math

from mpmath import beta, det, inf, inverse, isinf, isnan, log, matrix, mp, mpf, nan, pi

from densities import cells, exact, header, log_gamma, number

mp.dps = 50


def square(values):
    n = math.isqrt(len(values))
    return matrix([[values[i * n + j] for j in range(n)] for i in range(n)])


def lower(values):
    a = square(values)
    return matrix([[a[i, j] if j <= i else mpf(0) for j in range(a.cols)] for i in range(a.rows)])


def good_factor(tril):
    return all(tril[i, i] > 0 for i in range(tril.rows))


def centred(x, loc):
    return matrix([v - m for v, m in zip(x, loc)])


def low_rank_multivariate_normal(x, loc, factor, diag):
    if not all(v > 0 for v in diag):
        return nan
    if any(isinf(v) for v in x):
        return -inf
    f, e = square(factor), centred(x, loc)
    c = f * f.T
    for i, v in enumerate(diag):
        c[i, i] += v
    return -(e.T * inverse(c) * e)[0] / 2 - log(det(c)) / 2 - len(x) * log(2 * pi) / 2


def multivariate_student_t(x, df, loc, tril):
    a, d = lower(tril), len(x)
    if not (0 < df < inf and good_factor(a)):
        return nan
    if any(isinf(v) for v in x):
        return -inf
    c, e = a * a.T, centred(x, loc)
    q = (e.T * inverse(c) * e)[0]
    return (log_gamma((df + d) / 2) - log_gamma(df / 2) - d * log(pi * df) / 2 - log(det(c)) / 2
            - (df + d) / 2 * log(1 + q / df))


def lkj_cholesky(x, dim, eta):
    a, k = square(x), int(dim)
    if not 0 < eta < inf:
        return nan
    for i in range(k):
        if any(a[i, j] != 0 for j in range(i + 1, k)) or not a[i, i] > 0:
            return -inf
        if abs(sum(a[i, j] ** 2 for j in range(k)) - 1) > mpf("1e-8") * k:
            return -inf
    constant = sum((2 * eta - 2 + k - i) * (k - i) for i in range(1, k)) * log(2)
    for i in range(1, k):
        b = eta + mpf(k - i - 1) / 2
        constant += (k - i) * log(beta(b, b))
    # det(L L')^(eta - 1), and d(L L') / dL = prod L_ii^(k - i)
    logs = sum((2 * (eta - 1) + k - 1 - i) * log(a[i, i]) for i in range(1, k))
    return logs - constant


def wishart(x, df, tril):
    a, v = lower(tril), square(x)
    d = a.rows
    if not (d - 1 < df < inf and good_factor(a)):
        return nan
    largest = max(abs(u) for u in x)
    skew = max(abs(v[i, j] - v[j, i]) for i in range(d) for j in range(d))
    if isinf(largest) or skew > mpf("1e-8") * largest:
        return -inf
    if not all(det(v[:k, :k]) > 0 for k in range(1, d + 1)):
        return -inf
    c = a * a.T
    trace = sum((inverse(c) * v)[i, i] for i in range(d))
    gammas = d * (d - 1) * log(pi) / 4 + sum(log_gamma((df - j) / 2) for j in range(d))
    return ((df - d - 1) * log(det(v)) / 2 - trace / 2 - df * d * log(2) / 2 - df * log(det(c)) / 2
            - gammas)


def row(f, n, x, *parameters):
    flat = [u for v in (x,) + parameters for u in (v if isinstance(v, list) else [v])]
    want = nan if any(isnan(u) for u in flat) else f(exact(x), *[exact(p) for p in parameters])
    print(f'    {{ "{f.__name__}", {n}, {cells(x)}, {{ ' + ", ".join(cells(p) for p in parameters)
          + f" }}, {number(want)} }},")


ODD = [float("inf"), float("-inf"), float("nan")]
PLAIN = [1.3, 0.0, 0.0, -0.7, 0.4, 0.0, 2.2, 0.9, 3.1]
WIDE = [90.0, 0.0, 0.0, 3.0, 0.9, 0.0, -17.0, 0.3, 2.0]
STEPS = [[0.0, 0.0, 0.0], [0.4, -0.3, 1.2], [-2.2, 0.9, 0.1], [30.0, -20.0, 41.0], [6.4, -6.4, 6.4],
         [0.01, 0.02, -0.03]]


def at_steps(f, loc, size, *parameters):
    for step in STEPS:
        row(f, 3, [m + size * s for m, s in zip(loc, step)], *parameters)
    for v in ODD:
        row(f, 3, [loc[0], v, loc[2]], *parameters)


def low_rank():
    full = [0.4, -0.3, 1.2, 0.9, 0.1, -0.7, 2.2, 0.5, -0.2]
    one = [0.7, 0.0, 0.0, -1.1, 0.0, 0.0, 0.4, 0.0, 0.0]
    far = [30.0, 1.0, 0.0, -20.0, 0.4, 0.0, 7.0, -3.0, 0.1]
    for loc, factor, diag, size in [([0.3, -1.7, 2.4], full, [0.7, 1.9, 0.2], 1.0),
                                    ([33.0, 0.0, -1.0], one, [1e-4, 3e-4, 2e-4], 0.1),
                                    ([0.1, 0.2, -0.3], far, [0.5, 1e3, 0.02], 3.0),
                                    ([0.1, 0.2, -0.3], [0.0] * 9, [0.5, 1e-6, 4e5], 0.3)]:
        at_steps(low_rank_multivariate_normal, loc, size, loc, factor, diag)
    for bad in [0.0, -0.4, float("nan")]:
        row(low_rank_multivariate_normal, 3, [0.3, 0.1, 0.2], [0.3, -1.7, 2.4], full,
            [0.7, bad, 0.2])
    row(low_rank_multivariate_normal, 1, [0.7], [0.2], [1.3], [0.4])


def student():
    for df in [0.01, 0.83, 3.7, 41.0, 1e6, 1e10]:
        at_steps(multivariate_student_t, [0.3, -1.7, 2.4], 1.0, df, [0.3, -1.7, 2.4], PLAIN)
    at_steps(multivariate_student_t, [33.0, 0.0, -1.0], 10.0, 2.5, [33.0, 0.0, -1.0], WIDE)
    row(multivariate_student_t, 3, [1e200, 0.0, -1e180], 2.5, [0.3, -1.7, 2.4], PLAIN)
    row(multivariate_student_t, 1, [0.7], 2.5, [0.2], [1.3])
    for bad in [0.0, -0.4, float("nan"), float("inf")]:
        row(multivariate_student_t, 3, [0.3, 0.1, 0.2], bad, [0.3, -1.7, 2.4], PLAIN)
    for bad in [0.0, -0.4, float("nan")]:
        row(multivariate_student_t, 3, [0.3, 0.1, 0.2], 2.5, [0.3, -1.7, 2.4],
            PLAIN[:4] + [bad] + PLAIN[5:])


def unit_rows(rows):
    flat = []
    for i, r in enumerate(rows):
        length = math.sqrt(sum(v * v for v in r))
        flat += [v / length for v in r] + [0.0] * (len(rows) - 1 - i)
    return flat


def lkj():
    threes = [unit_rows(r) for r in ([[1.0], [0.3, 1.0], [-0.4, 0.7, 1.0]],
                                     [[1.0], [0.0, 1.0], [0.0, 0.0, 1.0]],
                                     [[1.0], [-40.0, 1.0], [3.0, 900.0, 1.0]],
                                     [[1.0], [1e-7, 1.0], [1.0, -1.0, 1e-9]])]
    for eta in [0.01, 0.5, 1.0, 2.7, 40.0, 1e6]:
        for x in threes:
            row(lkj_cholesky, 3, x, 3.0, eta)
        for x in ([[1.0], [0.6, 0.8]], [[1.0], [-0.96, 0.28]]):
            row(lkj_cholesky, 2, unit_rows(x), 2.0, eta)
    plain = threes[0]
    for i, v in [(1, 0.1), (0, -1.0), (4, -plain[4]), (6, 0.5), (8, float("inf")), (3, float("nan"))]:
        row(lkj_cholesky, 3, plain[:i] + [v] + plain[i + 1:], 3.0, 2.7)
    for bad in [0.0, -0.4, float("nan"), float("inf")]:
        row(lkj_cholesky, 3, plain, 3.0, bad)


def product(tril, scale):
    n = math.isqrt(len(tril))
    rows = [tril[i * n:(i + 1) * n] for i in range(n)]
    return [scale * sum(u * v for u, v in zip(a, b)) for a in rows for b in rows]


def wisharts():
    near = [1.0, 0.0, 0.0, 0.3, 2.0, 0.0, -0.4, 0.1, 1.5]
    for df in [2.0001, 3.7, 4.0, 12.3, 1e4, 1e6]:
        for x in [product(PLAIN, df), product(near, 1.0), product(near, 1e-6), product(WIDE, 3.0)]:
            row(wishart, 3, x, df, PLAIN)
        row(wishart, 3, product([v * 1.001 for v in PLAIN], df), df, PLAIN)
        row(wishart, 1, [0.7 * df], df, [1.3])
    x = product(near, 1.0)
    row(wishart, 3, product(near, 20.0), 12.3, WIDE)
    for e, v in [(1, 0.9), (0, -1.0), (4, 0.05), (8, float("inf")), (3, float("nan")), (8, 0.0)]:
        row(wishart, 3, x[:e] + [v] + x[e + 1:], 12.3, PLAIN)
    for bad in [2.0, 0.0, -0.4, float("nan"), float("inf")]:
        row(wishart, 3, x, bad, PLAIN)
    for bad in [0.0, -0.4, float("nan")]:
        row(wishart, 3, x, 12.3, PLAIN[:4] + [bad] + PLAIN[5:])


header("densities_multivariate.py")
low_rank()
student()
lkj()
wisharts()
