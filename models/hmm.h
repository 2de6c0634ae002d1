/**
 * A hidden Markov model: a chain of states that nobody sees, and what is seen in each of them.
 *
 *     state_0 ~ initial            state_t ~ transition[state_(t-1)]
 *     x_t ~ poisson(rate[state_t])   or   normal(loc[state_t], scale[state_t])
 *
 * Its parameters are "initial" [K], "transition" [K][K] (each row sums to 1), and "rate" [K], or
 * "loc" [K] and "scale" [K]; its sites "state_0", "state_1", ... and "x_0", "x_1", ... With
 * hmm_guide under wick_trace_enum_elbo the states are summed out: the loss is minus the
 * log-likelihood.
 */
#ifndef MODELS_HMM_H
#define MODELS_HMM_H

#include <wick/wick.h>

/** What is seen in a state. */
typedef enum hmm_emission {
    HMM_POISSON, /**< counts */
    HMM_NORMAL   /**< numbers; the likelihood has no maximum where a state has one number only */
} hmm_emission;

/** Data and options. It must outlive the programs made from it. */
typedef struct hmm {
    size_t states; /**< K, at least 1 */
    hmm_emission emission;
    bool stationary; /**< the chain starts from its stationary distribution: no "initial" */
    size_t n;        /**< length of the series */
    const double *x; /**< n numbers, in the order of time; NaN where nothing was seen */
} hmm;

/**
 * The model. Parameters that do not exist yet start by the handle's seed: rates or locs at K of the
 * data, moved a little, and states that tend to stay.
 *
 * Errors: WICK_ERR_ARGUMENT for fewer data than states, when it starts; WICK_ERR_SHAPE where the
 * parameters are there for another number of states (wick_params_clear).
 */
wick_program hmm_model(const hmm *h);

/** A guide without sites. */
wick_program hmm_guide(void);

/**
 * Gives the states the order of their rates or locs, so that their numbers mean something: after a
 * fit, since what an optimiser remembers stays where it was.
 */
void hmm_sort(wick *w, const hmm *h);

/** The distribution of the first state, K numbers; false after an error. */
bool hmm_initial(wick *w, const hmm *h, double *probs);

/** The most probable sequence of states, n numbers (Viterbi); false after an error. */
bool hmm_decode(wick *w, const hmm *h, double *states);

/**
 * The probabilities of the states at each time, given all the data, n rows of K numbers. At the end
 * of a series that ends in NaN they are forecasts.
 *
 * @return  the log-likelihood; NaN after an error
 */
double hmm_marginals(wick *w, const hmm *h, double *probs);

#endif
