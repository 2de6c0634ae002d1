/**
 * Text built piece by piece, in memory of the tape.
 */
#ifndef MODELS_TEXT_H
#define MODELS_TEXT_H

#include <wick/wick.h>

typedef struct text {
    wick *w;
    char *buffer;
    size_t length, capacity;
} text;

/** Adds to it, as printf does; nothing after an error. */
void text_add(text *t, const char *format, ...) WICK_PRINTF(2, 3);

/** As it stands: lives until the tape is reset. "" after an error. */
const char *text_get(const text *t);

#endif
