/* Chains that are saved and go on: the same draws bit for bit; all or nothing. */
#include <fcntl.h>
#include <math.h>

#include "io/chain_file.h"
#include "tests/io/tables.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/draws.h>

/* --- a model ----------------------------------------------------------------------------------- */

static double effect[] = { 28.0, 8.0, -3.0 };
static const double ERROR[] = { 15.0, 10.0, 16.0 };

/* Five coordinates, with a plate, an event and a constraint. */
static void schools(wick *w, void *arg)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_normal(5.0));

    (void)arg;
    WICK_PLATE (w, "schools", 3) {
        const wick_var theta = wick_sample(w, "theta", wick_normal(mu, tau));
        wick_observe(
            w, "effect", wick_normal(theta, wick_data(w, ERROR, 3)), wick_data(w, effect, 3));
    }
}

typedef struct run {
    wick *w;
    wick_potential *potential;
    wick_mcmc *m;
} run;

static const wick_options HANDLE = { .seed = 20241, .math = WICK_MATH_PORTABLE };

static run run_new(const wick_options *handle, const wick_mcmc_options *options)
{
    run r = { .w = wick_new(handle) };

    r.potential = wick_potential_new(r.w, (wick_program){ schools, NULL }, NULL);
    r.m = wick_mcmc_new(r.potential, options);
    ck_assert_msg(r.m != NULL, "%s", wick_message(r.w));
    return r;
}

static void run_free(run *r)
{
    wick_mcmc_free(r->m);
    wick_potential_free(r->potential);
    wick_free(r->w);
}

static run run_done(const wick_mcmc_options *options)
{
    const run r = run_new(&HANDLE, options);

    ck_assert_msg(wick_mcmc_run(r.m), "%s", wick_message(r.w));
    return r;
}

/* All numbers that are kept, and what is known of the chains but times. */
static void assert_same_chains(const wick_mcmc *a, const wick_mcmc *b)
{
    const size_t n = wick_potential_dimension(wick_mcmc_potential(a));

    for (size_t i = 0; i < a->options.chains; i++) {
        const wicki_chain *x = &a->chain[i], *y = &b->chain[i];
        const wick_chain_info p = wick_mcmc_chain(a, i), q = wick_mcmc_chain(b, i);
        const size_t rows = a->options.keep_warmup ? x->done : p.samples;
        ck_assert_uint_eq(x->done, y->done);
        assert_same_bits(x->q, y->q, rows * n);
        assert_same_bits(x->statistics, y->statistics, rows * WICKI_STATISTICS);
        assert_same_bits(&p.step_size, &q.step_size, 1);
        ck_assert_uint_eq(p.n_metric, q.n_metric);
        if (p.n_metric > 0)
            assert_same_bits(p.inverse_metric, q.inverse_metric, p.n_metric);
        ck_assert_uint_eq(p.leapfrogs, q.leapfrogs);
        ck_assert_uint_eq(p.warmup_leapfrogs, q.warmup_leapfrogs);
        ck_assert_uint_eq(x->phase[1].divergent, y->phase[1].divergent);
    }
}

/* --- resuming ---------------------------------------------------------------------------------- */

/* Begins a chain and makes so many transitions, as wick_mcmc_run would; 0: it has not begun. */
static void advance(run *r, size_t chain, uint64_t key, size_t transitions)
{
    double q[8];
    wicki_chain *c = &r->m->chain[chain];

    if (transitions == 0)
        return;
    c->key = key;
    ck_assert(wick_potential_start(r->potential, chain, q));
    ck_assert(wicki_chain_open(c, r->m->dimension) && wicki_chain_start(c, r->potential, q));
    while (c->done < transitions)
        wicki_chain_run(c, r->potential, 0.0);
    ck_assert_uint_eq(c->done, transitions);
}

/* Saved after so many transitions of one chain, some more of the other, and loaded into others. */
static void assert_resumes(
    const run *whole, const wick_mcmc_options *options, size_t at, scratch *dir)
{
    run part = run_new(&HANDLE, options);
    wick_mcmc_options others = *options;
    const size_t all = options->warmup + options->samples;

    advance(&part, 0, whole->m->chain[0].key, at);
    advance(&part, 1, whole->m->chain[1].key, at + 7 < all ? at + 7 : all);
    ck_assert_msg(
        wick_mcmc_save(part.m, scratch_path(dir, "x.chains")), "%s", wick_message(part.w));
    run_free(&part);
    others.threads = at % 7 == 2 ? 2 : 1;
    run more = run_new(&HANDLE, &others);
    ck_assert_msg(wick_mcmc_load(more.m, dir->path), "%s", wick_message(more.w));
    ck_assert_uint_eq(more.m->chain[0].done, at);
    ck_assert_msg(wick_mcmc_run(more.m), "%s", wick_message(more.w));
    assert_same_chains(whole->m, more.m);
    run_free(&more);
}

/* Two samplers, three metrics, with the warm-up kept or not; breaks in and at the ends of the windows of 60
 * transitions, (0,8)(9,53)(54,59), and in the draws. */
START_TEST(chains_that_go_on_draw_what_those_without_a_break_draw)
{
    static const size_t BREAKS[] = { 0, 1, 8, 9, 10, 30, 46, 53, 54, 55, 59, 60, 61, 70, 80 };
    const wick_mcmc_options options = { .chains = 2,
        .warmup = 60,
        .samples = 20,
        .sampler = (wick_sampler)(_i / 3),
        .metric = (wick_metric)(_i % 3),
        .keep_warmup = _i % 2 == 1,
        .max_depth = 6,
        .time = 0.5 };
    scratch dir = scratch_new();
    run whole = run_done(&options);

    for (size_t i = 0; i < sizeof BREAKS / sizeof *BREAKS; i++)
        assert_resumes(&whole, &options, BREAKS[i], &dir);
    run_free(&whole);
    scratch_remove(dir.directory);
}
END_TEST

/* Windows (0,74)(75,99)(100,149)(150,199); and chains without a warm-up. */
START_TEST(so_do_chains_with_several_windows_and_none)
{
    static const size_t BREAKS[] = { 74, 75, 76, 90, 99, 100, 149, 150, 199, 200 };
    const wick_mcmc_options long_one = {
        .chains = 2, .warmup = 200, .samples = 5, .metric = WICK_METRIC_DENSE
    };
    wick_mcmc_options none = {
        .chains = 2, .warmup = WICK_NO_WARMUP, .samples = 12, .step_size = 0.1
    };
    scratch dir = scratch_new();
    run whole = run_done(&long_one);

    for (size_t i = 0; i < sizeof BREAKS / sizeof *BREAKS; i++)
        assert_resumes(&whole, &long_one, BREAKS[i], &dir);
    run_free(&whole);
    whole = run_done(&none);
    run part = run_new(&HANDLE, &none), more = run_new(&HANDLE, &none);
    advance(&part, 0, whole.m->chain[0].key, 5);
    ck_assert(wick_mcmc_save(part.m, scratch_path(&dir, "x.chains")));
    ck_assert(wick_mcmc_load(more.m, dir.path));
    ck_assert(wick_mcmc_run(more.m));
    assert_same_chains(whole.m, more.m);
    run_free(&part);
    run_free(&more);
    run_free(&whole);
    scratch_remove(dir.directory);
}
END_TEST

static const wick_mcmc_options SMALL = {
    .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true
};

static bool count_calls(const wick_mcmc_progress *progress, void *arg)
{
    (void)progress;
    ++*(size_t *)arg;
    return true;
}

START_TEST(more_draws_are_made_of_chains_that_were_at_their_end)
{
    scratch dir = scratch_new();
    wick_mcmc_options longer = SMALL;
    run few = run_done(&SMALL);

    longer.samples = 25;
    longer.threads = 2;
    run whole = run_done(&longer), more = run_new(&HANDLE, &longer);
    ck_assert(wick_mcmc_save(few.m, scratch_path(&dir, "x.chains")));
    ck_assert(wick_mcmc_load(more.m, dir.path));
    ck_assert_uint_eq(wick_mcmc_draws(more.m, "theta", 2).n, 6);
    ck_assert(wick_mcmc_run(more.m));
    ck_assert_uint_eq(wick_mcmc_draws(more.m, "theta", 2).n, 25);
    assert_same_chains(whole.m, more.m);

    /* ... and extended, over what they had drawn */
    size_t calls = 0;
    wick_mcmc_options counted = SMALL;
    counted.callback = count_calls;
    counted.callback_arg = &calls;
    run other = run_done(&counted);
    ck_assert_uint_ge(calls, 1);
    calls = 0;
    ck_assert(wick_mcmc_load(other.m, dir.path));
    ck_assert(wick_mcmc_run(other.m)); /* nothing is left to do */
    ck_assert_uint_eq(calls, 0);
    assert_same_chains(few.m, other.m);
    ck_assert(wick_mcmc_load(other.m, dir.path));
    ck_assert(wick_mcmc_extend(other.m, 19) && wick_mcmc_run(other.m));
    assert_same_chains(whole.m, other.m);
    ck_assert_uint_eq(wick_mcmc_draws(other.m, "theta", 2).n, 25);
    ck_assert(wick_mcmc_load(other.m, dir.path)); /* what was read of them before is forgotten */
    ck_assert_uint_eq(wick_mcmc_draws(other.m, "theta", 2).n, 6);
    run_free(&few);
    run_free(&whole);
    run_free(&more);
    run_free(&other);
    scratch_remove(dir.directory);
}
END_TEST

typedef struct saving {
    const char *path;
    wick_mcmc *m;
    size_t saved;
} saving;

static bool save_now(const wick_mcmc_progress *progress, void *arg)
{
    saving *s = arg;

    s->saved += wick_mcmc_save(s->m, s->path);
    return progress->done < progress->total;
}

START_TEST(a_callback_may_save)
{
    scratch dir = scratch_new();
    saving s = { .path = scratch_path(&dir, "x.chains") };
    wick_mcmc_options options = SMALL;

    options.callback = save_now;
    options.callback_arg = &s;
    run r = run_new(&HANDLE, &options), other = run_new(&HANDLE, &SMALL);
    s.m = r.m;
    wick_mcmc_run(r.m);
    assert_ok(r.w);
    ck_assert_uint_ge(s.saved, 1);
    ck_assert(wick_mcmc_load(other.m, s.path));
    assert_same_chains(r.m, other.m);
    run_free(&r);
    run_free(&other);
    scratch_remove(dir.directory);
}
END_TEST

/* --- other chains ------------------------------------------------------------------------------ */

static void assert_load_fails(run *r, scratch *dir, wick_code code, const char *want)
{
    ck_assert(!wick_mcmc_load(r->m, dir->path));
    assert_message(r->w, dir, code, want);
}

START_TEST(chains_of_other_options_are_an_error_with_both_values)
{
    static const struct {
        wick_mcmc_options options;
        const char *want;
    } CASES[] = {
        { { .chains = 3, .warmup = 20, .samples = 6, .keep_warmup = true },
            "chains is 2 in the file, but 3 here" },
        { { .chains = 2, .samples = 6, .keep_warmup = true },
            "warmup is 20 in the file, but 1000 here" },
        { { .chains = 2, .warmup = 20, .samples = 6 },
            "keep_warmup is true in the file, but false here" },
        { { .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true, .sampler = WICK_HMC },
            "sampler is NUTS in the file, but HMC here" },
        { { .chains = 2,
              .warmup = 20,
              .samples = 6,
              .keep_warmup = true,
              .metric = WICK_METRIC_DENSE },
            "metric is diagonal in the file, but dense here" },
        { { .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true, .target_accept = 0.95 },
            "target_accept is 0.8 in the file, but 0.95 here" },
        { { .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true, .step_size = 0.1 },
            "step_size is 1 in the file, but 0.1 here" },
        { { .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true, .max_depth = 7 },
            "max_depth is 10 in the file, but 7 here" },
        { { .chains = 2, .warmup = 20, .samples = 6, .keep_warmup = true, .time = 0.5 },
            "time is 6.283185307179586 in the file, but 0.5 here" },
    };
    scratch dir = scratch_new();
    run r = run_done(&SMALL);
    char want[512];

    ck_assert(wick_mcmc_save(r.m, scratch_path(&dir, "x.chains")));
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        run other = run_new(&HANDLE, &CASES[i].options);
        snprintf(want, sizeof want,
            "wick_mcmc_load: x.chains: %s; make the chains as those that were saved",
            CASES[i].want);
        assert_load_fails(&other, &dir, WICK_ERR_STATE, want);
        ck_assert_ptr_null(other.m->chain[0].hmc);
        run_free(&other);
    }
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(fewer_draws_than_the_file_has_another_seed_and_other_data_are_errors)
{
    scratch dir = scratch_new();
    wick_mcmc_options few = SMALL;
    wick_options handle = HANDLE;
    run r = run_done(&SMALL);

    ck_assert(wick_mcmc_save(r.m, scratch_path(&dir, "x.chains")));
    few.samples = 5;
    run other = run_new(&HANDLE, &few);
    assert_load_fails(&other, &dir, WICK_ERR_STATE,
        "wick_mcmc_load: x.chains: chain 0 has 6 draws in the file, but .samples is 5 here; need "
        "at least as many");
    run_free(&other);
    handle.seed = 20242;
    other = run_new(&handle, &SMALL);
    assert_load_fails(&other, &dir, WICK_ERR_STATE,
        "wick_mcmc_load: x.chains: seed is 20241 in the file, but 20242 here; make the chains as "
        "those that were saved");
    run_free(&other);
    effect[0] = 29.0;
    other = run_new(&HANDLE, &SMALL);
    ck_assert(!wick_mcmc_load(other.m, dir.path));
    effect[0] = 28.0;
    ck_assert_int_eq(wick_status(other.w), WICK_ERR_STATE);
    assert_contains(wick_message(other.w), "x.chains: where chain 0 stands the potential is ");
    assert_contains(wick_message(other.w),
        " here; need the model, data and parameters of the chains that were saved");
    run_free(&other);
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

static wick_var one_number(wick *w, wick_var q, void *arg)
{
    (void)w;
    (void)arg;
    return wick_neg(wick_dot(q, q));
}

static void other_sites(wick *w, void *arg)
{
    const char *name = arg;

    wick_sample(w, "mu", wick_normal(0.0, 5.0));
    wick_sample(w, "tau", wick_half_normal(5.0));
    WICK_PLATE (w, "sch\xffools", 3)
        wick_sample(w, name, wick_iid(wick_normal(0.0, 1.0), 2));
}

START_TEST(other_sites_are_an_error_that_names_the_first)
{
    static char name[] = "th\neta";
    scratch dir = scratch_new();
    run r = run_done(&SMALL);
    wick *w = wick_new(&HANDLE);

    ck_assert(wick_mcmc_save(r.m, scratch_path(&dir, "x.chains")));
    run other = { .w = w,
        .potential = wick_potential_new(w, (wick_program){ other_sites, name }, NULL) };
    other.m = wick_mcmc_new(other.potential, &SMALL);
    assert_load_fails(&other, &dir, WICK_ERR_STATE,
        "wick_mcmc_load: x.chains: site 2 is theta, plate schools of 3 in the file, but "
        "th\\x0Aeta, plate sch\\xFFools of 3, event [2... here; make the chains as those that "
        "were "
        "saved");
    ck_assert_msg(wick_mcmc_run(other.m), "%s", wick_message(w));
    ck_assert_msg(wick_mcmc_save(other.m, dir.path), "%s", wick_message(w));
    ck_assert_msg(wick_mcmc_load(other.m, dir.path), "%s", wick_message(w));
    wick_mcmc_free(other.m);
    wick_potential_free(other.potential);
    other.potential = wick_potential_of_density(w, one_number, NULL, 5, NULL);
    other.m = wick_mcmc_new(other.potential, &SMALL);
    assert_load_fails(&other, &dir, WICK_ERR_STATE,
        "wick_mcmc_load: x.chains: sites is 3 in the file, but 1 here; make the chains as those "
        "that were saved");
    run_free(&other);
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

/* --- damage ------------------------------------------------------------------------------------ */

/* The chains still have what they had. */
static void assert_untouched(const run *r, const run *before)
{
    assert_same_chains(before->m, r->m);
    assert_same_chains(r->m, before->m);
}

START_TEST(a_damaged_file_is_an_error_and_changes_nothing)
{
    const wick_mcmc_options options = { .chains = 1, .warmup = 3, .samples = 2 };
    scratch dir = scratch_new();
    run r = run_done(&options), victim = run_done(&options);
    struct stat status;

    ck_assert(wick_mcmc_save(r.m, scratch_path(&dir, "x.chains")));
    ck_assert_int_eq(stat(dir.path, &status), 0);
    const size_t size = (size_t)status.st_size;
    char *bytes = read_file(dir.path);
    for (size_t n = 0; n < size; n += n < 1100 ? 7 : 1) {
        write_bytes(dir.path, bytes, n);
        ck_assert(!wick_mcmc_load(victim.m, dir.path));
        ck_assert_int_eq(wick_status(victim.w), WICK_ERR_IO);
        wick_clear(victim.w);
    }
    write_bytes(dir.path, bytes, size);
    const int file = open(dir.path, O_WRONLY);
    for (size_t i = 0; i < size; i++) {
        const char flipped = (char)(bytes[i] ^ (1 << i % 8));
        ck_assert_int_eq(pwrite(file, &flipped, 1, (off_t)i), 1);
        ck_assert_msg(!wick_mcmc_load(victim.m, dir.path), "byte %zu", i);
        ck_assert_int_eq(wick_status(victim.w), WICK_ERR_IO);
        wick_clear(victim.w);
        ck_assert_int_eq(pwrite(file, &bytes[i], 1, (off_t)i), 1);
    }
    close(file);
    assert_untouched(&victim, &r);
    ck_assert(wick_mcmc_load(victim.m, dir.path));
    assert_untouched(&victim, &r);
    free(bytes);
    run_free(&r);
    run_free(&victim);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(another_file_of_safetensors_is_an_error)
{
    static const struct {
        const char *header, *want;
    } CASES[] = {
        { "{}", "it has no text 'wick'; need a file of wick_mcmc_save" },
        { "{\"__metadata__\":{\"wick\":\"chains, format 7\"}}",
            "its text 'wick' is not 'chains, format 1'; need a file of wick_mcmc_save" },
        { "{\"__metadata__\":{\"wick\":\"chains, format 1\"}}",
            "it has no checksums; need a file of wick_mcmc_save" },
    };
    scratch dir = scratch_new();
    run r = run_new(&HANDLE, &SMALL);
    char bytes[128] = "", want[256];

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        bytes[0] = (char)strlen(CASES[i].header);
        memcpy(bytes + 8, CASES[i].header, strlen(CASES[i].header));
        write_bytes(scratch_path(&dir, "x"), bytes, 8 + strlen(CASES[i].header));
        snprintf(want, sizeof want, "wick_mcmc_load: x: %s", CASES[i].want);
        assert_load_fails(&r, &dir, WICK_ERR_IO, want);
    }
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

/* A file of chains with one change, and checksums that are right again. */
typedef struct change {
    const char *tensor;
    size_t place; /* the number there becomes: */
    double number;
    size_t axes,
        first; /* if axes is not 0: so many of the tensor stay, and the size of the first */
    const char *want;
} change;

static void save_changed(const run *r, const char *path, const change *c)
{
    wicki_chain_tags tags;
    wicki_safetensors f;

    ck_assert(wick_mcmc_save(r->m, path) && wicki_safetensors_read(&f, r->w, "test", path));
    ck_assert(wicki_chain_tags_make(&tags, r->m));
    size_t i = 0;
    while (strcmp(f.tensors[i].name, c->tensor) != 0)
        i++;
    wicki_tensor *t = &f.tensors[i];
    if (c->axes > 0) {
        t->n_sizes = c->axes;
        t->sizes[0] = c->first;
    } else if (c->place == SIZE_MAX) {
        t->name = "another";
    } else {
        f.values[t->begin / sizeof *f.values + c->place] = c->number;
    }
    ck_assert(wicki_safetensors_write(r->w, "test", path, tags.n, tags.tags, f.n, f.tensors));
    wicki_safetensors_free(&f);
    wicki_chain_tags_free(&tags);
}

/* Numbers of the state: begun, transitions, step size, ... */
START_TEST(arrays_that_chains_do_not_have_are_errors_that_change_nothing)
{
    static const change CHANGES[] = {
        { "keys", SIZE_MAX, 0.0, 0, 0, "there is no tensor 'keys'; need a file of wick_mcmc_save" },
        { "draws.1", SIZE_MAX, 0.0, 0, 0,
            "there is no tensor 'draws.1'; need a file of wick_mcmc_save" },
        { "transitions", 0, 0.0, 1, 1,
            "tensor 'transitions' has 1 axes, the first of 1; need 1 axes, 2 x 1" },
        { "statistics.0", 0, 0.0, 2, 25,
            "tensor 'statistics.0' has 2 axes, the first of 25; need 2 axes, 26 x 7" },
        { "state", 0, 0.0, 1, 2, "tensor 'state' has 1 axes, the first of 2; need 2 axes, 2 x 40" },
        { "transitions", 1, 25.5, 0, 0,
            "its transitions or keys are none; need a file of wick_mcmc_save" },
        { "transitions", 1, -1.0, 0, 0,
            "its transitions or keys are none; need a file of wick_mcmc_save" },
        { "keys", 3, 0x1p32, 0, 0,
            "its transitions or keys are none; need a file of wick_mcmc_save" },
        { "keys", 0, NAN, 0, 0, "its transitions or keys are none; need a file of wick_mcmc_save" },
        { "transitions", 0, 25.0, 0, 0,
            "tensor 'draws.0' has 2 axes, the first of 26; need 2 axes, 25 x 5" },
        { "state", 0, 0.5, 0, 0, "its state is that of no chain; need a file of wick_mcmc_save" },
        { "state", 0, 0.0, 0, 0, "its state is that of no chain; need a file of wick_mcmc_save" },
        { "state", 1, 25.0, 0, 0, "its state is that of no chain; need a file of wick_mcmc_save" },
        { "state", 2, -0.5, 0, 0, "its state is that of no chain; need a file of wick_mcmc_save" },
        { "state", 39, NAN, 0, 0, "its state is that of no chain; need a file of wick_mcmc_save" },
    };
    scratch dir = scratch_new();
    run r = run_done(&SMALL), victim = run_done(&SMALL);
    char want[256];

    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        save_changed(&r, scratch_path(&dir, "x"), &CHANGES[i]);
        snprintf(want, sizeof want, "wick_mcmc_load: x: %s", CHANGES[i].want);
        assert_load_fails(&victim, &dir, WICK_ERR_IO, want);
        assert_untouched(&victim, &r);
    }
    run_free(&r);
    run_free(&victim);
    scratch_remove(dir.directory);
}
END_TEST

/* --- paths, memory ----------------------------------------------------------------------------- */

START_TEST(paths_that_are_none_are_errors_and_null_is_taken)
{
    scratch dir = scratch_new();
    run r = run_new(&HANDLE, &SMALL);

    ck_assert(!wick_mcmc_save(r.m, NULL));
    assert_message(
        r.w, &dir, WICK_ERR_ARGUMENT, "wick_mcmc_save: the path is NULL, need that of a file");
    ck_assert(!wick_mcmc_save(r.m, "-"));
    assert_message(
        r.w, &dir, WICK_ERR_ARGUMENT, "wick_mcmc_save: the path is \"-\", need that of a file");
    ck_assert(!wick_mcmc_load(r.m, ""));
    assert_message(
        r.w, &dir, WICK_ERR_ARGUMENT, "wick_mcmc_load: the path is empty, need that of a file");
    scratch_path(&dir, "none");
    assert_load_fails(&r, &dir, WICK_ERR_IO,
        "wick_mcmc_load: cannot open none: No such file or directory; need a file that can be "
        "read");
    ck_assert_int_eq(mkdir(dir.path, 0777), 0);
    assert_load_fails(&r, &dir, WICK_ERR_IO,
        "wick_mcmc_load: cannot read none: Is a directory; need a file that can be read");
    ck_assert(!wick_mcmc_save(r.m, dir.path));
    assert_message(r.w, &dir, WICK_ERR_IO,
        "wick_mcmc_save: cannot write none: Is a directory; choose a place that can be written");
    ck_assert(!wick_mcmc_save(NULL, dir.path));
    ck_assert(!wick_mcmc_load(NULL, dir.path));
    wick_name(r.w, "%300s", ""); /* an error */
    ck_assert(!wick_mcmc_save(r.m, scratch_path(&dir, "x")));
    ck_assert(!wick_mcmc_load(r.m, dir.path));
    ck_assert_int_eq(wick_status(r.w), WICK_ERR_LIMIT);
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(every_allocation_that_fails_is_an_error_that_changes_nothing)
{
    scratch dir = scratch_new();
    memory m = { 0 };
    wick_options handle = memory_options(&m, HANDLE.seed);
    bool fine = false;

    handle.math = WICK_MATH_PORTABLE;
    run whole = run_done(&SMALL), r = run_new(&handle, &SMALL);
    ck_assert(wick_mcmc_run(r.m));
    for (size_t n = 1; !fine; n++) {
        const size_t blocks = m.blocks;
        m.fail_at = m.calls + n;
        fine = wick_mcmc_save(r.m, scratch_path(&dir, "x"));
        ck_assert_int_eq(wick_status(r.w), fine ? WICK_OK : WICK_ERR_MEMORY);
        ck_assert_int_eq(count_files(dir.directory), fine);
        ck_assert_uint_eq(m.blocks, blocks);
        wick_clear(r.w);
    }
    fine = false;
    for (size_t n = 1; !fine; n++) {
        m.fail_at = m.calls + n;
        fine = wick_mcmc_load(r.m, dir.path);
        ck_assert_int_eq(wick_status(r.w), fine ? WICK_OK : WICK_ERR_MEMORY);
        wick_clear(r.w);
        m.fail_at = 0;
        assert_untouched(&r, &whole);
    }
    run_free(&r);
    ck_assert_uint_eq(m.blocks, 0);
    run_free(&whole);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain_files");
    TCase *resume = new_case(suite, "resume"), *others = new_case(suite, "others");
    TCase *damage = new_case(suite, "damage");

    tcase_add_loop_test(resume, chains_that_go_on_draw_what_those_without_a_break_draw, 0, 6);
    tcase_add_test(resume, so_do_chains_with_several_windows_and_none);
    tcase_add_test(resume, more_draws_are_made_of_chains_that_were_at_their_end);
    tcase_add_test(resume, a_callback_may_save);
    tcase_add_test(others, chains_of_other_options_are_an_error_with_both_values);
    tcase_add_test(others, fewer_draws_than_the_file_has_another_seed_and_other_data_are_errors);
    tcase_add_test(others, other_sites_are_an_error_that_names_the_first);
    tcase_add_test(damage, a_damaged_file_is_an_error_and_changes_nothing);
    tcase_add_test(damage, another_file_of_safetensors_is_an_error);
    tcase_add_test(damage, arrays_that_chains_do_not_have_are_errors_that_change_nothing);
    tcase_add_test(damage, paths_that_are_none_are_errors_and_null_is_taken);
    tcase_add_test(damage, every_allocation_that_fails_is_an_error_that_changes_nothing);
    return run_suite(suite);
}
