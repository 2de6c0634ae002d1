/* Draws of every distribution against its law, and the gradients that flow through them. */
#include "sample_tests.h"

#include "cases.h"
#include "dist/constraint.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20110811 });
    ck_assert_ptr_nonnull(w);
    w->random_key = 0x243f6a8885a308d3u;
}

static void teardown(void)
{
    wick_free(w);
}

static const double *draws_of(wick_dist dist)
{
    return draw_many(w, dist)->value;
}

/* --- distribution functions ------------------------------------------------------------------ */

static double normal_cdf(double x, double loc, double scale)
{
    return 0.5 * erfc((loc - x) / (scale * sqrt(2)));
}

static double lognormal_cdf(double x, double loc, double scale)
{
    return normal_cdf(log(x), loc, scale);
}

static double half_normal_cdf(double x, double scale, double unused)
{
    (void)unused;
    return erf(x / (scale * sqrt(2)));
}

static double uniform_cdf(double x, double low, double high)
{
    return (x - low) / (high - low);
}

static double exponential_cdf(double x, double rate, double unused)
{
    (void)unused;
    return -expm1(-rate * x);
}

/* P(a, rate x): the series of DLMF 8.11.4 up to a + 1, then the continued fraction of DLMF 8.9.2 */
static double gamma_cdf(double x, double a, double rate)
{
    const double y = rate * x, front = exp(a * log(y) - y - lgamma(a));
    double fraction = y + 801 - a;

    if (y < a + 1) {
        double term = 1 / a, sum = term;
        for (int k = 1; term > DBL_EPSILON * sum; k++)
            sum += term *= y / (a + k);
        return front * sum;
    }
    for (int k = 400; k > 0; k--)
        fraction = y + 2 * k - 1 - a - k * (k - a) / fraction;
    return 1 - front / fraction;
}

/* --- one number ------------------------------------------------------------------------------ */

/* Distribution function and moments (mean, variance, skewness, kurtosis by scipy 1.10). */
static const struct law {
    const char *name;
    double a, b;
    distribution_function *f;
    double moment[4];
} LAWS[] = {
    { "normal", -0.41, 1.37, normal_cdf, { -0.41, 1.8769, 0, 3 } },
    { "lognormal", -0.41, 0.25, lognormal_cdf,
        { 0.684716770463278, 0.030237392231474626, 0.7782516357974832, 4.095931274730179 } },
    { "half_normal", 1.37, 0, half_normal_cdf,
        { 1.0931018482999257, 0.6820283492432866, 0.9952717464311565, 3.869177303605974 } },
    { "uniform", -0.41, 1.37, uniform_cdf, { 0.48, 0.26403333333333334, 0, 1.8 } },
    { "exponential", 1.37, 0, exponential_cdf, { 0.7299270072992701, 0.5327934359848686, 2, 9 } },
    { "gamma", 2.41, 1.37, gamma_cdf,
        { 1.759124087591241, 1.2840321807235335, 1.2883132528016616, 5.4896265560165975 } },
    { "gamma", 0.7, 0.2, gamma_cdf, { 3.5, 17.5, 2.390457218668787, 11.571428571428571 } },
    { "beta", 2.41, 0.87, beta_cdf,
        { 0.7347560975609756, 0.04553494734998638, -0.8334326899005592, 2.920591016699278 } },
    { "beta", 0.1, 0.2, beta_cdf,
        { 0.3333333333333333, 0.17094017094017092, 0.7010658911563956, 1.6956521739130437 } },
};

enum { N_LAWS = sizeof LAWS / sizeof *LAWS };

static const wick_dist_type *type_named(const char *name)
{
    for (size_t i = 0; i < wicki_n_dists; i++)
        if (is_named(wicki_dists[i], name))
            return wicki_dists[i];
    ck_abort_msg("no type %s", name);
    return NULL;
}

static const double *draws_of_law(const struct law *law, double a, double b)
{
    return draws_of((wick_dist){ .type = type_named(law->name),
        .parameter = { wick_operand_number(a), wick_operand_number(b) } });
}

START_TEST(draws_follow_their_law)
{
    const struct law *law = &LAWS[_i];
    const double *x = draws_of_law(law, law->a, law->b);
    const double d = ks_distance(x, 1.0, law->f, law->a, law->b),
                 z = four_moments_deviate(x, law->moment);

    ck_assert_msg(d < KS_LIMIT && z < Z_LIMIT, "%s: D = %.5f, z = %.2f", law->name, d, z);
    for (int i = 0; i < N; i++)
        if (!isfinite(x[i]))
            ck_abort_msg("%s: draw %d is %g", law->name, i, x[i]);
}
END_TEST

/* So that the test above can fail. */
START_TEST(draws_that_are_2_percent_too_large_are_noticed)
{
    const struct law *law = &LAWS[_i];
    const double *x = draws_of_law(law, law->a, law->b);
    double *wrong = malloc(N * sizeof *wrong);

    for (int i = 0; i < N; i++)
        wrong[i] = 1.02 * x[i];
    const double z = four_moments_deviate(wrong, law->moment);
    free(wrong);
    ck_assert_msg(z > Z_LIMIT, "%s: z = %.2f", law->name, z);
}
END_TEST

/* --- vectors --------------------------------------------------------------------------------- */

/* Component k of a dirichlet is beta(a_k, sum a - a_k). */
START_TEST(the_components_of_a_dirichlet_are_beta)
{
    const double a[] = { 0.21, 1.33, 2.46 };
    const double *x = draws_of(wick_dirichlet(wick_const(w, a, 3)));

    for (int k = 0; k < 3; k++)
        ck_assert_double_lt(ks_distance(x + k * N, 1.0, beta_cdf, a[k], 4.0 - a[k]), KS_LIMIT);
    ck_assert_double_gt(ks_distance(x, 1.0, beta_cdf, a[0] * 1.1, 3.79), KS_LIMIT);
    for (int i = 0; i < N; i++)
        if (!(fabs(x[i] + x[N + i] + x[2 * N + i] - 1) <= 4 * DBL_EPSILON))
            ck_abort_msg("the weights of draw %d do not sum to 1", i);
}
END_TEST

/* t with L t = x - loc is standard normal, and t't is chi-squared of 3 degrees: gamma(3/2, 1/2) */
START_TEST(a_multivariate_normal_has_its_mean_and_covariance)
{
    const double loc[] = { -0.4, 0.3, 1.7 }, l[] = { 1.3, NAN, NAN, -0.6, 0.9, NAN, 0.4, 1.1, 2.2 };
    const double *x =
        draws_of(wick_multivariate_normal(wick_const(w, loc, 3), wick_const(w, l, 3, 3)));
    double *square = calloc(N, sizeof *square), product[3] = { 0 };

    for (int i = 0; i < N; i++) {
        double t[3];
        for (int j = 0; j < 3; j++) {
            t[j] = x[j * N + i] - loc[j];
            for (int k = 0; k < j; k++)
                t[j] -= l[3 * j + k] * t[k];
            t[j] /= l[4 * j];
            square[i] += t[j] * t[j];
        }
        product[0] += t[0] * t[1];
        product[1] += t[0] * t[2];
        product[2] += t[1] * t[2];
    }
    ck_assert_double_lt(ks_distance(square, 1.0, gamma_cdf, 1.5, 0.5), KS_LIMIT);
    for (int k = 0; k < 3; k++)
        ck_assert_double_lt(fabs(product[k]) / sqrt(N), Z_LIMIT);
    free(square);
    for (int j = 0; j < 3; j++) {
        const double *row = l + 3 * j;
        const double variance =
            row[0] * row[0] + (j > 0 ? row[1] * row[1] : 0) + (j > 1 ? row[2] * row[2] : 0);
        ck_assert_double_lt(
            ks_distance(x + j * N, 1.0, normal_cdf, loc[j], sqrt(variance)), KS_LIMIT);
    }
}
END_TEST

/* --- discrete -------------------------------------------------------------------------------- */

/* Of counts; cells of probability 0
 * have no degree of freedom, and no draw. */
static double chi_squared_deviate(size_t n, const double *draws, const double *probs)
{
    double chi = 0, freedom = -1;
    size_t counts[16] = { 0 };

    for (int i = 0; i < N; i++)
        counts[(size_t)draws[i]]++;
    for (size_t k = 0; k < n; k++) {
        const double expected = N * probs[k], off = (double)counts[k] - expected;
        if (expected == 0 && counts[k] > 0)
            return INFINITY;
        chi += expected > 0 ? off * off / expected : 0;
        freedom += expected > 0;
    }
    return wilson_hilferty(chi, freedom);
}

/*
 * The same for counts of a poisson: cells a quarter of a standard deviation wide, the outer ones
 * joined until 20 draws are expected in each. Draws beyond 12 deviations count as wrong.
 */
static double poisson_deviate(const double *draws, double rate)
{
    enum { CELLS = 200 };
    const double sd = sqrt(rate), width = fmax(1, floor(sd / 4)), low = floor(rate - 12 * sd);
    const double first = fmax(0, low), last = rate + 12 * sd + 12;
    double expected[CELLS] = { 0 }, found[CELLS] = { 0 }, chi = 0, freedom = -1, e = 0, f = 0;

    for (double k = first; k <= last; k++)
        expected[(size_t)((k - first) / width)] += N * exp(k * log(rate) - rate - lgamma(k + 1));
    for (int i = 0; i < N; i++) {
        if (draws[i] < first || draws[i] > last || draws[i] != floor(draws[i]))
            return INFINITY;
        found[(size_t)((draws[i] - first) / width)]++;
    }
    double left = N;
    for (size_t c = 0; c < CELLS; c++) {
        e += expected[c];
        f += found[c];
        left -= expected[c];
        if (e < 20 || (left < 20 && c + 1 < CELLS))
            continue;
        chi += (f - e) * (f - e) / e;
        freedom++;
        e = f = 0;
    }
    return wilson_hilferty(chi, freedom);
}

/* By inversion below 10, by rejection from there on. */
START_TEST(counts_of_a_poisson_have_their_probabilities)
{
    static const double RATES[] = { 0.37, 2.41, 9.99, 10, 12.3, 87.6, 1234.5, 1e6 };
    const double rate = RATES[_i], moment[] = { rate, rate, 1 / sqrt(rate), 3 + 1 / rate };
    const double *x = draws_of(wick_poisson(rate));
    const double z = poisson_deviate(x, rate), m = four_moments_deviate(x, moment);

    ck_assert_msg(z < Z_LIMIT && m < Z_LIMIT, "rate %g: %.2f, moments %.2f", rate, z, m);
    x = draws_of(wick_poisson(rate * (1 + 0.03 / fmin(1, sqrt(rate)))));
    ck_assert_double_gt(poisson_deviate(x, rate), Z_LIMIT);
}
END_TEST

/* Too large for cells: mean, variance, skewness and kurtosis. */
START_TEST(counts_of_a_large_rate_have_its_moments)
{
    static const double RATES[] = { 3.4e9, 1e14 };
    const double rate = RATES[_i], moment[] = { rate, rate, 1 / sqrt(rate), 3 + 1 / rate };

    ck_assert_double_lt(four_moments_deviate(draws_of(wick_poisson(rate)), moment), Z_LIMIT);
    ck_assert_double_gt(
        four_moments_deviate(draws_of(wick_poisson(rate + 0.03 * sqrt(rate))), moment), Z_LIMIT);
}
END_TEST

START_TEST(discrete_draws_have_their_probabilities)
{
    const double probs[] = { 0.21, 0, 0.07, 0.4, 0.002, 0.318 },
                 wrong[] = { 0.21, 0, 0.07, 0.41, 0.002, 0.308 };
    const double p = 0.371, chance[] = { 1 - p, p }, log_odds = log(p / (1 - p));
    double scaled[6], logits[6];

    for (int k = 0; k < 6; k++) {
        scaled[k] = 7.3 * probs[k];
        logits[k] = 500 + log(probs[k]);
    }
    const double *x = draws_of(wick_categorical(wick_const(w, scaled, 6)));
    ck_assert_double_lt(chi_squared_deviate(6, x, probs), Z_LIMIT);
    ck_assert_double_gt(chi_squared_deviate(6, x, wrong), Z_LIMIT);
    x = draws_of(wick_categorical_logits(wick_const(w, logits, 6)));
    ck_assert_double_lt(chi_squared_deviate(6, x, probs), Z_LIMIT);
    ck_assert_double_gt(chi_squared_deviate(6, x, wrong), Z_LIMIT);
    ck_assert_double_lt(chi_squared_deviate(2, draws_of(wick_bernoulli(p)), chance), Z_LIMIT);
    x = draws_of(wick_bernoulli_logits(log_odds));
    ck_assert_double_lt(chi_squared_deviate(2, x, chance), Z_LIMIT);
    x = draws_of(wick_bernoulli(p * 1.03));
    ck_assert_double_gt(chi_squared_deviate(2, x, chance), Z_LIMIT);
}
END_TEST

START_TEST(certain_outcomes_are_certain)
{
    const double *zero = draws_of(wick_bernoulli(0)), *one = draws_of(wick_bernoulli(1));
    const double *low = draws_of(wick_bernoulli_logits(-800)), *value = NULL;
    const double *none = draws_of(wick_poisson(0)), *rare = draws_of(wick_poisson(1e-300));
    const wick_var x = wick_num(w, 0.37);
    const wick_dist delta = wick_delta(x), number = wick_iid(wick_delta(0.81), 2);

    for (int i = 0; i < N; i++)
        if (zero[i] != 0 || one[i] != 1 || low[i] != 0 || none[i] != 0 || rare[i] != 0)
            ck_abort_msg("draw %d", i);
    value = wicki_dist_draw(w, &delta)->value;
    ck_assert_ptr_eq(value, w->tape->node[x.node]->value);
    value = wicki_dist_draw(w, &number)->value;
    ck_assert(value[0] == 0.81 && value[1] == 0.81);
}
END_TEST

/* --- all types ------------------------------------------------------------------------------- */

START_TEST(tiny_concentrations_give_no_nan)
{
    const double *b = draws_of(wick_beta(1e-3, 1e-3)), *g = draws_of(wick_gamma(1e-3, 1e3));
    const double *d = draws_of(wick_dirichlet(wick_fill(w, 1e-3, 4)));

    for (int i = 0; i < N; i++) {
        const double sum = (d[i] + d[N + i]) + (d[2 * N + i] + d[3 * N + i]);
        if (!(b[i] > 0 && b[i] < 1 && g[i] > 0 && fabs(sum - 1) <= 4 * DBL_EPSILON))
            ck_abort_msg("draw %d: %g, %g, %g", i, b[i], g[i], sum);
    }
}
END_TEST

/* A draw with parameters over plate b, within plate a, and the event of an iid. */
static wick_node *draw_over(
    const wick_dist_type *type, wick_node **parameter, size_t members, const size_t *indices)
{
    const wick_plate_options a = {
        .name = "a", .size = 40, .subsample = indices ? members : 0, .indices = indices
    };

    wick_plate_enter(w, &a);
    const wick_dist dist = wick_iid(dist_of(w, type, parameter), 2);
    wick_node *x = wicki_dist_draw(w, &dist);
    wick_exit(w);
    assert_ok(w);
    return x;
}

START_TEST(draws_have_the_shape_of_parameters_plates_and_copies)
{
    const wick_dist_type *type = wicki_dists[_i];
    wick_node *parameter[WICK_MAX_PARAMETERS];
    const bool fixed = is_named(type, "delta") || is_named(type, "unit");

    const uint32_t b = plate(w, "b", 3);
    for (size_t j = 0; j < type->n_parameters; j++)
        parameter[j] = input(w, type, j + 1, 0, b);
    const wick_node *x = draw_over(type, parameter, 40, NULL);
    ck_assert_uint_eq(x->rank, 1u + type->event_rank);
    ck_assert_uint_eq(x->event[0], 2);
    ck_assert_uint_eq(x->members, fixed ? x->members : 120);
    ck_assert(type->reparameterised == x->differentiable);
    const wick_constraint support = wick_support(dist_of(w, type, parameter));
    for (size_t i = 0; !isnan(support.lower) && i < x->members; i++) {
        char reason[128];
        const size_t sizes[] = { 2, point_of(type)->n, point_of(type)->n };
        ck_assert_msg(wicki_constraint_holds(
                          support, x->rank, sizes, x->value + i, x->members, reason, sizeof reason),
            "%s: %s", type->name, reason);
    }
}
END_TEST

START_TEST(a_member_draws_the_same_in_any_minibatch)
{
    const wick_dist_type *type = wicki_dists[_i];
    const size_t indices[] = { 29, 17, 3 };
    wick_node *parameter[WICK_MAX_PARAMETERS];
    double whole[2 * MOST];

    for (int round = 0; round < 2; round++) {
        for (size_t j = 0; j < type->n_parameters; j++)
            parameter[j] = input(w, type, j + 1, 0, 0);
        const wick_node *x = draw_over(type, parameter, 3, round ? indices : NULL);
        const size_t at = x->members == 1 ? 0 : round ? 1 : 17;
        for (size_t e = 0; e < x->elements; e++) {
            const double draw = x->value[e * x->members + at];
            if (round)
                ck_assert_double_eq(draw, whole[e]);
            whole[e] = draw;
        }
        wick_reset(w);
    }
}
END_TEST

/* --- gradients through draws ----------------------------------------------------------------- */

static wick_var weighted_draw(const wick_dist_type *type, wick_node **parameter)
{
    wick_node *x = draw_over(type, parameter, 40, NULL);
    wick_node *weights = wicki_leaf(w, NULL, 0, NULL, x->dims, false);

    for (size_t i = 0; i < weights->members; i++)
        weights->value[i] = scatter(i);
    return wick_total(wick_mul(wicki_var_of(w, x), wicki_var_of(w, weights)));
}

START_TEST(gradients_flow_through_reparameterised_draws)
{
    const wick_dist_type *type = wicki_dists[_i];
    wick_node *parameter[WICK_MAX_PARAMETERS];
    const double h = 1e-3;

    if (!type->reparameterised)
        return;
    for (size_t j = 0; j < type->n_parameters; j++)
        parameter[j] = input(w, type, j + 1, 0, 0);
    wick_backward(weighted_draw(type, parameter));
    assert_ok(w);
    for (size_t j = 0; j < type->n_parameters; j++) {
        wick_node *p = parameter[j];
        double gradient[MOST];
        if (is_implicit(type, j))
            continue;
        memcpy(gradient, p->adjoint, p->elements * sizeof *gradient);
        for (size_t e = 0; e < p->elements; e++) {
            const double kept = p->value[e];
            double f[7];
            for (int i = -3; i <= 3; i++) {
                p->value[e] = kept + i * h;
                f[i + 3] = wick_value(weighted_draw(type, parameter));
            }
            p->value[e] = kept;
            const double want = (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
            assert_close(gradient[e], want, 1e-9);
        }
    }
}
END_TEST

/* --- errors ---------------------------------------------------------------------------------- */

static void draw_fails(wick_dist dist, wick_code code, const char *words)
{
    ck_assert_ptr_null(wicki_dist_draw(w, &dist));
    assert_error(w, code, words);
}

START_TEST(bad_parameters_are_named_before_a_draw)
{
    const double bad[] = { 0.7, 0.3, -1 }, tril[] = { 1.3, 7, -0.4, -0.6 };

    draw_fails(wick_normal(0.3, wick_const(w, bad, 3)), WICK_ERR_DOMAIN,
        "wick_normal: scale at [2] is -1, must be positive");
    draw_fails(wick_normal(NAN, 1.3), WICK_ERR_DOMAIN, "wick_normal: loc is nan, must be finite");
    draw_fails(wick_uniform(1.5, 0.25), WICK_ERR_DOMAIN, "wick_uniform: high - low is -1.25");
    draw_fails(wick_truncated_normal(0.3, 0.4, 1.5, 0.25), WICK_ERR_DOMAIN,
        "wick_truncated_normal: high - low is -1.25");
    draw_fails(wick_truncated_normal(0.3, 0.4, NAN, INFINITY), WICK_ERR_DOMAIN,
        "wick_truncated_normal: low is nan");
    draw_fails(
        wick_von_mises(0.3, -0.5), WICK_ERR_DOMAIN, "concentration is -0.5, must be positive");
    draw_fails(wick_bernoulli(1.25), WICK_ERR_DOMAIN, "wick_bernoulli: probs is 1.25");
    draw_fails(
        wick_poisson(-0.5), WICK_ERR_DOMAIN, "wick_poisson: rate is -0.5, must be nonnegative");
    draw_fails(
        wick_poisson(INFINITY), WICK_ERR_DOMAIN, "wick_poisson: rate is inf, must be finite");
    draw_fails(
        wick_categorical(wick_fill(w, 0, 3)), WICK_ERR_DOMAIN, "wick_categorical: probs sum to 0");
    draw_fails(wick_categorical_logits(wick_fill(w, -INFINITY, 3)), WICK_ERR_DOMAIN,
        "wick_categorical_logits: logits are all -inf");
    draw_fails(wick_multivariate_normal(wick_fill(w, 0.3, 2), wick_const(w, tril, 2, 2)),
        WICK_ERR_DOMAIN, "scale_tril at [1][1] is -0.6, must be positive on the diagonal");
    draw_fails(wick_dirichlet(wick_num(w, 0.3)), WICK_ERR_SHAPE, "rank 0, need 1");
    draw_fails((wick_dist){ .type = NULL }, WICK_ERR_STATE, "never set");
    wick_node *scale = wicki_leaf(w, NULL, 0, NULL, plate(w, "b", 3), false);
    memcpy(scale->value, bad, sizeof bad);
    draw_fails(wick_exponential(wicki_var_of(w, scale)), WICK_ERR_DOMAIN,
        "wick_exponential: rate is -1, must be positive (at 'b' 2)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("samplers");
    TCase *laws = new_case(suite, "laws"), *all = new_case(suite, "all types");

    tcase_add_checked_fixture(laws, setup, teardown);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(laws, draws_follow_their_law, 0, N_LAWS);
    tcase_add_loop_test(laws, draws_that_are_2_percent_too_large_are_noticed, 0, N_LAWS);
    tcase_add_test(laws, the_components_of_a_dirichlet_are_beta);
    tcase_add_test(laws, a_multivariate_normal_has_its_mean_and_covariance);
    tcase_add_test(laws, discrete_draws_have_their_probabilities);
    tcase_add_loop_test(laws, counts_of_a_poisson_have_their_probabilities, 0, 8);
    tcase_add_loop_test(laws, counts_of_a_large_rate_have_its_moments, 0, 2);
    tcase_add_test(laws, certain_outcomes_are_certain);
    tcase_add_test(laws, tiny_concentrations_give_no_nan);
    tcase_add_loop_test(all, draws_have_the_shape_of_parameters_plates_and_copies, 0, TYPES);
    tcase_add_loop_test(all, a_member_draws_the_same_in_any_minibatch, 0, TYPES);
    tcase_add_loop_test(all, gradients_flow_through_reparameterised_draws, 0, TYPES);
    tcase_add_test(all, bad_parameters_are_named_before_a_draw);
    return run_suite(suite);
}
