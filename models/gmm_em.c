#include "models/gmm_em.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/gmm_em_rows.h"
#include "models/gmm_moments.h"
#include "models/matrix.h"

struct gmm_em {
    wick *w;
    gmm_mixture *mixture, *before;
    gmm_moments *moments;
    double *floor;
    size_t *floored;
    size_t threads;
    double log_likelihood; /* of what was pushed since the last update */
    bool pushed;

    const char *logits, *loc, *scale; /* names of the parameters */
    size_t scale_size;
    double *values, *gradient; /* logits, loc, scale */

    const gmm_rows *rows; /* what the graph is of; owned, if they came by gmm_em_push */
    gmm_rows *owned;
    wick_graph *graph;
};

/* --- the log-likelihood ---------------------------------------------------------------------- */

typedef struct leaves {
    wick_var logits, loc, scale;
} leaves;

static const char COMPONENTS[] = "gmm_em.components";

static wick_init shape_of_scale(const gmm_em *em)
{
    const size_t d = em->mixture->dimensions;

    switch (em->mixture->covariance) {
    case GMM_DIAGONAL:
        return wick_init_fill(1.0, d);
    case GMM_SPHERICAL:
        return wick_init_num(1.0);
    default:
        return wick_init_eye(d);
    }
}

/* Without constraints, so that a gradient is that of the numbers themselves. */
static leaves leaves_of(wick *w, const gmm_em *em)
{
    const size_t k = em->mixture->components, d = em->mixture->dimensions;
    const bool tied = em->mixture->covariance == GMM_TIED;
    leaves l = { .logits = wick_param(w, em->logits, wick_init_fill(0.0, k), wick_real()) };

    if (tied)
        l.scale = wick_param(w, em->scale, shape_of_scale(em), wick_real());
    WICK_PLATE (w, COMPONENTS, k) {
        l.loc = wick_param(w, em->loc, wick_init_fill(0.0, d), wick_real());
        if (!tied)
            l.scale = wick_param(w, em->scale, shape_of_scale(em), wick_real());
    }
    return l;
}

static wick_var pattern_log_likelihood(
    wick *w, const gmm_em *em, const leaves *l, const gmm_pattern *p, const char *plate)
{
    const wick_dist component =
        gmm_component(w, em->mixture->covariance, l->loc, l->scale, p->n_columns, p->columns);
    const wick_dist rows =
        wick_mixture_same_family(w, wick_categorical_logits(l->logits), COMPONENTS, component);
    wick_var each = WICK_VAR_NONE;

    WICK_PLATE (w, plate, p->n) {
        each = wick_log_prob(w, rows, wick_data(w, p->x, p->n * p->n_columns, p->n_columns));
        if (p->row_weights)
            each = wick_mul(each, wick_data(w, p->row_weights, p->n));
    }
    return wick_sum(each, plate);
}

static wick_var log_likelihood(wick *w, void *arg)
{
    const gmm_em *em = arg;
    const leaves l = leaves_of(w, em);
    wick_var *terms = wick_alloc(w, em->rows->n_patterns * sizeof *terms);
    size_t n = 0;

    for (size_t j = 0; terms && j < em->rows->n_patterns; j++)
        if (em->rows->patterns[j].n_columns > 0)
            terms[n++] = pattern_log_likelihood(
                w, em, &l, &em->rows->patterns[j], wick_name(w, "gmm_em.rows_%zu", j));
    return terms ? wick_sum_of(w, n, terms) : WICK_VAR_NONE;
}

/* --- making and freeing ---------------------------------------------------------------------- */

/* Names that no other gmm_em of the handle has. */
static bool name_parameters(gmm_em *em)
{
    size_t i = 0;

    while (wick_param_exists(em->w, wick_name(em->w, "gmm_em.%zu.logits", i)))
        i++;
    em->logits = wick_name(em->w, "gmm_em.%zu.logits", i);
    em->loc = wick_name(em->w, "gmm_em.%zu.loc", i);
    em->scale = wick_name(em->w, "gmm_em.%zu.scale", i);
    leaves_of(em->w, em);
    wick_reset(em->w);
    return wick_status(em->w) == WICK_OK;
}

static bool copy_floor(gmm_em *em, const double *floor)
{
    const size_t d = em->mixture->dimensions;

    for (size_t j = 0; floor && j < d; j++) {
        if (!(floor[j] >= 0.0 && floor[j] < INFINITY))
            wick_fail(em->w, WICK_ERR_DOMAIN,
                "gmm_em_new: the floor of column %zu is %g, need a variance of at least 0", j,
                floor[j]);
        em->floor[j] = floor[j];
    }
    return wick_status(em->w) == WICK_OK;
}

static bool allocate(gmm_em *em, const gmm_mixture *start)
{
    wick *w = em->w;

    em->mixture = gmm_mixture_copy(w, start);
    em->before = gmm_mixture_copy(w, start);
    if (!em->mixture || !em->before)
        return false;
    em->scale_size = gmm_scale_size(start->components, start->dimensions, start->covariance);
    const size_t n = start->components * (1 + start->dimensions) + em->scale_size;
    em->moments = gmm_moments_new(w, start);
    em->floor = matrix_doubles(w, start->dimensions);
    em->values = matrix_doubles(w, n);
    em->gradient = matrix_doubles(w, n);
    em->floored = calloc(start->components, sizeof *em->floored);
    if (!em->floored)
        wick_fail(w, WICK_ERR_MEMORY, "gmm_em_new: no memory");
    return wick_status(w) == WICK_OK;
}

gmm_em *gmm_em_new(wick *w, const gmm_mixture *start, const gmm_em_step_options *options)
{
    if (!gmm_mixture_check(w, "gmm_em_new", start))
        return NULL;
    gmm_em *em = calloc(1, sizeof *em);
    if (!em) {
        wick_fail(w, WICK_ERR_MEMORY, "gmm_em_new: no memory");
        return NULL;
    }
    em->w = w;
    em->threads = options ? options->threads : 0;
    if (allocate(em, start) && copy_floor(em, options ? options->floor : NULL) &&
        name_parameters(em))
        return em;
    gmm_em_free(em);
    return NULL;
}

static void forget_parameters(gmm_em *em)
{
    const char *const names[] = { em->logits, em->loc, em->scale };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] && wick_param_exists(em->w, names[i]))
            wick_param_remove(em->w, names[i]);
}

void gmm_em_free(gmm_em *em)
{
    if (!em)
        return;
    wick_graph_free(em->graph);
    forget_parameters(em);
    gmm_rows_free(em->owned);
    gmm_moments_free(em->moments);
    gmm_mixture_free(em->mixture);
    gmm_mixture_free(em->before);
    free(em->floor);
    free(em->floored);
    free(em->values);
    free(em->gradient);
    free(em);
}

/* --- the E step ------------------------------------------------------------------------------ */

static bool compile(gmm_em *em, const gmm_rows *rows)
{
    if (em->rows == rows && em->graph)
        return true;
    wick_graph_free(em->graph);
    em->rows = rows;
    em->graph =
        wick_graph_new(em->w, log_likelihood, em, &(wick_graph_options){ .threads = em->threads });
    return em->graph != NULL;
}

/* Weights on the tape of the library, whose logarithm is the same everywhere. */
static bool put_parameters(gmm_em *em)
{
    const gmm_mixture *m = em->mixture;
    const size_t k = m->components;

    wick_reset(em->w);
    for (size_t i = 0; i < k; i++)
        em->values[i] = fmax(m->weights[i], 1e-300);
    wick_get(wick_log(wick_const(em->w, em->values, k)), em->values, k);
    return wick_param_set(em->w, em->logits, em->values, k) &&
        wick_param_set(em->w, em->loc, m->loc, k * m->dimensions) &&
        wick_param_set(em->w, em->scale, m->scale, em->scale_size);
}

static bool get_gradient(gmm_em *em)
{
    const size_t k = em->mixture->components, d = em->mixture->dimensions;
    double *g = em->gradient;

    return wick_graph_gradient(em->graph, em->logits, g, k) &&
        wick_graph_gradient(em->graph, em->loc, g + k, k * d) &&
        wick_graph_gradient(em->graph, em->scale, g + k + k * d, em->scale_size);
}

bool gmm_em_push_rows(gmm_em *em, const gmm_rows *rows)
{
    const size_t k = em->mixture->components, d = em->mixture->dimensions;

    if (!compile(em, rows) || !put_parameters(em))
        return false;
    const double value = wick_graph_run(em->graph);
    if (!get_gradient(em))
        return false;
    gmm_moments_add(em->moments, em->mixture, rows->total_weight, em->gradient, em->gradient + k,
        em->gradient + k + k * d);
    em->log_likelihood += value;
    em->pushed = true;
    return true;
}

bool gmm_em_push(gmm_em *em, size_t n, const double *x, const double *row_weights)
{
    if (!em || wick_status(em->w) != WICK_OK)
        return false;
    gmm_rows *rows = gmm_rows_new(em->w, "gmm_em_push", n, em->mixture->dimensions, x, row_weights);
    if (!rows)
        return false;
    wick_graph_free(em->graph);
    em->graph = NULL;
    gmm_rows_free(em->owned);
    em->owned = rows;
    return rows->total_weight == 0.0 || gmm_em_push_rows(em, rows);
}

/* --- the M step ------------------------------------------------------------------------------ */

static bool can_update(const gmm_em *em, double decay)
{
    if (!em->pushed)
        wick_fail(em->w, WICK_ERR_STATE,
            "gmm_em_update: nothing was pushed since the last update; gmm_em_push rows first");
    else if (!(decay >= 0.0 && decay <= 1.0))
        wick_fail(em->w, WICK_ERR_DOMAIN, "gmm_em_update: decay is %g, need 0 to 1", decay);
    return wick_status(em->w) == WICK_OK;
}

double gmm_em_update(gmm_em *em, double decay)
{
    if (!em || wick_status(em->w) != WICK_OK || !can_update(em, decay))
        return NAN;
    const double log_likelihood = em->log_likelihood;

    gmm_mixture_assign(em->before, em->mixture);
    gmm_moments_maximise(em->moments, em->floor, em->mixture, em->floored);
    gmm_moments_decay(em->moments, em->before, em->mixture, decay);
    em->log_likelihood = 0.0;
    em->pushed = false;
    return log_likelihood;
}

/* --- reading --------------------------------------------------------------------------------- */

const gmm_mixture *gmm_em_mixture(const gmm_em *em)
{
    return em ? em->mixture : NULL;
}

gmm_mixture *gmm_em_open(gmm_em *em)
{
    return em->mixture;
}

double gmm_em_pushed(const gmm_em *em)
{
    return em->log_likelihood;
}

size_t gmm_em_floored(const gmm_em *em, size_t component)
{
    return em && component < em->mixture->components ? em->floored[component] : 0;
}

static bool has_shape(const gmm_em *em, const gmm_mixture *m)
{
    const gmm_mixture *own = em->mixture;

    if (m->components == own->components && m->dimensions == own->dimensions &&
        m->covariance == own->covariance)
        return true;
    wick_fail(em->w, WICK_ERR_SHAPE,
        "gmm_em_restart: got %zu components of %zu columns, %s, need %zu of %zu, %s", m->components,
        m->dimensions, gmm_covariance_name(m->covariance), own->components, own->dimensions,
        gmm_covariance_name(own->covariance));
    return false;
}

bool gmm_em_restart(gmm_em *em, const gmm_mixture *start)
{
    if (!em || !gmm_mixture_check(em->w, "gmm_em_restart", start) || !has_shape(em, start))
        return false;
    gmm_mixture_assign(em->mixture, start);
    gmm_moments_clear(em->moments);
    for (size_t k = 0; k < start->components; k++)
        em->floored[k] = 0;
    em->log_likelihood = 0.0;
    em->pushed = false;
    return true;
}
