/**
 * The inverse Wishart distribution, a prior of covariance matrices.
 */
#ifndef MODELS_INVERSE_WISHART_H
#define MODELS_INVERSE_WISHART_H

#include <wick/wick.h>

/**
 * |V|^(df / 2) |x|^(-(df + D + 1) / 2) exp(-tr(V x^-1) / 2) / (2^(df D / 2) Gamma_D(df / 2)) for positive
 * definite x [D][D], V = diag(scale) with scale [D] > 0, df > D - 1: the inverse of a
 * wishart(df, V^-1). The mean is V / (df - D - 1) for df > D + 1; an element of the diagonal is an
 * inverse_gamma((df - D + 1) / 2, scale_j / 2). Lives until the tape is reset.
 */
wick_dist inverse_wishart(wick *w, double df, wick_var scale);

#endif
