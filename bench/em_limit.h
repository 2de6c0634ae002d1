/**
 * The limit for EM of workload W4: by hand, for 16 components of 8 dimensions. The E step is one pass
 * over the data (bench/w4_sums.h), the M step a division.
 */
#ifndef BENCH_EM_LIMIT_H
#define BENCH_EM_LIMIT_H

#include "bench/w4_limit.h"

#include <stdbool.h>

/** A mixture. Locs and sums are about the centre, so that the squares do not cancel. */
typedef struct em_limit {
    bool full;
    double centre[W4_D];
    double weight[W4_K], loc[W4_K][W4_D]; /* from the centre */
    double covariance[W4_K][W4_D][W4_D];  /* of a diagonal mixture only the diagonal counts */
} em_limit;

/** Equal weights, locs at rows spread over the data, unit covariances; the centre from the data. */
void em_limit_start(em_limit *m, bool full, size_t n, const double *x);

/** One iteration; the log-likelihood before it. */
double em_limit_iterate(em_limit *m, size_t n, const double *x);

#endif
