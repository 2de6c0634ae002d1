#include "models/gmm_bayes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_rows.h"
#include "models/gmm_start.h"
#include "models/inverse_wishart.h"
#include "models/matrix.h"
#include "models/options.h"

static bool has_matrices(gmm_covariance covariance)
{
    return covariance == GMM_FULL || covariance == GMM_TIED;
}

static const char *covariance_name(gmm_covariance covariance)
{
    return has_matrices(covariance) ? "covariance" : "variance";
}

/* --- columns --------------------------------------------------------------------------------- */

/* Every step-th row. */
static double *thin_out(wick *w, const gmm *m, size_t step, gmm *out)
{
    const size_t d = m->dimensions, n = (m->n - 1) / step + 1;
    double *x = matrix_doubles(w, n * (d + 1)), *weights = x + n * d;

    for (size_t i = 0; x && i < n; i++) {
        memcpy(x + i * d, m->x + i * step * d, d * sizeof *x);
        weights[i] = m->row_weights ? m->row_weights[i * step] : 1.0;
    }
    *out = *m;
    out->n = n;
    out->x = x;
    out->row_weights = weights;
    return x;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of what was seen, without weights; 0 if nothing was. */
static double median(const gmm *m, size_t column, double *scratch)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++)
        if (m->row_weights[i] > 0.0 && !isnan(m->x[i * m->dimensions + column]))
            scratch[n++] = m->x[i * m->dimensions + column];
    qsort(scratch, n, sizeof *scratch, ascending);
    return n == 0 ? 0.0 : 0.5 * (scratch[(n - 1) / 2] + scratch[n / 2]);
}

static bool measure(wick *w, const gmm *m, double *loc, double *variance)
{
    gmm_rows *rows = gmm_rows_new(w, "gmm_columns", m->n, m->dimensions, m->x, m->row_weights);
    gmm_sample *sample = rows ? gmm_sample_new(w, "gmm_columns", rows, m->n) : NULL;
    double *scratch = sample ? matrix_doubles(w, m->n) : NULL;

    for (size_t j = 0; scratch && j < m->dimensions; j++) {
        loc[j] = median(m, j, scratch);
        variance[j] = sample->spread[j];
    }
    free(scratch);
    gmm_sample_free(sample);
    gmm_rows_free(rows);
    return wick_status(w) == WICK_OK;
}

bool gmm_columns(wick *w, const gmm *m, double *loc, double *variance)
{
    const size_t most = 32768;
    gmm some;

    if (!gmm_check(w, "gmm_columns", m))
        return false;
    double *copy = thin_out(w, m, (m->n - 1) / most + 1, &some);
    const bool ok = copy && measure(w, &some, loc, variance);
    free(copy);
    return ok;
}

/* --- the prior ------------------------------------------------------------------------------- */

/* With defaults filled in; loc and variance in memory of the tape. */
typedef struct numbers {
    double concentration, shrinkage, df, scale;
    double *loc, *variance;
} numbers;

static double standard_df(const gmm *m)
{
    return has_matrices(m->covariance) ? (double)m->dimensions + 2.0 : 3.0;
}

/* K^(-2 / D) by the tape, whose bits are the same everywhere. */
static double standard_scale(wick *w, const gmm *m)
{
    return wick_value(wick_pow(wick_num(w, (double)m->components), -2.0 / (double)m->dimensions));
}

static bool need_above(wick *w, const char *name, double value, double least)
{
    if (value > least && value < INFINITY)
        return true;
    wick_fail(w, WICK_ERR_DOMAIN, "gmm_bayes_model: prior.%s is %g, need a number above %g", name,
        value, least);
    return false;
}

static bool columns_hold(wick *w, const gmm *m, const gmm_prior *prior)
{
    for (size_t j = 0; prior->variance && j < m->dimensions; j++)
        if (!need_above(w, wick_name(w, "variance[%zu]", j), prior->variance[j], 0.0))
            return false;
    for (size_t j = 0; prior->loc && j < m->dimensions; j++)
        if (!isfinite(prior->loc[j])) {
            wick_fail(w, WICK_ERR_DOMAIN, "gmm_bayes_model: prior.loc[%zu] is %g, need a number", j,
                prior->loc[j]);
            return false;
        }
    return true;
}

static bool numbers_hold(wick *w, const gmm_bayes *b, const numbers *p)
{
    const bool matrices = has_matrices(b->m->covariance);

    return need_above(w, "weight_concentration", p->concentration, 0.0) &&
        (p->shrinkage == 0.0 || need_above(w, "shrinkage", p->shrinkage, 0.0)) &&
        need_above(w, "df", p->df, matrices ? (double)b->m->dimensions - 1.0 : 0.0) &&
        need_above(w, "scale", p->scale, 0.0) && columns_hold(w, b->m, &b->prior);
}

static bool numbers_of(wick *w, const gmm_bayes *b, numbers *p)
{
    const size_t size = b->m->dimensions * sizeof(double);
    const gmm_prior *given = &b->prior;

    *p = (numbers){ .concentration = model_option(given->weight_concentration, 1.0),
        .shrinkage = model_option(given->shrinkage, 0.01),
        .df = model_option(given->df, standard_df(b->m)),
        .scale = model_option(given->scale, standard_scale(w, b->m)),
        .loc = wick_alloc(w, size),
        .variance = wick_alloc(w, size) };
    if (!p->loc || !p->variance || !numbers_hold(w, b, p))
        return false;
    if ((!given->loc || !given->variance) && !gmm_columns(w, b->m, p->loc, p->variance))
        return false;
    if (given->loc)
        memcpy(p->loc, given->loc, size);
    if (given->variance)
        memcpy(p->variance, given->variance, size);
    return true;
}

/* --- sites ----------------------------------------------------------------------------------- */

static wick_dist or_flat(wick *w, const gmm_bayes *b, bool flat, wick_dist dist)
{
    return flat || b->prior.flat ? wick_masked(w, dist, 0) : dist;
}

static wick_var sample_weights(wick *w, const gmm_bayes *b, const numbers *p)
{
    const size_t k = b->m->components;

    if (k == 1)
        return wick_fill(w, 1.0, 1);
    return wick_sample(
        w, "weights", or_flat(w, b, false, wick_dirichlet(wick_fill(w, p->concentration, k))));
}

/* r v; spherical: with the mean of v */
static wick_var rates(wick *w, const gmm *m, const numbers *p)
{
    const wick_var all = wick_mul(p->scale, wick_const(w, p->variance, m->dimensions));

    return m->covariance == GMM_SPHERICAL ? wick_mean_event(all) : all;
}

/* The inverse Wishart itself would ask for an inverse where it is not looked at. */
static wick_dist covariance_prior(wick *w, const gmm_bayes *b, const numbers *p)
{
    const gmm *m = b->m;

    if (!has_matrices(m->covariance))
        return wick_inverse_gamma(0.5 * p->df, wick_mul(0.5, rates(w, m, p)));
    return b->prior.flat ? wick_wishart(p->df, wick_eye(w, m->dimensions))
                         : inverse_wishart(w, p->df, rates(w, m, p));
}

static wick_var sample_scale(wick *w, const gmm_bayes *b, const numbers *p)
{
    const wick_var x = wick_sample(
        w, covariance_name(b->m->covariance), or_flat(w, b, false, covariance_prior(w, b, p)));

    return has_matrices(b->m->covariance) ? wick_cholesky(x) : wick_sqrt(x);
}

static wick_var sample_loc(wick *w, const gmm_bayes *b, const numbers *p, wick_var scale)
{
    const bool flat = b->prior.flat || p->shrinkage == 0.0;
    const wick_var at = wick_const(w, p->loc, b->m->dimensions);
    const wick_var wide = wick_div(scale, sqrt(flat ? 1.0 : p->shrinkage));

    return wick_sample(w, "loc",
        or_flat(w, b, flat,
            has_matrices(b->m->covariance) ? wick_multivariate_normal(at, wide)
                                           : wick_normal(at, wide)));
}

static void model(wick *w, void *arg)
{
    const gmm_bayes *b = arg;
    wick_var loc = WICK_VAR_NONE, scale = WICK_VAR_NONE;
    numbers p;

    if (!gmm_check(w, "gmm_bayes_model", b ? b->m : NULL) || !numbers_of(w, b, &p))
        return;
    const wick_var weights = sample_weights(w, b, &p);
    if (b->m->covariance == GMM_TIED)
        scale = sample_scale(w, b, &p);
    WICK_PLATE (w, "components", b->m->components) {
        if (b->m->covariance != GMM_TIED)
            scale = sample_scale(w, b, &p);
        loc = sample_loc(w, b, &p, scale);
    }
    gmm_observe(w, b->m, weights, loc, scale);
}

wick_program gmm_bayes_model(const gmm_bayes *b)
{
    return (wick_program){ model, (void *)(uintptr_t)b };
}
