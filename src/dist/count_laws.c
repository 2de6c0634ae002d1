/* Distribution functions of counts, and quantiles by search. */
#include "dist/count_laws.h"

#include "base/incomplete.h"
#include "dist/counts.h"

enum { MOST = 3 };

/* P(X <= k) at a count k, given the parameters; NaN outside their domain. */
typedef double cdf(double k, const double *a);

static double cdf_at(cdf *f, double x, const double *a)
{
    const double k = floor(x), outside = x != x ? x : x > 0.0 ? 1.0 : 0.0;
    const double none = f(0.0, a);

    if (isnan(none) || k == 0.0)
        return none;
    return k > 0.0 && k < INFINITY ? wicki_min(f(k, a), 1.0) : outside;
}

/* The least count k up to the last with P(X <= k) >= p: doubled until it is large enough, then halved. */
static double quantile_at(cdf *f, double p, const double *a, double last)
{
    const double none = f(0.0, a);
    double low = 0.0, high = 1.0;

    if (isnan(none) || !(p >= 0.0 && p <= 1.0))
        return NAN;
    if (none >= p || p == 1.0)
        return none >= p ? 0.0 : last;
    while (high < last && f(high, a) < p) {
        low = high;
        high *= 2.0;
    }
    high = wicki_min(high, last);
    for (;;) {
        const double middle = floor(low + 0.5 * (high - low));
        if (!(middle > low && middle < high))
            return high;
        if (f(middle, a) < p)
            low = middle;
        else
            high = middle;
    }
}

static void read_parameters(size_t n, const double *const *in, size_t i, double *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = in[j + 1][i];
}

/* Ops of f(k, a) with its slopes by the parameters; `last` is the greatest count, given them. */
#define LAW(f, n_parameters, last)                                                    \
    static void f##_value(size_t n, double *out, const double *const *in)             \
    {                                                                                 \
        for (size_t i = 0; i < n; i++) {                                              \
            double a[MOST] = { 0.0 };                                                 \
            read_parameters(n_parameters, in, i, a);                                  \
            out[i] = cdf_at(f, in[0][i], a);                                          \
        }                                                                             \
    }                                                                                 \
    static void f##_partials(                                                         \
        size_t n, double *const *partial, const double *out, const double *const *in) \
    {                                                                                 \
        for (size_t i = 0; i < n; i++) {                                              \
            const double k = floor(in[0][i]);                                         \
            double a[MOST] = { 0.0 }, slope[1 + MOST] = { 0.0 };                      \
            read_parameters(n_parameters, in, i, a);                                  \
            if (k >= 0.0 && k < INFINITY && out[i] == out[i])                         \
                f##_slopes(k, a, slope + 1);                                          \
            for (size_t j = 0; j <= (n_parameters); j++)                              \
                if (partial[j])                                                       \
                    partial[j][i] = slope[j];                                         \
        }                                                                             \
    }                                                                                 \
    static void f##_search(size_t n, double *out, const double *const *in)            \
    {                                                                                 \
        for (size_t i = 0; i < n; i++) {                                              \
            double a[MOST] = { 0.0 };                                                 \
            read_parameters(n_parameters, in, i, a);                                  \
            out[i] = quantile_at(f, in[0][i], a, last);                               \
        }                                                                             \
    }                                                                                 \
    static const wick_op f##_cdf = {                                                  \
        .name = "wick_dist_cdf", .value = f##_value, .partials = f##_partials         \
    };                                                                                \
    static const wick_op f##_quantile = { .name = "wick_dist_quantile", .value = f##_search }

/* --- laws ------------------------------------------------------------------------------------ */

/* Q(k + 1, rate) */
static double poisson(double k, const double *a)
{
    if (!(a[0] >= 0.0 && a[0] < INFINITY))
        return NAN;
    return a[0] == 0.0 ? 1.0 : wicki_gamma_q(k + 1.0, a[0]);
}

/* -f(k) */
static void poisson_slopes(double k, const double *a, double *slope)
{
    slope[0] = -wicki_exp(wicki_poisson_log(k, a[0]));
}

static double binomial(double k, const double *a)
{
    const double n = a[0], p = a[1], q = a[2];

    if (!(wicki_is_count(n) && p >= 0.0 && p <= 1.0))
        return NAN;
    if (k >= n || p == 0.0)
        return 1.0;
    if (q == 0.0)
        return 0.0;
    return wicki_beta_i_between(n - k, k + 1.0, q, p);
}

/* -(n - k) f(k) / q = -n times the density of k among n - 1 */
static void binomial_slopes(double k, const double *a, double *slope)
{
    const double n = a[0], p = a[1], q = a[2];

    if (k < n)
        slope[1] = -n * wicki_exp(wicki_binomial_log(k, n - 1.0, p, q, wicki_log(p), wicki_log(q)));
    slope[1] = k < n && ((p == 0.0 && k > 0.0) || (q == 0.0 && k < n - 1.0)) ? 0.0 : slope[1];
}

static double negative_binomial(double k, const double *a)
{
    const double r = a[0], p = a[1], q = a[2];

    if (!(r > 0.0 && r < INFINITY && p >= 0.0 && q > 0.0))
        return NAN;
    if (p == 0.0)
        return 1.0;
    return wicki_beta_i_between(r, k + 1.0, q, p);
}

/* By p: -(k + 1) f(k + 1) / (p q), whose logarithm is that of -(r + k) f(k) / q. */
static void negative_binomial_slopes(double k, const double *a, double *slope)
{
    const double r = a[0], p = a[1], q = a[2], d = wicki_excess(k, r, p, q);
    double by_k;

    if (p == 0.0) {
        slope[1] = k > 0.0 ? 0.0 : -r;
        return;
    }
    wicki_beta_i_slopes(r, k + 1.0, q, p, &slope[0], &by_k);
    slope[1] = -(r + k) / q * wicki_exp(wicki_negative_binomial_log(k, r, p, q, d, wicki_log(q)));
}

static double beta_binomial_log(double k, const double *a)
{
    const double n = a[2], s = a[0] + a[1];

    return wicki_dirichlet_count_log(k, a[0], s, n) + wicki_dirichlet_count_log(n - k, a[1], s, n) +
        wicki_dirichlet_total_log(s, n);
}

static bool beta_binomial_valid(const double *a)
{
    return a[0] > 0.0 && a[0] < INFINITY && a[1] > 0.0 && a[1] < INFINITY && wicki_is_count(a[2]);
}

static double beta_binomial(double k, const double *a)
{
    double sum = 0.0;

    if (!beta_binomial_valid(a))
        return NAN;
    for (double x = 0.0; x <= k && k < a[2]; x += 1.0)
        sum += wicki_exp(beta_binomial_log(x, a));
    return k < a[2] ? sum : 1.0;
}

static void beta_binomial_slopes(double k, const double *a, double *slope)
{
    const double n = a[2], s = a[0] + a[1];

    for (double x = 0.0; x <= k && k < n; x += 1.0) {
        const double f = wicki_exp(beta_binomial_log(x, a));
        slope[0] += f * wicki_dirichlet_count_by_a(x, a[0], s, n);
        slope[1] += f * wicki_dirichlet_count_by_a(n - x, a[1], s, n);
    }
}

/* 1 - q^(k + 1) */
static double geometric(double k, const double *a)
{
    if (!(a[0] > 0.0 && a[0] <= 1.0))
        return NAN;
    return -wicki_expm1((k + 1.0) * wicki_log1p(-a[0]));
}

/* (k + 1) q^k */
static void geometric_slopes(double k, const double *a, double *slope)
{
    slope[0] = k > 0.0 ? (k + 1.0) * wicki_exp(k * wicki_log1p(-a[0])) : 1.0;
}

LAW(poisson, 1, INFINITY);
LAW(binomial, 3, a[0]);
LAW(negative_binomial, 3, INFINITY);
LAW(beta_binomial, 3, a[2]);
LAW(geometric, 1, INFINITY);

/* --- integers between bounds ------------------------------------------------------------------ */

static double share(double k, double low, double high)
{
    return (k - low + 1.0) / (high - low + 1.0);
}

static bool is_range(double low, double high)
{
    return wicki_is_integer(low) && wicki_is_integer(high) && low <= high;
}

static void uniform_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double x = floor(in[0][i]), low = in[1][i], high = in[2][i];
        const double inside = x < low ? 0.0 : x >= high ? 1.0 : share(x, low, high);
        out[i] = x == x && is_range(low, high) ? inside : (double)NAN;
    }
}

/* The share of the one found, and of its neighbours, is rounded as in the distribution function. */
static void uniform_search(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double p = in[0][i], low = in[1][i], high = in[2][i];
        double k = low - 1.0 + ceil(p * (high - low + 1.0));
        k = k > low && share(k - 1.0, low, high) >= p ? k - 1.0 : k;
        k = k < high && share(k, low, high) < p ? k + 1.0 : k;
        out[i] = p >= 0.0 && p <= 1.0 && is_range(low, high) ? wicki_max(k, low) : (double)NAN;
    }
}

static const wick_op uniform_cdf = { .name = "wick_dist_cdf", .value = uniform_value };
static const wick_op uniform_quantile = { .name = "wick_dist_quantile", .value = uniform_search };

/* --- constructors ---------------------------------------------------------------------------- */

static wick_var record(wick *w, const wick_op *op, size_t n, const wick_var *vars)
{
    wick_argument in[1 + MOST];

    for (size_t j = 0; j < n; j++)
        in[j] = (wick_argument){ .var = op->partials ? vars[j] : wick_detach(vars[j]) };
    return wick_record(w, op, n, in, NULL, 0);
}

wick_var wicki_poisson_cdf(wick *w, wick_var x, wick_var rate)
{
    return record(w, &poisson_cdf, 2, (wick_var[]){ x, rate });
}

wick_var wicki_poisson_quantile(wick *w, wick_var level, wick_var rate)
{
    return record(w, &poisson_quantile, 2, (wick_var[]){ level, rate });
}

wick_var wicki_binomial_cdf(wick *w, wick_var x, wick_var n, wick_var p, wick_var q)
{
    return record(w, &binomial_cdf, 4, (wick_var[]){ x, n, p, wick_detach(q) });
}

wick_var wicki_binomial_quantile(wick *w, wick_var level, wick_var n, wick_var p, wick_var q)
{
    return record(w, &binomial_quantile, 4, (wick_var[]){ level, n, p, q });
}

wick_var wicki_negative_binomial_cdf(wick *w, wick_var x, wick_var r, wick_var p, wick_var q)
{
    return record(w, &negative_binomial_cdf, 4, (wick_var[]){ x, r, p, wick_detach(q) });
}

wick_var wicki_negative_binomial_quantile(
    wick *w, wick_var level, wick_var r, wick_var p, wick_var q)
{
    return record(w, &negative_binomial_quantile, 4, (wick_var[]){ level, r, p, q });
}

wick_var wicki_beta_binomial_cdf(wick *w, wick_var x, wick_var a, wick_var b, wick_var n)
{
    return record(w, &beta_binomial_cdf, 4, (wick_var[]){ x, a, b, n });
}

wick_var wicki_beta_binomial_quantile(wick *w, wick_var level, wick_var a, wick_var b, wick_var n)
{
    return record(w, &beta_binomial_quantile, 4, (wick_var[]){ level, a, b, n });
}

wick_var wicki_geometric_cdf(wick *w, wick_var x, wick_var p)
{
    return record(w, &geometric_cdf, 2, (wick_var[]){ x, p });
}

wick_var wicki_geometric_quantile(wick *w, wick_var level, wick_var p)
{
    return record(w, &geometric_quantile, 2, (wick_var[]){ level, p });
}

wick_var wicki_discrete_uniform_cdf(wick *w, wick_var x, wick_var low, wick_var high)
{
    return record(w, &uniform_cdf, 3, (wick_var[]){ x, low, high });
}

wick_var wicki_discrete_uniform_quantile(wick *w, wick_var level, wick_var low, wick_var high)
{
    return record(w, &uniform_quantile, 3, (wick_var[]){ level, low, high });
}
