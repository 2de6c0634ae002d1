/* The parameter store: how parameters start, agree, vary over plates, and are read and set. */
#include "base/handle.h"

#include "tests/support/fit.h"

#include <stdio.h>

static void get(wick *w, const char *name, double *out, size_t n)
{
    ck_assert_uint_eq(wick_param_get(w, name, out, n), n);
}

/* --- starting --------------------------------------------------------------------------------- */

START_TEST(each_kind_of_init_gives_its_values)
{
    static const double TABLE[] = { 1.5, -2.5, 3.5, 4.5, -5.5, 6.5 };
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    double x[9], y[9];

    wick_param(w, "number", wick_init_num(-1.25), wick_real());
    wick_param(w, "fill", wick_init_fill(0.75, 2, 2), wick_real());
    wick_param(w, "values", wick_init_values(TABLE, 2, 3), wick_real());
    wick_param(w, "randn", wick_init_randn(3), wick_real());
    wick_param(w, "eye", wick_init_eye(3), wick_real());
    const wick_var v = wick_param(w, "var", wick_init_var(wick_const(w, TABLE, 3)), wick_real());
    assert_ok(w);
    get(w, "number", x, 1);
    ck_assert_double_eq(x[0], -1.25);
    get(w, "fill", x, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(x[i], 0.75);
    get(w, "values", x, 6);
    assert_same_bits(x, TABLE, 6);
    get(w, "eye", x, 9);
    for (int i = 0; i < 9; i++)
        ck_assert_double_eq(x[i], i % 4 == 0);
    get(w, "var", x, 3);
    assert_same_bits(x, TABLE, 3);
    wick_get(v, y, 3);
    assert_same_bits(x, y, 3);
    get(w, "randn", x, 3);
    ck_assert(x[0] != x[1] && x[1] != x[2] && fabs(x[0]) < 6.0);
    wick_free(w);
}
END_TEST

START_TEST(random_inits_are_standard_normals_that_depend_on_seed_and_name)
{
    enum { SIZE = 4000 };
    double a[SIZE], b[SIZE], mean = 0.0, square = 0.0;
    const char *const names[] = { "a", "a", "b", "a" };
    const uint64_t seeds[] = { 6, 6, 6, 7 };

    for (int i = 0; i < 4; i++) {
        wick *w = wick_new(&(wick_options){ .seed = seeds[i] });
        if (i == 1)
            wick_reset(w); /* not on the step */
        wick_param(w, names[i], wick_init_randn(SIZE), wick_real());
        get(w, names[i], i ? b : a, SIZE);
        if (i)
            ck_assert((memcmp(a, b, sizeof a) == 0) == (i == 1));
        wick_free(w);
    }
    for (int i = 0; i < SIZE; i++) {
        mean += a[i] / SIZE;
        square += a[i] * a[i] / SIZE;
    }
    ck_assert_double_lt(fabs(mean) * sqrt(SIZE), 4.5);
    ck_assert_double_lt(fabs(square - 1.0) * sqrt(SIZE / 2.0), 4.5);
}
END_TEST

START_TEST(the_init_of_a_parameter_that_exists_is_ignored)
{
    wick *w = wick_new(NULL);
    double x[2];

    wick_param(w, "x", wick_init_fill(0.25, 2), wick_positive());
    const wick_var again = wick_param(w, "x", wick_init_fill(-7.0, 2), wick_positive());
    wick_get(again, x, 2);
    assert_close(x[0], 0.25, 1e-15);
    wick_reset(w);
    wick_param(w, "x", wick_init_values(NULL, 2), wick_positive());
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(an_init_outside_the_constraint_makes_no_parameter)
{
    static const double WEIGHTS[] = { 0.5, 0.6 }, UNORDERED[] = { 1.0, 0.5 },
                        FULL[] = { 1.0, 0.5, 0.5, 1.0 };
    static const struct {
        wick_constraint constraint;
        const double *values;
        size_t rank, sizes[2];
        double number;
        const char *word;
    } BAD[] = {
        { { .kind = WICK_POSITIVE }, NULL, 0, { 0 }, -0.5, "-0.5" },
        { { .kind = WICK_POSITIVE }, NULL, 0, { 0 }, 0.0, "0" },
        { { .kind = WICK_POSITIVE }, NULL, 0, { 0 }, NAN, "nan" },
        { { .kind = WICK_REAL }, NULL, 0, { 0 }, NAN, "nan" },
        { { .kind = WICK_UNIT_INTERVAL }, NULL, 0, { 0 }, 1.5, "1.5" },
        { { .kind = WICK_INTERVAL, .lower = -2.5, .upper = 3.5 }, NULL, 0, { 0 }, 4.25, "4.25" },
        { { .kind = WICK_SIMPLEX }, WEIGHTS, 1, { 2 }, 0.0, "1.1" },
        { { .kind = WICK_ORDERED }, UNORDERED, 1, { 2 }, 0.0, "0.5" },
        { { .kind = WICK_LOWER_CHOLESKY }, FULL, 2, { 2, 2 }, 0.0, "0.5" },
    };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        const wick_init init = BAD[i].values
            ? wick_init_values_array(BAD[i].values, BAD[i].rank, BAD[i].sizes)
            : wick_init_num(BAD[i].number);
        wick_param(w, "x", init, BAD[i].constraint);
        ck_assert_msg(wick_status(w) == WICK_ERR_DOMAIN, "case %zu: %s", i, wick_message(w));
        assert_error(w, WICK_ERR_DOMAIN, "wick_param", "'x'", BAD[i].word);
        ck_assert(!wick_param_exists(w, "x"));
        ck_assert_uint_eq(wick_param_count(w), 0);
    }
    wick_free(w);
}
END_TEST

START_TEST(a_second_definition_must_agree)
{
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_fill(0.4, 2), wick_positive());
    assert_ok(w);
    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_fill(0.4, 2), wick_real());
    assert_error(w, WICK_ERR_NAME, "wick_param", "'x'", "positive", "real");
    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_fill(0.4, 3), wick_positive());
    assert_error(w, WICK_ERR_SHAPE, "wick_param", "'x'", "as [2], asked for [3]", "3");
    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_num(0.4), wick_positive());
    assert_error(w, WICK_ERR_SHAPE, "wick_param", "'x'");
    wick_param(w, "x", wick_init_fill(0.4, 2), wick_positive());
    assert_error(w, WICK_ERR_SHAPE, "wick_param", "made in 'rows' (3)", "met in no plate");
    WICK_PLATE (w, "rows", 4)
        wick_param(w, "x", wick_init_fill(0.4, 2), wick_positive());
    assert_error(w, WICK_ERR_SHAPE, "made in 'rows' (3)", "met in 'rows' (4)");
    wick_param_read(w, "x");
    assert_error(w, WICK_ERR_SHAPE, "made in 'rows' (3)", "met in no plate");
    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "cols", 5)
            wick_param(w, "z", wick_init_num(0.4), wick_real());
    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "pages", 9)
            wick_param(w, "z", wick_init_num(0.4), wick_real());
    assert_error(
        w, WICK_ERR_SHAPE, "made in 'rows' (3), 'cols' (5), met in 'rows' (3), 'pages' (9)");
    wick_param(w, "b", wick_init_num(0.4), wick_interval(0.0, 1.0));
    wick_param(w, "b", wick_init_num(0.4), wick_interval(0.0, 2.0));
    assert_error(w, WICK_ERR_NAME, "'b'", "interval");
    wick_free(w);
}
END_TEST

START_TEST(reading_finds_what_was_defined_and_an_unknown_name_lists_the_known)
{
    wick *w = wick_new(NULL);

    wick_param_read(w, "weights");
    assert_error(w, WICK_ERR_NAME, "wick_param_read", "'weights'", "there are none");
    wick_param(w, "locs", wick_init_num(0.625), wick_real());
    wick_param(w, "scales", wick_init_num(0.5), wick_positive());
    ck_assert_double_eq(wick_value(wick_param_read(w, "locs")), 0.625);
    wick_param_read(w, "weights");
    assert_error(w, WICK_ERR_NAME, "wick_param_read", "'weights'", "'locs', 'scales'");
    wick_free(w);
}
END_TEST

START_TEST(parameters_are_counted_in_the_order_they_were_made)
{
    wick *w = wick_new(NULL);
    const wick_constraint interval = wick_interval(-1.5, 2.5);

    wick_param(w, "c", wick_init_fill(0.5, 2, 3), wick_real());
    WICK_PLATE (w, "rows", 5)
        wick_param(w, "a", wick_init_fill(0.5, 2), interval);
    wick_param(w, "b", wick_init_num(0.5), wick_positive());
    ck_assert_uint_eq(wick_param_count(w), 3);
    ck_assert_str_eq(wick_param_name(w, 0), "c");
    ck_assert_str_eq(wick_param_name(w, 1), "a");
    ck_assert_str_eq(wick_param_name(w, 2), "b");
    ck_assert_ptr_null(wick_param_name(w, 3));
    ck_assert_uint_eq(wick_param_size(w, "c"), 6);
    ck_assert_uint_eq(wick_param_size(w, "a"), 10);
    ck_assert_uint_eq(wick_param_size(w, "d"), 0);
    ck_assert(wick_param_exists(w, "b") && !wick_param_exists(w, "d"));
    ck_assert_int_eq(wick_param_constraint(w, "a").kind, WICK_INTERVAL);
    ck_assert_double_eq(wick_param_constraint(w, "a").upper, 2.5);
    wick_params_clear(w);
    ck_assert_uint_eq(wick_param_count(w), 0);
    ck_assert(!wick_param_exists(w, "b"));
    wick_param(w, "b", wick_init_fill(0.25, 7), wick_simplex()); /* 1.75: not a simplex */
    assert_error(w, WICK_ERR_DOMAIN, "'b'");
    wick_param(w, "b", wick_init_fill(0.25, 4), wick_simplex()); /* other than before clear */
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_removed_parameter_is_made_anew_and_the_others_stay)
{
    static const char *const NAMES[] = { "alpha", "beta", "gamma" };
    wick *w = wick_new(NULL);
    double x = 0.0;

    for (int i = 0; i < 3; i++)
        wick_param(w, NAMES[i], wick_init_num(2.5 + i), wick_real());
    wick_param_remove(w, "beta");
    assert_ok(w);
    ck_assert_uint_eq(wick_param_count(w), 2);
    ck_assert(!wick_param_exists(w, "beta"));
    ck_assert_str_eq(wick_param_name(w, 0), "alpha");
    ck_assert_str_eq(wick_param_name(w, 1), "gamma");
    ck_assert_uint_eq(wick_param_get(w, "gamma", &x, 1), 1);
    ck_assert_double_eq(x, 4.5);
    wick_param(w, "beta", wick_init_num(0.25), wick_unit_interval()); /* another constraint */
    ck_assert_uint_eq(wick_param_get(w, "beta", &x, 1), 1);
    ck_assert_double_eq_tol(x, 0.25, 1e-16);
    ck_assert_str_eq(wick_param_name(w, 2), "beta");
    wick_param_remove(w, "delta");
    assert_error(w, WICK_ERR_NAME, "wick_param_remove", "'delta'", "'alpha'");
    wick_param_remove(NULL, "alpha");
    wick_free(w);
}
END_TEST

START_TEST(names_are_compared_by_content)
{
    wick *w = wick_new(NULL);
    char name[16];
    double x;

    for (int i = 0; i < 40; i++) { /* the same buffer for forty names */
        snprintf(name, sizeof name, "x_%d", i);
        wick_param(w, name, wick_init_num(0.5 * i), wick_real());
    }
    ck_assert_uint_eq(wick_param_count(w), 40);
    for (int i = 39; i >= 0; i--) {
        snprintf(name, sizeof name, "x_%d", i);
        get(w, name, &x, 1);
        ck_assert_double_eq(x, 0.5 * i);
        ck_assert_double_eq(wick_value(wick_param_read(w, wick_name(w, "x_%d", i))), 0.5 * i);
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(the_tape_after_2_to_the_32_others_has_new_parameters_and_plates)
{
    wick *w = wick_new(NULL);

    w->last_serial = UINT32_MAX;
    wick_reset(w);
    WICK_PLATE (w, "rows", 3) {
        const wick_var x = wick_param(w, "x", wick_init_num(1.5), wick_positive());
        ck_assert_double_eq(wick_value(wick_sum(x, "rows")), 4.5);
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- getting and setting ---------------------------------------------------------------------- */

static const double SIMPLEX[] = { 0.125, 0.5, 0.375 }, OTHER_SIMPLEX[] = { 0.7, 0.05, 0.25 },
                    ORDERED[] = { -1.5, 0.25, 3.0 }, OTHER_ORDERED[] = { -40.0, -39.5, 12.0 },
                    CHOLESKY[] = { 1.25, 0.0, -0.7, 0.3 },
                    OTHER_CHOLESKY[] = { 0.01, 0.0, 9.0, 70 }, NEGATIVE[] = { -0.5 },
                    POSITIVE[] = { 0.25 }, OTHER_POSITIVE[] = { 1e-7 }, WITHIN[] = { 1.25 },
                    OTHER_WITHIN[] = { -1.4375 }, BEYOND[] = { 2.75 },
                    BAD_SIMPLEX[] = { 0.5, 0.75, -0.25 }, BAD_ORDERED[] = { 0.5, 0.5, 0.75 },
                    BAD_CHOLESKY[] = { 1.0, 0.0, 0.5, -1.0 }, BALANCED[] = { -1.5, 0.25, 1.25 },
                    OTHER_BALANCED[] = { -40.0, 39.5, 0.5 }, ROWS[] = { 1.0, 0.0, -0.6, 0.8 },
                    OTHER_ROWS[] = { 1.0, 0.0, 0.28, 0.96 }, SQUARE[] = { 1.25, -0.7, -0.7, 0.9 },
                    OTHER_SQUARE[] = { 0.01, 0.2, 0.2, 70 }, BAD_SQUARE[] = { 1.0, 2.0, 2.0, 1.0 };

static const struct {
    wick_constraint constraint;
    size_t rank, sizes[2], n;
    const double *first, *second, *bad;
} CONSTRAINED[] = {
    { { .kind = WICK_REAL }, 1, { 3 }, 3, ORDERED, OTHER_SIMPLEX, NULL },
    { { .kind = WICK_POSITIVE }, 0, { 0 }, 1, POSITIVE, OTHER_POSITIVE, NEGATIVE },
    { { .kind = WICK_INTERVAL, .lower = -1.5, .upper = 2.5 }, 0, { 0 }, 1, WITHIN, OTHER_WITHIN,
        BEYOND },
    { { .kind = WICK_SIMPLEX }, 1, { 3 }, 3, SIMPLEX, OTHER_SIMPLEX, BAD_SIMPLEX },
    { { .kind = WICK_ORDERED }, 1, { 3 }, 3, ORDERED, OTHER_ORDERED, BAD_ORDERED },
    { { .kind = WICK_LOWER_CHOLESKY }, 2, { 2, 2 }, 4, CHOLESKY, OTHER_CHOLESKY, BAD_CHOLESKY },
    { { .kind = WICK_GREATER_THAN, .lower = -1.5 }, 0, { 0 }, 1, WITHIN, OTHER_WITHIN,
        OTHER_ORDERED },
    { { .kind = WICK_LESS_THAN, .upper = 2.5 }, 0, { 0 }, 1, WITHIN, OTHER_ORDERED, BEYOND },
    { { .kind = WICK_SOFTPLUS_POSITIVE }, 0, { 0 }, 1, POSITIVE, OTHER_POSITIVE, NEGATIVE },
    { { .kind = WICK_POSITIVE_ORDERED }, 1, { 2 }, 2, ORDERED + 1, SIMPLEX, ORDERED },
    { { .kind = WICK_SUM_TO_ZERO }, 1, { 3 }, 3, BALANCED, OTHER_BALANCED, BAD_ORDERED },
    { { .kind = WICK_CORR_CHOLESKY }, 2, { 2, 2 }, 4, ROWS, OTHER_ROWS, CHOLESKY },
    { { .kind = WICK_POSITIVE_DEFINITE }, 2, { 2, 2 }, 4, SQUARE, OTHER_SQUARE, BAD_SQUARE },
};
enum { N_CONSTRAINED = sizeof CONSTRAINED / sizeof *CONSTRAINED };

START_TEST(values_come_back_as_they_were_set_in_the_constrained_space)
{
    wick *w = wick_new(NULL);
    const size_t n = CONSTRAINED[_i].n;
    double x[4], y[4], u[4], v[4];

    wick_param(w, "x",
        wick_init_values_array(CONSTRAINED[_i].first, CONSTRAINED[_i].rank, CONSTRAINED[_i].sizes),
        CONSTRAINED[_i].constraint);
    get(w, "x", x, n);
    for (size_t i = 0; i < n; i++)
        assert_close(x[i], CONSTRAINED[_i].first[i], 1e-14);
    ck_assert_uint_eq(wick_param_set(w, "x", CONSTRAINED[_i].second, n), n);
    get(w, "x", x, n);
    wick_get(wick_param_read(w, "x"), y, n); /* in the same step: no stale value */
    for (size_t i = 0; i < n; i++) {
        assert_close(x[i], CONSTRAINED[_i].second[i], 1e-13);
        assert_close(y[i], x[i], 1e-15);
    }
    wick_param_get_unconstrained(w, "x", u, n);
    wick_param_set(w, "x", CONSTRAINED[_i].first, n);
    wick_param_set_unconstrained(w, "x", u, n);
    wick_param_get_unconstrained(w, "x", v, n);
    assert_same_bits(u, v, n);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_set_that_fails_changes_nothing)
{
    wick *w = wick_new(NULL);
    const size_t n = CONSTRAINED[_i].n;
    double before[4], after[4];

    wick_param(w, "x",
        wick_init_values_array(CONSTRAINED[_i].first, CONSTRAINED[_i].rank, CONSTRAINED[_i].sizes),
        CONSTRAINED[_i].constraint);
    wick_param_get_unconstrained(w, "x", before, n);
    if (CONSTRAINED[_i].bad) {
        ck_assert_uint_eq(wick_param_set(w, "x", CONSTRAINED[_i].bad, n), 0);
        assert_error(w, WICK_ERR_DOMAIN, "wick_param_set", "'x'");
    }
    ck_assert_uint_eq(wick_param_set(w, "x", CONSTRAINED[_i].first, n + 1), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_param_set", "'x'", wick_name(w, "has %zu", n));
    ck_assert_uint_eq(wick_param_set(w, "y", CONSTRAINED[_i].first, n), 0);
    assert_error(w, WICK_ERR_NAME, "wick_param_set", "'y'", "'x'");
    ck_assert_uint_eq(wick_param_get(w, "x", after, n + 1), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_param_get", "'x'");
    wick_param_get_unconstrained(w, "x", after, n);
    assert_same_bits(before, after, n);
    wick_free(w);
}
END_TEST

START_TEST(one_bad_member_keeps_all_members_from_being_set)
{
    static const double GOOD[] = { 0.5, 1.5, 2.5 }, BAD[] = { 4.5, 5.5, -6.5 };
    wick *w = wick_new(NULL);
    double x[3];

    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_num(1.0), wick_positive());
    wick_param_set(w, "x", GOOD, 3);
    wick_param_set(w, "x", BAD, 3);
    assert_error(w, WICK_ERR_DOMAIN, "'x'", "member 2", "-6.5");
    get(w, "x", x, 3);
    for (int i = 0; i < 3; i++)
        assert_close(x[i], GOOD[i], 1e-15);
    wick_free(w);
}
END_TEST

/* --- plates ----------------------------------------------------------------------------------- */

START_TEST(in_plates_there_is_one_value_per_member)
{
    static const double ONE[] = { 0.5, -1.5 }, PLATE[] = { 1, 2, 3 };
    wick *w = wick_new(NULL);
    double x[24], y[24];

    WICK_PLATE (w, "rows", 3) {
        wick_param(w, "same", wick_init_values(ONE, 2), wick_real());
        wick_param(w, "each", wick_init_var(wick_data(w, PLATE, 3)), wick_positive());
        WICK_PLATE (w, "cols", 4) {
            const wick_var v = wick_param(
                w, "crossed", wick_init_var(wick_mul(wick_index(w, "cols"), 1.5)), wick_real());
            ck_assert_uint_eq(wick_get(v, y, 12), 12);
        }
    }
    assert_ok(w);
    get(w, "same", x, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(x[i], ONE[i % 2]); /* members, then the event */
    get(w, "each", x, 3);
    for (int i = 0; i < 3; i++)
        assert_close(x[i], PLATE[i], 1e-15);
    get(w, "crossed", x, 12);
    assert_same_bits(x, y, 12);
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq(x[i], 1.5 * (i % 4)); /* rows (3) before cols (4) */
    wick_free(w);
}
END_TEST

START_TEST(an_init_that_varies_must_stand_in_the_open_plates)
{
    wick *w = wick_new(NULL);
    wick_var closed, batch;

    WICK_PLATE (w, "cols", 3)
        closed = wick_index(w, "cols");
    WICK_PLATE (w, "rows", 3)
        wick_param(w, "x", wick_init_var(closed), wick_real());
    assert_error(w, WICK_ERR_SHAPE, "wick_param", "'x'", "not open");
    WICK_PLATE (w, "rows", 3, .subsample = 2) {
        batch = wick_index(w, "rows");
        wick_param(w, "x", wick_init_var(batch), wick_real());
    }
    assert_error(w, WICK_ERR_STATE, "wick_param", "'x'", "minibatch");
    wick_param(w, "x", wick_init_var(WICK_VAR_NONE), wick_real());
    assert_error(w, WICK_ERR_STATE, "wick_param", "never set");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_free(w);
}
END_TEST

enum { N = 7 };
static const double TARGET[N] = { 0.3, -1.2, 2.2, 0.9, -0.4, 1.7, 5.1 };

/* A local vector [2] and a local positive scalar per member, and which members are there. */
typedef struct local {
    size_t n;
    const size_t *indices;
} local;

static void locals(wick *w, void *arg)
{
    static const double START[] = { 0.6, -0.35 };
    const local *l = arg;

    WICK_PLATE (w, "rows", N, .subsample = l->n, .indices = l->indices) {
        const wick_var v = wick_param(w, "v", wick_init_values(START, 2), wick_real());
        const wick_var s = wick_param(w, "s", wick_init_num(0.8), wick_positive());
        const wick_var y = wick_data(w, TARGET, N);
        wick_observe(w, "y", wick_normal(wick_add(wick_pick(v, 0), wick_pick(v, 1)), s), y);
        wick_factor(w, "f", wick_mul(wick_mul(wick_pick(v, 1), y), wick_index(w, "rows")));
    }
}

/* Values that differ from member to member. */
static void spread_locals(wick *w)
{
    double v[2 * N], s[N];

    for (int i = 0; i < N; i++) {
        v[2 * i] = 0.1 * i;
        v[2 * i + 1] = -0.3 * i;
        s[i] = 0.5 + 0.25 * i;
    }
    wick_param_set(w, "v", v, 2 * N);
    wick_param_set(w, "s", s, N);
}

/* In closed form: d loss / d v, per member, both elements; then d loss / d log s. */
static void local_gradient(const local *l, double *want)
{
    const size_t n = l->n ? l->n : N;

    memset(want, 0, 3 * N * sizeof *want);
    for (size_t j = 0; j < n; j++) {
        const size_t i = l->indices ? l->indices[j] : j;
        const double s = 0.5 + 0.25 * (double)i, r = (TARGET[i] + 0.2 * (double)i) / s;
        const double scale = (double)N / (double)n;
        want[2 * i] -= scale * r / s;
        want[2 * i + 1] -= scale * (r / s + TARGET[i] * (double)i);
        want[2 * N + i] -= scale * (r * r - 1.0);
    }
}

static void assert_local_gradient(local l)
{
    wick *w = wick_new(NULL);
    const problem p = { .w = w, .model = { locals, &l }, .guide = NOTHING };
    double gradient[3 * N], want[3 * N];

    loss_of(&p);
    spread_locals(w);
    gradient_of(&p, gradient);
    assert_ok(w);
    local_gradient(&l, want);
    for (int i = 0; i < 3 * N; i++)
        assert_close(gradient[i], want[i], 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}

START_TEST(gradients_of_local_parameters_reach_the_members_of_the_minibatch)
{
    static const size_t SOME[] = { 5, 0, 3 }, TWICE[] = { 5, 2, 5, 6 },
                        PERMUTED[] = { 3, 1, 4, 0, 6, 5, 2 };

    assert_local_gradient((local){ 0, NULL });
    assert_local_gradient((local){ 3, SOME });
    assert_local_gradient((local){ N, PERMUTED }); /* all of them, in another order */
    assert_local_gradient((local){ 4, TWICE });    /* one of them twice: its gradients add up */
}
END_TEST

START_TEST(a_drawn_minibatch_sees_its_members_values)
{
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    double all[N], index[3], x[3];

    for (int i = 0; i < N; i++)
        all[i] = 10.0 + i;
    for (int step = 0; step < 5; step++) {
        WICK_PLATE (w, "rows", N, .subsample = 3) {
            const wick_var v = wick_param(w, "x", wick_init_num(0.0), wick_real());
            if (step > 0) {
                wick_get(v, x, 3);
                wick_get(wick_index(w, "rows"), index, 3);
                for (int i = 0; i < 3; i++)
                    ck_assert_double_eq(x[i], 10.0 + index[i]);
            }
        }
        wick_param_set(w, "x", all, N);
        wick_reset(w);
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Crossed plates, of which the smaller one in the store is the larger one on the tape. */
static void crossed_batch(wick *w, void *arg)
{
    static const size_t COLS[] = { 4, 1 };
    const wick_var y = wick_num(w, 0.5);

    (void)arg;
    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "cols", 5, .subsample = 2, .indices = COLS) {
            const wick_var x = wick_param(w, "x", wick_init_fill(0.4, 2), wick_positive());
            wick_observe(w, "y", wick_normal(wick_dot(x, x), 1.0), y);
        }
}

START_TEST(gradients_reach_crossed_plates_whose_order_the_minibatch_changes)
{
    wick *w = wick_new(NULL);
    const problem p = { .w = w, .model = { crossed_batch, NULL }, .guide = NOTHING };
    double x[30], gradient[30];

    loss_of(&p);
    for (int i = 0; i < 30; i++)
        x[i] = 0.2 + 0.05 * i;
    wick_param_set(w, "x", x, 30);
    gradient_of(&p, gradient);
    for (int m = 0; m < 15; m++)
        for (int e = 0; e < 2; e++) {
            const double *v = x + 2 * m, r = v[0] * v[0] + v[1] * v[1] - 0.5;
            const bool present = m % 5 == 4 || m % 5 == 1; /* rows (3), then cols (5) */
            assert_close(gradient[2 * m + e], present ? 2.5 * r * 2.0 * v[e] * v[e] : 0.0, 1e-13);
        }
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("params");
    TCase *starting = new_case(suite, "starting"), *setting = new_case(suite, "setting"),
          *plates = new_case(suite, "plates");

    tcase_add_test(starting, each_kind_of_init_gives_its_values);
    tcase_add_test(starting, random_inits_are_standard_normals_that_depend_on_seed_and_name);
    tcase_add_test(starting, the_init_of_a_parameter_that_exists_is_ignored);
    tcase_add_test(starting, an_init_outside_the_constraint_makes_no_parameter);
    tcase_add_test(starting, a_second_definition_must_agree);
    tcase_add_test(starting, reading_finds_what_was_defined_and_an_unknown_name_lists_the_known);
    tcase_add_test(starting, parameters_are_counted_in_the_order_they_were_made);
    tcase_add_test(starting, a_removed_parameter_is_made_anew_and_the_others_stay);
    tcase_add_test(starting, names_are_compared_by_content);
    tcase_add_test(starting, the_tape_after_2_to_the_32_others_has_new_parameters_and_plates);
    tcase_add_loop_test(
        setting, values_come_back_as_they_were_set_in_the_constrained_space, 0, N_CONSTRAINED);
    tcase_add_loop_test(setting, a_set_that_fails_changes_nothing, 0, N_CONSTRAINED);
    tcase_add_test(setting, one_bad_member_keeps_all_members_from_being_set);
    tcase_add_test(plates, in_plates_there_is_one_value_per_member);
    tcase_add_test(plates, an_init_that_varies_must_stand_in_the_open_plates);
    tcase_add_test(plates, gradients_of_local_parameters_reach_the_members_of_the_minibatch);
    tcase_add_test(plates, a_drawn_minibatch_sees_its_members_values);
    tcase_add_test(plates, gradients_reach_crossed_plates_whose_order_the_minibatch_changes);
    return run_suite(suite);
}
