/* Numbers as text: exact, short, and the same in every locale. */
#include "io/number.h"

#include <float.h>
#include <math.h>

#include "base/philox.h"
#include "tests/io/scratch.h"

static const uint64_t SEED = 0x452821e638d01377u;

/* Digits from Python's repr, which gives the shortest, but for the last finite one. */
static const struct {
    double x;
    const char *text;
} SHORT[] = {
    { 0.1, "0.1" },
    { -0.3, "-0.3" },
    { 17.4435, "17.4435" },
    { 123456789.0, "123456789" },
    { 1e16, "10000000000000000" },
    { 12e15, "12000000000000000" },
    { 1e22, "1e22" },
    { 1.5e300, "1.5e300" },
    { 0.00012, "0.00012" },
    { 0.0000123, "0.0000123" },
    { -2.5e-7, "-2.5e-7" },
    { 0.0, "0" },
    { -0.0, "-0" },
    { 1.0 / 3.0, "0.3333333333333333" },
    { 2.0 / 3.0, "0.6666666666666666" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 2251799813685248.5, "2251799813685248.5" },
    { DBL_MAX, "1.7976931348623157e308" },
    { -DBL_MIN, "-2.2250738585072014e-308" },
    { 5e-324, "4.94065645841247e-324" }, /* 15 digits of 4.9406564584124654e-324 */
    { INFINITY, "inf" },
    { -INFINITY, "-inf" },
    { NAN, "nan" },
};

START_TEST(a_number_is_written_in_its_shortest_form)
{
    char text[WICKI_NUMBER_SIZE];

    ck_assert_uint_eq(wicki_number_text(text, SHORT[_i].x), strlen(SHORT[_i].text));
    ck_assert_str_eq(text, SHORT[_i].text);
}
END_TEST

START_TEST(digits_asked_for_are_all_there)
{
    const struct {
        double x;
        int digits;
        const char *text;
    } known[] = {
        { 17.44, 6, "17.4400" },
        { -0.0123456789, 3, "-0.0123" },
        { 9.9996, 4, "10.00" },
        { 31415.0, 2, "31000" },
        { 6.02214076e23, 4, "6.022e23" },
        { 0.0, 3, "0.00" },
        { NAN, 6, "nan" },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[WICKI_NUMBER_SIZE];
        ck_assert_uint_eq(
            wicki_number_digits(text, known[i].x, known[i].digits), strlen(known[i].text));
        ck_assert_str_eq(text, known[i].text);
    }
}
END_TEST

static double random_bits(wicki_stream *s)
{
    const uint64_t high = (uint64_t)(wicki_uniform(s) * 4294967296.0);
    const uint64_t bits = high << 32 | (uint64_t)(wicki_uniform(s) * 4294967296.0);
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static void assert_same_bits(double a, double b, const char *text)
{
    ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "%a became %s, which is %a", a, text, b);
}

START_TEST(reading_a_number_back_gives_the_same_double)
{
    wicki_stream s = wicki_stream_new(SEED, 17, 3);

    for (int i = 0; i < 10000; i++) {
        const double x = i % 2 ? random_bits(&s) : 100.0 * wicki_normal(&s);
        char text[WICKI_NUMBER_SIZE];
        if (!isfinite(x))
            continue;
        ck_assert_uint_lt(wicki_number_text(text, x), WICKI_NUMBER_SIZE);
        assert_same_bits(x, strtod(text, NULL), text);
    }
}
END_TEST

START_TEST(the_decimal_point_is_a_point_in_every_locale)
{
    scratch dir = scratch_new();
    char text[WICKI_NUMBER_SIZE], locale[16];

    if (set_comma_locale(&dir)) {
        snprintf(locale, sizeof locale, "%.1f", 1.5);
        ck_assert_str_eq(locale, "1,5");
        wicki_number_text(text, -1234.5678);
        ck_assert_str_eq(text, "-1234.5678");
        wicki_number_text(text, 0.1 + 0.2);
        ck_assert_str_eq(text, "0.30000000000000004");
        wicki_number_text(text, 0.1);
        ck_assert_str_eq(text, "0.1");
        wicki_number_digits(text, 6.02214076e23, 4);
        ck_assert_str_eq(text, "6.022e23");
    } else {
        fputs("no locale with a decimal comma: not tried\n", stderr);
    }
    scratch_remove(dir.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number");
    TCase *forms = tcase_create("forms"), *locales = tcase_create("locales");

    tcase_add_loop_test(
        forms, a_number_is_written_in_its_shortest_form, 0, (int)(sizeof SHORT / sizeof *SHORT));
    tcase_add_test(forms, digits_asked_for_are_all_there);
    tcase_add_test(forms, reading_a_number_back_gives_the_same_double);
    tcase_add_test(locales, the_decimal_point_is_a_point_in_every_locale);
    suite_add_tcase(suite, forms);
    suite_add_tcase(suite, locales);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
