/* Eliminations that give all to one value: the best, or one that is drawn. Against sums and maxima
 * written out here; draws against their probabilities. */
#include "tests/tape/fixture.h"

#include "tape/mixture.h"

static const size_t MEMBERS[] = { 1, 2, 7, 8, 9, 64, 130, 300 };
enum { N_MEMBERS = sizeof MEMBERS / sizeof *MEMBERS };

/* Two factors: a table over plate a and variable v, numbers over v alone. */
typedef struct setting {
    wick *w;
    uint32_t a, v;
    size_t n, k;
    wick_var table, numbers;
} setting;

static setting setting_of(wick *w, size_t n, size_t k, uint64_t seed)
{
    setting s = { .w = w, .n = n, .k = k };

    s.v = other_dim(w, WICKI_ENUMERATED, "v", k);
    s.a = closed_plate(w, "a", n);
    s.numbers = random_leaf(w, 0, NULL, wicki_set_with(w, 0, s.v), seed);
    s.table = random_leaf(w, 0, NULL, wicki_set_with(w, wicki_set_with(w, 0, s.v), s.a), seed + 1);
    return s;
}

static double at(const setting *s, size_t k, size_t i)
{
    return node_of(s->numbers)->value[k] + node_of(s->table)->value[k * s->n + i];
}

static wick_node *eliminated(const setting *s, wicki_elimination how, bool total)
{
    wick_node *factors[2] = { node_of(s->table), node_of(s->numbers) };

    return total ? wicki_mixture_total(s->w, how, 2, factors, s->v, 1.5)
                 : wicki_mixture(s->w, how, 2, factors, s->v);
}

static size_t best(const setting *s, size_t i)
{
    size_t first = 0;

    for (size_t k = 1; k < s->k; k++)
        first = at(s, k, i) > at(s, first, i) ? k : first;
    return first;
}

/* The one value that has the whole adjoint, of a member; all others have none. */
static size_t chosen(const setting *s, size_t i, double whole)
{
    const double *adjoint = node_of(s->table)->adjoint;
    size_t found = s->k;

    for (size_t k = 0; k < s->k; k++) {
        const double g = adjoint[k * s->n + i];
        ck_assert_msg(g == 0.0 || g == whole, "the share is %g", g / whole);
        ck_assert(g == 0.0 || found == s->k);
        found = g == whole ? k : found;
    }
    ck_assert_uint_lt(found, s->k);
    return found;
}

START_TEST(a_maximum_goes_back_to_the_first_value_that_has_it)
{
    wick *w = wick_new(NULL);

    for (size_t k = 1; k <= 7; k++)
        for (int total = 0; total < 2; total++) {
            wick_reset(w);
            const setting s = setting_of(w, MEMBERS[_i], k, k);
            double *table = node_of(s.table)->value, *numbers = node_of(s.numbers)->value;
            for (size_t i = 0; i < s.n * k; i++) /* few values, so that many tie */
                table[i] = floor(table[i]);
            for (size_t j = 0; j < k; j++)
                numbers[j] = j == 3 ? -INFINITY : floor(numbers[j]);
            const wick_node *max = eliminated(&s, WICKI_MAX, total);
            double want = 0.0;
            for (size_t i = 0; i < s.n; i++) {
                want += 1.5 * at(&s, best(&s, i), i);
                if (!total)
                    ck_assert_double_eq(max->value[i], at(&s, best(&s, i), i));
            }
            const wick_var x = wicki_var_of(w, max);
            if (total)
                ck_assert_double_eq_tol(*max->value, want, 1e-10);
            wick_backward(total ? x : wick_mul(wick_sum(x, "a"), 1.5));
            for (size_t i = 0; i < s.n; i++)
                ck_assert_uint_eq(chosen(&s, i, 1.5), best(&s, i));
        }
    ck_assert_int_eq(wick_status(w), WICK_OK);
    wick_free(w);
}
END_TEST

START_TEST(a_drawn_elimination_has_the_value_of_a_sum)
{
    wick *w = wick_new(NULL);

    for (size_t k = 1; k <= 7; k++)
        for (int total = 0; total < 2; total++) {
            wick_reset(w);
            const setting s = setting_of(w, MEMBERS[_i], k, k);
            const wick_node *sum = eliminated(&s, WICKI_SUM, total);
            const wick_node *draw = eliminated(&s, WICKI_DRAW, total);
            ck_assert_uint_eq(draw->members, sum->members);
            ck_assert_mem_eq(draw->value, sum->value, sum->members * sizeof(double));
            wick_backward(wick_total(wicki_var_of(w, draw)));
            for (size_t i = 0; i < s.n; i++)
                chosen(&s, i, total ? 1.5 : 1.0);
        }
    ck_assert_int_eq(wick_status(w), WICK_OK);
    wick_free(w);
}
END_TEST

/* Each member draws for itself: chi-squared over k values and many members, and over neighbours. */
START_TEST(draws_have_their_probabilities_and_are_independent)
{
    enum { K = 5, N = 40000 };
    const double p[K] = { 0.1, 0.0, 0.45, 0.25, 0.2 };
    wick *w = wick_new(&(wick_options){ .seed = 3 + (uint64_t)_i });
    const setting s = setting_of(w, N, K, 1);
    double one[K] = { 0 }, two[K][K] = { { 0 } }, x = 0.0, y = 0.0;

    for (size_t k = 0; k < K; k++) {
        node_of(s.numbers)->value[k] = log(p[k]) - 800.0; /* not normalised */
        for (size_t i = 0; i < N; i++)
            node_of(s.table)->value[k * N + i] = 3.0 * pseudo_random(5, i);
    }
    w->random_key = 77 + (uint64_t)_i;
    wick_backward(wicki_var_of(w, eliminated(&s, WICKI_DRAW, true)));
    for (size_t i = 0; i < N; i++) {
        const size_t k = chosen(&s, i, 1.5);
        one[k]++;
        if (i > 0)
            two[chosen(&s, i - 1, 1.5)][k]++;
    }
    for (size_t k = 0; k < K; k++) {
        x += p[k] > 0.0 ? pow(one[k] - N * p[k], 2.0) / (N * p[k]) : one[k];
        for (size_t l = 0; l < K; l++)
            y += p[k] * p[l] > 0.0
                ? pow(two[k][l] - (N - 1) * p[k] * p[l], 2.0) / ((N - 1) * p[k] * p[l])
                : 0.0;
    }
    ck_assert_double_eq(one[1], 0.0);
    ck_assert_double_lt(x, 30.7); /* 1e-6 of chi-squared, 3 degrees of freedom */
    ck_assert_double_lt(y, 56.5); /* 15 degrees */
    wick_free(w);
}
END_TEST

START_TEST(impossible_values_are_never_drawn_and_make_no_nan)
{
    wick *w = wick_new(NULL);

    for (int how = WICKI_MAX; how <= WICKI_DRAW; how++) {
        wick_reset(w);
        const setting s = setting_of(w, 9, 4, 2);
        double *table = node_of(s.table)->value;
        for (size_t k = 0; k < 4; k++)
            for (size_t i = 0; i < 9; i++) /* member 0 has nothing, 1 to 4 one value, then all */
                if (i == 0 || (i < 5 && k + 1 != i))
                    table[k * 9 + i] = -INFINITY;
        const wick_node *x = eliminated(&s, (wicki_elimination)how, false);
        ck_assert_double_eq(x->value[0], -INFINITY);
        wick_backward(wick_sum_of(w, 1,
            (wick_var[]){
                wick_sum(wick_where(wick_less(wicki_var_of(w, x), -1e300), 0.0, wicki_var_of(w, x)),
                    "a") }));
        ck_assert_int_eq(wick_status(w), WICK_OK);
        for (size_t k = 0; k < 4; k++)
            ck_assert_double_eq(node_of(s.table)->adjoint[k * 9], 0.0);
        for (size_t i = 1; i < 9; i++) {
            const size_t k = chosen(&s, i, 1.0);
            ck_assert(i >= 5 || k + 1 == i);
            ck_assert(isfinite(at(&s, k, i)));
        }
    }
    wick_free(w);
}
END_TEST

START_TEST(a_nan_goes_on_to_the_value)
{
    wick *w = wick_new(NULL);

    for (int how = WICKI_MAX; how <= WICKI_DRAW; how++)
        for (size_t k = 0; k < 3; k++) {
            wick_reset(w);
            const setting s = setting_of(w, 3, 3, 2);
            node_of(s.table)->value[k * 3 + 1] = NAN;
            const wick_node *x = eliminated(&s, (wicki_elimination)how, false);
            ck_assert_double_nan(x->value[1]);
            ck_assert(isfinite(x->value[0]) && isfinite(x->value[2]));
        }
    wick_free(w);
}
END_TEST

/* A plate's draws do not depend on what else is drawn, but on key, member and other dimensions. */
START_TEST(a_draw_is_decided_by_the_key_and_the_member)
{
    wick *w = wick_new(NULL);
    size_t first[3][64], same = 0;

    for (int run = 0; run < 3; run++) {
        wick_reset(w);
        const setting s = setting_of(w, 64, 3, 1);
        for (size_t i = 0; i < 64 * 3; i++)
            node_of(s.table)->value[i] = 0.0;
        w->random_key = run < 2 ? 5 : 6;
        wick_backward(wick_total(wicki_var_of(w, eliminated(&s, WICKI_DRAW, run == 1))));
        for (size_t i = 0; i < 64; i++)
            first[run][i] = chosen(&s, i, run == 1 ? 1.5 : 1.0);
    }
    ck_assert_mem_eq(first[0], first[1], sizeof first[0]);
    for (size_t i = 0; i < 64; i++)
        same += first[0][i] == first[2][i];
    ck_assert_uint_lt(same, 48);
    wick_free(w);
}
END_TEST

/* Seven factors, of which the last are added up beforehand. */
START_TEST(many_factors_are_added_up_first)
{
    wick *w = wick_new(NULL);

    for (int how = WICKI_SUM; how <= WICKI_DRAW; how++) {
        wick_reset(w);
        const setting s = setting_of(w, 9, 3, 8);
        wick_node *factors[7], *t = node_of(s.table);
        for (size_t j = 0; j < 7; j++)
            factors[j] = j == 3 ? node_of(s.numbers) : t;
        const wick_node *x = wicki_mixture(w, (wicki_elimination)how, 7, factors, s.v);
        for (size_t i = 0; i < 9; i++) {
            double sum = 0.0, max = -INFINITY;
            for (size_t k = 0; k < 3; k++) {
                const double v = node_of(s.numbers)->value[k] + 6.0 * t->value[k * 9 + i];
                sum += exp(v);
                max = fmax(max, v);
            }
            ck_assert_double_eq_tol(x->value[i], how == WICKI_MAX ? max : log(sum), 1e-12);
        }
        wick_backward(wick_sum(wicki_var_of(w, x), "a"));
        ck_assert_int_eq(wick_status(w), WICK_OK);
        for (size_t i = 0; i < 9 && how != WICKI_SUM; i++)
            chosen(&s, i, 6.0);
    }
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("choice");
    TCase *tests = tcase_create("choice");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_maximum_goes_back_to_the_first_value_that_has_it, 0, N_MEMBERS);
    tcase_add_loop_test(tests, a_drawn_elimination_has_the_value_of_a_sum, 0, N_MEMBERS);
    tcase_add_loop_test(tests, draws_have_their_probabilities_and_are_independent, 0, 4);
    tcase_add_test(tests, impossible_values_are_never_drawn_and_make_no_nan);
    tcase_add_test(tests, a_nan_goes_on_to_the_value);
    tcase_add_test(tests, a_draw_is_decided_by_the_key_and_the_member);
    tcase_add_test(tests, many_factors_are_added_up_first);
    return run_suite(suite);
}
