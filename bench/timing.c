#include "bench/timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ROUNDS = 201, MAX_VARIANTS = 16 };

/* ns: long beside a look at the clock, short beside the time slices of a busy machine */
static const double SHORTEST_BATCH = 2e5;

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

long bench_peak_rss_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static double time_of(const bench_variant *v, size_t times)
{
    const double start = bench_now();

    v->run(v->arg, times);
    return bench_now() - start;
}

/* How many runs make a batch. */
static size_t batch_of(const bench_variant *v)
{
    size_t times = 1;

    while (time_of(v, times) < SHORTEST_BATCH)
        times *= 2;
    return times;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void bench_measure(size_t n, bench_variant *variants)
{
    static double ns[MAX_VARIANTS][ROUNDS];
    size_t batch[MAX_VARIANTS];

    for (size_t i = 0; i < n; i++) {
        batch[i] = batch_of(&variants[i]);
        variants[i].peak_rss_kib = bench_peak_rss_kib();
    }
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++)
            ns[i][round] = time_of(&variants[i], batch[i]) / (double)batch[i];
    for (size_t i = 0; i < n; i++) {
        qsort(ns[i], ROUNDS, sizeof(double), compare);
        variants[i].lower = ns[i][ROUNDS / 4];
        variants[i].median = ns[i][ROUNDS / 2];
        variants[i].upper = ns[i][ROUNDS - 1 - ROUNDS / 4];
    }
}

void bench_print_header(void)
{
    puts("workload\tvariant\tns\tratio_to_limit\tpeak_rss_kib");
}

static double limit_of(const bench_variant *v, size_t n, const bench_variant *variants)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(variants[i].name, v->limit) == 0)
            return variants[i].median;
    return v->median;
}

void bench_print(const char *workload, size_t n, const bench_variant *variants)
{
    for (size_t i = 0; i < n; i++) {
        const bench_variant *v = &variants[i];
        printf("%s\t%s\t%.1f\t%.2f\t%ld\n", workload, v->name, v->median,
            v->median / limit_of(v, n, variants), v->peak_rss_kib);
    }
    for (size_t i = 0; i < n; i++)
        printf("# %s %s: quartiles %.1f and %.1f ns\n", workload, variants[i].name,
            variants[i].lower, variants[i].upper);
}
