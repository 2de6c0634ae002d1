/* Handlers of the user, the order of messages, and how scopes open and close. */
#include "tests/site/program.h"

#include <stdio.h>

/* --- a user's own ----------------------------------------------------------------------------- */

/* Writes what it sees into a log, and may stop a site. */
typedef struct logger {
    wick_handler handler;
    char *log;
    char letter;
    const char *stops;
} logger;

static void log_out(wick *w, wick_handler *self, wick_site *site)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), "%c%s%s ", l->letter, site->name, site->value.w ? "!" : "");
    if (l->stops && strcmp(l->stops, site->name) == 0)
        site->stop = true;
}

static void log_back(wick *w, wick_handler *self, wick_site *site)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), "%s%s%c ", site->name, site->value.w ? "!" : "", l->letter);
}

static void log_exit(wick *w, wick_handler *self)
{
    logger *l = (logger *)self;

    (void)w;
    sprintf(l->log + strlen(l->log), ".%c ", l->letter);
}

static logger new_logger(char *log, char letter, const char *stops)
{
    return (logger){ { .process = log_out, .postprocess = log_back, .exit = log_exit }, log, letter,
        stops };
}

START_TEST(messages_go_out_from_the_innermost_and_come_back_from_the_outermost)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', NULL),
           c = new_logger(log, 'c', NULL);

    WICK_WITH (w, &a.handler)
        WICK_WITH (w, &b.handler)
            WICK_WITH (w, &c.handler)
                wick_sample(w, "x", wick_normal(0.0, 1.0));
    ck_assert_str_eq(log, "cx bx ax x!a x!b x!c .c .b .a ");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_stopped_message_turns_back_before_the_handlers_outside)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', "x"),
           c = new_logger(log, 'c', NULL);
    wick_var x;

    WICK_WITH (w, &a.handler)
        WICK_WITH (w, &b.handler)
            WICK_WITH (w, &c.handler) {
                x = wick_sample(w, "x", wick_normal(0.0, 1.0));
                wick_deterministic(w, "y", x);
            }
    ck_assert_str_eq(log, "cx bx x!b x!c cy! by! ay! y!a y!b y!c .c .b .a ");
    ck_assert(isfinite(wick_value(x)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Gives latent sites the value 4.5, and keeps what came out of params. */
typedef struct giver {
    wick_handler handler;
    double param;
} giver;

static void give(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    if (site->type == WICK_SAMPLE && !site->observed)
        site->value = wick_num(w, 4.5);
}

static void look(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    if (site->type == WICK_PARAM)
        ((giver *)self)->param = wick_value(site->value);
}

START_TEST(a_handler_of_the_user_may_give_values_and_look_at_them)
{
    wick *w = wick_new(NULL);
    giver own = { .handler = { .process = give, .postprocess = look } };

    for (int i = 0; i < 2; i++) { /* it may be used again, also in a later step */
        const wick_trace *trace = trace_under(w, &own.handler);
        assert_ok(w);
        ck_assert_double_eq(value_at(trace, "x"), 4.5);
        ck_assert_double_eq(value_at(trace, "m"), 13.5);
        ck_assert_double_eq(value_at(trace, "y"), LEVEL);
        ck_assert_double_eq(own.param, 0.3);
        assert_close(log_prob_at(w, trace, "x"), log_normal(4.5, 0.3, 1.2), 1e-14);
        own.param = 0.0;
        wick_reset(w);
    }
    wick_free(w);
}
END_TEST

static void fail_on_way_out(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    wick_fail(w, WICK_ERR_DOMAIN, "the handler does not like '%s'", site->name);
}

START_TEST(an_error_of_a_handler_keeps_the_message_from_those_outside)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger outer = new_logger(log, 'a', NULL);
    wick_handler own = { .process = fail_on_way_out };

    WICK_WITH (w, &outer.handler)
        WICK_WITH (w, &own)
            ck_assert_ptr_null(wick_sample(w, "x", wick_normal(0.0, 1.0)).w);
    ck_assert_str_eq(log, ".a ");
    assert_error(w, WICK_ERR_DOMAIN, "does not like 'x'", "at site 'x'");
    wick_free(w);
}
END_TEST

/* --- programs and scopes ---------------------------------------------------------------------- */

static void calls_the_model(wick *w, void *arg)
{
    WICK_PLATE (w, "rows", 2)
        wick_call(w, *(wick_program *)arg);
}

static void one_latent(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(0.5, 1.5));
}

START_TEST(a_called_program_runs_under_the_same_handlers_and_plates)
{
    wick *w = wick_new(NULL);
    wick_program inner = { one_latent, NULL };
    const wick_trace *trace = wick_trace_run(
        w, wick_wrap(w, (wick_program){ calls_the_model, &inner }, wick_scale(w, 3.0)));
    const wick_site *x = wick_trace_find(trace, "x");

    assert_ok(w);
    ck_assert_uint_eq(wick_members(x->value), 2);
    ck_assert_double_eq(x->scale, 3.0);
    wick_free(w);
}
END_TEST

START_TEST(the_program_wrapped_last_has_the_outermost_handler)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger a = new_logger(log, 'a', NULL), b = new_logger(log, 'b', NULL);
    const wick_program once = wick_wrap(w, (wick_program){ one_latent, NULL }, &a.handler);

    wick_call(w, wick_wrap(w, once, &b.handler));
    ck_assert_str_eq(log, "ax bx x!b x!a .a .b ");
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_handler_is_open_once_at_a_time_and_in_one_step)
{
    wick *w = wick_new(NULL);
    wick_handler *scale = wick_scale(w, 2.0);
    int bodies = 0;

    WICK_WITH (w, scale)
        bodies++;
    WICK_WITH (w, scale) /* again, one after the other */
        bodies++;
    assert_ok(w);
    WICK_WITH (w, scale)
        WICK_WITH (w, scale)
            bodies++;
    ck_assert_int_eq(bodies, 3); /* a body runs once, also after an error */
    assert_error(w, WICK_ERR_STATE, "wick_enter", "open already");

    scale = wick_scale(w, 2.0);
    wick_reset(w);
    WICK_WITH (w, scale)
        bodies++;
    ck_assert_int_eq(bodies, 4);
    assert_error(w, WICK_ERR_STATE, "wick_enter", "earlier step");
    WICK_WITH (w, NULL)
        bodies++;
    assert_error(w, WICK_ERR_ARGUMENT, "wick_enter", "NULL");
    wick_free(w);
}
END_TEST

static void returns_from_handlers(wick *w, void *arg)
{
    WICK_WITH (w, arg)
        WICK_WITH (w, wick_scale(w, 2.0))
            return;
}

START_TEST(handlers_left_by_return_are_closed_and_reported)
{
    wick *w = wick_new(NULL);
    char log[200] = "";
    logger own = new_logger(log, 'a', NULL);

    wick_call(w, (wick_program){ returns_from_handlers, &own.handler });
    ck_assert_str_eq(log, ".a ");
    ck_assert(!own.handler.open);
    assert_error(w, WICK_ERR_STATE, "wick_call", "a handler", "return");

    wick_sample(w, "x", wick_normal(0.0, 1.0));
    ck_assert_str_eq(log, ".a "); /* it is really gone */
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_program_without_a_function_is_an_error)
{
    wick *w = wick_new(NULL);

    wick_call(w, (wick_program){ NULL, NULL });
    assert_error(w, WICK_ERR_ARGUMENT, "wick_call", "no function");
    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ NULL, NULL }));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_trace_run", "no function");
    wick_free(w);
}
END_TEST

static void counts_calls(wick *w, void *arg)
{
    (void)w;
    ++*(int *)arg;
}

START_TEST(no_program_runs_after_an_error)
{
    wick *w = wick_new(NULL);
    int calls = 0;

    wick_fail(w, WICK_ERR_DOMAIN, "an error of the test");
    wick_call(w, (wick_program){ counts_calls, &calls });
    ck_assert_ptr_null(wick_trace_run(w, (wick_program){ counts_calls, &calls }));
    ck_assert_int_eq(calls, 0);
    ck_assert_str_eq(wick_message(w), "an error of the test");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scopes");
    TCase *own = new_case(suite, "own"), *scopes = new_case(suite, "scopes");

    tcase_add_test(own, messages_go_out_from_the_innermost_and_come_back_from_the_outermost);
    tcase_add_test(own, a_stopped_message_turns_back_before_the_handlers_outside);
    tcase_add_test(own, a_handler_of_the_user_may_give_values_and_look_at_them);
    tcase_add_test(own, an_error_of_a_handler_keeps_the_message_from_those_outside);
    tcase_add_test(scopes, a_called_program_runs_under_the_same_handlers_and_plates);
    tcase_add_test(scopes, the_program_wrapped_last_has_the_outermost_handler);
    tcase_add_test(scopes, a_handler_is_open_once_at_a_time_and_in_one_step);
    tcase_add_test(scopes, handlers_left_by_return_are_closed_and_reported);
    tcase_add_test(scopes, a_program_without_a_function_is_an_error);
    tcase_add_test(scopes, no_program_runs_after_an_error);
    return run_suite(suite);
}
