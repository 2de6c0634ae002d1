#include "dist/composite.h"
#include "dist/density.h"
#include "dist/gaussian.h"
#include "dist/log_gamma.h"
#include "dist/mvn_columns.h"

/*
 * With L = scale_tril, L t = x - loc, q = t't, h = df / 2 and a = h + D / 2:
 *
 *     log Gamma(a) - log Gamma(h) - D log(pi df) / 2 - sum_i log L_ii - a log(1 + q / df).
 *
 * With w = (df + D) / (df + q) and L' s = t its derivatives are those of the multivariate normal, s
 * times w, and (psi(a) - psi(h) - D / df - log(1 + q / df) + w q / df) / 2 in df.
 */
enum { DF = 1, LOC = 2, SCALE = 3 };

/* log Gamma(a) - log Gamma(h) - D log(2 pi h) / 2, a = h + D / 2, by Stirling's formula and what it
 * lacks: nothing cancels when df is large. */
static double constant_of(double df, double d)
{
    const double h = 0.5 * df, more = 0.5 * d;

    return (h + more - 0.5) * wicki_log1p(more / h) - more + wicki_stirling_error(h + more) -
        wicki_stirling_error(h) - d * WICKI_HALF_LOG_2PI;
}

static double df_at(const wick_run *part, size_t first, size_t m)
{
    return part->in[DF][(first + m) * part->in_step[DF]];
}

/* log(t't) where the square is beyond the range of doubles; infinite if a t_i is. */
static double log_square(const wicki_columns *c, size_t m)
{
    double largest = 0.0, sum = 0.0;

    for (size_t i = 0; i < c->d; i++)
        largest = wicki_max(largest, fabs(c->t[i * WICKI_COLUMNS + m]));
    for (size_t i = 0; i < c->d; i++) {
        const double ratio = c->t[i * WICKI_COLUMNS + m] / largest;
        sum += ratio * ratio;
    }
    return largest < INFINITY ? wicki_log(sum) + 2.0 * wicki_log(largest) : INFINITY;
}

/* What is made from the parameters only; it is kept while they are the same. */
typedef struct parameters {
    double df, constant, log_det;
} parameters;

static void read_parameters(parameters *p, const wicki_columns *c, size_t m, double df)
{
    if (df != p->df)
        p->constant = df > 0.0 && df < INFINITY ? constant_of(df, (double)c->d) : (double)NAN;
    p->df = df;
    if (m == 0 || c->l_step)
        p->log_det = wicki_columns_log_determinant(c, m);
}

static double density_of(const parameters *p, const wicki_columns *c, size_t m, double square)
{
    const double df = p->df, q = square / df, known = p->constant - p->log_det;

    if (isnan(known))
        return NAN;
    const double tail = q == INFINITY ? log_square(c, m) - wicki_log(df) : wicki_log1p(q);
    const double density = known - 0.5 * (df + (double)c->d) * tail;
    return isfinite(square) ? density : wicki_columns_at_infinity(c, m, density);
}

static void multivariate_student_t_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[2 * WICKI_SMALL_COLUMNS * WICKI_COLUMNS];
    parameters p = { .df = NAN };

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += WICKI_COLUMNS) {
            const wicki_columns c =
                wicki_columns_of(node, &part, first, LOC, d->scratch ? d->scratch : stack);
            double square[WICKI_COLUMNS] = { 0 };
            wicki_columns_solve(&c);
            wicki_columns_squares(&c, square);
            for (size_t m = 0; m < c.n; m++) {
                read_parameters(&p, &c, m, df_at(&part, first, m));
                run->out[first + m] += density_of(&p, &c, m, square[m]);
            }
        }
    }
}

/* --- gradient -------------------------------------------------------------------------------- */

static double by_df(double df, double d, double square)
{
    const double w = (df + d) / (df + square), gap = 0.5 * (df + d);
    const double psi = wicki_digamma_positive(gap) - wicki_digamma_positive(0.5 * df);

    return 0.5 * (psi - d / df - wicki_log1p(square / df) + w * square / df);
}

static void add_columns(const wick_run *part, const wicki_columns *c, size_t first, const double *g)
{
    double square[WICKI_COLUMNS] = { 0 }, slope[WICKI_COLUMNS];
    const double d = (double)c->d;
    double *adjoint[1 + SCALE];

    for (size_t j = 0; j <= SCALE; j++)
        adjoint[j] = part->in_adjoint[j] ? part->in_adjoint[j] + first * part->in_step[j] : NULL;
    wicki_columns_solve(c);
    wicki_columns_squares(c, square);
    wicki_columns_solve_transposed(c);
    for (size_t m = 0; m < c->n; m++) {
        const double df = df_at(part, first, m);
        slope[m] = g[m] == 0.0 ? 0.0 : g[m] * (df + d) / (df + square[m]);
        if (adjoint[DF] && g[m] != 0.0)
            adjoint[DF][m * part->in_step[DF]] += g[m] * by_df(df, d, square[m]);
    }
    wicki_columns_gradient(
        c, &(wicki_column_adjoints){ g, slope, adjoint[0], adjoint[LOC], adjoint[SCALE] });
}

static void multivariate_student_t_reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[2 * WICKI_SMALL_COLUMNS * WICKI_COLUMNS];

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += WICKI_COLUMNS) {
            const wicki_columns c =
                wicki_columns_of(node, &part, first, LOC, d->scratch ? d->scratch : stack);
            add_columns(&part, &c, first, run->out_adjoint + first);
        }
    }
}

static bool shape(wick *w, wick_node *node)
{
    return wicki_density_shape(w, node) && wicki_columns_room(w, node);
}

WICKI_DENSITY_RUNS(multivariate_student_t, shape, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* x [..] repeated along a new last axis of size n */
static wick_var repeat_last(wick_var x, const wicki_sampling *s)
{
    const size_t n = s->sizes[s->rank - 1];
    size_t batch = 1;

    if (s->rank == 1)
        return x;
    for (size_t i = 0; i + 1 < s->rank; i++)
        batch *= s->sizes[i];
    const wick_var column = wick_reshape_array(x, 1, &batch);
    return wick_reshape_array(
        wick_outer(column, wick_fill_array(x.w, 1.0, 1, &n)), s->rank, s->sizes);
}

/* loc + L z (df / c)^(1/2), c chi-squared: c = 2 g with a log g of concentration df / 2 */
static wick_var multivariate_student_t_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s) || !wicki_need_own_axes(w, dist, 2, s.parameter[2]))
        return WICK_VAR_NONE;
    wicki_sampling each = s;
    each.rank--;
    const wick_var half = wick_mul(0.5, wicki_parameter(w, dist, 0));
    const wick_var log_ratio = wick_sub(wick_log(half), wicki_log_gamma(w, &each, half, 1));
    wick_node *noise = wicki_noise(w, &wicki_draw_normal, s.rank, s.sizes, s.dims);
    const wick_var l = wicki_lower_triangle(wicki_var_of(w, s.parameter[2]));
    const wick_var z = wicki_each_vector(l, wicki_var_of(w, noise));
    wick_node *loc = wicki_sampling_spread(w, &s, s.parameter[1]);
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_var stretch = repeat_last(wick_exp(wick_mul(0.5, log_ratio)), &s);
    return wick_add(wicki_var_of(w, loc), wick_mul(stretch, z));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var where_df_exceeds(const wick_dist *dist, double least, wick_var x, double otherwise)
{
    return wick_where(wick_less(least, dist->parameter[0].var), x, otherwise);
}

/* loc for df > 1, else NaN */
static wick_var multivariate_student_t_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(dist->parameter[1].var, where_df_exceeds(dist, 1.0, wick_num(w, 0.0), NAN));
}

/* df / (df - 2) times the diagonal of L L' for df > 2, infinite for df > 1, else NaN */
static wick_var multivariate_student_t_variance(wick *w, const wick_dist *dist)
{
    const wick_var df = dist->parameter[0].var;
    const wick_var ratio = where_df_exceeds(dist, 2.0, wick_div(df, wick_sub(df, 2.0)), INFINITY);
    const wick_var defined = where_df_exceeds(dist, 1.0, ratio, NAN);

    (void)w;
    return wick_mul(defined, wicki_row_squares(wicki_lower_triangle(dist->parameter[2].var)));
}

/* sum_i log L_ii + log Gamma(h) - log Gamma(a) + D log(pi df) / 2 + a (psi(a) - psi(h)) */
static wick_var multivariate_student_t_entropy(wick *w, const wick_dist *dist)
{
    const wick_var df = dist->parameter[0].var, loc = dist->parameter[1].var;
    const double d = (double)wick_event_size(loc, wick_rank(loc) - 1), pi = 3.14159265358979323846;
    const wick_var h = wick_mul(0.5, df), a = wick_add(h, 0.5 * d);
    const wick_var logs = wick_sum_event(wick_log(wick_diagonal(dist->parameter[2].var)));
    const wick_var gammas = wick_sub(wick_lgamma(h), wick_lgamma(a));
    const wick_var size = wick_mul(0.5 * d, wick_log(wick_mul(pi, df)));
    const wick_var tail = wick_mul(a, wick_sub(wick_digamma(a), wick_digamma(h)));

    return wick_sum_of(w, 4, (wick_var[]){ logs, gammas, size, tail });
}

const wick_dist_type wicki_dist_multivariate_student_t = { .name = "multivariate_student_t",
    .n_parameters = 3,
    .parameter_names = { "df", "loc", "scale_tril" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_REAL },
        { .kind = WICK_LOWER_CHOLESKY } },
    .parameter_rank = { 0, 1, 2 },
    .event_rank = 1,
    .log_prob = &multivariate_student_t_density,
    .sample = multivariate_student_t_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = multivariate_student_t_mean,
    .variance = multivariate_student_t_variance,
    .entropy = multivariate_student_t_entropy };

wick_dist(wick_multivariate_student_t)(wick_operand df, wick_var loc, wick_var scale_tril)
{
    return (wick_dist){ .type = &wicki_dist_multivariate_student_t,
        .parameter = { df, { .var = loc }, { .var = scale_tril } } };
}
