/* Divergences in closed form of pairs of distributions of one continuous number, against quadrature. */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"
#include "quadrature.h"

/* Beside the points of all types: name, 0, unused, parameters. */
static const struct point MORE[] = {
    { "normal", 0, { 0 }, { { 1.3 }, { 0.61 } }, 0 },
    { "lognormal", 0, { 0 }, { { 0.3 }, { 0.53 } }, 0 },
    { "half_normal", 0, { 0 }, { { 0.83 } }, 0 },
    { "uniform", 0, { 0 }, { { 0.13 }, { 0.91 } }, 0 },
    { "uniform", 0, { 0 }, { { 0.91 }, { 1.23 } }, 0 },
    { "uniform", 0, { 0 }, { { 0.0 }, { 1.0 } }, 0 },
    { "uniform", 0, { 0 }, { { -0.81 }, { 2.3 } }, 0 },
    { "exponential", 0, { 0 }, { { 0.71 } }, 0 },
    { "gamma", 0, { 0 }, { { 3.7 }, { 2.9 } }, 0 },
    { "gamma", 0, { 0 }, { { 0.71 }, { 0.67 } }, 0 },
    { "beta", 0, { 0 }, { { 1.31 }, { 3.3 } }, 0 },
    { "inverse_gamma", 0, { 0 }, { { 4.7 }, { 2.1 } }, 0 },
    { "inverse_gamma", 0, { 0 }, { { 1.7 }, { 0.9 } }, 0 },
    { "chi2", 0, { 0 }, { { 5.3 } }, 0 },
    { "student_t", 0, { 0 }, { { 5.3 }, { 0.3 }, { 1.1 } }, 0 },
    { "cauchy", 0, { 0 }, { { 0.71 }, { 0.53 } }, 0 },
    { "half_cauchy", 0, { 0 }, { { 0.53 } }, 0 },
    { "laplace", 0, { 0 }, { { 0.71 }, { 0.53 } }, 0 },
    { "logistic", 0, { 0 }, { { 0.71 }, { 0.53 } }, 0 },
    { "gumbel", 0, { 0 }, { { 0.71 }, { 1.93 } }, 0 },
    { "weibull", 0, { 0 }, { { 0.71 }, { 1.13 } }, 0 },
    { "pareto", 0, { 0 }, { { 1.31 }, { 3.3 } }, 0 },
    { "kumaraswamy", 0, { 0 }, { { 1.31 }, { 3.3 } }, 0 },
    { "von_mises", 0, { 0 }, { { 1.9 }, { 4.3 } }, 0 },
    { "truncated_normal", 0, { 0 }, { { 0.3 }, { 0.9 }, { 0.2 }, { INFINITY } }, 0 },
    { "truncated_normal", 0, { 0 }, { { -0.3 }, { 1.9 }, { -1.2 }, { 3.4 } }, 0 },
};

enum { N_MORE = sizeof MORE / sizeof *MORE, CASES = TYPES + N_MORE };

/* What PyTorch, Pyro and NumPyro register. */
static const char *const REGISTERED[][2] = { { "beta", "beta" }, { "beta", "exponential" },
    { "beta", "gamma" }, { "beta", "normal" }, { "beta", "pareto" }, { "beta", "uniform" },
    { "cauchy", "cauchy" }, { "exponential", "beta" }, { "exponential", "exponential" },
    { "exponential", "gamma" }, { "exponential", "gumbel" }, { "exponential", "normal" },
    { "exponential", "pareto" }, { "exponential", "uniform" }, { "gamma", "beta" },
    { "gamma", "exponential" }, { "gamma", "gamma" }, { "gamma", "gumbel" }, { "gamma", "normal" },
    { "gamma", "pareto" }, { "gamma", "uniform" }, { "gumbel", "beta" },
    { "gumbel", "exponential" }, { "gumbel", "gamma" }, { "gumbel", "gumbel" },
    { "gumbel", "normal" }, { "gumbel", "pareto" }, { "gumbel", "uniform" },
    { "half_normal", "half_normal" }, { "inverse_gamma", "inverse_gamma" }, { "laplace", "beta" },
    { "laplace", "exponential" }, { "laplace", "gamma" }, { "laplace", "laplace" },
    { "laplace", "normal" }, { "laplace", "pareto" }, { "laplace", "uniform" },
    { "lognormal", "lognormal" }, { "normal", "beta" }, { "normal", "exponential" },
    { "normal", "gamma" }, { "normal", "gumbel" }, { "normal", "laplace" }, { "normal", "normal" },
    { "normal", "pareto" }, { "normal", "uniform" }, { "pareto", "beta" },
    { "pareto", "exponential" }, { "pareto", "gamma" }, { "pareto", "normal" },
    { "pareto", "pareto" }, { "pareto", "uniform" }, { "uniform", "beta" },
    { "uniform", "exponential" }, { "uniform", "gamma" }, { "uniform", "gumbel" },
    { "uniform", "normal" }, { "uniform", "pareto" }, { "uniform", "uniform" },
    { "weibull", "gamma" } };

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

static const wick_dist_type *type_named(const char *name)
{
    for (size_t i = 0; i < wicki_n_dists; i++)
        if (is_named(wicki_dists[i], name))
            return wicki_dists[i];
    ck_abort_msg("no type %s", name);
    return NULL;
}

/* A pair, with the parameters as leaves. */
struct pair {
    wick_dist p, q;
    wick_node *in[2 * WICK_MAX_PARAMETERS];
    size_t n;
};

static bool is_continuous(const wick_dist_type *type)
{
    return is_scalar(type) && !is_discrete(type);
}

static wick_dist add_parameters(
    struct pair *pair, const wick_dist_type *type, const struct point *x)
{
    wick_dist dist = dist_at(w, type, x);

    for (size_t j = 0; j < type->n_parameters; j++) {
        wick_node *leaf = wicki_leaf(w, NULL, 0, NULL, 0, true);
        leaf->value[0] = x->parameter[j][0];
        dist.parameter[j].var = wicki_var_of(w, leaf);
        pair->in[pair->n++] = leaf;
    }
    return dist;
}

static const wick_dist_type *type_of(int i, const struct point **point)
{
    const wick_dist_type *type = i < TYPES ? wicki_dists[i] : type_named(MORE[i - TYPES].name);

    *point = i < TYPES ? point_of(type) : &MORE[i - TYPES];
    return type;
}

/* KL(p || q); false if it is not known, or if these are not two of one number. */
static bool divergence(int i, int j, struct pair *pair, double *kl)
{
    const struct point *first, *second;
    const wick_dist_type *p = type_of(i, &first), *q = type_of(j, &second);

    pair->n = 0;
    if (!is_continuous(p) || !is_continuous(q))
        return false;
    pair->p = add_parameters(pair, p, first);
    pair->q = add_parameters(pair, q, second);
    const wick_node *node = wicki_kl(w, &pair->p, &pair->q);
    assert_ok(w);
    *kl = node ? node->value[0] : NAN;
    return node != NULL;
}

/* --- against quadrature ---------------------------------------------------------------------- */

static double integral(wick_dist p, wick_dist q)
{
    const bool kinked = is_named(q.type, "laplace");
    const struct nodes nodes =
        nodes_of(w, p, kinked ? w->tape->node[q.parameter[0].var.node]->value[0] : NAN);
    double *log_p = values_at(w, nodes.n, nodes.x, p, wick_log_prob), sum = 0;
    double *log_q = values_at(w, nodes.n, nodes.x, q, wick_log_prob);

    for (size_t k = 0; k < nodes.n; k++) {
        const double mass = nodes.weight[k] > 0 ? exp(log_p[k]) * nodes.weight[k] : 0;
        sum += mass > 0 ? mass * (log_p[k] - log_q[k]) : 0;
    }
    free(log_p);
    free(log_q);
    return sum;
}

/* A divergence that is infinite without a gap in the support comes slowly: 1 / x at 0 as log x. */
START_TEST(divergences_are_integrals)
{
    struct pair pair;
    double kl;

    for (int j = 0; j < CASES; j++) {
        if (!divergence(_i, j, &pair, &kl))
            continue;
        const double want = integral(pair.p, pair.q);
        const bool good = kl == INFINITY ? want > 12 : fabs(kl - want) <= 1e-8 * fmax(1, want);
        ck_assert_msg(good, "KL(%s %zu || %s %zu) is %.15g, not %.15g", pair.p.type->name,
            (size_t)_i, pair.q.type->name, (size_t)j, kl, want);
        wick_reset(w);
    }
}
END_TEST

START_TEST(a_distribution_does_not_diverge_from_itself)
{
    struct pair pair;
    double kl;

    if (divergence(_i, _i, &pair, &kl))
        ck_assert_msg(fabs(kl) <= 1e-14, "%s: %g", pair.p.type->name, kl);
}
END_TEST

START_TEST(divergences_have_gradients)
{
    struct pair pair;
    double kl;

    for (int j = 0; j < CASES; j++) {
        double gradient[2 * WICK_MAX_PARAMETERS];
        if (!divergence(_i, j, &pair, &kl) || !isfinite(kl))
            continue;
        for (size_t k = 0; k < pair.n; k++) /* no two at one place */
            pair.in[k]->value[0] *= 1 + 0.013 * (double)k;
        const wick_var at_start = wick_kl_divergence(w, pair.p, pair.q);
        if (!isfinite(wick_value(at_start)))
            continue;
        wick_backward(at_start);
        assert_ok(w);
        for (size_t k = 0; k < pair.n; k++)
            gradient[k] = pair.in[k]->adjoint ? pair.in[k]->adjoint[0] : 0;
        for (size_t k = 0; k < pair.n; k++) {
            double *at = pair.in[k]->value, kept = *at, f[7];
            const double h = 0.003 * fmin(1, fabs(kept) + 0.1);
            for (int i = -3; i <= 3; i++) {
                *at = kept + i * h;
                f[i + 3] = wick_value(wick_kl_divergence(w, pair.p, pair.q));
            }
            *at = kept;
            if (isinf(f[0]) || isinf(f[6])) /* at the end of a support */
                continue;
            const double want = (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
            ck_assert_msg(fabs(gradient[k] - want) <= 1e-8 * fmax(1, fabs(want)) ||
                    (isinf(kept) && gradient[k] == 0),
                "KL(%s || %s) by parameter %zu: %.12g, not %.12g", pair.p.type->name,
                pair.q.type->name, k, gradient[k], want);
        }
        wick_reset(w);
    }
}
END_TEST

START_TEST(what_others_register_is_known)
{
    struct pair pair = { .n = 0 };
    const wick_dist_type *p = type_named(REGISTERED[_i][0]), *q = type_named(REGISTERED[_i][1]);

    pair.p = add_parameters(&pair, p, point_of(p));
    pair.q = add_parameters(&pair, q, point_of(q));
    ck_assert_msg(wicki_kl(w, &pair.p, &pair.q) != NULL, "KL(%s || %s)", p->name, q->name);
}
END_TEST

/* --- values ---------------------------------------------------------------------------------- */

static double kl_of(wick_dist p, wick_dist q)
{
    const double kl = wick_value(wick_kl_divergence(w, p, q));

    assert_ok(w);
    return kl;
}

START_TEST(what_is_outside_the_support_is_infinitely_far)
{
    ck_assert_double_eq(kl_of(wick_normal(0.3, 1.7), wick_gamma(1.3, 0.7)), INFINITY);
    ck_assert_double_eq(kl_of(wick_uniform(-0.1, 0.9), wick_beta(1.3, 0.7)), INFINITY);
    ck_assert_double_eq(kl_of(wick_uniform(0.1, 0.9), wick_uniform(0.2, 1.3)), INFINITY);
    ck_assert_double_eq_tol(kl_of(wick_uniform(0.1, 0.9), wick_uniform(0.1, 1.3)), log(1.5), 1e-15);
    ck_assert_double_eq(kl_of(wick_pareto(0.7, 2.3), wick_pareto(0.8, 2.3)), INFINITY);
    ck_assert_double_eq(kl_of(wick_exponential(0.7), wick_pareto(0.8, 2.3)), INFINITY);
    ck_assert_double_eq(kl_of(wick_cauchy(0.7, 0.1), wick_normal(0.8, 2.3)), INFINITY);
    ck_assert_double_eq(kl_of(wick_truncated_normal(0.3, 1.1, -0.4, 0.9),
                            wick_truncated_normal(0.3, 1.1, -0.3, 0.9)),
        INFINITY);
    ck_assert(isfinite(kl_of(wick_truncated_normal(0.3, 1.1, -0.4, 0.9),
        wick_truncated_normal(0.3, 1.1, -0.4, INFINITY))));
}
END_TEST

/* KL(normal(0.3, 1.7) || normal(m, s)) for m = 0.4, -1.1 and s = 0.9, 2.1 */
START_TEST(copies_and_elements_add_up)
{
    const double m[] = { 0.4, -1.1 }, s[] = { 0.9, 2.1 };
    double want = 0;

    for (int i = 0; i < 2; i++)
        want += 0.5 * (pow(1.7 / s[i], 2) + pow((0.3 - m[i]) / s[i], 2) - 1) - log(1.7 / s[i]);
    const wick_dist q = wick_normal(wick_const(w, m, 2), wick_const(w, s, 2));
    const wick_dist p = wick_iid(wick_normal(0.3, 1.7), 2);
    ck_assert_double_eq_tol(kl_of(p, q), want, 1e-14);
    ck_assert_double_eq_tol(kl_of(wick_iid(p, 3), wick_iid(q, 3)), 3 * want, 1e-14);
    wick_kl_divergence(w, p, wick_normal(0.3, 1.7));
    assert_error(w, WICK_ERR_SHAPE, "wick_kl_divergence", "different events");
}
END_TEST

/* log q at the point; as Pyro has it */
START_TEST(a_point_mass_diverges_by_the_density_there)
{
    const double z = (0.7 - 0.3) / 1.7;

    ck_assert_double_eq_tol(kl_of(wick_delta(0.7), wick_normal(0.3, 1.7)),
        0.5 * z * z + log(1.7) + 0.5 * log(2 * acos(-1)), 1e-14);
    ck_assert_double_eq(kl_of(wick_delta(-0.7), wick_exponential(1.7)), INFINITY);
    ck_assert_double_eq(kl_of(wick_delta(-0.7), wick_delta(-0.7)), 0);
}
END_TEST

START_TEST(a_pair_that_is_not_known_is_an_error)
{
    wick_kl_divergence(w, wick_logistic(0.3, 1.7), wick_logistic(0.3, 0.7));
    assert_error(
        w, WICK_ERR_ARGUMENT, "wick_kl_divergence: the divergence of logistic from logistic");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("divergences");
    TCase *pairs = new_case(suite, "pairs"), *values = new_case(suite, "values");

    tcase_add_checked_fixture(pairs, setup, teardown);
    tcase_add_checked_fixture(values, setup, teardown);
    tcase_add_loop_test(pairs, divergences_are_integrals, 0, CASES);
    tcase_add_loop_test(pairs, a_distribution_does_not_diverge_from_itself, 0, CASES);
    tcase_add_loop_test(pairs, divergences_have_gradients, 0, CASES);
    tcase_add_loop_test(
        pairs, what_others_register_is_known, 0, (int)(sizeof REGISTERED / sizeof *REGISTERED));
    tcase_add_test(values, what_is_outside_the_support_is_infinitely_far);
    tcase_add_test(values, copies_and_elements_add_up);
    tcase_add_test(values, a_point_mass_diverges_by_the_density_there);
    tcase_add_test(values, a_pair_that_is_not_known_is_an_error);
    return run_suite(suite);
}
