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

START_TEST(an_image_may_have_contours)
{
    wick_grid grid = GRID;

    grid.style = WICK_IMAGE_CONTOURS;
    grid.levels = 7;
    char *script = file_of(grid, 4, "f.gp");
    ck_assert(contains(script, "set cntrparam levels auto 7\n"));
    ck_assert(
        contains(script, "plot 'f_grid.tsv' using 1:2:3 with image notitle, \\\n     'f.tsv'"));
    ck_assert(
        contains(script, ", \\\n     $contours using 1:2:3 with lines lw 1.2 lc rgb 'white'"));
    free(script);
    script = file_of(grid, 0, "f.gp");
    ck_assert(contains(script, "with image notitle, \\\n     $contours"));
    free(script);
}
END_TEST

/* --- surfaces -------------------------------------------------------------------------------- */

/* The script of a figure with GRID as a surface, and a series if there is one; to be freed. */
static char *surface_of(wick_figure_options options, const wick_series *series)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_grid grid = GRID;

    grid.style = WICK_SURFACE;
    options.directory = dir.directory;
    options.name = "f";
    wick_figure *f = wick_figure_new(w, &options);
    wick_figure_add_grid(f, &grid);
    if (series)
        wick_figure_add(f, series);
    ck_assert_msg(wick_figure_write(f), "%s", wick_message(w));
    ck_assert_int_eq(wick_figure_rendered(f), system("gnuplot --version >/dev/null 2>&1") == 0);
    wick_figure_free(f);
    wick_free(w);
    char *script = read_file(scratch_path(&dir, "f.gp"));
    scratch_remove(dir.directory);
    return script;
}

/* The values span -3 to 7: three quarters of 10 below and a twentieth of it above; nine parts between
 * eight contours. */
START_TEST(a_surface_stands_above_its_contours)
{
    char *script = surface_of((wick_figure_options){ .zlabel = "density" }, NULL);

    assert_contains(script, "set zlabel 'density' noenhanced");
    assert_contains(script, "pngcairo size 700, 600 ");
    assert_contains(script, "set zrange [-10.5:7.5]\nset cbrange [-3:7]\n");
    assert_contains(script, "set xyplane at -10.5\n");
    assert_contains(script, "set view 60, 30, ");
    assert_contains(
        script, "set contour base\nset cntrparam levels incremental -1.8888888888888888, ");
    assert_contains(script, "splot 'f_grid.tsv' using 1:2:3 with lines lw 2 lc palette nosurface ");
    assert_contains(script, ", \\\n     'f_grid.tsv' using 1:2:3 with pm3d nocontour notitle\n");
    free(script);
}
END_TEST

START_TEST(series_lie_on_the_floor_of_a_surface)
{
    const wick_series stars = {
        .y = VALUES, .n = 4, .style = WICK_POINTS, .marker = WICK_STAR, .color = "red"
    };
    char *script = surface_of((wick_figure_options){ .zrange = { -0.5, NAN } }, &stars);

    assert_contains(script, "set zrange [-0.5:7.5]\n");
    assert_contains(script,
        "'f.tsv' skip 1 using 1:2:(-0.5) with points lc rgb 'red' lw 1.8 pt star ps 1 "
        "font ',13' tc rgb 'red' nocontour notitle, \\\n     'f_grid.tsv'");
    free(script);
}
END_TEST

/* matplotlib's view_init(27, -21) is gnuplot's (90 - 27, 90 - 21); turns are counted from 0 to 360. */
START_TEST(a_surface_is_seen_from_where_it_is_asked_for)
{
    static const struct {
        double elevation, azimuth;
        const char *view;
    } CASES[] = { { 27.0, -21.0, "set view 63, 69, " }, { 0.0, 45.0, "set view 90, 135, " },
        { 90.0, 0.0, "set view 0, 90, " }, { -90.0, -100.0, "set view 180, 350, " },
        { 10.0, 1000.0, "set view 80, 10, " } };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *script = surface_of(
            (wick_figure_options){
                .elevation = CASES[i].elevation, .azimuth = CASES[i].azimuth, .equal_axes = true },
            NULL);
        assert_contains(script, CASES[i].view);
        assert_contains(script, "set view equal xy\n");
        free(script);
    }
}
END_TEST

START_TEST(a_flat_surface_is_drawn_without_contours)
{
    static const double FLAT[] = { -4.0, -4.0, -4.0, -4.0, -4.0, -4.0 };
    wick_grid grid = GRID;

    grid.style = WICK_SURFACE;
    grid.values = FLAT;
    char *script = file_of(grid, 2, "f.gp");
    ck_assert(contains(script, "set zrange [-7:-3.8]\nset xyplane at -7\n"));
    ck_assert(!contains(script, "contour base"));
    free(script);
}
END_TEST

START_TEST(steps_below_a_surface_are_a_mistake)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_grid grid = GRID;
    wick_figure *f =
        wick_figure_new(w, &(wick_figure_options){ .directory = dir.directory, .name = "f" });

    grid.style = WICK_SURFACE;
    wick_figure_add(f, &(wick_series){ .title = "s", .y = VALUES, .n = 4, .style = WICK_STEPS });
    wick_figure_add_grid(f, &grid);
    ck_assert(!wick_figure_write(f));
    ck_assert_int_eq(wick_status(w), WICK_ERR_STATE);
    assert_contains(wick_message(w), "series \"s\" of the figure f has steps or impulses");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_figure_free(f);
    wick_free(w);
    scratch_remove(dir.directory);
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
    tcase_add_test(all, an_image_may_have_contours);
    tcase_add_test(all, a_surface_stands_above_its_contours);
    tcase_add_test(all, series_lie_on_the_floor_of_a_surface);
    tcase_add_test(all, a_surface_is_seen_from_where_it_is_asked_for);
    tcase_add_test(all, a_flat_surface_is_drawn_without_contours);
    tcase_add_test(all, steps_below_a_surface_are_a_mistake);
    tcase_add_test(all, mistakes_are_named);
    tcase_add_test(all, a_figure_has_one_grid);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
