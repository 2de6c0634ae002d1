"""Prints posterior figures of the eight schools (Rubin 1981), exact but for quadrature.

mu ~ normal(0, 5), tau ~ half-Cauchy(0, 5), theta ~ normal(mu, tau), effect ~ normal(theta, error).
Given tau everything is normal: the evidence and mu are in closed form, given mu too the effects are
independent. Probabilities of maxima and minima are one-dimensional integrals of products of normal
distribution functions. tau, mu and one theta are left to Gauss-Legendre quadrature. The figures are
in examples/eight_schools.c. Needs numpy and scipy.
"""
import numpy as np
from scipy.special import ndtr
from scipy.stats import norm

EFFECT = np.array([28, 8, -3, 7, -1, 1, 18, 12.0])
ERROR = np.array([15, 10, 16, 11, 9, 11, 10, 18.0])


def legendre(low, high, n, pieces=1):
    x, w = np.polynomial.legendre.leggauss(n)
    ends = np.linspace(low, high, pieces + 1)
    half = np.diff(ends)[:, None] / 2
    return (half * x + (ends[1:] + ends[:-1])[:, None] / 2).ravel(), (half * w).ravel()


def figures(tau):
    """Unnormalised density of tau, and conditional expectations."""
    variance = ERROR**2 + tau**2
    precision = (1 / variance).sum() + 1 / 25
    mean = (EFFECT / variance).sum() / precision
    log_p = (norm.logpdf(EFFECT, 0, np.sqrt(variance)).sum() - 0.5 * np.log(25 * precision)
             + mean**2 * precision / 2)
    density = np.exp(log_p + 30) / (1 + (tau / 5)**2)
    mu, w = legendre(-9, 9, 100)  # in standard deviations
    w = w * norm.pdf(mu)
    mu = mean + mu / np.sqrt(precision)
    v = 1 / (1 / ERROR**2 + 1 / tau**2)
    theta = v * (EFFECT / ERROR**2 + mu[:, None] / tau**2)  # [mu][school], means given tau and mu
    z, wz = legendre(-8, 8, 120)
    a = theta[:, :1] + np.sqrt(v[0]) * z  # [mu][z]
    others = np.prod(ndtr((a[:, :, None] - theta[:, None, 1:]) / np.sqrt(v[1:])), axis=2)
    best = others @ (wz * norm.pdf(z))
    spread = np.sqrt(v + ERROR**2)
    largest = 1 - np.prod(ndtr((EFFECT.max() - theta) / spread), axis=1)
    smallest = np.prod(ndtr(-(EFFECT.min() - theta) / spread), axis=1)
    return density * np.concatenate(
        ([1.0, tau], [w @ x for x in (mu, best, largest, smallest)], w @ theta))


x, w = legendre(-16, 8, 40, 12)  # log tau
totals = sum(wi * np.exp(xi) * figures(np.exp(xi)) for xi, wi in zip(x, w))
totals = totals / totals[0]
names = ["tau", "mu", "P(theta[0] is the largest)", "P(largest replicated effect >= 28)",
         "P(smallest replicated effect >= -3)"] + [f"theta[{j}]" for j in range(8)]
for name, value in zip(names, totals[1:]):
    print(f"{name} {value:.6f}")
