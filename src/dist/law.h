/**
 * What samplers and hooks of several types share: location and scale, probabilities, ratios.
 */
#ifndef WICKI_DIST_LAW_H
#define WICKI_DIST_LAW_H

#include "base/special.h"
#include "dist/density.h"
#include "dist/sample.h"

#define WICKI_EULER_GAMMA 0.57721566490153286
#define WICKI_LOG_2 0.69314718055994531
#define WICKI_LOG_PI 1.1447298858494002

/* Of distributions whose first two parameters are a location and a scale, vars in hooks. */

/** (x - loc) / scale */
wick_var wicki_standardised(const wick_dist *dist, wick_var x);

/** loc + scale z */
wick_var wicki_located(const wick_dist *dist, wick_var z);

/** A draw loc + scale z of standard noise z. */
wick_var wicki_located_draw(wick *w, const wick_dist *dist, const wicki_draw_kind *noise);

/** p where 0 <= p <= 1, else NaN: for quantiles whose formula would go on beyond. */
wick_var wicki_probability(wick_var p);

/** Of a density whose support ends at its inputs low and high; 0: at none of them. */
void wicki_explain_bounds(
    const wick_node *node, size_t element, uint32_t low, uint32_t high, wicki_text *text);

/**
 * log(a / b) for positive a and b: relative accuracy where they are close, and finite where the
 * ratio is beyond the range of doubles.
 */
WICKI_INLINE double wicki_log_ratio(double a, double b)
{
    const double ratio = a / b, gap = (a - b) / b;
    const double far =
        ratio > 0x1p-1022 && ratio < INFINITY ? wicki_log(ratio) : wicki_log(a) - wicki_log(b);

    return fabs(gap) < 0.5 ? wicki_log1p(gap) : far;
}

#endif
