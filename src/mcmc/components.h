/**
 * Components: members of a plate, or of leading axes, that have numbers in several sites.
 */
#ifndef WICKI_MCMC_COMPONENTS_H
#define WICKI_MCMC_COMPONENTS_H

#include "mcmc/mcmc.h"

/** A site of components: its numbers are [before][components][after]. */
typedef struct wicki_component_site {
    wicki_auto_site site; /**< a copy */
    size_t place;         /**< of its first number among those of a draw */
    size_t before, after;
} wicki_component_site;

/** Begin with zero. */
typedef struct wicki_components {
    size_t k, n;
    wicki_component_site *sites;
} wicki_components;

/** Room for all sites; false after an error. */
bool wicki_components_open(const wick_mcmc *m, wicki_components *c);
void wicki_components_close(const wick_mcmc *m, wicki_components *c);

/** How many components the site has: members of the plate, or the size of its leading axis (1 if it is
 * a scalar), if plate is NULL or it does not stand there. */
size_t wicki_components_of(const wicki_auto_site *s, const char *plate);

/** Adds a site, with its components as above, which are c->k. */
void wicki_components_add(
    const wick_mcmc *m, wicki_components *c, const wicki_auto_site *s, const char *plate);

/** Does the site stand in the plate? */
bool wicki_stands_in(const wicki_auto_site *s, const char *plate);

/** Numbers of a component. */
size_t wicki_components_features(const wicki_components *c);

/** Is the density the same when components change places? Needs draws. False also after an error. */
bool wicki_components_exchangeable(const wick_mcmc *m, const wicki_components *c);

/**
 * The sites whose k components can be exchanged: those of the plate (NULL: none), if need be with
 * others that stand in no plate and have a leading axis of k. False if there are none, or after an
 * error.
 */
bool wicki_components_find(const wick_mcmc *m, const char *plate, size_t k, wicki_components *c);

#endif
