/* Log-likelihoods of members against plain C. */
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/predict.h>

enum { N = 5, S = 3 };
static const double X[N] = { 1.3, -0.4, 2.2, 0.9, 1.7 };
static const double THETAS[S] = { 0.3, -1.2, 0.85 };

/* The arrays: draws of theta. */
static const wick_draws THETA = { .name = "theta", .draws = S, .size = 1, .values = THETAS };
static const wick_posterior FROM = { .sites = &THETA, .n_sites = 1 };

static wick_draws *log_likelihood(
    wick *w, void (*model)(wick *w, void *arg), void *arg, const char *site)
{
    wick_draws *d = wick_log_likelihood_new(w, (wick_program){ model, arg }, &FROM, site);

    assert_ok(w);
    ck_assert_uint_eq(d->draws, S);
    return d;
}

static double log_add(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

/* --- what is summed out ----------------------------------------------------------------------- */

static void without_discrete_sites(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_WITH (w, wick_scale(w, 3.5))             /* scales do not count */
        WICK_PLATE (w, "data", N, .subsample = 2) /* nor do minibatches */
            wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, N));
}

START_TEST(members_have_their_own_density_whatever_the_scale_or_minibatch)
{
    wick *w = wick_new(NULL);
    wick_draws *d = log_likelihood(w, without_discrete_sites, NULL, "x");

    ck_assert(d->size == N && d->n_plates == 1 && d->rank == 0 && d->plate_sizes[0] == N);
    ck_assert_str_eq(d->name, "x");
    ck_assert_str_eq(d->plates[0], "data");
    for (int s = 0; s < S; s++)
        for (int i = 0; i < N; i++)
            assert_close(d->values[s * N + i], log_normal(X[i], THETAS[s], 0.8), 1e-14);
    wick_draws_free(d);
    wick_free(w);
}
END_TEST

/* g_i, of three values, then c_i given g_i, then x_i given c_i; y_i given g_i is another site. */
static const double GROUPS[3] = { 0.2, 0.5, 0.3 };
static const double CLASSES[3][2] = { { 0.9, 0.1 }, { 0.4, 0.6 }, { 0.25, 0.75 } };
static const double Y[N] = { 0.1, 0.7, -0.3, 1.1, 2.2 };
static const double SHOWN[N] = { 1, 1, 0, 1, 0 };

static void two_levels(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    WICK_PLATE (w, "data", N) {
        const wick_var g = wick_sample(w, "g", wick_categorical(wick_const(w, GROUPS, 3)));
        const wick_var p = wick_at(wick_const(w, CLASSES[0], 3, 2), g);
        const wick_var c = wick_sample(w, "c", wick_categorical(p));
        wick_observe(w, "y", wick_normal(g, 0.7), wick_data(w, Y, N));
        wick_factor(w, "f", wick_mul(c, 0.3));
        WICK_WITH (w, wick_mask(w, arg ? wick_data(w, SHOWN, N) : wick_num(w, 1.0)))
            wick_observe(
                w, "x", wick_normal(wick_add(theta, wick_mul(c, 2.0)), 0.8), wick_data(w, X, N));
    }
}

/* log p(x_i | theta), or log p(y_i). */
static double log_two_levels(int i, double theta, bool of_y)
{
    double p = 0.0;

    for (int g = 0; g < 3; g++)
        for (int c = 0; c < 2; c++)
            p += GROUPS[g] * CLASSES[g][c] *
                exp(of_y ? log_normal(Y[i], g, 0.7) : log_normal(X[i], theta + 2.0 * c, 0.8));
    return log(p);
}

START_TEST(ancestors_are_summed_out_and_other_observations_left_out)
{
    wick *w = wick_new(NULL);
    wick_draws *x = log_likelihood(w, two_levels, NULL, "x");
    wick_draws *y = log_likelihood(w, two_levels, NULL, "y");

    for (int s = 0; s < S; s++)
        for (int i = 0; i < N; i++) {
            assert_close(x->values[s * N + i], log_two_levels(i, THETAS[s], false), 1e-14);
            assert_close(y->values[s * N + i], log_two_levels(i, THETAS[s], true), 1e-14);
        }
    wick_draws_free(x);
    wick_draws_free(y);
    wick_free(w);
}
END_TEST

START_TEST(masked_members_have_0)
{
    wick *w = wick_new(NULL);
    wick_draws *x = log_likelihood(w, two_levels, w, "x");

    for (int s = 0; s < S; s++)
        for (int i = 0; i < N; i++)
            assert_close(x->values[s * N + i],
                SHOWN[i] > 0.0 ? log_two_levels(i, THETAS[s], false) : 0.0, 1e-14);
    wick_draws_free(x);
    wick_free(w);
}
END_TEST

/* Vectors over two plates, each member with a class of its own. */
enum { ROWS = 3, COLUMNS = 2 };
static const double TABLE[ROWS][COLUMNS][2] = { { { 0.3, 1.2 }, { -0.8, 0.4 } },
    { { 1.1, 2.1 }, { 0.6, -1.3 } }, { { 0.2, 0.9 }, { 1.4, 1.6 } } };

static void crossed(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));
    wick_var z = WICK_VAR_NONE;

    WICK_PLATE (w, "rows", ROWS) {
        if (arg)
            z = wick_sample(w, "z", wick_bernoulli(0.35));
        WICK_PLATE (w, "columns", COLUMNS) {
            if (!arg)
                z = wick_sample(w, "z", wick_bernoulli(0.35));
            wick_observe(w, "x", wick_normal(wick_add(theta, z), wick_fill(w, 0.8, 2)),
                wick_data(w, TABLE[0][0], ROWS * COLUMNS * 2, 2));
        }
    }
}

START_TEST(events_belong_to_one_member_and_plates_go_from_the_smallest_to_the_largest)
{
    wick *w = wick_new(NULL);
    wick_draws *d = log_likelihood(w, crossed, NULL, NULL);

    ck_assert_uint_eq(d->size, ROWS * COLUMNS);
    ck_assert_str_eq(d->plates[0], "columns");
    ck_assert_str_eq(d->plates[1], "rows");
    for (int s = 0; s < S; s++)
        for (int c = 0; c < COLUMNS; c++)
            for (int r = 0; r < ROWS; r++) {
                const double *x = TABLE[r][c], t = THETAS[s];
                const double off = log(0.65) + log_normal(x[0], t, 0.8) + log_normal(x[1], t, 0.8);
                const double on =
                    log(0.35) + log_normal(x[0], t + 1, 0.8) + log_normal(x[1], t + 1, 0.8);
                assert_close(d->values[(s * COLUMNS + c) * ROWS + r], log_add(off, on), 1e-14);
            }
    wick_draws_free(d);
    wick_free(w);
}
END_TEST

/* A hidden chain without plates: each observation is a site. */
static const double MOVES[2][2] = { { 0.8, 0.2 }, { 0.35, 0.65 } };

static void chain(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));
    const wick_var moves = wick_const(w, MOVES[0], 2, 2);
    wick_var z = WICK_VAR_NONE;

    (void)arg;
    for (int t = 0; t < N; t++) {
        const wick_var p = t ? wick_at(moves, z) : wick_const(w, CLASSES[1], 2);
        z = wick_sample(w, wick_name(w, "z_%d", t), wick_categorical(p));
        wick_observe(w, wick_name(w, "x_%d", t),
            wick_normal(wick_add(theta, wick_mul(z, 2.0)), 0.8), wick_num(w, X[t]));
    }
}

START_TEST(a_step_of_a_chain_has_its_marginal_density)
{
    wick *w = wick_new(NULL);
    wick_draws *d = log_likelihood(w, chain, NULL, "x_3");
    double p = CLASSES[1][1];

    for (int t = 0; t < 3; t++)
        p = (1.0 - p) * MOVES[0][1] + p * MOVES[1][1];
    ck_assert(d->size == 1 && d->n_plates == 0);
    for (int s = 0; s < S; s++)
        assert_close(d->values[s],
            log_add(log(1.0 - p) + log_normal(X[3], THETAS[s], 0.8),
                log(p) + log_normal(X[3], THETAS[s] + 2.0, 0.8)),
            1e-14);
    wick_draws_free(d);
    wick_free(w);
}
END_TEST

/* --- where values come from ------------------------------------------------------------------- */

static void guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(0.4, 0.3));
    WICK_PLATE (w, "data", N)
        wick_sample(w, "g", wick_enumerate(wick_categorical(wick_const(w, GROUPS, 3))));
}

START_TEST(sites_of_a_guide_are_given_discrete_ones_too)
{
    static const char *const SITES[] = { "theta", "g", NULL };
    const wick_posterior from = { .guide = { guide, NULL }, .draws = 40 };
    const wick_program program = { two_levels, NULL };
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    wick_draws *d = wick_log_likelihood_new(w, program, &from, "x");
    wick_predictive *p = wick_predictive_new(
        w, program, &from, &(wick_predictive_options){ .sites = SITES, .keep_observed = true });

    assert_ok(w);
    const wick_draws *theta = wick_predictive_find(p, "theta"), *g = wick_predictive_find(p, "g");
    for (int i = 0; i < 40 * N; i++) {
        const double *q = CLASSES[(int)g->values[i]], t = theta->values[i / N], x = X[i % N];
        assert_close(d->values[i],
            log(q[0] * exp(log_normal(x, t, 0.8)) + q[1] * exp(log_normal(x, t + 2.0, 0.8))),
            1e-13);
    }
    wick_predictive_free(p);
    wick_draws_free(d);
    wick_free(w);
}
END_TEST

static void parameters_only(wick *w, void *arg)
{
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());

    (void)arg;
    WICK_PLATE (w, "data", N) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        wick_observe(w, "x", wick_normal(wick_add(loc, z), 0.8), wick_data(w, X, N));
    }
}

START_TEST(a_model_of_parameters_and_discrete_sites_has_one_draw)
{
    wick *w = wick_new(NULL);
    const double loc = -0.45;

    wick_param(w, "loc", wick_init_num(loc), wick_real());
    wick_draws *d = wick_log_likelihood_new(w, (wick_program){ parameters_only, NULL }, NULL, NULL);
    assert_ok(w);
    ck_assert_uint_eq(d->draws, 1);
    for (int i = 0; i < N; i++)
        assert_close(d->values[i],
            log(0.65 * exp(log_normal(X[i], loc, 0.8)) +
                0.35 * exp(log_normal(X[i], loc + 1, 0.8))),
            1e-14);
    wick_draws_free(d);
    wick_free(w);
}
END_TEST

START_TEST(memory_is_that_of_the_matrix)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);

    for (int i = 0; i < 3; i++)
        wick_draws_free(wick_log_likelihood_new(w, (wick_program){ two_levels, NULL }, &FROM, "x"));
    const memory before = m;
    wick_draws *d = wick_log_likelihood_new(w, (wick_program){ two_levels, NULL }, &FROM, "x");
    ck_assert_uint_eq(m.calls, before.calls + 2);
    ck_assert_uint_eq(m.bytes, before.bytes + sizeof *d + S * N * sizeof(double));
    wick_draws_free(d);
    ck_assert_uint_eq(m.bytes, before.bytes);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(it_survives_the_failure_of_each_of_its_allocations)
{
    size_t calls = 1;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 2);
        wick *w = wick_new(&options);
        wick_draws *d = wick_log_likelihood_new(w, (wick_program){ chain, NULL }, &FROM, "x_3");
        if (n == 0)
            calls = m.calls;
        ck_assert_int_eq(wick_status(w), n ? WICK_ERR_MEMORY : WICK_OK);
        ck_assert((d == NULL) == (n > 0));
        wick_draws_free(d);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 4);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------- */

static void shared_by_all(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));
    const wick_var s = wick_sample(w, "s", wick_bernoulli(0.4));

    (void)arg;
    WICK_PLATE (w, "data", N) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(wick_add(wick_mul(s, 0.5), 0.2)));
        wick_observe(w, "x", wick_normal(wick_add(theta, z), 0.8), wick_data(w, X, N));
    }
}

static void with_counts(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    wick_sample(w, "n", wick_poisson(2.5));
    wick_sample(w, "b", wick_normal(theta, 1.0));
    wick_observe(w, "x", wick_normal(theta, 0.8), wick_num(w, 0.3));
}

static void with_nan(wick *w, void *arg)
{
    static const double HOLE[N] = { 1.3, -0.4, NAN, 0.9, 1.7 };
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_PLATE (w, "data", N)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, HOLE, N));
}

/* An observation that does not fit its distribution; a plate that has another size in each run. */
static void with_vectors(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    wick_observe(w, "x", wick_normal(theta, wick_fill(w, 0.8, 3)), wick_fill(w, 0.5, 2));
}

static void with_fewer(wick *w, void *arg)
{
    int *runs = arg;
    const size_t n = (size_t)(N - (*runs)++);
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    WICK_PLATE (w, "data", n)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, n));
}

static void refuse(wick *w, void (*model)(wick *w, void *arg), void *arg, const char *site)
{
    ck_assert_ptr_null(wick_log_likelihood_new(w, (wick_program){ model, arg }, &FROM, site));
    ck_assert_int_ne(wick_status(w), WICK_OK);
}

START_TEST(what_has_no_pointwise_likelihood_is_refused)
{
    wick *w = wick_new(NULL);
    int runs = 0;

    refuse(w, with_vectors, NULL, "x");
    assert_error(w, WICK_ERR_SHAPE, "'x'", "[3]", "[2]");
    refuse(w, with_fewer, &runs, "x");
    assert_error(w, WICK_ERR_SHAPE, "'x' has 4 members in draw 1, need 5");
    refuse(w, shared_by_all, NULL, "x");
    assert_error(w, WICK_ERR_SHAPE, "wick_log_likelihood_new", "members of 'x'", "'data' (5)",
        "share the discrete site 's'", "give 's' a value");
    refuse(w, crossed, w, "x"); /* of each row, for all columns */
    assert_error(w, WICK_ERR_SHAPE, "members of 'x'", "'columns' (2)", "'z'");
    refuse(w, with_counts, NULL, "x");
    assert_error(
        w, WICK_ERR_ARGUMENT, "wick_log_likelihood_new", "'n'", "poisson has no finite set");
    ck_assert_uint_eq(0, wick_param_count(w));
    refuse(w, two_levels, NULL, NULL);
    assert_error(w, WICK_ERR_NAME, "several observed sites", "'y', 'x'");
    refuse(w, two_levels, NULL, "c");
    assert_error(w, WICK_ERR_NAME, "no observed site 'c'", "'y', 'x'");
    refuse(w, two_levels, NULL, "f");
    assert_error(w, WICK_ERR_NAME, "no observed site 'f'");
    refuse(w, two_levels, NULL, "");
    assert_error(w, WICK_ERR_NAME, "empty");
    refuse(w, with_nan, NULL, "x");
    assert_error(w, WICK_ERR_NONFINITE, "'x'", "'data' 2", "draw 0", "nan");
    ck_assert_ptr_null(wick_log_likelihood_new(w, (wick_program){ two_levels, NULL }, NULL, "x"));
    assert_error(w, WICK_ERR_ARGUMENT, "'theta'", "no value", "a guide");
    ck_assert_ptr_null(wick_log_likelihood_new(w, NOTHING, NULL, NULL));
    assert_error(w, WICK_ERR_NAME, "no observed site");
    ck_assert_ptr_null(wick_log_likelihood_new(NULL, NOTHING, NULL, NULL));
    wick_draws_free(NULL);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pointwise");
    TCase *sums = new_case(suite, "sums"), *values = new_case(suite, "values");
    TCase *misuse = new_case(suite, "misuse");

    tcase_add_test(sums, members_have_their_own_density_whatever_the_scale_or_minibatch);
    tcase_add_test(sums, ancestors_are_summed_out_and_other_observations_left_out);
    tcase_add_test(sums, masked_members_have_0);
    tcase_add_test(
        sums, events_belong_to_one_member_and_plates_go_from_the_smallest_to_the_largest);
    tcase_add_test(sums, a_step_of_a_chain_has_its_marginal_density);
    tcase_add_test(values, sites_of_a_guide_are_given_discrete_ones_too);
    tcase_add_test(values, a_model_of_parameters_and_discrete_sites_has_one_draw);
    tcase_add_test(values, memory_is_that_of_the_matrix);
    tcase_add_test(values, it_survives_the_failure_of_each_of_its_allocations);
    tcase_add_test(misuse, what_has_no_pointwise_likelihood_is_refused);
    return run_suite(suite);
}
