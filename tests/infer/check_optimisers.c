/* Optimisers against PyTorch and Pyro, against their formulas, and their options. */
#include "tests/support/fit.h"

enum { SIZE = 3, LONG_RUN = 40 };

static const double START[SIZE] = { 0.3, -0.2, 0.7 };

/* As SVI calls it, t from 1. */
static void update(const wick_optim *optim, double *x, const double *g, double *state, int t)
{
    double shared[8];
    const wick_update u = { SIZE, x, g, state, (uint64_t)t, 1.0, shared };

    if (optim->share)
        optim->share(optim, u.step, shared);
    optim->update(optim, &u);
}

/* --- PyTorch and Pyro -------------------------------------------------------------------------- */

/* The gradients of tests/oracle/optimisers.py. */
static double gradient(int t, int i)
{
    static const double SCALE[] = { 0.25, 1.0, 8.0 };

    return ((7 * t + 5 * i) % 11 - 5) * SCALE[i];
}

START_TEST(ten_steps_of_each_optimiser_end_where_those_of_pytorch_and_pyro_do)
{
    const struct {
        wick_optim optim;
        double x[3][SIZE];
    } CASES[] = {
#include "tests/data/optimisers.h"
    };
    static const int SHOWN[] = { 1, 2, 10 };

    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        double x[SIZE] = { 0.3, -0.2, 0.7 }, g[SIZE], state[3 * SIZE] = { 0.0 };
        ck_assert_uint_le(CASES[c].optim.n_state, 3);
        for (int t = 1, shown = 0; t <= 10; t++) {
            for (int i = 0; i < SIZE; i++)
                g[i] = gradient(t, i);
            update(&CASES[c].optim, x, g, state, t);
            if (t != SHOWN[shown])
                continue;
            for (int i = 0; i < SIZE; i++)
                ck_assert_msg(fabs(x[i] - CASES[c].x[shown][i]) < 1e-13,
                    "case %zu, step %d, [%d]: %.17g, want %.17g", c, t, i, x[i],
                    CASES[c].x[shown][i]);
            shown++;
        }
    }
}
END_TEST

/* --- formulas ---------------------------------------------------------------------------------- */

static double slope(int t, int i)
{
    return (t % 7 == 3 ? 0.0 : 1.0) * (sin(1.3 * t + i) + 0.25 * i) * pow(10.0, 1 - i);
}

/* Where an optimiser takes x after n of these gradients, moments and buffers written as sums. */
typedef double (*position)(double x, int n, int i, const double *o);

/* sum over s <= t of decay^(t - s) part(s) g(s)^power */
static double decayed(int t, int i, double decay, double part, int power)
{
    double sum = 0.0;

    for (int s = 1; s <= t; s++)
        sum += pow(decay, t - s) * part * pow(slope(s, i), power);
    return sum;
}

/* lr, momentum, dampening, nesterov */
static double sgd_position(double x, int n, int i, const double *o)
{
    for (int t = 1; t <= n; t++) {
        const double b = decayed(t, i, o[1], 1.0 - o[2], 1) +
            pow(o[1], t - 1) * o[2] * slope(1, i); /* the first counts whole */
        x -= o[0] * (o[3] != 0.0 ? slope(t, i) + o[1] * b : b);
    }
    return x;
}

/* lr, beta1, beta2, eps, weight decay */
static double adamw_position(double x, int n, int i, const double *o)
{
    for (int t = 1; t <= n; t++) {
        const double m = decayed(t, i, o[1], 1.0 - o[1], 1) / (1.0 - pow(o[1], t));
        const double v = decayed(t, i, o[2], 1.0 - o[2], 2) / (1.0 - pow(o[2], t));
        x = (1.0 - o[0] * o[4]) * x - o[0] * m / (sqrt(v) + o[3]);
    }
    return x;
}

/* lr, beta1, beta2, eps, clip, lrd; without weight decay, so that the sums are of g alone */
static double clipped_position(double x, int n, int i, const double *o)
{
    for (int t = 1; t <= n; t++) {
        double m = 0.0, v = 0.0;
        for (int s = 1; s <= t; s++) {
            const double g = fmax(-o[4], fmin(o[4], slope(s, i)));
            m += (1.0 - o[1]) * pow(o[1], t - s) * g;
            v += (1.0 - o[2]) * pow(o[2], t - s) * g * g;
        }
        x -= o[0] * pow(o[5], t) * sqrt(1.0 - pow(o[2], t)) / (1.0 - pow(o[1], t)) * m /
            (sqrt(v) + o[3]);
    }
    return x;
}

/* lr, alpha, eps, momentum, centered */
static double rmsprop_position(double x, int n, int i, const double *o)
{
    for (int t = 1; t <= n; t++) {
        double b = 0.0;
        for (int s = 1; s <= t; s++) {
            const double a = decayed(s, i, o[1], 1.0 - o[1], 1);
            const double v = decayed(s, i, o[1], 1.0 - o[1], 2) - (o[4] != 0.0 ? a * a : 0.0);
            b += pow(o[3], t - s) * slope(s, i) / (sqrt(v) + o[2]);
        }
        x -= o[0] * b;
    }
    return x;
}

/* lr, lr decay, accumulator, eps */
static double adagrad_position(double x, int n, int i, const double *o)
{
    for (int t = 1; t <= n; t++)
        x -= o[0] / (1.0 + (t - 1) * o[1]) * slope(t, i) /
            (sqrt(o[2] + decayed(t, i, 1.0, 1.0, 2)) + o[3]);
    return x;
}

START_TEST(each_optimiser_follows_its_formulas)
{
    const struct {
        wick_optim optim;
        position position;
        double o[6];
    } CASES[] = {
        { wick_sgd(.lr = 0.02), sgd_position, { 0.02, 0.0, 0.0, 0.0 } },
        { wick_sgd(.lr = 0.02, .momentum = 0.9, .dampening = 0.25), sgd_position,
            { 0.02, 0.9, 0.25, 0.0 } },
        { wick_sgd(.lr = 0.02, .momentum = 0.8, .nesterov = true), sgd_position,
            { 0.02, 0.8, 0.0, 1.0 } },
        { wick_adamw(), adamw_position, { 1e-3, 0.9, 0.999, 1e-8, 0.01 } },
        { wick_adamw(.lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .eps = 0.25, .weight_decay = 0.4),
            adamw_position, { 0.1, 0.5, 0.75, 0.25, 0.4 } },
        { wick_adamw(.lr = 0.1, .weight_decay = WICK_ZERO), adamw_position,
            { 0.1, 0.9, 0.999, 1e-8, 0.0 } },
        { wick_clipped_adam(), clipped_position, { 1e-3, 0.9, 0.999, 1e-8, 10.0, 1.0 } },
        { wick_clipped_adam(.lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .eps = 0.5, .clip_norm = 0.6,
              .lrd = 0.95),
            clipped_position, { 0.1, 0.5, 0.75, 0.5, 0.6, 0.95 } },
        { wick_rmsprop(), rmsprop_position, { 0.01, 0.99, 1e-8, 0.0, 0.0 } },
        { wick_rmsprop(.lr = 0.1, .alpha = 0.75, .eps = 0.25, .momentum = 0.5), rmsprop_position,
            { 0.1, 0.75, 0.25, 0.5, 0.0 } },
        { wick_rmsprop(.alpha = 0.75, .momentum = 0.25, .centered = true), rmsprop_position,
            { 0.01, 0.75, 1e-8, 0.25, 1.0 } },
        { wick_adagrad(), adagrad_position, { 0.01, 0.0, 0.0, 1e-10 } },
        { wick_adagrad(.lr = 0.2, .lr_decay = 0.1, .accumulator = 0.5, .eps = 0.125),
            adagrad_position, { 0.2, 0.1, 0.5, 0.125 } },
    };

    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        double x[SIZE] = { 0.3, -0.2, 0.7 }, g[SIZE], state[3 * SIZE] = { 0.0 };
        for (int t = 1; t <= LONG_RUN; t++) {
            for (int i = 0; i < SIZE; i++)
                g[i] = slope(t, i);
            update(&CASES[c].optim, x, g, state, t);
        }
        for (int i = 0; i < SIZE; i++)
            assert_close(x[i], CASES[c].position(START[i], LONG_RUN, i, CASES[c].o), 1e-12);
    }
}
END_TEST

/* --- what all have in common ------------------------------------------------------------------- */

START_TEST(without_options_an_optimiser_has_its_defaults)
{
    const wick_optim PAIRS[][2] = {
        { wick_sgd(), wick_sgd_with(wick_sgd_options_default()) },
        { wick_adam(), wick_adam_with(wick_adam_options_default()) },
        { wick_adamw(), wick_adamw_with(wick_adamw_options_default()) },
        { wick_clipped_adam(), wick_clipped_adam_with(wick_clipped_adam_options_default()) },
        { wick_rmsprop(), wick_rmsprop_with(wick_rmsprop_options_default()) },
        { wick_adagrad(), wick_adagrad_with(wick_adagrad_options_default()) },
        { wick_lbfgs(), wick_lbfgs_with(wick_lbfgs_options_default()) },
    };

    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        assert_same_bits(PAIRS[i][0].option, PAIRS[i][1].option, 8);
        ck_assert_uint_eq(PAIRS[i][0].n_state, PAIRS[i][1].n_state);
        ck_assert_str_eq(PAIRS[i][0].name, PAIRS[i][1].name);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(PAIRS[i][0].name, PAIRS[j][0].name);
    }
}
END_TEST

START_TEST(a_rate_of_zero_moves_nothing)
{
    const wick_optim OPTIMS[] = { wick_sgd(.lr = WICK_ZERO),
        wick_sgd(.lr = WICK_ZERO, .momentum = 0.9), wick_adam(.lr = WICK_ZERO),
        wick_adamw(.lr = WICK_ZERO, .weight_decay = 0.5), wick_clipped_adam(.lr = WICK_ZERO),
        wick_rmsprop(.lr = WICK_ZERO), wick_rmsprop(.lr = WICK_ZERO, .centered = true),
        wick_adagrad(.lr = WICK_ZERO) };

    for (size_t c = 0; c < sizeof OPTIMS / sizeof *OPTIMS; c++) {
        double x[SIZE] = { 0.3, -0.2, 1e-300 }, g[SIZE], state[3 * SIZE] = { 0.0 };
        const double before[SIZE] = { 0.3, -0.2, 1e-300 };
        for (int t = 1; t <= 20; t++) {
            for (int i = 0; i < SIZE; i++)
                g[i] = slope(t, i);
            update(&OPTIMS[c], x, g, state, t);
        }
        assert_same_bits(x, before, SIZE);
    }
}
END_TEST

/* Decays of 0.5 pass the smallest normal number after 1022 steps. */
START_TEST(without_a_gradient_values_stay_and_means_end_at_zero)
{
    const wick_optim OPTIMS[] = { wick_sgd(.lr = 0.1, .momentum = 0.5),
        wick_adam(.beta1 = 0.5, .beta2 = 0.5, .eps = WICK_ZERO),
        wick_clipped_adam(.beta1 = 0.5, .beta2 = 0.5, .eps = WICK_ZERO),
        wick_rmsprop(.alpha = 0.5, .momentum = 0.5, .eps = WICK_ZERO),
        wick_rmsprop(.alpha = 0.5, .momentum = 0.5, .eps = WICK_ZERO, .centered = true),
        wick_adagrad(.eps = WICK_ZERO) };

    for (size_t c = 0; c < sizeof OPTIMS / sizeof *OPTIMS; c++) {
        double x[SIZE] = { 0.3, -0.2, 0.7 }, g[SIZE] = { 0.0 }, state[3 * SIZE] = { 0.0 };
        update(&OPTIMS[c], x, g, state, 1);
        assert_same_bits(x, START, SIZE);
        g[1] = 1.7; /* once */
        for (int t = 2; t < 1300; t++, g[1] = 0.0)
            update(&OPTIMS[c], x, g, state, t);
        ck_assert_double_ne(x[1], START[1]);
        ck_assert(isfinite(x[1]));
        ck_assert_double_eq(x[0], START[0]);
        for (int i = 0; i < SIZE; i++)
            ck_assert(c == 5 || state[i] == 0.0); /* Adagrad's sum stays */
    }
}
END_TEST

START_TEST(options_out_of_range_are_refused_with_what_is_needed)
{
    const struct {
        wick_optim optim;
        const char *words[4];
    } BAD[] = {
        { wick_sgd(.lr = -0.5), { "wick_sgd", "lr is -0.5", "0 or more" } },
        { wick_sgd(.lr = NAN), { "wick_sgd", "lr is nan" } },
        { wick_sgd(.momentum = 1.0), { "wick_sgd", "momentum is 1", "below 1" } },
        { wick_sgd(.momentum = 0.5, .dampening = 1.5), { "dampening is 1.5", "0 to 1" } },
        { wick_sgd(.nesterov = true), { "wick_sgd", "nesterov needs momentum" } },
        { wick_sgd(.momentum = 0.5, .dampening = 0.5, .nesterov = true), { "no dampening" } },
        { wick_adamw(.weight_decay = -1.0), { "wick_adamw", "weight_decay is -1" } },
        { wick_adamw(.beta2 = 1.0), { "wick_adamw", "beta2 is 1", "below 1" } },
        { wick_clipped_adam(.clip_norm = WICK_ZERO),
            { "wick_clipped_adam", "clip_norm is 0", "above 0" } },
        { wick_clipped_adam(.lrd = 1.25), { "wick_clipped_adam", "lrd is 1.25", "at most 1" } },
        { wick_clipped_adam(.lrd = WICK_ZERO), { "lrd is 0" } },
        { wick_rmsprop(.alpha = 1.0), { "wick_rmsprop", "alpha is 1", "below 1" } },
        { wick_rmsprop(.momentum = -0.1), { "wick_rmsprop", "momentum is -0.1" } },
        { wick_rmsprop(.eps = INFINITY), { "wick_rmsprop", "eps is inf", "finite" } },
        { wick_adagrad(.lr_decay = -1.0), { "wick_adagrad", "lr_decay is -1" } },
        { wick_adagrad(.accumulator = NAN), { "wick_adagrad", "accumulator is nan" } },
        { wick_lbfgs(.lr = -1.0), { "wick_lbfgs", "lr is -1" } },
        { wick_lbfgs(.history = 101), { "wick_lbfgs", "history is 101", "100 or less" } },
        { wick_lbfgs(.evaluations = 2), { "wick_lbfgs", "evaluations is 2", "5 or more" } },
        { wick_lbfgs(.armijo = 0.5, .curvature = 0.25),
            { "wick_lbfgs", "armijo is 0.5", "curvature 0.25", "armijo < curvature" } },
        { wick_lbfgs(.curvature = 1.0), { "curvature 1" } },
    };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        ck_assert_ptr_null(
            wick_svi_new(w, NOTHING, NOTHING, &(wick_svi_options){ .optim = BAD[i].optim }));
        assert_fails(w, WICK_ERR_ARGUMENT, BAD[i].words);
        wick_clear(w);
    }
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimisers");
    TCase *values = new_case(suite, "values"), *options = new_case(suite, "options");

    tcase_add_test(values, ten_steps_of_each_optimiser_end_where_those_of_pytorch_and_pyro_do);
    tcase_add_test(values, each_optimiser_follows_its_formulas);
    tcase_add_test(values, a_rate_of_zero_moves_nothing);
    tcase_add_test(values, without_a_gradient_values_stay_and_means_end_at_zero);
    tcase_add_test(options, without_options_an_optimiser_has_its_defaults);
    tcase_add_test(options, options_out_of_range_are_refused_with_what_is_needed);
    return run_suite(suite);
}
