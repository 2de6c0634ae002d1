/**
 * What distributions are made of: kernels from formulas, the shape rule, and explanations.
 *
 * An elementwise density is an op whose `value` and `partials` come from WICKI_DENSITY_1 or _2. The
 * others walk runs of members; wicki_batch_run gives them one draw of the event at a time.
 */
#ifndef WICKI_DIST_DENSITY_H
#define WICKI_DIST_DENSITY_H

#include "base/special.h"
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
#define WICKI_NAMES_2(a, b)                                \
    const double x = in[0][i], a = in[1][i], b = in[2][i]; \
    (void)x, (void)a, (void)b

/**
 * Value and partials of the density of x with the parameter a: formulas in x, a, and t, which is
 * given once. NaN where the domain is left; -inf and derivatives 0 outside the support.
 */
#define WICKI_DENSITY_1(dist, a, t, t_is, domain, support, formula, by_x, by_a)       \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_1(a), t, t_is, domain, support, formula)    \
    static void dist##_partials(                                                      \
        size_t n, double *const *partial, const double *out, const double *const *in) \
    {                                                                                 \
        (void)out;                                                                    \
        WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_1(a), t, t_is, domain, support, by_x)    \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_1(a), t, t_is, domain, support, by_a)    \
    }

/** The same with two parameters. */
#define WICKI_DENSITY_2(dist, a, b, t, t_is, domain, support, formula, by_x, by_a, by_b) \
    WICKI_DENSITY_VALUE(dist, WICKI_NAMES_2(a, b), t, t_is, domain, support, formula)    \
    static void dist##_partials(                                                         \
        size_t n, double *const *partial, const double *out, const double *const *in)    \
    {                                                                                    \
        (void)out;                                                                       \
        WICKI_DENSITY_PARTIAL(0, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_x)    \
        WICKI_DENSITY_PARTIAL(1, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_a)    \
        WICKI_DENSITY_PARTIAL(2, WICKI_NAMES_2(a, b), t, t_is, domain, support, by_b)    \
    }

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

/* --- stable pieces --------------------------------------------------------------------------- */

#define WICKI_HALF_LOG_2PI 0.9189385332046727

/**
 * log r - (r - 1), at most 0, from r and u = r - 1, both accurate.
 *
 * With s = u / (2 + u), log(1 + u) = 2 (s + s^3/3 + s^5/5 + ...) and 2 s = u - u s.
 */
WICKI_INLINE double wicki_log_minus(double r, double u)
{
    const double s = u / (2.0 + u), q = s * s;
    const double p = wicki_horner4(
        (q / 21.0 + 1.0 / 19) * q + 1.0 / 17, q, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9);
    const double near = 2.0 * s * q * ((((p * q + 1.0 / 7) * q + 1.0 / 5) * q) + 1.0 / 3) - u * s;
    const double far = u < INFINITY ? wicki_log(r) - u : -INFINITY;

    return fabs(u) < 0.3 ? near : far;
}

/**
 * What Stirling's formula lacks: log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), x > 0.
 *
 * Densities with gamma functions of large and almost equal arguments are sums of these and of
 * wicki_log_minus, without cancellation. Source: Loader (2000), Fast and accurate computation of
 * binomial probabilities; the series is DLMF 5.11.1.
 */
WICKI_INLINE double wicki_stirling_error(double x)
{
    const double v = 1.0 / x, u = v * v;
    const double p = wicki_horner4((u / 156.0 - 691.0 / 360360) * u + 1.0 / 1188, u, -1.0 / 1680,
        1.0 / 1260, -1.0 / 360, 1.0 / 12);
    const double near =
        wicki_lgamma_positive(x) - ((x - 0.5) * wicki_log(x) - x + WICKI_HALF_LOG_2PI);

    return x < 10.0 ? near : v * p;
}

#endif
