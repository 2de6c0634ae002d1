#include <math.h>
#include <stdint.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm.h"
#include "models/gmm_rows.h"
#include "models/gmm_start.h"

static bool has_matrices(const gmm *m)
{
    return m->covariance == GMM_FULL || m->covariance == GMM_TIED;
}

bool gmm_check(wick *w, const char *function, const gmm *m)
{
    if (!m || m->components == 0 || m->dimensions == 0 || m->n == 0 || !m->x ||
        (unsigned)m->covariance > GMM_SPHERICAL)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: need components, dimensions and n rows of data x, each at least 1, and a form of "
            "covariance",
            function);
    else if (m->batch > m->n)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: a batch of %zu rows, there are %zu", function,
            m->batch, m->n);
    else if (m->indices && m->batch == 0)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "%s: indices without a batch, need their number there", function);
    return wick_status(w) == WICK_OK;
}

bool gmm_fits(wick *w, const char *function, const gmm *m, const gmm_mixture *mixture)
{
    if (!mixture || !mixture->weights || !mixture->loc || !mixture->scale)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: got no mixture, need one (gmm_mixture_new)", function);
    else if (mixture->components != m->components || mixture->dimensions != m->dimensions ||
        mixture->covariance != m->covariance)
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: the mixture has %zu components, %zu dimensions, %s covariance, need %zu, %zu, %s",
            function, mixture->components, mixture->dimensions,
            gmm_covariance_name(mixture->covariance), m->components, m->dimensions,
            gmm_covariance_name(m->covariance));
    return wick_status(w) == WICK_OK;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Rows of one pattern in the model. */
typedef struct group {
    const gmm *m;
    const gmm_pattern *p;
    size_t number, batch;
    bool alone; /* there are no others */
} group;

static const char *numbered(wick *w, const char *name, size_t number)
{
    return number == 0 ? name : wick_name(w, "%s_%zu", name, number);
}

/*
 * Numbers of the rows, `copied` if they are not those of the data. Copies go when the program ends, so
 * they are constants of the tape, split over the plate.
 */
static wick_var rows_of(
    wick *w, const group *g, const double *values, bool copied, size_t rank, size_t size)
{
    const size_t sizes[] = { g->p->n, size };

    if (!copied)
        return wick_data_array(w, values, g->p->n * size, rank, &size);
    return wick_split(wick_const_array(w, values, 1 + rank, sizes), numbered(w, "data", g->number));
}

static wick_var x_of(wick *w, const group *g)
{
    return rows_of(w, g, g->p->x, g->p->copied, 1, g->p->n_columns);
}

static wick_dist component(wick *w, const group *g, wick_var loc, wick_var scale)
{
    return gmm_component(w, g->m->covariance, loc, scale, g->p->n_columns, g->p->columns);
}

/* All rows: who they belong to is a site. */
static void observe(wick *w, const group *g, wick_var weights, wick_var loc, wick_var scale)
{
    const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
    const wick_var scale_z = g->m->covariance == GMM_TIED ? scale : wick_take(scale, z);

    wick_observe(w, "x", component(w, g, wick_take(loc, z), scale_z), x_of(w, g));
}

/* Some of the rows, or rows with weights: the density of the mixture. */
static void observe_mixture(wick *w, const group *g, wick_var weights, wick_var loc, wick_var scale)
{
    const char *name = numbered(w, "x", g->number);
    const wick_dist mixture = wick_mixture_same_family(
        w, wick_categorical(weights), "components", component(w, g, loc, scale));

    if (!g->p->row_weights)
        wick_observe(w, name, mixture, x_of(w, g));
    else
        wick_factor(w, name,
            wick_mul(rows_of(w, g, g->p->row_weights, g->p->copied_weights, 0, 1),
                wick_log_prob(w, mixture, x_of(w, g))));
}

static void observe_group(wick *w, const group *g, wick_var weights, wick_var loc, wick_var scale)
{
    WICK_PLATE (w, numbered(w, "data", g->number), g->p->n, .subsample = g->batch,
        .indices = g->batch ? g->m->indices : NULL)
        (g->alone && !g->p->row_weights ? observe : observe_mixture)(w, g, weights, loc, scale);
}

/* Its share of the minibatch, at least one row; 0: all. */
static size_t share_of(const gmm *m, size_t n, size_t all)
{
    const double share = (double)m->batch * (double)n / (double)all;
    const size_t rows = share < 1.0 ? 1 : (size_t)(share + 0.5);

    return m->batch == 0 || (rows >= n && !m->indices) ? 0 : rows;
}

static bool indices_fit(wick *w, const gmm *m, const gmm_rows *rows)
{
    if (m->indices && (rows->n_patterns > 1 || rows->patterns[0].rows))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_model: indices of a minibatch need rows that were seen as a whole and have "
            "weights above 0; leave them NULL, so that they are drawn");
    return wick_status(w) == WICK_OK;
}

void gmm_observe(wick *w, const gmm *m, wick_var weights, wick_var loc, wick_var scale)
{
    size_t all = 0, number = 0;
    gmm_rows *rows = gmm_check(w, "gmm_model", m)
        ? gmm_rows_new(w, "gmm_model", m->n, m->dimensions, m->x, m->row_weights)
        : NULL;

    for (size_t j = 0; rows && j < rows->n_patterns; j++)
        all += rows->patterns[j].n;
    for (size_t j = 0; rows && indices_fit(w, m, rows) && j < rows->n_patterns; j++) {
        const gmm_pattern *p = &rows->patterns[j];
        const group g = { .m = m,
            .p = p,
            .number = number++,
            .batch = share_of(m, p->n, all),
            .alone = rows->n_patterns == 1 };
        if (p->n_columns > 0 && wick_status(w) == WICK_OK)
            observe_group(w, &g, weights, loc, scale);
    }
    gmm_rows_free(rows);
}

/* --- parameters ------------------------------------------------------------------------------ */

typedef struct parameters {
    wick_var weights, loc, scale;
} parameters;

static const char *scale_name(const gmm *m)
{
    return has_matrices(m) ? "scale_tril" : "scale";
}

/* Numbers of a mixture in memory of the tape: what parameters start from may be read later. */
static gmm_mixture *on_tape(wick *w, const gmm *m)
{
    gmm_mixture *out = wick_alloc(w, sizeof *out);
    const size_t k = m->components, d = m->dimensions, n = gmm_scale_size(k, d, m->covariance);

    if (!out)
        return NULL;
    *out = (gmm_mixture){ .components = k,
        .dimensions = d,
        .covariance = m->covariance,
        .weights = wick_alloc(w, k * sizeof *out->weights),
        .loc = wick_alloc(w, k * d * sizeof *out->loc),
        .scale = wick_alloc(w, n * sizeof *out->scale) };
    return wick_status(w) == WICK_OK ? out : NULL;
}

static bool are_there(wick *w, const gmm *m)
{
    return wick_param_exists(w, "weights") && wick_param_exists(w, "loc") &&
        wick_param_exists(w, scale_name(m));
}

/* Members first; if the parameter is there the shape counts only. */
static wick_init members(wick *w, const double *values, size_t n, size_t rank, const size_t *sizes)
{
    return values ? wick_init_var(wick_data_array(w, values, n, rank, sizes))
                  : wick_init_fill_array(0.0, rank, sizes);
}

static wick_var scale_of(wick *w, const gmm *m, const gmm_mixture *start)
{
    const size_t d = m->dimensions, sizes[] = { d, d },
                 rank = has_matrices(m) ? 2
        : m->covariance == GMM_DIAGONAL ? 1
                                        : 0;

    return wick_param(w, scale_name(m),
        members(w, start ? start->scale : NULL, gmm_scale_size(m->components, d, m->covariance),
            rank, sizes),
        has_matrices(m) ? wick_lower_cholesky() : wick_positive());
}

/* start may be NULL if all parameters are there. */
static parameters parameters_of(wick *w, const gmm *m, const gmm_mixture *start)
{
    const size_t k = m->components, d = m->dimensions;
    parameters p = { .scale = WICK_VAR_NONE };

    p.weights = wick_param(w, "weights",
        start ? wick_init_values(start->weights, k) : wick_init_fill(1.0 / (double)k, k),
        wick_simplex());
    if (m->covariance == GMM_TIED)
        p.scale = scale_of(w, m, start);
    WICK_PLATE (w, "components", k) {
        p.loc =
            wick_param(w, "loc", members(w, start ? start->loc : NULL, k * d, 1, &d), wick_real());
        if (m->covariance != GMM_TIED)
            p.scale = scale_of(w, m, start);
    }
    return p;
}

static gmm_mixture *start_of(wick *w, const gmm *m)
{
    gmm_mixture *out = on_tape(w, m);
    gmm_rows *rows =
        out ? gmm_rows_new(w, "gmm_model", m->n, m->dimensions, m->x, m->row_weights) : NULL;
    gmm_sample *sample = rows ? gmm_sample_new(w, "gmm_model", rows, m->n) : NULL;
    const bool ok = sample && gmm_start_mixture(w, sample, GMM_START_KMEANS_PLUS_PLUS, out);

    gmm_sample_free(sample);
    gmm_rows_free(rows);
    return ok ? out : NULL;
}

/* --- programs -------------------------------------------------------------------------------- */

static void model(wick *w, void *arg)
{
    const gmm *m = arg;
    gmm_mixture *start = NULL;

    if (!gmm_check(w, "gmm_model", m))
        return;
    if (!are_there(w, m)) {
        start = start_of(w, m);
        if (!start)
            return;
    }
    const parameters p = parameters_of(w, m, start);
    gmm_observe(w, m, p.weights, p.loc, p.scale);
}

wick_program gmm_model(const gmm *m)
{
    return (wick_program){ model, (void *)(uintptr_t)m };
}

static void no_sites(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

wick_program gmm_guide(void)
{
    return (wick_program){ no_sites, NULL };
}

/* --- between the store and a mixture ----------------------------------------------------------- */

static gmm_mixture *with_positive_weights(wick *w, const gmm *m, const gmm_mixture *mixture)
{
    gmm_mixture *out = on_tape(w, m);

    if (!out)
        return NULL;
    gmm_mixture_assign(out, mixture);
    for (size_t k = 0; k < m->components; k++)
        out->weights[k] = out->weights[k] > 0.0 ? out->weights[k] : 1e-300;
    return out;
}

bool gmm_set(wick *w, const gmm *m, const gmm_mixture *mixture)
{
    wick_reset(w);
    if (!gmm_fits(w, "gmm_set", m, mixture) || !gmm_mixture_check(w, "gmm_set", mixture))
        return false;
    const gmm_mixture *start = with_positive_weights(w, m, mixture);
    if (!start)
        return false;
    const size_t k = m->components, d = m->dimensions;
    parameters_of(w, m, start);
    wick_param_set(w, "weights", start->weights, k);
    wick_param_set(w, "loc", start->loc, k * d);
    wick_param_set(w, scale_name(m), start->scale, gmm_scale_size(k, d, m->covariance));
    wick_reset(w);
    return wick_status(w) == WICK_OK;
}

bool gmm_get(wick *w, const gmm *m, gmm_mixture *mixture)
{
    const size_t k = m->components, d = m->dimensions;

    if (!gmm_fits(w, "gmm_get", m, mixture))
        return false;
    wick_param_get(w, "weights", mixture->weights, k);
    wick_param_get(w, "loc", mixture->loc, k * d);
    wick_param_get(w, scale_name(m), mixture->scale, gmm_scale_size(k, d, m->covariance));
    return wick_status(w) == WICK_OK;
}
