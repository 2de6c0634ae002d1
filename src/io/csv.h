/**
 * Parts of the reader of text: records, cells, the head, messages.
 */
#ifndef WICKI_IO_CSV_H
#define WICKI_IO_CSV_H

#include "io/table.h"

typedef struct wicki_csv {
    wicki_table *table;
    wicki_source *source;
    const wick_table_options *options;
    wicki_columns columns;
    char delimiter;           /**< ' ': blanks; 0: not known yet */
    char blank;               /**< is one beside the space: tab, unless that is the delimiter */
    size_t line, lines;       /**< where the record begins, from 1; the lines that it has */
    size_t first_line;        /**< that of the first record */
    size_t length;            /**< of the record in the source, with its end */
    const char *record, *end; /**< behind blanks; the line end */
} wicki_csv;

/** The text of a cell without blanks around it and without its quotes. */
typedef struct wicki_cell {
    const char *text;
    size_t length;
    bool quoted;
} wicki_cell;

static inline bool wicki_is_blank(const wicki_csv *csv, char c)
{
    return c == ' ' || c == csv->blank;
}

static inline const char *wicki_skip_blanks(const wicki_csv *csv, const char *p)
{
    while (wicki_is_blank(csv, *p))
        p++;
    return p;
}

/**
 * Goes on to the next line, or to the next few if quotes hold them together, that is not blank.
 *
 * @return  false at the end of the file, and after an error
 */
bool wicki_csv_next(wicki_csv *csv);

/**
 * What is behind a cell whose text, and quote, end at p.
 *
 * @return  the text of the next cell; csv->end if there is none; NULL if p is not the end of a cell
 */
static inline const char *wicki_csv_behind(const wicki_csv *csv, const char *p, bool *last)
{
    const char *q = wicki_skip_blanks(csv, p);

    *last = q == csv->end;
    if (*last)
        return q;
    if (csv->delimiter == ' ')
        return q > p ? q : NULL;
    return *q == csv->delimiter ? wicki_skip_blanks(csv, q + 1) : NULL;
}

/**
 * The cell that begins at p, not blank.
 *
 * @param column  for messages, from 0
 * @param last    is it the last of the record?
 * @return        the next cell; NULL after an error
 */
const char *wicki_csv_cell(
    wicki_csv *csv, const char *p, size_t column, wicki_cell *cell, bool *last);

/** The value of any cell. Returns false after an error. */
bool wicki_csv_value(wicki_csv *csv, const wicki_cell *cell, size_t column, double *value);

/** Is the cell a number or a missing value? */
bool wicki_cell_counts(const wicki_cell *cell);

/**
 * The first record: finds delimiter, number of columns, names, and which make the table.
 *
 * @param is_header  is it not a row of numbers?
 * @return           false after an error
 */
bool wicki_csv_head(wicki_csv *csv, bool *is_header);

/** A message. */
#define WICKI_NOT_CLOSED "a quote is not closed; close it, and double those inside of quotes"

/** Raises WICK_ERR_IO: "data.csv:17: MESSAGE", or "data.csv:17: column 3 'height': MESSAGE" unless
 * column is WICKI_LEFT_OUT. */
void wicki_csv_fail(wicki_csv *csv, size_t column, const char *format, ...) WICK_PRINTF(3, 4);

#endif
