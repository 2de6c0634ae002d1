#include "models/gmm_predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/matrix.h"

/* What conditional means need of the columns that were seen, which rows after each other share. */
typedef struct regression {
    wick *w;
    const gmm_mixture *mixture;
    const double *x;
    double *out;
    bool ready;    /* for rows of which these columns were seen: */
    bool *seen;    /* D */
    size_t *order; /* D: the columns that were seen, then the others */
    size_t n_seen; /* how many were */
    double
        *slopes; /* of the columns that were not seen on those that were: K matrices, D rows of D */
    double *covariance, *factor, *inverse; /* scratch, D D each */
} regression;

static bool allocate(regression *r)
{
    const size_t d = r->mixture->dimensions;

    r->seen = calloc(d, sizeof *r->seen);
    r->order = calloc(d, sizeof *r->order);
    r->slopes = matrix_doubles(r->w, r->mixture->components * d * d);
    r->covariance = matrix_doubles(r->w, d * d);
    r->factor = matrix_doubles(r->w, d * d);
    r->inverse = matrix_doubles(r->w, d * d);
    if (!r->seen || !r->order)
        wick_fail(r->w, WICK_ERR_MEMORY, "gmm_complete: no memory for %zu columns", d);
    return wick_status(r->w) == WICK_OK;
}

static void release(regression *r)
{
    free(r->seen);
    free(r->order);
    free(r->slopes);
    free(r->covariance);
    free(r->factor);
    free(r->inverse);
}

/* The inverse of the factor of the covariance of what was seen, into r->inverse. */
static bool invert_seen(regression *r, size_t k)
{
    const size_t d = r->mixture->dimensions, n = r->n_seen;

    gmm_mixture_covariance(r->mixture, k, r->covariance);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            r->factor[i * n + j] = r->covariance[r->order[i] * d + r->order[j]];
    if (!matrix_cholesky(n, r->factor, r->factor)) {
        wick_fail(r->w, WICK_ERR_NUMERIC,
            "gmm_complete: the covariance of component %zu is singular in the %zu columns that "
            "were seen; raise the variance floor of the fit",
            k, n);
        return false;
    }
    matrix_invert_lower(n, r->factor, r->inverse);
    return true;
}

/* S_ms S_ss^-1 = (S_ms W') W, where S_ss = L L' and W = L^-1 */
static void fill_slopes(regression *r, size_t k)
{
    const size_t d = r->mixture->dimensions, n = r->n_seen;
    double *slopes = r->slopes + k * d * d;

    for (size_t i = n; i < d; i++) {
        const double *row = r->covariance + r->order[i] * d;
        double *half = r->factor, *out = slopes + i * d;
        for (size_t j = 0; j < n; j++) {
            half[j] = 0.0;
            for (size_t l = 0; l <= j; l++)
                half[j] += r->inverse[j * n + l] * row[r->order[l]];
        }
        for (size_t j = 0; j < n; j++) {
            out[j] = 0.0;
            for (size_t l = j; l < n; l++)
                out[j] += half[l] * r->inverse[l * n + j];
        }
    }
}

static bool prepare(regression *r, const double *x)
{
    const size_t d = r->mixture->dimensions;
    bool same = r->ready;

    for (size_t j = 0; j < d; j++)
        same = same && r->seen[j] == (x[j] == x[j]);
    if (same)
        return true;
    r->n_seen = 0;
    for (size_t j = 0; j < d; j++) {
        r->seen[j] = x[j] == x[j];
        if (r->seen[j])
            r->order[r->n_seen++] = j;
    }
    for (size_t j = 0, to = r->n_seen; j < d; j++)
        if (!r->seen[j])
            r->order[to++] = j;
    for (size_t k = 0; k < r->mixture->components; k++) {
        if (!invert_seen(r, k))
            return false;
        fill_slopes(r, k);
    }
    return r->ready = true;
}

/* The mean of a column that was not seen, of one component. */
static double mean_of(const regression *r, size_t k, size_t i, const double *x)
{
    const size_t d = r->mixture->dimensions;
    const double *loc = r->mixture->loc + k * d, *slopes = r->slopes + (k * d + i) * d;
    double mean = loc[r->order[i]];

    for (size_t j = 0; j < r->n_seen; j++)
        mean += slopes[j] * (x[r->order[j]] - loc[r->order[j]]);
    return mean;
}

static void complete(const gmm_row *row, void *arg)
{
    regression *r = arg;
    const size_t d = r->mixture->dimensions;
    const double *x = r->x + row->row * d;
    double *out = r->out + row->row * d;

    if (wick_status(r->w) != WICK_OK || !prepare(r, x))
        return;
    if (out != x)
        memcpy(out, x, d * sizeof *x);
    for (size_t i = r->n_seen; i < d; i++) {
        double mean = 0.0;
        for (size_t k = 0; k < r->mixture->components; k++)
            if (row->responsibilities[k] > 0.0)
                mean += row->responsibilities[k] * mean_of(r, k, i, out);
        out[r->order[i]] = mean;
    }
}

bool gmm_complete(wick *w, const gmm_mixture *m, size_t n, const double *x, double *out)
{
    regression r = { .w = w, .mixture = m, .x = x, .out = out };

    if (!gmm_predict_check(w, "gmm_complete", m, n, x))
        return false;
    if (allocate(&r))
        gmm_predict_each(w, m, n, x, complete, &r);
    release(&r);
    return wick_status(w) == WICK_OK;
}
