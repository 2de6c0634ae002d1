/**
 * What wick-gmm says of its fits: on standard output, in report.md and in summary.json.
 */
#ifndef TOOLS_GMM_REPORT_H
#define TOOLS_GMM_REPORT_H

#include <stdio.h>

#include "gmm_fits.h"
#include "gmm_output.h"
#include "gmm_pictures.h"

/** All that is told. */
struct tool_report {
    const struct tool_options *options;
    const struct tool_data *data;
    const struct tool_fits *fits;
    char *mixture; /**< the chosen fit as a table */
    size_t n_findings;
    char **findings; /**< sentences: what went wrong with it, and what to do */
};

/** Looks at the chosen fit; to be freed in any case. False after an error of the handle. */
bool tool_report_make(wick *w, const struct tool_options *options, const struct tool_data *data,
    const struct tool_fits *fits, struct tool_report *report);
void tool_report_free(struct tool_report *report);

/** The chosen fit. */
const struct tool_fit *tool_report_best(const struct tool_report *report);

/** Data, the table of fits, the chosen one, and what to look at. */
void tool_report_print(const struct tool_report *report, FILE *to);

/** The same as DIR/report.md, with the call, the files and the pictures. False after an error of the
 * handle. */
bool tool_report_write(
    wick *w, const struct tool_report *report, const struct tool_pictures *pictures);

/** Writes summary.json to a path; `report` is a const struct tool_report *. False after an error. */
bool tool_report_summary(wick *w, const char *path, void *report);

#endif
