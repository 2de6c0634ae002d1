/* Constraints as sets: making them, and which of them lie in others. */
#include "dist/constraint.h"

#include <math.h>

/* --- the constraints ------------------------------------------------------------------------- */

#define CONSTRAINT(the_kind, name)                    \
    wick_constraint wick_##name(void)                 \
    {                                                 \
        return (wick_constraint){ .kind = the_kind }; \
    }

CONSTRAINT(WICK_REAL, real)
CONSTRAINT(WICK_POSITIVE, positive)
CONSTRAINT(WICK_SOFTPLUS_POSITIVE, softplus_positive)
CONSTRAINT(WICK_NONNEGATIVE, nonnegative)
CONSTRAINT(WICK_UNIT_INTERVAL, unit_interval)
CONSTRAINT(WICK_SIMPLEX, simplex)
CONSTRAINT(WICK_ORDERED, ordered)
CONSTRAINT(WICK_POSITIVE_ORDERED, positive_ordered)
CONSTRAINT(WICK_SUM_TO_ZERO, sum_to_zero)
CONSTRAINT(WICK_LOWER_CHOLESKY, lower_cholesky)
CONSTRAINT(WICK_CORR_CHOLESKY, corr_cholesky)
CONSTRAINT(WICK_POSITIVE_DEFINITE, positive_definite)

/* A number that stays what it is: one given as such, or a constant. */
static bool is_constant(const wick_node *node)
{
    return !node->op && !node->differentiable && node->dims == 0 && node->rank == 0;
}

/* Sets the number of a bound and, if it is more than a number, the var. */
static void set_bound(wick_operand x, double *number, wick_var *var)
{
    if (!x.var.w && x.var.node == WICK_NODE_NUMBER) {
        *number = x.number;
        return;
    }
    const wick_node *node = wicki_node_of(x.var.w, "wick_constraint", x.var);
    *number = node ? node->value[0] : (double)NAN;
    for (size_t i = 0; node && i < node->members * node->elements; i++)
        if (!(node->value[i] == node->value[0]))
            *number = NAN;
    if (node && !is_constant(node))
        *var = x.var;
}

wick_constraint(wick_interval)(wick_operand lower, wick_operand upper)
{
    wick_constraint c = { .kind = WICK_INTERVAL };

    set_bound(lower, &c.lower, &c.lower_var);
    set_bound(upper, &c.upper, &c.upper_var);
    return c;
}

wick_constraint(wick_greater_than)(wick_operand lower)
{
    wick_constraint c = { .kind = WICK_GREATER_THAN, .upper = INFINITY };

    set_bound(lower, &c.lower, &c.lower_var);
    return c;
}

wick_constraint(wick_less_than)(wick_operand upper)
{
    wick_constraint c = { .kind = WICK_LESS_THAN, .lower = -INFINITY };

    set_bound(upper, &c.upper, &c.upper_var);
    return c;
}

static bool is_number(wick_operand x, double number)
{
    return !x.var.w && x.var.node == WICK_NODE_NUMBER && x.number == number;
}

wick_constraint wicki_constraint_between(wick_operand lower, wick_operand upper)
{
    const bool from_below = is_number(lower, -INFINITY), to_above = is_number(upper, INFINITY);

    if (from_below)
        return to_above ? wick_real() : (wick_less_than)(upper);
    return to_above ? (wick_greater_than)(lower) : (wick_interval)(lower, upper);
}

bool wicki_constraint_has_vars(wick_constraint c)
{
    return c.lower_var.w || c.upper_var.w;
}

/* --- sets within sets -------------------------------------------------------------------------- */

bool wicki_constraint_is_discrete(wick_constraint c)
{
    return c.kind == WICK_BOOLEAN || c.kind == WICK_INTEGER_INTERVAL || c.kind == WICK_ONE_HOT ||
        c.kind == WICK_MULTINOMIAL;
}

/* The smallest closed interval around the elements of a set's members. */
static void bounds_of(wick_constraint set, double *lower, double *upper)
{
    *lower = -INFINITY;
    *upper = INFINITY;
    switch (set.kind) {
    case WICK_POSITIVE:
    case WICK_SOFTPLUS_POSITIVE:
    case WICK_NONNEGATIVE:
    case WICK_POSITIVE_ORDERED:
        *lower = 0.0;
        break;
    case WICK_CORR_CHOLESKY:
        *lower = -1.0;
        *upper = 1.0;
        break;
    case WICK_UNIT_INTERVAL:
    case WICK_SIMPLEX:
    case WICK_BOOLEAN:
    case WICK_ONE_HOT:
        *lower = 0.0;
        *upper = 1.0;
        break;
    case WICK_INTERVAL:
    case WICK_GREATER_THAN:
    case WICK_LESS_THAN:
    case WICK_INTEGER_INTERVAL:
    case WICK_MULTINOMIAL:
        *lower = set.lower;
        *upper = set.upper;
        break;
    default:
        break;
    }
}

/* Two sets of what ties elements together: they are the same, or one is known to be a part. */
static bool is_part(wick_constraint_kind part, wick_constraint_kind whole)
{
    return part == whole || (part == WICK_POSITIVE_ORDERED && whole == WICK_ORDERED) ||
        (part == WICK_CORR_CHOLESKY && whole == WICK_LOWER_CHOLESKY);
}

/* Is a number no bound, or one that the set's own bound is within? */
static bool is_beyond(wick_operand x, double own, double infinite)
{
    if (x.var.w || x.var.node != WICK_NODE_NUMBER)
        return false;
    return x.number == infinite || (infinite < 0.0 ? x.number < own : x.number > own);
}

static wick_operand end_of(double bound, wick_var var)
{
    return var.w ? wick_operand_var(var) : wick_operand_number(bound);
}

wick_constraint wicki_constraint_cut(wick_constraint set, wick_operand lower, wick_operand upper)
{
    double least, most;

    bounds_of(set, &least, &most);
    if (is_beyond(lower, least, -INFINITY))
        lower = end_of(least, set.lower_var);
    if (is_beyond(upper, most, INFINITY))
        upper = end_of(most, set.upper_var);
    return wicki_constraint_between(lower, upper);
}

bool wicki_constraint_within(wick_constraint part, wick_constraint whole)
{
    double part_lower, part_upper, lower, upper;

    if (whole.kind == WICK_MULTINOMIAL && part.upper != whole.upper)
        return part.kind == whole.kind && (isnan(part.upper) || isnan(whole.upper));
    if (wicki_constraint_rank(whole) > 0)
        return is_part(part.kind, whole.kind);
    if (wicki_constraint_is_discrete(whole) && !wicki_constraint_is_discrete(part))
        return false;
    bounds_of(part, &part_lower, &part_upper);
    bounds_of(whole, &lower, &upper);
    return !(part_lower < lower) && !(part_upper > upper);
}
