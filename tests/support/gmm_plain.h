/**
 * Gaussian mixtures in plain C: data to fit, and densities to compare with.
 */
#ifndef TESTS_SUPPORT_GMM_PLAIN_H
#define TESTS_SUPPORT_GMM_PLAIN_H

#include "models/gmm.h"

#include "tests/support/suite.h"

enum { GMM_MOST = 8 }; /* dimensions */

/** Rows of K overlapping components, whose columns differ in size and place. */
static inline void draw_rows(wick *w, size_t k, size_t n, size_t d, double *x)
{
    for (size_t i = 0; i < n; i++) {
        const double together = 0.6 * wick_draw_normal(w);
        for (size_t j = 0; j < d; j++) {
            const double place = 2.2 * (double)((i % k * (j + 2)) % k);
            x[i * d + j] = 10.0 - (double)j +
                (1.0 + (double)j) * (place + together + 0.7 * wick_draw_normal(w));
        }
    }
}

/** Each number is taken away with that probability, but of the first row. */
static inline void take_away(wick *w, double probability, size_t n, size_t d, double *x)
{
    for (size_t i = d; i < n * d; i++)
        if (wick_draw_uniform(w) < probability)
            x[i] = NAN;
}

static inline void draw_weights(wick *w, size_t n, double *row_weights)
{
    for (size_t i = 0; i < n; i++)
        row_weights[i] = i % 7 == 3 ? 0.0 : 0.25 + 2.0 * wick_draw_uniform(w);
}

/** A mixture that is no optimum of anything, near the rows of draw_rows. */
static inline gmm_mixture *some_mixture(wick *w, size_t k, size_t d, gmm_covariance form)
{
    gmm_mixture *m = gmm_mixture_new(w, k, d, form);
    const bool matrices = form == GMM_FULL || form == GMM_TIED;
    double sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += m->weights[i] = 1.0 + (double)i;
    for (size_t i = 0; i < k; i++)
        m->weights[i] /= sum;
    for (size_t i = 0; i < k * d; i++)
        m->loc[i] = 10.0 + 3.0 * wick_draw_normal(w);
    for (size_t i = 0; i < gmm_scale_size(k, d, form); i++) {
        const size_t row = i % (d * d) / d, column = i % d;
        if (!matrices || row == column)
            m->scale[i] = 1.5 + wick_draw_uniform(w);
        else if (column < row)
            m->scale[i] = wick_draw_normal(w);
    }
    return m;
}

/** The covariance of the columns that a row has, its size returned. */
static inline size_t seen_part(
    const gmm_mixture *m, size_t k, const double *x, double *off, double (*covariance)[GMM_MOST])
{
    const size_t d = m->dimensions;
    double all[GMM_MOST * GMM_MOST];
    size_t n = 0, columns[GMM_MOST];

    gmm_mixture_covariance(m, k, all);
    for (size_t j = 0; j < d; j++)
        if (!isnan(x[j])) {
            off[n] = x[j] - m->loc[k * d + j];
            columns[n++] = j;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            covariance[i][j] = all[columns[i] * d + columns[j]];
    return n;
}

/** log normal(off; 0, covariance) by Gaussian elimination: log of the pivots, and the quadratic form. */
static inline double log_density_of(size_t n, double *off, double (*a)[GMM_MOST])
{
    double density = 0;

    for (size_t p = 0; p < n; p++) {
        density -= 0.5 * (log(2 * acos(-1) * a[p][p]) + off[p] * off[p] / a[p][p]);
        for (size_t i = p + 1; i < n; i++) {
            const double f = a[i][p] / a[p][p];
            off[i] -= f * off[p];
            for (size_t j = p; j < n; j++)
                a[i][j] -= f * a[p][j];
        }
    }
    return density;
}

/** log sum_k weight_k p(x | k) of what was seen of a row; 0 if nothing was. */
static inline double row_log_density(const gmm_mixture *m, const double *x)
{
    double each[64], largest = -INFINITY, sum = 0;

    for (size_t k = 0; k < m->components; k++) {
        double off[GMM_MOST], covariance[GMM_MOST][GMM_MOST];
        const size_t n = seen_part(m, k, x, off, covariance);
        if (n == 0)
            return 0.0;
        each[k] = log(m->weights[k]) + log_density_of(n, off, covariance);
        largest = fmax(largest, each[k]);
    }
    for (size_t k = 0; k < m->components; k++)
        sum += exp(each[k] - largest);
    return largest + log(sum);
}

static inline double plain_log_likelihood(const gmm_mixture *mixture, const gmm *m)
{
    double sum = 0;

    for (size_t i = 0; i < m->n; i++)
        if (!m->row_weights || m->row_weights[i] > 0)
            sum += (m->row_weights ? m->row_weights[i] : 1.0) *
                row_log_density(mixture, m->x + i * m->dimensions);
    return sum;
}

#endif
