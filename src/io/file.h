/**
 * Files that are written whole, and the directories they are in.
 */
#ifndef WICKI_IO_FILE_H
#define WICKI_IO_FILE_H

#include "io/buffer.h"

/**
 * Makes a directory with those above it; one that is there is fine.
 *
 * @param length    bytes of path that name the directory; 0: the current one
 * @param function  for the message
 * @return          false after WICK_ERR_IO
 */
bool wicki_make_directory(wick *w, const char *function, const char *path, size_t length);

/** Bytes of a path before its last component, without the slash; 0 if there is only one. */
size_t wicki_parent_length(const char *path);

/** Writes to path.tmp and renames it. After WICK_ERR_IO the old file, if any, is as it was. */
bool wicki_write_file(wick *w, const char *function, const char *path, const wicki_buffer *text);

#endif
