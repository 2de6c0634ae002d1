/**
 * Tables inside the library: what the readers of formats share.
 */
#ifndef WICKI_IO_TABLE_H
#define WICKI_IO_TABLE_H

#include <wick/table.h>

#include "io/columns.h"
#include "io/source.h"

typedef struct wicki_table {
    wick_table of; /**< first */
    wick *w;
    size_t capacity; /**< rows that there is room for */
    char **names;    /**< with their texts, in one piece of memory; or NULL */
} wicki_table;

/** The reader of text, after a byte order mark. Returns false after an error. */
bool wicki_read_csv(wicki_table *table, wicki_source *source, const wick_table_options *options);

/** The reader of NPY. */
bool wicki_read_npy(wicki_table *table, wicki_source *source, const wick_table_options *options);

/** Makes room for so many rows, of which there are more than now. */
bool wicki_table_grow(wicki_table *table, size_t rows);

/** Copies the names of the columns that were chosen; NULL: none. */
bool wicki_table_set_names(
    wicki_table *table, const wicki_columns *columns, const char *const *names);

#endif
