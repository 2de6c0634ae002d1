/* Safetensors: bytes as the format says, all or nothing, and damage is found and named. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "io/safetensors.h"
#include "tests/io/tables.h"
#include "tests/support/memory.h"

static const char FUNCTION[] = "wick_test";

/* --- a file ------------------------------------------------------------------------------------ */

static const double Q[] = { 0.1, -0.0, 1e300, -2.5, INFINITY, 5e-324 }, LP[] = { -14.25 };

static const wicki_tensor TENSORS[] = {
    { .name = "q", .n_sizes = 2, .sizes = { 2, 3 }, .values = Q },
    { .name = "lp", .values = LP },
    { .name = "none", .n_sizes = 2, .sizes = { 0, 3 } },
};

static const wicki_tag TAGS[] = { { "sampler", "nuts" }, { "site 0", "\xc2\xb5\"\\\n" } };

/* The numbers are bytes of IEEE 754; the checksums are those of a program in Python. */
static const char WANTED[] =
    "\x60\x01\0\0\0\0\0\0"
    "{\"__metadata__\":{\"sampler\":\"nuts\",\"site 0\":\"\xc2\xb5\\\"\\\\\\u000a\","
    "\"fnv1a:q\":\"52ece3156bd56086\",\"fnv1a:lp\":\"bff36d4c94eaca4f\","
    "\"fnv1a:none\":\"658df9395910a262\",\"fnv1a\":\"93e12d903c464bc6\"},"
    "\"q\":{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,48]},"
    "\"lp\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[48,56]},"
    "\"none\":{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[56,56]}}"
    "    "
    "\x9a\x99\x99\x99\x99\x99\xb9\x3f\0\0\0\0\0\0\0\x80\x9c\x75\0\x88\x3c\xe4\x37\x7e"
    "\0\0\0\0\0\0\x04\xc0\0\0\0\0\0\0\xf0\x7f\1\0\0\0\0\0\0\0"
    "\0\0\0\0\0\x80\x2c\xc0";

enum { SIZE = sizeof WANTED - 1 };

static bool write_wanted(wick *w, const char *path)
{
    return wicki_safetensors_write(w, FUNCTION, path, 2, TAGS, 3, TENSORS);
}

static void assert_read(const wicki_safetensors *f)
{
    const wicki_tensor *q = wicki_safetensors_find(f, "q");

    ck_assert_uint_eq(f->n, 3);
    ck_assert_ptr_nonnull(q);
    ck_assert_uint_eq(q->n_sizes, 2);
    ck_assert_uint_eq(q->sizes[0], 2);
    ck_assert_uint_eq(q->sizes[1], 3);
    ck_assert_mem_eq(q->values, Q, sizeof Q);
    ck_assert_uint_eq(wicki_safetensors_find(f, "lp")->n_sizes, 0);
    ck_assert_double_eq(*wicki_safetensors_find(f, "lp")->values, -14.25);
    ck_assert_uint_eq(wicki_tensor_count(wicki_safetensors_find(f, "none")), 0);
    ck_assert_str_eq(wicki_safetensors_text(f, "sampler"), "nuts");
    ck_assert_str_eq(wicki_safetensors_text(f, "site 0"), "\xc2\xb5\"\\\n");
    ck_assert_ptr_null(wicki_safetensors_find(f, "p"));
    ck_assert_ptr_null(wicki_safetensors_text(f, "q"));
}

START_TEST(a_file_is_byte_by_byte_what_the_format_says)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    struct stat status;

    ck_assert_msg(write_wanted(w, scratch_path(&dir, "a/b/x.safetensors")), "%s", wick_message(w));
    char *bytes = read_file(dir.path);
    ck_assert_int_eq(stat(dir.path, &status), 0);
    ck_assert_int_eq(status.st_size, SIZE);
    ck_assert_mem_eq(bytes, WANTED, SIZE);
    free(bytes);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(what_was_written_is_read_and_may_be_written_again)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    write_bytes(scratch_path(&dir, "x"), WANTED, SIZE);
    ck_assert_msg(wicki_safetensors_read(&f, w, FUNCTION, dir.path), "%s", wick_message(w));
    assert_read(&f);
    wicki_safetensors_free(&f);
    ck_assert(write_wanted(w, dir.path));
    ck_assert(wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    assert_read(&f);
    wicki_safetensors_free(&f);
    ck_assert_int_eq(count_files(dir.directory), 1);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* What the Python package safetensors 0.8.0 made of
 * save({"b.q": array([[1.5, -2.25], [1e-7, 3.0]]), "a": array(0.1), "empty": zeros((0, 2))},
 *      metadata={"k": "v\u00e9\n", "t": "\U0001f600"}) */
static const char FROM_PYTHON[] =
    "\xd8\0\0\0\0\0\0\0"
    "{\"__metadata__\":{\"t\":\"\xf0\x9f\x98\x80\",\"k\":\"v\xc3\xa9\\n\"},"
    "\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
    "\"b.q\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[8,40]},"
    "\"empty\":{\"dtype\":\"F64\",\"shape\":[0,2],\"data_offsets\":[40,40]}}    "
    "\x9a\x99\x99\x99\x99\x99\xb9\x3f\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\x02\xc0"
    "H\xaf\xbc\x9a\xf2\xd7z>\0\0\0\0\0\0\x08@";

START_TEST(files_of_another_writer_are_read)
{
    static const double WANT[] = { 1.5, -2.25, 1e-7, 3.0 };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    write_bytes(scratch_path(&dir, "x"), BYTES(FROM_PYTHON));
    ck_assert_msg(wicki_safetensors_read(&f, w, FUNCTION, dir.path), "%s", wick_message(w));
    ck_assert_uint_eq(f.n, 3);
    ck_assert_mem_eq(wicki_safetensors_find(&f, "b.q")->values, WANT, sizeof WANT);
    ck_assert_double_eq(*wicki_safetensors_find(&f, "a")->values, 0.1);
    ck_assert_str_eq(wicki_safetensors_text(&f, "k"), "v\xc3\xa9\n");
    ck_assert_str_eq(wicki_safetensors_text(&f, "t"), "\xf0\x9f\x98\x80");
    wicki_safetensors_free(&f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- headers ----------------------------------------------------------------------------------- */

/* Writes a file of this header and n zeros. */
static void write_header(const char *path, const char *header, size_t n)
{
    char bytes[4096] = "";
    const size_t length = strlen(header);

    ck_assert_uint_lt(8 + length + n, sizeof bytes);
    bytes[0] = (char)(length & 0xff);
    bytes[1] = (char)(length >> 8);
    memcpy(bytes + 8, header, length);
    write_bytes(path, bytes, 8 + length + n);
}

START_TEST(a_header_may_be_any_json_that_says_the_same)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    write_header(scratch_path(&dir, "x"),
        " { \"b\\u00e9\\ud83d\\uDE00\\/\\t\" :\r\n{\"data_offsets\" : [ 8 , 24 ],\t\"shape\":[ 2 ],"
        "\"dtype\":\"F64\"},"
        "\"a\":{\"shape\":[1,1],\"data_offsets\":[0,8],\"dtype\":\"F\\u0036\\u0034\"}, "
        "\"__metadata__\":{ }\n} ",
        24);
    ck_assert_msg(wicki_safetensors_read(&f, w, FUNCTION, dir.path), "%s", wick_message(w));
    ck_assert_uint_eq(f.n, 2);
    ck_assert_uint_eq(f.n_tags, 0);
    const wicki_tensor *b = wicki_safetensors_find(&f, "b\xc3\xa9\xf0\x9f\x98\x80/\t");
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_eq(b->values, f.values + 1);
    ck_assert_ptr_eq(wicki_safetensors_find(&f, "a")->values, f.values);
    wicki_safetensors_free(&f);
    write_header(dir.path, "{}", 0);
    ck_assert(wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    ck_assert_uint_eq(f.n + f.n_tags, 0);
    wicki_safetensors_free(&f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

#define TENSOR(name, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"F64\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

/* Header, bytes of data, what reading says. */
static const struct {
    const char *header;
    size_t n;
    const char *want;
} MISTAKES[] = {
    { "", 0, "byte 0 of the header: got its end, need '{'" },
    { "[]", 0, "byte 0 of the header: got '[]', need '{'" },
    { "{\"a\" 1}", 0, "byte 5 of the header: got '1}', need ':'" },
    { "{\"a", 0, "byte 3 of the header: got its end, need a character of a text, in UTF-8" },
    { "{\"\\x\":1}", 0,
        "byte 2 of the header: got '\\x\":1}', need a character of a text, in UTF-8" },
    { "{\"\\ud83d\":1}", 0,
        "byte 2 of the header: got '\\ud83d\":1}', need a character of a text, in UTF-8" },
    { "{\"\\ud83d\\u0041\":1}", 0,
        "byte 2 of the header: got '\\ud83d\\u0041\":1}', need a character of a text, in UTF-8" },
    { "{\"\\udc00\":1}", 0,
        "byte 2 of the header: got '\\udc00\":1}', need a character of a text, in UTF-8" },
    { "{\"\\u00g0\":1}", 0,
        "byte 2 of the header: got '\\u00g0\":1}', need a character of a text, in UTF-8" },
    { "{\"\\u0000\":1}", 0,
        "byte 2 of the header: got '\\u0000\":1}', need a character of a text, in UTF-8" },
    { "{\"\xc3\":1}", 0,
        "byte 2 of the header: got '\\xC3\":1}', need a character of a text, in UTF-8" },
    { "{\"\n\":1}", 0,
        "byte 2 of the header: got '\\x0A\":1}', need a character of a text, in UTF-8" },
    { "{" TENSOR("a", "[1]", "0", "8") " " TENSOR("b", "[0]", "8", "8") "}", 8,
        "byte 54 of the header: got '\"b\":{\"dtype\":\"F64\",\"shape\":[0],\"data_off...', "
        "need ',' or '}'" },
    { "{" TENSOR("a", "[1]", "0", "8") "}}", 8,
        "byte 54 of the header: got '}', need nothing more" },
    { "{" TENSOR("a", "[-1]", "0", "8") "}", 8,
        "byte 29 of the header: got '-1],\"data_offsets\":[0,8]}}', need a whole number" },
    { "{" TENSOR("a", "[01]", "0", "8") "}", 8,
        "byte 29 of the header: got '01],\"data_offsets\":[0,8]}}', need a whole number" },
    { "{" TENSOR("a", "[1.0]", "0", "8") "}", 8,
        "byte 30 of the header: got '.0],\"data_offsets\":[0,8]}}', need ',' or ']'" },
    { "{" TENSOR("a", "[99999999999999999999]", "0", "8") "}", 8,
        "byte 29 of the header: got '99999999999999999999],\"data_offsets\":[0,...', need a number "
        "that is no larger than a size" },
    { "{" TENSOR("a", "[4294967295,4294967295,4294967295]", "0", "8") "}", 8,
        "tensor 'a' has a shape that no memory has room for" },
    { "{" TENSOR("a\\n", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "0", "8") "}", 8,
        "tensor 'a\\x0A' has more than 20 axes" },
    { "{" TENSOR("a", "[2]", "0", "8") "}", 8,
        "tensor 'a' has the bytes from 0 to 8 of the data, need 16 of them" },
    { "{" TENSOR("a", "[1]", "8", "0") "}", 8,
        "tensor 'a' has the bytes from 8 to 0 of the data, need 8 of them" },
    { "{" TENSOR("a", "[3,0]", "0", "8") "}", 8,
        "tensor 'a' has the bytes from 0 to 8 of the data, need 0 of them" },
    { "{" TENSOR("a", "[1]", "8", "16") "}", 16,
        "tensor 'a' begins at byte 8 of the data, need 0" },
    { "{" TENSOR("a", "[2]", "0", "16") "," TENSOR("b", "[1]", "8", "16") "}", 16,
        "tensor 'b' begins at byte 8 of the data, need 16" },
    { "{" TENSOR("a", "[1]", "0", "8") "," TENSOR("a", "[1]", "8", "16") "}", 16,
        "tensor 'a' is there twice" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
        "tensor 'a' has the dtype F32, need F64" },
    { "{\"a\":{\"dtype\":\"\\n\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
        "tensor 'a' has the dtype ?, need F64" },
    { "{\"a\":{\"dtype\":\"F64\",\"shape\":[1]}}", 8, "tensor 'a' has no data_offsets, need one" },
    { "{\"a\":{}}", 8, "tensor 'a' has no dtype, need one" },
    { "{\"a\":{\"dtype\":\"F64\",\"data_offsets\":[0,8]}}", 8,
        "tensor 'a' has no shape, need one" },
    { "{\"a\":{\"dtype\":\"F64\",\"dtype\":\"F64\"}}", 8,
        "tensor 'a' has 'dtype', need one each of dtype, shape, data_offsets" },
    { "{\"a\":{\"name\":\"F64\"}}", 8,
        "tensor 'a' has 'name', need one each of dtype, shape, data_offsets" },
    { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "the object '__metadata__' is there twice" },
    { "{\"__metadata__\":{\"k\":\"1\",\"l\":\"\",\"k\":\"2\"}}", 0, "text 'k' is there twice" },
    { "{\"__metadata__\":{\"k\":1}}", 0, "byte 21 of the header: got '1}}', need '\"'" },
    { "{\"__metadata__\":{\"k\":\"1\"", 0, "byte 24 of the header: got its end, need ',' or '}'" },
    { "{" TENSOR("a", "[2]", "0", "16") "}", 15,
        "got 15 bytes of data, need 16: the file was cut short, or is none of safetensors" },
    { "{" TENSOR("a", "[2]", "0", "16") "}", 17,
        "got more than 16 bytes of data, which is what the header says" },
    { "{\"__metadata__\":{\"fnv1a\":\"0000000000000000\"}," TENSOR("a", "[1]", "0", "8") "}", 8,
        "tensor 'a' has the checksum f6c5dd7753f7e325, but the file says nothing: it is damaged" },
    { "{\"__metadata__\":{\"fnv1a\":\"0000000000000001\"}}", 0,
        "the object '__metadata__' has the checksum 0000000000000000, but the file says "
        "0000000000000001: it is damaged" },
};

START_TEST(a_mistake_in_a_header_is_an_error_that_names_its_place)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;
    char want[512];

    write_header(scratch_path(&dir, "x"), MISTAKES[_i].header, MISTAKES[_i].n);
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    wicki_safetensors_free(&f);
    snprintf(want, sizeof want, "wick_test: x: %s", MISTAKES[_i].want);
    assert_message(w, &dir, WICK_ERR_IO, want);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- damage ------------------------------------------------------------------------------------ */

START_TEST(a_file_cut_short_anywhere_is_an_error)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    for (size_t n = 0; n < SIZE; n++) {
        write_bytes(scratch_path(&dir, "x"), WANTED, n);
        ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
        ck_assert_int_eq(wick_status(w), WICK_ERR_IO);
        assert_contains(wick_message(w), "the file was cut short");
        wicki_safetensors_free(&f);
        wick_clear(w);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* But in the key "fnv1a", without which there are no checksums. One bit makes \u000A of \u000a. */
START_TEST(a_bit_that_flipped_anywhere_is_an_error_or_changes_nothing)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;
    char bytes[SIZE];
    const char *key = strstr(WANTED + 8, "\"fnv1a\":");
    const size_t begin = (size_t)(key - WANTED), end = begin + strlen("\"fnv1a\"");

    memcpy(bytes, WANTED, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(WANTED[i] ^ (1 << bit));
            write_bytes(scratch_path(&dir, "x"), bytes, SIZE);
            const bool read = wicki_safetensors_read(&f, w, FUNCTION, dir.path);
            if (read && (i <= begin || i >= end))
                assert_read(&f);
            ck_assert_int_eq(wick_status(w), read ? WICK_OK : WICK_ERR_IO);
            ck_assert_uint_eq(strcspn(wick_message(w), "\n"), strlen(wick_message(w)));
            wicki_safetensors_free(&f);
            wick_clear(w);
            bytes[i] = WANTED[i];
        }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* The first 8 bytes ask for more than there is, or more than any header has. */
START_TEST(a_length_that_no_header_has_is_an_error_before_memory_is_asked_for)
{
    scratch dir = scratch_new();
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);
    wicki_safetensors f;

    write_bytes(scratch_path(&dir, "x"), BYTES("\xff\xff\xff\xff\xff\xff\xff\x7f{}"));
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: x: the first 8 bytes say that the header has 9223372036854775807 bytes, need "
        "at most 100000000: this is no file of safetensors");
    wicki_safetensors_free(&f);
    write_bytes(dir.path, BYTES("\0\0\0\1\0\0\0\0{}"));
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: x: got 2 bytes of the header, need 16777216: the file was cut short, or is "
        "none of safetensors");
    wicki_safetensors_free(&f);
    write_header(dir.path, "{" TENSOR("a", "[500000000]", "0", "4000000000") "}", 16);
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: x: got 16 bytes of data, need 4000000000: the file was cut short, or is "
        "none of safetensors");
    wicki_safetensors_free(&f);
    ck_assert_uint_lt(m.most, 1 << 20);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(what_is_no_file_is_an_error_that_says_why)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, scratch_path(&dir, "x")));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: cannot open x: No such file or directory; need a file that can be read");
    wicki_safetensors_free(&f);
    ck_assert_int_eq(mkdir(dir.path, 0777), 0);
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: cannot read x: Is a directory; need a file that can be read");
    wicki_safetensors_free(&f);
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, "/dev/null"));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: /dev/null: got 0 bytes in all, need 8: the file was cut short, or is none of "
        "safetensors");
    wicki_safetensors_free(&f);
    ck_assert(!wicki_safetensors_read(&f, w, FUNCTION, "/dev/zero"));
    assert_message(
        w, &dir, WICK_ERR_IO, "wick_test: /dev/zero: byte 0 of the header: got its end, need '{'");
    wicki_safetensors_free(&f);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* Of a pipe nothing is known before it was read. */
static void feed(const char *path, size_t n)
{
    FILE *file = fopen(path, "wb");

    signal(SIGPIPE, SIG_IGN);
    if (file) {
        fwrite(WANTED, 1, n < SIZE ? n : SIZE, file);
        if (n > SIZE)
            fputc(7, file);
        fclose(file);
    }
    _exit(0);
}

START_TEST(a_pipe_is_read_as_a_file_is)
{
    static const struct {
        size_t n;
        const char *want;
    } CASES[] = { { SIZE, NULL },
        { SIZE - 1,
            "wick_test: x: got 55 bytes of data, need 56: the file was cut short, or is none of "
            "safetensors" },
        { SIZE + 1,
            "wick_test: x: got more than 56 bytes of data, which is what the header says" } };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;

    ck_assert_int_eq(mkfifo(scratch_path(&dir, "x"), 0600), 0);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            feed(dir.path, CASES[i].n);
        const bool read = wicki_safetensors_read(&f, w, FUNCTION, dir.path);
        ck_assert(read == !CASES[i].want);
        if (read)
            assert_read(&f);
        else
            assert_message(w, &dir, WICK_ERR_IO, CASES[i].want);
        wicki_safetensors_free(&f);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- writing that fails ------------------------------------------------------------------------ */

START_TEST(a_text_that_is_not_utf_8_is_an_error_and_there_is_no_file)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    const wicki_tag tag = { "k", "a\xff" };
    const wicki_tensor tensor = { .name = "\xc0\xaf", .values = LP };

    ck_assert(!wicki_safetensors_write(w, FUNCTION, scratch_path(&dir, "x"), 1, &tag, 1, TENSORS));
    assert_message(w, &dir, WICK_ERR_NAME,
        "wick_test: 'a\\xFF' for x is not UTF-8, as texts in such a file are");
    ck_assert(!wicki_safetensors_write(w, FUNCTION, dir.path, 0, NULL, 1, &tensor));
    assert_message(w, &dir, WICK_ERR_NAME,
        "wick_test: '\\xC0\\xAF' for x is not UTF-8, as texts in such a file are");
    ck_assert_int_eq(count_files(dir.directory), 0);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

static void assert_old_file(wick *w, scratch *dir)
{
    wicki_safetensors f;

    ck_assert(wicki_safetensors_read(&f, w, FUNCTION, scratch_path(dir, "x")));
    assert_read(&f);
    wicki_safetensors_free(&f);
    ck_assert_int_eq(count_files(dir->directory), 1);
}

static bool write_much(wick *w, const char *path)
{
    static double values[40000];
    const wicki_tensor much = {
        .name = "much", .n_sizes = 1, .sizes = { sizeof values / sizeof *values }, .values = values
    };

    return wicki_safetensors_write(w, FUNCTION, path, 0, NULL, 1, &much);
}

START_TEST(a_disk_that_fills_up_leaves_the_old_file_as_it_was)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    struct rlimit before;
    char temporary[SCRATCH_PATH];

    ck_assert(write_wanted(w, scratch_path(&dir, "x")));
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit less = { .rlim_cur = 100000, .rlim_max = before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
    ck_assert(!write_much(w, dir.path));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: cannot write x: File too large; choose a place that can be written");
    assert_old_file(w, &dir);
    snprintf(temporary, sizeof temporary, "%s/x.tmp", dir.directory);
    if (access("/dev/full", W_OK) == 0 && symlink("/dev/full", temporary) == 0) {
        ck_assert(!write_much(w, scratch_path(&dir, "x")));
        assert_message(w, &dir, WICK_ERR_IO,
            "wick_test: cannot write x: No space left on device; choose a place that can be "
            "written");
        assert_old_file(w, &dir);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error_with_its_path)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert_int_eq(mkdir(scratch_path(&dir, "x"), 0777), 0);
    ck_assert(!write_wanted(w, dir.path));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: cannot write x: Is a directory; choose a place that can be written");
    write_bytes(scratch_path(&dir, "y"), BYTES("y"));
    ck_assert(!write_wanted(w, scratch_path(&dir, "y/z")));
    assert_message(w, &dir, WICK_ERR_IO,
        "wick_test: cannot make the directory y: File exists; choose a place that can be written");
    ck_assert_int_eq(count_files(dir.directory), 2);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* --- kills and memory -------------------------------------------------------------------------- */

/* Writes the same file over and over, with other numbers each time. */
static void write_for_ever(const char *path)
{
    static double values[3000];
    const wicki_tensor t = {
        .name = "t", .n_sizes = 1, .sizes = { sizeof values / sizeof *values }, .values = values
    };
    wick *w = wick_new(NULL);

    for (double x = 0.5; wicki_safetensors_write(w, FUNCTION, path, 2, TAGS, 1, &t); x += 1.0)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            values[i] = x;
    _exit(1);
}

START_TEST(a_program_killed_while_it_writes_leaves_a_whole_file)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wicki_safetensors f;
    int status;

    ck_assert(write_wanted(w, scratch_path(&dir, "x")));
    for (int i = 0; i < 40; i++) {
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            write_for_ever(dir.path);
        nanosleep(&(struct timespec){ 0, 1000000L + 200000L * i }, NULL);
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));
        ck_assert_msg(wicki_safetensors_read(&f, w, FUNCTION, dir.path), "%s", wick_message(w));
        for (size_t k = 0; k < f.n && f.n == 1; k++)
            ck_assert(f.tensors[0].values[2999] == f.tensors[0].values[0]);
        wicki_safetensors_free(&f);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(every_allocation_that_fails_is_an_error_without_a_leak)
{
    scratch dir = scratch_new();
    memory m = { 0 };
    const wick_options options = memory_options(&m, 1);
    wick *w = wick_new(&options);
    wicki_safetensors f;
    bool fine = false;

    for (size_t n = 1; !fine; n++) {
        const size_t blocks = m.blocks;
        scratch_path(&dir, "x");
        remove(dir.path);
        m.fail_at = m.calls + n;
        fine = write_wanted(w, dir.path);
        ck_assert_int_eq(wick_status(w), fine ? WICK_OK : WICK_ERR_MEMORY);
        ck_assert_int_eq(count_files(dir.directory), fine);
        ck_assert_uint_eq(m.blocks, blocks);
        wick_clear(w);
    }
    fine = false;
    for (size_t n = 1; !fine; n++) {
        const size_t blocks = m.blocks;
        m.fail_at = m.calls + n;
        fine = wicki_safetensors_read(&f, w, FUNCTION, dir.path);
        ck_assert_int_eq(wick_status(w), fine ? WICK_OK : WICK_ERR_MEMORY);
        wicki_safetensors_free(&f);
        ck_assert_uint_eq(m.blocks, blocks);
        wick_clear(w);
    }
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *files = tcase_create("files"), *damage = tcase_create("damage");
    TCase *writing = tcase_create("writing");

    tcase_add_test(files, a_file_is_byte_by_byte_what_the_format_says);
    tcase_add_test(files, what_was_written_is_read_and_may_be_written_again);
    tcase_add_test(files, files_of_another_writer_are_read);
    tcase_add_test(files, a_header_may_be_any_json_that_says_the_same);
    suite_add_tcase(suite, files);
    tcase_add_loop_test(damage, a_mistake_in_a_header_is_an_error_that_names_its_place, 0,
        sizeof MISTAKES / sizeof *MISTAKES);
    tcase_add_test(damage, a_file_cut_short_anywhere_is_an_error);
    tcase_add_test(damage, a_bit_that_flipped_anywhere_is_an_error_or_changes_nothing);
    tcase_add_test(damage, a_length_that_no_header_has_is_an_error_before_memory_is_asked_for);
    tcase_add_test(damage, what_is_no_file_is_an_error_that_says_why);
    tcase_add_test(damage, a_pipe_is_read_as_a_file_is);
    suite_add_tcase(suite, damage);
    tcase_add_test(writing, a_text_that_is_not_utf_8_is_an_error_and_there_is_no_file);
    tcase_add_test(writing, a_disk_that_fills_up_leaves_the_old_file_as_it_was);
    tcase_add_test(writing, a_place_that_cannot_be_written_is_an_error_with_its_path);
    tcase_add_test(writing, a_program_killed_while_it_writes_leaves_a_whole_file);
    tcase_add_test(writing, every_allocation_that_fails_is_an_error_without_a_leak);
    suite_add_tcase(suite, writing);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
