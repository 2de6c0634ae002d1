/* The distribution function of the standard normal, Phi, and its logarithms.
 *
 * As base/special.h: one result on every IEEE machine; NaN in, NaN out. The quantile is
 * wicki_normal_quantile there.
 */
#ifndef WICKI_NORMAL_CDF_H
#define WICKI_NORMAL_CDF_H

/** Phi(x) to 6 ulp, relative also in the lower tail; exactly 0 for x < -37.63. */
double wicki_normal_cdf(double x);

/** e^(-x^2 / 2) / sqrt(2 pi) to 4 ulp; exactly 0 for |x| > 37.6. */
double wicki_normal_density(double x);

/** log Phi(x), relative 1e-15 in both tails; -inf for x < -1.3e154. */
double wicki_log_normal_cdf(double x);

/** d/dx log Phi(x) = density / Phi, relative 1e-13; about -x far below 0, 0 far above. */
double wicki_log_normal_cdf_slope(double x);

/**
 * log(Phi(b) - Phi(a)): the log-probability of an interval.
 *
 * @return  relative error of the probability 1e-13, however narrow or far out the interval is, as
 *          far as a and b are exact; -inf for a = b, NaN for a > b
 */
double wicki_log_normal_interval(double a, double b);

/** Its derivatives by a and b: -density(a) / probability and density(b) / probability. */
void wicki_log_normal_interval_slopes(double a, double b, double *by_a, double *by_b);

/** log(1 - e^-x) for x >= 0, accurate near 0 and far above. */
double wicki_log1mexp(double x);

#endif
