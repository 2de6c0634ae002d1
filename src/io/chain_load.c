#include <wick/draws.h>

#include <math.h>
#include <string.h>

#include "io/chain_file.h"
#include "io/number.h"

static const char FUNCTION[] = "wick_mcmc_load";

/* What is read, and into which chains. */
typedef struct loading {
    wick *w;
    wick_mcmc *m;
    const char *path;
    wicki_safetensors file;
    const double *transitions, *keys, *state;
    wicki_chain *chain; /* that take the place of m's */
} loading;

/* --- texts ----------------------------------------------------------------------------------- */

static bool fail_file(const loading *l, const char *what)
{
    if (wicki_ok(l->w))
        wick_fail(l->w, WICK_ERR_IO, "%s: %s: %s; need a file of wick_mcmc_save", FUNCTION, l->path,
            what);
    return false;
}

/* Other chains are no damage. */
static bool fail_option(const loading *l, const wicki_tag *here, const char *value)
{
    wicki_buffer there = { .w = l->w }, own = { .w = l->w };

    wicki_buffer_text(&there, value ? value : "not given", value ? strlen(value) : 9);
    wicki_buffer_text(&own, here->value, strlen(here->value));
    if (wicki_ok(l->w))
        wick_fail(l->w, WICK_ERR_STATE,
            "%s: %s: %s is %s in the file, but %s here; make the chains as those that were saved",
            FUNCTION, l->path, here->key, there.text, own.text);
    wicki_buffer_free(&there);
    wicki_buffer_free(&own);
    return false;
}

static bool check_format(const loading *l)
{
    const char *format = wicki_safetensors_text(&l->file, WICKI_CHAIN_FILE_KEY);

    if (!format)
        return fail_file(l, "it has no text '" WICKI_CHAIN_FILE_KEY "'");
    if (strcmp(format, WICKI_CHAIN_FILE_FORMAT) != 0)
        return fail_file(
            l, "its text '" WICKI_CHAIN_FILE_KEY "' is not '" WICKI_CHAIN_FILE_FORMAT "'");
    return wicki_safetensors_text(&l->file, "fnv1a") || fail_file(l, "it has no checksums");
}

static bool check_options(const loading *l)
{
    wicki_chain_tags here;
    bool same = wicki_chain_tags_make(&here, l->m);

    for (size_t i = 1; same && i < here.n; i++) {
        const char *value = wicki_safetensors_text(&l->file, here.tags[i].key);
        same = value && strcmp(value, here.tags[i].value) == 0;
        if (!same)
            fail_option(l, &here.tags[i], value);
    }
    wicki_chain_tags_free(&here);
    return same;
}

/* --- arrays ---------------------------------------------------------------------------------- */

/* The tensor of that name, rows x columns; NULL after an error. */
static const double *need(
    const loading *l, const char *name, size_t n_sizes, size_t rows, size_t columns)
{
    const wicki_tensor *t = wicki_safetensors_find(&l->file, name);

    if (t && t->n_sizes == n_sizes && t->sizes[0] == rows &&
        (n_sizes == 1 || t->sizes[1] == columns))
        return t->values;
    if (!t)
        wick_fail(l->w, WICK_ERR_IO,
            "%s: %s: there is no tensor '%s'; need a file of wick_mcmc_save", FUNCTION, l->path,
            name);
    else
        wick_fail(l->w, WICK_ERR_IO,
            "%s: %s: tensor '%s' has %zu axes, the first of %zu; need %zu "
            "axes, %zu x %zu",
            FUNCTION, l->path, name, t->n_sizes, t->n_sizes ? t->sizes[0] : 1, n_sizes, rows,
            columns);
    return NULL;
}

static bool check_numbers(const loading *l, size_t chain)
{
    const wick_mcmc_options *o = &l->m->options;
    const double done = l->transitions[chain], *key = l->keys + 2 * chain, half = 0xffffffff;

    if (!wicki_is_count(done, 0x1p53) || !wicki_is_count(key[0], half) ||
        !wicki_is_count(key[1], half))
        return fail_file(l, "its transitions or keys are none");
    if (done - (double)o->warmup <= (double)o->samples)
        return true;
    wick_fail(l->w, WICK_ERR_STATE,
        "%s: %s: chain %zu has %.0f draws in the file, but .samples is %zu here; need at least as "
        "many",
        FUNCTION, l->path, chain, done - (double)o->warmup, o->samples);
    return false;
}

static bool find_arrays(loading *l)
{
    const wick_mcmc_options *o = &l->m->options;
    const size_t state_size = wicki_chain_state_size(o, l->m->dimension);
    bool fine = (l->transitions = need(l, "transitions", 1, o->chains, 1)) &&
        (l->keys = need(l, "keys", 2, o->chains, 2)) &&
        (l->state = need(l, "state", 2, o->chains, state_size));

    for (size_t i = 0; fine && i < o->chains; i++) {
        char draws[WICKI_CHAIN_TENSOR_NAME], statistics[WICKI_CHAIN_TENSOR_NAME];
        wicki_chain_tensor_name(draws, "draws", i);
        wicki_chain_tensor_name(statistics, "statistics", i);
        fine = check_numbers(l, i);
        const size_t rows = fine ? wicki_chain_rows(o, (size_t)l->transitions[i]) : 0;
        fine = fine && need(l, draws, 2, rows, l->m->dimension) &&
            need(l, statistics, 2, rows, WICKI_STATISTICS);
    }
    return fine;
}

/* --- chains ---------------------------------------------------------------------------------- */

static bool unpack(loading *l, size_t i)
{
    const size_t n = l->m->dimension;
    wicki_chain *c = &l->chain[i];

    if (!wicki_chain_open(c, n)) {
        wick_fail(l->w, c->handle.status, "%s", c->handle.message);
        return false;
    }
    if (!wicki_chain_unpack(c, n, l->state + i * wicki_chain_state_size(c->options, n)) ||
        (double)c->done != l->transitions[i])
        return fail_file(l, "its state is that of no chain");
    c->key = (uint64_t)l->keys[2 * i] << 32 | (uint64_t)l->keys[2 * i + 1];
    return true;
}

/* Is the potential where the chain stands what it was? Not to the last bit: the file may come from
 * another machine. */
static bool check_potential(const loading *l, size_t i)
{
    const wicki_hmc *h = l->chain[i].hmc;
    const double want = h ? h->now.potential : 0.0;
    const double got = h ? wick_potential_value(l->m->potential[0], h->now.q, NULL) : 0.0;
    char texts[2][WICKI_NUMBER_SIZE];

    if (!wicki_ok(l->w) || fabs(got - want) <= 1e-6 * (1.0 + fabs(want)))
        return wicki_ok(l->w);
    wicki_number_text(texts[0], want);
    wicki_number_text(texts[1], got);
    wick_fail(l->w, WICK_ERR_STATE,
        "%s: %s: where chain %zu stands the potential is %s in the file, but %s here; need the "
        "model, data and parameters of the chains that were saved",
        FUNCTION, l->path, i, texts[0], texts[1]);
    return false;
}

static bool make_chains(loading *l)
{
    const size_t chains = l->m->options.chains;
    bool fine = true;

    l->chain = wicki_allocate(l->w, chains * sizeof *l->chain);
    for (size_t i = 0; l->chain && i < chains; i++) {
        l->chain[i].handle = *l->w;
        l->chain[i].options = &l->m->options;
    }
    for (size_t i = 0; l->chain && fine && i < chains; i++)
        fine = unpack(l, i) && check_potential(l, i);
    return l->chain && fine;
}

static void copy_rows(const loading *l, const char *what, size_t i, double *to)
{
    char name[WICKI_CHAIN_TENSOR_NAME];

    wicki_chain_tensor_name(name, what, i);
    const wicki_tensor *t = wicki_safetensors_find(&l->file, name);
    memcpy(to, t->values, wicki_tensor_count(t) * sizeof *to);
}

/* Nothing can fail any more: the new chains get the memory of the old ones' draws, which go. */
static void take_over(loading *l)
{
    wick_mcmc *m = l->m;

    for (size_t i = 0; i < m->options.chains; i++) {
        wicki_chain *old = &m->chain[i], *c = &l->chain[i];
        copy_rows(l, "draws", i, old->q);
        copy_rows(l, "statistics", i, old->statistics);
        c->q = old->q;
        c->statistics = old->statistics;
    }
    wicki_chain *old = m->chain;
    m->chain = l->chain;
    l->chain = old;
    m->ended = false;
    wicki_mcmc_forget_reading(m);
}

static void free_loading(loading *l)
{
    for (size_t i = 0; l->chain && i < l->m->options.chains; i++)
        wicki_chain_close(&l->chain[i]);
    wicki_release(l->w, l->chain);
    wicki_safetensors_free(&l->file);
}

bool wick_mcmc_load(wick_mcmc *m, const char *path)
{
    if (!m || !wicki_chain_path(m->w, FUNCTION, path))
        return false;
    loading l = { .w = m->w, .m = m, .path = path };
    const bool loaded = wicki_safetensors_read(&l.file, m->w, FUNCTION, path) && check_format(&l) &&
        check_options(&l) && find_arrays(&l) && make_chains(&l);
    if (loaded)
        take_over(&l);
    free_loading(&l);
    return loaded;
}
