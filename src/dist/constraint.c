#include "dist/constraint.h"

#include "base/special.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the elements of each set are called. Those with bounds make their own words from them. */
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
    [WICK_GREATER_THAN] = { "greater_than", 0, NULL, NULL, NULL },
    [WICK_LESS_THAN] = { "less_than", 0, NULL, NULL, NULL },
    [WICK_SOFTPLUS_POSITIVE] = { "softplus_positive", 0, "positive", "> 0", "x > 0" },
    [WICK_SIMPLEX] = { "simplex", 1, "nonnegative", ">= 0", "x >= 0, sum 1" },
    [WICK_ORDERED] = { "ordered", 1, "more than the one before", "more than the one before",
        "x_1 < x_2 < ..." },
    [WICK_POSITIVE_ORDERED] = { "positive_ordered", 1, "positive", "> 0", "0 < x_1 < x_2 < ..." },
    [WICK_SUM_TO_ZERO] = { "sum_to_zero", 1, "finite", "finite", "sum 0" },
    [WICK_LOWER_CHOLESKY] = { "lower_cholesky", 2, "positive on the diagonal",
        "> 0 on the diagonal", "lower-triangular with a positive diagonal" },
    [WICK_CORR_CHOLESKY] = { "corr_cholesky", 2, "positive on the diagonal", "> 0 on the diagonal",
        "lower-triangular with a positive diagonal and rows of length 1" },
    [WICK_POSITIVE_DEFINITE] = { "positive_definite", 2, "positive", "> 0",
        "symmetric and positive definite" },
    [WICK_BOOLEAN] = { "boolean", 0, "0 or 1", "0 or 1", "0 or 1" },
    [WICK_INTEGER_INTERVAL] = { "integer_interval", 0, NULL, NULL, NULL },
    [WICK_ONE_HOT] = { "one_hot", 1, "0 or 1", "0 or 1", "zeros and a one" },
    [WICK_MULTINOMIAL] = { "multinomial", 1, "an integer from 0 on", "an integer from 0 on", NULL },
};

const char *wick_constraint_name(wick_constraint c)
{
    return KINDS[c.kind].name;
}

size_t wicki_constraint_rank(wick_constraint c)
{
    return KINDS[c.kind].rank;
}

/* --- one element ----------------------------------------------------------------------------- */

/* A bound that is NaN is not known. */
static bool is_between(wick_constraint c, double x)
{
    return !isnan(x) && !(x < c.lower) && !(x > c.upper);
}

static bool element_holds(wick_constraint c, double x)
{
    if (c.kind != WICK_INTERVAL && !(fabs(x) < INFINITY))
        return false;
    switch (c.kind) {
    case WICK_POSITIVE:
    case WICK_SOFTPLUS_POSITIVE:
    case WICK_POSITIVE_ORDERED:
        return x > 0.0;
    case WICK_NONNEGATIVE:
    case WICK_SIMPLEX:
        return x >= 0.0;
    case WICK_UNIT_INTERVAL:
        return x > 0.0 && x < 1.0;
    case WICK_INTERVAL:
        return is_between(c, x);
    case WICK_GREATER_THAN:
        return !(x < c.lower);
    case WICK_LESS_THAN:
        return !(x > c.upper);
    case WICK_BOOLEAN:
    case WICK_ONE_HOT:
        return x == 0.0 || x == 1.0;
    case WICK_INTEGER_INTERVAL:
        return is_between(c, x) && x == floor(x);
    case WICK_MULTINOMIAL:
        return x >= 0.0 && x == floor(x);
    case WICK_REAL:
    case WICK_ORDERED:
    case WICK_SUM_TO_ZERO:
    case WICK_LOWER_CHOLESKY:
    case WICK_CORR_CHOLESKY:
    case WICK_POSITIVE_DEFINITE:
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
    if (integer && c.lower == -INFINITY && c.upper == INFINITY)
        snprintf(v->must, sizeof v->must, "an integer");
    else if (c.kind == WICK_GREATER_THAN || (integer && !(c.upper < INFINITY)))
        snprintf(
            v->must, sizeof v->must, integer ? "an integer from %g on" : "%g at least", c.lower);
    else if (c.kind == WICK_LESS_THAN)
        snprintf(v->must, sizeof v->must, "%g at most", c.upper);
    else
        snprintf(v->must, sizeof v->must, "%s %g to %g", integer ? "an integer from" : "from",
            c.lower, c.upper);
    memcpy(v->range, v->must, sizeof v->range);
}

/* --- elements together ----------------------------------------------------------------------- */

static const double ROUNDING = 1e-8;

static bool say_sum(
    wicki_violation *v, const char *what, size_t first, double sum, const char *must)
{
    say(v, first, sum, must);
    v->sum = what;
    return false;
}

/* |sum - 1| <= 1e-8 K, and for a sum of 0 relative to the largest element above 1 */
static bool row_sums(
    const double *values, size_t stride, size_t first, size_t n, double want, wicki_violation *v)
{
    double sum = 0.0, largest = 1.0;

    for (size_t k = 0; k < n; k++) {
        const double x = values[(first + k) * stride];
        sum += x;
        largest = want == 0.0 ? wicki_max(largest, fabs(x)) : 1.0;
    }
    if (fabs(sum - want) <= ROUNDING * (double)n * largest)
        return true;
    return say_sum(v, "sums to", first, sum, want == 0.0 ? "0" : "1");
}

/* Counts: all of them, or one. A total that is not the same everywhere is not known. */
static bool row_counts(const double *values, size_t stride, size_t first, size_t n,
    wick_constraint c, wicki_violation *v)
{
    const double want = c.kind == WICK_ONE_HOT ? 1.0 : c.upper;
    char must[32];
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += values[(first + k) * stride];
    if (sum == want || isnan(want))
        return true;
    snprintf(must, sizeof must, "%.15g", want);
    return say_sum(v, "sums to", first, sum, must);
}

static bool row_rises(const double *values, size_t stride, size_t first, size_t n,
    wick_constraint c, wicki_violation *v)
{
    for (size_t k = first + 1; k < first + n; k++)
        if (!(values[(k - 1) * stride] < values[k * stride])) {
            c.kind = WICK_ORDERED;
            say_kind(v, c, k, values[k * stride]);
            return false;
        }
    return true;
}

static bool row_holds(const double *values, size_t stride, size_t first, size_t n,
    wick_constraint c, wicki_violation *v)
{
    if (c.kind == WICK_SIMPLEX || c.kind == WICK_SUM_TO_ZERO)
        return row_sums(values, stride, first, n, c.kind == WICK_SIMPLEX ? 1.0 : 0.0, v);
    if (c.kind == WICK_ONE_HOT || c.kind == WICK_MULTINOMIAL)
        return row_counts(values, stride, first, n, c, v);
    return row_rises(values, stride, first, n, c, v);
}

/* --- matrices -------------------------------------------------------------------------------- */

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

/* |sum_j L_ij^2 - 1| <= 1e-8 n */
static bool rows_have_length_1(
    const double *values, size_t stride, size_t first, size_t n, wicki_violation *v)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j <= i; j++) {
            const double x = values[(first + i * n + j) * stride];
            sum += x * x;
        }
        if (!(fabs(sum - 1.0) <= ROUNDING * (double)n))
            return say_sum(v, "has squares that sum to", first + i * n, sum, "1");
    }
    return true;
}

/* |a_ij - a_ji| <= 1e-8 max |a|, as wick_cholesky has it */
static bool is_symmetric(
    const double *values, size_t stride, size_t first, size_t n, wicki_violation *v)
{
    double largest = 0.0;

    for (size_t e = 0; e < n * n; e++)
        largest = wicki_max(largest, fabs(values[(first + e) * stride]));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const size_t at = first + i * n + j, across = first + j * n + i;
            const double x = values[at * stride], y = values[across * stride];
            if (fabs(x - y) <= ROUNDING * largest)
                continue;
            say(v, across, y, "");
            snprintf(v->must, sizeof v->must, "%g as across the diagonal", x);
            memcpy(v->range, v->must, sizeof v->range);
            return false;
        }
    return true;
}

/* Matrices of more rows have their pivots looked at where they are factored. */
enum { MOST_ROWS = 48 };

/* By Gaussian elimination of the lower triangle: the pivots are positive. */
static bool has_positive_pivots(
    const double *values, size_t stride, size_t first, size_t n, wicki_violation *v)
{
    double a[MOST_ROWS * (MOST_ROWS + 1) / 2];

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; n <= MOST_ROWS && j <= i; j++)
            a[i * (i + 1) / 2 + j] = values[(first + i * n + j) * stride];
    for (size_t k = 0; k < n; k++) {
        const size_t at = first + k * n + k;
        const double pivot = n <= MOST_ROWS ? a[k * (k + 3) / 2] : values[at * stride];
        if (!(pivot > 0.0)) {
            say(v, at, pivot, "> 0 in a positive definite matrix");
            v->sum = pivot == values[at * stride] ? NULL : "has the pivot";
            return false;
        }
        for (size_t i = k + 1; n <= MOST_ROWS && i < n; i++) {
            const double factor = a[i * (i + 1) / 2 + k] / pivot;
            for (size_t j = k + 1; j <= i; j++)
                a[i * (i + 1) / 2 + j] -= factor * a[j * (j + 1) / 2 + k];
        }
    }
    return true;
}

static bool matrix_holds(const double *values, size_t stride, size_t first, size_t n,
    bool lower_only, wick_constraint c, wicki_violation *v)
{
    if (c.kind == WICK_POSITIVE_DEFINITE)
        return (lower_only || is_symmetric(values, stride, first, n, v)) &&
            has_positive_pivots(values, stride, first, n, v);
    return triangle_holds(values, stride, first, n, lower_only, c, v) &&
        (c.kind != WICK_CORR_CHOLESKY || rows_have_length_1(values, stride, first, n, v));
}

/* --- events ---------------------------------------------------------------------------------- */

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
        if (!row_holds(values, stride, e, n, c, v))
            return true;
    for (size_t e = 0; own == 2 && e < elements; e += n * n)
        if (!matrix_holds(values, stride, e, n, lower_only, c, v))
            return true;
    return false;
}

/* --- words ----------------------------------------------------------------------------------- */

/* A bound that differs from place to place has no number. */
static void add_bound(wicki_text *text, double bound, const char *word)
{
    if (isnan(bound))
        wicki_text_add(text, "%s", word);
    else
        wicki_text_add(text, "%g", bound);
}

/* "0.25 <= x <= upper" */
static void add_bounds(wick_constraint c, wicki_text *text)
{
    if (c.kind != WICK_LESS_THAN) {
        add_bound(text, c.lower, "lower");
        wicki_text_add(text, " <= ");
    }
    wicki_text_add(text, "x");
    if (c.kind != WICK_GREATER_THAN) {
        wicki_text_add(text, " <= ");
        add_bound(text, c.upper, "upper");
    }
    if (c.kind == WICK_INTEGER_INTERVAL)
        wicki_text_add(text, ", an integer");
}

void wicki_constraint_condition(wick_constraint c, wicki_text *text)
{
    if (KINDS[c.kind].condition)
        wicki_text_add(text, "%s", KINDS[c.kind].condition);
    else if (c.kind == WICK_MULTINOMIAL)
        wicki_text_add(
            text, isnan(c.upper) ? "integers x >= 0" : "integers x >= 0, sum %.15g", c.upper);
    else if (c.kind == WICK_INTEGER_INTERVAL && !(c.lower > -INFINITY) && !(c.upper < INFINITY))
        wicki_text_add(text, "an integer");
    else if (c.kind == WICK_INTEGER_INTERVAL && !(c.upper < INFINITY))
        wicki_text_add(text, "x >= %g, an integer", c.lower);
    else
        add_bounds(c, text);
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
    wicki_text_add(
        &text, "%s: %s%s%g", KINDS[c.kind].name, v.sum ? v.sum : "", v.sum ? " " : "", v.value);
    if (!v.sum || rank > 1)
        wicki_text_add_index(&text, rank, sizes, v.element);
    wicki_text_add(&text, ", must be %s", v.range);
    return false;
}
