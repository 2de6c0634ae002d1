/* The programs of a Gaussian mixture: their loss and its gradient, fits, minibatches, mistakes. */
#include "models/gmm_em.h"
#include "models/gmm_fit.h"

#include "tests/support/fit.h"
#include "tests/support/gmm_plain.h"
#include "tests/support/memory.h"

enum { K = 3, D = 3, N = 210 };

static wick *w;
static double x[N * D], row_weights[N];

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1977 });
    ck_assert_ptr_nonnull(w);
    draw_rows(w, K, N, D, x);
    draw_weights(w, N, row_weights);
}

static void teardown(void)
{
    wick_free(w);
}

static gmm data_of(gmm_covariance form, size_t n)
{
    return (gmm){ .components = K, .dimensions = D, .covariance = form, .n = n, .x = x };
}

/* --- the loss -------------------------------------------------------------------------------- */

/* Of the sixteen cases: the form; are numbers missing; are there weights? */
static gmm kind_of_data(int i, size_t n)
{
    gmm m = data_of((gmm_covariance)(i % 4), n);

    if (i / 4 % 2) {
        take_away(w, 0.2, n, D, x);
        for (size_t j = 0; j < D; j++)
            x[4 * D + j] = NAN;
    }
    if (i / 8)
        m.row_weights = row_weights;
    return m;
}

static double loss_at(const gmm *m, bool compile)
{
    wick_svi *svi = wick_svi_new(w, gmm_model(m), gmm_guide(),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .compile = compile });
    const double loss = wick_svi_evaluate(svi);

    wick_svi_free(svi);
    return loss;
}

/* Densities of the columns seen by submatrices of the covariance; see tests/support/gmm_plain.h. */
START_TEST(the_loss_is_minus_the_log_likelihood)
{
    const gmm m = kind_of_data(_i, N);
    gmm_mixture *at = some_mixture(w, K, D, m.covariance);

    ck_assert(gmm_set(w, &m, at));
    const double want = -plain_log_likelihood(at, &m);
    assert_close(loss_at(&m, false), want, 1e-12);
    assert_close(loss_at(&m, true), want, 1e-12);
    assert_ok(w);
    gmm_mixture_free(at);
}
END_TEST

START_TEST(the_gradient_is_that_of_differences)
{
    const gmm m = kind_of_data(_i, 24);
    const problem p = { w, gmm_model(&m), gmm_guide(), wick_trace_enum_elbo, NULL };
    gmm_mixture *at = some_mixture(w, K, D, m.covariance);

    ck_assert(gmm_set(w, &m, at));
    assert_gradient(&p, 1e-7);
    gmm_mixture_free(at);
}
END_TEST

/* --- parameters ------------------------------------------------------------------------------ */

START_TEST(a_mixture_goes_to_the_store_and_back)
{
    const gmm m = data_of((gmm_covariance)_i, N);
    const size_t n = gmm_scale_size(K, D, m.covariance);

    for (int again = 0; again < 2; again++) { /* the second time the parameters are there */
        gmm_mixture *in = some_mixture(w, K, D, m.covariance),
                    *out = gmm_mixture_new(w, K, D, m.covariance);
        ck_assert(gmm_set(w, &m, in) && gmm_get(w, &m, out));
        for (size_t i = 0; i < K; i++)
            assert_close(out->weights[i], in->weights[i], 1e-14);
        for (size_t i = 0; i < K * D; i++)
            ck_assert_double_eq(out->loc[i], in->loc[i]);
        for (size_t i = 0; i < n; i++)
            assert_close(out->scale[i], in->scale[i], 1e-14);
        gmm_mixture_free(in);
        gmm_mixture_free(out);
    }
    ck_assert_uint_eq(wick_param_count(w), 3);
}
END_TEST

START_TEST(a_component_without_weight_keeps_one_that_a_parameter_can_hold)
{
    const gmm m = data_of(GMM_DIAGONAL, N);
    gmm_mixture *at = some_mixture(w, K, D, m.covariance);

    at->weights[0] = 0.0;
    at->weights[1] = 0.25;
    at->weights[2] = 0.75;
    ck_assert(gmm_set(w, &m, at));
    assert_close(loss_at(&m, false), -plain_log_likelihood(at, &m), 1e-12);
    ck_assert(gmm_get(w, &m, at));
    ck_assert(at->weights[0] > 0.0 && at->weights[0] < 1e-299);
    gmm_mixture_free(at);
}
END_TEST

/* The first run makes the parameters: equal weights, locs at rows, the same by the same seed. */
START_TEST(parameters_start_at_rows_of_the_data_by_the_seed)
{
    const gmm m = data_of((gmm_covariance)_i, N);
    gmm_mixture *at[3];

    for (int i = 0; i < 3; i++) {
        wick_set_seed(w, i < 2 ? 41 : 42);
        wick_params_clear(w);
        loss_at(&m, false);
        at[i] = gmm_mixture_new(w, K, D, m.covariance);
        ck_assert(gmm_get(w, &m, at[i]));
        for (size_t k = 0; k < K; k++) {
            size_t row = 0;
            while (row < N && memcmp(at[i]->loc + k * D, x + row * D, D * sizeof *x) != 0)
                row++;
            ck_assert_uint_lt(row, N);
            assert_close(at[i]->weights[k], 1.0 / K, 1e-15);
        }
    }
    assert_same_bits(at[0]->loc, at[1]->loc, K * D);
    ck_assert_mem_ne(at[0]->loc, at[2]->loc, K * D * sizeof(double));
    for (int i = 0; i < 3; i++)
        gmm_mixture_free(at[i]);
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------ */

/* Closed-form EM, gradients, and the mode under no prior are at the same optimum. */
START_TEST(em_gradients_and_map_without_a_prior_agree)
{
    const gmm m = kind_of_data(_i, N);
    gmm_mixture *start = some_mixture(w, K, D, m.covariance), *em = gmm_mixture_copy(w, start),
                *ml = gmm_mixture_copy(w, start), *map = gmm_mixture_copy(w, start);
    const gmm_fit_options from = { .given = start };
    gmm_fit_result ml_result, map_result;

    for (size_t k = 0; k < K; k++) { /* near the components, so that all go to one optimum */
        for (size_t j = 0; j < D; j++)
            start->loc[k * D + j] =
                10.0 - (double)j + (1.0 + (double)j) * 2.2 * (double)((k * (j + 2)) % K);
        start->weights[k] = 1.0 / K;
    }
    const gmm_em_result em_result = gmm_em_fit(w, &m,
        &(gmm_em_options){
            .start = GMM_START_GIVEN, .given = start, .tolerance = 1e-15, .max_iterations = 20000 },
        em);
    assert_ok(w);
    ck_assert(gmm_gradient_fit(w, &m, &from, ml, &ml_result));
    ck_assert(gmm_map_fit(w, &m, &(gmm_prior){ .flat = true }, &from, map, &map_result));
    ck_assert(ml_result.converged && map_result.converged && !ml_result.collapsed);
    ck_assert(isnan(map_result.log_posterior));
    const double best = plain_log_likelihood(em, &m);
    ck_assert_double_eq_tol(em_result.log_likelihood, best, 1e-8);
    ck_assert_double_eq_tol(ml_result.log_likelihood, best, 1e-8);
    ck_assert_double_eq_tol(map_result.log_likelihood, best, 1e-8);
    ck_assert_double_eq_tol(plain_log_likelihood(ml, &m), best, 1e-8);
    ck_assert_double_eq_tol(plain_log_likelihood(map, &m), best, 1e-8);
    gmm_mixture_free(start);
    gmm_mixture_free(em);
    gmm_mixture_free(ml);
    gmm_mixture_free(map);
}
END_TEST

/* A fit does not depend on the units of the columns, but for the log of the units. */
START_TEST(columns_may_have_any_units)
{
    const gmm m = data_of((gmm_covariance)_i, N);
    const double unit[] = { 1e-6, 3.0, 1e5 }, offset[] = { 0.5, -1e7, 1e9 };
    gmm_mixture *out = gmm_mixture_new(w, K, D, m.covariance);
    gmm_fit_result r[2];
    double by_units = 0;

    for (int i = 0; i < 2; i++) {
        wick_set_seed(w, 7);
        ck_assert(gmm_gradient_fit(w, &m, &(gmm_fit_options){ .restarts = 4 }, out, &r[i]));
        for (size_t e = 0; e < N * D && i == 0; e++)
            x[e] = x[e] * (_i == GMM_SPHERICAL ? 3.0 : unit[e % D]) + offset[e % D];
    }
    for (size_t j = 0; j < D; j++)
        by_units += N * log(_i == GMM_SPHERICAL ? 3.0 : unit[j]);
    ck_assert_double_eq_tol(r[1].log_likelihood, r[0].log_likelihood - by_units, 1e-5);
    ck_assert_uint_eq(r[0].starts, 4);
    ck_assert_uint_ge(r[0].best_found, 1);
    gmm_mixture_free(out);
}
END_TEST

/* More than 1024 rows are run in tiles, which threads share. */
START_TEST(threads_change_no_bits)
{
    enum { MANY = 2500 };
    double *many = calloc(MANY * D, sizeof *many);
    gmm_mixture *out[2];

    draw_rows(w, K, MANY, D, many);
    take_away(w, 0.02, MANY, D, many);
    const gmm m = {
        .components = K, .dimensions = D, .covariance = GMM_FULL, .n = MANY, .x = many
    };
    for (int i = 0; i < 2; i++) {
        gmm_fit_result r;
        wick_set_seed(w, 3);
        out[i] = gmm_mixture_new(w, K, D, GMM_FULL);
        gmm_gradient_fit(w, &m,
            &(gmm_fit_options){ .restarts = 1, .steps = 12, .threads = i ? 3 : 0 }, out[i], &r);
        assert_ok(w);
    }
    assert_same_bits(out[0]->weights, out[1]->weights, K);
    assert_same_bits(out[0]->loc, out[1]->loc, K * D);
    assert_same_bits(out[0]->scale, out[1]->scale, K * D * D);
    gmm_mixture_free(out[0]);
    gmm_mixture_free(out[1]);
    free(many);
}
END_TEST

/* The likelihood has no maximum where a component sits on one row: said, with numbers that are. */
START_TEST(a_collapse_is_told)
{
    gmm m = data_of(GMM_DIAGONAL, 30);
    gmm_mixture *start = some_mixture(w, K, D, m.covariance), *out = gmm_mixture_copy(w, start);
    double loc[D], variance[D];
    gmm_fit_result r;

    memcpy(start->loc, x, D * sizeof *x);
    for (size_t j = 0; j < D; j++)
        start->scale[j] = 0.01;
    ck_assert(gmm_gradient_fit(w, &m, &(gmm_fit_options){ .given = start }, out, &r));
    ck_assert(r.collapsed);
    ck_assert_uint_eq(r.degenerate, 1);
    ck_assert(!r.converged);
    ck_assert_str_eq(r.verdict, "a component collapsed");
    ck_assert(gmm_columns(w, &m, loc, variance));
    for (size_t j = 0; j < D; j++) /* at a thousandth of the column's */
        assert_close(out->scale[j], 1e-3 * sqrt(variance[j]), 1e-12);
    assert_close(r.log_likelihood, plain_log_likelihood(out, &m), 1e-9);
    gmm_mixture_free(start);
    gmm_mixture_free(out);
}
END_TEST

static bool stop_soon(size_t start, uint64_t step, double loss, void *arg)
{
    uint64_t *last = arg;

    ck_assert(isfinite(loss));
    last[start] = step;
    return step < 3;
}

START_TEST(a_callback_sees_each_step_and_may_end_a_start)
{
    const gmm m = data_of(GMM_FULL, N);
    gmm_mixture *out = gmm_mixture_new(w, K, D, GMM_FULL);
    uint64_t last[2] = { 0, 0 };
    gmm_fit_result r;

    ck_assert(gmm_gradient_fit(w, &m,
        &(gmm_fit_options){ .restarts = 2, .callback = stop_soon, .callback_arg = last }, out, &r));
    ck_assert_uint_eq(last[0], 3);
    ck_assert_uint_eq(last[1], 3);
    ck_assert(!r.converged);
    ck_assert_uint_eq(wick_param_count(w), 0); /* the handle's own parameters are left alone */
    gmm_mixture_free(out);
}
END_TEST

/* --- minibatches ----------------------------------------------------------------------------- */

START_TEST(the_mean_over_all_minibatches_is_the_loss)
{
    gmm m = data_of((gmm_covariance)_i, 6);
    gmm_mixture *at = some_mixture(w, K, D, m.covariance);
    size_t pair[2];
    double mean = 0;

    ck_assert(gmm_set(w, &m, at));
    m.batch = 2;
    m.indices = pair;
    for (pair[0] = 0; pair[0] < 6; pair[0]++)
        for (pair[1] = pair[0] + 1; pair[1] < 6; pair[1]++)
            mean += loss_at(&m, false) / 15;
    assert_ok(w);
    assert_close(mean, -plain_log_likelihood(at, &m), 1e-12);
    gmm_mixture_free(at);
}
END_TEST

/* Of groups of rows each gives its share: 4000 draws, z below 4. */
START_TEST(minibatches_of_incomplete_rows_with_weights_are_unbiased)
{
    gmm m = kind_of_data(_i, 40);
    gmm_mixture *at = some_mixture(w, K, D, m.covariance);
    double mean = 0, squares = 0;

    ck_assert(gmm_set(w, &m, at));
    m.batch = 10;
    for (int i = 1; i <= 4000; i++) {
        wick_set_seed(w, (uint64_t)i);
        const double loss = loss_at(&m, false), off = loss - mean;
        mean += off / i;
        squares += off * (loss - mean);
    }
    assert_ok(w);
    const double se = sqrt(squares / 4000 / 3999), want = -plain_log_likelihood(at, &m);
    ck_assert_double_gt(se, 0.0);
    ck_assert_msg(fabs(mean - want) < 4 * se, "%g, want %g, se %g", mean, want, se);
    gmm_mixture_free(at);
}
END_TEST

START_TEST(warm_compiled_steps_allocate_nothing)
{
    const gmm m = kind_of_data(_i, N);
    memory counted = { 0 };
    const wick_options options = memory_options(&counted, 3);
    wick *own = wick_new(&options);
    wick_svi *svi = wick_svi_new(own, gmm_model(&m), gmm_guide(),
        &(wick_svi_options){
            .loss = wick_trace_enum_elbo, .optim = wick_adam(.lr = 0.01), .compile = true });

    for (int i = 0; i < 40; i++)
        wick_svi_step(svi);
    assert_ok(own);
    const size_t calls = counted.calls;
    for (int i = 0; i < 20; i++)
        wick_svi_step(svi);
    assert_ok(own);
    ck_assert_uint_eq(counted.calls, calls);
    wick_svi_free(svi);
    wick_free(own);
    ck_assert_uint_eq(counted.blocks, 0);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

static void fails(const gmm *m, wick_code code, const char *words)
{
    wick_reset(w);
    wick_call(w, gmm_model(m));
    assert_error(w, code, words);
}

START_TEST(a_struct_that_does_not_hold_is_refused)
{
    gmm m = data_of(GMM_FULL, N);
    const size_t indices[] = { 0, 1 };

    fails(NULL, WICK_ERR_ARGUMENT,
        "gmm_model: need components, dimensions and n rows of data x, each at least 1, and a form "
        "of covariance");
    m.x = NULL;
    fails(&m, WICK_ERR_ARGUMENT, "gmm_model: need components, dimensions and n rows of data x");
    m = data_of((gmm_covariance)4, N);
    fails(&m, WICK_ERR_ARGUMENT, "and a form of covariance");
    m = data_of(GMM_FULL, N);
    m.batch = N + 1;
    fails(&m, WICK_ERR_ARGUMENT, "gmm_model: a batch of 211 rows, there are 210");
    m.batch = 0;
    m.indices = indices;
    fails(&m, WICK_ERR_ARGUMENT, "gmm_model: indices without a batch");
    m.batch = 2;
    x[5] = NAN;
    fails(&m, WICK_ERR_ARGUMENT, "gmm_model: indices of a minibatch need rows that were seen as a");
    m = data_of(GMM_FULL, N);
    x[5] = INFINITY;
    fails(&m, WICK_ERR_ARGUMENT, "gmm_model: x in row 1, column 2 (from 0) is inf");
}
END_TEST

START_TEST(a_mixture_of_other_sizes_is_refused)
{
    const gmm m = data_of(GMM_FULL, N),
              other = { .components = 2, .dimensions = D, .covariance = GMM_FULL, .n = N, .x = x };
    gmm_mixture *at = some_mixture(w, K, D, GMM_TIED), *two = some_mixture(w, 2, D, GMM_FULL);
    gmm_mixture *out = gmm_mixture_new(w, K, D, GMM_FULL);

    ck_assert(!gmm_set(w, &m, at));
    assert_error(w, WICK_ERR_SHAPE,
        "gmm_set: the mixture has 3 components, 3 dimensions, tied covariance, need 3, 3, full");
    ck_assert(!gmm_get(w, &m, two));
    assert_error(w, WICK_ERR_SHAPE, "gmm_get: the mixture has 2 components");
    ck_assert(!gmm_get(w, &m, out));
    assert_error(w, WICK_ERR_NAME, "weights");
    ck_assert(gmm_set(w, &other, two));
    fails(&m, WICK_ERR_SHAPE, "weights");
    two->scale[0] = -1.0;
    ck_assert(!gmm_set(w, &other, two));
    assert_error(w, WICK_ERR_DOMAIN, "gmm_set");
    gmm_mixture_free(at);
    gmm_mixture_free(two);
    gmm_mixture_free(out);
}
END_TEST

START_TEST(options_of_a_fit_that_do_not_hold_are_refused)
{
    const gmm m = data_of(GMM_FULL, N);
    gmm_mixture *out = gmm_mixture_new(w, K, D, GMM_FULL), *tied = some_mixture(w, K, D, GMM_TIED);
    gmm_mixture *given = some_mixture(w, K, D, GMM_FULL);
    gmm_fit_result r;
    const struct {
        gmm_fit_options options;
        wick_code code;
        const char *words;
    } cases[] = {
        { { .gradient_tolerance = -1 }, WICK_ERR_ARGUMENT,
            "gmm_gradient_fit: gradient_tolerance is -1, need a number of at least 0" },
        { { .draws = 10 }, WICK_ERR_ARGUMENT, "gmm_gradient_fit: 10 draws, need 25 at least" },
        { { .given = given, .restarts = 2 }, WICK_ERR_ARGUMENT,
            "gmm_gradient_fit: 2 restarts from the one mixture given, need 0 or 1" },
        { { .given = tied }, WICK_ERR_SHAPE, "gmm_gradient_fit: the mixture has 3" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(!gmm_gradient_fit(w, &m, &cases[i].options, out, &r));
        ck_assert(isnan(r.log_likelihood));
        assert_error(w, cases[i].code, cases[i].words);
    }
    ck_assert(!gmm_gradient_fit(w, &m, NULL, tied, &r));
    assert_error(
        w, WICK_ERR_SHAPE, "gmm_gradient_fit: the mixture has 3 components, 3 dimensions, tied");
    ck_assert(!gmm_gradient_fit(w, &m, NULL, NULL, &r));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_gradient_fit: got no mixture");
    given->weights[0] = NAN;
    ck_assert(!gmm_gradient_fit(w, &m, &(gmm_fit_options){ .given = given }, out, &r));
    assert_error(w, WICK_ERR_DOMAIN, "gmm_gradient_fit: the weight of component 0 is nan");
    x[D] = 1e200;
    ck_assert(!gmm_gradient_fit(w, &m, NULL, out, &r));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_gradient_fit: x in row 1, column 0");
    gmm_mixture_free(out);
    gmm_mixture_free(tied);
    gmm_mixture_free(given);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, the_loss_is_minus_the_log_likelihood, 0, 16);
    tcase_add_loop_test(all, the_gradient_is_that_of_differences, 0, 16);
    tcase_add_loop_test(all, a_mixture_goes_to_the_store_and_back, 0, 4);
    tcase_add_test(all, a_component_without_weight_keeps_one_that_a_parameter_can_hold);
    tcase_add_loop_test(all, parameters_start_at_rows_of_the_data_by_the_seed, 0, 4);
    tcase_add_loop_test(all, em_gradients_and_map_without_a_prior_agree, 0, 16);
    tcase_add_loop_test(all, columns_may_have_any_units, 0, 4);
    tcase_add_test(all, threads_change_no_bits);
    tcase_add_test(all, a_collapse_is_told);
    tcase_add_test(all, a_callback_sees_each_step_and_may_end_a_start);
    tcase_add_loop_test(all, the_mean_over_all_minibatches_is_the_loss, 0, 4);
    tcase_add_loop_test(all, minibatches_of_incomplete_rows_with_weights_are_unbiased, 12, 14);
    tcase_add_loop_test(all, warm_compiled_steps_allocate_nothing, 0, 16);
    tcase_add_test(all, a_struct_that_does_not_hold_is_refused);
    tcase_add_test(all, a_mixture_of_other_sizes_is_refused);
    tcase_add_test(all, options_of_a_fit_that_do_not_hold_are_refused);
    return run_suite(suite);
}
