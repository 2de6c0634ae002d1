/* Constraints, transforms to them, and the log-determinants of the bijective ones. */
#include "dist/transform.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"

static wick *w;

static void setup(void)
{
    w = wick_new(NULL);
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* Each kind with a transform, over events that have an axis before those it ties together. */
static const struct {
    wick_constraint c;
    size_t rank, sizes[3];
} SPACES[] = {
    { { .kind = WICK_REAL }, 2, { 3, 4 } },
    { { .kind = WICK_POSITIVE }, 2, { 3, 4 } },
    { { .kind = WICK_NONNEGATIVE }, 1, { 7 } },
    { { .kind = WICK_UNIT_INTERVAL }, 2, { 3, 4 } },
    { { .kind = WICK_INTERVAL, .lower = -1.7, .upper = 0.4 }, 2, { 3, 4 } },
    { { .kind = WICK_INTERVAL, .lower = 1e3, .upper = 1e3 + 3 }, 0, { 0 } },
    { { .kind = WICK_GREATER_THAN, .lower = -1.7, .upper = INFINITY }, 2, { 3, 4 } },
    { { .kind = WICK_LESS_THAN, .lower = -INFINITY, .upper = 0.4 }, 1, { 7 } },
    { { .kind = WICK_SOFTPLUS_POSITIVE }, 2, { 3, 4 } },
    { { .kind = WICK_SIMPLEX }, 1, { 2 } },
    { { .kind = WICK_SIMPLEX }, 2, { 3, 5 } },
    { { .kind = WICK_SIMPLEX }, 1, { 64 } },
    { { .kind = WICK_ORDERED }, 2, { 3, 5 } },
    { { .kind = WICK_ORDERED }, 1, { 1 } },
    { { .kind = WICK_POSITIVE_ORDERED }, 2, { 3, 5 } },
    { { .kind = WICK_POSITIVE_ORDERED }, 1, { 1 } },
    { { .kind = WICK_SUM_TO_ZERO }, 2, { 3, 5 } },
    { { .kind = WICK_SUM_TO_ZERO }, 1, { 64 } },
    { { .kind = WICK_CORR_CHOLESKY }, 2, { 2, 2 } },
    { { .kind = WICK_CORR_CHOLESKY }, 2, { 8, 8 } },
    { { .kind = WICK_CORR_CHOLESKY }, 3, { 2, 3, 3 } },
    { { .kind = WICK_POSITIVE_DEFINITE }, 2, { 1, 1 } },
    { { .kind = WICK_POSITIVE_DEFINITE }, 2, { 4, 4 } },
    { { .kind = WICK_POSITIVE_DEFINITE }, 3, { 2, 3, 3 } },
    { { .kind = WICK_LOWER_CHOLESKY }, 2, { 4, 4 } },
    { { .kind = WICK_LOWER_CHOLESKY }, 3, { 2, 3, 3 } },
};

enum { N_SPACES = sizeof SPACES / sizeof *SPACES, ROOM = 64, MEMBERS = 5 };

static size_t size_of(size_t rank, const size_t *sizes)
{
    size_t n = 1;

    for (size_t i = 0; i < rank; i++)
        n *= sizes[i];
    return n;
}

/* Coordinates between -range and range, for each of MEMBERS. */
static wick_node *coordinates(size_t rank, const size_t *sizes, double range)
{
    wick_node *x = wicki_leaf(w, NULL, rank, sizes, plate(w, "p", MEMBERS), true);

    for (size_t i = 0; i < x->elements * MEMBERS; i++)
        x->value[i] = range * scatter(i);
    return x;
}

static void check_inside(wick_constraint c, size_t rank, const size_t *sizes, const wick_node *y)
{
    char reason[128] = "";

    for (size_t m = 0; m < MEMBERS; m++)
        ck_assert_msg(
            wicki_constraint_holds(c, rank, sizes, y->value + m, MEMBERS, reason, sizeof reason),
            "%s", reason);
}

static const wick_node *transformed(wick_constraint c, const wick_node *x, bool bijective)
{
    const wick_var v = wicki_var_of(w, x);
    const wick_var y = bijective ? wick_biject_to(c, v) : wick_transform_to(c, v);

    assert_ok(w);
    return w->tape->node[y.node];
}

/*
 * Coordinates up to there are told apart: increments below the precision of a sum vanish; the larger
 * part of a matrix that is a product hides the smaller ones.
 */
static double widest(wick_constraint_kind kind, double otherwise)
{
    const bool sums = kind == WICK_ORDERED || kind == WICK_POSITIVE_ORDERED;

    return sums ? 8 : kind == WICK_POSITIVE_DEFINITE ? 3 : otherwise;
}

START_TEST(every_transform_leads_into_its_constraint)
{
    const wick_constraint c = SPACES[_i].c;
    const size_t rank = SPACES[_i].rank, *sizes = SPACES[_i].sizes;
    size_t reduced[WICK_MAX_RANK];
    const size_t left = wicki_biject_size(c, rank, sizes, reduced);
    const double most = widest(c.kind, 700);

    for (double range = 3; range <= most; range *= 700.0 / 3) {
        check_inside(c, rank, sizes, transformed(c, coordinates(rank, sizes, range), false));
        check_inside(c, rank, sizes, transformed(c, coordinates(left, reduced, range), true));
    }
}
END_TEST

START_TEST(the_forms_for_arrays_and_for_the_tape_agree_to_the_bit)
{
    const wick_constraint c = SPACES[_i].c;
    const size_t rank = SPACES[_i].rank, *sizes = SPACES[_i].sizes, n = size_of(rank, sizes);
    const wick_node *x = coordinates(rank, sizes, 30), *y = transformed(c, x, false);
    double out[ROOM * MEMBERS];

    for (size_t m = 0; m < MEMBERS; m++)
        wicki_transform_forward(c, rank, sizes, x->value + m, out + m, MEMBERS);
    assert_same_bits(out, y->value, n * MEMBERS);
}
END_TEST

/* Value to coordinates and back. */
START_TEST(round_trips_return_the_value)
{
    const wick_constraint c = SPACES[_i].c;
    const size_t rank = SPACES[_i].rank, *sizes = SPACES[_i].sizes, n = size_of(rank, sizes);
    size_t reduced[WICK_MAX_RANK];
    const size_t left = wicki_biject_size(c, rank, sizes, reduced);
    const double range = widest(c.kind, 30);

    for (int bijective = 0; bijective < 2; bijective++) {
        wick_node *x =
            bijective ? coordinates(left, reduced, range) : coordinates(rank, sizes, range);
        const wick_node *y = transformed(c, x, bijective);
        double want[ROOM * MEMBERS];
        memcpy(want, y->value, n * MEMBERS * sizeof *want);
        for (size_t m = 0; m < MEMBERS; m++) {
            if (!bijective)
                wicki_transform_inverse(c, rank, sizes, want + m, x->value + m, MEMBERS);
            else
                ck_assert_uint_eq(
                    wicki_biject_inverse(c, rank, sizes, want + m, x->value + m, MEMBERS),
                    x->elements);
        }
        y = transformed(c, x, bijective);
        for (size_t i = 0; i < n * MEMBERS; i++)
            ck_assert_double_eq_tol(y->value[i], want[i], 1e-12 * fmax(1, fabs(want[i])));
    }
}
END_TEST

/* Coordinates to the value and back, where the value tells them apart. */
START_TEST(round_trips_return_the_coordinates)
{
    const wick_constraint c = SPACES[_i].c;
    const size_t rank = SPACES[_i].rank, *sizes = SPACES[_i].sizes;
    size_t reduced[WICK_MAX_RANK];
    const size_t left = wicki_biject_size(c, rank, sizes, reduced);
    const wick_node *x = coordinates(left, reduced, 2), *y = transformed(c, x, true);
    double back[ROOM];

    for (size_t m = 0; m < MEMBERS && c.lower < 100; m++) {
        double event[ROOM];
        for (size_t e = 0; e < y->elements; e++)
            event[e] = y->value[e * MEMBERS + m];
        wicki_biject_inverse(c, rank, sizes, event, back, 1);
        for (size_t e = 0; e < x->elements; e++)
            ck_assert_double_eq_tol(back[e], x->value[e * MEMBERS + m], 1e-12);
    }
}
END_TEST

/* log |det| by elimination with the largest pivots */
static double log_determinant(size_t n, double *a)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t i = k; i < n; i++)
            best = fabs(a[i * n + k]) > fabs(a[best * n + k]) ? i : best;
        for (size_t j = 0; j < n; j++) {
            const double kept = a[k * n + j];
            a[k * n + j] = a[best * n + j];
            a[best * n + j] = kept;
        }
        sum += log(fabs(a[k * n + k]));
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = n; j-- > k;)
                a[i * n + j] -= a[i * n + k] / a[k * n + k] * a[k * n + j];
    }
    return sum;
}

/* Which elements of the value are free: the lower triangle, with or without its diagonal; all of a
 * vector with a given sum but the last. */
static bool is_free(wick_constraint c, size_t n, size_t e)
{
    const size_t i = e / n % n, j = e % n;

    if (c.kind == WICK_SIMPLEX || c.kind == WICK_SUM_TO_ZERO)
        return j != n - 1;
    if (c.kind == WICK_LOWER_CHOLESKY || c.kind == WICK_POSITIVE_DEFINITE)
        return j <= i;
    return c.kind != WICK_CORR_CHOLESKY || j < i;
}

/* Within the plane of sum 0 a volume is K^(1/2) times that of its shadow, the first K - 1 elements. */
static double of_shadow(wick_constraint c, size_t last, size_t n)
{
    return c.kind == WICK_SUM_TO_ZERO ? 0.5 * log((double)last) * (double)(n / (last - 1)) : 0;
}

START_TEST(log_determinants_match_the_jacobian_by_differences)
{
    static double jacobian[ROOM * ROOM];
    const wick_constraint c = SPACES[_i].c;
    const size_t rank = SPACES[_i].rank, *sizes = SPACES[_i].sizes;
    const size_t last = rank ? sizes[rank - 1] : 1;
    const double h = 1e-2, weight[3] = { 45, -9, 1 }, origin = isfinite(c.lower) ? c.lower : 0;
    size_t reduced[WICK_MAX_RANK];
    const size_t left = wicki_biject_size(c, rank, sizes, reduced), n = size_of(left, reduced);
    wick_node *x = coordinates(left, reduced, 1.5);
    const wick_var log_det = wick_biject_log_det(c, wicki_var_of(w, x));
    const wick_node *got = w->tape->node[log_det.node];

    assert_ok(w);
    ck_assert_uint_eq(got->rank, 0);
    memset(jacobian, 0, sizeof jacobian);
    for (size_t k = 0; k < n; k++) {
        double *at = x->value + k * MEMBERS + 2;
        const double kept = *at;
        for (int step = -3; step <= 3; step++) {
            *at = kept + step * h;
            const wick_node *y = transformed(c, x, true);
            for (size_t e = 0, row = 0; step != 0 && e < y->elements; e++)
                if (is_free(c, last, e))
                    jacobian[row++ * n + k] += (step > 0 ? 1 : -1) * weight[abs(step) - 1] *
                        (y->value[e * MEMBERS + 2] - origin) / (60 * h);
        }
        *at = kept;
    }
    assert_close(got->value[got->members == 1 ? 0 : 2],
        log_determinant(n, jacobian) + of_shadow(c, last, n), 1e-8);
}
END_TEST

START_TEST(zeros_are_the_centre_of_the_simplex)
{
    for (size_t k = 2; k <= 64; k++) {
        const wick_var y = wick_biject_to(wick_simplex(), wick_fill(w, 0, k - 1));
        for (size_t i = 0; i < k; i++)
            assert_close(w->tape->node[y.node]->value[i] * (double)k, 1, 1e-13);
    }
}
END_TEST

START_TEST(the_simplex_of_one_weight_has_no_coordinate)
{
    double out = 0.7;

    ck_assert_uint_eq(wicki_biject_inverse(wick_simplex(), 1, (size_t[]){ 1 }, &out, &out, 1), 0);
    assert_close(
        wick_value(wick_sum_event(wick_transform_to(wick_simplex(), wick_fill(w, 3.3, 1)))), 1, 0);
}
END_TEST

/* The gradient of transform_to at 0.3: the derivative of exp, sigmoid, and -1.7 + 2.1 sigmoid. */
START_TEST(gradients_flow_through_transforms)
{
    const double e = exp(0.3), s = 1 / (1 + exp(-0.3));
    const struct {
        wick_constraint c;
        double want;
    } slopes[] = { { wick_real(), 1 }, { wick_positive(), e },
        { wick_unit_interval(), s * (1 - s) }, { wick_interval(-1.7, 0.4), 2.1 * s * (1 - s) } };

    for (int i = 0; i < 4; i++) {
        wick_node *x = wicki_leaf(w, NULL, 0, NULL, 0, true);
        *x->value = 0.3;
        wick_backward(wick_transform_to(slopes[i].c, wicki_var_of(w, x)));
        assert_ok(w);
        assert_close(*x->adjoint, slopes[i].want, 1e-14);
    }
}
END_TEST

/* --- membership ------------------------------------------------------------------------------ */

static void outside(
    wick_constraint c, size_t rank, const size_t *sizes, const double *values, const char *want)
{
    char reason[128] = "";

    ck_assert(!wicki_constraint_holds(c, rank, sizes, values, 1, reason, sizeof reason));
    ck_assert_str_eq(reason, want);
}

START_TEST(what_is_outside_a_constraint_is_named)
{
    const double bad[] = { 0.7, 0.3, -1, 0.2 }, wide[] = { 0.7, 0.3, 0.1, 0.1 },
                 up[] = { 0.1, 0.7, 0.7 };
    const double factor[] = { 1, 0, -0.4, 0.6 }, indefinite[] = { 1, 2, 2, 1 };
    const double upper[] = { 1.3, 7, -0.4, 0.6 }, negative[] = { 1.3, 0, -0.4, -0.6 };
    const double one = 1, half = 0.5, zero = 0, infinite = INFINITY, nan = NAN;
    const size_t four[] = { 4 }, three[] = { 3 }, square[] = { 2, 2 }, flat[] = { 1, 4 };

    outside(wick_positive(), 1, four, bad, "positive: -1 at [2], must be > 0");
    outside(wick_positive(), 2, square, bad, "positive: -1 at [1][0], must be > 0");
    outside(wick_positive(), 0, NULL, &zero, "positive: 0, must be > 0");
    outside(wick_positive(), 0, NULL, &infinite, "positive: inf, must be finite");
    outside(wick_real(), 0, NULL, &nan, "real: nan, must be finite");
    outside(wick_nonnegative(), 1, four, bad, "nonnegative: -1 at [2], must be >= 0");
    outside(wick_unit_interval(), 0, NULL, &one, "unit_interval: 1, must be > 0 and < 1");
    outside(wick_interval(0.6, 2), 0, NULL, &half, "interval: 0.5, must be from 0.6 to 2");
    outside(wick_simplex(), 1, four, wide, "simplex: sums to 1.2, must be 1");
    outside(wick_simplex(), 2, flat, wide, "simplex: sums to 1.2 at [0][0], must be 1");
    outside(wick_simplex(), 1, four, bad, "simplex: -1 at [2], must be >= 0");
    outside(
        wick_greater_than(0.25), 1, four, bad, "greater_than: -1 at [2], must be 0.25 at least");
    outside(wick_less_than(0.25), 0, NULL, &half, "less_than: 0.5, must be 0.25 at most");
    outside(wick_softplus_positive(), 0, NULL, &zero, "softplus_positive: 0, must be > 0");
    outside(wick_positive_ordered(), 1, four, bad, "positive_ordered: -1 at [2], must be > 0");
    outside(wick_positive_ordered(), 1, three, up,
        "positive_ordered: 0.7 at [2], must be more than the one before");
    outside(wick_sum_to_zero(), 1, four, wide, "sum_to_zero: sums to 1.2, must be 0");
    outside(wick_corr_cholesky(), 2, square, factor,
        "corr_cholesky: has squares that sum to 0.52 at [1][0], must be 1");
    outside(wick_corr_cholesky(), 2, square, upper,
        "corr_cholesky: 7 at [0][1], must be 0 above the diagonal");
    outside(wick_positive_definite(), 2, square, upper,
        "positive_definite: 7 at [0][1], must be -0.4 as across the diagonal");
    outside(wick_positive_definite(), 2, square, indefinite,
        "positive_definite: has the pivot -3 at [1][1], must be > 0 in a positive definite matrix");
    outside(wick_simplex(), 0, NULL, &one, "simplex: an event of rank 0, need vectors");
    outside(wick_ordered(), 1, three, up, "ordered: 0.7 at [2], must be more than the one before");
    outside(wick_lower_cholesky(), 2, square, upper,
        "lower_cholesky: 7 at [0][1], must be 0 above the diagonal");
    outside(wick_lower_cholesky(), 2, square, negative,
        "lower_cholesky: -0.6 at [1][1], must be > 0 on the diagonal");
    outside(wick_lower_cholesky(), 1, four, wide,
        "lower_cholesky: an event of rank 1, need square matrices");
    outside(
        (wick_constraint){ .kind = WICK_BOOLEAN }, 0, NULL, &half, "boolean: 0.5, must be 0 or 1");
    outside((wick_constraint){ .kind = WICK_INTEGER_INTERVAL, .lower = 0, .upper = 4 }, 0, NULL,
        &half, "integer_interval: 0.5, must be an integer from 0 to 4");
    outside((wick_constraint){ .kind = WICK_INTEGER_INTERVAL, .lower = 0, .upper = INFINITY }, 0,
        NULL, &half, "integer_interval: 0.5, must be an integer from 0 on");
}
END_TEST

START_TEST(rounded_weights_are_still_a_simplex)
{
    const double near[] = { 0.1, 0.2, 0.7 + 2.9e-8 }, off[] = { 0.1, 0.2, 0.7 + 3.1e-8 };
    char reason[128];

    ck_assert(
        wicki_constraint_holds(wick_simplex(), 1, (size_t[]){ 3 }, near, 1, reason, sizeof reason));
    ck_assert(
        !wicki_constraint_holds(wick_simplex(), 1, (size_t[]){ 3 }, off, 1, reason, sizeof reason));
}
END_TEST

START_TEST(values_on_the_boundary_get_finite_coordinates)
{
    const double zero = 0, one = 1, weights[] = { 0, 1, 0 };
    double x[3];

    wicki_transform_inverse(wick_nonnegative(), 0, NULL, &zero, x, 1);
    ck_assert(isfinite(*x));
    wicki_transform_inverse(wick_interval(0, 1), 0, NULL, &one, x, 1);
    ck_assert(isfinite(*x));
    wicki_transform_forward(wick_interval(0, 1), 0, NULL, x, x, 1);
    assert_close(*x, 1, DBL_EPSILON);
    wicki_transform_inverse(wick_simplex(), 1, (size_t[]){ 3 }, weights, x, 1);
    ck_assert(isfinite(x[0]) && isfinite(x[2]));
    wicki_transform_forward(wick_simplex(), 1, (size_t[]){ 3 }, x, x, 1);
    ck_assert_double_eq_tol(x[1], 1, 1e-300);
    wicki_biject_inverse(wick_simplex(), 1, (size_t[]){ 3 }, weights, x, 1);
    ck_assert(isfinite(x[0]) && isfinite(x[1]));
}
END_TEST

START_TEST(what_has_no_transform_is_an_error)
{
    const wick_var x = wick_num(w, 0.3);

    wick_transform_to((wick_constraint){ .kind = WICK_BOOLEAN }, x);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_transform_to: boolean is discrete");
    wick_biject_to((wick_constraint){ .kind = WICK_INTEGER_INTERVAL, .lower = 0, .upper = 3 },
        wick_num(w, 0.3));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_biject_to: integer_interval is discrete");
    wick_biject_log_det(wick_interval(2.5, 1.25), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_DOMAIN, "wick_biject_log_det: interval from 2.5 to 1.25");
    wick_transform_to(wick_interval(-INFINITY, 1), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_DOMAIN, "need finite bounds");
    wick_transform_to(wick_greater_than(-INFINITY), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_DOMAIN, "wick_transform_to: greater_than -inf, need a finite bound");
    wick_biject_to(wick_less_than(NAN), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_DOMAIN, "wick_biject_to: less_than nan, need a finite bound");
    wick_biject_to(wick_corr_cholesky(), wick_fill(w, 0.3, 4));
    assert_error(w, WICK_ERR_SHAPE, "got [4], need a vector of n (n - 1) / 2 elements");
    wick_transform_to(wick_simplex(), wick_num(w, 0.3));
    assert_error(w, WICK_ERR_SHAPE, "simplex needs an event");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transforms");
    TCase *maps = new_case(suite, "maps"), *sets = new_case(suite, "sets");

    tcase_add_checked_fixture(maps, setup, teardown);
    tcase_add_checked_fixture(sets, setup, teardown);
    tcase_add_loop_test(maps, every_transform_leads_into_its_constraint, 0, N_SPACES);
    tcase_add_loop_test(maps, the_forms_for_arrays_and_for_the_tape_agree_to_the_bit, 0, N_SPACES);
    tcase_add_loop_test(maps, round_trips_return_the_value, 0, N_SPACES);
    tcase_add_loop_test(maps, round_trips_return_the_coordinates, 0, N_SPACES);
    tcase_add_loop_test(maps, log_determinants_match_the_jacobian_by_differences, 0, N_SPACES);
    tcase_add_test(maps, zeros_are_the_centre_of_the_simplex);
    tcase_add_test(maps, the_simplex_of_one_weight_has_no_coordinate);
    tcase_add_test(maps, gradients_flow_through_transforms);
    tcase_add_test(sets, what_is_outside_a_constraint_is_named);
    tcase_add_test(sets, rounded_weights_are_still_a_simplex);
    tcase_add_test(sets, values_on_the_boundary_get_finite_coordinates);
    tcase_add_test(sets, what_has_no_transform_is_an_error);
    return run_suite(suite);
}
