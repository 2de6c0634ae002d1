/*
 * Every distribution of one number against itself: distribution function, quantile and moments against
 * integrals of its density, and its draws against the distribution function.
 */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"
#include "quadrature.h"

/* Of N draws in ascending order every fifth is looked at, the middle one of five: as good as all. */
enum { N = 100000, STEP = 5, SEEN = N / STEP };

static const double Z_LIMIT = 4.5;      /* two-sided p = 7e-6 */
static const double KS_LIMIT = 0.00852; /* sqrt(log(2e6) / (2 N)): p = 1e-6 */

/* Beside the points of all types: name, 0, unused, parameters. */
static const struct point MORE[] = {
    { "normal", 0, { 0 }, { { -1523.5 }, { 0.0021 } }, 0 },
    { "lognormal", 0, { 0 }, { { 0.3 }, { 0.021 } }, 0 },
    { "gamma", 0, { 0 }, { { 0.7 }, { 0.2 } }, 0 },
    { "gamma", 0, { 0 }, { { 1e6 }, { 1234.5 } }, 0 },
    { "beta", 0, { 0 }, { { 0.4 }, { 37.0 } }, 0 },
    { "beta", 0, { 0 }, { { 913.0 }, { 432.1 } }, 0 },
    { "student_t", 0, { 0 }, { { 12.3 }, { -1523.5 }, { 0.21 } }, 0 },
    { "student_t", 0, { 0 }, { { 1e10 }, { 0.37 }, { 1.83 } }, 0 },
    { "inverse_gamma", 0, { 0 }, { { 913.0 }, { 0.021 } }, 0 },
    { "chi2", 0, { 0 }, { { 0.83 } }, 0 },
    { "chi2", 0, { 0 }, { { 1234.5 } }, 0 },
    { "weibull", 0, { 0 }, { { 1.3 }, { 0.6 } }, 0 },
    { "weibull", 0, { 0 }, { { 0.0021 }, { 123.0 } }, 0 },
    { "pareto", 0, { 0 }, { { 913.0 }, { 9.7 } }, 0 },
    { "kumaraswamy", 0, { 0 }, { { 0.4 }, { 0.7 } }, 0 },
    { "kumaraswamy", 0, { 0 }, { { 12.3 }, { 31.0 } }, 0 },
    { "von_mises", 0, { 0 }, { { -3.0 }, { 0.021 } }, 0 },
    { "von_mises", 0, { 0 }, { { 2.9 }, { 913.0 } }, 0 },
    { "von_mises", 0, { 0 }, { { 1.1 }, { 1e7 } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.37 }, { 1.83 }, { -INFINITY }, { INFINITY } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.37 }, { 1.83 }, { 1.1 }, { INFINITY } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.37 }, { 1.83 }, { -INFINITY }, { -0.4 } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.0 }, { 1.0 }, { 40.0 }, { INFINITY } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.0 }, { 1.0 }, { -INFINITY }, { -40.0 } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.0 }, { 1.0 }, { -40.05 }, { -40.0 } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.37 }, { 1.83 }, { 0.5 }, { 0.5001 } }, 0 },
};

enum { N_MORE = sizeof MORE / sizeof *MORE, CASES = TYPES + N_MORE };

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

static const wick_dist_type *type_named(const char *name)
{
    for (size_t i = 0; i < wicki_n_dists; i++)
        if (is_named(wicki_dists[i], name))
            return wicki_dists[i];
    ck_abort_msg("no type %s", name);
    return NULL;
}

/* The i-th case; without a type if it is not of one number. */
static wick_dist case_of(int i)
{
    const wick_dist_type *type = i < TYPES ? wicki_dists[i] : type_named(MORE[i - TYPES].name);
    const struct point *p = i < TYPES ? point_of(type) : &MORE[i - TYPES];

    return is_scalar(type) ? dist_at(w, type, p) : (wick_dist){ .type = NULL };
}

/* --- against the density --------------------------------------------------------------------- */

static double mass_of(const struct nodes *nodes, wick_dist dist)
{
    double *density = values_at(w, nodes->n, nodes->x, dist, wick_log_prob), sum = 0;

    for (size_t i = 0; i < nodes->n; i++)
        sum += nodes->weight[i] > 0 ? exp(density[i]) * nodes->weight[i] : 0;
    free(density);
    return sum;
}

/* p is given, or to be seen in x to as much as rounding x and the standardised x allows. */
static void assert_probability(
    double got, double want, double relative, wick_dist dist, double x, const char *what)
{
    const double density = exp(value_at(w, x, dist, wick_log_prob));
    const double size =
        fabs(x) + fabs(is_named(dist.type, "truncated_normal") ? dist.parameter[0].number - x : 0);

    ck_assert_msg(fabs(got - want) <= relative * want + 16 * DBL_EPSILON * size * density + 1e-300,
        "%s: %s at %.17g is %.17g, not %.17g", dist.type->name, what, x, got, want);
}

static const double LEVELS[] = { 1e-10, 1e-4, 0.0137, 0.21, 0.5, 0.77, 0.981, 1 - 1e-7 };

START_TEST(distribution_functions_are_integrals_and_quantiles_their_inverses)
{
    const wick_dist dist = case_of(_i);
    double lower, upper;

    if (!dist.type || !dist.type->cdf || !dist.type->quantile || is_discrete(dist.type))
        return;
    support_ends(dist, &lower, &upper);
    for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++) {
        const double x = value_at(w, LEVELS[i], dist, wick_dist_quantile);
        const double p = value_at(w, x, dist, wick_dist_cdf);
        const struct nodes nodes = nodes_between(w, dist, lower, x, NAN);
        assert_probability(p, LEVELS[i], 1e-11, dist, x, "the probability of its quantile");
        assert_probability(p, mass_of(&nodes, dist), 1e-9, dist, x, "the distribution function");
    }
}
END_TEST

START_TEST(distribution_functions_of_counts_are_sums)
{
    const wick_dist dist = case_of(_i);

    if (!dist.type || !dist.type->cdf || !is_discrete(dist.type))
        return;
    const struct nodes nodes = nodes_of(w, dist, NAN);
    double *density = values_at(w, nodes.n, nodes.x, dist, wick_log_prob), sum = 0;
    for (size_t i = 0; i < nodes.n; i++) {
        const double before = sum, x = nodes.x[i];
        sum += exp(density[i]);
        const char *name = dist.type->name;
        const double p = value_at(w, x, dist, wick_dist_cdf);
        const double between = value_at(w, x + 0.37, dist, wick_dist_cdf);
        ck_assert_msg(fabs(p - sum) <= 1e-12, "%s at %g: %.17g, not %.17g", name, x, p, sum);
        ck_assert_msg(between == p, "%s at %g: %.17g, not %.17g", name, x + 0.37, between, p);
        if (!dist.type->quantile || exp(density[i]) < 1e-12)
            continue;
        const double back = value_at(w, 0.5 * (before + sum), dist, wick_dist_quantile);
        ck_assert_msg(back == x, "%s: quantile %g, not %g", name, back, x);
    }
    free(density);
}
END_TEST

/* Beyond the support 0 and 1; a NaN, and probabilities that are none, give NaN. */
START_TEST(distribution_functions_end_at_0_and_1)
{
    const wick_dist dist = case_of(_i);
    double lower, upper;

    if (!dist.type || !dist.type->cdf)
        return;
    const char *name = dist.type->name;
    support_ends(dist, &lower, &upper);
    const double beyond = isinf(upper) ? upper : upper + 1;
    const double before = isinf(lower) ? lower : lower - 1;
    ck_assert_msg(value_at(w, before, dist, wick_dist_cdf) == 0, "%s", name);
    ck_assert_msg(value_at(w, beyond, dist, wick_dist_cdf) == 1, "%s", name);
    ck_assert_msg(isnan(value_at(w, NAN, dist, wick_dist_cdf)), "%s", name);
    if (!dist.type->quantile)
        return;
    ck_assert_msg(isnan(value_at(w, -0.01, dist, wick_dist_quantile)), "%s", name);
    ck_assert_msg(isnan(value_at(w, 1.01, dist, wick_dist_quantile)), "%s", name);
    ck_assert_msg(isnan(value_at(w, NAN, dist, wick_dist_quantile)), "%s", name);
    if (is_discrete(dist.type))
        return;
    const double first = value_at(w, 0, dist, wick_dist_quantile);
    const double last = value_at(w, 1, dist, wick_dist_quantile);
    ck_assert_msg(
        first == lower || fabs(first - lower) <= 2 * DBL_EPSILON * fabs(lower), "%s", name);
    ck_assert_msg(last == upper || fabs(last - upper) <= 2 * DBL_EPSILON * fabs(upper), "%s", name);
}
END_TEST

/* --- moments --------------------------------------------------------------------------------- */

static void assert_moment(wick_dist dist, const char *what, double got, double want)
{
    ck_assert_msg(fabs(got - want) <= 1e-8 * fabs(want) + 1e-12, "%s: %s is %.15g, not %.15g",
        dist.type->name, what, got, want);
}

/* Mean resultant vector: of angles. */
static void check_circular(wick_dist dist, const struct nodes *nodes, const double *density)
{
    double sine = 0, cosine = 0;

    for (size_t i = 0; i < nodes->n; i++) {
        const double mass = exp(density[i]) * nodes->weight[i];
        const double half = sin(0.5 * (nodes->x[i] - dist.parameter[0].number));
        sine += mass * sin(nodes->x[i] - dist.parameter[0].number);
        cosine += mass * 2 * half * half;
    }
    ck_assert_double_eq_tol(sine, 0, 1e-9);
    ck_assert_double_eq(wick_value(wick_dist_mean(w, dist)), dist.parameter[0].number);
    assert_moment(dist, "variance", wick_value(wick_dist_variance(w, dist)), cosine);
}

/* Known to be infinite, or not to exist. */
static bool is_finite_moment(wick_dist dist, double got)
{
    const double want = is_named(dist.type, "cauchy") ? NAN : INFINITY;
    const bool heavy = is_named(dist.type, "cauchy") || is_named(dist.type, "half_cauchy");

    ck_assert_msg(heavy == !isfinite(got) && (!heavy || (isnan(got) ? isnan(want) : got == want)),
        "%s: %g", dist.type->name, got);
    return !heavy;
}

START_TEST(moments_and_entropy_are_integrals)
{
    const wick_dist dist = case_of(_i);

    if (!dist.type)
        return;
    const wick_dist_type *type = dist.type;
    const struct nodes nodes = nodes_of(w, dist, NAN);
    double *density = values_at(w, nodes.n, nodes.x, dist, wick_log_prob);
    double sum[3] = { 0 };
    const double centre = nodes.x[SIDE / 2 < nodes.n ? SIDE / 2 : 0];
    for (size_t i = 0; i < nodes.n; i++) {
        const double mass = nodes.weight[i] > 0 ? exp(density[i]) * nodes.weight[i] : 0;
        const double d = nodes.x[i] - centre;
        sum[0] += mass > 0 ? mass * d : 0;
        sum[1] += mass > 0 ? mass * d * d : 0;
        sum[2] -= mass > 0 ? mass * density[i] : 0;
    }
    if (is_named(type, "von_mises")) {
        check_circular(dist, &nodes, density);
    } else {
        const double mean = type->mean ? wick_value(wick_dist_mean(w, dist)) : NAN;
        const double variance = type->variance ? wick_value(wick_dist_variance(w, dist)) : NAN;
        if (type->mean && is_finite_moment(dist, mean))
            assert_moment(dist, "mean", mean, centre + sum[0]);
        if (type->variance && is_finite_moment(dist, variance))
            assert_moment(dist, "variance", variance, sum[1] - sum[0] * sum[0]);
    }
    if (type->entropy)
        assert_moment(dist, "entropy", wick_value(wick_dist_entropy(w, dist)), sum[2]);
    assert_ok(w);
    free(density);
}
END_TEST

/* So that no hook is left out unnoticed. */
START_TEST(what_is_known_of_a_distribution_is_there)
{
    const wick_dist_type *type = wicki_dists[_i];
    const bool angle = is_named(type, "von_mises"); /* has no closed distribution function */

    if (!is_scalar(type))
        return;
    ck_assert_msg(type->mean && type->variance, "%s", type->name);
    if (!is_discrete(type))
        ck_assert_msg(type->entropy && (angle || (type->cdf && type->quantile)), "%s", type->name);
}
END_TEST

/* --- gradients ------------------------------------------------------------------------------- */

typedef wick_var hook(wick *w, wick_dist dist, wick_var x);

static wick_var mean_of(wick *handle, wick_dist dist, wick_var unused)
{
    (void)unused;
    return wick_dist_mean(handle, dist);
}

static wick_var variance_of(wick *handle, wick_dist dist, wick_var unused)
{
    (void)unused;
    return wick_dist_variance(handle, dist);
}

static wick_var entropy_of(wick *handle, wick_dist dist, wick_var unused)
{
    (void)unused;
    return wick_dist_entropy(handle, dist);
}

/* Six points, as in check_density_gradients, h apart. */
static void check_gradient(
    wick_dist dist, wick_node **in, hook *function, double x, double scale, const char *what)
{
    const wick_var y = function(w, dist, wick_num(w, x));

    assert_ok(w);
    if (!isfinite(wick_value(y)))
        return;
    wick_backward(y);
    assert_ok(w);
    for (size_t j = 0; j < dist.type->n_parameters; j++) {
        const bool positive = dist.type->parameter_domain[j].kind == WICK_POSITIVE;
        const double kept = in[j]->value[0], h = 0.003 * scale * (positive ? fmin(kept, 1) : 1);
        const double got = in[j]->adjoint ? in[j]->adjoint[0] : 0;
        double f[7] = { 0 };
        for (int i = -3; i <= 3; i++) {
            in[j]->value[0] = kept + i * h;
            f[i + 3] = wick_value(function(w, dist, wick_num(w, x)));
        }
        in[j]->value[0] = kept;
        assert_ok(w);
        const double want =
            isinf(kept) ? 0 : (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
        const double rounding = 64 * DBL_EPSILON * (fabs(f[3]) + fabs(x)) / h;
        ck_assert_msg(fabs(got - want) <= 1e-8 * fmax(1, fabs(want)) + rounding,
            "%s: derivative of %s by %s at %g is %.12g, not %.12g", dist.type->name, what,
            dist.type->parameter_names[j], kept, got, want);
    }
}

/*
 * By how much parameters may differ for the law to be much the same: the distance of its quartiles,
 * relative for what is positive. Below 0.0001 rounding is seen.
 */
static double differing_by(wick_dist dist)
{
    const wick_operand *p = dist.parameter;
    double lower, upper;

    if (is_named(dist.type, "von_mises"))
        return p[1].number > 1e6 ? 0 : 1;
    if (is_named(dist.type, "truncated_normal") && (p[2].number >= 40 || p[3].number <= -40))
        return 0.01;
    support_ends(dist, &lower, &upper);
    const double low = value_at(w, 0.25, dist, wick_dist_quantile);
    const double wide = value_at(w, 0.75, dist, wick_dist_quantile) - low;
    return fmin(1, lower == 0 ? wide / low : wide);
}

START_TEST(what_is_known_has_gradients_to_the_parameters)
{
    const wick_dist fixed = case_of(_i);
    wick_node *in[WICK_MAX_PARAMETERS];

    if (!fixed.type || is_discrete(fixed.type))
        return;
    const wick_dist_type *type = fixed.type;
    for (size_t j = 0; j < type->n_parameters; j++) {
        in[j] = wicki_leaf(w, NULL, 0, NULL, 0, true);
        in[j]->value[0] = fixed.parameter[j].number;
    }
    const wick_dist dist = dist_of(w, type, in);
    const double scale = differing_by(fixed);
    if (scale < 0.0001)
        return;
    check_gradient(dist, in, mean_of, 0, scale, "mean");
    check_gradient(dist, in, variance_of, 0, scale, "variance");
    check_gradient(dist, in, entropy_of, 0, scale, "entropy");
    if (!type->cdf)
        return;
    const double x = value_at(w, 0.37, fixed, wick_dist_quantile);
    check_gradient(dist, in, wick_dist_cdf, x, scale, "cdf");
    check_gradient(dist, in, wick_dist_quantile, 0.37, scale, "quantile");
}
END_TEST

/* The derivative of the distribution function is the density, that of the quantile 1 over it. */
START_TEST(the_slope_of_a_distribution_function_is_the_density)
{
    const wick_dist dist = case_of(_i);

    if (!dist.type || !dist.type->cdf || !dist.type->quantile || is_discrete(dist.type))
        return;
    for (size_t i = 1; i + 1 < sizeof LEVELS / sizeof *LEVELS; i++) {
        wick_node *p = wicki_leaf(w, NULL, 0, NULL, 0, true);
        wick_node *x = wicki_leaf(w, NULL, 0, NULL, 0, true);
        p->value[0] = LEVELS[i];
        const wick_var quantile = wick_dist_quantile(w, dist, wicki_var_of(w, p));
        x->value[0] = wick_value(quantile);
        const double density = exp(value_at(w, x->value[0], dist, wick_log_prob));
        wick_backward(quantile);
        assert_close(p->adjoint[0] * density, 1, 1e-9);
        wick_backward(wick_dist_cdf(w, dist, wicki_var_of(w, x)));
        assert_ok(w);
        assert_close(x->adjoint[0] / density, 1, 1e-9);
    }
}
END_TEST

/* --- draws ----------------------------------------------------------------------------------- */

static double *draws_of(wick_dist dist)
{
    double *out = malloc(N * sizeof *out);

    wick_plate_enter(w, &(wick_plate_options){ .name = "draws", .size = N });
    const wick_node *x = wicki_dist_draw(w, &dist);
    wick_exit(w);
    assert_ok(w);
    ck_assert_uint_eq(x->members, N);
    memcpy(out, x->value, N * sizeof *out);
    return out;
}

/* F(x) for x in ascending order by adding up the density between them, where F is not known. */
static double *integrated(wick_dist dist, const double *x)
{
    static const double at[] = { 0.1127016653792583, 0.5, 0.8872983346207417 };
    static const double weight[] = { 5.0 / 18, 8.0 / 18, 5.0 / 18 };
    double lower, upper, *points = malloc(3 * SEEN * sizeof *points), *f = malloc(SEEN * sizeof *f);

    support_ends(dist, &lower, &upper);
    for (int i = 0; i < SEEN; i++)
        for (int k = 0; k < 3; k++) {
            const double from = i ? x[i - 1] : lower;
            points[3 * i + k] = from + (x[i] - from) * at[k];
        }
    double *density = values_at(w, 3 * SEEN, points, dist, wick_log_prob);
    const struct nodes first = nodes_between(w, dist, lower, x[0], NAN);
    f[0] = mass_of(&first, dist);
    for (int i = 1; i < SEEN; i++) {
        f[i] = f[i - 1];
        for (int k = 0; k < 3; k++)
            f[i] += (x[i] - x[i - 1]) * weight[k] * exp(density[3 * i + k]);
    }
    free(points);
    free(density);
    return f;
}

/* Of standard normal numbers the largest of |z| of the first four moments. */
static double normal_deviate(const double *z)
{
    static const double want[] = { 0, 1, 0, 3 }, variance[] = { 1, 2, 15, 96 };
    double sum[4] = { 0 }, worst = 0;

    for (int i = 0; i < SEEN; i++) {
        double power_of_z = 1;
        for (int k = 0; k < 4; k++)
            sum[k] += power_of_z *= z[i];
    }
    for (int k = 0; k < 4; k++)
        worst = fmax(worst, fabs(sum[k] / SEEN - want[k]) / sqrt(variance[k] / N));
    return worst;
}

/*
 * Draws in ascending order, moved by a shift. F(x) is uniform: by its distance from that (Kolmogorov),
 * and, since F(x) is made standard normal, by four moments that exist whatever the law. Both as
 * multiples of their limits.
 */
static double misfit(wick_dist dist, const double *draws, double shift)
{
    double *x = malloc(SEEN * sizeof *x), distance = 0;

    for (int i = 0; i < SEEN; i++)
        x[i] = draws[STEP * i + STEP / 2] + shift;
    double *f = dist.type->cdf ? values_at(w, SEEN, x, dist, wick_dist_cdf) : integrated(dist, x);
    for (int i = 0; i < SEEN; i++) {
        distance = fmax(distance, fabs(f[i] - (i + 0.5) / SEEN) + 0.5 / SEEN);
        f[i] = fmin(1 - DBL_EPSILON / 2, fmax(DBL_MIN, f[i]));
    }
    double *z = values_at(w, SEEN, f, wick_normal(0.0, 1.0), wick_dist_quantile);
    const double moments = normal_deviate(z);
    free(x);
    free(f);
    free(z);
    return fmax(distance / KS_LIMIT, moments / Z_LIMIT);
}

START_TEST(draws_follow_their_law_and_not_one_2_percent_off)
{
    const wick_dist dist = case_of(_i);

    if (!dist.type || is_discrete(dist.type))
        return;
    double *x = draws_of(dist), lower, upper;
    support_ends(dist, &lower, &upper);
    qsort(x, N, sizeof *x, ascending);
    ck_assert_msg(x[0] >= lower && x[N - 1] <= upper && isfinite(x[0]) && isfinite(x[N - 1]),
        "%s: %.17g, %.17g", dist.type->name, x[0], x[N - 1]);
    const double right = misfit(dist, x, 0);
    const double wrong = misfit(dist, x, 0.02 * (x[3 * N / 4] - x[N / 4]));
    ck_assert_msg(right < 1, "%s: %.3f", dist.type->name, right);
    ck_assert_msg(wrong > 1, "%s: 2 %% off, %.3f", dist.type->name, wrong);
    free(x);
}
END_TEST

/* Where the mass is beyond the range of doubles a draw is at the end of that. */
START_TEST(draws_stay_within_the_support_at_extreme_parameters)
{
    const wick_dist extremes[] = { wick_weibull(1.3, 1e-3), wick_weibull(1.3, 1e6),
        wick_pareto(0.7, 1e-3), wick_pareto(0.7, 1e9), wick_kumaraswamy(1e-3, 0.7),
        wick_kumaraswamy(0.7, 1e-3), wick_kumaraswamy(1e6, 1e6), wick_von_mises(0.3, 1e-300),
        wick_von_mises(3.1, 1e300), wick_von_mises(1e6, 4.3),
        wick_truncated_normal(0.3, 1.7, 1e10, INFINITY),
        wick_truncated_normal(0.3, 1e-3, -1e3, -1e2), wick_truncated_normal(0.3, 1e9, 0.1, 0.7),
        wick_half_cauchy(1e-300) };

    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        double *x = draws_of(extremes[i]);
        double *density = values_at(w, N, x, extremes[i], wick_log_prob);
        for (int k = 0; k < N; k++)
            if (!isfinite(x[k]) || !(density[k] > -INFINITY))
                ck_abort_msg("%s: draw %d is %.17g with density %g", extremes[i].type->name, k,
                    x[k], density[k]);
        free(x);
        free(density);
    }
}
END_TEST

/* --- draws that are counts ------------------------------------------------------------------- */

/* Chi-squared as a normal deviate (Wilson & Hilferty 1931) of counts in cells of 20 draws or more;
 * infinite for a value that has no probability. */
static double chi_deviate(const struct nodes *nodes, const double *density, const double *draws)
{
    double *found = calloc(nodes->n, sizeof *found), chi = 0, freedom = -1, e = 0, f = 0;
    double left = N, worst = 0;

    for (int i = 0; i < N; i++) {
        const double k = draws[i] - nodes->x[0];
        if (!(k >= 0 && k < (double)nodes->n && k == floor(k)) || density[(size_t)k] < -700)
            worst = INFINITY;
        else
            found[(size_t)k]++;
    }
    for (size_t k = 0; k < nodes->n; k++) {
        e += N * exp(density[k]);
        f += found[k];
        left -= N * exp(density[k]);
        if (e < 20 || (left < 20 && k + 1 < nodes->n))
            continue;
        chi += (f - e) * (f - e) / e;
        freedom++;
        e = f = 0;
    }
    free(found);
    if (freedom < 1)
        return worst;
    const double z = (cbrt(chi / freedom) - 1 + 2 / (9 * freedom)) / sqrt(2 / (9 * freedom));
    return fmax(worst, z);
}

/* Four moments about the mean; the error of each is that of the law. */
static double count_deviate(const struct nodes *nodes, const double *density, const double *draws)
{
    double moment[9] = { 0 }, mean = 0, sum[5] = { 0 }, worst = 0;

    for (size_t i = 0; i < nodes->n; i++)
        mean += exp(density[i]) * nodes->x[i];
    for (size_t i = 0; i < nodes->n; i++)
        for (int k = 1; k <= 8; k++)
            moment[k] += exp(density[i]) * pow(nodes->x[i] - mean, k);
    for (int i = 0; i < N; i++)
        for (int k = 1; k <= 4; k++)
            sum[k] += pow(draws[i] - mean, k);
    for (int k = 1; k <= 4; k++) {
        const double variance = moment[2 * k] - moment[k] * moment[k];
        if (variance > 1e-12 * moment[2 * k])
            worst = fmax(worst, fabs(sum[k] / N - moment[k]) / sqrt(variance / N));
    }
    return worst;
}

START_TEST(counts_follow_their_law_and_not_one_2_percent_off)
{
    const wick_dist dist = case_of(_i);

    if (!dist.type || !is_discrete(dist.type))
        return;
    const struct nodes nodes = nodes_of(w, dist, NAN);
    double *x = draws_of(dist), *density = values_at(w, nodes.n, nodes.x, dist, wick_log_prob);
    const double chi = chi_deviate(&nodes, density, x), z = count_deviate(&nodes, density, x);
    ck_assert_msg(chi < Z_LIMIT && z < Z_LIMIT, "%s: %.2f, moments %.2f", dist.type->name, chi, z);
    for (int i = 0; i < N; i += 20) /* of a mean of 2.5, 2 % */
        x[i]++;
    const double wrong = fmax(chi_deviate(&nodes, density, x), count_deviate(&nodes, density, x));
    ck_assert_msg(wrong > Z_LIMIT, "%s: 2 %% off, %.2f", dist.type->name, wrong);
    free(x);
    free(density);
}
END_TEST

/* --- a point mass ---------------------------------------------------------------------------- */

START_TEST(a_point_mass_is_its_own_mean_and_quantile)
{
    const wick_dist dist = wick_delta(-0.37);

    ck_assert_double_eq(wick_value(wick_dist_mean(w, dist)), -0.37);
    ck_assert_double_eq(wick_value(wick_dist_variance(w, dist)), 0);
    ck_assert_double_eq(wick_value(wick_dist_entropy(w, dist)), 0);
    ck_assert_double_eq(value_at(w, -0.38, dist, wick_dist_cdf), 0);
    ck_assert_double_eq(value_at(w, -0.37, dist, wick_dist_cdf), 1);
    ck_assert_double_eq(value_at(w, 0.81, dist, wick_dist_quantile), -0.37);
    ck_assert_double_nan(value_at(w, 1.81, dist, wick_dist_quantile));
    ck_assert_double_nan(value_at(w, NAN, dist, wick_dist_cdf));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws");
    TCase *known = new_case(suite, "what is known"), *draws = new_case(suite, "draws");

    tcase_add_checked_fixture(known, setup, teardown);
    tcase_add_checked_fixture(draws, setup, teardown);
    tcase_add_loop_test(known, what_is_known_of_a_distribution_is_there, 0, TYPES);
    tcase_add_loop_test(
        known, distribution_functions_are_integrals_and_quantiles_their_inverses, 0, CASES);
    tcase_add_loop_test(known, distribution_functions_of_counts_are_sums, 0, CASES);
    tcase_add_loop_test(known, distribution_functions_end_at_0_and_1, 0, CASES);
    tcase_add_loop_test(known, moments_and_entropy_are_integrals, 0, CASES);
    tcase_add_loop_test(known, what_is_known_has_gradients_to_the_parameters, 0, CASES);
    tcase_add_loop_test(known, the_slope_of_a_distribution_function_is_the_density, 0, CASES);
    tcase_add_test(known, a_point_mass_is_its_own_mean_and_quantile);
    tcase_add_loop_test(draws, draws_follow_their_law_and_not_one_2_percent_off, 0, CASES);
    tcase_add_test(draws, draws_stay_within_the_support_at_extreme_parameters);
    tcase_add_loop_test(draws, counts_follow_their_law_and_not_one_2_percent_off, 0, CASES);
    return run_suite(suite);
}
