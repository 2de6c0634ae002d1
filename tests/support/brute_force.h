/**
 * The loss of a random model and guide, and all its derivatives, by brute force: plain C, no wick.
 *
 * Every plate is unrolled: a cell is one member of one variable. A factor is a place in a pool of
 * log-densities, which depends on the values of up to three cells. The adjoint of the pool gives all
 * derivatives: d/d(log q) of the sum of Q V is Q V, d/d(log p) of log Z is the posterior.
 */
#ifndef TESTS_SUPPORT_BRUTE_FORCE_H
#define TESTS_SUPPORT_BRUTE_FORCE_H

#include "tests/support/random_pair.h"

/* --- brute force ----------------------------------------------------------------------------- */

typedef struct pair_factor {
    int entry, n, cell[3], step[3]; /* the pool's place at values z: entry + sum of step z[cell] */
    double weight;                  /* with its mask, scale, and that of minibatches */
    int component;                  /* of cells that are summed out; -1: of none */
} pair_factor;

typedef struct brute_force {
    const random_pair *r;
    int n_cells, k[MAX_CELLS], first[MAX_VARIABLES]; /* first: the cell of member 0 */
    bool kept[MAX_CELLS];                            /* by the guide */
    int component[MAX_CELLS];
    int n_guide, n_model;
    pair_factor guide[MAX_CELLS], model[MAX_FACTORS];
    int model_entry[MAX_VARIABLES], guide_entry[MAX_VARIABLES], y_entry[MAX_VARIABLES];
    int n_pool;
    double log_p[POOL], adjoint[POOL];
    double loss;
} brute_force;

static inline int pair_cell(const brute_force *b, int i, int set, int m)
{
    return b->first[i] + pair_project(b->r, set, m, b->r->v[i].set);
}

/** Puts the log-probabilities of a table into the pool, and returns where. */
static inline int pair_add_table(brute_force *b, const pair_table *t, int k)
{
    const int entry = b->n_pool;

    for (int row = 0; row < pair_rows(t); row++) {
        double sum = 0.0;
        for (int e = 0; e < k; e++)
            sum += exp(t->logit[row * k + e]);
        for (int e = 0; e < k; e++)
            b->log_p[b->n_pool++] = t->logit[row * k + e] - log(sum);
    }
    return entry;
}

static inline pair_factor pair_table_factor(
    const brute_force *b, const pair_table *t, int i, int m, int entry, double weight)
{
    const int k = b->r->v[i].k, set = b->r->v[i].set;
    pair_factor f = { .entry = entry, .weight = weight, .component = -1 };

    f.cell[f.n] = b->first[i] + m;
    f.step[f.n++] = 1;
    for (int j = t->n, step = k; j-- > 0; step *= t->sizes[j]) {
        f.cell[f.n] = pair_cell(b, t->given[j], set, m);
        f.step[f.n++] = step;
    }
    return f;
}

static inline double pair_y_log(const pair_variable *v, int full, int z, int other)
{
    const double d = (v->y[full] - v->loc - v->slope * z - v->other_slope * other) / 0.8;

    return -0.5 * d * d - log(0.8) - 0.91893853320467274178;
}

static inline int pair_other_k(const random_pair *r, const pair_variable *v)
{
    return v->other >= 0 ? r->v[v->other].k : 1;
}

static inline void pair_add_observations(brute_force *b, int i)
{
    const random_pair *r = b->r;
    const pair_variable *v = &r->v[i];
    const int n_other = pair_other_k(r, v);

    b->y_entry[i] = b->n_pool;
    for (int m = 0; v->observed && m < pair_members(r, v->y_set, false); m++) {
        const int full = pair_full(r, v->y_set, m);
        pair_factor f = { .entry = b->n_pool, .n = 1, .component = -1 };
        f.cell[0] = pair_cell(b, i, v->y_set, m);
        f.step[0] = n_other;
        if (v->other >= 0) {
            f.cell[f.n] = pair_cell(b, v->other, v->y_set, m);
            f.step[f.n++] = 1;
        }
        for (int z = 0; z < v->k; z++)
            for (int o = 0; o < n_other; o++)
                b->log_p[b->n_pool++] = pair_y_log(v, full, z, o);
        f.weight = v->scale * pair_plate_scale(r, v->y_set) * (v->masked ? v->mask[full] : 1.0);
        if (f.weight > 0.0)
            b->model[b->n_model++] = f;
    }
}

static inline void pair_add_variable(brute_force *b, int i)
{
    const random_pair *r = b->r;
    const pair_variable *v = &r->v[i];

    b->model_entry[i] = pair_add_table(b, &v->model, v->k);
    if (pair_in_guide(v))
        b->guide_entry[i] = pair_add_table(b, &v->guide, v->k);
    for (int m = 0; m < pair_members(r, v->set, false); m++) {
        const int full = pair_full(r, v->set, m);
        const double n = pair_plate_scale(r, v->set);
        double on = v->model_masked && pair_in_guide(v) ? v->model_mask[full] : 1.0;
        if (on > 0.0)
            b->model[b->n_model++] =
                pair_table_factor(b, &v->model, i, m, b->model_entry[i], n * v->model_scale);
        on = v->guide_masked ? v->guide_mask[full] : 1.0;
        if (pair_in_guide(v))
            b->guide[b->n_guide++] =
                pair_table_factor(b, &v->guide, i, m, b->guide_entry[i], on * n * v->guide_scale);
    }
}

/** Cells that are summed out together get the number of the least of them. */
static inline void pair_find_components(brute_force *b)
{
    for (int c = 0; c < b->n_cells; c++)
        b->component[c] = b->kept[c] ? -1 : c;
    for (int pass = 0; pass < b->n_cells; pass++)
        for (int f = 0; f < b->n_model; f++) {
            pair_factor *x = &b->model[f];
            int least = MAX_CELLS;
            for (int j = 0; j < x->n; j++)
                if (!b->kept[x->cell[j]] && b->component[x->cell[j]] < least)
                    least = b->component[x->cell[j]];
            x->component = least < MAX_CELLS ? least : -1;
            for (int j = 0; j < x->n; j++)
                if (!b->kept[x->cell[j]])
                    b->component[x->cell[j]] = least;
        }
}

static inline void pair_unroll(brute_force *b, const random_pair *r)
{
    memset(b, 0, sizeof *b);
    b->r = r;
    for (int i = 0; i < r->n; i++) {
        b->first[i] = b->n_cells;
        for (int m = 0; m < pair_members(r, r->v[i].set, false); m++) {
            b->kept[b->n_cells] = pair_in_guide(&r->v[i]);
            b->k[b->n_cells++] = r->v[i].k;
        }
    }
    for (int i = 0; i < r->n; i++)
        pair_add_variable(b, i);
    for (int i = 0; i < r->n; i++)
        pair_add_observations(b, i);
    pair_find_components(b);
}

static inline int pair_entry(const pair_factor *f, const int *z)
{
    int entry = f->entry;

    for (int j = 0; j < f->n; j++)
        entry += f->step[j] * z[f->cell[j]];
    return entry;
}

/** The next values of the cells of a component, -1: those that are kept; false after the last. */
static inline bool pair_next(const brute_force *b, int component, int *z)
{
    for (int c = b->n_cells; c-- > 0;) {
        if (b->component[c] != component)
            continue;
        if (++z[c] < b->k[c])
            return true;
        z[c] = 0;
    }
    return false;
}

/** The log of a component's sum; its factors' adjoints grow by `weight` times the posterior. */
static inline double pair_log_sum(brute_force *b, int component, int *z, double weight)
{
    const pair_factor *of[MAX_FACTORS];
    double sum = 0.0, scale = 0.0;
    int n = 0;

    for (int f = 0; f < b->n_model; f++)
        if (b->model[f].component == component)
            of[n++] = &b->model[f];
    for (int again = 0; again < 2; again++)
        do {
            double log_p = 0.0;
            for (int f = 0; f < n; f++)
                log_p += b->log_p[pair_entry(of[f], z)];
            if (!again)
                sum += exp(log_p);
            for (int f = 0; again && f < n; f++)
                b->adjoint[pair_entry(of[f], z)] += weight * of[f]->weight * exp(log_p) / sum;
        } while (pair_next(b, component, z));
    scale = of[0]->weight;
    return scale * log(sum);
}

/** At one assignment of the guide: its probability times the cost, and the adjoints of that. */
static inline double pair_at_assignment(brute_force *b, int *z)
{
    double log_q = 0.0, cost = 0.0;

    for (int f = 0; f < b->n_guide; f++) {
        const double at = b->log_p[pair_entry(&b->guide[f], z)];
        log_q += at;
        cost += b->guide[f].weight * at;
    }
    const double q = exp(log_q);
    for (int f = 0; f < b->n_model; f++)
        if (b->model[f].component < 0) {
            const int entry = pair_entry(&b->model[f], z);
            cost -= b->model[f].weight * b->log_p[entry];
            b->adjoint[entry] -= q * b->model[f].weight;
        }
    for (int c = 0; c < b->n_cells; c++)
        if (b->component[c] == c)
            cost -= pair_log_sum(b, c, z, -q);
    for (int f = 0; f < b->n_guide; f++)
        b->adjoint[pair_entry(&b->guide[f], z)] += q * (b->guide[f].weight + cost);
    return q * cost;
}

/** The loss, and its adjoints in the pool. */
static inline void pair_solve(brute_force *b, const random_pair *r)
{
    int z[MAX_CELLS] = { 0 };

    pair_unroll(b, r);
    do
        b->loss += pair_at_assignment(b, z);
    while (pair_next(b, -1, z));
}

/** The adjoints of a table's logits. */
static inline int pair_table_gradient(
    const brute_force *b, const pair_table *t, int k, int entry, double *gradient)
{
    for (int row = 0; row < pair_rows(t); row++) {
        double sum = 0.0;
        for (int e = 0; e < k; e++)
            sum += b->adjoint[entry + row * k + e];
        for (int e = 0; e < k; e++)
            gradient[row * k + e] =
                b->adjoint[entry + row * k + e] - sum * exp(b->log_p[entry + row * k + e]);
    }
    return pair_rows(t) * k;
}

/** d loss / d location and d slope of an observation. */
static inline void pair_y_gradient(const brute_force *b, int i, double *loc, double *slope)
{
    const random_pair *r = b->r;
    const pair_variable *v = &r->v[i];
    int entry = b->y_entry[i];

    *loc = *slope = 0.0;
    for (int m = 0; v->observed && m < pair_members(r, v->y_set, false); m++)
        for (int z = 0; z < v->k; z++)
            for (int o = 0; o < pair_other_k(r, v); o++, entry++) {
                const double y = v->y[pair_full(r, v->y_set, m)];
                const double d = b->adjoint[entry] *
                    (y - v->loc - v->slope * z - v->other_slope * o) / (0.8 * 0.8);
                *loc += d;
                *slope += d * z;
            }
}

#endif
