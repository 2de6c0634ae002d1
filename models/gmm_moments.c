#include "models/gmm_moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/matrix.h"

static size_t products_size(const gmm_moments *m)
{
    return gmm_scale_size(m->components, m->dimensions, m->covariance);
}

gmm_moments *gmm_moments_new(wick *w, const gmm_mixture *shape)
{
    gmm_moments *m = calloc(1, sizeof *m);
    const size_t d = shape->dimensions;

    if (!m) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for moments");
        return NULL;
    }
    *m = (gmm_moments){
        .components = shape->components, .dimensions = d, .covariance = shape->covariance
    };
    m->count = matrix_doubles(w, m->components);
    m->sum = matrix_doubles(w, m->components * d);
    m->products = matrix_doubles(w, products_size(m));
    m->batch = matrix_doubles(w, m->components);
    m->scratch = matrix_doubles(w, 4 * d * d + d);
    if (wick_status(w) == WICK_OK)
        return m;
    gmm_moments_free(m);
    return NULL;
}

void gmm_moments_free(gmm_moments *m)
{
    if (!m)
        return;
    free(m->count);
    free(m->sum);
    free(m->products);
    free(m->batch);
    free(m->scratch);
    free(m);
}

/* --- from a gradient ------------------------------------------------------------------------- */

/* sum = L L' g */
static void add_sum(const gmm_moments *m, const double *l, const double *g, double *sum)
{
    const size_t d = m->dimensions;
    double *half = m->scratch;

    for (size_t j = 0; j < d; j++) {
        half[j] = 0.0;
        for (size_t i = j; i < d; i++)
            half[j] += l[i * d + j] * g[i];
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            sum[i] += l[i * d + j] * half[j];
}

/*
 * tril(U M) = g + count diag(1 / L_ii), with U = L^-T an upper triangle and M = L^-1 S2 L^-T
 * symmetric: the last row of M first, then each one above from those below it.
 */
static void add_products(
    const gmm_moments *m, const double *l, double count, const double *g, double *products)
{
    const size_t d = m->dimensions;
    double *inverse = m->scratch, *inner = inverse + d * d, *half = inner + d * d,
           *outer = half + d * d;

    matrix_invert_lower(d, l, inverse);
    for (size_t i = d; i-- > 0;)
        for (size_t j = 0; j <= i; j++) {
            double sum = g[i * d + j] + (i == j ? count / l[i * d + i] : 0.0);
            for (size_t n = i + 1; n < d; n++)
                sum -= inverse[n * d + i] * inner[n * d + j];
            inner[i * d + j] = inner[j * d + i] = sum * l[i * d + i];
        }
    matrix_sandwich(d, l, inner, half, outer);
    for (size_t i = 0; i < d * d; i++)
        products[i] += outer[i];
}

static void add_matrices(
    gmm_moments *m, const gmm_mixture *at, double total, const double *loc, const double *scale)
{
    const size_t d = m->dimensions;
    const bool tied = m->covariance == GMM_TIED;

    for (size_t k = 0; k < m->components; k++) {
        const size_t from = tied ? 0 : k * d * d;
        add_sum(m, at->scale + from, loc + k * d, m->sum + k * d);
        if (!tied)
            add_products(m, at->scale + from, m->batch[k], scale + from, m->products + from);
    }
    if (tied)
        add_products(m, at->scale, total, scale, m->products);
}

/* With s a scale: sum = s^2 g, products = s^3 g + s^2 count; of a spherical one for all columns. */
static void add_scales(
    gmm_moments *m, const gmm_mixture *at, const double *loc, const double *scale)
{
    const size_t d = m->dimensions, each = m->covariance == GMM_DIAGONAL ? d : 1;

    for (size_t i = 0; i < m->components * d; i++) {
        const double s = at->scale[each == d ? i : i / d];
        m->sum[i] += s * s * loc[i];
    }
    for (size_t i = 0; i < m->components * each; i++) {
        const double s = at->scale[i], count = m->batch[i / each] * (double)(d / each);
        m->products[i] += s * s * (s * scale[i] + count);
    }
}

void gmm_moments_add(gmm_moments *m, const gmm_mixture *at, double total, const double *logits,
    const double *loc, const double *scale)
{
    for (size_t k = 0; k < m->components; k++) {
        m->batch[k] = fmax(0.0, logits[k] + total * at->weights[k]);
        m->count[k] += m->batch[k];
    }
    if (m->covariance == GMM_FULL || m->covariance == GMM_TIED)
        add_matrices(m, at, total, loc, scale);
    else
        add_scales(m, at, loc, scale);
}

/* --- the maximum ----------------------------------------------------------------------------- */

/* Raises the eigenvalues of a that are below 1 to 1, and counts them. */
static size_t raise(size_t d, double *a, double *values, double *vectors)
{
    size_t raised = 0;

    matrix_eigen(d, a, values, vectors);
    for (size_t i = 0; i < d; i++) {
        raised += values[i] < 1.0;
        values[i] = fmax(values[i], 1.0);
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (size_t n = 0; n < d; n++)
                sum += vectors[i * d + n] * values[n] * vectors[j * d + n];
            a[i * d + j] = a[j * d + i] = sum;
        }
    return raised;
}

/* Is c - diag(floor) positive definite? */
static bool is_above(size_t d, const double *c, const double *floor, double *scratch)
{
    memcpy(scratch, c, d * d * sizeof *c);
    for (size_t i = 0; i < d; i++)
        scratch[i * d + i] -= floor[i];
    return matrix_cholesky(d, scratch, scratch);
}

static void rescale(size_t d, double *c, const double *floor, bool up)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            const double s = sqrt(floor[i]) * sqrt(floor[j]);
            c[i * d + j] = up ? c[i * d + j] * s : c[i * d + j] / s;
        }
}

/* scale = the factor of c, kept above the floor; returns how many directions are at it. */
static size_t factor(
    const gmm_moments *m, double *c, const double *floor, double *vectors, double *scale)
{
    const size_t d = m->dimensions;
    double *values = vectors + d * d, *trial = values + d;
    size_t raised = 0;

    if (floor[0] > 0.0 && !is_above(d, c, floor, trial)) {
        rescale(d, c, floor, false);
        raised = raise(d, c, values, vectors);
        rescale(d, c, floor, true);
    }
    if (!matrix_cholesky(d, c, trial))
        return raised + !raised;
    memcpy(scale, trial, d * d * sizeof *scale);
    return raised;
}

static bool is_empty(const gmm_moments *m, double total, size_t k)
{
    return !(m->count[k] > 1e-10 * total);
}

/* c = products / count - off off', off = sum / count */
static void subtract_outer(size_t d, double count, double weight, const double *sum, double *c)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            c[i * d + j] -= weight * (sum[i] / count) * (sum[j] / count);
}

static void maximise_full(
    const gmm_moments *m, double total, const double *floor, gmm_mixture *out, size_t *floored)
{
    const size_t d = m->dimensions;
    double *c = m->scratch;

    for (size_t k = 0; k < m->components; k++) {
        if (is_empty(m, total, k))
            continue;
        for (size_t i = 0; i < d * d; i++)
            c[i] = m->products[k * d * d + i] / m->count[k];
        subtract_outer(d, m->count[k], 1.0, m->sum + k * d, c);
        floored[k] = factor(m, c, floor, c + d * d, out->scale + k * d * d);
    }
}

static void maximise_tied(
    const gmm_moments *m, double total, const double *floor, gmm_mixture *out, size_t *floored)
{
    const size_t d = m->dimensions;
    double *c = m->scratch;

    for (size_t i = 0; i < d * d; i++)
        c[i] = m->products[i] / total;
    for (size_t k = 0; k < m->components; k++)
        if (!is_empty(m, total, k))
            subtract_outer(d, m->count[k], m->count[k] / total, m->sum + k * d, c);
    const size_t directions = factor(m, c, floor, c + d * d, out->scale);
    for (size_t k = 0; k < m->components; k++)
        floored[k] = directions;
}

static size_t put_variance(double variance, double floor, double *scale)
{
    if (variance > floor)
        *scale = sqrt(variance);
    else if (floor > 0.0)
        *scale = sqrt(floor);
    return variance > floor ? 0u : 1u;
}

static void maximise_diagonal(
    const gmm_moments *m, double total, const double *floor, gmm_mixture *out, size_t *floored)
{
    const size_t d = m->dimensions;

    for (size_t i = 0; i < m->components * d; i++) {
        const double count = m->count[i / d], off = m->sum[i] / count;
        if (!is_empty(m, total, i / d))
            floored[i / d] +=
                put_variance(m->products[i] / count - off * off, floor[i % d], out->scale + i);
    }
}

static double mean_of(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] / (double)n;
    return sum;
}

static void maximise_spherical(
    const gmm_moments *m, double total, const double *floor, gmm_mixture *out, size_t *floored)
{
    const size_t d = m->dimensions;

    for (size_t k = 0; k < m->components; k++) {
        double squares = m->products[k] / m->count[k];
        for (size_t j = 0; j < d; j++)
            squares -= (m->sum[k * d + j] / m->count[k]) * (m->sum[k * d + j] / m->count[k]);
        if (!is_empty(m, total, k))
            floored[k] = put_variance(squares / (double)d, mean_of(d, floor), out->scale + k);
    }
}

void gmm_moments_maximise(
    const gmm_moments *m, const double *floor, gmm_mixture *mixture, size_t *floored)
{
    static void (*const maximise[])(const gmm_moments *, double, const double *, gmm_mixture *,
        size_t *) = { maximise_full, maximise_tied, maximise_diagonal, maximise_spherical };
    const size_t d = m->dimensions;
    double total = 0.0;

    for (size_t k = 0; k < m->components; k++) {
        total += m->count[k];
        floored[k] = 0;
    }
    for (size_t i = 0; i < m->components * d; i++)
        if (!is_empty(m, total, i / d))
            mixture->loc[i] += m->sum[i] / m->count[i / d];
    maximise[m->covariance](m, total, floor, mixture, floored);
    for (size_t k = 0; k < m->components; k++)
        mixture->weights[k] = m->count[k] / total;
}

/* --- on to the next -------------------------------------------------------------------------- */

/* Products about loc + off, as the sum about it is then s - count off. */
static double moved(
    double product, double count, double off_i, double off_j, double s_i, double s_j)
{
    return product - off_i * s_j - off_j * s_i + count * off_i * off_j;
}

static void move_component(gmm_moments *m, size_t k, const double *off, double *products)
{
    const size_t d = m->dimensions;
    const double *s = m->sum + k * d;
    const double count = m->count[k];
    const bool matrix = m->covariance == GMM_FULL || m->covariance == GMM_TIED;

    for (size_t i = 0; i < d; i++)
        for (size_t j = matrix ? 0 : i; j < (matrix ? d : i + 1); j++) {
            double *p = products + (matrix ? i * d + j : m->covariance == GMM_DIAGONAL ? i : 0);
            *p = moved(*p, count, off[i], off[j], s[i], s[j]);
        }
}

void gmm_moments_clear(gmm_moments *m)
{
    memset(m->count, 0, m->components * sizeof *m->count);
    memset(m->sum, 0, m->components * m->dimensions * sizeof *m->sum);
    memset(m->products, 0, products_size(m) * sizeof *m->products);
}

void gmm_moments_decay(
    gmm_moments *m, const gmm_mixture *before, const gmm_mixture *mixture, double decay)
{
    const size_t d = m->dimensions, n = products_size(m);
    double *off = m->scratch;

    if (decay == 0.0) {
        gmm_moments_clear(m);
        return;
    }
    for (size_t k = 0; k < m->components; k++) {
        for (size_t j = 0; j < d; j++)
            off[j] = mixture->loc[k * d + j] - before->loc[k * d + j];
        move_component(
            m, k, off, m->products + (m->covariance == GMM_TIED ? 0 : k * (n / m->components)));
        for (size_t j = 0; j < d; j++)
            m->sum[k * d + j] = decay * (m->sum[k * d + j] - m->count[k] * off[j]);
        m->count[k] *= decay;
    }
    for (size_t i = 0; i < n; i++)
        m->products[i] *= decay;
}
