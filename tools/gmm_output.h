/**
 * What wick-gmm writes of a mixture and the rows it was fitted to, or labels.
 */
#ifndef TOOLS_GMM_OUTPUT_H
#define TOOLS_GMM_OUTPUT_H

#include <stdio.h>

#include "models/gmm.h"
#include "gmm_data.h"
#include "gmm_options.h"

/** Label, log-density and responsibilities of rows. */
struct tool_rows {
    size_t n, components;
    size_t columns;     /**< components + 2 */
    double *values;     /**< n rows of them */
    double *weight;     /**< rows of each component by their labels, and their weights; K numbers */
    double log_density; /**< sum, with weights */
};

/** To be freed in any case; false after an error of the handle. */
bool tool_rows_predict(
    wick *w, const gmm_mixture *mixture, const struct tool_data *data, struct tool_rows *rows);
void tool_rows_free(struct tool_rows *rows);

/** DIR/responsibilities.csv; .npy if FILE is one. */
bool tool_rows_write(wick *w, const struct tool_options *options, const struct tool_rows *rows);

/** The name of that file, without the directory. */
const char *tool_rows_name(const struct tool_options *options);

/** A line about the data. */
void tool_data_print(const struct tool_options *options, const struct tool_data *data, FILE *to);

/** The same as keys. */
void tool_data_summary(
    wick_summary *summary, const struct tool_options *options, const struct tool_data *data);

/**
 * The run's numbers as JSON: DIR/summary.json, and on standard output if --format is json.
 *
 * @param write  writes the file whose path it is given; false after an error of the handle
 */
bool tool_summary(wick *w, const struct tool_options *options,
    bool (*write)(wick *w, const char *path, void *arg), void *arg);

/** DIR/file, to be freed; NULL after an error of the handle. */
char *tool_path(wick *w, const struct tool_options *options, const char *file);

#endif
