/* Running a fit: when to stop, and which parameters to keep. */
#include "infer/kept.h"
#include "infer/optim.h"
#include "infer/stopping.h"
#include "infer/svi.h"
#include "tape/op_list.h"

#include <stdio.h>
#include <string.h>

enum { STALLED_AFTER = 3 };

/* --- a run ------------------------------------------------------------------------------------- */

typedef struct fit {
    wick_svi *svi;
    wick_svi_run_options o;
    wick_svi_result r;
    wicki_kept kept;
    wicki_trend trend;
    double before; /* the loss of the step before */
    unsigned same; /* steps in a row with the same loss */
    wicki_window window;
    double lowest, lowest_error; /* the smallest mean of a window, and its standard error */
} fit;

/* --- is the loss noisy? ------------------------------------------------------------------------ */

static bool tape_has_draws(const wick *w)
{
    for (uint32_t i = 0; i < w->tape->n_nodes; i++)
        if (w->tape->node[i]->op == &wicki_op_draw)
            return true;
    for (uint32_t i = 1; i < w->dims->n_dims; i++)
        if (w->dims->dim[i].minibatch)
            return true;
    return false;
}

/* Draws outside the sites count too. L-BFGS repeats those of its first step. */
static bool has_drawn(const wick_svi *svi, uint64_t draws)
{
    if (svi->options.optim.whole)
        return false;
    if (svi->w->draws != draws)
        return true;
    return svi->graph ? svi->graph->has_draws || svi->graph->has_minibatches
                      : tape_has_draws(svi->w);
}

static void forget_best(fit *f)
{
    f->r.best = f->lowest = NAN;
    f->kept.n_best = f->kept.n_other = 0;
}

static void note_noise(fit *f, uint64_t draws)
{
    const bool asked = f->o.rule == WICK_RULE_AUTO || f->o.rule == WICK_RULE_NONE;

    if (f->r.noisy || !asked || !has_drawn(f->svi, draws))
        return;
    f->r.noisy = true;
    if (f->r.steps > 1)
        forget_best(f);
}

/* --- the best, or the mean --------------------------------------------------------------------- */

/* Before a step. */
static bool prepare(fit *f)
{
    wick *w = f->svi->w;

    if (f->o.keep == WICK_KEEP_LAST)
        return true;
    if (!wicki_kept_is_current(&f->kept, w->store)) {
        if (!wicki_kept_room(w, &f->kept))
            return false;
        forget_best(f);
    }
    if (f->o.keep == WICK_KEEP_BEST && !f->r.noisy)
        wicki_kept_copy_out(w->store, f->kept.other);
    return true;
}

/* Of an exact loss the parameters before the step, which were copied; of a noisy one those now. */
static void keep(fit *f, double loss, uint64_t step)
{
    f->r.best = loss;
    f->r.best_step = step;
    if (f->o.keep != WICK_KEEP_BEST || !wicki_kept_is_current(&f->kept, f->svi->w->store))
        return;
    f->kept.n_best = 1;
    if (f->r.noisy)
        wicki_kept_copy_out(f->svi->w->store, f->kept.best);
    else
        wicki_kept_swap(&f->kept);
}

static void note_exact(fit *f, double loss)
{
    f->r.loss = loss;
    if (!(f->r.best <= loss))
        keep(f, loss, f->r.steps - 1);
}

/* Among windows that noise may have put in order the last one is kept. */
static void note_noisy(fit *f, double loss)
{
    wicki_window_add(&f->window, loss);
    if (f->window.n < f->o.window)
        return;
    const double mean = f->window.mean, error = wicki_window_error(&f->window);
    f->window = (wicki_window){ .n = 0 };
    f->r.loss = mean;
    if (!(f->lowest <= mean)) {
        f->lowest = mean;
        f->lowest_error = error;
    }
    if (mean - f->lowest <= 2.0 * sqrt(error * error + f->lowest_error * f->lowest_error))
        keep(f, mean, f->r.steps);
}

/* The sums begin anew at 1, 2, 4, 8, ... steps; the last one that is complete stays. */
static void note_average(fit *f)
{
    if (wicki_kept_is_current(&f->kept, f->svi->w->store))
        wicki_kept_add(&f->kept, f->svi->w->store, (f->r.steps & (f->r.steps - 1)) == 0);
}

/* --- when to stop ------------------------------------------------------------------------------ */

static bool is_settled(fit *f, double loss)
{
    const double size = fmax(1.0, fabs(loss)), change = fabs(loss - f->before);
    const bool level = f->r.gradient_norm <= f->o.gradient_tolerance * size;

    f->same = loss == f->before ? f->same + 1 : 0;
    f->before = loss;
    if (level && change <= f->o.loss_tolerance * size) {
        f->r.stop = WICK_STOP_CONVERGED;
        snprintf(f->r.verdict, sizeof f->r.verdict,
            "converged after %llu steps: the last one changed the loss by %.2g, the norm of the "
            "gradient is %.2g",
            (unsigned long long)f->r.steps, change, f->r.gradient_norm);
        return true;
    }
    if (f->same < STALLED_AFTER)
        return false;
    f->r.stop = WICK_STOP_STALLED;
    snprintf(f->r.verdict, sizeof f->r.verdict,
        "stalled after %llu steps: the loss stays the same, but the norm of the gradient is %.2g",
        (unsigned long long)f->r.steps, f->r.gradient_norm);
    return true;
}

static bool is_stationary(fit *f, double loss)
{
    if (!wicki_trend_is_over(&f->trend, loss))
        return false;
    f->r.stop = WICK_STOP_CONVERGED;
    snprintf(f->r.verdict, sizeof f->r.verdict,
        "converged after %llu steps: over the last %llu the mean loss fell by %.2g, with a "
        "standard error of %.2g",
        (unsigned long long)f->r.steps, (unsigned long long)f->trend.compared, f->trend.fall,
        f->trend.error);
    return true;
}

static bool is_over(fit *f, double loss)
{
    if (f->o.callback && !f->o.callback(f->r.steps, loss, f->o.callback_arg)) {
        f->r.stop = WICK_STOP_CALLBACK;
        snprintf(f->r.verdict, sizeof f->r.verdict, "stopped by the callback at step %llu",
            (unsigned long long)f->r.steps);
        return true;
    }
    if (f->o.rule == WICK_RULE_NONE)
        return false;
    return f->r.noisy ? is_stationary(f, loss) : is_settled(f, loss);
}

static void say_steps(fit *f)
{
    const unsigned long long steps = f->r.steps;

    f->r.stop = WICK_STOP_STEPS;
    if (f->o.rule == WICK_RULE_NONE)
        snprintf(f->r.verdict, sizeof f->r.verdict, "all %llu steps are done", steps);
    else if (!f->r.noisy)
        snprintf(f->r.verdict, sizeof f->r.verdict,
            "not converged: all %llu steps are done, the norm of the gradient is %.2g", steps,
            f->r.gradient_norm);
    else if (f->trend.compared == 0)
        snprintf(f->r.verdict, sizeof f->r.verdict,
            "not converged: all %llu steps are done, too few to tell", steps);
    else
        snprintf(f->r.verdict, sizeof f->r.verdict,
            "not converged: all %llu steps are done, and over the last %llu the mean loss fell by "
            "%.2g, with a standard error of %.2g",
            steps, (unsigned long long)f->trend.compared, f->trend.fall, f->trend.error);
}

/* --- the end ----------------------------------------------------------------------------------- */

/* The loss where the last step led to. Where it is not finite the parameters before were better. */
static void look_at_end(fit *f)
{
    wick *w = f->svi->w;

    f->r.loss = wick_svi_evaluate(f->svi);
    if (wick_status(w) == WICK_ERR_NONFINITE) {
        wick_clear(w);
        f->r.loss = INFINITY;
    }
    if (!wicki_ok(w) || f->r.best <= f->r.loss)
        return;
    f->r.best = f->r.loss;
    f->r.best_step = f->r.steps;
    if (f->o.keep == WICK_KEEP_BEST)
        f->kept.n_best = 0; /* those that stand there are the best */
}

static void finish(fit *f)
{
    wick *w = f->svi->w;

    if (f->r.noisy && f->window.n > 0 && isnan(f->r.best))
        f->r.loss = f->window.mean; /* not one window is full */
    if (!f->r.noisy && f->r.steps > 0 && wicki_ok(w))
        look_at_end(f);
    if (wicki_kept_is_current(&f->kept, w->store)) {
        if (f->o.keep == WICK_KEEP_BEST && f->kept.n_best > 0)
            wicki_kept_copy_in(w->store, f->kept.best);
        if (f->o.keep == WICK_KEEP_AVERAGE)
            wicki_kept_average(&f->kept, w->store);
    }
    wicki_kept_free(w, &f->kept);
    f->r.converged = f->r.stop == WICK_STOP_CONVERGED;
    if (wicki_ok(w))
        return;
    f->r.stop = WICK_STOP_ERROR;
    f->r.converged = false;
    snprintf(f->r.verdict, sizeof f->r.verdict, "step %llu failed: %.180s",
        (unsigned long long)f->r.steps, wick_message(w));
}

/* --- steps ------------------------------------------------------------------------------------- */

/* One step; false if the run is over. */
static bool advance(fit *f)
{
    wick_svi *svi = f->svi;
    const uint64_t draws = svi->w->draws;

    if (!prepare(f))
        return false;
    const double loss = wick_svi_step(svi);
    if (!wicki_ok(svi->w))
        return false;
    if (f->r.steps < f->o.n_losses && f->o.losses)
        f->o.losses[f->r.steps] = loss;
    f->r.steps++;
    f->r.gradient_norm = wick_svi_gradient_norm(svi, NULL);
    note_noise(f, draws);
    if (f->r.noisy)
        note_noisy(f, loss);
    else
        note_exact(f, loss);
    if (f->o.keep == WICK_KEEP_AVERAGE)
        note_average(f);
    return !is_over(f, loss) && wicki_ok(svi->w);
}

static bool tolerance_holds(wick *w, const char *name, double x)
{
    if (x >= 0.0)
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_run: %s is %g, need 0 or more", name, x);
    return false;
}

static void set_defaults(wick_svi_run_options *o)
{
    o->steps = o->steps ? o->steps : 10000;
    o->loss_tolerance = wicki_chosen(o->loss_tolerance, 1e-10);
    o->gradient_tolerance = wicki_chosen(o->gradient_tolerance, 1e-6);
    o->min_steps = o->min_steps ? o->min_steps : 1024;
    o->window = o->window ? o->window : 100;
}

wick_svi_result wick_svi_run(wick_svi *svi, const wick_svi_run_options *options)
{
    fit f = { .svi = svi,
        .r = { .loss = NAN,
            .best = NAN,
            .gradient_norm = NAN,
            .stop = WICK_STOP_ERROR,
            .verdict = "not started: see wick_message" },
        .before = NAN,
        .lowest = NAN };

    if (options)
        f.o = *options;
    set_defaults(&f.o);
    f.trend = wicki_trend_new(f.o.min_steps, f.o.loss_tolerance);
    f.r.noisy = f.o.rule == WICK_RULE_NOISY;
    if (!wicki_svi_ready(svi, "wick_svi_run") ||
        !tolerance_holds(svi->w, "loss_tolerance", f.o.loss_tolerance) ||
        !tolerance_holds(svi->w, "gradient_tolerance", f.o.gradient_tolerance))
        return f.r;
    f.r.loss = wick_svi_evaluate(svi);
    while (wicki_ok(svi->w) && f.r.stop == WICK_STOP_ERROR && advance(&f))
        if (f.r.steps == f.o.steps)
            say_steps(&f);
    finish(&f);
    return f.r;
}
