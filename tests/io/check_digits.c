/* Digits of doubles: those of printf of the C library, whose "%e" rounds exactly. */
#include "io/digits.h"

#include <float.h>
#include <math.h>

#include "base/philox.h"
#include "tests/io/scratch.h"

enum { RANDOM = 6000, DIGITS = WICKI_ALL_DIGITS };

static const uint64_t SEED = 0xc0ac29b7c97c50ddu;

static double random_double(wicki_stream *s)
{
    const uint64_t high = (uint64_t)(wicki_uniform(s) * 4294967296.0);
    const uint64_t bits = high << 32 | (uint64_t)(wicki_uniform(s) * 4294967296.0);
    double x;

    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : 0.0;
}

/* "-1.25e-07" */
static void put(char *text, size_t size, const wicki_digits *d)
{
    snprintf(text, size, "%s%c%s%.*se%c%02d", d->negative ? "-" : "", d->digits[0],
        d->n > 1 ? "." : "", d->n - 1, d->digits + 1, d->exponent < 0 ? '-' : '+',
        abs(d->exponent));
}

static const char *as_printf(double x, int n)
{
    static char got[64], want[64];
    wicki_digits d;

    wicki_round_digits(&d, x, n);
    put(got, sizeof got, &d);
    snprintf(want, sizeof want, "%.*e", n - 1, x);
    return strcmp(got, want) == 0 ? NULL : got;
}

/* 0, the ends, ties with all kinds of neighbours, and numbers that round up to a power of ten. */
static const double SPECIAL[] = { 0.0, -0.0, DBL_MAX, -DBL_MIN, 0x1p-1074, 0x0.fffffffffffffp-1022,
    0.5, 1.5, 2.5, 0.125, 0.375, 1234567890123456.5, 9007199254740993e3, 5e22, 1e22, 1e23, 9.5,
    99.5, 999999999999999.5, 0.99999999999999989, 9999999999999998.0, 8.5e22, 0x1p63, 0x1p-40,
    0x1p100, 72057594037927945.0, 1e-5, 123456.5, 1e16, 1e17, 99999999999999984.0, 4.35, 0.1, 0.3 };

START_TEST(digits_are_those_that_printf_writes)
{
    wicki_stream s = wicki_stream_new(SEED, 2, 1);

    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++)
        ck_assert_msg(
            !as_printf(SPECIAL[i], _i), "%.17g: %s", SPECIAL[i], as_printf(SPECIAL[i], _i));
    for (int i = 0; i < RANDOM; i++) {
        const double x = i % 2 ? random_double(&s) : 1e3 * wicki_normal(&s);
        const double y = floor(1e6 * wicki_uniform(&s)) / 64.0; /* ties are frequent */
        if (as_printf(x, _i) || as_printf(y, _i))
            ck_abort_msg("%.17g or %.17g has other digits", x, y);
    }
}
END_TEST

/* Powers of two are where the double below is nearer than the one above. */
START_TEST(as_many_digits_tell_a_number_as_strtod_needs_to_read_it_back)
{
    wicki_stream s = wicki_stream_new(SEED, 3, 1);
    long counts[DIGITS + 1] = { 0 };

    for (int i = 0; i < 3 * RANDOM; i++) {
        const double x = i < 2098 ? ldexp(1.0, i - 1074)
            : i % 2               ? random_double(&s)
                                  : round(1e5 * wicki_normal(&s)) * 1e-3;
        char text[64];
        wicki_digits d;
        int n = 14;
        do
            snprintf(text, sizeof text, "%.*e", n++, x);
        while (strtod(text, NULL) != x);
        wicki_tell_digits(&d, x);
        if (d.n != n)
            ck_abort_msg("%a is told by %d digits, want %d", x, d.n, n);
        char got[64];
        put(got, sizeof got, &d);
        if (strcmp(got, text) != 0)
            ck_abort_msg("%a is %s, want %s", x, got, text);
        counts[n]++;
    }
    for (int n = 15; n <= DIGITS; n++)
        ck_assert_int_gt(counts[n], RANDOM / 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digits");
    TCase *tests = tcase_create("digits");

    tcase_add_loop_test(tests, digits_are_those_that_printf_writes, 1, DIGITS + 1);
    tcase_add_test(tests, as_many_digits_tell_a_number_as_strtod_needs_to_read_it_back);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
