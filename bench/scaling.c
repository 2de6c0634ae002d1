/*
 * How time and memory of a gradient grow with the points and the components of a mixture (W4,
 * diagonal): for each size a process of its own. Prints a table that scaling.gp draws.
 */
#include "bench/clusters.h"
#include "bench/fit.h"
#include "bench/timing.h"
#include "bench/w4_limit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { D = CLUSTERS_D };

static clusters data;

static void start(double *u)
{
    clusters_start(&data, u);
}

static double find_median(bench_variant *v)
{
    const double seconds = 2.0;

    bench_measure(1, v, seconds);
    return v->median;
}

static double time_wick(void *arg)
{
    const workload gradient = { .model = { clusters_model, &data },
        .guide = { clusters_guide, &data },
        .parameters = { clusters_define, &data },
        .optim = workload_idle(),
        .list = { { "weights", data.k }, { "locs", data.k * D }, { "scales", data.k * D } },
        .start = start };
    const fit_engine compiled = { .name = "wick_compiled", .compile = true };
    fit f;
    bench_variant v = { .name = compiled.name, .run = fit_run, .arg = &f };

    (void)arg;
    if (!clusters_make(&data))
        return NAN;
    fit_start(&f, &gradient, &compiled);
    const double ns = find_median(&v);
    if (wick_status(f.w) != WICK_OK) {
        fprintf(stderr, "scaling: %s\n", wick_message(f.w));
        return NAN;
    }
    return ns;
}

static void run_limit(void *arg, size_t times)
{
    const double *u = arg;
    double g[W4_DIAGONAL_PARAMS];

    for (size_t i = 0; i < times; i++)
        w4_limit_diagonal(data.n, data.x, u, g);
}

static double time_limit(void *arg)
{
    double u[W4_DIAGONAL_PARAMS];
    bench_variant v = { .name = "limit", .run = run_limit, .arg = u };

    (void)arg;
    if (!clusters_make(&data))
        return NAN;
    start(u);
    return find_median(&v);
}

static int measure(
    const char *sweep, const char *variant, double (*work)(void *), size_t n, size_t k)
{
    data = (clusters){ .n = n, .k = k };
    const bench_report r = bench_alone(work, NULL);
    if (r.peak_rss_kib < 0 || isnan(r.result)) {
        fprintf(stderr, "scaling: %s fails for %zu points, %zu components\n", variant, n, k);
        return 1;
    }
    printf("%s\t%s\t%zu\t%zu\t%.1f\t%.3f\t%ld\t%zu\n", sweep, variant, n, k, r.result,
        r.result / (double)n, r.peak_rss_kib, n * D * sizeof(double) / 1024);
    fflush(stdout);
    return 0;
}

int main(void)
{
    int failed = 0;

    puts("sweep\tvariant\tn\tk\tns\tns_per_point\tpeak_rss_kib\tdata_kib");
    for (size_t n = 1000; n <= 10000000; n *= 10) {
        failed |= measure("points", "limit", time_limit, n, W4_K);
        failed |= measure("points", "wick_compiled", time_wick, n, W4_K);
    }
    for (size_t k = 2; k <= 64; k *= 2)
        failed |= measure("components", "wick_compiled", time_wick, 100000, k);
    return failed;
}
