#include "gmm_fits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "gmm_text.h"
#include "models/gmm_em.h"
#include "models/gmm_fit.h"
#include "models/gmm_summary.h"

/* --- traces and progress --------------------------------------------------------------------- */

/* What the callbacks of a fit are given. */
struct watch {
    struct tool_trace *trace;
    wick_progress *progress;
    double rows; /* for the loss of a row */
};

/* A point for which there is no memory is left out. */
static void add_point(struct tool_trace *t, size_t start, size_t iteration, double value)
{
    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 256;
        struct tool_point *points = realloc(t->points, room * sizeof *points);
        if (!points)
            return;
        t->points = points;
        t->room = room;
    }
    t->points[t->n++] = (struct tool_point){ start, iteration, value };
}

static bool watch_em(
    const gmm_mixture *mixture, size_t start, size_t iteration, double log_likelihood, void *arg)
{
    const struct watch *watch = arg;

    (void)mixture;
    add_point(watch->trace, start, iteration, log_likelihood);
    wick_progress_step(watch->progress, -log_likelihood / watch->rows);
    return true;
}

static bool watch_steps(size_t start, uint64_t step, double loss, void *arg)
{
    const struct watch *watch = arg;

    add_point(watch->trace, start, (size_t)step, -loss);
    wick_progress_step(watch->progress, loss / watch->rows);
    return true;
}

static wick_progress *progress_of(
    wick *w, const struct tool_options *o, gmm_covariance form, size_t components)
{
    char label[64];

    if (o->quiet || o->progress == PROGRESS_NEVER)
        return NULL;
    snprintf(label, sizeof label, "%s, K = %zu", gmm_covariance_name(form), components);
    return wick_progress_new(w,
        &(wick_progress_options){ .label = label,
            .interval = o->progress == PROGRESS_ALWAYS ? 1.0 : 0.0,
            .always = o->progress == PROGRESS_ALWAYS });
}

/* --- methods --------------------------------------------------------------------------------- */

static void fit_em(
    wick *w, const struct tool_options *o, const gmm *m, struct watch *watch, struct tool_fit *fit)
{
    const gmm_em_result r = gmm_em_fit(w, m,
        &(gmm_em_options){ .restarts = o->starts,
            .max_iterations = o->max_iterations,
            .tolerance = o->tolerance,
            .variance_floor = o->variance_floor,
            .threads = o->threads,
            .callback = watch_em,
            .callback_arg = watch },
        fit->mixture);

    fit->iterations = r.iterations;
    fit->starts = r.starts;
    fit->best_start = r.best_start;
    fit->best_found = r.best_found;
    fit->converged = r.converged;
    fit->collapsed = r.collapsed;
}

static void fit_posterior(
    wick *w, const struct tool_options *o, const gmm *m, struct watch *watch, struct tool_fit *fit)
{
    const gmm_fit_options options = { .restarts = o->starts,
        .steps = o->max_iterations,
        .gradient_tolerance = o->tolerance,
        .threads = o->threads,
        .callback = watch_steps,
        .callback_arg = watch };
    gmm_fit_result r = { 0 };

    if (o->method == METHOD_MAP)
        gmm_map_fit(w, m, NULL, &options, fit->mixture, &r);
    else
        gmm_vb_fit(w, m, NULL, &options, fit->mixture, NULL, &r);
    fit->iterations = (size_t)r.steps;
    fit->starts = r.starts;
    fit->best_start = r.best_start;
    fit->best_found = r.best_found;
    fit->converged = r.converged;
    fit->collapsed = r.collapsed;
    fit->elbo = r.elbo;
    fit->elbo_se = r.elbo_se;
    fit->k = r.k;
}

/* --- one fit --------------------------------------------------------------------------------- */

/* Keeps the message of what failed, and forgets the error. */
static void keep_failure(wick *w, struct tool_fit *fit)
{
    fit->failure = tool_text(w, "%s", tool_message(w));
    gmm_mixture_free(fit->mixture);
    fit->mixture = NULL;
    wick_clear(w);
}

static void fit_one(
    wick *w, const struct tool_options *o, const struct tool_data *d, struct tool_fit *fit)
{
    const gmm m = tool_data_gmm(d, fit->components, fit->covariance);
    struct watch watch = { &fit->trace, progress_of(w, o, fit->covariance, fit->components),
        (double)d->n };

    fit->elbo = fit->elbo_se = fit->k = NAN;
    fit->mixture = gmm_mixture_new(w, m.components, m.dimensions, m.covariance);
    wick_set_seed(w, o->seed);
    if (fit->mixture && o->method == METHOD_EM)
        fit_em(w, o, &m, &watch, fit);
    else if (fit->mixture)
        fit_posterior(w, o, &m, &watch, fit);
    wick_progress_free(watch.progress);
    if (wick_status(w) == WICK_OK && gmm_sort(w, fit->mixture))
        fit->evaluation = gmm_evaluate(w, fit->mixture, &m);
    if (wick_status(w) != WICK_OK)
        keep_failure(w, fit);
}

/* --- all of them ----------------------------------------------------------------------------- */

/* Is a better than b? */
static bool is_better(const struct tool_fit *a, const struct tool_fit *b)
{
    if (!a->mixture || !b->mixture)
        return a->mixture && !b->mixture;
    if (a->collapsed != b->collapsed)
        return b->collapsed;
    return a->evaluation.bic < b->evaluation.bic;
}

static bool make_room(wick *w, const struct tool_options *o, struct tool_fits *fits)
{
    size_t n_forms = 0;

    for (size_t form = 0; form < FORMS; form++)
        n_forms += o->forms[form];
    fits->fits = calloc(n_forms * (o->most - o->fewest + 1), sizeof *fits->fits);
    if (!fits->fits)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for the fits of %zu to %zu components", o->fewest,
            o->most);
    return fits->fits != NULL;
}

bool tool_fit(
    wick *w, const struct tool_options *o, const struct tool_data *d, struct tool_fits *fits)
{
    *fits = (struct tool_fits){ 0 };
    if (!make_room(w, o, fits))
        return false;
    for (size_t form = 0; form < FORMS; form++)
        for (size_t k = o->fewest; o->forms[form] && k <= o->most; k++) {
            struct tool_fit *fit = &fits->fits[fits->n++];
            *fit = (struct tool_fit){ .covariance = (gmm_covariance)form, .components = k };
            fit_one(w, o, d, fit);
            if (is_better(fit, &fits->fits[fits->best]))
                fits->best = fits->n - 1;
        }
    const struct tool_fit *best = &fits->fits[fits->best];
    if (!best->mixture)
        wick_fail(w, WICK_ERR_NUMERIC, "%s", best->failure ? best->failure : "no fit succeeded");
    return best->mixture != NULL;
}

void tool_fits_free(struct tool_fits *fits)
{
    for (size_t i = 0; i < fits->n; i++) {
        gmm_mixture_free(fits->fits[i].mixture);
        free(fits->fits[i].failure);
        free(fits->fits[i].trace.points);
    }
    free(fits->fits);
    *fits = (struct tool_fits){ 0 };
}
