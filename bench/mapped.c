/*
 * A mixture of two normals fitted to a file of doubles that is mapped, not read: how long a step
 * takes, and by how much anonymous memory (what is not the file's) grows. The number of doubles is
 * the argument, 1e8 without one; the file is made in $TMPDIR or /tmp and removed.
 */
#include "bench/random.h"
#include "bench/timing.h"

#include <wick/wick.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { K = 2, CHUNK = 1 << 16, STEPS = 3 };

typedef struct data {
    size_t n;
    const double *x;
} data;

static void model(wick *w, void *arg)
{
    const data *d = arg;
    wick_var weights =
        wick_param(w, "weights", wick_init_values(((double[]){ 0.4, 0.6 }), K), wick_simplex());
    wick_var locs =
        wick_param(w, "locs", wick_init_values(((double[]){ -1.0, 1.0 }), K), wick_real());
    wick_var scale = wick_param(w, "scale", wick_init_num(1.5), wick_positive());

    WICK_PLATE (w, "data", d->n) {
        wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "x", wick_normal(wick_at(locs, z), scale), wick_data(w, d->x, d->n));
    }
}

static void guide(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

/* A third around -2, the rest around 3. */
static bool write_points(FILE *file, size_t n)
{
    static double chunk[CHUNK];
    uint64_t state = 17;

    for (size_t i = 0; i < n; i += CHUNK) {
        const size_t m = n - i < CHUNK ? n - i : CHUNK;
        for (size_t j = 0; j < m; j++)
            chunk[j] = (j % 3 == 0 ? -2.0 : 3.0) + random_normal(&state);
        if (fwrite(chunk, sizeof *chunk, m, file) != m)
            return false;
    }
    return fflush(file) == 0;
}

/* KiB; 0 where the system does not tell. */
static long anonymous_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtol(line + 8, NULL, 10);
    if (status)
        fclose(status);
    return kib;
}

static int fit(data *d, size_t threads)
{
    const long before = anonymous_kib();
    wick *w = wick_new(NULL);
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, d }, (wick_program){ guide, NULL },
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = wick_adam(.lr = 0.1),
            .compile = true,
            .threads = threads });
    double start = 0.0;

    for (int i = 0; i <= STEPS; i++) {
        if (i == 1)
            start = bench_now();
        wick_svi_step(svi);
    }
    const double ns = (bench_now() - start) / STEPS;
    printf("mapped\twick_compiled_%zut\t%.3g s a step\t%.2f ns a point\t%+ld KiB anonymous\n",
        threads, 1e-9 * ns, ns / (double)d->n, anonymous_kib() - before);
    if (wick_status(w) != WICK_OK)
        fprintf(stderr, "mapped: %s\n", wick_message(w));
    const int failed = wick_status(w) != WICK_OK;
    wick_svi_free(svi);
    wick_free(w);
    return failed;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    data d = { .n = argc > 1 ? (size_t)strtod(argv[1], NULL) : (size_t)1e8 };

    snprintf(path, sizeof path, "%s/wick-mapped-XXXXXX", folder ? folder : "/tmp");
    const int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w+b") : NULL;
    if (!file || unlink(path) != 0 || !write_points(file, d.n)) {
        perror(path);
        return 1;
    }
    void *memory = mmap(NULL, d.n * sizeof *d.x, PROT_READ, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    d.x = memory;
    const int failed = fit(&d, 1) + fit(&d, 2);
    munmap(memory, d.n * sizeof *d.x);
    fclose(file);
    return failed > 0;
}
