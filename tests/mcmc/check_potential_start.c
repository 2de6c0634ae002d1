/* Potentials: where chains start, mistakes, memory. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static wick_potential *potential_of(void (*model)(wick *h, void *arg), void *arg)
{
    wick_potential *p = wick_potential_new(w, (wick_program){ model, arg }, NULL);

    assert_ok(w);
    return p;
}

static double value_at(wick_potential *p, const double *q)
{
    const double value = wick_potential_value(p, q, NULL);

    assert_ok(w);
    return value;
}

static const double DATA[] = { 1.3, -0.4, 2.2, 0.7 };

static void normal_model(wick *h, void *arg)
{
    const wick_var loc = wick_sample(h, "loc", wick_normal(0.3, 3.0));
    const wick_var scale = wick_sample(h, "scale", wick_lognormal(0.5, 0.7));

    (void)arg;
    WICK_PLATE (h, "data", 4)
        wick_observe(h, "x", wick_normal(loc, scale), wick_data(h, DATA, 4));
}

static wick_var quartic(wick *h, wick_var q, void *arg)
{
    const double *centre = arg;

    (void)h;
    return wick_neg(wick_sum_axis(wick_square(wick_square(wick_sub(q, *centre))), 0));
}

static wick_var half_line(wick *h, wick_var q, void *arg)
{
    (void)h;
    (void)arg;
    return wick_sum_axis(wick_sub(wick_log(q), q), 0);
}

/* --- starts ------------------------------------------------------------------------------------ */

START_TEST(starts_are_uniform_and_the_chain_s_own)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    wick_potential *p = potential_of(five_point_model, &f);
    double q[4], again[4], square = 0.0;

    for (uint64_t chain = 0; chain < 500; chain++) {
        ck_assert(wick_potential_start(p, chain, q));
        for (int i = 0; i < 4; i++) {
            ck_assert(fabs(q[i]) < 2.0);
            square += q[i] * q[i];
        }
    }
    /* E q^2 = 4/3, of variance 64/45: 4.5 standard errors of 2000 */
    ck_assert_double_le(fabs(square / 2000.0 - 4.0 / 3.0), 4.5 * sqrt(64.0 / 45.0 / 2000.0));
    ck_assert(wick_potential_start(p, 499, again));
    assert_same_bits(again, q, 4);
    wick_potential_free(p);
}
END_TEST

START_TEST(starts_may_be_given)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    const wick_init_value values[] = { { "locs", (double[]){ 3.5, -1.25 }, 2 },
        { "scale", (double[]){ 0.7 }, 1 }, { "weights", (double[]){ 0.2, 0.8 }, 2 },
        { NULL, NULL, 0 } };
    const wick_potential_options options = { .init = wick_init_to_value,
        .init_arg = (void *)(uintptr_t)values };
    wick_potential *p = wick_potential_new(w, (wick_program){ five_point_model, &f }, &options);
    const double want[] = { log(0.25), log(0.7), 3.5, -1.25 };
    double q[4];

    ck_assert(wick_potential_start(p, 3, q));
    for (int i = 0; i < 4; i++)
        assert_close(q[i], want[i], 1e-14);
    wick_potential_free(p);
}
END_TEST

START_TEST(drawn_starts_differ_between_chains)
{
    const wick_potential_options options = { .init = wick_init_to_sample };
    wick_potential *p = wick_potential_new(w, (wick_program){ normal_model, NULL }, &options);
    double a[2], b[2], again[2];

    ck_assert(wick_potential_start(p, 0, a));
    ck_assert(wick_potential_start(p, 1, b));
    ck_assert(wick_potential_start(p, 0, again));
    ck_assert(a[0] != b[0] && a[1] != b[1]);
    assert_same_bits(a, again, 2);
    wick_potential_free(p);
}
END_TEST

static wick_var middle(wick *h, const wick_site *site, void *arg)
{
    (void)arg;
    return strcmp(site->name, "q") == 0 ? wick_fill(h, 1.5, 2) : WICK_VAR_NONE;
}

START_TEST(a_vector_may_have_an_init_function)
{
    const wick_potential_options options = { .init = middle };
    wick_potential *p = wick_potential_of_density(w, half_line, NULL, 2, &options);
    double q[2];

    ck_assert(wick_potential_start(p, 0, q));
    ck_assert(q[0] == 1.5 && q[1] == 1.5);
    wick_potential_free(p);
}
END_TEST

/* A quarter of all points in (-2, 2)^2 is in the quadrant; some chains must try again. */
START_TEST(points_outside_are_tried_again)
{
    wick_potential *p = wick_potential_of_density(w, half_line, NULL, 2, NULL);
    double q[2];

    for (uint64_t chain = 0; chain < 30; chain++) {
        ck_assert(wick_potential_start(p, chain, q));
        ck_assert(q[0] > 0.0 && q[1] > 0.0);
    }
    assert_ok(w);
    wick_potential_free(p);
}
END_TEST

static void impossible_model(wick *h, void *arg)
{
    const wick_var rate = wick_sample(h, "rate", wick_exponential(1.5));

    (void)arg;
    wick_observe(h, "wait", wick_exponential(rate), wick_num(h, -0.5));
}

START_TEST(without_a_start_the_site_is_named)
{
    wick_potential *p = potential_of(impossible_model, NULL);
    double q[1];

    ck_assert(!wick_potential_start(p, 0, q));
    assert_error(w, WICK_ERR_NONFINITE, "wick_potential_start", "100 starts", "'wait'", "-0.5");
    wick_potential_free(p);
}
END_TEST

/* --- mistakes ---------------------------------------------------------------------------------- */

static void subsampled(wick *h, void *arg)
{
    const wick_var loc = wick_sample(h, "loc", wick_normal(0.0, 1.0));

    (void)arg;
    WICK_PLATE (h, "data", 4, .subsample = 2)
        wick_observe(h, "x", wick_normal(loc, 1.0), wick_data(h, DATA, 4));
}

START_TEST(minibatches_are_refused)
{
    wick_potential *p = potential_of(subsampled, NULL);

    ck_assert_double_nan(wick_potential_value(p, (double[]){ 0.3 }, NULL));
    assert_error(w, WICK_ERR_STATE, "wick_potential_value", "plate 'data'", "2 of 4");
    wick_potential_free(p);
}
END_TEST

START_TEST(mistakes_are_explained)
{
    const double q[] = { 0.1, 0.2 };
    double z[4];

    ck_assert_ptr_null(wick_potential_new(w, NOTHING, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_potential_new", "no continuous latent site");
    ck_assert_ptr_null(wick_potential_of_density(w, NULL, NULL, 2, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_potential_of_density", "NULL");
    ck_assert_ptr_null(wick_potential_of_density(w, quartic, NULL, 0, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "wick_potential_of_density", "n is 0");
    ck_assert_ptr_null(wick_potential_new(
        w, (wick_program){ normal_model, NULL }, &(wick_potential_options){ .init_radius = -1.0 }));
    assert_error(w, WICK_ERR_ARGUMENT, ".init_radius is -1");
    wick_potential *p = potential_of(normal_model, NULL);
    ck_assert_uint_eq(wick_potential_constrain(p, "lok", q, z, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_potential_constrain", "'lok'");
    ck_assert_uint_eq(wick_potential_constrain(p, NULL, q, z, 4), 0);
    assert_error(w, WICK_ERR_SHAPE, "wick_potential_constrain", "4", "2");
    wick_potential_free(p);
    wick_potential_free(NULL);
}
END_TEST

START_TEST(without_a_handle_there_is_nothing)
{
    double q[1] = { 0.0 };

    ck_assert_ptr_null(wick_potential_new(NULL, NOTHING, NULL));
    ck_assert_ptr_null(wick_potential_of_density(NULL, quartic, NULL, 2, NULL));
    ck_assert_double_nan(wick_potential_value(NULL, q, q));
    ck_assert(!wick_potential_start(NULL, 0, q));
    ck_assert_uint_eq(wick_potential_dimension(NULL), 0);
    ck_assert_uint_eq(wick_potential_site_count(NULL), 0);
    ck_assert_ptr_null(wick_potential_site(NULL, 0));
    ck_assert_uint_eq(wick_potential_size(NULL, NULL), 0);
    ck_assert_uint_eq(wick_potential_constrain(NULL, NULL, q, q, 1), 0);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------ */

START_TEST(warm_evaluations_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    wick *h = wick_new(&options);
    wick_potential *p = wick_potential_new(h, (wick_program){ five_point_model, &f }, NULL);
    double q[] = { 0.3, 0.9, 10.2, 1.1 }, gradient[4];

    for (int i = 0; i < 4; i++)
        wick_potential_value(p, q, gradient);
    const size_t calls = m.calls;
    for (int i = 0; i < 3000; i++) {
        q[0] = 0.001 * i;
        wick_potential_value(p, q, gradient);
    }
    assert_ok(h);
    ck_assert_uint_eq(m.calls, calls);
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

/* What is done with the n-th allocation failing; returns whether one did. */
static bool with_a_failure(size_t n, double want)
{
    memory m = { .fail_at = n };
    const wick_options options = memory_options(&m, 5);
    const double q[] = { 0.9, -0.35 };
    double start[2], z[2];
    wick *h = wick_new(&options);
    wick_potential *p = wick_potential_new(h, (wick_program){ normal_model, NULL }, NULL);

    wick_potential_start(p, 0, start);
    const double value = wick_potential_value(p, q, start);
    wick_potential_constrain(p, NULL, q, z, 2);
    const bool failed = !h || wick_status(h) != WICK_OK;
    if (h && failed) {
        ck_assert_int_eq(wick_status(h), WICK_ERR_MEMORY);
        wick_clear(h);
        if (!p)
            p = wick_potential_new(h, (wick_program){ normal_model, NULL }, NULL);
        assert_close(wick_potential_value(p, q, start), want, 1e-14);
    } else if (h) {
        assert_close(value, want, 1e-14);
    }
    wick_potential_free(p);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
    return failed;
}

START_TEST(each_allocation_may_fail)
{
    wick_potential *p = potential_of(normal_model, NULL);
    const double want = value_at(p, (double[]){ 0.9, -0.35 });
    size_t n = 1;

    while (with_a_failure(n, want))
        n++;
    ck_assert_uint_gt(n, 10);
    wick_potential_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("potential_start");
    TCase *tests = new_case(suite, "potential_start");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, starts_are_uniform_and_the_chain_s_own);
    tcase_add_test(tests, starts_may_be_given);
    tcase_add_test(tests, drawn_starts_differ_between_chains);
    tcase_add_test(tests, a_vector_may_have_an_init_function);
    tcase_add_test(tests, points_outside_are_tried_again);
    tcase_add_test(tests, without_a_start_the_site_is_named);
    tcase_add_test(tests, minibatches_are_refused);
    tcase_add_test(tests, mistakes_are_explained);
    tcase_add_test(tests, without_a_handle_there_is_nothing);
    tcase_add_test(tests, warm_evaluations_allocate_nothing);
    tcase_add_test(tests, each_allocation_may_fail);
    return run_suite(suite);
}
