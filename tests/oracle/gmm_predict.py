#!/usr/bin/env python3
"""Reference values for tests/models/check_gmm_predict.c and check_gmm_summary.c.

    python3 tests/oracle/gmm_predict.py > tests/data/gmm_predict.h

needs numpy, scipy, scikit-learn, and R with mclust. Densities and responsibilities of rows, some with
missing values, are those of scipy's normal densities of the columns that were seen, and of complete rows
scikit-learn's as well; what is missing is filled in by the conditional means. Mixtures of the four forms
are then fitted by mclust, which gives their log-likelihood, BIC and ICL; scikit-learn gives the AIC.
"""
import subprocess
import tempfile

import numpy as np
import scipy
import sklearn
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

FORMS = ["full", "tied", "diagonal", "spherical"]
MCLUST = {"full": "VVV", "tied": "EEE", "diagonal": "VVI", "spherical": "VII"}
rng = np.random.default_rng(1978)


def table(name, values, kind="double"):
    flat = np.asarray(values, dtype=float).ravel()
    text = ["NAN" if v != v else "%d" % v if kind != "double" else float(v).hex() for v in flat]
    print("\nstatic const %s %s[] = { %s };" % (kind, name, ", ".join(text)))


def covariances(form, k, d, scale):
    """by form: what gmm_mixture.scale has, and the covariance of each component"""
    if form == "spherical":
        return scale, [s * s * np.eye(d) for s in scale]
    if form == "diagonal":
        return scale, [np.diag(s * s) for s in scale]
    if form == "tied":
        return scale, [scale @ scale.T] * k
    return scale, [l @ l.T for l in scale]


def draw_scale(form, k, d):
    if form == "spherical":
        return rng.uniform(0.3, 2.0, k)
    if form == "diagonal":
        return rng.uniform(0.3, 2.0, (k, d))
    n = 1 if form == "tied" else k
    lower = np.tril(rng.normal(size=(n, d, d)), -1) + np.eye(d) * rng.uniform(0.4, 1.5, (n, 1, d))
    return lower[0] if form == "tied" else lower


def joint(weights, loc, covs, row):
    seen = ~np.isnan(row)
    if not seen.any():
        return np.log(weights)
    return np.log(weights) + [
        multivariate_normal(m[seen], c[np.ix_(seen, seen)]).logpdf(row[seen]) for m, c in zip(loc, covs)
    ]


def complete(shares, loc, covs, row):
    seen, missing = ~np.isnan(row), np.isnan(row)
    out = row.copy()
    out[missing] = 0
    for r, m, c in zip(shares, loc, covs):
        gain = c[np.ix_(missing, seen)] @ np.linalg.inv(c[np.ix_(seen, seen)])
        out[missing] += r * (m[missing] + gain @ (row[seen] - m[seen]))
    return out


def kl(a, b):
    """KL(a || b) of normal densities (loc, covariance)"""
    off, inverse = b[0] - a[0], np.linalg.inv(b[1])
    return 0.5 * (np.trace(inverse @ a[1]) + off @ inverse @ off - len(off)
                  + np.linalg.slogdet(b[1])[1] - np.linalg.slogdet(a[1])[1])


def as_sklearn(weights, loc, covs):
    g = GaussianMixture(len(weights), covariance_type="full")
    g.weights_, g.means_, g.covariances_ = weights, loc, np.array(covs)
    g.precisions_cholesky_ = np.array([np.linalg.inv(np.linalg.cholesky(c)).T for c in covs])
    return g


# --- rows ------------------------------------------------------------------------------------------

K, D, N = 3, 3, 24
weights = np.array([0.5, 0.15, 0.35])
loc = rng.normal(scale=1.5, size=(K, D))
x = rng.normal(scale=2.5, size=(N, D))
x[3, 1] = x[5, 0] = x[8] = x[11, 1:] = x[14, :2] = x[15, 1] = x[20, 2] = np.nan

print("/* Made by tests/oracle/gmm_predict.py with scipy %s, scikit-learn %s." % (scipy.__version__, sklearn.__version__))
print(" * Densities of rows (PREDICT_), and mixtures fitted by mclust (MCLUST_). */")
print("enum { PREDICT_K = %d, PREDICT_D = %d, PREDICT_N = %d };" % (K, D, N))
table("PREDICT_WEIGHTS", weights)
table("PREDICT_LOC", loc)
table("PREDICT_X", x)
for form in FORMS:
    scale, covs = covariances(form, K, D, draw_scale(form, K, D))
    logs = np.array([joint(weights, loc, covs, row) for row in x])
    density = logsumexp(logs, axis=1)
    shares = np.exp(logs - density[:, None])
    whole = ~np.isnan(x).any(axis=1)
    g = as_sklearn(weights, loc, covs)
    assert np.allclose(g.score_samples(x[whole]), density[whole], rtol=1e-12)
    assert np.allclose(g.predict_proba(x[whole]), shares[whole], atol=1e-12)
    name = "PREDICT_" + form.upper()
    table(name + "_SCALE", scale)
    table(name + "_LOG_DENSITY", density)
    table(name + "_SHARES", shares)
    table(name + "_DIVERGENCE", [[kl(a, b) + kl(b, a) for b in zip(loc, covs)] for a in zip(loc, covs)])
    table(name + "_COMPLETED", [complete(r, loc, covs, row) for r, row in zip(shares, x)])

# --- criteria --------------------------------------------------------------------------------------

PROGRAM = """
suppressMessages(library(mclust))
x <- as.matrix(read.csv("%s", header = FALSE))
for (name in c("VVV", "EEE", "VVI", "VII")) {
  m <- Mclust(x, G = 2, modelNames = name, verbose = FALSE,
    control = emControl(tol = c(1e-15, 1e-15)))
  cat(sprintf("%%.17g", c(m$parameters$pro, m$parameters$mean, m$parameters$variance$sigma,
    m$loglik, m$df, m$bic, icl(m))), "\n")
}
"""
N = 60
data = np.vstack([rng.normal(size=(40, 2)) @ [[1.2, 0.5], [0, 0.6]],
                  rng.normal(size=(20, 2)) @ [[0.5, 0], [-0.2, 0.9]] + [1.9, -1.1]])
with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    np.savetxt(file, data, fmt="%.17g", delimiter=",")
    file.flush()
    lines = subprocess.check_output(["Rscript", "-e", PROGRAM % file.name], text=True).split("\n")
print("\nenum { MCLUST_K = 2, MCLUST_D = 2, MCLUST_N = %d };" % N)
table("MCLUST_X", data)
for form, line in zip(FORMS, lines):
    v = np.array([float(t) for t in line.split()])
    weights, loc, covs = v[:2], v[2:6].reshape(2, 2), v[6:14].reshape(2, 2, 2)
    log_likelihood, df, bic, icl = v[14:]
    tril = np.array([np.linalg.cholesky(c) for c in covs])
    scale = {"full": tril, "tied": tril[0], "diagonal": [np.diag(l) for l in tril],
             "spherical": tril[:, 0, 0]}[form]
    g = as_sklearn(weights, loc, covs)
    g.covariance_type = {"diagonal": "diag"}.get(form, form)
    if form == "tied":
        g.covariances_, g.precisions_cholesky_ = covs[0], np.linalg.inv(tril[0]).T
    elif form == "diagonal":
        g.covariances_, g.precisions_cholesky_ = np.array(scale) ** 2, 1 / np.array(scale)
    elif form == "spherical":
        g.covariances_, g.precisions_cholesky_ = scale**2, 1 / scale
    assert np.isclose(g.bic(data), -bic, rtol=1e-10), (form, g.bic(data), -bic)
    name = "MCLUST_" + form.upper()
    table(name + "_WEIGHTS", weights)
    table(name + "_LOC", loc)
    table(name + "_SCALE", scale)
    print("/* log-likelihood, parameters, AIC (scikit-learn), -BIC, -ICL */")
    table(name + "_CRITERIA", [log_likelihood, df, g.aic(data), -bic, -icl])
