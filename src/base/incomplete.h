/* Incomplete gamma and beta functions, their inverses, and their derivatives in the parameters.
 *
 * These are the distribution functions of the gamma and the beta, and of all that is made from
 * them: chi-squared, Student's t, F, binomial, Poisson, negative binomial. As base/special.h they
 * are wick's own arithmetic, with one result on every IEEE machine, and NaN where the domain is
 * left. They branch, and take a few microseconds at most, quantiles ten times that.
 *
 * Every tail is an integral from its point outwards of a density that only falls there, in the
 * logarithm (gamma) or the logit (beta) of the variable: a sum of positive terms, by power series
 * for small parameters, else by Gauss's rule. So tails keep their relative accuracy.
 *
 * Accuracy is relative and measured against mpmath for parameters from 1e-3 to 1e6 in
 * tests/base/check_incomplete.c; 1e-13 in the bulk, and where a result is e^-k about k times the
 * working precision more.
 */
#ifndef WICKI_INCOMPLETE_H
#define WICKI_INCOMPLETE_H

/* --- gamma ------------------------------------------------------------------------------------ */

/**
 * P(a, x), the distribution function of a gamma with concentration a > 0 and rate 1 (DLMF 8.2.4);
 * 0 for x <= 0. Q(a, x) = 1 - P(a, x). Each is accurate in both tails.
 */
double wicki_gamma_p(double a, double x);
double wicki_gamma_q(double a, double x);

/** Their logarithms, finite where they underflow. */
double wicki_log_gamma_p(double a, double x);
double wicki_log_gamma_q(double a, double x);

/** d/da P(a, x), relative 4e-12; d/dx is wicki_gamma_density. */
double wicki_gamma_p_by_a(double a, double x);

/** x^(a-1) e^-x / Gamma(a), for x > 0. */
double wicki_gamma_density(double a, double x);

/**
 * The logarithm of the x with P(a, x) = p and Q(a, x) = q.
 *
 * @param q  1 - p, to be given as accurately as it is known: the smaller of the two is used
 * @return   to 1e-13 relative in x (absolute in log x, more where log x is large); -inf for p = 0,
 *           inf for q = 0. For small a the x itself would often underflow
 */
double wicki_log_gamma_quantile(double a, double p, double q);

/**
 * d log x / d a of a gamma draw x with rate 1 at a fixed P(a, x): -(dP/da) / (p(x) x).
 *
 * @param log_x  any; far below 0 it is (psi(a + 1) - log x) / a
 * @return       positive, to 2e-12 relative for a up to 1e6
 *
 * Source: Figurnov, Mohamed & Mnih (2018), Implicit reparameterization gradients, NeurIPS 31.
 */
double wicki_log_gamma_slope(double a, double log_x);

/* --- beta ------------------------------------------------------------------------------------- */

/**
 * I_x(a, b), the distribution function of a beta with a, b > 0 (DLMF 8.17.2); 0 for x <= 0, 1 for
 * x >= 1. The upper tail is 1 - I_x(a, b).
 *
 * Each is accurate in its tail; of a tail that is nearly 1 what is left is to 1e-16 absolute.
 */
double wicki_beta_i(double a, double b, double x);
double wicki_beta_i_upper(double a, double b, double x);

/** The same where y = 1 - x is known better than x tells. */
double wicki_beta_i_between(double a, double b, double x, double y);

/** Its derivatives by a and b, relative 1e-11, y = 1 - x; that by x is wicki_beta_density. */
void wicki_beta_i_slopes(double a, double b, double x, double y, double *by_a, double *by_b);

/** x^(a-1) (1-x)^(b-1) / B(a, b), for 0 <= x <= 1. */
double wicki_beta_density(double a, double b, double x);

/** The x with I_x(a, b) = p, where q = 1 - p: relative 1e-13 near 0, absolute near 1. */
double wicki_beta_quantile(double a, double b, double p, double q);

/** Its log(x / (1 - x)), from -708 to 708. */
double wicki_beta_logit_quantile(double a, double b, double p, double q);

#endif
