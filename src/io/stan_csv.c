#include "io/stan_csv.h"

#include <math.h>
#include <stdio.h>

#include "io/number.h"

/* Bytes that are written at once. */
enum { BLOCK = 64 * 1024 };

static void release(wick_stan_csv *csv)
{
    wick *w = csv->w;

    wicki_release(w, csv->order);
    wicki_release(w, csv->path);
    wicki_release(w, csv);
}

/* --- beginning ------------------------------------------------------------------------------- */

static wick_stan_csv *make(
    wick *w, const char *path, size_t columns, const wick_stan_csv_options *o)
{
    wick_stan_csv *csv = wicki_allocate(w, sizeof *csv);

    if (!csv)
        return NULL;
    *csv = (wick_stan_csv){ .w = w,
        .columns = columns,
        .thin = o->thin ? o->thin : 1,
        .save_warmup = o->save_warmup,
        .metric = o->metric,
        .warmup.transitions = o->num_warmup,
        .sampling.transitions = o->num_samples };
    csv->path = wicki_copy_text(w, path);
    if (wicki_ok(w))
        csv->order = wicki_allocate(w, columns * sizeof *csv->order);
    if (wicki_ok(w))
        return csv;
    release(csv);
    return NULL;
}

static bool open_file(wick_stan_csv *csv)
{
    static const char FUNCTION[] = "wick_stan_csv_new";

    return wicki_make_directory(csv->w, FUNCTION, csv->path, wicki_parent_length(csv->path)) &&
        wicki_output_open(&csv->output, csv->w, FUNCTION, csv->path);
}

wick_stan_csv *wick_stan_csv_new(wick *w, const char *path, size_t n,
    const wick_stan_variable *variables, const wick_stan_csv_options *options)
{
    size_t columns;

    if (!wicki_ok(w) || !wicki_stan_check(w, path, n, variables, options, &columns))
        return NULL;
    wick_stan_csv *csv = make(w, path, columns, options);
    if (!csv)
        return NULL;
    wicki_stan_order(csv, n, variables);
    if (!open_file(csv)) {
        release(csv);
        return NULL;
    }
    wicki_stan_begin(csv, options, n, variables);
    wicki_output_flush(&csv->output);
    if (wicki_ok(w))
        return csv;
    wicki_output_close(&csv->output);
    release(csv);
    return NULL;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* What did not get into memory goes as if it had never been there; what was lost with the disk does
 * not come back. */
static bool settle(wick_stan_csv *csv, const char *function, size_t before)
{
    if (!wicki_ok(csv->w)) {
        csv->output.bytes.length = before;
        return false;
    }
    csv->output.function = function;
    if (csv->output.bytes.length >= BLOCK)
        wicki_output_flush(&csv->output);
    csv->broken = csv->broken || !wicki_ok(csv->w);
    return true;
}

/* Returns 1 for a number that is not finite, else 0. */
static size_t add_cell(wicki_buffer *to, double x, const char *end)
{
    wicki_buffer_number(to, x);
    wicki_buffer_bytes(to, end, 1);
    return isfinite(x) ? 0u : 1u;
}

/* Returns how many numbers are not finite. */
static size_t add_row(const wick_stan_csv *csv, wicki_buffer *to, const wick_stan_draw *d)
{
    size_t bad = add_cell(to, d->lp, ",");

    bad += add_cell(to, d->accept_stat, ",");
    bad += add_cell(to, d->stepsize, ",");
    wicki_buffer_add(to, "%zu,%zu,%d,", d->treedepth, d->n_leapfrog, d->divergent);
    bad += add_cell(to, d->energy, ",");
    for (size_t k = 0; k < csv->columns; k++)
        bad += add_cell(to, d->values[csv->order[k]], k + 1 < csv->columns ? "," : "\n");
    return bad;
}

static bool check_draw(const wick_stan_csv *csv, const char *function, const wick_stan_draw *d)
{
    if (!d || !d->values)
        wick_fail(csv->w, WICK_ERR_ARGUMENT, "%s: no %s for %s", function, d ? "values" : "draw",
            csv->path);
    else if (d->n != csv->columns)
        wick_fail(csv->w, WICK_ERR_SHAPE, "%s: got %zu values for %s, need %zu", function, d->n,
            csv->path, csv->columns);
    return wicki_ok(csv->w);
}

/* With a draw for the last transitions, if they are fewer than thin. */
static size_t most_rows(const wick_stan_csv *csv, const wicki_stan_phase *phase)
{
    return phase->transitions / csv->thin + (phase->transitions % csv->thin != 0);
}

static bool check_phase(const wick_stan_csv *csv, const char *function)
{
    const wicki_stan_phase *phase = csv->adapted ? &csv->sampling : &csv->warmup;
    const size_t most = most_rows(csv, phase);

    if (!csv->adapted && !csv->save_warmup)
        wick_fail(csv->w, WICK_ERR_STATE,
            "%s: got a row of the warm-up for %s, need .save_warmup for it; draws come after "
            "wick_stan_csv_adapted",
            function, csv->path);
    else if (phase->rows >= most)
        wick_fail(csv->w, WICK_ERR_STATE,
            "%s: got row %zu of the %s for %s, need at most %zu (%s %zu, thin %zu)", function,
            phase->rows + 1, csv->adapted ? "draws" : "warm-up", csv->path, most,
            csv->adapted ? "num_samples" : "num_warmup", phase->transitions, csv->thin);
    return wicki_ok(csv->w);
}

void wick_stan_csv_row(wick_stan_csv *csv, const wick_stan_draw *draw)
{
    static const char FUNCTION[] = "wick_stan_csv_row";

    if (!csv || !wicki_ok(csv->w) || !check_draw(csv, FUNCTION, draw) ||
        !check_phase(csv, FUNCTION))
        return;
    const size_t before = csv->output.bytes.length;
    const size_t bad = add_row(csv, &csv->output.bytes, draw);
    if (!settle(csv, FUNCTION, before))
        return;
    csv->nonfinite += bad;
    (csv->adapted ? &csv->sampling : &csv->warmup)->rows++;
}

size_t wick_stan_csv_nonfinite(const wick_stan_csv *csv)
{
    return csv ? csv->nonfinite : 0;
}

/* --- adaptation ------------------------------------------------------------------------------ */

static size_t count_elements(wick_metric metric, size_t n)
{
    return metric == WICK_METRIC_UNIT ? 0 : metric == WICK_METRIC_DENSE ? n * n : n;
}

static bool check_elements(
    const wick_stan_csv *csv, const char *function, size_t n, const double *elements)
{
    if (n > 0 && !elements)
        wick_fail(csv->w, WICK_ERR_ARGUMENT, "%s: the inverse metric for %s is NULL", function,
            csv->path);
    for (size_t i = 0; i < n && wicki_ok(csv->w); i++)
        if (!isfinite(elements[i]))
            wick_fail(csv->w, WICK_ERR_DOMAIN,
                "%s: element %zu of the inverse metric for %s is %s, need a finite number",
                function, i + 1, csv->path, isnan(elements[i]) ? "nan" : "infinite");
    return wicki_ok(csv->w);
}

static bool check_adapted(const wick_stan_csv *csv, const char *function, double stepsize, size_t n,
    const double *elements)
{
    char number[WICKI_NUMBER_SIZE];

    wicki_number_text(number, stepsize);
    if (csv->adapted)
        wick_fail(csv->w, WICK_ERR_STATE, "%s: it was called for %s already", function, csv->path);
    else if (!(stepsize > 0.0 && isfinite(stepsize)))
        wick_fail(csv->w, WICK_ERR_DOMAIN, "%s: the step size for %s is %s, need a positive number",
            function, csv->path, number);
    else if (n == 0 && csv->metric != WICK_METRIC_UNIT)
        wick_fail(csv->w, WICK_ERR_ARGUMENT, "%s: the inverse metric for %s has no elements",
            function, csv->path);
    return wicki_ok(csv->w) && check_elements(csv, function, n, elements);
}

static void add_metric(wicki_buffer *to, wick_metric metric, size_t n, const double *elements)
{
    const size_t rows = metric == WICK_METRIC_UNIT ? 0 : metric == WICK_METRIC_DENSE ? n : 1;

    wicki_buffer_add(to, "# %s\n",
        metric == WICK_METRIC_UNIT        ? "No free parameters for unit metric"
            : metric == WICK_METRIC_DENSE ? "Elements of inverse mass matrix:"
                                          : "Diagonal elements of inverse mass matrix:");
    for (size_t i = 0; i < rows && wicki_ok(to->w); i++) {
        wicki_buffer_add(to, "# ");
        for (size_t j = 0; j < n; j++) {
            wicki_buffer_add(to, j ? ", " : "");
            wicki_buffer_number(to, elements[i * n + j]);
        }
        wicki_buffer_add(to, "\n");
    }
}

void wick_stan_csv_adapted(
    wick_stan_csv *csv, double stepsize, size_t n, const double *inverse_metric)
{
    static const char FUNCTION[] = "wick_stan_csv_adapted";

    if (!csv || !wicki_ok(csv->w) ||
        !check_adapted(csv, FUNCTION, stepsize, count_elements(csv->metric, n), inverse_metric))
        return;
    wicki_buffer *to = &csv->output.bytes;
    const size_t before = to->length;
    wicki_buffer_add(to, "# Adaptation terminated\n# Step size = ");
    wicki_buffer_number(to, stepsize);
    wicki_buffer_add(to, "\n");
    add_metric(to, csv->metric, n, inverse_metric);
    csv->adapted = settle(csv, FUNCTION, before);
}

/* --- the end --------------------------------------------------------------------------------- */

static void add_seconds(wicki_buffer *to, const char *before, double seconds, const char *phase)
{
    const double most = 1e12, shown = seconds > 0.0 ? fmin(seconds, most) : 0.0;
    const unsigned long long ms = (unsigned long long)(shown * 1000.0 + 0.5);

    wicki_buffer_add(to, "# %s%llu.%03llu seconds (%s)\n", before, ms / 1000, ms % 1000, phase);
}

static void add_times(wicki_buffer *to, double warmup, double sampling)
{
    static const char INDENT[] = "               ";

    wicki_buffer_add(to, "# \n");
    add_seconds(to, " Elapsed Time: ", warmup, "Warm-up");
    add_seconds(to, INDENT, sampling, "Sampling");
    add_seconds(to, INDENT, fmax(warmup, 0.0) + fmax(sampling, 0.0), "Total");
    wicki_buffer_add(to, "# \n");
}

/* Of an interrupted run: readers compare the number of transitions with that of the rows. */
static void correct(wick_stan_csv *csv, const wicki_stan_phase *phase)
{
    char text[64];

    if (phase->rows == most_rows(csv, phase))
        return;
    snprintf(text, sizeof text, "%-*zu", (int)phase->length, phase->rows * csv->thin);
    wicki_output_patch(&csv->output, phase->at, text, phase->length);
}

static void finish(wick_stan_csv *csv, double warmup, double sampling)
{
    static const char FUNCTION[] = "wick_stan_csv_close";

    csv->output.function = FUNCTION;
    if (csv->broken)
        wick_fail(
            csv->w, WICK_ERR_IO, "%s: rows of %s could not be written before", FUNCTION, csv->path);
    else if (!csv->adapted)
        wick_fail(csv->w, WICK_ERR_STATE,
            "%s: wick_stan_csv_adapted was not called for %s, need it once", FUNCTION, csv->path);
    add_times(&csv->output.bytes, warmup, sampling);
    correct(csv, &csv->sampling);
    if (csv->save_warmup)
        correct(csv, &csv->warmup);
}

bool wick_stan_csv_close(wick_stan_csv *csv, double warmup_seconds, double sampling_seconds)
{
    if (!csv)
        return false;
    if (wicki_ok(csv->w))
        finish(csv, warmup_seconds, sampling_seconds);
    const bool written = wicki_output_close(&csv->output);
    release(csv);
    return written;
}
