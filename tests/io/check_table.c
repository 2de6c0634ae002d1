/* Tables: written and read back, from files and pipes, and when things fail. */
#include <wick/extend.h>

#include <float.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/philox.h"
#include "tests/data/npy.h"
#include "tests/io/tables.h"
#include "tests/support/memory.h"

static const uint64_t SEED = 0xbe5466cf34e90c6cu;

static double VALUES[] = { 0.1, -0.0, 1.0 / 3.0, 12345678.0, DBL_MAX, -DBL_MIN, 0x1p-1074,
    6.02214076e23, NAN, INFINITY, -INFINITY, 9007199254740993.0 };

static const char *const NAMES[] = { "height", "a,b", " \"quoted\" ", "" };

static const wick_table TABLE = { .rows = 3, .columns = 4, .values = VALUES, .names = NAMES };

static void assert_file(const char *path, const char *bytes, size_t n)
{
    char *text = read_file(path);
    struct stat status;

    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq((size_t)status.st_size, n);
    ck_assert_msg(memcmp(text, bytes, n) == 0, "%s", text);
    free(text);
}

/* --- writing --------------------------------------------------------------------------------- */

/* The shortest digits are those of Python's repr, but for 2^-1074 (15 digits). */
START_TEST(text_has_names_quoted_where_they_must_be_and_numbers_that_others_read)
{
    static const char CSV[] =
        "height,\"a,b\",\" \"\"quoted\"\" \",\"\"\n"
        "0.1,-0,0.3333333333333333,12345678\n"
        "1.7976931348623157e308,-2.2250738585072014e-308,4.94065645841247e-324,6.02214076e23\n"
        "NaN,Inf,-Inf,9007199254740992\n";
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    char tsv[sizeof CSV];

    ck_assert(wick_table_write(w, scratch_path(&dir, "new/deep/x.csv"), &TABLE));
    assert_file(dir.path, BYTES(CSV));

    memcpy(tsv, CSV, sizeof tsv);
    for (char *p = tsv; *p; p++)
        if (*p == ',' && !(p[-1] == 'a' && p[1] == 'b'))
            *p = '\t';
    ck_assert(wick_table_write(w, scratch_path(&dir, "x.tsv"), &TABLE));
    assert_file(dir.path, tsv, sizeof tsv - 1);
    ck_assert_int_eq(count_files(dir.directory), 2);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(npy_has_the_bytes_that_numpy_writes)
{
    double values[] = { 1.5, -2.25, 3e300, 0.1, -0.0, 0x1p-1074 };
    const wick_table table = { .rows = 2, .columns = 3, .values = values };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_str_eq(NPY_FILES[0].name, "f8");
    ck_assert(wick_table_write(w, scratch_path(&dir, "x.npy"), &table));
    assert_file(dir.path, NPY_FILES[0].bytes, NPY_FILES[0].size);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

static const char *const FORMATS[] = { "x.csv", "x.tsv", "x.npy", "x" };

START_TEST(what_was_written_is_read_as_the_same_doubles)
{
    enum { ROWS = 1500, COLUMNS = 7 };
    const wick_table_options options = { .missing = true };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_stream s = wicki_stream_new(SEED, 3, 1);
    double *values = malloc(ROWS * COLUMNS * sizeof *values);

    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        const uint64_t bits = (uint64_t)(wicki_uniform(&s) * 4294967296.0) << 32 |
            (uint64_t)(wicki_uniform(&s) * 4294967296.0);
        memcpy(values + i, &bits, sizeof bits);
        if (i % 3 == 0 || isnan(values[i]))
            values[i] = 1000.0 * wicki_normal(&s);
    }
    const wick_table table = { .rows = ROWS, .columns = COLUMNS, .values = values };
    ck_assert(wick_table_write(w, scratch_path(&dir, FORMATS[_i]), &table));
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, ROWS, COLUMNS);
    ck_assert_mem_eq(t->values, values, ROWS * COLUMNS * sizeof *values);
    wick_table_free(t);

    ck_assert(wick_table_write(w, dir.path, &TABLE));
    t = wick_table_read(w, dir.path, &options);
    assert_table(w, t, 3, 4);
    assert_numbers(t->values, VALUES, 12);
    ck_assert(signbit(t->values[1]));
    ck_assert_int_eq(t->names == NULL, _i == 2);
    for (size_t j = 0; t->names && j < 4; j++)
        ck_assert_str_eq(t->names[j], NAMES[j]);
    wick_table_free(t);
    free(values);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(the_decimal_point_is_a_point_in_every_locale)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    double values[] = { 1.5, -0.1 };
    const wick_table table = { .rows = 1, .columns = 2, .values = values };

    if (!set_comma_locale(&dir))
        fputs("no locale with a decimal comma: not tried\n", stderr);
    ck_assert(wick_table_write(w, scratch_path(&dir, "x.csv"), &table));
    assert_file(dir.path, BYTES("1.5,-0.1\n"));
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, 1, 2);
    assert_numbers(t->values, values, 2);
    wick_table_free(t);
    wick_free(w);
    setlocale(LC_ALL, "C");
    scratch_remove(dir.directory);
}
END_TEST

/* --- names ----------------------------------------------------------------------------------- */

START_TEST(columns_are_found_by_name)
{
    wick_table none = { .rows = 0, .columns = 3 };

    ck_assert_uint_eq(wick_table_find(&TABLE, "a,b"), 1);
    ck_assert_uint_eq(wick_table_find(&TABLE, ""), 3);
    ck_assert_uint_eq(wick_table_find(&TABLE, "weight"), 4);
    ck_assert_uint_eq(wick_table_find(&TABLE, NULL), 4);
    ck_assert_uint_eq(wick_table_find(&none, "height"), 3);
    ck_assert_uint_eq(wick_table_find(NULL, "height"), 0);
    ck_assert_str_eq(wick_table_name(&TABLE, 0), "height");
    ck_assert_ptr_null(wick_table_name(&TABLE, 4));
    ck_assert_ptr_null(wick_table_name(&none, 0));
    ck_assert_ptr_null(wick_table_name(NULL, 0));
    const wick_table nameless = { .columns = 2, .names = (const char *const[]){ NULL, "x" } };
    ck_assert_uint_eq(wick_table_find(&nameless, "x"), 1);
}
END_TEST

/* --- where it comes from --------------------------------------------------------------------- */

/* Standard input is what a child writes into a pipe, piece by piece. */
static pid_t pipe_in(const char *bytes, size_t n, size_t piece)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        while (n > 0) {
            const size_t m = piece < n ? piece : n;
            if (write(ends[1], bytes, m) != (ssize_t)m)
                _exit(1);
            bytes += m;
            n -= m;
        }
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return child;
}

static void assert_done(pid_t child)
{
    int status;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(standard_input_may_be_a_pipe_with_text)
{
    enum { ROWS = 60000 };
    char *text = malloc(ROWS * 16);
    size_t n = 0, wrong = 0;
    wick *w = wick_new(NULL);

    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < ROWS; i++)
        n += (size_t)snprintf(text + n, 16, "%d,%d.5\n", i, i % 100);
    const pid_t child = pipe_in(text, n, 777);
    wick_table *t = wick_table_read(w, "-", NULL);
    assert_table(w, t, ROWS, 2);
    for (size_t i = 0; i < ROWS; i++)
        wrong += t->values[2 * i] != (double)i || t->values[2 * i + 1] != (double)(i % 100) + 0.5;
    ck_assert_uint_eq(wrong, 0);
    assert_done(child);
    wick_table_free(t);
    wick_free(w);
    free(text);
}
END_TEST

START_TEST(standard_input_may_be_a_pipe_with_an_array)
{
    const struct npy_file *f = &NPY_FILES[0];
    wick *w = wick_new(NULL);
    pid_t child = pipe_in(f->bytes, f->size, 13);
    wick_table *t = wick_table_read(w, "-", NULL);

    assert_table(w, t, 2, 3);
    ck_assert_double_eq(t->values[2], 3e300);
    assert_done(child);
    wick_table_free(t);

    child = pipe_in(f->bytes, f->size - 1, 13);
    ck_assert_ptr_null(wick_table_read(w, "-", NULL));
    ck_assert_str_eq(wick_message(w),
        "standard input: the file is too short for 2 times 3 items of 8 bytes; save it again");
    assert_done(child);
    wick_clear(w);

    child = pipe_in(f->bytes, f->size + 1, 13); /* the zero of the string */
    ck_assert_ptr_null(wick_table_read(w, "-", NULL));
    ck_assert_str_eq(wick_message(w),
        "standard input: the file is too long for 2 times 3 items of 8 bytes; save it again");
    assert_done(child);
    wick_free(w);
}
END_TEST

/* --- what fails ------------------------------------------------------------------------------ */

START_TEST(a_file_that_cannot_be_read_is_an_error_with_the_reason)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_table_read(w, scratch_path(&dir, "none.csv"), NULL));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_table_read: cannot open none.csv: No such file or directory; need a file that can be "
        "read");
    ck_assert_ptr_null(wick_table_read(w, scratch_path(&dir, "."), NULL));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_table_read: cannot read .: Is a directory; need a file that can be read");
    ck_assert_ptr_null(wick_table_read(w, NULL, NULL));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_read: no path, need that of a file, or \"-\"");
    ck_assert_ptr_null(wick_table_read(w, "", NULL));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_read: no path, need that of a file, or \"-\"");
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_table_or_place_that_cannot_be_written_is_an_error)
{
    const wick_table empty = { .rows = 3 }, hollow = { .rows = 3, .columns = 2 };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert(!wick_table_write(w, NULL, &TABLE));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_write: the path is NULL, need that of a file");
    ck_assert(!wick_table_write(w, "", &TABLE));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_write: the path is empty, need that of a file");
    ck_assert(!wick_table_write(w, "-", &TABLE));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_write: the path is \"-\", need that of a file");
    ck_assert(!wick_table_write(w, "x.csv", NULL));
    assert_message(w, &dir, WICK_ERR_ARGUMENT, "wick_table_write: the table for x.csv is NULL");
    ck_assert(!wick_table_write(w, "x.csv", &empty));
    assert_message(
        w, &dir, WICK_ERR_ARGUMENT, "wick_table_write: the table for x.csv has no columns");
    ck_assert(!wick_table_write(w, "x.csv", &hollow));
    assert_message(w, &dir, WICK_ERR_ARGUMENT,
        "wick_table_write: the table for x.csv has 3 rows, but no values");
    ck_assert(!wick_table_write(w, "/dev/null/x.csv", &TABLE));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_table_write: cannot make the directory /dev/null: File exists; choose a place "
        "that can be written");
    ck_assert_int_eq(mkdir(scratch_path(&dir, "x.csv.tmp"), 0777), 0);
    ck_assert(!wick_table_write(w, scratch_path(&dir, "x.csv"), &TABLE));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_table_write: cannot write x.csv: Is a directory; choose a place that can be written");
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_disk_that_fills_up_leaves_the_old_file_as_it_was)
{
    enum { ROWS = 20000 };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    double *values = calloc(ROWS, sizeof *values);
    const wick_table small = { .rows = 1, .columns = 1, .values = values };
    const wick_table large = { .rows = ROWS, .columns = 1, .values = values };
    struct rlimit limit;

    ck_assert_ptr_nonnull(values);
    ck_assert(wick_table_write(w, scratch_path(&dir, "x.npy"), &small));
    char *before = read_file(dir.path);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit less = { .rlim_cur = 100000, .rlim_max = limit.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
    ck_assert(!wick_table_write(w, dir.path, &large));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(wick_status(w), WICK_ERR_IO);
    assert_contains(wick_message(w), "wick_table_write: cannot write ");
    assert_file(dir.path, before, 136);
    ck_assert_int_eq(count_files(dir.directory), 1);
    free(before);
    free(values);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(nothing_is_done_without_a_handle_or_after_an_error)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_table_read(NULL, "x.csv", NULL));
    ck_assert(!wick_table_write(NULL, scratch_path(&dir, "x.csv"), &TABLE));
    wick_table_free(NULL);
    wick_fail(w, WICK_ERR_STATE, "a test failed it");
    ck_assert_ptr_null(wick_table_read(w, dir.path, NULL));
    ck_assert(!wick_table_write(w, dir.path, &TABLE));
    ck_assert_str_eq(wick_message(w), "a test failed it");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- memory ---------------------------------------------------------------------------------- */

/* Does it with each request for memory failing in turn, until none does. */
static size_t fail_each(bool (*work)(wick *w, const char *path), const char *path)
{
    for (size_t n = 1;; n++) {
        memory m = { 0 };
        const wick_options options = memory_options(&m, SEED);
        wick *w = wick_new(&options);
        const size_t blocks = m.blocks;
        m.fail_at = m.calls + n;
        const bool good = work(w, path);
        ck_assert_uint_eq(m.blocks, blocks);
        ck_assert_int_eq(wick_status(w), good ? WICK_OK : WICK_ERR_MEMORY);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
        if (good)
            return n - 1;
    }
}

static bool read_all(wick *w, const char *path)
{
    wick_table *t = wick_table_read(w, path, &(wick_table_options){ .missing = true });
    const bool good = t != NULL;

    wick_table_free(t);
    return good;
}

static bool write_all(wick *w, const char *path)
{
    return wick_table_write(w, path, &TABLE);
}

START_TEST(no_memory_is_an_error_that_leaks_nothing)
{
    scratch dir = scratch_new();
    const char *path = scratch_path(&dir, FORMATS[_i]);

    ck_assert_uint_ge(fail_each(write_all, path), 3);
    ck_assert_int_eq(count_files(dir.directory), 1);
    ck_assert_uint_ge(fail_each(read_all, path), 4);
    scratch_remove(dir.directory);
}
END_TEST

/* Longer than a buffer, which has to grow then. */
START_TEST(no_memory_for_a_long_line_is_an_error_that_leaks_nothing)
{
    enum { LENGTH = 700000 };
    scratch dir = scratch_new();
    char *line = malloc(LENGTH);

    ck_assert_ptr_nonnull(line);
    memset(line, ' ', LENGTH);
    line[0] = '1';
    line[LENGTH - 1] = '2';
    write_bytes(scratch_path(&dir, "x.csv"), line, LENGTH);
    ck_assert_uint_ge(fail_each(read_all, dir.path), 7);
    free(line);
    scratch_remove(dir.directory);
}
END_TEST

static bool fail_to_read(wick *w, const char *path)
{
    wick_table *t = wick_table_read(w, path, NULL);

    ck_assert_ptr_null(t);
    if (wick_status(w) == WICK_ERR_MEMORY)
        return false;
    wick_clear(w);
    return true;
}

START_TEST(an_error_without_memory_for_its_message_leaks_nothing)
{
    scratch dir = scratch_new();

    write_bytes(scratch_path(&dir, "x.csv"), BYTES("x,y\n1,2\n3,four\n"));
    ck_assert_uint_ge(fail_each(fail_to_read, dir.path), 6);
    write_bytes(dir.path, BYTES("x,y\n1,\"2\"3\n"));
    ck_assert_uint_ge(fail_each(fail_to_read, dir.path), 6);
    write_bytes(dir.path, NPY_FILES[0].bytes, 40);
    ck_assert_uint_ge(fail_each(fail_to_read, dir.path), 2);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *writing = tcase_create("writing"), *reading = tcase_create("reading");
    TCase *failing = tcase_create("failing");

    tcase_add_test(writing, text_has_names_quoted_where_they_must_be_and_numbers_that_others_read);
    tcase_add_test(writing, npy_has_the_bytes_that_numpy_writes);
    tcase_add_loop_test(writing, what_was_written_is_read_as_the_same_doubles, 0, 4);
    tcase_add_test(writing, the_decimal_point_is_a_point_in_every_locale);
    tcase_add_test(reading, columns_are_found_by_name);
    tcase_add_test(reading, standard_input_may_be_a_pipe_with_text);
    tcase_add_test(reading, standard_input_may_be_a_pipe_with_an_array);
    tcase_add_test(failing, a_file_that_cannot_be_read_is_an_error_with_the_reason);
    tcase_add_test(failing, a_table_or_place_that_cannot_be_written_is_an_error);
    tcase_add_test(failing, a_disk_that_fills_up_leaves_the_old_file_as_it_was);
    tcase_add_test(failing, nothing_is_done_without_a_handle_or_after_an_error);
    tcase_add_loop_test(failing, no_memory_is_an_error_that_leaks_nothing, 0, 4);
    tcase_add_test(failing, no_memory_for_a_long_line_is_an_error_that_leaks_nothing);
    tcase_add_test(failing, an_error_without_memory_for_its_message_leaks_nothing);
    suite_add_tcase(suite, writing);
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, failing);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
