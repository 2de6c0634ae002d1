/* Guides: mistakes, what they say they are, and memory that runs out. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

typedef wick_guide *maker(wick *w, wick_program model, const wick_auto_options *options);

static void small(wick *w, void *arg)
{
    const size_t *subsample = arg;

    wick_sample(w, "top", wick_normal(0.0, 1.0));
    WICK_PLATE (w, "rows", 8, .subsample = *subsample)
        wick_sample(w, "x", wick_lognormal(0.0, 1.0));
}

static void uncertain_bound(wick *w, void *arg)
{
    (void)arg;
    const wick_var high = wick_sample(w, "high", wick_lognormal(0.0, 1.0));
    wick_sample(w, "x", wick_uniform(0.0, high));
}

static void fixed_bound(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_uniform(-1.0, wick_add(wick_num(w, 1.0), 0.5)));
}

static void one_weight(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 2.0, 1)));
}

static const char *const TYPO[] = { "top", "nope", NULL };
static maker *const MAKERS[] = { wick_auto_delta_new, wick_auto_normal_new,
    wick_auto_multivariate_normal_new, wick_auto_low_rank_new, wick_auto_laplace_new };
static const char *const NAMES[] = { "wick_auto_delta_new", "wick_auto_normal_new",
    "wick_auto_multivariate_normal_new", "wick_auto_low_rank_new", "wick_auto_laplace_new" };

START_TEST(options_that_do_not_fit_are_refused)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    const wick_program model = { small, &whole };
    maker *make = MAKERS[_i];
    const char *name = NAMES[_i];
    const bool scaled = _i >= 1 && _i <= 3, joint = _i >= 2;

    ck_assert_ptr_null(make(w, model, &(wick_auto_options){ .expose = TYPO }));
    assert_error(w, WICK_ERR_NAME, name, ".expose has 'nope'", "'top', 'x'");
    ck_assert_ptr_null(make(w, model, &(wick_auto_options){ .hide = TYPO }));
    assert_error(w, WICK_ERR_NAME, name, ".hide has 'nope'");
    ck_assert_ptr_null(make(w, model, &(wick_auto_options){ .init_scale = -0.5 }));
    assert_error(w, WICK_ERR_ARGUMENT, name, ".init_scale is -0.5", scaled ? "positive" : "point");
    if (_i != 3) {
        ck_assert_ptr_null(make(w, model, &(wick_auto_options){ .rank = 2 }));
        assert_error(w, WICK_ERR_ARGUMENT, name, ".rank is 2", "wick_auto_low_rank_new");
    }
    ck_assert_ptr_null(make(w, model,
        &(wick_auto_options){ .space = _i ? WICK_MAP_UNCONSTRAINED : (wick_map_space)7 }));
    assert_error(w, WICK_ERR_ARGUMENT, name, ".space is", _i ? "wick_auto_delta_new" : "need");
    ck_assert_ptr_null(make(w, (wick_program){ uncertain_bound, NULL }, NULL));
    assert_error(w, WICK_ERR_DOMAIN, name, "depends on other sites", "'x'");
    wick_guide *fixed = make(w, (wick_program){ fixed_bound, NULL }, NULL);
    assert_ok(w);
    wick_guide_free(fixed);
    wick_guide *empty = make(w, NOTHING, NULL);
    if (joint) {
        ck_assert_ptr_null(empty);
        assert_error(w, WICK_ERR_ARGUMENT, name, "no continuous latent site");
    }
    wick_guide_free(empty);
    wick_guide *one = make(w, (wick_program){ one_weight, NULL }, NULL);
    if (_i > 0) {
        ck_assert_ptr_null(one);
        assert_error(w, WICK_ERR_SHAPE, name, "simplex of one element", "'weights'");
    }
    wick_guide_free(one);
    whole = 3;
    wick_guide *part = make(w, model, NULL);
    if (joint) {
        ck_assert_ptr_null(part);
        assert_error(w, WICK_ERR_SHAPE, name, "subsampled plate", "'x'", "wick_auto_list_new");
    }
    wick_guide_free(part);
    wick_free(w);
}
END_TEST

START_TEST(reading_what_is_not_there_is_refused)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    wick_guide *guide = MAKERS[_i](w, (wick_program){ small, &whole }, NULL);
    double x[9];

    ck_assert_uint_eq(wick_guide_size(guide, "nope"), 0);
    ck_assert_uint_eq(wick_guide_size(guide, NULL), 9);
    ck_assert_uint_eq(wick_guide_median(guide, "x", x, 8), 0);
    assert_error(
        w, WICK_ERR_STATE, "wick_guide_median: the guide has not been run", "wick_svi_evaluate");
    wick_trace_run(w, wick_guide_program(guide));
    ck_assert_uint_eq(wick_guide_quantile(guide, "x", 0.25, x, 8), 8);
    ck_assert_uint_eq(wick_guide_median(guide, "x", x, 7), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_guide_median: room for 7 doubles, need 1 times 8");
    ck_assert_uint_eq(wick_guide_get(guide, "nope", x, 8), 0);
    assert_error(
        w, WICK_ERR_NAME, "wick_guide_get: the guide has no site 'nope'; it has 'top', 'x'");
    ck_assert_uint_eq(wick_guide_get(guide, NULL, x, 8), 0);
    assert_error(w, WICK_ERR_NAME, "wick_guide_get: the guide has no site '(NULL)'");
    ck_assert_uint_eq(wick_guide_quantile(guide, "x", 1.0, x, 8), 0);
    assert_error(w, WICK_ERR_DOMAIN, "wick_guide_quantile: p is 1, need 0 < p < 1");
    ck_assert_uint_eq(wick_guide_sample(guide, "x", 2, x, 8), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_guide_sample: room for 8 doubles, need 2 times 8");
    ck_assert_uint_eq(wick_guide_moments(guide, "x", 1, x, NULL, 8), 0);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_guide_moments: 1 draws, need at least 2");
    ck_assert_uint_eq(wick_guide_sample(guide, NULL, 1, x, 9), 9);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(without_a_handle_or_after_an_error_nothing_happens)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ small, &whole }, NULL);
    double x[8] = { 7.5 };

    for (int i = 0; i < 5; i++)
        ck_assert_ptr_null(MAKERS[i](NULL, NOTHING, NULL));
    ck_assert_ptr_null(wick_auto_list_new(NULL, NOTHING, 0, NULL));
    ck_assert_ptr_null(wick_laplace_approximation(NULL, NULL));
    ck_assert(!wick_init_to_median(NULL, NULL, NULL).w && !wick_init_to_mean(NULL, NULL, NULL).w);
    ck_assert(!wick_init_to_sample(NULL, NULL, NULL).w && !wick_init_to_value(NULL, NULL, NULL).w);
    ck_assert(!wick_init_to_uniform(NULL, NULL, NULL).w);
    ck_assert(!wick_init_to_feasible(NULL, NULL, NULL).w);
    ck_assert_uint_eq(wick_guide_site_count(NULL) + wick_guide_size(NULL, "x"), 0);
    ck_assert_ptr_null(wick_guide_site(NULL, 0));
    ck_assert_ptr_null(wick_guide_site(guide, 2));
    ck_assert_str_eq(wick_guide_describe(NULL), "");
    for (int i = 0; i < 2; i++) {
        const wick_guide *g = i ? guide : NULL;
        if (i)
            wick_fail(w, WICK_ERR_ARGUMENT, "the first");
        ck_assert_uint_eq(wick_guide_get(g, "x", x, 8) + wick_guide_median(g, "x", x, 8), 0);
        ck_assert_uint_eq(wick_guide_quantile(g, "x", 0.5, x, 8), 0);
        ck_assert_uint_eq(wick_guide_sample(g, "x", 1, x, 8), 0);
        ck_assert_uint_eq(wick_guide_moments(g, "x", 9, x, NULL, 8), 0);
    }
    ck_assert_double_eq(x[0], 7.5);
    assert_error(w, WICK_ERR_ARGUMENT, "the first");
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(a_guide_says_what_it_is)
{
    static const char *const WANT[] = {
        "AutoDelta: 2 sites, 9 coordinates; maximum a posteriori in "
        "the constrained space (no Jacobian)",
        "AutoNormal: 2 sites, 9 coordinates; a normal for each coordinate",
        "AutoMultivariateNormal: 2 sites, 9 coordinates; one multivariate normal",
        "AutoLowRank: 2 sites, 9 coordinates; one multivariate normal, its covariance of low rank "
        "plus a diagonal",
        "AutoLaplace: 2 sites, 9 coordinates; maximum a posteriori in the unconstrained space "
        "(with "
        "Jacobian), for wick_laplace_approximation"
    };
    wick *w = wick_new(NULL);
    size_t whole = 0;
    wick_guide *guide = MAKERS[_i](w, (wick_program){ small, &whole }, NULL);

    ck_assert_str_eq(wick_guide_describe(guide), WANT[_i]);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

/* Makes a guide, takes a step and reads it; returns whether all went well. */
static bool use(maker *make, memory *m)
{
    const wick_options options = memory_options(m, 1);
    wick *w = wick_new(&options);
    size_t whole = 0;
    const wick_program model = { small, &whole };
    wick_guide *guide = make(w, model, NULL);
    wick_guide *list =
        wick_auto_list_new(w, model, guide ? 1 : 0, &(wick_guide_part){ .guide = guide });
    wick_svi *svi = list ? wick_svi_new(w, model, wick_guide_program(list), NULL) : NULL;
    double x[40];

    wick_svi_step(svi);
    wick_guide_quantile(list, "x", 0.25, x, 8);
    wick_guide_sample(guide, "x", 5, x, 40);
    wick_guide_moments(guide, "x", 5, x, x + 8, 8);
    const bool ok = w && wick_status(w) == WICK_OK;
    ck_assert_msg(ok || !w || wick_status(w) == WICK_ERR_MEMORY, "%s", wick_message(w));
    wick_svi_free(svi);
    wick_guide_free(list);
    wick_guide_free(guide);
    wick_free(w);
    ck_assert_uint_eq(m->blocks, 0);
    return ok;
}

START_TEST(any_allocation_may_fail_and_all_memory_is_given_back)
{
    memory m = { 0 };
    int failed = 0;

    ck_assert(use(MAKERS[_i], &m));
    const size_t calls = m.calls;
    for (size_t n = 1; n <= calls; n++) {
        m = (memory){ .fail_at = n };
        failed += !use(MAKERS[_i], &m);
    }
    ck_assert_int_ge(failed, (int)calls - 4); /* some are for speed only */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guide_mistakes");
    TCase *mistakes = new_case(suite, "mistakes");

    tcase_add_loop_test(mistakes, options_that_do_not_fit_are_refused, 0, 5);
    tcase_add_loop_test(mistakes, reading_what_is_not_there_is_refused, 0, 5);
    tcase_add_test(mistakes, without_a_handle_or_after_an_error_nothing_happens);
    tcase_add_loop_test(mistakes, a_guide_says_what_it_is, 0, 5);
    tcase_add_loop_test(mistakes, any_allocation_may_fail_and_all_memory_is_given_back, 0, 5);
    return run_suite(suite);
}
