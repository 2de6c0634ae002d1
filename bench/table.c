/*
 * Reading and writing a table of 8 columns: how many MB of the file in a second of processor time,
 * and the most memory held. The rows are the argument, 1e6 without one; their numbers have 17
 * digits. The files are made in $TMPDIR or /tmp and removed.
 *
 *     newlines  the file is read in blocks, and its lines are counted: no reader is faster
 *     strtod    getline, and strtod for each cell
 */
#include "bench/random.h"
#include "bench/timing.h"

#include <wick/wick.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 8, BLOCK = 256 * 1024, ROUNDS = 3, PATH = 4096 };

typedef struct files {
    char text[PATH], npy[PATH], copy[PATH];
    size_t rows;
} files;

static bool write_rows(FILE *file, size_t rows)
{
    uint64_t state = 17;

    for (size_t i = 0; i < rows * COLUMNS; i++)
        fprintf(file, "%.17g%c", random_normal(&state), i % COLUMNS + 1 < COLUMNS ? ',' : '\n');
    return fflush(file) == 0;
}

/* --- variants --------------------------------------------------------------------------------- */

static bool count_lines(const files *f)
{
    static char block[BLOCK];
    const int file = open(f->text, O_RDONLY);
    size_t lines = 0;
    ssize_t n;

    while ((n = read(file, block, BLOCK)) > 0)
        for (const char *p = block; (p = memchr(p, '\n', (size_t)(block + n - p))); p++)
            lines++;
    close(file);
    return lines == f->rows;
}

static bool read_strtod(const files *f)
{
    double *values = malloc(f->rows * COLUMNS * sizeof *values);
    FILE *file = fopen(f->text, "r");
    char *line = NULL;
    size_t size = 0, n = 0;

    while (file && values && n < f->rows * COLUMNS && getline(&line, &size, file) > 0)
        for (char *p = line; *p && n < f->rows * COLUMNS; p++)
            values[n++] = strtod(p, &p);
    if (file)
        fclose(file);
    free(line);
    free(values);
    return n == f->rows * COLUMNS;
}

static bool read_table(const files *f, const char *path)
{
    wick *w = wick_new(NULL);
    wick_table *table = wick_table_read(w, path, NULL);
    const bool good = table && table->rows == f->rows;

    if (!good)
        fprintf(stderr, "table: %s\n", wick_message(w));
    wick_table_free(table);
    wick_free(w);
    return good;
}

static bool read_csv(const files *f)
{
    return read_table(f, f->text);
}

static bool read_npy(const files *f)
{
    return read_table(f, f->npy);
}

static bool write_table(const files *f)
{
    wick *w = wick_new(NULL);
    wick_table *table = wick_table_read(w, f->npy, NULL);
    const bool good = wick_table_write(w, f->copy, table);

    wick_table_free(table);
    wick_free(w);
    return good;
}

static const struct {
    const char *name;
    bool (*run)(const files *f);
    size_t path; /* of the file that counts, in files */
} VARIANTS[] = {
    { "newlines", count_lines, offsetof(files, text) },
    { "strtod", read_strtod, offsetof(files, text) },
    { "wick_read_csv", read_csv, offsetof(files, text) },
    { "wick_read_npy", read_npy, offsetof(files, npy) },
    { "wick_write_csv", write_table, offsetof(files, copy) },
};

/* --- measuring -------------------------------------------------------------------------------- */

static double processor_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
        1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

typedef struct job {
    const files *f;
    size_t variant;
} job;

/* The best of a few: others use the machine too. 0 if it failed. */
static double mb_per_second(void *arg)
{
    const job *j = arg;
    struct stat status = { 0 };
    double best = 0.0;

    for (int i = 0; i < ROUNDS; i++) {
        const double start = processor_seconds();
        if (!VARIANTS[j->variant].run(j->f))
            return 0.0;
        const double seconds = processor_seconds() - start;
        stat((const char *)j->f + VARIANTS[j->variant].path, &status);
        const double rate = 1e-6 * (double)status.st_size / seconds;
        best = rate > best ? rate : best;
    }
    return best;
}

static bool make_files(files *f)
{
    FILE *file = fopen(f->text, "w");
    wick *w = wick_new(NULL);
    bool good = file && write_rows(file, f->rows);

    if (file)
        fclose(file);
    wick_table *table = good ? wick_table_read(w, f->text, NULL) : NULL;
    good = good && wick_table_write(w, f->npy, table);
    wick_table_free(table);
    wick_free(w);
    return good;
}

static double make_in_child(void *arg)
{
    return make_files(arg);
}

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    static files f;
    int failed = 0;

    f.rows = argc > 1 ? (size_t)strtod(argv[1], NULL) : (size_t)1e6;
    folder = folder ? folder : "/tmp";
    const long id = (long)getpid();
    snprintf(f.text, PATH, "%s/wick-table-%ld.csv", folder, id);
    snprintf(f.npy, PATH, "%s/wick-table-%ld.npy", folder, id);
    snprintf(f.copy, PATH, "%s/wick-table-%ld-copy.csv", folder, id);
    if (bench_alone(make_in_child, &f).result > 0.0) {
        for (size_t i = 0; i < sizeof VARIANTS / sizeof *VARIANTS; i++) {
            const bench_report r = bench_alone(mb_per_second, &(job){ &f, i });
            printf("table\t%s\t%.0f MB/s\t%ld KiB\n", VARIANTS[i].name, r.result, r.peak_rss_kib);
            failed |= !(r.result > 0.0);
        }
    } else {
        fprintf(stderr, "table: cannot write files in %s\n", folder);
        failed = 1;
    }
    remove(f.text);
    remove(f.npy);
    remove(f.copy);
    return failed;
}
