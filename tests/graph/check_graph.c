/* Compiled steps against steps that record anew: the same losses, the same parameters. */
#include "tests/graph/zoo.h"

#include <stdio.h>

static const size_t SIZES[] = { 1, 5, 7, 8, 9, 300, 1024, 1025, 1030, 2000, 5000 };
enum { N_SIZES = sizeof SIZES / sizeof *SIZES, WHOLE_SIZE = 1024 };

/* --- the zoo ---------------------------------------------------------------------------------- */

static void compare(const zoo_model *z, size_t n, wick_svi_options o, double tolerance)
{
    zoo_data d = zoo_data_new(n);
    const zoo_fit want = zoo_fit_of(z, &d, (wick_svi_options){ .compile = false });
    const zoo_fit got = zoo_fit_of(z, &d, o);

    zoo_same(z, &d, &got, &want, tolerance);
    zoo_fit_free(got);
    zoo_fit_free(want);
    zoo_data_free(d);
}

/* A plate of up to 1024 members is one list in the order of the recording; a larger one is added up
 * in another order. */
START_TEST(compiled_steps_of_a_model_of_any_size_are_those_that_record_anew)
{
    const zoo_model *z = &ZOO[_i];

    for (int i = 0; i < N_SIZES; i++) {
        const bool whole = z->way == WHOLE || z->times * SIZES[i] <= WHOLE_SIZE;
        compare(z, SIZES[i], (wick_svi_options){ .compile = true }, whole ? 0.0 : 1e-12);
    }
}
END_TEST

START_TEST(tiles_of_any_size_give_the_steps_that_record_anew)
{
    static const size_t TILES[] = { 8, 16, 24, 128 };
    const zoo_model *z = &ZOO[_i];

    for (int i = 0; i < N_SIZES - 1; i++)
        for (int t = 0; t < 4; t++)
            compare(z, SIZES[i],
                (wick_svi_options){
                    .compile = true, .graph = { .plate = z->plate, .tile = TILES[t] } },
                z->way == WHOLE ? 0.0 : 1e-12);
}
END_TEST

/* --- how they are run ------------------------------------------------------------------------- */

typedef struct zoo_loss {
    const zoo_model *z;
    zoo_data *d;
} zoo_loss;

static wick_var loss_of_zoo(wick *w, void *arg)
{
    const zoo_loss *l = arg;
    const wick_loss loss = l->z->loss ? l->z->loss : wick_trace_elbo;

    return loss(
        w, (wick_program){ l->z->model, l->d }, (wick_program){ l->z->guide, l->d }, l->z->options);
}

static void assert_described(zoo_loss *l, const wick_graph_options *o, const char *const *words)
{
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(w, loss_of_zoo, l, o);

    ck_assert(isfinite(wick_graph_run(g)));
    assert_ok(w);
    for (; *words; words++)
        ck_assert_msg(strstr(wick_graph_describe(g), *words), "%s: no '%s' in '%s'", l->z->name,
            *words, wick_graph_describe(g));
    wick_graph_free(g);
    wick_free(w);
}

START_TEST(large_plates_are_tiled_in_as_many_passes_as_they_need_small_ones_are_not)
{
    static const char *const WHOLE_WORDS[] = { "all plates whole", NULL };
    const zoo_model *z = &ZOO[_i];
    zoo_data small = zoo_data_new(WHOLE_SIZE / z->times), large = zoo_data_new(1030);
    const wick_graph_options forced = { .plate = z->plate, .tile = 24 };
    zoo_loss l = { z, &small };
    char plate[32], size[32];

    snprintf(plate, sizeof plate, "plate '%s'", z->plate);
    snprintf(size, sizeof size, "of %zu in tiles of 24,", z->times * small.n);
    const char *tiled[] = { plate, z->way == TILED ? ", 1 pass," : " passes,", NULL };
    const char *in_24[] = { plate, size, NULL };
    assert_described(&l, NULL, WHOLE_WORDS);
    assert_described(&l, &forced, z->way == WHOLE ? WHOLE_WORDS : in_24);
    l.d = &large;
    assert_described(&l, NULL, z->way == WHOLE ? WHOLE_WORDS : tiled);
    zoo_data_free(small);
    zoo_data_free(large);
}
END_TEST

/* --- differences ------------------------------------------------------------------------------ */

static double loss_at(wick *w, wick_svi *svi, double *x, size_t i, double at)
{
    const double kept = x[i];

    x[i] = at;
    set_all(w, x);
    x[i] = kept;
    return wick_svi_evaluate(svi);
}

/* d loss / d x[i] by differences of compiled losses of one step: the draws are the same. */
static double compiled_difference(wick *w, wick_svi *svi, double *x, size_t i)
{
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    const double step = 3e-3;
    double sum = 0.0;

    for (int k = 0; k < 3; k++)
        sum += WEIGHT[k] *
            (loss_at(w, svi, x, i, x[i] + (k + 1) * step) -
                loss_at(w, svi, x, i, x[i] - (k + 1) * step));
    set_all(w, x);
    return sum / step;
}

START_TEST(gradients_are_the_slopes_of_the_compiled_loss)
{
    const zoo_model *z = &ZOO[_i];
    if (z->model == frozen_model) /* its gradient is cut on purpose */
        return;
    if (z->guide == mixed_guide || z->guide == drawn_classes_guide) /* it has the score of draws */
        return;
    if (z->guide == shares_guide) /* draws go another way than their implicit derivatives */
        return;
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    zoo_data d = zoo_data_new(1030);
    wick_svi *svi = zoo_svi(
        w, z, &d, (wick_svi_options){ .compile = true, .optim = { .update = show_gradient } });

    ck_assert(isfinite(wick_svi_evaluate(svi)));
    const size_t n = count_values(w), step = n > 40 ? n / 13 : 1;
    double *x = calloc(n, sizeof *x), *difference = calloc(n, sizeof *x),
           *gradient = calloc(n, sizeof *x);
    get_all(w, x);
    for (size_t i = 0; i < n; i += step) /* some of those of the members, the last one always */
        difference[i] = compiled_difference(w, svi, x, i);
    difference[n - 1] = compiled_difference(w, svi, x, n - 1);
    wick_svi_step(svi);
    get_all(w, gradient);
    assert_ok(w);
    for (size_t i = 0; i < n; i += step)
        assert_close(gradient[i], difference[i], 1e-8);
    assert_close(gradient[n - 1], difference[n - 1], 1e-8);
    free(x);
    free(difference);
    free(gradient);
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* --- initial values --------------------------------------------------------------------------- */

/* Of the data's own mean, as a var and as a number, and of each member. */
static void started_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_data(w, d->x, d->n);
    const wick_var mean = wick_mean(x, "data");
    const wick_var a = wick_param(w, "a", wick_init_var(mean), wick_real());
    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_param(w, "b", wick_init_var(wick_mul(x, 0.3)), wick_real());
        wick_observe(w, "x", wick_normal(wick_add(a, b), 0.7), x);
    }
}

static void number_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_data(w, d->x, d->n);
    const wick_var a =
        wick_param(w, "a", wick_init_num(0.6 * wick_value(wick_mean(x, "data"))), wick_real());
    WICK_PLATE (w, "data", d->n)
        wick_observe(w, "x", wick_normal(a, 0.7), x);
}

static void var_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_data(w, d->x, d->n);
    const wick_var a =
        wick_param(w, "a", wick_init_var(wick_mul(wick_mean(x, "data"), 0.6)), wick_real());
    WICK_PLATE (w, "data", d->n)
        wick_observe(w, "x", wick_normal(a, 0.7), x);
}

START_TEST(initial_values_made_from_all_members_are_those_of_all_members)
{
    static const zoo_model MODELS[] = {
        { "started", started_model, do_nothing, NULL, NULL, "data", 1, TILED },
        { "number", number_model, do_nothing, NULL, NULL, "data", 1, WHOLE },
        { "var", var_model, do_nothing, NULL, NULL, "data", 1, TILED },
    };

    compare(&MODELS[_i], 300, (wick_svi_options){ .compile = true }, 0.0);
    compare(&MODELS[_i], 1100, (wick_svi_options){ .compile = true }, 1e-12);
}
END_TEST

/* The model of effects under a guide of point estimates: starts are medians of prior draws. */
START_TEST(an_autoguide_of_members_starts_as_in_steps_that_record_anew)
{
    zoo_data d = zoo_data_new(1100);
    double losses[2][ZOO_STEPS], b[2][1100];

    for (int k = 0; k < 2; k++) {
        wick *w = wick_new(&(wick_options){ .seed = 9 });
        const wick_program model = { effects_model, &d };
        wick_guide *guide = wick_auto_delta_new(w, model, NULL);
        wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
            &(wick_svi_options){ .compile = k, .optim = wick_adam(.lr = 0.05) });
        for (int i = 0; i < ZOO_STEPS; i++)
            losses[k][i] = wick_svi_step(svi);
        wick_guide_get(guide, "b", b[k], d.n);
        assert_ok(w);
        wick_svi_free(svi);
        wick_guide_free(guide);
        wick_free(w);
    }
    for (int i = 0; i < ZOO_STEPS; i++)
        assert_close(losses[1][i], losses[0][i], 1e-12);
    for (size_t i = 0; i < d.n; i++)
        assert_close(b[1][i], b[0][i], 1e-12);
    zoo_data_free(d);
}
END_TEST

/* --- choosing the plate ----------------------------------------------------------------------- */

START_TEST(a_plate_that_is_not_there_leaves_all_whole)
{
    zoo_data d = zoo_data_new(1030);
    zoo_loss l = { &ZOO[0], &d };
    const wick_graph_options o = { .plate = "no such plate" };

    assert_described(&l, &o, (const char *const[]){ "all plates whole", NULL });
    compare(&ZOO[0], 1030, (wick_svi_options){ .compile = true, .graph = o }, 0.0);
    zoo_data_free(d);
}
END_TEST

START_TEST(a_smaller_plate_can_be_tiled_instead)
{
    static const char *const NAMES[] = { "two large", "beside", "larger inside", "smaller inside",
        "take over" };
    static const char *const PLATES[] = { "data", "data", "cols", "cols", "data" };

    for (int i = 0; i < ZOO_SIZE; i++)
        if (strcmp(ZOO[i].name, NAMES[_i]) == 0)
            for (size_t n = 2; n < 200; n += 41)
                compare(&ZOO[i], n,
                    (wick_svi_options){
                        .compile = true, .graph = { .plate = PLATES[_i], .tile = 8 } },
                    1e-12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph");
    TCase *zoo = new_case(suite, "zoo"), *plates = new_case(suite, "plates"),
          *starts = new_case(suite, "starts");

    tcase_add_loop_test(
        zoo, compiled_steps_of_a_model_of_any_size_are_those_that_record_anew, 0, ZOO_SIZE);
    tcase_add_loop_test(zoo, tiles_of_any_size_give_the_steps_that_record_anew, 0, ZOO_SIZE);
    tcase_add_loop_test(zoo, gradients_are_the_slopes_of_the_compiled_loss, 0, ZOO_SIZE - 1);
    tcase_add_loop_test(plates,
        large_plates_are_tiled_in_as_many_passes_as_they_need_small_ones_are_not, 0, ZOO_SIZE);
    tcase_add_loop_test(
        starts, initial_values_made_from_all_members_are_those_of_all_members, 0, 3);
    tcase_add_test(starts, an_autoguide_of_members_starts_as_in_steps_that_record_anew);
    tcase_add_test(plates, a_plate_that_is_not_there_leaves_all_whole);
    tcase_add_loop_test(plates, a_smaller_plate_can_be_tiled_instead, 0, 5);
    return run_suite(suite);
}
