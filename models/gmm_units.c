#include "models/gmm_units.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/matrix.h"

/* As in EM, whose starts these are: no more rows than tell where to start. */
static bool look(wick *w, const char *function, gmm_units *u, const gmm *m)
{
    const size_t most = 20000;
    gmm_rows *rows = gmm_rows_new(w, function, m->n, m->dimensions, m->x, m->row_weights);

    u->sample = rows ? gmm_sample_new(w, function, rows, most) : NULL;
    gmm_rows_free(rows);
    return u->sample && gmm_columns(w, m, u->centre, u->columns);
}

/* A spherical mixture stays one only if all columns are scaled alike. */
static void find_units(gmm_units *u)
{
    const size_t d = u->m.dimensions;
    double mean = 0.0;

    for (size_t j = 0; j < d; j++)
        mean += u->columns[j] / (double)d;
    for (size_t j = 0; j < d; j++)
        u->spread[j] = sqrt(u->m.covariance == GMM_SPHERICAL ? mean : u->columns[j]);
}

static void scale_data(gmm_units *u)
{
    const size_t d = u->m.dimensions;

    for (size_t i = 0; i < u->m.n * d; i++)
        u->x[i] = (u->given->x[i] - u->centre[i % d]) / u->spread[i % d];
}

static void scale_prior(gmm_units *u)
{
    const gmm_prior *given = &u->given_prior;

    for (size_t j = 0; j < u->m.dimensions; j++) {
        const double loc = given->loc ? given->loc[j] : u->centre[j],
                     variance = given->variance ? given->variance[j] : u->columns[j];
        u->loc[j] = (loc - u->centre[j]) / u->spread[j];
        u->variance[j] = variance / u->spread[j] / u->spread[j];
    }
}

void gmm_units_rescale(gmm_units *u, const double *factor)
{
    for (size_t j = 0; j < u->m.dimensions; j++)
        u->spread[j] *= factor[j];
    scale_data(u);
    scale_prior(u);
}

static bool allocate(wick *w, gmm_units *u)
{
    const size_t d = u->m.dimensions;

    u->x = matrix_doubles(w, u->m.n * d);
    u->centre = matrix_doubles(w, d);
    u->spread = matrix_doubles(w, d);
    u->loc = matrix_doubles(w, d);
    u->variance = matrix_doubles(w, d);
    u->columns = matrix_doubles(w, d);
    return wick_status(w) == WICK_OK;
}

gmm_units *gmm_units_new(wick *w, const char *function, const gmm *m, const gmm_prior *prior)
{
    gmm_units *u = calloc(1, sizeof *u);

    if (!u) {
        wick_fail(w, WICK_ERR_MEMORY, "%s: no memory", function);
        return NULL;
    }
    u->given = m;
    u->given_prior = u->prior = prior ? *prior : (gmm_prior){ .flat = false };
    u->m = *m;
    u->m.batch = 0;
    u->m.indices = NULL;
    if (!allocate(w, u) || !look(w, function, u, m)) {
        gmm_units_free(u);
        return NULL;
    }
    u->m.x = u->x;
    u->prior.loc = u->loc;
    u->prior.variance = u->variance;
    find_units(u);
    scale_data(u);
    scale_prior(u);
    return u;
}

void gmm_units_free(gmm_units *u)
{
    if (!u)
        return;
    gmm_sample_free(u->sample);
    free(u->x);
    free(u->centre);
    free(u->spread);
    free(u->loc);
    free(u->variance);
    free(u->columns);
    free(u);
}

/* The column that number i of the scales belongs to. */
static size_t column_of(const gmm_mixture *m, size_t i)
{
    const size_t d = m->dimensions;

    switch (m->covariance) {
    case GMM_FULL:
    case GMM_TIED:
        return i / d % d;
    case GMM_DIAGONAL:
        return i % d;
    default:
        return 0;
    }
}

void gmm_units_enter(const gmm_units *u, gmm_mixture *m)
{
    const size_t d = m->dimensions, n = gmm_scale_size(m->components, d, m->covariance);

    for (size_t i = 0; i < m->components * d; i++)
        m->loc[i] = (m->loc[i] - u->centre[i % d]) / u->spread[i % d];
    for (size_t i = 0; i < n; i++)
        m->scale[i] /= u->spread[column_of(m, i)];
}

void gmm_units_leave(const gmm_units *u, gmm_mixture *m, bool centred)
{
    const size_t d = m->dimensions, n = gmm_scale_size(m->components, d, m->covariance);

    for (size_t i = 0; i < m->components * d; i++)
        m->loc[i] = m->loc[i] * u->spread[i % d] + (centred ? u->centre[i % d] : 0.0);
    for (size_t i = 0; i < n; i++)
        m->scale[i] *= u->spread[column_of(m, i)];
}
