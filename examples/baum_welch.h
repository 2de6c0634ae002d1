/**
 * Hidden Markov models with counts, without wick: what examples/hmm and its test compare with.
 *
 * Densities, not their logarithms; the forward probabilities are scaled to sum to 1 at each time.
 * Source: Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77(2).
 */
#ifndef EXAMPLES_BAUM_WELCH_H
#define EXAMPLES_BAUM_WELCH_H

#include <stddef.h>

enum { CHAIN_STATES = 4, CHAIN_TIMES = 200 };

/** A number for each state. */
typedef double chain_row[CHAIN_STATES];

typedef struct chain {
    size_t states;
    chain_row initial, transition[CHAIN_STATES], rate;
} chain;

/** Equal initial probabilities, 0.1 for each way out of a state: where the book starts. */
chain chain_start(size_t states, const double *rates);

/** The probability of each count in each state; 1 where x is NaN. */
void chain_densities(const chain *c, size_t n, const double *x, chain_row *density);

/**
 * Probabilities of the states at each time given all that was seen, and the expected number of
 * transitions between any two of them. Either may be NULL.
 *
 * @param density  n rows, of any kind of emission
 * @return         the log-likelihood
 */
double chain_forward_backward(
    const chain *c, size_t n, chain_row *density, chain_row *probs, chain_row *transitions);

/** One iteration of Baum-Welch (EM); the log-likelihood before it. */
double chain_improve(chain *c, size_t n, const double *x);

/** The most probable sequence of states (Viterbi). */
void chain_viterbi(const chain *c, size_t n, chain_row *density, size_t *states);

#endif
