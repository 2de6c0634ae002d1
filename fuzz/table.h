/**
 * Reading a table of any bytes: what both formats share.
 */
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

#include "fuzz/fuzz.h"

#include <wick/table.h>

enum { MOST_CHOSEN = 4 };

/** The first bytes of an input: header, missing, delimiter, columns. */
static inline wick_table_options take_options(bytes *b, const char *chosen[MOST_CHOSEN])
{
    static const char DELIMITER[] = { 0, ',', ';', '\t', ' ', '|', 'x' };
    static const char *const COLUMN[] = { "1", "2", "x", "y", "a,b", "", "NA", "0",
        "99999999999999999999" };
    wick_table_options o = { .header = (wick_header)take_below(b, 3) };

    o.missing = take_below(b, 2);
    o.delimiter = DELIMITER[take_below(b, sizeof DELIMITER)];
    o.n_columns = take_below(b, MOST_CHOSEN + 1);
    for (size_t i = 0; i < o.n_columns; i++)
        chosen[i] = COLUMN[take_below(b, sizeof COLUMN / sizeof *COLUMN)];
    o.columns = chosen;
    return o;
}

/** A table has a column, a name for each or none, and no NaN that was not allowed. */
static inline void require_table(const wick_table *t, const wick_table_options *o)
{
    REQUIRE(t->columns > 0, "a table without columns");
    REQUIRE(o->n_columns == 0 || t->columns == o->n_columns, "%zu columns, asked for %zu",
        t->columns, o->n_columns);
    for (size_t i = 0; t->names && i < t->columns; i++)
        REQUIRE(t->names[i] && wick_table_find(t, t->names[i]) <= i, "column %zu is lost", i);
    for (size_t i = 0; i < t->rows * t->columns; i++)
        REQUIRE(o->missing || !isnan(t->values[i]), "value %zu is missing", i);
}

/** What was written is read as the same doubles and names. */
static inline void require_round_trip(wick *w, const wick_table *t, const char *extension)
{
    char path[FUZZ_PATH];
    const wick_table_options o = { .missing = true,
        .header = t->names ? WICK_HEADER_YES : WICK_HEADER_NO };

    scratch_file(path, extension);
    REQUIRE(wick_table_write(w, path, t), "not written: %s", wick_message(w));
    wick_table *again = wick_table_read(w, path, &o);
    REQUIRE(again, "written, but not read: %s", wick_message(w));
    REQUIRE(again->rows == t->rows && again->columns == t->columns, "%zu by %zu, not %zu by %zu",
        again->rows, again->columns, t->rows, t->columns);
    for (size_t i = 0; i < t->rows * t->columns; i++)
        REQUIRE(same_number(again->values[i], t->values[i]), "value %zu is %a, not %a", i,
            again->values[i], t->values[i]);
    for (size_t i = 0; again->names && i < t->columns; i++)
        REQUIRE(strcmp(again->names[i], t->names[i]) == 0, "column '%s', not '%s'", again->names[i],
            t->names[i]);
    wick_table_free(again);
    remove(path);
}

/** Options from the first bytes; the rest, after what the format begins with, is the file. */
static inline void fuzz_table(bytes b, const char *begin, size_t n, const char *written, memory *m)
{
    static const wick_code CODES[] = { WICK_ERR_IO, WICK_ERR_NAME, WICK_ERR_LIMIT,
        WICK_ERR_ARGUMENT, WICK_OK };
    const wick_options options = memory_options(m, 1);
    const char *chosen[MOST_CHOSEN];
    const wick_table_options o = take_options(&b, chosen);
    char path[FUZZ_PATH];
    wick *w = wick_new(&options);

    write_file(scratch_file(path, ".in"), begin, n, b);
    wick_table *t = wick_table_read(w, path, &o);
    REQUIRE((t == NULL) == (wick_status(w) != WICK_OK), "table and status do not agree");
    require_documented(w, CODES);
    if (t) {
        require_table(t, &o);
        require_round_trip(w, t, written);
    }
    wick_table_free(t);
    end_handle(w, m);
    remove(path);
}

#endif
