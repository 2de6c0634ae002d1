/* Functions compiled: values and gradients against closed forms; arguments that are wrong. */
#include "tests/graph/zoo.h"

/* A whole list, and tiles with a rest. */
static const size_t SIZES[] = { 6, 3001 };

/* --- closed forms ----------------------------------------------------------------------------- */

/* sum of log normal(x_i; b_i + c, tau), and log normal(c; 0.5, 2): b for each member. */
static wick_var quadratic(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var c = real_param(w, "c", 0.8), tau = positive_param(w, "tau", 1.3);
    wick_var log_p = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        const wick_dist dist = wick_normal(wick_add(real_param(w, "b", 0.0), c), tau);
        log_p = wick_log_prob(w, dist, wick_data(w, d->x, d->n));
    }
    return wick_add(wick_sum(log_p, "data"), wick_log_prob(w, wick_normal(0.5, 2.0), c));
}

START_TEST(gradients_of_a_quadratic_are_its_residuals)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, quadratic, &d, NULL);
    double *b = calloc(d.n, sizeof *b), *got = calloc(d.n, sizeof *got), c, tau;
    double value = log_normal(0.8, 0.5, 2.0), of_c = -(0.8 - 0.5) / 4.0, of_tau = 0.0;

    ck_assert(isfinite(wick_graph_evaluate(g)));
    for (size_t i = 0; i < d.n; i++) {
        b[i] = 0.3 * sin(2.2 * (double)i);
        const double r = (d.x[i] - b[i] - 0.8) / 1.3;
        value += log_normal(d.x[i], b[i] + 0.8, 1.3);
        of_c += r / 1.3;
        of_tau += r * r - 1.0; /* along log tau */
    }
    wick_param_set(w, "b", b, d.n);
    assert_close(wick_graph_run(g), value, 1e-12);
    ck_assert_uint_eq(wick_graph_gradient(g, "b", got, d.n), d.n);
    ck_assert_uint_eq(wick_graph_gradient(g, "c", &c, 1), 1);
    ck_assert_uint_eq(wick_graph_gradient(g, "tau", &tau, 1), 1);
    assert_ok(w);
    for (size_t i = 0; i < d.n; i++)
        assert_close(got[i], (d.x[i] - b[i] - 0.8) / (1.3 * 1.3), 1e-14);
    assert_close(c, of_c, 1e-12);
    assert_close(tau, of_tau, 1e-12);
    assert_close(wick_graph_evaluate(g), value, 1e-12);
    free(b);
    free(got);
    wick_graph_free(g);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

static wick_var mixture(wick *w, void *arg)
{
    return wick_trace_enum_elbo(w, (wick_program){ mixture_model, arg }, NOTHING, NULL);
}

/* The parameters of the zoo's mixture at their start. */
static const double LOCS[K] = { -0.9, 1.4 }, WEIGHTS[K] = { 0.4, 0.6 }, SCALE = 0.9;

START_TEST(gradients_of_a_mixture_are_sums_of_responsibilities)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, mixture, &d, NULL);
    double loss = 0.0, of_locs[K] = { 0 }, of_weights[K] = { 0 }, of_scale = 0.0, got[K];

    for (size_t i = 0; i < d.n; i++) {
        double p[K], total = 0.0;
        for (int k = 0; k < K; k++)
            total += p[k] = WEIGHTS[k] * exp(log_normal(d.x[i], LOCS[k], SCALE));
        loss -= log(total);
        for (int k = 0; k < K; k++) {
            const double r = p[k] / total, z = (d.x[i] - LOCS[k]) / SCALE;
            of_locs[k] -= r * z / SCALE;
            of_scale -= r * (z * z - 1.0);
            of_weights[k] -= r - WEIGHTS[k]; /* along the softmax */
        }
    }
    assert_close(wick_graph_run(g), loss, 1e-12);
    wick_graph_gradient(g, "locs", got, K);
    for (int k = 0; k < K; k++)
        assert_close(got[k], of_locs[k], 1e-12);
    wick_graph_gradient(g, "weights", got, K);
    for (int k = 0; k < K; k++)
        assert_close(got[k], of_weights[k], 1e-12);
    wick_graph_gradient(g, "scale", got, 1);
    assert_close(got[0], of_scale, 1e-12);
    assert_ok(w);
    wick_graph_free(g);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* Vectors of two for each member: sum of i-th weight times (u_0^2 + 3 u_1). */
static wick_var vectors(wick *w, void *arg)
{
    static const double U[2] = { 0.7, -0.4 };
    const zoo_data *d = arg;
    wick_var sum = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        const wick_var u = wick_param(w, "u", wick_init_values(U, 2), wick_real());
        sum = wick_mul(wick_add(wick_square(wick_pick(u, 0)), wick_mul(wick_pick(u, 1), 3.0)),
            wick_data(w, d->x, d->n));
    }
    return wick_sum(sum, "data");
}

START_TEST(gradients_have_members_first_then_the_event)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, vectors, &d, NULL);
    double *got = calloc(2 * d.n, sizeof *got);

    wick_graph_run(g);
    assert_ok(w);
    ck_assert_uint_eq(wick_graph_gradient(g, "u", got, 2 * d.n), 2 * d.n);
    assert_ok(w);
    for (size_t i = 0; i < d.n; i++) {
        assert_close(got[2 * i], 1.4 * d.x[i], 1e-15);
        assert_close(got[2 * i + 1], 3.0 * d.x[i], 1e-15);
    }
    free(got);
    wick_graph_free(g);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* --- runs ------------------------------------------------------------------------------------- */

static void stay(const wick_optim *self, const wick_update *u)
{
    (void)self;
    (void)u;
}

static wick_var drawn(wick *w, void *arg)
{
    return wick_trace_elbo(
        w, (wick_program){ effects_model, arg }, (wick_program){ drawn_guide, arg }, NULL);
}

START_TEST(each_run_is_a_step_of_the_random_numbers)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    wick *other = wick_new(&(wick_options){ .seed = 6 });
    wick_graph *g = wick_graph_new(w, drawn, &d, NULL);
    wick_svi *svi =
        zoo_svi(other, zoo_named("drawn"), &d, (wick_svi_options){ .optim = { .update = stay } });

    for (int i = 0; i < 12; i++) {
        const double got = i % 3 == 1 ? wick_graph_evaluate(g) : wick_graph_run(g);
        assert_close(got, wick_svi_step(svi), 1e-12);
    }
    assert_ok(w);
    assert_ok(other);
    wick_graph_free(g);
    wick_svi_free(svi);
    wick_free(w);
    wick_free(other);
    zoo_data_free(d);
}
END_TEST

START_TEST(two_graphs_of_one_handle_take_turns)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_graph *a = wick_graph_new(w, quadratic, &d, NULL),
               *b = wick_graph_new(w, mixture, &d, NULL);
    const double of_a = wick_graph_run(a), of_b = wick_graph_run(b);
    double first, c;

    wick_graph_gradient(a, "c", &first, 1);
    for (int i = 0; i < 6; i++) {
        ck_assert_double_eq(wick_graph_run(a), of_a);
        ck_assert_double_eq(wick_graph_run(b), of_b);
        wick_graph_gradient(a, "c", &c, 1);
        ck_assert_double_eq(c, first);
    }
    wick_graph_free(a);
    ck_assert_double_eq(wick_graph_run(b), of_b);
    assert_ok(w);
    wick_graph_free(b);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

static wick_var unused(wick *w, void *arg)
{
    const wick_var x = real_param(w, "x", 0.7);

    (void)arg;
    real_param(w, "idle", 0.4);
    return wick_square(x);
}

START_TEST(a_parameter_that_the_value_does_not_depend_on_has_a_gradient_of_zero)
{
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, unused, NULL, NULL);
    double x = NAN, idle = NAN;

    assert_close(wick_graph_run(g), 0.49, 1e-15);
    wick_graph_gradient(g, "x", &x, 1);
    wick_graph_gradient(g, "idle", &idle, 1);
    assert_ok(w);
    assert_close(x, 1.4, 1e-15);
    ck_assert_double_eq(idle, 0.0);
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

static wick_var no_parameters(wick *w, void *arg)
{
    (void)arg;
    return wick_num(w, 0.375);
}

START_TEST(a_constant_is_a_function_too)
{
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, no_parameters, NULL, NULL);

    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(wick_graph_run(g), 0.375);
    ck_assert(wick_graph_verify(g));
    assert_ok(w);
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

/* --- arguments -------------------------------------------------------------------------------- */

START_TEST(null_is_accepted_everywhere)
{
    double x = 0.5;
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_graph_new(NULL, quadratic, NULL, NULL));
    ck_assert_double_nan(wick_graph_run(NULL));
    ck_assert_double_nan(wick_graph_evaluate(NULL));
    ck_assert_uint_eq(wick_graph_gradient(NULL, "x", &x, 1), 0);
    ck_assert(!wick_graph_verify(NULL));
    ck_assert_ptr_nonnull(wick_graph_describe(NULL));
    wick_graph_free(NULL);
    ck_assert_ptr_null(wick_graph_new(w, NULL, NULL, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_graph_new", "function");
    wick_free(w);
}
END_TEST

START_TEST(gradients_that_are_not_there_are_errors)
{
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, unused, NULL, NULL);
    double x[2] = { 0.25, 0.25 };

    ck_assert_uint_eq(wick_graph_gradient(g, "x", x, 1), 0); /* not run yet */
    assert_error(w, WICK_ERR_NAME, "wick_graph_gradient", "'x'");
    wick_graph_run(g);
    ck_assert_uint_eq(wick_graph_gradient(g, "z", x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_graph_gradient", "'z'");
    ck_assert_uint_eq(wick_graph_gradient(g, NULL, x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_graph_gradient", "NULL");
    ck_assert_uint_eq(wick_graph_gradient(g, "x", x, 2), 0);
    ck_assert_uint_eq(wick_graph_gradient(g, "x", x, 1), 0); /* inert */
    assert_error(w, WICK_ERR_SHAPE, "wick_graph_gradient", "'x'", "2 doubles");
    ck_assert_double_eq(x[0], 0.25);
    ck_assert_uint_eq(wick_graph_gradient(g, "x", x, 1), 1);
    wick_params_clear(w);
    ck_assert_uint_eq(wick_graph_gradient(g, "x", x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_graph_gradient", "'x'");
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

START_TEST(a_graph_says_how_it_is_run)
{
    zoo_data d = zoo_data_new(3001);
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(
        w, quadratic, &d, &(wick_graph_options){ .plate = "data", .tile = 100, .threads = 2 });

    ck_assert_str_eq(wick_graph_describe(g), "not recorded yet");
    wick_graph_run(g);
    ck_assert_str_eq(wick_graph_describe(g),
        "plate 'data' of 3001 in tiles of 104, 1 pass, 3 blocks, 2 threads");
    assert_ok(w);
    wick_graph_free(g);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

START_TEST(a_handle_with_an_error_runs_nothing)
{
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, unused, NULL, NULL);

    wick_graph_run(g);
    wick_param_read(w, "no such parameter");
    ck_assert_double_nan(wick_graph_run(g));
    ck_assert_double_nan(wick_graph_evaluate(g));
    ck_assert(!wick_graph_verify(g));
    ck_assert_ptr_null(wick_graph_new(w, unused, NULL, NULL));
    assert_error(w, WICK_ERR_NAME, "no such parameter");
    assert_close(wick_graph_run(g), 0.49, 1e-15);
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_api");
    TCase *forms = new_case(suite, "forms"), *runs = new_case(suite, "runs"),
          *arguments = new_case(suite, "arguments");

    tcase_add_loop_test(forms, gradients_of_a_quadratic_are_its_residuals, 0, 2);
    tcase_add_loop_test(forms, gradients_of_a_mixture_are_sums_of_responsibilities, 0, 2);
    tcase_add_loop_test(forms, gradients_have_members_first_then_the_event, 0, 2);
    tcase_add_loop_test(runs, each_run_is_a_step_of_the_random_numbers, 0, 2);
    tcase_add_loop_test(runs, two_graphs_of_one_handle_take_turns, 0, 2);
    tcase_add_test(runs, a_parameter_that_the_value_does_not_depend_on_has_a_gradient_of_zero);
    tcase_add_test(runs, a_constant_is_a_function_too);
    tcase_add_test(arguments, null_is_accepted_everywhere);
    tcase_add_test(arguments, gradients_that_are_not_there_are_errors);
    tcase_add_test(arguments, a_graph_says_how_it_is_run);
    tcase_add_test(arguments, a_handle_with_an_error_runs_nothing);
    return run_suite(suite);
}
