/**
 * What optimisers share.
 */
#ifndef WICKI_INFER_OPTIM_H
#define WICKI_INFER_OPTIM_H

#include "base/handle.h"

#include <wick/optim.h>

#include <float.h>
#include <math.h>

/** 0 is the default, -0.0 (WICK_ZERO) is zero. */
static inline double wicki_chosen(double option, double otherwise)
{
    if (option != 0.0 || signbit(option))
        return option + 0.0;
    return otherwise;
}

/** A mean that decays would stay subnormal, and slow, for ever: 0.8 * 5e-324 rounds up. */
static inline double wicki_flushed(double x)
{
    return fabs(x) < DBL_MIN ? 0.0 : x;
}

/** x^n, for x from 0 to 1: the same bits on every machine. */
double wicki_power(double x, uint64_t n);

/** What an option must be. */
typedef enum wicki_range {
    WICKI_NOT_NEGATIVE, /**< 0 or more, finite */
    WICKI_BELOW_ONE,    /**< from 0, below 1 */
    WICKI_UP_TO_ONE,    /**< from 0 to 1 */
    WICKI_FRACTION,     /**< above 0, up to 1 */
    WICKI_POSITIVE      /**< above 0; may be infinite */
} wicki_range;

typedef struct wicki_option {
    const char *name;
    wicki_range range;
} wicki_option;

/** Are the n first options in their ranges? If not, raises an error. */
bool wicki_options_hold(
    wick *w, const char *function, const wick_optim *optim, size_t n, const wicki_option *options);

#endif
