/**
 * The parts of the forum's example: the first attempt and why it fails (forum_em_first.c), the
 * three fits and what EM makes of them (forum_em_fit.c), the pictures (forum_em_figures.c). The
 * programs are in forum_em_model.h.
 */
#ifndef EXAMPLES_FORUM_EM_H
#define EXAMPLES_FORUM_EM_H

#include "common.h"
#include "forum_em_model.h"

enum { N = 1000, STARTS = 100, GRID = 100 };

/** The document's optimiser, and its learning rate. */
#define FORUM_ADAM(rate) wick_adam(.lr = (rate), .beta1 = 0.8, .beta2 = 0.99)
#define FORUM_LR 0.001

/* --- a mixture on the grid of the pictures --------------------------------------------------- */

/** The ends of the grid. */
extern const wick_range FORUM_X, FORUM_Y;

/** The density at GRID times GRID points, row by row of the same y. */
void forum_density(wick *w, const gmm_mixture *m, double *density);

/** Points of the grid whose density is above that of all neighbours. */
size_t forum_modes(const double *density);

/* --- the first attempt ----------------------------------------------------------------------- */

enum { PARAMS = 4 };

/** Of a model on a parameter of the guide. */
struct dependence {
    bool met;        /* does it read the parameter? */
    double gradient; /* of log p(z, x): the norm */
};

struct first {
    struct dependence first[PARAMS], second[PARAMS]; /* of the two models */
    double constant;                                 /* log p(z, x) of the first, for any z */
    uint64_t seed;
    size_t steps;
    double *losses;                    /* per step */
    double perplexity;                 /* exp of the mean entropy of the guide's assignments */
    double log_likelihood, one_normal; /* of the mixture; of one normal at its best */
    gmm_mixture *mixture;
    double density[GRID * GRID];
};

void forum_run_first(wick *w, const struct example_options *o, struct rows *r, struct first *f);
void forum_print_first(wick *w, const struct rows *r, const struct first *f);

/* --- the fits -------------------------------------------------------------------------------- */

/** Parameters that a fit has reached, and where EM goes from there. */
struct end {
    gmm_mixture *mixture, *em;
    double log_likelihood, em_log_likelihood;
};

struct fit {
    const char *name;
    wick_program model, guide;
    wick_loss loss;
    uint64_t seed;
    double initial_loss;
    size_t steps;
    double *losses;            /* of the document's steps */
    struct end document, more; /* after them; as many more, faster, averaged */
};

enum { EM_STYLE, MARGINAL, CHOLESKY, FITS };

/** Optima of the same likelihood: the best of STARTS runs of EM, and the generating parameters. */
struct reference {
    gmm_mixture *truth, *best;
    double truth_log_likelihood, best_log_likelihood;
};

double forum_log_likelihood(wick *w, const struct rows *r, const gmm_mixture *m);
void forum_run_fit(wick *w, const struct example_options *o, struct fit *f);
void forum_run_em(wick *w, const struct rows *r, struct fit *fits, struct reference *reference);
void forum_print_fits(const struct fit *fits, const struct reference *reference);

/* --- all of it ------------------------------------------------------------------------------- */

struct results {
    double x[N * D];
    struct rows rows;
    struct first first;
    struct fit fit[FITS];
    struct reference reference;
    double density[GRID * GRID]; /* of the em_style fit */
};

void forum_draw_figures(wick *w, const struct example_options *o, const struct results *r);

#endif
