/* Reading guides: medians, quantiles, draws, moments. */
#include "tests/support/fit.h"
#include "tests/support/flat.h"

/* Normal quantiles, by mpmath: sqrt(2) erfinv(2 p - 1). */
static const double P[] = { 0.05, 0.3, 0.5, 0.975 };
static const double Z[] = { -1.6448536269514722, -0.52440051270804067, 0.0, 1.9599639845400545 };

static void plated(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "b", 3)
        WICK_PLATE (w, "a", 2) {
            wick_sample(w, "x", wick_iid(wick_lognormal(0.0, 1.0), 2));
            wick_sample(w, "y", wick_normal(0.0, 1.0));
        }
    wick_sample(w, "p", wick_uniform(-1.0, 3.0));
}

static void set_plated(wick *w, wick_guide *guide)
{
    double loc[19], scale[19];

    wick_trace_run(w, wick_guide_program(guide));
    for (int i = 0; i < 19; i++) {
        loc[i] = sin(1.5 * i);
        scale[i] = 0.5 + 0.05 * i;
    }
    wick_param_set(w, "AutoNormal.locs.x", loc, 12);
    wick_param_set(w, "AutoNormal.scales.x", scale, 12);
    wick_param_set(w, "AutoNormal.locs.y", loc + 12, 6);
    wick_param_set(w, "AutoNormal.scales.y", scale + 12, 6);
    wick_param_set(w, "AutoNormal.locs.p", loc + 18, 1);
    wick_param_set(w, "AutoNormal.scales.p", scale + 18, 1);
    assert_ok(w);
}

START_TEST(quantiles_are_those_of_the_coordinates_transformed)
{
    wick *w = wick_new(NULL);
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ plated, NULL }, NULL);
    double x[12], y[6], p, median[12];

    set_plated(w, guide);
    for (int k = 0; k < 4; k++) {
        ck_assert_uint_eq(wick_guide_quantile(guide, "x", P[k], x, 12), 12);
        ck_assert_uint_eq(wick_guide_quantile(guide, "y", P[k], y, 6), 6);
        ck_assert_uint_eq(wick_guide_quantile(guide, "p", P[k], &p, 1), 1);
        for (int i = 0; i < 12; i++)
            assert_close(x[i], exp(sin(1.5 * i) + (0.5 + 0.05 * i) * Z[k]), 1e-14);
        for (int i = 0; i < 6; i++)
            assert_close(y[i], sin(1.5 * (12 + i)) + (1.1 + 0.05 * i) * Z[k], 1e-14);
        assert_close(p, -1.0 + 4.0 / (1.0 + exp(-(sin(27.0) + 1.4 * Z[k]))), 1e-14);
    }
    wick_guide_quantile(guide, "x", 0.5, x, 12);
    ck_assert_uint_eq(wick_guide_median(guide, "x", median, 12), 12);
    assert_same_bits(x, median, 12);
    ck_assert_uint_eq(wick_guide_get(guide, "x", median, 12), 12);
    assert_same_bits(x, median, 12);
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void below(wick *w, void *arg)
{
    wick_sample(w, "x", flat(w, arg, 1));
}

/* x = 2.5 - e^u falls with u: P(x <= q) = P(u >= log(2.5 - q)). */
START_TEST(quantiles_rise_with_p_where_the_value_falls_with_the_coordinate)
{
    wick *w = wick_new(NULL);
    wick_dist_type type = flat_of(wick_less_than(2.5));
    wick_guide *guide = wick_auto_multivariate_normal_new(w, (wick_program){ below, &type }, NULL);
    const double loc = 0.75, scale = 0.6;
    double x;

    wick_trace_run(w, wick_guide_program(guide));
    wick_param_set(w, "AutoMultivariateNormal.loc", &loc, 1);
    wick_param_set(w, "AutoMultivariateNormal.scale_tril", &scale, 1);
    for (int k = 0; k < 4; k++) {
        wick_guide_quantile(guide, "x", P[k], &x, 1);
        assert_close(x, 2.5 - exp(loc - scale * Z[k]), 1e-14);
    }
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(draws_are_independent_have_the_moments_and_come_in_order)
{
    enum { N = 20000 };
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ plated, NULL }, NULL);
    static double draws[N * 19];
    double mean[12], sd[12];

    set_plated(w, guide);
    ck_assert_uint_eq(wick_guide_sample(guide, NULL, N, draws, N * 19), N * 19);
    assert_ok(w);
    for (int i = 0; i < 18; i++) { /* x first; its logarithms are normal */
        double sum = 0.0, square = 0.0, lag = 0.0, before = 0.0;
        for (int k = 0; k < N; k++) {
            const double u = i < 12 ? log(draws[19 * k + i]) : draws[19 * k + i];
            const double z = (u - sin(1.5 * i)) / (0.5 + 0.05 * i);
            sum += z;
            square += z * z;
            lag += z * before;
            before = z;
        }
        ck_assert_double_lt(fabs(sum / N), 4.5 / sqrt(N));
        ck_assert_double_lt(fabs(square / N - 1.0), 4.5 * sqrt(2.0 / N));
        ck_assert_double_lt(fabs(lag / N), 4.5 / sqrt(N));
    }
    ck_assert_uint_eq(wick_guide_moments(guide, "y", N, mean, sd, 6), 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_double_lt(fabs(mean[i] - sin(1.5 * (12 + i))), 4.5 * (1.1 + 0.05 * i) / sqrt(N));
        ck_assert_double_lt(fabs(sd[i] / (1.1 + 0.05 * i) - 1.0), 4.5 * sqrt(0.5 / N));
    }
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(no_two_calls_draw_the_same_and_a_seed_repeats_all)
{
    wick *w = wick_new(NULL);
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ plated, NULL }, NULL);
    double draws[4][6];

    set_plated(w, guide);
    for (int i = 0; i < 4; i++) {
        if (i % 2 == 0)
            wick_set_seed(w, 9);
        wick_guide_sample(guide, "y", 1, draws[i], 6);
    }
    assert_ok(w);
    for (int i = 0; i < 6; i++)
        ck_assert_double_ne(draws[0][i], draws[1][i]);
    assert_same_bits(draws[0], draws[2], 6);
    assert_same_bits(draws[1], draws[3], 6);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(reading_in_the_middle_of_a_step_leaves_vars_plates_and_draws_alone)
{
    wick *w = wick_new(NULL);
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ plated, NULL }, NULL);
    double y[6], want[3], got[3];

    set_plated(w, guide);
    for (int k = 0; k < 2; k++) {
        wick_reset(w);
        wick_set_seed(w, 1);
        WICK_PLATE (w, "rows", 3) {
            const wick_var x = wick_sample(w, "x", wick_normal(0.5, 1.0));
            if (k == 1) {
                ck_assert_uint_eq(wick_guide_median(guide, "y", y, 6), 6);
                ck_assert_uint_eq(wick_guide_sample(guide, "y", 1, y, 6), 6);
                ck_assert_uint_eq(wick_guide_moments(guide, "y", 9, y, NULL, 6), 6);
            }
            const wick_var z = wick_sample(w, "z", wick_normal(x, 1.0));
            ck_assert_uint_eq(wick_members(z), 3);
            wick_get(wick_add(x, z), k ? got : want, 3);
        }
    }
    assert_ok(w);
    assert_same_bits(got, want, 3);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guides");
    TCase *reading = new_case(suite, "reading");

    tcase_add_test(reading, quantiles_are_those_of_the_coordinates_transformed);
    tcase_add_test(reading, quantiles_rise_with_p_where_the_value_falls_with_the_coordinate);
    tcase_add_test(reading, draws_are_independent_have_the_moments_and_come_in_order);
    tcase_add_test(reading, no_two_calls_draw_the_same_and_a_seed_repeats_all);
    tcase_add_test(reading, reading_in_the_middle_of_a_step_leaves_vars_plates_and_draws_alone);
    return run_suite(suite);
}
