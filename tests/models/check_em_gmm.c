/* The document's mixture (examples/em_gmm): EM as its text has it, and as its code does it. */
#include "examples/em_gmm.h"

#include "models/gmm_em.h"
#include "models/gmm_fit.h"
#include "models/gmm_predict.h"
#include "models/gmm_summary.h"
#include "tests/support/suite.h"

enum { MOST = 100, STEPS = 6 };

static const double LOG_2PI = 1.8378770664093454836;

static wick *w;
static double x[N * D];
static const gmm data = {
    .components = K, .dimensions = D, .covariance = GMM_DIAGONAL, .n = N, .x = x
};

static void setup(void)
{
    w = wick_new(NULL);
    em_gmm_data(w, x);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- an iteration in plain loops --------------------------------------------------------------- */

static double log_component(const struct state *s, size_t k, const double *row)
{
    double sum = 0.0;

    for (size_t j = 0; j < D; j++)
        sum += log_normal(row[j], s->loc[k * D + j], s->scale[k * D + j]);
    return sum;
}

/* log sum_k prior_k exp(terms_k), and each part of it. */
static double share(const double *prior, const double *terms, double *parts)
{
    double top = terms[0], sum = 0.0;

    for (size_t k = 1; k < K; k++)
        top = fmax(top, terms[k]);
    for (size_t k = 0; k < K; k++)
        sum += parts[k] = prior[k] * exp(terms[k] - top);
    for (size_t k = 0; k < K; k++)
        parts[k] /= sum;
    return top + log(sum);
}

/* Log-likelihood and cost of a state, and what each component has of each point; as published without
 * the prior. */
static void expect(bool published, struct state *s, double *parts)
{
    static const double EQUAL[K] = { 1.0, 1.0, 1.0 };
    double terms[K];

    s->log_likelihood = s->cost = 0.0;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < K; k++)
            s->cost += (terms[k] = log_component(s, k, x + i * D)) / (N * K);
        s->log_likelihood += share(s->weights, terms, parts + i * K);
        share(published ? EQUAL : s->weights, terms, parts + i * K);
    }
}

/* As published with counts that are larger by 1e-6. */
static void maximise(bool published, const double *parts, struct state *next)
{
    double count[K] = { 0.0 }, sum[K * D] = { 0.0 }, squares[K * D] = { 0.0 };

    for (size_t i = 0; i < N * K; i++)
        count[i % K] += parts[i];
    for (size_t k = 0; k < K; k++)
        next->weights[k] = count[k] / N;
    for (size_t k = 0; k < K * D; k++) {
        const double n = count[k / D] + (published ? 1e-6 : 0.0);
        for (size_t i = 0; i < N; i++)
            sum[k] += parts[i * K + k / D] * x[i * D + k % D];
        next->loc[k] = sum[k] / n;
        for (size_t i = 0; i < N; i++)
            squares[k] += parts[i * K + k / D] * pow(x[i * D + k % D] - next->loc[k], 2.0);
        next->scale[k] = sqrt(squares[k] / n);
    }
}

static void assert_state(const struct state *got, const struct state *want)
{
    assert_close(got->log_likelihood, want->log_likelihood, 1e-12);
    for (size_t k = 0; k < K; k++)
        assert_close(got->weights[k], want->weights[k], 1e-10);
    for (size_t k = 0; k < K * D; k++) {
        assert_close(got->loc[k], want->loc[k], 1e-9);
        assert_close(got->scale[k], want->scale[k], 1e-9);
    }
}

/* _i: the text's, or the code's. */
START_TEST(iterations_are_those_of_plain_loops)
{
    const bool published = _i == 1;
    static double parts[N * K];
    struct state got[MOST + 1], want, next;
    struct run run = { .states = got };

    em_gmm_begin(w, &data, 5, &got[0]);
    next = got[0];
    if (published)
        ck_assert(em_gmm_published(w, &data, MOST, &run));
    else
        em_gmm_textbook(w, &data, MOST, &run);
    assert_ok(w);
    ck_assert(run.converged && run.iterations >= STEPS);
    for (size_t i = 0; i < STEPS; i++) {
        want = next;
        expect(published, &want, parts);
        maximise(published, parts, &next);
        assert_state(&got[i], &want);
        if (published)
            assert_close(got[i].cost, want.cost, 1e-10);
    }
}
END_TEST

/* --- EM as the text has it --------------------------------------------------------------------- */

static double fit(uint64_t seed, struct run *run)
{
    em_gmm_begin(w, &data, seed, &run->states[0]);
    em_gmm_textbook(w, &data, MOST, run);
    assert_ok(w);
    return run->states[run->iterations].log_likelihood;
}

START_TEST(the_log_likelihood_rises_in_each_iteration_of_each_start)
{
    struct state states[MOST + 1];
    struct run run = { .states = states };

    for (uint64_t seed = 1; seed <= 20; seed++) {
        fit(seed, &run);
        ck_assert_uint_gt(run.iterations, 4);
        for (size_t i = 0; i < run.iterations; i++)
            ck_assert_double_gt(states[i + 1].log_likelihood, states[i].log_likelihood - 1e-8);
    }
}
END_TEST

/* Standard errors of means and variances are at most 0.05 and 0.08. */
START_TEST(the_best_start_finds_the_clusters)
{
    struct state states[MOST + 1], best = { .log_likelihood = -INFINITY }, truth = EM_GMM_TRUTH;
    struct run run = { .states = states };
    size_t order[K];

    for (uint64_t seed = 1; seed <= 5; seed++)
        if (fit(seed, &run) > best.log_likelihood)
            best = states[run.iterations];
    gmm_mixture mixture = em_gmm_view(&best), reference = em_gmm_view(&truth);
    ck_assert(isfinite(gmm_match(w, &mixture, &reference, order)));
    ck_assert(gmm_reorder(w, &mixture, order));
    for (size_t k = 0; k < K; k++)
        assert_close(best.weights[k], truth.weights[k], 0.02);
    for (size_t k = 0; k < K * D; k++) {
        assert_close(best.loc[k], truth.loc[k], 0.1);
        assert_close(best.scale[k] * best.scale[k], truth.scale[k] * truth.scale[k], 0.1);
    }
    ck_assert_double_gt(best.log_likelihood, gmm_evaluate(w, &reference, &data).log_likelihood);
}
END_TEST

/* Two means in one cluster, the third between the others: a maximum, but not the highest. */
START_TEST(a_start_with_two_means_in_a_cluster_stays_there)
{
    struct state states[MOST + 1] = { { .weights = { 1.0 / 3, 1.0 / 3, 1.0 / 3 },
        .loc = { 6.2, 1.8, 7.3, 7.4, 7.8, 7.7 },
        .scale = { 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 } } };
    struct run run = { .states = states };

    em_gmm_textbook(w, &data, MOST, &run);
    assert_ok(w);
    const struct state *end = &states[run.iterations];
    ck_assert_double_lt(end->log_likelihood, -8000.0);
    assert_close(end->weights[0], 0.75, 0.01); /* both others */
    assert_close(end->weights[1] + end->weights[2], 0.25, 0.01);
}
END_TEST

START_TEST(gradients_reach_the_same_maximum)
{
    struct state start, by_gradient;
    gmm_mixture given = em_gmm_view(&start), out = em_gmm_view(&by_gradient);
    gmm_fit_result gradient;

    em_gmm_begin(w, &data, 3, &start);
    ck_assert(gmm_gradient_fit(w, &data, &(gmm_fit_options){ .given = &given }, &out, &gradient));
    const gmm_em_result em = gmm_em_fit(w, &data,
        &(gmm_em_options){ .start = GMM_START_GIVEN, .given = &given, .tolerance = 1e-15 }, &given);
    assert_ok(w);
    ck_assert(em.converged && gradient.converged);
    ck_assert_double_eq_tol(gradient.log_likelihood, em.log_likelihood, 1e-8);
}
END_TEST

/* 0, 1, 10, 11, 12 with means 0 and 10: squares 0, 1, 0, 1, 4 at first; then means 1/2 and 11, squares
 * 1/2 and 2, weights 2/5 and 3/5. What is shared across the gap is below 1e-17. */
START_TEST(five_points_are_as_worked_out_by_hand)
{
    const double first = -3.0 - 5.0 * (log(2.0) + LOG_2PI / 2);
    const double then =
        2.0 * log(0.4) + 3.0 * log(0.6) - 2.5 * (LOG_2PI + 1.0) - log(0.25) - 1.5 * log(2.0 / 3.0);

    for (size_t i = 0; i < 4; i++) {
        gmm_mixture *out = gmm_mixture_new(w, 2, 1, GMM_DIAGONAL);
        assert_close(em_gmm_by_hand(w, i, out), i == 0 ? first : then, 1e-9);
        assert_close(out->loc[0], i == 0 ? 0.0 : 0.5, 1e-9);
        assert_close(out->loc[1], i == 0 ? 10.0 : 11.0, 1e-9);
        assert_close(out->weights[0], i == 0 ? 0.5 : 0.4, 1e-9);
        assert_close(out->scale[0] * out->scale[0], i == 0 ? 1.0 : 0.25, 1e-9);
        assert_close(out->scale[1] * out->scale[1], i == 0 ? 1.0 : 2.0 / 3.0, 1e-9);
        gmm_mixture_free(out);
        assert_ok(w);
    }
}
END_TEST

/* --- the published code ------------------------------------------------------------------------ */

/* Four points at 10, two at 20 and one at 30 in each column: the counts are larger by 1e-6 than they
 * should be, and the variances, of less than 1e-12, are put to 1e-6. */
START_TEST(as_published_counts_are_larger_and_variances_are_at_least_a_millionth)
{
    static const double PLACES[] = { 10, 10, 10, 10, 20, 20, 30 }, COUNTS[K] = { 4, 2, 1 };
    double points[7 * D];
    gmm few = data;
    struct state states[MOST + 1] = { { .weights = { 0.2, 0.3, 0.5 },
        .loc = { 9.0, 11.0, 21.0, 20.0, 30.0, 31.0 },
        .scale = { 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 } } };
    struct run run = { .states = states };

    for (size_t i = 0; i < 7 * D; i++)
        points[i] = PLACES[i / D];
    few.n = 7;
    few.x = points;
    ck_assert(em_gmm_published(w, &few, 1, &run));
    ck_assert(!run.converged && run.iterations == 1);
    for (size_t k = 0; k < K; k++) {
        assert_close(states[1].weights[k], COUNTS[k] / 7.0, 1e-12);
        for (size_t j = 0; j < D; j++) {
            assert_close(states[1].loc[k * D + j],
                10.0 * (double)(k + 1) * COUNTS[k] / (COUNTS[k] + 1e-6), 1e-11);
            assert_close(states[1].scale[k * D + j], 1e-3, 1e-12);
        }
    }
}
END_TEST

START_TEST(as_published_it_stops_by_a_cost_that_is_no_likelihood)
{
    struct state states[MOST + 1];
    struct run run = { .states = states };
    bool fell = false;

    em_gmm_begin(w, &data, 5, &states[0]);
    ck_assert(em_gmm_published(w, &data, MOST, &run));
    ck_assert(run.converged && run.iterations < MOST);
    for (size_t i = 0; i < run.iterations; i++) {
        const double change = fabs(states[i + 1].cost - states[i].cost);
        ck_assert(i + 1 < run.iterations ? change >= 1e-5 : change < 1e-5);
        fell |= states[i + 1].cost < states[i].cost;
    }
    ck_assert(fell);
    ck_assert(em_gmm_published(w, &data, 3, &run));
    ck_assert(!run.converged && run.iterations == 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("em_gmm");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, iterations_are_those_of_plain_loops, 0, 2);
    tcase_add_test(all, the_log_likelihood_rises_in_each_iteration_of_each_start);
    tcase_add_test(all, the_best_start_finds_the_clusters);
    tcase_add_test(all, a_start_with_two_means_in_a_cluster_stays_there);
    tcase_add_test(all, gradients_reach_the_same_maximum);
    tcase_add_test(all, five_points_are_as_worked_out_by_hand);
    tcase_add_test(all, as_published_counts_are_larger_and_variances_are_at_least_a_millionth);
    tcase_add_test(all, as_published_it_stops_by_a_cost_that_is_no_likelihood);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
