/* Which sites are put in order. */
#include "mcmc/relabel.h"

#include "site/page.h"

#include <string.h>

static const char FUNCTION[] = "wick_relabel_new";

enum { MOST_ITERATIONS = 100 };

/* --- plates ----------------------------------------------------------------------------------- */

/* Is it the first plate of this name that a site has? */
static bool is_new(const wick_guide *guide, const wicki_auto_site *site, const char *plate)
{
    const wicki_auto_site *s = guide->sites;

    while (s != site && !wicki_stands_in(s, plate))
        s = s->next;
    return s == site;
}

/* The names of all plates, as words; how many, and the last of them. */
static size_t list_plates(const wick_guide *guide, wicki_page *page, const char **last)
{
    size_t n = 0;

    for (const wicki_auto_site *s = guide->sites; s; s = s->next)
        for (size_t i = 0; i < s->n_plates; i++)
            if (is_new(guide, s, s->plates[i].name)) {
                *last = s->plates[i].name;
                wicki_page_add(page, "%s'%s'", n++ ? ", " : "", *last);
            }
    return n;
}

static const char *only_plate(const wick_mcmc *m)
{
    wicki_page page = { .w = m->w };
    const char *plate = NULL;
    const size_t n = list_plates(m->potential[0]->guide, &page, &plate);

    if (n == 0)
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "%s: no site stands in a plate; name those that have components in .sites", FUNCTION);
    else if (n > 1)
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "%s: sites stand in the plates %s; say in .plate which has the components", FUNCTION,
            wicki_page_text(&page));
    return wicki_ok(m->w) ? plate : NULL;
}

static const wicki_auto_site *in_plate(const wick_mcmc *m, const char *plate)
{
    const wicki_auto_site *s = m->potential[0]->guide->sites;

    while (s && !wicki_stands_in(s, plate))
        s = s->next;
    if (!s)
        wick_fail(m->w, WICK_ERR_NAME, "%s: no site stands in a plate '%s'", FUNCTION, plate);
    return s;
}

/* --- sites ------------------------------------------------------------------------------------ */

static bool can_be_put_in_order(const wick_mcmc *m, const wicki_auto_site *s, size_t k)
{
    if (k < 2)
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "%s: site '%s' has one component, need at least two; name the plate of the components "
            "in .plate if its axis is not the first",
            FUNCTION, s->name);
    return wicki_ok(m->w);
}

static bool add_named(const wick_mcmc *m, wicki_components *c, const char *name, const char *plate)
{
    const wicki_auto_site *s = wicki_auto_find(m->potential[0]->guide, name);

    if (!s) {
        wick_fail(m->w, WICK_ERR_NAME, "%s: there is no site '%s'", FUNCTION, name);
        return false;
    }
    const size_t k = wicki_components_of(s, plate);
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->sites[i].site.name, name) == 0)
            return true;
    if (c->n == 0 && !plate)
        c->k = k;
    if (k != c->k)
        wick_fail(m->w, WICK_ERR_SHAPE,
            "%s: %s of site '%s' has %zu members, and there are %zu components; leave it out, or "
            "say in .plate which axis has the components",
            FUNCTION, wicki_stands_in(s, plate) ? "the plate" : "the leading axis", name, k, c->k);
    if (!wicki_ok(m->w) || !can_be_put_in_order(m, s, k))
        return false;
    wicki_components_add(m, c, s, plate);
    return true;
}

static bool add_all_named(
    const wick_mcmc *m, wicki_components *c, const char *const *sites, const char *plate)
{
    for (; *sites; sites++)
        if (!add_named(m, c, *sites, plate))
            return false;
    if (c->n == 0)
        wick_fail(m->w, WICK_ERR_ARGUMENT, "%s: .sites is empty, need a name", FUNCTION);
    return c->n > 0;
}

static bool find_all(const wick_mcmc *m, wicki_components *c, const char *plate)
{
    const bool found = wicki_components_find(m, plate, c->k, c);

    if (wicki_ok(m->w) && !found)
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "%s: the density changes when members of plate '%s' change places, so that their order "
            "has a meaning; name the sites in .sites if they are to be put in order all the same",
            FUNCTION, plate);
    return found;
}

static bool choose(const wick_mcmc *m, wicki_components *c, const wick_relabel_options *o)
{
    const char *plate = o->plate || o->sites ? o->plate : only_plate(m);

    if (!wicki_ok(m->w))
        return false;
    if (plate) {
        const wicki_auto_site *s = in_plate(m, plate);
        if (!s || !can_be_put_in_order(m, s, c->k = wicki_components_of(s, plate)))
            return false;
    }
    return o->sites ? add_all_named(m, c, o->sites, plate) : find_all(m, c, plate);
}

wick_relabel *wick_relabel_new(const wick_mcmc *m, const wick_relabel_options *options)
{
    const wick_relabel_options o = options ? *options : (wick_relabel_options){ .plate = NULL };
    wicki_components c = { .k = 0 };

    if (!wick_mcmc_statistic(m, WICK_LP).draws || !wicki_components_open(m, &c))
        return NULL;
    if (choose(m, &c, &o))
        return wicki_relabel_new(m, &c, o.max_iterations ? o.max_iterations : MOST_ITERATIONS);
    wicki_components_close(m, &c);
    return NULL;
}
