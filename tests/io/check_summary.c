/* Summaries: valid JSON, whole or not at all. */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/io/scratch.h"

/* --- a reader of JSON (RFC 8259) that says yes or no ------------------------------------------- */

static const char *read_value(const char *p);

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static const char *read_word(const char *p, const char *word)
{
    return strncmp(p, word, strlen(word)) == 0 ? p + strlen(word) : NULL;
}

static const char *read_digits(const char *p)
{
    const size_t n = strspn(p, "0123456789");

    return n > 0 ? p + n : NULL;
}

static const char *read_number(const char *p)
{
    p += *p == '-';
    p = *p == '0' ? p + 1 : read_digits(p);
    if (p && *p == '.')
        p = read_digits(p + 1);
    if (p && (*p == 'e' || *p == 'E')) {
        p++;
        p = read_digits(p + (*p == '+' || *p == '-'));
    }
    return p;
}

static const char *read_string(const char *p)
{
    if (*p++ != '"')
        return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\')
            continue;
        p++;
        if (*p == 'u') {
            if (strspn(p + 1, "0123456789abcdefABCDEF") < 4)
                return NULL;
            p += 4;
        } else if (!*p || !strchr("\"\\/bfnrt", *p)) {
            return NULL;
        }
    }
    return p + 1;
}

/* After the opening bracket: elements, with keys in an object. */
static const char *read_members(const char *p, char close, bool keys)
{
    p = skip_space(p);
    if (*p == close)
        return p + 1;
    for (;; p++) {
        if (keys) {
            p = read_string(skip_space(p));
            if (!p || *(p = skip_space(p)) != ':')
                return NULL;
            p++;
        }
        p = read_value(p);
        if (!p)
            return NULL;
        p = skip_space(p);
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
    }
}

static const char *read_value(const char *p)
{
    p = skip_space(p);
    switch (*p) {
    case '{':
        return read_members(p + 1, '}', true);
    case '[':
        return read_members(p + 1, ']', false);
    case '"':
        return read_string(p);
    case 't':
        return read_word(p, "true");
    case 'f':
        return read_word(p, "false");
    case 'n':
        return read_word(p, "null");
    default:
        return read_number(p);
    }
}

static bool is_json_object(const char *text)
{
    const char *p = *text == '{' ? read_value(text) : NULL;

    return p && *skip_space(p) == '\0';
}

START_TEST(the_reader_of_these_tests_knows_json)
{
    static const char *const GOOD[] = { "{}", "{ }\n",
        "{\"a\": [1, -0.5e+3, null], \"b\": \"\\\"\"}", "{\"a\": {\"b\": [[], [true, false]]}}" };
    static const char *const BAD[] = { "", "[1]", "{", "{\"a\"}", "{\"a\": 1,}", "{\"a\": nan}",
        "{\"a\": inf}", "{\"a\": 1,5}", "{\"a\": .5}", "{\"a\": 5.}", "{\"a\": 05}",
        "{\"a\": \"\n\"}", "{\"a\": \"\\x\"}", "{\"a\": [1 2]}", "{\"a\": 1} x", "{a: 1}" };

    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        ck_assert_msg(is_json_object(GOOD[i]), "%s", GOOD[i]);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        ck_assert_msg(!is_json_object(BAD[i]), "%s", BAD[i]);
}
END_TEST

/* --- summaries ------------------------------------------------------------------------------- */

static const double LOSSES[] = { 25.665584461, -3.5e-9, NAN, 17.4435, INFINITY, -INFINITY };

static void fill(wick_summary *s)
{
    wick_summary_count(s, "seed", UINT64_MAX);
    wick_summary_integer(s, "low", INT64_MIN);
    wick_summary_number(s, "initial_loss", LOSSES[0]);
    wick_summary_array(s, "losses", 6, LOSSES);
    wick_summary_matrix(s, "cov", 3, 2, LOSSES);
    wick_summary_array(s, "none", 0, NULL);
    wick_summary_matrix(s, "empty rows", 2, 0, NULL);
    wick_summary_text(s, "say \"hi\"\\", "line\nbreak\t\x01 \xc3\xa9 \"quoted\" \\");
    wick_summary_text(s, "nothing", NULL);
    wick_summary_bool(s, "rendered", true);
    wick_summary_number(s, "bad", NAN);
}

START_TEST(a_summary_is_valid_json_with_the_values_given)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_summary *s = wick_summary_new(w, scratch_path(&dir, "new/deep/summary.json"));

    fill(s);
    ck_assert_msg(wick_summary_close(s), "%s", wick_message(w));
    char *text = read_file(dir.path);
    ck_assert_msg(text && is_json_object(text), "%s", text);
    assert_contains(text, "\"seed\": 18446744073709551615");
    assert_contains(text, "\"low\": -9223372036854775808");
    assert_contains(text, "\"initial_loss\": 25.665584461");
    assert_contains(text, "\"losses\": [25.665584461, -3.5e-9, null, 17.4435, null, null]");
    assert_contains(text, "[25.665584461, -3.5e-9],\n    [null, 17.4435],\n    [null, null]]");
    assert_contains(text, "\"none\": []");
    assert_contains(text, "\"say \\\"hi\\\"\\\\\": ");
    assert_contains(text, "\"line\\u000abreak\\u0009\\u0001 \xc3\xa9 \\\"quoted\\\" \\\\\"");
    assert_contains(text, "\"nothing\": null");
    assert_contains(text, "\"rendered\": true");
    assert_contains(text, "\"bad\": null");
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(an_empty_summary_is_an_empty_object)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    ck_assert(wick_summary_close(wick_summary_new(w, scratch_path(&dir, "summary.json"))));
    char *text = read_file(dir.path);
    ck_assert_str_eq(text, "{}\n");
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* Sequences of table 3-7 of the Unicode standard, and what is next to them. */
START_TEST(bytes_that_are_not_utf8_become_the_replacement_character)
{
    static const struct {
        const char *text, *json;
    } known[] = {
        { "\xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf",
            "\xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf" },
        { "a\xff", "a\\ufffd" },
        { "\xc3", "\\ufffd" },
        { "\xc0\xaf", "\\ufffd\\ufffd" },
        { "\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd" },
        { "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
        { "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
        { "\xe2\x82x", "\\ufffd\\ufffdx" },
    };
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char want[128];
        wick_summary *s = wick_summary_new(w, scratch_path(&dir, "summary.json"));
        wick_summary_text(s, "t", known[i].text);
        ck_assert(wick_summary_close(s));
        snprintf(want, sizeof want, "{\n  \"t\": \"%s\"\n}\n", known[i].json);
        char *text = read_file(dir.path);
        ck_assert_str_eq(text, want);
        free(text);
    }
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

static void assert_error(wick *w, wick_code code, const char *part)
{
    ck_assert_str_eq(wick_code_name(wick_status(w)), wick_code_name(code));
    assert_contains(wick_message(w), part);
    wick_clear(w);
}

START_TEST(a_key_that_is_empty_or_used_before_is_an_error_and_leaves_no_trace)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_summary *s = wick_summary_new(w, scratch_path(&dir, "summary.json"));

    wick_summary_number(s, "locs", 3.5);
    wick_summary_number(s, "loc", 4.5);
    wick_summary_array(s, "locs", 2, LOSSES);
    assert_error(w, WICK_ERR_NAME, "wick_summary_array: the key locs ");
    wick_summary_bool(s, "", false);
    assert_error(w, WICK_ERR_NAME, "wick_summary_bool: the key is empty");
    wick_summary_text(s, NULL, "x");
    assert_error(w, WICK_ERR_NAME, "wick_summary_text: the key is NULL");
    wick_summary_array(s, "x", 3, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_summary_array: the values are NULL");
    wick_summary_matrix(s, "x", 3, 2, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_summary_matrix: the values are NULL");
    ck_assert(wick_summary_close(s));
    char *text = read_file(dir.path);
    ck_assert_str_eq(text, "{\n  \"locs\": 3.5,\n  \"loc\": 4.5\n}\n");
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error_with_its_path)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    char directory[SCRATCH_PATH];

    ck_assert_ptr_null(wick_summary_new(w, "/dev/null/sub/summary.json"));
    assert_error(w, WICK_ERR_IO, "wick_summary_new: cannot make the directory /dev/null");
    ck_assert_ptr_null(wick_summary_new(w, ""));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_summary_new: no path");

    snprintf(directory, sizeof directory, "%s/taken", dir.directory);
    ck_assert_int_eq(mkdir(directory, 0777), 0);
    wick_summary *s = wick_summary_new(w, directory);
    ck_assert(!wick_summary_close(s));
    assert_error(w, WICK_ERR_IO, directory);
    ck_assert_int_eq(count_files(dir.directory), 1);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(a_disk_that_fills_up_leaves_the_old_file_as_it_was)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    struct rlimit before, small;

    wick_summary *s = wick_summary_new(w, scratch_path(&dir, "summary.json"));
    wick_summary_number(s, "first", 3.5);
    ck_assert(wick_summary_close(s));

    s = wick_summary_new(w, dir.path);
    for (int i = 0; i < 1000; i++)
        wick_summary_array(s, wick_name(w, "losses_%d", i), 6, LOSSES);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool written = wick_summary_close(s);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert(!written);
    assert_error(w, WICK_ERR_IO, dir.path);
    ck_assert_int_eq(count_files(dir.directory), 1);
    char *text = read_file(dir.path);
    ck_assert_str_eq(text, "{\n  \"first\": 3.5\n}\n");
    free(text);
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

START_TEST(after_an_error_nothing_is_written)
{
    scratch dir = scratch_new();
    wick *w = wick_new(NULL);
    wick_summary *s = wick_summary_new(w, scratch_path(&dir, "summary.json"));

    wick_summary_number(s, "a", 3.5);
    wick_summary_number(s, "a", 3.5);
    ck_assert(!wick_summary_close(s));
    ck_assert_int_eq(count_files(dir.directory), 0);
    ck_assert_ptr_null(wick_summary_new(w, dir.path));
    ck_assert(!wick_summary_close(NULL));
    wick_summary_number(NULL, "a", 3.5);
    ck_assert_ptr_null(wick_summary_new(NULL, dir.path));
    wick_free(w);
    scratch_remove(dir.directory);
}
END_TEST

/* A key that did not get into memory is given again, and succeeds. */
static wick_summary *fill_stubbornly(wick *w, const char *path, int *errors)
{
    wick_summary *s = wick_summary_new(w, path);

    for (int i = 0; i < 300; i++) {
        char key[32];
        snprintf(key, sizeof key, "losses %d", i);
        wick_summary_array(s, key, 6, LOSSES);
        if (s && wick_status(w) == WICK_ERR_MEMORY) {
            (*errors)++;
            wick_clear(w);
            wick_summary_array(s, key, 6, LOSSES);
        }
    }
    return s;
}

START_TEST(every_allocation_that_fails_is_an_error_without_a_leak)
{
    scratch dir = scratch_new();
    meter none = { 0 };
    wick *w = metered_handle(&none);
    int errors = 0;

    ck_assert(wick_summary_close(fill_stubbornly(w, scratch_path(&dir, "want.json"), &errors)));
    char *want = read_file(dir.path);
    ck_assert_msg(is_json_object(want), "%s", want);
    wick_free(w);
    ck_assert_int_eq(errors, 0);
    ck_assert_int_gt(none.requests, 10);
    scratch_path(&dir, "summary.json");
    for (long i = 2; i <= none.requests; i++) {
        meter m = { .fail_at = i };
        w = metered_handle(&m);
        errors = 0;
        const bool written = wick_summary_close(fill_stubbornly(w, dir.path, &errors));
        ck_assert_int_eq(written, errors == 1);
        ck_assert(written || wick_status(w) == WICK_ERR_MEMORY);
        wick_free(w);
        ck_assert_int_eq(m.held, 0);
        char *text = read_file(dir.path);
        if (written)
            ck_assert_str_eq(text, want);
        ck_assert(written == (text != NULL));
        free(text);
        remove(dir.path);
    }
    free(want);
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tests = tcase_create("summary");

    tcase_add_test(tests, the_reader_of_these_tests_knows_json);
    tcase_add_test(tests, a_summary_is_valid_json_with_the_values_given);
    tcase_add_test(tests, an_empty_summary_is_an_empty_object);
    tcase_add_test(tests, bytes_that_are_not_utf8_become_the_replacement_character);
    tcase_add_test(tests, a_key_that_is_empty_or_used_before_is_an_error_and_leaves_no_trace);
    tcase_add_test(tests, a_place_that_cannot_be_written_is_an_error_with_its_path);
    tcase_add_test(tests, a_disk_that_fills_up_leaves_the_old_file_as_it_was);
    tcase_add_test(tests, after_an_error_nothing_is_written);
    tcase_add_test(tests, every_allocation_that_fails_is_an_error_without_a_leak);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
