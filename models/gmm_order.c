#include "models/gmm_summary.h"

#include <math.h>
#include <stdint.h>

#include <wick/extend.h>

#include "models/matrix.h"

/* --- order ------------------------------------------------------------------------------------ */

static bool comes_before(const gmm_mixture *m, size_t a, size_t b)
{
    const size_t d = m->dimensions;

    for (size_t j = 0; j < d; j++)
        if (m->loc[a * d + j] != m->loc[b * d + j])
            return m->loc[a * d + j] < m->loc[b * d + j];
    return m->weights[a] > m->weights[b];
}

/* Inserts the components from `from` on, as they stand, into a part that is sorted. */
static void sort_from(const gmm_mixture *m, size_t *order, size_t from)
{
    for (size_t i = from; i < m->components; i++) {
        const size_t k = order[i];
        size_t at = i;
        for (; at > from && comes_before(m, k, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
}

void gmm_order(const gmm_mixture *m, size_t *order)
{
    for (size_t k = 0; k < m->components; k++)
        order[k] = k;
    sort_from(m, order, 0);
}

static bool is_permutation(wick *w, const gmm_mixture *m, const size_t *order)
{
    const size_t n = m->components;
    bool *met = wick_alloc(w, n * sizeof *met);

    for (size_t k = 0; met && k < n; k++)
        met[k] = false;
    for (size_t i = 0; met && i < n; i++) {
        if (order[i] >= n || met[order[i]]) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "gmm_reorder: number %zu of the order is %zu, need each of 0 to %zu once", i,
                order[i], n - 1);
            return false;
        }
        met[order[i]] = true;
    }
    return met != NULL;
}

/* Rows of n numbers, taken from a copy. */
static void take_rows(double *to, const double *from, size_t rows, size_t n, const size_t *order)
{
    for (size_t i = 0; i < rows * n; i++)
        to[i] = from[order[i / n] * n + i % n];
}

bool gmm_reorder(wick *w, gmm_mixture *m, const size_t *order)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, "gmm_reorder", m) ||
        !is_permutation(w, m, order))
        return false;
    const size_t k = m->components, d = m->dimensions, n = gmm_scale_size(k, d, m->covariance);
    gmm_mixture *old = gmm_mixture_copy(w, m);
    if (!old)
        return false;
    take_rows(m->weights, old->weights, k, 1, order);
    take_rows(m->loc, old->loc, k, d, order);
    if (m->covariance != GMM_TIED)
        take_rows(m->scale, old->scale, k, n / k, order);
    gmm_mixture_free(old);
    return true;
}

bool gmm_sort(wick *w, gmm_mixture *m)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, "gmm_sort", m))
        return false;
    size_t *order = wick_alloc(w, m->components * sizeof *order);
    if (!order)
        return false;
    gmm_order(m, order);
    return gmm_reorder(w, m, order);
}

/* --- divergence ------------------------------------------------------------------------------- */

static bool has_matrix(const gmm_mixture *m)
{
    return m->covariance == GMM_FULL || m->covariance == GMM_TIED;
}

static double deviation(const gmm_mixture *m, size_t k, size_t j)
{
    return m->scale[m->covariance == GMM_DIAGONAL ? k * m->dimensions + j : k];
}

/* Independent columns: (a/b)^2 + (b/a)^2 - 2 = (a/b - b/a)^2 loses nothing where they are close. */
static double diagonal_divergence(
    const gmm_mixture *a, size_t k, const gmm_mixture *b, size_t other)
{
    const size_t d = a->dimensions;
    double sum = 0.0;

    for (size_t j = 0; j < d; j++) {
        const double s = deviation(a, k, j), t = deviation(b, other, j), ratio = s / t - t / s,
                     off = a->loc[k * d + j] - b->loc[other * d + j];
        sum += ratio * ratio + off / s * (off / s) + off / t * (off / t);
    }
    return 0.5 * sum;
}

/* |L^-1 M|^2 - D + |L^-1 t|^2, L and M lower triangles, L^-1 given */
static double one_side(size_t d, const double *inverse, const double *m, const double *t)
{
    double sum = -(double)d;

    for (size_t i = 0; i < d; i++) {
        double off = 0.0;
        for (size_t l = 0; l <= i; l++)
            off += inverse[i * d + l] * t[l];
        sum += off * off;
        for (size_t j = 0; j <= i; j++) {
            double product = 0.0;
            for (size_t l = j; l <= i; l++)
                product += inverse[i * d + l] * m[l * d + j];
            sum += product * product;
        }
    }
    return sum;
}

/* Room that full_divergence works in; nothing where no matrix is needed. */
static double *allocate_room(wick *w, const gmm_mixture *a, const gmm_mixture *b)
{
    const size_t d = has_matrix(a) || has_matrix(b) ? a->dimensions : 1;

    if (d < (SIZE_MAX >> 8) / d)
        return wick_alloc(w, (3 * d + 1) * d * sizeof(double));
    wick_fail(w, WICK_ERR_MEMORY, "gmm_divergence: no memory for %zu columns", d);
    return NULL;
}

static double full_divergence(
    const gmm_mixture *a, size_t k, const gmm_mixture *b, size_t other, double *room)
{
    const size_t d = a->dimensions;
    double *l = room, *m = l + d * d, *inverse = m + d * d, *t = inverse + d * d;

    for (size_t j = 0; j < d; j++)
        t[j] = a->loc[k * d + j] - b->loc[other * d + j];
    gmm_mixture_scale_tril(a, k, l);
    gmm_mixture_scale_tril(b, other, m);
    matrix_invert_lower(d, l, inverse);
    double sum = one_side(d, inverse, m, t);
    matrix_invert_lower(d, m, inverse);
    sum += one_side(d, inverse, l, t);
    return sum > 0.0 ? 0.5 * sum : sum == sum ? 0.0 : INFINITY;
}

static double divergence(
    const gmm_mixture *a, size_t k, const gmm_mixture *b, size_t other, double *room)
{
    return has_matrix(a) || has_matrix(b) ? full_divergence(a, k, b, other, room)
                                          : diagonal_divergence(a, k, b, other);
}

static bool can_compare(wick *w, const gmm_mixture *a, const gmm_mixture *b)
{
    if (wick_status(w) == WICK_OK && (!a || !b || a->dimensions != b->dimensions))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_divergence: got mixtures of %zu and %zu columns, need as many",
            a ? a->dimensions : 0, b ? b->dimensions : 0);
    return wick_status(w) == WICK_OK;
}

double gmm_divergence(wick *w, const gmm_mixture *a, size_t k, const gmm_mixture *b, size_t other)
{
    if (!can_compare(w, a, b))
        return NAN;
    if (k >= a->components || other >= b->components) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_divergence: got component %zu of %zu and %zu of %zu, which are counted from 0", k,
            a->components, other, b->components);
        return NAN;
    }
    double *room = allocate_room(w, a, b);
    return room ? divergence(a, k, b, other, room) : NAN;
}

bool gmm_divergences(wick *w, const gmm_mixture *a, const gmm_mixture *b, double *out)
{
    double *room = can_compare(w, a, b) ? allocate_room(w, a, b) : NULL;

    for (size_t i = 0; room && i < a->components * b->components; i++)
        out[i] = divergence(a, i / b->components, b, i % b->components, room);
    return room != NULL;
}

/* --- matching --------------------------------------------------------------------------------- */

/* Sums of such costs are finite. */
static const double LARGEST_COST = 1e100;

static bool can_match(wick *w, const gmm_mixture *m, const gmm_mixture *reference)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, "gmm_match", m) ||
        !gmm_mixture_check(w, "gmm_match", reference))
        return false;
    if (reference->components > m->components || reference->dimensions != m->dimensions)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_match: the reference has %zu components and %zu columns, the mixture %zu and %zu; "
            "need as many columns and no more components (exchange the two)",
            reference->components, reference->dimensions, m->components, m->dimensions);
    return wick_status(w) == WICK_OK;
}

static double *costs(wick *w, const gmm_mixture *m, const gmm_mixture *reference)
{
    const size_t n = reference->components * m->components;
    double *cost = wick_alloc(w, n * sizeof *cost);

    if (!cost || !gmm_divergences(w, reference, m, cost))
        return NULL;
    for (size_t i = 0; i < n; i++)
        cost[i] = cost[i] < LARGEST_COST ? cost[i] : LARGEST_COST;
    return cost;
}

/* After those that are matched, the others. */
static void append_others(const gmm_mixture *m, size_t matched, size_t *order)
{
    size_t n = matched;

    for (size_t k = 0; k < m->components; k++) {
        bool taken = false;
        for (size_t i = 0; i < matched; i++)
            taken = taken || order[i] == k;
        if (!taken)
            order[n++] = k;
    }
    sort_from(m, order, matched);
}

double gmm_match(wick *w, const gmm_mixture *m, const gmm_mixture *reference, size_t *order)
{
    const double *cost = can_match(w, m, reference) ? costs(w, m, reference) : NULL;

    if (!cost)
        return NAN;
    const double sum = wick_solve_assignment(w, reference->components, m->components, cost, order);
    if (wick_status(w) == WICK_OK)
        append_others(m, reference->components, order);
    return sum;
}
