/*
 * Writes files of draws for stan_csv.py and stan_csv.R, which look whether Stan's readers find in
 * them what is below. By hand, in the build directory:
 *
 *     make tests/interop/write_stan_csv
 *     tests/interop/write_stan_csv DIRECTORY
 *     python3 SOURCES/tests/interop/stan_csv.py DIRECTORY
 *     Rscript SOURCES/tests/interop/stan_csv.R DIRECTORY
 *
 * A draw of chain c, number d from 0 (of the warm-up: from 500), has in the element at position p
 * the value (1e7 c + 1e4 d + p) / 3 * 0.1, with p = 0 for mu, 1000 + i for theta[i],
 * 2000 + 10 i + j for L[i,j], 3000 + 100 i + 10 j + k for T[i,j,k], indices from 1.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/stan_csv.h>

enum { CHAINS = 2, DRAWS = 20, WARMUP = 6, COLUMNS = 1 + 3 + 6 + 8, DIMENSION = 4 };

static const wick_stan_variable VARIABLES[] = {
    { .name = "mu" },
    { "theta", 1, (const size_t[]){ 3 } },
    { "L", 2, (const size_t[]){ 2, 3 } },
    { "T", 3, (const size_t[]){ 2, 2, 2 } },
};

typedef struct files {
    const char *name;
    wick_stan_csv_options options;
    size_t warmup, draws; /* rows */
    bool special;         /* NaN, inf and -inf in theta of draw 0 */
} files;

static const files FILES[] = {
    { "diagonal", { .num_samples = DRAWS, .num_warmup = WARMUP, .seed = 20231 }, 0, DRAWS, false },
    { "dense", { .num_samples = DRAWS, .num_warmup = WARMUP, .metric = WICK_METRIC_DENSE }, 0,
        DRAWS, false },
    { "unit", { .num_samples = DRAWS, .num_warmup = WARMUP, .metric = WICK_METRIC_UNIT }, 0, DRAWS,
        false },
    { "warmup", { .num_samples = DRAWS, .num_warmup = WARMUP, .save_warmup = true }, WARMUP, DRAWS,
        false },
    { "thinned",
        { .num_samples = 3 * DRAWS,
            .num_warmup = 3 * WARMUP,
            .thin = 3,
            .save_warmup = true,
            .delta = 0.95,
            .max_depth = 12 },
        WARMUP, DRAWS, false },
    { "interrupted", { .num_samples = 1000, .num_warmup = 1000, .data = "a table.csv" }, 0, DRAWS,
        false },
    { "stopped", { .num_samples = 1000, .num_warmup = 1000, .save_warmup = true }, WARMUP, DRAWS,
        false },
    { "no_warmup", { .num_samples = DRAWS, .seed = 4000000000u }, 0, DRAWS, false },
    { "special", { .num_samples = DRAWS, .num_warmup = WARMUP }, 0, DRAWS, true },
};

static double value(size_t chain, size_t draw, size_t position)
{
    return (double)(10000000 * chain + 10000 * draw + position) / 3.0 * 0.1;
}

static void fill(double *values, size_t chain, size_t draw)
{
    *values++ = value(chain, draw, 0);
    for (size_t i = 1; i <= 3; i++)
        *values++ = value(chain, draw, 1000 + i);
    for (size_t i = 1; i <= 2; i++)
        for (size_t j = 1; j <= 3; j++)
            *values++ = value(chain, draw, 2000 + 10 * i + j);
    for (size_t i = 1; i <= 2; i++)
        for (size_t j = 1; j <= 2; j++)
            for (size_t k = 1; k <= 2; k++)
                *values++ = value(chain, draw, 3000 + 100 * i + 10 * j + k);
}

static void write_row(wick_stan_csv *csv, const files *f, size_t chain, size_t draw)
{
    double values[COLUMNS];
    const size_t depth = draw % 4 + 1;

    fill(values, chain, draw);
    if (f->special && draw == 0) {
        values[1] = NAN;
        values[2] = INFINITY;
        values[3] = -INFINITY;
    }
    wick_stan_csv_row(csv,
        &(wick_stan_draw){ .lp = -value(chain, draw, 7),
            .accept_stat = 0.8 + (double)draw / 1000.0,
            .stepsize = 0.1 * (double)chain,
            .treedepth = depth,
            .n_leapfrog = ((size_t)1 << depth) - 1,
            .divergent = draw == 3,
            .energy = value(chain, draw, 8),
            .n = COLUMNS,
            .values = values });
}

static void write_file(wick *w, const char *directory, const files *f, size_t chain)
{
    double metric[DIMENSION * DIMENSION];
    wick_stan_csv_options options = f->options;
    char path[512];

    for (size_t i = 0; i < DIMENSION * DIMENSION; i++)
        metric[i] = (double)(1 + i) / 7.0;
    options.chain = chain;
    snprintf(path, sizeof path, "%s/%s_%zu.csv", directory, f->name, chain);
    wick_stan_csv *csv =
        wick_stan_csv_new(w, path, sizeof VARIABLES / sizeof *VARIABLES, VARIABLES, &options);
    for (size_t i = 0; i < f->warmup; i++)
        write_row(csv, f, chain, 500 + i);
    wick_stan_csv_adapted(csv, 0.1 * (double)chain, DIMENSION, metric);
    for (size_t i = 0; i < f->draws; i++)
        write_row(csv, f, chain, i);
    wick_stan_csv_close(csv, 0.25, 1.5);
}

int main(int argc, char **argv)
{
    wick *w = wick_new(NULL);

    for (size_t i = 0; argc == 2 && i < sizeof FILES / sizeof *FILES; i++)
        for (size_t chain = 1; chain <= CHAINS; chain++)
            write_file(w, argv[1], &FILES[i], chain);
    const bool written = argc == 2 && w && wick_status(w) == WICK_OK;
    if (!written)
        fprintf(stderr, "%s\n", argc == 2 ? wick_message(w) : "need a directory");
    wick_free(w);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
