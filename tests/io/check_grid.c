/* Functions of x and y in figures: the table, the script, mistakes. */
#include <math.h>

#include "tests/io/scratch.h"

static const double VALUES[] = { 0.5, 1.25, -3.0, 2.0, 0.125, 7.0 };

static const wick_grid GRID = {
    .nx = 3, .ny = 2, .x = { -1.0, 1.0 }, .y = { 2.0, 2.5 }, .values = VALUES
};

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* A figure with a grid, and with points if there are any, written; one of its files, to be freed. */
static char *file_of(wick_grid grid, size_t points, const char *file)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f = wick_figure_new(
        w, &(wick_figure_options){ .directory = dir.directory, .name = "f", .equal_axes = true });

    wick_figure_add_grid(f, &grid);
    if (points > 0)
        wick_figure_add(
            f, &(wick_series){ .title = "x y", .y = VALUES, .n = points, .style = WICK_POINTS });
    ck_assert_msg(wick_figure_write(f), "%s", wick_message(w));
    if (system("gnuplot --version >/dev/null 2>&1") == 0)
        ck_assert(wick_figure_rendered(f));
    wick_figure_free(f);
    wick_free(w);
    char *text = read_file(scratch_path(&dir, file));
    ck_assert_ptr_nonnull(text);
    scratch_remove(dir.directory);
    return text;
}

START_TEST(rows_of_the_table_are_points_of_the_same_y)
{
    char *table = file_of(GRID, 0, "f_grid.tsv");

    ck_assert_str_eq(table,
        "-1\t2\t0.5\n0\t2\t1.25\n1\t2\t-3\n\n"
        "-1\t2.5\t2\n0\t2.5\t0.125\n1\t2.5\t7\n\n");
    free(table);
}
END_TEST

START_TEST(an_image_lies_below_the_series_and_sets_the_ends_of_the_axes)
{
    char *script = file_of(GRID, 4, "f.gp");

    ck_assert(contains(script, "set xrange [-1:1]\nset yrange [2:2.5]\n"));
    ck_assert(contains(script, "set size ratio -1\n"));
    ck_assert(
        contains(script, "plot 'f_grid.tsv' using 1:2:3 with image notitle, \\\n     'f.tsv'"));
    free(script);
}
END_TEST

START_TEST(contours_lie_above_the_series)
{
    wick_grid grid = GRID;

    grid.style = WICK_CONTOURS;
    grid.levels = 5;
    char *script = file_of(grid, 4, "f.gp");
    ck_assert(contains(script, "set cntrparam levels auto 5\n"));
    ck_assert(contains(script, "plot 'f.tsv'"));
    ck_assert(contains(script, ", \\\n     $contours using 1:2:3 with lines"));
    free(script);
    script = file_of(grid, 0, "f.gp");
    ck_assert(contains(script, "plot $contours"));
    free(script);
}
END_TEST

static void refused(wick_figure_options options, wick_grid grid, const char *words)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    options.directory = dir.directory;
    options.name = "f";
    wick_figure *f = wick_figure_new(w, &options);
    wick_figure_add_grid(f, &grid);
    ck_assert_msg(contains(wick_message(w), words), "%s", wick_message(w));
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}

START_TEST(mistakes_are_named)
{
    static const double BAD[] = { 0.5, NAN, -3.0, 2.0, 0.125, 7.0 };
    wick_grid few = GRID, flat = GRID, nan = GRID, unknown = GRID;

    few.ny = 1;
    refused((wick_figure_options){ 0 }, few, "at least 2 times 2");
    flat.x = (wick_range){ 1.0, 1.0 };
    refused((wick_figure_options){ 0 }, flat, "finite ends, the first below the last");
    nan.values = BAD;
    refused((wick_figure_options){ 0 }, nan, "a value that is not finite");
    unknown.style = (wick_grid_style)9;
    refused((wick_figure_options){ 0 }, unknown, "unknown style");
    refused((wick_figure_options){ .log_y = true }, GRID, "logarithmic");
}
END_TEST

START_TEST(a_figure_has_one_grid)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "f" });

    wick_figure_add_grid(f, &GRID);
    ck_assert_int_eq(wick_status(w), WICK_OK);
    wick_figure_add_grid(f, &GRID);
    ck_assert_int_eq(wick_status(w), WICK_ERR_STATE);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("grids");
    TCase *all = tcase_create("all");

    tcase_add_test(all, rows_of_the_table_are_points_of_the_same_y);
    tcase_add_test(all, an_image_lies_below_the_series_and_sets_the_ends_of_the_axes);
    tcase_add_test(all, contours_lie_above_the_series);
    tcase_add_test(all, mistakes_are_named);
    tcase_add_test(all, a_figure_has_one_grid);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
