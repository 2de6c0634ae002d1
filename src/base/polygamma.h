/* The derivative of trigamma. */
#ifndef WICKI_POLYGAMMA_H
#define WICKI_POLYGAMMA_H

/** psi''(x), negative for x > 0, to 1e-15 relative; NaN at 0, -1, -2, ... and at -inf. */
double wicki_tetragamma(double x);

#endif
