/* Components that change places. */
#include "mcmc/diagnose.h"

#include <math.h>
#include <string.h>

/* More components than these are not tried, and so many iterations are enough to tell. */
enum { MOST_COMPONENTS = 16, ITERATIONS = 20 };

/* Two normals of the same weight have two modes if D is over 2. */
static const double APART = 2.0;

/* Labels that are others in a smaller part of the draws do no harm. */
static const double SHARE = 0.01;

/* --- do they stand apart? --------------------------------------------------------------------- */

/* Mean and variance, NaN where draws are not finite. */
static double ashman(size_t n, const double *a, const double *b)
{
    const double off = wicki_mean_of(n, a) - wicki_mean_of(n, b);

    return sqrt(2.0) * fabs(off) / sqrt(wicki_variance_of(n, a) + wicki_variance_of(n, b));
}

/* The largest D of two components. */
static double distance(const wick_relabel *r, size_t a, size_t b)
{
    double most = 0.0;

    for (size_t f = 0; f < r->features; f++)
        most = fmax(most,
            ashman(
                r->chains * r->n, wicki_relabel_numbers(r, f, a), wicki_relabel_numbers(r, f, b)));
    return most;
}

/* Is there a component that is apart from all others? */
static bool one_is_apart(const wick_relabel *r)
{
    bool found = false;

    for (size_t a = 0; a < r->of.k && !found; a++) {
        found = true;
        for (size_t b = 0; b < r->of.k && found; b++)
            found = a == b || distance(r, a, b) > APART;
    }
    return found;
}

/* --- quantities of components ----------------------------------------------------------------- */

static wicki_quantity *quantity_of(
    const wicki_diagnosis *d, const wick_relabel *r, size_t feature, size_t component)
{
    size_t element;
    const char *site = wicki_relabel_find(r, feature, component, &element)->name;
    size_t i = 1;

    while (d->quantity[i].site != site || d->quantity[i].element != element)
        i++;
    return &d->quantity[i];
}

static void measure_before(const wicki_diagnosis *d, wicki_switched *s)
{
    s->before = 0.0;
    for (size_t i = 0; i < s->relabel->of.k * s->relabel->features; i++) {
        const wicki_quantity *q =
            quantity_of(d, s->relabel, i % s->relabel->features, i / s->relabel->features);
        if (i == 0 || q->of.rhat > s->before) {
            s->worst = (size_t)(q - d->quantity);
            s->before = fmax(s->before, q->of.rhat);
        }
    }
}

static void replace(wicki_diagnosis *d, wicki_switched *s)
{
    s->after = 0.0;
    for (size_t i = 0; i < s->relabel->of.k * s->relabel->features; i++) {
        const size_t feature = i % s->relabel->features, component = i / s->relabel->features;
        wicki_quantity *q = quantity_of(d, s->relabel, feature, component);
        q->x.draws = wicki_relabel_numbers(s->relabel, feature, component);
        q->of = wicki_summarize(&d->summarizer, q->x.draws);
        s->after = fmax(s->after, q->of.rhat);
    }
}

/* --- trying ----------------------------------------------------------------------------------- */

static void try_group(wicki_diagnosis *d, const char *plate, size_t k)
{
    wicki_components c = { .k = 0 };
    wicki_switched s = { .plate = plate };

    if (k < 2 || k > MOST_COMPONENTS || !wicki_ok(d->w) || !wicki_components_open(d->m, &c))
        return;
    if (!wicki_components_find(d->m, plate, k, &c)) {
        wicki_components_close(d->m, &c);
        return;
    }
    s.relabel = wicki_relabel_new(d->m, &c, ITERATIONS);
    if (!s.relabel)
        return;
    measure_before(d, &s);
    const double share = (double)s.relabel->changed / (double)(d->chains * d->n);
    if ((share > SHARE || (share > 0.0 && s.before > d->options.rhat)) && one_is_apart(s.relabel)) {
        replace(d, &s);
        d->switched[d->n_switched++] = s;
    } else {
        wick_relabel_free(s.relabel);
    }
}

/* Was the plate, or the size of the leading axis, there at a site before? */
static bool was_tried(
    const wicki_diagnosis *d, const wicki_auto_site *site, const char *plate, size_t size)
{
    const wicki_auto_site *s = d->m->potential[0]->guide->sites;

    while (s != site &&
        !(plate ? wicki_stands_in(s, plate)
                : s->n_plates == 0 && s->rank > 0 && s->sizes[0] == size))
        s = s->next;
    return s != site;
}

static bool is_switched(const wicki_diagnosis *d, const wicki_auto_site *site)
{
    for (size_t i = 0; i < d->n_switched; i++)
        for (size_t k = 0; k < d->switched[i].relabel->of.n; k++)
            if (d->switched[i].relabel->of.sites[k].site.name == site->name)
                return true;
    return false;
}

void wicki_find_labels(wicki_diagnosis *d)
{
    const wicki_auto_site *first = d->m->potential[0]->guide->sites;

    for (const wicki_auto_site *s = first; s; s = s->next)
        for (size_t i = 0; i < s->n_plates; i++)
            if (!was_tried(d, s, s->plates[i].name, 0) && !is_switched(d, s))
                try_group(d, s->plates[i].name, s->plates[i].size);
    for (const wicki_auto_site *s = first; s; s = s->next)
        if (s->n_plates == 0 && s->rank > 0 && !was_tried(d, s, NULL, s->sizes[0]) &&
            !is_switched(d, s))
            try_group(d, NULL, s->sizes[0]);
}

/* --- saying so -------------------------------------------------------------------------------- */

static void add_sites(wicki_page *page, const wick_relabel *r)
{
    for (size_t i = 0; i < r->of.n; i++)
        wicki_page_add(page, "%s%s",
            i == 0                ? ""
                : i + 1 < r->of.n ? ", "
                                  : " and ",
            r->of.sites[i].site.name);
}

static void found(wicki_diagnosis *d, const wicki_switched *s)
{
    const wicki_quantity *worst = &d->quantity[s->worst];
    const wick_relabel *r = s->relabel;
    wicki_page page = { .w = d->w };

    wicki_page_add(&page, "labels switch: the %zu components of ", r->of.k);
    add_sites(&page, r);
    if (s->plate)
        wicki_page_add(&page, " (plate '%s')", s->plate);
    wicki_page_add(&page, " can change places without a change of the density, and do: ");
    wicki_add_share(&page, r->changed, d->chains * d->n, "draws");
    wicki_page_add(&page, " have other labels than most, and R-hat of ");
    wicki_add_quantity(&page, worst);
    wicki_page_add(&page,
        " is %.3f, of components in one order at most %.3f; means of single components say "
        "nothing: read those of wick_relabel_new, or figures that do not depend on the order",
        s->before, s->after);
    wick_finding *f = wicki_found_quantity(d, WICK_FINDING_LABELS, &page, worst);
    if (!f)
        return;
    f->count = r->changed;
    f->share = (double)r->changed / (double)(d->chains * d->n);
    f->value = s->before;
    f->limit = s->after;
}

void wicki_check_labels(wicki_diagnosis *d)
{
    for (size_t i = 0; i < d->n_switched; i++)
        found(d, &d->switched[i]);
}
