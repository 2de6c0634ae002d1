#include "models/gmm_tally.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/gmm_predict.h"

/* --- rows ------------------------------------------------------------------------------------- */

double gmm_row_weight(const gmm *data, size_t i)
{
    return data->row_weights ? data->row_weights[i] : 1.0;
}

bool gmm_row_counts(const gmm *data, size_t i)
{
    const double *x = data->x + i * data->dimensions;
    bool seen = false;

    for (size_t j = 0; j < data->dimensions; j++)
        seen = seen || x[j] == x[j];
    return seen && gmm_row_weight(data, i) > 0.0;
}

static bool same_row(size_t d, const double *a, const double *b)
{
    for (size_t j = 0; j < d; j++)
        if (a[j] != b[j] && (a[j] == a[j] || b[j] == b[j]))
            return false;
    return true;
}

size_t gmm_distinct_rows(const gmm *data, size_t enough, size_t *found)
{
    const size_t d = data->dimensions;
    size_t n = 0;

    for (size_t i = 0; i < data->n && n < enough; i++) {
        bool known = !gmm_row_counts(data, i);
        for (size_t j = 0; !known && j < n; j++)
            known = same_row(d, data->x + i * d, data->x + found[j] * d);
        if (!known)
            found[n++] = i;
    }
    return n;
}

/* --- columns ---------------------------------------------------------------------------------- */

static void look_at_column(const gmm *data, size_t j, gmm_column *c)
{
    const size_t d = data->dimensions;
    double squares = 0.0, low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < data->n; i++) {
        const double x = data->x[i * d + j], weight = gmm_row_weight(data, i);
        if (x != x || weight == 0.0)
            continue;
        c->n += weight;
        c->mean += (x - c->mean) * (weight / c->n);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    for (size_t i = 0; i < data->n; i++) {
        const double off = data->x[i * d + j] - c->mean;
        if (off == off)
            squares += gmm_row_weight(data, i) / c->n * off * off;
    }
    c->number = c->n > 0.0 ? low : NAN;
    c->mean = c->n > 0.0 ? c->mean : NAN;
    c->deviation = sqrt(squares);
    c->constant = !(low < high);
}

/* --- components ------------------------------------------------------------------------------- */

typedef struct visit {
    const gmm *data;
    size_t components;
    gmm_load *loads;
} visit;

/* Keeps the rows that have most of a component, first the most; of equal ones the earlier row. */
static void remember(gmm_load *l, size_t row, double part)
{
    size_t at = l->n;

    while (at > 0 && (l->most[at - 1] < part || (l->most[at - 1] == part && l->rows[at - 1] > row)))
        at--;
    if (at == GMM_TALLY_ROWS)
        return;
    if (l->n < GMM_TALLY_ROWS)
        l->n++;
    for (size_t i = l->n - 1; i > at; i--) {
        l->most[i] = l->most[i - 1];
        l->rows[i] = l->rows[i - 1];
    }
    l->most[at] = part;
    l->rows[at] = row;
}

static void add_row(const gmm_row *row, void *arg)
{
    const visit *v = arg;
    const double weight = gmm_row_weight(v->data, row->row);

    for (size_t k = 0; row->seen && weight > 0.0 && k < v->components; k++) {
        const double share = row->responsibilities[k];
        v->loads[k].points += weight * share;
        v->loads[k].squares += weight * share * share;
        remember(&v->loads[k], row->row, weight * share);
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static gmm_tally *allocate(wick *w, size_t components, size_t dimensions)
{
    gmm_tally *t = calloc(1, sizeof *t);

    if (t) {
        t->columns = calloc(dimensions, sizeof *t->columns);
        t->loads = calloc(components, sizeof *t->loads);
    }
    if (t && t->columns && t->loads)
        return t;
    wick_fail(w, WICK_ERR_MEMORY, "gmm_tally_new: no memory for %zu components and %zu columns",
        components, dimensions);
    gmm_tally_free(t);
    return NULL;
}

gmm_tally *gmm_tally_new(wick *w, const gmm_mixture *m, const gmm *data)
{
    gmm_tally *t = allocate(w, m->components, m->dimensions);

    if (!t)
        return NULL;
    visit v = { data, m->components, t->loads };
    if (!gmm_predict_each(w, m, data->n, data->x, add_row, &v)) {
        gmm_tally_free(t);
        return NULL;
    }
    for (size_t j = 0; j < m->dimensions; j++)
        look_at_column(data, j, &t->columns[j]);
    return t;
}

void gmm_tally_free(gmm_tally *t)
{
    if (!t)
        return;
    free(t->columns);
    free(t->loads);
    free(t);
}
