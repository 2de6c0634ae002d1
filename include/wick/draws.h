/**
 * Chains in files, and on the screen: their state, to go on later; their draws, for other programs;
 * a progress line.
 *
 *     wick_mcmc *m = wick_mcmc_new(p, &options);
 *     if (resume)
 *         wick_mcmc_load(m, "run.chains");
 *     while (!wick_mcmc_run(m) && wick_status(w) == WICK_OK)
 *         wick_mcmc_save(m, "run.chains");       ... the callback interrupts now and then
 *     wick_mcmc_write_stan_csv(m, "out/run", NULL);
 *     wick_mcmc_write_npy(m, "out/run");
 *
 * Each file appears whole or not at all: it is written to FILE.tmp, then renamed. Missing
 * directories are made.
 */
#ifndef WICK_DRAWS_H
#define WICK_DRAWS_H

#include <wick/io.h>
#include <wick/stan_csv.h>

WICK_BEGIN

/* --- chains that go on ----------------------------------------------------------------------- */

/**
 * Saves where chains stand and what they have drawn: before a run, after one, after an interrupt in
 * the warm-up or later, or in the callback. Chains that load it go on as if nothing had happened:
 * their draws are bit by bit those of a run without a break, on any number of threads (with
 * WICK_MATH_PORTABLE on any machine).
 *
 * The file is one of safetensors, which Python, PyTorch and JAX read: `draws.C` and `statistics.C`
 * of each chain C from 0 (unconstrained coordinates, and what wick_statistic lists), `state`,
 * `transitions`, `keys`; options as texts; checksums (64-bit FNV-1a) of all of it. Before it gets
 * its name it is on the disk, so that after a crash or a loss of power there is the old file or the
 * new one.
 *
 * @return  whether the file is there
 * Errors: WICK_ERR_ARGUMENT without a path; WICK_ERR_IO with the path and the reason, and a file
 * from before is as it was; WICK_ERR_MEMORY.
 */
WICK_API bool wick_mcmc_save(const wick_mcmc *m, const char *path);

/**
 * Takes over what wick_mcmc_save has saved, in place of what the chains have drawn; not to be called
 * in their callback. The next wick_mcmc_run goes on; if all draws are there, it returns at once.
 *
 * The potential must be that of the same model, data and parameters: its sites are compared, and
 * its value where each chain stands. The seed of the handle and the options must be those of the
 * chains that were saved; but .samples may be any number from the draws in the file on, and
 * .threads and .callback do not matter. The tape is reset.
 *
 * @return  false after an error: the chains are as they were
 * Errors: WICK_ERR_STATE for chains of other options, with their values in the file and here, for
 * more draws in the file than .samples, and for another potential; WICK_ERR_IO for a file that
 * cannot be read, is damaged or is none of wick_mcmc_save, with the path, the place and what is
 * needed; WICK_ERR_ARGUMENT without a path; those of wick_potential_value; WICK_ERR_MEMORY.
 */
WICK_API bool wick_mcmc_load(wick_mcmc *m, const char *path);

/* --- draws for other programs ---------------------------------------------------------------- */

/**
 * The name that a site has in the files below: its own if Stan can have it, else one with _ for
 * other characters, x before a first one that is no letter and behind a last __, and a number if
 * another site has that name. NULL past the last site.
 *
 * @return  until the tape is reset; NULL after an error
 */
WICK_API const char *wick_mcmc_file_name(const wick_mcmc *m, size_t site);

/** Zero is the default. */
typedef struct wick_mcmc_csv_options {
    const char *model; /**< a name like those of Stan's variables; NULL: model */
    const char *data;  /**< where the data came from; NULL: not said */
} wick_mcmc_csv_options;

/**
 * Writes the draws as CmdStan's CSV (see stan_csv.h): PREFIX_1.csv, PREFIX_2.csv, ..., one for each
 * chain. A site is an array of its plates, from the smallest to the largest, and then its event.
 * The rows are those that wick_mcmc_draws and, with .keep_warmup, wick_mcmc_warmup_draws have.
 *
 * CmdStan's columns of static trajectories are read by nobody: chains of WICK_HMC get those of
 * NUTS, with a tree depth of 0.
 *
 * @param prefix   directory and first part of the names
 * @param options  NULL for the defaults
 * @return         whether all files are there
 * Errors: WICK_ERR_STATE before there are draws; WICK_ERR_ARGUMENT without a prefix; those of
 * wick_mcmc_draws and of stan_csv.h.
 */
WICK_API bool wick_mcmc_write_stan_csv(
    const wick_mcmc *m, const char *prefix, const wick_mcmc_csv_options *options);

/**
 * Writes the draws as NPY, one file for each site and statistic, for numpy.load:
 *
 *     DIRECTORY/posterior/SITE.npy      [chain][draw][plates][event], float64
 *     DIRECTORY/sample_stats/NAME.npy   [chain][draw]: lp, acceptance_rate, step_size, energy,
 *                                       float64; tree_depth, n_steps, int64; diverging, bool
 *
 * These are the groups and names of ArviZ: arviz.from_dict takes a dict of each group. With
 * .keep_warmup there are warmup_posterior and warmup_sample_stats too.
 *
 * @return  whether all files are there
 * Errors: WICK_ERR_STATE before there are draws; WICK_ERR_ARGUMENT without a directory; WICK_ERR_IO
 * with the path and the reason; those of wick_mcmc_draws.
 */
WICK_API bool wick_mcmc_write_npy(const wick_mcmc *m, const char *directory);

/* --- progress -------------------------------------------------------------------------------- */

/**
 * A ready .callback of chains, which draws how far they are on a wick_progress, its .callback_arg:
 *
 *     chains  1200/8000  15 %  warm-up  step 0.43  0 divergent  12345 it/s  0:05 left
 *
 *     wick_progress *line = wick_progress_new(w, NULL);
 *     options.callback = wick_progress_chains;
 *     options.callback_arg = line;
 *
 * Transitions are those of all chains; it is warm-up until all chains are past it, then "draws"; the
 * step size is the mean of the chains; divergent trajectories are those after the warm-up. Of the
 * progress' options .total is not looked at, and the label is "chains" by default. A callback of
 * one's own may call it. A line that is too long for 79 columns goes without the percentage.
 *
 * @return  true: it interrupts nothing
 */
WICK_API bool wick_progress_chains(const wick_mcmc_progress *progress, void *line);

WICK_END

#endif
