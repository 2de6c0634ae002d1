/**
 * Text that grows. After an error of the handle, adding to it does nothing: look once, at the end.
 */
#ifndef WICKI_IO_BUFFER_H
#define WICKI_IO_BUFFER_H

#include "base/handle.h"

typedef struct wicki_buffer {
    wick *w;
    char *text; /**< ends in a zero; NULL while nothing was added */
    size_t length, capacity;
} wicki_buffer;

void wicki_buffer_bytes(wicki_buffer *buffer, const char *bytes, size_t n);

/** As printf; floating-point numbers would depend on the locale and go through _number. */
void wicki_buffer_add(wicki_buffer *buffer, const char *format, ...) WICK_PRINTF(2, 3);

/** A text from a file, for a message: up to 40 bytes of it, then "..."; what is neither printable
 * nor UTF-8 as \xNN. A zero, or a line end, must stand behind it. */
void wicki_buffer_text(wicki_buffer *buffer, const char *text, size_t length);

/** wicki_number_text. */
void wicki_buffer_number(wicki_buffer *buffer, double x);

/** 8 bytes, the least significant first; those of a double. */
void wicki_buffer_bits(wicki_buffer *buffer, uint64_t bits);
void wicki_buffer_double(wicki_buffer *buffer, double x);

void wicki_buffer_free(wicki_buffer *buffer);

/** A copy that outlives the tape, for wicki_release; NULL stays NULL. */
char *wicki_copy_text(wick *w, const char *text);

/** Bytes of the UTF-8 sequence that a text begins with; 0 if it is none. */
size_t wicki_utf8_length(const char *text);

#endif
