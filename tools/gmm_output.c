#include "gmm_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wick/extend.h>

#include "gmm_text.h"
#include "models/gmm_predict.h"

/* Names of columns that are printed. */
enum { MOST_NAMES = 10 };

char *tool_path(wick *w, const struct tool_options *o, const char *file)
{
    const size_t length = strlen(o->out);

    return tool_text(w, "%s%s%s", o->out, o->out[length - 1] == '/' ? "" : "/", file);
}

/* --- rows ------------------------------------------------------------------------------------ */

struct showing {
    const struct tool_data *data;
    struct tool_rows *rows;
};

static void show(const gmm_row *row, void *arg)
{
    const struct showing *s = arg;
    struct tool_rows *r = s->rows;
    const double weight = s->data->weights ? s->data->weights[row->row] : 1.0;
    double *to = r->values + row->row * r->columns;
    size_t label = 0;

    for (size_t k = 1; k < r->components; k++)
        if (row->responsibilities[k] > row->responsibilities[label])
            label = k;
    to[0] = (double)label;
    to[1] = row->log_density;
    memcpy(to + 2, row->responsibilities, r->components * sizeof *to);
    r->weight[label] += weight;
    r->log_density += weight * row->log_density;
}

bool tool_rows_predict(
    wick *w, const gmm_mixture *mixture, const struct tool_data *data, struct tool_rows *r)
{
    const size_t columns = mixture->components + 2;

    *r = (struct tool_rows){ .n = data->n,
        .components = mixture->components,
        .columns = columns,
        .values = calloc(data->n, columns * sizeof(double)),
        .weight = calloc(mixture->components, sizeof(double)) };
    if (!r->values || !r->weight) {
        wick_fail(w, WICK_ERR_MEMORY, "no memory for %zu responsibilities of %zu rows",
            mixture->components, data->n);
        return false;
    }
    return gmm_predict_each(
        w, mixture, data->n, data->x, show, &(struct showing){ .data = data, .rows = r });
}

void tool_rows_free(struct tool_rows *r)
{
    free(r->values);
    free(r->weight);
    *r = (struct tool_rows){ 0 };
}

/* --- their file ------------------------------------------------------------------------------ */

const char *tool_rows_name(const struct tool_options *o)
{
    const size_t length = strlen(o->file);

    return length > 4 && strcmp(o->file + length - 4, ".npy") == 0 ? "responsibilities.npy"
                                                                   : "responsibilities.csv";
}

bool tool_rows_write(wick *w, const struct tool_options *o, const struct tool_rows *r)
{
    const char **names = calloc(r->columns, sizeof *names);
    char *path = tool_path(w, o, tool_rows_name(o));
    bool written = false;

    if (names && path) {
        names[0] = "label";
        names[1] = "log_density";
        for (size_t k = 0; k < r->components; k++)
            names[k + 2] = wick_name(w, "responsibility.%zu", k);
        written = wick_table_write(w, path, &(wick_table){ r->n, r->columns, r->values, names });
    } else {
        wick_fail(w, WICK_ERR_MEMORY, "no memory for the names of %zu columns", r->columns);
    }
    free(names);
    free(path);
    return written;
}

/* --- the data -------------------------------------------------------------------------------- */

void tool_data_print(const struct tool_options *o, const struct tool_data *d, FILE *to)
{
    fprintf(to, "%s: %zu row%s, %zu column%s", tool_file_name(o->file), d->n, d->n == 1 ? "" : "s",
        d->dimensions, d->dimensions == 1 ? "" : "s");
    for (size_t j = 0; d->named && j < d->dimensions && j < MOST_NAMES; j++)
        fprintf(to, "%s%s", j ? ", " : " (", d->names[j]);
    if (d->named)
        fputs(d->dimensions > MOST_NAMES ? ", ...)" : ")", to);
    if (d->weights)
        fprintf(to, ", weights %s", o->weights);
    if (d->missing)
        fprintf(to, ", %zu of %zu numbers missing", d->missing, d->n * d->dimensions);
    fputc('\n', to);
}

void tool_data_summary(wick_summary *s, const struct tool_options *o, const struct tool_data *d)
{
    wick_summary_text(s, "version", wick_version());
    wick_summary_text(s, "file", tool_file_name(o->file));
    wick_summary_count(s, "rows", d->n);
    wick_summary_count(s, "columns", d->dimensions);
    wick_summary_count(s, "missing", d->missing);
}

/* --- summary.json ---------------------------------------------------------------------------- */

/* Without --out, standard output has it by way of a folder of its own. */
static bool print_only(wick *w, bool (*write)(wick *w, const char *path, void *arg), void *arg)
{
    const char *folder = getenv("TMPDIR");
    char *own = tool_text(w, "%s/wick-gmm.XXXXXX", folder && *folder ? folder : "/tmp");
    bool fine = false;

    if (own && !mkdtemp(own)) {
        wick_fail(w, WICK_ERR_IO, "cannot make a folder like %s: %s", own, strerror(errno));
    } else if (own) {
        char *path = tool_text(w, "%s/summary.json", own);
        fine = path && write(w, path, arg) && tool_file_print(w, path);
        if (path)
            remove(path);
        rmdir(own);
        free(path);
    }
    free(own);
    return fine;
}

bool tool_summary(wick *w, const struct tool_options *o,
    bool (*write)(wick *w, const char *path, void *arg), void *arg)
{
    const bool print = o->json && !o->quiet;

    if (!o->out)
        return !print || print_only(w, write, arg);
    char *path = tool_path(w, o, "summary.json");
    const bool fine = path && write(w, path, arg) && (!print || tool_file_print(w, path));
    free(path);
    return fine;
}
