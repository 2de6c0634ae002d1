#include "mcmc/chain.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

/* --- beginning --------------------------------------------------------------------------------- */

/* An error of the potential becomes one of the chain. */
static double value_of(void *arg, const double *q, double *gradient)
{
    wicki_chain *c = arg;
    const double value = wicki_potential_repeat(c->potential, q, gradient);
    const wick *w = isnan(value) ? wicki_graph_error(c->potential->graph) : NULL;

    if (w && wicki_ok(&c->handle))
        wick_fail(&c->handle, w->status, "%s", w->message);
    return value;
}

bool wicki_chain_open(wicki_chain *c, size_t dimension)
{
    const wick_mcmc_options *o = c->options;
    const wicki_target target = { dimension, value_of, c };

    wicki_chain_close(c);
    c->hmc = wicki_hmc_new(&c->handle, &target, o->metric, o->max_depth);
    c->adaptation = c->hmc ? wicki_adaptation_new(c->hmc, o->warmup, o->target_accept) : NULL;
    if (!c->adaptation)
        wicki_chain_close(c);
    return c->hmc;
}

void wicki_chain_close(wicki_chain *c)
{
    wicki_adaptation_free(c->adaptation);
    wicki_hmc_free(c->hmc);
    c->adaptation = NULL;
    c->hmc = NULL;
    c->done = 0;
    memset(c->phase, 0, sizeof c->phase);
}

bool wicki_chain_start(wicki_chain *c, wick_potential *p, const double *q)
{
    c->potential = p;
    c->hmc->step = c->options->step_size;
    return wicki_hmc_start(c->hmc, q);
}

/* --- transitions ------------------------------------------------------------------------------- */

/* Random numbers of a transition, of what is learned after it, of the search before the first. */
enum { MOVE, LEARN, SEARCH };

static wicki_stream stream_of(const wicki_chain *c, uint64_t use)
{
    return wicki_stream_new(wicki_hash(c->key, c->done), use, 0);
}

static wicki_transition move(wicki_chain *c)
{
    const wick_mcmc_options *o = c->options;
    wicki_stream stream = stream_of(c, MOVE);
    const double most = (double)(((size_t)1 << o->max_depth) - 1);
    const double wanted = o->time / c->hmc->step;

    if (o->sampler == WICK_NUTS)
        return wicki_hmc_nuts(c->hmc, &stream);
    return wicki_hmc_static(c->hmc, &stream, wanted > 1.0 ? (size_t)fmin(wanted, most) : 1);
}

static void keep(wicki_chain *c, wicki_transition t, double step)
{
    const wicki_hmc *h = c->hmc;
    const size_t n = h->target.n;
    const size_t place = c->options->keep_warmup ? c->done : c->done - c->options->warmup;
    double *statistics = c->statistics + place * WICKI_STATISTICS;

    memcpy(c->q + place * n, h->now.q, n * sizeof *c->q);
    statistics[WICK_LP] = -h->now.potential;
    statistics[WICK_ACCEPT_STAT] = t.accept;
    statistics[WICK_STEP_SIZE] = step;
    statistics[WICK_TREE_DEPTH] = t.depth;
    statistics[WICK_N_LEAPFROG] = (double)t.leapfrogs;
    statistics[WICK_DIVERGENT] = t.divergent;
    statistics[WICK_ENERGY] = t.energy;
}

static bool begin_warmup(wicki_chain *c)
{
    wicki_stream stream = stream_of(c, SEARCH);

    return c->options->warmup == 0 || wicki_adaptation_begin(c->adaptation, &stream);
}

static void learn(wicki_chain *c, double accept)
{
    wicki_stream stream = stream_of(c, LEARN);

    wicki_adaptation_learn(c->adaptation, accept, &stream);
}

/* One transition; nothing of it counts after an error. */
static void step_on(wicki_chain *c)
{
    const bool warm = c->done >= c->options->warmup;

    if (c->done == 0 && !begin_warmup(c))
        return;
    const double step = c->hmc->step;
    const wicki_transition t = move(c);
    if (!warm && wicki_ok(&c->handle))
        learn(c, t.accept);
    if (!wicki_ok(&c->handle))
        return;
    if (warm || c->options->keep_warmup)
        keep(c, t, step);
    c->phase[warm].leapfrogs += t.leapfrogs;
    c->phase[warm].divergent += t.divergent;
    c->done++;
}

void wicki_chain_run(wicki_chain *c, wick_potential *p, double seconds)
{
    const double begin = wicki_seconds();
    double last = begin;

    c->potential = p;
    while (!wicki_chain_is_over(c) && wicki_ok(&c->handle) && last - begin <= seconds) {
        const bool warm = c->done >= c->options->warmup;
        step_on(c);
        const double now = wicki_seconds();
        c->phase[warm].seconds += now - last;
        last = now;
    }
}

/* --- its state --------------------------------------------------------------------------------- */

/* Before the arrays. */
enum { BEGUN, DONE, STEP, POTENTIAL, COUNTS };
enum { AVERAGING = COUNTS + 6, ERROR_OF = AVERAGING + 1, MEAN, AVERAGED, WINDOW_DRAWS, SCALARS };

/* Arrays of the state, in their order. */
typedef struct part {
    double *values;
    size_t n;
} part;

enum { PARTS = 5 };

static void list_parts(const wicki_chain *c, size_t dimension, part *parts)
{
    const wicki_hmc *h = c->hmc;
    const wicki_adaptation *a = c->adaptation;
    const size_t metric = wicki_metric_size(c->options->metric, dimension);
    const part list[PARTS] = { { h->now.q, dimension }, { h->now.gradient, dimension },
        { h->metric.inverse, metric }, { a->mean, dimension }, { a->square, metric } };

    memcpy(parts, list, sizeof list);
}

size_t wicki_chain_state_size(const wick_mcmc_options *o, size_t dimension)
{
    return SCALARS + 3 * dimension + 2 * wicki_metric_size(o->metric, dimension);
}

void wicki_chain_pack(const wicki_chain *c, size_t dimension, double *out)
{
    part parts[PARTS];

    memset(out, 0, wicki_chain_state_size(c->options, dimension) * sizeof *out);
    if (!c->hmc)
        return;
    out[BEGUN] = 1.0;
    out[DONE] = (double)c->done;
    out[STEP] = c->hmc->step;
    out[POTENTIAL] = c->hmc->now.potential;
    for (size_t i = 0; i < 2; i++) {
        out[COUNTS + 3 * i] = (double)c->phase[i].leapfrogs;
        out[COUNTS + 3 * i + 1] = (double)c->phase[i].divergent;
        out[COUNTS + 3 * i + 2] = c->phase[i].seconds;
    }
    out[AVERAGING] = c->adaptation->averaging.centre;
    out[ERROR_OF] = c->adaptation->averaging.error;
    out[MEAN] = c->adaptation->averaging.mean;
    out[AVERAGED] = (double)c->adaptation->averaging.count;
    out[WINDOW_DRAWS] = (double)c->adaptation->count;
    list_parts(c, dimension, parts);
    out += SCALARS;
    for (size_t i = 0; i < PARTS; out += parts[i++].n)
        memcpy(out, parts[i].values, parts[i].n * sizeof *out);
}

static bool scalars_fit(const wick_mcmc_options *o, const double *in)
{
    const double most = 0x1p31;
    bool fit = wicki_is_count(in[DONE], (double)(o->warmup + o->samples)) && in[STEP] > 0.0 &&
        isfinite(in[STEP]) && isfinite(in[POTENTIAL]) && wicki_is_count(in[AVERAGED], most) &&
        wicki_is_count(in[WINDOW_DRAWS], most);

    for (size_t i = 0; i < 6; i++)
        fit = fit && in[COUNTS + i] >= 0.0 && in[COUNTS + i] <= 0x1p53;
    for (size_t i = AVERAGING; i <= MEAN; i++)
        fit = fit && isfinite(in[i]);
    return fit;
}

static void unpack_scalars(wicki_chain *c, const double *in)
{
    wicki_adaptation *a = c->adaptation;

    c->done = (size_t)in[DONE];
    c->hmc->step = in[STEP];
    c->hmc->now.potential = in[POTENTIAL];
    for (size_t i = 0; i < 2; i++)
        c->phase[i] = (wicki_phase){ (size_t)in[COUNTS + 3 * i], (size_t)in[COUNTS + 3 * i + 1],
            in[COUNTS + 3 * i + 2] };
    a->averaging.centre = in[AVERAGING];
    a->averaging.error = in[ERROR_OF];
    a->averaging.mean = in[MEAN];
    a->averaging.count = (size_t)in[AVERAGED];
    a->count = (size_t)in[WINDOW_DRAWS];
    wicki_adaptation_place(a, c->done);
}

static bool unpack_parts(wicki_chain *c, size_t dimension, const double *in)
{
    part parts[PARTS];

    list_parts(c, dimension, parts);
    for (size_t i = 0; i < PARTS; in += parts[i++].n) {
        for (size_t k = 0; k < parts[i].n; k++)
            if (!isfinite(in[k]))
                return false;
        if (parts[i].values != c->hmc->metric.inverse)
            memcpy(parts[i].values, in, parts[i].n * sizeof *in);
        else if (!wicki_metric_set(&c->hmc->metric, in))
            return false;
    }
    return true;
}

bool wicki_chain_unpack(wicki_chain *c, size_t dimension, const double *in)
{
    if (in[BEGUN] == 0.0) {
        wicki_chain_close(c);
        return true;
    }
    if (in[BEGUN] == 1.0 && scalars_fit(c->options, in)) {
        unpack_scalars(c, in);
        if (unpack_parts(c, dimension, in + SCALARS))
            return true;
    }
    wicki_chain_close(c);
    return false;
}
