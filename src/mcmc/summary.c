/* Summaries of quantities: everything that two sorts tell. */
#include "mcmc/summary.h"

#include <math.h>
#include <string.h>

/* Makes the median of distances from the median the deviation of a normal. */
static const double MAD_SCALE = 1.4826;

static const wick_chains_summary NOTHING = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };

/* --- room ------------------------------------------------------------------------------------- */

bool wicki_summarizer_open(wicki_summarizer *s, wick *w, size_t chains, size_t n)
{
    const size_t all = chains * n, rest = 2 * chains * (n / 2);

    *s = (wicki_summarizer){ .w = w, .chains = chains, .n = n };
    s->sorted = wicki_allocate(w, 2 * all * sizeof *s->sorted);
    s->scores = s->sorted ? wicki_allocate(w, (rest + all + 2 * chains) * sizeof(double)) : NULL;
    if (!s->scores) {
        wicki_summarizer_close(s);
        return false;
    }
    s->scratch = s->sorted + all;
    s->x = s->scores + rest;
    s->means = s->x + all;
    for (size_t i = 0; 2 * i < rest; i++) {
        s->scores[i] = wicki_rank_score((double)(i + 1), rest);
        s->scores[rest - 1 - i] = -s->scores[i];
    }
    return true;
}

void wicki_summarizer_close(wicki_summarizer *s)
{
    wicki_release(s->w, s->scores);
    wicki_release(s->w, s->sorted);
    s->scores = NULL;
    s->sorted = NULL;
}

/* --- ranks and tails -------------------------------------------------------------------------- */

static void sort(wicki_summarizer *s, const double *draws)
{
    const size_t all = s->chains * s->n;

    for (size_t i = 0; i < all; i++)
        s->sorted[i] = (wicki_place){ draws[i], i };
    wicki_sort_places(all, s->sorted, s->scratch);
}

/* Of an odd number of draws the middle is left out: those that stay, with their places in halves. */
static size_t leave_middles_out(wicki_summarizer *s)
{
    const size_t half = s->n / 2, all = s->chains * s->n;
    size_t left = 0;

    for (size_t i = 0; i < all; i++) {
        const size_t chain = s->sorted[i].i / s->n, t = s->sorted[i].i % s->n;
        if (t == half && s->n % 2)
            continue;
        s->sorted[left] = s->sorted[i];
        s->sorted[left++].i = 2 * chain * half + (t > half ? t - s->n % 2 : t);
    }
    return left;
}

static wicki_halves halves_of(const wicki_summarizer *s)
{
    return (wicki_halves){ 2 * s->chains, s->n / 2, s->x, s->means };
}

/* What is sorted, as normal scores of its ranks. */
static wicki_halves ranked(wicki_summarizer *s)
{
    wicki_rank_scores(leave_middles_out(s), s->sorted, s->scores, s->x);
    return halves_of(s);
}

static double tail_ess(wicki_summarizer *s, const double *draws, double quantile)
{
    const size_t all = s->chains * s->n;

    for (size_t i = 0; i < all; i++)
        s->x[i] = draws[i] <= quantile ? 1.0 : 0.0;
    wicki_split((wick_chains){ s->chains, s->n, s->x }, s->x);
    const wicki_halves h = halves_of(s);
    return wicki_basic_ess(&h);
}

/* As fmax, but NaN if either is. */
static double larger(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}

/* What the order of the draws tells, which are sorted. */
static void trust_order(wicki_summarizer *s, wick_chains_summary *out)
{
    const wicki_halves h = ranked(s);

    out->ess_bulk = wicki_basic_ess(&h);
    out->rhat = wicki_basic_rhat(&h);
}

static void trust_numbers(wicki_summarizer *s, const double *draws, wick_chains_summary *out)
{
    wicki_split((wick_chains){ s->chains, s->n, draws }, s->x);
    const wicki_halves h = halves_of(s);

    out->mcse = out->sd / sqrt(wicki_basic_ess(&h));
    out->ess_tail = -larger(-tail_ess(s, draws, out->q5), -tail_ess(s, draws, out->q95));
}

/* What the order of the distances from the median tells, which are sorted. */
static void trust_distances(wicki_summarizer *s, wick_chains_summary *out)
{
    const wicki_halves h = ranked(s);

    out->rhat = larger(out->rhat, wicki_basic_rhat(&h));
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool has_nan(size_t n, const double *x)
{
    size_t i = 0;

    while (i < n && !isnan(x[i]))
        i++;
    return i < n;
}

/* False if they are not numbers: of an infinite draw from an infinite median. */
static bool sort_distances(wicki_summarizer *s, const double *draws, double median)
{
    const size_t all = s->chains * s->n;

    for (size_t i = 0; i < all; i++)
        s->x[i] = fabs(draws[i] - median);
    if (has_nan(all, s->x))
        return false;
    sort(s, s->x);
    return true;
}

static void summarize(wicki_summarizer *s, const double *draws, wick_chains_summary *out)
{
    const size_t all = s->chains * s->n;
    const bool can_tell = wicki_can_tell((wick_chains){ s->chains, s->n, draws });

    out->sd = sqrt(wicki_variance_of(all, draws));
    sort(s, draws);
    out->q5 = wicki_sorted_quantile(all, s->sorted, 0.05);
    out->q50 = wicki_sorted_quantile(all, s->sorted, 0.5);
    out->q95 = wicki_sorted_quantile(all, s->sorted, 0.95);
    if (can_tell) {
        trust_order(s, out);
        trust_numbers(s, draws, out);
    }
    if (sort_distances(s, draws, out->q50))
        out->mad = MAD_SCALE * wicki_sorted_quantile(all, s->sorted, 0.5);
    if (can_tell)
        trust_distances(s, out);
}

wick_chains_summary wicki_summarize(wicki_summarizer *s, const double *draws)
{
    const size_t all = s->chains * s->n;
    wick_chains_summary out = NOTHING;

    if (!wicki_ok(s->w))
        return out;
    out.mean = wicki_mean_of(all, draws);
    if (!has_nan(all, draws))
        summarize(s, draws, &out);
    return out;
}

wick_chains_summary wick_summarize(wick *w, wick_chains x)
{
    wicki_summarizer s;

    if (!wicki_ok(w))
        return NOTHING;
    if (x.chains == 0 || x.n == 0 || !x.draws) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_summarize: got %zu chains of %zu draws%s, need at least one each", x.chains, x.n,
            x.draws ? "" : " at NULL");
        return NOTHING;
    }
    if (!wicki_summarizer_open(&s, w, x.chains, x.n))
        return NOTHING;
    const wick_chains_summary out = wicki_summarize(&s, x.draws);
    wicki_summarizer_close(&s);
    return out;
}
