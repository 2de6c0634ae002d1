#include "infer/posterior.h"

#include "dist/dist.h"
#include "infer/contract.h"
#include "site/site.h"
#include "tape/axis.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <math.h>
#include <string.h>

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
static void link_watched(wicki_posterior *p, const wicki_watched *f)
{
    const wicki_set *set = wicki_set_at(p->w, f->node->dims);

    for (uint32_t i = 0; i < set->n; i++) {
        wicki_inferred *v = p->of_dim[set->dim[i]];
        wicki_watched_link *l = v ? wick_alloc(p->w, sizeof *l) : NULL;
        if (!l)
            continue;
        *l = (wicki_watched_link){ f, v->shared };
        v->shared = l;
        v->n_shared++;
    }
}

static const wicki_watched *watch(wicki_posterior *p, wick_node *node)
{
    wicki_watched *f = node ? wick_alloc(p->w, sizeof *f) : NULL;

    if (!f)
        return NULL;
    *f = (wicki_watched){ .node = node, .next = p->watched };
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
static wick_node *factor_of(wicki_posterior *p, const wick_site *site, bool pairs)
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
    const wicki_watched *f = wanted ? watch(p, leaf) : NULL;
    if (f && site->enumerated)
        p->of_dim[site->enumerated]->own = f;
    return leaf;
}

static bool find_sites(wicki_posterior *p)
{
    wick *w = p->w;

    p->n_dims = w->dims->n_dims;
    p->of_dim = wicki_alloc_zero(w, (p->n_dims + 1) * sizeof *p->of_dim);
    for (const wick_site *s = wick_trace_first(p->trace); s && wicki_ok(w); s = wick_site_next(s)) {
        wicki_inferred *v = s->enumerated ? wicki_alloc_zero(w, sizeof *v) : NULL;
        if (!v)
            continue;
        v->site = s;
        p->of_dim[s->enumerated] = v;
        p->n_inferred++;
    }
    return wicki_ok(w);
}

static wick_node *contracted(wicki_posterior *p, wicki_elimination how, bool pairs)
{
    wick *w = p->w;
    wicki_contraction *c = wicki_contraction_new(w, how, false);

    for (const wick_site *s = wick_trace_first(p->trace); s && wicki_ok(w); s = wick_site_next(s)) {
        if (!wicki_site_counts(s))
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

static void fail_impossible(const wicki_posterior *p)
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

static bool is_usable(wicki_posterior *p, const wick_node *evidence)
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
static void differentiate(wicki_posterior *p, wick_node *evidence)
{
    wick *w = p->w;
    const uint32_t n = w->tape->n_nodes;
    double **kept = wick_alloc(w, n * sizeof *kept);

    if (!kept)
        return;
    for (uint32_t i = 0; i < n; i++)
        kept[i] = w->tape->node[i]->adjoint;
    wicki_backward(w, evidence);
    for (wicki_watched *f = p->watched; f; f = f->next)
        f->adjoint = f->node->adjoint;
    for (uint32_t i = 0; i < n; i++)
        w->tape->node[i]->adjoint = kept[i];
}

/* Operand 0 is a table, 1 the adjoint it is collected from. */
static void loop_of(wicki_loop *loop, const wick_node *table, const wick_node *from,
    const uint32_t *dim, const size_t *axis)
{
    const wicki_set *set = wicki_set_at(from->w, from->dims);
    size_t own = 1;

    loop->n_levels = 0;
    loop->n_operands = 2;
    for (uint32_t i = set->n; i-- > 0;) {
        const wicki_dim *d = wicki_dim_at(from->w, set->dim[i]);
        size_t step[2] = { wicki_dim_stride(table, set->dim[i]), own };
        for (size_t j = 0; j < table->rank; j++)
            step[0] += dim[j] == set->dim[i] ? axis[j] : 0;
        own *= d->size;
        if (d->kind == WICKI_ENUMERATED || step[0] > 0)
            wicki_loop_add(loop, d->size, step);
    }
}

static void collect(wick_node *table, const double *adjoint, const wicki_loop *loop)
{
    const size_t n = wicki_loop_run(loop);
    const size_t to = loop->n_levels ? loop->step[0][0] : 0;
    const size_t from = loop->n_levels ? loop->step[0][1] : 0;
    wicki_place at = { .index = { 0 } };

    memset(table->value, 0, table->elements * table->members * sizeof *table->value);
    do {
        for (size_t i = 0; i < n; i++)
            table->value[at.offset[0] + i * to] += adjoint[at.offset[1] + i * from];
    } while (wicki_loop_next(loop, &at));
}

wick_node *wicki_posterior_table(
    wick *w, const wicki_watched *f, size_t n, const uint32_t *dim, uint32_t over)
{
    size_t sizes[2] = { 0 }, axis[2];
    wicki_loop loop;

    for (size_t j = 0; j < n; j++)
        sizes[j] = wicki_dim_at(w, dim[j])->size;
    wick_node *table = wicki_leaf(w, NULL, n, sizes, over, false);
    if (!table)
        return NULL;
    axis[n - 1] = table->members;
    if (n > 1)
        axis[0] = table->members * sizes[1];
    loop_of(&loop, table, f->node, dim, axis);
    collect(table, f->adjoint, &loop);
    return table;
}

wick_node *wicki_posterior_marginal(wick *w, const wicki_inferred *v)
{
    return wicki_posterior_table(w, v->own, 1, &v->site->enumerated, v->site->plates);
}

bool wicki_posterior_solve(wicki_posterior *p, wicki_elimination how, bool pairs)
{
    wick_node *evidence = find_sites(p) ? contracted(p, how, pairs) : NULL;

    if (!is_usable(p, evidence))
        return false;
    if (p->n_inferred > 0)
        differentiate(p, evidence);
    return wicki_ok(p->w);
}
