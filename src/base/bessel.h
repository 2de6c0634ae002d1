/* Modified Bessel functions I_0 and I_1, as the von Mises distribution needs them.
 *
 * As base/special.h: one result on every IEEE machine; NaN in, NaN out.
 */
#ifndef WICKI_BESSEL_H
#define WICKI_BESSEL_H

/** log I_0(x) (DLMF 10.25.2) to 1e-15 relative, also near 0; even, inf at infinity. */
double wicki_log_bessel_i0(double x);

/** log(e^-x I_0(x)) for x >= 0, where the difference of the logarithms loses the digits of a large x. */
double wicki_log_bessel_i0_scaled(double x);

/** I_1(x) / I_0(x) to 1e-15 relative; odd, -1 and 1 at infinity. The mean length of a von Mises. */
double wicki_bessel_ratio(double x);

/** Its derivative 1 - A/x - A^2, A the ratio; to 1e-11 relative, 1/2 at 0. */
double wicki_bessel_ratio_slope(double x);

#endif
