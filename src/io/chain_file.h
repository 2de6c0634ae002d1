/**
 * What a file of saved chains says of them: options and sites as texts, arrays by their names.
 *
 *     transitions   [chains]           made by each
 *     keys          [chains][2]        of the random numbers: the upper 32 bits, and the lower
 *     state         [chains][numbers]  wicki_chain_pack
 *     draws.C       [kept][dimension]  of chain C, in unconstrained coordinates
 *     statistics.C  [kept][7]          by wick_statistic
 */
#ifndef WICKI_IO_CHAIN_FILE_H
#define WICKI_IO_CHAIN_FILE_H

#include "io/buffer.h"
#include "io/safetensors.h"
#include "mcmc/mcmc.h"

/** The text that says what file this is, and its format. */
#define WICKI_CHAIN_FILE_KEY "wick"
#define WICKI_CHAIN_FILE_FORMAT "chains, format 1"

typedef struct wicki_chain_tags {
    size_t n;
    wicki_tag *tags;
    wicki_buffer text; /**< all keys and values */
} wicki_chain_tags;

/** The format, and all that a resumed run must have in common with the one that was saved. False
 * after an error; to be freed in any case. */
bool wicki_chain_tags_make(wicki_chain_tags *to, const wick_mcmc *m);
void wicki_chain_tags_free(wicki_chain_tags *tags);

/** Transitions of a chain that are kept. */
size_t wicki_chain_rows(const wick_mcmc_options *o, size_t done);

enum { WICKI_CHAIN_TENSOR_NAME = 40 };

/** "draws.3" */
void wicki_chain_tensor_name(char to[WICKI_CHAIN_TENSOR_NAME], const char *what, size_t chain);

/** Has the handle no error, and is this the path of a file? */
bool wicki_chain_path(wick *w, const char *function, const char *path);

#endif
