/* The progress line: silent where nobody looks, complete where somebody does. */
#define _XOPEN_SOURCE 700 /* pseudo-terminals */

#include <fcntl.h>
#include <math.h>
#include <time.h>

#include "tests/io/scratch.h"

typedef struct page {
    FILE *stream;
    char *text;
    size_t size;
} page;

static page page_new(void)
{
    page p = { NULL, NULL, 0 };

    p.stream = tmpfile();
    ck_assert_ptr_nonnull(p.stream);
    return p;
}

/* All that was written to the stream. */
static const char *page_text(page *p)
{
    fflush(p->stream);
    p->size = (size_t)ftell(p->stream);
    p->text = realloc(p->text, p->size + 1);
    ck_assert_ptr_nonnull(p->text);
    rewind(p->stream);
    ck_assert_uint_eq(fread(p->text, 1, p->size, p->stream), p->size);
    p->text[p->size] = '\0';
    return p->text;
}

static void page_free(page *p)
{
    fclose(p->stream);
    free(p->text);
}

static void pause_for(double seconds)
{
    const struct timespec t = { (time_t)seconds, (long)(1e9 * fmod(seconds, 1.0)) };

    nanosleep(&t, NULL);
}

START_TEST(nothing_is_written_where_there_is_no_terminal)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(
        w, &(wick_progress_options){ .stream = p.stream, .total = 300, .interval = 1e-9 });

    for (int i = 0; i < 300; i++)
        wick_progress_step(progress, 17.5);
    wick_progress_free(progress);
    ck_assert_str_eq(page_text(&p), "");
    page_free(&p);
    wick_free(w);
}
END_TEST

START_TEST(a_line_tells_steps_percentage_loss_rate_and_time)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(w,
        &(wick_progress_options){ .stream = p.stream,
            .total = 7,
            .label = "five\tpoint",
            .interval = 1e-9,
            .always = true });

    for (int i = 0; i < 3; i++) {
        pause_for(0.02);
        wick_progress_step(progress, 17.44351234 - i);
    }
    const char *text = page_text(&p);
    assert_contains(text, "five point  1/7  14 %  loss 17.4435  ");
    assert_contains(text, "five point  3/7  42 %  loss 15.4435  ");
    assert_contains(text, " it/s  0:00 left\n");
    wick_progress_free(progress);
    ck_assert_str_eq(page_text(&p) + p.size - 1, "\n");
    page_free(&p);
    wick_free(w);
}
END_TEST

START_TEST(the_last_step_is_shown_at_the_end_however_quick_it_was)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(w,
        &(wick_progress_options){
            .stream = p.stream, .total = 1234, .interval = 1000.0, .always = true });

    for (int i = 1; i <= 1234; i++)
        wick_progress_step(progress, 3.5 / i);
    wick_progress_free(progress);
    const char *text = page_text(&p);
    ck_assert_int_eq(strncmp(text, "fit  1234/1234  100 %  loss 0.00283630  ", 40), 0);
    ck_assert_ptr_eq(strchr(text, '\n'), text + p.size - 1);
    page_free(&p);
    wick_free(w);
}
END_TEST

START_TEST(without_a_total_there_is_no_percentage_and_a_bad_loss_is_shown)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(
        w, &(wick_progress_options){ .stream = p.stream, .interval = 1000.0, .always = true });

    wick_progress_step(progress, NAN);
    wick_progress_free(progress);
    const char *text = page_text(&p);
    ck_assert_int_eq(strncmp(text, "fit  1  loss nan  ", 18), 0);
    ck_assert_ptr_null(strchr(text, '%'));
    ck_assert_ptr_null(strstr(text, "left"));
    page_free(&p);
    wick_free(w);
}
END_TEST

/* 24 bytes would end within the thirteenth character: one byte, then two each. */
START_TEST(a_long_label_is_cut_between_characters)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(w,
        &(wick_progress_options){ .stream = p.stream,
            .label =
                "x\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                "\xc3\xa9\xc3\xa9\xc3\xa9",
            .always = true });

    wick_progress_step(progress, 4.5);
    wick_progress_free(progress);
    const char *text = page_text(&p);
    ck_assert_int_eq(strncmp(text + 1 + 22, "  1  loss 4.50000", 17), 0);
    ck_assert_uint_lt(p.size, 81);
    page_free(&p);
    wick_free(w);
}
END_TEST

START_TEST(quick_steps_are_drawn_at_the_interval_only)
{
    wick *w = wick_new(NULL);
    page p = page_new();
    wick_progress *progress = wick_progress_new(
        w, &(wick_progress_options){ .stream = p.stream, .interval = 0.05, .always = true });
    struct timespec begin, end;
    long lines = 0;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < 10000; i++)
        wick_progress_step(progress, 4.5);
    wick_progress_free(progress);
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double elapsed =
        difftime(end.tv_sec, begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    for (const char *text = page_text(&p); *text; text++)
        lines += *text == '\n';
    ck_assert_int_ge(lines, 1);
    ck_assert_double_le((double)lines, 2.0 + elapsed / 0.05);
    page_free(&p);
    wick_free(w);
}
END_TEST

/* A pseudo-terminal: one line, drawn again from its beginning, ended once. */
START_TEST(on_a_terminal_the_line_is_drawn_in_its_place)
{
    wick *w = wick_new(NULL);
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    char seen[4096];

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return; /* none to be had here */
    FILE *stream = fopen(ptsname(master), "w");
    ck_assert_ptr_nonnull(stream);
    wick_progress *progress = wick_progress_new(
        w, &(wick_progress_options){ .stream = stream, .total = 3, .interval = 1e-9 });
    for (int i = 0; i < 3; i++) {
        pause_for(0.001);
        wick_progress_step(progress, i < 2 ? 1234567.8e30 : 4.5);
    }
    wick_progress_free(progress);
    size_t n = 0; /* a read gives what has arrived: go on to the end of the line */
    for (ssize_t more = 1; more > 0 && (n == 0 || seen[n - 1] != '\n'); n += (size_t)more) {
        more = read(master, seen + n, sizeof seen - 1 - n);
        ck_assert_int_gt(more, 0);
    }
    seen[n] = '\0';
    assert_contains(seen, "\rfit  1/3  33 %  loss 1.23457e36");
    assert_contains(seen, "\rfit  3/3  100 %  loss 4.50000");
    ck_assert_ptr_eq(strchr(seen, '\n'), seen + n - 1);
    fclose(stream);
    close(master);
    wick_free(w);
}
END_TEST

START_TEST(a_step_takes_no_memory_and_a_failing_allocation_is_an_error)
{
    meter m = { 0 };
    wick *w = metered_handle(&m);
    page p = page_new();
    const wick_progress_options options = { .stream = p.stream, .interval = 1e-9, .always = true };
    wick_progress *progress = wick_progress_new(w, &options);
    const long requests = m.requests;

    for (int i = 0; i < 1000; i++)
        wick_progress_step(progress, 4.5);
    ck_assert_int_eq(m.requests, requests);
    wick_progress_free(progress);

    m.fail_at = m.requests + 1;
    ck_assert_ptr_null(wick_progress_new(w, &options));
    ck_assert_int_eq(wick_status(w), WICK_ERR_MEMORY);
    ck_assert_ptr_null(wick_progress_new(w, &options));
    wick_free(w);
    ck_assert_int_eq(m.held, 0);
    page_free(&p);
}
END_TEST

START_TEST(a_negative_interval_is_an_error_and_null_is_taken_everywhere)
{
    wick *w = wick_new(NULL);

    ck_assert_ptr_null(wick_progress_new(w, &(wick_progress_options){ .interval = -0.5 }));
    ck_assert_int_eq(wick_status(w), WICK_ERR_ARGUMENT);
    assert_contains(wick_message(w), "wick_progress_new: interval is -0.5");
    wick_progress_step(NULL, 4.5);
    wick_progress_free(NULL);
    ck_assert_ptr_null(wick_progress_new(NULL, NULL));
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");

    tcase_add_test(tests, nothing_is_written_where_there_is_no_terminal);
    tcase_add_test(tests, a_line_tells_steps_percentage_loss_rate_and_time);
    tcase_add_test(tests, the_last_step_is_shown_at_the_end_however_quick_it_was);
    tcase_add_test(tests, without_a_total_there_is_no_percentage_and_a_bad_loss_is_shown);
    tcase_add_test(tests, a_long_label_is_cut_between_characters);
    tcase_add_test(tests, quick_steps_are_drawn_at_the_interval_only);
    tcase_add_test(tests, on_a_terminal_the_line_is_drawn_in_its_place);
    tcase_add_test(tests, a_step_takes_no_memory_and_a_failing_allocation_is_an_error);
    tcase_add_test(tests, a_negative_interval_is_an_error_and_null_is_taken_everywhere);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
