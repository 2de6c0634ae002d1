/* Many multivariate normals of the same x as one matrix product.
 *
 * The log-density is linear in the features phi = (1, u_i, u_i u_j), u = x - centre: with
 * P = (L L')^-1 and m = loc - centre,
 *     theta = (norm - m'Pm / 2, (Pm)_i, -P_ij; -P_ii / 2),  log p = theta'phi.
 * So densities are theta [rows][entries] times phi [entries][n], and what the gradient needs is
 * g [rows][n] times phi'. That is less work than a solve for each row, and register tiles suit it;
 * but the terms cancel where they are large, see `prepare`.
 */
#ifndef WICKI_KERNEL_QUADRATIC_H
#define WICKI_KERNEL_QUADRATIC_H

#include "kernel/mvn.h"

typedef struct wicki_quadratic_kernels {
    /** After wicki_mvn_kernels.prepare. False: the parameters call for the standardised form. */
    bool (*prepare)(const wicki_mvn *m);
    void (*forward)(wicki_mvn *m);
    void (*reverse)(wicki_mvn *m); /**< adds sum g phi to the lanes; x has no adjoint */
    /** Sums about the centre in the lanes to R, S1 and S2, for wicki_mvn_kernels.finish. */
    void (*standardise)(const wicki_mvn *m);
} wicki_quadratic_kernels;

/**
 * For every row, the largest P_ii (m_i^2 + (LL')_ii): how large the terms of a density of about 1
 * are at most. Up to this limit the quadratic form serves: terms of 1e6 leave an error of about
 * 1e6 DBL_EPSILON, 2e-10, in a log-density.
 */
#define WICKI_QUADRATIC_LIMIT 1e6

/** Is it worth its features? */
static inline bool wicki_quadratic_pays(size_t d, size_t rows)
{
    return d >= 8 && rows >= 8;
}

/** How many members' features are kept from forward to reverse. All n, or else they are made
 * again, block by block. */
static inline size_t wicki_quadratic_kept(size_t d, size_t n)
{
    const size_t room = (512 << 10) / sizeof(double) / wicki_mvn_entries(d);

    return n <= room ? (n + 7) / 8 * 8 : WICKI_MVN_BLOCK;
}

#endif
