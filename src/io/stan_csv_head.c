#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/stan_csv.h"

/* --- names ----------------------------------------------------------------------------------- */

static size_t add_to_name(char *buffer, size_t size, size_t length, size_t index)
{
    char *const end = length < size ? buffer + length : NULL;

    return length + (size_t)snprintf(end, end ? size - length : 0, ".%zu", index);
}

size_t wick_stan_name(char *buffer, size_t size, const wick_stan_variable *v, size_t column)
{
    size_t length = (size_t)snprintf(buffer, size, "%s", v->name);

    for (size_t i = 0; i < v->n_sizes; i++) {
        length = add_to_name(buffer, size, length, column % v->sizes[i] + 1);
        column /= v->sizes[i];
    }
    return length;
}

static size_t count_elements(const wick_stan_variable *v)
{
    size_t n = 1;

    for (size_t i = 0; i < v->n_sizes; i++)
        n *= v->sizes[i];
    return n;
}

/* Where an element is that has the column, if the last index is the fastest. */
static size_t place_of(const wick_stan_variable *v, size_t column)
{
    size_t place = 0;

    for (size_t i = 0; i < v->n_sizes; i++) {
        place = place * v->sizes[i] + column % v->sizes[i];
        column /= v->sizes[i];
    }
    return place;
}

void wicki_stan_order(wick_stan_csv *csv, size_t n, const wick_stan_variable *variables)
{
    size_t first = 0;

    for (size_t i = 0; i < n; i++) {
        const size_t elements = count_elements(&variables[i]);
        for (size_t j = 0; j < elements; j++)
            csv->order[first + j] = first + place_of(&variables[i], j);
        first += elements;
    }
}

static void add_name(wicki_buffer *to, const wick_stan_variable *v, size_t column)
{
    wicki_buffer_add(to, ",%s", v->name);
    for (size_t i = 0; i < v->n_sizes; i++) {
        wicki_buffer_add(to, ".%zu", column % v->sizes[i] + 1);
        column /= v->sizes[i];
    }
}

static void add_columns(wick_stan_csv *csv, size_t n, const wick_stan_variable *variables)
{
    wicki_buffer *to = &csv->output.bytes;

    wicki_buffer_add(
        to, "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__");
    for (size_t i = 0; i < n; i++) {
        const size_t elements = count_elements(&variables[i]);
        for (size_t j = 0; j < elements && wicki_ok(csv->w); j++)
            add_name(to, &variables[i], j);
    }
    wicki_buffer_add(to, "\n");
}

/* --- configuration --------------------------------------------------------------------------- */

static const char *note(bool standard)
{
    return standard ? " (Default)" : "";
}

static void add_count(wicki_buffer *to, const char *key, size_t value, size_t standard)
{
    wicki_buffer_add(to, "%s = %zu%s\n", key, value, note(value == standard));
}

static void add_phase(wicki_buffer *to, const char *key, wicki_stan_phase *phase)
{
    wicki_buffer_add(to, "%s = ", key);
    phase->at = to->length;
    wicki_buffer_add(to, "%zu%s", phase->transitions, note(phase->transitions == 1000));
    phase->length = to->length - phase->at;
    wicki_buffer_add(to, "\n");
}

static void add_sampler(wicki_buffer *to, const wick_stan_csv_options *o)
{
    static const char *const METRIC[] = {
        [WICK_METRIC_DIAGONAL] = "diag_e (Default)",
        [WICK_METRIC_DENSE] = "dense_e",
        [WICK_METRIC_UNIT] = "unit_e",
    };
    const double delta = o->delta > 0.0 ? o->delta : 0.8;

    wicki_buffer_add(to, "#     adapt\n#       engaged = %s\n#       delta = ",
        o->num_warmup > 0 ? "1 (Default)" : "0");
    wicki_buffer_number(to, delta);
    wicki_buffer_add(to, "%s\n", note(delta == 0.8));
    wicki_buffer_add(to, "#     algorithm = hmc (Default)\n#       hmc\n");
    wicki_buffer_add(to, "#         engine = nuts (Default)\n#           nuts\n");
    add_count(to, "#             max_depth", o->max_depth ? o->max_depth : 10, 10);
    wicki_buffer_add(to, "#         metric = %s\n", METRIC[o->metric]);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void add_files(wicki_buffer *to, const char *path, const wick_stan_csv_options *o)
{
    wicki_buffer_add(to, "# id = %zu\n", o->chain ? o->chain : 1);
    if (o->data)
        wicki_buffer_add(to, "# data\n#   file = %s\n", o->data);
    wicki_buffer_add(to, "# random\n#   seed = %" PRIu64 "\n", o->seed);
    wicki_buffer_add(to, "# output\n#   file = %s\n", file_name(path));
    wicki_buffer_add(to, "# generator = wick %s\n", wick_version());
}

void wicki_stan_begin(wick_stan_csv *csv, const wick_stan_csv_options *o, size_t n,
    const wick_stan_variable *variables)
{
    wicki_buffer *to = &csv->output.bytes;

    wicki_buffer_add(to, "# model = %s\n", o->model ? o->model : "model");
    wicki_buffer_add(to, "# method = sample (Default)\n#   sample\n");
    add_phase(to, "#     num_samples", &csv->sampling);
    add_phase(to, "#     num_warmup", &csv->warmup);
    wicki_buffer_add(to, "#     save_warmup = %d%s\n", csv->save_warmup, note(!csv->save_warmup));
    add_count(to, "#     thin", csv->thin, 1);
    add_sampler(to, o);
    add_files(to, csv->path, o);
    add_columns(csv, n, variables);
}
