/* The potential against densities written out by hand. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 20 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static wick_potential *potential_of(void (*model)(wick *h, void *arg), void *arg)
{
    wick_potential *p = wick_potential_new(w, (wick_program){ model, arg }, NULL);

    assert_ok(w);
    return p;
}

static double value_at(wick_potential *p, const double *q)
{
    const double value = wick_potential_value(p, q, NULL);

    assert_ok(w);
    return value;
}

/* --- differences ------------------------------------------------------------------------------- */

enum { MOST = 8 };

/* The derivative of f along q[i] by six points, of error h^6. */
static double slope(double (*f)(void *arg, const double *q), void *arg, size_t n, const double *q,
    size_t i, double h)
{
    static const double C[] = { 0.75, -0.15, 1.0 / 60.0 };
    double x[MOST], sum = 0.0;

    memcpy(x, q, n * sizeof *x);
    for (int k = 1; k <= 3; k++) {
        x[i] = q[i] + k * h;
        const double above = f(arg, x);
        x[i] = q[i] - k * h;
        sum += C[k - 1] * (above - f(arg, x));
    }
    return sum / h;
}

static double value_of(void *arg, const double *q)
{
    return value_at(arg, q);
}

static void assert_gradient(wick_potential *p, const double *q)
{
    const size_t n = wick_potential_dimension(p);
    double gradient[MOST];

    assert_close(wick_potential_value(p, q, gradient), value_at(p, q), 1e-15);
    for (size_t i = 0; i < n; i++)
        assert_close(gradient[i], slope(value_of, p, n, q, i, 2e-3), 1e-9);
}

/* One element of a site as a function of the coordinates. */
typedef struct element {
    wick_potential *p;
    size_t at;
} element;

static double element_at(void *arg, const double *q)
{
    const element *e = arg;
    double z[16];
    const size_t size = wick_potential_size(e->p, NULL);

    ck_assert_uint_eq(wick_potential_constrain(e->p, NULL, q, z, size), size);
    return z[e->at];
}

/* log |det| of the derivatives of the elements at `at` by the n coordinates, by elimination. */
static double log_det(wick_potential *p, size_t n, const size_t *at, const double *q)
{
    double a[MOST][MOST], sum = 0.0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            a[i][j] = slope(element_at, &(element){ p, at[i] }, n, q, j, 2e-3);
    for (size_t k = 0; k < n; k++) {
        sum += log(fabs(a[k][k]));
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = n; j-- > k;)
                a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
    return sum;
}

/* --- values ------------------------------------------------------------------------------------ */

static const double DATA[] = { 1.3, -0.4, 2.2, 0.7 };

static void normal_model(wick *h, void *arg)
{
    const wick_var loc = wick_sample(h, "loc", wick_normal(0.3, 3.0));
    const wick_var scale = wick_sample(h, "scale", wick_lognormal(0.5, 0.7));

    (void)arg;
    WICK_PLATE (h, "data", 4)
        wick_observe(h, "x", wick_normal(loc, scale), wick_data(h, DATA, 4));
}

/* A lognormal density times the Jacobian e^q is a normal one in q. */
START_TEST(of_a_positive_site_it_has_the_jacobian)
{
    wick_potential *p = potential_of(normal_model, NULL);
    const double q[] = { 0.9, -0.35 };
    double want = -log_normal(q[0], 0.3, 3.0) - log_normal(q[1], 0.5, 0.7), z[2];

    for (int i = 0; i < 4; i++)
        want -= log_normal(DATA[i], q[0], exp(q[1]));
    ck_assert_uint_eq(wick_potential_dimension(p), 2);
    assert_close(value_at(p, q), want, 1e-14);
    assert_gradient(p, q);
    ck_assert_uint_eq(wick_potential_constrain(p, NULL, q, z, 2), 2);
    assert_close(z[0], 0.9, 1e-15);
    assert_close(z[1], exp(-0.35), 1e-15);
    wick_potential_free(p);
}
END_TEST

static const double COUNTS[] = { 2.0, 0.0, 2.0, 1.0, 2.0 };

static void simplex_model(wick *h, void *arg)
{
    static const double CONCENTRATION[] = { 0.7, 1.6, 2.5 };
    const wick_dist prior = wick_dirichlet(wick_const(h, CONCENTRATION, 3));
    const wick_var theta = wick_sample(h, "theta", prior);

    (void)arg;
    WICK_PLATE (h, "data", 5)
        wick_observe(h, "x", wick_categorical(theta), wick_data(h, COUNTS, 5));
}

/* Dirichlet(0.7, 1.6, 2.5) and counts 1, 1, 3; the Jacobian by differences of the first two
 * weights. */
START_TEST(of_a_simplex_it_has_the_jacobian)
{
    wick_potential *p = potential_of(simplex_model, NULL);
    const double q[] = { 0.4, -1.1 };
    double t[3];

    ck_assert_uint_eq(wick_potential_dimension(p), 2);
    ck_assert_uint_eq(wick_potential_size(p, "theta"), 3);
    ck_assert_uint_eq(wick_potential_constrain(p, "theta", q, t, 3), 3);
    assert_close(t[0] + t[1] + t[2], 1.0, 1e-15);
    const double constant = lgamma(4.8) - lgamma(0.7) - lgamma(1.6) - lgamma(2.5);
    const double density = constant + 0.7 * log(t[0]) + 1.6 * log(t[1]) + 4.5 * log(t[2]);
    const double jacobian = log_det(p, 2, (size_t[]){ 0, 1 }, q);
    assert_close(value_at(p, q), -density - jacobian, 1e-10);
    assert_gradient(p, q);
    wick_potential_free(p);
}
END_TEST

static void correlation_model(wick *h, void *arg)
{
    (void)arg;
    wick_sample(h, "factor", wick_lkj_cholesky(3, 1.7));
}

/* The LKJ density of a factor of three rows is, but for a constant, the sum of
 * (3 - i + 2 (eta - 1)) log L_ii over i = 2, 3. */
static double correlation_by_hand(wick_potential *p, const double *q)
{
    double l[9];

    wick_potential_constrain(p, "factor", q, l, 9);
    const double density = 2.4 * log(l[4]) + 1.4 * log(l[8]);
    return -density - log_det(p, 3, (size_t[]){ 3, 6, 7 }, q);
}

START_TEST(of_a_correlation_factor_it_has_the_jacobian)
{
    wick_potential *p = potential_of(correlation_model, NULL);
    const double a[] = { 0.4, -0.8, 0.3 }, b[] = { -0.2, 0.5, 0.9 };

    ck_assert_uint_eq(wick_potential_dimension(p), 3);
    const double want = correlation_by_hand(p, a) - correlation_by_hand(p, b);
    assert_close(value_at(p, a) - value_at(p, b), want, 1e-9);
    assert_gradient(p, a);
    assert_gradient(p, b);
    wick_potential_free(p);
}
END_TEST

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* With two weights, dirichlet(1/2, 1/2) times the Jacobian w (1 - w) is sqrt(w (1 - w)) / pi. */
static double five_points_by_hand(const double *q)
{
    const double v = logistic(q[0]), scale = exp(q[1]);
    double sum = 0.5 * log(v * (1.0 - v)) - 1.14472988584940017414; /* log pi */

    sum += log_normal(q[1], 0.0, 2.0) + log_normal(q[2], 0.0, 10.0) + log_normal(q[3], 0.0, 10.0);
    for (int i = 0; i < FIVE; i++)
        sum += log(v * exp(log_normal(FIVE_POINTS[i], q[2], scale)) +
            (1.0 - v) * exp(log_normal(FIVE_POINTS[i], q[3], scale)));
    return -sum;
}

START_TEST(discrete_sites_are_summed_out)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    wick_potential *p = potential_of(five_point_model, &f);
    const double q[][4] = { { 0.3, 0.9, 10.2, 1.1 }, { -1.2, 1.7, -3.0, 8.0 } };

    ck_assert_uint_eq(wick_potential_site_count(p), 3);
    ck_assert_str_eq(wick_potential_site(p, 0), "weights");
    ck_assert_str_eq(wick_potential_site(p, 2), "locs");
    ck_assert_ptr_null(wick_potential_site(p, 3));
    ck_assert_uint_eq(wick_potential_size(p, NULL), 5);
    for (int i = 0; i < 2; i++) {
        assert_close(value_at(p, q[i]), five_points_by_hand(q[i]), 1e-14);
        assert_gradient(p, q[i]);
    }
    wick_potential_free(p);
}
END_TEST

/* --- a density of one's own -------------------------------------------------------------------- */

static wick_var quartic(wick *h, wick_var q, void *arg)
{
    const double *centre = arg;

    (void)h;
    return wick_neg(wick_sum_axis(wick_square(wick_square(wick_sub(q, *centre))), 0));
}

START_TEST(a_function_of_a_vector_will_do)
{
    double centre = 0.4;
    wick_potential *p = wick_potential_of_density(w, quartic, &centre, 3, NULL);
    const double q[] = { 1.4, -0.6, 0.9 };
    double gradient[3], z[3];

    assert_close(wick_potential_value(p, q, gradient), 1.0 + 1.0 + 0.0625, 1e-14);
    for (int i = 0; i < 3; i++)
        assert_close(gradient[i], 4.0 * pow(q[i] - 0.4, 3.0), 1e-14);
    ck_assert_str_eq(wick_potential_site(p, 0), "q");
    ck_assert_uint_eq(wick_potential_constrain(p, "q", q, z, 3), 3);
    assert_same_bits(z, q, 3);
    wick_potential_free(p);
}
END_TEST

/* --- several ----------------------------------------------------------------------------------- */

START_TEST(several_in_one_handle_do_not_meet)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    double centre = 0.4;
    const double q[] = { 0.3, 0.9, 10.2, 1.1 };
    wick_potential *a = potential_of(five_point_model, &f);
    const double want = value_at(a, q);
    wick_params_clear(w);
    wick_potential *b = wick_potential_of_density(w, quartic, &centre, 2, NULL);
    const double other = value_at(b, q);

    for (int i = 0; i < 6; i++) {
        ck_assert_double_eq(value_at(a, q), want);
        ck_assert_double_eq(value_at(b, q), other);
    }
    ck_assert_uint_eq(wick_param_count(w), 2);
    wick_potential_free(a);
    ck_assert_double_eq(value_at(b, q), other);
    wick_potential_free(b);
    ck_assert_uint_eq(wick_param_count(w), 0);
}
END_TEST

/* --- where there is no density ----------------------------------------------------------------- */

static wick_var half_line(wick *h, wick_var q, void *arg)
{
    (void)h;
    (void)arg;
    return wick_sum_axis(wick_sub(wick_log(q), q), 0);
}

START_TEST(outside_the_density_it_is_infinite)
{
    wick_potential *p = wick_potential_of_density(w, half_line, NULL, 2, NULL);
    const double inside[] = { 0.5, 2.0 }, outside[] = { 0.5, -2.0 }, edge[] = { 0.0, 1.0 };
    double gradient[2];

    for (int i = 0; i < 9; i++) { /* among them runs in which the recording is checked */
        ck_assert_double_eq(wick_potential_value(p, outside, gradient), INFINITY);
        ck_assert(isnan(gradient[0]) && isnan(gradient[1]));
        ck_assert_double_eq(wick_potential_value(p, edge, NULL), INFINITY);
        assert_close(wick_potential_value(p, inside, gradient), 2.5, 1e-14);
        assert_close(gradient[0], -1.0, 1e-14);
        assert_ok(w);
    }
    wick_potential_free(p);
}
END_TEST

static void factor_model(wick *h, void *arg)
{
    static const double X[] = { 0.8, -0.3 }, OFF[] = { 0.0, 1.0, 1.0, 0.0 },
                        ONE[] = { 1.0, 0.0, 0.0, 1.0 };
    const wick_var c = wick_sample(h, "c", wick_normal(0.0, 1.0));
    const wick_var a = wick_add(wick_const(h, ONE, 2, 2), wick_mul(wick_const(h, OFF, 2, 2), c));

    (void)arg;
    wick_observe(h, "x", wick_multivariate_normal(wick_fill(h, 0.0, 2), wick_cholesky(a)),
        wick_const(h, X, 2));
}

/* [1 c; c 1] has no factor for |c| > 1; at c = 0.5 the quadratic form of (0.8, -0.3) is 0.97 /
 * 0.75. */
START_TEST(a_matrix_without_a_factor_is_no_error)
{
    wick_potential *p = potential_of(factor_model, NULL);
    const double inside[] = { 0.5 }, outside[] = { 1.5 };
    const double want = -log_normal(0.5, 0.0, 1.0) + 1.83787706640934548356 + 0.5 * log(0.75) +
        0.5 * (0.64 + 0.09 + 0.24) / 0.75;

    for (int i = 0; i < 9; i++) {
        ck_assert_double_eq(value_at(p, outside), INFINITY);
        assert_close(value_at(p, inside), want, 1e-14);
    }
    wick_potential_free(p);
}
END_TEST

/* A trajectory that diverges goes anywhere; each value is asked of a potential that was never
 * run. */
START_TEST(far_away_there_is_no_error)
{
    static const double FAR[] = { 40.0, 800.0, 1e10, 1e300, INFINITY, NAN };
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    void (*const model[])(
        wick * h, void *arg) = { normal_model, simplex_model, correlation_model, five_point_model };

    for (int m = 0; m < 4; m++)
        for (int i = 0; i < 12; i++) {
            wick_potential *p = potential_of(model[m], m == 3 ? &f : NULL);
            double q[4], gradient[4];
            for (int j = 0; j < 4; j++)
                q[j] = i % 2 || j % 2 ? FAR[i / 2] : -FAR[i / 2];
            for (int run = 0; run < 4; run++) {
                ck_assert_double_gt(wick_potential_value(p, q, gradient), 10.0);
                assert_ok(w);
            }
            wick_potential_free(p);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("potential");
    TCase *tests = new_case(suite, "potential");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, of_a_positive_site_it_has_the_jacobian);
    tcase_add_test(tests, of_a_simplex_it_has_the_jacobian);
    tcase_add_test(tests, of_a_correlation_factor_it_has_the_jacobian);
    tcase_add_test(tests, discrete_sites_are_summed_out);
    tcase_add_test(tests, a_function_of_a_vector_will_do);
    tcase_add_test(tests, several_in_one_handle_do_not_meet);
    tcase_add_test(tests, outside_the_density_it_is_infinite);
    tcase_add_test(tests, a_matrix_without_a_factor_is_no_error);
    tcase_add_test(tests, far_away_there_is_no_error);
    return run_suite(suite);
}
