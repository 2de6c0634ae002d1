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

/** Raises WICK_ERR_IO: "function: cannot WHAT PATH: the system's reason; ADVICE". */
void wicki_fail_io(wick *w, const char *function, const char *what, const char *path, int error,
    const char *advice);

/** A file in the making: path.tmp, until it is closed. */
typedef struct wicki_output {
    wick *w;
    const char *function, *path;
    int file;
    bool sync;          /**< the bytes are on the disk before the file has its name */
    wicki_buffer bytes; /**< to be written: add to it, and flush it now and then */
    wicki_buffer temporary;
} wicki_output;

/** @return  false after an error, with nothing to close */
bool wicki_output_open(wicki_output *output, wick *w, const char *function, const char *path);
void wicki_output_flush(wicki_output *output);

/** Writes n bytes over those at an offset, which have been added before. */
void wicki_output_patch(wicki_output *output, size_t offset, const char *bytes, size_t n);

/**
 * Writes the rest, and renames the file. After an error of the handle, also one from before, there
 * is no new file, and the old one, if any, is as it was.
 *
 * @return  whether the file is there
 */
bool wicki_output_close(wicki_output *output);

/** Writes to path.tmp and renames it. After WICK_ERR_IO the old file, if any, is as it was. */
bool wicki_write_file(wick *w, const char *function, const char *path, const wicki_buffer *text);

#endif
