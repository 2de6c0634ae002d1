/* Chains that stay apart. */
#include "mcmc/diagnose.h"

#include <math.h>

/* What a chain has of a quantity. */
typedef struct part {
    size_t chain;
    double mean, variance, q5, q95;
} part;

static part part_of(wicki_diagnosis *d, const wicki_quantity *q, size_t chain)
{
    const double *x = q->x.draws + chain * d->n;
    wicki_place *sorted = d->summarizer.sorted;

    for (size_t i = 0; i < d->n; i++)
        sorted[i] = (wicki_place){ x[i], i };
    wicki_sort_places(d->n, sorted, d->summarizer.scratch);
    return (part){ chain, wicki_mean_of(d->n, x), wicki_variance_of(d->n, x),
        wicki_sorted_quantile(d->n, sorted, 0.05), wicki_sorted_quantile(d->n, sorted, 0.95) };
}

/* Ascending by means. */
static void find_parts(wicki_diagnosis *d, const wicki_quantity *q, part *parts)
{
    for (size_t i = 0; i < d->chains; i++) {
        const part p = part_of(d, q, i);
        size_t j = i;
        for (; j > 0 && p.mean < parts[j - 1].mean; j--)
            parts[j] = parts[j - 1];
        parts[j] = p;
    }
}

/* How far the first chains are below the others, in standard deviations within chains, and between
 * which numbers; at most 0 if they meet. */
static double gap(size_t chains, const part *parts, size_t first, double *low, double *high)
{
    double variance = 0.0;

    *low = -INFINITY;
    *high = INFINITY;
    for (size_t i = 0; i < chains; i++) {
        variance += parts[i].variance / (double)chains;
        if (i < first)
            *low = fmax(*low, parts[i].q95);
        else
            *high = fmin(*high, parts[i].q5);
    }
    return (*high - *low) / sqrt(variance);
}

/* The widest of all places: how many chains are below. */
static double widest(size_t chains, const part *parts, size_t *first, double *between)
{
    double most = 0.0, low, high;

    for (size_t i = 1; i < chains; i++) {
        const double wide = gap(chains, parts, i, &low, &high);
        if (wide > most) {
            most = wide;
            *first = i;
            *between = low + 0.5 * (high - low);
        }
    }
    return most;
}

static void add_chains(wicki_page *page, size_t chains, size_t n, const part *parts)
{
    size_t said = 0;

    wicki_page_add(page, n == 1 ? "chain " : "chains ");
    for (size_t chain = 0; chain < chains; chain++)
        for (size_t i = 0; i < n; i++)
            if (parts[i].chain == chain)
                wicki_page_add(page, "%s%zu (mean %.4g)", said++ ? ", " : "", chain, parts[i].mean);
}

static void found(
    wicki_diagnosis *d, const wicki_quantity *q, const part *parts, size_t first, double between)
{
    const size_t other = d->chains - first;
    wicki_page page = { .w = d->w };

    wicki_page_add(&page, "chains stay in different modes: ");
    wicki_add_quantity(&page, q);
    wicki_page_add(&page, " is below %.3g in ", between);
    add_chains(&page, d->chains, first, parts);
    wicki_page_add(&page, ", above in ");
    add_chains(&page, d->chains, other, parts + first);
    wicki_page_add(&page,
        "; how many chains are in a mode says nothing of its probability, so that draws of all "
        "of them together are not those of the posterior: take out a mode that is a mistake by a "
        "tighter prior or a constraint, or start chains in each and compare lp__");
    wick_finding *f = wicki_found_quantity(d, WICK_FINDING_MODES, &page, q);
    if (!f)
        return;
    f->count = first < other ? first : other;
    f->share = (double)f->count / (double)d->chains;
    f->value = between;
}

void wicki_check_modes(wicki_diagnosis *d)
{
    part *parts = wick_alloc(d->w, d->chains * sizeof *parts);
    const wicki_quantity *worst = NULL;
    double most = 0.0, between = 0.0;
    size_t first = 0;

    if (!parts || d->n_stuck > 0)
        return;
    for (size_t i = 1; i < d->n_quantities; i++) {
        const wicki_quantity *q = &d->quantity[i];
        if (!(q->of.rhat > d->options.rhat))
            continue;
        find_parts(d, q, parts);
        const double wide = widest(d->chains, parts, &first, &between);
        if (wide > most) {
            most = wide;
            worst = q;
        }
    }
    if (!worst)
        return;
    find_parts(d, worst, parts);
    widest(d->chains, parts, &first, &between);
    found(d, worst, parts, first, between);
}
