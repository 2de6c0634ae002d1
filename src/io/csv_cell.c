#include "io/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/buffer.h"
#include "io/parse.h"

/* --- messages -------------------------------------------------------------------------------- */

static const char *name_of(const wicki_csv *c, size_t column)
{
    const size_t *place = c->columns.place;

    if (!c->table->names || !place || column >= c->columns.n || place[column] == WICKI_LEFT_OUT)
        return NULL;
    return c->table->names[place[column]];
}

void wicki_csv_fail(wicki_csv *c, size_t column, const char *format, ...)
{
    wick *w = c->source->w;
    wicki_buffer where = { .w = w };
    char message[WICKI_MESSAGE_SIZE] = "";
    va_list arguments;

    if (column != WICKI_LEFT_OUT) {
        const char *name = name_of(c, column);
        wicki_buffer_add(&where, " column %zu", column + 1);
        if (name) {
            wicki_buffer_add(&where, " '");
            wicki_buffer_text(&where, name, strlen(name));
            wicki_buffer_add(&where, "'");
        }
        wicki_buffer_add(&where, ":");
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    wick_fail(w, WICK_ERR_IO, "%s:%zu:%s %s", c->source->path, c->line,
        where.text ? where.text : "", message);
    wicki_buffer_free(&where);
}

/* Would it be a number with another decimal point? */
static bool has_decimal_comma(const wicki_cell *cell)
{
    char text[64];
    double x;
    const char *comma = memchr(cell->text, ',', cell->length);

    if (!comma || cell->length >= sizeof text)
        return false;
    memcpy(text, cell->text, cell->length);
    text[comma - cell->text] = '.';
    text[cell->length] = '\0';
    return wicki_parse_number(text, &x) == cell->length;
}

static bool has(const wicki_cell *cell, const char *bytes)
{
    for (size_t i = 0; i < cell->length; i++)
        if (strchr(bytes, cell->text[i]) && cell->text[i])
            return true;
    return false;
}

/* What to do about a cell that is no number. */
static const char *advice(const wicki_cell *cell)
{
    const char *p = cell->text + (cell->length > 0 && (*cell->text == '-' || *cell->text == '+'));

    if (cell->length > 0 && memchr(cell->text, '\0', cell->length))
        return "a zero byte is in it; save the file as UTF-8 text";
    if (has(cell, "\r"))
        return "lines must end in LF or CR LF";
    if (has_decimal_comma(cell))
        return "the decimal point must be '.'";
    if (*p == '0' && (p[1] == 'x' || p[1] == 'X'))
        return "write it in decimal";
    if (wicki_is_digit(*p) && has(cell, ",_' "))
        return "write it without separators";
    return "write one, or choose the columns to read";
}

static void fail_cell(
    wicki_csv *c, const wicki_cell *cell, size_t column, const char *is, const char *what_to_do)
{
    wicki_buffer text = { .w = c->source->w };

    wicki_buffer_text(&text, cell->text, cell->length);
    if (wicki_ok(c->source->w))
        wicki_csv_fail(c, column, "'%s' is %s; %s", text.text ? text.text : "", is, what_to_do);
    wicki_buffer_free(&text);
}

/* --- values ---------------------------------------------------------------------------------- */

static bool is_word(const wicki_cell *cell, const char *word)
{
    if (strlen(word) != cell->length)
        return false;
    for (size_t i = 0; i < cell->length; i++)
        if (cell->text[i] != word[i] && cell->text[i] != word[i] - 'a' + 'A')
            return false;
    return true;
}

static bool is_missing(const wicki_cell *cell)
{
    double x;

    if (cell->length == 0 || (cell->length == 1 && *cell->text == '?'))
        return true;
    if (cell->length == 2 && memcmp(cell->text, "NA", 2) == 0)
        return true;
    return is_word(cell, "null") ||
        (wicki_parse_number(cell->text, &x) == cell->length && isnan(x));
}

bool wicki_cell_counts(const wicki_cell *cell)
{
    double x;

    return is_missing(cell) || wicki_parse_number(cell->text, &x) == cell->length;
}

/* Is the infinity one that was written so? */
static bool has_digits(const wicki_cell *cell)
{
    return has(cell, "0123456789");
}

bool wicki_csv_value(wicki_csv *c, const wicki_cell *cell, size_t column, double *value)
{
    static const char FILL_IN[] = "fill it in, leave the row out, or allow missing values";

    if (is_missing(cell)) {
        *value = NAN;
        if (!c->options->missing && cell->length == 0)
            wicki_csv_fail(c, column, "the cell is empty; %s", FILL_IN);
        else if (!c->options->missing)
            fail_cell(c, cell, column, "a missing value", FILL_IN);
    } else if (wicki_parse_number(cell->text, value) != cell->length) {
        fail_cell(c, cell, column, "not a number", advice(cell));
    } else if (isinf(*value) && has_digits(cell)) {
        fail_cell(c, cell, column, "out of range", "doubles end at 1.8e308; change the unit");
    }
    return wicki_ok(c->source->w);
}

/* --- cells ----------------------------------------------------------------------------------- */

/* Behind the closing quote of the cell whose text begins at p; NULL if there is none, which may be
 * so in a first record, whose end was found before its delimiter was. */
static const char *read_quoted(const char *p, const char *end, wicki_cell *cell)
{
    cell->text = p;
    for (; p < end; p++) {
        if (*p != '"')
            continue;
        if (p + 1 == end || p[1] != '"')
            break;
        p++;
    }
    cell->length = (size_t)(p - cell->text);
    return p < end ? p + 1 : NULL;
}

static const char *read_plain(const wicki_csv *c, const char *p, wicki_cell *cell)
{
    const char *end = p;

    if (c->delimiter == ' ')
        while (end < c->end && !wicki_is_blank(c, *end))
            end++;
    else
        end = memchr(p, c->delimiter, (size_t)(c->end - p));
    if (!end)
        end = c->end;
    const char *next = end;
    while (end > p && wicki_is_blank(c, end[-1]))
        end--;
    cell->text = p;
    cell->length = (size_t)(end - p);
    return next;
}

const char *wicki_csv_cell(wicki_csv *c, const char *p, size_t column, wicki_cell *cell, bool *last)
{
    cell->quoted = p < c->end && *p == '"';
    p = cell->quoted ? read_quoted(p + 1, c->end, cell) : read_plain(c, p, cell);
    const char *next = p ? wicki_csv_behind(c, p, last) : NULL;
    if (!p)
        wicki_csv_fail(c, column, WICKI_NOT_CLOSED);
    else if (!next)
        wicki_csv_fail(c, column,
            "text follows the closing quote; quote the whole cell, and double quotes in it");
    return next;
}
