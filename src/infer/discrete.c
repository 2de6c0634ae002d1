/* Inferring the discrete sites of a model: its two runs, and what is found. */
#include "dist/dist.h"
#include "infer/elbo.h"
#include "infer/match.h"
#include "infer/posterior.h"
#include "site/site.h"
#include "site/stack.h"

#include <math.h>

/* --- running the model ------------------------------------------------------------------------- */

/* As the last to be asked, whatever else is open around the call. */
static void enter_outermost(wick *w, wick_handler *handler)
{
    wick_handler **end = &w->stack->top;

    while (*end)
        end = &(*end)->outer;
    handler->outer = NULL;
    handler->open = true;
    *end = handler;
}

static void exit_outermost(wick *w, wick_handler *handler)
{
    wick_handler **end = &w->stack->top;

    while (*end && *end != handler)
        end = &(*end)->outer;
    handler->open = false;
    *end = NULL;
}

static wick_trace *run(wicki_posterior *p, wick_program model,
    void (*process)(wick *w, wick_handler *self, wick_site *site))
{
    wick *w = p->w;
    wick_trace *trace = NULL;
    wick_handler *record = wick_record_trace(w, &trace);

    if (!record)
        return NULL;
    w->tape->runs++;
    p->handler.process = process;
    enter_outermost(w, &p->handler);
    WICK_WITH (w, record)
        wicki_run(w, p->function, model);
    exit_outermost(w, &p->handler);
    return wicki_ok(w) ? trace : NULL;
}

/* A delta needs no value: it has but one. */
static bool lacks_value(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed && !site->value.w &&
        !wicki_is_delta(&site->dist);
}

static void fail_not_enumerated(wick *w, const char *function, const wick_dist *dist)
{
    char buffer[192] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (wicki_is_discrete(dist)) {
        wicki_text_add(&text, ": ");
        wicki_text_add_why_not_enumerated(&text, w, dist);
    }
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: the site has no value, and %s%s cannot be enumerated%s; replay a guide's trace, "
        "condition or substitute it",
        function, dist->iid_rank > 0 ? "wick_iid of " : "", dist->type->name, buffer);
}

/* In the first run sites get dimensions. Parameters are not learned from it. */
static void enumerate(wick *w, wick_handler *self, wick_site *site)
{
    wicki_posterior *p = (wicki_posterior *)self;

    site->frozen |= site->type == WICK_PARAM;
    if (!lacks_value(site))
        return;
    p->enumerate->process(w, p->enumerate, site);
    if (wicki_ok(w) && lacks_value(site))
        fail_not_enumerated(w, p->function, &site->dist);
}

/* In the second run they get the values that were found. */
static void assign(wick *w, wick_handler *self, wick_site *site)
{
    const wicki_posterior *p = (const wicki_posterior *)self;

    if (!lacks_value(site))
        return;
    const wick_site *met = wicki_trace_find(p->trace, site->name);
    if (met && met->enumerated)
        site->value = wicki_dist_value(w, &site->dist, p->of_dim[met->enumerated]->number);
}

/* Where all probability is on one value: its number. */
static void find_number(wick *w, wicki_inferred *v)
{
    const wick_node *m = wicki_posterior_marginal(w, v);
    wick_node *value = m ? wicki_leaf(w, NULL, 0, NULL, m->dims, false) : NULL;

    if (!value)
        return;
    for (size_t i = 0; i < m->members; i++) {
        size_t k = 0;
        while (k + 1 < m->elements && m->value[k * m->members + i] < 0.5)
            k++;
        value->value[i] = (double)k;
    }
    v->number = wicki_var_of(w, value);
}

/* --- the posterior ----------------------------------------------------------------------------- */

static wicki_posterior *new_posterior(wick *w, const char *function)
{
    wicki_posterior *p = wicki_ok(w) ? wicki_alloc_zero(w, sizeof *p) : NULL;

    if (!p)
        return NULL;
    p->w = w;
    p->serial = p->handler.serial = w->serial;
    p->function = function;
    p->runs = w->tape->runs;
    p->enumerate = wicki_enumerate_all(w);
    return p;
}

/* NULL after an error. */
static wicki_posterior *infer(
    wick *w, const char *function, wick_program model, wicki_elimination how, bool pairs)
{
    wicki_posterior *p = new_posterior(w, function);

    if (!p || !(p->trace = run(p, model, enumerate)))
        return NULL;
    w->tape->read = true; /* what is found is constant: in a compiled program it would be frozen */
    return wicki_posterior_solve(p, how, pairs) ? p : NULL;
}

wick_trace *wick_infer_discrete(wick *w, wick_program model, wick_assignment which)
{
    const wicki_elimination how = which == WICK_DRAW ? WICKI_DRAW : WICKI_MAX;
    wicki_posterior *p = infer(w, "wick_infer_discrete", model, how, false);

    if (!p)
        return NULL;
    for (uint32_t dim = 1; dim < p->n_dims && wicki_ok(w); dim++)
        if (p->of_dim[dim])
            find_number(w, p->of_dim[dim]);
    w->tape->runs = p->runs; /* what the model draws out of sight it draws again */
    return wicki_ok(w) ? run(p, model, assign) : NULL;
}

wick_marginals *wick_infer_marginals(wick *w, wick_program model)
{
    return infer(w, "wick_infer_marginals", model, WICKI_SUM, true);
}

/* --- looking at marginals ---------------------------------------------------------------------- */

static bool alive(const wick_marginals *m)
{
    return m && m->serial == m->w->serial && wicki_ok(m->w);
}

double wick_marginals_log_evidence(const wick_marginals *m)
{
    return alive(m) ? m->log_evidence : NAN;
}

static void fail_name(const wick_marginals *m, const char *function, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };
    size_t n = 0;

    for (const wick_site *s = wick_trace_first(m->trace); s; s = wick_site_next(s))
        if (s->enumerated)
            wicki_text_add(&text, "%s'%s'", n++ ? ", " : "", s->name);
    wick_fail(m->w, WICK_ERR_NAME, "%s: no site '%s' was inferred; there are marginals of %s",
        function, name, buffer);
}

static const wicki_inferred *variable_named(
    const wick_marginals *m, const char *function, const char *text)
{
    const wicki_name *name = alive(m) ? wicki_intern(m->w, function, text) : NULL;
    const wick_site *site = name ? wicki_trace_find(m->trace, name->text) : NULL;

    if (name && !(site && site->enumerated))
        fail_name(m, function, text);
    return site && site->enumerated ? m->of_dim[site->enumerated] : NULL;
}

wick_var wick_marginal(const wick_marginals *m, const char *site)
{
    const wicki_inferred *v = variable_named(m, "wick_marginal", site);

    return v ? wicki_var_of(m->w, wicki_posterior_marginal(m->w, v)) : WICK_VAR_NONE;
}

/* A density that depends on both, or NULL: from the shorter of their lists. */
static const wicki_watched *shared(const wick *w, const wicki_inferred *a, const wicki_inferred *b)
{
    const wicki_inferred *few = a->n_shared <= b->n_shared ? a : b, *many = few == a ? b : a;

    for (const wicki_watched_link *l = few->shared; l && a != b; l = l->next)
        if (wicki_set_has(w, l->factor->node->dims, many->site->enumerated))
            return l->factor;
    return NULL;
}

wick_var wick_marginal_pair(const wick_marginals *m, const char *first, const char *second)
{
    const wicki_inferred *a = variable_named(m, "wick_marginal_pair", first);
    const wicki_inferred *b = a ? variable_named(m, "wick_marginal_pair", second) : NULL;

    if (!b)
        return WICK_VAR_NONE;
    const wicki_watched *f = shared(m->w, a, b);
    if (!f) {
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "wick_marginal_pair: no site's density depends on both '%s' and '%s'", first, second);
        return WICK_VAR_NONE;
    }
    const uint32_t dim[2] = { a->site->enumerated, b->site->enumerated };
    const uint32_t over = wicki_set_union(m->w, a->site->plates, b->site->plates);
    return wicki_var_of(m->w, wicki_posterior_table(m->w, f, 2, dim, over));
}
