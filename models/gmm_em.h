/**
 * Closed-form expectation maximisation for Gaussian mixtures.
 *
 * An E step is the gradient of the log-likelihood: by Fisher's identity it is that of the expected
 * log-density of rows and assignments together, so the expected counts, sums and products of each
 * component are read off the gradients of weights, locs and scales. Rows that were not seen as a
 * whole, weights of rows, tiles and threads are those of a compiled function. The M step is in closed
 * form.
 *
 * Sources: Dempster, Laird & Rubin (1977); Salakhutdinov, Roweis & Ghahramani (2003), "Optimization
 * with EM and expectation-conjugate-gradient", for the gradient.
 */
#ifndef MODELS_GMM_EM_H
#define MODELS_GMM_EM_H

#include "models/gmm.h"

/** Where EM begins. Weights are equal, scales those of the data around the nearest loc. */
typedef enum gmm_start {
    GMM_START_KMEANS_PLUS_PLUS, /**< rows that lie apart (Arthur & Vassilvitskii 2007) */
    GMM_START_RANDOM_FROM_DATA, /**< distinct rows, all equally likely */
    GMM_START_GIVEN             /**< options.given, as it is */
} gmm_start;

/** Zero is the default. */
typedef struct gmm_em_options {
    gmm_start start;
    const gmm_mixture *given; /**< of GMM_START_GIVEN */
    size_t restarts;          /**< starts; the best one's fit is kept; 0: 20 (of a given mixture, or
                                   of one component: 1) */
    size_t max_iterations;    /**< of one fit; 0: 1000 */
    double tolerance;         /**< stop when an iteration adds no more than this to the
                                   log-likelihood per row; 0: 1e-8; WICK_ZERO: only when it adds
                                   nothing */
    /** The smallest variance, in any direction, as a part of that of each column: of the smaller of
     * its variance and (interquartile range / 1.349)^2, so that outliers do not raise it. 0: 1e-6;
     * WICK_ZERO: none. */
    double variance_floor;
    bool keep_collapsed; /**< do not begin a component anew that is empty or has collapsed */
    size_t threads; /**< 0 or 1: the caller's; WICK_ALL_THREADS. Any number gives the same bits */
    /** After each iteration: the mixture, the number of the start and of the iteration (from 0), and
     * the log-likelihood of the mixture before the iteration. False ends all. NULL: none. */
    bool (*callback)(const gmm_mixture *mixture, size_t start, size_t iteration,
        double log_likelihood, void *arg);
    void *callback_arg;
} gmm_em_options;

/** What came of a fit. */
typedef struct gmm_em_result {
    double log_likelihood; /**< of the mixture that is returned; NaN after an error */
    size_t iterations;     /**< of the start that won */
    bool converged;        /**< by the tolerance */
    bool stopped;          /**< by the callback */
    size_t starts;         /**< that were made */
    size_t best_start;     /**< the one that won: 0, 1, ... */
    size_t best_found;     /**< starts within 0.01 per row of it, which collapsed only if it did */
    size_t degenerate;     /**< starts that ended with a component that is empty or collapsed */
    size_t restarted;      /**< components that were begun anew, in the start that won */
    size_t floored;        /**< components with a variance at the floor */
    bool collapsed; /**< the mixture has a component that is empty or has collapsed: all starts
                                ended so */
} gmm_em_result;

/**
 * Fits a mixture: the best of several starts, by the handle's draws.
 *
 * All starts are followed to a tolerance of 1e-5, the best one to its end. Of more than 20000 complete
 * rows that is done with 20000 of them, and the best mixture is then followed with all.
 *
 * A component has collapsed if it is at the floor in more directions than the data as a whole would
 * be, and is empty if it expects less than one row. It is begun anew at a row far from the others, as
 * often as there are components; a start that ends with such a component comes after those that do
 * not. gmm_diagnose (gmm_summary.h) names components and rows.
 *
 * @param out  of the sizes and form of m; unchanged after an error
 * Errors: WICK_ERR_ARGUMENT for data that are missing, infinite or beyond 1e150, with row and column,
 * for a column that was never seen, for weights of rows that are negative or all zero; WICK_ERR_DOMAIN
 * for options out of range; WICK_ERR_SHAPE for a mixture of other sizes; WICK_ERR_STATE if the
 * log-likelihood falls. Fewer distinct rows than components, columns that are constant and a single row
 * are no errors: scales stay at the floor, which for a column without any spread is a part of 1.
 */
gmm_em_result gmm_em_fit(wick *w, const gmm *m, const gmm_em_options *options, gmm_mixture *out);

/**
 * The floor that gmm_em_fit keeps to, a variance for each column.
 *
 * @param out  D numbers
 * @return     false after an error
 */
bool gmm_em_floor(wick *w, const gmm *m, const gmm_em_options *options, double *out);

/* --- step by step, batch by batch ------------------------------------------------------------- */

typedef struct gmm_em gmm_em;

/** Zero is the default. */
typedef struct gmm_em_step_options {
    /** A variance for each column, D numbers, copied: in no direction does a covariance get smaller than
     * the diagonal matrix of these. NULL: 0. */
    const double *floor;
    size_t threads; /**< 0 or 1: the caller's; WICK_ALL_THREADS */
} gmm_em_step_options;

/**
 * EM whose rows come in batches: push all of them, update, and again. The log-likelihood and the
 * mixture do not depend on how rows are put into batches, but for rounding.
 *
 * It keeps three parameters in the store of the handle, "gmm_em.0.logits" and the like, and resets the
 * tape.
 *
 * @param start    copied
 * @param options  NULL for the defaults
 * @return         to be given to gmm_em_free before the handle goes; NULL after an error
 * Errors: WICK_ERR_DOMAIN for numbers that are no mixture, with the component; for a floor that is
 * negative.
 */
gmm_em *gmm_em_new(wick *w, const gmm_mixture *start, const gmm_em_step_options *options);
void gmm_em_free(gmm_em *em);

/**
 * The E step of n rows: adds their moments to what was pushed since the last update. NaN: not seen.
 *
 * @param row_weights  n numbers, NULL: 1
 * @return             false after an error: nothing was added then
 * Errors: those of gmm_em_fit for data.
 */
bool gmm_em_push(gmm_em *em, size_t n, const double *x, const double *row_weights);

/**
 * The M step.
 *
 * @param decay  what was pushed counts this much in the next update still: 0 for EM; near 1 for a
 *               stream that is never seen twice (Cappe & Moulines 2009, "On-line expectation-
 *               maximization algorithm for latent data models")
 * @return       the log-likelihood of what was pushed since the last update, under the mixture before
 *               this one; NaN after an error
 * Errors: WICK_ERR_STATE if nothing was pushed; WICK_ERR_DOMAIN for a decay that is not from 0 to 1.
 */
double gmm_em_update(gmm_em *em, double decay);

/** As it stands. Lives as long as the em. */
const gmm_mixture *gmm_em_mixture(const gmm_em *em);

/** How many directions (columns, if it is diagonal) of a component were at the floor in the last
 * update; without a floor 1 if its covariance was singular, and stayed as it was. */
size_t gmm_em_floored(const gmm_em *em, size_t component);

/** Another mixture of the same shape; what was pushed is forgotten. Errors: as of gmm_em_new. */
bool gmm_em_restart(gmm_em *em, const gmm_mixture *start);

#endif
