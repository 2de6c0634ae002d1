/**
 * The limits for workload W5: gradients and leapfrogs by hand, for two models alone.
 *
 * Eight schools (Rubin 1981; Gelman et al., "Bayesian Data Analysis"), not centred:
 *
 *     mu ~ Normal(0, 5), tau ~ HalfCauchy(5), z_j ~ Normal(0, 1), y_j ~ Normal(mu + tau z_j, s_j)
 *
 * and the five points of W1, their mixture with Jacobians.
 */
#ifndef BENCH_W5_LIMIT_H
#define BENCH_W5_LIMIT_H

#include <stddef.h>

enum { W5_SCHOOLS = 8, W5_SCHOOLS_PARAMS = 2 + W5_SCHOOLS, W5_POINTS_PARAMS = 4, W5_MOST = 10 };

extern const double W5_EFFECTS[W5_SCHOOLS], W5_ERRORS[W5_SCHOOLS];

/** Minus the log density at q and its gradient; arg is not used. q: mu, log tau, z. */
double w5_schools_limit(void *arg, const double *q, double *gradient);

/** q: logit of the first weight, log scale, locs. */
double w5_points_limit(void *arg, const double *q, double *gradient);

/** Leapfrogs of a particle of unit mass, its momentum p. */
void w5_schools_leapfrogs(size_t times, double step, double *q, double *p);
void w5_points_leapfrogs(size_t times, double step, double *q, double *p);

#endif
