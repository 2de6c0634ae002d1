/**
 * Random discrete models with a guide, and everything about them by brute force: plain C, no wick.
 *
 * A model has up to 8 variables in plates nested up to three deep (a, b in it, c in that) or in one
 * that stands apart (d), each with a table of logits given up to two others before it, and perhaps a
 * normal observation in the same plates or further in. The guide may take a variable from the model:
 * then it has a table of its own, given up to two that the guide met before, in an order of its own.
 * Masks, scales and minibatches are anywhere.
 *
 * Brute force unrolls every plate: a cell is one member of one variable. A factor is a place in a pool
 * of log-densities, which depends on the values of up to three cells. The adjoint of the pool gives
 * all derivatives: d/d(log q) of the sum of Q V is Q V, d/d(log p) of log Z is the posterior.
 */
#ifndef TESTS_SUPPORT_RANDOM_PAIR_H
#define TESTS_SUPPORT_RANDOM_PAIR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    PLATES = 4,
    MAX_VARIABLES = 8,
    MAX_K = 5,
    MAX_SIZE = 3,
    MAX_MEMBERS = 27,
    MAX_BITS = 16, /* log2 of the joint states */
    MAX_CELLS = 16,
    MAX_FACTORS = 400,
    TABLE = MAX_K * MAX_K * MAX_K,
    POOL = 2 * MAX_VARIABLES * TABLE + MAX_VARIABLES * MAX_MEMBERS * MAX_K * MAX_K
};

/** Sets of plates, a bit for each. A set holds the sets of its bits' subsets. */
static const int PAIR_SETS[] = { 0, 1, 3, 7, 8 };

typedef enum pair_how { LEFT, IN_PARALLEL, ONE_BY_ONE, DRAWN_IT } pair_how;

/** Logits of a variable given the values of n others. */
typedef struct pair_table {
    int n, given[2], sizes[2];
    double logit[TABLE]; /* [size of the first][size of the second][k] */
} pair_table;

typedef struct pair_variable {
    int set, k;
    pair_how how;
    pair_table model, guide;
    bool model_masked, guide_masked, observed, masked;
    double model_mask[MAX_MEMBERS], guide_mask[MAX_MEMBERS], mask[MAX_MEMBERS];
    double model_scale, guide_scale, scale; /* the last of the observation */
    int y_set, other;                       /* other: a second variable it depends on, or -1 */
    double loc, slope, other_slope, y[MAX_MEMBERS];
} pair_variable;

typedef struct random_pair {
    int n, size[PLATES], present[PLATES];
    size_t index[PLATES][MAX_SIZE]; /* of the members present */
    int guide_order[MAX_VARIABLES];
    pair_variable v[MAX_VARIABLES];
} random_pair;

/* --- plates ---------------------------------------------------------------------------------- */

static inline bool pair_has(int set, int plate)
{
    return set >> plate & 1;
}

static inline bool pair_within(int outer, int inner)
{
    return (outer & ~inner) == 0;
}

/** The members of a set of plates, all or those present. */
static inline int pair_members(const random_pair *r, int set, bool all)
{
    int n = 1;

    for (int p = 0; p < PLATES; p++)
        n *= !pair_has(set, p) ? 1 : all ? r->size[p] : r->present[p];
    return n;
}

/** Of the member m (of those present) of a set: the one of an outer set that it belongs to. */
static inline int pair_project(const random_pair *r, int set, int m, int outer)
{
    int result = 0, step = 1;

    for (int p = PLATES; p-- > 0;) {
        if (!pair_has(set, p))
            continue;
        if (pair_has(outer, p)) {
            result += m % r->present[p] * step;
            step *= r->present[p];
        }
        m /= r->present[p];
    }
    return result;
}

/** Its place in an array over all members, the outermost plate first. */
static inline int pair_full(const random_pair *r, int set, int m)
{
    int result = 0, step = 1;

    for (int p = PLATES; p-- > 0;) {
        if (!pair_has(set, p))
            continue;
        result += (int)r->index[p][m % r->present[p]] * step;
        step *= r->size[p];
        m /= r->present[p];
    }
    return result;
}

/** Full members for one present. */
static inline double pair_plate_scale(const random_pair *r, int set)
{
    return (double)pair_members(r, set, true) / pair_members(r, set, false);
}

/* --- making one ------------------------------------------------------------------------------ */

static inline int pair_below(uint64_t *state, int n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)n);
}

static inline double pair_between(uint64_t *state, double low, double high)
{
    return low + (high - low) * (pair_below(state, 100003) + 0.5) / 100003.0;
}

static inline bool pair_in_guide(const pair_variable *v)
{
    return v->how != LEFT;
}

static inline void pair_make_table(
    const random_pair *r, pair_table *t, int k, int n, const int *given, uint64_t *state)
{
    int rows = 1;

    t->n = n;
    for (int j = 0; j < n; j++) {
        t->given[j] = given[j];
        t->sizes[j] = r->v[given[j]].k;
        rows *= t->sizes[j];
    }
    for (int e = 0; e < rows * k; e++)
        t->logit[e] = pair_between(state, -1.5, 1.5);
}

/** Up to two of n variables, in a set that holds the one at hand. */
static inline int pair_choose(
    const random_pair *r, int set, int n, const int *from, int *given, uint64_t *state)
{
    int found = 0;

    for (int j = n; j-- > 0 && found < 2;)
        if (pair_within(r->v[from[j]].set, set) &&
            pair_below(state, found ? 4 : 8) > (found ? 2 : 0))
            given[found++] = from[j];
    return found;
}

static inline void pair_make_mask(double *mask, uint64_t *state)
{
    for (int m = 0; m < MAX_MEMBERS; m++)
        mask[m] = pair_below(state, 3) > 0;
}

static inline void pair_make_variable(random_pair *r, int i, int chain_set, uint64_t *state)
{
    static const int INDEX[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    pair_variable *v = &r->v[i];
    int given[2];

    *v = (pair_variable){ .set = PAIR_SETS[pair_below(state, 5)], .other = -1 };
    v->k = 2 + pair_below(state, 4) * (pair_below(state, 3) == 0);
    if (chain_set >= 0) {
        v->set = chain_set;
        v->k = 2 + (pair_below(state, 4) == 0);
    }
    const int n = chain_set >= 0 && i > 0 ? (given[0] = i - 1, 1)
                                          : pair_choose(r, v->set, i, INDEX, given, state);
    pair_make_table(r, &v->model, v->k, n, given, state);
    v->model_masked = pair_below(state, 4) == 0;
    v->guide_masked = pair_below(state, 4) == 0;
    v->masked = pair_below(state, 3) == 0;
    pair_make_mask(v->model_mask, state);
    pair_make_mask(v->guide_mask, state);
    pair_make_mask(v->mask, state);
    v->observed = pair_below(state, 4) > 0;
    v->y_set = v->set;
    for (int s = 0; s < 5; s++)
        if (pair_within(v->set, PAIR_SETS[s]) && pair_below(state, 4) == 0)
            v->y_set = PAIR_SETS[s];
    v->loc = pair_between(state, -1.0, 1.0);
    v->slope = pair_between(state, 0.3, 1.5);
    v->other_slope = pair_between(state, -1.0, 1.0);
    for (int m = 0; m < MAX_MEMBERS; m++)
        v->y[m] = pair_between(state, -1.5, 3.0);
}

/* The second variable of an observation may come later than the first. */
static inline void pair_choose_others(random_pair *r, uint64_t *state)
{
    for (int i = 0; i < r->n; i++) {
        const int j = pair_below(state, r->n);
        if (j != i && pair_within(r->v[j].set, r->v[i].y_set) && pair_below(state, 2))
            r->v[i].other = j;
    }
}

static inline void pair_make_guide(random_pair *r, uint64_t *state)
{
    int given[2];

    for (int i = 0; i < r->n; i++)
        r->guide_order[i] = i;
    for (int i = r->n; i-- > 1;) {
        const int j = pair_below(state, i + 1), kept = r->guide_order[i];
        r->guide_order[i] = r->guide_order[j];
        r->guide_order[j] = kept;
    }
    for (int i = 0, met = 0, before[MAX_VARIABLES]; i < r->n; i++) {
        pair_variable *v = &r->v[r->guide_order[i]];
        if (!pair_in_guide(v))
            continue;
        const int n = pair_choose(r, v->set, met, before, given, state);
        pair_make_table(r, &v->guide, v->k, n, given, state);
        before[met++] = r->guide_order[i];
    }
}

/* The variables that the density of a variable, or its observation, depends on; returns how many. */
static inline int pair_variables_of(const random_pair *r, int i, bool observation, int *of)
{
    const pair_variable *v = &r->v[i];
    int n = 0;

    of[n++] = i;
    if (observation) {
        if (v->other >= 0)
            of[n++] = v->other;
        return n;
    }
    for (int j = 0; j < v->model.n; j++)
        of[n++] = v->model.given[j];
    return n;
}

/** Variables of the model that are summed out together have the same number, that of one of them. */
static inline void pair_components(const random_pair *r, int *component)
{
    int of[3];

    for (int i = 0; i < r->n; i++)
        component[i] = i;
    for (int pass = 0; pass < r->n; pass++)
        for (int i = 0; i < r->n; i++)
            for (int y = 0; y <= r->v[i].observed; y++) {
                const int n = pair_variables_of(r, i, y, of);
                for (int a = 0; a < n; a++)
                    for (int b = 0; b < n; b++)
                        if (!pair_in_guide(&r->v[of[a]]) && !pair_in_guide(&r->v[of[b]]) &&
                            component[of[a]] < component[of[b]])
                            component[of[b]] = component[of[a]];
            }
}

static inline double pair_some_scale(uint64_t *state)
{
    return pair_below(state, 3) ? 1.0 : pair_between(state, 0.5, 3.0);
}

/* Densities that share a variable that is summed out share a scale. */
static inline void pair_make_scales(random_pair *r, uint64_t *state)
{
    int component[MAX_VARIABLES], of[3];
    double scale[MAX_VARIABLES];

    pair_components(r, component);
    for (int i = 0; i < r->n; i++) {
        scale[i] = pair_some_scale(state);
        r->v[i].guide_scale = pair_some_scale(state);
    }
    for (int i = 0; i < r->n; i++)
        for (int y = 0; y < 2; y++) {
            double own = pair_some_scale(state);
            const int n = pair_variables_of(r, i, y, of);
            for (int a = 0; a < n; a++)
                if (!pair_in_guide(&r->v[of[a]]))
                    own = scale[component[of[a]]];
            *(y ? &r->v[i].scale : &r->v[i].model_scale) = own;
        }
}

static inline double pair_bits(const random_pair *r)
{
    double bits = 0.0;

    for (int i = 0; i < r->n; i++)
        bits += pair_members(r, r->v[i].set, true) * log2(r->v[i].k);
    return bits;
}

/** The cells of the variables one by one: paths of the guide. */
static inline double pair_paths(const random_pair *r)
{
    double n = 1.0;

    for (int i = 0; i < r->n; i++)
        n *= r->v[i].how == ONE_BY_ONE ? r->v[i].k : 1;
    return n;
}

static inline void pair_make_plates(random_pair *r, bool minibatches, uint64_t *state)
{
    for (int p = 0; p < PLATES; p++) {
        r->size[p] = 1 + pair_below(state, MAX_SIZE);
        r->present[p] = r->size[p];
        if (minibatches && pair_below(state, 4) == 0)
            r->present[p] = 1 + pair_below(state, r->size[p]);
        const int first = pair_below(state, r->size[p]);
        for (int m = 0; m < MAX_SIZE; m++)
            r->index[p][m] =
                (size_t)(r->present[p] < r->size[p] ? (first + 2 * m) % r->size[p] : m);
    }
}

/** A draw costs one run for each joint value of all its members, given each value before. */
static inline double pair_draw_states(const random_pair *r);

/** The model of a number. LEFT everywhere if there is to be no guide. */
static inline random_pair pair_make(uint64_t seed, bool guide)
{
    uint64_t state = seed * 977 + 5;
    random_pair r;

    do {
        const bool chain = pair_below(&state, 4) == 0;
        const int set = chain ? PAIR_SETS[pair_below(&state, 3) / 2] : -1;
        memset(&r, 0, sizeof r);
        r.n = chain ? 4 + pair_below(&state, 5) : 2 + pair_below(&state, MAX_VARIABLES - 1);
        pair_make_plates(&r, guide, &state);
        for (int i = 0; i < r.n; i++)
            pair_make_variable(&r, i, set, &state);
        for (int i = 0; i < r.n; i++)
            r.v[i].how = guide ? (pair_how)pair_below(&state, 4) : LEFT;
        pair_choose_others(&r, &state);
        pair_make_guide(&r, &state);
        pair_make_scales(&r, &state);
    } while (pair_bits(&r) > MAX_BITS || pair_paths(&r) * pair_draw_states(&r) > 300.0);
    return r;
}

/* --- what must be refused -------------------------------------------------------------------- */

/** Adds the enumerated variables of the guide that the value of j depends on, which are j itself or
 * those that its draw depends on. */
static inline int pair_reaching(const random_pair *r, int j)
{
    const pair_variable *v = &r->v[j];
    int bits = 0;

    if (v->how == IN_PARALLEL || v->how == ONE_BY_ONE)
        return 1 << j;
    for (int i = 0; v->how == DRAWN_IT && i < v->guide.n; i++)
        bits |= pair_reaching(r, v->guide.given[i]);
    return bits;
}

/** A plate is subsampled, and something outside of it is summed out over its members. */
static inline bool pair_is_biased(const random_pair *r)
{
    int of[3];

    for (int i = 0; i < r->n; i++)
        for (int y = 0; y <= r->v[i].observed; y++) {
            const int set = y ? r->v[i].y_set : r->v[i].set, n = pair_variables_of(r, i, y, of);
            for (int p = 0; p < PLATES; p++)
                for (int a = 0; a < n; a++)
                    if (pair_has(set, p) && r->present[p] < r->size[p] &&
                        !pair_in_guide(&r->v[of[a]]) && !pair_has(r->v[of[a]].set, p))
                        return true;
        }
    return false;
}

/**
 * An enumerated variable of the guide stands in a plate, and the model sums something out that
 * depends on all of its members: there would be a case for each of their joint values.
 */
static inline bool pair_is_coupled(const random_pair *r)
{
    int component[MAX_VARIABLES], of[3];

    pair_components(r, component);
    for (int i = 0; i < r->n; i++)
        for (int y = 0; y <= r->v[i].observed; y++) {
            const int n = pair_variables_of(r, i, y, of);
            for (int a = 0; a < n; a++)
                for (int b = 0; b < n; b++)
                    for (int x = 0; x < r->n; x++)
                        for (int u = 0; u < r->n; u++)
                            if (!pair_in_guide(&r->v[of[a]]) && pair_in_guide(&r->v[of[b]]) &&
                                pair_reaching(r, of[b]) >> x & 1 && !pair_in_guide(&r->v[u]) &&
                                component[u] == component[of[a]] &&
                                !pair_within(r->v[x].set, r->v[u].set))
                                return true;
        }
    return false;
}

/* --- draws ----------------------------------------------------------------------------------- */

/** Rows of a table. */
static inline int pair_rows(const pair_table *t)
{
    return (t->n > 0 ? t->sizes[0] : 1) * (t->n > 1 ? t->sizes[1] : 1);
}

/** A draw has a value of its own in each row of its table, if it depends on what is enumerated. */
static inline int pair_draw_rows(const random_pair *r, int i)
{
    const pair_table *t = &r->v[i].guide;

    for (int j = 0; j < t->n; j++)
        if (r->v[t->given[j]].how != DRAWN_IT || pair_draw_rows(r, t->given[j]) > 1)
            return pair_rows(t);
    return 1;
}

static inline double pair_draw_states(const random_pair *r)
{
    double n = 1.0;

    for (int i = 0; i < r->n; i++)
        if (r->v[i].how == DRAWN_IT)
            n *= pow(r->v[i].k, pair_members(r, r->v[i].set, false) * pair_draw_rows(r, i));
    return n;
}

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
