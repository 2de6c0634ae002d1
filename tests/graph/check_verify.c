/* A program that records something else is found out: by the next check, or at once when asked. */
#include "tests/graph/zoo.h"

/* A whole list, and tiles. */
static const size_t SIZES[] = { 40, 1100 };

typedef enum change {
    NUMBER_OF_A_SITE,
    NUMBER_OUTSIDE,
    CONSTANT_TABLE,
    SCALE,
    DATA,
    DATA_OF_VECTORS,
    PLATE_SIZE,
    SUBSAMPLE,
    GIVEN_INDICES,
    EXTRA_SITE,
    MISSING_SITE,
    OTHER_NAME,
    OTHER_OP,
    OTHER_INPUT,
    PICKED_INDEX,
    OTHER_PARAMETER,
    SWAPPED_PARAMETERS,
    SWAPPED_PARAMETERS_OF_MEMBERS,
    FREEZE,
    MASK,
    SEED_OF_A_DRAW,
    N_CHANGES
} change;

/* The site that the message names, or another word of it. */
static const char *const NAMED[N_CHANGES] = {
    [NUMBER_OF_A_SITE] = "'y'",
    [NUMBER_OUTSIDE] = "'y'",
    [CONSTANT_TABLE] = "'table'",
    [SCALE] = "'z'",
    [DATA] = "'x'",
    [DATA_OF_VECTORS] = "'v'",
    [PLATE_SIZE] = "plate",
    [SUBSAMPLE] = "plate",
    [GIVEN_INDICES] = "plate",
    [EXTRA_SITE] = "'extra'",
    [MISSING_SITE] = "'y'",
    [OTHER_NAME] = "'y_2'",
    [OTHER_OP] = "'y'",
    [OTHER_INPUT] = "'y'",
    [PICKED_INDEX] = "'table'",
    [OTHER_PARAMETER] = "'x'",
    [SWAPPED_PARAMETERS] = "'swap_2'",
    [SWAPPED_PARAMETERS_OF_MEMBERS] = "'swap_4'",
    [FREEZE] = "wick_detach",
    [MASK] = "'y'",
    [SEED_OF_A_DRAW] = "'b'",
};

typedef struct changing {
    zoo_data *d;
    change what;
    bool changed;
    double *moved;       /* a copy of the data */
    size_t given[2][10]; /* of a plate of 12 */
} changing;

static bool now(const changing *c, change what)
{
    return c->changed && c->what == what;
}

static void tables(wick *w, const changing *c)
{
    const double table[3] = { 0.4, now(c, CONSTANT_TABLE) ? 0.8 : 0.7, -0.2 };
    const wick_var t = wick_pick(wick_const(w, table, 3), now(c, PICKED_INDEX) ? 2 : 1);

    wick_factor(w, "table", wick_mul(t, -0.3));
    WICK_PLATE (w, "small", 12, .subsample = 10, .indices = c->given[now(c, GIVEN_INDICES)])
        wick_factor(w, "small", wick_mul(wick_index(w, "small"), 0.01));
    WICK_PLATE (w, "drawn", 12, .subsample = now(c, SUBSAMPLE) ? 8 : 10)
        wick_factor(w, "drawn", wick_mul(wick_index(w, "drawn"), 0.01));
}

static void members(wick *w, const changing *c, wick_var loc)
{
    const zoo_data *d = c->d;
    const size_t n = now(c, PLATE_SIZE) ? d->n - 1 : d->n;
    const double *x = now(c, DATA) ? c->moved : d->x;
    const double *v = now(c, DATA_OF_VECTORS) ? c->moved : d->x;
    const wick_var y = wick_num(w, now(c, NUMBER_OUTSIDE) ? 0.9 : 0.8);
    const wick_var other = wick_num(w, 0.3), on = wick_num(w, now(c, MASK) ? 0.0 : 1.0);

    const bool swap = now(c, SWAPPED_PARAMETERS),
               swap_members = now(c, SWAPPED_PARAMETERS_OF_MEMBERS);
    const wick_var s = real_param(w, swap ? "swap_2" : "swap_1", 0.5);
    wick_factor(w, "f", wick_mul(s, real_param(w, swap ? "swap_1" : "swap_2", 0.5)));

    WICK_PLATE (w, "data", n) {
        if (c->what == SWAPPED_PARAMETERS_OF_MEMBERS) {
            const wick_var t = real_param(w, swap_members ? "swap_4" : "swap_3", 0.5);
            const wick_var u = real_param(w, swap_members ? "swap_3" : "swap_4", 0.5);
            wick_factor(w, "g", wick_mul(t, u));
        }
        wick_observe(w, "x", wick_normal(loc, 0.7), wick_data(w, x, n));
        wick_observe(w, "v", wick_iid(wick_normal(loc, 1.7), 2), wick_data(w, v, 2 * n, 2));
        if (now(c, EXTRA_SITE))
            wick_observe(w, "extra", wick_normal(loc, 0.7), y);
        if (!now(c, MISSING_SITE))
            WICK_WITH (w, wick_mask(w, on))
                wick_observe(w, now(c, OTHER_NAME) ? "y_2" : "y",
                    wick_normal(now(c, OTHER_OP) ? wick_exp(loc) : wick_tanh(loc),
                        now(c, NUMBER_OF_A_SITE) ? 0.6 : 0.7),
                    now(c, OTHER_INPUT) ? other : y);
        WICK_WITH (w, wick_scale(w, now(c, SCALE) ? 1.5 : 2.0))
            wick_observe(w, "z", wick_normal(loc, 0.9), wick_data(w, d->y, n));
    }
}

static void changing_model(wick *w, void *arg)
{
    const changing *c = arg;
    wick_var q = WICK_VAR_NONE;
    const wick_var p = real_param(w, "p", 0.2);

    q = real_param(w, "q", 0.2);
    tables(w, c);
    wick_sample(w, "b", wick_normal(0.0, 1.0));
    if (now(c, FREEZE))
        WICK_WITH (w, wick_freeze(w))
            q = wick_param_read(w, "p");
    members(w, c, wick_add(now(c, OTHER_PARAMETER) ? q : p, wick_mul(now(c, FREEZE) ? q : p, 0.5)));
}

static void changing_guide(wick *w, void *arg)
{
    const changing *c = arg;

    WICK_WITH (w, wick_reseed(w, now(c, SEED_OF_A_DRAW) ? 5 : 4))
        wick_sample(w, "b", wick_normal(0.3, 0.6));
}

typedef struct fixture {
    zoo_data d;
    changing c;
    wick *w;
} fixture;

static void set_up(fixture *f, change what, size_t n)
{
    *f = (fixture){ .d = zoo_data_new(n), .w = wick_new(NULL) };
    f->c = (changing){ .d = &f->d, .what = what, .moved = malloc(2 * n * sizeof(double)) };
    memcpy(f->c.moved, f->d.x, 2 * n * sizeof(double));
    for (size_t i = 0; i < 10; i++)
        f->c.given[0][i] = f->c.given[1][i] = 11 - i;
}

static void tear_down(fixture *f)
{
    assert_ok(f->w);
    wick_free(f->w);
    free(f->c.moved);
    zoo_data_free(f->d);
}

static wick_svi *changing_svi(fixture *f, bool compile, uint64_t check_every)
{
    return wick_svi_new(f->w, (wick_program){ changing_model, &f->c },
        (wick_program){ changing_guide, &f->c },
        &(wick_svi_options){ .compile = compile,
            .optim = wick_adam(.lr = 0.01),
            .graph = { .check_every = check_every } });
}

START_TEST(a_program_that_changes_fails_at_the_next_check_and_the_error_names_the_site)
{
    for (int s = 0; s < 2; s++) {
        fixture f;
        double *before, *after;
        set_up(&f, (change)_i, SIZES[s]);
        wick_svi *svi = changing_svi(&f, true, 3);
        for (int i = 0; i < 7; i++)
            wick_svi_step(svi);
        assert_ok(f.w);
        const size_t n = count_values(f.w);
        before = calloc(n, sizeof *before);
        after = calloc(n, sizeof *after);
        f.c.changed = true;
        int left = 3; /* steps until the check at the latest */
        do
            get_all(f.w, before);
        while (isfinite(wick_svi_step(svi)) && --left > 0);
        assert_error(f.w, WICK_ERR_STATE, "same tape in each step", NAMED[_i]);
        get_all(f.w, after);
        assert_same_bits(before, after, n);
        free(before);
        free(after);
        const uint64_t steps = wick_svi_steps(svi);
        f.c.changed = false;
        ck_assert(isfinite(wick_svi_step(svi))); /* the handle and the fit work on */
        ck_assert_uint_eq(wick_svi_steps(svi), steps + 1);
        wick_svi_free(svi);
        tear_down(&f);
    }
}
END_TEST

/* --- at once ---------------------------------------------------------------------------------- */

static wick_var changing_loss(wick *w, void *arg)
{
    return wick_trace_elbo(
        w, (wick_program){ changing_model, arg }, (wick_program){ changing_guide, arg }, NULL);
}

START_TEST(verifying_says_so_at_once)
{
    for (int s = 0; s < 2; s++) {
        fixture f;
        set_up(&f, (change)_i, SIZES[s]);
        wick_graph *g = wick_graph_new(f.w, changing_loss, &f.c, NULL);
        ck_assert(wick_graph_verify(g)); /* records it */
        ck_assert(isfinite(wick_graph_run(g)));
        ck_assert(wick_graph_verify(g));
        f.c.changed = true;
        ck_assert(!wick_graph_verify(g));
        ck_assert(!wick_graph_verify(g)); /* inert */
        assert_error(f.w, WICK_ERR_STATE, "same tape in each step", NAMED[_i]);
        f.c.changed = false;
        ck_assert(isfinite(wick_graph_evaluate(g)));
        ck_assert(wick_graph_verify(g));
        wick_graph_free(g);
        tear_down(&f);
    }
}
END_TEST

/* After the error the recording is not run on as if nothing had been. */
START_TEST(after_the_error_the_program_is_run_as_it_is_now)
{
    fixture f;
    set_up(&f, NUMBER_OF_A_SITE, SIZES[_i]);
    wick_svi *svi = changing_svi(&f, true, 1), *fresh = changing_svi(&f, false, 0);

    wick_svi_step(svi);
    wick_svi_step(fresh);
    f.c.changed = true;
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(f.w, WICK_ERR_STATE, "'y'");
    assert_close(wick_svi_evaluate(svi), wick_svi_evaluate(fresh), 1e-12);
    wick_svi_free(svi);
    wick_svi_free(fresh);
    tear_down(&f);
}
END_TEST

/* --- control flow on drawn values ------------------------------------------------------------- */

static void forked_path(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.0));
    const bool up = wick_value(b) > 0.1;

    WICK_PLATE (w, "data", d->n)
        wick_observe(
            w, up ? "up" : "down", wick_normal(b, up ? 1.0 : 2.0), wick_data(w, d->x, d->n));
}

START_TEST(a_path_that_depends_on_a_draw_is_an_error)
{
    const zoo_model z = { "fork", forked_path, no_plate_guide, NULL, NULL, "data", 1, WHOLE };
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, &z, &d, (wick_svi_options){ .compile = true });
    int steps = 0;

    while (steps < 64 && isfinite(wick_svi_step(svi)))
        steps++;
    assert_error(w, WICK_ERR_STATE, "'up'", "'down'", "control flow");
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* Looks at values, and does nothing with them. */
static void reader(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.0));
    double *x = malloc(d->n * sizeof *x);

    ck_assert(isfinite(wick_value(b)));
    WICK_PLATE (w, "data", d->n) {
        wick_observe(w, "x", wick_normal(b, 0.7), wick_data(w, d->x, d->n));
        wick_get(wick_mul(wick_data(w, d->x, d->n), b), x, d->n);
    }
    free(x);
}

START_TEST(a_program_that_looks_at_values_is_run_whole_and_right)
{
    const zoo_model z = { "reader", reader, no_plate_guide, NULL, NULL, "data", 1, WHOLE };
    zoo_data d = zoo_data_new(1500);
    const zoo_fit want = zoo_fit_of(&z, &d, (wick_svi_options){ .compile = false });
    const zoo_fit got = zoo_fit_of(&z, &d, (wick_svi_options){ .compile = true });

    zoo_same(&z, &d, &got, &want, 0.0);
    zoo_fit_free(got);
    zoo_fit_free(want);
    zoo_data_free(d);
}
END_TEST

/* --- when checks are -------------------------------------------------------------------------- */

static wick_var counted_loss(wick *w, void *arg)
{
    int *calls = arg;

    ++*calls;
    return wick_square(wick_sub(real_param(w, "p", 0.2), 1.4));
}

START_TEST(the_program_is_recorded_again_after_1_2_4_runs_and_then_every_so_many)
{
    wick *w = wick_new(NULL);
    int calls = 0, seen[40];
    wick_graph *g =
        wick_graph_new(w, counted_loss, &calls, &(wick_graph_options){ .check_every = 8 });
    const double value = wick_graph_run(g);

    for (int i = 0; i < 40; i++) { /* seen[i]: recordings before run i + 1 ends */
        const int before = calls;
        ck_assert_double_eq(wick_graph_run(g), value);
        seen[i] = calls - before;
    }
    for (int i = 0; i < 40; i++) {
        const int runs = i + 1; /* done before */
        const bool due = runs == 1 || runs == 2 || runs == 4 || runs % 8 == 0;
        ck_assert_msg(seen[i] == due, "%d recordings after %d runs", seen[i], runs);
    }
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify");
    TCase *changes = new_case(suite, "changes"), *draws = new_case(suite, "draws");

    tcase_add_loop_test(changes,
        a_program_that_changes_fails_at_the_next_check_and_the_error_names_the_site, 0, N_CHANGES);
    tcase_add_loop_test(changes, verifying_says_so_at_once, 0, N_CHANGES);
    tcase_add_loop_test(changes, after_the_error_the_program_is_run_as_it_is_now, 0, 2);
    tcase_add_test(changes, the_program_is_recorded_again_after_1_2_4_runs_and_then_every_so_many);
    tcase_add_loop_test(draws, a_path_that_depends_on_a_draw_is_an_error, 0, 2);
    tcase_add_test(draws, a_program_that_looks_at_values_is_run_whole_and_right);
    return run_suite(suite);
}
