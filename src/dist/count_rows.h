/**
 * Densities of a vector of counts with a given sum, member by member.
 */
#ifndef WICKI_DIST_COUNT_ROWS_H
#define WICKI_DIST_COUNT_ROWS_H

#include "dist/counts.h"
#include "dist/density.h"
#include "dist/sample.h"

#include <string.h>

/** A draw of the event and its parameters, for one member. */
typedef struct wicki_count_row {
    size_t k, x_stride, p_stride;
    const double *x, *p;
    double n; /**< the total count */
} wicki_count_row;

/** The i-th member of a run; total and p are the inputs: which is the count, and which the vector. */
static inline wicki_count_row wicki_count_row_of(
    const wick_node *node, const wick_run *part, size_t i, uint32_t total, uint32_t p)
{
    return (wicki_count_row){ .k = ((const wicki_density *)node->data)->n,
        .x_stride = part->in_stride[0],
        .p_stride = part->in_stride[p],
        .x = part->in[0] + i * part->in_step[0],
        .p = part->in[p] + i * part->in_step[p],
        .n = part->in[total][i * part->in_step[total]] };
}

/** 0 if the counts are counts and sum to n; NaN or -inf if not, NaN if n is no count. */
static inline double wicki_count_row_check(const wicki_count_row *r)
{
    double outside = wicki_is_count(r->n) ? 0.0 : (double)NAN, sum = 0.0;

    for (size_t k = 0; k < r->k; k++) {
        const double x = r->x[k * r->x_stride];
        outside += x != x ? x : wicki_is_count(x) ? 0.0 : -INFINITY;
        sum += x;
    }
    return outside != 0.0 ? outside : sum == r->n ? 0.0 : -INFINITY;
}

/** What the values of a member are to be. Where it has draws of several totals the sum is not told. */
static inline wick_constraint wicki_counts_of(const wick_node *node, size_t element, uint32_t total)
{
    const bool one = node->in[total]->rank == 0;

    return (wick_constraint){ .kind = WICK_MULTINOMIAL,
        .upper = one ? *wicki_input_at(node, total, element) : (double)NAN };
}

/** In a sampler: makes of weights where the draw will be the sums of each and those after it. */
static inline void wicki_sum_from_the_end(const wicki_drawing *d)
{
    for (size_t k = d->out_size - 1; k-- > 0;)
        d->out[k * d->out_stride] += d->out[(k + 1) * d->out_stride];
}

/** The runs of a density: kind##_density(row) and kind##_gradient(row, adjoint of it, adjoint of p). */
#define WICKI_COUNT_RUNS(name, kind, total, p)                                              \
    static void name##_forward_run(wick_node *node, const wick_run *run)                    \
    {                                                                                       \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {           \
            const wick_run part = wicki_batch_run(node, run, b);                            \
            for (size_t i = 0; i < run->n; i++) {                                           \
                const wicki_count_row r = wicki_count_row_of(node, &part, i, total, p);     \
                run->out[i] += kind##_density(&r);                                          \
            }                                                                               \
        }                                                                                   \
    }                                                                                       \
    static void name##_reverse_run(wick_node *node, const wick_run *run)                    \
    {                                                                                       \
        for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {           \
            const wick_run part = wicki_batch_run(node, run, b);                            \
            for (size_t i = 0; part.in_adjoint[p] && i < run->n; i++) {                     \
                const wicki_count_row r = wicki_count_row_of(node, &part, i, total, p);     \
                if (run->out_adjoint[i] != 0.0)                                             \
                    kind##_gradient(                                                        \
                        &r, run->out_adjoint[i], part.in_adjoint[p] + i * part.in_step[p]); \
            }                                                                               \
        }                                                                                   \
    }

#endif
