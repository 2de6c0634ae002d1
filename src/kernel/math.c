#include "kernel/math.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

static lanes load(const double *in, size_t n)
{
    return n >= LANES ? lanes_load(in) : lanes_load_part(in, n, 1.0); /* harmless for all */
}

static void store(double *out, lanes y, size_t n)
{
    if (n >= LANES)
        lanes_store(out, y);
    else
        lanes_store_part(out, y, n);
}

#define MAP(f)                                                     \
    static void map_##f(size_t n, const double *in, double *out)   \
    {                                                              \
        for (size_t i = 0; i < n; i += LANES)                      \
            store(out + i, lanes_##f(load(in + i, n - i)), n - i); \
    }
WICKI_MATH_LIST(MAP)

#define MEMBER(f) .f = map_##f,
const wicki_math_kernels WICKI_KERNEL(wicki_math_kernels) = { WICKI_MATH_LIST(MEMBER) };
