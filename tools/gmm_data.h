/**
 * The rows that wick-gmm fits or labels.
 */
#ifndef TOOLS_GMM_DATA_H
#define TOOLS_GMM_DATA_H

#include <wick/table.h>
#include <wick/wick.h>

#include "models/gmm.h"

struct tool_data {
    size_t n, dimensions;
    double *x;          /**< n rows; NaN: not seen */
    double *weights;    /**< of the rows; NULL: once each */
    const char **names; /**< of the columns; of one without a name its number in the file, from 1 */
    bool named;         /**< has the file names? */
    size_t missing;     /**< numbers that were not seen */
    wick_table *table;  /**< has x and the file's names */
};

/**
 * Reads FILE.
 *
 * @param columns  a list as --columns has it; NULL: `wanted`
 * @param weights  as --weights has it; NULL: none
 * @param wanted   NULL: all columns; else n_wanted names or numbers, the columns of a model, for which
 *                 columns of a file without names are taken in their order
 * @param data     to be freed in any case
 * @return         false after an error of the handle
 */
bool tool_data_read(wick *w, const char *file, const char *columns, const char *weights,
    size_t n_wanted, const char *const *wanted, struct tool_data *data);
void tool_data_free(struct tool_data *data);

/** A column's name for people: "column 2" where the file has none. Lives as long as the handle. */
const char *tool_data_column(wick *w, const struct tool_data *data, size_t column);

/** The data as a fit takes them. */
gmm tool_data_gmm(const struct tool_data *data, size_t components, gmm_covariance covariance);

/** "standard input" for "-", else the path. */
const char *tool_file_name(const char *path);

/** A copy of a format's text, to be freed; NULL after an error of the handle. */
char *tool_text(wick *w, const char *format, ...) WICK_PRINTF(2, 3);

#endif
