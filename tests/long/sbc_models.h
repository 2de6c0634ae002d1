/**
 * The five small models of sbc.c.
 */
#ifndef TESTS_LONG_SBC_MODELS_H
#define TESTS_LONG_SBC_MODELS_H

#include <wick/wick.h>

enum { SBC_MOST_SITES = 4, SBC_MOST_PARAMETERS = 8, SBC_MOST_DATA = 20, SBC_MODELS = 5 };

/** A latent site. Together their values are the parameters: a vector, one site after the other. */
typedef struct sbc_site {
    const char *name;
    size_t size;
    bool positive; /**< a draw is narrowed in its logarithm */
    bool half;     /**< of each pair of numbers, which sum to 1, only one says something */
} sbc_site;

typedef struct sbc_model {
    const char *key, *name;
    void (*program)(wick *w, void *data); /**< reads its data in place */
    sbc_site site[SBC_MOST_SITES];
    size_t n_sites;
    const char *data; /**< the observed site, or a format for one for each number */
    bool series;      /**< one for each */
    size_t n_data;
    size_t thin;          /**< transitions for each draw that is kept */
    double target_accept; /**< of the chains */
    /** log p(data | parameters), discrete sites summed out; written without wick. */
    double (*log_likelihood)(const double *parameters, const double *data);
} sbc_model;

extern const sbc_model SBC_MODEL[SBC_MODELS];

#endif
