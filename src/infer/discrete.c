/*
 * Posteriors of discrete sites. The adjoint of the log-evidence by a log-factor is the marginal of
 * the factor's variables: one sweep forward and back gives all of them (on a chain, the forward and
 * the backward algorithm). With maxima instead of sums the adjoints are 1 at the mode and 0
 * elsewhere (Viterbi), with draws at an exact draw (backward sampling).
 */
#include "dist/dist.h"
#include "infer/contract.h"
#include "infer/elbo.h"
#include "site/site.h"
#include "site/stack.h"
#include "tape/axis.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <math.h>
#include <string.h>

#include <wick/discrete.h>

/* A factor whose adjoint is wanted. */
typedef struct watched {
    wick_node *node;
    const double *adjoint;
    struct watched *next;
} watched;

typedef struct link {
    const watched *factor;
    struct link *next;
} link;

/* A site that is inferred. */
typedef struct variable {
    const wick_site *site;
    const watched *own; /* its density */
    link *others;       /* densities that it shares with other variables, its own among them */
    size_t n_others;
    wick_var value;
} variable;

struct wick_marginals {
    wick_handler handler;
    wick_handler *enumerate;
    wick *w;
    uint32_t serial;
    const char *function; /* that was called */
    wick_trace *trace;
    variable **of_dim; /* the variable of each dimension, or NULL */
    watched *watched;
    uint32_t n_dims, runs; /* dimensions in all; runs of the tape before this one */
    size_t n_variables;
    double log_evidence;
};

typedef struct wick_marginals posterior;

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

static wick_trace *run(
    posterior *p, wick_program model, void (*process)(wick *w, wick_handler *self, wick_site *site))
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
        site->dist.type != &wicki_dist_delta;
}

/* In the first run sites get dimensions. Parameters are not learned from it. */
static void enumerate(wick *w, wick_handler *self, wick_site *site)
{
    posterior *p = (posterior *)self;

    site->frozen |= site->type == WICK_PARAM;
    if (!lacks_value(site))
        return;
    p->enumerate->process(w, p->enumerate, site);
    if (wicki_ok(w) && lacks_value(site))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: the site has no value, and %s cannot be enumerated; replay a guide's trace, "
            "condition or substitute it",
            p->function, site->dist.type->name);
}

/* In the second run they get the values that were found. */
static void assign(wick *w, wick_handler *self, wick_site *site)
{
    const posterior *p = (const posterior *)self;

    (void)w;
    if (!lacks_value(site))
        return;
    const wick_site *met = wicki_trace_find(p->trace, site->name);
    if (met && met->enumerated)
        site->value = p->of_dim[met->enumerated]->value;
}

/* --- factors ----------------------------------------------------------------------------------- */

static size_t count_variables(const wick *w, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(w, dims);
    size_t n = 0;

    for (uint32_t i = 0; i < set->n; i++)
        n += wicki_dim_at(w, set->dim[i])->kind == WICKI_ENUMERATED;
    return n;
}

/* Its variables shall find it. */
static void link_watched(posterior *p, const watched *f)
{
    const wicki_set *set = wicki_set_at(p->w, f->node->dims);

    for (uint32_t i = 0; i < set->n; i++) {
        variable *v = p->of_dim[set->dim[i]];
        link *l = v ? wick_alloc(p->w, sizeof *l) : NULL;
        if (!l)
            continue;
        *l = (link){ f, v->others };
        v->others = l;
        v->n_others++;
    }
}

static const watched *watch(posterior *p, wick_node *node)
{
    watched *f = node ? wick_alloc(p->w, sizeof *f) : NULL;

    if (!f)
        return NULL;
    *f = (watched){ .node = node, .next = p->watched };
    p->watched = f;
    if (count_variables(p->w, node->dims) > 1)
        link_watched(p, f);
    return f;
}

/*
 * Where a density says the same of all members of a plate, the adjoint would be the sum of their
 * marginals: it is spread over the plates that its variables stand in.
 */
static wick_node *spread(wick *w, const wick_site *site, wick_node *density)
{
    const uint32_t within = wicki_set_at(w, density->dims)->plates;

    if (site->enumerated || count_variables(w, density->dims) == 0)
        return wicki_expand(w, density, site->plates);
    return wicki_expand(
        w, density, wicki_set_union(w, within, wicki_set_of_kind(w, site->plates, WICKI_AMBIENT)));
}

/* The density of a site as a leaf, which hands on no gradient, but may have one. */
static wick_node *factor_of(posterior *p, const wick_site *site, bool pairs)
{
    wick *w = p->w;
    wick_node *density = wicki_site_density(w, site, !site->enumerated);

    if (!density)
        return NULL;
    const size_t n = count_variables(w, density->dims);
    const bool wanted = site->enumerated || (pairs && n > 1);
    if (wanted || n == 0)
        density = spread(w, site, density);
    if (!density)
        return NULL;
    wick_node *leaf = wicki_leaf(w, density->value, 0, NULL, density->dims, wanted);
    const watched *f = wanted ? watch(p, leaf) : NULL;
    if (f && site->enumerated)
        p->of_dim[site->enumerated]->own = f;
    return leaf;
}

/* The value of a delta is its own parameter: its density is 0 by construction. */
static bool is_point(const wick_site *site)
{
    return site->dist.type == &wicki_dist_delta && site->dist.parameter[0].var.w == site->value.w &&
        site->dist.parameter[0].var.node == site->value.node;
}

static bool find_variables(posterior *p)
{
    wick *w = p->w;

    p->n_dims = w->dims->n_dims;
    p->of_dim = wicki_alloc_zero(w, (p->n_dims + 1) * sizeof *p->of_dim);
    for (const wick_site *s = wick_trace_first(p->trace); s && wicki_ok(w); s = wick_site_next(s)) {
        variable *v = s->enumerated ? wicki_alloc_zero(w, sizeof *v) : NULL;
        if (!v)
            continue;
        v->site = s;
        p->of_dim[s->enumerated] = v;
        p->n_variables++;
    }
    return wicki_ok(w);
}

static wick_node *contracted(posterior *p, wicki_elimination how, bool pairs)
{
    wick *w = p->w;
    wicki_contraction *c = wicki_contraction_new(w, how, false);

    for (const wick_site *s = wick_trace_first(p->trace); s && wicki_ok(w); s = wick_site_next(s)) {
        if (s->type != WICK_SAMPLE || is_point(s))
            continue;
        wicki_contraction_add(c,
            &(wicki_factor){ .density = factor_of(p, s, pairs),
                .plates = wicki_set_of_kind(w, s->plates, WICKI_PLATE),
                .scale = 1.0,
                .weight = 1.0,
                .site = s->name });
    }
    return wicki_contract(c);
}

/* --- what cannot be ---------------------------------------------------------------------------- */

/* The best that any assignment can do. */
static wick_node *best_of(wick *w, wick_node *x)
{
    const wicki_set *set = x ? wicki_set_at(w, x->dims) : &wicki_empty_set;

    for (uint32_t i = 0; i < set->n; i++) {
        const uint32_t dim = set->dim[i];
        if (wicki_dim_at(w, dim)->kind != WICKI_ENUMERATED)
            continue;
        const wicki_axis axis = wicki_dim_axis(w, x, dim);
        return best_of(w, wicki_reduce_axis(w, &wicki_op_max, x, &axis));
    }
    return x;
}

/* Is there a member for which every value has the density 0? Its name is added to the text. */
static bool is_impossible(wick *w, const wick_site *site, wicki_text *text)
{
    const wick_node *best = best_of(w, wicki_site_density(w, site, !site->enumerated));

    for (size_t i = 0; best && i < best->members; i++)
        if (best->value[i] == -INFINITY) {
            wicki_text_add_member(text, best, i);
            return true;
        }
    return false;
}

static void fail_impossible(const posterior *p)
{
    char buffer[256] = "";
    wicki_text text = { buffer, sizeof buffer, 0 };
    wick *w = p->w;

    for (const wick_site *s = wick_trace_first(p->trace); s && wicki_ok(w); s = wick_site_next(s))
        if (s->type == WICK_SAMPLE && is_impossible(w, s, &text)) {
            wick_fail(w, WICK_ERR_NONFINITE,
                "%s: no assignment of the discrete sites has positive probability: under each of "
                "them the density of site '%s'%s is 0",
                p->function, s->name, buffer);
            return;
        }
    wick_fail(w, WICK_ERR_NONFINITE,
        "%s: no assignment of the discrete sites has positive probability, though each site allows "
        "some",
        p->function);
}

static bool is_usable(posterior *p, const wick_node *evidence)
{
    char buffer[64];
    wicki_text what = { buffer, sizeof buffer, 0 };

    if (!evidence)
        return false;
    p->log_evidence = *evidence->value;
    if (isfinite(*evidence->value))
        return true;
    wicki_text_add(&what, "%s: the log-probability", p->function);
    if (*evidence->value == -INFINITY)
        fail_impossible(p);
    else
        wicki_fail_nonfinite(p->w, buffer, evidence);
    return false;
}

/* --- adjoints ---------------------------------------------------------------------------------- */

/* Those that the caller had on the tape are put back. */
static void differentiate(posterior *p, wick_node *evidence)
{
    wick *w = p->w;
    const uint32_t n = w->tape->n_nodes;
    double **kept = wick_alloc(w, n * sizeof *kept);

    if (!kept)
        return;
    for (uint32_t i = 0; i < n; i++)
        kept[i] = w->tape->node[i]->adjoint;
    wicki_backward(w, evidence);
    for (watched *f = p->watched; f; f = f->next)
        f->adjoint = f->node->adjoint;
    for (uint32_t i = 0; i < n; i++)
        w->tape->node[i]->adjoint = kept[i];
}

/* The adjoint of a factor, summed over all variables but those of n dimensions, which become axes of
 * the event. Over dimensions that are not in `over` all members are alike. */
static wick_node *collected(wick *w, const watched *f, size_t n, const uint32_t *dim, uint32_t over)
{
    const wicki_set *set = wicki_set_at(w, f->node->dims);
    wicki_loop loop = { .n_operands = 2 };
    size_t sizes[2], event[2], own = 1;

    for (size_t j = 0; j < n; j++)
        sizes[j] = wicki_dim_at(w, dim[j])->size;
    wick_node *out = wicki_leaf(w, NULL, n, sizes, over, false);
    if (!out)
        return NULL;
    memset(out->value, 0, out->elements * out->members * sizeof *out->value);
    for (size_t j = n; j-- > 0;)
        event[j] = j + 1 < n ? event[j + 1] * sizes[j + 1] : out->members;
    for (uint32_t i = set->n; i-- > 0;) {
        const wicki_dim *d = wicki_dim_at(w, set->dim[i]);
        size_t step[2] = { wicki_dim_stride(out, set->dim[i]), own };
        for (size_t j = 0; j < n; j++)
            step[0] += dim[j] == set->dim[i] ? event[j] : 0;
        own *= d->size;
        if (d->kind == WICKI_ENUMERATED || step[0] > 0)
            wicki_loop_add(&loop, d->size, step);
    }
    wicki_place at = { .index = { 0 } };
    do {
        double *to = out->value + at.offset[0];
        const double *from = f->adjoint + at.offset[1];
        for (size_t i = 0; i < wicki_loop_run(&loop); i++)
            to[i * loop.step[0][0]] += from[i * loop.step[0][1]];
    } while (wicki_loop_next(&loop, &at));
    return out;
}

static wick_node *marginal_of(wick *w, const variable *v)
{
    return collected(w, v->own, 1, &v->site->enumerated, v->site->plates);
}

/* Where all probability is on one value: that value. */
static void find_value(wick *w, variable *v)
{
    const wick_node *m = marginal_of(w, v);
    wick_node *value = m ? wicki_leaf(w, NULL, 0, NULL, m->dims, false) : NULL;

    if (!value)
        return;
    for (size_t i = 0; i < m->members; i++) {
        size_t k = 0;
        while (k + 1 < m->elements && m->value[k * m->members + i] < 0.5)
            k++;
        value->value[i] = (double)k;
    }
    v->value = wicki_var_of(w, value);
}

/* --- the posterior ----------------------------------------------------------------------------- */

static posterior *new_posterior(wick *w, const char *function)
{
    posterior *p = wicki_ok(w) ? wicki_alloc_zero(w, sizeof *p) : NULL;

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
static posterior *infer(
    wick *w, const char *function, wick_program model, wicki_elimination how, bool pairs)
{
    posterior *p = new_posterior(w, function);

    if (!p || !(p->trace = run(p, model, enumerate)) || !find_variables(p))
        return NULL;
    w->tape->read = true; /* what is found is constant: in a compiled program it would be frozen */
    wick_node *evidence = contracted(p, how, pairs);
    if (!is_usable(p, evidence))
        return NULL;
    if (p->n_variables > 0)
        differentiate(p, evidence);
    return wicki_ok(w) ? p : NULL;
}

wick_trace *wick_infer_discrete(wick *w, wick_program model, wick_assignment which)
{
    const wicki_elimination how = which == WICK_DRAW ? WICKI_DRAW : WICKI_MAX;
    posterior *p = infer(w, "wick_infer_discrete", model, how, false);

    if (!p)
        return NULL;
    for (uint32_t dim = 1; dim < p->n_dims && wicki_ok(w); dim++)
        if (p->of_dim[dim])
            find_value(w, p->of_dim[dim]);
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

static const variable *variable_named(
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
    const variable *v = variable_named(m, "wick_marginal", site);

    return v ? wicki_var_of(m->w, marginal_of(m->w, v)) : WICK_VAR_NONE;
}

/* A density that depends on both, or NULL: from the shorter of their lists. */
static const watched *shared(const wick *w, const variable *a, const variable *b)
{
    const variable *few = a->n_others <= b->n_others ? a : b, *many = few == a ? b : a;

    for (const link *l = few->others; l && a != b; l = l->next)
        if (wicki_set_has(w, l->factor->node->dims, many->site->enumerated))
            return l->factor;
    return NULL;
}

wick_var wick_marginal_pair(const wick_marginals *m, const char *first, const char *second)
{
    const variable *a = variable_named(m, "wick_marginal_pair", first);
    const variable *b = a ? variable_named(m, "wick_marginal_pair", second) : NULL;

    if (!b)
        return WICK_VAR_NONE;
    const watched *f = shared(m->w, a, b);
    if (!f) {
        wick_fail(m->w, WICK_ERR_ARGUMENT,
            "wick_marginal_pair: no site's density depends on both '%s' and '%s'", first, second);
        return WICK_VAR_NONE;
    }
    const uint32_t dim[2] = { a->site->enumerated, b->site->enumerated };
    const uint32_t over = wicki_set_union(m->w, a->site->plates, b->site->plates);
    return wicki_var_of(m->w, collected(m->w, f, 2, dim, over));
}
