#!/usr/bin/env python3
"""Writes tests/data/posteriordb_density.h: log densities of eight posteriors and their gradients.

    python3 tests/oracle/posteriordb_density.py FOLDER > tests/data/posteriordb_density.h

FOLDER has the data files of stan-dev/posteriordb. Each density is that of the unconstrained
coordinates, with the transforms and Jacobians of the Stan reference manual ("Constraint transforms")
and all normalising constants of the priors that have an integral, by mpmath; the states of the
hidden Markov model are summed out by the forward algorithm. Gradients are central differences with
40 digits.
"""
import json
import os
import random
import sys

from mpmath import beta, cholesky_solve, det, exp, log, log1p, loggamma, matrix, mp, mpf, pi

mp.dps = 40

# --- sets: coordinates to value, log |det|, and back ---------------------------------------------


def real(q):
    return q, mpf(0)


def positive(q):
    return [exp(x) for x in q], sum(q)


def unit(q):
    x = [1 / (1 + exp(-a)) for a in q]
    return x, sum(log(a) + log(1 - a) for a in x)


def ordered(q):
    x = [q[0]]
    for a in q[1:]:
        x.append(x[-1] + exp(a))
    return x, sum(q[1:], mpf(0))


def positive_ordered(q):
    x = [exp(q[0])]
    for a in q[1:]:
        x.append(x[-1] + exp(a))
    return x, sum(q)


def pair_on_simplex(q):
    """Of two elements: the centre of stick breaking is log(1 / 1) = 0."""
    (z,), log_det = unit(q)
    return [z, 1 - z], log_det


def back_unit(x):
    return [log(a / (1 - a)) for a in x]


BACK = {
    real: lambda x: x,
    positive: lambda x: [log(a) for a in x],
    unit: back_unit,
    ordered: lambda x: [x[0], log(x[1] - x[0])],
    positive_ordered: lambda x: [log(x[0]), log(x[1] - x[0])],
    pair_on_simplex: lambda x: back_unit(x[:1]),
}


# --- densities -----------------------------------------------------------------------------------


def normal(x, loc, scale):
    return -((x - loc) / scale) ** 2 / 2 - log(scale) - log(2 * pi) / 2


def half_normal(x, scale):
    return normal(x, 0, scale) + log(mpf(2))


def half_cauchy(x, scale):
    return log(2 / (pi * scale)) - log1p((x / scale) ** 2)


def low_dim_gauss_mix(d, mu, sigma, theta):
    total = sum(normal(m, 0, 2) for m in mu) + sum(half_normal(s, 2) for s in sigma)
    total += 4 * log(theta[0]) + 4 * log(1 - theta[0]) - log(beta(5, 5))
    for y in d["y"]:
        total += log(theta[0] * exp(normal(y, mu[0], sigma[0])) +
                     (1 - theta[0]) * exp(normal(y, mu[1], sigma[1])))
    return total


def hmm_example(d, theta1, theta2, mu):
    step, forward = [theta1, theta2], [mpf(1) / 2, mpf(1) / 2]
    for y in d["y"]:
        here = [forward[k] * exp(normal(y, mu[k], 1)) for k in range(2)]
        forward = [sum(here[j] * step[j][k] for j in range(2)) for k in range(2)]
    return log(sum(here)) + normal(mu[0], 3, 1) + normal(mu[1], 10, 1)


def eight_schools(d, mu, tau, theta_trans):
    total = normal(mu[0], 0, 5) + half_cauchy(tau[0], 5)
    for z, y, sigma in zip(theta_trans, d["y"], d["sigma"]):
        total += normal(z, 0, 1) + normal(y, mu[0] + tau[0] * z, sigma)
    return total


def ark(d, alpha, beta, sigma):
    total = sum(normal(x, 0, 10) for x in alpha + beta) + half_cauchy(sigma[0], mpf(5) / 2)
    for t in range(d["K"], d["T"]):
        mean = alpha[0] + sum(beta[k] * d["y"][t - 1 - k] for k in range(d["K"]))
        total += normal(d["y"][t], mean, sigma[0])
    return total


def kilpisjarvi(d, alpha, beta, sigma):
    total = normal(alpha[0], d["pmualpha"], d["psalpha"]) + normal(beta[0], d["pmubeta"], d["psbeta"])
    return total + sum(normal(y, alpha[0] + beta[0] * x, sigma[0]) for x, y in zip(d["x"], d["y"]))


def mesquite(d, beta, sigma):
    total = mpf(0)
    for a, b, c, weight in zip(d["diam1"], d["diam2"], d["canopy_height"], d["weight"]):
        total += normal(log(weight), beta[0] + beta[1] * log(a * b * c), sigma[0])
    return total


def sblri(d, beta, sigma):
    total = sum(normal(x, 0, 10) for x in beta) + half_normal(sigma[0], 10)
    for row, y in zip(d["X"], d["y"]):
        total += normal(y, sum(a * b for a, b in zip(row, beta)), sigma[0])
    return total


def gp_regr(d, rho, alpha, sigma):
    total = 25 * log(mpf(4)) - loggamma(25) + 24 * log(rho[0]) - 4 * rho[0]
    total += half_normal(alpha[0], 2) + half_normal(sigma[0], 1)
    n = d["N"]
    k = matrix(n, n)
    for i in range(n):
        for j in range(n):
            k[i, j] = alpha[0] ** 2 * exp(-(d["x"][i] - d["x"][j]) ** 2 / (2 * rho[0] ** 2))
        k[i, i] += sigma[0]
    y = matrix(d["y"])
    return total - ((y.T * cholesky_solve(k, y))[0] + log(det(k)) + n * log(2 * pi)) / 2


# --- posteriors: data, density, its arguments in the order of the coordinates, and their means -----

MODELS = {
    "low_dim_gauss_mix-low_dim_gauss_mix": ("low_dim_gauss_mix", low_dim_gauss_mix, [
        (ordered, [-2.73, 2.87]), (positive, [1.03, 1.02]), (unit, [0.62])]),
    "hmm_example-hmm_example": ("hmm_example", hmm_example, [
        (pair_on_simplex, [0.67, 0.33]), (pair_on_simplex, [0.07, 0.93]),
        (positive_ordered, [3.02, 8.83])]),
    "eight_schools-eight_schools_noncentered": ("eight_schools", eight_schools, [
        (real, [4.4]), (positive, [3.6]), (real, [0.5, 0.1, -0.1, 0.1, -0.2, -0.1, 0.5, 0.2])]),
    "arK-arK": ("arK", ark, [(real, [-0.0007]), (real, [0.69, 0.44, 0.11, -0.04, -0.3]),
                             (positive, [0.15])]),
    "kilpisjarvi_mod-kilpisjarvi": ("kilpisjarvi_mod", kilpisjarvi, [
        (real, [-60.7]), (real, [0.0176]), (positive, [1.13])]),
    "mesquite-logmesquite_logvolume": ("mesquite", mesquite, [
        (real, [5.17, 0.72]), (positive, [0.43])]),
    "sblri-blr": ("sblri", sblri, [(real, [1.0, 1.0, 1.0, 1.0, 1.0]), (positive, [0.96])]),
    "gp_pois_regr-gp_regr": ("gp_pois_regr", gp_regr, [
        (positive, [6.87]), (positive, [2.44]), (positive, [1.83])]),
}


def coordinates_of(sites):
    return [mpf(q) for to, mean in sites for q in BACK[to]([mpf(x) for x in mean])]


def log_density(data, density, sites, q):
    arguments, total, first = [], mpf(0), 0
    for to, mean in sites:
        n = len(BACK[to]([mpf(x) for x in mean]))
        value, log_det = to(q[first:first + n])
        arguments.append(value)
        total += log_det
        first += n
    return total + density(data, *arguments)


def gradient(function, q):
    step, result = mpf(10) ** -12, []
    for i in range(len(q)):
        up, down = list(q), list(q)
        up[i] += step
        down[i] -= step
        result.append((function(up) - function(down)) / (2 * step))
    return result


def exact(value):
    """All numbers as mpf."""
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [exact(v) for v in value]
    return mpf(value) if isinstance(value, float) else value


def number(x):
    return mp.nstr(x, 17)


def write(posterior, file, density, sites):
    with open(os.path.join(sys.argv[1], file + ".json")) as stream:
        data = exact(json.load(stream))
    for spread in (0.0, 0.05, 0.3, 1.0):
        q = [mpf(float(x) + spread * (2 * random.random() - 1)) for x in coordinates_of(sites)]
        f = lambda at: log_density(data, density, sites, at)
        print('{ "%s", %d, { %s },\n    %s, { %s } },' % (
            posterior, len(q), ", ".join(repr(float(x)) for x in q), number(f(q)),
            ", ".join(number(x) for x in gradient(f, q))))


random.seed(7)
print("/* Made by tests/oracle/posteriordb_density.py: posterior, coordinates, log density, gradient, by "
      "mpmath. */")
for posterior, (file, density, sites) in MODELS.items():
    write(posterior, file, density, sites)
