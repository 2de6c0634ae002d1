/**
 * A mixture in a file: a row for each component, the form of the covariances in the names of the
 * columns. What is written is read back bit for bit.
 *
 *     weight, loc.NAME ..., then
 *     full       scale_tril.NAME.NAME ...       the lower triangle, row by row
 *     tied       tied_scale_tril.NAME.NAME ...  the same in each row
 *     diagonal   scale.NAME ...
 *     spherical  scale
 */
#ifndef TOOLS_GMM_MODEL_FILE_H
#define TOOLS_GMM_MODEL_FILE_H

#include <wick/table.h>

#include "models/gmm.h"

/** Writes a mixture of columns with these names. False after an error of the handle. */
bool tool_model_write(
    wick *w, const char *path, const gmm_mixture *mixture, const char *const *names);

struct tool_model {
    gmm_mixture *mixture;
    const char **names; /**< of the columns, in the table */
    wick_table *table;
};

/** Reads one; to be freed in any case. False after an error, which names the file and what is wrong
 * with it. */
bool tool_model_read(wick *w, const char *path, struct tool_model *model);
void tool_model_free(struct tool_model *model);

#endif
