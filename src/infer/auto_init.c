/* Ready functions for where a site of an autoguide starts. */
#include "dist/dist.h"
#include "dist/transform.h"
#include "infer/auto.h"
#include "tape/draw.h"
#include "tape/take.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 15 };

/* The streams of a site's starting value are not those of its draws: those are of runs from 1 on. */
static void begin_random(wick *w, const wick_site *site, uint64_t draw)
{
    const wicki_random random = { w->seed, 0, wicki_name_of(site->name)->hash };

    wicki_random_begin(w, &random, draw);
}

/* A value of a site, with its event and its support. */
typedef struct shape {
    wick_node *node;
    wick_constraint support;
    size_t sizes[WICK_MAX_RANK], coordinate_sizes[WICK_MAX_RANK], coordinate_rank, coordinates;
} shape;

static bool shape_of(wick *w, const char *function, const wick_site *site, shape *s)
{
    if (!wicki_ok(w))
        return false;
    if (!site || !site->dist.type) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: need a sample site of a model", function);
        return false;
    }
    *s = (shape){ .node = wicki_node_of(w, function, site->value),
        .support = wick_support(site->dist),
        .coordinates = 1 };
    if (!s->node || !wicki_need_transform(w, function, s->support))
        return false;
    for (size_t i = 0; i < s->node->rank; i++)
        s->sizes[i] = s->node->event[i];
    s->coordinate_rank =
        wicki_biject_size(s->support, s->node->rank, s->sizes, s->coordinate_sizes);
    for (size_t i = 0; i < s->coordinate_rank; i++)
        s->coordinates *= s->coordinate_sizes[i];
    return true;
}

/* --- medians ----------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void medians(size_t n, const double *const *draw, double *out)
{
    double sorted[DRAWS];

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < DRAWS; k++)
            sorted[k] = draw[k][i];
        qsort(sorted, DRAWS, sizeof *sorted, compare);
        out[i] = sorted[DRAWS / 2];
    }
}

/* Medians of weights that sum to 1 need not: they are scaled to. */
static void rescale(const wick_node *x, size_t k)
{
    for (size_t first = 0; first < x->elements; first += k)
        for (size_t m = 0; m < x->members; m++) {
            double sum = 0.0;
            for (size_t e = first; e < first + k; e++)
                sum += x->value[e * x->members + m];
            for (size_t e = first; e < first + k; e++)
                x->value[e * x->members + m] /= sum;
        }
}

static bool holds(const shape *s, const wick_node *x)
{
    char reason[160];

    for (size_t m = 0; m < x->members; m++)
        if (!wicki_constraint_holds(
                s->support, x->rank, s->sizes, x->value + m, x->members, reason, sizeof reason))
            return false;
    return true;
}

/* Elements that are tied together: the median of each coordinate. */
static wick_var median_by_coordinates(wick *w, const shape *s, wick_node *const *draw)
{
    const size_t members = draw[0]->members;
    const double *coordinates[DRAWS];

    for (size_t k = 0; k < DRAWS; k++) {
        double *x = wicki_alloc_doubles(w, s->coordinates * members);
        for (size_t m = 0; x && m < members; m++)
            wicki_biject_inverse(
                s->support, draw[k]->rank, s->sizes, draw[k]->value + m, x + m, members);
        coordinates[k] = x;
    }
    wick_node *u =
        wicki_leaf(w, NULL, s->coordinate_rank, s->coordinate_sizes, draw[0]->dims, false);
    if (!u)
        return WICK_VAR_NONE;
    medians(s->coordinates * members, coordinates, u->value);
    return wick_biject_to(s->support, wicki_var_of(w, u));
}

static wick_var median_of(wick *w, const shape *s, wick_node *const *draw)
{
    const double *value[DRAWS];
    wick_node *x = wicki_leaf(w, NULL, draw[0]->rank, s->sizes, draw[0]->dims, false);

    if (!x)
        return WICK_VAR_NONE;
    for (size_t k = 0; k < DRAWS; k++)
        value[k] = draw[k]->value;
    medians(x->members * x->elements, value, x->value);
    if (s->support.kind == WICK_SIMPLEX)
        rescale(x, s->sizes[x->rank - 1]);
    return holds(s, x) ? wicki_var_of(w, x) : median_by_coordinates(w, s, draw);
}

wick_var wick_init_to_median(wick *w, const wick_site *site, void *arg)
{
    wick_node *draw[DRAWS];
    shape s;

    if (!shape_of(w, "wick_init_to_median", site, &s))
        return WICK_VAR_NONE;
    if (!site->dist.type->sample)
        return wick_init_to_feasible(w, site, arg);
    for (uint32_t k = 0; k < DRAWS; k++) {
        begin_random(w, site, k);
        wick_node *x = wicki_dist_draw(w, &site->dist);
        draw[k] = x ? wicki_expand(w, x, wicki_set_union(w, x->dims, w->tape->open)) : NULL;
    }
    return wicki_ok(w) ? median_of(w, &s, draw) : WICK_VAR_NONE;
}

/* --- others ------------------------------------------------------------------------------------ */

wick_var wick_init_to_mean(wick *w, const wick_site *site, void *arg)
{
    shape s;

    if (!shape_of(w, "wick_init_to_mean", site, &s))
        return WICK_VAR_NONE;
    if (!site->dist.type->mean)
        return wick_init_to_median(w, site, arg);
    const wick_var mean = wick_dist_mean(w, site->dist);
    const wick_node *x = wicki_node_of(w, "wick_init_to_mean", mean);
    if (!x)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < x->members * x->elements; i++)
        if (!isfinite(x->value[i]))
            return wick_init_to_median(w, site, arg);
    return holds(&s, x) ? mean : wick_init_to_median(w, site, arg);
}

wick_var wick_init_to_sample(wick *w, const wick_site *site, void *arg)
{
    shape s;

    (void)arg;
    if (!shape_of(w, "wick_init_to_sample", site, &s))
        return WICK_VAR_NONE;
    begin_random(w, site, 0);
    return wicki_var_of(w, wicki_dist_draw(w, &site->dist));
}

wick_var wick_init_to_uniform(wick *w, const wick_site *site, void *arg)
{
    const double radius = arg ? *(const double *)arg : 2.0;
    shape s;

    if (!shape_of(w, "wick_init_to_uniform", site, &s))
        return WICK_VAR_NONE;
    if (!(radius >= 0.0 && radius < INFINITY)) {
        wick_fail(
            w, WICK_ERR_ARGUMENT, "wick_init_to_uniform: the radius is %g, need 0 or more", radius);
        return WICK_VAR_NONE;
    }
    begin_random(w, site, 0);
    wick_node *share =
        wicki_noise(w, &wicki_draw_uniform, s.coordinate_rank, s.coordinate_sizes, w->tape->open);
    const wick_var from_centre = wick_sub(wicki_var_of(w, share), 0.5);
    return wick_biject_to(s.support, wick_mul(from_centre, 2.0 * radius));
}

wick_var wick_init_to_feasible(wick *w, const wick_site *site, void *arg)
{
    shape s;

    (void)arg;
    if (!shape_of(w, "wick_init_to_feasible", site, &s))
        return WICK_VAR_NONE;
    return wick_biject_to(
        s.support, wick_fill_array(w, 0.0, s.coordinate_rank, s.coordinate_sizes));
}

wick_var wick_init_to_value(wick *w, const wick_site *site, void *arg)
{
    const wick_init_value *given = arg;
    shape s;

    while (given && given->site && strcmp(given->site, site->name) != 0)
        given++;
    if (!given || !given->site || !shape_of(w, "wick_init_to_value", site, &s))
        return WICK_VAR_NONE;
    size_t members = 1;
    for (uint32_t i = 0; i < w->tape->n_open; i++)
        members *= wicki_dim_at(w, w->tape->plate_order[i])->full;
    if (given->values && given->count == s.node->elements)
        return wick_const_array(w, given->values, s.node->rank, s.sizes);
    if (given->values && given->count == s.node->elements * members)
        return wick_data_array(w, given->values, given->count, s.node->rank, s.sizes);
    wick_fail(w, WICK_ERR_SHAPE,
        "wick_init_to_value: %zu values for '%s', need %zu for one member or %zu for all",
        given->values ? given->count : 0, site->name, s.node->elements, s.node->elements * members);
    return WICK_VAR_NONE;
}
