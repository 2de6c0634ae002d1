#include "io/json.h"

#include <string.h>

/* --- writing --------------------------------------------------------------------------------- */

void wicki_json_add_text(wicki_buffer *to, const char *text)
{
    wicki_buffer_bytes(to, "\"", 1);
    while (*text) {
        const unsigned char c = (unsigned char)*text;
        const size_t n = wicki_utf8_length(text);
        if (c == '"' || c == '\\')
            wicki_buffer_add(to, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            wicki_buffer_add(to, "\\u%04x", (unsigned)c);
        else if (n == 0)
            wicki_buffer_add(to, "\\ufffd");
        else
            wicki_buffer_bytes(to, text, n);
        text += n ? n : 1;
    }
    wicki_buffer_bytes(to, "\"", 1);
}

/* --- reading --------------------------------------------------------------------------------- */

static bool fail(const wicki_json *j, const char *need)
{
    wicki_buffer shown = { .w = j->w };

    if (!wicki_ok(j->w))
        return false;
    wicki_buffer_text(&shown, j->at, (size_t)(j->end - j->at));
    if (wicki_ok(j->w))
        wick_fail(j->w, WICK_ERR_IO, "%s: %s: byte %zu of the header: got %s%s%s, need %s",
            j->function, j->path, (size_t)(j->at - j->begin), j->at < j->end ? "'" : "its end",
            shown.text ? shown.text : "", j->at < j->end ? "'" : "", need);
    wicki_buffer_free(&shown);
    return false;
}

static void skip_blanks(wicki_json *j)
{
    while (j->at < j->end && strchr(" \t\r\n", *j->at) && *j->at)
        j->at++;
}

/* Goes past a character if it is there. */
static bool take(wicki_json *j, char c)
{
    skip_blanks(j);
    if (!wicki_ok(j->w) || j->at == j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

bool wicki_json_need(wicki_json *j, char c)
{
    char need[] = "'?'";

    need[1] = c;
    return take(j, c) || fail(j, need);
}

bool wicki_json_more(wicki_json *j, char close, size_t *count)
{
    char need[] = "',' or '?'";

    need[8] = close;
    if (take(j, close))
        return false;
    if (*count > 0 && !take(j, ','))
        return fail(j, need);
    ++*count;
    return wicki_ok(j->w);
}

bool wicki_json_end(wicki_json *j)
{
    skip_blanks(j);
    return (j->at == j->end || fail(j, "nothing more")) && wicki_ok(j->w);
}

bool wicki_json_count(wicki_json *j, size_t *value)
{
    skip_blanks(j);
    const char *begin = j->at, *p = begin;
    size_t n = 0;

    for (; p < j->end && *p >= '0' && *p <= '9'; p++) {
        const size_t digit = (size_t)(*p - '0');
        if (n > (SIZE_MAX - digit) / 10)
            return fail(j, "a number that is no larger than a size");
        n = 10 * n + digit;
    }
    if (p == begin || (*begin == '0' && p > begin + 1))
        return fail(j, "a whole number");
    j->at += p - begin;
    *value = n;
    return wicki_ok(j->w);
}

/* --- texts ----------------------------------------------------------------------------------- */

enum { NO_CODE = 0x110000 };

/* Four hexadecimal digits. */
static unsigned long hex_at(const char *p)
{
    static const char DIGITS[] = "0123456789abcdef0123456789ABCDEF";
    unsigned long code = 0;

    for (size_t i = 0; i < 4; i++) {
        const char *digit = p[i] ? strchr(DIGITS, p[i]) : NULL;
        if (!digit)
            return NO_CODE;
        code = code << 4 | ((unsigned long)(digit - DIGITS) & 15);
    }
    return code;
}

/* One to four bytes. */
static char *put_utf8(char *to, unsigned long code)
{
    const unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char LEAD[] = { 0, 0xc0, 0xe0, 0xf0 };

    *to++ = (char)(LEAD[more] | code >> 6 * more);
    for (unsigned i = more; i-- > 0;)
        *to++ = (char)(0x80 | (code >> 6 * i & 0x3f));
    return to;
}

/* What follows "\u"; a pair of surrogates is one character. NULL if it is none. */
static char *take_code(wicki_json *j, char *to)
{
    unsigned long code = hex_at(j->at + 2);

    if (code >= 0xd800 && code < 0xdc00 && j->at[6] == '\\' && j->at[7] == 'u') {
        const unsigned long low = hex_at(j->at + 8);
        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        j->at += 6;
    }
    if (code == 0 || code >= NO_CODE || (code >= 0xd800 && code <= 0xdfff))
        return NULL;
    j->at += 6;
    return put_utf8(to, code);
}

/* What follows a backslash. */
static char *take_escape(wicki_json *j, char *to)
{
    static const char ESCAPES[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
    const char c = j->at[1], *escape = c ? strchr(ESCAPES, c) : NULL;

    if (c == 'u')
        return take_code(j, to);
    if (!escape)
        return NULL;
    *to++ = MEANINGS[escape - ESCAPES];
    j->at += 2;
    return to;
}

static char *take_plain(wicki_json *j, char *to)
{
    const size_t n = (unsigned char)*j->at < 0x20 ? 0 : wicki_utf8_length(j->at);

    memmove(to, j->at, n);
    j->at += n;
    return n > 0 ? to + n : NULL;
}

/* A decoded text is never longer than it was. */
const char *wicki_json_text(wicki_json *j)
{
    char *const text = wicki_json_need(j, '"') ? j->at : NULL, *to = text;

    while (text && *j->at != '"') {
        to = *j->at == '\\' ? take_escape(j, to) : take_plain(j, to);
        if (!to) {
            fail(j, "a character of a text, in UTF-8");
            return NULL;
        }
    }
    if (text) {
        j->at++;
        *to = '\0';
    }
    return text;
}
