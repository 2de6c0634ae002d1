#include "dist/gaussian.h"
#include "dist/mvn_columns.h"
#include "dist/mvn_plan.h"

/*
 * With L = scale_tril and L t = x - loc, the density is -t't/2 - sum_i log L_ii - D log(2 pi)/2.
 * With L' s = t, its derivatives are -s in x, s in loc, s_i t_j in L_ij, less 1 / L_ii for i = j.
 */
enum { LOC = 1 };

static void add_density(const wicki_columns *c, double *out)
{
    double square[WICKI_COLUMNS] = { 0 };
    const double constant = (double)c->d * WICKI_HALF_LOG_2PI;
    const double same = wicki_columns_log_determinant(c, 0);

    wicki_columns_squares(c, square);
    for (size_t m = 0; m < c->n; m++) {
        const double log_det = c->l_step ? wicki_columns_log_determinant(c, m) : same;
        const double density = -0.5 * square[m] - log_det - constant;
        out[m] += isnan(square[m]) && !isnan(log_det) ? wicki_columns_at_infinity(c, m, density)
                                                      : density;
    }
}

static void multivariate_normal_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[2 * WICKI_SMALL_COLUMNS * WICKI_COLUMNS];

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += WICKI_COLUMNS) {
            const wicki_columns c =
                wicki_columns_of(node, &part, first, LOC, d->scratch ? d->scratch : stack);
            wicki_columns_solve(&c);
            add_density(&c, run->out + first);
        }
    }
}

static double *from(double *adjoint, size_t first, size_t step)
{
    return adjoint ? adjoint + first * step : NULL;
}

static void multivariate_normal_reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[2 * WICKI_SMALL_COLUMNS * WICKI_COLUMNS];

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += WICKI_COLUMNS) {
            const wicki_columns c =
                wicki_columns_of(node, &part, first, LOC, d->scratch ? d->scratch : stack);
            const double *g = run->out_adjoint + first;
            const wicki_column_adjoints a = { g, g, from(part.in_adjoint[0], first, c.x_step),
                from(part.in_adjoint[1], first, c.loc_step),
                from(part.in_adjoint[2], first, c.l_step) };
            wicki_columns_solve(&c);
            wicki_columns_solve_transposed(&c);
            wicki_columns_gradient(&c, &a);
        }
    }
}

/* --- the op ---------------------------------------------------------------------------------- */

static bool shape(wick *w, wick_node *node)
{
    const wicki_density *d = node->data;

    return wicki_density_shape(w, node) && wicki_mvn_plan(w, node) &&
        (d->plan || wicki_columns_room(w, node));
}

static void multivariate_normal_forward(wick_node *node)
{
    if (wicki_mvn_forward(node))
        return;
    memset(node->value, 0, node->members * sizeof *node->value);
    wick_for_runs(node, multivariate_normal_forward_run);
}

static void multivariate_normal_reverse(wick_node *node)
{
    if (!wicki_mvn_reverse(node))
        wick_for_runs(node, multivariate_normal_reverse_run);
}

static const wick_op multivariate_normal_density = { .name = "wick_multivariate_normal",
    .shape = shape,
    .prepare = wicki_mvn_prepare,
    .forward = multivariate_normal_forward,
    .reverse = multivariate_normal_reverse,
    .finish = wicki_mvn_finish,
    .explain = wicki_density_explain };

/* --- draws ----------------------------------------------------------------------------------- */

/* loc + L z; the upper triangle of L is not read */
static wick_var multivariate_normal_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s) || !wicki_need_own_axes(w, dist, 1, s.parameter[1]))
        return WICK_VAR_NONE;
    wick_node *noise = wicki_noise(w, &wicki_draw_normal, s.rank, s.sizes, s.dims);
    const wick_var l = wicki_lower_triangle(wicki_var_of(w, s.parameter[1]));
    const wick_var z = wicki_each_vector(l, wicki_var_of(w, noise));
    wick_node *loc = wicki_sampling_spread(w, &s, s.parameter[0]);
    return wicki_ok(w) ? wick_add(wicki_var_of(w, loc), z) : WICK_VAR_NONE;
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var multivariate_normal_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

/* The diagonal of L L' */
static wick_var multivariate_normal_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wicki_row_squares(wicki_lower_triangle(dist->parameter[1].var));
}

const wick_dist_type wicki_dist_multivariate_normal = { .name = "multivariate_normal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale_tril" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_LOWER_CHOLESKY } },
    .parameter_rank = { 1, 2 },
    .event_rank = 1,
    .log_prob = &multivariate_normal_density,
    .sample = multivariate_normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = multivariate_normal_mean,
    .variance = multivariate_normal_variance,
    .entropy = wicki_gaussian_entropy,
    .kl = wicki_gaussian_kl };

/* --- constructors ---------------------------------------------------------------------------- */

wick_dist wick_multivariate_normal(wick_var loc, wick_var scale_tril)
{
    return (wick_dist){ .type = &wicki_dist_multivariate_normal,
        .parameter = { { .var = loc }, { .var = scale_tril } } };
}

wick_dist wick_multivariate_normal_covariance(wick_var loc, wick_var covariance)
{
    return wick_multivariate_normal(loc, wick_cholesky(covariance));
}

/* Ones on the other diagonal: J a J is a turned by half a turn. */
static wick_var exchange(wick *w, size_t n)
{
    const wick_var j = wick_fill_array(w, 0.0, 2, (size_t[]){ n, n });
    const wick_node *node = wicki_ok(w) ? wicki_node_of(w, "wick_multivariate_normal", j) : NULL;

    for (size_t i = 0; node && i < n; i++)
        node->value[i * n + n - 1 - i] = 1.0;
    return j;
}

/* J P J = M M' gives P = U U' with the upper triangle U = J M J, and P^-1 = L L' with L = U'^-1. */
wick_dist wick_multivariate_normal_precision(wick_var loc, wick_var precision)
{
    wick *w = precision.w;
    const size_t n = wick_rank(precision) == 2 ? wick_event_size(precision, 0) : 1;
    const wick_var j = exchange(w, n);
    const wick_var m = wick_cholesky(wick_matmul(j, wick_matmul(precision, j)));
    const wick_var u = wick_matmul(j, wick_matmul(m, j));
    const wick_var l = wick_solve_triangular(wick_transpose(u), wick_eye(w, n));

    return wick_multivariate_normal(loc, l);
}

wick_dist wick_multivariate_normal_diagonal(wick_var loc, wick_var scale)
{
    return wick_multivariate_normal(loc, wick_diagonal_matrix(scale));
}
