/**
 * Summaries of many quantities, and their table.
 */
#ifndef WICKI_MCMC_SUMMARY_H
#define WICKI_MCMC_SUMMARY_H

#include "mcmc/halves.h"
#include "mcmc/mcmc.h"
#include "site/page.h"

#include <wick/diagnose.h>

/** Room for quantities of so many chains and draws, and what depends on these numbers only. */
typedef struct wicki_summarizer {
    wick *w;
    size_t chains, n;
    double *scores; /**< of ranks among the draws in halves */
    double *x;      /**< draws in halves, */
    double *means;  /**< means of these */
    wicki_place *sorted, *scratch;
} wicki_summarizer;

/** False after an error; there is nothing to close then. */
bool wicki_summarizer_open(wicki_summarizer *s, wick *w, size_t chains, size_t n);
void wicki_summarizer_close(wicki_summarizer *s);

/** As wick_summarize; all is NaN after an error of the handle. */
wick_chains_summary wicki_summarize(wicki_summarizer *s, const double *draws);

/** "theta[3]" */
void wicki_add_element(wicki_page *page, const wicki_auto_site *site, size_t element);

/** A line of a table. */
typedef struct wicki_line {
    const char *name;
    wick_chains_summary of;
    bool gap; /**< before it */
} wicki_line;

/** Aligned; "" after an error. */
const char *wicki_format_lines(wick *w, const char *title, size_t n, const wicki_line *lines);

/** "4 chains of NUTS: 1000 transitions of warm-up, 1000 draws each" */
void wicki_add_title(
    wicki_page *page, wick_sampler sampler, size_t chains, size_t warmup, size_t n);

/** The names of statistics. */
extern const char *const WICKI_STATISTIC_NAMES[];

#endif
