/* Which numbers belong to components, and whether these can be exchanged. */
#include "mcmc/components.h"

#include "dist/transform.h"

#include <math.h>
#include <string.h>

/* --- sites ------------------------------------------------------------------------------------ */

bool wicki_components_open(const wick_mcmc *m, wicki_components *c)
{
    c->sites = wicki_allocate(m->w, wick_potential_site_count(m->potential[0]) * sizeof *c->sites);
    return c->sites != NULL;
}

void wicki_components_close(const wick_mcmc *m, wicki_components *c)
{
    wicki_release(m->w, c->sites);
    c->sites = NULL;
}

static size_t plate_of(const wicki_auto_site *s, const char *plate)
{
    size_t i = 0;

    while (i < s->n_plates && (!plate || strcmp(s->plates[i].name, plate) != 0))
        i++;
    return i;
}

bool wicki_stands_in(const wicki_auto_site *s, const char *plate)
{
    return plate_of(s, plate) < s->n_plates;
}

/* The axis of the components. */
static size_t axis_of(const wicki_auto_site *s, const char *plate)
{
    return wicki_stands_in(s, plate) ? plate_of(s, plate) : 0;
}

static size_t size_of_axis(const wicki_auto_site *s, size_t axis)
{
    return axis < s->n_plates          ? s->plates[axis].size
        : axis < s->n_plates + s->rank ? s->sizes[axis - s->n_plates]
                                       : 1;
}

size_t wicki_components_of(const wicki_auto_site *s, const char *plate)
{
    return size_of_axis(s, axis_of(s, plate));
}

void wicki_components_add(
    const wick_mcmc *m, wicki_components *c, const wicki_auto_site *s, const char *plate)
{
    wicki_component_site *to = &c->sites[c->n++];

    *to = (wicki_component_site){ .site = *s, .before = 1 };
    for (size_t i = 0; i < axis_of(s, plate); i++)
        to->before *= size_of_axis(s, i);
    to->after = wicki_auto_size(s) / to->before / c->k;
    for (const wicki_auto_site *t = m->potential[0]->guide->sites; t != s; t = t->next)
        to->place += wicki_auto_size(t);
}

size_t wicki_components_features(const wicki_components *c)
{
    size_t features = 0;

    for (size_t i = 0; i < c->n; i++)
        features += c->sites[i].before * c->sites[i].after;
    return features;
}

/* --- exchange --------------------------------------------------------------------------------- */

/* So different are two values of the same density by rounding, in and out of the coordinates. */
static const double ROUNDING = 1e-6;

/* Draws at which it is looked, one of each chain. */
enum { MOST_POINTS = 4 };

/* What stands at component k comes from component (k + 1) % turned, for k < turned. */
static void exchange(
    const wicki_component_site *s, size_t k, size_t turned, const double *from, double *to)
{
    const size_t each = s->after;

    memcpy(to, from, s->before * k * each * sizeof *to);
    for (size_t b = 0; b < s->before; b++)
        for (size_t i = 0; i < turned; i++)
            memcpy(to + (b * k + i) * each, from + (b * k + (i + 1) % turned) * each,
                each * sizeof *to);
}

/* The coordinates of values of a site. */
static void find_coordinates(const wicki_auto_site *s, const double *values, double *q)
{
    for (size_t m = 0; m < s->members; m++)
        wicki_biject_inverse(s->support, s->rank, s->sizes, values + m * s->elements,
            q + s->first + m * s->coordinates, 1);
}

/* room: for the values of a point twice, and for coordinates */
static bool is_same(
    const wick_mcmc *m, const wicki_components *c, const double *q, size_t turned, double *room)
{
    wick_potential *p = m->potential[0];
    double *values = room, *moved = room + m->size, *there = moved + m->size;

    if (!wicki_potential_constrain(p, NULL, 1, q, values, 1))
        return false;
    memcpy(there, q, m->dimension * sizeof *q);
    for (size_t i = 0; i < c->n; i++) {
        const wicki_component_site *s = &c->sites[i];
        exchange(s, c->k, turned, values + s->place, moved);
        find_coordinates(&s->site, moved, there);
    }
    const double u = wick_potential_value(p, q, NULL), v = wick_potential_value(p, there, NULL);
    return fabs(u - v) <= ROUNDING * (1.0 + fabs(u));
}

/* A transposition and a rotation generate all permutations. */
bool wicki_components_exchangeable(const wick_mcmc *m, const wicki_components *c)
{
    const size_t n = wicki_mcmc_common(m, true), chains = m->options.chains;
    const size_t last = n - 1 + (m->options.keep_warmup ? m->options.warmup : 0);
    double *room = wicki_allocate(m->w, (2 * m->size + m->dimension) * sizeof *room);
    bool same = room && c->n > 0;

    for (size_t i = 0; same && i < chains && i < MOST_POINTS; i++) {
        const double *q = m->chain[i].q + last * m->dimension;
        same = is_same(m, c, q, 2, room) && (c->k == 2 || is_same(m, c, q, c->k, room));
    }
    wicki_release(m->w, room);
    return same && wicki_ok(m->w);
}

/* --- a group ---------------------------------------------------------------------------------- */

/* May it go with components that it does not stand in the plate of? */
static bool may_go_along(const wicki_auto_site *s, size_t k)
{
    return s->n_plates == 0 && s->rank > 0 && s->sizes[0] == k;
}

/* Sites of the plate, and of those that may go along all, or one, or none. */
static bool try(const wick_mcmc *m, const char *plate, wicki_components *c, bool all,
    const wicki_auto_site *one)
{
    c->n = 0;
    for (const wicki_auto_site *s = m->potential[0]->guide->sites; s; s = s->next)
        if (wicki_stands_in(s, plate) || ((all || s == one) && may_go_along(s, c->k)))
            wicki_components_add(m, c, s, plate);
    return wicki_components_exchangeable(m, c);
}

bool wicki_components_find(const wick_mcmc *m, const char *plate, size_t k, wicki_components *c)
{
    const wicki_auto_site *one = m->potential[0]->guide->sites;

    c->k = k;
    if (try(m, plate, c, false, NULL) || try(m, plate, c, true, NULL))
        return true;
    while (one && !(may_go_along(one, k) && try(m, plate, c, false, one)))
        one = one->next;
    return one != NULL;
}
