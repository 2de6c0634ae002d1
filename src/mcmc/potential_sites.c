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

/* In a sandbox. */
static void copy_site(wick_potential *p, const wicki_auto_site *s, wick_var joint, double *out)
{
    wick *w = p->w;

    wicki_auto_enter(w, p->guide, s);
    const wick_var value = wicki_auto_value(s, wicki_auto_take(s, joint));
    wick_node *node = wicki_node_of(w, "wick_potential_constrain", value);
    node = node ? wicki_expand(w, node, w->tape->open) : NULL;
    if (node)
        wick_get(wicki_var_of(w, node), out, wicki_auto_size(s));
    wicki_auto_exit(w, s);
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
    wicki_sandbox sandbox;

    if (!p || !wicki_ok(p->w) || !can_constrain(p, site, count) ||
        !wicki_sandbox_open(p->w, &sandbox))
        return 0;
    const wick_var joint = wick_const(p->w, q, p->guide->dimension);
    for (const wicki_auto_site *s = p->guide->sites; s && wicki_ok(p->w); s = s->next)
        if (!site || strcmp(s->name, site) == 0) {
            copy_site(p, s, joint, out);
            out += wicki_auto_size(s);
        }
    wicki_sandbox_close(p->w, &sandbox);
    return wicki_ok(p->w) ? count : 0;
}
