/**
 * Densities whose moments and quantiles are known, for targets.c.
 */
#ifndef TESTS_LONG_TARGET_LAWS_H
#define TESTS_LONG_TARGET_LAWS_H

#include <wick/wick.h>

/** What is known of a quantity. NaN: that is not tested, its estimate has no finite variance. */
typedef struct law {
    double mean, variance;
    double low, high; /**< the quantiles of 5 % and 95 % */
} law;

/** A density in n dimensions, and quantities that are functions of a draw. */
typedef struct target {
    const char *name;
    wick_log_density density; /**< gets the target as its argument */
    size_t n, quantities;
    double (*value)(const double *q, size_t quantity);
    law (*law_of)(size_t quantity);
    wick_metric metric;
    size_t warmup;        /**< 0: 1000 */
    double target_accept; /**< 0: 0.8 */
} target;

enum { TARGETS = 10, WIDE = 9 };

extern const target TARGET[TARGETS];

/** A normal whose independent coordinates have the variances 1e-4, 1e-3, ..., 1e4. */
double wide_variance(size_t i);

/** Two normals with standard deviation 1, 20 apart. */
wick_var far_modes_density(wick *w, wick_var q, void *arg);

#endif
