/* Log-sum-exp over k, and the share of each k in the sum: the inner loops of a mixture.
 *
 * With v[k][i] = w[k] + x[k][i], the value of member i is log sum_k exp v[k][i], and share[k][i] is
 * exp(v[k][i] - value), by which the adjoint of the value goes to v[k][i]. Where all v are -inf the
 * value is -inf and the shares are 0; +inf and NaN go on to the value.
 */
#ifndef WICKI_KERNEL_MIXTURE_H
#define WICKI_KERNEL_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

/** The most members in a call: one logarithm serves 16 groups of 8. */
enum { WICKI_MIXTURE_MEMBERS = 128 };

typedef struct wicki_mixture_block {
    size_t k, n;
    const double *w; /**< [k] */
    const double *x; /**< [k][n], rows x_stride apart */
    size_t x_stride;
    double *share; /**< [k][n], rows share_stride apart, zeros up to the next multiple of 8; the
                        same array as x is allowed */
    size_t share_stride;
} wicki_mixture_block;

/** The way back: the product of adjoint and share is added to x, and to sums over the members. */
typedef struct wicki_mixture_adjoint {
    size_t k, n; /**< any number of members */
    const double *share;
    size_t share_stride;
    const double *each; /**< the adjoint of each member, or NULL: the same for all */
    double same;
    double *x; /**< or NULL */
    size_t x_stride;
    bool fresh;   /**< x holds nothing yet: stored, not added */
    double *sums; /**< [k][8], of the members with an index mod 8 each; or NULL */
} wicki_mixture_adjoint;

typedef struct wicki_mixture_kernels {
    /** The values of all members. */
    void (*values)(const wicki_mixture_block *m, double *out);
    /** Their sum. */
    double (*total)(const wicki_mixture_block *m);
    /** A member whose adjoint is 0 contributes nothing, unless it is the same for all. */
    void (*reverse)(const wicki_mixture_adjoint *a);
} wicki_mixture_kernels;

#endif
