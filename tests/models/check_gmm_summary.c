/* The table of a mixture; memory that runs out. */
#include "models/gmm_summary.h"

#include <math.h>
#include <stdio.h>

#include "models/gmm_predict.h"
#include "tests/data/gmm_predict.h"
#include "tests/support/memory.h"
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

static gmm_mixture *predict_mixture(void)
{
    return gmm_mixture_of(w, K, D, GMM_FULL, PREDICT_WEIGHTS, PREDICT_LOC, PREDICT_FULL_SCALE);
}

/* --- the table -------------------------------------------------------------------------------- */

START_TEST(the_table_of_a_mixture_has_locs_deviations_and_correlations)
{
    const double weights[] = { 0.25, 0.75 }, loc[] = { 1.5, -20, 1e-6, 12345678 },
                 scale[] = { 2, 0, 1.5, 2, 0.5, 0, 0, 3 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 2, GMM_FULL, weights, loc, scale);

    ck_assert_str_eq(gmm_format_summary(w, m, NULL, (const char *const[]){ "x", "a longer one" }),
        "2 components, 2 columns, full covariances\n"
        "\n"
        "component 0: weight 0.25\n"
        "  column                loc           sd    correlations\n"
        "  x                     1.5            2\n"
        "  a longer one          -20          2.5   0.600\n"
        "\n"
        "component 1: weight 0.75\n"
        "  column                loc           sd    correlations\n"
        "  x                   1e-06          0.5\n"
        "  a longer one  1.23457e+07            3   0.000\n");
    gmm_mixture_free(m);
}
END_TEST

START_TEST(the_table_of_one_number_is_short)
{
    const double one = 1.0, loc = -0.5, scale = 0.125;
    gmm_mixture *m = gmm_mixture_of(w, 1, 1, (gmm_covariance)_i, &one, &loc, &scale);
    char want[200];

    snprintf(want, sizeof want,
        "1 component, 1 column, %s covariances\n"
        "\n"
        "component 0: weight 1\n"
        "  column          loc           sd\n"
        "  0              -0.5        0.125\n",
        gmm_covariance_name((gmm_covariance)_i));
    ck_assert_str_eq(gmm_format_summary(w, m, NULL, NULL), want);
    gmm_mixture_free(m);
}
END_TEST

/* With data: the criteria of mclust and scikit-learn, and rows that sum to all of them. */
START_TEST(the_table_of_a_fit_has_its_criteria)
{
    const gmm data = { .dimensions = MCLUST_D, .n = MCLUST_N, .x = MCLUST_X };
    gmm_mixture *m = gmm_mixture_of(w, MCLUST_K, MCLUST_D, GMM_DIAGONAL, MCLUST_DIAGONAL_WEIGHTS,
        MCLUST_DIAGONAL_LOC, MCLUST_DIAGONAL_SCALE);
    const double *want = MCLUST_DIAGONAL_CRITERIA;
    double rows[2];
    char head[300];

    snprintf(head, sizeof head,
        "2 components, 2 columns, diagonal covariances\n"
        "60 rows, log-likelihood %.8g (%.6g a row), 9 parameters\n"
        "BIC %.8g, AIC %.8g, ICL %.8g (smaller is better)\n\n",
        want[0], want[0] / 60, want[3], want[2], want[4]);
    const char *got = gmm_format_summary(w, m, &data, NULL);
    assert_ok(w);
    ck_assert_int_eq(strncmp(got, head, strlen(head)), 0);
    ck_assert_int_eq(
        sscanf(strstr(got, "component 0: "), "component 0: weight %*f, %lf rows", &rows[0]), 1);
    ck_assert_int_eq(
        sscanf(strstr(got, "component 1: "), "component 1: weight %*f, %lf rows", &rows[1]), 1);
    ck_assert_double_eq_tol(rows[0] + rows[1], 60.0, 1e-3);
    /* where EM has converged, a weight is the part of the rows that are expected */
    ck_assert_double_eq_tol(rows[0], 60.0 * m->weights[0], 1e-3);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(after_an_error_there_is_no_table)
{
    gmm_mixture *m = predict_mixture();
    const gmm none = { .dimensions = D };

    ck_assert_str_eq(gmm_format_summary(w, m, &none, NULL), "");
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_evaluate: got 0 rows");
    ck_assert_str_eq(gmm_format_summary(w, NULL, NULL, NULL), "");
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_format_summary: need a mixture");
    wick_fail(w, WICK_ERR_STATE, "first");
    ck_assert_str_eq(gmm_format_summary(w, m, NULL, NULL), "");
    ck_assert(!gmm_sort(w, m));
    ck_assert_double_nan(gmm_divergence(w, m, 0, m, 1));
    assert_error(w, WICK_ERR_STATE, "first");
    gmm_mixture_free(m);
}
END_TEST

/* --- memory ----------------------------------------------------------------------------------- */

/* Sorts, matches, diagnoses, formats. */
static void do_all(wick *handle, const gmm_mixture *m, const gmm *data)
{
    size_t order[K];
    gmm_findings *f = gmm_diagnose(handle, m, data, NULL);

    gmm_match(handle, m, m, order);
    gmm_format_findings(handle, f, NULL);
    gmm_format_summary(handle, m, data, NULL);
    gmm_findings_free(f);
}

START_TEST(out_of_memory_is_an_error_at_each_allocation)
{
    gmm_mixture *m = predict_mixture();
    const gmm data = { .dimensions = D, .n = PREDICT_N, .x = PREDICT_X };
    size_t failed = 0;
    bool done = false;

    for (size_t at = 1; !done; at++) {
        memory count = { .fail_at = at };
        const wick_options options = memory_options(&count, 3);
        wick *small = wick_new(&options);
        do_all(small, m, &data);
        done = count.calls < at;
        if (wick_status(small) != WICK_OK) {
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

int main(void)
{
    Suite *suite = suite_create("gmm_summary");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, the_table_of_a_mixture_has_locs_deviations_and_correlations);
    tcase_add_loop_test(all, the_table_of_one_number_is_short, 0, 4);
    tcase_add_test(all, the_table_of_a_fit_has_its_criteria);
    tcase_add_test(all, after_an_error_there_is_no_table);
    tcase_add_test(all, out_of_memory_is_an_error_at_each_allocation);
    return run_suite(suite);
}
