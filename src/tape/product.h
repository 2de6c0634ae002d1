/**
 * Products added up member by member: the inner loops of the ops on matrices.
 *
 * A step is 1 where there is one value per member, 0 where one value serves all.
 */
#ifndef WICKI_TAPE_PRODUCT_H
#define WICKI_TAPE_PRODUCT_H

#include <stddef.h>

/** out += a b for n members. */
void wicki_add_product(
    size_t n, double *out, const double *a, size_t a_step, const double *b, size_t b_step);

/**
 * out += g x for n members, 0 where g is 0 whatever x is: a share of an adjoint.
 *
 * @param out_step  0: the shares of all members are summed into *out
 */
void wicki_add_weighted(size_t n, double *out, size_t out_step, const double *g, size_t g_step,
    const double *x, size_t x_step);

/** out -= c x for n rows of `lanes` members: c has one value per lane. */
void wicki_subtract_scaled(size_t n, size_t lanes, double *out, const double *c, const double *x);

#endif
