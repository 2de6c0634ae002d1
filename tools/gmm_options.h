/**
 * The command line of wick-gmm.
 */
#ifndef TOOLS_GMM_OPTIONS_H
#define TOOLS_GMM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/gmm.h"

/** Exit codes. */
enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum { FORMS = 4 };

/** How a mixture is fitted. */
enum tool_method { METHOD_EM, METHOD_MAP, METHOD_VB };

/** When a progress line is drawn: on a terminal, always, never. */
enum tool_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct tool_options {
    int argc; /**< the command line */
    char **argv;
    const char *file;    /**< "-": standard input */
    const char *model;   /**< NULL: fit one */
    const char *out;     /**< a directory; NULL: no files */
    const char *columns; /**< names or numbers with commas between; NULL: all */
    const char *weights; /**< a name or a number; NULL: each row counts once */
    size_t fewest, most; /**< components */
    bool forms[FORMS];   /**< by gmm_covariance: which are fitted */
    enum tool_method method;
    size_t starts; /**< of each fit */
    uint64_t seed;
    size_t threads;
    size_t max_iterations; /**< 0: the method's own */
    double tolerance;      /**< WICK_ZERO where 0 was asked for; 0: the method's own */
    double variance_floor; /**< likewise */
    bool json, no_plots, quiet;
    enum tool_progress progress;
};

/** "em", "map" or "vb". */
const char *tool_method_name(enum tool_method method);

/**
 * Reads the command line, over the defaults. Help and version go to standard output, what is wrong
 * with it to standard error.
 *
 * @return  whether to go on; if not, *status is the exit code
 */
bool tool_read_options(struct tool_options *options, int argc, char **argv, int *status);

#endif
