/* Elementwise functions of arrays: out[i] = f(in[i]) for i < n; in place is allowed. */
#ifndef WICKI_KERNEL_MATH_H
#define WICKI_KERNEL_MATH_H

#include <stddef.h>

/** The functions: wicki_exp and so on of base/special.h, and sqrt. */
#define WICKI_MATH_LIST(X) \
    X(exp)                 \
    X(expm1)               \
    X(log)                 \
    X(log1p)               \
    X(softplus)            \
    X(log_sigmoid)         \
    X(sigmoid)             \
    X(tanh)                \
    X(erf)                 \
    X(erfc)                \
    X(lgamma_positive)     \
    X(digamma_positive)    \
    X(trigamma_positive)   \
    X(sqrt)

typedef struct wicki_math_kernels {
#define WICKI_MATH_MEMBER(f) void (*f)(size_t n, const double *in, double *out);
    WICKI_MATH_LIST(WICKI_MATH_MEMBER)
#undef WICKI_MATH_MEMBER
} wicki_math_kernels;

#endif
