/* Expectations under a distribution of one number, by quadrature or by sums over its support. */
#ifndef TESTS_DIST_QUADRATURE_H
#define TESTS_DIST_QUADRATURE_H

#include "cases.h"

#include <float.h>
#include <stdlib.h>

/*
 * Nodes and weights of double-exponential rules on both sides of a point (Takahasi & Mori 1974), or
 * the values of a discrete distribution with weights 1.
 */
enum { SIDE = 451, MOST_NODES = 6 * SIDE };

struct nodes {
    size_t n;
    double x[MOST_NODES], weight[MOST_NODES];
};

/* Appends those of the interval from a to b, of which one end may be infinite: then in units of size. */
static inline void add_piece(struct nodes *nodes, double a, double b, double size)
{
    const double reach = 4.5, h = 2 * reach / (SIDE - 1), half_pi = acos(0);

    for (int i = 0; i < SIDE; i++) {
        const double t = -reach + h * i, s = half_pi * sinh(t), ds = half_pi * cosh(t) * h;
        double x, dx;
        if (isinf(a) || isinf(b)) {
            x = isinf(b) ? a + size * exp(s) : b - size * exp(s);
            dx = size * exp(s) * ds;
        } else {
            x = s < 0 ? a + (b - a) / (1 + exp(-2 * s)) : b - (b - a) / (1 + exp(2 * s));
            dx = (b - a) * ds / (2 * cosh(s) * cosh(s));
        }
        nodes->x[nodes->n] = x;
        nodes->weight[nodes->n++] = dx;
    }
}

static inline void support_ends(wick_dist dist, double *lower, double *upper)
{
    const wick_constraint c = wick_support(dist);
    const bool positive = c.kind == WICK_POSITIVE || c.kind == WICK_NONNEGATIVE;
    const bool unit = c.kind == WICK_UNIT_INTERVAL || c.kind == WICK_BOOLEAN;
    const bool above = c.kind == WICK_INTERVAL || c.kind == WICK_GREATER_THAN;
    const bool below = c.kind == WICK_INTERVAL || c.kind == WICK_LESS_THAN;

    *lower = above || c.kind == WICK_INTEGER_INTERVAL ? c.lower : positive || unit ? 0 : -INFINITY;
    *upper = below || c.kind == WICK_INTEGER_INTERVAL ? c.upper : unit ? 1 : INFINITY;
}

/* Values of something at numbers over a plate; free them. */
static inline double *values_at(wick *w, size_t n, const double *x, wick_dist dist,
    wick_var (*function)(wick *w, wick_dist dist, wick_var x))
{
    wick_node *node = wicki_leaf(w, NULL, 0, NULL, plate(w, "values", n), false);
    double *out = malloc(n * sizeof *out);

    memcpy(node->value, x, n * sizeof *x);
    const wick_var got = function(w, dist, wicki_var_of(w, node));
    ck_assert_msg(wick_status(w) == WICK_OK, "%s", wick_message(w));
    const double *value = w->tape->node[got.node]->value;
    for (size_t i = 0; i < n; i++)
        out[i] = value[wick_size(got) == n ? i : 0];
    return out;
}

static inline double value_at(
    wick *w, double x, wick_dist dist, wick_var (*function)(wick *w, wick_dist dist, wick_var x))
{
    const double value = wick_value(function(w, dist, wick_num(w, x)));

    ck_assert_msg(wick_status(w) == WICK_OK, "%s", wick_message(w));
    return value;
}

/* Where the mass is: quantiles, of which the median may be a kink; else around the location. */
static inline void inner_points(wick *w, wick_dist dist, double inner[3])
{
    static const double levels[] = { 0.02, 0.5, 0.98 };
    const double loc = dist.parameter[0].number;

    for (int i = 0; i < 3; i++)
        inner[i] = dist.type->quantile ? value_at(w, levels[i], dist, wick_dist_quantile)
                                       : loc + 0.1 * (i - 1);
}

static inline int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of a continuous distribution from lower to upper, in pieces; split is one more point where to cut. */
static inline struct nodes nodes_between(
    wick *w, wick_dist dist, double lower, double upper, double split)
{
    double cut[5];
    struct nodes nodes = { .n = 0 };

    inner_points(w, dist, cut);
    const double size = cut[2] - cut[0];
    cut[3] = isnan(split) ? upper : split;
    cut[4] = upper;
    qsort(cut, 5, sizeof *cut, ascending);
    for (int i = 0; i < 5; i++)
        if (cut[i] > lower && cut[i] <= upper) {
            add_piece(&nodes, lower, cut[i], size);
            lower = cut[i];
        }
    return nodes;
}

/* All values of a discrete distribution until what is left is below rounding. */
static inline struct nodes nodes_of_counts(wick *w, wick_dist dist, double lower, double upper)
{
    struct nodes nodes = { .n = 0 };
    double sum = 0, p = 1;

    for (double k = lower; k <= upper && nodes.n < MOST_NODES; k++) {
        nodes.x[nodes.n] = k;
        nodes.weight[nodes.n++] = 1;
        if (isinf(upper)) {
            p = exp(value_at(w, k, dist, wick_log_prob));
            sum += p;
            if (sum > 0.5 && p < 1e-18)
                break;
        }
    }
    return nodes;
}

/* Of the whole support; one more point where to split. */
static inline struct nodes nodes_of(wick *w, wick_dist dist, double split)
{
    double lower, upper;

    support_ends(dist, &lower, &upper);
    if (is_discrete(dist.type))
        return nodes_of_counts(w, dist, lower, upper);
    return nodes_between(w, dist, lower, upper, split);
}

/* A distribution with the parameters of a row. */
static inline wick_dist dist_at(wick *w, const wick_dist_type *type, const struct point *p)
{
    wick_dist dist = { .type = type };

    for (size_t j = 0; j < type->n_parameters; j++)
        dist.parameter[j] = type->parameter_rank[j] > 0
            ? (wick_argument){ .var = wick_const_array(w, p->parameter[j], type->parameter_rank[j],
                                   (size_t[]){ p->n, p->n }) }
            : wick_operand_number(p->parameter[j][0]);
    return dist;
}

/* Has it draws of one number, and a density of them? */
static inline bool is_scalar(const wick_dist_type *type)
{
    return type->event_rank == 0 && !is_named(type, "delta") && !is_named(type, "unit");
}

#endif
