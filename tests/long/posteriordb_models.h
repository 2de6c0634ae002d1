/**
 * Eight posteriors of stan-dev/posteriordb as models of wick.
 *
 * Sites have the names that the parameters have there. What is flat in Stan for want of a prior is
 * wick_improper_uniform here; discrete states are sites, which the potential sums out.
 */
#ifndef TESTS_LONG_POSTERIORDB_MODELS_H
#define TESTS_LONG_POSTERIORDB_MODELS_H

#include <wick/wick.h>

typedef struct posteriordb {
    const char *name; /**< posterior, as posteriordb has it: data-model */
    void (*model)(wick *w, void *arg);
    /** Draw i of an element of a parameter that is no site but computed from some; NULL: none is. */
    double (*computed)(const wick_mcmc *m, const char *parameter, size_t element, size_t i);
} posteriordb;

enum { POSTERIORDB_MODELS = 8 };

extern const posteriordb posteriordb_models[POSTERIORDB_MODELS];

#endif
