/**
 * Posteriors of the discrete latent variables of a model: mode, draw, marginals, and the exact
 * joint distribution of a small model.
 *
 * Everything here conditions on the continuous latent sites, which must have values: from
 * wick_replay of a guide's trace, wick_condition or wick_substitute around the model. All latent
 * sites with finite support that have no value are inferred, together. Scales are not applied,
 * masks are (a masked discrete site itself keeps its prior).
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
    WICK_DRAW  /**< an exact draw from the joint posterior, by seed, step and names */
} wick_assignment;

/**
 * Runs the model, infers its discrete latent sites, and runs it again with the values found.
 *
 * @return  the trace of the second run, until the tape is reset: read values by wick_trace_get.
 *          NULL after an error
 * Errors: WICK_ERR_ARGUMENT for a latent site that has no value and cannot be enumerated, with its
 * name; WICK_ERR_NONFINITE if no assignment has positive probability; WICK_ERR_LIMIT and
 * WICK_ERR_SHAPE as for wick_trace_enum_elbo.
 */
WICK_API wick_trace *wick_infer_discrete(wick *w, wick_program model, wick_assignment which);

/* --- marginals ------------------------------------------------------------------------------- */

/** Marginal posteriors of all discrete sites; lives until the tape is reset. */
typedef struct wick_marginals wick_marginals;

/** Errors: as above. NULL after an error. */
WICK_API wick_marginals *wick_infer_marginals(wick *w, wick_program model);

/** The log-probability of what was observed and given, summed over the discrete sites. */
WICK_API double wick_marginals_log_evidence(const wick_marginals *marginals);

/** Probabilities of the values of a site (responsibilities): event [K], over the site's plates.
 * Errors: WICK_ERR_NAME with the names that are there. */
WICK_API wick_var wick_marginal(const wick_marginals *marginals, const char *site);

/**
 * Joint probabilities of two sites that some site's density depends on together, such as
 * neighbours on a chain: event [K of first][K of second], over the plates of both.
 *
 * Errors: WICK_ERR_NAME; WICK_ERR_ARGUMENT if no density depends on both.
 */
WICK_API wick_var wick_marginal_pair(
    const wick_marginals *marginals, const char *first, const char *second);

WICK_END

#endif
