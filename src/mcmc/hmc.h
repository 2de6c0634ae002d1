/**
 * Hamiltonian Monte Carlo: the leapfrog, static trajectories and the No-U-Turn sampler.
 *
 * Plain arrays and a function for the potential; no transition allocates. Random numbers come from
 * a stream that the caller keys by chain and transition, so that a draw depends on where the chain
 * is and on that key alone.
 */
#ifndef WICKI_MCMC_HMC_H
#define WICKI_MCMC_HMC_H

#include "mcmc/metric.h"

/** What is sampled: exp(-value(q)). +inf or NaN where there is no density; then no gradient is
 * needed. */
typedef struct wicki_target {
    size_t n;
    double (*value)(void *arg, const double *q, double *gradient);
    void *arg;
} wicki_target;

/** A point of a trajectory. */
typedef struct wicki_point {
    double *q, *p, *gradient;
    double potential, energy; /**< energy: potential and kinetic, +inf where there is none */
} wicki_point;

/** Arrays that building a tree of some depth needs, beside those of the trees it is made of. */
typedef struct wicki_level {
    double *p_end, *velocity_end, *rho_first;
    double *p_begin, *velocity_begin, *rho_second;
    wicki_point proposal;
} wicki_level;

typedef struct wicki_hmc {
    wick *w;
    wicki_target target;
    wicki_metric metric;
    double step;        /**< of the leapfrog */
    unsigned max_depth; /**< of trees: at most 2^max_depth - 1 leapfrogs */
    wicki_point now;    /**< where the chain is */

    wicki_point end[2], proposal; /**< backward, forward */
    double *velocity[2];          /**< of the ends */
    double *velocity_next, *velocity_begin, *velocity_work, *p_begin, *p_end, *p_near;
    double *rho, *rho_next; /**< sums of momenta, of the trajectory and of what is added */
    wicki_level *level;
} wicki_hmc;

/** What a transition did. */
typedef struct wicki_transition {
    double accept; /**< mean over the trajectory of min(1, exp(-change of the energy)) */
    double energy; /**< of the point it ended at, with the momentum it had there */
    unsigned depth;
    size_t leapfrogs;
    bool divergent;
} wicki_transition;

enum { WICKI_MOST_DEPTH = 20 };

/** Energy that a trajectory may gain; beyond that it is divergent. */
#define WICKI_MOST_ERROR 1000.0

/** A sampler with the step size 1; NULL after an error. */
wicki_hmc *wicki_hmc_new(wick *w, const wicki_target *target, wick_metric kind, unsigned max_depth);
void wicki_hmc_free(wicki_hmc *h);

/** Puts the chain at q; false if the potential or its gradient is not finite there. */
bool wicki_hmc_start(wicki_hmc *h, const double *q);

/** One leapfrog of a point; false if there is no density where it ended. */
bool wicki_hmc_leapfrog(wicki_hmc *h, wicki_point *z, double step);

/** Potential and kinetic energy; the velocity goes to `velocity`. */
double wicki_hmc_energy(const wicki_hmc *h, const wicki_point *z, double *velocity);

/** A trajectory of so many leapfrogs, whose end is accepted or not. */
wicki_transition wicki_hmc_static(wicki_hmc *h, wicki_stream *stream, size_t leapfrogs);

/**
 * A trajectory that is doubled until it turns back: multinomial sampling of its points, later
 * halves preferred at the top.
 *
 * Source: Hoffman & Gelman (2014), "The No-U-Turn Sampler", JMLR 15; Betancourt (2017), "A
 * Conceptual Introduction to Hamiltonian Monte Carlo", appendix A; the checks between sub-trees
 * are Stan's.
 */
wicki_transition wicki_hmc_nuts(wicki_hmc *h, wicki_stream *stream);

/**
 * Does a trajectory still move apart: have the velocities of both ends a positive product with the
 * sum of its momenta, rho + extra (NULL: 0)?
 */
bool wicki_hmc_moves_apart(size_t n, const double *velocity_begin, const double *velocity_end,
    const double *rho, const double *extra);

void wicki_point_copy(size_t n, wicki_point *to, const wicki_point *from);

#endif
