#include "infer/match.h"

#include "dist/constraint.h"
#include "dist/dist.h"
#include "site/site.h"

#include <string.h>

static bool is_latent(const wick_site *site)
{
    return site->type == WICK_SAMPLE && !site->observed;
}

bool wicki_is_discrete(const wick_dist *dist)
{
    return dist->type->cardinality || wicki_constraint_is_discrete(dist->type->support);
}

static void add_sizes(wicki_text *text, size_t rank, const size_t *sizes)
{
    if (rank == 0)
        wicki_text_add(text, "a scalar");
    for (size_t i = 0; i < rank; i++)
        wicki_text_add(text, "[%zu]", sizes[i]);
}

void wicki_text_add_why_not_enumerated(wicki_text *text, wick *w, const wick_dist *dist)
{
    const size_t own = dist->type->event_rank;
    size_t rank, sizes[WICK_MAX_RANK];

    if (!dist->type->cardinality || !wicki_dist_event(w, dist, &rank, sizes) || rank == own) {
        wicki_text_add(text, "%s has no finite set of values", dist->type->name);
        return;
    }
    wicki_text_add(text, "its event is ");
    add_sizes(text, rank, sizes);
    wicki_text_add(text, ", and only %s are enumerated: put it into a plate",
        own == 0 ? "scalar events" : "single draws");
}

/* --- the sites of one that the other lacks ----------------------------------------------------- */

/* What the other program has instead, or why the site was not summed out. */
static void add_note(wicki_text *text, wick *w, const wick_site *site, const wick_site *other,
    const char *where, bool enumerate)
{
    if (other) {
        wicki_text_add(text, " (%s in the %s)",
            other->type == WICK_PARAM        ? "a param"
                : other->type == WICK_SAMPLE ? "observed"
                                             : "deterministic",
            where);
    } else if (enumerate && wicki_is_discrete(&site->dist)) {
        wicki_text_add(text, " (");
        wicki_text_add_why_not_enumerated(text, w, &site->dist);
        wicki_text_add(text, ")");
    }
}

/* One of the two programs, and the other. */
typedef struct view {
    const wick_trace *of, *other;
    bool model; /* the first is the model */
} view;

/* Those that the model alone enumerates are summed out; what is auxiliary in a guide has no other. */
static bool is_missing(const view *v, const wick_site *site, const wick_site *other)
{
    if (!v->model && site->dist.auxiliary && !other)
        return false;
    return is_latent(site) && !(other && is_latent(other)) && !(v->model && site->enumerated);
}

static void fail_missing(wick *w, const wicki_match *m, const view *v)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (const wick_site *s = wick_trace_first(v->of); s; s = wick_site_next(s)) {
        const wick_site *other = wicki_trace_find(v->other, s->name);
        if (!is_missing(v, s, other))
            continue;
        wicki_text_add(&text, "%s'%s'", text.length > 0 ? ", " : "", s->name);
        add_note(&text, w, s, other, v->model ? "guide" : "model", v->model && m->sum_model);
    }
    if (v->model)
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the model but not in the guide: %s; sample them in the guide "
            "or observe them in the model%s",
            m->loss, buffer,
            m->sum_model ? "" : ", or sum discrete ones out with wick_trace_enum_elbo");
    else
        wick_fail(w, WICK_ERR_NAME,
            "%s: latent sites in the guide but not in the model: %s; sample them in the model, "
            "take them out of the guide, or mark what only serves other sites by wick_auxiliary",
            m->loss, buffer);
}

/* --- one site in both -------------------------------------------------------------------------- */

static bool fits_mark(wick *w, const wicki_match *m, const wick_site *guide)
{
    if (!guide->enumerate || m->sum_guide)
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: site '%s' is marked for enumeration in the guide, but this loss draws its sites; use "
        "wick_trace_enum_elbo, or take the mark away",
        m->loss, guide->name);
    return false;
}

/* The value against a draw of the model's own. */
static bool fits_event(
    wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    const wick_node *value = wicki_node_of(w, m->loss, model->value);
    size_t rank, sizes[WICK_MAX_RANK];

    if (!value || !wicki_dist_event(w, &model->dist, &rank, sizes))
        return wicki_ok(w);
    bool same = value->rank == rank;
    for (size_t i = 0; same && i < rank; i++)
        same = value->event[i] == sizes[i];
    if (same)
        return true;
    char buffer[160];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_event(&text, value);
    wicki_text_add(&text, " in the guide and ");
    add_sizes(&text, rank, sizes);
    wick_fail(w, WICK_ERR_SHAPE,
        "%s: the value of site '%s' is %s in the model (%s); give both the same event shape, by "
        "the parameters or by wick_iid",
        m->loss, guide->name, buffer, model->dist.type->name);
    return false;
}

static void fail_support(
    wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add(&text, "%s in the guide (", guide->dist.type->name);
    wicki_constraint_condition(wick_support(guide->dist), &text);
    wicki_text_add(
        &text, "), which goes beyond the support of the model's %s (", model->dist.type->name);
    wicki_constraint_condition(wick_support(model->dist), &text);
    wick_fail(w, WICK_ERR_DOMAIN,
        "%s: site '%s' is %s); take a distribution of that support, or wick_delta of a draw that "
        "was transformed to it",
        m->loss, guide->name, buffer);
}

static void fail_kind(wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    const bool discrete = wicki_is_discrete(&model->dist);

    wick_fail(w, WICK_ERR_DOMAIN,
        "%s: site '%s' is %s in the guide, which is %s, but %s in the model, which is %s; give it "
        "a %s distribution in the guide too%s",
        m->loss, guide->name, guide->dist.type->name, discrete ? "continuous" : "discrete",
        model->dist.type->name, discrete ? "discrete" : "continuous",
        discrete ? "discrete" : "continuous",
        discrete && model->dist.type->cardinality
            ? ", or leave it to wick_trace_enum_elbo, which sums out what the guide has not"
            : "");
}

/* Values that the model does not have would have the density -inf. */
static bool fits_cases(
    wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    const wick_constraint part = wick_support(guide->dist), whole = wick_support(model->dist);
    const size_t n = wicki_dist_cardinality(w, &guide->dist);
    const size_t known = wicki_dist_cardinality(w, &model->dist);

    if (!wicki_ok(w))
        return false;
    if (n > known && known > 0) {
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: site '%s' has %zu values in the guide and %zu in the model; %s those of the model",
            m->loss, guide->name, n, known, guide->enumerate ? "enumerate" : "give it");
        return false;
    }
    const bool numbers = !model->dist.type->support_value && !guide->dist.type->support_value;
    if ((n > 0 && known > 0 && numbers) || !wicki_constraint_is_discrete(part) ||
        !wicki_constraint_is_discrete(whole) || wicki_constraint_within(part, whole))
        return true;
    fail_support(w, m, model, guide);
    return false;
}

static bool fits_support(
    wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    const wick_dist_type *p = model->dist.type, *q = guide->dist.type;

    if (wicki_is_delta(&guide->dist) || (p == q && !p->support_of))
        return true;
    const bool discrete = wicki_is_discrete(&model->dist);
    if (discrete != wicki_is_discrete(&guide->dist)) {
        fail_kind(w, m, model, guide);
        return false;
    }
    if (discrete)
        return fits_cases(w, m, model, guide);
    if (wicki_constraint_within(wick_support(guide->dist), wick_support(model->dist)))
        return true;
    fail_support(w, m, model, guide);
    return false;
}

static bool fits(wick *w, const wicki_match *m, const wick_site *model, const wick_site *guide)
{
    if (!fits_mark(w, m, guide))
        return false;
    if (model->value.node != guide->value.node)
        return true; /* a handler in the model gave it another one */
    return fits_event(w, m, model, guide) && fits_support(w, m, model, guide);
}

/* --- both -------------------------------------------------------------------------------------- */

static bool model_fits(wick *w, const wicki_match *m)
{
    const view v = { m->model, m->guide, true };

    for (const wick_site *s = wick_trace_first(v.of); s; s = wick_site_next(s))
        if (is_missing(&v, s, wicki_trace_find(v.other, s->name))) {
            fail_missing(w, m, &v);
            return false;
        }
    return true;
}

static bool guide_fits(wick *w, const wicki_match *m)
{
    const view v = { m->guide, m->model, false };

    for (const wick_site *s = wick_trace_first(v.of); s; s = wick_site_next(s)) {
        if (!is_latent(s))
            continue;
        const wick_site *other = wicki_trace_find(v.other, s->name);
        if (is_missing(&v, s, other)) {
            fail_missing(w, m, &v);
            return false;
        }
        if (other && !fits(w, m, other, s))
            return false;
    }
    return true;
}

bool wicki_programs_match(wick *w, const wicki_match *m)
{
    return model_fits(w, m) && guide_fits(w, m) && wicki_ok(w);
}
