/* The forum's mixture (examples/forum_em): gradients, guide, matrices, the first attempt. */
#include "examples/forum_em_model.h"

#include "tests/support/fit.h"

enum { FEW = 5, PATHS = 243 /* K^FEW */, ROWS = 60 };
enum { VALUES = K + K * D + K * D * D + K * D };

static wick *w;
static double x[ROWS * D];
static struct rows few = { FEW, x }, rows = { ROWS, x };

/* Parameters somewhere, with something above the diagonals, where nobody looks. */
static const double WEIGHTS[K] = { 0.3, 0.5, 0.2 }, MEANS[K * D] = { 0.7, 2.4, 4.2, 5.1, 2.9, 0.3 },
                    CHOL[K * D * D] = { 1.1, 0.7, 0.4, 0.9, 1.3, -5, -0.6, 1.2, 0.8, 9, 0.2, 1.4 },
                    SCALE[K * D] = { 0.9, 1.2, 1.5, 2.1, 0.8, 1.1 };

static void set_parameters(void)
{
    wick_reset(w);
    wick_call(w, (wick_program){ forum_define, NULL });
    wick_param_set(w, "weights", WEIGHTS, K);
    wick_param_set(w, "means", MEANS, K * D);
    wick_param_set(w, "chol_factor", CHOL, K * D * D);
    wick_param_set(w, "scale_diag", SCALE, K * D);
    wick_reset(w);
    assert_ok(w);
}

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20241 });
    forum_draw(w, ROWS, x);
    set_parameters();
}

static void teardown(void)
{
    wick_free(w);
}

static problem exact(struct rows *r)
{
    return (problem){ w, { forum_model, r }, { forum_define, r }, wick_trace_enum_elbo, NULL };
}

/* -log p(x) of the parameters above, written out. */
static double written_out(const struct rows *r)
{
    double sum = 0.0;

    for (size_t i = 0; i < r->n; i++) {
        double density = 0.0;
        for (size_t k = 0; k < K; k++) {
            const double *s = SCALE + k * D, *c = CHOL + k * D * D, *row = r->x + i * D;
            const double a = c[0] * s[0], b = c[2] * s[0], d = c[3] * s[1];
            const double u = (row[0] - MEANS[k * D]) / a,
                         v = (row[1] - MEANS[k * D + 1] - b * u) / d;
            density += WEIGHTS[k] * exp(-0.5 * (u * u + v * v)) / (a * d);
        }
        sum -= log(density / (2.0 * acos(-1.0)));
    }
    return sum;
}

/* --- gradients ------------------------------------------------------------------------------- */

/* The guide with assignments that are given; arg: FEW numbers. */
static void guide_with(wick *handle, void *arg)
{
    wick_binding z = { "assignment", WICK_VAR_NONE };

    WICK_PLATE (handle, "data", FEW)
        z.value = wick_data(handle, arg, FEW);
    WICK_WITH (handle, wick_substitute(handle, 1, &z))
        wick_call(handle, (wick_program){ forum_guide, &few });
}

/* Over all assignments, each with its probability given the rows. */
START_TEST(the_expected_gradient_of_the_em_style_loss_is_that_of_the_likelihood)
{
    const problem likelihood = exact(&few);
    double z[FEW], want[VALUES], mean[VALUES] = { 0.0 }, g[VALUES], total = 0.0, loss = 0.0,
                                 entropy = 0.0;
    const double log_evidence = -gradient_of(&likelihood, want);

    assert_ok(w);
    ck_assert_uint_eq(count_values(w), VALUES);
    assert_close(-log_evidence, written_out(&few), 1e-12);
    for (int path = 0; path < PATHS; path++) {
        for (int i = 0, rest = path; i < FEW; i++, rest /= K)
            z[i] = rest % K;
        const problem em = { w, { forum_model, &few }, { guide_with, z }, forum_em_loss, NULL };
        const double value = gradient_of(&em, g), p = exp(-value - log_evidence);
        assert_ok(w);
        total += p;
        loss += p * value;
        entropy -= p > 0.0 ? p * log(p) : 0.0;
        for (int i = 0; i < VALUES; i++)
            mean[i] += p * g[i];
    }
    assert_close(total, 1.0, 1e-12);
    assert_close(loss, -log_evidence + entropy, 1e-12);
    for (int i = 0; i < VALUES; i++)
        assert_close(mean[i], want[i], 1e-10);
}
END_TEST

static double fits(wick_loss loss, bool compile, double *chol)
{
    const wick_program model = { forum_model, &rows },
                       guide = { loss == wick_trace_enum_elbo ? forum_define : forum_guide, &rows };
    wick_svi *svi = wick_svi_new(w, model, guide,
        &(wick_svi_options){ .loss = loss, .optim = wick_adam(.lr = 0.01), .compile = compile });
    double last = NAN;

    wick_params_clear(w);
    wick_set_seed(w, 4);
    for (int i = 0; i < 25; i++)
        last = wick_svi_step(svi);
    assert_ok(w);
    wick_param_get(w, "chol_factor", chol, K * D * D);
    wick_svi_free(svi);
    return last;
}

START_TEST(the_upper_triangle_of_chol_factor_has_no_gradient_and_stays)
{
    const wick_loss losses[] = { forum_em_loss, wick_trace_elbo, wick_trace_enum_elbo };
    double chol[K * D * D], compiled[K * D * D];

    const double loss = fits(losses[_i], false, chol);
    assert_close(fits(losses[_i], true, compiled), loss, 1e-11);
    for (size_t k = 0; k < K; k++) {
        const double *c = chol + k * D * D;
        ck_assert_double_eq(c[1], 0.0);
        ck_assert_double_eq(compiled[k * D * D + 1], 0.0);
        ck_assert_double_ne(c[0], 1.0);
        ck_assert_double_ne(c[2], 0.0);
        ck_assert_double_ne(c[3], 1.0);
    }
    for (size_t i = 0; i < K * D * D; i++)
        assert_close(compiled[i], chol[i], 1e-9);
}
END_TEST

/* The gradient itself, where what is above the diagonal is not 0. */
START_TEST(the_gradient_above_the_diagonal_is_exactly_zero)
{
    const problem em = { w, { forum_model, &rows }, { forum_guide, &rows }, forum_em_loss, NULL },
                  marginal = exact(&rows);
    double g[VALUES];

    gradient_of(_i ? &em : &marginal, g);
    assert_ok(w);
    for (size_t k = 0; k < K; k++) {
        const double *chol = g + K + K * D + k * D * D;
        ck_assert_double_eq(chol[1], 0.0);
        ck_assert(fabs(chol[0]) > 1e-3 && fabs(chol[2]) > 1e-3 && fabs(chol[3]) > 1e-3);
    }
}
END_TEST

/* --- the guide ------------------------------------------------------------------------------- */

/* log p(x, z) - log q(z) = log p(x), whatever z is. */
START_TEST(the_plain_elbo_is_the_evidence_for_every_draw)
{
    const problem elbo = { w, { forum_model, &rows }, { forum_guide, &rows }, NULL, NULL },
                  em = { w, { forum_model, &rows }, { forum_guide, &rows }, forum_em_loss, NULL };
    const double want = written_out(&rows);
    double least = INFINITY, most = -INFINITY;

    for (uint64_t seed = 0; seed < 8; seed++) {
        wick_set_seed(w, seed);
        assert_close(loss_of(&elbo), want, 1e-10);
        const double drawn = loss_of(&em);
        least = fmin(least, drawn);
        most = fmax(most, drawn);
    }
    assert_ok(w);
    ck_assert_double_gt(most, least + 0.1); /* the assignments do differ */
}
END_TEST

START_TEST(both_parameterisations_are_the_same_mixture)
{
    gmm_mixture *a = gmm_mixture_new(w, K, D, GMM_FULL), *b = gmm_mixture_new(w, K, D, GMM_FULL);
    const problem full = exact(&rows),
                  lower = { w, { forum_cholesky_model, &rows }, { forum_cholesky_define, &rows },
                      wick_trace_enum_elbo, NULL };

    const double loss = loss_of(&full);
    forum_read(w, a);
    wick_params_clear(w);
    loss_of(&lower); /* makes the parameters */
    wick_param_set(w, "weights", a->weights, K);
    wick_param_set(w, "means", a->loc, K * D);
    for (size_t k = 0; k < K; k++)
        a->scale[k * D * D + 1] = 0.0;
    wick_param_set(w, "scale_tril", a->scale, K * D * D);
    assert_close(loss_of(&lower), loss, 1e-12);
    forum_read(w, b);
    assert_ok(w);
    for (size_t i = 0; i < K * D * D; i++)
        assert_close(b->scale[i], a->scale[i], 1e-14);
    gmm_mixture_free(a);
    gmm_mixture_free(b);
}
END_TEST

/* --- the first attempt ----------------------------------------------------------------------- */

START_TEST(nothing_of_the_first_model_depends_on_the_parameters)
{
    const problem p = { w, { forum_first_model, &rows }, { forum_guide, &rows }, forum_em_loss,
        NULL };
    double constant = ROWS * log(K), g[VALUES];

    for (size_t i = 0; i < ROWS * D; i++)
        constant -= log_normal(x[i], 0.0, 1.0);
    for (uint64_t seed = 0; seed < 4; seed++) {
        wick_set_seed(w, seed);
        assert_close(gradient_of(&p, g), constant, 1e-13);
        for (size_t i = 0; i < VALUES; i++)
            ck_assert_double_eq(g[i], 0.0);
        wick_params_clear(w); /* and from another start */
    }
}
END_TEST

/* The loss is that constant less the entropy of the guide, which equal components make largest. */
START_TEST(the_first_attempt_is_best_where_the_components_coincide)
{
    const problem p = { w, { forum_first_model, &rows }, { forum_guide, &rows }, NULL, NULL };
    static const double equal[K * D] = { 2, 3, 2, 3, 2, 3 };
    double constant = 0.0, mean = 0.0;

    for (size_t i = 0; i < ROWS * D; i++)
        constant -= log_normal(x[i], 0.0, 1.0);
    for (uint64_t seed = 0; seed < 40; seed++) {
        wick_set_seed(w, seed);
        mean += loss_of(&p) / 40;
    }
    ck_assert_double_gt(mean, constant + 1.0);
    wick_params_clear(w);
    loss_of(&p);
    wick_param_set(w, "means", equal, K * D);
    assert_close(loss_of(&p), constant, 1e-13);
    assert_ok(w);
}
END_TEST

/* --- the data -------------------------------------------------------------------------------- */

START_TEST(a_covariance_that_is_not_symmetric_is_refused_with_its_entries)
{
    wick_multivariate_normal_covariance(
        wick_fill(w, 0.0, D), wick_const(w, FORUM_COVARIANCES[1], D, D));
    assert_error(w, WICK_ERR_DOMAIN, "not symmetric", "a[0,1] = -0.3", "a[1,0] = -2", "symmetrise",
        "triangular factor");
}
END_TEST

/*
 * NumPy 2.4, C = [[3, -.3], [-2, 9]]: u, s, v = svd(C), then v.T @ diag(s) @ v, as its
 * multivariate_normal has it; scipy.linalg.sqrtm(C.T @ C) is the same.
 */
START_TEST(the_effective_covariance_is_what_numpy_draws_from)
{
    static const double want[] = { 3.25087377038098, -1.559429295944176, -1.559429295944176,
        8.86894471010791 };
    double got[D * D];

    forum_effective_covariance(FORUM_COVARIANCES[1], got);
    for (size_t i = 0; i < D * D; i++)
        assert_close(got[i], want[i], 1e-14);
    forum_effective_covariance(FORUM_COVARIANCES[2], got); /* symmetric: itself */
    for (size_t i = 0; i < D * D; i++)
        assert_close(got[i], FORUM_COVARIANCES[2][i], 1e-15);
}
END_TEST

/*
 * Moments of 40000 rows, to five standard errors: the mean sum_k w_k m_k, and xx, xy, yy of E[x x']
 * = sum_k w_k (C_k + m_k m_k'), by NumPy with the effective covariance.
 */
START_TEST(rows_are_drawn_from_the_mixture)
{
    enum { MANY = 40000 };
    static const double want[] = { 3.75, 4.375, 19.43179610648811, 18.75035669003489,
        29.705590443817446 };
    double *many = calloc(MANY * D, sizeof *many);

    forum_draw(w, MANY, many);
    assert_ok(w);
    for (size_t m = 0; m < 5; m++) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < MANY; i++) {
            const double *r = many + i * D,
                         v[] = { r[0], r[1], r[0] * r[0], r[0] * r[1], r[1] * r[1] };
            sum += v[m] / MANY;
            squares += v[m] * v[m] / MANY;
        }
        ck_assert_double_eq_tol(sum, want[m], 5.0 * sqrt((squares - sum * sum) / MANY));
    }
    free(many);
}
END_TEST

/* --- suite ----------------------------------------------------------------------------------- */

int main(void)
{
    Suite *suite = suite_create("forum_em");
    TCase *all = new_case(suite, "forum_em");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, the_expected_gradient_of_the_em_style_loss_is_that_of_the_likelihood);
    tcase_add_loop_test(all, the_upper_triangle_of_chol_factor_has_no_gradient_and_stays, 0, 3);
    tcase_add_loop_test(all, the_gradient_above_the_diagonal_is_exactly_zero, 0, 2);
    tcase_add_test(all, the_plain_elbo_is_the_evidence_for_every_draw);
    tcase_add_test(all, both_parameterisations_are_the_same_mixture);
    tcase_add_test(all, nothing_of_the_first_model_depends_on_the_parameters);
    tcase_add_test(all, the_first_attempt_is_best_where_the_components_coincide);
    tcase_add_test(all, a_covariance_that_is_not_symmetric_is_refused_with_its_entries);
    tcase_add_test(all, the_effective_covariance_is_what_numpy_draws_from);
    tcase_add_test(all, rows_are_drawn_from_the_mixture);
    return run_suite(suite);
}
