#include <wick/mcmc.h>

#include <math.h>
#include <string.h>

#include "base/incomplete.h"
#include "mcmc/halves.h"

/* --- what is done to draws first -------------------------------------------------------------- */

/* A diagnostic: what is done to all draws, whether they are replaced by ranks, and what is measured
 * then of halves of chains. */
typedef struct diagnostic {
    const char *function;
    void (*change)(size_t n, double *x, const wicki_place *sorted, double prob);
    double prob;
    bool ranks;
    double (*measure)(const wicki_halves *h);
} diagnostic;

static void fold(size_t n, double *x, const wicki_place *sorted, double prob)
{
    const double median = wicki_sorted_quantile(n, sorted, prob);

    for (size_t i = 0; i < n; i++)
        x[i] = fabs(x[i] - median);
}

/* 1 where a draw is at most the quantile, else 0 */
static void indicate(size_t n, double *x, const wicki_place *sorted, double prob)
{
    const double quantile = wicki_sorted_quantile(n, sorted, prob);

    for (size_t i = 0; i < n; i++)
        x[i] = x[i] <= quantile ? 1.0 : 0.0;
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

static bool sort_and_change(wick *w, const diagnostic *d, size_t n, double *draws)
{
    wicki_place *sorted = wicki_sorted_places(w, n, draws);

    if (sorted)
        d->change(n, draws, sorted, d->prob);
    wicki_release(w, sorted);
    return sorted != NULL;
}

static bool replace_by_ranks(wick *w, size_t n, double *draws)
{
    wicki_place *sorted = wicki_sorted_places(w, n, draws);

    if (sorted)
        wicki_rank_scores(n, sorted, NULL, draws);
    wicki_release(w, sorted);
    return sorted != NULL;
}

static double measure(wick *w, const diagnostic *d, wick_chains x)
{
    const size_t all = x.chains * x.n;
    double out = NAN;

    if (!is_complete(w, d->function, x) || !wicki_can_tell(x))
        return NAN;
    double *draws = wicki_allocate(w, (all + 2 * x.chains) * sizeof *draws);
    if (!draws)
        return NAN;
    memcpy(draws, x.draws, all * sizeof *draws);
    if (!d->change || sort_and_change(w, d, all, draws)) {
        const size_t rest = wicki_split((wick_chains){ x.chains, x.n, draws }, draws);
        const wicki_halves h = { 2 * x.chains, x.n / 2, draws, draws + all };
        if (!d->ranks || replace_by_ranks(w, rest, draws))
            out = d->measure(&h);
    }
    wicki_release(w, draws);
    return out;
}

/* --- R-hat and effective sample sizes ---------------------------------------------------------- */

double wick_rhat(wick *w, wick_chains x)
{
    const diagnostic bulk = { .function = "wick_rhat", .ranks = true, .measure = wicki_basic_rhat };
    diagnostic tail = bulk;

    tail.change = fold;
    tail.prob = 0.5;
    const double first = measure(w, &bulk, x), second = measure(w, &tail, x);
    return isnan(first) ? first : isnan(second) ? second : fmax(first, second);
}

double wick_ess_bulk(wick *w, wick_chains x)
{
    return measure(w,
        &(diagnostic){ .function = "wick_ess_bulk", .ranks = true, .measure = wicki_basic_ess }, x);
}

double wick_ess_mean(wick *w, wick_chains x)
{
    return measure(w, &(diagnostic){ .function = "wick_ess_mean", .measure = wicki_basic_ess }, x);
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
    const diagnostic d = { .function = "wick_ess_quantile",
        .change = indicate,
        .prob = prob,
        .measure = wicki_basic_ess };

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

    return isnan(n) ? n : sqrt(wicki_variance_of(x.chains * x.n, x.draws) / n);
}

/* (E[c^4] - E[c^2]^2) / ess over 4 E[c^2] is the variance of the root of the mean of c^2. */
double wick_mcse_sd(wick *w, wick_chains x)
{
    const size_t n = x.chains * x.n;
    double *squares =
        is_complete(w, "wick_mcse_sd", x) ? wicki_allocate(w, n * sizeof *squares) : NULL;

    if (!squares)
        return NAN;
    const double mean = wicki_mean_of(n, x.draws);
    for (size_t i = 0; i < n; i++)
        squares[i] = (x.draws[i] - mean) * (x.draws[i] - mean);
    const double size = wick_ess_mean(w, (wick_chains){ x.chains, x.n, squares });
    const double variance = wicki_mean_of(n, squares);
    const double of_squares = wicki_variance_of(n, squares) * ((double)n - 1.0) / (double)n;
    wicki_release(w, squares);
    return sqrt(of_squares / size / variance) / 2.0;
}

/* Half the distance of the order statistics that a quantile of so many independent draws lies between
 * with probability 0.68: those of a beta distribution. */
double wick_mcse_quantile(wick *w, wick_chains x, double prob)
{
    const double size = wick_ess_quantile(w, x, prob), below = 0.1586553, above = 0.8413447;
    const size_t n = x.chains * x.n;
    wicki_place *sorted = isnan(size) ? NULL : wicki_sorted_places(w, n, x.draws);

    if (!sorted)
        return NAN;
    const double a = size * prob + 1.0, b = size * (1.0 - prob) + 1.0;
    const double low = floor((double)n * wicki_beta_quantile(a, b, below, 1.0 - below));
    const double high = ceil((double)n * wicki_beta_quantile(a, b, above, 1.0 - above));
    const size_t first = low < 1.0 ? 1 : (size_t)low, last = high < (double)n ? (size_t)high : n;
    const double out = 0.5 * (sorted[last - 1].x - sorted[first - 1].x);
    wicki_release(w, sorted);
    return out;
}

double wick_sample_quantile(wick *w, size_t n, const double *x, double prob)
{
    if (!is_complete(w, "wick_sample_quantile", (wick_chains){ 1, n, x }))
        return NAN;
    if (prob != 0.0 && prob != 1.0 && !is_probability(w, "wick_sample_quantile", prob))
        return NAN;
    wicki_place *sorted = wicki_sorted_places(w, n, x);
    const double out = sorted ? wicki_sorted_quantile(n, sorted, prob) : NAN;
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
    const double variance = wicki_variance_of(n, energies);
    return variance > 0.0 ? sum / (double)n / variance : NAN;
}
