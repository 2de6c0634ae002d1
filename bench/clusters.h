/**
 * Points in Gaussian clusters of 8 dimensions, and wick's mixture model of them: workload W4 for any
 * number of points and components.
 */
#ifndef BENCH_CLUSTERS_H
#define BENCH_CLUSTERS_H

#include <wick/wick.h>

enum { CLUSTERS_D = 8 };

typedef struct clusters {
    size_t n, k;
    bool full; /**< covariances, or diagonal */
    double *x; /**< [n][D]; NULL before clusters_make */
} clusters;

/** Draws the points: locs 4 N(0, 1), scales 1, equal weights, a fixed seed. False: no memory. */
bool clusters_make(clusters *c);

/** Programs whose argument is the clusters: what defines the parameters, the model, its guide. */
void clusters_define(wick *w, void *c);
void clusters_model(wick *w, void *c);
void clusters_guide(wick *w, void *c);

/** Where a fit may begin, in unconstrained coordinates: weights, locs, scales. */
void clusters_start(const clusters *c, double *u);

#endif
