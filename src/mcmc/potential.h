/**
 * Inside a potential: a joint point in the unconstrained space, whose loss is compiled.
 */
#ifndef WICKI_MCMC_POTENTIAL_H
#define WICKI_MCMC_POTENTIAL_H

#include "graph/graph.h"
#include "infer/auto.h"

#include <wick/mcmc.h>

struct wick_potential {
    wick *w;
    wick_potential_options options; /**< with defaults filled in */
    wick_guide *guide;              /**< its parameter, param[0], are the coordinates */
    wick_log_density density;       /**< NULL: that of the guide's model */
    void *density_arg;
    wick_graph *graph;
};

/**
 * The value as it is, finite or not, and its gradient if it is finite; NaN after an error, one of
 * which is WICK_ERR_NUMERIC where the model could not be recorded for want of a Cholesky factor.
 */
double wicki_potential_evaluate(wick_potential *p, const double *q, double *gradient);

/**
 * The same of a potential that was evaluated since data and parameters last changed. It touches
 * nothing but the potential: potentials of one handle may be repeated on several threads. An error
 * stays in its graph; the value is NaN then.
 */
double wicki_potential_repeat(wick_potential *p, const double *q, double *gradient);

/** Does the program still record what it did, at a point that has a density? False after an error. */
bool wicki_potential_verify(wick_potential *p, const double *q);

/** The same potential, to be repeated on another thread; NULL after an error. */
wick_potential *wicki_potential_copy(const wick_potential *p);

/**
 * Values of a site (NULL: all), as wick_potential_constrain has them, of n points that follow each
 * other: number i of point d goes to out[i * stride + d]. False after an error.
 */
bool wicki_potential_constrain(
    wick_potential *p, const char *site, size_t n, const double *q, double *out, size_t stride);

/** The sites of n points as values for a model, over the ambient dimension that is open, if any. */
bool wicki_potential_bind(wick_potential *p, size_t n, const double *q, wick_binding *bindings);

#endif
