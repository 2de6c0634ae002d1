/* Components in order, their divergences, and matched to a reference. */
#include "models/gmm_summary.h"

#include <math.h>

#include "models/gmm_predict.h"
#include "tests/data/gmm_predict.h"
#include "tests/support/gmm_mixture.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1946 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

enum { K = PREDICT_K, D = PREDICT_D };

static const double *const SCALES[] = { PREDICT_FULL_SCALE, PREDICT_TIED_SCALE,
    PREDICT_DIAGONAL_SCALE, PREDICT_SPHERICAL_SCALE };
static const double *const DIVERGENCES[] = { PREDICT_FULL_DIVERGENCE, PREDICT_TIED_DIVERGENCE,
    PREDICT_DIAGONAL_DIVERGENCE, PREDICT_SPHERICAL_DIVERGENCE };

static gmm_mixture *predict_mixture(int form)
{
    return gmm_mixture_of(
        w, K, D, (gmm_covariance)form, PREDICT_WEIGHTS, PREDICT_LOC, SCALES[form]);
}

/* --- order ------------------------------------------------------------------------------------ */

START_TEST(the_first_loc_decides_then_the_next_then_the_weight)
{
    const double weights[] = { 0.1, 0.2, 0.15, 0.3, 0.25 },
                 loc[] = { 2.5, 7, -1.5, 4, 2.5, -3, -1.5, 4, 2.5, 7 }, scale[] = { 1, 2, 3, 4, 5 };
    gmm_mixture *m = gmm_mixture_of(w, 5, 2, GMM_SPHERICAL, weights, loc, scale);
    size_t order[5];

    gmm_order(m, order);
    ck_assert_mem_eq(order, ((size_t[]){ 3, 1, 2, 4, 0 }), sizeof order);
    ck_assert(gmm_sort(w, m));
    ck_assert_mem_eq(m->weights, ((double[]){ 0.3, 0.2, 0.15, 0.25, 0.1 }), sizeof weights);
    ck_assert_mem_eq(m->scale, ((double[]){ 4, 2, 3, 5, 1 }), sizeof scale);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(components_that_are_equal_stay_as_they_were)
{
    const double weights[] = { 0.25, 0.25, 0.25, 0.25 }, loc[] = { 1.5, 1.5, -1.5, 1.5 },
                 scale[] = { 1, 2, 3, 4 };
    gmm_mixture *m = gmm_mixture_of(w, 4, 1, GMM_DIAGONAL, weights, loc, scale);
    size_t order[4];

    gmm_order(m, order);
    ck_assert_mem_eq(order, ((size_t[]){ 2, 0, 1, 3 }), sizeof order);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(components_move_as_a_whole)
{
    gmm_mixture *m = predict_mixture(_i), *old = gmm_mixture_copy(w, m);
    const size_t order[] = { 2, 0, 1 };
    double before[PREDICT_N], after[PREDICT_N], a[D * D], b[D * D];

    gmm_predict(w, m, PREDICT_N, PREDICT_X, &(gmm_prediction){ .log_density = before });
    ck_assert(gmm_reorder(w, m, order));
    gmm_predict(w, m, PREDICT_N, PREDICT_X, &(gmm_prediction){ .log_density = after });
    assert_ok(w);
    for (size_t i = 0; i < PREDICT_N; i++)
        assert_close(after[i], before[i], 1e-14);
    for (size_t k = 0; k < K; k++) {
        gmm_mixture_covariance(m, k, a);
        gmm_mixture_covariance(old, order[k], b);
        assert_same_bits(a, b, D * D);
        assert_same_bits(m->loc + k * D, old->loc + order[k] * D, D);
        ck_assert_double_eq(m->weights[k], old->weights[order[k]]);
    }
    gmm_mixture_free(m);
    gmm_mixture_free(old);
}
END_TEST

START_TEST(an_order_that_is_no_permutation_is_refused)
{
    gmm_mixture *m = predict_mixture(0);

    ck_assert(!gmm_reorder(w, m, (size_t[]){ 0, 2, 2 }));
    assert_error(
        w, WICK_ERR_ARGUMENT, "gmm_reorder: number 2 of the order is 2, need each of 0 to 2 once");
    ck_assert(!gmm_reorder(w, m, (size_t[]){ 0, 3, 1 }));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_reorder: number 1 of the order is 3");
    ck_assert_mem_eq(m->weights, PREDICT_WEIGHTS, sizeof PREDICT_WEIGHTS);
    gmm_mixture_free(m);
}
END_TEST

/* --- divergence ------------------------------------------------------------------------------- */

START_TEST(divergences_are_those_of_numpy)
{
    gmm_mixture *m = predict_mixture(_i);
    double all[K * K];

    ck_assert(gmm_divergences(w, m, m, all));
    for (size_t i = 0; i < K * K; i++) {
        assert_close(all[i], DIVERGENCES[_i][i], 1e-11);
        ck_assert_double_eq(gmm_divergence(w, m, i / K, m, i % K), all[i]);
        ck_assert_double_ge(all[i], 0.0);
        if (i / K == i % K)
            ck_assert_double_le(all[i], 1e-14);
    }
    assert_ok(w);
    gmm_mixture_free(m);
}
END_TEST

/* A diagonal covariance as a matrix is the same; so are columns in other units. */
START_TEST(neither_form_nor_units_matter)
{
    gmm_mixture *diagonal = predict_mixture(GMM_DIAGONAL),
                *full = gmm_mixture_new(w, K, D, GMM_FULL);
    static const double UNIT[] = { 1000.0, 0.25, 3.5 };

    memcpy(full->loc, diagonal->loc, K * D * sizeof(double));
    for (size_t k = 0; k < K; k++)
        gmm_mixture_scale_tril(diagonal, k, full->scale + k * D * D);
    const double want = gmm_divergence(w, diagonal, 0, diagonal, 2);
    assert_close(gmm_divergence(w, full, 0, full, 2), want, 1e-13);
    assert_close(gmm_divergence(w, diagonal, 0, full, 2), want, 1e-13);
    for (size_t i = 0; i < K * D; i++) {
        diagonal->loc[i] *= UNIT[i % D];
        diagonal->scale[i] *= UNIT[i % D];
    }
    assert_close(gmm_divergence(w, diagonal, 0, diagonal, 2), want, 1e-13);
    gmm_mixture_free(diagonal);
    gmm_mixture_free(full);
}
END_TEST

START_TEST(divergences_overflow_to_infinity)
{
    const double weights[] = { 0.5, 0.5 }, loc[] = { 1e200, -1e200 }, scale[] = { 1e-150, 1.0 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 1, (gmm_covariance)_i, weights, loc, scale);

    if (_i != GMM_TIED)
        ck_assert_double_eq(gmm_divergence(w, m, 0, m, 1), INFINITY);
    ck_assert_double_eq(gmm_divergence(w, m, 1, m, 1), 0.0);
    gmm_mixture_free(m);
}
END_TEST

/* inf - inf on the way */
START_TEST(differences_that_overflow_are_infinite)
{
    const double weights[] = { 0.5, 0.5 }, loc[] = { 1.5e308, 1.5e308, -1.5e308, -1.5e308 },
                 scale[] = { 1, 0, 1, 1 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 2, GMM_TIED, weights, loc, scale);

    ck_assert_double_eq(gmm_divergence(w, m, 0, m, 1), INFINITY);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(components_that_are_not_there_have_no_divergence)
{
    gmm_mixture *m = predict_mixture(0), *other = gmm_mixture_new(w, 2, 2, GMM_FULL);
    double all[K * K];

    ck_assert_double_nan(gmm_divergence(w, m, 1, m, 3));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_divergence: got component 1 of 3 and 3 of 3");
    ck_assert_double_nan(gmm_divergence(w, m, 1, other, 0));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_divergence: got mixtures of 3 and 2 columns");
    ck_assert(!gmm_divergences(w, NULL, m, all));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_divergence: got mixtures of 0 and 3 columns");
    gmm_mixture_free(m);
    gmm_mixture_free(other);
}
END_TEST

/* --- matching --------------------------------------------------------------------------------- */

enum { MANY = 6 };

/* Locs and scales at random. */
static gmm_mixture *random_mixture(size_t k, gmm_covariance covariance)
{
    gmm_mixture *m = gmm_mixture_new(w, k, 2, covariance);

    for (size_t i = 0; i < 2 * k; i++)
        m->loc[i] = 3.0 * wick_draw_normal(w);
    for (size_t i = 0; i < gmm_scale_size(k, 2, covariance); i++)
        m->scale[i] = covariance <= GMM_TIED && i % 4 == 1 ? 0.0 : 0.25 + wick_draw_uniform(w);
    return m;
}

/* The least sum over all ways to give components of the reference, from i on, others. */
static double least(
    size_t i, const gmm_mixture *reference, const gmm_mixture *m, const double *cost, bool *taken)
{
    double best = i == reference->components ? 0.0 : INFINITY;

    for (size_t k = 0; i < reference->components && k < m->components; k++)
        if (!taken[k]) {
            taken[k] = true;
            best =
                fmin(best, cost[i * m->components + k] + least(i + 1, reference, m, cost, taken));
            taken[k] = false;
        }
    return best;
}

START_TEST(the_match_is_the_best_of_all_permutations)
{
    for (size_t few = MANY - 2; few <= MANY; few++) {
        gmm_mixture *m = random_mixture(MANY, (gmm_covariance)_i),
                    *reference = random_mixture(few, GMM_FULL);
        double cost[MANY * MANY], sum = 0.0;
        size_t order[MANY];
        bool taken[MANY] = { false };

        const double got = gmm_match(w, m, reference, order);
        gmm_divergences(w, reference, m, cost);
        assert_ok(w);
        for (size_t i = 0; i < MANY; i++) {
            ck_assert(!taken[order[i]]);
            taken[order[i]] = true;
            sum += i < few ? cost[i * MANY + order[i]] : 0.0;
        }
        for (size_t i = few + 1; i < MANY; i++) /* the others as gmm_sort has them */
            ck_assert_double_le(m->loc[2 * order[i - 1]], m->loc[2 * order[i]]);
        memset(taken, 0, sizeof taken);
        assert_close(got, sum, 1e-13);
        assert_close(got, least(0, reference, m, cost, taken), 1e-10);
        gmm_mixture_free(m);
        gmm_mixture_free(reference);
    }
}
END_TEST

/* A shuffled copy, its numbers a little off, goes back to where it was. */
START_TEST(a_shuffled_mixture_is_put_back)
{
    gmm_mixture *reference = random_mixture(MANY, (gmm_covariance)_i),
                *m = gmm_mixture_copy(w, reference);
    size_t shuffle[MANY], order[MANY];

    for (size_t k = 0; k < MANY; k++)
        m->weights[k] = reference->weights[k] = (double)(k + 1) / 21.0;
    wick_draw_choice(w, MANY, MANY, shuffle);
    gmm_reorder(w, m, shuffle);
    for (size_t i = 0; i < 2 * MANY; i++)
        m->loc[i] += 0.01 * wick_draw_normal(w);
    gmm_match(w, m, reference, order);
    gmm_reorder(w, m, order);
    assert_ok(w);
    assert_same_bits(m->weights, reference->weights, MANY);
    gmm_mixture_free(m);
    gmm_mixture_free(reference);
}
END_TEST

/* Clusters around one point differ by their scales alone: distances of locs would not tell. */
START_TEST(concentric_components_are_matched_by_their_scales)
{
    const double weights[] = { 0.5, 0.5 }, loc[] = { 0.25, 0.75, 0.25, 0.75 },
                 wide[] = { 5.0, 0.5 }, narrow[] = { 0.625, 4.0 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 2, GMM_SPHERICAL, weights, loc, wide),
                *reference = gmm_mixture_of(w, 2, 2, GMM_SPHERICAL, weights, loc, narrow);
    size_t order[2];

    gmm_match(w, m, reference, order);
    ck_assert_uint_eq(order[0], 1);
    ck_assert_uint_eq(order[1], 0);
    gmm_mixture_free(m);
    gmm_mixture_free(reference);
}
END_TEST

START_TEST(components_infinitely_far_apart_are_matched_too)
{
    const double weights[] = { 0.5, 0.5 }, here[] = { 1e200, 0.5 }, there[] = { 0.25, -1e200 },
                 scale[] = { 1, 1 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 1, GMM_DIAGONAL, weights, here, scale),
                *reference = gmm_mixture_of(w, 2, 1, GMM_DIAGONAL, weights, there, scale);
    size_t order[2];

    ck_assert_double_eq(gmm_match(w, m, reference, order), 0.0625 + 1e100);
    ck_assert_uint_eq(order[0], 1);
    ck_assert_uint_eq(order[1], 0);
    gmm_mixture_free(m);
    gmm_mixture_free(reference);
}
END_TEST

START_TEST(a_match_that_cannot_be_is_refused)
{
    gmm_mixture *m = random_mixture(2, GMM_FULL), *more = random_mixture(3, GMM_FULL),
                *other = gmm_mixture_new(w, 2, 3, GMM_FULL);
    size_t order[3];

    ck_assert_double_nan(gmm_match(w, m, more, order));
    assert_error(w, WICK_ERR_ARGUMENT,
        "gmm_match: the reference has 3 components and 2 columns, the mixture 2 and 2");
    ck_assert_double_nan(gmm_match(w, m, other, order));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_match: the reference has 2 components and 3 columns");
    ck_assert_double_nan(gmm_match(w, m, NULL, order));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_match: need a mixture");
    gmm_mixture_free(m);
    gmm_mixture_free(more);
    gmm_mixture_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_order");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, the_first_loc_decides_then_the_next_then_the_weight);
    tcase_add_test(all, components_that_are_equal_stay_as_they_were);
    tcase_add_loop_test(all, components_move_as_a_whole, 0, 4);
    tcase_add_test(all, an_order_that_is_no_permutation_is_refused);
    tcase_add_loop_test(all, divergences_are_those_of_numpy, 0, 4);
    tcase_add_test(all, neither_form_nor_units_matter);
    tcase_add_loop_test(all, divergences_overflow_to_infinity, 0, 4);
    tcase_add_test(all, differences_that_overflow_are_infinite);
    tcase_add_test(all, components_that_are_not_there_have_no_divergence);
    tcase_add_loop_test(all, the_match_is_the_best_of_all_permutations, 0, 4);
    tcase_add_loop_test(all, a_shuffled_mixture_is_put_back, 0, 4);
    tcase_add_test(all, concentric_components_are_matched_by_their_scales);
    tcase_add_test(all, components_infinitely_far_apart_are_matched_too);
    tcase_add_test(all, a_match_that_cannot_be_is_refused);
    return run_suite(suite);
}
