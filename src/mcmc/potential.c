/* The potential: minus the log density of a model in unconstrained coordinates. */
#include "mcmc/potential.h"

#include <math.h>
#include <string.h>

/* --- the coordinates --------------------------------------------------------------------------- */

/* A name that nothing in this handle has ever had. */
static void prepare(wick *w, wick_guide *guide)
{
    size_t names = w->names.count;

    for (size_t k = 0; wicki_ok(w) && w->names.count == names; k++)
        guide->param[0] = wick_name(w, "potential.%zu", k);
}

static wick_var coordinates_of(wick *w, const wick_guide *guide)
{
    return wick_param(
        w, guide->param[0], wick_init_fill_array(0.0, 1, &guide->dimension), wick_real());
}

static void run(wick *w, wick_guide *guide)
{
    wicki_auto_sample_joint(w, guide, coordinates_of(w, guide));
}

static const wicki_auto_kind KIND = { .name = "potential",
    .function = "wick_potential_new",
    .what = "a point",
    .joint = true,
    .prepare = prepare,
    .run = run };

static wicki_entry *entry_of(const wick_potential *p)
{
    return wicki_name_of(p->guide->param[0])->entry;
}

static wicki_entry *add_entry(const wick_potential *p)
{
    const size_t n = p->guide->dimension;
    const wicki_entry prototype = { .name = p->guide->param[0],
        .constraint = wick_real(),
        .rank = 1,
        .sizes = { n },
        .elements = n,
        .members = 1 };

    return wicki_store_add(p->w, &prototype);
}

/* The parameters may have been cleared. */
static wicki_entry *need_entry(const wick_potential *p)
{
    wicki_entry *entry = entry_of(p);

    return entry ? entry : add_entry(p);
}

/* --- making one -------------------------------------------------------------------------------- */

static wick_var potential_of(wick *w, void *arg)
{
    const wick_potential *p = arg;
    wick_var density = WICK_VAR_NONE;

    if (p->density) {
        const wick_var q = coordinates_of(w, p->guide);
        WICK_WITH (w, wick_freeze(w))
            density = p->density(w, q, p->density_arg);
        return wick_neg(density);
    }
    const wick_program model = wick_wrap(w, p->guide->model, wick_freeze(w));
    return wick_trace_enum_elbo(w, model, wick_guide_program(p->guide), NULL);
}

static bool options_fit(wick *w, const char *function, const wick_potential_options *o)
{
    if (!(o->init_radius >= 0.0 && o->init_radius < INFINITY))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .init_radius is %g, need a positive finite number",
            function, o->init_radius);
    return wicki_ok(w);
}

static wick_potential *new_potential(
    wick *w, const char *function, const wick_potential_options *options)
{
    static const wick_potential_options none = { .init = NULL };
    const wick_potential_options *o = options ? options : &none;
    wick_potential *p =
        wicki_ok(w) && options_fit(w, function, o) ? wicki_allocate(w, sizeof *p) : NULL;

    if (!p)
        return NULL;
    p->w = w;
    p->options = *o;
    if (p->options.init_radius == 0.0)
        p->options.init_radius = 2.0;
    if (p->options.init_tries == 0)
        p->options.init_tries = 100;
    return p;
}

static wick_potential *with_graph(wick_potential *p)
{
    const wicki_recorder what = { potential_of, p, "the potential" };

    p->graph = p->guide ? wicki_graph_new(p->w, &what, &p->options.graph) : NULL;
    if (p->graph && need_entry(p)) {
        p->graph->tolerant = true;
        return p;
    }
    wick_potential_free(p);
    return NULL;
}

wick_potential *wick_potential_new(
    wick *w, wick_program model, const wick_potential_options *options)
{
    wick_potential *p = new_potential(w, "wick_potential_new", options);

    if (!p)
        return NULL;
    const wick_auto_options o = { .init = p->options.init, .init_arg = p->options.init_arg };
    p->guide = wicki_auto_new(w, model, &o, &KIND);
    return with_graph(p);
}

/* A guide that has one site without a model. */
static wick_guide *guide_of_vector(wick *w, size_t n)
{
    wick_guide *guide = wicki_allocate(w, sizeof *guide);
    wicki_auto_site *s = guide ? wicki_allocate(w, sizeof *s) : NULL;

    if (!s) {
        wicki_release(w, guide);
        return NULL;
    }
    *guide = (wick_guide){ .w = w, .kind = &KIND };
    *s = (wicki_auto_site){ .name = wick_name(w, "q"),
        .support = wick_real(),
        .rank = 1,
        .sizes = { n },
        .elements = n,
        .coordinate_rank = 1,
        .coordinate_sizes = { n },
        .coordinates = n,
        .members = 1,
        .whole = true };
    wicki_auto_append(guide, s);
    prepare(w, guide);
    if (wicki_ok(w))
        return guide;
    wick_guide_free(guide);
    return NULL;
}

wick_potential *wick_potential_of_density(
    wick *w, wick_log_density function, void *arg, size_t n, const wick_potential_options *options)
{
    if (wicki_ok(w) && (!function || n == 0))
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_potential_of_density: %s",
            function ? "n is 0, need at least one coordinate" : "the function is NULL");
    wick_potential *p = new_potential(w, "wick_potential_of_density", options);
    if (!p)
        return NULL;
    p->density = function;
    p->density_arg = arg;
    p->guide = guide_of_vector(w, n);
    return with_graph(p);
}

wick_potential *wicki_potential_copy(const wick_potential *from)
{
    wick_potential_options o = from->options;

    o.graph.threads = 1;
    wick_potential *p = new_potential(from->w, "wicki_potential_copy", &o);
    if (!p)
        return NULL;
    p->density = from->density;
    p->density_arg = from->density_arg;
    p->guide = p->density ? guide_of_vector(p->w, from->guide->dimension)
                          : wicki_auto_copy(from->guide, &KIND);
    return with_graph(p);
}

static void forget_entry(wick *w, const wicki_entry *entry)
{
    wicki_store *store = w->store;
    size_t i = 0;

    while (store->entry[i] != entry)
        i++;
    wicki_entry *own = store->entry[i];
    for (; i + 1 < store->count; i++)
        store->entry[i] = store->entry[i + 1];
    store->entry[i] = own;
    wicki_store_truncate(w, i);
    wicki_reset(w); /* its leaf may be on the tape */
}

void wick_potential_free(wick_potential *p)
{
    if (!p)
        return;
    wick_graph_free(p->graph);
    if (p->guide && entry_of(p))
        forget_entry(p->w, entry_of(p));
    wick_guide_free(p->guide);
    wicki_release(p->w, p);
}

/* --- its value --------------------------------------------------------------------------------- */

/* Of the density of a part of the data the draws would not be those of the posterior. */
static bool is_whole(wick_potential *p)
{
    const wicki_dims *dims = &p->graph->frame->tape.dims;

    for (uint32_t i = 1; i < dims->n_dims; i++) {
        const wicki_dim *dim = &dims->dim[i];
        if (dim->kind != WICKI_PLATE || dim->present == dim->full)
            continue;
        wick_fail(p->w, WICK_ERR_STATE,
            "wick_potential_value: plate '%s' has %zu of %zu members, and the density of a part is "
            "not that of the whole; let the model open the whole plate",
            dim->name, dim->present, dim->full);
        return false;
    }
    return true;
}

static void copy_gradient(const wick_potential *p, double *gradient)
{
    const wicki_outcome *o = &p->graph->frame->outcome;
    const wicki_entry *entry = entry_of(p);
    const size_t n = p->guide->dimension;
    size_t i = 0;

    while (i < o->n_params && o->param[i].entry != entry)
        i++;
    const double *from = i < o->n_params ? wicki_graph_gradient(p->graph, i) : NULL;
    if (from)
        memcpy(gradient, from, n * sizeof *gradient);
    else
        memset(gradient, 0, n * sizeof *gradient);
}

double wicki_potential_evaluate(wick_potential *p, const double *q, double *gradient)
{
    wicki_entry *entry = wicki_ok(p->w) ? need_entry(p) : NULL;

    if (!entry)
        return NAN;
    memcpy(entry->value, q, p->guide->dimension * sizeof *q);
    const double value = wicki_graph_run(p->graph, 0, gradient != NULL);
    if (!wicki_ok(p->w) || !is_whole(p))
        return NAN;
    if (gradient && isfinite(value))
        copy_gradient(p, gradient);
    return value;
}

static void fill(size_t n, double *x, double with)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = with;
}

double wicki_potential_repeat(wick_potential *p, const double *q, double *gradient)
{
    memcpy(entry_of(p)->value, q, p->guide->dimension * sizeof *q);
    const double value = wicki_graph_repeat(p->graph, true);
    if (isfinite(value))
        copy_gradient(p, gradient);
    return value;
}

bool wicki_potential_verify(wick_potential *p, const double *q)
{
    wicki_entry *entry = wicki_ok(p->w) ? need_entry(p) : NULL;

    if (entry)
        memcpy(entry->value, q, p->guide->dimension * sizeof *q);
    return entry && wick_graph_verify(p->graph);
}

double wick_potential_value(wick_potential *p, const double *q, double *gradient)
{
    if (!p || !wicki_ok(p->w))
        return NAN;
    const double value = wicki_potential_evaluate(p, q, gradient);
    if (p->w->status == WICK_ERR_NUMERIC)
        wick_clear(p->w);
    if (wicki_ok(p->w) && isfinite(value))
        return value;
    fill(p->guide->dimension, gradient, NAN);
    return wicki_ok(p->w) ? INFINITY : NAN;
}
