/*
 * W6, a hidden Markov model of 16 states with Gaussian emissions, 1000 observations, its states
 * summed out: a gradient. With the option `scaling` it prints instead how the time of a step of the
 * chain depends on the length of the chain.
 */
#include "bench/fit.h"
#include "bench/random.h"
#include "bench/timing.h"
#include "bench/w6_limit.h"
#include "bench/workload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { K = W6_K, LONGEST = 100000 };

static double observed[LONGEST];
static size_t length = W6_T;

/* --- the model ---------------------------------------------------------------------------------- */

typedef struct chain {
    wick_var initial, transition, loc, scale;
} chain;

static chain parameters(wick *w)
{
    chain c = { .initial = wick_param(w, "initial", wick_init_fill(1.0 / K, K), wick_simplex()) };

    WICK_PLATE (w, "states", K) {
        c.transition = wick_param(w, "transition", wick_init_fill(1.0 / K, K), wick_simplex());
        c.loc = wick_param(w, "loc", wick_init_num(0.0), wick_real());
    }
    c.scale = wick_param(w, "scale", wick_init_num(1.0), wick_positive());
    return c;
}

static void define(wick *w, void *arg)
{
    (void)arg;
    parameters(w);
}

static void model(wick *w, void *arg)
{
    const chain c = parameters(w);
    wick_var z = WICK_VAR_NONE;

    (void)arg;
    for (size_t t = 0; t < length; t++) {
        z = wick_sample(w, wick_name(w, "z_%zu", t),
            wick_categorical(t == 0 ? c.initial : wick_take(c.transition, z)));
        wick_observe(w, wick_name(w, "y_%zu", t), wick_normal(wick_take(c.loc, z), c.scale),
            wick_num(w, observed[t]));
    }
}

static void guide(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

/* --- data and start ----------------------------------------------------------------------------- */

static void draw_observations(void)
{
    uint64_t state = 23;
    int z = 0;

    for (size_t t = 0; t < LONGEST; t++) {
        if (random_uniform(&state) < 0.1)
            z = (int)(K * random_uniform(&state));
        observed[t] = z + 0.5 * random_normal(&state);
    }
}

static void start(double *u)
{
    for (int i = 0; i < W6_PARAMS; i++)
        u[i] = 0.1 * sin(i);
    for (int k = 0; k < K; k++)
        u[W6_LOC + k] = k + 0.1;
}

static double limit_gradient(const double *u, double *g)
{
    return w6_limit_gradient(observed, u, g);
}

static void run_limit(void *arg, size_t times)
{
    double u[W6_PARAMS], g[W6_PARAMS];

    (void)arg;
    start(u);
    for (size_t i = 0; i < times; i++) {
        w6_limit_gradient(observed, u, g);
        u[0] += 1e-300 * g[0];
    }
}

static workload gradient(void)
{
    return (workload){ .name = "W6",
        .seconds = 12.0,
        .model = { model, NULL },
        .guide = { guide, NULL },
        .parameters = { define, NULL },
        .optim = workload_idle(),
        .list = { { "initial", K }, { "transition", K * K }, { "loc", K }, { "scale", 1 } },
        .start = start,
        .limit_gradient = limit_gradient,
        .limit = run_limit };
}

/* --- scaling ------------------------------------------------------------------------------------ */

static double time_of_step(void *arg)
{
    const workload work = gradient();
    bench_variant v = { .name = "wick", .run = fit_run };
    fit f;

    fit_start(&f, &work, arg);
    v.arg = &f;
    fit_run(&f, 2);
    bench_measure(1, &v, 2.0);
    const bool good = wick_status(f.w) == WICK_OK;
    if (!good)
        fprintf(stderr, "w6: %s\n", wick_message(f.w));
    fit_stop(&f);
    return good ? v.median : NAN;
}

static int scaling(void)
{
    fit_engine engines[] = { { .name = "wick_eager" },
        { .name = "wick_compiled", .compile = true } };
    int failed = 0;

    puts("variant\tlength\tns\tns_per_step\tpeak_rss_kib");
    for (length = 100; length <= LONGEST; length *= 10)
        for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
            const bench_report r = bench_alone(time_of_step, &engines[i]);
            printf("%s\t%zu\t%.0f\t%.1f\t%ld\n", engines[i].name, length, r.result,
                r.result / (double)length, r.peak_rss_kib);
            fflush(stdout);
            failed |= r.peak_rss_kib < 0 || isnan(r.result);
        }
    return failed;
}

int main(int argc, char **argv)
{
    const workload work = gradient();

    draw_observations();
    if (argc > 1 && strcmp(argv[1], "scaling") == 0)
        return scaling();
    return workload_run(&work);
}
