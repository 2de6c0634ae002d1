/*
 * wick-gmm: fits Gaussian mixtures to a table, or labels its rows by one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "gmm_label.h"
#include "gmm_model_file.h"
#include "gmm_report.h"
#include "gmm_text.h"

/* --- fitting --------------------------------------------------------------------------------- */

static bool write_model(wick *w, const struct tool_report *r)
{
    char *path = tool_path(w, r->options, "model.csv");
    const bool written =
        path && tool_model_write(w, path, tool_report_best(r)->mixture, r->data->names);

    free(path);
    return written;
}

static bool write_files(wick *w, const struct tool_report *r)
{
    const struct tool_options *o = r->options;
    const gmm_mixture *mixture = tool_report_best(r)->mixture;
    struct tool_pictures pictures = { 0 };
    struct tool_rows rows;

    const bool fine = tool_rows_predict(w, mixture, r->data, &rows) && write_model(w, r) &&
        tool_rows_write(w, o, &rows) &&
        (o->no_plots || tool_pictures_write(w, o, r->data, r->fits, &rows, &pictures)) &&
        tool_report_write(w, r, &pictures);
    tool_rows_free(&rows);
    return fine;
}

static bool show(wick *w, struct tool_report *r)
{
    const struct tool_options *o = r->options;

    if (o->out && !write_files(w, r))
        return false;
    if (!o->quiet && !o->json)
        tool_report_print(r, stdout);
    return tool_summary(w, o, tool_report_summary, r);
}

static bool fit(wick *w, const struct tool_options *o)
{
    struct tool_data data;
    struct tool_fits fits = { 0 };
    struct tool_report report = { 0 };

    const bool fine = tool_data_read(w, o->file, o->columns, o->weights, 0, NULL, &data) &&
        tool_fit(w, o, &data, &fits) && tool_report_make(w, o, &data, &fits, &report) &&
        show(w, &report);
    tool_report_free(&report);
    tool_fits_free(&fits);
    tool_data_free(&data);
    return fine;
}

/* --- the program ----------------------------------------------------------------------------- */

/* Has all that was printed got where it belongs? */
static bool close_output(void)
{
    const bool bad = ferror(stdout) != 0;

    if (fclose(stdout) == 0 && !bad)
        return true;
    fprintf(stderr, "wick-gmm: cannot write standard output: %s\n", strerror(errno));
    return false;
}

static int run(const struct tool_options *o)
{
    wick *w = wick_new(&(wick_options){ .seed = o->seed });
    const bool fine = o->model ? tool_label(w, o) : fit(w, o);

    if (!fine)
        fprintf(stderr, "wick-gmm: %s\n", tool_message(w));
    wick_free(w);
    return fine ? EXIT_FINE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct tool_options options;
    int status;

    if (tool_read_options(&options, argc, argv, &status))
        status = run(&options);
    if (!close_output() && status == EXIT_FINE)
        status = EXIT_FAILED;
    return status;
}
