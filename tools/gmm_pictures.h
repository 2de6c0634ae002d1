/**
 * The pictures of wick-gmm.
 */
#ifndef TOOLS_GMM_PICTURES_H
#define TOOLS_GMM_PICTURES_H

#include "gmm_fits.h"
#include "gmm_output.h"

/** Which of them were made. */
struct tool_pictures {
    bool bic;        /**< BIC by the number of components, a line for each form */
    bool components; /**< rows of the first two columns by label, and ellipses; of one column their
                          densities */
    bool starts;     /**< the log-likelihood of each start of the chosen fit */
    bool rendered;   /**< are there .png files, not data and scripts alone? */
};

/** False after an error of the handle. */
bool tool_pictures_write(wick *w, const struct tool_options *options, const struct tool_data *data,
    const struct tool_fits *fits, const struct tool_rows *rows, struct tool_pictures *made);

#endif
