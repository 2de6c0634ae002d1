/**
 * The sums over the points that the limit for workload W4 needs: one pass, a block at a time.
 */
#ifndef BENCH_W4_SUMS_H
#define BENCH_W4_SUMS_H

#include "bench/w4_limit.h"

enum { W4_FEATURES = 48 };

/**
 * log weight_k + log Normal_k(x) = constant_k + sum_f factor_fk phi_f(x - centre).
 *
 * The features phi are x and products x_d x_(d-j), indices mod 8: j = 0 for the diagonal mixture,
 * j = 0 .. 4 for the full one. The second half of j = 4 repeats the first: no terms of the sum, but
 * a full vector.
 */
typedef struct w4_mixture {
    double centre[W4_D], weight[W4_K], constant[W4_K], factor[W4_FEATURES][W4_K];
} w4_mixture;

/** What is left of the data: the log-likelihood, and sum_n r_nk times 1 and the features. */
typedef struct w4_sums {
    double log_likelihood, responsibility[W4_K], feature[W4_K][W4_FEATURES];
} w4_sums;

/** Where the product of coordinates a and b is among the features of the full mixture. */
static inline int w4_feature_of(int a, int b)
{
    const int d = W4_D, j = (a - b + d) % d;

    return j < d / 2 || (j == d / 2 && a < b) ? d + d * j + a : d + d * (d - j) % (d * d) + b;
}

void w4_sum_diagonal(const w4_mixture *m, size_t n, const double *x, w4_sums *s);
void w4_sum_full(const w4_mixture *m, size_t n, const double *x, w4_sums *s);

#endif
