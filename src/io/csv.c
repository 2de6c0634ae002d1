#include "io/csv.h"

#include <math.h>
#include <string.h>

#include "io/parse.h"

/* Values of the first piece of memory, about; bytes after which the rows of a file are foretold,
 * and by how much more than they seem to be. */
enum { FIRST_VALUES = 1024, ENOUGH_BYTES = 256 * 1024 };
static const double MARGIN = 1.02;

/* --- records --------------------------------------------------------------------------------- */

/* The next delimiter, or the end. */
static const char *find_delimiter(const wicki_csv *c, const char *p, const char *end)
{
    if (c->delimiter && c->delimiter != ' ') {
        const char *found = memchr(p, c->delimiter, (size_t)(end - p));
        return found ? found : end;
    }
    for (; p < end; p++)
        if (*p == ' ' || *p == '\t' || (!c->delimiter && (*p == ',' || *p == ';')))
            break;
    return p;
}

/* From p, in a quoted cell or not, to the end of the line: is a quote open there? */
static bool leaves_open(const wicki_csv *c, const char *p, const char *end, bool open)
{
    for (;; p++) {
        while (!open && p < end && wicki_is_blank(c, *p))
            p++;
        if (!open && p < end && *p == '"') {
            open = true;
            p++;
        }
        while (open) {
            p = memchr(p, '"', (size_t)(end - p));
            if (!p)
                return true;
            open = p + 1 < end && p[1] == '"';
            p += open ? 2 : 1;
        }
        p = find_delimiter(c, p, end);
        if (p == end)
            return false;
    }
}

/* Offset, from the beginning of the record, of the next line end from `from` on, which is put
 * there if the file ends without one. */
static size_t find_line_end(wicki_source *s, size_t from)
{
    for (;;) {
        const char *begin = s->buffer + s->begin;
        const size_t length = s->end - s->begin;
        const char *found = memchr(begin + from, '\n', length - from);
        if (found)
            return (size_t)(found - begin);
        from = length;
        if (!wicki_source_fill(s))
            break;
    }
    s->buffer[s->end] = '\n';
    return from;
}

static void set_record(wicki_csv *c, size_t length)
{
    const char *begin = c->source->buffer + c->source->begin;

    c->record = wicki_skip_blanks(c, begin);
    c->end = begin + length - (length > 0 && begin[length - 1] == '\r');
}

/* A line, and more while a quote is open at its end. */
static bool read_record(wicki_csv *c)
{
    wicki_source *s = c->source;
    bool open = false;

    for (size_t from = 0, end;; from = end + 1) {
        end = find_line_end(s, from);
        if (!wicki_ok(s->w))
            return false;
        const char *begin = s->buffer + s->begin;
        const bool last = s->begin + end == s->end;
        if (open || memchr(begin + from, '"', end - from))
            open = leaves_open(c, begin + from, begin + end, open);
        c->lines++;
        c->length = end + !last;
        if (!open) {
            set_record(c, end);
            return c->length > 0;
        }
        if (last) {
            wicki_csv_fail(c, WICKI_LEFT_OUT, WICKI_NOT_CLOSED);
            return false;
        }
    }
}

bool wicki_csv_next(wicki_csv *c)
{
    do {
        wicki_source_skip(c->source, c->length);
        c->line += c->lines;
        c->length = c->lines = 0;
        if (!read_record(c))
            return false;
    } while (c->record == c->end);
    return true;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Reads a cell into its place; the next cell is returned, or NULL after an error. */
static const char *read_cell(wicki_csv *c, const char *p, size_t column, double *row, bool *last)
{
    const size_t place = c->columns.place[column];
    wicki_cell cell;
    double x;

    if (place != WICKI_LEFT_OUT) {
        const size_t n = wicki_parse_number(p, &x);
        const char *next = n ? wicki_csv_behind(c, p + n, last) : NULL;
        if (next && isfinite(x)) {
            row[place] = x;
            return next;
        }
    }
    p = wicki_csv_cell(c, p, column, &cell, last);
    if (p && place != WICKI_LEFT_OUT && !wicki_csv_value(c, &cell, column, row + place))
        return NULL;
    return p;
}

static size_t count_cells(wicki_csv *c, const char *p, size_t n)
{
    wicki_cell cell;
    bool last = false;

    for (; p && !last; n++)
        p = wicki_csv_cell(c, p, n, &cell, &last);
    return n;
}

/* Says how many cells there are, unless another error is found on the way. */
static bool fail_ragged(wicki_csv *c, const char *p, size_t n)
{
    const size_t want = c->columns.n;

    if (n == want)
        n = count_cells(c, p, n);
    wicki_csv_fail(c, WICKI_LEFT_OUT, "%zu cell%s, need %zu as in line %zu%s", n, n == 1 ? "" : "s",
        want, c->first_line,
        n == want + 1 && c->table->of.rows == 0 ? "; if the rows have names, name that column too"
                                                : "");
    return false;
}

static bool read_row(wicki_csv *c, double *row)
{
    const char *p = c->record;
    bool last = false;
    size_t i = 0;

    for (; i < c->columns.n && !last; i++) {
        p = read_cell(c, p, i, row, &last);
        if (!p)
            return false;
    }
    return (last && i == c->columns.n) || fail_ragged(c, p, i);
}

/* Half as many rows again; but once enough was read of a file, as many as it seems to have. */
static bool make_room(wicki_csv *c)
{
    const wicki_source *s = c->source;
    const size_t rows = c->table->of.rows;
    size_t want = rows + rows / 2 + FIRST_VALUES / c->table->of.columns;

    if (s->sized && s->position >= ENOUGH_BYTES && s->position < s->size) {
        const double all = (double)rows * ((double)s->size / (double)s->position) * MARGIN;
        if (all < 0.5 * (double)SIZE_MAX)
            want = (size_t)all + 1;
    }
    return wicki_table_grow(c->table, want > rows ? want : rows + 1);
}

static bool read_rows(wicki_csv *c, bool more)
{
    wick_table *t = &c->table->of;

    for (; more; more = wicki_csv_next(c)) {
        if (t->rows == c->table->capacity && !make_room(c))
            return false;
        if (!read_row(c, t->values + t->rows * t->columns))
            return false;
        t->rows++;
    }
    return wicki_ok(c->source->w) && (t->values || wicki_table_grow(c->table, 0));
}

bool wicki_read_csv(wicki_table *table, wicki_source *source, const wick_table_options *options)
{
    const char delimiter = options->delimiter;
    wicki_csv c = { .table = table, .source = source, .options = options, .line = 1 };
    bool is_header;

    c.delimiter = delimiter;
    c.blank = delimiter == '\t' ? ' ' : '\t';
    if (wicki_csv_next(&c)) {
        if (wicki_csv_head(&c, &is_header))
            read_rows(&c, !is_header || wicki_csv_next(&c));
    } else if (wicki_ok(source->w)) {
        wick_fail(source->w, WICK_ERR_IO, "%s is empty; need at least one row", source->path);
    }
    wicki_release(source->w, c.columns.place);
    return wicki_ok(source->w);
}
