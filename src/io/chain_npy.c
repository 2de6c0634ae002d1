#include <wick/draws.h>

#include "io/chain_sites.h"
#include "io/file.h"
#include "io/npy_write.h"

static const char FUNCTION[] = "wick_mcmc_write_npy";

/* Bytes that are written at once. */
enum { BLOCK = 64 * 1024 };

/* Names and types of ArviZ, by wick_statistic. */
static const struct {
    const char *name, *type;
} STATISTICS[WICKI_STATISTICS] = {
    [WICK_LP] = { "lp", "<f8" },
    [WICK_ACCEPT_STAT] = { "acceptance_rate", "<f8" },
    [WICK_STEP_SIZE] = { "step_size", "<f8" },
    [WICK_TREE_DEPTH] = { "tree_depth", "<i8" },
    [WICK_N_LEAPFROG] = { "n_steps", "<i8" },
    [WICK_DIVERGENT] = { "diverging", "|b1" },
    [WICK_ENERGY] = { "energy", "<f8" },
};

/* One file: an array over chains, draws and sizes. */
typedef struct array {
    const char *group, *name, *type;
    size_t n_sizes;
    const size_t *sizes;
    size_t n; /* elements */
    const wick_chains *elements;
} array;

static void add_item(wicki_buffer *to, char kind, double x)
{
    if (kind == 'f')
        wicki_buffer_double(to, x);
    else if (kind == 'i')
        wicki_buffer_bits(to, (uint64_t)x);
    else
        wicki_buffer_bytes(to, x != 0.0 ? "\1" : "\0", 1);
}

static void add_array(wicki_output *f, const array *a)
{
    size_t sizes[2 + WICKI_CHAIN_AXES] = { a->elements->chains, a->elements->n };
    const size_t draws = sizes[0] * sizes[1];

    for (size_t i = 0; i < a->n_sizes; i++)
        sizes[2 + i] = a->sizes[i];
    wicki_npy_begin(&f->bytes, a->type, 2 + a->n_sizes, sizes);
    for (size_t i = 0; i < draws && wicki_ok(f->w); i++)
        for (size_t k = 0; k < a->n; k++) {
            add_item(&f->bytes, a->type[1], a->elements[k].draws[i]);
            if (f->bytes.length >= BLOCK)
                wicki_output_flush(f);
        }
}

static bool write_array(wick *w, const char *directory, const array *a)
{
    wicki_buffer path = { .w = w };
    wicki_output f;
    bool written = false;

    wicki_buffer_add(&path, "%s/%s/%s.npy", directory, a->group, a->name);
    if (wicki_ok(w) &&
        wicki_make_directory(w, FUNCTION, path.text, wicki_parent_length(path.text)) &&
        wicki_output_open(&f, w, FUNCTION, path.text)) {
        add_array(&f, a);
        written = wicki_output_close(&f);
    }
    wicki_buffer_free(&path);
    return written;
}

static bool write_site(
    const wick_mcmc *m, const char *directory, bool warm, const wicki_chain_site *s)
{
    wick_chains *elements = wick_alloc(m->w, s->elements * sizeof *elements);
    const array a = { warm ? "posterior" : "warmup_posterior", s->name, "<f8", s->n_sizes, s->sizes,
        s->elements, elements };

    for (size_t k = 0; elements && k < s->elements; k++)
        elements[k] = warm ? wick_mcmc_draws(m, s->site, k) : wick_mcmc_warmup_draws(m, s->site, k);
    return wicki_ok(m->w) && write_array(m->w, directory, &a);
}

static bool write_statistic(const wick_mcmc *m, const char *directory, bool warm, size_t i)
{
    const wick_statistic which = (wick_statistic)i;
    const wick_chains x =
        warm ? wick_mcmc_statistic(m, which) : wick_mcmc_warmup_statistic(m, which);
    const array a = { warm ? "sample_stats" : "warmup_sample_stats", STATISTICS[i].name,
        STATISTICS[i].type, 0, NULL, 1, &x };

    return wicki_ok(m->w) && write_array(m->w, directory, &a);
}

static bool write_phase(const wick_mcmc *m, const char *directory, bool warm)
{
    size_t n, i = 0, k = 0;
    const wicki_chain_site *sites = wicki_chain_sites(m, &n);

    while (sites && i < n && write_site(m, directory, warm, &sites[i]))
        i++;
    while (sites && i == n && k < WICKI_STATISTICS && write_statistic(m, directory, warm, k))
        k++;
    return k == WICKI_STATISTICS;
}

bool wick_mcmc_write_npy(const wick_mcmc *m, const char *directory)
{
    return m && wicki_ok(m->w) &&
        wicki_chains_can_be_written(m, FUNCTION, directory, "directory") &&
        (!m->options.keep_warmup || m->options.warmup == 0 || write_phase(m, directory, false)) &&
        write_phase(m, directory, true);
}
