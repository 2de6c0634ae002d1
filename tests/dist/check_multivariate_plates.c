/* Multivariate normals whose value varies over a plate and whose parameters do not. */
#include "dist/density.h"

#include <wick/wick.h>

#include "../support/suite.h"
#include "cases.h"

/* N is the plate of the data; K, L and M are smaller ones. */
enum { NONE = 0, N = 1, K = 2, L = 4, M = 8 };

static const struct pattern {
    size_t d, n, k;
    unsigned x, loc, tril;
    bool fixed_x; /* no gradient is wanted there */
} PATTERNS[] = {
    { 2, 1000, 3, N, K, K, true },
    { 2, 103, 3, N, K, K, false },
    { 1, 41, 5, N, K, NONE, false },
    { 3, 57, 4, N | K, NONE, K, false },
    { 4, 77, 2, N | K | L, L | M, K | M, false },
    { 5, 300, 3, N, K, K, false },
    { 8, 150, 11, N, K, K, true }, /* the quadratic form, from here on */
    { 8, 1501, 9, N, K, NONE, true },
    { 9, 143, 4, N, K | L, L, true },
    { 12, 211, 8, N, NONE, K, true },
    { 8, 150, 11, N, K, K, false }, /* but not with a gradient for x */
    { 8, 37, 11, N | K, K, K, true },
};

enum { N_PATTERNS = sizeof PATTERNS / sizeof *PATTERNS };

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

struct trial {
    wick_node *in[3], *weights, *ones;
};

static wick_node *leaf(size_t rank, size_t d, uint32_t dims, bool smooth, size_t seed)
{
    wick_node *x = wicki_leaf(w, NULL, rank, (size_t[]){ d, d }, dims, smooth);

    assert_ok(w);
    for (size_t i = 0; i < x->members * x->elements; i++)
        x->value[i] = 2.3 * scatter(i + seed);
    return x;
}

/* 1.6 and more on the diagonal, nonsense above it, and numbers that leave L well conditioned. */
static void make_factor(wick_node *x, size_t d)
{
    for (size_t e = 0; e < d * d; e++)
        for (size_t m = 0; m < x->members; m++) {
            double *l = x->value + e * x->members + m;
            *l = e / d == e % d ? 1.6 + 0.3 * *l : e % d > e / d ? 1e9 : *l / (double)d;
        }
}

static struct trial trial_of(const struct pattern *p)
{
    const uint32_t set[4] = { plate(w, "n", p->n), plate(w, "k", p->k), plate(w, "l", 2),
        plate(w, "m", 3) };
    const unsigned over[3] = { p->x, p->loc, p->tril };
    uint32_t dims[3] = { 0, 0, 0 };
    struct trial t;

    for (size_t j = 0; j < 3; j++) {
        for (unsigned i = 0; i < 4; i++)
            dims[j] = over[j] & (1u << i) ? wicki_set_union(w, dims[j], set[i]) : dims[j];
        t.in[j] = leaf(j < 2 ? 1 : 2, p->d, dims[j], j > 0 || !p->fixed_x, 100 * j);
    }
    make_factor(t.in[2], p->d);
    t.weights =
        leaf(0, 0, wicki_set_union(w, wicki_set_union(w, dims[0], dims[1]), dims[2]), false, 300);
    t.ones = leaf(0, 0, set[0], false, 0);
    for (size_t i = 0; i < t.ones->members; i++)
        t.ones->value[i] = 1;
    return t;
}

static wick_node *density_of(const struct trial *t, wick_node *mask)
{
    const wick_dist dist =
        wick_multivariate_normal(wicki_var_of(w, t->in[1]), wicki_var_of(w, t->in[2]));
    wick_node *density = wicki_log_prob(w, &dist, t->in[0], mask);

    assert_ok(w);
    return density;
}

static wick_var loss_of(const struct trial *t, wick_node *density)
{
    return wick_total(wick_mul(wicki_var_of(w, density), wicki_var_of(w, t->weights)));
}

/* The gradients of a loss, each an array of its own. */
static void gradients_of(const struct trial *t, wick_var loss, double **gradient)
{
    wick_backward(loss);
    assert_ok(w);
    for (size_t j = 0; j < 3; j++) {
        const size_t n = t->in[j]->members * t->in[j]->elements;
        gradient[j] = calloc(n, sizeof **gradient);
        if (t->in[j]->adjoint)
            memcpy(gradient[j], t->in[j]->adjoint, n * sizeof **gradient);
    }
}

static bool is_planned(const wick_node *density)
{
    return ((const wicki_density *)density->data)->plan != NULL;
}

/* To rounding of the largest. */
static void check_same(size_t j, size_t n, const double *got, const double *want)
{
    double size = 1;

    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(want[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= 1e-12 * size))
            ck_abort_msg("input %zu at %zu: %.17g, not %.17g", j, i, got[i], want[i]);
}

/* A mask of ones keeps to the general way, which solves member by member. */
START_TEST(kernels_agree_with_the_general_way)
{
    const struct trial t = trial_of(&PATTERNS[_i]);
    wick_node *planned = density_of(&t, NULL), *general = density_of(&t, t.ones);
    double *got[3], *want[3];

    ck_assert(is_planned(planned) && !is_planned(general));
    for (size_t i = 0; i < planned->members; i++)
        if (!(fabs(planned->value[i] - general->value[i]) <= 1e-12 * fabs(general->value[i])))
            ck_abort_msg("density %zu: %.17g, %.17g", i, planned->value[i], general->value[i]);
    gradients_of(&t, loss_of(&t, planned), got);
    gradients_of(&t, loss_of(&t, general), want);
    for (size_t j = 0; j < 3; j++) {
        check_same(j, t.in[j]->members * t.in[j]->elements, got[j], want[j]);
        free(got[j]);
        free(want[j]);
    }
}
END_TEST

/* d/dh at 0 from six points */
static double difference(const struct trial *t, double *at)
{
    const double kept = *at, h = 0.004;
    double f[7];

    for (int i = -3; i <= 3; i++) {
        *at = kept + i * h;
        f[i + 3] = i == 0 ? 0 : wick_value(loss_of(t, density_of(t, NULL)));
    }
    *at = kept;
    return (45 * (f[4] - f[2]) - 9 * (f[5] - f[1]) + (f[6] - f[0])) / (60 * h);
}

START_TEST(gradients_match_differences)
{
    const struct trial t = trial_of(&PATTERNS[_i]);
    double *gradient[3];

    gradients_of(&t, loss_of(&t, density_of(&t, NULL)), gradient);
    for (size_t j = 0; j < 3; j++) {
        const wick_node *x = t.in[j];
        const size_t n = x->members * x->elements;
        for (size_t i = 0; x->differentiable && i < n; i += 1 + n / 7) {
            const double want = difference(&t, x->value + i);
            if (!(fabs(gradient[j][i] - want) <= 1e-8 * fmax(1, fabs(want))))
                ck_abort_msg("input %zu at %zu: %.17g, not %.17g", j, i, gradient[j][i], want);
        }
        free(gradient[j]);
    }
}
END_TEST

START_TEST(a_gradient_wanted_of_one_input_only_is_the_same)
{
    const struct pattern *p = &PATTERNS[_i];
    const struct trial all = trial_of(p);
    double *want[3], *got[3];

    gradients_of(&all, loss_of(&all, density_of(&all, NULL)), want);
    for (size_t j = 0; j < 3; j++) {
        struct trial t = all;
        if (!all.in[j]->differentiable)
            continue;
        for (size_t k = 0; k < 3; k++)
            if (k != j) {
                t.in[k] = wicki_leaf(w, all.in[k]->value, k < 2 ? 1 : 2, (size_t[]){ p->d, p->d },
                    all.in[k]->dims, false);
                assert_ok(w);
            }
        gradients_of(&t, loss_of(&t, density_of(&t, NULL)), got);
        check_same(j, t.in[j]->members * t.in[j]->elements, got[j], want[j]);
        for (size_t k = 0; k < 3; k++)
            free(got[k]);
    }
    for (size_t j = 0; j < 3; j++)
        free(want[j]);
}
END_TEST

/* Backward from another loss adds up anew: the sums of the first are gone. */
START_TEST(a_second_backward_starts_from_nothing)
{
    const struct trial t = trial_of(&PATTERNS[_i]);
    const wick_var loss = loss_of(&t, density_of(&t, NULL));
    double *first[3], *second[3];

    gradients_of(&t, loss, first);
    gradients_of(&t, loss, second);
    for (size_t j = 0; j < 3; j++) {
        assert_same_bits(first[j], second[j], t.in[j]->members * t.in[j]->elements);
        free(first[j]);
        free(second[j]);
    }
}
END_TEST

START_TEST(a_bad_factor_is_named)
{
    const struct trial t = trial_of(&PATTERNS[_i]);
    const size_t d = PATTERNS[_i].d;

    t.in[2]->value[(d * d - 1) * t.in[2]->members] = -0.7;
    wick_backward(loss_of(&t, density_of(&t, NULL)));
    assert_error(w, WICK_ERR_NONFINITE, "wick_multivariate_normal", "scale_tril");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multivariate normals over plates");
    TCase *plates = new_case(suite, "plates");

    tcase_add_checked_fixture(plates, setup, teardown);
    tcase_add_loop_test(plates, kernels_agree_with_the_general_way, 0, N_PATTERNS);
    tcase_add_loop_test(plates, gradients_match_differences, 0, N_PATTERNS);
    tcase_add_loop_test(plates, a_gradient_wanted_of_one_input_only_is_the_same, 0, N_PATTERNS);
    tcase_add_loop_test(plates, a_second_backward_starts_from_nothing, 0, N_PATTERNS);
    tcase_add_loop_test(plates, a_bad_factor_is_named, 0, N_PATTERNS);
    return run_suite(suite);
}
