/* What mixtures say of rows: densities, labels, draws, criteria; values by scipy, scikit-learn, mclust. */
#include "models/gmm_predict.h"

#include <math.h>

#include "tests/data/gmm_predict.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1978 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- rows of all forms ------------------------------------------------------------------------ */

typedef struct rows_case {
    const double *scale, *log_density, *shares, *completed;
} rows_case;

#define ROWS(form)                                                                     \
    {                                                                                  \
        PREDICT_##form##_SCALE, PREDICT_##form##_LOG_DENSITY, PREDICT_##form##_SHARES, \
            PREDICT_##form##_COMPLETED                                                 \
    }

static const rows_case ROWS[] = { ROWS(FULL), ROWS(TIED), ROWS(DIAGONAL), ROWS(SPHERICAL) };

enum { K = PREDICT_K, D = PREDICT_D, N = PREDICT_N };

static gmm_mixture *mixture_of(wick *handle, size_t k, size_t d, gmm_covariance covariance,
    const double *weights, const double *loc, const double *scale)
{
    gmm_mixture *m = gmm_mixture_new(handle, k, d, covariance);

    ck_assert_ptr_nonnull(m);
    memcpy(m->weights, weights, k * sizeof *weights);
    memcpy(m->loc, loc, k * d * sizeof *loc);
    memcpy(m->scale, scale, gmm_scale_size(k, d, covariance) * sizeof *scale);
    return m;
}

static gmm_mixture *predict_mixture(int form)
{
    return mixture_of(
        w, K, D, (gmm_covariance)form, PREDICT_WEIGHTS, PREDICT_LOC, ROWS[form].scale);
}

START_TEST(densities_and_responsibilities_are_those_of_scipy)
{
    gmm_mixture *m = predict_mixture(_i);
    double log_density[N], shares[N * K];
    size_t labels[N];

    ck_assert(gmm_predict(w, m, N, PREDICT_X, &(gmm_prediction){ log_density, labels, shares }));
    assert_ok(w);
    for (size_t i = 0; i < N; i++) {
        const double *want = ROWS[_i].shares + i * K;
        assert_close(log_density[i], ROWS[_i].log_density[i], 1e-13);
        for (size_t k = 0; k < K; k++) {
            assert_close(shares[i * K + k], want[k], 1e-13);
            ck_assert_double_ge(want[labels[i]], want[k]);
        }
    }
    gmm_mixture_free(m);
}
END_TEST

START_TEST(what_is_missing_has_its_conditional_mean)
{
    gmm_mixture *m = predict_mixture(_i);
    double out[N * D], in_place[N * D];

    memcpy(in_place, PREDICT_X, sizeof in_place);
    ck_assert(gmm_complete(w, m, N, PREDICT_X, out));
    ck_assert(gmm_complete(w, m, N, in_place, in_place));
    for (size_t i = 0; i < N * D; i++)
        if (isnan(PREDICT_X[i]))
            assert_close(out[i], ROWS[_i].completed[i], 1e-12);
        else
            ck_assert_double_eq(out[i], PREDICT_X[i]);
    assert_same_bits(out, in_place, N * D);
    gmm_mixture_free(m);
}
END_TEST

/* Alone, with others that are complete or not, in blocks and chunks of other sizes: the plates differ
 * in size, and with them the order of sums. */
START_TEST(a_row_does_not_depend_on_the_rows_beside_it_but_for_rounding)
{
    enum { MANY = 33001 };
    gmm_mixture *m = predict_mixture(_i);
    double *x = calloc(MANY * D, sizeof *x), *density = calloc(MANY, sizeof *density),
           *shares = calloc(MANY * K, sizeof *shares);

    for (size_t i = 0; i < MANY; i++)
        memcpy(x + i * D, PREDICT_X + i % N * D, D * sizeof *x);
    ck_assert(gmm_predict(
        w, m, MANY, x, &(gmm_prediction){ .log_density = density, .responsibilities = shares }));
    for (size_t i = 0; i < N; i++) {
        double alone, alone_shares[K];
        ck_assert(gmm_predict(w, m, 1, x + i * D, &(gmm_prediction){ &alone, NULL, alone_shares }));
        for (size_t at = i; at < MANY; at += N) {
            assert_close(density[at], alone, 1e-14);
            for (size_t k = 0; k < K; k++)
                ck_assert_double_eq_tol(shares[at * K + k], alone_shares[k], 1e-14);
        }
    }
    free(x);
    free(density);
    free(shares);
    gmm_mixture_free(m);
}
END_TEST

static void count_row(const gmm_row *row, void *arg)
{
    size_t *counts = arg;

    counts[row->row]++;
    ck_assert_int_eq(row->seen, row->row != 8); /* the one of which nothing was seen */
    ck_assert_double_le(row->log_joint, row->log_density);
}

START_TEST(each_row_is_shown_once)
{
    gmm_mixture *m = predict_mixture(_i);
    size_t counts[N] = { 0 };

    ck_assert(gmm_predict_each(w, m, N, PREDICT_X, count_row, counts));
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(counts[i], 1);
    gmm_mixture_free(m);
}
END_TEST

/* --- rows far out, ties, nothing seen --------------------------------------------------------- */

/* 1e4 standard deviations off, log p = -5e7: the shares come from the difference of the logarithms. */
START_TEST(rows_far_out_have_finite_densities_and_shares)
{
    const double weights[] = { 0.3, 0.7 }, loc[] = { 0.25, 1.75 }, scale[] = { 1.0, 1.0 };
    gmm_mixture *m = mixture_of(w, 2, 1, GMM_DIAGONAL, weights, loc, scale);
    const double x[] = { 1e4, -1e4, 1e8, 1e149, 1.0 };
    double density[5], shares[10];
    size_t labels[5];

    ck_assert(gmm_predict(w, m, 5, x, &(gmm_prediction){ density, labels, shares }));
    for (size_t i = 0; i < 5; i++) {
        ck_assert_double_finite(density[i]);
        ck_assert_double_eq_tol(shares[2 * i] + shares[2 * i + 1], 1.0, 1e-15);
    }
    assert_close(density[0], log_normal(1e4, 1.75, 1.0) + log(0.7), 1e-14);
    assert_close(density[1], log_normal(-1e4, 0.25, 1.0) + log(0.3), 1e-14);
    ck_assert_uint_eq(labels[0], 1);
    ck_assert_uint_eq(labels[1], 0);
    ck_assert_double_eq_tol(shares[8], 0.3, 1e-15); /* half-way: by the weights */
    gmm_mixture_free(m);
}
END_TEST

START_TEST(a_tie_is_shared_and_goes_to_the_first)
{
    const double weights[] = { 0.25, 0.25, 0.25, 0.25 }, loc[] = { 9, -1.5, 1.5, -1.5 },
                 scale[] = { 1.0, 0.7, 0.7, 0.7 };
    gmm_mixture *m = mixture_of(w, 4, 1, GMM_SPHERICAL, weights, loc, scale);
    const double x[] = { 0.0, -2.0 };
    double shares[8];
    size_t labels[2];

    ck_assert(
        gmm_predict(w, m, 2, x, &(gmm_prediction){ .labels = labels, .responsibilities = shares }));
    ck_assert_uint_eq(labels[0], 1);
    ck_assert_uint_eq(labels[1], 1);
    ck_assert_double_eq(shares[1], shares[2]);
    ck_assert_double_eq(shares[1], shares[3]);
    ck_assert_double_eq(shares[5], shares[7]);
    ck_assert_double_eq_tol(shares[5], 0.5, 1e-4);
    gmm_mixture_free(m);
}
END_TEST

/* Nothing seen: density 1. Out where log p itself is infinite: density 0. Both leave the weights. */
START_TEST(rows_that_say_nothing_leave_the_weights)
{
    const double weights[] = { 0.375, 0.625 }, loc[] = { 1, 2, 3, 4 }, scale[] = { 1e-9, 2e-9 };
    gmm_mixture *m = mixture_of(w, 2, 2, GMM_SPHERICAL, weights, loc, scale);
    const double x[] = { NAN, NAN, 1e149, 0.5, NAN, -1e150 };
    double density[3], shares[6], out[6];
    size_t labels[3];

    ck_assert(gmm_predict(w, m, 3, x, &(gmm_prediction){ density, labels, shares }));
    ck_assert_double_eq(density[0], 0.0);
    ck_assert_double_eq(density[1], -INFINITY);
    ck_assert_double_eq(density[2], -INFINITY);
    for (size_t i = 0; i < 3; i++) {
        assert_same_bits(shares + 2 * i, weights, 2);
        ck_assert_uint_eq(labels[i], 1);
    }
    ck_assert(gmm_complete(w, m, 3, x, out));
    ck_assert_double_eq_tol(out[0], 0.375 * 1 + 0.625 * 3, 1e-15);
    ck_assert_double_eq_tol(out[1], 0.375 * 2 + 0.625 * 4, 1e-15);
    ck_assert_double_eq_tol(out[4], 0.375 * 1 + 0.625 * 3, 1e-15);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(a_component_without_weight_has_no_share)
{
    const double weights[] = { 0.0, 1.0 }, loc[] = { 0.5, 4.5 }, scale[] = { 1.0, 0.5 };
    gmm_mixture *m = mixture_of(w, 2, 1, GMM_DIAGONAL, weights, loc, scale);
    double x = 0.5, density, shares[2];
    size_t drawn[200];
    double rows[200];

    ck_assert(gmm_predict(w, m, 1, &x, &(gmm_prediction){ &density, NULL, shares }));
    ck_assert_double_eq(shares[0], 0.0);
    ck_assert_double_eq(shares[1], 1.0);
    assert_close(density, log_normal(0.5, 4.5, 0.5), 1e-14);
    ck_assert(gmm_draw(w, m, 200, rows, drawn));
    for (size_t i = 0; i < 200; i++)
        ck_assert_uint_eq(drawn[i], 1);
    gmm_mixture_free(m);
}
END_TEST

/* Far from 0 the differences to the locs count, not the squares. */
START_TEST(offsets_of_1e9_change_nothing)
{
    const double weights[] = { 0.4, 0.6 }, scale[] = { 0.5, 0, 0.25, 0.75, 1.25, 0, -0.5, 1.5 },
                 loc[] = { 0, 1, 2, -1 };
    gmm_mixture *m = mixture_of(w, 2, 2, GMM_FULL, weights, loc, scale);
    double x[6] = { 0.5, 0.25, 1.5, -2.5, 2.25, 1.125 }, near[3], far[3], near_shares[6], shares[6];

    ck_assert(gmm_predict(w, m, 3, x, &(gmm_prediction){ near, NULL, near_shares }));
    for (size_t i = 0; i < 4; i++)
        m->loc[i] += 1e9;
    for (size_t i = 0; i < 6; i++)
        x[i] += 1e9;
    ck_assert(gmm_predict(w, m, 3, x, &(gmm_prediction){ far, NULL, shares }));
    assert_same_bits(near, far, 3);
    assert_same_bits(near_shares, shares, 6);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(one_component_has_all_of_each_row)
{
    const double one = 1.0, loc = -0.75, scale = 1.3, x[] = { 2.5, -40.0, 1e6 };
    gmm_mixture *m = mixture_of(w, 1, 1, GMM_FULL, &one, &loc, &scale);
    double density[3], shares[3];
    size_t labels[3];

    ck_assert(gmm_predict(w, m, 3, x, &(gmm_prediction){ density, labels, shares }));
    for (size_t i = 0; i < 3; i++) {
        assert_close(density[i], log_normal(x[i], loc, scale), 1e-13);
        ck_assert_double_eq(shares[i], 1.0);
        ck_assert_uint_eq(labels[i], 0);
    }
    gmm_mixture_free(m);
}
END_TEST

/* --- draws ------------------------------------------------------------------------------------ */

/* Counts, means and covariances of 40000 draws, within five standard errors of the mixture's own. */
START_TEST(draws_have_the_moments_of_their_components)
{
    enum { DRAWS = 40000 };
    gmm_mixture *m = predict_mixture(_i);
    double *x = calloc(DRAWS * D, sizeof *x), n[K] = { 0 }, sum[K][D] = { { 0 } },
           squares[K][D][D] = { { { 0 } } }, covariance[D * D];
    size_t *labels = calloc(DRAWS, sizeof *labels);

    ck_assert(gmm_draw(w, m, DRAWS, x, labels));
    for (size_t i = 0; i < DRAWS; i++) {
        const size_t k = labels[i];
        n[k] += 1.0;
        for (size_t a = 0; a < D; a++) {
            const double off = x[i * D + a] - m->loc[k * D + a];
            sum[k][a] += off;
            for (size_t b = 0; b < D; b++)
                squares[k][a][b] += off * (x[i * D + b] - m->loc[k * D + b]);
        }
    }
    for (size_t k = 0; k < K; k++) {
        ck_assert_double_le(fabs(n[k] / DRAWS - m->weights[k]), 5 * 0.5 / sqrt(DRAWS));
        gmm_mixture_covariance(m, k, covariance);
        for (size_t a = 0; a < D; a++) {
            const double va = covariance[a * D + a];
            ck_assert_double_le(fabs(sum[k][a] / n[k]), 5 * sqrt(va / n[k]));
            for (size_t b = 0; b < D; b++) {
                const double c = covariance[a * D + b], vb = covariance[b * D + b];
                ck_assert_double_le(
                    fabs(squares[k][a][b] / n[k] - c), 5 * sqrt((va * vb + c * c) / n[k]));
            }
        }
    }
    free(x);
    free(labels);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(draws_are_those_of_the_seed)
{
    gmm_mixture *m = predict_mixture(_i);
    double a[30 * D], b[30 * D];

    wick_set_seed(w, 5);
    ck_assert(gmm_draw(w, m, 30, a, NULL));
    wick_set_seed(w, 5);
    ck_assert(gmm_draw(w, m, 30, b, NULL));
    assert_same_bits(a, b, 30 * D);
    ck_assert(gmm_draw(w, m, 30, b, NULL));
    ck_assert_mem_ne(a, b, sizeof a);
    ck_assert(gmm_draw(w, m, 0, NULL, NULL));
    gmm_mixture_free(m);
}
END_TEST

/* --- criteria --------------------------------------------------------------------------------- */

typedef struct criteria_case {
    const double *weights, *loc, *scale, *want;
} criteria_case;

#define CRITERIA(form)                                                       \
    {                                                                        \
        MCLUST_##form##_WEIGHTS, MCLUST_##form##_LOC, MCLUST_##form##_SCALE, \
            MCLUST_##form##_CRITERIA                                         \
    }

static const criteria_case CRITERIA[] = { CRITERIA(FULL), CRITERIA(TIED), CRITERIA(DIAGONAL),
    CRITERIA(SPHERICAL) };

static gmm_mixture *mclust_mixture(int form)
{
    const criteria_case *c = &CRITERIA[form];

    return mixture_of(w, MCLUST_K, MCLUST_D, (gmm_covariance)form, c->weights, c->loc, c->scale);
}

static const gmm MCLUST_DATA = {
    .components = MCLUST_K, .dimensions = MCLUST_D, .n = MCLUST_N, .x = MCLUST_X
};

START_TEST(criteria_are_those_of_scikit_learn_and_mclust)
{
    gmm_mixture *m = mclust_mixture(_i);
    const double *want = CRITERIA[_i].want;
    const gmm_evaluation e = gmm_evaluate(w, m, &MCLUST_DATA);

    assert_ok(w);
    assert_close(e.log_likelihood, want[0], 1e-12);
    ck_assert_double_eq((double)e.parameters, want[1]);
    assert_close(e.aic, want[2], 1e-12);
    assert_close(e.bic, want[3], 1e-12);
    assert_close(e.icl, want[4], 1e-12);
    ck_assert_double_eq(e.n, MCLUST_N);
    ck_assert_double_ge(e.icl, e.bic);
    gmm_mixture_free(m);
}
END_TEST

/* A weight of 3 is three rows, one of 0 is none; a row of which nothing was seen is none either. */
START_TEST(a_row_counts_as_often_as_its_weight_says)
{
    gmm_mixture *m = mclust_mixture(_i);
    double x[8], twice[12], row_weights[] = { 3.0, 1.0, 0.0, 2.0 };
    const double *first = MCLUST_X;
    static const size_t ROWS_OF[] = { 0, 0, 0, 1, 3, 3 };

    memcpy(x, first, sizeof x);
    for (size_t i = 0; i < 6; i++)
        memcpy(twice + 2 * i, first + 2 * ROWS_OF[i], 2 * sizeof *twice);
    const gmm weighted = { .dimensions = 2, .n = 4, .x = x, .row_weights = row_weights },
              repeated = { .dimensions = 2, .n = 6, .x = twice };
    const gmm_evaluation a = gmm_evaluate(w, m, &weighted), b = gmm_evaluate(w, m, &repeated);
    assert_close(a.log_likelihood, b.log_likelihood, 1e-14);
    assert_close(a.bic, b.bic, 1e-14);
    assert_close(a.icl, b.icl, 1e-14);
    ck_assert_double_eq(a.n, 6.0);
    x[4] = x[5] = NAN;
    row_weights[2] = 5.0;
    const gmm_evaluation c = gmm_evaluate(w, m, &weighted);
    assert_ok(w);
    assert_close(c.bic, a.bic, 1e-14);
    ck_assert_double_eq(c.n, 6.0);
    gmm_mixture_free(m);
}
END_TEST

/* By hand: K - 1 + K D, and K D (D + 1) / 2, D (D + 1) / 2, K D or K. */
START_TEST(parameters_are_counted)
{
    ck_assert_uint_eq(gmm_parameter_count(4, 5, GMM_FULL), 3 + 20 + 60);
    ck_assert_uint_eq(gmm_parameter_count(4, 5, GMM_TIED), 3 + 20 + 15);
    ck_assert_uint_eq(gmm_parameter_count(4, 5, GMM_DIAGONAL), 3 + 20 + 20);
    ck_assert_uint_eq(gmm_parameter_count(4, 5, GMM_SPHERICAL), 3 + 20 + 4);
}
END_TEST

/* --- mistakes and memory ---------------------------------------------------------------------- */

START_TEST(mistakes_are_refused)
{
    gmm_mixture *m = mclust_mixture(0);
    const double x[] = { 0.5, 1.5, -2.5, INFINITY, 3.5, 1e151 }, bad = -0.5, none = 0.0,
                 unseen[] = { NAN, NAN };
    double out[6];

    ck_assert(!gmm_predict(w, m, 0, x, &(gmm_prediction){ .log_density = out }));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_predict: got 0 rows, need at least one");
    ck_assert(!gmm_predict(w, m, 2, NULL, &(gmm_prediction){ .log_density = out }));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_predict: got 2 rows at NULL, need at least one");
    ck_assert(!gmm_predict(w, m, 2, x, &(gmm_prediction){ .log_density = out }));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_predict: x in row 1, column 1 is inf: infinite");
    ck_assert(!gmm_predict_each(w, m, 1, x + 4, count_row, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_predict_each: x in row 0, column 1 is 1e+151");
    ck_assert(!gmm_complete(w, m, 2, x, out));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_complete: x in row 1, column 1 is inf");
    ck_assert(!gmm_predict(w, NULL, 1, x, &(gmm_prediction){ .log_density = out }));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_predict: need a mixture");

    ck_assert_double_nan(gmm_evaluate(w, m, NULL).bic);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: got data of 0 columns, the mixture has 2");
    ck_assert_double_nan(gmm_evaluate(w, m, &(gmm){ .dimensions = 3, .n = 1, .x = x }).bic);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: got data of 3 columns, the mixture has 2");
    ck_assert_double_nan(gmm_evaluate(w, m, &(gmm){ .dimensions = 2, .n = 0, .x = x }).icl);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: got 0 rows, need at least one");
    ck_assert_double_nan(gmm_evaluate(w, m, &(gmm){ .dimensions = 2, .n = 2, .x = x }).icl);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: x in row 1, column 1 is inf");
    gmm data = { .dimensions = 2, .n = 1, .x = x, .row_weights = &bad };
    ck_assert_double_nan(gmm_evaluate(w, m, &data).log_likelihood);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: the weight of row 0 is -0.5");
    data.row_weights = &none;
    ck_assert_double_nan(gmm_evaluate(w, m, &data).aic);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: all 1 rows have weight 0");
    data = (gmm){ .dimensions = 2, .n = 1, .x = unseen };
    ck_assert_double_nan(gmm_evaluate(w, m, &data).aic);
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: nothing was seen in any of 1 rows");

    m->weights[0] = 0.9;
    ck_assert(!gmm_draw(w, m, 2, out, NULL));
    assert_error(w, WICK_ERR_DOMAIN, "gmm_draw: the weights sum to");
    gmm_mixture_free(m);
}
END_TEST

/* Every call does nothing once there is an error. */
START_TEST(after_an_error_nothing_happens)
{
    gmm_mixture *m = mclust_mixture(0);
    double out[2] = { 7, 8 };

    wick_fail(w, WICK_ERR_STATE, "first");
    ck_assert(!gmm_predict(w, m, 1, MCLUST_X, &(gmm_prediction){ .log_density = out }));
    ck_assert(!gmm_draw(w, m, 1, out, NULL));
    ck_assert(!gmm_complete(w, m, 1, MCLUST_X, out));
    ck_assert_double_nan(gmm_evaluate(w, m, &MCLUST_DATA).bic);
    ck_assert_double_eq(out[0], 7.0);
    assert_error(w, WICK_ERR_STATE, "first");
    gmm_mixture_free(m);
}
END_TEST

START_TEST(out_of_memory_is_an_error_at_each_allocation)
{
    gmm_mixture *m = predict_mixture(0);
    double want[N], got[N];
    size_t failed = 0;
    bool done = false;

    ck_assert(gmm_predict(w, m, N, PREDICT_X, &(gmm_prediction){ .log_density = want }));
    for (size_t at = 1; !done; at++) {
        memory count = { .fail_at = at };
        const wick_options options = memory_options(&count, 3);
        wick *small = wick_new(&options);
        const bool ok =
            gmm_predict(small, m, N, PREDICT_X, &(gmm_prediction){ .log_density = got });
        done = count.calls < at;
        if (ok) {
            assert_same_bits(got, want, N);
        } else {
            ck_assert_int_eq(wick_status(small), WICK_ERR_MEMORY);
            failed++;
        }
        wick_free(small);
        ck_assert_uint_eq(count.blocks, 0);
    }
    ck_assert_uint_gt(failed, 2);
    gmm_mixture_free(m);
}
END_TEST

/* Rows in blocks: what the handle holds does not grow with their number. */
START_TEST(memory_does_not_grow_with_the_rows)
{
    enum { MANY = 200000 };
    gmm_mixture *m = predict_mixture(0);
    double *x = calloc(MANY * D, sizeof *x), *out = calloc(MANY, sizeof *out);
    size_t bytes[2];

    for (size_t i = 0; i < MANY * D; i++)
        x[i] = PREDICT_X[i % D] + (double)(i % 17);
    for (int many = 0; many < 2; many++) {
        memory held = { 0 };
        const wick_options options = memory_options(&held, 3);
        wick *handle = wick_new(&options);
        ck_assert(gmm_predict(
            handle, m, many ? MANY : MANY / 4, x, &(gmm_prediction){ .log_density = out }));
        bytes[many] = held.bytes;
        wick_free(handle);
    }
    ck_assert_uint_eq(bytes[1], bytes[0]);
    ck_assert_uint_lt(bytes[1], 12u << 20);
    free(x);
    free(out);
    gmm_mixture_free(m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_predict");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, densities_and_responsibilities_are_those_of_scipy, 0, 4);
    tcase_add_loop_test(all, what_is_missing_has_its_conditional_mean, 0, 4);
    tcase_add_loop_test(all, a_row_does_not_depend_on_the_rows_beside_it_but_for_rounding, 0, 4);
    tcase_add_loop_test(all, each_row_is_shown_once, 0, 4);
    tcase_add_test(all, rows_far_out_have_finite_densities_and_shares);
    tcase_add_test(all, a_tie_is_shared_and_goes_to_the_first);
    tcase_add_test(all, rows_that_say_nothing_leave_the_weights);
    tcase_add_test(all, a_component_without_weight_has_no_share);
    tcase_add_test(all, offsets_of_1e9_change_nothing);
    tcase_add_test(all, one_component_has_all_of_each_row);
    tcase_add_loop_test(all, draws_have_the_moments_of_their_components, 0, 4);
    tcase_add_loop_test(all, draws_are_those_of_the_seed, 0, 4);
    tcase_add_loop_test(all, criteria_are_those_of_scikit_learn_and_mclust, 0, 4);
    tcase_add_loop_test(all, a_row_counts_as_often_as_its_weight_says, 0, 4);
    tcase_add_test(all, parameters_are_counted);
    tcase_add_test(all, mistakes_are_refused);
    tcase_add_test(all, after_an_error_nothing_happens);
    tcase_add_test(all, out_of_memory_is_an_error_at_each_allocation);
    tcase_add_test(all, memory_does_not_grow_with_the_rows);
    return run_suite(suite);
}
