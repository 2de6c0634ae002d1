/* Lives of vars, errors that stick, and graphs of extreme shape. */
#include "tests/tape/fixture.h"

static wick *w;

static void start(void)
{
    w = wick_new(NULL);
}

static void finish(void)
{
    wick_free(w);
}

static void expect_error(wick_code code, const char *part)
{
    ck_assert_int_eq(wick_status(w), code);
    ck_assert_msg(strstr(wick_message(w), part) != NULL, "%s", wick_message(w));
}

/* --- which vars are taken ---------------------------------------------------------------------- */

START_TEST(a_var_of_an_earlier_step_is_refused)
{
    const wick_var x = wick_num(w, 1.5);

    wick_reset(w);
    wick_exp(x);
    expect_error(WICK_ERR_STATE, "wick_exp: an operand is from an earlier step");
}
END_TEST

START_TEST(a_var_of_another_handle_is_refused)
{
    wick *other = wick_new(NULL);

    wick_add(wick_num(w, 1.5), wick_num(other, 2.5));
    expect_error(WICK_ERR_STATE, "wick_add: an operand belongs to another handle");
    ck_assert_int_eq(wick_status(other), WICK_OK);
    wick_free(other);
}
END_TEST

START_TEST(a_var_that_was_never_set_is_refused)
{
    wick_mul(wick_num(w, 1.5), WICK_VAR_NONE);
    expect_error(WICK_ERR_STATE, "wick_mul: an operand was never set");
}
END_TEST

START_TEST(an_op_on_nothing_but_unset_vars_is_inert)
{
    ck_assert_ptr_null(wick_exp(WICK_VAR_NONE).w);
    ck_assert_ptr_null(wick_add(WICK_VAR_NONE, 2.0).w);
    ck_assert_ptr_null(wick_dot(WICK_VAR_NONE, WICK_VAR_NONE).w);
    ck_assert(isnan(wick_value(WICK_VAR_NONE)));
    ck_assert_uint_eq(wick_size(WICK_VAR_NONE), 0);
    wick_backward(WICK_VAR_NONE);
}
END_TEST

START_TEST(after_an_error_calls_are_inert_until_it_is_cleared)
{
    const wick_var x = wick_num(w, 1.5);
    double out = 7.0;

    wick_dot(x, x);
    char first[512];
    strncpy(first, wick_message(w), sizeof first - 1);
    first[sizeof first - 1] = '\0';
    ck_assert_ptr_null(wick_exp(x).w);
    ck_assert_ptr_null(wick_num(w, 3.0).w);
    wick_exp(WICK_VAR_NONE);
    ck_assert_uint_eq(wick_get(x, &out, 1), 0);
    ck_assert_double_eq(out, 7.0);
    ck_assert_str_eq(wick_message(w), first);
    wick_clear(w);
    ck_assert_str_eq(wick_message(w), "no error");
    ck_assert_double_eq(wick_value(wick_num(w, 3.5)), 3.5);
}
END_TEST

/* --- backward ---------------------------------------------------------------------------------- */

START_TEST(only_a_scalar_has_a_gradient)
{
    wick_backward(wick_fill(w, 1.0, 2, 3));
    expect_error(WICK_ERR_SHAPE, "the loss has 6 elements, need a scalar");
}
END_TEST

START_TEST(a_loss_over_a_plate_has_no_gradient)
{
    const dims d = dims_with(w, 5);

    wick_backward(random_leaf(w, 0, NULL, set_of(w, &d, A), 1));
    expect_error(WICK_ERR_SHAPE, "the loss has 5 elements");
}
END_TEST

START_TEST(a_second_backward_forgets_the_first)
{
    const wick_var x = number(w, 0.7), y = number(w, 2.0);
    const wick_var f = wick_mul(x, y), g = wick_square(x);

    wick_backward(f);
    wick_backward(f);
    ck_assert_double_eq(gradient_of(x), 2.0);
    wick_backward(g);
    ck_assert_double_eq(gradient_of(x), 1.4);
    ck_assert_double_eq(gradient_of(y), 0.0);
    ck_assert_double_eq(gradient_of(f), 0.0);
}
END_TEST

START_TEST(a_constant_loss_has_zero_gradients)
{
    const wick_var x = number(w, 0.7);

    wick_backward(wick_num(w, 3.0));
    ck_assert_int_eq(wick_status(w), WICK_OK);
    ck_assert_double_eq(gradient_of(x), 0.0);
}
END_TEST

START_TEST(a_loss_that_is_not_finite_is_traced_to_its_op)
{
    const wick_var x = number(w, -2.0);

    wick_backward(wick_mul(3.0, wick_add(wick_exp(x), wick_log(x))));
    expect_error(WICK_ERR_NONFINITE, "it began in wick_log");
}
END_TEST

START_TEST(a_loss_that_is_not_finite_names_the_member)
{
    const dims d = dims_with(w, 5);
    const wick_var x = random_leaf(w, 0, NULL, set_of(w, &d, A | B), 3);

    for (size_t i = 0; i < 15; i++)
        node_of(x)->value[i] = i == 2 * 5 + 4 ? -0.5 : 1.0;
    wick_backward(wick_total(wick_sqrt(x)));
    expect_error(WICK_ERR_NONFINITE, "it began in wick_sqrt at 'b' 2, 'a' 4");
}
END_TEST

/* --- extreme graphs ---------------------------------------------------------------------------- */

START_TEST(a_graph_of_10000_ops_in_a_row_has_its_gradient)
{
    const wick_var x = number(w, 0.3);
    wick_var y = x;

    /* d/dx of 10,000 times y = 1.0001 y - 0.25 is 1.0001^10000 */
    for (int i = 0; i < 5000; i++)
        y = wick_sub(wick_mul(y, 1.0001 * 1.0001), 0.25);
    wick_backward(y);
    ck_assert_double_eq_tol(gradient_of(x), pow(1.0001, 10000.0), 1e-11);
}
END_TEST

START_TEST(a_value_with_10000_users_sums_their_gradients)
{
    enum { N = 10000 };
    const wick_var x = number(w, 0.3);
    static wick_var y[N];

    for (int i = 0; i < N; i++)
        y[i] = wick_mul(x, i + 0.5);
    wick_backward(wick_sum_of(w, N, y));
    ck_assert_double_eq(gradient_of(x), N / 2.0 * N); /* sum of i + 1/2 is N^2 / 2 */
}
END_TEST

START_TEST(a_sum_of_nothing_is_zero)
{
    ck_assert_double_eq(wick_value(wick_sum_of(w, 0, NULL)), 0.0);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

typedef struct counter {
    size_t live, calls;
} counter;

static void *counted_allocate(size_t size, void *arg)
{
    counter *c = arg;

    c->live++;
    c->calls++;
    return malloc(size);
}

static void counted_release(void *memory, void *arg)
{
    counter *c = arg;

    c->live--;
    free(memory);
}

static void one_step(wick *handle, size_t step)
{
    const dims d = dims_with(handle, 100);
    const wick_var x = leaf(handle, 2, (size_t[]){ 3, 3 }, set_of(handle, &d, A));

    for (size_t i = 0; i < size_of(x); i++)
        node_of(x)->value[i] = between(-1.0, 1.0, step, i);
    const wick_var a = wick_add(wick_matmul(x, wick_transpose(x)), wick_eye(handle, 3));
    const wick_var l = wick_cholesky(a);
    const wick_var z = wick_solve_triangular(l, wick_fill(handle, 1.0, 3));
    wick_backward(wick_total(wick_add(wick_dot(z, z), wick_logsumexp_event(x))));
    if (wick_status(handle) != WICK_OK)
        ck_abort_msg("%s", wick_message(handle));
}

START_TEST(no_memory_is_asked_for_after_the_first_steps)
{
    counter c = { 0 };
    wick *handle = wick_new(&(wick_options){
        .allocator = { .allocate = counted_allocate, .release = counted_release, .arg = &c } });

    for (size_t step = 0; step < 3; step++) {
        wick_reset(handle);
        one_step(handle, step);
    }
    wick_reset(handle);
    const counter before = c;
    for (size_t step = 0; step < 10000; step++) {
        one_step(handle, step);
        wick_reset(handle);
    }
    ck_assert_uint_eq(c.calls, before.calls);
    ck_assert_uint_eq(c.live, before.live);
    wick_free(handle);
    ck_assert_uint_eq(c.live, 0);
}
END_TEST

/* Fails from call n on. */
typedef struct limited {
    counter count;
    size_t n;
} limited;

static void *limited_allocate(size_t size, void *arg)
{
    limited *l = arg;

    return l->count.calls >= l->n ? NULL : counted_allocate(size, &l->count);
}

static void limited_release(void *memory, void *arg)
{
    limited *l = arg;

    counted_release(memory, &l->count);
}

START_TEST(running_out_of_memory_is_an_error_and_leaks_nothing)
{
    for (size_t n = 0; n < 12; n++) {
        limited l = { .n = n };
        wick *handle = wick_new(&(wick_options){
            .allocator = { .allocate = limited_allocate, .release = limited_release, .arg = &l } });
        if (handle) {
            wick_var x = wick_fill(handle, 0.5, 40, 40);
            for (int i = 0; i < 3000 && wick_status(handle) == WICK_OK; i++)
                x = wick_matmul(x, x);
            ck_assert_int_eq(wick_status(handle), WICK_ERR_MEMORY);
            wick_free(handle);
        }
        ck_assert_uint_eq(l.count.live, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tape");
    TCase *vars = tcase_create("vars"), *backward = tcase_create("backward");
    TCase *extremes = tcase_create("extremes"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(vars, start, finish);
    tcase_add_test(vars, a_var_of_an_earlier_step_is_refused);
    tcase_add_test(vars, a_var_of_another_handle_is_refused);
    tcase_add_test(vars, a_var_that_was_never_set_is_refused);
    tcase_add_test(vars, an_op_on_nothing_but_unset_vars_is_inert);
    tcase_add_test(vars, after_an_error_calls_are_inert_until_it_is_cleared);
    tcase_add_checked_fixture(backward, start, finish);
    tcase_add_test(backward, only_a_scalar_has_a_gradient);
    tcase_add_test(backward, a_loss_over_a_plate_has_no_gradient);
    tcase_add_test(backward, a_second_backward_forgets_the_first);
    tcase_add_test(backward, a_constant_loss_has_zero_gradients);
    tcase_add_test(backward, a_loss_that_is_not_finite_is_traced_to_its_op);
    tcase_add_test(backward, a_loss_that_is_not_finite_names_the_member);
    tcase_add_checked_fixture(extremes, start, finish);
    tcase_add_test(extremes, a_graph_of_10000_ops_in_a_row_has_its_gradient);
    tcase_add_test(extremes, a_value_with_10000_users_sums_their_gradients);
    tcase_add_test(extremes, a_sum_of_nothing_is_zero);
    tcase_add_test(memory, no_memory_is_asked_for_after_the_first_steps);
    tcase_add_test(memory, running_out_of_memory_is_an_error_and_leaks_nothing);
    suite_add_tcase(suite, vars);
    suite_add_tcase(suite, backward);
    suite_add_tcase(suite, extremes);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
