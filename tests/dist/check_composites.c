/* Distributions made of others: densities, draws and gradients against closed forms. */
#include "sample_tests.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20240607 });
    ck_assert_ptr_nonnull(w);
    wicki_random_begin(w, &(wicki_random){ 1, 0, 0x9e3779b97f4a7c15u }, 0);
}

static void teardown(void)
{
    wick_free(w);
}

static double log_prob(wick_dist dist, wick_var x)
{
    const double value = wick_value(wick_log_prob(w, dist, x));

    assert_ok(w);
    return value;
}

static double normal_density(double x, double loc, double scale)
{
    const double z = (x - loc) / scale;

    return exp(-0.5 * z * z) / (scale * sqrt(2 * acos(-1)));
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static const wick_node *draws_of(wick_dist dist)
{
    return draw_many(w, dist);
}

/* --- masked ---------------------------------------------------------------------------------- */

START_TEST(a_masked_density_counts_where_the_mask_is_not_0)
{
    const double mask[] = { 1, 0, 1 }, x[] = { 0.3, NAN, -1.2 };
    const wick_dist dist = wick_masked(w, wick_normal(0.4, 1.3), wick_const(w, mask, 3));
    const double want = log(normal_density(0.3, 0.4, 1.3)) + log(normal_density(-1.2, 0.4, 1.3));

    ck_assert_double_eq_tol(log_prob(dist, wick_const(w, x, 3)), want, 1e-14);
    ck_assert_double_eq(log_prob(wick_masked(w, wick_normal(0.4, 1.3), 0), wick_num(w, 2)), 0);
    ck_assert(dist.type->reparameterised);
    ck_assert_double_lt(
        mean_deviate(draws_of(wick_masked(w, wick_normal(0.4, 1.3), 0))->value, 0.4), Z_LIMIT);
}
END_TEST

/* --- truncated ------------------------------------------------------------------------------- */

static double truncated_mean(double loc, double scale, double low, double high)
{
    const double a = (low - loc) / scale, b = (high - loc) / scale;
    const double mass = normal_cdf(b) - normal_cdf(a);

    return loc + scale * (normal_density(a, 0, 1) - normal_density(b, 0, 1)) / mass;
}

START_TEST(a_truncated_density_is_normalised_within_its_bounds)
{
    const wick_dist dist = wick_truncated(w, wick_normal(0.4, 1.3), -0.5, 2.25);
    const double mass = normal_cdf((2.25 - 0.4) / 1.3) - normal_cdf((-0.5 - 0.4) / 1.3);

    ck_assert_double_eq_tol(
        log_prob(dist, wick_num(w, 0.7)), log(normal_density(0.7, 0.4, 1.3) / mass), 1e-14);
    ck_assert_double_eq(log_prob(dist, wick_num(w, 2.3)), -INFINITY);
    ck_assert_double_eq(log_prob(dist, wick_num(w, -0.51)), -INFINITY);
    ck_assert_double_eq(wick_support(dist).lower, -0.5);
    const double *x = draws_of(dist)->value;
    ck_assert_double_lt(mean_deviate(x, truncated_mean(0.4, 1.3, -0.5, 2.25)), Z_LIMIT);
    for (int i = 0; i < N; i++)
        ck_assert(x[i] >= -0.5 && x[i] <= 2.25);
    const wick_dist open = wick_truncated(w, wick_normal(0.4, 1.3), 0.1, INFINITY);
    ck_assert_double_eq_tol(log_prob(open, wick_num(w, 0.7)),
        log(normal_density(0.7, 0.4, 1.3) / (1 - normal_cdf(-0.3 / 1.3))), 1e-14);
    ck_assert_double_eq_tol(
        wick_value(wick_dist_cdf(w, dist, wick_dist_quantile(w, dist, wick_num(w, 0.37)))), 0.37,
        1e-12);
}
END_TEST

/* P(X = x | 1 <= X <= 3) of a poisson: both ends count. */
START_TEST(a_truncated_count_includes_its_ends)
{
    const wick_dist dist = wick_truncated(w, wick_poisson(2.4), 1, 3);
    double p[4], sum = 0;

    for (int k = 1; k <= 3; k++)
        sum += p[k] = exp(k * log(2.4) - 2.4 - lgamma(k + 1));
    for (int k = 1; k <= 3; k++)
        ck_assert_double_eq_tol(log_prob(dist, wick_num(w, k)), log(p[k] / sum), 1e-13);
    ck_assert_double_eq(log_prob(dist, wick_num(w, 0)), -INFINITY);
    ck_assert_double_eq(log_prob(dist, wick_num(w, 4)), -INFINITY);
}
END_TEST

/* --- transformed ----------------------------------------------------------------------------- */

START_TEST(transformed_densities_are_those_of_known_distributions)
{
    const wick_dist normal = wick_normal(-0.4, 0.9);
    const wick_var x = wick_num(w, 0.73);

    ck_assert_double_eq_tol(log_prob(wick_transformed(w, normal, wick_transform_exp()), x),
        log_prob(wick_lognormal(-0.4, 0.9), x), 1e-14);
    ck_assert_double_eq_tol(
        log_prob(wick_transformed(w, normal, wick_transform_affine(2.1, 0.3)), x),
        log(normal_density(0.73, 2.1 - 0.4 * 0.3, 0.9 * 0.3)), 1e-14);
    /* logit-normal */
    ck_assert_double_eq_tol(log_prob(wick_transformed(w, normal, wick_transform_sigmoid()), x),
        log(normal_density(log(0.73 / 0.27), -0.4, 0.9) / (0.73 * 0.27)), 1e-14);
    ck_assert_double_eq_tol(log_prob(wick_transformed(w, normal, wick_transform_tanh()), x),
        log(normal_density(atanh(0.73), -0.4, 0.9) / (1 - 0.73 * 0.73)), 1e-14);
    /* x^(1/k) of an exponential is a weibull of shape k: k = 1.7 */
    ck_assert_double_eq_tol(
        log_prob(wick_transformed(w, wick_exponential(1.0), wick_transform_power(1 / 1.7)), x),
        log(1.7 * pow(0.73, 0.7)) - pow(0.73, 1.7), 1e-13);
    ck_assert_double_eq(
        log_prob(wick_transformed(w, normal, wick_transform_exp()), wick_num(w, -0.2)), -INFINITY);
    ck_assert_double_eq(
        log_prob(wick_transformed(w, normal, wick_transform_sigmoid()), wick_num(w, 1)), -INFINITY);
    ck_assert_int_eq(
        wick_support(wick_transformed(w, normal, wick_transform_exp())).kind, WICK_POSITIVE);
}
END_TEST

START_TEST(transforms_nest_and_draw)
{
    const wick_dist inner =
        wick_transformed(w, wick_normal(0.2, 0.4), wick_transform_affine(0.5, 2));
    const wick_dist dist = wick_transformed(w, inner, wick_transform_exp());
    const double *x = draws_of(dist)->value;

    ck_assert_double_lt(mean_deviate(x, exp(0.9 + 0.32)), Z_LIMIT);
    ck_assert_double_eq_tol(log_prob(dist, wick_num(w, 1.7)),
        log_prob(wick_lognormal(0.9, 0.8), wick_num(w, 1.7)), 1e-14);
    ck_assert_double_eq_tol(
        wick_value(wick_dist_quantile(w, dist, wick_num(w, 0.5))), exp(0.9), 1e-13);
}
END_TEST

/* A map of numbers on a vector that is drawn together: one log_det for each of them. */
START_TEST(numbers_of_a_vector_are_transformed_one_by_one)
{
    const double loc[] = { 0.3, -0.6 }, tril[] = { 1.3, 0, -0.6, 0.7 }, x[] = { 0.8, 1.9 };
    const wick_dist base =
        wick_multivariate_normal(wick_const(w, loc, 2), wick_const(w, tril, 2, 2));
    const double log_x[] = { log(0.8), log(1.9) }, scaled[] = { (0.8 - 2) / 3, (1.9 - 2) / 3 };

    ck_assert_double_eq_tol(
        log_prob(wick_transformed(w, base, wick_transform_exp()), wick_const(w, x, 2)),
        log_prob(base, wick_const(w, log_x, 2)) - log_x[0] - log_x[1], 1e-13);
    ck_assert_double_eq_tol(
        log_prob(wick_transformed(w, base, wick_transform_affine(2, 3)), wick_const(w, x, 2)),
        log_prob(base, wick_const(w, scaled, 2)) - 2 * log(3), 1e-13);
}
END_TEST

/* --- zero-inflated --------------------------------------------------------------------------- */

START_TEST(a_zero_inflated_count_has_more_zeros)
{
    const wick_dist dist = wick_zero_inflated(w, 0.3, wick_poisson(1.7));
    const double *x = draws_of(dist)->value;

    ck_assert_double_eq_tol(log_prob(dist, wick_num(w, 0)), log(0.3 + 0.7 * exp(-1.7)), 1e-14);
    ck_assert_double_eq_tol(
        log_prob(dist, wick_num(w, 3)), log(0.7 * exp(-1.7) * 1.7 * 1.7 * 1.7 / 6), 1e-14);
    ck_assert_double_eq(log_prob(dist, wick_num(w, 1.5)), -INFINITY);
    ck_assert_double_eq_tol(wick_value(wick_dist_mean(w, dist)), 0.7 * 1.7, 1e-14);
    ck_assert_double_eq_tol(
        wick_value(wick_dist_variance(w, dist)), 0.7 * (1.7 + 0.3 * 1.7 * 1.7), 1e-14);
    ck_assert_double_lt(mean_deviate(x, 0.7 * 1.7), Z_LIMIT);
    int zeros = 0;
    for (int i = 0; i < N; i++)
        zeros += x[i] == 0;
    const double p = 0.3 + 0.7 * exp(-1.7);
    ck_assert_double_lt(fabs(zeros - N * p) / sqrt(N * p * (1 - p)), Z_LIMIT);
    ck_assert(!isfinite(log_prob(wick_zero_inflated(w, 1.0, wick_poisson(1.7)), wick_num(w, 2))));
    ck_assert_double_eq(log_prob(wick_zero_inflated(w, 1.0, wick_poisson(1.7)), wick_num(w, 0)), 0);
}
END_TEST

/* --- mixtures -------------------------------------------------------------------------------- */

static wick_dist mixture(const double *weights, const double *locs, const double *scales)
{
    wick_var loc, scale;

    WICK_PLATE (w, "components", 3) {
        loc = wick_data(w, locs, 3);
        scale = wick_data(w, scales, 3);
    }
    return wick_mixture_same_family(
        w, wick_categorical(wick_const(w, weights, 3)), "components", wick_normal(loc, scale));
}

static const double WEIGHTS[] = { 0.2, 0.5, 0.3 }, LOCS[] = { -1.3, 0.4, 2.2 },
                    SCALES[] = { 0.7, 1.1, 0.4 };

static double mixture_density(double x)
{
    double sum = 0;

    for (int k = 0; k < 3; k++)
        sum += WEIGHTS[k] * normal_density(x, LOCS[k], SCALES[k]);
    return sum;
}

START_TEST(a_mixture_sums_its_components)
{
    const wick_dist dist = mixture(WEIGHTS, LOCS, SCALES);
    double mean = 0, square = 0;

    for (int k = 0; k < 3; k++) {
        mean += WEIGHTS[k] * LOCS[k];
        square += WEIGHTS[k] * (LOCS[k] * LOCS[k] + SCALES[k] * SCALES[k]);
    }
    ck_assert_double_eq_tol(log_prob(dist, wick_num(w, 0.9)), log(mixture_density(0.9)), 1e-14);
    ck_assert_double_eq_tol(wick_value(wick_dist_mean(w, dist)), mean, 1e-14);
    ck_assert_double_eq_tol(wick_value(wick_dist_variance(w, dist)), square - mean * mean, 1e-13);
    const wick_node *x = draws_of(dist);
    ck_assert_double_lt(mean_deviate(x->value, mean), Z_LIMIT);
    double *squares = malloc(N * sizeof *squares);
    for (int i = 0; i < N; i++)
        squares[i] = x->value[i] * x->value[i];
    const double z = mean_deviate(squares, square), off = mean_deviate(squares, square * 1.02);
    free(squares);
    ck_assert_double_lt(z, Z_LIMIT);
    ck_assert_double_gt(off, Z_LIMIT);
}
END_TEST

/* The plate that is summed out is the largest here, and so the last axis of the table. */
START_TEST(a_mixture_may_have_more_components_than_rows)
{
    const double x[] = { -0.7, 1.9 };
    const wick_dist dist = mixture(WEIGHTS, LOCS, SCALES);
    double out[2], gradient[2];
    wick_var rows = WICK_VAR_NONE, density = WICK_VAR_NONE;

    WICK_PLATE (w, "rows", 2) {
        rows = wick_param(w, "rows", wick_init_num(0.0), wick_real());
        rows = wick_add(rows, wick_data(w, x, 2));
        density = wick_log_prob(w, dist, rows);
    }
    wick_backward(wick_sum(density, "rows"));
    ck_assert_uint_eq(wick_get(density, out, 2), 2);
    for (int i = 0; i < 2; i++)
        ck_assert_double_eq_tol(out[i], log(mixture_density(x[i])), 1e-14);
    /* d log p / dx = sum_k r_k (loc_k - x) / scale_k^2 */
    ck_assert_uint_eq(wick_get_gradient(rows, gradient, 2), 2);
    for (int i = 0; i < 2; i++) {
        double want = 0;
        for (int k = 0; k < 3; k++)
            want += WEIGHTS[k] * normal_density(x[i], LOCS[k], SCALES[k]) * (LOCS[k] - x[i]) /
                (SCALES[k] * SCALES[k]) / mixture_density(x[i]);
        ck_assert_double_eq_tol(gradient[i], want, 1e-13);
    }
}
END_TEST

/* Copies have a component each: the density of a vector is a product of mixtures. */
START_TEST(copies_of_a_mixture_are_independent)
{
    const double x[] = { -0.7, 1.9, 0.2, 2.4 };
    const wick_dist dist = wick_iid(mixture(WEIGHTS, LOCS, SCALES), 4);
    double want = 0, both = 0;

    for (int i = 0; i < 4; i++)
        want += log(mixture_density(x[i]));
    ck_assert_double_eq_tol(log_prob(dist, wick_const(w, x, 4)), want, 1e-13);
    const wick_node *draw = draws_of(dist);
    ck_assert_uint_eq(draw->rank, 1);
    ck_assert_uint_eq(draw->event[0], 4);
    /* the chance that two of them are above 1.6 is the square of that of one */
    for (int i = 0; i < N; i++)
        both += draw->value[i] > 1.6 && draw->value[3 * N + i] > 1.6;
    double p = 0;
    for (int k = 0; k < 3; k++)
        p += WEIGHTS[k] * normal_cdf((LOCS[k] - 1.6) / SCALES[k]);
    ck_assert_double_lt(fabs(both - N * p * p) / sqrt(N * p * p * (1 - p * p)), Z_LIMIT);
}
END_TEST

/* Vectors of independent numbers: without wick_to_event each number has a component of its own. */
START_TEST(vectors_are_components_as_a_whole)
{
    const double locs[] = { -1.3, 0.4, 2.2, 0.9 }, x[] = { 0.3, -0.2, 1.1, 0.5, 1.9, 0.1 };
    wick_var loc;

    WICK_PLATE (w, "components", 2)
        loc = wick_data(w, locs, 4, 2);
    const wick_dist mixing = wick_categorical(wick_const(w, WEIGHTS, 2));
    const wick_dist vectors = wick_to_event(w, wick_normal(loc, 0.8), 1);
    double whole = 0, each = 0;
    for (int i = 0; i < 3; i++) {
        double p[2][2];
        for (int k = 0; k < 2; k++)
            for (int d = 0; d < 2; d++)
                p[k][d] = normal_density(x[2 * i + d], locs[2 * k + d], 0.8);
        whole += log((0.2 * p[0][0] * p[0][1] + 0.5 * p[1][0] * p[1][1]) / 0.7);
        for (int d = 0; d < 2; d++)
            each += log((0.2 * p[0][d] + 0.5 * p[1][d]) / 0.7);
    }
    const wick_dist mixed = wick_mixture_same_family(w, mixing, "components", vectors);
    ck_assert_double_eq_tol(log_prob(wick_iid(mixed, 3), wick_const(w, x, 3, 2)), whole, 1e-13);
    const wick_dist apart =
        wick_mixture_same_family(w, mixing, "components", wick_normal(loc, 0.8));
    ck_assert_double_eq_tol(log_prob(wick_iid(apart, 3), wick_const(w, x, 3, 2)), each, 1e-13);
    const wick_node *draw = draws_of(mixed);
    ck_assert_uint_eq(draw->rank, 1);
    /* the numbers of a vector are of one component: E[x_0 x_1] = sum_k w_k loc_k0 loc_k1 */
    double *product = malloc(N * sizeof *product);
    for (int i = 0; i < N; i++)
        product[i] = draw->value[i] * draw->value[N + i];
    const double z = mean_deviate(product, (0.2 * -1.3 * 0.4 + 0.5 * 2.2 * 0.9) / 0.7);
    free(product);
    ck_assert_double_lt(z, Z_LIMIT);
    const wick_dist copies = wick_to_event(w, wick_iid(wick_normal(0.3, 0.8), 4), 1);
    ck_assert_uint_eq(draws_of(wick_iid(copies, 2))->rank, 2);
    size_t rank, sizes[WICK_MAX_RANK];
    const wick_dist two = wick_iid(copies, 2);
    ck_assert(wicki_dist_event(w, &two, &rank, sizes) && sizes[0] == 2 && sizes[1] == 4);
}
END_TEST

/* --- in a program ---------------------------------------------------------------------------- */

static const double X[] = { -1.1, 0.3, 2.3, 1.9, -0.4, 0.8 };

/* Weights and locs are params, so that gradients can be compared. */
static void mixed(wick *h, void *arg)
{
    const bool *enumerated = arg;
    const double start[] = { 0.2, 0.5, 0.3 };
    const wick_var weights = wick_param(h, "weights", wick_init_values(start, 3), wick_simplex());
    wick_var loc;

    WICK_PLATE (h, "components", 3)
        loc = wick_param(h, "loc", wick_init_var(wick_data(h, LOCS, 3)), wick_real());
    WICK_PLATE (h, "data", 6) {
        const wick_var x = wick_data(h, X, 6);
        if (*enumerated) {
            const wick_var z = wick_sample(h, "z", wick_categorical(weights));
            wick_observe(h, "x", wick_normal(wick_take(loc, z), 0.8), x);
        } else
            wick_observe(h, "x",
                wick_mixture_same_family(
                    h, wick_categorical(weights), "components", wick_normal(loc, 0.8)),
                x);
    }
}

static void empty(wick *h, void *arg)
{
    (void)h;
    (void)arg;
}

/* Against the same model with its assignments summed out by the contraction. */
START_TEST(a_mixture_at_a_site_is_the_enumerated_model)
{
    double loss[2], norm[2];

    for (int i = 0; i < 2; i++) {
        bool enumerated = i == 1;
        wick_svi *svi =
            wick_svi_new(w, (wick_program){ mixed, &enumerated }, (wick_program){ empty, NULL },
                &(wick_svi_options){ .loss = wick_trace_enum_elbo, .compile = _i == 1 });
        wick_params_clear(w);
        loss[i] = wick_svi_step(svi);
        norm[i] = wick_svi_gradient_norm(svi, "loc") + wick_svi_gradient_norm(svi, "weights");
        wick_svi_free(svi);
        assert_ok(w);
    }
    ck_assert_double_eq_tol(loss[0], loss[1], 1e-12);
    ck_assert_double_eq_tol(norm[0], norm[1], 1e-11);
}
END_TEST

static void tables(wick *h, void *arg)
{
    (void)arg;
    wick_var loc;

    WICK_PLATE (h, "components", 3)
        loc = wick_data(h, LOCS, 3);
    wick_sample(h, "x",
        wick_iid(wick_mixture_same_family(h, wick_categorical(wick_fill(h, 0.3, 3)), "components",
                     wick_normal(loc, 0.8)),
            4));
    wick_sample(h, "n", wick_zero_inflated(h, 0.4, wick_poisson(loc.w ? 1.3 : 0)));
}

START_TEST(tables_and_graphs_know_them)
{
    const wick_trace *trace = wick_trace_run(w, (wick_program){ tables, NULL });

    assert_ok(w);
    ck_assert_ptr_nonnull(strstr(wick_format_shapes(w, trace), "mixture_same_family [4]"));
    ck_assert_ptr_nonnull(strstr(wick_format_shapes(w, trace), "zero_inflated"));
    ck_assert_ptr_nonnull(strstr(wick_model_dot(w, (wick_program){ tables, NULL }), "\"x\""));
    assert_ok(w);
}
END_TEST

/* --- a type of one's own --------------------------------------------------------------------- */

static wick_var own_density(wick *h, const wick_dist *dist, wick_var x)
{
    return wick_log_prob(h, wick_normal(0, dist->parameter[0].var), x);
}

/* As sums over the event are made of elementwise ones, it has the event of its scale. */
START_TEST(an_event_that_is_not_told_is_that_of_the_parameter)
{
    static const wick_op name = { .name = "own" };
    static const wick_dist_type own = { .name = "own",
        .n_parameters = 1,
        .parameter_names = { "scale" },
        .parameter_rank = { 1 },
        .event_rank = 1,
        .log_prob = &name,
        .density = own_density };
    const wick_dist dist = { .type = &own, .parameter = { { .var = wick_fill(w, 1.5, 7) } } };
    size_t rank = 0, sizes[WICK_MAX_RANK] = { 9, 9, 9, 9 };

    ck_assert(wicki_dist_event(w, &dist, &rank, sizes));
    ck_assert_uint_eq(rank, 1);
    ck_assert_uint_eq(sizes[0], 7);
    const wick_dist copies = wick_iid(dist, 3);
    ck_assert(wicki_dist_event(w, &copies, &rank, sizes));
    ck_assert_uint_eq(rank, 2);
    ck_assert_uint_eq(sizes[0], 3);
    ck_assert_uint_eq(sizes[1], 7);
    assert_ok(w);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_made_is_said)
{
    const wick_var x = wick_num(w, 0.7);

    wick_log_prob(w, wick_zero_inflated(w, 0.3, wick_normal(0, 1)), x);
    assert_error(w, WICK_ERR_ARGUMENT, "wick_zero_inflated: normal is no distribution of counts");
    wick_log_prob(w, wick_masked(w, (wick_dist){ .type = NULL }, 1), x);
    assert_error(w, WICK_ERR_STATE, "wick_masked: a distribution was never set");
    wick_log_prob(w, wick_truncated(w, wick_dirichlet(wick_fill(w, 1, 3)), 0, 1), x);
    assert_error(w, WICK_ERR_ARGUMENT, "the distribution function of dirichlet is not known");
    wick_log_prob(w,
        wick_mixture_same_family(
            w, wick_categorical(wick_fill(w, 1, 3)), "nowhere", wick_normal(0, 1)),
        x);
    assert_error(w, WICK_ERR_NAME, "nowhere");
    WICK_PLATE (w, "four", 4)
        wick_num(w, 1);
    wick_log_prob(w,
        wick_mixture_same_family(
            w, wick_categorical(wick_fill(w, 1, 3)), "four", wick_normal(0, 1)),
        x);
    assert_error(
        w, WICK_ERR_SHAPE, "mixing has 3 values, plate 'four' of the components has 4 members");
    wick_transform vector = wick_transform_exp();
    vector.event_rank = 1;
    wick_log_prob(w, wick_transformed(w, wick_normal(0, 1), vector), x);
    assert_error(w, WICK_ERR_SHAPE, "exp ties 1 axes together");
    wick_log_prob(w, wick_transformed(w, wick_normal(0, 1), (wick_transform){ .name = "none" }), x);
    assert_error(w, WICK_ERR_ARGUMENT, "lacks forward, inverse or log_det");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("composites");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, a_masked_density_counts_where_the_mask_is_not_0);
    tcase_add_test(all, a_truncated_density_is_normalised_within_its_bounds);
    tcase_add_test(all, a_truncated_count_includes_its_ends);
    tcase_add_test(all, transformed_densities_are_those_of_known_distributions);
    tcase_add_test(all, transforms_nest_and_draw);
    tcase_add_test(all, numbers_of_a_vector_are_transformed_one_by_one);
    tcase_add_test(all, a_zero_inflated_count_has_more_zeros);
    tcase_add_test(all, a_mixture_sums_its_components);
    tcase_add_test(all, a_mixture_may_have_more_components_than_rows);
    tcase_add_test(all, copies_of_a_mixture_are_independent);
    tcase_add_test(all, vectors_are_components_as_a_whole);
    tcase_add_loop_test(all, a_mixture_at_a_site_is_the_enumerated_model, 0, 2);
    tcase_add_test(all, tables_and_graphs_know_them);
    tcase_add_test(all, an_event_that_is_not_told_is_that_of_the_parameter);
    tcase_add_test(all, what_cannot_be_made_is_said);
    return run_suite(suite);
}
