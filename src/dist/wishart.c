#include "dist/composite.h"
#include "dist/density.h"
#include "dist/gaussian.h"
#include "dist/law.h"
#include "dist/log_gamma.h"
#include "tape/take.h"
#include "tape/triangle.h"

/*
 * With x = A A', V = L L' (L = scale_tril) and B = L^-1 A, all triangular, the density is
 *
 *     (df - D - 1) sum_i log A_ii - |B|^2 / 2 - df sum_i log L_ii
 *         - df D log(2) / 2 - log Gamma_D(df / 2)
 *
 * where Gamma_D is the multivariate gamma function. It is written about the mode, r_i = B_ii^2 / df
 * = 1, so that it keeps its precision when df is large. Derivatives: with S = L'^-1 B B',
 *
 *     ((df - D - 1) x^-1 - V^-1) / 2 in x,   S_ij - [i = j] df / L_ii in L_ij,
 *     sum_i log B_ii - D log(2) / 2 - sum_j psi((df - j) / 2) / 2 in df, j = 0 .. D - 1.
 */
enum { X, DF, SCALE };

/* One member of a draw of the event, its matrices row by row. */
typedef struct member {
    size_t d;
    double df;
    double *l, *a, *b, *c; /* c: a column */
} member;

/* --- triangles ------------------------------------------------------------------------------- */

/* The factor of a, in place, of which the lower triangle is read. False if it has none. */
static bool factor(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j && !(sum > 0.0 && sum < INFINITY))
                return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    return true;
}

/* out = L^-1 a, all lower triangles */
static void divide_triangle(size_t n, const double *l, const double *a, double *out)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = j; k < i; k++)
                sum -= l[i * n + k] * out[k * n + j];
            out[i * n + j] = sum / l[i * n + i];
        }
}

/* L' x = b, in place */
static void solve_up(size_t n, const double *l, double *x)
{
    for (size_t i = n; i-- > 0;) {
        x[i] /= l[i * n + i];
        for (size_t k = 0; k < i; k++)
            x[k] -= l[i * n + k] * x[i];
    }
}

/* L L' x = e_j */
static void inverse_column(size_t n, const double *l, size_t j, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double sum = i == j ? 1.0 : 0.0;
        for (size_t k = 0; k < i; k++)
            sum -= l[i * n + k] * x[k];
        x[i] = sum / l[i * n + i];
    }
    solve_up(n, l, x);
}

/* --- density --------------------------------------------------------------------------------- */

/* The part of the density that df alone makes. */
static double constant_of(double df, size_t d)
{
    const double h = 0.5 * df, n = (double)d;
    double constant = n * (0.5 * wicki_log(h) - WICKI_HALF_LOG_2PI - wicki_stirling_error(h)) -
        0.25 * n * (n - 1.0) * WICKI_LOG_PI;

    for (size_t i = 1; i < d; i++)
        constant += wicki_log_gamma_ratio(h - 0.5 * (double)i, 0.5 * (double)i);
    return constant;
}

static double density_of(const member *k, double constant)
{
    const double h = 0.5 * k->df, power = (double)k->d + 1.0;
    double density = constant;

    for (size_t i = 0; i < k->d; i++) {
        const double *row = k->b + i * k->d, square = row[i] * row[i];
        density += h * wicki_log_minus(square / k->df, (square - k->df) / k->df) -
            power * wicki_log(k->a[i * k->d + i]);
        for (size_t j = 0; j < i; j++)
            density -= 0.5 * row[j] * row[j];
    }
    return density;
}

/* The lower triangle of L, and the domain. */
static bool read_parameters(member *k, const double *l, size_t stride)
{
    bool good = k->df > (double)k->d - 1.0 && k->df < INFINITY;

    for (size_t i = 0; i < k->d; i++)
        for (size_t j = 0; j <= i; j++) {
            const double x = k->l[i * k->d + j] = l[(i * k->d + j) * stride];
            good = good && (i == j ? x > 0.0 && x < INFINITY : fabs(x) < INFINITY);
        }
    return good;
}

/* A and B: 0; -inf if x has no density, NaN if it is. */
static double read_value(member *k, const double *x, size_t stride)
{
    const size_t n = k->d;
    double largest = 0.0, outside = 0.0;

    for (size_t e = 0; e < n * n; e++) {
        if (isnan(x[e * stride]))
            return NAN;
        k->a[e] = x[e * stride];
        largest = wicki_max(largest, fabs(k->a[e]));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (!(fabs(k->a[i * n + j] - k->a[j * n + i]) <= 1e-8 * largest))
                outside = -INFINITY;
    if (outside != 0.0 || !factor(n, k->a))
        return -INFINITY;
    divide_triangle(n, k->l, k->a, k->b);
    return 0.0;
}

static member member_of(const wick_node *node, const wick_run *part, size_t i)
{
    const wicki_density *d = node->data;
    const size_t size = d->n * d->n;
    double *room = d->scratch;

    return (member){ d->n, part->in[DF][i * part->in_step[DF]], room, room + size, room + 2 * size,
        room + 3 * size };
}

/* Reads all of a member: 0 if its density is finite, else what it is. */
static double read_member(member *k, const wick_run *part, size_t i)
{
    if (!read_parameters(k, part->in[SCALE] + i * part->in_step[SCALE], part->in_stride[SCALE]))
        return NAN;
    return read_value(k, part->in[X] + i * part->in_step[X], part->in_stride[X]);
}

static void wishart_forward_run(wick_node *node, const wick_run *run)
{
    for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        double constant = NAN;
        for (size_t i = 0; i < run->n; i++) {
            member k = member_of(node, &part, i);
            const double outside = read_member(&k, &part, i);
            if ((i == 0 || part.in_step[DF]) && k.df > (double)k.d - 1.0)
                constant = constant_of(k.df, k.d);
            run->out[i] += outside == 0.0 ? density_of(&k, constant) : outside;
        }
    }
}

/* --- gradient -------------------------------------------------------------------------------- */

static void add_to_value(const member *k, double g, double *adjoint, size_t stride)
{
    const double half = 0.5 * (k->df - (double)k->d - 1.0);

    for (size_t j = 0; j < k->d; j++) {
        inverse_column(k->d, k->a, j, k->c);
        for (size_t i = 0; i < k->d; i++)
            adjoint[(i * k->d + j) * stride] += g * half * k->c[i];
        inverse_column(k->d, k->l, j, k->c);
        for (size_t i = 0; i < k->d; i++)
            adjoint[(i * k->d + j) * stride] -= g * 0.5 * k->c[i];
    }
}

/* Column j of L'^-1 B B' */
static void add_to_scale(const member *k, double g, double *adjoint, size_t stride)
{
    const size_t n = k->d;

    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            k->c[i] = 0.0;
            for (size_t r = 0; r <= i && r <= j; r++)
                k->c[i] += k->b[i * n + r] * k->b[j * n + r];
        }
        solve_up(n, k->l, k->c);
        for (size_t i = j; i < n; i++)
            adjoint[(i * n + j) * stride] += g * k->c[i];
        adjoint[(j * n + j) * stride] -= g * k->df / k->l[j * n + j];
    }
}

static double by_df(const member *k)
{
    double sum = 0.0;

    for (size_t i = 0; i < k->d; i++)
        sum += wicki_log(k->b[i * k->d + i]) - 0.5 * WICKI_LOG_2 -
            0.5 * wicki_digamma_positive(0.5 * (k->df - (double)i));
    return sum;
}

static void wishart_reverse_run(wick_node *node, const wick_run *run)
{
    for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        double *const *adjoint = part.in_adjoint;
        for (size_t i = 0; i < run->n; i++) {
            const double g = run->out_adjoint[i];
            member k = member_of(node, &part, i);
            if (g == 0.0 || read_member(&k, &part, i) != 0.0)
                continue;
            if (adjoint[X])
                add_to_value(&k, g, adjoint[X] + i * part.in_step[X], part.in_stride[X]);
            if (adjoint[DF])
                adjoint[DF][i * part.in_step[DF]] += g * by_df(&k);
            if (adjoint[SCALE])
                add_to_scale(
                    &k, g, adjoint[SCALE] + i * part.in_step[SCALE], part.in_stride[SCALE]);
        }
    }
}

/* --- the op ---------------------------------------------------------------------------------- */

static bool shape(wick *w, wick_node *node)
{
    wicki_density *d = node->data;

    if (!wicki_density_shape(w, node))
        return false;
    d->scratch = wicki_alloc_doubles(w, (3 * d->n + 1) * d->n);
    return wicki_ok(w);
}

static void wishart_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    const wicki_density *d = node->data;
    const double df = *wicki_input_at(node, DF, element), least = (double)d->n - 1.0;
    wicki_text text = { buffer, size, 0 };

    if (df > 0.0 && !(df > least))
        wicki_text_add(&text, "df is %g, must be more than %g, the rows less 1", df, least);
    else
        wicki_density_explain(node, element, buffer, size);
}

WICKI_DENSITY_RUNS(wishart, shape, wishart_explain);

/* --- draws ----------------------------------------------------------------------------------- */

static wick_node *indices(wick *w, size_t n)
{
    wick_node *x = wicki_leaf(w, NULL, 1, &n, 0, false);

    for (size_t i = 0; x && i < n; i++)
        x->value[i] = (double)i;
    return x;
}

/* Each vector [n] of an event as the columns of a matrix [n][n] */
static wick_var as_columns(wick *w, wick_var x, const wicki_sampling *s)
{
    wick_node *node = wicki_node_of(w, "wick_wishart", x);
    wicki_view view = { .rank = s->rank };
    size_t stride = node ? node->members : 0;

    if (!node)
        return WICK_VAR_NONE;
    view.dims = node->dims;
    for (size_t i = s->rank; i-- > 0;) {
        view.sizes[i] = s->sizes[i];
        view.strides[i] = i + 1 == s->rank ? 0 : stride;
        stride *= i + 1 == s->rank ? 1 : view.sizes[i];
    }
    return wicki_var_of(w, wicki_rearrange(w, node, &view));
}

/* (log c_i) / 2 of chi-squareds c_i with df - i degrees, i from 0: c = 2 g with the log of a gamma
 * g */
static wick_var half_logs(wick *w, const wick_dist *dist, const wicki_sampling *s)
{
    const wick_var rows = wicki_var_of(w, indices(w, s->sizes[s->rank - 1]));
    const wick_var df = wick_sub(wicki_parameter(w, dist, 0), rows);
    const wick_node *node = wicki_ok(w) ? wicki_node_of(w, "wick_wishart", df) : NULL;
    wicki_sampling each = *s;

    each.rank--;
    if (!node || !wicki_check_domain(w, "wick_wishart", "df less the row", node, wick_positive()))
        return WICK_VAR_NONE;
    const wick_var logs = wicki_log_gamma(w, &each, wick_mul(0.5, df), 1);
    return wick_mul(0.5, wick_add(logs, WICKI_LOG_2));
}

/* Bartlett's decomposition: x = (L A)(L A)' with normals below the diagonal of A, and on it roots
 * of chi-squareds. */
static wick_var wishart_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s) || !wicki_need_own_axes(w, dist, 0, s.parameter[0]) ||
        !wicki_need_own_axes(w, dist, 1, s.parameter[1]))
        return WICK_VAR_NONE;
    const wick_var logs = as_columns(w, half_logs(w, dist, &s), &s);
    const wick_var eye = wick_eye(w, s.sizes[s.rank - 1]);
    wick_node *noise = wicki_noise(w, &wicki_draw_normal, s.rank, s.sizes, s.dims);
    wick_node *mask = wicki_ok(w) ? wicki_node_of(w, "wick_wishart", eye) : NULL;
    if (!mask)
        return WICK_VAR_NONE;
    mask = wicki_sampling_spread(w, &s, mask);
    const wick_var x = wick_where(wicki_var_of(w, mask), logs, wicki_var_of(w, noise));
    const wick_var l = wicki_var_of(w, s.parameter[1]);
    return wicki_gram(wicki_tril_product(l, wicki_lower_cholesky(x)));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var scale_of(const wick_dist *dist)
{
    return wicki_gram(dist->parameter[1].var);
}

/* df V */
static wick_var wishart_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(dist->parameter[0].var, scale_of(dist));
}

/* df (V_ij^2 + V_ii V_jj) */
static wick_var wishart_variance(wick *w, const wick_dist *dist)
{
    const wick_var v = scale_of(dist), diagonal = wick_diagonal(v);

    (void)w;
    return wick_mul(
        dist->parameter[0].var, wick_add(wick_square(v), wick_outer(diagonal, diagonal)));
}

/* What entropy and divergence are made of: sum_i log L_ii; (df - j) / 2 for each row, [D]. */
typedef struct parts {
    double d;
    wick_var df, logs, halves;
} parts;

static parts parts_of(wick *w, const wick_dist *dist)
{
    const wick_var df = dist->parameter[0].var, l = dist->parameter[1].var;
    const size_t n = wick_rank(l) == 2 ? wick_event_size(l, 0) : 1;
    const wick_var rows = wicki_ok(w) ? wicki_var_of(w, indices(w, n)) : WICK_VAR_NONE;

    return (parts){ (double)n, df, wick_sum_event(wick_log(wick_diagonal(l))),
        wick_mul(0.5, wick_sub(df, rows)) };
}

/* E log |x| = sum_j psi((df - j) / 2) + D log 2 + log |V| */
static wick_var mean_log_det(const parts *p)
{
    const wick_var psi = wick_sum_event(wick_digamma(p->halves));

    return wick_add(wick_add(psi, p->d * WICKI_LOG_2), wick_mul(2.0, p->logs));
}

/* df (log |V| + D log 2) / 2 + log Gamma_D(df / 2) */
static wick_var log_norm(const parts *p)
{
    const wick_var size = wick_mul(p->df, wick_add(p->logs, 0.5 * p->d * WICKI_LOG_2));
    const wick_var gammas = wick_sum_event(wick_lgamma(p->halves));

    return wick_add(wick_add(size, gammas), 0.25 * p->d * (p->d - 1.0) * WICKI_LOG_PI);
}

/* log_norm - (df - D - 1) E log |x| / 2 + df D / 2 */
static wick_var wishart_entropy(wick *w, const wick_dist *dist)
{
    const parts p = parts_of(w, dist);
    const wick_var power = wick_mul(0.5, wick_sub(p.d + 1.0, p.df));

    return wick_add(
        wick_add(log_norm(&p), wick_mul(power, mean_log_det(&p))), wick_mul(0.5 * p.d, p.df));
}

/* log_norm_q - log_norm_p + (df_p - df_q) E_p log |x| / 2 + df_p (tr(V_q^-1 V_p) - D) / 2 */
static wick_var wishart_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_wishart)
        return WICK_VAR_NONE;
    const parts from = parts_of(w, p), to = parts_of(w, q);
    const wick_var factor = wicki_lower_triangle(p->parameter[1].var);
    const wick_var whitened = wick_solve_triangular(q->parameter[1].var, factor);
    const wick_var trace = wick_sub(wick_sum_event(wick_square(whitened)), from.d);
    const wick_var power = wick_mul(wick_sub(from.df, to.df), mean_log_det(&from));
    const wick_var halves = wick_mul(0.5, wick_add(power, wick_mul(from.df, trace)));
    return wick_add(halves, wick_sub(log_norm(&to), log_norm(&from)));
}

const wick_dist_type wicki_dist_wishart = { .name = "wishart",
    .n_parameters = 2,
    .parameter_names = { "df", "scale_tril" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_LOWER_CHOLESKY } },
    .parameter_rank = { 0, 2 },
    .event_rank = 2,
    .log_prob = &wishart_density,
    .sample = wishart_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE_DEFINITE },
    .mean = wishart_mean,
    .variance = wishart_variance,
    .entropy = wishart_entropy,
    .kl = wishart_kl };

wick_dist(wick_wishart)(wick_operand df, wick_var scale_tril)
{
    return (wick_dist){ .type = &wicki_dist_wishart, .parameter = { df, { .var = scale_tril } } };
}
