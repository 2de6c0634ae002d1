/* Chains run on several threads, are interrupted and extended, and make the same draws. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

enum { CHAINS = 3, WARMUP = 40, DRAWS = 30, ROWS = 1100 };

static wick *w;
static double rows[ROWS];

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 77, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = sin((double)i) + 0.3;
}

static void teardown(void)
{
    wick_free(w);
}

/* A parameter, a plate that is run in tiles, a vector in a plate. */
static void model(wick *h, void *arg)
{
    const wick_var scale = wick_param(h, "scale", wick_init_num(1.3), wick_positive());
    const wick_var mu = wick_sample(h, "mu", wick_normal(0.0, 2.0));
    wick_var share = WICK_VAR_NONE;

    WICK_PLATE (h, "groups", 2)
        share = wick_sample(h, "share", wick_dirichlet(wick_fill(h, 1.5, 3)));
    const wick_var more = wick_sum(wick_at(share, wick_num(h, 1.0)), "groups");
    WICK_PLATE (h, "rows", ROWS)
        wick_observe(h, "row", wick_normal(wick_add(mu, more), scale), wick_data(h, arg, ROWS));
}

typedef struct run {
    wick_potential *potential;
    wick_mcmc *chains;
} run;

static run new_run(wick_mcmc_options options)
{
    run r;

    options.chains = CHAINS;
    options.warmup = WARMUP;
    if (options.samples == 0)
        options.samples = DRAWS;
    r.potential = wick_potential_new(w, (wick_program){ model, rows }, NULL);
    r.chains = wick_mcmc_new(r.potential, &options);
    assert_ok(w);
    return r;
}

static void free_run(run r)
{
    wick_mcmc_free(r.chains);
    wick_potential_free(r.potential);
}

static const struct {
    const char *site;
    size_t size;
} SITES[] = { { "mu", 1 }, { "share", 6 } };

static void assert_same_numbers(wick_chains a, wick_chains b)
{
    assert_ok(w);
    ck_assert_uint_eq(a.chains, b.chains);
    ck_assert_uint_eq(a.n, b.n);
    ck_assert_mem_eq(a.draws, b.draws, a.chains * a.n * sizeof *a.draws);
}

static void assert_same_draws(run a, run b)
{
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < SITES[s].size; i++)
            assert_same_numbers(wick_mcmc_draws(a.chains, SITES[s].site, i),
                wick_mcmc_draws(b.chains, SITES[s].site, i));
    for (int i = WICK_LP; i <= WICK_ENERGY; i++)
        assert_same_numbers(wick_mcmc_statistic(a.chains, (wick_statistic)i),
            wick_mcmc_statistic(b.chains, (wick_statistic)i));
}

static run finished(wick_mcmc_options options)
{
    const run r = new_run(options);

    ck_assert_msg(wick_mcmc_run(r.chains), "%s", wick_message(w));
    return r;
}

/* --- threads ----------------------------------------------------------------------------------- */

START_TEST(any_number_of_threads_makes_the_same_draws)
{
    static const size_t THREADS[] = { 2, 3, WICK_ALL_THREADS };
    const run one = finished((wick_mcmc_options){ .threads = 1 });

    for (int i = 0; i < 3; i++) {
        const run several = finished((wick_mcmc_options){ .threads = THREADS[i] });
        assert_same_draws(one, several);
        ck_assert(i > 0 || wick_mcmc_run(several.chains)); /* and once more */
        assert_same_draws(one, several);
        free_run(several);
    }
    free_run(one);
}
END_TEST

/* A standard normal times the root of the determinant of (1 x; x 1). */
static wick_var luck(wick *h, wick_var q, void *arg)
{
    const size_t sizes[] = { 2, 2 };
    const wick_var a = wick_const_array(h, (const double[]){ 1.0, 0.0, 0.0, 1.0 }, 2, sizes);
    const wick_var b = wick_const_array(h, (const double[]){ 0.0, 1.0, 1.0, 0.0 }, 2, sizes);
    const wick_var x = wick_at(q, wick_num(h, 0.0));
    const wick_var l = wick_cholesky(wick_add(a, wick_mul(b, x)));

    (void)arg;
    return wick_add(wick_mul(wick_square(x), -0.5), wick_sum_axis(wick_log(wick_diagonal(l)), 0));
}

/* Where |x| > 1 there is no factor, which is a place without density and no error. */
START_TEST(a_place_without_density_ends_no_chain_on_any_thread)
{
    const wick_mcmc_options options = { .chains = 2, .warmup = 50, .samples = 50, .threads = 2 };
    wick_potential *p = wick_potential_of_density(w, luck, NULL, 1, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &options);

    ck_assert_msg(wick_mcmc_run(m), "%s", wick_message(w));
    const wick_chains x = wick_mcmc_draws(m, "q", 0);
    for (size_t i = 0; i < 100; i++)
        ck_assert_double_lt(fabs(x.draws[i]), 1.0);
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

/* --- interrupts -------------------------------------------------------------------------------- */

typedef struct watch {
    size_t calls, stop_at, done;
    wick_mcmc *chains;
} watch;

static bool look(const wick_mcmc_progress *p, void *arg)
{
    watch *a = arg;

    ck_assert_uint_ge(p->done, a->done);
    ck_assert_uint_le(p->done, p->total);
    ck_assert_uint_eq(p->chains, CHAINS);
    ck_assert_double_gt(p->step_size, 0.0);
    ck_assert_double_gt(p->rate, 0.0);
    ck_assert(p->done < p->total || p->seconds_left == 0.0);
    a->done = p->done;
    return ++a->calls != a->stop_at;
}

START_TEST(an_interrupted_run_goes_on_where_it_stood)
{
    watch a = { .stop_at = 1 };
    const run whole = finished((wick_mcmc_options){ .threads = 1 });
    const run broken = new_run((wick_mcmc_options){
        .callback = look, .callback_arg = &a, .interval = 1e-9, .threads = (size_t)_i + 1 });
    size_t runs = 1;

    while (!wick_mcmc_run(broken.chains)) {
        assert_ok(w);
        const wick_chain_info info = wick_mcmc_chain(broken.chains, 1);
        ck_assert_uint_le(info.samples, DRAWS);
        if (info.samples > 0)
            ck_assert_uint_le(wick_mcmc_draws(broken.chains, "mu", 0).n, info.samples);
        a.stop_at = a.calls + 7;
        wick_clear(w); /* there may be no draws yet */
        runs++;
    }
    ck_assert_uint_gt(runs, (WARMUP + DRAWS) / 7 - 1);
    ck_assert_uint_eq(a.done, CHAINS * (WARMUP + DRAWS));
    assert_same_draws(whole, broken);
    free_run(whole);
    free_run(broken);
}
END_TEST

/* In the callback draws can be read, and parameters may be cleared: they are made anew. */
static bool clear(const wick_mcmc_progress *p, void *arg)
{
    watch *a = arg;

    (void)p;
    if (a->calls++ == 0)
        wick_params_clear(w);
    wick_mcmc_draws(a->chains, "mu", 0);
    wick_clear(w);
    return true;
}

START_TEST(a_callback_may_clear_the_parameters)
{
    watch a = { .calls = 0 };
    const run whole = finished((wick_mcmc_options){ .threads = 1 });
    const run watched = new_run((wick_mcmc_options){
        .callback = clear, .callback_arg = &a, .interval = 0.001, .threads = 2 });

    a.chains = watched.chains;
    ck_assert_msg(wick_mcmc_run(watched.chains), "%s", wick_message(w));
    assert_same_draws(whole, watched);
    free_run(whole);
    free_run(watched);
}
END_TEST

START_TEST(more_draws_follow_those_that_there_are)
{
    const run whole = finished((wick_mcmc_options){ .samples = DRAWS + 70 });
    const run grown = finished((wick_mcmc_options){ .samples = DRAWS });

    ck_assert(wick_mcmc_extend(grown.chains, 30));
    ck_assert(wick_mcmc_run(grown.chains));
    ck_assert_uint_eq(wick_mcmc_draws(grown.chains, "mu", 0).n, DRAWS + 30);
    ck_assert(wick_mcmc_extend(grown.chains, 40));
    ck_assert(wick_mcmc_run(grown.chains));
    assert_same_draws(whole, grown);
    ck_assert(!wick_mcmc_extend(grown.chains, SIZE_MAX));
    assert_error(w, WICK_ERR_LIMIT, "do not fit");
    assert_same_draws(whole, grown);
    free_run(whole);
    free_run(grown);
}
END_TEST

/* --- what is known of them --------------------------------------------------------------------- */

START_TEST(the_warm_up_is_kept_if_wanted)
{
    const run plain = finished((wick_mcmc_options){ .threads = 2 });
    const run kept = finished((wick_mcmc_options){ .keep_warmup = true });
    const wick_chains mu = wick_mcmc_warmup_draws(kept.chains, "mu", 0);
    const wick_chains step = wick_mcmc_warmup_statistic(kept.chains, WICK_STEP_SIZE);

    assert_same_draws(plain, kept);
    ck_assert_uint_eq(mu.n, WARMUP);
    ck_assert_uint_eq(mu.chains, CHAINS);
    ck_assert_uint_eq(step.n, WARMUP);
    for (size_t i = 0; i < CHAINS; i++)
        ck_assert_double_ne(step.draws[i * WARMUP], step.draws[i * WARMUP + 1]);
    ck_assert_uint_eq(wick_mcmc_warmup_draws(plain.chains, "mu", 0).n, 0);
    assert_error(w, WICK_ERR_STATE, "wick_mcmc_warmup_draws", ".keep_warmup");
    free_run(plain);
    free_run(kept);
}
END_TEST

START_TEST(a_chain_says_what_it_did_and_learned)
{
    const run r = finished((wick_mcmc_options){ .threads = 2 });
    const wick_chains step = wick_mcmc_statistic(r.chains, WICK_STEP_SIZE);
    const wick_chains leapfrogs = wick_mcmc_statistic(r.chains, WICK_N_LEAPFROG);
    const wick_chain_info info = wick_mcmc_chain(r.chains, 2);
    size_t sum = 0;

    for (size_t i = 0; i < DRAWS; i++)
        sum += (size_t)leapfrogs.draws[2 * DRAWS + i];
    ck_assert_uint_eq(info.warmup, WARMUP);
    ck_assert_uint_eq(info.samples, DRAWS);
    ck_assert_uint_eq(info.leapfrogs, sum);
    ck_assert_uint_gt(info.warmup_leapfrogs, WARMUP);
    ck_assert_double_gt(info.warmup_seconds, 0.0);
    ck_assert_double_gt(info.seconds, 0.0);
    ck_assert_double_eq(info.step_size, step.draws[2 * DRAWS]);
    ck_assert_uint_eq(info.n_metric, wick_potential_dimension(r.potential));
    ck_assert_double_gt(info.inverse_metric[0], 0.0);
    ck_assert_ptr_eq(wick_mcmc_potential(r.chains), r.potential);
    ck_assert_uint_eq(wick_mcmc_settings(r.chains)->samples, DRAWS);
    ck_assert_uint_eq(wick_mcmc_chain(r.chains, 3).warmup, 0);
    assert_error(w, WICK_ERR_ARGUMENT, "chain 3, there are 3");
    free_run(r);
}
END_TEST

/* --- the model at draws ------------------------------------------------------------------------ */

/* Responsibilities of the five points at each draw: w_k N(x | loc_k, scale), over their sum. */
START_TEST(discrete_posteriors_of_each_draw)
{
    five_point f = { .x = FIVE_POINTS };
    const wick_mcmc_options options = { .chains = 2, .warmup = 100, .samples = 40 };
    wick_potential *p = wick_potential_new(w, (wick_program){ five_point_model, &f }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &options);
    double got[FIVE * 2 * 30];

    ck_assert(wick_mcmc_run(m));
    const wick_marginals *q = wick_infer_marginals(w, wick_mcmc_program(m, 1, 5, 30));
    const wick_var shares = wick_marginal(q, "assignment");
    ck_assert_uint_eq(wick_get(shares, got, FIVE * 2 * 30), FIVE * 2 * 30);
    assert_ok(w);
    for (size_t d = 0; d < 30; d++)
        for (size_t i = 0; i < FIVE; i++) {
            const double scale = wick_mcmc_draws(m, "scale", 0).draws[40 + 5 + d];
            double density[2];
            for (size_t k = 0; k < 2; k++) {
                const double loc = wick_mcmc_draws(m, "locs", k).draws[40 + 5 + d];
                const double z = (FIVE_POINTS[i] - loc) / scale;
                density[k] = wick_mcmc_draws(m, "weights", k).draws[40 + 5 + d] * exp(-0.5 * z * z);
            }
            for (size_t k = 0; k < 2; k++)
                assert_close(
                    got[(d * FIVE + i) * 2 + k], density[k] / (density[0] + density[1]), 1e-10);
        }
    const wick_marginals *one = wick_infer_marginals(w, wick_mcmc_program(m, 1, 7, 1));
    double alone[FIVE * 2];
    wick_get(wick_marginal(one, "assignment"), alone, FIVE * 2);
    for (size_t i = 0; i < FIVE * 2; i++)
        assert_close(alone[i], got[2 * FIVE * 2 + i], 1e-14);
    wick_mcmc_program(m, 0, 30, 11);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_mcmc_program", "11 draws from draw 30", "40 draws");
    wick_mcmc_free(m);
    wick_potential_free(p);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

static bool with_a_failure(size_t n)
{
    memory blocks = { .fail_at = n };
    const wick_options options = memory_options(&blocks, 5);
    wick *h = wick_new(&options);
    five_point f = { .x = FIVE_POINTS };
    const wick_mcmc_options o = { .chains = 2, .warmup = 20, .samples = 5, .threads = 2 };
    wick_potential *p = wick_potential_new(h, (wick_program){ five_point_model, &f }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &o);
    const bool made = wick_mcmc_run(m) && wick_mcmc_draws(m, "scale", 0).n == 5 &&
        wick_mcmc_extend(m, 3) && wick_mcmc_run(m);

    ck_assert_int_eq(!made, !h || wick_status(h) != WICK_OK);
    if (h && !made) {
        ck_assert_int_eq(wick_status(h), WICK_ERR_MEMORY);
        wick_clear(h);
        ck_assert(!m || wick_mcmc_run(m));
    }
    wick_mcmc_free(m);
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(blocks.blocks, 0);
    return !made;
}

START_TEST(each_allocation_may_fail)
{
    size_t n = 1;

    while (with_a_failure(n))
        n++;
    ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads_chains");
    TCase *tests = new_case(suite, "threads_chains");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, any_number_of_threads_makes_the_same_draws);
    tcase_add_test(tests, a_place_without_density_ends_no_chain_on_any_thread);
    tcase_add_loop_test(tests, an_interrupted_run_goes_on_where_it_stood, 0, 2);
    tcase_add_test(tests, a_callback_may_clear_the_parameters);
    tcase_add_test(tests, more_draws_follow_those_that_there_are);
    tcase_add_test(tests, the_warm_up_is_kept_if_wanted);
    tcase_add_test(tests, a_chain_says_what_it_did_and_learned);
    tcase_add_test(tests, discrete_posteriors_of_each_draw);
    tcase_add_test(tests, each_allocation_may_fail);
    return run_suite(suite);
}
