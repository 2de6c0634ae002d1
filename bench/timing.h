/**
 * Timing of several variants of one workload side by side.
 *
 * Rounds go through the variants in turn, so that a drift of the machine hits all alike: ratios
 * are good to a few per cent where times are not. Slow variants take part in fewer rounds. The
 * table is tab-separated, on standard output:
 *
 *     workload  variant  ns  ratio_to_limit  peak_rss_kib
 *
 * Notes, such as quartiles, go to standard error.
 */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stddef.h>

/** One way to do the work, and what it took. */
typedef struct bench_variant {
    const char *name;
    void (*run)(void *arg, size_t times); /**< does the work that many times in a row */
    void *arg;
    long peak_rss_kib; /**< of a process of its own: see bench_alone */

    size_t batch, rounds;        /**< runs in a row, and how often in all */
    double lower, median, upper; /**< quartiles of the time of one run, in ns */
} bench_variant;

/** CLOCK_MONOTONIC in ns. */
double bench_now(void);

/** What a process reported, and the most memory that it held. */
typedef struct bench_report {
    double result;
    long peak_rss_kib; /**< -1: it failed */
} bench_report;

/**
 * Does this work, and nothing else, in a process of its own. It is forked: call this before much
 * memory is in use.
 */
bench_report bench_alone(double (*work)(void *arg), void *arg);

/** Measures n variants for about that long; batches are made long enough for the clock. */
void bench_measure(size_t n, bench_variant *variants, double seconds);

/** Rows of the table; variants[0] is the limit. */
void bench_print(const char *workload, size_t n, const bench_variant *variants);

#endif
