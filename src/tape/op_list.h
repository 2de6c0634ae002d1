/**
 * The list of all ops of the tape. The table, its size and the tests come from it: an op that is
 * not here does not link, one without a gradient check fails the suite.
 */
#ifndef WICKI_TAPE_OP_LIST_H
#define WICKI_TAPE_OP_LIST_H

#include "tape/tape.h"

/* clang-format off */
#define WICKI_OP_LIST(X) \
    X(neg) X(abs) X(square) X(sqrt) X(exp) X(expm1) X(log) X(log1p) \
    X(sigmoid) X(softplus) X(tanh) X(lgamma) X(digamma) X(erf) X(detach) \
    X(sin) X(cos) X(tan) X(atan) X(log1mexp) X(trigamma) X(log_bessel_i0) X(bessel_ratio) \
    X(normal_cdf) X(log_normal_cdf) X(normal_quantile) X(log_normal_interval) \
    X(gamma_p) X(gamma_q) X(gamma_p_inverse) X(gamma_q_inverse) X(beta_i) X(beta_i_inverse) \
    X(add) X(sub) X(mul) X(div) X(pow) X(minimum) X(maximum) X(equal) X(less) \
    X(clamp) X(where) X(weigh) X(sum_of) \
    X(sum) X(max) X(logsumexp) X(mixture) X(chain) X(exp_table) X(softmax) X(log_softmax) X(cumsum) \
    X(rename) X(rearrange) X(gather) X(sum_into) X(stack) \
    X(dot) X(outer) X(matvec) X(matmul) X(cholesky) X(solve_triangular) \
    X(unpack_lower) X(lower_cholesky) X(ordered) X(stick_breaking) X(stick_breaking_log_det) \
    X(centre) X(zero_sum) X(corr_cholesky) X(gram) X(tril_product) \
    X(draw) X(implicit_gamma)
/* clang-format on */

#define WICKI_OP_EXTERN(name) extern const wick_op wicki_op_##name;
WICKI_OP_LIST(WICKI_OP_EXTERN)
#undef WICKI_OP_EXTERN

extern const wick_op *const wicki_ops[];
extern const size_t wicki_n_ops;

#endif
