/* Divergences in closed form: where they stand in for draws, and where that would be wrong. */
#include "tests/support/estimator.h"
#include "tests/support/outcome.h"

enum { N = 5 };
static const double Y[N] = { 1.3, -0.4, 2.2, 0.7, -1.1 };

static double normal_kl(double m, double s, double loc, double scale)
{
    const double r = s / scale, d = (m - loc) / scale;

    return 0.5 * (r * r + d * d - 1.0) - log(r);
}

/* What a site of the guide draws at step 0. */
static double drawn(const problem *p, const char *site, size_t i)
{
    double x[N];
    const size_t n = strcmp(site, "theta") == 0 ? N : 1;

    draws_in(p, 7, site, x, n);
    return x[i];
}

/* mu ~ normal(0.5, 2); theta_i ~ normal(mu, 1.2); y_i ~ normal(theta_i, 0.6) */
typedef struct levels {
    size_t present;
    const size_t *indices;
    double model_scale, guide_scale;
    const double *model_mask, *guide_mask; /* of theta */
    double wrong;   /* loc of theta's guide in the second member is 0.7 + this */
    bool reversed;  /* the guide draws theta first, and mu given its mean */
    bool look;      /* the model looks at mu in C */
    bool enumerate; /* a variable that is summed out moves theta's prior */
} levels;

static wick_plate_options rows(const levels *l)
{
    return (wick_plate_options){ "rows", N, l->present, l->indices };
}

static wick_handler *mask_of(wick *w, const double *mask)
{
    return wick_mask(w, mask ? wick_data(w, mask, N) : wick_num(w, 1.0));
}

static void levels_model(wick *w, void *arg)
{
    const levels *l = arg;
    const wick_plate_options plate = rows(l);
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.5, 2.0));
    wick_var loc = mu, theta = WICK_VAR_NONE;

    if (l->look)
        wick_value(mu);
    wick_plate_enter(w, &plate);
    if (l->enumerate)
        loc = wick_add(mu, wick_sample(w, "z", wick_bernoulli(0.3)));
    WICK_WITH (w, wick_scale(w, l->model_scale > 0.0 ? l->model_scale : 1.0))
        if (l->model_mask || l->guide_mask)
            WICK_WITH (w, mask_of(w, l->model_mask))
                theta = wick_sample(w, "theta", wick_normal(loc, 1.2));
        else
            theta = wick_sample(w, "theta", wick_normal(loc, 1.2));
    wick_observe(w, "y", wick_normal(theta, 0.6), wick_data(w, Y, N));
    wick_exit(w);
}

static wick_var theta_of(wick *w, const levels *l)
{
    const double loc[N] = { 0.2, 0.7 + l->wrong, -0.4, 1.1, -0.8 };
    const wick_plate_options plate = rows(l);
    const wick_var m = wick_param(w, "m", wick_init_values(loc, N), wick_real());
    const wick_var s = wick_param(w, "s", wick_init_num(0.45), wick_positive());
    wick_var theta = WICK_VAR_NONE;

    wick_plate_enter(w, &plate);
    const wick_dist q = wick_normal(wick_at(m, wick_index(w, "rows")), s);
    WICK_WITH (w, wick_scale(w, l->guide_scale > 0.0 ? l->guide_scale : 1.0))
        if (l->model_mask || l->guide_mask)
            WICK_WITH (w, mask_of(w, l->guide_mask))
                theta = wick_sample(w, "theta", q);
        else
            theta = wick_sample(w, "theta", q);
    wick_exit(w);
    return theta;
}

static void levels_guide(wick *w, void *arg)
{
    const levels *l = arg;
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());

    if (l->reversed) {
        const wick_var mean = wick_mean(theta_of(w, l), "rows");
        wick_sample(w, "mu", wick_normal(wick_add(loc, wick_mul(mean, 0.5)), 0.7));
    } else {
        wick_sample(w, "mu", wick_normal(loc, 0.7));
        theta_of(w, l);
    }
}

static problem levels_problem(wick *w, levels *l)
{
    return (
        problem){ w, { levels_model, l }, { levels_guide, l }, wick_trace_mean_field_elbo, NULL };
}

static const double LOC[N] = { 0.2, 0.7, -0.4, 1.1, -0.8 };

/* --- where they stand in for draws ------------------------------------------------------------ */

START_TEST(normal_sites_have_their_divergence_given_what_was_drawn_before)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .present = 0 };
    const problem p = levels_problem(w, &l);
    const double mu = drawn(&p, "mu", 0);
    double want = normal_kl(0.3, 0.7, 0.5, 2.0);

    for (size_t i = 0; i < N; i++)
        want += normal_kl(LOC[i], 0.45, mu, 1.2) - log_normal(Y[i], drawn(&p, "theta", i), 0.6);
    assert_close(loss_of(&p), want, 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

/* Of the ELBO, with respect to loc, log s and the m. */
static double exact_loss(const double *x)
{
    const double s = exp(x[6]), v = x[0] - 0.5;
    double loss = 0.5 * (0.49 / 4.0 + v * v / 4.0 - 1.0) - log(0.35);

    for (int i = 0; i < N; i++) {
        const double m = x[1 + i], r = m - x[0], d = Y[i] - m;
        loss += 0.5 * ((s * s + r * r + 0.49) / 1.44 - 1.0) - log(s / 1.2);
        loss += 0.5 * (d * d + s * s) / 0.36 + log(0.6) + 0.91893853320467274178;
    }
    return loss;
}

START_TEST(the_loss_and_its_gradient_are_unbiased_as_those_of_draws_are)
{
    double x[] = { 0.3, 0.2, 0.7, -0.4, 1.1, -0.8, log(0.45) };
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .present = 0 };
    problem p = levels_problem(w, &l);
    const sampled closed = sample_gradient(&p, "m", 50000),
                  at_loc = sample_gradient(&p, "loc", 50000);

    p.loss = wick_trace_elbo;
    const sampled drawn_too = sample_gradient(&p, "m", 50000);
    assert_sampled(&closed, 0, exact_loss(x));
    assert_sampled(&drawn_too, 0, exact_loss(x));
    assert_sampled(&at_loc, 1, slope_of(exact_loss, x, 0));
    for (int i = 0; i < N; i++) {
        assert_sampled(&closed, (size_t)i + 1, slope_of(exact_loss, x, i + 1));
        assert_sampled(&drawn_too, (size_t)i + 1, slope_of(exact_loss, x, i + 1));
    }
    wick_free(w);
}
END_TEST

/* --- where it would be wrong ------------------------------------------------------------------ */

START_TEST(a_site_whose_prior_depends_on_its_own_draw_is_taken_at_the_draw)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .reversed = true };
    const problem p = levels_problem(w, &l);
    const double mu = drawn(&p, "mu", 0);
    double mean = 0.0, want = 0.0;

    for (size_t i = 0; i < N; i++) {
        const double theta = drawn(&p, "theta", i);
        mean += theta / N;
        want += log_normal(theta, LOC[i], 0.45) - log_normal(theta, mu, 1.2) -
            log_normal(Y[i], theta, 0.6);
    }
    want += normal_kl(0.3 + 0.5 * mean, 0.7, 0.5, 2.0); /* mu: its prior does not */
    assert_close(loss_of(&p), want, 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

static void assert_as_drawn(levels l)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    problem p = levels_problem(w, &l);
    double closed[16], at_draws[16];
    const double loss = gradient_of(&p, closed);

    p.loss = wick_trace_enum_elbo;
    assert_close(loss, gradient_of(&p, at_draws), 1e-13);
    for (size_t i = 0; i < count_values(w); i++)
        assert_close(closed[i], at_draws[i], 1e-12);
    assert_ok(w);
    wick_free(w);
}

START_TEST(what_c_code_read_is_taken_at_the_draw)
{
    assert_as_drawn((levels){ .look = true });
}
END_TEST

START_TEST(a_prior_under_a_sum_is_taken_at_the_draw)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .enumerate = true };
    const problem p = levels_problem(w, &l);
    const double mu = drawn(&p, "mu", 0);
    double want = normal_kl(0.3, 0.7, 0.5, 2.0);

    for (size_t i = 0; i < N; i++) {
        const double theta = drawn(&p, "theta", i);
        want += log_normal(theta, LOC[i], 0.45) - log_normal(Y[i], theta, 0.6) -
            log(0.7 * exp(log_normal(theta, mu, 1.2)) +
                0.3 * exp(log_normal(theta, mu + 1.0, 1.2)));
    }
    assert_close(loss_of(&p), want, 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

/*
 * a ~ bernoulli(0.35), x ~ normal(a + b, 1.3), b ~ bernoulli(0.6); in the guide a is enumerated,
 * then x given a is drawn, and b is enumerated before x, or after it and given it.
 */
typedef struct around {
    bool after, one_by_one;
} around;

static void around_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.35));
    const wick_var b = wick_sample(w, "b", wick_bernoulli(0.6));

    wick_sample(w, "x", wick_normal(wick_add(a, b), 1.3));
}

static void around_guide(wick *w, void *arg)
{
    const around *r = arg;
    const wick_var m = wick_param(w, "m", wick_init_num(-0.3), wick_real());
    const wick_dist qa = wick_bernoulli(0.6), qb = wick_bernoulli(0.2);

    const wick_var a =
        wick_sample(w, "a", r->one_by_one ? wick_enumerate_sequential(qa) : wick_enumerate(qa));
    if (!r->after)
        wick_sample(w, "b", wick_enumerate(qb));
    const wick_var x = wick_sample(w, "x", wick_normal(wick_add(m, wick_mul(a, 0.8)), 0.5));
    if (r->after)
        wick_sample(w, "b", wick_enumerate(wick_bernoulli(wick_sigmoid(x))));
}

static double around_loss(around r, wick_loss loss)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    const problem p = { w, { around_model, &r }, { around_guide, &r }, loss, NULL };
    const double x = loss_of(&p);

    assert_gradient(&p, 1e-9);
    assert_ok(w);
    wick_free(w);
    return x;
}

START_TEST(enumerated_sites_before_it_are_no_obstacle_but_one_after_it_is)
{
    double want = kl(0.6, 0.35) + kl(0.2, 0.6);

    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++)
            want += (a ? 0.6 : 0.4) * (b ? 0.2 : 0.8) * normal_kl(-0.3 + 0.8 * a, 0.5, a + b, 1.3);
    assert_close(around_loss((around){ .after = false }, wick_trace_mean_field_elbo), want, 1e-13);
    for (int one_by_one = 0; one_by_one < 2; one_by_one++)
        for (int after = !one_by_one; after < 2; after++)
            assert_close(around_loss((around){ after, one_by_one }, wick_trace_mean_field_elbo),
                around_loss((around){ after, one_by_one }, wick_trace_enum_elbo), 1e-13);
}
END_TEST

/* --- discrete draws, a mixture ---------------------------------------------------------------- */

/* z_i ~ bernoulli(0.3) in the model, bernoulli(sigmoid(logit_i)) in the guide, y_i given z_i. */
static const double LOGIT[N] = { 0.4, -0.9, 1.3, 0.2, -0.3 };

static void coins_model(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", N) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
        wick_observe(w, "y", wick_normal(wick_mul(z, 1.5), 0.8), wick_data(w, Y, N));
    }
}

static void coins_guide(wick *w, void *arg)
{
    const wick_var logit = wick_param(w, "logit", wick_init_values(LOGIT, N), wick_real());

    (void)arg;
    WICK_PLATE (w, "rows", N)
        wick_sample(w, "z", wick_bernoulli(wick_sigmoid(wick_at(logit, wick_index(w, "rows")))));
}

START_TEST(a_discrete_draw_has_the_score_of_the_likelihood_only)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        wick *w = wick_new(&(wick_options){ .seed = seed });
        const problem p = { w, { coins_model, NULL }, { coins_guide, NULL },
            wick_trace_mean_field_elbo, NULL };
        double z[N], gradient[N], want = 0.0;
        const double loss = gradient_in(&p, "logit", gradient);
        draws_in(&p, seed, "z", z, N);
        for (size_t i = 0; i < N; i++) {
            const double q = sigmoid(LOGIT[i]), data = log_normal(Y[i], 1.5 * z[i], 0.8);
            want += kl(q, 0.3) - data;
            assert_close(gradient[i], q * (1.0 - q) * kl_slope(q, 0.3) - (z[i] - q) * data, 1e-12);
        }
        assert_close(loss, want, 1e-12);
        wick_free(w);
    }
}
END_TEST

/* Weights, means and precisions of a mixture; who is where is summed out (ProbFlow's example). */
enum { K = 3 };
static const double WEIGHTS[K] = { 4.0, 2.5, 3.0 }, MEANS[K] = { -1.0, 0.3, 1.6 },
                    SHAPES[K] = { 5.0, 3.5, 6.0 };

static void mixture_model(wick *w, void *arg)
{
    const wick_plate_options *rows_of = arg;
    wick_var loc = WICK_VAR_NONE, precision = WICK_VAR_NONE;
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 1.5, K)));

    WICK_PLATE (w, "components", K) {
        loc = wick_sample(w, "loc", wick_normal(0.0, 2.0));
        precision = wick_sample(w, "precision", wick_gamma(2.0, 1.5));
    }
    wick_plate_enter(w, rows_of);
    const wick_var z = wick_sample(w, "z", wick_categorical(weights));
    wick_observe(w, "y", wick_normal(wick_take(loc, z), wick_pow(wick_take(precision, z), -0.5)),
        wick_data(w, Y, N));
    wick_exit(w);
}

static void mixture_guide(wick *w, void *arg)
{
    const wick_var weights =
        wick_param(w, "q.weights", wick_init_values(WEIGHTS, K), wick_positive());
    const wick_var means = wick_param(w, "q.means", wick_init_values(MEANS, K), wick_real());
    const wick_var shapes = wick_param(w, "q.shapes", wick_init_values(SHAPES, K), wick_positive());

    (void)arg;
    wick_sample(w, "weights", wick_dirichlet(weights));
    WICK_PLATE (w, "components", K) {
        const wick_var k = wick_index(w, "components");
        wick_sample(w, "loc", wick_normal(wick_at(means, k), 0.4));
        wick_sample(w, "precision", wick_gamma(wick_at(shapes, k), 2.0));
    }
}

static double gamma_kl(double a, double b, double a0, double b0)
{
    const double digamma = (lgamma(a + 1e-5) - lgamma(a - 1e-5)) / 2e-5;

    return (a - a0) * digamma - lgamma(a) + lgamma(a0) + a0 * log(b / b0) + a * (b0 - b) / b;
}

static double dirichlet_kl(size_t n, const double *a, double prior)
{
    double all = 0.0, result = lgamma(prior * (double)n) * -1.0;

    for (size_t i = 0; i < n; i++)
        all += a[i];
    result += lgamma(all);
    for (size_t i = 0; i < n; i++)
        result += lgamma(prior) - lgamma(a[i]) +
            (a[i] - prior) *
                (lgamma(a[i] + 1e-5) - lgamma(a[i] - 1e-5) - lgamma(all + 1e-5) +
                    lgamma(all - 1e-5)) /
                2e-5;
    return result;
}

START_TEST(a_mixture_has_the_divergences_of_its_parameters_and_a_sum_over_who_is_where)
{
    const wick_plate_options all = { "rows", N, 0, NULL };
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    const problem p = { w, { mixture_model, (void *)(uintptr_t)&all }, { mixture_guide, NULL },
        wick_trace_mean_field_elbo, NULL };
    double weights[K], loc[K], precision[K], want = dirichlet_kl(K, WEIGHTS, 1.5);

    draws_in(&p, 7, "weights", weights, K);
    draws_in(&p, 7, "loc", loc, K);
    draws_in(&p, 7, "precision", precision, K);
    for (int k = 0; k < K; k++)
        want += normal_kl(MEANS[k], 0.4, 0.0, 2.0) + gamma_kl(SHAPES[k], 2.0, 2.0, 1.5);
    for (int i = 0; i < N; i++) {
        double sum = 0.0;
        for (int k = 0; k < K; k++)
            sum += weights[k] * exp(log_normal(Y[i], loc[k], 1.0 / sqrt(precision[k])));
        want -= log(sum);
    }
    assert_close(loss_of(&p), want, 1e-8); /* digamma by a difference */
    wick_free(w);
}
END_TEST

START_TEST(the_mean_over_all_minibatches_of_a_mixture_is_its_full_loss)
{
    size_t indices[2];
    const wick_plate_options all = { "rows", N, 0, NULL }, two = { "rows", N, 2, indices };
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    problem p = { w, { mixture_model, (void *)(uintptr_t)&all }, { mixture_guide, NULL },
        wick_trace_mean_field_elbo, NULL };
    double full[3 * K], part[3 * K], mean[3 * K] = { 0.0 }, mean_loss = 0.0;
    const double loss = gradient_of(&p, full);

    p.model.arg = (void *)(uintptr_t)&two;
    for (indices[0] = 0; indices[0] < N; indices[0]++)
        for (indices[1] = indices[0] + 1; indices[1] < N; indices[1]++) {
            mean_loss += gradient_of(&p, part) / 10.0;
            for (int k = 0; k < 3 * K; k++)
                mean[k] += part[k] / 10.0;
        }
    assert_ok(w);
    assert_close(mean_loss, loss, 1e-12);
    for (int k = 0; k < 3 * K; k++)
        assert_close(mean[k], full[k], 1e-12);
    wick_free(w);
}
END_TEST

/* --- masks, scales, minibatches --------------------------------------------------------------- */

START_TEST(a_mask_and_a_scale_of_both_are_those_of_the_divergence)
{
    static const double MASK[N] = { 1.0, 0.0, 1.0, 1.0, 0.0 };
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .model_mask = MASK, .guide_mask = MASK, .model_scale = 2.5, .guide_scale = 2.5 };
    const problem p = levels_problem(w, &l);
    const double mu = drawn(&p, "mu", 0);
    double want = normal_kl(0.3, 0.7, 0.5, 2.0);

    for (size_t i = 0; i < N; i++)
        want += 2.5 * MASK[i] * normal_kl(LOC[i], 0.45, mu, 1.2) -
            log_normal(Y[i], drawn(&p, "theta", i), 0.6);
    assert_close(loss_of(&p), want, 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(where_masks_or_scales_differ_the_rest_of_log_q_is_taken_at_the_draw)
{
    static const double MODEL[N] = { 1.0, 0.0, 1.0, 1.0, 0.0 },
                        GUIDE[N] = { 1.0, 1.0, 0.0, 1.0, 0.0 };
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    levels l = { .model_mask = MODEL, .guide_mask = GUIDE, .model_scale = 2.5, .guide_scale = 0.5 };
    const problem p = levels_problem(w, &l);
    const double mu = drawn(&p, "mu", 0);
    double want = normal_kl(0.3, 0.7, 0.5, 2.0);

    for (size_t i = 0; i < N; i++) {
        const double theta = drawn(&p, "theta", i);
        want += 2.5 * MODEL[i] * normal_kl(LOC[i], 0.45, mu, 1.2) +
            (0.5 * GUIDE[i] - 2.5 * MODEL[i]) * log_normal(theta, LOC[i], 0.45) -
            log_normal(Y[i], theta, 0.6);
    }
    assert_close(loss_of(&p), want, 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

/* --- distributions whose divergence is not known ---------------------------------------------- */

static void logistic_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var x = wick_sample(w, "x", wick_logistic(0.3, 1.2));

    wick_observe(w, "y", wick_normal(x, 0.8), wick_num(w, 1.1));
}

static void logistic_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_normal(wick_param(w, "m", wick_init_num(0.2), wick_real()), 0.4));
}

START_TEST(an_unknown_divergence_is_taken_at_the_draw)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    problem p = { w, { logistic_model, NULL }, { logistic_guide, NULL }, wick_trace_elbo, NULL };
    const double want = loss_of(&p);

    p.loss = wick_trace_mean_field_elbo;
    assert_close(loss_of(&p), want, 1e-14);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

/* --- what is not finite ---------------------------------------------------------------------- */

static void wrong_model(wick *w, void *arg)
{
    wick_sample(w, "mu", wick_normal(0.5, wick_data(w, (const double *)arg, 1)));
}

static void one_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "mu", wick_normal(wick_param(w, "m", wick_init_num(0.2), wick_real()), 0.4));
}

START_TEST(a_divergence_that_is_not_finite_is_reported_with_its_site)
{
    double scale = -1.0;
    wick *w = wick_new(NULL);
    const problem p = { w, { wrong_model, &scale }, { one_guide, NULL }, wick_trace_mean_field_elbo,
        NULL };

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_NONFINITE, "'mu'");
    ck_assert_uint_eq(wick_param_count(w), 0);
    scale = 1.0;
    ck_assert(isfinite(loss_of(&p)));
    wick_free(w);
}
END_TEST

/* --- compiled --------------------------------------------------------------------------------- */

START_TEST(compiled_steps_give_what_eager_ones_give)
{
    static const double MASK[N] = { 1.0, 0.0, 1.0, 1.0, 0.0 };
    static const levels CASES[] = { { .present = 3 }, { .reversed = true }, { .enumerate = true },
        { .model_mask = MASK, .guide_mask = MASK }, { .model_scale = 2.0 } };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        levels l = CASES[i];
        double got[2][7], loss[2];
        for (int compile = 0; compile < 2; compile++) {
            wick *w = wick_new(&(wick_options){ .seed = 3 });
            wick_svi *svi = wick_svi_new(w, (wick_program){ levels_model, &l },
                (wick_program){ levels_guide, &l },
                &(wick_svi_options){ .loss = wick_trace_mean_field_elbo, .compile = compile });
            for (int step = 0; step < 20; step++)
                loss[compile] = wick_svi_step(svi);
            assert_ok(w);
            ck_assert_uint_eq(count_values(w), 7);
            get_all(w, got[compile]);
            wick_svi_free(svi);
            wick_free(w);
        }
        ck_assert_double_eq(loss[0], loss[1]);
        assert_same_bits(got[0], got[1], 7);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mean_field");
    TCase *closed = new_case(suite, "closed"), *drawn_too = new_case(suite, "drawn");
    TCase *counts = new_case(suite, "counts");

    tcase_add_test(closed, normal_sites_have_their_divergence_given_what_was_drawn_before);
    tcase_add_test(closed, the_loss_and_its_gradient_are_unbiased_as_those_of_draws_are);
    tcase_add_test(drawn_too, a_site_whose_prior_depends_on_its_own_draw_is_taken_at_the_draw);
    tcase_add_test(drawn_too, what_c_code_read_is_taken_at_the_draw);
    tcase_add_test(drawn_too, a_prior_under_a_sum_is_taken_at_the_draw);
    tcase_add_test(drawn_too, enumerated_sites_before_it_are_no_obstacle_but_one_after_it_is);
    tcase_add_test(drawn_too, an_unknown_divergence_is_taken_at_the_draw);
    tcase_add_test(closed, a_discrete_draw_has_the_score_of_the_likelihood_only);
    tcase_add_test(
        closed, a_mixture_has_the_divergences_of_its_parameters_and_a_sum_over_who_is_where);
    tcase_add_test(closed, the_mean_over_all_minibatches_of_a_mixture_is_its_full_loss);
    tcase_add_test(counts, a_mask_and_a_scale_of_both_are_those_of_the_divergence);
    tcase_add_test(counts, where_masks_or_scales_differ_the_rest_of_log_q_is_taken_at_the_draw);
    tcase_add_test(counts, a_divergence_that_is_not_finite_is_reported_with_its_site);
    tcase_add_test(counts, compiled_steps_give_what_eager_ones_give);
    return run_suite(suite);
}
