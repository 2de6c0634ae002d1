/* Stochastic variational inference: loss, gradient, update. */
#include "graph/graph.h"
#include "site/stack.h"
#include "tape/loop.h"

#include <math.h>

struct wick_svi {
    wick *w;
    wick_program model, guide;
    wick_svi_options options;
    wicki_recorder loss;
    uint64_t steps;
    wick_graph *graph; /* of the loss, if steps are compiled */
};

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

wick_svi *wick_svi_new(
    wick *w, wick_program model, wick_program guide, const wick_svi_options *options)
{
    wick_svi_options o = options ? *options : (wick_svi_options){ .loss = NULL };

    if (!wicki_ok(w))
        return NULL;
    if (!o.loss)
        o.loss = wick_trace_elbo;
    if (!o.optim.update)
        o.optim = wick_adam();
    if (!model.fn || !guide.fn)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_new: the %s has no function",
            model.fn ? "guide" : "model");
    else if (o.optim.check)
        o.optim.check(w, &o.optim);
    wick_svi *svi = wicki_ok(w) ? wicki_allocate(w, sizeof *svi) : NULL;
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
    wicki_release(svi->w, svi);
}

uint64_t wick_svi_steps(const wick_svi *svi)
{
    return svi ? svi->steps : 0;
}

/* --- one evaluation ---------------------------------------------------------------------------- */

/* Runs the loss; false after an error. */
static bool run_loss(wick_svi *svi, wicki_outcome *loss)
{
    wick *w = svi->w;

    wicki_reset(w);
    w->step = svi->steps;
    if (wicki_recorder_run(w, &svi->loss, loss) && !isfinite(*loss->result->value))
        wicki_fail_nonfinite(
            w, wick_name(w, "the loss at step %llu", (unsigned long long)svi->steps), loss->result);
    return wicki_ok(w);
}

/* Whether a step may begin: there is no error, and nothing open that the reset would close. */
static bool ready(const wick_svi *svi, const char *function)
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

double wick_svi_evaluate(wick_svi *svi)
{
    wicki_outcome loss;

    if (!ready(svi, "wick_svi_evaluate"))
        return NAN;
    const size_t known = svi->w->store->count;
    if (svi->graph) {
        const double value = wicki_graph_run(svi->graph, svi->steps, false);
        if (!wicki_ok(svi->w))
            wicki_store_truncate(svi->w, known);
        return value;
    }
    if (run_loss(svi, &loss))
        return *loss.result->value;
    wicki_store_truncate(svi->w, known);
    return NAN;
}

/* --- one step ---------------------------------------------------------------------------------- */

static bool gradient_is_finite(wick *w, wicki_entry *entry, const double *gradient)
{
    const size_t n = wicki_entry_size(entry);
    const double square = wicki_dot(n, gradient, gradient);

    entry->gradient_norm = sqrt(square);
    if (isfinite(square))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(gradient[i])) {
            wick_fail(w, WICK_ERR_NONFINITE,
                "wick_svi_step: the gradient of parameter '%s' is %g at [%zu], in unconstrained "
                "coordinates, where its value is %g",
                entry->name, gradient[i], i, entry->value[i]);
            return false;
        }
    return true;
}

static void forget_norms(wick *w)
{
    for (size_t i = 0; i < w->store->count; i++)
        w->store->entry[i]->gradient_norm = 0.0;
}

/* Everything that can fail comes before the first update. */
static bool can_update(const wick_svi *svi, wicki_entry *entry, const double *gradient)
{
    return gradient && gradient_is_finite(svi->w, entry, gradient) &&
        wicki_entry_state(svi->w, entry, svi->options.optim.n_state);
}

static const double **gradients(wick_svi *svi, const wicki_outcome *loss)
{
    wick *w = svi->w;
    const double **gradient = wick_alloc(w, (loss->n_params + 1) * sizeof *gradient);

    forget_norms(w);
    for (size_t i = 0; gradient && i < loss->n_params; i++) {
        gradient[i] = wicki_entry_gradient(w, loss->param[i].entry);
        if (!can_update(svi, loss->param[i].entry, gradient[i]))
            return NULL;
    }
    return gradient;
}

/* What updates share, and the step it is for. */
typedef struct step_share {
    uint64_t step;
    double number[8];
} step_share;

static void update(
    const wick_optim *optim, wicki_entry *entry, const double *gradient, step_share *share)
{
    const wick_update u = { .n = wicki_entry_size(entry),
        .value = entry->value,
        .gradient = gradient,
        .state = entry->state,
        .step = ++entry->steps,
        .shared = share->number };

    if (optim->share && share->step != u.step) {
        optim->share(optim, u.step, share->number);
        share->step = u.step;
    }
    optim->update(optim, &u);
}

static bool step(wick_svi *svi, const wicki_outcome *loss)
{
    wicki_backward(svi->w, loss->result);
    const double **gradient = wicki_ok(svi->w) ? gradients(svi, loss) : NULL;
    if (!gradient)
        return false;
    step_share share = { .step = 0 };
    for (size_t i = 0; i < loss->n_params; i++)
        update(&svi->options.optim, loss->param[i].entry, gradient[i], &share);
    svi->steps++;
    return true;
}

static double compiled_step(wick_svi *svi)
{
    const double value = wicki_graph_run(svi->graph, svi->steps, true);

    if (!wicki_ok(svi->w))
        return NAN;
    const wicki_outcome *loss = &svi->graph->frame->outcome;
    forget_norms(svi->w);
    for (size_t i = 0; i < loss->n_params; i++)
        if (!can_update(svi, loss->param[i].entry, wicki_graph_gradient(svi->graph, i)))
            return NAN;
    step_share share = { .step = 0 };
    for (size_t i = 0; i < loss->n_params; i++)
        update(
            &svi->options.optim, loss->param[i].entry, wicki_graph_gradient(svi->graph, i), &share);
    svi->steps++;
    return value;
}

double wick_svi_step(wick_svi *svi)
{
    wicki_outcome loss;

    if (!ready(svi, "wick_svi_step"))
        return NAN;
    const size_t known = svi->w->store->count;
    if (svi->graph) {
        const double value = compiled_step(svi);
        if (!wicki_ok(svi->w))
            wicki_store_truncate(svi->w, known);
        return value;
    }
    const double value = run_loss(svi, &loss) ? *loss.result->value : NAN;
    if (wicki_ok(svi->w) && step(svi, &loss))
        return value;
    wicki_store_truncate(svi->w, known);
    return NAN;
}

double wick_svi_gradient_norm(wick_svi *svi, const char *name)
{
    const wicki_entry *entry =
        svi ? wicki_store_need(svi->w, "wick_svi_gradient_norm", name) : NULL;

    return entry ? entry->gradient_norm : NAN;
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
    if (!ready(svi, "wick_multistart"))
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
