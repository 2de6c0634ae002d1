/* The density of the normal where the value varies from member to member and the scale does not.
 *
 * With z = (x - loc) / scale the density of a member is
 *     norm - sum of z^2 / 2 over the event,   norm = -sum of log scale - D log(2 pi) / 2.
 * Members lie side by side; what else there is (components, nested plates, draws) are rows. Value and
 * loc are exchangeable in all this: call the one that varies x.
 */
#ifndef WICKI_KERNEL_NORMAL_H
#define WICKI_KERNEL_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

/** Where the operands of a row begin, from the first number of each. */
typedef struct wicki_normal_row {
    size_t x, loc, scale;
} wicki_normal_row;

typedef struct wicki_normal_rows {
    size_t n;     /**< members */
    size_t event; /**< numbers in the event of a member, D */
    size_t rows;
    const wicki_normal_row *row;
    bool loc_varies; /**< as x does; otherwise it is one number for all members of a row */
    size_t x_step, loc_step, scale_step; /**< from one number of the event to the next; 0: shared */
    const double *x, *loc;
    const double *inverse; /**< 1 / scale, laid out as scale is */
    const double *norm;    /**< one number for each of scale's members: row[r].scale is its index */
} wicki_normal_rows;

/** Doubles of lanes for one row: R = sum of g, and for each number of the event A = sum of g t and
 * B = sum of g t^2, of t = x - loc, in 8 lanes. Zeros to begin with. */
#define WICKI_NORMAL_LANES(event) (8 * (1 + 2 * (event)))

typedef struct wicki_normal_kernels {
    /**
     * Constants of scales that lie as [elements][members]. Scales that are not positive give a norm
     * that is NaN and an inverse of 0, which makes every slope 0.
     *
     * @param event  numbers in the event, D: elements, or any number if elements is 1
     */
    void (*prepare)(size_t members, size_t elements, size_t event, const double *scale,
        double *inverse, double *norm);

    /** The densities: out is [rows][n]. */
    void (*forward)(const wicki_normal_rows *q, double *out);

    /** Adds to the lanes of each row, from the adjoints g of the densities. Where g is 0 nothing is
     * added, whatever x is. Calls for the members from 0, 8 m, ... on add up to one call's bits. */
    void (*sums)(const wicki_normal_rows *q, const double *g, double *lanes);

    /** Adds the gradients of x, and of a loc that varies; either may be NULL. */
    void (*slopes)(
        const wicki_normal_rows *q, const double *g, double *x_adjoint, double *loc_adjoint);

    /** Adds the gradients of x and of scale, of one row of single numbers; either may be NULL. */
    void (*row_back)(
        const wicki_normal_rows *q, const double *g, double *x_adjoint, double *scale_adjoint);

    /** Adds the gradients of a loc that does not vary and of scale, from the lanes; either may be
     * NULL. The lanes are zeros again. */
    void (*finish)(
        const wicki_normal_rows *q, double *lanes, double *loc_adjoint, double *scale_adjoint);
} wicki_normal_kernels;

#endif
