/* Figures: the table, the script, the picture. */
#include <math.h>

#include "tests/io/scratch.h"

static const double X[] = { -3.5, 0.25, 7.125 }, Y[] = { 0.5, 1e-7, 40.0 };

static char *read_of(scratch *dir, const char *name)
{
    char *text = read_file(scratch_path(dir, name));

    ck_assert_msg(text, "%s is not there", dir->path);
    return text;
}

/* A figure of one series, written; its script, to be freed. */
static char *script_of(scratch *dir, wick_figure_options options, wick_series series)
{
    wick *w = wick_new(NULL);

    options.directory = dir->directory;
    options.name = "figure";
    wick_figure *f = wick_figure_new(w, &options);
    wick_figure_add(f, &series);
    ck_assert_msg(wick_figure_write(f), "%s", wick_message(w));
    wick_figure_free(f);
    wick_free(w);
    return read_of(dir, "figure.gp");
}

static void assert_script(wick_figure_options options, wick_series series, const char *part)
{
    scratch dir = scratch_new();
    char *script = script_of(&dir, options, series);

    assert_contains(script, part);
    free(script);
    scratch_remove(dir.directory);
}

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

/* --- the table ------------------------------------------------------------------------------- */

START_TEST(series_with_the_same_x_share_its_column)
{
    const double other_x[] = { 2.5, 0.5 }, same_x[] = { -3.5, 0.25, 7.125 },
                 z[] = { NAN, 3.0, INFINITY };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){
            .directory = dir.directory, .name = "t", .xlabel = "iters", .ylabel = "norm" });

    wick_figure_add(f, &(wick_series){ .title = "a\tb", .x = X, .y = Y, .n = 3 });
    wick_figure_add(f, &(wick_series){ .x = other_x, .y = Y, .n = 1 });
    wick_figure_add(f, &(wick_series){ .title = "c", .x = same_x, .y = z, .n = 3 });
    wick_figure_add(f, &(wick_series){ .title = "d", .x = other_x, .y = Y, .n = 2 });
    ck_assert_msg(wick_figure_write(f), "%s", wick_message(w));
    char *table = read_of(&dir, "t.tsv");
    ck_assert_str_eq(table,
        "iters\ta b\titers\tnorm\tc\titers\td\n"
        "-3.5\t0.5\t2.5\t0.5\tnan\t2.5\t0.5\n"
        "0.25\t1e-7\tNA\tNA\t3\t0.5\t1e-7\n"
        "7.125\t40\tNA\tNA\tinf\tNA\tNA\n");
    free(table);
    char *script = read_of(&dir, "t.gp");
    assert_contains(script, "plot 't.tsv' skip 1 using 1:2 ");
    assert_contains(script, "'' skip 1 using 3:4 ");
    assert_contains(script, "'' skip 1 using 1:5 ");
    free(script);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(without_x_points_are_counted_from_zero)
{
    scratch dir = scratch_new();

    free(script_of(&dir, (wick_figure_options){ 0 }, (wick_series){ .y = Y, .n = 3 }));
    char *table = read_of(&dir, "figure.tsv");
    ck_assert_str_eq(table, "x\ty\n0\t0.5\n1\t1e-7\n2\t40\n");
    free(table);
    scratch_remove(dir.directory);
}
END_TEST

/* --- the script ------------------------------------------------------------------------------ */

START_TEST(texts_are_quoted_so_that_nothing_in_them_is_a_command)
{
    assert_script((wick_figure_options){ .title = "it's 'x'\n`ls`" },
        (wick_series){ .y = Y, .n = 3 }, "set title 'it''s ''x'' `ls`' noenhanced");
    assert_script((wick_figure_options){ .xlabel = "a_b" }, (wick_series){ .y = Y, .n = 3 },
        "set xlabel 'a_b' noenhanced\n");
    assert_script((wick_figure_options){ .key = WICK_KEY_TOP_LEFT },
        (wick_series){ .title = "it's\\", .y = Y, .n = 3 }, " title 'it''s\\'\n");
}
END_TEST

START_TEST(a_look_is_written_as_asked_for)
{
    assert_script((wick_figure_options){ .width = 640, .height = 560 },
        (wick_series){ .y = Y, .n = 3, .color = "red", .dash = WICK_DASHED, .width = 2.5 },
        "with lines lc rgb 'red' lw 2.5 dt (16, 10) notitle");
    assert_script((wick_figure_options){ .width = 640, .height = 560 },
        (wick_series){ .y = Y, .n = 3 }, "pngcairo size 640, 560 ");
    assert_script((wick_figure_options){ .xrange = { -3, 15 }, .yrange = { 0.5, NAN } },
        (wick_series){ .y = Y, .n = 3 }, "set xrange [-3:15]\nset yrange [0.5:41.99");
    assert_script((wick_figure_options){ 0 },
        (wick_series){ .y = Y, .n = 3, .style = WICK_POINTS, .marker = WICK_SQUARE, .size = 0.75 },
        "with points lc rgb '#1f77b4' lw 1.8 pt 5 ps 0.75 notitle");
}
END_TEST

/* Margins are a twentieth of the span on each side: of 40 - 1e-7, and of log10(40 / 1e-7). */
START_TEST(an_automatic_axis_spans_what_is_finite_and_seen)
{
    const double y[] = { 4.0, INFINITY, NAN, 24.0, 1000.0 };

    assert_script((wick_figure_options){ .xrange = { -0.5, 3.5 } }, (wick_series){ .y = y, .n = 5 },
        "set yrange [3:25]\n");
    assert_script((wick_figure_options){ .xrange = { NAN, 3.5 } }, (wick_series){ .y = y, .n = 5 },
        "set xrange [*:3.5]\nset yrange [3:25]\n");
    assert_script((wick_figure_options){ 0 }, (wick_series){ .y = y + 1, .n = 2 },
        "set xrange [0:1]\nset yrange [0:1]\n");
    assert_script((wick_figure_options){ 0 },
        (wick_series){ .y = y + 3, .n = 2, .style = WICK_IMPULSES }, "set yrange [-50:1050]\n");
}
END_TEST

START_TEST(a_logarithmic_axis_leaves_zeros_out)
{
    const double y[] = { 1e4, 0.0, 1e-6 };

    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = y, .n = 3 },
        "set logscale y\nset format y '10^{%L}'\n");
    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = y, .n = 3 },
        "using 1:($2 > 0 ? $2 : NaN) ");
}
END_TEST

START_TEST(an_axis_with_negative_or_no_positive_values_is_linear)
{
    const double negative[] = { 3.5, -1e-9 }, zeros[] = { 0.0, 0.0 };
    scratch dir = scratch_new();

    for (int i = 0; i < 2; i++) {
        char *script = script_of(&dir, (wick_figure_options){ .log_y = true },
            (wick_series){ .y = i ? zeros : negative, .n = 2 });
        ck_assert_ptr_null(strstr(script, "logscale"));
        assert_contains(script, " using 1:2 ");
        free(script);
    }
    scratch_remove(dir.directory);
}
END_TEST

/* The losses of the five-point fit: less than a decade, so that 10^1 alone would be labelled. */
START_TEST(a_short_logarithmic_axis_has_tics_at_round_numbers)
{
    const double loss[] = { 25.97, 17.44 }, wide[] = { 0.0217, 0.3255 }, flat[] = { 17.44, 17.44 };
    const double close[] = { 1.0, 1.0000000000000002 }, twice[] = { 38.5, 18.5 };

    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = loss, .n = 2 },
        "set ytics ('18' 18, '20' 20, '22' 22, '24' 24, '26' 26)\n");
    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = twice, .n = 2 },
        "set ytics ('20' 20, '25' 25, '30' 30, '35' 35)\n");
    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = wide, .n = 2 },
        "set ytics ('0.02' 0.02, '0.03' 0.03, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.3' 0.3)\n");
    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = flat, .n = 2 },
        "set ytics ('14' 14, '16' 16, '18' 18, '20' 20)\n");
    assert_script((wick_figure_options){ .log_y = true }, (wick_series){ .y = close, .n = 2 },
        "set ytics ('0.8' 0.8, '0.9' 0.9, '1' 1, '1.1' 1.1, '1.2' 1.2)\n");
}
END_TEST

START_TEST(tics_stand_where_they_are_asked_for_unless_the_axis_is_logarithmic)
{
    const wick_figure_options options = { .xtics = 2.5, .ytics = 0.125 };

    assert_script(options, (wick_series){ .y = Y, .n = 3 }, "set xtics 2.5\nset ytics 0.125\n");
    scratch dir = scratch_new();
    char *script =
        script_of(&dir, (wick_figure_options){ .xtics = 2.5, .ytics = 0.125, .log_y = true },
            (wick_series){ .y = Y, .n = 3 });
    assert_contains(script, "set xtics 2.5\nset logscale y\n");
    ck_assert_ptr_null(strstr(script, "ytics"));
    free(script);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_legend_is_there_for_two_titles_or_on_demand)
{
    const wick_series titled = { .title = "weights", .y = Y, .n = 3 };

    assert_script((wick_figure_options){ 0 }, titled, "unset key\n");
    assert_script(
        (wick_figure_options){ .key = WICK_KEY_BOTTOM_LEFT }, titled, " noenhanced bottom left\n");

    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "key" });
    wick_figure_add(f, &titled);
    wick_figure_add(f, &titled);
    ck_assert(wick_figure_write(f));
    char *script = read_of(&dir, "key.gp");
    assert_contains(script, " noenhanced top right\n");
    assert_contains(script, "lc rgb '#1f77b4'");
    assert_contains(script, "lc rgb '#ff7f0e'");
    free(script);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- the picture ----------------------------------------------------------------------------- */

/* Every style, dash, marker and key that there is, with awkward texts and values. */
static void add_everything(wick_figure *f)
{
    const double odd[] = { NAN, 3.0, INFINITY, 4.0, -INFINITY, 2.0, 5.0, 3.0 };

    for (int style = WICK_LINES; style <= WICK_IMPULSES; style++)
        for (int i = 0; i <= WICK_DIAMOND; i++)
            wick_figure_add(f,
                &(wick_series){ .title = "it's a_b {x} \"y\"\\",
                    .y = odd,
                    .n = 8,
                    .style = (wick_style)style,
                    .dash = (wick_dash)(i % 4),
                    .marker = (wick_marker)i,
                    .color = i ? NULL : "#801f77b4" });
}

START_TEST(gnuplot_draws_what_is_written_and_also_by_hand_and_without_pngcairo)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    char directory[SCRATCH_PATH], command[SCRATCH_PATH + 128];

    snprintf(directory, sizeof directory, "%s/~a 'b' \"c\"", dir.directory);
    for (int key = WICK_KEY_AUTO; key <= WICK_KEY_ABOVE; key++) {
        wick_figure *f = wick_figure_new(w,
            &(wick_figure_options){ .directory = directory,
                .name = "all",
                .title = "it's {/=30 x}",
                .xlabel = "`date`",
                .ylabel = "@x",
                .log_y = key % 2,
                .key = (wick_key)key });
        add_everything(f);
        ck_assert_msg(wick_figure_write(f), "%s", wick_message(w));
        ck_assert_int_eq(wick_figure_rendered(f), has_gnuplot());
        ck_assert_int_eq(count_files(directory), has_gnuplot() ? 3 : 2);
        wick_figure_free(f);
    }
    for (int i = 0; i < 2 && has_gnuplot(); i++) {
        snprintf(command, sizeof command,
            "cd %s/*a* && rm all.png && sed s/pngcairo/%s/ all.gp >hand.gp && "
            "gnuplot hand.gp >log 2>&1 && test -s all.png",
            dir.directory, i ? "none" : "pngcairo");
        ck_assert_int_eq(system(command), 0);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(without_gnuplot_data_and_script_are_kept_and_the_old_picture_goes)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "a" });

    wick_figure_add(f, &(wick_series){ .y = Y, .n = 3 });
    fclose(fopen(scratch_path(&dir, "a.png"), "w"));
    ck_assert_int_eq(setenv("PATH", dir.directory, 1), 0);
    ck_assert(wick_figure_write(f));
    ck_assert(!wick_figure_rendered(f));
    ck_assert_int_eq(wick_status(w), WICK_OK);
    ck_assert_int_eq(count_files(dir.directory), 2);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- errors ---------------------------------------------------------------------------------- */

static void assert_error(wick *w, wick_code code, const char *part)
{
    ck_assert_str_eq(wick_code_name(wick_status(w)), wick_code_name(code));
    assert_contains(wick_message(w), part);
    wick_clear(w);
}

START_TEST(options_that_make_no_figure_are_errors)
{
    static const char *const NAMES[] = { "", "a/b", "../a", ".a", "-a", "a b", "a'b" };
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_figure_new(w, NULL));
    assert_error(w, WICK_ERR_NAME, "wick_figure_new: no name");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = NAMES[i] }));
        assert_error(w, WICK_ERR_NAME, NAMES[i]);
    }
    ck_assert_ptr_null(
        wick_figure_new(w, &(wick_figure_options){ .name = "a", .key = (wick_key)99 }));
    assert_error(w, WICK_ERR_ARGUMENT, "key is 99");
    ck_assert_ptr_null(
        wick_figure_new(w, &(wick_figure_options){ .name = "a", .yrange = { 3.0, INFINITY } }));
    assert_error(w, WICK_ERR_ARGUMENT, "infinite end");
    ck_assert_ptr_null(
        wick_figure_new(w, &(wick_figure_options){ .name = "a", .zrange = { -INFINITY, 3.0 } }));
    assert_error(w, WICK_ERR_ARGUMENT, "infinite end");
    ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = "a", .ytics = -0.5 }));
    assert_error(w, WICK_ERR_ARGUMENT, "the figure a has tics at a distance that is negative");
    ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = "a", .xtics = NAN }));
    assert_error(w, WICK_ERR_ARGUMENT, "tics at a distance");
    ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = "a", .elevation = 91 }));
    assert_error(w, WICK_ERR_ARGUMENT, "the figure a has no view");
    ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = "a", .azimuth = NAN }));
    assert_error(w, WICK_ERR_ARGUMENT, "no view");
    ck_assert_ptr_null(
        wick_figure_new(w, &(wick_figure_options){ .directory = "/dev/null/sub", .name = "a" }));
    assert_error(w, WICK_ERR_IO, "wick_figure_new: cannot make the directory /dev/null");
    ck_assert_ptr_null(wick_figure_new(NULL, &(wick_figure_options){ .name = "a" }));
    wick_free(w);
}
END_TEST

START_TEST(series_that_cannot_be_drawn_are_errors_and_are_not_added)
{
    const wick_series bad[] = { { .n = 3 }, { .y = Y }, { .y = Y, .n = 3, .style = (wick_style)9 },
        { .y = Y, .n = 3, .dash = (wick_dash)9 }, { .y = Y, .n = 3, .marker = (wick_marker)9 },
        { .y = Y, .n = 3, .color = "" }, { .y = Y, .n = 3, .color = "#12345" },
        { .y = Y, .n = 3, .color = "#1f77bg" }, { .y = Y, .n = 3, .color = "red' ; !ls" },
        { .y = Y, .n = 3, .width = -1.5 }, { .y = Y, .n = 3, .size = NAN },
        { .y = Y, .n = 3, .size = INFINITY } };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "a" });

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wick_figure_add(f, &bad[i]);
        assert_error(w, WICK_ERR_ARGUMENT, "wick_figure_add: series \"\" has ");
    }
    wick_figure_add(f, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "no values");
    ck_assert(!wick_figure_write(f));
    assert_error(w, WICK_ERR_STATE, "the figure a is empty");
    wick_figure_add(f, &(wick_series){ .y = Y, .n = SIZE_MAX / 8 });
    assert_error(w, WICK_ERR_LIMIT, "points do not fit into memory");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_directory_that_went_away_is_an_error_with_the_path)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "a" });

    wick_figure_add(f, &(wick_series){ .y = Y, .n = 3 });
    scratch_remove(dir.directory);
    ck_assert(!wick_figure_write(f));
    assert_error(w, WICK_ERR_IO, "wick_figure_write: cannot write ");
    ck_assert(!wick_figure_write(f));
    assert_contains(wick_message(w), scratch_path(&dir, "a.tsv"));
    ck_assert(!wick_figure_rendered(f));
    wick_figure_free(f);
    wick_free(w);
}
END_TEST

START_TEST(null_and_a_handle_in_error_are_taken_everywhere)
{
    wick *w = wick_new(NULL);

    wick_figure_add(NULL, &(wick_series){ .y = Y, .n = 3 });
    ck_assert(!wick_figure_write(NULL));
    ck_assert(!wick_figure_rendered(NULL));
    wick_figure_free(NULL);
    ck_assert_ptr_null(wick_figure_new(w, NULL));
    ck_assert_ptr_null(wick_figure_new(w, &(wick_figure_options){ .name = "a" }));
    wick_free(w);
}
END_TEST

static bool draw(wick *w, scratch *dir)
{
    const double z[] = { 4.5 };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){
            .directory = dir->directory, .name = "a", .title = "t", .xlabel = "x", .ylabel = "y" });

    wick_figure_add(f, &(wick_series){ .title = "one", .x = X, .y = Y, .n = 3, .color = "red" });
    wick_figure_add(f, &(wick_series){ .title = "two", .y = z, .n = 1 });
    const bool written = wick_figure_write(f);
    wick_figure_free(f);
    return written;
}

START_TEST(every_allocation_that_fails_is_an_error_without_a_leak)
{
    scratch dir = scratch_new();
    meter none = { 0 };
    wick *w = metered_handle(&none);

    ck_assert_int_eq(setenv("PATH", dir.directory, 1), 0); /* no gnuplot: it would take long */
    ck_assert(draw(w, &dir));
    wick_free(w);
    ck_assert_int_eq(none.held, 0);
    ck_assert_int_gt(none.requests, 15);
    for (long i = 2; i <= none.requests; i++) {
        meter m = { .fail_at = i };
        w = metered_handle(&m);
        ck_assert(!draw(w, &dir));
        ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
        wick_clear(w);
        ck_assert(draw(w, &dir));
        wick_free(w);
        ck_assert_int_eq(m.held, 0);
    }
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figure");
    TCase *texts = tcase_create("texts"), *pictures = tcase_create("pictures"),
          *errors = tcase_create("errors");

    tcase_add_test(texts, series_with_the_same_x_share_its_column);
    tcase_add_test(texts, without_x_points_are_counted_from_zero);
    tcase_add_test(texts, texts_are_quoted_so_that_nothing_in_them_is_a_command);
    tcase_add_test(texts, a_look_is_written_as_asked_for);
    tcase_add_test(texts, an_automatic_axis_spans_what_is_finite_and_seen);
    tcase_add_test(texts, a_logarithmic_axis_leaves_zeros_out);
    tcase_add_test(texts, an_axis_with_negative_or_no_positive_values_is_linear);
    tcase_add_test(texts, a_short_logarithmic_axis_has_tics_at_round_numbers);
    tcase_add_test(texts, tics_stand_where_they_are_asked_for_unless_the_axis_is_logarithmic);
    tcase_add_test(texts, a_legend_is_there_for_two_titles_or_on_demand);
    tcase_add_test(pictures, gnuplot_draws_what_is_written_and_also_by_hand_and_without_pngcairo);
    tcase_add_test(pictures, without_gnuplot_data_and_script_are_kept_and_the_old_picture_goes);
    tcase_add_test(errors, options_that_make_no_figure_are_errors);
    tcase_add_test(errors, series_that_cannot_be_drawn_are_errors_and_are_not_added);
    tcase_add_test(errors, a_directory_that_went_away_is_an_error_with_the_path);
    tcase_add_test(errors, null_and_a_handle_in_error_are_taken_everywhere);
    tcase_add_test(errors, every_allocation_that_fails_is_an_error_without_a_leak);
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, pictures);
    suite_add_tcase(suite, errors);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
