/**
 * The parts of the five-point example: the fit (five_point.c), two ways to find out which component
 * a number belongs to (five_point_classify.c, five_point_guide.c), the posterior by NUTS
 * (five_point_mcmc.c), and the pictures (five_point_figures.c). Components are numbered in order of loc everywhere but in the parameters.
 */
#ifndef EXAMPLES_FIVE_POINT_H
#define EXAMPLES_FIVE_POINT_H

#include "common.h"

#include <wick/wick.h>

enum { K = 2, N = 5 };

/** Any data that the model is run on; those of the fit are the N points. */
struct points {
    size_t n;
    const double *x;
};

/** The model. arg: struct points. */
void five_point_model(wick *w, void *arg);

/** n zeros; ends the program if there is no memory. */
double *five_point_doubles(size_t n);

/* --- the fit ----------------------------------------------------------------------------------- */

enum { N_PARAMS = 3 };

/** Names of the guide's parameters: those of weights, scale, locs. */
extern const char *const FIVE_POINT_PARAMS[N_PARAMS];

struct fit {
    wick_guide *guide;
    uint64_t seed;
    double initial_loss, final_loss;
    size_t steps;
    double *losses, *norms[N_PARAMS]; /* per step */
    double weights[K], locs[K], scale;
    size_t order[K]; /* the component of each loc of the parameter, and the other way round */
};

/* --- by the trained model ---------------------------------------------------------------------- */

enum { GRID = 180, CLOSE_UP = 100 };

struct classes {
    double labels[N], drawn[N]; /* of the points: the most probable ones, and a draw */
    double grid[GRID], grid_labels[GRID];
    double switch_at; /* the number that is as probable in either component */
    double close_up[CLOSE_UP], close_up_drawn[CLOSE_UP], close_up_probs[CLOSE_UP];
};

void five_point_classify(wick *w, const struct fit *fit, const struct points *d, struct classes *c);
void five_point_print_classes(const struct classes *c);

/** How many labels are 1. */
size_t five_point_count_ones(const double *labels, size_t n);

/* --- by a guide of the assignments ------------------------------------------------------------- */

/** One run: the globals stay, a parameter under this constraint has the assignments. */
struct guide_fit {
    const char *param;
    wick_constraint constraint;
    size_t steps;
    double *losses, *norms; /* per step */
    double final_loss, probs[N * K];
    bool kept; /* are the globals as they were, bit for bit? */
};

void five_point_fit_guide(wick *w, const struct fit *fit, struct points *d, struct guide_fit *g);
void five_point_print_guides(
    const struct guide_fit *interval, const struct guide_fit *simplex, const struct points *d);

/* --- by Markov chains -------------------------------------------------------------------------- */

enum { DOCUMENT_DRAWS = 250, LONG_DRAWS = 5000, FIGURES = 4, BINS = 20, TEXT = 4096 };

struct chains {
    double locs[K][DOCUMENT_DRAWS], step_size, accept; /* of the document's run */
    /* of long chains: the larger and the smaller loc, the scale, the probability of the split */
    double mean[FIGURES], error[FIGURES], ess[FIGURES], rhat[FIGURES];
    double rhat_locs, rhat_relabelled, divergent;
    char diagnosis[TEXT], relabelled[TEXT]; /* in words; a table of the components in one order */
};

void five_point_sample(wick *w, struct points *d, struct chains *c);
void five_point_print_chains(const struct chains *c);
void five_point_add_chains(wick_summary *s, const struct chains *c);
void five_point_draw_chains(wick *w, const struct example_options *o, const struct chains *c);

/* --- pictures ---------------------------------------------------------------------------------- */

/** All that was found. */
struct results {
    struct points points;
    struct fit fit, stuck;
    struct classes classes;
    struct guide_fit interval, simplex;
    struct chains chains;
};

void five_point_draw(wick *w, const struct example_options *o, const struct results *r);

#endif
