/* Vectors and matrices against textbook loops and closed forms. */
#include "tests/tape/fixture.h"

static wick *w;
static dims d;

static void start(void)
{
    w = wick_new(NULL);
    d = dims_with(w, 7);
}

static void finish(void)
{
    wick_free(w);
}

/* --- references: plain loops over one matrix ---------------------------------------------------- */

static void naive_product(
    size_t m, size_t n, size_t p, const double *a, const double *b, double *out)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < p; j++) {
            out[i * p + j] = 0.0;
            for (size_t k = 0; k < n; k++)
                out[i * p + j] += a[i * n + k] * b[k * p + j];
        }
}

/* L_ij = (a_ij - sum_k<j L_ik L_jk) / L_jj, column by column. */
static void naive_cholesky(size_t n, const double *a, double *l)
{
    memset(l, 0, n * n * sizeof *l);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
        }
}

/* g g' / n + 0.5, for a random g: eigenvalues between 0.5 and about 6 */
static void random_positive(size_t n, uint64_t seed, double *a)
{
    double *g = malloc(n * n * sizeof *g);

    for (size_t i = 0; i < n * n; i++)
        g[i] = between(-2.0, 2.0, seed, i);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a[i * n + j] = i == j ? 0.5 : 0.0;
            for (size_t k = 0; k < n; k++)
                a[i * n + j] += g[i * n + k] * g[j * n + k] / (double)n;
        }
    free(g);
}

/* Member m of a value, as a matrix of its own. */
static void member_of(const wick_node *x, size_t m, double *out)
{
    for (size_t e = 0; e < x->elements; e++)
        out[e] = x->value[e * x->members + m];
}

static void set_member(wick_node *x, size_t m, const double *from)
{
    for (size_t e = 0; e < x->elements; e++)
        x->value[e * x->members + m] = from[e];
}

/* --- cholesky ---------------------------------------------------------------------------------- */

/* Size, and members over plates a (7), b (3) and e (2): one block of members, several, one by one. */
static const struct {
    size_t n;
    unsigned over;
} FACTORS[] = { { 1, 0 }, { 2, A }, { 3, A | B }, { 5, A | B | E | M }, { 40, A | B }, { 60, 0 },
    { 60, B }, { 140, E } };
enum { N_FACTORS = sizeof FACTORS / sizeof *FACTORS };

START_TEST(the_factor_is_that_of_the_textbook)
{
    const size_t n = FACTORS[_i].n;
    const wick_var x = leaf(w, 2, (size_t[]){ n, n }, set_of(w, &d, FACTORS[_i].over));
    double *a = malloc(n * n * sizeof *a), *want = malloc(n * n * sizeof *want);

    for (size_t m = 0; m < node_of(x)->members; m++) {
        random_positive(n, m, a);
        set_member(node_of(x), m, a);
    }
    const wick_var l = wick_cholesky(x);
    for (size_t m = 0; m < node_of(l)->members; m++) {
        random_positive(n, m, a);
        naive_cholesky(n, a, want);
        member_of(node_of(l), m, a);
        for (size_t e = 0; e < n * n; e++)
            ck_assert_double_eq_tol(a[e], want[e], 1e-13);
    }
    free(a);
    free(want);
}
END_TEST

/* tridiag(-1, 2, -1) has determinant n + 1 and inverse min(i, j) (n + 1 - max(i, j)) / (n + 1). */
START_TEST(log_determinant_and_its_gradient_are_those_of_the_second_difference)
{
    enum { N = 25 };
    const wick_var x = leaf(w, 2, (size_t[]){ N, N }, 0);
    double g[N * N];

    memset(node_of(x)->value, 0, sizeof g);
    for (size_t i = 0; i < N; i++) {
        node_of(x)->value[i * N + i] = 2.0;
        if (i + 1 < N)
            node_of(x)->value[i * N + i + 1] = node_of(x)->value[(i + 1) * N + i] = -1.0;
    }
    const wick_var y = wick_logdet(x);
    ck_assert_double_eq_tol(wick_value(y), log(N + 1.0), 1e-13);
    wick_backward(y);
    wick_get_gradient(x, g, N * N);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const double low = (double)(i < j ? i : j) + 1.0, high = (double)(i < j ? j : i) + 1.0;
            ck_assert_double_eq_tol(g[i * N + j], low * (N + 1.0 - high) / (N + 1.0), 1e-12);
        }
}
END_TEST

/* The matrix of a question in a forum that was meant to be a covariance. */
START_TEST(a_matrix_that_is_not_symmetric_is_named_by_its_entries)
{
    const double c[] = { 3.0, -0.3, -2.0, 9.0 };

    wick_cholesky(wick_const(w, c, 2, 2));
    ck_assert_int_eq(wick_status(w), WICK_ERR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "wick_cholesky"));
    ck_assert_ptr_nonnull(strstr(wick_message(w), "a[0,1] = -0.3, a[1,0] = -2"));
}
END_TEST

START_TEST(an_asymmetry_of_rounding_size_is_let_through)
{
    const double c[] = { 3.0, 1.0 + 1e-9, 1.0, 9.0 }, much[] = { 3.0, 1.0 + 2e-7, 1.0, 9.0 };

    wick_cholesky(wick_const(w, c, 2, 2));
    ck_assert_int_eq(wick_status(w), WICK_OK);
    wick_cholesky(wick_const(w, much, 2, 2));
    ck_assert_int_eq(wick_status(w), WICK_ERR_DOMAIN);
}
END_TEST

START_TEST(a_pivot_that_is_not_positive_is_named_with_its_member)
{
    const wick_var x = leaf(w, 2, (size_t[]){ 3, 3 }, set_of(w, &d, A | B));
    const double good[] = { 2, 0, 1, 0, 2, 0, 1, 0, 2 };
    const double bad[] = { 2, 0, 3, 0, 2, 0, 3, 0, 2 }; /* last pivot 2 - 3^2 / 2 = -2.5 */

    for (size_t m = 0; m < 21; m++)
        set_member(node_of(x), m, m == 2 * 7 + 4 ? bad : good);
    wick_cholesky(x);
    ck_assert_int_eq(wick_status(w), WICK_ERR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "pivot 2 is -2.5"));
    ck_assert_ptr_nonnull(strstr(wick_message(w), "'b' 2, 'a' 4"));
}
END_TEST

START_TEST(a_pivot_that_is_not_a_number_is_an_error_too)
{
    const double c[] = { 1.0, 0.0, 0.0, NAN };

    wick_cholesky(wick_const(w, c, 2, 2));
    ck_assert_int_eq(wick_status(w), WICK_ERR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "pivot 1 is nan"));
}
END_TEST

/* --- triangular systems ------------------------------------------------------------------------ */

/* What L and b vary over, and the columns of b (0: a vector). */
static const struct {
    size_t n;
    unsigned l, b;
    size_t columns;
} SYSTEMS[] = { { 1, A, A, 0 }, { 3, A, A, 0 }, { 3, 0, A, 0 }, { 3, A, 0, 0 }, { 3, B, A, 0 },
    { 4, A | B, B, 2 }, { 4, 0, A | E, 3 }, { 4, A, 0, 3 }, { 60, 0, 0, 0 }, { 60, 0, 0, 9 },
    { 60, A, B, 2 }, { 5, 0, 0, 300 } };
enum { N_SYSTEMS = sizeof SYSTEMS / sizeof *SYSTEMS };

/* What stands above the diagonal is not a number: it must not be read. */
static wick_var random_factor(size_t n, uint32_t set)
{
    const wick_var l = random_leaf(w, 2, (size_t[]){ n, n }, set, 31);
    wick_node *node = node_of(l);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t m = 0; m < node->members; m++) {
                double *x = &node->value[(i * n + j) * node->members + m];
                *x = j > i ? NAN : j == i ? 2.0 + *x / 4.0 : *x / sqrt((double)n);
            }
    return l;
}

/* The spread of x over more dimensions, by the public route: adding a zero that has them. */
static wick_var spread(wick_var x, unsigned over)
{
    const wick_var zero = leaf(w, 0, NULL, set_of(w, &d, over));

    memset(node_of(zero)->value, 0, size_of(zero) * sizeof(double));
    return wick_add(x, zero);
}

static void check_residual(wick_var l, wick_var x, wick_var b, size_t columns, bool transposed)
{
    const wick_node *of_l = node_of(l), *of_x = node_of(x), *of_b = node_of(b);
    const size_t n = of_l->event[0];

    ck_assert_uint_eq(of_x->rank, columns ? 2 : 1);
    columns = columns ? columns : 1;
    for (size_t m = 0; m < of_x->members; m++)
        for (size_t c = 0; c < columns; c++)
            for (size_t i = 0; i < n; i++) {
                double sum = 0.0;
                for (size_t j = transposed ? i : 0; j < (transposed ? n : i + 1); j++)
                    sum += of_l->value[(transposed ? j * n + i : i * n + j) * of_l->members + m] *
                        of_x->value[(j * columns + c) * of_x->members + m];
                ck_assert_double_eq_tol(
                    sum, of_b->value[(i * columns + c) * of_b->members + m], 1e-12);
            }
}

START_TEST(a_triangular_system_is_solved)
{
    const unsigned over = SYSTEMS[_i].l | SYSTEMS[_i].b;
    const size_t n = SYSTEMS[_i].n, columns = SYSTEMS[_i].columns;
    const wick_var l = random_factor(n, set_of(w, &d, SYSTEMS[_i].l));
    const wick_var b =
        random_leaf(w, columns ? 2 : 1, (size_t[]){ n, columns }, set_of(w, &d, SYSTEMS[_i].b), 32);

    check_residual(spread(l, over), wick_solve_triangular(l, b), spread(b, over), columns, false);
    check_residual(
        spread(l, over), wick_solve_triangular_transposed(l, b), spread(b, over), columns, true);
}
END_TEST

START_TEST(the_upper_triangle_gets_no_gradient)
{
    const wick_var l = random_factor(4, set_of(w, &d, A));
    const wick_var b = random_leaf(w, 1, (size_t[]){ 4 }, 0, 33);

    for (int transposed = 0; transposed < 2; transposed++) {
        const wick_var x =
            transposed ? wick_solve_triangular_transposed(l, b) : wick_solve_triangular(l, b);
        wick_backward(wick_total(wick_square(x)));
        const wick_node *node = node_of(l);
        for (size_t e = 0; e < 16; e++)
            for (size_t m = 0; m < 7; m++) {
                const double g = node->adjoint[e * 7 + m];
                ck_assert_msg(e % 4 > e / 4 ? g == 0.0 : isfinite(g) && g != 0.0, "%zu: %g", e, g);
            }
    }
}
END_TEST

/* Member 2 has a singular L; where does not look at it, so its gradient is zero. */
START_TEST(a_singular_member_that_is_not_looked_at_spoils_nothing)
{
    const wick_var l = random_factor(3, set_of(w, &d, A));
    const wick_var b = random_leaf(w, 1, (size_t[]){ 3 }, set_of(w, &d, A), 34);
    const wick_var good = wick_sub(1.0, wick_equal(wick_index(w, "a"), 2));

    node_of(l)->value[(1 * 3 + 1) * 7 + 2] = 0.0;
    const wick_var x = wick_solve_triangular(l, b);
    ck_assert(!isfinite(node_of(x)->value[1 * 7 + 2]));
    wick_backward(wick_total(wick_where(good, wick_sum_event(x), 0.0)));
    for (size_t e = 0; e < 9; e++)
        for (size_t m = 0; m < 7; m++) {
            const double g = node_of(l)->adjoint[e * 7 + m];
            ck_assert(isfinite(g) && (m != 2 || g == 0.0));
        }
    for (size_t e = 0; e < 3; e++)
        ck_assert_double_eq(node_of(b)->adjoint[e * 7 + 2], 0.0);
}
END_TEST

/* --- products ---------------------------------------------------------------------------------- */

static const struct {
    size_t m, n, p;
    unsigned a, b;
} PRODUCTS[] = { { 1, 1, 1, A, A }, { 2, 3, 4, A, A }, { 3, 2, 3, 0, A | B }, { 3, 2, 3, A, B },
    { 4, 5, 1, B, E | M }, { 17, 33, 9, 0, 0 }, { 17, 33, 1, 0, 0 }, { 1, 33, 17, 0, 0 } };
enum { N_PRODUCTS = sizeof PRODUCTS / sizeof *PRODUCTS };

START_TEST(a_matrix_product_is_the_triple_loop)
{
    const size_t m = PRODUCTS[_i].m, n = PRODUCTS[_i].n, p = PRODUCTS[_i].p;
    const unsigned over = PRODUCTS[_i].a | PRODUCTS[_i].b;
    const wick_var a = random_leaf(w, 2, (size_t[]){ m, n }, set_of(w, &d, PRODUCTS[_i].a), 41);
    const wick_var b = random_leaf(w, 2, (size_t[]){ n, p }, set_of(w, &d, PRODUCTS[_i].b), 42);
    const wick_var c = wick_matmul(a, b);
    const wick_var all_a = spread(a, over), all_b = spread(b, over);
    double x[17 * 33], y[33 * 17], want[17 * 17], got[17 * 17];

    for (size_t i = 0; i < node_of(c)->members; i++) {
        member_of(node_of(all_a), i, x);
        member_of(node_of(all_b), i, y);
        member_of(node_of(c), i, got);
        naive_product(m, n, p, x, y, want);
        for (size_t e = 0; e < m * p; e++)
            ck_assert_double_eq_tol(got[e], want[e], 1e-13);
    }
}
END_TEST

START_TEST(products_with_vectors_are_products_of_thin_matrices)
{
    const wick_var a = random_leaf(w, 2, (size_t[]){ 4, 3 }, set_of(w, &d, A), 43);
    const wick_var x = random_leaf(w, 1, (size_t[]){ 3 }, set_of(w, &d, B), 44);
    const wick_var y = random_leaf(w, 1, (size_t[]){ 3 }, set_of(w, &d, A), 45);
    const wick_var column = wick_reshape(x, 3, 1), row = wick_reshape(y, 1, 3);
    const wick_var pairs[][2] = { { wick_matvec(a, x), wick_matmul(a, column) },
        { wick_dot(y, x), wick_matmul(row, column) },
        { wick_outer(x, y), wick_matmul(column, row) } };
    const size_t rank[] = { 1, 0, 2 };

    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(wick_rank(pairs[i][0]), rank[i]);
        ck_assert_uint_eq(size_of(pairs[i][0]), size_of(pairs[i][1]));
        for (size_t e = 0; e < size_of(pairs[i][0]); e++)
            ck_assert_double_eq(node_of(pairs[i][0])->value[e], node_of(pairs[i][1])->value[e]);
    }
}
END_TEST

START_TEST(columns_are_scaled_and_a_diagonal_is_laid_out)
{
    const wick_var a = random_leaf(w, 2, (size_t[]){ 2, 3 }, set_of(w, &d, A), 46);
    const wick_var s = vector(w, 3, (double[]){ 0.5, -3.0, INFINITY });
    const wick_node *scaled = node_of(wick_scale_columns(a, s));
    const wick_node *diagonal = node_of(wick_diagonal_matrix(s));

    for (size_t e = 0; e < 6; e++)
        for (size_t m = 0; m < 7; m++)
            ck_assert_double_eq(
                scaled->value[e * 7 + m], node_of(a)->value[e * 7 + m] * node_of(s)->value[e % 3]);
    for (size_t e = 0; e < 9; e++)
        ck_assert_double_eq(diagonal->value[e], e / 3 == e % 3 ? node_of(s)->value[e / 3] : 0.0);
}
END_TEST

START_TEST(a_product_with_an_infinity_that_is_not_looked_at_has_no_gradient)
{
    const wick_var a = wick_reshape(vector(w, 4, (double[]){ INFINITY, 1.0, 2.0, 3.0 }), 2, 2);
    const wick_var x = vector(w, 2, (double[]){ 0.5, 0.25 });

    /* the first element is infinite and is dropped: the gradient is the second row */
    wick_backward(wick_pick(wick_matvec(a, x), 1));
    ck_assert_double_eq(node_of(x)->adjoint[0], 2.0);
    ck_assert_double_eq(node_of(x)->adjoint[1], 3.0);
}
END_TEST

START_TEST(stacked_values_lie_along_a_new_leading_axis)
{
    const wick_var x = random_leaf(w, 1, (size_t[]){ 2 }, set_of(w, &d, A), 47);
    const wick_var y = random_leaf(w, 1, (size_t[]){ 2 }, set_of(w, &d, B), 48);
    const wick_node *s = node_of(wick_stack(w, 3, (wick_var[]){ x, y, x }));

    ck_assert_uint_eq(s->rank, 2);
    ck_assert_uint_eq(s->event[0], 3);
    ck_assert_uint_eq(s->event[1], 2);
    for (size_t e = 0; e < 2; e++)
        for (size_t b = 0; b < 3; b++)
            for (size_t a = 0; a < 7; a++) {
                const double of_x = node_of(x)->value[e * 7 + a];
                const double of_y = node_of(y)->value[e * 3 + b];
                ck_assert_double_eq(s->value[((0 + e) * 3 + b) * 7 + a], of_x);
                ck_assert_double_eq(s->value[((2 + e) * 3 + b) * 7 + a], of_y);
                ck_assert_double_eq(s->value[((4 + e) * 3 + b) * 7 + a], of_x);
            }
}
END_TEST

/* --- errors ------------------------------------------------------------------------------------ */

static const struct {
    const char *call, *message;
    wick_code code;
} ERRORS[] = {
    { "dot", "wick_dot: got [3] and [2]", WICK_ERR_SHAPE },
    { "dot of a scalar", "wick_dot: got [3] and a scalar", WICK_ERR_SHAPE },
    { "outer", "wick_outer: got [2][3] and [3]", WICK_ERR_SHAPE },
    { "matvec", "wick_matvec: got [2][3] and [2]", WICK_ERR_SHAPE },
    { "matmul", "wick_matmul: got [2][3] and [2][3]", WICK_ERR_SHAPE },
    { "scale_columns", "wick_scale_columns: got [2][3] and [2]", WICK_ERR_SHAPE },
    { "diagonal_matrix", "wick_diagonal_matrix: got [2][3]", WICK_ERR_SHAPE },
    { "cholesky", "wick_cholesky: got [2][3], need a square matrix", WICK_ERR_SHAPE },
    { "logdet", "wick_logdet: got [3], need a square matrix", WICK_ERR_SHAPE },
    { "solve", "wick_solve_triangular: got [2][3] and [3]", WICK_ERR_SHAPE },
    { "solve_transposed", "wick_solve_triangular_transposed: got [3][3] and [2]", WICK_ERR_SHAPE },
    { "stack", "wick_stack: got [3] and, at 1, [2]", WICK_ERR_SHAPE },
    { "stack of none", "wick_stack: got 0 vars", WICK_ERR_ARGUMENT },
    { "stack of rank 4", "wick_stack: the events have 4 axes already", WICK_ERR_SHAPE },
};
enum { N_ERRORS = sizeof ERRORS / sizeof *ERRORS };

static wick_var wrong_call(int i)
{
    const wick_var two = wick_fill(w, 1.0, 2), three = wick_fill(w, 1.0, 3);
    const wick_var wide = wick_fill(w, 1.0, 2, 3), square = wick_eye(w, 3);

    switch (i) {
    case 0:
        return wick_dot(three, two);
    case 1:
        return wick_dot(three, wick_num(w, 1.0));
    case 2:
        return wick_outer(wide, three);
    case 3:
        return wick_matvec(wide, two);
    case 4:
        return wick_matmul(wide, wide);
    case 5:
        return wick_scale_columns(wide, two);
    case 6:
        return wick_diagonal_matrix(wide);
    case 7:
        return wick_cholesky(wide);
    case 8:
        return wick_logdet(three);
    case 9:
        return wick_solve_triangular(wide, three);
    case 10:
        return wick_solve_triangular_transposed(square, two);
    case 11:
        return wick_stack(w, 2, (wick_var[]){ three, two });
    case 12:
        return wick_stack(w, 0, NULL);
    default:
        return wick_stack(w, 1, (wick_var[]){ wick_fill(w, 1.0, 1, 2, 1, 2) });
    }
}

START_TEST(shapes_that_do_not_fit_are_errors_with_both_shapes)
{
    const wick_var x = wrong_call(_i);

    ck_assert_ptr_null(x.w);
    ck_assert_int_eq(wick_status(w), ERRORS[_i].code);
    ck_assert_msg(
        strstr(wick_message(w), ERRORS[_i].message), "%s: %s", ERRORS[_i].call, wick_message(w));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("matrix");
    TCase *factors = tcase_create("factors"), *products = tcase_create("products");
    TCase *errors = tcase_create("errors");

    tcase_add_checked_fixture(factors, start, finish);
    tcase_add_loop_test(factors, the_factor_is_that_of_the_textbook, 0, N_FACTORS);
    tcase_add_test(factors, log_determinant_and_its_gradient_are_those_of_the_second_difference);
    tcase_add_test(factors, a_matrix_that_is_not_symmetric_is_named_by_its_entries);
    tcase_add_test(factors, an_asymmetry_of_rounding_size_is_let_through);
    tcase_add_test(factors, a_pivot_that_is_not_positive_is_named_with_its_member);
    tcase_add_test(factors, a_pivot_that_is_not_a_number_is_an_error_too);
    tcase_add_loop_test(factors, a_triangular_system_is_solved, 0, N_SYSTEMS);
    tcase_add_test(factors, the_upper_triangle_gets_no_gradient);
    tcase_add_test(factors, a_singular_member_that_is_not_looked_at_spoils_nothing);
    tcase_add_checked_fixture(products, start, finish);
    tcase_add_loop_test(products, a_matrix_product_is_the_triple_loop, 0, N_PRODUCTS);
    tcase_add_test(products, products_with_vectors_are_products_of_thin_matrices);
    tcase_add_test(products, columns_are_scaled_and_a_diagonal_is_laid_out);
    tcase_add_test(products, a_product_with_an_infinity_that_is_not_looked_at_has_no_gradient);
    tcase_add_test(products, stacked_values_lie_along_a_new_leading_axis);
    tcase_add_checked_fixture(errors, start, finish);
    tcase_add_loop_test(errors, shapes_that_do_not_fit_are_errors_with_both_shapes, 0, N_ERRORS);
    suite_add_tcase(suite, factors);
    suite_add_tcase(suite, products);
    suite_add_tcase(suite, errors);
    return run_suite(suite);
}
