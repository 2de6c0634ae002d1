#include "dist/constraint.h"

#include "base/special.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the elements of each set are called. The intervals make their own words from the bounds. */
static const struct {
    const char *name;
    size_t rank;
    const char *must, *range, *condition;
} KINDS[] = {
    [WICK_REAL] = { "real", 0, "finite", "finite", "x finite" },
    [WICK_POSITIVE] = { "positive", 0, "positive", "> 0", "x > 0" },
    [WICK_NONNEGATIVE] = { "nonnegative", 0, "nonnegative", ">= 0", "x >= 0" },
    [WICK_UNIT_INTERVAL] = { "unit_interval", 0, "between 0 and 1", "> 0 and < 1", "0 < x < 1" },
    [WICK_INTERVAL] = { "interval", 0, NULL, NULL, NULL },
    [WICK_SIMPLEX] = { "simplex", 1, "nonnegative", ">= 0", "x >= 0, sum 1" },
    [WICK_ORDERED] = { "ordered", 1, "more than the one before", "more than the one before",
        "x_1 < x_2 < ..." },
    [WICK_LOWER_CHOLESKY] = { "lower_cholesky", 2, "positive on the diagonal",
        "> 0 on the diagonal", "lower-triangular with a positive diagonal" },
    [WICK_BOOLEAN] = { "boolean", 0, "0 or 1", "0 or 1", "0 or 1" },
    [WICK_INTEGER_INTERVAL] = { "integer_interval", 0, NULL, NULL, NULL },
};

/* --- the constraints ------------------------------------------------------------------------- */

#define CONSTRAINT(kind, name)                      \
    wick_constraint wick_##name(void)               \
    {                                               \
        return (wick_constraint){ kind, 0.0, 0.0 }; \
    }

CONSTRAINT(WICK_REAL, real)
CONSTRAINT(WICK_POSITIVE, positive)
CONSTRAINT(WICK_NONNEGATIVE, nonnegative)
CONSTRAINT(WICK_UNIT_INTERVAL, unit_interval)
CONSTRAINT(WICK_SIMPLEX, simplex)
CONSTRAINT(WICK_ORDERED, ordered)
CONSTRAINT(WICK_LOWER_CHOLESKY, lower_cholesky)

wick_constraint wick_interval(double lower, double upper)
{
    return (wick_constraint){ WICK_INTERVAL, lower, upper };
}

const char *wick_constraint_name(wick_constraint c)
{
    return KINDS[c.kind].name;
}

size_t wicki_constraint_rank(wick_constraint c)
{
    return KINDS[c.kind].rank;
}

/* --- one element ----------------------------------------------------------------------------- */

static bool element_holds(wick_constraint c, double x)
{
    if (c.kind != WICK_INTERVAL && !(fabs(x) < INFINITY))
        return false;
    switch (c.kind) {
    case WICK_POSITIVE:
        return x > 0.0;
    case WICK_NONNEGATIVE:
    case WICK_SIMPLEX:
        return x >= 0.0;
    case WICK_UNIT_INTERVAL:
        return x > 0.0 && x < 1.0;
    case WICK_INTERVAL:
        return x >= c.lower && x <= c.upper;
    case WICK_BOOLEAN:
        return x == 0.0 || x == 1.0;
    case WICK_INTEGER_INTERVAL:
        return x >= c.lower && x <= c.upper && x == floor(x);
    case WICK_REAL:
    case WICK_ORDERED:
    case WICK_LOWER_CHOLESKY:
        break;
    }
    return true;
}

static void say(wicki_violation *v, size_t element, double value, const char *must)
{
    v->element = element;
    v->value = value;
    snprintf(v->must, sizeof v->must, "%s", must);
    snprintf(v->range, sizeof v->range, "%s", must);
}

static void say_kind(wicki_violation *v, wick_constraint c, size_t element, double value)
{
    const wick_constraint_kind kind = fabs(value) < INFINITY ? c.kind : WICK_REAL;
    const bool integer = c.kind == WICK_INTEGER_INTERVAL;

    say(v, element, value, KINDS[kind].must ? KINDS[kind].must : "");
    if (kind != c.kind)
        return;
    if (KINDS[c.kind].range) {
        snprintf(v->range, sizeof v->range, "%s", KINDS[c.kind].range);
        return;
    }
    if (integer && c.upper == INFINITY)
        snprintf(v->must, sizeof v->must, "an integer from %g on", c.lower);
    else
        snprintf(v->must, sizeof v->must, "%s %g to %g", integer ? "an integer from" : "from",
            c.lower, c.upper);
    memcpy(v->range, v->must, sizeof v->range);
}

/* --- elements together ----------------------------------------------------------------------- */

/* |sum - 1| <= 1e-8 K */
static bool row_sums(
    const double *values, size_t stride, size_t first, size_t n, wicki_violation *v)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += values[(first + k) * stride];
    if (fabs(sum - 1.0) <= 1e-8 * (double)n)
        return true;
    say(v, first, sum, "1");
    v->sum = true;
    return false;
}

static bool row_rises(const double *values, size_t stride, size_t first, size_t n,
    wick_constraint c, wicki_violation *v)
{
    for (size_t k = first + 1; k < first + n; k++)
        if (!(values[(k - 1) * stride] < values[k * stride])) {
            say_kind(v, c, k, values[k * stride]);
            return false;
        }
    return true;
}

static bool triangle_holds(const double *values, size_t stride, size_t first, size_t n,
    bool lower_only, wick_constraint c, wicki_violation *v)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < (lower_only ? i + 1 : n); j++) {
            const size_t at = first + i * n + j;
            const double x = values[at * stride];
            if (i == j ? x > 0.0 : x == 0.0)
                continue;
            if (i == j)
                say_kind(v, c, at, x);
            else
                say(v, at, x, "0 above the diagonal");
            return false;
        }
    return true;
}

static bool read(bool lower_only, size_t n, size_t element)
{
    return !lower_only || element % n <= element / n % n;
}

bool wicki_constraint_violation(wick_constraint c, bool lower_only, size_t rank,
    const size_t *sizes, const double *values, size_t stride, wicki_violation *v)
{
    const size_t n = rank ? sizes[rank - 1] : 1, own = KINDS[c.kind].rank;
    size_t elements = 1;

    *v = (wicki_violation){ .element = 0 };
    for (size_t i = 0; i < rank; i++)
        elements *= sizes[i];
    for (size_t e = 0; e < elements; e++)
        if (!element_holds(c, values[e * stride]) && read(own == 2 && lower_only, n, e)) {
            say_kind(v, c, e, values[e * stride]);
            return true;
        }
    for (size_t e = 0; own == 1 && e < elements; e += n)
        if (c.kind == WICK_SIMPLEX ? !row_sums(values, stride, e, n, v)
                                   : !row_rises(values, stride, e, n, c, v))
            return true;
    for (size_t e = 0; own == 2 && e < elements; e += n * n)
        if (!triangle_holds(values, stride, e, n, lower_only, c, v))
            return true;
    return false;
}

/* --- sets within sets -------------------------------------------------------------------------- */

bool wicki_constraint_is_discrete(wick_constraint c)
{
    return c.kind == WICK_BOOLEAN || c.kind == WICK_INTEGER_INTERVAL;
}

/* The smallest closed interval around the elements of a set's members. */
static void bounds_of(wick_constraint set, double *lower, double *upper)
{
    *lower = -INFINITY;
    *upper = INFINITY;
    switch (set.kind) {
    case WICK_POSITIVE:
    case WICK_NONNEGATIVE:
        *lower = 0.0;
        break;
    case WICK_UNIT_INTERVAL:
    case WICK_SIMPLEX:
    case WICK_BOOLEAN:
        *lower = 0.0;
        *upper = 1.0;
        break;
    case WICK_INTERVAL:
    case WICK_INTEGER_INTERVAL:
        *lower = set.lower;
        *upper = set.upper;
        break;
    default:
        break;
    }
}

bool wicki_constraint_within(wick_constraint part, wick_constraint whole)
{
    double part_lower, part_upper, lower, upper;

    if (whole.kind == WICK_SIMPLEX || whole.kind == WICK_ORDERED ||
        whole.kind == WICK_LOWER_CHOLESKY)
        return part.kind == whole.kind;
    if (wicki_constraint_is_discrete(whole) && !wicki_constraint_is_discrete(part))
        return false;
    bounds_of(part, &part_lower, &part_upper);
    bounds_of(whole, &lower, &upper);
    return !(part_lower < lower) && !(part_upper > upper);
}

/* --- words ----------------------------------------------------------------------------------- */

void wicki_constraint_condition(wick_constraint c, wicki_text *text)
{
    if (KINDS[c.kind].condition)
        wicki_text_add(text, "%s", KINDS[c.kind].condition);
    else if (c.kind == WICK_INTEGER_INTERVAL && c.upper == INFINITY)
        wicki_text_add(text, "x >= %g, an integer", c.lower);
    else
        wicki_text_add(text, "%g <= x <= %g%s", c.lower, c.upper,
            c.kind == WICK_INTERVAL ? "" : ", an integer");
}

void wicki_text_add_index(wicki_text *text, size_t rank, const size_t *sizes, size_t element)
{
    size_t below = 1;

    for (size_t i = 0; i < rank; i++)
        below *= sizes[i];
    for (size_t i = 0; i < rank; i++) {
        below /= sizes[i];
        wicki_text_add(text, "%s[%zu]", i ? "" : " at ", element / below % sizes[i]);
    }
}

bool wicki_constraint_holds(wick_constraint c, size_t rank, const size_t *sizes,
    const double *values, size_t stride, char *reason, size_t size)
{
    wicki_text text = { reason, size, 0 };
    wicki_violation v;

    if (rank < KINDS[c.kind].rank ||
        (KINDS[c.kind].rank == 2 && sizes[rank - 1] != sizes[rank - 2])) {
        wicki_text_add(&text, "%s: an event of rank %zu, need %s", KINDS[c.kind].name, rank,
            KINDS[c.kind].rank == 2 ? "square matrices" : "vectors");
        return false;
    }
    if (!wicki_constraint_violation(c, false, rank, sizes, values, stride, &v))
        return true;
    wicki_text_add(&text, v.sum ? "%s: sums to %g" : "%s: %g", KINDS[c.kind].name, v.value);
    if (!v.sum || rank > 1)
        wicki_text_add_index(&text, rank, sizes, v.element);
    wicki_text_add(&text, ", must be %s", v.range);
    return false;
}
