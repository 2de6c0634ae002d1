/* Several figures in one picture: the layout, the animation, mistakes. */
#include <math.h>

#include "tests/io/scratch.h"

enum { FIGURES = 5 };

static const double VALUES[] = { 0.5, 1.25, -3.0, 2.0, 0.125, 7.0 };

static const wick_grid GRID = {
    .nx = 3, .ny = 2, .x = { -1.0, 1.0 }, .y = { 2.0, 2.5 }, .values = VALUES
};

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

/* All kinds of figures, so that each has something to take back of the one before it. */
typedef struct sheet {
    scratch dir;
    wick *w;
    wick_figure *figures[FIGURES];
} sheet;

static wick_figure *figure_of(sheet *s, const char *name, bool log_y)
{
    return wick_figure_new(s->w,
        &(wick_figure_options){ .directory = s->dir.directory,
            .name = name,
            .title = name,
            .log_y = log_y,
            .width = 300,
            .height = log_y ? 200 : 250 });
}

static sheet sheet_new(void)
{
    static const wick_grid_style STYLES[] = { WICK_SURFACE, WICK_IMAGE, WICK_CONTOURS };
    sheet s = { .dir = scratch_new(), .w = wick_new(NULL) };
    char name[] = "f0";

    for (size_t i = 0; i < FIGURES; i++) {
        name[1] = (char)('0' + i);
        s.figures[i] = figure_of(&s, name, i == 3);
        if (i < 3) {
            wick_grid grid = GRID;
            grid.style = STYLES[i];
            wick_figure_add_grid(s.figures[i], &grid);
        } else {
            wick_figure_add(s.figures[i], &(wick_series){ .y = VALUES, .n = 2 });
        }
    }
    return s;
}

static void sheet_free(sheet *s)
{
    for (size_t i = 0; i < FIGURES; i++)
        wick_figure_free(s->figures[i]);
    wick_free(s->w);
    scratch_remove(s->dir.directory);
}

/* The sheet's script, to be freed. */
static char *script_of(sheet *s, wick_sheet_options options, size_t n)
{
    options.name = "all";
    ck_assert_msg(wick_sheet_write(s->w, &options, n, s->figures), "%s", wick_message(s->w));
    char *script = read_file(scratch_path(&s->dir, "all.gp"));
    ck_assert_ptr_nonnull(script);
    return script;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

START_TEST(figures_stand_in_rows_at_their_own_size)
{
    sheet s = sheet_new();
    char *script = script_of(&s, (wick_sheet_options){ .title = "it's all" }, FIGURES);

    assert_contains(script, "pngcairo size 900, 500 ");
    assert_contains(script, "set output 'all.png'\nset multiplot layout 2, 3 title 'it''s all' ");
    ck_assert_uint_eq(count(script, "\nreset\n"), FIGURES);
    ck_assert_uint_eq(count(script, "set output"), 1);
    for (char i = '0'; i < '0' + FIGURES; i++) {
        char title[] = "set title 'f?'";
        title[12] = i;
        ck_assert_uint_eq(count(script, title), 1);
    }
    ck_assert_uint_eq(count(script, "\nunset multiplot\n"), 1);
    free(script);
    script = script_of(&s, (wick_sheet_options){ .columns = 9, .width = 640, .height = 480 }, 2);
    assert_contains(script, "pngcairo size 640, 480 ");
    assert_contains(script, "set multiplot layout 1, 2\n");
    free(script);
    script = script_of(&s, (wick_sheet_options){ .columns = 1 }, FIGURES);
    assert_contains(script, "pngcairo size 300, 1250 ");
    assert_contains(script, "set multiplot layout 5, 1\n");
    free(script);
    sheet_free(&s);
}
END_TEST

START_TEST(only_tables_and_the_sheet_are_written)
{
    sheet s = sheet_new();

    free(script_of(&s, (wick_sheet_options){ 0 }, FIGURES));
    ck_assert_int_eq(count_files(s.dir.directory), FIGURES + 1 + has_gnuplot());
    for (size_t i = 0; i < FIGURES; i++)
        ck_assert(!wick_figure_rendered(s.figures[i]));
    sheet_free(&s);
}
END_TEST

/* A GIF begins with its name, and each of its pictures has a graphic control extension (GIF89a, 23):
 * 21 F9 04, then a byte of flags, and the delay in hundredths of a second, low byte first. */
START_TEST(an_animation_shows_one_figure_after_the_other)
{
    sheet s = sheet_new();
    char *script = script_of(&s, (wick_sheet_options){ .delay = 0.75 }, FIGURES);

    assert_contains(script, "set terminal gif animate delay 75 loop 0 size 300, 250 ");
    assert_contains(script, "set output 'all.gif'\n");
    ck_assert_ptr_null(strstr(script, "multiplot"));
    if (has_gnuplot()) {
        FILE *file = fopen(scratch_path(&s.dir, "all.gif"), "rb");
        ck_assert_ptr_nonnull(file);
        unsigned char window[6] = { 0 };
        int byte, pictures = 0;
        while ((byte = fgetc(file)) != EOF) {
            memmove(window, window + 1, sizeof window - 1);
            window[5] = (unsigned char)byte;
            pictures += memcmp(window, "\x21\xf9\x04", 3) == 0 && window[4] == 75 && window[5] == 0;
        }
        fclose(file);
        ck_assert_int_eq(pictures, FIGURES);
    }
    free(script);
    sheet_free(&s);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

static void refused(sheet *s, wick_sheet_options options, size_t n, wick_figure *const *figures,
    wick_code code, const char *words)
{
    ck_assert(!wick_sheet_write(s->w, &options, n, figures));
    ck_assert_str_eq(wick_code_name(wick_status(s->w)), wick_code_name(code));
    assert_contains(wick_message(s->w), words);
    wick_clear(s->w);
}

START_TEST(mistakes_in_the_options_are_named)
{
    sheet s = sheet_new();

    ck_assert(!wick_sheet_write(s.w, NULL, 2, s.figures));
    assert_contains(wick_message(s.w), "wick_sheet_write: no name");
    wick_clear(s.w);
    refused(&s, (wick_sheet_options){ .name = "a/b" }, 2, s.figures, WICK_ERR_NAME,
        "wick_sheet_write: the name is \"a/b\"");
    refused(&s, (wick_sheet_options){ .name = "a" }, 0, s.figures, WICK_ERR_ARGUMENT,
        "the sheet a has no figure");
    refused(&s, (wick_sheet_options){ .name = "a", .delay = -0.5 }, 2, s.figures, WICK_ERR_ARGUMENT,
        "the delay of a is -0.5, need seconds");
    refused(&s, (wick_sheet_options){ .name = "a", .delay = NAN }, 2, s.figures, WICK_ERR_ARGUMENT,
        "the delay of a is nan");
    refused(&s, (wick_sheet_options){ .name = "a", .delay = 1000.0 }, 2, s.figures,
        WICK_ERR_ARGUMENT, "at most 655");
    refused(&s, (wick_sheet_options){ .name = "f1" }, 2, s.figures, WICK_ERR_NAME,
        "the sheet has the name f1 of a figure");
    ck_assert_int_eq(count_files(s.dir.directory), 0);
    sheet_free(&s);
}
END_TEST

START_TEST(figures_that_make_no_sheet_are_named)
{
    const wick_sheet_options a = { .name = "a" };
    sheet s = sheet_new(), other = sheet_new();
    wick_figure *empty = figure_of(&s, "empty", false), *twin = figure_of(&s, "f0", false);
    wick_figure *elsewhere = wick_figure_new(
        s.w, &(wick_figure_options){ .directory = other.dir.directory, .name = "g" });

    refused(&s, a, 2, NULL, WICK_ERR_ARGUMENT, "figure 0 is missing");
    refused(&s, a, 2, (wick_figure *[]){ s.figures[0], NULL }, WICK_ERR_ARGUMENT,
        "figure 1 is missing");
    refused(&s, a, 2, (wick_figure *[]){ s.figures[0], other.figures[1] }, WICK_ERR_ARGUMENT,
        "figure 1 is missing or of another handle");
    refused(&s, a, 2, (wick_figure *[]){ s.figures[0], twin }, WICK_ERR_NAME,
        "two figures are named f0");
    refused(&s, a, 2, (wick_figure *[]){ s.figures[0], elsewhere }, WICK_ERR_ARGUMENT,
        "need one directory");
    refused(&s, a, 2, (wick_figure *[]){ empty, s.figures[0] }, WICK_ERR_STATE,
        "the figure empty is empty");
    ck_assert_int_eq(count_files(s.dir.directory), 0);
    wick_figure_free(empty);
    wick_figure_free(twin);
    wick_figure_free(elsewhere);
    sheet_free(&other);
    sheet_free(&s);
}
END_TEST

START_TEST(null_and_a_handle_in_error_are_taken)
{
    sheet s = sheet_new();

    ck_assert(!wick_sheet_write(NULL, &(wick_sheet_options){ .name = "a" }, 2, s.figures));
    ck_assert_ptr_null(wick_figure_new(s.w, NULL));
    ck_assert(!wick_sheet_write(s.w, &(wick_sheet_options){ .name = "a" }, 2, s.figures));
    ck_assert_int_eq(count_files(s.dir.directory), 0);
    sheet_free(&s);
}
END_TEST

/* A surface and a curve, beside each other. */
static bool write_sheet(wick *w, const char *directory)
{
    wick_figure_options options = { .directory = directory, .name = "a", .zlabel = "z" };
    wick_figure *figures[2] = { wick_figure_new(w, &options), NULL };
    wick_grid grid = GRID;

    options.name = "b";
    figures[1] = wick_figure_new(w, &options);
    grid.style = WICK_SURFACE;
    wick_figure_add_grid(figures[0], &grid);
    wick_figure_add(figures[1], &(wick_series){ .y = VALUES, .n = 6 });
    const bool written = wick_sheet_write(w, &(wick_sheet_options){ .name = "s" }, 2, figures);
    wick_figure_free(figures[0]);
    wick_figure_free(figures[1]);
    return written;
}

START_TEST(every_allocation_that_fails_is_an_error_without_a_leak)
{
    scratch dir = scratch_new();
    meter none = { 0 };
    wick *w = metered_handle(&none);

    ck_assert_int_eq(setenv("PATH", dir.directory, 1), 0); /* no gnuplot: it would take long */
    ck_assert(write_sheet(w, dir.directory));
    wick_free(w);
    ck_assert_int_eq(none.held, 0);
    ck_assert_int_gt(none.requests, 15);
    for (long i = 2; i <= none.requests; i++) {
        meter m = { .fail_at = i };
        w = metered_handle(&m);
        ck_assert(!write_sheet(w, dir.directory));
        ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
        wick_free(w);
        ck_assert_int_eq(m.held, 0);
    }
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheets");
    TCase *all = tcase_create("all");

    tcase_add_test(all, figures_stand_in_rows_at_their_own_size);
    tcase_add_test(all, only_tables_and_the_sheet_are_written);
    tcase_add_test(all, an_animation_shows_one_figure_after_the_other);
    tcase_add_test(all, mistakes_in_the_options_are_named);
    tcase_add_test(all, figures_that_make_no_sheet_are_named);
    tcase_add_test(all, null_and_a_handle_in_error_are_taken);
    tcase_add_test(all, every_allocation_that_fails_is_an_error_without_a_leak);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
