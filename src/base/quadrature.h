/* Gauss's rule, for integrals of functions that fall off from the start of their range. */
#ifndef WICKI_QUADRATURE_H
#define WICKI_QUADRATURE_H

#include "base/special.h"

enum { WICKI_GAUSS = 24 };

/**
 * Points and weights of Gauss-Legendre on (0, 1) (DLMF 3.5(v)), ascending.
 *
 * With them e^-g, g convex from 0 up to WICKI_REACH, is integrated to 1e-15: an exponential as well
 * as a half of a Gaussian.
 */
extern const double wicki_gauss_point[WICKI_GAUSS], wicki_gauss_weight[WICKI_GAUSS];

/** Where e^-g is no more seen beside its integral: at e^-37 of its start. */
#define WICKI_REACH 37.0

/** Where gap s + half s^2 comes to WICKI_REACH, half > 0. */
WICKI_INLINE double wicki_parabola_reach(double gap, double half)
{
    const double b = wicki_max(gap, 0.0);

    return 2.0 * WICKI_REACH / (b + sqrt(b * b + 4.0 * WICKI_REACH * half));
}

/** e^z - 1 - z, accurate near 0. */
WICKI_INLINE double wicki_exp_rest(double z)
{
    return fabs(z) < 0.34 ? wicki_exp_tail(z) : wicki_expm1(z) - z;
}

#endif
