/* How many trajectories were divergent, and where. */
#include "mcmc/diagnose.h"

#include <math.h>
#include <string.h>

#include "base/special.h"

/* --- where ------------------------------------------------------------------------------------ */

enum { MOST_SHIFTS = 200 };

/* Divergences at one end of a quantity are told by chance in one of so many runs. */
static const double FALSE_ALARMS = 100.0;

/* Ranks of draws, between 0 and 1, ties at their mean. */
static void rank(wicki_diagnosis *d, const wicki_quantity *q, double *ranks)
{
    const size_t all = d->chains * d->n;
    wicki_place *sorted = d->summarizer.sorted;

    for (size_t i = 0; i < all; i++)
        sorted[i] = (wicki_place){ q->x.draws[i], i };
    wicki_sort_places(all, sorted, d->summarizer.scratch);
    for (size_t i = 0, end; i < all; i = end) {
        for (end = i + 1; end < all && sorted[end].x == sorted[i].x; end++)
            ;
        for (size_t k = i; k < end; k++)
            ranks[sorted[k].i] = 0.5 * (double)(i + end) / (double)all;
    }
}

static double shifted_sum(size_t n, const double *ranks, const double *divergent, size_t shift)
{
    double sum = 0.0;

    for (size_t t = 0; t < n; t++)
        if (divergent[t] != 0.0)
            sum += ranks[t + shift < n ? t + shift : t + shift - n];
    return sum;
}

/* Adds what a chain has to the sum of ranks over its expectation, and to its variance. */
static void add_chain(
    size_t n, const double *ranks, const double *divergent, double *over, double *variance)
{
    const size_t step = (n + MOST_SHIFTS - 1) / MOST_SHIFTS;
    const double here = shifted_sum(n, ranks, divergent, 0);
    double count = 0.0, sum = 0.0, squares = 0.0;

    for (size_t shift = step; shift < n; shift += step, count++) {
        const double off = shifted_sum(n, ranks, divergent, shift) - here;
        sum += off;
        squares += off * off;
    }
    if (count < 2.0)
        return;
    *over -= sum / count;
    *variance += (squares - sum * sum / count) / (count - 1.0);
}

/* How many standard deviations the ranks of divergent draws are over what shifts say. */
static double deviation(wicki_diagnosis *d, const wicki_quantity *q, const double *divergent)
{
    double *ranks = d->summarizer.x, over = 0.0, variance = 0.0;

    if (isnan(q->of.rhat))
        return 0.0;
    rank(d, q, ranks);
    for (size_t i = 0; i < d->chains; i++)
        add_chain(d->n, ranks + i * d->n, divergent + i * d->n, &over, &variance);
    return variance > 0.0 ? over / sqrt(variance) : 0.0;
}

/* The median of draws that are divergent, or of those that are not. */
static double median_of(
    wicki_diagnosis *d, const wicki_quantity *q, const double *divergent, bool which)
{
    wicki_place *sorted = d->summarizer.sorted;
    size_t n = 0;

    for (size_t i = 0; i < d->chains * d->n; i++)
        if ((divergent[i] != 0.0) == which)
            sorted[n++] = (wicki_place){ q->x.draws[i], i };
    wicki_sort_places(n, sorted, d->summarizer.scratch);
    return n > 0 ? wicki_sorted_quantile(n, sorted, 0.5) : NAN;
}

static void found_at(wicki_diagnosis *d, const wicki_quantity *q, double z, const double *divergent,
    const wick_finding *all)
{
    const double there = median_of(d, q, divergent, true),
                 elsewhere = median_of(d, q, divergent, false);
    wicki_page page = { .w = d->w };

    wicki_page_add(&page, "divergent draws have %s ", z < 0.0 ? "small" : "large");
    wicki_add_quantity(&page, q);
    wicki_page_add(&page,
        ": its median is %.3g there and %.3g in the others (%.1f standard deviations off); if it "
        "is a scale or a spread of others, write these non-centred; if it is at a bound, give it a "
        "prior that keeps away from there",
        there, elsewhere, fabs(z));
    wick_finding *f = wicki_found_quantity(d, WICK_FINDING_DIVERGENT_AT, &page, q);
    if (!f)
        return;
    f->count = all->count;
    f->share = all->share;
    f->value = there;
    f->limit = elsewhere;
}

static void find_place(wicki_diagnosis *d, const double *divergent, const wick_finding *all)
{
    const double tests = (double)(d->n_quantities - 1);
    const wicki_quantity *worst = NULL;
    double most = wicki_normal_quantile(1.0 - 0.5 / FALSE_ALARMS / tests), z = 0.0;

    for (size_t i = 1; i < d->n_quantities; i++) {
        const double off = deviation(d, &d->quantity[i], divergent);
        if (fabs(off) <= most)
            continue;
        worst = &d->quantity[i];
        most = fabs(z = off);
    }
    if (worst)
        found_at(d, worst, z, divergent, all);
}

/* --- how many --------------------------------------------------------------------------------- */

void wicki_check_divergences(wicki_diagnosis *d)
{
    const double *divergent = wick_mcmc_statistic(d->m, WICK_DIVERGENT).draws;
    const size_t all = d->chains * d->n;
    size_t count = 0;
    wicki_page page = { .w = d->w };

    for (size_t i = 0; divergent && i < all; i++)
        count += divergent[i] != 0.0;
    if (count == 0)
        return;
    wicki_add_share(&page, count, all, "trajectories");
    wicki_page_add(&page,
        " diverged: there are places that the chains cannot enter, and means and quantiles lack "
        "them; raise .target_accept (it is %.3g), and if that does not help write the model in "
        "other terms, a hierarchy non-centred: theta = mu + tau z with z ~ normal(0, 1)",
        d->m->options.target_accept);
    wick_finding *f = wicki_found(d, WICK_FINDING_DIVERGENT, &page);
    if (!f)
        return;
    f->count = count;
    f->share = (double)count / (double)all;
    const wick_finding copy = *f;
    find_place(d, divergent, &copy);
}
