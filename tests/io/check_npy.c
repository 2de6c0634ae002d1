/* Tables out of NPY files. */
#include "base/philox.h"
#include "tests/data/npy.h"
#include "tests/io/tables.h"
#include "tests/support/memory.h"

enum { MAX_VALUES = 6, N_FILES = sizeof NPY_FILES / sizeof *NPY_FILES, FUZZ = 2500 };

static const uint64_t SEED = 0x082efa98ec4e6c89u;

/* With 32 bits, sizes that do not fit are told as the largest. */
#if SIZE_MAX > UINT32_MAX
#define WITHIN(size) size
#define SHORT_OF "the file is too short for"
#else
#define WITHIN(size) "4294967295"
#define SHORT_OF "no memory has"
#endif

static const struct npy_file *find_file(const char *name)
{
    for (size_t i = 0; i < N_FILES; i++)
        if (strcmp(NPY_FILES[i].name, name) == 0)
            return &NPY_FILES[i];
    ck_abort_msg("no file %s", name);
    return NULL;
}

static void write_npy(const char *path, const char *text, const char *data)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    fprintf(file, "\x93NUMPY%c%c%c%c%s%s", 1, 0, (int)strlen(text), 0, text, data);
    fclose(file);
}

/* --- what is read ---------------------------------------------------------------------------- */

/* The arrays of tests/oracle/npy.py. float32 of -0.1 is -13421773 / 2^27; of 3e38 and 1e-45, the
 * multiples of 2^104 and 2^-149 that are nearest. 2^53 + 1 and 2^64 - 1 are rounded. */
static const struct {
    const char *name;
    size_t rows, columns;
    double values[MAX_VALUES];
} GOOD[] = {
    { "f8", 2, 3, { 1.5, -2.25, 3e300, 0.1, -0.0, 0x1p-1074 } },
    { "f8_fortran", 2, 3, { 1.5, -2.25, 3e300, 0.1, -0.0, 0x1p-1074 } },
    { "f8_big", 2, 3, { 1.5, -2.25, 3e300, 0.1, -0.0, 0x1p-1074 } },
    { "f8_format_2", 1, 2, { 1.5, -2.25 } },
    { "f8_format_3", 1, 2, { 1.5, -2.25 } },
    { "f8_no_rows", 0, 3, { 0 } },
    { "f4", 2, 2, { 1.5, -13421773 * 0x1p-27, 14791142 * 0x1p104, 0x1p-149 } },
    { "f4_big_fortran", 2, 2, { 1.5, -13421773 * 0x1p-27, 14791142 * 0x1p104, 0x1p-149 } },
    { "b1", 3, 1, { 1, 0, 1 } },
    { "i1", 3, 1, { -128, 127, -5 } },
    { "u1", 3, 1, { 0, 255, 7 } },
    { "i2", 2, 1, { -32768, 513 } },
    { "i2_big", 2, 1, { -32768, 513 } },
    { "u2", 2, 1, { 65535, 513 } },
    { "u2_big", 2, 1, { 65535, 513 } },
    { "i4", 2, 1, { -0x1p31, 66051 } },
    { "i4_big", 2, 1, { -0x1p31, 66051 } },
    { "u4", 2, 1, { 0x1p32 - 1, 66051 } },
    { "u4_big", 2, 1, { 0x1p32 - 1, 66051 } },
    { "i8", 3, 1, { -0x1p63, 0x1p53, -7 } },
    { "i8_big", 3, 1, { -0x1p63, 0x1p53, -7 } },
    { "u8", 3, 1, { 0x1p64, 0x1p63, 7 } },
    { "u8_big", 3, 1, { 0x1p64, 0x1p63, 7 } },
};

START_TEST(an_array_of_numpy_is_read_with_its_values)
{
    const struct npy_file *f = find_file(GOOD[_i].name);
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_table *t = read_bytes(w, &dir, "x.npy", f->bytes, f->size, NULL);

    assert_table(w, t, GOOD[_i].rows, GOOD[_i].columns);
    ck_assert_mem_eq(t->values, GOOD[_i].values, t->rows * t->columns * sizeof(double));
    ck_assert_ptr_null(t->names);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(columns_of_an_array_are_chosen_by_number)
{
    static const char *const WHICH[] = { "3", "1" };
    static const char *const FILES[] = { "f8", "f8_fortran", "f8_big" };
    static const double WANT[] = { 3e300, 1.5, 0x1p-1074, 0.1 };
    const wick_table_options options = { .columns = WHICH, .n_columns = 2 };
    const struct npy_file *f = find_file(FILES[_i]);
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_table *t = read_bytes(w, &dir, "x.npy", f->bytes, f->size, &options);

    assert_table(w, t, 2, 2);
    assert_numbers(t->values, WANT, 4);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_nan_is_a_missing_value)
{
    static const double WANT[] = { 1.5, 2.5, 3.5, NAN };
    const struct npy_file *f = find_file("f8_nan");
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(read_bytes(w, &dir, "x.npy", f->bytes, f->size, NULL));
    assert_message(w, &dir, WICK_ERR_IO,
        "x.npy: row 2, column 2 is NaN, a missing value; fill it in, leave the row out, or allow "
        "missing values");
    wick_table *t =
        read_bytes(w, &dir, "x.npy", f->bytes, f->size, &(wick_table_options){ .missing = true });
    assert_table(w, t, 2, 2);
    assert_numbers(t->values, WANT, 4);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

#define TRUE_HEAD "{'descr': '<i4', 'fortran_order': True, 'shape': (30011, 3)}"
#define FALSE_HEAD "{'descr': '<i4', 'fortran_order': False, 'shape': (30011, 3)}"

/* Larger than the buffer: row i of column j is 10 i + j. */
START_TEST(an_array_of_many_blocks_is_read_in_either_order)
{
    enum { ROWS = 30011, COLUMNS = 3 };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    size_t wrong = 0;

    write_npy(scratch_path(&dir, "x.npy"), _i ? TRUE_HEAD : FALSE_HEAD, "");
    FILE *file = fopen(dir.path, "ab");
    ck_assert_ptr_nonnull(file);
    for (int k = 0; k < ROWS * COLUMNS; k++) {
        const int x = _i ? 10 * (k % ROWS) + k / ROWS : 10 * (k / COLUMNS) + k % COLUMNS;
        const char bytes[4] = { (char)(x & 0xff), (char)(x >> 8 & 0xff), (char)(x >> 16), 0 };
        fwrite(bytes, 1, 4, file);
    }
    fclose(file);
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, ROWS, COLUMNS);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            wrong += t->values[COLUMNS * i + j] != (double)(10 * i + j);
    ck_assert_uint_eq(wrong, 0);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- what is said of others ------------------------------------------------------------------ */

static const struct {
    const char *name, *message;
} UNSUPPORTED[] = {
    { "object", "x.npy: dtype '|O' is not supported; save float64 with allow_pickle=False" },
    { "complex", "x.npy: dtype '<c16' is not supported; save float64" },
    { "text", "x.npy: dtype '<U2' is not supported; save float64" },
    { "half", "x.npy: dtype '<f2' is not supported; save float64" },
    { "records", "x.npy: an array of records is not supported; save float64" },
    { "axes_0", "x.npy: 0 axes, need 1 or 2; reshape the array" },
    { "axes_3", "x.npy: 3 axes, need 1 or 2; reshape the array" },
    { "no_columns", "x.npy: the array has no columns" },
};

START_TEST(an_array_that_is_no_table_is_an_error)
{
    const struct npy_file *f = find_file(UNSUPPORTED[_i].name);
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(read_bytes(w, &dir, "x.npy", f->bytes, f->size, NULL));
    assert_message(w, &dir, WICK_ERR_IO, UNSUPPORTED[_i].message);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

#define NOT_NPY "x.npy: the header is not one of NPY; write the file again with numpy.save"

/* The text of a header and what follows it, behind magic bytes and a length that fits. */
static const struct {
    const char *text, *data, *message;
} BROKEN[] = {
    { "{}", "", NOT_NPY },
    { "[]", "", NOT_NPY },
    { "", "12345678", NOT_NPY },
    { "{'descr': '<f8'}", "12345678", NOT_NPY },
    { "{'descr': '<f8, }", "", NOT_NPY },
    { "{'descr' '<f8',}", "", NOT_NPY },
    { "{'descr': <f8}", "", NOT_NPY },
    { "{'shape': 3}", "", NOT_NPY },
    { "{'shape': (-3)}", "", NOT_NPY },
    { "{'shape': (3 4)}", "", NOT_NPY },
    { "{'shape': (3", "", NOT_NPY },
    { "{'fortran_order': 0}", "", NOT_NPY },
    { "{'shape': (1,), 'shape': (1,)}", "", NOT_NPY },
    { "{'x': 1}", "", NOT_NPY },
    { "{'descr':'<f8','fortran_order':False,'shape':(1,)}", "1234567",
        "x.npy: the file is too short for 1 times 1 items of 8 bytes; save it again" },
    { "{'descr':'<f8','fortran_order':False,'shape':(1,)}", "123456789",
        "x.npy: the file is too long for 1 times 1 items of 8 bytes; save it again" },
    { "{'descr':'>i2','fortran_order':False,'shape':(999999999,11)}", "1234567",
        "x.npy: " SHORT_OF " 999999999 times 11 items of 2 bytes; save it again" },
    { "{'descr':'|u1','fortran_order':False,'shape':(9999999999999,9999999)}", "1",
        "x.npy: no memory has " WITHIN(
            "9999999999999") " times 9999999 items of 1 bytes; save it again" },
};

START_TEST(a_broken_file_is_an_error_that_says_what_is_wrong)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    write_npy(scratch_path(&dir, "x.npy"), BROKEN[_i].text, BROKEN[_i].data);
    ck_assert_ptr_null(wick_table_read(w, dir.path, NULL));
    assert_message(w, &dir, WICK_ERR_IO, BROKEN[_i].message);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

static const struct {
    const char *bytes;
    size_t n;
    const char *message;
} CUT[] = {
    { BYTES("\x93NUMPY"), "x.npy: the file ends in its header" },
    { BYTES("\x93NUMPY\1\0v\0{'descr': '<f8'"), "x.npy: the file ends in its header" },
    { BYTES("\x93NUMPY\2\0v\0\0\0{'descr': '<f8'"), "x.npy: the file ends in its header" },
    { BYTES("\x93NUMPY\4\0\1\0\0\0\0\0\0\0"), "x.npy: NPY format 4, need 1 to 3" },
    { BYTES("\x93NUMPX\1\0v\0{}"),
        "x.npy:1: column 1: a zero byte is in it; save the file as UTF-8 text" },
};

START_TEST(a_file_that_is_cut_off_or_of_another_kind_is_an_error)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(read_bytes(w, &dir, "x.npy", CUT[_i].bytes, CUT[_i].n, NULL));
    assert_message(w, &dir, WICK_ERR_IO, CUT[_i].message);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(an_array_without_data_cannot_ask_for_any_memory)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    write_npy(scratch_path(&dir, "x.npy"),
        "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 123456789012), }", "");
    ck_assert_ptr_null(wick_table_read(w, dir.path, NULL));
    assert_message(w, &dir, WICK_ERR_LIMIT,
        "x.npy: " WITHIN("123456789012") " columns, need at most 16777216; transpose the array");
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_column_that_is_not_there_is_an_error)
{
    static const char *const NUMBER[] = { "4" }, *const NAME[] = { "x" };
    const struct npy_file *f = find_file("f8");
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    read_bytes(w, &dir, "x.npy", f->bytes, f->size,
        &(wick_table_options){ .columns = NUMBER, .n_columns = 1 });
    assert_message(
        w, &dir, WICK_ERR_NAME, "wick_table_read: x.npy has no column 4, need a number up to 3");
    read_bytes(w, &dir, "x.npy", f->bytes, f->size,
        &(wick_table_options){ .columns = NAME, .n_columns = 1 });
    assert_message(w, &dir, WICK_ERR_NAME,
        "wick_table_read: x.npy has no column 'x', since it has no names; need a number");
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- fuzz ------------------------------------------------------------------------------------ */

static size_t random_below(wicki_stream *s, size_t n)
{
    return (size_t)(wicki_uniform(s) * (double)n);
}

/* One of the files with some bytes changed, most of them of the header, or cut off. */
static size_t mutate(wicki_stream *s, char *to)
{
    static const char BYTES_THAT_MATTER[] = "{}()[]':,<>|=biuf124890O \nTrueFals\x93\1\2\3\0\xff";
    const struct npy_file *f = &NPY_FILES[random_below(s, N_FILES)];

    memcpy(to, f->bytes, f->size);
    for (size_t k = 1 + random_below(s, 3); k > 0; k--) {
        const size_t at = 6 + random_below(s, random_below(s, 4) ? 64 : f->size - 6);
        to[at] = BYTES_THAT_MATTER[random_below(s, sizeof BYTES_THAT_MATTER - 1)];
    }
    return random_below(s, 8) ? f->size : random_below(s, f->size);
}

START_TEST(any_bytes_are_either_a_table_or_an_error)
{
    scratch dir = scratch_new();
    wicki_stream s = wicki_stream_new(SEED, 11, 1);
    memory m = { 0 };
    const wick_options options = memory_options(&m, SEED);
    wick *w = wick_new(&options);
    const size_t blocks = m.blocks;
    size_t tables = 0;

    for (int i = 0; i < FUZZ; i++) {
        char bytes[512];
        const size_t n = mutate(&s, bytes);
        wick_table *t =
            read_bytes(w, &dir, "x.npy", bytes, n, &(wick_table_options){ .missing = i % 2 == 0 });
        ck_assert_int_eq(t != NULL, wick_status(w) == WICK_OK);
        if (!t)
            assert_contains(wick_message(w), "x.npy");
        tables += t != NULL;
        wick_table_free(t);
        wick_clear(w);
        ck_assert_uint_eq(m.blocks, blocks);
    }
    ck_assert_uint_gt(tables, FUZZ / 20);
    ck_assert_uint_lt(tables, FUZZ - FUZZ / 10);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("npy");
    TCase *good = tcase_create("good"), *bad = tcase_create("bad");

    tcase_add_loop_test(
        good, an_array_of_numpy_is_read_with_its_values, 0, (int)(sizeof GOOD / sizeof *GOOD));
    tcase_add_loop_test(good, columns_of_an_array_are_chosen_by_number, 0, 3);
    tcase_add_test(good, a_nan_is_a_missing_value);
    tcase_add_loop_test(good, an_array_of_many_blocks_is_read_in_either_order, 0, 2);
    tcase_add_loop_test(bad, an_array_that_is_no_table_is_an_error, 0,
        (int)(sizeof UNSUPPORTED / sizeof *UNSUPPORTED));
    tcase_add_loop_test(bad, a_broken_file_is_an_error_that_says_what_is_wrong, 0,
        (int)(sizeof BROKEN / sizeof *BROKEN));
    tcase_add_loop_test(bad, a_file_that_is_cut_off_or_of_another_kind_is_an_error, 0,
        (int)(sizeof CUT / sizeof *CUT));
    tcase_add_test(bad, an_array_without_data_cannot_ask_for_any_memory);
    tcase_add_test(bad, a_column_that_is_not_there_is_an_error);
    tcase_add_test(bad, any_bytes_are_either_a_table_or_an_error);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
