#!/usr/bin/env python3
"""Writes tests/data/gmm.h: Gaussian mixtures by scikit-learn and by mclust from the same starts.

    python3 tests/oracle/gmm.py > tests/data/gmm.h

mclust, and with it R's data sets, by tests/oracle/gmm.R.
"""

import math
import pathlib
import platform
import subprocess
import warnings

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

R = pathlib.Path(__file__).with_suffix(".R")
FORMS = {
    "full": ("GMM_FULL", "VVV"),
    "tied": ("GMM_TIED", "EEE"),
    "diag": ("GMM_DIAGONAL", "VVI"),
    "spherical": ("GMM_SPHERICAL", "VII"),
}
"""What scikit-learn, wick and mclust call a form."""


def run_r(*arguments, text=None):
    run = subprocess.run(
        ["Rscript", R, *arguments], input=text, capture_output=True, text=True, check=True
    )
    return run.stdout


def r_data(name):
    return np.array([[float(v) for v in row.split()] for row in run_r("data", name).splitlines()])


# --- the synthetic set --------------------------------------------------------------------------


def split_mix(state):
    """SplitMix64: Steele, Lea & Flood (2014)."""
    mask = 2**64 - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


def bell(numbers):
    """Nearly a standard normal: the sum of twelve uniform numbers of 16 bits, less 6. Exact."""
    total = 0
    for _ in range(3):
        z = next(numbers)
        total += sum((z >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
    return (total - 12 * 32768) / 65536.0


COMPONENT = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3]
"""Of rows 0, 1, ..., 9, and again."""


def synthetic(n=500, d=20):
    """Correlated columns, scales that differ; exact. tests/support/gmm_data.h makes the same."""
    numbers = split_mix(20)
    loc = [[0.75 * bell(numbers) for _ in range(d)] for _ in range(4)]
    x = np.empty((n, d))
    for i in range(n):
        k, previous = COMPONENT[i % 10], 0.0
        for j in range(d):
            z = bell(numbers)
            x[i, j] = loc[k][j] + (0.5 + 0.25 * ((k + j) % 4)) * z + 0.5 * previous
            previous = z
    return x


# --- fits ---------------------------------------------------------------------------------------


class Set:
    """Data, and a start: means at some rows, equal weights, standard deviations of the columns."""

    def __init__(self, name, x, rows, sd, common):
        self.name, self.x, self.rows, self.sd, self.common = name, x, rows, sd, common
        self.n, self.d = x.shape
        self.k = len(rows)
        self.means = x[rows]
        self.weights = np.full(self.k, 1.0 / self.k)

    def deviations(self, form):
        """A spherical start takes one number for all columns."""
        return np.full(self.d, self.common) if form == "spherical" else np.array(self.sd)


class Fit:
    def __init__(self, log_likelihood, weights, means, variances, log_dets):
        self.log_likelihood, self.weights, self.means = log_likelihood, weights, means
        self.variances, self.log_dets = variances, log_dets

    def furthest(self, other):
        """The largest difference of weights and means."""
        return max(
            np.abs(self.weights - other.weights).max(), np.abs(self.means - other.means).max()
        )


def matrices(covariances, form, k, d):
    if form == "full":
        return covariances
    if form == "tied":
        return np.broadcast_to(covariances, (k, d, d))
    columns = np.broadcast_to(covariances.reshape(k, -1), (k, d))
    return np.array([np.diag(c) for c in columns])


def by_sklearn(data, form):
    precision = data.deviations(form) ** -2.0
    start = {
        "full": np.tile(np.diag(precision), (data.k, 1, 1)),
        "tied": np.diag(precision),
        "diag": np.tile(precision, (data.k, 1)),
        "spherical": np.full(data.k, precision[0]),
    }
    mixture = GaussianMixture(
        data.k,
        covariance_type=form,
        tol=1e-12,
        reg_covar=0.0,
        max_iter=100000,
        weights_init=data.weights,
        means_init=data.means,
        precisions_init=start[form],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # did it converge?
        mixture.fit(data.x)
    total = math.fsum(mixture.score_samples(data.x))
    covariance = matrices(mixture.covariances_, form, data.k, data.d)
    variances = np.diagonal(covariance, axis1=1, axis2=2)
    log_dets = np.linalg.slogdet(covariance)[1]
    return Fit(total, mixture.weights_, mixture.means_, variances, log_dets)


def by_mclust(data, form):
    parts = [
        [data.n, data.d, data.k],
        data.x.ravel(),
        data.weights,
        data.means.ravel(),
        data.deviations(form),
    ]
    text = "\n".join(repr(float(v)) for part in parts for v in part)
    numbers = np.array(run_r("fit", FORMS[form][1], text=text).split(), dtype=float)
    weights, means = numbers[1 : 1 + data.k], numbers[1 + data.k :].reshape(data.k, data.d)
    return Fit(float(numbers[0]), weights, means, None, None)


# --- the header ----------------------------------------------------------------------------------

NOTES = """
 * GMM_IRIS: 150 flowers of three species in four lengths in cm. Anderson (1935), Bulletin of the
 * American Iris Society 59, 2-5; Fisher (1936), Annals of Eugenics 7, 179-188. As in R's datasets.
 * GMM_FAITHFUL: 272 eruptions of a geyser: minutes of one, and from it to the next. Azzalini &
 * Bowman (1990), Applied Statistics 39, 357-365. As in R's datasets. "repeated" has its row i,
 * counted from 0, i mod 4 times. "synthetic" has numbers by a formula: tests/support/gmm_data.h.
 *
 * GMM_SETS: name, rows N, columns D, components K; the start: equal weights, means at these rows,
 * these standard deviations of the columns in all components, in a spherical mixture the one after
 * them, no correlations.
 * GMM_FITS: data set, form; log-likelihood in nats by scikit-learn (tol 1e-12, reg_covar 0) and by
 * mclust's em (models VVV, EEE, VVI, VII; eps 0, tol 1e-15, which is relative); then, by
 * scikit-learn, K weights, K rows of D means, K rows of D variances, K log-determinants.
"""
"""Of the header."""


def braces(values):
    return "{ " + ", ".join(repr(float(v)) for v in np.ravel(values)) + " }"


def print_macro(name, lines):
    print(f"#define {name} \\")
    print(" \\\n".join("    " + line for line in lines) + "\n")


def table(x):
    """Rows as they were published: short decimal numbers."""
    blocks = [x[i : i + 4].ravel() for i in range(0, len(x), 4)]
    return [", ".join(f"{v:g}" for v in b) + "," for b in blocks]


def set_line(data):
    rows = "{ " + ", ".join(map(str, data.rows)) + " }"
    sds = f"{braces(data.sd)}, {float(data.common)!r}"
    return f'{{ "{data.name}", {data.n}, {data.d}, {data.k}, {rows}, {sds} }},'


def fit_lines(data, form, fit, other):
    return [
        f'{{ "{data.name}", {FORMS[form][0]},',
        f"    {fit.log_likelihood!r}, {other.log_likelihood!r},",
        *(f"    {braces(part)}," for part in (fit.weights, fit.means, fit.variances)),
        f"    {braces(fit.log_dets)} }},",
    ]


def main():
    iris, faithful = r_data("iris"), r_data("faithful")
    repeated = np.repeat(faithful, np.arange(len(faithful)) % 4, axis=0)
    sets = [
        Set("iris", iris, [7, 77, 119], [0.5, 0.3, 0.6, 0.3], 0.5),
        Set("faithful", faithful, [0, 1], [1.0, 10.0], 8.0),
        Set("repeated", repeated, [0, 1], [1.0, 10.0], 8.0),
        Set("synthetic", synthetic(), [0, 13, 26, 38], [1.5] * 20, 1.5),
    ]
    fits = [(d, f, by_sklearn(d, f), by_mclust(d, f)) for d in sets for f in FORMS]
    apart = max(abs(f.log_likelihood - o.log_likelihood) for _, _, f, o in fits)
    moved = max(f.furthest(o) for _, _, f, o in fits)
    versions = f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}"
    print(f"/*\n * Made by tests/oracle/gmm.py and gmm.R with Python {platform.python_version()},")
    print(f" * {versions}, {run_r('versions').strip()}.\n *")
    print(NOTES.strip("\n"))
    print(f" * The two are at most {apart:.2g} apart in log-likelihood, {moved:.2g} in the others.")
    print(" */")
    print_macro("GMM_IRIS", table(iris))
    print_macro("GMM_FAITHFUL", table(faithful))
    print_macro("GMM_SETS", map(set_line, sets))
    print_macro("GMM_FITS", (line for f in fits for line in fit_lines(*f)))


if __name__ == "__main__":
    main()
