/* Chains of a potential: making them, running them. */
#include "mcmc/mcmc.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

enum { MOST_WARMUP = 1 << 30 };

/* --- making them ------------------------------------------------------------------------------- */

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
    if (o->interval == 0.0)
        o->interval = 0.1;
    if (o->threads == WICK_ALL_THREADS)
        o->threads = wicki_cpu_count();
    if (o->threads == 0)
        o->threads = 1;
}

static bool is_positive(double x)
{
    return x > 0.0 && x < INFINITY;
}

/* The first that should be, by name. */
static const char *must_be_positive(const wick_mcmc_options *o, double *x)
{
    const struct {
        const char *name;
        double value;
    } list[] = { { "step_size", o->step_size }, { "time", o->time }, { "interval", o->interval } };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!is_positive(*x = list[i].value))
            return list[i].name;
    return NULL;
}

static bool options_fit(wick *w, const wick_mcmc_options *o)
{
    static const char FUNCTION[] = "wick_mcmc_new";
    double x;
    const char *name = must_be_positive(o, &x);

    if ((int)o->sampler < WICK_NUTS || (int)o->sampler > WICK_HMC)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .sampler is %d, need WICK_NUTS or WICK_HMC", FUNCTION,
            (int)o->sampler);
    else if ((int)o->metric < WICK_METRIC_DIAGONAL || (int)o->metric > WICK_METRIC_UNIT)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .metric is %d, need one of wick_metric", FUNCTION,
            (int)o->metric);
    else if (!(o->target_accept > 0.0 && o->target_accept < 1.0))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .target_accept is %g, need 0 < target_accept < 1",
            FUNCTION, o->target_accept);
    else if (name)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .%s is %g, need a positive finite number", FUNCTION,
            name, x);
    else if (o->max_depth > WICKI_MOST_DEPTH)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .max_depth is %u, need at most %d", FUNCTION,
            o->max_depth, WICKI_MOST_DEPTH);
    else if (o->warmup > MOST_WARMUP)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .warmup is %zu, need at most %d", FUNCTION, o->warmup,
            MOST_WARMUP);
    else if (o->threads > WICKI_MAX_THREADS)
        wick_fail(w, WICK_ERR_LIMIT, "%s: .threads is %zu, need at most %d", FUNCTION, o->threads,
            WICKI_MAX_THREADS);
    return wicki_ok(w);
}

/* With what is put together for reading. */
static bool draws_fit(const wick_mcmc *m, const wick_mcmc_options *o, size_t samples)
{
    const size_t numbers = m->dimension + m->size + 2 * WICKI_STATISTICS;
    const size_t most = SIZE_MAX / sizeof(double) / numbers / o->chains;

    if (samples <= most && wicki_chain_kept(o, samples) <= most)
        return true;
    wick_fail(m->w, WICK_ERR_LIMIT,
        "wick_mcmc_new: %zu chains of %zu draws of %zu numbers do not fit into memory", o->chains,
        samples, m->size);
    return false;
}

static double *allocate_draws(wick_mcmc *m, size_t samples)
{
    const size_t kept = wicki_chain_kept(&m->options, samples);

    return wicki_allocate(m->w, kept * (m->dimension + WICKI_STATISTICS) * sizeof(double));
}

/* What a chain had, in memory for so many transitions. */
static void move_draws(wick_mcmc *m, wicki_chain *c, double *to, size_t kept)
{
    const size_t before = wicki_chain_kept(&m->options, m->options.samples), n = m->dimension;
    double *statistics = to + kept * n;

    if (c->q) {
        memcpy(to, c->q, before * n * sizeof *to);
        memcpy(statistics, c->statistics, before * WICKI_STATISTICS * sizeof *to);
        wicki_release(m->w, c->q);
    }
    c->q = to;
    c->statistics = statistics;
}

/* Room for so many draws of each chain, those that there are kept; false after an error. */
static bool reserve(wick_mcmc *m, size_t samples)
{
    const size_t chains = m->options.chains;
    double **memory =
        draws_fit(m, &m->options, samples) ? wicki_allocate(m->w, chains * sizeof *memory) : NULL;
    size_t made = 0;

    while (memory && made < chains && (memory[made] = allocate_draws(m, samples)))
        made++;
    const bool all = memory && made == chains;
    for (size_t i = 0; i < made; i++)
        if (all)
            move_draws(m, &m->chain[i], memory[i], wicki_chain_kept(&m->options, samples));
        else
            wicki_release(m->w, memory[i]);
    wicki_release(m->w, memory);
    if (all)
        m->options.samples = samples;
    return all;
}

static bool allocate_parts(wick_mcmc *m)
{
    wick *w = m->w;
    const size_t chains = m->options.chains;

    m->threads = m->options.threads < chains ? m->options.threads : chains;
    if (draws_fit(m, &m->options, m->options.samples))
        m->chain = wicki_allocate(w, chains * sizeof *m->chain);
    m->potential = m->chain ? wicki_allocate(w, m->threads * sizeof *m->potential) : NULL;
    m->reading = m->potential ? wicki_allocate(w, sizeof *m->reading) : NULL;
    m->pool = m->reading ? wicki_pool_new(w, m->threads) : NULL;
    for (size_t i = 0; m->pool && i < chains; i++) {
        m->chain[i].handle = *w;
        m->chain[i].options = &m->options;
    }
    return m->pool && reserve(m, m->options.samples);
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
    wick_mcmc *m = options_fit(w, &o) ? wicki_allocate(w, sizeof *m) : NULL;
    if (!m)
        return NULL;
    m->w = w;
    m->options = o;
    m->dimension = wick_potential_dimension(p);
    m->size = wick_potential_size(p, NULL);
    if (allocate_parts(m)) {
        m->potential[0] = p;
        return m;
    }
    wick_mcmc_free(m);
    return NULL;
}

void wick_mcmc_free(wick_mcmc *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->chain && i < m->options.chains; i++) {
        wicki_chain_close(&m->chain[i]);
        wicki_release(m->w, m->chain[i].q);
    }
    for (size_t i = 1; m->potential && i < m->threads; i++)
        wick_potential_free(m->potential[i]);
    if (m->reading)
        wicki_mcmc_forget_reading(m);
    wicki_pool_free(m->pool);
    wicki_release(m->w, m->reading);
    wicki_release(m->w, m->potential);
    wicki_release(m->w, m->chain);
    wicki_release(m->w, m);
}

/* --- beginning --------------------------------------------------------------------------------- */

static const uint64_t CHAINS = 0x636861696e730000u; /* "chains" */

static void restart(wick_mcmc *m)
{
    for (size_t i = 0; i < m->options.chains; i++)
        wicki_chain_close(&m->chain[i]);
    wicki_mcmc_forget_reading(m);
    m->ended = false;
}

/* Says in which transition an error was raised. */
static void take_error(wick_mcmc *m, size_t i)
{
    wick *own = &m->chain[i].handle;

    if (own->status != WICK_OK)
        wick_fail(m->w, own->status, "wick_mcmc_run: chain %zu, transition %zu: %s", i,
            m->chain[i].done, own->message);
    own->status = WICK_OK;
}

static bool start_chain(wick_mcmc *m, size_t i)
{
    wicki_chain *c = &m->chain[i];
    double *q = wicki_allocate(m->w, m->dimension * sizeof *q);

    c->key = wicki_hash(wicki_hash(m->w->seed, CHAINS), i);
    if (q && wick_potential_start(m->potential[0], i, q) &&
        !(wicki_chain_open(c, m->dimension) && wicki_chain_start(c, m->potential[0], q))) {
        take_error(m, i);
        wick_fail(m->w, WICK_ERR_STATE,
            "wick_mcmc_run: chain %zu: its start has no density when it is looked at again", i);
    }
    wicki_release(m->w, q);
    return wicki_ok(m->w);
}

/* The potentials of all threads are evaluated with what data and parameters are now. */
static bool prepare_potential(wick_mcmc *m, size_t i)
{
    if (!m->potential[i])
        m->potential[i] = wicki_potential_copy(m->potential[0]);
    const wicki_chain *c = m->chain;
    double *gradient =
        m->potential[i] ? wicki_allocate(m->w, m->dimension * sizeof *gradient) : NULL;
    if (gradient && c->hmc)
        wick_potential_value(m->potential[i], c->hmc->now.q, gradient);
    wicki_release(m->w, gradient);
    return wicki_ok(m->w);
}

static bool prepare(wick_mcmc *m)
{
    bool fine = wicki_ok(m->w);

    for (size_t i = 0; fine && i < m->threads; i++)
        fine = prepare_potential(m, i);
    return fine;
}

static bool begin(wick_mcmc *m)
{
    bool fine = true;

    if (m->ended)
        restart(m);
    for (size_t i = 0; fine && i < m->options.chains; i++)
        fine = m->chain[i].hmc || start_chain(m, i);
    return fine && prepare(m);
}

/* --- running ----------------------------------------------------------------------------------- */

static const double TURN = 0.02; /* seconds that a chain runs before the next has its turn */

static void run_chain(void *arg, size_t index, size_t worker)
{
    const wick_mcmc *m = arg;

    wicki_chain_run(&m->chain[index], m->potential[worker], fmin(TURN, m->options.interval));
}

static bool is_fine(wick_mcmc *m)
{
    for (size_t i = 0; i < m->options.chains; i++)
        take_error(m, i);
    for (size_t i = 0; i < m->threads; i++)
        wicki_graph_raise(m->potential[i]->graph);
    return wicki_ok(m->w);
}

static bool is_over(const wick_mcmc *m)
{
    size_t i = 0;

    while (i < m->options.chains && wicki_chain_is_over(&m->chain[i]))
        i++;
    return i == m->options.chains;
}

static wick_mcmc_progress progress_of(const wick_mcmc *m, size_t before, double seconds)
{
    const wick_mcmc_options *o = &m->options;
    wick_mcmc_progress p = {
        .chains = o->chains, .total = o->chains * (o->warmup + o->samples), .seconds = seconds
    };

    for (size_t i = 0; i < o->chains; i++) {
        const wicki_chain *c = &m->chain[i];
        p.done += c->done;
        p.warm += c->done >= o->warmup;
        p.divergent += c->phase[1].divergent;
        p.step_size += c->hmc->step / (double)o->chains;
    }
    p.rate = seconds > 0.0 ? (double)(p.done - before) / seconds : 0.0;
    p.seconds_left = p.done < p.total ? (double)(p.total - p.done) / p.rate : 0.0;
    return p;
}

/* The callback may do what it likes with data and parameters. */
static bool goes_on(wick_mcmc *m, size_t before, double seconds)
{
    if (!m->options.callback)
        return true;
    wicki_mcmc_forget_reading(m);
    const wick_mcmc_progress p = progress_of(m, before, seconds);
    return m->options.callback(&p, m->options.callback_arg) && prepare(m);
}

static size_t count_done(const wick_mcmc *m)
{
    size_t done = 0;

    for (size_t i = 0; i < m->options.chains; i++)
        done += m->chain[i].done;
    return done;
}

/* Rounds, until all chains are at their end; false: interrupted, or an error. */
static bool run(wick_mcmc *m)
{
    const double start = wicki_seconds();
    const size_t before = count_done(m);
    double said = start;

    while (!is_over(m)) {
        wicki_pool_run(m->pool, m->options.chains, run_chain, m);
        if (!is_fine(m) || !wicki_potential_verify(m->potential[0], m->chain->hmc->now.q))
            return false;
        const double now = wicki_seconds();
        if (!is_over(m) && now - said < m->options.interval)
            continue;
        said = now;
        if (!goes_on(m, before, now - start))
            return is_over(m) && wicki_ok(m->w);
    }
    return true;
}

bool wick_mcmc_run(wick_mcmc *m)
{
    if (!m || !wicki_ok(m->w))
        return false;
    const bool over = begin(m) && run(m);
    wicki_mcmc_forget_reading(m);
    m->ended = over || !wicki_ok(m->w);
    return over;
}

bool wick_mcmc_extend(wick_mcmc *m, size_t more)
{
    if (!m || !wicki_ok(m->w))
        return false;
    const size_t most = SIZE_MAX - m->options.samples;
    if (!reserve(m, m->options.samples + (more < most ? more : most)))
        return false;
    if (more > 0 && m->chain->hmc)
        m->ended = false;
    return true;
}

/* --- what they are ----------------------------------------------------------------------------- */

const wick_mcmc_options *wick_mcmc_settings(const wick_mcmc *m)
{
    return m ? &m->options : NULL;
}

wick_potential *wick_mcmc_potential(const wick_mcmc *m)
{
    return m ? m->potential[0] : NULL;
}

wick_chain_info wick_mcmc_chain(const wick_mcmc *m, size_t chain)
{
    const wick_chain_info none = { .warmup = 0 };

    if (!m || !wicki_ok(m->w))
        return none;
    if (chain >= m->options.chains) {
        wick_fail(m->w, WICK_ERR_ARGUMENT, "wick_mcmc_chain: chain %zu, there are %zu", chain,
            m->options.chains);
        return none;
    }
    const wicki_chain *c = &m->chain[chain];
    const size_t warmup = c->done < m->options.warmup ? c->done : m->options.warmup;
    wick_chain_info info = { .warmup = warmup,
        .samples = c->done - warmup,
        .warmup_leapfrogs = c->phase[0].leapfrogs,
        .leapfrogs = c->phase[1].leapfrogs,
        .warmup_seconds = c->phase[0].seconds,
        .seconds = c->phase[1].seconds,
        .step_size = c->hmc ? c->hmc->step : m->options.step_size };
    if (c->hmc && m->options.metric != WICK_METRIC_UNIT) {
        info.inverse_metric = c->hmc->metric.inverse;
        info.n_metric = wicki_metric_size(m->options.metric, m->dimension);
    }
    return info;
}
