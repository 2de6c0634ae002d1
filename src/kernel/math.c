#include "kernel/math.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

/* 8 at a time; in the last few, missing lanes are 1, where every function is harmless. */
#define MAP(f)                                                                                \
    static void map_##f(size_t n, const double *in, double *out)                              \
    {                                                                                         \
        size_t i = 0;                                                                         \
                                                                                              \
        for (; i + LANES <= n; i += LANES)                                                    \
            lanes_store(out + i, lanes_##f(lanes_load(in + i)));                              \
        if (i < n)                                                                            \
            lanes_store_part(out + i, lanes_##f(lanes_load_part(in + i, n - i, 1.0)), n - i); \
    }
WICKI_MATH_LIST(MAP)

#define MEMBER(f) .f = map_##f,
const wicki_math_kernels WICKI_KERNEL(wicki_math_kernels) = { WICKI_MATH_LIST(MEMBER) };
