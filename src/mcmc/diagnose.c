/* What went wrong with chains, in words. */
#include "mcmc/diagnose.h"

#include <math.h>
#include <string.h>

/* --- findings --------------------------------------------------------------------------------- */

wick_finding *wicki_found(wicki_diagnosis *d, wick_finding_kind kind, const wicki_page *page)
{
    const char *text = wicki_page_text(page);

    if (!wicki_ok(d->w) || d->n_found == d->capacity)
        return NULL;
    d->list[d->n_found] = (wick_finding){ .kind = kind, .chain = SIZE_MAX, .text = text };
    return &d->list[d->n_found++];
}

wick_finding *wicki_found_quantity(
    wicki_diagnosis *d, wick_finding_kind kind, const wicki_page *page, const wicki_quantity *q)
{
    wick_finding *f = wicki_found(d, kind, page);

    if (f) {
        f->site = q->site;
        f->element = q->element;
    }
    return f;
}

void wicki_add_quantity(wicki_page *page, const wicki_quantity *q)
{
    if (q->shape)
        wicki_add_element(page, q->shape, q->element);
    else
        wicki_page_add(page, "%s", q->site);
}

void wicki_add_share(wicki_page *page, size_t count, size_t of, const char *what)
{
    wicki_page_add(
        page, "%zu of %zu %s (%.2g %%)", count, of, what, 100.0 * (double)count / (double)of);
}

const char *wick_finding_name(wick_finding_kind kind)
{
    static const char *const names[] = {
#define WICK_FINDING_NAME(upper, lower, text) #lower,
        WICK_FINDING_LIST(WICK_FINDING_NAME)
#undef WICK_FINDING_NAME
    };

    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

/* --- draws as they are ------------------------------------------------------------------------ */

static void check_number(wicki_diagnosis *d)
{
    wicki_page page = { .w = d->w };

    if (d->n >= WICKI_FEWEST_DRAWS)
        return;
    wicki_page_add(&page,
        "chains have %zu draws, and fewer than %d say nothing of R-hat and effective sample sizes: "
        "draw more",
        d->n, WICKI_FEWEST_DRAWS);
    wick_finding *f = wicki_found(d, WICK_FINDING_TOO_FEW, &page);
    if (!f)
        return;
    f->count = d->chains;
    f->share = 1.0;
}

static size_t count_bad(const wicki_diagnosis *d, const wicki_quantity *q)
{
    size_t n = 0;

    for (size_t i = 0; i < d->chains * d->n; i++)
        n += isfinite(q->x.draws[i]) ? 0 : 1;
    return n;
}

static void check_finite(wicki_diagnosis *d)
{
    size_t most = 0, others = 0;
    const wicki_quantity *worst = NULL;
    wicki_page page = { .w = d->w };

    for (size_t i = 0; i < d->n_quantities; i++) {
        const size_t bad = count_bad(d, &d->quantity[i]);
        others += bad > 0;
        if (bad > most) {
            most = bad;
            worst = &d->quantity[i];
        }
    }
    if (!worst)
        return;
    wicki_page_add(&page, "%zu of %zu draws of ", most, d->chains * d->n);
    wicki_add_quantity(&page, worst);
    wicki_page_add(&page, " are not finite");
    if (others > 1)
        wicki_page_add(&page, " (and some of %zu other quantities)", others - 1);
    wicki_page_add(&page,
        ": numbers overflow where the density is not 0; use tighter priors, bounds, or other "
        "units");
    wick_finding *f = wicki_found_quantity(d, WICK_FINDING_NOT_FINITE, &page, worst);
    if (!f)
        return;
    f->count = most;
    f->share = (double)most / (double)(d->chains * d->n);
}

static bool is_stuck(const wicki_diagnosis *d, size_t chain)
{
    const wick_mcmc *m = d->m;
    const size_t first = m->options.keep_warmup ? m->options.warmup : 0, size = m->dimension;
    const double *q = m->chain[chain].q + first * size;
    size_t i = 1;

    while (i < d->n && memcmp(q, q + i * size, size * sizeof *q) == 0)
        i++;
    return d->n > 1 && i == d->n;
}

static void check_stuck(wicki_diagnosis *d)
{
    wicki_page page = { .w = d->w };
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < d->chains; i++)
        if (is_stuck(d, i)) {
            wicki_page_add(&page, "%s%zu", d->n_stuck++ ? ", " : "chains that never moved: ", i);
            first = first == SIZE_MAX ? i : first;
        }
    if (d->n_stuck == 0)
        return;
    wicki_page_add(&page,
        "; start them elsewhere (.init, .init_radius), or let the step size begin smaller "
        "(.step_size) and the warm-up be longer");
    wick_finding *f = wicki_found(d, WICK_FINDING_STUCK, &page);
    if (!f)
        return;
    f->count = d->n_stuck;
    f->share = (double)d->n_stuck / (double)d->chains;
    f->chain = first;
}

/* --- trajectories ----------------------------------------------------------------------------- */

static void check_tree_depth(wicki_diagnosis *d)
{
    const double *depth = wick_mcmc_statistic(d->m, WICK_TREE_DEPTH).draws;
    const unsigned most = d->m->options.max_depth;
    const size_t all = d->chains * d->n;
    wicki_page page = { .w = d->w };
    size_t count = 0;

    for (size_t i = 0; depth && d->m->options.sampler == WICK_NUTS && i < all; i++)
        count += depth[i] >= most;
    if (count == 0)
        return;
    wicki_add_share(&page, count, all, "trajectories");
    wicki_page_add(&page,
        " ended at a tree depth of %u, before they turned back: the draws are right, but depend on "
        "each other; raise .max_depth, write the model so that coordinates have scales of about 1, "
        "or let WICK_METRIC_DENSE learn how they correlate",
        most);
    wick_finding *f = wicki_found(d, WICK_FINDING_TREE_DEPTH, &page);
    if (!f)
        return;
    f->count = count;
    f->share = (double)count / (double)all;
    f->value = most;
}

static void check_energies(wicki_diagnosis *d)
{
    const double *energy = wick_mcmc_statistic(d->m, WICK_ENERGY).draws;
    wicki_page page = { .w = d->w };
    size_t count = 0, worst = 0;
    double least = d->options.ebfmi;

    for (size_t i = 0; energy && i < d->chains; i++) {
        const double x = wick_ebfmi(d->w, d->n, energy + i * d->n);
        count += x < d->options.ebfmi;
        if (x < least) {
            least = x;
            worst = i;
        }
    }
    if (count == 0)
        return;
    wicki_page_add(&page,
        "E-BFMI is below %g in %zu of %zu chains (%.2g in chain %zu): momenta are drawn that "
        "change the energy too little to get through it, and tails are not reached; write heavy "
        "tails and hierarchies in other terms (non-centred), and draw more",
        d->options.ebfmi, count, d->chains, least, worst);
    wick_finding *f = wicki_found(d, WICK_FINDING_EBFMI, &page);
    if (!f)
        return;
    f->count = count;
    f->share = (double)count / (double)d->chains;
    f->chain = worst;
    f->value = least;
    f->limit = d->options.ebfmi;
}

/* --- how chains agree ------------------------------------------------------------------------- */

/* A measure of quantities, of which large numbers are bad, or small ones. */
typedef struct measure {
    wick_finding_kind kind;
    const char *name, *advice;
    size_t offset; /* in wick_chains_summary */
    double sign, limit;
    int decimals;
} measure;

static double badness(const measure *e, const wicki_quantity *q)
{
    return e->sign * *(const double *)(const void *)((const char *)&q->of + e->offset);
}

/* The worst that is not as bad as the one before it, or stands behind that. */
static const wicki_quantity *next_worst(
    const wicki_diagnosis *d, const measure *e, const wicki_quantity *before)
{
    const wicki_quantity *worst = NULL;

    for (size_t i = 0; i < d->n_quantities; i++) {
        const wicki_quantity *q = &d->quantity[i];
        const double bad = badness(e, q);
        const bool later =
            !before || bad < badness(e, before) || (bad == badness(e, before) && q > before);
        if (later && bad > e->sign * e->limit && (!worst || bad > badness(e, worst)))
            worst = q;
    }
    return worst;
}

static size_t count_worse(const wicki_diagnosis *d, const measure *e)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_quantities; i++)
        n += badness(e, &d->quantity[i]) > e->sign * e->limit;
    return n;
}

static void check_measure(wicki_diagnosis *d, const measure *e)
{
    enum { LISTED = 6 };
    const size_t count = count_worse(d, e);
    const wicki_quantity *worst = next_worst(d, e, NULL), *q = worst;
    wicki_page page = { .w = d->w };

    if (!worst)
        return;
    wicki_page_add(&page, "%s is %s %.4g for %zu of %zu quantities: ", e->name,
        e->sign > 0.0 ? "above" : "below", e->limit, count, d->n_quantities);
    for (size_t i = 0; q && i < LISTED; i++, q = next_worst(d, e, q)) {
        wicki_page_add(&page, i ? ", " : "");
        wicki_add_quantity(&page, q);
        wicki_page_add(&page, " %.*f", e->decimals, e->sign * badness(e, q));
    }
    if (count > LISTED)
        wicki_page_add(&page, " and %zu more", count - LISTED);
    wicki_page_add(&page, "; %s", e->advice);
    wick_finding *f = wicki_found_quantity(d, e->kind, &page, worst);
    if (!f)
        return;
    f->count = count;
    f->share = (double)count / (double)d->n_quantities;
    f->value = e->sign * badness(e, worst);
    f->limit = e->limit;
}

static void check_measures(wicki_diagnosis *d)
{
    const double ess = d->options.ess * (double)d->chains;
    const measure list[] = {
        { WICK_FINDING_RHAT, "R-hat",
            "the chains do not agree, and no mean or quantile of these is to be relied on: draw "
            "more, after a longer warm-up, if nothing else is found here",
            offsetof(wick_chains_summary, rhat), 1.0, d->options.rhat, 3 },
        { WICK_FINDING_ESS_BULK, "the bulk effective sample size",
            "means of these, their errors and R-hat are unsure: draw more, or write the model so "
            "that its sites depend less on each other",
            offsetof(wick_chains_summary, ess_bulk), -1.0, ess, 0 },
        { WICK_FINDING_ESS_TAIL, "the tail effective sample size",
            "quantiles and intervals of these are unsure: draw more",
            offsetof(wick_chains_summary, ess_tail), -1.0, ess, 0 },
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_measure(d, &list[i]);
}

/* --- the report ------------------------------------------------------------------------------- */

/* In lines of at most so many characters, those after the first with two spaces before them. */
static void add_wrapped(wicki_page *page, const char *text)
{
    enum { WIDTH = 100, INDENT = 2 };
    size_t used = 0;

    while (*text) {
        const size_t word = strcspn(text, " ");
        if (used > 0 && used + 1 + word > WIDTH) {
            wicki_page_add(page, "\n");
            wicki_page_spaces(page, INDENT);
            used = INDENT;
        } else if (used > 0) {
            wicki_page_spaces(page, 1);
            used++;
        }
        wicki_page_add(page, "%.*s", (int)word, text);
        used += word;
        text += word + strspn(text + word, " ");
    }
    wicki_page_add(page, "\n");
}

static void find_worst(const wicki_diagnosis *d, wick_findings *out)
{
    out->rhat = out->ess_bulk = out->ess_tail = NAN;
    for (size_t i = 0; i < d->n_quantities; i++) {
        const wick_chains_summary *s = &d->quantity[i].of;
        out->rhat = fmax(out->rhat, s->rhat);
        out->ess_bulk = fmin(out->ess_bulk, s->ess_bulk);
        out->ess_tail = fmin(out->ess_tail, s->ess_tail);
    }
}

static const char *what_was_checked(const wicki_diagnosis *d, const wick_findings *out)
{
    const wick_mcmc_options *o = &d->m->options;
    wicki_page page = { .w = d->w };

    wicki_page_add(&page, "nothing wrong was found: %zu chain%s of %zu draws, none divergent",
        d->chains, d->chains == 1 ? "" : "s", d->n);
    if (o->sampler == WICK_NUTS)
        wicki_page_add(&page, ", none at a tree depth of %u", o->max_depth);
    wicki_page_add(&page,
        ", E-BFMI of at least %g; of %zu quantities R-hat is at most %.3f, the bulk effective "
        "sample size at least %.0f, that of the tails at least %.0f",
        d->options.ebfmi, d->n_quantities, out->rhat, out->ess_bulk, out->ess_tail);
    return wicki_page_text(&page);
}

static const wick_findings *report(wicki_diagnosis *d)
{
    wick_findings *out = wick_alloc(d->w, sizeof *out);
    wicki_page page = { .w = d->w };

    if (!out)
        return NULL;
    *out = (wick_findings){ .n = d->n_found, .list = d->list };
    find_worst(d, out);
    for (size_t i = 0; i < d->n_found; i++) {
        wicki_page line = { .w = d->w };
        wicki_page_add(&line, "- %s", d->list[i].text);
        add_wrapped(&page, wicki_page_text(&line));
    }
    if (d->n_found == 0)
        add_wrapped(&page, what_was_checked(d, out));
    out->text = wicki_page_text(&page);
    return wicki_ok(d->w) ? out : NULL;
}

/* --- the whole -------------------------------------------------------------------------------- */

static const char *log_density(wick *w)
{
    return wick_name(w, "%s", WICKI_STATISTIC_NAMES[WICK_LP]);
}

static bool summarize(wicki_diagnosis *d)
{
    wicki_quantity *q = d->quantity;
    const wicki_auto_site *sites = d->m->potential[0]->guide->sites;

    *q++ = (wicki_quantity){ .site = log_density(d->w), .x = wick_mcmc_statistic(d->m, WICK_LP) };
    for (const wicki_auto_site *s = sites; s; s = s->next)
        for (size_t e = 0; e < wicki_auto_size(s); e++)
            *q++ = (wicki_quantity){ s->name, s, e, wick_mcmc_draws(d->m, s->name, e),
                { .mean = 0.0 } };
    for (size_t i = 0; i < d->n_quantities && wicki_ok(d->w); i++)
        d->quantity[i].of = wicki_summarize(&d->summarizer, d->quantity[i].x.draws);
    return wicki_ok(d->w);
}

static bool open(wicki_diagnosis *d)
{
    const wick_guide *guide = d->m->potential[0]->guide;
    size_t groups = guide->n_sites;

    for (const wicki_auto_site *s = guide->sites; s; s = s->next)
        groups += s->n_plates;
    d->n_quantities = d->m->size + 1;
    d->quantity = wicki_allocate(d->w, d->n_quantities * sizeof *d->quantity);
    d->switched = d->quantity ? wicki_allocate(d->w, groups * sizeof *d->switched) : NULL;
    return d->switched && wicki_summarizer_open(&d->summarizer, d->w, d->chains, d->n);
}

static void close(wicki_diagnosis *d)
{
    for (size_t i = 0; i < d->n_switched; i++)
        wick_relabel_free(d->switched[i].relabel);
    wicki_summarizer_close(&d->summarizer);
    wicki_release(d->w, d->switched);
    wicki_release(d->w, d->quantity);
}

static const wick_findings *check(wicki_diagnosis *d)
{
    enum { KINDS = WICK_FINDING_ESS_TAIL + 1 };

    d->capacity = KINDS + d->n_switched;
    d->list = wick_alloc(d->w, d->capacity * sizeof *d->list);
    if (!d->list)
        return NULL;
    check_number(d);
    check_finite(d);
    check_stuck(d);
    wicki_check_divergences(d);
    check_tree_depth(d);
    check_energies(d);
    wicki_check_labels(d);
    wicki_check_modes(d);
    check_measures(d);
    return report(d);
}

static bool options_fit(wick *w, wick_diagnose_options *o)
{
    if (!(o->rhat >= 0.0 && o->ess >= 0.0 && o->ebfmi >= 0.0) || (o->rhat > 0.0 && o->rhat < 1.0))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_diagnose: .rhat is %g, .ess %g, .ebfmi %g, need a number over 1 and two over 0, "
            "or 0 for the default",
            o->rhat, o->ess, o->ebfmi);
    o->rhat = o->rhat > 0.0 ? o->rhat : 1.01;
    o->ess = o->ess > 0.0 ? o->ess : 100.0;
    o->ebfmi = o->ebfmi > 0.0 ? o->ebfmi : 0.3;
    return wicki_ok(w);
}

const wick_findings *wick_diagnose(const wick_mcmc *m, const wick_diagnose_options *options)
{
    const wick_chains lp = wick_mcmc_statistic(m, WICK_LP);
    const wick_findings *out = NULL;

    if (!lp.draws)
        return NULL;
    wicki_diagnosis d = { .w = m->w, .m = m, .chains = lp.chains, .n = lp.n };
    if (options)
        d.options = *options;
    if (!options_fit(d.w, &d.options))
        return NULL;
    wicki_reset(d.w);
    if (open(&d) && summarize(&d)) {
        if (d.n >= WICKI_FEWEST_DRAWS)
            wicki_find_labels(&d);
        out = wicki_ok(d.w) ? check(&d) : NULL;
    }
    close(&d);
    return out;
}
