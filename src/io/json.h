/**
 * JSON as it stands in files: a text is written; a header is read from left to right.
 *
 * Source: RFC 8259.
 */
#ifndef WICKI_IO_JSON_H
#define WICKI_IO_JSON_H

#include "io/buffer.h"

/** Adds a text in quotes. Bytes that are not UTF-8 become U+FFFD. */
void wicki_json_add_text(wicki_buffer *to, const char *text);

/** What is read. After an error, WICK_ERR_IO with function, file, place and what is there, all of
 * the functions below return false or NULL. */
typedef struct wicki_json {
    wick *w;
    const char *function, *path;
    char *begin, *at, *end; /**< *end is 0 */
} wicki_json;

/** Goes past a character, and blanks before it; an error if it is not there. */
bool wicki_json_need(wicki_json *json, char c);

/**
 * Is there one more element before `close`? Goes past the comma before it, or past `close`.
 *
 * @param count  of elements so far; is raised
 */
bool wicki_json_more(wicki_json *json, char close, size_t *count);

/** A text, decoded where it stands; it may not have a zero in it. */
const char *wicki_json_text(wicki_json *json);

/** A number without sign, point and exponent. */
bool wicki_json_count(wicki_json *json, size_t *value);

/** Is nothing left but blanks? */
bool wicki_json_end(wicki_json *json);

#endif
