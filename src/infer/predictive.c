/* Draws of the predictive distribution. */
#include "dist/dist.h"
#include "infer/draws.h"
#include "infer/runs.h"
#include "site/site.h"
#include "tape/take.h"

#include <wick/discrete.h>

#include <string.h>

static const char FUNCTION[] = "wick_predictive_new";

enum { DRAWS = 1000 };

struct wick_predictive {
    wick *w;
    size_t n;
    wick_draws site[];
};

/* --- which sites ------------------------------------------------------------------------------- */

static bool is_wanted_by_default(const wick_site *site)
{
    return site->type == WICK_DETERMINISTIC ||
        (site->type == WICK_SAMPLE && site->observed && site->dist.type != &wicki_dist_unit);
}

static wick_predictive *new_predictive(wick *w, size_t n)
{
    wick_predictive *p = wicki_allocate(w, sizeof *p + n * sizeof *p->site);

    if (!p)
        return NULL;
    p->w = w;
    p->n = n;
    return p;
}

static wick_predictive *of_names(wick *w, const char *const *sites)
{
    size_t n = 0;

    while (sites[n])
        n++;
    wick_predictive *p = new_predictive(w, n);
    for (size_t i = 0; p && i < n; i++) {
        const wicki_name *name = wicki_intern(w, FUNCTION, sites[i]);
        p->site[i].name = name ? name->text : NULL;
    }
    return p;
}

static wick_predictive *of_trace(wick *w, const wick_trace *trace)
{
    size_t n = 0;

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        n += is_wanted_by_default(s);
    if (n == 0)
        wick_fail(w, WICK_ERR_NAME,
            "%s: the model has no observed and no deterministic sites; name those you want in "
            ".sites",
            FUNCTION);
    wick_predictive *p = wicki_ok(w) ? new_predictive(w, n) : NULL;
    for (const wick_site *s = wick_trace_first(trace); p && s; s = wick_site_next(s))
        if (is_wanted_by_default(s))
            p->site[p->n - n--].name = s->name;
    return p;
}

/* The model as it is, to see what it observes. */
static wick_predictive *of_model(wicki_runs *r, wick_program model)
{
    if (!wicki_runs_open(r, 0))
        return NULL;
    const wick_trace *trace = wick_trace_run(r->w, wicki_runs_model(r, model));
    wick_predictive *p = trace ? of_trace(r->w, trace) : NULL;
    wicki_runs_close(r);
    return p;
}

/* --- their values ------------------------------------------------------------------------------ */

static void fail_unknown(const wicki_runs *r, const wick_trace *trace, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        wicki_text_add(&text, "%s'%s'", text.length ? ", " : "", s->name);
    wick_fail(r->w, WICK_ERR_NAME, "%s: the model has no site '%s' in draw %zu; it has %s",
        FUNCTION, name, r->at, buffer);
}

static bool has_shape(const wick_draws *d, const wick_node *x)
{
    const wicki_set *set = wicki_set_at(x->w, x->dims);
    bool same = d->rank == x->rank && d->n_plates == set->n;

    for (uint32_t i = 0; same && i < x->rank; i++)
        same = d->sizes[i] == x->event[i];
    for (uint32_t i = 0; same && i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(x->w, set->dim[i]);
        same = d->plates[i] == dim->name && d->plate_sizes[i] == dim->size;
    }
    return same;
}

static bool keep(const wicki_runs *r, wick_draws *d, const wick_site *site)
{
    wick *w = r->w;
    const wick_node *x = wicki_expand(w, wicki_node_of(w, FUNCTION, site->value), site->plates);

    if (!x || (!d->values && !wicki_draws_init(d, w, d->name, r->n, x)))
        return false;
    if (!has_shape(d, x)) {
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the value of site '%s' in draw %zu has another shape than in draw 0 (%zu doubles, "
            "then %zu); what differs in size needs names of its own",
            FUNCTION, d->name, r->at, d->size, x->members * x->elements);
        return false;
    }
    wicki_draws_set(d, r->at, x);
    return true;
}

static void keep_all(const wicki_runs *r, wick_predictive *p, const wick_trace *trace)
{
    for (size_t i = 0; i < p->n && trace; i++) {
        const wick_site *site = wicki_trace_find(trace, p->site[i].name);
        if (!site)
            fail_unknown(r, trace, p->site[i].name);
        if (!site || !keep(r, &p->site[i], site))
            return;
    }
}

/* --- all draws --------------------------------------------------------------------------------- */

static void fill(wicki_runs *r, wick_predictive *p, wick_program model, bool keep_observed)
{
    wick *w = r->w;

    for (size_t i = 0; i < r->n && wicki_runs_open(r, i); i++) {
        const wick_program program = wicki_runs_model(r, model);
        keep_all(r, p,
            keep_observed ? wick_infer_discrete(w, program, WICK_DRAW)
                          : wick_trace_run(w, wick_wrap(w, program, wick_uncondition(w))));
        wicki_runs_close(r);
    }
}

wick_predictive *wick_predictive_new(wick *w, wick_program model, const wick_posterior *posterior,
    const wick_predictive_options *options)
{
    const wick_predictive_options o =
        options ? *options : (wick_predictive_options){ .sites = NULL };
    wicki_runs r;

    if (!wicki_runs_init(&r, w, FUNCTION, posterior, DRAWS))
        return NULL;
    wick_predictive *p = o.sites ? of_names(w, o.sites) : of_model(&r, model);
    if (p)
        fill(&r, p, model, o.keep_observed);
    if (wicki_runs_finish(&r))
        return p;
    wick_predictive_free(p);
    return NULL;
}

void wick_predictive_free(wick_predictive *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        wicki_release(p->w, (void *)(uintptr_t)p->site[i].values);
    wicki_release(p->w, p);
}

/* --- looking ----------------------------------------------------------------------------------- */

const wick_draws *wick_predictive_at(const wick_predictive *p, size_t index)
{
    return p && index < p->n ? &p->site[index] : NULL;
}

static const wick_draws *find(const wick_predictive *p, const char *function, const char *site)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (!p || !wicki_ok(p->w))
        return NULL;
    for (size_t i = 0; i < p->n && site; i++) {
        if (strcmp(p->site[i].name, site) == 0)
            return &p->site[i];
        wicki_text_add(&text, "%s'%s'", i ? ", " : "", p->site[i].name);
    }
    wick_fail(p->w, WICK_ERR_NAME, "%s: there are no draws of '%s', but of %s", function,
        site ? site : "NULL", buffer);
    return NULL;
}

const wick_draws *wick_predictive_find(const wick_predictive *p, const char *site)
{
    return find(p, "wick_predictive_find", site);
}

size_t wick_predictive_get(const wick_predictive *p, const char *site, double *out, size_t count)
{
    const wick_draws *d = find(p, "wick_predictive_get", site);

    if (!d)
        return 0;
    if (count != d->draws * d->size) {
        wick_fail(p->w, WICK_ERR_SHAPE,
            "wick_predictive_get: room for %zu doubles was given, '%s' has %zu draws of %zu", count,
            site, d->draws, d->size);
        return 0;
    }
    memcpy(out, d->values, count * sizeof *out);
    return count;
}
