/* Elementwise kernels, every build that this machine can run, against formulas in long double. */
#include "kernel/kernels.h"
#include "kernel/map.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain; /* lanes without registers, for tests only */

/* The build number i that can run here, the plain one first; NULL after the last. */
static const wicki_kernels *build(size_t i)
{
    if (i-- == 0)
        return &wicki_kernels_plain;
    for (size_t k = 0; k < wicki_n_kernel_tables; k++)
        if (wicki_kernels_usable(wicki_kernel_tables[k]) && i-- == 0)
            return wicki_kernel_tables[k];
    return NULL;
}

/* --- the ops ----------------------------------------------------------------------------------- */

static long double value(size_t op, const double *x)
{
    const long double a = x[0], b = x[1], c = x[2], z = (a - b) / c;

    switch (op) {
    case 0:
        return a + b;
    case 1:
        return a - b;
    case 2:
        return a * b;
    case 3:
        return a / b;
    default:
        return -z * z / 2 - logl(c) - logl(2 * acosl(-1)) / 2;
    }
}

static long double slope(size_t op, const double *x, size_t j)
{
    const long double a = x[0], b = x[1], c = x[2], z = (a - b) / c;
    const long double slopes[][WICKI_MAP_INPUTS] = { { 1, 1 }, { 1, -1 }, { b, a },
        { 1 / b, -a / (b * b) }, { -z / c, z / c, (z * z - 1) / c } };

    return slopes[op][j];
}

static wicki_map_kernel kernel_of(const wicki_kernels *k, size_t op)
{
#define ENTRY(op) k->map->op,
    const wicki_map_kernel all[] = { WICKI_MAP_LIST(ENTRY) };
#undef ENTRY

    return all[op];
}

enum { OPS = 5, ADD = 0, DIV = 3, NORMAL = 4, MOST = 40 };

static size_t inputs_of(size_t op)
{
    return op == NORMAL ? 3 : 2;
}

/* --- problems: arrays as long as they have to be, for the sanitizer to see --------------------- */

typedef struct problem {
    wicki_map_run run;
    size_t op, lengths[WICKI_MAP_INPUTS];
    double *out, *g, *in[WICKI_MAP_INPUTS], *adjoint[WICKI_MAP_INPUTS];
} problem;

/* Something between 0.5 and 2.5 that has no pattern: fractions of multiples of the golden ratio. */
static double scatter(size_t i)
{
    const double t = 0.61803398874989485 * (double)(i + 1);

    return 0.5 + 2 * (t - floor(t));
}

static double *numbers(size_t n, size_t seed)
{
    double *x = malloc(n * sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = scatter(7 * i + seed);
    return x;
}

/* Bit j of shared: operand j is one number for all members. */
static problem new_problem(size_t op, size_t n, unsigned shared)
{
    problem p = { .op = op, .run.n = n, .out = numbers(n, 1), .g = numbers(n, 2) };

    for (size_t j = 0; j < inputs_of(op); j++) {
        p.run.in_step[j] = !(shared >> j & 1);
        p.lengths[j] = p.run.in_step[j] ? n : 1;
        p.run.in[j] = p.in[j] = numbers(p.lengths[j], 3 + j);
        p.run.in_adjoint[j] = p.adjoint[j] = numbers(p.lengths[j], 6 + j);
    }
    p.run.out = p.out;
    p.run.out_adjoint = p.g;
    return p;
}

static void free_problem(problem *p)
{
    free(p->out);
    free(p->g);
    for (size_t j = 0; j < inputs_of(p->op); j++) {
        free(p->in[j]);
        free(p->adjoint[j]);
    }
}

static void point_at(const problem *p, size_t i, double *x)
{
    for (size_t j = 0; j < WICKI_MAP_INPUTS; j++)
        x[j] = j < inputs_of(p->op) ? p->in[j][p->run.in_step[j] * i] : 1.0;
}

static void check(const problem *p, wicki_map_kernel kernel)
{
    long double want[WICKI_MAP_INPUTS][MOST];
    double x[WICKI_MAP_INPUTS];

    for (size_t j = 0; j < inputs_of(p->op); j++)
        for (size_t i = 0; i < p->lengths[j]; i++)
            want[j][i] = p->adjoint[j][i];
    kernel.forward(&p->run);
    kernel.reverse(&p->run);
    for (size_t i = 0; i < p->run.n; i++) {
        point_at(p, i, x);
        ck_assert_ldouble_eq_tol(p->out[i], value(p->op, x), 1e-14L);
        for (size_t j = 0; j < inputs_of(p->op); j++)
            want[j][p->run.in_step[j] * i] += p->g[i] * slope(p->op, x, j);
    }
    for (size_t j = 0; j < inputs_of(p->op); j++)
        for (size_t i = 0; i < p->lengths[j]; i++)
            ck_assert_ldouble_eq_tol(
                p->adjoint[j][i], want[j][i], 1e-14L * (10 + fabsl(want[j][i])));
}

static const size_t SIZES[] = { 1, 2, 5, 7, 8, 9, 16, 27, MOST };
enum { N_SIZES = sizeof SIZES / sizeof *SIZES };

/* --- tests ------------------------------------------------------------------------------------- */

START_TEST(values_and_slopes_are_those_of_the_formulas_whatever_is_shared)
{
    const wicki_kernels *k = build((size_t)_i);

    for (size_t op = 0; k && op < OPS; op++)
        for (size_t s = 0; s < N_SIZES; s++)
            for (unsigned shared = 0; shared < 1u << inputs_of(op); shared++) {
                problem p = new_problem(op, SIZES[s], shared);
                check(&p, kernel_of(k, op));
                free_problem(&p);
            }
}
END_TEST

START_TEST(an_operand_that_needs_no_gradient_is_left_alone)
{
    const wicki_kernels *k = build((size_t)_i);

    for (size_t op = 0; k && op < OPS; op++)
        for (size_t j = 0; j < inputs_of(op); j++) {
            problem p = new_problem(op, 11, 1u << j);
            const double before = *p.adjoint[j];
            p.run.in_adjoint[j] = NULL;
            kernel_of(k, op).reverse(&p.run);
            ck_assert_double_eq(*p.adjoint[j], before);
            free_problem(&p);
        }
}
END_TEST

/* a / 0 has no finite derivative, nor has the density of a normal with loc infinite. */
START_TEST(an_adjoint_of_zero_adds_nothing_whatever_the_derivative)
{
    const wicki_kernels *k = build((size_t)_i);

    for (size_t op = DIV; k && op < OPS; op++)
        for (unsigned shared = 0; shared < 4; shared++) {
            problem p = new_problem(op, 9, shared);
            double before[2];
            for (size_t j = 0; j < 2; j++)
                before[j] = p.adjoint[j][0];
            for (size_t i = 0; i < 9; i++)
                p.g[i] = 0.0;
            p.in[1][0] = op == DIV ? 0.0 : INFINITY;
            kernel_of(k, op).reverse(&p.run);
            for (size_t j = 0; j < 2; j++)
                ck_assert_double_eq(p.adjoint[j][0], before[j]);
            free_problem(&p);
        }
}
END_TEST

START_TEST(a_scale_that_is_not_positive_makes_a_density_nan_and_its_slopes_zero)
{
    const double scales[] = { 0.0, -1.5, NAN };
    const wicki_kernels *k = build((size_t)_i);

    for (size_t s = 0; k && s < 3; s++) {
        problem p = new_problem(NORMAL, 5, 0);
        const double before = p.adjoint[0][3], next = p.adjoint[0][4];
        p.in[2][3] = scales[s];
        k->map->normal.forward(&p.run);
        k->map->normal.reverse(&p.run);
        ck_assert_double_nan(p.out[3]);
        ck_assert(isfinite(p.out[2]) && isfinite(p.out[4]));
        ck_assert_double_eq(p.adjoint[0][3], before);
        ck_assert_double_ne(p.adjoint[0][4], next);
        free_problem(&p);
    }
}
END_TEST

START_TEST(portable_builds_have_the_bits_of_plain_doubles)
{
    const wicki_kernels *k = build((size_t)_i);

    for (size_t op = 0; k && !k->fast && op < OPS; op++)
        for (unsigned shared = 0; shared < 1u << inputs_of(op); shared++) {
            problem p = new_problem(op, 29, shared), q = new_problem(op, 29, shared);
            const wicki_map_kernel a = kernel_of(k, op), b = kernel_of(build(0), op);
            a.forward(&p.run);
            a.reverse(&p.run);
            b.forward(&q.run);
            b.reverse(&q.run);
            assert_same_bits(p.out, q.out, 29);
            for (size_t j = 0; j < inputs_of(op); j++)
                assert_same_bits(p.adjoint[j], q.adjoint[j], p.lengths[j]);
            free_problem(&p);
            free_problem(&q);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_map");
    TCase *tc = new_case(suite, "map");

    tcase_add_loop_test(tc, values_and_slopes_are_those_of_the_formulas_whatever_is_shared, 0, 6);
    tcase_add_loop_test(tc, an_operand_that_needs_no_gradient_is_left_alone, 0, 6);
    tcase_add_loop_test(tc, an_adjoint_of_zero_adds_nothing_whatever_the_derivative, 0, 6);
    tcase_add_loop_test(
        tc, a_scale_that_is_not_positive_makes_a_density_nan_and_its_slopes_zero, 0, 6);
    tcase_add_loop_test(tc, portable_builds_have_the_bits_of_plain_doubles, 0, 6);
    return run_suite(suite);
}
