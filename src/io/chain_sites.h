/**
 * Sites of chains as files have them: a name of letters, digits and _, plates and event in one
 * shape.
 */
#ifndef WICKI_IO_CHAIN_SITES_H
#define WICKI_IO_CHAIN_SITES_H

#include "mcmc/mcmc.h"

enum { WICKI_CHAIN_AXES = WICK_MAX_DIMS + WICK_MAX_RANK };

typedef struct wicki_chain_site {
    const char *site; /**< its name in the model */
    const char *name; /**< its name in files */
    size_t n_sizes, sizes[WICKI_CHAIN_AXES];
    size_t elements;
} wicki_chain_site;

/** All sites, in the arena: until the tape is reset. NULL after an error. */
const wicki_chain_site *wicki_chain_sites(const wick_mcmc *m, size_t *n);

/** Are there draws? Raises WICK_ERR_STATE, and WICK_ERR_ARGUMENT without a path, which is `what`. */
bool wicki_chains_can_be_written(
    const wick_mcmc *m, const char *function, const char *path, const char *what);

#endif
