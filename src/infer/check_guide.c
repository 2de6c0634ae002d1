/* How close is a guide to the posterior? */
#include "dist/dist.h"
#include "infer/elbo.h"
#include "infer/match.h"
#include "infer/psis.h"
#include "infer/runs.h"
#include "site/page.h"
#include "site/site.h"

#include <math.h>
#include <string.h>

static const char FUNCTION[] = "wick_check_guide";

enum { DRAWS = 4000, FEWEST_DRAWS = 25 };

/* --- points ------------------------------------------------------------------------------------ */

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

/* For each node of the tape: does it depend on a draw? */
static bool *find_random(wick *w, const wick_trace *guide)
{
    bool *random = wicki_alloc_zero(w, w->tape->n_nodes * sizeof *random + 1);

    for (const wick_site *s = wick_trace_first(guide); random && s; s = wick_site_next(s))
        if (is_latent(s) && !wicki_is_delta(&s->dist))
            random[s->value.node] = true;
    for (uint32_t i = 0; random && i < w->tape->n_nodes; i++) {
        const wick_node *node = w->tape->node[i];
        for (uint32_t j = 0; j < node->n_in; j++)
            random[i] |= wicki_on_tape(node->in[j]) && random[node->in[j]->id];
    }
    return random;
}

static void fail_point(wick *w, const wick_site *site)
{
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: site '%s' is a point in the guide, a delta that depends on no draw: its density there "
        "is infinite, and no weights can make a posterior of it; check a guide that is spread out, "
        "such as a normal one, or condition the model on the point and leave the site out",
        FUNCTION, site->name);
}

static bool has_no_points(wick *w, const wick_trace *guide, const wick_trace *model)
{
    const bool *random = find_random(w, guide);

    for (const wick_site *s = wick_trace_first(guide); s && wicki_ok(w); s = wick_site_next(s)) {
        const wick_site *met =
            is_latent(s) && wicki_is_delta(&s->dist) ? wicki_trace_find(model, s->name) : NULL;
        if (met && !wicki_is_delta(&met->dist) && !random[s->value.node])
            fail_point(w, s);
    }
    return wicki_ok(w);
}

/* --- log p - log q ----------------------------------------------------------------------------- */

static void add(wick *w, wicki_contraction *c, const wick_site *s, bool masked, double weight)
{
    if (wicki_site_counts(s))
        wicki_contraction_add(c,
            &(wicki_factor){ .density = wicki_site_density(w, s, masked),
                .plates = s->plates,
                .scale = s->scale,
                .weight = weight,
                .site = s->name });
}

/* As in wick_trace_enum_elbo: what is summed out enters unmasked. */
static wick_node *log_ratio_of(wick *w, const wick_trace *guide, const wick_trace *model)
{
    wicki_contraction *c = wicki_contraction_new(w, WICKI_SUM, true);

    for (const wick_site *s = wick_trace_first(guide); s && wicki_ok(w); s = wick_site_next(s))
        add(w, c, s, true, -1.0);
    for (const wick_site *s = wick_trace_first(model); s && wicki_ok(w); s = wick_site_next(s))
        add(w, c, s, !s->enumerated, 1.0);
    return wicki_contract(c);
}

static double log_ratio(wicki_runs *r, wick_program model)
{
    wick *w = r->w;
    const wick_trace *guide = wicki_runs_guide(r);
    wick_program replayed = wick_wrap(w, model, wick_replay(w, guide));
    const wick_trace *trace = wick_trace_run(w, wick_wrap(w, replayed, wicki_enumerate_all(w)));
    const wicki_match match = { FUNCTION, trace, guide, true, true };

    if (!wicki_ok(w) || !wicki_programs_match(w, &match))
        return NAN;
    if (r->at == 0 && !has_no_points(w, guide, trace))
        return NAN;
    const wick_node *ratio = log_ratio_of(w, guide, trace);
    if (ratio && (isnan(*ratio->value) || *ratio->value == INFINITY))
        wicki_fail_nonfinite(
            w, wick_name(w, "%s: log p - log q of draw %zu", FUNCTION, r->at), ratio);
    return ratio ? *ratio->value : NAN;
}

static bool fill(wicki_runs *r, wick_program model, double *log_ratios)
{
    for (size_t i = 0; i < r->n && wicki_runs_open(r, i); i++) {
        log_ratios[i] = log_ratio(r, model);
        wicki_runs_close(r);
    }
    return wicki_runs_finish(r);
}

/* --- what they say ----------------------------------------------------------------------------- */

static void find_elbo(wick_guide_check *c, const double *x)
{
    const double n = (double)c->draws;
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < c->draws; i++)
        sum += x[i];
    c->elbo = sum / n;
    for (size_t i = 0; i < c->draws; i++)
        squares += (x[i] - c->elbo) * (x[i] - c->elbo);
    c->elbo_se = sqrt(squares / (n - 1.0) / n);
}

static wick_verdict verdict_of(double k, double threshold)
{
    if (!(k < 0.7))
        return WICK_GUIDE_BAD;
    if (k > threshold)
        return WICK_GUIDE_DRAW_MORE;
    return k < 0.5 ? WICK_GUIDE_GOOD : WICK_GUIDE_USABLE;
}

static void judge(wick *w, wick_guide_check *c, double *x)
{
    const double n = (double)c->draws;

    find_elbo(c, x);
    c->log_evidence = wick_psis(w, x, c->draws, x, &c->k);
    c->effective_draws = wicki_effective_draws(c->draws, x);
    c->log_evidence_se = sqrt(fmax(0.0, n / c->effective_draws - 1.0) / (n - 1.0));
    c->threshold = wick_psis_threshold(c->draws);
    c->verdict = verdict_of(c->k, c->threshold);
}

/* --- the public face --------------------------------------------------------------------------- */

static const wick_guide_check NOTHING = { WICK_GUIDE_BAD, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN };

static bool programs_are_set(wick *w, wick_program model, wick_program guide, size_t draws)
{
    if (!model.fn || !guide.fn)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the %s has no function", FUNCTION,
            model.fn ? "guide" : "model");
    else if (draws < FEWEST_DRAWS)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: %zu draws, need at least %d to see a tail (the default is %d)", FUNCTION, draws,
            (int)FEWEST_DRAWS, (int)DRAWS);
    return wicki_ok(w);
}

static void fail_nowhere(wick *w, size_t n)
{
    wick_fail(w, WICK_ERR_NONFINITE,
        "%s: the density of the model is 0 at all %zu draws of the guide; is the guide within the "
        "support of the model's sites, and are its observations possible",
        FUNCTION, n);
}

static wick_guide_check check(wicki_runs *r, wick_program model, double *x, double *log_ratios)
{
    wick *w = r->w;
    wick_guide_check c = NOTHING;
    double most = -INFINITY;

    c.draws = r->n;
    if (!fill(r, model, x))
        return NOTHING;
    if (log_ratios)
        memcpy(log_ratios, x, c.draws * sizeof *x);
    for (size_t i = 0; i < c.draws; i++)
        most = fmax(most, x[i]);
    if (most == -INFINITY)
        fail_nowhere(w, c.draws);
    else
        judge(w, &c, x);
    return wicki_ok(w) ? c : NOTHING;
}

wick_guide_check wick_check_guide(
    wick *w, wick_program model, wick_program guide, const wick_check_options *options)
{
    const wick_check_options o = options ? *options : (wick_check_options){ .draws = 0 };
    const wick_posterior from = {
        .guide = guide, .draws = o.draws ? o.draws : DRAWS, .seed = o.seed
    };
    wick_guide_check c = NOTHING;
    wicki_runs r;

    if (!wicki_ok(w) || !programs_are_set(w, model, guide, from.draws))
        return c;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *x = o.log_weights ? o.log_weights : wicki_alloc_doubles(w, from.draws);
    if (x && wicki_runs_init(&r, w, FUNCTION, &from, from.draws))
        c = check(&r, model, x, o.log_ratios);
    wicki_arena_release(&w->arena, mark);
    return c;
}

/* --- in words ---------------------------------------------------------------------------------- */

static const char *const VERDICTS[] = { "good", "usable with importance weights",
    "too few draws to tell", "do not trust it" };

static void add_k(wicki_page *page, const wick_guide_check *c)
{
    if (c->k == -INFINITY)
        wicki_page_add(page, "k-hat            none: the largest weights are all equal\n");
    else if (c->k == INFINITY)
        wicki_page_add(page, "k-hat            inf: a few draws have all the weight\n");
    else
        wicki_page_add(page,
            "k-hat            %.2f (weights of %zu draws can be trusted up to %.2f)\n", c->k,
            c->draws, c->threshold);
}

static void add_advice(wicki_page *page, const wick_guide_check *c)
{
    if (c->verdict == WICK_GUIDE_GOOD)
        wicki_page_add(page, "Draws of the guide can be used as they are.\n");
    else if (c->verdict == WICK_GUIDE_USABLE)
        wicki_page_add(
            page, "Weight its draws (log_weights): averages without weights are biased.\n");
    else if (c->verdict == WICK_GUIDE_DRAW_MORE)
        wicki_page_add(
            page, "Take at least %.0f draws.\n", ceil(pow(10.0, 1.0 / (1.0 - c->k))) + 1.0);
    else if (c->effective_draws > 0.5 * (double)c->draws)
        wicki_page_add(page,
            "The effective draws are many for such a tail: look again with %zu draws.\n",
            10 * c->draws);
    else
        wicki_page_add(page,
            "It misses a part of the posterior, and weights cannot mend that. Fit longer, take a\n"
            "guide with correlations or heavier tails, give the model another parametrisation, or\n"
            "sample by a Markov chain.\n");
}

const char *wick_format_guide_check(wick *w, const wick_guide_check *c)
{
    wicki_page page = { .w = w };

    if (!wicki_ok(w) || !c || c->draws == 0)
        return "";
    wicki_page_add(&page, "guide            %s\n", VERDICTS[c->verdict]);
    add_k(&page, c);
    wicki_page_add(&page, "ELBO             %.6g +- %.2g\n", c->elbo, c->elbo_se);
    wicki_page_add(
        &page, "log evidence     %.6g +- %.2g (by weights)\n", c->log_evidence, c->log_evidence_se);
    wicki_page_add(&page, "effective draws  %.0f of %zu\n", c->effective_draws, c->draws);
    add_advice(&page, c);
    return wicki_page_text(&page);
}
