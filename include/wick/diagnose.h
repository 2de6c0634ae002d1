/**
 * What draws of chains say: tables, what went wrong and what to do, components in one order.
 *
 *     wick_mcmc_run(m);
 *     puts(wick_format_chains(m, NULL));
 *     puts(wick_diagnose(m, NULL)->text);
 *
 * Elements of sites count from 0, as everywhere in wick: `theta[3]` is what wick_mcmc_draws has as
 * element 3 of "theta". With more than one axis an element has a number for each: plates from the
 * smallest to the largest, then the event.
 */
#ifndef WICK_DIAGNOSE_H
#define WICK_DIAGNOSE_H

#include <wick/mcmc.h>

WICK_BEGIN

/* --- summaries ------------------------------------------------------------------------------- */

/** What is said of one quantity; in brackets the names of CmdStan's stansummary. */
typedef struct wick_chains_summary {
    double mean;     /**< (Mean) of all draws */
    double mcse;     /**< (MCSE) its standard error: wick_mcse_mean */
    double sd;       /**< (StdDev) standard deviation */
    double mad;      /**< (MAD) median of |x - median|, times 1.4826: the deviation of a normal */
    double q5;       /**< (5%) quantiles: wick_sample_quantile */
    double q50;      /**< (50%) */
    double q95;      /**< (95%) */
    double ess_bulk; /**< (ESS_bulk) wick_ess_bulk */
    double ess_tail; /**< (ESS_tail) wick_ess_tail */
    double rhat;     /**< (R_hat) wick_rhat */
} wick_chains_summary;

/**
 * A summary of draws, each number that of the function named above; draws are sorted twice for all
 * of them. All but the mean is NaN if a draw is NaN. All is NaN after an error.
 *
 * Errors: WICK_ERR_ARGUMENT without chains or draws, WICK_ERR_MEMORY.
 */
WICK_API wick_chains_summary wick_summarize(wick *w, wick_chains x);

/**
 * The name of an element: "tau", "theta[3]", "x[2,0]".
 *
 * @return  until the tape is reset; "" after an error, those of wick_mcmc_draws
 */
WICK_API const char *wick_element_name(const wick_mcmc *m, const char *site, size_t element);

/**
 * A table with a line for each quantity and the columns of CmdStan's stansummary: lp__ and the
 * other statistics, then all elements of the sites. The MCSE says how many digits are shown: of it
 * two, of the others in its line as many decimals.
 *
 * @param sites  names, ended by NULL: only these; NULL: all
 * @return       until the tape is reset; "" after an error, those of wick_mcmc_draws
 */
WICK_API const char *wick_format_chains(const wick_mcmc *m, const char *const *sites);

/* --- what went wrong ------------------------------------------------------------------------- */

/** Kinds of findings: name, when. Sources below. */
#define WICK_FINDING_LIST(X)                                                            \
    X(TOO_FEW, too_few, "a chain has fewer than 12 draws: nothing can be said")         \
    X(NOT_FINITE, not_finite, "draws are infinite or NaN")                              \
    X(STUCK, stuck, "all draws of a chain are the same")                                \
    X(DIVERGENT, divergent, "trajectories were divergent")                              \
    X(DIVERGENT_AT, divergent_at, "they were so at one end of a quantity")              \
    X(TREE_DEPTH, tree_depth, "trajectories of NUTS ended at .max_depth")               \
    X(EBFMI, ebfmi, "wick_ebfmi of a chain is low")                                     \
    X(LABELS, labels,                                                                   \
        "members of a plate, or of an axis, that could be exchanged did change places") \
    X(MODES, modes, "some chains stay on one side of a number, others on the other")    \
    X(RHAT, rhat, "R-hat of a quantity is high")                                        \
    X(ESS_BULK, ess_bulk, "the bulk effective sample size of a quantity is low")        \
    X(ESS_TAIL, ess_tail, "that of its tails is low")

typedef enum wick_finding_kind {
#define WICK_FINDING_ENUM(upper, lower, text) WICK_FINDING_##upper,
    WICK_FINDING_LIST(WICK_FINDING_ENUM)
#undef WICK_FINDING_ENUM
} wick_finding_kind;

/** Something to look at. */
typedef struct wick_finding {
    wick_finding_kind kind;
    /** Draws for NOT_FINITE (of its worst quantity), DIVERGENT, DIVERGENT_AT, TREE_DEPTH, LABELS (not
     * labelled as most draws are); chains for STUCK, EBFMI, MODES (the smaller group), TOO_FEW;
     * quantities for RHAT, ESS_BULK, ESS_TAIL. */
    size_t count;
    double share; /**< of all draws, chains or quantities */
    /** The worst quantity, as wick_mcmc_draws takes it: NULL for a finding about chains, "lp__" for the
     * log density. Of LABELS one that changes places. Until the tape is reset. */
    const char *site;
    size_t element;
    size_t chain; /**< of STUCK the first, of EBFMI the worst; else SIZE_MAX */
    /** EBFMI, R-hat, effective sample sizes: of the worst; LABELS: R-hat before relabelling;
     * DIVERGENT_AT: the median of divergent draws; MODES: the number between the groups; TREE_DEPTH:
     * .max_depth. Else 0 */
    double value;
    /** What that was compared with; LABELS: the largest R-hat of components after relabelling;
     * DIVERGENT_AT: the median of the other draws. Else 0 */
    double limit;
    const char *text; /**< in words, with what to do; no full stop */
} wick_finding;

typedef struct wick_findings {
    size_t n;
    const wick_finding *list; /**< in the order of the kinds */
    const char *text; /**< all in lines of up to 100; if there are none, what was looked at */
    double rhat, ess_bulk, ess_tail; /**< the worst of all quantities, components relabelled */
} wick_findings;

/** Zero is the default. */
typedef struct wick_diagnose_options {
    double rhat;  /**< above it is high; 0: 1.01 */
    double ess;   /**< for each chain; below is low; 0: 100 */
    double ebfmi; /**< below it is low; 0: 0.3 */
} wick_diagnose_options;

/**
 * Looks for what goes wrong with chains, as CmdStan's `diagnose` does, and for why. Quantities are
 * the elements of all sites and lp__; those whose draws are all the same are left out. A healthy run
 * has no findings.
 *
 * - Divergences are at one end of a quantity if the sum of its ranks in divergent draws is far from
 *   what it is when the divergences of each chain are shifted in time, all around the chain: more than
 *   z standard deviations, with z the normal quantile for a false alarm in 1 of 100 runs. So
 *   draws that depend on each other, and divergences that come in bursts, count for what they are.
 * - Chains stay in different modes if a number lies above 95 % of the draws of each of some chains
 *   and below 95 % of those of each of the others.
 * - Members of a plate (2 to 16) can be exchanged if the density is the same, to 1e-6, when they
 *   change places in draws. Without a plate that holds for sites with leading axes of the same size,
 *   and sites outside of a plate may go with it, as weights with locations. They are relabelled
 *   (wick_relabel_new), and it is a finding if a component stands apart from all others (Ashman's D
 *   over 2) and the labels are others in more than 1 % of the draws, or R-hat is high before. What is
 *   said below that finding (R-hat, ESS, modes) is then of the relabelled draws.
 *
 * @param options  NULL for the defaults
 * @return         until the tape is reset, which is done first; NULL after an error
 * Errors: those of wick_mcmc_draws; WICK_ERR_ARGUMENT for options out of range; of
 * wick_potential_value.
 *
 * Sources: Vehtari et al. (2021) for R-hat and effective sample sizes, and their limits; Betancourt
 * (2016, 2017) for E-BFMI and divergences; Ashman, Bird & Zepf (1994), "Detecting bimodality in
 * astronomical datasets", for D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2).
 */
WICK_API const wick_findings *wick_diagnose(
    const wick_mcmc *m, const wick_diagnose_options *options);

/** "divergent", "rhat", ... */
WICK_API const char *wick_finding_name(wick_finding_kind kind);

/* --- components in one order ----------------------------------------------------------------- */

/**
 * Draws whose components have been put in one order. The components of a mixture can be exchanged
 * without a change of the density: which is the first differs from chain to chain, and changes
 * within chains ("label switching"), so that the mean of locs[0] is that of all locs.
 */
typedef struct wick_relabel wick_relabel;

/** Zero is the default. */
typedef struct wick_relabel_options {
    /** The plate whose members are the components. NULL: the leading axis of the numbers of each site;
     * without .sites the one plate that sites stand in. */
    const char *plate;
    /** Names, ended by NULL: what belongs to components. A site that stands in .plate belongs to its
     * members, wherever that axis is; another by its leading axis. NULL: all sites in the plate, and
     * of the others those that must go with them for the density to be the same. */
    const char *const *sites;
    size_t max_iterations; /**< 0: 100 */
} wick_relabel_options;

/**
 * Gives each draw the order of its components that is nearest to a reference: the sum over components
 * and their numbers of ((x - reference) / s)^2 is the least of all permutations. The reference is first
 * the draw with the largest lp__, s the standard deviation of a number over all draws and components;
 * then, until no label changes, the reference are the means of the relabelled draws and s the pooled
 * standard deviation within components, so that what tells components apart counts most. Last,
 * components are put in ascending order of the mean of the first number of the first site. Draws that
 * are not finite stay as they are.
 *
 * Sources: Marin, Mengersen & Robert (2005), "Bayesian modelling and inference on mixtures of
 * distributions", for the pivot; Stephens (2000), "Dealing with label switching in mixture models",
 * JRSS B 62, for the iteration, here with the log density of normals of the same diagonal covariance.
 *
 * @param options  NULL for the defaults
 * @return         to be given to wick_relabel_free; NULL after an error. The draws are copied
 * Errors: those of wick_mcmc_draws; WICK_ERR_NAME for a plate or site that there is not;
 * WICK_ERR_SHAPE if the numbers of components differ; WICK_ERR_ARGUMENT if sites stand in no plate or
 * in several and none is named, for fewer than two components, and, without .sites, if the density
 * changes when members of the plate change places. The tape is reset.
 */
WICK_API wick_relabel *wick_relabel_new(const wick_mcmc *m, const wick_relabel_options *options);

/** Takes NULL. */
WICK_API void wick_relabel_free(wick_relabel *r);

/** How many components there are, and the names of the sites; NULL past the last. */
WICK_API size_t wick_relabel_components(const wick_relabel *r);
WICK_API const char *wick_relabel_site(const wick_relabel *r, size_t index);

/** Draws of an element, as wick_mcmc_draws has them. They live as long as r. Errors: WICK_ERR_NAME
 * for a site that is not relabelled, WICK_ERR_SHAPE for an element that it has not. */
WICK_API wick_chains wick_relabel_draws(const wick_relabel *r, const char *site, size_t element);

/** How many draws are not labelled as most are: 0 if no chain ever changed its labels and all have the
 * same. */
WICK_API size_t wick_relabel_changed(const wick_relabel *r);

/** For each component the one of the draw that it is: to put other quantities in order. NULL for a
 * draw that there is not. */
WICK_API const size_t *wick_relabel_order(const wick_relabel *r, size_t chain, size_t draw);

/** The table of wick_format_chains for the sites that are relabelled. */
WICK_API const char *wick_relabel_format(const wick_relabel *r);

WICK_END

#endif
