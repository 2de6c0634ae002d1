#include <wick/mcmc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "base/incomplete.h"
#include "base/special.h"

enum { FEWEST = 12 };

/* --- samples --------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double *sorted_copy(wick *w, size_t n, const double *x)
{
    double *out = wicki_allocate(w, n * sizeof *out);

    if (!out)
        return NULL;
    memcpy(out, x, n * sizeof *out);
    qsort(out, n, sizeof *out, ascending);
    return out;
}

static double sorted_quantile(size_t n, const double *sorted, double prob)
{
    const double at = prob * (double)(n - 1);
    const size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* How many of the sorted numbers are below x, or, if `with` is set, at most x. */
static size_t count_below(size_t n, const double *sorted, double x, bool with)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] < x || (with && sorted[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double mean_of(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double variance_of(size_t n, const double *x)
{
    const double mean = mean_of(n, x);
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum / (double)(n - 1);
}

/* --- what is done to draws first -------------------------------------------------------------- */

/* A diagnostic: what is done to all draws, whether they are replaced by ranks, and what is measured
 * then of halves of chains. */
typedef struct diagnostic diagnostic;

/* Halves of chains, one after the other; means: room for one number of each. */
typedef struct halves {
    size_t m, n;
    const double *x;
    double *means;
} halves;

struct diagnostic {
    const char *function;
    void (*change)(size_t n, double *x, const double *sorted, double prob);
    double prob;
    bool ranks;
    double (*measure)(const halves *h);
};

static void fold(size_t n, double *x, const double *sorted, double prob)
{
    const double median = sorted_quantile(n, sorted, prob);

    for (size_t i = 0; i < n; i++)
        x[i] = fabs(x[i] - median);
}

/* 1 where a draw is at most the quantile, else 0 */
static void indicate(size_t n, double *x, const double *sorted, double prob)
{
    const double quantile = sorted_quantile(n, sorted, prob);

    for (size_t i = 0; i < n; i++)
        x[i] = x[i] <= quantile ? 1.0 : 0.0;
}

/* Normal scores of ranks, ties at their mean: equation 14. */
static void rank_normalise(size_t n, double *x, const double *sorted)
{
    for (size_t i = 0; i < n; i++) {
        const double rank = 0.5 *
            (double)(count_below(n, sorted, x[i], false) + count_below(n, sorted, x[i], true) + 1);
        x[i] = wicki_normal_quantile((rank - 0.375) / ((double)n + 0.25));
    }
}

static bool is_complete(wick *w, const char *function, wick_chains x)
{
    if (wick_status(w) != WICK_OK)
        return false;
    if (x.chains == 0 || x.n == 0 || !x.draws)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: got %zu chains of %zu draws%s, need at least one each",
            function, x.chains, x.n, x.draws ? "" : " at NULL");
    return wick_status(w) == WICK_OK;
}

static bool can_tell(wick_chains x)
{
    bool finite = true, same = true;

    for (size_t i = 0; i < x.chains * x.n; i++) {
        finite = finite && isfinite(x.draws[i]);
        same = same && x.draws[i] == x.draws[0];
    }
    return x.n >= FEWEST && finite && !same;
}

/* Moves the halves together; the middle of an odd number of draws is left out. */
static size_t split(wick_chains x, double *draws)
{
    const size_t half = x.n / 2;

    for (size_t i = 0; i < x.chains; i++) {
        memmove(draws + 2 * i * half, draws + i * x.n, half * sizeof *draws);
        memmove(draws + (2 * i + 1) * half, draws + (i + 1) * x.n - half, half * sizeof *draws);
    }
    return 2 * x.chains * half;
}

static bool sort_and_change(wick *w, const diagnostic *d, size_t n, double *draws)
{
    double *sorted = sorted_copy(w, n, draws);

    if (sorted)
        d->change(n, draws, sorted, d->prob);
    wicki_release(w, sorted);
    return sorted != NULL;
}

static bool replace_by_ranks(wick *w, size_t n, double *draws)
{
    double *sorted = sorted_copy(w, n, draws);

    if (sorted)
        rank_normalise(n, draws, sorted);
    wicki_release(w, sorted);
    return sorted != NULL;
}

static double measure(wick *w, const diagnostic *d, wick_chains x)
{
    const size_t all = x.chains * x.n;
    double out = NAN;

    if (!is_complete(w, d->function, x) || !can_tell(x))
        return NAN;
    double *draws = wicki_allocate(w, (all + 2 * x.chains) * sizeof *draws);
    if (!draws)
        return NAN;
    memcpy(draws, x.draws, all * sizeof *draws);
    if (!d->change || sort_and_change(w, d, all, draws)) {
        const size_t rest = split(x, draws);
        const halves h = { 2 * x.chains, x.n / 2, draws, draws + all };
        if (!d->ranks || replace_by_ranks(w, rest, draws))
            out = d->measure(&h);
    }
    wicki_release(w, draws);
    return out;
}

/* --- R-hat and effective sample sizes ---------------------------------------------------------- */

/* The mean variance of halves, and their means. */
static double within(const halves *h)
{
    double sum = 0.0;

    for (size_t i = 0; i < h->m; i++) {
        h->means[i] = mean_of(h->n, h->x + i * h->n);
        sum += variance_of(h->n, h->x + i * h->n) / (double)h->m;
    }
    return sum;
}

/* Equations 1 to 4. */
static double basic_rhat(const halves *h)
{
    const double n = (double)h->n, inside = within(h);

    return sqrt((n * variance_of(h->m, h->means) / inside + n - 1.0) / n);
}

/* What autocorrelations are made of: equation 10. */
typedef struct correlations {
    const halves *h;
    double inside, all;
} correlations;

static double correlation(const correlations *c, size_t lag)
{
    const halves *h = c->h;
    double sum = 0.0;

    for (size_t i = 0; i < h->m; i++) {
        const double *x = h->x + i * h->n, mean = h->means[i];
        for (size_t t = 0; t + lag < h->n; t++)
            sum += (x[t] - mean) * (x[t + lag] - mean);
    }
    return 1.0 - (c->inside - sum / (double)(h->m * h->n)) / c->all;
}

/*
 * Geyer's initial monotone sequence: sums of pairs of autocorrelations as long as they are positive,
 * each at most the one before. The even lag of the pair that ends it counts once.
 */
static double correlation_time(const halves *h)
{
    const double n = (double)h->n, inside = within(h);
    const correlations c = { h, inside, inside * (n - 1.0) / n + variance_of(h->m, h->means) };
    double even = 1.0, odd = correlation(&c, 1), least = even + odd, sum = 0.0;

    for (size_t lag = 2; lag + 3 < h->n && even + odd > 0.0; lag += 2) {
        least = fmin(least, even + odd);
        sum += least;
        even = correlation(&c, lag);
        odd = correlation(&c, lag + 1);
    }
    return -1.0 + 2.0 * sum + (even > 0.0 || even + odd >= 0.0 ? even : 0.0);
}

/* At most m n log10(m n), for chains that go back and forth. */
static double ess(const halves *h)
{
    const double all = (double)(h->m * h->n), log_10 = 2.302585092994045684;

    return all / fmax(correlation_time(h), log_10 / wicki_log(all));
}

double wick_rhat(wick *w, wick_chains x)
{
    const diagnostic bulk = { .function = "wick_rhat", .ranks = true, .measure = basic_rhat };
    diagnostic tail = bulk;

    tail.change = fold;
    tail.prob = 0.5;
    const double first = measure(w, &bulk, x), second = measure(w, &tail, x);
    return isnan(first) ? first : isnan(second) ? second : fmax(first, second);
}

double wick_ess_bulk(wick *w, wick_chains x)
{
    return measure(
        w, &(diagnostic){ .function = "wick_ess_bulk", .ranks = true, .measure = ess }, x);
}

double wick_ess_mean(wick *w, wick_chains x)
{
    return measure(w, &(diagnostic){ .function = "wick_ess_mean", .measure = ess }, x);
}

static bool is_probability(wick *w, const char *function, double prob)
{
    if (wick_status(w) == WICK_OK && !(prob > 0.0 && prob < 1.0))
        wick_fail(
            w, WICK_ERR_DOMAIN, "%s: prob is %g, need a number between 0 and 1", function, prob);
    return wick_status(w) == WICK_OK;
}

double wick_ess_quantile(wick *w, wick_chains x, double prob)
{
    const diagnostic d = {
        .function = "wick_ess_quantile", .change = indicate, .prob = prob, .measure = ess
    };

    return is_probability(w, d.function, prob) ? measure(w, &d, x) : NAN;
}

double wick_ess_tail(wick *w, wick_chains x)
{
    const double low = wick_ess_quantile(w, x, 0.05), high = wick_ess_quantile(w, x, 0.95);

    return isnan(low) ? low : isnan(high) ? high : fmin(low, high);
}

/* --- standard errors -------------------------------------------------------------------------- */

double wick_mcse_mean(wick *w, wick_chains x)
{
    const double n = wick_ess_mean(w, x);

    return isnan(n) ? n : sqrt(variance_of(x.chains * x.n, x.draws) / n);
}

/* (E[c^4] - E[c^2]^2) / ess over 4 E[c^2] is the variance of the root of the mean of c^2. */
double wick_mcse_sd(wick *w, wick_chains x)
{
    const size_t n = x.chains * x.n;
    double *squares =
        is_complete(w, "wick_mcse_sd", x) ? wicki_allocate(w, n * sizeof *squares) : NULL;

    if (!squares)
        return NAN;
    const double mean = mean_of(n, x.draws);
    for (size_t i = 0; i < n; i++)
        squares[i] = (x.draws[i] - mean) * (x.draws[i] - mean);
    const double size = wick_ess_mean(w, (wick_chains){ x.chains, x.n, squares });
    const double variance = mean_of(n, squares);
    const double of_squares = variance_of(n, squares) * ((double)n - 1.0) / (double)n;
    wicki_release(w, squares);
    return sqrt(of_squares / size / variance) / 2.0;
}

/* Half the distance of the order statistics that a quantile of so many independent draws lies between
 * with probability 0.68: those of a beta distribution. */
double wick_mcse_quantile(wick *w, wick_chains x, double prob)
{
    const double size = wick_ess_quantile(w, x, prob), below = 0.1586553, above = 0.8413447;
    const size_t n = x.chains * x.n;
    double *sorted = isnan(size) ? NULL : sorted_copy(w, n, x.draws);

    if (!sorted)
        return NAN;
    const double a = size * prob + 1.0, b = size * (1.0 - prob) + 1.0;
    const double low = floor((double)n * wicki_beta_quantile(a, b, below, 1.0 - below));
    const double high = ceil((double)n * wicki_beta_quantile(a, b, above, 1.0 - above));
    const size_t first = low < 1.0 ? 1 : (size_t)low, last = high < (double)n ? (size_t)high : n;
    const double out = 0.5 * (sorted[last - 1] - sorted[first - 1]);
    wicki_release(w, sorted);
    return out;
}

double wick_sample_quantile(wick *w, size_t n, const double *x, double prob)
{
    if (!is_complete(w, "wick_sample_quantile", (wick_chains){ 1, n, x }))
        return NAN;
    if (prob != 0.0 && prob != 1.0 && !is_probability(w, "wick_sample_quantile", prob))
        return NAN;
    double *sorted = sorted_copy(w, n, x);
    const double out = sorted ? sorted_quantile(n, sorted, prob) : NAN;
    wicki_release(w, sorted);
    return out;
}

/* --- energies --------------------------------------------------------------------------------- */

double wick_ebfmi(wick *w, size_t n, const double *energies)
{
    double sum = 0.0;

    if (!is_complete(w, "wick_ebfmi", (wick_chains){ 1, n, energies }) || n < 2)
        return NAN;
    for (size_t i = 1; i < n; i++)
        sum += (energies[i] - energies[i - 1]) * (energies[i] - energies[i - 1]);
    const double variance = variance_of(n, energies);
    return variance > 0.0 ? sum / (double)n / variance : NAN;
}
