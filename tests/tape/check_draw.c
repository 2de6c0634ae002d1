/* Random values as an op: what a draw depends on, and what it does not. */
#include "tests/tape/fixture.h"

#include "tape/draw.h"

static const uint64_t KEY = 0x13198a2e03707344u; /* digits of pi */

static wick *w;

static void start(void)
{
    w = wick_new(NULL);
    w->random_key = KEY;
}

static void finish(void)
{
    wick_free(w);
}

static uint32_t plate(const char *name, size_t size, size_t subsample, const size_t *indices)
{
    wick_plate_enter(w, &(wick_plate_options){ name, size, subsample, indices });
    wick_exit(w);
    return wicki_plate_named(w, "test", name);
}

static double normal_at(uint64_t key, uint64_t member, uint32_t element)
{
    wicki_stream s = wicki_stream_new(key, member, element);

    return wicki_normal(&s);
}

/* --- addresses --------------------------------------------------------------------------------- */

START_TEST(a_draw_is_the_stream_of_its_address)
{
    const dims d = dims_with(w, 5);
    const size_t sizes[] = { 2, 4 };
    const wick_node *x = wicki_noise(w, &wicki_draw_normal, 2, sizes, set_of(w, &d, A | B | E | M));

    /* memory: event (8), m (2), e (2), b (3), a (5); the address: b, a and m, e, event */
    for (size_t i = 0; i < 8 * 2 * 2 * 3 * 5; i++) {
        const size_t event = i / 60, m = i / 30 % 2, e = i / 15 % 2, member = i % 15;
        const size_t element = (m * 2 + e) * 8 + event;
        ck_assert_double_eq(x->value[i], normal_at(KEY, member, (uint32_t)element));
    }
}
END_TEST

START_TEST(a_minibatch_draws_what_the_whole_plate_draws)
{
    const size_t picked[] = { 7, 2, 9 };
    double whole[2 * 10 * 5];
    const size_t two = 2;

    uint32_t both =
        wicki_set_with(w, wicki_set_with(w, 0, plate("x", 10, 0, NULL)), plate("y", 5, 0, NULL));
    /* memory: y (5), x (10), the larger plate last */
    const wick_node *all = wicki_noise(w, &wicki_draw_normal, 1, &two, both);
    memcpy(whole, all->value, sizeof whole);

    wick_reset(w);
    /* now x has 3 members and comes first */
    both =
        wicki_set_with(w, wicki_set_with(w, 0, plate("x", 10, 3, picked)), plate("y", 5, 0, NULL));
    const wick_node *some = wicki_noise(w, &wicki_draw_normal, 1, &two, both);
    ck_assert_uint_eq(some->members, 15);
    for (size_t e = 0; e < 2; e++)
        for (size_t x = 0; x < 3; x++)
            for (size_t y = 0; y < 5; y++)
                ck_assert_double_eq(
                    some->value[(e * 3 + x) * 5 + y], whole[(e * 5 + y) * 10 + picked[x]]);
}
END_TEST

START_TEST(a_draw_does_not_depend_on_what_is_drawn_beside_it)
{
    const uint32_t small = wicki_set_with(w, 0, plate("s", 3, 0, NULL));
    double first[3];

    memcpy(first, wicki_noise(w, &wicki_draw_uniform, 0, NULL, small)->value, sizeof first);
    wicki_noise(w, &wicki_draw_exponential, 1, (size_t[]){ 9 }, small);
    const wick_node *again = wicki_noise(w, &wicki_draw_uniform, 0, NULL, small);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(again->value[i], first[i]);
}
END_TEST

START_TEST(another_key_gives_other_draws_and_running_again_the_same)
{
    wick_node *x = wicki_noise(w, &wicki_draw_uniform, 1, (size_t[]){ 20 }, 0);
    double first[20];

    memcpy(first, x->value, sizeof first);
    wicki_draw_set_key(x, KEY + 1);
    x->op->forward(x);
    for (size_t i = 0; i < 20; i++)
        ck_assert_double_ne(x->value[i], first[i]);
    wicki_draw_set_key(x, KEY);
    x->op->forward(x);
    for (size_t i = 0; i < 20; i++)
        ck_assert_double_eq(x->value[i], first[i]);
}
END_TEST

/* --- laws -------------------------------------------------------------------------------------- */

static const struct {
    const wicki_draw_kind *kind;
    double mean, variance, fourth; /* fourth central moment */
} LAWS[] = {
    { &wicki_draw_uniform, 0.5, 1.0 / 12, 1.0 / 80 },
    { &wicki_draw_normal, 0.0, 1.0, 3.0 },
    { &wicki_draw_exponential, 1.0, 1.0, 9.0 },
};
enum { N_LAWS = sizeof LAWS / sizeof *LAWS };

START_TEST(draws_over_members_and_elements_have_mean_and_variance)
{
    enum { N = 100000 };
    const uint32_t set = wicki_set_with(w, 0, plate("n", N / 4, 0, NULL));
    const wick_node *x = wicki_noise(w, LAWS[_i].kind, 1, (size_t[]){ 4 }, set);
    double mean = 0.0, variance = 0.0;

    for (size_t i = 0; i < N; i++)
        mean += x->value[i] / N;
    for (size_t i = 0; i < N; i++)
        variance += (x->value[i] - LAWS[_i].mean) * (x->value[i] - LAWS[_i].mean) / N;
    /* within 4.5 standard errors */
    const double v = LAWS[_i].variance;
    ck_assert_double_lt(fabs(mean - LAWS[_i].mean), 4.5 * sqrt(v / N));
    ck_assert_double_lt(fabs(variance - v), 4.5 * sqrt((LAWS[_i].fourth - v * v) / N));
}
END_TEST

/* --- kinds with parameters --------------------------------------------------------------------- */

/* A draw that tells what it read: loc + 100 u, an elementwise kind. */
static void draw_shifted(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = d->in[0][0] + 100.0 * wicki_uniform(stream);
}

/* A vector: out[i] = in[i] + one uniform for all. */
static void draw_rigid(wicki_stream *stream, const wicki_drawing *d)
{
    const double u = wicki_uniform(stream);

    for (size_t i = 0; i < d->out_size; i++)
        d->out[i * d->out_stride] = d->in[0][i * d->in_stride[0]] + u;
}

static void draw_index(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = (double)wicki_categorical(stream, d->in_size[0], d->in[0], d->in_stride[0]);
}

static const wicki_draw_kind SHIFTED = { .name = "shifted", .draw = draw_shifted };
static const wicki_draw_kind RIGID = {
    .name = "rigid", .draw = draw_rigid, .rank = 1, .in_rank = { 1 }
};
static const wicki_draw_kind INDEX = { .name = "index", .draw = draw_index, .in_rank = { 1 } };

START_TEST(an_elementwise_kind_reads_the_parameter_of_its_element_and_member)
{
    const dims d = dims_with(w, 5);
    wick_node *loc = node_of(random_leaf(w, 1, (size_t[]){ 3 }, set_of(w, &d, B), 1));
    const wick_node *x =
        wicki_draw_record(w, &SHIFTED, 1, &loc, 1, (size_t[]){ 3 }, set_of(w, &d, A));

    ck_assert_uint_eq(x->members, 15);
    ck_assert(!x->differentiable);
    for (size_t e = 0; e < 3; e++)
        for (size_t m = 0; m < 15; m++) {
            wicki_stream s = wicki_stream_new(KEY, m, (uint32_t)e);
            ck_assert_double_eq(
                x->value[e * 15 + m], loc->value[e * 3 + m / 5] + 100.0 * wicki_uniform(&s));
        }
}
END_TEST

START_TEST(a_scalar_parameter_serves_every_element)
{
    wick_node *loc = node_of(number(w, 0.5));
    const wick_node *x = wicki_draw_record(w, &SHIFTED, 1, &loc, 2, (size_t[]){ 2, 2 }, 0);

    for (uint32_t e = 0; e < 4; e++) {
        wicki_stream s = wicki_stream_new(KEY, 0, e);
        ck_assert_double_eq(x->value[e], 0.5 + 100.0 * wicki_uniform(&s));
    }
}
END_TEST

START_TEST(a_vector_kind_has_one_stream_for_each_vector)
{
    const dims d = dims_with(w, 5);
    wick_node *in = node_of(random_leaf(w, 2, (size_t[]){ 2, 3 }, set_of(w, &d, A), 2));
    const wick_node *x =
        wicki_draw_record(w, &RIGID, 1, &in, 2, (size_t[]){ 2, 3 }, set_of(w, &d, A));

    for (size_t e = 0; e < 6; e++)
        for (size_t m = 0; m < 5; m++) {
            wicki_stream s = wicki_stream_new(KEY, m, (uint32_t)(e / 3));
            ck_assert_double_eq(x->value[e * 5 + m], in->value[e * 5 + m] + wicki_uniform(&s));
        }
}
END_TEST

START_TEST(a_scalar_is_drawn_from_a_vector_of_probabilities)
{
    const dims d = dims_with(w, 5);
    wick_node *probs = node_of(leaf(w, 2, (size_t[]){ 2, 4 }, set_of(w, &d, A)));

    /* all the weight of row r and member m is on (r + m) mod 4 */
    for (size_t i = 0; i < 40; i++)
        probs->value[i] = i / 5 % 4 == (i / 20 + i % 5) % 4 ? 0.75 : 0.0;
    const wick_node *x = wicki_draw_record(w, &INDEX, 1, &probs, 1, (size_t[]){ 2 }, 0);
    ck_assert_uint_eq(x->elements, 2);
    for (size_t i = 0; i < 10; i++)
        ck_assert_double_eq(x->value[i], (double)((i / 5 + i % 5) % 4));
}
END_TEST

START_TEST(events_that_do_not_fit_the_kind_are_errors)
{
    wick_node *three = node_of(wick_fill(w, 0.5, 3));

    wicki_draw_record(w, &SHIFTED, 1, &three, 1, (size_t[]){ 4 }, 0);
    ck_assert_int_eq(wick_status(w), WICK_ERR_SHAPE);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "shifted: a parameter's event [3]"));
    wick_clear(w);
    three = node_of(wick_fill(w, 0.5, 3));
    wicki_draw_record(w, &RIGID, 1, &three, 0, NULL, 0);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "rigid: the event a scalar"));
    wick_clear(w);
    three = node_of(wick_num(w, 0.5));
    wicki_draw_record(w, &INDEX, 1, &three, 0, NULL, 0);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "index: a parameter's event a scalar"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draw");
    TCase *draws = tcase_create("draws");

    tcase_add_checked_fixture(draws, start, finish);
    tcase_add_test(draws, a_draw_is_the_stream_of_its_address);
    tcase_add_test(draws, a_minibatch_draws_what_the_whole_plate_draws);
    tcase_add_test(draws, a_draw_does_not_depend_on_what_is_drawn_beside_it);
    tcase_add_test(draws, another_key_gives_other_draws_and_running_again_the_same);
    tcase_add_loop_test(draws, draws_over_members_and_elements_have_mean_and_variance, 0, N_LAWS);
    tcase_add_test(draws, an_elementwise_kind_reads_the_parameter_of_its_element_and_member);
    tcase_add_test(draws, a_scalar_parameter_serves_every_element);
    tcase_add_test(draws, a_vector_kind_has_one_stream_for_each_vector);
    tcase_add_test(draws, a_scalar_is_drawn_from_a_vector_of_probabilities);
    tcase_add_test(draws, events_that_do_not_fit_the_kind_are_errors);
    suite_add_tcase(suite, draws);
    return run_suite(suite);
}
