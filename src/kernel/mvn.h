/* Densities of multivariate normals over a plate that x varies over, while loc and scale_tril do not.
 *
 * The other dimensions are *rows*: each has a loc and a factor of its own, and n members. Members
 * lie side by side, so x is [d][x_rows][n], loc [d][loc_rows], scale_tril [d][d][tril_rows] and the
 * density [rows][n]. With L z = x - loc it is
 *     norm - z'z / 2,  norm = -sum_i log L_ii - d log(2 pi) / 2.
 *
 * The gradient of loc and L needs R = sum g, S1 = sum g z and S2 = sum g z z' only, which `reverse`
 * adds up in lanes (lane = index of the member mod 8) and `finish` turns into
 *     loc: L^-T S1,  L: tril(L^-T S2) - R / L_ii.
 *
 * One numbering serves constants, sums and features: entry 0 is of no component, 1 + i of
 * component i, and wicki_mvn_factor(d, i, j) of the pair i >= j.
 *
 * The family `quadratic` (quadratic.h) has a second form of the same.
 */
#ifndef WICKI_KERNEL_MVN_H
#define WICKI_KERNEL_MVN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct wicki_mvn {
    size_t d, rows;
    size_t x_rows, loc_rows, tril_rows;
    const uint32_t *x_row, *loc_row, *tril_row; /**< for each row, which of them is its own */

    size_t n;
    const double *x, *loc, *tril; /**< the upper triangle of tril is not read */
    double *out;
    const double *g;   /**< adjoint of the density */
    double *x_adjoint; /**< added to, as the next two; NULL: not wanted */
    double *loc_adjoint, *tril_adjoint;

    double *constants; /**< [8 rows at a time][entry][8]: norm, loc, L with 1 / L_ii */
    double *lanes;     /**< [row][entry][8]: R, S1, S2; NULL if only x has a gradient */
    bool pairs;        /**< S2 is wanted */
    double *scratch;   /**< wicki_mvn_scratch doubles */

    /* What the quadratic form has beside it. */
    double *theta;    /**< [8 rows at a time][entry][8] */
    double *centre;   /**< [d] */
    double *features; /**< [8 members at a time][entry][8], of up to `kept` members */
    size_t kept;      /**< a multiple of 8 */
    bool outlying;    /**< some of the features are not those of the member: it is too far out */
} wicki_mvn;

typedef struct wicki_mvn_kernels {
    void (*prepare)(const wicki_mvn *m); /**< loc and tril to constants; zeroes the lanes */
    void (*forward)(const wicki_mvn *m);
    void (*reverse)(const wicki_mvn *m); /**< adds to the lanes, and to the adjoint of x */
    void (*finish)(
        const wicki_mvn *m); /**< adds to the adjoints of loc and tril; zeroes the lanes */
} wicki_mvn_kernels;

/** Members that are solved at a time where z does not fit into registers. */
enum { WICKI_MVN_BLOCK = 128, WICKI_MVN_IN_REGISTERS = 4 };

static inline size_t wicki_mvn_factor(size_t d, size_t i, size_t j)
{
    return 1 + d + i * (i + 1) / 2 + j;
}

static inline size_t wicki_mvn_entries(size_t d)
{
    return wicki_mvn_factor(d, d, 0);
}

/** Doubles in constants, or in theta. */
static inline size_t wicki_mvn_constants(size_t d, size_t rows)
{
    return (rows + 7) / 8 * 8 * wicki_mvn_entries(d);
}

static inline size_t wicki_mvn_lanes(size_t d, size_t rows)
{
    return 8 * rows * wicki_mvn_entries(d);
}

static inline size_t wicki_mvn_scratch(size_t d)
{
    const size_t solve = d > WICKI_MVN_IN_REGISTERS ? WICKI_MVN_BLOCK * (2 * d + 1) : 0;
    const size_t finish = 8 * (wicki_mvn_entries(d) + d * d);

    return solve > finish ? solve : finish;
}

#endif
