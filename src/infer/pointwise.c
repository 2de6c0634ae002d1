/* Log-likelihoods of single members. */
#include "base/special.h"
#include "dist/dist.h"
#include "infer/draws.h"
#include "infer/elbo.h"
#include "infer/match.h"
#include "infer/runs.h"
#include "site/handlers.h"
#include "site/site.h"
#include "tape/take.h"

#include <math.h>

/* --- the model, discrete sites enumerated ------------------------------------------------------ */

typedef struct check {
    wick_handler handler;
    const char *function;
} check;

/* The last to be asked: what has no value now would be drawn. */
static void need_value(wick *w, wick_handler *self, wick_site *site)
{
    char buffer[192] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (site->type != WICK_SAMPLE || site->observed || site->value.w || wicki_is_delta(&site->dist))
        return;
    if (wicki_is_discrete(&site->dist))
        wicki_text_add_why_not_enumerated(&text, w, &site->dist);
    else
        wicki_text_add(&text, "it is not discrete (%s)", site->dist.type->name);
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: the site has no value, and cannot be summed out: %s; give a guide that has it, or an "
        "array of its draws",
        ((check *)self)->function, buffer);
}

static wick_trace *run(wicki_runs *r, wick_program model)
{
    wick *w = r->w;
    const wick_program summed = wick_wrap(w, wicki_runs_model(r, model), wicki_enumerate_all(w));
    check *last = wicki_handler_new(w, sizeof *last, need_value);

    if (!last)
        return NULL;
    last->function = r->function;
    return wick_trace_run(w, wick_wrap(w, summed, &last->handler));
}

/* --- the site ---------------------------------------------------------------------------------- */

static bool is_observation(const wick_site *site)
{
    return site->type == WICK_SAMPLE && site->observed && site->dist.type != &wicki_dist_unit;
}

static void fail_site(const wicki_runs *r, const wick_trace *trace, const char *name)
{
    char buffer[256] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        if (is_observation(s))
            wicki_text_add(&text, "%s'%s'", text.length ? ", " : "", s->name);
    if (text.length == 0)
        wick_fail(r->w, WICK_ERR_NAME, "%s: the model has no observed site", r->function);
    else if (name)
        wick_fail(r->w, WICK_ERR_NAME, "%s: the model has no observed site '%s', but %s",
            r->function, name, buffer);
    else
        wick_fail(r->w, WICK_ERR_NAME,
            "%s: the model has several observed sites: %s; say which one", r->function, buffer);
}

/* By its name, or the only one. */
static const wick_site *find_site(const wicki_runs *r, const wick_trace *trace, const char *name)
{
    const wick_site *found = NULL;
    size_t n = 0;

    if (!trace)
        return NULL;
    if (name) {
        found = wick_trace_find(trace, name);
        n = found && is_observation(found);
    }
    for (const wick_site *s = wick_trace_first(trace); s && !name; s = wick_site_next(s))
        if (is_observation(s)) {
            found = s;
            n++;
        }
    if (n == 1)
        return found;
    if (wicki_ok(r->w))
        fail_site(r, trace, name);
    return NULL;
}

/* --- its discrete variables -------------------------------------------------------------------- */

/* The dimensions that the site depends on, and those that these depend on. */
typedef struct ancestors {
    const wick_site **of_dim; /* the site of each dimension, or NULL */
    uint32_t *dim, n;
    bool *met;
} ancestors;

static bool new_ancestors(ancestors *a, wick *w, const wick_trace *trace)
{
    const size_t n = w->dims->n_dims + (size_t)1;

    *a = (ancestors){ .of_dim = wicki_alloc_zero(w, n * sizeof *a->of_dim),
        .dim = wick_alloc(w, n * sizeof *a->dim),
        .met = wicki_alloc_zero(w, n * sizeof *a->met) };
    for (const wick_site *s = wick_trace_first(trace); wicki_ok(w) && s; s = wick_site_next(s))
        if (s->enumerated)
            a->of_dim[s->enumerated] = s;
    return wicki_ok(w);
}

static void add_dims(ancestors *a, const wick *w, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(w, dims);

    for (uint32_t i = 0; i < set->n; i++) {
        const uint32_t dim = set->dim[i];
        if (!a->of_dim[dim] || a->met[dim])
            continue;
        a->met[dim] = true;
        a->dim[a->n++] = dim;
    }
}

static bool is_of_members(const wicki_runs *r, const wick_site *site, uint32_t variable)
{
    wick *w = r->w;
    const wicki_dim *dim = wicki_dim_at(w, variable);
    const uint32_t shared = wicki_set_minus(w, site->plates, dim->owners);
    char buffer[192];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (shared == 0)
        return wicki_ok(w);
    wicki_text_add_set(&text, w, shared);
    wick_fail(w, WICK_ERR_SHAPE,
        "%s: the members of '%s' over %s share the discrete site '%s', so that they are not "
        "independent given the other sites; give '%s' a value too, from the guide or an array",
        r->function, site->name, buffer, dim->name, dim->name);
    return false;
}

static void add_factor(
    const wicki_runs *r, wicki_contraction *c, ancestors *a, const wick_site *site)
{
    wick_node *density = wicki_site_density(r->w, site, !site->enumerated);

    if (!density)
        return;
    add_dims(a, r->w, density->dims);
    wicki_contraction_add(c,
        &(wicki_factor){ .density = density,
            .plates = site->plates,
            .scale = 1.0,
            .weight = 1.0,
            .site = site->name });
}

/* --- one draw ---------------------------------------------------------------------------------- */

/* What is left over the plates of the site once the variables are summed out. */
static wick_node *sum_of_held(wicki_runs *r, wicki_contraction *c, const wick_site *site)
{
    wick *w = r->w;
    wicki_factor *held = NULL;
    const size_t n = wicki_contraction_take(c, &held);
    wick_node **part = n ? wick_alloc(w, n * sizeof *part) : NULL;

    for (size_t i = 0; part && i < n; i++)
        part[i] = wicki_expand(w, held[i].density, site->plates);
    return part && wicki_ok(w) ? wicki_weighted_sum(w, n, part, NULL) : NULL;
}

static wick_node *log_density_of(wicki_runs *r, const wick_trace *trace, const wick_site *site)
{
    wicki_contraction *c = wicki_contraction_new(r->w, WICKI_SUM, false);
    ancestors a;

    if (!new_ancestors(&a, r->w, trace))
        return NULL;
    wicki_contraction_hold(c, true);
    add_factor(r, c, &a, site);
    for (uint32_t i = 0; i < a.n && is_of_members(r, site, a.dim[i]); i++)
        add_factor(r, c, &a, a.of_dim[a.dim[i]]);
    return wicki_ok(r->w) ? sum_of_held(r, c, site) : NULL;
}

static bool is_usable(wicki_runs *r, const wick_node *x, const char *site)
{
    for (size_t i = 0; i < x->members; i++)
        if (isnan(x->value[i]) || x->value[i] == INFINITY) {
            char buffer[160] = "";
            wicki_text text = { buffer, sizeof buffer, 0 };
            wicki_text_add_member(&text, x, i);
            wick_fail(r->w, WICK_ERR_NONFINITE,
                "%s: the log-density of '%s'%s in draw %zu is %g; look at its parameters there",
                r->function, site, buffer, r->at, x->value[i]);
            return false;
        }
    return true;
}

/* Over the plates of the site; NULL after an error. */
static const wick_node *members_of(
    wicki_runs *r, wick_program model, const char *name, const wick_site **site)
{
    const wick_trace *trace = run(r, model);

    *site = find_site(r, trace, name);
    const wick_node *x = *site ? log_density_of(r, trace, *site) : NULL;
    return x && is_usable(r, x, (*site)->name) ? x : NULL;
}

/* --- the matrix -------------------------------------------------------------------------------- */

static bool same_members(const wicki_runs *r, size_t got, size_t want, const char *site)
{
    if (got == want)
        return true;
    wick_fail(r->w, WICK_ERR_SHAPE, "%s: '%s' has %zu members in draw %zu, need %zu", r->function,
        site, got, r->at, want);
    return false;
}

static void keep_row(wicki_runs *r, wick_program model, const char *name, wick_draws *d)
{
    const wick_site *site;
    const wick_node *x = members_of(r, model, name, &site);

    if (!x || (!d->values && !wicki_draws_init(d, r->w, site->name, r->n, x)))
        return;
    if (same_members(r, x->members, d->size, d->name))
        wicki_draws_set(d, r->at, x);
}

wick_draws *wick_log_likelihood_new(
    wick *w, wick_program model, const wick_posterior *posterior, const char *site)
{
    wicki_runs r;

    if (!wicki_runs_init(&r, w, "wick_log_likelihood_new", posterior, 1))
        return NULL;
    wick_draws *d = wicki_allocate(w, sizeof *d);
    if (d)
        d->w = w;
    for (size_t i = 0; d && i < r.n && wicki_runs_open(&r, i); i++) {
        keep_row(&r, model, site, d);
        wicki_runs_close(&r);
    }
    if (wicki_runs_finish(&r))
        return d;
    wick_draws_free(d);
    return NULL;
}

/* --- the mean density -------------------------------------------------------------------------- */

/* The mean of exp(x) over draws, kept as exp(most) * sum. */
static void accumulate(size_t n, const double *x, double *most, double *sum)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] <= most[i]) {
            sum[i] += x[i] == -INFINITY ? 0.0 : wicki_exp(x[i] - most[i]);
        } else {
            sum[i] = 1.0 + (most[i] == -INFINITY ? 0.0 : sum[i] * wicki_exp(most[i] - x[i]));
            most[i] = x[i];
        }
    }
}

static void add_draw(
    wicki_runs *r, wick_program model, const char *name, size_t count, double *most, double *sum)
{
    const wick_site *site;
    const wick_node *x = members_of(r, model, name, &site);

    if (x && same_members(r, x->members, count, site->name))
        accumulate(count, x->value, most, sum);
}

static void start(size_t n, double *most, double *sum)
{
    for (size_t i = 0; i < n; i++) {
        most[i] = -INFINITY;
        sum[i] = 0.0;
    }
}

size_t wick_predictive_log_density(wick *w, wick_program model, const wick_posterior *posterior,
    const char *site, double *out, size_t count)
{
    wicki_runs r;

    if (!wicki_runs_init(&r, w, "wick_predictive_log_density", posterior, 1))
        return 0;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *most = wicki_alloc_doubles(w, count), *sum = wicki_alloc_doubles(w, count);
    if (wicki_ok(w))
        start(count, most, sum);
    for (size_t i = 0; i < r.n && wicki_runs_open(&r, i); i++) {
        add_draw(&r, model, site, count, most, sum);
        wicki_runs_close(&r);
    }
    const bool done = wicki_runs_finish(&r);
    for (size_t i = 0; done && i < count; i++)
        out[i] =
            most[i] == -INFINITY ? -INFINITY : most[i] + wicki_log(sum[i]) - wicki_log((double)r.n);
    wicki_arena_release(&w->arena, mark);
    return done ? count : 0;
}
