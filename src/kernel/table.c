/* The table of one build. */
#include "kernel/kernels.h"

#define TEXT_OF(suffix) #suffix
#define TEXT(suffix) TEXT_OF(suffix)

const wicki_kernels WICKI_KERNEL(wicki_kernels) = { .name = TEXT(WICKI_KERNEL_SUFFIX),
#ifdef WICKI_FAST
    .fast = true,
#endif
    .level = WICKI_KERNEL_LEVEL,
#define FAMILY(family) .family = &WICKI_KERNEL(wicki_##family##_kernels),
    WICKI_KERNEL_FAMILY_LIST(FAMILY) };
