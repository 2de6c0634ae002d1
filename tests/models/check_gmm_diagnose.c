/* What goes wrong in mixtures is named, with components, rows and columns; what is healthy is not. */
#include "models/gmm_summary.h"

#include <math.h>
#include <stdio.h>

#include "models/gmm_em.h"
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

/* --- findings --------------------------------------------------------------------------------- */

enum { ROWS = 120 };

/* Rows 0 .. ROWS - 1 of `d` columns around (-4, ...) and (4, ...), in turn, with unit variances. */
static gmm two_clusters(double *x, size_t d)
{
    for (size_t i = 0; i < ROWS * d; i++)
        x[i] = (i / d % 2 ? 4.0 : -4.0) + wick_draw_normal(w);
    return (gmm){ .dimensions = d, .n = ROWS, .x = x };
}

static const double ZEROS[4] = { 0.0 };

static gmm_findings *diagnose(const gmm_mixture *m, const gmm *data, const double *floor)
{
    gmm_findings *f =
        gmm_diagnose(w, m, data, floor ? &(gmm_diagnose_options){ .floor = floor } : NULL);

    assert_ok(w);
    ck_assert_ptr_nonnull(f);
    return f;
}

/* One finding, and its words. */
static void assert_finding(const gmm_findings *f, size_t i, gmm_finding_kind kind, size_t component,
    const char *const *columns, const char *words)
{
    ck_assert_uint_lt(i, f->n);
    ck_assert_str_eq(gmm_finding_name(f->list[i].kind), gmm_finding_name(kind));
    ck_assert_uint_eq(f->list[i].component, component);
    ck_assert_str_eq(gmm_format_finding(w, &f->list[i], columns), words);
    assert_ok(w);
}

START_TEST(a_healthy_mixture_has_no_findings)
{
    double x[ROWS * 3];
    const gmm data = two_clusters(x, 3);
    gmm_mixture *m = gmm_mixture_new(w, 2, 3, (gmm_covariance)_i);

    for (size_t i = 0; i < 6; i++)
        m->loc[i] = i < 3 ? -4.0 : 4.0;
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 0);
    ck_assert_str_eq(gmm_format_findings(w, f, NULL), "nothing wrong was found\n");
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Overlapping clusters, offsets of 1e9, columns in other units, one component: all are fine. */
START_TEST(a_healthy_fit_has_no_findings)
{
    const gmm_covariance form = (gmm_covariance)(_i % 4);
    double x[ROWS * 2];

    for (size_t i = 0; i < ROWS * 2; i++)
        x[i] = (i % 2 ? 1e3 : 1.0) * ((i / 2 % 2 ? 1.5 : -1.5) + wick_draw_normal(w)) +
            (_i >= 4 ? 1e9 : 0.0);
    for (size_t k = 1; k <= 2; k++) {
        const gmm data = {
            .components = k, .dimensions = 2, .covariance = form, .n = ROWS, .x = x
        };
        gmm_mixture *m = gmm_mixture_new(w, k, 2, form);
        gmm_em_fit(w, &data, NULL, m);
        gmm_findings *f = diagnose(m, &data, NULL);
        ck_assert_str_eq(gmm_format_findings(w, f, NULL), "nothing wrong was found\n");
        gmm_findings_free(f);
        gmm_mixture_free(m);
    }
}
END_TEST

START_TEST(an_outlier_that_a_component_sits_on_is_named)
{
    static const double OUT[] = { 1e100, -75.0, 1e9 };
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double out = OUT[_i / 4], weights[] = { 0.496, 0.496, 0.008 },
                 loc[] = { -4, -4, 4, 4, x[34], out };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, (gmm_covariance)(_i % 4));
    char words[200];

    x[35] = out;
    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    gmm_findings *f = diagnose(m, &data, NULL);
    snprintf(words, sizeof words,
        "component 2 has row 17 to itself (%g in column 'b'); its scale means nothing: take the "
        "row "
        "out if it is an outlier, or fit fewer components",
        out);
    ck_assert_uint_eq(f->n, 1);
    assert_finding(f, 0, GMM_FINDING_ALONE, 2, (const char *const[]){ "a", "b" }, words);
    ck_assert_uint_eq(f->list[0].rows[0], 17);
    ck_assert_uint_eq(f->list[0].columns[0], 1);
    ck_assert_double_eq(f->list[0].value, out);
    ck_assert_double_eq_tol(f->list[0].points, 1.0, 1e-6);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(an_empty_component_is_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.495, 0.01, 0.495 }, loc[] = { -4, -4, 0, 300, 4, 4 };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, (gmm_covariance)_i);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 1);
    assert_finding(f, 0, GMM_FINDING_EMPTY, 1, NULL,
        "component 1 is empty: 0 rows are expected in it; fit one component fewer, or take more "
        "restarts");
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Two components share a row: the one that has less of it is empty, and no double of the other. */
START_TEST(a_component_with_a_part_of_a_row_is_empty)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.49, 0.5, 0.003, 0.007 }, loc[] = { -4, -4, 4, 4, 50, 0, 50, 0 };
    gmm_mixture *m = gmm_mixture_new(w, 4, 2, (gmm_covariance)_i);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    x[2 * 9] = 50.25;
    x[2 * 9 + 1] = 0.5;
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 2);
    assert_finding(f, 0, GMM_FINDING_EMPTY, 2, NULL,
        "component 2 is empty: 0.3 rows are expected in it; fit one component fewer, or take more "
        "restarts");
    ck_assert_int_eq(f->list[1].kind, GMM_FINDING_ALONE);
    ck_assert_uint_eq(f->list[1].component, 3);
    ck_assert_double_eq_tol(f->list[1].points, 0.7, 1e-9);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Two rows are enough for variances, but not for a covariance matrix of two columns. */
START_TEST(a_component_of_too_few_rows_is_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.4, 0.1, 0.5 }, loc[] = { -4, -4, 50, 0, 4, 4 };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, (gmm_covariance)_i);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    x[2 * 30] = 49.5, x[2 * 30 + 1] = NAN; /* so that it comes after row 77 */
    x[2 * 77] = 50.5, x[2 * 77 + 1] = -0.25;
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, _i == GMM_FULL);
    if (_i == GMM_FULL) {
        assert_finding(f, 0, GMM_FINDING_COLLAPSED, 1, NULL,
            "component 1 has collapsed onto 2 effective rows (rows 30, 77), where its covariance "
            "needs "
            "3; fit fewer components, or covariances with fewer numbers (tied, diagonal, "
            "spherical)");
        ck_assert_double_eq_tol(f->list[0].value, 2.0, 1e-9);
        ck_assert_double_eq_tol(f->list[0].points, 2.0, 1e-9);
    }
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* A row that counts three times makes up for two more: then there are rows enough. */
START_TEST(row_weights_count_as_rows)
{
    double x[ROWS * 2], row_weights[ROWS];
    gmm data = two_clusters(x, 2);
    const double weights[] = { 0.4, 0.1, 0.5 }, loc[] = { -4, -4, 50, 0, 4, 4 };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, GMM_FULL);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    x[2 * 30] = 49.5, x[2 * 30 + 1] = 0.25;
    x[2 * 77] = 50.5, x[2 * 77 + 1] = -0.25;
    for (size_t i = 0; i < ROWS; i++)
        row_weights[i] = i == 30 ? 3.0 : 1.0;
    data.row_weights = row_weights;
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 0);
    gmm_findings_free(f);
    row_weights[30] = 0.0;
    f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 1);
    ck_assert_uint_eq(f->list[0].rows[0], 77);
    ck_assert_int_eq(f->list[0].kind, GMM_FINDING_ALONE);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Rows 0, 4, 8, ... are copies of each other in column 1, as heaped data are. */
START_TEST(a_variance_at_its_floor_is_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.25, 0.25, 0.5 }, loc[] = { -4, -4, -4, 30, 4, 4 },
                 floor[] = { 1e-4, 1e-6 }, scale[] = { 1, 0, 0, 1, 1, 0, 0, 1e-3, 1, 0, 0, 1 },
                 deviations[] = { 1, 1, 1, 1e-3, 1, 1 };
    gmm_mixture *m = gmm_mixture_of(
        w, 3, 2, _i ? GMM_DIAGONAL : GMM_FULL, weights, loc, _i ? deviations : scale);

    for (size_t i = 0; i < ROWS; i += 4)
        x[2 * i + 1] = 30.0;
    gmm_findings *f = diagnose(m, &data, floor);
    ck_assert_uint_eq(f->n, 1);
    ck_assert_uint_eq(f->list[0].n_rows, 4);
    ck_assert_uint_eq(f->list[0].rows[0] % 4, 0);
    ck_assert_double_eq_tol(f->list[0].value, 1.0, 1e-12);
    ck_assert_double_eq_tol(f->list[0].points, ROWS / 4.0, 1e-6);
    f->list[0].n_rows = 2;
    f->list[0].rows[0] = 0;
    f->list[0].rows[1] = 4;
    assert_finding(f, 0, GMM_FINDING_FLOOR, 1, NULL,
        "component 1 has next to no variance in column 1 (such as rows 0, 4), no more than the "
        "floor; "
        "are values repeated or rounded? Fit fewer components, or raise the floor");
    gmm_findings_free(f);
    f = diagnose(m, &data, ZEROS);
    ck_assert_uint_eq(f->n, 0);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(the_smallest_of_several_variances_counts)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.5, 0.5 }, loc[] = { -4, -4, 4, 4 }, floor[] = { 0.25, 1.0 },
                 scale[] = { 0.25, 0.75, 1, 1.25 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 2, GMM_DIAGONAL, weights, loc, scale);
    gmm_findings *f = diagnose(m, &data, floor);

    ck_assert_uint_eq(f->n, 1);
    ck_assert_double_eq(f->list[0].value, 0.25);
    ck_assert_uint_eq(f->list[0].n_columns, 2);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Spherical: the floor of the worst column. */
START_TEST(a_spherical_variance_at_its_floor_is_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.5, 0.5 }, loc[] = { -4, -4, 4, 4 }, floor[] = { 1e-4, 0.25 },
                 scale[] = { 1.0, 0.5 };
    gmm_mixture *m = gmm_mixture_of(w, 2, 2, GMM_SPHERICAL, weights, loc, scale);
    gmm_findings *f = diagnose(m, &data, floor);

    ck_assert_uint_eq(f->n, 1);
    ck_assert_int_eq(f->list[0].kind, GMM_FINDING_FLOOR);
    ck_assert_uint_eq(f->list[0].component, 1);
    ck_assert_uint_eq(f->list[0].n_columns, 1);
    ck_assert_uint_eq(f->list[0].columns[0], 1);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Column 2 is column 0 doubled, as EM with its floor finds it; column 1 is innocent. */
START_TEST(columns_that_follow_from_each_other_are_named)
{
    static const char *const names[] = { "inches", "age", "cm" };
    double x[ROWS * 3];
    gmm data = two_clusters(x, 3);

    for (size_t i = 0; i < ROWS; i++)
        x[3 * i + 2] = 2.54 * x[3 * i];
    data.components = 2;
    data.covariance = _i ? GMM_TIED : GMM_FULL;
    gmm_mixture *m = gmm_mixture_new(w, 2, 3, data.covariance);
    gmm_em_fit(w, &data, NULL, m);
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, _i ? 1 : 2);
    for (size_t i = 0; i < f->n; i++) {
        ck_assert_uint_eq(f->list[i].n_columns, 2);
        ck_assert_uint_eq(f->list[i].columns[0], 0);
        ck_assert_uint_eq(f->list[i].columns[1], 2);
    }
    if (_i)
        assert_finding(f, 0, GMM_FINDING_FLOOR, GMM_NONE, names,
            "the tied covariance has next to no variance in a direction of columns 'inches' and "
            "'cm', "
            "no more than the floor; does one column follow from the others? Leave it out, or fit "
            "fewer components");
    else
        ck_assert_ptr_nonnull(strstr(gmm_format_findings(w, f, names),
            "- component 1 has next to no variance in a direction of columns 'inches' and 'cm' "
            "(such"));
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* A correlation of 1 - 2^-36, whose condition number is (1 + r) / (1 - r), nearly 2^37; no floor. */
START_TEST(a_nearly_singular_covariance_is_named)
{
    double x[ROWS * 3];
    const gmm data = two_clusters(x, 3);
    const double r = 1.0 - 0x1p-36, s = sqrt((1.0 - r) * (1.0 + r)), weights[] = { 0.5, 0.5 },
                 loc[] = { -4, -4, -4, 4, 4, 4 },
                 scale[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 500 * r, 0, 500 * s };
    gmm_mixture *m =
        gmm_mixture_of(w, 2, 3, _i ? GMM_TIED : GMM_FULL, weights, loc, scale + (_i ? 9 : 0));

    for (size_t i = 0; i < ROWS; i++) /* where that says that they are */
        if (_i || i % 2)
            x[3 * i + 2] = m->loc[3 * (i % 2)] + 500.0 * (x[3 * i] - m->loc[3 * (i % 2)]);
    gmm_findings *f = diagnose(m, &data, ZEROS);

    ck_assert_uint_eq(f->n, 1);
    ck_assert_double_eq_tol(f->list[0].value, 0x1p37, 1e-3 * 0x1p37);
    assert_finding(f, 0, GMM_FINDING_SINGULAR, _i ? GMM_NONE : 1, NULL,
        _i ? "the tied covariance is nearly singular (condition number 1.4e+11 as correlations): "
             "columns 0 and 2 follow from one another; leave one out, or raise the variance floor"
           : "component 1 is nearly singular (condition number 1.4e+11 as correlations): columns 0 "
             "and 2 follow from one another; leave one out, or raise the variance floor");
    gmm_findings_free(f);
    f = gmm_diagnose(w, m, &data, &(gmm_diagnose_options){ .floor = ZEROS, .condition = 2e11 });
    ck_assert_uint_eq(f->n, 0);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* A tenth of a standard deviation apart, and a little less. */
START_TEST(components_that_are_the_same_are_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.25, 0.5, 0.25 }, loc[] = { -4, -4, 4, 4, -4.09, -4 };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, (gmm_covariance)_i);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 1);
    ck_assert_uint_eq(f->list[0].other, 0);
    ck_assert_double_eq_tol(f->list[0].value, 0.09 * 0.09, 1e-12);
    assert_finding(f, 0, GMM_FINDING_DUPLICATED, 2, NULL,
        "components 0 and 2 are nearly the same (symmetric KL divergence 0.0081); fit one "
        "component "
        "fewer, or take more restarts");
    gmm_findings_free(f);
    m->loc[4] = -4.11;
    f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 0);
    gmm_findings_free(f);
    f = gmm_diagnose(w, m, &data, &(gmm_diagnose_options){ .divergence = 0.02 });
    ck_assert_uint_eq(f->n, 1);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(of_three_that_are_the_same_two_are_named)
{
    double x[ROWS * 2];
    const gmm data = two_clusters(x, 2);
    const double weights[] = { 0.25, 0.25, 0.25, 0.25 }, loc[] = { 4, 4, -4, -4, 4, 4, 4, 4 };
    gmm_mixture *m = gmm_mixture_new(w, 4, 2, (gmm_covariance)_i);

    memcpy(m->weights, weights, sizeof weights);
    memcpy(m->loc, loc, sizeof loc);
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(f->list[i].component, 2 + i);
        ck_assert_uint_eq(f->list[i].other, 0);
    }
    gmm_findings_free(f);
    memcpy(m->weights, ((double[]){ 0.4, 0.5, 0.0999, 0.0001 }), sizeof weights);
    f = diagnose(m, &data, NULL); /* one that is empty is not the double of another */
    ck_assert_uint_eq(f->n, 2);
    ck_assert_int_eq(f->list[0].kind, GMM_FINDING_EMPTY);
    ck_assert_uint_eq(f->list[0].component, 3);
    ck_assert_int_eq(f->list[1].kind, GMM_FINDING_DUPLICATED);
    ck_assert_uint_eq(f->list[1].component, 2);
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(constant_columns_are_named_once)
{
    double x[ROWS * 3];
    gmm data = two_clusters(x, 3);

    for (size_t i = 0; i < ROWS; i++)
        x[3 * i + 1] = i % 5 ? 7.25 : NAN;
    data.components = 2;
    data.covariance = (gmm_covariance)_i;
    gmm_mixture *m = gmm_mixture_new(w, 2, 3, data.covariance);
    gmm_em_fit(w, &data, NULL, m);
    gmm_findings *f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 1);
    assert_finding(f, 0, GMM_FINDING_CONSTANT, GMM_NONE, (const char *const[]){ "a", "b", "c" },
        "column 'b' is 7.25 in every row; leave it out, it tells no component from another");
    gmm_findings_free(f);
    for (size_t i = 0; i < ROWS; i++)
        x[3 * i + 1] = NAN;
    f = diagnose(m, &data, NULL);
    ck_assert_uint_eq(f->n, 1);
    assert_finding(
        f, 0, GMM_FINDING_CONSTANT, GMM_NONE, NULL, "column 1 was seen in no row; leave it out");
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

/* Rows that are copies, in which nothing was seen or which do not count are none. */
START_TEST(fewer_distinct_rows_than_components_are_counted)
{
    const double x[] = { 1.5, NAN, 2.5, 3.5, 1.5, NAN, NAN, NAN, 8.5, 9.5 },
                 row_weights[] = { 2, 1, 1, 3, 0 };
    const gmm data = { .dimensions = 2, .n = 5, .x = x, .row_weights = row_weights };
    gmm_mixture *m = gmm_mixture_new(w, 3, 2, GMM_SPHERICAL);

    for (size_t i = 0; i < 6; i++)
        m->loc[i] = (double)i;
    gmm_findings *f = diagnose(m, &data, ZEROS);
    assert_finding(f, 0, GMM_FINDING_FEW_ROWS, GMM_NONE, NULL,
        "2 distinct rows for 3 components; fit no more components than that");
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

static size_t count_kind(const gmm_findings *f, gmm_finding_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += f->list[i].kind == kind;
    return n;
}

/* EM on hostile data: it ends, and what is odd is said. */
START_TEST(fits_of_few_rows_say_so)
{
    const double x[] = { 1.5, -2.25, 3.5, 0.75, 1.5, -2.25 };
    static const struct {
        size_t n, k, few, constant;
    } CASES[] = { { 1, 1, 0, 2 }, { 1, 2, 1, 2 }, { 2, 3, 1, 0 }, { 3, 3, 1, 0 }, { 3, 2, 0, 0 } };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const gmm data = { .components = CASES[i].k,
            .dimensions = 2,
            .covariance = (gmm_covariance)_i,
            .n = CASES[i].n,
            .x = x };
        gmm_mixture *m = gmm_mixture_new(w, CASES[i].k, 2, data.covariance);
        gmm_em_fit(w, &data, NULL, m);
        assert_ok(w);
        gmm_findings *f = diagnose(m, &data, NULL);
        ck_assert_uint_eq(count_kind(f, GMM_FINDING_FEW_ROWS), CASES[i].few);
        ck_assert_uint_eq(count_kind(f, GMM_FINDING_CONSTANT), CASES[i].constant);
        ck_assert_uint_gt(f->n, 0);
        gmm_findings_free(f);
        gmm_mixture_free(m);
    }
}
END_TEST

START_TEST(several_findings_are_a_list)
{
    const double x[] = { 2.5, 2.5, 2.5 };
    const gmm data = { .dimensions = 1, .n = 3, .x = x };
    gmm_mixture *m = gmm_mixture_new(w, 2, 1, GMM_DIAGONAL);
    gmm_findings *f = diagnose(m, &data, NULL);

    ck_assert_str_eq(gmm_format_findings(w, f, (const char *const[]){ "x" }),
        "- 1 distinct row for 2 components; fit no more components than that\n"
        "- column 'x' is 2.5 in every row; leave it out, it tells no component from another\n"
        "- components 0 and 1 are nearly the same (symmetric KL divergence 0); fit one component "
        "fewer, or take more restarts\n");
    gmm_findings_free(f);
    gmm_mixture_free(m);
}
END_TEST

START_TEST(a_diagnosis_needs_data)
{
    gmm_mixture *m = gmm_mixture_new(w, 2, 1, GMM_DIAGONAL);
    const double x[] = { 2.5, -INFINITY };

    ck_assert_ptr_null(gmm_diagnose(w, m, NULL, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_diagnose: got data of 0 columns, the mixture has 1");
    ck_assert_ptr_null(gmm_diagnose(w, m, &(gmm){ .dimensions = 1, .x = x }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_diagnose: got 0 rows, need at least one");
    ck_assert_ptr_null(gmm_diagnose(w, m, &(gmm){ .dimensions = 1, .n = 2, .x = x }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_diagnose: x in row 1, column 0 is -inf");
    ck_assert_ptr_null(gmm_diagnose(w, NULL, &(gmm){ .dimensions = 1, .n = 1, .x = x }, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_diagnose: need a mixture");
    gmm_findings_free(NULL);
    ck_assert_str_eq(gmm_format_findings(w, NULL, NULL), "");
    ck_assert_str_eq(gmm_finding_name((gmm_finding_kind)99), "unknown");
    gmm_mixture_free(m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_diagnose");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, a_healthy_mixture_has_no_findings, 0, 4);
    tcase_add_loop_test(all, a_healthy_fit_has_no_findings, 0, 8);
    tcase_add_loop_test(all, an_outlier_that_a_component_sits_on_is_named, 0, 12);
    tcase_add_loop_test(all, an_empty_component_is_named, 0, 4);
    tcase_add_loop_test(all, a_component_with_a_part_of_a_row_is_empty, 0, 4);
    tcase_add_loop_test(all, a_component_of_too_few_rows_is_named, 0, 4);
    tcase_add_test(all, row_weights_count_as_rows);
    tcase_add_loop_test(all, a_variance_at_its_floor_is_named, 0, 2);
    tcase_add_test(all, the_smallest_of_several_variances_counts);
    tcase_add_test(all, a_spherical_variance_at_its_floor_is_named);
    tcase_add_loop_test(all, columns_that_follow_from_each_other_are_named, 0, 2);
    tcase_add_loop_test(all, a_nearly_singular_covariance_is_named, 0, 2);
    tcase_add_loop_test(all, components_that_are_the_same_are_named, 0, 4);
    tcase_add_loop_test(all, of_three_that_are_the_same_two_are_named, 0, 4);
    tcase_add_loop_test(all, constant_columns_are_named_once, 0, 4);
    tcase_add_test(all, fewer_distinct_rows_than_components_are_counted);
    tcase_add_loop_test(all, fits_of_few_rows_say_so, 0, 4);
    tcase_add_test(all, several_findings_are_a_list);
    tcase_add_test(all, a_diagnosis_needs_data);
    return run_suite(suite);
}
