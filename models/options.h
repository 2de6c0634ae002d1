/**
 * Options of models: 0 is the default, WICK_ZERO is zero, as in the library.
 */
#ifndef MODELS_OPTIONS_H
#define MODELS_OPTIONS_H

#include <math.h>

/** What was chosen: the number given, the standard where it is 0, 0 where it is WICK_ZERO. */
static inline double model_option(double given, double standard)
{
    return given != 0.0 ? given : signbit(given) ? 0.0 : standard;
}

#endif
