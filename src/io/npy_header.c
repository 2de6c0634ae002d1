#include "io/npy.h"

#include <string.h>

#include "io/buffer.h"
#include "io/parse.h"

/* Bytes before the text of the header: magic, version, length in format 1 and in 2 and 3. */
enum { VERSION_AT = 6, LENGTH_AT = 8, TEXT_AT_1 = 10, TEXT_AT_2 = 12, MAX_AXES = 2 };

/* A text that is read from left to right: a literal of Python. */
typedef struct reader {
    wicki_source *source;
    const char *p, *end;
} reader;

static bool fail(wicki_source *s, const char *what)
{
    wick_fail(s->w, WICK_ERR_IO, "%s: %s", s->path, what);
    return false;
}

static bool fail_header(const reader *r)
{
    return fail(r->source, "the header is not one of NPY; write the file again with numpy.save");
}

/* --- the literal ----------------------------------------------------------------------------- */

static bool take(reader *r, char c)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n'))
        r->p++;
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* 'text' or "text", without escapes; length is SIZE_MAX if it is none. */
static const char *take_string(reader *r, size_t *length)
{
    const char quote = take(r, '\'') ? '\'' : take(r, '"') ? '"' : '\0';
    const char *begin = r->p,
               *close = quote ? memchr(begin, quote, (size_t)(r->end - begin)) : NULL;

    *length = close ? (size_t)(close - begin) : SIZE_MAX;
    r->p = close ? close + 1 : begin;
    return begin;
}

static bool take_word(reader *r, const char *word)
{
    const size_t n = strlen(word);

    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

static bool take_bool(reader *r, bool *value)
{
    take(r, ' ');
    *value = take_word(r, "True");
    return *value || take_word(r, "False") || fail_header(r);
}

/* A number; those that do not fit are SIZE_MAX. */
static bool take_size(reader *r, size_t *size)
{
    const char *begin = r->p;

    *size = 0;
    for (; r->p < r->end && wicki_is_digit(*r->p); r->p++) {
        const size_t digit = (size_t)(*r->p - '0');
        *size = *size > (SIZE_MAX - digit) / 10 ? SIZE_MAX : 10 * *size + digit;
    }
    return r->p > begin;
}

/* --- its entries ----------------------------------------------------------------------------- */

static bool fail_type(const reader *r, const char *type, size_t length)
{
    wicki_buffer text = { .w = r->source->w };

    wicki_buffer_text(&text, type, length);
    if (wicki_ok(text.w))
        wick_fail(text.w, WICK_ERR_IO, "%s: dtype '%s' is not supported; save float64%s",
            r->source->path, text.text ? text.text : "",
            length > 1 && type[1] == 'O' ? " with allow_pickle=False" : "");
    wicki_buffer_free(&text);
    return false;
}

/* "<f8": byte order, kind, size */
static bool read_type(reader *r, wicki_npy *npy)
{
    static const char *const KNOWN[] = { "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4",
        "f8" };
    size_t length;

    take(r, ' ');
    if (r->p < r->end && *r->p == '[')
        return fail(r->source, "an array of records is not supported; save float64");
    const char *type = take_string(r, &length);
    if (length == SIZE_MAX)
        return fail_header(r);
    for (size_t i = 0; length == 3 && i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (memcmp(type + 1, KNOWN[i], 2) == 0 && strchr(type[2] == '1' ? "<>|" : "<>", *type)) {
            npy->kind = type[1];
            npy->size = (size_t)(type[2] - '0');
            npy->big_endian = *type == '>';
            return true;
        }
    return fail_type(r, type, length);
}

/* (3,), (3, 4): a vector is a column */
static bool read_shape(reader *r, wicki_npy *npy)
{
    size_t axes = 0, size[MAX_AXES + 1] = { 0, 1 };

    if (!take(r, '('))
        return fail_header(r);
    while (!take(r, ')')) {
        if (!take_size(r, &size[axes < MAX_AXES ? axes : MAX_AXES]))
            return fail_header(r);
        axes++;
        if (!take(r, ',') && (r->p == r->end || *r->p != ')'))
            return fail_header(r);
        take(r, ' ');
    }
    npy->rows = size[0];
    npy->columns = size[1];
    if (axes == 1 || axes == 2)
        return true;
    wick_fail(r->source->w, WICK_ERR_IO, "%s: %zu axes, need 1 or 2; reshape the array",
        r->source->path, axes);
    return false;
}

static bool is_key(const char *text, size_t length, const char *key)
{
    return length == strlen(key) && memcmp(text, key, length) == 0;
}

/* {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } */
static bool read_entries(reader *r, wicki_npy *npy)
{
    unsigned seen = 0;

    if (!take(r, '{'))
        return fail_header(r);
    while (!take(r, '}')) {
        size_t length;
        const char *key = take_string(r, &length);
        if (length == SIZE_MAX || !take(r, ':'))
            return fail_header(r);
        const unsigned which = is_key(key, length, "descr") ? 1
            : is_key(key, length, "fortran_order")          ? 2
            : is_key(key, length, "shape")                  ? 4
                                                            : 0;
        if (which == 0 || (seen & which))
            return fail_header(r);
        seen |= which;
        if (!(which == 1         ? read_type(r, npy)
                    : which == 2 ? take_bool(r, &npy->fortran_order)
                                 : read_shape(r, npy)))
            return false;
        take(r, ',');
    }
    return seen == 7 || fail_header(r);
}

/* --- public ---------------------------------------------------------------------------------- */

bool wicki_npy_header(wicki_npy *npy, wicki_source *s)
{
    size_t length = 0;

    if (!wicki_source_has(s, TEXT_AT_2))
        return wicki_ok(s->w) && fail(s, "the file ends in its header");
    const unsigned char *head = (const unsigned char *)s->buffer + s->begin;
    const unsigned version = head[VERSION_AT];
    if (version < 1 || version > 3) {
        wick_fail(s->w, WICK_ERR_IO, "%s: NPY format %u, need 1 to 3", s->path, version);
        return false;
    }
    const size_t text_at = version == 1 ? TEXT_AT_1 : TEXT_AT_2;
    for (size_t i = text_at; i-- > LENGTH_AT;)
        length = length << 8 | head[i];
    if (!wicki_source_has(s, text_at + length))
        return wicki_ok(s->w) && fail(s, "the file ends in its header");
    const char *text = s->buffer + s->begin + text_at;
    reader r = { .source = s, .p = text, .end = text + length };
    if (!read_entries(&r, npy))
        return false;
    wicki_source_skip(s, text_at + length);
    return npy->columns > 0 || fail(s, "the array has no columns");
}
