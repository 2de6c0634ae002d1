/**
 * The writer of draws as CmdStan has them, and what a file begins with.
 */
#ifndef WICKI_IO_STAN_CSV_H
#define WICKI_IO_STAN_CSV_H

#include <wick/stan_csv.h>

#include "io/file.h"

/** Rows of one phase, and the place in the file that says how many transitions they are of. */
typedef struct wicki_stan_phase {
    size_t transitions, rows;
    size_t at, length; /**< bytes of the text */
} wicki_stan_phase;

struct wick_stan_csv {
    wick *w;
    char *path;
    wicki_output output;
    size_t thin;
    bool save_warmup;
    wick_metric metric;
    size_t columns;
    size_t *order; /**< of the value in each column */
    wicki_stan_phase warmup, sampling;
    size_t nonfinite;
    bool adapted;
    bool broken; /**< bytes were lost */
};

/** Are these variables, path and options allowed? *columns receives how many there are. */
bool wicki_stan_check(wick *w, const char *path, size_t n, const wick_stan_variable *variables,
    const wick_stan_csv_options *options, size_t *columns);

/** Fills in csv->order, csv->columns of them. */
void wicki_stan_order(wick_stan_csv *csv, size_t n, const wick_stan_variable *variables);

/** Adds configuration and names of the columns, and notes where the phases say their numbers. */
void wicki_stan_begin(wick_stan_csv *csv, const wick_stan_csv_options *options, size_t n,
    const wick_stan_variable *variables);

#endif
