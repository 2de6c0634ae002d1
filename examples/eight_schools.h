/**
 * The parts of the eight schools: models, chains and what they say (eight_schools.c), and the
 * pictures (eight_schools_figures.c).
 */
#ifndef EXAMPLES_EIGHT_SCHOOLS_H
#define EXAMPLES_EIGHT_SCHOOLS_H

#include "common.h"

#include <wick/wick.h>

enum { SCHOOLS = 8 };

/** The effect that was estimated in each school, and its standard error. */
extern const double EIGHT_SCHOOLS_EFFECT[SCHOOLS], EIGHT_SCHOOLS_ERROR[SCHOOLS];

/** What is looked at in each draw. The first eight are theta[0] to theta[7]. */
enum {
    MU = SCHOOLS,
    TAU,
    FIRST_IS_BEST, /* 1 if theta[0] is the largest */
    REACHES_MOST,  /* 1 if the largest effect of a replication is at least that of the data */
    REACHES_LEAST, /* the same of the smallest one */
    LARGEST,       /* effect of a replication */
    FIGURES
};

/** Chains of one of the models. */
struct fit {
    bool centred; /* theta ~ normal(mu, tau), or theta = mu + tau z */
    wick_potential *potential;
    wick_mcmc *chains;
    wick_chains divergent;
    wick_chains figure[FIGURES];
    double *memory; /* of the figures */
    double mean[FIGURES], error[FIGURES], ess[FIGURES], rhat[FIGURES];
};

enum { CENTRED, NON_CENTRED, FITS };

/** n zeros; ends the program if there is no memory. */
double *eight_schools_doubles(size_t n);

void eight_schools_draw(wick *w, const struct example_options *o, const struct fit *fits);

#endif
