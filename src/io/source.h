/**
 * A file or standard input, read in blocks.
 */
#ifndef WICKI_IO_SOURCE_H
#define WICKI_IO_SOURCE_H

#include "base/handle.h"

typedef struct wicki_source {
    wick *w;
    const char *function, *path; /**< as messages show them */
    int file;
    bool ended;
    bool sized;        /**< is size known? */
    uint64_t size;     /**< of the file from where reading began */
    uint64_t position; /**< of `begin` in it */
    char *buffer;      /**< one byte longer than its capacity */
    size_t capacity;
    size_t begin, end; /**< what was read and not yet used */
} wicki_source;

/** @param path  "-" is standard input
 * @return      false after an error, with nothing to close */
bool wicki_source_open(wicki_source *source, wick *w, const char *function, const char *path);

/**
 * Reads more. What is left of the buffer moves to its front; if it is full, it grows.
 *
 * @return  false at the end of the file, and after an error
 */
bool wicki_source_fill(wicki_source *source);

/** Are there n bytes, after reading more if need be? */
bool wicki_source_has(wicki_source *source, size_t n);

/** Goes on by n bytes of the buffer. */
static inline void wicki_source_skip(wicki_source *source, size_t n)
{
    source->begin += n;
    source->position += n;
}

void wicki_source_close(wicki_source *source);

#endif
