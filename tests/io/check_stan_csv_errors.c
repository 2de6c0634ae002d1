/* Draws as CmdStan's CSV: errors and their words; whole or not at all. */
#include <signal.h>
#include <sys/resource.h>

#include "tests/io/stan_csv.h"
#include "tests/support/memory.h"

/* --- arguments ------------------------------------------------------------------------------- */

static void assert_name_fails(const char *name, const char *want)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    const wick_stan_variable variables[] = { { .name = "mu" }, { .name = name } };

    ck_assert_ptr_null(wick_stan_csv_new(w, scratch_path(&dir, "x.csv"), 2, variables, &OPTIONS));
    assert_message(w, &dir, WICK_ERR_NAME, want);
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}

#define NEED "; need letters, digits and _, with a letter first"

START_TEST(names_that_stan_does_not_have_are_errors)
{
    assert_name_fails("a,b", "wick_stan_csv_new: the name \"a,b\" of a variable has a comma" NEED);
    assert_name_fails(
        "a\nb", "wick_stan_csv_new: the name \"a\\x0Ab\" of a variable has a line end" NEED);
    assert_name_fails(
        "\"a\"", "wick_stan_csv_new: the name \"\"a\"\" of a variable has a quote" NEED);
    assert_name_fails("a.1",
        "wick_stan_csv_new: the name \"a.1\" of a variable has a point, which "
        "stands between indices" NEED);
    assert_name_fails("a:1",
        "wick_stan_csv_new: the name \"a:1\" of a variable has a colon, which "
        "stands between parts" NEED);
    assert_name_fails("a b", "wick_stan_csv_new: the name \"a b\" of a variable has a blank" NEED);
    assert_name_fails("\xc2\xb5",
        "wick_stan_csv_new: the name \"\xc2\xb5\" of a variable has a "
        "character of another kind" NEED);
    assert_name_fails(
        "2a", "wick_stan_csv_new: the name \"2a\" of a variable does not begin with a letter" NEED);
    assert_name_fails(
        "lp__", "wick_stan_csv_new: the name \"lp__\" of a variable ends in __ as Stan's own" NEED);
    assert_name_fails("", "wick_stan_csv_new: a variable has no name");
    assert_name_fails(NULL, "wick_stan_csv_new: a variable has no name");
    assert_name_fails("mu", "wick_stan_csv_new: variables 1 and 2 are both named mu");
}
END_TEST

static void assert_new_fails(const char *path, size_t n, const wick_stan_variable *variables,
    const wick_stan_csv_options *options, wick_code code, const char *want)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    if (path && *path)
        path = scratch_path(&dir, path);
    ck_assert_ptr_null(wick_stan_csv_new(w, path, n, variables, options));
    assert_message(w, &dir, code, want);
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}

START_TEST(arguments_that_no_file_can_be_made_of_are_errors)
{
    static const char PATH[] = "wick_stan_csv_new: no path, need the name of a file";
    const size_t sizes[] = { 3, 0 }, huge[] = { 1 << 13, 1 << 12 }, endless[] = { SIZE_MAX, 2 };
    const wick_stan_variable empty = { "x", 2, sizes }, none = { "x", 1, NULL };
    const wick_stan_variable large[] = { { "x", 2, huge }, { "z", 2, endless } };

    assert_new_fails(NULL, 2, VARIABLES, &OPTIONS, WICK_ERR_ARGUMENT, PATH);
    assert_new_fails("", 2, VARIABLES, &OPTIONS, WICK_ERR_ARGUMENT, PATH);
    assert_new_fails("x.txt", 2, VARIABLES, &OPTIONS, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: the path is x.txt, need one that ends in .csv");
    assert_new_fails("x\n.csv", 2, VARIABLES, &OPTIONS, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: the path has a line end");
    assert_new_fails("x.csv", 0, VARIABLES, &OPTIONS, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: no variables for x.csv");
    assert_new_fails(
        "x.csv", 2, NULL, &OPTIONS, WICK_ERR_ARGUMENT, "wick_stan_csv_new: no variables for x.csv");
    assert_new_fails(
        "x.csv", 2, VARIABLES, NULL, WICK_ERR_ARGUMENT, "wick_stan_csv_new: no options for x.csv");
    assert_new_fails(
        "x.csv", 1, &empty, &OPTIONS, WICK_ERR_SHAPE, "wick_stan_csv_new: size 2 of x is 0");
    assert_new_fails("x.csv", 1, &none, &OPTIONS, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: the sizes of x are NULL");
    assert_new_fails("x.csv", 1, large, &OPTIONS, WICK_ERR_LIMIT,
        "wick_stan_csv_new: x has more than 16777216 elements");
    assert_new_fails("x.csv", 1, large + 1, &OPTIONS, WICK_ERR_LIMIT,
        "wick_stan_csv_new: z has more than 16777216 elements");
}
END_TEST

START_TEST(variables_with_too_many_elements_together_are_an_error)
{
    const size_t half[] = { 1 << 23 };
    const wick_stan_variable three[] = { { "x", 1, half }, { "y", 1, half }, { .name = "z" } };

    assert_new_fails("x.csv", 3, three, &OPTIONS, WICK_ERR_LIMIT,
        "wick_stan_csv_new: the variables have more than 16777216 elements");
}
END_TEST

static void assert_option_fails(
    const wick_stan_csv_options *options, wick_code code, const char *want)
{
    assert_new_fails("x.csv", N_VARIABLES, VARIABLES, options, code, want);
}

START_TEST(options_that_readers_would_not_understand_are_errors)
{
    assert_option_fails(&(wick_stan_csv_options){ .model = "eight schools" }, WICK_ERR_NAME,
        "wick_stan_csv_new: the name \"eight schools\" of a model has a blank" NEED);
    assert_option_fails(&(wick_stan_csv_options){ .data = "a\r" }, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: the data of x.csv have a line end");
    assert_option_fails(&(wick_stan_csv_options){ .delta = 1.0 }, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: delta of x.csv is 1, need a number between 0 and 1");
    assert_option_fails(&(wick_stan_csv_options){ .delta = -0.5 }, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: delta of x.csv is -0.5, need a number between 0 and 1");
    assert_option_fails(&(wick_stan_csv_options){ .delta = NAN }, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: delta of x.csv is nan, need a number between 0 and 1");
    assert_option_fails(&(wick_stan_csv_options){ .metric = (wick_metric)3 }, WICK_ERR_ARGUMENT,
        "wick_stan_csv_new: the metric of x.csv is 3, which is none");
}
END_TEST

/* A file of its own for each test. */
typedef struct target {
    scratch dir;
    wick *w;
    wick_stan_csv *csv;
} target;

static target target_new(void)
{
    target t = { .dir = scratch_new(), .w = wick_new(NULL) };

    t.csv = begin(t.w, scratch_path(&t.dir, "schools_3.csv"), &OPTIONS);
    return t;
}

static void target_end(target *t)
{
    wick_free(t->w);
    scratch_remove(t->dir.directory);
}

static void assert_row_fails(
    target *t, const wick_stan_draw *draw, wick_code code, const char *want)
{
    wick_stan_csv_row(t->csv, draw);
    assert_message(t->w, &t->dir, code, want);
}

static void assert_adapted_fails(
    target *t, double stepsize, size_t n, const double *metric, wick_code code, const char *want)
{
    wick_stan_csv_adapted(t->csv, stepsize, n, metric);
    assert_message(t->w, &t->dir, code, want);
}

static void assert_closes_as_expected(target *t)
{
    ck_assert_msg(wick_stan_csv_close(t->csv, 0.0126, 62.0), "%s", wick_message(t->w));
    assert_expected(t->dir.path);
    target_end(t);
}

START_TEST(an_adaptation_with_an_error_is_not_in_the_file)
{
    const double infinite[] = { 1.0, -INFINITY }, nan[] = { NAN, 1.0 };
    target t = target_new();

    assert_adapted_fails(&t, 0.0, 3, INVERSE_METRIC, WICK_ERR_DOMAIN,
        "wick_stan_csv_adapted: the step size for schools_3.csv is 0, need a positive number");
    assert_adapted_fails(&t, INFINITY, 3, INVERSE_METRIC, WICK_ERR_DOMAIN,
        "wick_stan_csv_adapted: the step size for schools_3.csv is inf, need a positive number");
    assert_adapted_fails(&t, 0.5, 0, INVERSE_METRIC, WICK_ERR_ARGUMENT,
        "wick_stan_csv_adapted: the inverse metric for schools_3.csv has no elements");
    assert_adapted_fails(&t, 0.5, 3, NULL, WICK_ERR_ARGUMENT,
        "wick_stan_csv_adapted: the inverse metric for schools_3.csv is NULL");
    assert_adapted_fails(&t, 0.5, 2, infinite, WICK_ERR_DOMAIN,
        "wick_stan_csv_adapted: element 2 of the inverse metric for schools_3.csv is infinite, "
        "need "
        "a finite number");
    assert_adapted_fails(&t, 0.5, 2, nan, WICK_ERR_DOMAIN,
        "wick_stan_csv_adapted: element 1 of the inverse metric for schools_3.csv is nan, need a "
        "finite number");
    wick_stan_csv_adapted(t.csv, 0.169, 3, INVERSE_METRIC);
    assert_adapted_fails(&t, 0.169, 3, INVERSE_METRIC, WICK_ERR_STATE,
        "wick_stan_csv_adapted: it was called for schools_3.csv already");
    for (size_t i = 0; i < 3; i++)
        wick_stan_csv_row(t.csv, &DRAWS[i]);
    assert_closes_as_expected(&t);
}
END_TEST

START_TEST(a_row_with_an_error_is_not_in_the_file)
{
    target t = target_new();
    wick_stan_draw draw = DRAWS[0];

    assert_row_fails(&t, &draw, WICK_ERR_STATE,
        "wick_stan_csv_row: got a row of the warm-up for schools_3.csv, need .save_warmup for it; "
        "draws come after wick_stan_csv_adapted");
    wick_stan_csv_adapted(t.csv, 0.169, 3, INVERSE_METRIC);
    wick_stan_csv_row(t.csv, &DRAWS[0]);
    draw.n = COLUMNS - 1;
    assert_row_fails(
        &t, &draw, WICK_ERR_SHAPE, "wick_stan_csv_row: got 6 values for schools_3.csv, need 7");
    draw.n = COLUMNS + 1;
    assert_row_fails(
        &t, &draw, WICK_ERR_SHAPE, "wick_stan_csv_row: got 8 values for schools_3.csv, need 7");
    draw.values = NULL;
    assert_row_fails(
        &t, &draw, WICK_ERR_ARGUMENT, "wick_stan_csv_row: no values for schools_3.csv");
    assert_row_fails(&t, NULL, WICK_ERR_ARGUMENT, "wick_stan_csv_row: no draw for schools_3.csv");
    wick_stan_csv_row(t.csv, &DRAWS[1]);
    wick_stan_csv_row(t.csv, &DRAWS[2]);
    assert_row_fails(&t, &DRAWS[2], WICK_ERR_STATE,
        "wick_stan_csv_row: got row 4 of the draws for schools_3.csv, need at most 3 (num_samples "
        "5, "
        "thin 2)");
    assert_closes_as_expected(&t);
}
END_TEST

START_TEST(more_rows_of_the_warm_up_than_planned_are_an_error)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"),
        &(wick_stan_csv_options){ .num_warmup = 1, .save_warmup = true });

    wick_stan_csv_row(csv, &DRAWS[0]);
    wick_stan_csv_row(csv, &DRAWS[0]);
    assert_message(w, &dir, WICK_ERR_STATE,
        "wick_stan_csv_row: got row 2 of the warm-up for x.csv, need at most 1 (num_warmup 1, thin "
        "1)");
    ck_assert(!wick_stan_csv_close(csv, 0.0, 0.0));
    assert_message(w, &dir, WICK_ERR_STATE,
        "wick_stan_csv_close: wick_stan_csv_adapted was not called for x.csv, need it once");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(nothing_is_done_without_a_handle_or_after_an_error)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_stan_csv *csv = begin(w, scratch_path(&dir, "x.csv"), &OPTIONS);

    ck_assert_ptr_null(begin(NULL, dir.path, &OPTIONS));
    wick_stan_csv_row(NULL, &DRAWS[0]);
    wick_stan_csv_adapted(NULL, 0.5, 3, INVERSE_METRIC);
    ck_assert(!wick_stan_csv_close(NULL, 0.0, 0.0));

    wick_stan_csv_row(csv, NULL);
    wick_stan_csv_row(csv, &DRAWS[1]);
    wick_stan_csv_adapted(csv, -1.0, 3, INVERSE_METRIC);
    ck_assert_uint_eq(wick_stan_csv_nonfinite(csv), 0);
    ck_assert_ptr_null(begin(w, dir.path, &OPTIONS));
    ck_assert(!wick_stan_csv_close(csv, 0.0, 0.0));
    assert_message(w, &dir, WICK_ERR_ARGUMENT, "wick_stan_csv_row: no draw for x.csv");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- disk and memory ------------------------------------------------------------------------- */

START_TEST(a_place_that_cannot_be_written_is_an_error_with_its_path)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    write_bytes(scratch_path(&dir, "file"), "x", 1);
    ck_assert_ptr_null(begin(w, scratch_path(&dir, "file/x.csv"), &OPTIONS));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_stan_csv_new: cannot make the directory file: File exists; choose a place that can "
        "be "
        "written");
    ck_assert_int_eq(mkdir(scratch_path(&dir, "x.csv.tmp"), 0777), 0);
    ck_assert_ptr_null(begin(w, scratch_path(&dir, "x.csv"), &OPTIONS));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_stan_csv_new: cannot write x.csv: Is a directory; choose a place that can be "
        "written");
    ck_assert_int_eq(mkdir(scratch_path(&dir, "y.csv"), 0777), 0);
    ck_assert(!write_all(w, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_stan_csv_close: cannot write y.csv: Is a directory; choose a place that can be "
        "written");
    ck_assert_int_eq(count_files(dir.directory), 3);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

static void limit_files(rlim_t bytes, struct rlimit *before)
{
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, before), 0);
    const struct rlimit less = { .rlim_cur = bytes, .rlim_max = before->rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
}

/* The disk is full at some row, which is told; clearing the error does not bring the row back. */
START_TEST(a_disk_that_fills_up_leaves_the_old_file_as_it_was)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    struct rlimit before;
    int rows = 0;

    ck_assert(write_all(w, scratch_path(&dir, "schools_3.csv")));
    wick_stan_csv *csv = begin(w, dir.path, &(wick_stan_csv_options){ .num_samples = 100000 });
    wick_stan_csv_adapted(csv, 0.25, 3, INVERSE_METRIC);
    limit_files(100000, &before);
    for (; rows < 100000 && wick_status(w) == WICK_OK; rows++)
        wick_stan_csv_row(csv, &DRAWS[0]);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_lt(rows, 5000);
    ck_assert_int_eq(wick_status(w), WICK_ERR_IO);
    assert_contains(wick_message(w), "wick_stan_csv_row: cannot write ");
    wick_clear(w);
    ck_assert(!wick_stan_csv_close(csv, 0.0, 0.0));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_stan_csv_close: rows of schools_3.csv could not be written before");
    assert_expected(dir.path);
    ck_assert_int_eq(count_files(dir.directory), 1);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* What did not get into memory is given again, and succeeds. */
static bool write_stubbornly(wick *w, const char *path, int *errors)
{
    wick_stan_csv *csv = begin(w, path, &OPTIONS);
    const int calls = csv ? 4 : 0;

    for (int i = 0; i < calls; i++)
        for (int again = 0; again < 2; again++) {
            if (i == 0)
                wick_stan_csv_adapted(csv, 0.169, 3, INVERSE_METRIC);
            else
                wick_stan_csv_row(csv, &DRAWS[i - 1]);
            if (wick_status(w) != WICK_ERR_MEMORY)
                break;
            (*errors)++;
            wick_clear(w);
        }
    return wick_stan_csv_close(csv, 0.0126, 62.0);
}

START_TEST(every_allocation_that_fails_is_an_error_without_a_leak)
{
    scratch dir = scratch_new();
    memory m = { 0 };
    wick_options options = memory_options(&m, 7);
    wick *w = wick_new(&options);
    int errors = 0;

    ck_assert(write_stubbornly(w, scratch_path(&dir, "schools_3.csv"), &errors));
    wick_free(w);
    remove(dir.path);
    const size_t calls = m.calls;
    ck_assert_uint_gt(calls, 5);
    for (size_t i = 2; i <= calls; i++) {
        m = (memory){ .fail_at = i };
        w = wick_new(&options);
        errors = 0;
        const bool written = write_stubbornly(w, dir.path, &errors);
        ck_assert(written == (errors == 1));
        ck_assert(written || wick_status(w) == WICK_ERR_MEMORY);
        if (written)
            assert_expected(dir.path);
        ck_assert_int_eq(count_files(dir.directory), written);
        remove(dir.path);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stan_csv_errors");
    TCase *errors = tcase_create("errors"), *resources = tcase_create("resources");

    tcase_add_test(errors, names_that_stan_does_not_have_are_errors);
    tcase_add_test(errors, arguments_that_no_file_can_be_made_of_are_errors);
    tcase_add_test(errors, variables_with_too_many_elements_together_are_an_error);
    tcase_add_test(errors, options_that_readers_would_not_understand_are_errors);
    tcase_add_test(errors, an_adaptation_with_an_error_is_not_in_the_file);
    tcase_add_test(errors, a_row_with_an_error_is_not_in_the_file);
    tcase_add_test(errors, more_rows_of_the_warm_up_than_planned_are_an_error);
    tcase_add_test(errors, nothing_is_done_without_a_handle_or_after_an_error);
    suite_add_tcase(suite, errors);
    tcase_add_test(resources, a_place_that_cannot_be_written_is_an_error_with_its_path);
    tcase_add_test(resources, a_disk_that_fills_up_leaves_the_old_file_as_it_was);
    tcase_add_test(resources, every_allocation_that_fails_is_an_error_without_a_leak);
    suite_add_tcase(suite, resources);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
