/**
 * Kullback-Leibler divergences between families of distributions of one continuous number.
 */
#ifndef WICKI_DIST_KL_H
#define WICKI_DIST_KL_H

#include "dist/dist.h"

/**
 * KL(p || q) = -H(p) - E_p[log q] where the entropy of p and the expectations that log q is made of
 * are known; infinite where p is not within the support of q. For the kl hook of a type, which has a
 * formula of its own for q of its own family, without the cancellation of this difference.
 *
 * @return  WICK_VAR_NONE, without an error, if it is not known
 */
wick_var wicki_kl_across(wick *w, const wick_dist *p, const wick_dist *q);

/**
 * What is known of a distribution beside its mean, variance and entropy. A function that is NULL: it is
 * not known.
 */
typedef struct wicki_expectations {
    const wick_dist_type *type;
    wick_var (*log)(const wick_dist *p);               /**< E[log x] */
    wick_var (*log_variance)(const wick_dist *p);      /**< of log x */
    wick_var (*log_rest)(const wick_dist *p);          /**< E[log(1 - x)] */
    wick_var (*power)(const wick_dist *p, wick_var k); /**< E[x^k]; of a uniform for k > 0 */
    /** E[exp(-rate (x - loc))] */
    wick_var (*decay)(const wick_dist *p, wick_var loc, wick_var rate);
    wick_var (*distance)(const wick_dist *p, wick_var loc); /**< E[|x - loc|] */
} wicki_expectations;

/** NULL if nothing is known. All parameters of the distributions are vars. */
const wicki_expectations *wicki_expectations_of(const wick_dist_type *type);

/** Concentration and rate of a gamma, an exponential or a chi-squared, which are gammas. */
wick_var wicki_gamma_concentration(const wick_dist *dist);
wick_var wicki_gamma_rate(const wick_dist *dist);

#endif
