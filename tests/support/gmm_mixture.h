/**
 * Gaussian mixtures from numbers.
 */
#ifndef TESTS_SUPPORT_GMM_MIXTURE_H
#define TESTS_SUPPORT_GMM_MIXTURE_H

#include "models/gmm.h"

#include "tests/support/suite.h"

/** A mixture with copies of these numbers. */
static inline gmm_mixture *gmm_mixture_of(wick *w, size_t k, size_t d, gmm_covariance covariance,
    const double *weights, const double *loc, const double *scale)
{
    gmm_mixture *m = gmm_mixture_new(w, k, d, covariance);

    ck_assert_ptr_nonnull(m);
    memcpy(m->weights, weights, k * sizeof *weights);
    memcpy(m->loc, loc, k * d * sizeof *loc);
    memcpy(m->scale, scale, gmm_scale_size(k, d, covariance) * sizeof *scale);
    return m;
}

#endif
