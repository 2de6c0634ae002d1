/**
 * What a fit says, and how far to trust it: Pareto smoothed importance sampling, a check of guides,
 * predictive draws and densities, pointwise log-likelihoods, leave-one-out.
 *
 * Programs are run aside, once for each draw: the tape, its vars, the parameters, the steps and
 * the draws outside of sites are as before, and parameters that a program made are gone again.
 * Draws are those of (seed of the handle, .seed, number of the draw), not those of steps of a fit,
 * so the same call gives the same result. Memory does not grow with the number of draws, but for
 * what is asked for. All members of every plate are there, whatever subsample says: nothing here
 * is an estimate from a minibatch. (A program that has the data of its minibatch only, by
 * wick_data_minibatch, is refused: give one that has all of them.)
 */
#ifndef WICK_PREDICT_H
#define WICK_PREDICT_H

#include <wick/guide.h>

WICK_BEGIN

/* --- Pareto smoothed importance sampling ------------------------------------------------------ */

/**
 * Importance weights of n draws, the largest ones smoothed.
 *
 * A generalised Pareto distribution is fitted to the M = ceil(min(n/5, 3 sqrt(n))) largest weights,
 * beyond the next one; they are replaced by its quantiles at (i - 1/2) / M, and none becomes larger
 * than the largest was. Its shape k says how heavy the tail is: the weights have 1/k moments.
 * Up to wick_psis_threshold(n) averages with these weights can be trusted, beyond it they cannot.
 *
 * @param log_ratios   log(target / proposal) of each draw, up to a constant; -inf is a weight of 0
 * @param log_weights  room for n, or log_ratios itself: logs of weights that sum to 1; NULL: none
 * @param k            the shape, or NULL. -inf if the largest weights are all equal; inf if fewer
 *                     than 5 are beyond the next one, and nothing can be fitted, as for n <= 20
 * @return             log of the mean weight before they are made to sum to 1; NaN after an error
 * Errors: WICK_ERR_ARGUMENT for n = 0, NULL, or weights that are all 0; WICK_ERR_NONFINITE for a
 * ratio that is NaN or +inf.
 *
 * Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25(72); the fit is that of Zhang &
 * Stephens (2009), Technometrics 51(3), with k drawn to 0.5 as if by 10 further values, as in the
 * R packages loo and posterior.
 */
WICK_API double wick_psis(
    wick *w, const double *log_ratios, size_t n, double *log_weights, double *k);

/** min(1 - 1/log10(n), 0.7): the largest k with which n draws can be trusted (the same source). */
WICK_API double wick_psis_threshold(size_t n);

/* --- checking a guide ------------------------------------------------------------------------- */

/** What k says of a guide. */
typedef enum wick_verdict {
    WICK_GUIDE_GOOD,      /**< k < 0.5: its draws can be used as they are */
    WICK_GUIDE_USABLE,    /**< k < 0.7: with importance weights */
    WICK_GUIDE_DRAW_MORE, /**< k < 0.7, but over the threshold of so few draws */
    WICK_GUIDE_BAD        /**< k >= 0.7: not to be trusted, with weights or without */
} wick_verdict;

/** Zero is the default. */
typedef struct wick_check_options {
    size_t draws;        /**< of the guide, at least 25; 0: 4000 */
    uint64_t seed;       /**< another number, other draws */
    double *log_weights; /**< room for the smoothed log-weights of the draws, which sum to 1 */
    double *log_ratios;  /**< room for log p - log q of the draws, as they are */
} wick_check_options;

typedef struct wick_guide_check {
    wick_verdict verdict;
    size_t draws;
    double k;                             /**< the shape of the tail of p / q */
    double threshold;                     /**< wick_psis_threshold(draws) */
    double elbo, elbo_se;                 /**< mean of log p - log q, and its standard error */
    double log_evidence, log_evidence_se; /**< log of the mean of p / q, smoothed */
    double effective_draws;               /**< 1 / (sum of the squared weights) */
} wick_guide_check;

/**
 * How close is a guide to the posterior? Draws from it, and compares log p with log q.
 *
 * log p is that of wick_trace_enum_elbo: discrete sites of the model that the guide does not have
 * are summed out exactly. Discrete sites of the guide are drawn, also those marked for
 * enumeration. Scales and masks count as in the loss. If the guide is the posterior all weights
 * are equal: k is -inf and the log-evidence exact.
 *
 * With 4000 draws k is known to about 0.1 (a standard deviation); with few of them it can be far
 * too large where weights crowd at the cutoff, which shows in many effective draws: take more. The
 * more dimensions, the closer a guide has to be: small errors of many sites add up. If the model
 * excludes a draw, its weight is 0 and the ELBO -inf.
 *
 * Draw i and log_weights[i] belong to draw i of wick_predictive_new with the same guide and seed:
 * weighted averages of those are better estimates.
 *
 * @param options  NULL for the defaults
 * @return         numbers that are NaN, and WICK_GUIDE_BAD, after an error
 * Errors: those of wick_trace_enum_elbo; WICK_ERR_ARGUMENT for a site of the guide that is a point
 * (a delta of no draw, as in a MAP fit), whose density is infinite, and for an ambient dimension;
 * WICK_ERR_NONFINITE if log p - log q is NaN or +inf, with where it began.
 *
 * Source: Yao, Vehtari, Simpson & Gelman (2018), "Yes, but did it work?", ICML.
 */
WICK_API wick_guide_check wick_check_guide(
    wick *w, wick_program model, wick_program guide, const wick_check_options *options);

/** The check in a few lines: verdict, numbers, what to do. Lives until the tape is reset. */
WICK_API const char *wick_format_guide_check(wick *w, const wick_guide_check *check);

/* --- draws ------------------------------------------------------------------------------------ */

/**
 * Draws of a site, a row each: [draws][plates][event], plates from the smallest to the largest
 * (equal ones by name), as wick_get has them.
 *
 * Those that you make need name, draws, size and values.
 */
typedef struct wick_draws {
    const char *name;
    size_t draws;         /**< rows */
    size_t size;          /**< doubles of a row: members of the plates times the event */
    const double *values; /**< draws * size of them */
    size_t n_plates;
    const char *plates[WICK_MAX_DIMS];
    size_t plate_sizes[WICK_MAX_DIMS];
    size_t rank, sizes[WICK_MAX_RANK]; /**< the event */
    wick *w;                           /**< set in those that a function returned */
} wick_draws;

/** Frees what a function that says so returned. */
WICK_API void wick_draws_free(wick_draws *draws);

/**
 * Where the latent sites of a model have their values from: a guide, or arrays, such as the draws
 * of a Markov chain, or nowhere, if all is zero: the prior. Parameters come from the store.
 *
 * Latent sites that are not among them are drawn from their distributions: the effect of a new
 * group, say, given the hyperparameters.
 */
typedef struct wick_posterior {
    wick_program guide;      /**< run anew for each draw */
    const wick_draws *sites; /**< or these; the first row of each belongs to draw 0 */
    size_t n_sites;
    size_t draws;  /**< 0: the rows of the arrays, else 1000 */
    uint64_t seed; /**< another number, other draws */
} wick_posterior;

/* --- predictive draws ------------------------------------------------------------------------- */

/** Zero is the default. */
typedef struct wick_predictive_options {
    const char *const *sites; /**< names, ended by NULL: of any type; NULL: the observed and the
                                   deterministic ones of the model */
    bool keep_observed;       /**< observed sites keep their data, and discrete sites are drawn from
                                   their posterior given these */
} wick_predictive_options;

typedef struct wick_predictive wick_predictive;

/**
 * Draws of the predictive distribution: for each draw of the latent sites the model is run, and its
 * observed sites are drawn anew (wick_uncondition). For other data, of other sizes or without any,
 * give a model of them.
 *
 * Takes one block of memory for each site that is returned.
 *
 * @param posterior  NULL: the prior
 * @param options    NULL for the defaults
 * @return           to be given to wick_predictive_free before the handle goes; NULL after an error
 * Errors: WICK_ERR_NAME for a site that a run does not have, or arrays of which none is a latent
 * site; WICK_ERR_SHAPE for an array of another size than its site, arrays with different numbers of
 * rows, or a site of different sizes in two runs; WICK_ERR_ARGUMENT for a guide and arrays at once,
 * more draws than rows, or an ambient dimension; with keep_observed those of wick_infer_discrete.
 */
WICK_API wick_predictive *wick_predictive_new(wick *w, wick_program model,
    const wick_posterior *posterior, const wick_predictive_options *options);
WICK_API void wick_predictive_free(wick_predictive *predictive);

/** The sites there are, in the order of the model or of .sites; NULL past the end. */
WICK_API const wick_draws *wick_predictive_at(const wick_predictive *predictive, size_t index);

/** The draws of a site; live as long as the predictive. Errors: WICK_ERR_NAME, with those there
 * are. */
WICK_API const wick_draws *wick_predictive_find(
    const wick_predictive *predictive, const char *site);

/** Copies them out; count must be draws times size. Returns count, or 0 after an error. */
WICK_API size_t wick_predictive_get(
    const wick_predictive *predictive, const char *site, double *out, size_t count);

/* --- pointwise log-likelihood ----------------------------------------------------------------- */

/**
 * log p(x_i | theta) for each draw of theta and each member i of the plates of an observed site.
 *
 * The site's discrete latent variables are summed out, of each member for itself. Other observed
 * sites and factors are left out, as if they had not been observed. Masked members have 0; scales
 * do not count. All other latent sites need values.
 *
 * @param posterior  NULL: a single draw, of a model whose latent sites are all discrete
 * @param site       its name; NULL: the only observed site
 * @return           to be given to wick_draws_free: a row of all members for each draw. NULL after
 *                   an error
 * Errors: as wick_predictive_new; WICK_ERR_ARGUMENT for a latent site without a value that cannot
 * be summed out, and for a site that is not observed; WICK_ERR_SHAPE for a discrete site that
 * members share, which are not independent then; WICK_ERR_NONFINITE for a density that is NaN or
 * +inf.
 */
WICK_API wick_draws *wick_log_likelihood_new(
    wick *w, wick_program model, const wick_posterior *posterior, const char *site);

/**
 * log of the mean over the draws of p(x_i | theta): the predictive density of the data of the model
 * given, such as the points of a grid. Takes memory for one draw only. For the density at a single
 * theta give arrays of one row.
 *
 * @param out    room for count
 * @param count  must be the number of members
 * @return       count, or 0 after an error
 * Errors: as above
 */
WICK_API size_t wick_predictive_log_density(wick *w, wick_program model,
    const wick_posterior *posterior, const char *site, double *out, size_t count);

/* --- leave-one-out ---------------------------------------------------------------------------- */

/** How well a model predicts members that it has not seen. */
typedef struct wick_elpd {
    const char *name;     /**< "loo" or "waic" */
    double elpd, elpd_se; /**< expected log pointwise predictive density, and its standard error,
                                which is NaN for a single member */
    double p, p_se;       /**< effective number of parameters */
    double ic, ic_se;     /**< -2 elpd */
    size_t members, draws;
    size_t n_bad;             /**< members over the threshold: unreliable ones */
    double threshold;         /**< of k; of wick_waic 0.4, of a member's p */
    double worst;             /**< the largest k, or p of a member */
    const double *pointwise;  /**< elpd of each member */
    const double *diagnostic; /**< k of each member; of wick_waic its p */
    wick *w;
} wick_elpd;

/** Zero is the default. */
typedef struct wick_loo_options {
    const double
        *log_ratios; /**< log p - log q of each draw, if they are draws of a guide and not of
                                   the posterior: .log_ratios of wick_check_guide, with the same
                                   guide, draws and seed; NULL: they are taken as they are */
} wick_loo_options;

/**
 * Leave-one-out cross-validation from one fit: elpd_i = log sum_s w_s p(x_i | theta_s), where w are
 * the smoothed weights (wick_psis) of the ratios 1 / p(x_i | theta_s), times p / q for draws of a
 * guide. p_i = lpd_i - elpd_i with lpd_i the log of the mean density over the posterior. Draws are
 * taken as independent.
 *
 * @param log_likelihood  of wick_log_likelihood_new, or draws, size and values of your own
 * @param options         NULL for the defaults
 * @return                to be given to wick_elpd_free; NULL after an error
 * Errors: WICK_ERR_ARGUMENT for fewer than 2 draws; WICK_ERR_NONFINITE for a number that is not
 * finite, with member and draw (a log-ratio may be -inf).
 *
 * Source: Vehtari, Gelman & Gabry (2017), Statistics and Computing 27; draws of a guide: Magnusson,
 * Andersen, Jonasson & Vehtari (2019), ICML.
 */
WICK_API wick_elpd *wick_loo(
    wick *w, const wick_draws *log_likelihood, const wick_loo_options *options);

/** The widely applicable information criterion: p_i is the variance over draws of the log-density,
 * elpd_i = lpd_i - p_i. The same source. */
WICK_API wick_elpd *wick_waic(wick *w, const wick_draws *log_likelihood);
WICK_API void wick_elpd_free(wick_elpd *elpd);

/** A few lines: estimates with standard errors, reliability, what to do. Lives until the tape is
 * reset. */
WICK_API const char *wick_format_elpd(wick *w, const wick_elpd *elpd);

WICK_END

#endif
