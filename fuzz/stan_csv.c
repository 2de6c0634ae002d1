/* Bytes as variables, options and draws of a Stan CSV file: what is written is read again by the few
 * lines here, or an error is documented. */
#include "fuzz/fuzz.h"

#include <wick/stan_csv.h>

enum { MOST_VARIABLES = 3, MOST_AXES = 3, MOST_COLUMNS = 256, MOST_ROWS = 6, SAMPLER = 7 };

static const char *const STATISTIC[SAMPLER] = { "lp__", "accept_stat__", "stepsize__",
    "treedepth__", "n_leapfrog__", "divergent__", "energy__" };

/* What is written, and the rows that were taken. */
typedef struct run {
    size_t n, n_columns, n_rows;
    wick_stan_variable variable[MOST_VARIABLES];
    size_t sizes[MOST_VARIABLES][MOST_AXES];
    double row[MOST_ROWS][MOST_COLUMNS]; /* values as C has arrays */
    double lp[MOST_ROWS];
} run;

/* --- reading ---------------------------------------------------------------------------------- */

/* The next line that is no comment, without its end; false at the end of the file. */
static bool next_line(FILE *file, char *line, int size)
{
    while (fgets(line, size, file)) {
        char *end = strchr(line, '\n');
        REQUIRE(end, "a line without an end");
        *end = '\0';
        if (*line != '#' && *line)
            return true;
    }
    return false;
}

/* The next cell of a line; NULL if there is none. */
static char *next_cell(char **line)
{
    char *cell = *line, *comma = cell ? strchr(cell, ',') : NULL;

    if (comma)
        *comma = '\0';
    *line = comma ? comma + 1 : NULL;
    return cell;
}

/* A column of a variable: its name, the first index fastest, and its place in C's array. */
static size_t place_of(const wick_stan_variable *v, size_t column, char *name, size_t size)
{
    size_t place = 0, index[MOST_AXES];
    int n = snprintf(name, size, "%s", v->name);

    for (size_t a = 0; a < v->n_sizes; column /= v->sizes[a++]) {
        index[a] = column % v->sizes[a];
        n += snprintf(name + n, size - (size_t)n, ".%zu", index[a] + 1);
    }
    for (size_t a = 0; a < v->n_sizes; a++)
        place = place * v->sizes[a] + index[a];
    return place;
}

static size_t columns_of(const wick_stan_variable *v)
{
    size_t n = 1;

    for (size_t a = 0; a < v->n_sizes; a++)
        n *= v->sizes[a];
    return n;
}

static void require_header(const run *r, char *line)
{
    char name[64];

    for (int i = 0; i < SAMPLER; i++)
        REQUIRE(
            strcmp(next_cell(&line), STATISTIC[i]) == 0, "column %d is not %s", i, STATISTIC[i]);
    for (size_t i = 0; i < r->n; i++)
        for (size_t c = 0; c < columns_of(&r->variable[i]); c++) {
            place_of(&r->variable[i], c, name, sizeof name);
            const char *cell = next_cell(&line);
            REQUIRE(cell && strcmp(cell, name) == 0, "a column is %s, not %s", cell, name);
        }
    REQUIRE(!line, "too many columns");
}

static void require_number(char **line, double want)
{
    char *cell = next_cell(line), *end;

    REQUIRE(cell && *cell, "a cell is missing");
    const double x = strtod(cell, &end);
    REQUIRE(*end == '\0' && (x == want || (isnan(x) && isnan(want))), "'%s' is not %a", cell, want);
}

static void require_row(const run *r, size_t row, char *line)
{
    char name[64];
    const double *x = r->row[row];

    require_number(&line, r->lp[row]);
    for (int i = 1; i < SAMPLER; i++)
        REQUIRE(next_cell(&line), "row %zu ends", row);
    for (size_t i = 0; i < r->n; x += columns_of(&r->variable[i++]))
        for (size_t c = 0; c < columns_of(&r->variable[i]); c++)
            require_number(&line, x[place_of(&r->variable[i], c, name, sizeof name)]);
    REQUIRE(!line, "too many cells");
}

static void require_file(const run *r, const char *path)
{
    static char line[65536];
    FILE *file = fopen(path, "r");

    REQUIRE(file && next_line(file, line, sizeof line), "no header");
    require_header(r, line);
    for (size_t i = 0; i < r->n_rows; i++) {
        REQUIRE(next_line(file, line, sizeof line), "%zu rows, not %zu", i, r->n_rows);
        require_row(r, i, line);
    }
    REQUIRE(!next_line(file, line, sizeof line), "a row too many");
    fclose(file);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void choose_variables(run *r, bytes *b)
{
    static const char *const NAMES[] = { "mu", "theta", "L", "mu", "a_1", "1a", "x__", "a,b", "" };

    r->n = take_below(b, MOST_VARIABLES + 1);
    for (size_t i = 0; i < r->n; i++) {
        wick_stan_variable *v = &r->variable[i];
        v->name = NAMES[take_below(b, sizeof NAMES / sizeof *NAMES)];
        v->n_sizes = take_below(b, MOST_AXES + 1);
        v->sizes = r->sizes[i];
        for (size_t a = 0; a < v->n_sizes; a++)
            r->sizes[i][a] = (1 + take_below(b, 5)) % 5; /* '4' is 0, an error */
        r->n_columns += columns_of(v);
    }
}

static wick_stan_csv_options choose_options(bytes *b)
{
    static const char *const MODEL[] = { NULL, "schools", "two words", "line\nend" };
    static const double DELTA[] = { 0.0, 0.95, 1.0, -1.0 };

    return (wick_stan_csv_options){ .model = MODEL[take_below(b, 4)],
        .data = MODEL[take_below(b, 4)],
        .num_samples = take_below(b, 8),
        .num_warmup = take_below(b, 4),
        .thin = take_below(b, 3),
        .save_warmup = take_below(b, 2),
        .delta = DELTA[take_below(b, 4)],
        .metric = (wick_metric)take_below(b, 4) };
}

/* Any bits. */
static double any_number(bytes *b)
{
    uint64_t bits = 0;
    double x;

    if (take_below(b, 4) == 0)
        return take_number(b);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | take_byte(b);
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void write_row(run *r, wick *w, wick_stan_csv *csv, bytes *b)
{
    double *x = r->row[r->n_rows];

    for (size_t i = 0; i < r->n_columns; i++)
        x[i] = any_number(b);
    r->lp[r->n_rows] = any_number(b);
    wick_stan_csv_row(csv,
        &(wick_stan_draw){
            .lp = r->lp[r->n_rows], .stepsize = 0.5, .n = r->n_columns, .values = x });
    r->n_rows += wick_status(w) == WICK_OK;
}

/* Rows, and what the warm-up found somewhere among them. */
static void write_rows(run *r, wick *w, wick_stan_csv *csv, bytes *b)
{
    const double metric[4] = { 1.0, 0.25, 0.25, any_number(b) };
    const unsigned rows = take_below(b, MOST_ROWS), adapted = take_below(b, MOST_ROWS + 1);

    for (unsigned i = 0; i <= rows; i++) {
        if (i == adapted)
            wick_stan_csv_adapted(csv, take_below(b, 2) ? any_number(b) : 0.5, 2, metric);
        if (i < rows)
            write_row(r, w, csv, b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wick_code CODES[] = { WICK_ERR_NAME, WICK_ERR_SHAPE, WICK_ERR_LIMIT,
        WICK_ERR_ARGUMENT, WICK_ERR_STATE, WICK_ERR_DOMAIN, WICK_OK };
    bytes b = { data, size };
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);
    char path[FUZZ_PATH];
    run r = { 0 };

    choose_variables(&r, &b);
    const wick_stan_csv_options o = choose_options(&b);
    wick_stan_csv *csv = wick_stan_csv_new(w, scratch_file(path, ".csv"), r.n, r.variable, &o);
    REQUIRE((csv == NULL) == (wick_status(w) != WICK_OK), "writer and status do not agree");
    if (csv && r.n_columns <= MOST_COLUMNS)
        write_rows(&r, w, csv, &b);
    const bool there = wick_stan_csv_close(csv, 0.5, 1.5);
    require_documented(w, CODES);
    REQUIRE(there == (wick_status(w) == WICK_OK), "file and status do not agree");
    if (there)
        require_file(&r, path);
    end_handle(w, &m);
    remove(path);
    return 0;
}
