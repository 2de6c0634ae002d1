/**
 * A fit of a workload by wick, which counts its calls of the allocator.
 */
#ifndef BENCH_FIT_H
#define BENCH_FIT_H

#include "bench/workload.h"

/** A way to run the steps. */
typedef struct fit_engine {
    const char *name; /**< as in the table */
    bool compile;
    size_t threads;
    wick_math math;
} fit_engine;

typedef struct fit {
    const workload *work;
    wick *w;
    wick_guide *guide;
    wick_svi *svi;
    size_t steps, allocations;
    size_t warm_allocations; /**< after the first few steps */
} fit;

/** At the workload's start. What goes wrong is in the handle's status. */
void fit_start(fit *f, const workload *work, const fit_engine *engine);

/** The same with programs that let the limit follow, and an optimiser that keeps the gradient. */
void fit_start_watched(fit *f, const workload *work, const fit_engine *engine);
void fit_start_gradient(fit *f, const workload *work, const fit_engine *engine);
void fit_stop(fit *f);

/** Puts the coordinates u where the parameters are. */
void fit_set(fit *f, const double *u);

/** One step from u of a fit that keeps gradients: the gradient goes to g. The loss. */
double fit_gradient(fit *f, const double *u, double *g);

/** Steps; a run of a bench_variant. */
void fit_run(void *f, size_t times);

/** All coordinates of a workload. */
size_t fit_size(const workload *work);

#endif
