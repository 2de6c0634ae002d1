/*
 * Counts: draws where parameters are large, extreme or at the edge of a method, densities of vectors
 * summed over their supports, entropies, gradients at certain outcomes, and what misuse is told.
 */
#include "sample_tests.h"

#include "cases.h"

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

/* --- draws of one number --------------------------------------------------------------------- */

/* Parameters, and mean, variance, skewness and kurtosis in closed form. */
typedef struct law {
    wick_dist dist;
    double moment[4];
} law;

static law binomial(double n, double p)
{
    const double v = n * p * (1 - p);

    return (law){ wick_binomial(n, p),
        { n * p, v, (1 - 2 * p) / sqrt(v), 3 + (1 - 6 * p * (1 - p)) / v } };
}

static law by_logits(double n, double l)
{
    law x = binomial(n, 1 / (1 + exp(-l)));

    x.dist = wick_binomial_logits(n, l);
    return x;
}

/* With the mean m: p = m / (m + r). */
static law negative_binomial(double r, double m)
{
    const double p = m / (m + r), q = r / (m + r);

    return (law){ wick_negative_binomial(r, p),
        { m, m / q, (1 + p) / sqrt(r * p), 3 + 6 / r + q * q / (r * p) } };
}

static law gamma_poisson(double a, double m)
{
    law x = negative_binomial(a, m);

    x.dist = wick_gamma_poisson(a, a / m);
    return x;
}

static law logits_of_mean(double r, double m)
{
    law x = negative_binomial(r, m);

    x.dist = wick_negative_binomial_logits(r, log(m / r));
    return x;
}

static law geometric(double p)
{
    const double q = 1 - p;

    return (law){ wick_geometric(p), { q / p, q / p / p, (2 - p) / sqrt(q), 9 + p * p / q } };
}

/* The formulas for skewness and kurtosis agree with scipy 1.17's betabinom to 1e-15. */
static law beta_binomial(double a, double b, double n)
{
    const double s = a + b, m = n * a / s, v = m * b / s * (s + n) / (s + 1);
    const double skew = (s + 2 * n) * (b - a) / (s + 2) * sqrt((1 + s) / (n * a * b * (n + s)));
    const double k = s * s * (1 + s) / (n * a * b * (s + 2) * (s + 3) * (s + n)) *
        (s * (s - 1 + 6 * n) + 3 * a * b * (n - 2) + 6 * n * n - 3 * a * b * n * (6 - n) / s -
            18 * a * b * n * n / (s * s));

    return (law){ wick_beta_binomial(a, b, n), { m, v, skew, k } };
}

static law discrete_uniform(double low, double high)
{
    const double n = high - low + 1, v = (n * n - 1) / 12;

    return (law){ wick_discrete_uniform(low, high),
        { (low + high) / 2, v, 0, 3 - 1.2 * (n * n + 1) / (n * n - 1) } };
}

/* Below a mean of 10 binomials and poissons are inverted, from there on by rejection. The last moves the
 * law by about 3 % of its standard deviation, or 2 % of its mean. */
static law law_of(int i, double by)
{
    switch (i) {
    case 0:
        return binomial(1e9, 1e-9 * by);
    case 1:
        return binomial(31, 0.31 * by);
    case 2:
        return binomial(33, 0.31 * by);
    case 3:
        return binomial(143, 1 - 0.13 * by);
    case 4:
        return binomial(7, 1 - 0.2 * by);
    case 5:
        return binomial(1e9, 0.37 * (1 + (by - 1) * 6e-5));
    case 6:
        return binomial(1e15, 0.5 * (1 + (by - 1) * 6e-8));
    case 7:
        return by_logits(1e12, -9.5 + (by - 1) * 3e-4);
    case 8:
        return by_logits(52, 0.6 * by);
    case 9:
        return negative_binomial(0.3, 2.0 * (1 + (by - 1) * 3));
    case 10:
        return negative_binomial(1e6, 1e9 * (1 + (by - 1) * 2e-3));
    case 11:
        return gamma_poisson(14, 3 * by * by);
    case 12:
        return logits_of_mean(2.5, 41 * by * by);
    case 13:
        return geometric(1e-9 * by * by);
    case 14:
        return geometric(0.61 * by);
    case 15:
        return beta_binomial(0.7, 0.4 * by * by, 12);
    case 16:
        return beta_binomial(2e3, 5e3 * (1 + (by - 1) * 2), 1e9);
    case 17:
        return beta_binomial(3 * by, 1, 40);
    default:
        return discrete_uniform(-3e6, 1e9 * (1 + (by - 1) * 2));
    }
}

enum { N_LAWS = 19 };

enum { CELLS = 64 };

/* P(X <= edge) at cell edges an eighth of a deviation apart and at least 1, from 4 below the mean on. */
static void edges_of(const law *x, double *edge, double *below)
{
    const double sd = sqrt(x->moment[1]), step = fmax(1, floor(sd / 8));
    const double first = floor(x->moment[0]) - floor(4 * sd / step) * step;

    WICK_PLATE (w, "cells", CELLS) {
        const wick_var at = wick_add(first, wick_mul(step, wick_index(w, "cells")));
        wick_get(at, edge, CELLS);
        wick_get(wick_dist_cdf(w, x->dist, at), below, CELLS);
    }
    assert_ok(w);
}

/* Of draws in the cells up to each edge and beyond the last, joined until 20 are expected. */
static double chi_squared_deviate(const double *draws, const law *x)
{
    double edge[CELLS], below[CELLS], found[CELLS + 1] = { 0 }, chi = 0, freedom = -1, e = 0, f = 0;

    edges_of(x, edge, below);
    for (int i = 0; i < N; i++) {
        size_t cell = 0;
        while (cell < CELLS && draws[i] > edge[cell])
            cell++;
        found[cell]++;
    }
    for (size_t c = 0; c <= CELLS; c++) {
        const double up_to = c < CELLS ? below[c] : 1, from = c > 0 ? below[c - 1] : 0;
        e += N * (up_to - from);
        f += found[c];
        if (e < 20 || (c < CELLS && N * (1 - up_to) < 20 && N * (1 - up_to) > 0))
            continue;
        chi += (f - e) * (f - e) / e;
        freedom++;
        e = f = 0;
    }
    if (e < 1e-6 && f > 0)
        return INFINITY;
    return freedom > 0 ? wilson_hilferty(chi, freedom) : 0;
}

START_TEST(draws_have_their_moments_and_cells)
{
    const law x = law_of(_i, 1);
    const double *draws = draws_of(x.dist);
    const double z = four_moments_deviate(draws, x.moment);

    for (int i = 0; i < N; i++)
        if (draws[i] != floor(draws[i]))
            ck_abort_msg("case %d: draw %d is %g", _i, i, draws[i]);
    ck_assert_msg(z < Z_LIMIT, "case %d: moments %.2f", _i, z);
    if (x.dist.type->cdf && x.dist.parameter[2].number < 1e6) {
        const double c = chi_squared_deviate(draws, &x);
        ck_assert_msg(c < Z_LIMIT, "case %d: chi-squared %.2f", _i, c);
    }
}
END_TEST

/* So that the test above can fail. */
START_TEST(draws_that_are_2_percent_off_are_noticed)
{
    const law x = law_of(_i, 1), wrong = law_of(_i, 1.02);
    const double z = four_moments_deviate(draws_of(wrong.dist), x.moment);

    ck_assert_msg(z > Z_LIMIT, "case %d: moments %.2f", _i, z);
}
END_TEST

START_TEST(certain_counts_are_certain)
{
    const double *none = draws_of(wick_binomial(7, 0)), *all = draws_of(wick_binomial(7, 1));
    const double *empty = draws_of(wick_binomial(0, 0.3)), *now = draws_of(wick_geometric(1));
    const double *zero = draws_of(wick_negative_binomial(2.4, 0));
    const double *tiny = draws_of(wick_beta_binomial(1e-3, 1e-3, 1e6));
    const double *one = draws_of(wick_discrete_uniform(-3, -3));
    int inside = 0;

    for (int i = 0; i < N; i++) {
        if (none[i] != 0 || all[i] != 7 || empty[i] != 0 || now[i] != 0 || zero[i] != 0 ||
            one[i] != -3 || !(tiny[i] >= 0 && tiny[i] <= 1e6))
            ck_abort_msg("draw %d", i);
        inside += tiny[i] > 0 && tiny[i] < 1e6;
    }
    ck_assert_int_lt(inside, N / 10);
}
END_TEST

/* --- draws of vectors ------------------------------------------------------------------------ */

static const double PROBS[] = { 0.2, 0.0, 0.5, 0.05, 0.25 };

enum { K = 5 };

/* Each count of a multinomial is a binomial, and covariances are -n p_j p_k. */
static void assert_multinomial(const double *x, double n, const double *probs)
{
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += x[k * N + i];
        if (sum != n || x[N + i] != 0)
            ck_abort_msg("draw %d", i);
    }
    for (int k = 0; k < K; k++) {
        const law one = binomial(n, probs[k]);
        if (probs[k] > 0)
            ck_assert_double_lt(four_moments_deviate(x + k * N, one.moment), Z_LIMIT);
        if (probs[k] > 0 && n < 1e6)
            ck_assert_double_lt(chi_squared_deviate(x + k * N, &one), Z_LIMIT);
    }
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        const double t = (x[i] - n * probs[0]) * (x[2 * N + i] - n * probs[2]) / n;
        sum += t;
        squares += t * t;
    }
    const double mean = sum / N, error = sqrt((squares / N - mean * mean) / N);
    ck_assert_double_lt(fabs(mean + probs[0] * probs[2]) / error, Z_LIMIT);
}

START_TEST(counts_of_a_multinomial_are_binomials)
{
    static const double TOTALS[] = { 3, 97, 1e9 };
    const double n = TOTALS[_i];
    double scaled[K], logits[K], wrong[K];

    for (int k = 0; k < K; k++) {
        scaled[k] = 7.3 * PROBS[k];
        logits[k] = 500 + log(PROBS[k]);
        wrong[k] = k == 2 ? 0.97 * PROBS[k] : PROBS[k];
    }
    assert_multinomial(draws_of(wick_multinomial(n, wick_const(w, scaled, K))), n, PROBS);
    assert_multinomial(draws_of(wick_multinomial_logits(n, wick_const(w, logits, K))), n, PROBS);
    const double *x = draws_of(wick_multinomial(n, wick_const(w, wrong, K)));
    const law one = binomial(n, PROBS[2]);
    ck_assert_double_gt(four_moments_deviate(x + 2 * N, one.moment), Z_LIMIT);
}
END_TEST

START_TEST(counts_of_a_dirichlet_multinomial_are_beta_binomials)
{
    static const double A[] = { 0.7, 3.1, 1.2 }, TOTALS[] = { 5, 97, 1e9 };
    const double n = TOTALS[_i];
    const double *x = draws_of(wick_dirichlet_multinomial(wick_const(w, A, 3), n));

    for (int k = 0; k < 3; k++) {
        const law one = beta_binomial(A[k], 5 - A[k], n);
        ck_assert_double_lt(four_moments_deviate(x + k * N, one.moment), Z_LIMIT);
        if (n < 1e6)
            ck_assert_double_lt(chi_squared_deviate(x + k * N, &one), Z_LIMIT);
        const law wrong = beta_binomial(A[k] * 1.03, 5 - A[k] * 1.03, n);
        ck_assert_double_gt(four_moments_deviate(x + k * N, wrong.moment), Z_LIMIT);
    }
    for (int i = 0; i < N; i++)
        if (x[i] + x[N + i] + x[2 * N + i] != n)
            ck_abort_msg("draw %d", i);
}
END_TEST

START_TEST(one_hot_draws_have_their_probabilities)
{
    double logits[K], chi[2] = { 0 };

    for (int k = 0; k < K; k++)
        logits[k] = 500 + log(PROBS[k]);
    const double *x[] = { draws_of(wick_one_hot_categorical(wick_const(w, PROBS, K))),
        draws_of(wick_one_hot_categorical_logits(wick_const(w, logits, K))) };
    for (int j = 0; j < 2; j++)
        for (int k = 0; k < K; k++) {
            double found = 0;
            for (int i = 0; i < N; i++)
                found += x[j][k * N + i];
            const double off = found - N * PROBS[k];
            chi[j] += PROBS[k] > 0 ? off * off / (N * PROBS[k]) : found > 0 ? INFINITY : 0;
        }
    ck_assert_double_lt(wilson_hilferty(chi[0], 3), Z_LIMIT);
    ck_assert_double_lt(wilson_hilferty(chi[1], 3), Z_LIMIT);
}
END_TEST

/* --- sums over supports ---------------------------------------------------------------------- */

/* All vectors of three counts that sum to n. */
static double sum_over_counts(wick_dist dist, int n, double *mean, double *square)
{
    double sum = 0;

    memset(mean, 0, 3 * sizeof *mean);
    memset(square, 0, 3 * sizeof *square);
    for (int i = 0; i <= n; i++)
        for (int j = 0; i + j <= n; j++) {
            const double x[] = { i, j, n - i - j };
            const double p = exp(wick_value(wick_log_prob(w, dist, wick_const(w, x, 3))));
            sum += p;
            for (int k = 0; k < 3; k++) {
                mean[k] += p * x[k];
                square[k] += p * x[k] * x[k];
            }
        }
    return sum;
}

START_TEST(densities_and_moments_of_vectors_are_sums_over_the_support)
{
    static const double P[] = { 0.37, 2.1, 0.3 };
    const wick_var p = wick_const(w, P, 3);
    const wick_dist dists[] = { wick_multinomial(9, p), wick_multinomial_logits(9, p),
        wick_dirichlet_multinomial(p, 9) };

    for (size_t i = 0; i < 3; i++) {
        double mean[3], square[3], got[3];
        assert_close(sum_over_counts(dists[i], 9, mean, square), 1, 1e-13);
        wick_get(wick_dist_mean(w, dists[i]), got, 3);
        assert_ok(w);
        for (int k = 0; k < 3; k++)
            assert_close(got[k], mean[k], 1e-13);
        wick_get(wick_dist_variance(w, dists[i]), got, 3);
        for (int k = 0; k < 3; k++)
            assert_close(got[k], square[k] - mean[k] * mean[k], 1e-12);
    }
}
END_TEST

START_TEST(moments_and_entropy_of_one_hot_vectors_are_those_of_bernoullis_and_categories)
{
    const wick_dist x = wick_one_hot_categorical(wick_const(w, PROBS, K));
    double mean[K], variance[K];

    wick_get(wick_dist_mean(w, x), mean, K);
    wick_get(wick_dist_variance(w, x), variance, K);
    double entropy = 0;
    for (int k = 0; k < K; k++) {
        assert_close(mean[k], PROBS[k], 1e-15);
        assert_close(variance[k], PROBS[k] * (1 - PROBS[k]), 1e-15);
        entropy -= PROBS[k] > 0 ? PROBS[k] * log(PROBS[k]) : 0;
    }
    assert_close(wick_value(wick_dist_entropy(w, x)), entropy, 1e-15);
    assert_close(wick_value(wick_dist_entropy(w, wick_iid(x, 2, 3))), 6 * entropy, 1e-14);
}
END_TEST

/* Rows of parameters: totals and probs of each go together. */
START_TEST(moments_of_rows_are_those_of_each_row)
{
    const double n[] = { 4, 9 }, p[] = { 0.2, 0.5, 0.3, 0.6, 0.1, 0.3 };
    const wick_var total = wick_const(w, n, 2), probs = wick_const(w, p, 2, 3);
    double mean[6], other[6];

    wick_get(wick_dist_mean(w, wick_multinomial(total, probs)), mean, 6);
    wick_get(wick_dist_mean(w, wick_dirichlet_multinomial(probs, total)), other, 6);
    assert_ok(w);
    for (int i = 0; i < 6; i++) {
        assert_close(mean[i], n[i / 3] * p[i], 1e-15);
        assert_close(other[i], n[i / 3] * p[i], 1e-15);
    }
}
END_TEST

/* --- entropies ------------------------------------------------------------------------------- */

/* log 18 is that of 18 integers; the others are from tests/oracle/entropies_discrete.py. */
START_TEST(entropies_agree_with_mpmath)
{
#include "../data/entropies_discrete.h"
    const struct {
        wick_dist dist;
        double want;
    } CASES[] = {
        { wick_poisson(0.37), POISSON_0_37 },
        { wick_poisson(87.6), POISSON_87_6 },
        { wick_poisson(9999), POISSON_9999 },
        { wick_poisson(10001), POISSON_10001 },
        { wick_poisson(0), 0 },
        { wick_binomial(14, 0.37), BINOMIAL_14 },
        { wick_binomial_logits(14, log(0.37 / 0.63)), BINOMIAL_14 },
        { wick_binomial(1e6, 0.002), BINOMIAL_1E6 },
        { wick_binomial(1e6, 0.37), BINOMIAL_SERIES },
        { wick_binomial(14, 0), 0 },
        { wick_binomial(14, 1), 0 },
        { wick_geometric(0.43), GEOMETRIC_0_43 },
        { wick_geometric_logits(log(0.43 / 0.57)), GEOMETRIC_0_43 },
        { wick_geometric(1), 0 },
        { wick_discrete_uniform(-3, 14), 2.8903717578961645 }, /* log 18 */
        { wick_bernoulli(0), 0 },
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_close(wick_value(wick_dist_entropy(w, CASES[i].dist)), CASES[i].want, 2e-13);
    assert_ok(w);
}
END_TEST

/* --- gradients ------------------------------------------------------------------------------- */

typedef wick_var hook(wick *w, const wick_dist *dist, wick_var x);

static wick_var mean(wick *handle, const wick_dist *dist, wick_var x)
{
    (void)x;
    return dist->type->mean ? wick_dist_mean(handle, *dist) : WICK_VAR_NONE;
}

static wick_var variance(wick *handle, const wick_dist *dist, wick_var x)
{
    (void)x;
    return dist->type->variance ? wick_dist_variance(handle, *dist) : WICK_VAR_NONE;
}

static wick_var entropy(wick *handle, const wick_dist *dist, wick_var x)
{
    (void)x;
    return dist->type->entropy ? wick_dist_entropy(handle, *dist) : WICK_VAR_NONE;
}

static wick_var cdf(wick *handle, const wick_dist *dist, wick_var x)
{
    return dist->type->cdf ? wick_dist_cdf(handle, *dist, x) : WICK_VAR_NONE;
}

static wick_var loss_of(hook *h, const wick_dist *dist, wick_var x)
{
    const wick_var y = h(w, dist, x);

    return y.w ? wick_sum_event(wick_square(wick_add(0.3, y))) : y;
}

static void check_hook(hook *h, const wick_dist_type *type, wick_node **in)
{
    const wick_dist dist = dist_of(w, type, in);
    const wick_var x = wick_num(w, is_discrete(type) ? 2.4 : 0), loss = loss_of(h, &dist, x);
    double gradient[WICK_MAX_PARAMETERS][MOST] = { { 0 } };

    if (!loss.w)
        return;
    wick_backward(loss);
    assert_ok(w);
    for (size_t j = 0; j < type->n_parameters; j++)
        for (size_t e = 0; in[j]->adjoint && e < in[j]->elements; e++)
            gradient[j][e] = in[j]->adjoint[e];
    for (size_t j = 0; j < type->n_parameters; j++)
        for (size_t e = 0; is_smooth(type, j + 1) && e < in[j]->elements; e++) {
            const double kept = in[j]->value[e], step = 0.002;
            double f[7];
            for (int i = -3; i <= 3; i++) {
                in[j]->value[e] = kept + i * step;
                f[i + 3] = wick_value(loss_of(h, &dist, x));
            }
            in[j]->value[e] = kept;
            const double want =
                (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * step);
            ck_assert_msg(fabs(gradient[j][e] - want) <= 1e-9 * fmax(1, fabs(want)),
                "%s: %.15g, not %.15g", type->name, gradient[j][e], want);
        }
}

START_TEST(moments_entropies_and_distribution_functions_have_gradients)
{
    const wick_dist_type *type = wicki_dists[_i];
    wick_node *in[WICK_MAX_PARAMETERS];

    for (size_t j = 0; is_discrete(type) && j < type->n_parameters; j++)
        in[j] = input(w, type, j + 1, 0, 0);
    if (!is_discrete(type))
        return;
    check_hook(mean, type, in);
    check_hook(variance, type, in);
    check_hook(entropy, type, in);
    check_hook(cdf, type, in);
}
END_TEST

/* The series too, that take the place of sums where there is much to sum. */
START_TEST(entropies_of_large_counts_have_gradients)
{
    static const struct {
        double n, at;
    } CASES[] = { { 0, 9990 }, { 0, 2e4 }, { 1e3, 0.2 }, { 1e6, 0.37 } };

    for (size_t i = 0; i < 4; i++) {
        const double n = CASES[i].n, h = 1e-3 * CASES[i].at;
        wick_node *x = wicki_leaf(w, NULL, 0, NULL, 0, true);
        double f[7];
        for (int k = -3; k <= 4; k++) {
            x->value[0] = CASES[i].at + (k % 4) * h;
            const wick_var v = wicki_var_of(w, x);
            const wick_var y = wick_dist_entropy(w, n > 0 ? wick_binomial(n, v) : wick_poisson(v));
            if (k == 4)
                wick_backward(y);
            else
                f[k + 3] = wick_value(y);
        }
        assert_ok(w);
        const double want = (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / 60;
        assert_close(x->adjoint[0] * h, want, 1e-13);
    }
}
END_TEST

/* At the distribution function of a count the quantile is that count, just above it the next. */
START_TEST(quantiles_are_the_least_counts)
{
    for (int i = 0; i < N_LAWS; i++) {
        const law x = law_of(i, 1);
        const double sd = sqrt(x.moment[1]);
        const double first = x.dist.type == &wicki_dist_discrete_uniform ? -3e6 : 0;
        if (i == 16) /* a sum of 1e8 terms */
            continue;
        for (int z = -2; z <= 3; z++) {
            const double k = floor(x.moment[0] + z * sd);
            const double p = wick_value(wick_dist_cdf(w, x.dist, wick_num(w, k)));
            if (!(p > 1e-9 && p < 1 - 1e-9))
                continue;
            const double at = wick_value(wick_dist_quantile(w, x.dist, wick_num(w, p)));
            const double above =
                wick_value(wick_dist_quantile(w, x.dist, wick_num(w, p * (1 + 1e-9))));
            ck_assert_msg(at <= k && at >= k - 1e-6 * sd, "case %d: %.17g, not %.17g", i, at, k);
            ck_assert_msg(above > k, "case %d: %.17g is not above %.17g", i, above, k);
        }
        const wick_var none = wick_dist_quantile(w, x.dist, wick_num(w, 0));
        ck_assert_double_eq(wick_value(none), first);
        ck_assert_double_nan(wick_value(wick_dist_quantile(w, x.dist, wick_num(w, 1.1))));
        ck_assert_double_nan(wick_value(wick_dist_quantile(w, x.dist, wick_num(w, -0.1))));
        const wick_var all = wick_dist_quantile(w, x.dist, wick_num(w, 1));
        ck_assert_double_eq(wick_value(all), wick_support(x.dist).upper);
        wick_reset(w);
    }
    ck_assert_double_eq(
        wick_value(wick_dist_quantile(w, wick_bernoulli(0.3), wick_num(w, 0.7))), 0);
    ck_assert_double_eq(
        wick_value(wick_dist_quantile(w, wick_bernoulli(0.3), wick_num(w, 0.71))), 1);
    ck_assert_double_eq(wick_value(wick_dist_quantile(w, wick_binomial(7, 0), wick_num(w, 1))), 0);
    assert_ok(w);
}
END_TEST

/* Of rows of x, of probs, or both. */
START_TEST(the_distribution_function_of_categories_adds_up)
{
    const double p[] = { 0.2, 0.5, 0.3, 0.6, 0.1, 0.3 }, x[] = { 1.5, -0.1 };
    const wick_var rows = wick_const(w, p, 2, 3), one = wick_const(w, p, 3);
    const wick_var at = wick_const(w, x, 2);
    double got[2];

    wick_get(wick_dist_cdf(w, wick_categorical(rows), at), got, 2);
    assert_close(got[0], 0.7, 1e-15);
    ck_assert_double_eq(got[1], 0);
    wick_get(wick_dist_cdf(w, wick_categorical(rows), wick_num(w, 1)), got, 2);
    assert_close(got[1], 0.7, 1e-15);
    wick_get(wick_dist_cdf(w, wick_categorical(one), at), got, 2);
    assert_close(got[0], 0.7, 1e-15);
    ck_assert_double_eq(got[1], 0);
    assert_close(wick_value(wick_dist_cdf(w, wick_categorical(one), wick_num(w, 2))), 1, 1e-15);
    ck_assert_double_nan(wick_value(wick_dist_cdf(w, wick_categorical(one), wick_num(w, NAN))));
    assert_ok(w);
}
END_TEST

/* --- certain outcomes ------------------------------------------------------------------------ */

/* p^0 and (1 - p)^0 are 1 at both ends: the derivative there is that of the other factor. */
START_TEST(gradients_at_certain_outcomes_are_finite)
{
    static const struct {
        double n, x, p, want;
    } CASES[] = { { 5, 0, 0, -5 }, { 5, 5, 1, 5 }, { 0, 0, 0, 0 }, { 0, 0, 1, 0 } };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        wick_node *p = wicki_leaf(w, NULL, 0, NULL, 0, true);
        p->value[0] = CASES[i].p;
        const wick_var density = wick_log_prob(
            w, wick_binomial(CASES[i].n, wicki_var_of(w, p)), wick_num(w, CASES[i].x));
        wick_backward(density);
        assert_ok(w);
        ck_assert_double_eq(wick_value(density), 0);
        ck_assert_double_eq(p->adjoint[0], CASES[i].want);
    }
}
END_TEST

/*
 * Derivatives by the first two parameters, by mpmath with 50 digits: psi(r + x) - psi(r) + log(1 - p) and
 * (x - (r + x) p) / (p (1 - p)); psi(a + x) - psi(a) + psi(s) - psi(s + n) and that of b; nothing by a
 * total and x / p - (n - x) / (1 - p).
 */
START_TEST(slopes_do_not_cancel_where_parameters_are_large)
{
    static const struct {
        const wick_dist_type *type;
        double parameter[3], x, want[2];
    } CASES[] = {
        { &wicki_dist_negative_binomial, { 1e12, 3e-12 }, 7,
            { 3.9999999999744998584e-12, 1333333333330.3332232 } },
        { &wicki_dist_negative_binomial, { 1e12, 0.001 }, 1001001001,
            { -5.000208375195643693e-16, -1.0010218593786095414 } },
        { &wicki_dist_negative_binomial, { 7e5, 1 / 3.0 }, 350123,
            { 0.00011737414756255136271, 369.00000000008745055 } },
        { &wicki_dist_negative_binomial, { 1e-8, 0.97 }, 3,
            { 99999997.993442088088, 3.0927831718213059269 } },
        { &wicki_dist_negative_binomial, { 1e12, 3e-12 }, 0,
            { -3.0000000000045001416e-12, -1000000000003.0 } },
        { &wicki_dist_beta_binomial, { 1e12, 3e12, 97 }, 31,
            { 6.749999999826e-12, -2.2499999999473333333e-12 } },
        { &wicki_dist_beta_binomial, { 3e6, 5e6, 1e9 }, 374999000,
            { -2.5421661933036704512e-6, 1.6245027117830200309e-6 } },
        { &wicki_dist_beta_binomial, { 1e-3, 0.02, 12 }, 5,
            { 951.47518599180312618, 1.81391494559151287 } },
        { &wicki_dist_binomial, { 1e9, 1e-9 }, 2, { 0, 1000000000.9999998764 } },
        { &wicki_dist_binomial, { 1e9, 0.37 }, 370000123, { 0, 527.6705276895791193 } },
        { &wicki_dist_binomial, { 1e15, 0.5 }, 5e14 + 7, { 0, 28 } },
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        wick_dist dist = { .type = CASES[i].type };
        wick_node *in[3];
        for (size_t j = 0; j < dist.type->n_parameters; j++) {
            in[j] = wicki_leaf(w, NULL, 0, NULL, 0, true);
            in[j]->value[0] = CASES[i].parameter[j];
            dist.parameter[j].var = wicki_var_of(w, in[j]);
        }
        wick_backward(wick_log_prob(w, dist, wick_num(w, CASES[i].x)));
        assert_ok(w);
        for (size_t j = 0; j < 2; j++)
            ck_assert_msg(
                fabs(in[j]->adjoint[0] - CASES[i].want[j]) <= 1e-11 * fabs(CASES[i].want[j]),
                "case %zu: %.17g, not %.17g", i, in[j]->adjoint[0], CASES[i].want[j]);
    }
}
END_TEST

START_TEST(no_gradient_goes_to_totals_and_bounds)
{
    wick_node *n = wicki_leaf(w, NULL, 0, NULL, 0, true),
              *p = wicki_leaf(w, NULL, 0, NULL, 0, true);

    n->value[0] = 7;
    p->value[0] = 0.3;
    const wick_var total = wicki_var_of(w, n), x = wick_num(w, 2);
    const wick_dist dists[] = { wick_binomial(total, wicki_var_of(w, p)),
        wick_beta_binomial(wicki_var_of(w, p), 0.8, total), wick_discrete_uniform(0, total) };
    for (int i = 0; i < 3; i++) {
        wick_backward(wick_log_prob(w, dists[i], x));
        assert_ok(w);
        ck_assert_double_eq(n->adjoint[0], 0);
    }
}
END_TEST

/* --- misuse ---------------------------------------------------------------------------------- */

static void explained(wick_dist dist, wick_var x, const char *want)
{
    const wick_node *node = wicki_log_prob(w, &dist, w->tape->node[x.node], NULL);
    char text[256] = "";

    assert_ok(w);
    ck_assert(!isfinite(node->value[0]));
    node->op->explain(node, 0, text, sizeof text);
    ck_assert_str_eq(text, want);
}

START_TEST(what_is_not_finite_is_explained)
{
    const double counts[] = { 2, 4, 1 }, halves[] = { 1.5, 0.5, 5 }, two[] = { 1, 1, 0 };
    const double p[] = { 0.2, 0.0, 0.8 }, bad[] = { 0.2, -1, 0.8 }, none[] = { 0, 0, 0 };
    const wick_var one = wick_num(w, 1), eight = wick_num(w, 8), probs = wick_const(w, p, 3);
    const wick_var x = wick_const(w, counts, 3);

    explained(wick_binomial(2.5, 0.3), one, "total_count is 2.5, must be an integer from 0 on");
    explained(wick_binomial(7, 1.5), one, "probs is 1.5, must be from 0 to 1");
    explained(
        wick_binomial(7, 0.3), eight, "value 8 is outside the support (0 <= x <= 7, an integer)");
    explained(wick_binomial(9, 0), eight, "the value is one of probability 0");
    explained(wick_beta_binomial(0.3, 0, 7), one, "concentration0 is 0, must be positive");
    explained(wick_beta_binomial(0.3, 0.4, 7), eight,
        "value 8 is outside the support (0 <= x <= 7, an integer)");
    explained(wick_geometric(0), one, "probs is 0, must be from 2.22507e-308 to 1");
    explained(wick_geometric(0.3), wick_num(w, -1),
        "value -1 is outside the support (x >= 0, an integer)");
    explained(wick_negative_binomial(0, 0.3), one, "total_count is 0, must be positive");
    explained(wick_gamma_poisson(1.3, -2), one, "rate is -2, must be positive");
    explained(wick_discrete_uniform(3, 2), one, "low is 3, must not be more than high, which is 2");
    explained(wick_discrete_uniform(0.5, 2), one, "low is 0.5, must be an integer");
    explained(wick_discrete_uniform(2, 5), one,
        "value 1 is outside the support (2 <= x <= 5, an integer)");
    explained(wick_one_hot_categorical(probs), wick_const(w, two, 3),
        "value sums to 2, outside the support (zeros and a one)");
    explained(wick_one_hot_categorical(probs), wick_const(w, halves, 3),
        "value 1.5 at [0] is outside the support (zeros and a one)");
    explained(wick_one_hot_categorical(wick_const(w, none, 3)), x, "probs sum to 0");
    explained(
        wick_multinomial(7, wick_const(w, bad, 3)), x, "probs at [1] is -1, must be nonnegative");
    explained(wick_multinomial(7, probs), x, "the value is one of probability 0");
    explained(wick_multinomial(6, probs), x,
        "value sums to 7, outside the support (integers x >= 0, sum 6)");
    explained(wick_multinomial(7, probs), wick_const(w, halves, 3),
        "value 1.5 at [0] is outside the support (integers x >= 0, sum 7)");
    explained(
        wick_dirichlet_multinomial(probs, 7), x, "concentration at [1] is 0, must be positive");
}
END_TEST

static void draw_fails(wick_dist dist, wick_code code, const char *words)
{
    ck_assert_ptr_null(wicki_dist_draw(w, &dist));
    assert_error(w, code, words);
}

START_TEST(bad_parameters_are_named_before_a_draw)
{
    draw_fails(wick_binomial(-1, 0.3), WICK_ERR_DOMAIN,
        "wick_binomial: total_count is -1, must be an integer from 0 on");
    draw_fails(wick_beta_binomial(0.3, 0.4, 2.5), WICK_ERR_DOMAIN,
        "wick_beta_binomial: total_count is 2.5, must be an integer from 0 on");
    draw_fails(wick_geometric(0), WICK_ERR_DOMAIN, "wick_geometric: probs is 0");
    draw_fails(
        wick_negative_binomial(2.4, 1), WICK_ERR_DOMAIN, "wick_negative_binomial: probs is 1");
    draw_fails(wick_discrete_uniform(3, 1), WICK_ERR_DOMAIN,
        "wick_discrete_uniform: high - low is -2, must be an integer from 0");
    draw_fails(wick_discrete_uniform(0.5, 1), WICK_ERR_DOMAIN,
        "wick_discrete_uniform: low is 0.5, must be an integer");
    draw_fails(wick_one_hot_categorical(wick_fill(w, 0, 3)), WICK_ERR_DOMAIN,
        "wick_one_hot_categorical: probs sum to 0");
    draw_fails(wick_multinomial(7, wick_fill(w, 0, 3)), WICK_ERR_DOMAIN,
        "wick_multinomial: probs sum to 0");
    draw_fails(wick_multinomial(7, wick_num(w, 0.3)), WICK_ERR_SHAPE, "rank 0, need 1");
}
END_TEST

START_TEST(cardinalities_and_values_of_numbers)
{
    const double totals[] = { 3, 9, 0 };
    const wick_dist counts = wick_binomial(7, 0.3), few = wick_beta_binomial(0.3, 0.4, 0);
    const wick_dist between = wick_discrete_uniform(-3, 14);
    const wick_dist hot = wick_one_hot_categorical(wick_fill(w, 0.3, 5));
    const wick_dist rows = wick_one_hot_categorical(wick_fill(w, 0.3, 2, 5));
    const wick_dist many = wick_multinomial(7, wick_fill(w, 0.3, 5)), bad = wick_binomial(2.5, 0.3);
    double x[5];

    ck_assert_uint_eq(wicki_dist_cardinality(w, &counts), 8);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &few), 1);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &between), 18);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &hot), 5);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &rows), 0);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &many), 0);
    ck_assert_uint_eq(wicki_dist_cardinality(w, &bad), 0);
    WICK_PLATE (w, "rows", 3) {
        const wick_dist varying = wick_binomial(wick_data(w, totals, 3), 0.3);
        ck_assert_uint_eq(wicki_dist_cardinality(w, &varying), 10);
        ck_assert(isnan(wick_support(varying).upper));
    }
    ck_assert_double_eq(wick_support(counts).upper, 7);
    ck_assert_double_eq(wick_support(between).lower, -3);
    ck_assert_double_eq(wick_value(wicki_dist_value(w, &between, wick_num(w, 4))), 1);
    ck_assert_double_eq(wick_value(wicki_dist_value(w, &counts, wick_num(w, 4))), 4);
    wick_get(wicki_dist_value(w, &hot, wick_num(w, 3)), x, 5);
    assert_ok(w);
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq(x[k], k == 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counts");
    TCase *draws = new_case(suite, "draws"), *sums = new_case(suite, "sums");
    TCase *misuse = new_case(suite, "misuse");

    tcase_add_checked_fixture(draws, setup, teardown);
    tcase_add_checked_fixture(sums, setup, teardown);
    tcase_add_checked_fixture(misuse, setup, teardown);
    tcase_add_loop_test(draws, draws_have_their_moments_and_cells, 0, N_LAWS);
    tcase_add_loop_test(draws, draws_that_are_2_percent_off_are_noticed, 0, N_LAWS);
    tcase_add_test(draws, certain_counts_are_certain);
    tcase_add_loop_test(draws, counts_of_a_multinomial_are_binomials, 0, 3);
    tcase_add_loop_test(draws, counts_of_a_dirichlet_multinomial_are_beta_binomials, 0, 3);
    tcase_add_test(draws, one_hot_draws_have_their_probabilities);
    tcase_add_test(sums, densities_and_moments_of_vectors_are_sums_over_the_support);
    tcase_add_test(
        sums, moments_and_entropy_of_one_hot_vectors_are_those_of_bernoullis_and_categories);
    tcase_add_test(sums, moments_of_rows_are_those_of_each_row);
    tcase_add_test(sums, entropies_agree_with_mpmath);
    tcase_add_loop_test(
        sums, moments_entropies_and_distribution_functions_have_gradients, 0, TYPES);
    tcase_add_test(sums, entropies_of_large_counts_have_gradients);
    tcase_add_test(sums, quantiles_are_the_least_counts);
    tcase_add_test(sums, the_distribution_function_of_categories_adds_up);
    tcase_add_test(sums, gradients_at_certain_outcomes_are_finite);
    tcase_add_test(sums, slopes_do_not_cancel_where_parameters_are_large);
    tcase_add_test(sums, no_gradient_goes_to_totals_and_bounds);
    tcase_add_test(misuse, what_is_not_finite_is_explained);
    tcase_add_test(misuse, bad_parameters_are_named_before_a_draw);
    tcase_add_test(misuse, cardinalities_and_values_of_numbers);
    return run_suite(suite);
}
