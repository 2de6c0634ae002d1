/**
 * Random models and guides (tests/support/random_pair.h) as programs of wick.
 */
#ifndef TESTS_SUPPORT_RANDOM_PROGRAMS_H
#define TESTS_SUPPORT_RANDOM_PROGRAMS_H

#include "tests/support/random_pair.h"

#include <wick/wick.h>

/** A pair, and the values of its draws: by variable, [row of its table][full member]. */
typedef struct given_pair {
    const random_pair *r;
    double draw[MAX_VARIABLES][MAX_MEMBERS * MAX_K * MAX_K];
} given_pair;

static inline void pair_enter(wick *w, const random_pair *r, int set)
{
    static const char *const NAME[PLATES] = { "a", "b", "c", "d" };

    for (int p = 0; p < PLATES; p++)
        if (pair_has(set, p))
            wick_plate_enter(w,
                &(wick_plate_options){ .name = NAME[p],
                    .size = (size_t)r->size[p],
                    .subsample = r->present[p] < r->size[p] ? (size_t)r->present[p] : 0,
                    .indices = r->present[p] < r->size[p] ? r->index[p] : NULL });
}

static inline void pair_leave(wick *w, int set)
{
    for (int p = 0; p < PLATES; p++)
        if (pair_has(set, p))
            wick_exit(w);
}

static inline wick_var pair_data_of(wick *w, const random_pair *r, int set, const double *x)
{
    return wick_data(w, x, (size_t)pair_members(r, set, true));
}

static inline wick_handler *pair_mask_of(
    wick *w, const random_pair *r, int set, bool masked, const double *mask)
{
    return wick_mask(w, masked ? pair_data_of(w, r, set, mask) : wick_num(w, 1.0));
}

static inline wick_var pair_table_param(
    wick *w, const char *name, int i, const pair_table *t, int k)
{
    return wick_param(w, wick_name(w, "%s_%d", name, i),
        wick_init_values(t->logit, (size_t)(t->n > 0 ? t->sizes[0] : 1),
            (size_t)(t->n > 1 ? t->sizes[1] : 1), (size_t)k),
        wick_real());
}

static inline wick_var pair_row_of(const pair_table *t, wick_var table, const wick_var *z)
{
    for (int j = 0; j < 2; j++)
        table = j < t->n ? wick_at(table, z[t->given[j]]) : wick_pick(table, 0);
    return table;
}

static inline void pair_model(wick *w, void *arg)
{
    const random_pair *r = ((const given_pair *)arg)->r;
    wick_var z[MAX_VARIABLES], table[MAX_VARIABLES], loc[MAX_VARIABLES], slope[MAX_VARIABLES];

    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        table[i] = pair_table_param(w, "model", i, &v->model, v->k);
        loc[i] = wick_param(w, wick_name(w, "loc_%d", i), wick_init_num(v->loc), wick_real());
        slope[i] = wick_param(w, wick_name(w, "slope_%d", i), wick_init_num(v->slope), wick_real());
    }
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        pair_enter(w, r, v->set);
        WICK_WITH (w, pair_mask_of(w, r, v->set, v->model_masked, v->model_mask))
            WICK_WITH (w, wick_scale(w, v->model_scale))
                z[i] = wick_sample(w, wick_name(w, "z_%d", i),
                    wick_categorical_logits(pair_row_of(&v->model, table[i], z)));
        pair_leave(w, v->set);
    }
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        if (!v->observed)
            continue;
        wick_var mean = wick_add(loc[i], wick_mul(slope[i], z[i]));
        if (v->other >= 0)
            mean = wick_add(mean, wick_mul(z[v->other], v->other_slope));
        pair_enter(w, r, v->y_set);
        WICK_WITH (w, pair_mask_of(w, r, v->y_set, v->masked, v->mask))
            WICK_WITH (w, wick_scale(w, v->scale))
                wick_observe(w, wick_name(w, "y_%d", i), wick_normal(mean, 0.8),
                    pair_data_of(w, r, v->y_set, v->y));
        pair_leave(w, v->y_set);
    }
}

/** A draw's value in each row of its table, or the one value it has. */
static inline wick_var pair_given_value(wick *w, const given_pair *g, int i, const wick_var *z)
{
    const pair_table *t = &g->r->v[i].guide;
    const size_t n = (size_t)pair_members(g->r, g->r->v[i].set, true);
    const size_t rows = (size_t)pair_draw_rows(g->r, i);

    if (rows == 1)
        return wick_data(w, g->draw[i], n);
    const wick_var first = z[t->given[0]];
    return wick_at(wick_data(w, g->draw[i], n * rows, rows),
        t->n > 1 ? wick_add(wick_mul(first, t->sizes[1]), z[t->given[1]]) : first);
}

static inline wick_var pair_guide_site(
    wick *w, const given_pair *g, int i, const wick_var *z, const wick_var *table)
{
    const pair_variable *v = &g->r->v[i];
    const char *name = wick_name(w, "z_%d", i);
    const wick_dist dist = wick_categorical_logits(pair_row_of(&v->guide, table[i], z));

    if (v->how == IN_PARALLEL)
        return wick_sample(w, name, wick_enumerate(dist));
    if (v->how == ONE_BY_ONE)
        return wick_sample(w, name, wick_enumerate_sequential(dist));
    const wick_binding given = { name, pair_given_value(w, g, i, z) };
    wick_var x = WICK_VAR_NONE;
    WICK_WITH (w, wick_substitute(w, 1, &given))
        x = wick_sample(w, name, dist);
    return x;
}

static inline void pair_guide(wick *w, void *arg)
{
    const given_pair *g = arg;
    const random_pair *r = g->r;
    wick_var z[MAX_VARIABLES], table[MAX_VARIABLES];

    for (int i = 0; i < r->n; i++)
        if (pair_in_guide(&r->v[i]))
            table[i] = pair_table_param(w, "guide", i, &r->v[i].guide, r->v[i].k);
    for (int o = 0; o < r->n; o++) {
        const int i = r->guide_order[o];
        const pair_variable *v = &r->v[i];
        if (!pair_in_guide(v))
            continue;
        pair_enter(w, r, v->set);
        WICK_WITH (w, pair_mask_of(w, r, v->set, v->guide_masked, v->guide_mask))
            WICK_WITH (w, wick_scale(w, v->guide_scale))
                z[i] = pair_guide_site(w, g, i, z, table);
        pair_leave(w, v->set);
    }
}

#endif
