/**
 * Tables of numbers in files: CSV and its relatives, and NumPy's NPY.
 *
 *     wick_table *t = wick_table_read(w, "iris.csv", &(wick_table_options){ .missing = true });
 *     if (t)
 *         fit(w, t->rows, t->columns, t->values);
 *     wick_table_free(t);
 *
 * Text is read and written with a decimal point in every locale. A number becomes the double that
 * is nearest to it, whatever the number of its digits, and what wick_table_write has written is
 * read as the same doubles. Errors in a file name the file, the line and the column.
 */
#ifndef WICK_TABLE_H
#define WICK_TABLE_H

#include <wick/base.h>

WICK_BEGIN

/** The member at (row, column) is values[row * columns + column]; values may be changed. */
typedef struct wick_table {
    size_t rows, columns;
    double *values;           /**< NaN where a value is missing */
    const char *const *names; /**< of the columns, UTF-8; NULL: they have none */
} wick_table;

/** Does the first row of a text have the names of the columns? */
typedef enum wick_header {
    WICK_HEADER_AUTO, /**< yes if columns are chosen by name, or if one of the cells that are to be
                           read is neither a number nor a missing value */
    WICK_HEADER_YES,
    WICK_HEADER_NO
} wick_header;

/** Zero is the default. */
typedef struct wick_table_options {
    char delimiter;             /**< between cells; ' ': one or more blanks or tabs; 0: the first of
                             semicolon, tab, comma and blanks that the first line has outside of
                             quotes */
    wick_header header;         /**< for text */
    const char *const *columns; /**< n_columns of them, in this order in the table: each a name or
                                     else a number from 1; what is in others does not matter */
    size_t n_columns;           /**< 0: all columns */
    bool missing;               /**< missing values become NaN; false: they are an error */
} wick_table_options;

/**
 * Reads a table: NPY if the file begins as such, else text.
 *
 * Text is UTF-8. Rows are lines, all with as many cells as the first. Cells may be quoted as in RFC
 * 4180, and then have delimiters, line ends and doubled quotes in them. A byte order mark, blanks
 * around cells, CR before LF, a last line without an end, and lines with nothing but blanks do not
 * matter. A number is such as -12.5e+3, .5 and 7., or inf or infinity in any case; one too small
 * for a double is 0, one too large is an error. Missing are an empty cell, NA, ?, and nan and null
 * in any case. A header alone is a table without rows.
 *
 * NPY is format 1 to 3 in C or Fortran order with one axis (a column) or two, of bool, int8 to
 * int64, uint8 to uint64, float32 or float64, in either byte order; integers beyond 2^53 are
 * rounded. Columns have no names. A NaN is a missing value.
 *
 * Memory: the table, 2 % of it more, and a buffer of 256 KiB or the longest line; from a pipe, of
 * which the size is not known, up to two and a half tables while it grows.
 *
 * @param path     "-" is standard input
 * @param options  NULL for the defaults
 * @return         a table with at least one column, for wick_table_free; NULL after an error
 * Errors: WICK_ERR_IO for a file that cannot be read or is not as above; WICK_ERR_NAME for a column
 * that is not there, is chosen twice, or has a name that others have too; WICK_ERR_LIMIT for an
 * array of more than 2^24 columns; WICK_ERR_ARGUMENT without a path, for an unknown header, or for
 * a delimiter that is none of tab, space and ,;:|/!#&*~^@=
 */
WICK_API wick_table *wick_table_read(wick *w, const char *path, const wick_table_options *options);

/** Frees what wick_table_read returned, before its handle. */
WICK_API void wick_table_free(wick_table *table);

/** The name of a column; NULL if it has none, or is not there. */
WICK_API const char *wick_table_name(const wick_table *table, size_t column);

/** The first column of that name, from 0; table->columns if there is none. */
WICK_API size_t wick_table_find(const wick_table *table, const char *name);

/**
 * Writes a table: NPY (float64, two axes, without names) if the path ends in .npy, with tabs if it
 * ends in .tsv, with commas else. Text has a header if there are names; they are quoted where they
 * must be. NaN, Inf and -Inf are written so, which R and NumPy read. The file appears whole
 * or not at all: it is written to PATH.tmp, then renamed. Missing directories are made.
 *
 * If all names are numbers or missing values, reading the text takes WICK_HEADER_YES.
 *
 * @param table  from wick_table_read, or one that was filled in
 * @return       whether the file is there
 * Errors: WICK_ERR_ARGUMENT without a path, values or columns; WICK_ERR_IO with the path and the
 * reason.
 */
WICK_API bool wick_table_write(wick *w, const char *path, const wick_table *table);

WICK_END

#endif
