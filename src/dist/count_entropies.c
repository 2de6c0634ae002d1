/* Entropies of counts, by sums or series. */
#include "dist/count_laws.h"
#include "dist/counts.h"

enum { MOST = 3 };

/* The density of a count, and the derivatives of its logarithm by the parameters. */
typedef struct law {
    double (*log_density)(double k, const double *a);
    void (*scores)(double k, const double *a, double *score);
} law;

/* -sum f log f from a count on, up or down, until it ends or the terms are past counting. */
static double side(
    const law *l, const double *a, double from, double step, double end, double *slope)
{
    double sum = 0.0;

    for (double k = from; step > 0.0 ? k <= end : k >= end; k += step) {
        const double log_f = l->log_density(k, a), f = wicki_exp(log_f);
        double score[MOST] = { 0.0 };
        if (f > 0.0)
            sum -= f * log_f;
        l->scores(k, a, score);
        for (size_t j = 0; f > 0.0 && j < MOST; j++)
            slope[j] -= f * log_f * score[j];
        if (f < 1e-22 && fabs(k - from) > 8.0)
            break;
    }
    return sum;
}

/* From the mode outwards, where the terms fall; end is the last count. */
static double entropy(const law *l, const double *a, double mode, double end, double *slope)
{
    return side(l, a, mode, 1.0, end, slope) + side(l, a, mode - 1.0, -1.0, 0.0, slope);
}

static double poisson_log(double k, const double *a)
{
    return wicki_poisson_log(k, a[0]);
}

static void poisson_scores(double k, const double *a, double *score)
{
    score[0] = (k - a[0]) / a[0];
}

static const law POISSON = { poisson_log, poisson_scores };

static double binomial_log(double k, const double *a)
{
    return wicki_binomial_log(k, a[0], a[1], a[2], wicki_log(a[1]), wicki_log(a[2]));
}

static void binomial_scores(double k, const double *a, double *score)
{
    score[1] = -wicki_excess(k, a[0] - k, a[1], a[2]) / (a[1] * a[2]);
}

static const law BINOMIAL = { binomial_log, binomial_scores };

/* From this rate on log(2 pi e rate) / 2 - 1 / (12 rate) - ..., to 1e-16; Evans & Boersma (1988). */
static const double SERIES_FROM = 1e4;

static double poisson_series(double rate, double *slope)
{
    const double v = 1.0 / rate;

    slope[0] = v * (0.5 + v * (1.0 / 12 + v * (1.0 / 12 + v * (19.0 / 120))));
    return 0.5 * wicki_log(rate) + 0.5 + WICKI_HALF_LOG_2PI -
        v * (1.0 / 12 + v * (1.0 / 24 + v * (19.0 / 360)));
}

static double poisson_h(const double *a, double *slope)
{
    if (!(a[0] >= 0.0 && a[0] < INFINITY))
        return NAN;
    if (a[0] >= SERIES_FROM)
        return poisson_series(a[0], slope);
    return a[0] == 0.0 ? 0.0 : entropy(&POISSON, a, floor(a[0]), INFINITY, slope);
}

/*
 * With t = p q and v = n t: log(2 pi e v) / 2 - (1 - 4 t) / (12 v) - (1 - 4 t + 2 t^2) / (24 v^2), from the
 * expansion in the skewness s and excess k: -s^2 / 12 - k^2 / 48 - 7 s^4 / 48 + s^2 k / 8.
 */
static double binomial_series(double n, double p, double q, double *slope)
{
    const double t = p * q, v = 1.0 / (n * t);

    slope[1] = (q - p) / t * (0.5 + v * (1.0 / 12 + v * (1.0 - 2.0 * t) / 12));
    return 0.5 * wicki_log(n * t) + 0.5 + WICKI_HALF_LOG_2PI -
        v * ((1.0 - 4.0 * t) / 12 + v * (1.0 - 4.0 * t + 2.0 * t * t) / 24);
}

static double binomial_h(const double *a, double *slope)
{
    const double n = a[0], p = a[1], q = a[2];

    if (!(wicki_is_count(n) && p >= 0.0 && p <= 1.0))
        return NAN;
    if (n == 0.0 || p == 0.0 || q == 0.0)
        return 0.0;
    if (n * p * q >= 10.0 * SERIES_FROM)
        return binomial_series(n, p, q, slope);
    return entropy(&BINOMIAL, a, wicki_min(n, floor((n + 1.0) * p)), n, slope);
}

#define ENTROPY(f, n_parameters)                                                      \
    static void f##_value(size_t n, double *out, const double *const *in)             \
    {                                                                                 \
        for (size_t i = 0; i < n; i++) {                                              \
            double a[MOST] = { 0.0 }, slope[MOST] = { 0.0 };                          \
            for (size_t j = 0; j < (n_parameters); j++)                               \
                a[j] = in[j][i];                                                      \
            out[i] = f(a, slope);                                                     \
        }                                                                             \
    }                                                                                 \
    static void f##_partials(                                                         \
        size_t n, double *const *partial, const double *out, const double *const *in) \
    {                                                                                 \
        (void)out;                                                                    \
        for (size_t i = 0; i < n; i++) {                                              \
            double a[MOST] = { 0.0 }, slope[MOST] = { 0.0 };                          \
            for (size_t j = 0; j < (n_parameters); j++)                               \
                a[j] = in[j][i];                                                      \
            f(a, slope);                                                              \
            for (size_t j = 0; j < (n_parameters); j++)                               \
                if (partial[j])                                                       \
                    partial[j][i] = slope[j];                                         \
        }                                                                             \
    }                                                                                 \
    static const wick_op f##_op = {                                                   \
        .name = "wick_dist_entropy", .value = f##_value, .partials = f##_partials     \
    }

ENTROPY(poisson_h, 1);
ENTROPY(binomial_h, 3);

wick_var wicki_poisson_entropy(wick *w, wick_var rate)
{
    return wick_record(w, &poisson_h_op, 1, (wick_argument[]){ { .var = rate } }, NULL, 0);
}

wick_var wicki_binomial_entropy(wick *w, wick_var n, wick_var p, wick_var q)
{
    const wick_argument in[] = { { .var = n }, { .var = p }, { .var = wick_detach(q) } };

    return wick_record(w, &binomial_h_op, 3, in, NULL, 0);
}
