/*
 * W1, a mixture of five points (Pyro's tutorial): a step of the fit, and a gradient alone.
 */
#include "bench/w1_limit.h"
#include "bench/workload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { K = 2, N = 5, STEPS = 200 };

static const double POINTS[N] = { 0.0, 1.0, 10.0, 11.0, 12.0 };

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

/* --- the limit ---------------------------------------------------------------------------------- */

static void start(double *u)
{
    memcpy(u, w1_limit_start().u, W1_PARAMS * sizeof *u);
}

static void run_limit(void *arg, size_t times)
{
    static w1_fit fit;

    (void)arg;
    if (fit.power1 == 0.0)
        fit = w1_limit_start();
    for (size_t i = 0; i < times; i++)
        w1_limit_step(&fit);
}

/* Each gradient waits for the one before it, as in any fit. */
static void run_limit_gradient(void *arg, size_t times)
{
    w1_fit fit = w1_limit_start();
    double g[W1_PARAMS];

    (void)arg;
    for (size_t i = 0; i < times; i++) {
        w1_limit_gradient(fit.u, g);
        fit.u[W1_LOG_SCALE] += 1e-300 * g[W1_LOG_SCALE];
    }
}

static bool near(const char *what, double got, double want, double tolerance)
{
    const bool good = fabs(got - want) <= tolerance;

    if (!good)
        fprintf(stderr, "W1: the limit's %s is %.17g, need %.17g\n", what, got, want);
    return good;
}

/* The losses that Pyro's tutorial reaches from the start and after 200 steps. */
static bool limit_is_right(void)
{
    w1_fit fit = w1_limit_start();
    double g[W1_PARAMS];
    const bool good = near("first loss", w1_limit_gradient(fit.u, g), 25.665584461, 5e-10);

    for (size_t i = 0; i < STEPS; i++)
        w1_limit_step(&fit);
    return near("last loss", w1_limit_gradient(fit.u, g), 17.4432549, 5e-8) && good;
}

/* --- both --------------------------------------------------------------------------------------- */

int main(void)
{
    workload step = { .name = "W1",
        .seconds = 6.0,
        .model = { model, NULL },
        .optim = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99),
        .list = { { "AutoDelta.weights", K }, { "AutoDelta.scale", 1 }, { "AutoDelta.locs", K } },
        .start = start,
        .limit_gradient = w1_limit_gradient,
        .limit = run_limit };
    workload gradient = step;

    gradient.name = "W1_gradient";
    gradient.optim = workload_idle();
    gradient.limit = run_limit_gradient;
    const int right = limit_is_right(), failed = workload_run(&step);
    return workload_run(&gradient) || failed || !right;
}
