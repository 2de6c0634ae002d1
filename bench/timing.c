#include "bench/timing.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MIN_ROUNDS = 3, MAX_ROUNDS = 2001, MAX_VARIANTS = 16 };

/* ns: long beside a look at the clock and the first run after another program's, with cold caches;
 * short beside the time slices of a busy machine */
static const double SHORTEST_BATCH = 2e6;

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* --- a process of its own ----------------------------------------------------------------------- */

static void report(int to, double result)
{
    bench_report r = { .result = result };
    struct rusage usage;

    fflush(NULL);
    getrusage(RUSAGE_SELF, &usage);
    r.peak_rss_kib = usage.ru_maxrss;
    _exit(write(to, &r, sizeof r) != sizeof r);
}

bench_report bench_alone(double (*work)(void *arg), void *arg)
{
    bench_report r, failed = { .peak_rss_kib = -1 };
    int ends[2];

    fflush(NULL);
    if (pipe(ends) != 0)
        return failed;
    const pid_t child = fork();
    if (child == 0)
        report(ends[1], work(arg));
    close(ends[1]);
    const bool good = child > 0 && read(ends[0], &r, sizeof r) == sizeof r;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return good ? r : failed;
}

/* --- time --------------------------------------------------------------------------------------- */

static double time_of(const bench_variant *v, size_t times)
{
    const double start = bench_now();

    v->run(v->arg, times);
    return bench_now() - start;
}

/* Finds how many runs make a batch, and how many batches fit into that many ns. */
static void plan(bench_variant *v, double ns)
{
    double batch;

    v->run(v->arg, 1); /* may take longer than others */
    for (v->batch = 1; (batch = time_of(v, v->batch)) < SHORTEST_BATCH; v->batch *= 2)
        ;
    const double rounds = ns / batch;
    v->rounds = rounds < MIN_ROUNDS ? MIN_ROUNDS
        : rounds > MAX_ROUNDS       ? MAX_ROUNDS
                                    : (size_t)rounds;
}

/* Are the variant's `rounds` of `all`, evenly spread, due to go on in this one? */
static bool takes_part(const bench_variant *v, size_t round, size_t all)
{
    return (round + 1) * v->rounds / all > round * v->rounds / all;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void find_quartiles(bench_variant *v, double *ns)
{
    qsort(ns, v->rounds, sizeof *ns, compare);
    v->lower = ns[v->rounds / 4];
    v->median = ns[v->rounds / 2];
    v->upper = ns[v->rounds - 1 - v->rounds / 4];
}

void bench_measure(size_t n, bench_variant *variants, double seconds)
{
    static double ns[MAX_VARIANTS][MAX_ROUNDS];
    size_t all = 0, done[MAX_VARIANTS] = { 0 };

    for (size_t i = 0; i < n; i++) {
        plan(&variants[i], 1e9 * seconds / (double)n);
        all = variants[i].rounds > all ? variants[i].rounds : all;
    }
    for (size_t round = 0; round < all; round++)
        for (size_t i = 0; i < n; i++) {
            const bench_variant *v = &variants[i];
            if (takes_part(v, round, all))
                ns[i][done[i]++] = time_of(v, v->batch) / (double)v->batch;
        }
    for (size_t i = 0; i < n; i++)
        find_quartiles(&variants[i], ns[i]);
}

void bench_print(const char *workload, size_t n, const bench_variant *variants)
{
    for (size_t i = 0; i < n; i++) {
        const bench_variant *v = &variants[i];
        printf("%s\t%s\t%.1f\t%.2f\t%ld\n", workload, v->name, v->median,
            v->median / variants[0].median, v->peak_rss_kib);
        fprintf(stderr, "# %s %s: quartiles %.1f and %.1f ns, %zu rounds of %zu\n", workload,
            v->name, v->lower, v->upper, v->rounds, v->batch);
    }
}
