/* For tests of draws as CmdStan's CSV: a small run, and the file it gives. */
#ifndef TESTS_IO_STAN_CSV_H
#define TESTS_IO_STAN_CSV_H

#include <wick/stan_csv.h>

#include "tests/io/tables.h"

/* The lines of CmdStan's output that readers ask for, in their order. %s: the version. */
static const char EXPECTED[] =
    "# model = schools\n"
    "# method = sample (Default)\n"
    "#   sample\n"
    "#     num_samples = 5\n"
    "#     num_warmup = 1000 (Default)\n"
    "#     save_warmup = 0 (Default)\n"
    "#     thin = 2\n"
    "#     adapt\n"
    "#       engaged = 1 (Default)\n"
    "#       delta = 0.95\n"
    "#     algorithm = hmc (Default)\n"
    "#       hmc\n"
    "#         engine = nuts (Default)\n"
    "#           nuts\n"
    "#             max_depth = 12\n"
    "#         metric = diag_e (Default)\n"
    "# id = 3\n"
    "# data\n"
    "#   file = data/schools.csv\n"
    "# random\n"
    "#   seed = 18446744073709551615\n"
    "# output\n"
    "#   file = schools_3.csv\n"
    "# generator = wick %s\n"
    "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,"
    "energy__,mu,L.1.1,L.2.1,L.1.2,L.2.2,L.1.3,L.2.3\n"
    "# Adaptation terminated\n"
    "# Step size = 0.169\n"
    "# Diagonal elements of inverse mass matrix:\n"
    "# 0.5, 1e-7, 1e22\n"
    "-14.418881895803647,0.8198374750692238,0.169,3,7,0,16.29,"
    "0.1,11,21,12,22,13,23\n"
    "-3.5,1,0.169,10,1023,1,-0.25,"
    "nan,inf,0.30000000000000004,-inf,4.94065645841247e-324,-0,1.7976931348623157e308\n"
    "-4,0.5,0.169,1,1,0,5,"
    "0.1,11,21,12,22,13,23\n"
    "# \n"
    "#  Elapsed Time: 0.013 seconds (Warm-up)\n"
    "#                62.000 seconds (Sampling)\n"
    "#                62.013 seconds (Total)\n"
    "# \n";

static const wick_stan_variable VARIABLES[] = {
    { .name = "mu" },
    { "L", 2, (const size_t[]){ 2, 3 } },
};

enum { N_VARIABLES = 2, COLUMNS = 7 };

static const wick_stan_csv_options OPTIONS = { .model = "schools",
    .data = "data/schools.csv",
    .chain = 3,
    .seed = UINT64_MAX,
    .num_samples = 5,
    .num_warmup = 1000,
    .thin = 2,
    .delta = 0.95,
    .max_depth = 12 };

static const double INVERSE_METRIC[] = { 0.5, 1e-7, 1e22, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0 };

/* mu, then L with the last index fastest: L[i][j] is 10 i + j. */
static const double VALUES[] = { 0.1, 11.0, 12.0, 13.0, 21.0, 22.0, 23.0 };
static const double SPECIAL[] = { NAN, INFINITY, -INFINITY, -0.0, 0.1 + 0.2, 5e-324,
    1.7976931348623157e308 };

static const wick_stan_draw DRAWS[] = {
    { .lp = -14.418881895803647,
        .accept_stat = 0.8198374750692238,
        .stepsize = 0.169,
        .treedepth = 3,
        .n_leapfrog = 7,
        .energy = 16.29,
        .n = COLUMNS,
        .values = VALUES },
    { .lp = -3.5,
        .accept_stat = 1.0,
        .stepsize = 0.169,
        .treedepth = 10,
        .n_leapfrog = 1023,
        .divergent = true,
        .energy = -0.25,
        .n = COLUMNS,
        .values = SPECIAL },
    { .lp = -4.0,
        .accept_stat = 0.5,
        .stepsize = 0.169,
        .treedepth = 1,
        .n_leapfrog = 1,
        .energy = 5.0,
        .n = COLUMNS,
        .values = VALUES },
};

static inline wick_stan_csv *begin(wick *w, const char *path, const wick_stan_csv_options *options)
{
    return wick_stan_csv_new(w, path, N_VARIABLES, VARIABLES, options);
}

static inline bool write_all(wick *w, const char *path)
{
    wick_stan_csv *csv = begin(w, path, &OPTIONS);

    wick_stan_csv_adapted(csv, 0.169, 3, INVERSE_METRIC);
    for (size_t i = 0; i < 3; i++)
        wick_stan_csv_row(csv, &DRAWS[i]);
    return wick_stan_csv_close(csv, 0.0126, 62.0);
}

static inline void assert_expected(const char *path)
{
    char want[sizeof EXPECTED + 32];
    char *text = read_file(path);

    snprintf(want, sizeof want, EXPECTED, wick_version());
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, want);
    free(text);
}

/* The text after a part, to the end of the line, is that. */
static inline void assert_after(const char *text, const char *part, const char *want)
{
    const char *found = text ? strstr(text, part) : NULL;
    const size_t n = strlen(want);

    ck_assert_msg(found != NULL, "no \"%s\" in:\n%s", part, text ? text : "NULL");
    found += strlen(part);
    ck_assert_msg(strncmp(found, want, n) == 0 && found[n] == '\n',
        "\"%s\": \"%.40s\", want \"%s\"", part, found, want);
}

#endif
