/* Gradients of densities against differences, and the gradients that must be nothing. */
#include "dist/dist.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"

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

/* --- gradients ------------------------------------------------------------------------------- */

/* What an input varies over: A is the larger plate, B the smaller one. */
enum { NONE = 0, A = 1, B = 2 };

static const struct pattern {
    const char *name;
    unsigned value, parameters;
    size_t value_batch, parameter_batch;
    bool masked;
} PATTERNS[] = {
    { "scalars", NONE, NONE, 0, 0, false },
    { "value over a plate", A, NONE, 0, 0, false },
    { "parameters over a plate", NONE, A, 0, 0, false },
    { "both over one plate", A, A, 0, 0, false },
    { "over two plates", A, B, 0, 0, false },
    { "an event and a plate", A, NONE, 3, 0, false },
    { "parameters with an event", A, B, 0, 3, false },
    { "events over plates", A, A | B, 3, 3, false },
    { "masked", A, NONE, 0, 0, true },
    { "masked, parameters over a plate", A, A, 3, 0, true },
};

enum { N_PATTERNS = sizeof PATTERNS / sizeof *PATTERNS };

/* A density with its inputs as they were, to be evaluated again. */
struct trial {
    const wick_dist_type *type;
    wick_node *in[1 + WICK_MAX_PARAMETERS];
    wick_node *mask, *weights;
};

static uint32_t set_of(unsigned plates, const uint32_t *set)
{
    uint32_t dims = 0;

    for (unsigned i = 0; i < 2; i++)
        dims = plates & (1u << i) ? wicki_set_union(w, dims, set[i]) : dims;
    return dims;
}

static double two_of_three(size_t member)
{
    return member % 3 != 1 ? 1 : 0;
}

static struct trial trial_of(const wick_dist_type *type, const struct pattern *p)
{
    const uint32_t set[2] = { plate(w, "a", 203), plate(w, "b", 3) };
    struct trial t = { .type = type };

    t.in[0] = input(w, type, 0, p->value_batch, set_of(p->value, set));
    for (size_t j = 1; j <= type->n_parameters; j++)
        t.in[j] = input(w, type, j, p->parameter_batch, set_of(p->parameters, set));
    if (is_named(type, "delta")) /* at its point: the same numbers, in another node */
        t.in[1] = input(w, type, 0, p->value_batch, set_of(p->value, set));
    t.mask = p->masked ? over(w, set[0], two_of_three) : NULL;
    t.weights = over(w, set_of(p->value | p->parameters, set), weight);
    return t;
}

static wick_var loss_of(const struct trial *t)
{
    const wick_dist dist = dist_of(w, t->type, t->in + 1);
    wick_node *density = wicki_log_prob(w, &dist, t->in[0], t->mask);

    assert_ok(w);
    ck_assert_uint_eq(density->rank, 0);
    return wick_total(wick_mul(wicki_var_of(w, density), wicki_var_of(w, t->weights)));
}

/* The loss with an element moved by h, and another one with it: on the simplex it makes room. */
static double moved_loss(const struct trial *t, double *at, double *other, double sign, double h)
{
    const double kept = *at, kept_other = other ? *other : 0;

    *at += h;
    if (other)
        *other += sign * h;
    const double loss = wick_value(loss_of(t));
    *at = kept;
    if (other)
        *other = kept_other;
    return loss;
}

/* d/dh at 0 from six points, to about h^6 and what rounding the loss makes of it */
static double difference(
    const struct trial *t, double *at, double *other, double sign, double *error)
{
    const double h = 0.004 * fmin(1, fabs(*at) + 0.1);
    double f[7];

    for (int i = -3; i <= 3; i++)
        f[i + 3] = i == 0 ? 0 : moved_loss(t, at, other, sign, i * h);
    *error = 8 * DBL_EPSILON * fabs(f[4]) / h;
    return (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
}

/* Which elements are tried: the ends, and a few between. */
static bool tried(size_t i, size_t n)
{
    return n < 30 || i < 2 || i + 2 >= n || i % (n / 30 | 41) == 7;
}

/* The element that goes along with e: the next one of the row, or the one across the diagonal. */
static size_t partner(wick_constraint_kind kind, size_t n, size_t e)
{
    const size_t i = e / n % n, j = e % n;

    return kind == WICK_SIMPLEX ? e - j + (j + 1) % n : e - i * n - j + j * n + i;
}

static void check_input(
    const struct trial *t, size_t j, const double *gradient, const char *pattern)
{
    wick_node *x = t->in[j];
    const size_t n = x->members * x->elements, k = point_of(t->type)->n;
    const wick_constraint_kind kind = j == 0 ? t->type->support.kind : WICK_REAL;
    const double sign = kind == WICK_SIMPLEX ? -1 : 1;

    for (size_t i = 0; i < n; i++) {
        if (!tried(i, n))
            continue;
        const bool tied = kind == WICK_SIMPLEX || kind == WICK_POSITIVE_DEFINITE;
        const size_t e = i / x->members,
                     other = tied ? partner(kind, k, e) * x->members + i % x->members : i;
        double error;
        const double want =
            difference(t, x->value + i, other == i ? NULL : x->value + other, sign, &error);
        const double got = gradient[i] + (other == i ? 0 : sign * gradient[other]);
        assert_ok(w);
        ck_assert_msg(fabs(got - want) <= 1e-9 * fmax(1, fabs(want)) + error,
            "%s, %s: derivative in input %zu at %zu is %.15g, not %.15g", t->type->name, pattern, j,
            i, got, want);
    }
}

START_TEST(gradients_match_differences)
{
    const wick_dist_type *type = wicki_dists[_i / N_PATTERNS];
    const struct pattern *pattern = &PATTERNS[_i % N_PATTERNS];
    const struct trial t = trial_of(type, pattern);
    const wick_var loss = loss_of(&t);
    double *gradient[1 + WICK_MAX_PARAMETERS] = { NULL };

    wick_backward(loss);
    assert_ok(w);
    for (size_t j = 0; j <= type->n_parameters; j++) {
        const size_t n = t.in[j]->members * t.in[j]->elements;
        gradient[j] = calloc(n, sizeof **gradient);
        if (t.in[j]->adjoint)
            memcpy(gradient[j], t.in[j]->adjoint, n * sizeof **gradient);
    }
    for (size_t j = 0; j <= type->n_parameters; j++) {
        if (is_named(type, "delta")) /* no derivative exists: none is sent */
            for (size_t i = 0; i < t.in[j]->members * t.in[j]->elements; i++)
                ck_assert_double_eq(gradient[j][i], 0);
        else if (is_smooth(type, j) && (j > 0 || type->support.kind != WICK_CORR_CHOLESKY))
            check_input(&t, j, gradient[j], pattern->name);
        free(gradient[j]);
    }
}
END_TEST

START_TEST(every_type_has_a_point_to_check_gradients_at)
{
    ck_assert_uint_eq(wicki_n_dists, TYPES);
    for (size_t i = 0; i < wicki_n_dists; i++)
        ck_assert_ptr_nonnull(point_of(wicki_dists[i]));
}
END_TEST

START_TEST(a_value_outside_the_support_has_zero_gradients)
{
    const wick_dist_type *type = wicki_dists[_i];
    struct trial t = trial_of(type, &PATTERNS[3]);

    if (type->support.kind == WICK_REAL)
        return;
    t.in[0]->value[17] = is_named(type, "von_mises") ? INFINITY : -7.25; /* any angle is inside */
    const wick_dist dist = dist_of(w, type, t.in + 1);
    const wick_var density = wicki_var_of(w, wicki_log_prob(w, &dist, t.in[0], NULL));
    ck_assert_double_eq(w->tape->node[density.node]->value[17], -INFINITY);
    /* -inf is the outcome that a log-sum-exp with another case gives no weight */
    wick_backward(wick_total(wick_where(wick_less(density, -1e300), -3.0, density)));
    assert_ok(w);
    for (size_t j = 0; j <= type->n_parameters; j++)
        for (size_t e = 0; t.in[j]->adjoint && e < t.in[j]->elements; e++)
            ck_assert_double_eq(t.in[j]->adjoint[e * t.in[j]->members + 17], 0);
}
END_TEST

START_TEST(an_impossible_category_has_a_finite_gradient)
{
    const double probs[] = { 0.4, 0.0, 1.7 };
    wick_node *p = wicki_leaf(w, NULL, 1, (size_t[]){ 3 }, 0, true);

    memcpy(p->value, probs, sizeof probs);
    for (double k = 0; k < 3; k++) {
        const wick_var x = wick_log_prob(w, wick_categorical(wicki_var_of(w, p)), wick_num(w, k));
        const wick_var bounded = wick_add(wick_exp(x), 0.7);
        wick_backward(bounded);
        assert_ok(w);
        const double sum = 2.1, own = probs[(int)k];
        for (int j = 0; j < 3; j++) /* d (p_k / sum) / d p_j */
            ck_assert_double_eq_tol(
                p->adjoint[j], ((j == (int)k && own > 0) - own / sum) / sum, 1e-15);
    }
}
END_TEST

/* With no count the derivative in the rate is -1 down to rate 0 itself. */
START_TEST(a_rate_of_0_has_a_finite_gradient)
{
    wick_node *rate = wicki_leaf(w, NULL, 0, NULL, 0, true);

    for (double x = 0; x < 2; x++) {
        rate->value[0] = 0;
        const wick_var p = wick_log_prob(w, wick_poisson(wicki_var_of(w, rate)), wick_num(w, x));
        wick_backward(wick_add(wick_exp(p), 0.7));
        assert_ok(w);
        ck_assert_double_eq(wick_value(p), x > 0 ? -INFINITY : 0);
        ck_assert_double_eq(rate->adjoint[0], x > 0 ? 0 : -1);
    }
}
END_TEST

/* --- masks ----------------------------------------------------------------------------------- */

START_TEST(masked_elements_are_not_looked_at)
{
    const wick_dist_type *type = wicki_dists[_i];
    struct trial t = trial_of(type, &PATTERNS[9]);

    for (size_t j = 0; j <= type->n_parameters; j++)
        for (size_t e = 0; e < t.in[j]->elements; e++)
            for (size_t m = 1; m < t.in[j]->members; m += 3)
                t.in[j]->value[e * t.in[j]->members + m] = NAN;
    const wick_dist dist = dist_of(w, type, t.in + 1);
    const wick_node *density = wicki_log_prob(w, &dist, t.in[0], t.mask);
    assert_ok(w);
    for (size_t m = 0; m < density->members; m++) {
        ck_assert(isfinite(density->value[m]));
        ck_assert(m % 3 != 1 || density->value[m] == 0);
    }
    wick_backward(loss_of(&t));
    assert_ok(w);
    for (size_t j = 0; j <= type->n_parameters; j++)
        for (size_t i = 0; t.in[j]->adjoint && i < t.in[j]->elements * t.in[j]->members; i++)
            ck_assert_msg(isfinite(t.in[j]->adjoint[i]) &&
                    (i % t.in[j]->members % 3 != 1 || t.in[j]->adjoint[i] == 0),
                "%s: gradient %g", type->name, t.in[j]->adjoint[i]);
}
END_TEST

/* --- from elsewhere -------------------------------------------------------------------------- */

static void laplace_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = -fabs(in[0][i]) - log(2);
}

static void laplace_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++)
        partial[0][i] = in[0][i] < 0 ? 1 : -1;
}

/* Its op has no shape rule, so it has never heard of masks. */
START_TEST(a_type_from_elsewhere_is_masked_too)
{
    static const wick_op op = { .name = "my_laplace",
        .value = laplace_value,
        .partials = laplace_partials,
        .sum_event = true };
    const wick_dist_type type = { .name = "laplace", .log_prob = &op };
    const uint32_t a = plate(w, "a", 200);
    const wick_dist dist = { .type = &type };
    wick_node *x = wicki_leaf(w, NULL, 1, (size_t[]){ 2 }, a, true),
              *mask = over(w, a, two_of_three);

    for (size_t i = 0; i < 400; i++)
        x->value[i] = i % 200 % 3 == 1 ? NAN : scatter(i);
    const wick_node *density = wicki_log_prob(w, &dist, x, mask);
    wick_backward(wick_total(wicki_var_of(w, density)));
    assert_ok(w);
    for (size_t i = 0; i < 200; i++) {
        const double want =
            i % 3 == 1 ? 0 : -fabs(x->value[i]) - fabs(x->value[200 + i]) - 2 * log(2);
        ck_assert_double_eq_tol(density->value[i], want, 1e-15);
        ck_assert_double_eq(x->adjoint[i], i % 3 == 1 ? 0 : x->value[i] < 0 ? 1 : -1);
    }
    ck_assert_ptr_null(wicki_dist_draw(w, &dist));
    assert_error(w, WICK_ERR_STATE, "my_laplace: it cannot be drawn from");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("density gradients");
    TCase *slopes = new_case(suite, "gradients");

    tcase_add_checked_fixture(slopes, setup, teardown);
    tcase_add_test(slopes, every_type_has_a_point_to_check_gradients_at);
    tcase_add_loop_test(slopes, gradients_match_differences, 0, TYPES * N_PATTERNS);
    tcase_add_loop_test(slopes, masked_elements_are_not_looked_at, 0, TYPES);
    tcase_add_loop_test(slopes, a_value_outside_the_support_has_zero_gradients, 0, TYPES);
    tcase_add_test(slopes, a_type_from_elsewhere_is_masked_too);
    tcase_add_test(slopes, an_impossible_category_has_a_finite_gradient);
    tcase_add_test(slopes, a_rate_of_0_has_a_finite_gradient);
    return run_suite(suite);
}
