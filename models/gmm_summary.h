/**
 * What came of a fit of a Gaussian mixture, for people: components in an order that can be compared,
 * what went wrong with which of them, a table.
 */
#ifndef MODELS_GMM_SUMMARY_H
#define MODELS_GMM_SUMMARY_H

#include "models/gmm.h"

/* --- order ------------------------------------------------------------------------------------ */

/*
 * The components of a mixture have no order of their own: each start of a fit, and each chain of a
 * sampler, ends with another one ("label switching"). Give two fits the same order before they are
 * compared: by gmm_sort, or better by gmm_match with one of them as the reference, which looks at
 * everything about the components.
 */

/**
 * The canonical order: by the loc of the first column, ascending; ties by the next columns, then by the
 * weight, descending, then as it was. Locs are what sets components apart; weights often are equal but
 * for noise, so that an order by weight changes from fit to fit.
 *
 * @param order  room for K: the component that comes first, second, ...
 */
void gmm_order(const gmm_mixture *mixture, size_t *order);

/** Puts the components into an order. Errors: WICK_ERR_ARGUMENT if it is no permutation of 0 .. K-1. */
bool gmm_reorder(wick *w, gmm_mixture *mixture, const size_t *order);

/** gmm_order and gmm_reorder. */
bool gmm_sort(wick *w, gmm_mixture *mixture);

/**
 * How different two components are: the symmetric Kullback-Leibler divergence of their densities,
 *
 *     KL(a || b) + KL(b || a) = (|A^-1 B|^2 + |B^-1 A|^2 - 2 D + |A^-1 t|^2 + |B^-1 t|^2) / 2
 *
 * with A and B the lower factors of the covariances, t the difference of the locs, and squares summed
 * over elements. Weights do not enter, nor do the units of columns. It is 1 for a distance of 1 standard
 * deviation, and infinite where it overflows.
 *
 * Source: Jeffreys (1946), Kullback & Leibler (1951). The forms of the mixtures may differ.
 * NaN after an error: WICK_ERR_ARGUMENT for other dimensions or components that are not there;
 * WICK_ERR_MEMORY. It works in memory of the tape.
 */
double gmm_divergence(
    wick *w, const gmm_mixture *a, size_t component, const gmm_mixture *b, size_t other);

/** All of them: a row for each component of a, a number for each of b. False after an error. */
bool gmm_divergences(wick *w, const gmm_mixture *a, const gmm_mixture *b, double *out);

/**
 * Which component is which of a reference: the optimal assignment (wick_solve_assignment) by
 * gmm_divergence, of which what is beyond 1e100 counts as that.
 *
 * @param reference  of as many components or fewer; it may have another form
 * @param order      room for K: those that belong to the components of the reference, then the others
 *                   in canonical order. For gmm_reorder
 * @return           the sum of the divergences; NaN after an error
 * Errors: those of gmm_mixture_check and gmm_divergence; WICK_ERR_ARGUMENT for a reference of more
 * components.
 */
double gmm_match(wick *w, const gmm_mixture *mixture, const gmm_mixture *reference, size_t *order);

/* --- what went wrong -------------------------------------------------------------------------- */

/** Kinds of findings: name, when. Of the first five a component has at most one, the first. */
#define GMM_FINDING_LIST(X)                                                         \
    X(ALONE, alone, "a single row is nearly all there is of a component")           \
    X(EMPTY, empty, "less than one row is expected in a component")                 \
    X(COLLAPSED, collapsed, "a component has fewer rows than its covariance needs") \
    X(FLOOR, floor, "a variance of a component is at the floor")                    \
    X(SINGULAR, singular, "the covariance of a component is nearly singular")       \
    X(DUPLICATED, duplicated, "two components have nearly the same density")        \
    X(FEW_ROWS, few_rows, "there are fewer distinct rows than components")          \
    X(CONSTANT, constant, "a column has the same value in all rows in which it was seen")

typedef enum gmm_finding_kind {
#define GMM_FINDING_ENUM(upper, lower, text) GMM_FINDING_##upper,
    GMM_FINDING_LIST(GMM_FINDING_ENUM)
#undef GMM_FINDING_ENUM
} gmm_finding_kind;

/** No component: a finding about the data, or about a tied covariance. */
#define GMM_NONE SIZE_MAX

enum { GMM_EXAMPLES = 4 };

/** Something to look at. Components, rows and columns count from 0. */
typedef struct gmm_finding {
    gmm_finding_kind kind;
    size_t component, other; /**< other: of DUPLICATED, the earlier one. Else GMM_NONE */
    double points;           /**< rows expected in the component: sum_i v_i responsibility_ik */
    /** COLLAPSED: the effective rows, (sum_i u_i)^2 / sum_i v_i r_i^2, u_i = v_i r_i; ALONE: the number
     * in the column; FLOOR: the smallest variance, over the floor; SINGULAR: the condition number of
     * the correlations; DUPLICATED: gmm_divergence; FEW_ROWS: distinct rows; CONSTANT: the number */
    double value;
    double limit;                            /**< what value was compared with */
    size_t n_columns, columns[GMM_EXAMPLES]; /**< ALONE: the one in which the row is farthest out;
                                                    FLOOR, SINGULAR: the main ones of the direction */
    size_t n_rows, rows[GMM_EXAMPLES]; /**< those with most of the component, first the most */
} gmm_finding;

typedef struct gmm_findings {
    size_t n;
    gmm_finding *list;
} gmm_findings;

/** Zero is the default. */
typedef struct gmm_diagnose_options {
    /** The variances that a fit had as its floor, D numbers, 0: none. NULL: those of gmm_em_floor with
     * its defaults, which draws rows by the handle's generator where there are many. */
    const double *floor;
    /** Two components that are closer are the same. 0: 0.01, a distance of a tenth of a standard
     * deviation. */
    double divergence;
    /** A larger condition number of correlations is nearly singular. 0: 1e8, correlations that differ
     * from 1 in the eighth digit. */
    double condition;
} gmm_diagnose_options;

/**
 * Looks for what goes wrong in fits. A healthy fit has no findings.
 *
 * A component needs as many effective rows as there are columns (that are not constant) and one more
 * if covariances are full, else two. It is alone with a row that has 0.9 of it. A variance is at the
 * floor if it is less than 1.01 of it: of full and tied covariances in the worst direction, in units in
 * which the floor is 1. Columns that are constant are findings of their own and left out there.
 *
 * @param data  of its struct only rows, their weights and dimensions are looked at. Resets the tape
 * @return      to be given to gmm_findings_free; NULL after an error
 * Errors: those of gmm_evaluate (gmm_predict.h).
 */
gmm_findings *gmm_diagnose(
    wick *w, const gmm_mixture *mixture, const gmm *data, const gmm_diagnose_options *options);
void gmm_findings_free(gmm_findings *findings);

/** "empty", "alone", ... */
const char *gmm_finding_name(gmm_finding_kind kind);

/**
 * A finding in a sentence, with what to do; no full stop. Lives until the tape is reset.
 *
 * @param columns  names of the D columns; NULL: "column 3"
 */
const char *gmm_format_finding(wick *w, const gmm_finding *finding, const char *const *columns);

/** All of them, a line each; or that there are none. */
const char *gmm_format_findings(wick *w, const gmm_findings *findings, const char *const *columns);

/* --- a table ---------------------------------------------------------------------------------- */

/**
 * The mixture as a table: for each component weight, rows expected in it, and by column the loc, the
 * standard deviation and the correlations with the columns before (of 10 at most); before them the
 * log-likelihood and the criteria of gmm_evaluate.
 *
 * @param data     NULL: the mixture alone. Resets the tape
 * @param columns  names; NULL: "0", "1", ...
 * @return         text that lives until the tape is reset; "" after an error
 * Errors: those of gmm_evaluate.
 */
const char *gmm_format_summary(
    wick *w, const gmm_mixture *mixture, const gmm *data, const char *const *columns);

#endif
