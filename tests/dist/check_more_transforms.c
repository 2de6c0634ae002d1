/* Transforms of many points and all sizes, and bounds that are vars. */
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

static const wick_node *node_of(wick_var x)
{
    assert_ok(w);
    return w->tape->node[x.node];
}

/* --- many points ----------------------------------------------------------------------------- */

/* Each constraint, with the size of its axes, and how far coordinates are told apart. */
static const struct space {
    wick_constraint c;
    size_t rank, n;
    double range;
} SPACES[] = {
    { { .kind = WICK_GREATER_THAN, .lower = -1.7 }, 0, 1, 30 },
    { { .kind = WICK_LESS_THAN, .upper = 0.4 }, 0, 1, 30 },
    { { .kind = WICK_SOFTPLUS_POSITIVE }, 0, 1, 30 },
    { { .kind = WICK_POSITIVE_ORDERED }, 1, 4, 6 },
    { { .kind = WICK_SUM_TO_ZERO }, 1, 5, 30 },
    { { .kind = WICK_CORR_CHOLESKY }, 2, 3, 30 },
    { { .kind = WICK_POSITIVE_DEFINITE }, 2, 3, 2 },
};

enum { N_SPACES = sizeof SPACES / sizeof *SPACES, MANY = 10000 };

/* Coordinates of biject_to for MANY members, in [-range, range]. */
static wick_node *many_coordinates(const struct space *s)
{
    const size_t sizes[] = { s->n, s->n };
    size_t reduced[WICK_MAX_RANK];
    const size_t rank = wicki_biject_size(s->c, s->rank, sizes, reduced);
    wick_node *x = wicki_leaf(w, NULL, rank, reduced, plate(w, "points", MANY), false);

    for (size_t i = 0; i < x->elements * MANY; i++)
        x->value[i] = s->range * scatter(i);
    return x;
}

START_TEST(ten_thousand_points_lie_inside_and_come_back)
{
    const struct space *s = &SPACES[_i];
    const size_t sizes[] = { s->n, s->n };
    wick_node *x = many_coordinates(s);
    const wick_node *y = node_of(wick_biject_to(s->c, wicki_var_of(w, x)));
    double *back = calloc(MANY * x->elements, sizeof *back);
    char reason[160] = "";

    for (size_t m = 0; m < MANY; m++) {
        ck_assert_msg(
            wicki_constraint_holds(s->c, s->rank, sizes, y->value + m, MANY, reason, sizeof reason),
            "%s", reason);
        wicki_biject_inverse(s->c, s->rank, sizes, y->value + m, back + m, MANY);
    }
    memcpy(x->value, back, MANY * x->elements * sizeof *back);
    free(back);
    const wick_node *again = node_of(wick_biject_to(s->c, wicki_var_of(w, x)));
    for (size_t i = 0; i < MANY * y->elements; i++)
        assert_close(again->value[i], y->value[i], 1e-12);
}
END_TEST

/* --- all sizes ------------------------------------------------------------------------------- */

static wick_var scattered(size_t n, double range)
{
    wick_node *x = wicki_leaf(w, NULL, 1, &n, 0, false);

    for (size_t i = 0; i < n; i++)
        x->value[i] = i % 37 == 5 ? 700 : i % 41 == 7 ? -700 : range * scatter(i);
    return wicki_var_of(w, x);
}

START_TEST(factors_of_correlations_have_rows_of_length_1_at_any_coordinates)
{
    for (size_t n = 2; n <= 64; n++) {
        const wick_node *y =
            node_of(wick_biject_to(wick_corr_cholesky(), scattered(n * (n - 1) / 2, 30)));
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += y->value[i * n + j] * y->value[i * n + j];
            ck_assert_double_eq_tol(sum, 1, 8 * DBL_EPSILON);
            ck_assert_double_gt(y->value[i * n + i], 0);
        }
        wick_reset(w);
    }
}
END_TEST

START_TEST(elements_sum_to_zero_and_keep_their_length)
{
    for (size_t n = 2; n <= 64; n++) {
        const wick_var x = scattered(n - 1, 30);
        const wick_node *in = node_of(x), *out = node_of(wick_biject_to(wick_sum_to_zero(), x));
        double sum = 0, before = 0, after = 0;
        for (size_t i = 0; i < n; i++) {
            sum += out->value[i];
            after += out->value[i] * out->value[i];
            before += i + 1 < n ? in->value[i] * in->value[i] : 0;
        }
        ck_assert_double_le(fabs(sum), 64 * DBL_EPSILON * 700);
        ck_assert_double_eq_tol(after, before, 1e-14 * before);
        wick_reset(w);
    }
}
END_TEST

/* Of Stan 2.36's sum_to_zero_constrain at (0.5, -1.25, 2): w_i = x_i / (i (i + 1))^(1/2). */
START_TEST(elements_that_sum_to_zero_are_those_of_stan)
{
    const double x[] = { 0.5, -1.25, 2 }, w1 = 0.5 / sqrt(2), w2 = -1.25 / sqrt(6),
                 w3 = 2 / sqrt(12);
    const double want[] = { w1 + w2 + w3, -w1 + w2 + w3, -2 * w2 + w3, -3 * w3 };
    const wick_node *y = node_of(wick_biject_to(wick_sum_to_zero(), wick_const(w, x, 3)));

    for (int i = 0; i < 4; i++)
        assert_close(y->value[i], want[i], 1e-15);
}
END_TEST

/* The partial correlations of Lewandowski, Kurowicka & Joe: for three variables r_12 = z_1,
 * r_13 = z_2 and r_23 = z_1 z_2 + z_3 ((1 - z_1^2)(1 - z_2^2))^(1/2). */
START_TEST(coordinates_of_a_correlation_are_partial_correlations)
{
    const double x[] = { 0.3, -0.8, 1.1 }, z[] = { tanh(0.3), tanh(-0.8), tanh(1.1) };
    const wick_node *l = node_of(wick_biject_to(wick_corr_cholesky(), wick_const(w, x, 3)));
    const double *v = l->value;

    assert_close(v[3], z[0], 1e-15);
    assert_close(v[6], z[1], 1e-15);
    assert_close(v[3] * v[6] + v[4] * v[7],
        z[0] * z[1] + z[2] * sqrt((1 - z[0] * z[0]) * (1 - z[1] * z[1])), 1e-15);
}
END_TEST

/* Larger than what the check of a matrix has room for: the factor of the store sees its pivots. */
START_TEST(a_large_matrix_that_is_not_positive_definite_is_no_parameter)
{
    enum { D = 50 };
    static double a[D * D];

    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < D; j++)
            a[i * D + j] = i == j ? 1 : i + j == 97 ? 0.5 : 0;
    wick_param(w, "good", wick_init_values(a, D, D), wick_positive_definite());
    assert_ok(w);
    a[48 * D + 49] = a[49 * D + 48] = 1.5;
    wick_param(w, "bad", wick_init_values(a, D, D), wick_positive_definite());
    assert_error(w, WICK_ERR_DOMAIN, "'bad'", "not positive definite");
    ck_assert(!wick_param_exists(w, "bad"));
}
END_TEST

/* --- bounds that are vars -------------------------------------------------------------------- */

/* Numbers in three members, differentiable. */
static wick_node *bound(uint32_t dims, double first, double step)
{
    wick_node *x = wicki_leaf(w, NULL, 0, NULL, dims, true);

    for (size_t i = 0; i < x->members; i++)
        x->value[i] = first + step * (double)i;
    return x;
}

/* lower + (upper - lower) s with s = sigmoid(0.3), and log(upper - lower) + log(s (1 - s)) */
START_TEST(an_interval_goes_along_with_its_bounds)
{
    const double s = 1 / (1 + exp(-0.3));
    const uint32_t p = plate(w, "p", 3);
    wick_node *lower = bound(p, -1, 0.25), *upper = bound(p, 2, 0.5);
    const wick_constraint c = wick_interval(wicki_var_of(w, lower), wicki_var_of(w, upper));
    const wick_var x = wick_num(w, 0.3), y = wick_biject_to(c, x);
    const wick_var log_det = wick_biject_log_det(c, x);

    ck_assert(isnan(c.lower) && isnan(c.upper));
    for (size_t i = 0; i < 3; i++) {
        const double width = upper->value[i] - lower->value[i];
        assert_close(node_of(y)->value[i], lower->value[i] + width * s, 1e-15);
        assert_close(node_of(log_det)->value[i], log(width * s * (1 - s)), 1e-14);
    }
    wick_backward(wick_total(wick_add(y, log_det)));
    for (size_t i = 0; i < 3; i++) {
        const double width = upper->value[i] - lower->value[i];
        assert_close(upper->adjoint[i], s + 1 / width, 1e-14);
        assert_close(lower->adjoint[i], 1 - s - 1 / width, 1e-14);
    }
}
END_TEST

START_TEST(half_lines_go_along_with_their_bound)
{
    wick_node *a = bound(0, 1.25, 0), *b = bound(0, -0.5, 0);
    const wick_constraint above = wick_greater_than(wicki_var_of(w, a));
    const wick_constraint below = wick_less_than(wicki_var_of(w, b));
    const wick_var y = wick_biject_to(above, wick_num(w, 0.3)),
                   z = wick_transform_to(below, wick_num(w, 0.3));

    assert_close(wick_value(y), 1.25 + exp(0.3), 1e-15);
    assert_close(wick_value(z), -0.5 - exp(0.3), 1e-15);
    assert_close(wick_value(wick_biject_log_det(above, wick_num(w, 0.3))), 0.3, 1e-15);
    ck_assert(above.lower == 1.25 && below.upper == -0.5);
    wick_backward(wick_add(wick_mul(2.0, y), z));
    assert_close(*a->adjoint, 2, 0);
    assert_close(*b->adjoint, 1, 0);
}
END_TEST

/* uniform(0.5, theta): the support is an interval whose upper end is theta. */
START_TEST(the_support_of_a_uniform_has_its_parameters_as_bounds)
{
    wick_node *theta = bound(0, 2, 0);
    const wick_constraint c = wick_support(wick_uniform(0.5, wicki_var_of(w, theta)));

    ck_assert(c.kind == WICK_INTERVAL && c.lower == 0.5 && c.upper == 2);
    ck_assert(!c.lower_var.w && c.upper_var.w == w);
    wick_backward(wick_biject_to(c, wick_num(w, -1.1)));
    assert_ok(w);
    assert_close(*theta->adjoint, 1 / (1 + exp(1.1)), 1e-15);
}
END_TEST

START_TEST(constants_as_bounds_are_numbers)
{
    const wick_constraint c = wick_interval(wick_num(w, -0.5), 3);

    ck_assert(!wicki_constraint_has_vars(c) && c.lower == -0.5 && c.upper == 3);
}
END_TEST

START_TEST(what_two_bounds_leave_of_the_reals_is_a_set_with_a_transform)
{
    const wick_operand none = wick_operand_number(-INFINITY), all = wick_operand_number(INFINITY);
    const wick_operand a = wick_operand_number(-1.5), b = wick_operand_number(2.5);

    ck_assert_int_eq(wicki_constraint_between(none, all).kind, WICK_REAL);
    ck_assert_int_eq(wicki_constraint_between(a, all).kind, WICK_GREATER_THAN);
    ck_assert_int_eq(wicki_constraint_between(none, b).kind, WICK_LESS_THAN);
    ck_assert_int_eq(wicki_constraint_between(a, b).kind, WICK_INTERVAL);
}
END_TEST

START_TEST(what_two_bounds_leave_of_a_support_keeps_its_own_ends)
{
    const wick_dist left = wick_truncated(w, wick_exponential(1.3), -INFINITY, 3);
    const wick_dist right = wick_truncated(w, wick_normal(0.4, 1.3), -0.5, INFINITY);
    const wick_constraint a = wick_support(left), b = wick_support(right);
    const wick_node *theta = bound(0, 2, 0);
    const wick_constraint own = wick_interval(0.5, wicki_var_of(w, theta));
    const wick_constraint c =
        wicki_constraint_cut(own, wick_operand_number(1), wick_operand_number(INFINITY));

    ck_assert(a.kind == WICK_INTERVAL && a.lower == 0 && a.upper == 3);
    ck_assert(b.kind == WICK_GREATER_THAN && b.lower == -0.5);
    ck_assert(c.kind == WICK_INTERVAL && c.lower == 1 && c.upper_var.w == w);
    ck_assert_int_eq(wicki_constraint_cut(
                         wick_real(), wick_operand_number(-INFINITY), wick_operand_number(INFINITY))
                         .kind,
        WICK_REAL);
}
END_TEST

START_TEST(a_parameter_needs_numbers_as_bounds)
{
    const wick_var theta = wick_param(w, "theta", wick_init_num(2), wick_positive());
    const double two = 2;

    wick_param(w, "x", wick_init_num(0.5), wick_interval(0, theta));
    assert_error(w, WICK_ERR_ARGUMENT,
        "wick_param: the bounds of interval are vars, but a parameter needs numbers; make it real "
        "and pass it to wick_biject_to with this constraint",
        "'x'");
    ck_assert(!wick_param_exists(w, "x"));
    wick_param(w, "x", wick_init_num(0.5), wick_interval(0, two));
    wick_param(w, "x", wick_init_num(0.5), wick_interval(0, wick_param_read(w, "theta")));
    assert_error(w, WICK_ERR_ARGUMENT, "need");
}
END_TEST

/* Bounds of which nothing is known do not count. */
START_TEST(a_bound_that_varies_is_not_held_against_a_value)
{
    const wick_node *upper = bound(plate(w, "p", 3), 2, 0.5);
    const wick_constraint c = wick_interval(-1, wicki_var_of(w, upper));
    const double inside = 1e9, outside = -1.5;
    char reason[160];

    ck_assert(wicki_constraint_holds(c, 0, NULL, &inside, 1, reason, sizeof reason));
    ck_assert(!wicki_constraint_holds(c, 0, NULL, &outside, 1, reason, sizeof reason));
    ck_assert(wicki_constraint_within(c, wick_interval(-1, 0)));
    ck_assert(!wicki_constraint_within(c, wick_interval(0, 5)));
}
END_TEST

/* --- sets within sets ------------------------------------------------------------------------ */

START_TEST(sets_are_within_those_that_have_all_their_members)
{
    const wick_constraint real = wick_real(), positive = wick_positive(),
                          above = wick_greater_than(-1.5), below = wick_less_than(-2);

    ck_assert(
        wicki_constraint_within(positive, above) && !wicki_constraint_within(above, positive));
    ck_assert(wicki_constraint_within(wick_softplus_positive(), positive));
    ck_assert(!wicki_constraint_within(below, above) && wicki_constraint_within(below, real));
    ck_assert(!wicki_constraint_within(real, below));
    ck_assert(wicki_constraint_within(wick_positive_ordered(), wick_ordered()));
    ck_assert(!wicki_constraint_within(wick_ordered(), wick_positive_ordered()));
    ck_assert(wicki_constraint_within(wick_positive_ordered(), positive));
    ck_assert(wicki_constraint_within(wick_corr_cholesky(), wick_lower_cholesky()));
    ck_assert(!wicki_constraint_within(wick_lower_cholesky(), wick_corr_cholesky()));
    ck_assert(!wicki_constraint_within(real, wick_sum_to_zero()));
    ck_assert(wicki_constraint_within(wick_positive_definite(), wick_positive_definite()));
}
END_TEST

START_TEST(conditions_are_said_in_words)
{
    const wick_node *varies = bound(plate(w, "p", 3), 2, 0.5);
    const struct {
        wick_constraint c;
        const char *words;
    } said[] = { { wick_greater_than(0.25), "0.25 <= x" }, { wick_less_than(0.25), "x <= 0.25" },
        { wick_interval(0.25, wicki_var_of(w, varies)), "0.25 <= x <= upper" },
        { wick_corr_cholesky(),
            "lower-triangular with a positive diagonal and rows of length 1" } };

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char buffer[128] = "";
        wicki_text text = { buffer, sizeof buffer, 0 };
        wicki_constraint_condition(said[i].c, &text);
        ck_assert_str_eq(buffer, said[i].words);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("more transforms");
    TCase *maps = new_case(suite, "maps"), *bounds = new_case(suite, "bounds"),
          *sets = new_case(suite, "sets");

    tcase_add_checked_fixture(maps, setup, teardown);
    tcase_add_checked_fixture(bounds, setup, teardown);
    tcase_add_checked_fixture(sets, setup, teardown);
    tcase_add_loop_test(maps, ten_thousand_points_lie_inside_and_come_back, 0, N_SPACES);
    tcase_add_test(maps, factors_of_correlations_have_rows_of_length_1_at_any_coordinates);
    tcase_add_test(maps, elements_sum_to_zero_and_keep_their_length);
    tcase_add_test(maps, elements_that_sum_to_zero_are_those_of_stan);
    tcase_add_test(maps, coordinates_of_a_correlation_are_partial_correlations);
    tcase_add_test(maps, a_large_matrix_that_is_not_positive_definite_is_no_parameter);
    tcase_add_test(bounds, an_interval_goes_along_with_its_bounds);
    tcase_add_test(bounds, half_lines_go_along_with_their_bound);
    tcase_add_test(bounds, the_support_of_a_uniform_has_its_parameters_as_bounds);
    tcase_add_test(bounds, constants_as_bounds_are_numbers);
    tcase_add_test(bounds, what_two_bounds_leave_of_the_reals_is_a_set_with_a_transform);
    tcase_add_test(bounds, what_two_bounds_leave_of_a_support_keeps_its_own_ends);
    tcase_add_test(bounds, a_parameter_needs_numbers_as_bounds);
    tcase_add_test(bounds, a_bound_that_varies_is_not_held_against_a_value);
    tcase_add_test(sets, sets_are_within_those_that_have_all_their_members);
    tcase_add_test(sets, conditions_are_said_in_words);
    return run_suite(suite);
}
