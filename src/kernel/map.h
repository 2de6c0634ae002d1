/* Elementwise ops of members that lie side by side; an operand may be one number for all. */
#ifndef WICKI_KERNEL_MAP_H
#define WICKI_KERNEL_MAP_H

#include <stddef.h>

enum { WICKI_MAP_INPUTS = 3 };

typedef struct wicki_map_run {
    size_t n;
    double *out;
    const double *out_adjoint;
    const double *in[WICKI_MAP_INPUTS];
    double *in_adjoint[WICKI_MAP_INPUTS]; /**< NULL: not wanted */
    size_t in_step[WICKI_MAP_INPUTS];     /**< 1: one number for each member, 0: one for all */
} wicki_map_run;

/** Add, sub, mul and div of a and b; normal: the log density of x given loc and scale. */
#define WICKI_MAP_LIST(X) X(add) X(sub) X(mul) X(div) X(normal)

typedef struct wicki_map_kernel {
    void (*forward)(const wicki_map_run *run); /**< writes out */

    /** Adds the adjoint of each member times the derivatives to the adjoints that are wanted; an
     * adjoint of 0 adds nothing, whatever the derivative. What belongs to one number for all is
     * summed first, in 8 lanes. */
    void (*reverse)(const wicki_map_run *run);
} wicki_map_kernel;

typedef struct wicki_map_kernels {
#define WICKI_MAP_MEMBER(op) wicki_map_kernel op;
    WICKI_MAP_LIST(WICKI_MAP_MEMBER)
#undef WICKI_MAP_MEMBER
} wicki_map_kernels;

#endif
