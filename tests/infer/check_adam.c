/* Adam against its formulas, and its options. */
#include "tests/support/fit.h"

enum { STEPS = 50 };

static double slope(int t, int i)
{
    return (t % 7 == 3 ? 0.0 : 1.0) * (sin(1.3 * t + i) + 0.25 * i) * pow(10.0, -i);
}

/* The position after n gradients by algorithm 1 of Kingma & Ba, each moment as a sum. */
static double adam_position(double start, int n, double (*gradient)(int t, int i), int i, double lr,
    double beta1, double beta2, double eps)
{
    double x = start;

    for (int t = 1; t <= n; t++) {
        double m = 0.0, v = 0.0;
        for (int s = 1; s <= t; s++) {
            const double g = gradient(s, i);
            m += (1.0 - beta1) * pow(beta1, t - s) * g;
            v += (1.0 - beta2) * pow(beta2, t - s) * g * g;
        }
        const double m_hat = m / (1.0 - pow(beta1, t)), v_hat = v / (1.0 - pow(beta2, t));
        x -= lr * m_hat / (sqrt(v_hat) + eps);
    }
    return x;
}

/* As SVI calls it. */
static void update(const wick_optim *optim, wick_update u)
{
    double shared[8];

    optim->share(optim, u.step, shared);
    u.shared = shared;
    u.rate = 1.0;
    optim->update(optim, &u);
}

START_TEST(adam_follows_its_formulas)
{
    static const struct {
        wick_adam_options options;
        double lr, beta1, beta2, eps;
    } CASES[] = {
        { { 0 }, 1e-3, 0.9, 0.999, 1e-8 },
        { { .lr = 0.1, .beta1 = 0.8, .beta2 = 0.99 }, 0.1, 0.8, 0.99, 1e-8 },
        { { .lr = 0.25, .beta1 = WICK_ZERO, .beta2 = 0.5, .eps = 0.125 }, 0.25, 0.0, 0.5, 0.125 },
        { { .lr = 0.25, .beta1 = 0.5, .beta2 = WICK_ZERO }, 0.25, 0.5, 0.0, 1e-8 },
    };
    const wick_optim adam = wick_adam_with(CASES[_i].options);
    double x[3] = { 0.3, -0.2, 0.7 }, g[3], state[6] = { 0.0 };

    ck_assert_uint_eq(adam.n_state, 2);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < 3; i++)
            g[i] = slope(t, i);
        update(&adam,
            (wick_update){
                .n = 3, .value = x, .gradient = g, .state = state, .step = (uint64_t)t });
        for (int i = 0; i < 3; i++) {
            const double start[3] = { 0.3, -0.2, 0.7 };
            assert_close(x[i],
                adam_position(start[i], t, slope, i, CASES[_i].lr, CASES[_i].beta1, CASES[_i].beta2,
                    CASES[_i].eps),
                2e-15);
        }
    }
}
END_TEST

START_TEST(without_options_adam_has_the_defaults)
{
    const wick_optim a = wick_adam(), b = wick_adam_with(wick_adam_options_default()),
                     c = wick_adam(.lr = 1e-3);

    assert_same_bits(a.option, b.option, 8);
    assert_same_bits(a.option, c.option, 8);
}
END_TEST

START_TEST(options_of_adam_out_of_range_are_refused)
{
    static const struct {
        wick_adam_options options;
        const char *words[4];
    } BAD[] = {
        { { .lr = -0.5 }, { "wick_adam", "lr is -0.5" } },
        { { .lr = NAN }, { "lr is nan" } },
        { { .lr = INFINITY }, { "lr is inf" } },
        { { .beta1 = 1.0 }, { "beta1 is 1", "below 1" } },
        { { .beta1 = -0.25 }, { "beta1 is -0.25" } },
        { { .beta2 = 1.5 }, { "beta2 is 1.5" } },
        { { .beta2 = NAN }, { "beta2 is nan" } },
        { { .eps = -1e-8 }, { "eps is -1e-08" } },
    };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        ck_assert_ptr_null(wick_svi_new(
            w, NOTHING, NOTHING, &(wick_svi_options){ .optim = wick_adam_with(BAD[i].options) }));
        assert_fails(w, WICK_ERR_ARGUMENT, BAD[i].words);
        wick_clear(w);
    }
    wick_free(w);
}
END_TEST

/* One gradient, then none: 0.8^n and 0.99^n pass the smallest normal number at n = 3175 and 70000. */
START_TEST(moments_without_a_gradient_end_at_zero_and_the_value_stays)
{
    const wick_optim adam = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99, .eps = WICK_ZERO);
    double x = 0.3, g = 1.7, state[2] = { 0.0 };

    for (uint64_t t = 1; t <= 80000; t++, g = 0.0) {
        const double before = x;
        update(
            &adam, (wick_update){ .n = 1, .value = &x, .gradient = &g, .state = state, .step = t });
        ck_assert(t < 3300 || x == before);
        ck_assert(state[0] == 0.0 || fabs(state[0]) >= DBL_MIN);
        ck_assert(state[1] == 0.0 || state[1] >= DBL_MIN);
    }
    ck_assert_double_eq(state[0], 0.0);
    ck_assert_double_eq(state[1], 0.0);
    ck_assert(isfinite(x));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("adam");
    TCase *adam = new_case(suite, "adam");

    tcase_add_loop_test(adam, adam_follows_its_formulas, 0, 4);
    tcase_add_test(adam, without_options_adam_has_the_defaults);
    tcase_add_test(adam, options_of_adam_out_of_range_are_refused);
    tcase_add_test(adam, moments_without_a_gradient_end_at_zero_and_the_value_stays);
    return run_suite(suite);
}
