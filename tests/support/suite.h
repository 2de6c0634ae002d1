/**
 * What the Check programs share: how to run a suite, and assertions about a handle.
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>
#include <wick/wick.h>

/** A new case of the suite, for tcase_add_test. */
static inline TCase *new_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);

    suite_add_tcase(suite, tests);
    return tests;
}

/** Runs the suite; the exit status of main. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/** Passes if the handle has no error; else shows it. */
#define assert_ok(w) ck_assert_msg(wick_status(w) == WICK_OK, "%s", wick_message(w))

/** got is want, to a tolerance relative to the larger of 1 and |want|. */
#define assert_close(got, want, relative)                                                 \
    do {                                                                                  \
        const double close_got = (got), close_want = (want);                              \
        const double close_tol = (relative)*fmax(1.0, fabs(close_want));                  \
        ck_assert_msg(fabs(close_got - close_want) <= close_tol,                          \
            "%s is %.17g, want %.17g (off by %.3g, may be off by %.3g)", #got, close_got, \
            close_want, close_got - close_want, close_tol);                               \
    } while (0)

/** The handle has this error, and its message has each of the words, a list ended by NULL. */
static inline void assert_fails(wick *w, wick_code code, const char *const *words)
{
    ck_assert_msg(wick_status(w) == code, "got %s (%s), want %s", wick_code_name(wick_status(w)),
        wick_message(w), wick_code_name(code));
    for (; *words; words++)
        ck_assert_msg(
            strstr(wick_message(w), *words), "no '%s' in \"%s\"", *words, wick_message(w));
    ck_assert_uint_eq(strcspn(wick_message(w), "\n"), strlen(wick_message(w)));
}

/** assert_fails, and the handle is cleared for more. */
#define assert_error(w, code, ...)                                         \
    do {                                                                   \
        assert_fails(w, code, (const char *const[]){ __VA_ARGS__, NULL }); \
        wick_clear(w);                                                     \
        assert_ok(w);                                                      \
    } while (0)

/** The bits of two arrays of doubles are the same. */
#define assert_same_bits(a, b, n) ck_assert_mem_eq(a, b, (n) * sizeof(double))

/** A program without sites. */
static inline void do_nothing(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

#define NOTHING ((wick_program){ do_nothing, NULL })

/** log of the normal density. */
static inline double log_normal(double x, double loc, double scale)
{
    const double z = (x - loc) / scale;

    return -0.5 * z * z - log(scale) - 0.91893853320467274178; /* log(2 pi) / 2 */
}

#endif
