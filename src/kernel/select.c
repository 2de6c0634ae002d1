/* Which of the builds this machine runs. */
#include "kernel/kernels.h"

extern const wicki_kernels wicki_kernels_baseline;
#ifdef WICKI_KERNELS_V3
extern const wicki_kernels wicki_kernels_v3, wicki_kernels_v3_fast;
#endif
#ifdef WICKI_KERNELS_V4
extern const wicki_kernels wicki_kernels_v4, wicki_kernels_v4_fast;
#endif

const wicki_kernels *const wicki_kernel_tables[] = {
#ifdef WICKI_KERNELS_V4
    &wicki_kernels_v4_fast,
    &wicki_kernels_v4,
#endif
#ifdef WICKI_KERNELS_V3
    &wicki_kernels_v3_fast,
    &wicki_kernels_v3,
#endif
    &wicki_kernels_baseline,
};

const size_t wicki_n_kernel_tables = sizeof wicki_kernel_tables / sizeof *wicki_kernel_tables;

/* The features are those of the flags in configure.ac; that the operating system keeps the
 * registers is part of the answer. */
bool wicki_kernels_usable(const wicki_kernels *kernels)
{
#if defined WICKI_KERNELS_V3 || defined WICKI_KERNELS_V4
    if (kernels->level >= 3 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        return false;
    if (kernels->level >= 4 &&
        !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")))
        return false;
    return true;
#else
    return kernels->level == 0;
#endif
}

const wicki_kernels *wicki_kernels_for(wick_math math)
{
    for (size_t i = 0; i < wicki_n_kernel_tables; i++) {
        const wicki_kernels *kernels = wicki_kernel_tables[i];

        if (!(kernels->fast && math == WICK_MATH_PORTABLE) && wicki_kernels_usable(kernels))
            return kernels;
    }
    return &wicki_kernels_baseline;
}
