#include "dist/counts.h"

#include "tape/take.h"

#include <string.h>

/* --- poisson --------------------------------------------------------------------------------- */

/* From this mean on by rejection: the transformed densities are made for means of at least 10. */
static const double REJECTION_FROM = 10.0;

/*
 * The least k with P(X <= k) > u. Beyond the last bits of u, where the sum of the probabilities may
 * stay below u by rounding, it stops: they are less than 2^-60 there and falling.
 */
static double invert_poisson(wicki_stream *stream, double rate)
{
    double left = wicki_uniform(stream), p = wicki_exp(-rate), k = 0.0;

    while (left >= p && (p > 0x1p-60 || k < rate)) {
        left -= p;
        k += 1.0;
        p *= rate / k;
    }
    return k;
}

/*
 * Hoermann (1993), The transformed rejection method for generating Poisson random variables,
 * Insurance: Mathematics and Economics 12, algorithm PTRS: k = floor(G(u)) of a uniform u on
 * (-1/2, 1/2), whose density is under a table mountain with a squeeze.
 */
static double reject_poisson(wicki_stream *stream, double rate)
{
    const double b = 0.931 + 2.53 * sqrt(rate), a = -0.059 + 0.02483 * b;
    const double area = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2.0);

    for (;;) {
        const double u = wicki_uniform(stream) - 0.5, v = wicki_uniform(stream);
        const double edge = 0.5 - fabs(u);
        const double k = floor((2.0 * a / edge + b) * u + rate + 0.43);

        if (edge >= 0.07 && v <= squeeze)
            return k;
        if (k < 0.0 || (edge < 0.013 && v > edge))
            continue;
        if (wicki_log(v * area / (a / (edge * edge) + b)) <= wicki_poisson_log(k, rate))
            return k;
    }
}

double wicki_poisson_draw(wicki_stream *stream, double rate)
{
    return rate < REJECTION_FROM ? invert_poisson(stream, rate) : reject_poisson(stream, rate);
}

/* --- binomial -------------------------------------------------------------------------------- */

/* As invert_poisson, for p <= 1/2. */
static double invert_binomial(wicki_stream *stream, double n, double p, double q)
{
    const double odds = p / q;
    double left = wicki_uniform(stream), chance = wicki_exp(n * wicki_log1p(-p)), k = 0.0;

    while (left >= chance && k < n && (chance > 0x1p-60 || k < n * p)) {
        left -= chance;
        k += 1.0;
        chance *= odds * ((n - k + 1.0) / k);
    }
    return k;
}

/*
 * Hoermann (1993), The generation of binomial random variates, Journal of Statistical Computation and
 * Simulation 46, algorithm BTRS, for n p >= 10 and p <= 1/2: as PTRS, and the density is taken
 * relative to that of the mode.
 */
static double reject_binomial(wicki_stream *stream, double n, double p, double q)
{
    const double deviation = sqrt(n * p * q), b = 1.15 + 2.53 * deviation;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
    const double squeeze = 0.92 - 4.2 / b, area = (2.83 + 5.1 / b) * deviation;
    const double log_p = wicki_log(p), log_q = wicki_log1p(-p);
    const double mode = wicki_binomial_log(floor((n + 1.0) * p), n, p, q, log_p, log_q);

    for (;;) {
        const double u = wicki_uniform(stream) - 0.5, v = wicki_uniform(stream);
        const double edge = 0.5 - fabs(u), k = floor((2.0 * a / edge + b) * u + centre);

        if (edge >= 0.07 && v <= squeeze)
            return k;
        if (k < 0.0 || k > n)
            continue;
        if (wicki_log(v * area / (a / (edge * edge) + b)) <=
            wicki_binomial_log(k, n, p, q, log_p, log_q) - mode)
            return k;
    }
}

static double draw_binomial(wicki_stream *stream, double n, double p, double q)
{
    return n * p < REJECTION_FROM ? invert_binomial(stream, n, p, q)
                                  : reject_binomial(stream, n, p, q);
}

double wicki_binomial_draw(wicki_stream *stream, double n, double p, double q)
{
    return p <= 0.5 ? draw_binomial(stream, n, p, q) : n - draw_binomial(stream, n, q, p);
}

double wicki_beta_binomial_draw(
    wicki_stream *stream, double concentration1, double concentration0, double n)
{
    const double x = wicki_log_gamma_draw(stream, concentration1);
    const double logit = x - wicki_log_gamma_draw(stream, concentration0);

    return wicki_binomial_draw(stream, n, wicki_sigmoid(logit), wicki_sigmoid(-logit));
}

/* --- parameters ------------------------------------------------------------------------------ */

static bool is_number(wick_operand x)
{
    return !x.var.w && x.var.node == WICK_NODE_NUMBER;
}

/* The least of sign times the elements. */
static double least_of(const wick_node *node, double sign)
{
    double least = node ? INFINITY : (double)NAN;

    for (size_t i = 0; node && i < node->members * node->elements; i++)
        least = wicki_min(least, sign * node->value[i]);
    return sign * least;
}

double wicki_same_everywhere(wick_operand x)
{
    if (is_number(x))
        return x.number;
    const wick_node *node = wicki_node_of(x.var.w, "wick_support", x.var);
    const double least = least_of(node, 1.0);
    return least == least_of(node, -1.0) ? least : (double)NAN;
}

/* Of a tile other members may have others: such a program is recorded with all of them. */
double wicki_greatest(wick *w, wick_operand x)
{
    if (is_number(x))
        return x.number;
    const wick_node *node = wicki_node_of(w, "wick_enumerate", x.var);
    w->tape->read |= node && node->members > 1;
    return least_of(node, -1.0);
}

size_t wicki_count_cardinality(wick *w, wick_operand total_count)
{
    const double n = wicki_greatest(w, total_count);

    return wicki_is_count(n) && n < 0x1p52 ? (size_t)n + 1 : 0;
}

static bool is_constant(const wick_node *node)
{
    return !node->op && !node->differentiable && node->dims == 0;
}

bool wicki_same_total(wick *w, wick_operand a, wick_operand b)
{
    const wick_node *x = wicki_operand_node(w, "wick_kl_divergence", a);
    const wick_node *y = wicki_operand_node(w, "wick_kl_divergence", b);

    if (!x || !y || x == y)
        return x == y;
    return is_constant(x) && is_constant(y) && x->elements == y->elements &&
        memcmp(x->value, y->value, x->elements * sizeof *x->value) == 0;
}

wick_var wicki_times_count(wick_var n, wick_var x)
{
    return wick_where(wick_equal(n, 0.0), 0.0, wick_mul(n, x));
}

wick_var wicki_repeat_last(wick *w, wick_var x, size_t n)
{
    wick_node *node = wicki_node_of(w, "wick_dist_mean", x);

    if (!node || node->rank == 0 || node->rank == WICK_MAX_RANK)
        return x;
    wicki_view view = wicki_view_of(node);
    view.sizes[view.rank] = n;
    view.strides[view.rank++] = 0;
    return wicki_var_of(w, wicki_rearrange(w, node, &view));
}
