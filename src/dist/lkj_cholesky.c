#include "dist/density.h"
#include "dist/gaussian.h"
#include "dist/law.h"

#include <float.h>

/*
 * Row i, counted from 0, of the factor L of a correlation matrix of K rows is a point of the unit
 * sphere: its first i elements y have the density, in them,
 *
 *     (1 - |y|^2)^(b_i - 1) Gamma(a) / (pi^(i/2) Gamma(b_i)),   b_i = eta + (K - 1 - i) / 2,
 *
 * with a = b_i + i / 2 = eta + (K - 1) / 2, and 1 - |y|^2 = L_ii^2. So |y|^2 is beta(i / 2, b_i),
 * and the direction of y is uniform.
 */
enum { VALUE, DIM, ETA };

static double b_of(double eta, size_t k, size_t i)
{
    return eta + 0.5 * (double)(k - 1 - i);
}

/* One draw of the event of one member: element e at x[e * stride]. */
typedef struct factor {
    size_t k, stride;
    const double *x;
    double eta;
} factor;

static double entry(const factor *f, size_t i, size_t j)
{
    return f->x[(i * f->k + j) * f->stride];
}

/* 1 within the support, 0 outside, NaN if an element is. */
static double is_inside(const factor *f)
{
    double inside = 1.0;

    for (size_t i = 0; i < f->k; i++) {
        double square = 0.0;
        for (size_t j = 0; j < f->k; j++) {
            const double x = entry(f, i, j);
            if (isnan(x))
                return x;
            inside *= j < i ? 1.0 : j == i ? x > 0.0 : x == 0.0;
            square += j <= i ? x * x : 0.0;
        }
        inside *= fabs(square - 1.0) <= 1e-8 * (double)f->k;
    }
    return inside;
}

/* The part of the density that eta alone makes. */
static double constant_of(double eta, size_t k)
{
    double constant = eta > 0.0 && eta < INFINITY ? 0.0 : (double)NAN;

    for (size_t i = 1; i < k && constant == constant; i++) {
        const double half = 0.5 * (double)i;
        constant += wicki_log_gamma_ratio(b_of(eta, k, i), half) - half * WICKI_LOG_PI;
    }
    return constant;
}

static double density_of(const factor *f, double constant)
{
    const double inside = isnan(constant) ? constant : is_inside(f);
    double density = constant;

    if (inside != 1.0)
        return isnan(inside) ? inside : -INFINITY;
    for (size_t i = 1; i < f->k; i++)
        density += 2.0 * (b_of(f->eta, f->k, i) - 1.0) * wicki_log(entry(f, i, i));
    return density;
}

static factor factor_of(const wick_node *node, const wick_run *part, size_t i)
{
    return (factor){ ((const wicki_density *)node->data)->n, part->in_stride[VALUE],
        part->in[VALUE] + i * part->in_step[VALUE], part->in[ETA][i * part->in_step[ETA]] };
}

static void lkj_cholesky_forward_run(wick_node *node, const wick_run *run)
{
    for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        double constant = NAN;
        for (size_t i = 0; i < run->n; i++) {
            const factor f = factor_of(node, &part, i);
            if (i == 0 || part.in_step[ETA])
                constant = constant_of(f.eta, f.k);
            run->out[i] += density_of(&f, constant);
        }
    }
}

/* 2 (b_i - 1) / L_ii in L_ii, and 2 log L_ii + psi(a) - psi(b_i) for each i in eta */
static void add_gradient(const factor *f, double g, double *x_adjoint, double *eta_adjoint)
{
    const double psi = wicki_digamma_positive(b_of(f->eta, f->k, 0));

    for (size_t i = 1; i < f->k; i++) {
        const double b = b_of(f->eta, f->k, i), x = entry(f, i, i);
        if (x_adjoint)
            x_adjoint[(i * f->k + i) * f->stride] += g * 2.0 * (b - 1.0) / x;
        if (eta_adjoint)
            *eta_adjoint += g * (2.0 * wicki_log(x) + psi - wicki_digamma_positive(b));
    }
}

static void lkj_cholesky_reverse_run(wick_node *node, const wick_run *run)
{
    for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        double *const x = part.in_adjoint[VALUE], *const eta = part.in_adjoint[ETA];
        for (size_t i = 0; i < run->n; i++) {
            const factor f = factor_of(node, &part, i);
            if (run->out_adjoint[i] != 0.0 && is_inside(&f) == 1.0)
                add_gradient(&f, run->out_adjoint[i], x ? x + i * part.in_step[VALUE] : NULL,
                    eta ? eta + i * part.in_step[ETA] : NULL);
        }
    }
}

/* --- shapes ---------------------------------------------------------------------------------- */

/* What a number or var says of the dimension; 0 if it is none. */
static size_t dim_of(wick *w, const wick_argument *p)
{
    const wick_node *node = p->var.w ? wicki_node_of(w, "wick_lkj_cholesky", p->var) : NULL;
    const double dim = node ? node->value[0] : p->var.w ? 0.0 : p->number;

    return dim >= 2.0 && dim <= 1e6 && dim == floor(dim) ? (size_t)dim : 0;
}

static bool lkj_event(wick *w, const wick_dist *dist, size_t *sizes)
{
    sizes[0] = sizes[1] = dim_of(w, &dist->parameter[0]);
    if (sizes[0] == 0 && wicki_ok(w))
        wick_fail(w, WICK_ERR_SHAPE, "wick_lkj_cholesky: dim is %g, need an integer from 2 on",
            dist->parameter[0].number);
    return sizes[0] > 0;
}

static bool shape(wick *w, wick_node *node)
{
    const wicki_density *d = node->data;

    if (!wicki_density_shape(w, node))
        return false;
    if (node->in[DIM]->value[0] == (double)d->n)
        return true;
    wick_fail(w, WICK_ERR_SHAPE, "wick_lkj_cholesky: value has %zu rows, need as many as dim, %g",
        d->n, node->in[DIM]->value[0]);
    return false;
}

WICKI_DENSITY_RUNS(lkj_cholesky, shape, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* A direction of i normals, and both shares of the beta from logarithms of gammas: L_ii is not lost
 * where |y| is almost 1. Source: Lewandowski, Kurowicka & Joe (2009), the onion. */
static void draw_row(wicki_stream *stream, size_t i, double b, double *row, size_t stride)
{
    const double log_y = wicki_log_gamma_draw(stream, 0.5 * (double)i);
    const double log_rest = wicki_log_gamma_draw(stream, b);
    const double share = wicki_sigmoid(log_y - log_rest);
    double square = 0.0;

    for (size_t j = 0; j < i; j++) {
        const double z = row[j * stride] = wicki_normal(stream);
        square += z * z;
    }
    for (size_t j = 0; j < i; j++)
        row[j * stride] *= sqrt(share / square);
    row[i * stride] = wicki_max(DBL_MIN, sqrt(wicki_sigmoid(log_rest - log_y)));
}

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    const size_t k = (size_t)*d->in[DIM - 1];

    for (size_t e = 0; e < d->out_size; e++)
        d->out[e * d->out_stride] = 0.0;
    d->out[0] = 1.0;
    for (size_t i = 1; i < k; i++)
        draw_row(
            stream, i, b_of(*d->in[ETA - 1], k, i), d->out + i * k * d->out_stride, d->out_stride);
}

static const wicki_draw_kind KIND = { .name = "wick_lkj_cholesky", .draw = draw, .rank = 2 };

static wick_var lkj_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

/* --- moments --------------------------------------------------------------------------------- */

/* a, and b_i of each row, [K]; the first one is a, for a row that is the number 1. */
typedef struct rows {
    size_t k;
    wick_var a, b;
} rows;

static rows rows_of(wick *w, const wick_dist *dist)
{
    const size_t k = dim_of(w, &dist->parameter[0]), n = k ? k : 1;
    const wick_var eta = dist->parameter[1].var, gaps = wick_fill_array(w, 0.0, 1, &n);
    const wick_node *node = wicki_ok(w) ? wicki_node_of(w, "wick_lkj_cholesky", gaps) : NULL;

    for (size_t i = 0; node && i < n; i++)
        node->value[i] = 0.5 * (double)(n - 1 - i);
    return (rows){ n, wick_add(eta, 0.5 * (double)(n - 1)), wick_add(eta, gaps) };
}

static wick_var gamma_ratio(wick_var x)
{
    return wick_sub(wick_lgamma(wick_add(x, 0.5)), wick_lgamma(x));
}

/* E L_ii = Gamma(b_i + 1/2) Gamma(a) / (Gamma(b_i) Gamma(a + 1/2)) */
static wick_var mean_diagonal(const rows *r)
{
    return wick_exp(wick_sub(gamma_ratio(r->b), gamma_ratio(r->a)));
}

static wick_var lkj_mean(wick *w, const wick_dist *dist)
{
    const rows r = rows_of(w, dist);

    return wick_diagonal_matrix(mean_diagonal(&r));
}

/* E L_ii^2 = b_i / a, E L_ij^2 = 1 / (2 a) below the diagonal */
static wick_var lkj_variance(wick *w, const wick_dist *dist)
{
    const rows r = rows_of(w, dist);
    const wick_var ones = wick_fill_array(w, 1.0, 2, (size_t[]){ r.k, r.k });
    const wick_var below = wick_sub(wicki_lower_triangle(ones), wick_eye(w, r.k));
    const wick_var diagonal = wick_sub(wick_div(r.b, r.a), wick_square(mean_diagonal(&r)));

    return wick_add(wick_mul(below, wick_div(0.5, r.a)), wick_diagonal_matrix(diagonal));
}

/* E log L_ii^2 = psi(b_i) - psi(a) */
static wick_var mean_log(const rows *r)
{
    return wick_sub(wick_digamma(r->b), wick_digamma(r->a));
}

/* sum_i log(Gamma(b_i) / Gamma(a)) */
static wick_var log_norm(const rows *r)
{
    return wick_sum_event(wick_sub(wick_lgamma(r->b), wick_lgamma(r->a)));
}

static wick_var lkj_entropy(wick *w, const wick_dist *dist)
{
    const rows r = rows_of(w, dist);
    const double k = (double)r.k;
    const wick_var logs = wick_sum_event(wick_mul(wick_sub(1.0, r.b), mean_log(&r)));

    return wick_add(wick_add(logs, log_norm(&r)), 0.25 * k * (k - 1.0) * WICKI_LOG_PI);
}

static wick_var lkj_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_lkj_cholesky)
        return WICK_VAR_NONE;
    const rows from = rows_of(w, p), to = rows_of(w, q);
    const wick_var logs = wick_mul(wick_sub(from.b, to.b), mean_log(&from));
    return wick_add(wick_sum_event(logs), wick_sub(log_norm(&to), log_norm(&from)));
}

const wick_dist_type wicki_dist_lkj_cholesky = { .name = "lkj_cholesky",
    .n_parameters = 2,
    .parameter_names = { "dim", "concentration" },
    .parameter_domain = { { .kind = WICK_INTEGER_INTERVAL, .lower = 2.0, .upper = INFINITY },
        { .kind = WICK_POSITIVE } },
    .event_rank = 2,
    .event = lkj_event,
    .log_prob = &lkj_cholesky_density,
    .sample = lkj_sample,
    .support = { .kind = WICK_CORR_CHOLESKY },
    .mean = lkj_mean,
    .variance = lkj_variance,
    .entropy = lkj_entropy,
    .kl = lkj_kl };

wick_dist(wick_lkj_cholesky)(size_t dim, wick_operand concentration)
{
    return (wick_dist){ .type = &wicki_dist_lkj_cholesky,
        .parameter = { { { NULL, WICK_NODE_NUMBER, 0 }, (double)dim }, concentration } };
}
