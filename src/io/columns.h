/**
 * Which columns of a file make the table.
 */
#ifndef WICKI_IO_COLUMNS_H
#define WICKI_IO_COLUMNS_H

#include <wick/table.h>

#include "base/handle.h"

/** Place of a column that is left out. */
#define WICKI_LEFT_OUT SIZE_MAX

typedef struct wicki_columns {
    size_t n;      /**< in the file */
    size_t chosen; /**< in the table */
    size_t *place; /**< of each of the file's columns in the table, or WICKI_LEFT_OUT */
} wicki_columns;

/**
 * @param n      columns of the file
 * @param names  of them, or NULL
 * @return       false after an error; place is to be released in any case
 */
bool wicki_columns_choose(wicki_columns *columns, wick *w, const char *path,
    const wick_table_options *options, size_t n, const char *const *names);

/** The number, from 1, that a text is; 0 if it is none. */
size_t wicki_column_number(const char *text);

#endif
