/* The Bayesian mixture: where it arrives, what is known of its posterior, mistakes. */
#include "models/bayes_gmm.h"

#include "tests/support/fit.h"

enum { K = 3, D = 2, CLUSTER = 400, N = K * CLUSTER };

static wick *w;
static double x[N * D];

/* The clusters of ProbFlow's example, in the order of their first coordinate. */
static const double CENTRES[K * D] = { -2, -4, -1.5, 4, 2, 0 };

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20200614 });
    ck_assert_ptr_nonnull(w);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < D; j++)
            x[i * D + j] = CENTRES[i / CLUSTER * D + j] + wick_draw_normal(w);
}

static void teardown(void)
{
    wick_free(w);
}

static bayes_gmm mixture(size_t batch)
{
    return (bayes_gmm){ .components = K, .dimensions = D, .n = N, .x = x, .batch = batch };
}

static void fit(const bayes_gmm *m, uint64_t steps)
{
    wick_svi *svi = wick_svi_new(w, bayes_gmm_model(m), bayes_gmm_guide(m),
        &(wick_svi_options){
            .loss = wick_trace_mean_field_elbo, .optim = wick_adam(.lr = 0.03), .compile = true });

    wick_svi_run(svi,
        &(wick_svi_run_options){
            .steps = steps, .rule = WICK_RULE_NONE, .keep = WICK_KEEP_AVERAGE });
    assert_ok(w);
    wick_svi_free(svi);
    bayes_gmm_sort(w, m);
}

/* --- a fit ----------------------------------------------------------------------------------- */

/*
 * The clusters hardly overlap, so that the posterior is near that of known assignments: weights
 * dirichlet(1 + n_k), locs with standard deviation sd / sqrt(n_k), scales with sd / sqrt(2 n_k).
 */
START_TEST(the_posterior_is_that_of_known_clusters)
{
    double weight[K], weight_sd[K], loc[K * D], loc_sd[K * D], scale[K * D], scale_sd[K * D];
    const bayes_gmm m = mixture(_i ? 300 : 0);
    const bayes_gmm_posterior p = { weight, weight_sd, loc, loc_sd, scale, scale_sd };

    fit(&m, _i ? 1200 : 600);
    ck_assert(bayes_gmm_get(w, &m, &p));
    for (size_t k = 0; k < K; k++) {
        ck_assert_double_eq_tol(weight[k], 1.0 / 3, 0.03);
        ck_assert_double_eq_tol(weight_sd[k], sqrt(2.0 / 9 / N), 0.003);
    }
    for (size_t i = 0; i < K * D; i++) {
        double mean = 0, squares = 0;
        for (size_t r = 0; r < CLUSTER; r++) {
            const double value = x[(i / D * CLUSTER + r) * D + i % D];
            mean += value / CLUSTER;
            squares += value * value / CLUSTER;
        }
        const double sd = sqrt(squares - mean * mean);
        ck_assert_double_eq_tol(loc[i], mean, 0.05);
        ck_assert_double_eq_tol(scale[i], sd, 0.05);
        ck_assert_double_eq_tol(loc_sd[i], sd / sqrt(CLUSTER), 0.012);
        ck_assert_double_eq_tol(scale_sd[i], sd / sqrt(2.0 * CLUSTER), 0.012);
    }
}
END_TEST

/* --- what is known in closed form ------------------------------------------------------------ */

static void set_guide(const bayes_gmm *m, const double *weight, const double *loc, const double *sd,
    const double *a, const double *rate)
{
    wick_reset(w);
    wick_call(w, bayes_gmm_guide(m));
    assert_ok(w);
    wick_param_set(w, "weights.concentration", weight, 2);
    wick_param_set(w, "loc.loc", loc, 4);
    wick_param_set(w, "loc.scale", sd, 4);
    wick_param_set(w, "precision.concentration", a, 4);
    wick_param_set(w, "precision.rate", rate, 4);
    assert_ok(w);
}

static const double WEIGHT[] = { 3.25, 1.75 }, LOC[] = { 1.5, -0.25, -2.75, 0.5 },
                    SD[] = { 0.3, 0.2, 0.4, 0.7 }, A[] = { 5.5, 3.0, 9.25, 2.0 },
                    RATE[] = { 2.5, 1.25, 7.0, 3.5 };

/* E sigma by the trapezoidal rule over log precision. */
static double scale_moment(double a, double rate, double power)
{
    const double h = 1e-3;
    double sum = 0;

    for (double u = -30; u < 10; u += h)
        sum += exp(a * u - rate * exp(u) + a * log(rate) - lgamma(a) - 0.5 * power * u) * h;
    return sum;
}

START_TEST(moments_of_the_posterior_are_those_of_its_distributions)
{
    const bayes_gmm m = { .components = 2, .dimensions = 2, .n = N, .x = x };
    double weight[2], weight_sd[2], scale[4], scale_sd[4], loc[4];
    const bayes_gmm_posterior p = { .weight_mean = weight,
        .weight_sd = weight_sd,
        .loc_mean = loc,
        .scale_mean = scale,
        .scale_sd = scale_sd };

    set_guide(&m, WEIGHT, LOC, SD, A, RATE);
    ck_assert(bayes_gmm_get(w, &m, &p));
    ck_assert_double_eq_tol(weight[0], 0.65, 1e-12);
    ck_assert_double_eq_tol(weight_sd[1], sqrt(0.65 * 0.35 / 6), 1e-12);
    for (int i = 0; i < 4; i++) {
        const double mean = scale_moment(A[i], RATE[i], 1), square = scale_moment(A[i], RATE[i], 2);
        ck_assert_double_eq_tol(loc[i], LOC[i], 1e-12);
        ck_assert_double_eq_tol(scale[i], mean, 1e-9);
        ck_assert_double_eq_tol(scale_sd[i], sqrt(square - mean * mean), 1e-8);
    }
}
END_TEST

START_TEST(the_density_is_that_of_the_mixture_at_posterior_means)
{
    const bayes_gmm m = { .components = 2, .dimensions = 2, .n = N, .x = x };
    const double points[] = { 0.25, -1.5, -2.0, 0.75, 1.25, 0.0 };
    double got[3];

    set_guide(&m, WEIGHT, LOC, SD, A, RATE);
    ck_assert(bayes_gmm_density(w, &m, 3, points, got));
    for (int i = 0; i < 3; i++) {
        double want = 0;
        for (int k = 0; k < 2; k++) {
            double density = WEIGHT[k] / 5;
            for (int j = 0; j < 2; j++) {
                const double precision = A[2 * k + j] / RATE[2 * k + j];
                const double off = points[2 * i + j] - LOC[2 * k + j];
                density *= sqrt(precision / (2 * acos(-1))) * exp(-0.5 * precision * off * off);
            }
            want += density;
        }
        ck_assert_double_eq_tol(got[i], want, 1e-13);
    }
}
END_TEST

/* Sorting renames the components: everything about them moves together. */
START_TEST(sorting_moves_whole_components)
{
    const bayes_gmm m = { .components = 2, .dimensions = 2, .n = N, .x = x };
    const double points[] = { 0.25, -1.5 };
    double before, after, loc[4], a[4];

    set_guide(&m, WEIGHT, LOC, SD, A, RATE);
    bayes_gmm_density(w, &m, 1, points, &before);
    bayes_gmm_sort(w, &m);
    bayes_gmm_density(w, &m, 1, points, &after);
    wick_param_get(w, "loc.loc", loc, 4);
    wick_param_get(w, "precision.concentration", a, 4);
    assert_ok(w);
    ck_assert_double_eq_tol(before, after, 1e-14);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(loc[i], LOC[(i + 2) % 4], 1e-12);
        ck_assert_double_eq_tol(a[i], A[(i + 2) % 4], 1e-12);
    }
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

START_TEST(a_struct_that_is_not_complete_is_refused)
{
    const bayes_gmm none = { .components = K, .dimensions = D, .n = N };
    bayes_gmm other = mixture(0);

    wick_call(w, bayes_gmm_model(&none));
    assert_error(w, WICK_ERR_ARGUMENT, "bayes_gmm: need components, dimensions and n rows");
    wick_call(w, bayes_gmm_guide(&none));
    assert_error(w, WICK_ERR_ARGUMENT, "bayes_gmm: need components, dimensions and n rows");
    ck_assert(!bayes_gmm_get(w, &other, &(bayes_gmm_posterior){ .loc_mean = NULL }));
    assert_error(w, WICK_ERR_NAME, "weights.concentration");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bayes_gmm");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, the_posterior_is_that_of_known_clusters, 0, 2);
    tcase_add_test(all, moments_of_the_posterior_are_those_of_its_distributions);
    tcase_add_test(all, the_density_is_that_of_the_mixture_at_posterior_means);
    tcase_add_test(all, sorting_moves_whole_components);
    tcase_add_test(all, a_struct_that_is_not_complete_is_refused);
    return run_suite(suite);
}
