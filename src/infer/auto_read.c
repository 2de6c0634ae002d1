/* Reading a guide: what it has, medians, quantiles. */
#include "infer/auto.h"

#include "base/special.h"
#include "tape/take.h"

#include <string.h>

/* --- what there is ----------------------------------------------------------------------------- */

wicki_auto_site *wicki_auto_find(const wick_guide *guide, const char *name)
{
    wicki_auto_site *s = guide && name ? guide->sites : NULL;

    while (s && strcmp(s->name, name) != 0)
        s = s->next;
    return s;
}

size_t wick_guide_site_count(const wick_guide *guide)
{
    return guide ? guide->n_sites : 0;
}

const char *wick_guide_site(const wick_guide *guide, size_t index)
{
    const wicki_auto_site *s = guide ? guide->sites : NULL;

    while (s && index-- > 0)
        s = s->next;
    return s ? s->name : NULL;
}

size_t wick_guide_size(const wick_guide *guide, const char *site)
{
    const wicki_auto_site *s = wicki_auto_find(guide, site);
    size_t size = s ? wicki_auto_size(s) : 0;

    if (site)
        return size;
    for (s = guide ? guide->sites : NULL; s; s = s->next)
        size += wicki_auto_size(s);
    return size;
}

const char *wick_guide_describe(const wick_guide *guide)
{
    if (!guide || !wicki_ok(guide->w))
        return "";
    const char *space = !guide->kind->point ? ""
        : guide->options.space == WICK_MAP_CONSTRAINED
        ? " in the constrained space (no Jacobian)"
        : " in the unconstrained space (with Jacobian)";
    return wick_name(guide->w, "%s: %zu site%s, %zu coordinate%s; %s%s", guide->kind->name,
        guide->n_sites, guide->n_sites == 1 ? "" : "s", guide->dimension,
        guide->dimension == 1 ? "" : "s", guide->kind->what, space);
}

/* --- can it be read? --------------------------------------------------------------------------- */

static bool is_ready(const char *param)
{
    return !param || wicki_name_of(param)->entry;
}

/* Has it its parameters? A list has those of its parts. */
static bool was_run(const wick_guide *guide, const char **missing)
{
    bool ready = true;

    for (size_t i = 0; i < 3 && ready; i++)
        if (!(ready = is_ready(guide->param[i])))
            *missing = guide->param[i];
    for (const wicki_auto_site *s = guide->sites; s && ready; s = s->next)
        for (size_t i = 0; i < 2 && ready; i++)
            if (!(ready = is_ready(s->param[i])))
                *missing = s->param[i];
    for (size_t i = 0; i < guide->n_parts && ready; i++)
        ready = !guide->parts[i].guide || was_run(guide->parts[i].guide, missing);
    return ready;
}

static void fail_site(const wick_guide *guide, const char *function, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wicki_auto_site *s = guide->sites; s; s = s->next)
        wicki_text_add(&text, "%s'%s'", s == guide->sites ? "" : ", ", s->name);
    wick_fail(guide->w, WICK_ERR_NAME, "%s: the guide has no site '%s'; it has %s", function,
        name ? name : "(NULL)", buffer);
}

bool wicki_auto_can_read(
    const wick_guide *guide, const char *function, const char *site, size_t times, size_t count)
{
    const char *missing = NULL;
    const size_t size = wick_guide_size(guide, site);
    wick *w = guide->w;

    if (site && !wicki_auto_find(guide, site))
        fail_site(guide, function, site);
    else if (!was_run(guide, &missing))
        wick_fail(w, WICK_ERR_STATE,
            "%s: the guide has not been run: there is no parameter '%s' yet; take a step, or "
            "wick_svi_evaluate",
            function, missing);
    else if (count % (size ? size : 1) != 0 || count / (size ? size : 1) != times)
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: room for %zu doubles, need %zu times %zu, members of the whole plates times the "
            "event",
            function, count, times, size);
    return wicki_ok(w);
}

/* --- medians and quantiles --------------------------------------------------------------------- */

/* Over the plates that are open. */
static void copy_out(wick *w, wick_var value, double *out, size_t count)
{
    wick_node *node = wicki_node_of(w, "wick_guide_get", value);
    node = node ? wicki_expand(w, node, w->tape->open) : NULL;

    if (node)
        wick_get(wicki_var_of(w, node), out, count);
}

static void fail_program(wick *w, const char *function, const wicki_auto_site *s)
{
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: part %zu of the list, a program, has the site '%s', of which no quantiles are known; "
        "take wick_guide_sample",
        function, s->part, s->name);
}

/* The map to what is less than a bound is the only one of a single number that decreases. */
static double along_value(const wicki_auto_site *s, double z)
{
    return s->support.kind == WICK_LESS_THAN ? -z : z;
}

/* In a sandbox. A joint vector belongs to no plate. */
static void read_part(wick_guide *guide, const char *function, const wicki_auto_site *s, double z,
    double *out, size_t count)
{
    const wicki_auto_kind *kind = guide->kind;
    wick *w = guide->w;

    if (guide->n_parts > 0) {
        wick_guide *part = guide->parts[s->part].guide;
        if (part)
            read_part(part, function, wicki_auto_find(part, s->name), z, out, count);
        else
            fail_program(w, function, s);
        return;
    }
    const double along = along_value(s, z);
    const wick_var vector = kind->vector ? kind->vector(w, guide, along) : WICK_VAR_NONE;
    guide->reading = true;
    wicki_auto_enter(w, guide, s);
    copy_out(w,
        kind->vector ? wicki_auto_value(s, wicki_auto_take(s, vector))
                     : kind->value(w, guide, s, along),
        out, count);
    wicki_auto_exit(w, s);
    guide->reading = false;
}

static size_t read_value(const wick_guide *guide, const char *function, const char *site, double z,
    double *out, size_t count)
{
    wick *w = guide ? guide->w : NULL;
    wicki_sandbox sandbox;

    if (!wicki_ok(w))
        return 0;
    if (!site)
        fail_site(guide, function, site);
    if (!wicki_ok(w) || !wicki_auto_can_read(guide, function, site, 1, count) ||
        !wicki_sandbox_open(w, &sandbox))
        return 0;
    read_part(
        (wick_guide *)(uintptr_t)guide, function, wicki_auto_find(guide, site), z, out, count);
    wicki_sandbox_close(w, &sandbox);
    return wicki_ok(w) ? count : 0;
}

size_t wick_guide_get(const wick_guide *guide, const char *site, double *out, size_t count)
{
    return read_value(guide, "wick_guide_get", site, 0.0, out, count);
}

size_t wick_guide_median(const wick_guide *guide, const char *site, double *out, size_t count)
{
    return read_value(guide, "wick_guide_median", site, 0.0, out, count);
}

size_t wick_guide_quantile(
    const wick_guide *guide, const char *site, double p, double *out, size_t count)
{
    if (guide && wicki_ok(guide->w) && !(p > 0.0 && p < 1.0))
        wick_fail(guide->w, WICK_ERR_DOMAIN, "wick_guide_quantile: p is %g, need 0 < p < 1", p);
    return read_value(guide, "wick_guide_quantile", site, wicki_normal_quantile(p), out, count);
}
