/* Maps of one element: to the reals, half-lines and intervals. */
#include "dist/maps.h"

#include <math.h>

/* The largest double below 1: sigmoid rounds to 1, which is outside, from 37 on. */
static const double BELOW_1 = 1.0 - 0.5 * DBL_EPSILON;

/* A map of one number, `from`, on arrays. */
#define ELEMENT_MAP(name, from, formula)                                                   \
    static void name(wick_constraint c, size_t n, const double *in, double *out, size_t s) \
    {                                                                                      \
        const double from = *in;                                                           \
        (void)c;                                                                           \
        (void)n;                                                                           \
        (void)s;                                                                           \
        *out = formula;                                                                    \
    }

/* --- the reals ------------------------------------------------------------------------------- */

static wick_var same(wick_constraint c, wick_var x)
{
    (void)c;
    return x;
}

static wick_var zero(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_num(x.w, 0.0);
}

ELEMENT_MAP(same_element, x, x)

const wicki_maps wicki_maps_real = { same, same, zero, same_element, same_element, same_element };

/* --- positive numbers ------------------------------------------------------------------------ */

static wick_var positive_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_exp(x);
}

ELEMENT_MAP(positive_forward, x, wicki_exp(x))
ELEMENT_MAP(positive_inverse, y, wicki_log(wicki_at_least_tiny(y)))

const wicki_maps wicki_maps_positive = { positive_to, positive_to, wicki_sum_log_det,
    positive_forward, positive_inverse, positive_inverse };

static wick_var softplus_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_softplus(x);
}

/* log sigmoid(x), for each element */
static wick_var softplus_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_neg(wick_sum_event(wick_softplus(wick_neg(x))));
}

/* log(e^y - 1) */
ELEMENT_MAP(softplus_forward, x, wicki_softplus(x))
ELEMENT_MAP(softplus_inverse, y, y + wicki_log(-wicki_expm1(-wicki_at_least_tiny(y))))

const wicki_maps wicki_maps_softplus_positive = { softplus_to, softplus_to, softplus_log_det,
    softplus_forward, softplus_inverse, softplus_inverse };

/* --- bounds ---------------------------------------------------------------------------------- */

static wick_operand operand_of(wick_var var, double number)
{
    return var.w ? wick_operand_var(var) : wick_operand_number(number);
}

static wick_operand lower_of(wick_constraint c)
{
    return operand_of(c.lower_var, c.lower);
}

static wick_operand upper_of(wick_constraint c)
{
    return operand_of(c.upper_var, c.upper);
}

/* lower + e^x */
static wick_var greater_than_to(wick_constraint c, wick_var x)
{
    return (wick_add)(lower_of(c), wick_operand_var(wick_exp(x)));
}

ELEMENT_MAP(greater_than_forward, x, c.lower + wicki_exp(x))
ELEMENT_MAP(greater_than_inverse, y, wicki_log(wicki_at_least_tiny(y - c.lower)))

const wicki_maps wicki_maps_greater_than = { greater_than_to, greater_than_to, wicki_sum_log_det,
    greater_than_forward, greater_than_inverse, greater_than_inverse };

/* upper - e^x */
static wick_var less_than_to(wick_constraint c, wick_var x)
{
    return (wick_sub)(upper_of(c), wick_operand_var(wick_exp(x)));
}

ELEMENT_MAP(less_than_forward, x, c.upper - wicki_exp(x))
ELEMENT_MAP(less_than_inverse, y, wicki_log(wicki_at_least_tiny(c.upper - y)))

const wicki_maps wicki_maps_less_than = { less_than_to, less_than_to, wicki_sum_log_det,
    less_than_forward, less_than_inverse, less_than_inverse };

/* --- intervals ------------------------------------------------------------------------------- */

static wick_operand width_of(wick_constraint c)
{
    if (wicki_constraint_has_vars(c))
        return wick_operand_var((wick_sub)(upper_of(c), lower_of(c)));
    return wick_operand_number(c.upper - c.lower);
}

/* lower + (upper - lower) sigmoid(x), which rounding leaves within the bounds */
static wick_var interval_to(wick_constraint c, wick_var x)
{
    const wick_var part = (wick_mul)(wick_operand_var(wick_sigmoid(x)), width_of(c));
    const wick_var y = (wick_add)(lower_of(c), wick_operand_var(part));

    return (wick_clamp)(y, lower_of(c), upper_of(c));
}

/* softplus(x) + softplus(-x), for each element */
static wick_var both_tails(wick_var x)
{
    return wick_add(wick_softplus(x), wick_softplus(wick_neg(x)));
}

static wick_var interval_log_det(wick_constraint c, wick_var x)
{
    const wick_operand width = width_of(c);
    const wick_operand log_width = width.var.w ? wick_operand_var(wick_log(width.var))
                                               : wick_operand_number(wicki_log(width.number));

    return wick_sum_event((wick_sub)(log_width, wick_operand_var(both_tails(x))));
}

static double interval_at(wick_constraint c, double share)
{
    return wicki_min(c.upper, wicki_max(c.lower, c.lower + share * (c.upper - c.lower)));
}

static double share_within(wick_constraint c, double y)
{
    const double least = 0.5 * DBL_EPSILON * (c.upper - c.lower);

    return wicki_max(least, y - c.lower) / wicki_max(least, c.upper - y);
}

ELEMENT_MAP(interval_forward, x, interval_at(c, wicki_sigmoid(x)))
ELEMENT_MAP(interval_inverse, y, wicki_log(share_within(c, y)))

const wicki_maps wicki_maps_interval = { interval_to, interval_to, interval_log_det,
    interval_forward, interval_inverse, interval_inverse };

/* sigmoid(x), held away from 0 and 1 */
static wick_var unit_to(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_clamp(wick_sigmoid(x), DBL_MIN, BELOW_1);
}

static wick_var unit_log_det(wick_constraint c, wick_var x)
{
    (void)c;
    return wick_neg(wick_sum_event(both_tails(x)));
}

ELEMENT_MAP(unit_forward, x, wicki_min(BELOW_1, wicki_max(DBL_MIN, wicki_sigmoid(x))))
ELEMENT_MAP(
    unit_inverse, y, wicki_log(wicki_at_least_tiny(y)) - wicki_log1p(-wicki_min(BELOW_1, y)))

const wicki_maps wicki_maps_unit_interval = { unit_to, unit_to, unit_log_det, unit_forward,
    unit_inverse, unit_inverse };
