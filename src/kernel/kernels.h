/* Kernels: inner loops over plain arrays, compiled once for each instruction set and rounding mode,
 * and chosen when the handle is made.
 *
 * A family is a struct of function pointers. To add the family `foo`:
 *   foo.h      struct wicki_foo_kernels { ... };
 *   foo.c      static functions, and
 *              const struct wicki_foo_kernels WICKI_KERNEL(wicki_foo_kernels) = { ... };
 *   kernels.h  X(foo) in WICKI_KERNEL_FAMILY_LIST
 *   kernel.mk  both files in KERNEL_SOURCES
 * after which w->kernels->foo->... is the function for this machine.
 *
 * foo.c includes "kernel/foo.h", "kernel/kernels.h" and "kernel/lanes.h", and everything in it but
 * the struct is static: it is compiled several times into one library.
 */
#ifndef WICKI_KERNEL_KERNELS_H
#define WICKI_KERNEL_KERNELS_H

#include <wick/base.h>

/** The families. */
#define WICKI_KERNEL_FAMILY_LIST(X) \
    X(chain) X(map) X(math) X(mixture) X(mvn) X(normal) X(quadratic) X(shuffle)

/** What one build has. */
typedef struct wicki_kernels {
    const char *name; /**< "baseline", "v3", "v3_fast", "v4", "v4_fast" */
    bool fast;        /**< products and sums round once; otherwise portable */
    int level;        /**< of x86-64 that it needs: 4 for AVX-512, 3 for AVX2 and FMA, 0 for none */
#define WICKI_KERNEL_FAMILY(family) const struct wicki_##family##_kernels *family;
    WICKI_KERNEL_FAMILY_LIST(WICKI_KERNEL_FAMILY)
#undef WICKI_KERNEL_FAMILY
} wicki_kernels;

/** All builds in this library, the most preferred first; the last runs everywhere. */
extern const wicki_kernels *const wicki_kernel_tables[];
extern const size_t wicki_n_kernel_tables;

/** Can this machine run it? */
bool wicki_kernels_usable(const wicki_kernels *kernels);

/** The first usable one of a mode. Where no fast one is usable, the portable one. */
const wicki_kernels *wicki_kernels_for(wick_math math);

/* In kernel sources: the build's own name for something. */
#ifdef WICKI_KERNEL_SUFFIX
#define WICKI_KERNEL_JOIN(name, suffix) name##_##suffix
#define WICKI_KERNEL_EXPAND(name, suffix) WICKI_KERNEL_JOIN(name, suffix)
#define WICKI_KERNEL(name) WICKI_KERNEL_EXPAND(name, WICKI_KERNEL_SUFFIX)

#define WICKI_KERNEL_FAMILY(family) \
    extern const struct wicki_##family##_kernels WICKI_KERNEL(wicki_##family##_kernels);
WICKI_KERNEL_FAMILY_LIST(WICKI_KERNEL_FAMILY)
#undef WICKI_KERNEL_FAMILY

extern const wicki_kernels WICKI_KERNEL(wicki_kernels);
#endif

#endif
