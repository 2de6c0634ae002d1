/* Chains of a potential, one after the other. */
#include "mcmc/adapt.h"
#include "mcmc/potential.h"

#include <math.h>
#include <string.h>

enum { STATISTICS = WICK_ENERGY + 1, MOST_WARMUP = 1 << 30 };

struct wick_mcmc {
    wick *w;
    wick_potential *potential;
    wick_mcmc_options options; /* with defaults filled in */
    size_t size;               /* numbers in a draw */
    double *draws;             /* [size][chains][samples] */
    double *statistics;        /* [STATISTICS][chains][samples] */
    double *at;                /* a point, then a draw */
    bool ready;                /* all chains were run */
};

/* --- making one -------------------------------------------------------------------------------- */

static void fill_in(wick_mcmc_options *o)
{
    if (o->chains == 0)
        o->chains = 4;
    if (o->samples == 0)
        o->samples = 1000;
    if (o->warmup == 0)
        o->warmup = 1000;
    else if (o->warmup == WICK_NO_WARMUP)
        o->warmup = 0;
    if (o->target_accept == 0.0)
        o->target_accept = 0.8;
    if (o->step_size == 0.0)
        o->step_size = 1.0;
    if (o->max_depth == 0)
        o->max_depth = 10;
    if (o->time == 0.0)
        o->time = 6.28318530717958648;
}

static bool is_positive(double x)
{
    return x > 0.0 && x < INFINITY;
}

static bool options_fit(wick *w, const wick_mcmc_options *o)
{
    static const char FUNCTION[] = "wick_mcmc_new";

    if ((int)o->sampler < WICK_NUTS || (int)o->sampler > WICK_HMC)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .sampler is %d, need WICK_NUTS or WICK_HMC", FUNCTION,
            (int)o->sampler);
    else if ((int)o->metric < WICK_METRIC_DIAGONAL || (int)o->metric > WICK_METRIC_UNIT)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .metric is %d, need one of wick_metric", FUNCTION,
            (int)o->metric);
    else if (!(o->target_accept > 0.0 && o->target_accept < 1.0))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .target_accept is %g, need 0 < target_accept < 1",
            FUNCTION, o->target_accept);
    else if (!is_positive(o->step_size) || !is_positive(o->time))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .%s is %g, need a positive finite number", FUNCTION,
            is_positive(o->time) ? "step_size" : "time",
            is_positive(o->time) ? o->step_size : o->time);
    else if (o->max_depth > WICKI_MOST_DEPTH)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .max_depth is %u, need at most %d", FUNCTION,
            o->max_depth, WICKI_MOST_DEPTH);
    else if (o->warmup > MOST_WARMUP)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .warmup is %zu, need at most %d", FUNCTION, o->warmup,
            MOST_WARMUP);
    return wicki_ok(w);
}

/* Everything in one piece. */
static wick_mcmc *allocate(wick *w, const wick_mcmc_options *o, size_t dimension, size_t size)
{
    const size_t head = (sizeof(wick_mcmc) + sizeof(double) - 1) / sizeof(double);
    const size_t least = head + dimension + size, most = SIZE_MAX / sizeof(double) - least;
    const size_t numbers = size + STATISTICS;

    if (o->chains > most / numbers / o->samples) {
        wick_fail(w, WICK_ERR_LIMIT,
            "wick_mcmc_new: %zu chains of %zu draws do not fit into memory", o->chains, o->samples);
        return NULL;
    }
    const size_t each = o->chains * o->samples;
    wick_mcmc *m = wicki_allocate(w, (least + numbers * each) * sizeof(double));
    if (!m)
        return NULL;
    m->at = (double *)m + head;
    m->draws = m->at + dimension + size;
    m->statistics = m->draws + size * each;
    return m;
}

wick_mcmc *wick_mcmc_new(wick_potential *p, const wick_mcmc_options *options)
{
    wick *w = p ? p->w : NULL;
    wick_mcmc_options o = { .chains = 0 };

    if (!wicki_ok(w))
        return NULL;
    if (options)
        o = *options;
    fill_in(&o);
    const size_t size = wick_potential_size(p, NULL);
    wick_mcmc *m = options_fit(w, &o) ? allocate(w, &o, wick_potential_dimension(p), size) : NULL;
    if (!m)
        return NULL;
    m->w = w;
    m->potential = p;
    m->options = o;
    m->size = size;
    return m;
}

void wick_mcmc_free(wick_mcmc *m)
{
    if (m)
        wicki_release(m->w, m);
}

/* --- running ----------------------------------------------------------------------------------- */

static const uint64_t CHAINS = 0x636861696e730000u; /* "chains" */

/* Random numbers of a transition, of what is learned after it, of the search before the first. */
enum { MOVE, LEARN, SEARCH };

static wicki_stream stream_of(const wick_mcmc *m, size_t chain, size_t transition, uint64_t use)
{
    const uint64_t key = wicki_hash(wicki_hash(wicki_hash(m->w->seed, CHAINS), chain), transition);

    return wicki_stream_new(key, use, 0);
}

static double value_of(void *arg, const double *q, double *gradient)
{
    return wick_potential_value(arg, q, gradient);
}

static wicki_transition move(const wick_mcmc *m, wicki_hmc *h, wicki_stream *stream)
{
    const double most = (double)(((size_t)1 << m->options.max_depth) - 1);
    const double wanted = m->options.time / h->step;

    if (m->options.sampler == WICK_NUTS)
        return wicki_hmc_nuts(h, stream);
    return wicki_hmc_static(h, stream, wanted > 1.0 ? (size_t)fmin(wanted, most) : 1);
}

static void keep(wick_mcmc *m, const wicki_hmc *h, wicki_transition t, double step, size_t place)
{
    const size_t each = m->options.chains * m->options.samples;
    const double statistics[STATISTICS] = { [WICK_LP] = -h->now.potential,
        [WICK_ACCEPT_STAT] = t.accept,
        [WICK_STEP_SIZE] = step,
        [WICK_TREE_DEPTH] = t.depth,
        [WICK_N_LEAPFROG] = (double)t.leapfrogs,
        [WICK_DIVERGENT] = t.divergent,
        [WICK_ENERGY] = t.energy };
    double *draw = m->at + h->target.n;

    for (size_t i = 0; i < STATISTICS; i++)
        m->statistics[i * each + place] = statistics[i];
    wick_potential_constrain(m->potential, NULL, h->now.q, draw, m->size);
    for (size_t i = 0; i < m->size; i++)
        m->draws[i * each + place] = draw[i];
}

/* Says in which transition an error was raised. */
static bool fail_in(wick_mcmc *m, size_t chain, size_t transition)
{
    wick *w = m->w;
    const wick_code code = w->status;
    char text[WICKI_MESSAGE_SIZE];

    memcpy(text, w->message, sizeof text);
    wick_clear(w);
    wick_fail(w, code, "wick_mcmc_run: chain %zu, transition %zu: %s", chain, transition, text);
    return false;
}

static bool run_transitions(wick_mcmc *m, wicki_hmc *h, wicki_adaptation *a, size_t chain)
{
    const size_t warmup = m->options.warmup, samples = m->options.samples;
    wicki_stream first = stream_of(m, chain, 0, SEARCH);

    if (warmup > 0 && !wicki_adaptation_begin(a, &first))
        return fail_in(m, chain, 0);
    for (size_t i = 0; i < warmup + samples; i++) {
        const double step = h->step;
        wicki_stream moves = stream_of(m, chain, i, MOVE), learns = stream_of(m, chain, i, LEARN);
        const wicki_transition t = move(m, h, &moves);
        if (i < warmup)
            wicki_adaptation_learn(a, t.accept, &learns);
        else
            keep(m, h, t, step, chain * samples + i - warmup);
        if (!wicki_ok(m->w))
            return fail_in(m, chain, i);
    }
    return true;
}

static bool run_chain(wick_mcmc *m, size_t chain)
{
    const wick_mcmc_options *o = &m->options;
    const wicki_target target = { wick_potential_dimension(m->potential), value_of, m->potential };
    wicki_hmc *h = wicki_hmc_new(m->w, &target, o->metric, o->max_depth);
    wicki_adaptation *a = h ? wicki_adaptation_new(h, o->warmup, o->target_accept) : NULL;
    bool done = a && wick_potential_start(m->potential, chain, m->at);

    if (done) {
        h->step = o->step_size;
        done = wicki_hmc_start(h, m->at) && run_transitions(m, h, a, chain);
    }
    wicki_adaptation_free(a);
    wicki_hmc_free(h);
    return done;
}

bool wick_mcmc_run(wick_mcmc *m)
{
    if (!m || !wicki_ok(m->w))
        return false;
    size_t chain = 0;
    while (chain < m->options.chains && run_chain(m, chain))
        chain++;
    m->ready = chain == m->options.chains;
    return m->ready;
}

/* --- what came out ----------------------------------------------------------------------------- */

static const wick_chains NO_DRAWS = { 0, 0, NULL };

static bool is_ready(const wick_mcmc *m, const char *function)
{
    if (m && wicki_ok(m->w) && !m->ready)
        wick_fail(m->w, WICK_ERR_STATE, "%s: there are no draws yet; call wick_mcmc_run", function);
    return m && wicki_ok(m->w);
}

static wick_chains numbers_at(const wick_mcmc *m, const double *numbers, size_t i)
{
    const size_t chains = m->options.chains, samples = m->options.samples;

    return (wick_chains){ chains, samples, numbers + i * chains * samples };
}

wick_chains wick_mcmc_draws(const wick_mcmc *m, const char *site, size_t element)
{
    if (!is_ready(m, "wick_mcmc_draws"))
        return NO_DRAWS;
    const size_t size = wick_potential_size(m->potential, site ? site : "");
    size_t first = 0;

    if (size == 0) {
        wick_fail(
            m->w, WICK_ERR_NAME, "wick_mcmc_draws: there is no site '%s'", site ? site : "(NULL)");
    } else if (element >= size) {
        wick_fail(m->w, WICK_ERR_SHAPE, "wick_mcmc_draws: element %zu of site '%s', which has %zu",
            element, site, size);
    }
    if (!wicki_ok(m->w))
        return NO_DRAWS;
    for (const wicki_auto_site *s = m->potential->guide->sites; strcmp(s->name, site) != 0;
         s = s->next)
        first += wicki_auto_size(s);
    return numbers_at(m, m->draws, first + element);
}

wick_chains wick_mcmc_statistic(const wick_mcmc *m, wick_statistic which)
{
    if (!is_ready(m, "wick_mcmc_statistic"))
        return NO_DRAWS;
    if ((int)which >= 0 && (int)which < STATISTICS)
        return numbers_at(m, m->statistics, (size_t)which);
    wick_fail(m->w, WICK_ERR_ARGUMENT, "wick_mcmc_statistic: there is no statistic %d", (int)which);
    return NO_DRAWS;
}
