#include "infer/runs.h"

#include "base/philox.h"
#include "dist/dist.h"
#include "site/handlers.h"

#include <string.h>

/* --- arguments --------------------------------------------------------------------------------- */

static void check_array(wick *w, const char *function, const wick_draws *a, const wick_draws *first)
{
    if (!a->name || !*a->name)
        wick_fail(w, WICK_ERR_NAME, "%s: an array of draws has no name", function);
    else if (!a->values || a->draws == 0 || a->size == 0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: the array '%s' has %s; set draws, size (doubles of a row) and values", function,
            a->name, a->values ? "no rows, or rows of size 0" : "no values");
    else if (a->draws != first->draws)
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the array '%s' has %zu rows, '%s' has %zu; a draw is a row of each", function,
            a->name, a->draws, first->name, first->draws);
}

static void check_arrays(wick *w, const char *function, const wick_posterior *from)
{
    if (from->n_sites > 0 && !from->sites)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "%s: n_sites is %zu, but sites is NULL", function, from->n_sites);
    else if (from->n_sites > 0 && from->guide.fn)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: a guide and arrays were given; values come from one of them", function);
    for (size_t i = 0; i < from->n_sites && wicki_ok(w); i++)
        check_array(w, function, &from->sites[i], &from->sites[0]);
    if (wicki_ok(w) && from->n_sites > 0 && from->draws > from->sites->draws)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %zu draws are wanted, the arrays have %zu rows",
            function, from->draws, from->sites->draws);
}

enum { DRAWS = 1000 };

static size_t draws_of(const wick_posterior *from, size_t n)
{
    if (from->draws)
        return from->draws;
    if (from->n_sites)
        return from->sites->draws;
    return from->guide.fn ? DRAWS : n;
}

bool wicki_runs_init(
    wicki_runs *r, wick *w, const char *function, const wick_posterior *from, size_t n)
{
    if (!wicki_ok(w))
        return false;
    *r = (wicki_runs){ .w = w, .function = function, .known = w->store->count };
    if (from)
        r->from = *from;
    check_arrays(w, function, &r->from);
    if (wicki_ok(w))
        r->n = draws_of(&r->from, n);
    return wicki_ok(w);
}

/* --- a run ------------------------------------------------------------------------------------- */

bool wicki_runs_open(wicki_runs *r, size_t draw)
{
    static const uint64_t ASIDE = 0x6173696465u; /* "aside" */
    wick *w = r->w;

    if (!wicki_sandbox_open(w, &r->sandbox))
        return false;
    r->at = draw;
    r->seed = w->seed;
    r->step = w->step;
    r->outside = w->draws;
    w->seed = wicki_hash(wicki_hash(w->seed, ASIDE), r->from.seed);
    w->step = draw;
    w->draws = (uint64_t)draw << 32;
    w->tape->all_members = true;
    return true;
}

void wicki_runs_close(wicki_runs *r)
{
    wick *w = r->w;

    w->seed = r->seed;
    w->step = r->step;
    w->draws = r->outside;
    wicki_sandbox_close(w, &r->sandbox);
}

/* What the runs have, as a handler. */
typedef struct aside {
    wick_handler handler;
    wicki_runs *runs;
} aside;

static wick_handler *new_aside(
    wicki_runs *r, void (*process)(wick *w, wick_handler *self, wick_site *site))
{
    aside *a = wicki_handler_new(r->w, sizeof *a, process);

    if (!a)
        return NULL;
    a->runs = r;
    return &a->handler;
}

static void refuse_ambient(wick *w, wick_handler *self, wick_site *site)
{
    const wicki_set *set = wicki_set_at(w, site->plates);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (dim->kind == WICKI_AMBIENT)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: the ambient dimension '%s' is open; each run is one draw, open none",
                ((aside *)self)->runs->function, dim->name);
    }
}

wick_trace *wicki_runs_guide(wicki_runs *r)
{
    return wick_trace_run(r->w, wick_wrap(r->w, r->from.guide, new_aside(r, refuse_ambient)));
}

/* --- values from arrays ------------------------------------------------------------------------ */

static void fail_size(wicki_runs *r, const wick_draws *a, const wick_site *site, size_t n)
{
    char buffer[192] = "no plate";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (site->plates)
        wicki_text_add_set(&text, r->w, site->plates);
    wick_fail(r->w, WICK_ERR_SHAPE,
        "%s: the site has %zu doubles in a draw of the model (over %s), the array has %zu in a "
        "row; leave the array out if it is of other members",
        r->function, n, buffer, a->size);
}

/* Of a type that does not tell its event: what the row has for each member. */
static size_t event_of(wick *w, const wick_site *site, size_t per_member, size_t *sizes)
{
    size_t rank;

    if (wicki_dist_event(w, &site->dist, &rank, sizes))
        return rank;
    sizes[0] = per_member;
    return per_member > 1;
}

static wick_node *row_of(wicki_runs *r, const wick_draws *a, const wick_site *site)
{
    wick *w = r->w;
    const size_t members = wicki_set_at(w, site->plates)->members;
    size_t sizes[WICK_MAX_RANK];
    const size_t rank = event_of(w, site, a->size / members, sizes);
    wick_node *x = wicki_ok(w) ? wicki_leaf(w, NULL, rank, sizes, site->plates, false) : NULL;

    if (!x)
        return NULL;
    if (x->members * x->elements != a->size) {
        fail_size(r, a, site, x->members * x->elements);
        return NULL;
    }
    const double *row = a->values + r->at * a->size;
    for (size_t m = 0; m < x->members; m++)
        for (size_t e = 0; e < x->elements; e++)
            x->value[e * x->members + m] = *row++;
    return x;
}

static void give_row(wick *w, wick_handler *self, wick_site *site)
{
    wicki_runs *r = ((aside *)self)->runs;

    if (site->type != WICK_SAMPLE || site->observed || site->value.w)
        return;
    for (size_t i = 0; i < r->from.n_sites; i++)
        if (strcmp(r->from.sites[i].name, site->name) == 0) {
            site->value = wicki_var_of(w, row_of(r, &r->from.sites[i], site));
            r->met = true;
            return;
        }
}

/* --- the model --------------------------------------------------------------------------------- */

wick_program wicki_runs_model(wicki_runs *r, wick_program model)
{
    wick *w = r->w;

    if (r->from.guide.fn)
        model = wick_wrap(w, model, wick_replay(w, wicki_runs_guide(r)));
    else if (r->from.n_sites > 0)
        model = wick_wrap(w, model, new_aside(r, give_row));
    return wick_wrap(w, model, new_aside(r, refuse_ambient));
}

bool wicki_runs_finish(wicki_runs *r)
{
    wick *w = r->w;

    wicki_store_truncate(w, r->known);
    if (wicki_ok(w) && r->from.n_sites > 0 && !r->met)
        wick_fail(w, WICK_ERR_NAME,
            "%s: none of the arrays is of a latent site of the model ('%s' is the first)",
            r->function, r->from.sites->name);
    return wicki_ok(w);
}
