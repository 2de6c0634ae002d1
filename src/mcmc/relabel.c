/* Components in one order: the permutation of each draw that is nearest to a reference. */
#include "mcmc/relabel.h"

#include "base/assignment.h"
#include "base/philox.h"
#include "mcmc/halves.h"

#include <math.h>
#include <string.h>

/* Of a feature that does not spread within components, against that of all its numbers. */
static const double MOST_WEIGHT = 1e12;

/* --- what is put in order --------------------------------------------------------------------- */

/* Numbers of a draw: [components][features]. */
typedef struct sorting {
    wick_relabel *r;
    size_t k, features, draws;
    double *x;         /* of all draws */
    bool *finite;      /* is the draw? */
    double *weight;    /* of a feature: 1 over its variance, */
    double *most;      /* and the largest that it may become */
    double *reference; /* [components][features] */
    double *cost;
    size_t *assigned, *before; /* orders */
    wicki_assignment solver;
} sorting;

/* The same of the chains as they are. */
static wick_chains raw_feature(
    const wick_mcmc *m, const wick_relabel *r, size_t feature, size_t component)
{
    size_t element;
    const wicki_auto_site *site = wicki_relabel_find(r, feature, component, &element);

    return wick_mcmc_draws(m, site->name, element);
}

static bool take_draws(sorting *s, const wick_mcmc *m)
{
    const size_t size = s->k * s->features;

    memset(s->finite, true, s->draws * sizeof *s->finite);
    for (size_t i = 0; i < size; i++) {
        const double *x = raw_feature(m, s->r, i % s->features, i / s->features).draws;
        for (size_t d = 0; x && d < s->draws; d++) {
            s->x[d * size + i] = x[d];
            s->finite[d] = s->finite[d] && isfinite(x[d]);
        }
    }
    return wicki_ok(m->w);
}

/* The mean of a feature over finite draws and components. */
static double mean_of(const sorting *s, size_t feature)
{
    const size_t size = s->k * s->features;
    double sum = 0.0, n = 0.0;

    for (size_t d = 0; d < s->draws; d++)
        for (size_t i = feature; i < size && s->finite[d]; i += s->features, n++)
            sum += s->x[d * size + i];
    return sum / n;
}

/* Of a draw, the number that a label has of a feature. */
static double labelled(const sorting *s, size_t draw, size_t label, size_t feature)
{
    const size_t component = s->r->order[draw * s->k + label];

    return s->x[(draw * s->k + component) * s->features + feature];
}

/* The mean square of a feature's distance from the reference of its label, or, if there is none yet,
 * from a number. */
static double spread(const sorting *s, size_t feature, const double *number)
{
    double sum = 0.0, n = 0.0;

    for (size_t d = 0; d < s->draws; d++)
        for (size_t i = 0; i < s->k && s->finite[d]; i++, n++) {
            const double about = number ? *number : s->reference[i * s->features + feature];
            const double off = labelled(s, d, i, feature) - about;
            sum += off * off;
        }
    return sum / n;
}

/* A feature that is the same everywhere, or beyond all squares, says nothing. */
static void weigh_all(sorting *s)
{
    for (size_t f = 0; f < s->features; f++) {
        const double mean = mean_of(s, f), variance = spread(s, f, &mean);
        s->weight[f] = variance > 0.0 && isfinite(variance) ? 1.0 / variance : 0.0;
        s->most[f] = MOST_WEIGHT * s->weight[f];
    }
}

/* The less it spreads within components, the more a feature says of them. */
static void weigh_within(sorting *s)
{
    for (size_t f = 0; f < s->features; f++)
        s->weight[f] = fmin(1.0 / spread(s, f, NULL), s->most[f]);
}

/* --- the reference ---------------------------------------------------------------------------- */

static void refer_to_pivot(sorting *s, const double *lp)
{
    const size_t size = s->k * s->features;
    size_t best = s->draws;

    for (size_t d = 0; d < s->draws; d++)
        if (s->finite[d] && (best == s->draws || lp[d] > lp[best]))
            best = d;
    if (best < s->draws)
        memcpy(s->reference, s->x + best * size, size * sizeof *s->x);
}

static void refer_to_means(sorting *s)
{
    const size_t size = s->k * s->features;
    double n = 0.0;

    memset(s->reference, 0, size * sizeof *s->reference);
    for (size_t d = 0; d < s->draws; d++) {
        for (size_t i = 0; i < size && s->finite[d]; i++)
            s->reference[i] += labelled(s, d, i / s->features, i % s->features);
        n += s->finite[d];
    }
    for (size_t i = 0; i < size && n > 0.0; i++)
        s->reference[i] /= n;
}

/* --- permutations ----------------------------------------------------------------------------- */

static double distance(const sorting *s, const double *a, const double *b)
{
    double sum = 0.0;

    for (size_t f = 0; f < s->features; f++)
        sum += (a[f] - b[f]) * (a[f] - b[f]) * s->weight[f];
    return sum;
}

/* Has the order of the draw become another? */
static bool assign(sorting *s, size_t d)
{
    const double *x = s->x + d * s->k * s->features;
    size_t *order = s->r->order + d * s->k;

    for (size_t label = 0; label < s->k; label++)
        for (size_t i = 0; i < s->k; i++)
            s->cost[label * s->k + i] =
                distance(s, x + i * s->features, s->reference + label * s->features);
    wicki_assignment_solve(&s->solver, s->cost, s->assigned);
    if (memcmp(order, s->assigned, s->k * sizeof *order) == 0)
        return false;
    memcpy(order, s->assigned, s->k * sizeof *order);
    return true;
}

static bool assign_all(sorting *s)
{
    bool changed = false;

    for (size_t d = 0; d < s->draws; d++)
        changed = (s->finite[d] && assign(s, d)) || changed;
    return changed;
}

static void iterate(sorting *s, size_t max_iterations)
{
    bool changed = true;

    for (size_t i = 0; changed && i < max_iterations; i++) {
        changed = assign_all(s);
        refer_to_means(s);
        weigh_within(s);
    }
}

/* Ascending by the first feature of the reference: labels in their new order. */
static void sort_labels(sorting *s)
{
    size_t *labels = s->assigned;

    for (size_t i = 0; i < s->k; i++) {
        size_t j = i;
        for (; j > 0 && s->reference[i * s->features] < s->reference[labels[j - 1] * s->features];
             j--)
            labels[j] = labels[j - 1];
        labels[j] = i;
    }
}

static void apply_labels(sorting *s)
{
    for (size_t d = 0; d < s->draws; d++) {
        size_t *order = s->r->order + d * s->k;
        memcpy(s->before, order, s->k * sizeof *order);
        for (size_t i = 0; i < s->k && s->finite[d]; i++)
            order[i] = s->before[s->assigned[i]];
    }
}

static void fill_numbers(const sorting *s)
{
    const size_t size = s->k * s->features;

    for (size_t i = 0; i < size; i++) {
        const size_t feature = i % s->features, component = i / s->features;
        double *to = wicki_relabel_numbers(s->r, feature, component);
        for (size_t d = 0; d < s->draws; d++)
            to[d] = labelled(s, d, component, feature);
    }
}

/* --- changes of labels ------------------------------------------------------------------------ */

static double hash_of(size_t k, const size_t *order)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < k; i++)
        hash = wicki_hash(hash, order[i]);
    return (double)(hash >> 11);
}

/* A draw that has the order that most have. */
static size_t find_usual(sorting *s, wicki_place *places)
{
    size_t usual = 0, most = 0;

    for (size_t d = 0; d < s->draws; d++)
        places[d] = (wicki_place){ hash_of(s->k, s->r->order + d * s->k), d };
    wicki_sort_places(s->draws, places, places + s->draws);
    for (size_t i = 0, end; i < s->draws; i = end) {
        for (end = i + 1; end < s->draws && places[end].x == places[i].x; end++)
            ;
        if (end - i > most) {
            most = end - i;
            usual = places[i].i;
        }
    }
    return usual;
}

static bool count_changed(sorting *s)
{
    wicki_place *places = wicki_allocate(s->r->w, 2 * s->draws * sizeof *places);

    if (!places)
        return false;
    const size_t *order = s->r->order, *usual = order + find_usual(s, places) * s->k;
    for (size_t d = 0; d < s->draws; d++)
        s->r->changed += memcmp(order + d * s->k, usual, s->k * sizeof *order) != 0;
    wicki_release(s->r->w, places);
    return true;
}

/* --- making one ------------------------------------------------------------------------------- */

static bool allocate(sorting *s)
{
    wick *w = s->r->w;
    const size_t size = s->k * s->features;

    s->x = wicki_allocate(w, s->draws * size * sizeof *s->x);
    s->finite = s->x ? wicki_allocate(w, s->draws * sizeof *s->finite) : NULL;
    s->weight = s->finite ? wick_alloc(w, 2 * s->features * sizeof *s->weight) : NULL;
    s->most = s->weight ? s->weight + s->features : NULL;
    s->reference = s->weight ? wicki_alloc_zero(w, size * sizeof *s->reference) : NULL;
    s->cost = s->reference ? wick_alloc(w, s->k * s->k * sizeof *s->cost) : NULL;
    s->assigned = s->cost ? wick_alloc(w, 2 * s->k * sizeof *s->assigned) : NULL;
    s->before = s->assigned ? s->assigned + s->k : NULL;
    return s->assigned && wicki_assignment_open(w, &s->solver, s->k, s->k);
}

static bool put_in_order(const wick_mcmc *m, wick_relabel *r, size_t max_iterations)
{
    sorting s = { .r = r, .k = r->of.k, .features = r->features, .draws = r->chains * r->n };
    const double *lp = wick_mcmc_statistic(m, WICK_LP).draws;
    bool fine = lp && allocate(&s) && take_draws(&s, m);

    if (fine) {
        for (size_t i = 0; i < s.draws * s.k; i++)
            r->order[i] = i % s.k;
        weigh_all(&s);
        refer_to_pivot(&s, lp);
        iterate(&s, max_iterations);
        sort_labels(&s);
        apply_labels(&s);
        fill_numbers(&s);
        fine = count_changed(&s);
    }
    wicki_release(r->w, s.finite);
    wicki_release(r->w, s.x);
    return fine;
}

wick_relabel *wicki_relabel_new(const wick_mcmc *m, wicki_components *of, size_t max_iterations)
{
    wick_relabel *r = wicki_allocate(m->w, sizeof *r);

    if (!r) {
        wicki_components_close(m, of);
        return NULL;
    }
    *r = (wick_relabel){ .w = m->w,
        .of = *of,
        .chains = m->options.chains,
        .n = wicki_mcmc_common(m, true),
        .warmup = m->options.warmup,
        .sampler = m->options.sampler,
        .features = wicki_components_features(of) };
    *of = (wicki_components){ .n = 0 };
    const size_t draws = r->chains * r->n;
    r->order = wicki_allocate(m->w, draws * r->of.k * sizeof *r->order);
    r->numbers =
        r->order ? wicki_allocate(m->w, draws * r->of.k * r->features * sizeof *r->numbers) : NULL;
    if (r->numbers && put_in_order(m, r, max_iterations))
        return r;
    wick_relabel_free(r);
    return NULL;
}
