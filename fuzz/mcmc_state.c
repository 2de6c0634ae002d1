/* Saved chains of any bytes, or true ones with other numbers and right checksums: chains that go on,
 * or a documented error after which they are as they were. */
#include "io/chain_file.h"

#include <wick/draws.h>

#include "fuzz/fuzz.h"

static const wick_mcmc_options OPTIONS = { .chains = 2, .warmup = 21, .samples = 4 };

/* Two coordinates of a narrow valley, so that a warm-up has something to learn. */
static wick_var density(wick *w, wick_var q, void *arg)
{
    const double scale[] = { 1.0, 9.0 };
    const size_t two = 2;
    const wick_var x = wick_mul(q, wick_const_array(w, scale, 1, &two));

    (void)arg;
    return wick_neg(wick_dot(x, x));
}

/* The file of m, with numbers put into any of its tensors: place, then one of some kinds. */
static void save_changed(const wick_mcmc *m, const char *path, bytes *b)
{
    static const double NUMBERS[] = { 0.0, 1.0, -1.0, 0.5, NAN, INFINITY, 1e300, 5e-324, 25.0,
        0x1p53 };
    wicki_chain_tags tags;
    wicki_safetensors f;

    REQUIRE(wick_mcmc_save(m, path) && wicki_safetensors_read(&f, m->w, "fuzz", path) &&
            wicki_chain_tags_make(&tags, m),
        "not saved: %s", wick_message(m->w));
    while (b->left > 0) {
        const wicki_tensor *t = &f.tensors[take_below(b, (unsigned)f.n)];
        const size_t place = take_below(b, 256), n = wicki_tensor_count(t);
        const double number = NUMBERS[take_below(b, sizeof NUMBERS / sizeof *NUMBERS)];
        if (n > 0)
            f.values[t->begin / sizeof number + place % n] = number;
    }
    REQUIRE(wicki_safetensors_write(m->w, "fuzz", path, tags.n, tags.tags, f.n, f.tensors),
        "not written: %s", wick_message(m->w));
    wicki_safetensors_free(&f);
    wicki_chain_tags_free(&tags);
}

static size_t read_all(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "rb");

    REQUIRE(file, "no %s", path);
    const size_t n = fread(to, 1, size, file);
    fclose(file);
    REQUIRE(n < size, "%s is too long", path);
    return n;
}

/* Loads the file; if that fails all is saved as before. */
static bool load(wick_mcmc *m, const char *path)
{
    static const wick_code CODES[] = { WICK_ERR_IO, WICK_ERR_STATE, WICK_OK };
    static char before[16384], after[16384];
    char own[FUZZ_PATH];

    REQUIRE(wick_mcmc_save(m, scratch_file(own, ".own")), "not saved: %s", wick_message(m->w));
    const size_t n = read_all(own, before, sizeof before);
    const bool loaded = wick_mcmc_load(m, path);
    REQUIRE(loaded == (wick_status(m->w) == WICK_OK), "result and status do not agree");
    require_documented(m->w, CODES);
    if (!loaded) {
        wick_clear(m->w);
        REQUIRE(wick_mcmc_save(m, own), "not saved again: %s", wick_message(m->w));
        REQUIRE(read_all(own, after, sizeof after) == n && memcmp(before, after, n) == 0,
            "the chains are not as they were");
    }
    remove(own);
    return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wick_code CODES[] = { WICK_ERR_NONFINITE, WICK_ERR_NUMERIC, WICK_OK };
    memory m = { 0 };
    wick_options handle = memory_options(&m, 1);
    bytes b = { data, size };
    char path[FUZZ_PATH];

    handle.math = WICK_MATH_PORTABLE;
    wick *w = wick_new(&handle);
    wick_potential *p = wick_potential_of_density(w, density, NULL, 2, NULL);
    wick_mcmc *chains = wick_mcmc_new(p, &OPTIONS);
    const bool any = take_below(&b, 2) == 0, fresh = take_below(&b, 2) == 0;

    REQUIRE(fresh || wick_mcmc_run(chains), "not run: %s", wick_message(w));
    if (any)
        write_file(scratch_file(path, ".in"), "", 0, b);
    else
        save_changed(chains, scratch_file(path, ".in"), &b);
    if (load(chains, path)) {
        wick_mcmc_run(chains);
        require_documented(w, CODES);
    }
    /* the reader's buffer, the header, lists of its parts, and the chains */
    REQUIRE(m.most <= 4 * 1024 * 1024 + 32 * size, "%zu bytes of memory for %zu", m.most, size);
    wick_mcmc_free(chains);
    wick_potential_free(p);
    end_handle(w, &m);
    remove(path);
    return 0;
}
