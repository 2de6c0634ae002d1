/*
 * W4, a large mixture of 16 Gaussians in 8 dimensions, with diagonal and with full covariances: a
 * gradient. An argument gives another number of points than a million.
 */
#include "bench/clusters.h"
#include "bench/w4_limit.h"
#include "bench/workload.h"

#include <stdio.h>
#include <stdlib.h>

enum { D = W4_D, K = W4_K };

static clusters data = { .n = 1000000, .k = K };

static bool make(void)
{
    return data.x || clusters_make(&data);
}

static void start(double *u)
{
    clusters_start(&data, u);
}

static double limit_gradient(const double *u, double *g)
{
    return (data.full ? w4_limit_full : w4_limit_diagonal)(data.n, data.x, u, g);
}

static void run_limit(void *arg, size_t times)
{
    double u[W4_FULL_PARAMS], g[W4_FULL_PARAMS];

    (void)arg;
    start(u);
    for (size_t i = 0; i < times; i++) {
        limit_gradient(u, g);
        u[W4_LOGIT] += 1e-300 * g[W4_LOGIT];
    }
}

static int run(bool full)
{
    const workload gradient = { .name = full ? "W4_full" : "W4_diagonal",
        .seconds = 20.0,
        .make = make,
        .model = { clusters_model, &data },
        .guide = { clusters_guide, &data },
        .parameters = { clusters_define, &data },
        .optim = workload_idle(),
        .list = { { "weights", K }, { "locs", K * D }, { "scales", full ? K * D * D : K * D } },
        .start = start,
        .limit_gradient = limit_gradient,
        .limit = run_limit };

    data.full = full;
    return workload_run(&gradient);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        data.n = strtoul(argv[1], NULL, 10);
    if (data.n < K) {
        fprintf(stderr, "usage: w4 [POINTS], at least %d\n", K);
        return 2;
    }
    const int diagonal = run(false), full = run(true);
    return diagonal || full;
}
