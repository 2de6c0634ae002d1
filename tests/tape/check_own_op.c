/*
 * Ops and distributions of a user's own, through wick/extend.h alone: what is built in has no more.
 * Values and gradients are checked against closed forms.
 */
#include "tests/support/suite.h"

#include <wick/extend.h>
#include <wick/wick.h>

#include <math.h>

enum { N = 300 };

/* Points that are no round numbers. */
static double point(size_t i)
{
    return 2.3 * sin(1.7 * (double)i + 0.4);
}

/* --- an elementwise op: log cosh x ------------------------------------------------------------- */

static void log_cosh_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = log(cosh(in[0][i]));
}

static void log_cosh_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++)
        partial[0][i] = tanh(in[0][i]);
}

static const wick_op LOG_COSH = {
    .name = "log_cosh", .value = log_cosh_value, .partials = log_cosh_partials
};

START_TEST(an_elementwise_op_is_a_value_and_its_partials)
{
    wick *w = wick_new(NULL);
    double x[N], y[N], gradient[N];
    wick_var u = WICK_VAR_NONE, loss = WICK_VAR_NONE;

    for (size_t i = 0; i < N; i++)
        x[i] = point(i);
    WICK_PLATE (w, "rows", N) {
        u = wick_param(w, "u", wick_init_var(wick_data(w, x, N)), wick_real());
        loss = wick_record(w, &LOG_COSH, 1, &(wick_argument){ .var = u }, NULL, 0);
    }
    wick_get(loss, y, N);
    wick_backward(wick_mul(wick_sum(loss, "rows"), 1.5));
    wick_get_gradient(u, gradient, N);
    assert_ok(w);
    for (size_t i = 0; i < N; i++) {
        assert_close(y[i], log(cosh(x[i])), 1e-15);
        assert_close(gradient[i], 1.5 * tanh(x[i]), 1e-15);
    }
    wick_free(w);
}
END_TEST

START_TEST(an_op_without_inputs_must_say_its_shape)
{
    wick *w = wick_new(NULL);

    wick_record(w, &LOG_COSH, 0, NULL, NULL, 0);
    assert_error(w, WICK_ERR_ARGUMENT, "log_cosh", "shape rule");
    wick_free(w);
}
END_TEST

/* --- an op of four parts: (x - c)^2 / s, with c and s the same for all members ------------------ */

/* What prepare computes once, and what reverse gathers for finish. */
typedef struct parts {
    double c, inverse, sum_t, sum_tt; /* sums of g t and g t^2, t = x - c */
} parts;

static void prepare(wick_node *node)
{
    parts *p = node->data;

    *p = (parts){ .c = *node->in[1]->value, .inverse = 1.0 / *node->in[2]->value };
}

static void forward_run(wick_node *node, const wick_run *run)
{
    const parts *p = node->data;

    for (size_t i = 0; i < run->n; i++) {
        const double t = run->in[0][i * run->in_step[0]] - p->c;
        run->out[i] = t * t * p->inverse;
    }
}

static void reverse_run(wick_node *node, const wick_run *run)
{
    parts *p = node->data;

    for (size_t i = 0; i < run->n; i++) {
        const double g = run->out_adjoint[i], t = run->in[0][i * run->in_step[0]] - p->c;
        if (run->in_adjoint[0])
            run->in_adjoint[0][i * run->in_step[0]] += 2.0 * g * t * p->inverse;
        p->sum_t += g * t;
        p->sum_tt += g * t * t;
    }
}

static void forward(wick_node *node)
{
    wick_for_runs(node, forward_run);
}

static void reverse(wick_node *node)
{
    wick_for_runs(node, reverse_run);
}

static void finish(wick_node *node)
{
    parts *p = node->data;

    if (node->in[1]->adjoint)
        *node->in[1]->adjoint -= 2.0 * p->sum_t * p->inverse;
    if (node->in[2]->adjoint)
        *node->in[2]->adjoint -= p->sum_tt * p->inverse * p->inverse;
    p->sum_t = p->sum_tt = 0.0;
}

static bool scalar_event(wick *w, wick_node *node)
{
    return wick_node_event(w, node, 0, NULL);
}

static const wick_op QUADRATIC = { .name = "quadratic",
    .shape = scalar_event,
    .prepare = prepare,
    .forward = forward,
    .reverse = reverse,
    .finish = finish };

START_TEST(an_op_may_gather_what_its_invariant_inputs_get)
{
    static const double C = 0.35, S = 1.6;
    wick *w = wick_new(NULL);
    double x[N], gradient[N], by_c = 0.0, by_s = 0.0, sum = 0.0;
    wick_var u = WICK_VAR_NONE, y = WICK_VAR_NONE;
    const wick_var c = wick_param(w, "c", wick_init_num(C), wick_real());
    const wick_var s = wick_param(w, "s", wick_init_num(S), wick_real());
    const parts zero = { 0 };

    for (size_t i = 0; i < N; i++) {
        x[i] = point(i);
        sum += (x[i] - C) * (x[i] - C) / S;
        by_c -= 2.0 * (x[i] - C) / S;
        by_s -= (x[i] - C) * (x[i] - C) / (S * S);
    }
    WICK_PLATE (w, "rows", N) {
        u = wick_param(w, "u", wick_init_var(wick_data(w, x, N)), wick_real());
        y = wick_record(w, &QUADRATIC, 3,
            (wick_argument[]){ { .var = u }, { .var = c }, { .var = s } }, &zero, sizeof zero);
    }
    const wick_var loss = wick_sum(y, "rows");
    for (int again = 0; again < 2; again++) {
        double got_c, got_s;
        wick_backward(loss);
        wick_get_gradient(u, gradient, N);
        wick_get_gradient(c, &got_c, 1);
        wick_get_gradient(s, &got_s, 1);
        assert_ok(w);
        assert_close(wick_value(loss), sum, 1e-13);
        assert_close(got_c, by_c, 1e-13);
        assert_close(got_s, by_s, 1e-13);
        for (size_t i = 0; i < N; i++)
            assert_close(gradient[i], 2.0 * (x[i] - C) / S, 1e-15);
    }
    wick_free(w);
}
END_TEST

/* --- a distribution: Laplace, exp(-|x - loc| / scale) / (2 scale) ------------------------------- */

static void laplace_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = -fabs(in[0][i] - in[1][i]) / in[2][i] - log(2.0 * in[2][i]);
}

static void laplace_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double t = in[0][i] - in[1][i], scale = in[2][i];
        const double toward = t > 0.0 ? 1.0 / scale : t < 0.0 ? -1.0 / scale : 0.0;
        if (partial[0])
            partial[0][i] = -toward;
        if (partial[1])
            partial[1][i] = toward;
        if (partial[2])
            partial[2][i] = fabs(t) / (scale * scale) - 1.0 / scale;
    }
}

static const wick_op LAPLACE_DENSITY = {
    .name = "laplace", .value = laplace_value, .partials = laplace_partials, .sum_event = true
};

/* The difference of two exponentials is Laplace. */
static wick_var laplace_sample(wick *w, const wick_dist *dist)
{
    const wick_operand loc = dist->parameter[0], scale = dist->parameter[1];
    const wick_var a = wick_draw(w, "laplace a", wick_exponential(1.0));
    const wick_var b = wick_draw(w, "laplace b", wick_exponential(1.0));

    return (wick_add)(loc, wick_operand_var((wick_mul)(scale, wick_operand_var(wick_sub(a, b)))));
}

static const wick_dist_type LAPLACE = { .name = "laplace",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &LAPLACE_DENSITY,
    .sample = laplace_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL } };

static wick_dist laplace(wick_var loc, double scale)
{
    return (wick_dist){ .type = &LAPLACE,
        .parameter = { wick_operand_var(loc), wick_operand_number(scale) } };
}

static void median_model(wick *w, void *arg)
{
    const double *x = arg;
    const wick_var loc = wick_sample(w, "loc", wick_uniform(-10.0, 10.0));

    WICK_PLATE (w, "rows", 5)
        wick_observe(w, "x", laplace(loc, 0.7), wick_data(w, x, 5));
}

/* The mode of loc is the median of the data. */
START_TEST(a_distribution_of_ones_own_can_be_observed_and_fitted)
{
    double x[5] = { 0.3, 7.1, -4.2, 1.4, 2.6 }, loc;
    wick *w = wick_new(NULL);
    const wick_program model = { median_model, x };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .optim = wick_adam(.lr = 0.01) });

    for (int i = 0; i < 3000; i++)
        wick_svi_step(svi);
    assert_ok(w);
    wick_guide_get(guide, "loc", &loc, 1);
    ck_assert_double_eq_tol(loc, 1.4, 0.05);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* 4,000 draws: the standard error of the mean absolute deviation, of sd scale, is scale / 63. */
START_TEST(a_distribution_of_ones_own_is_drawn_along_the_open_plates)
{
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    double x[4000], mean = 0.0, deviation = 0.0;
    wick_var draw = WICK_VAR_NONE;

    WICK_PLATE (w, "rows", 4000)
        draw = wick_sample(w, "x", laplace(wick_num(w, 2.5), 0.7));
    ck_assert_uint_eq(wick_get(draw, x, 4000), 4000);
    assert_ok(w);
    for (int i = 0; i < 4000; i++) {
        mean += x[i] / 4000.0;
        deviation += fabs(x[i] - 2.5) / 4000.0;
    }
    ck_assert_double_eq_tol(mean, 2.5, 4.5 * 0.7 * sqrt(2.0 / 4000.0));
    ck_assert_double_eq_tol(deviation, 0.7, 4.5 * 0.7 / sqrt(4000.0));
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("own_op");
    TCase *ops = new_case(suite, "ops"), *dists = new_case(suite, "distributions");

    tcase_add_test(ops, an_elementwise_op_is_a_value_and_its_partials);
    tcase_add_test(ops, an_op_without_inputs_must_say_its_shape);
    tcase_add_test(ops, an_op_may_gather_what_its_invariant_inputs_get);
    tcase_add_test(dists, a_distribution_of_ones_own_can_be_observed_and_fitted);
    tcase_add_test(dists, a_distribution_of_ones_own_is_drawn_along_the_open_plates);
    return run_suite(suite);
}
