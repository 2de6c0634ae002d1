#!/usr/bin/env python3
"""Writes tests/data/gmm_missing.h: EM for Gaussian mixtures when numbers are missing.

    python3 tests/oracle/gmm_missing.py > tests/data/gmm_missing.h

The E step fills in conditional means and covariances of what was not seen, row by row: Ghahramani &
Jordan (1994), "Supervised learning from incomplete data via an EM approach". The log-likelihood is
summed once more by SciPy's multivariate normal density of what was seen.
"""

import math
import platform

import numpy as np
import scipy
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmm import FORMS, Set, braces, matrices, print_macro, r_data

NOTES = """
 * Iris (tests/data/gmm.h) without the number in row i, column j, both counted from 0, where
 * (37 i + 61 j + 13 i j) mod 97 < 20, and without row 30 as a whole: 21 per cent. The start is that
 * of iris there, with means of the complete data. GMM_MISSING_FITS: form, log-likelihood in nats, K
 * weights, K rows of D means, K covariances of D rows of D.
 */
"""
"""Of the header."""


def missing(n, d):
    """About a fifth; of row 30 all."""
    i, j = np.indices((n, d))
    return ((37 * i + 61 * j + 13 * i * j) % 97 < 20) | (i == 30)


def expect(row, mean, covariance):
    """log density of what was seen; the row filled in; the covariance of what was not."""
    d = len(row)
    seen, gone = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
    filled, spread = np.array(row), np.zeros((d, d))
    if not len(seen):
        return 0.0, mean, covariance
    shift = row[seen] - mean[seen]
    inner = covariance[np.ix_(seen, seen)]
    gain = np.linalg.solve(inner, covariance[np.ix_(seen, gone)]).T
    filled[gone] = mean[gone] + gain @ shift
    spread[np.ix_(gone, gone)] = (
        covariance[np.ix_(gone, gone)] - gain @ covariance[np.ix_(seen, gone)]
    )
    quadratic = shift @ np.linalg.solve(inner, shift)
    log_det = np.linalg.slogdet(2.0 * math.pi * inner)[1]
    return -0.5 * (quadratic + log_det), filled, spread


def constrain(second, weights, form):
    """The M step of covariances: second are those of the components as full matrices."""
    d = second.shape[1]
    if form == "full":
        return second
    if form == "tied":
        return np.broadcast_to(np.einsum("k,kij->ij", weights, second), second.shape)
    variances = np.diagonal(second, axis1=1, axis2=2)
    if form == "spherical":
        variances = np.tile(variances.mean(axis=1, keepdims=True), d)
    return np.array([np.diag(v) for v in variances])


def step(x, weights, means, covariances, form):
    """One iteration; the log-likelihood is that before it."""
    n, k = len(x), len(weights)
    e = [[expect(row, means[c], covariances[c]) for c in range(k)] for row in x]
    logits = np.log(weights) + np.array([[c[0] for c in row] for row in e])
    total = logsumexp(logits, axis=1)
    r = np.exp(logits - total[:, None])
    filled = np.array([[c[1] for c in row] for row in e])
    spread = np.array([[c[2] for c in row] for row in e])
    counts = r.sum(axis=0)
    new = np.einsum("nk,nkd->kd", r, filled) / counts[:, None]
    off = filled - new
    second = np.einsum("nk,nki,nkj->kij", r, off, off) + np.einsum("nk,nkij->kij", r, spread)
    second /= counts[:, None, None]
    return total.sum(), counts / n, new, constrain(second, counts / n, form)


def log_likelihood(x, weights, means, covariances):
    total = []
    for row in x:
        seen = np.flatnonzero(~np.isnan(row))
        if len(seen):
            parts = [
                multivariate_normal(m[seen], c[np.ix_(seen, seen)]).logpdf(row[seen])
                for m, c in zip(means, covariances)
            ]
            total.append(logsumexp(parts, b=weights))
    return math.fsum(total)


def fit(data, x, form):
    """Until nothing changes by more than 1e-9."""
    variances = data.deviations(form) ** 2
    weights, means = data.weights, data.means
    covariances = matrices(np.diag(variances), "tied", data.k, data.d)
    for _ in range(20000):
        old = means, covariances
        _, weights, means, covariances = step(x, weights, means, covariances, form)
        if max(np.abs(means - old[0]).max(), np.abs(covariances - old[1]).max()) < 1e-9:
            break
    else:
        raise RuntimeError("no convergence")
    return log_likelihood(x, weights, means, covariances), weights, means, covariances


def fit_lines(data, x, form):
    total, weights, means, covariances = fit(data, x, form)
    return [
        f"{{ {FORMS[form][0]}, {total!r},",
        f"    {braces(weights)},",
        f"    {braces(means)},",
        f"    {braces(covariances)} }},",
    ]


def main():
    iris = r_data("iris")
    data = Set("iris", iris, [7, 77, 119], [0.5, 0.3, 0.6, 0.3], 0.5)
    x = np.where(missing(*iris.shape), np.nan, iris)
    print(f"/*\n * Made by tests/oracle/gmm_missing.py with Python {platform.python_version()},")
    print(f" * NumPy {np.__version__}, SciPy {scipy.__version__}.\n *")
    print(NOTES.strip("\n"))
    print_macro("GMM_MISSING_FITS", (line for form in FORMS for line in fit_lines(data, x, form)))


main()
