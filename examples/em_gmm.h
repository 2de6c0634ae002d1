/**
 * The parts of the EM example: the starts and the best of them (em_gmm.c), data and fits
 * (em_gmm_fit.c), the published code (em_gmm_published.c), what is printed (em_gmm_report.c), the
 * pictures (em_gmm_figures.c).
 */
#ifndef EXAMPLES_EM_GMM_H
#define EXAMPLES_EM_GMM_H

#include "common.h"
#include "models/gmm.h"

#include <wick/wick.h>

enum { K = 3, D = 2, N = 2000 };

/** A mixture on its way, and the log-likelihood of the data under it. */
struct state {
    double weights[K], loc[K * D], scale[K * D];
    double log_likelihood;
    double
        cost; /* of the published code only: the mean log-density of all points under all components */
};

/** One fit, from three points of the data that this seed draws. */
struct run {
    uint64_t seed;
    size_t iterations;
    bool converged;
    struct state *states; /* the start, and one for each iteration */
};

/** A state as a mixture, whose arrays are the state's. */
gmm_mixture em_gmm_view(struct state *state);

/** The mixture that the data were drawn from. */
extern const struct state EM_GMM_TRUTH;

/** N points of the three clusters. */
void em_gmm_data(wick *w, double *x);

/** A start: three different points of the data, drawn by the seed; variances 1, equal weights. */
void em_gmm_begin(wick *w, const gmm *m, uint64_t seed, struct state *state);

/**
 * EM from run->states[0], for `most` iterations at most. An error if the log-likelihood falls, which it
 * cannot.
 */
void em_gmm_textbook(wick *w, const gmm *m, size_t most, struct run *run);

/**
 * A case to work out by hand: the points 0, 1, 10, 11, 12 with means 0 and 10, variances 1 and equal
 * weights, and then so many iterations.
 *
 * @param out  a new mixture, of two components of one column
 * @return     the log-likelihood
 */
double em_gmm_by_hand(wick *w, size_t iterations, gmm_mixture *out);

/**
 * What the published code does, from run->states[0], for `most` iterations at most. False after an
 * error.
 */
bool em_gmm_published(wick *w, const gmm *m, size_t most, struct run *run);

/** Both ways from one start. */
struct pair {
    struct run textbook, published;
};

struct results {
    const gmm *m;
    size_t starts;
    const struct pair *pairs, *best, *bad; /* bad: the best of those
                                           that end in another optimum; NULL: none does */
};

/** Where it ended. */
const struct state *em_gmm_end(const struct run *run);

/** Did it end in another optimum than the best? */
bool em_gmm_ends_badly(const struct results *r, const struct run *run);

void em_gmm_print(wick *w, const struct results *r, double true_log_likelihood, double gradient);
void em_gmm_write(wick *w, wick_summary *summary, const struct results *r);

/** All pictures; frame by frame that of the best start's fit: of the textbook's, or the published. */
void em_gmm_draw(wick *w, const struct example_options *o, const struct results *r);

#endif
