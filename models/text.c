#include "models/text.h"

#include <stdio.h>
#include <string.h>

#include <wick/extend.h>

enum { FIRST_CAPACITY = 256 };

/* Room for n bytes more and a zero. */
static bool reserve(text *t, size_t n)
{
    if (wick_status(t->w) != WICK_OK)
        return false;
    if (n < t->capacity - t->length)
        return true;
    const size_t capacity = 2 * t->capacity + n + FIRST_CAPACITY;
    char *buffer = wick_alloc(t->w, capacity);
    if (!buffer)
        return false;
    if (t->length > 0)
        memcpy(buffer, t->buffer, t->length);
    t->buffer = buffer;
    t->capacity = capacity;
    return true;
}

void text_add(text *t, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n >= 0 && reserve(t, (size_t)n))
        t->length += (size_t)vsnprintf(t->buffer + t->length, (size_t)n + 1, format, again);
    va_end(again);
}

const char *text_get(const text *t)
{
    return wick_status(t->w) == WICK_OK && t->buffer ? t->buffer : "";
}
