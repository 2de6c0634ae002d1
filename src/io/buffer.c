#include "io/buffer.h"

#include <stdio.h>
#include <string.h>

#include "io/number.h"

enum { FIRST_CAPACITY = 1024, MAX_SHOWN = 40 };

/* Room for n bytes more and a zero. */
static bool reserve(wicki_buffer *buffer, size_t n)
{
    if (!wicki_ok(buffer->w))
        return false;
    if (n < buffer->capacity - buffer->length)
        return true;
    if (n >= SIZE_MAX / 2 - buffer->length) {
        wick_fail(buffer->w, WICK_ERR_LIMIT, "a text of %zu bytes does not fit into memory", n);
        return false;
    }
    const size_t need = buffer->length + n + 1, twice = 2 * buffer->capacity;
    const size_t capacity = need > twice ? need + FIRST_CAPACITY : twice;
    char *text = wicki_allocate(buffer->w, capacity);
    if (!text)
        return false;
    if (buffer->length > 0)
        memcpy(text, buffer->text, buffer->length);
    wicki_release(buffer->w, buffer->text);
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void wicki_buffer_bytes(wicki_buffer *buffer, const char *bytes, size_t n)
{
    if (!reserve(buffer, n))
        return;
    memcpy(buffer->text + buffer->length, bytes, n);
    buffer->length += n;
    buffer->text[buffer->length] = '\0';
}

void wicki_buffer_add(wicki_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n > 0 && reserve(buffer, (size_t)n)) {
        vsnprintf(buffer->text + buffer->length, (size_t)n + 1, format, again);
        buffer->length += (size_t)n;
    }
    va_end(again);
}

void wicki_buffer_text(wicki_buffer *buffer, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        const unsigned char c = (unsigned char)text[i];
        const size_t n = c < ' ' || c == 0x7f ? 0 : wicki_utf8_length(text + i);
        if (i >= MAX_SHOWN) {
            wicki_buffer_bytes(buffer, "...", 3);
            return;
        }
        if (n == 0)
            wicki_buffer_add(buffer, "\\x%02X", (unsigned)c);
        else
            wicki_buffer_bytes(buffer, text + i, n);
        i += n ? n : 1;
    }
}

void wicki_buffer_number(wicki_buffer *buffer, double x)
{
    char text[WICKI_NUMBER_SIZE];

    wicki_buffer_bytes(buffer, text, wicki_number_text(text, x));
}

void wicki_buffer_bits(wicki_buffer *buffer, uint64_t bits)
{
    char bytes[sizeof bits];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(bits >> 8 * i & 0xff);
    wicki_buffer_bytes(buffer, bytes, sizeof bytes);
}

void wicki_buffer_double(wicki_buffer *buffer, double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    wicki_buffer_bits(buffer, bits);
}

void wicki_buffer_free(wicki_buffer *buffer)
{
    wicki_release(buffer->w, buffer->text);
    *buffer = (wicki_buffer){ .w = buffer->w };
}

char *wicki_copy_text(wick *w, const char *text)
{
    if (!text || !wicki_ok(w))
        return NULL;
    const size_t size = strlen(text) + 1;
    char *copy = wicki_allocate(w, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* Table 3-7 of the Unicode standard. */
size_t wicki_utf8_length(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    const unsigned lead = p[0];
    const size_t n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

    if (n < 2)
        return n;
    if (lead > 0xf4 || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}
