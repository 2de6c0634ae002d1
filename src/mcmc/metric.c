#include "mcmc/metric.h"

#include "tape/loop.h"

#include <math.h>
#include <string.h>

size_t wicki_metric_size(wick_metric kind, size_t n)
{
    return kind == WICK_METRIC_DENSE ? n * n : kind == WICK_METRIC_DIAGONAL ? n : 0;
}

wicki_metric wicki_metric_in(wick_metric kind, size_t n, double *memory)
{
    const size_t size = wicki_metric_size(kind, n), step = kind == WICK_METRIC_DENSE ? n + 1 : 1;
    const wicki_metric m = { kind, n, memory, memory + size, memory + 2 * size };

    memset(memory, 0, 3 * size * sizeof *memory);
    for (size_t i = 0; i < size; i += step)
        m.inverse[i] = m.factor[i] = 1.0;
    return m;
}

/* --- setting it -------------------------------------------------------------------------------- */

static bool root_of_diagonal(size_t n, const double *a, double *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!(a[i] > 0.0 && a[i] < INFINITY))
            return false;
        out[i] = 1.0 / sqrt(a[i]);
    }
    return true;
}

/* Row by row; the upper triangle of l is left as it is. */
static bool cholesky(size_t n, const double *a, double *l)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            l[i * n + j] = (a[i * n + j] - wicki_dot(j, l + i * n, l + j * n)) / l[j * n + j];
        const double pivot = a[i * n + i] - wicki_dot(i, l + i * n, l + i * n);
        if (!(pivot > 0.0 && pivot < INFINITY))
            return false;
        l[i * n + i] = sqrt(pivot);
    }
    return true;
}

bool wicki_metric_set(wicki_metric *m, const double *inverse)
{
    const bool dense = m->kind == WICK_METRIC_DENSE;

    if (m->kind == WICK_METRIC_UNIT)
        return true;
    if (!(dense ? cholesky : root_of_diagonal)(m->n, inverse, m->spare))
        return false;
    double *factor = m->factor;
    m->factor = m->spare;
    m->spare = factor;
    memcpy(m->inverse, inverse, wicki_metric_size(m->kind, m->n) * sizeof *inverse);
    return true;
}

/* --- using it ---------------------------------------------------------------------------------- */

static void multiply(
    size_t n, const double *restrict a, const double *restrict b, double *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] * b[i];
}

void wicki_metric_velocity(const wicki_metric *m, const double *p, double *out)
{
    const size_t n = m->n;

    if (m->kind == WICK_METRIC_UNIT)
        memcpy(out, p, n * sizeof *p);
    else if (m->kind == WICK_METRIC_DIAGONAL)
        multiply(n, m->inverse, p, out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = wicki_dot(n, m->inverse + i * n, p);
}

/* Solves factor' x = x from the last row to the first. */
static void solve_transposed(size_t n, const double *factor, double *x)
{
    for (size_t i = n; i-- > 0;) {
        x[i] /= factor[i * n + i];
        for (size_t j = 0; j < i; j++)
            x[j] -= factor[i * n + j] * x[i];
    }
}

void wicki_metric_draw(const wicki_metric *m, wicki_stream *stream, double *p)
{
    for (size_t i = 0; i < m->n; i++)
        p[i] = wicki_normal(stream);
    for (size_t i = 0; m->kind == WICK_METRIC_DIAGONAL && i < m->n; i++)
        p[i] *= m->factor[i];
    if (m->kind == WICK_METRIC_DENSE)
        solve_transposed(m->n, m->factor, p);
}
