/**
 * Distribution functions, quantiles and entropies of counts, as elementwise ops.
 *
 * Probabilities come as p and q = 1 - p, the gradient goes to p alone: q is there for its precision.
 */
#ifndef WICKI_DIST_COUNT_LAWS_H
#define WICKI_DIST_COUNT_LAWS_H

#include "dist/dist.h"

/* --- distribution functions, P(X <= x) for any real x ---------------------------------------- */

wick_var wicki_poisson_cdf(wick *w, wick_var x, wick_var rate);

/** I_q(n - k, k + 1) with k = floor(x); DLMF 8.17.5. */
wick_var wicki_binomial_cdf(wick *w, wick_var x, wick_var n, wick_var p, wick_var q);

/** I_q(r, k + 1). */
wick_var wicki_negative_binomial_cdf(wick *w, wick_var x, wick_var r, wick_var p, wick_var q);

/** A sum of densities, of n + 1 terms at most. */
wick_var wicki_beta_binomial_cdf(wick *w, wick_var x, wick_var a, wick_var b, wick_var n);

wick_var wicki_geometric_cdf(wick *w, wick_var x, wick_var p);
wick_var wicki_discrete_uniform_cdf(wick *w, wick_var x, wick_var low, wick_var high);

/* --- quantiles, the least count with P(X <= x) >= level, without a gradient ------------------- */

wick_var wicki_poisson_quantile(wick *w, wick_var level, wick_var rate);
wick_var wicki_binomial_quantile(wick *w, wick_var level, wick_var n, wick_var p, wick_var q);
wick_var wicki_negative_binomial_quantile(
    wick *w, wick_var level, wick_var r, wick_var p, wick_var q);
wick_var wicki_beta_binomial_quantile(wick *w, wick_var level, wick_var a, wick_var b, wick_var n);
wick_var wicki_geometric_quantile(wick *w, wick_var level, wick_var p);
wick_var wicki_discrete_uniform_quantile(wick *w, wick_var level, wick_var low, wick_var high);

/* --- entropies, by sums over all counts that are not too rare to tell, or by series ----------- */

wick_var wicki_poisson_entropy(wick *w, wick_var rate);
wick_var wicki_binomial_entropy(wick *w, wick_var n, wick_var p, wick_var q);

#endif
