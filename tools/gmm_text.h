/**
 * Texts that are put together piece by piece, and the files they go to.
 */
#ifndef TOOLS_GMM_TEXT_H
#define TOOLS_GMM_TEXT_H

#include <stdio.h>

#include <wick/wick.h>

/** A file that appears whole or not at all: written to PATH.tmp. NULL after an error of the handle. */
FILE *tool_file_open(wick *w, const char *path);

/** Renames it. False after an error, now or earlier; then PATH is as it was. */
bool tool_file_close(wick *w, const char *path, FILE *file);

/** Copies a file to standard output. False after an error of the handle. */
bool tool_file_print(wick *w, const char *path);

/** An error's message for a user: the name of the library's function at its beginning is left out. */
const char *tool_message(const wick *w);

#endif
