/**
 * What diagnostics are made of: sorted draws, their ranks, and measures of halves of chains.
 */
#ifndef WICKI_MCMC_HALVES_H
#define WICKI_MCMC_HALVES_H

#include "base/handle.h"

#include <wick/mcmc.h>

/** Fewer draws in a chain say nothing. */
enum { WICKI_FEWEST_DRAWS = 12 };

/** Halves of chains, one after the other; means: room for one number of each. */
typedef struct wicki_halves {
    size_t m, n;
    const double *x;
    double *means;
} wicki_halves;

/** A draw, and where it stands. */
typedef struct wicki_place {
    double x;
    size_t i;
} wicki_place;

double wicki_mean_of(size_t n, const double *x);
double wicki_variance_of(size_t n, const double *x);

/** Ascending; equal draws stay as they stand. scratch: room for n. */
void wicki_sort_places(size_t n, wicki_place *places, wicki_place *scratch);

/** The draws in ascending order, in memory for wicki_release; NULL after an error. */
wicki_place *wicki_sorted_places(wick *w, size_t n, const double *x);

/** The quantile between order statistics, type 7 of Hyndman & Fan. */
double wicki_sorted_quantile(size_t n, const wicki_place *sorted, double prob);

/** The normal score of a rank among n draws: equation 14 of Vehtari et al. (2021). */
double wicki_rank_score(double rank, size_t n);

/** out[i]: the normal score of the rank of the draw that stands at i, ties at their mean. scores:
 * those of ranks 1 .. n; NULL: not known yet. */
void wicki_rank_scores(size_t n, const wicki_place *sorted, const double *scores, double *out);

/** Are there enough draws, all finite and not all the same? */
bool wicki_can_tell(wick_chains x);

/** Moves the halves of chains together; the middle of an odd number of draws is left out. Returns
 * how many draws are left. draws may be where x has them. */
size_t wicki_split(wick_chains x, double *draws);

/** R-hat of numbers as they are: equations 1 to 4. */
double wicki_basic_rhat(const wicki_halves *h);

/** The effective sample size of the mean of numbers as they are: equations 10 to 12. NaN if they are
 * all the same. */
double wicki_basic_ess(const wicki_halves *h);

#endif
