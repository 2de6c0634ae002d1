/* Tables out of text: what is read, and what is said of a text that cannot be. */
#include "base/philox.h"
#include "tests/io/tables.h"
#include "tests/support/memory.h"

enum { MAX_VALUES = 12, FUZZ = 2500 };

static const uint64_t SEED = 0xa4093822299f31d0u;

#define NAMES(...) ((const char *const[]){ __VA_ARGS__ })
#define CHOOSE(n, ...) .columns = NAMES(__VA_ARGS__), .n_columns = (n)

/* --- what is read ---------------------------------------------------------------------------- */

typedef struct good {
    const char *bytes;
    size_t n;
    wick_table_options options;
    size_t rows, columns;
    double values[MAX_VALUES];
    const char *const *names;
} good;

static const good GOOD[] = {
    /* ends of lines, byte order mark, blanks, quotes */
    { BYTES("1.5,2\n-3e2,.25\n"), { 0 }, 2, 2, { 1.5, 2, -300, 0.25 }, NULL },
    { BYTES("1.5,2\r\n-3e2,.25\r\n"), { 0 }, 2, 2, { 1.5, 2, -300, 0.25 }, NULL },
    { BYTES("1.5,2\n-3e2,.25"), { 0 }, 2, 2, { 1.5, 2, -300, 0.25 }, NULL },
    { BYTES("1.5,2\r\n-3e2,.25\r"), { 0 }, 2, 2, { 1.5, 2, -300, 0.25 }, NULL },
    { BYTES("\xef\xbb\xbf"
            "1.5,2\n"),
        { 0 }, 1, 2, { 1.5, 2 }, NULL },
    { BYTES("\n \n1.5,2\n\t\r\n\n3,4\n\n"), { 0 }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("  1.5 ,\t2\t\n 3,4  \n"), { .delimiter = ',' }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("\"1.5\",\" 2\"\n"), { CHOOSE(1, "1") }, 1, 1, { 1.5 }, NULL },
    { BYTES("\"1.5\" , \"-2\" \n"), { 0 }, 1, 2, { 1.5, -2 }, NULL },
    { BYTES("7"), { 0 }, 1, 1, { 7 }, NULL },
    { BYTES("7\n8\n\n9\n"), { 0 }, 3, 1, { 7, 8, 9 }, NULL },
    { BYTES("inf,-Infinity,+INF\n"), { 0 }, 1, 3, { INFINITY, -INFINITY, INFINITY }, NULL },
    { BYTES("1e-999,4.9e-324\n"), { 0 }, 1, 2, { 0, 0x1p-1074 }, NULL },

    /* delimiters */
    { BYTES("1.5;2\n3;4\n"), { 0 }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("1.5\t2\n3\t 4\n"), { 0 }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("1.5  2\n 3\t \t4 \n"), { 0 }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("1.5|2\n3 | 4\n"), { .delimiter = '|' }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("1.5\t2\n"), { .delimiter = ' ' }, 1, 2, { 1.5, 2 }, NULL },
    { BYTES("a,b;c\n1;2\n"), { 0 }, 1, 2, { 1, 2 }, NAMES("a,b", "c") },
    { BYTES("\"a;b\",c\n1,2\n"), { 0 }, 1, 2, { 1, 2 }, NAMES("a;b", "c") },

    /* headers */
    { BYTES("height, weight\n1.5,2\n"), { 0 }, 1, 2, { 1.5, 2 }, NAMES("height", "weight") },
    { BYTES("\"a \"\"b\"\"\",\"c,\nd\"\n1.5,2\n"), { 0 }, 1, 2, { 1.5, 2 },
        NAMES("a \"b\"", "c,\nd") },
    { BYTES("gr\xc3\xb6\xc3\x9f"
            "e,\n1.5,2\n"),
        { 0 }, 1, 2, { 1.5, 2 },
        NAMES("gr\xc3\xb6\xc3\x9f"
              "e",
            "") },
    { BYTES("2021,2022\n1.5,2\n"), { 0 }, 2, 2, { 2021, 2022, 1.5, 2 }, NULL },
    { BYTES("2021,2022\n1.5,2\n"), { .header = WICK_HEADER_YES }, 1, 2, { 1.5, 2 },
        NAMES("2021", "2022") },
    { BYTES("x,y\n"), { 0 }, 0, 2, { 0 }, NAMES("x", "y") },
    { BYTES("x"), { 0 }, 0, 1, { 0 }, NAMES("x") },

    /* missing values */
    { BYTES(",NA\n?,NaN\nnull,-nan\n"), { .missing = true }, 3, 2, { NAN, NAN, NAN, NAN, NAN, NAN },
        NULL },
    { BYTES("x,y\n1,\n\"\",2\n,\n"), { .missing = true }, 3, 2, { 1, NAN, NAN, 2, NAN, NAN },
        NAMES("x", "y") },
    { BYTES("1\t\t2\n\t3\t\n\t\t\n"), { .missing = true }, 3, 3,
        { 1, NAN, 2, NAN, 3, NAN, NAN, NAN, NAN }, NULL },
    { BYTES("\t3\t\n1\t\t2\n"), { .missing = true }, 2, 3, { NAN, 3, NAN, 1, NAN, 2 }, NULL },
    { BYTES("1 NA 3\n"), { .missing = true }, 1, 3, { 1, NAN, 3 }, NULL },

    /* columns, by name before by number; what is in others does not matter */
    { BYTES("id,x,y,kind\na,1,2,\"p, q\"\nb,3,4,\"r\n\"\n"), { CHOOSE(2, "y", "2") }, 2, 2,
        { 2, 1, 4, 3 }, NAMES("y", "x") },
    { BYTES("3,x,y\n5,6,7\n"), { CHOOSE(2, "3", "x") }, 1, 2, { 5, 6 }, NAMES("3", "x") },
    { BYTES("1.5,2,one\n3,4,two\n"), { CHOOSE(2, "1", "2") }, 2, 2, { 1.5, 2, 3, 4 }, NULL },
    { BYTES("p q 1.5\nr s 2.5\n"), { CHOOSE(1, "3") }, 2, 1, { 1.5, 2.5 }, NULL },
    { BYTES("\xff\x01,5\nx\0y,6\n"), { CHOOSE(1, "2") }, 2, 1, { 5, 6 }, NULL },
};

START_TEST(a_text_is_read_as_the_table_that_it_shows)
{
    const good *g = &GOOD[_i];
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_table *t = read_bytes(w, &dir, "data.csv", g->bytes, g->n, &g->options);

    assert_table(w, t, g->rows, g->columns);
    assert_numbers(t->values, g->values, g->rows * g->columns);
    ck_assert_int_eq(t->names == NULL, g->names == NULL);
    for (size_t j = 0; g->names && j < g->columns; j++)
        ck_assert_str_eq(t->names[j], g->names[j]);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- what is said of others ------------------------------------------------------------------ */

typedef struct bad {
    const char *bytes;
    size_t n;
    wick_table_options options;
    wick_code code;
    const char *message;
} bad;

static const bad BAD[] = {
    /* numbers */
    { BYTES("id,height\n1,2\n3,\"1,7\"\n"), { 0 }, WICK_ERR_IO,
        "data.csv:3: column 2 'height': '1,7' is not a number; the decimal point must be '.'" },
    { BYTES("1;2\n1,75e2;4\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 1: '1,75e2' is not a number; the decimal point must be '.'" },
    { BYTES("1,2\n3,1e999\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: '1e999' is out of range; doubles end at 1.8e308; change the unit" },
    { BYTES("1,2\n\"-1e999\",4\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 1: '-1e999' is out of range; doubles end at 1.8e308; change the unit" },
    { BYTES("1,2\n3,0x1p3\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: '0x1p3' is not a number; write it in decimal" },
    { BYTES("1,2\n3,1_000\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: '1_000' is not a number; write it without separators" },
    { BYTES("1,2\n3,\"1,234,567.5\"\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: '1,234,567.5' is not a number; write it without separators" },
    { BYTES("x,y\n3,\"4\"\"\"\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': '4\"\"' is not a number; write one, or choose the columns to "
        "read" },
    { BYTES("x,y\n3,4 m\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': '4 m' is not a number; write it without separators" },
    { BYTES("x,y\n3,setosa\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': 'setosa' is not a number; write one, or choose the columns to "
        "read" },
    { BYTES("x,y\n3,a\x01\xff\x7f\xc3\xa9\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': 'a\\x01\\xFF\\x7F\xc3\xa9' is not a number; write one, or "
        "choose "
        "the columns to read" },
    { BYTES("x,y\n3,0123456789abcdefghij0123456789abcdefghijklm\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': '0123456789abcdefghij0123456789abcdefghij...' is not a number; "
        "write one, or choose the columns to read" },
    { BYTES("x,y\n1,2\rz,3\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': '2\\x0Dz' is not a number; lines must end in LF or CR LF" },
    { BYTES("x\n1\r2\r3\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 1 'x': '1\\x0D2\\x0D3' is not a number; lines must end in LF or CR "
        "LF" },

    /* missing values */
    { BYTES("x,y\n\n1,\n"), { 0 }, WICK_ERR_IO,
        "data.csv:3: column 2 'y': the cell is empty; fill it in, leave the row out, or allow "
        "missing values" },
    { BYTES("1,2\n3,NA\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: 'NA' is a missing value; fill it in, leave the row out, or allow "
        "missing values" },
    { BYTES("nan,2\n"), { 0 }, WICK_ERR_IO,
        "data.csv:1: column 1: 'nan' is a missing value; fill it in, leave the row out, or allow "
        "missing values" },
    { BYTES("1,2,\n"), { 0 }, WICK_ERR_IO,
        "data.csv:1: column 3: the cell is empty; fill it in, leave the row out, or allow missing "
        "values" },

    /* rows */
    { BYTES("x,y\n1,2\n3\n"), { 0 }, WICK_ERR_IO, "data.csv:3: 1 cell, need 2 as in line 1" },
    { BYTES("\n\nx,y\n1,2\n3,4,5,6\n"), { 0 }, WICK_ERR_IO,
        "data.csv:5: 4 cells, need 2 as in line 3" },
    { BYTES("x y\na 1 2\n"), { CHOOSE(1, "y") }, WICK_ERR_IO,
        "data.csv:2: 3 cells, need 2 as in line 1; if the rows have names, name that column too" },
    { BYTES("1,2\n3,4,\n"), { 0 }, WICK_ERR_IO, "data.csv:2: 3 cells, need 2 as in line 1" },

    /* quotes: a line is where the record begins */
    { BYTES("x,y\n1,\"2\" 3\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2 'y': text follows the closing quote; quote the whole cell, and "
        "double "
        "quotes in it" },
    { BYTES("x,y\n\"a\nb\",2\n\"c\n\nd\",e\n"), { CHOOSE(1, "y") }, WICK_ERR_IO,
        "data.csv:4: column 2 'y': 'e' is not a number; write one, or choose the columns to read" },
    { BYTES("x,y\n1,\"2\n3,4\n5,6\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: a quote is not closed; close it, and double those inside of quotes" },
    { BYTES("\""), { 0 }, WICK_ERR_IO,
        "data.csv:1: a quote is not closed; close it, and double those inside of quotes" },
    { BYTES("1;a \"b;\"c\n"), { 0 }, WICK_ERR_IO,
        "data.csv:1: column 3: a quote is not closed; close it, and double those inside of "
        "quotes" },

    /* files that are no text, or have nothing in them */
    { BYTES(""), { 0 }, WICK_ERR_IO, "data.csv is empty; need at least one row" },
    { BYTES("\xef\xbb\xbf\r\n \n"), { 0 }, WICK_ERR_IO,
        "data.csv is empty; need at least one row" },
    { BYTES("\xff\xfe"
            "1\0\n\0"),
        { 0 }, WICK_ERR_IO, "data.csv is UTF-16; save it as UTF-8" },
    { BYTES("\xfe\xff\0"
            "1\0\n"),
        { 0 }, WICK_ERR_IO, "data.csv is UTF-16; save it as UTF-8" },
    { BYTES("1\0,\0"
            "2\0\n\0"),
        { 0 }, WICK_ERR_IO,
        "data.csv:1: column 1: a zero byte is in it; save the file as UTF-8 text" },
    { BYTES("1,2\n3,4\0\n"), { 0 }, WICK_ERR_IO,
        "data.csv:2: column 2: '4\\x00' is not a number; a zero byte is in it; save the file as "
        "UTF-8 text" },

    /* columns */
    { BYTES("x,y\n1,2\n"), { CHOOSE(1, "z") }, WICK_ERR_NAME,
        "wick_table_read: data.csv has no column 'z'; it has 'x', 'y'" },
    { BYTES("x,y\n1,2\n"), { CHOOSE(1, "3") }, WICK_ERR_NAME,
        "wick_table_read: data.csv has no column 3, need a number up to 2" },
    { BYTES("x,y\n1,2\n"), { CHOOSE(1, "0") }, WICK_ERR_NAME,
        "wick_table_read: data.csv has no column '0'; it has 'x', 'y'" },
    { BYTES("x,y\n1,2\n"), { CHOOSE(1, "18446744073709551617") }, WICK_ERR_NAME,
        "wick_table_read: data.csv has no column 18446744073709551617, need a number up to 2" },
    { BYTES("1,2\n"), { CHOOSE(1, "x"), .header = WICK_HEADER_NO }, WICK_ERR_NAME,
        "wick_table_read: data.csv has no column 'x', since it has no names; need a number" },
    { BYTES("x,y,x\n1,2,3\n"), { CHOOSE(1, "x") }, WICK_ERR_NAME,
        "wick_table_read: data.csv has two columns 'x', 1 and 3; choose by number" },
    { BYTES("x,y\n1,2\n"), { CHOOSE(2, "y", "2") }, WICK_ERR_NAME,
        "wick_table_read: column 2 of data.csv is chosen twice, by '2' too" },
    { BYTES("x,y\n1,2\n"), { CHOOSE(2, "y", NULL) }, WICK_ERR_ARGUMENT,
        "wick_table_read: a column to read is NULL" },

    /* options */
    { BYTES("1,2\n"), { .n_columns = 2 }, WICK_ERR_ARGUMENT,
        "wick_table_read: 2 columns to read, but the list is NULL" },
    { BYTES("1,2\n"), { .delimiter = 'e' }, WICK_ERR_ARGUMENT,
        "wick_table_read: the delimiter is the byte 101, need a tab, a space or one of "
        ",;:|/!#&*~^@=" },
    { BYTES("1,2\n"), { .header = (wick_header)3 }, WICK_ERR_ARGUMENT,
        "wick_table_read: header is 3, need a wick_header" },
};

START_TEST(an_error_names_file_line_and_column_and_says_what_to_do)
{
    const bad *b = &BAD[_i];
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(read_bytes(w, &dir, "data.csv", b->bytes, b->n, &b->options));
    assert_message(w, &dir, b->code, b->message);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- size ------------------------------------------------------------------------------------ */

/* Far more than one block, with cells that lie across their ends; 3 i + j is the value. */
START_TEST(rows_of_many_blocks_are_all_there)
{
    enum { ROWS = 120000, COLUMNS = 3 };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    FILE *file = fopen(scratch_path(&dir, "data.csv"), "wb");

    ck_assert_ptr_nonnull(file);
    fputs("a,b,c\n", file);
    for (long i = 0; i < ROWS; i++)
        fprintf(file, "%ld,\"%ld\",%ld%s", 3 * i, 3 * i + 1, 3 * i + 2, i % 7 ? "\n" : "\r\n\n");
    fclose(file);
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, ROWS, COLUMNS);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        if (t->values[i] != (double)i)
            ck_abort_msg("value %zu is %.17g", i, t->values[i]);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_line_may_have_ten_million_bytes)
{
    enum { CELLS = 2500000 };
    scratch dir = scratch_new();
    memory m = { 0 };
    const wick_options options = memory_options(&m, SEED);
    wick *w = wick_new(&options);
    FILE *file = fopen(scratch_path(&dir, "data.csv"), "wb");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < CELLS; i++) {
        const char cell[4] = { (char)('0' + i % 10), '.', '5', i + 1 < CELLS ? ',' : '\n' };
        fwrite(cell, 1, sizeof cell, file);
    }
    fclose(file);
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, 1, CELLS);
    for (size_t i = 0; i < CELLS; i += 999)
        ck_assert_double_eq(t->values[i], (double)(i % 10) + 0.5);
    ck_assert_uint_lt(m.most, 100000000);
    wick_table_free(t);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* Of a file the number of rows is foretold; lines that get shorter are the worst case for that. */
START_TEST(memory_is_about_the_table_and_a_buffer)
{
    enum { ROWS = 200000 };
    scratch dir = scratch_new();
    memory m = { 0 };
    const wick_options options = memory_options(&m, SEED);
    wick *w = wick_new(&options);
    FILE *file = fopen(scratch_path(&dir, "data.csv"), "wb");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d.%04d,-%d\n", i % 10, i % 10000, 1000 + i % 9000);
    fclose(file);
    const size_t before = m.bytes;
    wick_table *t = wick_table_read(w, dir.path, NULL);
    assert_table(w, t, ROWS, 2);
    ck_assert_uint_le(m.bytes - before, (size_t)(1.03 * ROWS * 2 * sizeof(double)) + 4096);
    ck_assert_uint_le(m.most - before, (size_t)(1.1 * ROWS * 2 * sizeof(double)) + 512 * 1024);
    wick_table_free(t);
    ck_assert_uint_eq(m.bytes, before);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
    scratch_remove(dir.directory);
}
END_TEST

/* --- fuzz ------------------------------------------------------------------------------------ */

static size_t random_below(wicki_stream *s, size_t n)
{
    return (size_t)(wicki_uniform(s) * (double)n);
}

/* A text of the lists above with some bytes changed, left out or doubled. */
static size_t mutate(wicki_stream *s, char *to, size_t room)
{
    static const char BYTES_THAT_MATTER[] = "\"\"\n\r,;\t 019.-+eEnNaAiIfF?\0x_\xef\xbb\xbf";
    const size_t n_good = sizeof GOOD / sizeof *GOOD, n_bad = sizeof BAD / sizeof *BAD;
    const size_t i = random_below(s, n_good + n_bad);
    const char *from = i < n_good ? GOOD[i].bytes : BAD[i - n_good].bytes;
    size_t n = i < n_good ? GOOD[i].n : BAD[i - n_good].n;

    memcpy(to, from, n);
    for (size_t k = 1 + random_below(s, 4); k > 0 && n > 0 && n + 1 < room; k--) {
        const size_t at = random_below(s, n);
        const char byte = BYTES_THAT_MATTER[random_below(s, sizeof BYTES_THAT_MATTER - 1)];
        switch (random_below(s, 3)) {
        case 0:
            to[at] = byte;
            break;
        case 1:
            memmove(to + at, to + at + 1, n - at - 1);
            n--;
            break;
        default:
            memmove(to + at + 1, to + at, n - at);
            to[at] = byte;
            n++;
        }
    }
    return n;
}

START_TEST(any_text_is_either_a_table_or_an_error_with_a_place)
{
    scratch dir = scratch_new();
    wicki_stream s = wicki_stream_new(SEED, 9, 1);
    memory m = { 0 };
    const wick_options options = memory_options(&m, SEED);
    wick *w = wick_new(&options);
    const size_t blocks = m.blocks;
    size_t tables = 0;

    for (int i = 0; i < FUZZ; i++) {
        char text[256];
        const wick_table_options o = {
            .missing = i % 2 == 0, .header = (wick_header)(i % 3), .delimiter = "\0\0, \t"[i % 5]
        };
        const size_t n = mutate(&s, text, sizeof text);
        wick_table *t = read_bytes(w, &dir, "data.csv", text, n, &o);
        ck_assert_int_eq(t != NULL, wick_status(w) == WICK_OK);
        if (!t)
            assert_contains(wick_message(w), "data.csv");
        for (size_t j = 0; t && j < t->rows * t->columns; j++)
            ck_assert(o.missing || !isnan(t->values[j]));
        tables += t != NULL;
        wick_table_free(t);
        wick_clear(w);
        ck_assert_uint_eq(m.blocks, blocks);
    }
    ck_assert_uint_gt(tables, FUZZ / 10);
    ck_assert_uint_lt(tables, FUZZ - FUZZ / 10);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *texts = tcase_create("texts"), *sizes = tcase_create("sizes");

    tcase_add_loop_test(
        texts, a_text_is_read_as_the_table_that_it_shows, 0, (int)(sizeof GOOD / sizeof *GOOD));
    tcase_add_loop_test(texts, an_error_names_file_line_and_column_and_says_what_to_do, 0,
        (int)(sizeof BAD / sizeof *BAD));
    tcase_add_test(texts, any_text_is_either_a_table_or_an_error_with_a_place);
    tcase_add_test(sizes, rows_of_many_blocks_are_all_there);
    tcase_add_test(sizes, a_line_may_have_ten_million_bytes);
    tcase_add_test(sizes, memory_is_about_the_table_and_a_buffer);
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, sizes);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
