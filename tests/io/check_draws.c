/* Draws of chains in files for other programs, and the progress line of chains. */
#include <math.h>
#include <sys/resource.h>

#include "tests/io/tables.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/draws.h>

/* --- chains ------------------------------------------------------------------------------------ */

/* A number, [2][3] over plates, [3][2][2] with an event, names that Stan does not have. */
static void model(wick *w, void *arg)
{
    const char *const *names = arg;

    wick_sample(w, names[0], wick_normal(3.0, 0.5));
    WICK_PLATE (w, "b", 3) {
        wick_sample(w, names[1], wick_iid(wick_normal(-2.0, 1.5), 2, 2));
        WICK_PLATE (w, "a", 2)
            wick_sample(w, names[2], wick_exponential(4.0));
    }
}

static const char *const NAMES[] = { "mu", "theta", "rate" };

typedef struct run {
    wick *w;
    wick_potential *potential;
    wick_mcmc *m;
} run;

static run run_new(const wick_options *handle, const wick_mcmc_options *options)
{
    run r = { .w = wick_new(handle) };

    r.potential = wick_potential_new(r.w, (wick_program){ model, (void *)NAMES }, NULL);
    r.m = wick_mcmc_new(r.potential, options);
    ck_assert_msg(r.m != NULL, "%s", wick_message(r.w));
    return r;
}

static run run_done(const wick_mcmc_options *options)
{
    const run r = run_new(&(wick_options){ .seed = 77 }, options);

    ck_assert_msg(wick_mcmc_run(r.m), "%s", wick_message(r.w));
    return r;
}

static void run_free(run *r)
{
    wick_mcmc_free(r->m);
    wick_potential_free(r->potential);
    wick_free(r->w);
}

/* --- names ------------------------------------------------------------------------------------- */

static void numbers(wick *w, void *arg)
{
    for (const char *const *name = arg; *name; name++)
        wick_sample(w, *name, wick_normal(0.0, 1.0));
}

START_TEST(names_in_files_are_those_of_stan_and_each_its_own)
{
    static const char *const SITES[] = { "mu", "a.b", "a_b", "a:b", "a b", "2x", "lp__", "_",
        "mu_2", "\xc2\xb5\xff", "x__", "a__b", NULL };
    static const char *const WANT[] = { "mu", "a_b_2", "a_b", "a_b_3", "a_b_4", "x2x", "lp__x",
        "x_", "mu_2", "x__x", "x__x_2", "a__b", NULL };
    wick *w = wick_new(NULL);
    wick_potential *p = wick_potential_new(w, (wick_program){ numbers, (void *)SITES }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, NULL);

    assert_ok(w);
    for (size_t i = 0; WANT[i]; i++)
        ck_assert_str_eq(wick_mcmc_file_name(m, i), WANT[i]);
    ck_assert_ptr_null(wick_mcmc_file_name(m, 12));
    ck_assert_ptr_null(wick_mcmc_file_name(NULL, 0));
    wick_mcmc_free(m);
    wick_potential_free(p);
    wick_free(w);
}
END_TEST

/* --- CSV --------------------------------------------------------------------------------------- */

static const char COLUMNS[] =
    "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,mu,"
    "theta.1.1.1,theta.2.1.1,theta.3.1.1,theta.1.2.1,theta.2.2.1,theta.3.2.1,"
    "theta.1.1.2,theta.2.1.2,theta.3.1.2,theta.1.2.2,theta.2.2.2,theta.3.2.2,"
    "rate.1.1,rate.2.1,rate.1.2,rate.2.2,rate.1.3,rate.2.3\n";

typedef wick_chains (*get_draws)(const wick_mcmc *m, const char *site, size_t element);
typedef wick_chains (*get_statistic)(const wick_mcmc *m, wick_statistic which);

static void take_cell(char **p, double want)
{
    const double got = strtod(*p, p);

    ck_assert_msg(got == want, "got %.17g, want %.17g", got, want);
    ck_assert(**p == ',' || **p == '\n');
    (*p)++;
}

/* Columns have the first index fastest, arrays the last. */
static void take_rows(
    const wick_mcmc *m, char **p, size_t chain, get_draws draws, get_statistic statistic)
{
    const size_t n = draws(m, "mu", 0).n;

    for (size_t d = 0; d < n; d++) {
        const size_t at = chain * n + d;
        for (size_t i = 0; i <= WICK_ENERGY; i++)
            take_cell(p, statistic(m, (wick_statistic)i).draws[at]);
        take_cell(p, draws(m, "mu", 0).draws[at]);
        for (size_t k = 0; k < 2; k++)
            for (size_t j = 0; j < 2; j++)
                for (size_t i = 0; i < 3; i++)
                    take_cell(p, draws(m, "theta", (i * 2 + j) * 2 + k).draws[at]);
        for (size_t j = 0; j < 3; j++)
            for (size_t i = 0; i < 2; i++)
                take_cell(p, draws(m, "rate", i * 3 + j).draws[at]);
    }
}

static void assert_csv(const wick_mcmc *m, const char *path, size_t chain)
{
    const wick_mcmc_options *o = wick_mcmc_settings(m);
    const wick_chain_info info = wick_mcmc_chain(m, chain);
    char *text = read_file(path), want[256];

    ck_assert_msg(text != NULL, "no %s", path);
    assert_contains(text, "# model = schools\n");
    assert_contains(text, "#     num_samples = 9\n#     num_warmup = 25\n");
    snprintf(want, sizeof want, "#     save_warmup = %s\n", o->keep_warmup ? "1" : "0 (Default)");
    assert_contains(text, want);
    assert_contains(text, "#       delta = 0.9\n");
    assert_contains(text, "#             max_depth = 8\n");
    snprintf(want, sizeof want, "# id = %zu\n# data\n#   file = a.csv\n# random\n#   seed = 77\n",
        chain + 1);
    assert_contains(text, want);
    assert_contains(text, "(Sampling)\n");
    char *p = strstr(text, COLUMNS);
    ck_assert_ptr_nonnull(p);
    p += sizeof COLUMNS - 1;
    if (o->keep_warmup)
        take_rows(m, &p, chain, wick_mcmc_warmup_draws, wick_mcmc_warmup_statistic);
    assert_contains(p, "# Adaptation terminated\n# Step size = ");
    p = strstr(p, "size = ") + 7;
    take_cell(&p, info.step_size);
    p = strchr(p, '\n') + 3;
    for (size_t i = 0; i < info.n_metric; i++) {
        ck_assert(strtod(p, &p) == info.inverse_metric[i]);
        p += strspn(p, ", \n#");
    }
    p = o->metric == WICK_METRIC_UNIT ? strchr(strstr(text, "# No free"), '\n') + 1 : p;
    take_rows(m, &p, chain, wick_mcmc_draws, wick_mcmc_statistic);
    ck_assert_int_eq(strncmp(p, "# \n#  Elapsed Time: ", 20), 0);
    free(text);
}

START_TEST(each_chain_is_a_csv_of_cmdstan)
{
    const wick_mcmc_options options = { .chains = 3,
        .warmup = 25,
        .samples = 9,
        .metric = (wick_metric)(_i % 3),
        .target_accept = 0.9,
        .max_depth = 8,
        .keep_warmup = _i > 2 };
    scratch dir = scratch_new();
    run r = run_done(&options);
    char prefix[SCRATCH_PATH];

    snprintf(prefix, sizeof prefix, "%s/out/run", dir.directory);
    ck_assert_msg(wick_mcmc_write_stan_csv(
                      r.m, prefix, &(wick_mcmc_csv_options){ .model = "schools", .data = "a.csv" }),
        "%s", wick_message(r.w));
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "out/run_%zu.csv", i + 1);
        assert_csv(r.m, scratch_path(&dir, name), i);
    }
    ck_assert_int_eq(count_files(scratch_path(&dir, "out")), 3);
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

/* Draws that were planned and are not there: the file says how many are. */
START_TEST(of_chains_that_are_not_at_their_end_the_draws_so_far_are_written)
{
    const wick_mcmc_options few = { .chains = 2, .warmup = 20, .samples = 9 },
                            more = { .chains = 2, .warmup = 20, .samples = 30 };
    scratch dir = scratch_new();
    run r = run_done(&few), unfinished = run_new(&(wick_options){ .seed = 77 }, &more);

    ck_assert(wick_mcmc_save(r.m, scratch_path(&dir, "x")));
    ck_assert_msg(wick_mcmc_load(unfinished.m, dir.path), "%s", wick_message(unfinished.w));
    ck_assert(wick_mcmc_write_stan_csv(unfinished.m, dir.path, NULL));
    char *text = read_file(scratch_path(&dir, "x_2.csv"));
    assert_contains(text, "#     num_samples = 9 \n");
    char *p = strstr(text, "elements of inverse mass matrix:\n#");
    ck_assert_ptr_nonnull(p);
    p = strchr(strchr(p, '\n') + 1, '\n') + 1;
    take_rows(r.m, &p, 1, wick_mcmc_draws, wick_mcmc_statistic);
    ck_assert_int_eq(strncmp(p, "# \n", 3), 0);
    free(text);
    run_free(&r);
    run_free(&unfinished);
    scratch_remove(dir.directory);
}
END_TEST

/* --- NPY --------------------------------------------------------------------------------------- */

/* What follows the header, which says type and shape. */
static const char *data_of(const char *bytes, const char *type, const char *shape)
{
    char want[256];
    const size_t length = (unsigned char)bytes[8] + 256u * (unsigned char)bytes[9];
    const int n = snprintf(
        want, sizeof want, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);

    ck_assert_mem_eq(bytes, "\x93NUMPY\1\0", 8);
    ck_assert_uint_eq((10 + length) % 64, 0);
    ck_assert_mem_eq(bytes + 10, want, (size_t)n);
    ck_assert_uint_eq(strspn(bytes + 10 + n, " "), length - (size_t)n - 1);
    ck_assert_int_eq(bytes[9 + length], '\n');
    return bytes + 10 + length;
}

static double double_at(const char *bytes)
{
    uint64_t bits = 0;
    double x;

    for (size_t i = 8; i-- > 0;)
        bits = bits << 8 | (unsigned char)bytes[i];
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void assert_site(run *r, scratch *dir, const char *group, const char *site, size_t elements,
    const char *shape, get_draws draws)
{
    char name[64];
    struct stat status;

    snprintf(name, sizeof name, "npy/%s/%s.npy", group, site);
    char *bytes = read_file(scratch_path(dir, name));
    ck_assert_msg(bytes != NULL, "no %s", dir->path);
    const char *p = data_of(bytes, "<f8", shape);
    const wick_chains first = draws(r->m, site, 0);
    ck_assert_int_eq(stat(dir->path, &status), 0);
    ck_assert_int_eq(status.st_size, p - bytes + (long)(8 * first.chains * first.n * elements));
    for (size_t d = 0; d < first.chains * first.n; d++)
        for (size_t k = 0; k < elements; k++, p += 8)
            ck_assert(double_at(p) == draws(r->m, site, k).draws[d]);
    free(bytes);
}

static void assert_statistic(run *r, scratch *dir, const char *group, const char *file,
    const char *type, const char *shape, wick_statistic which, get_statistic statistic)
{
    const wick_chains x = statistic(r->m, which);
    char name[64];

    snprintf(name, sizeof name, "npy/%s/%s.npy", group, file);
    char *bytes = read_file(scratch_path(dir, name));
    ck_assert_msg(bytes != NULL, "no %s", dir->path);
    const char *p = data_of(bytes, type, shape);
    for (size_t d = 0; d < x.chains * x.n; d++)
        if (type[1] == 'f')
            ck_assert(double_at(p + 8 * d) == x.draws[d]);
        else if (type[1] == 'i')
            ck_assert(p[8 * d] == (char)x.draws[d] && p[8 * d + 7] == 0);
        else
            ck_assert(p[d] == (char)x.draws[d]);
    free(bytes);
}

static void assert_group(
    run *r, scratch *dir, const char *before, size_t n, get_draws draws, get_statistic statistic)
{
    char posterior[32], stats[32], shape[3][64], each[32];

    snprintf(posterior, sizeof posterior, "%sposterior", before);
    snprintf(stats, sizeof stats, "%ssample_stats", before);
    snprintf(each, sizeof each, "(2, %zu)", n);
    snprintf(shape[0], sizeof shape[0], "(2, %zu, 3, 2, 2)", n);
    snprintf(shape[1], sizeof shape[1], "(2, %zu, 2, 3)", n);
    assert_site(r, dir, posterior, "mu", 1, each, draws);
    assert_site(r, dir, posterior, "theta", 12, shape[0], draws);
    assert_site(r, dir, posterior, "rate", 6, shape[1], draws);
    assert_statistic(r, dir, stats, "lp", "<f8", each, WICK_LP, statistic);
    assert_statistic(r, dir, stats, "acceptance_rate", "<f8", each, WICK_ACCEPT_STAT, statistic);
    assert_statistic(r, dir, stats, "step_size", "<f8", each, WICK_STEP_SIZE, statistic);
    assert_statistic(r, dir, stats, "tree_depth", "<i8", each, WICK_TREE_DEPTH, statistic);
    assert_statistic(r, dir, stats, "n_steps", "<i8", each, WICK_N_LEAPFROG, statistic);
    assert_statistic(r, dir, stats, "diverging", "|b1", each, WICK_DIVERGENT, statistic);
    assert_statistic(r, dir, stats, "energy", "<f8", each, WICK_ENERGY, statistic);
}

START_TEST(each_site_and_statistic_is_an_array_of_numpy)
{
    const wick_mcmc_options options = {
        .chains = 2, .warmup = 21, .samples = 9, .keep_warmup = _i == 1
    };
    scratch dir = scratch_new();
    run r = run_done(&options);

    ck_assert_msg(wick_mcmc_write_npy(r.m, scratch_path(&dir, "npy")), "%s", wick_message(r.w));
    assert_group(&r, &dir, "", 9, wick_mcmc_draws, wick_mcmc_statistic);
    if (options.keep_warmup)
        assert_group(&r, &dir, "warmup_", 21, wick_mcmc_warmup_draws, wick_mcmc_warmup_statistic);
    ck_assert_int_eq(count_files(scratch_path(&dir, "npy")), options.keep_warmup ? 4 : 2);
    ck_assert_int_eq(count_files(scratch_path(&dir, "npy/posterior")), 3);
    ck_assert_int_eq(count_files(scratch_path(&dir, "npy/sample_stats")), 7);
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

/* --- errors ------------------------------------------------------------------------------------ */

START_TEST(what_cannot_be_written_is_an_error)
{
    const wick_mcmc_options options = { .chains = 1, .warmup = 20, .samples = 2 };
    scratch dir = scratch_new();
    run r = run_new(NULL, &options);

    ck_assert(!wick_mcmc_write_stan_csv(r.m, dir.directory, NULL));
    assert_message(r.w, &dir, WICK_ERR_STATE,
        "wick_mcmc_write_stan_csv: there are no draws yet; call wick_mcmc_run");
    ck_assert(!wick_mcmc_write_npy(r.m, dir.directory));
    assert_message(r.w, &dir, WICK_ERR_STATE,
        "wick_mcmc_write_npy: there are no draws yet; call wick_mcmc_run");
    ck_assert(wick_mcmc_run(r.m));
    ck_assert(!wick_mcmc_write_stan_csv(r.m, NULL, NULL));
    assert_message(r.w, &dir, WICK_ERR_ARGUMENT,
        "wick_mcmc_write_stan_csv: no prefix, need one for the files");
    ck_assert(!wick_mcmc_write_npy(r.m, ""));
    assert_message(
        r.w, &dir, WICK_ERR_ARGUMENT, "wick_mcmc_write_npy: no directory, need one for the files");
    ck_assert(!wick_mcmc_write_stan_csv(
        r.m, scratch_path(&dir, "x"), &(wick_mcmc_csv_options){ .model = "a b" }));
    ck_assert_int_eq(wick_status(r.w), WICK_ERR_NAME);
    wick_clear(r.w);
    write_bytes(dir.path, BYTES("x"));
    ck_assert(!wick_mcmc_write_npy(r.m, dir.path));
    assert_message(r.w, &dir, WICK_ERR_IO,
        "wick_mcmc_write_npy: cannot make the directory x: File exists; choose a place that can be "
        "written");
    ck_assert_int_eq(count_files(dir.directory), 1);
    ck_assert(!wick_mcmc_write_stan_csv(NULL, "x", NULL));
    ck_assert(!wick_mcmc_write_npy(NULL, "x"));
    run_free(&r);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(every_allocation_that_fails_is_an_error)
{
    const wick_mcmc_options options = {
        .chains = 2, .warmup = 20, .samples = 3, .keep_warmup = true
    };
    scratch dir = scratch_new();
    memory m = { 0 };
    const wick_options handle = memory_options(&m, 5);
    run r = run_new(&handle, &options);
    char prefix[SCRATCH_PATH];

    ck_assert(wick_mcmc_run(r.m));
    snprintf(prefix, sizeof prefix, "%s/x", dir.directory);
    for (int csv = 0; csv < 2; csv++) {
        bool fine = false;
        for (size_t n = 1; !fine; n++) {
            m.fail_at = m.calls + n;
            fine = csv ? wick_mcmc_write_stan_csv(r.m, prefix, NULL)
                       : wick_mcmc_write_npy(r.m, prefix);
            ck_assert_int_eq(wick_status(r.w), fine ? WICK_OK : WICK_ERR_MEMORY);
            m.fail_at = 0;
            wick_clear(r.w);
        }
    }
    ck_assert_int_eq(count_files(dir.directory), 3);
    run_free(&r);
    ck_assert_uint_eq(m.blocks, 0);
    scratch_remove(dir.directory);
}
END_TEST

/* --- progress ---------------------------------------------------------------------------------- */

typedef struct page {
    FILE *stream;
    char *text;
    size_t size;
} page;

static page page_new(void)
{
    page p = { NULL, NULL, 0 };

    p.stream = tmpfile();
    ck_assert_ptr_nonnull(p.stream);
    return p;
}

/* All that was written to the stream. */
static const char *page_text(page *p)
{
    fflush(p->stream);
    p->size = (size_t)ftell(p->stream);
    p->text = realloc(p->text, p->size + 1);
    ck_assert_ptr_nonnull(p->text);
    rewind(p->stream);
    ck_assert_uint_eq(fread(p->text, 1, p->size, p->stream), p->size);
    p->text[p->size] = '\0';
    return p->text;
}

static void page_free(page *p)
{
    fclose(p->stream);
    free(p->text);
}

START_TEST(the_line_of_chains_tells_phase_step_size_divergences_rate_and_time)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *line = wick_progress_new(
        w, &(wick_progress_options){ .stream = p.stream, .interval = 1e-9, .always = true });
    wick_mcmc_progress at = { .chains = 4,
        .warm = 1,
        .done = 1200,
        .total = 8000,
        .divergent = 3,
        .step_size = 0.43217,
        .seconds = 0.097,
        .rate = 12345.4,
        .seconds_left = 4.6 };

    ck_assert(wick_progress_chains(&at, line));
    at.warm = 4;
    at.done = 8000;
    at.rate = 5.125;
    at.seconds = 3723.0;
    ck_assert(wick_progress_chains(&at, line));
    at.done = 1234567;
    at.total = 80000000;
    at.step_size = 1.23e-7;
    ck_assert(wick_progress_chains(&at, line));
    wick_progress_free(line);
    ck_assert_str_eq(page_text(&p),
        "chains  1200/8000  15 %  warm-up  step 0.43  3 divergent  12345 it/s  0:05 left\n"
        "chains  8000/8000  100 %  draws  step 0.43  3 divergent  5.1 it/s  1:02:03\n"
        "chains  1234567/80000000  draws  step 1.2e-7  3 divergent  5.1 it/s  0:05 left\n");
    page_free(&p);
    wick_free(w);
}
END_TEST

START_TEST(a_run_draws_its_end_and_a_stream_that_is_no_terminal_gets_nothing)
{
    for (int always = 0; always < 2; always++) {
        wick *w = wick_new(NULL);
        page p = page_new();
        wick_progress *line = wick_progress_new(w,
            &(wick_progress_options){
                .stream = p.stream, .label = "schools", .interval = 1000.0, .always = always });
        wick_potential *potential =
            wick_potential_new(w, (wick_program){ model, (void *)NAMES }, NULL);
        wick_mcmc *m = wick_mcmc_new(potential,
            &(wick_mcmc_options){ .chains = 3,
                .warmup = 20,
                .samples = 5,
                .callback = wick_progress_chains,
                .callback_arg = line });

        ck_assert_msg(wick_mcmc_run(m), "%s", wick_message(w));
        ck_assert_str_eq(page_text(&p), "");
        wick_progress_free(line);
        if (always)
            ck_assert_int_eq(strncmp(page_text(&p), "schools  75/75  100 %  draws  step ", 35), 0);
        else
            ck_assert_str_eq(page_text(&p), "");
        wick_mcmc_free(m);
        wick_potential_free(potential);
        page_free(&p);
        wick_free(w);
    }
    ck_assert(wick_progress_chains(NULL, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draws");
    TCase *files = new_case(suite, "files"), *errors = new_case(suite, "errors");
    TCase *progress = new_case(suite, "progress");

    tcase_add_test(files, names_in_files_are_those_of_stan_and_each_its_own);
    tcase_add_loop_test(files, each_chain_is_a_csv_of_cmdstan, 0, 6);
    tcase_add_test(files, of_chains_that_are_not_at_their_end_the_draws_so_far_are_written);
    tcase_add_loop_test(files, each_site_and_statistic_is_an_array_of_numpy, 0, 2);
    tcase_add_test(errors, what_cannot_be_written_is_an_error);
    tcase_add_test(errors, every_allocation_that_fails_is_an_error);
    tcase_add_test(progress, the_line_of_chains_tells_phase_step_size_divergences_rate_and_time);
    tcase_add_test(progress, a_run_draws_its_end_and_a_stream_that_is_no_terminal_gets_nothing);
    return run_suite(suite);
}
