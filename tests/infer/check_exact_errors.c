/* What wick_exact refuses, and what is left of it then. */
#include "tests/infer/exact_models.h"
#include "tests/support/memory.h"

/* --- errors ----------------------------------------------------------------------------------- */

static void many_members(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "k", wick_categorical(wick_fill(w, 1.0, 3)));
    WICK_PLATE (w, "rows", 100)
        wick_sample(w, "z", wick_bernoulli(0.3));
}

START_TEST(too_many_states_are_refused_at_once)
{
    wick *w = wick_new(NULL);
    bool seen = false;

    ck_assert_ptr_null(exact_of(w, many_members, NULL));
    assert_error(w, WICK_ERR_LIMIT, "wick_exact_new", "3.80295180068469e+30", "1048576", "'k' 3",
        "'z' 2^100");

    const wick_program coins = { two_coins, &seen }, walk = { tosses, NULL };
    ck_assert_ptr_null(wick_exact_new(w, coins, &(wick_exact_options){ .most_states = 3 }));
    assert_error(w, WICK_ERR_LIMIT, "4 states, at most 3");
    wick_exact *e = wick_exact_new(w, coins, &(wick_exact_options){ .most_states = 4 });
    ck_assert_uint_eq(wick_exact_states(e), 4);
    wick_exact_free(e);

    /* its first path has one toss: the others show up on the way */
    ck_assert_ptr_null(wick_exact_new(w, walk, &(wick_exact_options){ .most_states = 11 }));
    assert_error(w, WICK_ERR_LIMIT, "12 states, at most 11", "'toss_0' 2");
    e = wick_exact_new(w, walk, &(wick_exact_options){ .most_states = 12 });
    ck_assert_uint_eq(wick_exact_states(e), 12);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

static void continuous(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_bernoulli(0.3));
    wick_sample(w, "x", wick_normal(0.0, 1.0));
}

static void several_faces(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_iid(wick_bernoulli(0.3), 3));
}

static void scaled(wick *w, void *arg)
{
    (void)arg;
    WICK_WITH (w, wick_scale(w, 2.5))
        wick_sample(w, "z", wick_bernoulli(0.3));
}

static void subsampled(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 9, .subsample = 4)
        wick_sample(w, "z", wick_bernoulli(0.3));
}

static void ambient(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 3)
        wick_sample(w, "z", wick_bernoulli(0.3));
}

static void fickle_k(wick *w, void *arg)
{
    size_t *runs = arg;

    wick_sample(w, "a", wick_categorical(wick_fill(w, 1.0, 2 + (*runs)++)));
}

static void fickle_length(wick *w, void *arg)
{
    size_t *runs = arg;

    wick_sample(w, "a", wick_bernoulli(0.3));
    if ((*runs)++ == 0)
        wick_sample(w, "b", wick_bernoulli(0.3));
}

static void two_shapes(wick *w, void *arg)
{
    (void)arg;
    const double a = wick_value(wick_sample(w, "a", wick_bernoulli(0.3)));
    wick_sample(w, "b", wick_categorical(wick_fill(w, 1.0, a > 0.0 ? 4 : 3)));
}

static void twice(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "a", wick_bernoulli(0.3));
    wick_sample(w, "a", wick_bernoulli(0.3));
}

static void broken(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));

    wick_param(w, "made", wick_init_num(1.5), wick_real());
    wick_factor(w, "f", wick_log(wick_sub(*(const double *)arg, z)));
}

static void impossible(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_bernoulli(0.3));
    wick_observe(w, "y", wick_uniform(0.0, 1.0), wick_num(w, 1.5));
}

START_TEST(what_cannot_be_enumerated_is_an_error_with_its_name)
{
    wick *w = wick_new(NULL);
    size_t runs = 0;
    double level = 0.5;

    ck_assert_ptr_null(exact_of(w, continuous, NULL));
    assert_error(
        w, WICK_ERR_ARGUMENT, "wick_exact_new", "normal", "no value", "wick_condition", "'x'");
    ck_assert_ptr_null(exact_of(w, several_faces, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_new", "bernoulli", "no value", "'x'");
    ck_assert_ptr_null(exact_of(w, scaled, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_new", "2.5", "wick_scale", "'z'");
    ck_assert_ptr_null(exact_of(w, subsampled, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_new", "'rows'", "4 of 9", "subsample", "'z'");
    ck_assert_ptr_null(exact_of(w, ambient, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_new", "'draws'", "'z'");
    ck_assert_ptr_null(exact_of(w, fickle_k, &runs));
    assert_error(w, WICK_ERR_STATE, "wick_exact_new", "another path", "'a'");
    runs = 0;
    ck_assert_ptr_null(exact_of(w, fickle_length, &runs));
    assert_error(w, WICK_ERR_STATE, "wick_exact_new", "shorter path");
    ck_assert_ptr_null(exact_of(w, two_shapes, NULL));
    assert_error(w, WICK_ERR_SHAPE, "wick_exact_new", "'b'", "4 values", "of 3");
    ck_assert_ptr_null(exact_of(w, twice, NULL));
    assert_error(w, WICK_ERR_NAME, "two sites", "'a'");
    ck_assert_ptr_null(exact_of(w, broken, &level));
    assert_error(w, WICK_ERR_NONFINITE, "wick_exact_new", "'f'", "nan");
    ck_assert(!wick_param_exists(w, "made"));
    ck_assert_ptr_null(exact_of(w, impossible, NULL));
    assert_error(w, WICK_ERR_NONFINITE, "wick_exact_new", "none of 2 states");
    ck_assert_ptr_null(wick_exact_new(w, (wick_program){ NULL, NULL }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "no function");
    wick_free(w);
}
END_TEST

START_TEST(questions_that_do_not_fit_are_errors)
{
    wick *w = wick_new(NULL);
    bool seen = false;
    double x[3];
    wick_exact *e = exact_of(w, two_coins, &seen);

    ck_assert_double_nan(wick_exact_prob(e, 4));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_prob", "state 4 of 4");
    ck_assert_uint_eq(wick_exact_get(e, 9, "a", x, 1), 0);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_exact_get", "state 9 of 4");
    ck_assert_uint_eq(wick_exact_get(e, 1, "c", x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_exact_get", "'c'", "'a', 'b'");
    ck_assert_uint_eq(wick_exact_marginals(e, "c", x, 2), 0);
    assert_error(w, WICK_ERR_NAME, "wick_exact_marginals", "'c'", "'a', 'b'");
    ck_assert_uint_eq(wick_exact_get(e, 1, "b", x, 3), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_exact_get", "3 doubles", "'b' has 1");
    ck_assert_uint_eq(wick_exact_marginals(e, "b", x, 3), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_exact_marginals", "3 doubles", "'b' has 2");
    ck_assert_uint_eq(wick_exact_get(e, 1, NULL, x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_exact_get", "NULL");

    wick_exact_prob(e, 4);
    ck_assert_double_nan(wick_exact_log_evidence(e)); /* after an error */
    ck_assert_uint_eq(wick_exact_states(e), 0);
    ck_assert_ptr_null(exact_of(w, two_coins, &seen));
    wick_clear(w);

    ck_assert_double_nan(wick_exact_log_evidence(NULL));
    ck_assert_double_nan(wick_exact_prob(NULL, 0));
    ck_assert_uint_eq(wick_exact_states(NULL), 0);
    ck_assert_uint_eq(wick_exact_mode(NULL), 0);
    ck_assert_uint_eq(wick_exact_get(NULL, 0, "a", x, 1), 0);
    ck_assert_uint_eq(wick_exact_marginals(NULL, "a", x, 2), 0);
    ck_assert_ptr_null(exact_of(NULL, two_coins, &seen));
    wick_exact_free(NULL);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- memory ----------------------------------------------------------------------------------- */

START_TEST(it_survives_the_failure_of_each_of_its_allocations)
{
    bool finished = false;

    for (size_t n = 1; !finished; n++) {
        memory m = { .fail_at = n, .sticky = _i };
        const wick_options options = memory_options(&m, 0);
        wick *w = wick_new(&options);
        wick_exact *a = exact_of(w, tosses, NULL), *b = exact_of(w, chain, NULL);
        finished = m.calls < n;
        if (finished)
            assert_close(wick_exact_log_evidence(b), -5.9, 10.0);
        else
            ck_assert(!w || wick_status(w) == WICK_ERR_MEMORY || !_i);
        wick_exact_free(a);
        wick_exact_free(b);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
        ck_assert_uint_lt(n, 500);
    }
}
END_TEST

START_TEST(memory_is_given_back_and_does_not_grow)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 0);
    wick *w = wick_new(&options);
    size_t blocks = 0;
    double level = 0.5;

    for (int i = 0; i < 50; i++) {
        wick_exact_free(exact_of(w, i % 2 ? tosses : chain, NULL));
        exact_of(w, broken, &level);
        wick_clear(w);
        if (i == 3)
            blocks = m.blocks;
    }
    ck_assert_uint_eq(m.blocks, blocks);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exact_errors");
    TCase *errors = new_case(suite, "errors"), *memories = new_case(suite, "memory");

    tcase_add_test(errors, too_many_states_are_refused_at_once);
    tcase_add_test(errors, what_cannot_be_enumerated_is_an_error_with_its_name);
    tcase_add_test(errors, questions_that_do_not_fit_are_errors);
    tcase_add_loop_test(memories, it_survives_the_failure_of_each_of_its_allocations, 0, 2);
    tcase_add_test(memories, memory_is_given_back_and_does_not_grow);
    return run_suite(suite);
}
