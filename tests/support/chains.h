/**
 * Chains whose draws are given.
 */
#ifndef TESTS_SUPPORT_CHAINS_H
#define TESTS_SUPPORT_CHAINS_H

#include "mcmc/mcmc.h"
#include "tests/support/suite.h"

/** Chains, and what they draw from. */
typedef struct sampled {
    wick_potential *potential;
    wick_mcmc *chains;
} sampled;

static inline void free_sampled(sampled s)
{
    wick_mcmc_free(s.chains);
    wick_potential_free(s.potential);
}

/** Runs chains of a potential. */
static inline sampled sample_potential(wick_potential *p, const wick_mcmc_options *options)
{
    const sampled s = { p, wick_mcmc_new(p, options) };

    ck_assert_msg(s.chains && wick_mcmc_run(s.chains), "no chains");
    return s;
}

/** Runs chains of a model. */
static inline sampled sample_model(
    wick *w, void (*model)(wick *h, void *arg), void *arg, const wick_mcmc_options *options)
{
    return sample_potential(wick_potential_new(w, (wick_program){ model, arg }, NULL), options);
}

static inline wick_var standard_normal(wick *w, wick_var q, void *arg)
{
    (void)w;
    (void)arg;
    return wick_mul(wick_sum_axis(wick_mul(q, q), 0), -0.5);
}

/** Coordinate i of a draw. */
static inline double *coordinate(sampled s, size_t chain, size_t draw, size_t i)
{
    wicki_mcmc_forget_reading(s.chains);
    return s.chains->chain[chain].q + draw * s.chains->dimension + i;
}

/** A statistic of a draw. */
static inline double *statistic(sampled s, size_t chain, size_t draw, wick_statistic which)
{
    wicki_mcmc_forget_reading(s.chains);
    return s.chains->chain[chain].statistics + draw * WICKI_STATISTICS + which;
}

/** Chains of n standard normals, to be changed: their energies are independent, nothing diverges. */
static inline sampled made_chains(wick *w, size_t n, size_t chains, size_t draws)
{
    const wick_mcmc_options options = {
        .chains = chains, .samples = draws, .warmup = WICK_NO_WARMUP, .step_size = 0.5
    };
    const sampled s =
        sample_potential(wick_potential_of_density(w, standard_normal, NULL, n, NULL), &options);

    for (size_t c = 0; c < chains; c++)
        for (size_t d = 0; d < draws; d++) {
            for (size_t i = 0; i < n; i++)
                *coordinate(s, c, d, i) = wick_draw_normal(w);
            for (int k = 0; k < WICKI_STATISTICS; k++)
                *statistic(s, c, d, (wick_statistic)k) = 0.0;
            *statistic(s, c, d, WICK_LP) = wick_draw_normal(w);
            *statistic(s, c, d, WICK_ENERGY) = wick_draw_normal(w);
        }
    return s;
}

#endif
