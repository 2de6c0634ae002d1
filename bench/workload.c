#include "bench/workload.h"

#include "bench/fit.h"
#include "bench/timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const fit_engine ENGINES[] = {
    { .name = "wick_eager" },
    { .name = "wick_compiled", .compile = true },
    { .name = "wick_compiled_2t", .compile = true, .threads = 2 },
    { .name = "wick_compiled_portable", .compile = true, .math = WICK_MATH_PORTABLE },
};
enum { N_ENGINES = sizeof ENGINES / sizeof *ENGINES };

static const double TOLERANCE = 1e-9; /* relative to the loss, or to the largest gradient */

/* --- do all compute the same? ------------------------------------------------------------------- */

enum { STEPS = 2 }; /* a compiled step records in the first */

/* Losses and gradients of some steps. */
typedef struct course {
    double loss[STEPS], *g[STEPS];
} course;

/* Each step starts a little further from the start. */
static void move(size_t n, double *u, int step)
{
    for (size_t i = 0; i < n; i++)
        u[i] += 0.01 * step * ((double)(i % 5) - 2.0);
}

static bool near(const char *what, double got, double want, double size)
{
    const bool good = fabs(got - want) <= TOLERANCE * size;

    if (!good)
        fprintf(stderr, "%s is %.17g, need %.17g, in ", what, got, want);
    return good;
}

static bool step_agrees(size_t n, const course *got, const course *want, int step)
{
    const double *g = got->g[step], *expected = want->g[step];
    bool good = near("the loss", got->loss[step], want->loss[step], fabs(want->loss[step]));
    double size = 0.0;

    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(expected[i]));
    for (size_t i = 0; i < n && good; i++)
        good = near("a gradient", g[i], expected[i], size);
    return good;
}

static bool agree(
    const workload *work, const fit_engine *engine, size_t n, const course *got, const course *want)
{
    for (int step = 0; step < STEPS; step++)
        if (!step_agrees(n, got, want, step)) {
            fprintf(stderr, "step %d of %s %s\n", step, work->name, engine->name);
            return false;
        }
    return true;
}

static bool report_error(const workload *work, const char *name, const fit *f)
{
    if (wick_status(f->w) != WICK_OK)
        fprintf(stderr, "%s %s: %s\n", work->name, name, wick_message(f->w));
    return wick_status(f->w) == WICK_OK;
}

/* Steps of wick from moving starts, and beside them, where wanted, the limit's gradients. */
static bool follow(const workload *work, const fit_engine *engine, course *got, course *limit)
{
    const size_t n = fit_size(work);
    double *u = calloc(n, sizeof *u);
    fit f;

    (limit ? fit_start_watched : fit_start_gradient)(&f, work, engine);
    for (int step = 0; step < STEPS && u; step++) {
        work->start(u);
        move(n, u, step);
        got->loss[step] = fit_gradient(&f, u, got->g[step]);
        if (limit)
            limit->loss[step] = work->limit_gradient(u, limit->g[step]);
    }
    const bool good = u && report_error(work, engine->name, &f);
    fit_stop(&f);
    free(u);
    return good;
}

/* Eager steps against the limit, all others against them. Says of each whether it is right. */
static void check(const workload *work, bool right[N_ENGINES])
{
    enum { LIMIT, EAGER, OTHER, COURSES };
    const bool watched = work->watched_guide.fn || work->watched_model.fn;
    const size_t n = fit_size(work);
    double *g = calloc(COURSES * STEPS * n, sizeof *g);
    course c[COURSES];

    for (size_t i = 0; i < COURSES * STEPS; i++)
        c[i / STEPS].g[i % STEPS] = g + i * n;
    right[0] = g && follow(work, &ENGINES[0], &c[EAGER], &c[LIMIT]) &&
        agree(work, &ENGINES[0], n, &c[EAGER], &c[LIMIT]);
    if (right[0] && watched) /* steps that nobody watches may draw differently */
        right[0] = follow(work, &ENGINES[0], &c[EAGER], NULL);
    for (size_t i = 1; i < N_ENGINES; i++)
        right[i] = right[0] && follow(work, &ENGINES[i], &c[OTHER], NULL) &&
            agree(work, &ENGINES[i], n, &c[OTHER], &c[EAGER]);
    free(g);
}

/* --- memory ------------------------------------------------------------------------------------- */

typedef struct candidate {
    const workload *work;
    const fit_engine *engine; /* NULL: the limit */
} candidate;

static double run_alone(void *arg)
{
    enum { STEPS_ALONE = 4 };
    const candidate *c = arg;
    fit f;

    if (c->work->make && !c->work->make())
        return 0.0;
    if (c->engine) {
        fit_start(&f, c->work, c->engine);
        fit_run(&f, STEPS_ALONE);
    } else {
        c->work->limit(NULL, STEPS_ALONE);
    }
    return 0.0;
}

static double make_data(void *arg)
{
    const candidate *c = arg;

    return c->work->make && c->work->make();
}

static void measure_memory(const workload *work, long *limit_kib, long kib[N_ENGINES])
{
    candidate c = { work, NULL };

    fprintf(stderr, "# %s: %ld KiB with the data alone\n", work->name,
        bench_alone(make_data, &c).peak_rss_kib);
    *limit_kib = bench_alone(run_alone, &c).peak_rss_kib;
    for (size_t i = 0; i < N_ENGINES; i++) {
        c.engine = &ENGINES[i];
        kib[i] = bench_alone(run_alone, &c).peak_rss_kib;
    }
}

/* --- all of it ---------------------------------------------------------------------------------- */

/* No errors, and no calls of the allocator once the steps have found their size. */
static bool went_well(const workload *work, const char *name, const fit *f)
{
    const size_t late = f->allocations - f->warm_allocations;

    if (late > 0)
        fprintf(stderr, "%s %s: %zu allocations in %zu steps\n", work->name, name, late, f->steps);
    return report_error(work, name, f) && late == 0;
}

static bool measure(const workload *work, size_t n, bench_variant *variants, fit *fits)
{
    bool good = true;

    bench_measure(n, variants, work->seconds);
    for (size_t i = 1; i < n; i++) {
        good &= went_well(work, variants[i].name, &fits[i]);
        fit_stop(&fits[i]);
    }
    bench_print(work->name, n, variants);
    return good;
}

static double run(void *arg)
{
    const workload *work = ((const candidate *)arg)->work;
    bench_variant variants[1 + N_ENGINES] = { { .name = "limit", .run = work->limit } };
    long kib[N_ENGINES];
    bool right[N_ENGINES];
    fit fits[1 + N_ENGINES];
    size_t n = 1;

    measure_memory(work, &variants[0].peak_rss_kib, kib);
    if (work->make && !work->make()) {
        fprintf(stderr, "%s: no memory for the data\n", work->name);
        return 1.0;
    }
    check(work, right);
    for (size_t i = 0; i < N_ENGINES; i++)
        if (right[i]) {
            fit_start(&fits[n], work, &ENGINES[i]);
            variants[n] = (bench_variant){
                .name = ENGINES[i].name, .run = fit_run, .arg = &fits[n], .peak_rss_kib = kib[i]
            };
            n++;
        }
    return !measure(work, n, variants, fits) || n != 1 + N_ENGINES;
}

/* In a process of its own, so that no workload finds memory that another has left. */
int workload_run(const workload *work)
{
    candidate c = { .work = work };
    const bench_report r = bench_alone(run, &c);

    return r.peak_rss_kib < 0 || r.result != 0.0;
}
