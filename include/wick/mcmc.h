/**
 * Markov chains: how far their draws can be trusted.
 *
 * Draws of one quantity are n numbers from each of several chains, one chain after the other. Chains
 * are split in halves (of an odd number the middle draw is left out), so that one chain is enough, and
 * a chain that drifts is found. Every function returns NaN where nothing can be said: draws that are
 * not finite, all the same, or fewer than 12 in a chain.
 *
 * Source: Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), "Rank-normalization, folding, and
 * localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2). The
 * numbers are those of the R package posterior.
 */
#ifndef WICK_MCMC_H
#define WICK_MCMC_H

#include <wick/discrete.h>

WICK_BEGIN

/* --- diagnostics ----------------------------------------------------------------------------- */

/** Draws of one quantity. */
typedef struct wick_chains {
    size_t chains, n;    /**< chains, and draws of each */
    const double *draws; /**< chains times n numbers */
} wick_chains;

/**
 * R-hat: the larger of those of the ranks of the draws, as normal scores, and of the ranks of their
 * distances from the median. Above 1.01 the chains do not agree.
 *
 * Errors of this and the functions below: WICK_ERR_ARGUMENT without chains or draws, WICK_ERR_MEMORY,
 * WICK_ERR_DOMAIN for a probability that is not between 0 and 1; NaN is returned then.
 */
WICK_API double wick_rhat(wick *w, wick_chains x);

/**
 * Effective sample sizes: how many independent draws would say as much of the ranks of the draws
 * (bulk), of their 5 % and 95 % quantiles (tail; the smaller), of the mean, of a quantile. Below 400, or
 * 100 for each chain, none of the diagnostics can be relied on.
 */
WICK_API double wick_ess_bulk(wick *w, wick_chains x);
WICK_API double wick_ess_tail(wick *w, wick_chains x);
WICK_API double wick_ess_mean(wick *w, wick_chains x);
WICK_API double wick_ess_quantile(wick *w, wick_chains x, double prob);

/** Monte Carlo standard errors of the mean, the standard deviation, a quantile. */
WICK_API double wick_mcse_mean(wick *w, wick_chains x);
WICK_API double wick_mcse_sd(wick *w, wick_chains x);
WICK_API double wick_mcse_quantile(wick *w, wick_chains x, double prob);

/** The quantile of n numbers, between order statistics (type 7 of Hyndman & Fan 1996, as R's
 * default). */
WICK_API double wick_sample_quantile(wick *w, size_t n, const double *x, double prob);

/**
 * E-BFMI of one chain, from its n energies: how well draws of the momentum follow the energies of the
 * posterior. Below 0.3 they do not reach its tails.
 *
 * Source: Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
 * Carlo": the sum of squared differences over n, over the variance, as rstan has it.
 */
WICK_API double wick_ebfmi(wick *w, size_t n, const double *energies);

WICK_END

#endif
