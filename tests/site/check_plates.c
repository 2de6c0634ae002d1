/* Plates: members, layout, data, and how plates are left. */
#include "tests/support/fit.h"

#include <stdio.h>

/* --- members and layout ----------------------------------------------------------------------- */

/* Draws and data in two crossed plates of 3 and 4, opened in either order. */
typedef struct crossed {
    bool rows_first;
    const double *y; /* as the nesting order has it */
    double x[12], data[12];
} crossed;

static void cross(wick *w, void *arg)
{
    crossed *c = arg;

    WICK_PLATE (w, c->rows_first ? "rows" : "cols", c->rows_first ? 3 : 4)
        WICK_PLATE (w, c->rows_first ? "cols" : "rows", c->rows_first ? 4 : 3) {
            const wick_var x = wick_sample(w, "x", wick_normal(0.5, 2.0));
            const wick_var y = wick_data(w, c->y, 12);
            ck_assert_str_eq(wick_format_var(x), "a scalar over 'rows' (3), 'cols' (4)");
            wick_get(x, c->x, 12);
            wick_get(wick_add(y, wick_mul(x, 0.0)), c->data, 12);
        }
}

START_TEST(crossed_plates_have_the_same_values_in_either_order_and_data_follow_the_nesting)
{
    double by_rows[12], by_cols[12];
    crossed a = { .rows_first = true, .y = by_rows }, b = { .rows_first = false, .y = by_cols };

    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            by_rows[r * 4 + c] = by_cols[c * 3 + r] = 10.0 * r + c;
    for (int i = 0; i < 2; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 8 });
        ck_assert_ptr_nonnull(wick_trace_run(w, (wick_program){ cross, i ? &b : &a }));
        wick_free(w);
    }
    assert_same_bits(a.x, b.x, 12);
    assert_same_bits(a.data, by_rows, 12); /* members in memory order: rows, then cols */
    assert_same_bits(b.data, by_rows, 12);
    for (int i = 1; i < 12; i++)
        ck_assert_double_ne(a.x[i], a.x[i - 1]);
}
END_TEST

START_TEST(plates_of_one_size_are_laid_out_by_name)
{
    const double y[] = { 11, 12, 13, 21, 22, 23, 31, 32, 33 };
    double got[2][9];
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "b", 3)
        WICK_PLATE (w, "a", 3) {
            const wick_var x = wick_data(w, y, 9); /* y[b][a] */
            ck_assert_str_eq(wick_format_var(x), "a scalar over 'a' (3), 'b' (3)");
            wick_get(x, got[0], 9);
        }
    WICK_PLATE (w, "a", 3)
        WICK_PLATE (w, "b", 3)
            wick_get(wick_data(w, y, 9), got[1], 9); /* y[a][b] */
    assert_ok(w);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            ck_assert_double_eq(got[0][a * 3 + b], y[b * 3 + a]);
            ck_assert_double_eq(got[1][a * 3 + b], y[a * 3 + b]);
        }
    wick_free(w);
}
END_TEST

START_TEST(data_of_vectors_and_matrices_are_row_major_for_each_member)
{
    double y[5 * 6], got[5 * 6];
    wick *w = wick_new(NULL);

    for (int i = 0; i < 30; i++)
        y[i] = 0.1 * i * i;
    WICK_PLATE (w, "rows", 5) {
        const wick_var x = wick_data(w, y, 30, 2, 3);
        ck_assert_uint_eq(wick_rank(x), 2);
        ck_assert_uint_eq(wick_event_size(x, 1), 3);
        wick_get(x, got, 30);
        assert_same_bits(got, y, 30);
        wick_get(wick_pick(wick_pick(x, 1), 2), got, 5);
    }
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(got[i], y[i * 6 + 5]);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(data_of_the_wrong_length_are_not_read)
{
    wick *w = wick_new(NULL);
    const double *nowhere = (const double *)(uintptr_t)64; /* reading it would crash */

    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "cols", 4)
            ck_assert_ptr_null(wick_data(w, nowhere, 6).w);
    assert_error(w, WICK_ERR_SHAPE, "wick_data", "got 6 numbers", "need 12", "plate 'rows' 3",
        "plate 'cols' 4");
    WICK_PLATE (w, "rows", 3)
        wick_data(w, nowhere, 3, 2);
    assert_error(w, WICK_ERR_SHAPE, "got 3", "need 6", "event of 2");
    wick_data(w, nowhere, 5);
    assert_error(w, WICK_ERR_SHAPE, "need 1", "no open plate");
    WICK_PLATE (w, "rows", 9, .subsample = 2)
        wick_data(w, nowhere, 2); /* the full plate is wanted */
    assert_error(w, WICK_ERR_SHAPE, "got 2", "need 9");
    WICK_PLATE (w, "rows", 3)
        wick_data(w, NULL, 3);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_data", "NULL");
    wick_fail(w, WICK_ERR_DOMAIN, "an error of the test");
    WICK_PLATE (w, "rows", 3)
        wick_data(w, nowhere, 3); /* nor after an error */
    ck_assert_str_eq(wick_message(w), "an error of the test");
    wick_free(w);
}
END_TEST

START_TEST(a_plate_opened_again_is_the_same_plate)
{
    wick *w = wick_new(NULL);
    wick_var first, second;
    double got[4];

    WICK_PLATE (w, "rows", 4)
        first = wick_mul(wick_index(w, "rows"), 10.0);
    WICK_PLATE (w, "rows", 4)
        second = wick_add(first, wick_index(w, "rows"));
    ck_assert_uint_eq(wick_get(second, got, 4), 4);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(got[i], 11.0 * i);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_plate_has_one_size_in_a_step_and_may_have_another_in_the_next)
{
    static const size_t ONE[] = { 4, 0 }, OTHER[] = { 0, 4 };
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "rows", 4) {}
    WICK_PLATE (w, "rows", 5) {}
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows'", "has 5 members", "it had 4",
        "one size in guide and model", "make the guide anew");
    WICK_PLATE (w, "rows", 5) {}
    assert_ok(w);
    wick_reset(w);
    WICK_PLATE (w, "rows", 7, .subsample = 3) {}
    WICK_PLATE (w, "rows", 7) { /* the minibatch of this step, without saying so again */
        ck_assert_uint_eq(wick_members(wick_index(w, "rows")), 3);
    }
    assert_ok(w);
    WICK_PLATE (w, "rows", 7, .subsample = 2) {}
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows'", "2 of 7", "3 of 7");
    WICK_PLATE (w, "rows", 7, .subsample = 2, .indices = ONE) {}
    WICK_PLATE (w, "rows", 7, .subsample = 2, .indices = OTHER) {}
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows'", "other indices");
    wick_free(w);
}
END_TEST

START_TEST(a_plate_cannot_stand_in_itself)
{
    wick *w = wick_new(NULL);
    int bodies = 0;

    WICK_PLATE (w, "rows", 4)
        WICK_PLATE (w, "cols", 2)
            WICK_PLATE (w, "rows", 4)
                bodies++;
    ck_assert_int_eq(bodies, 1);
    assert_error(w, WICK_ERR_STATE, "plate 'rows'", "open already", "break or return");
    wick_free(w);
}
END_TEST

START_TEST(impossible_plates_are_errors)
{
    static const size_t INDICES[] = { 2, 7, 1 };
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "rows", 0) {}
    assert_error(w, WICK_ERR_ARGUMENT, "plate 'rows'", "size 0", "at least 1");
    WICK_PLATE (w, "rows", 3, .subsample = 4) {}
    assert_error(w, WICK_ERR_ARGUMENT, "plate 'rows'", "subsample of 4 from 3");
    WICK_PLATE (w, "rows", 7, .subsample = 3, .indices = INDICES) {}
    assert_error(w, WICK_ERR_ARGUMENT, "plate 'rows'", "index 7 at [1]", "0 to 6");
    WICK_PLATE (w, "rows", 7, .indices = INDICES) {}
    assert_error(w, WICK_ERR_ARGUMENT, "plate 'rows'", "indices without their number");
    WICK_PLATE (w, NULL, 7) {}
    assert_error(w, WICK_ERR_NAME, "wick_plate_enter", "NULL");
    WICK_PLATE (w, "", 7) {}
    assert_error(w, WICK_ERR_NAME, "wick_plate_enter", "empty");
    wick_plate_enter(w, NULL);
    wick_exit(w);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_plate_enter", "NULL");
    WICK_AMBIENT (w, "particles", 0) {}
    assert_error(w, WICK_ERR_ARGUMENT, "ambient dimension 'particles'", "size 0");
    wick_free(w);
}
END_TEST

START_TEST(over_sixteen_dimensions_are_an_error_that_lists_them)
{
    wick *w = wick_new(NULL);
    int opened = 0;

    for (; opened < 17 && wick_status(w) == WICK_OK; opened++)
        wick_plate_enter(w,
            &(wick_plate_options){
                .name = wick_name(w, "plate_%d", opened), .size = opened == 3 ? 2 : 1 });
    ck_assert_int_eq(opened, 17);
    for (; opened > 0; opened--)
        wick_exit(w);
    assert_error(w, WICK_ERR_LIMIT, "16 dimensions", "'plate_3' (2)");
    wick_free(w);
}
END_TEST

/* --- counting --------------------------------------------------------------------------------- */

static void constant_density(wick *w, void *arg)
{
    const size_t *subsample = arg;

    WICK_PLATE (w, "rows", 7, .subsample = *subsample)
        wick_observe(w, "y", wick_normal(0.0, 1.3), wick_num(w, 0.6));
}

START_TEST(a_density_that_does_not_vary_counts_once_per_member)
{
    wick *w = wick_new(NULL);

    for (size_t subsample = 0; subsample <= 7; subsample += 3) {
        const problem p = { .w = w, .model = { constant_density, &subsample }, .guide = NOTHING };

        assert_close(loss_of(&p), -7.0 * log_normal(0.6, 0.0, 1.3), 1e-14);
        wick_reset(w);
        const wick_site *y = wick_trace_find(wick_trace_run(w, p.model), "y");
        const wick_var log_prob = wick_site_log_prob(w, y);
        ck_assert_uint_eq(wick_members(log_prob), subsample ? subsample : 7);
        assert_close(wick_value(wick_total(log_prob)), 7.0 * log_normal(0.6, 0.0, 1.3), 1e-14);
        assert_ok(w);
    }
    wick_free(w);
}
END_TEST

/* --- leaving ---------------------------------------------------------------------------------- */

static void returns_from_plates(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "outer", 2)
        WICK_PLATE (w, "inner", 3)
            return;
}

static void breaks_out_of_a_plate(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 3)
        break;
}

START_TEST(plates_left_by_return_or_break_are_closed_and_reported)
{
    static const struct {
        void (*fn)(wick *w, void *arg);
        const char *plate;
    } LEFT[] = { { returns_from_plates, "'outer'" }, { breaks_out_of_a_plate, "'rows'" } };
    wick *w = wick_new(NULL);

    for (int i = 0; i < 2; i++) {
        wick_trace_run(w, (wick_program){ LEFT[i].fn, NULL });
        assert_error(w, WICK_ERR_STATE, "wick_trace_run", LEFT[i].plate, "still open", "return");
        const problem p = { .w = w, .model = { LEFT[i].fn, NULL }, .guide = NOTHING };
        ck_assert_double_nan(loss_of(&p));
        assert_error(w, WICK_ERR_STATE, LEFT[i].plate, "still open");
        const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
        ck_assert_uint_eq(wick_members(x), 1); /* no plate is open any more */
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void breaks_and_goes_on(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++)
        WICK_PLATE (w, "rows", 3)
            break;
}

START_TEST(opening_a_plate_that_was_left_says_so)
{
    wick *w = wick_new(NULL);

    wick_call(w, (wick_program){ breaks_and_goes_on, NULL });
    assert_error(w, WICK_ERR_STATE, "plate 'rows'", "left by break or return");
    wick_free(w);
}
END_TEST

static void continues(wick *w, void *arg)
{
    int *after = arg;

    for (int i = 0; i < 4; i++)
        WICK_PLATE (w, "rows", 3) {
            if (i % 2 == 0)
                continue;
            ++*after;
        }
}

START_TEST(continue_ends_the_body_of_a_plate)
{
    wick *w = wick_new(NULL);
    int after = 0;

    wick_call(w, (wick_program){ continues, &after });
    ck_assert_int_eq(after, 2);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(two_plates_and_a_handler_fit_on_one_line)
{
    wick *w = wick_new(NULL);
    wick_trace *t;
    /* clang-format off */
    WICK_WITH (w, wick_record_trace(w, &t)) WICK_PLATE (w, "a", 2) WICK_PLATE (w, "b", 3) wick_sample(w, "x", wick_normal(0.0, 1.0));
    /* clang-format on */
    ck_assert_uint_eq(wick_members(wick_trace_find(t, "x")->value), 6);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(the_body_runs_once_also_after_an_error)
{
    wick *w = wick_new(NULL);
    int bodies = 0;

    wick_fail(w, WICK_ERR_DOMAIN, "an error of the test");
    WICK_PLATE (w, "a", 2)
        WICK_AMBIENT (w, "b", 2)
            WICK_WITH (w, wick_scale(w, 2.0))
                bodies++;
    WICK_PLATE (NULL, "a", 2)
        bodies++;
    ck_assert_int_eq(bodies, 2);
    ck_assert_str_eq(wick_message(w), "an error of the test");
    wick_clear(w);
    ck_assert_uint_eq(wick_members(wick_sample(w, "x", wick_normal(0.0, 1.0))), 1);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(errors_name_site_and_open_plates)
{
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "cols", 4)
            wick_sample(w, "x", wick_normal(WICK_VAR_NONE, 1.0));
    assert_error(w, WICK_ERR_STATE, "at site 'x'", "in plates", "'rows' (3)", "'cols' (4)");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plates");
    TCase *layout = new_case(suite, "layout"), *leaving = new_case(suite, "leaving");

    tcase_add_test(
        layout, crossed_plates_have_the_same_values_in_either_order_and_data_follow_the_nesting);
    tcase_add_test(layout, plates_of_one_size_are_laid_out_by_name);
    tcase_add_test(layout, data_of_vectors_and_matrices_are_row_major_for_each_member);
    tcase_add_test(layout, data_of_the_wrong_length_are_not_read);
    tcase_add_test(layout, a_plate_opened_again_is_the_same_plate);
    tcase_add_test(layout, a_plate_has_one_size_in_a_step_and_may_have_another_in_the_next);
    tcase_add_test(layout, a_plate_cannot_stand_in_itself);
    tcase_add_test(layout, impossible_plates_are_errors);
    tcase_add_test(layout, over_sixteen_dimensions_are_an_error_that_lists_them);
    tcase_add_test(layout, a_density_that_does_not_vary_counts_once_per_member);
    tcase_add_test(leaving, plates_left_by_return_or_break_are_closed_and_reported);
    tcase_add_test(leaving, opening_a_plate_that_was_left_says_so);
    tcase_add_test(leaving, continue_ends_the_body_of_a_plate);
    tcase_add_test(leaving, two_plates_and_a_handler_fit_on_one_line);
    tcase_add_test(leaving, the_body_runs_once_also_after_an_error);
    tcase_add_test(leaving, errors_name_site_and_open_plates);
    return run_suite(suite);
}
