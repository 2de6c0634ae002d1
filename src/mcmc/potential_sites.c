/* What a potential is made of, and values of its sites. */
#include "mcmc/potential.h"

#include "tape/take.h"

#include <string.h>

size_t wick_potential_dimension(const wick_potential *p)
{
    return p ? p->guide->dimension : 0;
}

size_t wick_potential_site_count(const wick_potential *p)
{
    return p ? wick_guide_site_count(p->guide) : 0;
}

const char *wick_potential_site(const wick_potential *p, size_t index)
{
    return p ? wick_guide_site(p->guide, index) : NULL;
}

size_t wick_potential_size(const wick_potential *p, const char *site)
{
    return p ? wick_guide_size(p->guide, site) : 0;
}

/* n points as one vector, over the ambient dimension that is open if there are several. */
static wick_var joint_of(const wick_potential *p, size_t n, const double *q)
{
    wick *w = p->w;
    const size_t size = p->guide->dimension;
    wick_node *joint = wicki_leaf(w, NULL, 1, &size, n > 1 ? w->tape->open : 0, false);

    for (size_t i = 0; joint && i < size; i++)
        for (size_t d = 0; d < n; d++)
            joint->value[i * n + d] = q[d * size + i];
    return wicki_var_of(w, joint);
}

static wick_var value_of(const wick_potential *p, const wicki_auto_site *s, wick_var joint)
{
    wick *w = p->w;

    wicki_auto_enter(w, p->guide, s);
    const wick_var value = wicki_auto_value(s, wicki_auto_take(s, joint));
    wick_node *node = wicki_node_of(w, "wick_potential_constrain", value);
    node = node ? wicki_expand(w, node, w->tape->open) : NULL;
    wicki_auto_exit(w, s);
    return wicki_var_of(w, node);
}

bool wicki_potential_bind(wick_potential *p, size_t n, const double *q, wick_binding *bindings)
{
    const wick_var joint = joint_of(p, n, q);

    for (const wicki_auto_site *s = p->guide->sites; s; s = s->next)
        *bindings++ = (wick_binding){ s->name, value_of(p, s, joint) };
    return wicki_ok(p->w);
}

/* A value has the event first, then points, then members. */
static void copy_site(const wick_potential *p, const wicki_auto_site *s, size_t n, wick_var joint,
    double *out, size_t stride)
{
    const wick_node *node = wicki_node_of(p->w, "wick_potential_constrain", value_of(p, s, joint));
    const size_t members = s->members, elements = s->elements;

    for (size_t e = 0; node && e < elements; e++)
        for (size_t d = 0; d < n; d++)
            for (size_t m = 0; m < members; m++)
                out[(m * elements + e) * stride + d] = node->value[(e * n + d) * members + m];
}

static void copy_sites(
    wick_potential *p, const char *site, size_t n, const double *q, double *out, size_t stride)
{
    const wick_var joint = joint_of(p, n, q);

    for (const wicki_auto_site *s = p->guide->sites; s && wicki_ok(p->w); s = s->next)
        if (!site || strcmp(s->name, site) == 0) {
            copy_site(p, s, n, joint, out, stride);
            out += wicki_auto_size(s) * stride;
        }
}

/* So many points at a time that their values stay in the cache. */
static size_t points_at_a_time(const wick_potential *p)
{
    enum { NUMBERS = 4096 };
    const size_t n = NUMBERS / p->guide->dimension;

    return n ? n : 1;
}

static bool constrain_some(
    wick_potential *p, const char *site, size_t n, const double *q, double *out, size_t stride)
{
    wick *w = p->w;
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(w, &sandbox))
        return false;
    if (n > 1)
        WICK_AMBIENT (w, "wick_potential_constrain", n)
            copy_sites(p, site, n, q, out, stride);
    else
        copy_sites(p, site, n, q, out, stride);
    wicki_sandbox_close(w, &sandbox);
    return wicki_ok(w);
}

bool wicki_potential_constrain(
    wick_potential *p, const char *site, size_t n, const double *q, double *out, size_t stride)
{
    const size_t most = points_at_a_time(p), size = p->guide->dimension;

    for (size_t d = 0; d < n && wicki_ok(p->w); d += most)
        constrain_some(p, site, n - d < most ? n - d : most, q + d * size, out + d, stride);
    return wicki_ok(p->w);
}

static bool can_constrain(const wick_potential *p, const char *site, size_t count)
{
    const size_t size = wick_guide_size(p->guide, site);

    if (site && !wicki_auto_find(p->guide, site))
        wick_fail(
            p->w, WICK_ERR_NAME, "wick_potential_constrain: the potential has no site '%s'", site);
    else if (count != size)
        wick_fail(p->w, WICK_ERR_SHAPE,
            "wick_potential_constrain: room for %zu doubles, need %zu, members of the whole plates "
            "times the event",
            count, size);
    return wicki_ok(p->w);
}

size_t wick_potential_constrain(
    wick_potential *p, const char *site, const double *q, double *out, size_t count)
{
    if (!p || !wicki_ok(p->w) || !can_constrain(p, site, count))
        return 0;
    return wicki_potential_constrain(p, site, 1, q, out, 1) ? count : 0;
}
