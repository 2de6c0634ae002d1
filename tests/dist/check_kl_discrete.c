/*
 * Divergences of counts and categories against sums over all outcomes, of the library's densities, which
 * check_densities.c compares with mpmath.
 */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"

static wick *w;

static void setup(void)
{
    w = wick_new(NULL);
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- sums ------------------------------------------------------------------------------------ */

enum { MOST = 4000 };

/* sum p (log p - log q) over 0 .. MOST-1, small terms first; what has no probability does not count. */
static double divergence(wick_dist p, wick_dist q)
{
    double sum = 0, log_p[MOST], log_q[MOST];

    WICK_PLATE (w, "outcomes", MOST) {
        const wick_var x = wick_index(w, "outcomes");
        wick_get(wick_log_prob(w, p, x), log_p, MOST);
        wick_get(wick_log_prob(w, q, x), log_q, MOST);
    }
    assert_ok(w);
    for (int i = MOST; i-- > 0;)
        sum += log_p[i] > -700 ? exp(log_p[i]) * (log_p[i] - log_q[i]) : 0;
    return sum;
}

static double kl_of(wick_dist p, wick_dist q)
{
    const double kl = wick_value(wick_kl_divergence(w, p, q));

    assert_ok(w);
    return kl;
}

static void assert_divergence(wick_dist p, wick_dist q, const char *what)
{
    const double got = kl_of(p, q), want = divergence(p, q);

    ck_assert_msg(fabs(got - want) <= 1e-10 * fmax(1, want) || got == want, "%s: %.15g, not %.15g",
        what, got, want);
    ck_assert_double_ge(got, 0);
    wick_reset(w);
}

/* --- pairs ----------------------------------------------------------------------------------- */

static const double CHANCES[] = { 0.37, 0.02, 0.93, 1e-9 };

enum { N_CHANCES = sizeof CHANCES / sizeof *CHANCES, PAIRS = N_CHANCES * N_CHANCES };

static double logit(double p)
{
    return log(p) - log1p(-p);
}

START_TEST(bernoullis_from_each_other_and_from_poissons)
{
    for (int i = 0; i < PAIRS; i++) {
        const double p = CHANCES[i / N_CHANCES], q = CHANCES[i % N_CHANCES];
        assert_divergence(wick_bernoulli(p), wick_bernoulli(q), "probs, probs");
        assert_divergence(wick_bernoulli(p), wick_bernoulli_logits(logit(q)), "probs, logits");
        assert_divergence(wick_bernoulli_logits(logit(p)), wick_bernoulli(q), "logits, probs");
        assert_divergence(
            wick_bernoulli_logits(logit(p)), wick_bernoulli_logits(logit(q)), "logits");
        assert_divergence(wick_bernoulli(p), wick_poisson(3 * q), "probs, poisson");
        assert_divergence(wick_bernoulli_logits(logit(p)), wick_poisson(q), "logits, poisson");
    }
    assert_divergence(wick_bernoulli(0), wick_bernoulli(0.3), "0");
    assert_divergence(wick_bernoulli(1), wick_bernoulli(0.3), "1");
    assert_divergence(wick_bernoulli(0), wick_poisson(1.3), "0, poisson");
    ck_assert_double_eq(kl_of(wick_bernoulli(0.3), wick_bernoulli(0)), INFINITY);
    ck_assert_double_eq(kl_of(wick_bernoulli(0.3), wick_bernoulli(1)), INFINITY);
    ck_assert_double_eq(kl_of(wick_bernoulli(0), wick_bernoulli(0)), 0);
    ck_assert_double_eq(kl_of(wick_bernoulli(0.3), wick_poisson(0)), INFINITY);
}
END_TEST

/* A logit of -1000 has no probability that a double could hold: p (log p - log q), log q = -1000. */
START_TEST(logits_beyond_the_range_of_doubles_have_divergences)
{
    const double p = 1 / (1 + exp(-0.4));
    const double want = p * (log(p) + 1000) + (1 - p) * log(1 - p);

    assert_close(kl_of(wick_bernoulli_logits(0.4), wick_bernoulli_logits(-1000)), want, 1e-14);
    assert_close(kl_of(wick_bernoulli_logits(-0.4), wick_bernoulli_logits(1000)), want, 1e-14);
}
END_TEST

/* Of probabilities p and p + h it is h^2 / (2 p (1 - p)), of rates r and r + h h^2 / (2 r). */
START_TEST(divergences_of_close_laws_do_not_cancel)
{
    const double p = 0.37, h = 0x1p-30;

    const double got = kl_of(wick_bernoulli(p), wick_bernoulli(p + h));
    ck_assert_double_eq_tol(got / (h * h / (2 * p * (1 - p))), 1, 1e-7);
    ck_assert_double_eq(kl_of(wick_poisson(3.7e9), wick_poisson(3.7e9)), 0);
    const double far = kl_of(wick_poisson(3.7e9), wick_poisson(3.7e9 + 1));
    ck_assert_double_eq_tol(far * 2 * 3.7e9, 1, 1e-9);
}
END_TEST

START_TEST(binomials_of_the_same_total)
{
    for (int i = 0; i < PAIRS; i++) {
        const double p = CHANCES[i / N_CHANCES], q = CHANCES[i % N_CHANCES];
        assert_divergence(wick_binomial(12, p), wick_binomial(12, q), "probs");
        assert_divergence(wick_binomial(12, p), wick_binomial_logits(12, logit(q)), "mixed");
        assert_divergence(wick_binomial_logits(12, logit(p)), wick_binomial(12, q), "mixed");
    }
    ck_assert_double_eq(kl_of(wick_binomial(0, 0.3), wick_binomial(0, 0)), 0);
    ck_assert_double_eq(kl_of(wick_binomial(13, 0.3), wick_binomial(12, 0.3)), INFINITY);
    assert_close(kl_of(wick_binomial(13, 0), wick_binomial(12, 0.3)), -12 * log(0.7), 1e-15);
    wick_kl_divergence(w, wick_binomial(12, 0.3), wick_binomial(13, 0.3));
    assert_error(w, WICK_ERR_ARGUMENT, "binomial", "not known in closed form");
}
END_TEST

START_TEST(totals_that_vary_are_compared_member_by_member)
{
    const double n[] = { 4, 7, 0 }, m[] = { 4, 6, 0 };
    double kl[3];

    WICK_PLATE (w, "rows", 3)
        wick_get(wick_kl_divergence(w, wick_binomial(wick_data(w, n, 3), 0.3),
                     wick_binomial(wick_data(w, m, 3), 0.6)),
            kl, 3);
    assert_ok(w);
    assert_close(kl[0], 4 * (0.3 * log(0.5) + 0.7 * log(0.7 / 0.4)), 1e-15);
    ck_assert_double_eq(kl[1], INFINITY);
    ck_assert_double_eq(kl[2], 0);
}
END_TEST

START_TEST(poissons_from_each_other_and_from_what_ends)
{
    static const double RATES[] = { 0.37, 2.41, 30.0, 612.0, 1e-9 };

    for (int i = 0; i < 25; i++)
        assert_divergence(wick_poisson(RATES[i / 5]), wick_poisson(RATES[i % 5]), "poisson");
    assert_divergence(wick_poisson(0), wick_poisson(1.3), "rate 0");
    ck_assert_double_eq(kl_of(wick_poisson(0.3), wick_poisson(0)), INFINITY);
    ck_assert_double_eq(kl_of(wick_poisson(0.3), wick_bernoulli(0.4)), INFINITY);
    ck_assert_double_eq(kl_of(wick_poisson(0.3), wick_bernoulli_logits(0.4)), INFINITY);
    ck_assert_double_eq(kl_of(wick_poisson(0.3), wick_binomial(9, 0.4)), INFINITY);
    ck_assert_double_eq(kl_of(wick_poisson(0.3), wick_binomial_logits(9, 0.4)), INFINITY);
    assert_divergence(wick_poisson(0), wick_bernoulli(0.4), "rate 0, bernoulli");
    assert_divergence(wick_poisson(0), wick_binomial(9, 0.4), "rate 0, binomial");
}
END_TEST

START_TEST(waiting_times)
{
    static const double P[] = { 0.37, 0.02, 0.93 };

    for (int i = 0; i < 9; i++) {
        const double p = P[i / 3], q = P[i % 3];
        assert_divergence(wick_geometric(p), wick_geometric(q), "geometric");
        assert_divergence(wick_geometric(p), wick_geometric_logits(logit(q)), "probs, logits");
        assert_divergence(wick_geometric_logits(logit(p)), wick_geometric(q), "logits, probs");
        assert_divergence(
            wick_negative_binomial(2.4, p), wick_negative_binomial(2.4, q), "negative binomial");
        assert_divergence(wick_negative_binomial_logits(2.4, logit(p)),
            wick_negative_binomial(2.4, q), "negative binomial, logits");
    }
    assert_divergence(wick_geometric(1), wick_geometric(0.3), "certain");
    ck_assert_double_eq(kl_of(wick_geometric(0.3), wick_geometric(1)), INFINITY);
    wick_kl_divergence(w, wick_negative_binomial(2.4, 0.3), wick_negative_binomial(2.5, 0.3));
    assert_error(w, WICK_ERR_ARGUMENT, "negative_binomial", "not known in closed form");
}
END_TEST

START_TEST(integers_between_bounds)
{
    assert_divergence(wick_discrete_uniform(3, 7), wick_discrete_uniform(0, 12), "within");
    assert_divergence(wick_discrete_uniform(3, 7), wick_discrete_uniform(3, 7), "the same");
    ck_assert_double_eq(kl_of(wick_discrete_uniform(3, 7), wick_discrete_uniform(4, 9)), INFINITY);
    ck_assert_double_eq(kl_of(wick_discrete_uniform(3, 7), wick_discrete_uniform(0, 6)), INFINITY);
}
END_TEST

/* --- vectors --------------------------------------------------------------------------------- */

static const double A[] = { 0.37, 2.1, 0.0, 0.3 }, B[] = { 1.2, 0.7, 0.4, 1e-9 };
static const double L[] = { 0.37, -2.1, 0.9, -40.0 };

static wick_var a(void)
{
    return wick_const(w, A, 4);
}

static wick_var b(void)
{
    return wick_const(w, B, 4);
}

static wick_var l(void)
{
    return wick_const(w, L, 4);
}

static double by_hand(const double *p, const double *q)
{
    double sum = 0, all_p = 0, all_q = 0;

    for (int k = 0; k < 4; k++) {
        all_p += p[k];
        all_q += q[k];
    }
    for (int k = 0; k < 4; k++)
        sum += p[k] > 0 ? p[k] / all_p * (log(p[k] / all_p) - log(q[k] / all_q)) : 0;
    return sum;
}

START_TEST(categories_and_one_hot_vectors)
{
    double e[4];

    for (int k = 0; k < 4; k++)
        e[k] = exp(L[k]);
    assert_divergence(wick_categorical(a()), wick_categorical(b()), "probs");
    assert_divergence(wick_categorical(a()), wick_categorical_logits(l()), "probs, logits");
    assert_divergence(wick_categorical_logits(l()), wick_categorical(b()), "logits, probs");
    ck_assert_double_eq(kl_of(wick_categorical(b()), wick_categorical(a())), INFINITY);
    assert_close(
        kl_of(wick_one_hot_categorical(a()), wick_one_hot_categorical(b())), by_hand(A, B), 1e-14);
    assert_close(kl_of(wick_one_hot_categorical(a()), wick_one_hot_categorical_logits(l())),
        by_hand(A, e), 1e-14);
    assert_close(kl_of(wick_one_hot_categorical_logits(l()), wick_one_hot_categorical(b())),
        by_hand(e, B), 1e-14);
    ck_assert_double_eq(
        kl_of(wick_one_hot_categorical(b()), wick_one_hot_categorical(a())), INFINITY);
    assert_close(
        kl_of(wick_multinomial(7, a()), wick_multinomial(7, b())), 7 * by_hand(A, B), 1e-14);
    assert_close(
        kl_of(wick_multinomial(7, a()), wick_multinomial_logits(7, l())), 7 * by_hand(A, e), 1e-14);
    wick_kl_divergence(w, wick_multinomial(7, a()), wick_multinomial(6, b()));
    assert_error(w, WICK_ERR_ARGUMENT, "multinomial", "not known in closed form");
    wick_kl_divergence(w, wick_categorical(a()), wick_one_hot_categorical(a()));
    assert_error(w, WICK_ERR_SHAPE, "different events");
}
END_TEST

START_TEST(copies_and_rows_add_up)
{
    const double rows[] = { 0.37, 2.1, 0.0, 0.3, 1.2, 0.7, 0.4, 1e-9 };
    const wick_var two = wick_const(w, rows, 2, 4);
    const double first = by_hand(A, B);

    assert_close(kl_of(wick_iid(wick_categorical(a()), 3), wick_iid(wick_categorical(b()), 3)),
        3 * first, 1e-14);
    assert_close(kl_of(wick_categorical(two), wick_iid(wick_categorical(b()), 2)), first, 1e-14);
    assert_close(kl_of(wick_one_hot_categorical(two), wick_iid(wick_one_hot_categorical(b()), 2)),
        first, 1e-14);
}
END_TEST

/* --- gradients ------------------------------------------------------------------------------- */

/* Pairs with two parameters each, of which one is moved; all are of the size n. */
static wick_dist law(int i, wick_var x)
{
    switch (i) {
    case 0:
        return wick_bernoulli(x);
    case 1:
        return wick_bernoulli_logits(x);
    case 2:
        return wick_poisson(x);
    case 3:
        return wick_geometric(x);
    case 4:
        return wick_geometric_logits(x);
    case 5:
        return wick_binomial(9, x);
    case 6:
        return wick_negative_binomial(2.4, x);
    case 7:
        return wick_categorical(x);
    case 8:
        return wick_categorical_logits(x);
    case 9:
        return wick_one_hot_categorical(x);
    default:
        return wick_multinomial(9, x);
    }
}

enum { N_LAWS = 11 };

static double loss_at(int i, wick_node *const *x, bool back)
{
    const wick_var kl =
        wick_kl_divergence(w, law(i, wicki_var_of(w, x[0])), law(i, wicki_var_of(w, x[1])));

    if (back)
        wick_backward(kl);
    assert_ok(w);
    return wick_value(kl);
}

START_TEST(divergences_have_gradients_to_both_laws)
{
    static const double AT[2][4] = { { 0.37, 0.21, 0.83, 0.4 }, { 0.52, 0.61, 0.13, 0.7 } };
    const size_t n = _i < 7 ? 1 : 4;
    wick_node *x[2];
    double gradient[8];

    for (int j = 0; j < 2; j++) {
        x[j] = wicki_leaf(w, NULL, n > 1, &n, 0, true);
        memcpy(x[j]->value, AT[j], n * sizeof(double));
    }
    loss_at(_i, x, true);
    for (size_t j = 0; j < 2 * n; j++)
        gradient[j] = x[j / n]->adjoint[j % n];
    for (size_t j = 0; j < 2 * n; j++) {
        double *at = &x[j / n]->value[j % n], f[7];
        const double kept = *at, h = 1e-3;
        for (int k = -3; k <= 3; k++) {
            *at = kept + k * h;
            f[k + 3] = loss_at(_i, x, false);
        }
        *at = kept;
        assert_close(
            gradient[j], (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h), 1e-9);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kl discrete");
    TCase *pairs = new_case(suite, "pairs");

    tcase_add_checked_fixture(pairs, setup, teardown);
    tcase_add_test(pairs, bernoullis_from_each_other_and_from_poissons);
    tcase_add_test(pairs, logits_beyond_the_range_of_doubles_have_divergences);
    tcase_add_test(pairs, divergences_of_close_laws_do_not_cancel);
    tcase_add_test(pairs, binomials_of_the_same_total);
    tcase_add_test(pairs, totals_that_vary_are_compared_member_by_member);
    tcase_add_test(pairs, poissons_from_each_other_and_from_what_ends);
    tcase_add_test(pairs, waiting_times);
    tcase_add_test(pairs, integers_between_bounds);
    tcase_add_test(pairs, categories_and_one_hot_vectors);
    tcase_add_test(pairs, copies_and_rows_add_up);
    tcase_add_loop_test(pairs, divergences_have_gradients_to_both_laws, 0, N_LAWS);
    return run_suite(suite);
}
