#include <wick/table.h>

#include <math.h>
#include <string.h>

#include "io/file.h"
#include "io/npy_write.h"

static const char FUNCTION[] = "wick_table_write";

/* Bytes that are written at once. */
enum { BLOCK = 64 * 1024 };

static bool check(wick *w, const char *path, const wick_table *t)
{
    if (!path || !*path || strcmp(path, "-") == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the path is %s, need that of a file", FUNCTION,
            !path       ? "NULL"
                : *path ? "\"-\""
                        : "empty");
    else if (!t || t->columns == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the table for %s %s", FUNCTION, path,
            t ? "has no columns" : "is NULL");
    else if (t->rows > 0 && !t->values)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the table for %s has %zu rows, but no values",
            FUNCTION, path, t->rows);
    return wicki_ok(w);
}

static bool ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path), n = strlen(ending);

    return length >= n && strcmp(path + length - n, ending) == 0;
}

static void flush_block(wicki_output *f)
{
    if (f->bytes.length >= BLOCK)
        wicki_output_flush(f);
}

/* --- NPY ------------------------------------------------------------------------------------- */

static void write_npy(wicki_output *f, const wick_table *t)
{
    const size_t sizes[] = { t->rows, t->columns };

    wicki_npy_begin(&f->bytes, "<f8", 2, sizes);
    for (size_t i = 0; i < t->rows * t->columns && wicki_ok(f->w); i++) {
        wicki_buffer_double(&f->bytes, t->values[i]);
        flush_block(f);
    }
}

/* --- text ------------------------------------------------------------------------------------ */

/* Blanks at an end would be lost, an empty line skipped; a file must not begin as NPY does, or with
 * a byte order mark. */
static bool needs_quotes(const char *name, char delimiter)
{
    const size_t n = strlen(name);

    return n == 0 || strchr("\x93\xef\xfe\xff", *name) || strchr(name, delimiter) ||
        strpbrk(name, ",;\t \"\r\n");
}

static void add_name(wicki_buffer *to, const char *name, char delimiter)
{
    if (!needs_quotes(name, delimiter)) {
        wicki_buffer_bytes(to, name, strlen(name));
        return;
    }
    wicki_buffer_bytes(to, "\"", 1);
    for (; *name; name++)
        wicki_buffer_bytes(to, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    wicki_buffer_bytes(to, "\"", 1);
}

static void add_names(wicki_buffer *to, const wick_table *t, char delimiter)
{
    for (size_t j = 0; j < t->columns; j++) {
        if (j > 0)
            wicki_buffer_bytes(to, &delimiter, 1);
        add_name(to, t->names[j] ? t->names[j] : "", delimiter);
    }
    wicki_buffer_bytes(to, "\n", 1);
}

static void add_number(wicki_buffer *to, double x)
{
    const char *special = isnan(x) ? "NaN" : x > 0.0 ? "Inf" : "-Inf";

    if (isfinite(x))
        wicki_buffer_number(to, x);
    else
        wicki_buffer_bytes(to, special, strlen(special));
}

static void write_text(wicki_output *f, const wick_table *t, char delimiter)
{
    if (t->names)
        add_names(&f->bytes, t, delimiter);
    for (size_t i = 0; i < t->rows && wicki_ok(f->w); i++) {
        for (size_t j = 0; j < t->columns; j++) {
            add_number(&f->bytes, t->values[i * t->columns + j]);
            wicki_buffer_bytes(&f->bytes, j + 1 < t->columns ? &delimiter : "\n", 1);
        }
        flush_block(f);
    }
}

/* --- public ---------------------------------------------------------------------------------- */

bool wick_table_write(wick *w, const char *path, const wick_table *table)
{
    wicki_output f;

    if (!wicki_ok(w) || !check(w, path, table))
        return false;
    if (!wicki_make_directory(w, FUNCTION, path, wicki_parent_length(path)) ||
        !wicki_output_open(&f, w, FUNCTION, path))
        return false;
    if (ends_in(path, ".npy"))
        write_npy(&f, table);
    else
        write_text(&f, table, ends_in(path, ".tsv") ? '\t' : ',');
    return wicki_output_close(&f);
}
