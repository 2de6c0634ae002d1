/**
 * One workload: a model of wick, run in several ways, beside its limit.
 *
 * The limit is a program by hand for this model alone. Both count in the same unconstrained
 * coordinates: those of wick's parameters, one after the other.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <wick/wick.h>

/** A parameter and how many coordinates it has. */
typedef struct workload_parameter {
    const char *name;
    size_t size;
} workload_parameter;

typedef struct workload {
    const char *name;
    double seconds;     /**< about how long to measure */
    bool (*make)(void); /**< makes the data, where there are none yet; NULL: there always are */

    wick_program model, guide;  /**< without a guide: point estimates */
    wick_program parameters;    /**< makes them; NULL: an evaluation of the loss does */
    wick_program watched_guide; /**< those that limit_gradient has to follow, */
    wick_program watched_model; /**< if it follows any: it is called after a step of these */
    wick_optim optim;           /**< of the steps that are timed */
    workload_parameter list[8]; /**< ended by one without a name */

    void (*start)(double *u);                             /**< where to begin */
    double (*limit_gradient)(const double *u, double *g); /**< loss, gradient to g */
    void (*limit)(void *arg, size_t times);               /**< what is timed; arg is NULL */
} workload;

/** An optimiser that leaves the parameters alone: a step is a gradient. */
wick_optim workload_idle(void);

/**
 * Checks that wick's loss and gradient are the limit's in every way to run it, measures time and
 * memory, prints the rows of the table. Returns 0, or 1 after saying what is wrong on stderr.
 */
int workload_run(const workload *work);

#endif
