/* Errors of compiled programs: those of the program, losses that are not finite, the member. */
#include "tests/graph/zoo.h"
#include "tests/support/memory.h"

#include <stdio.h>

/* A whole list, and tiles with a rest. */
static const size_t SIZES[] = { 40, 1100 };

/* --- errors of the program -------------------------------------------------------------------- */

typedef struct faulty {
    size_t n;
    int fault; /* 0: none */
    double *x;
} faulty;

enum { NO_FAULT, SHAPE, NAME, LEFT_OPEN, DOMAIN_OF_SCALE, NUMERIC, N_FAULTS };

static const struct {
    wick_code code;
    const char *words[3];
} FAULT[N_FAULTS] = {
    [SHAPE] = { WICK_ERR_SHAPE, { "wick_data", "'data'" } },
    [NAME] = { WICK_ERR_NAME, { "'x'" } },
    [LEFT_OPEN] = { WICK_ERR_STATE, { "'data'", "still open" } },
    [DOMAIN_OF_SCALE] = { WICK_ERR_DOMAIN, { "wick_scale" } },
    [NUMERIC] = { WICK_ERR_NUMERIC, { "wick_cholesky", "positive definite" } },
};

static void faulty_model(wick *w, void *arg)
{
    static const double INDEFINITE[4] = { 1.0, 2.0, 2.0, 1.0 }, GOOD[4] = { 2.0, 0.5, 0.5, 1.0 };
    const faulty *f = arg;
    const wick_var a = real_param(w, "a", 0.3);
    const wick_var matrix = wick_const(w, f->fault == NUMERIC ? INDEFINITE : GOOD, 2, 2);

    wick_factor(w, "tril", wick_pick(wick_pick(wick_cholesky(matrix), 0), 0));
    WICK_PLATE (w, "data", f->n)
        WICK_WITH (w, wick_scale(w, f->fault == DOMAIN_OF_SCALE ? -1.0 : 1.0))
            wick_observe(w, "x", wick_normal(a, 0.7),
                wick_data(w, f->x, f->fault == SHAPE ? f->n + 1 : f->n));
    if (f->fault == NAME)
        wick_observe(w, "x", wick_normal(a, 0.7), wick_num(w, 0.4));
    if (f->fault == LEFT_OPEN)
        wick_plate_enter(w, &(wick_plate_options){ .name = "data", .size = f->n });
}

static void assert_fault(wick *w, int fault)
{
    assert_fails(w, FAULT[fault].code, FAULT[fault].words);
    wick_clear(w);
}

START_TEST(an_error_of_the_program_is_reported_as_without_compiling)
{
    memory m[2] = { { 0 }, { 0 } };

    for (int compile = 0; compile < 2; compile++)
        for (int s = 0; s < 2; s++) {
            zoo_data d = zoo_data_new(SIZES[s]);
            faulty f = { d.n, _i, d.x };
            const wick_options options = memory_options(&m[compile], 1);
            wick *w = wick_new(&options);
            wick_svi *svi = wick_svi_new(w, (wick_program){ faulty_model, &f }, NOTHING,
                &(wick_svi_options){ .compile = compile });
            ck_assert_double_nan(wick_svi_evaluate(svi));
            assert_fault(w, _i);
            ck_assert_double_nan(wick_svi_step(svi));
            assert_fault(w, _i);
            ck_assert_uint_eq(wick_param_count(w), 0);
            f.fault = NO_FAULT;
            ck_assert(isfinite(wick_svi_step(svi)));
            f.fault =
                _i; /* and when it is recorded again: in the next step but one at the latest */
            for (int i = 0; i < 3 && wick_status(w) == WICK_OK; i++)
                wick_svi_step(svi);
            assert_fault(w, _i);
            f.fault = NO_FAULT;
            ck_assert(isfinite(wick_svi_step(svi)));
            assert_ok(w);
            wick_svi_free(svi);
            wick_free(w);
            ck_assert_uint_eq(m[compile].blocks, 0);
            zoo_data_free(d);
        }
}
END_TEST

static wick_var odd(wick *w, void *arg)
{
    wick_var x = WICK_VAR_NONE;

    switch (*(const int *)arg) {
    case 0:
        return wick_fill(w, 0.5, 3);
    case 1:
        WICK_PLATE (w, "rows", 2000)
            x = wick_index(w, "rows");
        return x;
    case 2:
        return x;
    case 3:
        x = wick_num(w, 0.5);
        wick_reset(w);
        return x;
    default:
        return wick_num(w, -INFINITY);
    }
}

START_TEST(a_function_must_return_a_finite_scalar)
{
    static const wick_code WANT[] = { WICK_ERR_SHAPE, WICK_ERR_SHAPE, WICK_ERR_STATE,
        WICK_ERR_STATE, WICK_ERR_NONFINITE };
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);

    for (int i = 0; i < 5; i++) {
        wick_graph *g = wick_graph_new(w, odd, &i, NULL);
        ck_assert_double_nan(wick_graph_run(g));
        assert_error(w, WANT[i], "the function");
        ck_assert_double_nan(wick_graph_evaluate(g));
        assert_error(w, WANT[i], "the function");
        wick_graph_free(g);
    }
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(a_handler_open_around_a_compiled_step_is_an_error)
{
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, zoo_named("mixture"), &d, (wick_svi_options){ .compile = true });

    wick_svi_step(svi);
    WICK_PLATE (w, "rows", 3)
        ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_STATE, "wick_svi_step", "'rows'");
    ck_assert_uint_eq(wick_svi_steps(svi), 1);
    ck_assert(isfinite(wick_svi_step(svi)));
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* --- not finite ------------------------------------------------------------------------------- */

enum { LARGE = 1300 };

/* Where the NaN stands: in the first tile, in others, in the rest; the same member is named. */
static const size_t BAD[] = { 0, 7, 8, 129, 700, 1151, 1296, LARGE - 1 };
enum { N_BAD = sizeof BAD / sizeof *BAD };

static void assert_member_named(const char *model, size_t tile, size_t bad, const char *site)
{
    zoo_data d = zoo_data_new(LARGE);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(
        w, zoo_named(model), &d, (wick_svi_options){ .compile = true, .graph = { .tile = tile } });
    const double kept = d.x[bad];
    char member[32];

    snprintf(member, sizeof member, "'data' %zu", bad);
    for (int i = 0; i < 3; i++)
        ck_assert(isfinite(wick_svi_step(svi)));
    const size_t n = count_values(w);
    double *before = calloc(n, sizeof *before), *after = calloc(n, sizeof *after);
    get_all(w, before);
    d.x[bad] = NAN;
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NONFINITE, "the loss at step 3 is nan", site, member);
    ck_assert_double_nan(wick_svi_evaluate(svi));
    assert_error(w, WICK_ERR_NONFINITE, "the loss at step 3 is nan", site, member);
    get_all(w, after);
    assert_same_bits(before, after, n);
    d.x[bad] = kept;
    ck_assert(isfinite(wick_svi_step(svi)));
    assert_ok(w);
    free(before);
    free(after);
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}

START_TEST(a_loss_that_is_not_finite_names_the_member)
{
    assert_member_named("mixture", 0, BAD[_i], "'x'");
    assert_member_named("mixture", 8, BAD[_i], "'x'");
    assert_member_named("drawn", 128, BAD[_i], "'x'");
    assert_member_named("larger inside", 0, BAD[_i], "'x'");
}
END_TEST

START_TEST(in_several_passes_the_member_is_named_too)
{
    assert_member_named("standardised", 0, BAD[_i], "'data'");
    assert_member_named("mean", 24, BAD[_i], "'data'");
}
END_TEST

START_TEST(of_a_minibatch_the_member_of_the_whole_plate_is_named)
{
    zoo_data d = zoo_data_new(LARGE);
    wick *w = wick_new(NULL);
    wick_svi *svi =
        zoo_svi(w, zoo_named("given minibatch"), &d, (wick_svi_options){ .compile = true });
    char member[32];

    wick_svi_step(svi);
    for (int i = 0; i < N_BAD; i++) {
        const size_t bad = d.given[BAD[i]];
        const double kept = d.x[bad];
        d.x[bad] = NAN;
        snprintf(member, sizeof member, "'data' %zu", bad);
        ck_assert_double_nan(wick_svi_step(svi));
        assert_error(w, WICK_ERR_NONFINITE, "the loss at step 1 is nan", "'x'", member);
        d.x[bad] = kept;
    }
    ck_assert(isfinite(wick_svi_step(svi)));
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

/* The logarithm of a sum over the plate, which turns negative: the sum itself is fine. */
static void late_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_mul(wick_data(w, d->x, d->n), a);
    wick_factor(w, "late", wick_log(wick_sum(x, "data")));
}

START_TEST(a_value_that_goes_wrong_after_the_sum_names_its_op_and_site)
{
    const zoo_model late = { "late", late_model, do_nothing, NULL, NULL, "data", 1, PASSES };
    const double negative = -0.4;
    zoo_data d = zoo_data_new(SIZES[_i]);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, &late, &d, (wick_svi_options){ .compile = true });

    wick_svi_step(svi);
    assert_ok(w);
    wick_param_set(w, "a", &negative, 1);
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_NONFINITE, "the loss at step 1 is nan", "wick_log");
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

START_TEST(an_index_that_turns_out_of_range_is_an_error)
{
    static const char *const MODEL[] = { "table", "sum into", "two large", "take over" };
    zoo_data d = zoo_data_new(SIZES[_i % 2]);
    double *index = _i / 2 < 2 ? d.group + d.n - 1 : d.parent + d.n - 1;
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, zoo_named(MODEL[_i / 2]), &d,
        (wick_svi_options){ .compile = true, .threads = 2, .graph = { .tile = 64 } });

    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    assert_ok(w);
    *index = 1e7;
    ck_assert_double_nan(wick_svi_step(svi));
    assert_error(w, WICK_ERR_DOMAIN, "1e+07");
    *index = 1.0;
    ck_assert(isfinite(wick_svi_step(svi)));
    ck_assert_uint_eq(wick_svi_steps(svi), 6);
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

typedef struct torn {
    size_t n;
    int kind; /* categorical by probs, by logits, one-hot by probs, by logits */
} torn;

/* A sum of drawn locs, whose probabilities are NaN once the parameter is negative. */
static wick_var torn_sum(wick *w, void *arg)
{
    static const double LOCS[] = { 0.5, 1.5, -0.25 };
    const torn *t = arg;
    const wick_var root = wick_sqrt(real_param(w, "a", 0.3)), half = wick_num(w, 0.5);
    const wick_var p = wick_stack(w, 3, (wick_var[]){ half, root, half });
    const wick_var locs = wick_const(w, LOCS, 3);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", t->n) {
        if (t->kind < 2)
            x = wick_take(locs,
                wick_sample(w, "z", t->kind ? wick_categorical_logits(p) : wick_categorical(p)));
        else
            x = wick_dot(locs,
                wick_sample(w, "z",
                    t->kind > 2 ? wick_one_hot_categorical_logits(p)
                                : wick_one_hot_categorical(p)));
    }
    return wick_sum(x, "data");
}

START_TEST(a_draw_by_probabilities_that_turn_nan_is_told_by_where_that_began)
{
    torn t = { SIZES[_i % 2], _i / 2 };
    const double good = 0.4, bad = -0.4;
    wick *w = wick_new(NULL);
    wick_graph *g =
        wick_graph_new(w, torn_sum, &t, &(wick_graph_options){ .tile = 64, .threads = 2 });

    for (int i = 0; i < 5; i++) /* after 1, 2 and 4 it is recorded again, not in the sixth run */
        ck_assert(isfinite(wick_graph_run(g)));
    wick_param_set(w, "a", &bad, 1);
    ck_assert_double_nan(wick_graph_run(g));
    assert_error(w, WICK_ERR_NONFINITE, "is nan; it began in wick_sqrt of -0.4");
    wick_param_set(w, "a", &good, 1);
    ck_assert(isfinite(wick_graph_run(g)));
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

/* Finite, with an infinite derivative at one member. */
static void corner_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var y = real_param(w, "y", 0.5);

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = real_param(w, "b", 0.5);
        wick_factor(w, "f", wick_neg(wick_add(wick_square(y), wick_sqrt(b))));
    }
}

START_TEST(a_gradient_that_is_not_finite_updates_nothing)
{
    const zoo_model corner = { "corner", corner_model, do_nothing, NULL, NULL, "data", 1, TILED };
    zoo_data d = zoo_data_new(SIZES[_i]);
    double *b = calloc(d.n, sizeof *b);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, &corner, &d, (wick_svi_options){ .compile = true });
    char place[32];

    wick_svi_step(svi);
    assert_ok(w);
    wick_param_get(w, "b", b, d.n);
    b[d.n - 2] = 0.0;
    wick_param_set(w, "b", b, d.n);
    const double y = get1(w, "y");
    snprintf(place, sizeof place, "at [%zu]", d.n - 2);
    ck_assert_double_nan(wick_svi_step(svi));
    assert_fails(w, WICK_ERR_NONFINITE,
        (const char *const[]){ "the gradient of parameter 'b'", place, NULL });
    wick_clear(w);
    ck_assert_double_eq(get1(w, "y"), y);
    ck_assert_uint_eq(wick_svi_steps(svi), 1);
    free(b);
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_errors");
    TCase *program = new_case(suite, "program"), *finite = new_case(suite, "finite");

    tcase_add_loop_test(
        program, an_error_of_the_program_is_reported_as_without_compiling, 1, N_FAULTS);
    tcase_add_test(program, a_function_must_return_a_finite_scalar);
    tcase_add_loop_test(program, a_handler_open_around_a_compiled_step_is_an_error, 0, 2);
    tcase_add_loop_test(finite, a_loss_that_is_not_finite_names_the_member, 0, N_BAD);
    tcase_add_loop_test(finite, in_several_passes_the_member_is_named_too, 0, N_BAD);
    tcase_add_test(finite, of_a_minibatch_the_member_of_the_whole_plate_is_named);
    tcase_add_loop_test(finite, a_value_that_goes_wrong_after_the_sum_names_its_op_and_site, 0, 2);
    tcase_add_loop_test(finite, an_index_that_turns_out_of_range_is_an_error, 0, 8);
    tcase_add_loop_test(
        finite, a_draw_by_probabilities_that_turn_nan_is_told_by_where_that_began, 0, 8);
    tcase_add_loop_test(finite, a_gradient_that_is_not_finite_updates_nothing, 0, 2);
    return run_suite(suite);
}
