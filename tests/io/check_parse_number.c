/* Numbers out of text: rounded once, whatever they look like. The reference is strtod of the C
 * library in the C locale, where not said otherwise. */
#include "io/parse.h"

#include <float.h>
#include <math.h>

#include "base/philox.h"
#include "tests/io/scratch.h"

static const uint64_t SEED = 0x13198a2e03707344u;

enum { RANDOM = 20000, LONG = 1200 };

static void assert_reads(const char *text, double want)
{
    double x = 0.125;

    ck_assert_msg(wicki_parse_number(text, &x) == strlen(text), "%.60s is not read whole", text);
    ck_assert_msg(memcmp(&x, &want, sizeof x) == 0, "%.60s is %a, want %a", text, x, want);
}

static void assert_as_strtod(const char *text)
{
    assert_reads(text, strtod(text, NULL));
}

static uint64_t random_bits(wicki_stream *s)
{
    const uint64_t high = (uint64_t)(wicki_uniform(s) * 4294967296.0);

    return high << 32 | (uint64_t)(wicki_uniform(s) * 4294967296.0);
}

static size_t random_below(wicki_stream *s, size_t n)
{
    return (size_t)(wicki_uniform(s) * (double)n);
}

static double double_of(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Values by IEEE 754: DBL_MAX is (2 - 2^-52) 2^1023, halfway to 2^1024 is the first infinity; the
 * smallest double is 2^-1074, and half of it, 2^-1075, goes to the even neighbour 0. */
static const struct {
    const char *text;
    double value;
} KNOWN[] = {
    { "12.5", 12.5 },
    { "-12.5e+3", -12500.0 },
    { "+.5", 0.5 },
    { "7.", 7.0 },
    { "7.E1", 70.0 },
    { "0", 0.0 },
    { "-0", -0.0 },
    { "-0.000e99999999999999999999", -0.0 },
    { "00000000000000000000000000000000000000000003", 3.0 },
    { "9007199254740993", 9007199254740992.0 }, /* 2^53 + 1: the even one */
    { "9007199254740995", 9007199254740996.0 },
    { "9007199254740993.00000000000000000000000000000000000000001", 9007199254740994.0 },
    { "9007199254740992.99999999999999999999999999999999999999999", 9007199254740992.0 },
    { "18446744073709551615", 0x1p64 },
    { "18446744073709549568", 0x1.fffffffffffffp63 },
    { "18446744073709550592", 0x1p64 }, /* halfway */
    { "1e23", 0x1.52d02c7e14af6p+76 },
    { "8.5e22", 8.5e22 },
    { "2.2250738585072011e-308", 0x0.fffffffffffffp-1022 },
    { "2.2250738585072012e-308", DBL_MIN },
    { "2.2250738585072014e-308", DBL_MIN },
    { "1.7976931348623157e308", DBL_MAX },
    { "1.7976931348623158e308", DBL_MAX },
    { "1.7976931348623158079372897140530341507993413271003782693617377898044e308", DBL_MAX },
    { "1.7976931348623158079372897140530341507993413271003782693617377898045e308", INFINITY },
    { "1.7976931348623159e308", INFINITY },
    { "1e309", INFINITY },
    { "-1e999", -INFINITY },
    { "1e99999999999999999999", INFINITY },
    { "1e-99999999999999999999", 0.0 },
    { "5e-324", 0x1p-1074 },
    { "4.9406564584124654e-324", 0x1p-1074 },
    { "2.4703282292062327e-324", 0.0 },
    { "2.4703282292062328e-324", 0x1p-1074 },
    { "7.4109846876186981e-324", 0x1p-1074 },
    { "7.4109846876186982e-324", 0x1p-1073 },
    { "-1e-400", -0.0 },
    { "inf", INFINITY },
    { "-Infinity", -INFINITY },
    { "+INF", INFINITY },
};

START_TEST(a_number_is_the_nearest_double_and_the_even_one_of_two)
{
    assert_reads(KNOWN[_i].text, KNOWN[_i].value);
}
END_TEST

START_TEST(a_number_ends_where_it_stops_being_one)
{
    static const struct {
        const char *text;
        size_t length;
        double value;
    } PARTS[] = {
        { "1,5", 1, 1.0 },
        { "1_000", 1, 1.0 },
        { "0x1p3", 1, 0.0 },
        { "1e", 1, 1.0 },
        { "2e+", 1, 2.0 },
        { "3.e-x", 2, 3.0 },
        { "4.5.6", 3, 4.5 },
        { "6-7", 1, 6.0 },
        { "7\n8", 1, 7.0 },
        { "infinit", 3, INFINITY },
        { "8d5", 1, 8.0 },
    };
    static const char *const NONE[] = { "", " 1", ".", "-", "+", "-.", "e5", ".e5", "--1", "+-1",
        "in", "na", "x", "\xef\xbc\x91", "- 1" };

    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        double x = 0.125;
        ck_assert_uint_eq(wicki_parse_number(PARTS[i].text, &x), PARTS[i].length);
        ck_assert_double_eq(x, PARTS[i].value);
    }
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        double x = 0.125;
        ck_assert_msg(wicki_parse_number(NONE[i], &x) == 0, "\"%s\" is a number", NONE[i]);
        ck_assert_double_eq(x, 0.125);
    }
}
END_TEST

START_TEST(nan_is_read_in_any_case_of_letters)
{
    static const char *const TEXTS[] = { "nan", "NaN", "-NAN", "+nAn" };

    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        double x = 0.125;
        ck_assert_uint_eq(wicki_parse_number(TEXTS[i], &x), strlen(TEXTS[i]));
        ck_assert_double_nan(x);
    }
}
END_TEST

/* Doubles of all exponents with 1 to 25 digits, of which the last differ from the double's. */
START_TEST(random_doubles_are_read_as_strtod_reads_them)
{
    wicki_stream s = wicki_stream_new(SEED, 5, 1);
    char text[64];

    for (int i = 0; i < RANDOM; i++) {
        const double x = double_of(random_bits(&s));
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*e", (int)random_below(&s, 25), x);
        assert_as_strtod(text);
        snprintf(text, sizeof text, "%.17g", 10.0 * wicki_normal(&s));
        assert_as_strtod(text);
    }
}
END_TEST

START_TEST(random_digits_are_read_as_strtod_reads_them)
{
    wicki_stream s = wicki_stream_new(SEED, 6, 1);
    char text[128];

    for (int i = 0; i < RANDOM; i++) {
        const size_t n = 1 + random_below(&s, 60), point = random_below(&s, 2 * n);
        size_t length = 0;
        for (size_t j = 0; j < n; j++) {
            if (j == point)
                text[length++] = '.';
            text[length++] = (char)('0' + random_below(&s, 10));
        }
        snprintf(text + length, sizeof text - length, "e%d", (int)random_below(&s, 740) - 380);
        assert_as_strtod(text);
    }
}
END_TEST

/* (2 m + 1) 2^(e - 1) in decimal, by doubling and halving digits; at most 767 are not 0. */
typedef struct digits {
    int n, point;          /* digits, and how many of them are before the point */
    unsigned char d[LONG]; /* may begin with zeros */
} digits;

static void add_to(digits *a, uint64_t w)
{
    *a = (digits){ .n = 20, .point = 20 };
    for (int i = 19; i >= 0; i--, w /= 10)
        a->d[i] = (unsigned char)(w % 10);
}

static void twice(digits *a)
{
    unsigned carry = 0;

    for (int i = a->n - 1; i >= 0; i--) {
        carry += 2u * a->d[i];
        a->d[i] = (unsigned char)(carry % 10);
        carry /= 10;
    }
    if (carry == 0)
        return;
    memmove(a->d + 1, a->d, (size_t)a->n);
    a->d[0] = (unsigned char)carry;
    a->n++;
    a->point++;
}

static void half(digits *a)
{
    unsigned rest = 0;

    for (int i = 0; i < a->n; i++) {
        rest = 10 * rest + a->d[i];
        a->d[i] = (unsigned char)(rest / 2);
        rest %= 2;
    }
    if (rest)
        a->d[a->n++] = 5;
}

static void put_text(char *text, const digits *a, const char *tail)
{
    for (int i = 0; i < a->n; i++) {
        if (i == a->point)
            *text++ = '.';
        *text++ = (char)('0' + a->d[i]);
    }
    strcpy(text, a->point < a->n ? "" : ".");
    strcat(text, tail);
}

/* One below in the last place. */
static void decrement(digits *a)
{
    int i = a->n - 1;

    for (; a->d[i] == 0; i--)
        a->d[i] = 9;
    a->d[i]--;
}

/* The reference is the definition: halfway to the even one, above it up, below it down. */
static void check_midpoint(uint64_t bits)
{
    const int biased = (int)(bits >> 52), e = biased ? biased - 1075 : -1074;
    const uint64_t m = (bits & (UINT64_MAX >> 12)) | (uint64_t)(biased > 0) << 52;
    const double below = double_of(bits), above = double_of(bits + 1);
    char text[2 * LONG];
    digits a;

    add_to(&a, 2 * m + 1);
    for (int i = 1; i < e; i++)
        twice(&a);
    for (int i = e; i < 1; i++)
        half(&a);
    put_text(text, &a, "");
    assert_reads(text, bits % 2 ? above : below);
    put_text(text, &a, "00000000000000000000000000000000000000001");
    assert_reads(text, above);
    decrement(&a);
    put_text(text, &a, "9");
    assert_reads(text, below);
}

START_TEST(midpoints_between_doubles_with_all_their_digits_are_decided_exactly)
{
    static const uint64_t SPECIAL[] = { 0, 1, 2, 0xffffffffffffe, 0xfffffffffffff, 0x10000000000000,
        0x3ff0000000000000, 0x433fffffffffffff, 0x7feffffffffffffe, 0x7fefffffffffffff };
    wicki_stream s = wicki_stream_new(SEED, 7, 1);

    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++)
        check_midpoint(SPECIAL[i]);
    for (int i = 0; i < 300; i++)
        check_midpoint((uint64_t)random_below(&s, 0x7fe) << 52 | random_bits(&s) >> 12);
}
END_TEST

START_TEST(a_number_may_have_a_million_digits)
{
    enum { MILLION = 1000000 };
    char *text = malloc(MILLION + 32);

    ck_assert_ptr_nonnull(text);
    memset(text, '0', MILLION + 32);
    strcpy(text + MILLION, "1e1000000");
    text[1] = '.';
    assert_reads(text, 10.0);
    memset(text, '3', MILLION);
    strcpy(text + MILLION, "e-1000000");
    assert_reads(text, 1.0 / 3.0);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse_number");
    TCase *values = tcase_create("values"), *forms = tcase_create("forms");

    tcase_add_loop_test(values, a_number_is_the_nearest_double_and_the_even_one_of_two, 0,
        (int)(sizeof KNOWN / sizeof *KNOWN));
    tcase_add_test(values, random_doubles_are_read_as_strtod_reads_them);
    tcase_add_test(values, random_digits_are_read_as_strtod_reads_them);
    tcase_add_test(values, midpoints_between_doubles_with_all_their_digits_are_decided_exactly);
    tcase_add_test(values, a_number_may_have_a_million_digits);
    tcase_add_test(forms, a_number_ends_where_it_stops_being_one);
    tcase_add_test(forms, nan_is_read_in_any_case_of_letters);
    suite_add_tcase(suite, values);
    suite_add_tcase(suite, forms);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
