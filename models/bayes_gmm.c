#include "models/bayes_gmm.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <wick/extend.h>

#include "models/options.h"

static bool is_complete(wick *w, const bayes_gmm *m)
{
    if (!m || m->components == 0 || m->dimensions == 0 || m->n == 0 || !m->x)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "bayes_gmm: need components, dimensions and n rows of data x, each at least 1");
    return wick_status(w) == WICK_OK;
}

/* --- the model ------------------------------------------------------------------------------- */

static void model(wick *w, void *arg)
{
    const bayes_gmm *m = arg;
    wick_var loc, scale;

    if (!is_complete(w, m))
        return;
    const size_t d = m->dimensions;
    const wick_var weights = wick_sample(w, "weights",
        wick_dirichlet(wick_fill(w, model_option(m->weight_concentration, 1.0), m->components)));
    WICK_PLATE (w, "components", m->components) {
        loc = wick_sample(w, "loc", wick_iid(wick_normal(0.0, model_option(m->loc_scale, 1.0)), d));
        const wick_dist prior =
            wick_gamma(model_option(m->concentration, 5.0), model_option(m->rate, 1.0));
        scale = wick_pow(wick_sample(w, "precision", wick_iid(prior, d)), -0.5);
    }
    WICK_PLATE (w, "data", m->n, .subsample = m->batch, .indices = m->indices) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "x", wick_normal(wick_take(loc, z), wick_take(scale, z)),
            wick_data(w, m->x, m->n * d, d));
    }
}

wick_program bayes_gmm_model(const bayes_gmm *m)
{
    return (wick_program){ model, (void *)(uintptr_t)m };
}

/* --- where the guide starts ------------------------------------------------------------------ */

static double distance(const bayes_gmm *m, size_t i, const double *to)
{
    double sum = 0.0;

    for (size_t j = 0; j < m->dimensions; j++) {
        const double off = m->x[i * m->dimensions + j] - to[j];
        sum += off * off;
    }
    return sum;
}

/* The first whose running sum of weights passes a uniform share of all. */
static size_t draw_row(wick *w, size_t n, const double *weights)
{
    double all = 0.0;
    size_t i = 0;

    for (size_t k = 0; k < n; k++)
        all += weights[k];
    double left = wick_draw_uniform(w) * all;
    while (i + 1 < n && (left -= weights[i]) >= 0.0)
        i++;
    return i;
}

/* Rows of the data: the first any, each next by its squared distance to the nearest so far. */
static double *start_locs(wick *w, const bayes_gmm *m)
{
    const size_t d = m->dimensions;
    double *loc = wick_alloc(w, m->components * d * sizeof *loc);
    double *nearest = wick_alloc(w, m->n * sizeof *nearest);

    for (size_t i = 0; loc && nearest && i < m->n; i++)
        nearest[i] = 1.0;
    for (size_t k = 0; loc && nearest && k < m->components; k++) {
        memcpy(loc + k * d, m->x + draw_row(w, m->n, nearest) * d, d * sizeof *loc);
        for (size_t i = 0; i < m->n; i++) {
            const double now = distance(m, i, loc + k * d);
            nearest[i] = k == 0 || now < nearest[i] ? now : nearest[i];
        }
    }
    return nearest ? loc : NULL;
}

/* The variance of each column, for each component a K-th of it. */
static double *start_variances(wick *w, const bayes_gmm *m)
{
    const size_t d = m->dimensions;
    double *variance = wick_alloc(w, d * sizeof *variance);

    for (size_t j = 0; variance && j < d; j++) {
        double mean = 0.0, squares = 0.0;
        for (size_t i = 0; i < m->n; i++)
            mean += m->x[i * d + j] / (double)m->n;
        for (size_t i = 0; i < m->n; i++) {
            const double off = m->x[i * d + j] - mean;
            squares += off * off / (double)m->n;
        }
        variance[j] = squares > 0.0 ? squares / (double)m->components : 1.0;
    }
    return variance;
}

/* --- the guide ------------------------------------------------------------------------------- */

/* As wide as if the data were shared out evenly, as they are not yet. */
static double share(const bayes_gmm *m)
{
    return (double)m->n / (double)m->components;
}

static wick_var positive(wick *w, const char *name, wick_init start)
{
    return wick_param(w, name, start, wick_positive());
}

/* Starting values are made only where there are none yet; otherwise their shape counts. */
static wick_init loc_start(wick *w, const bayes_gmm *m)
{
    const size_t d = m->dimensions;

    if (wick_param_exists(w, "loc.loc"))
        return wick_init_fill(0.0, d);
    return wick_init_var(wick_data(w, start_locs(w, m), m->components * d, d));
}

static wick_init rate_start(wick *w, const bayes_gmm *m)
{
    if (wick_param_exists(w, "precision.rate"))
        return wick_init_fill(1.0, m->dimensions);
    double *rate = start_variances(w, m);
    for (size_t j = 0; rate && j < m->dimensions; j++)
        rate[j] *= 1.0 + 0.5 * share(m);
    return wick_init_values(rate, m->dimensions);
}

static void guide(wick *w, void *arg)
{
    const bayes_gmm *m = arg;

    if (!is_complete(w, m))
        return;
    const size_t d = m->dimensions;
    const wick_var each =
        positive(w, "weights.concentration", wick_init_fill(1.0 + share(m), m->components));
    wick_sample(w, "weights", wick_dirichlet(each));
    WICK_PLATE (w, "components", m->components) {
        const wick_var loc = wick_param(w, "loc.loc", loc_start(w, m), wick_real());
        wick_sample(w, "loc", wick_normal(loc, positive(w, "loc.scale", wick_init_fill(0.1, d))));
        const wick_var concentration =
            positive(w, "precision.concentration", wick_init_fill(1.0 + 0.5 * share(m), d));
        wick_sample(w, "precision",
            wick_gamma(concentration, positive(w, "precision.rate", rate_start(w, m))));
    }
}

wick_program bayes_gmm_guide(const bayes_gmm *m)
{
    return (wick_program){ guide, (void *)(uintptr_t)m };
}

/* --- the posterior --------------------------------------------------------------------------- */

/* The parameters of the guide, in memory of the tape. */
typedef struct fitted {
    double *weight, *loc, *loc_scale, *concentration, *rate;
} fitted;

static double *fitted_values(wick *w, const char *name, size_t n)
{
    double *values = wick_alloc(w, n * sizeof *values);

    return values && wick_param_get(w, name, values, n) == n ? values : NULL;
}

static bool get_fitted(wick *w, const bayes_gmm *m, fitted *f)
{
    const size_t n = m->components * m->dimensions;

    *f = (fitted){ .weight = fitted_values(w, "weights.concentration", m->components),
        .loc = fitted_values(w, "loc.loc", n),
        .loc_scale = fitted_values(w, "loc.scale", n),
        .concentration = fitted_values(w, "precision.concentration", n),
        .rate = fitted_values(w, "precision.rate", n) };
    return wick_status(w) == WICK_OK;
}

static double sum_of(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* Of precision^(-1/2): E = rate^(1/2) Gamma(a - 1/2) / Gamma(a), E of the square = rate / (a - 1) */
static double scale_mean(double a, double rate)
{
    return a > 0.5 ? sqrt(rate) * exp(lgamma(a - 0.5) - lgamma(a)) : INFINITY;
}

static double scale_sd(double a, double rate)
{
    const double mean = scale_mean(a, rate);

    return a > 1.0 ? sqrt(fmax(0.0, rate / (a - 1.0) - mean * mean)) : INFINITY;
}

static void put(double *out, size_t i, double value)
{
    if (out)
        out[i] = value;
}

bool bayes_gmm_get(wick *w, const bayes_gmm *m, const bayes_gmm_posterior *p)
{
    fitted f;

    if (!get_fitted(w, m, &f))
        return false;
    const double all = sum_of(m->components, f.weight);
    for (size_t k = 0; k < m->components; k++) {
        const double mean = f.weight[k] / all;
        put(p->weight_mean, k, mean);
        put(p->weight_sd, k, sqrt(mean * (1.0 - mean) / (all + 1.0)));
    }
    for (size_t i = 0; i < m->components * m->dimensions; i++) {
        put(p->loc_mean, i, f.loc[i]);
        put(p->loc_sd, i, f.loc_scale[i]);
        put(p->scale_mean, i, scale_mean(f.concentration[i], f.rate[i]));
        put(p->scale_sd, i, scale_sd(f.concentration[i], f.rate[i]));
    }
    return true;
}

/* --- order ----------------------------------------------------------------------------------- */

/* Rows of d numbers, in the order given. */
static void permute(
    wick *w, const bayes_gmm *m, const char *name, size_t d, const double *old, const size_t *order)
{
    const size_t n = m->components * d;
    double *new = wick_alloc(w, n * sizeof *new);

    for (size_t i = 0; new &&i < n; i++)
        new[i] = old[order[i / d] * d + i % d];
    if (new)
        wick_param_set(w, name, new, n);
}

void bayes_gmm_sort(wick *w, const bayes_gmm *m)
{
    const size_t k = m->components, d = m->dimensions;
    size_t *order = wick_alloc(w, k * sizeof *order);
    fitted f;

    if (!order || !get_fitted(w, m, &f))
        return;
    for (size_t i = 0; i < k; i++) {
        size_t at = i;
        for (; at > 0 && f.loc[order[at - 1] * d] > f.loc[i * d]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    permute(w, m, "weights.concentration", 1, f.weight, order);
    permute(w, m, "loc.loc", d, f.loc, order);
    permute(w, m, "loc.scale", d, f.loc_scale, order);
    permute(w, m, "precision.concentration", d, f.concentration, order);
    permute(w, m, "precision.rate", d, f.rate, order);
}

/* --- the density ----------------------------------------------------------------------------- */

bool bayes_gmm_density(wick *w, const bayes_gmm *m, size_t n, const double *points, double *out)
{
    const size_t k = m->components, d = m->dimensions;
    wick_var loc, scale;
    fitted f;

    wick_reset(w);
    if (!get_fitted(w, m, &f))
        return false;
    for (size_t i = 0; i < k * d; i++) /* 1 / sqrt(mean precision) */
        f.rate[i] = sqrt(f.rate[i] / f.concentration[i]);
    WICK_PLATE (w, "components", k) {
        loc = wick_data(w, f.loc, k * d, d);
        scale = wick_data(w, f.rate, k * d, d);
    }
    const wick_dist mixture =
        wick_mixture_same_family(w, wick_categorical(wick_const(w, f.weight, k)), "components",
            wick_to_event(w, wick_normal(loc, scale), 1));
    WICK_PLATE (w, "points", n)
        wick_get(wick_exp(wick_log_prob(w, mixture, wick_data(w, points, n * d, d))), out, n);
    return wick_status(w) == WICK_OK;
}
