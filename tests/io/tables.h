/* For tests of tables: files made of bytes, and what reading them says. */
#ifndef TESTS_IO_TABLES_H
#define TESTS_IO_TABLES_H

#include <math.h>

#include <wick/table.h>

#include "tests/io/scratch.h"

/* Bytes of a literal, zeros too, as two arguments. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static inline void write_bytes(const char *path, const char *bytes, size_t n)
{
    remove(path); /* a file that is cut to nothing is slow on some systems */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

/* The table in a file of these bytes; NULL after an error. */
static inline wick_table *read_bytes(wick *w, scratch *dir, const char *name, const char *bytes,
    size_t n, const wick_table_options *options)
{
    write_bytes(scratch_path(dir, name), bytes, n);
    return wick_table_read(w, dir->path, options);
}

static inline void assert_table(const wick *w, const wick_table *t, size_t rows, size_t columns)
{
    ck_assert_msg(t != NULL, "%s", wick_message(w));
    ck_assert_uint_eq(t->rows, rows);
    ck_assert_uint_eq(t->columns, columns);
    ck_assert_ptr_nonnull(t->values);
}

/* Equal, or both NaN. */
static inline void assert_numbers(const double *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])),
            "value %zu is %.17g, want %.17g", i, got[i], want[i]);
}

/* The message without the scratch directory, which is never the same, is that one. */
static inline void assert_message(wick *w, const scratch *dir, wick_code code, const char *want)
{
    char message[1024], *found;
    const size_t n = strlen(dir->directory) + 1;

    ck_assert_msg(wick_status(w) == code, "%s: %s; want %s: %s", wick_code_name(wick_status(w)),
        wick_message(w), wick_code_name(code), want);
    snprintf(message, sizeof message, "%s", wick_message(w));
    while ((found = strstr(message, dir->directory)))
        memmove(found, found + n, strlen(found + n) + 1);
    ck_assert_str_eq(message, want);
    wick_clear(w);
}

#endif
