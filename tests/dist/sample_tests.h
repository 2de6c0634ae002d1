/**
 * Tests of samples: N draws, how far they are from a law, and what is too far.
 */
#ifndef TESTS_DIST_SAMPLE_TESTS_H
#define TESTS_DIST_SAMPLE_TESTS_H

#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"

enum { N = 100000 };

#define Z_LIMIT 4.5      /* two-sided p = 7e-6 */
#define KS_LIMIT 0.00852 /* sqrt(log(2e6) / (2 N)): p = 1e-6 */

/** N draws over a plate, with the elements of one draw N apart. */
static inline const wick_node *draw_many(wick *w, wick_dist dist)
{
    wick_plate_enter(w, &(wick_plate_options){ .name = "draws", .size = N });
    const wick_node *x = wicki_dist_draw(w, &dist);
    wick_exit(w);
    assert_ok(w);
    ck_assert_uint_eq(x->members, N);
    return x;
}

/** A distribution function with two parameters. */
typedef double distribution_function(double x, double a, double b);

/** I_x(a, b) by the continued fraction of DLMF 8.17.22, from its 200th level upwards. */
static inline double beta_cdf(double x, double a, double b)
{
    if (x > (a + 1) / (a + b + 2))
        return 1 - beta_cdf(1 - x, b, a);
    const double front =
        exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a;
    double fraction = 1;

    for (int m = 200; m > 0; m--) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1));
        fraction = 1 + odd / (1 + even / fraction);
    }
    return x > 0 ? front / fraction : 0;
}

static inline int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/** Kolmogorov's distance of N numbers, times scale, from their distribution function. */
static inline double ks_distance(
    const double *draws, double scale, distribution_function *f, double a, double b)
{
    double *x = malloc(N * sizeof *x), distance = 0;

    ck_assert_ptr_nonnull(x);
    for (int i = 0; i < N; i++)
        x[i] = scale * draws[i];
    qsort(x, N, sizeof *x, ascending);
    for (int i = 0; i < N; i++) {
        const double p = f(x[i], a, b);
        distance = fmax(distance, fmax(p - (double)i / N, (i + 1.0) / N - p));
    }
    free(x);
    return distance;
}

/** How far the mean of N numbers is from what it should be, in its standard error. */
static inline double mean_deviate(const double *x, double want)
{
    double sum = 0, square = 0;

    for (int i = 0; i < N; i++) {
        sum += x[i] - want;
        square += (x[i] - want) * (x[i] - want);
    }
    return fabs(sum) / sqrt(square - sum * sum / N);
}

/** The largest of |z| of mean, variance, skewness and kurtosis of standardised draws; the error of each
 * is that estimated from the draws. */
static inline double four_moments_deviate(const double *draws, const double moment[4])
{
    const double want[] = { 0, 1, moment[2], moment[3] };
    double *power = malloc(N * sizeof *power), worst = 0;

    ck_assert_ptr_nonnull(power);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < N; i++) {
            const double t = (draws[i] - moment[0]) / sqrt(moment[1]);
            power[i] = k == 0 ? t : power[i] * t;
        }
        worst = fmax(worst, mean_deviate(power, want[k]));
    }
    free(power);
    return worst;
}

/** Chi-squared as a normal deviate: Wilson & Hilferty (1931). */
static inline double wilson_hilferty(double chi, double freedom)
{
    return (cbrt(chi / freedom) - 1 + 2 / (9 * freedom)) / sqrt(2 / (9 * freedom));
}

#endif
