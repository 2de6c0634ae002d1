/**
 * Timing of several variants of one workload side by side.
 *
 * Rounds go through the variants in turn, so that a drift of the machine hits all alike: ratios
 * are good to a few per cent where times are not. Output is tab-separated, times in nanoseconds:
 *
 *     workload  variant  ns  ratio_to_limit  peak_rss_kib
 *
 * Lines that start with # say more.
 */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stddef.h>

/** One way to do the work, and what it took. */
typedef struct bench_variant {
    const char *name;
    void (*run)(void *arg, size_t times); /**< does the work that many times in a row */
    void *arg;
    const char *limit; /**< name of the variant that this one is compared with */

    double lower, median, upper; /**< quartiles of the time of one run, in ns */
    long peak_rss_kib;           /**< of the process, after its first batch */
} bench_variant;

/** CLOCK_MONOTONIC in ns. */
double bench_now(void);

/** The most memory that the process has held so far. */
long bench_peak_rss_kib(void);

/** Measures n variants; batches are made long enough for the clock. */
void bench_measure(size_t n, bench_variant *variants);

void bench_print_header(void);
void bench_print(const char *workload, size_t n, const bench_variant *variants);

#endif
