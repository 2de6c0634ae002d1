/* Values of the ops against mpmath and closed forms, and what they do at the edges. */
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

/* Equal, or both not a number; zeros of different sign differ. */
static bool same(double x, double y)
{
    return (isnan(x) && isnan(y)) || (x == y && signbit(x) == signbit(y));
}

/* --- tables ------------------------------------------------------------------------------------ */

#define BINARY_FUNCTION(name)                                   \
    static wick_var call_##name(wick_operand a, wick_operand b) \
    {                                                           \
        return (wick_##name)(a, b);                             \
    }
BINARY_FUNCTION(add)
BINARY_FUNCTION(sub)
BINARY_FUNCTION(mul)
BINARY_FUNCTION(div)
BINARY_FUNCTION(pow)
BINARY_FUNCTION(minimum)
BINARY_FUNCTION(maximum)
BINARY_FUNCTION(equal)
BINARY_FUNCTION(less)

static const struct {
    const char *name;
    wick_var (*call)(wick_var x);
    double x, value, derivative;
} UNARY[] = {
#define UNARY_ROW(op, x, value, derivative) { #op, wick_##op, x, value, derivative },
#include "tests/data/ops.h"
#undef UNARY_ROW
};
enum { N_UNARY = sizeof UNARY / sizeof *UNARY };

static const struct {
    const char *name;
    wick_var (*call)(wick_operand a, wick_operand b);
    double a, b, value, by_a, by_b;
} BINARY[] = {
#define BINARY_ROW(op, a, b, value, by_a, by_b) { #op, call_##op, a, b, value, by_a, by_b },
#include "tests/data/ops.h"
#undef BINARY_ROW
};
enum { N_BINARY = sizeof BINARY / sizeof *BINARY };

/* A derivative has 4e-16 more: sigmoid and tanh find theirs from 1 - y, which cancels near 1. */
static void expect_close(const char *what, double got, double want, double relative, double more)
{
    ck_assert_msg(
        fabs(got - want) <= relative * fabs(want) + more, "%s: %.17g, not %.17g", what, got, want);
}

START_TEST(an_op_on_one_number_is_that_of_mpmath)
{
    const wick_var x = number(w, UNARY[_i].x), y = UNARY[_i].call(x);
    const char *what = wick_name(w, "%s(%g)", UNARY[_i].name, UNARY[_i].x);

    expect_close(what, wick_value(y), UNARY[_i].value, 1e-14, 0.0);
    wick_backward(y);
    expect_close(what, gradient_of(x), UNARY[_i].derivative, 1e-13, 4e-16);
}
END_TEST

START_TEST(an_op_on_two_numbers_is_that_of_mpmath)
{
    const wick_var a = number(w, BINARY[_i].a), b = number(w, BINARY[_i].b);
    const wick_var y = BINARY[_i].call(wick_operand_var(a), wick_operand_var(b));
    const char *what = wick_name(w, "%s(%g, %g)", BINARY[_i].name, BINARY[_i].a, BINARY[_i].b);

    expect_close(what, wick_value(y), BINARY[_i].value, 1e-14, 0.0);
    wick_backward(y);
    expect_close(what, gradient_of(a), BINARY[_i].by_a, 1e-13, 0.0);
    expect_close(what, gradient_of(b), BINARY[_i].by_b, 1e-13, 0.0);
}
END_TEST

/* --- edges ------------------------------------------------------------------------------------- */

#define EDGE(op, x, value)       \
    {                            \
#op, wick_##op, x, value \
    }

/* As C has them; exp, and what is built on it, is exactly 0 below -708. */
static const struct {
    const char *name;
    wick_var (*call)(wick_var x);
    double x, value;
} EDGES[] = {
    EDGE(neg, 0.0, -0.0),
    EDGE(neg, INFINITY, -INFINITY),
    EDGE(abs, -0.0, 0.0),
    EDGE(abs, -INFINITY, INFINITY),
    EDGE(square, 1e200, INFINITY),
    EDGE(sqrt, -0.0, -0.0),
    EDGE(sqrt, -1e-300, NAN),
    EDGE(sqrt, INFINITY, INFINITY),
    EDGE(sqrt, 4.9406564584124654e-324, 2.2227587494850775e-162), /* 2^-1074, 2^-537 */
    EDGE(exp, 0.0, 1.0),
    EDGE(exp, -708.5, 0.0),
    EDGE(exp, 710.0, INFINITY),
    EDGE(exp, -INFINITY, 0.0),
    EDGE(exp, INFINITY, INFINITY),
    EDGE(expm1, -0.0, -0.0),
    EDGE(expm1, -INFINITY, -1.0),
    EDGE(expm1, INFINITY, INFINITY),
    EDGE(log, 0.0, -INFINITY),
    EDGE(log, -0.0, -INFINITY),
    EDGE(log, -1.0, NAN),
    EDGE(log, 1.0, 0.0),
    EDGE(log, INFINITY, INFINITY),
    EDGE(log1p, -0.0, -0.0),
    EDGE(log1p, -1.0, -INFINITY),
    EDGE(log1p, -1.5, NAN),
    EDGE(log1p, INFINITY, INFINITY),
    EDGE(sigmoid, INFINITY, 1.0),
    EDGE(sigmoid, -INFINITY, 0.0),
    EDGE(sigmoid, -0.0, 0.5),
    EDGE(softplus, -INFINITY, 0.0),
    EDGE(softplus, INFINITY, INFINITY),
    EDGE(softplus, 1e300, 1e300),
    EDGE(tanh, INFINITY, 1.0),
    EDGE(tanh, -INFINITY, -1.0),
    EDGE(tanh, -0.0, -0.0),
    EDGE(lgamma, 0.0, INFINITY),
    EDGE(lgamma, -3.0, INFINITY),
    EDGE(lgamma, INFINITY, INFINITY),
    EDGE(digamma, -2.0, NAN),
    EDGE(digamma, INFINITY, INFINITY),
    EDGE(erf, INFINITY, 1.0),
    EDGE(erf, -INFINITY, -1.0),
    EDGE(erf, -0.0, -0.0),
    EDGE(neg, NAN, NAN),
    EDGE(abs, NAN, NAN),
    EDGE(square, NAN, NAN),
    EDGE(sqrt, NAN, NAN),
    EDGE(exp, NAN, NAN),
    EDGE(expm1, NAN, NAN),
    EDGE(log, NAN, NAN),
    EDGE(log1p, NAN, NAN),
    EDGE(sigmoid, NAN, NAN),
    EDGE(softplus, NAN, NAN),
    EDGE(tanh, NAN, NAN),
    EDGE(lgamma, NAN, NAN),
    EDGE(digamma, NAN, NAN),
    EDGE(erf, NAN, NAN),
};
enum { N_EDGES = sizeof EDGES / sizeof *EDGES };

START_TEST(an_op_at_an_edge_has_the_value_that_is_stated)
{
    const double got = wick_value(EDGES[_i].call(wick_num(w, EDGES[_i].x)));

    ck_assert_msg(same(got, EDGES[_i].value), "%s(%g) is %g, not %g", EDGES[_i].name, EDGES[_i].x,
        got, EDGES[_i].value);
}
END_TEST

/* minimum is a < b ? a : b, maximum a > b ? a : b; pow as C11 F.10.4.4. */
static const struct {
    const char *name;
    wick_var (*call)(wick_operand a, wick_operand b);
    double a, b, value;
} PAIRS[] = {
    { "div", call_div, 0.0, 0.0, NAN },
    { "div", call_div, -2.0, 0.0, -INFINITY },
    { "mul", call_mul, 0.0, INFINITY, NAN },
    { "sub", call_sub, INFINITY, INFINITY, NAN },
    { "pow", call_pow, 0.0, 0.0, 1.0 },
    { "pow", call_pow, NAN, 0.0, 1.0 },
    { "pow", call_pow, 1.0, NAN, 1.0 },
    { "pow", call_pow, -2.0, 3.0, -8.0 },
    { "pow", call_pow, -2.0, 0.5, NAN },
    { "pow", call_pow, 0.0, -1.5, INFINITY },
    { "minimum", call_minimum, NAN, 1.5, 1.5 },
    { "minimum", call_minimum, 1.5, NAN, NAN },
    { "minimum", call_minimum, -INFINITY, 1.5, -INFINITY },
    { "maximum", call_maximum, NAN, 1.5, 1.5 },
    { "maximum", call_maximum, 1.5, NAN, NAN },
    { "maximum", call_maximum, INFINITY, 1.5, INFINITY },
    { "equal", call_equal, 0.0, -0.0, 1.0 },
    { "equal", call_equal, NAN, NAN, 0.0 },
    { "equal", call_equal, INFINITY, INFINITY, 1.0 },
    { "equal", call_equal, 1.5, 1.5000000000000002, 0.0 },
    { "less", call_less, 1.5, 1.5000000000000002, 1.0 },
    { "less", call_less, 1.5, 1.5, 0.0 },
    { "less", call_less, NAN, 1.5, 0.0 },
    { "less", call_less, -0.0, 0.0, 0.0 },
};
enum { N_PAIRS = sizeof PAIRS / sizeof *PAIRS };

START_TEST(an_op_on_a_pair_at_an_edge_has_the_value_that_is_stated)
{
    const wick_operand b = wick_operand_number(PAIRS[_i].b);
    const wick_var y = PAIRS[_i].call(wick_operand_var(wick_num(w, PAIRS[_i].a)), b);

    ck_assert_msg(same(wick_value(y), PAIRS[_i].value), "%s(%g, %g) is %g, not %g", PAIRS[_i].name,
        PAIRS[_i].a, PAIRS[_i].b, wick_value(y), PAIRS[_i].value);
}
END_TEST

/* x, bounds, value, derivative in x, in the lower and in the upper bound */
static const double CLAMPS[][7] = {
    { 0.3, -1.0, 1.0, 0.3, 1, 0, 0 },
    { -1.5, -1.0, 1.0, -1.0, 0, 1, 0 },
    { 1.5, -1.0, 1.0, 1.0, 0, 0, 1 },
    { -1.0, -1.0, 1.0, -1.0, 1, 0, 0 },
    { 1.0, -1.0, 1.0, 1.0, 1, 0, 0 },
    { -INFINITY, -1.0, INFINITY, -1.0, 0, 1, 0 },
};

START_TEST(clamp_holds_a_value_between_bounds)
{
    const double *c = CLAMPS[_i];
    const wick_var x = number(w, c[0]), low = number(w, c[1]), high = number(w, c[2]);
    const wick_var y = wick_clamp(x, low, high);

    ck_assert_double_eq(wick_value(y), c[3]);
    wick_backward(y);
    ck_assert_double_eq(gradient_of(x), c[4]);
    ck_assert_double_eq(gradient_of(low), c[5]);
    ck_assert_double_eq(gradient_of(high), c[6]);
}
END_TEST

START_TEST(clamp_lets_a_nan_through)
{
    ck_assert(isnan(wick_value(wick_clamp(wick_num(w, NAN), -1.0, 1.0))));
}
END_TEST

/* --- gradients where a value has an edge ------------------------------------------------------- */

START_TEST(the_derivative_of_abs_at_zero_is_zero)
{
    const wick_var x = number(w, 0.0);

    wick_backward(wick_abs(x));
    ck_assert_double_eq(gradient_of(x), 0.0);
}
END_TEST

START_TEST(the_gradient_of_a_tie_goes_to_one_of_both)
{
    const wick_var a = number(w, 1.5), b = number(w, 1.5);

    wick_backward(wick_minimum(a, b));
    ck_assert_double_eq(gradient_of(a) + gradient_of(b), 1.0);
    wick_backward(wick_maximum(a, b));
    ck_assert_double_eq(gradient_of(a) + gradient_of(b), 1.0);
}
END_TEST

START_TEST(a_power_of_zero_has_the_gradients_of_its_limit)
{
    const wick_var a = number(w, 0.0), b = number(w, 1.0);

    /* a^b at a = 0, b = 1: d/da = b a^(b-1) = 1, d/db = a^b log a = 0 */
    wick_backward(wick_pow(a, b));
    ck_assert_double_eq(gradient_of(a), 1.0);
    ck_assert_double_eq(gradient_of(b), 0.0);
}
END_TEST

/* The other branch is -inf, NaN, infinite in slope: nothing of it is to be seen. */
START_TEST(where_does_not_look_at_the_other_branch)
{
    const wick_var x = vector(w, 4, (double[]){ 4.0, 0.0, -1.0, NAN });
    const wick_var good = wick_less(0.0, x);
    const wick_var parts[] = { wick_log(x), wick_sqrt(x), wick_div(1.0, x), wick_lgamma(x) };
    /* derivatives at 4: 1/4, 1/4, -1/16, digamma(4) = 11/6 - gamma */
    const double want[] = { 0.25, 0.25, -0.0625, 1.2561176684318004725 };

    for (size_t i = 0; i < 4; i++) {
        wick_backward(wick_sum_event(wick_where(good, parts[i], 0.5)));
        ck_assert_double_eq_tol(node_of(x)->adjoint[0], want[i], 1e-15 * 4);
        for (size_t k = 1; k < 4; k++)
            ck_assert_double_eq(node_of(x)->adjoint[k], 0.0);
    }
}
END_TEST

/* log 0 = -inf: what has no weight is not looked at, and hands no gradient on. */
START_TEST(what_has_no_weight_does_not_count_however_infinite_it_is)
{
    const wick_var weight = vector(w, 5, (double[]){ -INFINITY, -INFINITY, -INFINITY, 0.0, -1.5 });
    const wick_var x = vector(w, 5, (double[]){ INFINITY, -INFINITY, NAN, 7.0, -0.4 });
    wick_node *y = wicki_weigh(w, node_of(weight), node_of(x));
    const double want[] = { 0.0, 0.0, 0.0, 7.0, -0.4 * exp(-1.5) };

    wick_backward(wick_sum_event(wicki_var_of(w, y)));
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq_tol(y->value[i], want[i], 1e-16);
        ck_assert_double_eq_tol(node_of(weight)->adjoint[i], want[i], 1e-16);
        ck_assert_double_eq_tol(
            node_of(x)->adjoint[i], i < 3 ? 0.0 : exp(i == 3 ? 0.0 : -1.5), 1e-16);
    }
}
END_TEST

START_TEST(detach_keeps_the_value_and_cuts_the_gradient)
{
    const wick_var x = number(w, 1.5);
    const wick_var y = wick_mul(x, wick_detach(x));

    ck_assert_double_eq(wick_value(y), 2.25);
    wick_backward(y);
    ck_assert_double_eq(gradient_of(x), 1.5);
}
END_TEST

/* --- reductions -------------------------------------------------------------------------------- */

static const struct {
    size_t n;
    double x[4], value, gradient[4];
} LOGSUMEXPS[] = {
    { 2, { -INFINITY, -INFINITY }, -INFINITY, { 0, 0 } },
    { 1, { -INFINITY }, -INFINITY, { 0 } },
    { 2, { -INFINITY, 0.75 }, 0.75, { 0, 1 } },
    { 1, { 0.75 }, 0.75, { 1 } },
    { 2, { -1000.0, -1000.0 }, -999.30685281944005469, { 0.5, 0.5 } }, /* log 2 - 1000 */
    { 2, { 1000.0, 0.0 }, 1000.0, { 1, 0 } },
    { 3, { 0.0, 0.0, 0.6931471805599453 }, 1.3862943611198906, { 0.25, 0.25, 0.5 } },
};
enum { N_LOGSUMEXPS = sizeof LOGSUMEXPS / sizeof *LOGSUMEXPS };

/* Along the event, and along a plate beside another. */
START_TEST(log_sum_exp_is_safe_from_overflow)
{
    const size_t n = LOGSUMEXPS[_i].n;
    const wick_var x = vector(w, n, LOGSUMEXPS[_i].x);
    const wick_var y = wick_logsumexp_event(x);

    closed_plate(w, "k", n);
    const uint32_t b = closed_plate(w, "b", 3);
    const wick_var spread = wick_add(wick_split(x, "k"), leaf(w, 0, NULL, wicki_set_with(w, 0, b)));
    const wick_node *over_plate = node_of(wick_logsumexp(spread, "k"));
    ck_assert_double_eq(wick_value(y), LOGSUMEXPS[_i].value);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(over_plate->value[i], LOGSUMEXPS[_i].value);
    if (isfinite(LOGSUMEXPS[_i].value))
        wick_backward(y);
    else
        wick_backward(wick_maximum(y, -2.0));
    for (size_t k = 0; k < n && node_of(x)->adjoint; k++)
        /* e^(x - y) has the rounding of y, at 1000 */
        ck_assert_double_eq_tol(node_of(x)->adjoint[k], LOGSUMEXPS[_i].gradient[k], 1.2e-13);
}
END_TEST

START_TEST(log_sum_exp_of_infinity_is_infinite_and_of_nan_not_a_number)
{
    const wick_var x = vector(w, 3, (double[]){ 2.0, INFINITY, -INFINITY });
    const wick_var y = vector(w, 3, (double[]){ NAN, 2.0, -INFINITY });
    const wick_var z = vector(w, 3, (double[]){ 2.0, NAN, INFINITY });

    ck_assert_double_eq(wick_value(wick_logsumexp_event(x)), INFINITY);
    ck_assert(isnan(wick_value(wick_logsumexp_event(y))));
    ck_assert(isnan(wick_value(wick_logsumexp_event(z))));
}
END_TEST

/* The members that are -inf get no gradient, the others theirs. */
START_TEST(the_zero_gradient_of_log_sum_exp_is_member_by_member)
{
    const uint32_t set = wicki_set_with(w, 0, closed_plate(w, "a", 3));
    const wick_var x = leaf(w, 1, (size_t[]){ 2 }, set);
    const double values[] = { -INFINITY, 0.0, 1.0, -INFINITY, 0.0, -INFINITY };
    const double want[] = { 0.0, 0.5, 1.0, 0.0, 0.5, 0.0 };

    memcpy(node_of(x)->value, values, sizeof values);
    const wick_var y = wick_logsumexp_event(x);
    wick_backward(wick_total(wick_maximum(y, -1e300)));
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(node_of(x)->adjoint[i], want[i], 1e-15);
}
END_TEST

START_TEST(the_gradient_of_a_tied_maximum_goes_to_the_first)
{
    const wick_var x = vector(w, 5, (double[]){ 0.5, 2.5, 1.5, 2.5, 2.5 });

    wick_backward(wick_max_event(x));
    for (size_t k = 0; k < 5; k++)
        ck_assert_double_eq(node_of(x)->adjoint[k], k == 1 ? 1.0 : 0.0);
}
END_TEST

START_TEST(a_maximum_with_a_nan_is_not_a_number)
{
    const double x[][3] = { { NAN, 1.0, 2.0 }, { 1.0, NAN, 2.0 }, { 1.0, 2.0, NAN } };

    for (size_t i = 0; i < 3; i++)
        ck_assert(isnan(wick_value(wick_max_event(vector(w, 3, x[i])))));
}
END_TEST

START_TEST(sums_of_integers_are_exact_for_any_count)
{
    for (size_t n = 1; n <= 150; n++) {
        const wick_var x = leaf(w, 1, &n, 0);
        for (size_t i = 0; i < n; i++)
            node_of(x)->value[i] = (double)(i + 1);
        ck_assert_double_eq(wick_value(wick_sum_event(x)), (double)(n * (n + 1) / 2));
        ck_assert_double_eq_tol(
            wick_value(wick_mean_event(x)), (double)(n + 1) / 2.0, 2.3e-16 * (double)n);
        ck_assert_double_eq(wick_value(wick_dot(x, x)), (double)(n * (n + 1) * (2 * n + 1) / 6));
    }
}
END_TEST

/* --- along an axis ----------------------------------------------------------------------------- */

START_TEST(a_softmax_is_the_exponentials_over_their_sum)
{
    const double x[] = { 0.5, -1.25, 2.0, 0.0 };
    const wick_var softmax = wick_softmax(vector(w, 4, x));
    const wick_var log_softmax = wick_log_softmax(vector(w, 4, x));
    double sum = 0.0;

    for (size_t i = 0; i < 4; i++)
        sum += exp(x[i]);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(node_of(softmax)->value[i], exp(x[i]) / sum, 1e-15);
        ck_assert_double_eq_tol(node_of(log_softmax)->value[i], x[i] - log(sum), 1e-15);
    }
}
END_TEST

START_TEST(a_softmax_is_safe_from_overflow_and_keeps_impossible_cases)
{
    const wick_var x = vector(w, 3, (double[]){ 1000.0, -INFINITY, 1000.0 });
    const wick_node *p = node_of(wick_softmax(x)), *l = node_of(wick_log_softmax(x));

    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_eq(p->value[i], i == 1 ? 0.0 : 0.5);
        ck_assert_double_eq_tol(exp(l->value[i]), i == 1 ? 0.0 : 0.5, 1e-13);
    }
}
END_TEST

START_TEST(running_sums_add_up_along_their_axis)
{
    const double x[] = { 1.5, 2.5, 3.5, 4.5, 5.5, 6.5 };
    const wick_var m = wick_reshape(vector(w, 6, x), 2, 3);
    const double down[] = { 1.5, 2.5, 3.5, 6.0, 8.0, 10.0 };
    const double along[] = { 1.5, 4.0, 7.5, 4.5, 10.0, 16.5 };

    for (size_t i = 0; i < 6; i++) {
        ck_assert_double_eq(node_of(wick_cumsum(m, 0))->value[i], down[i]);
        ck_assert_double_eq(node_of(wick_cumsum(m, 1))->value[i], along[i]);
    }
}
END_TEST

/* --- masks ------------------------------------------------------------------------------------- */

/* log x, looked at only where the second input is not 0 */
static bool masked_shape(wick *handle, wick_node *node)
{
    node->masked = true;
    return wicki_node_event_of(handle, node, node->in[0]);
}

static void log_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = log(in[0][i]);
}

static void log_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++)
        partial[0][i] = 1.0 / in[0][i];
}

static const wick_op MASKED_LOG = {
    .name = "masked log", .shape = masked_shape, .value = log_value, .partials = log_partials
};

START_TEST(a_masked_member_is_zero_and_gets_no_gradient)
{
    enum { N = 300 };
    const uint32_t set = wicki_set_with(w, 0, closed_plate(w, "a", N));
    const wick_var x = leaf(w, 1, (size_t[]){ 2 }, set), mask = leaf(w, 0, NULL, set);

    for (size_t i = 0; i < N; i++) {
        node_of(mask)->value[i] = pseudo_random(3, i / 7) < 0.5 || i == N - 1;
        for (size_t e = 0; e < 2; e++)
            node_of(x)->value[e * N + i] = node_of(mask)->value[i] != 0.0 ? (double)i + 0.5 : -1.0;
    }
    const wick_var y =
        wick_record(w, &MASKED_LOG, 2, (wick_argument[]){ { .var = x }, { .var = mask } }, NULL, 0);
    wick_backward(wick_total(y));
    for (size_t i = 0; i < 2 * N; i++) {
        const double v = node_of(x)->value[i];
        ck_assert_double_eq(node_of(y)->value[i], v > 0.0 ? log(v) : 0.0);
        ck_assert_double_eq(node_of(x)->adjoint[i], v > 0.0 ? 1.0 / v : 0.0);
    }
}
END_TEST

/* log x summed over the event */
static const wick_op SUMMED_LOG = {
    .name = "summed log", .value = log_value, .partials = log_partials, .sum_event = true
};

START_TEST(an_elementwise_op_may_be_summed_over_the_event)
{
    static const size_t MEMBERS[] = { 1, 2, 9, 300 };

    for (size_t i = 0; i < 4; i++) {
        const size_t n = MEMBERS[i];
        wick_reset(w);
        const uint32_t set = wicki_set_with(w, 0, closed_plate(w, "a", n));
        const wick_var x = leaf(w, 2, (size_t[]){ 3, 50 }, set);
        for (size_t k = 0; k < 150 * n; k++)
            node_of(x)->value[k] = 0.25 + (double)(k % 31);
        const wick_var y = wick_record(w, &SUMMED_LOG, 1, &(wick_argument){ .var = x }, NULL, 0);
        const wick_var want = wick_sum_event(wick_log(x));
        ck_assert_uint_eq(wick_rank(y), 0);
        for (size_t m = 0; m < n; m++)
            ck_assert_double_eq_tol(node_of(y)->value[m], node_of(want)->value[m], 1e-12);
        wick_backward(wick_total(wick_mul(2.0, y)));
        for (size_t k = 0; k < 150 * n; k++)
            ck_assert_double_eq(node_of(x)->adjoint[k], 2.0 * (1.0 / node_of(x)->value[k]));
    }
}
END_TEST

/* --- constants --------------------------------------------------------------------------------- */

START_TEST(constants_are_what_they_were_given)
{
    double table[] = { 1.5, -2.5, 3.5, 4.5, 5.5, 6.5 };
    const wick_var copy = wick_const(w, table, 2, 3), eye = wick_eye(w, 3);
    const wick_var fill = wick_fill(w, 0.25, 2, 2);

    table[1] = 99.0;
    ck_assert_double_eq(node_of(copy)->value[1], -2.5);
    ck_assert_double_eq(wick_value(wick_num(w, -7.25)), -7.25);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq(node_of(eye)->value[i], i % 4 == 0 ? 1.0 : 0.0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq(node_of(fill)->value[i], 0.25);
    ck_assert_uint_eq(wick_rank(copy), 2);
    ck_assert_uint_eq(wick_event_size(copy, 1), 3);
}
END_TEST

START_TEST(numbers_of_every_type_are_operands)
{
    const wick_var x = wick_num(w, 1.5);

    ck_assert_double_eq(wick_value(wick_add(x, 2)), 3.5);
    ck_assert_double_eq(wick_value(wick_sub(3u, x)), 1.5);
    ck_assert_double_eq(wick_value(wick_mul(2.5f, x)), 3.75);
    ck_assert_double_eq(wick_value(wick_div(x, 3L)), 0.5);
    ck_assert_double_eq(wick_value(wick_pow(x, (size_t)2)), 2.25);
    ck_assert_double_eq(wick_value(wick_maximum(-4LL, x)), 1.5);
    ck_assert_double_eq(wick_value(wick_where(x, 7ULL, x)), 7.0);
}
END_TEST

/* --- special functions ------------------------------------------------------------------------- */

static void is_close(const char *what, wick_var x, double want)
{
    const double got = wick_value(x);

    ck_assert_msg(fabs(got - want) <= 1e-14 * fmax(1.0, fabs(want)), "%s: %.17g, want %.17g", what,
        got, want);
}

/* Where they are made of simpler ones; the Bessel functions at 1 are by mpmath. */
START_TEST(special_functions_have_their_closed_forms)
{
    const double pi = acos(-1.0);
    const wick_var x = wick_num(w, 0.7), p = wick_num(w, 0.3), one = wick_num(w, 1.0);

    is_close("sin", wick_sin(wick_num(w, pi / 6)), 0.5);
    is_close("cos", wick_cos(wick_num(w, pi / 3)), 0.5);
    is_close("tan", wick_tan(wick_num(w, pi / 3)), sqrt(3.0));
    is_close("atan", wick_atan(wick_num(w, sqrt(3.0))), pi / 3);
    is_close("log1mexp", wick_log1mexp(x), log(1 - exp(-0.7)));
    is_close("trigamma", wick_trigamma(one), pi * pi / 6);
    is_close("log_bessel_i0", wick_log_bessel_i0(one), log(1.2660658777520083));
    is_close("bessel_ratio", wick_bessel_ratio(one), 0.5651591039924850 / 1.2660658777520083);
    is_close("normal_cdf", wick_normal_cdf(x), 0.5 * erfc(-0.7 / sqrt(2.0)));
    is_close("log_normal_cdf", wick_log_normal_cdf(x), log(0.5 * erfc(-0.7 / sqrt(2.0))));
    is_close("normal_quantile", wick_normal_cdf(wick_normal_quantile(p)), 0.3);
    is_close("log_normal_interval", wick_log_normal_interval(-0.7, x), log(erf(0.7 / sqrt(2.0))));
    is_close("gamma_p", wick_gamma_p(2.0, x), 1 - 1.7 * exp(-0.7));
    is_close("gamma_q", wick_gamma_q(2.0, x), 1.7 * exp(-0.7));
    is_close("gamma_p_inverse", wick_gamma_p_inverse(1.0, p), -log(0.7));
    is_close("gamma_q_inverse", wick_gamma_q_inverse(1.0, p), -log(0.3));
    is_close("beta_i", wick_beta_i(2.5, 1.0, x), pow(0.7, 2.5));
    is_close("beta_i", wick_beta_i(1.0, 2.5, x), 1 - pow(0.3, 2.5));
    is_close("beta_i_inverse", wick_beta_i_inverse(2.5, 1.0, p), pow(0.3, 0.4));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tables = tcase_create("tables"), *edges = tcase_create("edges");
    TCase *reductions = tcase_create("reductions"), *others = tcase_create("others");

    tcase_add_checked_fixture(tables, start, finish);
    tcase_add_loop_test(tables, an_op_on_one_number_is_that_of_mpmath, 0, N_UNARY);
    tcase_add_loop_test(tables, an_op_on_two_numbers_is_that_of_mpmath, 0, N_BINARY);
    tcase_add_checked_fixture(edges, start, finish);
    tcase_add_loop_test(edges, an_op_at_an_edge_has_the_value_that_is_stated, 0, N_EDGES);
    tcase_add_loop_test(edges, an_op_on_a_pair_at_an_edge_has_the_value_that_is_stated, 0, N_PAIRS);
    tcase_add_loop_test(edges, clamp_holds_a_value_between_bounds, 0, 6);
    tcase_add_test(edges, clamp_lets_a_nan_through);
    tcase_add_test(edges, the_derivative_of_abs_at_zero_is_zero);
    tcase_add_test(edges, the_gradient_of_a_tie_goes_to_one_of_both);
    tcase_add_test(edges, a_power_of_zero_has_the_gradients_of_its_limit);
    tcase_add_test(edges, where_does_not_look_at_the_other_branch);
    tcase_add_test(edges, what_has_no_weight_does_not_count_however_infinite_it_is);
    tcase_add_test(edges, detach_keeps_the_value_and_cuts_the_gradient);
    tcase_add_checked_fixture(reductions, start, finish);
    tcase_add_loop_test(reductions, log_sum_exp_is_safe_from_overflow, 0, N_LOGSUMEXPS);
    tcase_add_test(reductions, log_sum_exp_of_infinity_is_infinite_and_of_nan_not_a_number);
    tcase_add_test(reductions, the_zero_gradient_of_log_sum_exp_is_member_by_member);
    tcase_add_test(reductions, the_gradient_of_a_tied_maximum_goes_to_the_first);
    tcase_add_test(reductions, a_maximum_with_a_nan_is_not_a_number);
    tcase_add_test(reductions, sums_of_integers_are_exact_for_any_count);
    tcase_add_checked_fixture(others, start, finish);
    tcase_add_test(others, a_softmax_is_the_exponentials_over_their_sum);
    tcase_add_test(others, a_softmax_is_safe_from_overflow_and_keeps_impossible_cases);
    tcase_add_test(others, running_sums_add_up_along_their_axis);
    tcase_add_test(others, a_masked_member_is_zero_and_gets_no_gradient);
    tcase_add_test(others, an_elementwise_op_may_be_summed_over_the_event);
    tcase_add_test(others, constants_are_what_they_were_given);
    tcase_add_test(others, numbers_of_every_type_are_operands);
    tcase_add_test(others, special_functions_have_their_closed_forms);
    suite_add_tcase(suite, tables);
    suite_add_tcase(suite, edges);
    suite_add_tcase(suite, reductions);
    suite_add_tcase(suite, others);
    return run_suite(suite);
}
