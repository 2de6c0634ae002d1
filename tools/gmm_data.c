#include "gmm_data.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

/* Of numbers, as models/gmm_rows.h has it. */
static const double LARGEST = 1e150;

const char *tool_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

char *tool_text(wick *w, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *text = malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        wick_fail(w, WICK_ERR_MEMORY, "no memory for a text of %d bytes", length);
    va_end(again);
    va_end(arguments);
    return text;
}

/* --- which columns --------------------------------------------------------------------------- */

/* Columns that are asked for, as wick_table_options has them, with room for one more. */
struct selection {
    size_t n;
    const char **columns; /* to be freed; the texts live as long as the handle or the caller's */
};

static bool select_room(wick *w, size_t n, struct selection *s)
{
    s->columns = calloc(n + 1, sizeof *s->columns);
    if (!s->columns)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for the names of %zu columns", n);
    return s->columns != NULL;
}

static bool select_list(wick *w, const char *list, struct selection *s)
{
    size_t n = 1;

    for (const char *p = list; *p; p++)
        n += *p == ',';
    if (!select_room(w, n, s))
        return false;
    for (const char *p = list; s->n < n; p++) {
        const size_t length = strcspn(p, ",");
        s->columns[s->n++] = wick_name(w, "%.*s", (int)length, p);
        p += length;
    }
    return wick_status(w) == WICK_OK;
}

static bool select_wanted(wick *w, size_t n_wanted, const char *const *wanted, struct selection *s)
{
    if (!select_room(w, n_wanted, s))
        return false;
    for (s->n = 0; s->n < n_wanted; s->n++)
        s->columns[s->n] = wanted[s->n];
    return true;
}

/* --- reading --------------------------------------------------------------------------------- */

static wick_table *read_columns(wick *w, const char *file, const struct selection *s)
{
    return wick_table_read(w, file,
        &(wick_table_options){
            .columns = s->n ? s->columns : NULL, .n_columns = s->n, .missing = true });
}

/* The reader does not know the option that chooses columns. */
static void hint_at_columns(wick *w)
{
    if (!strstr(wick_message(w), "is not a number"))
        return;
    char *message = tool_text(w, "%s", wick_message(w));
    wick_clear(w);
    wick_fail(w, WICK_ERR_IO, "%s (--columns)", message ? message : "a cell is not a number");
    free(message);
}

/* The columns of a model by their names; where the file has no names, all columns. */
static wick_table *read_wanted(wick *w, const char *file, struct selection *s)
{
    wick_table *table = read_columns(w, file, s);

    if (table || wick_status(w) != WICK_ERR_NAME || strcmp(file, "-") == 0)
        return table;
    char *message = tool_text(w, "%s", wick_message(w));
    const size_t n = s->n;
    wick_clear(w);
    s->n = 0;
    table = read_columns(w, file, s);
    if (!table || table->names || table->columns != n) {
        wick_table_free(table);
        table = NULL;
        wick_clear(w);
        wick_fail(w, WICK_ERR_NAME, "%s; name the columns, in the order of the model, by --columns",
            message ? message : "a column is not there");
    }
    free(message);
    return table;
}

/* --- rows and their weights ------------------------------------------------------------------ */

/* The column of the weights among all columns of a file; their number if it is not there. */
static size_t find_weights(wick *w, const char *file, const wick_table *t, const char *weights)
{
    const size_t column = wick_table_find(t, weights);
    char *rest;

    if (column < t->columns)
        return column;
    const unsigned long number = strtoul(weights, &rest, 10);
    if (*rest == '\0' && number >= 1 && number <= t->columns)
        return number - 1;
    wick_fail(w, WICK_ERR_NAME, "%s: no column '%s' for --weights, there are %zu%s",
        tool_file_name(file), weights, t->columns, t->names ? "" : ", without names");
    return t->columns;
}

static bool weights_hold(wick *w, const char *file, const struct tool_data *d)
{
    for (size_t i = 0; i < d->table->rows; i++)
        if (!(d->weights[i] >= 0.0 && isfinite(d->weights[i]))) {
            wick_fail(w, WICK_ERR_DOMAIN,
                "%s: the weight of row %zu is %g, need a number of at least 0",
                tool_file_name(file), i + 1, d->weights[i]);
            return false;
        }
    return true;
}

/* Counts what is missing. The square of a number must be one. */
static bool look_at_numbers(wick *w, const char *file, struct tool_data *d)
{
    for (size_t i = 0; i < d->n * d->dimensions; i++) {
        if (fabs(d->x[i]) > LARGEST) {
            wick_fail(w, WICK_ERR_DOMAIN,
                "%s: column '%s' of row %zu is %g, need a number up to %g; leave the cell empty, "
                "or the row out",
                tool_file_name(file), d->names[i % d->dimensions], i / d->dimensions + 1, d->x[i],
                LARGEST);
            return false;
        }
        d->missing += isnan(d->x[i]) != 0;
    }
    return true;
}

/* Moves column `at` out of the table into the weights. */
static bool split(wick *w, size_t at, struct tool_data *d)
{
    const size_t n = d->table->rows, columns = d->table->columns;
    double *x = d->table->values;

    d->weights = calloc(n, sizeof *d->weights);
    if (!d->weights)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for the weights of %zu rows", n);
    for (size_t i = 0; d->weights && i < n; i++)
        for (size_t j = 0; j < columns; j++)
            if (j == at)
                d->weights[i] = d->table->values[i * columns + j];
            else
                *x++ = d->table->values[i * columns + j];
    return d->weights != NULL;
}

/* `at`: the column of the weights, or one more than there are. */
static bool take_names(wick *w, const struct selection *s, size_t at, struct tool_data *d)
{
    size_t j = 0;

    d->names = calloc(d->dimensions, sizeof *d->names);
    if (!d->names)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for the names of %zu columns", d->dimensions);
    for (size_t i = 0; d->names && j < d->dimensions; i++)
        if (i != at)
            d->names[j++] = d->named ? d->table->names[i]
                : s->n               ? s->columns[i]
                                     : wick_name(w, "%zu", i + 1);
    return d->names && wick_status(w) == WICK_OK;
}

static bool take_table(
    wick *w, const char *file, const char *weights, const struct selection *s, struct tool_data *d)
{
    const wick_table *t = d->table;
    const size_t at = !weights ? t->columns : s->n ? s->n - 1 : find_weights(w, file, t, weights);

    if (wick_status(w) != WICK_OK)
        return false;
    if (t->rows == 0 || t->columns < 1 + (weights != NULL)) {
        wick_fail(w, WICK_ERR_IO, "%s: no %s", tool_file_name(file),
            t->rows == 0 ? "rows" : "column but that of --weights");
        return false;
    }
    d->n = t->rows;
    d->dimensions = t->columns - (weights != NULL);
    d->named = t->names != NULL;
    d->x = t->values;
    if (weights && (!split(w, at, d) || !weights_hold(w, file, d)))
        return false;
    return take_names(w, s, at, d) && look_at_numbers(w, file, d);
}

bool tool_data_read(wick *w, const char *file, const char *columns, const char *weights,
    size_t n_wanted, const char *const *wanted, struct tool_data *d)
{
    struct selection s = { 0 };

    *d = (struct tool_data){ 0 };
    if (columns ? select_list(w, columns, &s) : !wanted || select_wanted(w, n_wanted, wanted, &s)) {
        if (s.n && weights)
            s.columns[s.n++] = weights;
        d->table = wanted && !columns ? read_wanted(w, file, &s) : read_columns(w, file, &s);
    }
    if (!d->table && !columns)
        hint_at_columns(w);
    const bool fine = d->table && take_table(w, file, weights, &s, d);
    free(s.columns);
    return fine;
}

void tool_data_free(struct tool_data *d)
{
    free(d->names);
    free(d->weights);
    wick_table_free(d->table);
    *d = (struct tool_data){ 0 };
}

/* --- views ----------------------------------------------------------------------------------- */

const char *tool_data_column(wick *w, const struct tool_data *d, size_t column)
{
    return d->named ? d->names[column] : wick_name(w, "column %s", d->names[column]);
}

gmm tool_data_gmm(const struct tool_data *d, size_t components, gmm_covariance covariance)
{
    return (gmm){ .components = components,
        .dimensions = d->dimensions,
        .covariance = covariance,
        .n = d->n,
        .x = d->x,
        .row_weights = d->weights };
}
