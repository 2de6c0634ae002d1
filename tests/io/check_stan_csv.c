/* Draws as CmdStan's CSV, byte by byte and in Stan's order. That Stan's readers take such files is
 * what tests/interop looks at. */
#include "tests/io/stan_csv.h"

/* --- the file -------------------------------------------------------------------------------- */

START_TEST(a_file_is_byte_by_byte_as_expected)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_msg(
        write_all(w, scratch_path(&dir, "new/deep/schools_3.csv")), "%s", wick_message(w));
    assert_expected(dir.path);
    ck_assert_int_eq(count_files(scratch_path(&dir, "new/deep")), 1);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(the_decimal_point_is_a_point_in_every_locale)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    if (!set_comma_locale(&dir))
        fputs("no locale with a decimal comma: not tried\n", stderr);
    ck_assert_msg(write_all(w, scratch_path(&dir, "schools_3.csv")), "%s", wick_message(w));
    setlocale(LC_ALL, "C");
    assert_expected(dir.path);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_counted)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"), &OPTIONS);
    wick_stan_draw draw = DRAWS[0];

    wick_stan_csv_adapted(csv, 0.169, 3, INVERSE_METRIC);
    wick_stan_csv_row(csv, &draw);
    ck_assert_uint_eq(wick_stan_csv_nonfinite(csv), 0);
    wick_stan_csv_row(csv, &DRAWS[1]);
    ck_assert_uint_eq(wick_stan_csv_nonfinite(csv), 3);
    draw.lp = draw.accept_stat = draw.stepsize = draw.energy = NAN;
    wick_stan_csv_row(csv, &draw);
    ck_assert_uint_eq(wick_stan_csv_nonfinite(csv), 7);
    ck_assert_uint_eq(wick_stan_csv_nonfinite(NULL), 0);
    ck_assert(wick_stan_csv_close(csv, 0.0, 0.0));
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(metrics_are_written_as_cmdstan_has_them)
{
    static const struct {
        wick_metric metric;
        const char *name, *block;
    } known[] = {
        { WICK_METRIC_DIAGONAL, "diag_e (Default)",
            "# Diagonal elements of inverse mass matrix:\n# 0.5, 1e-7, 1e22\n# \n" },
        { WICK_METRIC_DENSE, "dense_e",
            "# Elements of inverse mass matrix:\n# 0.5, 1e-7, 1e22\n# 4, 5, 6\n# 7, 8, 9\n# \n" },
        { WICK_METRIC_UNIT, "unit_e", "# No free parameters for unit metric\n# \n" },
    };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        wick_stan_csv *csv = begin(
            w, scratch_path(&dir, "x.csv"), &(wick_stan_csv_options){ .metric = known[i].metric });
        wick_stan_csv_adapted(
            csv, 0.25, 3, known[i].metric == WICK_METRIC_UNIT ? NULL : INVERSE_METRIC);
        ck_assert_msg(wick_stan_csv_close(csv, 1.0, -NAN), "%s", wick_message(w));
        char *text = read_file(dir.path);
        assert_after(text, "#         metric = ", known[i].name);
        assert_contains(text, known[i].block);
        assert_contains(text,
            "#  Elapsed Time: 1.000 seconds (Warm-up)\n"
            "#                0.000 seconds (Sampling)\n"
            "#                1.000 seconds (Total)\n");
        free(text);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(options_that_are_zero_are_the_defaults_of_cmdstan)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"), &(wick_stan_csv_options){ 0 });

    wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
    ck_assert(wick_stan_csv_close(csv, 0.0, 0.0));
    char *text = read_file(dir.path);
    assert_after(text, "# model = ", "model");
    assert_after(text, "#     num_samples = ", "0");
    assert_after(text, "#     num_warmup = ", "0");
    assert_after(text, "#     thin = ", "1 (Default)");
    assert_after(text, "#       engaged = ", "0");
    assert_after(text, "#       delta = ", "0.8 (Default)");
    assert_after(text, "max_depth = ", "10 (Default)");
    assert_after(text, "# id = ", "1");
    assert_after(text, "#   seed = ", "0");
    ck_assert_ptr_null(strstr(text, "# data"));
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(rows_of_the_warm_up_stand_before_the_adaptation)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"),
        &(wick_stan_csv_options){ .num_samples = 1, .num_warmup = 2, .save_warmup = true });

    wick_stan_csv_row(csv, &DRAWS[0]);
    wick_stan_csv_row(csv, &DRAWS[1]);
    wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
    wick_stan_csv_row(csv, &DRAWS[2]);
    ck_assert(wick_stan_csv_close(csv, 0.0, 0.0));
    char *text = read_file(dir.path);
    assert_after(text, "#     save_warmup = ", "1");
    const char *first = strstr(text, "\n-14.4"), *second = strstr(text, "\n-3.5,");
    const char *adapted = strstr(text, "\n# Adaptation"), *third = strstr(text, "\n-4,");
    ck_assert(first && second && adapted && third);
    ck_assert(first < second && second < adapted && adapted < third);
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* Readers compare num_samples with the rows; blanks after a number do not matter to them. */
START_TEST(an_interrupted_run_says_how_many_transitions_its_rows_are_of)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv_options options = { .num_samples = 1000, .num_warmup = 1500, .thin = 3 };

    for (int saved = 0; saved < 2; saved++) {
        options.save_warmup = saved;
        wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"), &options);
        if (saved)
            wick_stan_csv_row(csv, &DRAWS[0]);
        wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
        for (int i = 0; i < 40; i++)
            wick_stan_csv_row(csv, &DRAWS[0]);
        ck_assert(wick_stan_csv_close(csv, 0.0, 0.0));
        char *text = read_file(dir.path);
        assert_after(text, "#     num_samples = ", "120           ");
        assert_after(text, "#     num_warmup = ", saved ? "3   " : "1500");
        const size_t n = strlen(text);
        ck_assert_str_eq(text + n - 3, "# \n");
        free(text);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_run_longer_than_the_buffer_is_written_as_it_comes)
{
    enum { MANY = 5000 };
    scratch dir = scratch_new();
    meter m = { 0 };
    wick *w = metered_handle(&m);
    wick_stan_csv *csv =
        begin(w, scratch_path(&dir, "x.csv"), &(wick_stan_csv_options){ .num_samples = MANY });
    long requests = 0;

    wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
    for (int i = 0; i < MANY; i++) {
        wick_stan_csv_row(csv, &DRAWS[0]);
        if (i == MANY / 2)
            requests = m.requests;
    }
    ck_assert_int_eq(m.requests, requests);
    ck_assert(wick_stan_csv_close(csv, 0.0, 0.0));
    char *text = read_file(dir.path);
    size_t rows = 0;
    for (const char *p = text; (p = strstr(p, "\n-14.418881895803647,")); p++)
        rows++;
    ck_assert_uint_eq(rows, MANY);
    free(text);
    wick_free(w);
    ck_assert_int_eq(m.held, 0);
    scratch_remove(dir.directory);
}
END_TEST

/* --- names ----------------------------------------------------------------------------------- */

START_TEST(names_of_columns_have_the_first_index_fastest)
{
    static const char *const NAMES[] = { "T.1.1.1", "T.2.1.1", "T.1.2.1", "T.2.2.1", "T.1.3.1",
        "T.2.3.1", "T.1.1.2", "T.2.1.2", "T.1.2.2", "T.2.2.2", "T.1.3.2", "T.2.3.2" };
    const wick_stan_variable v = { "T", 3, (const size_t[]){ 2, 3, 2 } };
    const wick_stan_variable number = { .name = "sigma" };
    char name[16];

    for (size_t i = 0; i < 12; i++) {
        ck_assert_uint_eq(wick_stan_name(name, sizeof name, &v, i), 7);
        ck_assert_str_eq(name, NAMES[i]);
    }
    ck_assert_uint_eq(wick_stan_name(name, sizeof name, &number, 0), 5);
    ck_assert_str_eq(name, "sigma");
    ck_assert_uint_eq(wick_stan_name(NULL, 0, &v, 4), 7);
    for (size_t size = 1; size < 8; size++) {
        memset(name, '?', sizeof name);
        ck_assert_uint_eq(wick_stan_name(name, size, &v, 4), 7);
        ck_assert_uint_eq(strlen(name), size - 1);
        ck_assert_int_eq(strncmp(name, "T.1.3.1", size - 1), 0);
        ck_assert_int_eq(name[size], '?');
    }
}
END_TEST

START_TEST(all_that_stan_names_have_is_allowed)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    const wick_stan_variable variables[] = { { .name = "aZ_9" }, { .name = "x_" }, { .name = "M" },
        { .name = "m" } };
    const double values[] = { 1.5, 2.5, 3.5, 4.5 };
    wick_stan_csv *csv = wick_stan_csv_new(w, scratch_path(&dir, "x.csv"), 4, variables, &OPTIONS);
    wick_stan_draw draw = DRAWS[0];

    draw.n = 4;
    draw.values = values;
    wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
    wick_stan_csv_row(csv, &draw);
    ck_assert_msg(wick_stan_csv_close(csv, 0.0, 0.0), "%s", wick_message(w));
    char *text = read_file(dir.path);
    assert_after(text, ",energy__,", "aZ_9,x_,M,m");
    assert_after(text, ",16.29,", "1.5,2.5,3.5,4.5");
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stan_csv");
    TCase *files = tcase_create("files"), *names = tcase_create("names");

    tcase_add_test(files, a_file_is_byte_by_byte_as_expected);
    tcase_add_test(files, the_decimal_point_is_a_point_in_every_locale);
    tcase_add_test(files, numbers_that_are_not_finite_are_counted);
    tcase_add_test(files, metrics_are_written_as_cmdstan_has_them);
    tcase_add_test(files, options_that_are_zero_are_the_defaults_of_cmdstan);
    tcase_add_test(files, rows_of_the_warm_up_stand_before_the_adaptation);
    tcase_add_test(files, an_interrupted_run_says_how_many_transitions_its_rows_are_of);
    tcase_add_test(files, a_run_longer_than_the_buffer_is_written_as_it_comes);
    suite_add_tcase(suite, files);
    tcase_add_test(names, names_of_columns_have_the_first_index_fastest);
    tcase_add_test(names, all_that_stan_names_have_is_allowed);
    suite_add_tcase(suite, names);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
