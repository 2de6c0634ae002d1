/* A compiled step reads everything anew: data, parameters, seeds, minibatches, draws. */
#include "tests/graph/zoo.h"

/* A whole list, and tiles: what both must see. */
static const size_t SIZES[] = { 40, 1100 };

/* Two fits side by side in handles of their own, one compiled, one recorded anew. */
typedef struct twins {
    wick *w[2];
    wick_svi *svi[2];
    double tolerance;
} twins;

static twins twins_of(const zoo_model *z, zoo_data *d)
{
    twins t = { .tolerance = d->n > 1024 / z->times ? 1e-12 : 0.0 };

    for (int i = 0; i < 2; i++) {
        t.w[i] = wick_new(&(wick_options){ .seed = 8 });
        t.svi[i] = zoo_svi(t.w[i], z, d, (wick_svi_options){ .compile = i == 0 });
    }
    return t;
}

static void free_twins(twins t)
{
    for (int i = 0; i < 2; i++) {
        assert_ok(t.w[i]);
        wick_svi_free(t.svi[i]);
        wick_free(t.w[i]);
    }
}

static double assert_twin_losses(const twins *t, double got, double want)
{
    ck_assert_msg(isfinite(got), "%s", wick_message(t->w[0]));
    if (t->tolerance > 0.0)
        assert_close(got, want, t->tolerance);
    else
        ck_assert_double_eq(got, want);
    return got;
}

static double step_both(const twins *t)
{
    return assert_twin_losses(t, wick_svi_step(t->svi[0]), wick_svi_step(t->svi[1]));
}

static double evaluate_both(const twins *t)
{
    return assert_twin_losses(t, wick_svi_evaluate(t->svi[0]), wick_svi_evaluate(t->svi[1]));
}

START_TEST(data_changed_in_place_between_steps_are_seen)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("masked"), &d);

    for (int i = 0; i < 6; i++) {
        const double before = step_both(&t);
        d.x[d.n - 1] += 3.5; /* the last member, alone in the rest of the plate */
        d.x[2 * d.n / 3 + 1] -= 1.5;
        const double after = evaluate_both(&t);
        ck_assert_double_gt(fabs(after - before), 0.01);
        d.mask[d.n / 2] = 1.0 - d.mask[d.n / 2];
        ck_assert_double_ne(evaluate_both(&t), after);
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(parameters_that_are_set_between_steps_are_seen)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("effects"), &d);
    double *at = calloc(d.n, sizeof *at), last = evaluate_both(&t);

    for (int i = 0; i < 5; i++) {
        const double tau = 0.4 + 0.3 * i;
        for (int k = 0; k < 2; k++) {
            wick_param_get(t.w[k], "b_at", at, d.n);
            at[d.n - 1] = 2.5 + i;
            wick_param_set(t.w[k], "tau", &tau, 1);
            wick_param_set(t.w[k], "b_at", at, d.n);
        }
        const double loss = step_both(&t);
        ck_assert_double_ne(loss, last);
        last = loss;
    }
    free(at);
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(given_indices_changed_in_place_are_seen_and_looked_at)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("given minibatch"), &d);
    const size_t last = d.n - 1;
    double b[3] = { 0 };

    step_both(&t);
    for (int i = 0; i < 5; i++) {
        const double before = evaluate_both(&t);
        d.given[last] = (d.given[last] + 7) % (3 * d.n);
        d.given[i] = (d.given[i] + 5) % (3 * d.n);
        ck_assert_double_ne(step_both(&t), before);
    }
    d.given[last] = (size_t)1 << 40;
    wick_param_get(t.w[0], "mu", b, 1);
    ck_assert_double_nan(wick_svi_step(t.svi[0]));
    assert_error(t.w[0], WICK_ERR_ARGUMENT, "plate 'data'", "index 1099511627776");
    wick_param_get(t.w[0], "mu", b + 1, 1);
    ck_assert_double_eq(b[0], b[1]);
    d.given[last] = 1;
    step_both(&t);
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

/* --- random numbers --------------------------------------------------------------------------- */

static const char *const RANDOM[] = { "drawn", "drawn minibatch", "minibatch of draws", "particles",
    "ambient" };

START_TEST(draws_and_minibatches_of_many_steps_are_those_of_steps_that_record_anew)
{
    zoo_data d = zoo_data_new(SIZES[_i % 2]);
    twins t = twins_of(zoo_named(RANDOM[_i / 2]), &d);
    double losses[40], last = 0.0;

    t.tolerance *= 100.0; /* what steps before have left */
    for (int i = 0; i < 40; i++) {
        losses[i] = step_both(&t);
        ck_assert_double_ne(losses[i], last);
        last = losses[i];
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(evaluating_repeats_the_draws_of_the_step_that_comes)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("drawn"), &d);

    for (int i = 0; i < 5; i++) {
        const double loss = evaluate_both(&t);
        ck_assert_double_eq(wick_svi_evaluate(t.svi[0]), loss);
        ck_assert_double_eq(step_both(&t), loss); /* with gradients: the same value */
        ck_assert_uint_eq(wick_svi_steps(t.svi[0]), (uint64_t)i + 1);
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(another_seed_between_steps_draws_anew)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("minibatch of draws"), &d);
    double last = step_both(&t);

    for (uint64_t seed = 20; seed < 24; seed++) {
        for (int k = 0; k < 2; k++)
            wick_set_seed(t.w[k], seed);
        const double loss = evaluate_both(&t);
        ck_assert_double_ne(loss, last);
        last = loss;
        step_both(&t);
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(parameters_cleared_between_steps_start_again)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(zoo_named("mixture"), &d);
    const double first = step_both(&t);

    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            ck_assert_double_ne(step_both(&t), first);
        for (int k = 0; k < 2; k++)
            wick_params_clear(t.w[k]);
        ck_assert_double_eq(step_both(&t), first);
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

/* A guide whose start is drawn: each seed is another. */
static void random_start(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var mu = wick_param(w, "mu", wick_init_randn(2), wick_real());

    WICK_PLATE (w, "data", d->n)
        wick_observe(w, "x", wick_normal(wick_sum_event(mu), 0.7), wick_data(w, d->x, d->n));
}

START_TEST(the_best_of_several_starts_is_the_same)
{
    const zoo_model z = { "start", random_start, do_nothing, NULL, NULL, "data", 1, TILED };
    zoo_data d = zoo_data_new(SIZES[_i]);
    twins t = twins_of(&z, &d);
    double losses[2][6];
    uint64_t best[2];

    for (int k = 0; k < 2; k++)
        best[k] = wick_multistart(t.svi[k], 6, losses[k]);
    for (int i = 0; i < 6; i++)
        assert_twin_losses(&t, losses[0][i], losses[1][i]);
    ck_assert_double_ne(losses[0][0], losses[0][1]);
    ck_assert_uint_eq(best[0], best[1]);
    ck_assert_double_eq(evaluate_both(&t), losses[0][best[0]]);
    for (int i = 0; i < 4; i++)
        step_both(&t);
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

/* --- one handle ------------------------------------------------------------------------------- */

static const char *const TURNS[] = { "masked mixture", "effects", "drawn", "given minibatch",
    "drawn minibatch", "minibatch of draws" };
enum { N_TURNS = sizeof TURNS / sizeof *TURNS };

/* The fit is one: each goes on where the others have stopped; they stand at the same step. */
START_TEST(compiled_steps_and_others_take_turns_in_one_handle)
{
    zoo_data d = zoo_data_new(SIZES[_i % 2]);
    const zoo_model *z = zoo_named(TURNS[_i / 2]);
    const twins t = twins_of(z, &d);
    wick_svi *one[3], *other[3];

    for (int k = 0; k < 3; k++) {
        one[k] = zoo_svi(t.w[0], z, &d, (wick_svi_options){ .compile = k != 1 });
        other[k] = zoo_svi(t.w[1], z, &d, (wick_svi_options){ .compile = false });
    }
    for (int i = 0; i < 18; i++) {
        const int k = i * 5 % 7 % 3;
        assert_twin_losses(&t, wick_svi_step(one[k]), wick_svi_step(other[k]));
    }
    for (int k = 0; k < 3; k++) {
        ck_assert_uint_gt(wick_svi_steps(one[k]), 3);
        wick_svi_free(one[k]);
        wick_svi_free(other[k]);
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

START_TEST(two_compiled_fits_of_other_models_take_turns_in_one_handle)
{
    zoo_data d = zoo_data_new(SIZES[_i]), e = zoo_data_new(1300);
    const zoo_model *a = zoo_named("words"), *b = zoo_named("drawn");
    const twins of_a = twins_of(a, &d), of_b = twins_of(b, &e);
    wick_svi *other = zoo_svi(of_a.w[0], b, &e, (wick_svi_options){ .compile = true });

    for (int i = 0; i < 6; i++) {
        step_both(&of_a);
        ck_assert_double_eq(wick_svi_step(other), wick_svi_step(of_b.svi[0]));
    }
    assert_ok(of_a.w[0]);
    wick_svi_free(other);
    free_twins(of_a);
    free_twins(of_b);
    zoo_data_free(d);
    zoo_data_free(e);
}
END_TEST

START_TEST(norms_of_gradients_are_those_of_steps_that_record_anew)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    const twins t = twins_of(zoo_named("drawn minibatch"), &d);

    for (int i = 0; i < 4; i++) {
        step_both(&t);
        for (int k = 0; k < 2; k++) {
            const char *name = k ? "mu" : "b";
            const double norm = wick_svi_gradient_norm(t.svi[0], name);
            ck_assert_double_gt(norm, 0.0);
            assert_close(norm, wick_svi_gradient_norm(t.svi[1], name), 1e-11);
        }
    }
    free_twins(t);
    zoo_data_free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fresh");
    TCase *values = new_case(suite, "values"), *random = new_case(suite, "random"),
          *handle = new_case(suite, "handle");

    tcase_add_loop_test(values, data_changed_in_place_between_steps_are_seen, 0, 2);
    tcase_add_loop_test(values, parameters_that_are_set_between_steps_are_seen, 0, 2);
    tcase_add_loop_test(values, parameters_cleared_between_steps_start_again, 0, 2);
    tcase_add_loop_test(
        random, draws_and_minibatches_of_many_steps_are_those_of_steps_that_record_anew, 0, 10);
    tcase_add_loop_test(values, given_indices_changed_in_place_are_seen_and_looked_at, 0, 2);
    tcase_add_loop_test(random, evaluating_repeats_the_draws_of_the_step_that_comes, 0, 2);
    tcase_add_loop_test(random, another_seed_between_steps_draws_anew, 0, 2);
    tcase_add_loop_test(random, the_best_of_several_starts_is_the_same, 0, 2);
    tcase_add_loop_test(handle, compiled_steps_and_others_take_turns_in_one_handle, 0, 2 * N_TURNS);
    tcase_add_loop_test(handle, two_compiled_fits_of_other_models_take_turns_in_one_handle, 0, 2);
    tcase_add_loop_test(handle, norms_of_gradients_are_those_of_steps_that_record_anew, 0, 2);
    return run_suite(suite);
}
