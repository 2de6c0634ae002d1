/* The mixture of five points: every number of the tutorial that does not depend on luck.
 *
 * Where no other source is named, numbers were computed in double precision from the formulas of
 * the model, without wick: log p = log Dirichlet(w; 1/2) + log LogNormal(s; 0, 2) +
 * sum_k log Normal(m_k; 0, 10) + sum_i log sum_k w_k Normal(x_i; m_k, s). */
#include "base/handle.h"
#include "kernel/kernels.h"
#include "tests/support/five_point.h"

static const char *const PARAMS[] = { "AutoDelta.weights", "AutoDelta.scale", "AutoDelta.locs" };

/* --- the objective in plain C ----------------------------------------------------------------- */

/* Unconstrained: logits of the weights, log of the scale, locs. */
typedef struct point {
    double u[2], log_s, m[2];
} point;

/* Loss and, in the same coordinates, its gradient in closed form. */
static double objective(const point *p, point *gradient)
{
    const double top = fmax(p->u[0], p->u[1]), s = exp(p->log_s);
    const double e[2] = { exp(p->u[0] - top), exp(p->u[1] - top) };
    const double w[2] = { e[0] / (e[0] + e[1]), e[1] / (e[0] + e[1]) };
    double log_p = -log(acos(-1.0)) - 0.5 * log(w[0]) - 0.5 * log(w[1]); /* Gamma(1/2)^2 = pi */
    double dw[2] = { 0.5 / w[0], 0.5 / w[1] }, ds = p->log_s / 4.0 + 1.0, dm[2];

    log_p += log_normal(p->log_s, 0.0, 2.0) - p->log_s;
    for (int k = 0; k < 2; k++) {
        log_p += log_normal(p->m[k], 0.0, 10.0);
        dm[k] = p->m[k] / 100.0;
    }
    for (int i = 0; i < FIVE; i++) {
        double a[2], r[2];
        for (int k = 0; k < 2; k++)
            a[k] = log(w[k]) + log_normal(FIVE_POINTS[i], p->m[k], s);
        const double most = fmax(a[0], a[1]), sum = exp(a[0] - most) + exp(a[1] - most);
        log_p += most + log(sum);
        for (int k = 0; k < 2; k++) {
            const double z = (FIVE_POINTS[i] - p->m[k]) / s;
            r[k] = exp(a[k] - most) / sum;
            dw[k] -= r[k] / w[k];
            ds -= r[k] * (z * z - 1.0);
            dm[k] -= r[k] * z / s;
        }
    }
    const double mean = w[0] * dw[0] + w[1] * dw[1];
    *gradient = (point){ { w[0] * (dw[0] - mean), w[1] * (dw[1] - mean) }, ds, { dm[0], dm[1] } };
    return -log_p;
}

/* --- wick's side ------------------------------------------------------------------------------ */

static void show_gradient(const wick_optim *self, const wick_update *u)
{
    (void)self;
    memcpy(u->value, u->gradient, u->n * sizeof *u->value);
}

static void set_point(wick *w, const point *p)
{
    wick_param_set_unconstrained(w, PARAMS[0], p->u, 2);
    wick_param_set_unconstrained(w, PARAMS[1], &p->log_s, 1);
    wick_param_set_unconstrained(w, PARAMS[2], p->m, 2);
}

static void get_point(wick *w, point *p)
{
    wick_param_get_unconstrained(w, PARAMS[0], p->u, 2);
    wick_param_get_unconstrained(w, PARAMS[1], &p->log_s, 1);
    wick_param_get_unconstrained(w, PARAMS[2], p->m, 2);
}

/* Labels may come out either way: in order of loc. */
static void estimates(const five_point_fit *fit, double *weights, double *locs, double *scale)
{
    double w[2], m[2];

    ck_assert_uint_eq(wick_guide_get(fit->guide, "weights", w, 2), 2);
    ck_assert_uint_eq(wick_guide_get(fit->guide, "locs", m, 2), 2);
    ck_assert_uint_eq(wick_guide_get(fit->guide, "scale", scale, 1), 1);
    for (int k = 0; k < 2; k++) {
        weights[k] = w[k ^ (m[0] > m[1])];
        locs[k] = m[k ^ (m[0] > m[1])];
    }
}

/* --- tests ------------------------------------------------------------------------------------ */

static const struct {
    double locs[2], loss;
} PAIRS[] = { { { 1, 10 }, 25.665584461001 }, { { 0, 10 }, 25.734570280208 },
    { { 1, 11 }, 25.743105340046 }, { { 0, 11 }, 25.811553468633 }, { { 1, 12 }, 25.975272296125 },
    { { 0, 12 }, 26.047486094182 }, { { 10, 11 }, 28.908787700461 },
    { { 10, 12 }, 29.439678814168 }, { { 11, 12 }, 30.357168313955 },
    { { 0, 1 }, 31.610216346730 } };
enum { N_PAIRS = sizeof PAIRS / sizeof *PAIRS };

START_TEST(the_initial_loss_of_each_pair_of_points_is_the_published_one)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        const double locs[2] = { PAIRS[_i].locs[swapped], PAIRS[_i].locs[!swapped] };
        five_point f = { FIVE_POINTS, locs, 0.0 };
        five_point_fit fit = five_point_new(NULL, &f);

        ck_assert_double_eq_tol(wick_svi_evaluate(fit.svi), PAIRS[_i].loss, 1e-9);
        assert_ok(fit.w);
        five_point_free(fit);
    }
}
END_TEST

START_TEST(the_best_of_a_hundred_seeds_starts_at_the_pair_1_10)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    five_point_fit fit = five_point_new(NULL, &f);
    double losses[100], weights[2], locs[2], scale;
    const uint64_t seed = wick_multistart(fit.svi, 100, losses);
    bool met[N_PAIRS] = { false };

    ck_assert_double_eq_tol(losses[seed], 25.665584461001, 1e-9);
    for (int i = 0; i < 100; i++) { /* every start is one of the ten pairs */
        int pair = 0;
        while (pair < N_PAIRS && fabs(losses[i] - PAIRS[pair].loss) > 1e-9)
            pair++;
        ck_assert_int_lt(pair, N_PAIRS);
        met[pair] = true;
        ck_assert(i >= (int)seed || losses[i] > losses[seed] + 1e-9);
    }
    for (int pair = 0; pair < N_PAIRS; pair++)
        ck_assert_msg(met[pair], "pair %d in none of 100 starts: probability 3e-5", pair);
    ck_assert_uint_eq(wick_seed(fit.w), seed);
    ck_assert_uint_eq(wick_svi_steps(fit.svi), 0);
    ck_assert_double_eq_tol(wick_svi_evaluate(fit.svi), 25.665584461001, 1e-9);
    estimates(&fit, weights, locs, &scale);
    assert_close(locs[0], 1.0, 1e-15);
    assert_close(locs[1], 10.0, 1e-15);
    assert_close(scale, 4.104875150354759, 1e-14);
    assert_ok(fit.w);
    five_point_free(fit);
}
END_TEST

/* Losses before the step, and norms of the unconstrained gradients. */
static const struct {
    int step;
    double loss, norm[3];
} TRAJECTORY[] = { { 0, 25.665584461, { 0.664504, 4.39943, 0.0275789 } },
    { 1, 25.134455324, { 0.452018, 4.68373, 0.0791201 } },
    { 2, 24.592479676, { 0.196288, 5.0409, 0.147937 } },
    { 5, 22.896022728, { 0.295997, 5.47457, 0.278932 } },
    { 10, 20.029549629, { 0.0316022, 4.90155, 0.198252 } },
    { 20, 17.451971086, { 0.0659707, 0.285665, 0.245683 } },
    { 50, 17.443598113, { 0.00237919, 0.090474, 0.00685897 } },
    { 100, 17.443254886, { 9.4e-6, 3.98e-4, 1.40e-5 } },
    { 150, 17.443254879, { 2.4e-8, 1.8e-6, 2.4e-7 } } };
enum { N_TRAJECTORY = sizeof TRAJECTORY / sizeof *TRAJECTORY };

START_TEST(losses_and_gradient_norms_follow_the_published_run)
{
    static const double START[2] = { 1.0, 10.0 };
    five_point f = { FIVE_POINTS, START, 0.0 };
    five_point_fit fit = five_point_new(NULL, &f);

    for (int step = 0, row = 0; row < N_TRAJECTORY; step++) {
        const double loss = wick_svi_step(fit.svi);
        if (step != TRAJECTORY[row].step)
            continue;
        ck_assert_double_eq_tol(loss, TRAJECTORY[row].loss, 1e-6);
        for (int p = 0; p < 3; p++) {
            const double want = TRAJECTORY[row].norm[p];
            /* the last rows are printed to two or three digits */
            const double digits = step >= 100 ? 0.03 : 1e-5;
            ck_assert_double_eq_tol(
                wick_svi_gradient_norm(fit.svi, PARAMS[p]), want, digits * want);
        }
        row++;
    }
    assert_ok(fit.w);
    five_point_free(fit);
}
END_TEST

START_TEST(after_200_steps_the_parameters_are_those_of_the_optimum)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    five_point_fit fit = five_point_new(NULL, &f);
    double weights[2], locs[2], scale;

    wick_multistart(fit.svi, 100, NULL);
    for (int i = 0; i < 200; i++)
        wick_svi_step(fit.svi);
    ck_assert_uint_eq(wick_svi_steps(fit.svi), 200);
    assert_ok(fit.w);
    estimates(&fit, weights, locs, &scale);
    ck_assert_double_eq_tol(weights[0], 0.375, 1e-6);
    ck_assert_double_eq_tol(weights[1], 0.625, 1e-6);
    ck_assert_double_eq_tol(locs[0], 0.498941331654, 1e-4);
    ck_assert_double_eq_tol(locs[1], 10.984461897792, 1e-4);
    ck_assert_double_eq_tol(scale, 0.651433698758, 1e-6);
    ck_assert_double_eq_tol(wick_svi_evaluate(fit.svi), 17.443254879108, 1e-9);
    five_point_free(fit);
}
END_TEST

/* By Newton's method with 30 digits: weights (3/8, 5/8), scale 0.651433698758044856. */
static const point OPTIMUM = { { -0.98082925301172623686, -0.47000362924573555365 },
    -0.42857965465948644, { 0.498941331653842417, 10.9844618977917106 } };

static const point POINTS[] = { { { 0.0, 0.0 }, 1.41217533, { 1.0, 10.0 } },
    { { 0.7, -1.9 }, -0.35, { 3.3, 7.1 } }, { { -2.0, 2.5 }, 2.4, { -8.0, 15.5 } },
    { { 4.0, 3.5 }, 0.1, { 11.2, 0.3 } }, { { 0.2, 0.1 }, -1.5, { 5.0, 5.5 } } };

/*
 * The values are checked above; here their bits, in portable mode: eager and compiled, with all kernels
 * that this machine can run. They were the same from gcc 12 and clang 14 at -O0 to -O3 and -march=native on
 * x86-64, and from gcc 12 for aarch64 and s390x under qemu.
 */
static void check_bits(const wicki_kernels *kernels, const wick_svi_options *options)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    five_point_fit fit = five_point_new(&(wick_options){ .math = WICK_MATH_PORTABLE }, &f);
    wick_svi_options o = *options;
    double weights[2], locs[2], scale;

    if (kernels)
        fit.w->kernels = kernels;
    o.loss = wick_trace_enum_elbo;
    o.optim = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99);
    wick_svi_free(fit.svi);
    fit.svi = wick_svi_new(
        fit.w, (wick_program){ five_point_model, &f }, wick_guide_program(fit.guide), &o);
    wick_multistart(fit.svi, 100, NULL);
    for (int i = 0; i < 200; i++)
        wick_svi_step(fit.svi);
    estimates(&fit, weights, locs, &scale);
    ck_assert_double_eq(wick_svi_evaluate(fit.svi), 0x1.1717926d9a669p+4);
    ck_assert_double_eq(weights[0], 0x1.7fffffff6d551p-2);
    ck_assert_double_eq(weights[1], 0x1.4000000049558p-1);
    ck_assert_double_eq(locs[0], 0x1.fee9b4a80d3b5p-2);
    ck_assert_double_eq(locs[1], 0x1.5f80b63cf8611p+3);
    ck_assert_double_eq(scale, 0x1.4d88b7c026334p-1);
    assert_ok(fit.w);
    five_point_free(fit);
}

START_TEST(the_fit_has_the_same_bits_on_every_machine)
{
    check_bits(NULL, &(wick_svi_options){ .compile = false });
    check_bits(NULL, &(wick_svi_options){ .compile = true });
    check_bits(NULL, &(wick_svi_options){ .compile = true, .threads = 2 });
    for (size_t i = 0; i < wicki_n_kernel_tables; i++)
        if (!wicki_kernel_tables[i]->fast && wicki_kernels_usable(wicki_kernel_tables[i]))
            check_bits(wicki_kernel_tables[i], &(wick_svi_options){ .compile = true });
}
END_TEST

START_TEST(loss_and_gradient_are_those_of_the_closed_form)
{
    five_point f = { FIVE_POINTS, POINTS[0].m, 0.0 };
    wick *w = wick_new(NULL);
    const wick_program model = { five_point_model, &f };
    wick_guide *guide = wick_auto_delta_new(
        w, model, &(wick_auto_options){ .init = five_point_start, .init_arg = &f });
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = { .update = show_gradient } });
    point got, want;

    wick_svi_evaluate(svi);
    set_point(w, &POINTS[_i]);
    const double loss = wick_svi_step(svi);
    get_point(w, &got);
    assert_ok(w);
    assert_close(loss, objective(&POINTS[_i], &want), 1e-13);
    for (int k = 0; k < 2; k++) {
        assert_close(got.u[k], want.u[k], 1e-10);
        assert_close(got.m[k], want.m[k], 1e-10);
    }
    assert_close(got.log_s, want.log_s, 1e-10);
    ck_assert_double_lt(fabs(got.u[0] + got.u[1]), 1e-12); /* softmax: they sum to 0 */
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(the_gradient_vanishes_at_the_optimum)
{
    static const double START[2] = { 1.0, 10.0 };
    five_point f = { FIVE_POINTS, START, 0.0 };
    five_point_fit fit = five_point_new(NULL, &f);
    double weights[2], locs[2], scale;

    wick_svi_evaluate(fit.svi);
    set_point(fit.w, &OPTIMUM);
    estimates(&fit, weights, locs, &scale);
    assert_close(weights[0], 0.375, 1e-15);
    assert_close(scale, 0.651433698758044856, 1e-14);
    assert_close(wick_svi_step(fit.svi), 17.443254879108249609, 1e-14);
    for (int p = 0; p < 3; p++)
        ck_assert_double_lt(wick_svi_gradient_norm(fit.svi, PARAMS[p]), 1e-12);
    assert_ok(fit.w);
    five_point_free(fit);
}
END_TEST

/* Adam on the objective in plain C, as the tutorial sets it. */
static double descend(point *p, int steps)
{
    double m[5] = { 0.0 }, v[5] = { 0.0 };
    point gradient;

    for (int t = 1; t <= steps; t++) {
        objective(p, &gradient);
        const double g[5] = { gradient.u[0], gradient.u[1], gradient.log_s, gradient.m[0],
            gradient.m[1] };
        double *const x[5] = { &p->u[0], &p->u[1], &p->log_s, &p->m[0], &p->m[1] };
        for (int i = 0; i < 5; i++) {
            m[i] = 0.8 * m[i] + 0.2 * g[i];
            v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
            *x[i] -= 0.1 * m[i] / (1.0 - pow(0.8, t)) / (sqrt(v[i] / (1.0 - pow(0.99, t))) + 1e-8);
        }
    }
    return objective(p, &gradient);
}

START_TEST(the_run_is_that_of_adam_in_plain_c)
{
    five_point f = { FIVE_POINTS, POINTS[0].m, 0.0 };
    five_point_fit fit = five_point_new(NULL, &f);
    point want = { { log(0.5), log(0.5) }, log(4.104875150354759), { 1.0, 10.0 } }, got;

    for (int i = 0; i < 200; i++)
        wick_svi_step(fit.svi);
    get_point(fit.w, &got);
    assert_close(wick_svi_evaluate(fit.svi), descend(&want, 200), 1e-12);
    for (int k = 0; k < 2; k++) {
        assert_close(got.u[k], want.u[k], 1e-7);
        assert_close(got.m[k], want.m[k], 1e-7);
    }
    assert_close(got.log_s, want.log_s, 1e-7);
    assert_ok(fit.w);
    five_point_free(fit);
}
END_TEST

/* The tutorial's remark. The loss is no measure of it: as a weight goes to 0 the Dirichlet(1/2)
 * density grows without bound, and in the constrained space no Jacobian holds it back. */
START_TEST(from_a_scale_of_20_the_run_ends_in_one_cluster_and_its_loss_falls_for_ever)
{
    five_point f = { FIVE_POINTS, POINTS[0].m, 20.0 };
    five_point_fit fit = five_point_new(NULL, &f);
    point there = { { log(0.5), log(0.5) }, log(20.0), { 1.0, 10.0 } };
    double weights[2], locs[2], scale, losses[2];

    for (int i = 0; i < 2; i++) {
        for (int step = 0; step < 200; step++)
            wick_svi_step(fit.svi);
        losses[i] = wick_svi_evaluate(fit.svi);
    }
    assert_ok(fit.w);
    assert_close(losses[0], descend(&there, 200), 1e-7);
    ck_assert_double_lt(losses[1], losses[0] - 15.0);
    estimates(&fit, weights, locs, &scale);
    ck_assert_double_lt(fmin(weights[0], weights[1]), 1e-30);
    ck_assert_double_eq_tol(fmax(locs[0], locs[1]), 6.52362139, 1e-5); /* of all five points */
    ck_assert_double_eq_tol(scale, exp(1.52659744), 1e-5);

    /* how well the points are described: worse by five nats than at the good optimum */
    double fit_there = 0.0, fit_good = 0.0;
    for (int i = 0; i < FIVE; i++) {
        const double x = FIVE_POINTS[i];
        fit_there += log_normal(x, fmax(locs[0], locs[1]), scale);
        fit_good += log(0.375 * exp(log_normal(x, OPTIMUM.m[0], 0.651433698758)) +
            0.625 * exp(log_normal(x, OPTIMUM.m[1], 0.651433698758)));
    }
    ck_assert_double_lt(fit_there, fit_good - 5.0);
    five_point_free(fit);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("five_point");
    TCase *tests = new_case(suite, "five_point");

    tcase_add_loop_test(
        tests, the_initial_loss_of_each_pair_of_points_is_the_published_one, 0, N_PAIRS);
    tcase_add_test(tests, the_best_of_a_hundred_seeds_starts_at_the_pair_1_10);
    tcase_add_test(tests, losses_and_gradient_norms_follow_the_published_run);
    tcase_add_test(tests, the_fit_has_the_same_bits_on_every_machine);
    tcase_add_test(tests, after_200_steps_the_parameters_are_those_of_the_optimum);
    tcase_add_loop_test(tests, loss_and_gradient_are_those_of_the_closed_form, 0,
        (int)(sizeof POINTS / sizeof *POINTS));
    tcase_add_test(tests, the_gradient_vanishes_at_the_optimum);
    tcase_add_test(tests, the_run_is_that_of_adam_in_plain_c);
    tcase_add_test(
        tests, from_a_scale_of_20_the_run_ends_in_one_cluster_and_its_loss_falls_for_ever);
    return run_suite(suite);
}
