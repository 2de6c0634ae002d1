/* Interior points of every distribution, and values built from them over plates. */
#ifndef TESTS_DIST_CASES_H
#define TESTS_DIST_CASES_H

#include "dist/dist.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 9 };

/*
 * A draw of the event and the parameters: n is the size of its axes, 0 for scalars. Its densities
 * agree with the reference values to `accuracy` eps max(1, |value|): 16 for algebraic formulas, 256
 * with lgamma, 2048 with a triangular solve.
 */
struct point {
    const char *name;
    size_t n;
    double x[MOST];
    double parameter[WICK_MAX_PARAMETERS][MOST];
    double accuracy;
};

/*
 * A family of distributions has its points in points_FAMILY.h, its reference values in
 * data/densities_FAMILY.h, made by oracle/densities_FAMILY.py (see rows.h).
 */
static const struct point POINTS[] = {
#include "points_core.h"
#include "points_continuous.h"
#include "points_discrete.h"
#include "points_gamma.h"
#include "points_multivariate.h"
};

#define ONE_MORE(name) +1
enum { TYPES = 0 WICKI_DIST_LIST(ONE_MORE) };
#undef ONE_MORE

/* The point of a type; a type without one fails the test. */
static inline const struct point *point_of(const wick_dist_type *type)
{
    for (size_t i = 0; i < sizeof POINTS / sizeof *POINTS; i++)
        if (strcmp(POINTS[i].name, type->name) == 0)
            return &POINTS[i];
    ck_abort_msg("%s has no point in tests/dist/cases.h", type->name);
    return NULL;
}

static inline bool is_discrete(const wick_dist_type *type)
{
    const wick_constraint_kind k = type->support.kind;

    return k == WICK_BOOLEAN || k == WICK_INTEGER_INTERVAL || k == WICK_ONE_HOT ||
        k == WICK_MULTINOMIAL;
}

/* Has input j a derivative? Integers have none. */
static inline bool is_smooth(const wick_dist_type *type, size_t j)
{
    return j == 0 ? !is_discrete(type)
                  : type->parameter_domain[j - 1].kind != WICK_INTEGER_INTERVAL;
}

static inline bool is_named(const wick_dist_type *type, const char *name)
{
    return strcmp(type->name, name) == 0;
}

/* Do draws depend on parameter j by implicit differentiation? Then not as the sampler's numbers do:
 * see check_implicit.c. */
static inline bool is_implicit(const wick_dist_type *type, size_t j)
{
    static const char *const first[] = { "gamma", "beta", "dirichlet", "student_t", "inverse_gamma",
        "chi2", "multivariate_student_t", "wishart" };
    bool is_first = false;

    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        is_first |= is_named(type, first[i]);
    return is_first && (j == 0 || is_named(type, "beta"));
}

static inline size_t power(size_t n, size_t rank)
{
    return rank == 0 ? 1 : rank == 1 ? n : n * n;
}

/* Axes of input j of the density: 0 is the value. */
static inline size_t axes_of(const wick_dist_type *type, size_t j)
{
    return j == 0 ? type->event_rank : type->parameter_rank[j - 1];
}

/* A plate of that size. */
static inline uint32_t plate(wick *w, const char *name, size_t size)
{
    const wicki_dim dim = { .kind = WICKI_PLATE, .name = name, .size = size, .full = size };

    return wicki_set_with(w, 0, wicki_dim_new(w, &dim));
}

/* Something between -1 and 1 that has no pattern: fractions of multiples of the golden ratio. */
static inline double scatter(size_t i)
{
    const double t = 0.61803398874989485 * (double)(i + 1);

    return 2 * (t - floor(t)) - 1;
}

/* Element i of input j, moved a little by a number that is another for each draw and member. */
static inline double moved(const wick_dist_type *type, size_t j, size_t i, size_t which)
{
    const struct point *p = point_of(type);
    const double base = j == 0 ? p->x[i] : p->parameter[j - 1][i];

    if (is_named(type, "delta"))
        return base + scatter(which);
    if (j > 0 && !is_smooth(type, j))
        return base;
    if (j == 0 && type->support.kind == WICK_BOOLEAN)
        return (double)(which % 2);
    if (j == 0 && type->support.kind == WICK_ONE_HOT)
        return which % p->n == i ? 1 : 0;
    if (j == 0 && type->support.kind == WICK_MULTINOMIAL)
        return p->x[(which + i) % p->n];
    if (j == 0 && is_discrete(type))
        return (double)(which % (p->n > 0 ? p->n : 11));
    return base * (1 + 0.1 * scatter(which + 7 * i + 31 * j));
}

static inline void normalise(wick_node *x, size_t n)
{
    for (size_t e = 0; e < x->elements; e += n)
        for (size_t m = 0; m < x->members; m++) {
            double *row = x->value + e * x->members + m, sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += row[k * x->members];
            for (size_t k = 0; k < n; k++)
                row[k * x->members] /= sum;
        }
}

/* Factors with rows of length 1, or symmetric matrices, of what is near to them. */
static inline void make_matrices(wick_node *x, wick_constraint_kind kind, size_t n)
{
    for (size_t row = 0; row < x->elements / n; row++)
        for (size_t m = 0; m < x->members; m++) {
            double *at = x->value + row * n * x->members + m, square = 0;
            for (size_t j = 0; j < n; j++)
                square += at[j * x->members] * at[j * x->members];
            for (size_t j = 0; j < n && kind == WICK_CORR_CHOLESKY; j++)
                at[j * x->members] /= sqrt(square);
            for (size_t j = 0; j < row % n && kind == WICK_POSITIVE_DEFINITE; j++)
                at[j * x->members] = x->value[((row - row % n + j) * n + row % n) * x->members + m];
        }
}

/* Input j over dimensions, with a batch of draws in the event if batch > 0. */
static inline wick_node *input(
    wick *w, const wick_dist_type *type, size_t j, size_t batch, uint32_t dims)
{
    const struct point *p = point_of(type);
    const size_t axes = axes_of(type, j), own = power(p->n, axes), lead = batch > 0;
    const size_t sizes[3] = { lead ? batch : p->n, p->n, p->n };
    wick_node *x = wicki_leaf(w, NULL, axes + lead, sizes, dims, is_smooth(type, j));

    ck_assert_msg(x != NULL, "%s", wick_message(w));
    for (size_t e = 0; e < x->elements; e++)
        for (size_t m = 0; m < x->members; m++)
            x->value[e * x->members + m] = moved(type, j, e % own, m + 3 * (e / own) * x->members);
    if (j == 0 && type->support.kind == WICK_SIMPLEX)
        normalise(x, p->n);
    if (j == 0 && type->event_rank == 2)
        make_matrices(x, type->support.kind, p->n);
    return x;
}

static inline wick_dist dist_of(wick *w, const wick_dist_type *type, wick_node *const *parameter)
{
    wick_dist dist = { .type = type };

    for (size_t j = 0; j < type->n_parameters; j++)
        dist.parameter[j] = (wick_argument){ .var = wicki_var_of(w, parameter[j]) };
    return dist;
}

/* A scalar over dimensions. */
static inline wick_node *over(wick *w, uint32_t dims, double (*value)(size_t member))
{
    wick_node *x = wicki_leaf(w, NULL, 0, NULL, dims, false);

    for (size_t i = 0; i < x->members; i++)
        x->value[i] = value(i);
    return x;
}

/* A positive number that is another for each member. */
static inline double weight(size_t member)
{
    return 1.5 + scatter(member);
}

#endif
