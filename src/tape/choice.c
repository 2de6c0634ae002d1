#include "tape/choice.h"

#include <math.h>

/* Shares are kept for so many. */
static size_t padded(size_t n)
{
    return (n + 7) / 8 * 8;
}

void wicki_choose_best(const wicki_mixture_block *m, double *value)
{
    size_t best[WICKI_MIXTURE_MEMBERS];

    for (size_t i = 0; i < m->n; i++) {
        value[i] = -INFINITY;
        best[i] = m->k;
    }
    for (size_t k = 0; k < m->k; k++)
        for (size_t i = 0; i < m->n; i++) {
            const double v = m->w[k] + m->x[k * m->x_stride + i];
            if (v > value[i] || isnan(v)) {
                value[i] = v;
                best[i] = k;
            }
        }
    for (size_t k = 0; k < m->k; k++)
        for (size_t i = 0; i < padded(m->n); i++)
            m->share[k * m->share_stride + i] = i < m->n && best[i] == k ? 1.0 : 0.0;
}

/* Both sums are made alike, so that the running one ends above the target, as u < 1. */
void wicki_choose_drawn(const wicki_mixture_block *m, const double *u)
{
    double target[WICKI_MIXTURE_MEMBERS] = { 0 }, running[WICKI_MIXTURE_MEMBERS] = { 0 };

    for (size_t k = 0; k < m->k; k++)
        for (size_t i = 0; i < m->n; i++)
            target[i] += m->share[k * m->share_stride + i];
    for (size_t i = 0; i < m->n; i++)
        target[i] *= u[i];
    for (size_t k = 0; k < m->k; k++) {
        double *share = m->share + k * m->share_stride;
        for (size_t i = 0; i < m->n; i++) {
            const double before = running[i], after = before + share[i];
            share[i] = after > target[i] && !(before > target[i]) ? 1.0 : 0.0;
            running[i] = after;
        }
    }
}
