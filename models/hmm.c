#include "models/hmm.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

/* --- starting values ------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What was seen: its numbers in memory of the tape, how many, and their standard deviation. */
static double *seen(wick *w, const hmm *h, size_t *n, double *deviation)
{
    double *x = wick_alloc(w, (h->n + 1) * sizeof *x), mean = 0.0, squares = 0.0;

    *n = 0;
    for (size_t t = 0; x && t < h->n; t++)
        if (!isnan(h->x[t]))
            x[(*n)++] = h->x[t];
    for (size_t i = 0; i < *n; i++)
        mean += x[i] / (double)*n;
    for (size_t i = 0; i < *n; i++)
        squares += (x[i] - mean) * (x[i] - mean) / (double)*n;
    *deviation = sqrt(squares);
    if (x && *n < h->states)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "hmm_model: %zu numbers were seen, need one for each of %zu states", *n, h->states);
    return wick_status(w) == WICK_OK ? x : NULL;
}

/* Equal numbers must not give equal states, which would stay equal. */
static double moved(wick *w, const hmm *h, double x, double deviation)
{
    const double z = 0.1 * wick_draw_normal(w);

    return h->emission == HMM_POISSON ? (x + 0.5) * exp(z) : x + deviation * z;
}

static wick_init start_places(wick *w, const hmm *h)
{
    size_t n, *chosen = wick_alloc(w, h->states * sizeof *chosen);
    double deviation, *x = seen(w, h, &n, &deviation),
                      *place = wick_alloc(w, h->states * sizeof *place);

    if (!x || !chosen || !place)
        return wick_init_num(NAN);
    wick_draw_choice(w, n, h->states, chosen);
    for (size_t k = 0; k < h->states; k++)
        place[k] = moved(w, h, x[chosen[k]], deviation);
    qsort(place, h->states, sizeof *place, ascending);
    return wick_init_values(place, h->states);
}

static wick_init start_scales(wick *w, const hmm *h)
{
    size_t n;
    double deviation, *x = seen(w, h, &n, &deviation);

    return wick_init_fill(x && deviation > 0.0 ? deviation : 1.0, h->states);
}

/* About three quarters on the diagonal. */
static wick_init start_transition(wick *w, const hmm *h)
{
    const size_t n = h->states;
    double *p = wick_alloc(w, n * n * sizeof *p);

    if (!p)
        return wick_init_num(NAN);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            sum += p[i * n + j] = wick_draw_uniform(w) + (i == j ? (double)n : 0.0);
        for (size_t j = 0; j < n; j++)
            p[i * n + j] /= sum;
    }
    return wick_init_values(p, n, n);
}

/* A parameter of `axes` axes of K. A starting value is made only where there is none yet; of what is
 * given otherwise the shape counts. */
static wick_var param(wick *w, const hmm *h, const char *name, size_t axes,
    wick_init (*start)(wick *w, const hmm *h), wick_constraint constraint)
{
    const size_t sizes[] = { h->states, h->states };

    return wick_param(w, name,
        wick_param_exists(w, name) ? wick_init_fill_array(0.0, axes, sizes) : start(w, h),
        constraint);
}

/* --- the model ------------------------------------------------------------------------------- */

/*
 * Its distribution after 2^30 steps of the lazy chain, which stays where it is every other time: it
 * has the same stationary distribution, and no period. Division keeps the rows from drifting.
 */
static wick_var stationary(wick *w, const hmm *h, wick_var transition)
{
    wick_var p = wick_mul(wick_add(transition, wick_eye(w, h->states)), 0.5);

    for (int i = 0; i < 30; i++) {
        p = wick_matmul(p, p);
        p = wick_div(wick_mul(p, (double)h->states), wick_sum_event(p));
    }
    return wick_pick(p, 0);
}

static wick_init start_initial(wick *w, const hmm *h)
{
    (void)w;
    return wick_init_fill(1.0 / (double)h->states, h->states);
}

static const char *place_name(const hmm *h)
{
    return h->emission == HMM_POISSON ? "rate" : "loc";
}

static void run(wick *w, void *arg)
{
    const hmm *h = arg;
    const bool counts = h->emission == HMM_POISSON;
    const wick_var transition = param(w, h, "transition", 2, start_transition, wick_simplex());
    const wick_var place =
        param(w, h, place_name(h), 1, start_places, counts ? wick_positive() : wick_real());
    const wick_var scale =
        counts ? WICK_VAR_NONE : param(w, h, "scale", 1, start_scales, wick_positive());
    wick_var next = h->stationary ? stationary(w, h, transition)
                                  : param(w, h, "initial", 1, start_initial, wick_simplex());

    for (size_t t = 0; t < h->n; t++) {
        const wick_var state = wick_sample(w, wick_name(w, "state_%zu", t), wick_categorical(next));
        next = wick_at(transition, state);
        if (isnan(h->x[t]))
            continue;
        const wick_var here = wick_at(place, state), x = wick_data(w, h->x + t, 1);
        wick_observe(w, wick_name(w, "x_%zu", t),
            counts ? wick_poisson(here) : wick_normal(here, wick_at(scale, state)), x);
    }
}

wick_program hmm_model(const hmm *h)
{
    return (wick_program){ run, (void *)h };
}

static void no_sites(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

wick_program hmm_guide(void)
{
    return (wick_program){ no_sites, NULL };
}

/* --- order ----------------------------------------------------------------------------------- */

/* A parameter of `axes` axes of K, in the order given. */
static void permute(wick *w, const hmm *h, const char *name, size_t axes, const size_t *order)
{
    const size_t k = h->states, n = axes == 2 ? k * k : k;
    double *old = wick_alloc(w, n * sizeof *old), *new = wick_alloc(w, n * sizeof *new);

    if (!wick_param_exists(w, name) || !old || !new)
        return;
    wick_param_get_unconstrained(w, name, old, n);
    for (size_t i = 0; i < n; i++)
        new[i] = old[axes == 2 ? order[i / k] * k + order[i % k] : order[i]];
    wick_param_set_unconstrained(w, name, new, n);
}

void hmm_sort(wick *w, const hmm *h)
{
    const size_t k = h->states;
    size_t *order = wick_alloc(w, k * sizeof *order);
    double *place = wick_alloc(w, k * sizeof *place);

    if (!order || !place || wick_param_get(w, place_name(h), place, k) != k)
        return;
    for (size_t i = 0; i < k; i++) {
        size_t at = i;
        for (; at > 0 && place[order[at - 1]] > place[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    permute(w, h, "initial", 1, order);
    permute(w, h, "transition", 2, order);
    permute(w, h, place_name(h), 1, order);
    permute(w, h, "scale", 1, order);
}

/* --- states ---------------------------------------------------------------------------------- */

bool hmm_initial(wick *w, const hmm *h, double *probs)
{
    wick_reset(w);
    if (!h->stationary)
        return wick_param_get(w, "initial", probs, h->states) == h->states;
    return wick_get(stationary(w, h, wick_param_read(w, "transition")), probs, h->states) ==
        h->states;
}

bool hmm_decode(wick *w, const hmm *h, double *states)
{
    wick_reset(w);
    const wick_trace *trace = wick_infer_discrete(w, hmm_model(h), WICK_MODE);

    for (size_t t = 0; t < h->n; t++)
        wick_trace_get(trace, wick_name(w, "state_%zu", t), states + t, 1);
    return wick_status(w) == WICK_OK;
}

double hmm_marginals(wick *w, const hmm *h, double *probs)
{
    wick_reset(w);
    const wick_marginals *m = wick_infer_marginals(w, hmm_model(h));

    for (size_t t = 0; t < h->n; t++)
        wick_get(wick_marginal(m, wick_name(w, "state_%zu", t)), probs + t * h->states, h->states);
    return wick_marginals_log_evidence(m);
}
