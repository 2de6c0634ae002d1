#include "io/csv.h"

#include <string.h>

#include "io/buffer.h"

/* --- delimiter ------------------------------------------------------------------------------- */

static bool has_outside_quotes(const wicki_csv *c, char byte)
{
    bool quoted = false;

    for (const char *p = c->record; p < c->end; p++) {
        quoted ^= *p == '"';
        if (!quoted && *p == byte)
            return true;
    }
    return false;
}

static char find_delimiter(const wicki_csv *c)
{
    for (const char *d = ";\t,"; *d; d++)
        if (has_outside_quotes(c, *d))
            return *d;
    return has_outside_quotes(c, ' ') ? ' ' : ',';
}

/* Tabs at the beginning of the line were taken for blanks: they may delimit empty cells. */
static void set_delimiter(wicki_csv *c)
{
    if (c->delimiter == 0)
        c->delimiter = find_delimiter(c);
    if (c->delimiter == '\t')
        c->blank = ' ';
    c->record = wicki_skip_blanks(c, c->source->buffer + c->source->begin);
}

/* --- names ----------------------------------------------------------------------------------- */

/* With doubled quotes made one. */
static void add_name(wicki_buffer *names, const wicki_cell *cell)
{
    for (size_t i = 0; i < cell->length; i++) {
        wicki_buffer_bytes(names, cell->text + i, 1);
        i += cell->quoted && cell->text[i] == '"';
    }
    wicki_buffer_bytes(names, "", 1);
}

/* UTF-16 without a byte order mark is found here. */
static bool check_text(wicki_csv *c, const wicki_cell *cell, size_t column)
{
    if (cell->length > 0 && memchr(cell->text, '\0', cell->length))
        wicki_csv_fail(c, column, "a zero byte is in it; save the file as UTF-8 text");
    return wicki_ok(c->source->w);
}

/* Is the column chosen by its number? If not all are, there is a header anyway. */
static bool is_wanted(const wick_table_options *o, size_t column)
{
    for (size_t i = 0; i < o->n_columns; i++)
        if (o->columns[i] && wicki_column_number(o->columns[i]) == column + 1)
            return true;
    return o->n_columns == 0;
}

static bool is_chosen_by_name(const wick_table_options *o)
{
    for (size_t i = 0; i < o->n_columns; i++)
        if (o->columns[i] && wicki_column_number(o->columns[i]) == 0)
            return true;
    return false;
}

/* All cells of the record: their names, how many they are, and whether they are a header. */
static bool read_cells(wicki_csv *c, wicki_buffer *names, bool *is_header)
{
    const wick_table_options *o = c->options;
    const char *p = c->record;
    bool last = false;

    *is_header =
        o->header == WICK_HEADER_YES || (o->header == WICK_HEADER_AUTO && is_chosen_by_name(o));
    for (size_t i = 0; !last; i++) {
        wicki_cell cell;
        p = wicki_csv_cell(c, p, i, &cell, &last);
        if (!p || !check_text(c, &cell, i))
            return false;
        add_name(names, &cell);
        c->columns.n = i + 1;
        if (o->header == WICK_HEADER_AUTO && is_wanted(o, i) && !wicki_cell_counts(&cell))
            *is_header = true;
    }
    return wicki_ok(c->source->w);
}

/* --- columns --------------------------------------------------------------------------------- */

static bool choose(wicki_csv *c, const char *const *names, size_t n)
{
    const wicki_source *s = c->source;
    wicki_table *t = c->table;

    if (!wicki_columns_choose(&c->columns, s->w, s->path, c->options, n, names))
        return false;
    t->of.columns = c->columns.chosen;
    return wicki_table_set_names(t, &c->columns, names);
}

static bool choose_named(wicki_csv *c, const wicki_buffer *texts)
{
    const size_t n = c->columns.n;
    const char **names = wicki_allocate(c->source->w, n * sizeof *names);

    if (!names)
        return false;
    const char *text = texts->text;
    for (size_t i = 0; i < n; i++) {
        names[i] = text;
        text += strlen(text) + 1;
    }
    const bool good = choose(c, names, n);
    wicki_release(c->source->w, names);
    return good;
}

bool wicki_csv_head(wicki_csv *c, bool *is_header)
{
    wicki_buffer names = { .w = c->source->w };
    bool good;

    set_delimiter(c);
    c->first_line = c->line;
    good = read_cells(c, &names, is_header);
    if (good)
        good = *is_header ? choose_named(c, &names) : choose(c, NULL, c->columns.n);
    wicki_buffer_free(&names);
    return good;
}
