#include "kernel/mixture.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

#include <float.h>

/* Groups of 8 members whose exponentials are taken side by side, and rows of the way back. */
#if LANES_WIDTH == 8
enum { SIDE = 2, ROWS = 4 };
#elif LANES_WIDTH == 4
enum { SIDE = 1, ROWS = 2 };
#else
enum { SIDE = 1, ROWS = 1 };
#endif

/* The most k whose exponentials stay in registers. */
enum { FEW = 4 };

/* --- shares ------------------------------------------------------------------------------------ */

WICKI_INLINE lanes term(const wicki_mixture_block *m, size_t k, size_t i, size_t n)
{
    const double *x = m->x + k * m->x_stride + i;
    const lanes v = n < LANES ? lanes_load_part(x, n, 0.0) : lanes_load(x);

    return lanes_add(v, lanes_fill(m->w[k]));
}

/* Finite, so that what is infinite stays so when this is subtracted from it. */
WICKI_INLINE lanes bounded(lanes top)
{
    return lanes_min(lanes_fill(DBL_MAX), lanes_max(lanes_fill(-DBL_MAX), top));
}

/* 1 / sum for the n members that are there. The sum is at least 1, or 0 if all terms are -inf. */
WICKI_INLINE lanes inverse(lanes sum, size_t n)
{
    const lanes one = lanes_fill(1.0), inverse = lanes_div(one, lanes_max(one, sum));

    return n < LANES ? lanes_first(n, inverse, lanes_fill(0.0)) : inverse;
}

WICKI_INLINE double *share_at(const wicki_mixture_block *m, size_t k, size_t i)
{
    return m->share + k * m->share_stride + i;
}

/* k is a constant here. */
WICKI_INLINE void few_shares(
    const wicki_mixture_block *m, size_t k, size_t i, size_t n, lanes *top, lanes *sum)
{
    lanes e[FEW];

    *top = e[0] = term(m, 0, i, n);
    LANES_UNROLL
    for (size_t j = 1; j < k; j++)
        *top = lanes_max(*top, e[j] = term(m, j, i, n));
    const lanes base = bounded(*top);
    *sum = e[0] = lanes_exp_falling(lanes_sub(e[0], base));
    LANES_UNROLL
    for (size_t j = 1; j < k; j++)
        *sum = lanes_add(*sum, e[j] = lanes_exp_falling(lanes_sub(e[j], base)));
    const lanes part = inverse(*sum, n);
    LANES_UNROLL
    for (size_t j = 0; j < k; j++)
        lanes_store(share_at(m, j, i), lanes_mul(e[j], part));
}

WICKI_INLINE void many_shares(
    const wicki_mixture_block *m, size_t i, size_t n, const size_t side, lanes *top, lanes *sum)
{
    lanes base[SIDE], part[SIDE];

    LANES_UNROLL
    for (size_t g = 0; g < side; g++)
        top[g] = term(m, 0, i + g * LANES, n);
    for (size_t k = 1; k < m->k; k++)
        LANES_UNROLL
    for (size_t g = 0; g < side; g++)
        top[g] = lanes_max(top[g], term(m, k, i + g * LANES, n));
    LANES_UNROLL
    for (size_t g = 0; g < side; g++) {
        base[g] = bounded(top[g]);
        sum[g] = lanes_fill(0.0);
    }
    for (size_t k = 0; k < m->k; k++)
        LANES_UNROLL
    for (size_t g = 0; g < side; g++) {
        const lanes e = lanes_exp_falling(lanes_sub(term(m, k, i + g * LANES, n), base[g]));
        sum[g] = lanes_add(sum[g], e);
        lanes_store(share_at(m, k, i + g * LANES), e);
    }
    LANES_UNROLL
    for (size_t g = 0; g < side; g++)
        part[g] = inverse(sum[g], n);
    for (size_t k = 0; k < m->k; k++)
        LANES_UNROLL
    for (size_t g = 0; g < side; g++) {
        double *share = share_at(m, k, i + g * LANES);
        lanes_store(share, lanes_mul(lanes_load(share), part[g]));
    }
}

/* Per lane: the greatest term, and the sum of exp(term - greatest). */
enum { GROUPS = WICKI_MIXTURE_MEMBERS / LANES };
typedef struct groups {
    lanes top[GROUPS], sum[GROUPS];
} groups;

WICKI_INLINE size_t present(const wicki_mixture_block *m, size_t i)
{
    return m->n - i < LANES ? m->n - i : LANES;
}

WICKI_INLINE void all_shares(const wicki_mixture_block *m, groups *of)
{
    size_t i = 0, g = 0;

    for (; SIDE > 1 && i + SIDE * LANES <= m->n; i += SIDE * LANES, g += SIDE)
        many_shares(m, i, LANES, SIDE, of->top + g, of->sum + g);
    for (; i < m->n; i += LANES, g++)
        many_shares(m, i, present(m, i), 1, of->top + g, of->sum + g);
}

#define FEW_SHARES(k)                                                     \
    static void shares_##k(const wicki_mixture_block *m, groups *of)      \
    {                                                                     \
        size_t i = 0, g = 0;                                              \
                                                                          \
        for (; i + LANES <= m->n; i += LANES, g++)                        \
            few_shares(m, k, i, LANES, of->top + g, of->sum + g);         \
        if (i < m->n)                                                     \
            few_shares(m, k, i, present(m, i), of->top + g, of->sum + g); \
    }
FEW_SHARES(2)
FEW_SHARES(3)
FEW_SHARES(4)

static void shares(const wicki_mixture_block *m, groups *of)
{
    switch (m->k) {
    case 2:
        shares_2(m, of);
        break;
    case 3:
        shares_3(m, of);
        break;
    case 4:
        shares_4(m, of);
        break;
    default:
        all_shares(m, of);
    }
}

/* --- values, total ----------------------------------------------------------------------------- */

static void mixture_values(const wicki_mixture_block *m, double *out)
{
    groups of;

    shares(m, &of);
    for (size_t i = 0, g = 0; i < m->n; i += LANES, g++) {
        const lanes value = lanes_add(of.top[g], lanes_log(of.sum[g]));
        if (present(m, i) == LANES)
            lanes_store(out + i, value);
        else
            lanes_store_part(out + i, value, present(m, i));
    }
}

/* A product of 16 sums between 1 and k does not overflow. */
static double mixture_total(const wicki_mixture_block *m)
{
    const lanes zero = lanes_fill(0.0), one = lanes_fill(1.0);
    lanes all = zero, product = one;
    groups of;

    shares(m, &of);
    for (size_t i = 0, g = 0; i < m->n; i += LANES, g++) {
        const size_t n = present(m, i);
        all = lanes_add(all, n == LANES ? of.top[g] : lanes_first(n, of.top[g], zero));
        product = lanes_mul(product, n == LANES ? of.sum[g] : lanes_first(n, of.sum[g], one));
    }
    return lanes_sum(lanes_add(all, lanes_log(product)));
}

/* --- the way back ------------------------------------------------------------------------------ */

/* What goes back to n members of a row, from i on. */
WICKI_INLINE lanes passed(
    const wicki_mixture_adjoint *a, size_t k, size_t i, lanes g, const bool each)
{
    const lanes share = lanes_load(a->share + k * a->share_stride + i);
    const lanes product = lanes_mul(g, share), zero = lanes_fill(0.0);

    return each ? lanes_select_equal(g, zero, zero, product) : product;
}

WICKI_INLINE lanes adjoint_at(const wicki_mixture_adjoint *a, size_t i, size_t n, const bool each)
{
    if (!each)
        return lanes_fill(a->same);
    return n < LANES ? lanes_load_part(a->each + i, n, 0.0) : lanes_load(a->each + i);
}

/* Some rows from k on. */
WICKI_INLINE void rows_back(const wicki_mixture_adjoint *a, size_t k, const size_t rows,
    const bool each, const bool to_x, const bool to_sums)
{
    const size_t tail = a->n % LANES, whole = a->n - tail;
    lanes s[ROWS];

    LANES_UNROLL
    for (size_t r = 0; r < rows && to_sums; r++)
        s[r] = lanes_load(a->sums + (k + r) * LANES);
    for (size_t i = 0; i < whole; i += LANES) {
        const lanes g = adjoint_at(a, i, LANES, each);
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++) {
            const lanes p = passed(a, k + r, i, g, each);
            double *x = to_x ? a->x + (k + r) * a->x_stride + i : NULL;
            if (to_x)
                lanes_store(x, a->fresh ? p : lanes_add(lanes_load(x), p));
            if (to_sums)
                s[r] = lanes_add(s[r], p);
        }
    }
    LANES_UNROLL
    for (size_t r = 0; r < rows && tail > 0; r++) {
        const lanes p = passed(a, k + r, whole, adjoint_at(a, whole, tail, each), each);
        double *x = to_x ? a->x + (k + r) * a->x_stride + whole : NULL;
        if (to_x)
            lanes_store_part(x, a->fresh ? p : lanes_add(lanes_load_part(x, tail, 0.0), p), tail);
        if (to_sums)
            s[r] = lanes_add(s[r], p);
    }
    LANES_UNROLL
    for (size_t r = 0; r < rows && to_sums; r++)
        lanes_store(a->sums + (k + r) * LANES, s[r]);
}

WICKI_INLINE void all_back(
    const wicki_mixture_adjoint *a, const bool each, const bool to_x, const bool to_sums)
{
    size_t k = 0;

    for (; k + ROWS <= a->k; k += ROWS)
        rows_back(a, k, ROWS, each, to_x, to_sums);
    for (; k < a->k; k++)
        rows_back(a, k, 1, each, to_x, to_sums);
}

static void mixture_reverse(const wicki_mixture_adjoint *a)
{
    const int kind = (a->each ? 4 : 0) + (a->x ? 2 : 0) + (a->sums ? 1 : 0);

    switch (kind) {
    case 1:
        all_back(a, false, false, true);
        break;
    case 2:
        all_back(a, false, true, false);
        break;
    case 3:
        all_back(a, false, true, true);
        break;
    case 5:
        all_back(a, true, false, true);
        break;
    case 6:
        all_back(a, true, true, false);
        break;
    case 7:
        all_back(a, true, true, true);
        break;
    default:
        break;
    }
}

const wicki_mixture_kernels WICKI_KERNEL(wicki_mixture_kernels) = {
    .values = mixture_values, .total = mixture_total, .reverse = mixture_reverse
};
