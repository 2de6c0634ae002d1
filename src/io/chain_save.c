#include <wick/draws.h>

#include "io/chain_file.h"

static const char FUNCTION[] = "wick_mcmc_save";

/* Tensors of all chains together, and of each. */
enum { SHARED = 3, OWN = 2 };

/* What is written, in one piece of memory each. */
typedef struct image {
    wicki_tensor *tensors;
    char (*names)[WICKI_CHAIN_TENSOR_NAME];
    double *transitions, *keys, *state;
} image;

static void fill_shared(image *to, const wick_mcmc *m, size_t state_size)
{
    const size_t chains = m->options.chains;

    for (size_t i = 0; i < chains; i++) {
        const wicki_chain *c = &m->chain[i];
        to->transitions[i] = (double)c->done;
        to->keys[2 * i] = (double)(c->key >> 32);
        to->keys[2 * i + 1] = (double)(c->key & 0xffffffff);
        wicki_chain_pack(c, m->dimension, to->state + i * state_size);
    }
    to->tensors[0] = (wicki_tensor){
        .name = "transitions", .n_sizes = 1, .sizes = { chains }, .values = to->transitions
    };
    to->tensors[1] =
        (wicki_tensor){ .name = "keys", .n_sizes = 2, .sizes = { chains, 2 }, .values = to->keys };
    to->tensors[2] = (wicki_tensor){
        .name = "state", .n_sizes = 2, .sizes = { chains, state_size }, .values = to->state
    };
}

static void fill_own(image *to, const wick_mcmc *m)
{
    for (size_t i = 0; i < m->options.chains; i++) {
        const wicki_chain *c = &m->chain[i];
        const size_t rows = wicki_chain_rows(&m->options, c->done);
        wicki_tensor *t = to->tensors + SHARED + OWN * i;
        wicki_chain_tensor_name(to->names[OWN * i], "draws", i);
        wicki_chain_tensor_name(to->names[OWN * i + 1], "statistics", i);
        t[0] = (wicki_tensor){ .name = to->names[OWN * i],
            .n_sizes = 2,
            .sizes = { rows, m->dimension },
            .values = c->q };
        t[1] = (wicki_tensor){ .name = to->names[OWN * i + 1],
            .n_sizes = 2,
            .sizes = { rows, WICKI_STATISTICS },
            .values = c->statistics };
    }
}

static bool make_image(image *to, const wick_mcmc *m)
{
    const size_t chains = m->options.chains;
    const size_t state_size = wicki_chain_state_size(&m->options, m->dimension);
    wick *w = m->w;

    *to = (image){ .tensors = NULL };
    if (state_size > SIZE_MAX / sizeof(double) / chains - 3) {
        wick_fail(w, WICK_ERR_LIMIT, "%s: the state of %zu chains does not fit into memory",
            FUNCTION, chains);
        return false;
    }
    to->tensors = wicki_allocate(w, (SHARED + OWN * chains) * sizeof *to->tensors);
    to->names = to->tensors ? wicki_allocate(w, OWN * chains * sizeof *to->names) : NULL;
    to->transitions =
        to->names ? wicki_allocate(w, chains * (3 + state_size) * sizeof(double)) : NULL;
    if (!to->transitions)
        return false;
    to->keys = to->transitions + chains;
    to->state = to->keys + 2 * chains;
    fill_shared(to, m, state_size);
    fill_own(to, m);
    return true;
}

static void free_image(wick *w, image *i)
{
    wicki_release(w, i->transitions);
    wicki_release(w, i->names);
    wicki_release(w, i->tensors);
}

bool wick_mcmc_save(const wick_mcmc *m, const char *path)
{
    wicki_chain_tags tags;
    image i;

    if (!m || !wicki_chain_path(m->w, FUNCTION, path))
        return false;
    const bool made = wicki_chain_tags_make(&tags, m);
    const bool written = make_image(&i, m) && made &&
        wicki_safetensors_write(
            m->w, FUNCTION, path, tags.n, tags.tags, SHARED + OWN * m->options.chains, i.tensors);
    free_image(m->w, &i);
    wicki_chain_tags_free(&tags);
    return written;
}
