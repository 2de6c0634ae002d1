/**
 * Components in one order.
 */
#ifndef WICKI_MCMC_RELABEL_H
#define WICKI_MCMC_RELABEL_H

#include "mcmc/components.h"

#include <wick/diagnose.h>

struct wick_relabel {
    wick *w;
    wicki_components of;
    size_t chains, n, warmup, features, changed;
    wick_sampler sampler;
    size_t *order;   /**< [draws of all chains][components] */
    double *numbers; /**< of each site each element: [draws of all chains] */
};

/** Puts the components in order, which are taken over: they are closed with r, also after an error. */
wick_relabel *wicki_relabel_new(const wick_mcmc *m, wicki_components *of, size_t max_iterations);

/** The site of a number of a component, and which of its elements it is. */
const wicki_auto_site *wicki_relabel_find(
    const wick_relabel *r, size_t feature, size_t component, size_t *element);

/** The draws of a number of a component, of all chains: feature 0, 1, ... */
double *wicki_relabel_numbers(const wick_relabel *r, size_t feature, size_t component);

#endif
