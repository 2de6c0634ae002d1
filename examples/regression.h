/**
 * The parts of the regression: model, chains and guides (regression.c), the answers in closed form
 * (regression_exact.c), the pictures (regression_figures.c).
 */
#ifndef EXAMPLES_REGRESSION_H
#define EXAMPLES_REGRESSION_H

#include "common.h"

#include <wick/wick.h>

/** What is estimated. */
enum { INTERCEPT, SLOPE, SIGMA, FIGURES };

/** The model's data. */
struct bushes {
    size_t n;
    const double *log_volume;
    const double *log_weight; /* NULL: to be predicted */
    double df;                /* of a Student-t about the line; 0: a normal */
};

void regression_model(wick *w, void *arg);

/** n zeros; ends the program if there is no memory. */
double *regression_doubles(size_t n);

/* --- closed forms ------------------------------------------------------------------------------ */

/** The posterior of the normal model, and what leaving out each bush gives. */
struct exact {
    double mean[FIGURES], sd[FIGURES];
    double df, scale[2]; /* of the Student-t that the intercept and the slope have about the mean */
    double elpd;         /* sum over bushes of the log density of one given the others */
};

/** The log density of a Student-t. */
double regression_student_t(double x, double df, double loc, double scale);

struct exact regression_exact(const struct bushes *b);

/* --- chains and guides ------------------------------------------------------------------------- */

enum { NORMAL, ROBUST, MODELS };

/** Chains of one of the models. */
struct fit {
    struct bushes data;
    wick_potential *potential;
    wick_mcmc *chains;
    wick_chains_summary figure[FIGURES];
    double *draws; /* of the sites, draw by draw: [2] of beta, then sigma */
    wick_draws sites[2];
    wick_elpd *loo;
};

enum { FULL_RANK, LAPLACE, MEAN_FIELD, GUIDES };

/** A guide of the normal model. */
struct approximation {
    double mean[FIGURES], sd[FIGURES];
    wick_guide_check check;
};

struct results {
    struct exact exact;
    struct fit fits[MODELS];
    struct approximation guides[GUIDES];
    bool resumed; /* do chains that were saved and loaded make the same draws? */
};

/** The element of a site that a figure is. */
wick_chains regression_draws(const wick_mcmc *m, size_t figure);

void regression_draw(wick *w, const struct example_options *o, const struct results *r);

#endif
