/**
 * Draws of Markov chains in files that the readers of Stan's output accept: CmdStan's CSV, one file
 * for each chain.
 *
 *     const wick_stan_variable variables[] = { { .name = "mu" }, { "theta", 1, (size_t[]){ 8 } } };
 *     wick_stan_csv *csv = wick_stan_csv_new(w, "schools_1.csv", 2, variables,
 *         &(wick_stan_csv_options){ .num_samples = 1000, .num_warmup = 1000 });
 *     ... warm-up ...
 *     wick_stan_csv_adapted(csv, stepsize, 9, inverse_metric);
 *     for (...)
 *         wick_stan_csv_row(csv, &draw);
 *     wick_stan_csv_close(csv, warmup_seconds, sampling_seconds);
 *
 * Read them with cmdstanpy.from_csv, arviz.from_cmdstan (before version 1.0; since then
 * arviz.from_cmdstanpy of what cmdstanpy read), rstan::read_stan_csv,
 * cmdstanr::read_cmdstan_csv, or CmdStan's stansummary and diagnose.
 *
 * Numbers are written with a decimal point in every locale, and so that they are read as the same
 * doubles; NaN and infinities as nan, inf and -inf, which is what CmdStan does. CmdStan's own
 * reader takes these for 0 without a word: ask wick_stan_csv_nonfinite.
 */
#ifndef WICK_STAN_CSV_H
#define WICK_STAN_CSV_H

#include <wick/mcmc.h>

WICK_BEGIN

/** A number, or an array of them. */
typedef struct wick_stan_variable {
    const char *name;    /**< as in Stan: letters of ASCII, digits and _, a letter first, not ending
                              in __ */
    size_t n_sizes;      /**< axes; 0: a number */
    const size_t *sizes; /**< of the axes, none of them 0 */
} wick_stan_variable;

/**
 * The name of a column of a variable: mu, theta.3, L.2.1. Indices count from 1, and as in Stan it
 * is the first that runs fastest from column to column: L.1.1, L.2.1, L.1.2, L.2.2.
 *
 * @param buffer  gets the name, cut to size - 1 bytes, and a zero; NULL if size is 0
 * @param column  of this variable, from 0
 * @return        the length of the whole name
 */
WICK_API size_t wick_stan_name(
    char *buffer, size_t size, const wick_stan_variable *variable, size_t column);

/** Zero is the default. What readers need to know of the run; nothing of it is acted on. */
typedef struct wick_stan_csv_options {
    const char *model;              /**< a name like those of variables; NULL: model */
    const char *data;               /**< where the data came from; NULL: not said */
    size_t chain;                   /**< its number; 0: 1 */
    uint64_t seed;                  /**< of the run */
    size_t num_samples, num_warmup; /**< transitions planned, before thinning; cmdstanpy takes no
                                         file with num_warmup 0, not even CmdStan's: of a run that
                                         goes on, say what its warm-up was */
    size_t thin;                    /**< one row for so many transitions; 0: 1 */
    bool save_warmup;               /**< the file has the rows of the warm-up too */
    double delta;                   /**< the acceptance rate aimed at; 0: 0.8 */
    size_t max_depth;               /**< of trees; 0: 10 */
    wick_metric metric;
} wick_stan_csv_options;

typedef struct wick_stan_csv wick_stan_csv;

/**
 * Begins a file. It is PATH.tmp until wick_stan_csv_close has renamed it; missing directories are
 * made. Rows are written as they come: a run of any length takes a buffer of 64 KiB and a row.
 * Several files of one handle may be open.
 *
 * @param path       must end in .csv, without which readers do not take it
 * @param n          variables, in the order of their columns; copied, as the options are
 * @return           to be given to wick_stan_csv_close; NULL after an error
 *
 * Errors: WICK_ERR_NAME for a name that is not as above, or that two variables have;
 * WICK_ERR_SHAPE for a size that is 0; WICK_ERR_LIMIT for more than 2^24 columns;
 * WICK_ERR_ARGUMENT without variables, sizes or options, for a path that does not end in .csv, a
 * line end in path or data, a delta that is not between 0 and 1, or an unknown metric; WICK_ERR_IO
 * with the path and the reason.
 */
WICK_API wick_stan_csv *wick_stan_csv_new(wick *w, const char *path, size_t n,
    const wick_stan_variable *variables, const wick_stan_csv_options *options);

/** A row: a draw, and how the sampler came to it (the columns lp__, accept_stat__ and so on). */
typedef struct wick_stan_draw {
    double lp;                    /**< log density, up to a constant: minus the potential */
    double accept_stat, stepsize; /**< mean probability of acceptance; step of the leapfrog */
    size_t treedepth, n_leapfrog; /**< of the trajectory */
    bool divergent;
    double energy;        /**< the Hamiltonian, from which readers make E-BFMI */
    size_t n;             /**< values: those of all variables */
    const double *values; /**< variable by variable, the last index of each fastest, as C has arrays
                               and wick_potential_constrain gives them; the file has them in the
                               order of wick_stan_name */
} wick_stan_draw;

/**
 * Writes a row: before wick_stan_csv_adapted one of the warm-up, which must be .save_warmup, later
 * a draw. A row with an error is not in the file; it can be given again.
 *
 * Errors: WICK_ERR_SHAPE if n is not the number of columns; WICK_ERR_STATE for a row of the warm-up
 * that is not to be saved, or more rows than the options plan; WICK_ERR_ARGUMENT without a draw or
 * values; WICK_ERR_MEMORY; WICK_ERR_IO, after which there will be no file.
 */
WICK_API void wick_stan_csv_row(wick_stan_csv *csv, const wick_stan_draw *draw);

/**
 * Says what the warm-up found. Every file needs it, once: also after a warm-up of no transitions,
 * or one that was interrupted.
 *
 * @param n               unconstrained coordinates
 * @param inverse_metric  diagonal: n variances; dense: their n times n covariances; unit: not read
 * Errors: WICK_ERR_STATE the second time; WICK_ERR_DOMAIN for a step size that is not positive and
 * finite, or an element that is not finite; WICK_ERR_ARGUMENT if the metric is missing.
 */
WICK_API void wick_stan_csv_adapted(
    wick_stan_csv *csv, double stepsize, size_t n, const double *inverse_metric);

/** How many numbers in the rows so far were NaN or infinite. */
WICK_API size_t wick_stan_csv_nonfinite(const wick_stan_csv *csv);

/**
 * Ends the file and frees its writer, in any case. If there were fewer rows than planned, as after
 * an interrupt, the file says that so many were: readers compare.
 *
 * @param warmup_seconds    how long it took, shown to the millisecond; not a positive number: 0
 * @param sampling_seconds  likewise
 * @return                  whether the file is there; false, and an older file is as it was, if the
 *                          handle has an error
 * Errors: WICK_ERR_STATE without wick_stan_csv_adapted; WICK_ERR_IO with the path and the reason,
 * also if that was said before and cleared.
 */
WICK_API bool wick_stan_csv_close(
    wick_stan_csv *csv, double warmup_seconds, double sampling_seconds);

WICK_END

#endif
