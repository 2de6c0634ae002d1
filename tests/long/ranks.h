/**
 * What simulation-based calibration asks of ranks: are they uniform?
 *
 * The rank of a true value among draws from its posterior, the number of draws below it, is uniform
 * on 0 .. SBC_DRAWS if the true value was drawn from the prior, and the data from the model with it.
 *
 * Source: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), "Validating Bayesian inference
 * algorithms with simulation-based calibration"; the log-likelihood as a further quantity: Modrak
 * et al. (2023), "Simulation-based calibration checking for Bayesian computation: the choice of test
 * quantities shapes sensitivity".
 */
#ifndef TESTS_LONG_RANKS_H
#define TESTS_LONG_RANKS_H

#include <stdbool.h>
#include <stddef.h>

/** Draws that a true value is ranked among, so that there are 128 ranks, in 8 bins of 16. */
enum { SBC_DRAWS = 127, SBC_RANKS = SBC_DRAWS + 1, SBC_BINS = 8 };

/** What fails: a chi-squared test whose p is below the first, a |z| above the second. Uniform ranks
 * fail in 1e-5 + 2 * 6.8e-6 = 2.4e-5 of seeds. */
#define SBC_LEAST_P 1e-5
#define SBC_MOST_Z 4.5

/** How often each rank was met. */
typedef struct sbc_ranks {
    size_t n, count[SBC_RANKS];
} sbc_ranks;

/** Adds the rank of a true value among SBC_DRAWS draws. */
void sbc_ranks_add(sbc_ranks *r, double value, const double *draws);

/** The chi-squared test of the bins: P(X >= x) for X with 7 degrees of freedom. */
double sbc_chi_squared(const sbc_ranks *r);

/**
 * The z of the mean, and of the variance, of the normal scores Phi^-1((rank + 1/2) / 128): how many
 * standard deviations they are from those of uniform ranks. Draws that are too narrow make the
 * variance large, draws that are too wide make it small, draws that are shifted move the mean.
 */
double sbc_mean_z(const sbc_ranks *r);
double sbc_variance_z(const sbc_ranks *r);

/** Does none of the three fail? */
bool sbc_uniform(const sbc_ranks *r);

#endif
