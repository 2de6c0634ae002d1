/**
 * wick-gmm --model: the rows of a file labelled by a mixture that was fitted before.
 */
#ifndef TOOLS_GMM_LABEL_H
#define TOOLS_GMM_LABEL_H

#include <wick/wick.h>

#include "gmm_options.h"

/** Reads model and file, prints what was found, writes what --out asks for. False after an error of the
 * handle. */
bool tool_label(wick *w, const struct tool_options *options);

#endif
