/* Reading what chains have drawn. */
#include "mcmc/mcmc.h"

#include <string.h>

static const wick_chains NO_DRAWS = { 0, 0, NULL };

/* --- putting it together ----------------------------------------------------------------------- */

void wicki_mcmc_forget_reading(const wick_mcmc *m)
{
    for (size_t i = 0; i < 2; i++) {
        wicki_release(m->w, m->reading->part[i].numbers);
        m->reading->part[i] = (wicki_drawn){ .n = 0 };
    }
}

size_t wicki_mcmc_common(const wick_mcmc *m, bool warm)
{
    const size_t warmup = m->options.warmup;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < m->options.chains; i++) {
        const size_t done = m->chain[i].done, in_warmup = done < warmup ? done : warmup;
        const size_t n = warm ? done - in_warmup : in_warmup;
        least = n < least ? n : least;
    }
    return least;
}

/* Draws from `first` on among those that are kept. */
static bool put_together(const wick_mcmc *m, size_t first, wicki_drawn *d)
{
    const size_t chains = m->options.chains, n = d->n, each = chains * n;
    bool fine = true;

    d->numbers = wicki_allocate(m->w, (m->size + WICKI_STATISTICS) * each * sizeof *d->numbers);
    for (size_t i = 0; d->numbers && fine && i < chains; i++) {
        const double *q = m->chain[i].q + first * m->dimension;
        const double *statistics = m->chain[i].statistics + first * WICKI_STATISTICS;
        double *to = d->numbers + m->size * each + i * n;
        fine = wicki_potential_constrain(m->potential[0], NULL, n, q, d->numbers + i * n, each);
        for (size_t k = 0; k < WICKI_STATISTICS; k++)
            for (size_t j = 0; j < n; j++)
                to[k * each + j] = statistics[j * WICKI_STATISTICS + k];
    }
    return d->numbers && fine;
}

/* NULL after an error. */
static const wicki_drawn *need(const wick_mcmc *m, bool warm, const char *function)
{
    if (!m || !wicki_ok(m->w))
        return NULL;
    if (!warm && !m->options.keep_warmup) {
        wick_fail(m->w, WICK_ERR_STATE, "%s: the warm-up is not kept; set .keep_warmup", function);
        return NULL;
    }
    wicki_drawn *d = &m->reading->part[warm];
    if (d->numbers)
        return d;
    d->n = wicki_mcmc_common(m, warm);
    if (d->n == 0)
        wick_fail(m->w, WICK_ERR_STATE, "%s: there are no draws yet; call wick_mcmc_run", function);
    else if (put_together(m, warm && m->options.keep_warmup ? m->options.warmup : 0, d))
        return d;
    wicki_release(m->w, d->numbers);
    *d = (wicki_drawn){ .n = 0 };
    return NULL;
}

static wick_chains numbers_at(const wick_mcmc *m, const wicki_drawn *d, size_t i)
{
    const size_t chains = m->options.chains;

    return (wick_chains){ chains, d->n, d->numbers + i * chains * d->n };
}

/* --- reading ----------------------------------------------------------------------------------- */

/* The place of an element among the numbers of a draw. */
static bool find(
    const wick_mcmc *m, const char *function, const char *site, size_t element, size_t *place)
{
    const wicki_auto_site *s = m->potential[0]->guide->sites;

    for (*place = element; s && (!site || strcmp(s->name, site) != 0); s = s->next)
        *place += wicki_auto_size(s);
    if (!s)
        wick_fail(
            m->w, WICK_ERR_NAME, "%s: there is no site '%s'", function, site ? site : "(NULL)");
    else if (element >= wicki_auto_size(s))
        wick_fail(m->w, WICK_ERR_SHAPE, "%s: element %zu of site '%s', which has %zu", function,
            element, site, wicki_auto_size(s));
    return wicki_ok(m->w);
}

static wick_chains draws_of(
    const wick_mcmc *m, bool warm, const char *function, const char *site, size_t element)
{
    const wicki_drawn *d = need(m, warm, function);
    size_t place = 0;

    return d && find(m, function, site, element, &place) ? numbers_at(m, d, place) : NO_DRAWS;
}

static wick_chains statistic_of(
    const wick_mcmc *m, bool warm, const char *function, wick_statistic which)
{
    const wicki_drawn *d = need(m, warm, function);

    if (d && (int)which >= 0 && (int)which < WICKI_STATISTICS)
        return numbers_at(m, d, m->size + (size_t)which);
    if (d)
        wick_fail(m->w, WICK_ERR_ARGUMENT, "%s: there is no statistic %d", function, (int)which);
    return NO_DRAWS;
}

wick_chains wick_mcmc_draws(const wick_mcmc *m, const char *site, size_t element)
{
    return draws_of(m, true, "wick_mcmc_draws", site, element);
}

wick_chains wick_mcmc_warmup_draws(const wick_mcmc *m, const char *site, size_t element)
{
    return draws_of(m, false, "wick_mcmc_warmup_draws", site, element);
}

wick_chains wick_mcmc_statistic(const wick_mcmc *m, wick_statistic which)
{
    return statistic_of(m, true, "wick_mcmc_statistic", which);
}

wick_chains wick_mcmc_warmup_statistic(const wick_mcmc *m, wick_statistic which)
{
    return statistic_of(m, false, "wick_mcmc_warmup_statistic", which);
}

/* --- the model at draws ------------------------------------------------------------------------ */

typedef struct at_draws {
    wick_potential *potential;
    size_t n;
    const double *q;
} at_draws;

static void run_bound(wick *w, const at_draws *a)
{
    const size_t sites = wick_potential_site_count(a->potential);
    wick_binding *bindings = wick_alloc(w, sites * sizeof *bindings);

    if (bindings && wicki_potential_bind(a->potential, a->n, a->q, bindings))
        WICK_WITH (w, wick_substitute(w, sites, bindings))
            wick_call(w, a->potential->guide->model);
}

static void run_at_draws(wick *w, void *arg)
{
    const at_draws *a = arg;

    if (a->n == 1)
        run_bound(w, a);
    else
        WICK_AMBIENT (w, "draws", a->n)
            run_bound(w, a);
}

wick_program wick_mcmc_program(const wick_mcmc *m, size_t chain, size_t first, size_t n)
{
    static const char FUNCTION[] = "wick_mcmc_program";
    wick_potential *p = m ? m->potential[0] : NULL;
    const wick_program model = p ? p->guide->model : (wick_program){ NULL, NULL };

    if (!m || !wicki_ok(m->w))
        return model;
    const size_t common = wicki_mcmc_common(m, true);
    if (p->density)
        wick_fail(
            m->w, WICK_ERR_ARGUMENT, "%s: the potential is a density without a model", FUNCTION);
    else if (chain >= m->options.chains || n == 0 || first >= common || n > common - first)
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "%s: %zu draws from draw %zu of chain %zu; there are %zu draws of %zu chains", FUNCTION,
            n, first, chain, common, m->options.chains);
    at_draws *a = wick_alloc(m->w, sizeof *a + n * m->dimension * sizeof *a->q);
    if (!a)
        return model;
    double *q = (double *)(a + 1);
    const size_t kept = first + (m->options.keep_warmup ? m->options.warmup : 0);
    memcpy(q, m->chain[chain].q + kept * m->dimension, n * m->dimension * sizeof *q);
    *a = (at_draws){ p, n, q };
    return (wick_program){ run_at_draws, a };
}
