/* Stochastic variational inference: making it, evaluating, restarts. */
#include "infer/svi.h"

#include "site/stack.h"

#include <math.h>

static wick_var loss_of(wick *w, void *arg)
{
    const wick_svi *svi = arg;

    return svi->options.loss(w, svi->model, svi->guide, svi->options.loss_options);
}

static bool make_graph(wick_svi *svi)
{
    wick_graph_options options = svi->options.graph;

    if (svi->options.threads)
        options.threads = svi->options.threads;
    svi->graph = wicki_graph_new(svi->w, &svi->loss, &options);
    return svi->graph;
}

/* --- options ----------------------------------------------------------------------------------- */

static bool bound_holds(wick *w, const char *name, double x)
{
    if (x >= 0.0 && x < INFINITY)
        return true;
    wick_fail(
        w, WICK_ERR_ARGUMENT, "wick_svi_new: %s is %g, need more than 0, or 0 for none", name, x);
    return false;
}

/* An optimiser with a step of its own does not update parameter by parameter. */
static bool goes_together(wick *w, const wick_svi_options *o)
{
    if (!o->optim.whole || !(o->optim_for || o->clip_norm != 0.0 || o->clip_value != 0.0))
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_svi_new: the optimiser '%s' moves all parameters together, so %s cannot be used; "
        "keep parameters out of a fit with wick_freeze",
        o->optim.name ? o->optim.name : "", o->optim_for ? "optim_for" : "clipping");
    return false;
}

static bool options_hold(wick *w, const wick_svi_options *o)
{
    return (!o->optim.check || o->optim.check(w, &o->optim)) &&
        bound_holds(w, "clip_norm", o->clip_norm) && bound_holds(w, "clip_value", o->clip_value) &&
        wicki_schedule_check(w, &o->schedule) && goes_together(w, o);
}

static bool intern_name(wick *w, wick_optim *optim)
{
    const wicki_name *name =
        optim->name ? wicki_intern(w, "wick_svi_new: the optimiser's name", optim->name) : NULL;

    if (name)
        optim->name = name->text;
    return wicki_ok(w);
}

wick_svi *wick_svi_new(
    wick *w, wick_program model, wick_program guide, const wick_svi_options *options)
{
    wick_svi_options o = options ? *options : (wick_svi_options){ .loss = NULL };

    if (!wicki_ok(w))
        return NULL;
    if (!o.loss)
        o.loss = wick_trace_elbo;
    if (!o.optim.update && !o.optim.whole)
        o.optim = wick_adam();
    if (!model.fn || !guide.fn)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_new: the %s has no function",
            model.fn ? "guide" : "model");
    if (!wicki_ok(w) || !options_hold(w, &o) || !intern_name(w, &o.optim))
        return NULL;
    wick_svi *svi = wicki_allocate(w, sizeof *svi);
    if (!svi)
        return NULL;
    *svi = (wick_svi){ .w = w, .model = model, .guide = guide, .options = o };
    svi->loss = (wicki_recorder){ loss_of, svi, "the loss" };
    if (!o.compile || make_graph(svi))
        return svi;
    wicki_release(w, svi);
    return NULL;
}

void wick_svi_free(wick_svi *svi)
{
    if (!svi)
        return;
    wick_graph_free(svi->graph);
    wicki_release(svi->w, svi->moved);
    wicki_release(svi->w, svi->update);
    wicki_release(svi->w, svi->choice);
    wicki_release(svi->w, svi->scratch);
    wicki_release(svi->w, svi->place);
    wicki_release(svi->w, svi);
}

uint64_t wick_svi_steps(const wick_svi *svi)
{
    return svi ? svi->steps : 0;
}

/* --- one evaluation ---------------------------------------------------------------------------- */

bool wicki_svi_ready(const wick_svi *svi, const char *function)
{
    if (!svi || !wicki_ok(svi->w))
        return false;
    if (svi->w->stack->top)
        wick_fail(svi->w, WICK_ERR_STATE,
            "%s: a plate or handler is open around it, which the reset of the tape would close; "
            "open it inside the model or the guide",
            function);
    return wicki_ok(svi->w);
}

static double evaluate(wick_svi *svi)
{
    wicki_outcome loss;

    if (svi->graph)
        return wicki_graph_run(svi->graph, wicki_svi_key(svi), false);
    return wicki_svi_loss(svi, &loss) ? *loss.result->value : NAN;
}

double wick_svi_evaluate(wick_svi *svi)
{
    if (!wicki_svi_ready(svi, "wick_svi_evaluate"))
        return NAN;
    const size_t known = svi->w->store->count;
    const double value = evaluate(svi);
    if (!wicki_ok(svi->w))
        wicki_store_truncate(svi->w, known);
    return value;
}

double wick_svi_step(wick_svi *svi)
{
    return wicki_svi_ready(svi, "wick_svi_step") ? wicki_svi_step(svi) : NAN;
}

/* --- restarts ---------------------------------------------------------------------------------- */

static double start(wick_svi *svi, uint64_t seed)
{
    wick_set_seed(svi->w, seed);
    wick_params_clear(svi->w);
    svi->steps = 0;
    return wick_svi_evaluate(svi);
}

/* Losses of all starts, NaN where there is none; false after an error that is not of one start. */
static bool try_starts(wick_svi *svi, size_t n, double *losses)
{
    for (size_t i = 0; i < n; i++) {
        losses[i] = start(svi, i);
        if (wick_status(svi->w) == WICK_ERR_NONFINITE)
            wick_clear(svi->w);
        if (!wicki_ok(svi->w))
            return false;
    }
    return true;
}

/* The first within 1e-9 of the smallest; n if none is finite. */
static size_t best_of(size_t n, const double *losses)
{
    double least = INFINITY;
    size_t best = 0;

    for (size_t i = 0; i < n; i++)
        least = losses[i] < least ? losses[i] : least;
    while (best < n && !(losses[best] <= least + 1e-9 && isfinite(losses[best])))
        best++;
    return best;
}

uint64_t wick_multistart(wick_svi *svi, size_t n, double *losses)
{
    if (!wicki_svi_ready(svi, "wick_multistart"))
        return 0;
    double *own = losses ? losses : wicki_allocate(svi->w, (n + 1) * sizeof *own);
    if (!own)
        return 0;
    const size_t best = try_starts(svi, n, own) ? best_of(n, own) : n;
    if (!losses)
        wicki_release(svi->w, own);
    if (best < n) {
        start(svi, best);
        return best;
    }
    wick_fail(svi->w, WICK_ERR_NONFINITE,
        "wick_multistart: none of %zu starts has a finite loss; look at one with wick_svi_evaluate",
        n);
    return 0;
}
