#include "base/polygamma.h"

#include "base/special.h"
#include "base/trigonometry.h"

/* psi''(x) = psi''(x + 1) - 2 / x^3 (DLMF 5.15.5) up to 15, from where the asymptotic series
 * serves, DLMF 5.15.8 once differentiated; all that is summed is negative. */
static double on_positive(double x)
{
    double sum = 0.0, z = x;

    for (; z < 15.0; z += 1.0)
        sum -= 2.0 / (z * z * z);

    const double v = 1.0 / z, u = v * v;
    const double p =
        wicki_horner4(-35.0 / 2 * u + 691.0 / 210, u, -5.0 / 6, 3.0 / 10, -1.0 / 6, 1.0 / 6);
    return sum - u * (1.0 + v + u * (0.5 - u * p));
}

double wicki_tetragamma(double x)
{
    if (!(x <= 0.0))
        return x == INFINITY ? -0.0 : on_positive(x);

    /* psi''(x) = psi''(1 - x) - 2 pi^3 cos(pi x) / sin(pi x)^3 (DLMF 5.15.6) */
    const double below = floor(x), r = x - below > 0.5 ? x - (below + 1.0) : x - below;
    const double s = wicki_sin(WICKI_PI * r) / WICKI_PI;

    if (r == 0.0 || x == -INFINITY)
        return NAN;
    return on_positive(1.0 - x) - 2.0 * wicki_cos(WICKI_PI * r) / (s * s * s);
}
