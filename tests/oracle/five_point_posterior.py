"""Prints the log evidence and posterior figures of Pyro's five-point mixture, exact but for quadrature.

weights ~ dirichlet(1/2, 1/2), log scale ~ normal(0, 2), locs ~ normal(0, 10). For each of the 32
assignments weights and locs are integrated in closed form given the scale; the locs are then
independent normals, whose larger one has a mean in closed form (Clark 1961); the scale is left to
quadrature. The figures are in examples/five_point_mcmc.c. Needs numpy and scipy.
"""
import itertools

import numpy as np
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import multivariate_normal, norm

POINTS = np.array([0.0, 1.0, 10.0, 11.0, 12.0])
SHIFT = 17.0  # about minus the log evidence, so that quadrature sees numbers near 1


def component(points, scale):
    """Log density of the points of a component, mean and variance of its loc."""
    n = len(points)
    precision = 1 / 100 + n / scale**2
    covariance = scale**2 * np.eye(n) + 100 * np.ones((n, n))
    log_density = multivariate_normal(np.zeros(n), covariance).logpdf(points) if n else 0.0
    return log_density, points.sum() / scale**2 / precision, 1 / precision


def larger(m, v):
    spread = np.sqrt(v[0] + v[1])
    z = (m[0] - m[1]) / spread
    return m[0] * norm.cdf(z) + m[1] * norm.cdf(-z) + spread * norm.pdf(z)


def integrand(log_scale, figure):
    scale, total = np.exp(log_scale), 0.0
    for z in itertools.product((0, 1), repeat=len(POINTS)):
        z = np.array(z)
        log_p, m, v = zip(*(component(POINTS[z == k], scale) for k in (0, 1)))
        n = np.array([(z == k).sum() for k in (0, 1)])
        log_weight = gammaln(n + 0.5).sum() - 2 * gammaln(0.5) - gammaln(len(POINTS) + 1)
        value = {
            "evidence": 1.0,
            "larger loc": larger(m, v),
            "smaller loc": m[0] + m[1] - larger(m, v),
            "scale": scale,
            "split": float(tuple(z) in ((0, 0, 1, 1, 1), (1, 1, 0, 0, 0))),
        }[figure]
        total += np.exp(sum(log_p) + log_weight + SHIFT) * value
    return total * norm.pdf(log_scale, 0, 2)


def integral(figure):
    ends = (-6, -1, 0, 1, 2, 3, 6)
    return sum(quad(integrand, a, b, args=(figure,), limit=200, epsabs=1e-12, epsrel=1e-10)[0]
               for a, b in zip(ends, ends[1:]))


evidence = integral("evidence")
print(f"log evidence {np.log(evidence) - SHIFT:.6f}")
for figure in ("larger loc", "smaller loc", "scale", "split"):
    print(f"{figure} {integral(figure) / evidence:.6f}")
