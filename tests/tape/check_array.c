/* Arrays declared once, and data of a minibatch: every member gets its own row. */
#include "tests/support/suite.h"

#include "tape/tape.h"

enum { ROWS = 7, COLUMNS = 5, MANY = 5000 };

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 31 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static const char *const BOTH[] = { "rows", "columns", NULL };
static const char *const OVER_DATA[] = { "data", NULL };

/* A number that tells where it stands. */
static double mark(size_t row, size_t column, size_t e)
{
    return (double)(100 * row + 10 * column + e) - 300.0;
}

static wick_array *array_of(
    const void *values, wick_element element, size_t count, const char *const *plates, bool copy)
{
    wick_array *a = wick_array_new(w,
        &(wick_array_options){
            .values = values, .element = element, .count = count, .plates = plates, .copy = copy });

    assert_ok(w);
    return a;
}

/* --- types ----------------------------------------------------------------------------------- */

START_TEST(every_type_of_element_is_read){
#define CHECK(upper, lower, type)                                                  \
    {                                                                              \
        const type x[] = { (type)3, (type)250.75, (type)-7, (type)0 };             \
        double got[4];                                                             \
        for (int copy = 0; copy < 2; copy++) {                                     \
            wick_reset(w);                                                         \
            wick_array *a = array_of(x, WICK_##upper, 4, OVER_DATA, copy);         \
            WICK_PLATE (w, "data", 4)                                              \
                wick_get(wick_array_var(a), got, 4);                               \
            assert_ok(w);                                                          \
            for (int i = 0; i < 4; i++)                                            \
                ck_assert_msg(got[i] == (double)x[i], #type " %d: %g", i, got[i]); \
            wick_array_free(a);                                                    \
        }                                                                          \
    }
    WICK_ELEMENT_LIST(CHECK)
#undef CHECK
} END_TEST

    /* --- plates ---------------------------------------------------------------------------------- */

    /* A float for each row, column and place in the event, in the user's order. */
    static const float *table(void)
{
    static float x[ROWS * COLUMNS * 2];

    for (size_t i = 0; i < ROWS * COLUMNS * 2; i++)
        x[i] = (float)mark(i / 2 / COLUMNS, i / 2 % COLUMNS, i % 2);
    return x;
}

static wick_array *table_array(bool copy)
{
    wick_array *a = wick_array_new(w,
        &(wick_array_options){ .values = table(),
            .element = WICK_FLOAT,
            .count = ROWS * COLUMNS * 2,
            .plates = BOTH,
            .rank = 1,
            .sizes = { 2 },
            .copy = copy });

    assert_ok(w);
    return a;
}

/* Values go out row by row of the larger plate, then the event, as wick_get has them. */
static void check_table(wick_var x, size_t n_rows, const size_t *rows)
{
    double got[ROWS * COLUMNS * 2];
    const size_t n = n_rows * COLUMNS * 2;

    ck_assert_uint_eq(wick_get(x, got, n), n);
    for (size_t i = 0; i < n; i++) {
        const bool rows_larger = n_rows > COLUMNS;
        const size_t outer = i / 2 / (rows_larger ? n_rows : COLUMNS);
        const size_t inner = i / 2 % (rows_larger ? n_rows : COLUMNS);
        const size_t row = rows_larger ? inner : outer, column = rows_larger ? outer : inner;
        ck_assert_double_eq(got[i], mark(rows ? rows[row] : row, column, i % 2));
    }
}

START_TEST(plates_are_found_by_name_however_they_nest)
{
    wick_array *a = table_array(_i);

    WICK_PLATE (w, "rows", ROWS)
        WICK_PLATE (w, "columns", COLUMNS)
            check_table(wick_array_var(a), ROWS, NULL);
    assert_ok(w);
    wick_reset(w);
    WICK_PLATE (w, "columns", COLUMNS)
        WICK_PLATE (w, "rows", ROWS)
            check_table(wick_array_var(a), ROWS, NULL);
    check_table(wick_array_var(a), ROWS, NULL); /* and where they are closed */
    assert_ok(w);
    wick_array_free(a);
}
END_TEST

/* Also where fewer rows than columns are present, so that they lie in another order. */
START_TEST(rows_of_a_minibatch_are_picked)
{
    const size_t rows[] = { 6, 0, 3, 5, 1, 4 };
    wick_array *a = table_array(_i);

    for (size_t n = 6; n >= 3; n -= 3) {
        wick_reset(w);
        WICK_PLATE (w, "rows", ROWS, .subsample = n, .indices = rows)
            WICK_PLATE (w, "columns", COLUMNS)
                check_table(wick_array_var(a), n, rows);
        assert_ok(w);
    }
    wick_array_free(a);
}
END_TEST

START_TEST(a_copy_is_read_in_place_and_does_not_need_the_users_array)
{
    double x[] = { 3, 1, 4, 1, 5, 9, 2, 6 }, got[8];
    const void *place[2];
    wick_array *a = wick_array_new(w,
        &(wick_array_options){ .values = x,
            .count = 8,
            .plates = OVER_DATA,
            .rank = 1,
            .sizes = { 2 },
            .copy = true });

    for (int i = 0; i < 2; i++) {
        wick_reset(w);
        WICK_PLATE (w, "data", 4) {
            const wick_var v = wick_array_var(a);
            wick_get(v, got, 8);
            place[i] = w->tape->node[v.node]->value;
        }
        assert_ok(w);
        x[3] = 100;
    }
    ck_assert_ptr_eq(place[0], place[1]);
    ck_assert_double_eq(got[3], 1);
    wick_array_free(a);
}
END_TEST

START_TEST(doubles_over_one_plate_are_read_where_they_are)
{
    const double x[] = { 3, 1, 4, 1 };
    wick_array *a = array_of(x, WICK_DOUBLE, 4, OVER_DATA, false);

    WICK_PLATE (w, "data", 4) {
        const wick_var v = wick_array_var(a);
        ck_assert_ptr_eq(w->tape->node[v.node]->value, x);
    }
    assert_ok(w);
    wick_array_free(a);
}
END_TEST

/* --- minibatches of the user ----------------------------------------------------------------- */

START_TEST(data_of_the_minibatch_are_its_members_in_order)
{
    const size_t rows[] = { 5, 0, 3 };
    const double x[] = { 0.3, 1.3, -0.7, 1.9, 4.1, 2.2 };
    double got[6];

    WICK_PLATE (w, "rows", ROWS, .subsample = 3, .indices = rows) {
        wick_get(wick_data_minibatch(w, x, 6, 2), got, 6);
        assert_ok(w);
        for (int i = 0; i < 6; i++)
            ck_assert_double_eq(got[i], x[i]);
        wick_data_minibatch(w, x, 14, 2);
        assert_error(w, WICK_ERR_SHAPE,
            "wick_data_minibatch: got 14 numbers, need 6 (plate 'rows' 3, event of 2)");
    }
}
END_TEST

/* --- compiled, in tiles ---------------------------------------------------------------------- */

struct sums {
    wick_array *array;
    const double *x;
    size_t subsample;
    bool minibatch;
};

/* The sum of x times a weight that tells members apart. */
static wick_var weighted(wick *h, void *arg)
{
    const struct sums *s = arg;
    wick_var sum = wick_num(h, 0);
    const wick_var p = wick_param(h, "p", wick_init_num(1.5), wick_real());

    WICK_PLATE (h, "data", MANY, .subsample = s->subsample) {
        const wick_var x = s->array ? wick_array_var(s->array)
            : s->minibatch          ? wick_data_minibatch(h, s->x, s->subsample * 3, 3)
                                    : wick_data(h, s->x, MANY * 3, 3);
        const wick_var place = wick_mul(wick_index(h, "data"), 1e-4);
        sum = wick_sum(
            wick_mul(wick_sum_event(wick_mul(x, x)), wick_add(place, wick_mul(p, p))), "data");
    }
    return sum;
}

static double compiled(struct sums *s, size_t tile, double *gradient)
{
    wick_graph *g = wick_graph_new(w, weighted, s, &(wick_graph_options){ .tile = tile });
    double value = NAN;

    for (int i = 0; i < 3; i++)
        value = wick_graph_run(g);
    wick_graph_gradient(g, "p", gradient, 1);
    assert_ok(w);
    wick_graph_free(g);
    return value;
}

/* wick_data of the same numbers is the reference: it is tested in tape/check_tape and graph. */
START_TEST(tiles_find_their_rows)
{
    static double x[MANY * 3];
    static float f[MANY * 3];
    const size_t subsample = _i % 2 ? 3000 : 0;
    double gradient[3], value[3];

    for (size_t i = 0; i < MANY * 3; i++)
        x[i] = f[i] = (float)(i % 97) / 16;
    struct sums s = { .x = x, .subsample = subsample };
    value[0] = compiled(&s, 256, &gradient[0]);
    for (int copy = 0; copy < 2; copy++) {
        s.array = wick_array_new(w,
            &(wick_array_options){ .values = f,
                .element = WICK_FLOAT,
                .count = MANY * 3,
                .plates = OVER_DATA,
                .rank = 1,
                .sizes = { 3 },
                .copy = copy });
        value[1 + copy] = compiled(&s, 256, &gradient[1 + copy]);
        wick_array_free(s.array);
    }
    for (int i = 1; i < 3; i++) {
        ck_assert_double_eq(value[i], value[0]);
        ck_assert_double_eq(gradient[i], gradient[0]);
    }
}
END_TEST

/* The first 3000 rows, as they come: row i belongs to the member of that place. */
START_TEST(tiles_of_a_users_minibatch_go_by_place)
{
    static double x[MANY * 3];
    double gradient, want = 0;

    for (size_t i = 0; i < MANY * 3; i++)
        x[i] = (double)(i % 89) / 8;
    struct sums s = { .x = x, .subsample = 3000, .minibatch = true };
    for (size_t i = 0; i < 9000; i++)
        want += x[i] * x[i];
    compiled(&s, 256, &gradient);
    ck_assert_double_eq_tol(gradient, 2 * 1.5 * want * MANY / 3000, 1e-9 * want);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

START_TEST(mistakes_are_named)
{
    const double x[] = { 3, 1, 4, 1 };
    const char *const twice[] = { "data", "data", NULL };

    ck_assert_ptr_null(wick_array_new(w, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_array_new: no values");
    ck_assert_ptr_null(wick_array_new(
        w, &(wick_array_options){ .values = x, .count = 4, .element = (wick_element)77 }));
    assert_error(w, WICK_ERR_ARGUMENT, "element is 77");
    ck_assert_ptr_null(
        wick_array_new(w, &(wick_array_options){ .values = x, .count = 4, .rank = 9 }));
    assert_error(w, WICK_ERR_SHAPE, "an event of 9 axes");
    wick_array *a = array_of(x, WICK_DOUBLE, 4, OVER_DATA, false);
    wick_array_var(a);
    assert_error(w, WICK_ERR_NAME, "wick_array_var");
    WICK_PLATE (w, "data", 5)
        wick_array_var(a);
    assert_error(w, WICK_ERR_SHAPE, "wick_array_var: got 4 numbers, need 5 (plate 'data' 5");
    wick_array_free(a);
    a = array_of(x, WICK_DOUBLE, 4, twice, false);
    WICK_PLATE (w, "data", 2)
        wick_array_var(a);
    assert_error(w, WICK_ERR_ARGUMENT, "plate 'data' twice");
    wick_array_free(a);
    wick_array_free(NULL);
    ck_assert_ptr_null(wick_array_var(NULL).w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrays");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, every_type_of_element_is_read);
    tcase_add_loop_test(all, plates_are_found_by_name_however_they_nest, 0, 2);
    tcase_add_loop_test(all, rows_of_a_minibatch_are_picked, 0, 2);
    tcase_add_test(all, a_copy_is_read_in_place_and_does_not_need_the_users_array);
    tcase_add_test(all, doubles_over_one_plate_are_read_where_they_are);
    tcase_add_test(all, data_of_the_minibatch_are_its_members_in_order);
    tcase_add_loop_test(all, tiles_find_their_rows, 0, 2);
    tcase_add_test(all, tiles_of_a_users_minibatch_go_by_place);
    tcase_add_test(all, mistakes_are_named);
    return run_suite(suite);
}
