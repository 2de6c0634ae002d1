/* The normal over the members of a plate, where it has kernels of its own: against the loop over
 * formulas that serves for masked densities. */
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

/* --- the two ways ------------------------------------------------------------------------------ */

/* What an input varies over: A is the innermost dimension. */
enum { NONE = 0, A = 1, B = 2, C = 4 };

static const struct pattern {
    const char *name;
    unsigned varies[3]; /* value, loc, scale */
    size_t event[3];    /* 0: a scalar */
} PATTERNS[] = {
    { "value", { A, NONE, NONE }, { 0, 0, 0 } },
    { "loc", { NONE, A, NONE }, { 0, 0, 0 } },
    { "value and loc", { A, A, NONE }, { 0, 0, 0 } },
    { "a mixture", { A, B, B }, { 3, 3, 3 } },
    { "a mixture with one scale", { A, B, NONE }, { 3, 3, 0 } },
    { "locs that vary in a mixture of values", { B, A, B }, { 9, 9, 9 } },
    { "nested values", { A | B, B, NONE }, { 0, 0, 0 } },
    { "nested values of a global loc", { A | B, NONE, C }, { 0, 2, 0 } },
    { "two mixtures", { A, B, C }, { 2, 2, 2 } },
    { "one number with many locs", { A, B | C, C }, { 0, 8, 0 } },
    { "regressions", { A, A | B, B | C }, { 0, 4, 4 } },
    { "everything but scale", { A | C, A | B, B | C }, { 2, 0, 2 } },
};

enum { N_PATTERNS = sizeof PATTERNS / sizeof *PATTERNS };

static wick_node *leaf(uint32_t dims, size_t event, double centre, double width)
{
    wick_node *x = wicki_leaf(w, NULL, event > 0, &event, dims, true);

    for (size_t i = 0; i < x->members * x->elements; i++)
        x->value[i] = centre + width * scatter(3 * i + x->members);
    return x;
}

static double one(size_t member)
{
    (void)member;
    return 1;
}

/* The density's values, then the gradients of the three inputs, of a sum with weights. */
static size_t collect(wick_node *const *in, wick_node *mask, double *out)
{
    const wick_dist dist = { .type = &wicki_dist_normal,
        .parameter = {
            wick_operand_var(wicki_var_of(w, in[1])), wick_operand_var(wicki_var_of(w, in[2])) } };
    const wick_node *density = wicki_log_prob(w, &dist, in[0], mask);
    wick_node *weights = over(w, density->dims, weight);
    size_t n = density->members;

    memcpy(out, density->value, n * sizeof *out);
    wick_backward(wick_total(wick_mul(wicki_var_of(w, density), wicki_var_of(w, weights))));
    assert_ok(w);
    for (size_t j = 0; j < 3; n += in[j]->members * in[j]->elements, j++)
        memcpy(out + n, in[j]->adjoint, in[j]->members * in[j]->elements * sizeof *out);
    return n;
}

static void assert_ways_agree(wick_node *const *in, uint32_t a, const char *name)
{
    static double fast[20000], slow[20000];
    const size_t n = collect(in, NULL, fast);

    ck_assert_uint_eq(collect(in, over(w, a, one), slow), n);
    for (size_t i = 0; i < n; i++)
        if (!(fabs(fast[i] - slow[i]) <= 1e-12 * fmax(1, fabs(slow[i]))))
            ck_abort_msg("%s: number %zu of %zu is %.17g, not %.17g", name, i, n, fast[i], slow[i]);
}

START_TEST(kernels_and_formulas_agree)
{
    static const size_t sizes[] = { 5, 8, 203 };
    const struct pattern *p = &PATTERNS[_i];

    for (size_t s = 0; s < 3; s++) {
        const uint32_t set[] = { plate(w, "a", sizes[s]), plate(w, "b", 3), plate(w, "c", 2) };
        wick_node *in[3];
        for (size_t j = 0; j < 3; j++) {
            uint32_t dims = 0;
            for (unsigned k = 0; k < 3; k++)
                dims = p->varies[j] & (1u << k) ? wicki_set_union(w, dims, set[k]) : dims;
            in[j] = leaf(dims, p->event[j], j == 2 ? 1.4 : 0.3, j == 2 ? 1.1 : 1.9);
        }
        assert_ways_agree(in, set[0], p->name);
        wick_reset(w);
    }
}
END_TEST

/* --- inputs that meet ---------------------------------------------------------------------------- */

/* At its own loc a value has the density -log scale - log(2 pi) / 2 and no slope. */
START_TEST(a_value_may_be_its_own_loc)
{
    const uint32_t a = plate(w, "a", 37);
    wick_node *x = leaf(a, 0, 0.3, 1.7), *scale = leaf(0, 0, 1.3, 0.2);
    const wick_var v = wicki_var_of(w, x), s = wicki_var_of(w, scale);

    wick_backward(wick_total(wick_log_prob(w, wick_normal(v, s), v)));
    assert_ok(w);
    for (size_t i = 0; i < 37; i++)
        ck_assert_double_eq(x->adjoint[i], 0);
    assert_close(*scale->adjoint, -37 / *scale->value, 1e-15);
}
END_TEST

/* A product of densities, each of which adds to the same three gradients. */
START_TEST(gradients_of_several_densities_add_up)
{
    const uint32_t a = plate(w, "a", 53);
    wick_node *x = leaf(a, 0, 0.3, 1.7), *loc = leaf(0, 0, -0.6, 0.2),
              *scale = leaf(0, 0, 1.3, 0.2);
    const wick_dist dist = wick_normal(wicki_var_of(w, loc), wicki_var_of(w, scale));
    const wick_var once = wick_total(wick_log_prob(w, dist, wicki_var_of(w, x)));
    double want = 0, by_x[53];

    wick_backward(once);
    want = *loc->adjoint;
    memcpy(by_x, x->adjoint, sizeof by_x);
    const wick_var again = wick_total(wick_log_prob(w, dist, wicki_var_of(w, x)));
    wick_backward(wick_add(once, wick_mul(again, 2.0)));
    assert_ok(w);
    assert_close(*loc->adjoint, 3 * want, 1e-14);
    for (size_t i = 0; i < 53; i++)
        assert_close(x->adjoint[i], 3 * by_x[i], 1e-14);
}
END_TEST

/* --- members that do not count ------------------------------------------------------------------- */

START_TEST(members_with_a_zero_adjoint_add_nothing)
{
    static const double bad[] = { INFINITY, NAN, -INFINITY };
    const uint32_t a = plate(w, "a", 203);
    wick_node *x = leaf(a, 0, 0.3, 1.7), *loc = leaf(0, 0, -0.6, 0.2),
              *scale = leaf(0, 0, 1.3, 0.2);
    wick_node *counts = over(w, a, one);
    double by_loc = 0, by_scale = 0;

    for (size_t i = 0; i < 203; i++) {
        const double s = *scale->value, z = (x->value[i] - *loc->value) / s;
        if (i % 7 == 4) {
            x->value[i] = bad[i % 3];
            counts->value[i] = 0;
        } else {
            by_loc += z / s;
            by_scale += (z * z - 1) / s;
        }
    }
    const wick_dist dist = wick_normal(wicki_var_of(w, loc), wicki_var_of(w, scale));
    const wick_var density = wick_log_prob(w, dist, wicki_var_of(w, x));
    wick_backward(wick_total(
        wick_where(wick_less(0.5, wicki_var_of(w, counts)), density, wick_num(w, -3.0))));
    assert_ok(w);
    assert_close(*loc->adjoint, by_loc, 1e-13);
    assert_close(*scale->adjoint, by_scale, 1e-13);
    for (size_t i = 0; i < 203; i++)
        ck_assert(i % 7 == 4 ? x->adjoint[i] == 0 : isfinite(x->adjoint[i]));
}
END_TEST

START_TEST(a_scale_that_is_not_positive_is_explained)
{
    const uint32_t a = plate(w, "a", 203), b = plate(w, "b", 3);
    wick_node *x = leaf(a, 2, 0.3, 1.7), *scale = leaf(b, 2, 1.3, 0.2);
    char text[128] = "";

    scale->value[3 + 1] = -0.5;
    const wick_dist dist = wick_normal(0.3, wicki_var_of(w, scale));
    const wick_node *density = wicki_log_prob(w, &dist, x, NULL);
    assert_ok(w);
    for (size_t i = 0; i < 3 * 203; i++)
        ck_assert(isnan(density->value[i]) == (i / 203 == 1));
    density->op->explain(density, 203 + 17, text, sizeof text);
    ck_assert_msg(strstr(text, "scale at [1] is -0.5, must be positive"), "%s", text);
}
END_TEST

/* Both ways raise an error for what no memory could hold. */
START_TEST(sizes_that_fit_nowhere_are_an_error)
{
    const size_t many = (size_t)1 << 20;
    const uint32_t a = plate(w, "a", many), b = plate(w, "b", many), c = plate(w, "c", many);
    const wick_dist dist =
        wick_normal(wicki_var_of(w, over(w, b, one)), wicki_var_of(w, over(w, c, one)));

    ck_assert_ptr_null(wicki_log_prob(w, &dist, over(w, a, one), NULL));
    ck_assert_int_ne(wick_status(w), WICK_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("normal");
    TCase *plates = new_case(suite, "plates");

    tcase_add_checked_fixture(plates, setup, teardown);
    tcase_add_loop_test(plates, kernels_and_formulas_agree, 0, N_PATTERNS);
    tcase_add_test(plates, a_value_may_be_its_own_loc);
    tcase_add_test(plates, gradients_of_several_densities_add_up);
    tcase_add_test(plates, members_with_a_zero_adjoint_add_nothing);
    tcase_add_test(plates, a_scale_that_is_not_positive_is_explained);
    tcase_add_test(plates, sizes_that_fit_nowhere_are_an_error);
    return run_suite(suite);
}
