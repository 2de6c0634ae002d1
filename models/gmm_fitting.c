#include "models/gmm_fitting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/extend.h>

/* --- what is asked for ----------------------------------------------------------------------- */

static bool options_hold(wick *w, const char *function, const gmm *m, const gmm_fit_options *o)
{
    if (!(o->gradient_tolerance >= 0.0 && o->gradient_tolerance < INFINITY))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: gradient_tolerance is %g, need a number of at least 0",
            function, o->gradient_tolerance);
    else if (o->draws > 0 && o->draws < 25)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %zu draws, need 25 at least", function, o->draws);
    else if (o->given && o->restarts > 1)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %zu restarts from the one mixture given, need 0 or 1",
            function, o->restarts);
    else if (o->given && gmm_fits(w, function, m, o->given))
        gmm_mixture_check(w, function, o->given);
    return wick_status(w) == WICK_OK;
}

static size_t starts_of(const gmm_fitting *f)
{
    return f->options->given ? 1 : f->options->restarts ? f->options->restarts : 10;
}

/* --- beginning and end ----------------------------------------------------------------------- */

static gmm_mixture *new_mixture(const gmm_fitting *f)
{
    return gmm_mixture_new(f->w, f->m->components, f->m->dimensions, f->m->covariance);
}

static void release(gmm_fitting *f)
{
    gmm_mixture_free(f->start);
    gmm_mixture_free(f->now);
    gmm_mixture_free(f->best);
    gmm_units_free(f->units);
    wick_free(f->own);
}

bool gmm_fitting_begin(gmm_fitting *f, const gmm_prior *prior, const gmm_mixture *out)
{
    static const gmm_fit_options standard = { .given = NULL };

    f->result = (gmm_fit_result){
        .log_likelihood = NAN, .log_posterior = NAN, .elbo = NAN, .elbo_se = NAN, .k = NAN
    };
    f->loss = NAN;
    f->options = f->options ? f->options : &standard;
    if (!gmm_check(f->w, f->function, f->m) || !gmm_fits(f->w, f->function, f->m, out) ||
        !options_hold(f->w, f->function, f->m, f->options))
        return false;
    f->own = wick_new(&(wick_options){ .seed = wick_seed(f->w) });
    if (!f->own)
        wick_fail(f->w, WICK_ERR_MEMORY, "%s: no memory for a handle", f->function);
    f->units = f->own ? gmm_units_new(f->w, f->function, f->m, prior) : NULL;
    f->start = f->units ? new_mixture(f) : NULL;
    f->now = f->start ? new_mixture(f) : NULL;
    f->best = f->now ? new_mixture(f) : NULL;
    if (f->units)
        f->bayes = (gmm_bayes){ &f->units->m, f->units->prior };
    return f->best;
}

/* What went wrong in the handle of the fit goes wrong in the caller's. */
bool gmm_fitting_pass_on(gmm_fitting *f)
{
    if (wick_status(f->own) != WICK_OK)
        wick_fail(f->w, wick_status(f->own), "%s: %s", f->function, wick_message(f->own));
    return wick_status(f->w) == WICK_OK;
}

/* --- one start ------------------------------------------------------------------------------- */

bool gmm_fitting_step(uint64_t step, double loss, void *arg)
{
    const gmm_fitting *f = arg;

    return f->options->callback(f->calls, step, loss, f->options->callback_arg);
}

static wick_svi_result minimise(gmm_fitting *f, wick_program model, wick_program guide)
{
    const gmm_fit_options *o = f->options;
    wick_svi *svi = wick_svi_new(f->own, model, guide,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = wick_lbfgs(.history = 20),
            .compile = true,
            .threads = o->threads });
    const wick_svi_result result = wick_svi_run(svi,
        &(wick_svi_run_options){ .steps = o->steps ? o->steps : 1000,
            .rule = WICK_RULE_EXACT,
            .loss_tolerance = 1e-13,
            .gradient_tolerance = o->gradient_tolerance > 0.0 ? o->gradient_tolerance : 1e-9,
            .callback = o->callback ? gmm_fitting_step : NULL,
            .callback_arg = f });

    wick_svi_free(svi);
    return result;
}

/* Where a step failed, as in a collapse, the best before it stands. */
static bool stands(gmm_fitting *f, const wick_svi_result *r)
{
    if (r->stop == WICK_STOP_ERROR && isfinite(r->best))
        wick_clear(f->own);
    return wick_status(f->own) == WICK_OK;
}

static wick_svi_result fit_likelihood(gmm_fitting *f)
{
    wick_svi_result r = { .best = NAN };

    if (gmm_set(f->own, &f->units->m, f->start)) {
        r = minimise(f, gmm_model(&f->units->m), gmm_guide());
        if (stands(f, &r))
            gmm_get(f->own, &f->units->m, f->now);
    }
    return r;
}

static wick_svi_result fit_mode(gmm_fitting *f)
{
    wick_svi_result r = { .best = NAN };
    gmm_bayes_start *start = gmm_bayes_start_new(f->own, f->start);
    wick_guide *guide = wick_auto_delta_new(f->own, gmm_bayes_model(&f->bayes),
        &(wick_auto_options){ .init = wick_init_to_value, .init_arg = gmm_bayes_init_arg(start) });

    if (guide) {
        r = minimise(f, gmm_bayes_model(&f->bayes), wick_guide_program(guide));
        if (stands(f, &r))
            gmm_bayes_point(f->own, guide, f->now);
    }
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    return r;
}

/* --- all starts ------------------------------------------------------------------------------ */

static bool make_start(gmm_fitting *f)
{
    if (f->options->given)
        gmm_mixture_assign(f->start, f->options->given);
    else if (!gmm_start_mixture(f->w, f->units->sample, GMM_START_KMEANS_PLUS_PLUS, f->start))
        return false;
    gmm_units_enter(f->units, f->start);
    return true;
}

/*
 * A component that collapses ends anywhere below: a standard deviation, given the columns before it, of
 * less than a thousandth of the column's is raised to that. Is there one?
 */
static bool raise_scales(gmm_mixture *m)
{
    const size_t d = m->dimensions, n = gmm_scale_size(m->components, d, m->covariance);
    const bool matrices = m->covariance == GMM_FULL || m->covariance == GMM_TIED;
    const double least = 1e-3;
    bool raised = false;

    for (size_t i = 0; i < n; i++)
        if ((!matrices || i % (d * d) % (d + 1) == 0) && !(m->scale[i] >= least)) {
            m->scale[i] = least;
            raised = true;
        }
    return raised;
}

static bool is_better(const gmm_fitting *f, double loss, bool degenerate)
{
    if (isnan(f->loss) || degenerate != f->result.collapsed)
        return isnan(f->loss) || !degenerate;
    return loss < f->loss;
}

static void keep(gmm_fitting *f, const wick_svi_result *r, double loss, bool degenerate)
{
    gmm_mixture_assign(f->best, f->now);
    f->loss = loss;
    f->result.collapsed = degenerate;
    f->result.steps = r->steps;
    f->result.converged =
        !degenerate && (r->stop == WICK_STOP_CONVERGED || r->stop == WICK_STOP_STALLED);
    f->result.best_start = f->result.starts - 1;
    snprintf(f->result.verdict, sizeof f->result.verdict, "%s",
        degenerate ? "a component collapsed" : r->verdict);
}

/* False if no start can be made. One that fails is counted, and the next one is tried; losses of
 * those that collapsed are compared by what is left of them. */
static bool try_start(gmm_fitting *f, double *loss)
{
    *loss = NAN;
    if (!make_start(f))
        return false;
    wick_params_clear(f->own);
    f->calls = f->result.starts++;
    const wick_svi_result r = f->priors ? fit_mode(f) : fit_likelihood(f);
    bool failed = wick_status(f->own) != WICK_OK || !isfinite(r.best);
    const bool degenerate = failed || raise_scales(f->now);
    double end = r.best;
    if (degenerate && !failed) {
        end = -gmm_fitting_log_likelihood(f, &f->units->m, f->now);
        failed = wick_status(f->own) != WICK_OK;
    }
    f->result.degenerate += degenerate;
    if (!failed && is_better(f, end, degenerate))
        keep(f, &r, end, degenerate);
    *loss = degenerate ? NAN : end;
    return true;
}

bool gmm_fitting_starts(gmm_fitting *f)
{
    const size_t n = starts_of(f);
    double *losses = calloc(n, sizeof *losses);
    bool ok = losses;

    if (!losses)
        wick_fail(f->w, WICK_ERR_MEMORY, "%s: no memory for %zu starts", f->function, n);
    for (size_t i = 0; ok && i < n; i++) {
        ok = try_start(f, &losses[i]);
        if (i + 1 < n || isfinite(f->loss))
            wick_clear(f->own);
    }
    for (size_t i = 0; ok && i < n; i++)
        f->result.best_found += losses[i] <= f->loss + 1e-3 * (double)f->m->n;
    free(losses);
    return ok && gmm_fitting_pass_on(f);
}

/* --- numbers in the units of the data ---------------------------------------------------------- */

double gmm_fitting_evaluate(const gmm_fitting *f, wick_program model, wick_program guide)
{
    wick_svi *svi = wick_svi_new(f->own, model, guide,
        &(wick_svi_options){
            .loss = wick_trace_enum_elbo, .compile = true, .threads = f->options->threads });
    const double loss = wick_svi_evaluate(svi);

    wick_svi_free(svi);
    return -loss;
}

double gmm_fitting_log_likelihood(const gmm_fitting *f, const gmm *m, const gmm_mixture *at)
{
    gmm all = *m;

    all.batch = 0;
    all.indices = NULL;
    wick_params_clear(f->own);
    return gmm_set(f->own, &all, at) ? gmm_fitting_evaluate(f, gmm_model(&all), gmm_guide()) : NAN;
}

bool gmm_fitting_end(gmm_fitting *f, bool ok, gmm_mixture *out, gmm_fit_result *result)
{
    ok = ok && gmm_fitting_pass_on(f);
    if (ok)
        gmm_mixture_assign(out, f->best);
    else
        f->result.log_likelihood = f->result.log_posterior = NAN;
    if (result)
        *result = f->result;
    release(f);
    return ok;
}
