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

#endif
