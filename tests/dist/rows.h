/* Reference values of log-densities: distribution, size of the event, value, parameters, value. */
#ifndef TESTS_DIST_ROWS_H
#define TESTS_DIST_ROWS_H

#include "cases.h"

#include <math.h>

static const struct row {
    const char *name;
    size_t n;
    double x[MOST];
    double parameter[WICK_MAX_PARAMETERS][MOST];
    double want;
} DENSITIES[] = {
#include "../data/densities_core.h"
#include "../data/densities_continuous.h"
#include "../data/densities_discrete.h"
#include "../data/densities_gamma.h"
#include "../data/densities_multivariate.h"
};

enum { ROWS = sizeof DENSITIES / sizeof *DENSITIES };

#endif
