#include "dist/gaussian.h"

#include "base/stirling.h"

/* --- pieces ---------------------------------------------------------------------------------- */

bool wicki_need_own_axes(wick *w, const wick_dist *dist, size_t j, const wick_node *x)
{
    const unsigned own = dist->type->parameter_rank[j];

    if (x->rank == own)
        return true;
    wick_fail(w, WICK_ERR_SHAPE, "%s: a draw with %s of rank %u, need %s; use a plate",
        dist->type->log_prob->name, dist->type->parameter_names[j], x->rank,
        own == 2 ? "a matrix" : "a scalar");
    return false;
}

wick_var wicki_lower_triangle(wick_var a)
{
    const size_t n = wick_rank(a) >= 2 ? wick_event_size(a, wick_rank(a) - 1) : 1;
    const wick_var mask = wick_fill_array(a.w, 0.0, 2, (size_t[]){ n, n });
    const wick_node *node = wicki_ok(a.w) ? wicki_node_of(a.w, "lower triangle", mask) : NULL;

    for (size_t i = 0; node && i < n; i++)
        for (size_t j = 0; j <= i; j++)
            node->value[i * n + j] = 1.0;
    return wick_where(mask, a, 0.0);
}

wick_var wicki_each_vector(wick_var a, wick_var z)
{
    const size_t rank = wick_rank(z);
    size_t sizes[WICK_MAX_RANK] = { 0 }, batch = 1;

    if (rank <= 1 || !wicki_ok(a.w))
        return wick_matvec(a, z);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = wick_event_size(z, i);
    for (size_t i = 0; i + 1 < rank; i++)
        batch *= sizes[i];
    const wick_var rows = wick_reshape_array(z, 2, (size_t[]){ batch, sizes[rank - 1] });
    const wick_var product = wick_matmul(rows, wick_transpose(a));
    sizes[rank - 1] = wick_event_size(a, 0);
    return wick_reshape_array(product, rank, sizes);
}

wick_var wicki_row_squares(wick_var a)
{
    return wick_sum_axis(wick_square(a), wick_rank(a) - 1);
}

/* --- the forms of a covariance --------------------------------------------------------------- */

/*
 * C = L L', or C = F F' + diag(d). Of the second form: G = F' diag(d)^-1, M M' = I + G F, for which
 * C^-1 = diag(d)^-1 (I - F (M M')^-1 G) and det C = det(M)^2 prod_i d_i.
 */
typedef struct form {
    wick_var loc, factor; /* L or F */
    bool low_rank;
    wick_var d, g, m;
} form;

static bool read_form(wick *w, const wick_dist *dist, form *f)
{
    if (dist->type != &wicki_dist_multivariate_normal &&
        dist->type != &wicki_dist_low_rank_multivariate_normal)
        return false;
    *f = (form){ .loc = dist->parameter[0].var, .factor = dist->parameter[1].var };
    f->low_rank = dist->type == &wicki_dist_low_rank_multivariate_normal;
    if (!f->low_rank) {
        f->factor = wicki_lower_triangle(f->factor);
        return true;
    }
    const size_t r = wick_rank(f->factor) == 2 ? wick_event_size(f->factor, 1) : 1;
    f->d = dist->parameter[2].var;
    f->g = wick_scale_columns(wick_transpose(f->factor), wick_div(1.0, f->d));
    f->m = wick_cholesky(wick_add(wick_eye(w, r), wick_matmul(f->g, f->factor)));
    return true;
}

static size_t size_of(const form *f)
{
    return wick_event_size(f->loc, wick_rank(f->loc) - 1);
}

/* log det(C) / 2 */
static wick_var half_log_det(const form *f)
{
    if (!f->low_rank)
        return wick_sum_event(wick_log(wick_diagonal(f->factor)));
    const wick_var logs = wick_mul(0.5, wick_sum_event(wick_log(f->d)));
    return wick_add(logs, wick_sum_event(wick_log(wick_diagonal(f->m))));
}

/* b' C^-1 b of each column of b [D][n]; for the second form with z = (M M')^-1 G b as the sum of
 * squares (b - F z)' diag(d)^-1 (b - F z) + z'z, which does not cancel. */
static wick_var of_columns(const form *f, wick_var b)
{
    if (!f->low_rank)
        return wick_sum_axis(wick_square(wick_solve_triangular(f->factor, b)), 0);
    const wick_var t = wick_solve_triangular(f->m, wick_matmul(f->g, b));
    const wick_var z = wick_solve_triangular_transposed(f->m, t);
    const wick_var rest = wick_square(wick_sub(b, wick_matmul(f->factor, z)));
    const wick_var weighed = wick_matvec(wick_transpose(rest), wick_div(1.0, f->d));
    return wick_add(weighed, wick_sum_axis(wick_square(z), 0));
}

/* e' C^-1 e of a vector, or of each row of a matrix */
static wick_var of_rows(const form *f, wick_var e)
{
    if (wick_rank(e) == 2)
        return of_columns(f, wick_transpose(e));
    const wick_var column = wick_reshape_array(e, 2, (size_t[]){ size_of(f), 1 });
    return wick_sum_event(of_columns(f, column));
}

/* tr(C^-1 diag(v)) */
static wick_var of_diagonal(const form *f, wick_var v)
{
    const wick_var root = wick_diagonal_matrix(wick_sqrt(v));

    if (!f->low_rank)
        return wick_sum_event(of_columns(f, root));
    const wick_var t = wick_solve_triangular(f->m, wick_matmul(f->g, root));
    return wick_sub(wick_sum_event(wick_div(v, f->d)), wick_sum_event(wick_square(t)));
}

/* --- hooks ----------------------------------------------------------------------------------- */

wick_var wicki_gaussian_entropy(wick *w, const wick_dist *dist)
{
    form f;

    if (!read_form(w, dist, &f))
        return WICK_VAR_NONE;
    return wick_add((0.5 + WICKI_HALF_LOG_2PI) * (double)size_of(&f), half_log_det(&f));
}

wick_var wicki_gaussian_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    form from, to;

    if (!read_form(w, p, &from) || !read_form(w, q, &to))
        return WICK_VAR_NONE;
    const wick_var squares = of_rows(&to, wick_sub(from.loc, to.loc));
    wick_var trace = wick_sum_event(of_columns(&to, from.factor));
    if (from.low_rank)
        trace = wick_add(trace, of_diagonal(&to, from.d));
    const wick_var logs = wick_sub(half_log_det(&to), half_log_det(&from));
    const wick_var forms = wick_sub(wick_add(trace, squares), (double)size_of(&from));
    return wick_add(wick_mul(0.5, forms), logs);
}
