#include "models/gmm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/matrix.h"

const char *gmm_covariance_name(gmm_covariance covariance)
{
    static const char *const names[] = { "full", "tied", "diagonal", "spherical" };

    return (unsigned)covariance <= GMM_SPHERICAL ? names[covariance] : "unknown";
}

size_t gmm_scale_size(size_t components, size_t dimensions, gmm_covariance covariance)
{
    switch (covariance) {
    case GMM_FULL:
        return components * dimensions * dimensions;
    case GMM_TIED:
        return dimensions * dimensions;
    case GMM_DIAGONAL:
        return components * dimensions;
    default:
        return components;
    }
}

/* --- mixtures -------------------------------------------------------------------------------- */

static size_t scale_size(const gmm_mixture *m)
{
    return gmm_scale_size(m->components, m->dimensions, m->covariance);
}

static void fill(gmm_mixture *m)
{
    const size_t d = m->dimensions, n = scale_size(m);
    const bool matrices = m->covariance == GMM_FULL || m->covariance == GMM_TIED;

    for (size_t k = 0; k < m->components; k++)
        m->weights[k] = 1.0 / (double)m->components;
    for (size_t i = 0; i < n; i++)
        m->scale[i] = !matrices || i % (d * d) % (d + 1) == 0;
}

gmm_mixture *gmm_mixture_new(
    wick *w, size_t components, size_t dimensions, gmm_covariance covariance)
{
    gmm_mixture *m = calloc(1, sizeof *m);

    if (!m) {
        wick_fail(w, WICK_ERR_MEMORY, "gmm_mixture_new: no memory");
        return NULL;
    }
    *m = (gmm_mixture){
        .components = components, .dimensions = dimensions, .covariance = covariance
    };
    m->weights = matrix_doubles(w, components);
    m->loc = matrix_doubles(w, components * dimensions);
    m->scale = matrix_doubles(w, scale_size(m));
    if (!m->weights || !m->loc || !m->scale) {
        gmm_mixture_free(m);
        return NULL;
    }
    fill(m);
    return m;
}

gmm_mixture *gmm_mixture_copy(wick *w, const gmm_mixture *from)
{
    gmm_mixture *to = gmm_mixture_new(w, from->components, from->dimensions, from->covariance);

    if (to)
        gmm_mixture_assign(to, from);
    return to;
}

void gmm_mixture_free(gmm_mixture *m)
{
    if (!m)
        return;
    free(m->weights);
    free(m->loc);
    free(m->scale);
    free(m);
}

void gmm_mixture_assign(gmm_mixture *to, const gmm_mixture *from)
{
    memcpy(to->weights, from->weights, from->components * sizeof *to->weights);
    memcpy(to->loc, from->loc, from->components * from->dimensions * sizeof *to->loc);
    memcpy(to->scale, from->scale, scale_size(from) * sizeof *to->scale);
}

void gmm_mixture_scale_tril(const gmm_mixture *m, size_t k, double *out)
{
    const size_t d = m->dimensions;

    if (m->covariance == GMM_FULL || m->covariance == GMM_TIED) {
        memcpy(out, m->scale + (m->covariance == GMM_FULL ? k * d * d : 0), d * d * sizeof *out);
        return;
    }
    for (size_t i = 0; i < d * d; i++)
        out[i] = i % (d + 1) != 0           ? 0.0
            : m->covariance == GMM_DIAGONAL ? m->scale[k * d + i / d]
                                            : m->scale[k];
}

void gmm_mixture_covariance(const gmm_mixture *m, size_t k, double *out)
{
    const size_t d = m->dimensions;

    gmm_mixture_scale_tril(m, k, out);
    for (size_t i = d; i-- > 0;)
        for (size_t j = i + 1; j-- > 0;) {
            double sum = 0.0;
            for (size_t l = 0; l <= j; l++)
                sum += out[i * d + l] * out[j * d + l];
            out[i * d + j] = sum;
        }
    for (size_t i = 0; i < d; i++)
        for (size_t j = i + 1; j < d; j++)
            out[i * d + j] = out[j * d + i];
}

/* --- checks ---------------------------------------------------------------------------------- */

static bool weights_hold(wick *w, const char *function, const gmm_mixture *m)
{
    double sum = 0.0;

    for (size_t k = 0; k < m->components; k++) {
        if (!(m->weights[k] >= 0.0 && m->weights[k] <= 1.0 + 1e-8)) {
            wick_fail(w, WICK_ERR_DOMAIN, "%s: the weight of component %zu is %g, need 0 to 1",
                function, k, m->weights[k]);
            return false;
        }
        sum += m->weights[k];
    }
    if (fabs(sum - 1.0) > 1e-8 * (double)m->components)
        wick_fail(w, WICK_ERR_DOMAIN, "%s: the weights sum to %.10g, need 1", function, sum);
    return wick_status(w) == WICK_OK;
}

static bool locs_hold(wick *w, const char *function, const gmm_mixture *m)
{
    for (size_t i = 0; i < m->components * m->dimensions; i++)
        if (!isfinite(m->loc[i])) {
            wick_fail(w, WICK_ERR_DOMAIN, "%s: loc %zu of component %zu is %g, need a number",
                function, i % m->dimensions, i / m->dimensions, m->loc[i]);
            return false;
        }
    return true;
}

static const char *scale_needed(const gmm_mixture *m, size_t i)
{
    const size_t d = m->dimensions, row = i % (d * d) / d, column = i % d;
    const bool matrices = m->covariance == GMM_FULL || m->covariance == GMM_TIED;

    if (matrices && row < column)
        return m->scale[i] == 0.0 ? NULL : "0, above the diagonal";
    if (matrices && row > column)
        return isfinite(m->scale[i]) ? NULL : "a number";
    return m->scale[i] > 0.0 && isfinite(m->scale[i]) ? NULL : "a positive number";
}

static bool scales_hold(wick *w, const char *function, const gmm_mixture *m)
{
    for (size_t i = 0; i < scale_size(m); i++) {
        const char *needed = scale_needed(m, i);
        if (!needed)
            continue;
        wick_fail(w, WICK_ERR_DOMAIN, "%s: number %zu of scale (%s) is %g, need %s", function, i,
            gmm_covariance_name(m->covariance), m->scale[i], needed);
        return false;
    }
    return true;
}

bool gmm_mixture_check(wick *w, const char *function, const gmm_mixture *m)
{
    if (!m || m->components == 0 || m->dimensions == 0 || !m->weights || !m->loc || !m->scale) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: need a mixture with components, dimensions and numbers (gmm_mixture_new)",
            function);
        return false;
    }
    return weights_hold(w, function, m) && locs_hold(w, function, m) && scales_hold(w, function, m);
}

/* --- densities on the tape ------------------------------------------------------------------- */

static wick_var take_columns(wick *w, wick_var x, size_t n, const size_t *columns)
{
    wick_var *parts = wick_alloc(w, n * sizeof *parts);

    if (!parts)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < n; i++)
        parts[i] = wick_rank(x) == 2 ? wick_select(x, 0, columns[i]) : wick_pick(x, columns[i]);
    return wick_stack(w, n, parts);
}

wick_dist gmm_component(wick *w, gmm_covariance covariance, wick_var loc, wick_var scale,
    size_t n_columns, const size_t *columns)
{
    const bool matrix = covariance == GMM_FULL || covariance == GMM_TIED;

    if (columns) {
        loc = take_columns(w, loc, n_columns, columns);
        if (covariance != GMM_SPHERICAL)
            scale = take_columns(w, scale, n_columns, columns);
        if (matrix)
            return wick_multivariate_normal_covariance(
                loc, wick_matmul(scale, wick_transpose(scale)));
    }
    return matrix ? wick_multivariate_normal(loc, scale)
                  : wick_to_event(w, wick_normal(loc, scale), 1);
}
