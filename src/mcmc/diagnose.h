/**
 * Inside a diagnosis: what is known of all quantities, and a list of findings that grows.
 */
#ifndef WICKI_MCMC_DIAGNOSE_H
#define WICKI_MCMC_DIAGNOSE_H

#include "mcmc/relabel.h"
#include "mcmc/summary.h"

typedef struct wicki_quantity {
    const char *site;             /**< interned */
    const wicki_auto_site *shape; /**< NULL: lp__ */
    size_t element;
    wick_chains x; /**< relabelled, if labels change */
    wick_chains_summary of;
} wicki_quantity;

/** Components whose labels change. */
typedef struct wicki_switched {
    wick_relabel *relabel;
    const char *plate;    /**< NULL: leading axes */
    size_t worst;         /**< the quantity with the largest R-hat before */
    double before, after; /**< of it; the largest after */
} wicki_switched;

typedef struct wicki_diagnosis {
    wick *w;
    const wick_mcmc *m;
    wick_diagnose_options options; /**< with defaults filled in */
    size_t chains, n;
    size_t n_quantities;
    wicki_quantity *quantity; /**< lp__, then all elements of all sites */
    wicki_summarizer summarizer;
    wicki_switched *switched; /**< room for one of each plate, and of each site */
    size_t n_switched;
    size_t n_stuck;
    wick_finding *list; /**< in the arena */
    size_t n_found, capacity;
} wicki_diagnosis;

/** Finds components whose labels change; their quantities are relabelled. Before anything is in the
 * arena: the tape may be reset. */
void wicki_find_labels(wicki_diagnosis *d);

/** Adds a finding, its words those of the page: NULL after an error. */
wick_finding *wicki_found(wicki_diagnosis *d, wick_finding_kind kind, const wicki_page *page);

/** The same about a quantity. */
wick_finding *wicki_found_quantity(
    wicki_diagnosis *d, wick_finding_kind kind, const wicki_page *page, const wicki_quantity *q);

/** "theta[3]" */
void wicki_add_quantity(wicki_page *page, const wicki_quantity *q);

/** "24 of 4000 draws (0.6 %)" */
void wicki_add_share(wicki_page *page, size_t count, size_t of, const char *what);

/** Findings about divergent trajectories, and about chains that stay apart. */
void wicki_check_divergences(wicki_diagnosis *d);
void wicki_check_modes(wicki_diagnosis *d);
void wicki_check_labels(wicki_diagnosis *d);

#endif
