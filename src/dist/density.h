/**
 * What distributions are made of: kernels from formulas, the shape rule, and explanations.
 *
 * An elementwise density is an op whose `value` and `partials` come from WICKI_DENSITY_1 to _4. The
 * others walk runs of members; wicki_batch_run gives them one draw of the event at a time.
 */
#ifndef WICKI_DIST_DENSITY_H
#define WICKI_DIST_DENSITY_H

#include "base/special.h"
#include "base/stirling.h"
#include "dist/constraint.h"
#include "dist/dist.h"

#include <math.h>
#include <string.h>

/** Data of a density node. Inputs are the value, the parameters, and perhaps a mask. */
typedef struct wicki_density {
    const wick_dist_type *type; /**< of any density, also of those made elsewhere */
    size_t n;                   /**< size of the axes that one draw ties together: K, D */
    size_t batch;               /**< draws in an event */
    size_t
        step[1 + WICK_MAX_PARAMETERS]; /**< event elements from one draw to the next; 0: shared */
    double *scratch;
    void *plan; /**< of a density with kernels for some patterns; NULL: this is none of them */
} wicki_density;

/** Shape rule: the draws of value and parameters agree, their own axes all have the size n. */
bool wicki_density_shape(wick *w, wick_node *node);

/** Which parameter or value makes an element of the density NaN or infinite. */
void wicki_density_explain(const wick_node *node, size_t element, char *buffer, size_t size);

/* Parts of it for densities that know more. Each adds to a text and returns whether it did. */
bool wicki_explain_parameters(const wick_node *node, size_t element, wicki_text *text);
bool wicki_explain_value(
    const wick_node *node, size_t element, wick_constraint support, wicki_text *text);

/** Where input j has what an element of the node's value is made from. */
const double *wicki_input_at(const wick_node *node, uint32_t j, size_t element);

/** The part of a run that belongs to a draw of the event. */
wick_run wicki_batch_run(const wick_node *node, const wick_run *run, size_t draw);

/* --- elementwise densities ------------------------------------------------------------------- */

#define WICKI_DENSITY_VALUE(dist, names, t, t_is, domain, support, formula)  \
    static void dist##_value(size_t n, double *out, const double *const *in) \
    {                                                                        \
        for (size_t i = 0; i < n; i++) {                                     \
            names;                                                           \
            const double t = t_is, outside = x != x ? x : -INFINITY;         \
            (void)t;                                                         \
            const double inside = formula;                                   \
            out[i] = (domain) ? (support) ? inside : outside : (double)NAN;  \
        }                                                                    \
    }

#define WICKI_DENSITY_PARTIAL(j, names, t, t_is, domain, support, derivative) \
    if (partial[j])                                                           \
        for (size_t i = 0; i < n; i++) {                                      \
            names;                                                            \
            const double t = t_is;                                            \
            (void)t;                                                          \
            const double slope = derivative;                                  \
            partial[j][i] = (domain) && (support) ? slope : 0.0;              \
        }

#define WICKI_NAMES_1(a)                     \
    const double x = in[0][i], a = in[1][i]; \
    (void)x, (void)a
#define WICKI_NAMES_2(a, b)    \
    WICKI_NAMES_1(a);          \
    const double b = in[2][i]; \
    (void)b
#define WICKI_NAMES_3(a, b, c) \
    WICKI_NAMES_2(a, b);       \
    const double c = in[3][i]; \
    (void)c
#define WICKI_NAMES_4(a, b, c, d) \
    WICKI_NAMES_3(a, b, c);       \
    const double d = in[4][i];    \
    (void)d

#define WICKI_DENSITY_PARTIALS(dist, ...)                                             \
    static void dist##_partials(                                                      \
        size_t n, double *const *partial, const double *out, const double *const *in) \
    {                                                                                 \
        (void)out;                                                                    \
        __VA_ARGS__                                                                   \
    }

/**
 * Value and partials of the density of x with the parameter a: formulas in x, a, and t, which is
 * given once. NaN where the domain is left; -inf and derivatives 0 outside the support.
 */
#define WICKI_DENSITY_1(dist, a, t, t_is, domain, support, formula, by_x, by_a)           \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_1(a), t, t_is, domain, support, formula)        \
    WICKI_DENSITY_PARTIALS(                                                               \
        dist, WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_1(a), t, t_is, domain, support, by_x); \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_1(a), t, t_is, domain, support, by_a);)

/** The same with two parameters. */
#define WICKI_DENSITY_2(dist, a, b, t, t_is, domain, support, formula, by_x, by_a, by_b)     \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_2(a, b), t, t_is, domain, support, formula)        \
    WICKI_DENSITY_PARTIALS(                                                                  \
        dist, WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_x); \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_a);       \
        WICKI_DENSITY_PARTIAL(2, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_b);)

/** With three. */
#define WICKI_DENSITY_3(dist, a, b, c, t, t_is, domain, support, formula, by_x, by_a, by_b, by_c) \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_3(a, b, c), t, t_is, domain, support, formula)          \
    WICKI_DENSITY_PARTIALS(                                                                       \
        dist, WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_3(a, b, c), t, t_is, domain, support, by_x);   \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_3(a, b, c), t, t_is, domain, support, by_a);         \
        WICKI_DENSITY_PARTIAL(2, WICKI_NAMES_3(a, b, c), t, t_is, domain, support, by_b);         \
        WICKI_DENSITY_PARTIAL(3, WICKI_NAMES_3(a, b, c), t, t_is, domain, support, by_c);)

/** With four. */
#define WICKI_DENSITY_4(                                                                           \
    dist, a, b, c, d, t, t_is, domain, support, formula, by_x, by_a, by_b, by_c, by_d)             \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, formula)        \
    WICKI_DENSITY_PARTIALS(                                                                        \
        dist, WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, by_x); \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, by_a);       \
        WICKI_DENSITY_PARTIAL(2, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, by_b);       \
        WICKI_DENSITY_PARTIAL(3, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, by_c);       \
        WICKI_DENSITY_PARTIAL(4, WICKI_NAMES_4(a, b, c, d), t, t_is, domain, support, by_d);)

/** The op of an elementwise density. */
#define WICKI_DENSITY_OP(dist, explanation)                        \
    static const wick_op dist##_density = { .name = "wick_" #dist, \
        .shape = wicki_density_shape,                              \
        .value = dist##_value,                                     \
        .partials = dist##_partials,                               \
        .sum_event = true,                                         \
        .explain = explanation }

/* --- densities over runs --------------------------------------------------------------------- */

/** The op of a density with dist##_forward_run, which adds to zeros, and dist##_reverse_run. */
#define WICKI_DENSITY_RUNS(dist, shape_rule, explanation)            \
    static void dist##_forward(wick_node *node)                      \
    {                                                                \
        memset(node->value, 0, node->members * sizeof *node->value); \
        wick_for_runs(node, dist##_forward_run);                     \
    }                                                                \
    static void dist##_reverse(wick_node *node)                      \
    {                                                                \
        wick_for_runs(node, dist##_reverse_run);                     \
    }                                                                \
    static const wick_op dist##_density = { .name = "wick_" #dist,   \
        .shape = shape_rule,                                         \
        .forward = dist##_forward,                                   \
        .reverse = dist##_reverse,                                   \
        .explain = explanation }

#endif
