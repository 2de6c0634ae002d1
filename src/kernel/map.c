#include "kernel/map.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

/* n is a constant, LANES, except for the last members; what fills the lanes is harmless for all. */
WICKI_INLINE lanes load(const double *p, size_t n)
{
    return n == LANES ? lanes_load(p) : lanes_load_part(p, n, 1.0);
}

WICKI_INLINE void store(double *p, lanes x, size_t n)
{
    if (n == LANES)
        lanes_store(p, x);
    else
        lanes_store_part(p, x, n);
}

/* The operands of a group of members. */
typedef struct group {
    lanes x[WICKI_MAP_INPUTS];
} group;

WICKI_INLINE group group_at(const wicki_map_run *r, size_t inputs, size_t i, size_t n)
{
    group at;

    LANES_UNROLL
    for (size_t j = 0; j < inputs; j++)
        at.x[j] = r->in_step[j] ? load(r->in[j] + i, n) : lanes_fill(*r->in[j]);
    return at;
}

/* --- forward ----------------------------------------------------------------------------------- */

typedef lanes value_function(const group *at);

WICKI_INLINE void forward(const wicki_map_run *r, size_t inputs, value_function *value)
{
    size_t i = 0;

    for (; i + LANES <= r->n; i += LANES) {
        const group at = group_at(r, inputs, i, LANES);
        lanes_store(r->out + i, value(&at));
    }
    if (i < r->n) {
        const group at = group_at(r, inputs, i, r->n - i);
        lanes_store_part(r->out + i, value(&at), r->n - i);
    }
}

/* --- reverse ----------------------------------------------------------------------------------- */

typedef lanes slope_function(const group *at, size_t j);

typedef struct sums {
    lanes of[WICKI_MAP_INPUTS];
} sums;

/* g times the derivatives, to each member's own number or to the sum for the one that all share. */
WICKI_INLINE void give(
    const wicki_map_run *r, size_t inputs, slope_function *slope, size_t i, size_t n, sums *sum)
{
    const lanes zero = lanes_fill(0.0);
    const lanes g =
        n == LANES ? lanes_load(r->out_adjoint + i) : lanes_load_part(r->out_adjoint + i, n, 0.0);
    const group at = group_at(r, inputs, i, n);

    LANES_UNROLL
    for (size_t j = 0; j < inputs; j++) {
        if (!r->in_adjoint[j])
            continue;
        const lanes product = lanes_select_equal(g, zero, zero, lanes_mul(g, slope(&at, j)));
        if (r->in_step[j])
            store(r->in_adjoint[j] + i, lanes_add(load(r->in_adjoint[j] + i, n), product), n);
        else
            sum->of[j] = lanes_add(sum->of[j], product);
    }
}

WICKI_INLINE void reverse(const wicki_map_run *r, size_t inputs, slope_function *slope)
{
    sums sum;
    size_t i = 0;

    LANES_UNROLL
    for (size_t j = 0; j < inputs; j++)
        sum.of[j] = lanes_fill(0.0);
    for (; i + LANES <= r->n; i += LANES)
        give(r, inputs, slope, i, LANES, &sum);
    if (i < r->n)
        give(r, inputs, slope, i, r->n - i, &sum);
    LANES_UNROLL
    for (size_t j = 0; j < inputs; j++)
        if (r->in_adjoint[j] && !r->in_step[j])
            *r->in_adjoint[j] += lanes_sum(sum.of[j]);
}

/* --- ops --------------------------------------------------------------------------------------- */

/* of x[0] and x[1]: a and b */
WICKI_INLINE lanes add_value(const group *at)
{
    return lanes_add(at->x[0], at->x[1]);
}

WICKI_INLINE lanes add_slope(const group *at, size_t j)
{
    (void)at;
    (void)j;
    return lanes_fill(1.0);
}

WICKI_INLINE lanes sub_value(const group *at)
{
    return lanes_sub(at->x[0], at->x[1]);
}

WICKI_INLINE lanes sub_slope(const group *at, size_t j)
{
    (void)at;
    return lanes_fill(j == 0 ? 1.0 : -1.0);
}

WICKI_INLINE lanes mul_value(const group *at)
{
    return lanes_mul(at->x[0], at->x[1]);
}

WICKI_INLINE lanes mul_slope(const group *at, size_t j)
{
    return at->x[1 - j];
}

WICKI_INLINE lanes div_value(const group *at)
{
    return lanes_div(at->x[0], at->x[1]);
}

/* 1 / b, -(a / b) / b */
WICKI_INLINE lanes div_slope(const group *at, size_t j)
{
    return lanes_div(j == 0 ? lanes_fill(1.0) : lanes_negate(div_value(at)), at->x[1]);
}

/* --- the normal: x, loc, scale ----------------------------------------------------------------- */

WICKI_INLINE lanes standardised(const group *at)
{
    return lanes_div(lanes_sub(at->x[0], at->x[1]), at->x[2]);
}

/* x where the scale is positive */
WICKI_INLINE lanes in_domain(const group *at, lanes x, double otherwise)
{
    return lanes_select_less(lanes_fill(0.0), at->x[2], x, lanes_fill(otherwise));
}

/* -z^2 / 2 - log scale - log(2 pi) / 2 */
WICKI_INLINE lanes normal_value(const group *at)
{
    const lanes z = standardised(at), half_log_2pi = lanes_fill(0.91893853320467274178);
    const lanes rest = lanes_mulsub(lanes_mul(lanes_fill(-0.5), z), z, lanes_log(at->x[2]));

    return in_domain(at, lanes_sub(rest, half_log_2pi), NAN);
}

/* -z / scale, z / scale, (z^2 - 1) / scale */
WICKI_INLINE lanes normal_slope(const group *at, size_t j)
{
    const lanes z = standardised(at), u = lanes_div(z, at->x[2]);

    if (j < 2)
        return in_domain(at, j == 0 ? lanes_negate(u) : u, 0.0);
    return in_domain(at, lanes_div(lanes_mulsub(z, z, lanes_fill(1.0)), at->x[2]), 0.0);
}

/* --- the family -------------------------------------------------------------------------------- */

#define OP(op, inputs)                               \
    static void op##_forward(const wicki_map_run *r) \
    {                                                \
        forward(r, inputs, op##_value);              \
    }                                                \
    static void op##_reverse(const wicki_map_run *r) \
    {                                                \
        reverse(r, inputs, op##_slope);              \
    }
OP(add, 2)
OP(sub, 2)
OP(mul, 2)
OP(div, 2)
OP(normal, 3)

#define MEMBERS(op) .op = { op##_forward, op##_reverse },
const wicki_map_kernels WICKI_KERNEL(wicki_map_kernels) = { WICKI_MAP_LIST(MEMBERS) };
