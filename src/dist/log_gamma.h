/**
 * What is made of gammas, drawn in the logarithm: gamma, beta, Dirichlet, Student's t, inverse
 * gamma, chi-squared. Gradients flow through the draws of all of them.
 */
#ifndef WICKI_DIST_LOG_GAMMA_H
#define WICKI_DIST_LOG_GAMMA_H

#include "dist/sample.h"

/**
 * Logarithms of gamma draws with rate 1, of the shape of a draw that is to be made.
 *
 * @param concentration  a parameter of it, or what is made from one
 * @param part           0, 1, ...: draws of one site that are independent of each other
 */
wick_var wicki_log_gamma(wick *w, const wicki_sampling *s, wick_var concentration, uint64_t part);

/** The same for a distribution whose first parameter is the concentration; fills s in. */
wick_var wicki_log_gamma_of(wick *w, const wick_dist *dist, wicki_sampling *s);

/** A parameter of a draw that is to be made, as a var even if it is a number. */
wick_var wicki_sampling_parameter(
    wick *w, const wick_dist *dist, const wicki_sampling *s, size_t j);

/** e^x, held among the positive normal numbers. */
wick_var wicki_positive_exp(wick_var x);

/**
 * The entropy h(a) of a gamma with concentration a and rate 1, a + log Gamma(a) + (1 - a) psi(a).
 *
 * As log(2 pi e a) / 2 and what is left, which does not cancel when a is large. A Dirichlet has
 * sum_k h(a_k) - h(s) - (K - 1) psi(s), s = sum_k a_k: gammas are their sum and their shares of it.
 */
wick_var wicki_gamma_entropy(wick_var a);

/**
 * KL of gammas with concentrations p, q and L = log(rate of q / rate of p):
 * (p - q) psi(p) - log Gamma(p) + log Gamma(q) + p (e^L - 1) - q L.
 */
wick_var wicki_gamma_kl(wick_var p, wick_var q, wick_var log_ratio);

#endif
