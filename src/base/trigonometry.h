/* Trigonometric functions.
 *
 * As base/special.h: one result on every IEEE machine; NaN in, NaN out. Sine, cosine and tangent
 * are NaN for |x| > 2^40 (1.1e12), where neighbouring doubles are 2e-4 apart and more.
 *
 * Accuracy is measured against mpmath in tests/base/check_incomplete.c.
 */
#ifndef WICKI_TRIGONOMETRY_H
#define WICKI_TRIGONOMETRY_H

#define WICKI_PI 3.141592653589793

double wicki_sin(double x); /**< to 2 ulp; odd, keeps -0 */
double wicki_cos(double x); /**< to 2 ulp */
double wicki_tan(double x); /**< to 4 ulp; odd, keeps -0 */

/** Arc tangent to 2 ulp; odd, keeps -0; -pi/2 and pi/2 at infinity. */
double wicki_atan(double x);

/** The angle of the point (x, y), from -pi to pi, to 3 ulp; 0 with the sign of y for x = y = 0. */
double wicki_atan2(double y, double x);

#endif
