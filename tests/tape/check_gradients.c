/*
 * The gradient of every op of the list against a central difference of its value.
 *
 * A case builds a value from inputs through the public functions. The value is made a scalar with
 * fixed weights, by an op of this file, so that nothing but the op at hand is tested. Difference:
 * f' = (45 (f1 - f-1) - 9 (f2 - f-2) + (f3 - f-3)) / 60 h, an error of h^6 f''''''' / 140.
 */
#include "tests/tape/fixture.h"

#include "base/incomplete.h"
#include "tape/chain.h"
#include "tape/draw.h"
#include "tape/mixture.h"
#include "tape/take.h"
#include "tape/triangle.h"
#include "tape/twin.h"

enum { MOST_INPUTS = 3, MOST_COORDINATES = 48 };

static const size_t MEMBERS[] = { 1, 2, 3, 7, 8, 9, 64, 130 };
enum { N_MEMBERS = sizeof MEMBERS / sizeof *MEMBERS };

/* --- cases ------------------------------------------------------------------------------------- */

/* An input: shape, dimensions, the range of its values, and the domain that they are inside of. */
typedef struct input {
    size_t rank, sizes[3];
    unsigned over;
    double low, high, domain_low, domain_high;
} input;

typedef struct gradient_case {
    const wick_op *op;
    const char *what;
    wick_var (*build)(wick *w, const wick_var *x, const dims *d);
    size_t n_inputs;
    input in[MOST_INPUTS];
    bool aliased; /* all inputs are the first */
    bool kinked;  /* linear in pieces: a short step stays within one */
} gradient_case;

#define FUNCTION(name, value)                                               \
    static wick_var build_##name(wick *w, const wick_var *x, const dims *d) \
    {                                                                       \
        (void)w;                                                            \
        (void)d;                                                            \
        return value;                                                       \
    }

#define UNARY_OP(name) FUNCTION(name, wick_##name(x[0]))
#define BINARY_OP(name) FUNCTION(name, wick_##name(x[0], x[1]))

/* A draw of the op is a quantile: of the same probability whatever the concentration is. */
static wick_var quantile_of(wick *w, wick_var concentration)
{
    const wick_node *a = node_of(concentration);
    const size_t n = a->elements;
    wick_node *x = wicki_leaf(w, NULL, a->rank, &n, a->dims, false);

    for (size_t i = 0; i < n * a->members; i++)
        x->value[i] = wicki_log_gamma_quantile(a->value[i], 0.37, 0.63);
    return wicki_var_of(w, wicki_implicit_gamma(w, x, node_of(concentration)));
}

UNARY_OP(neg)
UNARY_OP(abs)
UNARY_OP(square)
UNARY_OP(sqrt)
UNARY_OP(exp)
UNARY_OP(expm1)
UNARY_OP(log)
UNARY_OP(log1p)
UNARY_OP(sigmoid)
UNARY_OP(softplus)
UNARY_OP(tanh)
UNARY_OP(lgamma)
UNARY_OP(digamma)
UNARY_OP(erf)
UNARY_OP(sin)
UNARY_OP(cos)
UNARY_OP(tan)
UNARY_OP(atan)
UNARY_OP(log1mexp)
UNARY_OP(trigamma)
UNARY_OP(log_bessel_i0)
UNARY_OP(bessel_ratio)
UNARY_OP(normal_cdf)
UNARY_OP(log_normal_cdf)
UNARY_OP(normal_quantile)
BINARY_OP(add)
BINARY_OP(sub)
BINARY_OP(mul)
BINARY_OP(div)
BINARY_OP(pow)
BINARY_OP(minimum)
BINARY_OP(maximum)
BINARY_OP(log_normal_interval)
BINARY_OP(gamma_p)
BINARY_OP(gamma_q)
BINARY_OP(gamma_p_inverse)
BINARY_OP(gamma_q_inverse)
FUNCTION(beta_i, wick_beta_i(x[0], x[1], x[2]))
FUNCTION(beta_i_inverse, wick_beta_i_inverse(x[0], x[1], x[2]))
FUNCTION(implicit_gamma, quantile_of(w, x[0]))
FUNCTION(clamp, wick_clamp(x[0], x[1], x[2]))
FUNCTION(where, wick_where(wick_less(x[2], 0.1), x[0], x[1]))
FUNCTION(weigh, wicki_var_of(w, wicki_weigh(w, node_of(x[0]), node_of(x[1]))))
FUNCTION(sum_of, wick_sum_of(w, 3, x))

/* --- elementwise ops, each with every pattern of broadcasting ---------------------------------- */

#define ANY -INFINITY, INFINITY

typedef struct elementwise {
    const wick_op *op;
    wick_var (*build)(wick *w, const wick_var *x, const dims *d);
    size_t n_inputs;
    double range[MOST_INPUTS][4];
    bool kinked;
} elementwise;

#define OP(name) &wicki_op_##name, build_##name

static const elementwise ELEMENTWISE[] = {
    { OP(neg), 1, { { -2, 2, ANY } }, false },
    { OP(abs), 1, { { -2, 2, ANY } }, true },
    { OP(square), 1, { { -2, 2, ANY } }, false },
    { OP(sqrt), 1, { { 0.3, 3, 0, INFINITY } }, false },
    { OP(exp), 1, { { -2, 2, ANY } }, false },
    { OP(expm1), 1, { { -2, 2, ANY } }, false },
    { OP(log), 1, { { 0.3, 3, 0, INFINITY } }, false },
    { OP(log1p), 1, { { -0.7, 2, -1, INFINITY } }, false },
    { OP(sigmoid), 1, { { -4, 4, ANY } }, false },
    { OP(softplus), 1, { { -4, 4, ANY } }, false },
    { OP(tanh), 1, { { -2, 2, ANY } }, false },
    { OP(lgamma), 1, { { 0.2, 12, 0, INFINITY } }, false },
    { OP(lgamma), 1, { { -2.8, -2.2, -3, -2 } }, false },
    { OP(digamma), 1, { { 0.2, 12, 0, INFINITY } }, false },
    { OP(digamma), 1, { { -2.8, -2.2, -3, -2 } }, false },
    { OP(erf), 1, { { -2, 2, ANY } }, false },
    { OP(sin), 1, { { -4, 4, ANY } }, false },
    { OP(cos), 1, { { -4, 4, ANY } }, false },
    { OP(tan), 1, { { -1, 1, -1.5, 1.5 } }, false },
    { OP(atan), 1, { { -3, 3, ANY } }, false },
    { OP(log1mexp), 1, { { 0.3, 3, 0, INFINITY } }, false },
    { OP(normal_cdf), 1, { { -4, 4, ANY } }, false },
    { OP(log_normal_cdf), 1, { { -9, 4, ANY } }, false },
    { OP(log_normal_cdf), 1, { { -45, -37, ANY } }, false },
    { OP(normal_quantile), 1, { { 0.1, 0.9, 0, 1 } }, false },
    { OP(add), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, false },
    { OP(sub), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, false },
    { OP(mul), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, false },
    { OP(div), 2, { { 0.5, 2, 0, INFINITY }, { 0.5, 2, 0, INFINITY } }, false },
    { OP(pow), 2, { { 0.5, 2, 0, INFINITY }, { -2, 2, ANY } }, false },
    { OP(minimum), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, true },
    { OP(maximum), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, true },
    { OP(clamp), 3, { { -2, 2, ANY }, { -1.5, -0.5, ANY }, { 0.5, 1.5, ANY } }, true },
    { OP(where), 3, { { -2, 2, ANY }, { -2, 2, ANY }, { -2, 2, ANY } }, true },
    { OP(weigh), 2, { { -2, 2, ANY }, { -2, 2, ANY } }, false },
    { OP(sum_of), 3, { { -2, 2, ANY }, { -2, 2, ANY }, { -2, 2, ANY } }, false },
};
enum { N_ELEMENTWISE = sizeof ELEMENTWISE / sizeof *ELEMENTWISE };

/* Which inputs have the event [2][3], and what they vary over. */
typedef struct pattern {
    const char *what;
    bool matrix[MOST_INPUTS];
    unsigned over[MOST_INPUTS];
    bool aliased;
} pattern;

static const pattern PATTERNS[] = {
    { "over one plate", { 0, 0, 0 }, { A, A, A }, false },
    { "with a scalar", { 0, 0, 0 }, { A, 0, 0 }, false },
    { "of a scalar", { 0, 0, 0 }, { 0, A, A }, false },
    { "over two plates", { 0, 0, 0 }, { A, B, A }, false },
    { "a matrix with a scalar per member", { 1, 0, 1 }, { A, A, 0 }, false },
    { "a scalar with a matrix per member", { 0, 1, 0 }, { 0, A, B }, false },
    { "a matrix with a plate", { 1, 0, 0 }, { 0, A, 0 }, false },
    { "all kinds of dimensions", { 1, 0, 1 }, { E | A, M | A, B }, false },
    { "matrices over two plates", { 1, 1, 1 }, { A | B, A, B }, false },
    { "of the same value", { 1, 1, 1 }, { A, A, A }, true },
};
enum { N_PATTERNS = sizeof PATTERNS / sizeof *PATTERNS };

static gradient_case elementwise_case(size_t i)
{
    const elementwise *op = &ELEMENTWISE[i / N_PATTERNS];
    const pattern *p = &PATTERNS[i % N_PATTERNS];
    gradient_case c = { .op = op->op, .what = p->what, .build = op->build };

    c.n_inputs = op->n_inputs;
    c.kinked = op->kinked;
    /* where inputs have kinks between them, or domains of their own, they stay apart */
    c.aliased = p->aliased && op->n_inputs == 2 && !op->kinked && op->op != &wicki_op_pow;
    for (size_t j = 0; j < op->n_inputs; j++) {
        const double *r = op->range[j];
        c.in[j] = (input){ p->matrix[j] ? 2 : 0, { 2, 3 }, p->over[j], r[0], r[1], r[2], r[3] };
    }
    return c;
}

/* --- other ops --------------------------------------------------------------------------------- */

/* Indices below n over a plate; no gradient goes there. */
static wick_var indices(wick *w, uint32_t dim, size_t n)
{
    wick_node *node = wicki_leaf(w, NULL, 0, NULL, wicki_set_with(w, 0, dim), false);

    for (size_t i = 0; i < node->members; i++)
        node->value[i] = floor((double)n * pseudo_random(n, i));
    return wicki_var_of(w, node);
}

FUNCTION(sum_a, wick_sum(x[0], "a"))
FUNCTION(sum_b, wick_sum(x[0], "b"))
FUNCTION(sum_missing, wick_sum(x[0], "a"))
FUNCTION(mean_a, wick_mean(x[0], "a"))
FUNCTION(sum_axis_0, wick_sum_axis(x[0], 0))
FUNCTION(sum_axis_1, wick_sum_axis(x[0], 1))
FUNCTION(mean_axis_1, wick_mean_axis(x[0], 1))
FUNCTION(sum_event, wick_sum_event(x[0]))
FUNCTION(mean_event, wick_mean_event(x[0]))
FUNCTION(total, wick_total(x[0]))
FUNCTION(max_a, wick_max(x[0], "a"))
FUNCTION(max_b, wick_max(x[0], "b"))
FUNCTION(max_axis_0, wick_max_axis(x[0], 0))
FUNCTION(max_event, wick_max_event(x[0]))
FUNCTION(logsumexp_a, wick_logsumexp(x[0], "a"))
FUNCTION(logsumexp_b, wick_logsumexp(x[0], "b"))
FUNCTION(logsumexp_axis_0, wick_logsumexp_axis(x[0], 0))
FUNCTION(logsumexp_axis_1, wick_logsumexp_axis(x[0], 1))
FUNCTION(logsumexp_event, wick_logsumexp_event(x[0]))

/* The sum over e, or the maximum, of as many factors as there are inputs; d->e has two values. */
static wick_var eliminated(
    wick *w, const wick_var *x, const dims *d, wicki_elimination how, size_t n, bool total)
{
    wick_node *factors[7]; /* more than a node takes */

    for (size_t i = 0; i < n; i++)
        factors[i] = node_of(x[i % MOST_INPUTS]);
    return wicki_var_of(w,
        total ? wicki_mixture_total(w, how, n, factors, d->e, 0.7)
              : wicki_mixture(w, how, n, factors, d->e));
}
#define mixed_over_e(w, x, d, n, total) eliminated(w, x, d, WICKI_SUM, n, total)
#define best_over_e(w, x, d, n, total) eliminated(w, x, d, WICKI_MAX, n, total)
FUNCTION(mixture_1, mixed_over_e(w, x, d, 1, false))
FUNCTION(mixture_2, mixed_over_e(w, x, d, 2, false))
FUNCTION(mixture_3, mixed_over_e(w, x, d, 3, false))
FUNCTION(mixture_7, mixed_over_e(w, x, d, 7, false))
FUNCTION(mixture_total_1, mixed_over_e(w, x, d, 1, true))
FUNCTION(mixture_total_2, mixed_over_e(w, x, d, 2, true))
FUNCTION(mixture_total_3, mixed_over_e(w, x, d, 3, true))
FUNCTION(best_1, best_over_e(w, x, d, 1, false))
FUNCTION(best_2, best_over_e(w, x, d, 2, false))
FUNCTION(best_7, best_over_e(w, x, d, 7, false))
FUNCTION(best_total_2, best_over_e(w, x, d, 2, true))

/* A matrix as a table over d->e and a variable of as many values as it has columns. */
static wick_node *table_over(wick *w, wick_var x, const dims *d)
{
    const uint32_t f = other_dim(w, WICKI_ENUMERATED, "f", wick_event_size(x, 1));
    const wick_var row = wick_at(x, wicki_var_of(w, wicki_coordinate(w, d->e)));
    wick_node *table = node_of(wick_at(row, wicki_var_of(w, wicki_coordinate(w, f))));

    table->shared = true;
    return table;
}

/* A step of a chain by that table, and a second one that takes its result as a message. */
static wick_var chained(wick *w, const wick_var *x, const dims *d, size_t n, bool twice)
{
    wick_node *factors[MOST_INPUTS] = { table_over(w, x[0], d) };
    uint32_t dim = d->e;

    for (size_t i = 1; i < n; i++)
        factors[i] = node_of(x[i]);
    wick_node *step = wicki_mixture(w, WICKI_SUM, n, factors, dim);
    if (twice) {
        const wicki_set *set = wicki_set_at(w, factors[0]->dims);
        const uint32_t f = set->dim[1], g = other_dim(w, WICKI_ENUMERATED, "g", 2);
        const uint32_t names = wicki_set_with(w, wicki_set_with(w, 0, f), g);
        factors[0] = wicki_rename(w, factors[0], names);
        factors[1] = step;
        step = wicki_mixture(w, WICKI_SUM, 2, factors, f);
    }
    return wicki_var_of(w, step);
}
FUNCTION(chain_2, chained(w, x, d, 2, false))
FUNCTION(chain_3, chained(w, x, d, 3, false))
FUNCTION(chain_twice, chained(w, x, d, 2, true))
FUNCTION(exp_table, wicki_var_of(w, wicki_exp_table(w, node_of(x[0]))))
FUNCTION(softmax, wick_softmax(x[0]))
FUNCTION(log_softmax, wick_log_softmax(x[0]))
FUNCTION(cumsum_0, wick_cumsum(x[0], 0))
FUNCTION(cumsum_1, wick_cumsum(x[0], 1))
FUNCTION(transpose, wick_transpose(x[0]))
FUNCTION(diagonal, wick_diagonal(x[0]))
FUNCTION(select, wick_select(x[0], 1, 2))
FUNCTION(slice, wick_slice(x[0], 1, 1, 2))
FUNCTION(rename,
    wicki_var_of(w,
        wicki_rename(w, node_of(x[0]),
            wicki_set_with(w, set_of(w, d, A), other_dim(w, WICKI_ENUMERATED, "f", 2)))))
FUNCTION(join_a, wick_join(x[0], "a"))
FUNCTION(join_b, wick_join(x[0], "b"))
FUNCTION(split_b, wick_split(x[0], "b"))
FUNCTION(split_shared, wick_split(wick_mul(x[0], x[1]), "b"))
FUNCTION(expand, wicki_var_of(w, wicki_expand(w, node_of(x[0]), set_of(w, d, A | B))))
FUNCTION(at, wick_at(x[0], indices(w, d->a, 4)))
FUNCTION(at_b, wick_at(x[0], indices(w, d->b, 4)))
FUNCTION(take_b, wick_take_over(x[0], "b", indices(w, d->a, 3)))
FUNCTION(sum_into_b, wick_sum_into(x[0], "a", indices(w, d->a, 3), "b"))
FUNCTION(stack, wick_stack(w, 3, x))
FUNCTION(dot, wick_dot(x[0], x[1]))
FUNCTION(outer, wick_outer(x[0], x[1]))
FUNCTION(matvec, wick_matvec(x[0], x[1]))
FUNCTION(matmul, wick_matmul(x[0], x[1]))
FUNCTION(scale_columns, wick_scale_columns(x[0], x[1]))
FUNCTION(diagonal_matrix, wick_diagonal_matrix(x[0]))
FUNCTION(unpack_lower, wicki_unpack_lower(x[0]))
FUNCTION(lower_cholesky, wicki_lower_cholesky(x[0]))
FUNCTION(ordered, wicki_ordered(x[0]))
FUNCTION(unpack_strictly_lower, wicki_unpack_strictly_lower(x[0]))
FUNCTION(centre, wicki_centre(x[0]))
FUNCTION(zero_sum, wicki_zero_sum(x[0]))
FUNCTION(corr_cholesky, wicki_corr_cholesky(x[0]))
FUNCTION(gram, wicki_gram(x[0]))
FUNCTION(tril_product, wicki_tril_product(x[0], x[1]))
FUNCTION(stick_breaking, wicki_stick_breaking(x[0]))
FUNCTION(stick_breaking_log_det, wicki_stick_breaking_log_det(x[0]))

/* x x' + 3 is positive definite, and symmetric whatever x is. */
static wick_var positive(wick *w, wick_var x)
{
    const wick_var eye = wick_eye(w, wick_event_size(x, 0));

    return wick_add(wick_matmul(x, wick_transpose(x)), wick_mul(3.0, eye));
}
FUNCTION(cholesky, wick_cholesky(positive(w, x[0])))
FUNCTION(logdet, wick_logdet(positive(w, x[0])))

/* With 4 on the diagonal, far from singular. */
static wick_var triangular(wick *w, wick_var x)
{
    return wick_add(x, wick_mul(4.0, wick_eye(w, wick_event_size(x, 0))));
}
FUNCTION(solve, wick_solve_triangular(triangular(w, x[0]), x[1]))
FUNCTION(solve_transposed, wick_solve_triangular_transposed(triangular(w, x[0]), x[1]))
FUNCTION(solve_itself, wick_solve_triangular(triangular(w, x[0]), x[0]))

#define SCALAR(over)               \
    {                              \
        0, { 0 }, over, -2, 2, ANY \
    }
#define VECTOR(n, over)            \
    {                              \
        1, { n }, over, -2, 2, ANY \
    }
#define MATRIX(m, n, over)            \
    {                                 \
        2, { m, n }, over, -2, 2, ANY \
    }
#define SMALL_MATRIX(n, over)             \
    {                                     \
        2, { n, n }, over, -0.4, 0.4, ANY \
    }
#define WITHIN(low, high, domain_low, domain_high)      \
    {                                                   \
        1, { 5 }, 0, low, high, domain_low, domain_high \
    }
#define SCALAR_WITHIN(over, low, high, domain_low, domain_high) \
    {                                                           \
        0, { 0 }, over, low, high, domain_low, domain_high      \
    }
#define CUBE(l, m, n, over)              \
    {                                    \
        3, { l, m, n }, over, -2, 2, ANY \
    }

/* clang-format off */
#define CASE_1(name, how, ...) { &wicki_op_##name, #how, build_##how, 1, { __VA_ARGS__ }, false, false }
#define CASE_2(name, how, ...) { &wicki_op_##name, #how, build_##how, 2, { __VA_ARGS__ }, false, false }
#define CASE_3(name, how, ...) { &wicki_op_##name, #how, build_##how, 3, { __VA_ARGS__ }, false, false }
#define CASE_ALIASED(name, how, ...) { &wicki_op_##name, #how " of itself", build_##how, 2, { __VA_ARGS__, __VA_ARGS__ }, true, false }
#define CASE_KINKED(name, how, ...) { &wicki_op_##name, #how, build_##how, 1, { __VA_ARGS__ }, false, true }
#define CASE_KINKED_2(name, how, ...) { &wicki_op_##name, #how, build_##how, 2, { __VA_ARGS__ }, false, true }
#define CASE_KINKED_3(name, how, ...) { &wicki_op_##name, #how, build_##how, 3, { __VA_ARGS__ }, false, true }

static const gradient_case CASES[] = {
    CASE_1(trigamma, trigamma, WITHIN(0.4, 20, 0, INFINITY)),
    CASE_1(trigamma, trigamma, WITHIN(-2.7, -2.3, -3, -2)),
    CASE_1(log_bessel_i0, log_bessel_i0, WITHIN(-40, 40, -INFINITY, INFINITY)),
    CASE_1(bessel_ratio, bessel_ratio, WITHIN(-40, 40, -INFINITY, INFINITY)),
    CASE_2(log_normal_interval, log_normal_interval, WITHIN(-3, -1, -INFINITY, INFINITY), WITHIN(-0.5, 2, -INFINITY, INFINITY)),
    CASE_2(log_normal_interval, log_normal_interval, WITHIN(5, 7, -INFINITY, INFINITY), WITHIN(7.5, 9, -INFINITY, INFINITY)),
    CASE_2(gamma_p, gamma_p, WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.4, 5, 0, INFINITY)),
    CASE_2(gamma_p, gamma_p, WITHIN(35, 60, 0, INFINITY), WITHIN(35, 60, 0, INFINITY)),
    CASE_2(gamma_q, gamma_q, WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.4, 5, 0, INFINITY)),
    CASE_2(gamma_p_inverse, gamma_p_inverse, WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.2, 0.8, 0, 1)),
    CASE_2(gamma_q_inverse, gamma_q_inverse, WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.2, 0.8, 0, 1)),
    CASE_1(implicit_gamma, implicit_gamma, WITHIN(0.3, 50, 0, INFINITY)),
    CASE_1(implicit_gamma, implicit_gamma, SCALAR_WITHIN(A, 0.3, 50, 0, INFINITY)),
    CASE_3(beta_i, beta_i, WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.5, 3, 0, INFINITY), WITHIN(0.2, 0.8, 0, 1)),
    CASE_3(beta_i, beta_i, WITHIN(31, 39, 0, INFINITY), WITHIN(31, 60, 0, INFINITY), WITHIN(0.3, 0.6, 0, 1)),
    CASE_3(beta_i_inverse, beta_i_inverse, WITHIN(0.8, 3, 0, INFINITY), WITHIN(0.8, 3, 0, INFINITY), WITHIN(0.2, 0.8, 0, 1)),
    CASE_1(sum, sum_a, SCALAR(A)),
    CASE_1(sum, sum_a, MATRIX(2, 3, A | B | E)),
    CASE_1(sum, sum_b, MATRIX(2, 3, A | B | M)),
    CASE_1(mul, sum_missing, VECTOR(2, B)),
    CASE_1(sum, mean_a, VECTOR(2, A | B)),
    CASE_1(sum, sum_axis_0, MATRIX(2, 3, A | B)),
    CASE_1(sum, sum_axis_1, CUBE(2, 3, 4, A)),
    CASE_1(sum, mean_axis_1, MATRIX(9, 17, 0)),
    CASE_1(sum, sum_event, MATRIX(2, 3, A)),
    CASE_1(sum, sum_event, MATRIX(20, 13, 0)),
    CASE_1(sum, mean_event, MATRIX(2, 3, A | B)),
    CASE_1(sum, total, MATRIX(2, 3, A | B)),
    CASE_KINKED(max, max_a, MATRIX(2, 3, A | B)),
    CASE_KINKED(max, max_b, VECTOR(2, A | B)),
    CASE_KINKED(max, max_axis_0, MATRIX(3, 2, A)),
    CASE_KINKED(max, max_event, MATRIX(3, 2, A | B)),
    CASE_1(logsumexp, logsumexp_a, MATRIX(2, 3, A | B)),
    CASE_1(logsumexp, logsumexp_a, SCALAR(A)),
    CASE_1(logsumexp, logsumexp_b, VECTOR(2, A | B)),
    CASE_1(logsumexp, logsumexp_axis_0, MATRIX(3, 2, A)),
    CASE_1(logsumexp, logsumexp_axis_1, CUBE(2, 3, 2, A)),
    CASE_1(logsumexp, logsumexp_event, MATRIX(3, 2, A | E)),
    CASE_1(mixture, mixture_1, SCALAR(E)),
    CASE_1(mixture, mixture_1, SCALAR(A | B | E | M)),
    CASE_2(mixture, mixture_2, SCALAR(E), SCALAR(A | E)),
    CASE_2(mixture, mixture_2, SCALAR(B | E), SCALAR(A | B | E)),
    CASE_2(mixture, mixture_2, SCALAR(E | M), SCALAR(A | E)),
    CASE_2(mixture, mixture_2, SCALAR(E), SCALAR(E | M)),
    CASE_2(mixture, mixture_2, SCALAR(A), SCALAR(E)),
    CASE_ALIASED(mixture, mixture_2, SCALAR(A | E)),
    CASE_3(mixture, mixture_3, SCALAR(E), SCALAR(A | E), SCALAR(A | B | E)),
    CASE_3(mixture, mixture_3, SCALAR(E), SCALAR(B | E), SCALAR(A | E | M)),
    CASE_3(mixture, mixture_7, SCALAR(E), SCALAR(B | E), SCALAR(A | E)),
    CASE_1(mixture, mixture_total_1, SCALAR(A | B | E)),
    CASE_2(mixture, mixture_total_2, SCALAR(E), SCALAR(A | E)),
    CASE_2(mixture, mixture_total_2, SCALAR(B | E), SCALAR(A | B | E | M)),
    CASE_2(mixture, mixture_total_2, SCALAR(E), SCALAR(E | M)),
    CASE_3(mixture, mixture_total_3, SCALAR(E), SCALAR(A), SCALAR(A | B | E)),
    CASE_KINKED(mixture, best_1, SCALAR(A | B | E | M)),
    CASE_KINKED_2(mixture, best_2, SCALAR(E), SCALAR(A | E)),
    CASE_KINKED_2(mixture, best_2, SCALAR(A), SCALAR(E)),
    CASE_KINKED_3(mixture, best_7, SCALAR(E), SCALAR(B | E), SCALAR(A | E)),
    CASE_KINKED_2(mixture, best_total_2, SCALAR(B | E), SCALAR(E | M)),
    CASE_1(softmax, softmax, VECTOR(3, A | B)),
    CASE_1(softmax, softmax, MATRIX(2, 9, A)),
    CASE_1(softmax, softmax, VECTOR(1, A)),
    CASE_1(log_softmax, log_softmax, VECTOR(3, A | B)),
    CASE_1(log_softmax, log_softmax, CUBE(2, 2, 5, A)),
    CASE_1(cumsum, cumsum_0, MATRIX(4, 3, A)),
    CASE_1(cumsum, cumsum_1, MATRIX(2, 5, A | B)),
    CASE_2(chain, chain_2, MATRIX(2, 3, 0), SCALAR(E)),
    CASE_2(chain, chain_2, MATRIX(2, 11, 0), SCALAR(A | E)),
    CASE_3(chain, chain_3, MATRIX(2, 3, 0), SCALAR(A | E), SCALAR(A | B | E)),
    CASE_2(chain, chain_twice, MATRIX(2, 2, 0), SCALAR(E)),
    CASE_2(chain, chain_twice, MATRIX(2, 2, 0), SCALAR(A | E)),
    CASE_1(exp_table, exp_table, SCALAR(E)),
    CASE_1(exp_table, exp_table, SCALAR(A | E)),
    CASE_1(rename, rename, VECTOR(3, A | E)),
    CASE_1(rearrange, transpose, MATRIX(2, 3, A)),
    CASE_1(rearrange, diagonal, MATRIX(3, 3, A | B)),
    CASE_1(rearrange, select, MATRIX(2, 3, A | E)),
    CASE_1(rearrange, slice, MATRIX(2, 3, A | B)),
    CASE_1(rearrange, join_a, VECTOR(2, A | B)),
    CASE_1(rearrange, join_b, VECTOR(2, A | B)),
    CASE_1(rearrange, split_b, MATRIX(3, 2, A)),
    CASE_2(rearrange, split_shared, MATRIX(3, 2, A), SCALAR(B)),
    CASE_1(rearrange, expand, VECTOR(2, A)),
    CASE_1(rearrange, expand, VECTOR(2, B)),
    CASE_1(gather, at, VECTOR(4, 0)),
    CASE_1(gather, at, MATRIX(4, 2, B)),
    CASE_1(gather, at, MATRIX(4, 2, A | B)),
    CASE_1(gather, at_b, MATRIX(4, 2, A | E)),
    CASE_1(gather, take_b, VECTOR(2, B | E)),
    CASE_1(sum_into, sum_into_b, VECTOR(2, A | E)),
    CASE_3(stack, stack, VECTOR(2, A), VECTOR(2, 0), VECTOR(2, B)),
    CASE_3(stack, stack, SCALAR(A), SCALAR(A | E), SCALAR(A)),
    CASE_2(dot, dot, VECTOR(3, A), VECTOR(3, A)),
    CASE_2(dot, dot, VECTOR(3, A), VECTOR(3, 0)),
    CASE_2(dot, dot, VECTOR(5, B), VECTOR(5, A)),
    CASE_2(dot, dot, VECTOR(150, 0), VECTOR(150, 0)),
    CASE_ALIASED(dot, dot, VECTOR(3, A | B)),
    CASE_2(outer, outer, VECTOR(3, A), VECTOR(2, A)),
    CASE_2(outer, outer, VECTOR(3, 0), VECTOR(2, A | E)),
    CASE_2(outer, outer, VECTOR(9, 0), VECTOR(17, 0)),
    CASE_ALIASED(outer, outer, VECTOR(3, A)),
    CASE_2(matvec, matvec, MATRIX(2, 3, A), VECTOR(3, A)),
    CASE_2(matvec, matvec, MATRIX(2, 3, 0), VECTOR(3, A)),
    CASE_2(matvec, matvec, MATRIX(2, 3, A | B), VECTOR(3, B)),
    CASE_2(matvec, matvec, MATRIX(11, 9, 0), VECTOR(9, 0)),
    CASE_2(matmul, matmul, MATRIX(2, 3, A), MATRIX(3, 4, A)),
    CASE_2(matmul, matmul, MATRIX(2, 3, 0), MATRIX(3, 2, A)),
    CASE_2(matmul, matmul, MATRIX(2, 3, B), MATRIX(3, 2, A)),
    CASE_2(matmul, matmul, MATRIX(9, 11, 0), MATRIX(11, 10, 0)),
    CASE_2(matmul, matmul, MATRIX(9, 11, 0), MATRIX(11, 1, 0)),
    CASE_ALIASED(matmul, matmul, MATRIX(3, 3, A)),
    CASE_2(mul, scale_columns, MATRIX(2, 3, A), VECTOR(3, B)),
    CASE_2(mul, scale_columns, MATRIX(2, 3, 0), VECTOR(3, A)),
    CASE_1(where, diagonal_matrix, VECTOR(3, A | B)),
    CASE_1(cholesky, cholesky, MATRIX(1, 1, A)),
    CASE_1(cholesky, cholesky, MATRIX(2, 2, A | B)),
    CASE_1(cholesky, cholesky, MATRIX(3, 3, A)),
    CASE_1(cholesky, cholesky, MATRIX(9, 9, 0)),
    CASE_1(cholesky, cholesky, SMALL_MATRIX(20, B)),
    CASE_1(cholesky, cholesky, SMALL_MATRIX(50, 0)),
    CASE_1(cholesky, logdet, MATRIX(4, 4, A | E)),
    CASE_2(solve_triangular, solve, MATRIX(3, 3, A), VECTOR(3, A)),
    CASE_2(solve_triangular, solve, MATRIX(3, 3, 0), VECTOR(3, A)),
    CASE_2(solve_triangular, solve, MATRIX(3, 3, A), VECTOR(3, 0)),
    CASE_2(solve_triangular, solve, MATRIX(3, 3, B), VECTOR(3, A)),
    CASE_2(solve_triangular, solve, MATRIX(2, 2, A), MATRIX(2, 3, A)),
    CASE_2(solve_triangular, solve, MATRIX(2, 2, 0), MATRIX(2, 3, A | B)),
    CASE_2(solve_triangular, solve, MATRIX(2, 2, A), MATRIX(2, 3, 0)),
    CASE_2(solve_triangular, solve, SMALL_MATRIX(20, 0), VECTOR(20, 0)),
    CASE_2(solve_triangular, solve, SMALL_MATRIX(20, 0), MATRIX(20, 7, 0)),
    CASE_1(solve_triangular, solve_itself, MATRIX(3, 3, A)),
    CASE_2(solve_triangular, solve_transposed, MATRIX(3, 3, A), VECTOR(3, A)),
    CASE_2(solve_triangular, solve_transposed, MATRIX(3, 3, 0), VECTOR(3, A)),
    CASE_2(solve_triangular, solve_transposed, MATRIX(3, 3, A), MATRIX(3, 2, B)),
    CASE_2(solve_triangular, solve_transposed, SMALL_MATRIX(20, 0), VECTOR(20, 0)),
    CASE_2(solve_triangular, solve_transposed, SMALL_MATRIX(20, 0), MATRIX(20, 7, 0)),
    CASE_1(unpack_lower, unpack_lower, VECTOR(6, A | B)),
    CASE_1(unpack_lower, unpack_lower, MATRIX(2, 3, A)),
    CASE_1(unpack_lower, unpack_strictly_lower, VECTOR(6, A | B)),
    CASE_1(unpack_lower, unpack_strictly_lower, MATRIX(2, 3, A)),
    CASE_1(centre, centre, VECTOR(4, A | B)),
    CASE_1(centre, centre, MATRIX(2, 3, A)),
    CASE_1(zero_sum, zero_sum, VECTOR(4, A | B)),
    CASE_1(zero_sum, zero_sum, MATRIX(2, 3, A)),
    CASE_1(corr_cholesky, corr_cholesky, MATRIX(4, 4, A | B)),
    CASE_1(corr_cholesky, corr_cholesky, CUBE(2, 3, 3, A | E)),
    CASE_2(tril_product, tril_product, MATRIX(3, 3, B), MATRIX(3, 3, A)),
    CASE_2(tril_product, tril_product, MATRIX(3, 3, 0), CUBE(2, 3, 3, A)),
    CASE_2(tril_product, tril_product, CUBE(2, 2, 2, A), CUBE(2, 2, 2, B)),
    CASE_1(gram, gram, MATRIX(4, 4, A | B)),
    CASE_1(gram, gram, CUBE(2, 3, 3, A | E)),
    CASE_1(lower_cholesky, lower_cholesky, MATRIX(3, 3, A)),
    CASE_1(lower_cholesky, lower_cholesky, CUBE(2, 2, 2, A | E)),
    CASE_1(ordered, ordered, VECTOR(4, A)),
    CASE_1(ordered, ordered, MATRIX(2, 3, A | B)),
    CASE_1(stick_breaking, stick_breaking, VECTOR(1, A)),
    CASE_1(stick_breaking, stick_breaking, VECTOR(4, A)),
    CASE_1(stick_breaking, stick_breaking, MATRIX(2, 3, A | B)),
    CASE_1(stick_breaking_log_det, stick_breaking_log_det, VECTOR(4, A)),
    CASE_1(stick_breaking_log_det, stick_breaking_log_det, MATRIX(2, 3, A | B)),
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

/* Zero almost everywhere, or cut on purpose. */
static const wick_op *const WITHOUT_GRADIENT[] = { &wicki_op_detach, /* cuts it */
    &wicki_op_equal, &wicki_op_less,                                 /* constant in pieces */
    &wicki_op_draw };                                                /* random */
enum { N_WITHOUT = sizeof WITHOUT_GRADIENT / sizeof *WITHOUT_GRADIENT };

/* --- a scalar out of any value ----------------------------------------------------------------- */

static double weight(size_t i)
{
    return i % 3 == 1 ? -between(0.5, 1.5, 99, i) : between(0.5, 1.5, 99, i);
}

static bool weigh_shape(wick *w, wick_node *node)
{
    return wicki_node_shape(w, node, 0, NULL, 0);
}

static void weigh_forward(wick_node *node)
{
    const wick_node *x = node->in[0];

    *node->value = 0.0;
    for (size_t i = 0; i < x->members * x->elements; i++)
        *node->value += weight(i) * x->value[i];
}

static void weigh_reverse(wick_node *node)
{
    wick_node *x = node->in[0];

    for (size_t i = 0; i < x->members * x->elements; i++)
        x->adjoint[i] += weight(i) * *node->adjoint;
}

static const wick_op WEIGH = {
    .name = "weigh", .shape = weigh_shape, .forward = weigh_forward, .reverse = weigh_reverse
};

/* --- the comparison ---------------------------------------------------------------------------- */

/* Values of the inputs, all in a row, and where each begins. */
typedef struct point {
    double *x;
    size_t begin[MOST_INPUTS + 1];
} point;

/* Distinct values throughout, those of different inputs too. */
static double value_at(const input *in, size_t j, size_t i)
{
    const double place = (double)((i * 37 + 11 + j * 331) % 1009) + (double)(j + 1) / 8.0;

    return in->low + (in->high - in->low) * place / 1009.5;
}

static point point_of(wick *w, const gradient_case *c, size_t n)
{
    wick_var x[MOST_INPUTS];
    point p = { .begin = { 0 } };
    const size_t independent = c->aliased ? 1 : c->n_inputs;

    wick_reset(w);
    const dims d = dims_with(w, n);
    for (size_t j = 0; j < c->n_inputs; j++) {
        x[j] = leaf(w, c->in[j].rank, c->in[j].sizes, set_of(w, &d, c->in[j].over));
        p.begin[j + 1] = p.begin[j] + (j < independent ? size_of(x[j]) : 0);
    }
    p.x = malloc(p.begin[c->n_inputs] * sizeof *p.x);
    for (size_t j = 0; j < independent; j++)
        for (size_t i = p.begin[j]; i < p.begin[j + 1]; i++)
            p.x[i] = value_at(&c->in[j], j, i - p.begin[j]);
    return p;
}

/* Evaluation reads the leaves, so they are filled before anything is built on them. */
static wick_var evaluated(wick *w, const gradient_case *c, size_t n, const point *p, wick_var *x)
{
    wick_reset(w);
    const dims d = dims_with(w, n);
    for (size_t j = 0; j < c->n_inputs; j++) {
        if (c->aliased && j > 0) {
            x[j] = x[0];
            continue;
        }
        x[j] = leaf(w, c->in[j].rank, c->in[j].sizes, set_of(w, &d, c->in[j].over));
        memcpy(node_of(x[j])->value, p->x + p->begin[j], size_of(x[j]) * sizeof *p->x);
    }
    const wick_var y = c->build(w, x, &d);
    if (wick_status(w) != WICK_OK)
        ck_abort_msg("%s %s: %s", c->op->name, c->what, wick_message(w));
    return y;
}

/* y of x + h minus y of x - h. */
static void symmetric_difference(
    wick *w, const gradient_case *c, size_t n, const point *p, size_t at, double h, double *out)
{
    const double x = p->x[at];
    wick_var in[MOST_INPUTS];

    for (int side = 1; side >= -1; side -= 2) {
        p->x[at] = x + side * h;
        const wick_node *y = node_of(evaluated(w, c, n, p, in));
        for (size_t i = 0; i < y->members * y->elements; i++)
            out[i] = side > 0 ? y->value[i] : out[i] - y->value[i];
    }
    p->x[at] = x;
}

/* Element by element first, so that large values do not drown small changes. */
static double difference(
    wick *w, const gradient_case *c, size_t n, const point *p, size_t at, double h, size_t n_out)
{
    static const double STENCIL[] = { 45, -9, 1 };
    double *d = malloc(n_out * sizeof *d), total = 0.0;

    for (int k = 0; k < 3; k++) {
        symmetric_difference(w, c, n, p, at, (k + 1) * h, d);
        for (size_t i = 0; i < n_out; i++)
            total += STENCIL[k] * weight(i) * d[i];
    }
    free(d);
    return total / (60.0 * h);
}

static double step_at(const gradient_case *c, size_t j, double x)
{
    const double room = fmin(x - c->in[j].domain_low, c->in[j].domain_high - x);

    return c->kinked ? 1e-5 : 3e-3 * fmin(fmax(1.0, fabs(x)), room);
}

static bool on_tape(const wick *w, const wick_op *op)
{
    for (uint32_t i = 0; i < w->tape->n_nodes; i++)
        if (w->tape->node[i]->op == op)
            return true;
    return false;
}

static void compare(wick *w, const gradient_case *c, size_t n)
{
    const point p = point_of(w, c, n);
    const size_t n_in = p.begin[c->n_inputs];
    double *g = malloc(n_in * sizeof *g);
    wick_var x[MOST_INPUTS];
    wick_var y = evaluated(w, c, n, &p, x);
    const size_t n_out = size_of(y);

    ck_assert_msg(on_tape(w, c->op), "%s %s does not use the op", c->op->name, c->what);
    wick_backward(wick_record(w, &WEIGH, 1, &(wick_argument){ .var = y }, NULL, 0));
    ck_assert_msg(wick_status(w) == WICK_OK, "%s: %s", c->what, wick_message(w));
    for (size_t j = 0; j < (c->aliased ? 1 : c->n_inputs); j++) {
        const wick_node *node = node_of(x[j]);
        for (size_t i = p.begin[j]; i < p.begin[j + 1]; i++)
            g[i] = node->adjoint ? node->adjoint[i - p.begin[j]] : 0.0;
    }
    const size_t stride = n_in / MOST_COORDINATES + 1;
    for (size_t j = 0; j < (c->aliased ? 1 : c->n_inputs); j++)
        for (size_t i = p.begin[j] + n % stride; i < p.begin[j + 1]; i += stride) {
            const double h = step_at(c, j, p.x[i]), fd = difference(w, c, n, &p, i, h, n_out);
            ck_assert_msg(fabs(g[i] - fd) <= 1e-9 * fmax(1.0, fabs(fd)),
                "%s (%s), %zu members: input %zu at %zu (x = %g): gradient %.17g, difference %.17g",
                c->op->name, c->what, n, j, i - p.begin[j], p.x[i], g[i], fd);
        }
    free(g);
    free(p.x);
}

static bool size_matters(const gradient_case *c)
{
    unsigned over = 0;

    for (size_t j = 0; j < c->n_inputs; j++)
        over |= c->in[j].over;
    return c->build == build_at || c->build == build_expand || c->build == build_sum_missing ||
        (over & A);
}

static void compare_for_all_sizes(const gradient_case *c)
{
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < N_MEMBERS; i++)
        if (i == 0 || size_matters(c))
            compare(w, c, MEMBERS[i]);
    wick_free(w);
}

START_TEST(the_gradient_of_an_elementwise_op_is_its_central_difference)
{
    const gradient_case c = elementwise_case((size_t)_i);

    compare_for_all_sizes(&c);
}
END_TEST

START_TEST(the_gradient_of_an_op_is_its_central_difference)
{
    compare_for_all_sizes(&CASES[_i]);
}
END_TEST

static size_t cases_of(const wick_op *op)
{
    size_t n = 0;

    for (size_t i = 0; i < N_ELEMENTWISE; i++)
        n += ELEMENTWISE[i].op == op;
    for (size_t i = 0; i < N_CASES; i++)
        n += CASES[i].op == op;
    for (size_t i = 0; i < N_WITHOUT; i++)
        n += WITHOUT_GRADIENT[i] == op;
    return n;
}

START_TEST(every_op_of_the_list_has_a_case)
{
    for (size_t i = 0; i < wicki_n_ops; i++)
        ck_assert_msg(cases_of(wicki_ops[i]) > 0, "%s has no gradient check", wicki_ops[i]->name);
}
END_TEST

/* --- ops without gradient ---------------------------------------------------------------------- */

static wick_var without_gradient(wick *w, size_t i, wick_var x)
{
    wick_node *node = node_of(x);
    const wicki_draw_kind shifted = wicki_draw_normal;

    switch (i) {
    case 0:
        return wick_detach(x);
    case 1:
        return wick_equal(x, 0.7);
    case 2:
        return wick_less(0.3, x);
    default:
        return wicki_var_of(
            w, wicki_draw_record(w, &shifted, 1, &node, node->rank, (size_t[]){ 3 }, node->dims));
    }
}

START_TEST(an_op_without_gradient_sends_none)
{
    wick *w = wick_new(NULL);
    const dims d = dims_with(w, 5);
    const wick_var x = random_leaf(w, 1, (size_t[]){ 3 }, set_of(w, &d, A), 4);
    const wick_var y = without_gradient(w, (size_t)_i, x);
    double g[15];

    ck_assert(on_tape(w, WITHOUT_GRADIENT[_i]));
    /* x itself has the weight 1/4, so that a loss depends on it */
    wick_backward(wick_total(wick_add(wick_mul(x, 0.25), y)));
    ck_assert_uint_eq(wick_get_gradient(x, g, 15), 15);
    for (size_t i = 0; i < 15; i++)
        ck_assert_double_eq(g[i], 0.25);
    wick_free(w);
}
END_TEST

/* --- graphs ------------------------------------------------------------------------------------ */

START_TEST(a_value_used_twice_gets_both_gradients)
{
    wick *w = wick_new(NULL);
    const wick_var x = number(w, 1.3), y = number(w, -0.4);

    /* d/dx (x y + exp(x) y + x) = y + exp(x) y + 1, d/dy = x + exp(x) */
    wick_backward(wick_add(wick_mul(x, y), wick_add(wick_mul(wick_exp(x), y), x)));
    ck_assert_double_eq_tol(gradient_of(x), -0.4 - 0.4 * exp(1.3) + 1.0, 1e-14);
    ck_assert_double_eq_tol(gradient_of(y), 1.3 + exp(1.3), 1e-14);
    wick_free(w);
}
END_TEST

static wick_var mixed(wick *w, const wick_var *x, const dims *d)
{
    const wick_var means = wick_join(wick_mul(x[0], x[1]), "b");
    const wick_var tril = wicki_lower_cholesky(x[2]);
    const wick_var z = wick_solve_triangular(tril, means);

    (void)d;
    (void)w;
    return wick_logsumexp_event(wick_sub(wick_softplus(z), wick_softmax(means)));
}

START_TEST(a_graph_of_many_ops_agrees_with_its_differences)
{
    const gradient_case c = { &wicki_op_solve_triangular, "a graph", mixed, 3,
        { SCALAR(A), SCALAR(B), SMALL_MATRIX(3, E) }, false, false };

    compare_for_all_sizes(&c);
}
END_TEST

START_TEST(gradients_are_linear_in_the_loss)
{
    wick *w = wick_new(NULL);
    const dims d = dims_with(w, 9);
    const wick_var x = random_leaf(w, 1, (size_t[]){ 4 }, set_of(w, &d, A), 8);
    const wick_var f = wick_total(wick_tanh(x)), g = wick_total(wick_softmax(wick_square(x)));
    double df[36], dg[36], both[36];

    wick_backward(f);
    wick_get_gradient(x, df, 36);
    wick_backward(g);
    wick_get_gradient(x, dg, 36);
    wick_backward(wick_add(wick_mul(3.0, f), wick_mul(-0.7, g)));
    wick_get_gradient(x, both, 36);
    for (size_t i = 0; i < 36; i++)
        ck_assert_double_eq_tol(both[i], 3.0 * df[i] - 0.7 * dg[i], 4 * 2.3e-16 * 4.0);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradients");
    TCase *list = tcase_create("list"), *graphs = tcase_create("graphs");

    tcase_add_test(list, every_op_of_the_list_has_a_case);
    tcase_add_loop_test(list, the_gradient_of_an_elementwise_op_is_its_central_difference, 0,
        N_ELEMENTWISE * N_PATTERNS);
    tcase_add_loop_test(list, the_gradient_of_an_op_is_its_central_difference, 0, N_CASES);
    tcase_add_loop_test(list, an_op_without_gradient_sends_none, 0, N_WITHOUT);
    tcase_add_test(graphs, a_value_used_twice_gets_both_gradients);
    tcase_add_test(graphs, a_graph_of_many_ops_agrees_with_its_differences);
    tcase_add_test(graphs, gradients_are_linear_in_the_loss);
    suite_add_tcase(suite, list);
    suite_add_tcase(suite, graphs);
    return run_suite(suite);
}
