/* Reading components that were put in one order. */
#include "mcmc/relabel.h"
#include "mcmc/summary.h"

#include <string.h>

void wick_relabel_free(wick_relabel *r)
{
    if (!r)
        return;
    wicki_release(r->w, r->numbers);
    wicki_release(r->w, r->order);
    wicki_release(r->w, r->of.sites);
    wicki_release(r->w, r);
}

static wick_chains numbers_at(const wick_relabel *r, size_t place)
{
    return (wick_chains){ r->chains, r->n, r->numbers + place * r->chains * r->n };
}

const wicki_auto_site *wicki_relabel_find(
    const wick_relabel *r, size_t feature, size_t component, size_t *element)
{
    const wicki_component_site *s = r->of.sites;

    for (; feature >= s->before * s->after; s++)
        feature -= s->before * s->after;
    *element = (feature / s->after * r->of.k + component) * s->after + feature % s->after;
    return &s->site;
}

double *wicki_relabel_numbers(const wick_relabel *r, size_t feature, size_t component)
{
    size_t place;
    const wicki_auto_site *site = wicki_relabel_find(r, feature, component, &place);

    for (size_t i = 0; &r->of.sites[i].site != site; i++)
        place += wicki_auto_size(&r->of.sites[i].site);
    return r->numbers + place * r->chains * r->n;
}

size_t wick_relabel_components(const wick_relabel *r)
{
    return r ? r->of.k : 0;
}

const char *wick_relabel_site(const wick_relabel *r, size_t index)
{
    return r && index < r->of.n ? r->of.sites[index].site.name : NULL;
}

wick_chains wick_relabel_draws(const wick_relabel *r, const char *site, size_t element)
{
    const wick_chains none = { 0, 0, NULL };
    size_t i = 0, first = 0;

    if (!r || !wicki_ok(r->w))
        return none;
    for (; i < r->of.n && !(site && strcmp(r->of.sites[i].site.name, site) == 0); i++)
        first += wicki_auto_size(&r->of.sites[i].site);
    if (i == r->of.n)
        wick_fail(r->w, WICK_ERR_NAME, "wick_relabel_draws: site '%s' was not relabelled",
            site ? site : "(NULL)");
    else if (element >= wicki_auto_size(&r->of.sites[i].site))
        wick_fail(r->w, WICK_ERR_SHAPE,
            "wick_relabel_draws: element %zu of site '%s', which has %zu", element, site,
            wicki_auto_size(&r->of.sites[i].site));
    return wicki_ok(r->w) ? numbers_at(r, first + element) : none;
}

size_t wick_relabel_changed(const wick_relabel *r)
{
    return r ? r->changed : 0;
}

const size_t *wick_relabel_order(const wick_relabel *r, size_t chain, size_t draw)
{
    return r && chain < r->chains && draw < r->n ? r->order + (chain * r->n + draw) * r->of.k
                                                 : NULL;
}

static const char *name_of(const wick_relabel *r, const wicki_auto_site *site, size_t element)
{
    wicki_page page = { .w = r->w };

    wicki_add_element(&page, site, element);
    return wicki_page_text(&page);
}

static const char *title_of(const wick_relabel *r)
{
    wicki_page page = { .w = r->w };

    wicki_add_title(&page, r->sampler, r->chains, r->warmup, r->n);
    wicki_page_add(&page, "\n%zu components in one order; %zu draws had other labels than most",
        r->of.k, r->changed);
    return wicki_page_text(&page);
}

const char *wick_relabel_format(const wick_relabel *r)
{
    wicki_line *lines =
        r && wicki_ok(r->w) ? wick_alloc(r->w, r->of.k * r->features * sizeof *lines) : NULL;
    wicki_summarizer s;
    size_t n = 0;

    if (!lines || !wicki_summarizer_open(&s, r->w, r->chains, r->n))
        return "";
    for (size_t i = 0; i < r->of.n; i++) {
        const wicki_auto_site *site = &r->of.sites[i].site;
        for (size_t e = 0; e < wicki_auto_size(site); e++, n++)
            lines[n] = (wicki_line){ name_of(r, site, e),
                wicki_summarize(&s, numbers_at(r, n).draws), false };
    }
    wicki_summarizer_close(&s);
    return wicki_format_lines(r->w, title_of(r), n, lines);
}
