/*
 * EM for W4, a mixture of 16 Gaussians in 8 dimensions with diagonal and with full covariances: an
 * iteration. `wick_em` looks at the data once and iterates, as gmm_em_fit does, `wick_push` is given
 * them anew in each iteration, in batches. Memory is that of a process which made the data and did
 * four iterations; that of gmm_em_fit with its default settings, four iterations of each start, is
 * among the notes. An argument gives another number of rows than a million.
 */
#include "bench/clusters.h"
#include "bench/em_limit.h"
#include "bench/timing.h"
#include "models/gmm_em.h"
#include "models/gmm_em_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { D = W4_D, K = W4_K, ITERATIONS = 4, BATCH = 100000 };

static const double SECONDS = 20.0, TOLERANCE = 1e-9;

static clusters data = { .n = 1000000, .k = K };
static bool full;

/* --- wick --------------------------------------------------------------------------------------- */

/* A way to iterate, and how far it has come. */
typedef struct engine {
    const char *name;
    size_t threads;
    wick_math math;
    bool in_batches;

    wick *w;
    gmm_rows *rows;
    gmm_em *em;
    double log_likelihood;
} engine;

static const engine ENGINES[] = {
    { .name = "wick_em" },
    { .name = "wick_em_2t", .threads = 2 },
    { .name = "wick_em_portable", .math = WICK_MATH_PORTABLE },
    { .name = "wick_push", .in_batches = true },
};
enum { N_ENGINES = sizeof ENGINES / sizeof *ENGINES };

static gmm_mixture *make_start(wick *w)
{
    gmm_mixture *m = gmm_mixture_new(w, K, D, full ? GMM_FULL : GMM_DIAGONAL);
    em_limit from;

    em_limit_start(&from, full, data.n, data.x);
    for (size_t i = 0; m && i < K * D; i++)
        m->loc[i] = from.loc[i / D][i % D] + from.centre[i % D];
    return m;
}

static void engine_start(engine *e)
{
    e->w = wick_new(&(wick_options){ .math = e->math });
    gmm_mixture *start = make_start(e->w);
    e->rows = gmm_rows_new(e->w, "em", data.n, D, data.x, NULL);
    if (start && e->rows)
        e->em = gmm_em_new(e->w, start, &(gmm_em_step_options){ .threads = e->threads });
    gmm_mixture_free(start);
}

static void engine_stop(engine *e)
{
    gmm_em_free(e->em);
    gmm_rows_free(e->rows);
    wick_free(e->w);
}

static void push_batches(engine *e)
{
    for (size_t i = 0; i < data.n; i += BATCH)
        gmm_em_push(e->em, data.n - i < BATCH ? data.n - i : BATCH, data.x + i * D, NULL);
}

static void engine_run(void *arg, size_t times)
{
    engine *e = arg;

    for (size_t i = 0; i < times; i++) {
        if (e->in_batches)
            push_batches(e);
        else
            gmm_em_push_rows(e->em, e->rows);
        e->log_likelihood = gmm_em_update(e->em, 0.0);
    }
}

/* --- the limit ---------------------------------------------------------------------------------- */

static em_limit limit;

static void limit_run(void *arg, size_t times)
{
    (void)arg;
    for (size_t i = 0; i < times; i++)
        em_limit_iterate(&limit, data.n, data.x);
}

/* --- do all compute the same? ------------------------------------------------------------------- */

static bool is_near(const char *what, double got, double want, double size)
{
    const bool good = fabs(got - want) <= TOLERANCE * size;

    if (!good)
        fprintf(stderr, "%s is %.17g, need %.17g, in ", what, got, want);
    return good;
}

static bool component_agrees(const gmm_mixture *m, size_t k)
{
    double covariance[D * D];
    bool good = is_near("a weight", m->weights[k], limit.weight[k], 1.0);

    gmm_mixture_covariance(m, k, covariance);
    for (size_t i = 0; i < D && good; i++)
        good = is_near("a loc", m->loc[k * D + i], limit.loc[k][i] + limit.centre[i], 10.0);
    for (size_t i = 0; i < D * D && good; i++)
        good = is_near("a covariance", covariance[i], limit.covariance[k][i / D][i % D], 10.0);
    return good;
}

static bool engine_agrees(engine e)
{
    bool good = true;

    engine_start(&e);
    em_limit_start(&limit, full, data.n, data.x);
    for (int i = 0; i < ITERATIONS && good; i++) {
        const double want = em_limit_iterate(&limit, data.n, data.x);
        engine_run(&e, 1);
        good = is_near("the log-likelihood", e.log_likelihood, want, fabs(want));
    }
    for (size_t k = 0; k < K && good; k++)
        good = component_agrees(gmm_em_mixture(e.em), k);
    if (!good)
        fprintf(stderr, "%s: %s\n", e.name, wick_message(e.w));
    engine_stop(&e);
    return good;
}

/* --- memory ------------------------------------------------------------------------------------- */

static bool have_data(void)
{
    return data.x || clusters_make(&data);
}

static double data_alone(void *arg)
{
    (void)arg;
    return have_data();
}

static double limit_alone(void *arg)
{
    have_data();
    em_limit_start(&limit, full, data.n, data.x);
    limit_run(arg, ITERATIONS);
    return 0.0;
}

static double engine_alone(void *arg)
{
    engine e = *(const engine *)arg;

    have_data();
    engine_start(&e);
    engine_run(&e, ITERATIONS);
    engine_stop(&e);
    return 0.0;
}

static double fit_alone(void *arg)
{
    (void)arg;
    wick *w = wick_new(NULL);
    gmm_mixture *out = have_data() ? make_start(w) : NULL;
    const gmm m = { .components = K,
        .dimensions = D,
        .covariance = full ? GMM_FULL : GMM_DIAGONAL,
        .n = data.n,
        .x = data.x };

    if (out)
        gmm_em_fit(w, &m, &(gmm_em_options){ .max_iterations = ITERATIONS }, out);
    const bool good = out && wick_status(w) == WICK_OK;
    if (!good)
        fprintf(stderr, "gmm_em_fit: %s\n", wick_message(w));
    gmm_mixture_free(out);
    wick_free(w);
    return !good;
}

static void measure_memory(const char *name, bench_variant *variants)
{
    fprintf(stderr, "# %s: %ld KiB with the data alone, %ld KiB with gmm_em_fit\n", name,
        bench_alone(data_alone, NULL).peak_rss_kib, bench_alone(fit_alone, NULL).peak_rss_kib);
    variants[0].peak_rss_kib = bench_alone(limit_alone, NULL).peak_rss_kib;
    for (size_t i = 0; i < N_ENGINES; i++) {
        engine e = ENGINES[i];
        variants[1 + i].peak_rss_kib = bench_alone(engine_alone, &e).peak_rss_kib;
    }
}

/* --- all of it ---------------------------------------------------------------------------------- */

static double run(void *arg)
{
    (void)arg;
    const char *name = full ? "EM_full" : "EM_diagonal";
    bench_variant variants[1 + N_ENGINES] = { { .name = "limit", .run = limit_run } };
    engine engines[N_ENGINES];
    bool good = true;

    measure_memory(name, variants);
    if (!have_data())
        return 1.0;
    for (size_t i = 0; i < N_ENGINES; i++) {
        good &= engine_agrees(ENGINES[i]);
        engines[i] = ENGINES[i];
        engine_start(&engines[i]);
        variants[1 + i].name = engines[i].name;
        variants[1 + i].run = engine_run;
        variants[1 + i].arg = &engines[i];
    }
    em_limit_start(&limit, full, data.n, data.x);
    if (good)
        bench_measure(1 + N_ENGINES, variants, SECONDS);
    if (good)
        bench_print(name, 1 + N_ENGINES, variants);
    for (size_t i = 0; i < N_ENGINES; i++)
        engine_stop(&engines[i]);
    return !good;
}

/* In a process of its own, so that it finds no memory that the other has left. */
static int run_form(bool is_full)
{
    full = is_full;
    const bench_report r = bench_alone(run, NULL);
    return r.peak_rss_kib < 0 || r.result != 0.0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        data.n = strtoul(argv[1], NULL, 10);
    if (data.n < K) {
        fprintf(stderr, "usage: em [ROWS], at least %d\n", K);
        return 2;
    }
    const int diagonal = run_form(false), others = run_form(true);
    return diagonal || others;
}
