#include "io/table.h"

#include <string.h>

static const char FUNCTION[] = "wick_table_read";
static const char DELIMITERS[] = "\t ,;:|/!#&*~^@=";

bool wicki_table_grow(wicki_table *t, size_t rows)
{
    const size_t columns = t->of.columns;

    if (rows > SIZE_MAX / sizeof(double) / columns) {
        wick_fail(t->w, WICK_ERR_LIMIT, "%s: %zu rows of %zu columns do not fit into memory",
            FUNCTION, rows, columns);
        return false;
    }
    double *values = wicki_allocate(t->w, (rows ? rows : 1) * columns * sizeof *values);
    if (!values)
        return false;
    if (t->of.values)
        memcpy(values, t->of.values, t->of.rows * columns * sizeof *values);
    wicki_release(t->w, t->of.values);
    t->of.values = values;
    t->capacity = rows;
    return true;
}

bool wicki_table_set_names(wicki_table *t, const wicki_columns *columns, const char *const *names)
{
    size_t size = columns->chosen * sizeof(char *);

    if (!names)
        return true;
    for (size_t i = 0; i < columns->n; i++)
        if (columns->place[i] != WICKI_LEFT_OUT)
            size += strlen(names[i]) + 1;
    t->names = wicki_allocate(t->w, size);
    if (!t->names)
        return false;
    char *text = (char *)(t->names + columns->chosen);
    for (size_t i = 0; i < columns->n; i++) {
        if (columns->place[i] == WICKI_LEFT_OUT)
            continue;
        const size_t length = strlen(names[i]) + 1;
        t->names[columns->place[i]] = memcpy(text, names[i], length);
        text += length;
    }
    t->of.names = (const char *const *)t->names;
    return true;
}

static bool check_options(wick *w, const char *path, const wick_table_options *o)
{
    if (!path || !*path)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: no path, need that of a file, or \"-\"", FUNCTION);
    else if (o->delimiter && !strchr(DELIMITERS, o->delimiter))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: the delimiter is the byte %d, need a tab, a space or one of %s", FUNCTION,
            (unsigned char)o->delimiter, DELIMITERS + 2);
    else if ((unsigned)o->header > WICK_HEADER_NO)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "%s: header is %d, need a wick_header", FUNCTION, (int)o->header);
    else if (o->n_columns > 0 && !o->columns)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %zu columns to read, but the list is NULL", FUNCTION,
            o->n_columns);
    return wicki_ok(w);
}

/* --- formats --------------------------------------------------------------------------------- */

static bool begins(const wicki_source *s, const char *magic, size_t n)
{
    return s->end - s->begin >= n && memcmp(s->buffer + s->begin, magic, n) == 0;
}

static bool read_format(wicki_table *t, wicki_source *s, const wick_table_options *o)
{
    wicki_source_has(s, 6);
    if (!wicki_ok(s->w))
        return false;
    if (begins(s, "\x93NUMPY", 6))
        return wicki_read_npy(t, s, o);
    if (begins(s, "\xff\xfe", 2) || begins(s, "\xfe\xff", 2)) {
        wick_fail(s->w, WICK_ERR_IO, "%s is UTF-16; save it as UTF-8", s->path);
        return false;
    }
    if (begins(s, "\xef\xbb\xbf", 3))
        wicki_source_skip(s, 3);
    return wicki_read_csv(t, s, o);
}

/* --- public ---------------------------------------------------------------------------------- */

wick_table *wick_table_read(wick *w, const char *path, const wick_table_options *options)
{
    const wick_table_options o = options ? *options : (wick_table_options){ 0 };
    wicki_source source;

    if (!wicki_ok(w) || !check_options(w, path, &o))
        return NULL;
    wicki_table *t = wicki_allocate(w, sizeof *t);
    if (!t)
        return NULL;
    t->w = w;
    if (wicki_source_open(&source, w, FUNCTION, path)) {
        read_format(t, &source, &o);
        wicki_source_close(&source);
    }
    if (wicki_ok(w))
        return &t->of;
    wick_table_free(&t->of);
    return NULL;
}

void wick_table_free(wick_table *table)
{
    wicki_table *t = (wicki_table *)table;

    if (!t)
        return;
    wicki_release(t->w, t->of.values);
    wicki_release(t->w, t->names);
    wicki_release(t->w, t);
}

const char *wick_table_name(const wick_table *table, size_t column)
{
    return table && table->names && column < table->columns ? table->names[column] : NULL;
}

size_t wick_table_find(const wick_table *table, const char *name)
{
    size_t i = 0;

    if (!table || !table->names || !name)
        return table ? table->columns : 0;
    while (i < table->columns && (!table->names[i] || strcmp(table->names[i], name) != 0))
        i++;
    return i;
}
