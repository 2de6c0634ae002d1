/**
 * The fits of wick-gmm: one for each form of covariance and number of components.
 */
#ifndef TOOLS_GMM_FITS_H
#define TOOLS_GMM_FITS_H

#include "models/gmm.h"
#include "models/gmm_predict.h"
#include "gmm_data.h"
#include "gmm_options.h"

/** The log-likelihood (map and vb: what is maximised) of each start by iteration. */
struct tool_trace {
    size_t n, room;
    struct tool_point {
        size_t start, iteration;
        double value;
    } * points; /**< in the order in which they came */
};

struct tool_fit {
    gmm_covariance covariance;
    size_t components;
    gmm_mixture *mixture; /**< in canonical order; NULL: the fit failed */
    gmm_evaluation evaluation;
    size_t iterations, starts, best_start, best_found;
    bool converged, collapsed;
    double elbo, elbo_se, k; /**< vb, else NaN */
    char *failure;           /**< the message of a fit that failed; else NULL */
    struct tool_trace trace;
};

struct tool_fits {
    size_t n;
    struct tool_fit *fits;
    size_t best; /**< which: the smallest BIC, collapsed ones only if all are */
};

/**
 * Makes all fits. Each starts from the same seed, so that it is the same alone and among others.
 *
 * @return  false, with the handle's error, if all of them failed; to be freed in any case
 */
bool tool_fit(wick *w, const struct tool_options *options, const struct tool_data *data,
    struct tool_fits *fits);
void tool_fits_free(struct tool_fits *fits);

#endif
