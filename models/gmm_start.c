#include "models/gmm_start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/matrix.h"

/* --- the sample ------------------------------------------------------------------------------ */

static void copy_row(gmm_sample *s, size_t to, const gmm_pattern *p, size_t i)
{
    double *x = s->x + to * s->dimensions;

    for (size_t j = 0; j < s->dimensions; j++)
        x[j] = p->columns ? NAN : p->x[i * p->n_columns + j];
    for (size_t j = 0; p->columns && j < p->n_columns; j++)
        x[p->columns[j]] = p->x[i * p->n_columns + j];
    s->row_weights[to] = p->row_weights ? p->row_weights[i] : 1.0;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* The rows whose numbers, over all patterns, are in `chosen`, ascending. */
static void copy_chosen(gmm_sample *s, const gmm_rows *rows, const size_t *chosen)
{
    size_t to = 0, first = 0;

    for (size_t j = 0; j < rows->n_patterns; j++) {
        const gmm_pattern *p = &rows->patterns[j];
        if (p->n_columns == 0)
            continue;
        for (; to < s->n && (chosen ? chosen[to] : to) < first + p->n; to++)
            copy_row(s, to, p, (chosen ? chosen[to] : to) - first);
        first += p->n;
    }
}

static bool take_rows(wick *w, gmm_sample *s, const gmm_rows *rows, size_t all)
{
    size_t *chosen = s->n < all ? calloc(s->n, sizeof *chosen) : NULL;

    if (s->n < all && !chosen) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu rows", s->n);
        return false;
    }
    if (chosen) {
        wick_draw_choice(w, all, s->n, chosen);
        qsort(chosen, s->n, sizeof *chosen, compare_sizes);
    }
    copy_chosen(s, rows, chosen);
    free(chosen);
    return wick_status(w) == WICK_OK;
}

/* --- columns --------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(size_t n, const double *sorted, double p)
{
    const double at = p * (double)(n - 1);
    const size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

/* What was seen of a column, sorted; how many. */
static size_t seen_of(const gmm_sample *s, size_t column, double *out)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->x[i * s->dimensions + column]))
            out[n++] = s->x[i * s->dimensions + column];
    qsort(out, n, sizeof *out, compare_doubles);
    return n;
}

/* Weighted mean and variance of a column; what was not seen becomes the mean. */
static void measure(gmm_sample *s, size_t column)
{
    double all = 0.0, mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < s->n; i++)
        all += isnan(s->x[i * s->dimensions + column]) ? 0.0 : s->row_weights[i];
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->x[i * s->dimensions + column]))
            mean += s->x[i * s->dimensions + column] * (s->row_weights[i] / all);
    for (size_t i = 0; i < s->n; i++) {
        double *x = &s->x[i * s->dimensions + column];
        if (isnan(*x))
            *x = mean;
        else
            squares += (*x - mean) * (*x - mean) * (s->row_weights[i] / all);
    }
    s->center[column] = mean;
    s->variance[column] = squares;
}

static bool look_at(wick *w, const char *function, gmm_sample *s, size_t column, double *scratch)
{
    const size_t n = seen_of(s, column, scratch);

    if (n == 0) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: nothing was seen in column %zu (from 0); leave the column out", function, column);
        return false;
    }
    measure(s, column);
    const double range = (quantile(n, scratch, 0.75) - quantile(n, scratch, 0.25)) / 1.349;
    if (scratch[0] == scratch[n - 1])
        s->variance[column] = 0.0;
    s->spread[column] =
        range > 0.0 ? fmin(s->variance[column], range * range) : s->variance[column];
    if (!(s->spread[column] > 0.0))
        s->spread[column] = 1.0;
    return true;
}

static bool allocate(wick *w, gmm_sample *s)
{
    s->x = matrix_doubles(w, s->n * s->dimensions);
    s->row_weights = matrix_doubles(w, s->n);
    s->center = matrix_doubles(w, s->dimensions);
    s->variance = matrix_doubles(w, s->dimensions);
    s->spread = matrix_doubles(w, s->dimensions);
    return wick_status(w) == WICK_OK;
}

static bool fill(wick *w, const char *function, gmm_sample *s, const gmm_rows *rows, size_t all)
{
    double *scratch = matrix_doubles(w, s->n);
    bool ok = scratch && allocate(w, s) && take_rows(w, s, rows, all);

    for (size_t j = 0; ok && j < s->dimensions; j++)
        ok = look_at(w, function, s, j, scratch);
    free(scratch);
    return ok;
}

gmm_sample *gmm_sample_new(wick *w, const char *function, const gmm_rows *rows, size_t most)
{
    const size_t all = rows->n;
    gmm_sample *s = calloc(1, sizeof *s);

    if (!s)
        wick_fail(w, WICK_ERR_MEMORY, "%s: no memory", function);
    else if (all == 0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: no row has a weight and a number that is not NaN; need one", function);
    if (wick_status(w) == WICK_OK) {
        *s = (gmm_sample){ .n = all < most ? all : most, .dimensions = rows->dimensions };
        if (fill(w, function, s, rows, all))
            return s;
    }
    gmm_sample_free(s);
    return NULL;
}

void gmm_sample_free(gmm_sample *s)
{
    if (!s)
        return;
    free(s->x);
    free(s->row_weights);
    free(s->center);
    free(s->variance);
    free(s->spread);
    free(s);
}

/* --- rows that lie apart --------------------------------------------------------------------- */

static double distance(const gmm_sample *s, size_t row, const double *loc)
{
    const double farthest = 25.0;
    double sum = 0.0;

    for (size_t j = 0; j < s->dimensions; j++) {
        const double off = s->x[row * s->dimensions + j] - loc[j];
        sum += fmin(off * (off / s->spread[j]), farthest);
    }
    return sum;
}

/* The first whose running sum of weights passes a uniform share of all. */
static size_t draw_row(wick *w, const gmm_sample *s, const double *nearest)
{
    double all = 0.0;
    size_t i = 0;

    for (size_t n = 0; n < s->n; n++)
        all += nearest[n] * s->row_weights[n];
    double left = wick_draw_uniform(w) * all;
    while (i + 1 < s->n && (left -= nearest[i] * s->row_weights[i]) >= 0.0)
        i++;
    return i;
}

static void come_nearer(const gmm_sample *s, const double *loc, double *nearest)
{
    for (size_t i = 0; i < s->n; i++)
        nearest[i] = fmin(nearest[i], distance(s, i, loc));
}

/* The sum of distances that would be left with a loc at that row. */
static double left_by(const gmm_sample *s, size_t row, const double *nearest)
{
    const double *loc = s->x + row * s->dimensions;
    double sum = 0.0;

    for (size_t i = 0; i < s->n; i++)
        sum += s->row_weights[i] * fmin(nearest[i], distance(s, i, loc));
    return sum;
}

static size_t draw_best(wick *w, const gmm_sample *s, size_t candidates, const double *nearest)
{
    size_t best = draw_row(w, s, nearest);
    double least = candidates > 1 ? left_by(s, best, nearest) : 0.0;

    for (size_t i = 1; i < candidates; i++) {
        const size_t row = draw_row(w, s, nearest);
        const double left = left_by(s, row, nearest);
        if (left < least) {
            least = left;
            best = row;
        }
    }
    return best;
}

static void place(const gmm_sample *s, size_t row, size_t component, gmm_mixture *out)
{
    memcpy(out->loc + component * s->dimensions, s->x + row * s->dimensions,
        s->dimensions * sizeof *out->loc);
}

/* 2 + floor(log2 k) */
static size_t candidates_for(size_t k)
{
    size_t n = 2;

    for (; k > 1; k /= 2)
        n++;
    return n;
}

static bool spread_out(wick *w, const gmm_sample *s, gmm_mixture *out)
{
    const size_t k = out->components;
    double *nearest = matrix_doubles(w, s->n);

    if (!nearest)
        return false;
    for (size_t i = 0; i < s->n; i++)
        nearest[i] = 1.0;
    place(s, draw_row(w, s, nearest), 0, out);
    for (size_t i = 0; i < s->n; i++)
        nearest[i] = INFINITY;
    for (size_t i = 1; i < k; i++) {
        come_nearer(s, out->loc + (i - 1) * s->dimensions, nearest);
        place(s, draw_best(w, s, candidates_for(k), nearest), i, out);
    }
    free(nearest);
    return true;
}

/* Distinct rows; where there are fewer than components, the rows over again. */
static bool pick_out(wick *w, const gmm_sample *s, gmm_mixture *out)
{
    const size_t n = s->n < out->components ? s->n : out->components;
    size_t *rows = calloc(n, sizeof *rows);

    if (!rows) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu rows", n);
        return false;
    }
    wick_draw_choice(w, s->n, n, rows);
    for (size_t k = 0; k < out->components; k++)
        place(s, rows[k % n], k, out);
    free(rows);
    return true;
}

/* --- scales ---------------------------------------------------------------------------------- */

static size_t nearest_loc(const gmm_sample *s, size_t row, const gmm_mixture *m)
{
    size_t best = 0;
    double least = INFINITY;

    for (size_t k = 0; k < m->components; k++) {
        const double now = distance(s, row, m->loc + k * s->dimensions);
        if (now < least) {
            least = now;
            best = k;
        }
    }
    return best;
}

/* The variance of each column about the nearest loc, of the size of its spread at most, and of a
 * hundredth of that at least. */
static bool within(wick *w, const gmm_sample *s, const gmm_mixture *m, double *variance)
{
    double all = 0.0;

    for (size_t i = 0; i < s->n; i++) {
        const double *loc = m->loc + nearest_loc(s, i, m) * s->dimensions;
        all += s->row_weights[i];
        for (size_t j = 0; j < s->dimensions; j++) {
            const double off = s->x[i * s->dimensions + j] - loc[j];
            variance[j] += s->row_weights[i] * fmin(off * off, s->spread[j] * 25.0);
        }
    }
    for (size_t j = 0; j < s->dimensions; j++)
        variance[j] = fmax(variance[j] / all, 1e-2 * s->spread[j]);
    return wick_status(w) == WICK_OK;
}

static double mean_of(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] / (double)n;
    return sum;
}

static void put_scale(const double *variance, size_t component, gmm_mixture *out)
{
    const size_t d = out->dimensions;
    const bool full = out->covariance == GMM_FULL;
    double *matrix = out->scale + (full ? component * d * d : 0);

    if (out->covariance == GMM_SPHERICAL)
        out->scale[component] = sqrt(mean_of(d, variance));
    else if (out->covariance == GMM_DIAGONAL)
        for (size_t j = 0; j < d; j++)
            out->scale[component * d + j] = sqrt(variance[j]);
    else
        for (size_t i = 0; i < d * d; i++)
            matrix[i] = i % (d + 1) == 0 ? sqrt(variance[i / d]) : 0.0;
}

bool gmm_start_mixture(wick *w, const gmm_sample *s, gmm_start start, gmm_mixture *out)
{
    double *variance = matrix_doubles(w, s->dimensions);
    const bool ok = variance &&
        (start == GMM_START_RANDOM_FROM_DATA ? pick_out : spread_out)(w, s, out) &&
        within(w, s, out, variance);

    for (size_t k = 0; ok && k < out->components; k++) {
        out->weights[k] = 1.0 / (double)out->components;
        put_scale(variance, k, out);
    }
    free(variance);
    return ok;
}

bool gmm_start_component(wick *w, const gmm_sample *s, size_t component, gmm_mixture *m)
{
    double *nearest = matrix_doubles(w, s->n), *variance = matrix_doubles(w, s->dimensions);
    const bool ok = nearest && variance;
    const double share = 1.0 / (double)m->components;
    double others = 0.0;

    for (size_t i = 0; ok && i < s->n; i++)
        nearest[i] = m->components > 1 ? INFINITY : 1.0;
    for (size_t k = 0; ok && k < m->components; k++)
        if (k != component) {
            come_nearer(s, m->loc + k * s->dimensions, nearest);
            others += m->weights[k];
        }
    if (ok) {
        place(s, draw_row(w, s, nearest), component, m);
        within(w, s, m, variance);
        if (m->covariance != GMM_TIED)
            put_scale(variance, component, m);
    }
    for (size_t k = 0; ok && k < m->components; k++)
        m->weights[k] =
            k == component || !(others > 0.0) ? share : m->weights[k] / others * (1.0 - share);
    free(nearest);
    free(variance);
    return ok;
}
