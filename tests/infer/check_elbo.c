/* The evidence lower bound by reparameterised draws: its value, its gradient, what it refuses. */
#include "tests/support/fit.h"

#include <stdio.h>

static const double Z_LIMIT = 4.5; /* two-sided p = 7e-6 */
enum { DRAWS = 20000 };

static const double Y[] = { 1.3, -0.4, 2.2, 0.7 };
enum { N = 4 };

/* mu ~ normal(0, 1), y | mu ~ normal(mu, 0.8); q: mu ~ normal(m, s). n = 0: no data */
typedef struct conjugate {
    size_t n, draws; /* along an ambient dimension; 0: none */
    double m, s;
    double scale;        /* of both programs */
    const double *mask;  /* of the data */
    bool guide_in_plate; /* mu in a plate in the guide only */
} conjugate;

static void conjugate_sites(wick *w, const conjugate *c)
{
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 1.0));

    if (c->n)
        WICK_PLATE (w, "rows", c->n) {
            const wick_var one = wick_num(w, 1.0);
            WICK_WITH (w, wick_mask(w, c->mask ? wick_data(w, c->mask, c->n) : one))
                wick_observe(w, "y", wick_normal(mu, 0.8), wick_data(w, Y, c->n));
        }
}

static void guide_sites(wick *w, const conjugate *c)
{
    const wick_var m = wick_param(w, "m", wick_init_num(c->m), wick_real());
    const wick_var s = wick_param(w, "s", wick_init_num(c->s), wick_positive());

    wick_sample(w, "mu", wick_normal(m, s));
}

static void conjugate_model(wick *w, void *arg)
{
    const conjugate *c = arg;

    WICK_WITH (w, wick_scale(w, c->scale > 0.0 ? c->scale : 1.0)) {
        if (c->draws)
            WICK_AMBIENT (w, "draws", c->draws)
                conjugate_sites(w, c);
        else
            conjugate_sites(w, c);
    }
}

static void conjugate_guide(wick *w, void *arg)
{
    const conjugate *c = arg;

    WICK_WITH (w, wick_scale(w, c->scale > 0.0 ? c->scale : 1.0)) {
        if (c->draws)
            WICK_AMBIENT (w, "draws", c->draws)
                guide_sites(w, c);
        else
            guide_sites(w, c);
    }
}

static problem conjugate_problem(wick *w, conjugate *c)
{
    return (problem){ .w = w, .model = { conjugate_model, c }, .guide = { conjugate_guide, c } };
}

/* One draw mu = m + s e has the loss  c + b e + a e^2, as has each derivative: with e normal, mean
 * c + a and variance b^2 + 2 a^2. */
typedef struct quadratic {
    double c, b, a;
} quadratic;

static void assert_mean(double got, quadratic f, size_t draws)
{
    const double error = sqrt((f.b * f.b + 2.0 * f.a * f.a) / (double)draws);

    ck_assert_msg(fabs(got - f.c - f.a) <= Z_LIMIT * error + 1e-12, "got %g, want %g +- %g", got,
        f.c + f.a, error);
}

/* log q - log p: the loss; then its derivatives with respect to m and to log s. */
static void loss_in_e(const conjugate *k, quadratic *loss, quadratic *by_m, quadratic *by_log_s)
{
    const double m = k->m, s = k->s, v = 0.8 * 0.8;

    *loss = (quadratic){ -log(s) + 0.5 * m * m, m * s, 0.5 * s * s - 0.5 };
    *by_m = (quadratic){ m, s, 0.0 };
    *by_log_s = (quadratic){ -1.0, m * s, s * s };
    for (size_t i = 0; i < k->n; i++) {
        const double r = Y[i] - m;
        loss->c += 0.5 * r * r / v + log(0.8) + 0.5 * log(2.0 * acos(-1.0));
        loss->b -= r * s / v;
        loss->a += 0.5 * s * s / v;
        by_m->c -= r / v;
        by_m->b += s / v;
        by_log_s->b -= r * s / v;
        by_log_s->a += s * s / v;
    }
}

static void assert_expectations(conjugate c, size_t particles)
{
    wick *w = wick_new(&(wick_options){ .seed = 31 });
    problem p = conjugate_problem(w, &c);
    const wick_elbo_options options = { .num_particles = particles };
    const size_t draws = c.draws ? c.draws : particles;
    quadratic loss, by_m, by_log_s;
    double gradient[2];

    p.options = &options;
    loss_in_e(&c, &loss, &by_m, &by_log_s);
    const double mean = gradient_of(&p, gradient);
    assert_ok(w);
    assert_mean(mean, loss, draws);
    assert_mean(gradient[0], by_m, draws);
    assert_mean(gradient[1], by_log_s, draws);
    ck_assert_uint_eq(count_values(w), 2); /* one parameter, not one for each draw */
    wick_free(w);
}

/* --- values ----------------------------------------------------------------------------------- */

START_TEST(a_normal_against_the_standard_normal_has_its_kl)
{
    /* Pyro's test_elbo_normal: loss 1/2, gradient of the location 1 */
    conjugate c = { .m = 1.0, .s = 1.0, .draws = DRAWS };
    quadratic loss, by_m, by_log_s;

    loss_in_e(&c, &loss, &by_m, &by_log_s);
    ck_assert_double_eq(loss.c + loss.a, 0.5);
    ck_assert_double_eq(by_m.c + by_m.a, 1.0);
    assert_expectations(c, 0);
    c.draws = 0;
    assert_expectations(c, 2000);
}
END_TEST

START_TEST(a_conjugate_model_has_its_expected_loss_and_gradient)
{
    assert_expectations((conjugate){ .n = N, .m = 0.9, .s = 0.35, .draws = DRAWS }, 0);
    assert_expectations((conjugate){ .n = N, .m = -0.6, .s = 1.7, .draws = DRAWS }, 0);
    assert_expectations((conjugate){ .n = N, .m = -0.6, .s = 1.7 }, 3000);
}
END_TEST

static double log_evidence(void)
{
    /* one after the other: prior predictive, then the posterior is the next prior */
    double mean = 0.0, variance = 1.0, log_p = 0.0;

    for (int i = 0; i < N; i++) {
        log_p += log_normal(Y[i], mean, sqrt(variance + 0.64));
        const double gain = variance / (variance + 0.64);
        mean += gain * (Y[i] - mean);
        variance *= 1.0 - gain;
    }
    return log_p;
}

static conjugate posterior(void)
{
    double sum = 0.0;

    for (int i = 0; i < N; i++)
        sum += Y[i];
    const double precision = 1.0 + N / 0.64;
    return (conjugate){ .n = N, .m = sum / 0.64 / precision, .s = 1.0 / sqrt(precision) };
}

START_TEST(with_the_posterior_as_guide_every_draw_gives_the_evidence)
{
    conjugate c = posterior();

    for (uint64_t seed = 0; seed < 20; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = conjugate_problem(w, &c);
        assert_close(loss_of(&p), -log_evidence(), 1e-10);
        assert_ok(w);
        wick_free(w);
    }
}
END_TEST

START_TEST(with_any_other_guide_the_bound_is_below_the_evidence)
{
    for (int i = 0; i < 40; i++) {
        conjugate c = posterior();
        wick *w = wick_new(&(wick_options){ .seed = 3 });
        c.m += 0.5 * sin(3.1 * i);
        c.s *= exp(sin(5.3 * i));
        const double m = c.m - posterior().m, ratio = c.s / posterior().s;
        const double kl = 0.5 * (ratio * ratio + m * m / pow(posterior().s, 2) - 1.0) - log(ratio);
        quadratic loss, by_m, by_log_s;
        loss_in_e(&c, &loss, &by_m, &by_log_s);
        assert_close(loss.c + loss.a, kl - log_evidence(), 1e-12); /* the oracle of this file */
        c.draws = 2000;
        const problem p = conjugate_problem(w, &c);
        const double mean = loss_of(&p);
        assert_ok(w);
        ck_assert_double_lt(fabs(mean - loss.c - loss.a),
            Z_LIMIT * sqrt((loss.b * loss.b + 2.0 * loss.a * loss.a) / 2000.0) + 1e-12);
        wick_free(w);
    }
}
END_TEST

START_TEST(gradients_of_one_draw_agree_with_differences_at_that_draw)
{
    conjugate c = { .n = N, .m = 0.9, .s = 0.35 };
    wick *w = wick_new(&(wick_options){ .seed = 77 });
    problem p = conjugate_problem(w, &c);
    const wick_elbo_options three = { .num_particles = 3 };

    assert_gradient(&p, 1e-9);
    p.options = &three;
    assert_gradient(&p, 1e-9);
    p.loss = wick_trace_enum_elbo; /* nothing to sum out: the same */
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(particles_are_different_draws_and_steps_too)
{
    conjugate c = { .n = N, .m = 0.9, .s = 0.35 };
    wick *w = wick_new(&(wick_options){ .seed = 77 });
    problem p = conjugate_problem(w, &c);
    const double one = loss_of(&p);
    const wick_elbo_options two = { .num_particles = 2 };

    ck_assert_double_eq(loss_of(&p), one);
    p.options = &two;
    ck_assert_double_ne(loss_of(&p), one);
    wick_svi *svi = svi_of(&p);
    const double first = wick_svi_step(svi);
    wick_param_set(w, "m", &c.m, 1);
    wick_param_set(w, "s", &c.s, 1);
    ck_assert_double_ne(wick_svi_step(svi), first);
    assert_ok(w);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

START_TEST(a_scale_multiplies_and_a_mask_leaves_out)
{
    static const double MASK[N] = { 1.0, 0.0, 1.0, 0.0 };
    conjugate plain = { .n = N, .m = 0.9, .s = 0.35 }, scaled = plain, masked = plain;
    conjugate *const all[] = { &plain, &scaled, &masked };
    double loss[3], mu = 0.0;

    scaled.scale = 2.5;
    masked.mask = MASK;
    for (int i = 0; i < 3; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 9 });
        const problem p = conjugate_problem(w, all[i]);
        loss[i] = loss_of(&p);
        wick_svi *svi = svi_of(&p);
        wick_reset(w);
        wick_set_seed(w, 9);
        wick_trace_get(wick_trace_run(w, p.guide), "mu", &mu, 1); /* the draw of step 0 */
        assert_ok(w);
        wick_svi_free(svi);
        wick_free(w);
    }
    double want = log_normal(mu, 0.9, 0.35) - log_normal(mu, 0.0, 1.0), data[N];
    for (int i = 0; i < N; i++)
        want -= data[i] = log_normal(Y[i], mu, 0.8);
    assert_close(loss[0], want, 1e-13);
    assert_close(loss[1], 2.5 * want, 1e-13);
    assert_close(loss[2], want + data[1] + data[3], 1e-13);
}
END_TEST

/* --- a hierarchy, at point estimates ---------------------------------------------------------- */

/* Eight schools (Rubin 1981; Gelman et al., Bayesian Data Analysis, table 5.2). */
enum { SCHOOLS = 8 };
static const double EFFECT[SCHOOLS] = { 28, 8, -3, 7, -1, 1, 18, 12 },
                    ERROR[SCHOOLS] = { 15, 10, 16, 11, 9, 11, 10, 18 };

static void schools(wick *w, void *arg)
{
    (void)arg;
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_normal(5.0));

    WICK_PLATE (w, "schools", SCHOOLS) {
        const wick_var theta = wick_sample(w, "theta", wick_normal(mu, tau));
        wick_observe(w, "y", wick_normal(theta, wick_data(w, ERROR, SCHOOLS)),
            wick_data(w, EFFECT, SCHOOLS));
    }
}

START_TEST(point_estimates_give_minus_the_log_joint_in_the_constrained_space)
{
    static const double MU = 3.5, TAU = 4.25;
    wick *w = wick_new(NULL);
    wick_guide *guide = wick_auto_delta_new(w, (wick_program){ schools, NULL }, NULL);
    const problem p = { .w = w, .model = { schools, NULL }, .guide = wick_guide_program(guide) };
    double theta[SCHOOLS];
    double want = -log_normal(MU, 0.0, 5.0) - log(2.0) - log_normal(TAU, 0.0, 5.0);

    loss_of(&p);
    for (int i = 0; i < SCHOOLS; i++) {
        theta[i] = 2.0 + 0.75 * i;
        want -= log_normal(theta[i], MU, TAU) + log_normal(EFFECT[i], theta[i], ERROR[i]);
    }
    wick_param_set(w, "AutoDelta.mu", &MU, 1);
    wick_param_set(w, "AutoDelta.tau", &TAU, 1);
    wick_param_set(w, "AutoDelta.theta", theta, SCHOOLS);
    assert_close(loss_of(&p), want, 1e-13); /* no Jacobian: log tau is not added */
    assert_gradient(&p, 1e-9);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- what it refuses -------------------------------------------------------------------------- */

/* Sites of either program, by letters: a, b normal; p uniform-like beta; z bernoulli; e marked;
 * A: a in a plate; o: a observed. */
static void lettered(wick *w, void *arg)
{
    for (const char *c = arg; *c; c++)
        switch (*c) {
        case 'a':
        case 'b':
            wick_sample(w, *c == 'a' ? "a" : "b", wick_normal(0.2, 1.5));
            break;
        case 'A':
            WICK_PLATE (w, "rows", 3)
                wick_sample(w, "a", wick_normal(0.2, 1.5));
            break;
        case 'o':
            wick_observe(w, "a", wick_normal(0.2, 1.5), wick_num(w, 0.5));
            break;
        case 'z':
            wick_sample(w, "z", wick_bernoulli(0.3));
            break;
        case 'e':
            wick_sample(w, "z", wick_enumerate(wick_bernoulli(0.3)));
            break;
        default:
            ck_abort_msg("no letter '%c'", *c);
        }
}

static const struct {
    const char *model, *guide;
    bool sum;
    wick_code code;
    const char *words[4];
} REFUSED[] = {
    { "ab", "a", false, WICK_ERR_NAME, { "wick_trace_elbo", "model but not in the guide: 'b'" } },
    { "ab", "", false, WICK_ERR_NAME, { "model but not in the guide: 'a', 'b'", "observe" } },
    { "ab", "", true, WICK_ERR_NAME, { "wick_trace_enum_elbo", "'a', 'b'" } },
    { "a", "ba", false, WICK_ERR_NAME, { "guide but not in the model: 'b'" } },
    { "o", "a", false, WICK_ERR_NAME, { "guide but not in the model: 'a'" } },
    { "a", "o", false, WICK_ERR_NAME, { "model but not in the guide: 'a'" } },
    { "z", "e", false, WICK_ERR_ARGUMENT, { "'z'", "marked", "use wick_trace_enum_elbo" } },
    { "z", "", false, WICK_ERR_NAME, { "'z'", "wick_trace_enum_elbo" } },
    { "A", "a", false, WICK_ERR_SHAPE, { "'a'", "plates ()", "'rows' (3)" } },
    { "a", "A", false, WICK_ERR_SHAPE, { "'a'", "'rows' (3)" } },
    { "aa", "a", false, WICK_ERR_NAME, { "two sites are named 'a'" } },
    { "a", "aa", false, WICK_ERR_NAME, { "two sites are named 'a'" } },
};

START_TEST(a_model_and_a_guide_that_do_not_fit_are_refused)
{
    wick *w = wick_new(NULL);
    char model[8], guide[8];
    const problem p = { w, { lettered, model }, { lettered, guide },
        REFUSED[_i].sum ? wick_trace_enum_elbo : wick_trace_elbo, NULL };

    strcpy(model, REFUSED[_i].model);
    strcpy(guide, REFUSED[_i].guide);
    ck_assert_double_nan(loss_of(&p));
    assert_fails(w, REFUSED[_i].code, REFUSED[_i].words);
    wick_clear(w);
    strcpy(model, "ab");
    strcpy(guide, "ba"); /* the order does not matter */
    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(programs_without_sites_have_a_loss_of_zero)
{
    wick *w = wick_new(NULL);
    wick_svi *plain = wick_svi_new(w, NOTHING, NOTHING, NULL);
    wick_svi *enumerated =
        wick_svi_new(w, NOTHING, NOTHING, &(wick_svi_options){ .loss = wick_trace_enum_elbo });

    ck_assert_double_eq(wick_svi_step(plain), 0.0);
    ck_assert_double_eq(wick_svi_step(enumerated), 0.0);
    assert_ok(w);
    wick_svi_free(plain);
    wick_svi_free(enumerated);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elbo");
    TCase *values = new_case(suite, "values"), *errors = new_case(suite, "errors");

    tcase_add_test(values, programs_without_sites_have_a_loss_of_zero);
    tcase_add_test(values, a_normal_against_the_standard_normal_has_its_kl);
    tcase_add_test(values, a_conjugate_model_has_its_expected_loss_and_gradient);
    tcase_add_test(values, with_the_posterior_as_guide_every_draw_gives_the_evidence);
    tcase_add_test(values, with_any_other_guide_the_bound_is_below_the_evidence);
    tcase_add_test(values, gradients_of_one_draw_agree_with_differences_at_that_draw);
    tcase_add_test(values, particles_are_different_draws_and_steps_too);
    tcase_add_test(values, a_scale_multiplies_and_a_mask_leaves_out);
    tcase_add_test(values, point_estimates_give_minus_the_log_joint_in_the_constrained_space);
    tcase_add_loop_test(errors, a_model_and_a_guide_that_do_not_fit_are_refused, 0,
        (int)(sizeof REFUSED / sizeof *REFUSED));
    return run_suite(suite);
}
