/* Laws of handlers: which may be doubled, which may change places, what undoes what.
 *
 * Both sides of a law are run in fresh handles of one seed, and their traces must agree: names,
 * types, flags, and the bits of values, densities and costs. Pyro's test_properties.py has the
 * idea. */
#include "tests/site/program.h"

enum { MAX_SITES = 12, MAX_VALUES = 4, MAX_KINDS = 14 };

/* --- a model with a site of every type, under a plate, discrete and continuous ---------------- */

static void law_model(wick *w, void *arg)
{
    static const double Y[3] = { 0.9, -1.4, 2.6 };
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    const wick_var x = wick_sample(w, "x", wick_normal(loc, 1.2));
    const wick_var k = wick_sample(w, "k", wick_categorical(wick_fill(w, 1.0, 4)));

    (void)arg;
    WICK_PLATE (w, "rows", 3) {
        const wick_var u = wick_sample(w, "u", wick_normal(x, 0.5));
        const wick_var z = wick_sample(w, "z", wick_bernoulli(wick_sigmoid(u)));
        const wick_var m = wick_deterministic(w, "m", wick_add(wick_mul(z, k), u));
        wick_observe(w, "y", wick_normal(m, 0.7), wick_data(w, Y, 3));
        wick_factor(w, "f", wick_mul(u, -0.25));
    }
}

static wick_enumeration all_sequential(const wick_site *site, void *arg)
{
    (void)site;
    (void)arg;
    return WICK_SEQUENTIAL;
}

/* --- handlers by number ----------------------------------------------------------------------- */

typedef enum kind {
    NONE,
    BLOCK_X,
    CONDITION_X,
    CONDITION_K,
    CONDITION_Y,
    SUBSTITUTE_X,
    REPLAY,
    MASK,
    SCALE_2,
    SCALE_3,
    SCALE_6,
    RESEED,
    CONFIG,
    ENUMERATE,
    FREEZE,
    UNCONDITION,
    DO_X,
    DO_K,
    LIFT,
    TRACE
} kind;

static const char *const HIDDEN[] = { "x", "u", NULL };

static wick_handler *bound(wick *w,
    wick_handler *(*make)(wick *w, size_t n, const wick_binding *bindings), const char *name,
    double x)
{
    return make(w, 1, &(wick_binding){ name, wick_num(w, x) });
}

/* A trace with other values for x and u. */
static wick_trace *other_run(wick *w)
{
    wick_trace *trace = NULL;

    WICK_WITH (w, wick_record_trace(w, &trace)) {
        wick_sample(w, "x", wick_normal(-8.0, 0.1));
        WICK_PLATE (w, "rows", 3)
            wick_sample(w, "u", wick_normal(9.0, 0.1));
    }
    return trace;
}

static wick_handler *handler_of(wick *w, kind k, wick_trace **trace)
{
    const wick_prior prior = { "loc", wick_normal(2.0, 0.5) };

    switch (k) {
    case BLOCK_X:
        return wick_block(w, .hide = HIDDEN);
    case CONDITION_X:
        return bound(w, wick_condition, "x", -0.8);
    case CONDITION_K:
        return bound(w, wick_condition, "k", 2.0);
    case CONDITION_Y:
        return bound(w, wick_condition, "y", 0.6);
    case SUBSTITUTE_X:
        return bound(w, wick_substitute, "x", 1.7);
    case REPLAY:
        return wick_replay(w, other_run(w));
    case MASK:
        return wick_mask(w, wick_num(w, 0.0));
    case SCALE_2:
        return wick_scale(w, 2.0);
    case SCALE_3:
        return wick_scale(w, 3.0);
    case SCALE_6:
        return wick_scale(w, 6.0);
    case RESEED:
        return wick_reseed(w, 44);
    case CONFIG:
        return wick_infer_config(w, all_sequential, NULL);
    case ENUMERATE:
        return wick_config_enumerate(w);
    case FREEZE:
        return wick_freeze(w);
    case UNCONDITION:
        return wick_uncondition(w);
    case DO_X:
        return bound(w, wick_do, "x", 0.45);
    case DO_K:
        return bound(w, wick_do, "k", 1.0);
    case LIFT:
        return wick_lift(w, 1, &prior);
    case TRACE:
        return wick_record_trace(w, trace);
    case NONE:
        break;
    }
    return wick_block(w, .hide_types = 128); /* hides nothing */
}

/* --- what a trace says ------------------------------------------------------------------------ */

typedef struct record {
    char name[8];
    double flags[7]; /* type, observed, enumerate, frozen, scale, seed, masked */
    double value[MAX_VALUES], log_prob[MAX_VALUES], cost[MAX_VALUES];
} record;

typedef struct records {
    size_t n;
    record site[MAX_SITES];
} records;

static void read_values(wick_var x, double *out)
{
    double all[MAX_VALUES] = { 0.0 };

    ck_assert_uint_le(wick_size(x), MAX_VALUES);
    wick_get(x, all, wick_size(x));
    memcpy(out, all, sizeof all);
}

static record record_of(wick *w, const wick_site *s)
{
    record r = { .flags = { s->type, s->observed, s->enumerate, s->frozen, s->scale,
                     (double)s->seed, s->mask.w != NULL } };

    strncpy(r.name, s->name, sizeof r.name - 1);
    read_values(s->value, r.value);
    if (s->type == WICK_SAMPLE) {
        read_values(wick_site_log_prob(w, s), r.log_prob);
        read_values(wick_site_cost(w, s), r.cost);
    }
    return r;
}

static records records_of(wick *w, const wick_trace *trace)
{
    records all;

    memset(&all, 0, sizeof all);
    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s)) {
        ck_assert_uint_lt(all.n, MAX_SITES);
        all.site[all.n++] = record_of(w, s);
    }
    assert_ok(w);
    return all;
}

/* The model under handlers, the innermost first; seen from outside, or by the TRACE among them. */
static records seen(size_t n, const kind *kinds, bool by_own_trace)
{
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    wick_program program = { law_model, NULL };
    wick_trace *own = NULL;

    for (size_t i = 0; i < n; i++)
        program = wick_wrap(w, program, handler_of(w, kinds[i], &own));
    const wick_trace *outer = wick_trace_run(w, program);
    const records r = records_of(w, by_own_trace ? own : outer);
    wick_free(w);
    return r;
}

static bool same(const records *a, const records *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* inner, then outer */
static records seen_of_two(kind inner, kind outer)
{
    return seen(2, (kind[]){ inner, outer }, false);
}

static records seen_of_one(kind only)
{
    return seen(1, &only, false);
}

/* --- the laws --------------------------------------------------------------------------------- */

/* A condition on what is observed does nothing. */
START_TEST(each_of_the_handlers_changes_something)
{
    const records plain = seen_of_one(NONE);

    ck_assert_uint_eq(plain.n, 8);
    for (kind k = BLOCK_X; k < TRACE; k++) {
        const records changed = seen_of_one(k);
        ck_assert_msg(same(&plain, &changed) == (k == CONDITION_Y), "kind %d", (int)k);
    }
}
END_TEST

START_TEST(twice_is_once)
{
    static const kind KINDS[] = { NONE, BLOCK_X, CONDITION_X, SUBSTITUTE_X, REPLAY, MASK, RESEED,
        CONFIG, ENUMERATE, FREEZE, UNCONDITION, DO_X, LIFT, TRACE };
    const kind k = KINDS[_i];
    const records once = seen_of_one(k), twice = seen_of_two(k, k);

    /* a trace keeps what it is shown, also when another one is around it */
    ck_assert_msg(same(&once, &twice), "kind %d", (int)k);
}
END_TEST

START_TEST(scales_multiply)
{
    const records product = seen_of_two(SCALE_2, SCALE_3), six = seen_of_one(SCALE_6);
    const records once = seen_of_one(SCALE_2), twice = seen_of_two(SCALE_2, SCALE_2);

    ck_assert(same(&product, &six));
    ck_assert(!same(&once, &twice));
}
END_TEST

static const kind COMMUTING[][2] = { { CONDITION_X, CONDITION_K }, { CONDITION_X, SCALE_3 },
    { CONDITION_X, MASK }, { CONDITION_X, RESEED }, { CONDITION_X, FREEZE },
    { CONDITION_X, ENUMERATE }, { CONDITION_X, SUBSTITUTE_X }, { CONDITION_X, REPLAY },
    { CONDITION_X, DO_K }, { CONDITION_X, DO_X }, { CONDITION_X, LIFT }, { SUBSTITUTE_X, DO_X },
    { REPLAY, DO_X }, { SUBSTITUTE_X, LIFT }, { SUBSTITUTE_X, UNCONDITION },
    { REPLAY, UNCONDITION }, { SCALE_2, SCALE_3 }, { SCALE_2, MASK }, { SCALE_2, DO_X },
    { SCALE_2, LIFT }, { SCALE_2, UNCONDITION }, { MASK, DO_X }, { MASK, LIFT },
    { MASK, UNCONDITION }, { RESEED, DO_X }, { RESEED, LIFT }, { RESEED, UNCONDITION },
    { RESEED, REPLAY }, { FREEZE, LIFT }, { FREEZE, DO_X }, { UNCONDITION, DO_X },
    { UNCONDITION, LIFT }, { DO_X, DO_K }, { DO_X, LIFT }, { DO_X, CONFIG }, { DO_K, ENUMERATE },
    { BLOCK_X, CONDITION_K }, { BLOCK_X, DO_K }, { BLOCK_X, LIFT }, { BLOCK_X, MASK } };

START_TEST(some_handlers_may_change_places)
{
    const kind *pair = COMMUTING[_i];
    const records a = seen_of_two(pair[0], pair[1]), b = seen_of_two(pair[1], pair[0]);

    ck_assert_msg(same(&a, &b), "kinds %d and %d", (int)pair[0], (int)pair[1]);
}
END_TEST

START_TEST(others_may_not)
{
    static const kind PAIRS[][2] = { { CONDITION_Y, UNCONDITION }, { CONDITION_X, UNCONDITION },
        { BLOCK_X, CONDITION_X }, { BLOCK_X, RESEED }, { BLOCK_X, DO_X }, { SUBSTITUTE_X, REPLAY },
        { UNCONDITION, CONFIG }, { LIFT, CONFIG } };

    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        const records a = seen_of_two(PAIRS[i][0], PAIRS[i][1]);
        const records b = seen_of_two(PAIRS[i][1], PAIRS[i][0]);
        ck_assert_msg(!same(&a, &b), "pair %zu", i);
    }
}
END_TEST

/* A trace inside sees what handlers further out gave the sites. */
START_TEST(a_trace_may_change_places_with_what_gives_values)
{
    static const kind KINDS[] = { CONDITION_X, SUBSTITUTE_X, REPLAY, SCALE_2, MASK, RESEED,
        ENUMERATE, CONFIG, FREEZE, UNCONDITION };

    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const records inside = seen(2, (kind[]){ TRACE, KINDS[i] }, true);
        const records outside = seen_of_one(KINDS[i]);
        ck_assert_msg(same(&inside, &outside), "kind %d", (int)KINDS[i]);
    }
}
END_TEST

START_TEST(an_uncondition_undoes_what_is_inside_it_and_a_condition_outside_redoes_it)
{
    const records undone = seen_of_two(CONDITION_Y, UNCONDITION);
    const records plain = seen_of_one(UNCONDITION);
    const records redone = seen_of_two(UNCONDITION, CONDITION_Y);

    ck_assert(same(&undone, &plain));
    ck_assert(!same(&redone, &plain));
    for (size_t i = 0; i < redone.n; i++)
        if (strcmp(redone.site[i].name, "y") == 0) {
            ck_assert_double_eq(redone.site[i].flags[1], 1.0);
            ck_assert_double_eq(redone.site[i].value[0], 0.6);
        }
}
END_TEST

START_TEST(a_replay_of_a_run_is_that_run)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    const wick_program program = { law_model, NULL };
    const wick_trace *first = wick_trace_run(w, program);
    const wick_trace *again = wick_trace_run(w, wick_wrap(w, program, wick_replay(w, first)));
    const wick_trace *other = wick_trace_run(w, program);
    const records a = records_of(w, first), b = records_of(w, again), c = records_of(w, other);

    ck_assert(same(&a, &b));
    ck_assert(!same(&a, &c));
    wick_free(w);
}
END_TEST

/* p(rest | do x) p(x) has the density of p(rest, x) at the same x: where nothing in it knows of x's
 * density, and everything else of its value. */
START_TEST(an_intervention_moves_the_densities_of_what_comes_after_as_a_condition_does)
{
    wick *w = wick_new(NULL);
    const wick_program program = { law_model, NULL };
    const wick_trace *run = wick_trace_run(w, program);
    const wick_binding x = { "x", wick_num(w, -0.8) };

    for (int i = 0; i < 2; i++) {
        wick_handler *give = i ? wick_do(w, 1, &x) : wick_condition(w, 1, &x);
        const wick_trace *trace =
            wick_trace_run(w, wick_wrap(w, wick_wrap(w, program, give), wick_replay(w, run)));
        const records r = records_of(w, trace), before = records_of(w, run);
        ck_assert_str_eq(r.site[1].name, "x");
        if (i == 0)
            assert_close(r.site[1].log_prob[0], log_normal(-0.8, 0.3, 1.2), 1e-14);
        else
            assert_close(r.site[1].log_prob[0], before.site[1].log_prob[0], 1e-15);
        ck_assert_str_eq(r.site[3].name, "u");
        for (int m = 0; m < 3; m++)
            assert_close(
                r.site[3].log_prob[m], log_normal(before.site[3].value[m], -0.8, 0.5), 1e-13);
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handler_laws");
    TCase *laws = new_case(suite, "laws");

    tcase_add_test(laws, each_of_the_handlers_changes_something);
    tcase_add_loop_test(laws, twice_is_once, 0, MAX_KINDS);
    tcase_add_test(laws, scales_multiply);
    tcase_add_loop_test(
        laws, some_handlers_may_change_places, 0, sizeof COMMUTING / sizeof *COMMUTING);
    tcase_add_test(laws, others_may_not);
    tcase_add_test(laws, a_trace_may_change_places_with_what_gives_values);
    tcase_add_test(laws, an_uncondition_undoes_what_is_inside_it_and_a_condition_outside_redoes_it);
    tcase_add_test(laws, a_replay_of_a_run_is_that_run);
    tcase_add_test(
        laws, an_intervention_moves_the_densities_of_what_comes_after_as_a_condition_does);
    return run_suite(suite);
}
