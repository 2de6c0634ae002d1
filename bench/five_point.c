/*
 * W1, the mixture of five points: a step of wick beside the limit. Says on stderr what is wrong
 * and returns 1 if the two do not agree, or if a warm step allocates.
 */
#include "bench/timing.h"
#include "bench/w1_limit.h"

#include "base/handle.h"
#include "tape/tape.h"

#include <wick/wick.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { K = 2, N = 5, STEPS = 200, WARM_STEPS = 10000 };

static const double POINTS[N] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
static const char *const PARAMS[] = { "AutoDelta.weights", "AutoDelta.scale", "AutoDelta.locs" };
static const size_t OFFSETS[] = { W1_LOGIT, W1_LOG_SCALE, W1_LOC, W1_PARAMS };
enum { N_PARAMS = sizeof PARAMS / sizeof *PARAMS };

/* --- the model and its start -------------------------------------------------------------------- */

static void model(wick *w, void *arg)
{
    wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 0.5, K)));
    wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 2.0));
    wick_var locs = WICK_VAR_NONE;

    (void)arg;
    WICK_PLATE (w, "components", K)
        locs = wick_sample(w, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (w, "data", N) {
        wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_normal(wick_take(locs, z), scale), wick_data(w, POINTS, N));
    }
}

/* --- a fit that counts its allocations ---------------------------------------------------------- */

typedef struct eager_fit {
    wick *w;
    wick_guide *guide;
    wick_svi *svi;
    size_t allocations;
} eager_fit;

static void *count_allocation(size_t size, void *arg)
{
    size_t *allocations = arg;

    ++*allocations;
    return malloc(size);
}

static void release(void *memory, void *arg)
{
    (void)arg;
    free(memory);
}

/* Puts u where the parameters are. */
static void set(wick *w, const double u[W1_PARAMS])
{
    for (size_t p = 0; p < N_PARAMS; p++)
        wick_param_set_unconstrained(w, PARAMS[p], u + OFFSETS[p], OFFSETS[p + 1] - OFFSETS[p]);
}

static void get(wick *w, double u[W1_PARAMS])
{
    for (size_t p = 0; p < N_PARAMS; p++)
        wick_param_get_unconstrained(w, PARAMS[p], u + OFFSETS[p], OFFSETS[p + 1] - OFFSETS[p]);
}

static void start(eager_fit *fit, wick_optim optim)
{
    const wick_program mixture = { model, NULL };

    *fit = (eager_fit){ .allocations = 0 };
    fit->w =
        wick_new(&(wick_options){ .allocator = { count_allocation, release, &fit->allocations } });
    fit->guide = wick_auto_delta_new(fit->w, mixture, NULL);
    fit->svi = wick_svi_new(fit->w, mixture, wick_guide_program(fit->guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = optim });
    wick_svi_evaluate(fit->svi); /* makes the parameters */
    set(fit->w, w1_limit_start().u);
}

static void stop(eager_fit *fit)
{
    wick_svi_free(fit->svi);
    wick_guide_free(fit->guide);
    wick_free(fit->w);
}

static wick_optim adam(void)
{
    return wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99);
}

/* --- do the two compute the same? --------------------------------------------------------------- */

/* An optimiser that leaves the gradient in place of the parameter. */
static void keep_gradient(const wick_optim *self, const wick_update *u)
{
    (void)self;
    memcpy(u->value, u->gradient, u->n * sizeof *u->value);
}

static bool near(const char *what, double got, double want, double tolerance)
{
    const bool good = fabs(got - want) <= tolerance;

    if (!good)
        fprintf(stderr, "five_point: %s is %.17g, need %.17g\n", what, got, want);
    return good;
}

/* wick's loss and gradient at u are the limit's, up to rounding. */
static bool gradients_agree(const double u[W1_PARAMS])
{
    eager_fit fit;
    double got[W1_PARAMS] = { 0.0 }, want[W1_PARAMS];

    start(&fit, (wick_optim){ .update = keep_gradient });
    set(fit.w, u);
    const double limit_loss = w1_limit_gradient(u, want), loss = wick_svi_step(fit.svi);
    get(fit.w, got);
    stop(&fit);
    bool good = near("wick's loss", loss, limit_loss, 1e-12 * fabs(limit_loss));
    for (size_t i = 0; i < W1_PARAMS; i++)
        good &= near("wick's gradient", got[i], want[i], 1e-12 * (1.0 + fabs(want[i])));
    return good;
}

/* The losses that Pyro's tutorial reaches from the start and after 200 steps. */
static bool limit_is_right(void)
{
    w1_fit fit = w1_limit_start();
    double g[W1_PARAMS];
    bool good = near("the limit's first loss", w1_limit_gradient(fit.u, g), 25.665584461, 5e-10);

    good &= gradients_agree(fit.u);
    for (size_t i = 0; i < STEPS; i++) {
        w1_limit_step(&fit);
        if (i % 50 == 9)
            good &= gradients_agree(fit.u);
    }
    return good & near("the limit's last loss", w1_limit_gradient(fit.u, g), 17.4432549, 5e-8);
}

/* --- what is timed ------------------------------------------------------------------------------ */

static void run_limit(void *arg, size_t times)
{
    for (size_t i = 0; i < times; i++)
        w1_limit_step(arg);
}

/* Each gradient waits for the one before it, as in any fit. */
static void run_limit_gradient(void *arg, size_t times)
{
    w1_fit *fit = arg;
    double g[W1_PARAMS];

    for (size_t i = 0; i < times; i++) {
        w1_limit_gradient(fit->u, g);
        fit->u[W1_LOG_SCALE] += 1e-300 * g[W1_LOG_SCALE];
    }
}

static void run_wick(void *arg, size_t times)
{
    for (size_t i = 0; i < times; i++)
        wick_svi_step(((const eager_fit *)arg)->svi);
}

static void run_wick_evaluate(void *arg, size_t times)
{
    for (size_t i = 0; i < times; i++)
        wick_svi_evaluate(((const eager_fit *)arg)->svi);
}

/* --- what a step holds -------------------------------------------------------------------------- */

static bool print_memory(eager_fit *fit)
{
    const wick *w = fit->w;

    run_wick(fit, STEPS);
    const size_t before = fit->allocations;
    run_wick(fit, WARM_STEPS);
    const size_t allocations = fit->allocations - before;
    printf("# W1 wick_eager: %u nodes on the tape, %zu of %zu bytes of the arena in use, "
           "%zu allocations in %d warm steps\n",
        (unsigned)w->tape->n_nodes, wicki_arena_used(&w->arena), wicki_arena_capacity(&w->arena),
        allocations, WARM_STEPS);
    return allocations == 0;
}

int main(void)
{
    w1_fit limit = w1_limit_start(), fixed = w1_limit_start();
    eager_fit fit;

    start(&fit, adam());
    bench_variant variants[] = {
        { .name = "limit", .run = run_limit, .arg = &limit, .limit = "limit" },
        { .name = "limit_gradient",
            .run = run_limit_gradient,
            .arg = &fixed,
            .limit = "limit_gradient" },
        { .name = "wick_eager", .run = run_wick, .arg = &fit, .limit = "limit" },
        { .name = "wick_eager_evaluate",
            .run = run_wick_evaluate,
            .arg = &fit,
            .limit = "limit_gradient" },
    };
    const size_t n = sizeof variants / sizeof *variants;

    const bool right = limit_is_right();
    bench_measure(n, variants);
    bench_print_header();
    bench_print("W1", n, variants);
    const bool flat = print_memory(&fit);
    const bool failed = wick_status(fit.w) != WICK_OK;
    if (failed)
        fprintf(stderr, "five_point: %s\n", wick_message(fit.w));
    stop(&fit);
    return failed || !right || !flat;
}
