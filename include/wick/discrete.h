/**
 * Posteriors of the discrete latent variables of a model: mode, draw, marginals, and the exact
 * joint distribution of a small model.
 *
 * Everything here conditions on the continuous latent sites, which must have values: from
 * wick_replay of a guide's trace, wick_condition or wick_substitute, around the model or around the
 * call. All latent sites with finite support that have no value are inferred, together. Scales are
 * not applied, masks are (a masked discrete site itself keeps its prior), and of a minibatch each
 * member present counts once.
 *
 * No gradient goes through what is inferred, and the gradients on the tape stay as they were.
 */
#ifndef WICK_DISCRETE_H
#define WICK_DISCRETE_H

#include <wick/infer.h>

WICK_BEGIN

/* --- mode and draw --------------------------------------------------------------------------- */

/** Which joint assignment of the discrete sites is wanted. */
typedef enum wick_assignment {
    WICK_MODE, /**< the most probable one (Viterbi on a chain), not the modes of the marginals;
                    where values tie, given the sites decided before, the lowest */
    WICK_DRAW  /**< an exact draw from the joint posterior, by seed, step, run and names */
} wick_assignment;

/**
 * Runs the model, infers its discrete latent sites, and runs it again with the values found. A trace
 * around the call would meet each site twice: use the one that is returned.
 *
 * In an ambient dimension each of its members is inferred for itself, given its own values of the
 * other sites: under WICK_AMBIENT(w, "draws", n) around the model WICK_DRAW gives n draws at once.
 *
 * @return  the trace of the second run, until the tape is reset: read values by wick_trace_get. The
 *          inferred sites are latent and have constant values. NULL after an error
 * Errors: WICK_ERR_ARGUMENT for a latent site that has no value and cannot be enumerated, with its
 * name; WICK_ERR_NONFINITE if no assignment has positive probability, with the site and member that
 * allow none; WICK_ERR_LIMIT and WICK_ERR_SHAPE as for wick_trace_enum_elbo.
 */
WICK_API wick_trace *wick_infer_discrete(wick *w, wick_program model, wick_assignment which);

/* --- marginals ------------------------------------------------------------------------------- */

/** Marginal posteriors of all discrete sites; lives until the tape is reset. */
typedef struct wick_marginals wick_marginals;

/** Runs the model once. NULL after an error; errors as above. */
WICK_API wick_marginals *wick_infer_marginals(wick *w, wick_program model);

/**
 * The log-probability of what was observed and given, summed over the discrete sites; NAN for
 * marginals of an earlier tape. Over ambient dimensions it is the sum, not the mean.
 */
WICK_API double wick_marginals_log_evidence(const wick_marginals *marginals);

/**
 * Probabilities of the values of a site (responsibilities): event [K], over the site's plates. A
 * constant. The k-th value is k, of a wick_discrete_uniform low + k, of a
 * wick_one_hot_categorical the vector with the one at k.
 *
 * Errors: WICK_ERR_NAME with the names that are there.
 */
WICK_API wick_var wick_marginal(const wick_marginals *marginals, const char *site);

/**
 * Joint probabilities of two sites that some site's density depends on together, such as
 * neighbours on a chain: event [K of first][K of second], over the plates of both. A constant.
 *
 * Errors: WICK_ERR_NAME; WICK_ERR_ARGUMENT if no density depends on both.
 */
WICK_API wick_var wick_marginal_pair(
    const wick_marginals *marginals, const char *first, const char *second);

/* --- every state of a small model ------------------------------------------------------------- */

/**
 * The joint distribution of all discrete sites of a small model, found by running the model once
 * for each of their values: for K values and N members of a plate that is K^N runs. It serves to
 * check other results, and where nothing else does: models whose C code looks at the values (by
 * wick_value or wick_get) and goes another way, with other sites.
 *
 * A state is a value for each discrete site met, member by member. States are in the order of
 * counting: the site that is met first, of it the first member, changes last. Two paths may have
 * different sites.
 */
typedef struct wick_exact wick_exact;

typedef struct wick_exact_options {
    size_t most_states; /**< more are refused; at once, if there would be more were all paths like
                             that of the first run; 0: 2^20 */
} wick_exact_options;

/**
 * Runs the model, aside: vars of the caller live on, but its plates and handlers do not reach the
 * model. Continuous latent sites need values: make the handlers in the model's function, around
 * the rest of it, from numbers that were copied out. Parameters come from the store, or are made.
 *
 * A state's probability is the product of the densities of all sites. Masks count for all but the
 * discrete sites themselves. Sites after one of density 0 are not looked at.
 *
 * @param options  NULL for the defaults
 * @return         to be given to wick_exact_free before the handle goes; NULL after an error
 * Errors: WICK_ERR_LIMIT for too many states, with the sites; WICK_ERR_ARGUMENT for a latent site
 * without a value whose support is not finite, for a scale, a subsampled plate or an ambient
 * dimension; WICK_ERR_STATE if the same values lead to different sites; WICK_ERR_NONFINITE for a
 * density that is NaN or infinite, and if no state has a positive probability.
 */
WICK_API wick_exact *wick_exact_new(wick *w, wick_program model, const wick_exact_options *options);
WICK_API void wick_exact_free(wick_exact *exact);

/** The log-probability of what was observed and given: that of all states together. */
WICK_API double wick_exact_log_evidence(const wick_exact *exact);

/** The number of states; 0 after an error. */
WICK_API size_t wick_exact_states(const wick_exact *exact);

/** The posterior probability of a state, 0 .. states - 1. Errors: WICK_ERR_ARGUMENT. */
WICK_API double wick_exact_prob(const wick_exact *exact, size_t state);

/** The most probable state; of equal ones the first. */
WICK_API size_t wick_exact_mode(const wick_exact *exact);

/**
 * The value of a discrete site in a state, member by member as wick_get has it.
 *
 * @param count  must be the number of members, times K for a wick_one_hot_categorical
 * @return       count; 0 if this state does not have the site, and after an error
 * Errors: WICK_ERR_NAME if no state has it, with those there are; WICK_ERR_SHAPE; WICK_ERR_ARGUMENT
 */
WICK_API size_t wick_exact_get(
    const wick_exact *exact, size_t state, const char *site, double *out, size_t count);

/**
 * Posterior probabilities of the values of a site: K numbers for each member, as wick_get has them
 * of wick_marginal. They sum to the probability that the site is met.
 *
 * @param count  must be members times K
 * Errors: WICK_ERR_NAME; WICK_ERR_SHAPE
 */
WICK_API size_t wick_exact_marginals(
    const wick_exact *exact, const char *site, double *out, size_t count);

WICK_END

#endif
