#include "infer/optim.h"

/* By squaring. The bits of n are no branches: they are hard to foresee. Below 2^-60 it no longer
 * matters beside 1. */
double wicki_power(double x, uint64_t n)
{
    double result = 1.0;

    for (; n > 0 && x > 0x1p-60; n /= 2, x *= x) {
        const double factor[] = { 1.0, x };
        result *= factor[n % 2];
    }
    return n > 0 ? 0.0 : result;
}

static bool holds(wicki_range range, double x)
{
    switch (range) {
    case WICKI_BELOW_ONE:
        return x >= 0.0 && x < 1.0;
    case WICKI_UP_TO_ONE:
        return x >= 0.0 && x <= 1.0;
    case WICKI_FRACTION:
        return x > 0.0 && x <= 1.0;
    case WICKI_POSITIVE:
        return x > 0.0;
    default:
        return x >= 0.0 && x < INFINITY;
    }
}

static const char *const NEED[] = { [WICKI_NOT_NEGATIVE] = "0 or more, finite",
    [WICKI_BELOW_ONE] = "0 or more, below 1",
    [WICKI_UP_TO_ONE] = "0 to 1",
    [WICKI_FRACTION] = "above 0, at most 1",
    [WICKI_POSITIVE] = "above 0" };

bool wicki_options_hold(
    wick *w, const char *function, const wick_optim *optim, size_t n, const wicki_option *options)
{
    for (size_t i = 0; i < n; i++) {
        if (holds(options[i].range, optim->option[i]))
            continue;
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %s is %g, need %s", function, options[i].name,
            optim->option[i], NEED[options[i].range]);
        return false;
    }
    return true;
}
